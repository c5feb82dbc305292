//! The stats tab: a table of flows or nodes, and the figures of the chosen one with what they mean.

mod chosen;

use std::time::Duration;

use ratatui::layout::Rect;
use ratatui::text::Span;
use unicode_width::UnicodeWidthStr;

use super::super::cursor_style;
use crate::app::State;
use crate::app::look::Symbols;
use crate::app::pane::PaneId;
use crate::app::pane::traffic::stats::{self, Column, Kind, Order, Row, Subject};
use crate::app::regions::Target;
use crate::app::scroll::{Scrolled, in_sight};
use crate::app::world::Node;
use crate::figures::Account;
use crate::model::bar::Bar;
use crate::model::{Address, Flow, NodeId, span};
use crate::ui::Canvas;
use crate::ui::part::{column, hint, put, scrolled, size};
use crate::ui::theme::Theme;

/// Rows from which on the chosen one is told in full below the table; how many that takes at least.
const ROOM_BELOW: u16 = 14;
const LEAST_BELOW: u16 = 10;
/// How many it takes at most; the rest is the table's.
const MOST_BELOW: u16 = 20;

/// Columns of a time.
const TIME: usize = 7;

/// The columns of the table: a number, a count of bytes, a sparkline at least.
const NUMBER: usize = 4;
const BYTES: usize = 6;
const LEAST_SPARK: usize = 10;

/// Rows by whose names the width of a column is chosen: those that are likely in sight.
const NAMES: usize = 100;

/// What stands for little and much, in signs and in letters.
const LEVELS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
const LETTERS: [&str; 9] = [" ", ".", ":", "-", "=", "+", "*", "%", "#"];

/// What the pane's title says.
pub fn note(state: &State) -> String {
    let stance = state.traffic.stats;
    let other = match stance.kind {
        Kind::Flows => "nodes",
        Kind::Nodes => "flows",
    };
    let order = match stance.order {
        Order::Falling => "↓",
        Order::Rising => "↑",
    };
    format!("by {} {order} · s sorts · v {other}", stance.sorted.name())
}

/// Draws the tab.
pub fn draw(state: &State, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let rows = stats::rows(state);
    if rows.is_empty() {
        let words = match state.past.opened {
            None => "  no bytes went yet; press ⏎ in the client or HTTP pane, and measure what comes back",
            Some(_) => "  no bytes went in it",
        };
        canvas.regions.add(area, Target::Rows(PaneId::Traffic, 0));
        return put(canvas, area, hint(words, canvas));
    }
    let below = match area.height {
        ROOM_BELOW.. => {
            (area.height.saturating_sub(rows.len() as u16 + 2)).clamp(LEAST_BELOW, MOST_BELOW).min(area.height - 4)
        }
        _ => 0,
    };
    let table = Rect { height: area.height - below, ..area };
    let at = stats::cursor(state, &rows);
    draw_table(state, table, &rows, at, canvas);
    let below = Rect { y: table.bottom(), height: below, ..area };
    if let (Some(row), true) = (rows.get(at), below.height > 0) {
        chosen::draw(state, below, row, canvas);
    }
}

fn draw_table(state: &State, area: Rect, rows: &[Row<'_>], at: usize, canvas: &mut Canvas<'_, '_>) {
    let columns = Columns::of(state, rows, area.width.saturating_sub(1));
    put(canvas, Rect { height: 1.min(area.height), ..area }, columns.heading(state, canvas.theme));
    let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    if body.is_empty() {
        return;
    }
    let page = usize::from(body.height);
    let first = in_sight(0, at, page);
    canvas.regions.add(body, Target::Rows(PaneId::Traffic, first));
    let body = scrolled(canvas, body, Scrolled::Frames, Bar::of_rows(first, page, rows.len()));
    for (y, (place, row)) in (body.y..body.bottom()).zip(rows.iter().enumerate().skip(first)) {
        let line = Rect { y, height: 1, ..body };
        put(canvas, line, columns.row(state, row, place == at, canvas));
        if place == at {
            let style = cursor_style(state, PaneId::Traffic, canvas);
            canvas.frame.buffer_mut().set_style(line, style);
        }
    }
}

/// Which columns there is room for.
struct Columns {
    name: usize,
    spark: usize,
    has_frames: bool,
    has_slowest: bool,
}

impl Columns {
    fn of(state: &State, rows: &[Row<'_>], width: u16) -> Self {
        let width = usize::from(width);
        let has_frames = width >= 60;
        let has_slowest = width >= 92;
        let fixed = 1 + NUMBER + 1 + 2 * (BYTES + 1) + (BYTES + 1) * usize::from(has_frames);
        let fixed = fixed + BYTES + 3 + (TIME + 1) * (1 + usize::from(has_slowest));
        let left = width.saturating_sub(fixed);
        let names = rows.iter().take(NAMES).map(|row| who(state, row.subject).width());
        let longest = names.max().unwrap_or(0);
        let name = longest.clamp(10, 40).min(left.saturating_sub(LEAST_SPARK + 1)).max(8);
        Self { name, spark: left.saturating_sub(name + 2).min(crate::figures::SECONDS), has_frames, has_slowest }
    }

    fn heading(&self, state: &State, theme: &Theme) -> Vec<Span<'static>> {
        let stance = state.traffic.stats;
        let style = |column| if stance.sorted == column { theme.accent } else { theme.dim };
        let (title, inward, outward) = match stance.kind {
            Kind::Flows => ("flow", "↦", "↤"),
            Kind::Nodes => ("node", "in", "out"),
        };
        let rate = if state.past.opened.is_some() { "mean B/s" } else { "B/s now" };
        let spark = if state.past.opened.is_some() { "the whole run" } else { "last 60 s" };
        let mut heading = vec![
            Span::styled(format!(" {:>NUMBER$} ", "no"), style(Column::Number)),
            Span::styled(format!("{} ", column(title, self.name)), theme.dim),
            Span::styled(format!("{inward:>BYTES$} {outward:>BYTES$} "), style(Column::Bytes)),
        ];
        if self.has_frames {
            heading.push(Span::styled(format!("{:>BYTES$} ", "frames"), style(Column::Frames)));
        }
        heading.push(Span::styled(format!("{rate:>width$} ", width = BYTES + 2), style(Column::Rate)));
        heading.push(Span::styled(format!("{} ", column(spark, self.spark)), theme.dim));
        heading.push(Span::styled(format!("{:>TIME$}", "rt p50"), style(Column::RoundTrip)));
        if self.has_slowest {
            heading.push(Span::styled(format!(" {:>TIME$}", "p99"), theme.dim));
        }
        heading
    }

    fn row(&self, state: &State, row: &Row<'_>, is_cursor: bool, canvas: &Canvas<'_, '_>) -> Vec<Span<'static>> {
        let theme = canvas.theme;
        let account = &*row.account;
        let (number, is_open) = match row.subject {
            Subject::Flow(id) => (id.0, stats::flow(state, id).is_some_and(|flow| flow.is_open)),
            Subject::Node(id) => (id.0, true),
        };
        let name = if is_open { theme.text } else { theme.dim };
        let cursor = if is_cursor { "▸" } else { " " };
        let bytes = |bytes| format!("{:>BYTES$} ", size(bytes));
        let mut spans = vec![
            Span::styled(cursor, theme.accent),
            Span::styled(format!("{number:>NUMBER$} "), theme.dim),
            Span::styled(format!("{} ", column(&who(state, row.subject), self.name)), name),
            Span::styled(bytes(account.to_server.bytes), theme.client),
            Span::styled(bytes(account.to_client.bytes), theme.server),
        ];
        if self.has_frames {
            spans.push(Span::styled(bytes(account.total().frames), theme.text));
        }
        let rate = stats::rate(state, account);
        let style = if rate.is_some_and(|rate| rate > 0) { theme.text } else { theme.dim };
        let rate = rate.map_or_else(|| "–".to_owned(), size);
        spans.push(Span::styled(format!("{rate:>width$} ", width = BYTES + 2), style));
        spans.push(Span::styled(format!("{} ", self.spark(state, account, canvas.symbols)), theme.accent));
        spans.push(Span::styled(time(account.round_trips.percentile(50)), theme.text));
        if self.has_slowest {
            spans.push(Span::styled(format!(" {}", time(account.round_trips.percentile(99))), theme.dim));
        }
        spans
    }

    fn spark(&self, state: &State, account: &Account, symbols: Symbols) -> String {
        let course = if state.past.opened.is_some() {
            account.course.whole().to_vec()
        } else {
            account.course.recent(state.now)
        };
        let parts = parts(&course, self.spark);
        let most = parts.iter().copied().max().unwrap_or(0);
        let sparks: String = parts.iter().map(|part| level(*part, most, symbols)).collect();
        column(&sparks, self.spark)
    }
}

/// Numbers in so many columns: those that share one are summed.
fn parts(numbers: &[u64], columns: usize) -> Vec<u64> {
    let columns = columns.min(numbers.len());
    (0..columns)
        .map(|at| numbers[at * numbers.len() / columns..(at + 1) * numbers.len() / columns].iter().sum())
        .collect()
}

fn level(part: u64, most: u64, symbols: Symbols) -> &'static str {
    let levels = match symbols {
        Symbols::Lines => LEVELS,
        Symbols::Ascii => LETTERS,
    };
    let top = levels.len() as u64 - 1;
    levels[(part * top).div_ceil(most.max(1)).min(top) as usize]
}

fn time(time: Option<Duration>) -> String {
    format!("{:>TIME$}", time.map_or_else(|| "–".to_owned(), span))
}

/// What a row tells of.
fn who(state: &State, subject: Subject) -> String {
    match subject {
        Subject::Node(id) => state.past.node(id).map_or_else(|| state.world.name(id), Node::name).to_owned(),
        Subject::Flow(id) => stats::flow(state, id).map_or_else(
            || "forgotten".to_owned(),
            |flow| {
                let [client, server] = ends(state, flow);
                format!("{client} → {server}")
            },
        ),
    }
}

fn ends(state: &State, flow: &Flow) -> [String; 2] {
    let (client, server) = state.world.end_names(flow);
    if state.past.opened.is_none() {
        return [client, server];
    }
    // The nodes of a recording are not those of the lab; and an interface is no end of a conversation.
    let name = |node: Option<NodeId>, address: &Address| match node.and_then(|node| state.past.node(node)) {
        Some(Node::Lab(name)) => name.clone(),
        Some(Node::Interface(_)) | None => address.brief(),
    };
    [name(flow.client_node, &flow.client), name(flow.server_node, &flow.server)]
}

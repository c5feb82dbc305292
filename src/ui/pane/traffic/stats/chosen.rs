//! The chosen row of the stats in full: its times, what the kernel says of its sockets, and what a figure means.

use std::time::Duration;

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;
use unicode_width::UnicodeWidthStr;

use super::super::figures;
use super::{TIME, ends, level, who};
use crate::app::State;
use crate::app::kernel::Watched;
use crate::app::pane::traffic::stats::{self, Figure, Kind, Row, SocketFigure, Subject};
use crate::app::scroll::in_sight;
use crate::figures::{Account, Histogram};
use crate::model::{Timestamp, span};
use crate::ui::Canvas;
use crate::ui::part::{column, cut, put, size};
use crate::ui::theme::Theme;

/// Columns from which on what the kernel says stands beside the times, and how many these take then.
const ROOM_BESIDE: u16 = 118;
const TIMES_BESIDE: u16 = 71;

/// Rows of words that explain, at least and at most.
const LEAST_WORDS: usize = 2;
const MOST_WORDS: usize = 3;

/// Rows from which on the lives of the sockets have a line each.
const ROOM_FOR_LIVES: u16 = 16;

/// Columns of the name of a socket's figure, and of its value.
const NAME: usize = 14;
const SOCKET: usize = 15;

/// Columns of a bar at most; few times look like few.
const WIDEST_BAR: usize = 2;

/// The percentiles told.
const PERCENTILES: [u32; 4] = [50, 90, 95, 99];

/// Draws the figures of the chosen row.
pub fn draw(state: &State, area: Rect, row: &Row<'_>, canvas: &mut Canvas<'_, '_>) {
    let names = match row.subject {
        Subject::Flow(id) => stats::flow(state, id).map(|flow| ends(state, flow)).unwrap_or_default(),
        Subject::Node(_) => ["clients".to_owned(), who(state, row.subject)],
    };
    put(canvas, Rect { height: 1, ..area }, title(state, row, area.width, canvas.theme));
    let sockets = stats::sockets(state, row.subject);
    let words = wrapped(&explained(state, row, sockets, &names), usize::from(area.width).saturating_sub(2));
    let words_at = area.bottom() - words.len().clamp(LEAST_WORDS, MOST_WORDS) as u16;
    for (y, line) in (words_at..area.bottom()).zip(words) {
        put(canvas, Rect { y, height: 1, ..area }, vec![Span::styled(format!(" {line}"), canvas.theme.text)]);
    }
    let mut inner = Rect { y: area.y + 1, height: words_at.saturating_sub(area.y + 1), ..area };
    if let Some(sockets) = sockets.filter(|_| area.height >= ROOM_FOR_LIVES) {
        inner = draw_lives(state, inner, sockets, &names, canvas);
    }
    let (left, right) = if area.width >= ROOM_BESIDE && sockets.is_some() {
        let left = Rect { width: TIMES_BESIDE, ..inner };
        (
            draw_times(state, left, row, &names, canvas),
            Rect { x: left.right(), width: inner.width - left.width, ..inner },
        )
    } else {
        let rest = draw_times(state, inner, row, &names, canvas);
        let half = if sockets.is_some() {
            rest.width.saturating_sub((NAME + 2 * SOCKET + 3) as u16).max(16)
        } else {
            rest.width
        };
        (
            Rect { width: half.min(rest.width), ..rest },
            Rect { x: rest.x + half, width: rest.width.saturating_sub(half), ..rest },
        )
    };
    draw_histogram(chosen_times(state, &row.account), left, canvas);
    if let Some(sockets) = sockets {
        draw_sockets(state, right, sockets, &names, canvas);
    }
}

fn title(state: &State, row: &Row<'_>, width: u16, theme: &Theme) -> Vec<Span<'static>> {
    let account = &row.account;
    let words = match row.subject {
        Subject::Flow(id) => match stats::flow(state, id) {
            Some(flow) => {
                let until = if flow.is_open && state.past.opened.is_none() { state.now } else { flow.last };
                let life = if flow.is_open { "open" } else { "closed, after" };
                let life = format!("{life} {}", span(until.since(flow.began)));
                format!("flow {id} · {} {} → {} · {life}", flow.transport.name(), flow.client, flow.server)
            }
            None => format!("flow {id}"),
        },
        Subject::Node(_) => format!("{} · for {}", who(state, row.subject), span(account.last.since(account.began))),
    };
    let words = cut(&format!("── {words} "), usize::from(width));
    let rest = usize::from(width).saturating_sub(words.width());
    vec![Span::styled(words, theme.accent), Span::styled("─".repeat(rest), theme.line)]
}

/// The times of an account that can be told, each with its name.
fn times<'a>(account: &'a Account, kind: Kind, names: &[String; 2]) -> Vec<(Figure, String, &'a Histogram)> {
    let mut all = vec![(Figure::RoundTrip, "round trip".to_owned(), &account.round_trips)];
    if kind == Kind::Flows {
        all.push((Figure::There, format!("→ {}", names[1]), &account.there));
        all.push((Figure::Back, format!("← {}", names[0]), &account.back));
    }
    all
}

/// The histogram of the figure under the cursor; of a socket's, that of round trips.
fn chosen_times<'a>(state: &State, account: &'a Account) -> &'a Histogram {
    match state.traffic.stats.figure {
        Figure::There => &account.there,
        Figure::Back => &account.back,
        Figure::RoundTrip | Figure::Socket(_) => &account.round_trips,
    }
}

/// Draws the table of times; gives what is left below it.
fn draw_times(state: &State, area: Rect, row: &Row<'_>, names: &[String; 2], canvas: &mut Canvas<'_, '_>) -> Rect {
    let theme = canvas.theme;
    let titles = ["n", "min", "p50", "p90", "p95", "p99", "max", "mean"];
    let heading = titles.map(|title| format!(" {title:>width$}", width = TIME - 1)).concat();
    let all = times(&row.account, state.traffic.stats.kind, names);
    let room = usize::from(area.width).saturating_sub(3 + heading.width()).clamp(8, 2 * NAME);
    let mut lines = vec![vec![Span::styled(format!("  {:room$}{heading}", "times"), theme.dim)]];
    for (figure, name, histogram) in &all {
        let is_chosen = *figure == state.traffic.stats.figure;
        let (sign, style) = if is_chosen { ("▸ ", theme.accent) } else { ("  ", theme.text) };
        let told = |time: Option<Duration>| {
            format!(" {:>width$}", time.map_or_else(|| "–".to_owned(), span), width = TIME - 1)
        };
        let mut line = vec![
            Span::styled(sign, theme.accent),
            Span::styled(column(name, room), style),
            Span::styled(format!(" {:>width$}", size(histogram.count()), width = TIME - 1), theme.dim),
            Span::styled(told(histogram.shortest()), theme.text),
        ];
        line.extend(PERCENTILES.iter().map(|percent| Span::styled(told(histogram.percentile(*percent)), theme.text)));
        line.push(Span::styled(told(histogram.longest()), theme.text));
        line.push(Span::styled(told(histogram.mean()), theme.dim));
        lines.push(line);
    }
    let taken = (lines.len() as u16).min(area.height);
    for (y, line) in (area.y..area.y + taken).zip(lines) {
        put(canvas, Rect { y, height: 1, ..area }, line);
    }
    Rect { y: area.y + taken, height: area.height - taken, ..area }
}

/// Times as bars, from the shortest at the left to the longest at the right.
fn draw_histogram(histogram: &Histogram, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let width = usize::from(area.width).saturating_sub(4);
    let Some(height) = area.height.checked_sub(1).filter(|height| *height > 0 && width > 8) else { return };
    let bars = histogram.bars(width);
    let Some(most) = bars.iter().map(|bar| bar.count).max() else { return };
    let wide = (width / bars.len()).clamp(1, WIDEST_BAR);
    let steps = u64::from(height) * 8;
    for (line, y) in (area.y..area.y + height).enumerate() {
        let above = (u64::from(height) - 1 - line as u64) * 8;
        let part = |count: u64| (count * steps).div_ceil(most).saturating_sub(above).min(8);
        let bars: String = bars.iter().map(|bar| level(part(bar.count), 8, canvas.symbols).repeat(wide)).collect();
        put(canvas, Rect { y, height: 1, ..area }, vec![Span::styled(format!("  {bars}"), canvas.theme.accent)]);
    }
    let ends = (histogram.shortest(), histogram.longest());
    let (Some(first), Some(last)) = ends else { return };
    let (first, last) = (span(first), format!("{} ", span(last)));
    let used = (bars.len() * wide).max(first.width() + last.width() + 1);
    let gap = used.saturating_sub(first.width() + last.width());
    let axis = format!("  {first}{}{last}", "╌".repeat(gap.saturating_sub(1)).replace('╌', "·"));
    let y = area.y + height;
    put(
        canvas,
        Rect { y, height: 1, ..area },
        vec![Span::styled(cut(&axis, usize::from(area.width)), canvas.theme.dim)],
    );
}

/// What the kernel says of both sockets.
fn draw_sockets(
    state: &State,
    area: Rect,
    sockets: [Option<&Watched>; 2],
    names: &[String; 2],
    canvas: &mut Canvas<'_, '_>,
) {
    let theme = canvas.theme;
    if area.is_empty() {
        return;
    }
    let told = |words: &str, canvas: &mut Canvas<'_, '_>| {
        let lines = wrapped(words, usize::from(area.width).saturating_sub(2));
        for (y, line) in (area.y..area.bottom()).zip(lines) {
            put(canvas, Rect { y, height: 1, ..area }, vec![Span::styled(format!(" {line}"), canvas.theme.dim)]);
        }
    };
    if let Some(trouble) = &state.kernel.trouble {
        return told(trouble, canvas);
    }
    if sockets == [None, None] {
        let words = "neither end has a socket here any more";
        return told(words, canvas);
    }
    let mut heading = vec![Span::styled(format!(" {:NAME$}", "kernel"), theme.dim)];
    for (name, style) in names.iter().zip([theme.client, theme.server]) {
        heading.push(Span::styled(format!(" {}", column(name, SOCKET)), style));
    }
    put(canvas, Rect { height: 1, ..area }, heading);
    let body = Rect { y: area.y + 1, height: area.height - 1, ..area };
    let chosen = match state.traffic.stats.figure {
        Figure::Socket(figure) => SocketFigure::ALL.iter().position(|known| *known == figure),
        Figure::RoundTrip | Figure::There | Figure::Back => None,
    };
    let first = in_sight(0, chosen.unwrap_or(0), usize::from(body.height).max(1));
    for (y, (place, figure)) in (body.y..body.bottom()).zip(SocketFigure::ALL.iter().enumerate().skip(first)) {
        let is_chosen = chosen == Some(place);
        let (sign, style) = if is_chosen { ("▸", theme.accent) } else { (" ", theme.dim) };
        let mut line = vec![Span::styled(format!("{sign}{:NAME$}", figures::name(*figure)), style)];
        for socket in sockets {
            let (value, style) = socket.map_or_else(
                || ("–".to_owned(), theme.dim),
                |socket| (figures::value(*figure, socket), value_style(*figure, socket, theme)),
            );
            line.push(Span::styled(format!(" {}", column(&value, SOCKET)), style));
        }
        put(canvas, Rect { y, height: 1, ..body }, line);
    }
}

fn value_style(figure: SocketFigure, socket: &Watched, theme: &Theme) -> Style {
    let info = socket.info.as_ref();
    let is_alarm = figure == SocketFigure::Retransmitted && info.is_some_and(|info| info.retransmitted > 0);
    if is_alarm { theme.warn } else { theme.text }
}

/// Draws the lives of both sockets, a line each; gives what is left below.
fn draw_lives(
    state: &State,
    area: Rect,
    sockets: [Option<&Watched>; 2],
    names: &[String; 2],
    canvas: &mut Canvas<'_, '_>,
) -> Rect {
    let mut y = area.y;
    let ends = sockets.into_iter().zip(names).zip([canvas.theme.client, canvas.theme.server]);
    for (place, ((socket, name), style)) in ends.enumerate() {
        let Some(socket) = socket else { continue };
        let name = Span::styled(format!("  {} ", column(name, NAME)), style);
        let mut life = life(state, socket, place == 0, style, canvas.theme.dim);
        // How it ends counts more than how it began.
        let room = usize::from(area.width).saturating_sub(name.width());
        while life.iter().map(Span::width).sum::<usize>() > room && life.len() > 1 {
            life.remove(0);
        }
        life.insert(0, name);
        put(canvas, Rect { y, height: 1, ..area }, life);
        y += 1;
    }
    Rect { y, height: area.bottom() - y, ..area }
}

/// The states of a socket in order: those seen with their times, those passed unseen in dim letters.
fn life(state: &State, socket: &Watched, is_client: bool, seen: Style, unseen: Style) -> Vec<Span<'static>> {
    let mut before: Option<Timestamp> = None;
    let mut spans = Vec::new();
    for (place, (name, at)) in stats::states(socket, is_client).into_iter().enumerate() {
        if place > 0 {
            spans.push(Span::styled(" › ", unseen));
        }
        spans.push(Span::styled(name.name(), if at.is_some() { seen } else { unseen }));
        if let Some(at) = at {
            let when = before.map_or_else(|| at.clock(state.zone), |before| format!("+{}", span(at.since(before))));
            spans.push(Span::styled(format!(" {when}"), unseen));
            before = Some(at);
        }
    }
    spans
}

/// What the figure under the cursor means.
fn explained(state: &State, row: &Row<'_>, sockets: Option<[Option<&Watched>; 2]>, names: &[String; 2]) -> String {
    let [client, server] = names;
    match state.traffic.stats.figure {
        Figure::RoundTrip => figures::explain_round_trips(&row.account.round_trips),
        Figure::There => figures::explain_one_way(&row.account.there, client, server),
        Figure::Back => figures::explain_one_way(&row.account.back, server, client),
        Figure::Socket(figure) => {
            let socket = sockets.into_iter().flatten().flatten().next();
            socket.map_or_else(
                || figures::explain_round_trips(&row.account.round_trips),
                |socket| figures::explain(figure, socket),
            )
        }
    }
}

/// Words in lines of so many columns.
fn wrapped(words: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in words.split_whitespace() {
        let Some(line) = lines.last_mut() else { break };
        if line.is_empty() {
            line.push_str(word);
        } else if line.width() + 1 + word.width() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

//! Two things beside each other, drawn: rows with a sign between the sides, and the chosen row whole below.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;

use super::{framed, hint_row};
use crate::app::State;
use crate::app::overlay::diff::{Diff, Extent, Writing};
use crate::app::regions::Target;
use crate::app::scroll::Scrolled;
use crate::diff::{Cell, Kind, Row, View};
use crate::model::bar::Bar;
use crate::model::visible;
use crate::proto::own_part;
use crate::ui::part::{Keys, column, cut, field, put, scrolled, shown};
use crate::ui::theme::Theme;
use crate::ui::{Canvas, rows};

/// Columns between the sides: the sign and a blank at each side of it.
const BETWEEN: u16 = 3;

/// Rows below the list in which the chosen row is shown whole, for each side.
const WHOLE: u16 = 2;

/// Rows from which on there is room for that.
const ROOM_FOR_WHOLE: u16 = 16;

/// Columns of names at most, of a side; a value needs the rest.
const NAMES: usize = 28;

/// Columns of a side from which on it is told who sent the frame, and when.
const ROOM_FOR_ENDS: u16 = 50;

/// Draws the comparison over the whole screen.
pub fn draw(state: &State, diff: &Diff, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let inner = framed(&title(diff), area, canvas);
    if inner.height < 4 {
        return;
    }
    let foot = Rect { y: inner.bottom() - 1, height: 1, ..inner };
    let [left, right] = halves(Rect { height: 1, ..inner });
    for (place, side) in [(left, 0), (right, 1)] {
        let words = subject(state, diff, side, place.width);
        let style = [canvas.theme.client, canvas.theme.server][side];
        put(canvas, place, shown(&words, usize::from(place.width), style, canvas.theme.dim));
    }
    let below = if inner.height >= ROOM_FOR_WHOLE { 2 * WHOLE + 1 } else { 0 };
    let line = u16::from(is_list_shown(diff));
    let body = Rect { y: inner.y + 1, height: inner.height - 2 - below - line, ..inner };
    match &diff.comparison {
        None => {
            let words = if state.past.compared.is_awaited() {
                "reading the frames back …"
            } else {
                "these frames have left memory, and are in no recording"
            };
            put(canvas, body, vec![Span::styled(words, canvas.theme.dim)]);
        }
        Some(comparison) if comparison.rows.is_empty() => {
            let words = comparison.remarks.first().copied().unwrap_or("there is nothing to compare");
            put(canvas, body, vec![Span::styled(words, canvas.theme.dim)]);
        }
        Some(comparison) => draw_rows(state, diff, &comparison.rows, body, canvas),
    }
    if below > 0 {
        draw_whole(diff, Rect { y: body.bottom(), height: below, ..inner }, canvas);
    }
    if line > 0 {
        draw_list(diff, Rect { y: foot.y - 1, height: 1, ..inner }, canvas);
    }
    hint_row(state, &hints(diff), foot, canvas);
}

fn title(diff: &Diff) -> String {
    let [one, other] = diff.numbers;
    let what = match diff.extent {
        Extent::Frames => format!("Frames {one} and {other}"),
        Extent::Flows => format!("Conversations of frames {one} and {other}"),
    };
    let view = match diff.view {
        View::Fields => "fields",
        View::Bytes => "bytes",
    };
    let Some(comparison) = &diff.comparison else { return format!("{what} · {view}") };
    let (differ, alike, ignored) = (comparison.differences(), comparison.alike(), comparison.ignored());
    let found = match differ {
        0 => "the same".to_owned(),
        1 => format!("1 differs, {alike} alike"),
        _ => format!("{differ} differ, {alike} alike"),
    };
    let ignored = if ignored > 0 { format!(", {ignored} ignored") } else { String::new() };
    format!("{what} · {view} · {found}{ignored}")
}

/// A frame in a line, as the list has it.
fn subject(state: &State, diff: &Diff, side: usize, width: u16) -> String {
    let number = diff.numbers[side];
    let Some(world) = state.past.world_of(&state.world, number) else { return format!("{number}") };
    let Some(frame) = world.log.frame(number) else { return format!("{number}") };
    let (from, to, is_to_server) = world.ends(frame);
    let ends = match to {
        Some(to) if is_to_server => format!("{from} → {to}"),
        Some(to) => format!("{from} ← {to}"),
        None => from,
    };
    let clock = frame.at.clock(state.zone);
    match diff.extent {
        Extent::Frames if width < ROOM_FOR_ENDS => format!("{number}  {}", frame.summary),
        Extent::Frames => format!("{number}  {clock}  {ends}  {}", frame.summary),
        Extent::Flows => {
            let flow = frame.flow.map_or_else(String::new, |flow| format!("flow {flow}  "));
            format!("{flow}{ends}")
        }
    }
}

fn halves(area: Rect) -> [Rect; 2] {
    let half = area.width.saturating_sub(BETWEEN) / 2;
    let right = area.x + half + BETWEEN;
    [Rect { width: half, ..area }, Rect { x: right, width: area.right().saturating_sub(right), ..area }]
}

fn draw_rows(state: &State, diff: &Diff, all: &[Row], area: Rect, canvas: &mut Canvas<'_, '_>) {
    let page = usize::from(area.height);
    let top = state.tops.items.first(diff.at, page, all.len());
    let area = scrolled(canvas, area, Scrolled::Items, Bar::of_rows(top, page, all.len()));
    canvas.regions.add(area, Target::Items(top));
    let in_sight = || all.iter().enumerate().skip(top).take(page);
    let told = in_sight().filter(|(_, row)| row.kind != Kind::Heading);
    let cells = told.flat_map(|(index, row)| row.left.iter().chain(&row.right).map(move |cell| (index, cell)));
    let widest = cells.map(|(index, cell)| label(all, index, cell).chars().count()).max();
    let [half, _] = halves(area);
    let names = widest.unwrap_or(0).min(NAMES).min(usize::from(half.width) / 2);
    for (place, (index, row)) in rows(area).zip(in_sight()) {
        let [left, right] = halves(place);
        let theme = canvas.theme;
        let label = |cell: &Option<Cell>| cell.as_ref().map_or_else(String::new, |cell| label(all, index, cell));
        let of_left = side(row, row.left.as_ref(), &label(&row.left), (names, left.width), theme);
        let of_right = side(row, row.right.as_ref(), &label(&row.right), (names, right.width), theme);
        put(canvas, left, of_left);
        let sign = Rect { x: left.right() + 1, width: 1, ..place };
        put(canvas, sign, vec![Span::styled(row.kind.sign(), sign_style(row.kind, theme))]);
        put(canvas, right, of_right);
        if index == diff.at {
            canvas.frame.buffer_mut().set_style(place, canvas.theme.chosen);
        }
    }
}

/// What stands before a row: the line's or byte's place, or the field's own part of its name.
fn label(all: &[Row], index: usize, cell: &Cell) -> String {
    let Some(row) = all.get(index).filter(|row| !row.field.is_empty()) else { return cell.label.clone() };
    let above = all[..index].iter().rev().find(|above| above.depth < row.depth);
    format!("{}{}", "  ".repeat(row.depth), own_part(row.field, above.map_or("", |above| above.field)))
}

fn side(
    row: &Row,
    cell: Option<&Cell>,
    label: &str,
    (names, width): (usize, u16),
    theme: &Theme,
) -> Vec<Span<'static>> {
    let Some(cell) = cell else { return Vec::new() };
    let width = usize::from(width);
    if row.kind == Kind::Heading {
        return vec![Span::styled(cut(&cell.text, width), theme.accent)];
    }
    let mut spans = vec![Span::styled(format!("{} ", column(label, names)), theme.dim)];
    let plain = match row.kind {
        Kind::Ignored => theme.dim,
        Kind::Left => theme.client,
        Kind::Right => theme.server,
        Kind::Same | Kind::Changed | Kind::Heading => theme.text,
    };
    spans.extend(parted(cell, width.saturating_sub(names + 1), plain, theme.found()));
    spans
}

/// The text of a cell with what differs in its own style, in so many columns.
fn parted(cell: &Cell, width: usize, plain: Style, differing: Style) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    let mut left = width;
    let mut at = 0;
    let mut add = |text: &str, style: Style| {
        if text.is_empty() || left == 0 {
            return;
        }
        let pieces = visible::text(text, left);
        left = left.saturating_sub(visible::columns(&pieces));
        spans.push(Span::styled(visible::joined(&pieces), style));
    };
    for range in &cell.differs {
        add(&cell.text[at..range.start], plain);
        add(&cell.text[range.clone()], differing);
        at = range.end;
    }
    add(&cell.text[at..], plain);
    spans
}

fn sign_style(kind: Kind, theme: &Theme) -> Style {
    match kind {
        Kind::Left => theme.client,
        Kind::Right => theme.server,
        Kind::Changed => theme.warn,
        Kind::Same | Kind::Ignored | Kind::Heading => theme.dim,
    }
}

/// The chosen row, as much as there is room for.
fn draw_whole(diff: &Diff, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let theme = canvas.theme;
    let rule = "─".repeat(usize::from(area.width));
    put(canvas, Rect { height: 1, ..area }, vec![Span::styled(rule, theme.dim)]);
    let Some(row) = diff.row().filter(|row| row.kind != Kind::Heading) else { return };
    let width = usize::from(area.width).saturating_sub(2).max(1);
    for (at, (sign, cell)) in [("<", &row.left), (">", &row.right)].into_iter().enumerate() {
        let style = if at == 0 { theme.client } else { theme.server };
        let y = area.y + 1 + at as u16 * WHOLE;
        let place = Rect { y, height: WHOLE, ..area };
        let text = cell.as_ref().map_or("", |cell| cell.text.trim_end());
        let lines = visible::rows(text.as_bytes(), width, visible::Wrap::Text);
        let mut rows = rows(place);
        if let Some(first) = rows.next() {
            put(canvas, Rect { width: 1, ..first }, vec![Span::styled(sign, style)]);
            for (place, line) in std::iter::once(first).chain(rows).zip(lines) {
                let place = Rect { x: place.x + 2, width: place.width.saturating_sub(2), ..place };
                put(canvas, place, vec![Span::styled(visible::joined(&line.pieces), theme.text)]);
            }
        }
    }
}

fn is_list_shown(diff: &Diff) -> bool {
    diff.writing == Writing::Yes || diff.problem.is_some() || !diff.ignored.text().is_empty() || remark(diff).is_some()
}

fn remark(diff: &Diff) -> Option<&'static str> {
    diff.comparison.as_ref()?.remarks.first().copied()
}

/// What does not count, and what is wrong with it.
fn draw_list(diff: &Diff, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let theme = canvas.theme;
    if diff.writing == Writing::No && diff.ignored.text().is_empty() {
        let words = remark(diff).unwrap_or_default();
        return put(canvas, area, vec![Span::styled(cut(words, usize::from(area.width)), theme.warn)]);
    }
    let title = "does not count: ";
    put(canvas, area, vec![Span::styled(title, theme.dim)]);
    let x = area.x + title.len() as u16;
    let place = Rect { x, width: area.right().saturating_sub(x), ..area };
    if let (Some(problem), Writing::No) = (&diff.problem, diff.writing) {
        let words = cut(problem, usize::from(place.width));
        return put(canvas, place, vec![Span::styled(words, theme.bad)]);
    }
    let keys = if diff.writing == Writing::Yes { Keys::Here } else { Keys::Elsewhere };
    let room = diff.problem.as_ref().map_or(0, |problem| (problem.chars().count() as u16 + 2).min(place.width / 2));
    let typed = Rect { width: place.width - room, ..place };
    field(canvas, typed, &diff.ignored, keys, theme.text);
    if let Some(problem) = &diff.problem {
        let place = Rect { x: typed.right() + 1, width: room.saturating_sub(1), ..place };
        put(canvas, place, vec![Span::styled(cut(problem, usize::from(place.width)), theme.bad)]);
    }
}

fn hints(diff: &Diff) -> Vec<(&'static str, &'static str)> {
    if diff.writing == Writing::Yes {
        return vec![("finder-choose", "done; names of fields and /patterns/, with commas")];
    }
    let other = match diff.view {
        View::Fields => "bytes",
        View::Bytes => "fields",
    };
    let wider = match diff.extent {
        Extent::Frames => "conversations",
        Extent::Flows => "frames",
    };
    let mut hints = vec![("diff-next", "next"), ("diff-view", other), ("diff-flows", wider)];
    if diff.view == View::Fields {
        hints.push(("diff-ignore", "ignore"));
    }
    hints.extend([("diff-ignore-list", "list"), ("menu-close", "close")]);
    hints
}

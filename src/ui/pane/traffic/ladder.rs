//! The ladder: lifelines, arrows between them, and beside it what the chosen frame carries.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;

use super::super::cursor_style;
use crate::app::pane::PaneId;
use crate::app::pane::traffic::{Fold, Shown, View, covers, cursor_row, shown_ladder};
use crate::app::regions::Target;
use crate::app::scroll::Scrolled;
use crate::app::{State, Zoom};

use crate::ladder::{Lanes, Line, Piece, Rung, Tone, delta};
use crate::model::bar::Bar;
use crate::model::visible::{self, Wrap};
use crate::model::{Timestamp, span};
use crate::ui::Canvas;
use crate::ui::part::{cut, hint, lit, put, scrolled, size, spans};
use crate::ui::theme::Theme;

/// Columns of a time of day, and of the time since the line above.
const TIME: usize = 12;
const DELTA: usize = 8;

/// Columns from which on both are shown, and from which on the latter is.
const ROOM_FOR_TIME: u16 = 76;
const ROOM_FOR_DELTA: u16 = 40;

/// Columns from which on the chosen frame stands beside the ladder, when its pane fills the screen; how many it takes.
const ROOM_BESIDE: u16 = 110;
const BESIDE: u16 = 42;

/// Screens of frames from which on a map of all of them helps.
const WORTH_A_MAP: usize = 10;

/// What stands for few and many frames in a while.
const DENSITY: [&str; 5] = [" ", "░", "▒", "▓", "█"];

/// Draws the ladder.
pub fn draw(state: &State, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let area = beside(state, area, canvas);
    let Some(height) = area.height.checked_sub(1).filter(|height| *height > 0) else { return };
    let body = Rect { y: area.y + 1, height, ..area };
    let view = shown_ladder(state, usize::from(height));
    let all = state.timeline();
    let count = state.traffic.count(&all);
    canvas.regions.add(body, Target::Rows(PaneId::Traffic, view.lines.first().map_or(0, |(row, _)| *row)));
    if view.lines.is_empty() {
        let words = match (all.is_empty(), state.past.opened.is_some()) {
            (true, false) => "  nothing yet; press ⏎ in the client or HTTP pane",
            (true, true) => "  there is no frame in it",
            (false, _) => "  no frame to draw",
        };
        return put(canvas, body, hint(words, canvas));
    }
    let (first, last) = (view.lines[0].0, view.lines[view.lines.len() - 1].0);
    let body = scrolled(canvas, body, Scrolled::Frames, Bar::of_rows(first, last + 1 - first, count));
    let body = map(state, body, count, canvas);
    let times = times(body.width);
    let width = usize::from(body.width).saturating_sub(times);
    let lanes = Lanes::new(&view.cast, state.traffic.ladder.first_lifeline, width);
    let mut heading = vec![Span::styled(" ".repeat(times), canvas.theme.dim)];
    heading.extend(lanes.heading().into_iter().map(|piece| styled(piece, canvas.theme)));
    put(canvas, Rect { height: 1, width: body.width, ..area }, heading);
    let cursor = cursor_row(state);
    draw_lines(state, &view, &lanes, (body, cursor), canvas);
    hidden(&lanes, Rect { height: 1, width: body.width, ..area }, canvas);
}

fn draw_lines(
    state: &State,
    view: &View,
    lanes: &Lanes<'_>,
    (body, cursor): (Rect, Option<usize>),
    canvas: &mut Canvas<'_, '_>,
) {
    let mut before: Option<Timestamp> = None;
    for (y, (row, shown)) in (body.y..body.bottom()).zip(&view.lines) {
        let area = Rect { y, height: 1, ..body };
        canvas.regions.add(area, Target::Rows(PaneId::Traffic, *row));
        let (at, pieces) = match shown {
            Shown::Line(line) => (Some(line.as_ref().at()), lanes.line(&line.as_ref())),
            Shown::Fold(fold) => (None, lanes.fold(&fold_words(fold))),
            Shown::Awaited(_) => (None, lanes.empty()),
        };
        let mut spans = time(state, at, before, body.width, canvas.theme);
        before = at.or(before);
        let patterns: Vec<_> = state.find.pattern.iter().chain(&state.traffic.sought).collect();
        for piece in pieces {
            let style = tone(piece.tone, canvas.theme);
            if piece.tone == Tone::Words && !patterns.is_empty() {
                let styles = (style, canvas.theme.dim, canvas.theme.found());
                spans.extend(lit(&piece.text, usize::MAX, styles, patterns.iter().copied()));
            } else {
                spans.push(styled(piece, canvas.theme));
            }
        }
        put(canvas, area, spans);
        if cursor.is_some_and(|cursor| covers(shown, *row, cursor)) {
            let style = cursor_style(state, PaneId::Traffic, canvas);
            canvas.frame.buffer_mut().set_style(area, style);
        }
        if let Shown::Line(Line::Whole(Rung { frame, .. }) | Line::Leaves(Rung { frame, .. })) = shown
            && state.world.remarks.of(*frame).mark == crate::model::Mark::On
        {
            put(canvas, Rect { width: 1, ..area }, vec![Span::styled("◆", canvas.theme.warn)]);
        }
    }
}

fn fold_words(fold: &Fold) -> String {
    format!("{} more alike, {}B in {}", fold.messages, size(fold.bytes), span(fold.took))
}

/// Columns that times take in lines of a width.
fn times(width: u16) -> usize {
    match width {
        ROOM_FOR_TIME.. => 1 + TIME + 1 + DELTA + 1,
        ROOM_FOR_DELTA.. => 1 + DELTA + 1,
        _ => 1,
    }
}

fn time(
    state: &State,
    at: Option<Timestamp>,
    before: Option<Timestamp>,
    width: u16,
    theme: &Theme,
) -> Vec<Span<'static>> {
    let clock = at.filter(|_| at != before).map_or(String::new(), |at| at.clock(state.zone));
    let delta = before.zip(at).and_then(|(before, at)| delta(before, at)).unwrap_or_default();
    let text = match width {
        ROOM_FOR_TIME.. => format!(" {clock:<TIME$} {delta:>DELTA$} "),
        ROOM_FOR_DELTA.. => format!(" {delta:>DELTA$} "),
        _ => " ".to_owned(),
    };
    vec![Span::styled(text, theme.dim)]
}

/// How many lifelines are out of sight, at the ends of the heading.
fn hidden(lanes: &Lanes<'_>, heading: Rect, canvas: &mut Canvas<'_, '_>) {
    let (left, right) = lanes.hidden();
    let style = canvas.theme.accent;
    let mut told = |words: String, x: u16| {
        let width = words.chars().count() as u16;
        let area = Rect { x, width: width.min(heading.width), ..heading };
        put(canvas, area, vec![Span::styled(words, style)]);
    };
    if left > 0 {
        told(format!("‹ {left} "), heading.x);
    }
    if right > 0 {
        let words = format!(" {right} ›");
        let x = heading.right().saturating_sub(words.chars().count() as u16);
        told(words, x);
    }
}

/// The chosen frame beside the ladder, where its pane fills the screen and the inspector is out of sight; gives what is
/// left of the area.
fn beside(state: &State, area: Rect, canvas: &mut Canvas<'_, '_>) -> Rect {
    if area.width < ROOM_BESIDE || state.zoom == Zoom::Off {
        return area;
    }
    let all = state.timeline();
    let Some(number) = cursor_row(state).and_then(|row| state.traffic.number_at(&all, row)) else { return area };
    let world = state.past.world_of(&state.world, number);
    let Some(frame) = world.and_then(|world| world.log.frame(number)) else { return area };
    let left = Rect { width: area.width - BESIDE, ..area };
    let side = Rect { x: left.right(), width: BESIDE, ..area };
    let columns = usize::from(BESIDE) - 3;
    let theme = canvas.theme;
    let length = frame.bytes().map_or(String::new(), |bytes| format!(" · {} bytes", bytes.len()));
    let mut lines = vec![
        vec![Span::styled(format!("{} {}{length}", frame.number, frame.protocol), theme.accent)],
        vec![Span::styled(cut(&frame.summary, columns), theme.text)],
        Vec::new(),
    ];
    let bytes = frame.bytes().cloned().unwrap_or_default();
    let rows = visible::rows(&bytes, columns, Wrap::Text).take(usize::from(area.height));
    lines.extend(rows.map(|row| spans(row.pieces, theme.text, theme.dim).collect()));
    for y in side.y..side.bottom() {
        let mut line = vec![Span::styled(" │ ", theme.line)];
        line.extend(lines.get(usize::from(y - side.y)).into_iter().flatten().cloned());
        put(canvas, Rect { y, height: 1, ..side }, line);
    }
    left
}

/// A map of all frames at the right edge, from the oldest to the newest: how close together they are in time, and where
/// marks are. Gives what is left of the area.
fn map(state: &State, area: Rect, count: usize, canvas: &mut Canvas<'_, '_>) -> Rect {
    let height = usize::from(area.height);
    if area.width < ROOM_FOR_DELTA || count < height * WORTH_A_MAP || height < 2 {
        return area;
    }
    let all = state.timeline();
    let number = |part: usize| state.traffic.number_at(&all, (count * part / height).min(count - 1));
    let at = |number: u64| match state.world.log.frame(number) {
        Some(frame) => Some(frame.at),
        None => state.past.index.entry(number).map(|entry| entry.at),
    };
    let borders: Vec<(u64, Timestamp)> =
        (0..=height).filter_map(|part| number(part).and_then(|number| Some((number, at(number)?)))).collect();
    let took: Vec<u128> = borders.windows(2).map(|pair| pair[1].1.since(pair[0].1).as_micros().max(1)).collect();
    let shortest = took.iter().min().copied().unwrap_or(1);
    for (place, (took, pair)) in took.iter().zip(borders.windows(2)).enumerate() {
        let is_marked =
            state.world.remarks.marked_after(pair[0].0.saturating_sub(1)).next().is_some_and(|mark| mark < pair[1].0);
        // Each step is a tenth of the pace of the one above.
        let slower = usize::try_from((took / shortest).checked_ilog10().unwrap_or(0)).unwrap_or(0);
        let sign = if is_marked { "◆" } else { DENSITY[(DENSITY.len() - 1).saturating_sub(slower)] };
        let style = if is_marked { canvas.theme.warn } else { canvas.theme.line };
        let cell = Rect { x: area.right() - 1, y: area.y + place as u16, width: 1, height: 1 };
        put(canvas, cell, vec![Span::styled(sign, style)]);
    }
    Rect { width: area.width - 2, ..area }
}

fn styled(piece: Piece, theme: &Theme) -> Span<'static> {
    Span::styled(piece.text, tone(piece.tone, theme))
}

fn tone(tone: Tone, theme: &Theme) -> Style {
    match tone {
        Tone::Lifeline => theme.line,
        Tone::Name => theme.accent,
        Tone::Asking => theme.client,
        Tone::Answering => theme.server,
        Tone::Unseen | Tone::Aside => theme.dim,
        Tone::Words => theme.text,
        Tone::Remark => theme.warn,
        Tone::Bad => theme.bad,
    }
}

//! The log pane, drawn: what was told, newest at the bottom.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{boxed, hint_row};
use crate::app::State;
use crate::app::notice::{Kind, Told};
use crate::model::visible;
use crate::ui::part::{cut, put};
use crate::ui::{Canvas, rows};

/// The box's width where there is room.
const WIDTH: u16 = 110;

/// Columns before the words: the time of day, a sign, blanks.
const BEFORE: usize = 12;

/// Letters of `12:03:01.204` that are shown.
const SECONDS: usize = 8;

/// Draws the pane with the cursor on one of those that were told.
pub fn draw(state: &State, at: usize, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let inner = boxed("Log", (WIDTH, area.height.saturating_sub(2).max(3)), area, canvas);
    let foot = inner.height.min(2);
    let body = Rect { height: inner.height - foot, ..inner };
    let told = state.notices.told();
    if told.is_empty() {
        put(canvas, body, vec![Span::styled("nothing was told yet", canvas.theme.dim)]);
    }
    let window = window(state, at, (usize::from(body.width), usize::from(body.height)), canvas);
    let blank = usize::from(body.height).saturating_sub(window.len());
    for (row, (index, line)) in rows(body).skip(blank).zip(window) {
        canvas.frame.render_widget(line, row);
        if index == at {
            canvas.frame.buffer_mut().set_style(row, canvas.theme.chosen);
        }
    }
    let file = state
        .log_file
        .as_ref()
        .map_or_else(|| "no log file is written".to_owned(), |path| format!("log file: {}", path.display()));
    let foot = Rect { y: inner.bottom() - foot, height: foot, ..inner };
    let mut lines = rows(foot);
    if let Some(row) = lines.next() {
        put(canvas, row, vec![Span::styled(cut(&file, usize::from(inner.width)), canvas.theme.dim)]);
    }
    if let Some(row) = lines.next() {
        hint_row(state, &[("menu-choose", "copy"), ("menu-up", "scroll"), ("menu-close", "close")], row, canvas);
    }
}

/// The lines around the cursor that fill a page, each with the number of what it belongs to; only those are laid out.
fn window(
    state: &State,
    at: usize,
    (width, height): (usize, usize),
    canvas: &Canvas<'_, '_>,
) -> Vec<(usize, Line<'static>)> {
    let told = state.notices.told();
    let of = |index: usize| lines(state, &told[index], width, canvas).into_iter().map(move |line| (index, line));
    let mut below: Vec<_> = (at + 1..told.len()).flat_map(of).take(height).collect();
    let mut above: Vec<_> = Vec::new();
    for index in (0..told.len().min(at + 1)).rev() {
        if above.len() >= height {
            break;
        }
        above.splice(0..0, of(index));
    }
    // A third of the page is for what comes after the cursor, and all that is not needed before it.
    let after = below.len().min((height / 3).max(height.saturating_sub(above.len())));
    below.truncate(after);
    let first = above.len().saturating_sub(height - after);
    above.drain(..first);
    above.extend(below);
    above
}

fn lines(state: &State, told: &Told, width: usize, canvas: &Canvas<'_, '_>) -> Vec<Line<'static>> {
    let theme = canvas.theme;
    let (sign, style) = match told.kind {
        Kind::Notice => ("·", theme.text),
        Kind::Unread | Kind::Read => ("✗", theme.bad),
    };
    let clock: String = told.at.clock(state.zone).chars().take(SECONDS).collect();
    let times = if told.times > 1 { format!(" (×{})", told.times) } else { String::new() };
    let words = visible::folded(&format!("{}{times}", told.words), width.saturating_sub(BEFORE).max(1));
    let rows = words.into_iter().enumerate().map(|(index, words)| {
        let before = if index == 0 { format!("{clock}  {sign} ") } else { " ".repeat(BEFORE) };
        Line::from(vec![Span::styled(before, if index == 0 { theme.dim } else { style }), Span::styled(words, style)])
    });
    rows.collect()
}

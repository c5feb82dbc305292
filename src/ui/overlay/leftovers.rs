//! Recordings that earlier runs left unsaved, drawn: when, how large, where, and how they are opened.

use ratatui::layout::Rect;
use ratatui::text::Span;
use unicode_width::UnicodeWidthStr;

use super::{boxed, hint_row};
use crate::app::State;
use crate::app::recording::Leftover;
use crate::app::regions::Target;
use crate::model::visible;
use crate::ui::part::{cut, put, size_in_words};
use crate::ui::{Canvas, rows};

/// The most columns.
const WIDTH: u16 = 100;

/// Rows beside those of the list: the frame, words, blank rows, the path of the chosen one, keys.
const AROUND: u16 = 7;

/// Draws the list with the cursor on one of them.
pub fn draw(state: &State, at: usize, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let leftovers = &state.recording.leftovers;
    let theme = canvas.theme;
    let open = leftovers.get(at).map(open).unwrap_or_default();
    let width = WIDTH.min(area.width);
    let inside = usize::from(width.saturating_sub(4)).max(1);
    let open = visible::folded(&open, inside);
    let height = AROUND + leftovers.len() as u16 + open.len() as u16;
    let inner = boxed("Recordings that were not saved", (width, height), area, canvas);
    let last = Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner };
    let mut lines = rows(Rect { height: inner.height.saturating_sub(2), ..inner });
    let words = "Of earlier runs: all that they saw, until a moment before their end.";
    if let Some(row) = lines.next() {
        put(canvas, row, vec![Span::raw(cut(words, inside))]);
    }
    lines.next();
    let room = usize::from(inner.height).saturating_sub(open.len() + 5).max(1);
    let top = at.saturating_sub(room - 1);
    for (index, leftover) in leftovers.iter().enumerate().skip(top).take(room) {
        let Some(row) = lines.next() else { break };
        if index == top {
            canvas.regions.add(Rect { height: room as u16, ..row }.intersection(inner), Target::Items(top));
        }
        put(canvas, row, vec![Span::raw(line(leftover))]);
        if index == at {
            canvas.frame.buffer_mut().set_style(row, theme.chosen);
        }
    }
    lines.next();
    for (row, line) in lines.zip(open) {
        put(canvas, row, vec![Span::styled(line, theme.dim)]);
    }
    let hints = [("leftover-save", "save as"), ("leftover-remove", "throw away"), ("leftover-keep", "keep for later")];
    hint_row(state, &hints, last, canvas);
}

fn line(leftover: &Leftover) -> String {
    let size = size_in_words(leftover.bytes);
    let blank = " ".repeat(10_usize.saturating_sub(size.width()));
    let files = if leftover.files.len() > 1 { format!("   in {} files", leftover.files.len()) } else { String::new() };
    format!("{}   {blank}{size}{files}", leftover.began)
}

/// The command line that shows it.
fn open(leftover: &Leftover) -> String {
    leftover.files.first().map_or_else(String::new, |path| format!("or later: wirelab open {}", path.display()))
}

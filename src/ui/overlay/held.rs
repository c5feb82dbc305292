//! The messages that a tap holds, drawn: where each goes, what it says, and the bytes of the chosen one.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;

use super::{boxed, hint_row};
use crate::app::State;
use crate::app::regions::Target;
use crate::app::tap::held;
use crate::app::world::HeldMessage;
use crate::model::visible::{self, Wrap};
use crate::model::{NodeId, Side, span};
use crate::ui::part::{column, cut, put, size, spans};
use crate::ui::{Canvas, rows};

/// The most columns and rows.
const WIDTH: u16 = 92;
const HEIGHT: u16 = 20;

/// Rows of the list; the rest is for the chosen one's bytes.
const LISTED: usize = 6;

/// Draws the list with the cursor on one of them.
pub fn draw(state: &State, (id, at): (NodeId, usize), area: Rect, canvas: &mut Canvas<'_, '_>) {
    let held = state.world.server(id).map_or(&[][..], |tap| &tap.held);
    let theme = canvas.theme;
    let title = format!("Held by {}", state.world.name(id));
    let inner = boxed(&title, (WIDTH, HEIGHT), area, canvas);
    let width = usize::from(inner.width);
    let last = Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner };
    let mut lines = rows(Rect { height: inner.height.saturating_sub(2), ..inner });
    if held.is_empty() {
        let words = ["Nothing is held now.", "", "Messages that come while the tap holds appear here."];
        for (row, words) in lines.zip(words) {
            put(canvas, row, vec![Span::styled(cut(words, width), theme.dim)]);
        }
        let hints = [("hold", "hold, or let go"), ("menu-close", "close")];
        return hint_row(state, &hints, last, canvas);
    }
    let at = at.min(held.len() - 1);
    let room = LISTED.min(usize::from(inner.height).saturating_sub(4)).max(1);
    let top = at.saturating_sub(room - 1);
    for (index, message) in held.iter().enumerate().skip(top).take(room) {
        let Some(row) = lines.next() else { break };
        if index == top {
            canvas.regions.add(Rect { height: room as u16, ..row }.intersection(inner), Target::Items(top));
        }
        put(canvas, row, row_of(state, message, width, canvas));
        if index == at {
            canvas.frame.buffer_mut().set_style(row, theme.chosen);
        }
    }
    lines.next();
    let bytes = held::bytes(state, &held[at]);
    for (row, line) in lines.zip(visible::rows(bytes, width, Wrap::Text)) {
        put(canvas, row, spans(line.pieces, theme.text, theme.dim).collect());
    }
    let hints = [
        ("held-forward", "forward"),
        ("held-edit", "edit"),
        ("held-drop", "drop"),
        ("held-forward-all", "all"),
        ("menu-close", "close"),
    ];
    hint_row(state, &hints, last, canvas);
}

fn row_of(state: &State, held: &HeldMessage, width: usize, canvas: &Canvas<'_, '_>) -> Vec<Span<'static>> {
    let theme = canvas.theme;
    let frame = held.frame.and_then(|number| state.world.log.frame(number));
    let (toward, style): (_, Style) = match held.message.toward {
        Side::Server => ("→ server", theme.client),
        Side::Client => ("← client", theme.server),
    };
    let number = held.frame.map_or_else(|| "?".to_owned(), |number| number.to_string());
    let bytes = frame.map_or(0, |frame| frame.payload().len());
    let summary = frame.map_or("", |frame| frame.summary.as_str());
    let waits = span(state.now.since(held.since));
    vec![
        Span::styled(format!("{number:>7} "), theme.dim),
        Span::styled(format!("{toward} "), style),
        Span::styled(format!("{waits:>6} {:>5} ", size(bytes as u64)), theme.dim),
        Span::styled(column(summary, width.saturating_sub(30)), theme.text),
    ]
}

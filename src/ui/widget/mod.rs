//! The parts that panes are drawn with: pure functions of what they show, safe in any area.

pub mod hex;
pub mod scrollbar;
pub mod stream;
pub mod tree;

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::model::visible::{self, Piece, Wrap};

/// The styles that widgets draw with, named by meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ink {
    /// What was sent or decoded.
    pub text: Style,
    /// What stands beside it: offsets, names, bytes without a letter.
    pub dim: Style,
    /// Signs that stand for what cannot be drawn.
    pub symbol: Style,
    /// The bytes of the chosen field.
    pub lit: Style,
    /// Where the cursor is.
    pub cursor: Style,
    /// What is wrong.
    pub alarm: Style,
    /// What a client sent.
    pub client: Style,
    /// What a server sent.
    pub server: Style,
    /// What is searched for.
    pub found: Style,
    /// The match that was gone to last.
    pub found_here: Style,
}

/// Writes text at a column and row of `area`, as far as area and buffer reach; says which column comes next.
fn put(buffer: &mut Buffer, area: Rect, (column, row): (usize, u16), text: &str, style: Style) -> usize {
    let clip = area.intersection(buffer.area);
    let x = usize::from(area.x) + column;
    let y = usize::from(area.y) + usize::from(row);
    let (Ok(x), Ok(y)) = (u16::try_from(x), u16::try_from(y)) else { return column };
    if !clip.contains(Position { x, y }) {
        return column;
    }
    let (end, _) = buffer.set_stringn(x, y, text, usize::from(clip.right() - x), style);
    column + usize::from(end - x)
}

/// Writes pieces one after the other, symbols in their own style on top of `style`.
fn put_pieces(
    buffer: &mut Buffer,
    area: Rect,
    (mut column, row): (usize, u16),
    pieces: &[Piece],
    style: Style,
    symbol: Style,
) -> usize {
    for piece in pieces {
        let style = match piece {
            Piece::Plain(_) => style,
            Piece::Symbol(_) => style.patch(symbol),
        };
        column = put(buffer, area, (column, row), piece.as_str(), style);
    }
    column
}

/// Text on one line, made visible and cut to `columns`.
fn put_text(
    buffer: &mut Buffer,
    area: Rect,
    at: (usize, u16),
    (text, columns): (&str, usize),
    style: Style,
    symbol: Style,
) -> usize {
    put_pieces(buffer, area, at, &visible::text(text, columns), style, symbol)
}

/// Lights those of the chosen bytes that stand on a row of wrapped text, and the cell behind it when its end is chosen.
pub(super) fn light(
    buffer: &mut Buffer,
    area: Rect,
    row: u16,
    (bytes, span): (&[u8], &Range<usize>),
    (chosen, columns, wrap): (&Range<usize>, usize, Wrap),
    style: Style,
) {
    let chosen = chosen.start.max(span.start)..chosen.end.min(span.end);
    if chosen.is_empty() {
        return;
    }
    let lit = visible::columns_of(bytes, span.start, columns, wrap, &chosen);
    let all = visible::columns_of(bytes, span.start, columns, wrap, span).map_or(0, |all| all.end);
    let end = if chosen.end == span.end { all + 1 } else { lit.as_ref().map_or(all, |lit| lit.end) };
    let start = lit.map_or(all, |lit| lit.start);
    let cells = |columns: usize| u16::try_from(columns).unwrap_or(u16::MAX).min(area.width);
    let (x, right) = (area.x.saturating_add(cells(start)), area.x.saturating_add(cells(end)));
    let line = Rect { x, y: area.y.saturating_add(row), width: right - x, height: 1 };
    buffer.set_style(line.intersection(buffer.area), style);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_are_drawn_whole_and_within_their_columns(
            bytes in proptest::collection::vec(any::<u8>(), 0..80),
            text in r"(\PC|[ -~]|\p{M}|ﾞ|ﾟ|世|\n){0,40}",
            columns in 0usize..40,
        ) {
            for bytes in [&bytes[..], text.as_bytes()] {
                let pieces = visible::line(bytes, columns);
                let area = Rect::new(0, 0, 60, 1);
                let mut buffer = Buffer::empty(area);
                let end = put_pieces(&mut buffer, area, (0, 0), &pieces, Style::new(), Style::new());
                prop_assert!(end <= columns, "{:?}", pieces);
                prop_assert_eq!(end, visible::columns(&pieces));
                let drawn: String = buffer.content().iter().map(ratatui::buffer::Cell::symbol).collect();
                let wanted: String = visible::joined(&pieces).chars().filter(|c| *c != ' ').collect();
                prop_assert_eq!(drawn.chars().filter(|c| *c != ' ').collect::<String>(), wanted);
            }
        }
    }
}

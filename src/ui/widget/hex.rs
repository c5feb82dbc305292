//! A hex dump: offset, bytes, and the same bytes as ASCII; only the rows in sight are made.
//!
//! ```text
//! 0000  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a  GET / HT TP/1.1··
//! ```

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;

use super::{Ink, put};
use crate::model::hex::HexGeometry;

/// Stands in the ASCII part for bytes that are no printable ASCII.
const UNPRINTABLE: &str = "·";

/// A hex dump, scrolled to a row.
#[derive(Debug, Clone)]
pub struct HexView<'a> {
    /// All the bytes.
    pub bytes: &'a [u8],
    /// The row at the top.
    pub top_row: usize,
    /// The byte the cursor is on.
    pub cursor: Option<usize>,
    /// The bytes of the chosen field; may be empty.
    pub lit: Range<usize>,
    /// The matches of a search in sight, the one that was gone to last among them.
    pub found: &'a [Range<usize>],
    /// That one.
    pub found_here: Option<Range<usize>>,
    /// The styles.
    pub ink: Ink,
}

impl HexView<'_> {
    /// The byte drawn at a column and row of `area`, both counted from its corner.
    pub fn offset_at(&self, area: Rect, column: u16, row: u16) -> Option<usize> {
        if column >= area.width || row >= area.height {
            return None;
        }
        let geometry = HexGeometry::new(self.bytes.len(), area.width);
        geometry.offset_at(column, self.top_row.checked_add(usize::from(row))?)
    }

    fn style_of(&self, offset: usize, plain: Style) -> Style {
        if self.cursor == Some(offset) {
            plain.patch(self.ink.cursor)
        } else if self.found_here.as_ref().is_some_and(|here| here.contains(&offset)) {
            plain.patch(self.ink.found_here)
        } else if self.found.iter().any(|found| found.contains(&offset)) {
            plain.patch(self.ink.found)
        } else if self.lit.contains(&offset) {
            plain.patch(self.ink.lit)
        } else {
            plain
        }
    }
}

impl Widget for HexView<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let geometry = HexGeometry::new(self.bytes.len(), area.width);
        let rows = geometry.rows().saturating_sub(self.top_row).min(usize::from(area.height));
        for row in 0..rows {
            let start = (self.top_row + row) * geometry.per_row();
            let span = start..self.bytes.len().min(start + geometry.per_row());
            let line = HexLine { geometry, bytes: self.bytes, span, text: self.ink.text, dim: self.ink.dim };
            line.draw(buffer, area, row as u16, |offset, plain| self.style_of(offset, plain));
        }
    }
}

/// One row of a dump.
pub(super) struct HexLine<'a> {
    pub(super) geometry: HexGeometry,
    pub(super) bytes: &'a [u8],
    pub(super) span: Range<usize>,
    pub(super) text: Style,
    pub(super) dim: Style,
}

impl HexLine<'_> {
    /// Draws it; `style_of` may change the style of the byte at an offset.
    pub(super) fn draw(&self, buffer: &mut Buffer, area: Rect, row: u16, style_of: impl Fn(usize, Style) -> Style) {
        let digits = self.geometry.digits();
        let start = self.span.start;
        put(buffer, area, (0, row), &format!("{start:0digits$x}"), self.dim);
        for (index, offset) in self.span.clone().enumerate() {
            let byte = self.bytes[offset];
            let style = style_of(offset, self.text);
            let column = self.geometry.digits_column(index);
            put(buffer, area, (column, row), &format!("{byte:02x}"), style);
            let is_same_as_next = style != self.text && style_of(offset + 1, self.text) == style;
            if is_same_as_next && offset + 1 < self.span.end {
                let gap = self.geometry.digits_column(index + 1) - column - 2;
                put(buffer, area, (column + 2, row), &"  "[..gap], style);
            }
            let (letter, plain) = match byte {
                0x20..0x7F => (char::from(byte).encode_utf8(&mut [0; 4]).to_owned(), self.text),
                0..0x20 | 0x7F..=0xFF => (UNPRINTABLE.to_owned(), self.dim),
            };
            put(buffer, area, (self.geometry.letter_column(index), row), &letter, style_of(offset, plain));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::style::{Color, Modifier};

    use super::*;

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n";

    fn view(bytes: &[u8]) -> HexView<'_> {
        HexView { bytes, top_row: 0, cursor: None, lit: 0..0, found: &[], found_here: None, ink: Ink::default() }
    }

    fn drawn(view: HexView<'_>, width: u16, height: u16) -> Buffer {
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        view.render(area, &mut buffer);
        buffer
    }

    #[test]
    fn draws_sixteen_bytes_a_row_where_there_is_room() {
        let expected = Buffer::with_lines([
            "0000  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a  GET / HT TP/1.1··",
            "0010  48 6f 73 74 3a 20 31 32  37 2e 30 2e 30 2e 31 3a  Host: 12 7.0.0.1:",
            "0020  38 30 38 30 0d 0a 0d 0a                           8080····         ",
        ]);
        assert_eq!(drawn(view(REQUEST), 73, 3), expected);
    }

    #[test]
    fn draws_eight_or_four_bytes_a_row_where_it_is_narrow() {
        let expected = Buffer::with_lines([
            "0010  48 6f 73 74 3a 20 31 32  Host: 12",
            "0018  37 2e 30 2e 30 2e 31 3a  7.0.0.1:",
            "0020  38 30 38 30 0d 0a 0d 0a  8080····",
            "                                       ",
        ]);
        assert_eq!(drawn(HexView { top_row: 2, ..view(REQUEST) }, 39, 4), expected);
        assert_eq!(
            drawn(view(b"GET /"), 23, 2),
            Buffer::with_lines(["0000  47 45 54 20  GET ", "0004  2f           /   "])
        );
        assert_eq!(drawn(view(b"GET /"), 10, 1), Buffer::with_lines(["0000  47 4"]));
    }

    #[test]
    fn offsets_grow_with_the_bytes() {
        let bytes = vec![0; 0x1_0001];
        let shown = drawn(HexView { top_row: 0x1000, ..view(&bytes) }, 74, 1);
        let row: String = shown.content().iter().map(ratatui::buffer::Cell::symbol).collect();
        assert!(row.starts_with("10000  00 "), "{row}");
        assert_eq!(HexGeometry::new(0x1_0000, 73).per_row(), 16);
        assert_eq!(HexGeometry::new(0x1_0001, 73).per_row(), 8);
    }

    #[test]
    fn lights_a_field_without_holes_and_marks_the_cursor() {
        let ink = Ink {
            lit: Style::new().bg(Color::Blue),
            cursor: Style::new().add_modifier(Modifier::REVERSED),
            ..Ink::default()
        };
        let shown = drawn(HexView { lit: 6..10, cursor: Some(12), ink, ..view(REQUEST) }, 73, 1);
        let lit: Vec<u16> = (0..73).filter(|x| shown[(*x, 0)].bg == Color::Blue).collect();
        assert_eq!(lit, [(24..36).collect::<Vec<u16>>(), vec![62, 63, 65, 66]].concat());
        let marked: Vec<u16> = (0..73).filter(|x| shown[(*x, 0)].modifier.contains(Modifier::REVERSED)).collect();
        assert_eq!(marked, [43, 44, 69]);
    }

    #[test]
    fn survives_any_area_and_scroll() {
        for area in [Rect::ZERO, Rect::new(0, 0, 1, 1), Rect::new(5, 3, 100, 100), Rect::new(900, 900, 10, 10)] {
            for top_row in [0, 2, 1000, usize::MAX] {
                let mut buffer = Buffer::empty(Rect::new(0, 0, 20, 5));
                HexView { top_row, ..view(REQUEST) }.render(area, &mut buffer);
                assert_eq!(HexView { top_row, ..view(REQUEST) }.offset_at(area, 0, 0), None);
            }
        }
        assert_eq!(HexGeometry::new(0, 80).rows(), 0);
        assert_eq!(HexGeometry::new(0, 80).offset_at(6, 0), None);
        assert_eq!(HexGeometry::new(10, 80).offset_at(6, usize::MAX), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn the_mouse_finds_exactly_the_bytes_that_are_drawn(
            length in 0usize..100, width in 0u16..90, height in 0u16..8, top_row in 0usize..5,
        ) {
            // Every byte is drawn in a colour of its own, so each cell tells whose it is.
            let bytes: Vec<u8> = (0..length).map(|at| at as u8).collect();
            for marked in 0..length {
                let ink = Ink { cursor: Style::new().bg(Color::Red), ..Ink::default() };
                let view = HexView { top_row, cursor: Some(marked), ink, ..view(&bytes) };
                let shown = drawn(view.clone(), width, height);
                let area = shown.area;
                for (x, y) in area.positions().map(|position| (position.x, position.y)) {
                    let is_found = view.offset_at(area, x, y) == Some(marked);
                    prop_assert_eq!(is_found, shown[(x, y)].bg == Color::Red, "byte {} at {},{}", marked, x, y);
                }
            }
        }
    }
}

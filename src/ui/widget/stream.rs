//! A followed stream: the rows in sight, each end in its colour and with its sign.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;

use super::hex::HexLine;
use super::{Ink, light, put, put_pieces};
use crate::model::Side;
use crate::model::hex::HexGeometry;
use crate::model::stream::{GUTTER, Layout, Place, StreamMode, StreamRow};
use crate::model::visible::{self, Wrap};

/// What is laid out in `width` columns.
pub fn layout(mode: StreamMode, width: u16) -> Layout {
    let columns = usize::from(width.saturating_sub(GUTTER));
    match mode {
        StreamMode::Text => Layout::Text(columns),
        StreamMode::Escaped => Layout::Escaped(columns),
        StreamMode::Hex => Layout::Hex(HexGeometry::new(0, width.saturating_sub(GUTTER)).per_row()),
    }
}

/// The rows of a window on a stream.
#[derive(Debug, Clone)]
pub struct StreamView<'a, B> {
    /// The rows, as [`StreamIndex::window`](crate::model::stream::StreamIndex::window) gives them for `layout`.
    pub rows: &'a [StreamRow],
    /// How they were laid out.
    pub layout: Layout,
    /// The payload of a frame, while it is in memory.
    pub bytes: B,
    /// The styles.
    pub ink: Ink,
    /// What is selected, if anything is; it is lit.
    pub selected: Option<Range<Place>>,
    /// The matches of a search in sight, the one that was gone to last among them.
    pub found: &'a [Range<Place>],
    /// That one.
    pub found_here: Option<Range<Place>>,
}

impl<'b, B: Fn(u64) -> Option<&'b [u8]>> StreamView<'_, B> {
    fn draw(&self, row: &StreamRow, y: u16, area: Rect, buffer: &mut Buffer) {
        let (sign, style) = match row.side {
            Side::Client => ("↦", self.ink.client),
            Side::Server => ("↤", self.ink.server),
        };
        if row.span.start == 0 {
            put(buffer, area, (0, y), sign, style);
        }
        let Some(room) = beside_gutter(area) else { return };
        let payload = (self.bytes)(row.frame).filter(|payload| row.span.end <= payload.len());
        if let Some(payload) = payload.filter(|_| !row.span.is_empty()) {
            self.draw_bytes(payload, row, y, room, buffer, style);
        } else {
            let words = format!("frame {} is no longer in memory", row.frame);
            put(buffer, room, (0, y), &words, self.ink.dim);
        }
    }

    fn draw_bytes(&self, payload: &[u8], row: &StreamRow, y: u16, room: Rect, buffer: &mut Buffer, style: Style) {
        let held = &payload[..row.span.end];
        let (columns, wrap) = match self.layout {
            Layout::Text(columns) => (columns, Wrap::Text),
            Layout::Escaped(columns) => (columns, Wrap::Escapes),
            Layout::Hex(_) => {
                let geometry = HexGeometry::new(0, room.width);
                let end = row.span.end.min(row.span.start + geometry.per_row());
                let span = row.span.start..end;
                let line = HexLine { geometry, bytes: payload, span, text: style, dim: self.ink.dim };
                let lights: Vec<_> = self.lights(row).collect();
                line.draw(buffer, room, y, |offset, plain| {
                    let lit = lights.iter().filter(|(lit, _)| lit.contains(&offset));
                    lit.fold(plain, |style, (_, light)| style.patch(*light))
                });
                return;
            }
        };
        if let Some(shown) = visible::row_at(held, row.span.start, columns, wrap) {
            put_pieces(buffer, room, (0, y), &shown.pieces, style, self.ink.symbol);
        }
        for (lit, style) in self.lights(row) {
            light(buffer, room, y, (held, &row.span), (&lit, columns, wrap), style);
        }
    }

    /// The bytes of a row that are found or selected, and how they are lit; what comes later lies over the rest.
    fn lights(&self, row: &StreamRow) -> impl Iterator<Item = (Range<usize>, Style)> {
        let found = self.found.iter().map(|found| (found, self.ink.found));
        let here = self.found_here.iter().map(|found| (found, self.ink.found_here));
        let selected = self.selected.iter().map(|selected| (selected, self.ink.lit));
        let (start, end) = (row.place(), Place { frame: row.frame, offset: row.span.end });
        found.chain(here).chain(selected).filter_map(move |(lit, style)| {
            let (first, last) = (start.max(lit.start), end.min(lit.end));
            (first < last).then_some((first.offset..last.offset, style))
        })
    }
}

impl<'b, B: Fn(u64) -> Option<&'b [u8]>> Widget for StreamView<'_, B> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        for (row, y) in self.rows.iter().zip(0..area.height) {
            self.draw(row, y, area, buffer);
        }
    }
}

fn beside_gutter(area: Rect) -> Option<Rect> {
    let x = area.x.checked_add(GUTTER)?;
    let width = area.width.checked_sub(GUTTER).filter(|width| *width > 0)?;
    Some(Rect { x, width, ..area })
}

#[cfg(test)]
mod tests {
    use ratatui::style::Color;

    use super::*;
    use crate::model::stream::StreamIndex;

    const TALK: [&[u8]; 3] =
        [b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n\x1b[31m\xff", "世\u{202e}\n".as_bytes()];

    fn bytes(frame: u64) -> Option<&'static [u8]> {
        TALK.get(frame as usize).copied()
    }

    fn drawn(mode: StreamMode, width: u16, height: u16, top: Place) -> Buffer {
        let mut index = StreamIndex::default();
        for (frame, side) in [Side::Client, Side::Server, Side::Client].into_iter().enumerate() {
            index.push(frame as u64, side, TALK[frame].len());
        }
        let layout = layout(mode, width);
        let rows = index.window(top, usize::from(height), layout, bytes);
        let ink = Ink { client: Style::new().fg(Color::Blue), server: Style::new().fg(Color::Green), ..Ink::default() };
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        StreamView { rows: &rows, layout, bytes, ink, selected: None, found: &[], found_here: None }
            .render(area, &mut buffer);
        buffer
    }

    fn screen(buffer: &Buffer) -> Buffer {
        let mut plain = buffer.clone();
        for cell in &mut plain.content {
            cell.set_style(Style::reset());
        }
        plain
    }

    const START: Place = Place { frame: 0, offset: 0 };

    #[test]
    fn follows_both_ends_as_text() {
        let expected = Buffer::with_lines([
            "↦ GET / HTTP/1.1    ",
            "                    ",
            "↤ HTTP/1.1 200 OK   ",
            "                    ",
            "  \\e[31m\\xFF        ",
            "↦ 世<202E>          ",
        ]);
        let shown = drawn(StreamMode::Text, 20, 6, START);
        assert_eq!(screen(&shown), expected);
        assert_eq!([0, 2, 4, 5].map(|y| shown[(2, y)].fg), [Color::Blue, Color::Green, Color::Green, Color::Blue]);
    }

    #[test]
    fn follows_both_ends_with_escapes_and_from_the_middle() {
        let expected = Buffer::with_lines([
            "  \\r\\n              ",
            "  \\x1b[31m\\xff      ",
            "↦ 世\\u{202e}\\n      ",
            "                    ",
        ]);
        assert_eq!(screen(&drawn(StreamMode::Escaped, 20, 4, Place { frame: 1, offset: 17 })), expected);
    }

    #[test]
    fn follows_both_ends_in_hex() {
        let expected = Buffer::with_lines([
            "↦ 0000  47 45 54 20 2f 20 48 54  GET / HT",
            "  0008  54 50 2f 31 2e 31 0d 0a  TP/1.1··",
            "  0010  0d 0a                    ··      ",
            "↤ 0000  48 54 54 50 2f 31 2e 31  HTTP/1.1",
        ]);
        assert_eq!(screen(&drawn(StreamMode::Hex, 41, 4, START)), expected);
    }

    #[test]
    fn lights_what_is_selected_across_frames_and_wide_letters() {
        let mut index = StreamIndex::default();
        for (frame, side) in [Side::Client, Side::Server, Side::Client].into_iter().enumerate() {
            index.push(frame as u64, side, TALK[frame].len());
        }
        let layout = layout(StreamMode::Text, 20);
        let rows = index.window(Place { frame: 1, offset: 0 }, 6, layout, bytes);
        let selected = Some(Place { frame: 1, offset: 19 }..Place { frame: 2, offset: 3 });
        let ink = Ink { lit: Style::new().bg(Color::Blue), ..Ink::default() };
        let area = Rect::new(0, 0, 20, 6);
        let mut buffer = Buffer::empty(area);
        StreamView { rows: &rows, layout, bytes, ink, selected, found: &[], found_here: None }
            .render(area, &mut buffer);
        let lit: Vec<(u16, u16)> =
            area.positions().filter(|at| buffer[*at].bg == Color::Blue).map(|at| (at.x, at.y)).collect();
        let escape = (2..13).map(|x| (x, 2));
        assert_eq!(lit, escape.chain([(2, 3), (3, 3)]).collect::<Vec<_>>());
    }

    #[test]
    fn says_so_when_the_bytes_have_gone() {
        let rows = [StreamRow { frame: 7, side: Side::Server, span: 0..0 }];
        let area = Rect::new(0, 0, 32, 1);
        let mut buffer = Buffer::empty(area);
        StreamView {
            rows: &rows,
            layout: Layout::Text(30),
            bytes: |_| None,
            ink: Ink::default(),
            selected: None,
            found: &[],
            found_here: None,
        }
        .render(area, &mut buffer);
        assert_eq!(buffer, Buffer::with_lines(["↤ frame 7 is no longer in memory"]));
    }

    #[test]
    fn survives_any_area() {
        for mode in StreamMode::ALL {
            for (width, height) in [(0, 0), (1, 1), (2, 2), (3, 1), (300, 2)] {
                drawn(mode, width, height, START);
            }
            let layout = layout(mode, 20);
            let rows = [StreamRow { frame: 0, side: Side::Client, span: 0..18 }];
            for area in [Rect::new(900, 900, 10, 10), Rect::new(5, 3, 100, 100), Rect::new(u16::MAX - 1, 0, 1, 1)] {
                let mut buffer = Buffer::empty(Rect::new(0, 0, 20, 5));
                StreamView {
                    rows: &rows,
                    layout,
                    bytes,
                    ink: Ink::default(),
                    selected: None,
                    found: &[],
                    found_here: None,
                }
                .render(area, &mut buffer);
            }
        }
    }
}

//! A tree of names and values, already flattened; only the rows in sight are made.

use std::borrow::Cow;
use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;

use super::{Ink, put, put_text};
use crate::model::visible;

/// Columns a level is indented by, and those of the mark before a name.
const INDENT: usize = 2;

/// Columns between the names and the values.
const GAP: usize = 2;

/// Whether a row has rows below it, and shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Branch {
    /// It has none.
    Leaf,
    /// They are shown.
    Open,
    /// They are not shown.
    Closed,
}

impl Branch {
    fn mark(self) -> &'static str {
        match self {
            Branch::Leaf => "",
            Branch::Open => "▾",
            Branch::Closed => "▸",
        }
    }
}

/// How a value is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// As a fact.
    #[default]
    Plain,
    /// As something that is wrong.
    Alarm,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeRow<'a> {
    /// How many rows it stands below, from 0.
    pub depth: usize,
    /// Its name; any text.
    pub label: Cow<'a, str>,
    /// What it says; any text. A row without a value is a heading.
    pub value: Cow<'a, str>,
    /// How the value is meant.
    pub tone: Tone,
    /// Whether rows below it are shown.
    pub branch: Branch,
    /// The bytes it was read from.
    pub span: Range<usize>,
    /// Whether it has what is searched for.
    pub is_found: bool,
}

/// A tree, scrolled to a row.
#[derive(Debug, Clone)]
pub struct TreeView<'a> {
    /// All rows that are not inside a closed one.
    pub rows: &'a [TreeRow<'a>],
    /// The row at the top.
    pub top: usize,
    /// The row the cursor is on.
    pub cursor: Option<usize>,
    /// The styles.
    pub ink: Ink,
}

impl<'a> TreeView<'a> {
    /// The row drawn at a row of `area`, counted from its corner.
    pub fn row_at(&self, area: Rect, row: u16) -> Option<usize> {
        let index = self.top.checked_add(usize::from(row))?;
        (row < area.height && index < self.rows.len()).then_some(index)
    }

    fn in_sight(&self, height: u16) -> &'a [TreeRow<'a>] {
        let below = self.rows.get(self.top..).unwrap_or_default();
        &below[..below.len().min(usize::from(height))]
    }
}

impl Widget for TreeView<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let width = usize::from(area.width);
        let rows = self.in_sight(area.height);
        let value_column = value_column(rows, width);
        for (y, row) in rows.iter().enumerate() {
            let y = y as u16;
            draw(row, value_column, buffer, area, y, &self.ink);
            if self.cursor == Some(self.top + usize::from(y)) {
                let line = Rect { y: area.y.saturating_add(y), height: 1, ..area };
                buffer.set_style(line.intersection(buffer.area), self.ink.cursor);
            }
        }
    }
}

fn draw(row: &TreeRow<'_>, value_column: usize, buffer: &mut Buffer, area: Rect, y: u16, ink: &Ink) {
    let width = usize::from(area.width);
    let indent = indent(row, width);
    put(buffer, area, (indent, y), row.branch.mark(), ink.dim);
    let label = indent + INDENT;
    let found = if row.is_found { ink.found } else { Style::new() };
    if row.value.is_empty() {
        let style = ink.text.patch(found);
        put_text(buffer, area, (label, y), (&row.label, width.saturating_sub(label)), style, ink.symbol);
        return;
    }
    let room = value_column.saturating_sub(GAP).saturating_sub(label);
    put_text(buffer, area, (label, y), (&row.label, room), ink.dim, ink.symbol);
    let style = match row.tone {
        Tone::Plain => ink.text,
        Tone::Alarm => ink.alarm,
    };
    let symbol = if row.tone == Tone::Alarm { Style::new() } else { ink.symbol };
    let room = width.saturating_sub(value_column);
    put_text(buffer, area, (value_column, y), (&row.value, room), style.patch(found), symbol);
}

/// The columns before a row's mark; deep rows stay where half of the width begins.
fn indent(row: &TreeRow<'_>, width: usize) -> usize {
    row.depth.saturating_mul(INDENT).min(width / 2)
}

/// Where all values begin: after the longest name in sight, but leaving them two fifths of the width.
fn value_column(rows: &[TreeRow<'_>], width: usize) -> usize {
    let name_end =
        |row: &TreeRow<'_>| indent(row, width) + INDENT + visible::columns(&visible::text(&row.label, width));
    let longest = rows.iter().filter(|row| !row.value.is_empty()).map(name_end).max().unwrap_or(0);
    (longest + GAP).min(width * 3 / 5)
}

#[cfg(test)]
mod tests {
    use ratatui::style::Color;

    use super::*;

    fn row<'a>(depth: usize, branch: Branch, label: &'a str, value: &'a str) -> TreeRow<'a> {
        TreeRow {
            depth,
            branch,
            label: label.into(),
            value: value.into(),
            tone: Tone::Plain,
            span: 0..0,
            is_found: false,
        }
    }

    fn request() -> Vec<TreeRow<'static>> {
        vec![
            row(0, Branch::Open, "HTTP request", ""),
            row(1, Branch::Leaf, "http.request.method", "GET"),
            row(1, Branch::Leaf, "http.request.uri", "/"),
            row(1, Branch::Closed, "http.host", "127.0.0.1:8080"),
            row(0, Branch::Leaf, "data", "\u{1b}[31mred\u{202e}"),
        ]
    }

    fn drawn(rows: &[TreeRow<'_>], top: usize, width: u16, height: u16) -> Buffer {
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        TreeView { rows, top, cursor: None, ink: Ink::default() }.render(area, &mut buffer);
        buffer
    }

    #[test]
    fn aligns_the_values_and_makes_them_visible() {
        let expected = Buffer::with_lines([
            "▾ HTTP request                              ",
            "    http.request.method  GET                ",
            "    http.request.uri     /                  ",
            "  ▸ http.host            127.0.0.1:8080     ",
            "  data                   \\e[31mred<202E>    ",
            "                                            ",
        ]);
        assert_eq!(drawn(&request(), 0, 44, 6), expected);
    }

    #[test]
    fn cuts_names_and_values_where_it_is_narrow() {
        let expected = Buffer::with_lines(["    http.…  GET     ", "    http.…  /       ", "  ▸ http.…  127.0.0…"]);
        assert_eq!(drawn(&request(), 1, 20, 3), expected);
    }

    #[test]
    fn the_cursor_takes_the_whole_row_and_alarms_have_their_colour() {
        let mut rows = request();
        rows[4].tone = Tone::Alarm;
        let ink = Ink { cursor: Style::new().bg(Color::Blue), alarm: Style::new().fg(Color::Red), ..Ink::default() };
        let area = Rect::new(0, 0, 44, 3);
        let mut buffer = Buffer::empty(area);
        TreeView { rows: &rows, top: 2, cursor: Some(3), ink }.render(area, &mut buffer);
        for x in 0..44 {
            assert_eq!([0, 1, 2].map(|y| buffer[(x, y)].bg == Color::Blue), [false, true, false]);
        }
        assert_eq!((buffer[(2, 2)].fg, buffer[(25, 2)].fg), (Color::Reset, Color::Red));
    }

    #[test]
    fn the_mouse_finds_the_row_that_is_drawn() {
        let rows = request();
        let view = TreeView { rows: &rows, top: 3, cursor: None, ink: Ink::default() };
        let area = Rect::new(0, 0, 44, 4);
        assert_eq!([0, 1, 2, 9].map(|y| view.row_at(area, y)), [Some(3), Some(4), None, None]);
    }

    #[test]
    fn survives_any_area_depth_and_scroll() {
        let mut rows = request();
        rows.push(row(usize::MAX, Branch::Open, "deep", "value"));
        for area in [Rect::ZERO, Rect::new(0, 0, 1, 1), Rect::new(5, 3, 100, 100), Rect::new(900, 900, 10, 10)] {
            for top in [0, 5, 6, usize::MAX] {
                let mut buffer = Buffer::empty(Rect::new(0, 0, 20, 5));
                TreeView { rows: &rows, top, cursor: Some(5), ink: Ink::default() }.render(area, &mut buffer);
            }
        }
        assert_eq!(drawn(&rows, 0, 1, 1), Buffer::with_lines(["▾"]));
    }
}

//! The bytes as hex and as text: the cursor, the selection, and what the mouse does there.

use std::ops::Range;

use ratatui::layout::{Position, Rect};

use super::{Half, Model, Tab, moved};
use crate::app::State;
use crate::app::pane::PaneId;
use crate::app::selection::Selection;
use crate::model::Side;
use crate::model::hex::HexGeometry;
use crate::model::stream::{Layout, Place, StreamIndex};
use crate::model::visible::{self, Wrap};

/// Rows further than this are a jump to an end of the text.
const TEXT_WALK: isize = 10_000;

impl Model {
    /// The bytes that are lit: those selected, those of the field under the cursor, or the byte under it.
    pub fn lit(&self) -> Range<usize> {
        if let Some(selection) = &self.selection {
            let span = selection.span();
            return span.start.min(self.bytes.len())..span.end.min(self.bytes.len());
        }
        match self.half {
            // To light everything would light nothing.
            Half::Fields => {
                let chosen = self.rows.get(self.at).filter(|row| row.span.len() < self.bytes.len());
                chosen.map_or(0..0, |row| row.span.clone())
            }
            Half::Bytes => self.byte..self.byte + 1,
        }
    }

    /// The row of a dump of so many columns that is to be in sight: with the byte under the cursor, or the first of the
    /// chosen field.
    pub fn focus_row(&self, width: u16) -> usize {
        let byte = match self.half {
            Half::Bytes => self.byte,
            Half::Fields => self.rows.get(self.at).map_or(0, |row| row.span.start),
        };
        HexGeometry::new(self.bytes.len(), width).row_of(byte)
    }

    /// The bytes as the text tab lays them: only around what is looked at, however many there are.
    pub fn text(&self) -> StreamIndex {
        let mut text = StreamIndex::default();
        text.push(0, Side::Client, self.bytes.len());
        text
    }

    /// Where the first row of the text tab begins.
    pub fn text_place(&self) -> Place {
        Place { frame: 0, offset: self.text_top }
    }

    /// The row of the text tab that is so many rows from the one with that byte.
    fn text_row(&self, byte: usize, by: isize, layout: Layout) -> Option<Range<usize>> {
        let (text, bytes) = (self.text(), |_| Some(&self.bytes[..]));
        let place = text.moved(Place { frame: 0, offset: byte }, by, layout, bytes)?;
        text.window(place, 1, layout, bytes).first().map(|row| row.span.clone())
    }
}

pub(super) fn move_byte(model: &mut Model, by: isize) {
    model.byte = moved(model.byte, by, model.bytes.len());
    if let Some(selection) = &mut model.selection {
        selection.reach(model.byte..model.byte + 1);
    }
    model.field_of_byte();
}

/// Moves the byte under the cursor by rows of the dump as it was last drawn.
pub(super) fn move_in_hex(state: &mut State, by: isize) {
    let area = state.regions.hex().map(|(area, _)| area);
    let model = &mut state.inspector;
    let width = area.map_or(16, |area| HexGeometry::new(model.bytes.len(), area.width).per_row());
    move_byte(model, by.saturating_mul(width as isize));
}

/// Scrolls the text; while bytes are selected, it leads the selection on.
pub(super) fn move_in_text(state: &mut State, by: isize) {
    let (area, layout) = state.regions.text();
    let height = usize::from(area.height);
    let model = &mut state.inspector;
    match model.selection.as_ref().map(Selection::head) {
        Some(head) => lead_text(model, head, by, layout, height),
        None => scroll_text(model, by, layout, height),
    }
}

/// Scrolls the text tab, as far as its last row stays at the bottom.
fn scroll_text(model: &mut Model, by: isize, layout: Layout, height: usize) {
    let bytes = |_| Some(&model.bytes[..]);
    let end = model.text().end(layout, height, bytes);
    // A jump to either end need not walk there row by row.
    let place = if by < -TEXT_WALK {
        None
    } else if by > TEXT_WALK {
        end
    } else {
        model.text().moved(model.text_place(), by, layout, bytes).min(end)
    };
    model.text_top = place.map_or(0, |place| place.offset);
}

/// Leads the selection on by rows, and keeps its end in sight.
fn lead_text(model: &mut Model, head: Range<usize>, by: isize, layout: Layout, height: usize) {
    let (from, by) = match by.abs() > TEXT_WALK {
        true if by < 0 => (0, 0),
        true => (model.bytes.len(), 0),
        false => (head.start, by),
    };
    let Some(row) = model.text_row(from, by, layout) else { return };
    let lowest_top = model.text_row(row.start, 1 - height.max(1) as isize, layout).map_or(0, |row| row.start);
    model.text_top = model.text_top.clamp(lowest_top, row.start);
    if let Some(selection) = &mut model.selection {
        selection.reach(row);
    }
}

/// Scrolls the text so that a byte is in sight, in the upper half when it was not.
pub(super) fn show_in_text(state: &mut State, byte: usize) {
    let (area, layout) = state.regions.text();
    let height = usize::from(area.height);
    let model = &mut state.inspector;
    let rows = model.text().window(model.text_place(), height, layout, |_| Some(&model.bytes[..]));
    if !rows.iter().any(|row| row.span.contains(&byte)) {
        model.text_top = model.text_row(byte, -(height as isize / 3), layout).map_or(byte, |row| row.start);
        scroll_text(model, 0, layout, height);
    }
}

/// Scrolls the text by rows.
pub fn scroll_text_by(state: &mut State, by: isize) {
    let (area, layout) = state.regions.text();
    scroll_text(&mut state.inspector, by, layout, usize::from(area.height));
}

/// Scrolls the text so that this byte is in the first row, as far as the last row stays at the bottom.
pub fn scroll_text_to(state: &mut State, byte: usize) {
    let (area, layout) = state.regions.text();
    state.inspector.text_top = byte;
    scroll_text(&mut state.inspector, 0, layout, usize::from(area.height));
}

/// Begins to select where the cursor is, or drops what is selected.
pub(super) fn select_or_drop(state: &mut State) {
    if state.inspector.selection.take().is_none() {
        select(state);
    }
}

/// Begins to select, unless that has begun: the chosen field, the byte under the cursor, or the first row of text.
fn select(state: &mut State) {
    let (_, layout) = state.regions.text();
    let model = &mut state.inspector;
    if model.bytes.is_empty() {
        state.say("this frame carries no bytes to select");
        return;
    }
    if model.selection.is_some() {
        return;
    }
    let part = match (model.tab, model.half) {
        (Tab::Text, _) => model.text_row(model.text_top, 0, layout).unwrap_or(0..1),
        (Tab::Tree, Half::Fields) => model.rows.get(model.at).map_or(0..0, |row| row.span.clone()),
        (Tab::Tree | Tab::Hex, _) => model.byte..model.byte + 1,
    };
    let part = if part.is_empty() { 0..1 } else { part };
    if model.tab != Tab::Text {
        model.half = Half::Bytes;
        model.byte = part.end - 1;
    }
    model.selection = Some(Selection::new(part));
}

/// Selects on by rows.
pub(super) fn select_rows(state: &mut State, by: isize) {
    select(state);
    if state.inspector.selection.is_some() {
        super::move_by(state, by);
    }
}

/// Selects on by bytes; text by its rows only.
pub(super) fn select_bytes(state: &mut State, by: isize) {
    select(state);
    let model = &mut state.inspector;
    if model.selection.is_some() && model.tab != Tab::Text {
        move_byte(model, by);
    }
}

/// The mouse is pressed on the bytes: the cursor goes there. Gives what is there, from which a drag selects.
pub fn press(state: &mut State, position: Position) -> Range<usize> {
    state.focus = PaneId::Inspector;
    state.inspector.selection = None;
    let Some(part) = part_at(state, position) else { return 0..0 };
    let model = &mut state.inspector;
    if model.tab != Tab::Text {
        model.byte = part.start;
        model.half = Half::Bytes;
        model.field_of_byte();
    }
    part
}

/// The mouse is dragged, with what it was pressed on: all between is selected. Beyond the edge it scrolls.
pub fn drag(state: &mut State, anchor: &Range<usize>, position: Position) {
    if anchor.is_empty() {
        return;
    }
    let is_text = state.inspector.tab == Tab::Text;
    let area = if is_text { state.regions.text().0 } else { state.regions.hex().map_or(Rect::ZERO, |(area, _)| area) };
    if area.is_empty() {
        return;
    }
    if is_text && (position.y < area.y || position.y >= area.bottom()) {
        let (_, layout) = state.regions.text();
        let by = if position.y < area.y { -1 } else { 1 };
        scroll_text(&mut state.inspector, by, layout, usize::from(area.height));
    }
    let Some(part) = part_at(state, position) else { return };
    let model = &mut state.inspector;
    if model.selection.is_none() && part == *anchor {
        return;
    }
    if !is_text {
        model.byte = part.start;
        model.field_of_byte();
    }
    model.selection = Some(Selection::between(anchor.clone(), part));
}

/// What is drawn at a position, or nearest to it: a byte of the dump, a letter of the text.
fn part_at(state: &State, position: Position) -> Option<Range<usize>> {
    let model = &state.inspector;
    if model.tab == Tab::Text {
        let (area, layout) = state.regions.text();
        let (column, row) = within(area, position);
        let line = model.text_row(model.text_top, row as isize, layout)?;
        let held = model.bytes.get(..line.end)?;
        let letter = visible::bytes_at(held, line.start, usize::from(area.width), Wrap::Text, usize::from(column));
        return Some(letter.unwrap_or(line.end - 1..line.end));
    }
    let (area, first) = state.regions.hex()?;
    let geometry = HexGeometry::new(model.bytes.len(), area.width);
    let (column, row) = within(area, position);
    // A row beyond the edge is the next one, which comes in sight with the cursor.
    let row = match position.y {
        y if y < area.y => first.saturating_sub(1),
        y if y >= area.bottom() => first + usize::from(area.height),
        _ => first + row,
    };
    let byte = geometry.nearest(column, row)?;
    Some(byte..byte + 1)
}

/// A position as column and row of an area, clamped to it.
fn within(area: Rect, position: Position) -> (u16, usize) {
    let column = position.x.clamp(area.x, area.right().saturating_sub(1).max(area.x)) - area.x;
    let row = position.y.clamp(area.y, area.bottom().saturating_sub(1).max(area.y)) - area.y;
    (column, usize::from(row))
}

/// The mouse is pressed twice on the bytes: the field they are in is selected, or the line.
pub fn select_around(state: &mut State, part: &Range<usize>) {
    let (_, layout) = state.regions.text();
    let model = &mut state.inspector;
    let whole = match model.tab {
        Tab::Text => model.text_row(part.start, 0, layout),
        Tab::Tree | Tab::Hex => model.rows.get(model.at).map(|row| row.span.clone()),
    };
    if let Some(whole) = whole.filter(|whole| whole.contains(&part.start)) {
        model.selection = Some(Selection::new(whole));
    }
}

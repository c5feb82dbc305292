//! The search in the fields and bytes of a frame, both ways, round the end.

use std::ops::Range;

use super::{Half, Model, Tab, moved};
use crate::app::State;
use crate::app::find::{From, Outcome, came_to};
use crate::app::history::Way;
use crate::model::search::Pattern;

use super::bytes::show_in_text;
use super::tree::Row;

/// Where the pane stands, to come back there.
#[derive(Debug, Clone)]
pub struct Stand {
    half: Half,
    at: usize,
    byte: usize,
    text_top: usize,
}

impl Row {
    /// Whether it has what is searched for, in its name or its value.
    pub fn says(&self, pattern: &Pattern) -> bool {
        [self.name.as_bytes(), self.full_name.as_bytes(), self.value.as_bytes()].iter().any(|text| pattern.is_in(text))
    }
}

impl Model {
    /// Where it stands.
    pub fn stand(&self) -> Stand {
        let Self { half, at, byte, text_top, .. } = *self;
        Stand { half, at, byte, text_top }
    }

    /// Goes back to where it stood; what is shown may have become shorter.
    pub fn stand_again(&mut self, Stand { half, at, byte, text_top }: Stand) {
        (self.half, self.text_top) = (half, text_top.min(self.bytes.len()));
        (self.at, self.byte) = (moved(at, 0, self.rows.len()), moved(byte, 0, self.bytes.len()));
        self.found = None;
    }

    /// The next row that has it, and whether that is behind the end.
    fn find_row(&self, pattern: &Pattern, way: Way, from: From) -> Option<(usize, Outcome)> {
        let count = self.rows.len();
        let skip = usize::from(from == From::Beyond);
        let row = |away: usize| match way {
            Way::Forth => (self.at + away) % count,
            Way::Back => (self.at + count - away % count) % count,
        };
        let found = (skip..count + skip).find(|away| self.rows[row(*away)].says(pattern))?;
        let is_round = match way {
            Way::Forth => self.at + found >= count,
            Way::Back => found > self.at,
        };
        Some((row(found), if is_round { Outcome::FoundRound } else { Outcome::Found }))
    }

    /// The next match in the bytes, and whether that is behind the end.
    fn find_bytes(&self, pattern: &Pattern, way: Way, from: From) -> Option<(Range<usize>, Outcome)> {
        let bytes = &self.bytes[..];
        let here = self.found.as_ref().map_or_else(|| self.byte_here(), |found| found.start);
        let beyond = self.found.as_ref().map_or(here, |found| found.end);
        let (found, other) = match (way, from) {
            (Way::Forth, From::Here) => (pattern.find(bytes, here), pattern.find(bytes, 0)),
            (Way::Forth, From::Beyond) => (pattern.find(bytes, beyond), pattern.find(bytes, 0)),
            (Way::Back, From::Here) => (pattern.find_before(bytes, here + 1), pattern.find_before(bytes, bytes.len())),
            (Way::Back, From::Beyond) => (pattern.find_before(bytes, here), pattern.find_before(bytes, bytes.len())),
        };
        found.map(|found| (found, Outcome::Found)).or_else(|| other.map(|found| (found, Outcome::FoundRound)))
    }

    fn byte_here(&self) -> usize {
        match (self.tab, self.half) {
            (Tab::Text, _) => self.text_top,
            (Tab::Hex, _) | (Tab::Tree, Half::Bytes) => self.byte,
            (Tab::Tree, Half::Fields) => 0,
        }
    }
}

/// Goes to the next match, or the one before: a field that has it, or else bytes that are it.
pub fn search(state: &mut State, way: Way, from: From) {
    let Some(pattern) = state.find.pattern.clone() else { return };
    let model = &mut state.inspector;
    if model.tab == Tab::Tree
        && model.half == Half::Fields
        && let Some((row, outcome)) = model.find_row(&pattern, way, from)
    {
        model.at = row;
        return came_to(state, outcome, way);
    }
    let Some((found, outcome)) = model.find_bytes(&pattern, way, from) else {
        return came_to(state, Outcome::Nothing, way);
    };
    model.selection = None;
    model.found = Some(found.clone());
    if model.tab == Tab::Text {
        show_in_text(state, found.start);
    } else {
        model.half = Half::Bytes;
        model.byte = found.start;
        model.field_of_byte();
    }
    came_to(state, outcome, way);
}

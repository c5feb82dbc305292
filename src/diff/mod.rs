//! Two things beside each other: where they say the same, and where they differ.
//!
//! | file      | what it is                                                            |
//! |-----------|-----------------------------------------------------------------------|
//! | `matter`  | what is compared: a frame's message, or all that a conversation said  |
//! | `align`   | which of the one stands beside which of the other                     |
//! | `fields`  | decoded fields beside each other                                      |
//! | `bytes`   | lines of text, or bytes, beside each other                            |
//! | `ignored` | what is not to count: fields by name, bytes by a pattern              |

mod align;
mod bytes;
mod fields;
mod ignored;
mod matter;

use std::ops::Range;

pub use ignored::Ignored;
pub use matter::{BYTES_LIMIT, Matter, Part};

/// What of two things is put beside each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// Their decoded fields.
    #[default]
    Fields,
    /// Their bytes: as lines where both are text, else as a dump.
    Bytes,
}

/// How two things stand beside each other in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// They are the same.
    Same,
    /// They differ in what is not to count.
    Ignored,
    /// They differ.
    Changed,
    /// Only the left one has it.
    Left,
    /// Only the right one has it.
    Right,
    /// What the rows below are of.
    Heading,
}

/// One side of a row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cell {
    /// What stands before it: the field's name, the line's or the first byte's place.
    pub label: String,
    /// What it says; as it was sent, so it may hold any character.
    pub text: String,
    /// Which bytes of that text differ from the other side's, where both sides have it.
    pub differs: Vec<Range<usize>>,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// How the sides stand to each other.
    pub kind: Kind,
    /// The left one, where it has it.
    pub left: Option<Cell>,
    /// The right one, where it has it.
    pub right: Option<Cell>,
    /// The field it tells of, by the whole name; empty when it tells of none.
    pub field: &'static str,
    /// How deep the field lies.
    pub depth: usize,
}

/// Two things beside each other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comparison {
    /// The rows, from top to bottom.
    pub rows: Vec<Row>,
    /// What is to be known of how they were compared, a sentence each.
    pub remarks: Vec<&'static str>,
}

impl Kind {
    /// Whether the sides differ in what counts.
    pub fn differs(self) -> bool {
        match self {
            Kind::Changed | Kind::Left | Kind::Right => true,
            Kind::Same | Kind::Ignored | Kind::Heading => false,
        }
    }

    /// The sign between the sides.
    pub fn sign(self) -> &'static str {
        match self {
            Kind::Same | Kind::Heading => " ",
            Kind::Ignored => "·",
            Kind::Changed => "~",
            Kind::Left => "<",
            Kind::Right => ">",
        }
    }

    /// Its name in what is written for other programs.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Same => "same",
            Kind::Ignored => "ignored",
            Kind::Changed => "changed",
            Kind::Left => "left",
            Kind::Right => "right",
            Kind::Heading => "heading",
        }
    }
}

impl Comparison {
    /// Puts two things beside each other.
    pub fn of(left: &Matter, right: &Matter, view: View, ignored: &Ignored) -> Self {
        let mut comparison = Comparison::default();
        for (left_part, right_part) in left.parts.iter().zip(&right.parts) {
            if left.parts.len() > 1 {
                let cell = Cell { text: left_part.title.to_owned(), ..Cell::default() };
                let (kind, left, right) = (Kind::Heading, Some(cell.clone()), Some(cell));
                comparison.rows.push(Row { kind, left, right, field: "", depth: 0 });
            }
            match view {
                View::Fields => fields::compare(left_part, right_part, ignored, &mut comparison),
                View::Bytes => bytes::compare(left_part, right_part, ignored, &mut comparison),
            }
        }
        if comparison.rows.is_empty() {
            comparison.remark("neither carries any bytes");
        }
        if left.is_cut || right.is_cut {
            comparison.remark("only the first 1 MiB each way is compared, of what is in memory");
        }
        comparison
    }

    /// How many rows differ.
    pub fn differences(&self) -> usize {
        self.count(Kind::differs)
    }

    /// How many rows differ in what is not to count.
    pub fn ignored(&self) -> usize {
        self.count(|kind| kind == Kind::Ignored)
    }

    /// How many rows are the same.
    pub fn alike(&self) -> usize {
        self.count(|kind| kind == Kind::Same)
    }

    fn count(&self, is_wanted: impl Fn(Kind) -> bool) -> usize {
        self.rows.iter().filter(|row| is_wanted(row.kind)).count()
    }

    /// The first row of the next stretch of rows that differ, from that one on; behind the last comes the first.
    pub fn next_difference(&self, from: usize) -> Option<usize> {
        let mut begins = self.begins();
        begins.find(|row| *row > from).or_else(|| self.begins().next())
    }

    /// The first row of the stretch before; before the first comes the last.
    pub fn previous_difference(&self, from: usize) -> Option<usize> {
        self.begins().take_while(|row| *row < from).last().or_else(|| self.begins().last())
    }

    fn begins(&self) -> impl Iterator<Item = usize> + '_ {
        let differs = |row: usize| self.rows.get(row).is_some_and(|row| row.kind.differs());
        (0..self.rows.len()).filter(move |row| differs(*row) && !row.checked_sub(1).is_some_and(differs))
    }

    fn remark(&mut self, words: &'static str) {
        if !self.remarks.contains(&words) {
            self.remarks.push(words);
        }
    }
}

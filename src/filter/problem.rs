//! What is wrong with a filter: where, what, and what would be right.

use std::fmt;
use std::ops::Range;

/// Why a text is no filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The bytes of the text it is about; empty at a place where something is missing.
    pub span: Range<usize>,
    /// What is wrong, in words.
    pub what: String,
    /// What would be right; empty when that is not known.
    pub hint: String,
    /// Whether more letters at the end could mend it.
    pub state: Mending,
}

/// Whether somebody who goes on typing can make it right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mending {
    /// Not by more letters at the end.
    Wrong,
    /// By more letters at the end.
    Unfinished,
}

impl Problem {
    /// Something that more letters do not mend.
    pub(super) fn new(span: Range<usize>, what: impl Into<String>) -> Self {
        Self { span, what: what.into(), hint: String::new(), state: Mending::Wrong }
    }

    /// The same, with what would be right.
    #[must_use]
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// The same, but more letters mend it.
    #[must_use]
    pub(super) fn unfinished(mut self) -> Self {
        self.state = Mending::Unfinished;
        self
    }

    /// The same; more letters mend it if it is at the end of a text of that length.
    #[must_use]
    pub(super) fn unfinished_at(mut self, end: usize) -> Self {
        if self.span.end >= end {
            self.state = Mending::Unfinished;
        }
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if self.hint.is_empty() { Ok(()) } else { write!(f, "; {}", self.hint) }
    }
}

impl std::error::Error for Problem {}

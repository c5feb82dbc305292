//! The display filter: Wireshark's language over the fields that are decoded here, and over the lab's own.
//!
//! A text becomes tokens (`lex`), a tree (`parse`), and after every name and value in it has been found good
//! (`check`) a program that is asked of frames. It knows frames by [`Facts`] alone.

mod check;
mod complete;
pub mod decoded;
mod field;
mod lex;
mod literal;
mod parse;
mod problem;
mod program;
mod syntax;
mod value;

pub use complete::{Completion, Offer, complete};
pub use field::{FIELDS, Known, Needs, known};
pub use problem::{Mending, Problem};
pub use program::{Facts, Take};
pub use value::{Kind, Value};

use std::fmt;

use program::Node;
use syntax::Question;

/// A filter, ready to be asked of frames.
#[derive(Debug)]
pub struct Filter {
    question: Question,
    program: Node,
}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// Says where it is wrong, what is wrong there, and what would be right.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let question = parse::parse(text)?;
        let program = check::check(&question, text.trim_end().len())?;
        Ok(Self { question, program })
    }

    /// Whether a frame passes.
    pub fn matches(&self, facts: &impl Facts) -> bool {
        self.program.passes(facts)
    }

    /// The bytes that frames which pass are to contain somewhere.
    pub fn sought(&self) -> Vec<&[u8]> {
        let mut sought = Vec::new();
        self.program.sought(&mut sought);
        sought
    }

    /// What must be done with a frame to know whether it passes.
    pub fn needs(&self) -> Needs {
        self.program.needs()
    }
}

/// The filter in its canonical form, which reads as the same filter.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.question.fmt(f)
    }
}

/// How a text stands while it is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Validity {
    /// Nothing is written.
    Empty,
    /// It is a filter.
    Valid,
    /// It is none, and more letters at the end do not make it one.
    Invalid(Problem),
    /// It is none yet.
    Incomplete(Problem),
}

impl Validity {
    /// How a text stands.
    pub fn of(text: &str) -> Self {
        if text.trim().is_empty() {
            return Validity::Empty;
        }
        match Filter::parse(text) {
            Ok(_) => Validity::Valid,
            Err(problem) => match problem.state {
                Mending::Wrong => Validity::Invalid(problem),
                Mending::Unfinished => Validity::Incomplete(problem),
            },
        }
    }
}

//! What the filter's field lets through: a display filter, or a plain text to look for.

use memchr::memmem;

use crate::app::world::{Seen, World};
use crate::filter::{FIELDS, Filter, Known, Needs, Problem, known};
use crate::model::Frame;
use crate::model::search::Pattern;

/// What a look at any frame counts as, in bytes searched: its words and ends are looked at too.
const A_LOOK: usize = 256;

/// How much longer it takes to decode a byte than to search it.
const DECODING: usize = 8;

/// What only a filter has in it.
const SIGNS: [&str; 10] = ["==", "!=", ">=", "<=", "&&", "||", "~ ", " contains ", " matches ", " in {"];

/// Lets frames through.
#[derive(Debug)]
pub enum Sieve {
    /// Those that hold a text: in any case in their words, as it is in their bytes.
    Text {
        /// As it was written.
        exact: String,
        /// In lower case.
        lower: String,
    },
    /// Those a filter is true of.
    Expression(Box<Filter>),
}

impl Sieve {
    /// Reads what is written in the field; None lets everything through.
    ///
    /// # Errors
    /// When it is meant as a filter and is none.
    pub fn read(text: &str) -> Result<Option<Self>, Problem> {
        let exact = text.trim().to_owned();
        if exact.is_empty() {
            return Ok(None);
        }
        match Filter::parse(text) {
            Ok(filter) => Ok(Some(Sieve::Expression(Box::new(filter)))),
            Err(problem) if is_meant_as_filter(&exact) => Err(problem),
            Err(_) => Ok(Some(Sieve::Text { lower: exact.to_lowercase(), exact })),
        }
    }

    /// What must have been done with a frame before it is asked whether it passes.
    pub fn needs(&self) -> Needs {
        match self {
            Sieve::Text { .. } => Needs::Row,
            Sieve::Expression(filter) => filter.needs(),
        }
    }

    /// The texts it looks for, as they can be found again in a frame's words.
    pub fn sought(&self) -> Vec<Pattern> {
        match self {
            Sieve::Text { lower, .. } => Pattern::in_any_case(lower).into_iter().collect(),
            Sieve::Expression(filter) => filter.sought().into_iter().filter_map(Pattern::of_bytes).collect(),
        }
    }

    /// Whether a frame passes, and what finding that out counts as, in bytes searched.
    pub fn passes(&self, frame: &Frame, world: &World) -> (bool, usize) {
        let cost = A_LOOK + frame.payload().len();
        match self {
            Sieve::Text { lower, exact } => (holds(frame, world, lower, exact), cost),
            Sieve::Expression(filter) => {
                let seen = Seen::new(world, frame);
                (filter.matches(&seen), cost + seen.decoded() * DECODING)
            }
        }
    }
}

/// Whether somebody who wrote this meant a filter: it has a filter's signs, or goes on behind a field's name.
fn is_meant_as_filter(text: &str) -> bool {
    let begin = text.trim_start_matches(['!', '(', ' ']);
    let is_of_name = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '-');
    let name = &begin[..begin.find(|letter| !is_of_name(letter)).unwrap_or(begin.len())];
    let is_begun = name.split_once('.').is_some_and(|(protocol, _)| {
        let rest = |known: &Known| known.name.strip_prefix(protocol).is_some_and(|rest| rest.starts_with('.'));
        FIELDS.iter().any(rest)
    });
    SIGNS.iter().any(|sign| text.contains(sign)) || is_begun || known(name).is_some()
}

fn holds(frame: &Frame, world: &World, lower: &str, exact: &str) -> bool {
    let has = |text: &str| text.to_lowercase().contains(lower);
    any_word(frame, world, has) || memmem::find(frame.payload(), exact.as_bytes()).is_some()
}

/// Whether any of the words of a frame is so: what the list says of it, its ends in full, the note on it.
pub(super) fn any_word(frame: &Frame, world: &World, has: impl Fn(&str) -> bool) -> bool {
    let (one, other, _) = world.ends(frame);
    let flow = frame.flow.and_then(|flow| world.flow(flow));
    has(&frame.summary)
        || has(frame.protocol)
        || has(&one)
        || other.is_some_and(|other| has(&other))
        // The list shortens addresses, or shows a name in their place.
        || flow.is_some_and(|flow| has(&flow.client.to_string()) || has(&flow.server.to_string()))
        || world.remarks.of(frame.number).note.is_some_and(has)
}

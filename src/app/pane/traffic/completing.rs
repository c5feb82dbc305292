//! Completing the filter: what could stand at the cursor, gone through one by one.

use super::filter_changed;
use crate::app::State;
use crate::filter::{self, Completion};

/// What is offered at a place of the filter.
#[derive(Debug)]
pub struct Completing {
    /// What is offered there.
    pub completion: Completion,
    /// Which offer was put in last.
    pub taken: usize,
    /// The text behind the place.
    rest: String,
    /// The text before it.
    before: String,
}

impl Completing {
    fn begin(text: &str, cursor: usize) -> Option<Self> {
        let completion = filter::complete(text, cursor);
        let before = text[..completion.span.start].to_owned();
        let rest = text[completion.span.end..].to_owned();
        (!completion.offers.is_empty()).then_some(Self { completion, taken: 0, rest, before })
    }

    fn text(&self) -> String {
        format!("{}{}{}", self.before, self.completion.offers[self.taken].text, self.rest)
    }

    /// Whether the text is still what the last offer made of it.
    pub fn is_of(&self, text: &str) -> bool {
        self.text() == text
    }
}

/// Puts in the first thing that could stand at the cursor; again, the next.
pub(super) fn complete(state: &mut State) {
    let traffic = &mut state.traffic;
    let field = &mut traffic.filter;
    let again = traffic.completing.take().filter(|completing| completing.is_of(field.text()));
    let next = match again {
        Some(completing) => {
            let taken = (completing.taken + 1) % completing.completion.offers.len();
            Some(Completing { taken, ..completing })
        }
        None => Completing::begin(field.text(), field.before().len()),
    };
    if let Some(completing) = next {
        field.set(completing.text());
        traffic.completing = Some(completing);
        filter_changed(state);
    }
}

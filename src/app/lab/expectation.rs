//! What a step expects: so many frames that pass a filter, in time.

use std::time::Duration;

use super::{Judged, Outcome};
use crate::app::world::{Seen, World};
use crate::filter::Filter;
use crate::lab::{Count, Step};
use crate::model::Frame;

/// An expectation, and what was seen of it.
#[derive(Debug)]
pub struct Awaited {
    filter: Filter,
    words: String,
    count: Count,
    /// From when on it is judged, and until when.
    from: Duration,
    until: Duration,
    seen: u64,
    is_judged: bool,
}

impl Awaited {
    /// What a step expects, if it does.
    pub fn of(step: &Step) -> Option<Self> {
        let expect = step.expect.as_ref()?;
        let filter = Filter::parse(&expect.filter).ok()?;
        let (from, until) = (step.at, step.at + expect.within);
        let words = expect.filter.clone();
        Some(Self { filter, words, count: expect.count, from, until, seen: 0, is_judged: false })
    }

    /// Counts a frame.
    pub fn look(&mut self, world: &World, frame: &Frame) {
        if !self.is_judged && self.filter.matches(&Seen::new(world, frame)) {
            self.seen += 1;
        }
    }

    /// Whether it is judged already.
    pub fn is_judged(&self) -> bool {
        self.is_judged
    }

    /// When it is to be looked at again.
    pub fn due(&self) -> Option<Duration> {
        (!self.is_judged).then_some(self.until)
    }

    /// Judges it, once that can be done.
    pub fn judge(&mut self, now: Duration) -> Option<Judged> {
        if self.is_judged || now < self.from {
            return None;
        }
        let is_late = now >= self.until;
        let outcome = match self.count {
            Count::AtLeast(count) if self.seen >= count => Outcome::Held,
            Count::AtMost(count) | Count::Exactly(count) if self.seen > count => Outcome::Failed,
            Count::AtMost(_) if is_late => Outcome::Held,
            Count::Exactly(count) if is_late && self.seen == count => Outcome::Held,
            Count::AtLeast(_) | Count::Exactly(_) if is_late => Outcome::Failed,
            Count::AtLeast(_) | Count::AtMost(_) | Count::Exactly(_) => return None,
        };
        self.is_judged = true;
        Some(Judged { words: format!("{} of {}, {} seen", self.count, self.words, self.seen), outcome })
    }
}

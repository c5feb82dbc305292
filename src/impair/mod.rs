//! What a bad network does to the messages that pass a tap.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::filter::Filter;
use crate::model::{Deed, Side};

/// One thing done to what passes.
#[derive(Debug, Clone, PartialEq)]
pub struct Impairment {
    /// What.
    pub kind: Kind,
    /// When.
    pub when: When,
}

/// The kinds.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Down.
    Down,
}

/// The conditions.
#[derive(Debug, Clone, Default)]
pub struct When {
    /// A filter.
    pub filter: Option<Arc<Filter>>,
}

impl PartialEq for When {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// What stands between.
#[derive(Debug)]
pub struct Chain(Medium);

/// Stream or datagrams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Medium {
    /// Stream.
    Stream,
    /// Datagrams.
    Datagram,
}

/// What becomes of a message.
#[derive(Debug, Default)]
pub struct Passed {
    /// What leaves.
    pub departures: Vec<Departure>,
    /// Deeds.
    pub deeds: Vec<Act>,
    /// The end.
    pub ending: Option<Ending>,
}

/// What leaves.
#[derive(Debug, Clone)]
pub struct Departure {
    /// When.
    pub at: Duration,
    /// What.
    pub bytes: Bytes,
}

/// Deed.
#[derive(Debug)]
pub struct Act {
    /// To which.
    pub message: u64,
    /// By.
    pub by: &'static str,
    /// What.
    pub deed: Deed,
}

/// End.
#[derive(Debug, Clone, Copy)]
pub enum Ending {
    /// RST.
    Reset,
    /// FIN.
    Close,
}

impl Chain {
    /// New.
    pub fn new(_: &[Impairment], _: u64, _: u64, _: Side, medium: Medium) -> Self {
        Self(medium)
    }
    /// Medium.
    pub fn medium(&self) -> Medium {
        self.0
    }
    /// Pass.
    pub fn pass(&mut self, now: Duration, message: &Bytes, _: &mut dyn FnMut(&Filter) -> bool) -> Passed {
        Passed { departures: vec![Departure { at: now, bytes: message.clone() }], ..Passed::default() }
    }
    /// Finish.
    pub fn finish(&mut self, now: Duration) -> Duration {
        now
    }
    /// Clear.
    pub fn is_clear(&self) -> bool {
        true
    }
}

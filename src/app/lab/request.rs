//! A lab's HTTP requests: made when their time comes, and their answers held against what was expected.

use std::path::Path;
use std::time::Duration;

use super::{Judged, Outcome};
use crate::app::Effect;
use crate::app::requests::{self, Requests};
use crate::collection::{Ambient, Judgement, Ready};
use crate::contract::{ExchangeFact, Verification};
use crate::lab::{self, Request};
use crate::model::{NodeId, Timestamp};

/// The requests of one entry of a lab, and how far they are.
#[derive(Debug)]
pub struct Asked {
    request: Request,
    requests: Requests,
    has_begun: bool,
}

impl Asked {
    /// Requests that wait for their time.
    pub fn new(node: NodeId, request: &Request) -> Self {
        let requests = Requests::new(node, request.course(), Verification::On);
        Self { request: request.clone(), requests, has_begun: false }
    }

    /// What makes them.
    pub fn node(&self) -> NodeId {
        self.requests.node
    }

    /// Whether it is that entry.
    pub fn is_of(&self, request: &Request) -> bool {
        self.request == *request
    }

    /// Whether they have come to their end.
    pub fn is_done(&self) -> bool {
        self.requests.is_over()
    }

    /// When the first is made.
    pub fn due(&self) -> Option<Duration> {
        (!self.has_begun).then_some(self.request.at)
    }

    /// What of its file is not done, once its time has come.
    pub fn remarks(&self, now: Duration) -> Vec<String> {
        match &self.request.asked {
            lab::Asked::Of { file, notes, .. } if !self.has_begun && now >= self.request.at => {
                notes.iter().map(|note| format!("{file}:{}: {}", note.line, note.words)).collect()
            }
            lab::Asked::Of { .. } | lab::Asked::One(_) => Vec::new(),
        }
    }

    /// Makes the next, when its time has come.
    pub fn advance(&mut self, now: Duration, ambient: &mut dyn Ambient) -> (Option<Effect>, Vec<Judged>) {
        let mut judged = Vec::new();
        if now < self.request.at || self.is_done() {
            return (None, judged);
        }
        self.has_begun = true;
        while let Some(next) = self.requests.advance(ambient) {
            match next {
                Ok(effect) => return (Some(effect), judged),
                Err(failure) => {
                    let words = format!("{}{}: {}", self.request.name, self.place(failure.line), failure.words);
                    let words = self.requests.masked(&words);
                    judged.push(Judged { words, outcome: Outcome::Failed });
                }
            }
        }
        (None, judged)
    }

    /// Follows an exchange.
    pub fn on_exchange(&mut self, fact: &ExchangeFact, at: Timestamp) -> Vec<Judged> {
        match self.requests.on_exchange(fact, at) {
            Some(requests::Outcome::Answered(answered)) => {
                answered.judgements.iter().map(|judgement| self.judged(&answered.ready, judgement)).collect()
            }
            Some(requests::Outcome::Failed(ready, why)) => {
                let words = self.requests.masked(&format!("{}: {why}", self.called(&ready)));
                vec![Judged { words, outcome: Outcome::Failed }]
            }
            Some(requests::Outcome::Cancelled) | None => Vec::new(),
        }
    }

    fn judged(&self, ready: &Ready, judgement: &Judgement) -> Judged {
        let words = format!("{}{}: {judgement}", self.called(ready), self.place(judgement.line));
        let words = self.requests.masked(&words);
        Judged { words, outcome: if judgement.holds { Outcome::Held } else { Outcome::Failed } }
    }

    /// The entry's name, and in a file the request's.
    fn called(&self, ready: &Ready) -> String {
        match &self.request.asked {
            lab::Asked::Of { .. } if !ready.name.is_empty() => format!("{} {:?}", self.request.name, ready.name),
            lab::Asked::Of { .. } => format!("{} {} {}", self.request.name, ready.method, ready.url),
            lab::Asked::One(_) => self.request.name.clone(),
        }
    }

    /// Where that stands in its file.
    fn place(&self, line: usize) -> String {
        match &self.request.asked {
            lab::Asked::Of { file, .. } => {
                let name = Path::new(file).file_name().map_or(file.as_str().into(), |name| name.to_string_lossy());
                format!(" ({name}:{line})")
            }
            lab::Asked::One(_) => String::new(),
        }
    }
}

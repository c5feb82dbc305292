//! One direction of a tapped conversation: what came, what is held, and what is to leave when.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes};

use super::alarm::Alarm;
use crate::contract::Decision;
use crate::filter::Filter;
use crate::impair::{Act, Chain, Departure, Ending, HOLD, Medium, STALLED};
use crate::model::{Closing, Deed};

/// Bytes that wait in one direction before no more are read: a slow reader slows the writer. It is what fits in flight
/// at 100 Mbit/s with a delay of 80 ms.
const WAITING_LIMIT: usize = 1 << 20;

/// How long a system sends again what is not acknowledged before it gives the connection up (RFC 9293 section 3.8.3,
/// R2).
const ABANDONED_AFTER: Duration = Duration::from_secs(100);

/// What a message weighs beside its bytes, so that many small ones are bounded too.
const MESSAGE_WEIGHT: usize = 64;

/// The direction.
pub(super) struct Way {
    /// What is done to what passes.
    pub chain: Chain,
    /// Wakes when the next is to leave.
    pub alarm: Alarm,
    /// How the end that is read stands.
    pub inward: Inward,
    /// How the end that is written stands.
    pub outward: Outward,
    /// When the end of the direction is passed on.
    pub finish: Option<Duration>,
    /// When the conversation is given up, because its end is never passed on.
    pub abandoned: Option<Duration>,
    /// How an impairment ends the conversation once all before it has left.
    ending: Option<Ending>,
    /// Messages so far.
    count: u64,
    /// Those of them that the chain was given.
    given: u64,
    /// What is held, and in a stream what is behind it.
    waiting: VecDeque<Waiting>,
    queue: VecDeque<Departure>,
    weight: usize,
}

/// How the end that is read stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Inward {
    Open,
    Finished,
    /// It was reset, or failed.
    Gone(Closing),
}

/// How the end that is written stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outward {
    Open,
    Finished,
    /// Writing failed; the other direction is still read to its end.
    Broken(Closing),
}

/// A message before the chain.
struct Waiting {
    number: u64,
    bytes: Bytes,
    /// Since when it is held; None when it only waits for one that is.
    held: Option<Duration>,
    seen: Seen,
}

/// What the filters of impairments said of a message when it came.
pub(super) type Seen = Vec<(Arc<Filter>, bool)>;

/// What was done, by whom, to which message.
pub(super) type Done = (u64, &'static str, Deed);

impl Way {
    pub(super) fn new(chain: Chain) -> Self {
        Self {
            chain,
            alarm: Alarm::default(),
            inward: Inward::Open,
            outward: Outward::Open,
            finish: None,
            abandoned: None,
            ending: None,
            count: 0,
            given: 0,
            waiting: VecDeque::new(),
            queue: VecDeque::new(),
            weight: 0,
        }
    }

    /// The end that is read will say no more: when that is passed on. What is swallowed is given up some time later, as
    /// its system does.
    pub(super) fn finish_at(&mut self, now: Duration) {
        self.finish = self.chain.finish(now);
        self.abandoned = if self.finish.is_none() { Some(now + ABANDONED_AFTER) } else { None };
    }

    /// From now on this is done to what comes; what has a time to leave keeps it.
    /// What is stalled goes on.
    pub(super) fn reshape(&mut self, chain: Chain, now: Duration) {
        self.chain = chain;
        self.given = 0;
        for departure in self.queue.iter_mut().filter(|departure| departure.at == STALLED) {
            departure.at = now;
        }
        if self.abandoned.is_some() {
            self.finish_at(now);
        }
    }

    /// Whether more may be read.
    pub(super) fn has_room(&self) -> bool {
        let goes_on = self.inward == Inward::Open && self.outward == Outward::Open && self.ending.is_none();
        goes_on && self.weight < WAITING_LIMIT
    }

    /// How an impairment ends the conversation, when all that was to leave before has left.
    pub(super) fn due_ending(&self) -> Option<Ending> {
        self.ending.filter(|_| self.queue.is_empty())
    }

    /// Whether all that came has left.
    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty() && self.waiting.is_empty()
    }

    /// Whether both its ends are done with.
    pub(super) fn is_over(&self) -> bool {
        self.inward == Inward::Finished && self.outward != Outward::Open
    }

    /// Counts a message that came; gives its number.
    pub(super) fn number(&mut self) -> u64 {
        self.count += 1;
        self.count - 1
    }

    /// Keeps a message until a person decides.
    pub(super) fn hold(&mut self, number: u64, bytes: Bytes, now: Duration, seen: Seen) {
        self.weight += bytes.len() + MESSAGE_WEIGHT;
        self.waiting.push_back(Waiting { number, bytes, held: Some(now), seen });
    }

    /// Whether a message of a stream must wait because one before it is held.
    pub(super) fn is_blocked(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Keeps a message behind one that is held.
    pub(super) fn wait(&mut self, number: u64, bytes: Bytes, seen: Seen) {
        self.weight += bytes.len() + MESSAGE_WEIGHT;
        self.waiting.push_back(Waiting { number, bytes, held: None, seen });
    }

    /// Carries a decision out; what then need not wait any more goes on. False when no such message is held.
    pub(super) fn decide(&mut self, message: u64, decision: Decision, now: Duration, done: &mut Vec<Done>) -> bool {
        let place = self.waiting.iter().position(|waiting| waiting.number == message && waiting.held.is_some());
        let Some(waiting) = place.and_then(|place| self.waiting.get_mut(place)) else { return false };
        let since = waiting.held.take().unwrap_or(now);
        match decision {
            Decision::Forward => done.push((message, HOLD, Deed::Released(now.saturating_sub(since)))),
            Decision::Replace(bytes) => {
                self.weight = self.weight + bytes.len() - waiting.bytes.len();
                waiting.bytes = bytes.clone();
                done.push((message, HOLD, Deed::Edited(bytes)));
            }
            Decision::Drop => {
                self.weight -= waiting.bytes.len() + MESSAGE_WEIGHT;
                place.and_then(|place| self.waiting.remove(place));
                done.push((message, HOLD, Deed::Dropped));
            }
        }
        self.go_on(now, done);
        true
    }

    /// Lets all go that is held.
    pub(super) fn release(&mut self, now: Duration, done: &mut Vec<Done>) {
        for waiting in &mut self.waiting {
            if let Some(since) = waiting.held.take() {
                done.push((waiting.number, HOLD, Deed::Released(now.saturating_sub(since))));
            }
        }
        self.go_on(now, done);
    }

    /// Gives the chain what waits for nothing any more: in a stream up to the first that is held.
    fn go_on(&mut self, now: Duration, done: &mut Vec<Done>) {
        let is_stream = self.chain.medium() == Medium::Stream;
        let mut place = 0;
        // Behind what ends the conversation nothing leaves.
        while self.ending.is_none()
            && let Some(waiting) = self.waiting.get(place)
        {
            if waiting.held.is_none() {
                let Some(waiting) = self.waiting.remove(place) else { return };
                self.weight -= waiting.bytes.len() + MESSAGE_WEIGHT;
                let said =
                    |filter: &Filter| waiting.seen.iter().find(|(one, _)| std::ptr::eq(Arc::as_ptr(one), filter));
                let mut sees = |filter: &Filter| said(filter).is_some_and(|(_, matches)| *matches);
                self.pass(waiting.number, waiting.bytes.clone(), &mut sees, now, done);
            } else if is_stream {
                return;
            } else {
                place += 1;
            }
        }
    }

    /// Gives a message to the chain.
    pub(super) fn pass(
        &mut self,
        number: u64,
        bytes: Bytes,
        sees: &mut dyn FnMut(&Filter) -> bool,
        now: Duration,
        done: &mut Vec<Done>,
    ) {
        if self.chain.is_clear() {
            return self.depart(Departure { at: now, bytes });
        }
        let passed = self.chain.pass(now, &bytes, sees);
        // The chain counts those it was given, and speaks of this one or of one not long before.
        let told = |message: u64| number - (self.given - message).min(number);
        for Act { message, by, deed } in passed.deeds {
            let deed = if let Deed::Swapped(with) = deed { Deed::Swapped(told(with)) } else { deed };
            done.push((told(message), by, deed));
        }
        self.given += 1;
        passed.departures.into_iter().for_each(|departure| self.depart(departure));
        self.ending = self.ending.or(passed.ending);
    }

    /// Lets bytes leave at their time; what was put in by a person leaves now.
    pub(super) fn depart(&mut self, departure: Departure) {
        self.weight += departure.bytes.len() + MESSAGE_WEIGHT;
        let place = match self.chain.medium() {
            Medium::Stream => self.queue.len(),
            Medium::Datagram => self.queue.partition_point(|other| other.at <= departure.at),
        };
        self.queue.insert(place, departure);
    }

    /// When the next leaves.
    pub(super) fn departs(&self) -> Option<Duration> {
        self.queue.front().map(|departure| departure.at)
    }

    /// What leaves now: the next, whose time has come, and those behind it that need not wait longer.
    pub(super) fn leaving(&self, now: Duration) -> impl Iterator<Item = &Bytes> {
        let behind = self.queue.iter().skip(1).take_while(move |departure| departure.at <= now);
        self.queue.front().into_iter().chain(behind).map(|departure| &departure.bytes)
    }

    /// So many bytes have left, of the next and of those behind it; of an empty datagram none.
    pub(super) fn left(&mut self, mut count: usize) {
        while let Some(front) = self.queue.front_mut() {
            let part = count.min(front.bytes.len());
            front.bytes.advance(part);
            self.weight -= part;
            count -= part;
            if !front.bytes.is_empty() {
                return;
            }
            self.queue.pop_front();
            self.weight -= MESSAGE_WEIGHT;
            if count == 0 {
                return;
            }
        }
    }

    /// The next does not leave.
    pub(super) fn skip(&mut self) {
        if let Some(front) = self.queue.pop_front() {
            self.weight -= front.bytes.len() + MESSAGE_WEIGHT;
        }
    }

    /// Throws away what has not left; gives how many messages and bytes.
    pub(super) fn discard(&mut self) -> (u64, usize) {
        let bytes = self
            .queue
            .iter()
            .map(|departure| departure.bytes.len())
            .chain(self.waiting.iter().map(|waiting| waiting.bytes.len()))
            .sum();
        let messages = (self.queue.len() + self.waiting.len()) as u64;
        self.queue.clear();
        self.waiting.clear();
        self.weight = 0;
        (messages, bytes)
    }
}

//! All that is done to one direction of one conversation, one impairment after the other.

use std::time::Duration;

use bytes::Bytes;

use super::bandwidth::{self, Bucket};
use super::chance::{Draws, Source};
use super::loss::{self, Weather};
use super::{Impairment, Kind, When, delay};
use crate::filter::Filter;
use crate::model::{Deed, Side};

/// Datagrams that were held back and may still be overtaken; more are told of as delayed only.
const OVERTAKEN_KEPT: usize = 64;

/// Pieces that one message is cut into at most.
const PIECES: u64 = 65_536;

/// The time of what does not leave while the impairments stay as they are.
pub const STALLED: Duration = Duration::MAX;

/// The chain.
#[derive(Debug)]
pub struct Chain {
    links: Vec<Link>,
    medium: Medium,
    /// Messages so far.
    count: u64,
    /// When the last of a stream leaves: nothing leaves before it any more.
    last: Duration,
    /// Datagrams that were held back: which, by what, until when.
    held_back: Vec<(u64, &'static str, Duration)>,
}

/// What carries the messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Medium {
    /// A stream, whose bytes keep their order and get lost by no network.
    Stream,
    /// Datagrams.
    Datagram,
}

/// What becomes of a message.
#[derive(Debug, Default)]
pub struct Passed {
    /// What leaves.
    pub departures: Vec<Departure>,
    /// What was done, to this message or to one not long before.
    pub deeds: Vec<Act>,
    /// How the conversation ends once all has left.
    pub ending: Option<Ending>,
}

/// Bytes that leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departure {
    /// When, since the tap began to listen.
    pub at: Duration,
    /// The bytes.
    pub bytes: Bytes,
}

/// What was done to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// Which message of this direction, from 0.
    pub message: u64,
    /// The impairment's name.
    pub by: &'static str,
    /// What it did; a message named in it is counted likewise.
    pub deed: Deed,
}

/// How an impairment ends a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// By a reset.
    Reset,
    /// In order.
    Close,
}

/// One impairment and what it remembers.
#[derive(Debug)]
struct Link {
    impairment: Impairment,
    source: Source,
    bucket: Bucket,
    weather: Weather,
    /// Bytes that came to it.
    bytes: u64,
    /// Whether it lets no datagram pass any more.
    is_spent: bool,
}

impl Chain {
    /// What of the impairments is done toward that side, in the conversation of that number of a tap. What chance does to
    /// a message hangs on the seed, the conversation, the side, the impairment's place and the message's number alone.
    pub fn new(impairments: &[Impairment], seed: u64, connection: u64, toward: Side, medium: Medium) -> Self {
        let link = |(place, impairment): (usize, &Impairment)| Link {
            impairment: impairment.clone(),
            source: Source { seed, connection, toward, place: place as u64 },
            bucket: Bucket::default(),
            weather: Weather::default(),
            bytes: 0,
            is_spent: false,
        };
        let links = impairments.iter().enumerate().filter(|(_, one)| one.toward.includes(toward)).map(link).collect();
        Self { links, medium, count: 0, last: Duration::ZERO, held_back: Vec::new() }
    }

    /// What carries the messages.
    pub fn medium(&self) -> Medium {
        self.medium
    }

    /// Whether messages leave as and when they come.
    pub fn is_clear(&self) -> bool {
        self.links.iter().all(|link| matches!(link.impairment.kind, Kind::SlowClose(_) | Kind::Down))
    }

    /// A message came at `now`, since the tap began to listen; `sees` says whether a filter matches it.
    pub fn pass(&mut self, now: Duration, message: &Bytes, sees: &mut dyn FnMut(&Filter) -> bool) -> Passed {
        let number = self.count;
        self.count += 1;
        let mut passing = Passing {
            number,
            medium: self.medium,
            passed: Passed { departures: vec![Departure { at: now, bytes: message.clone() }], ..Passed::default() },
        };
        for link in &mut self.links {
            link.act(now, &mut passing, sees);
        }
        let mut passed = passing.passed;
        match self.medium {
            Medium::Stream => {
                for departure in &mut passed.departures {
                    self.last = self.last.max(departure.at);
                    departure.at = self.last;
                }
            }
            Medium::Datagram => self.overtake(now, number, &mut passed),
        }
        passed
    }

    /// Tells of datagrams that this one overtakes, and remembers it when it may be overtaken itself.
    fn overtake(&mut self, now: Duration, number: u64, passed: &mut Passed) {
        self.held_back.retain(|(_, _, until)| *until > now);
        if let Some(first) = passed.departures.iter().map(|departure| departure.at).min() {
            let overtaken = self.held_back.extract_if(.., |(_, _, until)| *until > first);
            let acts = overtaken.map(|(message, by, _)| Act { message, by, deed: Deed::Swapped(number) });
            passed.deeds.extend(acts);
        }
        let reorders = |act: &&Act| act.by == Kind::Reorder(Duration::ZERO).name();
        if let (Some(act), Some(departure)) = (passed.deeds.iter().find(reorders), passed.departures.last())
            && act.message == number
            && self.held_back.len() < OVERTAKEN_KEPT
        {
            self.held_back.push((number, act.by, departure.at));
        }
    }

    /// The sender finished at `now`: when that is passed on; None is never.
    pub fn finish(&mut self, now: Duration) -> Option<Duration> {
        let mut at = now.max(self.last);
        if self.last == STALLED {
            return None;
        }
        for link in self.links.iter().filter(|link| link.meets_end(now, self.count)) {
            match link.impairment.kind {
                Kind::SlowClose(time) => at = at.saturating_add(time),
                Kind::Blackhole => at = at.max(link.impairment.when.to?),
                Kind::Delay { time, .. } => at = at.max(now.saturating_add(time)),
                Kind::Bandwidth { .. }
                | Kind::Loss(_)
                | Kind::Duplicate
                | Kind::Reorder(_)
                | Kind::Corrupt(_)
                | Kind::Slice { .. }
                | Kind::Limit(_)
                | Kind::Reset(_)
                | Kind::Down => {}
            }
        }
        Some(at)
    }
}

/// A message on its way through the chain.
struct Passing {
    number: u64,
    medium: Medium,
    passed: Passed,
}

impl Passing {
    fn tell(&mut self, by: &'static str, deed: Deed) {
        self.passed.deeds.push(Act { message: self.number, by, deed });
    }

    fn later(&mut self, by: &'static str, time: Duration) {
        for departure in &mut self.passed.departures {
            departure.at = departure.at.saturating_add(time);
        }
        if !time.is_zero() {
            self.tell(by, Deed::Delayed(time));
        }
    }

    fn drop(&mut self, by: &'static str) {
        self.passed.departures.clear();
        self.tell(by, Deed::Dropped);
    }

    /// Whether anything is still to leave at a time that is known.
    fn is_leaving(&self) -> bool {
        self.passed.departures.first().is_some_and(|departure| departure.at != STALLED)
    }

    fn bytes(&self) -> u64 {
        self.passed.departures.iter().map(|departure| departure.bytes.len() as u64).sum()
    }
}

impl Link {
    fn act(&mut self, now: Duration, passing: &mut Passing, sees: &mut dyn FnMut(&Filter) -> bool) {
        let mut draws = self.source.draws(passing.number);
        let is_good_weather =
            matches!(self.impairment.kind, Kind::Loss(Some(burst)) if !self.weather.step(burst, &mut draws));
        if self.is_spent && passing.is_leaving() {
            return passing.drop(self.impairment.kind.name());
        }
        if !passing.is_leaving()
            || is_good_weather
            || !is_chosen(&self.impairment.when, now, passing.number, &mut draws, sees)
        {
            return;
        }
        let by = self.impairment.kind.name();
        let before = self.bytes;
        self.bytes += passing.bytes();
        match self.impairment.kind {
            Kind::Delay { time, jitter, distribution } => {
                passing.later(by, delay::draw(time, jitter, distribution, &mut draws));
            }
            Kind::Bandwidth { rate, burst } => self.slow_down(passing, by, rate, burst),
            Kind::Loss(burst) => match passing.medium {
                Medium::Datagram => passing.drop(by),
                Medium::Stream => {
                    let again = match (burst, self.impairment.when.chance) {
                        (Some(burst), _) => Some(burst.enter),
                        (None, chance) => chance,
                    };
                    passing.later(by, loss::late(|| again.is_some_and(|chance| chance.comes(&mut draws))));
                }
            },
            Kind::Duplicate => {
                if passing.medium == Medium::Datagram {
                    let again = passing.passed.departures.clone();
                    passing.passed.departures.extend(again);
                    passing.tell(by, Deed::Duplicated);
                }
            }
            Kind::Reorder(time) => passing.later(by, time),
            Kind::Corrupt(bits) => corrupt(passing, by, bits, &mut draws),
            Kind::Slice { size, pause } => {
                if passing.medium == Medium::Stream {
                    slice(passing, by, size, pause);
                }
            }
            Kind::Limit(limit) => match passing.medium {
                Medium::Stream => limit_to(passing, by, limit.saturating_sub(before)),
                Medium::Datagram => self.spend(passing, self.bytes > limit),
            },
            Kind::Blackhole => self.swallow(now, passing),
            Kind::Reset(after) => match passing.medium {
                Medium::Stream if self.bytes >= after => {
                    passing.passed.departures.clear();
                    passing.passed.ending = Some(Ending::Reset);
                    passing.tell(by, Deed::Reset);
                }
                Medium::Stream => {}
                Medium::Datagram => self.spend(passing, self.bytes >= after),
            },
            Kind::SlowClose(_) | Kind::Down => {}
        }
    }

    /// Datagrams know no end: once it is there, nothing more passes.
    fn spend(&mut self, passing: &mut Passing, is_there: bool) {
        self.is_spent |= is_there;
        if self.is_spent {
            passing.drop(self.impairment.kind.name());
        }
    }

    /// Datagrams vanish. What a stream says is sent again until it comes through: once the time is over, or the
    /// impairment is taken away.
    fn swallow(&mut self, now: Duration, passing: &mut Passing) {
        let by = self.impairment.kind.name();
        match (passing.medium, self.impairment.when.to) {
            (Medium::Stream, Some(to)) => passing.later(by, to.saturating_sub(now)),
            (Medium::Stream, None) => {
                for departure in &mut passing.passed.departures {
                    departure.at = STALLED;
                }
                passing.tell(by, Deed::Stalled);
            }
            (Medium::Datagram, _) => passing.drop(by),
        }
    }

    /// Whether the end of what was said is meant too, which comes after so many messages: it is no message to be counted
    /// or filtered.
    fn meets_end(&self, now: Duration, after: u64) -> bool {
        let When { chance, every, first, filter, .. } = &self.impairment.when;
        let is_counted = every.is_some() || first.is_some() || filter.is_some();
        let comes = || chance.is_none_or(|chance| chance.comes(&mut self.source.draws(after)));
        is_time(&self.impairment.when, now) && !is_counted && comes()
    }

    fn slow_down(&mut self, passing: &mut Passing, by: &'static str, rate: u64, burst: u64) {
        let came = passing.passed.departures.last().map_or(Duration::ZERO, |departure| departure.at);
        let mut left = came;
        let departures = std::mem::take(&mut passing.passed.departures);
        for Departure { at, bytes } in departures {
            for bytes in match passing.medium {
                Medium::Stream => cut(&bytes, bandwidth::piece(rate)),
                Medium::Datagram => vec![bytes],
            } {
                let at = self.bucket.leave(at, bytes.len() as u64, rate, burst);
                left = left.max(at);
                passing.passed.departures.push(Departure { at, bytes });
            }
        }
        if left > came {
            passing.tell(by, Deed::Delayed(left.saturating_sub(came)));
        }
    }
}

/// Whether all conditions hold for a message.
fn is_chosen(
    when: &When,
    now: Duration,
    number: u64,
    draws: &mut Draws,
    sees: &mut dyn FnMut(&Filter) -> bool,
) -> bool {
    is_time(when, now)
        && when.first.is_none_or(|first| number < first)
        && when.every.is_none_or(|every| (number + 1).is_multiple_of(every))
        && when.chance.is_none_or(|chance| chance.comes(draws))
        && when.filter.as_ref().is_none_or(|filter| sees(filter))
}

fn is_time(when: &When, now: Duration) -> bool {
    when.from.is_none_or(|from| now >= from) && when.to.is_none_or(|to| now < to)
}

/// Pieces of so many bytes; no bytes are one piece.
fn cut(bytes: &Bytes, size: u64) -> Vec<Bytes> {
    let size = size.max(bytes.len() as u64 / PIECES + 1) as usize;
    if bytes.len() <= size {
        return vec![bytes.clone()];
    }
    (0..bytes.len()).step_by(size).map(|at| bytes.slice(at..bytes.len().min(at + size))).collect()
}

fn slice(passing: &mut Passing, by: &'static str, size: u64, pause: Duration) {
    let departures = std::mem::take(&mut passing.passed.departures);
    for Departure { at, bytes } in departures {
        let pieces = cut(&bytes, size).into_iter().zip(0..);
        passing
            .passed
            .departures
            .extend(pieces.map(|(bytes, place)| Departure { at: at.saturating_add(pause * place), bytes }));
    }
    let pieces = passing.passed.departures.len() as u32;
    if pieces > 1 {
        passing.tell(by, Deed::Sliced(pieces));
    }
}

fn limit_to(passing: &mut Passing, by: &'static str, left: u64) {
    if passing.bytes() < left {
        return;
    }
    let mut room = left;
    passing.passed.departures.retain_mut(|departure| {
        departure.bytes.truncate(usize::try_from(room).unwrap_or(usize::MAX));
        room -= departure.bytes.len() as u64;
        !departure.bytes.is_empty()
    });
    passing.tell(by, Deed::Truncated(left));
    passing.tell(by, Deed::Closed);
    passing.passed.ending = Some(Ending::Close);
}

fn corrupt(passing: &mut Passing, by: &'static str, bits: u32, draws: &mut Draws) {
    let total = passing.bytes() * 8;
    if total == 0 {
        return;
    }
    let bits = u64::from(bits).min(total);
    let mut flipped = Vec::new();
    while (flipped.len() as u64) < bits {
        let bit = draws.below(total);
        if !flipped.contains(&bit) {
            flipped.push(bit);
        }
    }
    let mut before = 0;
    for departure in &mut passing.passed.departures {
        let mut bytes = departure.bytes.to_vec();
        for bit in &flipped {
            if let Some(byte) = (bit / 8).checked_sub(before).and_then(|at| bytes.get_mut(at as usize)) {
                *byte ^= 0x80 >> (bit % 8);
            }
        }
        before += bytes.len() as u64;
        departure.bytes = bytes.into();
    }
    let whole: Vec<u8> = passing.passed.departures.iter().flat_map(|departure| departure.bytes.clone()).collect();
    passing.tell(by, Deed::Corrupted(bits as u32, whole.into()));
}

#[cfg(test)]
mod tests;

//! The search under way in the list or in a stream: which frames it looks at next, in memory and in the recording.

use std::ops::Range;

use super::{Model, SEARCHED_AT_ONCE};
use crate::app::find::Outcome;
use crate::app::history::Way;
use crate::app::past::{Past, Timeline};
use crate::app::world::World;
use crate::model::search::{Pattern, REACH};
use crate::model::stream::{Passage, Place, StreamIndex};
use crate::model::{FlowId, Frame};

/// What a look at any frame counts as, in bytes searched: its words and ends are looked at too.
const A_LOOK: usize = 256;

/// A search under way.
#[derive(Debug, Clone)]
pub struct Hunt {
    /// The way it goes.
    pub(super) way: Way,
    /// What is searched.
    pub(super) field: Field,
    /// Where it began.
    began: Place,
    /// What is looked at next: from there on, or before it.
    at: Place,
    round: Round,
    awaits: Awaits,
}

/// What is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The frames of the list.
    List,
    /// The bytes of a flow.
    Stream(FlowId),
}

/// Whether the end was reached, and it goes on at the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Round {
    First,
    Second,
}

/// What it waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Awaits {
    /// Nothing but its turn.
    Nothing,
    /// The filter, which finds its frames first.
    Filter,
    /// Frames with these numbers, which are in the recording only.
    Recorded(Range<u64>),
}

/// What a search has come to.
pub(super) enum Step {
    Found(Range<Place>, Outcome),
    Nothing,
    NotYet,
}

/// Where a search goes on.
enum Next {
    Here(u64),
    Recorded(Range<u64>),
    End,
}

/// What there is to search.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    pub traffic: &'a Model,
    pub past: &'a Past,
    pub world: &'a World,
}

impl<'a> Ground<'a> {
    fn all(&self) -> Timeline<'a> {
        self.past.timeline(&self.world.log)
    }
}

/// Some frames of the recording that are looked through for a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    /// What is searched for.
    pub pattern: Pattern,
    /// What is searched.
    pub field: Field,
    /// The frame nearest on the way is found.
    pub way: Way,
    /// From there on, or before it.
    pub at: Place,
    /// The frames that are looked at, oldest first; what else is read of the recording is what these need.
    pub numbers: Vec<u64>,
}

impl Slice {
    /// The nearest match in the frames of a world.
    pub fn find(&self, world: &World) -> Option<Range<Place>> {
        let Self { pattern, field, way, at, numbers } = self;
        let look = |number: &u64| look(*field, *way, *at, *number, pattern, world);
        match way {
            Way::Forth => numbers.iter().find_map(look),
            Way::Back => numbers.iter().rev().find_map(look),
        }
    }
}

impl Model {
    /// Whether a search is under way.
    pub fn is_hunting(&self) -> bool {
        self.hunt.is_some()
    }

    /// Whether a search goes on with the next frame drawn. That of the recording goes on when it was read.
    pub(super) fn hunts_in_memory(&self) -> bool {
        self.hunt.as_ref().is_some_and(|hunt| hunt.awaits == Awaits::Nothing)
    }

    /// Ends the search under way. False when there is none.
    pub fn give_up_hunt(&mut self) -> bool {
        self.hunt.take().is_some()
    }

    /// How much has been searched, in percent; None when no search is under way.
    pub fn hunted(&self, all: &Timeline<'_>) -> Option<u64> {
        let hunt = self.hunt.as_ref()?;
        let (first, next) = (all.first_number(), all.next_number());
        let all = (next - first).max(1);
        let at = hunt.at.frame.clamp(first, next);
        let went = match hunt.way {
            Way::Forth => (at + all - hunt.began.frame.clamp(first, next)) % all,
            Way::Back => (hunt.began.frame.clamp(first, next) + all - at) % all,
        };
        Some(went * 100 / all)
    }

    /// The frames of the recording that the search under way comes to next, and what is searched there.
    pub fn hunted_in_recording(&self) -> Option<(Field, Way, Place, Range<u64>)> {
        let Hunt { field, way, at, awaits, .. } = self.hunt.as_ref()?;
        match awaits {
            Awaits::Recorded(range) => Some((*field, *way, *at, range.clone())),
            Awaits::Nothing | Awaits::Filter => None,
        }
    }
}

impl Hunt {
    /// Begins where `at` is; `began` is where it ends once it has come round.
    pub(super) fn new(way: Way, field: Field, began: Place, at: Place) -> Self {
        Self { way, field, began, at, round: Round::First, awaits: Awaits::Nothing }
    }

    /// Goes on as far as memory and [`SEARCHED_AT_ONCE`] go.
    pub(super) fn run(&mut self, pattern: &Pattern, ground: Ground<'_>) -> Step {
        self.awaits = Awaits::Nothing;
        if self.field == Field::List && ground.traffic.progress(&ground.all()).is_some() {
            self.awaits = Awaits::Filter;
            return Step::NotYet;
        }
        let mut room = SEARCHED_AT_ONCE;
        while room > 0 {
            let number = match (self.next(ground), self.round) {
                (Next::End, Round::First) => {
                    self.turn();
                    continue;
                }
                (Next::End, Round::Second) => return Step::Nothing,
                (Next::Here(number), _) => number,
                (Next::Recorded(range), _) => {
                    self.awaits = Awaits::Recorded(range);
                    return Step::NotYet;
                }
            };
            let found = look(self.field, self.way, self.at, number, pattern, ground.world);
            if let Some(found) = found {
                return self.found(found);
            }
            let payload = ground.world.log.frame(number).map_or(0, |frame| frame.payload().len());
            room = room.saturating_sub(A_LOOK + payload);
            self.pass(number);
        }
        Step::NotYet
    }

    /// A match is there.
    pub(super) fn found(&self, found: Range<Place>) -> Step {
        Step::Found(found, if self.round == Round::Second { Outcome::FoundRound } else { Outcome::Found })
    }

    /// Where it goes on.
    fn next(&self, ground: Ground<'_>) -> Next {
        let past = ground.all().past_numbers();
        match self.nearest(ground, &past) {
            Some(number) if !self.bounds().contains(&number) => Next::End,
            Some(number) if number >= past.end => Next::Here(number),
            Some(number) => {
                let left = match self.way {
                    Way::Forth => number..past.end,
                    Way::Back => past.start..number + 1,
                };
                let bounds = self.bounds();
                Next::Recorded(left.start.max(bounds.start)..left.end.min(bounds.end))
            }
            None => Next::End,
        }
    }

    /// The numbers it may still come to: behind its end it goes on at the other one, up to where it began.
    fn bounds(&self) -> Range<u64> {
        match (self.round, self.way) {
            (Round::First, _) => 0..u64::MAX,
            (Round::Second, Way::Forth) => 0..self.began.frame.saturating_add(1),
            (Round::Second, Way::Back) => self.began.frame..u64::MAX,
        }
    }

    /// The next frame on the way that may have it.
    fn nearest(&self, ground: Ground<'_>, past: &Range<u64>) -> Option<u64> {
        match self.field {
            Field::Stream(flow) => self.nearest_of(flow, ground, past),
            Field::List => {
                let (traffic, all) = (ground.traffic, ground.all());
                match self.way {
                    Way::Forth => traffic.number_at(&all, traffic.row_of(&all, self.at.frame)),
                    Way::Back => {
                        let rows = traffic.row_of(&all, self.end()).min(traffic.count(&all));
                        traffic.number_at(&all, rows.checked_sub(1)?)
                    }
                }
            }
        }
    }

    /// The same of a flow. Where the recording has it, that is as near as is known before it is read.
    fn nearest_of(&self, flow: FlowId, ground: Ground<'_>, past: &Range<u64>) -> Option<u64> {
        let stream = ground.world.flows.track(flow).map(|track| &track.stream);
        let known = ground.past.known(flow).filter(|known| known.first > 0);
        let recorded = known.map(|known| known.first.max(past.start)..(known.last + 1).min(past.end));
        let recorded = recorded.filter(|recorded| !recorded.is_empty());
        match self.way {
            Way::Forth => {
                let first = recorded.map(|recorded| self.at.frame.max(recorded.start)..recorded.end);
                first
                    .filter(|left| !left.is_empty())
                    .map(|left| left.start)
                    .or_else(|| stream?.at_or_after(self.at.frame.max(past.end)))
            }
            Way::Back => {
                let here = stream.and_then(|stream| stream.at_or_before(self.at.frame));
                here.filter(|number| *number >= past.end).or_else(|| {
                    let left = recorded?;
                    (self.end() > left.start).then(|| left.end.min(self.end()) - 1)
                })
            }
        }
    }

    /// The number behind the last frame that is still to be looked at on the way back.
    fn end(&self) -> u64 {
        if self.at.offset == 0 { self.at.frame } else { self.at.frame.saturating_add(1) }
    }

    /// Goes on at the other end.
    fn turn(&mut self) {
        self.round = Round::Second;
        self.at = match self.way {
            Way::Forth => Place { frame: 0, offset: 0 },
            Way::Back => Place { frame: u64::MAX, offset: usize::MAX },
        };
    }

    /// Nothing is here: on to the next.
    pub(super) fn pass(&mut self, number: u64) {
        self.at = match self.way {
            Way::Forth => Place { frame: number + 1, offset: 0 },
            Way::Back if number == 0 => Place { frame: 0, offset: 0 },
            Way::Back => Place { frame: number - 1, offset: usize::MAX },
        };
    }
}

/// Looks for a match in a frame: on the way, from that place.
fn look(field: Field, way: Way, at: Place, number: u64, pattern: &Pattern, world: &World) -> Option<Range<Place>> {
    let frame = world.log.frame(number)?;
    match field {
        Field::List => {
            let whole = Place { frame: number, offset: 0 };
            holds(frame, world, pattern).then_some(whole..whole)
        }
        Field::Stream(flow) => {
            let passage = passage(&world.flows.track(flow)?.stream, number, world)?;
            let offset = Some(at.offset).filter(|_| number == at.frame);
            let found = match way {
                Way::Forth => {
                    let found = pattern.find(&passage.bytes, offset.unwrap_or(0));
                    found.filter(|found| found.start < passage.own)
                }
                Way::Back => pattern.find_before(&passage.bytes, offset.unwrap_or(passage.own).min(passage.own)),
            }?;
            Some(passage.place(found.start)..passage.end(found.end))
        }
    }
}

/// A frame's bytes, and those that come next from the same end as far as a match may reach.
pub(super) fn passage<'a>(stream: &StreamIndex, number: u64, world: &'a World) -> Option<Passage<'a>> {
    stream.passage(number, REACH, |number| world.log.frame(number).map(Frame::payload))
}

/// Whether a frame has it: in its words, its ends, its note or its bytes.
fn holds(frame: &Frame, world: &World, pattern: &Pattern) -> bool {
    let has = |text: &str| pattern.is_in(text.as_bytes());
    super::sieve::any_word(frame, world, has) || pattern.is_in(frame.payload())
}

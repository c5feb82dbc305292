//! The search for frames of the list and for places of a stream: step by step between drawn frames, both ways, round the end.

use std::ops::Range;

use super::stream::show_place;
use super::{Following, Model, SEARCHED_AT_ONCE, Tab, marking};
use crate::app::State;
use crate::app::find::{From, Outcome, came_to};
use crate::app::history::Way;
use crate::app::past::Timeline;
use crate::app::world::World;
use crate::model::search::{Pattern, REACH};
use crate::model::stream::{Passage, Place, StreamIndex, StreamRow};
use crate::model::{FlowId, Frame};

/// What a look at any frame counts as, in bytes searched: its words and ends are looked at too.
const A_LOOK: usize = 256;

/// Where the pane stands, to come back there.
#[derive(Debug, Clone)]
pub struct Stand {
    cursor: u64,
    top: u64,
    following: Following,
    stream_at: Option<Place>,
}

/// A search under way.
#[derive(Debug, Clone)]
pub struct Hunt {
    way: Way,
    field: Field,
    /// Where it began.
    began: Place,
    /// What is looked at next: from there on, or before it.
    at: Place,
    round: Round,
}

/// What is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
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

/// What a search has come to.
enum Step {
    Found(Range<Place>, Outcome),
    Nothing,
    NotYet,
}

impl Model {
    /// Where it stands.
    pub fn stand(&self) -> Stand {
        let Self { cursor, top, following, stream_at, .. } = *self;
        Stand { cursor, top, following, stream_at }
    }

    /// Whether a search is under way.
    pub fn is_hunting(&self) -> bool {
        self.hunt.is_some()
    }

    /// Ends the search under way. False when there is none.
    pub fn give_up_hunt(&mut self) -> bool {
        self.hunt.take().is_some()
    }

    /// How much has been searched, in percent; None when no search is under way.
    pub fn hunted(&self, world: &World) -> Option<u64> {
        let hunt = self.hunt.as_ref()?;
        let (first, next) = (world.log.first_number(), world.log.next_number());
        let all = (next - first).max(1);
        let at = hunt.at.frame.clamp(first, next);
        let went = match hunt.way {
            Way::Forth => (at + all - hunt.began.frame.clamp(first, next)) % all,
            Way::Back => (hunt.began.frame.clamp(first, next) + all - at) % all,
        };
        Some(went * 100 / all)
    }
}

/// Goes back to where the pane stood.
pub fn stand_again(state: &mut State, Stand { cursor, top, following, stream_at }: Stand) {
    let traffic = &mut state.traffic;
    traffic.give_up_hunt();
    traffic.found = None;
    (traffic.cursor, traffic.top, traffic.following, traffic.stream_at) = (cursor, top, following, stream_at);
}

/// Begins to search, that way from where the cursor or the last match is.
pub fn search(state: &mut State, way: Way, from: From) {
    let field = match (state.traffic.tab, state.traffic.flow(&state.past, &state.world)) {
        (Tab::Stream, Some(flow)) => Field::Stream(flow),
        (Tab::Stream, None) | (Tab::List, _) => Field::List,
    };
    let began = match field {
        Field::List => Place { frame: state.traffic.cursor, offset: 0 },
        Field::Stream(_) => stream_began(state),
    };
    let at = match (from, way, field) {
        (From::Here, Way::Forth, _) | (From::Beyond, Way::Back, _) => began,
        (From::Here, Way::Back, _) => Place { offset: usize::MAX, ..began },
        (From::Beyond, Way::Forth, Field::Stream(_)) => {
            state.traffic.found.as_ref().map_or(began, |found| found.end.max(began))
        }
        (From::Beyond, Way::Forth, Field::List) => Place { frame: began.frame + 1, offset: 0 },
    };
    state.traffic.hunt = Some(Hunt { way, field, began, at, round: Round::First });
    go_on(state);
}

/// Where a search of the stream begins: at the last match, or else at the top of what is in sight.
fn stream_began(state: &State) -> Place {
    let found = state.traffic.found.as_ref().map(|found| found.start);
    found.or_else(|| state.regions.stream().map(|(_, _, top)| top)).unwrap_or(Place { frame: 0, offset: 0 })
}

/// Goes on with the search under way, as far as [`SEARCHED_AT_ONCE`] goes.
pub(super) fn go_on(state: &mut State) {
    let (Some(mut hunt), Some(pattern)) = (state.traffic.hunt.take(), &state.find.pattern) else { return };
    let (way, field) = (hunt.way, hunt.field);
    let all = state.past.timeline(&state.world.log);
    match hunt.run(pattern, &state.traffic, (&all, &state.world)) {
        Step::NotYet => state.traffic.hunt = Some(hunt),
        Step::Nothing => came_to(state, Outcome::Nothing, way),
        Step::Found(found, outcome) => {
            land(state, field, found);
            came_to(state, outcome, way);
        }
    }
}

impl Hunt {
    fn run(&mut self, pattern: &Pattern, traffic: &Model, (all, world): (&Timeline<'_>, &World)) -> Step {
        // The filter finds its frames first.
        if self.field == Field::List && traffic.progress(all).is_some() {
            return Step::NotYet;
        }
        let mut room = SEARCHED_AT_ONCE;
        while room > 0 {
            let Some(number) = self.candidate(traffic, all, world) else {
                if self.round == Round::Second {
                    return Step::Nothing;
                }
                self.turn();
                continue;
            };
            if self.is_back_at_its_beginning(number) {
                return Step::Nothing;
            }
            let (found, cost) = self.look(number, pattern, world);
            if let Some(found) = found {
                let outcome = if self.round == Round::Second { Outcome::FoundRound } else { Outcome::Found };
                return Step::Found(found, outcome);
            }
            room = room.saturating_sub(cost);
            self.pass(number);
        }
        Step::NotYet
    }

    /// The next frame in memory to look at; None at the end.
    fn candidate(&self, traffic: &Model, all: &Timeline<'_>, world: &World) -> Option<u64> {
        match self.field {
            Field::Stream(flow) => {
                let stream = &world.flows.track(flow)?.stream;
                match self.way {
                    Way::Forth => stream.at_or_after(self.at.frame),
                    Way::Back => stream.at_or_before(self.at.frame),
                }
            }
            Field::List => {
                let oldest = world.log.first_number();
                let last = match self.way {
                    Way::Forth => return traffic.number_at(all, traffic.row_of(all, self.at.frame.max(oldest))),
                    Way::Back if self.at.offset == 0 => self.at.frame,
                    Way::Back => self.at.frame.saturating_add(1),
                };
                let rows = traffic.row_of(all, last).min(traffic.count(all));
                traffic.number_at(all, rows.checked_sub(1)?).filter(|number| *number >= oldest)
            }
        }
    }

    /// Goes on at the other end.
    fn turn(&mut self) {
        self.round = Round::Second;
        self.at = match self.way {
            Way::Forth => Place { frame: 0, offset: 0 },
            Way::Back => Place { frame: u64::MAX, offset: usize::MAX },
        };
    }

    fn is_back_at_its_beginning(&self, number: u64) -> bool {
        self.round == Round::Second
            && match self.way {
                Way::Forth => number > self.began.frame,
                Way::Back => number < self.began.frame,
            }
    }

    /// Looks for a match in a frame, and says what that counts as.
    fn look(&self, number: u64, pattern: &Pattern, world: &World) -> (Option<Range<Place>>, usize) {
        let Some(frame) = frame(world, number) else { return (None, 1) };
        let cost = A_LOOK + frame.payload().len();
        let whole = Place { frame: number, offset: 0 };
        let found = match self.field {
            Field::List => holds(frame, world, pattern).then_some(whole..whole),
            Field::Stream(flow) => self.look_in_stream(flow, number, pattern, world),
        };
        (found, cost)
    }

    fn look_in_stream(&self, flow: FlowId, number: u64, pattern: &Pattern, world: &World) -> Option<Range<Place>> {
        let passage = passage(&world.flows.track(flow)?.stream, number, world)?;
        let offset = Some(self.at.offset).filter(|_| number == self.at.frame);
        let found = match self.way {
            Way::Forth => {
                let found = pattern.find(&passage.bytes, offset.unwrap_or(0));
                found.filter(|found| found.start < passage.own)
            }
            Way::Back => pattern.find_before(&passage.bytes, offset.unwrap_or(passage.own).min(passage.own)),
        }?;
        Some(passage.place(found.start)..passage.end(found.end))
    }

    /// Nothing is here: on to the next.
    fn pass(&mut self, number: u64) {
        self.at = match self.way {
            Way::Forth => Place { frame: number + 1, offset: 0 },
            Way::Back if number == 0 => Place { frame: 0, offset: 0 },
            Way::Back => Place { frame: number - 1, offset: usize::MAX },
        };
    }
}

/// The one place where a frame that is to be searched is got.
fn frame(world: &World, number: u64) -> Option<&Frame> {
    world.log.frame(number)
}

fn passage<'a>(stream: &StreamIndex, number: u64, world: &'a World) -> Option<Passage<'a>> {
    stream.passage(number, REACH, |number| frame(world, number).map(Frame::payload))
}

/// Whether a frame has it: in its words, its ends, its note or its bytes.
fn holds(frame: &Frame, world: &World, pattern: &Pattern) -> bool {
    let has = |text: &str| pattern.is_in(text.as_bytes());
    super::sieve::any_word(frame, world, has) || pattern.is_in(frame.payload())
}

/// Goes to a match.
fn land(state: &mut State, field: Field, found: Range<Place>) {
    match field {
        Field::List => marking::show(state, found.start.frame),
        Field::Stream(_) => {
            let number = found.start.frame;
            state.traffic.following = Following::Stays;
            show_place(state, &found);
            if marking::shows(&state.traffic, &state.timeline(), number) {
                state.traffic.cursor = number;
            }
            state.traffic.found = Some(found);
        }
    }
}

/// All matches that are on these rows of a stream, or go on there.
pub fn matches_on(pattern: &Pattern, stream: &StreamIndex, rows: &[StreamRow], world: &World) -> Vec<Range<Place>> {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Vec::new() };
    let before = first.frame.checked_sub(1).and_then(|number| stream.at_or_before(number));
    let from = before.filter(|_| first.span.start < REACH).unwrap_or(first.frame);
    let mut found = Vec::new();
    for number in stream.between(from, last.frame) {
        let Some(passage) = passage(stream, number, world) else { continue };
        let start = match number {
            number if number == first.frame => first.span.start.saturating_sub(REACH),
            number if number < first.frame => passage.own.saturating_sub(REACH),
            _ => 0,
        };
        let end = if number == last.frame { last.span.end.min(passage.own) } else { passage.own };
        let within = pattern.within(&passage.bytes, start..end);
        found.extend(within.map(|found| passage.place(found.start)..passage.end(found.end)));
    }
    found
}

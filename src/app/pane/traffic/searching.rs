//! The search for frames of the list and for places of a stream: step by step between drawn frames, both ways, round the end.

use std::ops::Range;

use super::hunt::{Field, Ground, Hunt, Step, passage};
use super::stream::show_place;
use super::{Following, Model, Tab, marking};
use crate::app::State;
use crate::app::find::{From, Outcome, came_to};
use crate::app::history::Way;
use crate::app::world::World;
use crate::model::search::{Pattern, REACH};
use crate::model::stream::{Place, StreamIndex, StreamRow};

/// Where the pane stands, to come back there.
#[derive(Debug, Clone)]
pub struct Stand {
    cursor: u64,
    top: u64,
    following: Following,
    stream_at: Option<Place>,
}

impl Model {
    /// Where it stands.
    pub fn stand(&self) -> Stand {
        let Self { cursor, top, following, stream_at, .. } = *self;
        Stand { cursor, top, following, stream_at }
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
    if state.traffic.tab == Tab::Stats {
        state.traffic.tab = Tab::List;
    }
    let field = match (state.traffic.tab, state.traffic.flow(&state.past, &state.world)) {
        (Tab::Stream, Some(flow)) => Field::Stream(flow),
        (Tab::Stream, None) | (Tab::List | Tab::Ladder | Tab::Stats, _) => Field::List,
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
    state.traffic.hunt = Some(Hunt::new(way, field, began, at));
    go_on(state);
}

/// Where a search of the stream begins: at the last match, or else at the top of what is in sight.
fn stream_began(state: &State) -> Place {
    let found = state.traffic.found.as_ref().map(|found| found.start);
    found.or_else(|| state.regions.stream().map(|(_, _, top)| top)).unwrap_or(Place { frame: 0, offset: 0 })
}

/// Goes on with the search under way, as far as it goes at once.
pub(super) fn go_on(state: &mut State) {
    let (Some(mut hunt), Some(pattern)) = (state.traffic.hunt.take(), &state.find.pattern) else { return };
    let step = hunt.run(pattern, Ground { traffic: &state.traffic, past: &state.past, world: &state.world });
    take(state, hunt, step);
}

/// Frames of the recording were looked through, up to that one: there is a match, or the search goes on behind them.
pub fn looked_through(state: &mut State, last: u64, found: Option<Range<Place>>) {
    let Some(mut hunt) = state.traffic.hunt.take() else { return };
    if let Some(found) = found {
        let step = hunt.found(found);
        return take(state, hunt, step);
    }
    hunt.pass(last);
    state.traffic.hunt = Some(hunt);
    go_on(state);
}

fn take(state: &mut State, hunt: Hunt, step: Step) {
    let (way, field) = (hunt.way, hunt.field);
    match step {
        Step::NotYet => state.traffic.hunt = Some(hunt),
        Step::Nothing => came_to(state, Outcome::Nothing, way),
        Step::Found(found, outcome) => {
            land(state, field, found);
            came_to(state, outcome, way);
        }
    }
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

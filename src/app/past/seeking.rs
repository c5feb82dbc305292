//! The recording looked through for what is searched, a slice at a time: from the cursor on, and up to the first match.

use std::ops::Range;

use super::window::LOOK_BACK;
use super::{Past, Purpose, Task};
use crate::app::history::Way;
use crate::app::pane::traffic::{Field, Model, Slice, looked_through};
use crate::app::{Effect, State};
use crate::capture::index::Entry;
use crate::model::FlowId;
use crate::model::search::{Pattern, REACH};
use crate::model::stream::Place;

/// Frames read for one slice: some milliseconds of work, so that what is scrolled to need not wait for it.
const SLICE: usize = 4096;

/// Payload read for one slice, in bytes.
const SLICE_BYTES: u64 = 4 * 1024 * 1024;

/// Frames of the index gone through for one slice: of a flow, or of what a filter shows, few may be among them.
const SLICE_REACH: usize = 262_144;

/// Frames of a flow behind a slice in which a match that begins within it may end.
const TRAIL: usize = 1024;

/// The slice that was asked for.
#[derive(Debug)]
pub(super) struct Seeking {
    id: u64,
    /// The last frame that it comes to.
    last: u64,
    /// What it was asked for: while that is the same, it counts.
    what: (Pattern, Field, Way, Place),
}

/// Asks for the next slice, unless one is awaited or the search is elsewhere.
pub(super) fn ask(state: &mut State) -> Option<Effect> {
    let State { past, traffic, world, find, .. } = state;
    if past.seeking.is_some() {
        return None;
    }
    let (field, way, at, range) = traffic.hunted_in_recording()?;
    let pattern = find.pattern.clone()?;
    let what = (pattern.clone(), field, way, at);
    let is_sought = |entry: &Entry| is_sought(entry, field, traffic);
    let reached = past.reached(&range, way, is_sought);
    let entries = match field {
        Field::List => past.with_lead(&reached, is_sought),
        Field::Stream(flow) => past.with_trail(&reached, flow, is_sought),
    };
    let sought = entries.iter().filter(|entry| reached.contains(&entry.number) && is_sought(entry));
    let numbers = sought.map(|entry| entry.number).collect();
    let slice = Slice { pattern, field, way, at, numbers };
    let request = past.request(Purpose::Seek, entries, Task::Seek(slice)).with_remarks(&world.remarks);
    let last = match way {
        Way::Forth => reached.end - 1,
        Way::Back => reached.start,
    };
    past.seeking = Some(Seeking { id: request.id, last, what });
    Some(Effect::Recall(Box::new(request)))
}

/// A slice was looked through; what it gave counts while the search that asked for it still goes on.
pub(super) fn found(state: &mut State, id: u64, found: Option<Range<Place>>) {
    let Some(Seeking { last, what, .. }) = state.past.seeking.take_if(|seeking| seeking.id == id) else { return };
    let hunt = state.traffic.hunted_in_recording();
    let now = hunt.and_then(|(field, way, at, _)| Some((state.find.pattern.clone()?, field, way, at)));
    if now == Some(what) {
        looked_through(state, last, found);
    }
}

/// Whether a frame is looked at: the list shows it, or the stream has bytes of it.
fn is_sought(entry: &Entry, field: Field, traffic: &Model) -> bool {
    match field {
        Field::List => traffic.lists(entry.number),
        Field::Stream(flow) => entry.flow == Some(flow) && entry.length() > 0,
    }
}

impl Past {
    /// How far one slice goes: the nearest of these numbers on the way.
    fn reached(&self, range: &Range<u64>, way: Way, is_sought: impl Fn(&Entry) -> bool) -> Range<u64> {
        let (mut frames, mut bytes, mut between) = (0, 0, 0);
        let mut goes_on = |entry: &Entry| {
            let has_room = frames < SLICE && bytes < SLICE_BYTES;
            between += 1;
            if has_room && is_sought(entry) {
                frames += std::mem::take(&mut between).min(LOOK_BACK);
                bytes += entry.length();
            }
            has_room
        };
        let mut within = |entry: &Entry| range.contains(&entry.number) && goes_on(entry);
        match way {
            Way::Forth => {
                let last = self.index.from(range.start).take(SLICE_REACH).take_while(&mut within).last();
                let is_all = last.as_ref().is_none_or(|last| last.number + 1 >= range.end);
                range.start..last.filter(|_| !is_all).map_or(range.end, |last| last.number + 1)
            }
            Way::Back => {
                let last = self.index.before(range.end).take(SLICE_REACH).take_while(&mut within).last();
                last.map_or(range.start, |last| last.number)..range.end
            }
        }
    }

    /// The frames that are sought, and those right before them: what decoders know comes from those.
    fn with_lead(&self, range: &Range<u64>, is_sought: impl Fn(&Entry) -> bool) -> Vec<Entry> {
        let (mut entries, mut lead) = (Vec::new(), 0);
        for entry in self.index.before(range.end) {
            let is_within = range.contains(&entry.number);
            if is_within && is_sought(&entry) {
                lead = LOOK_BACK;
            } else if lead > 0 {
                lead -= 1;
            } else if is_within {
                continue;
            } else {
                break;
            }
            entries.push(entry);
        }
        entries.reverse();
        entries
    }

    /// The frames of a flow that are sought, and those behind them into which a match may reach.
    fn with_trail(&self, range: &Range<u64>, flow: FlowId, is_sought: impl Fn(&Entry) -> bool) -> Vec<Entry> {
        let within = self.index.from(range.start).take_while(|entry| entry.number < range.end);
        let mut entries: Vec<Entry> = within.filter(&is_sought).collect();
        let mut bytes = 0;
        let of_flow = self.index.from(range.end).take(SLICE_REACH).filter(|entry| entry.flow == Some(flow));
        entries.extend(of_flow.take(TRAIL).take_while(|entry| {
            let has_room = bytes < 2 * REACH as u64;
            bytes += entry.length();
            has_room
        }));
        entries
    }
}

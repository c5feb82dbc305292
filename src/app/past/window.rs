//! The frames read back for one part of the screen, and when others are asked for.

use std::collections::{BTreeMap, BTreeSet};

use super::{Known, Past, Purpose, Task};
use crate::app::overlay::Overlay;
use crate::app::overlay::diff::{Extent, flow_of};
use crate::app::pane::PaneId;
use crate::app::pane::traffic::{Tab, wanted_by_ladder};
use crate::app::world::{DEEDS_WITHIN, World};
use crate::app::{Effect, State};
use crate::capture::index::{Act, Entry};
use crate::model::{FlowId, FrameKind};

/// Frames before a listed one that are searched for earlier ones of its conversation: what decoders know comes from
/// those.
pub(super) const LOOK_BACK: usize = 64;

/// Payload read back at once for a list, in bytes.
const LIST_BYTES: u64 = 8 * 1024 * 1024;

/// Payload read back at once of one conversation, each way from the frame it is about, in bytes.
const FLOW_BYTES: u64 = 1024 * 1024;

/// Frames read back at once of one conversation, each way.
const FLOW_FRAMES: usize = 2048;

/// When less than this part of what was read back is left one way, more is read.
const NEAR_AN_END: usize = 8;

/// Frames of the index looked at for those of one conversation, each way: some milliseconds of work.
const FLOW_REACH: usize = 65_536;

/// Frames read back for one part of the screen.
#[derive(Debug, Default)]
pub struct Window {
    world: Option<World>,
    /// What was asked for last, and the request's number until it is answered.
    need: Option<Need>,
    asked: Option<u64>,
}

/// What a part of the screen needs.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Need {
    /// These frames.
    Frames(Vec<u64>),
    /// A conversation, around that frame.
    Flow(FlowId, u64),
    /// The beginnings of conversations, each from that frame on.
    Flows(Vec<(FlowId, u64)>),
}

impl Window {
    /// The frames at hand.
    pub fn world(&self) -> Option<&World> {
        self.world.as_ref()
    }

    /// Whether frames are awaited.
    pub fn is_awaited(&self) -> bool {
        self.asked.is_some()
    }

    pub(super) fn take(&mut self, id: u64, world: World) {
        if self.asked == Some(id) {
            self.asked = None;
            self.world = Some(world);
        }
    }

    pub(super) fn give_up(&mut self) {
        self.asked = None;
    }

    fn has(&self, number: u64) -> bool {
        self.world.as_ref().is_some_and(|world| world.log.frame(number).is_some())
    }

    /// Whether to ask: nothing is awaited, and the same was not asked for in vain.
    fn would_ask(&self, need: &Need) -> bool {
        self.asked.is_none() && self.need.as_ref() != Some(need)
    }
}

/// Asks for the frames that the screen is about to show and that are not at hand.
pub(super) fn ask(state: &mut State) -> Vec<Effect> {
    let wanted = [
        (Purpose::List, listed(state)),
        (Purpose::Inspected, inspected(state)),
        (Purpose::Stream, stream(state)),
        (Purpose::Compared, compared(state)),
    ];
    let mut effects = Vec::new();
    for (purpose, need) in wanted {
        let Some(need) = need else { continue };
        let past = &mut state.past;
        if !past.window_mut(purpose).is_some_and(|window| window.would_ask(&need)) {
            continue;
        }
        let entries = match &need {
            Need::Frames(numbers) => past.with_context(numbers),
            Need::Flow(flow, around) => past.of_flow(*flow, *around),
            Need::Flows(flows) => {
                let entries = flows.iter().flat_map(|(flow, first)| past.of_flow(*flow, *first));
                entries.map(|entry| (entry.number, entry)).collect::<BTreeMap<_, _>>().into_values().collect()
            }
        };
        let request = past.request(purpose, entries, Task::Relive);
        if let Some(window) = past.window_mut(purpose) {
            window.need = Some(need);
            window.asked = Some(request.id);
        }
        effects.push(Effect::Recall(Box::new(request)));
    }
    effects
}

/// The rows in sight and a page around them, where one in sight is not at hand.
fn listed(state: &State) -> Option<Need> {
    let State { traffic, past, world, regions, .. } = state;
    let timeline = past.timeline(&world.log);
    let page = regions.page(PaneId::Traffic).max(1);
    match traffic.tab {
        Tab::List => {}
        Tab::Ladder => {
            let numbers = wanted_by_ladder(state, page);
            return (!numbers.is_empty()).then_some(Need::Frames(numbers));
        }
        Tab::Stream | Tab::Stats => return None,
    }
    let top = traffic.top_row(&timeline, page);
    let at_hand = |number: u64| world.log.frame(number).is_some() || past.list.has(number);
    let number = |row| traffic.number_at(&timeline, row);
    if (top..top + page).filter_map(number).all(at_hand) {
        return None;
    }
    let numbers = timeline.past_numbers();
    let around = top.saturating_sub(page)..top + 2 * page;
    Some(Need::Frames(around.filter_map(number).filter(|number| numbers.contains(number)).collect()))
}

/// The conversation of the frame under the cursor, where that is in the recording only.
fn inspected(state: &State) -> Option<Need> {
    let State { traffic, past, world, .. } = state;
    let number = traffic.cursor;
    if world.log.frame(number).is_some() || past.inspected.has(number) {
        return None;
    }
    let entry = past.index.entry(number)?;
    Some(entry.flow.map_or_else(|| Need::Frames(vec![number]), |flow| Need::Flow(flow, number)))
}

/// The stream's conversation around its first row, where that is in the recording only.
fn stream(state: &State) -> Option<Need> {
    let State { traffic, past, world, .. } = state;
    if traffic.tab != Tab::Stream {
        return None;
    }
    let flow = traffic.flow(past, world)?;
    let known = past.known(flow)?;
    let around = traffic.stream_at.map_or(known.last, |place| place.frame).clamp(known.first, known.last);
    let is_live = world.flows.track(flow).is_some_and(|track| track.stream.holds(around));
    (!is_live && !past.stream.covers(known, around)).then_some(Need::Flow(flow, around))
}

/// The frames that are compared, or their conversations, where they are in the recording only.
fn compared(state: &State) -> Option<Need> {
    let State { overlay, past, world, .. } = state;
    let Some(Overlay::Diff(diff)) = overlay else { return None };
    let at_hand = |number: &u64| past.world_of(world, *number).is_some();
    if !diff.numbers.iter().all(at_hand) {
        return Some(Need::Frames(diff.numbers.to_vec()));
    }
    if diff.extent == Extent::Frames {
        return None;
    }
    let flows = diff.numbers.iter().filter_map(|number| flow_of(state, *number));
    let begins = |flow: FlowId| past.known(flow).map(|known| (flow, known.first));
    let mut flows: Vec<(FlowId, u64)> = flows.filter_map(begins).collect();
    flows.dedup();
    let is_at_hand = |(_, first): &(FlowId, u64)| world.log.frame(*first).is_some() || past.compared.has(*first);
    (!flows.iter().all(is_at_hand)).then_some(Need::Flows(flows))
}

impl Window {
    /// Whether the frames of a conversation around one are at hand, and enough of them both ways.
    fn covers(&self, known: &Known, around: u64) -> bool {
        let Some(stream) = self.world().and_then(|world| world.flows.track(known.flow.id)).map(|track| &track.stream)
        else {
            return false;
        };
        let (Some(first), Some(last)) = (stream.first_frame(), stream.last_frame()) else { return false };
        let before = stream.between(first, around).count();
        let after = stream.len() - before.min(stream.len());
        let has_older = first <= known.first || before > stream.len() / NEAR_AN_END;
        let has_newer = last >= known.last || after > stream.len() / NEAR_AN_END;
        stream.holds(around) && has_older && has_newer
    }
}

impl Past {
    /// Frames, and those before each that belong to the same conversation.
    fn with_context(&self, numbers: &[u64]) -> Vec<Entry> {
        let mut found = BTreeMap::new();
        let mut bytes = 0;
        for number in numbers {
            let Some(entry) = self.index.entry(*number) else { continue };
            bytes += entry.length();
            if bytes > LIST_BYTES {
                break;
            }
            let flow = entry.flow;
            found.insert(*number, entry);
            let earlier =
                self.index.before(*number).take(LOOK_BACK).filter(|other| flow.is_some() && other.flow == flow);
            for other in earlier {
                bytes += other.length();
                found.insert(other.number, other);
            }
        }
        // What a tap did to a message is told behind it.
        let behind: BTreeSet<u64> = numbers
            .iter()
            .filter(|number| found.contains_key(number))
            .flat_map(|number| number + 1..=number + DEEDS_WITHIN)
            .filter(|number| !found.contains_key(number))
            .collect();
        let mut packed = BTreeMap::new();
        for number in behind {
            if packed.last_key_value().is_none_or(|(last, _)| *last < number) {
                packed = self.index.around(number).map(|entry| (entry.number, entry)).collect();
            }
            let tells_of = |entry: &Entry| match &entry.act {
                Act::Other(FrameKind::Impaired { of: Some(of), .. }) => found.contains_key(of),
                Act::Data(_) | Act::Connecting | Act::Opened(_) | Act::Other(_) | Act::Untold => false,
            };
            if let Some(entry) = packed.remove(&number).filter(tells_of) {
                found.insert(number, entry);
            }
        }
        found.into_values().collect()
    }

    /// The frames of a conversation around one of them.
    fn of_flow(&self, flow: FlowId, around: u64) -> Vec<Entry> {
        let enough = || {
            let (mut bytes, mut frames) = (0, 0);
            move |entry: &Entry| {
                let goes_on = bytes < FLOW_BYTES && frames < FLOW_FRAMES;
                bytes += entry.length();
                frames += 1;
                goes_on
            }
        };
        let is_of = |entry: &Entry| entry.flow == Some(flow);
        let mut entries: Vec<Entry> =
            self.index.before(around).take(FLOW_REACH).filter(is_of).take_while(enough()).collect();
        entries.reverse();
        entries.extend(self.index.from(around).take(FLOW_REACH).filter(is_of).take_while(enough()));
        entries
    }
}

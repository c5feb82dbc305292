//! Conversations: who takes part, which frames belong to them, and what arrived when.

use std::collections::{BTreeMap, HashMap, VecDeque};

use bytes::Bytes;
use foldhash::fast::RandomState;

use super::Bridges;
use crate::figures::Said;
use crate::model::stream::StreamIndex;
use crate::model::{
    Address, Closing, Direction, Flow, FlowId, FlowKey, Frame, FrameLog, NodeId, Side, Timestamp, Transport,
};
use crate::proto::{Dissector, Standing, Subject};

/// Frames sent within the lab whose arrival is awaited, for each direction of a flow. More than this
/// on the way means they are not coming: datagrams that the system dropped.
const AWAITED: usize = 4096;

/// Arrivals told before the sending they belong to, for each direction of a flow. Two reports overtake each other
/// by little.
const EARLY: usize = 16;

/// Conversations kept after their last frame has left memory; a long run must not grow.
const FLOWS_KEPT: usize = 10_000;

/// Addresses at which nodes of ours have answered; a lab has a few, and a hostile file must not grow memory.
const LISTENERS_KEPT: usize = 4096;

/// A conversation, its frames and what has been read from it.
#[derive(Debug)]
pub struct Track {
    /// Who and how much.
    pub flow: Flow,
    /// Its data frames still in memory, to be read as one.
    pub stream: StreamIndex,
    /// How many conversations with the same carrier came before it.
    ordinal: u64,
    origin: Origin,
    /// The number of its newest frame.
    newest: u64,
    dissector: Dissector,
    to_server: Passage,
    to_client: Passage,
}

/// Where a conversation is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// The lab had part in it.
    Lab,
    /// It was read from a recording.
    Recording,
}

/// One direction of a flow whose two ends are ours: what was sent and not yet seen to arrive.
#[derive(Debug, Default)]
struct Passage {
    /// Frame numbers with the count of bytes sent up to their end.
    awaited: VecDeque<(u64, u64)>,
    /// What was received before it was told to be sent.
    early: VecDeque<Early>,
    sent: u64,
    received: u64,
}

/// An arrival that was told before the sending.
#[derive(Debug)]
struct Early {
    /// Of a datagram, what it says.
    payload: Bytes,
    /// Of a stream, the count of bytes received up to its end.
    end: u64,
    at: Timestamp,
}

impl Passage {
    /// A datagram came: the number of the frame it is, unless that is yet to be told.
    fn datagram(&mut self, payload: &Bytes, log: &FrameLog, at: Timestamp) -> Vec<u64> {
        let is_it = |number: u64| log.frame(number).is_some_and(|frame| frame.payload() == payload.as_ref());
        let place = self.awaited.iter().position(|(number, _)| is_it(*number));
        if place.is_none() {
            self.note_early(payload.clone(), at);
        }
        place.and_then(|place| self.awaited.remove(place)).map(|(number, _)| number).into_iter().collect()
    }

    /// Bytes of a stream came: the numbers of the frames that are now here whole.
    fn stream(&mut self, at: Timestamp) -> Vec<u64> {
        if self.received > self.sent {
            self.note_early(Bytes::new(), at);
        }
        let arrived = self.awaited.iter().take_while(|(_, end)| *end <= self.received).count();
        self.awaited.drain(..arrived).map(|(number, _)| number).collect()
    }

    fn note_early(&mut self, payload: Bytes, at: Timestamp) {
        self.early.push_back(Early { payload, end: self.received, at });
        if self.early.len() > EARLY {
            self.early.pop_front();
        }
    }

    /// When the datagram that is now told to be sent had come, if it had.
    fn early_datagram(&mut self, payload: &Bytes) -> Option<Timestamp> {
        let place = self.early.iter().position(|early| early.payload == payload)?;
        self.early.remove(place).map(|early| early.at)
    }

    /// When the bytes that are now told to be sent had all come, if they had.
    fn early_stream(&mut self) -> Option<Timestamp> {
        let sent = self.sent;
        let at = self.early.iter().find(|early| early.end >= sent).map(|early| early.at);
        self.early.retain(|early| early.end > sent);
        at.filter(|_| self.received >= sent)
    }
}

impl Track {
    fn new(flow: Flow, ordinal: u64, origin: Origin) -> Self {
        let (to_server, to_client) = (Passage::default(), Passage::default());
        let (stream, dissector) = (StreamIndex::default(), Dissector::new(flow.transport));
        Self { flow, stream, ordinal, origin, newest: 0, dissector, to_server, to_client }
    }

    /// What the inspector shows of one of its frames.
    pub fn subject(&self, frame: u64) -> Option<Subject> {
        self.dissector.subject(frame)
    }

    /// How far what one of its frames is about has come.
    pub fn standing(&self, frame: u64) -> Option<Standing> {
        self.dissector.standing(frame)
    }

    /// How many conversations with the same carrier came before it.
    pub fn ordinal(&self) -> u64 {
        self.ordinal
    }

    /// Who sent what that node saw going so.
    fn sender(&self, (node, direction): (NodeId, Direction)) -> Side {
        self.flow.sender(node, direction).unwrap_or(Side::Client)
    }

    /// When a node received what another node of ours sent: the frames that have now arrived whole. None when the sender
    /// is not ours, so that this observation is the only one.
    pub(super) fn arrival(
        &mut self,
        (node, direction): (NodeId, Direction),
        payload: &Bytes,
        at: Timestamp,
        log: &FrameLog,
    ) -> Option<Vec<u64>> {
        if direction == Direction::Out || !self.flow.is_within_lab() {
            return None;
        }
        let from = self.flow.sender(node, direction)?;
        let is_datagram = self.flow.transport.is_datagram();
        let passage = self.passage(from);
        passage.received += payload.len() as u64;
        Some(if is_datagram { passage.datagram(payload, log, at) } else { passage.stream(at) })
    }

    /// Counts and reads a frame that will be listed; gives its protocol and summary.
    pub(super) fn sent(
        &mut self,
        seen: (NodeId, Direction),
        number: u64,
        payload: &Bytes,
        at: Timestamp,
    ) -> (&'static str, String) {
        let from = self.sender(seen);
        self.count(from, payload.len() as u64);
        self.flow.frames += 1;
        self.flow.last = at;
        self.newest = number;
        self.stream.push(number, from, payload.len());
        let reading = self.dissector.push(from, number, payload);
        (reading.protocol, reading.summary)
    }

    /// Begins to wait for a frame's arrival at our other end; the time, if that was told already.
    pub(super) fn await_arrival(
        &mut self,
        (node, direction): (NodeId, Direction),
        number: u64,
        payload: &Bytes,
        at: Timestamp,
    ) -> Option<Timestamp> {
        let from = self.flow.sender(node, direction)?;
        let is_datagram = self.flow.transport.is_datagram();
        let passage = self.passage(from);
        passage.sent += payload.len() as u64;
        if direction == Direction::In {
            return None;
        }
        let early = if is_datagram { passage.early_datagram(payload) } else { passage.early_stream() };
        if let Some(early) = early {
            return Some(early.max(at));
        }
        passage.awaited.push_back((number, passage.sent));
        if passage.awaited.len() > AWAITED {
            passage.awaited.pop_front();
        }
        None
    }

    /// What the ledger is told of a frame.
    pub(super) fn said(&self, seen: (NodeId, Direction), number: u64, bytes: u64, at: Timestamp) -> Said {
        Said { number, from: self.sender(seen), bytes, at }
    }

    /// A frame will be listed that is not read.
    pub(super) fn noted(&mut self, number: u64) {
        self.newest = number;
    }

    fn count(&mut self, from: Side, bytes: u64) {
        match from {
            Side::Client => self.flow.to_server += bytes,
            Side::Server => self.flow.to_client += bytes,
        }
    }

    /// Counts bytes of a frame that are not in the recording.
    pub(super) fn cut(&mut self, seen: (NodeId, Direction), bytes: u64) {
        self.count(self.sender(seen), bytes);
    }

    fn passage(&mut self, from: Side) -> &mut Passage {
        match from {
            Side::Client => &mut self.to_server,
            Side::Server => &mut self.to_client,
        }
    }
}

/// All conversations.
#[derive(Debug, Default)]
pub struct Flows {
    /// What taps have connected to their targets.
    pub bridges: Bridges,
    /// Which nodes have answered at which addresses.
    listeners: BTreeMap<Address, NodeId>,
    tracks: BTreeMap<FlowId, Box<Track>>,
    live: HashMap<FlowKey, FlowId, RandomState>,
    /// Those that are over and have no frame in memory, in the order in which the last one left.
    past: VecDeque<FlowId>,
    /// How many there have been of each carrier.
    begun: BTreeMap<Transport, u64>,
    next: u64,
}

impl Flows {
    /// One conversation.
    pub fn track(&self, id: FlowId) -> Option<&Track> {
        self.tracks.get(&id).map(Box::as_ref)
    }

    /// One conversation, to count in.
    pub(super) fn track_mut(&mut self, id: FlowId) -> Option<&mut Track> {
        self.tracks.get_mut(&id).map(Box::as_mut)
    }

    /// All kept conversations, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Track> {
        self.tracks.values().map(Box::as_ref)
    }

    /// The node of ours that has answered at that address.
    pub fn listener(&self, address: &Address) -> Option<NodeId> {
        self.listeners.get(address).copied()
    }

    /// How many go on.
    pub fn open_count(&self) -> usize {
        self.live.len()
    }

    /// A node has opened its end: of a new conversation, or of one whose other end is ours too.
    pub(super) fn open(
        &mut self,
        transport: Transport,
        node: NodeId,
        side: Side,
        local: Address,
        peer: Address,
        at: Timestamp,
    ) -> FlowId {
        let key = FlowKey::new(transport, local.clone(), peer.clone());
        if let Some(track) = self.live.get(&key).and_then(|id| self.tracks.get_mut(id)) {
            let place = match side {
                Side::Client => &mut track.flow.client_node,
                Side::Server => &mut track.flow.server_node,
            };
            // A datagram socket that forgot a silent peer and hears it again goes on with the same flow.
            let is_again = *place == Some(node) && transport.is_datagram();
            if place.is_none() || is_again {
                *place = Some(node);
                return track.flow.id;
            }
        }
        self.next += 1;
        let id = FlowId(self.next);
        let (client, server, client_node, server_node) = match side {
            Side::Client => (local, peer, Some(node), None),
            Side::Server => (peer, local, None, Some(node)),
        };
        let flow = Flow {
            id,
            transport,
            client,
            server,
            client_node,
            server_node,
            began: at,
            last: at,
            to_server: 0,
            to_client: 0,
            frames: 0,
            is_open: true,
        };
        self.begin(flow, Origin::Lab);
        self.live.insert(key, id);
        id
    }

    fn begin(&mut self, flow: Flow, origin: Origin) {
        self.learn_listener(&flow);
        let begun = self.begun.entry(flow.transport).or_default();
        let ordinal = *begun;
        *begun += 1;
        self.tracks.insert(flow.id, Box::new(Track::new(flow, ordinal, origin)));
    }

    fn learn_listener(&mut self, flow: &Flow) {
        if let Some(node) = flow.server_node
            && (self.listeners.len() < LISTENERS_KEPT || self.listeners.contains_key(&flow.server))
        {
            self.listeners.insert(flow.server.clone(), node);
        }
    }

    /// A conversation was read from a recording: a new one, or more of one that is known.
    pub(super) fn recall(&mut self, flow: &Flow) {
        let Some(track) = self.tracks.get_mut(&flow.id) else {
            return self.begin(uncounted(flow), Origin::Recording);
        };
        let known = &mut track.flow;
        known.client_node = flow.client_node.or(known.client_node);
        known.server_node = flow.server_node.or(known.server_node);
    }

    /// A conversation some frames of which are read again, with its place among those of its carrier.
    pub(super) fn recall_past(&mut self, flow: &Flow, ordinal: u64) {
        self.learn_listener(flow);
        self.tracks.entry(flow.id).or_insert_with(|| Box::new(Track::new(uncounted(flow), ordinal, Origin::Recording)));
    }

    /// One direction has ended.
    pub(super) fn finish(&mut self, flow: FlowId, node: NodeId, direction: Direction) {
        if let Some(track) = self.tracks.get_mut(&flow)
            && let Some(from) = track.flow.sender(node, direction)
        {
            track.dissector.finish(from);
        }
    }

    /// One end has closed; true for the first of them. When one end of ours only forgets the other, the flow goes on.
    pub(super) fn close(&mut self, flow: FlowId, how: &Closing, at: Timestamp) -> bool {
        let Some(track) = self.tracks.get_mut(&flow) else { return false };
        if *how == Closing::Idle && track.flow.is_within_lab() {
            return track.flow.is_open;
        }
        let was_open = std::mem::replace(&mut track.flow.is_open, false);
        if was_open {
            track.flow.last = at;
            track.dissector.finish(Side::Client);
            track.dissector.finish(Side::Server);
            let key = FlowKey::new(track.flow.transport, track.flow.client.clone(), track.flow.server.clone());
            if self.live.get(&key) == Some(&flow) {
                self.live.remove(&key);
            }
        }
        was_open
    }

    /// A frame has left memory: so does what was kept of it.
    pub(super) fn forget(&mut self, gone: &Frame) {
        let Some(track) = gone.flow.and_then(|flow| self.tracks.get_mut(&flow)) else { return };
        track.stream.forget_before(gone.number + 1);
        track.dissector.forget(gone.number + 1);
        // One of the lab's that goes on is kept however long it is silent; of a recording, silence counts as an end.
        let goes_on = track.flow.is_open && track.origin == Origin::Lab;
        if goes_on || track.newest > gone.number {
            return;
        }
        self.past.push_back(track.flow.id);
        if self.past.len() > FLOWS_KEPT
            && let Some(oldest) = self.past.pop_front()
            && self.tracks.get(&oldest).is_some_and(|track| track.newest <= gone.number)
        {
            self.tracks.remove(&oldest);
        }
    }
}

/// A conversation of which nothing has been counted.
fn uncounted(flow: &Flow) -> Flow {
    Flow { to_server: 0, to_client: 0, frames: 0, ..flow.clone() }
}

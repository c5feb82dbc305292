//! What is handed over at once: frames, and what their writing needs.

use std::collections::{BTreeMap, HashMap};

use bytes::BytesMut;
use foldhash::fast::RandomState;

use super::allowance::Allowance;

use crate::app::recording::SNAP;
use crate::app::world::{Change, World};
use crate::model::{Flow, FlowId, Frame, FrameKind, Mark, NodeId, Timestamp};

/// The most payload of a batch, but for its last frame.
pub const BYTES: usize = 1024 * 1024;

/// The most frames of a batch.
const FRAMES: u64 = 4096;

/// Room taken at once for the beginnings of frames that are cut: one allocation for sixty-four of them.
const BEGINNINGS: usize = 64 * SNAP;

/// The most remarks of a batch: with the longest notes a megabyte.
const REMARKS: usize = 256;

/// How far the handing over has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The number of the next frame.
    pub frame: u64,
    /// How many arrivals were handed over.
    pub arrivals: u64,
    /// How many changes of remarks were.
    pub remarks: u64,
}

impl Position {
    /// Before all that comes.
    pub fn end(world: &World) -> Self {
        let (frame, arrivals) = (world.log.next_number(), world.arrivals.count());
        Self { frame, arrivals, remarks: world.remarks.changes() }
    }

    /// Whether all before it is also before the other.
    pub fn is_in(self, other: Self) -> bool {
        self.frame <= other.frame && self.arrivals <= other.arrivals && self.remarks <= other.remarks
    }
}

/// What the user has said of a frame that was handed over.
pub enum Remark {
    /// It is marked, or is no longer.
    Mark(u64, Mark),
    /// This is the note on it; an empty one takes an older one away.
    Note(u64, String),
}

/// Frames in their order, with the nodes and conversations they are of.
pub struct Batch {
    /// The frames; their payload is shared with the world's, unless they were cut.
    pub frames: Vec<Frame>,
    /// Their conversations, as they are known now.
    pub flows: HashMap<FlowId, Flow, RandomState>,
    /// The names of their nodes.
    pub nodes: BTreeMap<NodeId, String>,
    /// When frames handed over before had arrived.
    pub arrivals: Vec<(u64, Timestamp)>,
    /// What was said of these frames and of those before.
    pub remarks: Vec<Remark>,
    /// Frames that left memory before they were handed over.
    pub missed: u64,
    /// Bytes that were cut off of frames.
    pub cut: u64,
    /// What the frames weighed in memory.
    pub weight: u64,
    /// What comes after it.
    pub end: Position,
    /// Room for the beginnings of frames that are cut, all of them together.
    beginnings: BytesMut,
}

impl Batch {
    /// The first of the frames before that one that fit, and all else that became known since.
    pub fn of(world: &World, from: Position, before: u64, allowance: &mut Allowance) -> Self {
        let start = from.frame.max(world.log.first_number()).min(before);
        let mut batch = Self {
            frames: Vec::with_capacity(before.saturating_sub(start).min(FRAMES) as usize),
            flows: HashMap::default(),
            nodes: BTreeMap::new(),
            // Those of frames to come are told with the frames.
            arrivals: world.arrivals.since(from.arrivals).filter(|(frame, _)| *frame < from.frame).collect(),
            remarks: Vec::new(),
            missed: start - from.frame,
            cut: 0,
            weight: 0,
            end: Position { frame: start, arrivals: world.arrivals.count(), remarks: from.remarks },
            beginnings: BytesMut::new(),
        };
        let mut bytes = 0;
        for number in start..before.min(start + FRAMES) {
            let Some(frame) = world.log.frame(number) else { break };
            let kept = allowance.take(frame.payload().len());
            bytes += kept;
            batch.weight += frame.weight() as u64;
            batch.take(frame, kept, world);
            batch.end.frame = number + 1;
            if bytes >= BYTES {
                break;
            }
        }
        batch.take_remarks(world);
        batch
    }

    /// Takes what was said of frames until now. What was said of one to come waits for it.
    fn take_remarks(&mut self, world: &World) {
        let known = self.end.frame;
        let changes = world.remarks.since(self.end.remarks).take_while(|change| change.frame() < known);
        for change in changes.take(REMARKS) {
            let said = world.remarks.of(change.frame());
            self.remarks.push(match change {
                Change::Mark(frame) => Remark::Mark(frame, said.mark),
                Change::Note(frame) => Remark::Note(frame, said.note.unwrap_or_default().to_owned()),
            });
            self.end.remarks += 1;
        }
    }

    fn take(&mut self, frame: &Frame, kept: usize, world: &World) {
        if let Some(id) = frame.flow
            && !self.flows.contains_key(&id)
            && let Some(flow) = world.flow(id)
        {
            self.flows.insert(id, flow.clone());
        }
        if self.frames.last().is_none_or(|last| last.node != frame.node) {
            self.nodes.entry(frame.node).or_insert_with(|| world.name(frame.node).to_owned());
        }
        let Frame { number, at, arrived, node, flow, kind, cut, protocol, summary } = frame;
        // Data says for itself what it is; only of the rest the words are written.
        let summary = if matches!(kind, FrameKind::Data { .. }) { String::new() } else { summary.clone() };
        let (kind, less) = match kind.data() {
            // A copy, so that the rest need not wait in memory for the disk.
            Some((direction, payload)) if kept < payload.len() => {
                if self.beginnings.capacity() < kept {
                    self.beginnings = BytesMut::with_capacity(BEGINNINGS);
                }
                self.beginnings.extend_from_slice(&payload[..kept]);
                let beginning = self.beginnings.split().freeze();
                (FrameKind::Data { direction, payload: beginning }, (payload.len() - kept) as u64)
            }
            Some(_) | None => (kind.clone(), 0),
        };
        self.cut += less;
        let (number, at, arrived, node, flow, cut) = (*number, *at, *arrived, *node, *flow, cut + less);
        self.frames.push(Frame { number, at, arrived, node, flow, kind, cut, protocol, summary });
    }
}

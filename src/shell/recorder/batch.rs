//! What is handed over at once: frames, and what their writing needs.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use crate::app::world::World;
use crate::model::{Flow, FlowId, Frame, FrameKind, NodeId, Timestamp};

/// The most payload of a batch, but for its last frame.
pub const BYTES: usize = 1024 * 1024;

/// The most frames of a batch.
const FRAMES: u64 = 4096;

/// Frames in their order, with the nodes and conversations they are of.
pub struct Batch {
    /// The frames; their payload is shared with the world's.
    pub frames: Vec<Frame>,
    /// Their conversations, as they are known now.
    pub flows: HashMap<FlowId, Flow>,
    /// The names of their nodes.
    pub nodes: BTreeMap<NodeId, String>,
    /// When frames handed over before had arrived.
    pub arrivals: Vec<(u64, Timestamp)>,
    /// Frames that left memory before they were handed over.
    pub missed: u64,
    /// The number of the next frame.
    pub end: u64,
}

impl Batch {
    /// The first of these frames that fit, and the arrivals since there were so many.
    pub fn of(world: &World, numbers: Range<u64>, arrivals: u64) -> Self {
        let start = numbers.start.max(world.log.first_number()).min(numbers.end);
        let mut batch = Self {
            frames: Vec::new(),
            flows: HashMap::new(),
            nodes: BTreeMap::new(),
            // Those of frames to come are told with the frames.
            arrivals: world.arrivals.since(arrivals).filter(|(frame, _)| *frame < numbers.start).collect(),
            missed: start - numbers.start,
            end: start,
        };
        let mut bytes = 0;
        for number in start..numbers.end.min(start + FRAMES) {
            let Some(frame) = world.log.frame(number) else { break };
            bytes += frame.payload().len();
            batch.take(frame, world);
            batch.end = number + 1;
            if bytes >= BYTES {
                break;
            }
        }
        batch
    }

    fn take(&mut self, frame: &Frame, world: &World) {
        if let Some(id) = frame.flow
            && !self.flows.contains_key(&id)
            && let Some(flow) = world.flow(id)
        {
            self.flows.insert(id, flow.clone());
        }
        self.nodes.entry(frame.node).or_insert_with(|| world.name(frame.node).to_owned());
        let Frame { number, at, arrived, node, flow, kind, protocol, summary } = frame;
        // Data says for itself what it is; only of the rest the words are written.
        let summary = if matches!(kind, FrameKind::Data { .. }) { String::new() } else { summary.clone() };
        let (number, at, arrived, node, flow) = (*number, *at, *arrived, *node, *flow);
        self.frames.push(Frame { number, at, arrived, node, flow, kind: kind.clone(), protocol, summary });
    }
}

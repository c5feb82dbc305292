//! The conversations of a capture, also those of which no frame is in memory any more.

use std::collections::{HashMap, VecDeque};

use crate::app::world::World;
use crate::capture::Seen;
use crate::model::{Flow, FlowId};

/// Conversations known at a time, of about 300 bytes each; the oldest are forgotten first.
const FLOWS_LIMIT: usize = 262_144;

/// Who takes part in each conversation, and its place among those of its carrier.
#[derive(Debug, Default)]
pub struct Directory {
    flows: HashMap<FlowId, (Flow, u64)>,
    order: VecDeque<FlowId>,
}

impl Directory {
    /// Tells the world what was read, and before that again the conversation it belongs to, if the world forgot it;
    /// gives the number of the frame, if it was one.
    pub fn recall(&mut self, world: &mut World, seen: Seen) -> Option<u64> {
        match &seen {
            Seen::Flow(flow) => {
                let id = flow.id;
                self.remind(world, id);
                let number = world.recall(seen);
                self.note(world, id);
                return number;
            }
            Seen::Frame(frame) => {
                if let Some(flow) = frame.flow {
                    self.remind(world, flow);
                }
            }
            Seen::Node(..)
            | Seen::Interface(..)
            | Seen::Packet(_)
            | Seen::Arrived(..)
            | Seen::Noted(..)
            | Seen::Marked(..)
            | Seen::Name(..)
            | Seen::Secrets(_) => {}
        }
        world.recall(seen)
    }

    fn remind(&self, world: &mut World, id: FlowId) {
        if world.flow(id).is_none()
            && let Some((flow, ordinal)) = self.flows.get(&id)
        {
            world.recall_flow(flow, *ordinal);
        }
    }

    fn note(&mut self, world: &World, id: FlowId) {
        let Some(track) = world.flows.track(id) else { return };
        if self.flows.insert(id, (track.flow.clone(), track.ordinal())).is_some() {
            return;
        }
        self.order.push_back(id);
        if self.order.len() > FLOWS_LIMIT
            && let Some(oldest) = self.order.pop_front()
        {
            self.flows.remove(&oldest);
        }
    }
}

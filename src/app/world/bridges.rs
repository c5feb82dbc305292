//! What taps have connected to their targets: which conversation goes on where.

use std::collections::{HashMap, VecDeque};

use crate::model::{Address, Flow, FlowId, NodeId};

/// Bridges known at a time; a tap has at most some thousands open, and those of the past name what is still shown.
const KEPT: usize = 16_384;

/// The bridges, the newest of them.
#[derive(Debug, Default)]
pub struct Bridges {
    /// The tap's end and the target's, and which tap that is.
    taps: HashMap<(Address, Address), NodeId>,
    /// Where what comes to a tap goes on.
    targets: HashMap<FlowId, Address>,
    order: VecDeque<(FlowId, (Address, Address))>,
}

impl Bridges {
    /// A tap has connected that conversation on, from its own end to the target's.
    pub(super) fn learn(&mut self, flow: FlowId, tap: NodeId, own: &Address, target: &Address) {
        let ends = (own.clone(), target.clone());
        self.taps.insert(ends.clone(), tap);
        self.targets.insert(flow, target.clone());
        self.order.push_back((flow, ends));
        if self.order.len() > KEPT
            && let Some((flow, ends)) = self.order.pop_front()
        {
            self.targets.remove(&flow);
            self.taps.remove(&ends);
        }
    }

    /// The tap whose connection to its target that conversation is.
    pub fn tap_of(&self, flow: &Flow) -> Option<NodeId> {
        if self.taps.is_empty() {
            return None;
        }
        self.taps.get(&(flow.client.clone(), flow.server.clone())).copied()
    }

    /// Where what a client says to a tap in that conversation goes on to.
    pub fn target_of(&self, flow: FlowId) -> Option<&Address> {
        self.targets.get(&flow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_bridges_are_known_and_memory_is_bounded() {
        let mut bridges = Bridges::default();
        let address = |number: u64| Address::Unnamed(number);
        for number in 1..=KEPT as u64 + 1 {
            bridges.learn(FlowId(number), NodeId(7), &address(number), &address(0));
        }
        assert_eq!((bridges.targets.len(), bridges.taps.len()), (KEPT, KEPT));
        assert_eq!(bridges.target_of(FlowId(1)), None);
        assert_eq!(bridges.target_of(FlowId(2)), Some(&address(0)));
    }
}

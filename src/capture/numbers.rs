//! The numbers that conversations and nodes are given as they are met.

use std::collections::HashMap;

use crate::model::{FlowId, NodeId};

/// Numbers in a recording above this are nobody's.
const HIGHEST_RECORDED: u64 = 1 << 48;

/// Numbers that are remembered as moved; only who appends to a recording with another program has any.
const MOVED_LIMIT: usize = 262_144;

/// The numbers given in one file.
#[derive(Debug, Default)]
pub struct Numbers {
    flows: Numbering,
    nodes: Numbering,
}

/// Numbers of one sort, from 1. A recording keeps its own, moved on behind those of the sections before it.
#[derive(Debug, Default)]
struct Numbering {
    /// The highest given before this section.
    base: u64,
    highest: u64,
    /// The first one that was given to a stranger in this section; from here on recorded ones may be taken.
    strangers: Option<u64>,
    moved: HashMap<u64, u64>,
}

impl Numbers {
    /// A section of a file begins, whose recorded numbers mean others than those before.
    pub fn begin_section(&mut self) {
        self.flows.begin_section();
        self.nodes.begin_section();
    }

    /// A number for a stranger's conversation.
    pub fn flow(&mut self) -> FlowId {
        FlowId(self.flows.stranger())
    }

    /// What a recorded conversation is here.
    pub fn recorded_flow(&mut self, flow: FlowId) -> FlowId {
        FlowId(self.flows.recorded(flow.0))
    }

    /// A number for a stranger's interface.
    pub fn node(&mut self) -> NodeId {
        NodeId(self.nodes.stranger())
    }

    /// What a recorded node is here.
    pub fn recorded_node(&mut self, node: NodeId) -> NodeId {
        NodeId(self.nodes.recorded(node.0))
    }
}

impl Numbering {
    fn begin_section(&mut self) {
        self.base = self.highest;
        self.strangers = None;
        self.moved = HashMap::new();
    }

    fn stranger(&mut self) -> u64 {
        self.highest += 1;
        self.strangers.get_or_insert(self.highest);
        self.highest
    }

    fn recorded(&mut self, number: u64) -> u64 {
        let here = self.base + number.min(HIGHEST_RECORDED);
        if number < HIGHEST_RECORDED && self.strangers.is_none_or(|first| here < first) {
            self.highest = self.highest.max(here);
            return here;
        }
        if self.moved.len() >= MOVED_LIMIT && !self.moved.contains_key(&number) {
            self.moved.clear();
        }
        *self.moved.entry(number).or_insert_with(|| {
            self.highest += 1;
            self.highest
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_keeps_its_numbers_and_the_next_one_comes_behind_them() {
        let mut numbers = Numbering::default();
        assert_eq!([3, 1, 3].map(|number| numbers.recorded(number)), [3, 1, 3]);
        numbers.begin_section();
        assert_eq!([1, 2, 1].map(|number| numbers.recorded(number)), [4, 5, 4]);
    }

    #[test]
    fn numbers_that_are_moved_without_end_are_remembered_in_bounded_memory() {
        let mut numbers = Numbering::default();
        numbers.stranger();
        for number in 1..=MOVED_LIMIT as u64 + 1000 {
            assert_eq!(numbers.recorded(number), number + 1);
        }
        assert!(numbers.moved.len() <= MOVED_LIMIT);
    }

    #[test]
    fn strangers_in_the_same_section_never_get_a_number_twice() {
        let mut numbers = Numbering::default();
        assert_eq!(numbers.recorded(2), 2);
        assert_eq!(numbers.stranger(), 3);
        assert_eq!([1, 2, 3, 4, 3].map(|number| numbers.recorded(number)), [1, 2, 4, 5, 4]);
        assert_eq!(numbers.stranger(), 6);
        assert_eq!(numbers.recorded(u64::MAX), 7);
    }
}

//! The nodes that recordings tell of, in bounded memory however many those are.

use std::collections::BTreeMap;

use crate::model::NodeId;

/// What these nodes may take, in bytes: a lab has a few, a machine some dozens of interfaces. Of a file made to do harm
/// the oldest are forgotten, as their frames are the first to leave memory.
const BUDGET: usize = 1024 * 1024;

/// What a node costs beside its name.
const NODE_COST: usize = 64;

/// A node or interface of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A node of the lab that recorded.
    Lab(String),
    /// An interface of anyone's capture.
    Interface(String),
}

impl Node {
    /// What it is called.
    pub fn name(&self) -> &str {
        match self {
            Node::Lab(name) | Node::Interface(name) => name,
        }
    }

    fn weight(&self) -> usize {
        self.name().len() + NODE_COST
    }
}

/// The nodes kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Nodes {
    kept: BTreeMap<NodeId, Node>,
    weight: usize,
}

impl Nodes {
    /// Knows a node from now on, or by another name.
    pub fn learn(&mut self, id: NodeId, node: Node) {
        self.weight += node.weight();
        if let Some(before) = self.kept.insert(id, node) {
            self.weight -= before.weight();
        }
        while self.weight > BUDGET
            && let Some((_, node)) = self.kept.pop_first()
        {
            self.weight -= node.weight();
        }
    }

    /// A node by its number.
    pub fn get(&self, id: NodeId) -> Option<&Node> {
        self.kept.get(&id)
    }

    /// All that are kept.
    pub fn iter(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.kept.iter().map(|(id, node)| (*id, node))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_without_end_are_kept_in_bounded_memory_the_newest_of_them() {
        for length in [1, 1000, 60_000] {
            let mut nodes = Nodes::default();
            for number in 1..=20_000 {
                nodes.learn(NodeId(number), Node::Interface("n".repeat(length)));
                assert!(nodes.weight <= BUDGET);
            }
            assert_eq!(nodes.weight, nodes.iter().map(|(_, node)| node.weight()).sum::<usize>());
            assert!(nodes.get(NodeId(20_000)).is_some() && nodes.get(NodeId(1)).is_none());
        }
    }

    #[test]
    fn a_node_that_gets_other_names_costs_what_the_last_one_does() {
        let mut nodes = Nodes::default();
        for number in 0..100_000 {
            nodes.learn(NodeId(number % 2), Node::Lab(format!("name {number}")));
        }
        assert_eq!(nodes.get(NodeId(1)).map(Node::name), Some("name 99999"));
        assert_eq!(nodes.weight, 2 * ("name 99999".len() + NODE_COST));
    }
}

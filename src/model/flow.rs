//! One conversation: a transport, two addresses, and who of ours takes part.

use super::{Address, Direction, FlowId, NodeId, Timestamp, Transport};

/// The end that began the conversation, or the end that answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// It connected, or sent the first datagram.
    Client,
    /// It accepted, or was sent the first datagram.
    Server,
}

impl Side {
    /// The other end.
    #[must_use]
    pub fn other(self) -> Side {
        match self {
            Side::Client => Side::Server,
            Side::Server => Side::Client,
        }
    }
}

/// What makes two observations one conversation: the transport and the unordered pair of addresses.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FlowKey {
    transport: Transport,
    low: Address,
    high: Address,
}

impl FlowKey {
    /// The same key for both ends of one conversation.
    pub fn new(transport: Transport, one: Address, other: Address) -> Self {
        let (low, high) = if one <= other { (one, other) } else { (other, one) };
        Self { transport, low, high }
    }
}

/// A conversation and its totals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// Its number.
    pub id: FlowId,
    /// What carries it.
    pub transport: Transport,
    /// The address of the end that began it.
    pub client: Address,
    /// The address of the end that answers.
    pub server: Address,
    /// The node of ours at the client's end.
    pub client_node: Option<NodeId>,
    /// The node of ours at the server's end.
    pub server_node: Option<NodeId>,
    /// When it was first seen.
    pub began: Timestamp,
    /// When something last happened on it.
    pub last: Timestamp,
    /// Bytes from client to server.
    pub to_server: u64,
    /// Bytes from server to client.
    pub to_client: u64,
    /// Data frames, both ways.
    pub frames: u64,
    /// Whether it goes on.
    pub is_open: bool,
}

impl Flow {
    /// The end a node of ours stands at.
    pub fn side_of(&self, node: NodeId) -> Option<Side> {
        if self.client_node == Some(node) {
            Some(Side::Client)
        } else if self.server_node == Some(node) {
            Some(Side::Server)
        } else {
            None
        }
    }

    /// The end that sent what `node` saw going in `direction`.
    pub fn sender(&self, node: NodeId, direction: Direction) -> Option<Side> {
        let own = self.side_of(node)?;
        Some(match direction {
            Direction::Out => own,
            Direction::In => own.other(),
        })
    }

    /// Whether both ends are nodes of this lab, so that every byte is seen twice.
    pub fn is_within_lab(&self) -> bool {
        self.client_node.is_some() && self.server_node.is_some()
    }
}

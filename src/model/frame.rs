//! One observed thing on a flow or at a node.

use std::borrow::Cow;
use std::mem::size_of;

use bytes::Bytes;

use super::size::grouped;
use super::{Address, Deed, FlowId, NodeId, Timestamp, Transport, Trouble};

/// Which way bytes went, as the node that observed them sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Received by the node.
    In,
    /// Sent by the node.
    Out,
}

/// One step in the life of a socket, named after the call that makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// `socket()` gave a socket.
    Made(Transport),
    /// `bind()` gave it an address of its own.
    Bound(Address),
    /// `listen()`: it takes connections, or `bind()` was enough because datagrams need none.
    Listening(Address),
    /// A server's socket is closed; it takes no more.
    Stopped(Address),
    /// A name is being looked up.
    Resolving(String),
    /// The name's addresses, in the order they will be tried (RFC 6724, RFC 8305).
    Resolved(String, Vec<Address>),
    /// `connect()` to one address has begun.
    Connecting(Address),
    /// That address did not answer, or refused; another may still be tried.
    ConnectFailed(Address, String),
    /// The TLS handshake has begun; the server name asked for.
    Securing(String),
    /// The TLS handshake is done: version, cipher suite, ALPN, the peer's certificate, a line each.
    Secured(Vec<String>),
    /// A multicast group was joined.
    Joined(Address),
    /// A tap has reached its target for a conversation: its own end of that connection, and the target's.
    Bridged(Address, Address),
}

/// How a conversation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closing {
    /// Both ends finished in order.
    Orderly,
    /// This node closed it, or it was told to.
    Ours,
    /// This node reset it (RST).
    ResetByUs,
    /// The other end reset it (RST).
    ResetByPeer,
    /// Nothing was heard for so long that the lab stopped keeping it.
    Idle,
    /// Something failed.
    Failed(String),
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FrameKind {
    /// A socket took a step in its life.
    Step(Step),
    /// A conversation began: accepted by a server, or connected by a client.
    Opened {
        /// The node's own end.
        local: Address,
        /// The other end.
        peer: Address,
    },
    /// Bytes went in a direction.
    Data {
        /// Which way.
        direction: Direction,
        /// The bytes themselves; of a datagram, all of them.
        payload: Bytes,
    },
    /// One direction ended: a FIN was sent or received (half-close).
    Finished(Direction),
    /// The conversation is over.
    Closed(Closing),
    /// Datagrams or bytes the lab could not take or pass on, and why. Nothing is lost silently.
    Lost {
        /// How many datagrams or messages.
        count: u64,
        /// Why.
        why: String,
    },
    /// A tap did something to a message that passed.
    Impaired {
        /// The number of the message's frame, where it is known.
        of: Option<u64>,
        /// Which way the message went, as a server sees it: `In` is toward the server.
        direction: Direction,
        /// What did it: the name of an impairment, or `hold`.
        by: Cow<'static, str>,
        /// What it did.
        deed: Deed,
    },
    /// An act failed.
    Error(Trouble),
    /// A remark of the lab's, in words.
    Note(String),
}

impl FrameKind {
    /// The bytes that went, and which way, where it is about bytes.
    pub fn data(&self) -> Option<(Direction, &Bytes)> {
        match self {
            Self::Data { direction, payload } => Some((*direction, payload)),
            Self::Step(_)
            | Self::Opened { .. }
            | Self::Finished(_)
            | Self::Closed(_)
            | Self::Lost { .. }
            | Self::Impaired { .. }
            | Self::Error(_)
            | Self::Note(_) => None,
        }
    }
}

/// One observed thing, numbered from 1 in the order of observation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Its number; never reused, never changed.
    pub number: u64,
    /// When the node saw it.
    pub at: Timestamp,
    /// When the other end had read it all, if that end is ours too.
    pub arrived: Option<Timestamp>,
    /// The node that saw it.
    pub node: NodeId,
    /// The conversation it belongs to, if any.
    pub flow: Option<FlowId>,
    /// What happened.
    pub kind: FrameKind,
    /// Bytes that went behind those of its payload, of which the recording it was read from has only the beginning.
    pub cut: u64,
    /// The protocol it was read as: `HTTP`.
    pub protocol: &'static str,
    /// What it says, in one line; as decoded, so it may hold any character.
    pub summary: String,
}

impl Frame {
    /// The bytes it carries; empty when it carries none.
    pub fn payload(&self) -> &[u8] {
        self.kind.data().map_or(&[], |(_, payload)| payload)
    }

    /// How many bytes went, be they known or not; 0 when it carries none.
    pub fn length(&self) -> u64 {
        self.payload().len() as u64 + self.cut
    }

    /// How many of its bytes are known, in words, when not all are: `4,096 of 65,536 bytes recorded`.
    pub fn recorded(&self) -> Option<String> {
        let known = grouped(self.payload().len() as u64);
        (self.cut > 0).then(|| format!("{known} of {} bytes recorded", grouped(self.length())))
    }

    /// The bytes to look at: those it carries, or those that a tap let leave instead.
    pub fn bytes(&self) -> Option<&Bytes> {
        if let FrameKind::Impaired { deed, .. } = &self.kind {
            return deed.payload();
        }
        self.kind.data().map(|(_, payload)| payload)
    }

    /// About how much memory it holds, in bytes: itself, its words and its bytes.
    pub fn weight(&self) -> usize {
        size_of::<Self>() + self.summary.capacity() + self.bytes().map_or(0, Bytes::len)
    }
}

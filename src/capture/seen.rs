//! What reading a capture tells: nodes, conversations and what happened on them, in the order of the file.

use std::net::IpAddr;

use serde_json::{Map, Value};

use super::details::Details;
use super::place::Place;
use crate::model::{Direction, Flow, FlowId, Frame, FrameKind, Mark, NodeId, Timestamp};

/// Something read from a capture.
#[derive(Debug, Clone)]
pub enum Seen {
    /// A node of the lab that recorded.
    Node(NodeId, String),
    /// An interface of anyone's capture.
    Interface(NodeId, String),
    /// A conversation, told before its first frame; and again when more is known of it. Its totals are not counted.
    Flow(Flow),
    /// Something that happened.
    Frame(Observed),
    /// A packet of anyone's belongs to a conversation. Frames that it makes are told for themselves.
    Packet(Belonging),
    /// When all of a frame had arrived: the frame's number as it was recorded.
    Arrived(u64, Timestamp),
    /// What was noted on a frame after it was recorded: the frame's number, and the note in the place of any older one.
    /// An empty one takes that away.
    Noted(u64, String),
    /// Whether a frame is marked, told after the frame: its number as it was recorded.
    Marked(u64, Mark),
    /// The name of an address.
    Name(IpAddr, String),
    /// Secrets with which what is encrypted here can be read; of TLS, lines of an `SSLKEYLOGFILE`.
    Secrets(Vec<u8>),
}

/// A frame as it was read: not yet numbered, unless it was recorded by wirelab, and not yet decoded.
///
/// Of anyone's capture the node is the interface, and it stands at the client's end: `Out` is from client to server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// The number it was recorded under.
    pub number: Option<u64>,
    /// When it was seen.
    pub at: Timestamp,
    /// The node that saw it.
    pub node: NodeId,
    /// The conversation it belongs to.
    pub flow: Option<FlowId>,
    /// What happened.
    pub kind: FrameKind,
    /// Bytes that went behind those of its payload and are not in the recording.
    pub cut: u64,
    /// Where its bytes lie in the file; without bytes, where it is told.
    pub place: Place,
    /// A note somebody left on it.
    pub comment: Option<String>,
}

/// Whose a packet is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Belonging {
    /// When it was captured.
    pub at: Timestamp,
    /// The interface that captured it.
    pub node: NodeId,
    /// The conversation.
    pub flow: FlowId,
    /// From which end it comes, as of a frame.
    pub direction: Direction,
    /// Where what IP carries in it lies; of a datagram in fragments, in all of them.
    pub place: Place,
    /// Whether no frame tells of it: it only acknowledges.
    pub is_bare: bool,
}

impl Observed {
    /// A frame of nobody's recording.
    #[inline]
    pub(super) fn new(at: Timestamp, node: NodeId, flow: Option<FlowId>, kind: FrameKind, place: Place) -> Self {
        Self { number: None, at, node, flow, kind, cut: 0, place, comment: None }
    }
}

/// What happened, in the names of the event schema: its `kind` and what belongs to that, and its `flow`. Where bytes
/// are cut off, `len` counts them too, and `cut` says how many they are.
pub fn event(frame: &Frame) -> Map<String, Value> {
    let (flow_id, kind) = (frame.flow, Some(frame.kind.clone()));
    let mut event = Details { flow_id, kind, ..Details::default() }.fields();
    if frame.cut > 0 {
        event.insert("len".into(), frame.length().into());
        event.insert("cut".into(), frame.cut.into());
    }
    event
}

//! wirelab's own recordings read back: the same frames that were written.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;

use super::block;
use super::details::Details;
use super::link::LinkType;
use super::numbers::Numbers;
use super::packet::{self, Carried};
use super::place::{Place, Span, offset_within};
use super::reader::Packet;
use super::seen::{Observed, Seen};
use super::synthetic::{Carrier, Tuple};
use crate::model::{Direction, Flow, FlowId, FrameKind, Mark, NodeId, Timestamp};

/// Conversations whose packets are told apart at a time; the lab has fewer, and a hostile file must not grow memory.
const CURRENT_LIMIT: usize = 262_144;

/// The most bytes of a frame that are put together; the lab sees at most 64 KiB at a time of a stream.
const JOINED_LIMIT: u64 = 16 * 1024 * 1024;

/// What a section's own interfaces, nodes and conversations are here.
#[derive(Debug, Default)]
pub struct Own {
    /// What the names of nodes are known by, as last told. Names themselves can be as long as a block.
    names: HashMap<NodeId, u64>,
    /// Whose the packets between two ends are.
    current: HashMap<Tuple, FlowId>,
    joining: Option<Joining>,
}

/// The most packets of one frame; one of 16 MiB has 257.
const SPANS_LIMIT: usize = 4096;

/// Nodes of a section whose names are told; a lab has a few.
const NAMES_LIMIT: usize = 65_536;

/// A frame of which not all packets have come.
#[derive(Debug)]
struct Joining {
    frame: Observed,
    direction: Direction,
    wanted: u64,
    /// How many bytes the packets so far had on the wire. Behind some that were cut off, the rest are not joined.
    come: u64,
    bytes: Vec<u8>,
    spans: Vec<Span>,
    mark: Option<Mark>,
}

impl Own {
    /// The node of that number in the section; its name is told when it is new.
    pub fn node(
        &mut self,
        node: NodeId,
        name: Option<String>,
        numbers: &mut Numbers,
        sink: &mut dyn FnMut(Seen),
    ) -> NodeId {
        let id = numbers.recorded_node(node);
        if let Some(name) = name {
            let known_by = BuildHasherDefault::<DefaultHasher>::default().hash_one(&name);
            let has_room = self.names.len() < NAMES_LIMIT || self.names.contains_key(&node);
            if has_room && self.names.insert(node, known_by) != Some(known_by) {
                sink(Seen::Node(id, name));
            }
        }
        id
    }

    /// Takes a packet of an interface of ours in.
    pub fn packet(&mut self, node: NodeId, captured: &Packet<'_>, numbers: &mut Numbers, sink: &mut dyn FnMut(Seen)) {
        let (details, comment) = remarks(captured);
        let mut flow = None;
        if let Some(details) = &details {
            flow = self.flow_of(details, captured.at, numbers, sink);
        }
        let number = captured.options.u64(block::PACKET_ID);
        let mark = details.as_ref().and_then(|details| details.mark);
        let Some(number) = number else {
            if let Some(Details { frame, kind: Some(kind), .. }) = details {
                self.flush(sink);
                let place = Place::at(captured.place, 0);
                let number_of = frame;
                let frame = Observed { number: frame, comment, ..Observed::new(captured.at, node, flow, kind, place) };
                sink(Seen::Frame(frame));
                tell_mark(number_of, mark, sink);
            }
            return;
        };
        let Some(Message { tuple, payload, cut }) = read(captured) else { return };
        let length = payload.len() as u64 + cut;
        let direction = match captured.options.u32(block::PACKET_FLAGS).unwrap_or(0) & 3 {
            1 => Direction::In,
            _ => Direction::Out,
        };
        let place = Place::at(captured.place + offset_within(captured.data, payload) as u64, payload.len());
        if let Some(joining) = self.joining.as_mut().filter(|joining| joining.frame.number == Some(number)) {
            if joining.come == joining.bytes.len() as u64 && !payload.is_empty() {
                joining.bytes.extend_from_slice(payload);
                joining.spans.extend(place.spans());
            }
            joining.come += length;
            if joining.come >= joining.wanted || joining.spans.len() >= SPANS_LIMIT {
                self.flush(sink);
            }
            return;
        }
        self.flush(sink);
        let flow = flow.or_else(|| self.current.get(&tuple).copied());
        let wanted = details.and_then(|details| details.bytes).unwrap_or(0).min(JOINED_LIMIT);
        let kind = FrameKind::Data { direction, payload: Bytes::new() };
        let frame =
            Observed { number: Some(number), comment, ..Observed::new(captured.at, node, flow, kind, place.clone()) };
        if length < wanted {
            let (come, bytes, spans) = (length, payload.to_vec(), place.spans().to_vec());
            self.joining = Some(Joining { frame, direction, wanted, come, bytes, spans, mark });
            return;
        }
        let kind = FrameKind::Data { direction, payload: Bytes::copy_from_slice(payload) };
        sink(Seen::Frame(Observed { kind, cut, ..frame }));
        tell_mark(Some(number), mark, sink);
    }

    /// Takes a journal entry of ours in.
    pub fn journal(&mut self, details: Details, offset: u64, numbers: &mut Numbers, sink: &mut dyn FnMut(Seen)) {
        self.flush(sink);
        let at = details.at.unwrap_or_default();
        let flow = self.flow_of(&details, at, numbers, sink);
        let Some(kind) = details.kind else {
            if let (Some(frame), Some(note)) = (details.frame, details.note) {
                sink(Seen::Noted(frame, note));
            }
            return tell_mark(details.frame, details.mark, sink);
        };
        let node = details.node.unwrap_or(NodeId(0));
        let node = self.node(node, details.name, numbers, sink);
        let frame = Observed::new(at, node, flow, kind, Place::at(offset, 0));
        sink(Seen::Frame(Observed { number: details.frame, comment: details.note, ..frame }));
        tell_mark(details.frame, details.mark, sink);
    }

    /// Takes the body of a block of arrivals in.
    pub fn arrivals(body: &[u8], sink: &mut dyn FnMut(Seen)) {
        for pair in body.chunks_exact(16) {
            let number = |at| block::ByteOrder::Little.u64(pair, at);
            sink(Seen::Arrived(number(0), Timestamp(number(8) as i64)));
        }
    }

    /// Tells a frame of which no more will come.
    pub fn flush(&mut self, sink: &mut dyn FnMut(Seen)) {
        let Some(Joining { frame, direction, wanted, bytes, spans, mark, .. }) = self.joining.take() else { return };
        let cut = wanted.saturating_sub(bytes.len() as u64);
        let kind = FrameKind::Data { direction, payload: bytes.into() };
        let number = frame.number;
        sink(Seen::Frame(Observed { kind, cut, place: Place::of(spans), ..frame }));
        tell_mark(number, mark, sink);
    }

    /// The conversation that details speak of, told when it is told of in full.
    fn flow_of(
        &mut self,
        details: &Details,
        at: Timestamp,
        numbers: &mut Numbers,
        sink: &mut dyn FnMut(Seen),
    ) -> Option<FlowId> {
        let Some(flow) = &details.flow else {
            return details.flow_id.map(|id| numbers.recorded_flow(id));
        };
        let id = numbers.recorded_flow(flow.id);
        if self.current.len() >= CURRENT_LIMIT {
            self.current.clear();
        }
        self.current.insert(Tuple::of(flow), id);
        let mut here = |node| numbers.recorded_node(node);
        let (client_node, server_node) = (flow.client_node.map(&mut here), flow.server_node.map(&mut here));
        sink(Seen::Flow(Flow { id, client_node, server_node, began: at, last: at, ..flow.clone() }));
        Some(id)
    }
}

fn tell_mark(frame: Option<u64>, mark: Option<Mark>, sink: &mut dyn FnMut(Seen)) {
    if let (Some(frame), Some(mark)) = (frame, mark) {
        sink(Seen::Marked(frame, mark));
    }
}

/// What wirelab said of a packet, and what anybody else did.
fn remarks(captured: &Packet<'_>) -> (Option<Details>, Option<String>) {
    let (mut details, mut comment) = (None, None);
    for text in captured.options.comments() {
        match Details::of_comment(text) {
            Some(ours) => details = Some(ours),
            None => comment = Some(String::from_utf8_lossy(text).into_owned()),
        }
    }
    (details, comment)
}

/// What a packet carries.
struct Message<'a> {
    /// Between whom it went.
    tuple: Tuple,
    /// The bytes that were recorded.
    payload: &'a [u8],
    /// How many more there were.
    cut: u64,
}

fn read<'a>(captured: &Packet<'a>) -> Option<Message<'a>> {
    if captured.link == LinkType::UPPER_PDU {
        let (tuple, payload) = exported(captured.data)?;
        let cut = u64::from(captured.length).saturating_sub(captured.data.len() as u64).min(JOINED_LIMIT);
        return Some(Message { tuple, payload, cut });
    }
    let packet = packet::ip(captured.data, captured.data.len().max(captured.length as usize)).ok()?;
    let (carrier, ports, payload, cut) = match packet::carried(packet.protocol, packet.payload, packet.length) {
        Carried::Tcp(segment) => (Carrier::Tcp, segment.ports, segment.payload, segment.cut),
        Carried::Udp(datagram) => (Carrier::Udp, datagram.ports, datagram.payload, datagram.cut),
        Carried::Other(_) => return None,
    };
    let (from, to) = (SocketAddr::new(packet.from, ports.0), SocketAddr::new(packet.to, ports.1));
    Some(Message { tuple: Tuple::new(carrier, from, to), payload, cut: (cut as u64).min(JOINED_LIMIT) })
}

/// The tags of an exported message: its addresses; and the message.
fn exported(data: &[u8]) -> Option<(Tuple, &[u8])> {
    let (mut rest, mut addresses, mut ports) = (data, [None, None], [0, 0]);
    loop {
        let order = block::ByteOrder::Big;
        let (number, length) = (order.u16(rest, 0), usize::from(order.u16(rest, 2)));
        let value = rest.get(4..4 + length)?;
        rest = &rest[4 + length..];
        match number {
            0 => break,
            20 | 21 => addresses[usize::from(number - 20)] = value.first_chunk::<4>().map(|raw| IpAddr::from(*raw)),
            22 | 23 => addresses[usize::from(number - 22)] = value.first_chunk::<16>().map(|raw| IpAddr::from(*raw)),
            25 | 26 => ports[usize::from(number - 25)] = order.u32(value, 0) as u16,
            _ => {}
        }
    }
    let end = |at: usize| addresses[at].map(|address| SocketAddr::new(address, ports[at]));
    Some((Tuple::new(Carrier::Exported, end(0)?, end(1)?), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Address, Transport};

    #[test]
    fn nodes_and_conversations_without_end_are_remembered_in_bounded_memory() {
        let (mut own, mut numbers, mut told) = (Own::default(), Numbers::default(), 0);
        for number in 1..=NAMES_LIMIT as u64 + 1000 {
            own.node(NodeId(number), Some("n".into()), &mut numbers, &mut |_| told += 1);
        }
        assert_eq!((own.names.len(), told), (NAMES_LIMIT, NAMES_LIMIT));
        let server: SocketAddr = ([10, 0, 0, 2], 9).into();
        let flow = Flow {
            id: FlowId(1),
            transport: Transport::Udp,
            client: Address::Ip(server),
            server: Address::Ip(server),
            client_node: None,
            server_node: None,
            began: Timestamp(0),
            last: Timestamp(0),
            to_server: 0,
            to_client: 0,
            frames: 0,
            is_open: true,
        };
        for number in 0..CURRENT_LIMIT as u32 + 1000 {
            let client = Address::Ip((number.to_be_bytes(), 9).into());
            let flow = Flow { id: FlowId(u64::from(number)), client, ..flow.clone() };
            let details = Details { flow: Some(flow), ..Details::default() };
            assert!(own.flow_of(&details, Timestamp(0), &mut numbers, &mut |_| ()).is_some());
            assert!(own.current.len() <= CURRENT_LIMIT);
        }
    }
}

//! Frames written as a pcapng recording, each as soon as it is seen.
//!
//! How a recording is laid out, so that Wireshark shows no errors and reading it gives the same frames:
//!
//! - A node is an interface (LINKTYPE_RAW) with its name; its number is in the interface's comment. Nodes with plain
//!   text of TLS have a second interface (LINKTYPE_WIRESHARK_UPPER_PDU).
//! - A data frame is the packets it would have been, on its node's interface: `epb_packetid` is its number, `epb_flags`
//!   its direction as the node saw it. One longer than a packet is several with the same number, and the first one's
//!   comment says how many bytes it has.
//! - A beginning and an end of a TCP conversation are the packets that make them: handshake, FIN, RST. What happened
//!   exactly is in the first one's comment. Unix sockets are written as TCP or UDP between addresses of their own
//!   ([`super::synthetic`]), which have their paths as names.
//! - All else is a systemd Journal Export Block, its words in `MESSAGE` and the details in `WIRELAB`.
//! - What is known of a conversation, its path and nodes too, is told in the details of its first record.
//! - Comments of wirelab's begin with `wl:`; after that comes JSON ([`super::details`]).
//! - When frames had arrived is told later, in blocks for local use ([`block::ARRIVALS`]).

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use super::block::{self, padded};
use super::details::{Details, JOURNAL_FIELD, PREFIX};
use super::link::LinkType;
use super::place::{Place, Span};
use super::synthetic::{self, Carrier, Tuple};
use super::wire::{Headers, Wire};
use crate::model::{Address, Closing, Direction, Flow, FlowId, Frame, FrameKind, NodeId, Side, Timestamp};

/// Conversations remembered after their end: what comes late still fits the sequence numbers.
const CLOSED_KEPT: usize = 4096;

/// Arrivals put together before a block of them is written; at 16 bytes each.
const ARRIVALS_TOGETHER: usize = 256;

/// `if_tsresol`: nanoseconds.
pub(super) const NANOSECONDS: u8 = 9;

/// What is told of a packet beside its bytes.
#[derive(Clone, Copy)]
struct Mark<'a> {
    interface: u32,
    at: Timestamp,
    frame: Option<(u64, Direction)>,
    details: Option<&'a Details>,
}

/// Writes frames as a recording. A file may begin in the middle of conversations.
#[derive(Debug, Default)]
pub struct Writer {
    names: HashMap<NodeId, String>,
    interfaces: HashMap<(NodeId, LinkType), u32>,
    interface_count: u32,
    wires: HashMap<FlowId, Wire>,
    closed: VecDeque<(FlowId, Tuple)>,
    /// Whose packets a reader takes those between two ends to be.
    current: HashMap<Tuple, FlowId>,
    arrivals: Vec<(u64, Timestamp)>,
}

impl Writer {
    /// Begins a file: its section header.
    pub fn new(out: &mut Vec<u8>) -> Self {
        section(out);
        Self::default()
    }

    /// Gives a node its name, before its first frame or later.
    pub fn node(&mut self, node: NodeId, name: &str) {
        let before = self.names.insert(node, name.to_owned());
        if before.as_deref() != Some(name) {
            self.interfaces.retain(|(other, _), _| *other != node);
        }
    }

    /// Tells a node's name without waiting for a frame of it.
    pub fn introduce(&mut self, node: NodeId, out: &mut Vec<u8>) {
        self.interface(node, LinkType::RAW, out);
    }

    /// Writes a frame; `flow` is its conversation as it is known now. Gives where in `out` its bytes lie; of one without
    /// bytes, where the packet or block begins that tells it. [`super::Indexer`] says the same of it.
    pub fn frame(&mut self, frame: &Frame, flow: Option<&Flow>, out: &mut Vec<u8>) -> Place {
        let place = match flow {
            Some(flow) => self.frame_of_flow(frame, flow, out),
            None => self.journal(frame, None, out),
        };
        if let Some(arrived) = frame.arrived {
            self.arrival(frame.number, arrived, out);
        }
        place
    }

    /// Notes when a frame that was written before had arrived. Written with others, or by [`Writer::flush`].
    pub fn arrival(&mut self, frame: u64, at: Timestamp, out: &mut Vec<u8>) {
        self.arrivals.push((frame, at));
        if self.arrivals.len() >= ARRIVALS_TOGETHER {
            self.flush(out);
        }
    }

    /// Writes secrets with which TLS flows in the file can be read: lines of an `SSLKEYLOGFILE`. They come before the
    /// packets they are for.
    pub fn secrets(&mut self, lines: &[u8], out: &mut Vec<u8>) {
        let block = begin(block::SECRETS, out);
        out.extend(block::TLS_KEY_LOG.to_le_bytes());
        out.extend((lines.len() as u32).to_le_bytes());
        out.extend_from_slice(lines);
        pad(block, out);
        end(block, out);
    }

    /// Writes what was put off.
    pub fn flush(&mut self, out: &mut Vec<u8>) {
        if self.arrivals.is_empty() {
            return;
        }
        let block = begin(block::ARRIVALS, out);
        for (frame, at) in self.arrivals.drain(..) {
            out.extend(frame.to_le_bytes());
            out.extend(at.0.to_le_bytes());
        }
        end(block, out);
    }

    fn frame_of_flow(&mut self, frame: &Frame, flow: &Flow, out: &mut Vec<u8>) -> Place {
        let announcement = self.announce(flow, out);
        let wire = self.wires.entry(flow.id).or_insert_with(|| Wire::new(flow));
        let is_stream = wire.carrier == Carrier::Tcp;
        let side = |direction| {
            flow.sender(frame.node, direction).unwrap_or(match direction {
                Direction::Out => Side::Client,
                Direction::In => Side::Server,
            })
        };
        match &frame.kind {
            // A stream says nothing by sending nothing: TCP has no packet for that.
            FrameKind::Data { payload, .. } if payload.is_empty() && wire.carrier != Carrier::Udp => {
                self.journal(frame, Some((flow.id, announcement)), out)
            }
            FrameKind::Data { direction, payload } => {
                self.data(frame, flow, (side(*direction), *direction, payload), announcement, out)
            }
            FrameKind::Opened { .. } if is_stream && !wire.is_opened => {
                self.packets(frame, flow, announcement, out, |wire, packet| wire.open(packet))
            }
            FrameKind::Finished(direction) if is_stream && !wire.is_closed && !wire.is_finished(side(*direction)) => {
                let from = side(*direction);
                self.packets(frame, flow, announcement, out, |wire, packet| packet(&wire.finish(from)))
            }
            FrameKind::Closed(how) if is_stream && !wire.is_closed => {
                let own = side(Direction::Out);
                let place = self.packets(frame, flow, announcement, out, |wire, packet| close(wire, how, own, packet));
                self.closed(flow);
                place
            }
            FrameKind::Closed(_) => {
                let place = self.journal(frame, Some((flow.id, announcement)), out);
                self.closed(flow);
                place
            }
            FrameKind::Step(_)
            | FrameKind::Opened { .. }
            | FrameKind::Finished(_)
            | FrameKind::Lost { .. }
            | FrameKind::Error(_)
            | FrameKind::Note(_) => self.journal(frame, Some((flow.id, announcement)), out),
        }
    }

    /// The conversation in full, when a reader does not know it, or would take its packets for another one's.
    fn announce(&mut self, flow: &Flow, out: &mut Vec<u8>) -> Option<Flow> {
        let nodes = (flow.client_node, flow.server_node);
        let tuple = Tuple::of(flow);
        let wire = self.wires.entry(flow.id).or_insert_with(|| Wire::new(flow));
        let is_current = self.current.get(&tuple) == Some(&flow.id);
        if is_current && wire.announced == nodes {
            return None;
        }
        wire.announced = nodes;
        self.current.insert(tuple, flow.id);
        if !is_current {
            names_of_paths(flow, out);
        }
        Some(flow.clone())
    }

    /// The conversation has ended; the one that ended longest ago is forgotten.
    fn closed(&mut self, flow: &Flow) {
        if let Some(wire) = self.wires.get_mut(&flow.id) {
            wire.is_closed = true;
        }
        self.closed.push_back((flow.id, Tuple::of(flow)));
        if self.closed.len() > CLOSED_KEPT
            && let Some((oldest, tuple)) = self.closed.pop_front()
        {
            self.wires.remove(&oldest);
            if self.current.get(&tuple) == Some(&oldest) {
                self.current.remove(&tuple);
            }
        }
    }

    fn data(
        &mut self,
        frame: &Frame,
        flow: &Flow,
        (from, direction, payload): (Side, Direction, &[u8]),
        announcement: Option<Flow>,
        out: &mut Vec<u8>,
    ) -> Place {
        let link = self.wires.get(&flow.id).map_or(LinkType::RAW, |wire| link_of(wire.carrier));
        let interface = self.interface(frame.node, link, out);
        let wire = self.wires.entry(flow.id).or_insert_with(|| Wire::new(flow));
        let room = wire.room();
        let bytes = (payload.len() > room).then_some(payload.len() as u64);
        let details = Details { flow: announcement, bytes, ..Details::default() };
        let mut details = (details.flow.is_some() || bytes.is_some()).then_some(&details);
        let mut rest = payload;
        let mut spans = Vec::with_capacity(1);
        loop {
            let (piece, after) = rest.split_at(rest.len().min(room));
            if let Some(acknowledgement) = wire.due(from) {
                let mark = Mark { interface, at: frame.at, frame: None, details: None };
                packet(mark, &acknowledgement, &[], out);
            }
            let mark =
                Mark { interface, at: frame.at, frame: Some((frame.number, direction)), details: details.take() };
            if wire.carrier == Carrier::Exported {
                spans.push(exported(mark, wire.addresses(from), frame.protocol, piece, out));
            } else {
                spans.push(packet(mark, &wire.data(from, piece), piece, out));
            }
            rest = after;
            if rest.is_empty() {
                return Place::of(spans);
            }
        }
    }

    /// Packets that stand for what is no data; the first one says what happened.
    fn packets(
        &mut self,
        frame: &Frame,
        flow: &Flow,
        announcement: Option<Flow>,
        out: &mut Vec<u8>,
        act: impl FnOnce(&mut Wire, &mut dyn FnMut(&Headers)),
    ) -> Place {
        let interface = self.interface(frame.node, LinkType::RAW, out);
        let wire = self.wires.entry(flow.id).or_insert_with(|| Wire::new(flow));
        let details = Details {
            frame: Some(frame.number),
            flow: announcement,
            flow_id: Some(flow.id),
            kind: Some(frame.kind.clone()),
            ..Details::default()
        };
        let mut details = Some(&details);
        let mut first = None;
        act(wire, &mut |headers| {
            let mark = Mark { interface, at: frame.at, frame: None, details: details.take() };
            let behind = packet(mark, headers, &[], out).offset;
            first.get_or_insert(behind - headers.bytes().len() as u64);
        });
        Place::at(first.unwrap_or(out.len() as u64), 0)
    }

    fn journal(&mut self, frame: &Frame, flow: Option<(FlowId, Option<Flow>)>, out: &mut Vec<u8>) -> Place {
        let (flow_id, flow) = flow.map_or((frame.flow, None), |(id, flow)| (Some(id), flow));
        let name = self.names.get(&frame.node).cloned();
        let details = Details {
            frame: Some(frame.number),
            at: Some(frame.at),
            node: Some(frame.node),
            name: name.clone(),
            flow,
            flow_id,
            bytes: None,
            kind: Some(frame.kind.clone()),
        };
        let block = begin(block::JOURNAL, out);
        let mut field = |name: &str, value: &str| {
            out.extend(name.as_bytes());
            out.push(b'=');
            // A value in this form is one line; what would end it is shown as a space.
            out.extend(value.bytes().map(|byte| if byte == b'\n' { b' ' } else { byte }));
            out.push(b'\n');
        };
        field("__REALTIME_TIMESTAMP", &frame.at.0.max(0).div_euclid(1000).to_string());
        field("MESSAGE", &frame.summary);
        field("PRIORITY", if matches!(frame.kind, FrameKind::Error(_)) { "3" } else { "6" });
        field("SYSLOG_IDENTIFIER", name.as_deref().unwrap_or("wirelab"));
        field(JOURNAL_FIELD, &details.line());
        pad(block, out);
        end(block, out);
        Place::at(block as u64, 0)
    }

    /// The interface of a node, described when it is new.
    fn interface(&mut self, node: NodeId, link: LinkType, out: &mut Vec<u8>) -> u32 {
        if let Some(interface) = self.interfaces.get(&(node, link)) {
            return *interface;
        }
        let name = self.names.get(&node).cloned().unwrap_or_else(|| format!("node {node}"));
        let block = begin(block::INTERFACE, out);
        out.extend((link.0 as u16).to_le_bytes());
        // Reserved, and a snap length of 0: packets are whole.
        out.extend([0; 6]);
        option(block::IF_NAME, name.as_bytes(), out);
        let details = Details { node: Some(node), name: Some(name), ..Details::default() };
        comment(&details, out);
        option(block::TIME_RESOLUTION, &[NANOSECONDS], out);
        end_options(out);
        end(block, out);
        let interface = self.interface_count;
        self.interface_count += 1;
        self.interfaces.insert((node, link), interface);
        interface
    }
}

/// A whole recording of these frames, for when they are kept in memory anyway.
pub fn whole<'a>(
    nodes: impl IntoIterator<Item = (NodeId, &'a str)>,
    frames: impl IntoIterator<Item = &'a Frame>,
    flow: impl Fn(FlowId) -> Option<&'a Flow>,
) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = Writer::new(&mut out);
    for (node, name) in nodes {
        writer.node(node, name);
    }
    for frame in frames {
        writer.frame(frame, frame.flow.and_then(&flow), &mut out);
    }
    writer.flush(&mut out);
    out
}

/// The packets with which a conversation ends.
fn close(wire: &mut Wire, how: &Closing, own: Side, packet: &mut dyn FnMut(&Headers)) {
    match how {
        Closing::ResetByUs | Closing::Failed(_) => packet(&wire.reset(own)),
        Closing::ResetByPeer => packet(&wire.reset(own.other())),
        Closing::Orderly | Closing::Ours | Closing::Idle => {
            let mut last = own.other();
            for side in [own, own.other()] {
                if !wire.is_finished(side) {
                    packet(&wire.finish(side));
                    last = side;
                }
            }
            packet(&wire.acknowledge(last.other()));
        }
    }
}

fn link_of(carrier: Carrier) -> LinkType {
    match carrier {
        Carrier::Tcp | Carrier::Udp => LinkType::RAW,
        Carrier::Exported => LinkType::UPPER_PDU,
    }
}

/// A Name Resolution Block with the paths of a conversation's sockets.
fn names_of_paths(flow: &Flow, out: &mut Vec<u8>) {
    let paths = [&flow.client, &flow.server].into_iter().filter_map(|address| match address {
        Address::Unix(path) => Some(path),
        Address::Ip(_) | Address::Unnamed(_) => None,
    });
    let mut paths = paths.peekable();
    if paths.peek().is_none() {
        return;
    }
    let block = begin(block::NAMES, out);
    for path in paths {
        let IpAddr::V6(address) = synthetic::unix_address(path) else { continue };
        let mut record = address.octets().to_vec();
        record.extend(path.bytes().filter(|byte| *byte != 0));
        record.push(0);
        option(block::NAME_IPV6, &record, out);
    }
    end_options(out);
    end(block, out);
}

/// An Enhanced Packet Block. Gives where the payload lies.
fn packet(mark: Mark<'_>, headers: &Headers, payload: &[u8], out: &mut Vec<u8>) -> Span {
    enhanced(mark, headers.bytes(), payload, out)
}

/// A message exported from a program: tags with its addresses and protocol, then the message (Wireshark's exported_pdu.h).
fn exported(
    mark: Mark<'_>,
    (from, to): (std::net::SocketAddr, std::net::SocketAddr),
    protocol: &str,
    payload: &[u8],
    out: &mut Vec<u8>,
) -> Span {
    /// Wireshark's number for a TCP port.
    const PORT_TYPE_TCP: u32 = 2;
    let mut tags = Vec::with_capacity(96);
    let mut tag = |number: u16, value: &[u8]| {
        tags.extend(number.to_be_bytes());
        tags.extend((value.len() as u16).to_be_bytes());
        tags.extend(value);
    };
    let dissector: &[u8] = match protocol {
        "HTTP" => b"http",
        "JSON" => b"json",
        // Padded to 32 bits, as every value is.
        _ => b"data",
    };
    tag(12, dissector);
    for (address, v4, v6) in [(from, 20, 22), (to, 21, 23)] {
        match address.ip() {
            IpAddr::V4(address) => tag(v4, &address.octets()),
            IpAddr::V6(address) => tag(v6, &address.octets()),
        }
    }
    tag(24, &PORT_TYPE_TCP.to_be_bytes());
    tag(25, &u32::from(from.port()).to_be_bytes());
    tag(26, &u32::from(to.port()).to_be_bytes());
    tag(0, &[]);
    enhanced(mark, &tags, payload, out)
}

fn enhanced(mark: Mark<'_>, headers: &[u8], payload: &[u8], out: &mut Vec<u8>) -> Span {
    let length = headers.len() + payload.len();
    let block = begin(block::PACKET, out);
    out.extend(mark.interface.to_le_bytes());
    let at = mark.at.0.max(0) as u64;
    out.extend(((at >> 32) as u32).to_le_bytes());
    out.extend((at as u32).to_le_bytes());
    out.extend((length as u32).to_le_bytes());
    out.extend((length as u32).to_le_bytes());
    out.extend_from_slice(headers);
    let span = Span { offset: out.len() as u64, length: payload.len() as u32 };
    out.extend_from_slice(payload);
    pad(block, out);
    if let Some(details) = mark.details {
        comment(details, out);
    }
    if let Some((number, direction)) = mark.frame {
        let flags: u32 = match direction {
            Direction::In => 1,
            Direction::Out => 2,
        };
        option(block::PACKET_FLAGS, &flags.to_le_bytes(), out);
        option(block::PACKET_ID, &number.to_le_bytes(), out);
    }
    if mark.details.is_some() || mark.frame.is_some() {
        end_options(out);
    }
    end(block, out);
    span
}

fn comment(details: &Details, out: &mut Vec<u8>) {
    let mut text = PREFIX.to_owned();
    text.push_str(&details.line());
    option(block::COMMENT, text.as_bytes(), out);
}

/// A Section Header Block.
pub(super) fn section(out: &mut Vec<u8>) {
    let block = begin(block::SECTION, out);
    out.extend(block::ORDER_MAGIC.to_le_bytes());
    out.extend([1, 0, 0, 0]);
    // A section of a length not known yet.
    out.extend(u64::MAX.to_le_bytes());
    option(block::APPLICATION, concat!("wirelab ", env!("CARGO_PKG_VERSION")).as_bytes(), out);
    end_options(out);
    end(block, out);
}

/// Begins a block; gives where.
pub(super) fn begin(kind: u32, out: &mut Vec<u8>) -> usize {
    let start = out.len();
    out.extend(kind.to_le_bytes());
    out.extend([0; 4]);
    start
}

/// Ends the block that began there, and so fixes its length.
pub(super) fn end(start: usize, out: &mut Vec<u8>) {
    let length = (out.len() - start + 4) as u32;
    out[start + 4..start + 8].copy_from_slice(&length.to_le_bytes());
    out.extend(length.to_le_bytes());
}

/// An option. One longer than its length can say is cut.
pub(super) fn option(code: u16, value: &[u8], out: &mut Vec<u8>) {
    let value = &value[..value.len().min(usize::from(u16::MAX))];
    out.extend(code.to_le_bytes());
    out.extend((value.len() as u16).to_le_bytes());
    out.extend(value);
    out.resize(out.len() + padded(value.len()) - value.len(), 0);
}

pub(super) fn end_options(out: &mut Vec<u8>) {
    out.extend([0; 4]);
}

/// Pads what was written of the block that began there to 32 bits.
pub(super) fn pad(start: usize, out: &mut Vec<u8>) {
    out.resize(start + padded(out.len() - start), 0);
}

//! Frames written as a pcapng recording, each as soon as it is seen.
//!
//! How a recording is laid out, so that Wireshark shows no errors and reading it gives the same frames:
//!
//! - A node is an interface (LINKTYPE_RAW) with its name; its number is in the interface's comment. Nodes with plain
//!   text of TLS have a second interface (LINKTYPE_WIRESHARK_UPPER_PDU).
//! - A data frame is the packets it would have been, on its node's interface: `epb_packetid` is its number, `epb_flags`
//!   its direction as the node saw it. One longer than a packet is several with the same number, and the first one's
//!   comment says how many bytes it has.
//! - A frame of which only the first bytes are known is as a snap length leaves it: packets whose captured length is
//!   less than their original one, the last ones of nothing but headers.
//! - A beginning and an end of a TCP conversation are the packets that make them: handshake, FIN, RST. What happened
//!   exactly is in the first one's comment. Unix sockets are written as TCP or UDP between addresses of their own
//!   ([`super::synthetic`]), which have their paths as names.
//! - All else is a systemd Journal Export Block, its words in `MESSAGE` and the details in `WIRELAB`.
//! - What is known of a conversation, its path and nodes too, is told in the details of its first record.
//! - Comments of wirelab's begin with `wl:`; after that comes JSON ([`super::details`]).
//! - A note of the user's on a frame is a comment of its first packet, in plain words; a mark is told in the details.
//!   What is said of a frame that was written before is a journal entry that names it.
//! - When frames had arrived is told later, in blocks for local use ([`block::ARRIVALS`]).

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use foldhash::fast::RandomState;

use super::block::{self, padded};
use super::details::{Details, JOURNAL_FIELD, PREFIX};
use super::link::LinkType;
use super::place::{Place, Span};
use super::synthetic::{self, Carrier, Tuple};
use super::wire::{Headers, Piece, Wire};
use crate::model::{
    Address, Closing, Direction, Flow, FlowId, Frame, FrameKind, Mark, NodeId, Remark, Side, Timestamp,
};

/// Conversations remembered after their end: what comes late still fits the sequence numbers.
const CLOSED_KEPT: usize = 4096;

/// Arrivals put together before a block of them is written; at 16 bytes each.
const ARRIVALS_TOGETHER: usize = 256;

/// `if_tsresol`: nanoseconds.
pub(super) const NANOSECONDS: u8 = 9;

/// What is told of a packet beside its bytes.
#[derive(Clone, Copy)]
struct Label<'a> {
    interface: u32,
    at: Timestamp,
    frame: Option<(u64, Direction)>,
    details: Option<&'a Details>,
    note: Option<&'a str>,
}

/// A frame, and what the user has said of it.
#[derive(Clone, Copy)]
struct Told<'a> {
    frame: &'a Frame,
    remark: Remark<'a>,
}

/// Writes frames as a recording. A file may begin in the middle of conversations.
#[derive(Debug, Default)]
pub struct Writer {
    names: HashMap<NodeId, String>,
    interfaces: HashMap<(NodeId, LinkType), u32, RandomState>,
    interface_count: u32,
    wires: HashMap<FlowId, Wire, RandomState>,
    closed: VecDeque<(FlowId, Tuple)>,
    /// Whose packets a reader takes those between two ends to be.
    current: HashMap<Tuple, FlowId, RandomState>,
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
        self.remarked(frame, flow, Remark::default(), out)
    }

    /// Writes a frame with what the user has said of it.
    pub fn remarked(&mut self, frame: &Frame, flow: Option<&Flow>, remark: Remark<'_>, out: &mut Vec<u8>) -> Place {
        let told = Told { frame, remark };
        let place = match flow {
            Some(flow) => self.frame_of_flow(told, flow, out),
            None => self.journal(told, None, out),
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

    /// Writes a note on a frame that was written before, in the place of an older one; an empty one takes that away.
    pub fn note(&mut self, frame: u64, note: &str, at: Timestamp, out: &mut Vec<u8>) {
        let details = Details { frame: Some(frame), at: Some(at), note: Some(note.to_owned()), ..Details::default() };
        let words = format!("note on frame {frame}: {note}");
        entry(&Entry { at, words: &words, is_trouble: false, name: None }, &details, out);
    }

    /// Marks a frame that was written before, or takes its mark away.
    pub fn mark(&mut self, frame: u64, mark: Mark, at: Timestamp, out: &mut Vec<u8>) {
        let details = Details { frame: Some(frame), at: Some(at), mark: Some(mark), ..Details::default() };
        let words = match mark {
            Mark::On => format!("frame {frame} is marked"),
            Mark::Off => format!("frame {frame} is no longer marked"),
        };
        entry(&Entry { at, words: &words, is_trouble: false, name: None }, &details, out);
    }

    /// Writes secrets with which TLS flows in the file can be read: lines of an `SSLKEYLOGFILE`. They come before the
    /// packets they are for.
    pub fn secrets(&mut self, lines: &[u8], out: &mut Vec<u8>) {
        let block = begin(block::SECRETS, out);
        out.extend_from_slice(&block::TLS_KEY_LOG.to_le_bytes());
        out.extend_from_slice(&(lines.len() as u32).to_le_bytes());
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
            out.extend_from_slice(&frame.to_le_bytes());
            out.extend_from_slice(&at.0.to_le_bytes());
        }
        end(block, out);
    }

    fn frame_of_flow(&mut self, told: Told<'_>, flow: &Flow, out: &mut Vec<u8>) -> Place {
        let frame = told.frame;
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
            FrameKind::Data { .. } if frame.length() == 0 && wire.carrier != Carrier::Udp => {
                self.journal(told, Some((flow.id, announcement)), out)
            }
            FrameKind::Data { direction, payload } => {
                self.data(told, flow, (side(*direction), *direction, payload), announcement, out)
            }
            FrameKind::Opened { .. } if is_stream && !wire.is_opened => {
                self.packets(told, flow, announcement, out, |wire, packet| wire.open(packet))
            }
            FrameKind::Finished(direction) if is_stream && !wire.is_closed && !wire.is_finished(side(*direction)) => {
                let from = side(*direction);
                self.packets(told, flow, announcement, out, |wire, packet| packet(&wire.finish(from)))
            }
            FrameKind::Closed(how) if is_stream && !wire.is_closed => {
                let own = side(Direction::Out);
                let place = self.packets(told, flow, announcement, out, |wire, packet| close(wire, how, own, packet));
                self.closed(flow);
                place
            }
            FrameKind::Closed(_) => {
                let place = self.journal(told, Some((flow.id, announcement)), out);
                self.closed(flow);
                place
            }
            FrameKind::Step(_)
            | FrameKind::Opened { .. }
            | FrameKind::Finished(_)
            | FrameKind::Lost { .. }
            | FrameKind::Impaired { .. }
            | FrameKind::Error(_)
            | FrameKind::Note(_) => self.journal(told, Some((flow.id, announcement)), out),
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
        Told { frame, remark }: Told<'_>,
        flow: &Flow,
        (from, direction, payload): (Side, Direction, &[u8]),
        announcement: Option<Flow>,
        out: &mut Vec<u8>,
    ) -> Place {
        let link = self.wires.get(&flow.id).map_or(LinkType::RAW, |wire| link_of(wire.carrier));
        let interface = self.interface(frame.node, link, out);
        let wire = self.wires.entry(flow.id).or_insert_with(|| Wire::new(flow));
        let room = wire.room();
        let mut left = frame.length();
        let bytes = (left > room as u64).then_some(left);
        let details = Details { flow: announcement, bytes, mark: marked(remark), ..Details::default() };
        let says = details.flow.is_some() || bytes.is_some() || details.mark.is_some();
        let (mut details, mut note) = (says.then_some(&details), remark.note);
        let mut rest = payload;
        let mut spans = Vec::with_capacity(1);
        loop {
            let length = left.min(room as u64) as usize;
            let (bytes, after) = rest.split_at(rest.len().min(length));
            let piece = Piece { bytes, length };
            if let Some(acknowledgement) = wire.due(from) {
                let label = Label { interface, at: frame.at, frame: None, details: None, note: None };
                packet(label, &acknowledgement, Piece::default(), out);
            }
            let of = Some((frame.number, direction));
            let label = Label { interface, at: frame.at, frame: of, details: details.take(), note: note.take() };
            let span = if wire.carrier == Carrier::Exported {
                exported(label, wire.addresses(from), frame.protocol, piece, out)
            } else {
                packet(label, &wire.data(from, piece), piece, out)
            };
            if span.length > 0 || spans.is_empty() {
                spans.push(span);
            }
            (rest, left) = (after, left - length as u64);
            if left == 0 {
                return Place::of(spans);
            }
        }
    }

    /// Packets that stand for what is no data; the first one says what happened.
    fn packets(
        &mut self,
        Told { frame, remark }: Told<'_>,
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
            mark: marked(remark),
            ..Details::default()
        };
        let (mut details, mut note) = (Some(&details), remark.note);
        let mut first = None;
        act(wire, &mut |headers| {
            let label = Label { interface, at: frame.at, frame: None, details: details.take(), note: note.take() };
            let behind = packet(label, headers, Piece::default(), out).offset;
            first.get_or_insert(behind - headers.bytes().len() as u64);
        });
        Place::at(first.unwrap_or(out.len() as u64), 0)
    }

    fn journal(
        &mut self,
        Told { frame, remark }: Told<'_>,
        flow: Option<(FlowId, Option<Flow>)>,
        out: &mut Vec<u8>,
    ) -> Place {
        let (flow_id, flow) = flow.map_or((frame.flow, None), |(id, flow)| (Some(id), flow));
        let name = self.names.get(&frame.node).cloned();
        let details = Details {
            frame: Some(frame.number),
            at: Some(frame.at),
            node: Some(frame.node),
            name: name.clone(),
            flow,
            flow_id,
            kind: Some(frame.kind.clone()),
            mark: marked(remark),
            note: remark.note.map(str::to_owned),
            ..Details::default()
        };
        let is_trouble = matches!(frame.kind, FrameKind::Error(_));
        let block = out.len() as u64;
        entry(&Entry { at: frame.at, words: &frame.summary, is_trouble, name: name.as_deref() }, &details, out);
        Place::at(block, 0)
    }

    /// The interface of a node, described when it is new.
    fn interface(&mut self, node: NodeId, link: LinkType, out: &mut Vec<u8>) -> u32 {
        if let Some(interface) = self.interfaces.get(&(node, link)) {
            return *interface;
        }
        let name = self.names.get(&node).cloned().unwrap_or_else(|| format!("node {node}"));
        let block = begin(block::INTERFACE, out);
        out.extend_from_slice(&(link.0 as u16).to_le_bytes());
        // Reserved, and a snap length of 0: there is none that all packets have.
        out.extend_from_slice(&[0; 6]);
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

/// A whole recording of these frames, for when they are kept in memory anyway; `remark` is what the user has said of a
/// frame.
pub fn whole<'a>(
    nodes: impl IntoIterator<Item = (NodeId, &'a str)>,
    frames: impl IntoIterator<Item = &'a Frame>,
    flow: impl Fn(FlowId) -> Option<&'a Flow>,
    remark: impl Fn(u64) -> Remark<'a>,
) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = Writer::new(&mut out);
    for (node, name) in nodes {
        writer.node(node, name);
    }
    for frame in frames {
        writer.remarked(frame, frame.flow.and_then(&flow), remark(frame.number), &mut out);
    }
    writer.flush(&mut out);
    out
}

fn marked(remark: Remark<'_>) -> Option<Mark> {
    Some(remark.mark).filter(|mark| *mark == Mark::On)
}

/// What a journal entry says to those who read journals.
struct Entry<'a> {
    at: Timestamp,
    words: &'a str,
    is_trouble: bool,
    name: Option<&'a str>,
}

/// A systemd Journal Export Block.
fn entry(entry: &Entry<'_>, details: &Details, out: &mut Vec<u8>) {
    let block = begin(block::JOURNAL, out);
    let mut field = |name: &str, value: &str| {
        out.extend_from_slice(name.as_bytes());
        out.push(b'=');
        // A value in this form is one line; what would end it is shown as a space.
        out.extend(value.bytes().map(|byte| if byte == b'\n' { b' ' } else { byte }));
        out.push(b'\n');
    };
    field("__REALTIME_TIMESTAMP", &entry.at.0.max(0).div_euclid(1000).to_string());
    field("MESSAGE", entry.words);
    field("PRIORITY", if entry.is_trouble { "3" } else { "6" });
    field("SYSLOG_IDENTIFIER", entry.name.unwrap_or("wirelab"));
    field(JOURNAL_FIELD, &details.line());
    pad(block, out);
    end(block, out);
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
fn packet(label: Label<'_>, headers: &Headers, piece: Piece<'_>, out: &mut Vec<u8>) -> Span {
    enhanced(label, headers.bytes(), piece, out)
}

/// A message exported from a program: tags with its addresses and protocol, then the message (Wireshark's exported_pdu.h).
fn exported(
    label: Label<'_>,
    (from, to): (std::net::SocketAddr, std::net::SocketAddr),
    protocol: &str,
    piece: Piece<'_>,
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
    enhanced(label, &tags, piece, out)
}

fn enhanced(label: Label<'_>, headers: &[u8], piece: Piece<'_>, out: &mut Vec<u8>) -> Span {
    let Piece { bytes, length } = piece;
    let block = begin(block::PACKET, out);
    out.extend_from_slice(&label.interface.to_le_bytes());
    let at = label.at.0.max(0) as u64;
    out.extend_from_slice(&((at >> 32) as u32).to_le_bytes());
    out.extend_from_slice(&(at as u32).to_le_bytes());
    for length in [bytes.len(), length] {
        out.extend_from_slice(&((headers.len() + length) as u32).to_le_bytes());
    }
    out.extend_from_slice(headers);
    let span = Span { offset: out.len() as u64, length: bytes.len() as u32 };
    out.extend_from_slice(bytes);
    pad(block, out);
    if let Some(note) = label.note {
        option(block::COMMENT, note.as_bytes(), out);
    }
    if let Some(details) = label.details {
        comment(details, out);
    }
    if let Some((number, direction)) = label.frame {
        let flags: u32 = match direction {
            Direction::In => 1,
            Direction::Out => 2,
        };
        option(block::PACKET_FLAGS, &flags.to_le_bytes(), out);
        option(block::PACKET_ID, &number.to_le_bytes(), out);
    }
    if label.details.is_some() || label.note.is_some() || label.frame.is_some() {
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
    out.extend_from_slice(&block::ORDER_MAGIC.to_le_bytes());
    out.extend_from_slice(&[1, 0, 0, 0]);
    // A section of a length not known yet.
    out.extend_from_slice(&u64::MAX.to_le_bytes());
    option(block::APPLICATION, concat!("wirelab ", env!("CARGO_PKG_VERSION")).as_bytes(), out);
    end_options(out);
    end(block, out);
}

/// Begins a block; gives where.
pub(super) fn begin(kind: u32, out: &mut Vec<u8>) -> usize {
    let start = out.len();
    out.extend_from_slice(&kind.to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    start
}

/// Ends the block that began there, and so fixes its length.
pub(super) fn end(start: usize, out: &mut Vec<u8>) {
    let length = (out.len() - start + 4) as u32;
    out[start + 4..start + 8].copy_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&length.to_le_bytes());
}

/// An option. One longer than its length can say is cut.
pub(super) fn option(code: u16, value: &[u8], out: &mut Vec<u8>) {
    let value = &value[..value.len().min(usize::from(u16::MAX))];
    out.extend_from_slice(&code.to_le_bytes());
    out.extend_from_slice(&(value.len() as u16).to_le_bytes());
    out.extend_from_slice(value);
    out.resize(out.len() + padded(value.len()) - value.len(), 0);
}

pub(super) fn end_options(out: &mut Vec<u8>) {
    out.extend_from_slice(&[0; 4]);
}

/// Pads what was written of the block that began there to 32 bits.
pub(super) fn pad(start: usize, out: &mut Vec<u8>) {
    out.resize(start + padded(out.len() - start), 0);
}

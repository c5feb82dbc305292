//! Packets of anyone's put together to conversations: TCP streams in order, datagrams whole.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;

use super::fragments::Fragments;
use super::link::{LinkType, ip_within};
use super::numbers::Numbers;
use super::packet::{self, Carried, IpPacket, Segment};
use super::place::{Place, offset_within};
use super::seen::{Belonging, Observed, Seen};
use super::stream::{Absence, Delivered, Piece, Stream};
use crate::model::{Address, Closing, Direction, Flow, FlowId, FrameKind, NodeId, Step, Timestamp, Transport};

/// Conversations of one generation. When there are so many, those of the generation before that said nothing since are
/// forgotten; so at most twice as many are kept, of about 400 bytes each.
const GENERATION: usize = 65_536;

/// Ports below this are servers' (RFC 6335 section 6).
const SYSTEM_PORTS: u16 = 1024;

/// A packet as it was captured.
#[derive(Debug, Clone, Copy)]
pub struct Captured<'a> {
    /// The interface it was captured on.
    pub node: NodeId,
    /// What it begins with.
    pub link: LinkType,
    /// When.
    pub at: Timestamp,
    /// What was captured.
    pub data: &'a [u8],
    /// Where that lies in the file.
    pub offset: u64,
    /// How long it was on the wire.
    pub length: u32,
}

/// Follows all conversations.
#[derive(Debug, Default)]
pub struct Tracker {
    tracks: Tracks,
    fragments: Fragments,
    /// Bytes kept in all streams.
    held: usize,
}

/// The conversations kept, in two generations.
#[derive(Debug, Default)]
struct Tracks {
    live: Table,
    before: Table,
}

/// Looked into for every packet, so with a hash that is quick, and seeded, as whoever sends packets chooses the keys.
type Table = HashMap<Key, Track, foldhash::fast::RandomState>;

/// What tells conversations apart: the transport, the lesser end and the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key {
    transport: Transport,
    low: SocketAddr,
    high: SocketAddr,
}

/// Said in two or three words, not in the dozen pieces a derived one has: it is asked of every packet.
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let ports = u32::from(self.low.port()) << 16 | u32::from(self.high.port());
        match (self.low.ip(), self.high.ip()) {
            (IpAddr::V4(low), IpAddr::V4(high)) => {
                state.write_u64(u64::from(low.to_bits()) << 32 | u64::from(high.to_bits()));
            }
            (low, high) => {
                for ip in [low, high] {
                    state.write_u128(match ip {
                        IpAddr::V4(ip) => u128::from(ip.to_bits()),
                        IpAddr::V6(ip) => ip.to_bits(),
                    });
                }
            }
        }
        state.write_u32(ports);
    }
}

#[derive(Debug)]
struct Track {
    flow: FlowId,
    node: NodeId,
    client: SocketAddr,
    life: Life,
    /// The sequence number of the client's SYN.
    first: Option<u32>,
    to_server: Stream,
    to_client: Stream,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Life {
    /// Nothing was seen yet, or it began before the capture did.
    Unknown,
    /// The client asked.
    Asked,
    /// The server has answered.
    Open,
    /// It was reset, or both ends have finished.
    Over,
}

/// What one packet gives: its transport's bytes, and where they lie.
struct Inside<'a> {
    bytes: &'a [u8],
    place: Place,
    length: usize,
}

impl Inside<'_> {
    fn part(&self, payload: &[u8]) -> Place {
        let start = offset_within(self.bytes, payload);
        self.place.part(start..start + payload.len())
    }
}

impl Tracker {
    /// Takes a packet in.
    pub(super) fn take(&mut self, captured: Captured<'_>, numbers: &mut Numbers, sink: &mut dyn FnMut(Seen)) {
        let Captured { at, node, data, offset, .. } = captured;
        let mut note = |words: String| {
            let place = Place::at(offset, data.len());
            sink(Seen::Frame(Observed::new(at, node, None, FrameKind::Note(words), place)));
        };
        let packet = match ip_within(captured.link, data, captured.length as usize) {
            Ok(within) => packet::ip(data.get(within.start..).unwrap_or_default(), within.len()),
            Err(what) => return note(format!("{what}, {} bytes", captured.length)),
        };
        let packet = match packet {
            Ok(packet) => packet,
            Err(why) => return note(format!("malformed packet: {why}")),
        };
        let place = Place::at(offset + offset_within(data, packet.payload) as u64, packet.payload.len());
        let Some(fragment) = packet.fragment else {
            let inside = Inside { bytes: packet.payload, place, length: packet.length };
            return self.carry(captured, &packet, &inside, numbers, sink);
        };
        // What was not captured of it is nowhere else, so its datagram never comes whole.
        if packet.payload.len() < packet.length {
            let words = format!("a fragment of datagram {}, cut by the capture's snap length", fragment.id);
            return note(format!("{words}, {} → {}, {} bytes", packet.from, packet.to, packet.length));
        }
        let key = (packet.from, packet.to, packet.protocol, fragment.id);
        let lost = |key| note(lost_fragments(key));
        if let Some(whole) = self.fragments.take(key, fragment, (packet.payload, place), lost) {
            let inside = Inside { bytes: &whole.bytes, place: whole.place, length: whole.bytes.len() };
            self.carry(captured, &packet, &inside, numbers, sink);
        }
    }

    /// The capture has ended: tells what was kept back.
    pub(super) fn finish(&mut self, at: Timestamp, sink: &mut dyn FnMut(Seen)) {
        self.tracks.before.extend(self.tracks.live.drain());
        forget_all(&mut self.tracks.before, &mut self.held, sink);
        self.fragments.finish(|key| {
            let kind = FrameKind::Note(lost_fragments(key));
            sink(Seen::Frame(Observed::new(at, NodeId(0), None, kind, Place::at(0, 0))));
        });
    }

    fn carry(
        &mut self,
        captured: Captured<'_>,
        packet: &IpPacket<'_>,
        inside: &Inside<'_>,
        numbers: &mut Numbers,
        sink: &mut dyn FnMut(Seen),
    ) {
        match packet::carried(packet.protocol, inside.bytes, inside.length) {
            Carried::Tcp(segment) => self.segment(captured, packet, inside, &segment, numbers, sink),
            Carried::Udp(datagram) => {
                let (from, to) = ends(packet, datagram.ports);
                let make = || Track::new(numbers.flow(), captured.node, from);
                let track = self.tracks.find(key(Transport::Udp, from, to), captured.at, make, &mut self.held, sink);
                let payload = Bytes::copy_from_slice(datagram.payload);
                let (kind, place) =
                    (FrameKind::Data { direction: track.direction(from), payload }, inside.part(datagram.payload));
                let near = place.part(0..0);
                let direction = track.direction(from);
                track.belongs(captured.at, direction, inside, HasFrames::Yes, sink);
                track.tell(captured.at, kind, place, sink);
                if datagram.cut > 0 {
                    track.tell(captured.at, missing(datagram.cut as u64, Absence::SnapLength), near, sink);
                }
            }
            Carried::Other(name) => {
                let words = format!("{name}, {} → {}, {} bytes", packet.from, packet.to, packet.length);
                let Captured { at, node, .. } = captured;
                let (kind, place) = (FrameKind::Note(words), inside.place.clone());
                sink(Seen::Frame(Observed::new(at, node, None, kind, place)));
            }
        }
    }

    fn segment(
        &mut self,
        captured: Captured<'_>,
        packet: &IpPacket<'_>,
        inside: &Inside<'_>,
        segment: &Segment<'_>,
        numbers: &mut Numbers,
        sink: &mut dyn FnMut(Seen),
    ) {
        let (from, to) = ends(packet, segment.ports);
        let key = key(Transport::Tcp, from, to);
        let is_first = segment.flags.syn && segment.acknowledged.is_none();
        if is_first
            && self.tracks.get(&key).is_some_and(|track| track.is_another(segment.sequence))
            && let Some(mut track) = self.tracks.remove(&key)
        {
            track.flush(&mut self.held, sink);
        }
        let make = || {
            let client = if is_client(from, to, segment) { from } else { to };
            Track::new(numbers.flow(), captured.node, client)
        };
        let track = self.tracks.find(key, captured.at, make, &mut self.held, sink);
        let mut has_frames = if segment.payload.is_empty() { HasFrames::No } else { HasFrames::Yes };
        track.take(captured.at, (from, to), segment, &inside.part(segment.payload), &mut self.held, &mut |seen| {
            has_frames = HasFrames::Yes;
            sink(seen);
        });
        track.belongs(captured.at, track.direction(from), inside, has_frames, sink);
    }
}

/// Whether frames tell of a packet, now or later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HasFrames {
    Yes,
    No,
}

impl Tracks {
    fn get(&self, key: &Key) -> Option<&Track> {
        self.live.get(key).or_else(|| self.before.get(key))
    }

    fn remove(&mut self, key: &Key) -> Option<Track> {
        self.live.remove(key).or_else(|| self.before.remove(key))
    }

    /// The conversation, which begins if there is none.
    fn find(
        &mut self,
        key: Key,
        at: Timestamp,
        make: impl FnOnce() -> Track,
        held: &mut usize,
        sink: &mut dyn FnMut(Seen),
    ) -> &mut Track {
        if self.live.len() >= GENERATION && !self.live.contains_key(&key) {
            forget_all(&mut self.before, held, sink);
            self.before = std::mem::take(&mut self.live);
        }
        let before = &mut self.before;
        self.live.entry(key).or_insert_with(|| {
            before.remove(&key).unwrap_or_else(|| {
                let track = make();
                sink(Seen::Flow(track.flow(key, at)));
                track
            })
        })
    }
}

/// Tells what the conversations still kept back, in the order in which they began.
fn forget_all(tracks: &mut Table, held: &mut usize, sink: &mut dyn FnMut(Seen)) {
    let mut gone: Vec<Track> = tracks.drain().map(|(_, track)| track).collect();
    gone.sort_by_key(|track| track.flow);
    for mut track in gone {
        track.flush(held, sink);
    }
}

impl Track {
    fn new(flow: FlowId, node: NodeId, client: SocketAddr) -> Self {
        let (to_server, to_client) = (Stream::default(), Stream::default());
        Self { flow, node, client, life: Life::Unknown, first: None, to_server, to_client }
    }

    fn flow(&self, Key { transport, low, high }: Key, began: Timestamp) -> Flow {
        let server = if self.client == low { high } else { low };
        Flow {
            id: self.flow,
            transport,
            client: Address::Ip(self.client),
            server: Address::Ip(server),
            client_node: Some(self.node),
            server_node: None,
            began,
            last: began,
            to_server: 0,
            to_client: 0,
            frames: 0,
            is_open: true,
        }
    }

    /// Whether a SYN with that number begins another conversation between the same ends. With the same number it asks
    /// again, be it after a refusal.
    fn is_another(&self, sequence: u32) -> bool {
        self.first != Some(sequence)
    }

    fn direction(&self, from: SocketAddr) -> Direction {
        if from == self.client { Direction::Out } else { Direction::In }
    }

    fn tell(&self, at: Timestamp, kind: FrameKind, place: Place, sink: &mut dyn FnMut(Seen)) {
        sink(Seen::Frame(Observed::new(at, self.node, Some(self.flow), kind, place)));
    }

    /// Tells that a packet is of this conversation.
    fn belongs(
        &self,
        at: Timestamp,
        direction: Direction,
        inside: &Inside<'_>,
        has_frames: HasFrames,
        sink: &mut dyn FnMut(Seen),
    ) {
        let Self { flow, node, .. } = *self;
        let (place, is_bare) = (inside.place.clone(), has_frames == HasFrames::No);
        sink(Seen::Packet(Belonging { at, node, flow, direction, place, is_bare }));
    }

    /// Takes a segment in.
    fn take(
        &mut self,
        at: Timestamp,
        (from, to): (SocketAddr, SocketAddr),
        segment: &Segment<'_>,
        place: &Place,
        held: &mut usize,
        sink: &mut dyn FnMut(Seen),
    ) {
        let direction = self.direction(from);
        let near = place.part(0..0);
        if segment.flags.syn {
            self.synchronise(at, (from, to), segment, &near, sink);
        }
        let (flow, node) = (self.flow, self.node);
        let (there, back) = match direction {
            Direction::Out => (&mut self.to_server, &mut self.to_client),
            Direction::In => (&mut self.to_client, &mut self.to_server),
        };
        let (its, other) = (
            Teller { flow, node, direction, near: &near },
            Teller { flow, node, direction: opposite(direction), near: &near },
        );
        if let Some(acknowledged) = segment.acknowledged {
            back.acknowledge(acknowledged, held, &mut |at, what| other.tell(at, what, sink));
        }
        let sequence = segment.sequence.wrapping_add(u32::from(segment.flags.syn));
        // A reset may say why in its payload (RFC 9293 section 3.5.3).
        if !segment.flags.rst || !segment.payload.is_empty() {
            let Segment { payload, cut, .. } = *segment;
            let piece = Piece { at, sequence, bytes: payload, place: place.clone(), cut };
            there.take(&piece, held, &mut |at, what| its.tell(at, what, sink));
        }
        if segment.flags.fin {
            let end = sequence.wrapping_add((segment.payload.len() + segment.cut) as u32);
            there.finish(at, end, &mut |at, what| its.tell(at, what, sink));
        }
        if segment.flags.rst {
            self.reset(at, (direction, from), near, held, sink);
        } else if self.life != Life::Over && self.to_server.is_finished() && self.to_client.is_finished() {
            self.life = Life::Over;
            self.tell(at, FrameKind::Closed(Closing::Orderly), near, sink);
        }
    }

    fn synchronise(
        &mut self,
        at: Timestamp,
        (from, to): (SocketAddr, SocketAddr),
        segment: &Segment<'_>,
        near: &Place,
        sink: &mut dyn FnMut(Seen),
    ) {
        let (local, peer) = if from == self.client { (from, to) } else { (to, from) };
        match (segment.acknowledged, self.life) {
            (None, Life::Unknown | Life::Over) => {
                self.life = Life::Asked;
                self.first = Some(segment.sequence);
                self.tell(at, FrameKind::Step(Step::Connecting(Address::Ip(peer))), near.clone(), sink);
            }
            (Some(acknowledged), Life::Unknown | Life::Asked) => {
                self.life = Life::Open;
                // Captured before the SYN it answers: that one begins no other conversation.
                self.first.get_or_insert(acknowledged.wrapping_sub(1));
                let kind = FrameKind::Opened { local: Address::Ip(local), peer: Address::Ip(peer) };
                self.tell(at, kind, near.clone(), sink);
            }
            (None, Life::Asked | Life::Open) | (Some(_), Life::Open | Life::Over) => {}
        }
    }

    fn reset(
        &mut self,
        at: Timestamp,
        (direction, from): (Direction, SocketAddr),
        near: Place,
        held: &mut usize,
        sink: &mut dyn FnMut(Seen),
    ) {
        self.flush(held, sink);
        let kind = match (self.life, direction) {
            (Life::Over, _) => return,
            (Life::Asked, Direction::In) => {
                FrameKind::Step(Step::ConnectFailed(Address::Ip(from), "connection refused (RST)".into()))
            }
            (Life::Unknown | Life::Open, Direction::In) => FrameKind::Closed(Closing::ResetByPeer),
            (Life::Unknown | Life::Asked | Life::Open, Direction::Out) => FrameKind::Closed(Closing::ResetByUs),
        };
        self.life = Life::Over;
        self.tell(at, kind, near, sink);
    }

    /// Tells what is kept back; nothing that is missing will come any more.
    fn flush(&mut self, held: &mut usize, sink: &mut dyn FnMut(Seen)) {
        let near = Place::at(0, 0);
        for direction in [Direction::Out, Direction::In] {
            let teller = Teller { flow: self.flow, node: self.node, direction, near: &near };
            let stream = match direction {
                Direction::Out => &mut self.to_server,
                Direction::In => &mut self.to_client,
            };
            stream.flush(held, &mut |at, what| teller.tell(at, what, sink));
        }
    }
}

/// Tells what comes out of one direction's stream.
struct Teller<'a> {
    flow: FlowId,
    node: NodeId,
    direction: Direction,
    /// Where what has no bytes of its own is told.
    near: &'a Place,
}

impl Teller<'_> {
    fn tell(&self, at: Timestamp, what: Delivered<'_>, sink: &mut dyn FnMut(Seen)) {
        let (kind, place) = match what {
            Delivered::Data(bytes, place) => {
                let payload = Bytes::copy_from_slice(bytes);
                (FrameKind::Data { direction: self.direction, payload }, place)
            }
            Delivered::Missing(count, why) => (missing(count, why), self.near.clone()),
            Delivered::Finished => (FrameKind::Finished(self.direction), self.near.clone()),
        };
        sink(Seen::Frame(Observed::new(at, self.node, Some(self.flow), kind, place)));
    }
}

fn opposite(direction: Direction) -> Direction {
    match direction {
        Direction::In => Direction::Out,
        Direction::Out => Direction::In,
    }
}

fn missing(count: u64, why: Absence) -> FrameKind {
    let why = match why {
        Absence::Packets => "bytes missing in the capture",
        Absence::SnapLength => "bytes cut off by the capture's snap length",
    };
    FrameKind::Lost { count, why: why.into() }
}

fn lost_fragments((from, to, _, id): (IpAddr, IpAddr, u8, u32)) -> String {
    format!("fragments of datagram {id}, {from} → {to}, did not all come")
}

fn ends(packet: &IpPacket<'_>, ports: (u16, u16)) -> (SocketAddr, SocketAddr) {
    (SocketAddr::new(packet.from, ports.0), SocketAddr::new(packet.to, ports.1))
}

fn key(transport: Transport, one: SocketAddr, other: SocketAddr) -> Key {
    let (low, high) = if one <= other { (one, other) } else { (other, one) };
    Key { transport, low, high }
}

/// Whether the first segment seen comes from the client: it asks, or it does not answer and does not come from a
/// server's port.
fn is_client(from: SocketAddr, to: SocketAddr, segment: &Segment<'_>) -> bool {
    if segment.flags.syn {
        return segment.acknowledged.is_none();
    }
    !(from.port() < SYSTEM_PORTS && to.port() >= SYSTEM_PORTS)
}

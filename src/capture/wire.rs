//! The packets a conversation would have been on a wire: headers, sequence numbers, checksums.

use std::net::SocketAddr;

use etherparse::{IpNumber, Ipv4Header, Ipv6FlowLabel, Ipv6Header, TcpHeader, TcpOptionElement, UdpHeader};

use super::checksum;
use super::synthetic::{self, Carrier, v6};
use crate::model::{Flow, NodeId, Side};

/// The most payload of one packet: the longest IPv4 packet less two headers of 20 bytes.
pub const SEGMENT: usize = 65_495;

/// The most a UDP datagram carries over IPv4; over IPv6 it is 20 more.
const DATAGRAM: usize = 65_507;

/// Bytes sent before the other end is made to acknowledge them: far below the window, as a real receiver would.
const UNACKNOWLEDGED: u32 = 1024 * 1024;

/// The window each end offers, and the power of two it is scaled by: a gigabyte, so that it is never full.
const WINDOW: u16 = u16::MAX;
const WINDOW_SCALE: u8 = 14;

/// Where a TCP header has its checksum (RFC 9293).
const CHECKSUM: std::ops::Range<usize> = 16..18;

const HOPS: u8 = 64;

/// A conversation's state on the wire.
#[derive(Debug)]
pub struct Wire {
    /// What its packets look like.
    pub carrier: Carrier,
    /// Who takes part, as was last told to the reader.
    pub announced: (Option<NodeId>, Option<NodeId>),
    /// Whether the handshake was written.
    pub is_opened: bool,
    /// Whether it has ended.
    pub is_closed: bool,
    client: End,
    server: End,
}

#[derive(Debug)]
struct End {
    address: SocketAddr,
    /// The sequence number of its next byte.
    next: u32,
    /// What it has acknowledged.
    acknowledged: u32,
    is_finished: bool,
}

/// What one packet carries, at most [`Wire::room`] bytes. Of those that are cut off only how many they are is known; the
/// checksum is then of the others, for no reader can check any.
#[derive(Debug, Clone, Copy, Default)]
pub struct Piece<'a> {
    /// The bytes that are known.
    pub bytes: &'a [u8],
    /// How many there were on the wire.
    pub length: usize,
}

/// What a TCP segment is beside its payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Syn,
    SynAck,
    Ack,
    Push,
    Fin,
    Reset,
}

impl Wire {
    /// Of a conversation of which nothing is written yet.
    pub fn new(flow: &Flow) -> Self {
        let (client, server) = synthetic::ends(flow);
        // Any numbers do; these differ between conversations that one pair of ports has after another.
        let first = (flow.id.0 as u32).wrapping_mul(0x9E37_79B1);
        let (client, server) = (End::new(client, first), End::new(server, !first));
        let mut wire = Self {
            carrier: Carrier::of(flow.transport),
            announced: (flow.client_node, flow.server_node),
            is_opened: false,
            is_closed: false,
            client,
            server,
        };
        wire.client.acknowledged = wire.server.next;
        wire.server.acknowledged = wire.client.next;
        wire
    }

    /// Whether that side has sent its FIN.
    pub fn is_finished(&self, side: Side) -> bool {
        self.end(side).is_finished
    }

    /// The addresses, the sender's first.
    pub fn addresses(&self, from: Side) -> (SocketAddr, SocketAddr) {
        (self.end(from).address, self.end(from.other()).address)
    }

    /// The most payload of one packet.
    pub fn room(&self) -> usize {
        match self.carrier {
            Carrier::Tcp | Carrier::Exported => SEGMENT,
            Carrier::Udp => DATAGRAM,
        }
    }

    /// The three-way handshake; each packet is given to `packet`.
    pub fn open(&mut self, mut packet: impl FnMut(&Headers)) {
        self.is_opened = true;
        packet(&self.segment(Side::Client, Kind::Syn, Piece::default()));
        packet(&self.segment(Side::Server, Kind::SynAck, Piece::default()));
        packet(&self.segment(Side::Client, Kind::Ack, Piece::default()));
    }

    /// The other end's acknowledgement, when it is due before `from` sends on.
    pub fn due(&mut self, from: Side) -> Option<Headers> {
        let (own, other) = (self.end(from), self.end(from.other()));
        let is_due = self.carrier == Carrier::Tcp && own.next.wrapping_sub(other.acknowledged) >= UNACKNOWLEDGED;
        is_due.then(|| self.segment(from.other(), Kind::Ack, Piece::default()))
    }

    /// The headers before a piece of data.
    pub fn data(&mut self, from: Side, piece: Piece<'_>) -> Headers {
        match self.carrier {
            Carrier::Tcp => self.segment(from, Kind::Push, piece),
            Carrier::Udp => self.datagram(from, piece),
            Carrier::Exported => Headers::default(),
        }
    }

    /// A FIN.
    pub fn finish(&mut self, from: Side) -> Headers {
        let headers = self.segment(from, Kind::Fin, Piece::default());
        match from {
            Side::Client => self.client.is_finished = true,
            Side::Server => self.server.is_finished = true,
        }
        headers
    }

    /// A plain acknowledgement.
    pub fn acknowledge(&mut self, from: Side) -> Headers {
        self.segment(from, Kind::Ack, Piece::default())
    }

    /// An RST.
    pub fn reset(&mut self, from: Side) -> Headers {
        self.is_closed = true;
        self.segment(from, Kind::Reset, Piece::default())
    }

    fn end(&self, side: Side) -> &End {
        match side {
            Side::Client => &self.client,
            Side::Server => &self.server,
        }
    }

    fn segment(&mut self, from: Side, kind: Kind, piece: Piece<'_>) -> Headers {
        let (own, other) = match from {
            Side::Client => (&mut self.client, &mut self.server),
            Side::Server => (&mut self.server, &mut self.client),
        };
        let mut header = TcpHeader::new(own.address.port(), other.address.port(), own.next, WINDOW);
        header.syn = matches!(kind, Kind::Syn | Kind::SynAck);
        header.fin = kind == Kind::Fin;
        header.rst = kind == Kind::Reset;
        header.psh = kind == Kind::Push;
        header.ack = kind != Kind::Syn;
        if header.ack {
            header.acknowledgment_number = other.next;
            own.acknowledged = other.next;
        }
        if header.syn {
            let options =
                [TcpOptionElement::MaximumSegmentSize(SEGMENT as u16), TcpOptionElement::WindowScale(WINDOW_SCALE)];
            // The two take 7 of the 40 bytes there are for options.
            header.set_options(&options).unwrap_or_default();
        }
        let counted = piece.length as u32 + u32::from(header.syn) + u32::from(header.fin);
        own.next = own.next.wrapping_add(counted);
        let length = header.header_len() + piece.length;
        let mut headers = Headers::ip(own.address, other.address, IpNumber::TCP, length);
        let ends = (own.address, other.address);
        let mut header = header.to_bytes();
        let checksum = checksum::of_packet(ends, IpNumber::TCP.0, &header, piece.bytes);
        header[CHECKSUM].copy_from_slice(&checksum.to_be_bytes());
        headers.add(&header);
        headers
    }

    fn datagram(&self, from: Side, piece: Piece<'_>) -> Headers {
        let (from, to) = self.addresses(from);
        let length = piece.length + UdpHeader::LEN;
        let mut headers = Headers::ip(from, to, IpNumber::UDP, length);
        let (source_port, destination_port) = (from.port(), to.port());
        let mut header = UdpHeader { source_port, destination_port, length: length as u16, checksum: 0 };
        // None is told by zero, and zero by what is the same in this arithmetic (RFC 768).
        header.checksum = match checksum::of_packet((from, to), IpNumber::UDP.0, &header.to_bytes(), piece.bytes) {
            0 => u16::MAX,
            sum => sum,
        };
        headers.add(&header.to_bytes());
        headers
    }
}

impl End {
    fn new(address: SocketAddr, next: u32) -> Self {
        Self { address, next, acknowledged: 0, is_finished: false }
    }
}

/// The headers of a packet, without a byte of heap: at most IPv6's 40 and TCP's 60.
#[derive(Debug)]
pub struct Headers {
    bytes: [u8; 100],
    length: usize,
}

impl Default for Headers {
    fn default() -> Self {
        Self { bytes: [0; 100], length: 0 }
    }
}

impl Headers {
    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    fn add(&mut self, bytes: &[u8]) {
        let end = self.length + bytes.len();
        if let Some(room) = self.bytes.get_mut(self.length..end) {
            room.copy_from_slice(bytes);
            self.length = end;
        }
    }

    fn ip(from: SocketAddr, to: SocketAddr, protocol: IpNumber, length: usize) -> Self {
        let mut headers = Self::default();
        if let (SocketAddr::V4(from), SocketAddr::V4(to)) = (from, to) {
            let length = length as u16;
            let header = Ipv4Header::new(length, HOPS, protocol, from.ip().octets(), to.ip().octets());
            let mut header = header.unwrap_or_default();
            header.dont_fragment = true;
            header.header_checksum = header.calc_header_checksum();
            headers.add(&header.to_bytes());
        } else {
            let header = Ipv6Header {
                traffic_class: 0,
                flow_label: Ipv6FlowLabel::ZERO,
                payload_length: length as u16,
                next_header: protocol,
                hop_limit: HOPS,
                source: v6(from).octets(),
                destination: v6(to).octets(),
            };
            headers.add(&header.to_bytes());
        }
        headers
    }
}

//! A capture of our own making: packets as bytes of a pcap file, and what a filter may ask of them.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::ops::ControlFlow::{self, Continue};

use bytes::Bytes;
use wirelab::filter::{Facts, Known, Needs, Take, Value, decoded};
use wirelab::model::{Side, Timestamp, Transport};
use wirelab::proto::{Dissector, Subject};

/// 2026-01-31T12:03:00Z, when the first packet is seen.
const START: i64 = 1_769_860_980_000_000_000;

/// From one packet to the next, in nanoseconds; the packets stand in different seconds.
const STEP: i64 = 1_000_000_000;

/// LINKTYPE_RAW: packets begin with their IP header.
const LINK_RAW: u32 = 101;

const FIN: u16 = 0x01;
const SYN: u16 = 0x02;
const PUSH: u16 = 0x08;
const ACK: u16 = 0x10;

/// One packet.
pub struct Packet {
    at: Timestamp,
    flow: usize,
    from: Side,
    source: SocketAddr,
    target: SocketAddr,
    tcp: Option<Tcp>,
    payload: Bytes,
    bytes: Vec<u8>,
}

/// The numbers of a TCP header.
struct Tcp {
    sequence: u32,
    acknowledged: u32,
    flags: u16,
}

/// One conversation.
struct Flow {
    transport: Transport,
    client: SocketAddr,
    server: SocketAddr,
    dissector: Dissector,
    sent: [u32; 2],
}

/// Packets and the conversations they belong to.
#[derive(Default)]
pub struct Capture {
    packets: Vec<Packet>,
    flows: Vec<Flow>,
}

impl Capture {
    /// A TCP connection: the handshake, what is said, and the end.
    pub fn tcp(&mut self, client: &str, server: &str, said: &[(Side, &[u8])]) {
        let flow = self.begin(Transport::Tcp, client, server);
        self.segment(flow, Side::Client, SYN, b"");
        self.segment(flow, Side::Server, SYN | ACK, b"");
        self.segment(flow, Side::Client, ACK, b"");
        for (from, bytes) in said {
            self.segment(flow, *from, PUSH | ACK, bytes);
        }
        self.segment(flow, Side::Client, FIN | ACK, b"");
        self.segment(flow, Side::Server, FIN | ACK, b"");
        self.segment(flow, Side::Client, ACK, b"");
    }

    /// Datagrams between two addresses.
    pub fn udp(&mut self, client: &str, server: &str, said: &[(Side, &[u8])]) {
        let flow = self.begin(Transport::Udp, client, server);
        for (from, bytes) in said {
            self.push(flow, *from, None, bytes);
        }
    }

    /// The frames, for filters.
    pub fn frames(&self) -> impl Iterator<Item = Seen<'_>> {
        (0..self.packets.len()).map(|index| Seen { capture: self, index, subject: OnceCell::new() })
    }

    /// The numbers of the frames that pass a filter.
    pub fn selected(&self, filter: &wirelab::filter::Filter) -> Vec<u64> {
        self.frames().filter(|frame| filter.matches(frame)).map(|frame| frame.number()).collect()
    }

    /// The file, in nanoseconds.
    pub fn pcap(&self) -> Vec<u8> {
        let mut file = [0xA1B2_3C4D_u32, 0x0004_0002, 0, 0, 65_535, LINK_RAW].map(u32::to_le_bytes).concat();
        for packet in &self.packets {
            let (seconds, nanos) = (packet.at.0 / 1_000_000_000, packet.at.0 % 1_000_000_000);
            let length = packet.bytes.len() as u32;
            file.extend([seconds as u32, nanos as u32, length, length].map(u32::to_le_bytes).concat());
            file.extend(&packet.bytes);
        }
        file
    }

    fn begin(&mut self, transport: Transport, client: &str, server: &str) -> usize {
        let address = |text: &str| text.parse().expect("an address and port");
        let (client, server) = (address(client), address(server));
        self.flows.push(Flow { transport, client, server, dissector: Dissector::new(transport), sent: [1000, 5000] });
        self.flows.len() - 1
    }

    fn segment(&mut self, flow: usize, from: Side, flags: u16, payload: &[u8]) {
        let (own, other) = if from == Side::Client { (0, 1) } else { (1, 0) };
        let sent = &mut self.flows[flow].sent;
        let acknowledged = if flags & ACK == 0 { 0 } else { sent[other] };
        let tcp = Tcp { sequence: sent[own], acknowledged, flags };
        sent[own] += payload.len() as u32 + u32::from(flags & (SYN | FIN) != 0);
        self.push(flow, from, Some(tcp), payload);
        if flags & FIN != 0 {
            self.flows[flow].dissector.finish(from);
        }
    }

    fn push(&mut self, index: usize, from: Side, tcp: Option<Tcp>, payload: &[u8]) {
        let number = self.packets.len() as u64 + 1;
        let flow = &mut self.flows[index];
        let (source, target) = match from {
            Side::Client => (flow.client, flow.server),
            Side::Server => (flow.server, flow.client),
        };
        let payload = Bytes::copy_from_slice(payload);
        if !payload.is_empty() {
            flow.dissector.push(from, number, &payload);
        }
        let mut inner = [source.port(), target.port()].map(u16::to_be_bytes).concat();
        if let Some(tcp) = &tcp {
            inner.extend([tcp.sequence, tcp.acknowledged].map(u32::to_be_bytes).concat());
            inner.extend([0x5000 | tcp.flags, 0xffff, 0, 0].map(u16::to_be_bytes).concat());
        } else {
            inner.extend([8 + payload.len() as u16, 0].map(u16::to_be_bytes).concat());
        }
        let bytes = [&ip_header(source, target, tcp.is_some(), inner.len() + payload.len())[..], &inner, &payload];
        let at = Timestamp(START + (number as i64 - 1) * STEP + (number as i64 - 1) % 5 * 1_000_000);
        let bytes = bytes.concat();
        self.packets.push(Packet { at, flow: index, from, source, target, tcp, payload, bytes });
    }
}

fn ip_header(source: SocketAddr, target: SocketAddr, is_tcp: bool, length: usize) -> Vec<u8> {
    let protocol = if is_tcp { 6 } else { 17 };
    match (source.ip(), target.ip()) {
        (IpAddr::V4(source), IpAddr::V4(target)) => {
            let length = (length as u16 + 20).to_be_bytes();
            let fixed = [0x45, 0, length[0], length[1], 0, 1, 0x40, 0, 64, protocol, 0, 0];
            [&fixed[..], &source.octets(), &target.octets()].concat()
        }
        (IpAddr::V6(source), IpAddr::V6(target)) => {
            let length = (length as u16).to_be_bytes();
            let fixed = [0x60, 0, 0, 0, length[0], length[1], protocol, 64];
            [&fixed[..], &source.octets(), &target.octets()].concat()
        }
        _ => panic!("both addresses are of one version"),
    }
}

/// A packet as a filter sees it.
pub struct Seen<'a> {
    capture: &'a Capture,
    index: usize,
    subject: OnceCell<Option<Subject>>,
}

impl Seen<'_> {
    /// Its number, from 1.
    pub fn number(&self) -> u64 {
        self.index as u64 + 1
    }

    fn packet(&self) -> &Packet {
        &self.capture.packets[self.index]
    }

    fn flow(&self) -> &Flow {
        &self.capture.flows[self.packet().flow]
    }

    fn subject(&self) -> Option<&Subject> {
        self.subject.get_or_init(|| self.flow().dissector.subject(self.number())).as_ref()
    }

    /// The number of its conversation among those of the same transport.
    fn stream(&self) -> u64 {
        let flows = &self.capture.flows[..self.packet().flow];
        flows.iter().filter(|flow| flow.transport == self.flow().transport).count() as u64
    }

    fn protocols(&self) -> String {
        let packet = self.packet();
        let mut names = vec!["raw", if packet.source.is_ipv4() { "ip" } else { "ipv6" }];
        names.push(if packet.tcp.is_some() { "tcp" } else { "udp" });
        let ends_here = |subject: &Subject| subject.roots.last().is_some_and(|root| root.span.end <= subject.own.end);
        if let Some(subject) = self.subject().filter(|subject| ends_here(subject)) {
            let roots = subject.roots.iter().filter(|root| root.is_whole);
            names.extend(roots.filter_map(|root| match decoded::protocol_name(root.decoded.protocol) {
                Some("data-text-lines" | "json") => Some("data"),
                other => other,
            }));
        }
        let mut told = BTreeSet::new();
        names.retain(|name| told.insert(*name));
        names.join(":")
    }

    fn header(&self, name: &str, take: &mut Take<'_>) -> ControlFlow<()> {
        let packet = self.packet();
        let ip = if packet.source.is_ipv4() { "ip" } else { "ipv6" };
        let transport = if packet.tcp.is_some() { "tcp" } else { "udp" };
        let ip_length = if packet.source.is_ipv4() { 20 } else { 40 };
        if name == ip {
            return take(Value::bytes(&packet.bytes[..ip_length]));
        }
        if name == transport {
            // Wireshark's TCP goes on to the end of the segment, its UDP ends with the header.
            let end = if packet.tcp.is_some() { packet.bytes.len() } else { ip_length + 8 };
            return take(Value::bytes(&packet.bytes[ip_length..end]));
        }
        let Some((outer, field)) = name.split_once('.') else { return Continue(()) };
        if outer == ip {
            return match field {
                "src" => take(Value::ip(packet.source.ip())),
                "dst" => take(Value::ip(packet.target.ip())),
                "addr" => {
                    take(Value::ip(packet.source.ip()))?;
                    take(Value::ip(packet.target.ip()))
                }
                "version" => take(Value::number(packet.bytes[0] >> 4)),
                "ttl" | "hlim" => take(Value::number(64)),
                "proto" | "nxt" => take(Value::number(if packet.tcp.is_some() { 6 } else { 17 })),
                "len" => take(Value::Number(packet.bytes.len() as i128)),
                "plen" => take(Value::Number(packet.bytes.len() as i128 - 40)),
                "hdr_len" => take(Value::number(20)),
                "flags.df" => take(Value::Flag(true)),
                "flags.mf" => take(Value::Flag(false)),
                "id" => take(Value::number(1)),
                _ => Continue(()),
            };
        }
        if outer != transport {
            return Continue(());
        }
        match (field, &packet.tcp) {
            ("srcport", _) => take(Value::number(packet.source.port())),
            ("dstport", _) => take(Value::number(packet.target.port())),
            ("port", _) => {
                take(Value::number(packet.source.port()))?;
                take(Value::number(packet.target.port()))
            }
            ("stream", _) => take(Value::number(self.stream())),
            ("payload", _) if !packet.payload.is_empty() => take(Value::bytes(&packet.payload[..])),
            ("length", None) => take(Value::Number(packet.payload.len() as i128 + 8)),
            ("checksum", _) => take(Value::number(0)),
            (_, Some(tcp)) => self.tcp(tcp, field, take),
            (_, None) => Continue(()),
        }
    }

    fn tcp(&self, tcp: &Tcp, field: &str, take: &mut Take<'_>) -> ControlFlow<()> {
        let (own, other) = if self.packet().from == Side::Client { (1000, 5000) } else { (5000, 1000) };
        let flag = |bit: u16| Value::Flag(tcp.flags & bit != 0);
        match field {
            "len" => take(Value::Number(self.packet().payload.len() as i128)),
            "seq" => take(Value::number(tcp.sequence - own)),
            "seq_raw" => take(Value::number(tcp.sequence)),
            "ack" => take(Value::number(tcp.acknowledged.saturating_sub(other))),
            "ack_raw" => take(Value::number(tcp.acknowledged)),
            "hdr_len" => take(Value::number(20)),
            "window_size_value" => take(Value::number(0xffff)),
            "flags" => take(Value::number(tcp.flags)),
            "flags.syn" => take(flag(SYN)),
            "flags.fin" => take(flag(FIN)),
            "flags.ack" => take(flag(ACK)),
            "flags.push" => take(flag(PUSH)),
            "flags.reset" | "flags.urg" | "flags.cwr" | "flags.ece" => take(Value::Flag(false)),
            _ => Continue(()),
        }
    }
}

impl Facts for Seen<'_> {
    fn each(&self, field: &'static Known, take: &mut Take<'_>) -> ControlFlow<()> {
        let packet = self.packet();
        if field.needs == Needs::Decode {
            return self.subject().map_or(Continue(()), |subject| decoded::each(subject, field, take));
        }
        let first = self.capture.packets[0].at.0;
        match field.name {
            "frame" => take(Value::bytes(&packet.bytes)),
            "frame.number" => take(Value::number(self.number())),
            "frame.len" | "frame.cap_len" => take(Value::Number(packet.bytes.len() as i128)),
            "frame.time" => take(Value::Moment(packet.at.0)),
            "frame.time_epoch" => take(Value::Span(packet.at.0)),
            "frame.time_relative" => take(Value::Span(packet.at.0 - first)),
            "frame.time_delta" => {
                let before = self.index.checked_sub(1).map_or(packet.at, |before| self.capture.packets[before].at);
                take(Value::Span(packet.at.0 - before.0))
            }
            "frame.protocols" => take(Value::text(self.protocols())),
            name => self.header(name, take),
        }
    }
}

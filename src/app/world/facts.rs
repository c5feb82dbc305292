//! What a filter may ask of a frame of the lab.

use std::cell::{Cell, OnceCell};
use std::net::SocketAddr;
use std::ops::ControlFlow::{self, Continue};

use super::World;
use crate::filter::{Facts, Known, Needs, Take, Value, decoded};
use crate::model::{Address, Closing, Flow, Frame, FrameKind, Mark, NodeId, Side, Transport};
use crate::proto::Subject;

/// Bytes of an UDP header (RFC 768), which its length counts as well.
const UDP_HEADER: i128 = 8;

/// A frame with all that is known of it; decoded only when a filter asks for that.
pub struct Seen<'a> {
    world: &'a World,
    frame: &'a Frame,
    flow: Option<&'a Flow>,
    subject: OnceCell<Option<Subject>>,
    decoded: Cell<usize>,
}

impl<'a> Seen<'a> {
    /// A frame of that world.
    pub fn new(world: &'a World, frame: &'a Frame) -> Self {
        let flow = frame.flow.and_then(|flow| world.flow(flow));
        Self { world, frame, flow, subject: OnceCell::new(), decoded: Cell::new(0) }
    }

    /// How many bytes were decoded to answer.
    pub fn decoded(&self) -> usize {
        self.decoded.get()
    }

    fn subject(&self) -> Option<&Subject> {
        let read = || {
            let subject = self.world.flows.track(self.frame.flow?)?.subject(self.frame.number)?;
            self.decoded.set(subject.bytes.len());
            Some(subject)
        };
        self.subject.get_or_init(read).as_ref()
    }

    /// The end it comes from.
    fn sender(&self) -> Option<Side> {
        let flow = self.flow?;
        match &self.frame.kind {
            FrameKind::Data { direction, .. }
            | FrameKind::Finished(direction)
            | FrameKind::Impaired { direction, .. } => flow.sender(self.frame.node, *direction),
            FrameKind::Opened { .. } => Some(Side::Client),
            FrameKind::Step(_)
            | FrameKind::Closed(_)
            | FrameKind::Lost { .. }
            | FrameKind::Error(_)
            | FrameKind::Note(_) => flow.side_of(self.frame.node),
        }
    }

    /// The addresses it goes from and to, where they are of IP.
    fn ends(&self) -> Option<(SocketAddr, SocketAddr)> {
        let flow = self.flow?;
        let (Address::Ip(client), Address::Ip(server)) = (&flow.client, &flow.server) else { return None };
        let is_from_server = self.sender() == Some(Side::Server);
        Some(if is_from_server { (*server, *client) } else { (*client, *server) })
    }

    fn payload(&self) -> Option<Value<'_>> {
        Some(Value::bytes(self.frame.payload())).filter(|_| !self.frame.payload().is_empty())
    }

    /// What its record says of itself.
    fn of_frame(&self, name: &str) -> Option<Value<'_>> {
        let Self { frame, world, .. } = self;
        Some(match name {
            "" => Value::bytes(frame.payload()),
            "number" => Value::number(frame.number),
            "len" => Value::number(frame.length()),
            "cap_len" => Value::number(frame.payload().len() as u64),
            "time" => Value::Moment(frame.at.0),
            "time_epoch" => Value::Span(frame.at.0),
            "time_relative" => Value::Span(frame.at.0.saturating_sub(world.first_at?.0)),
            "time_delta" => {
                let before = world.log.frame(frame.number.wrapping_sub(1)).map_or(frame.at, |before| before.at);
                Value::Span(frame.at.0.saturating_sub(before.0))
            }
            "marked" => Value::Flag(self.is_marked()),
            "comment" => self.note()?,
            "protocols" => {
                let ip = self.ends().map(|(source, _)| if source.is_ipv4() { "ip" } else { "ipv6" });
                let carrier = self.flow.map(|flow| carrier(flow.transport));
                let inner = decoded::protocol_name(frame.protocol).filter(|_| !frame.payload().is_empty());
                Value::text([ip, carrier, inner].into_iter().flatten().collect::<Vec<_>>().join(":"))
            }
            _ => return None,
        })
    }

    fn is_marked(&self) -> bool {
        self.world.remarks.of(self.frame.number).mark == Mark::On
    }

    /// What the user has noted on it.
    fn note(&self) -> Option<Value<'_>> {
        self.world.remarks.of(self.frame.number).note.map(Value::text)
    }

    /// What only the lab knows.
    fn of_lab(&self, name: &str) -> Option<Value<'_>> {
        let node = |node: Option<NodeId>| node.map(|node| Value::text(self.world.name(node)));
        match name {
            "node" => node(Some(self.frame.node)),
            "client" => node(self.flow?.client_node),
            "server" => node(self.flow?.server_node),
            "flow" => Some(Value::number(self.frame.flow?.0)),
            "kind" => Some(Value::text(kind(&self.frame.kind))),
            "to" => Some(Value::text(match self.sender()? {
                Side::Client => "server",
                Side::Server => "client",
            })),
            "by" | "of" => self.of_deed(name),
            "mark" => Some(Value::Flag(true)).filter(|_| self.is_marked()),
            "summary" => Some(Value::text(self.frame.summary.as_str())),
            _ => None,
        }
    }

    /// What a tap says of what it did.
    fn of_deed(&self, name: &str) -> Option<Value<'_>> {
        let FrameKind::Impaired { of, by, .. } = &self.frame.kind else { return None };
        if name == "by" { Some(Value::text(by.as_ref())) } else { of.map(Value::number) }
    }

    /// What the headers of the packet say, as far as a socket tells.
    fn of_headers(&self, protocol: &str, name: &str, take: &mut Take<'_>) -> ControlFlow<()> {
        let (Some((source, target)), Some(flow)) = (self.ends(), self.flow) else { return Continue(()) };
        let ip = if source.is_ipv4() { "ip" } else { "ipv6" };
        if protocol != ip && protocol != carrier(flow.transport) {
            return Continue(());
        }
        let value = match (protocol, name) {
            ("ip" | "ipv6", "src") => Some(Value::ip(source.ip())),
            ("ip" | "ipv6", "dst") => Some(Value::ip(target.ip())),
            ("ip" | "ipv6", "addr") => {
                take(Value::ip(source.ip()))?;
                Some(Value::ip(target.ip()))
            }
            ("ip" | "ipv6", "version") => Some(Value::number(if source.is_ipv4() { 4 } else { 6 })),
            (_, "srcport") => Some(Value::number(source.port())),
            (_, "dstport") => Some(Value::number(target.port())),
            (_, "port") => {
                take(Value::number(source.port()))?;
                Some(Value::number(target.port()))
            }
            // What is inside TLS is no connection of its own.
            ("tcp", "stream") if flow.transport == Transport::Tls => None,
            ("tcp" | "udp", "stream") => self.world.flows.track(flow.id).map(|track| Value::number(track.ordinal())),
            ("tcp" | "udp", "payload") => self.payload(),
            ("tcp", "len") => Some(Value::number(self.frame.length())),
            ("udp", "length") => Some(Value::Number(i128::from(self.frame.length()) + UDP_HEADER)),
            ("tcp", "flags.syn") => Some(Value::Flag(matches!(self.frame.kind, FrameKind::Opened { .. }))),
            ("tcp", "flags.fin") => Some(Value::Flag(matches!(self.frame.kind, FrameKind::Finished(_)))),
            ("tcp", "flags.reset") => {
                let is_reset = |how: &Closing| matches!(how, Closing::ResetByUs | Closing::ResetByPeer);
                Some(Value::Flag(matches!(&self.frame.kind, FrameKind::Closed(how) if is_reset(how))))
            }
            (_, "") => Some(Value::bytes(self.frame.payload())),
            _ => None,
        };
        value.map_or(Continue(()), take)
    }
}

impl Facts for Seen<'_> {
    fn each(&self, field: &'static Known, take: &mut Take<'_>) -> ControlFlow<()> {
        if field.needs == Needs::Decode {
            return self.subject().map_or(Continue(()), |subject| decoded::each(subject, field, take));
        }
        let (protocol, name) = field.name.split_once('.').unwrap_or((field.name, ""));
        if let ("wl.note", FrameKind::Note(words)) = (field.name, &self.frame.kind) {
            take(Value::text(words.as_str()))?;
        }
        let value = match protocol {
            "pkt_comment" | "wl" if matches!(name, "" | "note") => self.note(),
            "frame" => self.of_frame(name),
            "wl" => self.of_lab(name),
            _ => return self.of_headers(protocol, name, take),
        };
        value.map_or(Continue(()), take)
    }
}

/// What carries a flow, as filters name it.
fn carrier(transport: Transport) -> &'static str {
    match transport {
        Transport::Tcp | Transport::Tls => "tcp",
        Transport::Udp => "udp",
        Transport::Unix => "unix",
        Transport::UnixDatagram => "unixgram",
    }
}

/// A kind of frame, as `wl.kind` has it.
fn kind(kind: &FrameKind) -> &'static str {
    match kind {
        FrameKind::Step(_) => "step",
        FrameKind::Opened { .. } => "opened",
        FrameKind::Data { .. } => "data",
        FrameKind::Finished(_) => "finished",
        FrameKind::Closed(_) => "closed",
        FrameKind::Lost { .. } => "lost",
        FrameKind::Impaired { .. } => "impaired",
        FrameKind::Error(_) => "error",
        FrameKind::Note(_) => "note",
    }
}

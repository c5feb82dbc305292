//! Stories to record, what reading tells of them, captures as others make them, and captures made to do harm.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use etherparse::{PacketBuilder, TcpHeader};
use wirelab::capture::{Indexer, Observed, Seen, whole};
use wirelab::model::{Address, Deed, Flow, FlowId, Frame, FrameKind, Mark, NodeId, Remark, Timestamp, Transport};

/// 2026-01-31T12:03:00.000000001Z.
pub const START: i64 = 1_769_860_980_000_000_001;

/// Frames as the lab would have seen them.
pub struct Story {
    pub nodes: Vec<(NodeId, &'static str)>,
    pub flows: BTreeMap<FlowId, Flow>,
    pub frames: Vec<Frame>,
    pub notes: BTreeMap<u64, String>,
    pub marks: BTreeSet<u64>,
}

impl Story {
    pub fn new() -> Self {
        Self {
            nodes: Vec::new(),
            flows: BTreeMap::new(),
            frames: Vec::new(),
            notes: BTreeMap::new(),
            marks: BTreeSet::new(),
        }
    }

    pub fn node(&mut self, name: &'static str) -> NodeId {
        let id = NodeId(self.nodes.len() as u64 + 1);
        self.nodes.push((id, name));
        id
    }

    pub fn flow(
        &mut self,
        transport: Transport,
        client: Address,
        server: Address,
        client_node: Option<NodeId>,
        server_node: Option<NodeId>,
    ) -> FlowId {
        let id = FlowId(self.flows.len() as u64 + 1);
        let (began, last) = (Timestamp(START), Timestamp(START));
        let flow = Flow {
            id,
            transport,
            client,
            server,
            client_node,
            server_node,
            began,
            last,
            to_server: 0,
            to_client: 0,
            frames: 0,
            is_open: true,
        };
        self.flows.insert(id, flow);
        id
    }

    pub fn flow_of(&self, id: FlowId) -> Option<&Flow> {
        self.flows.get(&id)
    }

    /// Something happens, a bit after what was before.
    pub fn happens(&mut self, node: NodeId, flow: Option<FlowId>, kind: FrameKind) -> &mut Frame {
        let number = self.frames.len() as u64 + 1;
        let at = Timestamp(START + 1_234_567 * number as i64);
        let summary = format!("{number}");
        self.frames.push(Frame { number, at, arrived: None, node, flow, kind, cut: 0, protocol: "raw", summary });
        self.frames.last_mut().expect("it was just added")
    }

    /// The recording of it.
    pub fn written(&self) -> Vec<u8> {
        let remark = |number| Remark {
            mark: if self.marks.contains(&number) { Mark::On } else { Mark::Off },
            note: self.notes.get(&number).map(String::as_str),
        };
        whole(self.nodes.iter().copied(), &self.frames, |id| self.flows.get(&id), remark)
    }
}

/// One of each deed of a tap.
pub fn deeds() -> Vec<Deed> {
    let bytes = |length: usize| (0..length).map(|at| (at * 31) as u8).collect();
    vec![
        Deed::Delayed(Duration::from_nanos(52_000_001)),
        Deed::Dropped,
        Deed::Duplicated,
        Deed::Swapped(2),
        Deed::Corrupted(2, bytes(300)),
        Deed::Sliced(3),
        Deed::Truncated(1000),
        Deed::Held,
        Deed::Released(Duration::from_secs(90)),
        Deed::Edited(bytes(70_000)),
        Deed::Injected(bytes(0)),
        Deed::Closed,
        Deed::Reset,
    ]
}

/// What reading told.
#[derive(Debug, Default)]
pub struct Read {
    pub nodes: BTreeMap<NodeId, String>,
    pub flows: BTreeMap<FlowId, Flow>,
    pub frames: Vec<Observed>,
    pub arrived: BTreeMap<u64, Timestamp>,
    pub names: Vec<String>,
    pub notes: BTreeMap<u64, String>,
    pub marks: BTreeMap<u64, Mark>,
}

impl Read {
    fn take(&mut self, seen: Seen) {
        match seen {
            Seen::Node(node, name) | Seen::Interface(node, name) => drop(self.nodes.insert(node, name)),
            Seen::Flow(flow) => drop(self.flows.insert(flow.id, flow)),
            Seen::Frame(frame) => self.frames.push(frame),
            Seen::Arrived(frame, at) => drop(self.arrived.insert(frame, at)),
            Seen::Noted(frame, note) => drop(self.notes.insert(frame, note)),
            Seen::Marked(frame, mark) => drop(self.marks.insert(frame, mark)),
            Seen::Name(_, name) => self.names.extend((!self.names.contains(&name)).then_some(name)),
            Seen::Packet(_) | Seen::Secrets(_) => {}
        }
    }
}

/// Reads a file in one piece.
pub fn read(file: &[u8]) -> Read {
    read_in_pieces(std::iter::once(file))
}

/// Reads a file in these pieces.
pub fn read_in_pieces<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Read {
    let (mut read, mut indexer) = (Read::default(), Indexer::new());
    for piece in pieces {
        indexer.push(piece, &mut |seen| read.take(seen));
    }
    indexer.finish(&mut |seen| read.take(seen));
    read
}

/// A pcap file of packets, a microsecond apart.
pub fn pcap(link: u32, packets: &[Vec<u8>]) -> Vec<u8> {
    let numbers = |numbers: &[u32]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
    let mut file = numbers(&[0xA1B2_C3D4, 0x0004_0002, 0, 0, 262_144, link]);
    for (number, packet) in packets.iter().enumerate() {
        let length = packet.len() as u32;
        file.extend(numbers(&[1_769_860_980, number as u32 % 1_000_000, length, length]));
        file.extend(packet);
    }
    file
}

/// A TCP segment on Ethernet, between a client at 10.0.0.1 and a server with a lower port at 10.0.0.2; flags as in `S`, `SA`, `A`, `FA`, `R`.
pub fn segment(ports: (u16, u16), numbers: (u32, u32), flags: &str, payload: &[u8]) -> Vec<u8> {
    let mut header = TcpHeader::new(ports.0, ports.1, numbers.0, 1000);
    header.acknowledgment_number = numbers.1;
    header.syn = flags.contains('S');
    header.ack = flags.contains('A');
    header.fin = flags.contains('F');
    header.rst = flags.contains('R');
    let host = |port: u16| [10, 0, 0, if port == ports.0.max(ports.1) { 1 } else { 2 }];
    let builder = PacketBuilder::ethernet2([2; 6], [4; 6]).ipv4(host(ports.0), host(ports.1), 64).tcp_header(header);
    let mut packet = Vec::with_capacity(builder.size(payload.len()));
    builder.write(&mut packet, payload).expect("memory takes all");
    packet
}

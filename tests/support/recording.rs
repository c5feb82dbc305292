//! Stories to record, what reading tells of them, captures as others make them, and captures made to do harm.

use std::collections::BTreeMap;

use etherparse::{PacketBuilder, TcpHeader};
use wirelab::capture::{Indexer, Observed, Seen, whole};
use wirelab::model::{Address, Flow, FlowId, Frame, FrameKind, NodeId, Timestamp, Transport};

/// 2026-01-31T12:03:00.000000001Z.
pub const START: i64 = 1_769_860_980_000_000_001;

/// Frames as the lab would have seen them.
pub struct Story {
    pub nodes: Vec<(NodeId, &'static str)>,
    pub flows: BTreeMap<FlowId, Flow>,
    pub frames: Vec<Frame>,
}

impl Story {
    pub fn new() -> Self {
        Self { nodes: Vec::new(), flows: BTreeMap::new(), frames: Vec::new() }
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
        self.frames.push(Frame { number, at, arrived: None, node, flow, kind, protocol: "raw", summary });
        self.frames.last_mut().expect("it was just added")
    }

    /// The recording of it.
    pub fn written(&self) -> Vec<u8> {
        whole(self.nodes.iter().copied(), &self.frames, |id| self.flows.get(&id))
    }

    /// What was read says the same in all that a recording holds.
    pub fn assert_is_told_by(&self, read: &Read) {
        for (frame, told) in self.frames.iter().zip(&read.frames) {
            let words = format!("{frame:.300?}\n{told:.300?}");
            assert_eq!(told.number, Some(frame.number), "{words}");
            assert_eq!((told.at, told.node), (frame.at, frame.node), "{words}");
            assert!(told.kind == frame.kind, "{words}");
            let flows = (frame.flow.and_then(|id| self.flows.get(&id)), told.flow.and_then(|id| read.flows.get(&id)));
            match flows {
                (Some(flow), Some(told)) => {
                    assert_eq!(
                        (flow.transport, &flow.client, &flow.server),
                        (told.transport, &told.client, &told.server)
                    );
                    assert_eq!((flow.client_node, flow.server_node), (told.client_node, told.server_node));
                }
                (flow, told) => assert_eq!(flow.is_some(), told.is_some(), "{words}"),
            }
        }
        assert_eq!(read.frames.len(), self.frames.len());
        let arrived = self.frames.iter().filter_map(|frame| Some((frame.number, frame.arrived?)));
        assert_eq!(read.arrived, arrived.collect());
        for (node, name) in &read.nodes {
            assert!(self.nodes.contains(&(*node, name.as_str())), "{name}");
        }
    }
}

/// What reading told.
#[derive(Debug, Default)]
pub struct Read {
    pub nodes: BTreeMap<NodeId, String>,
    pub flows: BTreeMap<FlowId, Flow>,
    pub frames: Vec<Observed>,
    pub arrived: BTreeMap<u64, Timestamp>,
    pub names: Vec<String>,
}

impl Read {
    /// About how much it holds, in bytes.
    pub fn weight(&self) -> usize {
        self.frames
            .iter()
            .map(|frame| match &frame.kind {
                FrameKind::Data { payload, .. } => payload.len(),
                FrameKind::Note(words) => words.len(),
                FrameKind::Step(_)
                | FrameKind::Opened { .. }
                | FrameKind::Finished(_)
                | FrameKind::Closed(_)
                | FrameKind::Lost { .. }
                | FrameKind::Error(_) => 0,
            })
            .sum()
    }

    fn take(&mut self, seen: Seen) {
        match seen {
            Seen::Node(node, name) => drop(self.nodes.insert(node, name)),
            Seen::Flow(flow) => drop(self.flows.insert(flow.id, flow)),
            Seen::Frame(frame) => self.frames.push(frame),
            Seen::Arrived(frame, at) => drop(self.arrived.insert(frame, at)),
            Seen::Name(_, name) => self.names.extend((!self.names.contains(&name)).then_some(name)),
            Seen::Secrets(_) => {}
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

/// A fragment of a UDP datagram in IPv4 on Ethernet.
pub fn fragment(id: u16, offset: u16, is_last: bool, payload: &[u8]) -> Vec<u8> {
    let mut packet = [&[2; 12][..], &[8, 0]].concat();
    let length = (20 + payload.len()) as u16;
    packet.extend([0x45, 0]);
    packet.extend(length.to_be_bytes());
    packet.extend(id.to_be_bytes());
    packet.extend((offset / 8 | if is_last { 0 } else { 0x2000 }).to_be_bytes());
    packet.extend([64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    packet.extend(payload);
    packet
}

/// Captures as tcpdump makes them: a conversation out of order, fragments, VLANs, other links.
pub fn foreign() -> Vec<Vec<u8>> {
    let (there, back) = ((40_000, 80), (80, 40_000));
    let conversation = vec![
        segment(there, (100, 0), "S", b""),
        segment(back, (900, 101), "SA", b""),
        segment(there, (101, 901), "A", b""),
        segment(there, (106, 901), "A", b"world"),
        segment(there, (101, 901), "A", b"hello"),
        segment(there, (101, 901), "A", b"hello"),
        segment(back, (901, 111), "A", b"good"),
        segment(back, (908, 111), "A", b"bye"),
        segment(there, (111, 911), "FA", b""),
        segment(back, (911, 112), "FA", b""),
        segment(there, (112, 912), "A", b""),
        segment(there, (7, 0), "S", b""),
        segment(back, (0, 8), "RA", b""),
    ];
    let datagram: Vec<u8> = [&[0, 9, 0, 10, 0, 24, 0, 0][..], b"0123456789abcdef"].concat();
    let fragments = vec![
        fragment(5, 16, true, &datagram[16..]),
        fragment(5, 0, false, &datagram[..16]),
        fragment(6, 8, true, &datagram[..8]),
    ];
    let mut tagged = segment(there, (1, 1), "A", b"tagged");
    tagged.splice(12..12, [0x88, 0xA8, 0, 1, 0x81, 0, 0, 2]);
    let arp = [&[0xff; 12][..], &[8, 6], &[0; 28]].concat();
    let bare = |packet: &[u8]| packet[14..].to_vec();
    vec![
        pcap(1, &conversation),
        pcap(1, &[fragments, vec![tagged, arp]].concat()),
        pcap(101, &conversation.iter().map(|packet| bare(packet)).collect::<Vec<_>>()),
        pcap(113, &[[&[0; 14][..], &[8, 0], &bare(&conversation[3])].concat()]),
        pcap(276, &[[&[8, 0][..], &[0; 18], &bare(&conversation[3])].concat()]),
        pcap(0, &[[&[2, 0, 0, 0][..], &bare(&conversation[3])].concat()]),
        pcap(105, &[vec![1, 2, 3]]),
    ]
}

/// Files of so many packets or blocks that are meant to take more time than they have length.
pub fn attacks() -> Vec<fn(usize) -> Vec<u8>> {
    fn packets(count: usize, make: impl Fn(u32) -> Vec<u8>) -> Vec<u8> {
        let packets: Vec<Vec<u8>> = (0..count as u32).map(make).collect();
        pcap(1, &packets)
    }
    fn every_second_byte_backwards(count: usize) -> Vec<u8> {
        packets(count, |number| segment((1, 2), (u32::MAX / 2 - 2 * number, 0), "A", b"x"))
    }
    fn acknowledged_gaps(count: usize) -> Vec<u8> {
        packets(count, |number| match number % 2 {
            0 => segment((1, 2), (10 * number, 0), "A", b"x"),
            _ => segment((2, 1), (0, 10 * number - 5), "A", b""),
        })
    }
    fn conversations_without_end(count: usize) -> Vec<u8> {
        packets(count, |number| segment((number as u16, (number >> 8) as u16), (number, 0), "A", b"x"))
    }
    fn one_beginning_after_another(count: usize) -> Vec<u8> {
        packets(count, |number| segment((1, 2), (7 * number, 0), "S", b""))
    }
    fn fragments_that_never_come_whole(count: usize) -> Vec<u8> {
        packets(count, |number| fragment(number as u16, 8 + (number >> 16) as u16 * 8, false, &[1; 64]))
    }
    fn fragments_that_overlap(count: usize) -> Vec<u8> {
        packets(count, |number| {
            fragment((number / 1000) as u16, (number % 1000) as u16 * 8 + 8, number % 1000 == 999, &[1; 64])
        })
    }
    fn empty_sections(count: usize) -> Vec<u8> {
        let section: Vec<u8> =
            [0x0A0D_0D0A_u32, 28, 0x1A2B_3C4D, 1, !0, !0, 28].iter().flat_map(|n| n.to_le_bytes()).collect();
        [section.repeat(count), vec![1]].concat()
    }
    fn interfaces(count: usize) -> Vec<u8> {
        let section = [0x0A0D_0D0A_u32, 28, 0x1A2B_3C4D, 1, !0, !0, 28];
        let interface = [1_u32, 20, 1, 0, 20];
        let numbers = section.iter().copied().chain(interface.iter().copied().cycle().take(5 * count));
        numbers.flat_map(u32::to_le_bytes).collect()
    }
    vec![
        every_second_byte_backwards,
        acknowledged_gaps,
        conversations_without_end,
        one_beginning_after_another,
        fragments_that_never_come_whole,
        fragments_that_overlap,
        empty_sections,
        interfaces,
    ]
}

//! Captures made by others: what tshark selects with a filter beside what ours does.
//!
//! Our frames are what reassembly gives, tshark's are packets. So the fields of headers are compared over the packets that
//! hold just what a frame of ours holds, and the fields of messages, which stand in whichever packet completes them, by
//! the conversations that have one.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;

use wirelab::app::world::Seen as Facts;
use wirelab::app::world::World;
use wirelab::capture::{Indexer, Reader, Seen, What};
use wirelab::filter::Filter;
use wirelab::model::{Address, Flow, FlowId, Transport};

use super::{Stream, each_capture, plain_streams, tshark, words};

/// All of a capture is kept.
const BUDGET: usize = 1 << 30;

/// Filters over headers and payloads.
const OF_PACKETS: [&str; 10] = [
    "tcp.stream == 0",
    "udp.stream in {0, 2..5}",
    "tcp.srcport < 1024",
    "udp.dstport == 53 || tcp.dstport == 80",
    "tcp.len > 100",
    "udp.length <= 60",
    "tcp.payload contains \"HTTP\"",
    "tcp.payload[0:1] == 16 || tcp.payload[0:1] == 47",
    "udp.payload matches \"(?-i)[a-z]{4}\"",
    "ip.version == 4 && tcp.port != 80",
];

/// Filters over messages.
const OF_MESSAGES: [&str; 13] = [
    "http.request",
    "http.request.method == \"GET\"",
    "http.request.method in {\"POST\", \"PUT\", \"HEAD\"}",
    "http.host contains \".\"",
    "http.response.code == 200",
    "http.response.code >= 400",
    "http.user_agent",
    "dns",
    "dns.qry.name contains \".\"",
    "dns.flags.response == 1",
    "dns.a",
    "tls.handshake.type == 1",
    "tls.handshake.extensions_server_name contains \".\"",
];

/// What tshark calls by the port is one protocol to us, as its messages have one form: `mdns` and `llmnr`, with fields
/// of the same names (`dns.qry.name`), and `nbns`, whose fields have names of their own in tshark (`nbns.name`).
const DNS: &str = "dns || mdns || llmnr || nbns";

#[test]
#[ignore = "needs a folder of captures, which are not ours to keep here"]
fn captures_of_others_pass_the_same_filters() {
    let (mut different, mut selected) = (Vec::new(), 0);
    for (path, (count, told)) in each_capture(compare) {
        selected += count;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        different.extend(told.into_iter().map(|words| format!("{name}: {words}")));
    }
    assert!(selected > 0, "the filters select something");
    assert!(different.is_empty(), "{} differ\n{}", different.len(), different.join("\n"));
}

/// How much both selected, and where they differ.
fn compare(path: &Path) -> (usize, Vec<String>) {
    let scene = Scene::new(&std::fs::read(path).expect("a capture can be read"));
    let plain: BTreeMap<Stream, [SocketAddr; 2]> = plain_streams(path).0.into_iter().collect();
    let (mut count, mut told) = (0, Vec::new());
    let mut addresses: Vec<String> = Vec::new();
    for flow in scene.flows.values().take(1) {
        let (Address::Ip(client), Address::Ip(_)) = (&flow.client, &flow.server) else { continue };
        let ip = if client.is_ipv4() { "ip" } else { "ipv6" };
        addresses = vec![format!("{ip}.src == {}", client.ip()), format!("{ip}.addr == {}", client.ip())];
    }
    for filter in OF_PACKETS.into_iter().chain(addresses.iter().map(String::as_str)) {
        let ours: BTreeSet<usize> =
            scene.selected(filter).filter_map(|frame| scene.packets.get(&frame).copied()).collect();
        let compared: BTreeSet<usize> = scene.packets.values().copied().collect();
        let theirs: BTreeSet<usize> = selected(path, filter)
            .into_iter()
            .map(|(packet, _)| packet)
            .filter(|packet| compared.contains(packet))
            .collect();
        count += theirs.len();
        if ours != theirs {
            let only = |one: &BTreeSet<usize>, other| one.difference(other).take(8).copied().collect::<Vec<_>>();
            told.push(format!(
                "{filter}: only ours {:?}, only tshark's {:?}",
                only(&ours, &theirs),
                only(&theirs, &ours)
            ));
        }
    }
    for filter in OF_MESSAGES {
        let ours: BTreeSet<Stream> = scene.selected(filter).filter_map(|frame| scene.stream(frame)).collect();
        let asked = if filter == "dns" { DNS } else { filter };
        let theirs: BTreeSet<Stream> = selected(path, asked).into_iter().filter_map(|(_, stream)| stream).collect();
        let theirs: BTreeSet<Stream> = theirs.into_iter().filter(|stream| plain.contains_key(stream)).collect();
        count += theirs.len();
        if ours != theirs {
            let only = |one: &BTreeSet<Stream>, other| one.difference(other).take(8).copied().collect::<Vec<_>>();
            told.push(format!(
                "{filter}: only ours {:?}, only tshark's {:?}",
                only(&ours, &theirs),
                only(&theirs, &ours)
            ));
        }
    }
    (count, told)
}

/// The packets that tshark selects, and the streams they belong to.
fn selected(path: &Path, filter: &str) -> Vec<(usize, Option<Stream>)> {
    let mut arguments = words("-T fields -E occurrence=f -e frame.number -e tcp.stream -e udp.stream -Y");
    arguments.push(filter.to_owned());
    let text = tshark(path, &arguments);
    let rows = text.lines().map(|line| {
        let cells: Vec<Option<usize>> = line.split('\t').map(|cell| cell.parse().ok()).collect();
        let stream = cells[1].map(|number| ("tcp", number)).or(cells[2].map(|number| ("udp", number)));
        (cells[0].expect("a packet's number"), stream)
    });
    rows.collect()
}

/// A capture as a world.
struct Scene {
    world: World,
    flows: BTreeMap<FlowId, Flow>,
    /// Of frames with just what one packet holds, the packet's number.
    packets: BTreeMap<u64, usize>,
}

impl Scene {
    fn new(file: &[u8]) -> Self {
        let ends = packets(file);
        let (mut world, mut flows, mut packets) = (World::new(BUDGET), BTreeMap::new(), BTreeMap::new());
        let mut indexer = Indexer::new();
        let mut take = |seen: Seen| {
            let span = match &seen {
                Seen::Flow(flow) => {
                    flows.insert(flow.id, flow.clone());
                    None
                }
                Seen::Frame(frame) => match frame.place.spans() {
                    [span] if span.length > 0 => Some(*span),
                    _ => None,
                },
                Seen::Node(..)
                | Seen::Interface(..)
                | Seen::Packet(_)
                | Seen::Arrived(..)
                | Seen::Noted(..)
                | Seen::Marked(..)
                | Seen::Name(..)
                | Seen::Secrets(_) => None,
            };
            if let (Some(number), Some(span)) = (world.recall(seen), span) {
                let packet = ends.partition_point(|(_, end)| *end <= span.offset);
                // A packet is compared when nothing of its payload was left out as said before.
                let begins_there = packets.last_key_value().is_none_or(|(_, last)| *last != packet + 1);
                if begins_there {
                    packets.insert(number, packet + 1);
                }
            }
        };
        indexer.push(file, &mut take);
        indexer.finish(&mut take);
        Self { world, flows, packets }
    }

    fn selected(&self, filter: &str) -> impl Iterator<Item = u64> {
        let filter = Filter::parse(filter).unwrap_or_else(|problem| panic!("{filter}: {problem}"));
        let frames = self.world.log.iter().filter(|frame| !frame.payload().is_empty());
        frames.filter(move |frame| filter.matches(&Facts::new(&self.world, frame))).map(|frame| frame.number)
    }

    /// What tshark would number the conversation of a frame.
    fn stream(&self, frame: u64) -> Option<Stream> {
        let flow = self.world.log.frame(frame)?.flow?;
        let transport = self.flows.get(&flow)?.transport;
        let before = self.flows.range(..flow).filter(|(_, before)| before.transport == transport).count();
        Some((if transport == Transport::Tcp { "tcp" } else { "udp" }, before))
    }
}

/// Where the packets of a file begin and end.
fn packets(file: &[u8]) -> Vec<(u64, u64)> {
    let mut reader = Reader::new();
    reader.push(file);
    let mut packets = Vec::new();
    while let Some(item) = reader.next() {
        if let What::Packet(packet) = item.what {
            packets.push((packet.place, packet.place + packet.data.len() as u64));
        }
    }
    packets
}

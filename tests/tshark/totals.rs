//! Captures made by others: how much each end of a conversation said, by tshark's count and by ours.
//!
//! tshark's table of conversations (`-z conv`) counts whole packets, with headers and padding, and what was sent twice;
//! ours counts the payload of a conversation, once. So tshark's side is the sum of what its packets carry (`tcp.len`, and
//! `udp.length` less the header), and of TCP only those conversations are compared of which tshark says that nothing was
//! sent twice and nothing is missing. Ours is what the world of the capture counts, and what the snap length cut off.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use wirelab::app::world::World;
use wirelab::capture::{Indexer, Seen};
use wirelab::model::{Address, Flow, FlowId, FrameKind, Transport};

use super::{KNOWN, Stream, each_capture, plain_streams, tshark, words};

/// All of a capture is kept.
const BUDGET: usize = 1 << 30;

/// What tshark says of packets whose bytes do not count once.
const AGAIN: &str = "tcp.analysis.retransmission tcp.analysis.fast_retransmission tcp.analysis.spurious_retransmission \
    tcp.analysis.out_of_order tcp.analysis.lost_segment tcp.analysis.ack_lost_segment tcp.analysis.keep_alive \
    tcp.analysis.zero_window_probe";

/// A UDP header's length.
const UDP_HEADER: u64 = 8;

/// How many bytes each end sent.
type Sent = BTreeMap<SocketAddr, u64>;

/// What we count of a conversation.
#[derive(Debug)]
struct Counted {
    sent: Sent,
    /// Bytes that were sent and not captured.
    missing: u64,
}

#[test]
#[ignore = "needs a folder of captures, which are not ours to keep here"]
fn captures_of_others_count_the_same_bytes() {
    let (mut different, mut compared) = (Vec::new(), 0);
    for (path, (count, told)) in each_capture(compare) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if KNOWN.iter().any(|(known, _)| name.contains(known)) {
            continue;
        }
        compared += count;
        different.extend(told.into_iter().map(|words| format!("{name}: {words}")));
    }
    assert!(compared > 0, "some conversations are compared");
    assert!(different.is_empty(), "{} of {compared} differ\n{}", different.len(), different.join("\n"));
}

/// How many conversations were compared, and where they differ.
fn compare(path: &Path) -> (usize, Vec<String>) {
    let plain = plain_streams(path).0;
    let theirs = theirs(path);
    let mut ours = ours(&std::fs::read(path).expect("a capture can be read"));
    let (mut count, mut told) = (0, Vec::new());
    for (stream, ends) in plain {
        // That there is none of ours is told by the comparison of streams.
        let Some(at) = ours.iter().position(|(name, is, _)| *name == stream.0 && *is == ends) else { continue };
        let (_, _, ours) = ours.remove(at);
        let Some(theirs) = theirs.get(&stream) else { continue };
        count += 1;
        // Of what was cut off, or is missing, we know how much, and tell it beside the totals.
        let is_same = match ours.missing {
            0 => *theirs == ours.sent,
            missing => theirs.values().sum::<u64>() == ours.sent.values().sum::<u64>() + missing,
        };
        if !is_same {
            told.push(format!("{} {}: {theirs:?}, {ours:?}", stream.0, stream.1));
        }
    }
    (count, told)
}

/// What the packets of each stream carry that counts once, as tshark says.
fn theirs(path: &Path) -> BTreeMap<Stream, Sent> {
    let fields = format!("ip.src ipv6.src tcp.stream tcp.srcport tcp.len udp.stream udp.srcport udp.length {AGAIN}");
    let mut arguments = words("-T fields -E occurrence=f");
    arguments.extend(fields.split_whitespace().flat_map(|field| ["-e".to_owned(), field.to_owned()]));
    let (mut streams, mut again) = (BTreeMap::<Stream, Sent>::new(), BTreeSet::new());
    for line in tshark(path, &arguments).lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        let Some(ip) = cells[..2].iter().find_map(|ip| ip.parse::<IpAddr>().ok()) else { continue };
        let numbers = |cells: &[&str]| cells.iter().map(|cell| cell.parse().ok()).collect::<Option<Vec<u64>>>();
        let (name, numbers, header) = match (numbers(&cells[2..5]), numbers(&cells[5..8])) {
            (Some(tcp), _) => ("tcp", tcp, 0),
            (None, Some(udp)) => ("udp", udp, UDP_HEADER),
            (None, None) => continue,
        };
        let stream = (name, numbers[0] as usize);
        if cells[8..].iter().any(|cell| !cell.is_empty()) {
            again.insert(stream);
        }
        let sent = streams.entry(stream).or_default();
        let length = numbers[2].saturating_sub(header);
        if length > 0 {
            *sent.entry(SocketAddr::new(ip, numbers[1] as u16)).or_default() += length;
        }
    }
    streams.retain(|stream, _| !again.contains(stream));
    streams
}

/// What each conversation of ours counts, in the order in which they began; its ends, the lesser first.
fn ours(file: &[u8]) -> Vec<(&'static str, [SocketAddr; 2], Counted)> {
    let (mut world, mut indexer) = (World::new(BUDGET), Indexer::new());
    let (mut ids, mut missing) = (BTreeSet::new(), BTreeMap::<FlowId, u64>::new());
    let mut take = |seen: Seen| {
        match &seen {
            Seen::Flow(flow) => drop(ids.insert(flow.id)),
            Seen::Frame(frame) => {
                if let (Some(flow), FrameKind::Lost { count, .. }) = (frame.flow, &frame.kind) {
                    *missing.entry(flow).or_default() += count;
                }
            }
            Seen::Node(..)
            | Seen::Interface(..)
            | Seen::Packet(_)
            | Seen::Arrived(..)
            | Seen::Noted(..)
            | Seen::Marked(..)
            | Seen::Name(..)
            | Seen::Secrets(_) => {}
        }
        world.recall(seen);
    };
    indexer.push(file, &mut take);
    indexer.finish(&mut take);
    let counted = |flow: &Flow| {
        let (Address::Ip(client), Address::Ip(server)) = (&flow.client, &flow.server) else { return None };
        let name = if flow.transport == Transport::Tcp { "tcp" } else { "udp" };
        let mut ends = [*client, *server];
        ends.sort();
        let sent = [(*client, flow.to_server), (*server, flow.to_client)];
        let sent = sent.into_iter().filter(|(_, count)| *count > 0).collect();
        Some((name, ends, Counted { sent, missing: missing.get(&flow.id).copied().unwrap_or(0) }))
    };
    let flows = ids.into_iter().filter_map(|id| world.flow(id));
    flows.filter_map(counted).collect()
}

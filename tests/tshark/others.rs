//! Captures made by others: tshark's conversations and streams beside ours. They are not ours to keep here, so a folder of
//! them is given: `WIRELAB_CAPTURES=folder cargo test --test tshark -- --ignored --nocapture`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::thread;

use wirelab::model::{Address, Direction, FlowId, FrameKind, Transport};

use crate::recording::{Read, read};

#[path = "filters.rs"]
mod filters;
#[path = "totals.rs"]
mod totals;

/// How many captures are looked at at once.
const WORKERS: usize = 2;

/// The most streams of one capture that are followed; one run of tshark follows them all.
const STREAMS: usize = 200;

/// What may stand before TCP and UDP in tshark's path of a packet. What is inside other things (tunnels, MPLS, the packet
/// an ICMP error speaks of) tshark follows too, and we do not.
const PLAIN: [&str; 11] = ["eth", "ethertype", "vlan", "sll", "null", "raw", "pppoes", "ppp", "ip", "ipv6", "ah"];

/// Captures in which tshark differs for a reason of its own, and the reason. They are from the tests of tcpdump and Zeek.
const KNOWN: [(&str, &str); 6] = [
    ("bgp_pmsi_tunnel-oobr", "a first fragment cut by the snap length: tshark reads its TCP header all the same"),
    ("esp_truncated", "a first fragment cut by the snap length: tshark reads its UDP header all the same"),
    (
        "bigtcp-",
        "no length in IPv6 or UDP, as the system hands it to a card that cuts it: malformed to tshark, read by us",
    ),
    (
        "modbus-fuzz",
        "the last bytes stand behind a gap that nobody acknowledged: tshark follows them no more, we tell them",
    ),
    ("tunnel-direct-bypass", "as modbus-fuzz: every second byte is inside a tunnel, and nobody acknowledges any"),
    ("tftp-heapoverflow", "UDP says it is longer than its IP packet has room for: tshark counts that, and we the room"),
];

/// What tshark is not to look into. Of tunnels it takes what is inside for what is outside; and what a port mapper (of
/// RPC) tells of it takes for one conversation, from whichever ports.
const CLOSED: [&str; 3] = ["gre", "gtp", "rpc"];

/// Protocols of which tshark tells the streams in another way: SNMP's answers begin a new one each, and of IP inside
/// anything it takes the inner addresses for those of the sides.
const OTHERWISE: [&str; 3] = ["snmp", "ip", "ipv6"];

/// What each end of a stream said.
type Said = BTreeMap<SocketAddr, Vec<u8>>;

/// A stream of tshark's: its transport and its number.
type Stream = (&'static str, usize);

#[test]
#[ignore = "needs a folder of captures, which are not ours to keep here"]
fn captures_of_others_give_the_same_streams() {
    let (mut different, mut streams) = (Vec::new(), 0);
    for (path, (count, told)) in each_capture(|path| {
        let file = std::fs::read(path).expect("a capture can be read");
        let (count, told) = differences(path, &read(&file));
        let name = path.to_string_lossy();
        let is_known = KNOWN.iter().any(|(known, _)| name.contains(known));
        (count, if is_known { Vec::new() } else { told })
    }) {
        streams += count;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        different.extend(told.into_iter().map(|words| format!("{name}: {words}")));
    }
    writeln!(std::io::stderr(), "{streams} streams").expect("standard error is there");
    assert!(different.is_empty(), "{} differ\n{}", different.len(), different.join("\n"));
}

/// Does something with each capture of the folder.
fn each_capture<T: Send>(act: impl Fn(&Path) -> T + Sync) -> Vec<(PathBuf, T)> {
    let folder = std::env::var("WIRELAB_CAPTURES").expect("WIRELAB_CAPTURES names a folder");
    let entries = std::fs::read_dir(folder).expect("the folder can be read");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
    paths.sort();
    paths.reverse();
    let (paths, done) = (Mutex::new(paths), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some(path) = { paths.lock().expect("nobody panicked").pop() } {
                    let result = act(&path);
                    done.lock().expect("nobody panicked").push((path, result));
                }
            });
        }
    });
    done.into_inner().expect("nobody panicked")
}

fn tshark(path: &Path, arguments: &[String]) -> String {
    // A capture that ends in the middle of a packet is an error to tshark, and what came before is told all the same.
    let closed = CLOSED.iter().flat_map(|protocol| ["--disable-protocol", protocol]);
    let mut command = Command::new("tshark");
    let output = command.args(["-n", "-r"]).arg(path).args(closed).args(arguments).output().expect("it runs");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// How many streams there are, and where they differ.
fn differences(path: &Path, read: &Read) -> (usize, Vec<String>) {
    let (streams, otherwise) = plain_streams(path);
    let mut ours: Vec<_> = [("tcp", Transport::Tcp), ("udp", Transport::Udp)]
        .into_iter()
        .flat_map(|(name, transport)| said(read, transport).into_iter().map(move |(ends, said)| (name, ends, said)))
        .collect();
    let followed: Vec<Stream> = streams.iter().map(|(stream, _)| *stream).take(STREAMS).collect();
    let (theirs, mut told) = (follow(path, &followed), Vec::new());
    for (stream, ends) in &streams {
        let (name, number) = stream;
        let which = format!("{name} {number} {} {}", ends[0], ends[1]);
        let Some(at) = ours.iter().position(|(transport, ours, _)| transport == name && ours == ends) else {
            told.push(format!("{which}: none of ours"));
            continue;
        };
        let (_, _, ours) = ours.remove(at);
        let Some(theirs) = theirs.get(stream) else { continue };
        if theirs.keys().any(|end| !ends.contains(end)) {
            // It is a tunnel, and tshark gives the addresses inside.
            continue;
        }
        for (end, theirs) in theirs {
            let (theirs, ours) = (without_gaps(theirs), ours.get(end).map(Vec::as_slice).unwrap_or_default());
            if theirs != ours {
                let at = theirs.iter().zip(ours).take_while(|(one, other)| one == other).count();
                told.push(format!("{which}: {} bytes, {} of ours, first at {at}", theirs.len(), ours.len()));
            }
        }
    }
    ours.retain(|(name, ends, _)| !otherwise.contains(&(name, *ends)));
    told.extend(ours.iter().map(|(name, ends, _)| format!("{name} {} {}: only of ours", ends[0], ends[1])));
    (streams.len(), told)
}

/// A transport and two ends, the lesser first.
type Ends = (&'static str, [SocketAddr; 2]);

/// tshark's streams that are in no tunnel, and their ends, the lesser first; and the ends between which it has others.
fn plain_streams(path: &Path) -> (Vec<(Stream, [SocketAddr; 2])>, BTreeSet<Ends>) {
    let fields = "frame.protocols ip.src ip.dst ipv6.src ipv6.dst \
        tcp.stream tcp.srcport tcp.dstport udp.stream udp.srcport udp.dstport";
    let mut arguments = words("-T fields -E occurrence=f");
    arguments.extend(fields.split_whitespace().flat_map(|field| words("-e").into_iter().chain(words(field))));
    let mut streams: BTreeMap<Stream, [SocketAddr; 2]> = BTreeMap::new();
    let mut otherwise = BTreeSet::new();
    for line in tshark(path, &arguments).lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        let ips: Vec<IpAddr> = cells[1..5].iter().filter_map(|ip| ip.parse().ok()).collect();
        let Some(name) = cells[0].split(':').find_map(|name| ["tcp", "udp"].into_iter().find(|known| *known == name))
        else {
            continue;
        };
        let before: Vec<&str> = cells[0].split(':').take_while(|protocol| *protocol != name).collect();
        let is_otherwise = cells[0].split(':').skip(before.len()).any(|protocol| OTHERWISE.contains(&protocol));
        let is_plain = before.iter().all(|protocol| PLAIN.contains(protocol) || protocol.starts_with("ipv6."));
        let is_one = before.iter().filter(|protocol| matches!(**protocol, "ip" | "ipv6")).count() == 1;
        let cells = if name == "tcp" { &cells[5..8] } else { &cells[8..11] };
        let numbers: Vec<usize> = cells.iter().filter_map(|number| number.parse().ok()).collect();
        let (true, true, [number, source, target], [from, to, ..]) = (is_plain, is_one, &numbers[..], &ips[..]) else {
            continue;
        };
        let mut ends = [SocketAddr::new(*from, *source as u16), SocketAddr::new(*to, *target as u16)];
        ends.sort();
        if is_otherwise {
            otherwise.insert((name, ends));
        }
        streams.entry((name, *number)).or_insert(ends);
    }
    let streams = streams.into_iter().filter(|((name, _), ends)| !otherwise.contains(&(*name, *ends)));
    (streams.collect(), otherwise)
}

/// What both ends of each stream said, as tshark has it.
fn follow(path: &Path, streams: &[Stream]) -> BTreeMap<Stream, Said> {
    if streams.is_empty() {
        return BTreeMap::new();
    }
    let mut arguments = words("-q");
    arguments.extend(streams.iter().flat_map(|(name, number)| words(&format!("-z follow,{name},raw,{number}"))));
    let (mut all, mut stream, mut ends, mut said) = (BTreeMap::new(), ("tcp", 0), Vec::new(), Said::new());
    for line in tshark(path, &arguments).lines() {
        if let Some(line) = line.strip_prefix("Filter: ") {
            let name = if line.starts_with("tcp") { "tcp" } else { "udp" };
            let number = line.rsplit(' ').next().and_then(|number| number.parse().ok());
            stream = (name, number.expect("a stream's number"));
        } else if line.starts_with("Node ") {
            // A stream without a byte has no ends.
            ends.extend(line.split_once(": ").and_then(|(_, end)| socket(end)));
        } else if line.starts_with("====") {
            if !ends.is_empty() {
                all.insert(stream, std::mem::take(&mut said));
                ends.clear();
            }
        } else if let Some(end) = ends.get(usize::from(line.starts_with('\t'))) {
            said.entry(*end).or_default().extend(hex(line.trim_start()));
        }
    }
    all
}

/// An end as tshark writes it: of IPv6 too without brackets.
fn socket(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.rsplit_once(':')?;
    Some(SocketAddr::new(ip.parse::<IpAddr>().ok()?, port.parse().ok()?))
}

fn hex(digits: &str) -> impl Iterator<Item = u8> {
    let pairs = digits.as_bytes().chunks(2);
    pairs.map_while(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
}

/// The ends of each conversation, the lesser first, and what they said, as we have it, in the order in which they began.
fn said(read: &Read, transport: Transport) -> Vec<([SocketAddr; 2], Said)> {
    let socket = |address: &Address| match address {
        Address::Ip(socket) => *socket,
        Address::Unix(_) | Address::Unnamed(_) => panic!("{address:?} is in no capture"),
    };
    let mut streams: BTreeMap<FlowId, ([SocketAddr; 2], Said)> = BTreeMap::new();
    for flow in read.flows.values().filter(|flow| flow.transport == transport) {
        streams.insert(flow.id, ([socket(&flow.client), socket(&flow.server)], Said::new()));
    }
    for frame in &read.frames {
        let Some((ends, said)) = frame.flow.and_then(|flow| streams.get_mut(&flow)) else { continue };
        if let FrameKind::Data { direction, payload } = &frame.kind {
            let from = match direction {
                Direction::Out => ends[0],
                Direction::In => ends[1],
            };
            said.entry(from).or_default().extend_from_slice(payload);
        }
    }
    let mut streams: Vec<_> = streams.into_values().collect();
    for (ends, _) in &mut streams {
        ends.sort();
    }
    streams
}

/// Without the words that tshark puts where bytes are missing; ours are frames of their own.
pub fn without_gaps(bytes: &[u8]) -> Vec<u8> {
    let words = regex::bytes::Regex::new(r"\[\d+ bytes missing in capture file\]\.?\x00").expect("it is one");
    words.replace_all(bytes, &b""[..]).into_owned()
}

//! Wireshark's own reading of our recordings, and ours of captures that its tools make, held side by side.
//!
//! Where tshark is not installed these tests say so and pass; `.ci/run` installs it.

#[path = "support/recording.rs"]
mod recording;

#[path = "tshark/others.rs"]
mod others;

use std::collections::BTreeMap;
use std::io::Write;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::PathBuf;
use std::process::Command;

use bytes::Bytes;
use recording::{Story, deeds, pcap, read, segment};
use wirelab::model::{Address, Closing, Direction, FlowId, Frame, FrameKind, NodeId, Transport};
use wirelab::shell::source::{self, Asked};

/// A capture in a folder of its own, for as long as it is looked at.
struct Capture {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl Capture {
    fn new(bytes: &[u8]) -> Self {
        let folder = tempfile::tempdir().expect("a folder for a file");
        let path = folder.path().join("capture");
        std::fs::write(&path, bytes).expect("room for a file");
        Self { _folder: folder, path }
    }

    fn tshark(&self, arguments: &[&str]) -> String {
        output("tshark", &[&["-n", "-r"], &[self.path.to_str().expect("a plain path")][..], arguments].concat())
    }

    /// What one stream of a conversation says in each direction, the first speaker's first.
    fn follow(&self, transport: &str, stream: usize) -> (Vec<u8>, Vec<u8>) {
        sides(&self.tshark(&["-q", "-z", &format!("follow,{transport},raw,{stream}")]))
    }
}

/// What both sides say of a conversation that is followed as `raw`.
fn sides(followed: &str) -> (Vec<u8>, Vec<u8>) {
    let mut sides = (Vec::new(), Vec::new());
    for line in followed.lines().skip_while(|line| !line.starts_with("Node 1")).skip(1) {
        let (side, digits) = match line.strip_prefix('\t') {
            Some(digits) => (&mut sides.1, digits),
            None => (&mut sides.0, line),
        };
        let pairs =
            digits.as_bytes().chunks(2).map_while(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        side.extend(pairs);
    }
    sides
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().expect("it was found before");
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Whether Wireshark's tools are here; says so when they are not.
fn has_wireshark() -> bool {
    let is_here = |program: &str| Command::new(program).arg("--version").output().is_ok();
    let has = is_here("tshark") && is_here("capinfos");
    if !has {
        assert!(std::env::var_os("CI").is_none(), "tshark is not installed");
        writeln!(std::io::stderr(), "skipped: tshark is not installed").expect("standard error is there");
    }
    has
}

fn ip(text: &str) -> Address {
    Address::Ip(text.parse().expect("an address"))
}

fn bytes(length: usize, seed: usize) -> Bytes {
    (0..length).map(|at| (at.wrapping_mul(31) + seed + at / 251) as u8).collect()
}

/// What each side of a conversation of a story says.
fn said(story: &Story, flow: FlowId) -> (Vec<u8>, Vec<u8>) {
    let mut said = (Vec::new(), Vec::new());
    for frame in story.frames.iter().filter(|frame| frame.flow == Some(flow)) {
        let is_client = story.flow_of(flow).and_then(|flow| flow.client_node) == Some(frame.node);
        if is_client { said.0.extend_from_slice(frame.payload()) } else { said.1.extend_from_slice(frame.payload()) }
    }
    said
}

/// A lab of two nodes that talk over each transport, in turns, `rounds` times, with messages of up to `longest` bytes.
fn lab(rounds: usize, longest: usize) -> Story {
    let mut story = Story::new();
    let (me, echo) = (story.node("me"), story.node("echo"));
    let pairs = [
        (Transport::Tcp, ip("127.0.0.1:50000"), ip("127.0.0.1:7001")),
        (Transport::Tcp, ip("[::1]:50001"), ip("[::1]:7001")),
        (Transport::Unix, Address::Unnamed(7), Address::Unix("/run/lab/echo.sock".into())),
        (Transport::Udp, ip("127.0.0.1:50003"), ip("127.0.0.1:7002")),
        (Transport::Udp, ip("[::1]:50004"), ip("[::1]:7002")),
        (Transport::UnixDatagram, Address::Unix("/run/lab/me".into()), Address::Unix("/run/lab/echo".into())),
    ];
    let ends = pairs.map(|(transport, client, server)| {
        let flow = story.flow(transport, client.clone(), server.clone(), Some(me), Some(echo));
        story.happens(me, Some(flow), FrameKind::Opened { local: client.clone(), peer: server.clone() });
        story.happens(echo, Some(flow), FrameKind::Opened { local: server, peer: client });
        flow
    });
    for round in 0..rounds {
        for (number, flow) in ends.iter().enumerate() {
            let is_datagram = story.flow_of(*flow).is_some_and(|flow| flow.transport.is_datagram());
            let length =
                1 + (round * 7919 + number * 104_729) % if is_datagram { longest.min(60_000) } else { longest };
            let node = if round % 3 == 1 { echo } else { me };
            let kind = FrameKind::Data { direction: Direction::Out, payload: bytes(length, round + number) };
            let of = Some(story.happens(node, Some(*flow), kind).number);
            let (deeds, direction) = (deeds(), if node == me { Direction::In } else { Direction::Out });
            let deed = deeds[(round + number) % deeds.len()].clone();
            story.happens(echo, Some(*flow), FrameKind::Impaired { of, direction, by: "corrupt".into(), deed });
        }
    }
    end(&mut story, &ends, (me, echo));
    story
}

/// Each conversation ends in another way.
fn end(story: &mut Story, flows: &[FlowId], (me, echo): (NodeId, NodeId)) {
    let ways = [Closing::Orderly, Closing::ResetByUs, Closing::Ours, Closing::Idle, Closing::Ours, Closing::Ours];
    for (flow, how) in flows.iter().zip(ways) {
        if how == Closing::Orderly {
            story.happens(me, Some(*flow), FrameKind::Finished(Direction::Out));
            story.happens(echo, Some(*flow), FrameKind::Data { direction: Direction::Out, payload: bytes(10, 1) });
            story.happens(echo, Some(*flow), FrameKind::Finished(Direction::Out));
        }
        story.happens(me, Some(*flow), FrameKind::Closed(how));
    }
}

const EVERY_CHECK: [&str; 6] =
    ["-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"];

/// What Wireshark finds wrong with packets. A reset is a warning of its own accord; those in a story are asked for.
fn wrong() -> String {
    let bad = "tcp.analysis.flags || _ws.malformed || tcp.checksum.status == 0 || udp.checksum.status == 0 \
        || ip.checksum.status == 0 || _ws.expert.severity >= \"Warning\"";
    format!("({bad}) && !tcp.flags.reset == 1")
}

#[test]
fn wireshark_finds_nothing_wrong_with_a_recording() {
    if !has_wireshark() {
        return;
    }
    let capture = Capture::new(&lab(40, 300_000).written());
    assert_eq!(capture.tshark(&[&EVERY_CHECK[..], &["-Y", &wrong()]].concat()), "");
    let resets = capture.tshark(&[&EVERY_CHECK[..], &["-Y", "tcp.flags.reset == 1 && !tcp.analysis.flags"]].concat());
    assert_eq!(resets.lines().count(), 1);
}

/// The same of which a recording has only the first bytes of some frames, as of a flood.
fn cut_short(mut story: Story, longest: usize) -> Story {
    for frame in story.frames.iter_mut().filter(|frame| frame.number % 3 > 0) {
        if let FrameKind::Data { payload, .. } = &mut frame.kind {
            frame.cut = payload.len().saturating_sub(longest) as u64;
            payload.truncate(longest);
        }
    }
    story
}

#[test]
fn wireshark_finds_nothing_wrong_with_frames_that_were_cut_but_that_they_are() {
    if !has_wireshark() {
        return;
    }
    let (whole, cut) = (lab(40, 300_000), cut_short(lab(40, 300_000), 4096));
    let capture = Capture::new(&cut.written());
    assert_eq!(capture.tshark(&[&EVERY_CHECK[..], &["-Y", &wrong()]].concat()), "");
    let fields = ["-T", "fields", "-e", "frame.len", "-e", "frame.cap_len"];
    let lengths = |capture: &Capture| -> Vec<(usize, usize)> {
        let shown = capture.tshark(&fields);
        let pairs = shown.lines().filter_map(|line| line.split_once('\t'));
        pairs.map(|(len, cap_len)| (len.parse().expect("a length"), cap_len.parse().expect("a length"))).collect()
    };
    let (whole, cut) = (lengths(&Capture::new(&whole.written())), lengths(&capture));
    let of_wire = |lengths: &[(usize, usize)]| lengths.iter().map(|(len, _)| *len).collect::<Vec<_>>();
    assert_eq!(of_wire(&whole), of_wire(&cut), "as many packets, each as long as it was");
    let shorter = cut.iter().filter(|(len, cap_len)| cap_len < len).count();
    assert!(shorter > 100, "{shorter} of {}", cut.len());
    let limited = capture.tshark(&["-Y", "frame.cap_len < frame.len", "-T", "fields", "-e", "_ws.col.Info"]);
    assert_eq!(limited.lines().count(), shorter);
}

#[test]
fn what_a_cut_recording_lacks_is_told_where_wireshark_tells_it() {
    if !has_wireshark() {
        return;
    }
    let story = cut_short(lab(12, 200_000), 4096);
    let capture = Capture::new(&story.written());
    for (transport, stream, flow) in [("tcp", 0, 1), ("tcp", 1, 2), ("udp", 0, 4), ("udp", 1, 5)] {
        let follow = format!("follow,{transport},raw,{stream}");
        let theirs = capture.follow(transport, stream);
        let mut ours = Command::new(env!("CARGO_BIN_EXE_wirelab"));
        let ours = ours.arg("read").arg(&capture.path).args(["-q", "-z", &follow]).output().expect("it starts");
        let ours = sides(&String::from_utf8(ours.stdout).expect("it writes UTF-8"));
        let known = said(&story, FlowId(flow));
        let without_gaps = |(one, other): &(Vec<u8>, Vec<u8>)| (others::without_gaps(one), others::without_gaps(other));
        assert!(without_gaps(&ours) == known, "{follow}");
        assert!(without_gaps(&theirs) == known, "{follow}");
        let frames = story.frames.iter().filter(|frame| frame.flow == Some(FlowId(flow)) && frame.length() > 0);
        let gaps = frames.rev().skip(1).filter(|frame| frame.cut > 0).count();
        let told = [&ours.0, &ours.1].map(|side| memchr::memmem::find_iter(side, b"bytes missing in").count());
        assert_eq!(told.iter().sum::<usize>(), gaps, "{follow}: each is told, but behind the last there is nothing");
    }
}

#[test]
fn frames_keep_their_numbers_when_anybody_cuts_the_packets_of_a_recording() {
    if !has_wireshark() {
        return;
    }
    let story = lab(12, 200_000);
    let capture = Capture::new(&story.written());
    let path = capture.path.with_extension("cut");
    output(
        "editcap",
        &["-s", "1000", capture.path.to_str().expect("a plain path"), path.to_str().expect("a plain path")],
    );
    let read = read(&std::fs::read(&path).expect("it was written"));
    assert_eq!(read.frames.len(), story.frames.len());
    for (frame, told) in story.frames.iter().zip(&read.frames) {
        assert_eq!(told.number, Some(frame.number));
        let Some((_, payload)) = told.kind.data() else { continue };
        assert!(frame.payload().starts_with(payload), "frame {}", frame.number);
        assert_eq!(payload.len() as u64 + told.cut, frame.length(), "frame {}", frame.number);
        assert!(
            frame.length() < 900 || (900..=1000).contains(&payload.len()),
            "{} of frame {}",
            payload.len(),
            frame.number
        );
    }
}

#[test]
fn wireshark_shows_a_note_as_the_packet_s_comment() {
    if !has_wireshark() {
        return;
    }
    let mut story = lab(2, 100);
    let of_data = |frame: &&Frame| matches!(frame.kind, FrameKind::Data { .. });
    let number = story.frames.iter().find(of_data).map(|frame| frame.number).expect("somebody spoke");
    story.notes.insert(1, "how it begins".into());
    story.notes.insert(number, "the first words, größer".into());
    story.marks.insert(number);
    let capture = Capture::new(&story.written());
    let shown = capture.tshark(&["-T", "fields", "-e", "frame.comment", "-Y", "frame.comment contains \"words\""]);
    assert_eq!(shown.lines().count(), 1, "{shown}");
    assert!(shown.starts_with("the first words, größer"), "{shown}");
    let begins = capture.tshark(&["-Y", "frame.comment == \"how it begins\" && tcp.flags.syn == 1"]);
    assert_eq!(begins.lines().count(), 1);
}

#[test]
fn wireshark_follows_the_very_bytes() {
    if !has_wireshark() {
        return;
    }
    let story = lab(25, 200_000);
    let capture = Capture::new(&story.written());
    for (number, flow) in story.flows.keys().enumerate() {
        let (transport, stream) = if number < 3 { ("tcp", number) } else { ("udp", number - 3) };
        let (theirs, ours) = (capture.follow(transport, stream), said(&story, *flow));
        assert!(ours.0.len() > 50_000, "{}", ours.0.len());
        assert!(theirs == ours, "{transport} {stream}: {} and {} bytes", theirs.0.len(), ours.0.len());
    }
}

#[test]
fn wireshark_counts_as_we_do() {
    if !has_wireshark() {
        return;
    }
    let story = lab(30, 20);
    let capture = Capture::new(&story.written());
    for (number, flow) in story.flows.keys().enumerate() {
        let (transport, stream) = if number < 3 { ("tcp", number) } else { ("udp", number - 3) };
        let field = if transport == "tcp" { "tcp.len" } else { "udp.length" };
        let filter = format!("{transport}.stream == {stream}");
        let lengths = capture.tshark(&["-Y", &filter, "-T", "fields", "-e", field]);
        let header = if transport == "tcp" { 0 } else { 8 };
        let total: usize = lengths.lines().filter_map(|length| Some(length.parse::<usize>().ok()? - header)).sum();
        let (there, back) = said(&story, *flow);
        assert_eq!(total, there.len() + back.len());
    }
    let packets = output("capinfos", &["-M", "-T", "-r", "-c", capture.path.to_str().expect("a plain path")]);
    let count: usize = packets.split_whitespace().last().and_then(|count| count.parse().ok()).expect("a count");
    // Data one packet each; of TCP three to open, and to close FIN, FIN, ACK or one RST.
    let data = story.frames.iter().filter(|frame| !frame.payload().is_empty()).count();
    assert_eq!(count, data + 3 * 3 + 3 + 1 + 3);
    let table = capture.tshark(&["-q", "-z", "conv,tcp"]);
    let (there, back) = said(&story, FlowId(1));
    // 18 frames of IPv4 and TCP headers each way are not payload; the SYNs have 8 bytes of options.
    let row = table.lines().find(|row| row.starts_with("127.0.0.1:50000")).expect("the first conversation");
    let numbers: Vec<usize> = row.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let frames = numbers[4];
    assert_eq!(numbers[5], there.len() + back.len() + 40 * frames + 16, "{row}");
}

#[test]
fn wireshark_reads_the_journal_the_names_and_the_nodes() {
    if !has_wireshark() {
        return;
    }
    let mut story = lab(1, 5);
    story.happens(NodeId(1), None, FrameKind::Note("as told".into())).summary = "as told\nin two lines".into();
    let capture = Capture::new(&story.written());
    let messages = capture.tshark(&["-Y", "systemd_journal", "-T", "fields", "-e", "systemd_journal.message"]);
    assert_eq!(messages.lines().last(), Some("as told in two lines"));
    let names = capture.tshark(&["-Y", "tcp", "-T", "fields", "-e", "frame.interface_name"]);
    assert!(names.lines().any(|name| name == "echo") && names.lines().all(|name| name == "me" || name == "echo"));
    let path = capture.path.to_str().expect("a plain path");
    let hosts = output("tshark", &["-N", "n", "-r", path, "-Y", "ipv6", "-T", "fields", "-e", "ipv6.dst_host"]);
    assert!(hosts.contains("/run/lab/echo.sock"), "{hosts}");
}

/// Conversations of a foreign capture as we read them: for each stream what each side said, in tshark's order.
fn conversations(file: &[u8], transport: Transport) -> Vec<(Vec<u8>, Vec<u8>)> {
    let read = read(file);
    let mut streams: BTreeMap<FlowId, (Vec<u8>, Vec<u8>)> = BTreeMap::new();
    for flow in read.flows.values().filter(|flow| flow.transport == transport) {
        streams.insert(flow.id, Default::default());
    }
    for frame in &read.frames {
        let Some(sides) = frame.flow.and_then(|flow| streams.get_mut(&flow)) else { continue };
        if let FrameKind::Data { direction, payload } = &frame.kind {
            match direction {
                Direction::Out => sides.0.extend_from_slice(payload),
                Direction::In => sides.1.extend_from_slice(payload),
            }
        }
    }
    streams.into_values().collect()
}

#[test]
fn a_stream_in_disorder_is_put_in_the_same_order() {
    if !has_wireshark() {
        return;
    }
    let text = bytes(20_000, 3);
    let mut packets = vec![
        segment((4000, 80), (u32::MAX - 5000, 0), "S", b""),
        segment((80, 4000), (77, u32::MAX - 4999), "SA", b""),
    ];
    // Blocks of eight segments backwards, each overlapping the one before, some twice.
    let mut parts: Vec<(usize, usize)> = (0..200).map(|part| (part * 100, (part * 100 + 130).min(20_000))).collect();
    parts.chunks_mut(8).for_each(<[_]>::reverse);
    for (number, (start, end)) in parts.into_iter().enumerate() {
        let sequence = (u32::MAX - 4999).wrapping_add(start as u32);
        for _ in 0..=number % 2 {
            packets.push(segment((4000, 80), (sequence, 78), "A", &text[start..end]));
        }
    }
    let file = pcap(1, &packets);
    let capture = Capture::new(&file);
    let ours = conversations(&file, Transport::Tcp);
    assert_eq!(ours.iter().map(|sides| (sides.0.len(), sides.1.len())).collect::<Vec<_>>(), [(20_000, 0)]);
    assert!(ours[0].0 == text);
    assert!(capture.follow("tcp", 0).0 == text);
}

/// A live capture of the loopback while a conversation goes on there; none where the process may not capture.
fn captured_live(talk: impl FnOnce()) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().expect("a folder for the spool");
    let mut source = match source::open_in(&Asked::Interface("lo".into()), folder.path()) {
        Ok(source) => source,
        Err(trouble) => {
            assert!(trouble.why.contains("CAP_NET_RAW"), "{trouble}");
            writeln!(std::io::stderr(), "skipped: {trouble}").expect("standard error is there");
            return None;
        }
    };
    talk();
    // What went over the loopback by now waits in the kernel; a last datagram tells when all of it has been read.
    let last = b"the end of the conversation";
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    socket.send_to(last, socket.local_addr().expect("its address")).expect("the loopback takes it");
    let (mut file, mut piece) = (Vec::new(), vec![0; 65_536]);
    loop {
        let length = source.read(&mut piece).expect("the loopback stays up");
        if length == 0 {
            return Some(file);
        }
        file.extend_from_slice(&piece[..length]);
        if memchr::memmem::find(&file, last).is_some() {
            source.stop().now();
        }
    }
}

#[test]
fn wireshark_finds_nothing_wrong_with_a_live_capture() {
    if !has_wireshark() {
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("its address");
    let text = bytes(30_000, 5);
    let file = captured_live(|| {
        let mut client = TcpStream::connect(address).expect("it listens");
        let (mut server, _) = listener.accept().expect("it was asked");
        client.write_all(&text).expect("it is taken");
        drop(client);
        std::io::copy(&mut server, &mut std::io::sink()).expect("it is read to its end");
    });
    let Some(file) = file else { return };
    let capture = Capture::new(&file);
    let own = format!("tcp.port == {}", address.port());
    let bad = format!("{own} && (_ws.malformed || tcp.analysis.flags || _ws.expert.severity >= \"Warning\")");
    assert_eq!(capture.tshark(&["-Y", &bad]), "");
    let packets = capture.tshark(&["-Y", &own, "-T", "fields", "-e", "frame.interface_name", "-e", "tcp.stream"]);
    // A handshake of three, data, and an end.
    assert!(packets.lines().count() >= 7, "{packets}");
    let stream = packets.lines().next().and_then(|line| line.strip_prefix("lo\t")).expect("a stream on lo");
    let theirs = capture.follow("tcp", stream.parse().expect("a number"));
    assert!(theirs.0 == text, "{} bytes", theirs.0.len());
    assert!(conversations(&file, Transport::Tcp).iter().any(|sides| sides.0 == text));
    let path = capture.path.to_str().expect("a plain path");
    let about = output("capinfos", &["-t", "-E", "-I", path]);
    for words in ["pcapng", "Name = lo", "Encapsulation = Ethernet", "Time precision = nanoseconds (9)"] {
        assert!(about.contains(words), "{words}:\n{about}");
    }
}

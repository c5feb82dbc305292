//! `wirelab read` as it is called: what it writes, how it ends, and tshark's words for the same held against it.
//!
//! Where tshark is not installed the comparisons say so and pass; `.ci/run` installs it.

#[path = "support/packets.rs"]
#[expect(dead_code, reason = "shared with tests that ask filters of it")]
mod packets;
#[path = "support/recording.rs"]
#[expect(dead_code, reason = "shared with tests of how captures are read")]
mod recording;
#[path = "filter/scene.rs"]
mod scene;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use bytes::Bytes;
use recording::{Story, deeds, pcap, segment};
use wirelab::model::{Address, Closing, Deed, Direction, FrameKind, Side, Timestamp, Transport};

/// Columns that a socket tells or a decoder finds, all of which tshark has under the same name.
const COLUMNS: &[&str] = &[
    "frame.time",
    "frame.time_epoch",
    "frame.time_relative",
    "ip.src",
    "ip.dst",
    "ip.addr",
    "ipv6.src",
    "ipv6.addr",
    "tcp.srcport",
    "tcp.port",
    "tcp.stream",
    "tcp.len",
    "tcp.payload",
    "udp.dstport",
    "udp.port",
    "udp.stream",
    "udp.length",
    "http.request",
    "http.request.method",
    "http.request.uri",
    "http.request.version",
    "http.host",
    "http.user_agent",
    "http.response.code",
    "http.response.phrase",
    "http.content_length",
    "http.content_type",
    "dns.id",
    "dns.flags",
    "dns.flags.response",
    "dns.count.answers",
    "dns.qry.name",
    "dns.qry.type",
    "dns.qry.class",
    "dns.a",
    "dns.resp.ttl",
    "tls.record.version",
    "tls.handshake.type",
];

/// A file for as long as it is looked at.
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

    fn read(&self, words: &[&str]) -> Output {
        read(&self.path, words)
    }

    fn reads(&self, words: &[&str]) -> String {
        let output = self.read(words);
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("it writes UTF-8")
    }

    fn tshark(&self, words: &[&str]) -> String {
        let mut command = Command::new("tshark");
        command.env("TZ", "UTC").env("LC_ALL", "C.UTF-8").env("HOME", "/nonexistent");
        let output = command.arg("-n").arg("-r").arg(&self.path).args(words).output().expect("it was found before");
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("it writes UTF-8")
    }
}

fn read(path: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wirelab")).arg("read").arg(path).args(words).output().expect("it starts")
}

fn status_and_words(output: &Output) -> (Option<i32>, String) {
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn has_tshark() -> bool {
    let has = Command::new("tshark").arg("--version").output().is_ok();
    if !has {
        assert!(std::env::var_os("CI").is_none(), "tshark is not installed");
        writeln!(std::io::stderr(), "skipped: tshark is not installed").expect("standard error is there");
    }
    has
}

/// TCP in disorder, with a gap, a new connection between the same ends, one of which the beginning is missing; and
/// bytes of every kind.
fn disorder() -> Vec<u8> {
    let every: Vec<u8> = (0..=255).chain(*b"ends in a space ").collect();
    pcap(
        1,
        &[
            segment((50_000, 80), (100, 0), "S", b""),
            segment((80, 50_000), (500, 101), "SA", b""),
            segment((50_000, 80), (101, 501), "A", b"hello\r\n"),
            segment((80, 50_000), (501, 108), "A", &every),
            segment((50_001, 80), (7, 7), "A", b"in the middle"),
            segment((50_000, 80), (118, 773), "A", b"behind"),
            segment((50_000, 80), (108, 773), "A", b"in between"),
            segment((50_000, 80), (108, 773), "A", b"in between"),
            segment((50_000, 80), (134, 773), "A", b"after a gap"),
            segment((80, 50_000), (773, 145), "A", b"got it"),
            segment((50_000, 80), (145, 779), "A", b"  two words   "),
            segment((50_000, 80), (159, 779), "FA", b""),
            segment((80, 50_000), (779, 160), "FA", b""),
            segment((50_000, 80), (160, 780), "A", b""),
            segment((50_000, 80), (9000, 0), "S", b""),
            segment((80, 50_000), (1, 9001), "SA", b""),
            segment((50_000, 80), (9001, 2), "A", b"another"),
            segment((50_000, 80), (9008, 2), "R", b""),
        ],
    )
}

/// A recording of a lab with TCP, UDP and IPv6, and a message longer than a packet can be.
fn lab() -> Vec<u8> {
    let mut story = Story::new();
    let (me, echo) = (story.node("me"), story.node("echo"));
    let ip = |text: &str| Address::Ip(text.parse().expect("an address"));
    for (transport, client, server) in [
        (Transport::Tcp, ip("127.0.0.1:50000"), ip("127.0.0.1:7001")),
        (Transport::Tcp, ip("[::1]:50001"), ip("[::1]:7001")),
        (Transport::Udp, ip("127.0.0.1:50003"), ip("127.0.0.1:7002")),
        (Transport::Udp, ip("[::1]:50004"), ip("[::1]:7002")),
    ] {
        let flow = Some(story.flow(transport, client.clone(), server.clone(), Some(me), Some(echo)));
        story.happens(me, flow, FrameKind::Opened { local: client, peer: server });
        let longest = if transport == Transport::Tcp { 200_000 } else { 2000 };
        for (node, length) in [(me, 5), (echo, longest), (me, 17), (me, 300)] {
            let payload = (0..length).map(|at: usize| (at * 31 + at / 251) as u8).collect();
            story.happens(node, flow, FrameKind::Data { direction: Direction::Out, payload });
        }
        story.happens(me, flow, FrameKind::Closed(Closing::Ours));
    }
    story.written()
}

#[test]
fn conversations_are_followed_to_the_byte_as_by_tshark() {
    if !has_tshark() {
        return;
    }
    let files = [("disorder", disorder(), 3, 0), ("lab", lab(), 2, 2), ("scene", scene::capture().pcap(), 6, 3)];
    for (name, file, tcp, udp) in files {
        let capture = Capture::new(&file);
        let streams = (0..tcp).map(|number| ("tcp", number)).chain((0..udp).map(|number| ("udp", number)));
        let shapes = ["ascii", "hex", "raw"];
        let words =
            streams.flat_map(|(carrier, number)| shapes.map(|shape| format!("follow,{carrier},{shape},{number}")));
        let words: Vec<String> = words.collect();
        // tshark tells what was asked for last first.
        let ours = capture.reads(&asked(words.iter().rev()));
        let theirs = capture.tshark(&asked(words.iter()));
        assert_eq!(ours.matches("Follow: ").count(), words.len());
        let differing = ours.lines().zip(theirs.lines()).enumerate().find(|(_, (ours, theirs))| ours != theirs);
        assert!(ours == theirs, "{name}: {differing:?}");
    }
}

/// Statistics alone.
fn asked<'a>(words: impl Iterator<Item = &'a String>) -> Vec<&'a str> {
    std::iter::once("-q").chain(words.flat_map(|word| ["-z", word])).collect()
}

#[test]
fn the_table_of_conversations_is_tsharks() {
    if !has_tshark() {
        return;
    }
    let mut many = packets::Capture::default();
    for number in 0..40 {
        let client = format!("10.0.{number}.1:{}", 4000 + number);
        let said = vec![(Side::Client, &b"word"[..]); number];
        many.udp(&client, "10.9.9.9:53", &said);
        many.tcp(&client, "10.9.9.9:80", &[(Side::Server, vec![7; 60_000].as_slice())]);
    }
    for (name, file) in
        [("disorder", disorder()), ("lab", lab()), ("scene", scene::capture().pcap()), ("many", many.pcap())]
    {
        let capture = Capture::new(&file);
        let ours = capture.reads(&["-q", "-z", "conv,udp", "-z", "conv,tcp"]);
        let theirs = capture.tshark(&["-q", "-z", "conv,tcp", "-z", "conv,udp"]);
        assert!(ours == theirs, "{name}:\n{ours}\ntshark:\n{theirs}");
    }
}

#[test]
fn values_are_written_as_tshark_writes_them() {
    if !has_tshark() {
        return;
    }
    let capture = Capture::new(&scene::capture().pcap());
    let columns = COLUMNS.iter().flat_map(|name| ["-e", name]);
    let words: Vec<&str> = ["-Y", "tcp.len > 0 || udp", "-T", "fields"].into_iter().chain(columns).collect();
    let (ours, theirs) = (capture.reads(&words), capture.tshark(&words));
    assert_eq!(ours.lines().count(), theirs.lines().count());
    let mut differing = Vec::new();
    for (line, (ours, theirs)) in ours.lines().zip(theirs.lines()).enumerate() {
        for (name, (ours, theirs)) in COLUMNS.iter().zip(ours.split('\t').zip(theirs.split('\t'))) {
            if ours != theirs {
                differing.push(format!("line {line}, {name}: {ours}, tshark {theirs}"));
            }
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
    for style in [
        &["-E", "header=y"][..],
        &["-E", "separator=;", "-E", "quote=s"],
        &["-E", "occurrence=l"],
        &["-E", "occurrence=f", "-E", "separator=/s"],
        &["-E", "aggregator=/s"],
    ] {
        let words = ["-Y", "tcp.len > 0 || udp", "-T", "fields", "-e", "ip.addr", "-e", "tcp.port"];
        let words = [&words[..], style].concat();
        assert_eq!(capture.reads(&words), capture.tshark(&words), "{style:?}");
    }
}

/// A recording of a tap that did all it can to what a client said.
fn tapped() -> Vec<u8> {
    let mut story = Story::new();
    let tap = story.node("tap");
    let ip = |text: &str| Address::Ip(text.parse().expect("an address"));
    let (client, server) = (ip("127.0.0.1:50000"), ip("127.0.0.1:9001"));
    let flow = Some(story.flow(Transport::Tcp, client.clone(), server.clone(), None, Some(tap)));
    story.happens(tap, flow, FrameKind::Opened { local: server, peer: client });
    let kind = FrameKind::Data { direction: Direction::In, payload: Bytes::from_static(b"hello") };
    let of = Some(story.happens(tap, flow, kind).number);
    let late = Deed::Delayed(Duration::from_millis(50));
    let done = |of, by: &'static str, deed| FrameKind::Impaired { of, direction: Direction::In, by: by.into(), deed };
    story.happens(tap, flow, done(of, "delay", late));
    for deed in deeds() {
        story.happens(tap, flow, done(of, "loss", deed));
    }
    story.happens(tap, flow, done(None, "hold", Deed::Injected(Bytes::from_static(b"put in"))));
    story.written()
}

#[test]
fn what_a_tap_did_is_told_in_words_in_json_and_to_filters() {
    let capture = Capture::new(&tapped());
    let lines = |filter: &str| capture.reads(&["-Y", filter]).lines().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(lines("wl.kind == \"impaired\"").len(), deeds().len() + 2);
    let late = lines("wl.by == \"delay\" && wl.of == 2 && wl.to == \"server\"");
    assert!(late.len() == 1 && late[0].contains("2 +50.0ms"), "{late:?}");
    assert_eq!(lines("wl.by == \"loss\" && wl.of == 2").len(), deeds().len());
    assert_eq!(lines("wl.by && !wl.of").len(), 1, "what was put in is of no frame");
    assert_eq!(
        capture.reads(&["-Y", "wl.by == \"delay\"", "-T", "fields", "-e", "wl.by", "-e", "wl.of"]),
        "delay\t2\n"
    );

    let told = capture.path.with_extension("jsonl");
    let mut command = Command::new(env!("CARGO_BIN_EXE_wirelab"));
    let status = command.arg("convert").arg(&capture.path).arg(&told).status().expect("it starts");
    assert!(status.success());
    let told = std::fs::read_to_string(told).expect("it was written");
    assert_eq!(told, capture.reads(&["-T", "json"]));
    let lines: Vec<serde_json::Value> =
        told.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    let done = |wanted: &str| lines.iter().find(|line| line["by"] == wanted).expect("it is there");
    let late = done("delay");
    assert_eq!((&late["kind"], &late["of"], &late["delay_ms"]), (&"impaired".into(), &2.into(), &50.into()));
    assert_eq!((&late["toward"], &late["deed"], &late["node"]), (&"server".into(), &"delayed".into(), &"tap".into()));
    let put_in = done("hold");
    assert_eq!((&put_in["of"], &put_in["base64"]), (&serde_json::Value::Null, &"cHV0IGlu".into()));
}

/// A recording of two rounds between nodes of a lab, a second apart, and of one word to somebody else. In milliseconds:
/// the questions take 1 and 5, the answers 3 and 7, each 9 and 5 after the question has come.
fn rounds() -> Vec<u8> {
    let mut story = Story::new();
    let (me, echo) = (story.node("me"), story.node("echo"));
    let ip = |text: &str| Address::Ip(text.parse().expect("an address"));
    let (client, server) = (ip("127.0.0.1:50000"), ip("127.0.0.1:7001"));
    let flow = Some(story.flow(Transport::Tcp, client.clone(), server.clone(), Some(me), Some(echo)));
    let other = Some(story.flow(Transport::Udp, ip("127.0.0.1:50001"), ip("127.0.0.1:53"), Some(me), None));
    story.happens(me, flow, FrameKind::Opened { local: client, peer: server });
    let at = |milliseconds: i64| Timestamp(recording::START - 1 + milliseconds * 1_000_000);
    for (node, sent, arrived, text) in
        [(me, 10, 11, "hello\n"), (echo, 20, 23, "hello\n"), (me, 1010, 1015, "ok\n"), (echo, 1020, 1027, "fine\n")]
    {
        let kind = FrameKind::Data { direction: Direction::Out, payload: Bytes::from_static(text.as_bytes()) };
        let frame = story.happens(node, flow, kind);
        (frame.at, frame.arrived) = (at(sent), Some(at(arrived)));
    }
    let kind = FrameKind::Data { direction: Direction::Out, payload: Bytes::from_static(b"a word") };
    story.happens(me, other, kind).at = at(1100);
    story.written()
}

#[test]
fn figures_are_those_that_can_be_counted_by_hand() {
    let capture = Capture::new(&rounds());
    let told = capture.reads(&["-q", "-z", "stats", "-T", "json"]);
    let lines: Vec<serde_json::Value> =
        told.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    assert_eq!(lines.len(), 4, "two flows and two nodes:\n{told}");
    let flow = &lines[0];
    let share = |frames: u64, bytes: u64| serde_json::json!({ "frames": frames, "bytes": bytes });
    assert_eq!((&flow["to_server"], &flow["to_client"]), (&share(2, 9), &share(2, 11)));
    assert_eq!((&flow["client_name"], &flow["seconds"]), (&"me".into(), &1.01.into()));
    let times = |name: &str, figure: &str| flow[name][figure].as_f64().expect("it was measured");
    for (name, shortest, mean, longest) in
        [("round_trip", 13.0, 15.0, 17.0), ("one_way_to_server", 1.0, 3.0, 5.0), ("one_way_to_client", 3.0, 5.0, 7.0)]
    {
        let ends = [times(name, "min_ms"), times(name, "mean_ms"), times(name, "max_ms")];
        assert_eq!((times(name, "count"), ends), (2.0, [shortest, mean, longest]), "{name}");
        // Of two, half are no longer than the shorter.
        for (figure, exact) in [("p50_ms", shortest), ("p90_ms", longest), ("p99_ms", longest)] {
            assert!((times(name, figure) - exact).abs() <= exact / 100.0, "{name} {figure}: {}", times(name, figure));
        }
    }
    let me = lines.iter().find(|line| line["node"] == "me").expect("it is a node");
    assert_eq!((&me["in"], &me["out"]), (&share(2, 11), &share(3, 15)));

    let table = capture.reads(&["-q", "-z", "stats", "--flow", "1"]);
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let rows: Vec<_> = table.lines().map(words).collect();
    let row = |first: &str| rows.iter().find(|row| row.join(" ").starts_with(first)).expect(first);
    assert_eq!(row("flow 1")[2..], ["tcp", "me", "→", "echo", "2", "9", "2", "11", "1.010", "20"]);
    assert_eq!(row("round trip")[2..5], ["2", "13.000", "15.000"]);
    assert!(!table.contains("flow 2"), "{table}");
    assert!(capture.reads(&["-q", "-z", "stats", "-Y", "udp"]).contains("flow 2"));
}

#[test]
fn it_ends_with_0_when_all_was_told() {
    let capture = Capture::new(&disorder());
    assert_eq!(status_and_words(&capture.read(&["-q"])), (Some(0), String::new()));
    assert_eq!(capture.reads(&["-Y", "tcp.payload contains \"hello\""]).lines().count(), 1);
}

#[test]
fn it_ends_with_1_when_the_conversation_is_not_there() {
    let (status, words) = status_and_words(&Capture::new(&disorder()).read(&["-q", "-z", "follow,udp,ascii,0"]));
    assert_eq!(status, Some(1), "{words}");
    assert!(words.starts_with("follow udp conversation 0: there is none of that number"), "{words}");
}

#[test]
fn it_ends_with_2_and_marks_the_place_when_a_filter_is_wrong() {
    let (status, words) = status_and_words(&Capture::new(&disorder()).read(&["-Y", "ip && tcp.prot == 80"]));
    assert_eq!(status, Some(2));
    let lines: Vec<&str> = words.lines().collect();
    assert!(lines[0].starts_with("-Y: ") && lines[0].contains("tcp.port"), "{words}");
    assert_eq!(lines[1..], ["    ip && tcp.prot == 80", "          ^~~~~~~~"]);
}

#[test]
fn it_ends_with_2_when_there_is_no_capture_to_read() {
    let (status, words) = status_and_words(&read(Path::new("Cargo.toml"), &[]));
    assert_eq!(
        (status, words.as_str()),
        (Some(2), "read Cargo.toml: this is no capture file; pcapng and pcap can be read\n")
    );
    let (status, words) = status_and_words(&read(Path::new("/no/such"), &[]));
    assert_eq!(status, Some(2));
    assert!(words.contains("there is no such file"), "{words}");
}

#[test]
fn of_a_file_that_is_cut_the_rest_is_told_and_it_ends_with_2() {
    let whole = disorder();
    let output = Capture::new(&whole[..whole.len() - 3]).read(&["-T", "fields", "-e", "tcp.payload"]);
    let (status, words) = status_and_words(&output);
    assert_eq!(status, Some(2));
    assert!(words.contains("the file ends in the middle of a packet"), "{words}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("616e6f74686572"));
}

#[test]
fn whoever_has_read_enough_may_go() {
    let mut many = packets::Capture::default();
    many.udp("10.0.0.1:1", "10.0.0.2:2", &vec![(Side::Client, &b"word"[..]); 20_000]);
    let capture = Capture::new(&many.pcap());
    let mut command = Command::new(env!("CARGO_BIN_EXE_wirelab"));
    let command = command.arg("read").arg(&capture.path).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let mut line = String::new();
    let mut told = BufReader::new(child.stdout.take().expect("it is piped"));
    told.read_line(&mut line).expect("a line");
    drop(told);
    assert!(line.contains("word"), "{line}");
    assert_eq!(status_and_words(&child.wait_with_output().expect("it ends")), (Some(0), String::new()));
}

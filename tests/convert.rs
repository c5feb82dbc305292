//! `wirelab convert`, the real program: what it writes is read again, by itself and by others.
//!
//! Where tshark or haralyzer is not installed their tests say so and pass; `.ci/run` installs both.

#[path = "support/packets.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod packets;
#[path = "support/recording.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod recording;

use std::collections::BTreeSet;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use bytes::Bytes;
use packets::Capture;
use recording::{Story, pcap, read, segment};
use rustix::process::Signal;
use serde_json::Value;
use wirelab::capture::Writer;
use wirelab::model::{Address, Closing, Direction, FlowId, FrameKind, Mark, Side, Transport};

/// A folder for files, for as long as they are looked at.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder for files"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).expect("room for a file");
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).expect("it was written")
    }

    fn names(&self) -> BTreeSet<String> {
        let entries = std::fs::read_dir(self.0.path()).expect("a folder");
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }

    /// Runs the program here.
    fn wirelab(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wirelab"));
        command.args(arguments).current_dir(self.0.path()).stdin(Stdio::null()).output().expect("it starts")
    }

    /// Runs it to a good end; gives what it prints.
    fn prints(&self, arguments: &[&str]) -> Vec<u8> {
        let output = self.wirelab(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
        output.stdout
    }

    /// Runs it to a bad end; gives its status and what it says.
    fn fails(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.wirelab(arguments);
        let said = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
        (output.status.code().expect("it ends by itself"), said)
    }
}

fn ip(text: &str) -> Address {
    Address::Ip(text.parse().expect("an address"))
}

/// A lab with two conversations that mix: one of TCP, with a frame longer than a packet, and one of a Unix socket.
fn story() -> Story {
    let mut story = Story::new();
    let (me, echo) = (story.node("me"), story.node("echo"));
    let tcp = story.flow(Transport::Tcp, ip("127.0.0.1:50000"), ip("127.0.0.1:7001"), Some(me), Some(echo));
    let unix = story.flow(Transport::Unix, Address::Unnamed(1), Address::Unix("/tmp/x".into()), Some(me), Some(echo));
    let kind = |flow| match flow {
        FlowId(1) => FrameKind::Opened { local: ip("127.0.0.1:50000"), peer: ip("127.0.0.1:7001") },
        FlowId(_) => FrameKind::Opened { local: Address::Unnamed(1), peer: Address::Unix("/tmp/x".into()) },
    };
    for flow in [tcp, unix] {
        story.happens(me, Some(flow), kind(flow));
    }
    story.happens(echo, None, FrameKind::Note("a remark".into()));
    for round in 0..3 {
        for (flow, payload) in [(tcp, vec![b'a' + round; 100_000]), (unix, vec![b'x' + round; 10])] {
            let payload = Bytes::from(payload);
            let frame = story.happens(me, Some(flow), FrameKind::Data { direction: Direction::Out, payload });
            frame.arrived = Some(wirelab::model::Timestamp(frame.at.0 + 1000));
        }
    }
    for flow in [tcp, unix] {
        story.happens(me, Some(flow), FrameKind::Closed(Closing::Orderly));
    }
    story
}

/// Three conversations of strangers: two of HTTP, of which one shares its client's port with the last, of UDP.
fn capture() -> Capture {
    let mut capture = Capture::default();
    let asks: &[u8] = b"GET /one?a=b HTTP/1.1\r\nHost: lab\r\n\r\n";
    let answers: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello";
    capture.tcp("10.0.0.1:40001", "10.0.0.2:80", &[(Side::Client, asks), (Side::Server, answers)]);
    let head: &[u8] = b"HEAD / HTTP/1.1\r\nHost: lab\r\n\r\n";
    let none: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n";
    let continues: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
    let ends: &[u8] = b"HTTP/1.0 404 Not Found\r\n\r\nuntil the end";
    capture.tcp(
        "10.0.0.1:40002",
        "10.0.0.2:80",
        &[
            (Side::Client, head),
            (Side::Client, b"POST /two HTTP/1.1\r\nHost: lab\r\nContent-Length: 4\r\n\r\n"),
            (Side::Server, none),
            (Side::Server, continues),
            (Side::Client, b"body"),
            (Side::Server, ends),
        ],
    );
    capture.udp("10.0.0.1:40001", "10.0.0.2:9999", &[(Side::Client, b"ping"), (Side::Server, b"pong")]);
    capture
}

/// The packets of a pcapng or pcap file: their times and bytes.
fn packets_of(file: &[u8]) -> Vec<(i64, Vec<u8>)> {
    let mut reader = wirelab::capture::Reader::new();
    reader.push(file);
    let mut packets = Vec::new();
    while let Some(item) = reader.next() {
        if let wirelab::capture::What::Packet(packet) = item.what {
            packets.push((packet.at.0, packet.data.to_vec()));
        }
    }
    packets
}

#[test]
fn what_is_all_taken_over_stays_as_it_is_whatever_it_is_packed_in() {
    let folder = Folder::new();
    let ours = story().written();
    folder.write("ours", &ours);
    folder.prints(&["convert", "ours", "ours.pcapng"]);
    assert!(folder.read("ours.pcapng") == ours);
    let theirs = capture().pcap();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(&theirs).expect("memory takes all");
    folder.write("theirs.gz", &packer.finish().expect("memory takes all"));
    folder.prints(&["convert", "theirs.gz", "theirs.pcapng"]);
    assert_eq!(packets_of(&folder.read("theirs.pcapng")), packets_of(&theirs));
    folder.prints(&["convert", "theirs.pcapng", "back.pcap"]);
    let back = folder.read("back.pcap");
    assert_eq!(back[..4], 0xA1B2_3C4D_u32.to_le_bytes());
    assert_eq!(packets_of(&back), packets_of(&theirs));
    assert_eq!(folder.prints(&["convert", "theirs.gz", "-", "--to", "pcap"]), back);
}

#[test]
fn a_conversation_of_a_recording_is_a_recording_with_the_same_numbers_names_and_times() {
    let folder = Folder::new();
    let story = story();
    folder.write("ours", &story.written());
    for flow in [1, 2] {
        folder.prints(&["convert", "ours", "one.pcapng", "--force", "--flow", &flow.to_string()]);
        let one = read(&folder.read("one.pcapng"));
        let expected: Vec<_> = story.frames.iter().filter(|frame| frame.flow == Some(FlowId(flow))).collect();
        let told: Vec<_> = one.frames.iter().map(|frame| (frame.number, frame.flow, &frame.kind)).collect();
        assert_eq!(told, expected.iter().map(|f| (Some(f.number), f.flow, &f.kind)).collect::<Vec<_>>());
        let arrived = expected.iter().filter_map(|frame| Some((frame.number, frame.arrived?)));
        assert_eq!(one.arrived, arrived.collect());
        assert_eq!(one.flows.keys().collect::<Vec<_>>(), [&FlowId(flow)]);
        assert_eq!(one.nodes.values().collect::<BTreeSet<_>>(), BTreeSet::from([&"me".to_owned(), &"echo".to_owned()]));
    }
    let only = ["convert", "ours", "-", "--to", "txt", "-Y", "wl.note contains \"remark\""];
    assert_eq!(folder.prints(&only), b"    3 12:03:00.003 echo                 note         a remark\n");
    // The fourth frame stands in the middle of a conversation that is not told of before.
    folder.prints(&["convert", "ours", "middle.pcapng", "-Y", "frame.number == 4"]);
    let middle = read(&folder.read("middle.pcapng"));
    let told = middle.frames.iter().map(|frame| (frame.number, frame.flow, frame.kind.clone())).collect::<Vec<_>>();
    assert_eq!(told, [(Some(4), Some(FlowId(1)), story.frames[3].kind.clone())]);
}

#[test]
fn a_conversation_of_strangers_comes_with_all_its_packets_and_a_filter_with_those_that_pass() {
    let folder = Folder::new();
    folder.write("theirs", &capture().pcap());
    let all = packets_of(&capture().pcap());
    let chosen = |arguments: &[&str]| {
        folder.prints(&[&["convert", "theirs", "some.pcapng", "--force"], arguments].concat());
        let some = packets_of(&folder.read("some.pcapng"));
        some.iter()
            .map(|packet| all.iter().position(|one| one == packet).expect("it is one of them"))
            .collect::<Vec<_>>()
    };
    let of = |range: std::ops::Range<usize>| range.collect::<Vec<_>>();
    assert_eq!(chosen(&["--flow", "1"]), of(0..8));
    assert_eq!(chosen(&["--flow", "2"]), of(8..20));
    assert_eq!(chosen(&["--flow", "3"]), [20, 21]);
    assert_eq!(chosen(&["-Y", "tcp.port == 40001"]), of(0..8));
    assert_eq!(chosen(&["-Y", "udp"]), [20, 21]);
    assert_eq!(chosen(&["-Y", "http", "--flow", "1"]), [3, 4]);
    assert_eq!(chosen(&["-Y", "http.response.code == 100"]), [14]);
    assert_eq!(chosen(&["-Y", "tcp.flags.fin == 1", "--flow", "1"]), [5, 6]);
    assert_eq!(chosen(&["--flow", "9"]), of(0..0));
}

#[test]
fn packets_out_of_order_come_where_they_were() {
    let folder = Folder::new();
    let segments = [
        segment((4000, 80), (1, 0), "S", b""),
        segment((80, 4000), (9, 2), "SA", b""),
        segment((4000, 80), (5, 10), "A", b"def"),
        segment((5000, 80), (1, 0), "S", b""),
        segment((4000, 80), (2, 10), "A", b"abc"),
        segment((80, 4000), (10, 8), "A", b""),
    ];
    folder.write("theirs", &pcap(1, &segments));
    let kept = |arguments: &[&str]| {
        let some = folder.prints(&[&["convert", "theirs", "-", "--to", "pcap"], arguments].concat());
        packets_of(&some).into_iter().map(|(_, bytes)| bytes).collect::<Vec<_>>()
    };
    let these = |numbers: &[usize]| numbers.iter().map(|number| segments[*number].clone()).collect::<Vec<_>>();
    assert_eq!(kept(&["--flow", "1"]), these(&[0, 1, 2, 4, 5]));
    assert_eq!(kept(&["-Y", "frame contains \"ef\""]), these(&[2]));
    assert_eq!(kept(&["--flow", "2"]), these(&[3]));
}

#[test]
fn lines_are_those_that_read_tells() {
    let folder = Folder::new();
    folder.write("theirs", &capture().pcap());
    folder.prints(&["convert", "theirs", "lines.txt"]);
    assert_eq!(folder.read("lines.txt"), folder.prints(&["read", "theirs"]));
    folder.prints(&["convert", "theirs", "lines.jsonl", "--flow", "2"]);
    let lines = folder.read("lines.jsonl");
    assert_eq!(lines, folder.prints(&["read", "theirs", "-T", "json", "--flow", "2"]));
    assert!(lines.split(|byte| *byte == b'\n').count() > 7);
}

#[test]
fn a_pcap_file_has_one_link_type_or_is_not_written() {
    let folder = Folder::new();
    let mut story = story();
    let tls = story.flow(Transport::Tls, ip("127.0.0.1:50000"), ip("127.0.0.1:7001"), None, None);
    let node = story.node("me");
    let payload = Bytes::from_static(b"secret");
    story.happens(node, Some(tls), FrameKind::Data { direction: Direction::Out, payload });
    folder.write("ours", &story.written());
    let (status, said) = folder.fails(&["convert", "ours", "ours.pcap"]);
    assert_eq!(status, 2);
    assert_eq!(
        said,
        "convert ours: it has packets of link type 101 (raw IP) and of link type 252 (exported messages), and pcap holds one link type; \
         write pcapng, or choose with a filter"
    );
    assert_eq!(folder.names(), BTreeSet::from(["ours".to_owned()]));
    folder.prints(&["convert", "ours", "ours.pcap", "--flow", "1"]);
    assert!(packets_of(&folder.read("ours.pcap")).len() > 6);
    folder.prints(&["convert", "ours", "none.pcap", "--flow", "77"]);
    assert_eq!(folder.read("none.pcap").len(), 24);
}

#[test]
fn a_file_is_private_and_never_replaced_unasked() {
    let folder = Folder::new();
    folder.write("theirs", &capture().pcap());
    folder.write("there.txt", b"mine");
    let refused = folder.fails(&["convert", "theirs", "there.txt"]);
    let words = "save there.txt: there is such a file already; name another, or say --force to replace it";
    assert_eq!(refused, (1, words.to_owned()));
    assert_eq!(folder.read("there.txt"), b"mine");
    folder.prints(&["convert", "theirs", "there.txt", "--force"]);
    assert_eq!(folder.read("there.txt"), folder.prints(&["read", "theirs"]));
    let mode = std::fs::metadata(folder.path("there.txt")).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // In its own place, too.
    folder.prints(&["convert", "theirs", "theirs", "--force", "--to", "pcapng"]);
    assert_eq!(packets_of(&folder.read("theirs")), packets_of(&capture().pcap()));
    assert_eq!(folder.names(), BTreeSet::from(["theirs".to_owned(), "there.txt".to_owned()]));
}

#[test]
fn what_is_told_to_end_leaves_nothing_half_written() {
    let capture = capture().pcap();
    let many = [&capture[..24], &capture[24..].repeat(1024)].concat();
    for (signal, status) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let folder = Folder::new();
        let mut program = Command::new(env!("CARGO_BIN_EXE_wirelab"))
            .args(["convert", "-", "out.pcapng"])
            .current_dir(&folder.0)
            .stdin(Stdio::piped())
            .spawn()
            .expect("it starts");
        // More than a pipe holds: it reads by the time all of this is taken, and then waits for more.
        program.stdin.as_mut().expect("a pipe").write_all(&many).expect("it reads");
        assert!(folder.names().iter().any(|name| name.starts_with(".out.pcapng")), "it has begun");
        rustix::process::kill_process(rustix::process::Pid::from_child(&program), signal).expect("it is there");
        assert_eq!(program.wait().expect("it ends").code(), Some(status));
        assert_eq!(folder.names(), BTreeSet::new());
    }
}

#[test]
fn what_was_said_of_frames_goes_with_them() {
    let folder = Folder::new();
    let mut story = story();
    story.notes.extend([(1, "how it begins".to_owned()), (4, "the first of many bytes".to_owned())]);
    story.marks.extend([3, 4]);
    let mut written = story.written();
    let mut writer = Writer::new(&mut Vec::new());
    writer.note(6, "an afterthought", story.frames[8].at, &mut written);
    writer.mark(6, Mark::On, story.frames[8].at, &mut written);
    writer.mark(3, Mark::Off, story.frames[8].at, &mut written);
    folder.write("ours", &written);
    folder.prints(&["convert", "ours", "some.pcapng", "-Y", "frame.number in {3..6}"]);
    let some = read(&folder.read("some.pcapng"));
    assert_eq!(some.frames.iter().filter_map(|frame| frame.number).collect::<Vec<_>>(), [3, 4, 5, 6]);
    let comments = some.frames.iter().filter_map(|frame| Some((frame.number?, frame.comment.as_deref()?)));
    assert_eq!(comments.collect::<Vec<_>>(), [(4, "the first of many bytes"), (6, "an afterthought")]);
    assert_eq!(some.marks.into_iter().collect::<Vec<_>>(), [(4, Mark::On), (6, Mark::On)]);
}

#[test]
fn what_is_not_right_is_said_and_leaves_nothing() {
    let folder = Folder::new();
    folder.write("theirs", &capture().pcap());
    folder.write("text", b"no capture at all");
    let fails = |arguments: &[&str], status: i32, words: &str| {
        let (ended, said) = folder.fails(&[&["convert"], arguments].concat());
        assert_eq!((ended, said.contains(words)), (status, true), "{arguments:?}: {said}");
    };
    fails(&["theirs", "x.mp3"], 2, "its name does not say in which form; let its name end in .pcapng, .pcap, .jsonl");
    fails(&["theirs", "-"], 2, "or say --to FORM");
    fails(&["theirs", "x", "--to", "mp3"], 2, "mp3 is no form that is written");
    fails(&["missing.pcap", "x.txt"], 2, "there is no such file");
    fails(&["text", "x.txt"], 2, "read text: it is no capture");
    fails(&["text", "x.pcapng"], 2, "read text: it is no capture");
    fails(&["-", "x.har"], 2, "read standard input: it is no capture");
    fails(&["theirs", "x.txt", "-Y", "tcp.port =="], 2, "filter with tcp.port ==");
    fails(&["lo", "x.txt"], 2, "it is an interface, which has no end");
    fails(&["theirs", "missing/x.txt"], 1, "there is no such file or folder");
    fails(&["theirs", "."], 2, "its name does not say");
    assert_eq!(folder.names(), BTreeSet::from(["text".to_owned(), "theirs".to_owned()]));
}

#[test]
fn a_file_that_is_cut_gives_what_there_is_and_says_so() {
    let folder = Folder::new();
    let ours = story().written();
    folder.write("ours", &ours[..ours.len() - 10]);
    let output = folder.wirelab(&["convert", "ours", "ours.pcapng"]);
    assert!(output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.starts_with("ours: the file ends in the middle of a packet or block"), "{said}");
    let whole = folder.read("ours.pcapng");
    assert!(ours.starts_with(&whole) && whole.len() > 300_000);
}

#[test]
fn a_full_disk_is_told_and_a_reader_that_has_enough_is_not() {
    let folder = Folder::new();
    folder.write("theirs", &capture().pcap());
    let full = std::fs::File::options().write(true).open("/dev/full").expect("a full device");
    let mut command = Command::new(env!("CARGO_BIN_EXE_wirelab"));
    command.args(["convert", "theirs", "-", "--to", "txt"]).current_dir(folder.path("."));
    let output = command.stdout(full).stderr(Stdio::piped()).output().expect("it starts");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "write standard output: the disk is full; make room, or choose another place\n"
    );
    let mut story = story();
    let node = story.node("me");
    for _ in 0..20_000 {
        story.happens(node, None, FrameKind::Note("again and again".into()));
    }
    folder.write("long", &story.written());
    let mut command = Command::new(env!("CARGO_BIN_EXE_wirelab"));
    command.args(["convert", "long", "-", "--to", "txt"]).current_dir(folder.path("."));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}

/// Says what of an HTTP archive is not as the specification has it: what must be there, and of which sort.
fn faults(archive: &Value) -> Vec<String> {
    const SORTS: &[(&str, &str, &[&str])] = &[
        ("/log", "object", &["version:string", "creator:object", "entries:array"]),
        ("/log/creator", "object", &["name:string", "version:string"]),
    ];
    const ENTRY: &[(&str, &[&str])] = &[
        (
            "",
            &[
                "startedDateTime:string",
                "time:number",
                "request:object",
                "response:object",
                "cache:object",
                "timings:object",
            ],
        ),
        (
            "/request",
            &[
                "method:string",
                "url:string",
                "httpVersion:string",
                "cookies:array",
                "headers:array",
                "queryString:array",
                "headersSize:number",
                "bodySize:number",
            ],
        ),
        (
            "/response",
            &[
                "status:number",
                "statusText:string",
                "httpVersion:string",
                "cookies:array",
                "headers:array",
                "content:object",
                "redirectURL:string",
                "headersSize:number",
                "bodySize:number",
            ],
        ),
        ("/response/content", &["size:number", "mimeType:string"]),
        ("/timings", &["send:number", "wait:number", "receive:number"]),
    ];
    let mut faults = Vec::new();
    let check = |whole: &Value, path: &str, wanted: &[&str], faults: &mut Vec<String>| {
        for wanted in wanted {
            let (name, sort) = wanted.split_once(':').expect("a name and a sort");
            let value = whole.pointer(path).and_then(|object| object.get(name));
            let is_right = value.is_some_and(|value| match sort {
                "string" => value.is_string(),
                "number" => value.is_number(),
                "array" => value.is_array(),
                _ => value.is_object(),
            });
            if !is_right {
                faults.push(format!("{path}/{name} is {value:?}"));
            }
        }
    };
    for (path, _, wanted) in SORTS {
        check(archive, path, wanted, &mut faults);
    }
    let entries = archive["log"]["entries"].as_array().cloned().unwrap_or_default();
    for entry in &entries {
        for (path, wanted) in ENTRY {
            check(entry, path, wanted, &mut faults);
        }
        let pairs = ["/request/headers", "/request/queryString", "/request/cookies", "/response/headers"];
        for pair in pairs.iter().filter_map(|path| entry.pointer(path)?.as_array()).flatten() {
            check(pair, "", &["name:string", "value:string"], &mut faults);
        }
        if entry["request"].get("postData").is_some() {
            check(entry, "/request/postData", &["mimeType:string", "params:array", "text:string"], &mut faults);
        }
        let timings = &entry["timings"];
        let sum: f64 = ["send", "wait", "receive"].iter().filter_map(|name| timings[name].as_f64()).sum();
        if (sum - entry["time"].as_f64().unwrap_or(-1.0)).abs() > 0.001 {
            faults.push(format!("{} is not the sum of {timings}", entry["time"]));
        }
    }
    faults
}

fn archive(folder: &Folder, arguments: &[&str]) -> Value {
    folder.prints(&[&["convert", "theirs", "some.har", "--force"], arguments].concat());
    let archive: Value = serde_json::from_slice(&folder.read("some.har")).expect("it is JSON");
    assert_eq!(faults(&archive), [""; 0]);
    archive
}

fn lines(archive: &Value) -> Vec<String> {
    let line = |entry: &Value| {
        let (request, response) = (&entry["request"], &entry["response"]);
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let (method, url, body) = (text(&request["method"]), text(&request["url"]), text(&response["content"]["text"]));
        format!("{method} {url} {} {body} {}", response["status"], entry["time"])
    };
    archive["log"]["entries"].as_array().expect("entries").iter().map(line).collect()
}

#[test]
fn an_http_archive_pairs_what_was_asked_with_what_was_answered() {
    let folder = Folder::new();
    folder.write("theirs", &capture().pcap());
    // Packets of this capture are a second apart, and the fraction of each fifth begins again.
    let all = [
        "GET http://lab/one?a=b 200 hello 1001.0",
        "HEAD http://lab/ 200 - 2002.0",
        "POST http://lab/two 404 until the end 3999.0",
    ];
    assert_eq!(lines(&archive(&folder, &[])), all);
    assert_eq!(lines(&archive(&folder, &["--flow", "2"])), all[1..]);
    assert_eq!(lines(&archive(&folder, &["-Y", "http.response.code == 404"])), all[2..]);
    assert_eq!(lines(&archive(&folder, &["--flow", "3"])), [""; 0]);
}

#[test]
fn responses_without_requests_are_counted_and_requests_without_responses_are_there() {
    let folder = Folder::new();
    let mut capture = Capture::default();
    let answer: &[u8] = b"HTTP/1.1 204 No Content\r\n\r\n";
    capture.tcp(
        "10.0.0.1:40001",
        "10.0.0.2:80",
        &[(Side::Server, answer), (Side::Client, b"GET /late HTTP/1.1\r\n\r\n")],
    );
    folder.write("theirs", &capture.pcap());
    let output = folder.wirelab(&["convert", "theirs", "some.har"]);
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "theirs: 1 responses are left out, for their requests are not there\n"
    );
    let archive: Value = serde_json::from_slice(&folder.read("some.har")).expect("it is JSON");
    assert_eq!((faults(&archive), lines(&archive)), (vec![], vec!["GET http://10.0.0.2:80/late 0 - 0.0".to_owned()]));
}

#[test]
fn haralyzer_reads_the_archive() {
    let has_it = Command::new("python3").args(["-c", "import haralyzer"]).output().is_ok_and(|o| o.status.success());
    if !has_it {
        assert!(std::env::var_os("CI").is_none(), "haralyzer is not installed");
        writeln!(std::io::stderr(), "skipped: no haralyzer for python3").expect("standard error is there");
        return;
    }
    let folder = Folder::new();
    folder.write("theirs", &capture().pcap());
    folder.prints(&["convert", "theirs", "some.har"]);
    let script = "import haralyzer, sys\n\
        for entry in haralyzer.HarParser.from_file(sys.argv[1]).har_data['entries']:\n\
        \x20   entry = haralyzer.HarEntry(entry)\n\
        \x20   print(entry.request.method, entry.url, entry.status, entry.response.raw_entry['content'].get('text'), entry.time, entry.startTime.year)\n";
    let output = Command::new("python3").args(["-c", script]).arg(folder.path("some.har")).output().expect("it starts");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout).lines().collect::<Vec<_>>(),
        [
            "GET http://lab/one?a=b 200 hello 1001.0 2026",
            "HEAD http://lab/ 200 None 2002.0 2026",
            "POST http://lab/two 404 until the end 3999.0 2026"
        ]
    );
}

/// What a program of Wireshark's says of a file; it must find no fault with it.
fn heard(program: &str, arguments: &[&str], file: &Path) -> String {
    let output = Command::new(program).args(arguments).arg(file).output().expect("it was found before");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && !said.contains("cut short") && !said.contains("damaged"), "{program}: {said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn wireshark_finds_no_fault_with_what_is_written() {
    let is_here = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if !is_here("tshark") || !is_here("capinfos") {
        assert!(std::env::var_os("CI").is_none(), "tshark is not installed");
        writeln!(std::io::stderr(), "skipped: tshark is not installed").expect("standard error is there");
        return;
    }
    let folder = Folder::new();
    folder.write("ours", &story().written());
    folder.write("theirs", &capture().pcap());
    let ways: [(&str, &[&str]); 5] = [
        ("ours", &["--flow", "1"]),
        ("ours", &[]),
        ("theirs", &[]),
        ("theirs", &["--flow", "2"]),
        ("theirs", &["-Y", "tcp.port == 40001"]),
    ];
    for (file, arguments) in ways {
        for (name, kind) in [("x.pcapng", "pcapng"), ("x.pcap", "nanosecond")] {
            folder.prints(&[&["convert", file, name, "--force"], arguments].concat());
            let path = folder.path(name);
            assert!(heard("capinfos", &["-t"], &path).contains(kind), "{file} {arguments:?}");
            let bad = "tcp.analysis.flags || _ws.malformed || _ws.expert.severity >= \"Warning\"";
            assert_eq!(heard("tshark", &["-n", "-Y", bad, "-r"], &path), "", "{file} {arguments:?} {name}");
            let count = heard("tshark", &["-n", "-r"], &path).lines().count();
            assert!(count >= 6, "{file} {arguments:?}: {count}");
        }
    }
    // The packets of a filter that asks for addresses and ports are those that Wireshark would take.
    let theirs = heard("tshark", &["-n", "-Y", "tcp.port == 40001", "-r"], &folder.path("theirs"));
    assert_eq!(heard("tshark", &["-n", "-r"], &folder.path("x.pcap")).lines().count(), theirs.lines().count());
}

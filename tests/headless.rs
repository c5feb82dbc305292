//! `wirelab tap` as it is called: its first line, its frames, its end.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use wirelab::capture::{Indexer, Seen};
use wirelab::model::FrameKind;

/// A tap that runs.
struct Tap {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Tap {
    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wirelab"));
        command.arg("tap").args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let out = BufReader::new(child.stdout.take().expect("it was asked for"));
        Self { child, out }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).expect("it is text");
        line.trim_end().to_owned()
    }

    /// Where it listens, as its first line says.
    fn listens(&mut self) -> String {
        let line = self.line();
        let url = serde_json::from_str::<Value>(&line).map_or(line.clone(), |event| {
            assert_eq!(event["kind"], "listening", "{line}");
            event["local"].as_str().unwrap_or_default().to_owned()
        });
        url.rsplit('/').next().unwrap_or_default().to_owned()
    }

    /// All that is still told, and how it ends.
    fn ends(mut self) -> (String, Output) {
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).expect("it is text");
        (rest, self.child.wait_with_output().expect("it ends"))
    }
}

/// A TCP server that sends back what it hears, until it hears no more.
fn echo() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    thread::spawn(move || {
        for stream in listener.incoming().take(8) {
            let Ok(mut stream) = stream else { return };
            let Ok(mut reading) = stream.try_clone() else { return };
            let mut buffer = [0; 1024];
            while let Ok(count @ 1..) = reading.read(&mut buffer) {
                if stream.write_all(&buffer[..count]).is_err() {
                    break;
                }
            }
        }
    });
    address
}

fn says(address: &str, text: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).expect("the tap listens");
    stream.write_all(text).expect("it takes it");
    let mut answer = vec![0; text.len()];
    stream.read_exact(&mut answer).expect("it answers");
    answer
}

fn events(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"))).collect()
}

#[test]
fn the_first_line_says_where_it_listens_and_each_frame_has_one() {
    let target = echo();
    let mut tap = Tap::start(&["tcp://127.0.0.1:0", &target, "--count", "2"]);
    let first = tap.line();
    let address = first.strip_prefix("tcp://").unwrap_or_else(|| panic!("{first}")).to_owned();
    assert!(!address.ends_with(":0"), "{first}");
    assert_eq!(says(&address, b"hello"), b"hello");
    let (rest, output) = tap.ends();
    assert!(output.status.success());
    let hello: Vec<&str> = rest.lines().filter(|line| line.ends_with("hello")).collect();
    assert_eq!(hello.len(), 2, "{rest}");
    assert!(hello[0].contains("→ tap") && hello[1].contains("← tap"), "{rest}");
}

#[test]
fn deeds_are_told_as_json_with_the_frame_they_were_done_to() {
    let target = echo();
    let arguments = ["tcp://127.0.0.1:0", &target, "--json", "--delay", "30ms", "--toward", "server", "--count", "2"];
    let mut tap = Tap::start(&arguments);
    let address = tap.listens();
    assert_eq!(says(&address, b"hello"), b"hello");
    let (rest, output) = tap.ends();
    assert!(output.status.success());
    let events = events(&rest);
    let data: Vec<&Value> = events.iter().filter(|event| event["kind"] == "data").collect();
    assert_eq!((&data[0]["dir"], &data[0]["text"]), (&"in".into(), &"hello".into()));
    let deeds: Vec<&Value> = events.iter().filter(|event| event["kind"] == "impaired").collect();
    assert_eq!(deeds.len(), 1, "{rest}");
    assert_eq!((&deeds[0]["by"], &deeds[0]["of"]), (&"delay".into(), &data[0]["frame"]));
    assert_eq!(deeds[0]["delay_ms"], 30.0);
}

/// Which of so many datagrams a tap loses, by their order.
fn lost(seed: &str, count: usize) -> Vec<usize> {
    let target = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let address = target.local_addr().expect("an address").to_string();
    let mut tap = Tap::start(&[
        "udp://127.0.0.1:0",
        &address,
        "--loss",
        "20%",
        "--seed",
        seed,
        "--json",
        "--impair",
        "delay 1us",
    ]);
    let client = UdpSocket::bind("127.0.0.1:0").expect("a port");
    client.connect(tap.listens()).expect("the tap listens");
    let (mut frames, mut lost) = (Vec::new(), Vec::new());
    while frames.len() < count {
        client.send(b"x").expect("it goes");
        // Each has one deed: it is lost, or it is delayed by next to nothing.
        loop {
            let event = &events(&tap.line())[0];
            if event["kind"] == "data" {
                frames.push(event["frame"].clone());
            } else if event["kind"] == "impaired" {
                assert_eq!(event["of"], frames[frames.len() - 1]);
                lost.extend((event["deed"] == "dropped").then_some(frames.len() - 1));
                break;
            }
        }
    }
    tap.child.kill().expect("it runs");
    tap.child.wait().expect("it ends");
    lost
}

#[test]
fn the_same_seed_loses_the_same_datagrams() {
    let first = lost("7", 100);
    assert!((5..45).contains(&first.len()), "{first:?}");
    assert_eq!(lost("7", 100), first);
    assert_ne!(lost("8", 100), first);
}

#[test]
fn an_interrupt_ends_it_well_with_the_recording_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("tap.pcapng");
    let target = echo();
    let mut tap = Tap::start(&["tcp://127.0.0.1:0", &target, "--record", &file.to_string_lossy()]);
    let address = tap.listens();
    assert_eq!(says(&address, b"kept"), b"kept");
    // The answer has passed the tap, so both are told and both are recorded.
    while !tap.line().ends_with("kept") {}
    while !tap.line().ends_with("kept") {}
    kill_process(Pid::from_child(&tap.child), Signal::INT).expect("it runs");
    let (_, output) = tap.ends();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(payloads(&file), [b"kept", b"kept"]);
}

fn payloads(file: &Path) -> Vec<Vec<u8>> {
    let mut payloads = Vec::new();
    let mut take = |seen| {
        if let Seen::Frame(frame) = seen
            && let FrameKind::Data { payload, .. } = frame.kind
        {
            payloads.push(payload.to_vec());
        }
    };
    let mut indexer = Indexer::new();
    indexer.push(&std::fs::read(file).expect("the recording"), &mut take);
    indexer.finish(&mut take);
    payloads
}

#[test]
fn nonsense_is_wrong_usage_and_what_cannot_be_done_fails() {
    let ended = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_wirelab")).arg("tap").args(arguments).output().expect("it runs");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (status, words) = ended(&["tcp://127.0.0.1:0", "127.0.0.1:1", "--loss", "101%"]);
    assert!(status == Some(2) && words.contains("0% to 100%"), "{status:?} {words}");
    let (status, words) = ended(&["tcp://127.0.0.1:0", "127.0.0.1:1", "--impair", "dely 5ms"]);
    assert!(status == Some(2) && words.contains("did you mean delay?"), "{status:?} {words}");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let (status, words) = ended(&[&format!("tcp://{address}"), "127.0.0.1:1"]);
    assert!(status == Some(1) && words.contains(&address) && words.contains("in use"), "{status:?} {words}");
    let (status, words) = ended(&["tcp://127.0.0.1:7999", "127.0.0.1:7999"]);
    assert!(status == Some(1) && words.contains("itself"), "{status:?} {words}");
}

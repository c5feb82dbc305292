//! `wirelab replay` as it is called.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use wirelab::model::Transport;

use crate::program::has;
use crate::talk::{Talk, recorded};

fn command(file: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wirelab"));
    command.arg("replay").arg(file).args(arguments).stdin(Stdio::null());
    command
}

/// Its exit status, what it told, and what it said of what went wrong.
fn replay(file: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = command(file, arguments).output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it is text");
    (status.code(), text(stdout), text(stderr))
}

/// A server for one client: it says each of these after it heard so many bytes, and closes when the client does.
fn server(answers: &'static [(usize, &'static str)]) -> (String, JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let serving = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("it comes");
        let mut heard = Vec::new();
        for (length, answer) in answers {
            let mut bytes = vec![0; *length];
            if stream.read_exact(&mut bytes).is_err() || stream.write_all(answer.as_bytes()).is_err() {
                return heard;
            }
            heard.extend(bytes);
        }
        let _ = stream.read_to_end(&mut heard);
        heard
    });
    (address, serving)
}

const TALK: &[(i64, &str)] = &[(0, ">HELLO\n"), (1, "<hi\n"), (300, ">BYE\n"), (301, "<bye\n")];

#[test]
fn each_message_has_a_line_and_the_last_line_sums_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = recorded(folder.path(), &[Talk::new(Transport::Tcp, TALK)]);
    let (address, serving) = server(&[(6, "hi\n"), (4, "bye\n")]);
    let began = Instant::now();
    let (status, told, said) = replay(&file, &[&address]);
    assert!(began.elapsed() >= Duration::from_millis(298), "it keeps the pause that was recorded");
    assert_eq!((status, said.as_str()), (Some(0), ""), "{told}");
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 5, "{told}");
    assert_eq!(lines[0], "message 1 of 4 was sent: 6 bytes");
    assert!(lines[1].starts_with("message 2 of 4 came as recorded"), "{told}");
    assert_eq!(lines[4], "replayed: 2 of 2 messages sent; answered: 2 as recorded");
    assert_eq!(serving.join().expect("it ends"), b"HELLO\nBYE\n");
}

#[test]
fn an_answer_that_differs_stops_it_unless_it_is_to_go_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = recorded(folder.path(), &[Talk::new(Transport::Tcp, TALK)]);
    let (address, serving) = server(&[(6, "ho\n"), (4, "bye\n")]);
    let (status, told, _) = replay(&file, &[&address, "--speed", "max"]);
    assert_eq!(status, Some(1));
    assert!(told.contains("message 2 of 4 came otherwise: byte 1 is 0x6f, was 0x69"), "{told}");
    assert!(told.contains("replay stopped at a difference: 1 of 2 messages sent"), "{told}");
    assert_eq!(serving.join().expect("it ends"), b"HELLO\n");

    let (address, serving) = server(&[(6, "what do you want?\n"), (4, "bye\n")]);
    let record = folder.path().join("again.pcapng");
    let arguments =
        [&address, "--speed", "max", "--on-difference", "go", "--json", "--record", record.to_str().expect("a path")];
    let (status, told, _) = replay(&file, &arguments);
    assert_eq!(status, Some(0), "{told}");
    let events: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).expect("it is JSON")).collect();
    let verdicts: Vec<&str> = events.iter().filter_map(|event| event["verdict"].as_str()).collect();
    assert_eq!(verdicts, ["said", "different", "said", "alike", "over"], "{told}");
    assert_eq!((&events[4]["said"], &events[4]["different"]), (&2.into(), &1.into()));
    assert_eq!(serving.join().expect("it ends"), b"HELLO\nBYE\n");
    // What was told is a note among the frames that were recorded.
    let read = Command::new(env!("CARGO_BIN_EXE_wirelab")).arg("read").arg(&record).output().expect("it runs");
    let read = String::from_utf8_lossy(&read.stdout).into_owned();
    assert!(read.contains("message 2 of 4 came otherwise: byte 0 is 0x77, was 0x68"), "{read}");
}

#[test]
fn a_target_that_does_not_answer_or_is_not_there_fails_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = recorded(folder.path(), &[Talk::new(Transport::Tcp, TALK)]);
    let (address, _serving) = server(&[(6, ""), (100, "")]);
    let (status, told, _) = replay(&file, &[&address, "--speed", "max", "--patience", "100ms"]);
    assert_eq!(status, Some(1));
    assert!(told.contains("message 2 of 4 did not come within 10"), "{told}");
    let dead = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").to_string();
    let (status, told, said) = replay(&file, &[&dead]);
    assert_eq!((status, told.as_str()), (Some(1), ""));
    assert!(said.contains("refused: nothing listens"), "{said}");
}

#[test]
fn which_conversation_is_meant_is_asked_where_several_carry_data() {
    let folder = tempfile::tempdir().expect("a folder");
    let silent: &[(i64, &str)] = &[(0, ">")];
    let talks = [
        Talk::numbered(1, Transport::Tcp, silent),
        Talk::numbered(2, Transport::Tcp, TALK),
        Talk::numbered(3, Transport::Udp, &[(0, ">tick")]),
    ];
    let file = recorded(folder.path(), &talks);
    let (status, told, said) = replay(&file, &["127.0.0.1:1"]);
    assert_eq!((status, told.as_str()), (Some(2), ""));
    assert!(said.contains("2 conversations carry data") && said.contains("--flow"), "{said}");
    assert!(said.contains("\n  2 tcp 127.0.0.1:40002 → 127.0.0.1:7001, 4 messages, 17 bytes"), "{said}");
    assert!(said.contains("\n  3 udp 127.0.0.1:40003 → 127.0.0.1:7001, 1 messages, 4 bytes"), "{said}");
    let (status, _, said) = replay(&file, &["127.0.0.1:1", "--flow", "1"]);
    assert!(status == Some(2) && said.contains("conversation 1 carries no data"), "{said}");
    let (address, serving) = server(&[(6, "hi\n"), (4, "bye\n")]);
    assert_eq!(replay(&file, &[&address, "--flow", "2", "--speed", "max", "--quiet"]).0, Some(0));
    assert_eq!(serving.join().expect("it ends"), b"HELLO\nBYE\n");
    // A filter chooses as well: nothing is left to be answered then.
    let (address, serving) = server(&[(6, "whatever\n"), (4, "")]);
    let (status, told, _) = replay(&file, &[&address, "-Y", "tcp && wl.to == \"server\"", "--speed", "max"]);
    assert_eq!(status, Some(0), "{told}");
    assert_eq!(serving.join().expect("it ends"), b"HELLO\nBYE\n");
}

#[test]
fn what_cannot_be_read_or_meant_is_wrong_usage() {
    let folder = tempfile::tempdir().expect("a folder");
    let nonsense = folder.path().join("talk.pcapng");
    let status = |file: &Path, arguments: &[&str]| replay(file, arguments).0;
    assert_eq!(status(&nonsense, &["127.0.0.1:1"]), Some(2));
    std::fs::write(&nonsense, "this is no capture, whatever its name says").expect("the disk takes it");
    assert_eq!(status(&nonsense, &["127.0.0.1:1"]), Some(2));
    let file = recorded(folder.path(), &[Talk::new(Transport::Tcp, TALK)]);
    assert_eq!(status(&file, &["gopher://127.0.0.1:1"]), Some(2));
    assert_eq!(status(&file, &["127.0.0.1:1", "--speed", "fast"]), Some(2));
    assert_eq!(status(&file, &["127.0.0.1:1", "-Y", "tcp.prot == 1"]), Some(2));
    let file = recorded(folder.path(), &[Talk::new(Transport::Tcp, &[(0, ">")])]);
    let (status, _, said) = replay(&file, &["127.0.0.1:1"]);
    assert!(status == Some(2) && said.contains("nothing of it carries data"), "{said}");
}

#[test]
fn what_is_tls_or_has_no_beginning_is_said_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut talk = Talk::new(Transport::Tcp, &[(0, ">\u{16}\u{3}\u{1}\0\u{5}hello")]);
    talk.frames.remove(0);
    let file = recorded(folder.path(), &[talk]);
    let (address, _serving) = server(&[(10, "")]);
    let (_, _, said) = replay(&file, &[&address, "--speed", "max"]);
    assert!(said.contains("TLS"), "{said}");
}

/// How far the gaps between datagrams are off when these, at such milliseconds, are replayed: the median.
fn gaps_are_off_by(times: &[i64], speed: &str, scale: f64) -> Duration {
    let folder = tempfile::tempdir().expect("a folder");
    let lines: Vec<(i64, String)> = times.iter().map(|at| (*at, format!(">tick {at}"))).collect();
    let lines: Vec<(i64, &str)> = lines.iter().map(|(at, line)| (*at, line.as_str())).collect();
    let file = recorded(folder.path(), &[Talk::new(Transport::Udp, &lines)]);
    let receiver = UdpSocket::bind("127.0.0.1:0").expect("a port");
    receiver.set_read_timeout(Some(Duration::from_secs(20))).expect("the system does it");
    let target = format!("udp://{}", receiver.local_addr().expect("an address"));
    let mut child = command(&file, &[&target, "--speed", speed, "--quiet"]).spawn().expect("it runs");
    let mut came = Vec::new();
    for at in times {
        let mut heard = [0; 32];
        let length = receiver.recv(&mut heard).expect("it comes");
        came.push(Instant::now());
        assert_eq!(&heard[..length], format!("tick {at}").as_bytes(), "in their order");
    }
    assert!(child.wait().expect("it ends").success());
    let gaps = came.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64());
    let recorded = times.windows(2).map(|pair| (pair[1] - pair[0]) as f64 / 1000.0 * scale);
    let mut off: Vec<f64> = gaps.zip(recorded).map(|(is, was)| (is - was).abs()).collect();
    off.sort_by(f64::total_cmp);
    Duration::from_secs_f64(off[off.len() / 2])
}

/// Irregular, with bursts and long pauses.
const TIMES: [i64; 40] = [
    0, 3, 4, 20, 21, 22, 60, 61, 90, 130, 131, 150, 155, 160, 210, 260, 261, 262, 270, 300, 333, 340, 380, 381, 400,
    440, 441, 470, 500, 550, 551, 555, 600, 610, 615, 700, 701, 750, 780, 800,
];

#[test]
fn datagrams_keep_their_gaps() {
    let off = gaps_are_off_by(&TIMES, "1x", 1.0);
    assert!(off <= Duration::from_millis(2), "the gaps are off by {off:?} at the median");
    let off = gaps_are_off_by(&TIMES, "2x", 0.5);
    assert!(off <= Duration::from_millis(2), "twice as fast, the gaps are off by {off:?} at the median");
}

/// A server that plays, and where it listens.
fn serving(file: &Path, arguments: &[&str]) -> (Child, String, BufReader<std::process::ChildStdout>) {
    let mut child = command(file, arguments).stdout(Stdio::piped()).spawn().expect("it runs");
    let mut out = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut line = String::new();
    out.read_line(&mut line).expect("it is text");
    (child, line.trim_end().to_owned(), out)
}

#[test]
fn curl_is_answered_by_a_replayed_server_each_time() {
    if !has("curl") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let lines = &[
        (0, ">GET /recorded HTTP/1.1\r\nHost: example.org\r\n\r\n"),
        (2, "<HTTP/1.1 200 OK\r\nContent-Length: 15\r\n"),
        (3, "<\r\nas it was said\n"),
    ];
    let file = recorded(folder.path(), &[Talk::new(Transport::Tcp, lines)]);
    let (child, url, _out) = serving(&file, &["http://127.0.0.1:0", "--as", "server"]);
    assert!(url.starts_with("http://127.0.0.1:") && !url.ends_with(":0"), "{url}");
    for _ in 0..2 {
        let arguments = ["-q", "-sS", "--max-time", "20", "--noproxy", "*", &format!("{url}/anything")];
        let output = Command::new("curl").args(arguments).output().expect("it runs");
        assert!(output.status.success(), "{output:?}");
        assert_eq!(output.stdout, b"as it was said\n");
    }
    kill_process(Pid::from_child(&child), Signal::INT).expect("it runs");
    assert!(child.wait_with_output().expect("it ends").status.success());
}

#[test]
fn a_server_that_is_to_stop_at_a_difference_fails_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = recorded(folder.path(), &[Talk::new(Transport::Tcp, TALK)]);
    let (child, url, mut out) =
        serving(&file, &["tcp://127.0.0.1:0", "--as", "server", "--speed", "max", "--on-difference", "stop"]);
    let mut stream = TcpStream::connect(url.strip_prefix("tcp://").expect("a URL")).expect("it listens");
    stream.write_all(b"HULLO\n").expect("it takes it");
    let mut told = String::new();
    out.read_to_string(&mut told).expect("it is text");
    assert_eq!(child.wait_with_output().expect("it ends").status.code(), Some(1));
    assert!(told.contains("message 1 of 4 came otherwise: byte 1 is 0x55, was 0x45"), "{told}");
}

//! `wirelab open`, the real program in a terminal: captures of others listed, filtered, taken apart, as they come.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

use wirelab::model::Side::{Client, Server};

#[path = "support/packets.rs"]
#[expect(dead_code, reason = "shared with tests of filters")]
mod packets;
#[path = "support/pty.rs"]
#[expect(dead_code, reason = "shared with tests of what the terminal is left as")]
mod pty;

use packets::Capture;
use pty::{Change, Program, Pty};

const QUIT: &str = "q";

/// A web request, and then so many questions and answers.
fn capture(questions: usize) -> Vec<u8> {
    let mut capture = Capture::default();
    let request = b"GET /first HTTP/1.1\r\nHost: web.test\r\n\r\n";
    let response = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    capture.tcp("10.0.0.1:40000", "10.0.0.2:80", &[(Client, request), (Server, response)]);
    let said: Vec<(String, String)> =
        (0..questions).map(|at| (format!("ask {at}\n"), format!("told {at}\n"))).collect();
    let said: Vec<_> =
        said.iter().flat_map(|(ask, told)| [(Client, ask.as_bytes()), (Server, told.as_bytes())]).collect();
    capture.tcp("10.0.0.3:40001", "10.0.0.2:7777", &said);
    capture.pcap()
}

fn file(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("of-others.pcap");
    std::fs::write(&path, bytes).expect("the folder is ours");
    (folder, path)
}

/// The program on a file, which goes with the folder.
fn open(bytes: &[u8]) -> (Pty, tempfile::TempDir) {
    let (folder, path) = file(bytes);
    (Program::wirelab().arg("open").arg(&path).start(120, 36), folder)
}

fn quits(mut pty: Pty) {
    pty.keys(QUIT);
    assert_eq!(pty.wait_for_change(), Change::Exited(0));
    pty.assert_given_back();
}

#[test]
fn a_capture_is_listed_taken_apart_filtered_and_read_as_a_stream() {
    let (mut pty, _folder) = open(&capture(3000));
    pty.wait_for("GET /first");
    pty.wait_for("of-others.pcap");
    pty.wait_for("10.0.0.1:40000 → 10.0.0.2:80");
    pty.keys("jj");
    pty.wait_for("Host");
    pty.keys("G");
    pty.wait_for("told 2999");
    pty.keys("g/http.response.code == 200\r");
    pty.wait_for("▸    4 ");
    pty.wait_until("one row", |pty| pty.text().matches("10.0.0.1:40000").count() == 1);
    // A mark under a filter moves no row and makes none.
    pty.keys("m");
    pty.wait_for("◆");
    pty.wait_for("▸◆   4 ");
    pty.keys("c/tcp.port == 7777 && frame contains \"ask 2\"\r");
    pty.wait_for("ask 2 ");
    pty.keys("G");
    pty.wait_for("ask 2999");
    pty.keys("gj]]");
    pty.wait_for("10.0.0.3:40001 → 10.0.0.2:7777");
    pty.wait_for("told 2999");
    quits(pty);
}

#[test]
fn a_stream_is_shown_as_it_comes() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs");
    assert!(made.success());
    let mut pty = Program::reading_from(&format!("cat '{}'", pipe.display())).arg("open").arg("-").start(120, 36);
    let mut end = OpenOptions::new().write(true).open(&pipe).expect("somebody reads");
    let bytes = capture(40);
    let (first, second) = bytes.split_at(bytes.len() / 2);
    end.write_all(first).expect("somebody reads");
    pty.wait_for("GET /first");
    pty.wait_for("so far");
    assert!(!pty.text().contains("told 39"));
    end.write_all(second).expect("somebody reads");
    drop(end);
    pty.keys("G");
    pty.wait_for("told 39");
    pty.wait_for_no("so far");
    quits(pty);
}

#[test]
fn a_silent_stream_does_not_keep_the_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs").success());
    let mut pty = Program::wirelab().arg("open").arg(&pipe).start(80, 24);
    let end = OpenOptions::new().write(true).open(&pipe).expect("somebody reads");
    pty.wait_for("0 frames");
    quits(pty);
    drop(end);
}

#[test]
fn what_is_cut_or_no_capture_says_so_where_it_ends() {
    let whole = capture(5);
    let (mut pty, _folder) = open(&whole[..whole.len() - 7]);
    pty.wait_for("GET /first");
    pty.keys("G");
    pty.wait_for("the file ends in the middle");
    quits(pty);
    let (mut pty, _folder) = open(b"no capture at all");
    pty.wait_for("this is no capture file");
    quits(pty);
}

#[test]
fn no_lab_runs_beside_a_file_and_the_screen_says_so() {
    let (mut pty, _folder) = open(&capture(1));
    pty.wait_for("GET /first");
    assert!(!pty.text().contains("1 Servers"), "{}", pty.text());
    pty.keys("1");
    pty.wait_for("no lab runs here");
    pty.keys("4gr");
    pty.wait_for("wirelab replay FILE TARGET");
    pty.wait_for("GET /first");
    pty.keys(":replay tcp://127.0.0.1:9\r");
    pty.wait_until("told and left alone", |pty| {
        pty.text().contains("no lab runs beside this file") && pty.text().contains("GET /first")
    });
    assert!(!pty.log().contains("server listens"));
    // The command line is still open, with its line; only ^C is nobody's letter.
    pty.keys("\x03");
    assert_eq!(pty.wait_for_change(), Change::Exited(0));
}

#[test]
fn what_cannot_be_opened_is_told_before_the_terminal_is_taken() {
    let told = |word: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_wirelab")).args(["open", word]).output().expect("it runs");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, words) = told("/no/such.pcap");
    assert_eq!(code, Some(2), "{words}");
    assert!(words.contains("/no/such.pcap") && words.contains("no such file"), "{words}");
    let (code, words) = told("no-such-interface");
    assert_eq!(code, Some(2), "{words}");
    assert!(words.contains("no network interface of that name"), "{words}");
}

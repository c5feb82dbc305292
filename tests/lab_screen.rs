//! Lab files on a terminal: the shipped ones run on the screen to their verdict, and what is told in lines is coloured.

use std::net::TcpListener;
use std::process::Command;

#[path = "support/pty.rs"]
#[expect(dead_code, reason = "shared with tests of what the terminal is left as")]
mod pty;

use pty::{Change, Program};

fn asset(name: &str) -> String {
    format!("{}/assets/labs/{name}.toml", env!("CARGO_MANIFEST_DIR"))
}

/// The program with the lab, on ports that nothing has now.
fn program(words: &[&str], name: &str, ports: &[&str]) -> Program {
    let held: Vec<TcpListener> =
        ports.iter().map(|_| TcpListener::bind("127.0.0.1:0").expect("a port is free")).collect();
    let program = words.iter().fold(Program::wirelab(), Program::arg).arg(asset(name));
    ports.iter().zip(&held).fold(program, |program, (variable, held)| {
        program.env(variable, held.local_addr().expect("an address").port().to_string())
    })
}

#[test]
fn every_shipped_lab_runs_on_the_screen_to_its_verdict() {
    for (name, ports, title, verdict) in [
        ("first-sockets", &["TCP_PORT", "UDP_PORT"][..], "Hello", "all 2 expectations held"),
        ("web", &["PORT"], "web", "all 8 expectations held"),
        ("chat", &["CHAT", "FAR"], "chat", "all 11 expectations held"),
        ("tcp-vs-udp", &["PORT1", "PORT2", "PORT3", "PORT4"], "udp", "expectations held"),
    ] {
        let mut pty = program(&[], name, ports).start(120, 36);
        pty.wait_for(title);
        pty.wait_for("the lab is over");
        pty.wait_for(verdict);
        pty.keys("\x03");
        assert_eq!(pty.wait_for_change(), Change::Exited(0), "{name}");
    }
}

#[test]
fn a_lab_on_the_screen_is_asked_from_elsewhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut pty = program(&[], "web", &["PORT"]).env("XDG_RUNTIME_DIR", folder.path()).start(120, 36);
    pty.wait_for("the lab is over");
    let ask = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wirelab"));
        let output = command.arg("ctl").args(words).env("XDG_RUNTIME_DIR", folder.path()).output().expect("it starts");
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        (answer, output.status.success())
    };
    let (standing, _) = ask(&[]);
    assert_eq!(standing["servers"][0]["name"], "web");
    assert!(ask(&["serve", "tcp://127.0.0.1:0", "discard"]).1);
    pty.wait_for("discard");
    assert!(ask(&["help"]).1);
    pty.wait_for("Keys that count here");
    let (refused, is_done) = ask(&["hlep"]);
    assert!(!is_done && refused["error"].as_str().is_some_and(|why| why.contains("help")), "{refused}");
    assert!(ask(&["quit-now"]).1);
    assert_eq!(pty.wait_for_change(), Change::Exited(0));
}

#[test]
fn keys_are_those_of_the_file_that_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("mine.toml");
    std::fs::write(&config, "[keys]\nhelp = \"f12\"\n").expect("room");
    let mut pty = Program::wirelab().arg("--config").arg(&config).start(80, 24);
    pty.wait_for("http");
    pty.keys("\x1b[24~");
    pty.wait_for("Keys that count here");
    pty.keys("\x03");
    assert_eq!(pty.wait_for_change(), Change::Exited(0));
    let mut pty = Program::wirelab().arg("--config").arg(folder.path().join("other.toml")).start(80, 24);
    pty.wait_for("there is no such file");
    assert_eq!(pty.wait_for_change(), Change::Exited(2));
}

#[test]
fn lines_are_coloured_on_a_terminal_unless_that_is_forbidden() {
    let ports = ["TCP_PORT", "UDP_PORT"];
    for (variable, value, is_coloured) in [("X", "", true), ("NO_COLOR", "1", false), ("TERM", "dumb", false)] {
        let mut pty = program(&["run"], "first-sockets", &ports).env(variable, value).start(120, 36);
        pty.wait_for("all 2 expectations held");
        assert_eq!(pty.wait_for_change(), Change::Exited(0));
        assert_eq!(pty.raw().windows(2).any(|bytes| bytes == b"\x1b["), is_coloured, "{variable}={value}");
        let text = pty.text();
        let columns: Vec<usize> = text.lines().filter_map(|line| line.find("socket() made")).collect();
        assert!(columns.len() >= 4 && columns.windows(2).all(|pair| pair[0] == pair[1]), "in line:\n{text}");
    }
}

//! A newcomer's first minute with the real program: servers, hello, a web page, zoom, help, quit.

use std::io::{Read, Write};
use std::net::TcpStream;

#[path = "support/pty.rs"]
#[expect(dead_code, reason = "shared with tests of what the terminal is left as")]
mod pty;

use pty::{Change, Program, Pty};

/// The address a server shows on the screen: of the row that holds that word.
fn address(pty: &Pty, word: &str) -> String {
    let text = pty.text();
    let row = text.lines().find(|row| row.contains("127.0.0.1:") && row.contains(word)).expect("the server's row");
    let from = row.find("127.0.0.1:").expect("its address");
    row[from..].split_whitespace().next().expect("a word").to_owned()
}

fn started() -> Pty {
    let mut pty = Program::wirelab().start(120, 36);
    pty.wait_for("● http");
    // The footer is written after the servers: with it the frame is whole.
    pty.wait_for("more keys");
    pty
}

#[test]
fn a_newcomer_sees_hello_go_out_and_come_back_and_a_page_and_leaves() {
    let mut pty = started();
    pty.keys("\r");
    pty.wait_for("↦ hello");
    pty.wait_for("↤ hello");
    pty.wait_for("client ← echo");
    pty.keys("\t\r");
    pty.wait_for("200 OK");
    pty.wait_for("GET /");
    pty.keys("\x1b");
    pty.wait_for("m method");
    pty.keys("4z");
    pty.wait_for_no("Servers");
    pty.keys("z");
    pty.wait_for("Servers");
    pty.keys("?");
    pty.wait_for("look into the frame");
    pty.keys("\x1b");
    pty.wait_for_no("look into the frame");
    pty.keys("q");
    pty.wait_for("recorded and not saved");
    pty.keys("q");
    assert_eq!(pty.wait_for_change(), Change::Exited(0));
    pty.assert_given_back();
}

#[test]
fn a_new_server_made_by_hand_answers_a_program_of_another() {
    let mut pty = started();
    pty.keys("\x1b");
    pty.wait_for("t target");
    pty.keys("1");
    pty.wait_for("start/stop");
    pty.keys("n");
    pty.wait_for("New server");
    // The field holds an address with a port; any free one will do.
    pty.keys("\x15tcp://127.0.0.1:0\t");
    pty.keys("r");
    pty.wait_for("‹ reply");
    pty.keys("\tHello, World!\\r\\n | on connect | close\r");
    pty.wait_for_no("New server");
    pty.wait_for("reply");
    pty.wait_until("an address of its own", |pty| {
        pty.text().lines().any(|row| row.contains("● tcp") && row.contains("reply"))
    });
    let mut peer = TcpStream::connect(address(&pty, "reply")).expect("it listens");
    let mut heard = String::new();
    peer.read_to_string(&mut heard).expect("it answers and closes");
    assert_eq!(heard, "Hello, World!\r\n");
    pty.wait_for("accept()");
    pty.keys("\x03");
    assert_eq!(pty.wait_for_change(), Change::Exited(0));
}

#[test]
fn what_a_stranger_sends_never_reaches_the_terminal_raw() {
    let mut pty = started();
    let mut peer = TcpStream::connect(address(&pty, "echo")).expect("it listens");
    let hostile = "\x1b]0;PWNED\x07\x1b[2J\u{9b}31m\u{202e}end of it\r\n";
    peer.write_all(hostile.as_bytes()).expect("it takes it");
    let mut back = vec![0; hostile.len()];
    peer.read_exact(&mut back).expect("it comes back");
    assert_eq!(back, hostile.as_bytes());
    pty.wait_for("PWNED");
    let raw = String::from_utf8_lossy(pty.raw()).into_owned();
    for dangerous in ["\x1b]0;PWNED", "\u{9b}31m", "\u{202e}"] {
        assert!(!raw.contains(dangerous), "{dangerous:?} reached the terminal");
    }
    pty.keys("\x03");
    assert_eq!(pty.wait_for_change(), Change::Exited(0));
    pty.assert_given_back();
}

#[test]
fn a_border_is_dragged_with_the_mouse_of_a_real_terminal() {
    let mut pty = started();
    let divider = |pty: &Pty| {
        let text = pty.text();
        text.lines().find_map(|row| row.chars().position(|letter| letter == '┬')).expect("two columns")
    };
    let before = divider(&pty);
    let report = |button, column, last| format!("\x1b[<{button};{};6{last}", column + 1);
    pty.keys(report(0, before, 'M') + &report(32, before + 9, 'M') + &report(0, before + 9, 'm'));
    pty.wait_until("the line moved", |pty| pty.text().contains('┬') && divider(pty) == before + 9);
    pty.keys("\x03");
    assert_eq!(pty.wait_for_change(), Change::Exited(0));
    pty.assert_given_back();
}

//! The terminal is given back whole, whatever ends or stops the program. None of this depends on what it shows.

use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::Signal;

#[path = "support/pty.rs"]
#[expect(dead_code, reason = "shared with tests that look at what is shown")]
mod pty;

use pty::{Change, Program, Pty};

/// Ctrl-C ends the program wherever the focus is.
const QUIT: &str = "\x03";

fn started() -> Pty {
    let mut pty = Program::wirelab().start(80, 24);
    pty.wait_until_drawn();
    pty.assert_taken();
    pty
}

/// With nothing more to draw.
fn settled() -> Pty {
    let mut pty = started();
    pty.wait_until_quiet(Duration::from_secs(1));
    // Beside other runs of the program a port may be taken, which is told for a while.
    pty.wait_for_no("was taken");
    pty.wait_until_quiet(Duration::from_secs(1));
    pty
}

#[test]
fn quitting_gives_the_terminal_back() {
    let mut pty = started();
    pty.keys(QUIT);
    assert_eq!(pty.wait_for_change(), Change::Exited(0));
    pty.assert_given_back();
}

#[test]
fn a_signal_to_end_gives_the_terminal_back_and_is_told_in_the_status() {
    for (signal, status) in [(Signal::HUP, 129), (Signal::INT, 130), (Signal::QUIT, 131), (Signal::TERM, 143)] {
        let mut pty = started();
        pty.signal(signal);
        assert_eq!(pty.wait_for_change(), Change::Exited(status), "{signal:?}");
        pty.assert_given_back();
    }
}

#[test]
fn a_signal_before_the_first_frame_leaves_the_terminal_whole_too() {
    let mut pty = Program::wirelab().start(80, 24);
    pty.wait_until("the first byte", |pty| !pty.raw().is_empty());
    pty.signal(Signal::TERM);
    assert_eq!(pty.wait_for_change(), Change::Exited(143));
    pty.assert_given_back();
}

#[cfg(debug_assertions)]
#[test]
fn a_panic_gives_the_terminal_back_first_and_then_says_what_happened() {
    for (thread, words) in [("main", "rehearsed"), ("other", "rehearsed in another thread")] {
        let mut pty = Program::wirelab().env("WIRELAB_REHEARSE_PANIC", thread).start(80, 24);
        assert_eq!(pty.wait_for_change(), Change::Exited(101), "{thread}");
        pty.assert_given_back();
        assert!(pty.text().contains(words), "{thread}:\n{}", pty.text());
        let drawn = pty.raw().windows(8).position(|bytes| bytes == b"\x1b[?2026h");
        assert!(drawn.is_some(), "a frame had been drawn before the panic");
        let log = pty.log();
        assert!(log.contains("wirelab has failed place=") && !log.contains("rehearsed"), "{log}");
        assert!(!pty.raw().windows(3).any(|bytes| bytes == b"\x1b]0"), "what the message quotes does not act");
    }
}

#[test]
fn stopping_gives_the_terminal_back_and_going_on_takes_it_and_draws_all_again() {
    let mut pty = settled();
    let shown = pty.text();
    for _ in 0..2 {
        pty.signal(Signal::TSTP);
        assert_eq!(pty.wait_for_change(), Change::Stopped);
        pty.assert_given_back();
        pty.signal(Signal::CONT);
        pty.wait_until_drawn();
        pty.wait_until("the same screen", |pty| pty.text() == shown);
        pty.assert_taken();
    }
    pty.keys(QUIT);
    assert_eq!(pty.wait_for_change(), Change::Exited(0));
    pty.assert_given_back();
}

#[test]
fn what_another_program_left_on_the_screen_is_gone_after_a_stop_that_could_not_be_caught() {
    let mut pty = settled();
    let shown = pty.text();
    pty.signal(Signal::STOP);
    assert_eq!(pty.wait_for_change(), Change::Stopped);
    let frames = pty.frames();
    pty.signal(Signal::CONT);
    pty.wait_until("a frame", |pty| pty.frames() > frames && pty.text() == shown);
    pty.assert_taken();
    pty.keys(QUIT);
    assert_eq!(pty.wait_for_change(), Change::Exited(0));
    pty.assert_given_back();
}

#[test]
fn a_terminal_that_goes_away_ends_the_program_with_and_without_a_signal() {
    let without_signal = Program::wirelab().without_control();
    for program in [Program::wirelab(), without_signal] {
        let mut pty = program.start(80, 24);
        pty.wait_until_drawn();
        pty.hang_up();
        assert_eq!(pty.wait_for_change(), Change::Exited(129));
    }
}

#[test]
fn another_size_is_drawn_at_once_from_one_cell_to_very_many() {
    let mut pty = started();
    for (columns, rows) in [(120, 36), (40, 10), (1, 1), (2, 50), (500, 2), (80, 24)] {
        let frames = pty.frames();
        pty.resize(columns, rows);
        pty.wait_until("a frame", |pty| pty.frames() > frames);
    }
    pty.keys(QUIT);
    assert_eq!(pty.wait_for_change(), Change::Exited(0));
    pty.assert_given_back();
}

#[test]
fn the_log_tells_of_start_servers_and_end_and_of_nothing_that_was_sent() {
    let mut pty = settled();
    pty.keys("\x15top secret\r");
    pty.wait_for("↦ top secret");
    pty.keys(QUIT);
    assert_eq!(pty.wait_for_change(), Change::Exited(0));
    let log = pty.log();
    for words in ["INFO wirelab starts version=", "INFO server listens name=\"echo\"", "INFO wirelab ends ending=Quit"]
    {
        assert!(log.contains(words), "no {words} in\n{log}");
    }
    assert!(!log.contains("secret"), "{log}");
}

#[test]
fn a_log_that_cannot_be_written_is_told_and_the_program_runs() {
    let mut pty = Program::wirelab().env("XDG_STATE_HOME", "/dev/null").start(80, 24);
    pty.wait_for("log /dev/null/wirelab/wirelab.log");
    pty.keys(QUIT);
    assert_eq!(pty.wait_for_change(), Change::Exited(0));
    pty.assert_given_back();
}

#[test]
fn the_whole_screen_is_sent_again_on_request() {
    let mut pty = settled();
    let (shown, frames) = (pty.text(), pty.frames());
    let before = pty.raw().len();
    pty.keys("\x0c");
    pty.wait_until("a frame", |pty| pty.frames() > frames);
    let sent = String::from_utf8_lossy(&pty.raw()[before..]).into_owned();
    assert!(sent.contains("\x1b[2J") && sent.contains("wirelab"), "{}", sent.escape_debug());
    assert_eq!(pty.text(), shown);
    pty.keys(QUIT);
    assert_eq!(pty.wait_for_change(), Change::Exited(0));
}

#[test]
fn an_idle_program_writes_nothing() {
    let mut pty = settled();
    // Longer than the second after which it may wake.
    assert_eq!(pty.wait_until_quiet(Duration::from_millis(1500)), 0);
}

#[test]
fn without_a_terminal_it_says_so_and_takes_it_for_wrong_usage() {
    let run = Command::new(env!("CARGO_BIN_EXE_wirelab")).stdin(Stdio::null()).output().expect("the program starts");
    assert_eq!(run.status.code(), Some(2));
    assert!(run.stdout.is_empty());
    let words = String::from_utf8(run.stderr).expect("words are text");
    assert!(words.starts_with("wirelab needs a terminal; "), "{words}");
}

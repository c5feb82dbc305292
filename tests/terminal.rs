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
fn a_log_and_a_recording_that_cannot_be_written_are_told_and_the_program_runs() {
    let mut pty = Program::wirelab().env("XDG_STATE_HOME", "/dev/null").start(80, 24);
    pty.wait_for("record to /dev/null/wirelab/recordings");
    pty.keys("\x1b");
    pty.wait_for("? help");
    pty.keys("L");
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

/// In what colour these words stand on the screen, if they do.
fn colour_of(pty: &Pty, words: &str) -> Option<vt100::Color> {
    let text = pty.text();
    let (row, line) = text.lines().enumerate().find(|(_, line)| line.contains(words))?;
    let column = line[..line.find(words)?].chars().count();
    Some(pty.screen().cell(row as u16, column as u16)?.fgcolor())
}

const QUESTION: &[u8] = b"\x1b]11;?\x1b\\";

fn questions(pty: &Pty) -> usize {
    pty.raw().windows(QUESTION.len()).filter(|bytes| *bytes == QUESTION).count()
}

#[test]
fn a_terminal_that_says_it_is_light_gets_dark_letters_and_is_asked_again_after_a_stop() {
    let mut pty = Program::wirelab().env("COLORTERM", "truecolor").start(80, 24);
    pty.wait_until("a question", |pty| questions(pty) == 1);
    assert!(pty.frames() > 0, "the first frame does not wait for it");
    let accent =
        |red, green, blue| move |pty: &Pty| colour_of(pty, "wirelab") == Some(vt100::Color::Rgb(red, green, blue));
    pty.wait_until("dark", accent(0x5f, 0xd7, 0xd7));
    pty.keys("\x1b]11;rgb:ffff/ff");
    pty.keys("ff/ffff\x1b\\");
    pty.wait_until("light", accent(0x00, 0x68, 0x7a));
    pty.signal(Signal::TSTP);
    assert_eq!(pty.wait_for_change(), Change::Stopped);
    pty.assert_given_back();
    pty.signal(Signal::CONT);
    pty.wait_until("a question", |pty| questions(pty) == 2);
    pty.keys("\x1b]11;rgb:0000/0000/0000\x07");
    pty.wait_until("dark", accent(0x5f, 0xd7, 0xd7));
    assert!(!pty.text().contains("rgb:"), "the answers are no keys");
    pty.keys(QUIT);
    assert_eq!(pty.wait_for_change(), Change::Exited(0));
    pty.assert_given_back();
}

#[test]
fn a_theme_chosen_by_name_stays_whatever_the_terminal_says() {
    let program = Program::wirelab().env("COLORTERM", "truecolor").arg("--theme").arg("blueprint");
    let mut pty = program.start(80, 24);
    pty.wait_until("a question", |pty| questions(pty) == 1);
    pty.keys("\x1b]11;rgb:ffff/ffff/ffff\x1b\\");
    pty.wait_until_quiet(Duration::from_secs(1));
    assert_eq!(pty.screen().cell(23, 79).expect("the last cell").bgcolor(), vt100::Color::Rgb(0x0b, 0x25, 0x45));
}

#[test]
fn without_colours_none_are_sent_and_a_poor_terminal_is_asked_nothing() {
    for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let mut pty = Program::wirelab().env(name, value).env("COLORTERM", "truecolor").start(80, 24);
        pty.wait_for("hello");
        pty.wait_until_quiet(Duration::from_secs(1));
        let cells = (0..24).flat_map(|row| (0..80).map(move |column| (row, column)));
        let coloured = cells.filter(|(row, column)| {
            let cell = pty.screen().cell(*row, *column).expect("a cell of the screen");
            [cell.fgcolor(), cell.bgcolor()] != [vt100::Color::Default; 2]
        });
        assert_eq!(coloured.count(), 0, "{name}");
        assert_eq!(questions(&pty), usize::from(name == "NO_COLOR"), "{name}");
        pty.keys(QUIT);
        assert_eq!(pty.wait_for_change(), Change::Exited(0));
    }
}

#[test]
fn an_unknown_theme_is_told_with_the_nearest_and_the_program_starts() {
    let mut pty = Program::wirelab().arg("--theme").arg("blueprnt").start(120, 36);
    pty.wait_for("did you mean blueprint?");
    pty.keys(QUIT);
    assert_eq!(pty.wait_for_change(), Change::Exited(0));
}

#[test]
fn a_theme_of_the_user_s_is_found_and_a_damaged_one_told() {
    let folder = tempfile::tempdir().expect("a folder of its own");
    let themes = folder.path().join("wirelab").join("themes");
    std::fs::create_dir_all(&themes).expect("it can be made");
    std::fs::write(themes.join("mine.toml"), "inherits = \"dark\"\naccent = \"#123456\"\n").expect("it is written");
    std::fs::write(themes.join("spoilt.toml"), "inherits = \"dark\"\naccent = \"gren\"\n").expect("it is written");
    let program = Program::wirelab().env("XDG_CONFIG_HOME", folder.path()).env("COLORTERM", "truecolor");
    let mut pty = program.arg("--theme").arg("mine").start(200, 36);
    pty.wait_for("did you mean \"green\"?");
    assert_eq!(colour_of(&pty, "wirelab"), Some(vt100::Color::Rgb(0x12, 0x34, 0x56)));
    assert!(pty.text().contains("line 2, column 10"), "{}", pty.text());
}

#[test]
fn without_a_terminal_it_says_so_and_takes_it_for_wrong_usage() {
    let run = Command::new(env!("CARGO_BIN_EXE_wirelab")).stdin(Stdio::null()).output().expect("the program starts");
    assert_eq!(run.status.code(), Some(2));
    assert!(run.stdout.is_empty());
    let words = String::from_utf8(run.stderr).expect("words are text");
    assert!(words.starts_with("wirelab needs a terminal; "), "{words}");
}

/// It goes on for as long as it is read, and ends when nobody does any more.
const ENDLESS: &str = "yes";

#[test]
fn keys_come_from_the_terminal_when_standard_input_is_something_else() {
    let mut pty = Program::reading_from(ENDLESS).start(80, 24);
    pty.wait_until_drawn();
    pty.assert_taken();
    pty.keys("from the keyboard");
    pty.wait_for("› from the keyboard");
    pty.keys(QUIT);
    assert_eq!(pty.wait_for_change(), Change::Exited(0));
    pty.assert_given_back();
}

#[test]
fn who_is_lent_the_terminal_reads_keys_from_it_when_standard_input_is_something_else() {
    let pager = "f() { echo paged; read -r line; echo \"read $line.\"; read -r line; }; f";
    let mut pty = Program::reading_from(ENDLESS).env("PAGER", pager).start(120, 36);
    pty.wait_for("● http");
    pty.keys("\r");
    pty.wait_for("↤ hello");
    pty.keys("\x1b");
    pty.wait_for("t target");
    pty.keys("4|");
    pty.wait_for("paged");
    pty.keys("keys\r");
    pty.wait_for("read keys.");
    pty.keys("\r");
    pty.wait_for("1 Servers");
    pty.keys(QUIT);
    assert_eq!(pty.wait_for_change(), Change::Exited(0));
    pty.assert_given_back();
}

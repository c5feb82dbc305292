//! A newcomer's ten tasks with the real program, each from what the screen itself says: by keys, and by mouse.

#[path = "support/pty.rs"]
#[expect(dead_code, reason = "shared with tests of what the terminal is left as")]
mod pty;

use pty::{Change, Program, Pty};
use tempfile::TempDir;

const ENTER: &str = "\r";
const ESC: &str = "\x1b";
const F2: &str = "\x1bOQ";
const F5: &str = "\x1b[15~";
const PALETTE: &str = "\x10";

/// The row of the menu that copies bytes so.
const COPY_AS: &str = "Python";

/// What finds the command of the palette that changes the theme.
const THEME: (&str, &str) = ("theme", "the next theme");

/// The program on a small screen, with a home of its own.
fn started() -> (Pty, TempDir) {
    let home = TempDir::new().expect("a folder");
    let mut program = Program::wirelab().env("HOME", home.path());
    for name in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"] {
        program = program.env(name, home.path());
    }
    let mut pty = program.start(80, 24);
    pty.wait_for("3 servers");
    (pty, home)
}

/// Presses what the screen says to press.
fn press(pty: &mut Pty, said: &str, keys: &str) {
    pty.wait_for(said);
    pty.keys(keys);
}

/// Leaves a field: letters are commands again, which the help's key tells.
fn leave_the_field(pty: &mut Pty) {
    press(pty, "esc more keys", ESC);
    pty.wait_for("? help");
}

/// Goes to a pane by the number in its title.
fn go(pty: &mut Pty, title: &str) {
    press(pty, title, &title[..1]);
}

/// Runs what the palette finds for these letters; its row says what it does.
fn run(pty: &mut Pty, letters: &str, words: &str) {
    press(pty, "^P commands", PALETTE);
    pty.wait_for("a few letters of what you want to do");
    pty.keys(letters);
    press(pty, words, ENTER);
}

/// Column and row, from 0, of the first place of the screen where this stands.
fn place_of(pty: &Pty, text: &str) -> Option<(usize, usize)> {
    pty.text().lines().enumerate().find_map(|(row, line)| {
        let at = line.find(text)?;
        Some((line[..at].chars().count(), row))
    })
}

/// Clicks where the screen shows this.
fn click(pty: &mut Pty, text: &str) {
    pty.wait_for(text);
    let (column, row) = place_of(pty, text).expect("it is there");
    // Its second letter: the first may be a blank beside it.
    let (column, row) = (column + 2, row + 1);
    pty.keys(format!("\x1b[<0;{column};{row}M\x1b[<0;{column};{row}m"));
}

/// Takes the row of an open menu on which this word stands.
fn take(pty: &mut Pty, title: &str, word: &str) {
    pty.wait_for(title);
    let (_, top) = place_of(pty, title).expect("its title");
    let (_, row) = place_of(pty, word).expect("its row");
    pty.keys("j".repeat(row - top - 1));
    pty.keys(ENTER);
    pty.wait_for_no(title);
}

fn servers_listening(pty: &Pty) -> usize {
    pty.text().lines().filter(|row| row.contains("● ") && row.contains("127.0.0.1:")).count()
}

/// The text the terminal was last asked to put on the clipboard, as base64 (OSC 52).
fn copied(pty: &Pty) -> Option<String> {
    let raw = String::from_utf8_lossy(pty.raw()).into_owned();
    let (_, last) = raw.rsplit_once("\x1b]52;c;")?;
    last.find(['\x07', '\x1b']).map(|end| last[..end].to_owned())
}

fn waits_for_copy(pty: &mut Pty) {
    pty.wait_until("something copied", |pty| copied(pty).is_some_and(|text| !text.is_empty()));
}

#[test]
fn the_ten_tasks_by_keys() {
    let (mut pty, _home) = started();
    // A second server.
    leave_the_field(&mut pty);
    go(&mut pty, "1 Servers");
    pty.wait_until("the servers", |pty| servers_listening(pty) == 3);
    press(&mut pty, "n new", "n");
    press(&mut pty, "port 0 lets the system pick", "\x15tcp://127.0.0.1:0");
    press(&mut pty, "⏎ done", ENTER);
    pty.wait_until("a fourth server", |pty| servers_listening(pty) == 4);
    // A second client.
    go(&mut pty, "2 Client");
    press(&mut pty, "⏎ send", ENTER);
    pty.wait_for("● connected");
    pty.wait_for("↤ hello");
    press(&mut pty, "n new", "n");
    pty.wait_for("[client-2]");
    press(&mut pty, "⏎ send", ENTER);
    pty.wait_for("● connected");
    pty.wait_for("↤ hello");
    // Bytes as hex.
    press(&mut pty, "f2 text", F2);
    pty.wait_for("f2 hex");
    pty.keys("de ad be ef");
    pty.wait_for("4 bytes");
    press(&mut pty, "⏎ send", ENTER);
    pty.wait_for("↤ de ad be ef");
    // A POST with a body of JSON.
    leave_the_field(&mut pty);
    go(&mut pty, "3 HTTP");
    leave_the_field(&mut pty);
    press(&mut pty, "m method", "m");
    pty.wait_for("POST http://127.0.0.1:");
    for tab in ["[fields]", "[timing]", "[headers]", "[query]", "[body]"] {
        press(&mut pty, "] tabs", "]");
        pty.wait_for(tab);
    }
    press(&mut pty, "e edits", "e");
    press(&mut pty, "f5 send", "{\"answer\": 42}");
    pty.keys(F5);
    pty.wait_for("405 Method Not Allowed");
    pty.wait_for("POST /");
    // A field of the response's header.
    press(&mut pty, "] tabs", "]");
    pty.wait_for("[fields]");
    pty.wait_for("Allow: ");
    // One conversation alone, and read as a stream.
    go(&mut pty, "4 Traffic");
    press(&mut pty, "o this flow", "o");
    pty.wait_for(" alone");
    press(&mut pty, "f find", "]");
    pty.wait_for("[ladder]");
    press(&mut pty, "f find", "]");
    pty.wait_for("{\"answer\": 42}");
    press(&mut pty, "f find", "[");
    pty.wait_for("[ladder]");
    press(&mut pty, "f find", "[");
    pty.wait_for("[list]");
    press(&mut pty, "c clears", "c");
    pty.wait_for_no(" alone");
    // A string in the traffic.
    press(&mut pty, "/ filter", "/");
    pty.keys("{\"answer");
    pty.wait_for("1 of ");
    press(&mut pty, "⏎ done", ENTER);
    pty.wait_for("with \"{\"answer\"");
    // A payload for a program.
    press(&mut pty, "⏎ inspect", ENTER);
    press(&mut pty, "Y copy as", "Y");
    take(&mut pty, "bytes as", COPY_AS);
    waits_for_copy(&mut pty);
    // Another theme.
    run(&mut pty, THEME.0, THEME.1);
    pty.wait_for("theme dark");
    // And away.
    run(&mut pty, "quit", "quit; asks when something would be lost");
    pty.wait_for("recorded and not saved");
    press(&mut pty, "⏎ quit", ENTER);
    assert_eq!(pty.wait_for_change(), Change::Exited(0));
    pty.assert_given_back();
}

#[test]
fn those_that_suit_it_by_mouse() {
    let (mut pty, _home) = started();
    click(&mut pty, "1 Servers");
    click(&mut pty, "n new");
    pty.wait_for("port 0 lets the system pick");
    pty.keys("\x15tcp://127.0.0.1:0\r");
    pty.wait_until("a fourth server", |pty| servers_listening(pty) == 4);
    click(&mut pty, "2 Client");
    click(&mut pty, "⏎ send");
    pty.wait_for("↤ hello");
    click(&mut pty, "esc more keys");
    click(&mut pty, "n new");
    pty.wait_for("[client-2]");
    click(&mut pty, "3 HTTP");
    pty.wait_for("press ⏎ to send the request");
    click(&mut pty, "⏎ send");
    pty.wait_for("200 OK");
    click(&mut pty, "fields");
    pty.wait_for("Content-Type: text/html");
    click(&mut pty, "4 Traffic");
    click(&mut pty, "GET /");
    click(&mut pty, "o this flow");
    pty.wait_for(" alone");
    click(&mut pty, " stream ");
    pty.wait_for("Served by wirelab");
    click(&mut pty, " list ");
    click(&mut pty, "/ filter");
    pty.keys("GET");
    click(&mut pty, "⏎ done");
    pty.wait_for("with \"GET\"");
    click(&mut pty, "⏎ inspect");
    click(&mut pty, "Y copy as");
    take(&mut pty, "bytes as", COPY_AS);
    waits_for_copy(&mut pty);
    pty.keys("\x03");
    assert_eq!(pty.wait_for_change(), Change::Exited(0));
}

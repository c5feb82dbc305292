//! What the real program leaves in its folders, and how the next run finds it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::process::Signal;

#[path = "support/pty.rs"]
#[expect(dead_code, reason = "shared with tests of what the terminal is left as")]
mod pty;

use pty::{Change, Program, Pty};

fn started(home: &Path) -> Pty {
    let mut pty = Program::wirelab().at_home(home).start(120, 36);
    pty.wait_for("● http");
    // The footer is drawn last; until then it is that of the frame before, where no field had the keys.
    pty.wait_for("more keys");
    pty
}

fn file(home: &Path) -> PathBuf {
    home.join("wirelab/state.json")
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

#[test]
fn histories_survive_a_restart_in_a_private_file() {
    let home = tempfile::tempdir().expect("a folder");
    let mut pty = started(home.path());
    pty.keys("remember me\r");
    pty.wait_for("↤ remember me");
    pty.keys("\x1b");
    pty.wait_for("t target");
    pty.keys("q");
    pty.wait_for("recorded and not saved");
    pty.keys("q");
    assert_eq!(pty.wait_for_change(), Change::Exited(0));
    assert_eq!(mode(&file(home.path())), 0o600);
    assert_eq!(mode(&home.path().join("wirelab")), 0o700);
    let mut pty = started(home.path());
    pty.keys("\x1b[A");
    pty.wait_for("› remember me");
    pty.keys("\x03");
    assert_eq!(pty.wait_for_change(), Change::Exited(0));
}

#[test]
fn what_is_remembered_is_written_while_it_runs_and_when_it_is_ended() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let home = tempfile::tempdir().expect("a folder");
        let mut pty = started(home.path());
        pty.keys("last words\r");
        pty.wait_for("↤ last words");
        pty.signal(signal);
        assert!(matches!(pty.wait_for_change(), Change::Exited(129..=143)), "{signal:?}");
        pty.assert_given_back();
        let text = fs::read_to_string(file(home.path())).expect("it was written");
        assert!(text.contains("last words"), "{signal:?}: {text}");
    }
}

#[test]
fn a_damaged_file_is_set_aside_with_a_notice_and_the_program_starts() {
    let home = tempfile::tempdir().expect("a folder");
    let aside = home.path().join("wirelab/state.json.damaged");
    fs::create_dir(home.path().join("wirelab")).expect("a folder");
    fs::write(&aside, "an older one").expect("a file");
    fs::write(file(home.path()), "{\"recent\": [").expect("a file");
    let mut pty = started(home.path());
    pty.wait_for("is damaged");
    pty.keys("\x03");
    assert_eq!(pty.wait_for_change(), Change::Exited(0));
    assert_eq!(fs::read_to_string(&aside).expect("it is there"), "{\"recent\": [");
}

#[test]
fn a_run_that_changes_nothing_leaves_nothing() {
    let home = tempfile::tempdir().expect("a folder");
    let mut pty = started(home.path());
    pty.keys("\x03");
    assert_eq!(pty.wait_for_change(), Change::Exited(0));
    assert!(!file(home.path()).exists());
}

#[test]
fn paths_are_completed_from_the_file_system_and_a_file_is_not_replaced_without_a_yes() {
    let home = tempfile::tempdir().expect("a folder");
    let body = home.path().join("a body.html");
    fs::write(&body, "mine").expect("a file");
    let mut pty = started(home.path());
    pty.keys("\t\r");
    pty.wait_for("200 OK");
    pty.keys("\x1b");
    pty.wait_for("m method");
    pty.keys(":http-save ~/a");
    pty.wait_for("   ~/a body.html");
    pty.keys("\t");
    pty.wait_for("http-save ~/a body.html");
    pty.keys("\r");
    pty.wait_for("There is such a file already");
    assert_eq!(fs::read_to_string(&body).expect("it is there"), "mine");
    pty.keys("y");
    pty.wait_for("wrote ");
    assert!(fs::read_to_string(&body).expect("it is there").contains("<html"));
    pty.keys("\x03");
    assert_eq!(pty.wait_for_change(), Change::Exited(0));
}

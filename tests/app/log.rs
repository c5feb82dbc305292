//! The log pane: what was told, kept with its time.

use std::path::PathBuf;

use wirelab::app::overlay::Overlay;
use wirelab::app::{Effect, Msg};
use wirelab::model::Trouble;

use crate::desk::Desk;

fn told() -> Desk {
    let mut desk = Desk::new();
    desk.state.say("copied 74 bytes");
    desk.tell(Msg::Trouble(Trouble::new("open", "/tmp/x", "permission denied", "choose a place that is yours")));
    desk.press("esc");
    desk.tell(Msg::Trouble(Trouble::new("bind", "127.0.0.1:80", "it is in use", "choose another port")));
    desk
}

#[test]
fn it_lists_what_was_told_with_its_time_newest_at_the_bottom() {
    let mut desk = told();
    desk.tell(Msg::Logs(Ok(PathBuf::from("/home/me/.local/state/wirelab/wirelab.log"))));
    desk.press("esc L");
    let screen = desk.draw((80, 24));
    let row = |text: &str| {
        screen.iter().position(|line| line.contains(text)).unwrap_or_else(|| panic!("{text}: {screen:#?}"))
    };
    assert!(row("12:03:00  · copied 74 bytes") < row("✗ open /tmp/x: permission denied"));
    assert!(row("✗ open /tmp/x") < row("✗ bind 127.0.0.1:80"));
    assert!(row("✗ bind") < row("log file: /home/me/.local/state/wirelab/wirelab.log"));
}

#[test]
fn opening_it_marks_errors_as_read() {
    let mut desk = told();
    assert!(desk.error().contains("127.0.0.1:80"));
    desk.state.focus = wirelab::app::pane::PaneId::Traffic;
    desk.press("L");
    assert_eq!(desk.error(), "");
    desk.press("esc");
    assert!(desk.state.overlay.is_none());
}

#[test]
fn what_was_told_is_copied_and_scrolled() {
    let mut desk = told();
    desk.press("esc L up y");
    let wanted = "open /tmp/x: permission denied; choose a place that is yours";
    assert_eq!(desk.effects().pop(), Some(Effect::Copy(wanted.into())));
    desk.press("g");
    assert!(matches!(desk.state.overlay, Some(Overlay::Log(0))));
    for number in 0..200 {
        desk.state.complain(format!("number {number}"));
    }
    desk.press("esc L");
    assert!(desk.draw((80, 24)).join("\n").contains("number 199"));
    for _ in 0..18 {
        desk.press("pageup");
    }
    let screen = desk.draw((80, 24)).join("\n");
    assert!(screen.contains("✗ number 9 ") && !screen.contains("number 199"), "{screen}");
}

#[test]
fn it_opens_and_draws_with_nothing_told() {
    let mut desk = Desk::empty();
    desk.press("esc L");
    assert!(desk.draw((80, 24)).join("\n").contains("nothing was told yet"));
    desk.press("down y up pageup");
    for size in [(1, 1), (4, 3), (12, 5), (40, 10)] {
        desk.draw(size);
    }
}

#[test]
fn a_log_that_cannot_be_written_is_told_and_the_program_goes_on() {
    let mut desk = Desk::new();
    desk.tell(Msg::Logs(Err(Trouble::new(
        "log",
        "/x/wirelab.log",
        "permission denied",
        "choose a place that is yours",
    ))));
    assert!(desk.error().starts_with("log /x/wirelab.log: permission denied"), "{}", desk.error());
    desk.press("esc esc L");
    assert!(desk.screen().join("\n").contains("no log file is written"));
}

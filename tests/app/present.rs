//! Presenting: the keys pressed are told, secrets are not, a caption stands below, lists have air.

use std::time::Duration;

use wirelab::app::Msg;

use crate::desk::Desk;

/// The bottom rows of the screen, where keys and caption stand.
fn bottom(desk: &mut Desk, rows: usize) -> String {
    let screen = desk.screen();
    screen[screen.len() - rows..].join("\n")
}

fn presenting() -> Desk {
    let mut desk = Desk::new();
    desk.press("esc P");
    desk
}

#[test]
fn the_keys_pressed_stand_at_the_bottom_with_what_they_did() {
    let mut desk = presenting();
    desk.press("ctrl-p esc 4 k k k");
    let shown = bottom(&mut desk, 1);
    for part in ["^P  commands", "esc  close", "4  go traffic", "k  traffic up ×3"] {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
}

#[test]
fn they_fade_and_nothing_is_told_unless_it_is_asked_for() {
    let mut desk = Desk::new();
    desk.press("esc ctrl-w h 4");
    assert!(desk.state.presenting.strokes().next().is_none());
    desk.press("P 4");
    assert!(bottom(&mut desk, 1).contains("4  go traffic"));
    desk.passes(Duration::from_secs(6));
    assert!(!bottom(&mut desk, 1).contains("go traffic"));
}

#[test]
fn typed_text_is_told_as_text_but_a_secret_is_not() {
    let mut desk = presenting();
    desk.press("i");
    desk.retype("good day");
    assert!(bottom(&mut desk, 1).contains("“good day”"));
    desk.retype("password=hunter2");
    let shown = bottom(&mut desk, 1);
    assert!(!shown.contains("hunter2") && shown.contains("•••"), "{shown}");
    desk.press("esc 3 esc ] ] ] a");
    desk.fill("name", "Authorization");
    desk.fill("value", "opensesame");
    let shown = bottom(&mut desk, 1);
    assert!(!shown.contains("opensesame") && shown.contains("•••"), "{shown}");
}

#[test]
fn a_caption_takes_two_rows_at_most_and_goes_away_when_asked_for_again() {
    let mut desk = Desk::new();
    desk.press("esc C");
    desk.type_text(&"A word of what is seen here, and more of it. ".repeat(9));
    desk.press("enter");
    let shown = bottom(&mut desk, 5);
    assert!(shown.contains("A word of what is seen here"), "{shown}");
    assert_eq!(shown.lines().filter(|row| row.contains("word of")).count(), 2, "{shown}");
    assert!(shown.contains('…'), "the rest is cut with a sign: {shown}");
    desk.press("P C C");
    desk.type_text("another");
    desk.press("enter");
    assert!(desk.state.presenting.strokes().next().is_none(), "how a caption is written is not shown");
    assert_eq!(desk.state.presenting.caption, "another");
    desk.press("P C");
    assert!(!bottom(&mut desk, 5).contains("A word of"));
    assert_eq!(desk.state.presenting.caption, "");
}

#[test]
fn lists_have_air_and_a_click_still_finds_its_row() {
    let mut desk = Desk::new();
    let guest = desk.guest("echo");
    for text in ["one", "two", "three"] {
        desk.received("echo", guest, text);
    }
    desk.press("esc P 4");
    desk.screen();
    let (column, row) = desk.place_of("two");
    assert_eq!(desk.place_of("three").1, row + 2);
    desk.mouse(crossterm::event::MouseEventKind::Down(crossterm::event::MouseButton::Left), column, row);
    let frame = desk.state.world.log.frame(desk.state.traffic.cursor).expect("a frame");
    assert_eq!(frame.payload(), b"two");
}

#[test]
fn the_program_can_be_started_so() {
    let mut desk = Desk::new();
    desk.tell(Msg::Present);
    assert!(bottom(&mut desk, 1).contains("keys pressed"));
}

#[test]
fn every_size_draws_while_presenting() {
    let mut desk = presenting();
    desk.press("C");
    desk.type_text("a caption of a few words");
    desk.press("enter 4 k");
    for width in [1, 2, 9, 40, 80, 120, 200] {
        for height in [1, 3, 8, 13, 14, 24, 36, 60] {
            assert_eq!(desk.draw((width, height)).len(), usize::from(height));
        }
    }
}

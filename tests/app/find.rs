//! The search in list, stream and inspector: both ways, round the end, in slices, with the filter.

use wirelab::app::find::Outcome;
use wirelab::app::pane::PaneId;
use wirelab::app::pane::inspector;
use wirelab::app::pane::traffic::{Following, SEARCHED_AT_ONCE};
use wirelab::contract::NetFact;
use wirelab::model::search::Notation;
use wirelab::model::stream::Place;
use wirelab::model::{ConnId, Direction};

use crate::desk::Desk;

/// The echo server with a guest, who has said this, and the keys in the traffic pane.
fn desk(said: &[&str]) -> (Desk, ConnId) {
    let mut desk = Desk::new();
    let guest = desk.guest("echo");
    for text in said {
        desk.received("echo", guest, text);
    }
    desk.press("esc 4");
    desk.look();
    (desk, guest)
}

/// What the frame under the cursor carries.
fn at_cursor(desk: &mut Desk) -> String {
    let state = desk.look();
    let frame = state.world.log.frame(state.traffic.cursor).expect("the cursor is on a frame");
    String::from_utf8_lossy(frame.payload()).into_owned()
}

#[test]
fn the_list_is_searched_both_ways_and_round_its_ends() {
    let (mut desk, _) = desk(&["red one", "green", "red two", "blue", "red three"]);
    desk.press("g f");
    desk.type_text("red");
    assert_eq!(at_cursor(&mut desk), "red one", "while it is typed");
    desk.press("enter n");
    assert_eq!(at_cursor(&mut desk), "red two");
    desk.press("n");
    assert_eq!(at_cursor(&mut desk), "red three");
    assert_eq!(desk.notice(), "");
    desk.press("n");
    assert_eq!(at_cursor(&mut desk), "red one");
    assert!(desk.notice().contains("wrapped"), "{}", desk.notice());
    desk.press("N");
    assert_eq!(at_cursor(&mut desk), "red three", "and back round the other end");
    desk.press("N");
    assert_eq!(at_cursor(&mut desk), "red two");
    assert_eq!(desk.state.traffic.following, Following::Stays);
}

#[test]
fn a_search_backwards_begins_with_the_last_before_the_cursor() {
    let (mut desk, _) = desk(&["red one", "green", "red two", "blue"]);
    desk.press("F");
    desk.type_text("red");
    assert_eq!(at_cursor(&mut desk), "red two");
    desk.press("enter N");
    assert_eq!(at_cursor(&mut desk), "red one");
}

#[test]
fn giving_up_goes_back_and_lets_go_of_what_was_searched_for() {
    let (mut desk, guest) = desk(&["red", "green", "blue"]);
    desk.press("f");
    desk.type_text("green");
    assert_eq!(at_cursor(&mut desk), "green");
    desk.press("esc");
    assert_eq!(at_cursor(&mut desk), "blue");
    assert!(desk.state.find.pattern.is_none());
    desk.received("echo", guest, "white");
    assert_eq!(at_cursor(&mut desk), "white", "it follows as before");
}

#[test]
fn what_is_not_there_is_told_and_the_cursor_stays() {
    let (mut desk, _) = desk(&["red", "green"]);
    desk.press("f");
    desk.type_text("redd");
    desk.look();
    assert_eq!(desk.state.find.outcome, Outcome::Nothing);
    assert_eq!(at_cursor(&mut desk), "green", "not where the shorter word was");
    desk.press("enter n");
    assert!(desk.notice().contains("nothing found for redd"), "{}", desk.notice());
}

#[test]
fn expressions_and_hex_are_searched_for_and_what_is_wrong_is_told() {
    let (mut desk, _) = desk(&["GET /a", "POST /b", "\u{1}\u{2}\u{3}"]);
    desk.press("g f ctrl-t");
    assert_eq!(desk.state.find.notation, Notation::Regex);
    desk.type_text("^(post");
    assert_eq!(desk.state.find.problem.as_deref(), Some("unclosed group (character 2)"));
    assert!(desk.screen().join("\n").contains("unclosed group (character 2)"));
    desk.press("enter");
    assert!(desk.state.find.is_asked_in(PaneId::Traffic), "what is wrong stays to be mended");
    desk.type_text(") /");
    assert_eq!(at_cursor(&mut desk), "POST /b");
    desk.press("ctrl-t");
    desk.retype("01 02 0");
    let problem = desk.state.find.problem.clone().expect("half a byte");
    assert!(problem.contains("odd number of hex digits"), "{problem}");
    desk.retype("01 02 03");
    assert_eq!(at_cursor(&mut desk), "\u{1}\u{2}\u{3}");
}

#[test]
fn only_what_the_filter_shows_is_searched() {
    let (mut desk, _) = desk(&["red apple", "red", "green apple", "red apple pie"]);
    desk.press("/");
    desk.type_text("apple");
    desk.press("enter g f");
    desk.type_text("red");
    desk.press("enter n");
    assert_eq!(at_cursor(&mut desk), "red apple pie", "the bare red is not in the list");
    desk.press("n");
    assert_eq!(at_cursor(&mut desk), "red apple");
}

#[test]
fn addresses_and_names_are_found_too() {
    let (mut desk, _) = desk(&["x"]);
    let other = desk.guest("echo");
    desk.received("echo", other, "y");
    desk.press("g f");
    desk.type_text("127.0.0.1:50003");
    let cursor = desk.look().traffic.cursor;
    let flow = desk.state.world.log.frame(cursor).and_then(|frame| frame.flow);
    assert_eq!(flow, desk.state.world.flow_of(other));
}

#[test]
fn a_long_search_goes_on_from_frame_to_frame_and_can_be_given_up() {
    let (mut desk, guest) = desk(&["needle"]);
    let hay = "x".repeat(60_000);
    let frames = 3 * SEARCHED_AT_ONCE / hay.len();
    for _ in 0..frames {
        desk.received("echo", guest, &hay);
    }
    desk.look();
    let began = desk.state.traffic.cursor;
    desk.press("F");
    desk.type_text("needle");
    assert!(desk.state.traffic.is_hunting(), "no key waits for it");
    assert_eq!(desk.state.traffic.cursor, began);
    let screen = desk.screen().join("\n");
    assert!(screen.contains("searching "), "{screen}");
    for _ in 0..20 {
        desk.look();
    }
    assert!(!desk.state.traffic.is_hunting());
    assert_eq!(at_cursor(&mut desk), "needle");
    desk.press("enter N");
    assert!(desk.state.traffic.is_hunting());
    desk.press("esc");
    assert!(!desk.state.traffic.is_hunting());
}

#[test]
fn the_stream_is_searched_across_frames_of_one_end() {
    let (mut desk, guest) = desk(&["the word is nee", "dle, said twice: needle"]);
    desk.net("echo", NetFact::Data(guest, Direction::Out, "needle".into()));
    desk.press("] ]");
    desk.screen();
    desk.press("g f");
    desk.type_text("needle");
    let found = |desk: &mut Desk| {
        desk.screen();
        desk.state.traffic.found.clone().expect("there is a match")
    };
    let place = |frame, offset| Place { frame, offset };
    assert_eq!(found(&mut desk), place(2, 12)..place(3, 3));
    desk.press("enter n");
    assert_eq!(found(&mut desk), place(3, 17)..place(3, 23));
    desk.press("n");
    assert_eq!(found(&mut desk), place(4, 0)..place(4, 6), "the other end's");
    desk.press("n");
    assert_eq!(found(&mut desk), place(2, 12)..place(3, 3));
    desk.press("N");
    assert_eq!(found(&mut desk), place(4, 0)..place(4, 6));
    desk.press("N N");
    assert_eq!(found(&mut desk), place(2, 12)..place(3, 3));
}

#[test]
fn a_match_out_of_sight_is_scrolled_to() {
    let (mut desk, guest) = desk(&[]);
    let text = (0..300).map(|number| format!("line {number}.")).collect::<Vec<_>>().join("\n");
    desk.received("echo", guest, &text);
    desk.press("] ]");
    desk.screen();
    desk.press("F");
    desk.type_text("line 42.");
    desk.press("enter");
    assert!(desk.screen().join("\n").contains("line 42."));
    desk.press("esc");
    assert!(desk.state.traffic.found.is_none() && desk.state.find.pattern.is_none());
    assert!(desk.screen().join("\n").contains("line 42."), "it stays there");
}

#[test]
fn fields_and_bytes_of_a_frame_are_searched() {
    let (mut desk, _) = desk(&["GET /a HTTP/1.1\r\nHost: b\r\nAccept: needle\r\n\r\n"]);
    desk.press("enter");
    desk.look();
    desk.press("f");
    desk.type_text("needle");
    let row = |desk: &Desk| desk.state.inspector.rows[desk.state.inspector.at].value.clone();
    assert!(row(&desk).contains("needle"), "{}", row(&desk));
    let first = desk.state.inspector.at;
    desk.press("enter n");
    assert!(row(&desk).contains("needle") && desk.state.inspector.at != first || desk.notice().contains("wrapped"));
    desk.press("esc ]");
    assert_eq!(desk.state.inspector.tab, inspector::Tab::Hex);
    desk.press("f ctrl-t ctrl-t");
    desk.type_text("0d 0a");
    desk.screen();
    assert_eq!(desk.state.inspector.byte, 15);
    desk.press("enter n");
    assert_eq!(desk.state.inspector.byte, 24);
    desk.press("N N");
    assert_eq!(desk.state.inspector.byte, 42, "round the beginning to the last");
    assert!(desk.notice().contains("wrapped"), "{}", desk.notice());
}

#[test]
fn the_text_of_a_long_message_is_scrolled_to_the_match() {
    let text = (0..300).map(|number| format!("line {number}.")).collect::<Vec<_>>().join("\n");
    let (mut desk, _) = desk(&[&text]);
    desk.press("enter ] ]");
    desk.screen();
    desk.press("/");
    desk.type_text("line 242.");
    assert!(desk.screen().join("\n").contains("line 242."));
    desk.press("esc");
    assert_eq!(desk.state.inspector.text_top, 0, "given up, it stands where it stood");
}

#[test]
fn what_was_searched_for_comes_again_and_nothing_written_means_the_last() {
    let (mut desk, _) = desk(&["red one", "green", "red two"]);
    desk.press("g f");
    desk.type_text("green");
    desk.press("enter f");
    desk.type_text("red");
    desk.press("enter g f up");
    assert_eq!(desk.state.find.field.text(), "red");
    desk.press("up");
    assert_eq!(desk.state.find.field.text(), "green");
    desk.press("esc g f enter");
    assert_eq!(at_cursor(&mut desk), "red one");
}

#[test]
fn the_command_line_searches_too() {
    let (mut desk, _) = desk(&["red", "green"]);
    desk.press("g :");
    desk.type_text("find green");
    desk.press("enter");
    assert_eq!(at_cursor(&mut desk), "green");
}

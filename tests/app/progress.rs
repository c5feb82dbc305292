//! What takes its time: it says so, can be given up, and is done in slices that no key waits for.

use std::time::Duration;

use bytes::Bytes;
use wirelab::app::pane::traffic::SEARCHED_AT_ONCE;
use wirelab::app::{Effect, FileUse, Msg};
use wirelab::contract::NetCommand;

use crate::desk::Desk;

/// So much in one frame, and how many such frames.
const FRAME: usize = 64 * 1024;
const FRAMES: usize = 160;

/// The echo server with 10 MiB in memory; every tenth frame holds the word.
fn full_desk() -> Desk {
    let mut desk = Desk::new();
    let guest = desk.guest("echo");
    for number in 0..FRAMES {
        let word = if number % 10 == 0 { "needle" } else { "hay" };
        desk.received("echo", guest, &format!("{word}{}", "x".repeat(FRAME)));
    }
    desk.press("esc 4");
    desk.look();
    desk
}

/// Draws until nothing asks for another frame; gives how many were drawn.
fn draw_until_done(desk: &mut Desk) -> usize {
    for drawn in 1..1000 {
        desk.effects();
        desk.screen();
        if !desk.effects().contains(&Effect::Redraw) {
            return drawn;
        }
    }
    panic!("it draws for ever");
}

#[test]
fn a_search_of_much_traffic_is_done_in_slices_the_newest_first() {
    let mut desk = full_desk();
    desk.press("/");
    desk.paste("needle");
    let found = |desk: &Desk| desk.state.traffic.count(&desk.state.timeline());
    let at_once = SEARCHED_AT_ONCE / FRAME + 1;
    assert!(found(&desk) > 0, "the newest are there at once");
    assert!(found(&desk) <= at_once / 10 + 1, "{} of a slice", found(&desk));
    let newest = desk.state.traffic.number_at(&desk.state.timeline(), found(&desk) - 1);
    assert!(newest > Some(FRAMES as u64 - 10), "{newest:?}");
    let screen = desk.draw((160, 36)).join("\n");
    assert!(screen.contains("filtering ") && screen.contains(" %"), "{screen}");
    let frames = draw_until_done(&mut desk);
    assert!(frames >= FRAMES / at_once / 2, "{frames} frames for all of it");
    assert_eq!(found(&desk), FRAMES / 10);
    assert!(!desk.screen().join("\n").contains("filtering "));
}

#[test]
fn a_search_that_is_done_asks_for_no_more_frames() {
    let mut desk = full_desk();
    desk.press("/");
    desk.paste("needle");
    draw_until_done(&mut desk);
    assert_eq!(draw_until_done(&mut desk), 1);
    desk.press("esc c");
    assert_eq!(draw_until_done(&mut desk), 1);
}

#[test]
fn what_comes_during_a_search_is_found_too_and_nothing_twice() {
    let mut desk = full_desk();
    let guest = desk.guest("echo");
    desk.press("/");
    desk.paste("needle");
    desk.received("echo", guest, "a late needle");
    draw_until_done(&mut desk);
    let state = &desk.state;
    let numbers: Vec<u64> = (0..).map_while(|row| state.traffic.number_at(&state.timeline(), row)).collect();
    assert_eq!(numbers.len(), FRAMES / 10 + 1);
    assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
}

#[test]
fn another_letter_begins_the_search_anew_without_waiting_for_the_one_before() {
    let mut desk = full_desk();
    desk.press("/");
    desk.type_text("needle");
    let count = desk.state.traffic.count(&desk.state.timeline());
    assert!(count < FRAMES / 10, "six letters have not searched all: {count}");
    draw_until_done(&mut desk);
    assert_eq!(desk.state.traffic.count(&desk.state.timeline()), FRAMES / 10);
}

#[test]
fn a_cursor_that_was_left_on_an_old_frame_is_there_again_when_the_search_reaches_it() {
    let mut desk = full_desk();
    desk.press("g");
    for _ in 0..50 {
        desk.press("down");
    }
    let frame = desk.look().traffic.cursor;
    desk.press("/");
    desk.paste("x");
    draw_until_done(&mut desk);
    assert_eq!(desk.state.traffic.cursor, frame);
}

#[test]
fn a_connection_that_is_slow_says_for_how_long_and_which_key_gives_it_up() {
    let mut desk = Desk::new();
    desk.press("enter");
    let node = desk.node("client");
    assert!(!desk.screen().join("\n").contains("gives up"), "not before it is worth telling");
    desk.passes(Duration::from_secs(2));
    let screen = desk.screen().join("\n");
    assert!(screen.contains("connecting · 2.0s · ^X gives up"), "{screen}");
    desk.effects();
    desk.press("ctrl-x");
    assert_eq!(desk.commands(), [NetCommand::Stop(node)]);
}

#[test]
fn a_request_that_is_slow_says_for_how_long_and_which_key_cancels_it() {
    let mut desk = Desk::new();
    desk.press("tab enter");
    desk.passes(Duration::from_secs(2));
    let screen = desk.screen().join("\n");
    assert!(screen.contains("2.0s") && screen.contains("^X cancels"), "{screen}");
    desk.effects();
    desk.press("ctrl-x");
    assert_eq!(desk.commands(), [NetCommand::CancelFetch(desk.state.http.node)]);
}

#[test]
fn a_file_that_is_read_is_named_and_one_given_up_is_not_sent_when_it_comes() {
    let mut desk = Desk::new();
    let node = desk.node("client");
    desk.press("esc F");
    desk.fill("file", "/slow/film.bin");
    desk.press("enter");
    desk.passes(Duration::from_secs(1));
    let screen = desk.screen().join("\n");
    assert!(screen.contains("reading /slow/film.bin · 1.0s") && screen.contains("^X gives up"), "{screen}");
    desk.press("ctrl-x");
    assert!(!desk.screen().join("\n").contains("reading /slow/film.bin"));
    desk.press("F");
    desk.fill("file", "/quick/note.txt");
    desk.press("enter");
    let read =
        |number, text| Msg::FileRead { purpose: FileUse::Payload(node, number), outcome: Ok(Bytes::from_static(text)) };
    desk.tell(read(1, b"the film"));
    assert!(desk.state.overlay.is_none(), "what was given up is not asked about");
    desk.tell(read(2, b"the note"));
    assert!(format!("{:?}", desk.state.overlay).contains("the note"));
}

#[test]
fn a_long_message_is_taken_apart_once_though_more_of_its_flow_comes() {
    let mut desk = Desk::new();
    let guest = desk.guest("web");
    let head = "POST /film HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n";
    desk.received("web", guest, head);
    let part = "x".repeat(FRAME);
    for _ in 0..20 {
        desk.received("web", guest, &part);
    }
    desk.press("esc 4 g");
    while !desk.look().inspector.origin.starts_with("frames") {
        desk.press("down");
    }
    let bytes = desk.state.inspector.bytes.as_ptr();
    let origin = desk.state.inspector.origin.clone();
    for _ in 0..20 {
        desk.received("web", guest, &part);
        desk.look();
    }
    assert_eq!(desk.state.inspector.bytes.as_ptr(), bytes, "it is not made anew");
    assert_ne!(desk.state.inspector.origin, origin, "but where it goes to is told");
}

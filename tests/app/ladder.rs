//! The ladder as its user has it: shown, moved through, folded, and cheap however much there is.

use wirelab::app::pane::traffic::{Shown, View, shown_ladder};
use wirelab::contract::NetFact;
use wirelab::model::Direction;

use crate::desk::Desk;

/// A lab in whose traffic the keys are, on the ladder.
fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.press("esc 4 ]");
    desk
}

/// A conversation of so many questions and answers, each of another length than the one before.
fn talk(desk: &mut Desk, turns: usize) {
    let pair = desk.connects("client", "echo");
    for turn in 0..turns {
        let words = format!("question {}", "?".repeat(turn % 7 + 1));
        desk.sent("client", pair.client, &words);
        desk.received("echo", pair.server, &words);
    }
}

fn frames(view: &View) -> Vec<u64> {
    view.lines
        .iter()
        .filter_map(|(_, shown)| if let Shown::Line(line) = shown { Some(line.rung().frame) } else { None })
        .collect()
}

#[test]
fn a_connection_is_drawn_from_its_handshake_on_between_those_who_speak() {
    let mut desk = desk();
    talk(&mut desk, 1);
    let screen = desk.screen().join("\n");
    for words in ["client", "echo", "SYN, ACK", "question ?"] {
        assert!(screen.contains(words), "{words}:\n{screen}");
    }
    let arrow = screen.lines().find(|line| line.contains("question ?") && line.contains('▶'));
    assert!(arrow.is_some_and(|line| line.contains('├')), "{screen}");
}

#[test]
fn the_cursor_goes_through_the_frames_and_the_newest_are_followed() {
    let mut desk = desk();
    talk(&mut desk, 60);
    let newest = desk.state.world.log.next_number() - 1;
    desk.screen();
    assert_eq!(desk.state.traffic.cursor, newest);
    desk.press("k k");
    assert_eq!(desk.state.traffic.cursor, newest - 2);
    desk.press("g");
    assert_eq!(desk.state.traffic.cursor, 1);
    desk.screen();
    desk.press("j");
    assert_eq!(desk.state.traffic.cursor, 2);
    let before = desk.state.traffic.cursor;
    desk.press("pagedown");
    let screen = desk.screen().join("\n");
    assert!(desk.state.traffic.cursor > before + 5, "{screen}");
    assert!(frames(&shown_ladder(&desk.state, 15)).contains(&desk.state.traffic.cursor), "it is in sight");
    desk.press("G");
    assert_eq!(desk.state.traffic.cursor, newest);
}

#[test]
fn alike_messages_are_one_line_until_they_are_to_be_told_apart() {
    let mut desk = desk();
    let guest = desk.guest("echo");
    for _ in 0..50 {
        desk.received("echo", guest, "tick\n");
    }
    desk.press("g");
    let screen = desk.screen().join("\n");
    assert!(screen.contains("49 more alike, 245B"), "{screen}");
    desk.press("-");
    let screen = desk.screen().join("\n");
    assert!(!screen.contains("more alike") && screen.matches("tick").count() > 5, "{screen}");
}

#[test]
fn what_is_chosen_here_is_chosen_in_the_list_and_a_filter_counts_in_both() {
    let mut desk = desk();
    talk(&mut desk, 10);
    desk.press("k k k");
    let cursor = desk.state.traffic.cursor;
    desk.press("[");
    assert_eq!(desk.state.traffic.cursor, cursor);
    desk.press("] /");
    desk.type_text("question ????");
    desk.press("enter");
    let view = shown_ladder(&desk.state, 15);
    assert!(!frames(&view).is_empty());
    let screen = desk.screen().join("\n");
    assert!(!screen.contains("SYN"), "{screen}");
}

#[test]
fn lifelines_without_room_are_counted_and_scrolled_to() {
    let mut desk = desk();
    let guests: Vec<_> = (0..40).map(|_| desk.guest("echo")).collect();
    for guest in guests {
        desk.received("echo", guest, "hello from one of many\n");
    }
    desk.press("-");
    let screen = desk.draw((120, 50)).join("\n");
    let right = screen.lines().find(|line| line.contains('›'));
    assert!(right.is_some(), "{screen}");
    desk.press("> >");
    let screen = desk.draw((120, 50)).join("\n");
    assert!(screen.contains("‹ 2"), "{screen}");
    desk.press("<");
    assert!(desk.draw((120, 50)).join("\n").contains("‹ 1"));
}

/// Frames looked at for a screen after so many messages: at the end, in the middle, at the beginning.
fn work(messages: usize, key: Option<&str>) -> Vec<usize> {
    let mut desk = desk();
    desk.state.world.log.limit(usize::MAX);
    if let Some(key) = key {
        desk.press(key);
    }
    let node = desk.node("echo");
    let guest = desk.guest("echo");
    for number in 0..messages {
        let bytes = bytes::Bytes::from_static(&[b'x'; 90]).slice(..=(number * 7) % 90);
        let (at, fact) = (desk.now, NetFact::Data(guest, Direction::In, bytes));
        desk.state.world.observe(&wirelab::contract::NetEvent { at, node, fact });
    }
    let last = desk.state.world.log.next_number() - 1;
    desk.state.traffic.following = wirelab::app::pane::traffic::Following::Stays;
    [last, last / 2, 40]
        .map(|cursor| {
            (desk.state.traffic.cursor, desk.state.traffic.top) = (cursor, cursor.saturating_sub(10));
            shown_ladder(&desk.state, 30).looked_at
        })
        .into()
}

#[test]
fn a_screen_of_a_million_frames_costs_what_one_of_a_thousand_does() {
    let (few, many) = (work(1000, Some("-")), work(1_000_000, Some("-")));
    assert_eq!(few, many);
    // Those in sight, and as many rows above and below them as something may be late by.
    assert!(few.iter().all(|looked_at| *looked_at <= 3 * 30 + 2 * 64), "{few:?}");
    let hundred = work(100, Some("-"));
    assert!(hundred.iter().zip(&many).all(|(few, many)| few <= many), "{hundred:?}");
    // Where alike frames are sought, some blocks of them are looked at as well.
    let folded = work(1_000_000, None);
    assert!(folded.iter().all(|looked_at| *looked_at <= 3 * 30 + 2 * 64 + 3 * 256), "{folded:?}");
}

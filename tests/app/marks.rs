//! Marks and notes: set, gone through, asked for in filters, and kept in what is saved.

use wirelab::app::{Content, Effect};
use wirelab::capture::{Indexer, Seen};
use wirelab::model::Mark;

use crate::desk::Desk;

/// The echo server with a guest who has said this; the keys are in the traffic pane, the cursor on the first frame.
fn desk(said: &[&str]) -> Desk {
    let mut desk = Desk::new();
    let guest = desk.guest("echo");
    for text in said {
        desk.received("echo", guest, text);
    }
    desk.press("esc 4");
    desk.look();
    desk.press("g");
    desk
}

fn list(desk: &mut Desk) -> Vec<u64> {
    let state = desk.look();
    (0..state.traffic.count(&state.timeline()))
        .filter_map(|row| state.traffic.number_at(&state.timeline(), row))
        .collect()
}

fn filter(desk: &mut Desk, text: &str) -> Vec<u64> {
    desk.press("/");
    desk.retype(text);
    desk.press("enter");
    assert_eq!(desk.state.traffic.problem, None, "{text}");
    list(desk)
}

#[test]
fn marks_are_set_gone_through_and_taken_away() {
    let mut desk = desk(&["one", "two", "three", "four"]);
    desk.press("down m down down space");
    assert_eq!([2, 4].map(|frame| desk.state.world.remarks.of(frame).mark), [Mark::On, Mark::On]);
    desk.press("g '");
    assert_eq!(desk.look().traffic.cursor, 2);
    desk.press("'");
    assert_eq!(desk.look().traffic.cursor, 4);
    desk.press("'");
    assert_eq!(desk.look().traffic.cursor, 2);
    assert!(desk.notice().contains("round"), "{}", desk.notice());
    desk.press("\"");
    assert_eq!(desk.look().traffic.cursor, 4);
    desk.press("m");
    assert_eq!(desk.state.world.remarks.of(4).mark, Mark::Off);
    desk.press("U");
    assert_eq!(desk.state.world.remarks.marked(), 0);
    desk.press("'");
    assert!(desk.notice().contains("no frame is marked"), "{}", desk.notice());
}

#[test]
fn a_mark_stands_before_the_number_and_a_note_behind_it() {
    let mut desk = desk(&["one", "two"]);
    desk.press("down m a");
    desk.type_text("look at this");
    desk.press("enter up");
    let screen = desk.screen();
    let row = screen.iter().find(|row| row.contains("one")).expect("the row of frame 2");
    assert!(row.contains("◆  2¶"), "{row}");
    desk.press("down enter");
    assert!(desk.screen().join("\n").contains("look at this"), "the inspector says it");
}

#[test]
fn a_note_is_written_changed_and_taken_away() {
    let mut desk = desk(&["one"]);
    desk.press("a");
    assert_eq!(desk.form().title, "Note on frame 1");
    desk.fill("note", "first");
    desk.press("enter a");
    assert_eq!(desk.form().text("note"), "first");
    desk.fill("note", &"x".repeat(5000));
    desk.press("enter");
    assert!(desk.form().problem.is_some(), "it is too long");
    desk.fill("note", " ");
    desk.press("enter");
    assert_eq!(desk.state.world.remarks.of(1).note, None);
    desk.press(":");
    desk.type_text("note written at once");
    desk.press("enter");
    assert_eq!(desk.state.world.remarks.of(1).note, Some("written at once"));
}

#[test]
fn filters_ask_for_marks_and_notes_as_they_change() {
    let mut desk = desk(&["one", "two", "three"]);
    desk.press("down m");
    assert_eq!(filter(&mut desk, "wl.mark"), [2]);
    assert_eq!(filter(&mut desk, "wl.mark == true || frame.number == 4"), [2, 4]);
    assert_eq!(filter(&mut desk, "!wl.mark && tcp.len > 0"), [3, 4]);
    assert_eq!(filter(&mut desk, "frame.marked == 0 && tcp.len > 0"), [3, 4]);
    desk.press("m");
    assert_eq!(list(&mut desk), [4], "marked under the filter, it leaves the list");
    assert_eq!(filter(&mut desk, "frame.marked == 1"), [2, 3]);
    desk.press("c g a");
    desk.type_text("the beginning");
    desk.press("enter");
    for text in ["wl.note contains \"begin\"", "frame.comment == \"the beginning\"", "pkt_comment", "beginning"] {
        assert_eq!(filter(&mut desk, text), [1], "{text}");
    }
    desk.press("U c");
    assert_eq!(filter(&mut desk, "wl.mark"), Vec::<u64>::new());
}

#[test]
fn marks_and_notes_are_saved_with_the_traffic() {
    let mut desk = desk(&["one", "two"]);
    desk.press("m down m a");
    desk.type_text("look");
    desk.press("enter w");
    desk.fill("file", "/tmp/mine.pcapng");
    desk.effects();
    desk.press("enter");
    let saved = desk.effects().into_iter().find_map(|effect| {
        if let Effect::SaveFile { content: Content::Bytes(bytes), .. } = effect { Some(bytes) } else { None }
    });
    let (mut indexer, mut marks, mut notes) = (Indexer::new(), Vec::new(), Vec::new());
    indexer.push(&saved.expect("it is saved"), &mut |seen: Seen| match seen {
        Seen::Frame(frame) => notes.extend(frame.comment.map(|note| (frame.number, note))),
        Seen::Marked(frame, mark) => marks.push((frame, mark)),
        Seen::Node(..)
        | Seen::Interface(..)
        | Seen::Flow(_)
        | Seen::Arrived(..)
        | Seen::Packet(_)
        | Seen::Noted(..)
        | Seen::Name(..)
        | Seen::Secrets(_) => {}
    });
    assert_eq!(marks, [(1, Mark::On), (2, Mark::On)]);
    assert_eq!(notes, [(Some(2), "look".to_owned())]);
}

//! Two frames beside each other, as their user has them.

use wirelab::app::overlay::Overlay;
use wirelab::app::overlay::diff::Diff;
use wirelab::diff::Kind;

use crate::desk::Desk;

/// Two requests of one conversation that differ in a path and a header.
fn desk() -> Desk {
    let mut desk = Desk::new();
    let guest = desk.guest("web");
    for (path, id) in [("/a", "1"), ("/b", "22")] {
        desk.received("web", guest, &format!("GET {path} HTTP/1.1\r\nHost: x\r\nX-Id: {id}\r\n\r\n"));
        desk.sent("web", guest, "HTTP/1.1 204 No Content\r\n\r\n");
    }
    desk.press("esc 4");
    desk
}

/// The numbers of the frames that hold a text.
fn frames(desk: &Desk, text: &str) -> Vec<u64> {
    let world = &desk.state.world;
    world.log.iter().filter(|frame| frame.summary.contains(text)).map(|frame| frame.number).collect()
}

fn diff(desk: &Desk) -> &Diff {
    match &desk.state.overlay {
        Some(Overlay::Diff(diff)) => diff,
        other => panic!("no diff is shown, but {other:?}"),
    }
}

fn rows(desk: &Desk, kind: Kind) -> Vec<(&'static str, String, String)> {
    let comparison = diff(desk).comparison.as_ref().expect("they are at hand");
    let text = |cell: &Option<wirelab::diff::Cell>| cell.as_ref().map_or_else(String::new, |cell| cell.text.clone());
    let rows = comparison.rows.iter().filter(|row| row.kind == kind);
    rows.map(|row| (row.field, text(&row.left), text(&row.right))).collect()
}

fn run(desk: &mut Desk, line: &str) -> Result<(), String> {
    wirelab::app::command_line::run(&mut desk.state, line).map(drop)
}

fn pair(desk: &mut Desk) {
    let [one, other] = frames(desk, "GET /")[..] else { panic!("there are two requests") };
    run(desk, &format!("diff {one} {other}")).expect("they are there");
    desk.screen();
}

#[test]
fn the_marked_frame_and_the_one_under_the_cursor_are_compared_field_by_field() {
    let mut desk = desk();
    let requests = frames(&desk, "GET /");
    desk.press("D");
    assert!(desk.notice().contains("mark one frame with m"), "{}", desk.notice());
    desk.state.traffic.cursor = requests[0];
    desk.press("m");
    desk.state.traffic.cursor = requests[1];
    desk.press("D");
    let screen = desk.screen().join("\n");
    assert_eq!(diff(&desk).numbers, requests[..]);
    let differing = rows(&desk, Kind::Changed);
    assert_eq!(
        differing,
        [
            ("http.request.uri", "/a".to_owned(), "/b".to_owned()),
            ("http.unknown_header", "1".to_owned(), "22".to_owned())
        ],
        "{screen}"
    );
    assert!(screen.contains("2 differ"), "{screen}");
    assert_eq!(
        diff(&desk).row().map(|row| row.field),
        Some("http.request.uri"),
        "the cursor is at the first difference"
    );
    desk.press("n");
    assert_eq!(diff(&desk).row().map(|row| row.field), Some("http.unknown_header"));
    desk.press("n N");
    assert_eq!(diff(&desk).row().map(|row| row.field), Some("http.unknown_header"), "round, and back");
    desk.press("esc");
    assert!(desk.state.overlay.is_none());
}

#[test]
fn a_field_that_is_ignored_counts_no_more_also_in_the_next_diff_and_in_the_bytes() {
    let mut desk = desk();
    pair(&mut desk);
    desk.press("n i");
    desk.screen();
    assert_eq!(rows(&desk, Kind::Ignored), [("http.unknown_header", "1".to_owned(), "22".to_owned())]);
    assert_eq!(rows(&desk, Kind::Changed).len(), 1);
    desk.press("tab");
    let screen = desk.screen().join("\n");
    let changed = rows(&desk, Kind::Changed);
    assert_eq!(changed, [("", "GET /a HTTP/1.1".to_owned(), "GET /b HTTP/1.1".to_owned())], "{screen}");
    desk.press("esc");
    pair(&mut desk);
    assert_eq!(rows(&desk, Kind::Ignored).len(), 1, "what was ignored is ignored again");
    desk.press("n N i");
    desk.press("e");
    desk.type_text(", /GET .a/");
    let screen = desk.screen().join("\n");
    assert!(screen.contains("does not count"), "{screen}");
    desk.press("enter esc");
}

#[test]
fn a_pattern_that_is_wrong_is_told_and_what_was_found_stays() {
    let mut desk = desk();
    pair(&mut desk);
    desk.press("e");
    desk.type_text("/x(/");
    let screen = desk.screen().join("\n");
    assert!(screen.contains("is no pattern"), "{screen}");
    assert_eq!(rows(&desk, Kind::Changed).len(), 2);
    desk.press("esc");
    assert!(matches!(&desk.state.overlay, Some(Overlay::Diff(_))), "the first esc ends the writing");
}

#[test]
fn equal_frames_are_called_the_same_and_conversations_are_compared_each_way() {
    let mut desk = desk();
    let answers = frames(&desk, "204 No Content");
    run(&mut desk, &format!("diff {} {}", answers[0], answers[1])).expect("they are there");
    let screen = desk.screen().join("\n");
    assert!(screen.contains("the same"), "{screen}");
    desk.press("f");
    let screen = desk.screen().join("\n");
    assert!(screen.contains("→ to the server") && screen.contains("← to the client"), "{screen}");
    assert!(screen.contains("the same"), "it is the same conversation: {screen}");
}

#[test]
fn numbers_that_are_none_are_refused_in_words() {
    let mut desk = desk();
    for (line, words) in [
        ("diff 1", "write the numbers of two frames"),
        ("diff 1 x", "\"x\" is not the number of a frame"),
        ("diff 1 999", "there is no frame 999"),
        ("diff 1 2 trees", "cannot be compared; write frames or flows"),
    ] {
        let refused = run(&mut desk, line).expect_err(line);
        assert!(refused.contains(words), "{line}: {refused}");
    }
}

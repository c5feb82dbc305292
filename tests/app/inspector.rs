//! The inspector pane: the message under the cursor as fields and bytes, and what can be copied of it.

use wirelab::app::Effect;
use wirelab::app::overlay::Overlay;
use wirelab::app::pane::PaneId;
use wirelab::app::pane::inspector::{Fold, Half, Row, Tab};
use wirelab::contract::NetFact;
use wirelab::model::{Address, ConnId, Step};

use crate::desk::Desk;

const REQUEST: &str = "POST /form HTTP/1.1\r\nHost: lab\r\nContent-Length: 7\r\n\r\na=1&b=2";

/// A guest of the echo server who has said this, each a frame; the newest is inspected.
fn desk(said: &[&str]) -> (Desk, ConnId) {
    let mut desk = Desk::new();
    let guest = desk.guest("echo");
    for text in said {
        desk.received("echo", guest, text);
    }
    desk.press("esc 5");
    desk.screen();
    (desk, guest)
}

fn row(desk: &Desk, name: &str) -> (usize, Row) {
    let rows = &desk.state.inspector.rows;
    let found = rows.iter().enumerate().find(|(_, row)| row.full_name == name);
    let (at, row) = found.unwrap_or_else(|| panic!("no {name} in {rows:#?}"));
    (at, row.clone())
}

fn go_to(desk: &mut Desk, name: &str) {
    desk.press("g");
    for _ in 0..row(desk, name).0 {
        desk.press("down");
    }
}

fn lit(desk: &Desk) -> String {
    let model = &desk.state.inspector;
    String::from_utf8_lossy(model.bytes.get(model.lit()).unwrap_or(b"")).into_owned()
}

#[test]
fn a_message_that_spans_frames_is_shown_whole_from_any_of_them() {
    let (mut desk, _) = desk(&[&REQUEST[..10], &REQUEST[10..40], &REQUEST[40..]]);
    for _ in 0..3 {
        assert_eq!(&desk.state.inspector.bytes[..], REQUEST.as_bytes());
        assert_eq!(row(&desk, "http.request.method").1.value, "POST");
        assert!(desk.state.inspector.origin.contains("to"), "{}", desk.state.inspector.origin);
        desk.press("N");
        desk.look();
    }
}

#[test]
fn a_message_grows_while_one_looks_at_it() {
    let (mut desk, guest) = desk(&[&REQUEST[..30]]);
    desk.press("4 up down up down 5");
    assert_eq!(desk.look().inspector.bytes.len(), 30);
    desk.press("N n");
    desk.received("echo", guest, &REQUEST[30..]);
    desk.press("N");
    assert_eq!(desk.look().inspector.bytes.len(), REQUEST.len());
}

#[test]
fn choosing_a_field_lights_its_bytes() {
    let (mut desk, _) = desk(&[REQUEST]);
    go_to(&mut desk, "http.request.method");
    assert_eq!(lit(&desk), "POST");
    go_to(&mut desk, "http.request.uri");
    assert_eq!(lit(&desk), "/form");
}

#[test]
fn choosing_a_byte_chooses_its_innermost_field() {
    let (mut desk, _) = desk(&[REQUEST]);
    go_to(&mut desk, "http.request.method");
    desk.press("enter");
    assert_eq!(desk.state.inspector.half, Half::Bytes);
    for _ in 0..6 {
        desk.press("right");
    }
    assert_eq!(lit(&desk), "f");
    assert_eq!(desk.state.inspector.rows[desk.state.inspector.at].full_name, "http.request.uri");
    desk.press("enter");
    assert_eq!((desk.state.inspector.half, lit(&desk)), (Half::Fields, "/form".into()));
}

#[test]
fn a_byte_is_clicked_in_the_dump() {
    let (mut desk, _) = desk(&[REQUEST]);
    desk.press("z");
    desk.click("50 4f 53 54");
    assert_eq!((desk.state.inspector.half, desk.state.inspector.byte), (Half::Bytes, 0));
    assert_eq!(desk.state.inspector.rows[desk.state.inspector.at].full_name, "http.request.method");
}

#[test]
fn a_field_inside_folds_alone_and_opens_again() {
    let (mut desk, _) = desk(&["{\"a\":{\"x\":1},\"b\":{\"y\":2},\"c\":3}"]);
    let names = |desk: &Desk| -> Vec<(usize, String, Fold)> {
        desk.state.inspector.rows.iter().map(|row| (row.depth, row.value.clone(), row.fold)).collect()
    };
    let all = names(&desk);
    let folds: Vec<usize> = (1..all.len()).filter(|at| all[*at].2 == Fold::Open).collect();
    for at in folds {
        desk.press("g");
        for _ in 0..at {
            desk.press("down");
        }
        desk.press("left");
        let below = all[at + 1..].iter().take_while(|row| row.0 > all[at].0).count();
        let mut expected = all.clone();
        expected[at].2 = Fold::Closed;
        expected.drain(at + 1..=at + below);
        assert_eq!(names(&desk), expected);
        desk.press("right");
        assert_eq!(names(&desk), all);
    }
}

#[test]
fn fields_fold_and_the_cursor_stays_on_the_page() {
    let (mut desk, _) = desk(&[REQUEST]);
    let all = desk.state.inspector.rows.len();
    desk.press("g");
    let root = desk.state.inspector.rows[0].clone();
    assert_eq!(root.fold, Fold::Open);
    desk.press("left");
    assert!(desk.state.inspector.rows.len() < all);
    assert_eq!(desk.state.inspector.rows[0].fold, Fold::Closed);
    desk.press("right");
    assert_eq!(desk.state.inspector.rows.len(), all);
    desk.press("space space");
    assert_eq!(desk.state.inspector.rows.len(), all);
    go_to(&mut desk, "http.request.method");
    desk.press("left left left left left left");
    assert_eq!(desk.state.inspector.at, 0, "from a leaf it goes to what it is in, and closes that");
}

#[test]
fn a_field_s_value_or_a_byte_is_copied() {
    let (mut desk, _) = desk(&[REQUEST]);
    go_to(&mut desk, "http.request.uri");
    desk.effects();
    desk.press("y");
    assert_eq!(desk.effects(), [Effect::Copy("/form".into())]);
    desk.press("enter y");
    assert_eq!(desk.effects(), [Effect::Copy("2f".into())]);
    assert!(desk.notice().contains("copied"), "{}", desk.notice());
}

#[test]
fn bytes_are_copied_as_escapes_hex_base64_or_text() {
    let (mut desk, _) = desk(&["a\tb"]);
    desk.press("g");
    let mut copied = Vec::new();
    for downs in 0..4 {
        desk.press("Y");
        assert!(matches!(desk.state.overlay, Some(Overlay::CopyAs(_))));
        for _ in 0..downs {
            desk.press("down");
        }
        desk.effects();
        desk.press("enter");
        assert!(desk.notice().contains("3 bytes"), "{}", desk.notice());
        copied.extend(desk.effects());
    }
    let texts = ["a\\tb", "61 09 62", "YQli", "a\tb"];
    let is_copied = |text: &str| copied.contains(&Effect::Copy(text.into()));
    assert!(is_copied(texts[0]) && is_copied(texts[2]) && is_copied(texts[3]), "{copied:?}");
    assert!(is_copied(texts[1]) || is_copied("610962"), "{copied:?}");
}

#[test]
fn a_frame_without_bytes_has_none_to_copy() {
    let mut desk = Desk::new();
    desk.net("echo", NetFact::Note(None, "a remark".into()));
    desk.press("esc 5");
    desk.look();
    desk.press("Y");
    assert!(desk.state.overlay.is_none());
    desk.press("x enter left right pageup pagedown G g [ ]");
    assert_eq!(desk.state.focus, PaneId::Inspector);
}

#[test]
fn a_step_is_explained_to_those_who_learn() {
    let mut desk = Desk::new();
    desk.net("echo", NetFact::Step(Step::Bound(Address::Ip("127.0.0.1:7001".parse().unwrap()))));
    desk.press("esc 5");
    let state = desk.look();
    let said: Vec<String> = state.inspector.rows.iter().map(|row| format!("{} {}", row.name, row.value)).collect();
    let said = said.join("\n");
    for word in ["bind()", "127.0.0.1:7001", "port 0"] {
        assert!(said.contains(word), "{word} is missing:\n{said}");
    }
}

#[test]
fn a_frame_tells_its_number_its_node_and_its_way() {
    let mut desk = Desk::new();
    let pair = desk.connects("client", "echo");
    desk.sent("client", pair.client, "hi");
    desk.received("echo", pair.server, "hi");
    desk.look();
    assert_eq!(row(&desk, "wl.node").1.value, "client");
    assert_eq!(row(&desk, "frame.len").1.value, "2");
    assert!(row(&desk, "wl.arrived").1.value.contains("1.000 ms"), "{}", row(&desk, "wl.arrived").1.value);
    assert!(row(&desk, "wl.flow").1.value.contains("tcp"));
}

#[test]
fn tabs_show_the_bytes_alone_or_as_text() {
    let (mut desk, _) = desk(&[REQUEST]);
    desk.press("]");
    assert_eq!((desk.state.inspector.tab, desk.state.inspector.half), (Tab::Hex, Half::Bytes));
    desk.press("down right");
    assert!(desk.state.inspector.byte > 1, "a row down and a byte on");
    desk.press("G");
    assert_eq!(desk.state.inspector.byte, REQUEST.len() - 1);
    desk.press("]");
    assert_eq!(desk.state.inspector.tab, Tab::Text);
    assert!(desk.screen().join("\n").contains("a=1&b=2"));
    desk.press("]");
    assert_eq!(desk.state.inspector.tab, Tab::Tree);
}

#[test]
fn the_text_scrolls_to_its_end_and_no_further_however_long_it_is() {
    let text = (0..100_000).map(|line| format!("line {line}\n")).collect::<Vec<_>>().concat();
    let (mut desk, _) = desk(&[&text]);
    desk.press("] ] z");
    let shows = |desk: &mut Desk, line: usize| {
        let line = format!("line {line}");
        desk.screen().iter().any(|row| row.trim_end_matches(['│', '┃']).trim() == line)
    };
    assert!(shows(&mut desk, 0) && !shows(&mut desk, 99_999));
    desk.press("down");
    assert!(!shows(&mut desk, 0) && shows(&mut desk, 1));
    desk.press("G");
    assert!(shows(&mut desk, 99_999));
    desk.press("down pagedown");
    assert!(shows(&mut desk, 99_999) && shows(&mut desk, 99_980), "the last rows stay at the bottom");
    desk.press("up");
    assert!(shows(&mut desk, 99_998) && !shows(&mut desk, 99_999));
    desk.press("g");
    assert!(shows(&mut desk, 0));
}

#[test]
fn goes_from_frame_to_frame_without_leaving() {
    let (mut desk, _) = desk(&["one", "two", "three"]);
    desk.press(",");
    assert_eq!(&desk.look().inspector.bytes[..], b"two");
    desk.press("p p");
    desk.look();
    desk.press(".");
    assert_eq!(&desk.look().inspector.bytes[..], b"one");
    desk.press("backspace");
    assert_eq!(desk.state.focus, PaneId::Traffic);
}

#[test]
fn a_frame_that_has_left_memory_leaves_nothing_behind() {
    let (mut desk, _) = desk(&[REQUEST]);
    desk.state.world = wirelab::app::world::World::new(1024);
    let state = desk.look();
    assert!(state.inspector.bytes.is_empty() && state.inspector.rows.is_empty());
}

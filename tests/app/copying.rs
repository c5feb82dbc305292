//! What `y` and `Y` copy from each pane, and what `|` gives the pager.

use bytes::Bytes;
use wirelab::app::Effect;
use wirelab::app::overlay::Overlay;
use wirelab::contract::ExchangeFact;

use crate::desk::Desk;

const REQUEST: &str = "POST /form HTTP/1.1\r\nHost: lab\r\nContent-Length: 7\r\n\r\na=1&b=2";

fn copied(desk: &mut Desk) -> String {
    let effects = desk.effects();
    let mut texts =
        effects.into_iter().filter_map(|effect| if let Effect::Copy(text) = effect { Some(text) } else { None });
    texts.next().expect("something is copied")
}

fn paged(desk: &mut Desk) -> String {
    let effects = desk.effects();
    let mut texts =
        effects.into_iter().filter_map(|effect| if let Effect::Page(text) = effect { Some(text) } else { None });
    texts.next().expect("something is paged")
}

/// A guest of the echo server has said these, each a frame; the list shows them.
fn desk(said: &[&str]) -> Desk {
    let mut desk = Desk::new();
    let guest = desk.guest("echo");
    for text in said {
        desk.received("echo", guest, text);
    }
    desk.press("esc 4");
    desk.screen();
    desk.effects();
    desk
}

fn page_fetched(body: &[u8]) -> Desk {
    let mut desk = Desk::new();
    desk.press("esc 3 enter esc");
    let head = ExchangeFact::Head { version: "HTTP/1.1", status: 200, reason: "OK".into(), headers: Vec::new() };
    desk.exchange(1, head);
    desk.exchange(1, ExchangeFact::Body(Bytes::copy_from_slice(body)));
    desk.exchange(1, ExchangeFact::Done);
    desk.effects();
    desk
}

#[test]
fn a_frame_of_the_list_is_copied_as_a_python_literal_in_two_keys() {
    let mut desk = desk(&["hello\n"]);
    desk.press("Y p");
    assert_eq!(copied(&mut desk), r#"b"hello\n""#);
    assert_eq!(desk.notice(), "copied 6 bytes as a Python literal");
    assert!(desk.state.overlay.is_none());
}

#[test]
fn the_menu_shows_what_each_form_begins_with() {
    let mut desk = desk(&["hi\x01"]);
    desk.press("Y");
    let screen = desk.screen().join("\n");
    for row in [
        "t  text     hi^A",
        "h  hex      68 69 01",
        r"e  escaped  hi\x01",
        "b  base64   aGkB",
        r#"c  C        "hi\001""#,
    ] {
        assert!(screen.contains(row), "{row}\n{screen}");
    }
    assert!(screen.contains("Copy 3 bytes as"), "{screen}");
    desk.press("down down enter");
    assert_eq!(copied(&mut desk), r"hi\x01");
}

#[test]
fn each_form_has_its_letter() {
    let wanted =
        [("t", "hi"), ("h", "68 69"), ("e", "hi"), ("b", "aGk="), ("c", "\"hi\""), ("r", "b\"hi\""), ("p", "b\"hi\"")];
    let mut desk = desk(&["hi"]);
    for (key, text) in wanted {
        desk.press(&format!("Y {key}"));
        assert_eq!(copied(&mut desk), text, "{key}");
    }
}

#[test]
fn what_the_menu_offers_stays_what_it_was_while_traffic_goes_on() {
    let mut desk = desk(&["first"]);
    desk.press("Y");
    let guest = desk.guest("echo");
    desk.received("echo", guest, "second");
    desk.screen();
    desk.press("t");
    assert_eq!(copied(&mut desk), "first");
}

#[test]
fn the_list_copies_the_frame_and_the_stream_the_whole_message() {
    let mut desk = desk(&[&REQUEST[..30], &REQUEST[30..]]);
    desk.press("Y t");
    assert_eq!(copied(&mut desk), &REQUEST[30..]);
    desk.press("] ] Y t");
    assert_eq!(copied(&mut desk), REQUEST);
}

#[test]
fn the_inspector_copies_the_field_under_the_cursor() {
    let mut desk = desk(&[REQUEST]);
    desk.press("enter");
    desk.screen();
    let at = desk.state.inspector.rows.iter().position(|row| row.full_name == "http.request.method").expect("a method");
    for _ in 0..at {
        desk.press("down");
    }
    desk.press("y");
    assert_eq!((copied(&mut desk).as_str(), desk.notice()), ("POST", "copied 4 characters"));
    desk.press("Y c");
    assert_eq!(copied(&mut desk), "\"POST\"");
    desk.press("enter y");
    assert_eq!((copied(&mut desk).as_str(), desk.notice()), ("50", "copied 1 byte as hex"));
}

#[test]
fn the_response_is_copied_as_text_and_escaped_when_it_is_none() {
    let mut desk = page_fetched("{\"é\": 1}\n".as_bytes());
    desk.press("y");
    assert_eq!(copied(&mut desk), "{\"é\": 1}\n");
    desk.press("Y r");
    assert_eq!(copied(&mut desk), r#"b"{\"\xc3\xa9\": 1}\n""#);
    let mut desk = page_fetched(b"\x1b[31m\xff");
    desk.press("y");
    assert_eq!(copied(&mut desk), r"\x1b[31m\xff");
}

#[test]
fn where_there_are_no_bytes_that_is_told_and_nothing_opens() {
    for keys in ["esc 3 esc y", "esc 3 esc Y", "esc 4 g y", "esc 4 g Y"] {
        let mut desk = Desk::new();
        desk.screen();
        desk.effects();
        desk.press(keys);
        assert_eq!((desk.effects(), desk.notice()), (Vec::new(), "there are no bytes here to copy"), "{keys}");
        assert!(desk.state.overlay.is_none(), "{keys}");
    }
}

#[test]
fn a_menu_that_is_left_copies_nothing() {
    let mut desk = desk(&["hi"]);
    desk.press("Y");
    assert!(matches!(desk.state.overlay, Some(Overlay::CopyAs(_))));
    desk.press("down esc");
    assert_eq!(desk.effects(), []);
}

#[test]
fn the_pager_gets_nothing_that_a_terminal_would_obey() {
    let hostile = "\x1b]0;PWNED\x07\u{9b}31m\u{202e}end\r\nnext\tline\n";
    let mut desk = desk(&[hostile]);
    for keys in ["|", "] |", "[ 5 |", "] |", "] |"] {
        desk.press(keys);
        desk.screen();
        let text = paged(&mut desk);
        assert!(!text.contains(|letter: char| letter.is_control() && letter != '\n'), "{keys}: {text:?}");
        assert!(!text.contains('\u{202e}'), "{keys}");
        assert!(text.contains("PWNED"), "{keys}: {text}");
    }
    let mut desk = page_fetched(hostile.as_bytes());
    desk.press("|");
    assert_eq!(paged(&mut desk), "\\e]0;PWNED^G<9B>31m<202E>end\nnext    line\n");
}

#[test]
fn the_stream_is_paged_with_who_speaks() {
    let mut desk = desk(&["hello\n"]);
    let guest = desk.guest("echo");
    desk.received("echo", guest, "ping\n");
    desk.sent("echo", guest, "pong\n");
    desk.press("G ] ]");
    desk.screen();
    desk.press("|");
    let text = paged(&mut desk);
    let after = text.split_once('\n').expect("a first line with the ends").1;
    assert_eq!(after, "\n─── client\nping\n\n─── server\npong\n");
}

#[test]
fn what_was_on_the_screen_before_is_drawn_again_on_request() {
    for keys in ["", "esc 4", "esc 3 esc ] ] ] ] ] e", "esc A", "esc 1 n", "f1", "ctrl-p"] {
        let mut desk = Desk::new();
        desk.press(keys);
        desk.effects();
        let before = desk.screen();
        desk.press("ctrl-l");
        assert_eq!(desk.effects(), [Effect::Repaint], "{keys}");
        assert_eq!(desk.screen(), before, "{keys}");
    }
}

//! The traffic saved: in which form, how much of it, and from where.

use std::path::Path;
use std::sync::Arc;

use wirelab::app::export::{Choice, Export, Form, Origin};
use wirelab::app::recording::{Keeping, Told};
use wirelab::app::{Content, Effect, Msg, WhenThere};
use wirelab::model::Side;

use crate::desk::Desk;

/// A lab in which a guest of the echo server has spoken, its keys in the traffic pane.
fn desk() -> Desk {
    let mut desk = Desk::new();
    let guest = desk.guest("echo");
    desk.received("echo", guest, "hello");
    desk.press("esc 4");
    desk.look();
    desk.effects();
    desk
}

/// The same, recorded.
fn recorded() -> Desk {
    let mut desk = desk();
    desk.tell(Msg::Recording(Told::Began(Arc::from(Path::new("/state/a.pcapng")), Keeping::Temporary)));
    desk
}

/// What is saved in a form of its own.
fn exported(desk: &mut Desk) -> Export {
    let export = |effect| {
        let Effect::SaveFile { content: Content::Export(export), when_there: WhenThere::Ask, .. } = effect else {
            return None;
        };
        Some(export)
    };
    desk.effects().into_iter().find_map(export).expect("it is saved")
}

#[test]
fn the_form_asks_what_of_the_traffic_is_saved() {
    let mut desk = recorded();
    desk.press("w");
    assert_eq!((desk.form().text("file"), desk.form().text("what")), ("traffic.pcapng", "all"));
    desk.fill("file", "/tmp/mine.jsonl");
    desk.press("down");
    desk.type_text("co");
    assert_eq!(desk.form().text("what"), "conversation");
    desk.press("enter");
    let flow = desk.state.traffic.flow(&desk.state.past, &desk.state.world);
    assert!(flow.is_some());
    let choice = Choice { flow, ..Choice::default() };
    assert_eq!(exported(&mut desk), Export { form: Form::Jsonl, choice, origin: Origin::Recorded });
}

#[test]
fn what_the_list_shows_is_what_its_filter_lets_pass() {
    let mut desk = recorded();
    desk.press(":");
    desk.type_text("filter tcp.len > 3");
    desk.press("enter esc :");
    desk.type_text("save /tmp/my file.har shown");
    desk.press("enter");
    let only = desk.state.traffic.only;
    let choice = Choice { filter: "tcp.len > 3".into(), flow: only, numbers: None };
    assert_eq!(exported(&mut desk), Export { form: Form::Har, choice, origin: Origin::Recorded });
}

#[test]
fn the_marked_frames_are_saved_whatever_the_list_shows() {
    let mut desk = recorded();
    desk.press(":");
    desk.type_text("save /tmp/marked.pcapng marked");
    desk.press("enter");
    assert!(desk.screen().join("\n").contains("no frame is marked"));
    desk.press("esc esc g m down m");
    desk.effects();
    desk.press("/");
    desk.type_text("nothing of the kind");
    desk.press("enter :");
    desk.type_text("save /tmp/marked.pcapng marked");
    desk.press("enter");
    let choice = Choice { numbers: Some(Arc::new([1, 2].into())), ..Choice::default() };
    assert_eq!(exported(&mut desk), Export { form: Form::Pcapng, choice, origin: Origin::Recorded });
}

#[test]
fn one_side_s_bytes_may_have_any_name() {
    let mut desk = recorded();
    for (word, side) in [("client", Side::Client), ("server", Side::Server)] {
        desk.press(":");
        desk.type_text(&format!("save /tmp/bytes.bin {word}"));
        desk.press("enter");
        assert_eq!(exported(&mut desk).form, Form::Sent(side));
    }
}

#[test]
fn what_was_not_recorded_is_saved_from_memory() {
    let mut desk = desk();
    desk.press(":");
    desk.type_text("save '/tmp/my traffic.txt'");
    desk.press("enter");
    let export = exported(&mut desk);
    assert_eq!((export.form, export.choice.is_all()), (Form::Text, true));
    assert!(matches!(export.origin, Origin::Memory(bytes) if bytes.windows(5).any(|part| part == b"hello")));
}

#[test]
fn a_capture_that_was_opened_is_saved_from_its_file() {
    let mut desk = Desk::empty();
    desk.tell(Msg::Open("lab.pcapng.gz".into()));
    desk.press(":");
    desk.type_text("save /tmp/copy.pcapng");
    desk.press("enter");
    let export = exported(&mut desk);
    assert_eq!(export, Export { form: Form::Pcapng, choice: Choice::default(), origin: Origin::Recorded });
    desk.press(":");
    desk.type_text("save /tmp/copy.pcapng conversation");
    desk.press("enter");
    assert!(desk.screen().join("\n").contains("go to a frame of the conversation first"));
}

#[test]
fn a_name_that_tells_no_form_is_refused_while_it_is_typed() {
    let mut desk = recorded();
    desk.press("w");
    desk.fill("file", "/tmp/mine.docx");
    let words = "let the name end in .pcapng, .pcap, .jsonl, .har, .txt, .svg or .mmd";
    assert_eq!(desk.form().problem.as_deref(), Some(words));
    desk.press("enter");
    assert!(desk.effects().iter().all(|effect| !matches!(effect, Effect::SaveFile { .. })));
    desk.fill("file", "/tmp/mine");
    desk.press("enter");
    let saving = Effect::SaveFile { path: "/tmp/mine".into(), content: Content::Recording, when_there: WhenThere::Ask };
    assert!(desk.effects().contains(&saving));
}

//! What is remembered from run to run: what is written when, and what comes back.

use std::time::Duration;

use wirelab::app::last_lab::Lab;
use wirelab::app::memory::{FILE_LIMIT, Memory};
use wirelab::app::{Effect, Kept, KeptFile, Msg};
use wirelab::contract::{NetCommand, WhenDown};
use wirelab::model::Trouble;

use crate::desk::Desk;

const FILE: &str = "/state/wirelab/state.json";

/// A desk after an earlier run left that file.
fn after(text: Option<&str>) -> Desk {
    let mut desk = Desk::empty();
    let state = KeptFile { path: FILE.into(), text: Ok(text.map(str::to_owned)) };
    desk.tell(Msg::Kept(Box::new(Kept { state: Some(state), ..Kept::default() })));
    desk.tell(Msg::Started);
    desk
}

/// What was written since effects were last looked at.
fn written(desk: &mut Desk) -> Option<String> {
    let kept = |effect| if let Effect::KeepFile { path, bytes } = effect { Some((path, bytes)) } else { None };
    let mut all = desk.effects().into_iter().filter_map(kept).filter(|(path, _)| path.ends_with("state.json"));
    let (_, bytes) = all.next()?;
    assert!(all.next().is_none(), "it is written once");
    Some(String::from_utf8(bytes.to_vec()).expect("JSON is text"))
}

/// The next run after this one has ended.
fn next_run(desk: &mut Desk) -> Desk {
    desk.tell(Msg::Ending);
    after(Some(&written(desk).expect("something is remembered")))
}

fn is_kept(desk: &mut Desk) {
    desk.tell(Msg::FileKept { path: FILE.into(), outcome: Ok(()) });
}

#[test]
fn a_change_is_written_after_a_while_and_changes_before_that_with_it() {
    let mut desk = after(None);
    desk.effects();
    desk.press("enter");
    desk.press("esc 4 /");
    desk.type_text("hello");
    desk.press("enter");
    let wakes = desk.effects().into_iter().filter(|effect| matches!(effect, Effect::Wake { .. })).count();
    assert_eq!(wakes, 1, "one alarm for all of them");
    desk.passes(Duration::from_secs(5));
    let text = written(&mut desk).expect("it is written");
    let memory: Memory = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(memory.payloads.newest_first().collect::<Vec<_>>(), ["hello"]);
    assert_eq!(memory.filters.newest_first().collect::<Vec<_>>(), ["hello"]);
    assert_eq!(memory.lab, None, "the lab is as it came up");
    is_kept(&mut desk);
    assert_eq!(desk.notice(), "", "in silence");
}

#[test]
fn nothing_is_written_and_nobody_is_woken_when_nothing_has_changed() {
    let mut desk = after(None);
    desk.effects();
    desk.press("esc 4 j k 5 esc ? esc z z");
    desk.tell(Msg::Resized);
    desk.tell(Msg::Ending);
    assert_eq!(desk.effects(), []);
}

#[test]
fn what_changes_while_it_is_written_is_written_next() {
    let mut desk = after(None);
    desk.press("enter");
    desk.passes(Duration::from_secs(5));
    assert!(written(&mut desk).is_some());
    desk.type_text("more");
    desk.press("enter");
    assert!(!desk.effects().iter().any(|effect| matches!(effect, Effect::Wake { .. })), "one at a time");
    is_kept(&mut desk);
    desk.passes(Duration::from_secs(5));
    assert!(written(&mut desk).is_some_and(|text| text.contains("\"more\"")));
}

#[test]
fn histories_and_forms_come_back() {
    let mut desk = after(None);
    desk.type_text("one");
    desk.press("enter");
    desk.type_text("two");
    desk.press("enter esc :");
    desk.type_text("connect tcp://127.0.0.1:7999");
    desk.press("enter esc 3 i");
    desk.retype("http://127.0.0.1:8080/page");
    desk.press("enter esc 2 p");
    desk.fill("times", "42");
    desk.press("enter s");
    let mut desk = next_run(&mut desk);
    desk.press("up up");
    assert_eq!(desk.state.client.current().map(|tab| tab.payload.text()), Some("one"));
    desk.press("esc p");
    assert_eq!(desk.form().text("times"), "42");
    desk.press("esc : up");
    assert!(desk.screen().join("\n").contains(": connect tcp://127.0.0.1:7999"));
    desk.press("esc 3 esc i up");
    assert_eq!(desk.state.http.url.text(), "http://127.0.0.1:8080/page");
    desk.press("down");
    assert_eq!(desk.state.http.url.text(), "http://127.0.0.1:8080/");
    assert!(desk.state.recent.contains(&"connect".to_owned()));
}

#[test]
fn the_filter_s_history_leads_back_to_the_list() {
    let mut desk = Desk::new();
    for filter in ["one", "two"] {
        desk.press("esc 4 /");
        desk.retype(filter);
        desk.press("enter");
    }
    desk.press("/");
    desk.retype("new");
    desk.press("up up");
    assert_eq!(desk.state.traffic.filter.text(), "one");
    desk.press("down down");
    assert_eq!(desk.state.traffic.filter.text(), "new");
    assert!(desk.state.traffic.is_filter_edited());
    desk.press("down");
    assert!(!desk.state.traffic.is_filter_edited());
}

#[test]
fn secrets_are_not_written() {
    let mut desk = after(None);
    desk.press("esc 3 i");
    desk.retype("http://me:hunter2@127.0.0.1:8080/");
    desk.press("enter esc :");
    desk.type_text("http http://me:hunter2@127.0.0.1:8080/x");
    desk.press("enter esc ] ] ] a");
    desk.fill("name", "Authorization");
    desk.fill("value", "Bearer hunter2");
    desk.press("enter 2 i");
    desk.retype("password=hunter2");
    desk.press("enter");
    desk.tell(Msg::Ending);
    let text = written(&mut desk).expect("something is");
    assert!(!text.contains("hunter2"), "{text}");
    assert!(text.contains("http http://127.0.0.1:8080/x"), "{text}");
}

#[test]
fn a_damaged_or_too_large_file_is_set_aside_and_the_program_starts() {
    let large = " ".repeat(FILE_LIMIT + 1);
    for text in ["{\"recent\": [", "[1]", "{\"recent\": 3}", &large] {
        let mut desk = after(Some(text));
        let aside = Effect::SetAside { path: FILE.into(), aside: format!("{FILE}.damaged").into() };
        assert!(desk.effects().contains(&aside));
        assert!(desk.error().contains(FILE) && desk.error().contains("state.json.damaged"), "{}", desk.error());
        desk.press("enter");
        desk.tell(Msg::Ending);
        assert!(written(&mut desk).is_some(), "a new one is written");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_left_alone() {
    let mut desk = Desk::empty();
    let text = Err(Trouble::new("read", FILE, "permission denied", ""));
    desk.tell(Msg::Kept(Box::new(Kept { state: Some(KeptFile { path: FILE.into(), text }), ..Kept::default() })));
    desk.tell(Msg::Started);
    assert!(desk.error().contains("permission denied"), "{}", desk.error());
    desk.effects();
    desk.press("enter");
    desk.tell(Msg::Ending);
    assert_eq!(written(&mut desk), None);
}

#[test]
fn a_file_that_cannot_be_written_is_told_once() {
    let mut desk = after(None);
    for payload in ["one", "two"] {
        desk.type_text(payload);
        desk.press("enter");
        desk.passes(Duration::from_secs(5));
        assert!(written(&mut desk).is_some());
        let full = Trouble::new("save", FILE, "the disk is full", "make room");
        desk.tell(Msg::FileKept { path: FILE.into(), outcome: Err(full) });
        assert_eq!(desk.error().contains("the disk is full"), payload == "one", "{}", desk.error());
        desk.press("esc esc i");
    }
}

#[test]
fn the_last_lab_is_told_of_and_brought_back() {
    let mut desk = after(None);
    desk.press("esc :");
    desk.type_text("serve udp://:7009 discard");
    desk.press("enter :");
    desk.type_text("client-new udp://127.0.0.1:7009");
    desk.press("enter esc f2 f3");
    let mut desk = next_run(&mut desk);
    assert_eq!(desk.notice(), "ctrl-r brings back a server and a client of the last session");
    desk.effects();
    desk.press("esc ctrl-r");
    assert!(matches!(&desk.commands()[..], [NetCommand::Serve(_, spec)] if spec.behaviour == "discard"));
    let tab = &desk.state.client.tabs[1];
    assert_eq!((tab.target.text(), tab.notation.name(), tab.ending.name()), ("udp://127.0.0.1:7009", "hex", "CRLF"));
    assert_eq!(desk.state.client.at, 0, "the client shown stays");
    desk.press("ctrl-r");
    assert!(desk.notice().contains("is here"), "{}", desk.notice());
    assert_eq!(desk.commands(), []);
}

#[test]
fn a_session_that_leaves_the_lab_alone_does_not_forget_the_last_one() {
    let mut desk = after(None);
    desk.press("esc :");
    desk.type_text("serve tcp://:7009 chat");
    desk.press("enter");
    let mut desk = next_run(&mut desk);
    desk.listens("echo", "127.0.0.1:41234");
    assert_eq!(desk.state.client.tabs[0].target.text(), "tcp://127.0.0.1:41234", "the client follows");
    desk.press("enter");
    let desk = next_run(&mut desk);
    assert!(desk.notice().contains("ctrl-r brings back a server"), "{}", desk.notice());
}

#[test]
fn a_changed_server_takes_the_place_of_the_built_in_one() {
    let mut desk = after(None);
    desk.press("esc 1 e");
    desk.fill("name", "mirror");
    desk.press("tab tab");
    desk.type_text("reply");
    desk.press("enter");
    let mut desk = next_run(&mut desk);
    let servers = desk.state.world.servers.len();
    desk.press("esc ctrl-r");
    assert_eq!(desk.state.world.servers.len(), servers);
    let server = &desk.state.world.servers[0];
    assert_eq!((server.name.as_str(), server.spec.behaviour.as_str()), ("mirror", "reply"));
}

#[test]
fn a_server_that_runs_programs_is_brought_back_and_not_started() {
    let mut desk = after(None);
    desk.press("esc :");
    desk.type_text("serve tcp://:7009 exec cat");
    desk.press("enter y");
    let mut desk = next_run(&mut desk);
    desk.effects();
    desk.press("esc ctrl-r");
    assert_eq!(desk.commands(), []);
    assert!(desk.notice().contains("exec runs programs"), "{}", desk.notice());
    assert_eq!(desk.state.world.servers.last().map(|server| server.name.as_str()), Some("exec"));
}

#[test]
fn a_tap_is_brought_back_with_all_that_it_does() {
    let mut desk = after(None);
    for line in ["serve tcp://:9001 tap tcp://127.0.0.1:7001", "impair loss 5%", "impair delay 50ms toward server"] {
        desk.press("esc :");
        desk.type_text(line);
        desk.press("enter");
    }
    desk.press("esc 1 i");
    desk.fill("holds", "frame contains \"token\"");
    desk.fill("seed", "7");
    desk.press("tab right enter");
    let was = desk.state.world.servers.last().expect("it was made").shaping.clone();
    assert!(was.impairments.len() == 2 && was.seed == 7 && was.when_down == WhenDown::Hold, "{was:?}");
    let mut desk = next_run(&mut desk);
    assert_eq!(desk.notice(), "ctrl-r brings back a server of the last session");
    desk.effects();
    desk.press("esc ctrl-r");
    let commands = desk.commands();
    let [NetCommand::Serve(node, spec), NetCommand::Shape(shaped, shaping)] = &commands[..] else {
        panic!("{commands:?}")
    };
    assert_eq!((spec.argument.as_str(), node, shaping), ("tcp://127.0.0.1:7001", shaped, &was));
    desk.press("ctrl-r");
    assert!(desk.notice().contains("is here"), "{}", desk.notice());
}

#[test]
fn a_tap_whose_words_are_wrong_is_left_out() {
    let text = r#"{"lab": {"servers": [{"name": "t", "listen": "tcp://:9001", "behaviour": "tap",
        "argument": "tcp://127.0.0.1:7001", "runs": true, "shaping": {"does": "loss 105%"}}]}}"#;
    let mut desk = after(Some(text));
    desk.effects();
    desk.press("esc ctrl-r");
    assert!(desk.notice().contains("t is left out: line 1: "), "{}", desk.notice());
    assert_eq!(desk.commands(), []);
}

#[test]
fn what_a_file_says_of_a_lab_is_checked() {
    let text = r#"{"lab": {"servers": [{"name": "x", "listen": "gopher://x", "behaviour": "echo", "runs": true},
        {"name": "y", "listen": "tcp://:7010", "behaviour": "nothing"}], "of_tomorrow": 1}}"#;
    let mut desk = after(Some(text));
    let servers = desk.state.world.servers.len();
    desk.press("esc ctrl-r");
    assert_eq!(desk.state.world.servers.len(), servers);
    assert!(desk.notice().contains("x is left out") && desk.notice().contains("y is left out"), "{}", desk.notice());
}

#[test]
fn a_lab_of_any_size_fits_the_file() {
    let mut desk = after(None);
    for number in 0..8 {
        desk.press("esc 1 n");
        desk.fill("listen", &format!("tcp://127.0.0.1:{}", 9000 + number));
        desk.press("tab");
        desk.type_text("reply");
        desk.press("tab");
        desk.paste(&"\u{1f600}".repeat(15 * 1024));
        desk.press("enter");
    }
    desk.tell(Msg::Ending);
    let text = written(&mut desk).expect("it is written");
    assert!(text.len() < FILE_LIMIT);
    let memory: Memory = serde_json::from_str(&text).expect("it is JSON");
    let Some(Lab { servers, .. }) = memory.lab else { panic!("a lab is kept") };
    assert!((5..12).contains(&servers.len()), "{}", servers.len());
}

//! What was seen, sent again from the screen: by the form, by a command line, and frames taken up to be edited.

use std::path::PathBuf;

use bytes::Bytes;
use wirelab::app::pane::PaneId;
use wirelab::app::replay::{ReadFrom, Reading};
use wirelab::app::{Effect, Msg};
use wirelab::contract::{NetCommand, NetFact, Role};
use wirelab::model::payload::Notation;
use wirelab::model::replay::{Manner, OnDifference, Pace, Replayed, Stopped, Tally};
use wirelab::model::script::Script;
use wirelab::model::{Closing, ConnId, ConnectionLife, FlowId, Frame, ServerLife, Transport, Trouble};

use crate::desk::{Desk, Pair};

/// The built-in lab after a word with echo; the cursor is on the newest frame of the traffic.
fn desk() -> (Desk, Pair) {
    let mut desk = Desk::new();
    let pair = desk.connects("client", "echo");
    desk.sent("client", pair.client, "hello\n");
    desk.press("esc 4 G");
    desk.look();
    desk.effects();
    (desk, pair)
}

/// The conversation asked to be read since effects were last looked at.
fn reading(desk: &mut Desk) -> Reading {
    let read = |effect| if let Effect::ReadScript(reading) = effect { Some(*reading) } else { None };
    let mut readings: Vec<Reading> = desk.effects().into_iter().filter_map(read).collect();
    assert_eq!(readings.len(), 1, "one is asked for");
    readings.remove(0)
}

/// It was read.
fn is_read(desk: &mut Desk, reading: &Reading) {
    let (node, number) = (reading.node, reading.number);
    desk.tell(Msg::ScriptRead { node, number, outcome: Ok(Script::new(Transport::Udp)) });
}

fn replays(desk: &mut Desk) -> Vec<(Role, Manner)> {
    let replay =
        |command| if let NetCommand::Replay(_, role, play) = command { Some((role, play.manner)) } else { None };
    desk.commands().into_iter().filter_map(replay).collect()
}

#[test]
fn a_conversation_is_sent_again_by_a_client_of_its_own() {
    let (mut desk, _) = desk();
    desk.press("r");
    assert_eq!(desk.form().title, "Send conversation 1 again");
    assert_eq!(desk.form().text("to"), "tcp://127.0.0.1:7001");
    desk.fill("speed", "fast");
    desk.press("enter");
    assert!(desk.form().problem.as_deref().is_some_and(|problem| problem.contains("0.5x or max")));
    desk.fill("speed", "max");
    desk.fill("to", "tcp://127.0.0.1:7009");
    desk.press("enter");
    let asked = reading(&mut desk);
    assert_eq!(asked.choice.flow, Some(FlowId(1)));
    assert!(matches!(asked.from, ReadFrom::Traffic(_)));
    assert_eq!(desk.state.client.tabs.len(), 2);
    is_read(&mut desk, &asked);
    let replays = replays(&mut desk);
    let (Role::Client(spec), manner) = &replays[0] else { panic!("{replays:?}") };
    assert_eq!(spec.target.to_string(), "tcp://127.0.0.1:7009");
    assert_eq!(*manner, Manner { pace: Pace::Max, ..Manner::default() });
}

#[test]
fn the_marked_frames_are_sent_again_where_some_are() {
    let (mut desk, _) = desk();
    desk.press("m r");
    assert_eq!(desk.form().title, "Send the 1 marked frames again");
    desk.press("enter");
    let marked = desk.state.world.remarks.marked_after(0).collect::<Vec<_>>();
    let numbers = reading(&mut desk).choice.numbers.expect("frames are chosen");
    assert_eq!(numbers.iter().copied().collect::<Vec<_>>(), marked);
}

#[test]
fn it_is_served_again_by_a_server_that_listens_once_it_was_read() {
    let (mut desk, _) = desk();
    desk.press("r shift-tab right");
    assert_eq!(desk.form().text("as"), "server");
    desk.press("enter");
    let asked = reading(&mut desk);
    let id = desk.node("replay");
    let server = desk.state.world.server(id).expect("it is a server").clone();
    assert_eq!((server.spec.argument.as_str(), &server.life), ("#1 1x", &ServerLife::Starting));
    is_read(&mut desk, &asked);
    assert!(matches!(replays(&mut desk)[..], [(Role::Server(_), _)]));
}

#[test]
fn a_server_replays_a_file_from_the_command_line_and_says_when_it_cannot_be_read() {
    let (mut desk, _) = desk();
    desk.press(":");
    desk.type_text("serve tcp://:9005 replay talk.pcapng#3 2x stop");
    desk.press("enter");
    let asked = reading(&mut desk);
    assert_eq!(asked.from, ReadFrom::File(PathBuf::from("talk.pcapng")));
    assert_eq!(asked.choice.flow, Some(FlowId(3)));
    let trouble = Trouble::new("replay", "talk.pcapng", "there is no such file", "");
    let (node, number) = (asked.node, asked.number);
    desk.tell(Msg::ScriptRead { node, number, outcome: Err(trouble) });
    let server = desk.state.world.server(node).expect("it is a server");
    assert!(matches!(server.life, ServerLife::Failed(_)));
    assert!(desk.error().contains("there is no such file"), "{}", desk.error());
}

#[test]
fn a_command_line_says_where_to_and_what() {
    let (mut desk, _) = desk();
    desk.press(":");
    desk.type_text("replay udp://127.0.0.1:7002 ticks.pcapng 0.5x go");
    desk.press("enter");
    let asked = reading(&mut desk);
    assert_eq!(asked.from, ReadFrom::File(PathBuf::from("ticks.pcapng")));
    is_read(&mut desk, &asked);
    let (_, manner) = replays(&mut desk).remove(0);
    assert_eq!((manner.pace, manner.on_difference), (Pace::Scaled(0.5), Some(OnDifference::Go)));
}

#[test]
fn one_that_is_given_up_while_it_is_read_does_not_begin() {
    let (mut desk, _) = desk();
    desk.press("r shift-tab right enter");
    let asked = reading(&mut desk);
    desk.press("1 s");
    is_read(&mut desk, &asked);
    assert_eq!(replays(&mut desk), []);
    assert_eq!(desk.state.world.server(asked.node).map(|server| &server.life), Some(&ServerLife::Stopped));

    desk.press("4 r enter");
    let asked = reading(&mut desk);
    desk.press("esc 2 c");
    is_read(&mut desk, &asked);
    assert_eq!(replays(&mut desk), []);
    let life = desk.state.world.client(asked.node).map(|client| client.life.clone());
    assert!(matches!(life, Some(ConnectionLife::Closed(..))), "{life:?}");
}

#[test]
fn how_it_went_is_told_at_the_end_and_stands_among_the_frames() {
    let (mut desk, pair) = desk();
    let over = |stopped| {
        NetFact::Replayed(pair.client, Replayed::Over(Tally { said: 1, to_say: 2, stopped, ..Tally::default() }))
    };
    desk.net("client", over(Some(Stopped::Difference)));
    let error = desk.error();
    assert!(error.contains("replay stopped at a difference: 1 of 2 messages sent"), "{error}");
    let summary = |frame: &Frame| frame.summary.clone();
    assert!(desk.state.world.log.iter().next_back().map(summary).is_some_and(|words| words.contains("replay stopped")));
    desk.net("client", NetFact::Replayed(ConnId(999), Replayed::Over(Tally::default())));
    assert!(desk.notice().contains("replayed: 0 of 0"), "{}", desk.notice());
}

#[test]
fn a_frame_is_taken_up_in_the_client_that_is_pointed_at_its_server() {
    let (mut desk, pair) = desk();
    desk.press("E");
    assert_eq!(desk.state.focus, PaneId::Client);
    let tab = desk.state.client.current().expect("there is one");
    assert_eq!((tab.payload.text(), tab.notation), ("hello\\n", Notation::Text));
    assert_eq!(tab.compose(desk.now, 0), Ok(Bytes::from_static(b"hello\n")), "nothing is added to it");
    assert_eq!(desk.state.client.tabs.len(), 1, "a client is pointed there already");

    desk.sent("client", pair.client, "\0\u{1}x");
    desk.press("esc 4 G");
    desk.look();
    desk.press("E");
    let tab = desk.state.client.current().expect("there is one");
    assert_eq!(tab.notation, Notation::Hex);
    assert_eq!(tab.compose(desk.now, 0), Ok(Bytes::from_static(b"\0\x01x")));
}

#[test]
fn a_request_is_taken_up_in_the_http_pane_from_any_frame_of_its_exchange() {
    let mut desk = Desk::new();
    let pair = desk.connects("client", "echo");
    let request =
        "POST /form?x=1 HTTP/1.1\r\nHost: 127.0.0.1:7001\r\nX-Token: abc\r\nContent-Length: 7\r\n\r\n{\"a\":1}";
    desk.sent("client", pair.client, request);
    desk.closed("client", pair.client, Closing::Ours);
    desk.press("esc 4 G");
    desk.look();
    desk.press("E");
    assert_eq!(desk.state.focus, PaneId::Http);
    let http = &desk.state.http;
    assert_eq!((http.method.as_str(), http.url.text()), ("POST", "http://127.0.0.1:7001/form?x=1"));
    let headers: Vec<(&str, &str)> = http.headers.iter().map(|row| (row.name.as_str(), row.value.as_str())).collect();
    assert_eq!(headers, [("X-Token", "abc")], "what is made anew is left out");
    assert_eq!(http.body.text.lines(), ["{\"a\":1}"]);
    assert_eq!(http.query[0].name, "x");
}

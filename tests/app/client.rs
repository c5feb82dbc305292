//! The client pane: what is typed and sent, and when; targets, tabs and the ends of connections.

use bytes::Bytes;
use wirelab::app::form::Purpose;
use wirelab::app::overlay::Overlay;
use wirelab::app::pane::PaneId;
use wirelab::app::pane::client::Draft;
use wirelab::app::{EditUse, Effect, FileUse, Kept, KeptFile, Msg};
use wirelab::contract::{Beginning, NetCommand, NetFact, To, Verification};
use wirelab::model::{Closing, ConnId, ConnectionLife, Direction, Step, Transport, Trouble};

use crate::desk::Desk;

const ECHO: &str = "127.0.0.1:7001";

fn send(desk: &Desk, name: &str, bytes: &'static [u8]) -> NetCommand {
    NetCommand::Send(desk.node(name), To::All, Bytes::from_static(bytes))
}

fn payload(desk: &Desk) -> &str {
    desk.state.client.current().expect("a client is shown").payload.text()
}

fn life(desk: &Desk, name: &str) -> ConnectionLife {
    desk.state.world.client(desk.node(name)).expect("it is a client").life.clone()
}

/// Connected to the echo server, the keys in the payload.
fn connected() -> (Desk, ConnId) {
    let mut desk = Desk::new();
    desk.press("esc c");
    let conn = desk.connected("client", ECHO);
    desk.press("i");
    desk.effects();
    (desk, conn)
}

#[test]
fn the_first_enter_connects_and_sends_once_the_connection_stands() {
    let mut desk = Desk::new();
    desk.press("enter");
    let commands = desk.commands();
    let is_echo = |command: &NetCommand| matches!(command, NetCommand::Connect(_, spec) if spec.target.to_string() == "tcp://127.0.0.1:7001");
    assert!(commands.len() == 1 && is_echo(&commands[0]), "{commands:?}");
    assert_eq!(life(&desk, "client"), ConnectionLife::Connecting);
    desk.connected("client", ECHO);
    assert_eq!(desk.commands(), [send(&desk, "client", b"hello\n")]);
    desk.press("enter");
    assert_eq!(desk.commands(), [send(&desk, "client", b"hello\n")], "it is connected now");
}

#[test]
fn what_is_sent_while_connecting_goes_out_in_its_order() {
    let mut desk = Desk::new();
    for text in ["one", "two"] {
        desk.type_text(text);
        desk.press("enter");
    }
    desk.effects();
    desk.connected("client", ECHO);
    assert_eq!(desk.sends(), ["one\n", "two\n"]);
}

#[test]
fn over_tls_nothing_is_sent_before_the_handshake_is_done() {
    let mut desk = Desk::new();
    desk.press("esc t");
    desk.retype("tls://127.0.0.1:7443");
    desk.press("esc i");
    desk.type_text("one");
    desk.press("enter");
    desk.effects();
    let outer = desk.connected("client", "127.0.0.1:7443");
    desk.net("client", NetFact::Step(Step::Securing("127.0.0.1".into())));
    desk.type_text("two");
    desk.press("enter");
    assert_eq!(desk.commands(), [], "the handshake is under way");
    assert_eq!(life(&desk, "client"), ConnectionLife::Connecting);
    desk.opened("client", Transport::Tls, Beginning::Inside(outer), "127.0.0.1:50002", "127.0.0.1:7443");
    assert_eq!(desk.sends(), ["one\n", "two\n"]);
    assert_eq!(life(&desk, "client"), ConnectionLife::Open);
}

#[test]
fn a_handshake_that_fails_sends_nothing_later() {
    let mut desk = Desk::new();
    desk.press("esc t");
    desk.retype("tls://127.0.0.1:7443");
    desk.press("enter");
    let outer = desk.connected("client", "127.0.0.1:7443");
    desk.net("client", NetFact::Step(Step::Securing("127.0.0.1".into())));
    desk.closed("client", outer, Closing::Failed("no TLS there".into()));
    desk.fails("client", "the peer does not speak TLS", "use tcp://");
    assert!(matches!(life(&desk, "client"), ConnectionLife::Failed(_)));
    assert!(desk.error().contains("use tcp://"), "{}", desk.error());
    desk.effects();
    desk.retype("tcp://127.0.0.1:7443");
    desk.press("esc c");
    desk.connected("client", "127.0.0.1:7443");
    assert_eq!(desk.sends(), Vec::<String>::new());
}

#[test]
fn typing_after_a_send_begins_a_new_payload() {
    let (mut desk, _) = connected();
    desk.press("enter");
    assert_eq!(payload(&desk), "hello", "what was sent stays in sight");
    desk.type_text("bye");
    assert_eq!(payload(&desk), "bye");
    desk.press("enter");
    desk.paste("pasted");
    assert_eq!(payload(&desk), "pasted");
    desk.press("enter left backspace");
    assert_eq!(payload(&desk), "pastd", "a sent payload can be changed and sent again");
    desk.press("enter");
    assert_eq!(desk.sends(), ["hello\n", "bye\n", "pasted\n", "pastd\n"]);
}

#[test]
fn history_goes_back_and_returns_to_what_was_being_typed() {
    let (mut desk, _) = connected();
    for text in ["one", "two", "three"] {
        desk.type_text(text);
        desk.press("enter");
    }
    desk.press("up");
    assert_eq!(payload(&desk), "two", "three stands there already");
    desk.press("down");
    assert_eq!(payload(&desk), "three");
    desk.press("down");
    desk.type_text("unsent");
    assert_eq!(payload(&desk), "unsent", "back at what was sent, typing begins anew");
    desk.press("up");
    assert_eq!(payload(&desk), "three");
    desk.press("up up up up");
    assert_eq!(payload(&desk), "one", "there is nothing older");
    desk.press("down down down");
    assert_eq!(payload(&desk), "unsent");
    desk.press("down");
    assert_eq!(payload(&desk), "unsent");
}

#[test]
fn a_payload_taken_from_history_can_be_changed() {
    let (mut desk, _) = connected();
    for text in ["one", "two"] {
        desk.type_text(text);
        desk.press("enter");
    }
    desk.press("up");
    desk.type_text("!");
    assert_eq!(payload(&desk), "one!");
    desk.press("enter");
    assert_eq!(desk.sends(), ["one\n", "two\n", "one!\n"]);
}

#[test]
fn hex_is_sent_as_it_is_and_says_what_is_wrong() {
    let (mut desk, _) = connected();
    desk.press("f2");
    desk.retype("de ad be");
    desk.press("enter");
    assert_eq!(desk.commands(), [send(&desk, "client", b"\xde\xad\xbe")]);
    desk.retype("de ax");
    desk.press("enter");
    assert_eq!(desk.commands(), []);
    assert!(desk.error().contains("hex digit"), "{}", desk.error());
    assert_eq!(payload(&desk), "de ax", "what was typed stays");
    desk.type_text("0");
    assert_eq!(payload(&desk), "de ax0", "what was not sent is not begun anew");
}

#[test]
fn the_ending_goes_round() {
    let (mut desk, _) = connected();
    for _ in 0..4 {
        desk.press("enter f3");
    }
    assert_eq!(desk.sends(), ["hello\n", "hello\r\n", "hello\0", "hello"]);
}

#[test]
fn the_counter_counts_what_was_sent() {
    let (mut desk, _) = connected();
    desk.type_text("n{{counter}}");
    desk.press("enter enter enter");
    assert_eq!(desk.sends(), ["n1\n", "n2\n", "n3\n"]);
}

#[test]
fn a_wrong_target_is_said_and_nothing_is_asked_of_the_network() {
    let mut desk = Desk::new();
    desk.press("esc t");
    desk.retype("tcp://127.0.0.1");
    desk.press("enter");
    assert!(desk.error().contains("port"), "{}", desk.error());
    assert_eq!(desk.commands(), []);
    desk.retype(ECHO);
    desk.press("enter");
    desk.connected("client", ECHO);
    assert_eq!(desk.sends(), ["hello\n"], "what was not sent is not sent later");
}

#[test]
fn another_target_is_connected_to_before_it_is_sent_to() {
    let (mut desk, old) = connected();
    desk.press("esc t");
    desk.retype("tcp://127.0.0.1:7003");
    desk.press("enter");
    let commands = desk.commands();
    assert!(
        matches!(&commands[..], [NetCommand::Connect(_, spec)] if spec.target.port() == Some(7003)),
        "{commands:?}"
    );
    desk.closed("client", old, Closing::Ours);
    desk.stopped("client");
    assert_eq!(life(&desk, "client"), ConnectionLife::Connecting, "that was the old connection's end");
    desk.press("enter");
    assert_eq!(desk.commands(), [], "it connects already");
    desk.connected("client", "127.0.0.1:7003");
    assert_eq!(desk.sends(), ["hello\n", "hello\n"]);
}

#[test]
fn a_failed_connect_is_told_with_the_remedy_and_its_payloads_are_not_sent_later() {
    let mut desk = Desk::new();
    desk.press("enter enter");
    desk.effects();
    desk.fails("client", "connection refused", "start a server there");
    assert!(desk.error().contains("127.0.0.1:7001") && desk.error().contains("start a server"), "{}", desk.error());
    assert!(matches!(life(&desk, "client"), ConnectionLife::Failed(_)));
    assert_eq!(payload(&desk), "hello", "the payload is still there");
    desk.press("enter");
    desk.effects();
    desk.connected("client", ECHO);
    assert_eq!(desk.sends(), ["hello\n"]);
}

#[test]
fn giving_a_connect_up_drops_what_waited_for_it() {
    let mut desk = Desk::new();
    desk.press("enter esc c");
    let node = desk.node("client");
    assert!(matches!(&desk.commands()[..], [NetCommand::Connect(..), NetCommand::Stop(stopped)] if *stopped == node));
    desk.stopped("client");
    desk.press("c");
    desk.effects();
    desk.connected("client", ECHO);
    assert_eq!(desk.sends(), Vec::<String>::new());
}

#[test]
fn after_a_fin_a_send_is_refused_in_words_and_reading_goes_on() {
    let (mut desk, conn) = connected();
    desk.press("esc f");
    assert_eq!(desk.commands(), [NetCommand::Finish(desk.node("client"), To::All)]);
    desk.net("client", NetFact::Finished(conn, Direction::Out));
    assert_eq!(life(&desk, "client"), ConnectionLife::FinishedByUs);
    desk.press("enter");
    assert_eq!(desk.commands(), []);
    assert!(desk.error().contains("FIN"), "{}", desk.error());
    desk.received("client", conn, "still here");
    assert_eq!(desk.said().last().map(String::as_str), Some("client ← :7001: still here"));
}

#[test]
fn a_peer_that_has_finished_can_still_be_sent_to() {
    let (mut desk, conn) = connected();
    desk.net("client", NetFact::Finished(conn, Direction::In));
    desk.press("enter");
    assert_eq!(desk.sends(), ["hello\n"]);
}

#[test]
fn disconnects_resets_and_connects_again() {
    let (mut desk, conn) = connected();
    let node = desk.node("client");
    desk.press("esc x");
    assert_eq!(desk.commands(), [NetCommand::Reset(node, To::All)]);
    desk.closed("client", conn, Closing::ResetByUs);
    desk.stopped("client");
    assert!(matches!(life(&desk, "client"), ConnectionLife::Closed(Closing::ResetByUs, _)), "how it ended stays");
    desk.press("x f");
    assert_eq!(desk.commands(), []);
    assert!(desk.notice().contains("not connected"), "{}", desk.notice());
    desk.press("c");
    assert!(matches!(&desk.commands()[..], [NetCommand::Connect(..)]));
    desk.connected("client", ECHO);
    desk.press("c");
    assert_eq!(desk.commands(), [NetCommand::Close(node, To::All)]);
    desk.press("r");
    assert!(matches!(&desk.commands()[..], [NetCommand::Connect(..)]));
}

#[test]
fn a_file_s_bytes_are_read_shown_and_sent_as_they_are() {
    let (mut desk, _) = connected();
    let node = desk.node("client");
    desk.press("esc F enter");
    assert!(desk.form().problem.is_some(), "a file has a path");
    desk.fill("file", "/tmp/payload.bin");
    desk.press("enter");
    let purpose = FileUse::Payload(node, 1);
    let read = Effect::ReadFile { path: "/tmp/payload.bin".into(), purpose };
    assert_eq!(desk.effects().pop(), Some(read));
    desk.tell(Msg::FileRead { purpose, outcome: Ok(Bytes::from_static(b"\x00\x01")) });
    let shown = format!("{:?}", desk.state.overlay);
    assert!(shown.contains("2 bytes") && desk.commands().is_empty(), "its bytes are shown first: {shown}");
    desk.press("y");
    assert_eq!(desk.commands(), [send(&desk, "client", b"\x00\x01")]);
    desk.press("F");
    desk.fill("file", "/tmp/payload.bin");
    desk.press("enter");
    let purpose = FileUse::Payload(node, 2);
    let trouble = Trouble::new("read", "/tmp/payload.bin", "there is no such file", "check the path");
    desk.tell(Msg::FileRead { purpose, outcome: Err(trouble) });
    assert!(desk.error().contains("check the path"), "{}", desk.error());
}

#[test]
fn tabs_are_clients_of_their_own() {
    let (mut desk, conn) = connected();
    desk.press("esc n");
    assert_eq!(desk.state.client.tabs.len(), 2);
    desk.type_text("from two");
    desk.press("enter");
    let second = desk.node("client-2");
    assert!(matches!(&desk.commands()[..], [NetCommand::Connect(node, _)] if *node == second));
    desk.connected("client-2", ECHO);
    assert_eq!(desk.commands(), [send(&desk, "client-2", b"from two\n")]);
    desk.press("esc ]");
    assert_eq!(payload(&desk), "hello");
    desk.press("[ D");
    assert_eq!(desk.commands(), [NetCommand::Stop(second)]);
    assert_eq!(desk.state.client.tabs.len(), 1);
    desk.net_at(second, desk.now, NetFact::Stopped);
    desk.received("client", conn, "kept");
    desk.press("D i enter n");
    assert_eq!(desk.state.client.tabs.len(), 1, "n makes one when there is none");
}

#[test]
fn payloads_are_saved_under_names_and_taken_again() {
    let (mut desk, _) = connected();
    desk.press("esc b");
    assert!(desk.state.overlay.is_none());
    for (name, text) in [("first", "one"), ("second", "two"), ("first", "three")] {
        desk.press("i");
        desk.retype(text);
        desk.press("esc w");
        desk.fill("name", name);
        desk.press("enter");
    }
    assert_eq!(desk.state.client.saved.all().len(), 2, "the same name again replaces");
    desk.press("b");
    assert!(matches!(desk.state.overlay, Some(Overlay::Saved(0))));
    desk.press("down enter");
    assert_eq!(payload(&desk), "three");
    assert_eq!(desk.state.client.current().unwrap().draft, Draft::Edited);
}

#[test]
fn saved_payloads_are_kept_in_their_file_and_a_damaged_one_is_set_aside() {
    for (text, is_whole) in [(None, true), (Some("[]"), true), (Some("[{"), false)] {
        let mut desk = Desk::empty();
        let kept = KeptFile { path: "/data/payloads.json".into(), text: Ok(text.map(str::to_owned)) };
        desk.tell(Msg::Kept(Box::new(Kept { payloads: Some(kept), ..Kept::default() })));
        let aside =
            Effect::SetAside { path: "/data/payloads.json".into(), aside: "/data/payloads.json.damaged".into() };
        assert_eq!(desk.effects().contains(&aside), !is_whole);
        assert_eq!(desk.error().contains("/data/payloads.json.damaged"), !is_whole, "{}", desk.error());
        desk.tell(Msg::Started);
        desk.effects();
        desk.press("esc w");
        desk.fill("name", "greeting");
        desk.press("enter");
        let is_file =
            |effect: &Effect| matches!(effect, Effect::KeepFile { path, .. } if path.ends_with("payloads.json"));
        assert!(desk.effects().iter().any(is_file));
        assert_eq!(desk.notice(), "saved as greeting");
        assert_eq!(desk.state.client.saved.all().len(), 1);
    }
}

#[test]
fn payloads_that_cannot_be_read_are_not_written_over() {
    let mut desk = Desk::empty();
    let trouble = Trouble::new("read", "/data/payloads.json", "permission denied", "");
    let kept = KeptFile { path: "/data/payloads.json".into(), text: Err(trouble) };
    desk.tell(Msg::Kept(Box::new(Kept { payloads: Some(kept), ..Kept::default() })));
    assert!(desk.error().contains("permission denied"), "{}", desk.error());
    desk.tell(Msg::Started);
    desk.press("esc w");
    desk.fill("name", "greeting");
    desk.effects();
    desk.press("enter");
    assert_eq!(desk.effects(), []);
}

#[test]
fn settings_hold_from_the_next_connection_on() {
    let (mut desk, _) = connected();
    desk.press("esc o");
    assert!(matches!(desk.form().purpose, Purpose::ClientSettings(_)));
    desk.fill("TTL", "300");
    desk.press("enter");
    assert!(desk.form().problem.as_deref().is_some_and(|problem| problem.contains("255")));
    desk.fill("TTL", "4");
    desk.fill("own address", ":5000");
    desk.fill("TLS ALPN", "h2, http/1.1");
    desk.press("enter enter");
    let commands = desk.commands();
    let [NetCommand::Connect(_, spec)] = &commands[..] else { panic!("it connects anew: {commands:?}") };
    assert_eq!((spec.source.as_deref(), spec.cast.ttl), (Some(":5000"), Some(4)));
    assert_eq!((&spec.tls.alpn[..], spec.tls.verification), (&["h2".into(), "http/1.1".into()][..], Verification::On));
}

#[test]
fn the_payload_is_edited_in_an_editor() {
    let (mut desk, _) = connected();
    let purpose = EditUse::Payload(desk.node("client"));
    desk.press("esc e");
    assert_eq!(desk.effects(), [Effect::Edit { text: "hello".into(), purpose }]);
    desk.tell(Msg::Edited { purpose, outcome: Ok("edited".into()) });
    assert_eq!(payload(&desk), "edited");
    desk.press("i");
    desk.type_text("!");
    assert_eq!(payload(&desk), "edited!");
}

#[test]
fn the_conversation_is_followed_alone() {
    let (mut desk, conn) = connected();
    desk.press("esc g");
    assert_eq!(desk.state.focus, PaneId::Traffic);
    assert_eq!(desk.state.traffic.only, desk.state.world.flow_of(conn));
}

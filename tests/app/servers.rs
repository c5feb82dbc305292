//! The servers pane: servers made, changed, started and stopped, and their clients answered.

use std::time::Duration;

use bytes::Bytes;
use wirelab::app::Effect;
use wirelab::app::form::Entry;
use wirelab::app::overlay::Overlay;
use wirelab::app::pane::{PaneId, servers};
use wirelab::app::world::Server;
use wirelab::contract::{NetCommand, NetFact, ServerSpec, To, WhenTaken};
use wirelab::model::{Closing, ConnId, Endpoint, Scheme, ServerLife, Trouble};

use crate::desk::{Desk, ip};

/// The built-in lab with the keys in the servers pane.
fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.press("esc 1");
    desk
}

fn server<'d>(desk: &'d Desk, name: &str) -> &'d Server {
    desk.state.world.server(desk.node(name)).expect("it is a server")
}

fn spec(listen: &str, behaviour: &str, argument: &str) -> ServerSpec {
    let listen = Endpoint::parse(listen, Scheme::Tcp).expect("it is written right");
    ServerSpec { listen, behaviour: behaviour.into(), argument: argument.into(), when_taken: WhenTaken::Fail }
}

fn choose(desk: &mut Desk, behaviour: &str) {
    let at = desk.form().fields.iter().position(|field| field.label == "behaviour").expect("it asks for one");
    while desk.form().at != at {
        desk.press("tab");
    }
    while desk.form().text("behaviour") != behaviour {
        desk.press("right");
    }
}

#[test]
fn the_built_in_lab_asks_for_its_servers_and_waits_with_the_chat() {
    let mut desk = Desk::empty();
    desk.tell(wirelab::app::Msg::Started);
    let serves = |command: &NetCommand| matches!(command, NetCommand::Serve(_, spec) if spec.when_taken == WhenTaken::PickAnother);
    let commands = desk.commands();
    assert_eq!(commands.len(), 3);
    assert!(commands.iter().all(serves), "the built-in lab always comes up: {commands:?}");
    assert_eq!(server(&desk, "echo").life, ServerLife::Starting);
    assert_eq!(server(&desk, "chat").life, ServerLife::Stopped);
    assert_eq!(desk.state.focus, PaneId::Client);
}

#[test]
fn a_new_server_is_typed_in_and_started() {
    let mut desk = desk();
    desk.press("n");
    desk.fill("listen", "udp://127.0.0.1:9000");
    choose(&mut desk, "reply");
    desk.fill("with", "Hello, World!\\n");
    desk.fill("name", "greeter");
    desk.press("enter");
    assert!(desk.state.overlay.is_none());
    let id = desk.node("greeter");
    let asked = spec("udp://127.0.0.1:9000", "reply", "Hello, World!\\n");
    assert_eq!(desk.commands(), [NetCommand::Serve(id, asked)]);
    assert_eq!(servers::current(&desk.state).map(|server| server.id), Some(id), "the cursor is on it");
}

#[test]
fn a_server_without_a_name_is_called_after_its_behaviour() {
    let mut desk = desk();
    desk.press("n enter");
    assert_eq!(server(&desk, "echo-2").spec.behaviour, "echo");
}

#[test]
fn says_what_is_wrong_while_it_is_typed() {
    let mut desk = desk();
    desk.press("n");
    assert_eq!(desk.form().problem, None, "what stands there first is right");
    desk.fill("listen", "tcp://127.0.0.1:99999");
    let problem = desk.form().problem.clone().unwrap_or_default();
    assert!(problem.contains("65535"), "{problem}");
    desk.fill("listen", "tcp://127.0.0.1:9000");
    assert_eq!(desk.form().problem, None);
    choose(&mut desk, "files");
    let problem = desk.form().problem.clone().unwrap_or_default();
    assert!(problem.contains("http://"), "files answers HTTP: {problem}");
}

#[test]
fn a_form_handed_in_wrong_stays_with_all_that_was_typed() {
    let mut desk = desk();
    desk.press("n");
    desk.fill("name", "mine");
    desk.fill("listen", "gopher://x:70");
    desk.fill("with", "something");
    desk.press("enter");
    let form = desk.form();
    assert!(form.problem.as_deref().is_some_and(|problem| problem.contains("tcp")), "{:?}", form.problem);
    assert_eq!((form.text("name"), form.text("listen"), form.text("with")), ("mine", "gopher://x:70", "something"));
    assert_eq!(desk.commands(), []);
    assert_eq!(desk.state.world.servers.len(), 4);
}

#[test]
fn a_pasted_text_of_several_lines_fits_where_lines_are_taken() {
    let mut desk = desk();
    desk.press("n");
    desk.fill("with", "");
    desk.paste("^A => 1\r\n^B => 2");
    assert_eq!(desk.form().text("with"), "^A => 1\n^B => 2");
    desk.fill("name", "");
    desk.paste("two\nlines");
    assert_eq!(desk.form().text("name"), "two\\nlines", "a name is one line");
}

#[test]
fn a_letter_chooses_and_pastes_do_not_disturb_a_choice() {
    let mut desk = desk();
    desk.press("n");
    choose(&mut desk, "echo");
    desk.type_text("d");
    assert_eq!(desk.form().text("behaviour"), "discard");
    desk.paste("chat");
    assert_eq!(desk.form().text("behaviour"), "discard");
    let is_choice = |field: &wirelab::app::form::Field| matches!(field.entry, Entry::Choice(..));
    assert!(desk.form().fields.iter().any(is_choice));
}

#[test]
fn a_changed_server_is_started_anew() {
    let mut desk = desk();
    desk.press("e");
    choose(&mut desk, "discard");
    desk.press("enter");
    let id = desk.node("echo");
    let commands = desk.commands();
    let is_new = |spec: &ServerSpec| spec.behaviour == "discard" && spec.listen.port() == Some(7001);
    assert!(
        matches!(&commands[..], [NetCommand::Stop(stopped), NetCommand::Serve(started, spec)]
        if *stopped == id && *started == id && is_new(spec)),
        "{commands:?}"
    );
    assert_eq!(server(&desk, "echo").life, ServerLife::Starting);
}

#[test]
fn a_server_edited_without_a_change_goes_on_undisturbed() {
    let mut desk = desk();
    desk.press("e enter");
    assert_eq!(desk.commands(), [], "its clients would be disconnected for nothing");
    desk.press("e");
    desk.fill("name", "parrot");
    desk.press("enter");
    assert_eq!(desk.commands(), [], "a name is no reason to stop it");
    assert!(matches!(server(&desk, "parrot").life, ServerLife::Listening(_)));
}

#[test]
fn a_stopped_server_that_is_edited_stays_stopped() {
    let mut desk = desk();
    desk.press("G down down down e");
    assert!(desk.form().title.contains("chat"), "{}", desk.form().title);
    desk.fill("listen", "tcp://127.0.0.1:7777");
    desk.press("enter");
    assert_eq!(desk.commands(), []);
    assert_eq!(server(&desk, "chat").life, ServerLife::Stopped);
}

#[test]
fn starts_stops_and_starts_again_and_a_late_word_does_not_revive_it() {
    let mut desk = desk();
    let id = desk.node("echo");
    desk.press("s");
    assert_eq!(desk.commands(), [NetCommand::Stop(id)]);
    assert_eq!(server(&desk, "echo").life, ServerLife::Stopping);
    desk.listens("echo", "127.0.0.1:7001");
    assert_eq!(server(&desk, "echo").life, ServerLife::Stopping, "that word was late");
    desk.stopped("echo");
    assert_eq!(server(&desk, "echo").life, ServerLife::Stopped);
    desk.press("space");
    assert!(matches!(&desk.commands()[..], [NetCommand::Serve(node, _)] if *node == id));
    desk.listens("echo", "127.0.0.1:7001");
    assert_eq!(server(&desk, "echo").life, ServerLife::Listening(ip("127.0.0.1:7001")));
}

#[test]
fn a_restart_ends_listening_though_the_old_run_s_words_come_late() {
    let mut desk = desk();
    desk.press("s");
    desk.stopped("echo");
    desk.press("s r");
    desk.listens("echo", "127.0.0.1:7001");
    assert_eq!(server(&desk, "echo").life, ServerLife::Starting, "the run that listened is being stopped");
    desk.stopped("echo");
    assert_eq!(server(&desk, "echo").life, ServerLife::Starting);
    desk.listens("echo", "127.0.0.1:7001");
    assert_eq!(server(&desk, "echo").life, ServerLife::Listening(ip("127.0.0.1:7001")));
}

#[test]
fn a_port_taken_is_complained_of_with_the_way_out() {
    let mut desk = desk();
    desk.press("n enter");
    let remedy = "choose another port, or 0 for any free one";
    let trouble = Trouble::new("bind", "127.0.0.1:7004", "another program uses this port", remedy);
    desk.net("echo-2", NetFact::Failed(trouble.clone()));
    let error = desk.error().to_owned();
    for word in ["echo-2", "bind", "127.0.0.1:7004", "another program", "choose another port"] {
        assert!(error.contains(word), "{word} is missing: {error}");
    }
    assert_eq!(server(&desk, "echo-2").life, ServerLife::Failed(trouble));
    desk.passes(Duration::from_mins(1));
    assert_eq!(desk.error(), error, "an error stays until it is read");
    desk.press("esc");
    assert_eq!(desk.error(), "");
    desk.press("s");
    assert_eq!(server(&desk, "echo-2").life, ServerLife::Starting, "it can be tried again");
}

#[test]
fn what_pointed_at_a_taken_port_follows_to_the_one_that_was_picked() {
    let mut desk = Desk::empty();
    desk.tell(wirelab::app::Msg::Started);
    desk.listens("echo", "127.0.0.1:45001");
    assert!(desk.notice().contains("7001") && desk.notice().contains("45001"), "{}", desk.notice());
    assert_eq!(desk.state.client.current().unwrap().target.text(), "tcp://127.0.0.1:45001");
    desk.listens("web", "127.0.0.1:45002");
    assert_eq!(desk.state.http.url.text(), "http://127.0.0.1:45002/");
}

#[test]
fn what_points_elsewhere_stays_when_a_port_was_picked() {
    let mut desk = Desk::empty();
    desk.tell(wirelab::app::Msg::Started);
    desk.press("esc t");
    desk.retype("tcp://127.0.0.1:9999");
    desk.listens("echo", "127.0.0.1:45001");
    assert_eq!(desk.state.client.current().unwrap().target.text(), "tcp://127.0.0.1:9999");
}

#[test]
fn a_name_is_given_once() {
    let mut desk = desk();
    desk.press("R");
    desk.fill("name", "web");
    desk.press("enter");
    assert!(desk.form().problem.as_deref().is_some_and(|problem| problem.contains("web")));
    desk.fill("name", "client");
    desk.press("enter");
    assert!(desk.form().problem.is_some(), "a client has that name");
    desk.fill("name", "");
    desk.press("enter");
    assert!(desk.form().problem.is_some(), "no name is no name");
    desk.fill("name", "echo");
    desk.press("enter");
    assert!(desk.state.overlay.is_none(), "its own name it may keep");
}

#[test]
fn removing_asks_first_and_says_who_would_be_disconnected() {
    let mut desk = desk();
    desk.guest("echo");
    desk.press("x");
    let Some(Overlay::Ask(_, words)) = &desk.state.overlay else { panic!("it asks") };
    assert!(words.contains("echo") && words.contains("client"), "{words}");
    desk.press("n");
    assert_eq!((desk.commands(), desk.state.world.servers.len()), (vec![], 4));
    let id = desk.node("echo");
    desk.press("x y");
    assert_eq!(desk.commands(), [NetCommand::Stop(id)]);
    assert_eq!(desk.state.world.servers.len(), 3);
    desk.net_at(id, desk.now, NetFact::Stopped);
    assert_eq!(servers::current(&desk.state).map(|server| server.name.as_str()), Some("echo-udp"));
}

#[test]
fn the_last_server_removed_leaves_a_pane_that_still_takes_keys() {
    let mut desk = desk();
    for _ in 0..4 {
        desk.press("x y");
    }
    desk.press("enter s e r R x a c up down esc");
    assert!(desk.state.world.servers.is_empty());
    desk.press("n enter");
    assert_eq!(desk.state.world.servers.len(), 1);
}

#[test]
fn calling_a_server_points_the_right_pane_at_where_it_really_is() {
    let mut desk = desk();
    desk.press("down down c");
    assert_eq!((desk.state.focus, desk.state.http.url.text()), (PaneId::Http, "http://127.0.0.1:8080/"));
    desk.press("esc 1 up c");
    assert_eq!(desk.state.focus, PaneId::Client);
    assert_eq!(desk.state.client.current().unwrap().target.text(), "udp://127.0.0.1:7002");
    desk.press("esc 1 n");
    desk.fill("listen", "tcp://0.0.0.0:0");
    desk.press("enter");
    desk.listens("echo-2", "0.0.0.0:41000");
    desk.press("c");
    assert_eq!(desk.state.client.current().unwrap().target.text(), "tcp://127.0.0.1:41000");
}

/// The clients of the echo server: three, the newest first, with the keys.
fn clients() -> (Desk, [ConnId; 3]) {
    let mut desk = desk();
    let conns = [desk.guest("echo"), desk.guest("echo"), desk.guest("echo")];
    desk.press("enter");
    (desk, conns)
}

#[test]
fn a_reply_goes_to_the_client_under_the_cursor() {
    let (mut desk, conns) = clients();
    desk.press("down enter");
    desk.type_text("hi\\t");
    desk.press("enter");
    let id = desk.node("echo");
    assert_eq!(desk.commands(), [NetCommand::Send(id, To::One(conns[1]), Bytes::from_static(b"hi\t\n"))]);
    desk.press("enter");
    desk.type_text("\\q");
    desk.press("enter");
    assert!(desk.form().problem.is_some(), "that is no escape");
    assert_eq!(desk.form().text("text"), "\\q");
}

#[test]
fn a_text_goes_to_all_clients_from_either_list() {
    let (mut desk, _) = clients();
    let all = [NetCommand::Send(desk.node("echo"), To::All, Bytes::from_static(b"all\n"))];
    desk.press("a");
    desk.type_text("all");
    desk.press("enter");
    assert_eq!(desk.commands(), all);
    desk.press("esc a");
    desk.type_text("all");
    desk.press("enter");
    assert_eq!(desk.commands(), all);
    desk.press("down a");
    assert!(desk.state.overlay.is_none());
    assert!(desk.notice().contains("no clients"), "{}", desk.notice());
}

#[test]
fn a_client_is_closed_or_reset_and_its_end_stays_in_sight() {
    let (mut desk, conns) = clients();
    let id = desk.node("echo");
    desk.press("f");
    assert_eq!(desk.commands(), [NetCommand::Close(id, To::One(conns[2]))]);
    desk.press("down x");
    assert_eq!(desk.commands(), [NetCommand::Reset(id, To::One(conns[1]))]);
    desk.closed("echo", conns[1], Closing::ResetByUs);
    let order: Vec<ConnId> = servers::clients(server(&desk, "echo")).map(|client| client.conn).collect();
    assert_eq!(order, [conns[2], conns[0], conns[1]], "open ones first, the newest on top");
    desk.press("down down x");
    assert_eq!(desk.commands(), [], "it has ended already");
    assert!(desk.notice().contains("ended"), "{}", desk.notice());
}

#[test]
fn the_cursor_stays_on_its_client_while_others_come_and_go() {
    let (mut desk, conns) = clients();
    desk.press("down");
    let chosen = |desk: &Desk| servers::current_client(&desk.state).map(|client| client.conn);
    assert_eq!(chosen(&desk), Some(conns[1]));
    desk.guest("echo");
    assert_eq!(chosen(&desk), Some(conns[1]), "a newer one came above it");
    desk.closed("echo", conns[2], Closing::Orderly);
    assert_eq!(chosen(&desk), Some(conns[1]), "one above it ended");
    desk.closed("echo", conns[1], Closing::Orderly);
    assert_eq!(chosen(&desk), Some(conns[1]), "it ended itself");
}

#[test]
fn a_client_s_conversation_is_followed_alone() {
    let (mut desk, conns) = clients();
    desk.received("echo", conns[0], "mine");
    desk.received("echo", conns[2], "other");
    desk.press("down down o");
    assert_eq!(desk.state.focus, PaneId::Traffic);
    assert_eq!(desk.state.traffic.only, desk.state.world.flow_of(conns[0]));
    let state = desk.look();
    assert_eq!(state.traffic.count(&state.timeline()), 2, "its opening and its data");
}

#[test]
fn backs_out_of_the_clients_level_by_level() {
    let (mut desk, _) = clients();
    assert!(desk.state.servers.is_on_clients());
    desk.press("z esc");
    assert!(!desk.state.servers.is_on_clients());
    assert_eq!(desk.effects(), Vec::<Effect>::new());
}

#[test]
fn a_server_open_to_the_network_is_shown_as_such() {
    let mut desk = desk();
    assert!(!server(&desk, "echo").is_open_to_the_network());
    desk.press("n");
    desk.fill("listen", "tcp://0.0.0.0:7005");
    desk.press("enter");
    desk.listens("echo-2", "0.0.0.0:7005");
    assert!(server(&desk, "echo-2").is_open_to_the_network());
}

#[test]
fn a_behaviour_is_chosen_by_its_first_letters_and_follows_what_the_address_speaks() {
    let mut desk = Desk::new();
    desk.press("esc 1 n");
    desk.fill("listen", "http://127.0.0.1:0");
    assert_eq!(desk.form().text("behaviour"), "files", "echo answers no HTTP");
    desk.press("tab");
    desk.type_text("routes");
    assert_eq!(desk.form().text("behaviour"), "routes");
    desk.type_text("f");
    assert_eq!(desk.form().text("behaviour"), "files", "a letter that goes on with nothing begins anew");
}

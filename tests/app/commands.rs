//! Commands by name: the command line, its completion and history, keys pressed one after another, the user's own keys.

use std::time::Duration;

use wirelab::app::command_line::CommandLine;
use wirelab::app::overlay::Overlay;
use wirelab::app::pane::PaneId;
use wirelab::app::{Kept, KeptFile, Msg};
use wirelab::contract::NetCommand;

use crate::desk::Desk;

/// Runs a line of the command line.
fn run(desk: &mut Desk, line: &str) {
    desk.press("esc :");
    desk.type_text(line);
    desk.press("enter");
}

fn line(desk: &Desk) -> &CommandLine {
    match &desk.state.overlay {
        Some(Overlay::CommandLine(line)) => line,
        other => panic!("no command line is open, but {other:?}"),
    }
}

#[test]
fn a_server_is_made_and_started_by_a_line() {
    let mut desk = Desk::new();
    run(&mut desk, "serve tcp://:7005 chat");
    let server = desk.state.world.servers.last().expect("it was added");
    assert_eq!((server.name.as_str(), server.spec.behaviour.as_str()), ("chat-2", "chat"));
    assert_eq!(server.spec.listen.to_string(), "tcp://127.0.0.1:7005");
    assert!(matches!(desk.commands()[..], [NetCommand::Serve(..)]));
}

#[test]
fn the_rest_of_a_line_is_taken_as_it_is_written() {
    let mut desk = Desk::new();
    run(&mut desk, r"serve tcp://:7005 reply 'Hello, World!\r\n'");
    assert_eq!(desk.state.world.servers.last().map(|server| server.spec.argument.as_str()), Some(r"Hello, World!\r\n"));
    run(&mut desk, "send two  blanks");
    assert_eq!(desk.state.client.current().map(|tab| tab.payload.text()), Some("two  blanks"));
}

#[test]
fn a_client_connects_where_a_line_says_and_leaves_a_connection_alone() {
    let mut desk = Desk::new();
    run(&mut desk, "connect udp://127.0.0.1:7002");
    assert_eq!(desk.state.client.tabs.len(), 1, "the client that was idle is used");
    assert_eq!(desk.state.client.current().map(|tab| tab.target.text()), Some("udp://127.0.0.1:7002"));
    desk.connects("client", "echo-udp");
    run(&mut desk, "connect 127.0.0.1:7001");
    assert_eq!(desk.state.client.tabs.len(), 2);
    assert_eq!(desk.state.client.tabs[0].target.text(), "udp://127.0.0.1:7002");
}

#[test]
fn a_server_is_named_by_a_line() {
    let mut desk = Desk::new();
    run(&mut desk, "server-start-stop web");
    assert!(!desk.state.world.servers[2].life.is_wanted());
    run(&mut desk, "server-start-stop wbe");
    assert!(line(&desk).problem.as_deref().is_some_and(|why| why.contains("did you mean web?")));
}

#[test]
fn a_request_is_sent_by_a_line() {
    let mut desk = Desk::new();
    run(&mut desk, "http http://127.0.0.1:8080/a");
    run(&mut desk, "http DELETE http://127.0.0.1:8080/b");
    let sent: Vec<(String, String)> = desk
        .commands()
        .into_iter()
        .filter_map(|command| if let NetCommand::Fetch(_, _, it) = command { Some((it.method, it.url)) } else { None })
        .collect();
    let wanted = [("GET", "http://127.0.0.1:8080/a"), ("DELETE", "http://127.0.0.1:8080/b")];
    assert_eq!(sent, wanted.map(|(method, url)| (method.to_owned(), url.to_owned())));
}

#[test]
fn what_is_wrong_with_a_line_is_told_and_the_line_stays() {
    let mut desk = Desk::new();
    for (written, told) in [
        ("serv", None),
        ("srve tcp://:7005", Some("did you mean serve?")),
        ("serve tcp://:7005 chta", Some("did you mean chat?")),
        ("serve nonsense://x", Some("nonsense")),
        ("zoom 3", Some("takes nothing behind it")),
        ("http-cancel", Some("no request is under way")),
    ] {
        run(&mut desk, written);
        match told {
            Some(words) => {
                assert!(
                    line(&desk).problem.as_deref().is_some_and(|why| why.contains(words)),
                    "{written}: {desk:?}",
                    desk = line(&desk)
                );
                assert_eq!(line(&desk).field.text(), written);
                desk.press("esc");
            }
            None => desk.press("esc"),
        }
    }
}

#[test]
fn tab_completes_commands_and_what_they_take() {
    let mut desk = Desk::new();
    desk.press("esc :");
    desk.type_text("serv");
    desk.press("tab");
    assert_eq!(line(&desk).field.text(), "serve");
    desk.press("tab");
    assert!(line(&desk).field.text().starts_with("server-"), "the next offer");
    desk.retype("connect u");
    desk.press("tab");
    assert_eq!(line(&desk).field.text(), "connect udp://127.0.0.1:7002", "of the servers that are there");
    desk.retype("serve tcp://:1 delay-");
    assert_eq!(line(&desk).offers, Vec::<String>::new());
    desk.retype("serve http://:1 fil");
    desk.press("tab");
    assert_eq!(line(&desk).field.text(), "serve http://:1 files ", "an only offer goes on to what comes next");
}

#[test]
fn lines_run_before_come_back_by_their_beginning() {
    let mut desk = Desk::new();
    run(&mut desk, "connect 127.0.0.1:7001");
    run(&mut desk, "filter hello");
    run(&mut desk, "connect udp://127.0.0.1:7002");
    desk.press("esc : up up");
    assert_eq!(line(&desk).field.text(), "filter hello");
    desk.retype("con");
    desk.press("up up up down");
    assert_eq!(line(&desk).field.text(), "connect udp://127.0.0.1:7002");
    desk.press("down");
    assert_eq!(line(&desk).field.text(), "con", "what was typed is not lost");
}

#[test]
fn a_prefix_shows_what_can_follow_after_a_moment() {
    let mut desk = Desk::new();
    desk.screen();
    desk.press("esc 4 ctrl-w");
    let words = "go to the pane at the left";
    assert!(!desk.screen().join("\n").contains(words), "hands that know are not disturbed");
    desk.passes(Duration::from_secs(1));
    assert!(desk.screen().join("\n").contains(words));
    desk.press("h");
    assert_eq!(desk.state.focus, PaneId::Client, "it stands beside");
    assert!(!desk.screen().join("\n").contains(words));
}

#[test]
fn a_prefix_and_a_key_that_means_nothing_do_nothing() {
    let mut desk = Desk::new();
    desk.press("esc 4 ctrl-w x");
    assert_eq!(desk.notice(), "^W x means nothing");
    assert_eq!(desk.commands(), []);
    desk.press("1");
    assert_eq!(desk.state.focus, PaneId::Servers, "the next key counts again");
}

#[test]
fn panes_are_gone_to_by_where_they_stand() {
    let mut desk = Desk::new();
    desk.screen();
    desk.press("esc 4 ctrl-w j");
    assert_eq!(desk.state.focus, PaneId::Inspector);
    desk.press("ctrl-w left");
    assert_eq!(desk.state.focus, PaneId::Http);
    desk.press("esc ctrl-w k");
    assert_eq!(desk.state.focus, PaneId::Client);
}

fn configured(text: &str) -> Desk {
    let mut desk = Desk::empty();
    let config = KeptFile { path: "/config/wirelab/config.toml".into(), text: Ok(Some(text.into())) };
    desk.tell(Msg::Kept(Box::new(Kept { config: Some(config), ..Kept::default() })));
    desk.tell(Msg::Started);
    desk
}

#[test]
fn the_user_s_keys_count_and_are_shown_everywhere() {
    let mut desk = configured("[keys]\nzoom = \"ctrl-g z\"\n");
    desk.press("esc 4 z");
    assert_eq!(desk.state.zoom, wirelab::app::Zoom::Off);
    assert!(desk.screen().last().expect("a footer").contains("^G z zoom"));
    desk.press("ctrl-g z");
    assert_eq!(desk.state.zoom, wirelab::app::Zoom::On);
    desk.press("? /");
    desk.type_text("fill the screen");
    assert!(desk.screen().join("\n").contains("^G z"));
}

#[test]
fn what_is_wrong_in_the_config_is_told_and_the_program_starts() {
    let mut desk = configured("[keys]\nzom = 'x'\nquit = 'z'\n");
    assert_eq!(
        desk.error(),
        "/config/wirelab/config.toml, line 2, column 1: there is no command \"zom\"; did you mean zoom?"
    );
    desk.press("esc 4 esc");
    assert!(desk.error().contains("line 3, column 1: z is zoom's already"), "{}", desk.error());
    assert_eq!(desk.state.world.servers.len(), 4);
}

#[test]
fn what_was_cut_in_one_field_is_put_into_another() {
    let mut desk = Desk::new();
    desk.retype("a payload");
    desk.press("ctrl-u esc t ctrl-u ctrl-y");
    assert_eq!(desk.state.client.current().map(|tab| tab.target.text()), Some("tcp://127.0.0.1:7001"));
    desk.press("ctrl-_");
    assert_eq!(desk.state.client.current().map(|tab| tab.target.text()), Some(""));
}

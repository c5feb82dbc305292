//! The address tool: typing takes apart, ⏎ asks the resolver, rows are copied.

use std::net::IpAddr;

use wirelab::app::Effect;
use wirelab::app::Msg;
use wirelab::app::overlay::Overlay;
use wirelab::app::overlay::address::{self, Address, Answer};
use wirelab::contract::{NetCommand, NetEvent, NetFact};
use wirelab::model::{LookupId, NodeId, Trouble};

use crate::desk::Desk;

/// The tool, open with this typed.
fn opened(text: &str) -> Desk {
    let mut desk = Desk::new();
    desk.press("esc A");
    desk.type_text(text);
    desk
}

fn tool(desk: &Desk) -> &Address {
    match &desk.state.overlay {
        Some(Overlay::Address(tool)) => tool,
        other => panic!("the tool is not open, but {other:?}"),
    }
}

/// What was asked of the resolver since effects were last looked at.
fn asked(desk: &mut Desk) -> Vec<(NodeId, LookupId, String)> {
    let asked = |command| {
        if let NetCommand::LookUp(node, id, name) = command { Some((node, id, name)) } else { None }
    };
    desk.commands().into_iter().filter_map(asked).collect()
}

fn answers(desk: &mut Desk, (node, id): (NodeId, LookupId), outcome: Result<&[&str], Trouble>) {
    let outcome = outcome.map(|all| all.iter().map(|one| one.parse::<IpAddr>().expect("an address")).collect());
    let at = desk.now;
    desk.tell(Msg::Net(NetEvent { at, node, fact: NetFact::LookedUp(id, outcome) }));
}

fn shows(desk: &mut Desk, text: &str) {
    let screen = desk.draw((80, 24)).join("\n");
    assert!(screen.contains(text), "no {text:?} on\n{screen}");
}

#[test]
fn it_opens_on_the_address_the_pane_shows_and_a_letter_replaces_it() {
    for (keys, address) in [
        ("esc 1 A", "127.0.0.1:7001"),
        ("esc 2 esc A", "tcp://127.0.0.1:7001"),
        ("esc 3 esc A", "http://127.0.0.1:8080/"),
    ] {
        let mut desk = Desk::new();
        desk.press(keys);
        assert!(tool(&desk).field.text().ends_with(address), "{keys}: {}", tool(&desk).field.text());
        desk.type_text("::1");
        assert_eq!(tool(&desk).field.text(), "::1");
    }
    let mut desk = Desk::new();
    desk.press("esc 1 A left delete");
    assert!(tool(&desk).field.text().ends_with("127.0.0.1:700"), "a key that edits keeps it");
    desk.press("esc esc 1 A");
    desk.paste(" 10.0.0.1\n");
    assert!(tool(&desk).field.text().starts_with("10.0.0.1"), "{}", tool(&desk).field.text());
}

#[test]
fn no_letter_of_a_name_leaves_before_enter() {
    let mut desk = opened("secret.example");
    assert_eq!(desk.effects(), []);
    shows(&mut desk, "looks the name up; not before");
    desk.press("enter");
    let asked = asked(&mut desk);
    assert_eq!(asked.iter().map(|(_, _, name)| name.as_str()).collect::<Vec<_>>(), ["secret.example"]);
    shows(&mut desk, "looking up secret.example …");
}

#[test]
fn the_answer_is_listed_and_can_be_copied() {
    let mut desk = opened("localhost:80");
    desk.press("enter");
    let question = asked(&mut desk)[0].clone();
    assert_eq!(question.2, "localhost");
    answers(&mut desk, (question.0, question.1), Ok(&["127.0.0.1", "::1"]));
    shows(&mut desk, "IPv6  ::1");
    desk.press("down enter");
    assert_eq!(desk.effects(), [Effect::Copy("127.0.0.1".into())]);
    assert!(tool(&desk).at == Some(0), "it stays open");
}

#[test]
fn a_failure_is_told_in_plain_words() {
    let mut desk = opened("nowhere.invalid");
    desk.press("enter");
    let question = asked(&mut desk)[0].clone();
    let trouble = Trouble::new("resolve", "nowhere.invalid", "Name or service not known", "check the name's spelling");
    answers(&mut desk, (question.0, question.1), Err(trouble));
    shows(&mut desk, "Name or service not known");
    shows(&mut desk, "check the name's spelling");
    assert_eq!(desk.error(), "", "it is told where one looks");
}

#[test]
fn an_answer_to_what_stood_there_before_is_ignored() {
    let mut desk = opened("one.example");
    desk.press("enter");
    let first = asked(&mut desk)[0].clone();
    desk.type_text("x");
    answers(&mut desk, (first.0, first.1), Ok(&["192.0.2.1"]));
    assert_eq!(tool(&desk).answer, Answer::NotAsked);
    desk.press("enter");
    let second = asked(&mut desk)[0].clone();
    assert_ne!(first.1, second.1);
    answers(&mut desk, (first.0, first.1), Ok(&["192.0.2.1"]));
    assert!(matches!(tool(&desk).answer, Answer::Awaited(..)));
    answers(&mut desk, (second.0, second.1), Ok(&["192.0.2.2"]));
    shows(&mut desk, "192.0.2.2");
}

#[test]
fn esc_gives_the_question_up_first_and_closes_then() {
    let mut desk = opened("one.example");
    desk.press("enter");
    let question = asked(&mut desk)[0].clone();
    desk.press("esc");
    assert_eq!(tool(&desk).answer, Answer::NotAsked);
    answers(&mut desk, (question.0, question.1), Ok(&["192.0.2.1"]));
    assert_eq!(tool(&desk).answer, Answer::NotAsked);
    desk.press("esc");
    assert!(desk.state.overlay.is_none());
    answers(&mut desk, (question.0, question.1), Ok(&["192.0.2.1"]));
}

#[test]
fn an_address_is_not_asked_for_but_its_rows_are_chosen_and_copied_without_their_remarks() {
    let mut desk = opened("127.1");
    desk.press("enter enter");
    assert_eq!(desk.effects(), [Effect::Copy("127.0.0.1".into())]);
    let at =
        tool(&desk).parts().iter().flat_map(|part| &part.facts).position(|fact| fact.name == "bytes").expect("bytes");
    for _ in 0..at {
        desk.press("down");
    }
    desk.press("enter");
    assert_eq!(desk.effects(), [Effect::Copy("7f 00 00 01".into())]);
    desk.type_text("0");
    assert_eq!((tool(&desk).field.text(), tool(&desk).at), ("127.10", None), "one types on at once");
}

#[test]
fn every_row_can_be_reached_on_a_small_screen() {
    for text in ["127.0.0.1", "fe80::1%lo", "10.0.0.0/8", "https://me:pw@example.org/a?b=c#d", "256.1.1.1"] {
        let mut desk = opened(text);
        let facts: Vec<_> = tool(&desk).parts().into_iter().flat_map(|part| part.facts).collect();
        for fact in &facts {
            desk.press("down");
            let screen = desk.draw((80, 24)).join("\n");
            let begin: String = fact.value.chars().take(12).collect();
            assert!(screen.contains(begin.trim()), "{text}: no {begin:?} on\n{screen}");
        }
        desk.press("down down pagedown");
        assert_eq!(tool(&desk).at, Some(facts.len() - 1), "{text}");
        for _ in 0..=facts.len() {
            desk.press("up");
        }
        assert_eq!(tool(&desk).at, None, "{text}: back in the field");
    }
}

#[test]
fn a_url_s_parts_never_act_on_the_terminal() {
    let mut desk = Desk::new();
    address::open(&mut desk.state, "http://h/%1b%5d0;x%07%e2%80%ae?a=%1b[2J");
    let screen = desk.screen().join("\n");
    assert!(screen.contains("\\e]0;x^G<202E>"), "{screen}");
    assert!(screen.contains("a = \\e[2J"), "{screen}");
}

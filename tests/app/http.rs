//! The HTTP pane: a request built from rows and fields, and its response as it arrives.

use std::time::Duration;

use bytes::Bytes;
use wirelab::app::pane::PaneId;
use wirelab::app::pane::http::{BodyKind, Life, Phase, Tab, View};
use wirelab::app::{Content, EditUse, Effect, Msg, WhenThere};
use wirelab::contract::{Beginning, ExchangeFact, HttpBody, HttpRequest, NetCommand, Verification};
use wirelab::model::{ExchangeId, Transport, Trouble};

use crate::desk::{Desk, STEP};

const URL: &str = "http://127.0.0.1:8080/";

/// The built-in lab with the keys in the URL.
fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.press("esc 3");
    desk
}

/// A row added to the tab shown.
fn add(desk: &mut Desk, name: &str, value: &str) {
    desk.press("a");
    desk.fill("name", name);
    desk.fill("value", value);
    desk.press("enter");
}

fn to_tab(desk: &mut Desk, tab: Tab) {
    while desk.state.http.tab != tab {
        desk.press("]");
    }
}

/// The request asked for, once, since effects were last looked at.
fn request(desk: &mut Desk) -> HttpRequest {
    let commands = desk.commands();
    let [NetCommand::Fetch(node, _, request)] = &commands[..] else { panic!("one request, not {commands:?}") };
    assert_eq!(*node, desk.state.http.node);
    request.clone()
}

fn head(status: u16, headers: &[(&str, &str)]) -> ExchangeFact {
    let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    ExchangeFact::Head { version: "HTTP/1.1", status, reason: "OK".into(), headers }
}

/// The lines of the response's body as shown.
fn lines(desk: &Desk) -> Vec<String> {
    let body = &desk.state.http.exchange.as_ref().expect("a request was sent").body;
    let lines = (0..body.lines()).filter_map(|at| body.line(at));
    lines.map(|line| String::from_utf8_lossy(line).trim_end().to_owned()).collect()
}

/// A whole response of that type.
fn answered(body: &'static str, media: &str) -> Desk {
    let mut desk = desk();
    desk.press("enter");
    let facts = [ExchangeFact::Started, ExchangeFact::Resolved, ExchangeFact::Connected, ExchangeFact::Sent];
    for fact in facts {
        desk.exchange(1, fact);
    }
    desk.exchange(1, head(200, &[("Content-Type", media)]));
    desk.exchange(1, ExchangeFact::Body(Bytes::from_static(body.as_bytes())));
    desk.exchange(1, ExchangeFact::Done);
    desk.press("esc");
    desk.effects();
    desk
}

#[test]
fn enter_sends_exactly_what_stands_there() {
    let mut desk = desk();
    desk.press("enter");
    let node = desk.state.http.node;
    let request = HttpRequest {
        method: "GET".into(),
        url: URL.into(),
        headers: vec![],
        body: HttpBody::Bytes(Bytes::new()),
        verification: Verification::On,
        patience: Duration::from_secs(30),
    };
    assert_eq!(desk.effects(), [Effect::Net(NetCommand::Fetch(node, ExchangeId(1), request))]);
}

#[test]
fn url_and_query_rows_stay_in_step() {
    let mut desk = desk();
    desk.press("end");
    desk.type_text("?q=caf%C3%A9&page=2");
    desk.press("esc");
    to_tab(&mut desk, Tab::Query);
    let rows = |desk: &Desk| -> Vec<(String, String, bool)> {
        desk.state.http.query.iter().map(|row| (row.name.clone(), row.value.clone(), row.is_on)).collect()
    };
    assert_eq!(rows(&desk), [("q".into(), "café".into(), true), ("page".into(), "2".into(), true)]);
    desk.press("space");
    assert_eq!(desk.state.http.url.text(), format!("{URL}?page=2"), "a row switched off leaves the URL");
    desk.press("space");
    assert_eq!(desk.state.http.url.text(), format!("{URL}?q=caf%C3%A9&page=2"));
    add(&mut desk, "x y", "a&b");
    assert_eq!(desk.state.http.url.text(), format!("{URL}?q=caf%C3%A9&page=2&x+y=a%26b"));
    desk.press("d");
    assert_eq!(desk.state.http.url.text(), format!("{URL}?q=caf%C3%A9&page=2"));
    desk.press("up e");
    desk.fill("value", "tea");
    desk.press("enter");
    assert_eq!(desk.state.http.url.text(), format!("{URL}?q=tea&page=2"));
}

#[test]
fn headers_are_sent_in_order_while_they_are_on() {
    let mut desk = desk();
    desk.press("esc");
    to_tab(&mut desk, Tab::Headers);
    add(&mut desk, "X-One", "1");
    add(&mut desk, "X-Two", "2");
    add(&mut desk, "X-Three", "3");
    desk.press("up space enter");
    let sent = request(&mut desk).headers;
    assert_eq!(sent, [("X-One".into(), "1".into()), ("X-Three".into(), "3".into())]);
}

#[test]
fn a_wrong_header_name_is_said_and_kept() {
    let mut desk = desk();
    desk.press("esc");
    to_tab(&mut desk, Tab::Headers);
    add(&mut desk, "not a name", "1");
    assert!(desk.form().problem.is_some());
    assert_eq!((desk.form().text("name"), desk.form().text("value")), ("not a name", "1"));
    desk.fill("name", "");
    desk.press("enter");
    assert!(desk.form().problem.is_some());
    desk.press("esc");
    assert!(desk.state.http.headers.is_empty());
}

#[test]
fn methods_go_round_and_any_token_can_be_typed() {
    let mut desk = desk();
    desk.press("esc m enter");
    assert_eq!(request(&mut desk).method, "POST");
    desk.press("M");
    desk.fill("method", "two words");
    desk.press("enter");
    assert!(desk.form().problem.is_some());
    desk.fill("method", "PROPFIND");
    desk.press("enter enter");
    assert_eq!(request(&mut desk).method, "PROPFIND");
    desk.press("m");
    assert_eq!(desk.state.http.method, "GET");
}

#[test]
fn a_text_body_is_typed_over_lines_and_names_its_type() {
    for (text, media) in [("{\"a\": 1}", "application/json"), ("<a/>", "application/xml"), ("hi", "text/plain")] {
        let mut desk = desk();
        desk.press("esc");
        to_tab(&mut desk, Tab::Body);
        desk.press("e");
        desk.type_text(text);
        desk.press("enter");
        desk.paste("q z");
        assert_eq!(desk.commands(), [], "enter is a line here, and letters are letters");
        desk.press("f5");
        let sent = request(&mut desk);
        assert_eq!(sent.body, HttpBody::Bytes(Bytes::from(format!("{text}\nq z"))));
        assert!(sent.headers[0].0 == "Content-Type" && sent.headers[0].1.starts_with(media), "{:?}", sent.headers);
    }
}

#[test]
fn a_content_type_of_one_s_own_is_kept() {
    let mut desk = desk();
    desk.press("esc");
    to_tab(&mut desk, Tab::Headers);
    add(&mut desk, "content-type", "text/x-own");
    to_tab(&mut desk, Tab::Body);
    desk.press("e");
    desk.type_text("x");
    desk.press("f5");
    assert_eq!(request(&mut desk).headers, [("content-type".into(), "text/x-own".into())]);
}

#[test]
fn a_form_body_is_encoded_and_a_file_body_is_named() {
    let mut desk = desk();
    desk.press("esc b");
    assert_eq!((desk.state.http.tab, desk.state.http.body.kind), (Tab::Body, BodyKind::Form));
    add(&mut desk, "a b", "1&2");
    add(&mut desk, "c", "3");
    desk.press("enter");
    let sent = request(&mut desk);
    assert_eq!(sent.body, HttpBody::Bytes(Bytes::from_static(b"a+b=1%262&c=3")));
    assert_eq!(sent.headers, [("Content-Type".into(), "application/x-www-form-urlencoded".into())]);
    desk.press("b enter");
    assert_eq!(desk.commands(), [], "no file is named");
    assert!(desk.error().contains("file"), "{}", desk.error());
    desk.press("e");
    desk.fill("file", "/tmp/photo.png");
    desk.press("enter enter");
    let sent = request(&mut desk);
    assert_eq!(sent.body, HttpBody::File("/tmp/photo.png".into()));
    assert_eq!(sent.headers, [("Content-Type".into(), "image/png".into())]);
}

#[test]
fn the_body_is_edited_in_an_editor() {
    let mut desk = desk();
    desk.press("esc E");
    assert_eq!(desk.effects(), [Effect::Edit { text: String::new(), purpose: EditUse::HttpBody }]);
    desk.tell(Msg::Edited { purpose: EditUse::HttpBody, outcome: Ok("one\ntwo".into()) });
    desk.press("f5");
    assert_eq!(request(&mut desk).body, HttpBody::Bytes(Bytes::from_static(b"one\ntwo")));
}

#[test]
fn a_wrong_url_is_said_and_nothing_is_sent() {
    let mut desk = desk();
    desk.retype("ftp://example.org/");
    desk.press("enter");
    assert_eq!(desk.commands(), []);
    assert!(desk.error().contains("http://"), "{}", desk.error());
    desk.retype(":8080/x");
    desk.press("enter");
    assert_eq!(request(&mut desk).url, "http://127.0.0.1:8080/x");
}

#[test]
fn phases_follow_the_facts_and_have_their_lengths() {
    let mut desk = desk();
    desk.press("enter");
    let phase = |desk: &Desk| desk.state.http.exchange.as_ref().map(|exchange| exchange.life.clone());
    desk.exchange(1, ExchangeFact::Started);
    assert_eq!(phase(&desk), Some(Life::Running(Phase::Resolve)));
    desk.exchange(1, ExchangeFact::Resolved);
    assert_eq!(phase(&desk), Some(Life::Running(Phase::Connect)));
    desk.exchange(1, ExchangeFact::Connected);
    desk.exchange(1, ExchangeFact::Sent);
    assert_eq!(phase(&desk), Some(Life::Running(Phase::Wait)));
    desk.passes(Duration::from_millis(500));
    desk.exchange(1, head(200, &[]));
    assert_eq!(phase(&desk), Some(Life::Running(Phase::Receive)));
    desk.exchange(1, ExchangeFact::Body(Bytes::from_static(b"body")));
    desk.exchange(1, ExchangeFact::Trailers(vec![("X-Sum".into(), "4".into())]));
    desk.exchange(1, ExchangeFact::Done);
    let exchange = desk.state.http.exchange.as_ref().unwrap();
    assert_eq!(exchange.life, Life::Done);
    let names: Vec<Phase> = exchange.phases().iter().map(|(phase, _)| *phase).collect();
    assert_eq!(names, [Phase::Resolve, Phase::Connect, Phase::Send, Phase::Wait, Phase::Receive]);
    assert_eq!(exchange.phases()[3].1, Duration::from_millis(500) + STEP);
    assert_eq!(exchange.total(), exchange.phases().iter().map(|(_, length)| *length).sum::<Duration>());
    assert_eq!(exchange.trailers, [("X-Sum".into(), "4".into())]);
    assert_eq!(exchange.body.received, 4);
}

#[test]
fn over_https_the_handshake_is_a_phase_of_its_own() {
    let mut desk = desk();
    desk.retype("https://127.0.0.1:8443/");
    desk.press("enter");
    for fact in [ExchangeFact::Started, ExchangeFact::Resolved, ExchangeFact::Connected] {
        desk.exchange(1, fact);
    }
    let life = |desk: &Desk| desk.state.http.exchange.as_ref().map(|exchange| exchange.life.clone());
    assert_eq!(life(&desk), Some(Life::Running(Phase::Tls)), "it is agreed on now");
    desk.exchange(1, ExchangeFact::Secured(Some("http/1.1".into())));
    assert_eq!(life(&desk), Some(Life::Running(Phase::Send)));
    let phases =
        desk.state.http.exchange.as_ref().unwrap().phases().iter().map(|(phase, _)| *phase).collect::<Vec<_>>();
    assert_eq!(phases, [Phase::Resolve, Phase::Connect, Phase::Tls]);
}

#[test]
fn a_failure_after_the_head_leaves_what_had_come() {
    let mut desk = desk();
    desk.press("enter");
    desk.exchange(1, ExchangeFact::Started);
    desk.exchange(1, head(206, &[("Content-Length", "100")]));
    desk.exchange(1, ExchangeFact::Body(Bytes::from_static(b"half")));
    let trouble = Trouble::new("read", "127.0.0.1:8080", "the connection was reset", "try again");
    desk.exchange(1, ExchangeFact::Failed(trouble.clone()));
    desk.exchange(1, ExchangeFact::Done);
    let exchange = desk.state.http.exchange.as_ref().unwrap();
    assert_eq!(exchange.life, Life::Failed(trouble));
    assert_eq!(exchange.head.as_ref().map(|head| head.status), Some(206));
    assert_eq!(exchange.header("content-length"), Some("100"));
    assert_eq!(lines(&desk), ["half"]);
}

#[test]
fn a_request_is_given_up_and_what_had_come_stands() {
    let mut desk = desk();
    desk.press("ctrl-x");
    assert_eq!(desk.commands(), []);
    assert!(desk.notice().contains("no request"), "{}", desk.notice());
    desk.press("enter");
    desk.effects();
    desk.exchange(1, head(200, &[]));
    desk.exchange(1, ExchangeFact::Body(Bytes::from_static(b"half")));
    desk.press("ctrl-x");
    assert_eq!(desk.commands(), [NetCommand::CancelFetch(desk.state.http.node)]);
    desk.exchange(1, ExchangeFact::Cancelled);
    assert_eq!(desk.state.http.exchange.as_ref().unwrap().life, Life::Cancelled);
    assert_eq!(lines(&desk), ["half"]);
    desk.press("esc x");
    assert_eq!(desk.commands(), [], "there is nothing more to give up");
}

#[test]
fn what_an_older_exchange_still_tells_is_not_taken_for_the_newer() {
    let mut desk = desk();
    desk.press("enter enter");
    desk.exchange(1, head(500, &[]));
    desk.exchange(1, ExchangeFact::Body(Bytes::from_static(b"old")));
    desk.exchange(1, ExchangeFact::Cancelled);
    let exchange = desk.state.http.exchange.as_ref().unwrap();
    assert_eq!(exchange.id, ExchangeId(2));
    assert!(exchange.is_running() && exchange.head.is_none());
    assert_eq!(exchange.body.received, 0);
}

#[test]
fn a_response_is_seen_pretty_raw_and_as_hex() {
    let mut desk = answered("{\"a\":[1,2]}", "application/json");
    assert_eq!(desk.state.http.exchange.as_ref().unwrap().body.view, View::Pretty);
    assert!(lines(&desk).len() > 1, "{:?}", lines(&desk));
    desk.press("v");
    assert_eq!(lines(&desk), ["{\"a\":[1,2]}"]);
    desk.press("v");
    assert_eq!(desk.state.http.exchange.as_ref().unwrap().body.view, View::Hex);
    desk.press("v");
    assert!(lines(&desk).len() > 1);
}

#[test]
fn search_finds_while_it_is_typed_and_goes_on_and_back() {
    let mut desk = answered("alpha\nBeta\ngamma\nbeta\n", "text/plain");
    desk.press("/");
    desk.type_text("beta");
    assert_eq!(desk.state.http.top, 1);
    desk.press("enter");
    assert_eq!(desk.commands(), [], "enter ends the search, it sends no request");
    assert!(desk.state.http.exchange.as_ref().is_some_and(|exchange| exchange.head.is_some()));
    desk.press("n");
    assert_eq!(desk.state.http.top, 3);
    desk.press("n");
    assert_eq!(desk.state.http.top, 1);
    desk.press("N");
    assert_eq!(desk.state.http.top, 3);
}

#[test]
fn a_search_in_the_hex_view_stays_within_the_response() {
    let mut desk = answered("one\ntwo\nthree\nfour\nfive\n", "application/octet-stream");
    while desk.state.http.exchange.as_ref().unwrap().body.view != View::Hex {
        desk.press("v");
    }
    desk.press("/");
    desk.type_text("five");
    let lines = desk.state.http.exchange.as_ref().unwrap().body.lines();
    assert!(desk.state.http.top < lines, "row {} of {lines}", desk.state.http.top);
}

#[test]
fn a_body_is_saved_under_a_path() {
    let mut desk = desk();
    desk.press("esc w");
    assert!(desk.state.overlay.is_none() && desk.notice().contains("no response"), "{}", desk.notice());
    let mut desk = answered("{\"a\":1}", "application/json");
    desk.press("w");
    desk.fill("file", "");
    desk.press("enter");
    assert!(desk.form().problem.is_some());
    desk.fill("file", "/tmp/out.json");
    desk.press("enter");
    let content = Content::Bytes(Bytes::from_static(b"{\"a\":1}"));
    let saved = |when_there| Effect::SaveFile { path: "/tmp/out.json".into(), content: content.clone(), when_there };
    assert_eq!(desk.effects().pop(), Some(saved(WhenThere::Ask)), "as it came, not as laid out");
    desk.tell(Msg::FileIsThere { path: "/tmp/out.json".into(), content: content.clone() });
    let shown = desk.screen().join("\n");
    assert!(shown.contains("Replace /tmp/out.json?"), "{shown}");
    desk.press("y");
    assert_eq!(desk.effects(), [saved(WhenThere::Replace)]);
    desk.tell(Msg::FileSaved { outcome: Ok("/tmp/out.json".into()) });
    assert!(desk.notice().contains("/tmp/out.json"), "{}", desk.notice());
}

#[test]
fn a_file_that_is_there_is_not_replaced_without_a_yes() {
    let mut desk = answered("x", "text/plain");
    let content = Content::Bytes(Bytes::from_static(b"x"));
    desk.tell(Msg::FileIsThere { path: "/tmp/out".into(), content: content.clone() });
    desk.press("n");
    assert_eq!(desk.effects(), []);
    desk.press("] ] ] a");
    desk.tell(Msg::FileIsThere { path: "/tmp/out".into(), content });
    assert!(desk.error().contains("/tmp/out: there is such a file already"), "{}", desk.error());
    assert_eq!(desk.form().title, "Add header", "what is being written is left alone");
}

#[test]
fn its_bytes_are_followed_in_the_traffic() {
    let mut desk = desk();
    desk.press("esc o");
    assert_eq!(desk.state.focus, PaneId::Http);
    desk.press("enter");
    let conn = desk.opened("http", Transport::Tcp, Beginning::Connected, "127.0.0.1:50009", "127.0.0.1:8080");
    desk.press("o");
    assert_eq!(desk.state.focus, PaneId::Traffic);
    assert_eq!(desk.state.traffic.only, desk.state.world.flow_of(conn));
}

#[test]
fn certificates_are_checked_unless_it_is_said() {
    let mut desk = desk();
    desk.press("esc V enter");
    assert_eq!(request(&mut desk).verification, Verification::Off);
    assert!(desk.notice().contains("not checked"), "{}", desk.notice());
    desk.press("V enter");
    assert_eq!(request(&mut desk).verification, Verification::On);
}

#[test]
fn a_body_that_was_sent_from_its_editor_takes_no_more_letters() {
    let mut desk = Desk::new();
    desk.press("esc 3 esc ] ] ] ] ] e");
    desk.type_text("{}");
    desk.press("f5 m");
    assert_eq!(desk.state.http.body.text.lines(), ["{}"]);
    assert_eq!(desk.state.http.method, "POST", "m is a command again");
}

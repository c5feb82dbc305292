//! The traffic pane: the list that follows what comes, its filter, one flow alone, and the stream.

use wirelab::app::pane::PaneId;
use wirelab::app::pane::traffic::{Following, Tab};
use wirelab::app::world::World;
use wirelab::app::{Content, Effect};
use wirelab::capture::{Indexer, Seen};
use wirelab::contract::NetFact;
use wirelab::model::stream::StreamMode;
use wirelab::model::{ConnId, FrameKind};

use crate::desk::Desk;

/// The echo server with a guest, who has said this, and the keys in the traffic pane.
fn desk(said: &[&str]) -> (Desk, ConnId) {
    let mut desk = Desk::new();
    let guest = desk.guest("echo");
    for text in said {
        desk.received("echo", guest, text);
    }
    desk.press("esc 4");
    desk.look();
    (desk, guest)
}

/// What the frame under the cursor carries.
fn at_cursor(desk: &mut Desk) -> String {
    let state = desk.look();
    let frame = state.world.log.frame(state.traffic.cursor).expect("the cursor is on a frame");
    String::from_utf8_lossy(frame.payload()).into_owned()
}

/// What the frames in the list carry.
fn list(desk: &mut Desk) -> Vec<String> {
    let state = desk.look();
    let numbers =
        (0..state.traffic.count(&state.timeline())).filter_map(|row| state.traffic.number_at(&state.timeline(), row));
    let frames = numbers.filter_map(|number| state.world.log.frame(number));
    frames.map(|frame| String::from_utf8_lossy(frame.payload()).into_owned()).collect()
}

#[test]
fn follows_the_newest_until_the_cursor_leaves_the_end() {
    let (mut desk, guest) = desk(&["one", "two"]);
    assert_eq!(at_cursor(&mut desk), "two");
    desk.received("echo", guest, "three");
    assert_eq!(at_cursor(&mut desk), "three");
    desk.press("up");
    assert_eq!(at_cursor(&mut desk), "two");
    desk.received("echo", guest, "four");
    assert_eq!(at_cursor(&mut desk), "two", "it was left on purpose");
    desk.press("down down");
    desk.received("echo", guest, "five");
    assert_eq!(at_cursor(&mut desk), "five", "at the end it follows again");
    desk.press("g");
    assert_eq!(desk.look().traffic.cursor, 1);
    desk.press("G");
    desk.received("echo", guest, "six");
    assert_eq!(at_cursor(&mut desk), "six");
}

#[test]
fn what_comes_in_one_go_is_followed_to_its_end() {
    let (mut desk, guest) = desk(&[]);
    for number in 0..500 {
        desk.received("echo", guest, &format!("n{number}"));
    }
    assert_eq!(at_cursor(&mut desk), "n499");
}

#[test]
fn keeps_its_place_while_older_frames_are_forgotten() {
    let (mut desk, _) = desk(&[]);
    desk.state.world = World::new(32 * 1024);
    let node = desk.state.world.new_node("peer");
    let remark = |desk: &mut Desk, text: &str| desk.net_at(node, desk.now, NetFact::Note(None, text.into()));
    for number in 1..=20 {
        remark(&mut desk, &format!("n{number}"));
    }
    desk.look();
    desk.press("up up");
    assert_eq!(desk.look().traffic.cursor, 18);
    for _ in 0..3 {
        remark(&mut desk, &"x".repeat(5_000));
    }
    let state = desk.look();
    assert_eq!(state.traffic.cursor, 18);
    assert!(state.world.log.frame(18).is_some());
    for _ in 0..20 {
        remark(&mut desk, &"x".repeat(5_000));
    }
    let state = desk.look();
    assert!(state.world.log.frame(18).is_none(), "it has left memory");
    assert_eq!(state.traffic.cursor, state.world.log.first_number(), "the nearest that is left");
    assert_eq!(state.traffic.following, Following::Stays);
}

#[test]
fn a_filter_shows_at_once_what_holds_the_text_and_goes_on_to() {
    let (mut desk, guest) = desk(&["apple", "banana", "Apple pie"]);
    desk.press("/");
    desk.type_text("apple");
    assert_eq!(list(&mut desk), ["apple", "Apple pie"]);
    desk.received("echo", guest, "cherry");
    desk.received("echo", guest, "pineapple");
    assert_eq!(list(&mut desk), ["apple", "Apple pie", "pineapple"]);
    assert_eq!(at_cursor(&mut desk), "pineapple");
    desk.press("enter up");
    assert_eq!(at_cursor(&mut desk), "Apple pie", "the cursor goes from match to match");
    desk.press("c");
    assert_eq!(at_cursor(&mut desk), "Apple pie", "and stays where it is when the filter goes");
    assert_eq!(desk.state.traffic.filter.text(), "");
    assert!(list(&mut desk).contains(&"banana".to_owned()));
}

#[test]
fn a_filter_finds_bytes_names_and_words() {
    let (mut desk, guest) = desk(&["x"]);
    desk.net("echo", NetFact::Lost(Some(guest), 1, "the queue was full".into()));
    let cases = [("echo", true), ("QUEUE", true), ("127.0.0.1:50002", true), ("nowhere", false), ("  ", true)];
    for (filter, found) in cases {
        desk.press("/");
        desk.retype(filter);
        desk.press("enter");
        let state = desk.look();
        assert_eq!(state.traffic.count(&state.timeline()) > 0, found, "{filter:?}");
    }
}

#[test]
fn a_filter_finds_whole_addresses_however_the_list_shortens_them() {
    let (mut desk, _) = desk(&["from 50002"]);
    let other = desk.guest("echo");
    desk.received("echo", other, "from another");
    desk.press("/");
    desk.type_text("127.0.0.1:50002");
    assert_eq!(list(&mut desk), ["", "from 50002"], "its opening and its data");
    desk.retype("127.0.0.1:7001");
    assert_eq!(list(&mut desk).len(), 4, "all that goes to that server");
}

#[test]
fn a_filter_without_matches_shows_the_first_that_comes() {
    let (mut desk, guest) = desk(&["one"]);
    desk.press("/");
    desk.type_text("two");
    assert_eq!(list(&mut desk), Vec::<String>::new());
    desk.press("enter up down pageup y enter");
    desk.press("4 G");
    desk.received("echo", guest, "two");
    assert_eq!(at_cursor(&mut desk), "two");
}

#[test]
fn one_flow_is_shown_alone_and_all_again() {
    let (mut desk, guest) = desk(&["first"]);
    let other = desk.guest("echo");
    desk.received("echo", other, "other");
    desk.look();
    desk.press("o");
    assert_eq!(list(&mut desk), ["", "other"], "its opening and its data");
    desk.received("echo", guest, "more");
    assert_eq!(list(&mut desk).len(), 2);
    desk.press("/");
    desk.type_text("other");
    assert_eq!(list(&mut desk), ["other"], "within the flow");
    desk.press("enter c");
    assert!(desk.state.traffic.only.is_none());
    assert!(list(&mut desk).contains(&"more".to_owned()));
    desk.press("o o");
    assert!(desk.state.traffic.only.is_none());
}

#[test]
fn a_frame_without_a_flow_says_so() {
    let mut desk = Desk::new();
    desk.net("echo", NetFact::Note(None, "a remark".into()));
    desk.press("esc 4");
    desk.look();
    desk.press("o");
    assert!(desk.notice().contains("no flow"), "{}", desk.notice());
    assert!(desk.state.traffic.only.is_none());
}

#[test]
fn pages_by_what_is_drawn() {
    let (mut desk, guest) = desk(&[]);
    for number in 0..200 {
        desk.received("echo", guest, &format!("n{number}"));
    }
    desk.screen();
    let page = desk.state.regions.page(PaneId::Traffic) as u64;
    assert!(page > 10, "{page} rows are drawn");
    let newest = desk.look().traffic.cursor;
    desk.press("pageup");
    assert_eq!(desk.look().traffic.cursor, newest - page);
    desk.press("pagedown");
    assert_eq!(desk.look().traffic.cursor, newest);
    desk.press("pageup pageup");
    let cursor = desk.look().traffic.cursor;
    let screen = desk.screen().join("\n");
    let shown = |number: u64| screen.contains(&format!("n{}", number - 2));
    assert!(shown(cursor), "the cursor is in sight");
}

#[test]
fn the_cursor_moves_within_the_page_before_the_page_moves() {
    let (mut desk, guest) = desk(&[]);
    for number in 0..100 {
        desk.received("echo", guest, &format!("n{number}"));
    }
    desk.screen();
    let page = desk.state.regions.page(PaneId::Traffic);
    let top = |desk: &Desk| desk.state.traffic.top_row(&desk.state.timeline(), page);
    let before = top(&desk);
    desk.press("up up up");
    assert_eq!(top(&desk), before);
    for _ in 0..page {
        desk.press("up");
    }
    assert_eq!(top(&desk), before - 4, "the page has as many rows, less the one it was on");
    desk.received("echo", guest, "new");
    desk.look();
    assert_eq!(top(&desk), before - 4, "what comes does not move the page");
}

#[test]
fn a_frame_is_looked_into_and_copied() {
    let (mut desk, _) = desk(&["a\tb"]);
    desk.press("y");
    assert_eq!(desk.effects().last(), Some(&Effect::Copy("a\\tb".into())));
    assert!(desk.notice().contains('3'), "it says how many bytes: {}", desk.notice());
    desk.press("enter");
    assert_eq!(desk.state.focus, PaneId::Inspector);
    desk.press("backspace g y");
    assert!(desk.notice().contains("no bytes"), "{}", desk.notice());
}

#[test]
fn the_stream_shows_a_flow_in_three_forms_and_scrolls() {
    let (mut desk, guest) = desk(&[]);
    let text = (0..300).map(|number| format!("line {number}")).collect::<Vec<_>>().join("\n");
    desk.received("echo", guest, &text);
    desk.press("] ] z");
    assert_eq!(desk.state.traffic.tab, Tab::Stream);
    assert!(desk.screen().join("\n").contains("line 299"), "it stays at the end");
    desk.press("g");
    let screen = desk.screen().join("\n");
    assert!(screen.contains("line 0 ") && !screen.contains("line 299"));
    desk.press("pagedown");
    assert!(!desk.screen().join("\n").contains("line 0 "));
    desk.press("G");
    desk.received("echo", guest, "\nnewest\n");
    assert!(desk.screen().join("\n").contains("newest"));
    desk.press("v");
    assert_eq!(desk.state.traffic.mode, StreamMode::Escaped);
    assert!(desk.screen().join("\n").contains("newest\\n"));
    desk.press("v");
    assert!(desk.screen().join("\n").contains("6e 65 77 65 73 74"));
    desk.press("[ [");
    assert_eq!(desk.state.traffic.tab, Tab::List);
}

#[test]
fn a_half_close_and_an_end_stand_in_the_list_with_their_ends() {
    let (mut desk, guest) = desk(&["x"]);
    desk.closed("echo", guest, wirelab::model::Closing::ResetByPeer);
    let state = desk.look();
    let frame = state.world.log.frame(state.traffic.cursor).unwrap();
    assert!(matches!(frame.kind, FrameKind::Closed(_)));
    assert!(frame.summary.contains("RST"), "{}", frame.summary);
    let (one, other, _) = state.world.ends(frame);
    assert!(one.ends_with(":50002"), "{one}");
    assert_eq!(other.as_deref(), Some("echo"));
}

#[test]
fn a_filter_in_wiresharks_language_is_asked_of_every_frame() {
    let (mut desk, _) = desk(&["GET /a HTTP/1.1\r\nHost: b\r\n\r\n"]);
    let guest = desk.guest("echo");
    desk.received("echo", guest, "plain");
    desk.press("/");
    let passing = |desk: &mut Desk, filter: &str| {
        desk.retype(filter);
        desk.look();
        assert_eq!(desk.state.traffic.problem, None, "{filter}");
        list(desk)
    };
    assert_eq!(passing(&mut desk, "http.request.method == \"GET\"").len(), 1);
    assert_eq!(passing(&mut desk, "tcp.len == 5 && frame contains \"lai\""), ["plain"]);
    assert_eq!(passing(&mut desk, "wl.node == echo and wl.kind == \"data\" and wl.to == server").len(), 2);
    assert_eq!(passing(&mut desk, "wl.kind == opened and tcp.dstport == 7001 and ip.addr == 127.0.0.0/8"), ["", ""]);
    assert_eq!(
        passing(&mut desk, "tcp.stream == 0 and tcp.payload"),
        passing(&mut desk, "wl.flow == 1 and data or http")
    );
    desk.received("echo", guest, "plain too");
    assert_eq!(passing(&mut desk, "data[0:5] == \"plain\""), ["plain", "plain too"]);
}

#[test]
fn a_wrong_filter_is_told_and_the_last_right_one_stays() {
    let (mut desk, guest) = desk(&["one", "three"]);
    desk.press("/");
    desk.retype("tcp.len == 5");
    assert_eq!(list(&mut desk), ["three"]);
    desk.retype("tcp.lne == 3");
    let said = desk.look().traffic.problem.as_ref().map(ToString::to_string);
    assert_eq!(said.as_deref(), Some("there is no field \"tcp.lne\"; did you mean tcp.len?"));
    desk.received("echo", guest, "seven");
    assert_eq!(list(&mut desk), ["", "one", "three", "seven"], "what tcp alone lets through, typed on the way");
    desk.retype("tcp.lne");
    desk.retype("on");
    assert_eq!(desk.look().traffic.problem, None);
    assert_eq!(list(&mut desk), ["one"], "a mere word is looked for as text");
}

#[test]
fn tab_goes_through_what_could_stand_at_the_cursor() {
    let (mut desk, _) = desk(&["one"]);
    desk.press("/");
    desk.retype("wl.k");
    desk.press("tab");
    assert_eq!(desk.state.traffic.filter.text(), "wl.kind");
    desk.retype("http.request.method == \"P");
    desk.press("tab");
    assert_eq!(desk.state.traffic.filter.text(), "http.request.method == \"POST\"");
    desk.press("ctrl-n");
    assert_eq!(desk.state.traffic.filter.text(), "http.request.method == \"PUT\"");
    assert!(desk.state.traffic.is_filter_edited());
}

#[test]
fn the_traffic_is_saved_as_a_capture_that_holds_what_was_seen() {
    let mut desk = Desk::new();
    let pair = desk.connects("client", "echo");
    desk.sent("client", pair.client, "hello");
    desk.press("esc 4 w");
    assert_eq!(desk.form().text("file"), "traffic.pcapng");
    desk.fill("file", "/tmp/mine.pcapng");
    desk.effects();
    desk.press("enter");
    let save = |effect| {
        if let Effect::SaveFile { path, content: Content::Bytes(bytes), .. } = effect {
            Some((path, bytes))
        } else {
            None
        }
    };
    let saved = desk.effects().into_iter().find_map(save);
    let (path, bytes) = saved.expect("it is saved");
    assert_eq!(path, std::path::Path::new("/tmp/mine.pcapng"));
    let (mut indexer, mut said, mut nodes) = (Indexer::new(), Vec::new(), Vec::new());
    let mut seen = |seen: Seen| match seen {
        Seen::Node(_, name) | Seen::Interface(_, name) => nodes.push(name),
        Seen::Frame(observed) => {
            if let FrameKind::Data { payload, .. } = observed.kind {
                said.push(payload);
            }
        }
        Seen::Flow(_)
        | Seen::Packet(_)
        | Seen::Arrived(..)
        | Seen::Noted(..)
        | Seen::Marked(..)
        | Seen::Name(..)
        | Seen::Secrets(_) => {}
    };
    indexer.push(&bytes, &mut seen);
    indexer.finish(&mut seen);
    assert_eq!(said, ["hello"]);
    assert!(["echo", "client"].iter().all(|name| nodes.iter().any(|node| node == name)), "{nodes:?}");
}

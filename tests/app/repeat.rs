//! Sending again and again: N times, every T, as fast as it goes; and how it ends.

use std::time::Duration;

use bytes::Bytes;
use wirelab::app::Effect;
use wirelab::contract::{NetCommand, NetFact, To};
use wirelab::model::{Closing, ConnId, Direction};

use crate::desk::Desk;

const ECHO: &str = "127.0.0.1:7001";

/// Connected, with a payload and no line end, outside the field.
fn connected(payload: &str) -> (Desk, ConnId) {
    let mut desk = Desk::new();
    desk.type_text(payload);
    desk.press("f3 f3 f3 esc c");
    let conn = desk.connected("client", ECHO);
    desk.effects();
    (desk, conn)
}

fn repeat(desk: &mut Desk, times: &str, every: &str) {
    desk.press("p");
    desk.fill("times", times);
    desk.fill("every", every);
    desk.press("enter");
}

fn is_repeating(desk: &Desk) -> bool {
    desk.state.client.current().is_some_and(|tab| tab.repeat.is_some())
}

/// The system takes what was asked to be sent, in pieces of at most so many bytes; how many sends that were.
fn take_all(desk: &mut Desk, conn: ConnId, piece: usize) -> usize {
    let sends: Vec<Bytes> = desk
        .commands()
        .into_iter()
        .filter_map(|command| if let NetCommand::Send(_, _, bytes) = command { Some(bytes) } else { None })
        .collect();
    for bytes in &sends {
        for part in bytes.chunks(piece) {
            desk.net("client", NetFact::Data(conn, Direction::Out, bytes.slice_ref(part)));
        }
    }
    sends.len()
}

#[test]
fn sends_n_times_every_so_often() {
    let (mut desk, _) = connected("n{{counter}} ");
    repeat(&mut desk, "3", "1s");
    assert_eq!(desk.sends(), ["n1 "], "the first goes at once");
    desk.passes(Duration::from_millis(900));
    assert_eq!(desk.sends(), Vec::<String>::new());
    desk.passes(Duration::from_millis(200));
    assert_eq!(desk.sends(), ["n2 "]);
    desk.passes(Duration::from_secs(10));
    assert_eq!(desk.sends(), ["n3 "]);
    assert!(!is_repeating(&desk));
}

#[test]
fn goes_on_without_end_until_it_is_stopped() {
    let (mut desk, _) = connected("x");
    repeat(&mut desk, "", "200ms");
    desk.passes(Duration::from_secs(2));
    let sent = desk.sends().len();
    assert!((9..=11).contains(&sent), "{sent}");
    desk.press("s");
    assert!(!is_repeating(&desk));
    desk.passes(Duration::from_secs(2));
    assert_eq!(desk.sends(), Vec::<String>::new());
}

#[test]
fn stopped_and_started_again_it_keeps_one_pace() {
    let (mut desk, _) = connected("x");
    repeat(&mut desk, "", "1s");
    desk.press("s");
    repeat(&mut desk, "", "1s");
    repeat(&mut desk, "", "1s");
    desk.effects();
    desk.passes(Duration::from_millis(10_500));
    let sent = desk.sends().len();
    assert!((9..=11).contains(&sent), "one a second, not {sent} in ten");
}

#[test]
fn as_fast_as_it_goes_is_one_after_the_other() {
    let (mut desk, conn) = connected("x");
    repeat(&mut desk, "100", "0");
    let mut sent = 0;
    while is_repeating(&desk) {
        let taken = take_all(&mut desk, conn, 1);
        assert_eq!(taken, 1, "the next waits until the one before has gone");
        sent += taken;
    }
    assert_eq!(sent + take_all(&mut desk, conn, 1), 100);
    assert_eq!(desk.sends(), Vec::<String>::new());
}

#[test]
fn a_payload_that_goes_in_pieces_does_not_multiply() {
    let (mut desk, conn) = connected("0123456789");
    repeat(&mut desk, "5", "0");
    let mut sent = 0;
    for _ in 0..20 {
        let taken = take_all(&mut desk, conn, 3);
        assert!(taken <= 1, "{taken} at once");
        sent += taken;
    }
    assert_eq!(sent, 5);
}

#[test]
fn what_comes_in_does_not_drive_it() {
    let (mut desk, conn) = connected("x");
    repeat(&mut desk, "5", "0");
    desk.effects();
    desk.received("client", conn, "x");
    desk.received("client", conn, "x");
    assert_eq!(desk.sends(), Vec::<String>::new());
}

#[test]
fn repeats_from_the_first_connect_on() {
    let mut desk = Desk::new();
    desk.press("esc");
    repeat(&mut desk, "3", "0");
    desk.effects();
    let conn = desk.connected("client", ECHO);
    let mut sent = 0;
    for _ in 0..5 {
        sent += take_all(&mut desk, conn, 100);
    }
    assert_eq!(sent, 3);
}

#[test]
fn disconnecting_stops_it() {
    for keys in ["c", "x", "f"] {
        let (mut desk, _) = connected("x");
        repeat(&mut desk, "", "1s");
        desk.press(keys);
        assert!(!is_repeating(&desk), "{keys}");
        desk.effects();
        desk.passes(Duration::from_secs(5));
        assert_eq!(desk.effects().iter().filter(|effect| matches!(effect, Effect::Net(_))).count(), 0, "{keys}");
    }
}

#[test]
fn the_end_of_the_connection_stops_it() {
    let (mut desk, conn) = connected("x");
    repeat(&mut desk, "", "1s");
    desk.closed("client", conn, Closing::ResetByPeer);
    desk.stopped("client");
    desk.effects();
    desk.passes(Duration::from_secs(5));
    assert_eq!(desk.commands(), [], "it does not connect again by itself");
}

#[test]
fn a_reconnect_to_another_target_goes_on_repeating() {
    let (mut desk, old) = connected("x");
    repeat(&mut desk, "", "1s");
    desk.press("t");
    desk.retype("tcp://127.0.0.1:7003");
    desk.press("esc");
    desk.effects();
    desk.passes(Duration::from_millis(1100));
    assert!(matches!(&desk.commands()[..], [NetCommand::Connect(..)]));
    desk.closed("client", old, Closing::Ours);
    desk.stopped("client");
    assert!(is_repeating(&desk), "that was the end of the old connection");
    desk.connected("client", "127.0.0.1:7003");
    assert_eq!(desk.sends(), ["x"]);
}

#[test]
fn what_the_last_connection_did_not_take_does_not_hold_the_next_up() {
    let (mut desk, old) = connected("0123456789");
    repeat(&mut desk, "", "0");
    desk.press("c");
    desk.closed("client", old, Closing::Ours);
    desk.stopped("client");
    desk.press("c");
    let conn = desk.connected("client", ECHO);
    desk.effects();
    repeat(&mut desk, "3", "0");
    let mut sent = 0;
    for _ in 0..5 {
        sent += take_all(&mut desk, conn, 100);
    }
    assert_eq!(sent, 3);
}

#[test]
fn what_cannot_be_sent_is_not_tried_again_and_again() {
    let (mut desk, _) = connected("\\q");
    repeat(&mut desk, "", "1s");
    assert!(!desk.error().is_empty());
    assert!(!is_repeating(&desk));
}

#[test]
fn a_wrong_form_says_what_is_right() {
    let (mut desk, _) = connected("x");
    repeat(&mut desk, "0", "1s");
    assert!(desk.form().problem.as_deref().is_some_and(|problem| problem.contains("times")));
    for every in ["soon", "1 week", "-1s", "inf"] {
        desk.fill("times", "3");
        desk.fill("every", every);
        desk.press("enter");
        assert!(desk.form().problem.is_some(), "{every}");
        assert_eq!(desk.form().text("every"), every);
    }
    assert_eq!(desk.commands(), []);
    desk.fill("every", "1.5 s");
    desk.press("enter");
    assert_eq!(desk.state.client.current().unwrap().repeat.as_ref().unwrap().every, Duration::from_millis(1500));
    assert_eq!(desk.commands(), [NetCommand::Send(desk.node("client"), To::All, Bytes::from_static(b"x"))]);
}

#[test]
fn what_could_not_be_sent_is_told_and_is_not_waited_for() {
    let (mut desk, conn) = connected("x");
    repeat(&mut desk, "100", "0");
    desk.net("client", NetFact::Lost(Some(conn), 1, "a datagram holds at most 65507 bytes; 70000 were given".into()));
    assert!(desk.error().contains("client: a datagram holds at most 65507 bytes"), "{}", desk.error());
    assert!(!is_repeating(&desk), "nothing more will be told of it");
    repeat(&mut desk, "", "1s");
    desk.net("client", NetFact::Lost(Some(conn), 1, "the network is down".into()));
    assert!(is_repeating(&desk), "the next may go again");
}

//! Transcripts of conversations that are played.

use std::sync::Arc;

use bytes::Bytes;

use super::*;
use crate::behaviour::Carrier;
use crate::behaviour::conversation::Conversation;
use crate::model::replay::{Answers, Pace};
use crate::model::{Address, Direction, Flow, Frame, FrameKind, NodeId, Timestamp, Transport};

/// A conversation as it was recorded: after so many milliseconds `>` the client said this, or `<` the server did;
/// nothing said is a finish.
fn recorded(transport: Transport, lines: &[(i64, &str)]) -> Arc<Script> {
    let address = |port| Address::Ip(([127, 0, 0, 1], port).into());
    let flow = Flow {
        id: FlowId(1),
        transport,
        client: address(40000),
        server: address(7001),
        client_node: Some(NodeId(1)),
        server_node: None,
        began: Timestamp(0),
        last: Timestamp(0),
        to_server: 0,
        to_client: 0,
        frames: 0,
        is_open: true,
    };
    let mut script = Script::new(transport);
    for ((millis, line), number) in lines.iter().zip(1..) {
        let (side, said) = line.split_at(1);
        let direction = if side == ">" { Direction::Out } else { Direction::In };
        let payload = Bytes::copy_from_slice(said.as_bytes());
        let kind = match said {
            "" => FrameKind::Finished(direction),
            _ => FrameKind::Data { direction, payload },
        };
        let (at, node, flow_id) = (Timestamp(millis * 1_000_000), NodeId(1), Some(FlowId(1)));
        let summary = String::new();
        script.write(
            &flow,
            &Frame { number, at, arrived: None, node, flow: flow_id, kind, cut: 0, protocol: "", summary },
        );
    }
    Arc::new(script)
}

/// The talk of one who plays that side, with a peer that has just come.
fn played(transport: Transport, own: Side, manner: &str, lines: &[(i64, &str)]) -> Conversation {
    let carrier = if transport.is_datagram() { Carrier::Datagram } else { Carrier::Stream };
    let Asked { manner, .. } = asked(&format!("a.pcapng {manner}")).unwrap();
    let mut talk = Conversation::with(carrier, player(recorded(transport, lines), own, manner, carrier));
    talk.opens(1);
    talk
}

/// What was told of messages that did not come as recorded, and at the end.
fn notes(talk: &mut Conversation) -> Vec<String> {
    talk.told().iter().filter(|told| told.is_notable()).map(ToString::to_string).collect()
}

const TALK: &[(i64, &str)] = &[
    (0, ">HELLO\n"),
    (10, "<hi\n"),
    (1010, ">ADD\n"),
    (1015, "<1"),
    (1020, "<7\n"),
    (1520, ">BYE\n"),
    (1530, "<bye\n"),
];

#[test]
fn a_client_says_its_part_at_its_times_after_the_answers() {
    let mut talk = played(Transport::Tcp, Side::Client, "", TALK);
    talk.hears("HELLO\n").drains().passes_ms(300).hears_nothing();
    // The answer comes late, and all that follows is as much later.
    talk.says("h").says("i\n").passes_ms(998).hears_nothing().passes_ms(3).hears("ADD\n").drains();
    talk.says("17\n").passes_ms(498).hears_nothing().passes_ms(3).hears("BYE\n").drains();
    talk.says("bye\n").is_closed();
    let summary = "replayed: 3 of 3 messages sent; answered: 4 as recorded (1 slower)";
    assert_eq!(notes(&mut talk), ["message 2 of 7 came as recorded, but slower: after 300ms, was 10.0ms", summary]);
}

#[test]
fn a_pace_scales_the_pauses_and_max_has_none_but_waits_for_answers() {
    let mut talk = played(Transport::Tcp, Side::Client, "2x", TALK);
    talk.hears("HELLO\n").drains().says("hi\n").passes_ms(498).hears_nothing().passes_ms(3).hears("ADD\n");
    let mut talk = played(Transport::Tcp, Side::Client, "max", TALK);
    talk.hears("HELLO\n").drains().passes_ms(50).hears_nothing();
    talk.says("hi\n").hears("ADD\n").says("1").hears_nothing().says("7\n").hears("BYE\n").drains();
    talk.says("bye\n").is_closed();
}

#[test]
fn answers_need_not_be_waited_for() {
    let manner = Manner { pace: Pace::Max, answers: Answers::NotAwaited, ..Manner::default() };
    let machine = player(recorded(Transport::Tcp, TALK), Side::Client, manner, Carrier::Stream);
    let mut talk = Conversation::with(Carrier::Stream, machine);
    talk.opens(1).hears("HELLO\nADD\nBYE\n").is_open().drains().says("hi\n17\nbye\n").is_closed();
}

#[test]
fn a_difference_ends_a_client_unless_it_is_to_go_on() {
    let mut talk = played(Transport::Tcp, Side::Client, "max", TALK);
    talk.hears("HELLO\n").says("ho\n").hears_nothing().is_closed();
    let told = notes(&mut talk);
    assert_eq!(told[0], "message 2 of 7 came otherwise: byte 1 is 0x6f, was 0x69");
    assert!(told[1].starts_with("replay stopped at a difference: 1 of 3 messages sent"), "{told:?}");

    let mut talk = played(Transport::Tcp, Side::Client, "max go", TALK);
    talk.hears("HELLO\n").drains().says("ho\n").hears_nothing().passes_ms(101).hears("ADD\n");
}

#[test]
fn an_answer_of_another_length_does_not_spoil_those_behind_it() {
    for (other, ends_after) in
        [("a much longer greeting\n", 101), ("h", 10_001), ("hi\nthere\n", 101), ("ho\nho\n", 101)]
    {
        let mut talk = played(Transport::Tcp, Side::Client, "max go 10s", TALK);
        talk.hears("HELLO\n").drains().says(other).hears_nothing().passes_ms(ends_after).hears("ADD\n").drains();
        talk.says("17\n").hears("BYE\n").drains().says("bye\n").is_closed();
        let told = notes(&mut talk);
        assert_eq!(told.len(), 2, "{other}: {told:?}");
        assert!(told[0].starts_with("message 2 of 7 came otherwise"), "{told:?}");
        assert!(told[1].ends_with("answered: 3 as recorded, 1 otherwise"), "{other}: {told:?}");
    }
}

#[test]
fn an_answer_that_does_not_come_is_told_after_the_patience() {
    let mut talk = played(Transport::Tcp, Side::Client, "max go 300ms", TALK);
    talk.hears("HELLO\n").drains().passes_ms(299).hears_nothing().passes_ms(2).hears("ADD\n").drains();
    talk.says("17\n").hears("BYE\n").drains().passes_ms(301).is_closed();
    let told = notes(&mut talk);
    assert_eq!(told[0], "message 2 of 7 did not come within 300ms");
    assert!(told[2].ends_with("answered: 2 as recorded, 2 not at all"), "{told:?}");

    let mut talk = played(Transport::Tcp, Side::Client, "max", TALK);
    talk.hears("HELLO\n").drains().passes_ms(4999).is_open().passes_ms(2).is_closed();
}

#[test]
fn an_end_of_the_other_side_is_told_with_what_is_missing() {
    let mut talk = played(Transport::Tcp, Side::Client, "max", TALK);
    talk.hears("HELLO\n").says("hi\n").hears("ADD\n").finishes().is_closed();
    let told = notes(&mut talk);
    assert_eq!(told[0], "message 4 of 7 did not come: the other end had ended");
    assert!(told.last().unwrap().starts_with("replay stopped at a difference"), "{told:?}");
}

#[test]
fn what_is_not_taken_is_not_heaped_up() {
    let much = format!(">{}", "x".repeat(400_000));
    let mut talk = played(Transport::Tcp, Side::Client, "max", &[(0, &much), (1, &much), (2, &much), (3, ">")]);
    assert_eq!(talk.hears_something().len(), 400_000);
    assert_eq!(talk.hears_something().len(), 400_000);
    talk.hears_nothing().drains();
    assert_eq!(talk.hears_something().len(), 400_000);
    talk.is_finished().is_open().drains().is_closed();

    let mut talk = played(Transport::Tcp, Side::Client, "max", &[(0, &much), (1, &much), (2, &much)]);
    talk.passes_ms(5001);
    assert!(notes(&mut talk)[0].starts_with("replay stopped, the other end reads no more: 2 of 3"));
}

#[test]
fn a_server_answers_each_client_from_the_beginning_and_goes_on_when_it_says_something_else() {
    let mut talk = played(Transport::Tcp, Side::Server, "max", TALK);
    talk.hears_nothing().passes_ms(60_000).is_open().says("HELLO\n").hears("hi\n").drains();
    talk.says("ADD 3\n").hears_nothing().passes_ms(101).hears("17\n").drains().says("BYE\n").hears("bye\n").drains();
    let told = notes(&mut talk);
    assert_eq!(told[0], "message 3 of 7 came otherwise: byte 3 is 0x20, was 0x0a");
    assert!(told[1].starts_with("replayed: 4 of 4 messages sent; answered: 2 as recorded, 1 otherwise"), "{told:?}");
    // Nobody closed when it was recorded: that is left to the client.
    talk.is_open().opens(2).says("HELLO\n").hears("hi\n");
}

#[test]
fn a_server_keeps_the_time_it_took_and_its_closes() {
    let lines = &[(0, "<220 ready\n"), (5, ">QUIT\n"), (205, "<221 bye\n"), (206, "<"), (210, ">")];
    let mut talk = played(Transport::Tcp, Side::Server, "", lines);
    talk.hears("220 ready\n").drains().says("QUIT\n").passes_ms(199).hears_nothing().passes_ms(2).hears("221 bye\n");
    talk.passes_ms(2).is_finished().drains();
    assert!(notes(&mut talk)[0].starts_with("replayed: 2 of 2"));
}

#[test]
fn a_server_answers_nothing_that_its_client_has_not_asked() {
    let mut talk = played(Transport::Tcp, Side::Server, "max", TALK);
    talk.says("HELLO\n").hears("hi\n").drains().finishes().hears_nothing().is_closed();
    assert!(notes(&mut talk).last().unwrap().starts_with("replay ended with the connection: 1 of 4"));
    // What it did ask, if not all that was recorded, is answered.
    let mut talk = played(Transport::Tcp, Side::Server, "max", TALK);
    talk.says("HE").finishes().hears("hi\n").drains().hears_nothing().is_closed();
}

const TICKS: &[(i64, &str)] = &[(0, ">1"), (7, ">2"), (9, "<ok"), (40, ">3"), (41, ">4"), (90, ">5")];

#[test]
fn a_clients_datagrams_keep_to_the_times_from_the_first_whatever_comes() {
    let mut talk = played(Transport::Udp, Side::Client, "", TICKS);
    talk.hears("1").hears_nothing().passes_ms(7).hears("2").passes_ms(32).hears_nothing().passes_ms(1).hears("3");
    talk.passes_ms(1).hears("4").says("ok").passes_ms(48).hears_nothing().passes_ms(1).hears("5");
    talk.drains().is_closed();
}

#[test]
fn datagrams_may_overtake_each_other_and_those_that_are_lost_are_told() {
    let lines = &[(0, ">1"), (1, "<a"), (2, "<b"), (3, "<c"), (4, "<d")];
    let mut talk = played(Transport::Udp, Side::Client, "", lines);
    talk.hears("1").drains().says("b").says("a").says("x").passes_ms(5001).is_closed();
    let told = notes(&mut talk);
    assert_eq!(told[0], "message 4 of 5 came otherwise: byte 0 is 0x78, was 0x63");
    let mut talk = played(Transport::Udp, Side::Client, "go", lines);
    talk.hears("1").drains().says("b").says("d").passes_ms(5001).is_closed();
    let told = notes(&mut talk);
    assert_eq!(told[0], "message 2 of 5 did not come within 5.0s");
    assert!(told.last().unwrap().ends_with("answered: 2 as recorded, 2 not at all"), "{told:?}");
}

#[test]
fn a_clock_that_is_set_back_makes_no_pause_longer() {
    let script = recorded(Transport::Udp, &[(0, ">1"), (100, ">2"), (100, ">3")]);
    let mut machine = player(script, Side::Client, Manner::default(), Carrier::Datagram);
    let conn = ConnId(1);
    let millis = |millis: i64| Timestamp(millis * 1_000_000);
    let hour = 3_600_000;
    let sent = |replies: Vec<Reply>| replies.iter().filter(|reply| matches!(reply, Reply::Send(..))).count();
    let mut happens = |at, what| sent(machine.on(Event { conn, at, what }));
    assert_eq!(happens(millis(hour), Happened::Opened("a")), 1);
    // What was 40 ms before is forgotten with it.
    assert_eq!(happens(millis(hour + 40), Happened::Drained), 0);
    assert_eq!(happens(millis(40), Happened::Woken), 0);
    assert_eq!(happens(millis(99), Happened::Woken), 0);
    assert_eq!(happens(millis(100), Happened::Woken), 2);
}

#[test]
fn what_is_replayed_is_written_in_words() {
    let origin = |text: &str| asked(text).unwrap().origin;
    assert_eq!(origin("talk.pcapng#3 2x"), Origin::File("talk.pcapng".into(), Some(FlowId(3))));
    assert_eq!(origin("'my #1 talk.pcapng'"), Origin::File("my #1 talk.pcapng".into(), None));
    assert_eq!(origin("#7"), Origin::Here(FlowId(7)));
    assert_eq!(origin("#marked"), Origin::Marked);
    for (written, words) in [("", "needs a recording"), ("a#1 fast", "a speed"), ("#x", "not the number")] {
        assert!(asked(written).is_err_and(|why| why.contains(words)), "{written}");
    }
}

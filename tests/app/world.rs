//! What the world makes of the network's reports: each thing once, and when it arrived.

use std::time::Duration;

use bytes::Bytes;
use wirelab::app::Msg;
use wirelab::app::world::World;
use wirelab::contract::{Beginning, NetEvent, NetFact};
use wirelab::model::{Closing, ConnId, ConnectionLife, Direction, FrameKind, NodeId, Timestamp, Transport};

use crate::desk::{Desk, STEP, ip};

fn arrivals(desk: &Desk) -> Vec<Option<Timestamp>> {
    desk.state.world.log.iter().filter(|frame| !frame.payload().is_empty()).map(|frame| frame.arrived).collect()
}

#[test]
fn a_byte_that_both_ends_see_is_listed_once_as_its_sender_saw_it() {
    let mut desk = Desk::new();
    let pair = desk.connects("client", "echo");
    desk.sent("client", pair.client, "hello");
    desk.received("echo", pair.server, "hello");
    desk.sent("echo", pair.server, "hello");
    desk.received("client", pair.client, "hello");
    assert_eq!(desk.said(), ["client → echo: hello", "client ← echo: hello"]);
}

#[test]
fn bytes_to_and_from_other_programs_are_listed_as_the_lab_saw_them() {
    let mut desk = Desk::new();
    let guest = desk.guest("echo");
    desk.received("echo", guest, "hi");
    desk.sent("echo", guest, "hi");
    assert_eq!(desk.said(), [":50002 → echo: hi", ":50002 ← echo: hi"]);
    assert_eq!(arrivals(&desk), [None, None], "nobody of ours stands at the other end");
}

#[test]
fn notes_when_a_stream_s_bytes_had_all_arrived_however_they_were_cut() {
    let mut desk = Desk::new();
    let pair = desk.connects("client", "echo");
    desk.sent("client", pair.client, "abcdef");
    desk.sent("client", pair.client, "gh");
    desk.received("echo", pair.server, "abc");
    assert_eq!(arrivals(&desk), [None, None]);
    desk.received("echo", pair.server, "defg");
    let first = desk.now;
    assert_eq!(arrivals(&desk), [Some(first), None]);
    desk.received("echo", pair.server, "h");
    assert_eq!(arrivals(&desk), [Some(first), Some(desk.now)]);
}

#[test]
fn a_receiver_may_tell_before_the_sender_and_the_arrival_is_its_own_time() {
    for (server, transport) in [("echo", Transport::Tcp), ("echo-udp", Transport::Udp)] {
        let mut desk = Desk::new();
        let pair = desk.connects("client", server);
        let (client, node) = (desk.node("client"), desk.node(server));
        let sent = desk.now.plus(STEP);
        let received = sent.plus(STEP);
        let payload = Bytes::from_static(b"quick");
        desk.net_at(node, received, NetFact::Data(pair.server, Direction::In, payload.clone()));
        desk.net_at(client, sent, NetFact::Data(pair.client, Direction::Out, payload));
        assert_eq!(desk.said(), [format!("client → {server}: quick")], "{transport:?}");
        assert_eq!(arrivals(&desk), [Some(received)], "{transport:?}");
    }
}

#[test]
fn a_part_that_came_early_counts_when_the_rest_has_come() {
    let mut desk = Desk::new();
    let pair = desk.connects("client", "echo");
    desk.received("echo", pair.server, "ab");
    desk.sent("client", pair.client, "abcd");
    assert_eq!(arrivals(&desk), [None]);
    desk.received("echo", pair.server, "cd");
    assert_eq!(arrivals(&desk), [Some(desk.now)]);
}

#[test]
fn datagrams_arrive_by_what_they_say_and_the_lost_ones_do_not() {
    let mut desk = Desk::new();
    let pair = desk.connects("client", "echo-udp");
    for payload in ["a", "lost", "b"] {
        desk.sent("client", pair.client, payload);
    }
    desk.received("echo-udp", pair.server, "a");
    let first = desk.now;
    desk.received("echo-udp", pair.server, "b");
    assert_eq!(arrivals(&desk), [Some(first), None, Some(desk.now)]);
}

#[test]
fn equal_datagrams_arrive_one_after_the_other() {
    let mut desk = Desk::new();
    let pair = desk.connects("client", "echo-udp");
    desk.sent("client", pair.client, "same");
    desk.sent("client", pair.client, "same");
    desk.received("echo-udp", pair.server, "same");
    let first = desk.now;
    assert_eq!(arrivals(&desk), [Some(first), None]);
    desk.received("echo-udp", pair.server, "same");
    assert_eq!(arrivals(&desk), [Some(first), Some(desk.now)]);
}

#[test]
fn a_datagram_told_early_is_matched_after_one_that_was_lost() {
    let mut desk = Desk::new();
    let pair = desk.connects("client", "echo-udp");
    desk.sent("client", pair.client, "lost");
    desk.received("echo-udp", pair.server, "early");
    desk.sent("client", pair.client, "early");
    let arrived: Vec<bool> = arrivals(&desk).iter().map(Option::is_some).collect();
    assert_eq!(arrived, [false, true]);
}

#[test]
fn both_ends_are_one_flow_whichever_told_first() {
    for server_first in [false, true] {
        let mut desk = Desk::new();
        let (own, there) = ("127.0.0.1:51000", "127.0.0.1:7001");
        let open_client = |desk: &mut Desk| desk.opened("client", Transport::Tcp, Beginning::Connected, own, there);
        let early = (!server_first).then(|| open_client(&mut desk));
        let server = desk.opened("echo", Transport::Tcp, Beginning::Accepted, there, own);
        let client = early.unwrap_or_else(|| open_client(&mut desk));
        let world = &desk.state.world;
        assert_eq!(world.flow_of(client), world.flow_of(server));
        assert_eq!(world.flows.iter().count(), 1);
        let flow = world.flow(world.flow_of(client).unwrap()).unwrap();
        assert_eq!((&flow.client, &flow.server), (&ip(own), &ip(there)));
        assert!(flow.is_within_lab());
    }
}

#[test]
fn a_half_close_is_listed_once_and_seen_at_both_ends() {
    let mut desk = Desk::new();
    let pair = desk.connects("client", "echo");
    desk.net("client", NetFact::Finished(pair.client, Direction::Out));
    desk.net("echo", NetFact::Finished(pair.server, Direction::In));
    assert_eq!(desk.listed(|kind| matches!(kind, FrameKind::Finished(_))), 1);
    let world = &desk.state.world;
    assert_eq!(world.client(desk.node("client")).unwrap().life, ConnectionLife::FinishedByUs);
    let served = &world.server(desk.node("echo")).unwrap().connections[&pair.server];
    assert_eq!(served.life, ConnectionLife::FinishedByPeer);
}

#[test]
fn an_end_is_listed_once_and_the_flow_is_over() {
    let mut desk = Desk::new();
    let pair = desk.connects("client", "echo");
    assert_eq!(desk.state.world.flows.open_count(), 1);
    desk.closed("client", pair.client, Closing::ResetByUs);
    desk.closed("echo", pair.server, Closing::ResetByPeer);
    assert_eq!(desk.listed(|kind| matches!(kind, FrameKind::Closed(_))), 1);
    assert_eq!(desk.state.world.flows.open_count(), 0);
    let again = desk.connects("client", "echo");
    assert_ne!(desk.state.world.flow_of(again.client), desk.state.world.flow_of(pair.client));
}

#[test]
fn a_server_counts_its_bytes_and_its_clients() {
    let mut desk = Desk::new();
    let pair = desk.connects("client", "echo");
    let guest = desk.guest("echo");
    desk.received("echo", pair.server, "four");
    desk.received("echo", guest, "seventy");
    desk.sent("echo", guest, "ok");
    let server = desk.state.world.server(desk.node("echo")).unwrap().clone();
    assert_eq!((server.bytes_in, server.bytes_out, server.open), (11, 2, 2));
    assert_eq!((server.connections[&guest].bytes_in, server.connections[&guest].bytes_out), (7, 2));
    assert_eq!(desk.state.world.guests(), 1, "our own client is no guest");
    desk.closed("echo", guest, Closing::Orderly);
    assert_eq!(desk.state.world.guests(), 0);
    assert_eq!(desk.state.world.server(desk.node("echo")).unwrap().open, 1);
}

#[test]
fn the_last_fifty_ended_connections_stay_in_the_list_and_open_ones_always() {
    let mut desk = Desk::new();
    let stays = desk.guest("echo");
    let ended: Vec<ConnId> = (0..60).map(|_| desk.guest("echo")).collect();
    for conn in &ended {
        desk.closed("echo", *conn, Closing::Orderly);
    }
    let server = desk.state.world.server(desk.node("echo")).unwrap();
    assert_eq!(server.connections.len(), 51);
    assert_eq!(server.open, 1);
    assert!(server.connections.contains_key(&stays));
    assert!(!server.connections.contains_key(&ended[9]));
    assert!(server.connections.contains_key(&ended[10]));
}

/// A world of little memory, with one node's conversation.
fn small_world(budget: usize) -> (World, NodeId, ConnId) {
    let mut world = World::new(budget);
    let node = world.new_node("peer");
    let conn = ConnId(1);
    let (local, peer) = (ip("127.0.0.1:1"), ip("127.0.0.1:2"));
    let fact = NetFact::Opened { conn, transport: Transport::Tcp, how: Beginning::Connected, local, peer };
    world.observe(&NetEvent { at: Timestamp(0), node, fact });
    (world, node, conn)
}

#[test]
fn old_frames_leave_memory_numbers_stay_and_streams_forget_too() {
    let budget = 64 * 1024;
    let (mut world, node, conn) = small_world(budget);
    let flow = world.flow_of(conn).unwrap();
    for at in 0..1000 {
        let fact = NetFact::Data(conn, Direction::Out, Bytes::from(vec![b'x'; 1000]));
        world.observe(&NetEvent { at: Timestamp(at), node, fact });
    }
    assert!(world.log.weight() <= budget);
    assert_eq!(world.log.forgotten() + world.log.len() as u64, 1001);
    let first = world.log.first_number();
    assert_eq!(world.log.frame(first).map(|frame| frame.number), Some(first));
    assert!(world.log.frame(first - 1).is_none());
    let track = world.flows.track(flow).unwrap();
    assert_eq!(track.stream.start().map(|place| place.frame), Some(first), "a stream keeps the frames that are here");
    assert!(track.subject(first - 1).is_none());
    assert!(track.subject(1001).is_some());
    assert_eq!(world.flow(flow).unwrap().to_server, 1_000_000, "totals are not forgotten");
}

#[test]
fn flows_whose_frames_have_left_are_let_go_however_fast_they_come() {
    let (mut world, node, _) = small_world(64 * 1024);
    for number in 0..12_000u64 {
        let conn = ConnId(number + 2);
        let (local, peer) = (ip(&format!("127.0.0.1:{}", number + 3)), ip("127.0.0.1:2"));
        let opened = NetFact::Opened { conn, transport: Transport::Tcp, how: Beginning::Connected, local, peer };
        let said = NetFact::Data(conn, Direction::Out, Bytes::from_static(b"x"));
        for fact in [opened, said, NetFact::Closed(conn, Closing::Orderly)] {
            world.observe(&NetEvent { at: Timestamp(0), node, fact });
        }
    }
    assert!(world.flows.iter().count() < 10_200, "{} flows are kept", world.flows.iter().count());
    assert_eq!(world.flows.open_count(), 1);
}

#[test]
fn frames_a_second_are_those_of_the_last_whole_second() {
    let mut desk = Desk::new();
    let guest = desk.guest("echo");
    desk.passes(Duration::from_secs(5));
    desk.now = Timestamp((desk.now.0 / 1_000_000_000 + 1) * 1_000_000_000);
    for _ in 0..40 {
        desk.received("echo", guest, "x");
    }
    assert_eq!(desk.state.world.frames_per_second(desk.now), None, "this second is not over");
    desk.passes(Duration::from_secs(1));
    assert_eq!(desk.state.rate, Some(40));
    desk.effects();
    desk.passes(Duration::from_secs(1));
    assert_eq!(desk.state.rate, None);
    assert_eq!(desk.effects(), [wirelab::app::Effect::Redraw], "another rate is drawn");
    assert!(!wirelab::app::minds_the_time(&desk.state), "nothing will change any more");
    desk.passes(Duration::from_secs(1));
    assert_eq!(desk.effects(), [], "nothing changed, nothing is drawn");
}

#[test]
fn a_removed_server_s_frames_keep_its_name() {
    let mut desk = Desk::new();
    let pair = desk.connects("client", "echo");
    desk.sent("client", pair.client, "hello");
    desk.press("esc 1 x enter");
    assert!(desk.state.world.servers.iter().all(|server| server.name != "echo"));
    assert_eq!(desk.said(), ["client → echo: hello"]);
}

#[test]
fn a_new_name_shows_in_all_its_frames() {
    let mut desk = Desk::new();
    let pair = desk.connects("client", "echo");
    desk.sent("client", pair.client, "hello");
    desk.press("esc 1 R");
    desk.fill("name", "parrot");
    desk.press("enter");
    assert_eq!(desk.said(), ["client → parrot: hello"]);
}

#[test]
fn a_udp_peer_forgotten_and_heard_again_is_still_listed_once() {
    let mut desk = Desk::new();
    let (own, there) = ("127.0.0.1:51000", "127.0.0.1:7002");
    let client = desk.opened("client", Transport::Udp, Beginning::Connected, own, there);
    let server = desk.opened("echo-udp", Transport::Udp, Beginning::Accepted, there, own);
    desk.closed("echo-udp", server, Closing::Idle);
    desk.sent("client", client, "again");
    let server = desk.opened("echo-udp", Transport::Udp, Beginning::Accepted, there, own);
    desk.received("echo-udp", server, "again");
    assert_eq!(desk.said(), ["client → echo-udp: again"]);
    assert_eq!(desk.state.world.flows.open_count(), 1);
}

#[test]
fn what_was_lost_is_counted_and_listed() {
    let mut desk = Desk::new();
    let guest = desk.guest("echo");
    desk.net("echo", NetFact::Lost(Some(guest), 3, "the queue was full".into()));
    assert_eq!(desk.state.world.lost, 3);
    assert_eq!(desk.listed(|kind| matches!(kind, FrameKind::Lost { count: 3, .. })), 1);
    let screen = desk.screen();
    assert!(screen[0].contains("3 messages lost"), "{}", screen[0]);
}

#[test]
fn the_time_never_runs_back() {
    let mut desk = Desk::new();
    let before = desk.state.now;
    wirelab::app::update(&mut desk.state, Msg::Tick, Timestamp(before.0 - 1_000_000_000));
    assert_eq!(desk.state.now, before);
}

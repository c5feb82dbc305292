//! The ladder of known conversations: as text, as a picture, as a diagram.

use std::time::Duration;

use bytes::Bytes;
use wirelab::app::world::{Server, World};
use wirelab::contract::{Beginning, NetEvent, NetFact, ServerSpec, WhenTaken};
use wirelab::ladder::{mermaid, svg, text};
use wirelab::model::{Address, Closing, ConnId, Deed, Direction, NodeId, Timestamp, Transport};

/// A lab whose clock is set by hand, in microseconds.
struct Lab {
    world: World,
    now: i64,
    conns: u64,
}

/// An end of a conversation.
#[derive(Clone, Copy)]
struct At {
    node: NodeId,
    conn: ConnId,
}

impl Lab {
    fn new() -> Self {
        Self { world: World::new(1 << 20), now: 0, conns: 0 }
    }

    fn server(&mut self, name: &str, listen: &str, behaviour: &str) -> NodeId {
        let node = self.world.new_node(name);
        let spec = ServerSpec {
            listen: listen.parse().expect("an endpoint"),
            behaviour: behaviour.into(),
            argument: String::new(),
            when_taken: WhenTaken::Fail,
        };
        self.world.servers.push(Server::new(node, name.into(), spec));
        node
    }

    fn tell(&mut self, node: NodeId, after: i64, fact: NetFact) {
        self.now += after;
        self.world.observe(&NetEvent { at: Timestamp(self.now * 1000), node, fact });
    }

    fn opened(&mut self, node: NodeId, transport: Transport, how: Beginning, (local, peer): (&str, &str)) -> At {
        self.conns += 1;
        let conn = ConnId(self.conns);
        let (local, peer) = (ip(local), ip(peer));
        self.tell(node, 100, NetFact::Opened { conn, transport, how, local, peer });
        At { node, conn }
    }

    fn data(&mut self, at: At, after: i64, direction: Direction, bytes: &str) {
        self.tell(at.node, after, NetFact::Data(at.conn, direction, Bytes::copy_from_slice(bytes.as_bytes())));
    }

    /// Sent by one end and received by the other, so much later.
    fn passes(&mut self, from: At, to: At, after: i64, takes: i64, bytes: &str) {
        self.data(from, after, Direction::Out, bytes);
        self.data(to, takes, Direction::In, bytes);
    }

    fn impaired(&mut self, tap: At, direction: Direction, message: u64, by: &'static str, deed: Deed) {
        let fact = NetFact::Impaired { conn: tap.conn, direction, message: Some(message), by, deed };
        self.tell(tap.node, 1, fact);
    }

    fn text(&self) -> String {
        let (cast, rungs) = self.world.ladder(self.world.log.iter());
        let text = text::write(&cast, &rungs);
        for line in text.lines() {
            assert!(line.chars().count() <= text::WIDTH, "{line}");
        }
        text
    }
}

fn ip(text: &str) -> Address {
    Address::Ip(text.parse().expect("an address"))
}

/// A client of the lab says two things to its echo and leaves.
fn echo() -> Lab {
    let mut lab = Lab::new();
    let (client, server) = (lab.world.new_node("client"), lab.server("echo", "tcp://127.0.0.1:7001", "echo"));
    let ends = ("127.0.0.1:50000", "127.0.0.1:7001");
    let here = lab.opened(client, Transport::Tcp, Beginning::Connected, ends);
    let there = lab.opened(server, Transport::Tcp, Beginning::Accepted, (ends.1, ends.0));
    for word in ["hello", "again"] {
        lab.passes(here, there, 500_000, 60, word);
        lab.passes(there, here, 20, 55, word);
    }
    lab.tell(client, 900_000, NetFact::Finished(here.conn, Direction::Out));
    lab.tell(server, 50, NetFact::Finished(there.conn, Direction::In));
    lab.tell(server, 10, NetFact::Finished(there.conn, Direction::Out));
    lab.tell(client, 50, NetFact::Finished(here.conn, Direction::In));
    lab.tell(client, 5, NetFact::Closed(here.conn, Closing::Orderly));
    lab.tell(server, 5, NetFact::Closed(there.conn, Closing::Orderly));
    lab
}

/// A browser asks a web server that is not of the lab, through a tap that delays, loses and repeats.
fn lossy_web() -> Lab {
    let mut lab = Lab::new();
    let tap = lab.server("bad-wifi", "tcp://127.0.0.1:9001", "tap");
    let tap = lab.opened(tap, Transport::Tcp, Beginning::Accepted, ("127.0.0.1:9001", "127.0.0.1:50000"));
    let bridged = NetFact::Bridged(tap.conn, ip("127.0.0.1:50001"), ip("127.0.0.1:8899"));
    lab.tell(tap.node, 200, bridged);
    lab.data(tap, 1_000, Direction::In, "GET /index.html HTTP/1.1\r\nHost: x\r\n\r\n");
    lab.impaired(tap, Direction::In, 0, "delay", Deed::Delayed(Duration::from_millis(50)));
    lab.data(tap, 51_000, Direction::Out, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    // A stream loses nothing for good: it comes as late as TCP would send it again.
    lab.impaired(tap, Direction::Out, 0, "loss", Deed::Delayed(Duration::from_millis(200)));
    lab.tell(tap.node, 400_000, NetFact::Finished(tap.conn, Direction::In));
    lab.tell(tap.node, 300, NetFact::Closed(tap.conn, Closing::ResetByUs));
    lab
}

/// Datagrams of which one is lost, one comes late, one comes twice.
fn datagrams() -> Lab {
    let mut lab = Lab::new();
    let tap = lab.server("tap", "udp://127.0.0.1:9002", "tap");
    let tap = lab.opened(tap, Transport::Udp, Beginning::Accepted, ("127.0.0.1:9002", "127.0.0.1:50000"));
    lab.tell(tap.node, 50, NetFact::Bridged(tap.conn, ip("127.0.0.1:50001"), ip("127.0.0.1:53")));
    let deeds = [
        None,
        Some((1, "loss", Deed::Dropped)),
        None,
        // That one is overtaken is known when the other comes.
        Some((2, "reorder", Deed::Swapped(3))),
        Some((4, "duplicate", Deed::Duplicated)),
        Some((5, "delay", Deed::Delayed(Duration::from_millis(15)))),
    ];
    for (number, deed) in deeds.into_iter().enumerate() {
        lab.data(tap, 10_000, Direction::In, &format!("datagram {number}"));
        if let Some((message, by, deed)) = deed {
            lab.impaired(tap, Direction::In, message, by, deed);
        }
    }
    lab.data(tap, 10_000, Direction::In, "datagram 6");
    lab
}

/// Five who talk to each other through one room.
fn five_peers() -> Lab {
    let mut lab = Lab::new();
    let room = lab.server("room", "tcp://127.0.0.1:7003", "chat");
    let names = ["ann", "bob", "eve", "joe", "sue"];
    let peers: Vec<(At, At)> = names
        .iter()
        .zip(50_001..)
        .map(|(name, port)| {
            let peer = lab.world.new_node(name);
            let own = format!("127.0.0.1:{port}");
            let here = lab.opened(peer, Transport::Tcp, Beginning::Connected, (&own, "127.0.0.1:7003"));
            let there = lab.opened(room, Transport::Tcp, Beginning::Accepted, ("127.0.0.1:7003", &own));
            (here, there)
        })
        .collect();
    for speaker in [1, 4] {
        let (here, there) = peers[speaker];
        lab.passes(here, there, 100_000, 50, "good morning");
        for (other, (here, there)) in peers.iter().enumerate() {
            if other != speaker {
                lab.passes(*there, *here, 10, 50, "good morning");
            }
        }
    }
    lab
}

#[test]
fn an_echo_over_tcp_from_the_handshake_to_the_end() {
    insta::assert_snapshot!(echo().text());
}

#[test]
fn http_through_a_tap_that_delays_and_loses() {
    insta::assert_snapshot!(lossy_web().text());
}

#[test]
fn datagrams_that_are_lost_late_and_twice() {
    insta::assert_snapshot!(datagrams().text());
}

#[test]
fn five_peers_and_their_room() {
    insta::assert_snapshot!(five_peers().text());
}

#[test]
fn what_overtakes_crosses() {
    let mut lab = Lab::new();
    let (client, server) = (lab.world.new_node("me"), lab.server("you", "udp://127.0.0.1:7002", "echo"));
    let ends = ("127.0.0.1:50000", "127.0.0.1:7002");
    let here = lab.opened(client, Transport::Udp, Beginning::Connected, ends);
    lab.data(here, 1_000, Direction::Out, "slow");
    lab.data(here, 1_000, Direction::Out, "fast");
    let there = lab.opened(server, Transport::Udp, Beginning::Accepted, (ends.1, ends.0));
    lab.data(there, 1_000, Direction::In, "fast");
    lab.data(there, 5_000, Direction::In, "slow");
    let text = lab.text();
    let place = |words: &str| text.lines().position(|line| line.contains(words)).unwrap_or_else(|| panic!("{text}"));
    assert!(place("slow") < place("fast") && place("fast") < place("╲─"), "{text}");
}

#[test]
fn what_a_tap_holds_has_come_to_the_tap_and_what_was_dropped_there_no_further() {
    let mut lab = datagrams();
    let tap = At { node: lab.world.servers[0].id, conn: ConnId(1) };
    for (message, words) in [(7, "kept"), (8, "gone")] {
        lab.data(tap, 1_000, Direction::In, words);
        lab.impaired(tap, Direction::In, message, "hold", Deed::Held);
    }
    lab.impaired(tap, Direction::In, 8, "hold", Deed::Dropped);
    let text = lab.text();
    let line = |words: &str| text.lines().find(|line| line.contains(words)).unwrap_or_else(|| panic!("{text}"));
    let head = |words: &str| line(words).chars().position(|letter| letter == '▶');
    assert!(head("kept").is_some() && head("kept") < head("datagram 0"), "{text}");
    assert!(line("kept").contains("held") && !line("kept").contains('✗'), "{text}");
    assert!(line("gone").contains('✗') && !line("gone").contains("held"), "{text}");
}

#[test]
fn the_picture_is_xml_that_any_reader_takes_and_holds_each_message() {
    let mut lab = lossy_web();
    let tap = At { node: lab.world.servers[0].id, conn: ConnId(99) };
    lab.tell(tap.node, 5, NetFact::Note(None, "</svg><script>\u{1b}[31m&\"'\u{202e}".into()));
    let (cast, rungs) = lab.world.ladder(lab.world.log.iter());
    let picture = svg::write(&cast, &rungs);
    for text in ["GET /index.html", "200 OK", "+50.0ms", "SYN, ACK", "bad-wifi", ":8899", "RST"] {
        assert!(picture.contains(text), "{text}:\n{picture}");
    }
    assert!(!picture.contains("<script") && !picture.contains('\u{1b}') && !picture.contains('\u{202e}'));
    let opened = picture.matches("<text").count();
    assert_eq!(opened, picture.matches("</text>").count());
}

#[test]
fn the_diagram_says_who_spoke_to_whom_and_nothing_said_ends_a_statement() {
    let mut lab = datagrams();
    let tap = At { node: lab.world.servers[0].id, conn: ConnId(1) };
    lab.data(tap, 100, Direction::In, "a; b: c\nend %% #35;");
    let (cast, rungs) = lab.world.ladder(lab.world.log.iter());
    let diagram = mermaid::write(&cast, &rungs);
    let lines: Vec<&str> = diagram.lines().map(str::trim).collect();
    assert_eq!(lines[0], "sequenceDiagram");
    assert_eq!(lines[1..4], ["participant p0 as :50000", "participant p1 as tap", "participant p2 as :53"]);
    assert!(lines.contains(&"p1-xp2: lost"), "{diagram}");
    assert!(lines.contains(&"p0->>p1: datagram 4 (sent twice)"), "{diagram}");
    assert!(diagram.contains("a#59; b: c"), "{diagram}");
    let is_statement =
        |line: &&str| ["participant ", "Note over p", "p0-", "p1-", "p2-"].iter().any(|begin| line.starts_with(begin));
    assert!(lines[1..].iter().all(is_statement), "{diagram}");
}

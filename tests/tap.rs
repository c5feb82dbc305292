//! Taps on real sockets, between programs and servers that know nothing of them.

#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks for one fact among all that are told")]

#[path = "support/lab.rs"]
#[expect(dead_code, reason = "shared with tests of clients")]
mod lab;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use lab::{Lab, PATIENCE, SERVER};
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket, UnixListener, UnixStream};
use tokio::time::timeout;
use wirelab::contract::{Decision, Held, Hold, Motion, NetCommand, NetFact, Shaping, To, WhenDown};
use wirelab::filter::Filter;
use wirelab::impair::Impairment;
use wirelab::model::{Closing, ConnId, Deed, Direction, Side};

/// A tap before `target`, where it listens by `listen`.
async fn tap(lab: &mut Lab, listen: &str, target: &str) -> String {
    lab.serve(listen, "tap", target).await.to_string()
}

/// A TCP listener and its address.
async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    (listener, address)
}

/// Both ends of a conversation through a tap.
async fn through(lab: &mut Lab) -> (TcpStream, TcpStream) {
    let (listener, address) = listener().await;
    let tap = tap(lab, "tcp://127.0.0.1:0", &format!("tcp://{address}")).await;
    let client = TcpStream::connect(tap).await.expect("the tap listens");
    let (server, _) = listener.accept().await.expect("the tap connects");
    (client, server)
}

async fn shape(lab: &Lab, shaping: Shaping) {
    lab.order(NetCommand::Shape(SERVER, shaping)).await;
}

async fn hears(stream: &mut (impl AsyncReadExt + Unpin), count: usize) -> Vec<u8> {
    let mut heard = vec![0; count];
    timeout(PATIENCE, stream.read_exact(&mut heard)).await.expect("it comes").expect("it reads");
    heard
}

/// All until the other end finishes.
async fn hears_all(stream: &mut (impl AsyncReadExt + Unpin)) -> Vec<u8> {
    let mut heard = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut heard)).await.expect("it ends").expect("it reads");
    heard
}

async fn conn(lab: &mut Lab) -> ConnId {
    lab.opened(SERVER).await.0
}

/// What was said one way, as the tap told of it.
fn told(lab: &Lab, way: Direction) -> Vec<u8> {
    let facts = lab.facts(SERVER).into_iter();
    facts
        .filter_map(|fact| match fact {
            NetFact::Data(_, direction, bytes) if direction == way => Some(bytes),
            _ => None,
        })
        .flatten()
        .collect()
}

async fn deed(lab: &mut Lab, wanted: impl Fn(&Deed) -> bool) -> (Option<u64>, Deed) {
    lab.told(SERVER, |fact| match fact {
        NetFact::Impaired { message, deed, .. } if wanted(deed) => Some((*message, deed.clone())),
        _ => None,
    })
    .await
}

#[tokio::test]
async fn bytes_pass_both_ways_and_are_told_with_where_they_went() {
    let mut lab = Lab::start();
    let (mut client, mut server) = through(&mut lab).await;
    client.write_all(b"hello").await.unwrap();
    assert_eq!(hears(&mut server, 5).await, b"hello");
    server.write_all(b"well met").await.unwrap();
    assert_eq!(hears(&mut client, 8).await, b"well met");
    lab.told(SERVER, |fact| matches!(fact, NetFact::Data(_, Direction::Out, _)).then_some(())).await;
    assert_eq!((told(&lab, Direction::In), told(&lab, Direction::Out)), (b"hello".to_vec(), b"well met".to_vec()));
    let (_, local, peer) = lab.opened(SERVER).await;
    assert_eq!(local.to_string(), client.peer_addr().unwrap().to_string());
    assert_eq!(peer.to_string(), client.local_addr().unwrap().to_string());
}

#[tokio::test]
async fn a_client_that_half_closes_gets_its_whole_answer() {
    let mut lab = Lab::start();
    let (mut client, mut server) = through(&mut lab).await;
    client.write_all(b"question").await.unwrap();
    client.shutdown().await.unwrap();
    assert_eq!(hears_all(&mut server).await, b"question");
    let answer = vec![7; 3_000_000];
    server.write_all(&answer).await.unwrap();
    drop(server);
    assert_eq!(hears_all(&mut client).await, answer);
    assert_eq!(lab.closed(SERVER).await, Closing::Orderly);
}

#[tokio::test]
async fn a_flood_passes_whole_and_is_told_in_messages_that_fit_a_datagram() {
    let mut lab = Lab::start();
    let (mut client, mut server) = through(&mut lab).await;
    let flood: Vec<u8> = (0..8_000_000_u32).map(|at| (at / 7) as u8).collect();
    let said = flood.clone();
    let saying = tokio::spawn(async move {
        client.write_all(&said).await.unwrap();
        client.shutdown().await.unwrap();
        client
    });
    // Pieces of an odd length make room for parts of messages only.
    let (mut heard, mut piece) = (Vec::new(), vec![0; 10_007]);
    while let count @ 1.. = timeout(PATIENCE, server.read(&mut piece)).await.expect("it ends").expect("it reads") {
        heard.extend_from_slice(&piece[..count]);
    }
    assert!(heard == flood, "{} bytes came, not what was said", heard.len());
    drop((server, saying.await.unwrap()));
    assert_eq!(lab.closed(SERVER).await, Closing::Orderly);
    assert!(told(&lab, Direction::In) == flood, "what is told is what was said");
    let longest =
        lab.facts(SERVER).iter().map(|fact| if let NetFact::Data(_, _, bytes) = fact { bytes.len() } else { 0 }).max();
    assert!(longest <= Some(65_507), "{longest:?}");
}

#[tokio::test]
async fn a_reset_passes_as_a_reset() {
    for resets in [Side::Client, Side::Server] {
        let mut lab = Lab::start();
        let (mut client, mut server) = through(&mut lab).await;
        client.write_all(b"x").await.unwrap();
        assert_eq!(hears(&mut server, 1).await, b"x");
        let (gone, mut stays) = match resets {
            Side::Client => (client, server),
            Side::Server => (server, client),
        };
        SockRef::from(&gone).set_linger(Some(Duration::ZERO)).unwrap();
        drop(gone);
        let error = timeout(PATIENCE, stays.read(&mut [0; 8])).await.expect("it ends").expect_err("it was reset");
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{resets:?} resets");
        let closing = if resets == Side::Client { Closing::ResetByPeer } else { Closing::ResetByUs };
        assert_eq!(lab.closed(SERVER).await, closing);
    }
}

#[tokio::test]
async fn what_was_said_before_a_reset_comes_first_however_late() {
    let mut lab = Lab::start();
    let (mut client, mut server) = through(&mut lab).await;
    let late = Impairment::parse("delay 100ms toward client").unwrap();
    shape(&lab, Shaping { impairments: vec![late], ..Shaping::default() }).await;
    lab.order(NetCommand::Retarget(SERVER, "tcp://127.0.0.1:1".parse().unwrap())).await;
    lab.remark(SERVER, "from now on").await;
    server.write_all(b"last words").await.unwrap();
    lab.told(SERVER, |fact| matches!(fact, NetFact::Data(_, Direction::Out, _)).then_some(())).await;
    SockRef::from(&server).set_linger(Some(Duration::ZERO)).unwrap();
    drop(server);
    assert_eq!(hears(&mut client, 10).await, b"last words");
    let error = timeout(PATIENCE, client.read(&mut [0; 8])).await.expect("it ends").expect_err("it was reset");
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_target_that_is_down_is_told_and_its_client_is_refused() {
    let mut lab = Lab::start();
    let (listener, address) = listener().await;
    drop(listener);
    let tap = tap(&mut lab, "tcp://127.0.0.1:0", &format!("tcp://{address}")).await;
    // The reset may come before the client has seen that it is connected.
    let refused = async { TcpStream::connect(&tap).await?.read(&mut [0; 8]).await };
    let error = timeout(PATIENCE, refused).await.expect("it ends").expect_err("it was refused");
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    let words = lab.remark(SERVER, "refused").await;
    assert!(words.contains(&address) && words.contains("nothing listens"), "{words}");
}

#[tokio::test]
async fn a_client_may_be_held_until_its_target_is_up() {
    let mut lab = Lab::start();
    let (listener, address) = listener().await;
    drop(listener);
    let tap = tap(&mut lab, "tcp://127.0.0.1:0", &format!("tcp://{address}")).await;
    shape(&lab, Shaping { when_down: WhenDown::Hold, ..Shaping::default() }).await;
    // Orders are taken in turn: once this one is, that one was.
    lab.order(NetCommand::Retarget(SERVER, format!("tcp://{address}").parse().unwrap())).await;
    lab.remark(SERVER, "from now on").await;
    let mut client = TcpStream::connect(&tap).await.unwrap();
    client.write_all(b"early").await.unwrap();
    lab.remark(SERVER, "held until the target answers").await;
    let listener = TcpListener::bind(&address).await.unwrap();
    let (mut server, _) = timeout(PATIENCE, listener.accept()).await.expect("it is tried again").unwrap();
    assert_eq!(hears(&mut server, 5).await, b"early");
}

#[tokio::test]
async fn a_tap_onto_itself_is_refused_with_the_reason() {
    let mut lab = Lab::start();
    let (listener, address) = listener().await;
    drop(listener);
    lab.order(NetCommand::Serve(SERVER, lab::server(&format!("tcp://{address}"), "tap", &format!("tcp://{address}"))))
        .await;
    let trouble = lab.failed(SERVER).await;
    assert!(trouble.why.contains("itself"), "{trouble}");
}

#[tokio::test]
async fn datagrams_pass_with_a_session_for_each_peer() {
    let mut lab = Lab::start();
    let target = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let tap = tap(&mut lab, "udp://127.0.0.1:0", &format!("udp://{}", target.local_addr().unwrap())).await;
    let (mut ours, mut seen) = (Vec::new(), Vec::new());
    for name in [&b"one"[..], b"two", b""] {
        let client = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        client.connect(&tap).await.unwrap();
        client.send(name).await.unwrap();
        let mut said = [0; 8];
        let (count, from) = timeout(PATIENCE, target.recv_from(&mut said)).await.expect("it comes").unwrap();
        assert_eq!(&said[..count], name);
        seen.push(from);
        ours.push((client, name));
    }
    seen.dedup();
    assert_eq!(seen.len(), 3, "each has a socket of its own toward the target");
    for ((client, name), from) in ours.iter().zip(&seen).rev() {
        target.send_to(&[name, &b"!"[..]].concat(), from).await.unwrap();
        let mut said = [0; 8];
        let count = timeout(PATIENCE, client.recv(&mut said)).await.expect("it comes").unwrap();
        assert_eq!(&said[..count], [name, &b"!"[..]].concat());
    }
}

#[tokio::test]
async fn a_tcp_client_reaches_a_unix_server_and_the_other_way_round() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let mut lab = Lab::start();
    let front = tap(&mut lab, "tcp://127.0.0.1:0", &format!("unix://{}", path.display())).await;
    let mut client = TcpStream::connect(front).await.unwrap();
    let (mut server, _) = listener.accept().await.unwrap();
    client.write_all(b"over").await.unwrap();
    assert_eq!(hears(&mut server, 4).await, b"over");

    let (tcp, address) = self::listener().await;
    let path = folder.path().join("tap.sock");
    tap(&mut lab, &format!("unix://{}", path.display()), &format!("tcp://{address}")).await;
    let mut client = UnixStream::connect(&path).await.unwrap();
    let (mut server, _) = tcp.accept().await.unwrap();
    server.write_all(b"back").await.unwrap();
    assert_eq!(hears(&mut client, 4).await, b"back");
}

#[tokio::test]
async fn a_reader_that_is_slow_slows_the_writer() {
    let mut lab = Lab::start();
    let (client, server) = through(&mut lab).await;
    let chunk = vec![0; 1 << 16];
    let mut written = 0;
    // It stands still once all buffers between the two are full.
    while timeout(Duration::from_millis(500), client.writable()).await.is_ok() {
        while let Ok(count) = client.try_write(&chunk) {
            written += count;
        }
        assert!(written < 64 << 20, "{written} bytes went nowhere");
    }
    drop(server);
}

#[tokio::test]
async fn what_is_held_waits_until_a_person_decides() {
    let mut lab = Lab::start();
    let (mut client, mut server) = through(&mut lab).await;
    let filter = Filter::parse(r#"frame contains "token""#).unwrap();
    shape(&lab, Shaping { hold: Hold::Matching(Arc::new(filter)), ..Shaping::default() }).await;
    let conn = conn(&mut lab).await;
    let held = |message| Held { conn, toward: Side::Server, message };
    client.write_all(b"plain").await.unwrap();
    assert_eq!(hears(&mut server, 5).await, b"plain");

    client.write_all(b"a token").await.unwrap();
    assert_eq!(deed(&mut lab, |deed| *deed == Deed::Held).await, (Some(1), Deed::Held));
    client.write_all(b"behind").await.unwrap();
    lab.told(SERVER, |fact| matches!(fact, NetFact::Data(_, _, bytes) if bytes == "behind").then_some(())).await;
    let instead = Bytes::from_static(b"another ");
    lab.order(NetCommand::Decide(SERVER, held(1), Decision::Replace(instead.clone()))).await;
    assert_eq!(hears(&mut server, 14).await, b"another behind", "the stream keeps its order");
    deed(&mut lab, |deed| *deed == Deed::Edited(instead.clone())).await;

    client.write_all(b"token again").await.unwrap();
    deed(&mut lab, |deed| *deed == Deed::Held).await;
    lab.told(SERVER, |fact| matches!(fact, NetFact::Impaired { message: Some(3), .. }).then_some(())).await;
    lab.order(NetCommand::Decide(SERVER, held(3), Decision::Drop)).await;
    deed(&mut lab, |deed| *deed == Deed::Dropped).await;
    lab.order(NetCommand::Inject(SERVER, To::One(conn), Side::Server, Bytes::from_static(b"put in"))).await;
    assert_eq!(hears(&mut server, 6).await, b"put in");
    lab.order(NetCommand::Inject(SERVER, To::All, Side::Client, Bytes::from_static(b"back"))).await;
    assert_eq!(hears(&mut client, 4).await, b"back");
}

#[tokio::test]
async fn a_pause_stops_both_ways_and_all_goes_on_after_it() {
    let mut lab = Lab::start();
    let (mut client, mut server) = through(&mut lab).await;
    shape(&lab, Shaping { motion: Motion::Paused, ..Shaping::default() }).await;
    // The order is taken before anything else is read, which a second one behind it shows.
    let conn = conn(&mut lab).await;
    lab.order(NetCommand::Decide(SERVER, Held { conn, toward: Side::Server, message: 9 }, Decision::Forward)).await;
    lab.remark(SERVER, "not held").await;
    client.write_all(b"hello").await.unwrap();
    let early = timeout(Duration::from_millis(200), server.read(&mut [0; 8])).await;
    assert!(early.is_err(), "nothing passes: {early:?}");
    shape(&lab, Shaping::default()).await;
    assert_eq!(hears(&mut server, 5).await, b"hello");
}

#[tokio::test]
async fn who_comes_after_a_change_of_target_goes_there_and_the_others_stay() {
    let mut lab = Lab::start();
    let ((first, one), (second, two)) = (listener().await, listener().await);
    let tap = tap(&mut lab, "tcp://127.0.0.1:0", &format!("tcp://{one}")).await;
    let mut old = TcpStream::connect(&tap).await.unwrap();
    let (mut old_server, _) = first.accept().await.unwrap();
    lab.order(NetCommand::Retarget(SERVER, format!("tcp://{two}").parse().unwrap())).await;
    lab.remark(SERVER, "from now on").await;
    let mut new = TcpStream::connect(&tap).await.unwrap();
    let (mut new_server, _) = second.accept().await.unwrap();
    new.write_all(b"new").await.unwrap();
    assert_eq!(hears(&mut new_server, 3).await, b"new");
    old.write_all(b"old").await.unwrap();
    assert_eq!(hears(&mut old_server, 3).await, b"old");
}

#[tokio::test]
async fn a_connection_is_closed_or_reset_alone_and_stopping_ends_all() {
    let mut lab = Lab::start();
    let (listener, address) = listener().await;
    let tap = tap(&mut lab, "tcp://127.0.0.1:0", &format!("tcp://{address}")).await;
    let mut ends = Vec::new();
    for _ in 0..3 {
        let client = TcpStream::connect(&tap).await.unwrap();
        ends.push((client, listener.accept().await.unwrap().0));
    }
    let conns: Vec<ConnId> = loop {
        let opened = lab.facts(SERVER).into_iter().filter_map(|fact| match fact {
            NetFact::Opened { conn, .. } => Some(conn),
            _ => None,
        });
        let opened: Vec<ConnId> = opened.collect();
        if opened.len() == 3 {
            break opened;
        }
        tokio::task::yield_now().await;
    };
    lab.order(NetCommand::Close(SERVER, To::One(conns[0]))).await;
    let (mut client, mut server) = ends.remove(0);
    assert_eq!((hears_all(&mut client).await, hears_all(&mut server).await), (Vec::new(), Vec::new()));
    lab.order(NetCommand::Reset(SERVER, To::One(conns[1]))).await;
    let (mut client, mut server) = ends.remove(0);
    assert!(client.read(&mut [0; 8]).await.is_err() && server.read(&mut [0; 8]).await.is_err());
    let (mut client, mut server) = ends.remove(0);
    client.write_all(b"still here").await.unwrap();
    assert_eq!(hears(&mut server, 10).await, b"still here");
    let since = lab.so_far();
    lab.order(NetCommand::Stop(SERVER)).await;
    lab.stopped(since, SERVER).await;
    assert_eq!(hears_all(&mut client).await, b"");
}

#[tokio::test]
async fn a_peer_that_never_reads_does_not_hold_the_others_up() {
    let mut lab = Lab::start();
    let (listener, address) = listener().await;
    let tap = tap(&mut lab, "tcp://127.0.0.1:0", &format!("tcp://{address}")).await;
    let mut stuck = TcpStream::connect(&tap).await.unwrap();
    let (_never_reads, _) = listener.accept().await.unwrap();
    let flood = tokio::spawn(async move {
        let chunk = vec![0; 1 << 16];
        while stuck.write_all(&chunk).await.is_ok() {}
    });
    let mut client = TcpStream::connect(&tap).await.unwrap();
    let (mut server, _) = listener.accept().await.unwrap();
    for _ in 0..100 {
        client.write_all(b"ping").await.unwrap();
        assert_eq!(hears(&mut server, 4).await, b"ping");
    }
    flood.abort();
}

/// All that a connection says until it ends, however it does.
async fn until_its_end(stream: &mut TcpStream) -> Vec<u8> {
    let mut heard = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut heard)).await.expect("it ends");
    heard
}

/// Who connects there hears nothing but the end; it may be there before the connection is known to be.
async fn is_refused(address: &str) {
    match TcpStream::connect(address).await {
        Ok(mut client) => assert_eq!(until_its_end(&mut client).await, b""),
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset),
    }
}

#[tokio::test]
async fn a_way_that_leads_back_to_the_tap_is_ended_at_the_first_who_comes() {
    let mut lab = Lab::start();
    let address = tap(&mut lab, "tcp://127.0.0.1:0", "tcp://127.0.0.1:9").await;
    let port = address.rsplit_once(':').expect("it has one").1.to_owned();
    for spelling in ["tcp://LOCALHOST", "tcp://[::ffff:127.0.0.1]", "tcp://127.1"] {
        let target = format!("{spelling}:{port}").parse().expect("an endpoint");
        let before = lab.so_far();
        lab.order(NetCommand::Retarget(SERVER, target)).await;
        let is_heard = |fact: &NetFact| matches!(fact, NetFact::Note(None, _)).then_some(());
        lab.told_since(before, SERVER, is_heard).await;
        is_refused(&address).await;
        let refused = |fact: &NetFact| match fact {
            NetFact::Note(_, words) if words.contains("leads back to the tap itself") => Some(()),
            _ => None,
        };
        lab.told_since(before, SERVER, refused).await;
    }
    let came = lab.facts(SERVER).iter().filter(|fact| matches!(fact, NetFact::Opened { .. })).count();
    assert!(came <= 3 * 3, "{came} came of three");
}

#[tokio::test]
async fn two_taps_that_are_each_other_s_target_end_it_too_and_one_behind_the_other_works() {
    let mut lab = Lab::start();
    let other = wirelab::model::NodeId(77);
    let (listener, server) = listener().await;
    let first = tap(&mut lab, "tcp://127.0.0.1:0", &format!("tcp://{server}")).await;
    let spec = wirelab::contract::ServerSpec {
        listen: "tcp://127.0.0.1:0".parse().expect("an endpoint"),
        behaviour: "tap".into(),
        argument: format!("tcp://{first}"),
        when_taken: wirelab::contract::WhenTaken::Fail,
    };
    lab.order(NetCommand::Serve(other, spec)).await;
    let listens =
        |fact: &NetFact| if let NetFact::Listening(address) = fact { Some(address.to_string()) } else { None };
    let second = lab.told(other, listens).await;
    let mut client = TcpStream::connect(&second).await.expect("it listens");
    client.write_all(b"through both").await.unwrap();
    let (mut end, _) = listener.accept().await.expect("it comes");
    assert_eq!(hears(&mut end, 12).await, b"through both");
    lab.order(NetCommand::Retarget(SERVER, format!("tcp://{second}").parse().expect("an endpoint"))).await;
    lab.remark(SERVER, "from now on").await;
    is_refused(&second).await;
    client.write_all(b", still").await.unwrap();
    assert_eq!(hears(&mut end, 7).await, b", still");
}

/// Both ends of a conversation through a tap that does this to what passes.
async fn through_shaped(lab: &mut Lab, lines: &[&str]) -> (TcpStream, TcpStream) {
    let (listener, address) = listener().await;
    let target = format!("tcp://{address}");
    let tap = tap(lab, "tcp://127.0.0.1:0", &target).await;
    shape(lab, shaping(lines)).await;
    // Orders are carried out one after the other.
    lab.order(NetCommand::Retarget(SERVER, target.parse().expect("an endpoint"))).await;
    lab.remark(SERVER, "from now on").await;
    let client = TcpStream::connect(tap).await.expect("the tap listens");
    let (server, _) = listener.accept().await.expect("the tap connects");
    (client, server)
}

fn shaping(lines: &[&str]) -> Shaping {
    let impairments = lines.iter().map(|line| Impairment::parse(line).expect("it is written right")).collect();
    Shaping { seed: 1, impairments, ..Shaping::default() }
}

#[tokio::test]
async fn behind_what_resets_a_conversation_nothing_more_is_taken_in() {
    let mut lab = Lab::start();
    let (mut client, mut server) = through_shaped(&mut lab, &["reset every 2", "delay 200ms toward server"]).await;
    client.write_all(b"one").await.unwrap();
    deed(&mut lab, |deed| matches!(deed, Deed::Delayed(_))).await;
    client.write_all(b"two").await.unwrap();
    deed(&mut lab, |deed| *deed == Deed::Reset).await;
    client.write_all(b"three").await.unwrap();
    assert_eq!(until_its_end(&mut server).await, b"one", "what left before comes, and then the reset");
    assert_eq!(lab.closed(SERVER).await, Closing::ResetByUs);
    let resets = lab.facts(SERVER).into_iter();
    let resets = resets.filter(|fact| matches!(fact, NetFact::Impaired { deed: Deed::Reset, .. })).count();
    assert_eq!(resets, 1);
}

#[tokio::test]
async fn a_target_that_is_played_to_be_down_refuses_at_once() {
    let mut lab = Lab::start();
    let address = tap(&mut lab, "tcp://127.0.0.1:0", "tcp://127.0.0.1:9").await;
    shape(&lab, shaping(&["down"])).await;
    lab.order(NetCommand::Retarget(SERVER, "tcp://127.0.0.1:9".parse().expect("an endpoint"))).await;
    lab.remark(SERVER, "from now on").await;
    is_refused(&address).await;
    lab.remark(SERVER, "plays that it is down").await;
}

#[tokio::test]
async fn a_pause_changes_nothing_of_what_impairments_count() {
    let mut lab = Lab::start();
    let (mut client, mut server) = through_shaped(&mut lab, &["delay 1ms first 2 toward server"]).await;
    for word in [b"one", b"two"] {
        client.write_all(word).await.unwrap();
        hears(&mut server, 3).await;
    }
    for motion in [Motion::Paused, Motion::Running] {
        shape(&lab, Shaping { motion, ..shaping(&["delay 1ms first 2 toward server"]) }).await;
    }
    client.write_all(b"end").await.unwrap();
    hears(&mut server, 3).await;
    let deeds = lab.facts(SERVER).into_iter().filter(|fact| matches!(fact, NetFact::Impaired { .. })).count();
    assert_eq!(deeds, 2);
}

#[tokio::test]
async fn a_stream_in_a_black_hole_goes_on_whole_when_that_is_taken_away() {
    let mut lab = Lab::start();
    let (mut client, mut server) = through_shaped(&mut lab, &["blackhole"]).await;
    client.write_all(b"swallowed, ").await.unwrap();
    deed(&mut lab, |deed| *deed == Deed::Stalled).await;
    shape(&lab, shaping(&[])).await;
    client.write_all(b"and then not").await.unwrap();
    client.shutdown().await.unwrap();
    assert_eq!(hears_all(&mut server).await, b"swallowed, and then not");
}

//! The network plays one side of a conversation, and tells how it went.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use wirelab::contract::{NetCommand, NetFact, Role};
use wirelab::model::replay::{Manner, OnDifference, Pace, Replayed, Stopped, Tally};
use wirelab::model::{NodeId, Transport};

use crate::lab::{CLIENT, Lab, SERVER, client, server};
use crate::talk::Talk;

fn at_once() -> Manner {
    Manner { pace: Pace::Max, ..Manner::default() }
}

/// What has become of it, once it is over.
async fn tally(lab: &mut Lab, node: NodeId) -> Tally {
    lab.told(node, |fact| match fact {
        NetFact::Replayed(_, Replayed::Over(tally)) => Some(tally.clone()),
        _ => None,
    })
    .await
}

async fn hears(stream: &mut TcpStream, wanted: &[u8]) {
    let mut heard = vec![0; wanted.len()];
    stream.read_exact(&mut heard).await.expect("it comes");
    assert_eq!(heard, wanted);
}

const GREETING: &[(i64, &str)] = &[(0, "<ready\n"), (5, ">one\n"), (9, "<1\n"), (20, ">two\n"), (22, "<2\n")];

#[tokio::test]
async fn both_sides_of_a_conversation_play_it_with_each_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = |scheme: &str| format!("{scheme}://{}", folder.path().join(scheme).display());
    for (transport, listen) in [
        (Transport::Tcp, "tcp://127.0.0.1:0".to_owned()),
        (Transport::Udp, "udp://127.0.0.1:0".to_owned()),
        (Transport::Unix, socket("unix")),
        (Transport::UnixDatagram, socket("unixgram")),
    ] {
        // Nobody can speak first over datagrams but the client.
        let lines = if transport.is_datagram() { &GREETING[1..] } else { GREETING };
        let talk = Talk::new(transport, lines);
        let mut lab = Lab::start();
        let role = Role::Server(server(&listen, "replay", ""));
        lab.order(NetCommand::Replay(SERVER, role, talk.play(at_once()))).await;
        let address = lab
            .told(SERVER, |fact| if let NetFact::Listening(address) = fact { Some(address.clone()) } else { None })
            .await;
        let target = listen.replace("127.0.0.1:0", &address.to_string());
        lab.order(NetCommand::Replay(CLIENT, Role::Client(client(&target)), talk.play(at_once()))).await;
        let (said, answered) = (tally(&mut lab, CLIENT).await, tally(&mut lab, SERVER).await);
        assert_eq!((said.said, said.alike, said.stopped), (2, lines.len() as u64 - 2, None), "{said:?}");
        assert_eq!((answered.said, answered.alike), (lines.len() as u64 - 2, 2), "{answered:?}");
        assert!(said.is_whole() && answered.is_whole());
        lab.stopped(0, CLIENT).await;
    }
}

#[tokio::test]
async fn a_client_waits_for_the_answers_and_tells_one_that_differs() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let target = client(&format!("tcp://{}", listener.local_addr().expect("an address")));
    let mut lab = Lab::start();
    let play = Talk::new(Transport::Tcp, GREETING).play(at_once());
    lab.order(NetCommand::Replay(CLIENT, Role::Client(target), play)).await;
    let (mut stream, _) = listener.accept().await.expect("it comes");
    stream.write_all(b"rea").await.expect("it goes");
    stream.write_all(b"dy\n").await.expect("it goes");
    hears(&mut stream, b"one\n").await;
    stream.write_all(b"7\n").await.expect("it goes");
    // It says no more, and closes.
    assert_eq!(stream.read(&mut [0; 8]).await.expect("it is closed in order"), 0);
    drop(stream);
    let tally = tally(&mut lab, CLIENT).await;
    assert_eq!((tally.said, tally.alike, tally.different), (1, 1, 1));
    assert_eq!(tally.stopped, Some(Stopped::Difference));
    lab.stopped(0, CLIENT).await;
}

#[tokio::test]
async fn a_target_that_closes_early_is_told_with_what_is_missing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let target = client(&format!("tcp://{}", listener.local_addr().expect("an address")));
    let mut lab = Lab::start();
    let manner = Manner { on_difference: Some(OnDifference::Go), ..at_once() };
    let play = Talk::new(Transport::Tcp, GREETING).play(manner);
    lab.order(NetCommand::Replay(CLIENT, Role::Client(target), play)).await;
    let (mut stream, _) = listener.accept().await.expect("it comes");
    stream.write_all(b"ready\n").await.expect("it goes");
    hears(&mut stream, b"one\n").await;
    stream.set_zero_linger().expect("the system does it");
    drop(stream);
    let tally = tally(&mut lab, CLIENT).await;
    assert_eq!((tally.said, tally.alike, tally.missing, tally.stopped), (1, 1, 2, Some(Stopped::Closed)));
    lab.stopped(0, CLIENT).await;
}

#[tokio::test]
async fn datagrams_to_where_nobody_listens_fail_unless_it_is_to_go_on() {
    let dead = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
    let target = format!("udp://{}", dead.local_addr().expect("an address"));
    drop(dead);
    let talk = Talk::new(Transport::Udp, &[(0, ">1"), (30, ">2"), (60, ">3")]);
    let mut lab = Lab::start();
    lab.order(NetCommand::Replay(CLIENT, Role::Client(client(&target)), talk.play(Manner::default()))).await;
    let why = lab.told(CLIENT, |fact| if let NetFact::Failed(why) = fact { Some(why.to_string()) } else { None }).await;
    assert!(why.contains("nobody listens"), "{why}");

    let since = lab.so_far();
    let manner = Manner { on_difference: Some(OnDifference::Go), ..Manner::default() };
    lab.order(NetCommand::Replay(CLIENT, Role::Client(client(&target)), talk.play(manner))).await;
    lab.stopped(since, CLIENT).await;
    let over = |fact: &NetFact| matches!(fact, NetFact::Replayed(_, Replayed::Over(tally)) if tally.is_whole());
    assert!(lab.facts_since(since, CLIENT).iter().any(over));
}

#[tokio::test]
async fn what_the_other_end_does_not_read_is_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let target = client(&format!("tcp://{}", listener.local_addr().expect("an address")));
    // Far more than the sockets take.
    let piece = format!(">{}", "x".repeat(60_000));
    let lines: Vec<(i64, &str)> = (0..500).map(|at| (at, piece.as_str())).collect();
    let mut lab = Lab::start();
    let play = Talk::new(Transport::Tcp, &lines).play(at_once());
    lab.order(NetCommand::Replay(CLIENT, Role::Client(target), play)).await;
    let (mut stream, _) = listener.accept().await.expect("it comes");
    let mut all = Vec::new();
    stream.read_to_end(&mut all).await.expect("it is closed in order");
    assert_eq!(all.len(), 500 * 60_000);
    drop(stream);
    assert!(tally(&mut lab, CLIENT).await.is_whole());
    lab.stopped(0, CLIENT).await;
    let lost = |fact: &NetFact| matches!(fact, NetFact::Lost(..));
    assert!(!lab.facts(CLIENT).iter().any(lost));
}

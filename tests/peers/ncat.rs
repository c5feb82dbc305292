//! ncat at a server, and as one.

use std::time::{SystemTime, UNIX_EPOCH};

use wirelab::contract::{NetCommand, NetFact, To};
use wirelab::model::{Address, Closing, Direction};

use crate::lab::{CLIENT, Lab, SERVER};
use crate::program::{Program, has};
use crate::story::{conversations, ended, host_and_port, pieces, story};

/// Seconds from 1900, where RFC 868 begins to count, to 1970.
const FROM_1900_TO_1970: u64 = 2_208_988_800;

#[tokio::test]
async fn ncat_that_only_sends_is_heard_to_its_end() {
    if !has("ncat") {
        return;
    }
    let mut lab = Lab::start();
    let (host, port) = host_and_port(&lab.serve("tcp://127.0.0.1:0", "discard", "").await);
    let mut ncat = Program::start("ncat", &["--send-only", &host, &port]);
    ncat.say("one line\n").await;
    assert_eq!(ncat.prints().await, "");
    let told = ended(&mut lab, SERVER, 1).await;
    assert_eq!(story(&lab, SERVER, told[0]), "opened, in 9, finished in, finished out, closed in order");
}

#[tokio::test]
async fn ncat_that_only_receives_gets_the_greeting() {
    if !has("ncat") {
        return;
    }
    let mut lab = Lab::start();
    let (host, port) =
        host_and_port(&lab.serve("tcp://127.0.0.1:0", "reply", "Hello, World!\\r\\n | on connect | close").await);
    let ncat = Program::start("ncat", &["--recv-only", &host, &port]);
    assert_eq!(ncat.prints().await, "Hello, World!\r\n");
    let told = ended(&mut lab, SERVER, 1).await;
    assert_eq!(story(&lab, SERVER, told[0]), "opened, out 15, finished out, finished in, closed in order");
}

#[tokio::test]
async fn ncat_half_closes_and_gets_its_whole_answer() {
    if !has("ncat") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("echo.sock").display().to_string();
    for unix in [false, true] {
        let mut lab = Lab::start();
        let listen = if unix { format!("unix://{path}") } else { "tcp://127.0.0.1:0".to_owned() };
        let address = lab.serve(&listen, "echo", "").await;
        let mut ncat = if unix {
            Program::start("ncat", &["-U", &path])
        } else {
            let (host, port) = host_and_port(&address);
            Program::start("ncat", &[&host, &port])
        };
        ncat.say("hello\nagain\n").await;
        assert_eq!(ncat.prints().await, "hello\nagain\n");
        let told = ended(&mut lab, SERVER, 1).await;
        let story = story(&lab, SERVER, told[0]);
        assert!(story.contains("finished in") && story.ends_with("finished out, closed in order"), "{story}");
    }
}

#[tokio::test]
async fn ncats_datagrams_come_back_with_their_edges() {
    if !has("ncat") {
        return;
    }
    let mut lab = Lab::start();
    let (host, port) = host_and_port(&lab.serve("udp://127.0.0.1:0", "echo", "").await);
    let mut ncat = Program::start("ncat", &["-u", &host, &port]);
    for line in ["one", "two words", "three\tin all"] {
        ncat.say(format!("{line}\n")).await;
        assert_eq!(ncat.line().await, line);
    }
    let sent: [&[u8]; 3] = [b"one\n", b"two words\n", b"three\tin all\n"];
    assert_eq!(pieces(&mut lab, SERVER, Direction::In, 3).await, sent);
    assert_eq!(pieces(&mut lab, SERVER, Direction::Out, 3).await, sent);
    assert_eq!(conversations(&lab, SERVER).len(), 1);
}

#[tokio::test]
async fn ncats_unix_datagrams_come_back_to_the_name_it_took() {
    if !has("ncat") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (own, path) = (folder.path().join("own.sock"), folder.path().join("echo.sock"));
    let (own, path) = (own.display().to_string(), path.display().to_string());
    let mut lab = Lab::start();
    lab.serve(&format!("unixgram://{path}"), "echo", "").await;
    let mut ncat = Program::start("ncat", &["-u", "-U", "-s", &own, &path]);
    ncat.say("hello\n").await;
    assert_eq!(ncat.line().await, "hello");
    let (_, local, peer) = lab.opened(SERVER).await;
    assert_eq!((local, peer), (Address::Unix(path), Address::Unix(own)));
}

#[tokio::test]
async fn ncat_asks_for_the_time_by_udp_and_gets_it() {
    if !has("ncat") {
        return;
    }
    let mut lab = Lab::start();
    let (host, port) = host_and_port(&lab.serve("udp://127.0.0.1:0", "time", "").await);
    let mut ncat = Program::start("ncat", &["-u", &host, &port]);
    ncat.say("\n").await;
    let seconds = u32::from_be_bytes(ncat.exactly(4).await.try_into().unwrap());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + FROM_1900_TO_1970;
    assert!((now as u32).wrapping_sub(seconds) < 60, "{seconds} is not about {now}");
    assert_eq!(pieces(&mut lab, SERVER, Direction::Out, 1).await, [seconds.to_be_bytes()]);
}

#[tokio::test]
async fn three_ncats_chat() {
    if !has("ncat") {
        return;
    }
    let mut lab = Lab::start();
    let (host, port) = host_and_port(&lab.serve("tcp://127.0.0.1:0", "chat", "").await);
    let mut peers = Vec::new();
    for number in 1..=3 {
        let mut ncat = Program::start("ncat", &[&host, &port]);
        assert!(ncat.line().await.starts_with(&format!("* welcome, guest{number}; ")));
        peers.push(ncat);
    }
    let [ann, bob, cid] = &mut peers[..] else { panic!("three") };
    ann.say("/name Ann\ngood morning\n").await;
    for line in ["* guest2 has joined", "* guest3 has joined", "* you are Ann now"] {
        assert_eq!(ann.line().await, line);
    }
    assert_eq!(bob.line().await, "* guest3 has joined");
    for peer in [bob, cid] {
        assert_eq!(peer.line().await, "* guest1 is Ann now");
        assert_eq!(peer.line().await, "Ann: good morning");
    }
    let cid = peers.pop().unwrap();
    assert_eq!(cid.prints().await, "", "its input ends, it leaves, and the server closes");
    assert_eq!(peers[0].line().await, "* guest3 has left");
    let told = ended(&mut lab, SERVER, 1).await;
    assert!(story(&lab, SERVER, told[2]).ends_with("finished in, finished out, closed in order"));
}

#[tokio::test]
async fn a_client_is_echoed_by_ncat_and_again_by_the_same() {
    if !has("ncat") {
        return;
    }
    let mut ncat = Program::start("ncat", &["-v", "-n", "-l", "127.0.0.1", "0", "--keep-open", "-e", "/bin/cat"]);
    ncat.remarks("Listening on").await;
    let url = format!("tcp://127.0.0.1:{}", ncat.port("tcp"));
    for _ in 0..2 {
        let mut lab = Lab::start();
        let conn = lab.connect(&url).await;
        lab.send(CLIENT, b"hello").await;
        assert_eq!(lab.hears(CLIENT, 5).await, b"hello");
        lab.order(NetCommand::Finish(CLIENT, To::All)).await;
        assert_eq!(lab.closed(CLIENT).await, Closing::Orderly);
        assert_eq!(story(&lab, CLIENT, conn), "opened, out 5, in 5, finished out, finished in, closed in order");
    }
}

#[tokio::test]
async fn a_client_talks_with_ncat_by_datagrams() {
    if !has("ncat") {
        return;
    }
    let mut ncat = Program::start("ncat", &["-v", "-n", "-u", "-l", "127.0.0.1", "0"]);
    ncat.remarks("Listening on").await;
    let mut lab = Lab::start();
    let conn = lab.connect(&format!("udp://127.0.0.1:{}", ncat.port("udp"))).await;
    lab.send(CLIENT, b"hello\n").await;
    assert_eq!(ncat.line().await, "hello");
    ncat.say("and you?\n").await;
    assert_eq!(lab.hears(CLIENT, 9).await, b"and you?\n");
    lab.send(CLIENT, b"well\n").await;
    assert_eq!(ncat.line().await, "well");
    pieces(&mut lab, CLIENT, Direction::Out, 2).await;
    assert_eq!(story(&lab, CLIENT, conn), "opened, out 6, in 9, out 5");
    drop(ncat);
}

#[tokio::test]
async fn a_client_hears_that_ncat_has_gone() {
    if !has("ncat") {
        return;
    }
    let mut ncat = Program::start("ncat", &["-v", "-n", "-l", "127.0.0.1", "0"]);
    ncat.remarks("Listening on").await;
    let mut lab = Lab::start();
    lab.connect(&format!("tcp://127.0.0.1:{}", ncat.port("tcp"))).await;
    ncat.remarks("Connection from").await;
    drop(ncat);
    let gone = |fact: &NetFact| matches!(fact, NetFact::Finished(_, Direction::In) | NetFact::Closed(..)).then_some(());
    lab.told(CLIENT, gone).await;
}

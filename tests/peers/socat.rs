//! socat at a server, and as one.

use wirelab::contract::{NetCommand, To};
use wirelab::model::{Address, Closing, Direction};

use crate::lab::{CLIENT, Lab, SERVER, has_ipv6};
use crate::program::{Program, has};
use crate::story::{ended, pieces, story};

/// The port that socat says it got, in `… listening on UDP AF=2 127.0.0.1:45321`.
pub async fn port_of(socat: &mut Program) -> u16 {
    let line = socat.remarks("listening on").await;
    line.rsplit(':').next().and_then(|port| port.trim().parse().ok()).unwrap_or_else(|| panic!("{line}"))
}

/// Sends 300 kB, half-closes, and gets it all back, in order at both ends.
async fn half_closes(lab: &mut Lab, address: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("question");
    let question: Vec<u8> = (0..300_000_u32).map(|n| (n >> 3) as u8).collect();
    std::fs::write(&file, &question).expect("a file");
    let socat = Program::start("socat", &["-t", "20", &format!("OPEN:{},rdonly!!-", file.display()), address]);
    let output = socat.ended().await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stdout == question, "{} bytes came back", output.stdout.len());
    let told = ended(lab, SERVER, 1).await;
    let story = story(lab, SERVER, told[0]);
    assert!(story.ends_with("finished out, closed in order"), "{story}");
    assert!(story.contains("finished in"), "{story}");
}

#[tokio::test]
async fn socat_half_closes_and_gets_its_whole_answer() {
    if !has("socat") {
        return;
    }
    let mut lab = Lab::start();
    let address = lab.serve("tcp://127.0.0.1:0", "echo", "").await;
    half_closes(&mut lab, &format!("TCP:{address}")).await;
    if has_ipv6() {
        let mut lab = Lab::start();
        let address = lab.serve("tcp://[::1]:0", "echo", "").await;
        half_closes(&mut lab, &format!("TCP6:{address}")).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("echo.sock").display().to_string();
    let mut lab = Lab::start();
    lab.serve(&format!("unix://{path}"), "echo", "").await;
    half_closes(&mut lab, &format!("UNIX-CONNECT:{path}")).await;
}

#[tokio::test]
async fn socats_datagrams_come_back_with_their_edges() {
    if !has("socat") {
        return;
    }
    let mut lab = Lab::start();
    let address = lab.serve("udp://127.0.0.1:0", "echo", "").await;
    let mut socat = Program::start("socat", &["-", &format!("UDP:{address}")]);
    for line in ["one", "two words"] {
        socat.say(format!("{line}\n")).await;
        assert_eq!(socat.line().await, line);
    }
    assert_eq!(pieces(&mut lab, SERVER, Direction::In, 2).await, [&b"one\n"[..], b"two words\n"]);
}

#[tokio::test]
async fn socat_is_answered_by_unix_datagrams_where_it_is_bound() {
    if !has("socat") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (own, path) = (folder.path().join("own.sock"), folder.path().join("echo.sock"));
    let mut lab = Lab::start();
    lab.serve(&format!("unixgram://{}", path.display()), "echo", "").await;
    let target = format!("UNIX-SENDTO:{},bind={}", path.display(), own.display());
    let mut socat = Program::start("socat", &["-", &target]);
    socat.say("hello\n").await;
    assert_eq!(socat.line().await, "hello");
    assert_eq!(lab.opened(SERVER).await.2, Address::Unix(own.display().to_string()));
}

#[tokio::test]
async fn socat_gets_chargen_by_udp() {
    if !has("socat") {
        return;
    }
    let mut lab = Lab::start();
    let address = lab.serve("udp://127.0.0.1:0", "chargen", "").await;
    // socat's plain UDP takes an empty datagram, which chargen may well send, for the end.
    let mut socat = Program::start("socat", &["-", &format!("UDP-DATAGRAM:{address}")]);
    let mut answers = Vec::new();
    for number in 1..=10 {
        socat.say("?").await;
        answers = pieces(&mut lab, SERVER, Direction::Out, number).await;
    }
    assert!(answers.iter().all(|answer| answer.len() <= 512));
    let all = answers.concat();
    assert!(!all.is_empty());
    assert_eq!(socat.exactly(all.len()).await, all);
}

#[tokio::test]
async fn a_client_half_closes_toward_socat_and_gets_its_whole_answer() {
    if !has("socat") {
        return;
    }
    let mut socat = Program::start("socat", &["-d", "-d", "-t", "20", "TCP-LISTEN:0,bind=127.0.0.1", "EXEC:cat"]);
    let port = port_of(&mut socat).await;
    let mut lab = Lab::start();
    let conn = lab.connect(&format!("tcp://127.0.0.1:{port}")).await;
    let question: Vec<u8> = (0..300_000_u32).map(|n| (n >> 3) as u8).collect();
    lab.order(NetCommand::Send(CLIENT, To::All, question.clone().into())).await;
    lab.order(NetCommand::Finish(CLIENT, To::All)).await;
    assert!(lab.hears(CLIENT, question.len()).await == question);
    assert_eq!(lab.closed(CLIENT).await, Closing::Orderly);
    assert!(story(&lab, CLIENT, conn).ends_with("finished in, closed in order"));
    socat.prints().await;
}

#[tokio::test]
async fn a_client_talks_with_socat_by_datagrams() {
    if !has("socat") {
        return;
    }
    let mut socat = Program::start("socat", &["-d", "-d", "UDP-LISTEN:0,bind=127.0.0.1", "-"]);
    let port = port_of(&mut socat).await;
    let mut lab = Lab::start();
    lab.connect(&format!("udp://127.0.0.1:{port}")).await;
    lab.send(CLIENT, b"hello\n").await;
    assert_eq!(socat.line().await, "hello");
    socat.say("and you?\n").await;
    assert_eq!(lab.hears(CLIENT, 9).await, b"and you?\n");
}

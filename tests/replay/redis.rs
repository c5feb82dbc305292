//! A session with Redis, recorded through a tap and replayed to another server.

use std::path::Path;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::program::{Program, has};

/// A Redis of its own, and its port.
async fn redis(folder: &Path) -> (Program, String) {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("an address").port().to_string();
    drop(free);
    let folder = folder.to_str().expect("a path");
    let arguments = ["--port", &port, "--bind", "127.0.0.1", "--save", "", "--dir", folder, "--daemonize", "no"];
    let mut server = Program::start("redis-server", &arguments);
    while !server.line().await.contains("eady to accept connections") {}
    (server, port)
}

/// What redis-cli prints for these lines.
async fn cli(port: &str, lines: &str) -> String {
    let mut cli = Program::start("redis-cli", &["-p", port]);
    cli.say(lines).await;
    cli.prints().await
}

/// All keys with their values, as Redis serializes them; the members of sets, which have no order, sorted.
async fn data(port: &str) -> Vec<(String, String)> {
    let scan = Program::start("redis-cli", &["-p", port, "--scan"]).prints().await;
    let mut keys: Vec<String> = scan.lines().map(str::to_owned).collect();
    keys.sort();
    let mut data = Vec::new();
    for key in keys {
        let kind = Program::start("redis-cli", &["-p", port, "TYPE", &key]).prints().await;
        let ask: &[&str] = if kind.trim() == "set" { &["SORT", &key, "ALPHA"] } else { &["DUMP", &key] };
        let value = Program::start("redis-cli", &[&["-p", port, "--no-raw"], ask].concat()).prints().await;
        data.push((key, value));
    }
    data
}

const SESSION: &str = "\
SET greeting hello
APPEND greeting ' and bye'
INCR visits
INCRBY visits 41
LPUSH queue a b c
RPOP queue
HSET user name Ada born 1815
SADD colours red green
ZADD scores 3 ann 1 bob
SETRANGE bits 5 \"\\xff\\x00\"
DEL nothing
";

#[tokio::test]
async fn a_session_replayed_to_a_fresh_server_leaves_the_same_data() {
    if !has("redis-server") || !has("redis-cli") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (_first, first) = redis(folder.path()).await;
    let (_second, second) = redis(folder.path()).await;
    let file = folder.path().join("redis.pcapng");
    let wirelab = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wirelab"));
        command.stdin(Stdio::null());
        command
    };

    let mut tap = wirelab();
    tap.args(["tap", "tcp://127.0.0.1:0", &format!("127.0.0.1:{first}"), "--quiet", "--record"]).arg(&file);
    let mut tap = tap.stdout(Stdio::piped()).spawn().expect("it runs");
    let mut listens = String::new();
    let mut out = std::io::BufReader::new(tap.stdout.take().expect("it is piped"));
    std::io::BufRead::read_line(&mut out, &mut listens).expect("it is text");
    let port = listens.trim_end().rsplit(':').next().expect("a port").to_owned();
    let answered = cli(&port, SESSION).await;
    assert!(answered.contains("42"), "{answered}");
    kill_process(Pid::from_child(&tap), Signal::INT).expect("it runs");
    assert!(tap.wait().expect("it ends").success());

    // What redis-cli asks first, the server's commands, comes in another order from every server.
    let mut replay = wirelab();
    replay.arg("replay").arg(&file).arg(format!("127.0.0.1:{second}"));
    let output = replay.args(["--speed", "max", "--on-difference", "go"]).output().expect("it runs");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{told}");
    let (was, is) = (data(&first).await, data(&second).await);
    assert_eq!(was.len(), 7, "{was:?}");
    assert_eq!(is, was, "{told}");
}

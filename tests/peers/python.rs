//! Python's `socket` and `socketserver` at the other end: the first exercises of a socket course, and more.

use wirelab::contract::{NetCommand, NetFact, To};
use wirelab::model::{Address, Closing, Direction};

use crate::lab::{CLIENT, Lab, SERVER, has_ipv6};
use crate::program::{Program, has};
use crate::story::{conversations, ended, host_and_port, pieces, story};

const TCP_CLIENT: &str = r#"
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=20) as peer:
    heard = b""
    while part := peer.recv(1024):
        heard += part
print(heard)
"#;

async fn greets_a_tcp_client(listen: &str) {
    let mut lab = Lab::start();
    let address = lab.serve(listen, "reply", r"Hello, World!\r\n | on connect | close").await;
    let (host, port) = host_and_port(&address);
    let printed = Program::python(TCP_CLIENT, &[&host, &port]).prints().await;
    assert_eq!(printed, "b'Hello, World!\\r\\n'\n");
    let told = ended(&mut lab, SERVER, 1).await;
    assert_eq!(story(&lab, SERVER, told[0]), "opened, out 15, finished out, finished in, closed in order");
    assert_eq!(lab.opened(SERVER).await.1, address);
}

#[tokio::test]
async fn a_tcp_server_greets_python() {
    if has("python3") {
        greets_a_tcp_client("tcp://127.0.0.1:0").await;
    }
}

#[tokio::test]
async fn a_tcp_server_greets_python_over_ipv6() {
    if has("python3") && has_ipv6() {
        greets_a_tcp_client("tcp://[::1]:0").await;
    }
}

const UDP_CLIENT: &str = r#"
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
with socket.socket(family, socket.SOCK_DGRAM) as peer:
    peer.settimeout(20)
    peer.sendto(b"anyone?", (sys.argv[1], int(sys.argv[2])))
    answer, sender = peer.recvfrom(1024)
    print(answer, sender[1] == int(sys.argv[2]))
"#;

async fn greets_a_udp_client(listen: &str) {
    let mut lab = Lab::start();
    let address = lab.serve(listen, "reply", r"Hello, World!\r\n").await;
    let (host, port) = host_and_port(&address);
    let printed = Program::python(UDP_CLIENT, &[&host, &port]).prints().await;
    assert_eq!(printed, "b'Hello, World!\\r\\n' True\n");
    pieces(&mut lab, SERVER, Direction::Out, 1).await;
    let told = conversations(&lab, SERVER);
    assert_eq!(story(&lab, SERVER, told[0]), "opened, in 7, out 15", "a UDP peer has no end");
}

#[tokio::test]
async fn a_udp_server_greets_python() {
    if has("python3") {
        greets_a_udp_client("udp://127.0.0.1:0").await;
    }
}

#[tokio::test]
async fn a_udp_server_greets_python_over_ipv6() {
    if has("python3") && has_ipv6() {
        greets_a_udp_client("udp://[::1]:0").await;
    }
}

#[tokio::test]
async fn a_unix_server_greets_python() {
    if !has("python3") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("greeter.sock").display().to_string();
    let mut lab = Lab::start();
    lab.serve(&format!("unix://{path}"), "reply", r"Hello, World!\r\n | on connect | close").await;
    let script = "import socket, sys\n\
        peer = socket.socket(socket.AF_UNIX)\n\
        peer.settimeout(20)\n\
        peer.connect(sys.argv[1])\n\
        print(peer.makefile().read())";
    assert_eq!(Program::python(script, &[&path]).prints().await.trim_end(), "Hello, World!");
    let told = ended(&mut lab, SERVER, 1).await;
    assert_eq!(story(&lab, SERVER, told[0]), "opened, out 15, finished out, finished in, closed in order");
}

#[tokio::test]
async fn a_unix_datagram_server_answers_a_bound_python_and_says_why_not_an_unbound_one() {
    if !has("python3") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (own, path) = (folder.path().join("own.sock"), folder.path().join("greeter.sock"));
    let (own, path) = (own.display().to_string(), path.display().to_string());
    let mut lab = Lab::start();
    lab.serve(&format!("unixgram://{path}"), "reply", r"Hello, World!\r\n").await;
    let script = "import socket, sys\n\
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'nobody', sys.argv[2])\n\
        peer = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n\
        peer.settimeout(20)\n\
        peer.bind(sys.argv[1])\n\
        peer.sendto(b'anyone?', sys.argv[2])\n\
        print(peer.recvfrom(1024) == (b'Hello, World!\\r\\n', sys.argv[2]))";
    assert_eq!(Program::python(script, &[&own, &path]).prints().await, "True\n");
    lab.remark(SERVER, "its socket has no address to answer to").await;
    pieces(&mut lab, SERVER, Direction::Out, 1).await;
    let told = conversations(&lab, SERVER);
    assert_eq!(story(&lab, SERVER, told[0]), "opened, in 6");
    assert_eq!(story(&lab, SERVER, told[1]), "opened, in 7, out 15");
    let peer = lab.told(SERVER, |fact| match fact {
        NetFact::Opened { conn, peer, .. } if *conn == told[1] => Some(peer.clone()),
        _ => None,
    });
    assert_eq!(peer.await, Address::Unix(own));
}

const ONE_ANSWER: &str = r#"
import os, socket, sys
kind, place = sys.argv[1], sys.argv[2]
family = {"4": socket.AF_INET, "6": socket.AF_INET6, "u": socket.AF_UNIX}[kind[1]]
server = socket.socket(family, socket.SOCK_STREAM if kind[0] == "s" else socket.SOCK_DGRAM)
server.settimeout(20)
server.bind(place if kind[1] == "u" else (place, 0))
if kind[0] == "s":
    server.listen()
print("ready" if kind[1] == "u" else server.getsockname()[1])
if kind[0] == "s":
    peer, _ = server.accept()
    heard = peer.recv(1024)
    peer.sendall(b"Hello, World!\r\n")
    peer.close()
else:
    heard, peer = server.recvfrom(1024)
    server.sendto(b"Hello, World!\r\n", peer)
print(heard)
"#;

/// A client says `hello` to a server of a few lines of Python, of this kind and at this place.
async fn is_answered_by_python(kind: &str, place: &str, url: &str, told: &str) {
    let mut python = Program::python(ONE_ANSWER, &[kind, place]);
    let port = python.line().await;
    let mut lab = Lab::start();
    let conn = lab.connect(&url.replace("PORT", &port)).await;
    lab.send(CLIENT, b"hello").await;
    assert_eq!(lab.hears(CLIENT, 15).await, b"Hello, World!\r\n");
    assert_eq!(python.prints().await, "b'hello'\n");
    if !told.contains("closed") {
        assert_eq!(story(&lab, CLIENT, conn), told);
        return;
    }
    lab.told(CLIENT, |fact| matches!(fact, NetFact::Finished(_, Direction::In)).then_some(())).await;
    lab.order(NetCommand::Finish(CLIENT, To::All)).await;
    assert_eq!(lab.closed(CLIENT).await, Closing::Orderly);
    assert_eq!(story(&lab, CLIENT, conn), told);
}

const STREAM: &str = "opened, out 5, in 15, finished in, finished out, closed in order";
const DATAGRAMS: &str = "opened, out 5, in 15";

#[tokio::test]
async fn a_client_is_answered_by_pythons_tcp_and_udp_servers() {
    if !has("python3") {
        return;
    }
    is_answered_by_python("s4", "127.0.0.1", "tcp://127.0.0.1:PORT", STREAM).await;
    is_answered_by_python("d4", "127.0.0.1", "udp://127.0.0.1:PORT", DATAGRAMS).await;
    if has_ipv6() {
        is_answered_by_python("s6", "::1", "tcp://[::1]:PORT", STREAM).await;
        is_answered_by_python("d6", "::1", "udp://[::1]:PORT", DATAGRAMS).await;
    }
}

#[tokio::test]
async fn a_client_is_answered_by_pythons_unix_servers() {
    if !has("python3") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (kind, name, scheme, told) in [("su", "s", "unix", STREAM), ("du", "d", "unixgram", DATAGRAMS)] {
        let path = folder.path().join(name).display().to_string();
        is_answered_by_python(kind, &path, &format!("{scheme}://{path}"), told).await;
    }
}

const THREADED_ECHO: &str = r#"
import socketserver
class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            while part := self.request.recv(65536):
                self.request.sendall(part)
            print("finished")
        except ConnectionResetError:
            print("reset")
with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
    print(server.server_address[1])
    server.serve_forever()
"#;

#[tokio::test]
async fn a_client_that_sends_and_half_closes_gets_its_whole_answer_from_socketserver() {
    if !has("python3") {
        return;
    }
    let mut python = Program::python(THREADED_ECHO, &[]);
    let port = python.line().await;
    let mut lab = Lab::start();
    let conn = lab.connect(&format!("tcp://127.0.0.1:{port}")).await;
    let question: Vec<u8> = (0..300_000_u32).map(|n| (n >> 5) as u8).collect();
    lab.order(NetCommand::Send(CLIENT, To::All, question.clone().into())).await;
    lab.order(NetCommand::Finish(CLIENT, To::One(conn))).await;
    assert!(lab.hears(CLIENT, question.len()).await == question);
    assert_eq!(lab.closed(CLIENT).await, Closing::Orderly);
    assert_eq!(python.line().await, "finished");
    assert!(story(&lab, CLIENT, conn).ends_with("finished in, closed in order"));
}

#[tokio::test]
async fn a_reset_arrives_at_socketserver_as_one() {
    if !has("python3") {
        return;
    }
    let mut python = Program::python(THREADED_ECHO, &[]);
    let port = python.line().await;
    let mut lab = Lab::start();
    let conn = lab.connect(&format!("tcp://127.0.0.1:{port}")).await;
    lab.send(CLIENT, b"hello").await;
    assert_eq!(lab.hears(CLIENT, 5).await, b"hello");
    lab.order(NetCommand::Reset(CLIENT, To::One(conn))).await;
    assert_eq!(lab.closed(CLIENT).await, Closing::ResetByUs);
    assert_eq!(python.line().await, "reset");
}

#[tokio::test]
async fn a_reset_by_python_is_told_as_one() {
    if !has("python3") {
        return;
    }
    let mut lab = Lab::start();
    let (host, port) = host_and_port(&lab.serve("tcp://127.0.0.1:0", "echo", "").await);
    let script = "import socket, struct, sys\n\
        peer = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=20)\n\
        peer.sendall(b'hello')\n\
        print(peer.recv(5))\n\
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))\n\
        peer.close()";
    assert_eq!(Program::python(script, &[&host, &port]).prints().await, "b'hello'\n");
    let told = ended(&mut lab, SERVER, 1).await;
    assert_eq!(story(&lab, SERVER, told[0]), "opened, in 5, out 5, closed by the peer's reset");
}

const LEAVES: &str = r"
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=20) as peer:
    peer.sendall(sys.argv[3].encode())
";

#[tokio::test]
async fn what_is_sent_to_a_peer_that_has_left_is_told_to_have_met_a_reset() {
    if !has("python3") {
        return;
    }
    let mut lab = Lab::start();
    let (host, port) = host_and_port(&lab.serve("tcp://127.0.0.1:0", "manual", "").await);
    Program::python(LEAVES, &[&host, &port, "hello"]).prints().await;
    lab.told(SERVER, |fact| matches!(fact, NetFact::Finished(_, Direction::In)).then_some(())).await;
    lab.send(SERVER, b"too late").await;
    pieces(&mut lab, SERVER, Direction::Out, 1).await;
    lab.order(NetCommand::Close(SERVER, To::All)).await;
    let told = ended(&mut lab, SERVER, 1).await;
    assert_eq!(story(&lab, SERVER, told[0]), "opened, in 5, finished in, out 8, closed by the peer's reset");
}

#[tokio::test]
async fn a_web_client_that_leaves_before_its_answer_is_no_failure_of_the_server() {
    if !has("python3") {
        return;
    }
    let mut lab = Lab::start();
    let address = lab.serve("http://127.0.0.1:0", "routes", "GET / => 200 hello | after 50ms").await;
    let (host, port) = host_and_port(&address);
    Program::python(LEAVES, &[&host, &port, "GET / HTTP/1.1\r\nHost: lab\r\n\r\n"]).prints().await;
    let told = ended(&mut lab, SERVER, 1).await;
    let story = story(&lab, SERVER, told[0]);
    assert!(story.starts_with("opened, in 29, ") && !story.contains("failure"), "{story}");
}

#[tokio::test]
async fn udp_echo_keeps_the_edges_of_datagrams_of_every_size() {
    if !has("python3") {
        return;
    }
    let mut lab = Lab::start();
    let (host, port) = host_and_port(&lab.serve("udp://127.0.0.1:0", "echo", "").await);
    let script = "import socket, sys\n\
        peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n\
        peer.settimeout(20)\n\
        peer.connect((sys.argv[1], int(sys.argv[2])))\n\
        sizes = [0, 1, 5, 512, 1472, 1473, 9000, 65507]\n\
        for size in sizes:\n\
        \x20   peer.send(bytes([size % 251]) * size)\n\
        print([len(peer.recv(65535)) for _ in sizes])";
    let printed = Program::python(script, &[&host, &port]).prints().await;
    assert_eq!(printed, "[0, 1, 5, 512, 1472, 1473, 9000, 65507]\n");
    for direction in [Direction::In, Direction::Out] {
        let sizes: Vec<usize> = pieces(&mut lab, SERVER, direction, 8).await.iter().map(Vec::len).collect();
        assert_eq!(sizes, [0, 1, 5, 512, 1472, 1473, 9000, 65507]);
    }
}

#[tokio::test]
async fn udp_chargen_answers_with_0_to_512_printable_bytes() {
    if !has("python3") {
        return;
    }
    let mut lab = Lab::start();
    let (host, port) = host_and_port(&lab.serve("udp://127.0.0.1:0", "chargen", "").await);
    let script = "import socket, sys\n\
        peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n\
        peer.settimeout(20)\n\
        peer.connect((sys.argv[1], int(sys.argv[2])))\n\
        def ask():\n\
        \x20   peer.send(b'?')\n\
        \x20   return peer.recv(65535)\n\
        answers = [ask() for _ in range(40)]\n\
        plain = set(range(32, 127)) | {13, 10}\n\
        print(max(map(len, answers)) <= 512, len(set(map(len, answers))) > 1, set(b''.join(answers)) <= plain)";
    assert_eq!(Program::python(script, &[&host, &port]).prints().await, "True True True\n");
    let answers = pieces(&mut lab, SERVER, Direction::Out, 40).await;
    assert!(answers.iter().all(|answer| answer.len() <= 512));
}

//! A tap when the system has no file descriptors left. Alone in its process, because all tests of one share them.

#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks for one fact among all that are told")]

#[path = "support/lab.rs"]
#[expect(dead_code, reason = "shared with tests of clients")]
mod lab;

use std::fs::File;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use lab::{Lab, PATIENCE, SERVER};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use socket2::{Domain, Socket, Type};

/// Descriptors this process may have: few, so that they are soon used up.
const MOST: u64 = 128;

/// Takes all descriptors there are.
fn take_all() -> Vec<File> {
    std::iter::from_fn(|| File::open("/dev/null").ok()).collect()
}

/// A socket that is not connected yet.
fn socket() -> Socket {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a descriptor");
    socket.set_read_timeout(Some(PATIENCE)).expect("a socket");
    socket
}

fn connect(socket: Socket, tap: SocketAddr) -> TcpStream {
    socket.connect(&tap.into()).expect("the system takes it for the tap");
    socket.into()
}

fn says(from: &mut TcpStream, to: &mut TcpStream) {
    from.write_all(b"ping").expect("it takes it");
    let mut heard = [0; 4];
    to.read_exact(&mut heard).expect("it comes");
    assert_eq!(&heard, b"ping");
}

#[tokio::test]
async fn without_descriptors_who_comes_waits_or_is_refused_and_that_is_told_and_others_go_on() {
    let before = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(MOST), maximum: before.maximum }).expect("the system does it");
    let server = TcpListener::bind("127.0.0.1:0").expect("the system does it");
    let mut lab = Lab::start();
    let target = format!("tcp://{}", server.local_addr().expect("the system does it"));
    let tap: SocketAddr =
        lab.serve("tcp://127.0.0.1:0", "tap", &target).await.to_string().parse().expect("the system does it");
    let mut old = connect(socket(), tap);
    let mut old_end = server.accept().expect("the system does it").0;
    old_end.set_read_timeout(Some(PATIENCE)).expect("the system does it");
    says(&mut old, &mut old_end);

    // None is left to connect to the target with.
    let next = socket();
    let mut taken = take_all();
    assert!(taken.pop().is_some(), "one for the tap to accept with");
    let mut refused = connect(next, tap);
    let words = lab.remark(SERVER, "refused").await;
    assert!(words.contains("open files"), "{words}");
    assert!(refused.read(&mut [0; 4]).is_err(), "it is reset");
    says(&mut old, &mut old_end);

    // None is left to accept with.
    drop(refused);
    let next = socket();
    taken.extend(take_all());
    let mut waits = connect(next, tap);
    let words = lab.remark(SERVER, "wait to be accepted").await;
    assert!(words.contains("ulimit"), "{words}");
    says(&mut old, &mut old_end);

    // They are there again, and it is let in.
    drop(taken);
    let mut end = server.accept().expect("the system does it").0;
    end.set_read_timeout(Some(PATIENCE)).expect("the system does it");
    says(&mut waits, &mut end);
}

//! How long `wirelab send` takes from its start to its first byte at the server, beside `ncat` and `socat` in turns.
//!
//! `cargo bench --bench start` prints the medians and how far they are from ncat's; programs that are not there are left
//! out. A server on loopback takes the connection and notes when the first byte is read.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Starts of each program.
const ROUNDS: usize = 41;

/// What is sent.
const TEXT: &str = "hello\n";

/// A program that sends [`TEXT`] to a port, in its standard input or its arguments.
struct Sender {
    name: &'static str,
    arguments: fn(u16) -> Vec<String>,
    starts: Vec<Duration>,
}

#[expect(clippy::print_stdout, reason = "a benchmark tells its figures")]
fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let sender = |name, arguments| Sender { name, arguments, starts: Vec::new() };
    let mut senders = vec![
        sender("ncat", |port| vec!["127.0.0.1".into(), port.to_string()]),
        sender("socat", |port| vec!["-".into(), format!("TCP:127.0.0.1:{port}")]),
        sender(env!("CARGO_BIN_EXE_wirelab"), |port| vec!["send".into(), format!("tcp://127.0.0.1:{port}")]),
    ];
    senders.retain(|sender| {
        let is_there = sender.is_there();
        if !is_there {
            println!("{} is not there", sender.name);
        }
        is_there
    });
    for _ in 0..ROUNDS {
        for sender in &mut senders {
            let start = sender.start(&listener, port);
            sender.starts.push(start);
        }
    }
    let ncat = senders.iter_mut().find(|sender| sender.name == "ncat").map(Sender::median);
    for sender in &mut senders {
        let median = sender.median();
        let name = sender.name.rsplit('/').next().unwrap_or_default();
        let beside = ncat.map_or(String::new(), |ncat| {
            format!("{:+8.2} ms beside ncat", (median.as_secs_f64() - ncat.as_secs_f64()) * 1e3)
        });
        println!("{name:<8} {:8.2} ms to the first byte {beside}", median.as_secs_f64() * 1e3);
    }
}

impl Sender {
    fn is_there(&self) -> bool {
        let quiet = Command::new(self.name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        let quiet = quiet.or_else(|_| Command::new(self.name).arg("-V").stdout(Stdio::null()).status());
        quiet.is_ok()
    }

    /// How long it takes from its start until its first byte is read.
    fn start(&self, listener: &TcpListener, port: u16) -> Duration {
        let mut command = Command::new(self.name);
        command.args((self.arguments)(port)).stdin(Stdio::piped()).stdout(Stdio::null());
        let began = Instant::now();
        let mut child = command.spawn().expect("it starts");
        let mut input = child.stdin.take().expect("it is piped");
        input.write_all(TEXT.as_bytes()).expect("it reads its input");
        drop(input);
        let (mut stream, _) = listener.accept().expect("it connects");
        stream.read_exact(&mut [0]).expect("it sends");
        let took = began.elapsed();
        drop(stream);
        child.wait().expect("it ends");
        took
    }

    fn median(&mut self) -> Duration {
        self.starts.sort_unstable();
        self.starts[self.starts.len() / 2]
    }
}

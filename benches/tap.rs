//! What a tap costs the traffic that passes it, beside a bare copy loop, toxiproxy, socat and mitmdump, in turns.
//!
//! `cargo bench --bench tap` prints medians and their ratios; nothing here decides whether they are good. As in use, each
//! end and what stands between them is a process of its own, and the tap is the program itself. All is done on this
//! machine, so whatever a tap does beside passing on shares the processors with both ends. What is not installed is left
//! out.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::{Builder, Runtime};

/// Rounds of each, of which the median counts.
const ROUNDS: usize = 7;

/// Rounds in which mitmdump takes part; it takes seconds to start.
const HTTP_ROUNDS: usize = 3;

/// Bytes that pass in a round, and how many at a time.
const BULK: usize = 512 << 20;
const CHUNK: usize = 64 << 10;

/// Connections that send something back and forth at once, how often all of them do, and what.
const TALKERS: usize = 64;
const TRIPS: usize = 64_000;
const PING: [u8; 64] = [b'p'; 64];

/// Connections that are made, so many at once.
const SETUPS: usize = 4800;
const AT_ONCE: usize = 8;

/// Requests of a round and the connections they go over; mitmdump gets fewer, which its rate does not show.
const REQUESTS: usize = 8000;
const REQUESTS_OF_MITMDUMP: usize = 960;
const BROWSERS: usize = 16;
const REQUEST: &[u8] = b"GET /index.html HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n";
const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!";

/// How long a program may take to listen.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a process of this benchmark's own is started as, before what it needs to know.
const AS_FAR_END: &str = "as-far-end";
const AS_CLIENT: &str = "as-client";
const AS_LOOP: &str = "as-loop";

/// What stands between the two ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Between {
    /// `wirelab tap`, recording and telling nothing.
    Recorded,
    /// The same without a recording.
    Watched,
    /// The same recording, and telling all that passes as lines of JSON.
    Told,
    /// The whole screen, recording.
    Screen,
    /// tokio's `copy_bidirectional` and nothing else.
    Loop,
    /// `toxiproxy-server` with one proxy and no toxic.
    Toxiproxy,
    Socat,
    Mitmdump,
}

impl Between {
    fn name(self) -> &'static str {
        match self {
            Self::Recorded => "tap, recording",
            Self::Watched => "tap, not recording",
            Self::Told => "tap, recording, JSON",
            Self::Screen => "tap, recording, screen",
            Self::Loop => "copy loop",
            Self::Toxiproxy => "toxiproxy",
            Self::Socat => "socat",
            Self::Mitmdump => "mitmdump",
        }
    }

    fn is_here(self) -> bool {
        let program = match self {
            Self::Recorded | Self::Watched | Self::Told | Self::Loop => return true,
            Self::Screen => Command::new("script").arg("--version").stdout(Stdio::null()).status(),
            Self::Toxiproxy => Command::new("toxiproxy-server").arg("-version").stdout(Stdio::null()).status(),
            Self::Socat => Command::new("socat").arg("-V").stdout(Stdio::null()).status(),
            Self::Mitmdump => Command::new("mitmdump").arg("--version").stdout(Stdio::null()).status(),
        };
        program.is_ok_and(|status| status.success())
    }
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Load {
    Bulk,
    Trips,
    Setups,
    Http,
}

impl Load {
    const ALL: [Self; 4] = [Self::Bulk, Self::Trips, Self::Setups, Self::Http];

    fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|load| load.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Bulk => "bulk",
            Self::Trips => "trips",
            Self::Setups => "setups",
            Self::Http => "http",
        }
    }
}

#[expect(clippy::print_stdout, reason = "a benchmark tells its figures, and a process of its own what it found")]
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let address = |text: &str| text.parse::<SocketAddr>().expect("an address");
    let load = |name: &str| Load::of(name).expect("a load");
    match arguments[..] {
        [AS_FAR_END, name] => far_end(load(name)),
        [AS_LOOP, listen, target] => runtime().block_on(copy_loop(address(listen), address(target))),
        [AS_CLIENT, name, count, to] => {
            println!("{}", measure(load(name), count.parse().expect("a count"), address(to)));
        }
        [] => Load::ALL.into_iter().for_each(compare),
        _ => arguments.into_iter().map(load).for_each(compare),
    }
}

#[expect(clippy::print_stdout, reason = "a benchmark tells its figures")]
fn compare(load: Load) {
    let folder = tempfile::tempdir().expect("a folder");
    let rounds = if load == Load::Http { HTTP_ROUNDS } else { ROUNDS };
    let stands = [
        Between::Recorded,
        Between::Watched,
        Between::Told,
        Between::Screen,
        Between::Loop,
        Between::Toxiproxy,
        Between::Socat,
    ];
    let last = (load == Load::Http).then_some(Between::Mitmdump);
    let (here, missing): (Vec<_>, Vec<_>) =
        stands.into_iter().chain(last).partition(|between: &Between| between.is_here());
    for between in missing {
        println!("{} is not here", between.name());
    }
    let mut figures = vec![Vec::new(); here.len()];
    for _ in 0..rounds {
        for (between, figures) in here.iter().zip(&mut figures) {
            figures.push(round(*between, load, folder.path()));
        }
    }
    let medians: Vec<f64> = figures.iter_mut().map(|figures| median(figures)).collect();
    let unit = match load {
        Load::Bulk => "MB/s through one connection",
        Load::Trips => "round trips of 64 bytes a second, 64 connections at once",
        Load::Setups => "connections made and ended a second, 8 at once",
        Load::Http => "HTTP requests a second, 16 connections at once",
    };
    println!("{unit}:");
    for (between, median) in here.iter().zip(&medians) {
        println!("  {:<24}{median:>10.0}   tap, recording: {:.2} of it", between.name(), medians[0] / median);
    }
}

fn median(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// One round: so many a second.
fn round(between: Between, load: Load, folder: &Path) -> f64 {
    let mut far = Other::start(own(&[AS_FAR_END, load.name()]).stdout(Stdio::piped()));
    let target = far.line().parse().expect("an address");
    let listen = free_address();
    let recorded = folder.join("bench.pcapng");
    let mut stand = Other::start(&mut stand(between, listen, target, folder, &recorded));
    let start = Instant::now();
    while TcpStream::connect(listen).is_err() {
        assert!(start.elapsed() < PATIENCE, "{} does not listen", between.name());
        thread::sleep(Duration::from_millis(20));
    }
    let count = match load {
        Load::Bulk => BULK,
        Load::Trips => TRIPS,
        Load::Setups => SETUPS,
        Load::Http if between == Between::Mitmdump => REQUESTS_OF_MITMDUMP,
        Load::Http => REQUESTS,
    };
    let mut client = own(&[AS_CLIENT, load.name(), &count.to_string(), &listen.to_string()]);
    let figure = Other::start(client.stdout(Stdio::piped())).line().parse().expect("a figure");
    stand.end();
    if let Ok(metadata) = recorded.metadata() {
        assert!(metadata.len() > 0, "{} recorded nothing", between.name());
        std::fs::remove_file(recorded).expect("it is ours");
    }
    figure
}

/// A process, ended with this.
struct Other(Child);

impl Other {
    fn start(command: &mut Command) -> Self {
        Self(command.spawn().expect("it is here"))
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        let out = self.0.stdout.as_mut().expect("it was asked for");
        BufReader::new(out).read_line(&mut line).expect("it tells");
        line.trim_end().to_owned()
    }

    /// Asks it to end, and waits for that.
    fn end(&mut self) {
        kill_process(Pid::from_child(&self.0), Signal::TERM).expect("it is ours");
        self.0.wait().expect("it ends");
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// This program, as something else.
fn own(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("its path"));
    command.args(arguments).stdin(Stdio::null());
    command
}

/// So many of the load, and how many a second that was.
fn measure(load: Load, count: usize, address: SocketAddr) -> f64 {
    match load {
        Load::Bulk => bulk(address, count),
        Load::Trips => trips(address, count),
        Load::Setups => setups(address, count),
        Load::Http => requests(address, count),
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Where all goes to, until it is ended; tells its address.
#[expect(clippy::print_stdout, reason = "another process reads it")]
fn far_end(load: Load) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    println!("{}", listener.local_addr().expect("an address"));
    match load {
        Load::Bulk => {
            let mut piece = vec![0; 256 << 10];
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                while let Ok(1..) = stream.read(&mut piece) {}
            }
        }
        Load::Trips | Load::Setups => serve(listener, <[u8]>::to_vec),
        Load::Http => serve(listener, |_| RESPONSE.to_vec()),
    }
}

/// Answers each piece that comes.
fn serve(listener: TcpListener, answer: fn(&[u8]) -> Vec<u8>) {
    runtime().block_on(async {
        listener.set_nonblocking(true).expect("a socket");
        let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
        while let Ok((mut stream, _)) = listener.accept().await {
            stream.set_nodelay(true).expect("a socket");
            tokio::spawn(async move {
                let mut piece = [0; 4096];
                while let Ok(length @ 1..) = stream.read(&mut piece).await {
                    if stream.write_all(&answer(&piece[..length])).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
}

fn bulk(address: SocketAddr, bytes: usize) -> f64 {
    let mut stream = TcpStream::connect(address).expect("it listens");
    let chunk = vec![b'x'; CHUNK];
    let start = Instant::now();
    for _ in 0..bytes / CHUNK {
        stream.write_all(&chunk).expect("it takes it");
    }
    stream.shutdown(Shutdown::Write).expect("it is open");
    // It ends once the far end has read all.
    stream.read_to_end(&mut Vec::new()).expect("it ends");
    bytes as f64 / 1e6 / start.elapsed().as_secs_f64()
}

async fn connect(address: SocketAddr) -> tokio::net::TcpStream {
    let stream = tokio::net::TcpStream::connect(address).await.expect("it listens");
    stream.set_nodelay(true).expect("a socket");
    stream
}

/// Says it, and hears so many bytes.
async fn ask(stream: &mut tokio::net::TcpStream, what: &[u8], answer: usize) {
    let mut heard = [0; 4096];
    stream.write_all(what).await.expect("it takes it");
    stream.read_exact(&mut heard[..answer]).await.expect("it answers");
}

/// Lets so many at once do what they do, all of them the same; gives the seconds.
fn together<F: Future<Output = ()> + 'static>(count: usize, act: impl Fn() -> F) -> f64 {
    let start = Instant::now();
    tokio::task::LocalSet::new().block_on(&runtime(), async {
        let tasks: Vec<_> = (0..count).map(|_| tokio::task::spawn_local(act())).collect();
        for task in tasks {
            task.await.expect("it does");
        }
    });
    start.elapsed().as_secs_f64()
}

fn trips(address: SocketAddr, count: usize) -> f64 {
    let seconds = together(TALKERS, || async move {
        let mut stream = connect(address).await;
        for _ in 0..count / TALKERS {
            ask(&mut stream, &PING, PING.len()).await;
        }
    });
    count as f64 / seconds
}

fn setups(address: SocketAddr, count: usize) -> f64 {
    let seconds = together(AT_ONCE, || async move {
        for _ in 0..count / AT_ONCE {
            ask(&mut connect(address).await, b"x", 1).await;
        }
    });
    count as f64 / seconds
}

fn requests(address: SocketAddr, count: usize) -> f64 {
    let seconds = together(BROWSERS, || async move {
        let mut stream = connect(address).await;
        for _ in 0..count / BROWSERS {
            stream.write_all(REQUEST).await.expect("it takes it");
            let mut heard = Vec::new();
            while !heard.ends_with(b"Hello, World!") {
                assert!(stream.read_buf(&mut heard).await.expect("it answers") > 0, "it ended");
            }
        }
    });
    count as f64 / seconds
}

/// What stands between.
fn stand(between: Between, listen: SocketAddr, target: SocketAddr, folder: &Path, recorded: &Path) -> Command {
    let port = listen.port();
    let tap = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wirelab"));
        command.args(["tap", &format!("tcp://{listen}"), &format!("tcp://{target}")]).args(arguments);
        command
    };
    let file = recorded.to_str().expect("it is text");
    let mut command = match between {
        Between::Recorded => tap(&["--quiet", "--record", file]),
        Between::Watched => tap(&["--quiet"]),
        Between::Told => tap(&["--json", "--record", file]),
        Between::Screen => {
            let lab = folder.join("bench.toml");
            let text = format!(
                "[record]\nfile = '{file}'\n[[tap]]\nname = 'tap'\nlisten = 'tcp://{listen}'\ntarget = 'tcp://{target}'\n"
            );
            std::fs::write(&lab, text).expect("a file");
            let screen = format!("stty rows 36 columns 120; exec {} {}", env!("CARGO_BIN_EXE_wirelab"), lab.display());
            let mut command = Command::new("script");
            command.args(["--quiet", "--return", "--command", &screen, "/dev/null"]).env("TERM", "xterm-256color");
            command
        }
        Between::Loop => own(&[AS_LOOP, &listen.to_string(), &target.to_string()]),
        Between::Toxiproxy => {
            let (api, config) = (free_address(), folder.join("toxiproxy.json"));
            let proxy = format!(r#"[{{"name":"bench","listen":"{listen}","upstream":"{target}","enabled":true}}]"#);
            std::fs::write(&config, proxy).expect("a file");
            let mut command = Command::new("toxiproxy-server");
            command.args(["-host", &api.ip().to_string(), "-port", &api.port().to_string(), "-config"]).arg(config);
            command
        }
        Between::Socat => {
            let listen = format!("TCP-LISTEN:{port},bind=127.0.0.1,fork,reuseaddr,nodelay,backlog=1024");
            let mut command = Command::new("socat");
            command.args(["-b", &CHUNK.to_string(), &listen, &format!("TCP:{target},nodelay")]);
            command
        }
        Between::Mitmdump => {
            let mode = format!("reverse:http://{target}");
            let mut command = Command::new("mitmdump");
            command.args([
                "--quiet",
                "--listen-host",
                "127.0.0.1",
                "--listen-port",
                &port.to_string(),
                "--mode",
                &mode,
            ]);
            command
        }
    };
    command
        .env("HOME", folder)
        .env("XDG_RUNTIME_DIR", folder)
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("XDG_STATE_HOME");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

async fn copy_loop(listen: SocketAddr, target: SocketAddr) {
    let listener = tokio::net::TcpListener::bind(listen).await.expect("a port");
    loop {
        let (mut client, _) = listener.accept().await.expect("a connection");
        client.set_nodelay(true).expect("a socket");
        tokio::spawn(async move {
            let mut server = connect(target).await;
            let _ = tokio::io::copy_bidirectional_with_sizes(&mut client, &mut server, CHUNK, CHUNK).await;
        });
    }
}

/// An address that is free now.
fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port")
}

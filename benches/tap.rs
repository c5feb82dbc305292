//! What a tap costs the traffic that passes it, beside a bare copy loop, toxiproxy, socat and mitmdump, in turns.
//!
//! `cargo bench --bench tap` prints medians and their ratios; nothing here decides whether they are good. All is done on
//! this machine, so a tap that records shares the processors with both ends. What is not installed is left out.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::{Builder, Runtime};

use wirelab::app::recording::{Settings, Told};
use wirelab::app::{Effect, Msg, State, update};
use wirelab::contract::NetCommand;
use wirelab::model::{ClockZone, ServerLife};
use wirelab::net::report::now;
use wirelab::shell::pace::FRAME;
use wirelab::shell::recorder::Recorder;
use wirelab::shell::wire::{Came, Wire};
use wirelab::ui::{self, theme::Theme};

/// Rounds of each, of which the median counts.
const ROUNDS: usize = 7;

/// Rounds in which mitmdump takes part; it takes seconds to start.
const HTTP_ROUNDS: usize = 3;

/// Bytes that pass in a round, and how many at a time.
const BULK: usize = 512 << 20;
const CHUNK: usize = 64 << 10;

/// Connections that send something back and forth at once, how often each does, and what.
const TALKERS: usize = 64;
const TRIPS: usize = 500;
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

/// Events taken in before the recorder is thought of again, as in the session.
const BATCH: u32 = 64;

/// What stands between the two ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Between {
    /// Our tap, with all the session does.
    Recorded,
    /// The same without a recording.
    Watched,
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
            Self::Loop => "copy loop",
            Self::Toxiproxy => "toxiproxy",
            Self::Socat => "socat",
            Self::Mitmdump => "mitmdump",
        }
    }

    fn is_here(self) -> bool {
        let program = match self {
            Self::Recorded | Self::Watched | Self::Loop => return true,
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

#[expect(clippy::print_stdout, reason = "a benchmark tells its figures")]
fn main() {
    let only = std::env::args().nth(1).filter(|argument| !argument.starts_with('-'));
    let is_asked = |load: Load| only.as_ref().is_none_or(|only| format!("{load:?}").eq_ignore_ascii_case(only));
    let folder = tempfile::tempdir().expect("a folder");
    let stands = [Between::Recorded, Between::Watched, Between::Loop, Between::Toxiproxy, Between::Socat];
    for load in [Load::Bulk, Load::Trips, Load::Setups, Load::Http].into_iter().filter(|load| is_asked(*load)) {
        let rounds = if load == Load::Http { HTTP_ROUNDS } else { ROUNDS };
        let last = (load == Load::Http).then_some(Between::Mitmdump);
        let (here, missing): (Vec<_>, Vec<_>) =
            stands.into_iter().chain(last).partition(|between: &Between| between.is_here());
        for between in missing {
            println!("{} is not here", between.name());
        }
        let mut figures = vec![Vec::new(); here.len()];
        let mut missed = 0;
        for _ in 0..rounds {
            for (between, figures) in here.iter().zip(&mut figures) {
                let outcome = round(*between, load, folder.path());
                figures.push(outcome.0);
                missed += outcome.1;
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
            println!("  {:<20}{median:>10.0}   tap, recording: {:.2} of it", between.name(), medians[0] / median);
        }
        println!("  frames that are not in the recordings: {missed}");
    }
}

fn median(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// One round: so many a second, and frames that the recording lacks.
fn round(between: Between, load: Load, folder: &Path) -> (f64, u64) {
    let target = far_end(load);
    let (tell, told) = std::sync::mpsc::channel();
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = stop.clone();
    let client = thread::Builder::new().name("client".into()).spawn(move || {
        let address = told.recv().expect("it listens");
        let figure = measure(load, between, address);
        stop.store(true, Ordering::Relaxed);
        // It hears of it when somebody comes, if not before.
        drop(TcpStream::connect(address));
        figure
    });
    let client = client.expect("a thread");
    // As in the program, the session has the first thread.
    let mut missed = 0;
    match between {
        Between::Recorded => {
            let file = folder.join("bench.pcapng");
            missed = runtime().block_on(session(target, Some(&file), &tell, &stopped));
            std::fs::remove_file(file).expect("it was recorded");
        }
        Between::Watched => missed = runtime().block_on(session(target, None, &tell, &stopped)),
        Between::Loop => runtime().block_on(copy_loop(target, &tell, &stopped)),
        Between::Toxiproxy | Between::Socat | Between::Mitmdump => {
            let (address, mut child) = start(between, target, folder);
            tell.send(address).expect("the client waits");
            let figure = client.join().expect("it ends");
            child.kill().and_then(|()| child.wait()).expect("it is ours");
            return (figure, 0);
        }
    }
    (client.join().expect("it ends"), missed)
}

fn measure(load: Load, between: Between, address: SocketAddr) -> f64 {
    match load {
        Load::Bulk => bulk(address),
        Load::Trips => trips(address),
        Load::Setups => setups(address),
        Load::Http => requests(address, if between == Between::Mitmdump { REQUESTS_OF_MITMDUMP } else { REQUESTS }),
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Where all goes to, on a thread of its own that lives as long as the program.
fn far_end(load: Load) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let far = thread::Builder::new().name("far".into()).spawn(move || match load {
        Load::Bulk => {
            let mut piece = vec![0; 256 << 10];
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                while let Ok(1..) = stream.read(&mut piece) {}
            }
        }
        Load::Trips | Load::Setups => serve(listener, <[u8]>::to_vec),
        Load::Http => serve(listener, |_| RESPONSE.to_vec()),
    });
    far.expect("a thread");
    address
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

fn bulk(address: SocketAddr) -> f64 {
    let mut stream = TcpStream::connect(address).expect("it listens");
    let chunk = vec![b'x'; CHUNK];
    let start = Instant::now();
    for _ in 0..BULK / CHUNK {
        stream.write_all(&chunk).expect("it takes it");
    }
    stream.shutdown(Shutdown::Write).expect("it is open");
    // It ends once the far end has read all.
    stream.read_to_end(&mut Vec::new()).expect("it ends");
    BULK as f64 / 1e6 / start.elapsed().as_secs_f64()
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

fn trips(address: SocketAddr) -> f64 {
    let seconds = together(TALKERS, || async move {
        let mut stream = connect(address).await;
        for _ in 0..TRIPS {
            ask(&mut stream, &PING, PING.len()).await;
        }
    });
    (TALKERS * TRIPS) as f64 / seconds
}

fn setups(address: SocketAddr) -> f64 {
    let seconds = together(AT_ONCE, || async move {
        for _ in 0..SETUPS / AT_ONCE {
            ask(&mut connect(address).await, b"x", 1).await;
        }
    });
    SETUPS as f64 / seconds
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

/// Starts another's program; gives where it listens.
fn start(between: Between, target: SocketAddr, folder: &Path) -> (SocketAddr, Child) {
    let address = free_address();
    let mut command = match between {
        Between::Recorded | Between::Watched | Between::Loop => unreachable!("they are our own"),
        Between::Toxiproxy => {
            let (api, config) = (free_address(), folder.join("toxiproxy.json"));
            let proxy = format!(r#"[{{"name":"bench","listen":"{address}","upstream":"{target}","enabled":true}}]"#);
            std::fs::write(&config, proxy).expect("a file");
            let mut command = Command::new("toxiproxy-server");
            command.args(["-host", &api.ip().to_string(), "-port", &api.port().to_string(), "-config"]).arg(config);
            command
        }
        Between::Socat => {
            let listen = format!("TCP-LISTEN:{},bind=127.0.0.1,fork,reuseaddr,nodelay,backlog=1024", address.port());
            let mut command = Command::new("socat");
            command.args(["-b", &CHUNK.to_string(), &listen, &format!("TCP:{target},nodelay")]);
            command
        }
        Between::Mitmdump => {
            let (mode, port) = (format!("reverse:http://{target}"), address.port().to_string());
            let mut command = Command::new("mitmdump");
            command.args(["--quiet", "--listen-host", "127.0.0.1", "--listen-port", &port, "--mode", &mode]);
            command
        }
    };
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let start = Instant::now();
    while TcpStream::connect(address).is_err() {
        assert!(start.elapsed() < PATIENCE, "it does not listen");
        thread::sleep(Duration::from_millis(20));
    }
    (address, child.expect("it is here"))
}

async fn copy_loop(target: SocketAddr, tell: &std::sync::mpsc::Sender<SocketAddr>, stopped: &AtomicBool) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    tell.send(listener.local_addr().expect("an address")).expect("the client waits");
    while !stopped.load(Ordering::Relaxed) {
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

/// All that the program does at the screen while a tap runs.
async fn session(
    target: SocketAddr,
    file: Option<&PathBuf>,
    tell: &std::sync::mpsc::Sender<SocketAddr>,
    stopped: &AtomicBool,
) -> u64 {
    let mut wire = Wire::start().expect("a network");
    let mut state = State::new(now(), ClockZone::utc(), 7);
    let mut recorder = Recorder::default();
    if let Some(file) = file {
        recorder.start(Some(file.clone()), None, &Settings::default(), &state.world).expect("it records");
    }
    let line = format!(":serve tcp://127.0.0.1:0 tap tcp://{target}\n");
    for letter in line.chars() {
        let code = if letter == '\n' { KeyCode::Enter } else { KeyCode::Char(letter) };
        for effect in update(&mut state, Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)), now()) {
            if let Effect::Net(command @ NetCommand::Serve(..)) = effect {
                wire.send(command).expect("room");
            }
        }
    }
    let (mut drawn, mut missed, mut is_told) = (Instant::now(), 0, false);
    let (theme, mut terminal) = (Theme::dark(), Terminal::new(TestBackend::new(120, 36)).expect("a screen in memory"));
    while !stopped.load(Ordering::Relaxed) {
        let mut came = false;
        tokio::select! {
            biased;
            heard = recorder.next() => missed += count_missed(&heard),
            event = wire.next() => if let Came::Event(event) = event {
                update(&mut state, Msg::Net(event), now());
                came = true;
            },
            () = tokio::time::sleep(FRAME) => {}
        }
        while drawn.elapsed() < FRAME {
            let mut taken = 0;
            while taken < BATCH
                && let Some(event) = wire.waiting()
            {
                update(&mut state, Msg::Net(event), now());
                taken += 1;
            }
            record(&mut recorder, &state);
            if taken == 0 {
                break;
            }
        }
        while let Some(heard) = recorder.waiting() {
            missed += count_missed(&heard);
        }
        record(&mut recorder, &state);
        if came && drawn.elapsed() >= FRAME {
            update(&mut state, Msg::Settle, now());
            terminal.draw(|frame| drop(ui::render(&state, &theme, frame))).expect("it draws");
            drawn = Instant::now();
        }
        let tap = state.world.servers.last().map(|server| &server.life);
        if let (false, Some(ServerLife::Listening(address))) = (is_told, tap) {
            is_told = tell.send(address.to_string().parse().expect("an address")).is_ok();
        }
    }
    missed + recorder.finish(&state.world).await.iter().map(count_missed).sum::<u64>()
}

/// Hands over what is due, as the session does.
fn record(recorder: &mut Recorder, state: &State) {
    if recorder.due(&state.world).is_some_and(|due| due <= Instant::now()) {
        recorder.hand_over(&state.world);
    }
}

fn count_missed(told: &Told) -> u64 {
    if let Told::Missed(count) = told { *count } else { 0 }
}

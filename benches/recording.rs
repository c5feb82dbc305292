//! What recording costs the traffic: the throughput of the echo server with and without it, in turns.
//!
//! `cargo bench --bench recording` prints the medians and their ratio; nothing here decides whether it was fast enough.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use ratatui::Terminal;
use ratatui::backend::TestBackend;

use wirelab::app::recording::Settings;
use wirelab::app::{Effect, Msg, State, update};
use wirelab::model::{ClockZone, ServerLife};
use wirelab::net::report::now;
use wirelab::shell::pace::FRAME;
use wirelab::shell::recorder::Recorder;
use wirelab::shell::wire::{Came, Wire};
use wirelab::ui::{self, theme::Theme};

/// How long each round lasts.
const ROUND: Duration = Duration::from_secs(1);

/// Rounds with recording, and as many without.
const ROUNDS: usize = 7;

#[expect(clippy::print_stdout, reason = "a benchmark tells its figures")]
fn main() {
    let folder = std::env::temp_dir().join(format!("wirelab-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    for size in [64 * 1024, 1024] {
        let (mut without, mut with) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            without.push(runtime.block_on(round(size, None)));
            with.push(runtime.block_on(round(size, Some(folder.join("bench.pcapng")))));
        }
        let (without, with) = (median(&mut without), median(&mut with));
        let mb = |bytes: f64| bytes / 1e6;
        println!(
            "echo of {size} bytes at a time: {:.0} MB/s, recorded {:.0} MB/s ({:+.1} %)",
            mb(without),
            mb(with),
            (with / without - 1.0) * 100.0
        );
    }
    let _ = std::fs::remove_dir_all(folder);
}

fn median(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Bytes a second that come back, while the program does all that it does at the screen.
async fn round(size: usize, file: Option<std::path::PathBuf>) -> f64 {
    let mut wire = Wire::start().expect("a network");
    let mut state = State::new(now(), ClockZone::utc(), 7);
    let mut recorder = Recorder::default();
    if let Some(file) = &file {
        recorder.start(Some(file.clone()), None, &Settings::default(), &state.world).expect("it records");
    }
    for effect in update(&mut state, Msg::Started, now()) {
        if let Effect::Net(command) = effect {
            wire.send(command).expect("room");
        }
    }
    let address = loop {
        if let Came::Event(event) = wire.next().await {
            update(&mut state, Msg::Net(event), now());
        }
        if let ServerLife::Listening(address) = &state.world.servers[0].life {
            break address.to_string();
        }
    };
    let peer = thread::spawn(move || flood(&address, size));
    let theme = Theme::dark();
    let mut terminal = Terminal::new(TestBackend::new(120, 36)).expect("a screen in memory");
    let mut drawn = Instant::now();
    while !peer.is_finished() {
        tokio::select! {
            biased;
            _ = recorder.next() => {}
            came = wire.next() => if let Came::Event(event) = came {
                update(&mut state, Msg::Net(event), now());
            },
            () = tokio::time::sleep(FRAME) => {}
        }
        while drawn.elapsed() < FRAME {
            let Some(event) = wire.waiting() else { break };
            update(&mut state, Msg::Net(event), now());
        }
        while recorder.waiting().is_some() {}
        if recorder.due(&state.world).is_some_and(|due| due <= Instant::now()) {
            recorder.hand_over(&state.world);
        }
        if drawn.elapsed() >= FRAME {
            update(&mut state, Msg::Settle, now());
            terminal.draw(|frame| drop(ui::render(&state, &theme, frame))).expect("it draws");
            drawn = Instant::now();
        }
    }
    let missed = recorder.finish(&state.world).await;
    assert!(!missed.iter().any(|told| matches!(told, wirelab::app::recording::Told::Missed(_))), "frames were missed");
    if let Some(file) = file {
        std::fs::remove_file(file).expect("it was recorded");
    }
    peer.join().expect("the peer ends")
}

fn flood(address: &str, size: usize) -> f64 {
    let mut peer = TcpStream::connect(address).expect("it listens");
    let mut back = peer.try_clone().expect("a second handle");
    let start = Instant::now();
    let reader = thread::spawn(move || {
        let (mut piece, mut heard) = (vec![0; 256 * 1024], 0);
        while let Ok(length @ 1..) = back.read(&mut piece) {
            heard += length;
        }
        heard
    });
    let message = vec![b'x'; size];
    while start.elapsed() < ROUND {
        peer.write_all(&message).expect("it takes it");
    }
    let _ = peer.shutdown(Shutdown::Write);
    let heard = reader.join().expect("it has heard all");
    heard as f64 / start.elapsed().as_secs_f64()
}

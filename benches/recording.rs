//! What recording costs the traffic: the throughput of the echo server with and without it, in turns.
//!
//! `cargo bench --bench recording` prints the medians, their ratio, and what the disk was too slow for; nothing here
//! decides whether it was fast enough. Beyond a rate only the beginnings of frames are recorded; the rest is left out.
//! A flood takes all processors there are, so that what the recorder needs of them is missing elsewhere; at a steady
//! rate it is not. `TMPDIR` says which disk it is.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use ratatui::Terminal;
use ratatui::backend::TestBackend;

use wirelab::app::recording::{Settings, Told};
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
const ROUNDS: usize = 11;

/// Events taken in before the recorder is thought of again, as in the session.
const BATCH: u32 = 64;

/// What a peer sends.
#[derive(Clone, Copy)]
struct Load {
    /// Bytes at a time.
    size: usize,
    /// The most bytes a second; without it as many as come back.
    rate: Option<f64>,
}

const LOADS: [Load; 4] = [
    Load { size: 64 * 1024, rate: None },
    Load { size: 1024, rate: None },
    Load { size: 64 * 1024, rate: Some(100e6) },
    Load { size: 64 * 1024, rate: Some(300e6) },
];

/// What came of a round.
struct Outcome {
    /// Bytes a second that came back.
    throughput: f64,
    /// Processor time that each byte took. What else the machine does changes it less.
    cost: f64,
    /// Frames that were seen, and those that are not in the recording.
    frames: u64,
    missed: u64,
    /// Bytes of the others that are not.
    left_out: u64,
}

#[expect(clippy::print_stdout, reason = "a benchmark tells its figures")]
fn main() {
    let folder = std::env::temp_dir().join(format!("wirelab-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    for load in LOADS {
        let (mut without, mut with, mut frames, mut missed, mut left_out) = (Vec::new(), Vec::new(), 0, 0, 0);
        let (mut ratios, mut costs) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let before = runtime.block_on(round(load, None));
            without.push(before.throughput);
            let outcome = runtime.block_on(round(load, Some(folder.join("bench.pcapng"))));
            with.push(outcome.throughput);
            ratios.push(outcome.throughput / before.throughput);
            costs.push(outcome.cost / before.cost);
            frames += outcome.frames;
            missed += outcome.missed;
            left_out += outcome.left_out;
        }
        let (without, with) = (median(&mut without), median(&mut with));
        // Of neighbours: how fast the machine is changes from minute to minute.
        let (ratio, cost) = (median(&mut ratios), median(&mut costs));
        let mb = |bytes: f64| bytes / 1e6;
        let pace =
            load.rate.map_or_else(|| "as fast as it goes".to_owned(), |rate| format!("{:.0} MB/s sent", mb(rate)));
        println!(
            "echo of {} bytes at a time, {pace}: {:.0} MB/s, recorded {:.0} MB/s ({:+.1} %), {missed} of {frames} frames missed, \
             {:.0} MB left out, processor time {:+.1} %",
            load.size,
            mb(without),
            mb(with),
            (ratio - 1.0) * 100.0,
            mb(left_out as f64),
            (cost - 1.0) * 100.0
        );
    }
    let _ = std::fs::remove_dir_all(folder);
}

fn median(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// One round, in which the program does all that it does at the screen.
async fn round(load: Load, file: Option<PathBuf>) -> Outcome {
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
    let before = processor_time();
    let peer = thread::spawn(move || flood(&address, load));
    let theme = Theme::dark();
    let mut terminal = Terminal::new(TestBackend::new(120, 36)).expect("a screen in memory");
    let (mut drawn, mut lacks) = (Instant::now(), Lacks::default());
    while !peer.is_finished() {
        tokio::select! {
            biased;
            heard = recorder.next() => lacks.hear(&heard),
            came = wire.next() => if let Came::Event(event) = came {
                update(&mut state, Msg::Net(event), now());
            },
            () = tokio::time::sleep(FRAME) => {}
        }
        for taken in 1.. {
            let Some(event) = (drawn.elapsed() < FRAME).then(|| wire.waiting()).flatten() else { break };
            update(&mut state, Msg::Net(event), now());
            if taken % BATCH == 0 {
                record(&mut recorder, &state);
            }
        }
        while let Some(heard) = recorder.waiting() {
            lacks.hear(&heard);
        }
        record(&mut recorder, &state);
        if drawn.elapsed() >= FRAME {
            update(&mut state, Msg::Settle, now());
            terminal.draw(|frame| drop(ui::render(&state, &theme, frame))).expect("it draws");
            drawn = Instant::now();
        }
    }
    recorder.finish(&state.world).await.iter().for_each(|told| lacks.hear(told));
    if let Some(file) = file {
        std::fs::remove_file(file).expect("it was recorded");
    }
    let throughput = peer.join().expect("the peer ends");
    let Lacks { missed, left_out } = lacks;
    let took = processor_time() - before;
    let cost = took / (throughput * ROUND.as_secs_f64());
    Outcome { throughput, cost, frames: state.world.log.next_number() - 1, missed, left_out }
}

/// Processor time that this process has taken so far, in hundredths of a second (proc(5): `utime` and `stime`).
fn processor_time() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux tells it");
    let behind_name = stat.rsplit(')').next().unwrap_or_default();
    behind_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum()
}

/// Hands over what is due, as the session does.
fn record(recorder: &mut Recorder, state: &State) {
    if recorder.due(&state.world).is_some_and(|due| due <= Instant::now()) {
        recorder.hand_over(&state.world);
    }
}

/// What is not in the recording.
#[derive(Default)]
struct Lacks {
    missed: u64,
    left_out: u64,
}

impl Lacks {
    fn hear(&mut self, told: &Told) {
        if let Told::Missed(count) = told {
            self.missed += count;
        }
        if let Told::Recorded(recorded) = told {
            self.left_out += recorded.left_out;
        }
    }
}

fn flood(address: &str, Load { size, rate }: Load) -> f64 {
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
    let mut sent = 0.0;
    while start.elapsed() < ROUND {
        peer.write_all(&message).expect("it takes it");
        sent += size as f64;
        let due = rate.map_or(Duration::ZERO, |rate| Duration::from_secs_f64(sent / rate));
        thread::sleep(due.saturating_sub(start.elapsed()));
    }
    let _ = peer.shutdown(Shutdown::Write);
    let heard = reader.join().expect("it has heard all");
    heard as f64 / start.elapsed().as_secs_f64()
}

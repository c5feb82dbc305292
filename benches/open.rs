//! How a large capture opens: the first screen, the whole indexed, memory, jumps; and the list of `wirelab read`, both
//! beside tshark in the same run.
//!
//! `cargo bench --bench open` makes a capture of 64 MiB; `WIRELAB_BENCH_MIB=1024 cargo bench --bench open` one of a GiB.
//! It prints figures and ratios; nothing here decides whether they are good.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use wirelab::app::{Effect, Msg, State, past::Progress, update};
use wirelab::model::{ClockZone, Timestamp};
use wirelab::shell::opener;
use wirelab::shell::recaller::Recaller;
use wirelab::shell::source::{self, Asked};
use wirelab::ui::{self, theme::Theme};

/// Packets that tshark lists: it keeps hundreds of bytes of each in memory.
const LISTED: u64 = 1_000_000;

/// Jumps that are timed.
const JUMPS: usize = 60;

/// What a thread may be ahead of the loop.
const QUEUE: usize = 4;

fn main() {
    let mib = std::env::var("WIRELAB_BENCH_MIB").ok().and_then(|mib| mib.parse().ok()).unwrap_or(64);
    let folder = tempfile::tempdir().expect("a folder");
    let (whole, sample) = (folder.path().join("whole.pcap"), folder.path().join("sample.pcap"));
    let packets = capture(&whole, mib << 20, u64::MAX);
    let listed = capture(&sample, mib << 20, LISTED.min(packets));
    let mut out = std::io::stdout();
    let mut say = |words: String| writeln!(out, "{words}").expect("standard output is there");
    say(format!("{packets} small packets, {mib} MiB"));

    let mut desk = Desk::open(&whole);
    let first = desk.until(Desk::is_shown);
    say(format!("first screen            {first:>10.1?}"));
    let all = desk.until(Desk::is_read);
    let each = all / u32::try_from(packets).unwrap_or(u32::MAX);
    say(format!("all indexed             {all:>10.1?}  {each:?} a packet"));
    let mut jumps: Vec<Duration> = (0..JUMPS).map(|jump| desk.jump(jump)).collect();
    jumps.sort_unstable();
    say(format!("a jump                  {:>10.1?}  median, {:.1?} at most", jumps[JUMPS / 2], jumps[JUMPS - 1]));
    say(format!("memory at most          {:>7} MiB", peak(std::process::id()) >> 20));
    let filtered = desk.filter("tcp.port == 20005");
    say(format!(
        "a filter, all of it     {filtered:>10.1?}  {:?} a packet",
        filtered / u32::try_from(packets).unwrap_or(u32::MAX)
    ));

    let ours = timed(Command::new(env!("CARGO_BIN_EXE_wirelab")).arg("read").arg(&sample));
    let theirs = timed(Command::new("tshark").args(["-n", "-r"]).arg(&sample));
    let Some(ours) = ours else { return say("wirelab read failed".into()) };
    say(format!("wirelab read, {listed}   {ours:>10.1?}"));
    match theirs {
        Some(theirs) => {
            let indexed = each * u32::try_from(listed).unwrap_or(u32::MAX);
            let ratio = |time: Duration| theirs.as_secs_f64() / time.as_secs_f64();
            say(format!("tshark, as many         {theirs:>10.1?}"));
            say(format!("tshark / wirelab read   {:>9.1}x", ratio(ours)));
            say(format!("tshark / wirelab open   {:>9.1}x", ratio(indexed)));
        }
        None => say("tshark is not here".into()),
    }
}

/// The program's heart with its reading threads, drawn to a screen of no terminal.
struct Desk {
    state: State,
    heard: Receiver<Msg>,
    recaller: Recaller,
    terminal: Terminal<TestBackend>,
    began: Instant,
}

impl Desk {
    fn open(path: &Path) -> Self {
        let began = Instant::now();
        let (tell, heard) = sync_channel(QUEUE);
        let source = source::open(&Asked::Path(path.to_owned())).expect("it is there");
        let told = tell.clone();
        let recaller = Recaller::start(move |msg| told.send(msg).is_ok()).expect("a thread");
        recaller.know(source.store());
        let mut state = State::new(Timestamp(0), ClockZone::utc(), 1);
        update(&mut state, Msg::Open("whole.pcap".into()), Timestamp(0));
        opener::start(source, move |msg| tell.send(msg).is_ok()).expect("a thread");
        let terminal = Terminal::new(TestBackend::new(120, 36)).expect("it has no terminal to fail");
        Self { state, heard, recaller, terminal, began }
    }

    fn tell(&mut self, msg: Msg) {
        for effect in update(&mut self.state, msg, Timestamp(0)) {
            if let Effect::Recall(request) = effect {
                self.recaller.ask(request).expect("it has room");
            }
        }
    }

    fn draw(&mut self) {
        self.tell(Msg::Settle);
        let (state, theme) = (&self.state, Theme::dark());
        let mut regions = None;
        self.terminal
            .draw(|frame| regions = Some(ui::render(state, &theme, frame)))
            .expect("it has no terminal to fail");
        if let Some(regions) = regions {
            self.tell(Msg::Drawn(regions));
        }
    }

    /// Whether every row of the list is there to be read.
    fn is_shown(&self) -> bool {
        let cells = self.terminal.backend().buffer().content();
        let text: String = cells.iter().map(ratatui::buffer::Cell::symbol).collect();
        text.matches("10.0.0.1").count() > 10
    }

    fn is_read(&self) -> bool {
        self.state.past.opened.as_ref().is_some_and(|opened| opened.progress == Progress::Done)
    }

    /// Goes on until that is so; gives the time since the beginning.
    fn until(&mut self, is_so: impl Fn(&Self) -> bool) -> Duration {
        self.draw();
        while !is_so(self) {
            let msg = self.heard.recv().expect("the threads are there");
            self.tell(msg);
            self.draw();
        }
        self.began.elapsed()
    }

    fn press(&mut self, code: KeyCode) {
        self.tell(Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    }

    /// Goes somewhere far away, until the rows there are on the screen.
    fn jump(&mut self, number: usize) -> Duration {
        let count = self.state.timeline().len();
        let began = Instant::now();
        wirelab::app::pane::traffic::scroll_to(&mut self.state, number * 7919 * 104_729 % count);
        self.draw();
        while self.state.past.list.is_awaited() || self.state.past.inspected.is_awaited() {
            let msg = self.heard.recv().expect("the threads are there");
            self.tell(msg);
            self.draw();
        }
        began.elapsed()
    }

    /// Filters, until all frames have been looked at.
    fn filter(&mut self, text: &str) -> Duration {
        let began = Instant::now();
        self.press(KeyCode::Char('/'));
        self.tell(Msg::Paste(text.into()));
        self.press(KeyCode::Enter);
        self.draw();
        while self.state.traffic.progress(&self.state.timeline()).is_some() {
            let msg = self.heard.recv().expect("the threads are there");
            self.tell(msg);
            self.draw();
        }
        began.elapsed()
    }
}

/// How long a program runs, its output thrown away; None when it fails or is not here.
fn timed(command: &mut Command) -> Option<Duration> {
    let began = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?;
    status.success().then(|| began.elapsed())
}

/// The most memory the process had, in bytes.
fn peak(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) << 10
}

/// A capture of many conversations of small questions and answers; gives how many packets it has.
fn capture(path: &Path, bytes: u64, packets: u64) -> u64 {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path).expect("it can be made"));
    let mut put = |parts: &[&[u8]]| parts.iter().for_each(|part| out.write_all(part).expect("there is room"));
    put(&[&0xa1b2_3c4d_u32.to_le_bytes(), &[2, 0, 4, 0], &[0; 8], &262_144_u32.to_le_bytes(), &1_u32.to_le_bytes()]);
    let mut sequences = vec![(1000_u32, 5000_u32, false); 2000];
    let (mut written, mut count) = (24_u64, 0_u64);
    while written < bytes && count < packets {
        let at = (count * 7919 % 2000) as usize;
        let (asked, answered, is_answer) = &mut sequences[at];
        let payload =
            if *is_answer { format!("VALUE {count:040}\r\n") } else { format!("GET key:{count:06} HTTP?\r\n") };
        let client = ([10, 0, 0, 1], 20_000 + at as u16);
        let server = ([10, 0, 0, 2], 7001);
        let (from, to, sequence, acknowledged) =
            if *is_answer { (server, client, *answered, *asked) } else { (client, server, *asked, *answered) };
        let sent = if *is_answer { &mut *answered } else { &mut *asked };
        *sent = sent.wrapping_add(payload.len() as u32);
        *is_answer = !*is_answer;
        let length = 54 + payload.len() as u32;
        let seconds = 1_700_000_000 + (count / 1_000_000) as u32;
        let nanoseconds = (count % 1_000_000 * 1000) as u32;
        put(&[&seconds.to_le_bytes(), &nanoseconds.to_le_bytes(), &length.to_le_bytes(), &length.to_le_bytes()]);
        put(&[&[2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0], &(length as u16 - 14).to_be_bytes()]);
        put(&[&(count as u16).to_be_bytes(), &[0, 0, 64, 6, 0, 0], &from.0, &to.0]);
        put(&[&from.1.to_be_bytes(), &to.1.to_be_bytes(), &sequence.to_be_bytes(), &acknowledged.to_be_bytes()]);
        put(&[&[0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0], payload.as_bytes()]);
        written += 16 + u64::from(length);
        count += 1;
    }
    count
}

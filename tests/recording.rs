//! The recording of the real program: whole after a kill, offered by the next run, kept where the user said.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use wirelab::capture::{Indexer, Seen};
use wirelab::model::{FrameKind, Mark};
use wirelab::net::report::REPORT_QUEUE;

#[path = "support/pty.rs"]
#[expect(dead_code, reason = "shared with tests of what the terminal is left as")]
mod pty;

use pty::{Change, Program, Pty};

/// The smallest page of memory that Linux has, bytes.
const PAGE: u64 = 4096;

/// What a file may lack that was seen before the program was killed.
const LACKS: Duration = Duration::from_millis(100);

/// What is sent at a time. An unoptimized program takes no more in than it can record of such pieces.
const PIECE: usize = 4 * 1024;

/// How long it is sent.
const FLOOD: Duration = Duration::from_secs(1);

/// The address of the server of that behaviour.
fn address(pty: &Pty, word: &str) -> String {
    let text = pty.text();
    let row = text.lines().find(|row| row.contains("127.0.0.1:") && row.contains(word)).expect("the server's row");
    let from = row.find("127.0.0.1:").expect("its address");
    row[from..].split_whitespace().next().expect("a word").to_owned()
}

fn recordings(home: &Path) -> Vec<PathBuf> {
    let folder = std::fs::read_dir(home.join("wirelab/recordings")).expect("the folder of recordings");
    let paths = folder.map(|entry| entry.expect("an entry").path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "pcapng")).collect()
}

/// What a recording tells.
#[derive(Default)]
struct Told {
    payload: Vec<u8>,
    numbers: Vec<u64>,
    notes: Vec<String>,
    /// What the user has said of frames.
    remarks: Vec<(u64, String)>,
    marks: Vec<(u64, Mark)>,
}

fn read(path: &Path) -> Told {
    let mut told = Told::default();
    let mut take = |seen| {
        let frame = match seen {
            Seen::Frame(frame) => frame,
            Seen::Noted(frame, note) => return told.remarks.push((frame, note)),
            Seen::Marked(frame, mark) => return told.marks.push((frame, mark)),
            Seen::Node(..)
            | Seen::Interface(..)
            | Seen::Flow(_)
            | Seen::Packet(_)
            | Seen::Arrived(..)
            | Seen::Name(..)
            | Seen::Secrets(_) => return,
        };
        told.numbers.extend(frame.number);
        match frame.kind {
            FrameKind::Data { payload, .. } => told.payload.extend_from_slice(&payload),
            FrameKind::Note(words) => told.notes.push(words),
            FrameKind::Step(_)
            | FrameKind::Opened { .. }
            | FrameKind::Finished(_)
            | FrameKind::Closed(_)
            | FrameKind::Lost { .. }
            | FrameKind::Impaired { .. }
            | FrameKind::Error(_) => {}
        }
    };
    let mut indexer = Indexer::new();
    indexer.push(&std::fs::read(path).expect("the recording"), &mut take);
    indexer.finish(&mut take);
    told
}

fn started(home: &Path) -> Pty {
    let mut pty = Program::wirelab().at_home(home).start(120, 36);
    pty.wait_for("● http");
    pty.wait_for("● rec");
    pty
}

#[test]
fn killed_in_a_flood_it_leaves_a_file_with_all_but_the_last_moment_and_the_next_run_offers_it() {
    let home = tempfile::tempdir().expect("a folder");
    let mut pty = started(home.path());
    let mut peer = TcpStream::connect(address(&pty, "echo")).expect("it listens");
    // An echo that has come back has been seen twice; how many had when.
    let text: Vec<u8> = (0..PIECE).map(|at| b'a' + (at % 23) as u8).collect();
    let (mut echo, mut heard) = (vec![0; PIECE], Vec::new());
    let start = Instant::now();
    while start.elapsed() < FLOOD {
        peer.write_all(&text).expect("it takes it");
        peer.read_exact(&mut echo).expect("it comes back");
        heard.push(Instant::now());
    }
    let killed = Instant::now();
    pty.signal(Signal::KILL);
    assert!(matches!(pty.wait_for_change(), Change::Killed(_)));
    let [file] = &recordings(home.path())[..] else { panic!("one recording") };
    let told = read(file);
    // Tests that run beside this one may have the ports.
    let cut: Vec<_> = told.notes.iter().filter(|note| !note.contains("in use by another program")).collect();
    // A kill ends a writing under way too, but only between two pages of memory.
    let length = file.metadata().expect("its length").len();
    let is_torn = matches!(cut[..], [note] if note.contains("the file ends in the middle") && length % PAGE == 0);
    assert!(cut.is_empty() || is_torn, "{length} bytes end with a whole block: {cut:?}");
    assert!(told.numbers.iter().copied().eq(1..=told.numbers.len() as u64), "no frame is missing in between");
    let before = heard.iter().filter(|at| killed.duration_since(**at) > LACKS).count();
    assert!(before > REPORT_QUEUE, "{before} echoes are no flood");
    // Of each echo two things are reported; those that still wait in the queue nobody has seen yet.
    let before = before - REPORT_QUEUE / 2;
    assert!(told.payload.len() >= before * 2 * PIECE, "{} bytes of {before} echoes", told.payload.len());
    let mut pty = started(home.path());
    pty.wait_for("Recordings that were not saved");
    pty.wait_for(file.file_name().and_then(|name| name.to_str()).expect("a name"));
    let saved = home.path().join("mine.pcapng");
    pty.keys("s");
    pty.wait_for("Save the recording");
    pty.keys(format!("\x15{}\r", saved.display()));
    pty.wait_for("wrote");
    assert_eq!(read(&saved).payload.len(), told.payload.len());
    pty.keys("\x1b");
    pty.wait_for("t target");
    pty.keys("q");
    assert_eq!(pty.wait_for_change(), Change::Exited(0));
    assert_eq!(recordings(home.path()), Vec::<PathBuf>::new(), "what holds no data goes");
}

#[test]
fn a_recording_that_is_dropped_at_the_end_is_gone_and_one_that_a_signal_ends_stays() {
    let home = tempfile::tempdir().expect("a folder");
    for (keeps, ends) in [(false, "q"), (true, "")] {
        let mut pty = started(home.path());
        pty.keys("\r");
        pty.wait_for("↤ hello");
        pty.keys("\x1b");
        pty.wait_for("t target");
        if ends.is_empty() {
            pty.signal(Signal::TERM);
        } else {
            pty.keys(ends);
            pty.wait_for("2 messages are recorded and not saved");
            pty.keys(ends);
        }
        let change = pty.wait_for_change();
        assert!(matches!(change, Change::Exited(_)), "{change:?}");
        let left = recordings(home.path());
        assert_eq!(left.len(), usize::from(keeps));
        for path in left {
            assert_eq!(read(&path).payload, b"hello\nhello\n");
        }
    }
}

#[test]
fn a_recording_to_a_file_is_kept_and_never_overwrites_one() {
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("mine.pcapng");
    let start = || Program::wirelab().at_home(home.path()).arg("--record").arg(&file).start(120, 36);
    let mut pty = start();
    pty.wait_for("● rec");
    pty.keys("\r");
    pty.wait_for("↤ hello");
    pty.keys("\x1b");
    pty.wait_for("t target");
    pty.keys("q");
    assert_eq!(pty.wait_for_change(), Change::Exited(0), "nothing is asked");
    let told = read(&file);
    assert_eq!(told.payload, b"hello\nhello\n");
    let mut again = start();
    assert_eq!(again.wait_for_change(), Change::Exited(1));
    assert!(again.text().replace('\n', "").contains("there is such a file already; name another"), "{}", again.text());
    assert_eq!(read(&file).numbers, told.numbers);
}

#[test]
fn a_full_disk_is_told_at_once_and_the_traffic_goes_on() {
    let mut pty = Program::wirelab().arg("--record").arg("/dev/full").start(120, 36);
    pty.wait_for("the disk is full");
    pty.wait_for("✗ rec");
    pty.keys("\r");
    pty.wait_for("↤ hello");
    pty.keys("\x03");
    assert_eq!(pty.wait_for_change(), Change::Exited(0));
}

#[test]
fn what_is_saved_from_the_screen_is_all_that_was_recorded() {
    let home = tempfile::tempdir().expect("a folder");
    let mut pty = started(home.path());
    let mut peer = TcpStream::connect(address(&pty, "echo")).expect("it listens");
    let text = vec![b'x'; 5 * PIECE];
    peer.write_all(&text).expect("it takes it");
    peer.read_exact(&mut vec![0; 5 * PIECE]).expect("it comes back");
    pty.keys("\x1b");
    pty.wait_for("t target");
    let saved = home.path().join("saved.pcapng");
    pty.keys(format!(":save {}\r", saved.display()));
    pty.wait_for("wrote");
    assert_eq!(read(&saved).payload.len(), 10 * PIECE);
    pty.keys("\x03");
    assert_eq!(pty.wait_for_change(), Change::Exited(0));
}

#[test]
fn marks_and_notes_of_what_is_recorded_are_saved_and_left_by_a_kill() {
    let home = tempfile::tempdir().expect("a folder");
    let mut pty = started(home.path());
    pty.keys("\r");
    pty.wait_for("↤ hello");
    pty.keys("\x1b");
    pty.wait_for("t target");
    pty.keys("4G ");
    pty.wait_for("◆");
    pty.keys(":note look here\r");
    pty.wait_for("look here");
    let saved = home.path().join("saved.pcapng");
    pty.keys(format!(":save {}\r", saved.display()));
    pty.wait_for("wrote");
    pty.signal(Signal::KILL);
    assert!(matches!(pty.wait_for_change(), Change::Killed(_)));
    let [left] = &recordings(home.path())[..] else { panic!("one recording") };
    for path in [&saved, left] {
        let told = read(path);
        let [(frame, mark)] = told.marks[..] else { panic!("one mark: {:?}", told.marks) };
        assert_eq!(mark, Mark::On);
        assert!(told.numbers.contains(&frame));
        assert_eq!(told.remarks, [(frame, "look here".to_owned())]);
    }
}

//! The recorder fed by a world: nothing is missing, nothing waits, and what could not be kept is counted.

use std::path::Path;

use bytes::Bytes;

use super::*;
use crate::app::recording::{Keeping, Recorded, SNAP};
use crate::capture::{Indexer, Observed, Seen};
use crate::contract::{Beginning, NetEvent, NetFact};
use crate::model::{Address, ConnId, Direction, FrameKind, Mark, NodeId, Timestamp, Transport};

/// A conversation between two nodes of one world.
struct Talk {
    world: World,
    client: NodeId,
    server: NodeId,
    at: i64,
}

impl Talk {
    fn new(budget: usize) -> Self {
        let mut world = World::new(budget);
        let (client, server) = (world.new_node("me"), world.new_node("echo"));
        let mut talk = Self { world, client, server, at: 0 };
        let [own, other] = ["127.0.0.1:50000", "127.0.0.1:7001"].map(|text| Address::Ip(text.parse().unwrap()));
        let opened = |conn, how, local: &Address, peer: &Address| NetFact::Opened {
            conn: ConnId(conn),
            transport: Transport::Tcp,
            how,
            local: local.clone(),
            peer: peer.clone(),
        };
        talk.tells(client, opened(1, Beginning::Connected, &own, &other));
        talk.tells(server, opened(2, Beginning::Accepted, &other, &own));
        talk
    }

    fn tells(&mut self, node: NodeId, fact: NetFact) {
        self.at += 1000;
        self.world.observe(&NetEvent { at: Timestamp(self.at), node, fact });
    }

    fn says(&mut self, bytes: usize) {
        let payload = Bytes::from(vec![b'x'; bytes]);
        self.tells(self.client, NetFact::Data(ConnId(1), Direction::Out, payload));
    }

    fn arrives(&mut self, bytes: usize) {
        let payload = Bytes::from(vec![b'x'; bytes]);
        self.tells(self.server, NetFact::Data(ConnId(2), Direction::In, payload));
    }
}

/// What a file of a recording tells: frames, and arrivals by number.
fn read(path: &Path) -> (Vec<Observed>, Vec<(u64, Timestamp)>) {
    let (mut frames, mut arrivals) = (Vec::new(), Vec::new());
    let mut indexer = Indexer::new();
    let mut take = |seen| match seen {
        Seen::Frame(frame) => frames.push(frame),
        Seen::Arrived(frame, at) => arrivals.push((frame, at)),
        Seen::Node(..)
        | Seen::Interface(..)
        | Seen::Flow(_)
        | Seen::Packet(_)
        | Seen::Noted(..)
        | Seen::Marked(..)
        | Seen::Name(..)
        | Seen::Secrets(_) => {}
    };
    indexer.push(&std::fs::read(path).unwrap(), &mut take);
    indexer.finish(&mut take);
    (frames, arrivals)
}

/// What the user has said of frames.
#[derive(Default)]
struct Said {
    notes: Vec<(u64, String)>,
    marks: Vec<(u64, Mark)>,
}

/// What a file of a recording says of frames.
fn remarks(path: &Path) -> Said {
    let mut said = Said::default();
    let mut indexer = Indexer::new();
    let mut take = |seen| match seen {
        Seen::Noted(frame, note) => said.notes.push((frame, note)),
        Seen::Marked(frame, mark) => said.marks.push((frame, mark)),
        Seen::Frame(_)
        | Seen::Arrived(..)
        | Seen::Node(..)
        | Seen::Interface(..)
        | Seen::Flow(_)
        | Seen::Packet(_)
        | Seen::Name(..)
        | Seen::Secrets(_) => {}
    };
    indexer.push(&std::fs::read(path).unwrap(), &mut take);
    indexer.finish(&mut take);
    said
}

fn started(file: &Path, ring: Option<u64>, world: &World) -> Recorder {
    let mut recorder = Recorder::default();
    let settings = Settings { ring, ..Settings::default() };
    recorder.start(Some(file.to_owned()), None, &settings, world).unwrap();
    recorder
}

fn places(told: &[Told]) -> Vec<&Recorded> {
    told.iter().filter_map(|told| if let Told::Recorded(recorded) = told { Some(recorded) } else { None }).collect()
}

#[tokio::test]
async fn every_frame_is_in_the_file_and_where_it_lies_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lab.pcapng");
    let mut recorder = started(&file, None, &World::new(1));
    let mut talk = Talk::new(64 << 20);
    for number in 1..100 {
        talk.says(number * 700);
        recorder.hand_over(&talk.world);
    }
    let told = recorder.finish(&talk.world).await;
    assert!(matches!(told.first(), Some(Told::Began(path, Keeping::Named)) if **path == *file), "{told:?}");
    assert!(matches!(told.last(), Some(Told::Stopped)), "{told:?}");
    let (frames, _) = read(&file);
    let said: Vec<_> = talk.world.log.iter().map(|frame| (Some(frame.number), &frame.kind)).collect();
    assert_eq!(frames.iter().map(|frame| (frame.number, &frame.kind)).collect::<Vec<_>>(), said);
    let written = places(&told);
    let lie = written.iter().flat_map(|batch| batch.frames.clone());
    assert!(lie.eq(frames.iter().map(|frame| (frame.number.unwrap(), frame.place.clone()))));
    assert_eq!(written.iter().map(|batch| batch.data).sum::<u64>(), 99);
    assert_eq!(written.last().map(|last| last.bytes), std::fs::metadata(&file).ok().map(|there| there.len()));
}

#[tokio::test]
async fn an_arrival_that_becomes_known_late_is_in_the_file_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lab.pcapng");
    let mut talk = Talk::new(64 << 20);
    let mut recorder = Recorder::default();
    recorder.start(Some(file.clone()), None, &Settings::default(), &talk.world).unwrap();
    talk.says(5);
    let (first, sent) = (talk.world.log.next_number() - 1, talk.at);
    recorder.hand_over(&talk.world);
    talk.arrives(5);
    talk.says(6);
    talk.arrives(6);
    recorder.finish(&talk.world).await;
    let told: Vec<_> = read(&file).1.into_iter().collect();
    assert_eq!(told, [(first, Timestamp(sent + 1000)), (first + 1, Timestamp(sent + 3000))], "each once");
}

#[tokio::test]
async fn what_is_said_of_frames_is_in_the_file_behind_them_whenever_it_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lab.pcapng");
    let mut talk = Talk::new(64 << 20);
    let mut recorder = started(&file, None, &World::new(1));
    talk.says(5);
    let first = talk.world.log.next_number() - 1;
    recorder.hand_over(&talk.world);
    talk.world.remarks.mark(first, Mark::On).unwrap();
    assert!(recorder.due(&talk.world).is_some(), "though there is no new frame");
    recorder.hand_over(&talk.world);
    talk.world.remarks.note(first, "look here").unwrap();
    talk.says(6);
    talk.world.remarks.mark(first + 1, Mark::On).unwrap();
    recorder.hand_over(&talk.world);
    talk.world.remarks.mark(first + 1, Mark::Off).unwrap();
    recorder.finish(&talk.world).await;
    let said = remarks(&file);
    let marks = [(first, Mark::On), (first + 1, Mark::On), (first + 1, Mark::Off)];
    assert_eq!(said.marks, marks);
    assert_eq!(said.notes, [(first, "look here".to_owned())]);
}

#[tokio::test]
async fn what_is_said_of_a_frame_after_the_end_is_no_part_of_the_recording_and_does_not_keep_it_open() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lab.pcapng");
    let mut talk = Talk::new(64 << 20);
    let mut recorder = started(&file, None, &World::new(1));
    let shelf = recorder.shelf.clone();
    let last = {
        // The thread writes nothing while somebody else has the parts, so that frames wait beyond the end.
        let _held = shelf.parts();
        (0..2 * QUEUE).for_each(|_| talk.says(batch::BYTES));
        recorder.stop(&talk.world);
        let last = talk.world.log.next_number() - 1;
        talk.says(1);
        talk.world.remarks.mark(last + 1, Mark::On).unwrap();
        last
    };
    let saved = recorder.written(&talk.world);
    let told = recorder.finish(&talk.world).await;
    assert!(matches!(told.last(), Some(Told::Stopped)), "{told:?}");
    saved.await.unwrap();
    assert_eq!(read(&file).0.last().and_then(|frame| frame.number), Some(last));
    assert_eq!(remarks(&file).marks, []);
}

#[tokio::test]
async fn a_flood_is_handed_over_as_soon_as_it_fills_a_batch() {
    let folder = tempfile::tempdir().unwrap();
    let mut talk = Talk::new(64 << 20);
    let mut recorder = started(&folder.path().join("lab.pcapng"), None, &World::new(1));
    recorder.hand_over(&talk.world);
    let before = Instant::now();
    talk.says(1);
    assert!(recorder.due(&talk.world).is_some_and(|due| due > before), "little waits for more");
    talk.says(batch::BYTES);
    assert!(recorder.due(&talk.world).is_some_and(|due| due <= before));
    recorder.finish(&talk.world).await;
}

/// The lengths of the data frames in a file: what is there of each, and what there was.
fn lengths(path: &Path) -> Vec<(usize, u64)> {
    let data = |frame: &Observed| Some((frame.kind.data()?.1.len(), frame.cut));
    read(path).0.iter().filter_map(data).map(|(known, cut)| (known, known as u64 + cut)).collect()
}

#[tokio::test]
async fn of_a_flood_every_frame_is_in_the_file_with_its_first_bytes_and_the_rest_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lab.pcapng");
    let mut recorder = started(&file, None, &World::new(1));
    let mut talk = Talk::new(64 << 20);
    let (now, piece, count) = (Instant::now(), 64 * 1024, 4000);
    let mut told = Vec::new();
    for _ in 0..count {
        talk.says(piece);
        recorder.hand_over_at(&talk.world, now);
        while recorder.next.frame < talk.world.log.next_number() {
            told.push(recorder.next().await);
            recorder.hand_over_at(&talk.world, now);
        }
    }
    told.extend(recorder.finish(&talk.world).await);
    let lengths = lengths(&file);
    assert!(!told.iter().any(|told| matches!(told, Told::Missed(_))), "{told:?}");
    assert_eq!(lengths.len(), count);
    assert!(lengths.iter().all(|(_, whole)| *whole == piece as u64));
    let cut = lengths.iter().position(|(known, _)| *known < piece).unwrap();
    assert!(cut > 100, "{cut}: what comes at once is whole");
    assert!(lengths[cut..].iter().all(|(known, _)| *known == SNAP));
    let left_out: u64 = places(&told).iter().map(|recorded| recorded.left_out).sum();
    assert_eq!(left_out, lengths.iter().map(|(known, whole)| whole - *known as u64).sum::<u64>());
    assert!(
        places(&told).iter().flat_map(|recorded| &recorded.frames).all(|(_, place)| place.length() <= piece as u64)
    );
}

#[tokio::test]
async fn what_comes_slower_than_the_rate_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lab.pcapng");
    let mut recorder = started(&file, None, &World::new(1));
    let mut talk = Talk::new(64 << 20);
    let mut now = Instant::now();
    for _ in 0..2000 {
        talk.says(64 * 1024);
        now += Duration::from_micros(300);
        recorder.hand_over_at(&talk.world, now);
        while recorder.next.frame < talk.world.log.next_number() {
            recorder.next().await;
            recorder.hand_over_at(&talk.world, now);
        }
    }
    recorder.finish(&talk.world).await;
    let piece = (64 * 1024, 64 * 1024);
    assert!(lengths(&file).into_iter().eq(std::iter::repeat_n(piece, 2000)));
}

#[tokio::test]
async fn what_waits_for_a_slow_disk_until_memory_fills_is_cut_rather_than_missed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lab.pcapng");
    let mut recorder = started(&file, None, &World::new(1));
    let mut talk = Talk::new(16 << 20);
    {
        let shelf = recorder.shelf.clone();
        let _held = shelf.parts();
        for _ in 0..QUEUE + 12 {
            talk.says(batch::BYTES);
            recorder.hand_over(&talk.world);
        }
    }
    let told = recorder.finish(&talk.world).await;
    let lengths = lengths(&file);
    assert!(!told.iter().any(|told| matches!(told, Told::Missed(_))), "{told:?}");
    let whole = lengths.iter().filter(|(known, _)| *known == batch::BYTES).count();
    assert_eq!(lengths.len(), QUEUE + 12);
    assert!((QUEUE..QUEUE + 12).contains(&whole), "{whole} are whole");
    assert!(lengths.iter().all(|(known, _)| [SNAP, batch::BYTES].contains(known)));
}

#[tokio::test]
async fn what_left_memory_before_it_was_handed_over_is_counted_in_the_file_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lab.pcapng");
    let mut recorder = started(&file, None, &World::new(1));
    let mut talk = Talk::new(100_000);
    (0..50).for_each(|_| talk.says(10_000));
    let gone = talk.world.log.forgotten();
    assert!(gone > 40);
    let told = recorder.finish(&talk.world).await;
    assert!(told.iter().any(|told| matches!(told, Told::Missed(count) if *count == gone)), "{told:?}");
    let (frames, _) = read(&file);
    assert!(matches!(&frames[0].kind, FrameKind::Lost { count, .. } if *count == gone), "{:?}", frames[0]);
    assert_eq!(frames[0].number, Some(1));
    assert_eq!(frames[1].number, Some(gone + 1));
}

#[tokio::test]
async fn a_slow_disk_never_makes_the_session_wait_or_hold_more_than_a_queue() {
    let folder = tempfile::tempdir().unwrap();
    let mut recorder = started(&folder.path().join("lab.pcapng"), None, &World::new(1));
    // The thread writes nothing while somebody else has the parts.
    let shelf = recorder.shelf.clone();
    let mut talk = Talk::new(64 << 20);
    {
        let _held = shelf.parts();
        for _ in 0..3 * QUEUE {
            talk.says(batch::BYTES);
            recorder.hand_over(&talk.world);
        }
        let waits = talk.world.log.next_number() - recorder.next.frame;
        assert!(waits >= QUEUE as u64, "{waits} frames wait in the log, which is bounded");
        assert_eq!(recorder.due(&talk.world), None, "and nothing is tried until the thread says that it goes on");
    }
    let told = recorder.finish(&talk.world).await;
    assert_eq!(places(&told).iter().map(|recorded| recorded.data).sum::<u64>(), 3 * QUEUE as u64);
}

#[tokio::test]
async fn each_file_of_a_ring_is_read_without_the_others_and_the_oldest_go() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lab.pcapng");
    let mut recorder = started(&file, Some(4 << 20), &World::new(1));
    let mut talk = Talk::new(64 << 20);
    let mut told = Vec::new();
    for _ in 0..200 {
        talk.says(60_000);
        recorder.hand_over(&talk.world);
        told.extend(std::iter::from_fn(|| recorder.waiting()));
        while recorder.next.frame < talk.world.log.next_number() {
            told.push(recorder.next().await);
            recorder.hand_over(&talk.world);
        }
    }
    told.extend(recorder.finish(&talk.world).await);
    let removed = told.iter().filter(|told| matches!(told, Told::Removed(_))).count();
    let began = told.iter().filter(|told| matches!(told, Told::Began(..))).count();
    let left: Vec<_> = recorder.shelf.parts().iter().map(|part| part.path.clone()).collect();
    assert!(removed > 5 && left.len() > 2, "{removed} removed, {} left", left.len());
    assert_eq!(began, removed + left.len());
    let mut newest = Vec::new();
    for path in &left {
        let (frames, _) = read(path);
        assert!(frames.iter().all(|frame| frame.flow.is_some()), "each file tells its conversations");
        newest.extend(frames.into_iter().filter_map(|frame| frame.number));
    }
    let last = talk.world.log.next_number() - 1;
    assert!(newest.iter().copied().eq(newest[0]..=last), "the newest frames without a gap");
    let bytes: u64 = left.iter().map(|path| std::fs::metadata(path).unwrap().len()).sum();
    assert!(bytes <= 4 << 20, "{bytes}");
}

#[tokio::test]
async fn a_full_disk_ends_the_recording_at_once_and_says_so() {
    let mut recorder = started(Path::new("/dev/full"), None, &World::new(1));
    assert!(matches!(recorder.next().await, Told::Began(..)));
    let told = recorder.next().await;
    assert!(matches!(&told, Told::Failed(trouble) if trouble.why == "the disk is full"), "{told:?}");
    let mut talk = Talk::new(1000);
    talk.says(1);
    recorder.hand_over(&talk.world);
    assert_eq!(recorder.due(&talk.world), None);
    assert_eq!(recorder.finish(&talk.world).await.len(), 0);
}

#[tokio::test]
async fn after_a_pause_it_goes_on_with_what_comes_then() {
    let folder = tempfile::tempdir().unwrap();
    let [before, after] = ["before", "after"].map(|name| folder.path().join(name));
    let mut talk = Talk::new(64 << 20);
    let mut recorder = started(&before, None, &talk.world);
    talk.says(1);
    recorder.finish(&talk.world).await;
    talk.says(2);
    let settings = Settings::default();
    recorder.start(Some(after.clone()), None, &settings, &talk.world).unwrap();
    talk.says(3);
    recorder.finish(&talk.world).await;
    let lengths = |path| {
        let payload =
            |frame: Observed| if let FrameKind::Data { payload, .. } = frame.kind { Some(payload.len()) } else { None };
        read(path).0.into_iter().filter_map(payload).collect::<Vec<_>>()
    };
    assert_eq!((lengths(&before), lengths(&after)), (vec![1], vec![3]));
}

#[tokio::test]
async fn what_is_saved_holds_all_that_was_seen_until_then() {
    let folder = tempfile::tempdir().unwrap();
    let (file, copy) = (folder.path().join("lab.pcapng"), folder.path().join("copy.pcapng"));
    let mut recorder = started(&file, None, &World::new(1));
    let mut talk = Talk::new(64 << 20);
    (0..2 * QUEUE).for_each(|_| talk.says(batch::BYTES));
    let mut written = recorder.written(&talk.world);
    loop {
        tokio::select! {
            written = &mut written => break written.unwrap(),
            _ = recorder.next() => recorder.hand_over(&talk.world),
        }
    }
    recorder.shelf.save(&copy).unwrap();
    assert_eq!(read(&copy).0.len() as u64, talk.world.log.next_number() - 1);
}

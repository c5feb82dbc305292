//! Captures held to their promises: what was written is what is read, however the file is cut; and any bytes are
//! read totally, in bounded memory and linear time.

#[path = "support/foreign.rs"]
mod foreign;
#[path = "support/noise.rs"]
mod noise;
#[path = "support/recording.rs"]
mod recording;

use std::time::Duration;

use bytes::Bytes;
use noise::Noise;
use proptest::prelude::*;
use recording::{Read, START, Story, deeds, read, read_in_pieces, segment};
use rustix::time::{ClockId, clock_gettime};
use wirelab::capture::{Indexer, LinkType, LiveWriter, Seen, Sniffed, Writer};
use wirelab::model::{Address, Closing, Deed, Direction, FrameKind, Mark, NodeId, Step, Timestamp, Transport, Trouble};

fn ip(text: &str) -> Address {
    Address::Ip(text.parse().expect("an address"))
}

fn bytes(length: usize, seed: u8) -> Bytes {
    (0..length).map(|at| (at as u8).wrapping_mul(31).wrapping_add(seed)).collect()
}

/// What was read says the same in all that a recording holds.
fn assert_told(story: &Story, read: &Read) {
    for (frame, told) in story.frames.iter().zip(&read.frames) {
        let words = format!("{frame:.300?}\n{told:.300?}");
        assert_eq!(told.number, Some(frame.number), "{words}");
        assert_eq!((told.at, told.node), (frame.at, frame.node), "{words}");
        assert!(told.kind == frame.kind && told.cut == frame.cut, "{words}");
        let flows = (frame.flow.and_then(|id| story.flows.get(&id)), told.flow.and_then(|id| read.flows.get(&id)));
        match flows {
            (Some(flow), Some(told)) => {
                assert_eq!((flow.transport, &flow.client, &flow.server), (told.transport, &told.client, &told.server));
                assert_eq!((flow.client_node, flow.server_node), (told.client_node, told.server_node));
            }
            (flow, told) => assert_eq!(flow.is_some(), told.is_some(), "{words}"),
        }
    }
    assert_eq!(read.frames.len(), story.frames.len());
    let arrived = story.frames.iter().filter_map(|frame| Some((frame.number, frame.arrived?)));
    assert_eq!(read.arrived, arrived.collect());
    for (node, name) in &read.nodes {
        assert!(story.nodes.contains(&(*node, name.as_str())), "{name}");
    }
}

/// About how much it holds, in bytes.
fn weight(read: &Read) -> usize {
    read.frames
        .iter()
        .map(|frame| match &frame.kind {
            FrameKind::Data { payload, .. } => payload.len(),
            FrameKind::Note(words) => words.len(),
            FrameKind::Impaired { deed, .. } => deed.payload().map_or(0, Bytes::len),
            FrameKind::Step(_)
            | FrameKind::Opened { .. }
            | FrameKind::Finished(_)
            | FrameKind::Closed(_)
            | FrameKind::Lost { .. }
            | FrameKind::Error(_) => 0,
        })
        .sum()
}

/// One conversation of each transport, with one step of each sort between.
fn everything() -> Story {
    let mut story = Story::new();
    let (echo, me) = (story.node("echo"), story.node("me · 客"));
    let local = ip("127.0.0.1:7001");
    let steps = [
        Step::Made(Transport::UnixDatagram),
        Step::Bound(local.clone()),
        Step::Listening(Address::Unix("@abstract".into())),
        Step::Resolving("localhost\n".into()),
        Step::Resolved("localhost".into(), vec![local.clone(), ip("[fe80::1%3]:80")]),
        Step::Connecting(local.clone()),
        Step::ConnectFailed(local.clone(), "refused".into()),
        Step::Securing("example.org".into()),
        Step::Secured(vec!["TLS 1.3".into(), "h2".into()]),
        Step::Joined(ip("239.1.2.3:9")),
        Step::Bridged(ip("127.0.0.1:50000"), ip("127.0.0.1:7001")),
        Step::Stopped(local.clone()),
    ];
    for step in steps {
        story.happens(echo, None, FrameKind::Step(step));
    }
    story.happens(echo, None, FrameKind::Error(Trouble::new("bind", "127.0.0.1:80", "permission denied", "use 8080")));
    story.happens(me, None, FrameKind::Note("a \"remark\"\nof two lines \u{202e}".into()));
    let pairs = [
        (Transport::Tcp, ip("127.0.0.1:50000"), local.clone()),
        (Transport::Tcp, ip("[::1]:50000"), ip("[::1]:7001")),
        (Transport::Tcp, ip("127.0.0.1:50001"), ip("[::ffff:127.0.0.1]:7001")),
        (Transport::Tls, ip("127.0.0.1:50000"), local.clone()),
        (Transport::Tls, ip("[::1]:50000"), ip("[::1]:7001")),
        (Transport::Udp, ip("127.0.0.1:50000"), local.clone()),
        (Transport::Udp, ip("[fe80::1%3]:50000"), ip("[fe80::2%3]:7001")),
        (Transport::Unix, Address::Unnamed(7), Address::Unix("/tmp/läb.sock".into())),
        (Transport::UnixDatagram, Address::Unix("/tmp/a".into()), Address::Unix("/tmp/b".into())),
    ];
    for (transport, client, server) in pairs {
        let flow = story.flow(transport, client.clone(), server.clone(), Some(me), Some(echo));
        story.happens(me, Some(flow), FrameKind::Opened { local: client.clone(), peer: server.clone() });
        story.happens(echo, Some(flow), FrameKind::Opened { local: server, peer: client });
        for (node, length) in
            [(me, 5), (echo, 65_495), (me, 200_000), (echo, 65_507), (me, 0), (echo, 1_100_000), (me, 1)]
        {
            let kind = FrameKind::Data { direction: Direction::Out, payload: bytes(length, 7) };
            let arrived = (length % 2 == 1).then_some(77);
            story.happens(node, Some(flow), kind).arrived = arrived.map(Timestamp);
        }
        for (number, deed) in deeds().into_iter().enumerate() {
            let direction = [Direction::In, Direction::Out][number % 2];
            let of = (number % 3 != 0).then_some(number as u64);
            story.happens(echo, Some(flow), FrameKind::Impaired { of, direction, by: "delay".into(), deed });
        }
        story.happens(echo, Some(flow), FrameKind::Lost { count: 3, why: "the queue was full".into() });
        story.happens(me, Some(flow), FrameKind::Finished(Direction::Out));
        story.happens(echo, Some(flow), FrameKind::Data { direction: Direction::Out, payload: bytes(9, 1) });
        story.happens(echo, Some(flow), FrameKind::Finished(Direction::Out));
        story.happens(me, Some(flow), FrameKind::Closed(Closing::Orderly));
        story.happens(echo, Some(flow), FrameKind::Data { direction: Direction::Out, payload: bytes(9, 2) });
        story.happens(echo, Some(flow), FrameKind::Closed(Closing::Failed("late".into())));
    }
    story
}

#[test]
fn one_of_everything_is_read_as_it_was_written() {
    let story = everything();
    let file = story.written();
    let read = read(&file);
    assert_told(&story, &read);
    assert_eq!(read.names, ["/tmp/läb.sock", "/tmp/a", "/tmp/b"]);
}

/// The same of which a recording has only the first bytes of each frame, as of a flood.
fn cut_short(mut story: Story, longest: usize) -> Story {
    for frame in &mut story.frames {
        if let FrameKind::Data { payload, .. } = &mut frame.kind {
            frame.cut = payload.len().saturating_sub(longest) as u64;
            payload.truncate(longest);
        }
    }
    story
}

#[test]
fn a_frame_that_was_cut_is_the_same_frame_with_the_bytes_there_are() {
    for longest in [0, 1, 4096, 65_495, 65_500, 150_000] {
        let story = cut_short(everything(), longest);
        assert!(story.frames.iter().any(|frame| frame.cut > 0));
        assert_told(&story, &read(&story.written()));
    }
}

#[test]
fn a_payload_can_be_read_back_from_where_it_lies() {
    let file = everything().written();
    let mut payloads = 0;
    for frame in read(&file).frames {
        let FrameKind::Data { payload, .. } = &frame.kind else { continue };
        let again: Vec<u8> = frame
            .place
            .spans()
            .iter()
            .flat_map(|span| {
                let start = span.offset as usize;
                file[start..start + span.length as usize].iter().copied()
            })
            .collect();
        assert!(again == *payload, "frame {:?}", frame.number);
        payloads += 1;
    }
    assert!(payloads > 60);
}

#[test]
fn whoever_writes_knows_where_a_reader_will_find_each_frame() {
    for longest in [usize::MAX, 150_000, 4096, 0] {
        places_are_told(&cut_short(everything(), longest));
    }
}

fn places_are_told(story: &Story) {
    let (mut file, mut out) = (Vec::new(), Vec::new());
    let mut writer = Writer::new(&mut out);
    let mut places = Vec::new();
    for frame in &story.frames {
        // As a file is written: what was put together goes out, and the next begins behind it.
        file.append(&mut out);
        let place = writer.frame(frame, frame.flow.and_then(|id| story.flow_of(id)), &mut out);
        places.push((Some(frame.number), place.further(file.len() as u64)));
    }
    writer.flush(&mut out);
    file.append(&mut out);
    let read = read(&file).frames;
    assert_eq!(read.into_iter().map(|frame| (frame.number, frame.place)).collect::<Vec<_>>(), places);
}

#[test]
fn a_recording_that_begins_in_the_middle_tells_its_conversations() {
    let mut story = everything();
    let whole = story.frames.len();
    story.frames.drain(..whole / 2);
    let read = read(&story.written());
    assert_told(&story, &read);
}

#[test]
fn a_payload_of_an_unknown_conversation_is_kept_all_the_same() {
    let mut story = everything();
    story.flows.clear();
    let read = read(&story.written());
    assert!(story.frames.iter().map(|frame| &frame.kind).eq(read.frames.iter().map(|frame| &frame.kind)));
}

#[test]
fn secrets_are_kept_for_whoever_can_use_them() {
    let (mut out, mut told) = (Vec::new(), Vec::new());
    Writer::new(&mut out).secrets(b"CLIENT_RANDOM 00 11\n", &mut out);
    Indexer::new().push(&out, &mut |seen| told.push(seen));
    assert!(matches!(told.as_slice(), [Seen::Secrets(lines)] if lines == b"CLIENT_RANDOM 00 11\n"));
}

#[test]
fn a_file_cut_anywhere_tells_what_came_before() {
    let mut story = Story::new();
    let (me, server) = (story.node("me"), ip("127.0.0.1:7001"));
    let flow = story.flow(Transport::Tcp, ip("127.0.0.1:50000"), server.clone(), Some(me), None);
    story.happens(me, Some(flow), FrameKind::Opened { local: ip("127.0.0.1:50000"), peer: server });
    for length in [1, 10, 100] {
        let kind = FrameKind::Data { direction: Direction::In, payload: bytes(length, 1) };
        story.happens(me, Some(flow), kind);
    }
    let file = story.written();
    for cut in 0..file.len() {
        let read = read(&file[..cut]);
        let told = read.frames.iter().filter(|frame| frame.number.is_some()).count();
        for (frame, told) in story.frames.iter().zip(read.frames.iter().filter(|frame| frame.number.is_some())) {
            assert_eq!(frame.kind, told.kind);
        }
        let last = read.frames.last().map(|frame| &frame.kind);
        let is_marked = matches!(last, Some(FrameKind::Note(words)) if words.contains("at byte"));
        assert!(is_marked || told == read.frames.len(), "cut at {cut}: {last:?}");
    }
}

#[test]
fn marks_and_notes_are_read_as_they_were_written_whatever_frame_they_are_on() {
    let mut story = everything();
    for frame in &story.frames {
        story.notes.insert(frame.number, format!("wörds on {}", frame.number));
        story.marks.insert(frame.number);
    }
    let read = read(&story.written());
    assert_told(&story, &read);
    for frame in read.frames.iter().filter(|frame| frame.number.is_some()) {
        assert_eq!(frame.comment.as_ref(), story.notes.get(&frame.number.unwrap()), "{:?}", frame.kind);
    }
    assert_eq!(read.marks.keys().copied().collect::<Vec<_>>(), story.marks.iter().copied().collect::<Vec<_>>());
    assert!(read.marks.values().all(|mark| *mark == Mark::On));
}

#[test]
fn what_is_said_of_a_frame_later_is_told_later() {
    let story = everything();
    let (mut file, at) = (story.written(), Timestamp(1));
    let mut other = Vec::new();
    let mut writer = Writer::new(&mut other);
    let mut more = Vec::new();
    writer.note(2, "first", at, &mut more);
    writer.note(2, "a \"note\"\nof lines", at, &mut more);
    writer.note(3, "taken away", at, &mut more);
    writer.note(3, "", at, &mut more);
    writer.mark(2, Mark::On, at, &mut more);
    writer.mark(4, Mark::On, at, &mut more);
    writer.mark(4, Mark::Off, at, &mut more);
    file.extend(more);
    let read = read(&file);
    assert_eq!(read.frames.len(), story.frames.len(), "they are no frames");
    assert_eq!(read.notes[&2], "a \"note\"\nof lines");
    assert_eq!(read.notes[&3], "");
    assert_eq!((read.marks[&2], read.marks[&4]), (Mark::On, Mark::Off));
}

#[test]
fn two_recordings_one_after_the_other_keep_their_conversations_apart() {
    let story = everything();
    let file = [story.written(), story.written()].concat();
    let read = read(&file);
    assert_eq!(read.frames.len(), 2 * story.frames.len());
    let flows = story.flows.len();
    assert_eq!(read.flows.len(), 2 * flows);
    let (one, other) = read.frames.split_at(story.frames.len());
    for (one, other) in one.iter().zip(other) {
        assert_eq!(one.flow.map(|flow| flow.0 + flows as u64), other.flow.map(|flow| flow.0));
        assert_eq!(one.kind, other.kind);
    }
}

#[derive(Debug, Clone)]
enum Act {
    Open(usize, usize, usize),
    Data(usize, bool, Direction, usize),
    Finish(usize, bool, Direction),
    Close(usize, bool, u8),
    Impair(usize, Option<u64>, Direction, Deed),
    Note(usize, String),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let direction = prop_oneof![Just(Direction::In), Just(Direction::Out)];
    let length = prop_oneof![Just(0_usize), 1..200_usize, 65_400..65_600_usize, Just(140_000)];
    let act = prop_oneof![
        (0..5_usize, 0..4_usize, 0..4_usize).prop_map(|(kind, client, server)| Act::Open(kind, client, server)),
        (0..8_usize, any::<bool>(), direction.clone(), length).prop_map(|(a, b, c, d)| Act::Data(a, b, c, d)),
        (0..8_usize, any::<bool>(), direction.clone()).prop_map(|(a, b, c)| Act::Finish(a, b, c)),
        (0..8_usize, any::<Option<u64>>(), direction, prop::sample::select(deeds()))
            .prop_map(|(a, b, c, d)| Act::Impair(a, b, c, d)),
        (0..8_usize, any::<bool>(), any::<u8>()).prop_map(|(a, b, c)| Act::Close(a, b, c)),
        (0..8_usize, any::<String>()).prop_map(|(a, b)| Act::Note(a, b)),
    ];
    prop::collection::vec(act, 0..60)
}

/// Any sequence of events, however little sense it makes.
fn story_of(acts: &[Act]) -> Story {
    let mut story = Story::new();
    let nodes = [story.node("one"), story.node("other")];
    let transports = [Transport::Tcp, Transport::Udp, Transport::Unix, Transport::UnixDatagram, Transport::Tls];
    let mut flows = Vec::new();
    for act in acts {
        if let Act::Open(kind, client, server) = act {
            let transport = transports[*kind];
            let end = |number: usize| match transport {
                Transport::Unix | Transport::UnixDatagram if number == 0 => Address::Unnamed(4),
                Transport::Unix | Transport::UnixDatagram => Address::Unix(format!("/tmp/{number}")),
                Transport::Tcp | Transport::Udp | Transport::Tls if number == 0 => ip("[::1]:5"),
                Transport::Tcp | Transport::Udp | Transport::Tls => ip(&format!("127.0.0.1:{number}")),
            };
            let flow = story.flow(transport, end(*client), end(*server + 4), Some(nodes[0]), Some(nodes[1]));
            flows.push(flow);
            story.happens(
                nodes[client % 2],
                Some(flow),
                FrameKind::Opened { local: end(*client), peer: end(*server + 4) },
            );
            continue;
        }
        let pick = |number: &usize| flows.get(*number % flows.len().max(1)).copied();
        let node = |at_client: &bool| nodes[usize::from(!at_client)];
        let (node, flow, kind) = match act {
            Act::Open(..) => continue,
            Act::Data(flow, at_client, direction, length) => {
                let kind = FrameKind::Data { direction: *direction, payload: bytes(*length, *flow as u8) };
                (node(at_client), pick(flow), kind)
            }
            Act::Finish(flow, at_client, direction) => (node(at_client), pick(flow), FrameKind::Finished(*direction)),
            Act::Close(flow, at_client, how) => {
                let how = match how % 6 {
                    0 => Closing::Orderly,
                    1 => Closing::Ours,
                    2 => Closing::ResetByUs,
                    3 => Closing::ResetByPeer,
                    4 => Closing::Idle,
                    _ => Closing::Failed("broken pipe".into()),
                };
                (node(at_client), pick(flow), FrameKind::Closed(how))
            }
            Act::Impair(flow, of, direction, deed) => {
                let by = "corrupt".into();
                let kind = FrameKind::Impaired { of: *of, direction: *direction, by, deed: deed.clone() };
                (nodes[1], pick(flow), kind)
            }
            Act::Note(flow, words) => (nodes[0], pick(flow), FrameKind::Note(words.clone())),
        };
        if flow.is_some() || matches!(kind, FrameKind::Note(_)) {
            story.happens(node, flow, kind);
        }
    }
    story
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_frames_are_read_as_they_were_written_however_the_file_is_cut(acts in acts(), piece in 1..100_000_usize) {
        let story = story_of(&acts);
        let file = story.written();
        assert_told(&story, &read_in_pieces(file.chunks(piece)));
    }
}

// ---- bad input ----

/// Captures with one of everything in them, small.
fn samples() -> Vec<Vec<u8>> {
    let small = |mut story: Story| {
        for frame in &mut story.frames {
            if let FrameKind::Data { payload, .. } = &mut frame.kind {
                payload.truncate(50);
            }
        }
        story.written()
    };
    let mut samples = vec![small(everything())];
    samples.extend(foreign::captures());
    samples
}

#[test]
fn any_bytes_are_read_to_the_end_the_same_in_one_piece_and_in_many() {
    let samples = samples();
    let samples: Vec<&[u8]> = samples.iter().map(Vec::as_slice).collect();
    let mut noise = Noise(7);
    let mut frames = 0;
    for _ in 0..700 {
        let bytes = noise.mutated(&samples);
        let whole = read(&bytes);
        let pieces = read_in_pieces(noise.cut(&bytes).into_iter());
        assert_eq!(whole.frames, pieces.frames);
        frames += whole.frames.len();
        assert!(weight(&whole) <= 16 * bytes.len() + 65_536, "{} of {}", weight(&whole), bytes.len());
    }
    assert!(frames > 5_000, "the noise is still somewhat like captures: {frames}");
}

#[test]
fn every_beginning_of_a_foreign_capture_is_read() {
    for sample in foreign::captures() {
        for cut in 0..sample.len() {
            read(&sample[..cut]);
        }
    }
}

/// What this thread has cost the processor so far, which does not count while others have it.
fn work() -> Duration {
    let spent = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(spent.tv_sec.unsigned_abs(), u32::try_from(spent.tv_nsec).unwrap_or_default())
}

#[test]
fn the_work_grows_with_the_input_and_no_faster() {
    for attack in foreign::attacks() {
        let time = |count: usize| {
            let file = attack(count);
            let began = work();
            let mut indexer = Indexer::new();
            let mut told = 0_usize;
            indexer.push(&file, &mut |_| told += 1);
            indexer.finish(&mut |_| told += 1);
            assert!(told > 0);
            work().saturating_sub(began)
        };
        time(1000);
        // The least of three, because others share the processor's caches.
        let least = |count| (0..3).map(|_| time(count)).min().expect("three runs");
        let (small, large) = (least(2_500), least(10_000));
        assert!(large < small * 10, "{small:?} and, of four times as much, {large:?}");
    }
}

#[test]
fn a_writer_tells_a_node_again_by_its_new_name() {
    let mut story = Story::new();
    let me = story.node("before");
    let flow = story.flow(Transport::Udp, ip("127.0.0.1:1"), ip("127.0.0.1:2"), Some(me), None);
    let kind = FrameKind::Data { direction: Direction::Out, payload: bytes(3, 3) };
    story.happens(me, Some(flow), kind);
    let mut out = Vec::new();
    let mut writer = Writer::new(&mut out);
    for name in ["before", "after"] {
        writer.node(me, name);
        writer.frame(&story.frames[0], story.flow_of(flow), &mut out);
    }
    let mut told = Vec::new();
    let mut indexer = Indexer::new();
    indexer.push(&out, &mut |seen| {
        if let Seen::Node(node, name) = seen {
            told.push((node, name));
        }
    });
    assert_eq!(told, [(NodeId(1), "before".to_owned()), (NodeId(1), "after".to_owned())]);
    let read: Read = read(&out);
    assert_eq!(read.frames.len(), 2);
    assert_eq!(read.frames[0].node, read.frames[1].node);
}

#[test]
fn packets_of_an_interface_are_read_with_their_times_and_with_what_was_lost_between_them() {
    let packet = segment((4000, 80), (100, 0), "A", b"hello");
    let mut file = Vec::new();
    let mut writer = LiveWriter::new("eth7", LinkType::ETHERNET, 262_144, &mut file);
    for (nanosecond, lost) in [(0, 0), (1, 3)] {
        let sniffed = Sniffed { at: Timestamp(START + nanosecond), data: &packet, length: packet.len() as u32, lost };
        writer.packet(&sniffed, &mut file);
    }
    let cut =
        Sniffed { at: Timestamp(START + 2), data: &packet[..packet.len() - 2], length: packet.len() as u32, lost: 0 };
    writer.packet(&cut, &mut file);
    writer.statistics(Timestamp(START + 3), &mut file);
    let read = read(&file);
    assert_eq!(read.nodes.values().collect::<Vec<_>>(), ["eth7"]);
    let told: Vec<_> = read.frames.iter().map(|frame| (frame.at.0 - START, &frame.kind)).collect();
    let data = FrameKind::Data { direction: Direction::Out, payload: Bytes::from_static(b"hello") };
    assert_eq!(told[0], (0, &data));
    let notes = told.iter().filter_map(|(at, kind)| {
        let FrameKind::Note(words) = kind else { return None };
        Some((*at, words.as_str()))
    });
    assert_eq!(
        notes.collect::<Vec<_>>(),
        [
            (1, "3 packets were lost here: capturing did not keep up"),
            (2, "3 packets were lost in all: capturing did not keep up")
        ]
    );
}

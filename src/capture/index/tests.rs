//! Every frame is found again as it was, in about ten bytes.

use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::capture::place::Span;
use crate::model::{Address, Closing, Deed, Transport};

fn flow(id: u64) -> Flow {
    Flow {
        id: FlowId(id),
        transport: Transport::Tcp,
        client: Address::Ip(([10, 0, 0, 1], 50_000).into()),
        server: Address::Ip(([10, 0, 0, 2], 80).into()),
        client_node: Some(NodeId(1)),
        server_node: None,
        began: Timestamp(0),
        last: Timestamp(0),
        to_server: 0,
        to_client: 0,
        frames: 0,
        is_open: true,
    }
}

fn any_kind() -> impl Strategy<Value = FrameKind> {
    let ends = || (flow(1).client, flow(1).server);
    prop_oneof![
        Just(FrameKind::Data { direction: Direction::In, payload: Bytes::new() }),
        Just(FrameKind::Data { direction: Direction::Out, payload: Bytes::new() }),
        Just(FrameKind::Step(Step::Connecting(ends().1))),
        Just(FrameKind::Step(Step::Connecting(Address::Unnamed(3)))),
        Just(FrameKind::Opened { local: ends().0, peer: ends().1 }),
        Just(FrameKind::Opened { local: ends().1, peer: ends().0 }),
        Just(FrameKind::Opened { local: Address::Unnamed(1), peer: ends().0 }),
        Just(FrameKind::Finished(Direction::In)),
        Just(FrameKind::Closed(Closing::Idle)),
        Just(FrameKind::Closed(Closing::ResetByPeer)),
        Just(FrameKind::Closed(Closing::Failed("for a reason".into()))),
        Just(FrameKind::Lost { count: 3, why: "gone".into() }),
        (any::<Option<u32>>(), any::<u32>()).prop_map(|(of, nanoseconds)| FrameKind::Impaired {
            of: of.map(u64::from),
            direction: Direction::In,
            by: "delay".into(),
            deed: Deed::Delayed(Duration::from_nanos(u64::from(nanoseconds))),
        }),
        "[a-zé\n]{0,9}".prop_map(FrameKind::Note),
    ]
}

prop_compose! {
    fn any_frame()(
        gap in prop_oneof![Just(1_u64), 1..5_000_u64],
        at: i64,
        node in 0..3_u64,
        flow in proptest::option::of(prop_oneof![0..3_u64, any::<u64>()]),
        kind in any_kind(),
        cut in prop_oneof![Just(0), 1..100_000_u64],
        spans in proptest::collection::vec((0..u64::MAX / 2, any::<u32>()), 0..4),
    ) -> (u64, Observed) {
        let place = Place::of(spans.into_iter().map(|(offset, length)| Span { offset, length }).collect());
        let cut = if kind.data().is_some() { cut } else { 0 };
        (gap, Observed { cut, ..Observed::new(Timestamp(at), NodeId(node), flow.map(FlowId), kind, place) })
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_frame_is_found_again_as_it_was(frames in proptest::collection::vec(any_frame(), 1..700)) {
        let (mut packer, mut index, mut number, mut told) = (Packer::default(), Index::default(), 0, Vec::new());
        for (gap, frame) in frames {
            number += gap;
            let flow = frame.flow.map(|id| Flow { id, ..flow(1) });
            let Observed { at, node, flow: id, kind, cut, place, .. } = &frame;
            packer.push(&Located { number, at: *at, node: *node, flow: *id, kind, cut: *cut, place }, flow.as_ref());
            if packer.is_full() {
                index.push(packer.take().unwrap());
            }
            told.push(Observed { number: Some(number), ..frame });
        }
        packer.take().into_iter().for_each(|chunk| index.push(chunk));
        prop_assert_eq!(index.len(), told.len());
        let again = |entry: Entry| entry.observed(Bytes::new(), entry.flow.map(|id| Flow { id, ..flow(1) }).as_ref());
        for (entry, frame) in index.from(0).zip(&told) {
            let without_flow = frame.flow.is_none();
            let found = again(entry);
            // Without its conversation there is nothing to say it shorter by.
            prop_assert!(without_flow || found == *frame, "{found:?} is not {frame:?}");
        }
        for (row, frame) in told.iter().enumerate().step_by(29) {
            let number = frame.number.unwrap();
            prop_assert_eq!(index.entry(number).map(|entry| entry.number), Some(number));
            prop_assert_eq!((index.number_at(row), index.row_of(number)), (Some(number), row));
        }
        let middle = told[told.len() / 2].number.unwrap();
        let numbers = |entries: &mut dyn Iterator<Item = Entry>| entries.map(|entry| entry.number).collect::<Vec<_>>();
        let all: Vec<u64> = told.iter().filter_map(|frame| frame.number).collect();
        prop_assert_eq!(numbers(&mut index.from(middle)), &all[all.len() / 2..]);
        let mut before = numbers(&mut index.before(middle));
        before.reverse();
        prop_assert_eq!(before, &all[..all.len() / 2]);
    }
}

#[test]
fn a_small_packet_takes_ten_bytes() {
    let (mut packer, mut index) = (Packer::default(), Index::default());
    for number in 1..=100_000_u64 {
        let direction = if number % 2 == 0 { Direction::In } else { Direction::Out };
        let kind = FrameKind::Data { direction, payload: Bytes::new() };
        let place = Place::at(number * 150, 64);
        let at = Timestamp(number as i64 * 9_000);
        let id = FlowId(number * 7919 % 2000);
        packer.push(&Located { number, at, node: NodeId(1), flow: Some(id), kind: &kind, cut: 0, place: &place }, None);
        if packer.is_full() {
            index.push(packer.take().unwrap());
        }
    }
    assert!(index.weight() / index.len() <= 10, "{} bytes a frame", index.weight() / index.len());
}

#[test]
fn words_that_would_fill_memory_are_left_in_the_file() {
    let mut packer = Packer::default();
    packer.words = 60;
    for number in 1..=2 {
        let kind = FrameKind::Note("a strange packet of 42 bytes".into());
        let place = Place::at(1000 * number, 42);
        packer.push(
            &Located { number, at: Timestamp(0), node: NodeId(1), flow: None, kind: &kind, cut: 0, place: &place },
            None,
        );
    }
    let told: Vec<_> = packer.take().unwrap().entries().map(|entry| entry.observed(Bytes::new(), None).kind).collect();
    let note = |words: &str| FrameKind::Note(words.into());
    assert_eq!(told, [note("a strange packet of 42 bytes"), note("told at byte 2000 of the file")]);
}

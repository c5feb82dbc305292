//! Where all frames of a recording lie: about ten bytes a frame, so that millions of them fit in memory.
//!
//! Frames are kept in chunks, each packed by itself: what it differs in from the frame before it, in as few bytes as
//! that takes. A payload stays in the file; what happened otherwise is a code, or where no code can say it, its words.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use super::details::Details;
use super::place::{Place, Span};
use super::seen::Observed;
use crate::model::{Closing, Direction, Flow, FlowId, FrameKind, NodeId, Side, Step, Timestamp};

/// Frames of one chunk: to look at one, at most so many are unpacked, which takes some microseconds.
pub const CHUNK: usize = 256;

/// Bytes of words kept of what no code can say. A capture of nothing but strange packets must not fill memory; the
/// words of the rest are in the file.
const WORDS_BUDGET: usize = 32 * 1024 * 1024;

/// Bytes of one index. The oldest chunks leave it then; their frames are in the file only.
const INDEX_BUDGET: usize = 192 * 1024 * 1024;

/// What a chunk costs beside its packed frames.
const CHUNK_COST: usize = 96;

/// A frame as the index knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub number: u64,
    /// When it was seen.
    pub at: Timestamp,
    /// The node that saw it.
    pub node: NodeId,
    /// The conversation it belongs to.
    pub flow: Option<FlowId>,
    /// What happened.
    pub act: Act,
    /// Where its bytes lie.
    pub place: Place,
    /// Which of the recording's files that is in.
    pub file: u32,
}

/// What happened, without a payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Bytes went; they are in the file.
    Data(Direction),
    /// A connection was asked for, at the server's address.
    Connecting,
    /// A conversation began, seen from that end.
    Opened(Side),
    /// One that says all of itself.
    Other(FrameKind),
    /// Something that is told in the file only.
    Untold,
}

impl Entry {
    /// How many bytes it carries.
    pub fn length(&self) -> u64 {
        match self.act {
            Act::Data(_) => self.place.spans().iter().map(|span| u64::from(span.length)).sum(),
            Act::Connecting | Act::Opened(_) | Act::Other(_) | Act::Untold => 0,
        }
    }

    /// The frame, with the bytes that lie at its place, and its conversation.
    pub fn observed(&self, payload: Bytes, flow: Option<&Flow>) -> Observed {
        let Entry { number, at, node, flow: id, act, place, .. } = self;
        let unknown = || {
            FrameKind::Note(format!("told at byte {} of the file", place.spans().first().map_or(0, |span| span.offset)))
        };
        let kind = match (act, flow) {
            (Act::Data(direction), _) => FrameKind::Data { direction: *direction, payload },
            (Act::Connecting, Some(flow)) => FrameKind::Step(Step::Connecting(flow.server.clone())),
            (Act::Opened(Side::Client), Some(flow)) => {
                FrameKind::Opened { local: flow.client.clone(), peer: flow.server.clone() }
            }
            (Act::Opened(Side::Server), Some(flow)) => {
                FrameKind::Opened { local: flow.server.clone(), peer: flow.client.clone() }
            }
            (Act::Other(kind), _) => kind.clone(),
            (Act::Connecting | Act::Opened(_) | Act::Untold, _) => unknown(),
        };
        Observed { number: Some(*number), ..Observed::new(*at, *node, *id, kind, place.clone()) }
    }
}

/// A frame to be packed, and where its bytes lie.
#[derive(Debug, Clone, Copy)]
pub struct Located<'a> {
    /// Its number.
    pub number: u64,
    /// When it was seen.
    pub at: Timestamp,
    /// The node that saw it.
    pub node: NodeId,
    /// The conversation it belongs to.
    pub flow: Option<FlowId>,
    /// What happened.
    pub kind: &'a FrameKind,
    /// Where its bytes lie.
    pub place: &'a Place,
}

/// Codes of what happened. They and the flags behind them share a byte.
mod code {
    pub const IN: u8 = 0;
    pub const OUT: u8 = 1;
    pub const CONNECTING: u8 = 2;
    pub const OPENED_CLIENT: u8 = 3;
    pub const OPENED_SERVER: u8 = 4;
    pub const FINISHED_IN: u8 = 5;
    pub const FINISHED_OUT: u8 = 6;
    pub const ORDERLY: u8 = 7;
    pub const OURS: u8 = 8;
    pub const RESET_BY_US: u8 = 9;
    pub const RESET_BY_PEER: u8 = 10;
    pub const WORDS: u8 = 11;
    pub const UNTOLD: u8 = 12;

    /// What is left of the byte for the code.
    pub const MASK: u8 = 0x0f;
    /// Its number is not the one after the last.
    pub const GAP: u8 = 0x10;
    /// Its node is not the last one's.
    pub const NODE: u8 = 0x20;
    /// Its bytes lie in several places.
    pub const MANY: u8 = 0x40;
    /// It belongs to a conversation.
    pub const FLOW: u8 = 0x80;
}

/// Frames packed together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// The number of its first frame.
    first: u64,
    /// The number behind its last.
    next: u64,
    /// How many frames.
    count: usize,
    /// When its first frame was seen.
    at: Timestamp,
    file: u32,
    packed: Arc<[u8]>,
}

impl Chunk {
    /// How many frames it has.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The frames, oldest first.
    pub fn entries(&self) -> impl Iterator<Item = Entry> + '_ {
        let last = Last { number: self.first.wrapping_sub(1), at: self.at, node: NodeId(0), flow: 0, end: 0 };
        Unpacking { packed: &self.packed, last, file: self.file }
    }

    fn weight(&self) -> usize {
        self.packed.len() + CHUNK_COST
    }
}

/// Makes chunks of frames as they are seen.
#[derive(Debug)]
pub struct Packer {
    packed: Vec<u8>,
    first: u64,
    count: usize,
    at: Timestamp,
    last: Last,
    file: u32,
    words: usize,
}

/// What the next frame is compared with.
#[derive(Debug, Clone, Copy)]
struct Last {
    number: u64,
    at: Timestamp,
    node: NodeId,
    flow: u64,
    /// Where in the file its bytes ended.
    end: u64,
}

impl Default for Packer {
    fn default() -> Self {
        let last = Last { number: 0, at: Timestamp(0), node: NodeId(0), flow: 0, end: 0 };
        Self { packed: Vec::new(), first: 0, count: 0, at: Timestamp(0), last, file: 0, words: WORDS_BUDGET }
    }
}

impl Packer {
    /// What comes lies in the recording's next file. Take the chunk before.
    pub fn begin_file(&mut self, file: u32) {
        debug_assert_eq!(self.count, 0, "a chunk is of one file");
        self.file = file;
    }

    /// Adds a frame, whose number is greater than all before; `flow` is its conversation.
    pub fn push(&mut self, frame: &Located<'_>, flow: Option<&Flow>) {
        let number = frame.number;
        if self.count == 0 {
            self.first = number;
            self.at = frame.at;
            self.last = Last { number: number.wrapping_sub(1), at: frame.at, node: NodeId(0), flow: 0, end: 0 };
        }
        let (code, words) = self.code(frame.kind, flow);
        let spans = frame.place.spans();
        let mut head = code;
        let mut set = |flag: u8, is_set: bool| head |= if is_set { flag } else { 0 };
        let gap = number - self.last.number.wrapping_add(1);
        set(code::GAP, gap > 0);
        set(code::NODE, frame.node != self.last.node);
        set(code::MANY, spans.len() != 1);
        set(code::FLOW, frame.flow.is_some());
        let out = &mut self.packed;
        out.push(head);
        if gap > 0 {
            put(out, gap);
        }
        if frame.node != self.last.node {
            put(out, frame.node.0);
        }
        put_difference(out, frame.at.0.wrapping_sub(self.last.at.0));
        if let Some(FlowId(flow)) = frame.flow {
            put_difference(out, flow.wrapping_sub(self.last.flow) as i64);
            self.last.flow = flow;
        }
        if spans.len() != 1 {
            put(out, spans.len() as u64);
        }
        for span in spans {
            put_difference(out, span.offset.wrapping_sub(self.last.end) as i64);
            put(out, span.length.into());
            self.last.end = span.offset + u64::from(span.length);
        }
        if let Some(words) = words {
            put(out, words.len() as u64);
            out.extend_from_slice(&words);
        }
        self.last = Last { number, at: frame.at, node: frame.node, ..self.last };
        self.count += 1;
    }

    /// How many frames the chunk has so far.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Whether the chunk has all the frames it should have.
    pub fn is_full(&self) -> bool {
        self.count >= CHUNK
    }

    /// The chunk so far, unless it is empty; the next one begins.
    pub fn take(&mut self) -> Option<Chunk> {
        let count = std::mem::take(&mut self.count);
        let packed = std::mem::take(&mut self.packed);
        let Self { first, at, file, last, .. } = *self;
        (count > 0).then(|| Chunk { first, next: last.number + 1, count, at, file, packed: packed.into() })
    }

    fn code(&mut self, kind: &FrameKind, flow: Option<&Flow>) -> (u8, Option<Vec<u8>>) {
        let is_between = |one: &crate::model::Address, other: &crate::model::Address, side: Side| {
            flow.is_some_and(|flow| match side {
                Side::Client => (one, other) == (&flow.client, &flow.server),
                Side::Server => (one, other) == (&flow.server, &flow.client),
            })
        };
        let code = match kind {
            FrameKind::Data { direction: Direction::In, .. } => code::IN,
            FrameKind::Data { direction: Direction::Out, .. } => code::OUT,
            FrameKind::Step(Step::Connecting(address)) if flow.is_some_and(|flow| flow.server == *address) => {
                code::CONNECTING
            }
            FrameKind::Opened { local, peer } if is_between(local, peer, Side::Client) => code::OPENED_CLIENT,
            FrameKind::Opened { local, peer } if is_between(local, peer, Side::Server) => code::OPENED_SERVER,
            FrameKind::Finished(Direction::In) => code::FINISHED_IN,
            FrameKind::Finished(Direction::Out) => code::FINISHED_OUT,
            FrameKind::Closed(Closing::Orderly) => code::ORDERLY,
            FrameKind::Closed(Closing::Ours) => code::OURS,
            FrameKind::Closed(Closing::ResetByUs) => code::RESET_BY_US,
            FrameKind::Closed(Closing::ResetByPeer) => code::RESET_BY_PEER,
            FrameKind::Step(_)
            | FrameKind::Opened { .. }
            | FrameKind::Closed(Closing::Idle | Closing::Failed(_))
            | FrameKind::Lost { .. }
            | FrameKind::Error(_)
            | FrameKind::Note(_) => return self.words(kind),
        };
        (code, None)
    }

    fn words(&mut self, kind: &FrameKind) -> (u8, Option<Vec<u8>>) {
        let words = Details { kind: Some(kind.clone()), ..Details::default() }.line().into_bytes();
        let Some(left) = self.words.checked_sub(words.len()) else { return (code::UNTOLD, None) };
        self.words = left;
        (code::WORDS, Some(words))
    }
}

struct Unpacking<'a> {
    packed: &'a [u8],
    last: Last,
    file: u32,
}

impl Iterator for Unpacking<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        let packed = &mut self.packed;
        let (head, rest) = packed.split_first()?;
        *packed = rest;
        let has = |flag: u8| head & flag != 0;
        let gap = if has(code::GAP) { take(packed) } else { 0 };
        let node = if has(code::NODE) { NodeId(take(packed)) } else { self.last.node };
        let at = Timestamp(self.last.at.0.wrapping_add(take_difference(packed)));
        let flow = has(code::FLOW).then(|| {
            self.last.flow = self.last.flow.wrapping_add_signed(take_difference(packed));
            FlowId(self.last.flow)
        });
        let mut span = |packed: &mut &[u8]| {
            let offset = self.last.end.wrapping_add_signed(take_difference(packed));
            let length = take(packed) as u32;
            self.last.end = offset + u64::from(length);
            Span { offset, length }
        };
        let place = if has(code::MANY) {
            let count = take(packed);
            Place::of((0..count).map(|_| span(packed)).collect())
        } else {
            Place::One(span(packed))
        };
        let act = act(head & code::MASK, packed);
        let number = self.last.number.wrapping_add(1) + gap;
        self.last = Last { number, at, node, ..self.last };
        Some(Entry { number, at, node, flow, act, place, file: self.file })
    }
}

fn act(code: u8, packed: &mut &[u8]) -> Act {
    let other = match code {
        code::IN => return Act::Data(Direction::In),
        code::OUT => return Act::Data(Direction::Out),
        code::CONNECTING => return Act::Connecting,
        code::OPENED_CLIENT => return Act::Opened(Side::Client),
        code::OPENED_SERVER => return Act::Opened(Side::Server),
        code::FINISHED_IN => FrameKind::Finished(Direction::In),
        code::FINISHED_OUT => FrameKind::Finished(Direction::Out),
        code::ORDERLY => FrameKind::Closed(Closing::Orderly),
        code::OURS => FrameKind::Closed(Closing::Ours),
        code::RESET_BY_US => FrameKind::Closed(Closing::ResetByUs),
        code::RESET_BY_PEER => FrameKind::Closed(Closing::ResetByPeer),
        code::WORDS => {
            let length = take(packed) as usize;
            let (words, rest) = packed.split_at(length.min(packed.len()));
            *packed = rest;
            match Details::parse(words).and_then(|details| details.kind) {
                Some(kind) => kind,
                None => return Act::Untold,
            }
        }
        _ => return Act::Untold,
    };
    Act::Other(other)
}

/// Seven bits a byte, the lowest first; the highest bit says that more follow (LEB128).
fn put(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn take(packed: &mut &[u8]) -> u64 {
    let (mut number, mut shift) = (0, 0);
    while let Some((byte, rest)) = packed.split_first() {
        *packed = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 || shift >= 63 {
            break;
        }
        shift += 7;
    }
    number
}

/// Small numbers of both signs are small: 0, -1, 1, -2, 2, …
fn put_difference(out: &mut Vec<u8>, difference: i64) {
    put(out, ((difference << 1) ^ (difference >> 63)) as u64);
}

fn take_difference(packed: &mut &[u8]) -> i64 {
    let number = take(packed);
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

/// All frames of a recording, oldest first.
#[derive(Debug, Default)]
pub struct Index {
    chunks: VecDeque<Placed>,
    /// Frames that were ever here.
    rows: u64,
    weight: usize,
}

/// A chunk, and how many frames came before it.
#[derive(Debug)]
struct Placed {
    chunk: Chunk,
    before: u64,
}

impl Index {
    /// Adds a chunk, whose frames' numbers are greater than all before.
    pub fn push(&mut self, chunk: Chunk) {
        self.weight += chunk.weight();
        let before = self.rows;
        self.rows += chunk.count as u64;
        self.chunks.push_back(Placed { chunk, before });
        while self.weight > INDEX_BUDGET && self.chunks.len() > 1 {
            self.drop_oldest();
        }
    }

    /// The file is gone: so are its frames.
    pub fn forget_file(&mut self, file: u32) {
        while self.chunks.front().is_some_and(|placed| placed.chunk.file <= file) {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        if let Some(oldest) = self.chunks.pop_front() {
            self.weight -= oldest.chunk.weight();
        }
    }

    /// The number of the oldest frame; that behind the newest when there is none.
    pub fn first_number(&self) -> u64 {
        self.chunks.front().map_or(1, |placed| placed.chunk.first)
    }

    /// The number behind the newest frame.
    pub fn next_number(&self) -> u64 {
        self.chunks.back().map_or(1, |placed| placed.chunk.next)
    }

    /// How many frames.
    pub fn len(&self) -> usize {
        usize::try_from(self.rows - self.base()).unwrap_or(usize::MAX)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// How many bytes it takes.
    pub fn weight(&self) -> usize {
        self.weight
    }

    /// When the first frame was seen.
    pub fn began(&self) -> Option<Timestamp> {
        self.chunks.front().map(|placed| placed.chunk.at)
    }

    fn base(&self) -> u64 {
        self.chunks.front().map_or(self.rows, |placed| placed.before)
    }

    /// The number of the frame with so many before it.
    pub fn number_at(&self, row: usize) -> Option<u64> {
        let row = self.base() + row as u64;
        let at = self.chunks.partition_point(|placed| placed.before <= row).checked_sub(1)?;
        let Placed { chunk, before } = self.chunks.get(at)?;
        let within = usize::try_from(row - before).ok()?;
        if within >= chunk.count {
            return None;
        }
        if chunk.next - chunk.first == chunk.count as u64 {
            return Some(chunk.first + within as u64);
        }
        chunk.entries().nth(within).map(|entry| entry.number)
    }

    /// How many frames have a lesser number.
    pub fn row_of(&self, number: u64) -> usize {
        let Some(at) = self.chunks.partition_point(|placed| placed.chunk.first <= number).checked_sub(1) else {
            return 0;
        };
        let Some(Placed { chunk, before }) = self.chunks.get(at) else { return 0 };
        let within = if number >= chunk.next {
            chunk.count
        } else if chunk.next - chunk.first == chunk.count as u64 {
            usize::try_from(number - chunk.first).unwrap_or(usize::MAX)
        } else {
            chunk.entries().take_while(|entry| entry.number < number).count()
        };
        usize::try_from(before - self.base()).unwrap_or(usize::MAX).saturating_add(within)
    }

    /// A frame by its number.
    pub fn entry(&self, number: u64) -> Option<Entry> {
        self.from(number).next().filter(|entry| entry.number == number)
    }

    /// The frames from that number on.
    pub fn from(&self, number: u64) -> impl Iterator<Item = Entry> + '_ {
        let at = self.chunks.partition_point(|placed| placed.chunk.next <= number);
        self.chunks.range(at..).flat_map(|placed| placed.chunk.entries()).skip_while(move |entry| entry.number < number)
    }

    /// The frames before that number, the newest first.
    pub fn before(&self, number: u64) -> impl Iterator<Item = Entry> + '_ {
        let at = self.chunks.partition_point(|placed| placed.chunk.first < number);
        let backwards = |placed: &Placed| placed.chunk.entries().collect::<Vec<_>>().into_iter().rev();
        self.chunks.range(..at).rev().flat_map(backwards).skip_while(move |entry| entry.number >= number)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{Address, Transport};

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
            spans in proptest::collection::vec((0..u64::MAX / 2, any::<u32>()), 0..4),
        ) -> (u64, Observed) {
            let place = Place::of(spans.into_iter().map(|(offset, length)| Span { offset, length }).collect());
            (gap, Observed::new(Timestamp(at), NodeId(node), flow.map(FlowId), kind, place))
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
                let Observed { at, node, flow: id, kind, place, .. } = &frame;
                packer.push(&Located { number, at: *at, node: *node, flow: *id, kind, place }, flow.as_ref());
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
            packer.push(&Located { number, at, node: NodeId(1), flow: Some(id), kind: &kind, place: &place }, None);
            if packer.is_full() {
                index.push(packer.take().unwrap());
            }
        }
        assert!(index.weight() / index.len() <= 10, "{} bytes a frame", index.weight() / index.len());
    }

    #[test]
    fn words_that_would_fill_memory_are_left_in_the_file() {
        let mut packer = Packer { words: 60, ..Packer::default() };
        for number in 1..=2 {
            let kind = FrameKind::Note("a strange packet of 42 bytes".into());
            let place = Place::at(1000 * number, 42);
            packer.push(
                &Located { number, at: Timestamp(0), node: NodeId(1), flow: None, kind: &kind, place: &place },
                None,
            );
        }
        let told: Vec<_> =
            packer.take().unwrap().entries().map(|entry| entry.observed(Bytes::new(), None).kind).collect();
        let note = |words: &str| FrameKind::Note(words.into());
        assert_eq!(told, [note("a strange packet of 42 bytes"), note("told at byte 2000 of the file")]);
    }
}

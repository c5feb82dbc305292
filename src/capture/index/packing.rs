//! Frames packed together: what each differs in from the one before it.

use std::sync::Arc;

use super::{Act, CHUNK_COST, Entry};
use crate::capture::details::Details;
use crate::capture::place::{Place, Span};
use crate::model::{Address, Closing, Direction, Flow, FlowId, FrameKind, NodeId, Side, Step, Timestamp};

/// Frames of one chunk: to look at one, at most so many are unpacked, which takes some microseconds.
pub const CHUNK: usize = 256;

/// Bytes of words kept of what no code can say. A capture of nothing but strange packets must not fill memory; the
/// words of the rest are in the file.
pub(super) const WORDS_BUDGET: usize = 32 * 1024 * 1024;

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
    /// Bytes that are not in the file, behind those of its payload that are.
    pub cut: u64,
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
    /// Data of which only the first bytes are in the file.
    pub const IN_CUT: u8 = 13;
    pub const OUT_CUT: u8 = 14;

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
    pub(super) first: u64,
    /// The number behind its last.
    pub(super) next: u64,
    /// How many frames.
    pub(super) count: usize,
    /// When its first frame was seen.
    pub(super) at: Timestamp,
    pub(super) file: u32,
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

    pub(super) fn weight(&self) -> usize {
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
    pub(super) words: usize,
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
        let (code, words) = match (frame.cut, frame.kind) {
            (1.., FrameKind::Data { direction: Direction::In, .. }) => (code::IN_CUT, None),
            (1.., FrameKind::Data { direction: Direction::Out, .. }) => (code::OUT_CUT, None),
            (_, kind) => self.code(kind, flow),
        };
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
        if matches!(code, code::IN_CUT | code::OUT_CUT) {
            put(out, frame.cut);
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
        let is_between = |one: &Address, other: &Address, side: Side| {
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
            | FrameKind::Impaired { .. }
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
        let cut = if matches!(head & code::MASK, code::IN_CUT | code::OUT_CUT) { take(packed) } else { 0 };
        let act = act(head & code::MASK, packed);
        let number = self.last.number.wrapping_add(1) + gap;
        self.last = Last { number, at, node, ..self.last };
        Some(Entry { number, at, node, flow, act, cut, place, file: self.file })
    }
}

fn act(code: u8, packed: &mut &[u8]) -> Act {
    let other = match code {
        code::IN | code::IN_CUT => return Act::Data(Direction::In),
        code::OUT | code::OUT_CUT => return Act::Data(Direction::Out),
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

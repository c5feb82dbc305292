//! Where all frames of a recording lie: about ten bytes a frame, so that millions of them fit in memory.
//!
//! Frames are kept in chunks, each packed by itself: what it differs in from the frame before it, in as few bytes as
//! that takes. A payload stays in the file; what happened otherwise is a code, or where no code can say it, its words.

mod packing;
#[cfg(test)]
mod tests;

pub use packing::{CHUNK, Chunk, Located, Packer};

use std::collections::VecDeque;

use bytes::Bytes;

use super::place::Place;
use super::seen::Observed;
use crate::model::{Direction, Flow, FlowId, FrameKind, NodeId, Side, Step, Timestamp};

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
    /// Bytes behind those, which are not in the file.
    pub cut: u64,
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
            Act::Data(_) => self.place.length(),
            Act::Connecting | Act::Opened(_) | Act::Other(_) | Act::Untold => 0,
        }
    }

    /// The frame, with the bytes that lie at its place, and its conversation.
    pub fn observed(&self, payload: Bytes, flow: Option<&Flow>) -> Observed {
        let Entry { number, at, node, flow: id, act, cut, place, .. } = self;
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
        Observed { number: Some(*number), cut: *cut, ..Observed::new(*at, *node, *id, kind, place.clone()) }
    }
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

    /// The frames packed together with that one, itself among them: what it costs to unpack one gives them all.
    pub fn around(&self, number: u64) -> impl Iterator<Item = Entry> + '_ {
        let at = self.chunks.partition_point(|placed| placed.chunk.next <= number);
        self.chunks.get(at).into_iter().flat_map(|placed| placed.chunk.entries())
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

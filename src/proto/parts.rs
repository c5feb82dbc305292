//! What the dissector keeps of a flow: its frames, and the messages that do not fit into one of them.

use std::ops::Range;

use bytes::Bytes;

use super::pieces::Pieces;
use super::{DecodeError, Decoder, MESSAGE_LIMIT};
use crate::model::Side;

/// A message that spans frames, goes on, or broke off.
#[derive(Debug)]
pub struct Span {
    /// The frame it begins in.
    pub first: u64,
    /// The last frame so far that holds some of it.
    pub last: u64,
    /// Its first bytes.
    pub held: Pieces,
    /// How many bytes it has, held or not.
    pub length: u64,
    /// How it stands.
    pub end: SpanEnd,
}

/// How a message stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpanEnd {
    /// It goes on.
    Open,
    /// It has ended as its protocol says.
    Whole,
    /// Its stream has ended before it.
    Short,
    /// It has a wrong byte.
    Broken(DecodeError),
}

/// One frame.
#[derive(Debug)]
pub struct Entry {
    /// Its number.
    pub number: u64,
    /// Who sent it.
    pub from: Side,
    /// Its bytes.
    pub payload: Bytes,
    /// What they are.
    pub parts: Parts,
}

/// What a frame's bytes are.
#[derive(Debug)]
pub enum Parts {
    /// It is one message.
    Plain(&'static dyn Decoder),
    /// It holds messages and parts of messages.
    Framed(Framed),
}

/// Where the messages stand in a frame, in order: the end of one that began before, whole ones,
/// the beginning of one that goes on, bytes of another protocol.
#[derive(Debug, Default)]
pub struct Framed {
    /// How many bytes of the first message came before this frame.
    pub reached: u64,
    /// How many bytes here belong to it.
    pub head: usize,
    /// The messages that are whole in it.
    pub whole: Vec<Range<usize>>,
    /// How many bytes belong to the protocol at all.
    pub own: usize,
}

impl Span {
    /// Takes the next piece; beyond [`MESSAGE_LIMIT`] only its length.
    pub fn add(&mut self, piece: &Bytes, frame: u64) {
        let room = MESSAGE_LIMIT - self.held.len();
        self.held.add(piece.slice(..piece.len().min(room)));
        self.length += piece.len() as u64;
        self.last = frame;
    }
}

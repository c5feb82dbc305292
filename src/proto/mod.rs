//! Decoders: bytes in, facts with byte spans out. One file a protocol, one line in `DECODERS`.

use std::ops::Range;

use thiserror::Error;

use crate::model::{Side, Transport};

/// What a decoder knows about where the bytes come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context {
    /// What carries them.
    pub transport: Transport,
    /// The end that sent them.
    pub from: Side,
}

/// A decoded fact.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Wireshark's name for it: `http.request.method`.
    pub name: &'static str,
    /// What it says.
    pub value: Value,
    /// The bytes it was read from, in the message's coordinates.
    pub span: Range<usize>,
    /// What it is made of.
    pub children: Vec<Field>,
}

/// What a field says.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing of its own: a heading over its children.
    Heading(String),
    /// Text, as decoded; it may hold any character and is made visible when shown.
    Text(String),
    /// A whole number.
    Number(u64),
    /// A yes or no.
    Flag(bool),
    /// The bytes of the span themselves.
    Bytes,
    /// Something that is wrong with the bytes, in words.
    Malformed(String),
}

/// A decoded message.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// The protocol's name, as in the list's column: `HTTP`.
    pub protocol: &'static str,
    /// The message in one line: `GET / HTTP/1.1`.
    pub summary: String,
    /// The tree.
    pub fields: Vec<Field>,
}

/// Why bytes are not a message of a protocol. That they are incomplete is not an error.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{why} at byte {at}")]
pub struct DecodeError {
    /// The offset of the first wrong byte.
    pub at: usize,
    /// What is wrong with it.
    pub why: String,
}

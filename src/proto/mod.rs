//! Decoders: bytes in, facts with byte spans out. One file a protocol, one line in [`DECODERS`].
//!
//! A [`Decoder`] turns one message into a tree. Where messages have edges of their own inside a stream,
//! its [`Framer`] finds them. The [`Dissector`] does both for one flow, frame by frame.

mod dissector;
mod dns;
mod form;
mod http1;
mod json;
mod parts;
mod pieces;
mod probe;
mod raw;
mod reader;
mod subject;
mod text;
mod tls;

use std::fmt;
use std::ops::Range;

use thiserror::Error;

use crate::model::size::grouped;
use crate::model::{Side, Transport};

pub use dissector::{Dissector, MESSAGE_LIMIT, Reading};
pub use subject::{Root, Standing, Subject};

/// Every decoder, the more particular first: of equal likelihoods the first wins.
pub static DECODERS: &[&dyn Decoder] =
    &[&http1::Http1, &tls::Tls, &dns::Dns, &json::Json, &form::Form, &text::Text, &raw::Raw];

/// How many bytes a probe or a summary looks at; enough for a start line, and cheap at 100 MB/s.
pub const PROBE_LIMIT: usize = 1024;

/// How many fields one decoder makes of one message; beyond it the tree says where it was cut.
pub const FIELD_LIMIT: usize = 10_000;

/// How many characters a summary has at most: more than any screen's row.
pub const SUMMARY_LIMIT: usize = 200;

/// The name of a field that says what is wrong with the bytes (Wireshark's).
pub const MALFORMED: &str = "_ws.malformed";

/// The name of a field that says that decoding stopped at a limit (Wireshark's, of short packets).
pub const CUT: &str = "_ws.short";

/// Turns the bytes of one protocol's messages into facts.
///
/// Decoders are total: any bytes give a tree or a [`DecodeError`], in time linear in their number.
pub trait Decoder: Sync {
    /// The protocol's name, as in the list's column: `HTTP`.
    fn name(&self) -> &'static str;

    /// How likely it is that a message or a stream beginning with these bytes is of this protocol.
    /// Looks at no more than [`PROBE_LIMIT`] bytes. Once `No`, more bytes do not change it.
    fn probe(&self, context: Context, first_bytes: &[u8]) -> Likelihood;

    /// How its messages are found in a stream; None when every frame is a message.
    fn framer(&self) -> Option<NewFramer> {
        None
    }

    /// Whether it decodes content of this media type, given in lower case without parameters: `application/json`.
    fn takes_content(&self, _media_type: &str) -> bool {
        false
    }

    /// The message in one line of at most [`SUMMARY_LIMIT`] characters, raw. Looks at a bounded prefix.
    fn summarize(&self, context: Context, message: &[u8]) -> String;

    /// The message as a tree. An incomplete message gives what is there; a wrong byte gives a
    /// [`Value::Malformed`] field after all that was decoded before it.
    ///
    /// # Errors
    /// When the bytes are no message of this protocol at all.
    fn decode(&self, context: Context, message: &[u8]) -> Result<Decoded, DecodeError>;
}

impl fmt::Debug for dyn Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Makes the framer of one flow.
pub type NewFramer = fn() -> Box<dyn Framer>;

/// Finds the messages in both streams of one flow, however the bytes are cut into frames.
pub trait Framer: Send + fmt::Debug {
    /// Takes the next bytes (at least one) that `from` sent, up to the end of the message they belong to.
    /// After [`Cut::Ends`] the rest is given again; after `Foreign` and `Broken` nothing more of that side.
    fn cut(&mut self, from: Side, bytes: &[u8]) -> Cut;

    /// Says that `from` will send no more; the message that ends by that, or does not end at all.
    fn finish(&mut self, from: Side) -> Ending;

    /// The message `from` is in, or has just ended, in one line; None before its first line is known.
    fn headline(&self, from: Side) -> Option<String>;
}

/// What a framer made of some bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cut {
    /// All of them belong to a message that goes on.
    Continues,
    /// The message ends after so many of them, at least one.
    Ends(usize),
    /// Between two messages the stream went over to another protocol, as was agreed.
    Foreign,
    /// They are not of this protocol. The place is in the message's coordinates.
    Broken(DecodeError),
}

/// How a message stands when its stream has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It is whole.
    Whole,
    /// More of it was to come.
    Short,
}

/// How likely bytes are of a protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likelihood {
    /// They are not.
    No,
    /// Nothing speaks against it.
    Possible,
    /// Much speaks for it.
    Likely,
    /// They are.
    Certain,
}

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

impl Field {
    /// A fact without parts.
    pub fn new(name: &'static str, value: Value, span: Range<usize>) -> Self {
        Self { name, value, span, children: Vec::new() }
    }

    /// A fact that is text.
    pub fn text(name: &'static str, text: impl Into<String>, span: Range<usize>) -> Self {
        Self::new(name, Value::Text(text.into()), span)
    }

    /// A complaint about bytes.
    pub fn malformed(why: impl Into<String>, span: Range<usize>) -> Self {
        Self::new(MALFORMED, Value::Malformed(why.into()), span)
    }

    /// The mark where decoding stopped at a limit.
    pub fn cut_here(limit: &str, span: Range<usize>) -> Self {
        Self::text(CUT, format!("cut here: {limit}"), span)
    }

    /// The same fact with these parts.
    #[must_use]
    pub fn with(mut self, children: Vec<Field>) -> Self {
        self.children = children;
        self
    }

    /// The same, so many bytes further on.
    #[must_use]
    pub fn moved(mut self, by: usize) -> Self {
        self.shift(by);
        self
    }

    /// Moves it and its parts on by so many bytes.
    fn shift(&mut self, by: usize) {
        self.span = self.span.start + by..self.span.end + by;
        for child in &mut self.children {
            child.shift(by);
        }
    }

    /// Gives it and its parts this span, for bytes that do not lie together.
    fn cover(&mut self, span: &Range<usize>) {
        self.span = span.clone();
        for child in &mut self.children {
            child.cover(span);
        }
    }
}

/// A field's name without the dotted parts that the name above it begins with too.
pub fn own_part<'a>(name: &'a str, above: &str) -> &'a str {
    let mut rest = name;
    for part in above.split('.') {
        let Some((first, after)) = rest.split_once('.') else { break };
        if !first.eq_ignore_ascii_case(part) {
            break;
        }
        rest = after;
    }
    rest
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
    /// A whole number that stands for something, and what, with the number: `AAAA (28)`.
    Named(u64, String),
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

/// At most [`SUMMARY_LIMIT`] characters of a text, an ellipsis for the rest.
fn shorten(text: &str) -> String {
    // A character has a byte at least.
    if text.len() <= SUMMARY_LIMIT {
        return text.to_owned();
    }
    match text.char_indices().nth(SUMMARY_LIMIT) {
        None => text.to_owned(),
        Some(_) => text.chars().take(SUMMARY_LIMIT - 1).chain(['…']).collect(),
    }
}

/// The beginning of some bytes, for looks that must stay cheap.
fn prefix(bytes: &[u8]) -> &[u8] {
    bytes.get(..PROBE_LIMIT).unwrap_or(bytes)
}

/// `1,448 B`.
fn size_in_words(bytes: usize) -> String {
    grouped(bytes as u64) + " B"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_sizes_with_thousands_apart() {
        assert_eq!(size_in_words(5), "5 B");
        assert_eq!(size_in_words(1_448), "1,448 B");
        assert_eq!(size_in_words(123_456_789), "123,456,789 B");
    }

    #[test]
    fn shortens_by_characters_and_says_so() {
        assert_eq!(shorten("é"), "é");
        let short = shorten(&"é".repeat(500));
        assert_eq!(short.chars().count(), SUMMARY_LIMIT);
        assert!(short.ends_with('…'));
    }
}

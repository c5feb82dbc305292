//! What is compared: a frame's message, or all that a conversation said.

use bytes::{Bytes, BytesMut};

use crate::model::{Side, Transport};
use crate::proto::{Dissector, Field, Subject, Value};

/// Bytes of one side that are compared; the rest is told to be left out. It is also what a decoder takes of a message.
pub const BYTES_LIMIT: usize = 1024 * 1024;

/// Bytes and what was decoded of them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Part {
    /// What it is, where there are several.
    pub title: &'static str,
    /// The bytes.
    pub bytes: Bytes,
    /// Their messages, with the fields; spans are places in the bytes.
    pub fields: Vec<Field>,
}

/// One of two things that are compared.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Matter {
    /// Its parts: of a frame one, of a conversation what went each way.
    pub parts: Vec<Part>,
    /// Whether there was more.
    pub is_cut: bool,
}

impl Matter {
    /// What a frame without bytes tells.
    pub fn of_words(protocol: &'static str, words: &str) -> Self {
        let field = Field::text(protocol, words, 0..0);
        Self { parts: vec![Part { fields: vec![field], ..Part::default() }], is_cut: false }
    }

    /// The message of a frame.
    pub fn of_frame(subject: Subject) -> Self {
        let is_cut = subject.cut || subject.bytes.len() > BYTES_LIMIT;
        let bytes = subject.bytes.slice(..subject.bytes.len().min(BYTES_LIMIT));
        Self { parts: vec![Part { title: "", bytes, fields: fields(subject, 0) }], is_cut }
    }

    /// All that was said in a conversation: its messages in their order, each with who said it.
    pub fn of_flow<'a>(transport: Transport, said: impl IntoIterator<Item = (Side, &'a Bytes)>) -> Self {
        let mut ways = [Vec::new(), Vec::new()];
        let mut lengths = [0; 2];
        let mut is_cut = false;
        for (from, payload) in said {
            let room = BYTES_LIMIT - lengths[from as usize];
            is_cut |= payload.len() > room;
            let payload = payload.slice(..payload.len().min(room));
            lengths[from as usize] += payload.len();
            if !payload.is_empty() {
                ways[from as usize].push(payload);
            }
        }
        // A stream is decoded as one frame each way: where it was cut says nothing of its messages.
        let mut dissector = Dissector::new(transport);
        let mut number = 0;
        let titles = [(Side::Client, "→ to the server"), (Side::Server, "← to the client")];
        let mut numbers = [Vec::new(), Vec::new()];
        let parts = titles.map(|(from, title)| {
            let payloads = &ways[from as usize];
            let bytes = joined(payloads);
            let frames = if transport.is_datagram() { payloads.clone() } else { vec![bytes.clone()] };
            for payload in frames.iter().filter(|payload| !payload.is_empty()) {
                number += 1;
                dissector.push(from, number, payload);
                numbers[from as usize].push((number, payload.len()));
            }
            Part { title, bytes, fields: Vec::new() }
        });
        let parts = parts.into_iter().zip(numbers).map(|(part, numbers)| {
            let mut at = 0;
            let mut all = Vec::new();
            for (number, length) in numbers {
                all.extend(dissector.subject(number).map(|subject| fields(subject, at)).into_iter().flatten());
                at += length;
            }
            Part { fields: all, ..part }
        });
        Self { parts: parts.collect(), is_cut }
    }
}

fn joined(payloads: &[Bytes]) -> Bytes {
    if let [only] = payloads {
        return only.clone();
    }
    let mut all = BytesMut::new();
    for payload in payloads {
        all.extend_from_slice(payload);
    }
    all.freeze()
}

/// The messages as roots of a tree, moved on by so many bytes.
fn fields(subject: Subject, by: usize) -> Vec<Field> {
    let root = |root: crate::proto::Root| {
        let value = Value::Heading(root.decoded.summary);
        Field { name: root.decoded.protocol, value, span: root.span, children: root.decoded.fields }.moved(by)
    };
    subject.roots.into_iter().map(root).collect()
}

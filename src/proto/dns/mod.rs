//! DNS messages (RFC 1035, RFC 3596, RFC 2782, RFC 6891) in datagrams, and after their length in streams, with
//! Wireshark's `dns.*` fields.

mod data;
mod framing;
mod message;
mod names;
mod tree;

use self::framing::Messages;
use self::message::{Head, Message};
use super::reader::{Allowance, Stop};
use super::{Context, DecodeError, Decoded, Decoder, Field, Likelihood, NewFramer, PROBE_LIMIT, Value, prefix};

/// How many bytes of length stand before a message in a stream (RFC 1035 section 4.2.2).
const LENGTH: usize = 2;

/// The decoder of DNS.
#[derive(Debug)]
pub struct Dns;

impl Decoder for Dns {
    fn name(&self) -> &'static str {
        "DNS"
    }

    fn probe(&self, context: Context, first_bytes: &[u8]) -> Likelihood {
        let start = prefix(first_bytes);
        if context.transport.is_datagram() {
            return likelihood_of_datagram(start);
        }
        let length = match framing::length(start) {
            Err(_) => return Likelihood::No,
            Ok(None) => return Likelihood::Possible,
            Ok(Some(length)) => length,
        };
        let message = &start[LENGTH..start.len().min(LENGTH + length)];
        match judge(message, length, length) {
            Plausible::Not => Likelihood::No,
            Plausible::Whole => Likelihood::Certain,
            Plausible::SoFar(0) => Likelihood::Possible,
            Plausible::SoFar(_) => Likelihood::Likely,
        }
    }

    fn framer(&self) -> Option<NewFramer> {
        Some(|| Box::new(Messages::new()))
    }

    fn summarize(&self, context: Context, message: &[u8]) -> String {
        tree::summarize(&message[base(context, message)..])
    }

    fn decode(&self, context: Context, message: &[u8]) -> Result<Decoded, DecodeError> {
        let base = base(context, message);
        let length = if context.transport.is_datagram() {
            Head::read(message, message.len())?;
            message.len()
        } else {
            framing::check(message)?.unwrap_or(0)
        };
        let mut fields = tree::fields(&message[base..], length);
        for field in &mut fields {
            field.shift(base);
        }
        if base == LENGTH {
            fields.insert(0, Field::new("dns.length", Value::Number(length as u64), 0..LENGTH));
        }
        Ok(Decoded { protocol: self.name(), summary: self.summarize(context, message), fields })
    }
}

/// Where the message begins behind its length.
fn base(context: Context, message: &[u8]) -> usize {
    if context.transport.is_datagram() { 0 } else { LENGTH.min(message.len()) }
}

/// A datagram is there as a whole, unless it is longer than what a probe looks at.
fn likelihood_of_datagram(start: &[u8]) -> Likelihood {
    let may_go_on = start.len() >= PROBE_LIMIT;
    let declared = if may_go_on { usize::MAX } else { start.len() };
    match judge(start, declared, start.len()) {
        Plausible::Whole => Likelihood::Certain,
        Plausible::SoFar(_) if may_go_on => Likelihood::Likely,
        Plausible::SoFar(_) | Plausible::Not => Likelihood::No,
    }
}

/// How much speaks for a message.
enum Plausible {
    /// Some byte speaks against it.
    Not,
    /// Nothing does as far as it is there: so many entries.
    SoFar(usize),
    /// It is whole, and all its bytes are as they should be.
    Whole,
}

/// Judges bytes of which `declared` are told to be the message; its entries must end at `end`.
fn judge(bytes: &[u8], declared: usize, end: usize) -> Plausible {
    let head = match Head::read(bytes, declared) {
        Err(_) => return Plausible::Not,
        Ok(None) => return Plausible::SoFar(0),
        Ok(Some(head)) => head,
    };
    if !head.is_plausible() {
        return Plausible::Not;
    }
    let allowance = Allowance::new();
    let mut message = Message::new(bytes, declared, head, &allowance);
    let mut entries = 0;
    while let Some(entry) = message.next_entry() {
        match entry {
            Ok(entry) if entry.is_plausible() => entries += 1,
            Ok(_) | Err(Stop::Wrong(_) | Stop::Limit(_)) => return Plausible::Not,
            Err(Stop::Incomplete) => return Plausible::SoFar(entries),
        }
    }
    match message.at() {
        at if at > bytes.len() => Plausible::SoFar(entries),
        at if at == end => Plausible::Whole,
        _ => Plausible::Not,
    }
}

#[cfg(test)]
mod tests;

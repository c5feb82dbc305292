//! TLS records and the handshake that is sent in the clear (RFC 8446, RFC 5246, RFC 6066, RFC 7301), with
//! Wireshark's `tls.*` fields.

mod chain;
mod framing;
mod hello;
mod names;
mod record;
mod tree;

use self::framing::Records;
use self::record::{ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, HEADER, Header};
use super::{Context, DecodeError, Decoded, Decoder, Likelihood, NewFramer, prefix, shorten};
use crate::model::Transport;

/// How many bytes the one-line form reads: a record of the greatest size.
const SUMMARY_READS: usize = 20 * 1024;

/// The decoder of TLS. What the session carries is a flow of its own, in which there are no records.
#[derive(Debug)]
pub struct Tls;

impl Decoder for Tls {
    fn name(&self) -> &'static str {
        "TLS"
    }

    fn probe(&self, context: Context, first_bytes: &[u8]) -> Likelihood {
        if context.transport == Transport::Tls || context.transport.is_datagram() {
            return Likelihood::No;
        }
        let start = prefix(first_bytes);
        match Header::read(start) {
            Err(_) => Likelihood::No,
            Ok(None) => Likelihood::Possible,
            Ok(Some(header)) => likelihood_of_content(header, &start[HEADER..]),
        }
    }

    fn framer(&self) -> Option<NewFramer> {
        Some(|| Box::new(Records::new()))
    }

    fn summarize(&self, _: Context, message: &[u8]) -> String {
        let words = tree::read(&message[..message.len().min(SUMMARY_READS)]).map(|tree| tree.words.join(", "));
        let words = words.ok().filter(|words| !words.is_empty());
        shorten(&words.unwrap_or_else(|| "incomplete".to_owned()))
    }

    fn decode(&self, _: Context, message: &[u8]) -> Result<Decoded, DecodeError> {
        let tree = tree::read(message)?;
        let summary = if tree.words.is_empty() { "incomplete".to_owned() } else { shorten(&tree.words.join(", ")) };
        Ok(Decoded { protocol: self.name(), summary, fields: tree.fields })
    }
}

/// Only a hello is beyond doubt: it is the first thing either side says.
fn likelihood_of_content(header: Header, rest: &[u8]) -> Likelihood {
    let content = &rest[..rest.len().min(header.length)];
    match header.kind {
        HANDSHAKE => likelihood_of_hello(content, header.length),
        CHANGE_CIPHER_SPEC if header.length != 1 => Likelihood::No,
        APPLICATION_DATA => Likelihood::Likely,
        ALERT | CHANGE_CIPHER_SPEC if header.length > 0 => Likelihood::Likely,
        _ => Likelihood::No,
    }
}

/// The bytes of a hello that never differ: its type, the highest of its length, its version's major and minor.
fn likelihood_of_hello(content: &[u8], length: usize) -> Likelihood {
    let fits = |at: usize| content.get(at).is_none_or(|byte| chain::fits_hello(at, *byte));
    let looked_at = chain::HELLO_LOOKED_AT.min(length);
    if length == 0 || !(0..looked_at).all(fits) {
        Likelihood::No
    } else if content.len() >= looked_at {
        Likelihood::Certain
    } else {
        Likelihood::Likely
    }
}

#[cfg(test)]
mod tests;

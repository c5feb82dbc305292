//! HTTP/1.0 and HTTP/1.1 (RFC 9110, RFC 9112), with Wireshark's `http.*` fields.

mod body;
mod conversation;
mod framing;
mod names;
mod start;
mod tree;

use self::conversation::Conversation;
use self::start::{Progress, StartLine};
use super::{Context, DecodeError, Decoded, Decoder, Framer, Likelihood, NewFramer, prefix};

/// The longest header taken, with its start line; curl stops at 300 KiB, hyper at 400.
const HEAD_LIMIT: usize = 1024 * 1024;

/// How many bytes the one-line form reads to find the content type.
const SUMMARY_READS: usize = 16 * 1024;

/// The decoder of HTTP/1.
#[derive(Debug)]
pub struct Http1;

impl Decoder for Http1 {
    fn name(&self) -> &'static str {
        "HTTP"
    }

    fn probe(&self, _: Context, first_bytes: &[u8]) -> Likelihood {
        let start_bytes = prefix(first_bytes);
        let mut start = StartLine::new();
        match start.feed(start_bytes) {
            Progress::Wrong(_) => Likelihood::No,
            Progress::Done(_) => Likelihood::Certain,
            Progress::More if !start.is_past_first_word() => Likelihood::Possible,
            Progress::More => likelihood_of_beginning(&start, start_bytes),
        }
    }

    fn framer(&self) -> Option<NewFramer> {
        Some(|| Box::new(Conversation::new()))
    }

    fn summarize(&self, context: Context, message: &[u8]) -> String {
        let mut conversation = Conversation::new();
        conversation.cut(context.from, &message[..message.len().min(SUMMARY_READS)]);
        conversation.headline(context.from).unwrap_or_else(|| "incomplete".to_owned())
    }

    fn decode(&self, context: Context, message: &[u8]) -> Result<Decoded, DecodeError> {
        let fields = tree::fields(context, message)?;
        Ok(Decoded { protocol: self.name(), summary: self.summarize(context, message), fields })
    }
}

/// `HTTP/`, or a method and the first bytes of a target. A target of usual form makes an unknown method likely.
fn likelihood_of_beginning(start: &StartLine, bytes: &[u8]) -> Likelihood {
    let method = &bytes[start.method.clone()];
    let target = &bytes[start.target.clone()];
    if method.is_empty() || names::METHODS.iter().any(|known| known.as_bytes() == method) {
        Likelihood::Certain
    } else if target.starts_with(b"/") || target.starts_with(b"http") {
        Likelihood::Likely
    } else {
        Likelihood::Possible
    }
}

#[cfg(test)]
mod tests;

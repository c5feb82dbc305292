//! Where DNS messages end in a stream: each stands after its length (RFC 1035 section 4.2.2, RFC 7766).

use super::message::{HEAD, Head};
use super::{LENGTH, tree};
use crate::model::Side;
use crate::proto::{Cut, DecodeError, Ending, Framer};

/// How many bytes of a message are kept for its one-line form.
const KEPT: usize = 4096;

/// The length a message stands after; None when it is not there as a whole.
///
/// # Errors
/// When no message is as short.
pub fn length(bytes: &[u8]) -> Result<Option<usize>, DecodeError> {
    let Some([high, low]) = bytes.get(..LENGTH) else { return Ok(None) };
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    if length < HEAD {
        return Err(DecodeError { at: 1, why: "a DNS message has at least 12 bytes".into() });
    }
    Ok(Some(length))
}

/// The same, with a look at the head that follows.
///
/// # Errors
/// When no message begins so. The first wrong byte is the same however many follow.
pub fn check(bytes: &[u8]) -> Result<Option<usize>, DecodeError> {
    let length = length(bytes)?;
    if let Some(length) = length {
        let head = Head::read(&bytes[LENGTH..], length);
        head.map_err(|error| DecodeError { at: error.at + LENGTH, why: error.why })?;
    }
    Ok(length)
}

/// Both directions of one connection; neither says how the other is cut.
#[derive(Debug)]
pub struct Messages {
    client: Half,
    server: Half,
}

/// One direction.
#[derive(Debug, Default)]
struct Half {
    /// How many bytes of the message have been taken, its length with them.
    taken: usize,
    /// The first of them.
    kept: Vec<u8>,
    /// Whether enough is known for a one-line form.
    is_told: bool,
    is_over: bool,
}

impl Messages {
    /// A connection on which nothing has been said.
    pub fn new() -> Self {
        Self { client: Half::default(), server: Half::default() }
    }

    fn half_mut(&mut self, from: Side) -> &mut Half {
        match from {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }
}

impl Framer for Messages {
    fn cut(&mut self, from: Side, bytes: &[u8]) -> Cut {
        let half = self.half_mut(from);
        if half.is_over {
            *half = Half::default();
        }
        half.cut(bytes).map_or_else(Cut::Broken, |end| end.map_or(Cut::Continues, Cut::Ends))
    }

    fn finish(&mut self, from: Side) -> Ending {
        let half = self.half_mut(from);
        if half.is_over || half.taken == 0 { Ending::Whole } else { Ending::Short }
    }

    fn headline(&self, from: Side) -> Option<String> {
        let half = match from {
            Side::Client => &self.client,
            Side::Server => &self.server,
        };
        half.is_told.then(|| tree::summarize(&half.kept[LENGTH..]))
    }
}

impl Half {
    /// Where the message ends, if it does.
    fn cut(&mut self, bytes: &[u8]) -> Result<Option<usize>, DecodeError> {
        let of_length = bytes.len().min(LENGTH.saturating_sub(self.taken));
        self.take(&bytes[..of_length]);
        let Some(length) = length(&self.kept)? else { return Ok(None) };
        let of_message = (bytes.len() - of_length).min(LENGTH + length - self.taken);
        self.take(&bytes[of_length..of_length + of_message]);
        if !self.is_told {
            check(&self.kept)?;
        }
        self.is_over = self.taken == LENGTH + length;
        self.is_told = self.is_over || self.kept.len() >= KEPT;
        Ok(self.is_over.then_some(of_length + of_message))
    }

    fn take(&mut self, bytes: &[u8]) {
        let room = KEPT - self.kept.len();
        self.kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
        self.taken += bytes.len();
    }
}

//! Where TLS messages end in a stream: a message is a record, or the run of records a handshake message is cut into.

use super::chain::{Chain, Verdict};
use super::record::{APPLICATION_DATA, HANDSHAKE, HEADER, Header};
use super::{SUMMARY_READS, Tls};
use crate::model::{Side, Transport};
use crate::proto::{Context, Cut, DecodeError, Decoder, Ending, Framer};

/// How many bytes of a record's content its one-line form needs when it is no handshake: an alert has two.
const TOLD: usize = 8;

/// Both directions of one connection; neither says how the other is cut.
#[derive(Debug)]
pub struct Records {
    client: Half,
    server: Half,
}

/// One direction.
#[derive(Debug, Default)]
struct Half {
    /// The header of the record it is in, as far as read; empty between two records.
    header: Vec<u8>,
    /// How many bytes of the record's content are to come, once its header is read.
    to_come: Option<usize>,
    /// The handshake messages of the run so far.
    chain: Option<Chain>,
    /// How many bytes of the message came before this record.
    before: usize,
    /// The beginning of the message, for its one-line form.
    kept: Vec<u8>,
    /// Whether enough is known for a one-line form.
    is_told: bool,
    is_over: bool,
}

impl Records {
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

impl Framer for Records {
    fn cut(&mut self, from: Side, bytes: &[u8]) -> Cut {
        let half = self.half_mut(from);
        if half.is_over {
            *half = Half::default();
        }
        let mut at = 0;
        while at < bytes.len() {
            match half.step(&bytes[at..]) {
                Ok(length) => at += length,
                Err(error) => return Cut::Broken(error),
            }
            if half.is_over {
                return Cut::Ends(at);
            }
        }
        Cut::Continues
    }

    fn finish(&mut self, from: Side) -> Ending {
        let half = self.half_mut(from);
        if half.is_over || half.kept.is_empty() { Ending::Whole } else { Ending::Short }
    }

    fn headline(&self, from: Side) -> Option<String> {
        let half = match from {
            Side::Client => &self.client,
            Side::Server => &self.server,
        };
        let context = Context { transport: Transport::Tcp, from };
        half.is_told.then(|| Tls.summarize(context, &half.kept))
    }
}

impl Half {
    /// Reads on to the next edge, and says of how many bytes it was: at least one.
    fn step(&mut self, rest: &[u8]) -> Result<usize, DecodeError> {
        let length = match self.to_come {
            None => self.read_header(rest)?,
            Some(to_come) => {
                let length = to_come.min(rest.len());
                if let Some(chain) = &mut self.chain {
                    chain.feed(&rest[..length]);
                }
                self.to_come = Some(to_come - length);
                length
            }
        };
        self.keep(&rest[..length]);
        if self.to_come == Some(0) {
            self.end_record();
        }
        Ok(length)
    }

    fn read_header(&mut self, rest: &[u8]) -> Result<usize, DecodeError> {
        let length = rest.len().min(HEADER - self.header.len());
        self.header.extend_from_slice(&rest[..length]);
        let header = Header::read(&self.header);
        let header = header.map_err(|error| DecodeError { at: self.before + error.at, why: error.why })?;
        if let Some(header) = header {
            self.to_come = Some(header.length);
            if header.kind == HANDSHAKE {
                self.chain.get_or_insert_default();
            } else {
                self.chain = None;
                self.is_told |= header.kind == APPLICATION_DATA;
            }
        }
        Ok(length)
    }

    fn keep(&mut self, bytes: &[u8]) {
        let limit = if self.chain.is_some() { SUMMARY_READS } else { self.before + HEADER + TOLD };
        let room = limit.min(SUMMARY_READS).saturating_sub(self.kept.len());
        self.kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn end_record(&mut self) {
        self.is_told = true;
        let verdict = self.chain.as_ref().map_or(Verdict::Whole, Chain::verdict);
        match verdict {
            Verdict::Whole | Verdict::TooLong | Verdict::Encrypted => self.is_over = true,
            Verdict::GoesOn => {
                self.before += HEADER + Header::read(&self.header).ok().flatten().map_or(0, |header| header.length);
                self.header.clear();
                self.to_come = None;
            }
        }
    }
}

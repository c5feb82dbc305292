//! The handshake messages in a run of records: whether they can be read, and whether the next record goes on with them.
//!
//! After a change of ciphers a handshake record is encrypted, and nothing in it says so. So it is judged by its
//! bytes: of messages in the clear the types are known and the lengths fit.

use super::names::{CERTIFICATE, CLIENT_HELLO, HELLO_REQUEST, SERVER_HELLO, is_sent_in_clear};

/// The longest message taken, that of rustls; OpenSSL takes certificates of 100 KiB only when asked to.
const MESSAGE_LIMIT: usize = 0xffff;

/// The longest message but hellos and certificates; with a longer one the record is held to be encrypted.
const SHORT_LIMIT: usize = 4096;

/// How many bytes the records of one run hold at most. With six bytes a record they still fit into what is kept.
const RUN_LIMIT: usize = 2 * MESSAGE_LIMIT;

/// How many bytes of a hello tell that it is one.
pub const HELLO_LOOKED_AT: usize = 6;

/// The header of a handshake message, and the length a certificate message begins with.
const HEAD: usize = 7;

/// How the handshake messages stand at the end of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The last one ends here.
    Whole,
    /// It goes on in the next record.
    GoesOn,
    /// It would go on, but the run is too long to be followed.
    TooLong,
    /// They are encrypted.
    Encrypted,
}

/// Reads handshake messages as far as their edges.
#[derive(Debug, Default)]
pub struct Chain {
    /// The first bytes of the message it is in; none between two.
    head: Vec<u8>,
    /// How many bytes of that message are to come after its head.
    to_come: usize,
    /// How many messages have ended.
    whole: usize,
    /// How many bytes there were.
    taken: usize,
    /// Whether the only message so far is a request for a hello, which stands alone.
    is_request: bool,
    is_unreadable: bool,
}

impl Chain {
    /// Takes the next bytes of a record's content.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.taken += bytes.len();
        let mut at = 0;
        while at < bytes.len() && !self.is_unreadable {
            let skipped = self.to_come.min(bytes.len() - at);
            if skipped > 0 {
                self.to_come -= skipped;
                at += skipped;
            } else {
                self.head.push(bytes[at]);
                self.is_unreadable = self.is_request || !fits(&self.head);
                at += 1;
                let Some(length) = self.length().filter(|length| self.head.len() >= HEAD.min(4 + length)) else {
                    continue;
                };
                self.to_come = length - (self.head.len() - 4);
            }
            if self.to_come == 0 && !self.is_unreadable {
                self.is_request = self.head[0] == HELLO_REQUEST;
                self.whole += 1;
                self.head.clear();
            }
        }
    }

    /// How matters stand at the end of a record.
    pub fn verdict(&self) -> Verdict {
        let has_read = self.whole > 0 && !self.is_request;
        if self.is_unreadable {
            return if has_read { Verdict::Whole } else { Verdict::Encrypted };
        }
        let Some(kind) = self.head.first() else { return Verdict::Whole };
        let is_long = ![CLIENT_HELLO, SERVER_HELLO, CERTIFICATE].contains(kind);
        if is_long && !has_read && self.length().is_some_and(|length| length > SHORT_LIMIT) {
            Verdict::Encrypted
        } else if self.taken >= RUN_LIMIT {
            Verdict::TooLong
        } else {
            Verdict::GoesOn
        }
    }

    /// The length of the message it is in.
    fn length(&self) -> Option<usize> {
        self.head.get(1..4).map(length_of)
    }
}

/// Whether a byte can stand at a place of a hello that begins a record.
pub fn fits_hello(at: usize, byte: u8) -> bool {
    match at {
        0 => matches!(byte, CLIENT_HELLO | SERVER_HELLO),
        1 => byte == 0,
        4 => byte == 3,
        5 => byte <= 4,
        _ => true,
    }
}

/// Whether a message in the clear can begin so.
fn fits(head: &[u8]) -> bool {
    let kind = head[0];
    let length = head.get(1..4).map(length_of);
    if !is_sent_in_clear(kind) || length.is_some_and(|length| length > MESSAGE_LIMIT) {
        return false;
    }
    match kind {
        HELLO_REQUEST => length.is_none_or(|length| length == 0),
        CLIENT_HELLO | SERVER_HELLO => head.iter().enumerate().all(|(at, byte)| fits_hello(at, *byte)),
        CERTIFICATE => match (length, head.get(4..7).map(length_of)) {
            (Some(length), Some(list)) => list + 3 == length,
            (Some(_) | None, _) => true,
        },
        _ => true,
    }
}

fn length_of(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(content: &[u8]) -> Verdict {
        let mut chain = Chain::default();
        for byte in content {
            chain.feed(&[*byte]);
        }
        let mut at_once = Chain::default();
        at_once.feed(content);
        assert_eq!(chain.verdict(), at_once.verdict());
        chain.verdict()
    }

    #[test]
    fn tells_messages_in_the_clear_from_encrypted_ones() {
        assert_eq!(judge(&[14, 0, 0, 0]), Verdict::Whole);
        assert_eq!(judge(&[0, 0, 0, 0]), Verdict::Whole);
        assert_eq!(judge(&[1, 0, 0, 3, 3, 3, 0]), Verdict::Whole);
        assert_eq!(judge(&[1, 0, 0, 9, 3, 3, 0]), Verdict::GoesOn);
        assert_eq!(judge(&[1]), Verdict::GoesOn);
        assert_eq!(judge(&[14, 0, 0, 0, 16, 0]), Verdict::GoesOn);
        assert_eq!(judge(&[1, 0, 0, 9, 4, 3, 0]), Verdict::Encrypted);
        assert_eq!(judge(&[20, 0, 0, 12]), Verdict::Encrypted);
        assert_eq!(judge(&[12, 0, 0xff, 0, 1, 2]), Verdict::Encrypted);
        // An explicit nonce of AES-GCM that counts from zero.
        assert_eq!(judge(&[0, 0, 0, 0, 0, 0, 0, 0, 0x9a, 0x13]), Verdict::Encrypted);
    }

    #[test]
    fn follows_no_run_without_end() {
        let mut chain = Chain::default();
        let record = [&[2, 3, 3][..], &[14, 0, 0, 0].repeat(3000), &[1, 0, 0]].concat();
        chain.feed(&[1, 0, 0]);
        let records = (1..100).find(|_| {
            chain.feed(&record);
            chain.verdict() == Verdict::TooLong
        });
        assert_eq!(records, Some(RUN_LIMIT.div_ceil(record.len())));
    }
}

//! Character generator (RFC 864): lines of a rotating pattern, as fast as the peer reads them.

use std::sync::LazyLock;

use bytes::Bytes;

use super::{Behaviour, Carrier, Event, Happened, Kind, Made, Make, Reply, argument};
use crate::model::Timestamp;

/// The printing characters of ASCII: space to `~`.
const PRINTING: u8 = 95;
/// Characters a line (RFC 864, section "Data Syntax").
const WIDTH: u8 = 72;
/// Bytes a line: its characters, CR and LF.
const LINE: usize = WIDTH as usize + 2;
/// The most characters in an answering datagram (RFC 864, "UDP Based Character Generator Service").
const LONGEST_DATAGRAM: u64 = 512;

/// The whole pattern, which begins anew after 95 lines: what is sent at a time, 7030 bytes.
static PATTERN: LazyLock<Bytes> = LazyLock::new(|| (0..PRINTING).flat_map(line).collect());

/// This behaviour, as it is offered.
pub const KIND: Kind = Kind {
    name: "chargen",
    words: "pours out lines of characters without end (RFC 864)",
    argument: "",
    example: "",
    make: Make::Bytes(make),
};

fn make(carrier: Carrier, argument: &str) -> Made<dyn Behaviour> {
    argument::none(KIND.name, argument)?;
    Ok(Box::new(Chargen { carrier, answered: 0 }))
}

struct Chargen {
    carrier: Carrier,
    /// Datagrams answered, over all peers.
    answered: u64,
}

impl Behaviour for Chargen {
    fn on(&mut self, event: Event<'_>) -> Vec<Reply> {
        let chunk = match (self.carrier, event.what) {
            // The next piece goes only when the last was taken: the reader sets the pace.
            (Carrier::Stream, Happened::Opened(_) | Happened::Drained) => PATTERN.clone(),
            (Carrier::Datagram, Happened::Data(_)) => self.datagram(event.at),
            (Carrier::Datagram, Happened::Opened(_) | Happened::Drained)
            | (Carrier::Stream, Happened::Data(_))
            | (_, Happened::Woken | Happened::Finished | Happened::Output(_) | Happened::Exited | Happened::Closed) => {
                return Vec::new();
            }
        };
        vec![Reply::Send(event.conn, chunk)]
    }
}

impl Chargen {
    fn datagram(&mut self, at: Timestamp) -> Bytes {
        self.answered += 1;
        let length = mixed(at.0 as u64 ^ self.answered.rotate_left(32)) % (LONGEST_DATAGRAM + 1);
        // Any start leaves 512 characters before the pattern's end.
        let start = (self.answered as usize % 80) * LINE;
        PATTERN.slice(start..start + length as usize)
    }
}

fn line(number: u8) -> impl Iterator<Item = u8> {
    let characters = (0..WIDTH).map(move |column| b' ' + (number + column) % PRINTING);
    characters.chain(*b"\r\n")
}

/// Spreads a seed over all numbers, so that lengths look random (the mixer of SplitMix64).
fn mixed(seed: u64) -> u64 {
    let mut x = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::behaviour::conversation::Conversation;

    #[test]
    fn the_pattern_is_that_of_the_rfc() {
        let text = String::from_utf8(PATTERN.to_vec()).expect("it is ASCII");
        let lines: Vec<&str> = text.split_terminator("\r\n").collect();
        assert_eq!(lines.len(), 95);
        assert!(lines.iter().all(|line| line.len() == 72));
        assert_eq!(lines[0], r##" !"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_`abcdefg"##);
        assert_eq!(lines[1], r##"!"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_`abcdefgh"##);
        assert!(lines[94].starts_with("~ !") && lines[24].ends_with("~ "), "{} {}", lines[94], lines[24]);
    }

    #[test]
    fn a_stream_is_paced_by_its_reader_and_deaf_to_it() {
        let mut talk = Conversation::stream("chargen", "");
        talk.opens(1).hears(&*PATTERN);
        talk.says("stop!").hears_nothing();
        talk.drains().hears(&*PATTERN);
        talk.finishes().is_open().drains().hears(&*PATTERN);
    }

    #[test]
    fn each_datagram_gets_one_answer_of_at_most_512_characters() {
        let mut talk = Conversation::datagrams("chargen", "");
        talk.opens(1).hears_nothing();
        let lengths: Vec<usize> = (0..500)
            .map(|_| {
                talk.passes_ms(1).says("");
                let answer = talk.hears_something();
                talk.hears_nothing().drains().hears_nothing();
                answer.len()
            })
            .collect();
        assert!(lengths.iter().all(|length| *length <= 512));
        assert!(lengths.iter().collect::<HashSet<_>>().len() > 100, "the lengths vary");
    }
}

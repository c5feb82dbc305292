//! One direction of a TCP conversation put in order: out of order, overlapping, doubled, missing.

use std::collections::BTreeMap;

use super::place::Place;
use crate::model::Timestamp;

/// Bytes kept in one direction while those before them are awaited; what is still missing then is given up.
const HELD_LIMIT: usize = 4 * 1024 * 1024;

/// The same for all conversations together.
pub const ALL_HELD_LIMIT: usize = 64 * 1024 * 1024;

/// What one kept segment costs beside its bytes.
const SEGMENT_COST: usize = 128;

/// Positions begin here, so that those somewhat before the first seen are positive too.
const BASE: u64 = 1 << 33;

/// A segment's share of the stream.
#[derive(Debug)]
pub struct Piece<'a> {
    /// When it was captured.
    pub at: Timestamp,
    /// The sequence number of its first byte; a SYN's own place is already counted.
    pub sequence: u32,
    /// What was captured of it.
    pub bytes: &'a [u8],
    /// Where that lies.
    pub place: Place,
    /// How many more bytes it had on the wire.
    pub cut: usize,
}

/// What comes out, in order.
#[derive(Debug, PartialEq, Eq)]
pub enum Delivered<'a> {
    /// Bytes.
    Data(&'a [u8], Place),
    /// So many bytes are not in the capture.
    Missing(u64, Absence),
    /// The end: a FIN, with nothing missing before it.
    Finished,
}

/// Why bytes are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// Their packets were not captured.
    Packets,
    /// Their packet was cut by the snap length.
    SnapLength,
}

/// One direction of a conversation.
#[derive(Debug, Default)]
pub struct Stream {
    /// The position of the next byte, once any segment was seen.
    next: Option<u64>,
    held: BTreeMap<u64, Held>,
    weight: usize,
    /// The position of the FIN.
    end: Option<u64>,
    is_finished: bool,
}

#[derive(Debug)]
struct Held {
    at: Timestamp,
    bytes: Box<[u8]>,
    place: Place,
    cut: usize,
}

impl Held {
    fn weight(&self) -> usize {
        self.bytes.len() + SEGMENT_COST
    }
}

impl Stream {
    /// Whether its end has come with nothing missing before it.
    pub fn is_finished(&self) -> bool {
        self.is_finished
    }

    /// Says where the stream begins, unless that is known.
    pub fn begin(&mut self, sequence: u32) {
        self.next.get_or_insert(BASE + u64::from(sequence));
    }

    /// Takes a segment in. `held` counts the bytes kept in all streams.
    pub fn take(&mut self, piece: &Piece<'_>, held: &mut usize, sink: &mut impl FnMut(Timestamp, Delivered<'_>)) {
        self.begin(piece.sequence);
        let (Some(next), Some(position)) = (self.next, self.position(piece.sequence)) else { return };
        let length = (piece.bytes.len() + piece.cut) as u64;
        if length == 0 || position + length <= next {
            return;
        }
        if position <= next {
            self.deliver(piece.at, (position, piece.bytes, &piece.place, piece.cut), sink);
            self.drain(held, sink);
            return;
        }
        self.hold(position, piece, held);
        while self.weight > HELD_LIMIT || (*held > ALL_HELD_LIMIT && !self.held.is_empty()) {
            self.skip(held, sink);
        }
    }

    /// Notes the end: a FIN after the byte before `sequence`.
    pub fn finish(&mut self, at: Timestamp, sequence: u32, sink: &mut impl FnMut(Timestamp, Delivered<'_>)) {
        self.begin(sequence);
        self.end = self.end.or(self.position(sequence));
        self.tell_end(at, sink);
    }

    /// The other end says that it has everything before `sequence`: what is missing before that was not captured.
    pub fn acknowledge(&mut self, sequence: u32, held: &mut usize, sink: &mut impl FnMut(Timestamp, Delivered<'_>)) {
        let Some(position) = self.position(sequence) else { return };
        while self.held.first_key_value().is_some_and(|(first, _)| *first < position) {
            self.skip(held, sink);
        }
    }

    /// Gives out all that is kept; nothing that is missing will come any more.
    pub fn flush(&mut self, held: &mut usize, sink: &mut impl FnMut(Timestamp, Delivered<'_>)) {
        while !self.held.is_empty() {
            self.skip(held, sink);
        }
    }

    /// Where a sequence number is: within two gigabytes of the next byte (RFC 9293 section 3.4).
    fn position(&self, sequence: u32) -> Option<u64> {
        let next = self.next?;
        let ahead = sequence.wrapping_sub(next as u32) as i32;
        Some(next.saturating_add_signed(i64::from(ahead)))
    }

    fn hold(&mut self, position: u64, piece: &Piece<'_>, held: &mut usize) {
        let is_longer = |before: &Held| piece.bytes.len() + piece.cut > before.bytes.len() + before.cut;
        if !self.held.get(&position).is_none_or(is_longer) {
            return;
        }
        let new = Held { at: piece.at, bytes: piece.bytes.into(), place: piece.place.clone(), cut: piece.cut };
        self.weight += new.weight();
        *held += new.weight();
        if let Some(before) = self.held.insert(position, new) {
            self.weight -= before.weight();
            *held -= before.weight();
        }
    }

    /// Gives the missing bytes before the first kept segment up.
    fn skip(&mut self, held: &mut usize, sink: &mut impl FnMut(Timestamp, Delivered<'_>)) {
        let Some((position, at)) = self.held.first_key_value().map(|(position, held)| (*position, held.at)) else {
            return;
        };
        if let Some(next) = self.next.filter(|next| *next < position) {
            sink(at, Delivered::Missing(position - next, Absence::Packets));
            self.next = Some(position);
        }
        self.drain(held, sink);
    }

    /// Gives out what is kept and now comes next.
    fn drain(&mut self, held: &mut usize, sink: &mut impl FnMut(Timestamp, Delivered<'_>)) {
        let mut at = None;
        while let Some(entry) = self.held.first_entry()
            && self.next.is_some_and(|next| *entry.key() <= next)
        {
            let (position, segment) = entry.remove_entry();
            self.weight -= segment.weight();
            *held -= segment.weight();
            self.deliver(segment.at, (position, &segment.bytes, &segment.place, segment.cut), sink);
            at = Some(segment.at);
        }
        if let Some(at) = at {
            self.tell_end(at, sink);
        }
    }

    /// Gives out the part of a segment that comes next.
    fn deliver(
        &mut self,
        at: Timestamp,
        (position, bytes, place, cut): (u64, &[u8], &Place, usize),
        sink: &mut impl FnMut(Timestamp, Delivered<'_>),
    ) {
        let next = self.next.unwrap_or(position);
        let known = usize::try_from(next - position).unwrap_or(usize::MAX);
        let end = position + (bytes.len() + cut) as u64;
        if end <= next {
            return;
        }
        if known < bytes.len() {
            let place = if known == 0 { place.clone() } else { place.part(known..bytes.len()) };
            sink(at, Delivered::Data(&bytes[known..], place));
        }
        if cut > 0 {
            let missing = cut.min((end - next) as usize) as u64;
            sink(at, Delivered::Missing(missing, Absence::SnapLength));
        }
        self.next = Some(end);
        self.tell_end(at, sink);
    }

    fn tell_end(&mut self, at: Timestamp, sink: &mut impl FnMut(Timestamp, Delivered<'_>)) {
        if !self.is_finished && self.end.is_some_and(|end| self.next.is_some_and(|next| next >= end)) {
            self.is_finished = true;
            sink(at, Delivered::Finished);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream that is told what was said, and what came out of it so far.
    #[derive(Default)]
    struct Told {
        stream: Stream,
        held: usize,
        out: String,
        spans: Vec<(u64, u32)>,
    }

    impl Told {
        fn says(&mut self, sequence: u32, text: &str) -> String {
            self.says_cut(sequence, text, 0)
        }

        fn says_cut(&mut self, sequence: u32, text: &str, cut: usize) -> String {
            let bytes = text.as_bytes();
            let place = Place::at(u64::from(sequence) + 1000, bytes.len());
            let piece = Piece { at: Timestamp(0), sequence, bytes, place, cut };
            self.run(|stream, held, sink| stream.take(&piece, held, &mut |at, what| sink(at, what)))
        }

        fn run(
            &mut self,
            act: impl FnOnce(&mut Stream, &mut usize, &mut dyn FnMut(Timestamp, Delivered<'_>)),
        ) -> String {
            let (out, spans) = (&mut self.out, &mut self.spans);
            act(&mut self.stream, &mut self.held, &mut |_, what| match what {
                Delivered::Data(bytes, place) => {
                    out.push_str(&String::from_utf8_lossy(bytes));
                    assert_eq!(place.spans().iter().map(|span| span.length as usize).sum::<usize>(), bytes.len());
                    spans.extend(place.spans().iter().map(|span| (span.offset, span.length)));
                }
                Delivered::Missing(count, Absence::Packets) => out.extend(["[", &count.to_string(), "]"]),
                Delivered::Missing(count, Absence::SnapLength) => out.extend(["[cut ", &count.to_string(), "]"]),
                Delivered::Finished => out.push('.'),
            });
            std::mem::take(&mut self.out)
        }

        fn acknowledges(&mut self, sequence: u32) -> String {
            self.run(|stream, held, sink| stream.acknowledge(sequence, held, &mut |at, what| sink(at, what)))
        }

        fn finishes(&mut self, sequence: u32) -> String {
            self.run(|stream, _, sink| stream.finish(Timestamp(0), sequence, &mut |at, what| sink(at, what)))
        }

        fn flush(&mut self) -> String {
            self.run(|stream, held, sink| stream.flush(held, &mut |at, what| sink(at, what)))
        }
    }

    #[test]
    fn segments_out_of_order_doubled_and_overlapping_come_out_once_and_in_order() {
        let mut told = Told::default();
        assert_eq!(told.says(100, "abc"), "abc");
        assert_eq!(told.says(100, "abc"), "", "a retransmission");
        assert_eq!(told.says(106, "ghi"), "", "the one before is missing");
        assert_eq!(told.says(109, "jk"), "");
        assert_eq!(told.says(101, "bcdefg"), "defghijk", "an overlap on both sides");
        assert_eq!(told.says(99, "z"), "", "a keep-alive");
        assert_eq!(told.held, 0);
        assert_eq!(told.spans, [(1100, 3), (1103, 4), (1107, 2), (1109, 2)]);
    }

    #[test]
    fn sequence_numbers_wrap() {
        let mut told = Told::default();
        told.stream.begin(u32::MAX - 1);
        assert_eq!(told.says(1, "def"), "");
        assert_eq!(told.says(u32::MAX - 1, "abc"), "abcdef");
        assert_eq!(told.says(4, "g"), "g");
    }

    #[test]
    fn what_was_not_captured_is_told_where_it_is_missing() {
        let mut told = Told::default();
        assert_eq!(told.says(100, "abc"), "abc");
        assert_eq!(told.says(110, "xyz"), "");
        assert_eq!(told.acknowledges(110), "", "the gap may still come");
        assert_eq!(told.acknowledges(113), "[7]xyz");
        assert_eq!(told.says(120, "!"), "");
        assert_eq!(told.flush(), "[7]!");
        assert_eq!(told.says_cut(121, "ab", 5), "ab[cut 5]");
        assert_eq!(told.says(128, "ok"), "ok");
    }

    #[test]
    fn the_end_is_told_once_and_after_all_that_comes_before_it() {
        let mut told = Told::default();
        assert_eq!(told.says(0, "a"), "a");
        assert_eq!(told.finishes(3), "");
        assert_eq!(told.says(2, "c"), "");
        assert_eq!(told.says(1, "b"), "bc.");
        assert_eq!(told.finishes(3), "");
        assert!(told.stream.is_finished());
    }

    #[test]
    fn memory_is_bounded_when_a_gap_never_closes_and_the_work_is_linear() {
        let mut told = Told::default();
        told.stream.begin(0);
        // Every second byte alone, backwards: the worst that can be kept.
        for number in (1..200_000_u32).rev() {
            told.says(2 * number, "x");
            assert!(told.stream.weight <= HELD_LIMIT && told.held == told.stream.weight);
        }
        told.flush();
        assert_eq!((told.held, told.stream.weight), (0, 0));
    }
}

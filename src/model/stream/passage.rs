//! A frame of a stream with what the same end said right behind it: what is written across frames is found there.

use std::borrow::Cow;

use super::{Place, StreamIndex};

/// The bytes of a frame, and the first of those behind it.
#[derive(Debug)]
pub struct Passage<'b> {
    /// All of them.
    pub bytes: Cow<'b, [u8]>,
    /// How many are the frame's own.
    pub own: usize,
    /// Each frame, and where its bytes end.
    parts: Vec<(u64, usize)>,
}

impl Passage<'_> {
    /// Where a byte stands.
    pub fn place(&self, at: usize) -> Place {
        let index = self.parts.partition_point(|(_, end)| *end <= at).min(self.parts.len().saturating_sub(1));
        let start = index.checked_sub(1).map_or(0, |before| self.parts[before].1);
        let frame = self.parts.get(index).map_or(0, |(frame, _)| *frame);
        Place { frame, offset: at.saturating_sub(start) }
    }

    /// Where what ends there ends: behind the byte before.
    pub fn end(&self, at: usize) -> Place {
        let last = self.place(at.saturating_sub(1));
        Place { offset: last.offset + 1, ..last }
    }
}

impl StreamIndex {
    /// The first frame here of that number or a higher one.
    pub fn at_or_after(&self, frame: u64) -> Option<u64> {
        self.chunks.get(self.position(frame)).map(|chunk| chunk.frame)
    }

    /// The last frame here of that number or a lower one.
    pub fn at_or_before(&self, frame: u64) -> Option<u64> {
        let behind = self.chunks.partition_point(|chunk| chunk.frame <= frame);
        behind.checked_sub(1).and_then(|index| self.chunks.get(index)).map(|chunk| chunk.frame)
    }

    /// A frame with at most `reach` bytes of those right behind it that the same end sent. None when it is not here, or
    /// its bytes are gone.
    pub fn passage<'b>(
        &self,
        frame: u64,
        reach: usize,
        bytes: impl Fn(u64) -> Option<&'b [u8]>,
    ) -> Option<Passage<'b>> {
        let index = self.position(frame);
        let first = self.chunks.get(index).filter(|chunk| chunk.frame == frame)?;
        let own = bytes(frame)?;
        let mut passage = Passage { bytes: Cow::Borrowed(own), own: own.len(), parts: vec![(frame, own.len())] };
        let behind = self.chunks.range(index + 1..).take_while(|chunk| chunk.side == first.side);
        for chunk in behind {
            let room = (own.len() + reach).saturating_sub(passage.bytes.len());
            let Some(more) = bytes(chunk.frame).filter(|_| room > 0) else { break };
            passage.bytes.to_mut().extend_from_slice(&more[..more.len().min(room)]);
            passage.parts.push((chunk.frame, passage.bytes.len()));
        }
        Some(passage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Side;

    fn said(frame: u64) -> Option<&'static [u8]> {
        [(1, &b"one "[..]), (3, b"two "), (5, b"three"), (7, b"answer"), (9, b"four")]
            .into_iter()
            .find(|(number, _)| *number == frame)
            .map(|(_, bytes)| bytes)
    }

    fn index() -> StreamIndex {
        let mut index = StreamIndex::default();
        for (frame, side) in
            [(1, Side::Client), (3, Side::Client), (5, Side::Client), (7, Side::Server), (9, Side::Client)]
        {
            index.push(frame, side, said(frame).map_or(0, <[u8]>::len));
        }
        index
    }

    #[test]
    fn what_one_end_said_without_being_answered_is_one_text() {
        let passage = index().passage(1, 100, said).unwrap();
        assert_eq!((&passage.bytes[..], passage.own), (&b"one two three"[..], 4));
        assert_eq!(passage.place(3), Place { frame: 1, offset: 3 });
        assert_eq!(passage.place(4), Place { frame: 3, offset: 0 });
        assert_eq!(passage.end(8), Place { frame: 3, offset: 4 }, "behind the last byte, not before the next");
        assert_eq!(passage.place(12), Place { frame: 5, offset: 4 });
    }

    #[test]
    fn a_passage_reaches_so_far_and_no_further() {
        assert_eq!(&index().passage(1, 6, said).unwrap().bytes[..], b"one two th");
        assert_eq!(&index().passage(5, 6, said).unwrap().bytes[..], b"three", "the other end speaks next");
        assert!(index().passage(2, 6, said).is_none());
        let gone = |frame| said(frame).filter(|_| frame != 3);
        assert_eq!(&index().passage(1, 6, gone).unwrap().bytes[..], b"one ");
    }

    #[test]
    fn frames_are_found_from_either_side() {
        assert_eq!(
            [0, 1, 2, 9, 10].map(|frame| index().at_or_after(frame)),
            [Some(1), Some(1), Some(3), Some(9), None]
        );
        assert_eq!(
            [0, 1, 2, 9, 10].map(|frame| index().at_or_before(frame)),
            [None, Some(1), Some(1), Some(9), Some(9)]
        );
    }
}

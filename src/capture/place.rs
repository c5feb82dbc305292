//! Where in a capture file a frame's bytes lie, so that they need not stay in memory.

use std::ops::Range;

/// Bytes that stand together in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first byte's offset from the beginning of the file, uncompressed.
    pub offset: u64,
    /// How many bytes.
    pub length: u32,
}

/// Where a payload lies: its spans in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In one piece, or there are no bytes.
    One(Span),
    /// In pieces: of a datagram's fragments, or of a frame that is longer than a packet.
    Many(Box<[Span]>),
}

impl Place {
    /// `length` bytes at `offset`.
    #[inline]
    pub fn at(offset: u64, length: usize) -> Self {
        Place::One(Span { offset, length: length as u32 })
    }

    /// These spans.
    pub fn of(spans: Vec<Span>) -> Self {
        match spans.as_slice() {
            [one] => Place::One(*one),
            _ => Place::Many(spans.into()),
        }
    }

    /// The spans in order.
    #[inline]
    pub fn spans(&self) -> &[Span] {
        match self {
            Place::One(span) => std::slice::from_ref(span),
            Place::Many(spans) => spans,
        }
    }

    /// How many bytes lie there.
    pub fn length(&self) -> u64 {
        self.spans().iter().map(|span| u64::from(span.length)).sum()
    }

    /// The same place where all bytes lie so much further on.
    #[must_use]
    pub fn further(self, by: u64) -> Self {
        let moved = |span: Span| Span { offset: span.offset + by, ..span };
        match self {
            Place::One(span) => Place::One(moved(span)),
            Place::Many(spans) => Place::Many(spans.iter().copied().map(moved).collect()),
        }
    }

    /// Where a part of the bytes lies.
    #[must_use]
    #[inline]
    pub fn part(&self, range: Range<usize>) -> Self {
        match self {
            Place::One(span) => {
                let end = range.end.min(span.length as usize);
                let start = range.start.min(end);
                Self::at(span.offset + start as u64, end - start)
            }
            Place::Many(_) => self.part_of_many(range),
        }
    }

    fn part_of_many(&self, range: Range<usize>) -> Self {
        let mut spans = Vec::new();
        let mut before = 0;
        for span in self.spans() {
            let end = before + span.length as usize;
            let (from, to) = (range.start.max(before), range.end.min(end));
            if from < to {
                spans.push(Span { offset: span.offset + (from - before) as u64, length: (to - from) as u32 });
            }
            before = end;
        }
        if spans.is_empty() {
            Place::at(self.spans().first().map_or(0, |span| span.offset), 0)
        } else {
            Self::of(spans)
        }
    }
}

/// Where a part of `whole` begins in it.
#[inline]
pub(super) fn offset_within(whole: &[u8], part: &[u8]) -> usize {
    (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize).min(whole.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_place_lies_where_its_bytes_do() {
        let place = Place::of(vec![Span { offset: 100, length: 4 }, Span { offset: 200, length: 4 }]);
        assert_eq!(place.part(1..3), Place::at(101, 2));
        assert_eq!(
            place.part(3..6),
            Place::Many(Box::new([Span { offset: 103, length: 1 }, Span { offset: 200, length: 2 }]))
        );
        assert_eq!(place.part(4..8), Place::at(200, 4));
        assert_eq!(place.part(2..2), Place::at(100, 0));
        assert_eq!(Place::at(7, 9).part(8..20), Place::at(15, 1));
    }
}

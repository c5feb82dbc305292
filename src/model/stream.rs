//! One flow's data as rows to read, one end's words after the other's, laid out only where it is looked at.
//!
//! Positions are places (a frame and a byte in it), not row numbers: a place stays right when the width or
//! the mode changes, when data comes and when old data goes. So no total of rows has to be kept, and what a
//! draw or a scroll step costs depends on the rows it shows, never on how much the flow has carried.

mod passage;

use std::collections::VecDeque;
use std::ops::Range;

use super::Side;
use super::visible::{self, Wrap};

pub use passage::Passage;

/// Rows are laid from the beginning of a part, so this bounds the bytes looked at to find the row before
/// another one: about what a large screen shows anyway.
const PART: usize = 4 * 1024;

/// How far before its nominal end a part may end to end with a line, so that the seam is not seen.
const SEAM: usize = 1024;

/// Columns before each row: the sender's sign on a frame's first row, so that colour is not needed. Drawing and clicking
/// go by it.
pub const GUTTER: u16 = 2;

/// How a stream is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum StreamMode {
    /// Lines of text.
    #[default]
    Text,
    /// Text with escapes, exact to the byte.
    Escaped,
    /// A hex dump.
    Hex,
}

impl StreamMode {
    /// All of them, in the order in which they are offered.
    pub const ALL: [StreamMode; 3] = [StreamMode::Text, StreamMode::Escaped, StreamMode::Hex];

    /// The name shown.
    pub fn name(self) -> &'static str {
        match self {
            StreamMode::Text => "text",
            StreamMode::Escaped => "escaped",
            StreamMode::Hex => "hex",
        }
    }

    /// The one after it, round and round.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            StreamMode::Text => StreamMode::Escaped,
            StreamMode::Escaped => StreamMode::Hex,
            StreamMode::Hex => StreamMode::Text,
        }
    }
}

/// The mode and the room for it; what decides where rows end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Text in so many columns.
    Text(usize),
    /// Escapes in so many columns.
    Escaped(usize),
    /// So many bytes a row.
    Hex(usize),
}

/// A byte of the stream: the frame that carried it, and its offset in that frame's payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The frame's number.
    pub frame: u64,
    /// The byte in its payload.
    pub offset: usize,
}

/// One row to draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamRow {
    /// The frame it is of.
    pub frame: u64,
    /// The end that sent it.
    pub side: Side,
    /// The bytes of the frame's payload it shows; empty when the payload is no longer in memory.
    pub span: Range<usize>,
}

impl StreamRow {
    /// Where it begins.
    pub fn place(&self) -> Place {
        Place { frame: self.frame, offset: self.span.start }
    }
}

#[derive(Debug, Clone, Copy)]
struct Chunk {
    frame: u64,
    side: Side,
    length: usize,
    /// Bytes of the flow before it.
    before: u64,
}

/// The data frames of one flow, in order; the bytes themselves stay where they are kept.
#[derive(Debug, Clone, Default)]
pub struct StreamIndex {
    chunks: VecDeque<Chunk>,
    bytes: u64,
}

impl StreamIndex {
    /// Adds a data frame. Empty ones are left out, and so is a number that is not above the last one's, so that
    /// telling a frame twice does no harm.
    pub fn push(&mut self, frame: u64, side: Side, length: usize) {
        let is_known = self.chunks.back().is_some_and(|last| last.frame >= frame);
        if length == 0 || is_known {
            return;
        }
        self.chunks.push_back(Chunk { frame, side, length, before: self.bytes });
        self.bytes += length as u64;
    }

    /// Lets the frames before `frame` go.
    pub fn forget_before(&mut self, frame: u64) {
        while self.chunks.front().is_some_and(|first| first.frame < frame) {
            self.chunks.pop_front();
        }
    }

    /// How many frames are here.
    pub fn len(&self) -> usize {
        self.chunks.len()
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// The numbers of the frames here, newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = u64> {
        self.chunks.iter().rev().map(|chunk| chunk.frame)
    }

    /// The number of the first frame here.
    pub fn first_frame(&self) -> Option<u64> {
        self.chunks.front().map(|chunk| chunk.frame)
    }

    /// The number of the last frame here.
    pub fn last_frame(&self) -> Option<u64> {
        self.chunks.back().map(|chunk| chunk.frame)
    }

    /// Whether that number is one of the frames here, or between two of them.
    pub fn holds(&self, frame: u64) -> bool {
        let ends = self.first_frame().zip(self.last_frame());
        ends.is_some_and(|(first, last)| (first..=last).contains(&frame))
    }

    /// Where the stream begins.
    pub fn start(&self) -> Option<Place> {
        self.chunks.front().map(|first| Place { frame: first.frame, offset: 0 })
    }

    /// The place that has to stand at the top so that the newest row is the last of `height`.
    pub fn end<'b>(&self, layout: Layout, height: usize, bytes: impl Fn(u64) -> Option<&'b [u8]>) -> Option<Place> {
        let last = self.chunks.back()?;
        let newest = Place { frame: last.frame, offset: last.length };
        self.moved(newest, 1 - height.max(1) as isize, layout, bytes)
    }

    /// The beginning of the row that is `by` rows below (or, when negative, above) the row of `place`, as far as the
    /// stream goes. None when it is empty.
    pub fn moved<'b>(
        &self,
        place: Place,
        by: isize,
        layout: Layout,
        bytes: impl Fn(u64) -> Option<&'b [u8]>,
    ) -> Option<Place> {
        let mut walk = Walk::new(self, layout, &bytes, place)?;
        for _ in 0..by.unsigned_abs() {
            let went = if by < 0 { walk.up() } else { walk.down() };
            if !went {
                break;
            }
        }
        Some(walk.row().place())
    }

    /// At most `count` rows, beginning with the one in which `top` is. `bytes` gives a frame's payload.
    pub fn window<'b>(
        &self,
        top: Place,
        count: usize,
        layout: Layout,
        bytes: impl Fn(u64) -> Option<&'b [u8]>,
    ) -> Vec<StreamRow> {
        let mut rows = Vec::new();
        let Some(mut walk) = Walk::new(self, layout, &bytes, top).filter(|_| count > 0) else { return rows };
        rows.push(walk.row());
        while rows.len() < count && walk.down() {
            rows.push(walk.row());
        }
        rows
    }

    /// How many bytes stand before a place, and how many there are: what a scroll bar shows.
    pub fn progress(&self, place: Place) -> (u64, u64) {
        let first = self.chunks.front().map_or(self.bytes, |first| first.before);
        let before = match self.chunks.get(self.position(place.frame)) {
            Some(chunk) if chunk.frame == place.frame => chunk.before + (place.offset.min(chunk.length) as u64),
            Some(chunk) => chunk.before,
            None => self.bytes,
        };
        (before - first, self.bytes - first)
    }

    /// The byte before which so many stand here; what [`progress`](Self::progress) tells, the other way round.
    pub fn place_after(&self, bytes: u64) -> Option<Place> {
        let sought = self.chunks.front()?.before.saturating_add(bytes);
        let index = self.chunks.partition_point(|chunk| chunk.before <= sought).saturating_sub(1);
        let chunk = self.chunks.get(index)?;
        let offset = usize::try_from(sought - chunk.before).unwrap_or(usize::MAX);
        Some(Place { frame: chunk.frame, offset: offset.min(chunk.length.saturating_sub(1)) })
    }

    /// The numbers of the frames here from one to another, both with it.
    pub fn between(&self, first: u64, last: u64) -> impl Iterator<Item = u64> + '_ {
        let chunks = self.chunks.range(self.position(first)..);
        chunks.map(|chunk| chunk.frame).take_while(move |frame| *frame <= last)
    }

    /// The index of the first chunk that is not before `frame`.
    fn position(&self, frame: u64) -> usize {
        self.chunks.partition_point(|chunk| chunk.frame < frame)
    }
}

/// A position among the rows, with the rows of the part it is in.
struct Walk<'a, B> {
    index: &'a StreamIndex,
    layout: Layout,
    bytes: &'a B,
    chunk: usize,
    part: usize,
    rows: Vec<Range<usize>>,
    row: usize,
}

impl<'a, 'b, B: Fn(u64) -> Option<&'b [u8]>> Walk<'a, B> {
    /// At the row of `place`; at the nearest one that is left when its frame has gone.
    fn new(index: &'a StreamIndex, layout: Layout, bytes: &'a B, place: Place) -> Option<Self> {
        let last = index.chunks.len().checked_sub(1)?;
        let found = index.position(place.frame);
        let chunk = found.min(last);
        let offset = match index.chunks.get(chunk)?.frame.cmp(&place.frame) {
            std::cmp::Ordering::Equal => place.offset,
            std::cmp::Ordering::Greater => 0,
            std::cmp::Ordering::Less => usize::MAX,
        };
        let mut walk = Self { index, layout, bytes, chunk, part: 0, rows: Vec::new(), row: 0 };
        let payload = walk.payload();
        walk.load(payload.map_or(0, |payload| part_of(payload, offset, layout)));
        walk.row = walk.rows.partition_point(|row| row.start <= offset).saturating_sub(1);
        Some(walk)
    }

    fn row(&self) -> StreamRow {
        let chunk = self.index.chunks[self.chunk];
        StreamRow { frame: chunk.frame, side: chunk.side, span: self.rows[self.row].clone() }
    }

    fn down(&mut self) -> bool {
        if self.row + 1 < self.rows.len() {
            self.row += 1;
            return true;
        }
        if self.part + 1 < self.payload().map_or(1, |payload| parts(payload, self.layout)) {
            self.load(self.part + 1);
        } else if self.chunk + 1 < self.index.chunks.len() {
            self.chunk += 1;
            self.load(0);
        } else {
            return false;
        }
        self.row = 0;
        true
    }

    fn up(&mut self) -> bool {
        if self.row > 0 {
            self.row -= 1;
            return true;
        }
        if self.part > 0 {
            self.load(self.part - 1);
        } else if self.chunk > 0 {
            self.chunk -= 1;
            self.load(self.payload().map_or(0, |payload| parts(payload, self.layout) - 1));
        } else {
            return false;
        }
        self.row = self.rows.len() - 1;
        true
    }

    fn payload(&self) -> Option<&'b [u8]> {
        (self.bytes)(self.index.chunks[self.chunk].frame).filter(|payload| !payload.is_empty())
    }

    /// Lays the rows of a part of this chunk; there is always at least one.
    fn load(&mut self, part: usize) {
        self.part = part;
        self.rows = match self.payload() {
            Some(payload) => {
                let start = part_start(payload, part, self.layout);
                rows_of(payload, start..part_start(payload, part + 1, self.layout), self.layout)
            }
            None => vec![Range::default()],
        };
    }
}

/// The rows of one part, of which there is at least one.
fn rows_of(payload: &[u8], part: Range<usize>, layout: Layout) -> Vec<Range<usize>> {
    let held = &payload[..part.end];
    let row_end = |at: usize| match layout {
        Layout::Text(columns) => visible::row_end(held, at, columns, Wrap::Text),
        Layout::Escaped(columns) => visible::row_end(held, at, columns, Wrap::Escapes),
        Layout::Hex(per_row) => Some(held.len().min(at + per_row.max(1))),
    };
    let mut at = part.start;
    std::iter::from_fn(|| {
        let start = at;
        at = row_end(start).filter(|end| *end > start)?;
        Some(start..at)
    })
    .collect()
}

/// The bytes of a part; of a hex dump, whole rows.
fn part_size(layout: Layout) -> usize {
    match layout {
        Layout::Text(_) | Layout::Escaped(_) => PART,
        Layout::Hex(per_row) => (PART - PART % per_row.clamp(1, PART)).max(1),
    }
}

/// How many parts a payload has.
fn parts(payload: &[u8], layout: Layout) -> usize {
    payload.len().div_ceil(part_size(layout))
}

/// The part in which a byte is; the last one for bytes beyond the end.
fn part_of(payload: &[u8], offset: usize, layout: Layout) -> usize {
    let offset = offset.min(payload.len().saturating_sub(1));
    let nominal = offset / part_size(layout);
    if part_start(payload, nominal + 1, layout) <= offset { nominal + 1 } else { nominal }
}

/// Where a part begins: text's after the last line end before its nominal place, or else not inside a character.
fn part_start(payload: &[u8], part: usize, layout: Layout) -> usize {
    let nominal = part * part_size(layout);
    if nominal == 0 || nominal >= payload.len() {
        return nominal.min(payload.len());
    }
    if matches!(layout, Layout::Hex(_)) {
        return nominal;
    }
    if let Some(newline) = memchr::memrchr(b'\n', &payload[nominal - SEAM..nominal]) {
        return nominal - SEAM + newline + 1;
    }
    let begins_character = |at: &usize| payload[*at] & 0xC0 != 0x80;
    (nominal - 3..=nominal).rev().find(begins_character).unwrap_or(nominal)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What each frame carried; frame numbers are 1, 3, 5, …
    struct Spoken(Vec<Vec<u8>>);

    impl Spoken {
        fn index(&self) -> StreamIndex {
            let mut index = StreamIndex::default();
            for (at, payload) in self.0.iter().enumerate() {
                let side = if at % 2 == 0 { Side::Client } else { Side::Server };
                index.push(at as u64 * 2 + 1, side, payload.len());
            }
            index
        }

        fn bytes<'a>(&'a self) -> impl Fn(u64) -> Option<&'a [u8]> {
            |frame| self.0.get(frame as usize / 2).map(Vec::as_slice)
        }

        fn text(&self, rows: &[StreamRow]) -> Vec<String> {
            let shown =
                |row: &StreamRow| String::from_utf8_lossy(&self.0[row.frame as usize / 2][row.span.clone()]).into();
            rows.iter().map(shown).collect()
        }
    }

    fn spoken(parts: &[&str]) -> Spoken {
        Spoken(parts.iter().map(|part| part.as_bytes().to_vec()).collect())
    }

    fn place(frame: u64, offset: usize) -> Place {
        Place { frame, offset }
    }

    #[test]
    fn each_frame_begins_a_row_and_long_lines_wrap() {
        let talk = spoken(&["hello there\nyou\n", "", "hi\n"]);
        let rows = talk.index().window(place(1, 0), 10, Layout::Text(8), talk.bytes());
        assert_eq!(talk.text(&rows), ["hello th", "ere\n", "you\n", "hi\n"]);
        assert_eq!(rows[3], StreamRow { frame: 5, side: Side::Client, span: 0..3 });
        let rows = talk.index().window(place(1, 0), 10, Layout::Hex(8), talk.bytes());
        assert_eq!(talk.text(&rows), ["hello th", "ere\nyou\n", "hi\n"]);
    }

    #[test]
    fn a_place_holds_when_the_width_changes() {
        let talk = spoken(&["abcdefghijkl"]);
        let top = place(1, 6);
        for (columns, first) in [(12, "abcdefghijkl"), (4, "efgh"), (6, "ghijkl"), (5, "fghij")] {
            let rows = talk.index().window(top, 1, Layout::Text(columns), talk.bytes());
            assert_eq!(talk.text(&rows), [first], "in {columns} columns");
        }
    }

    #[test]
    fn the_end_shows_the_newest_rows_and_a_short_stream_from_its_beginning() {
        let talk = spoken(&["1\n2\n3\n", "4\n5\n"]);
        let end = talk.index().end(Layout::Text(10), 3, talk.bytes());
        assert_eq!(end, Some(place(1, 4)));
        assert_eq!(talk.index().end(Layout::Text(10), 50, talk.bytes()), Some(place(1, 0)));
        assert_eq!(StreamIndex::default().end(Layout::Text(10), 3, |_| None), None);
    }

    #[test]
    fn moves_row_by_row_and_stops_at_both_ends() {
        let talk = spoken(&["1\n2\n", "3\n"]);
        let moved = |from, by| talk.index().moved(from, by, Layout::Text(10), talk.bytes());
        assert_eq!(moved(place(1, 0), 2), Some(place(3, 0)));
        assert_eq!(moved(place(3, 0), -1), Some(place(1, 2)));
        assert_eq!(moved(place(3, 0), 100), Some(place(3, 0)));
        assert_eq!(moved(place(3, 0), -100), Some(place(1, 0)));
    }

    #[test]
    fn goes_on_with_the_nearest_row_when_a_frame_has_gone() {
        let talk = spoken(&["one\n", "two\n", "three\n"]);
        let mut index = talk.index();
        index.forget_before(3);
        assert_eq!(index.len(), 2);
        let rows = index.window(place(1, 2), 10, Layout::Text(10), talk.bytes());
        assert_eq!(talk.text(&rows), ["two\n", "three\n"]);
        assert_eq!(index.progress(place(5, 3)), (7, 10));
        assert_eq!(index.progress(place(1, 3)), (0, 10));
        let rows = index.window(place(99, 0), 10, Layout::Text(10), talk.bytes());
        assert_eq!(talk.text(&rows), ["three\n"]);
    }

    #[test]
    fn a_place_is_found_again_by_the_bytes_before_it() {
        let mut index = spoken(&["one\n", "two\n", "three\n"]).index();
        index.forget_before(3);
        for sought in [place(3, 0), place(3, 3), place(5, 0), place(5, 5)] {
            assert_eq!(index.place_after(index.progress(sought).0), Some(sought));
        }
        assert_eq!(index.place_after(u64::MAX), Some(place(5, 5)));
        assert_eq!(index.between(1, 4).collect::<Vec<_>>(), [3]);
    }

    #[test]
    fn a_payload_that_is_no_longer_in_memory_keeps_one_empty_row() {
        let index = spoken(&["one\n", "two\n"]).index();
        let rows = index.window(place(1, 0), 10, Layout::Text(10), |frame| (frame == 3).then_some(&b"two\n"[..]));
        assert_eq!(rows.iter().map(|row| row.span.clone()).collect::<Vec<_>>(), [0..0, 0..4]);
    }

    #[test]
    fn a_frame_told_twice_is_kept_once() {
        let mut index = StreamIndex::default();
        index.push(4, Side::Client, 10);
        index.push(4, Side::Client, 10);
        assert_eq!((index.len(), index.progress(place(4, 0))), (1, (0, 10)));
    }

    #[test]
    fn a_draw_in_the_middle_of_a_large_stream_asks_for_few_payloads() {
        let payload = vec![b'x'; 64 * 1024];
        let mut index = StreamIndex::default();
        for frame in 0..100_000 {
            index.push(frame, Side::Server, payload.len());
        }
        let asked = std::cell::RefCell::new(std::collections::BTreeSet::new());
        let bytes = |frame| {
            asked.borrow_mut().insert(frame);
            Some(payload.as_slice())
        };
        for layout in [Layout::Text(80), Layout::Escaped(80), Layout::Hex(16)] {
            assert_eq!(index.window(place(50_000, 30_000), 50, layout, bytes).len(), 50);
            assert!(index.moved(place(50_000, 0), -50, layout, bytes) < Some(place(50_000, 0)));
        }
        assert!(asked.borrow().len() <= 2, "{asked:?}");
    }

    #[test]
    fn text_of_many_parts_keeps_its_lines_whole() {
        let line = "a line of some length, repeated until there are many parts\n";
        let talk = spoken(&[&line.repeat(2000)]);
        let rows = talk.index().window(place(1, 0), usize::MAX, Layout::Text(80), talk.bytes());
        assert_eq!(rows.len(), 2000);
        let wide = spoken(&[&"世".repeat(20_000)]);
        let rows = wide.index().window(place(1, 0), usize::MAX, Layout::Escaped(79), wide.bytes());
        assert!(wide.text(&rows).iter().all(|row| !row.contains('\u{fffd}')));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn every_byte_is_on_one_row_and_up_undoes_down(
            parts in proptest::collection::vec((0usize..30_000, any::<u8>(), 1usize..3000), 1..4),
            room in 1usize..100,
            start in 0usize..30_000,
        ) {
            let payload = |(length, seed, line): &(usize, u8, usize)| -> Vec<u8> {
                (0..*length).map(|at| if at % line == 0 { b'\n' } else { seed.wrapping_add((at % 7) as u8) }).collect()
            };
            let talk = Spoken(parts.iter().map(payload).collect());
            let index = talk.index();
            for layout in [Layout::Text(room), Layout::Escaped(room), Layout::Hex(room)] {
                let Some(top) = index.start() else { continue };
                let rows = index.window(top, usize::MAX, layout, talk.bytes());
                let total: usize = rows.iter().map(|row| row.span.len()).sum();
                prop_assert_eq!(total as u64, index.progress(top).1);
                for pair in rows.windows(2) {
                    let follows = if pair[0].frame == pair[1].frame { pair[0].span.end } else { 0 };
                    prop_assert_eq!(pair[1].span.start, follows);
                }
                let at = start % rows.len();
                let below = (at + 40).min(rows.len() - 1);
                let moved = index.moved(rows[at].place(), (below - at) as isize, layout, talk.bytes());
                prop_assert_eq!(moved, Some(rows[below].place()));
                let back = index.moved(rows[below].place(), -((below - at) as isize), layout, talk.bytes());
                prop_assert_eq!(back, Some(rows[at].place()));
            }
        }
    }
}

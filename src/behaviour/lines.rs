//! Lines cut out of a stream, however it was chopped on its way, in bounded memory.

use bytes::Bytes;
use memchr::memchr;

/// The longest line kept together, in bytes; a longer one comes in pieces of this length. A peer
/// that never sends a newline costs no more memory than this.
pub(super) const LONGEST_LINE: usize = 64 * 1024;

/// The unfinished line of one connection.
#[derive(Debug, Default)]
pub(super) struct Lines {
    unfinished: Vec<u8>,
    /// The unfinished line is the rest of one of which a piece was given out.
    goes_on: bool,
}

/// Something cut out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cut {
    /// A line, or the last piece of one, without its LF or CR LF.
    Line(Bytes),
    /// A piece of a line that is longer than [`LONGEST_LINE`].
    Piece(Bytes),
}

impl Lines {
    /// Takes the next bytes of the stream and gives out what they complete.
    pub(super) fn push(&mut self, data: &[u8]) -> Vec<Cut> {
        let mut cuts = Vec::new();
        let mut rest = data;
        while !rest.is_empty() {
            let room = LONGEST_LINE - self.unfinished.len();
            match memchr(b'\n', &rest[..rest.len().min(room + 1)]) {
                Some(end) => {
                    self.unfinished.extend_from_slice(&rest[..end]);
                    rest = &rest[end + 1..];
                    cuts.extend(self.end_line().map(Cut::Line));
                }
                None if rest.len() <= room => {
                    self.unfinished.extend_from_slice(rest);
                    rest = &[];
                }
                None => {
                    self.unfinished.extend_from_slice(&rest[..room]);
                    rest = &rest[room..];
                    self.goes_on = true;
                    cuts.push(Cut::Piece(std::mem::take(&mut self.unfinished).into()));
                }
            }
        }
        cuts
    }

    /// The bytes since the last newline.
    pub(super) fn unfinished(&self) -> &[u8] {
        &self.unfinished
    }

    /// Takes the bytes since the last newline, as though a newline had come; when it comes after
    /// all, it makes no empty line.
    pub(super) fn take_unfinished(&mut self) -> Option<Bytes> {
        if self.unfinished.is_empty() {
            return None;
        }
        self.goes_on = true;
        Some(std::mem::take(&mut self.unfinished).into())
    }

    /// The line that has just ended, unless nothing is left of one given out before.
    fn end_line(&mut self) -> Option<Bytes> {
        let mut line = std::mem::take(&mut self.unfinished);
        let went_on = std::mem::take(&mut self.goes_on);
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        (!line.is_empty() || !went_on).then(|| line.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Cut {
        Cut::Line(Bytes::copy_from_slice(text.as_bytes()))
    }

    #[test]
    fn lines_are_the_same_however_the_stream_was_chopped() {
        let stream = b"one\r\ntwo\n\n\r\nth\rree\nrest";
        let wanted = [line("one"), line("two"), line(""), line(""), line("th\rree")];
        for size in 1..=stream.len() {
            let mut lines = Lines::default();
            let cuts: Vec<Cut> = stream.chunks(size).flat_map(|chunk| lines.push(chunk)).collect();
            assert_eq!(cuts, wanted, "in pieces of {size}");
            assert_eq!(lines.unfinished(), b"rest");
        }
    }

    #[test]
    fn a_line_without_end_comes_in_pieces_and_costs_no_more_than_one_of_them() {
        let mut lines = Lines::default();
        let mut given = 0;
        for chunk in vec![b'x'; 10_000_000].chunks(60_000) {
            for cut in lines.push(chunk) {
                assert!(matches!(&cut, Cut::Piece(piece) if piece.len() == LONGEST_LINE));
                given += LONGEST_LINE;
            }
            assert!(lines.unfinished.capacity() <= 2 * LONGEST_LINE);
        }
        assert_eq!(given + lines.unfinished().len(), 10_000_000);
    }

    #[test]
    fn a_line_of_just_the_longest_length_is_whole() {
        for (length, pieces) in [(LONGEST_LINE - 1, 1), (LONGEST_LINE, 1), (LONGEST_LINE + 1, 2)] {
            let cuts = Lines::default().push(&[vec![b'x'; length], b"\nnext\n".to_vec()].concat());
            assert_eq!(cuts.len(), pieces + 1, "{length}");
            assert_eq!(cuts.last(), Some(&line("next")));
        }
    }

    #[test]
    fn a_newline_after_a_line_was_taken_early_makes_no_empty_line() {
        let mut lines = Lines::default();
        assert_eq!(lines.push(b"early"), []);
        assert_eq!(lines.take_unfinished(), Some(Bytes::from_static(b"early")));
        assert_eq!(lines.take_unfinished(), None);
        assert_eq!(lines.push(b"\r\nb\n"), [line("b")]);
    }
}

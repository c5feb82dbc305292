//! The bytes of a message in the pieces in which they came: large ones shared, small ones put together.

use bytes::{Bytes, BytesMut};

/// A piece below this is copied: a shared piece costs some 40 bytes and keeps its whole frame alive.
const SMALL: usize = 1024;

/// Bytes that were once contiguous.
#[derive(Debug, Default)]
pub struct Pieces {
    whole: Vec<Bytes>,
    small: BytesMut,
    length: usize,
}

impl Pieces {
    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Adds a piece at the end.
    pub fn add(&mut self, piece: Bytes) {
        self.length += piece.len();
        if piece.len() < SMALL {
            self.small.extend_from_slice(&piece);
            return;
        }
        if !self.small.is_empty() {
            self.whole.push(self.small.split().freeze());
        }
        self.whole.push(piece);
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.whole.iter().map(AsRef::as_ref).chain([self.small.as_ref()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_back_what_was_added_in_order() {
        let mut pieces = Pieces::default();
        let mut all = Vec::new();
        for size in [1, 5, 2000, 3, 1024, 4000, 1023, 1] {
            let piece = Bytes::from(vec![size as u8; size]);
            all.extend_from_slice(&piece);
            pieces.add(piece);
        }
        assert_eq!(pieces.len(), all.len());
        assert_eq!(pieces.iter().collect::<Vec<_>>().concat(), all);
    }
}

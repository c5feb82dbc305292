//! What is converted: captures read from beginning to end, more than once.

use bytes::Bytes;

use crate::model::Trouble;
use crate::shell::source::{Source, Store};

use super::Failure;

/// Bytes read at a time.
const PIECE: usize = 256 * 1024;

/// One capture, or several that follow each other.
pub struct Input {
    /// What it is called, for people.
    pub name: String,
    /// What was not read yet.
    source: Option<Source>,
    parts: Vec<Part>,
    /// Why it ended before its end.
    trouble: Option<Trouble>,
    /// What of it is no capture, or not whole.
    damage: Option<String>,
}

/// A capture that can be read at any place.
pub struct Part {
    place: Place,
    length: u64,
}

enum Place {
    Disk(Store),
    Memory(Bytes),
}

/// What comes next of an input.
#[derive(Debug)]
pub enum Piece<'a> {
    /// Bytes.
    Bytes(&'a [u8]),
    /// No more may come for a while.
    Pause,
    /// One of its captures has ended.
    End,
}

impl Part {
    /// So many bytes of a file; of one that is shorter, all.
    pub fn of_store(store: Store, length: u64) -> Self {
        Self { place: Place::Disk(store), length }
    }

    /// These bytes.
    pub fn of_bytes(bytes: Bytes) -> Self {
        Self { length: bytes.len() as u64, place: Place::Memory(bytes) }
    }

    fn read(&self, offset: u64, piece: &mut [u8]) -> Result<usize, Trouble> {
        let left = usize::try_from(self.length.saturating_sub(offset)).unwrap_or(usize::MAX);
        let wanted = piece.len().min(left);
        match &self.place {
            Place::Disk(store) => store.read_at(offset, &mut piece[..wanted]),
            Place::Memory(bytes) => {
                let start = offset as usize;
                piece[..wanted].copy_from_slice(&bytes[start..start + wanted]);
                Ok(wanted)
            }
        }
    }
}

impl Input {
    /// What was opened.
    pub fn of_source(source: Source) -> Self {
        Self { name: source.name().to_owned(), source: Some(source), parts: Vec::new(), trouble: None, damage: None }
    }

    /// These, one after another.
    pub fn of_parts(name: impl Into<String>, parts: Vec<Part>) -> Self {
        Self { name: name.into(), source: None, parts, trouble: None, damage: None }
    }

    /// Reads all of it. What was read before something went wrong is good; that is told by [`Input::trouble`].
    ///
    /// # Errors
    /// Those of `take`.
    pub fn pass(&mut self, take: &mut dyn FnMut(Piece<'_>) -> Result<(), Failure>) -> Result<(), Failure> {
        let mut piece = vec![0; PIECE];
        if let Some(mut source) = self.source.take() {
            let mut length = 0;
            loop {
                match source.read(&mut piece) {
                    Ok(0) => break,
                    Ok(read) => {
                        length += read as u64;
                        take(Piece::Bytes(&piece[..read]))?;
                    }
                    Err(trouble) => {
                        self.trouble = Some(trouble);
                        break;
                    }
                }
                // A stream may be silent for long: what it has said is told.
                if source.progress().total.is_none() {
                    take(Piece::Pause)?;
                }
            }
            self.parts.push(Part::of_store(source.store(), length));
            return take(Piece::End);
        }
        for part in &self.parts {
            let mut offset = 0;
            loop {
                match part.read(offset, &mut piece) {
                    Ok(0) => break,
                    Ok(read) => {
                        offset += read as u64;
                        take(Piece::Bytes(&piece[..read]))?;
                    }
                    Err(trouble) => {
                        self.trouble.get_or_insert(trouble);
                        break;
                    }
                }
            }
            take(Piece::End)?;
        }
        Ok(())
    }

    /// Why it ended before its end.
    pub fn trouble(&self) -> Option<&Trouble> {
        self.trouble.as_ref()
    }

    /// What of its bytes cannot be read, though they are all there, in words.
    pub fn damage(&self) -> Option<&str> {
        self.damage.as_deref()
    }

    pub(super) fn note_damage(&mut self, words: Option<String>) {
        self.damage = words.or(self.damage.take());
    }
}

//! Captures that were packed: gzip is unpacked as it comes, other ways are told by name.

use std::io::{self, Read};

use flate2::read::MultiGzDecoder;

use super::Progress;
use super::input::Input;
use crate::model::Trouble;
use crate::shell::files::from_io;

/// What packed files begin with.
const MAGIC: [(&[u8], Packing); 6] = [
    (b"\x1f\x8b", Packing::Gzip),
    (b"\x28\xb5\x2f\xfd", Packing::Foreign("zstd")),
    (b"\xfd7zXZ\x00", Packing::Foreign("xz")),
    (b"\x04\x22\x4d\x18", Packing::Foreign("lz4")),
    (b"BZh", Packing::Foreign("bzip2")),
    (b"\x1f\x9d", Packing::Foreign("gzip")),
];

/// The most bytes unpacked at a time. Where data is damaged, as much may be lost before the damage.
const AT_A_TIME: usize = 64 * 1024;

/// How bytes are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// They are not.
    None,
    /// As RFC 1952 says, in one member or more.
    Gzip,
    /// In another way, which that program unpacks.
    Foreign(&'static str),
}

impl Packing {
    /// Looks at how it begins; a name says nothing. Waits for the first bytes.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn of(input: &mut Input) -> io::Result<Self> {
        let longest = MAGIC.iter().map(|(magic, _)| magic.len()).max().unwrap_or(0);
        let begins = input.begins(longest)?;
        let found = MAGIC.iter().find(|(magic, _)| begins.starts_with(magic));
        Ok(found.map_or(Packing::None, |(_, packing)| *packing))
    }
}

/// Unpacks gzip.
#[derive(Debug)]
pub struct Unpacker(MultiGzDecoder<Input>);

impl Unpacker {
    /// Of that input, from its first byte.
    pub fn new(input: Input) -> Self {
        Self(MultiGzDecoder::new(input))
    }

    /// How far reading what is packed has come.
    pub fn progress(&self) -> Progress {
        self.0.get_ref().progress()
    }

    /// The next unpacked bytes; 0 at the end.
    ///
    /// # Errors
    /// It cannot be read, it is cut short or damaged.
    pub fn read(&mut self, piece: &mut [u8], name: &str) -> Result<usize, Trouble> {
        let length = piece.len().min(AT_A_TIME);
        let error = match self.0.read(&mut piece[..length]) {
            Ok(length) => return Ok(length),
            Err(error) => error,
        };
        // Its bytes ended where somebody said stop, so nothing is amiss.
        if self.0.get_ref().was_stopped() {
            return Ok(0);
        }
        let why = if error.kind() == io::ErrorKind::UnexpectedEof {
            "it is cut short"
        } else if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData) {
            "it is damaged"
        } else {
            return Err(from_io("read", name.as_ref(), &error));
        };
        Err(Trouble::new("unpack", name, why, "what came before is shown"))
    }
}

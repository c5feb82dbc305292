//! The bytes of a capture again, at any place: the file itself, or a spool.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::model::Trouble;
use crate::shell::files::{self, from_io};

/// Reads bytes of a capture again. Any thread may, while it is still growing.
#[derive(Debug, Clone)]
pub struct Store {
    file: Arc<File>,
    name: Arc<str>,
}

impl Store {
    /// Of that file; the name is told in troubles.
    pub(super) fn new(file: Arc<File>, name: &str) -> Self {
        Self { file, name: name.into() }
    }

    /// Reads from that place on until `into` is full, or to the end of what there is; says how many bytes.
    ///
    /// # Errors
    /// The disk fails.
    pub fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize, Trouble> {
        let mut filled = 0;
        while filled < into.len() {
            match self.file.read_at(&mut into[filled..], offset + filled as u64) {
                Ok(0) => break,
                Ok(length) => filled += length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(from_io("read again", Path::new(&*self.name), &error)),
            }
        }
        Ok(filled)
    }
}

/// What is read from a stream, kept in a private file without a name: it is gone when nobody uses it any more.
#[derive(Debug)]
pub struct Spool {
    file: Arc<File>,
    folder: PathBuf,
    length: u64,
}

impl Spool {
    /// An empty one, beside what the program remembers, or among the system's temporary files where that has no place.
    ///
    /// # Errors
    /// There is no room for it.
    pub fn create() -> Result<Self, Trouble> {
        let temporary = std::env::temp_dir();
        let own = files::state_folder().and_then(|folder| Self::create_in(folder).ok());
        own.map_or_else(|| Self::create_in(temporary), Ok)
    }

    fn create_in(folder: PathBuf) -> Result<Self, Trouble> {
        let created = files::make_room_for(&folder.join("spool")).and_then(|()| files::create(&folder, "spool"));
        let unnamed = created.and_then(|(file, path)| std::fs::remove_file(path).map(|()| file));
        let file = Arc::new(unnamed.map_err(|error| from_io("keep the capture in", &folder, &error))?);
        Ok(Self { file, folder, length: 0 })
    }

    /// The file.
    pub fn file(&self) -> Arc<File> {
        self.file.clone()
    }

    /// Keeps the next bytes.
    ///
    /// # Errors
    /// The disk is full; what was kept before stays.
    pub fn keep(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        let kept = self.file.write_all_at(bytes, self.length);
        kept.map_err(|error| from_io("keep the capture in", &self.folder, &error))?;
        self.length += bytes.len() as u64;
        Ok(())
    }
}

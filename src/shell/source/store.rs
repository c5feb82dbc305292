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
    /// Of the file at that path.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn of_file(path: &Path) -> Result<Self, Trouble> {
        let file = File::open(path).map_err(|error| from_io("read again", path, &error))?;
        Ok(Self::new(Arc::new(file), &path.display().to_string()))
    }

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

/// What a spool is for, as troubles say it.
const KEEP: &str = "keep the capture in";

/// What is read from a stream, kept in a private file without a name: it is gone when nobody uses it any more.
#[derive(Debug)]
pub struct Spool {
    file: Arc<File>,
    folder: PathBuf,
    length: u64,
}

impl Spool {
    /// An empty one in that folder.
    ///
    /// # Errors
    /// There is no room for it.
    pub fn create(folder: &Path) -> Result<Self, Trouble> {
        let created = files::make_room_for(&folder.join("spool")).and_then(|()| files::create(folder, "spool"));
        let unnamed = created.and_then(|(file, path)| std::fs::remove_file(path).map(|()| file));
        Ok(Self::of(unnamed.map_err(|error| from_io(KEEP, folder, &error))?, folder))
    }

    fn of(file: File, folder: &Path) -> Self {
        Self { file: Arc::new(file), folder: folder.to_owned(), length: 0 }
    }

    /// An empty one beside what the program remembers, or among the system's temporary files where that has no place.
    ///
    /// # Errors
    /// There is no room for it.
    pub fn create_anywhere() -> Result<Self, Trouble> {
        let own = files::state_folder().and_then(|folder| Self::create(&folder).ok());
        own.map_or_else(|| Self::create(&std::env::temp_dir()), Ok)
    }

    /// The file.
    pub fn file(&self) -> Arc<File> {
        self.file.clone()
    }

    /// How much is kept.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Keeps the next bytes.
    ///
    /// # Errors
    /// The disk is full; what was kept before stays.
    pub fn keep(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        let kept = self.file.write_all_at(bytes, self.length);
        kept.map_err(|error| from_io(KEEP, &self.folder, &error))?;
        self.length += bytes.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn a_spool_is_private_and_has_no_name() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("state");
        let spool = Spool::create(&folder).unwrap();
        let about = spool.file().metadata().unwrap();
        assert_eq!((about.mode() & 0o777, about.nlink()), (0o600, 0));
        assert_eq!(std::fs::metadata(&folder).unwrap().mode() & 0o777, 0o700);
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    }

    #[test]
    fn what_is_kept_is_read_again_at_any_place_while_it_grows() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::create(folder.path()).unwrap();
        let store = Store::new(spool.file(), "a stream");
        let mut bytes = [0; 4];
        assert_eq!(store.read_at(0, &mut bytes).unwrap(), 0);
        spool.keep(b"abc").unwrap();
        assert_eq!((store.read_at(1, &mut bytes).unwrap(), &bytes[..2]), (2, &b"bc"[..]));
        spool.keep(b"defg").unwrap();
        assert_eq!((store.clone().read_at(2, &mut bytes).unwrap(), &bytes), (4, b"cdef"));
        assert_eq!(store.read_at(100, &mut bytes).unwrap(), 0);
    }

    #[test]
    fn a_full_disk_is_told() {
        let full = File::options().read(true).write(true).open("/dev/full").unwrap();
        let trouble = Spool::of(full, Path::new("/state")).keep(b"abc").unwrap_err();
        assert_eq!(
            trouble.to_string(),
            "keep the capture in /state: the disk is full; make room, or choose another place"
        );
    }
}

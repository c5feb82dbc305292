//! Where captures come from: provisional.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::files::from_io;
use crate::model::Trouble;

/// What is to be opened.
#[derive(Debug, Clone)]
pub enum Asked {
    /// A file.
    Path(PathBuf),
}

/// A capture's bytes.
pub struct Source {
    file: Arc<File>,
    name: Arc<Path>,
    total: Option<u64>,
    read: u64,
}

/// Opens it.
///
/// # Errors
/// It cannot be read.
pub fn open(asked: &Asked) -> Result<Source, Trouble> {
    let Asked::Path(path) = asked;
    let file = File::open(path).map_err(|error| from_io("open", path, &error))?;
    let total = file.metadata().ok().map(|metadata| metadata.len());
    Ok(Source { file: Arc::new(file), name: path.as_path().into(), total, read: 0 })
}

impl Source {
    /// How far it has been read, and how much there is.
    pub fn progress(&self) -> (u64, Option<u64>) {
        (self.read, self.total)
    }

    /// Where its bytes can be read again.
    pub fn store(&self) -> Store {
        Store { file: self.file.clone(), name: self.name.clone() }
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = (&*self.file).read(buffer)?;
        self.read += length as u64;
        Ok(length)
    }
}

/// Bytes that can be read again.
#[derive(Debug, Clone)]
pub struct Store {
    file: Arc<File>,
    name: Arc<Path>,
}

impl Store {
    /// A file.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn of_file(path: &Arc<Path>) -> Result<Self, Trouble> {
        let file = File::open(path).map_err(|error| from_io("read", path, &error))?;
        Ok(Self { file: Arc::new(file), name: path.clone() })
    }

    /// What it is called.
    pub fn name(&self) -> String {
        self.name.display().to_string()
    }

    /// Reads as many bytes as there are from that offset on.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, Trouble> {
        let mut read = 0;
        while read < buffer.len() {
            match self.file.read_at(&mut buffer[read..], offset + read as u64) {
                Ok(0) => break,
                Ok(length) => read += length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(from_io("read", &self.name, &error)),
            }
        }
        Ok(read)
    }
}

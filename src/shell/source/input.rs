//! A file or stream read as it grows, until it ends or somebody says stop.

use std::fs::File;
use std::io::{self, PipeReader, Read, Seek};
use std::os::fd::AsFd;
use std::sync::Arc;

use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;

use super::Progress;

/// What is being read.
#[derive(Debug)]
pub struct Input {
    file: Arc<File>,
    /// Bytes looked at before it was known how to read them, and how many of them were read since.
    begins: Vec<u8>,
    taken: usize,
    /// Where a file on a disk stood when it was handed over.
    start: u64,
    read: u64,
    total: Option<u64>,
    stopped: PipeReader,
    was_stopped: bool,
}

impl Input {
    /// `total` is the length of what lies on a disk.
    ///
    /// # Errors
    /// The system does not say where it stands.
    pub fn new(file: File, total: Option<u64>, stopped: PipeReader) -> io::Result<Self> {
        let start = if total.is_some() { (&file).stream_position()? } else { 0 };
        let file = Arc::new(file);
        Ok(Self { file, begins: Vec::new(), taken: 0, start, read: 0, total, stopped, was_stopped: false })
    }

    /// The file itself.
    pub fn file(&self) -> Arc<File> {
        self.file.clone()
    }

    /// Whether somebody read its beginning before.
    pub fn begins_later(&self) -> bool {
        self.start > 0
    }

    /// How far reading has come.
    pub fn progress(&self) -> Progress {
        Progress { read: self.read, total: self.total.map(|total| total.saturating_sub(self.start)) }
    }

    /// Whether it ended because somebody said stop.
    pub fn was_stopped(&self) -> bool {
        self.was_stopped
    }

    /// The first bytes, up to so many, which are read again afterwards. Waits until they are there.
    ///
    /// # Errors
    /// As for reading.
    pub fn begins(&mut self, count: usize) -> io::Result<&[u8]> {
        let mut piece = vec![0; count];
        while self.begins.len() < count {
            let length = self.fresh(&mut piece[self.begins.len()..])?;
            if length == 0 {
                break;
            }
            self.begins.extend_from_slice(&piece[self.begins.len()..][..length]);
        }
        Ok(&self.begins)
    }

    /// Bytes that nobody looked at.
    fn fresh(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        while wait(&self.file, &self.stopped)? == Woke::Ready {
            match (&*self.file).read(piece) {
                Err(error) if is_passing(&error) => {}
                Ok(length) => {
                    self.read += length as u64;
                    return Ok(length);
                }
                Err(error) => return Err(error),
            }
        }
        self.was_stopped = true;
        Ok(0)
    }
}

impl Read for Input {
    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        let rest = &self.begins[self.taken..];
        if rest.is_empty() {
            return self.fresh(piece);
        }
        let length = rest.len().min(piece.len());
        piece[..length].copy_from_slice(&rest[..length]);
        self.taken += length;
        Ok(length)
    }
}

fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock)
}

/// Why waiting is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Woke {
    /// There are bytes, or there will never be any more.
    Ready,
    /// Somebody said stop.
    Stopped,
}

/// Waits until something can be read, or nothing will be.
///
/// # Errors
/// The system has no memory for it.
pub fn wait(readable: &impl AsFd, stopped: &PipeReader) -> io::Result<Woke> {
    loop {
        let mut polled = [PollFd::new(stopped, PollFlags::IN), PollFd::new(readable, PollFlags::IN)];
        match rustix::event::poll(&mut polled, None) {
            Ok(_) if !polled[0].revents().is_empty() => return Ok(Woke::Stopped),
            Ok(_) => return Ok(Woke::Ready),
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

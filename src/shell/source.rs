//! Where a capture comes from: its bytes in order, and a way to read them again later.
//!
//! | file     | what it is                                                                |
//! |----------|---------------------------------------------------------------------------|
//! | `asked`  | what a word of the command line means: a file, `-`, an interface          |
//! | `input`  | a file or stream, read as it grows, until it ends or somebody says stop   |
//! | `packed` | gzip unpacked; other ways of packing told by name                         |
//! | `live`   | packets of an interface as pcapng                                         |
//! | `store`  | the bytes again, at any place                                             |
//!
//! A plain file is read where it lies. All else is spooled: kept, while it is read, in a private file that has no name
//! and goes with the program, whatever ends it.

mod asked;
mod input;
mod live;
mod packed;
mod store;

use std::fs::File;
use std::io::{self, IsTerminal, PipeReader, PipeWriter, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

pub use self::asked::Asked;
pub use self::store::Store;

use self::input::Input;
use self::live::Live;
use self::packed::{Packing, Unpacker};
use self::store::Spool;
use super::files::from_io;
use crate::model::Trouble;

/// How a stream is told to the user.
const STANDARD_INPUT: &str = "standard input";

/// A capture that is being read.
#[derive(Debug)]
pub struct Source {
    name: String,
    bytes: Bytes,
    store: Store,
    /// Where what is read is kept; none of a plain file, and of an interface, which keeps it itself.
    spool: Option<Spool>,
    stop: Stop,
}

/// How far reading has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read of the file or stream as it is, so of a packed one packed bytes.
    pub read: u64,
    /// How many there are; nobody knows that of a stream or an interface.
    pub total: Option<u64>,
}

/// Ends the reading of a source from another thread, also one that waits for bytes.
#[derive(Debug, Clone)]
pub struct Stop(Arc<PipeWriter>);

impl Stop {
    /// Says so. What was read by then stays.
    pub fn now(&self) {
        // It fails only when nobody reads any more.
        let _ = (&*self.0).write_all(b".");
    }
}

/// Where bytes come from.
#[derive(Debug)]
enum Bytes {
    /// A stream of which the first bytes have not come.
    Unknown(Input),
    Plain(Input),
    Packed(Box<Unpacker>),
    Live(Live),
    /// The last byte was read, or something went wrong.
    Over(Progress),
}

/// Opens what was asked for. Nothing waits here: not for a writer of a pipe, and not for the first bytes.
///
/// # Errors
/// It cannot be opened or captured from, it is packed in a way that is not read, or there is no room for a spool.
pub fn open(asked: &Asked) -> Result<Source, Trouble> {
    open_with(asked, Spool::create_anywhere)
}

/// Opens with spools in that folder.
///
/// # Errors
/// As for [`open`].
pub fn open_in(asked: &Asked, folder: &Path) -> Result<Source, Trouble> {
    open_with(asked, || Spool::create(folder))
}

fn open_with(asked: &Asked, spool: impl FnOnce() -> Result<Spool, Trouble>) -> Result<Source, Trouble> {
    let (stopped, stop) = io::pipe().map_err(|error| Trouble::new("open", asked, error, ""))?;
    let stop = Stop(Arc::new(stop));
    match asked {
        Asked::Path(path) => Source::of(file(path)?, asked, stopped, stop, spool),
        Asked::StandardInput => Source::of(standard_input()?, asked, stopped, stop, spool),
        Asked::Interface(name) => {
            let live = Live::start(name, stopped, stop.clone(), spool()?)?;
            Ok(Source { name: name.clone(), store: live.store(), bytes: Bytes::Live(live), spool: None, stop })
        }
    }
}

fn file(path: &Path) -> Result<File, Trouble> {
    /// Whoever opens a pipe for reading waits for a writer, unless told not to (O_NONBLOCK).
    const DO_NOT_WAIT: i32 = rustix::fs::OFlags::NONBLOCK.bits() as i32;
    let failed = |error: &io::Error| from_io("read", path, error);
    let kind = std::fs::metadata(path).map_err(|error| failed(&error))?.file_type();
    let refused = if kind.is_dir() {
        Some(("it is a folder", "name a capture in it"))
    } else if kind.is_file() || kind.is_fifo() {
        None
    } else {
        Some(("it is neither a file nor a pipe", ""))
    };
    if let Some((why, remedy)) = refused {
        return Err(Trouble::new("read", path.display(), why, remedy));
    }
    File::options().read(true).custom_flags(DO_NOT_WAIT).open(path).map_err(|error| failed(&error))
}

fn standard_input() -> Result<File, Trouble> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        let (why, remedy) = ("it is the terminal", "pipe a capture in, as in `tcpdump -U -w - | wirelab open -`");
        return Err(Trouble::new("read", STANDARD_INPUT, why, remedy));
    }
    let own = stdin.as_fd().try_clone_to_owned();
    own.map(File::from).map_err(|error| Trouble::new("read", STANDARD_INPUT, error, ""))
}

impl Source {
    /// A file or stream. What lies on a disk and is plain is read in place.
    fn of(
        file: File,
        asked: &Asked,
        stopped: PipeReader,
        stop: Stop,
        spool: impl FnOnce() -> Result<Spool, Trouble>,
    ) -> Result<Self, Trouble> {
        let name = asked.to_string();
        let failed = |error: &io::Error| from_io("read", Path::new(&name), error);
        let about = file.metadata().map_err(|error| failed(&error))?;
        let total = about.is_file().then_some(about.len());
        let mut input = Input::new(file, total, stopped).map_err(|error| failed(&error))?;
        if total.is_none() || input.begins_later() {
            return Ok(Self::spooled(asked, Bytes::Unknown(input), stop, spool()?));
        }
        match Packing::of(&mut input).map_err(|error| failed(&error))? {
            Packing::None => {
                let store = Store::new(input.file(), &name);
                Ok(Self { name, bytes: Bytes::Plain(input), store, spool: None, stop })
            }
            packing @ (Packing::Gzip | Packing::Foreign(_)) => {
                Ok(Self::spooled(asked, Bytes::packed(packing, input, &name)?, stop, spool()?))
            }
        }
    }

    fn spooled(asked: &Asked, bytes: Bytes, stop: Stop, spool: Spool) -> Self {
        let name = asked.to_string();
        let store = Store::new(spool.file(), &name);
        Self { name, bytes, store, spool: Some(spool), stop }
    }

    /// Its name, as the user knows it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What ends it from another thread.
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// The bytes read so far, to be read again at any place, by any thread; of a plain file those not read yet too.
    pub fn store(&self) -> Store {
        self.store.clone()
    }

    /// How far reading has come.
    pub fn progress(&self) -> Progress {
        match &self.bytes {
            Bytes::Unknown(input) | Bytes::Plain(input) => input.progress(),
            Bytes::Packed(unpacker) => unpacker.progress(),
            Bytes::Live(live) => Progress { read: live.read_so_far(), total: None },
            Bytes::Over(progress) => *progress,
        }
    }

    /// The next bytes of the capture, as soon as there are some; 0 at its end, and after a trouble. All that was read
    /// before a trouble stays good.
    ///
    /// # Errors
    /// What is packed is cut short or damaged, the interface or the disk is gone, or there is no more room for a spool.
    pub fn read(&mut self, piece: &mut [u8]) -> Result<usize, Trouble> {
        let read = self.next(piece).and_then(|length| match &mut self.spool {
            Some(spool) => spool.keep(&piece[..length]).map(|()| length),
            None => Ok(length),
        });
        if !matches!(read, Ok(1..)) {
            self.bytes = Bytes::Over(self.progress());
        }
        read
    }

    fn next(&mut self, piece: &mut [u8]) -> Result<usize, Trouble> {
        let progress = self.progress();
        if matches!(self.bytes, Bytes::Unknown(_))
            && let Bytes::Unknown(mut input) = std::mem::replace(&mut self.bytes, Bytes::Over(progress))
        {
            let packing = Packing::of(&mut input).map_err(|error| from_io("read", Path::new(&self.name), &error))?;
            self.bytes = Bytes::packed(packing, input, &self.name)?;
        }
        match &mut self.bytes {
            Bytes::Unknown(input) | Bytes::Plain(input) => {
                input.read(piece).map_err(|error| from_io("read", Path::new(&self.name), &error))
            }
            Bytes::Packed(unpacker) => unpacker.read(piece, &self.name),
            Bytes::Live(live) => live.read(piece),
            Bytes::Over(_) => Ok(0),
        }
    }
}

impl Bytes {
    /// # Errors
    /// It is packed in a way that is not read.
    fn packed(packing: Packing, input: Input, name: &str) -> Result<Self, Trouble> {
        match packing {
            Packing::None => Ok(Bytes::Plain(input)),
            Packing::Gzip => Ok(Bytes::Packed(Box::new(Unpacker::new(input)))),
            Packing::Foreign(program) => {
                let remedy = format!("unpack it on the way: `{program} -dc FILE | wirelab open -`");
                Err(Trouble::new("read", name, format!("it is packed with {program}"), remedy))
            }
        }
    }
}

#[cfg(test)]
mod tests;

//! Recordings on the disk: their folder, the parts of the one that is written, and what earlier runs left behind.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::Local;
use etcetera::BaseStrategy;

use super::files::{self, PRIVATE, from_io};
use crate::app::recording::{Keeping, Leftover};
use crate::capture::{Indexer, Seen};
use crate::model::{FrameKind, Trouble};

/// Parts of a recording that has a limit. The oldest goes when there is no room for another, so that much of what is
/// kept may be missing.
pub const PARTS: u64 = 8;

/// The least a part holds: a file for less is more trouble than it is worth.
pub const LEAST_PART: u64 = 1024 * 1024;

/// The end of a recording's name.
const EXTENSION: &str = "pcapng";

/// How the moment it was begun is told in a temporary recording's name.
const MOMENT: &str = "%Y-%m-%dT%H-%M-%S";

/// Letters of such a moment.
const MOMENT_LENGTH: usize = 19;

/// Bytes read of a leftover to see whether it holds data: before the first there are only steps of servers.
const LOOKED_AT: u64 = 4 * 1024 * 1024;

/// Leftovers told at most; more could not be looked through.
const LEFTOVERS_MOST: usize = 100;

/// The state folder's place for recordings.
pub fn folder() -> Option<PathBuf> {
    let home = etcetera::choose_base_strategy().ok()?;
    let state = home.state_dir().unwrap_or_else(|| home.data_dir());
    Some(state.join("wirelab").join("recordings"))
}

/// Where the parts of a recording go.
#[derive(Debug, Clone)]
pub struct Store {
    /// The first part's path.
    first: PathBuf,
    /// What becomes of it at the end.
    pub keeping: Keeping,
    /// The most bytes that are kept.
    pub limit: Option<u64>,
}

impl Store {
    /// A temporary recording in that folder, with the moment and this process in its name.
    pub fn temporary(folder: &Path, limit: u64) -> Self {
        let run = format!("{}-{}", Local::now().format(MOMENT), std::process::id());
        let mut names = (1..).map(|time| if time == 1 { run.clone() } else { format!("{run}-{time}") });
        let free = names.find_map(|name| {
            let path = folder.join(format!("{name}.{EXTENSION}"));
            (!files::is_there(&path)).then_some(path)
        });
        Self { first: free.unwrap_or_default(), keeping: Keeping::Temporary, limit: Some(limit) }
    }

    /// A recording that the user named.
    pub fn named(path: PathBuf, limit: Option<u64>) -> Self {
        Self { first: path, keeping: Keeping::Named, limit }
    }

    /// How long a part becomes; None when there is one only.
    pub fn part_length(&self) -> Option<u64> {
        self.limit.map(|limit| (limit / PARTS).max(LEAST_PART))
    }

    /// The path of a part: `lab.pcapng`, `lab.2.pcapng`, `lab.3.pcapng`.
    pub fn path(&self, part: u64) -> PathBuf {
        if part == 1 {
            return self.first.clone();
        }
        let stem = self.first.file_stem().unwrap_or_default().to_string_lossy();
        let extension = self.first.extension().map_or(EXTENSION.into(), |extension| extension.to_string_lossy());
        self.first.with_file_name(format!("{stem}.{part}.{extension}"))
    }

    /// Makes the file of a part, for its owner alone. A temporary one is locked for as long as it is open.
    ///
    /// # Errors
    /// There is such a file, or the folder is not there or not writable.
    pub fn create(&self, part: u64) -> Result<Part, Trouble> {
        let path = self.path(part);
        let trouble = |error: &io::Error| from_io("record to", &path, error);
        let file = match self.keeping {
            Keeping::Temporary => create_locked(&path).map_err(|error| {
                let remedy = ":record FILE records to a file of yours; the traffic goes on";
                Trouble { remedy: remedy.into(), ..trouble(&error) }
            })?,
            Keeping::Named => create_named(&path)?,
        };
        Ok(Part { path: path.into(), file, first: self.first.clone(), keeping: self.keeping, length: 0 })
    }

    /// Whether a part counts toward the limit: all that is temporary does so together.
    fn counts(&self, part: &Part) -> bool {
        match self.keeping {
            Keeping::Temporary => part.keeping == Keeping::Temporary,
            Keeping::Named => part.first == self.first,
        }
    }
}

/// Says why nothing can be recorded to a file that the user named, as far as can be seen without making it.
///
/// # Errors
/// There is such a file, or one in which it would go on; or there is no such folder.
pub fn check_named(path: &Path, limit: Option<u64>) -> Result<(), Trouble> {
    let refused = |path: &Path, why: &str, remedy: &str| Err(Trouble::new("record to", path.display(), why, remedy));
    match std::fs::metadata(path) {
        Ok(there) if there.is_dir() => return refused(path, "it is a folder", "add a name"),
        Ok(there) if there.is_file() => {
            return refused(path, "there is such a file already", "name another, or remove it first");
        }
        // A device or a pipe takes what comes.
        Ok(_) => return Ok(()),
        Err(_) => {}
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries = std::fs::read_dir(folder).map_err(|error| from_io("record to", path, &error))?;
    let stem = format!("{}.", path.file_stem().unwrap_or_default().to_string_lossy());
    let is_part = |name: &str| {
        let number = name.strip_prefix(&stem).and_then(|rest| rest.split('.').next());
        number.is_some_and(|number| number.parse::<u64>().is_ok())
    };
    let mut names =
        entries.flatten().filter(|_| limit.is_some()).filter_map(|entry| entry.file_name().into_string().ok());
    match names.find(|name| is_part(name)) {
        Some(part) => {
            refused(&folder.join(part), "it is a part of an older recording", "name another, or remove it first")
        }
        None => Ok(()),
    }
}

/// A temporary file gets its name once it is locked: who finds one that is not locked takes it for a leftover.
fn create_locked(path: &Path) -> io::Result<File> {
    files::make_room_for(path)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let (file, hidden) = files::create(folder, ".recording")?;
    let named = file.lock().and_then(|()| std::fs::rename(&hidden, path));
    named.inspect_err(|_| drop(std::fs::remove_file(&hidden)))?;
    Ok(file)
}

/// A file that the user named is never one that is there; a device or a pipe may be.
fn create_named(path: &Path) -> Result<File, Trouble> {
    check_named(path, None)?;
    let is_there = files::is_there(path);
    let made = OpenOptions::new().write(true).create_new(!is_there).mode(PRIVATE).open(path);
    made.map_err(|error| from_io("record to", path, &error))
}

/// A file of the recording.
#[derive(Debug)]
pub struct Part {
    /// Its path.
    pub path: Arc<Path>,
    file: File,
    /// The path of the recording's first part.
    first: PathBuf,
    keeping: Keeping,
    /// How many bytes are written: whole blocks.
    pub length: u64,
}

impl Part {
    /// Writes whole blocks at the end. What is written of them in part when that fails is cut off again.
    ///
    /// # Errors
    /// The disk is full or gone, or somebody has removed the file.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        let written = self.file.write_all(bytes);
        if let Err(error) = written {
            let _ = self.file.set_len(self.length);
            return Err(match from_io("record to", &self.path, &error) {
                trouble if error.kind() == io::ErrorKind::StorageFull => {
                    let remedy = "make room; then :record start goes on in a new file. The traffic goes on";
                    Trouble { remedy: remedy.into(), ..trouble }
                }
                trouble => trouble,
            });
        }
        self.length += bytes.len() as u64;
        let is_gone = self.file.metadata().is_ok_and(|there| there.is_file() && there.nlink() == 0);
        if is_gone {
            let remedy = ":record start begins another. The traffic goes on";
            return Err(Trouble::new("record to", self.path.display(), "somebody has removed the file", remedy));
        }
        Ok(())
    }
}

/// The parts of all that was recorded in this run, the oldest first; the recorder's thread and the session share it.
#[derive(Debug, Clone, Default)]
pub struct Shelf(Arc<Mutex<Vec<Part>>>);

impl Shelf {
    /// The parts.
    pub fn parts(&self) -> MutexGuard<'_, Vec<Part>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes the oldest parts until another fits into the limit. Gives what is gone.
    pub fn make_room(&self, store: &Store) -> Vec<Arc<Path>> {
        let (Some(limit), Some(next)) = (store.limit, store.part_length()) else { return Vec::new() };
        let mut parts = self.parts();
        let mut length: u64 = parts.iter().filter(|part| store.counts(part)).map(|part| part.length).sum();
        let mut removed = Vec::new();
        parts.retain(|part| {
            let stays = !store.counts(part) || length + next <= limit;
            if !stays {
                length -= part.length;
                let _ = std::fs::remove_file(&part.path);
                removed.push(part.path.clone());
            }
            stays
        });
        removed
    }

    /// Removes all that is temporary.
    pub fn remove_temporary(&self) {
        self.parts().retain(|part| {
            if part.keeping == Keeping::Temporary {
                let _ = std::fs::remove_file(&part.path);
            }
            part.keeping != Keeping::Temporary
        });
    }

    /// Copies all of it to a new file, or in the place of an old one: sections one after another are a recording.
    ///
    /// # Errors
    /// One of them is gone, or the disk is full.
    pub fn save(&self, to: &Path) -> Result<PathBuf, Trouble> {
        let mut sources = Vec::new();
        for part in self.parts().iter() {
            let file = File::open(&part.path).map_err(|error| from_io("read", &part.path, &error))?;
            sources.push(file.take(part.length));
        }
        files::save_with(to, |out| sources.iter_mut().try_for_each(|source| io::copy(source, out).map(drop)))
    }
}

/// What runs that ended badly have left in that folder. Those without data are removed.
pub fn leftovers(folder: &Path) -> Vec<Leftover> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<Found> = entries.flatten().filter_map(|entry| Found::at(entry.path())).collect();
    found.sort();
    let mut leftovers = Vec::new();
    for run in found.chunk_by(|one, other| one.run == other.run) {
        // Each stays locked until all of the run are seen to be free, so that only one program offers them.
        let Some(locked) = run.iter().map(|found| lock(&found.path)).collect::<Option<Vec<File>>>() else { continue };
        let files = run.iter().map(|found| found.path.clone());
        if locked.iter().any(holds_data) {
            let bytes = locked.iter().filter_map(|file| file.metadata().ok()).map(|there| there.len()).sum();
            leftovers.push(Leftover { files: files.collect(), began: began(&run[0].run), bytes });
        } else {
            files.for_each(|path| drop(std::fs::remove_file(path)));
        }
    }
    // The newest first.
    leftovers.reverse();
    leftovers.truncate(LEFTOVERS_MOST);
    leftovers
}

/// A temporary recording's file.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    run: String,
    part: u64,
    path: PathBuf,
}

impl Found {
    fn at(path: PathBuf) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        let stem = name.strip_suffix(EXTENSION)?.strip_suffix('.')?;
        if stem.starts_with('.') {
            return None;
        }
        let (run, part) = stem.split_once('.').unwrap_or((stem, "1"));
        let (run, part) = (run.to_owned(), part.parse().ok()?);
        Some(Self { run, part, path })
    }
}

/// The file, unless a program that runs has it.
fn lock(path: &Path) -> Option<File> {
    let file = File::open(path).ok()?;
    file.try_lock().ok()?;
    Some(file)
}

/// Whether there is a frame with data near the beginning, or so much else that it is worth a look.
fn holds_data(file: &File) -> bool {
    let mut bytes = Vec::new();
    if file.take(LOOKED_AT).read_to_end(&mut bytes).is_err() {
        return true;
    }
    let mut holds = bytes.len() as u64 == LOOKED_AT;
    Indexer::new().push(&bytes, &mut |seen| {
        holds |= matches!(seen, Seen::Frame(frame) if matches!(frame.kind, FrameKind::Data { .. }));
    });
    holds
}

/// When a run began, as its files' name tells: `2026-11-22 21:05:31`.
fn began(run: &str) -> String {
    let moment = run.get(..MOMENT_LENGTH).unwrap_or(run);
    match moment.split_once('T') {
        Some((day, time)) => format!("{day} {}", time.replace('-', ":")),
        None => moment.to_owned(),
    }
}

/// Copies what an earlier run left to a file of the user's, and then removes it.
///
/// # Errors
/// It is gone, or the disk is full; then it stays.
pub fn save_leftover(leftover: &Leftover, to: &Path) -> Result<PathBuf, Trouble> {
    let open = |path: &PathBuf| File::open(path).map_err(|error| from_io("read", path, &error));
    let mut sources = leftover.files.iter().map(open).collect::<Result<Vec<File>, Trouble>>()?;
    let saved = files::save_with(to, |out| sources.iter_mut().try_for_each(|source| io::copy(source, out).map(drop)))?;
    remove(leftover);
    Ok(saved)
}

/// Removes what an earlier run left.
pub fn remove(leftover: &Leftover) {
    for path in &leftover.files {
        let _ = std::fs::remove_file(path);
    }
}

#[cfg(test)]
mod tests;

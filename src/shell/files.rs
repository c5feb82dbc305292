//! Files read and written for the app: whole, bounded, and never half written.

use std::collections::BTreeSet;
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use etcetera::BaseStrategy;

use crate::app::paths::{Extent, Listing};
use crate::app::{Kept, KeptFile, config, memory};
use crate::model::Trouble;

/// The most read from one file: it is held in memory, as all payloads are.
pub const READ_LIMIT: u64 = 64 * 1024 * 1024;

/// Files hold what people send and receive: theirs alone.
pub const PRIVATE: u32 = 0o600;

/// And so are folders made for them.
const PRIVATE_FOLDER: u32 = 0o700;

/// The most names listed of a folder; more could not be looked through.
const LISTED_MOST: usize = 1000;

/// How many names are tried for a new file; each was taken by somebody else.
const NAME_TRIES: u32 = 100;

static NAMED: AtomicU64 = AtomicU64::new(0);

/// Files that are being written beside those they will replace.
static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Reads a whole file.
///
/// # Errors
/// It is not there, not readable, not a regular file, or larger than [`READ_LIMIT`].
pub fn read(path: &Path) -> Result<Bytes, Trouble> {
    let bytes = begin(path, READ_LIMIT + 1)?;
    if bytes.len() as u64 > READ_LIMIT {
        let why = format!("it is larger than {} MiB", READ_LIMIT / 1024 / 1024);
        return Err(Trouble::new("read", path.display(), why, "send it in parts"));
    }
    Ok(bytes.into())
}

/// Reads so many bytes of a file, or all.
fn begin(path: &Path, limit: u64) -> Result<Vec<u8>, Trouble> {
    let trouble = |error: &io::Error| from_io("read", path, error);
    let metadata = std::fs::metadata(path).map_err(|error| trouble(&error))?;
    if metadata.is_dir() {
        return Err(Trouble::new("read", path.display(), "it is a folder", "name a file in it"));
    }
    if !metadata.is_file() {
        return Err(Trouble::new("read", path.display(), "it is not a regular file", "copy what it gives to a file"));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| trouble(&error))?;
    file.take(limit).read_to_end(&mut bytes).map_err(|error| trouble(&error))?;
    Ok(bytes)
}

/// Writes a whole file, readable by its owner alone: beside the old one, which is then replaced. So there is the
/// old file or the new one, and never half of it.
///
/// # Errors
/// The folder is not there or not writable, or the disk is full; then the old file stands.
pub fn save(path: &Path, bytes: &[u8]) -> Result<PathBuf, Trouble> {
    save_with(path, |file| file.write_all(bytes))
}

/// The same with what `write` puts into the new file.
///
/// # Errors
/// As [`save`], and those of `write`.
pub fn save_with(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> Result<PathBuf, Trouble> {
    let trouble = |error: &io::Error| from_io("save", path, error);
    let name =
        path.file_name().ok_or_else(|| Trouble::new("save", path.display(), "it names no file", "add a name"))?;
    match std::fs::metadata(path) {
        Ok(there) if there.is_dir() => {
            return Err(Trouble::new("save", path.display(), "it is a folder", "add a name"));
        }
        // A device or pipe would be replaced, and be gone for all who use it.
        Ok(there) if !there.is_file() => {
            return Err(Trouble::new("save", path.display(), "it is not a regular file", "choose another name"));
        }
        Ok(_) | Err(_) => {}
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let hidden = format!(".{}", name.to_string_lossy());
    let (mut file, temporary) = {
        let mut unfinished = unfinished();
        let made = create(folder, &hidden).map_err(|error| trouble(&error))?;
        unfinished.insert(made.1.clone());
        made
    };
    let written = write(&mut file).and_then(|()| file.sync_all());
    let mut unfinished = unfinished();
    unfinished.remove(&temporary);
    written.and_then(|()| std::fs::rename(&temporary, path)).map_err(|error| {
        let _ = std::fs::remove_file(&temporary);
        trouble(&error)
    })?;
    Ok(path.to_owned())
}

/// Ends the process, and with it what is half written.
pub fn exit(status: i32) -> ! {
    // Held until the end: nothing new is begun, and nothing finished that was removed.
    let unfinished = unfinished();
    for path in &*unfinished {
        let _ = std::fs::remove_file(path);
    }
    std::process::exit(status)
}

fn unfinished() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether something is at that path, be it a link that leads nowhere.
pub fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// What a folder holds, by the alphabet; of more than 1000 names the first that the system tells.
///
/// # Errors
/// It is not there, not readable, or no folder.
pub fn list(folder: &Path) -> Result<Listing, Trouble> {
    let trouble = |error: &io::Error| from_io("list", folder, error);
    let mut names = Vec::new();
    let mut entries = std::fs::read_dir(folder).map_err(|error| trouble(&error))?;
    for entry in entries.by_ref().take(LISTED_MOST).flatten() {
        // A name that is no text cannot be typed.
        let Ok(name) = entry.file_name().into_string() else { continue };
        let is_folder = std::fs::metadata(entry.path()).is_ok_and(|there| there.is_dir());
        names.push(if is_folder { name + "/" } else { name });
    }
    names.sort();
    let extent = if entries.next().is_some() { Extent::Beginning } else { Extent::Whole };
    Ok(Listing { names, extent })
}

/// Gives a file another name, in the place of an older one.
///
/// # Errors
/// The folder is not writable.
pub fn set_aside(path: &Path, aside: &Path) -> Result<(), Trouble> {
    std::fs::rename(path, aside).map_err(|error| from_io("set aside", path, &error))?;
    std::fs::set_permissions(aside, Permissions::from_mode(PRIVATE)).map_err(|error| from_io("protect", aside, &error))
}

/// What the user has written and what the program kept from earlier runs, where the system has a home for it; the
/// configuration from that file, where one is named.
pub fn kept(config: Option<&Path>) -> Kept {
    let named = config.map(|path| found(path.to_owned(), config::FILE_LIMIT as u64));
    let Ok(home) = etcetera::choose_base_strategy() else { return Kept { config: named, ..Kept::default() } };
    let usual = || found(home.config_dir().join("wirelab").join("config.toml"), config::FILE_LIMIT as u64);
    Kept {
        config: Some(named.unwrap_or_else(usual)),
        payloads: Some(found(home.data_dir().join("wirelab").join("payloads.json"), READ_LIMIT)),
        state: Some(found(state_of(&home).join("state.json"), memory::FILE_LIMIT as u64)),
        home: Some(home.home_dir().to_owned()),
    }
}

/// The folder for what the program keeps while it runs and from one run to the next, where the system has a home for it.
pub fn state_folder() -> Option<PathBuf> {
    etcetera::choose_base_strategy().ok().map(|home| state_of(&home))
}

fn state_of(home: &impl BaseStrategy) -> PathBuf {
    home.state_dir().unwrap_or_else(|| home.data_dir()).join("wirelab")
}

/// A file of the program's own. Of one beyond the limit a byte more than that is read, so that it shows.
fn found(path: PathBuf, limit: u64) -> KeptFile {
    let text = match path.try_exists() {
        Ok(false) => Ok(None),
        Ok(true) | Err(_) => begin(&path, limit + 1).map(|bytes| Some(String::from_utf8_lossy(&bytes).into_owned())),
    };
    KeptFile { path, text }
}

/// Makes the folder of a file that the program keeps for itself, for its owner alone.
///
/// # Errors
/// The folder above is not writable.
pub fn make_room_for(kept: &Path) -> io::Result<()> {
    let Some(folder) = kept.parent() else { return Ok(()) };
    DirBuilder::new().recursive(true).mode(PRIVATE_FOLDER).create(folder)
}

/// A new file that nobody else can read or has made, in that folder; the name begins as told.
///
/// # Errors
/// The folder is not there or not writable.
pub fn create(folder: &Path, begins: &str) -> io::Result<(File, PathBuf)> {
    for _ in 0..NAME_TRIES {
        let number = NAMED.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("{begins}.{}-{number}.txt", std::process::id()));
        match OpenOptions::new().read(true).write(true).create_new(true).mode(PRIVATE).open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// The system's reason in plain words, with what to do about it.
pub fn from_io(act: &'static str, path: &Path, error: &io::Error) -> Trouble {
    let known = [
        (io::ErrorKind::NotFound, "there is no such file or folder", "check the path"),
        (io::ErrorKind::PermissionDenied, "permission denied", "choose a place that is yours"),
        (io::ErrorKind::StorageFull, "the disk is full", "make room, or choose another place"),
    ];
    match known.into_iter().find(|(kind, _, _)| *kind == error.kind()) {
        Some((_, why, remedy)) => Trouble::new(act, path.display(), why, remedy),
        None => Trouble::new(act, path.display(), error, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_saved_file_is_private_whole_and_alone_in_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("body.json");
        std::fs::write(&path, "a longer old text").unwrap();
        save(&path, b"{}").unwrap();
        assert_eq!(read(&path).unwrap(), "{}");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_cannot_be_saved_says_why_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let nowhere = folder.path().join("missing/body.json");
        let trouble = save(&nowhere, b"{}").unwrap_err();
        assert_eq!(
            trouble.to_string(),
            format!("save {}: there is no such file or folder; check the path", nowhere.display())
        );
        assert_eq!(save(folder.path(), b"{}").unwrap_err().why, "it is a folder");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_is_no_regular_file_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let _socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
        assert_eq!(save(&path, b"{}").unwrap_err().why, "it is not a regular file");
        assert!(!std::fs::metadata(&path).unwrap().is_file());
    }

    #[test]
    fn what_is_no_regular_file_is_not_waited_for() {
        assert_eq!(read(Path::new("/dev/zero")).unwrap_err().why, "it is not a regular file");
        assert_eq!(read(Path::new("/")).unwrap_err().why, "it is a folder");
        assert_eq!(read(Path::new("/no/such")).unwrap_err().why, "there is no such file or folder");
    }

    #[test]
    fn a_file_beyond_the_limit_is_refused_and_one_at_the_limit_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large");
        let file = File::create(&path).unwrap();
        file.set_len(READ_LIMIT).unwrap();
        assert_eq!(read(&path).unwrap().len() as u64, READ_LIMIT);
        file.set_len(READ_LIMIT + 1).unwrap();
        assert_eq!(read(&path).unwrap_err().why, "it is larger than 64 MiB");
    }
}

//! The program's own log: a private file of bounded size, never the terminal. No payload goes in.
//!
//! `WIRELAB_LOG` says how much: `info` (which is usual), `debug`, `warn`, or a filter such as `wirelab=trace`.

use std::env;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use etcetera::BaseStrategy;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use super::files;
use crate::model::{Trouble, visible};

/// Bytes from which a new file is begun; the one before is kept as `wirelab.log.1`, older ones are not.
const LIMIT: u64 = 1024 * 1024;

/// The variable that says how much is written.
const VARIABLE: &str = "WIRELAB_LOG";

/// How much is written when nothing else is said.
const USUAL: &str = "info";

/// Begins to log; gives the file's path.
///
/// # Errors
/// The file cannot be written, or the user asked for a level there is none of (then the usual one is written).
pub fn start() -> Result<PathBuf, Trouble> {
    let folder = etcetera::choose_base_strategy().ok().and_then(|strategy| strategy.state_dir());
    let Some(folder) = folder else {
        return Err(Trouble::new("log", "nowhere", "this system has no home folder", "set $HOME"));
    };
    let path = folder.join("wirelab").join("wirelab.log");
    let journal = Journal::open(&path).map_err(|error| files::from_io("log", &path, &error))?;
    let wanted = env::var(VARIABLE).unwrap_or_default();
    let (filter, problem) = match wanted.trim() {
        "" => (EnvFilter::new(USUAL), None),
        wanted => match EnvFilter::try_new(wanted) {
            Ok(filter) => (filter, None),
            Err(error) => (EnvFilter::new(USUAL), Some(error.to_string())),
        },
    };
    let _ = tracing::subscriber::set_global_default(subscriber(journal, filter));
    match problem {
        None => Ok(path),
        Some(why) => Err(Trouble::new("log", format!("{VARIABLE}={wanted}"), why, "write debug, info, warn or error")),
    }
}

fn subscriber(journal: Journal, filter: EnvFilter) -> impl tracing::Subscriber + Send + Sync {
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_target(false).with_writer(journal).finish()
}

/// The file, written a line at a time.
#[derive(Debug)]
struct Journal(Mutex<Pages>);

/// The file now written, and how long it is.
#[derive(Debug)]
struct Pages {
    path: PathBuf,
    file: File,
    length: u64,
}

/// One line on its way.
#[derive(Debug)]
struct Entry<'a>(&'a Mutex<Pages>);

impl Journal {
    fn open(path: &Path) -> io::Result<Self> {
        files::make_room_for(path)?;
        let file = append(path)?;
        let length = file.metadata()?.len();
        Ok(Self(Mutex::new(Pages { path: path.to_owned(), file, length })))
    }
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(files::PRIVATE).open(path)
}

impl<'a> MakeWriter<'a> for Journal {
    type Writer = Entry<'a>;

    fn make_writer(&'a self) -> Entry<'a> {
        Entry(&self.0)
    }
}

impl Write for Entry<'_> {
    /// What a line quotes may come from the network; whoever reads the file has a terminal, too.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let line = visible::escaped_hidden(text.trim_end_matches('\n')) + "\n";
        // A panic may come while a line is written; it must not wait for itself.
        if let Ok(mut pages) = self.0.try_lock() {
            pages.write(line.as_bytes())?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Pages {
    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        if self.length > 0 && self.length + line.len() as u64 > LIMIT {
            std::fs::rename(&self.path, self.path.with_extension("log.1"))?;
            self.file = append(&self.path)?;
            self.length = 0;
        }
        self.length += line.len() as u64;
        self.file.write_all(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn logged(path: &Path, act: impl FnOnce()) -> String {
        let subscriber = subscriber(Journal::open(path).unwrap(), EnvFilter::new(USUAL));
        tracing::subscriber::with_default(subscriber, act);
        std::fs::read_to_string(path).unwrap()
    }

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_line_tells_what_happened_and_nothing_in_it_acts_on_a_terminal() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("wirelab").join("wirelab.log");
        let text = logged(&path, || {
            tracing::info!(server = "echo\x1b]0;x\x07\u{202e}\nforged", "listening");
            tracing::debug!("not as much as this");
        });
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.contains("INFO listening") && text.contains("forged"), "{text}");
        assert!(!text.contains(['\x1b', '\x07', '\u{202e}']), "{text:?}");
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    }

    #[test]
    fn the_file_is_begun_anew_before_it_is_too_long_and_the_last_one_kept() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("wirelab.log");
        let words = "x".repeat(1000);
        logged(&path, || (0..2500).for_each(|_| tracing::info!("{words}")));
        let length = |path: &Path| std::fs::metadata(path).unwrap().len();
        let before = path.with_extension("log.1");
        assert!(length(&path) <= LIMIT && length(&before) <= LIMIT);
        assert!(length(&before) > LIMIT - 2000, "it was filled");
        assert_eq!((std::fs::read_dir(home.path()).unwrap().count(), mode(&path)), (2, 0o600));
    }

    #[test]
    fn a_file_that_goes_on_is_appended_to() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("wirelab.log");
        logged(&path, || tracing::info!("one"));
        assert_eq!(logged(&path, || tracing::warn!("two")).lines().count(), 2);
    }
}

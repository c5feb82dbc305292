//! Where running labs can be asked, and `wirelab ctl`, which asks them.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::Value;
use tokio::sync::mpsc;

use super::arguments::ControlArguments;
use super::{USAGE, say, tell_line};
use crate::model::Trouble;
use crate::net::control::{self, Control, Question};

/// What the socket's name ends in; before it stands the process's number.
const EXTENSION: &str = "sock";

/// Questions that wait to be taken in.
const QUESTIONS: usize = 16;

/// Only this user may enter or look.
const OWN: u32 = 0o700;

/// What others may.
const OTHERS: u32 = 0o077;

/// Listens for those who ask this lab.
///
/// # Errors
/// There is no folder that is this user's alone, or the socket cannot be made.
pub fn listen() -> Result<(Control, mpsc::Receiver<Question>), Trouble> {
    let folder = folder();
    let failed = |error: &dyn std::fmt::Display| {
        Trouble::new("listen", folder.display(), error, "set XDG_RUNTIME_DIR to a folder of your own")
    };
    own(&folder).map_err(|error| failed(&error))?;
    let path = folder.join(format!("{}.{EXTENSION}", std::process::id()));
    // Only a process that is gone can have had this number.
    let _ = fs::remove_file(&path);
    let (asked, questions) = mpsc::channel(QUESTIONS);
    let control = control::listen(&path, asked).map_err(|error| failed(&error))?;
    Ok((control, questions))
}

/// Makes the folder, and sees to it that it is this user's alone.
fn own(folder: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(OWN).recursive(true).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let found = fs::symlink_metadata(folder)?;
    let (mode, user) = (found.mode() & OTHERS, rustix::process::getuid().as_raw());
    let is_own = found.is_dir() && found.uid() == user && mode == 0;
    if is_own { Ok(()) } else { Err(io::Error::other("it is not this user's alone")) }
}

/// Where the sockets of this user's labs are.
fn folder() -> PathBuf {
    match std::env::var_os("XDG_RUNTIME_DIR").filter(|folder| !folder.is_empty()) {
        Some(folder) => Path::new(&folder).join("wirelab"),
        None => std::env::temp_dir().join(format!("wirelab-{}", rustix::process::getuid().as_raw())),
    }
}

/// `wirelab ctl`.
pub fn run(asked: &ControlArguments) -> ExitCode {
    let path = match place(asked.to.as_deref()) {
        Ok(path) => path,
        Err(trouble) => {
            say(&trouble.to_string());
            return ExitCode::from(USAGE);
        }
    };
    let line = asked.command.join(" ");
    match control::ask(&path, &line) {
        Ok(answer) => {
            let written = tell_line(&answer);
            let is_done = serde_json::from_str::<Value>(&answer).is_ok_and(|answer| answer["ok"] == true);
            if is_done { written } else { ExitCode::FAILURE }
        }
        Err(error) => {
            let remedy = "is it a running wirelab? without --to, the one that runs is asked";
            say(&Trouble::new("ask", path.display(), error, remedy).to_string());
            ExitCode::from(USAGE)
        }
    }
}

/// The socket that is meant: of a process, at a path, or of the only lab that runs.
fn place(to: Option<&str>) -> Result<PathBuf, Trouble> {
    let folder = folder();
    match to {
        Some(path) if path.contains('/') => Ok(path.into()),
        Some(process) => Ok(folder.join(format!("{process}.{EXTENSION}"))),
        None => {
            let mut running = running(&folder);
            match running.len() {
                1 => Ok(running.remove(0)),
                0 => {
                    let remedy = "start wirelab, wirelab run, serve or tap";
                    Err(Trouble::new("ask", folder.display(), "no lab runs", remedy))
                }
                many => {
                    let processes = running.iter().filter_map(|path| path.file_stem()?.to_str()).collect::<Vec<_>>();
                    let remedy = format!("choose one: --to {}", processes.join(", --to "));
                    Err(Trouble::new("ask", folder.display(), format!("{many} labs run"), remedy))
                }
            }
        }
    }
}

/// The sockets on which a lab answers. Those of labs that were killed go.
fn running(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let sockets = entries.filter(|path| path.extension().is_some_and(|extension| extension == EXTENSION));
    let mut running: Vec<PathBuf> = sockets.filter(|path| answers(path)).collect();
    running.sort();
    running
}

fn answers(path: &Path) -> bool {
    match control::ask(path, "") {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            let _ = fs::remove_file(path);
            false
        }
        Err(error) => error.kind() != io::ErrorKind::NotFound,
        Ok(_) => true,
    }
}

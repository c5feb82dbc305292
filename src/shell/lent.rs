//! A program of the user's that has the terminal for a while, over a private file with a text.

use std::env;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};

use rustix::process::Pid;

use super::{files, terminal};
use crate::model::Trouble;

/// What a shell answers when there is no such program.
const NOT_FOUND: i32 = 127;

/// A program that runs. Its file is removed when this is dropped.
#[derive(Debug)]
pub struct Lent {
    act: &'static str,
    command: String,
    child: Child,
    path: PathBuf,
}

impl Lent {
    /// Starts a command with the text's file behind it; the terminal must have been given back.
    ///
    /// # Errors
    /// The text cannot be written, or no program can be started.
    pub fn start(act: &'static str, command: String, text: &str) -> Result<Self, Trouble> {
        let folder = env::temp_dir();
        let trouble = |error: &io::Error| files::from_io(act, &folder, error);
        let (mut file, path) = files::create(&folder, "wirelab").map_err(|error| trouble(&error))?;
        let written = file.write_all(text.as_bytes());
        // Through a shell, as git does it: the variable may hold options, as in `code --wait`.
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(format!("{command} \"$@\"")).arg(&command).arg(&path).stdin(terminal::lent_input());
        match written.and_then(|()| shell.spawn()) {
            Ok(child) => Ok(Self { act, command, child, path }),
            Err(error) => {
                let _ = std::fs::remove_file(&path);
                Err(trouble(&error))
            }
        }
    }

    /// The process, to end it.
    pub fn process(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// The command, as the user wrote it.
    pub fn command(&self) -> &str {
        &self.command
    }

    /// Waits until the program has ended well, and says where its file is.
    ///
    /// # Errors
    /// The program is not there, or failed; `remedy` says what to do where that is not plain.
    pub fn wait(&mut self, variable: &str, remedy: &str) -> Result<&PathBuf, Trouble> {
        let status = self.child.wait().map_err(|error| files::from_io(self.act, &self.path, &error))?;
        if status.success() {
            return Ok(&self.path);
        }
        Err(failed(self.act, &self.command, status, variable, remedy))
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// The first of these variables that names a program.
pub fn preferred(names: &[&str], variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    names.iter().filter_map(|name| variable(name)).find(|command| !command.trim().is_empty())
}

fn failed(act: &'static str, command: &str, status: ExitStatus, variable: &str, remedy: &str) -> Trouble {
    match status.code() {
        Some(NOT_FOUND) => {
            let all = format!("set {variable} to the program you like; {remedy}");
            Trouble::new(act, command, "there is no such program", all.trim_end_matches("; "))
        }
        Some(code) => Trouble::new(act, command, format!("it ended with status {code}"), remedy),
        None => Trouble::new(act, command, "it was ended by a signal", remedy),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    #[test]
    fn says_what_to_do_when_there_is_no_such_program() {
        let trouble = failed("edit", "emcas", ExitStatus::from_raw(NOT_FOUND << 8), "$EDITOR", "the text is as it was");
        assert_eq!(
            trouble.to_string(),
            "edit emcas: there is no such program; set $EDITOR to the program you like; the text is as it was"
        );
    }

    #[test]
    fn the_file_is_private_holds_the_text_and_is_gone_afterwards() {
        let mut lent = Lent::start("page", "test -s".into(), "the text").unwrap();
        let path = lent.wait("$PAGER", "").unwrap().clone();
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
        assert_eq!((std::fs::read_to_string(&path).unwrap().as_str(), mode & 0o777), ("the text", 0o600));
        drop(lent);
        assert!(!path.exists());
    }
}

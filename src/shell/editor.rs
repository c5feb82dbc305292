//! The user's own editor, run on a text: `$VISUAL`, else `$EDITOR`, else `vi`.

use std::env;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};

use rustix::process::Pid;

use super::files;
use crate::model::Trouble;

/// What a shell answers when there is no such program.
const NOT_FOUND: i32 = 127;

/// An editor that runs. The text lies in a private file, removed when this is dropped.
#[derive(Debug)]
pub struct Editing {
    command: String,
    child: Child,
    path: PathBuf,
}

impl Editing {
    /// Starts the editor; the terminal must have been given back.
    ///
    /// # Errors
    /// The text cannot be written, or no program can be started.
    pub fn start(text: &str) -> Result<Self, Trouble> {
        let folder = env::temp_dir();
        let trouble = |error: &io::Error| files::from_io("edit", &folder, error);
        let (mut file, path) = files::create(&folder, "wirelab").map_err(|error| trouble(&error))?;
        file.write_all(text.as_bytes()).map_err(|error| trouble(&error))?;
        let command = preferred(|name| env::var(name).ok());
        // Through a shell, as git does it: the variable may hold options, as in `code --wait`.
        let child = Command::new("sh").arg("-c").arg(format!("{command} \"$@\"")).arg(&command).arg(&path).spawn();
        child.map(|child| Self { command, child, path }).map_err(|error| trouble(&error))
    }

    /// The process, to end it.
    pub fn process(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Waits until the editor has ended, and gives the text as it left it.
    ///
    /// # Errors
    /// The editor is not there or failed, or left something that is not text.
    pub fn finish(mut self) -> Result<String, Trouble> {
        let status = self.child.wait().map_err(|error| files::from_io("edit", &self.path, &error))?;
        if !status.success() {
            return Err(failed(&self.command, status));
        }
        let bytes = files::read(&self.path)?;
        String::from_utf8(bytes.into())
            .map_err(|_| Trouble::new("edit", &self.command, "it left bytes that are not UTF-8", "save as UTF-8"))
    }
}

impl Drop for Editing {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

fn preferred(variable: impl Fn(&str) -> Option<String>) -> String {
    ["VISUAL", "EDITOR"]
        .into_iter()
        .filter_map(variable)
        .find(|command| !command.trim().is_empty())
        .unwrap_or_else(|| "vi".into())
}

fn failed(command: &str, status: ExitStatus) -> Trouble {
    let remedy = "set $EDITOR to the editor you like; the text is as it was";
    match status.code() {
        Some(NOT_FOUND) => Trouble::new("edit", command, "there is no such program", remedy),
        Some(code) => Trouble::new("edit", command, format!("it ended with status {code}"), "the text is as it was"),
        None => Trouble::new("edit", command, "it was ended by a signal", "the text is as it was"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    #[test]
    fn takes_visual_before_editor_before_vi_and_nothing_blank() {
        let with = |visual: Option<&str>, editor: Option<&str>| {
            preferred(|name| if name == "VISUAL" { visual } else { editor }.map(str::to_owned))
        };
        assert_eq!(with(Some("code --wait"), Some("ed")), "code --wait");
        assert_eq!(with(Some(" "), Some("ed")), "ed");
        assert_eq!(with(None, None), "vi");
    }

    #[test]
    fn says_what_to_do_when_there_is_no_editor() {
        let trouble = failed("emcas", ExitStatus::from_raw(NOT_FOUND << 8));
        assert_eq!(
            trouble.to_string(),
            "edit emcas: there is no such program; set $EDITOR to the editor you like; the text is as it was"
        );
    }
}

//! The program without a screen, in a folder of its own.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_wirelab");

pub fn wirelab(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).env("XDG_RUNTIME_DIR", folder).env("HOME", folder).current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub fn output(folder: &Path, arguments: &[&str]) -> (String, String, Option<i32>) {
    let Output { status, stdout, stderr } = wirelab(folder, arguments).output().expect("the program starts");
    (String::from_utf8_lossy(&stdout).into(), String::from_utf8_lossy(&stderr).into(), status.code())
}

pub fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::os::unix::fs::PermissionsExt::set_mode(&mut folder.path().metadata().expect("it").permissions(), 0o700);
    folder
}

/// A program that runs until it is let go of.
pub struct Running {
    pub child: Child,
    /// Its lines. They are read at once, or it would wait for that.
    pub lines: Receiver<String>,
}

impl Running {
    pub fn start(folder: &Path, arguments: &[&str]) -> Self {
        Self::of(&mut wirelab(folder, arguments))
    }

    /// Any program.
    pub fn of(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().expect("the program starts");
        let out = BufReader::new(child.stdout.take().expect("it was asked for"));
        let (tell, lines) = channel();
        thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        Self { child, lines }
    }

    pub fn line(&self) -> String {
        self.lines.recv().expect("it goes on")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

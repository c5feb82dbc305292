//! Lab files as the shell has them: read from the disk with what they include, checked, and watched while they run.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;

use bytes::Bytes;

use super::arguments::CheckArguments;
use super::{USAGE, say, tell_line};
use crate::app::{command, complete};
use crate::collection::Sources;
use crate::lab::{self, Lab, Problem};

/// The most bytes of a lab file, and of a file that it names; people write a few thousand.
const FILE_LIMIT: u64 = 16 * 1024 * 1024;

/// The name under which standard input is read.
const STANDARD_INPUT: &str = "-";

/// The disk and the environment.
pub struct Disk;

impl Sources for Disk {
    fn read(&self, path: &str) -> Result<Bytes, String> {
        let told = |error: io::Error| error.to_string();
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(told)?;
        if !file.metadata().map_err(told)?.is_file() {
            return Err("it is no file".to_owned());
        }
        file.take(FILE_LIMIT + 1).read_to_end(&mut bytes).map_err(told)?;
        if bytes.len() as u64 > FILE_LIMIT {
            return Err(format!("it is larger than {} MiB", FILE_LIMIT >> 20));
        }
        Ok(bytes.into())
    }

    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn beside(&self, file: &str, path: &str) -> String {
        match Path::new(file).parent() {
            Some(folder) if file != STANDARD_INPUT => folder.join(path).to_string_lossy().into_owned(),
            Some(_) | None => path.to_owned(),
        }
    }
}

impl lab::Sources for Disk {
    fn command(&self, line: &str) -> Option<String> {
        let name = line.split_whitespace().next()?;
        let names = command::COMMANDS.iter().map(|command| command.name);
        command::named(name).is_none().then(|| complete::unknown("command", name, names))
    }
}

/// Reads a lab file; `-` is standard input.
///
/// # Errors
/// All that is wrong with it.
pub fn read(file: &str) -> Result<Lab, Vec<Problem>> {
    let text = match file {
        STANDARD_INPUT => {
            let mut text = Vec::new();
            let read = io::stdin().take(FILE_LIMIT).read_to_end(&mut text);
            read.map(|_| Bytes::from(text)).map_err(|error| error.to_string())
        }
        file => Disk.read(file),
    };
    let text = text.and_then(|bytes| String::from_utf8(bytes.into()).map_err(|_| "it is no text in UTF-8".to_owned()));
    match text {
        Ok(text) => lab::read(file, &text, &Disk),
        Err(why) => {
            let problem = crate::model::Problem::at("", 0, format!("cannot read it: {why}"));
            Err(vec![Problem { file: file.to_owned(), problem }])
        }
    }
}

/// `wirelab check`.
pub fn check(asked: &CheckArguments) -> ExitCode {
    if asked.schema {
        return tell_line(&format!("{:#}", lab::schema()));
    }
    let file = asked.file.as_deref().unwrap_or(STANDARD_INPUT);
    match read(file) {
        Ok(lab) => tell_line(&format!("{file}: good: {}", summary(&lab))),
        Err(problems) => {
            tell(&problems);
            ExitCode::from(USAGE)
        }
    }
}

/// Says what is wrong, a line each.
pub fn tell(problems: &[Problem]) {
    for problem in problems {
        say(&problem.to_string());
    }
}

/// Such as `2 servers, 1 tap, 3 steps`.
fn summary(lab: &Lab) -> String {
    let taps = lab.servers.iter().filter(|server| server.behaviour == "tap").count();
    let counted = [
        (lab.servers.len() - taps, "server"),
        (taps, "tap"),
        (lab.clients.len(), "client"),
        (lab.requests.len(), "HTTP request"),
        (lab.steps.len(), "step"),
    ];
    let some = counted.iter().filter(|(count, _)| *count > 0);
    let words: Vec<String> =
        some.map(|(count, what)| format!("{count} {what}{}", if *count == 1 { "" } else { "s" })).collect();
    if words.is_empty() { "it holds nothing yet".to_owned() } else { words.join(", ") }
}

/// A lab file that may be changed while it runs.
#[derive(Debug)]
pub struct Watched {
    file: PathBuf,
    /// When it was changed last, and how long it was.
    seen: Option<(SystemTime, u64)>,
}

impl Watched {
    /// The file as it is now.
    pub fn new(file: &str) -> Self {
        let file = PathBuf::from(file);
        let seen = state_of(&file);
        Self { file, seen }
    }

    /// What it says now, when it was changed.
    pub fn changed(&mut self) -> Option<Result<Lab, Vec<Problem>>> {
        let now = state_of(&self.file);
        // While an editor replaces it, it is not there for a moment.
        if now.is_none() || now == self.seen {
            return None;
        }
        self.seen = now;
        Some(read(&self.file.to_string_lossy()))
    }

    /// Its name.
    pub fn name(&self) -> String {
        self.file.to_string_lossy().into_owned()
    }
}

fn state_of(file: &Path) -> Option<(SystemTime, u64)> {
    let found = fs::metadata(file).ok()?;
    Some((found.modified().ok()?, found.len()))
}

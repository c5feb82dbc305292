//! What the program remembers from run to run, and when it writes that to `state.json`.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::forms::Used;
use super::history::History;
use super::last_lab::Lab;
use super::look::{Look, ThemeChoice};
use super::shares::Shares;
use super::{Alarm, Effect, KeptFile, Msg, State};
use crate::model::Trouble;

/// The most bytes of the file, read or written: all histories full, each letter an escape.
pub const FILE_LIMIT: usize = 4 * 1024 * 1024;

/// How long a change waits for others before it is written.
const WRITTEN_AFTER: Duration = Duration::from_secs(3);

/// What the file holds. What an older one lacks is empty; what a newer one has more is not read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// The commands run lately from palette and command line, the newest first.
    pub recent: Vec<String>,
    /// The lines run on the command line.
    pub command_lines: History,
    /// The payloads sent.
    pub payloads: History,
    /// The targets connected to.
    pub targets: History,
    /// The URLs requested.
    pub urls: History,
    /// The filters used.
    pub filters: History,
    /// What was searched for.
    pub finds: History,
    /// What was handed in last, by form and label.
    pub forms: Used,
    /// The theme chosen while the program ran.
    pub theme: Option<String>,
    /// How the screen is shared out among the panes.
    pub shares: Shares,
    /// The servers and clients of the last session that changed them.
    pub lab: Option<Lab>,
}

/// The file and how far it is behind.
#[derive(Debug, Default)]
pub struct Keeper {
    /// Where it is; None keeps nothing.
    file: Option<PathBuf>,
    /// What stands in it, or is being written.
    written: Memory,
    stage: Stage,
    /// Whether the user knows already that it cannot be written.
    is_told: bool,
    /// The lab of the last session that changed it.
    pub(super) last_lab: Option<Lab>,
    /// The theme chosen while a program ran.
    pub(super) theme: Option<String>,
    /// The lab as it came up.
    pub(super) came_up: Lab,
}

/// How a change comes into the file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Stage {
    /// Nothing is under way.
    #[default]
    Idle,
    /// A change waits for others.
    Waiting,
    /// It is being written.
    Writing,
}

impl Keeper {
    /// A theme was chosen: the next run begins with it.
    pub(super) fn theme_is(&mut self, look: &Look) {
        self.theme = match &look.theme {
            ThemeChoice::Auto => None,
            ThemeChoice::Named(name) => Some(name.clone()),
        };
    }
}

impl Memory {
    fn of(state: &State) -> Self {
        let lab = Lab::of(state);
        let is_as_it_came_up = lab == state.keeper.came_up;
        Self {
            recent: state.recent.clone(),
            command_lines: harmless(&state.command_lines),
            payloads: harmless(&state.client.payloads),
            targets: harmless(&state.client.targets),
            urls: harmless(&state.http.urls),
            filters: harmless(&state.traffic.filters),
            finds: harmless(&state.find.history),
            forms: state.forms.used.clone(),
            theme: state.keeper.theme.clone(),
            shares: state.shares,
            lab: if is_as_it_came_up { state.keeper.last_lab.clone() } else { Some(lab) },
        }
    }

    fn take_into(self, state: &mut State) {
        state.keeper.written = self.clone();
        state.keeper.last_lab = self.lab;
        state.recent = self.recent;
        state.command_lines = self.command_lines;
        state.client.payloads = self.payloads;
        state.client.targets = self.targets;
        state.http.urls = self.urls;
        state.traffic.filters = self.filters;
        state.find.history = self.finds;
        state.forms.used = self.forms;
        state.shares = self.shares;
        // What the config names counts more than what was chosen in an earlier run.
        if let Some(name) = self.theme.as_deref().filter(|_| state.look.theme == ThemeChoice::Auto) {
            let _ = state.look.choose_theme(name);
        }
        state.keeper.theme = self.theme;
    }
}

/// Takes over what is kept of earlier runs. A damaged file is set aside.
pub fn take(state: &mut State, kept: Option<KeptFile>) -> Vec<Effect> {
    let Some(KeptFile { path, text }) = kept else { return Vec::new() };
    state.keeper.file = Some(path.clone());
    match text.map(|text| text.as_deref().map(read)) {
        Ok(None) => Vec::new(),
        Ok(Some(Ok(memory))) => {
            memory.take_into(state);
            Vec::new()
        }
        Ok(Some(Err(why))) => set_aside(state, path, &why),
        Err(trouble) => {
            state.keeper.file = None;
            state.complain(format!("{trouble}. What is typed is remembered only until you quit"));
            Vec::new()
        }
    }
}

fn read(text: &str) -> Result<Memory, String> {
    if text.len() > FILE_LIMIT {
        return Err(format!("it is larger than {} MiB", FILE_LIMIT / 1024 / 1024));
    }
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// Has a damaged file of the program's own set aside, and says so.
pub fn set_aside(state: &mut State, path: PathBuf, why: &str) -> Vec<Effect> {
    let mut name = path.clone().into_os_string();
    name.push(".damaged");
    let aside = PathBuf::from(name);
    let (shown, shown_aside) = (path.display(), aside.display());
    state.complain(format!("{shown} is damaged ({why}); it is now {shown_aside}, and the program goes on without it"));
    vec![Effect::SetAside { path, aside }]
}

/// Whether what is remembered may be another after a message. What the network tells changes nothing of it.
pub fn may_change(msg: &Msg) -> bool {
    match msg {
        Msg::Key(_) | Msg::Mouse(_) | Msg::Paste(_) | Msg::Edited { .. } | Msg::FileRead { .. } | Msg::Asked { .. } => {
            true
        }
        Msg::Kept(_)
        | Msg::Present
        | Msg::Background(_)
        | Msg::Copied(_)
        | Msg::Paged(_)
        | Msg::Logs(_)
        | Msg::Started
        | Msg::Resized
        | Msg::Net(_)
        | Msg::Piped(..)
        | Msg::Lab { .. }
        | Msg::Tick
        | Msg::Woken(_)
        | Msg::ScriptRead { .. }
        | Msg::FileSaved { .. }
        | Msg::FileIsThere { .. }
        | Msg::FileKept { .. }
        | Msg::FolderListed { .. }
        | Msg::Recording(_)
        | Msg::Trouble(_)
        | Msg::Open(_)
        | Msg::Opened(_)
        | Msg::Recalled(_)
        | Msg::Settle
        | Msg::Drawn(_)
        | Msg::Ending => false,
    }
}

/// Sees whether something is to be written, and has it wait for more.
pub fn mind(state: &mut State) -> Option<Effect> {
    let is_idle = state.keeper.file.is_some() && state.keeper.stage == Stage::Idle;
    if !is_idle || Memory::of(state) == state.keeper.written {
        return None;
    }
    state.keeper.stage = Stage::Waiting;
    Some(Effect::Wake { after: WRITTEN_AFTER, alarm: Alarm::Keep })
}

/// The wait is over, or the program ends: what has changed is written.
pub fn write(state: &mut State) -> Vec<Effect> {
    state.keeper.stage = Stage::Idle;
    let memory = Memory::of(state);
    if memory == state.keeper.written {
        return Vec::new();
    }
    let Some(path) = state.keeper.file.clone() else { return Vec::new() };
    let Ok(text) = serde_json::to_string_pretty(&memory) else { return Vec::new() };
    if text.len() > FILE_LIMIT {
        return Vec::new();
    }
    state.keeper.written = memory;
    state.keeper.stage = Stage::Writing;
    vec![Effect::KeepFile { path, bytes: Bytes::from(text + "\n") }]
}

/// One of the program's own files was written, or could not be.
pub fn kept(state: &mut State, path: &std::path::Path, outcome: Result<(), Trouble>) -> Vec<Effect> {
    let is_ours = state.keeper.file.as_deref() == Some(path);
    if is_ours {
        state.keeper.stage = Stage::Idle;
    }
    let Err(trouble) = outcome else { return mind(state).into_iter().collect() };
    let is_news = !is_ours || !std::mem::replace(&mut state.keeper.is_told, true);
    if !is_news {
        return Vec::new();
    }
    state.complain(trouble.to_string());
    vec![Effect::Redraw]
}

/// What tells a secret by its name, in small letters.
const SECRETS: [&str; 9] =
    ["authorization:", "cookie:", "password", "passwd", "secret", "api_key", "apikey", "api-key", "token"];

/// The lines that may be written to a file: those that name a secret are left out, and URLs lose user and password.
fn harmless(lines: &History) -> History {
    let is_secret = |line: &&str| SECRETS.iter().any(|secret| line.to_ascii_lowercase().contains(secret));
    let lines: Vec<String> = lines.newest_first().filter(|line| !is_secret(line)).map(without_user).collect();
    History::from(lines.into_iter().rev().collect::<Vec<_>>())
}

/// A text whose URLs name no user and no password.
pub(super) fn without_user(text: &str) -> String {
    let mut rest = text;
    let mut shown = String::with_capacity(text.len());
    while let Some(at) = rest.find("://") {
        let (before, behind) = rest.split_at(at + 3);
        shown.push_str(before);
        let end = behind.find(|letter: char| letter.is_whitespace() || "/?#'\"<>".contains(letter));
        let authority = &behind[..end.unwrap_or(behind.len())];
        let user = authority.rfind('@').map_or(0, |at| at + 1);
        rest = &behind[user..];
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_lose_user_and_password() {
        for (written, kept) in [
            ("http://me:pw@host/a@b", "http://host/a@b"),
            ("http POST https://me@h:1/?x=1 b://u@c", "http POST https://h:1/?x=1 b://c"),
            ("mail me@host", "mail me@host"),
            ("tcp://127.0.0.1:1", "tcp://127.0.0.1:1"),
            ("http://p@ss@host", "http://host"),
        ] {
            assert_eq!(without_user(written), kept);
        }
    }

    #[test]
    fn lines_that_name_a_secret_are_left_out() {
        let lines = ["hello", "GET / HTTP/1.1\\r\\nAuthorization: Basic eA==", "http://h/?access_token=x", "bye"];
        let kept = harmless(&History::from(lines.map(String::from).to_vec()));
        assert_eq!(kept.newest_first().collect::<Vec<_>>(), ["bye", "hello"]);
    }

    #[test]
    fn what_is_missing_is_empty_and_what_is_unknown_is_not_read() {
        let memory = read(r#"{"recent": ["zoom"], "of_tomorrow": {"x": [1]}}"#).expect("it is one");
        assert_eq!(memory, Memory { recent: vec!["zoom".into()], ..Memory::default() });
        assert!(read("{").is_err());
        assert!(read("[3]").is_err());
        assert!(read(&" ".repeat(FILE_LIMIT + 1)).is_err_and(|why| why.contains("4 MiB")));
    }
}

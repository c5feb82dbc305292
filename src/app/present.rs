//! Showing the program to a room: what was pressed last, and a caption.

use std::collections::VecDeque;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::command::{Action, Command, Verb};
use super::command_line::CommandLine;
use super::keymap::Press;
use super::overlay::Overlay;
use super::pane::{PaneId, client};
use super::{State, pending};
use crate::model::Timestamp;

/// How long a stroke is shown: long enough to look up from the hands that made it.
const STAYS: Duration = Duration::from_secs(5);

/// Strokes shown at once; a footer of a large font has room for no more.
const STROKES: usize = 5;

/// Letters of a typed text that are shown, the last ones.
const TYPED: usize = 24;

/// Stands for each letter of what may be a secret.
const HIDDEN: char = '•';

/// A text that holds one of these, or stands beside one, may be a secret.
const SECRETS: [&str; 11] = [
    "password",
    "passwd",
    "pwd",
    "secret",
    "token",
    "authorization",
    "bearer",
    "cookie",
    "api-key",
    "apikey",
    "credential",
];

/// Whether the screen is laid out for a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// For the one who sits before it.
    #[default]
    Off,
    /// For all who look at it.
    On,
}

/// What was done with the keyboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stroke {
    /// Keys that ran a command.
    Keys {
        /// The keys, as footers show them.
        keys: String,
        /// What they did.
        words: String,
        /// How often, one after another.
        times: usize,
    },
    /// A text was typed.
    Typed(String),
}

/// What a room is shown beside the lab itself.
#[derive(Debug, Default)]
pub struct Presenting {
    /// Whether the screen is laid out for a room.
    pub mode: Mode,
    /// What is being shown, in a sentence; empty for none.
    pub caption: String,
    strokes: VecDeque<(Timestamp, Stroke)>,
}

impl Presenting {
    /// Whether the screen is laid out for a room.
    pub fn is_on(&self) -> bool {
        self.mode == Mode::On
    }

    /// What was done lately, the newest last.
    pub fn strokes(&self) -> impl DoubleEndedIterator<Item = &Stroke> {
        self.strokes.iter().map(|(_, stroke)| stroke)
    }

    /// Takes strokes away whose time is over; true when one went.
    pub(super) fn fade(&mut self, now: Timestamp) -> bool {
        let before = self.strokes.len();
        self.strokes.retain(|(at, _)| now.since(*at) < STAYS);
        self.strokes.len() < before
    }

    fn add(&mut self, stroke: Stroke, now: Timestamp) {
        self.strokes.push_back((now, stroke));
        if self.strokes.len() > STROKES {
            self.strokes.pop_front();
        }
    }
}

/// Begins to show the program to a room, or ends it.
pub(super) fn toggle(state: &mut State) {
    let presenting = &mut state.presenting;
    presenting.strokes.clear();
    presenting.mode = match presenting.mode {
        Mode::Off => Mode::On,
        Mode::On => Mode::Off,
    };
}

/// Takes the caption away, or asks for one.
pub(super) fn caption(state: &mut State) {
    if std::mem::take(&mut state.presenting.caption).is_empty() {
        let mut line = CommandLine::default();
        line.field.set("caption ");
        line.edited(state);
        state.overlay = Some(Overlay::CommandLine(line));
    }
}

/// Keys ran a command.
pub(super) fn pressed(state: &mut State, typed: &[Press], command: &Command) {
    if !state.presenting.is_on() || is_captioning(state) || command.action == Action::App(Verb::Caption) {
        return;
    }
    let keys = pending::shown(typed);
    let words = if command.hint.is_empty() { command.name.replace('-', " ") } else { command.hint.to_owned() };
    let now = state.now;
    if let Some((at, Stroke::Keys { keys: last, words: did, times })) = state.presenting.strokes.back_mut()
        && (&*last, &*did) == (&keys, &words)
    {
        *times += 1;
        *at = now;
        return;
    }
    state.presenting.add(Stroke::Keys { keys, words, times: 1 }, now);
}

/// A letter was typed into a text.
pub(super) fn typed(state: &mut State, key: KeyEvent) {
    let KeyCode::Char(letter) = key.code else { return };
    if !state.presenting.is_on()
        || is_captioning(state)
        || key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT)
    {
        return;
    }
    let letter = if may_be_secret(state) { HIDDEN } else { letter };
    let now = state.now;
    if let Some((at, Stroke::Typed(text))) = state.presenting.strokes.back_mut() {
        text.push(letter);
        if text.chars().count() > TYPED {
            text.remove(0);
        }
        *at = now;
        return;
    }
    state.presenting.add(Stroke::Typed(letter.to_string()), now);
}

/// Whether a caption is being written: the room sees it when it is done.
fn is_captioning(state: &State) -> bool {
    let Some(Overlay::CommandLine(line)) = &state.overlay else { return false };
    line.command().is_some_and(|command| command.action == Action::App(Verb::Caption))
}

/// Whether what is typed now may be a secret, by what stands in its field and in those beside it.
fn may_be_secret(state: &State) -> bool {
    let texts: Vec<String> = match &state.overlay {
        Some(Overlay::Form(form)) => {
            form.fields.iter().flat_map(|field| [field.label.to_owned(), field.text().to_owned()]).collect()
        }
        Some(Overlay::CommandLine(line)) => vec![line.field.text().to_owned()],
        Some(Overlay::Address(tool)) => vec![tool.field.text().to_owned()],
        Some(
            Overlay::Help(_)
            | Overlay::Palette(_)
            | Overlay::Ask(..)
            | Overlay::Saved(_)
            | Overlay::CopyAs(_)
            | Overlay::Leftovers(_)
            | Overlay::Held(..)
            | Overlay::Diff(_)
            | Overlay::Log(_),
        ) => Vec::new(),
        None => match state.focus {
            PaneId::Client => {
                let tab = state.client.current();
                tab.map_or_else(Vec::new, |tab| vec![tab.target.text().to_owned(), client_text(state, tab)])
            }
            PaneId::Http if state.http.is_body_edited() => state.http.body.text.lines().to_vec(),
            PaneId::Http => vec![state.http.url.text().to_owned()],
            PaneId::Traffic => [&state.traffic.filter, &state.find.field].map(|field| field.text().to_owned()).to_vec(),
            PaneId::Inspector => vec![state.find.field.text().to_owned()],
            PaneId::Servers => Vec::new(),
        },
    };
    let holds = |text: &String| {
        let text = text.to_lowercase();
        SECRETS.iter().any(|secret| text.contains(secret))
    };
    texts.iter().any(holds)
}

/// The payload, unless the next letter begins another.
fn client_text(state: &State, tab: &client::Tab) -> String {
    let begins_anew = state.client.editing() == Some(client::Editing::Payload) && tab.draft == client::Draft::Sent;
    if begins_anew { String::new() } else { tab.payload.text().to_owned() }
}

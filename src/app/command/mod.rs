//! The one table of commands: action, name, keys, words. Keys, footer, help, palette and README come from it.

mod arguments;
mod hindrance;
mod table;

pub use arguments::{Kind, Slot, perform_with, rest_start, unquoted};
pub use hindrance::hindrance;
pub use table::COMMANDS;

use super::overlay::{self, Overlay, diff};
use super::pane::{PaneId, client, http, inspector, servers, traffic};
use super::shares::{Growth, Shares};
use super::{
    Effect, State, Zoom, command_line, find, help, lab, last_lab, palette, pane, present, quitting, recording, replay,
    tap, text_field,
};

/// Everything that can be done, by the pane it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Belongs to no pane.
    App(Verb),
    /// The servers pane's.
    Servers(servers::Verb),
    /// With a tap.
    Tap(tap::Verb),
    /// The client pane's.
    Client(client::Verb),
    /// The HTTP pane's.
    Http(http::Verb),
    /// The traffic pane's.
    Traffic(traffic::Verb),
    /// With what was seen, sent again.
    Replay(replay::Verb),
    /// With two things beside each other.
    Diff(diff::Verb),
    /// With the lab of a file.
    Lab(lab::Verb),
    /// The inspector pane's.
    Inspector(inspector::Verb),
    /// Searches the traffic or the inspector.
    Find(find::Verb),
    /// Edits a text.
    Edit(text_field::Verb),
    /// Moves in what lies over the panes.
    Over(overlay::Verb),
}

impl Action {
    /// The pane it belongs to.
    pub fn pane(self) -> Option<PaneId> {
        match self {
            Action::App(_) | Action::Lab(_) | Action::Find(_) | Action::Edit(_) | Action::Over(_) => None,
            Action::Servers(_) | Action::Tap(_) => Some(PaneId::Servers),
            Action::Client(_) => Some(PaneId::Client),
            Action::Http(_) => Some(PaneId::Http),
            Action::Traffic(_) | Action::Replay(_) | Action::Diff(_) => Some(PaneId::Traffic),
            Action::Inspector(_) => Some(PaneId::Inspector),
        }
    }
}

/// What belongs to no pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// To the next pane.
    NextPane,
    /// To the pane before.
    PreviousPane,
    /// To that pane.
    Go(PaneId),
    /// To the pane at the left of this.
    GoLeft,
    /// To the pane below this.
    GoDown,
    /// To the pane above this.
    GoUp,
    /// To the pane at the right of this.
    GoRight,
    /// Fill the screen with the focused pane, or show all.
    Zoom,
    /// Show the keys that count now.
    Help,
    /// Find a command.
    Palette,
    /// Write a command, with its arguments.
    CommandLine,
    /// Take an address or a URL apart.
    Address,
    /// Show the next theme.
    Theme,
    /// Back out one level: the error read, the zoom off.
    Back,
    /// Bring back the servers and clients of the last session.
    Restore,
    /// End the program, asking when something would be lost.
    Quit,
    /// End the program at once.
    QuitNow,
    /// Stop as a job, until `fg`.
    Suspend,
    /// Move the border beside the focused pane.
    Grow(Growth),
    /// Give all borders back the places that suit what is shown.
    EvenPanes,
    /// Draw the whole screen anew.
    Redraw,
    /// Show what was told.
    Log,
    /// Show the program to a room, or no longer.
    Present,
    /// Say what is being shown, or no longer.
    Caption,
    /// Record, or no longer.
    Record,
    /// Show what earlier runs left behind.
    Leftovers,
}

/// Where a key counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Always, whatever lies over the panes.
    Always,
    /// In every pane, text fields included.
    Anywhere,
    /// In every pane, while no text field has the keys.
    Global,
    /// In that pane, while no text field has the keys.
    Pane(PaneId),
    /// In that pane's text field.
    Field(PaneId),
    /// In the list of a server's clients.
    ServerClients,
    /// In the editor of the HTTP body.
    HttpBody,
    /// In the search field of the HTTP response.
    HttpSearch,
    /// In the field that asks what to find in traffic or inspector.
    Find,
    /// In every text field.
    Text,
    /// In the help.
    Help,
    /// In a list over the panes: a menu, the help.
    Menu,
    /// Where a text finds rows: the palette, the command line, a search in the help.
    Finder,
    /// In a form.
    Form,
    /// At a choice in a form.
    Choice,
    /// At a question.
    Question,
    /// At the question whether to quit.
    Quitting,
    /// In the list of recordings that earlier runs left.
    Leftovers,
    /// In the list of messages that a tap holds.
    Held,
    /// Where two things stand beside each other.
    Diff,
}

impl Place {
    /// Every place, in the order of the help and the README.
    pub const ALL: [Place; 26] = [
        Place::Pane(PaneId::Servers),
        Place::ServerClients,
        Place::Pane(PaneId::Client),
        Place::Field(PaneId::Client),
        Place::Pane(PaneId::Http),
        Place::Field(PaneId::Http),
        Place::HttpBody,
        Place::HttpSearch,
        Place::Pane(PaneId::Traffic),
        Place::Field(PaneId::Traffic),
        Place::Pane(PaneId::Inspector),
        Place::Find,
        Place::Global,
        Place::Anywhere,
        Place::Always,
        Place::Text,
        Place::Help,
        Place::Menu,
        Place::Finder,
        Place::Form,
        Place::Choice,
        Place::Question,
        Place::Quitting,
        Place::Leftovers,
        Place::Held,
        Place::Diff,
    ];

    /// What it is called in help and README.
    pub fn words(self) -> String {
        let words = match self {
            Place::Always => "Always",
            Place::Anywhere => "Everywhere",
            Place::Global => "In every pane",
            Place::Pane(pane) => pane.title(),
            Place::Field(PaneId::Traffic) => "Traffic, in the filter",
            Place::Field(pane) => return format!("{}, while typing", pane.title()),
            Place::ServerClients => "Servers, in a server's clients",
            Place::HttpBody => "HTTP, in the body",
            Place::HttpSearch => "HTTP, in the search",
            Place::Find => "Traffic and Inspector, in what to find",
            Place::Text => "In any text",
            Place::Help => "In the help",
            Place::Menu => "In a menu",
            Place::Finder => "In palette and command line",
            Place::Form => "In a form",
            Place::Choice => "In a form, at a choice",
            Place::Question => "At a question",
            Place::Quitting => "When quitting",
            Place::Leftovers => "In recordings of earlier runs",
            Place::Held => "In messages a tap holds",
            Place::Diff => "In a diff",
        };
        words.to_owned()
    }

    /// Whether its keys count in what lies over the panes.
    pub fn is_over_panes(self) -> bool {
        match self {
            Place::Help
            | Place::Menu
            | Place::Finder
            | Place::Form
            | Place::Choice
            | Place::Question
            | Place::Quitting
            | Place::Leftovers
            | Place::Held
            | Place::Diff => true,
            Place::Always
            | Place::Anywhere
            | Place::Global
            | Place::Pane(_)
            | Place::Field(_)
            | Place::ServerClients
            | Place::HttpBody
            | Place::HttpSearch
            | Place::Find
            | Place::Text => false,
        }
    }

    /// Whether letters are text here, so that none may be a command.
    pub fn takes_letters(self) -> bool {
        match self {
            Place::Always
            | Place::Anywhere
            | Place::Field(_)
            | Place::HttpBody
            | Place::HttpSearch
            | Place::Find
            | Place::Text
            | Place::Finder
            | Place::Form
            | Place::Choice => true,
            Place::Global
            | Place::Pane(_)
            | Place::ServerClients
            | Place::Help
            | Place::Menu
            | Place::Question
            | Place::Quitting
            | Place::Leftovers
            | Place::Held
            | Place::Diff => false,
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Command {
    /// What it does.
    pub action: Action,
    /// Its name, as typed behind `:` and in the config.
    pub name: &'static str,
    /// Where its keys count.
    pub place: Place,
    /// Its keys as they come; the first is the one that is shown. A blank stands between keys pressed one after another.
    pub keys: &'static [&'static str],
    /// What it does, in a few words.
    pub words: &'static str,
    /// One word for the footer; empty keeps it out.
    pub hint: &'static str,
    /// What can be written behind its name.
    pub takes: &'static [Slot],
}

impl Command {
    const fn taking(self, takes: &'static [Slot]) -> Self {
        Self { takes, ..self }
    }

    /// Its name and what may stand behind it: `serve URL [BEHAVIOUR [WITH]]`.
    pub fn usage(&self) -> String {
        let slots = self.takes.iter().map(|slot| format!(" {}", slot.written()));
        std::iter::once(self.name.to_owned()).chain(slots).collect()
    }
}

/// The command of that name.
pub fn named(name: &str) -> Option<&'static Command> {
    // What every program with a command line like this one takes for it.
    let name = if name == "q" { "quit" } else { name };
    COMMANDS.iter().find(|command| command.name == name)
}

/// Performs what belongs to no pane.
pub(super) fn app_act(state: &mut State, verb: Verb) -> Vec<Effect> {
    match verb {
        Verb::NextPane => pane::step(state, 1),
        Verb::PreviousPane => pane::step(state, -1),
        Verb::Go(pane) => pane::focus(state, pane),
        Verb::GoLeft => pane::go(state, (-1, 0)),
        Verb::GoDown => pane::go(state, (0, 1)),
        Verb::GoUp => pane::go(state, (0, -1)),
        Verb::GoRight => pane::go(state, (1, 0)),
        Verb::Zoom => {
            state.zoom = match state.zoom {
                Zoom::Off => Zoom::On,
                Zoom::On => Zoom::Off,
            };
        }
        Verb::Help => state.overlay = Some(Overlay::Help(help::Help::default())),
        Verb::Palette => state.overlay = Some(Overlay::Palette(palette::Palette::open(state))),
        Verb::CommandLine => state.overlay = Some(Overlay::CommandLine(command_line::CommandLine::open(state))),
        Verb::Address => overlay::address::open_here(state),
        Verb::Log => overlay::log::open(state),
        Verb::Redraw => return vec![Effect::Repaint],
        Verb::Theme => {
            let words = state.look.next_theme();
            state.keeper.theme_is(&state.look);
            state.say(words);
        }
        Verb::Back => {
            if !pane::drop_selection(state) && !state.notices.read() {
                state.zoom = Zoom::Off;
            }
        }
        Verb::Grow(growth) => {
            if !state.shares.grow(state.focus, growth, &state.regions) {
                state.say("this border moves no further");
            }
        }
        Verb::EvenPanes => state.shares = Shares::default(),
        Verb::Quit => return quitting::quit(state),
        Verb::QuitNow => return vec![Effect::Quit],
        Verb::Suspend => return vec![Effect::Suspend],
        Verb::Present => present::toggle(state),
        Verb::Caption => present::caption(state),
        Verb::Restore => return last_lab::restore(state),
        Verb::Record => return vec![recording::toggle(state)],
        Verb::Leftovers => state.overlay = Some(Overlay::Leftovers(0)),
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::app::keymap::Keys;

    #[test]
    fn every_command_has_a_name_of_its_own_words_and_keys_that_exist() {
        let mut names = BTreeSet::new();
        for command in COMMANDS {
            assert!(names.insert(command.name), "{} stands twice", command.name);
            assert!(!command.words.is_empty(), "{} has no words", command.name);
            // One that needs to be told more may wait for the command line.
            assert!(!command.keys.is_empty() || !command.takes.is_empty(), "{} has no key", command.name);
            for written in command.keys {
                assert!(Keys::parse(written).is_ok(), "{}: no keys are written {written}", command.name);
            }
            assert!(Place::ALL.contains(&command.place), "{} counts in a place that help leaves out", command.name);
        }
    }

    #[test]
    fn no_keys_get_in_the_way_of_others_in_one_place() {
        for (at, command) in COMMANDS.iter().enumerate() {
            let keys: Vec<Keys> = command.keys.iter().filter_map(|written| Keys::parse(written).ok()).collect();
            for other in COMMANDS[at + 1..].iter().filter(|other| other.place == command.place) {
                for theirs in other.keys.iter().filter_map(|written| Keys::parse(written).ok()) {
                    let clash = keys.iter().find(|keys| keys.clashes_with(&theirs));
                    assert!(clash.is_none(), "{} and {}: {theirs}", command.name, other.name);
                }
            }
        }
    }

    #[test]
    fn keys_that_terminals_confuse_are_never_alone() {
        for command in COMMANDS {
            let confused = |key: &&str| ["ctrl-j", "ctrl-m", "ctrl-i", "ctrl-h", "ctrl-s"].contains(key);
            let is_confused = !command.keys.is_empty() && command.keys.iter().all(confused);
            assert!(!is_confused, "{} has only {:?}", command.name, command.keys);
        }
    }

    #[test]
    fn no_plain_letter_acts_where_letters_are_text() {
        for command in COMMANDS.iter().filter(|command| command.place.takes_letters()) {
            // At a choice a blank goes on to the next.
            let may = |keys: &Keys| !keys.first().is_letter() || command.place == Place::Choice;
            let keys = command.keys.iter().filter_map(|written| Keys::parse(written).ok());
            assert!(keys.into_iter().all(|keys| may(&keys)), "{} acts on a letter", command.name);
        }
    }

    #[test]
    fn footers_tell_at_least_four_keys() {
        use Place::{Anywhere, Field, Global, Pane, ServerClients};
        let places: [&[Place]; 7] = [
            &[Pane(PaneId::Servers), Global, Anywhere],
            &[ServerClients, Global, Anywhere],
            &[Pane(PaneId::Client), Global, Anywhere],
            &[Field(PaneId::Client), Anywhere],
            &[Pane(PaneId::Http), Global, Anywhere],
            &[Pane(PaneId::Traffic), Global, Anywhere],
            &[Pane(PaneId::Inspector), Global, Anywhere],
        ];
        for places in places {
            let hints = COMMANDS.iter().filter(|command| places.contains(&command.place) && !command.hint.is_empty());
            assert!(hints.count() >= 4, "{places:?} tells too little");
        }
    }
}

//! The help: the keys that count now, all keys, those that hold a word.

use super::State;
use super::command::{COMMANDS, Command, Place};
use super::pane::places;
use super::text_field::TextField;

/// The help as it is used.
#[derive(Debug, Clone, Default)]
pub struct Help {
    /// Which keys it shows.
    pub scope: Scope,
    /// The line shown first.
    pub top: usize,
    /// The words searched for.
    pub search: TextField,
    /// Whether the search has the keys.
    pub searching: Searching,
}

/// Which keys the help shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scope {
    /// Those that count where the keys are now.
    #[default]
    Here,
    /// All.
    All,
}

/// Whether the search has the keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Searching {
    /// It has not.
    #[default]
    No,
    /// It has.
    Yes,
}

/// A group of the help: a place, and the commands whose keys count there.
pub type Group = (Place, Vec<&'static Command>);

impl Help {
    /// What is shown: place by place, those of the focused pane first.
    pub fn groups(&self, state: &State) -> Vec<Group> {
        let here = places(state);
        let mut order: Vec<Place> = here.to_vec();
        if self.scope == Scope::All || !self.search.text().trim().is_empty() {
            order.extend(Place::ALL.into_iter().filter(|place| !here.contains(place)));
        }
        let needle = self.search.text().trim().to_lowercase();
        let is_found = |command: &&'static Command| {
            let mut keys = state.keymap.keys_of(command.name);
            needle.is_empty()
                || command.words.to_lowercase().contains(&needle)
                || command.name.contains(&needle)
                || keys.any(|keys| keys.to_string().to_lowercase() == needle || keys.shown().to_lowercase() == needle)
        };
        let group = |place: Place| {
            let rows = COMMANDS.iter().filter(|command| command.place == place).filter(is_found);
            (place, rows.collect::<Vec<_>>())
        };
        order.into_iter().map(group).filter(|(_, rows)| !rows.is_empty()).collect()
    }
}

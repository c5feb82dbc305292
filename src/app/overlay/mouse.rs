//! The mouse on what lies over the panes.

use super::{Overlay, Verb, act};
use crate::app::{Effect, State, forms};

/// The row under the cursor of a menu, the palette or the command line.
pub fn cursor(state: &State) -> usize {
    match &state.overlay {
        Some(Overlay::Palette(palette)) => palette.at,
        Some(Overlay::CommandLine(line)) => line.taken.unwrap_or(0),
        Some(Overlay::Saved(at) | Overlay::Log(at) | Overlay::Leftovers(at) | Overlay::Held(_, at)) => *at,
        Some(Overlay::CopyAs(menu)) => menu.at,
        Some(Overlay::Diff(diff)) => diff.at,
        Some(Overlay::Form(form)) => form.taken.unwrap_or(0),
        Some(Overlay::Help(_) | Overlay::Address(_) | Overlay::Ask(..)) | None => 0,
    }
}

/// A row of a menu or of the palette was clicked: it is chosen, as with the enter key. An offer of the command line is
/// put in; a row of the log or of leftovers only gets the cursor.
pub fn choose(state: &mut State, row: usize) -> Vec<Effect> {
    match &mut state.overlay {
        Some(Overlay::Palette(palette)) => palette.at = row,
        Some(Overlay::Saved(at)) => *at = row,
        Some(Overlay::CopyAs(menu)) => menu.at = row,
        Some(Overlay::CommandLine(line)) => {
            line.take(row);
            return Vec::new();
        }
        Some(Overlay::Form(_)) => {
            forms::take(state, row);
            return Vec::new();
        }
        Some(Overlay::Log(at) | Overlay::Leftovers(at) | Overlay::Held(_, at)) => {
            *at = row;
            return Vec::new();
        }
        Some(Overlay::Diff(diff)) => {
            diff.at = row;
            return Vec::new();
        }
        Some(Overlay::Help(_) | Overlay::Address(_) | Overlay::Ask(..)) | None => {
            return Vec::new();
        }
    }
    act(state, Verb::Choose)
}

/// A field of the form was clicked: it gets the keys.
pub fn choose_entry(state: &mut State, field: usize) {
    if let Some(Overlay::Form(form)) = &mut state.overlay {
        form.go_to(field);
    }
}

/// A click beside what lies over the panes takes it away, but nothing in which something was typed or asked.
pub fn pressed_beside(state: &mut State) {
    match &state.overlay {
        Some(Overlay::Help(_) | Overlay::Palette(_) | Overlay::Saved(_) | Overlay::CopyAs(_) | Overlay::Log(_)) => {
            state.overlay = None;
        }
        Some(
            Overlay::Address(_)
            | Overlay::CommandLine(_)
            | Overlay::Form(_)
            | Overlay::Ask(..)
            | Overlay::Leftovers(_)
            | Overlay::Held(..)
            | Overlay::Diff(_),
        )
        | None => {}
    }
}

/// Scrolls the help so that this line stands first.
pub fn scroll_help_to(state: &mut State, line: usize) {
    if let Some(Overlay::Help(help)) = &mut state.overlay {
        help.top = line.min(state.regions.help_end());
    }
}

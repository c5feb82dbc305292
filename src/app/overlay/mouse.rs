//! The mouse on what lies over the panes.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{Overlay, on_key};
use crate::app::{Effect, State};

/// The row under the cursor of a menu or of the palette.
pub fn cursor(state: &State) -> usize {
    match &state.overlay {
        Some(Overlay::Palette(palette)) => palette.at,
        Some(Overlay::Saved(at) | Overlay::CopyAs(at)) => *at,
        Some(Overlay::Help(_) | Overlay::Address(_) | Overlay::Form(_) | Overlay::Ask(..)) | None => 0,
    }
}

/// A row of a menu or of the palette was clicked: it is chosen, as with the enter key.
pub fn choose(state: &mut State, row: usize) -> Vec<Effect> {
    match &mut state.overlay {
        Some(Overlay::Palette(palette)) => palette.at = row,
        Some(Overlay::Saved(at) | Overlay::CopyAs(at)) => *at = row,
        Some(Overlay::Help(_) | Overlay::Address(_) | Overlay::Form(_) | Overlay::Ask(..)) | None => {
            return Vec::new();
        }
    }
    on_key(state, KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE)).unwrap_or_default()
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
        Some(Overlay::Help(_) | Overlay::Palette(_) | Overlay::Saved(_) | Overlay::CopyAs(_)) => state.overlay = None,
        Some(Overlay::Address(_) | Overlay::Form(_) | Overlay::Ask(..)) | None => {}
    }
}

/// Scrolls the help so that this line stands first.
pub fn scroll_help_to(state: &mut State, line: usize) {
    if let Some(Overlay::Help(top)) = &mut state.overlay {
        *top = line.min(state.regions.help_end());
    }
}

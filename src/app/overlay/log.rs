//! The log pane: all that was told, with its time.

use crossterm::event::{KeyCode, KeyEvent};

use super::Overlay;
use crate::app::pane::moved;
use crate::app::{Effect, State, copy};

/// Rows that a page key moves.
const PAGE: isize = 10;

/// Opens it at the newest; all errors are then read.
pub fn open(state: &mut State) {
    state.notices.read_all();
    state.overlay = Some(Overlay::Log(state.notices.told().len().saturating_sub(1)));
}

/// Takes a key; any that means nothing here closes it.
#[expect(clippy::wildcard_enum_match_arm, reason = "the terminal's enum, of which most means nothing here")]
pub fn on_key(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    let Some(Overlay::Log(at)) = &mut state.overlay else { return Vec::new() };
    let count = state.notices.told().len();
    match key.code {
        KeyCode::Up | KeyCode::Char('k') => *at = moved(*at, -1, count),
        KeyCode::Down | KeyCode::Char('j') => *at = moved(*at, 1, count),
        KeyCode::PageUp => *at = moved(*at, -PAGE, count),
        KeyCode::PageDown | KeyCode::Char(' ') => *at = moved(*at, PAGE, count),
        KeyCode::Home | KeyCode::Char('g') => *at = 0,
        KeyCode::End | KeyCode::Char('G') => *at = count.saturating_sub(1),
        KeyCode::Enter | KeyCode::Char('y') => {
            let words = state.notices.told().get(*at).map(|told| told.words.clone());
            return words.map_or_else(Vec::new, |words| copy::text(state, words));
        }
        _ => state.overlay = None,
    }
    Vec::new()
}

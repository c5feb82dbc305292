//! The log pane: all that was told, with its time.

use super::{Overlay, Verb, act_in_menu};
use crate::app::{Effect, State, copy};

/// Opens it at the newest; all errors are then read.
pub fn open(state: &mut State) {
    state.notices.read_all();
    state.overlay = Some(Overlay::Log(state.notices.told().len().saturating_sub(1)));
}

/// Performs a command.
pub(super) fn act(state: &mut State, verb: Verb) -> Vec<Effect> {
    let Some(Overlay::Log(at)) = &mut state.overlay else { return Vec::new() };
    if verb == Verb::Close {
        state.overlay = None;
        return Vec::new();
    }
    let taken = act_in_menu(verb, at, state.notices.told().len());
    let words = taken.and_then(|at| state.notices.told().get(at)).map(|told| told.words.clone());
    words.map_or_else(Vec::new, |words| copy::text(state, words))
}

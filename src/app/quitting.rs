//! The end of the program, and what is asked before.

use super::overlay::{Overlay, Question};
use super::recording::Order;
use super::{Effect, State};

/// Ends the program, unless something would be lost: then it asks.
pub(super) fn quit(state: &mut State) -> Vec<Effect> {
    let reasons: Vec<String> = [recorded(state), connected(state)].into_iter().flatten().collect();
    if reasons.is_empty() {
        return vec![Effect::Quit];
    }
    state.overlay = Some(Overlay::Ask(Question::Quit, format!("Quit? {}", reasons.join(" "))));
    Vec::new()
}

/// It is to end, whatever is lost.
pub(super) fn quit_all_the_same() -> Vec<Effect> {
    vec![Effect::Record(Order::Forget), Effect::Quit]
}

fn recorded(state: &State) -> Option<String> {
    match state.recording.unsaved() {
        0 => None,
        1 => Some("1 message is recorded and not saved.".into()),
        many => Some(format!("{many} messages are recorded and not saved.")),
    }
}

fn connected(state: &State) -> Option<String> {
    match state.world.guests() {
        0 => None,
        1 => Some("The one client of your servers will be disconnected.".into()),
        many => Some(format!("The {many} clients of your servers will be disconnected.")),
    }
}

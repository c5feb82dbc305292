//! Recordings that earlier runs left unsaved: saved under a name, thrown away, or kept for later.

use super::{Overlay, Question, Verb, moved, step};
use crate::app::command::Kind;
use crate::app::form::{Field, Form, Purpose};
use crate::app::recording::{Leftover, Order};
use crate::app::{Content, Effect, State, WhenThere, forms};

/// The name that is offered first.
const NAME: &str = "recovered.pcapng";

/// Performs a command.
pub(super) fn act(state: &mut State, verb: Verb) -> Vec<Effect> {
    let count = state.recording.leftovers.len();
    let Some(Overlay::Leftovers(at)) = &mut state.overlay else { return Vec::new() };
    *at = moved(*at, step(verb), count);
    let at = *at;
    match verb {
        Verb::Close => state.overlay = None,
        Verb::Choose if at < count => {
            let name = state.forms.last("leftover", "file").unwrap_or(NAME).to_owned();
            let field = Field::text_field("file", name, "as pcapng: Wireshark and `wirelab read` open it");
            forms::open(state, Form::new("Save the recording", Purpose::SaveLeftover(at), vec![field.of(Kind::File)]));
        }
        Verb::Remove => {
            if let Some(leftover) = state.recording.leftovers.get(at) {
                let words = format!("Throw the recording of {} away?", leftover.began);
                state.overlay = Some(Overlay::Ask(Question::ThrowAway(at), words));
            }
        }
        Verb::Choose
        | Verb::Save
        | Verb::Up
        | Verb::Down
        | Verb::PageUp
        | Verb::PageDown
        | Verb::Top
        | Verb::Bottom
        | Verb::Complete
        | Verb::CompleteBack
        | Verb::Next
        | Verb::Previous
        | Verb::Left
        | Verb::Right
        | Verb::NewLine
        | Verb::All
        | Verb::Search => {}
    }
    Vec::new()
}

/// Whether one of them is to go was answered: the others are shown again.
pub(super) fn throw_away(state: &mut State, at: usize, verb: Verb) -> Vec<Effect> {
    let leftover = state.recording.leftovers.get(at).filter(|_| verb == Verb::Choose).cloned();
    let others = state.recording.leftovers.len() - usize::from(leftover.is_some());
    if others > 0 {
        state.overlay = Some(Overlay::Leftovers(at.min(others - 1)));
    }
    leftover.map(|leftover| Effect::Record(Order::Remove(leftover))).into_iter().collect()
}

/// Saves one of them under a path.
///
/// # Errors
/// No path is written, or it is gone.
pub fn save(state: &State, at: usize, path: &str) -> Result<Vec<Effect>, String> {
    let path = path.trim();
    if path.is_empty() {
        return Err("write a path".into());
    }
    let leftover: Leftover = state.recording.leftovers.get(at).cloned().ok_or("it is gone")?;
    let (path, content) = (state.paths.meant(path), Content::Leftover(leftover));
    Ok(vec![Effect::SaveFile { path, content, when_there: WhenThere::Ask }])
}

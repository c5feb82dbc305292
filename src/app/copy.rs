//! What is copied: the bytes the cursor means, in the form the user picks.

use bytes::Bytes;

use super::overlay::Overlay;
use super::{Effect, State};
use crate::model::literal::Form;

/// The forms for certain bytes, as a menu.
#[derive(Debug)]
pub struct Menu {
    /// The bytes, as they were when the menu opened.
    pub bytes: Bytes,
    /// The form under the cursor, counted in [`Form::ALL`].
    pub at: usize,
}

/// Opens the menu of forms for what the cursor means.
pub fn offer(state: &mut State, meant: Option<Bytes>) {
    match meant.filter(|bytes| !bytes.is_empty()) {
        Some(bytes) => state.overlay = Some(Overlay::CopyAs(Menu { bytes, at: 0 })),
        None => state.say("there are no bytes here to copy"),
    }
}

/// Copies what the cursor means in one form.
pub fn bytes(state: &mut State, meant: Option<Bytes>, form: Form) -> Vec<Effect> {
    let Some(bytes) = meant.filter(|bytes| !bytes.is_empty()) else {
        state.say("there are no bytes here to copy");
        return Vec::new();
    };
    state.say(format!("copied {} as {}", counted(bytes.len(), "byte"), form.words()));
    vec![Effect::Copy(form.write(&bytes))]
}

/// Copies a text that is shown.
pub fn text(state: &mut State, text: String) -> Vec<Effect> {
    state.say(format!("copied {}", counted(text.chars().count(), "character")));
    vec![Effect::Copy(text)]
}

/// The menu's row was picked.
pub fn picked(state: &mut State, menu: Menu) -> Vec<Effect> {
    let form = Form::ALL.get(menu.at).copied().unwrap_or(Form::Text);
    bytes(state, Some(menu.bytes), form)
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

//! What is copied: the selection, or what the cursor means.

use super::{Half, Tab};
use crate::app::{Effect, State};
use crate::model::{payload, visible};

/// A form in which bytes can be copied: its name, and how it is made.
pub type CopyForm = (&'static str, fn(&[u8]) -> String);

/// The forms in which bytes can be copied.
pub const COPY_FORMS: [CopyForm; 4] = [
    ("text, escaped", visible::escaped),
    ("hex", payload::hex),
    ("base64", payload::base64),
    ("text as it is", |bytes| String::from_utf8_lossy(bytes).into_owned()),
];

pub(super) fn copy(state: &mut State) -> Vec<Effect> {
    let model = &state.inspector;
    if model.selection.is_some() {
        let selected = model.bytes.get(model.lit()).unwrap_or_default();
        let (text, count) = match model.tab {
            Tab::Text => (String::from_utf8_lossy(selected).into_owned(), selected.len()),
            Tab::Tree | Tab::Hex => (payload::hex(selected), selected.len()),
        };
        state.say(format!("copied {count} bytes"));
        return vec![Effect::Copy(text)];
    }
    let copied = match (model.half, model.rows.get(model.at)) {
        (Half::Fields, Some(row)) if !row.value.is_empty() => Some(row.value.clone()),
        (Half::Fields, Some(row)) => Some(row.name.clone().into_owned()),
        (Half::Bytes, _) => model.bytes.get(model.lit()).map(payload::hex),
        (Half::Fields, None) => None,
    };
    let Some(text) = copied else {
        state.say("nothing here to copy");
        return Vec::new();
    };
    state.say(format!("copied {} characters", text.chars().count()));
    vec![Effect::Copy(text)]
}

/// Copies the lit bytes, or all when none is lit, in one of [`COPY_FORMS`].
pub fn copy_as(state: &mut State, form: usize) -> Vec<Effect> {
    let model = &state.inspector;
    let lit = model.lit();
    let bytes = model.bytes.get(lit).filter(|bytes| !bytes.is_empty()).unwrap_or(&model.bytes);
    let Some((name, make)) = COPY_FORMS.get(form) else { return Vec::new() };
    let (text, count) = (make(bytes), bytes.len());
    state.say(format!("copied {count} bytes as {name}"));
    vec![Effect::Copy(text)]
}

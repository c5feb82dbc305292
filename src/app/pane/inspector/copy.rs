//! What is copied and paged: the selection, or what the cursor means.

use bytes::Bytes;

use super::{Half, Model, Tab};
use crate::app::{Effect, State, copy, page};
use crate::model::literal::Form;
use crate::model::visible;

impl Model {
    /// The bytes the cursor means: those that are selected or lit, or all when none is.
    pub fn meant(&self) -> Option<Bytes> {
        let lit = self.lit();
        let is_part = !lit.is_empty() && lit.end <= self.bytes.len();
        Some(if is_part { self.bytes.slice(lit) } else { self.bytes.clone() })
    }
}

/// Copies what is selected, or the value of the field under the cursor, or the bytes it lights.
pub(super) fn copy_meant(state: &mut State) -> Vec<Effect> {
    let model = &state.inspector;
    let meant = model.meant();
    if model.selection.is_some() {
        let form = match model.tab {
            Tab::Text => Form::Text,
            Tab::Tree | Tab::Hex => Form::Hex,
        };
        return copy::bytes(state, meant, form);
    }
    match (model.half, model.rows.get(model.at)) {
        (Half::Fields, Some(row)) => {
            let text = if row.value.is_empty() { row.name.clone().into_owned() } else { row.value.clone() };
            copy::text(state, text)
        }
        (Half::Bytes, _) | (Half::Fields, None) => copy::bytes(state, meant, Form::Hex),
    }
}

/// What the tab shows, whole.
pub(super) fn page_text(model: &Model) -> String {
    match model.tab {
        Tab::Text => page::text(&model.bytes),
        Tab::Hex => page::hex(&model.bytes),
        Tab::Tree => {
            let rows = model.rows.iter().map(|row| {
                let line = format!("{}{}  {}", "  ".repeat(row.depth), row.name, row.value);
                visible::escaped_hidden(line.trim_end()) + "\n"
            });
            rows.collect::<String>() + "\n" + &page::hex(&model.bytes)
        }
    }
}

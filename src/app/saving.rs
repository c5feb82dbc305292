//! Files the user has written: one that is there already is replaced only after a yes.

use std::path::PathBuf;

use bytes::Bytes;

use super::overlay::{Overlay, Question};
use super::{Effect, State, WhenThere};

/// What is to be written over a file, once that is allowed.
pub type Replacing = Option<(PathBuf, Bytes)>;

/// A file of that name is there already: whether it is to be replaced is asked first.
pub(super) fn file_is_there(state: &mut State, path: PathBuf, bytes: Bytes) {
    let shown = path.display().to_string();
    if state.overlay.is_some() {
        return state.complain(format!("save {shown}: there is such a file already; save again to replace it"));
    }
    state.replacing = Some((path, bytes));
    state.overlay =
        Some(Overlay::Ask(Question::ReplaceFile, format!("Replace {shown}? There is such a file already.")));
}

/// The file is to be replaced.
pub(super) fn replace_file(state: &mut State) -> Vec<Effect> {
    let replacing = state.replacing.take().into_iter();
    replacing.map(|(path, bytes)| Effect::SaveFile { path, bytes, when_there: WhenThere::Replace }).collect()
}

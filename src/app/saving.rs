//! Files the user has written: what they hold, and that one that is there already is replaced only after a yes.

use std::path::PathBuf;

use bytes::Bytes;

use super::export::Export;
use super::overlay::{Overlay, Question};
use super::recording::{self, Leftover};
use super::{Effect, State};

/// What is written to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// These bytes.
    Bytes(Bytes),
    /// All that was recorded in this run.
    Recording,
    /// Traffic in a form of its own, or some of it.
    Export(Export),
    /// What an earlier run has left behind; it is then gone from where it was.
    Leftover(Leftover),
}

/// What to do when there is a file already where one is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenThere {
    /// Leave it, and answer with [`Msg::FileIsThere`](super::Msg::FileIsThere).
    Ask,
    /// Replace it.
    Replace,
}

/// What is to be written over a file, once that is allowed.
pub type Replacing = Option<(PathBuf, Content)>;

/// A file of that name is there already: whether it is to be replaced is asked first.
pub(super) fn file_is_there(state: &mut State, path: PathBuf, content: Content) {
    let shown = path.display().to_string();
    if state.overlay.is_some() {
        recording::not_saved(state);
        return state.complain(format!("save {shown}: there is such a file already; save again to replace it"));
    }
    state.replacing = Some((path, content));
    state.overlay =
        Some(Overlay::Ask(Question::ReplaceFile, format!("Replace {shown}? There is such a file already.")));
}

/// The file is to be replaced.
pub(super) fn replace_file(state: &mut State) -> Vec<Effect> {
    let Some((path, content)) = state.replacing.take() else { return Vec::new() };
    let when_there = WhenThere::Replace;
    vec![match content {
        Content::Recording => recording::save(state, path, when_there),
        Content::Bytes(_) | Content::Export(_) | Content::Leftover(_) => Effect::SaveFile { path, content, when_there },
    }]
}

/// The file stays as it is.
pub(super) fn keep_file(state: &mut State) {
    state.replacing = None;
    recording::not_saved(state);
}

//! The panes as they are drawn, one file each, named as in `app`.

pub mod client;
pub mod http;
pub mod inspector;
pub mod servers;
pub mod traffic;

use ratatui::style::Style;

use super::Canvas;
use crate::app::State;
use crate::app::pane::PaneId;

/// The tabs of a pane and which is shown.
pub fn tabs(state: &State, pane: PaneId) -> Vec<(String, bool)> {
    match pane {
        PaneId::Servers => Vec::new(),
        PaneId::Client => client::tabs(state),
        PaneId::Http => http::tabs(state),
        PaneId::Traffic => traffic::tabs(state),
        PaneId::Inspector => inspector::tabs(state),
    }
}

/// A word at the end of a pane's title; a summary of it when only the title is shown.
pub fn note(state: &State, pane: PaneId, is_folded: bool) -> String {
    match pane {
        PaneId::Servers => servers::note(state, is_folded),
        PaneId::Client => client::note(state, is_folded),
        PaneId::Http => http::note(state, is_folded),
        PaneId::Traffic => traffic::note(state),
        PaneId::Inspector => inspector::note(state),
    }
}

/// The style of the row under a pane's cursor.
fn cursor_style(state: &State, pane: PaneId, canvas: &Canvas<'_, '_>) -> Style {
    if state.focus == pane { canvas.theme.chosen } else { canvas.theme.marked }
}

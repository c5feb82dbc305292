//! The panes as they are drawn, one file each, named as in `app`.

pub mod client;
pub mod http;
pub mod inspector;
pub mod servers;
pub mod traffic;

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{Canvas, rows};
use crate::app::State;
use crate::app::pane::PaneId;
use crate::app::regions::Target;
use crate::model::hex::HexGeometry;

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

/// The least rows of a list that leave room for a blank one between each two.
const ROOM_BETWEEN: u16 = 8;

/// How many rows one row of a list takes in so many: two before a room, where there are enough.
fn pitch(state: &State, height: u16) -> u16 {
    if state.presenting.is_on() && height >= ROOM_BETWEEN { 2 } else { 1 }
}

/// The rows of a list, each noted with what it is the row of; so many of the area's as `pitch` leaves.
fn list_rows(area: Rect, pitch: u16, pane: PaneId, first: usize, canvas: &mut Canvas<'_, '_>) -> Vec<Rect> {
    let counted = Rect { height: area.height.div_ceil(pitch), ..area };
    canvas.regions.add(counted, Target::Rows(pane, first));
    let lines: Vec<Rect> = rows(area).step_by(usize::from(pitch)).collect();
    if pitch > 1 {
        // What lies between the rows is the pane's.
        canvas.regions.add(area, Target::Pane(pane));
        for (row, line) in lines.iter().enumerate() {
            canvas.regions.add(*line, Target::Rows(pane, first + row));
        }
    }
    lines
}

/// Columns that bytes are shown in: before a room no more than eight a row take.
fn hex_room(state: &State, length: usize, width: u16) -> u16 {
    if !state.presenting.is_on() {
        return width;
    }
    width.min(HexGeometry::new(length, u16::MAX).width() as u16 - 1)
}

/// The style of the row under a pane's cursor.
fn cursor_style(state: &State, pane: PaneId, canvas: &Canvas<'_, '_>) -> Style {
    if state.focus == pane { canvas.theme.chosen } else { canvas.theme.marked }
}

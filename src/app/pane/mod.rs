//! The five panes: which has the keys, and what of them is chosen.

pub mod client;
pub mod http;
pub mod inspector;
pub mod servers;
pub mod traffic;

use ratatui::layout::Rect;

use super::command::Place;
use super::text_field::TextField;
use super::{State, find};

/// A pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PaneId {
    /// The servers and their clients.
    Servers,
    /// The clients.
    Client,
    /// The HTTP request and its response.
    Http,
    /// The list of frames, and one flow as a stream.
    Traffic,
    /// The fields and bytes of one frame.
    Inspector,
}

/// Why a command of the lab cannot run while a file is looked through.
pub const NO_LAB: &str = "a file is looked through; no lab runs here";

impl PaneId {
    /// All panes, in the order of their numbers.
    pub const ALL: [PaneId; 5] = [PaneId::Servers, PaneId::Client, PaneId::Http, PaneId::Traffic, PaneId::Inspector];

    /// Its number, as on the key that goes there.
    pub fn number(self) -> usize {
        match self {
            PaneId::Servers => 1,
            PaneId::Client => 2,
            PaneId::Http => 3,
            PaneId::Traffic => 4,
            PaneId::Inspector => 5,
        }
    }

    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            PaneId::Servers => "Servers",
            PaneId::Client => "Client",
            PaneId::Http => "HTTP",
            PaneId::Traffic => "Traffic",
            PaneId::Inspector => "Inspector",
        }
    }
}

/// Moves a cursor in a list of `count` rows; it stays within.
pub fn moved(at: usize, by: isize, count: usize) -> usize {
    at.saturating_add_signed(by).min(count.saturating_sub(1))
}

/// Where keys are looked up now, in order.
pub fn places(state: &State) -> &'static [Place] {
    use Place::{Always, Anywhere, Field, Find, Global, HttpBody, HttpSearch, Pane, ServerClients, Text};
    match state.focus {
        pane if state.find.is_asked_in(pane) => &[Find, Text, Anywhere, Always],
        PaneId::Servers if state.servers.is_on_clients() => &[ServerClients, Global, Anywhere, Always],
        PaneId::Servers => &[Pane(PaneId::Servers), Global, Anywhere, Always],
        PaneId::Client if state.client.editing().is_some() => &[Field(PaneId::Client), Text, Anywhere, Always],
        PaneId::Client => &[Pane(PaneId::Client), Global, Anywhere, Always],
        PaneId::Http if state.http.is_body_edited() => &[HttpBody, Text, Anywhere, Always],
        PaneId::Http if state.http.is_searching() => &[HttpSearch, Text, Anywhere, Always],
        PaneId::Http if state.http.is_editing() => &[Field(PaneId::Http), Text, Anywhere, Always],
        PaneId::Http => &[Pane(PaneId::Http), Global, Anywhere, Always],
        PaneId::Traffic if state.traffic.is_filter_edited() => &[Field(PaneId::Traffic), Text, Anywhere, Always],
        PaneId::Traffic => &[Pane(PaneId::Traffic), Global, Anywhere, Always],
        PaneId::Inspector => &[Pane(PaneId::Inspector), Global, Anywhere, Always],
    }
}

/// The text field that has the keys, if one has.
pub fn field(state: &mut State) -> Option<&mut TextField> {
    match state.focus {
        pane if state.find.is_asked_in(pane) => Some(&mut state.find.field),
        PaneId::Client => state.client.field(),
        PaneId::Http => state.http.field(),
        PaneId::Traffic => state.traffic.field(),
        PaneId::Servers | PaneId::Inspector => None,
    }
}

/// The panes there are: of a file that is looked through, those of the traffic.
pub fn panes(state: &State) -> &'static [PaneId] {
    match state.past.opened {
        Some(_) => &[PaneId::Traffic, PaneId::Inspector],
        None => &PaneId::ALL,
    }
}

/// Gives the keys to the pane after the focused one, or before it.
pub fn step(state: &mut State, by: isize) {
    let panes = panes(state);
    let here = panes.iter().position(|pane| *pane == state.focus).unwrap_or(0) as isize;
    let next = (here + by).rem_euclid(panes.len() as isize);
    focus(state, panes[next as usize]);
}

/// Whether a text of the focused pane has the keys.
pub fn is_typing(state: &State) -> bool {
    !places(state).contains(&Place::Global)
}

/// Gives the keys to the nearest pane in that direction: columns to the right, rows down.
pub fn go(state: &mut State, (right, down): (i32, i32)) {
    let Some(here) = state.regions.pane(state.focus) else { return };
    let middle = |area: Rect| (i32::from(area.x + area.width / 2), i32::from(area.y + area.height / 2));
    let (x, y) = middle(here);
    let others = panes(state).iter().copied().filter(|pane| *pane != state.focus);
    let distance = |pane: PaneId| {
        let area = state.regions.pane(pane)?;
        let (other_x, other_y) = middle(area);
        let along = (other_x - x) * right + (other_y - y) * down;
        let beside = i32::from(area.right() <= here.x || area.x >= here.right());
        let above = i32::from(area.bottom() <= here.y || area.y >= here.bottom());
        // What lies truly beside counts when going sideways, what lies above or below in the same column otherwise.
        let lies_there = if right != 0 { beside == 1 } else { above == 1 && beside == 0 };
        let across = (other_x - x) * down.abs() + (other_y - y) * right.abs();
        (along > 0 && lies_there).then_some((along + across.abs() * 2, pane))
    };
    if let Some((_, pane)) = others.filter_map(distance).min_by_key(|(far, _)| *far) {
        focus(state, pane);
    }
}

/// Whether the focused pane edits several lines, so that every key is its own.
pub fn takes_all_keys(state: &State) -> bool {
    state.focus == PaneId::Http && state.http.is_body_edited()
}

/// Text that comes where a payload has just been sent begins a new one.
pub fn before_text(state: &mut State) {
    if state.focus == PaneId::Client {
        state.client.begin_anew();
    }
}

/// Keeps what depends on a field in step after it was edited.
pub fn after_edit(state: &mut State) {
    match state.focus {
        pane if state.find.is_asked_in(pane) => find::edited(state),
        PaneId::Http => state.http.after_edit(),
        PaneId::Traffic => traffic::filter_changed(state),
        PaneId::Client => state.client.after_edit(),
        PaneId::Servers | PaneId::Inspector => {}
    }
}

/// Gives a pane the keys.
pub fn focus(state: &mut State, pane: PaneId) {
    if panes(state).contains(&pane) {
        state.focus = pane;
    } else {
        state.say(NO_LAB);
    }
}

/// Gives the keys to a text field of a pane, counted in the order drawn.
pub fn edit_field(state: &mut State, pane: PaneId, field: usize) {
    match pane {
        PaneId::Client => state.client.edit(field),
        PaneId::Http => state.http.edit_url(),
        PaneId::Traffic => state.traffic.edit_filter(),
        PaneId::Servers | PaneId::Inspector => {}
    }
}

/// Shows a tab of a pane.
pub fn choose_tab(state: &mut State, pane: PaneId, tab: usize) {
    match pane {
        PaneId::Client => state.client.choose(tab),
        PaneId::Http => state.http.choose_tab(tab),
        PaneId::Traffic => state.traffic.choose_tab(tab),
        PaneId::Inspector => state.inspector.choose_tab(tab),
        PaneId::Servers => {}
    }
}

/// Puts a pane's cursor on a row of its list. False when there is no such row.
pub fn choose_row(state: &mut State, pane: PaneId, row: usize) -> bool {
    match pane {
        PaneId::Servers => servers::choose_row(state, row),
        PaneId::Traffic => traffic::choose_row(state, row),
        PaneId::Inspector => inspector::choose_row(state, row),
        PaneId::Http => state.http.choose_row(row),
        // What was said has no cursor; all of it is one conversation.
        PaneId::Client => true,
    }
}

/// Drops what is selected in the focused pane, or else what is searched for. False when nothing is.
pub fn drop_selection(state: &mut State) -> bool {
    let was_selected = match state.focus {
        PaneId::Traffic => state.traffic.selection.take().is_some(),
        PaneId::Inspector => state.inspector.selection.take().is_some(),
        PaneId::Servers | PaneId::Client | PaneId::Http => false,
    };
    was_selected || find::drop_pattern(state)
}

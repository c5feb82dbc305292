//! Where the panes stand: two columns on a wide screen, an accordion on a small one, one pane when zoomed.
//!
//! ```text
//!  header
//!  1 Servers ─────┬ 4 Traffic ──────────
//!                 │
//!  2 Client ──────┤
//!                 ├ 5 Inspector ────────
//!  3 HTTP ────────┤
//!                 │
//!  footer
//! ```

use ratatui::layout::Rect;
use ratatui::symbols::line;

use super::Canvas;
use crate::app::pane::PaneId;
use crate::app::regions::Target;
use crate::app::{State, Zoom};

/// The smallest screen that has two columns.
const WIDE: (u16, u16) = (110, 28);

/// The least rows that leave room for header and footer.
const ROOM_FOR_CHROME: u16 = 8;

/// The least rows for an accordion; below, only the focused pane is shown.
const ROOM_FOR_ACCORDION: u16 = 12;

/// The least rows for an accordion with a glimpse of the traffic, unless the user asked for one.
const ROOM_FOR_GLIMPSE: u16 = 18;

/// Rows of traffic that stay in sight in an accordion while another pane has the keys.
const TRAFFIC_GLIMPSE: u16 = 6;

/// Where a pane stands.
#[derive(Debug, Clone, Copy)]
pub struct Slot {
    /// The pane.
    pub pane: PaneId,
    /// Title row and body.
    pub area: Rect,
}

impl Slot {
    /// The row of the title.
    pub fn title(&self) -> Rect {
        Rect { height: self.area.height.min(1), ..self.area }
    }

    /// What is below the title.
    pub fn body(&self) -> Rect {
        Rect { y: self.area.y.saturating_add(1), height: self.area.height.saturating_sub(1), ..self.area }
    }
}

/// Where everything stands.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The top row.
    pub header: Option<Rect>,
    /// The bottom row.
    pub footer: Option<Rect>,
    /// The panes in sight, top to bottom and left to right.
    pub panes: Vec<Slot>,
    /// The column of the line between the two columns.
    pub divider: Option<Rect>,
}

/// Arranges the screen.
pub fn arrange(state: &State, area: Rect) -> Layout {
    let has_chrome = area.height >= ROOM_FOR_CHROME;
    let header = has_chrome.then_some(Rect { height: 1, ..area });
    let footer = has_chrome.then(|| Rect { y: area.bottom() - 1, height: 1, ..area });
    let inner = if has_chrome { Rect { y: area.y + 1, height: area.height - 2, ..area } } else { area };
    let (panes, divider) = if state.zoom == Zoom::On || area.height < ROOM_FOR_ACCORDION {
        (vec![Slot { pane: state.focus, area: inner }], None)
    } else if state.past.opened.is_some() {
        (of_a_file(state, inner), None)
    } else if area.width >= WIDE.0 && area.height >= WIDE.1 {
        two_columns(state, inner)
    } else {
        (accordion(state, inner), None)
    };
    Layout { header, footer, panes, divider }
}

fn two_columns(state: &State, area: Rect) -> (Vec<Slot>, Option<Rect>) {
    // In a room the traffic is what is talked about.
    let usual = if state.presenting.is_on() { area.width / 3 } else { area.width * 2 / 5 };
    let left_width = state.shares.left(area.width, usual.clamp(40, 84));
    let left = Rect { width: left_width, ..area };
    let divider = Rect { x: area.x + left_width, width: 1, ..area };
    let right = Rect { x: divider.x + 1, width: area.width - left_width - 1, ..area };
    let suits = (servers_rows(state).clamp(4, area.height / 4) + 1, (area.height * 32 / 100).clamp(8, 24));
    let (servers, client) = state.shares.left_rows(area.height, suits);
    let traffic = state.shares.traffic_rows(area.height, area.height * 55 / 100);
    let mut panes = stack(left, &[(PaneId::Servers, servers), (PaneId::Client, client), (PaneId::Http, u16::MAX)]);
    panes.extend(stack(right, &[(PaneId::Traffic, traffic), (PaneId::Inspector, u16::MAX)]));
    (panes, Some(divider))
}

/// What a file holds: the list over what it is taken apart into.
fn of_a_file(state: &State, area: Rect) -> Vec<Slot> {
    let traffic = state.shares.traffic_rows(area.height, area.height * 55 / 100);
    stack(area, &[(PaneId::Traffic, traffic), (PaneId::Inspector, u16::MAX)])
}

/// Rows the servers pane would fill.
fn servers_rows(state: &State) -> u16 {
    let rows = match state.servers.clients {
        Some((node, _)) => state.world.server(node).map_or(0, |server| server.connections.len()) + 1,
        None => state.world.servers.len(),
    };
    u16::try_from(rows).unwrap_or(u16::MAX).saturating_add(1)
}

/// Titles only, but for the pane that has the keys, and a glimpse of the traffic.
fn accordion(state: &State, area: Rect) -> Vec<Slot> {
    let titles = PaneId::ALL.len() as u16;
    let suits = if area.height < ROOM_FOR_GLIMPSE { 0 } else { TRAFFIC_GLIMPSE };
    let glimpse = match state.focus {
        PaneId::Traffic => 0,
        PaneId::Servers | PaneId::Client | PaneId::Http | PaneId::Inspector => {
            state.shares.glimpse_rows(area.height.saturating_sub(titles), suits)
        }
    };
    let focused = area.height.saturating_sub(titles + glimpse) + 1;
    let height = |pane: PaneId| match pane {
        _ if pane == state.focus => focused,
        PaneId::Traffic => glimpse + 1,
        PaneId::Servers | PaneId::Client | PaneId::Http | PaneId::Inspector => 1,
    };
    stack(area, &PaneId::ALL.map(|pane| (pane, height(pane))))
}

/// Panes one below the other, as high as asked, as far as there is room.
fn stack(area: Rect, heights: &[(PaneId, u16)]) -> Vec<Slot> {
    let mut y = area.y;
    let mut slots = Vec::new();
    for (pane, height) in heights {
        let height = (*height).min(area.bottom() - y);
        slots.push(Slot { pane: *pane, area: Rect { y, height, ..area } });
        y += height;
    }
    slots
}

/// Draws the line between the columns, joined to the titles at either side.
pub fn rule(layout: &Layout, canvas: &mut Canvas<'_, '_>) {
    let Some(divider) = layout.divider else { return };
    canvas.regions.add(divider, Target::Divider);
    let has_title = |y: u16, is_left: bool| {
        layout.panes.iter().any(|slot| slot.area.y == y && (slot.area.x < divider.x) == is_left && slot.area.height > 0)
    };
    for y in divider.y..divider.bottom() {
        let symbol = match (has_title(y, true), has_title(y, false)) {
            (true, true) if y == divider.y => line::HORIZONTAL_DOWN,
            (true, true) => line::CROSS,
            (true, false) => line::VERTICAL_LEFT,
            (false, true) => line::VERTICAL_RIGHT,
            (false, false) => line::VERTICAL,
        };
        canvas.frame.buffer_mut().set_string(divider.x, y, symbol, canvas.theme.line);
    }
}

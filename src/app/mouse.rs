//! The mouse: what a press, a drag and a turn of the wheel do, wherever they are.

use std::ops::Range;
use std::time::Duration;

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::command::{self, Action};
use super::pane::{self, PaneId, client, http, inspector, servers, traffic};
use super::regions::Target;
use super::scroll::{self, Scrolled};
use super::shares::{self, Border};
use super::{Effect, State, overlay, perform};
use crate::model::Timestamp;
use crate::model::bar::Bar;
use crate::model::stream::Place;

/// Lines a turn of the wheel moves.
const WHEEL_LINES: isize = 3;

/// Two presses in one cell within this time are a double click; what most desktops take.
const DOUBLE_CLICK: Duration = Duration::from_millis(400);

/// What the mouse did last.
#[derive(Debug, Default)]
pub struct Mouse {
    /// The last press, until it has become a double click.
    pressed: Option<Press>,
    held: Option<Held>,
}

#[derive(Debug, Clone)]
struct Press {
    position: Position,
    at: Timestamp,
    opens: Opens,
}

/// What a double click opens: what was there at the first of its presses, for that may have moved it.
#[derive(Debug, Clone)]
enum Opens {
    Nothing,
    /// What is under a pane's cursor.
    Row(PaneId),
    Pane(PaneId),
    Border(Border),
    Bytes(Range<usize>),
    Stream(Range<Place>),
}

/// What is being dragged.
#[derive(Debug, Clone)]
enum Held {
    Border(Border),
    /// A scroll bar, where it stands, and the row of its thumb that is held.
    Bar(Scrolled, Bar, Rect, u16),
    /// The bytes of the inspector, with those that were pressed on.
    Bytes(Range<usize>),
    /// The stream, with the bytes that were pressed on.
    Stream(Range<Place>),
}

/// Takes what the mouse did.
#[expect(clippy::wildcard_enum_match_arm, reason = "the terminal's enum, of which most means nothing here")]
pub fn on_mouse(state: &mut State, mouse: MouseEvent) -> Vec<Effect> {
    let position = Position::new(mouse.column, mouse.row);
    match mouse.kind {
        MouseEventKind::Down(MouseButton::Left) => return on_press(state, position),
        MouseEventKind::Drag(MouseButton::Left) => on_drag(state, position),
        MouseEventKind::Up(_) => on_release(state),
        MouseEventKind::ScrollDown => return on_wheel(state, position, WHEEL_LINES),
        MouseEventKind::ScrollUp => return on_wheel(state, position, -WHEEL_LINES),
        _ => {}
    }
    Vec::new()
}

fn on_press(state: &mut State, position: Position) -> Vec<Effect> {
    state.mouse.held = None;
    let before = state.mouse.pressed.take();
    let is_soon = |press: &Press| press.position == position && state.now.since(press.at) <= DOUBLE_CLICK;
    // Two quick presses on what nothing opens, such as keys of the footer, are two presses.
    let again = before.filter(|press| is_soon(press) && !matches!(press.opens, Opens::Nothing));
    if let Some(press) = again {
        return open(state, &press.opens);
    }
    let Some((area, target)) = state.regions.at(position) else {
        overlay::pressed_beside(state);
        return Vec::new();
    };
    let (opens, effects) = press(state, position, area, target);
    state.mouse.pressed = Some(Press { position, at: state.now, opens });
    effects
}

fn press(state: &mut State, position: Position, area: Rect, target: Target) -> (Opens, Vec<Effect>) {
    let row = usize::from(position.y - area.y);
    let mut effects = Vec::new();
    let opens = match target {
        Target::Press(action) => {
            effects = perform(state, action);
            Opens::Nothing
        }
        Target::Pane(pane) => {
            pane::focus(state, pane);
            Opens::Nothing
        }
        Target::Title(pane) => {
            // In an accordion the titles move with the keys: they are given when the title was not dragged.
            if !shares::is_accordion(&state.regions) {
                pane::focus(state, pane);
            }
            state.mouse.held = Some(Held::Border(Border::Above(pane)));
            Opens::Pane(pane)
        }
        Target::Divider => {
            state.mouse.held = Some(Held::Border(Border::Columns));
            Opens::Border(Border::Columns)
        }
        Target::Tab(pane, tab) => {
            pane::focus(state, pane);
            pane::choose_tab(state, pane, tab);
            Opens::Nothing
        }
        Target::Rows(pane, first) => {
            pane::focus(state, pane);
            let row = first + row;
            if pane::choose_row(state, pane, row) { Opens::Row(pane) } else { Opens::Nothing }
        }
        Target::Field(pane, field) => {
            pane::focus(state, pane);
            pane::edit_field(state, pane, field);
            Opens::Nothing
        }
        Target::Entry(field) => {
            overlay::choose_entry(state, field);
            Opens::Nothing
        }
        Target::Items(first) => {
            effects = overlay::choose(state, first + row);
            Opens::Nothing
        }
        Target::Bar(what, bar) => {
            hold_bar(state, position, area, what, bar);
            Opens::Nothing
        }
        Target::Hex(_) | Target::Text(_) => {
            let part = inspector::press(state, position);
            state.mouse.held = Some(Held::Bytes(part.clone()));
            Opens::Bytes(part)
        }
        Target::Stream(..) => match traffic::press_stream(state, position) {
            Some(part) => {
                state.mouse.held = Some(Held::Stream(part.clone()));
                Opens::Stream(part)
            }
            None => Opens::Nothing,
        },
        Target::Cover | Target::Room(..) | Target::Help(_) => Opens::Nothing,
    };
    (opens, effects)
}

/// The end of a press, or of a drag.
fn on_release(state: &mut State) {
    if let (Some(Held::Border(Border::Above(pane))), Some(_)) = (state.mouse.held.take(), &state.mouse.pressed) {
        pane::focus(state, pane);
    }
}

/// A press on the thumb takes hold of it; beside it, the middle of the thumb comes there first.
fn hold_bar(state: &mut State, position: Position, area: Rect, what: Scrolled, bar: Bar) {
    let row = position.y - area.y;
    let thumb = bar.thumb(area.height);
    if thumb.contains(&row) {
        state.mouse.held = Some(Held::Bar(what, bar, area, row - thumb.start));
    } else {
        state.mouse.held = Some(Held::Bar(what, bar, area, thumb.len() as u16 / 2));
        on_drag(state, position);
    }
}

fn on_drag(state: &mut State, position: Position) {
    let Some(held) = state.mouse.held.clone() else { return };
    // A drag that has begun is no click.
    if state.mouse.pressed.as_ref().is_some_and(|press| press.position != position) {
        state.mouse.pressed = None;
    }
    match held {
        Held::Border(border) => {
            if state.mouse.pressed.is_none() {
                state.shares.drag(border, position, &state.regions);
            }
        }
        Held::Bar(what, bar, area, grip) => {
            let start = position.y.saturating_sub(area.y).saturating_sub(grip);
            scroll::to(state, what, bar, bar.first_at(start, area.height));
        }
        Held::Bytes(anchor) => inspector::drag(state, &anchor, position),
        Held::Stream(anchor) => traffic::drag_stream(state, &anchor, position),
    }
}

/// A double click.
fn open(state: &mut State, opens: &Opens) -> Vec<Effect> {
    let action = match opens {
        Opens::Nothing => return Vec::new(),
        Opens::Row(PaneId::Servers) if state.servers.is_on_clients() => Action::Servers(servers::Verb::Reply),
        Opens::Row(PaneId::Servers) => Action::Servers(servers::Verb::Open),
        Opens::Row(PaneId::Client) => Action::Client(client::Verb::Follow),
        Opens::Row(PaneId::Http) => Action::Http(http::Verb::Edit),
        Opens::Row(PaneId::Traffic) => Action::Traffic(traffic::Verb::Inspect),
        Opens::Row(PaneId::Inspector) => {
            inspector::toggle_row(state);
            return Vec::new();
        }
        Opens::Pane(pane) => {
            pane::focus(state, *pane);
            Action::App(command::Verb::Zoom)
        }
        Opens::Border(border) => {
            state.shares.reset(*border);
            return Vec::new();
        }
        Opens::Bytes(part) => {
            inspector::select_around(state, part);
            return Vec::new();
        }
        Opens::Stream(part) => {
            traffic::inspect_frame(state, part.start.frame);
            return Vec::new();
        }
    };
    perform(state, action)
}

fn on_wheel(state: &mut State, position: Position, by: isize) -> Vec<Effect> {
    if let Some((what, bar)) = state.regions.scrolled_at(position) {
        scroll::by(state, what, bar, by);
    }
    Vec::new()
}

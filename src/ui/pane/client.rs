//! The client pane: target, conversation, payload.

use std::time::Duration;

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::pitch;
use crate::app::State;
use crate::app::keymap::Keys as Keystrokes;
use crate::app::pane::PaneId;
use crate::app::pane::client::{Draft, Editing, Tab};
use crate::app::regions::Target;
use crate::app::scroll::Scrolled;
use crate::app::world::{Client, closing_words};
use crate::model::bar::Bar;
use crate::model::payload::{Notation, has_placeholders};
use crate::model::{ConnectionLife, Frame, Side, payload, span, visible};
use crate::ui::part::{Keys, cut, field, key_hint, opening_sign, put, scrolled, shown, size_in_words, spans};
use crate::ui::symbols::key_names;
use crate::ui::theme::Theme;
use crate::ui::{Canvas, rows};

/// What takes less is over before it is read.
const WORTH_TELLING: Duration = Duration::from_millis(300);

/// One tab a client, when there are several.
pub fn tabs(state: &State) -> Vec<(String, bool)> {
    if state.client.tabs.len() < 2 {
        return Vec::new();
    }
    let name = |tab: &Tab| cut(state.world.name(tab.node), 12);
    state.client.tabs.iter().enumerate().map(|(index, tab)| (name(tab), index == state.client.at)).collect()
}

/// The word at the end of the title.
pub fn note(state: &State, is_folded: bool) -> String {
    if !is_folded {
        return String::new();
    }
    state.client.current().map_or(String::new(), |tab| tab.target.text().to_owned())
}

/// Draws the pane.
pub fn draw(state: &State, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let current = state.client.current().and_then(|tab| Some((tab, state.world.client(tab.node)?)));
    let Some((tab, client)) = current else {
        put(canvas, area, vec![Span::styled(" no client; press n for one", canvas.theme.dim)]);
        return;
    };
    draw_target(state, tab, client, Rect { height: 1, ..area }, canvas);
    let composer = if area.height >= 5 { 2 } else { u16::from(area.height >= 2) };
    let talk = Rect { y: area.y + 1, height: area.height.saturating_sub(1 + composer), ..area };
    draw_talk(state, tab, client, talk, canvas);
    if composer > 0 {
        let line = Rect { y: area.bottom() - composer, height: 1, ..area };
        draw_payload(state, tab, line, canvas);
    }
    if composer > 1 {
        draw_preview(state, tab, Rect { y: area.bottom() - 1, height: 1, ..area }, canvas);
    }
}

fn draw_target(state: &State, tab: &Tab, client: &Client, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let (sign, style, mut words) = life_words(state, &client.life, canvas.theme);
    let is_datagram = tab.endpoint().is_ok_and(|target| target.scheme.transport().is_datagram());
    if is_datagram && client.life == ConnectionLife::Open {
        "socket open".clone_into(&mut words);
    }
    let width = usize::from(area.width);
    let state_words = Line::from(vec![
        Span::styled(format!(" {sign} "), style),
        Span::styled(format!("{} ", cut(&words, width / 2)), canvas.theme.dim),
    ]);
    let room = area.width.saturating_sub(state_words.width() as u16 + 1);
    let is_edited = state.focus == PaneId::Client && state.client.editing() == Some(Editing::Target);
    let keys = if is_edited { Keys::Here } else { Keys::Elsewhere };
    let is_wrong = tab.endpoint().is_err();
    let place = Rect { x: area.x + 1, width: room, ..area };
    let style = if is_wrong { canvas.theme.bad } else { canvas.theme.text };
    field(canvas, place, &tab.target, keys, style);
    canvas.regions.add(place, Target::Field(PaneId::Client, 0));
    canvas.frame.render_widget(state_words.right_aligned(), area);
}

/// What the client waits for: since when, and which key gives it up, once that is worth telling.
fn waiting_words(state: &State, tab: &Tab, width: usize) -> Option<String> {
    let is_connecting = state.world.client(tab.node).is_some_and(|client| client.life == ConnectionLife::Connecting);
    let (what, began) = match &tab.reading {
        Some(reading) => (format!("reading {}", reading.path), reading.began),
        None if is_connecting => ("connecting".to_owned(), tab.began),
        None => return None,
    };
    let took = state.now.since(began);
    if took < WORTH_TELLING {
        return None;
    }
    let key = state.keymap.keys_of("client-give-up").next().map_or(String::new(), Keystrokes::shown);
    let how = format!(" · {} · {key} gives up", span(took));
    Some(format!("   {}{how}", cut(&what, width.saturating_sub(how.width() + 3))))
}

fn life_words(state: &State, life: &ConnectionLife, theme: &Theme) -> (&'static str, Style, String) {
    match life {
        ConnectionLife::Idle => ("○", theme.dim, "not connected".into()),
        ConnectionLife::Connecting => (opening_sign(state), theme.warn, "connecting".into()),
        ConnectionLife::Open => ("●", theme.good, "connected".into()),
        ConnectionLife::FinishedByUs => ("◑", theme.warn, "FIN sent".into()),
        ConnectionLife::FinishedByPeer => ("◐", theme.warn, "peer sent FIN".into()),
        ConnectionLife::Closed(how, _) => ("○", theme.dim, closing_words(how)),
        ConnectionLife::Failed(trouble) => ("✗", theme.bad, trouble.why.clone()),
    }
}

/// What was said on the client's flow, the newest at the bottom.
fn draw_talk(state: &State, tab: &Tab, client: &Client, area: Rect, canvas: &mut Canvas<'_, '_>) {
    if area.is_empty() {
        return;
    }
    let pitch = pitch(state, area.height);
    let page = usize::from(area.height.div_ceil(pitch));
    let track = client.flow.and_then(|flow| state.world.flows.track(flow));
    let count = track.map_or(0, |track| track.stream.len());
    let back = tab.scrolled.min(count.saturating_sub(page));
    let first = count.saturating_sub(back + page);
    let area = scrolled(canvas, area, Scrolled::Talk, Bar::of_rows(first, page, count));
    let newest_first = track.into_iter().flat_map(|track| track.stream.newest_first());
    let said: Vec<&Frame> =
        newest_first.skip(back).take(page).filter_map(|number| state.world.log.frame(number)).collect();
    if said.is_empty() {
        let words = match &client.life {
            ConnectionLife::Failed(trouble) if !trouble.remedy.is_empty() => format!(" {}", trouble.remedy),
            ConnectionLife::Idle if state.focus == PaneId::Client => {
                key_names(" press ⏎ to connect and send", canvas.symbols)
            }
            ConnectionLife::Idle => " not used yet".into(),
            ConnectionLife::Connecting
            | ConnectionLife::Open
            | ConnectionLife::FinishedByUs
            | ConnectionLife::FinishedByPeer
            | ConnectionLife::Closed(..)
            | ConnectionLife::Failed(_) => " nothing said yet".into(),
        };
        let spans = shown(&words, usize::from(area.width), canvas.theme.dim, canvas.theme.dim);
        put(canvas, area, spans);
        return;
    }
    canvas.regions.add(area, Target::Rows(PaneId::Client, first));
    // The newest is the lowest; a short talk stands at the top.
    for (place, frame) in rows(area).step_by(usize::from(pitch)).zip(said.iter().rev()) {
        let spans = said_row(state, frame, tab.notation, usize::from(area.width), canvas.theme);
        put(canvas, place, spans);
    }
}

fn said_row(state: &State, frame: &Frame, notation: Notation, width: usize, theme: &Theme) -> Vec<Span<'static>> {
    let flow = frame.flow.and_then(|flow| state.world.flow(flow));
    let from = frame.kind.data().and_then(|(direction, _)| flow?.sender(frame.node, direction));
    let (sign, style) = match from {
        Some(Side::Client) => (" ↦ ", theme.client),
        Some(Side::Server) | None => (" ↤ ", theme.server),
    };
    let mut row = vec![Span::styled(sign, style)];
    let room = width.saturating_sub(3);
    match notation {
        Notation::Text => row.extend(spans(visible::line(frame.payload(), room), style, theme.dim)),
        // Who writes hex reads hex.
        Notation::Hex => {
            let beginning = &frame.payload()[..frame.payload().len().min(room)];
            row.push(Span::styled(cut(&payload::hex(beginning), room), style));
        }
    }
    row
}

fn draw_payload(state: &State, tab: &Tab, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let is_edited = state.focus == PaneId::Client && state.client.editing() == Some(Editing::Payload);
    let sign_style = if is_edited { canvas.theme.accent } else { canvas.theme.dim };
    put(canvas, Rect { width: area.width.min(3), ..area }, vec![Span::styled(" › ", sign_style)]);
    let place = Rect { x: area.x + area.width.min(3), width: area.width.saturating_sub(4), ..area };
    // What was sent is shown as chosen: the next letter takes its place.
    let is_chosen = tab.draft == Draft::Sent && is_edited;
    let style = if is_chosen { canvas.theme.text.patch(canvas.theme.chosen) } else { canvas.theme.text };
    field(canvas, place, &tab.payload, if is_edited { Keys::Here } else { Keys::Elsewhere }, style);
    canvas.regions.add(area, Target::Field(PaneId::Client, 1));
}

/// The exact bytes that Enter would send, and their count.
fn draw_preview(state: &State, tab: &Tab, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let theme = canvas.theme;
    let width = usize::from(area.width);
    if let Some(words) = waiting_words(state, tab, width) {
        put(canvas, area, shown(&words, width, theme.warn, theme.warn));
        return;
    }
    let repeat = match &tab.repeat {
        Some(repeat) => repeat.left.map_or(" · ×∞, s stops".to_owned(), |left| format!(" · ×{left} left, s stops")),
        None => String::new(),
    };
    let is_edited = state.focus == PaneId::Client && state.client.editing().is_some();
    let (notation, ending) = if is_edited { ("payload-notation", "payload-ending") } else { ("notation", "ending") };
    let choice = |command: &str, name: &str, canvas: &Canvas<'_, '_>| {
        let key = state.keymap.keys_of(command).next().map_or(String::new(), Keystrokes::shown);
        key_hint(&key, name, canvas)
    };
    let mut how = choice(notation, tab.notation.name(), canvas).to_vec();
    if tab.notation == Notation::Text {
        how.push(Span::raw("  "));
        how.extend(choice(ending, tab.ending.name(), canvas));
    }
    how.push(Span::styled(repeat, theme.warn));
    how.push(Span::raw(" "));
    let how = Line::from(how);
    let room = width.saturating_sub(how.width() + 4);
    // The chance that fills placeholders in is drawn when it is sent; here it only shows their form.
    match tab.compose(state.now, state.seed) {
        Ok(bytes) => {
            let example = if has_placeholders(tab.payload.text()) { "such as " } else { "" };
            let mut row = vec![Span::styled(format!("   {} {example}", size_in_words(bytes.len() as u64)), theme.dim)];
            let used: usize = row.iter().map(Span::width).sum();
            row.extend(spans(visible::line(&bytes, room.saturating_sub(used)), theme.dim, theme.accent));
            put(canvas, area, row);
        }
        Err(error) => {
            let spans = shown(&format!("   {error}"), room, theme.bad, theme.bad);
            put(canvas, area, spans);
        }
    }
    canvas.frame.render_widget(how.right_aligned(), area);
}

//! The HTTP pane: the request line, and a tab of the request or of its response.

use std::time::Duration;

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::Span;

use super::cursor_style;
use crate::app::State;
use crate::app::form::HttpRows;
use crate::app::pane::PaneId;
use crate::app::pane::http::{BodyKind, Exchange, Life, PHASES, Row, Tab, View};
use crate::app::regions::Target;
use crate::app::scroll::Scrolled;
use crate::contract::Verification;
use crate::model::bar::Bar;
use crate::model::hex::HexGeometry;
use crate::model::span;
use crate::model::visible::{self, Wrap};
use crate::ui::part::{Keys, cut, edited, field, hint, opening_sign, put, scrolled, shown, size_in_words, spans};
use crate::ui::theme::Theme;
use crate::ui::widget::hex::HexView;
use crate::ui::{Canvas, rows};

/// What takes less is over before it is read.
const WORTH_TELLING: Duration = Duration::from_millis(300);

/// The tabs.
pub fn tabs(state: &State) -> Vec<(String, bool)> {
    Tab::ALL.iter().map(|tab| (tab.title().to_owned(), *tab == state.http.tab)).collect()
}

/// The word at the end of the title.
pub fn note(state: &State, is_folded: bool) -> String {
    let model = &state.http;
    if is_folded {
        let status =
            model.exchange.as_ref().map_or(String::new(), |exchange| format!(" · {}", status_words(state, exchange)));
        return format!("{} {}{status}", model.method, model.url.text());
    }
    match model.verification {
        Verification::On => String::new(),
        Verification::Off => "certificates not checked".into(),
    }
}

/// Draws the pane.
pub fn draw(state: &State, area: Rect, canvas: &mut Canvas<'_, '_>) {
    draw_request_line(state, Rect { height: 1, ..area }, canvas);
    if area.height < 2 {
        return;
    }
    draw_status(state, Rect { y: area.y + 1, height: 1, ..area }, canvas);
    let area = Rect { y: area.y + 2, height: area.height - 2, ..area };
    if area.is_empty() {
        return;
    }
    match state.http.tab {
        Tab::Response => draw_response(state, area, canvas),
        Tab::Fields => draw_fields(state, area, canvas),
        Tab::Timing => draw_timing(state, area, canvas),
        Tab::Headers | Tab::Query => draw_rows(state, area, canvas),
        Tab::Body => draw_body(state, area, canvas),
    }
}

fn draw_request_line(state: &State, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let model = &state.http;
    let theme = canvas.theme;
    let method = format!(" {} ", cut(&model.method, 12));
    let width = method.chars().count() as u16;
    put(canvas, area, vec![Span::styled(method, theme.accent.add_modifier(Modifier::BOLD))]);
    let is_edited = state.focus == PaneId::Http && model.is_editing() && !model.is_searching();
    let place = Rect { x: area.x + width, width: area.width.saturating_sub(width + 1), ..area };
    field(canvas, place, &model.url, if is_edited { Keys::Here } else { Keys::Elsewhere }, theme.text);
    canvas.regions.add(place, Target::Field(PaneId::Http, 0));
}

fn draw_status(state: &State, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let theme = canvas.theme;
    let Some(exchange) = &state.http.exchange else {
        put(canvas, area, hint(" press ⏎ to send the request", canvas));
        return;
    };
    let style = match (&exchange.life, exchange.head.as_ref().map(|head| head.status)) {
        (Life::Failed(_), _) => theme.bad,
        (Life::Cancelled, _) | (Life::Running(_), None) => theme.warn,
        (Life::Running(_) | Life::Done, Some(status)) => status_style(status, theme),
        (Life::Done, None) => theme.text,
    };
    let words = cut(&status_words(state, exchange), usize::from(area.width).saturating_sub(1));
    let mut row = vec![Span::styled(format!(" {words}"), style.add_modifier(Modifier::BOLD))];
    let mut facts = Vec::new();
    if !exchange.is_running() {
        facts.push(span(exchange.total()));
    } else if exchange.running_for(state.now) >= WORTH_TELLING {
        facts.push(span(exchange.running_for(state.now)));
        let cancel = state.keymap.keys_of("http-cancel-typed").next();
        facts.extend(cancel.map(|key| format!("{} cancels", key.shown())));
    }
    if exchange.head.is_some() {
        facts.push(size_in_words(exchange.body.received));
    }
    if let Some(head) = &exchange.head {
        facts.push(head.version.to_owned());
    }
    if let Some(media) = exchange.header("content-type") {
        facts.push(media.split(';').next().unwrap_or(media).to_owned());
    }
    let facts: Vec<String> = facts.iter().map(|fact| format!(" · {}", cut(fact, 40))).collect();
    let room = usize::from(area.width).saturating_sub(row.iter().map(Span::width).sum());
    row.push(Span::styled(cut(&facts.concat(), room), theme.dim));
    put(canvas, area, row);
}

fn status_words(state: &State, exchange: &Exchange) -> String {
    let sign = if exchange.is_opening() { opening_sign(state) } else { "◌" };
    let head = exchange.head.as_ref().map(|head| {
        let reason = visible::joined(&visible::text(&head.reason, 40));
        if reason.is_empty() { head.status.to_string() } else { format!("{} {reason}", head.status) }
    });
    match (&exchange.life, head) {
        (Life::Running(phase), None) => format!("{sign} {}", phase.name()),
        (Life::Running(_), Some(head)) => format!("{sign} {head}"),
        (Life::Done, head) => head.unwrap_or_default(),
        (Life::Failed(_), Some(head)) => format!("✗ {head}, then failed"),
        (Life::Failed(trouble), None) => format!("✗ {} failed", trouble.act),
        (Life::Cancelled, Some(head)) => format!("{head}, then cancelled"),
        (Life::Cancelled, None) => "cancelled".into(),
    }
}

fn status_style(status: u16, theme: &Theme) -> Style {
    match status {
        200..300 => theme.good,
        400.. => theme.bad,
        _ => theme.warn,
    }
}

fn draw_response(state: &State, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let model = &state.http;
    let theme = canvas.theme;
    let Some(exchange) = &model.exchange else { return };
    let mut area = area;
    if model.is_searching() || !model.search.text().is_empty() {
        let line = Rect { height: 1, ..area };
        put(canvas, line, vec![Span::styled(" / ", theme.accent)]);
        let place = Rect { x: line.x + 3, width: line.width.saturating_sub(4), ..line };
        let has_keys = state.focus == PaneId::Http && model.is_searching();
        field(canvas, place, &model.search, if has_keys { Keys::Here } else { Keys::Elsewhere }, theme.text);
        area = Rect { y: area.y + 1, height: area.height - 1, ..area };
    }
    if let Life::Failed(trouble) = &exchange.life {
        let lines = visible::folded(&trouble.to_string(), usize::from(area.width.saturating_sub(2)));
        let height = (lines.len() as u16).min(area.height);
        for (row, line) in rows(Rect { height, x: area.x + 1, ..area }).zip(lines) {
            put(canvas, row, vec![Span::styled(line, theme.bad)]);
        }
        area = Rect { y: area.y + height, height: area.height - height, ..area };
    }
    if area.is_empty() {
        return;
    }
    let bar = Bar::of_rows(model.top, usize::from(area.height), model.lines());
    let area = scrolled(canvas, area, Scrolled::Response, bar);
    canvas.regions.add(area, Target::Rows(PaneId::Http, model.top));
    draw_body_bytes(state, exchange, area, canvas);
}

fn draw_body_bytes(state: &State, exchange: &Exchange, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let theme = canvas.theme;
    let body = &exchange.body;
    if body.received == 0 {
        let words = if exchange.life == Life::Done { " the response has no body" } else { "" };
        put(canvas, area, vec![Span::styled(words, theme.dim)]);
        return;
    }
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area };
    if body.view == View::Hex {
        let geometry = HexGeometry::new(body.raw().len(), inner.width);
        let top_row = (state.http.top * 16 / geometry.per_row().max(1)).min(geometry.rows());
        let view = HexView {
            bytes: body.raw(),
            top_row,
            cursor: None,
            lit: 0..0,
            found: &[],
            found_here: None,
            ink: theme.ink(theme.chosen),
        };
        canvas.frame.render_widget(view, inner);
        return;
    }
    let needle = state.http.search.text().to_lowercase();
    let mut sight = rows(inner);
    let mut line = state.http.top;
    'lines: while let Some(bytes) = body.line(line) {
        let found = !needle.is_empty() && String::from_utf8_lossy(bytes).to_lowercase().contains(&needle);
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        let style = if found { theme.accent } else { theme.text };
        let room = usize::from(inner.height);
        let wrapped: Vec<_> = visible::rows(bytes, usize::from(inner.width), Wrap::Text).take(room).collect();
        if wrapped.is_empty() && sight.next().is_none() {
            break;
        }
        for part in wrapped {
            let Some(row) = sight.next() else { break 'lines };
            put(canvas, row, spans(part.pieces, style, theme.dim).collect());
        }
        line += 1;
    }
    if body.missing() > 0 && body.line(line).is_none() {
        let words = format!("{} more came and were not kept", size_in_words(body.missing()));
        if let Some(row) = sight.next() {
            put(canvas, row, vec![Span::styled(words, theme.warn)]);
        }
    }
}

fn draw_fields(state: &State, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let theme = canvas.theme;
    let Some(head) = state.http.exchange.as_ref().and_then(|exchange| exchange.head.as_ref()) else {
        put(canvas, area, vec![Span::styled(" no response yet", theme.dim)]);
        return;
    };
    let trailers = state.http.exchange.iter().flat_map(|exchange| &exchange.trailers);
    let bar = Bar::of_rows(state.http.top, usize::from(area.height), state.http.lines());
    let area = scrolled(canvas, area, Scrolled::Response, bar);
    canvas.regions.add(area, Target::Rows(PaneId::Http, state.http.top));
    let fields = head.headers.iter().chain(trailers);
    for (row, (name, value)) in rows(area).zip(fields.skip(state.http.top)) {
        let width = usize::from(row.width).saturating_sub(2);
        let mut spans = vec![Span::raw(" ")];
        spans.extend(shown(name, width, theme.client, theme.dim));
        spans.push(Span::styled(": ", theme.dim));
        let used: usize = spans.iter().map(Span::width).sum();
        spans.extend(shown(value, width.saturating_sub(used), theme.text, theme.dim));
        put(canvas, row, spans);
    }
}

/// The phases as bars, each beginning where the one before ended.
fn draw_timing(state: &State, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let theme = canvas.theme;
    let Some(exchange) = &state.http.exchange else {
        put(canvas, area, vec![Span::styled(" send the request to see where its time goes", theme.dim)]);
        return;
    };
    let total = exchange.phases().iter().map(|(_, took)| took.as_secs_f64()).sum::<f64>().max(1e-9);
    let bars = f64::from(area.width.saturating_sub(22));
    let mut before = 0.0;
    let mut sight = rows(area);
    for phase in PHASES {
        let Some((_, took)) = exchange.phases().iter().find(|(ended, _)| *ended == phase) else { continue };
        let Some(row) = sight.next() else { return };
        let share = took.as_secs_f64() / total;
        let indent = " ".repeat((before * bars) as usize);
        let bar = "█".repeat(((share * bars).round() as usize).max(1));
        before += share;
        let spans = vec![
            Span::styled(format!(" {:<8}", phase.name()), theme.text),
            Span::styled(format!("{:>8}  ", span(*took)), theme.dim),
            Span::raw(indent),
            Span::styled(bar, theme.accent),
        ];
        put(canvas, row, spans);
    }
    if let Some(row) = sight.next() {
        put(canvas, row, vec![Span::styled(format!(" total   {:>8}", span(exchange.total())), theme.dim)]);
    }
}

fn draw_rows(state: &State, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let theme = canvas.theme;
    let Some((which, list)) = state.http.rows() else { return };
    if list.is_empty() {
        let words = match which {
            HttpRows::Headers => {
                " none of your own; a adds one. Host, User-Agent and Accept are sent unless you set them"
            }
            HttpRows::Query => " none; a adds one, or write ?name=value in the URL",
            HttpRows::Form => " none; a adds one, b changes the kind of body",
        };
        put(canvas, area, vec![Span::styled(cut(words, usize::from(area.width)), theme.dim)]);
        return;
    }
    let at = state.http.at;
    let page = usize::from(area.height);
    let top = state.tops.http.first(at, page, list.len());
    let area = scrolled(canvas, area, Scrolled::HttpRows, Bar::of_rows(top, page, list.len()));
    canvas.regions.add(area, Target::Rows(PaneId::Http, top));
    for (row, (index, field)) in rows(area).zip(list.iter().enumerate().skip(top)) {
        put(canvas, row, field_row(field, usize::from(row.width), theme));
        if index == at {
            let style = cursor_style(state, PaneId::Http, canvas);
            canvas.frame.buffer_mut().set_style(row, style);
        }
    }
}

fn field_row(field: &Row, width: usize, theme: &Theme) -> Vec<Span<'static>> {
    let (sign, name, value) =
        if field.is_on { (" ✓ ", theme.client, theme.text) } else { (" · ", theme.dim, theme.dim) };
    let mut spans = vec![Span::styled(sign, theme.good)];
    spans.extend(shown(&field.name, width / 2, name, theme.dim));
    spans.push(Span::styled("  ", theme.dim));
    let used: usize = spans.iter().map(Span::width).sum();
    spans.extend(shown(&field.value, width.saturating_sub(used + 1), value, theme.dim));
    spans
}

fn draw_body(state: &State, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let theme = canvas.theme;
    let body = &state.http.body;
    let kinds = [BodyKind::Text, BodyKind::Form, BodyKind::File].into_iter().flat_map(|kind| {
        let style = if kind == body.kind { theme.accent } else { theme.dim };
        [Span::styled(kind.name(), style), Span::raw("  ")]
    });
    let mut heading = vec![Span::raw(" ")];
    heading.extend(kinds);
    heading.push(Span::styled("b changes the kind, e edits", theme.dim));
    put(canvas, Rect { height: 1, ..area }, heading);
    let area = Rect { y: area.y + 1, height: area.height - 1, ..area };
    if area.is_empty() {
        return;
    }
    match body.kind {
        BodyKind::Form => draw_rows(state, area, canvas),
        BodyKind::File => {
            let words = if body.file.is_empty() { "no file; e names one" } else { &body.file };
            let spans = shown(&format!(" {words}"), usize::from(area.width), theme.text, theme.dim);
            put(canvas, area, spans);
        }
        BodyKind::Text => draw_text_body(state, area, canvas),
    }
}

fn draw_text_body(state: &State, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let text = &state.http.body.text;
    let place = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    if text.is_empty() && !state.http.is_body_edited() {
        put(canvas, place, vec![Span::styled("no body", canvas.theme.dim)]);
        return;
    }
    let cursor = state.http.is_body_edited().then(|| text.cursor());
    let at = cursor.map_or(0, |cursor| cursor.0);
    let top = (at + 1).saturating_sub(usize::from(place.height));
    for (row, (index, line)) in rows(place).zip(text.lines().iter().enumerate().skip(top)) {
        match cursor.filter(|cursor| cursor.0 == index) {
            Some(cursor) => edited(canvas, row, line, cursor.1, canvas.theme.text),
            None => put(canvas, row, shown(line, usize::from(row.width), canvas.theme.text, canvas.theme.dim)),
        }
    }
}

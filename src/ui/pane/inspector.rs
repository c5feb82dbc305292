//! The inspector pane: fields beside bytes, bytes alone, or text.

use std::borrow::Cow;
use std::ops::Range;

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::{cursor_style, hex_room};
use crate::app::State;
use crate::app::pane::PaneId;
use crate::app::pane::inspector::{Fold, Half, Row, Tab};
use crate::app::regions::Target;
use crate::app::scroll::Scrolled;
use crate::model::bar::Bar;
use crate::model::hex::HexGeometry;
use crate::model::search::{Pattern, REACH};
use crate::model::stream::Layout;
use crate::model::visible::{self, Wrap};
use crate::ui::find;
use crate::ui::part::{put, scrolled, size_in_words, spans};
use crate::ui::widget::hex::HexView;
use crate::ui::widget::tree::{Branch, Tone, TreeRow, TreeView};
use crate::ui::widget::{Ink, light};
use crate::ui::{Canvas, rows};

/// The least columns of fields beside sixteen bytes a row.
const WIDE_TREE: u16 = 44;

/// Columns that sixteen bytes a row take more than eight.
const SIXTEEN_OVER_EIGHT: u16 = 34;

/// The least columns that fields and bytes stand beside each other in.
const SIDE_BY_SIDE: u16 = 64;

/// The tabs.
pub fn tabs(state: &State) -> Vec<(String, bool)> {
    Tab::ALL.iter().map(|tab| (tab.title().to_owned(), *tab == state.inspector.tab)).collect()
}

/// The word at the end of the title: the chosen field's whole name, or where the bytes are from.
pub fn note(state: &State) -> String {
    let model = &state.inspector;
    if model.selection.is_some() {
        return format!("{} selected · y copies", size_in_words(model.lit().len() as u64));
    }
    let chosen = model.rows.get(model.at).filter(|row| !row.full_name.is_empty() && row.depth > 0);
    match (model.frame, model.bytes.len(), chosen) {
        (0, _, _) => String::new(),
        (_, _, Some(row)) if state.focus == PaneId::Inspector => match row.span.len() {
            0 => row.full_name.to_owned(),
            bytes => format!("{} · {}", row.full_name, size_in_words(bytes as u64)),
        },
        (_, bytes, _) => match &model.recorded {
            Some(recorded) => format!("{} · {recorded}", model.origin),
            None if bytes == 0 => model.origin.clone(),
            None => format!("{} · {}", model.origin, size_in_words(bytes as u64)),
        },
    }
}

/// Draws the pane.
pub fn draw(state: &State, area: Rect, canvas: &mut Canvas<'_, '_>) {
    if state.inspector.frame == 0 {
        let words = "  the frame under the cursor of the traffic pane is taken apart here";
        put(canvas, area, vec![Span::styled(words, canvas.theme.dim)]);
        return;
    }
    let area = find::draw(state, PaneId::Inspector, area, canvas);
    match state.inspector.tab {
        Tab::Tree => draw_both(state, area, canvas),
        Tab::Hex => draw_hex(state, area, canvas),
        Tab::Text => draw_text(state, area, canvas),
    }
}

fn draw_both(state: &State, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let has_bytes = !state.inspector.bytes.is_empty();
    if !has_bytes {
        draw_tree(state, area, canvas);
    } else if area.width >= SIDE_BY_SIDE {
        let length = state.inspector.bytes.len();
        let hex = hex_columns(length, area.width).min(hex_room(state, length, area.width));
        draw_tree(state, Rect { width: area.width - hex - 1, ..area }, canvas);
        draw_hex(state, Rect { x: area.right() - hex, width: hex, ..area }, canvas);
    } else {
        let hex = area.height / 3;
        draw_tree(state, Rect { height: area.height - hex, ..area }, canvas);
        draw_hex(state, Rect { y: area.bottom() - hex, height: hex, ..area }, canvas);
    }
}

/// Columns beside the bytes: a blank before them, and their scroll bar.
const AROUND_BYTES: u16 = 2;

/// Bytes that fit a row of eight: more columns for so few would be taken from the fields.
const FEW: usize = 8;

/// Columns the bytes take beside the fields: sixteen a row when there are so many and the fields keep enough, else eight.
fn hex_columns(length: usize, width: u16) -> u16 {
    let wide = HexGeometry::new(length, u16::MAX).width() as u16 + AROUND_BYTES;
    if length > FEW && wide + WIDE_TREE <= width {
        return wide;
    }
    let most = (wide - SIXTEEN_OVER_EIGHT).min(width / 2 + 7);
    // What fewer a row leave empty is the fields'.
    HexGeometry::new(length, most.saturating_sub(AROUND_BYTES)).width() as u16 + AROUND_BYTES
}

fn draw_tree(state: &State, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let model = &state.inspector;
    let page = usize::from(area.height);
    let top = state.tops.fields.first(model.at, page, model.rows.len());
    let area = Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area };
    let area = scrolled(canvas, area, Scrolled::Fields, Bar::of_rows(top, page, model.rows.len()));
    let pattern = state.find.pattern.as_ref();
    let in_sight = model.rows.iter().skip(top).take(usize::from(area.height));
    let in_sight = in_sight.map(|row| tree_row(row, pattern)).collect::<Vec<_>>();
    let cursor = match model.half {
        Half::Fields => cursor_style(state, PaneId::Inspector, canvas),
        Half::Bytes => canvas.theme.marked,
    };
    canvas.regions.add(area, Target::Rows(PaneId::Inspector, top));
    let view = TreeView { rows: &in_sight, top: 0, cursor: model.at.checked_sub(top), ink: canvas.theme.ink(cursor) };
    canvas.frame.render_widget(view, area);
}

fn tree_row<'a>(row: &'a Row, pattern: Option<&Pattern>) -> TreeRow<'a> {
    TreeRow {
        depth: row.depth,
        label: Cow::Borrowed(&row.name),
        value: Cow::Borrowed(&row.value),
        tone: if row.is_wrong { Tone::Alarm } else { Tone::Plain },
        branch: match row.fold {
            Fold::Leaf => Branch::Leaf,
            Fold::Open => Branch::Open,
            Fold::Closed => Branch::Closed,
        },
        span: row.span.clone(),
        is_found: pattern.is_some_and(|pattern| row.says(pattern)),
    }
}

fn draw_hex(state: &State, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let model = &state.inspector;
    if model.bytes.is_empty() {
        put(canvas, area, vec![Span::styled("  no bytes in this frame", canvas.theme.dim)]);
        return;
    }
    let width = hex_room(state, model.bytes.len(), area.width.saturating_sub(1));
    let area = Rect { x: area.x + 1, width, ..area };
    let page = usize::from(area.height);
    let view = |width| {
        let geometry = HexGeometry::new(model.bytes.len(), width);
        let top = state.tops.hex.first(model.focus_row(width), page, geometry.rows());
        (top, geometry.rows())
    };
    let (top, count) = view(area.width);
    let area = scrolled(canvas, area, Scrolled::Hex, Bar::of_rows(top, page, count));
    let (top_row, _) = view(area.width);
    canvas.regions.add(area, Target::Hex(top_row));
    let cursor = (model.half == Half::Bytes).then_some(model.byte);
    let ink = canvas.theme.ink(canvas.theme.text.add_modifier(ratatui::style::Modifier::REVERSED));
    let ink = if model.selection.is_some() { Ink { lit: canvas.theme.selected(), ..ink } } else { ink };
    let geometry = HexGeometry::new(model.bytes.len(), area.width);
    let in_sight = top_row * geometry.per_row()..(top_row + usize::from(area.height)) * geometry.per_row();
    let (found, found_here) = (found_in(state, in_sight), model.found.clone());
    let view = HexView { bytes: &model.bytes, top_row, cursor, lit: model.lit(), found: &found, found_here, ink };
    canvas.frame.render_widget(view, area);
}

/// The matches of the search that can be seen where those bytes are in sight.
fn found_in(state: &State, in_sight: Range<usize>) -> Vec<Range<usize>> {
    let start = in_sight.start.saturating_sub(REACH);
    let pattern = state.find.pattern.as_ref();
    pattern.map_or_else(Vec::new, |pattern| pattern.within(&state.inspector.bytes, start..in_sight.end).collect())
}

fn draw_text(state: &State, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let model = &state.inspector;
    if model.bytes.is_empty() {
        put(canvas, area, vec![Span::styled("  no bytes in this frame", canvas.theme.dim)]);
        return;
    }
    let area = Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area };
    let height = usize::from(area.height);
    let laid = |width: u16| {
        let layout = Layout::Text(usize::from(width));
        model.text().window(model.text_place(), height, layout, |_| Some(&model.bytes[..]))
    };
    let shown: usize = laid(area.width).iter().map(|line| line.span.len()).sum();
    let area = scrolled(canvas, area, Scrolled::Text, Bar::of_rows(model.text_top, shown, model.bytes.len()));
    let width = usize::from(area.width);
    canvas.regions.add(area, Target::Text(Layout::Text(width)));
    let selected = model.selection.as_ref().map_or(0..0, |_| model.lit());
    let lines = laid(area.width);
    let in_sight = model.text_top..lines.last().map_or(0, |line| line.span.end);
    let found = found_in(state, in_sight);
    for (index, (row, line)) in rows(area).zip(lines).enumerate() {
        let held = &model.bytes[..line.span.end];
        let Some(shown) = visible::row_at(held, line.span.start, width, Wrap::Text) else { return };
        put(canvas, row, spans(shown.pieces, canvas.theme.text, canvas.theme.dim).collect());
        let theme = canvas.theme;
        let found = found.iter().map(|found| (found, theme.found()));
        let here = model.found.iter().map(|found| (found, theme.found_here()));
        for (lit, style) in found.chain(here).chain([(&selected, theme.selected())]) {
            let how = (lit, width, Wrap::Text);
            light(canvas.frame.buffer_mut(), area, index as u16, (held, &line.span), how, style);
        }
    }
}

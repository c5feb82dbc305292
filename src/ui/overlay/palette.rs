//! The palette, drawn.

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::super::part::{Keys, cut, field, key_hint, put, scrolled};
use super::super::symbols::key_names;
use super::super::{Canvas, rows};
use super::boxed;
use crate::app::State;
use crate::app::command::Command;
use crate::app::keymap::Keys as Keystrokes;
use crate::app::palette::{self, Palette};
use crate::app::pane::PaneId;
use crate::app::regions::Target;
use crate::app::scroll::Scrolled;
use crate::model::bar::Bar;

/// Columns of the pane's name in the palette.
const PALETTE_PANE: usize = 10;

/// Columns of the key in the palette.
const PALETTE_KEY: usize = 9;

pub(super) fn palette(state: &State, palette: &Palette, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let inner = boxed("Commands", (84, area.height.saturating_sub(4).clamp(6, 24)), area, canvas);
    let line = Rect { height: 1, ..inner };
    put(canvas, line, vec![Span::styled("› ", canvas.theme.accent)]);
    let place = Rect { x: line.x + 2, width: line.width.saturating_sub(2), ..line };
    field(canvas, place, &palette.field, Keys::Here, canvas.theme.text);
    if palette.field.text().is_empty() {
        let place = Rect { x: place.x + 1, width: place.width.saturating_sub(1), ..place };
        put(canvas, place, vec![Span::styled("a few letters of what you want to do", canvas.theme.dim)]);
    }
    let list = Rect { y: inner.y + 1, height: inner.height.saturating_sub(2), ..inner };
    if palette.rows.is_empty() {
        put(canvas, list, vec![Span::styled("no command has these letters", canvas.theme.dim)]);
    }
    let (page, count) = (usize::from(list.height), palette.rows.len());
    let top = state.tops.items.first(palette.at, page, count);
    let list = scrolled(canvas, list, Scrolled::Items, Bar::of_rows(top, page, count));
    canvas.regions.add(list, Target::Items(top));
    for (row, (index, entry)) in rows(list).zip(palette.rows.iter().enumerate().skip(top)) {
        palette_row(state, entry, row, canvas);
        if index == palette.at {
            canvas.frame.buffer_mut().set_style(row, canvas.theme.chosen);
        }
    }
    let foot = Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner };
    palette_foot(state, palette, foot, canvas);
}

/// Pane, words with the matched letters lit, key. Dim with the reason when it cannot run now.
fn palette_row(state: &State, entry: &palette::Row, row: Rect, canvas: &mut Canvas<'_, '_>) {
    let theme = canvas.theme;
    let command = entry.command;
    let pane = command.action.pane().map_or("", PaneId::title);
    let key = cut(&key_names(&state.keymap.shown(command), canvas.symbols), PALETTE_KEY);
    let room = usize::from(row.width).saturating_sub(PALETTE_PANE + PALETTE_KEY + 2);
    let style = if entry.hindrance.is_some() { theme.dim } else { theme.text };
    let mut spans = vec![Span::styled(format!("{pane:<PALETTE_PANE$} "), theme.dim)];
    let lit = if entry.hindrance.is_some() { theme.dim } else { theme.accent }.add_modifier(Modifier::BOLD);
    let words = lit_spans(&cut(command.words, room), &entry.lit, style, lit);
    let used: usize = words.iter().map(Span::width).sum();
    spans.extend(words);
    let mut left = room.saturating_sub(used);
    let beside = entry.hindrance.map_or_else(|| recent_word(entry, command), |why| (why.to_owned(), Vec::new()));
    if left >= 6 && !beside.0.is_empty() {
        let text = cut(&beside.0, left - 2);
        left -= 2 + text.width();
        spans.push(Span::raw("  "));
        spans.extend(lit_spans(&text, &beside.1, theme.dim, lit));
    }
    spans.push(Span::raw(" ".repeat(left + 1 + PALETTE_KEY.saturating_sub(key.width()))));
    spans.push(Span::styled(key, if entry.hindrance.is_some() { theme.dim } else { theme.accent }));
    put(canvas, row, spans);
}

/// The name, when letters were found in it alone; or that the command was run lately.
fn recent_word(entry: &palette::Row, command: &Command) -> (String, Vec<usize>) {
    if entry.recent == palette::Recent::Yes {
        ("recent".into(), Vec::new())
    } else if entry.lit_name.is_empty() {
        (String::new(), Vec::new())
    } else {
        (command.name.to_owned(), entry.lit_name.clone())
    }
}

/// A text with some of its letters in another style.
fn lit_spans(text: &str, lit: &[usize], style: Style, lit_style: Style) -> Vec<Span<'static>> {
    let mut spans: Vec<(String, bool)> = Vec::new();
    for (at, letter) in text.chars().enumerate() {
        let is_lit = lit.contains(&at);
        match spans.last_mut().filter(|(_, was_lit)| *was_lit == is_lit) {
            Some((run, _)) => run.push(letter),
            None => spans.push((letter.to_string(), is_lit)),
        }
    }
    spans.into_iter().map(|(run, is_lit)| Span::styled(run, if is_lit { lit_style } else { style })).collect()
}

/// The row under the cursor as the command line has it, and how to get there.
fn palette_foot(state: &State, palette: &Palette, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let Some(command) = palette.rows.get(palette.at).map(|row| row.command) else { return };
    let usage = cut(&format!(":{}", command.usage()), usize::from(area.width) * 2 / 3);
    put(canvas, area, vec![Span::styled(usage, canvas.theme.dim)]);
    if !command.takes.is_empty() {
        let key = state.keymap.keys_of("finder-complete").next().map_or(String::new(), Keystrokes::shown);
        let hint = Line::from(key_hint(&key, "writes its arguments", canvas).to_vec());
        canvas.frame.render_widget(hint.right_aligned(), area);
    }
}

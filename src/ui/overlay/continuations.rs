//! What can follow the keys that were pressed, drawn at the bottom right.

use ratatui::layout::Rect;
use ratatui::text::Span;
use unicode_width::UnicodeWidthStr;

use super::super::part::{cut, put};
use super::super::symbols::key_names;
use super::super::{Canvas, rows};
use super::framed;
use crate::app::keymap::Found;
use crate::app::{State, pending, places};

/// What can follow the keys that were pressed, at the bottom right.
pub fn draw(state: &State, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let Some(typed) = state.pending.shown() else { return };
    let Found::Prefix(begun) = state.keymap.find(places(state), typed) else { return };
    let mut lines: Vec<(String, &str)> = Vec::new();
    for binding in begun {
        let rest = key_names(&binding.keys.behind(typed), canvas.symbols);
        match lines.iter_mut().find(|(_, words)| *words == binding.command.words) {
            Some((keys, _)) => *keys = format!("{keys} {rest}"),
            None => lines.push((rest, binding.command.words)),
        }
    }
    let keys = lines.iter().map(|(keys, _)| keys.width()).max().unwrap_or(0);
    let width = lines.iter().map(|(_, words)| words.width()).max().unwrap_or(0) + keys + 6;
    let wanted = (width as u16, lines.len() as u16 + 2);
    let width = wanted.0.min(area.width);
    let height = wanted.1.min(area.height);
    let place = Rect { x: area.right() - width, y: area.bottom().saturating_sub(height), width, height };
    let inner = framed(&pending::shown(typed), place, canvas);
    for (row, (rest, words)) in rows(inner).zip(lines) {
        let key = Span::styled(format!("{rest:>keys$}  "), canvas.theme.accent);
        let room = usize::from(row.width).saturating_sub(keys + 2);
        put(canvas, row, vec![key, Span::styled(cut(words, room), canvas.theme.text)]);
    }
}

//! A form, drawn.

use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::Span;
use unicode_width::UnicodeWidthStr;

use super::super::part::{Keys, cut, field, put, shown};
use super::super::symbols::key_names;
use super::super::{Canvas, rows};
use super::boxed;
use crate::app::form::{Entry, Form};
use crate::app::text_field::TextField;
use crate::model::visible;

/// Lines a field of text takes.
fn field_height(entry: &Entry) -> u16 {
    match entry {
        Entry::Text(text) => (text.text().matches('\n').count() as u16 + 1).min(8),
        Entry::Choice(..) => 1,
    }
}

pub(super) fn form(form: &Form, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let label = form.fields.iter().map(|field| field.label.width()).max().unwrap_or(0);
    let fields: u16 = form.fields.iter().map(|field| field_height(&field.entry)).sum();
    let inner = boxed(&form.title, (74, fields + 8), area, canvas);
    let mut y = inner.y + 1;
    for (index, entry) in form.fields.iter().enumerate() {
        let is_here = index == form.at;
        let height = field_height(&entry.entry);
        if y + height > inner.bottom() {
            return;
        }
        let style = if is_here { canvas.theme.accent } else { canvas.theme.dim };
        let row = Rect { y, height: 1, ..inner };
        put(canvas, row, vec![Span::styled(format!("{:>label$}  ", entry.label), style)]);
        let x = inner.x + label as u16 + 2;
        let place = Rect { x, y, width: inner.right().saturating_sub(x), height };
        draw_entry(&entry.entry, is_here, place, canvas);
        y += height;
    }
    let rest = Rect { y: y + 1, height: inner.bottom().saturating_sub(y + 1), ..inner };
    draw_form_help(form, rest, canvas);
}

fn draw_entry(entry: &Entry, is_here: bool, place: Rect, canvas: &mut Canvas<'_, '_>) {
    let theme = canvas.theme;
    match entry {
        Entry::Text(text) if text.text().contains('\n') => draw_lines(text, is_here, place, canvas),
        Entry::Text(text) => {
            field(canvas, place, text, if is_here { Keys::Here } else { Keys::Elsewhere }, theme.text);
            if is_here {
                canvas.frame.buffer_mut().set_style(place, theme.chosen);
            }
        }
        Entry::Choice(options, at) => {
            let Some((name, words)) = options.get(*at) else { return };
            let arrows = if is_here { ("‹ ", " ›") } else { ("  ", "  ") };
            let room = usize::from(place.width).saturating_sub(name.width() + 6);
            let spans = vec![
                Span::styled(arrows.0, theme.accent),
                Span::styled(*name, theme.text.add_modifier(Modifier::BOLD)),
                Span::styled(arrows.1, theme.accent),
                Span::styled(format!(" {}", cut(words, room)), theme.dim),
            ];
            put(canvas, place, spans);
        }
    }
}

/// A text of several lines, with the cursor in one of them.
fn draw_lines(text: &TextField, is_here: bool, place: Rect, canvas: &mut Canvas<'_, '_>) {
    let before: String = text.text().chars().take(text.cursor()).collect();
    let at_line = before.matches('\n').count();
    let column = before.rsplit('\n').next().unwrap_or("").width() as u16;
    let top = (at_line + 1).saturating_sub(usize::from(place.height));
    for (row, (index, line)) in rows(place).zip(text.text().split('\n').enumerate().skip(top)) {
        let spans = shown(line, usize::from(row.width), canvas.theme.text, canvas.theme.dim);
        put(canvas, row, spans);
        if is_here && index == at_line {
            let x = row.x + column.min(row.width.saturating_sub(1));
            canvas.frame.set_cursor_position((x, row.y));
        }
    }
    if is_here {
        canvas.frame.buffer_mut().set_style(place, canvas.theme.chosen);
    }
}

/// What is wrong, or else a word of help on the field; then the keys.
fn draw_form_help(form: &Form, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let theme = canvas.theme;
    let hint = form.fields.get(form.at).map_or("", |field| field.hint.as_str());
    let (words, style) = match &form.problem {
        Some(problem) => (problem.as_str(), theme.bad),
        None => (hint, theme.dim),
    };
    let body = Rect { height: area.height.saturating_sub(1), ..area };
    for (row, line) in rows(body).zip(visible::folded(words, usize::from(area.width))) {
        put(canvas, row, vec![Span::styled(line, style)]);
    }
    if area.height > 0 {
        let mut keys = vec![("⏎", "done"), ("esc", "give up")];
        if form.fields.len() > 1 {
            keys.insert(1, ("tab", "next field"));
        }
        if form.fields.get(form.at).is_some_and(|field| field.takes_lines) {
            keys.push(("alt-⏎", "new line"));
        }
        let symbols = canvas.symbols;
        let spans = keys.into_iter().flat_map(|(key, word)| {
            [Span::styled(key_names(key, symbols), theme.accent), Span::styled(format!(" {word}   "), theme.dim)]
        });
        let last = Rect { y: area.bottom() - 1, height: 1, ..area };
        put(canvas, last, spans.collect());
    }
}

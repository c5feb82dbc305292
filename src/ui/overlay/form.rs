//! A form, drawn.

use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::Span;
use unicode_width::UnicodeWidthStr;

use super::super::part::{Keys, cut, edited, field, put, shown};
use super::super::{Canvas, rows};
use super::{boxed, hint_row};
use crate::app::State;
use crate::app::command::Action;
use crate::app::form::{Entry, Form};
use crate::app::overlay::Verb;
use crate::app::regions::Target;
use crate::app::text_field::TextField;
use crate::model::visible;

/// Lines a field of text takes.
fn field_height(entry: &Entry) -> u16 {
    match entry {
        Entry::Text(text) => (text.text().matches('\n').count() as u16 + 1).min(8),
        Entry::Choice(..) => 1,
    }
}

pub(super) fn form(state: &State, form: &Form, area: Rect, canvas: &mut Canvas<'_, '_>) {
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
        canvas.regions.add(Rect { height, ..row }, Target::Entry(index));
        let x = inner.x + label as u16 + 2;
        let place = Rect { x, y, width: inner.right().saturating_sub(x), height };
        draw_entry(&entry.entry, is_here, place, canvas);
        y += height;
    }
    let rest = Rect { y: y + 1, height: inner.bottom().saturating_sub(y + 1), ..inner };
    draw_form_help(state, form, rest, canvas);
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
            if is_here {
                let after = Rect { x: place.x + name.width() as u16 + 2, width: 2, ..place };
                let before = Rect { width: 2, ..place };
                canvas.regions.add(before.intersection(place), Target::Press(Action::Over(Verb::Left)));
                canvas.regions.add(after.intersection(place), Target::Press(Action::Over(Verb::Right)));
            }
        }
    }
}

/// A text of several lines, with the cursor in one of them.
fn draw_lines(text: &TextField, is_here: bool, place: Rect, canvas: &mut Canvas<'_, '_>) {
    let before = text.text().char_indices().nth(text.cursor()).map_or(text.text(), |(at, _)| &text.text()[..at]);
    let at_line = before.matches('\n').count();
    let column = before.rsplit('\n').next().unwrap_or("").chars().count();
    let top = (at_line + 1).saturating_sub(usize::from(place.height));
    for (row, (index, line)) in rows(place).zip(text.text().split('\n').enumerate().skip(top)) {
        if is_here && index == at_line {
            edited(canvas, row, line, column, canvas.theme.text);
        } else {
            put(canvas, row, shown(line, usize::from(row.width), canvas.theme.text, canvas.theme.dim));
        }
    }
    if is_here {
        canvas.frame.buffer_mut().set_style(place, canvas.theme.chosen);
    }
}

/// What is wrong, or else a word of help on the field; then the keys.
fn draw_form_help(state: &State, form: &Form, area: Rect, canvas: &mut Canvas<'_, '_>) {
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
        let mut hints = vec![("form-hand-in", "done"), ("form-give-up", "give up")];
        if form.fields.len() > 1 {
            hints.insert(1, ("form-next", "next field"));
        }
        if form.fields.get(form.at).is_some_and(|field| field.takes_lines) {
            hints.push(("form-new-line", "new line"));
        }
        let last = Rect { y: area.bottom() - 1, height: 1, ..area };
        hint_row(state, &hints, last, canvas);
    }
}

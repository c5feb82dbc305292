//! A form, drawn.

use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::Span;
use unicode_width::UnicodeWidthStr;

use super::super::part::{self, Keys, cut, edited, field, put, shown};
use super::super::{Canvas, rows};
use super::{framed, hint_row};
use crate::app::State;
use crate::app::command::{Action, Kind};
use crate::app::form::{Entry, Form};
use crate::app::overlay::Verb;
use crate::app::regions::Target;
use crate::app::text_field::TextField;
use crate::model::visible;

/// The most lines of a field of text shown at once.
const LINES_SHOWN: u16 = 8;

/// Lines a field of text takes, of those there is room for.
fn field_height(entry: &Entry, most: u16) -> u16 {
    match entry {
        Entry::Text(text) => (text.text().matches('\n').count() as u16 + 1).min(most),
        Entry::Choice(..) => 1,
    }
}

pub(super) fn form(state: &State, form: &Form, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let label = form.fields.iter().map(|field| field.label.width()).max().unwrap_or(0);
    // What is wrong must be seen on a small screen too.
    let others = (form.fields.len() as u16).saturating_sub(1);
    let most = area.height.saturating_sub(others + AROUND - SPARE).clamp(1, LINES_SHOWN);
    let fields: u16 = form.fields.iter().map(|field| field_height(&field.entry, most)).sum();
    let height = fields + AROUND;
    let offers = offers_shown(form, height, area);
    let inner = framed(&form.title, place(height, offers, area), canvas);
    let mut y = inner.y + 1;
    for (index, entry) in form.fields.iter().enumerate() {
        let is_here = index == form.at;
        let height = field_height(&entry.entry, most);
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
        if is_here {
            let place = Rect { y, height: offers.min(inner.bottom().saturating_sub(y)), ..place };
            draw_offers(form, place, canvas);
            y += place.height;
        }
    }
    let rest = Rect { y: y + 1, height: inner.bottom().saturating_sub(y + 1), ..inner };
    draw_form_help(state, form, rest, canvas);
}

/// Rows around the fields: the frame, blanks, what is wrong, the keys.
const AROUND: u16 = 8;

/// The most offers shown at once.
const OFFERS_SHOWN: usize = 6;

/// Rows of the form that offers may take from it on a screen too small to make it larger: of the four below the
/// fields, one is left for what is wrong, and one for the keys.
const SPARE: u16 = 2;

/// How many offers have room without covering a field or what is wrong.
fn offers_shown(form: &Form, height: u16, area: Rect) -> u16 {
    // The only one, once taken, stands in the field.
    if form.offers.len() == 1 && form.taken.is_some() {
        return 0;
    }
    let room = (area.height + SPARE).saturating_sub(height);
    (form.offers.len().min(OFFERS_SHOWN) as u16).min(room)
}

/// Where the form stands: in the middle, and with offers it grows downwards, so that its fields stay where they are.
fn place(height: u16, offers: u16, area: Rect) -> Rect {
    let width = 74.min(area.width);
    let top = area.height.saturating_sub(height) / 3;
    let height = (height + offers).min(area.height);
    let y = area.y + top.min(area.height - height);
    Rect { x: area.x + (area.width - width) / 2, y, width, height }
}

/// What could stand in the field above.
fn draw_offers(form: &Form, place: Rect, canvas: &mut Canvas<'_, '_>) {
    let shown = usize::from(place.height);
    let top = (form.taken.unwrap_or(0) + 1).saturating_sub(shown);
    let more = form.offers.len().saturating_sub(top + shown);
    canvas.regions.add(place, Target::Items(top));
    for (row, (at, offer)) in rows(place).zip(form.offers.iter().enumerate().skip(top)) {
        let is_last = at + 1 == top + shown && more > 0;
        let sign = if is_last { format!(" … {more} more") } else { String::new() };
        let room = usize::from(row.width).saturating_sub(2 + sign.width());
        let mut spans = vec![Span::styled("  ", canvas.theme.dim)];
        let style = if form.taken == Some(at) { canvas.theme.text } else { canvas.theme.dim };
        // Of lines the first says which one it is.
        let first = offer.lines().next().unwrap_or("");
        let line = if first.len() < offer.len() { format!("{first} …") } else { first.to_owned() };
        spans.extend(part::shown(&line, room, style, canvas.theme.dim));
        spans.push(Span::styled(sign, canvas.theme.dim));
        put(canvas, row, spans);
        if form.taken == Some(at) {
            canvas.frame.buffer_mut().set_style(row, canvas.theme.chosen);
        }
    }
}

fn draw_entry(entry: &Entry, is_here: bool, place: Rect, canvas: &mut Canvas<'_, '_>) {
    let theme = canvas.theme;
    match entry {
        Entry::Text(text) if text.text().contains('\n') => draw_lines(text, is_here, place, canvas),
        Entry::Text(text) => {
            if is_here {
                canvas.frame.buffer_mut().set_style(place, theme.chosen);
            }
            field(canvas, place, text, if is_here { Keys::Here } else { Keys::Elsewhere }, theme.text);
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
        if form.fields.get(form.at).is_some_and(|field| field.kind != Kind::Text) {
            hints.insert(1, ("form-complete", "complete"));
        }
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

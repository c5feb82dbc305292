//! What lies over the panes, drawn: help, palette, forms, questions, menus.

use crossterm::event::KeyCode;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear};
use unicode_width::UnicodeWidthStr;

use super::part::{Keys, column, cut, edited, field, key_hint, put, scrolled, shown};
use super::{Canvas, rows};
use crate::app::command::{COMMANDS, Command, Place};
use crate::app::form::{Entry, Form};
use crate::app::overlay::{Overlay, Palette};
use crate::app::pane::{PaneId, inspector, places};
use crate::app::regions::Target;
use crate::app::scroll::Scrolled;
use crate::app::text_field::TextField;
use crate::app::{State, keys};
use crate::model::bar::Bar;
use crate::model::{notation, visible};

/// Draws what lies over the panes, if anything does.
pub fn draw(state: &State, area: Rect, canvas: &mut Canvas<'_, '_>) {
    if area.width < 4 || area.height < 3 {
        return;
    }
    match &state.overlay {
        None => {}
        Some(Overlay::Help(top)) => help(state, *top, area, canvas),
        Some(Overlay::Palette(shown)) => palette(state, shown, area, canvas),
        Some(Overlay::Address(text)) => address(text, area, canvas),
        Some(Overlay::Form(shown)) => form(shown, area, canvas),
        Some(Overlay::Ask(_, words)) => ask(words, area, canvas),
        Some(Overlay::Saved(at)) => {
            let lines: Vec<_> =
                state.client.saved.all().iter().map(|saved| format!("{}   {}", saved.name, saved.text)).collect();
            menu(state, "Saved payloads", &lines, *at, area, canvas);
        }
        Some(Overlay::CopyAs(at)) => {
            let lines = inspector::COPY_FORMS.map(|(name, _)| name.to_owned());
            menu(state, "Copy the bytes as", &lines, *at, area, canvas);
        }
    }
}

/// Clears a box in the middle of the screen and frames it; gives what is inside.
fn boxed(title: &str, wanted: (u16, u16), area: Rect, canvas: &mut Canvas<'_, '_>) -> Rect {
    let width = wanted.0.min(area.width);
    let height = wanted.1.min(area.height);
    let place = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 3, width, height };
    canvas.frame.render_widget(Clear, place);
    canvas.regions.cover();
    canvas.regions.add(place, Target::Cover);
    let title = cut(title, usize::from(width.saturating_sub(4)));
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(canvas.theme.accent)
        .title(Span::styled(format!(" {title} "), canvas.theme.accent.add_modifier(Modifier::BOLD)));
    let inner = block.inner(place);
    canvas.frame.render_widget(block, place);
    Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner }
}

/// All keys: those that count now first, then everything else.
fn help(state: &State, top: usize, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let lines = help_lines(state, canvas);
    let wanted = (76, (lines.len() as u16 + 3).min(area.height.saturating_sub(2)).max(3));
    let inner = boxed("Keys", wanted, area, canvas);
    let body = Rect { height: inner.height.saturating_sub(1), ..inner };
    let last_top = lines.len().saturating_sub(usize::from(body.height));
    canvas.regions.add(body, Target::Help(last_top));
    let top = top.min(last_top);
    let more = lines.len() > top + usize::from(body.height);
    let body = scrolled(canvas, body, Scrolled::Help, Bar::of_rows(top, usize::from(body.height), lines.len()));
    for (row, line) in rows(body).zip(lines.into_iter().skip(top)) {
        canvas.frame.render_widget(line, row);
    }
    let words = if more { "↓ more · any other key closes" } else { "any other key closes" };
    let last = Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner };
    put(canvas, last, vec![Span::styled(words, canvas.theme.dim)]);
    canvas.regions.add(last, Target::Key(KeyCode::Esc));
}

fn help_lines(state: &State, canvas: &Canvas<'_, '_>) -> Vec<Line<'static>> {
    let now = places(state);
    let mut lines = Vec::new();
    let later = PLACES.iter().filter(|place| !now.contains(place));
    for place in now.iter().chain(later) {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.push(Line::styled(place_words(*place), canvas.theme.accent.add_modifier(Modifier::BOLD)));
        for command in COMMANDS.iter().filter(|command| command.place == *place) {
            lines.push(help_line(command, canvas));
        }
    }
    lines
}

fn help_line(command: &Command, canvas: &Canvas<'_, '_>) -> Line<'static> {
    let shown: Vec<String> = command.keys.iter().map(|key| keys::shown(key)).collect();
    let keys = format!("{:>16}  ", shown.join(" "));
    Line::from(vec![Span::styled(keys, canvas.theme.accent), Span::styled(command.words, canvas.theme.text)])
}

/// Every place keys count in, in the order of the panes.
const PLACES: [Place; 13] = [
    Place::Pane(PaneId::Servers),
    Place::ServerClients,
    Place::Pane(PaneId::Client),
    Place::Field(PaneId::Client),
    Place::Pane(PaneId::Http),
    Place::Field(PaneId::Http),
    Place::HttpBody,
    Place::HttpSearch,
    Place::Pane(PaneId::Traffic),
    Place::Field(PaneId::Traffic),
    Place::Pane(PaneId::Inspector),
    Place::Global,
    Place::Anywhere,
];

fn place_words(place: Place) -> String {
    match place {
        Place::Anywhere => "Everywhere".into(),
        Place::Global => "In every pane".into(),
        Place::Pane(pane) => format!("{} pane", pane.title()),
        Place::Field(pane) => format!("{} pane, while typing", pane.title()),
        Place::ServerClients => "A server's clients".into(),
        Place::HttpBody => "HTTP body, while typing".into(),
        Place::HttpSearch => "HTTP search, while typing".into(),
    }
}

fn palette(state: &State, palette: &Palette, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let matches = palette.matches();
    let inner = boxed("Commands", (72, area.height.saturating_sub(4).clamp(5, 20)), area, canvas);
    let typed = Rect { height: 1, ..inner };
    put(canvas, typed, vec![Span::styled("› ", canvas.theme.accent)]);
    let place = Rect { x: typed.x + 2, width: typed.width.saturating_sub(2), ..typed };
    field(canvas, place, &palette.field, Keys::Here, canvas.theme.text);
    let list = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
    if matches.is_empty() {
        put(canvas, list, vec![Span::styled("no command has these letters", canvas.theme.dim)]);
        return;
    }
    let (page, count) = (usize::from(list.height), matches.len());
    let top = state.tops.items.first(palette.at, page, count);
    let list = scrolled(canvas, list, Scrolled::Items, Bar::of_rows(top, page, count));
    canvas.regions.add(list, Target::Items(top));
    for (row, (index, command)) in rows(list).zip(matches.iter().enumerate().skip(top)) {
        let whose = command.action.pane().map_or("", PaneId::title);
        let key = command.keys.first().map_or(String::new(), |key| keys::shown(key));
        let room = usize::from(row.width).saturating_sub(22);
        let spans = vec![
            Span::styled(format!("{whose:<10} "), canvas.theme.dim),
            Span::styled(format!("{} ", column(command.words, room)), canvas.theme.text),
            Span::styled(format!("{key:>9}"), canvas.theme.accent),
        ];
        put(canvas, row, spans);
        if index == palette.at {
            canvas.frame.buffer_mut().set_style(row, canvas.theme.chosen);
        }
    }
}

/// An address taken apart while it is typed.
fn address(text: &TextField, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let facts = notation::explain(text.text());
    let inner = boxed("Address", (80, 16), area, canvas);
    let line = Rect { height: 1, ..inner };
    put(canvas, line, vec![Span::styled("› ", canvas.theme.accent)]);
    let place = Rect { x: line.x + 2, width: line.width.saturating_sub(2), ..line };
    field(canvas, place, text, Keys::Here, canvas.theme.text);
    let body = Rect { y: inner.y + 2, height: inner.height.saturating_sub(3), ..inner };
    let width = facts.iter().map(|fact| fact.name.width()).max().unwrap_or(0);
    for (row, fact) in rows(body).zip(facts) {
        let mut spans = vec![Span::styled(format!("{:>width$}  ", fact.name), canvas.theme.dim)];
        let room = usize::from(row.width).saturating_sub(width + 2);
        spans.extend(shown(&fact.value, room, canvas.theme.text, canvas.theme.dim));
        put(canvas, row, spans);
    }
    let last = Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner };
    buttons(&[("esc", "closes", KeyCode::Esc)], last, canvas);
}

/// Lines a field of text takes.
fn field_height(entry: &Entry) -> u16 {
    match entry {
        Entry::Text(text) => (text.text().matches('\n').count() as u16 + 1).min(8),
        Entry::Choice(..) => 1,
    }
}

fn form(form: &Form, area: Rect, canvas: &mut Canvas<'_, '_>) {
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
        canvas.regions.add(Rect { height, ..row }, Target::Entry(index));
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
            if is_here {
                let after = Rect { x: place.x + name.width() as u16 + 2, width: 2, ..place };
                canvas.regions.add(Rect { width: 2, ..place }.intersection(place), Target::Key(KeyCode::Left));
                canvas.regions.add(after.intersection(place), Target::Key(KeyCode::Right));
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
        let mut keys = vec![("⏎", "done", KeyCode::Enter), ("esc", "give up", KeyCode::Esc)];
        if form.fields.len() > 1 {
            keys.insert(1, ("tab", "next field", KeyCode::Tab));
        }
        if form.fields.get(form.at).is_some_and(|field| field.takes_lines) {
            keys.push(("alt-⏎", "new line", KeyCode::Null));
        }
        let last = Rect { y: area.bottom() - 1, height: 1, ..area };
        buttons(&keys, last, canvas);
    }
}

/// The most columns of a question.
const ASK_WIDTH: usize = 76;

/// The most columns of a menu.
const MENU_WIDTH: usize = 72;

fn ask(words: &str, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let width = (u16::try_from(cut(words, ASK_WIDTH).width()).unwrap_or(0) + 6).clamp(30, ASK_WIDTH as u16);
    let lines = visible::folded(words, usize::from(width.min(area.width).saturating_sub(4)));
    let height = u16::try_from(lines.len() + 4).unwrap_or(area.height).min(area.height);
    let inner = boxed("Sure?", (width, height), area, canvas);
    let body = Rect { height: inner.height.saturating_sub(1), ..inner };
    for (row, line) in rows(body).zip(lines) {
        put(canvas, row, vec![Span::raw(line)]);
    }
    let last = Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner };
    buttons(&[("y", "yes", KeyCode::Char('y')), ("n", "no", KeyCode::Char('n'))], last, canvas);
}

/// Keys with their words in one row; a click on one presses it.
fn buttons(keys: &[(&str, &str, KeyCode)], area: Rect, canvas: &mut Canvas<'_, '_>) {
    let mut x = area.x;
    for (key, word, code) in keys {
        let spans = key_hint(key, word, canvas).to_vec();
        let width = spans.iter().map(Span::width).sum::<usize>() as u16;
        let place = Rect { x, width, ..area }.intersection(area);
        put(canvas, place, spans);
        canvas.regions.add(place, Target::Key(*code));
        x += width + 3;
    }
}

fn menu(state: &State, title: &str, lines: &[String], at: usize, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let width = lines.iter().map(|line| cut(line, MENU_WIDTH).width()).max().unwrap_or(0) as u16 + 6;
    let height = u16::try_from(lines.len() + 2).unwrap_or(area.height).min(area.height);
    let inner = boxed(title, (width.clamp(30, MENU_WIDTH as u16), height), area, canvas);
    let (page, count) = (usize::from(inner.height), lines.len());
    let top = state.tops.items.first(at, page, count);
    let inner = scrolled(canvas, inner, Scrolled::Items, Bar::of_rows(top, page, count));
    canvas.regions.add(inner, Target::Items(top));
    for (row, (index, line)) in rows(inner).zip(lines.iter().enumerate().skip(top)) {
        let spans = shown(line, usize::from(row.width), canvas.theme.text, canvas.theme.dim);
        put(canvas, row, spans);
        if index == at {
            canvas.frame.buffer_mut().set_style(row, canvas.theme.chosen);
        }
    }
}

//! What lies over the panes, drawn: help, palette, forms, questions, menus.

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear};
use unicode_width::UnicodeWidthStr;

use super::part::{Keys, cut, field, key_hint, put, shown};
use super::{Canvas, rows};
use crate::app::command::{self, Command};
use crate::app::command_line::CommandLine;
use crate::app::form::{Entry, Form};
use crate::app::help::{Help, Scope, Searching};
use crate::app::keymap::Found;
use crate::app::overlay::Overlay;
use crate::app::palette::{self, Palette};
use crate::app::pane::{PaneId, inspector};
use crate::app::regions::Target;
use crate::app::text_field::TextField;
use crate::app::{State, pending, places};
use crate::model::{notation, visible};

/// Draws what lies over the panes, if anything does.
pub fn draw(state: &State, area: Rect, canvas: &mut Canvas<'_, '_>) {
    if area.width < 4 || area.height < 3 {
        return;
    }
    match &state.overlay {
        None => {}
        Some(Overlay::Help(shown)) => help(state, shown, area, canvas),
        Some(Overlay::Palette(shown)) => palette(state, shown, area, canvas),
        Some(Overlay::CommandLine(shown)) => command_line(state, shown, area, canvas),
        Some(Overlay::Address(text)) => address(text, area, canvas),
        Some(Overlay::Form(shown)) => form(shown, area, canvas),
        Some(Overlay::Ask(_, words)) => ask(words, area, canvas),
        Some(Overlay::Saved(at)) => {
            let lines: Vec<_> =
                state.client.saved.all().iter().map(|saved| format!("{}   {}", saved.name, saved.text)).collect();
            menu("Saved payloads", &lines, *at, area, canvas);
        }
        Some(Overlay::CopyAs(at)) => {
            let lines = inspector::COPY_FORMS.map(|(name, _)| name.to_owned());
            menu("Copy the bytes as", &lines, *at, area, canvas);
        }
    }
}

/// Clears a box in the middle of the screen and frames it; gives what is inside.
fn boxed(title: &str, wanted: (u16, u16), area: Rect, canvas: &mut Canvas<'_, '_>) -> Rect {
    let width = wanted.0.min(area.width);
    let height = wanted.1.min(area.height);
    let place = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 3, width, height };
    framed(title, place, canvas)
}

/// Clears a place and frames it; gives what is inside.
fn framed(title: &str, place: Rect, canvas: &mut Canvas<'_, '_>) -> Rect {
    canvas.frame.render_widget(Clear, place);
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(canvas.theme.accent)
        .title(Span::styled(format!(" {title} "), canvas.theme.accent.add_modifier(Modifier::BOLD)));
    let inner = block.inner(place);
    canvas.frame.render_widget(block, place);
    Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner }
}

/// Keys and what they do: those that count now, or all, or those that hold what is searched for.
fn help(state: &State, help: &Help, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let lines = help_lines(state, help, canvas);
    let wanted = (78, (lines.len() as u16 + 4).min(area.height.saturating_sub(2)).max(5));
    let title = match help.scope {
        Scope::Here => "Keys that count here",
        Scope::All => "All keys",
    };
    let inner = boxed(title, wanted, area, canvas);
    let body = Rect { height: inner.height.saturating_sub(1), ..inner };
    let last_top = lines.len().saturating_sub(usize::from(body.height));
    canvas.regions.add(body, Target::Help(last_top));
    let top = help.top.min(last_top);
    let more = lines.len() > top + usize::from(body.height);
    if lines.is_empty() {
        put(canvas, body, vec![Span::styled("no key does that", canvas.theme.dim)]);
    }
    for (row, line) in rows(body).zip(lines.into_iter().skip(top)) {
        canvas.frame.render_widget(line, row);
    }
    let last = Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner };
    if help.searching == Searching::Yes || !help.search.text().is_empty() {
        put(canvas, last, vec![Span::styled("/ ", canvas.theme.accent)]);
        let place = Rect { x: last.x + 2, width: last.width.saturating_sub(2), ..last };
        let keys = if help.searching == Searching::Yes { Keys::Here } else { Keys::Elsewhere };
        field(canvas, place, &help.search, keys, canvas.theme.text);
        return;
    }
    let all = match help.scope {
        Scope::Here => "all keys",
        Scope::All => "keys here",
    };
    let mut hints = vec![("help-all", all), ("help-search", "search"), ("menu-close", "close")];
    if more {
        hints.insert(0, ("menu-page-down", "more"));
    }
    hint_row(state, &hints, last, canvas);
}

fn help_lines(state: &State, help: &Help, canvas: &Canvas<'_, '_>) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for (place, commands) in help.groups(state) {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.push(Line::styled(place.words(), canvas.theme.accent.add_modifier(Modifier::BOLD)));
        lines.extend(commands.into_iter().map(|command| help_line(state, command, canvas)));
    }
    lines
}

/// Columns of the keys in the help.
const HELP_KEYS: usize = 20;

fn help_line(state: &State, command: &Command, canvas: &Canvas<'_, '_>) -> Line<'static> {
    let shown: Vec<String> = state.keymap.keys_of(command.name).map(|keys| keys.shown()).collect();
    let keys = cut(&shown.join("  "), HELP_KEYS);
    let blank = " ".repeat(HELP_KEYS.saturating_sub(keys.width()));
    Line::from(vec![
        Span::styled(format!("{blank}{keys}  "), canvas.theme.accent),
        Span::styled(command.words, canvas.theme.text),
    ])
}

/// A row of hints: the key of each command, and a word.
fn hint_row(state: &State, hints: &[(&str, &str)], area: Rect, canvas: &mut Canvas<'_, '_>) {
    let key = |name: &str| state.keymap.keys_of(name).next().map_or(String::new(), |keys| keys.shown());
    let spans = hints.iter().flat_map(|(name, word)| {
        let [key, word] = key_hint(&key(name), word, canvas);
        [key, word, Span::raw("   ")]
    });
    let spans = spans.collect();
    put(canvas, area, spans);
}

/// Columns of the pane's name in the palette.
const PALETTE_PANE: usize = 10;

/// Columns of the key in the palette.
const PALETTE_KEY: usize = 9;

fn palette(state: &State, palette: &Palette, area: Rect, canvas: &mut Canvas<'_, '_>) {
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
    let top = (palette.at + 1).saturating_sub(usize::from(list.height));
    for (row, (index, entry)) in rows(list).zip(palette.rows.iter().enumerate().skip(top)) {
        palette_row(state, entry, row, canvas);
        if index == palette.at {
            canvas.frame.buffer_mut().set_style(row, canvas.theme.chosen);
        }
        canvas.regions.add(row, Target::Press(entry.command.action));
    }
    let last = Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner };
    palette_foot(state, palette, last, canvas);
}

/// Pane, words with the matched letters lit, key. Dim with the reason when it cannot run now.
fn palette_row(state: &State, entry: &palette::Row, row: Rect, canvas: &mut Canvas<'_, '_>) {
    let theme = canvas.theme;
    let command = entry.command;
    let pane = command.action.pane().map_or("", PaneId::title);
    let key = cut(&state.keymap.shown(command), PALETTE_KEY);
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

/// What the row under the cursor takes, and the keys.
fn palette_foot(state: &State, palette: &Palette, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let chosen = palette.rows.get(palette.at).map(|row| row.command);
    let mut hints = vec![("finder-choose", "run")];
    if chosen.is_some_and(|command| !command.takes.is_empty()) {
        hints.push(("finder-complete", "write its arguments"));
    }
    hints.push(("finder-close", "close"));
    hint_row(state, &hints, area, canvas);
    if let Some(command) = chosen {
        let usage = cut(&format!(":{}", command.usage()), usize::from(area.width) / 2);
        canvas.frame.render_widget(Line::styled(usage, canvas.theme.dim).right_aligned(), area);
    }
}

/// Offers the command line shows at once.
const OFFERS_SHOWN: usize = 10;

/// The command line at the bottom of the screen: offers above it, and what the command takes or what is wrong.
fn command_line(state: &State, line: &CommandLine, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let theme = canvas.theme;
    let room = usize::from(area.height).saturating_sub(4);
    let shown = line.offers.len().min(OFFERS_SHOWN).min(room);
    let height = (shown + 3) as u16;
    let place = Rect { y: area.bottom().saturating_sub(height), height: height.min(area.height), ..area };
    canvas.frame.render_widget(Clear, place);
    let mut lines = rows(place);
    if let Some(row) = lines.next() {
        let rule = ratatui::symbols::line::HORIZONTAL.repeat(usize::from(row.width));
        put(canvas, row, vec![Span::styled(rule, theme.accent)]);
    }
    let taken = line.taken.unwrap_or(0);
    let top = (taken + 1).saturating_sub(shown);
    for (at, offer) in line.offers.iter().enumerate().skip(top).take(shown) {
        let Some(row) = lines.next() else { return };
        let words = if line.slot() == 0 { command::named(offer).map_or("", |command| command.words) } else { "" };
        let name = cut(offer, usize::from(row.width) / 2);
        let blank = " ".repeat(26usize.saturating_sub(name.width()).max(2));
        let text = cut(words, usize::from(row.width).saturating_sub(name.width() + blank.len() + 4));
        let name = Span::styled(name, theme.text);
        put(canvas, row, vec![Span::raw("   "), name, Span::raw(blank), Span::styled(text, theme.dim)]);
        if line.taken == Some(at) {
            canvas.frame.buffer_mut().set_style(row, theme.chosen);
        }
        canvas.regions.add(row, Target::Offer(at));
    }
    if let Some(row) = lines.next() {
        let (words, style) = match (&line.problem, line.command()) {
            (Some(problem), _) => (problem.clone(), theme.bad),
            (None, Some(command)) => (format!("{}   {}", command.usage(), command.words), theme.dim),
            (None, None) => ("a command and what it takes, such as serve tcp://:7005 chat".into(), theme.dim),
        };
        put(canvas, row, vec![Span::styled(format!(" {}", cut(&words, usize::from(row.width).saturating_sub(2))), style)]);
    }
    if let Some(row) = lines.next() {
        put(canvas, row, vec![Span::styled(" : ", theme.accent)]);
        let place = Rect { x: row.x + 3, width: row.width.saturating_sub(3), ..row };
        field(canvas, place, &line.field, Keys::Here, theme.text);
        if line.field.text().is_empty() {
            let hints = [("finder-complete", "complete"), ("finder-up", "lines before"), ("finder-close", "close")];
            let place = Rect { x: place.x + 1, width: place.width.saturating_sub(1), ..place };
            hint_row(state, &hints, place, canvas);
        }
    }
}

/// What can follow the keys that were pressed, at the bottom right.
pub fn continuations(state: &State, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let Some(typed) = state.pending.shown() else { return };
    let Found::Prefix(begun) = state.keymap.find(places(state), typed) else { return };
    let mut lines: Vec<(String, &str)> = Vec::new();
    for binding in begun {
        let rest = binding.keys.behind(typed);
        match lines.iter_mut().find(|(_, words)| *words == binding.command.words) {
            Some((keys, _)) => *keys = format!("{keys} {rest}"),
            None => lines.push((rest, binding.command.words)),
        }
    }
    let keys = lines.iter().map(|(keys, _)| keys.width()).max().unwrap_or(0);
    let width = lines.iter().map(|(_, words)| words.width()).max().unwrap_or(0) + keys + 6;
    let wanted = (width as u16, lines.len() as u16 + 2);
    let width = wanted.0.min(area.width);
    let height = wanted.1.min(area.height.saturating_sub(1));
    let place = Rect {
        x: area.right() - width,
        y: area.bottom().saturating_sub(height + 1),
        width,
        height,
    };
    let inner = framed(&pending::shown(typed), place, canvas);
    for (row, (rest, words)) in rows(inner).zip(lines) {
        let key = Span::styled(format!("{rest:>keys$}  "), canvas.theme.accent);
        let room = usize::from(row.width).saturating_sub(keys + 2);
        put(canvas, row, vec![key, Span::styled(cut(words, room), canvas.theme.text)]);
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
    let words = [Span::styled("esc", canvas.theme.accent), Span::styled(" closes", canvas.theme.dim)];
    put(canvas, last, words.to_vec());
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
        let spans = keys
            .into_iter()
            .flat_map(|(key, word)| [Span::styled(key, theme.accent), Span::styled(format!(" {word}   "), theme.dim)]);
        let last = Rect { y: area.bottom() - 1, height: 1, ..area };
        put(canvas, last, spans.collect());
    }
}

fn ask(words: &str, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let width = (words.width() as u16 + 6).clamp(30, 76);
    let inner = boxed("Sure?", (width, 6), area, canvas);
    for (row, line) in rows(inner).zip(visible::folded(words, usize::from(inner.width))) {
        put(canvas, row, vec![Span::raw(line)]);
    }
    let theme = canvas.theme;
    let last = Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner };
    let keys = vec![
        Span::styled("y", theme.accent),
        Span::styled(" yes   ", theme.dim),
        Span::styled("n", theme.accent),
        Span::styled(" no", theme.dim),
    ];
    put(canvas, last, keys);
}

fn menu(title: &str, lines: &[String], at: usize, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let width = lines.iter().map(|line| line.width()).max().unwrap_or(0) as u16 + 6;
    let inner = boxed(title, (width.clamp(30, 72), lines.len() as u16 + 2), area, canvas);
    let top = (at + 1).saturating_sub(usize::from(inner.height));
    for (row, (index, line)) in rows(inner).zip(lines.iter().enumerate().skip(top)) {
        let spans = shown(line, usize::from(row.width), canvas.theme.text, canvas.theme.dim);
        put(canvas, row, spans);
        if index == at {
            canvas.frame.buffer_mut().set_style(row, canvas.theme.chosen);
        }
    }
}

//! What lies over the panes, drawn: help, palette, command line, forms, questions, menus.

mod address;
mod command_line;
pub mod continuations;
mod form;
mod help;
mod log;
mod palette;

use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::Span;
use ratatui::widgets::{Block, BorderType, Clear};
use unicode_width::UnicodeWidthStr;

use super::part::{key_hint, put, shown, size_in_words};
use super::{Canvas, rows};
use crate::app::State;
use crate::app::keymap::Keys as Keystrokes;
use crate::app::overlay::Overlay;
use crate::model::literal::Form as CopyForm;
use crate::model::visible;

/// Draws what lies over the panes, if anything does.
pub fn draw(state: &State, area: Rect, canvas: &mut Canvas<'_, '_>) {
    if area.width < 4 || area.height < 3 {
        return;
    }
    match &state.overlay {
        None => {}
        Some(Overlay::Help(shown)) => help::help(state, shown, area, canvas),
        Some(Overlay::Palette(shown)) => palette::palette(state, shown, area, canvas),
        Some(Overlay::CommandLine(shown)) => command_line::command_line(state, shown, area, canvas),
        Some(Overlay::Address(tool)) => address::draw(tool, area, canvas),
        Some(Overlay::Log(at)) => log::draw(state, *at, area, canvas),
        Some(Overlay::Form(shown)) => form::form(shown, area, canvas),
        Some(Overlay::Ask(_, words)) => ask(words, area, canvas),
        Some(Overlay::Saved(at)) => {
            let lines: Vec<_> =
                state.client.saved.all().iter().map(|saved| format!("{}   {}", saved.name, saved.text)).collect();
            menu("Saved payloads", &lines, *at, area, canvas);
        }
        Some(Overlay::CopyAs(shown)) => {
            let row = |form: CopyForm| format!("{}  {:<8} {}", form.letter(), form.name(), form.preview(&shown.bytes));
            let title = format!("Copy {} as", size_in_words(shown.bytes.len() as u64));
            menu(&title, &CopyForm::ALL.map(row), shown.at, area, canvas);
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

/// A row of hints: the key of each command, and a word.
fn hint_row(state: &State, hints: &[(&str, &str)], area: Rect, canvas: &mut Canvas<'_, '_>) {
    let key = |name: &str| state.keymap.keys_of(name).next().map_or(String::new(), Keystrokes::shown);
    let spans = hints.iter().flat_map(|(name, word)| {
        let [key, word] = key_hint(&key(name), word, canvas);
        [key, word, Span::raw("   ")]
    });
    let spans = spans.collect();
    put(canvas, area, spans);
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

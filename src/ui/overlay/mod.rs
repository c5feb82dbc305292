//! What lies over the panes, drawn: help, palette, command line, forms, questions, menus.

mod address;
mod command_line;
pub mod continuations;
mod diff;
mod form;
mod held;
mod help;
mod leftovers;
mod log;
mod palette;

use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::Span;
use ratatui::widgets::{Block, BorderType, Clear};
use unicode_width::UnicodeWidthStr;

use super::part::{cut, key_hint, put, scrolled, shown, size_in_words};
use super::{Canvas, rows};
use crate::app::State;
use crate::app::command;
use crate::app::overlay::{Overlay, Question};
use crate::app::regions::Target;
use crate::app::scroll::Scrolled;
use crate::model::bar::Bar;
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
        Some(Overlay::Address(tool)) => address::draw(state, tool, area, canvas),
        Some(Overlay::Log(at)) => log::draw(state, *at, area, canvas),
        Some(Overlay::Form(shown)) => form::form(state, shown, area, canvas),
        Some(Overlay::Ask(question, words)) => ask(state, *question, words, area, canvas),
        Some(Overlay::Held(id, at)) => held::draw(state, (*id, *at), area, canvas),
        Some(Overlay::Diff(shown)) => diff::draw(state, shown, area, canvas),
        Some(Overlay::Leftovers(at)) => leftovers::draw(state, *at, area, canvas),
        Some(Overlay::Saved(at)) => {
            let lines: Vec<_> =
                state.client.saved.all().iter().map(|saved| format!("{}   {}", saved.name, saved.text)).collect();
            menu(state, "Saved payloads", &lines, *at, area, canvas);
        }
        Some(Overlay::CopyAs(shown)) => {
            let row = |form: CopyForm| format!("{}  {:<8} {}", form.letter(), form.name(), form.preview(&shown.bytes));
            let title = format!("Copy {} as", size_in_words(shown.bytes.len() as u64));
            menu(state, &title, &CopyForm::ALL.map(row), shown.at, area, canvas);
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
    canvas.regions.cover();
    canvas.regions.add(place, Target::Cover);
    let title = cut(title, usize::from(place.width.saturating_sub(4)));
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(canvas.theme.accent)
        .title(Span::styled(format!(" {title} "), canvas.theme.accent.add_modifier(Modifier::BOLD)));
    let inner = block.inner(place);
    canvas.frame.render_widget(block, place);
    Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner }
}

/// A row of commands by name: the key of each, and a word. A click on one performs it.
fn hint_row(state: &State, hints: &[(&str, &str)], area: Rect, canvas: &mut Canvas<'_, '_>) {
    let mut x = area.x;
    for (command, word) in hints.iter().filter_map(|(name, word)| Some((command::named(name)?, word))) {
        let key = state.keymap.shown(command);
        if key.is_empty() {
            continue;
        }
        let spans = key_hint(&key, word, canvas).to_vec();
        let width = spans.iter().map(Span::width).sum::<usize>() as u16;
        let place = Rect { x, width, ..area }.intersection(area);
        put(canvas, place, spans);
        canvas.regions.add(place, Target::Press(command.action));
        x += width + 3;
    }
}

/// The most columns of a question.
const ASK_WIDTH: usize = 76;

/// The most columns of a menu.
const MENU_WIDTH: usize = 76;

fn ask(state: &State, question: Question, words: &str, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let width = (u16::try_from(cut(words, ASK_WIDTH).width()).unwrap_or(0) + 6).clamp(30, ASK_WIDTH as u16);
    let lines = visible::folded(words, usize::from(width.min(area.width).saturating_sub(4)));
    let height = u16::try_from(lines.len() + 4).unwrap_or(area.height).min(area.height);
    let inner = boxed("Sure?", (width, height), area, canvas);
    let body = Rect { height: inner.height.saturating_sub(1), ..inner };
    for (row, line) in rows(body).zip(lines) {
        put(canvas, row, vec![Span::raw(line)]);
    }
    let last = Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner };
    let hints: &[(&str, &str)] = match question {
        Question::Quit if state.recording.unsaved() > 0 => {
            &[("quit-yes", "quit"), ("quit-save", "save, then quit"), ("quit-no", "go on")]
        }
        Question::Quit => &[("quit-yes", "quit"), ("quit-no", "go on")],
        Question::RemoveServer(_)
        | Question::SendFile(_)
        | Question::RunPrograms(_)
        | Question::ReplaceFile
        | Question::ThrowAway(_) => &[("question-yes", "yes"), ("question-no", "no")],
    };
    hint_row(state, hints, last, canvas);
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

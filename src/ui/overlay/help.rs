//! The help, drawn.

use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::super::part::{Keys, cut, field, put, scrolled};
use super::super::symbols::key_names;
use super::super::{Canvas, rows};
use super::{boxed, hint_row};
use crate::app::State;
use crate::app::command::Command;
use crate::app::help::{Help, Scope, Searching};
use crate::app::keymap::Keys as Keystrokes;
use crate::app::regions::Target;
use crate::app::scroll::Scrolled;
use crate::model::bar::Bar;

/// Keys and what they do: those that count now, or all, or those that hold what is searched for.
pub(super) fn help(state: &State, help: &Help, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let lines = help_lines(state, help, usize::from(WIDTH.min(area.width)), canvas);
    let wanted = (WIDTH, (lines.len() as u16 + 4).min(area.height.saturating_sub(2)).max(5));
    let title = match help.scope {
        _ if !help.search.text().trim().is_empty() => "Keys found",
        Scope::Here => "Keys that count here",
        Scope::All => "All keys",
    };
    let inner = boxed(title, wanted, area, canvas);
    let body = Rect { height: inner.height.saturating_sub(1), ..inner };
    let end = lines.len().saturating_sub(usize::from(body.height));
    canvas.regions.add(body, Target::Help(end));
    let top = help.top.min(end);
    let more = lines.len() > top + usize::from(body.height);
    let body = scrolled(canvas, body, Scrolled::Help, Bar::of_rows(top, usize::from(body.height), lines.len()));
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

fn help_lines(state: &State, help: &Help, width: usize, canvas: &Canvas<'_, '_>) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for (place, commands) in help.groups(state) {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.push(Line::styled(place.words(), canvas.theme.accent.add_modifier(Modifier::BOLD)));
        lines.extend(commands.into_iter().map(|command| help_line(state, command, width, canvas)));
    }
    lines
}

/// Columns of the help where there is room.
const WIDTH: u16 = 84;

/// Columns of the keys in the help.
const HELP_KEYS: usize = 20;

/// Columns that are neither keys nor words: the frame, its blanks, the gap between them, the scroll bar.
const AROUND: usize = 7;

fn help_line(state: &State, command: &Command, width: usize, canvas: &Canvas<'_, '_>) -> Line<'static> {
    let shown: Vec<String> = state.keymap.keys_of(command.name).map(Keystrokes::shown).collect();
    let keys = cut(&key_names(&shown.join("  "), canvas.symbols), HELP_KEYS);
    let blank = " ".repeat(HELP_KEYS.saturating_sub(keys.width()));
    Line::from(vec![
        Span::styled(format!("{blank}{keys}  "), canvas.theme.accent),
        Span::styled(cut(command.words, width.saturating_sub(HELP_KEYS + AROUND)), canvas.theme.text),
    ])
}

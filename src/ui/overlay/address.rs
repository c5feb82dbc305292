//! The address tool, drawn: the field, what is known of it in parts, and the keys.

use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::{boxed, hint_row};
use crate::app::State;
use crate::app::overlay::address::{Address, Answer};
use crate::model::notation::Part;
use crate::model::visible::{self, Wrap};
use crate::ui::part::{Keys, field, put, spans};
use crate::ui::{Canvas, rows};

/// The box's size where there is room: wide enough for an IPv6 address in binary halves, and always as high, so that
/// nothing jumps while one types.
const SIZE: (u16, u16) = (100, 34);

/// Rows kept below the cursor, where there are more.
const AHEAD: usize = 2;

/// A line of the list, and the fact it belongs to.
struct Row {
    fact: Option<usize>,
    line: Line<'static>,
}

/// Draws the tool.
pub fn draw(state: &State, tool: &Address, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let parts = tool.parts();
    let width = usize::from(SIZE.0.min(area.width).saturating_sub(4));
    let lines = list(&parts, width, tool, canvas);
    let wanted = (SIZE.0, SIZE.1.min(area.height.saturating_sub(2)).max(3));
    let inner = boxed("Address", wanted, area, canvas);
    let line = Rect { height: inner.height.min(1), ..inner };
    put(canvas, line, vec![Span::styled("› ", canvas.theme.accent)]);
    let place = Rect { x: line.x + 2, width: line.width.saturating_sub(2), ..line };
    let keys = if tool.at.is_none() { Keys::Here } else { Keys::Elsewhere };
    field(canvas, place, &tool.field, keys, canvas.theme.text);
    let body = Rect { y: inner.y + 2, height: inner.height.saturating_sub(4), ..inner };
    let page = usize::from(body.height);
    let top = top_row(&lines, tool.at, page);
    let more = lines.len() > top + page;
    for (row, shown) in rows(body).zip(lines.into_iter().skip(top)) {
        canvas.frame.render_widget(shown.line, row);
        if shown.fact.is_some() && shown.fact == tool.at {
            canvas.frame.buffer_mut().set_style(row, canvas.theme.chosen);
        }
    }
    let foot = Rect { y: inner.bottom().saturating_sub(1), height: inner.height.min(1), ..inner };
    hint_row(state, &hints(tool, more), foot, canvas);
}

fn hints(tool: &Address, more: bool) -> Vec<(&'static str, &'static str)> {
    let mut hints = match (&tool.answer, tool.at) {
        (Answer::Awaited(..), _) => return vec![("finder-close", "gives up")],
        (_, Some(_)) => vec![("finder-choose", "copies the row")],
        (_, None) if tool.name().is_some() => vec![("finder-choose", "looks the name up; not before")],
        (_, None) => Vec::new(),
    };
    hints.push(("finder-down", if more { "choose, more below" } else { "choose a row" }));
    hints.push(("finder-close", "closes"));
    hints
}

/// The parts as lines; a long value goes on below itself.
fn list(parts: &[Part], width: usize, tool: &Address, canvas: &Canvas<'_, '_>) -> Vec<Row> {
    let theme = canvas.theme;
    let names = parts.iter().flat_map(|part| &part.facts).map(|fact| fact.name.width()).max().unwrap_or(0);
    let room = width.saturating_sub(names + 2).max(1);
    let mut list = Vec::new();
    let mut number = 0;
    for part in parts {
        if !list.is_empty() {
            list.push(Row { fact: None, line: Line::default() });
        }
        list.push(Row { fact: None, line: Line::styled(part.title, theme.accent.add_modifier(Modifier::BOLD)) });
        for fact in &part.facts {
            let is_bad = matches!(fact.name, "why" | "failed");
            let style = if is_bad { theme.bad } else { theme.text };
            for (index, row) in folded(&fact.value, room).into_iter().enumerate() {
                let name = if index == 0 { fact.name } else { "" };
                let mut line = vec![Span::styled(format!("{name:>names$}  "), theme.dim)];
                line.extend(spans(row, style, theme.dim));
                list.push(Row { fact: Some(number), line: Line::from(line) });
            }
            number += 1;
        }
    }
    debug_assert!(tool.at.is_none_or(|at| at < number.max(1)), "the cursor is on a fact");
    list
}

/// A value in rows: between words where it has some, else where a row is full.
fn folded(value: &str, room: usize) -> Vec<Vec<visible::Piece>> {
    let has_long_words = value.split_whitespace().any(|word| word.width() > room);
    if has_long_words || value.contains(char::is_control) || value.contains("  ") {
        return visible::rows(value.as_bytes(), room, Wrap::Text).map(|row| row.pieces).collect();
    }
    visible::folded(value, room).iter().map(|line| visible::text(line, room)).collect()
}

/// The line shown first, so that all of the chosen fact is on the page, and the title over it.
fn top_row(list: &[Row], at: Option<usize>, page: usize) -> usize {
    let Some(at) = at else { return 0 };
    let chosen = list.iter().rposition(|row| row.fact == Some(at)).unwrap_or(0);
    let end = (chosen + 1 + AHEAD).min(list.len());
    end.saturating_sub(page)
}

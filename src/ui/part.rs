//! Small parts the panes share: visible text as spans, text fields, sizes and times in few letters.

use std::time::Duration;

use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::Canvas;
use super::symbols::key_names;
use crate::app::look::Motion;
use crate::app::text_field::TextField;
use crate::app::{State, motion};
use crate::model::visible::{self, Piece};

/// Pieces as spans: text in a style, symbols for what cannot be shown dimmed.
pub fn spans(pieces: Vec<Piece>, style: Style, symbol: Style) -> impl Iterator<Item = Span<'static>> {
    pieces.into_iter().map(move |piece| match piece {
        Piece::Plain(text) => Span::styled(text, style),
        Piece::Symbol(text) => Span::styled(text, symbol),
    })
}

/// A text from outside, made visible, in at most so many columns.
pub fn shown(text: &str, columns: usize, style: Style, symbol: Style) -> Vec<Span<'static>> {
    spans(visible::text(text, columns), style, symbol).collect()
}

/// A text of ours cut to so many columns, with a sign where it is cut.
pub fn cut(text: &str, columns: usize) -> String {
    visible::joined(&visible::text(text, columns))
}

/// Draws one line of spans.
pub fn put(canvas: &mut Canvas<'_, '_>, area: Rect, spans: Vec<Span<'static>>) {
    canvas.frame.render_widget(Line::from(spans), area);
}

/// Whether a field has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    /// It has: the cursor is shown.
    Here,
    /// It has not.
    Elsewhere,
}

/// Draws an edited line, scrolled so that its cursor is in sight.
pub fn field(canvas: &mut Canvas<'_, '_>, area: Rect, field: &TextField, keys: Keys, style: Style) {
    if area.is_empty() {
        return;
    }
    let width = usize::from(area.width);
    let before: String = field.text().chars().take(field.cursor()).collect();
    let at = before.width();
    // The cursor may stand behind the last letter, so one column stays free for it.
    let skip = if keys == Keys::Here { (at + 1).saturating_sub(width) } else { 0 };
    let mut passed = 0;
    let rest: String = field
        .text()
        .chars()
        .skip_while(|letter| {
            let is_left = passed < skip;
            passed += unicode_width::UnicodeWidthChar::width(*letter).unwrap_or(0);
            is_left
        })
        .collect();
    canvas.frame.render_widget(Line::from(shown(&rest, width, style, canvas.theme.dim)), area);
    if keys == Keys::Here {
        let x = area.x + u16::try_from(at - skip.min(at)).unwrap_or(area.width).min(area.width - 1);
        canvas.frame.set_cursor_position(Position { x, y: area.y });
    }
}

/// A count of bytes in few letters: `74`, `1.2k`, `3.4M`; `k` is 1,000.
pub fn size(bytes: u64) -> String {
    scaled(bytes as f64, &["", "k", "M", "G", "T"])
}

/// A count of bytes in words: `74 bytes`, `1.2 kB`.
pub fn size_in_words(bytes: u64) -> String {
    match bytes {
        0 => "no bytes".into(),
        1 => "1 byte".into(),
        2..1000 => format!("{bytes} bytes"),
        _ => scaled(bytes as f64, &["", " kB", " MB", " GB", " TB"]),
    }
}

fn scaled(value: f64, units: &[&str]) -> String {
    let mut value = value;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    match unit {
        0 => format!("{value:.0}"),
        _ if value < 9.95 => format!("{value:.1}{}", units[unit]),
        _ => format!("{value:.0}{}", units[unit]),
    }
}

/// A span of time in few letters: `80µs`, `1.2ms`, `914ms`, `3.1s`, `2m05s`, `3h07m`.
pub fn span(span: Duration) -> String {
    let micros = span.as_micros();
    let seconds = span.as_secs_f64();
    match micros {
        0..1000 => format!("{micros}µs"),
        1000..100_000 => format!("{:.1}ms", seconds * 1000.0),
        100_000..1_000_000 => format!("{:.0}ms", seconds * 1000.0),
        1_000_000..60_000_000 => format!("{seconds:.1}s"),
        60_000_000..3_600_000_000 => format!("{}m{:02}s", span.as_secs() / 60, span.as_secs() % 60),
        _ => format!("{}h{:02}m", span.as_secs() / 3600, span.as_secs() / 60 % 60),
    }
}

/// The sign of a connection that is being opened; it moves, unless nothing may.
pub fn opening_sign(state: &State) -> &'static str {
    const MOVING: [&str; 4] = ["◜", "◝", "◞", "◟"];
    match state.look.motion {
        Motion::Full => MOVING[motion::position(state, MOVING.len())],
        Motion::Reduced => "◌",
    }
}

/// Words that name keys, beside the point.
pub fn hint(text: &str, canvas: &Canvas<'_, '_>) -> Vec<Span<'static>> {
    vec![Span::styled(key_names(text, canvas.symbols), canvas.theme.dim)]
}

/// A key and its word, as footers have them.
pub fn key_hint(key: &str, word: &str, canvas: &Canvas<'_, '_>) -> [Span<'static>; 2] {
    [
        Span::styled(key_names(key, canvas.symbols), canvas.theme.accent.add_modifier(Modifier::BOLD)),
        Span::styled(format!(" {word}"), canvas.theme.dim),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_take_few_letters() {
        let sizes =
            [(0, "0"), (999, "999"), (1000, "1.0k"), (12_345, "12k"), (999_600, "1.0M"), (5_220_000_000, "5.2G")];
        for (bytes, text) in sizes {
            assert_eq!(size(bytes), text);
        }
        let times = [(80, "80µs"), (1_200, "1.2ms"), (914_000, "914ms"), (3_100_000, "3.1s"), (125_000_000, "2m05s")];
        for (micros, text) in times {
            assert_eq!(span(Duration::from_micros(micros)), text);
        }
    }
}

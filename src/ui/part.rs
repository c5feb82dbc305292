//! Small parts the panes share: visible text as spans, text fields, sizes in few letters.

use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::Canvas;
use super::symbols::key_names;
use super::widget::scrollbar::Scrollbar;
use crate::app::look::Motion;
use crate::app::regions::Target;
use crate::app::scroll::Scrolled;
use crate::app::text_field::TextField;
use crate::app::{State, motion};
use crate::model::bar::Bar;
use crate::model::search::Pattern;
use crate::model::visible::{self, Piece};

/// Stands where the beginning of a line is out of sight.
const CUT_BEFORE: &str = "‹";

/// The least columns of an area that gives one to a scroll bar.
const LEAST_BESIDE_BAR: u16 = 10;

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

/// A text cut to so many columns and filled up to them with blanks, as a column of a list is.
pub fn column(text: &str, columns: usize) -> String {
    let mut text = cut(text, columns);
    let padding = columns.saturating_sub(text.width());
    text.extend(std::iter::repeat_n(' ', padding));
    text
}

/// Notes what the wheel scrolls in an area; when there is more than is shown, draws a scroll bar at its right edge. Gives
/// what is left of the area beside it.
pub fn scrolled(canvas: &mut Canvas<'_, '_>, area: Rect, what: Scrolled, bar: Bar) -> Rect {
    canvas.regions.add(area, Target::Room(what, bar));
    if !bar.is_needed() || area.width < LEAST_BESIDE_BAR || area.height < 2 {
        return area;
    }
    let edge = Rect { x: area.right() - 1, width: 1, ..area };
    let widget = Scrollbar { bar, track: canvas.theme.line, thumb: canvas.theme.dim };
    canvas.frame.render_widget(widget, edge);
    canvas.regions.add(edge, Target::Bar(what, bar));
    Rect { width: area.width - 1, ..area }
}

/// Whether a field has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    /// It has: the cursor is shown.
    Here,
    /// It has not.
    Elsewhere,
}

/// Draws an edited line, scrolled so that its cursor is in sight; a sign stands where it is cut.
pub fn field(canvas: &mut Canvas<'_, '_>, area: Rect, field: &TextField, keys: Keys, style: Style) {
    match keys {
        Keys::Here => {
            let style = if field.is_offered() { style.patch(canvas.theme.selected()) } else { style };
            edited(canvas, area, field.text(), field.cursor(), style);
        }
        Keys::Elsewhere => put(canvas, area, shown(field.text(), usize::from(area.width), style, canvas.theme.dim)),
    }
}

/// The least height of what stands below a question with a line of words under it.
const ROOM_FOR_WORDS: u16 = 6;

/// A line in which something is written, over what it is about: a filter, a search.
pub struct Question<'a> {
    /// What stands before the field.
    pub sign: &'a str,
    /// What is written.
    pub field: &'a TextField,
    /// Whether it has the keys.
    pub keys: Keys,
    /// How it is written.
    pub style: Style,
    /// What stands at the end of the line.
    pub count: String,
    /// What is said below it, where there is room.
    pub words: (String, Style),
}

/// Draws a question at the top of an area; gives what is left below it.
pub fn question(canvas: &mut Canvas<'_, '_>, area: Rect, question: &Question<'_>) -> Rect {
    let line = Rect { height: 1, ..area };
    let sign = question.sign.width() as u16 + 2;
    put(canvas, line, vec![Span::styled(format!(" {} ", question.sign), canvas.theme.accent)]);
    let room = area.width.saturating_sub(sign + question.count.width() as u16 + 2);
    field(canvas, Rect { x: area.x + sign, width: room, ..line }, question.field, question.keys, question.style);
    let count = Line::styled(format!("{} ", question.count), canvas.theme.dim);
    if usize::from(sign) + count.width() < usize::from(area.width) {
        canvas.frame.render_widget(count.right_aligned(), line);
    }
    if area.height < ROOM_FOR_WORDS {
        return Rect { y: area.y + 1, height: area.height - 1, ..area };
    }
    let below = Rect { y: area.y + 1, height: 1, ..area };
    let (words, style) = &question.words;
    let words = key_names(&format!("{}{words}", " ".repeat(sign.into())), canvas.symbols);
    put(canvas, below, vec![Span::styled(cut(&words, usize::from(area.width)), *style)]);
    Rect { y: area.y + 2, height: area.height - 2, ..area }
}

/// A text from outside with all that is searched for in it lit, made visible, in at most so many columns.
pub fn lit<'p>(
    text: &str,
    columns: usize,
    (style, symbol, found): (Style, Style, Style),
    patterns: impl Iterator<Item = &'p Pattern>,
) -> Vec<Span<'static>> {
    // What cannot be seen is not searched: a letter takes a column, or two that belong together.
    let seen = text.char_indices().nth(columns.saturating_mul(4)).map_or(text.len(), |(at, _)| at);
    let within = |pattern: &'p Pattern| pattern.within(text.as_bytes(), 0..seen).collect::<Vec<_>>();
    let mut matches: Vec<_> = patterns.flat_map(within).collect();
    matches.sort_by_key(|range| (range.start, range.end));
    let (mut spans, mut at, mut used) = (Vec::new(), 0, 0);
    let mut add = |part: &str, style: Style| {
        let pieces = visible::text(part, columns.saturating_sub(used));
        used += visible::columns(&pieces);
        spans.extend(self::spans(pieces, style, style.patch(symbol)));
    };
    for range in matches {
        let range = range.start.max(at)..range.end;
        if range.is_empty() || !text.is_char_boundary(range.start) || !text.is_char_boundary(range.end) {
            continue;
        }
        add(&text[at..range.start], style);
        add(&text[range.clone()], style.patch(found));
        at = range.end;
    }
    add(&text[at..], style);
    spans
}

/// Draws a line with the cursor before the character of that number. Looks only at what is around the cursor.
pub fn edited(canvas: &mut Canvas<'_, '_>, area: Rect, text: &str, cursor: usize, style: Style) {
    if area.is_empty() {
        return;
    }
    let width = usize::from(area.width);
    let at = text.char_indices().nth(cursor).map_or(text.len(), |(at, _)| at);
    let (before, after) = text.split_at(at);
    // The cursor stands on the first letter behind it, which may take two columns, or on a blank.
    let under = after.graphemes(true).next().map_or(1, |letter| width_of(letter, 2));
    let room = width.saturating_sub(under);
    let mut spans = Vec::new();
    if tail(before, room).len() == before.len() {
        spans.extend(shown(before, room, style, canvas.theme.dim));
    } else if room > 0 {
        spans.push(Span::styled(CUT_BEFORE, canvas.theme.dim));
        spans.extend(shown(tail(before, room - 1), room, style, canvas.theme.dim));
    }
    let used: usize = spans.iter().map(Span::width).sum();
    spans.extend(shown(after, width - used.min(width), style, canvas.theme.dim));
    put(canvas, area, spans);
    let x = area.x + u16::try_from(used).unwrap_or(area.width).min(area.width - 1);
    canvas.frame.set_cursor_position(Position { x, y: area.y });
}

/// The longest end of a text that takes at most so many columns.
fn tail(text: &str, columns: usize) -> &str {
    let (mut used, mut start) = (0, text.len());
    for (at, letter) in text.grapheme_indices(true).rev() {
        used += width_of(letter, columns + 1);
        if used > columns {
            break;
        }
        start = at;
    }
    &text[start..]
}

/// The columns a letter takes as it is shown; no more than `most` are counted.
fn width_of(letter: &str, most: usize) -> usize {
    visible::columns(&visible::text(letter, most)).clamp(1, most.max(1))
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
    fn the_end_of_a_text_is_cut_between_letters() {
        assert_eq!(tail("hello", 3), "llo");
        assert_eq!(tail("日本語", 5), "本語");
        assert_eq!(tail("日本語", 6), "日本語");
        assert_eq!(tail("e\u{301}e\u{301}", 1), "e\u{301}");
        assert_eq!(tail("a👧", 2), "👧");
        assert_eq!(tail("abc", 0), "");
    }

    #[test]
    fn a_column_is_as_wide_as_asked_whatever_stands_in_it() {
        for text in ["", "hello", "日本語日本語", "e\u{301}e\u{301}", "\u{202e}abc", "שלום", "👩‍👩‍👧👩‍👩‍👧"]
        {
            assert_eq!(column(text, 7).width(), 7, "{text:?}");
        }
    }

    #[test]
    fn sizes_and_times_take_few_letters() {
        let sizes =
            [(0, "0"), (999, "999"), (1000, "1.0k"), (12_345, "12k"), (999_600, "1.0M"), (5_220_000_000, "5.2G")];
        for (bytes, text) in sizes {
            assert_eq!(size(bytes), text);
        }
    }
}

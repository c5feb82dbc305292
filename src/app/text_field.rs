//! A line of text that is being edited, with the keys a shell line has.

use std::ops::Range;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::{Input, InputRequest};

use crate::model::visible;

/// The most a one-line field takes; a paste beyond it is cut. Bigger payloads come from a file.
pub const FIELD_LIMIT: usize = 64 * 1024;

/// Edits that can be undone.
const UNDO_KEPT: usize = 100;

/// Bytes the texts to go back to may take together.
const UNDO_BYTES: usize = 1024 * 1024;

/// What can be done to a text. Moves between lines mean something only where there are several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// A letter to the left.
    Left,
    /// A letter to the right.
    Right,
    /// A word to the left.
    WordLeft,
    /// A word to the right.
    WordRight,
    /// To the start of the line.
    Start,
    /// To the end of the line.
    End,
    /// To the line above.
    Up,
    /// To the line below.
    Down,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// Take away the letter before the cursor.
    Erase,
    /// Take away the letter at the cursor.
    Delete,
    /// Cut the word before the cursor.
    EraseWord,
    /// Cut the word after the cursor.
    DeleteWord,
    /// Cut all before the cursor.
    KillToStart,
    /// Cut all behind the cursor.
    KillToEnd,
    /// Put in what was cut last.
    Yank,
    /// Undo the last edit.
    Undo,
    /// Do the undone edit again.
    Redo,
    /// Begin a new line.
    NewLine,
    /// Edit it in `$EDITOR`.
    Outside,
}

/// An edited text: a line, or a few where the form says so.
#[derive(Debug, Clone, Default)]
pub struct TextField {
    input: Input,
    undone: Vec<Moment>,
    done: Vec<Moment>,
    last: LastEdit,
    /// Whether the first letter typed replaces the text.
    is_offered: bool,
}

/// A text as it stood, and its cursor.
type Moment = (String, usize);

/// What the edit before was: letters typed one after another are undone together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum LastEdit {
    #[default]
    Other,
    Typed,
}

impl TextField {
    /// A field holding that text, with the cursor at its end.
    pub fn new(text: impl Into<String>) -> Self {
        Self { input: Input::new(text.into()), ..Self::default() }
    }

    /// A field with a text to be taken or replaced: the first letter typed begins anew, another key begins to change it.
    pub fn offering(text: impl Into<String>) -> Self {
        Self { is_offered: true, ..Self::new(text) }
    }

    /// Offers the text that stands there.
    pub fn offer(&mut self) {
        self.is_offered = true;
    }

    /// Whether the first letter typed replaces the text.
    pub fn is_offered(&self) -> bool {
        self.is_offered
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.input.value()
    }

    /// The cursor, in characters from the start.
    pub fn cursor(&self) -> usize {
        self.input.cursor()
    }

    /// The text before the cursor.
    pub fn before(&self) -> &str {
        &self.text()[..self.cursor_byte()]
    }

    /// Replaces the text; the cursor goes to its end. It can be undone.
    pub fn set(&mut self, text: impl Into<String>) {
        let text = text.into();
        if text != self.text() {
            self.remember(LastEdit::Other);
        }
        self.input = Input::new(text);
        self.is_offered = false;
    }

    /// Puts text in at the cursor, on one line: what cannot be seen becomes an escape, a line break `\n`. Gives how many
    /// bytes there was no room for.
    pub fn paste(&mut self, text: &str) -> usize {
        self.insert(&visible::escaped_hidden(&text.replace("\r\n", "\n")))
    }

    /// Puts text in at the cursor, keeping its lines. Gives how many bytes there was no room for.
    pub fn paste_lines(&mut self, text: &str) -> usize {
        let text = text.replace("\r\n", "\n");
        let lines: Vec<String> = text.split('\n').map(visible::escaped_hidden).collect();
        self.insert(&lines.join("\n"))
    }

    /// Whether nothing more can be typed.
    pub fn is_full(&self) -> bool {
        self.text().len() >= FIELD_LIMIT
    }

    fn insert(&mut self, text: &str) -> usize {
        self.begin_anew();
        let room = FIELD_LIMIT.saturating_sub(self.text().len());
        let fits = text.char_indices().take_while(|(at, letter)| at + letter.len_utf8() <= room).count();
        let inserted: String = text.chars().take(fits).collect();
        let left = text.len() - inserted.len();
        if inserted.is_empty() {
            return left;
        }
        self.remember(LastEdit::Other);
        let at = self.cursor_byte();
        let whole = format!("{}{inserted}{}", &self.text()[..at], &self.text()[at..]);
        let cursor = self.cursor() + fits;
        self.input = Input::new(whole).with_cursor(cursor);
        left
    }

    /// Text is about to come: it replaces what is only offered.
    fn begin_anew(&mut self) {
        if std::mem::take(&mut self.is_offered) {
            self.set("");
        }
    }

    /// Takes a typed letter; false for a key that is none.
    pub fn on_key(&mut self, key: KeyEvent) -> bool {
        let KeyCode::Char(letter) = key.code else { return false };
        if key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) {
            return false;
        }
        self.begin_anew();
        if self.is_full() {
            return false;
        }
        // A word at a time: what was typed before a blank stays when what comes after is undone.
        if self.last == LastEdit::Other || (letter != ' ' && self.before().ends_with(' ')) {
            self.remember(LastEdit::Typed);
        }
        self.undone.clear();
        self.input.handle(InputRequest::InsertChar(letter));
        true
    }

    /// Performs an edit; what is cut goes into `killed`, and comes from there again. True when the text changed.
    pub fn act(&mut self, verb: Verb, killed: &mut String) -> bool {
        // The editor outside gets the text as it stands; any other key but a letter is there to change it.
        self.is_offered &= verb == Verb::Outside;
        match verb {
            Verb::Left => self.moves(InputRequest::GoToPrevChar),
            Verb::Right => self.moves(InputRequest::GoToNextChar),
            Verb::WordLeft => self.moves(InputRequest::GoToPrevWord),
            Verb::WordRight => self.moves(InputRequest::GoToNextWord),
            Verb::Start => self.moves(InputRequest::SetCursor(self.cursor() - self.line_before().chars().count())),
            Verb::End => self.moves(InputRequest::SetCursor(self.cursor() + self.line_behind().chars().count())),
            Verb::Up | Verb::PageUp => self.go_to_line(Line::Above),
            Verb::Down | Verb::PageDown => self.go_to_line(Line::Below),
            Verb::Erase => self.edits(InputRequest::DeletePrevChar),
            Verb::Delete => self.edits(InputRequest::DeleteNextChar),
            Verb::EraseWord => self.cuts(InputRequest::DeletePrevWord, killed),
            Verb::DeleteWord => self.cuts(InputRequest::DeleteNextWord, killed),
            Verb::KillToStart => {
                self.cut_out(self.cursor_byte() - self.line_before().len()..self.cursor_byte(), killed)
            }
            Verb::KillToEnd => self.cut_out(self.cursor_byte()..self.cursor_byte() + self.line_behind().len(), killed),
            Verb::Yank => {
                self.insert(killed);
                !killed.is_empty()
            }
            Verb::Undo => self.goes_back(),
            Verb::Redo => self.goes_forth(),
            Verb::NewLine => {
                self.insert("\n");
                true
            }
            Verb::Outside => false,
        }
    }

    /// Whether there is a line above the cursor's, or below it.
    pub fn has_line(&self, which: Line) -> bool {
        let at = self.cursor_byte();
        match which {
            Line::Above => self.text()[..at].contains('\n'),
            Line::Below => self.text()[at..].contains('\n'),
        }
    }

    fn go_to_line(&mut self, which: Line) -> bool {
        if !self.has_line(which) {
            return false;
        }
        let column = self.line_before().chars().count();
        let start = self.cursor() - column;
        let cursor = match which {
            Line::Above => {
                let above = self.text().chars().take(start - 1).collect::<String>();
                let length = above.rsplit('\n').next().unwrap_or("").chars().count();
                start - 1 - length + column.min(length)
            }
            Line::Below => {
                let next = self.cursor() + self.line_behind().chars().count() + 1;
                let length = self.text().chars().skip(next).take_while(|letter| *letter != '\n').count();
                next + column.min(length)
            }
        };
        self.moves(InputRequest::SetCursor(cursor))
    }

    fn moves(&mut self, request: InputRequest) -> bool {
        self.last = LastEdit::Other;
        self.input.handle(request);
        false
    }

    fn edits(&mut self, request: InputRequest) -> bool {
        let before = (self.text().to_owned(), self.cursor());
        self.input.handle(request);
        let has_changed = before.0 != self.text();
        if has_changed {
            self.keep(before);
            self.last = LastEdit::Other;
        }
        has_changed
    }

    fn cuts(&mut self, request: InputRequest, killed: &mut String) -> bool {
        let (text, cursor) = (self.text().to_owned(), self.cursor());
        let has_changed = self.edits(request);
        if has_changed {
            let from = self.cursor().min(cursor);
            let count = text.chars().count() - self.text().chars().count();
            *killed = text.chars().skip(from).take(count).collect();
        }
        has_changed
    }

    fn cut_out(&mut self, bytes: Range<usize>, killed: &mut String) -> bool {
        if bytes.is_empty() {
            return false;
        }
        self.remember(LastEdit::Other);
        let text = self.text();
        self.text()[bytes.clone()].clone_into(killed);
        let whole = format!("{}{}", &text[..bytes.start], &text[bytes.end..]);
        let cursor = text[..bytes.start].chars().count();
        self.input = Input::new(whole).with_cursor(cursor);
        true
    }

    fn remember(&mut self, edit: LastEdit) {
        self.keep((self.text().to_owned(), self.cursor()));
        self.last = edit;
    }

    fn keep(&mut self, moment: Moment) {
        self.undone.clear();
        self.done.push(moment);
        let mut bytes: usize = self.done.iter().map(|(text, _)| text.len()).sum();
        while self.done.len() > UNDO_KEPT || (bytes > UNDO_BYTES && self.done.len() > 1) {
            bytes -= self.done.remove(0).0.len();
        }
    }

    fn goes_back(&mut self) -> bool {
        let Some((text, cursor)) = self.done.pop() else { return false };
        self.undone.push((self.text().to_owned(), self.cursor()));
        self.put_back(text, cursor)
    }

    fn goes_forth(&mut self) -> bool {
        let Some((text, cursor)) = self.undone.pop() else { return false };
        self.done.push((self.text().to_owned(), self.cursor()));
        self.put_back(text, cursor)
    }

    fn put_back(&mut self, text: String, cursor: usize) -> bool {
        self.input = Input::new(text).with_cursor(cursor);
        self.last = LastEdit::Other;
        true
    }

    fn cursor_byte(&self) -> usize {
        self.text().char_indices().nth(self.cursor()).map_or(self.text().len(), |(at, _)| at)
    }

    fn line_before(&self) -> &str {
        self.before().rsplit('\n').next().unwrap_or("")
    }

    fn line_behind(&self) -> &str {
        self.text()[self.cursor_byte()..].split('\n').next().unwrap_or("")
    }
}

/// A line beside the cursor's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// The one above.
    Above,
    /// The one below.
    Below,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> TextField {
        let mut field = TextField::default();
        for letter in text.chars() {
            field.on_key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE));
        }
        field
    }

    fn after(text: &str, verbs: &[Verb]) -> (String, usize) {
        let (mut field, mut killed) = (typed(text), String::new());
        for verb in verbs {
            field.act(*verb, &mut killed);
        }
        (field.text().to_owned(), field.cursor())
    }

    #[test]
    fn what_was_typed_is_undone_a_word_at_a_time_and_redone() {
        let (mut field, mut killed) = (typed("one two"), String::new());
        field.act(Verb::Undo, &mut killed);
        assert_eq!(field.text(), "one ");
        field.act(Verb::Undo, &mut killed);
        assert_eq!(field.text(), "");
        assert!(!field.act(Verb::Undo, &mut killed), "nothing is left");
        field.act(Verb::Redo, &mut killed);
        field.act(Verb::Redo, &mut killed);
        assert_eq!((field.text(), field.cursor()), ("one two", 7));
    }

    #[test]
    fn an_edit_after_an_undo_forgets_what_was_undone() {
        let (mut field, mut killed) = (typed("one two"), String::new());
        field.act(Verb::Undo, &mut killed);
        field.on_key(KeyEvent::new(KeyCode::Char('x'), KeyModifiers::NONE));
        assert!(!field.act(Verb::Redo, &mut killed));
        assert_eq!(field.text(), "one x");
    }

    #[test]
    fn what_is_cut_is_put_in_elsewhere() {
        let mut killed = String::new();
        let mut one = typed("GET /path");
        one.act(Verb::EraseWord, &mut killed);
        assert_eq!(killed, "path");
        one.act(Verb::KillToStart, &mut killed);
        assert_eq!((one.text(), killed.as_str()), ("", "GET /"));
        let mut other = typed("a: ");
        other.act(Verb::Yank, &mut killed);
        assert_eq!(other.text(), "a: GET /");
    }

    #[test]
    fn kills_and_ends_stay_within_their_line() {
        use Verb::{Down, End, KillToEnd, KillToStart, Start, Up};
        assert_eq!(after("one\ntwo", &[Up, Start, KillToEnd]), ("\ntwo".into(), 0));
        assert_eq!(after("one\ntwo", &[KillToStart]), ("one\n".into(), 4));
        assert_eq!(after("one\ntwo three", &[Up, Down, End]), ("one\ntwo three".into(), 13));
        assert_eq!(after("eins\nzw\ndrei", &[Up]).1, 7, "a shorter line is entered at its end");
    }

    #[test]
    fn a_change_from_outside_can_be_undone() {
        let (mut field, mut killed) = (typed("mine"), String::new());
        field.set("from the history");
        field.act(Verb::Undo, &mut killed);
        assert_eq!(field.text(), "mine");
    }
}

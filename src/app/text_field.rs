//! A line of text that is being edited, with the keys a shell line has.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use tui_input::Input;
use tui_input::backend::crossterm::EventHandler;

use crate::model::visible;

/// The most a one-line field takes; a paste beyond it is cut. Bigger payloads come from a file.
pub const FIELD_LIMIT: usize = 64 * 1024;

/// An edited line.
#[derive(Debug, Clone, Default)]
pub struct TextField {
    input: Input,
}

impl TextField {
    /// A field holding that text, with the cursor at its end.
    pub fn new(text: impl Into<String>) -> Self {
        Self { input: Input::new(text.into()) }
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.input.value()
    }

    /// The cursor, in characters from the start.
    pub fn cursor(&self) -> usize {
        self.input.cursor()
    }

    /// Replaces the text; the cursor goes to its end.
    pub fn set(&mut self, text: impl Into<String>) {
        self.input = Input::new(text.into());
    }

    /// Puts text in at the cursor, on one line: what cannot be seen becomes an escape, a line break `\n`.
    pub fn paste(&mut self, text: &str) {
        self.insert(&visible::escaped_hidden(&text.replace("\r\n", "\n")));
    }

    /// Puts text in at the cursor, keeping its lines.
    pub fn paste_lines(&mut self, text: &str) {
        let text = text.replace("\r\n", "\n");
        let lines: Vec<String> = text.split('\n').map(visible::escaped_hidden).collect();
        self.insert(&lines.join("\n"));
    }

    fn insert(&mut self, text: &str) {
        let room = FIELD_LIMIT.saturating_sub(self.text().len());
        let at = self.text().char_indices().nth(self.cursor()).map_or(self.text().len(), |(at, _)| at);
        let fits = text.char_indices().take_while(|(at, letter)| at + letter.len_utf8() <= room).count();
        let inserted: String = text.chars().take(fits).collect();
        let whole = format!("{}{inserted}{}", &self.text()[..at], &self.text()[at..]);
        let cursor = self.cursor() + fits;
        self.input = Input::new(whole).with_cursor(cursor);
    }

    /// Takes a key if it edits; false leaves it to the key table.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the terminal's enum, of which most means nothing here")]
    pub fn on_key(&mut self, key: KeyEvent) -> bool {
        let held = key.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT);
        let edits = match key.code {
            KeyCode::Char(_) if held.is_empty() => self.text().len() < FIELD_LIMIT,
            KeyCode::Char(letter) if held == KeyModifiers::CONTROL => "abefhkuwy".contains(letter),
            KeyCode::Char(letter) if held == KeyModifiers::ALT => "bdf".contains(letter),
            KeyCode::Backspace | KeyCode::Delete | KeyCode::Left | KeyCode::Right | KeyCode::Home | KeyCode::End => {
                true
            }
            _ => false,
        };
        if edits {
            // The editor takes what terminals call Alt for its Meta.
            let meta = held == KeyModifiers::ALT && key.code != KeyCode::Backspace;
            let key = KeyEvent { modifiers: if meta { KeyModifiers::META } else { key.modifiers }, ..key };
            self.input.handle_event(&Event::Key(key));
        }
        edits
    }
}

//! Forms: labelled fields of text or choice, filled in over the panes.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::text_field::TextField;
use crate::model::{ConnId, NodeId};

/// A form that is being filled in.
#[derive(Debug, Clone)]
pub struct Form {
    /// What it is for, as its title says.
    pub title: String,
    /// What it is for, as the program knows.
    pub purpose: Purpose,
    /// Its fields, top to bottom.
    pub fields: Vec<Field>,
    /// The field that has the keys.
    pub at: usize,
    /// What is wrong with what stands there, in a sentence.
    pub problem: Option<String>,
}

/// What happens when a form is handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A server is made and started.
    NewServer,
    /// A server is changed.
    EditServer(NodeId),
    /// A server gets another name.
    RenameServer(NodeId),
    /// A text goes to one of a server's clients, or to all.
    Reply(NodeId, Option<ConnId>),
    /// A client's settings are changed.
    ClientSettings(NodeId),
    /// A client sends again and again.
    Repeat(NodeId),
    /// A client sends a file.
    SendFile(NodeId),
    /// The payload of a client is saved under a name.
    SavePayload(NodeId),
    /// A header or query row of the HTTP request is added, or changed.
    HttpRow(HttpRows, Option<usize>),
    /// The method of the HTTP request.
    HttpMethod,
    /// The file whose bytes are the body.
    HttpBodyFile,
    /// Where the response's body is saved.
    SaveBody,
}

/// Which rows of the HTTP request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpRows {
    /// Header fields.
    Headers,
    /// Query parameters.
    Query,
    /// Form fields of the body.
    Form,
}

/// One field.
#[derive(Debug, Clone)]
pub struct Field {
    /// What it asks for.
    pub label: &'static str,
    /// What stands in it.
    pub entry: Entry,
    /// A word of help, shown while the field has the keys.
    pub hint: String,
    /// Whether its text may have several lines.
    pub takes_lines: bool,
    /// The letters typed at a choice so far: they choose the first name that begins with them.
    typed: String,
}

/// What stands in a field.
#[derive(Debug, Clone)]
pub enum Entry {
    /// A line of text.
    Text(TextField),
    /// One of several: names with a few words each, and which is chosen.
    Choice(Vec<(&'static str, &'static str)>, usize),
}

/// What a form makes of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It goes on.
    GoesOn,
    /// It is handed in.
    HandedIn,
    /// It is given up.
    GivenUp,
}

impl Form {
    /// A form with nothing wrong yet, at its first field.
    pub fn new(title: impl Into<String>, purpose: Purpose, fields: Vec<Field>) -> Self {
        Self { title: title.into(), purpose, fields, at: 0, problem: None }
    }

    /// What stands in the field with that label; empty when there is none.
    pub fn text(&self, label: &str) -> &str {
        self.fields.iter().find(|field| field.label == label).map_or("", Field::text)
    }

    /// Gives the keys to a field, counted from 0.
    pub fn go_to(&mut self, field: usize) {
        self.at = field;
        if let Some(field) = self.current() {
            field.typed.clear();
        }
    }

    /// Makes the choice of that name in the field with that label.
    pub fn choose(&mut self, label: &str, name: &str) {
        let field = self.fields.iter_mut().find(|field| field.label == label);
        if let Some(Entry::Choice(options, at)) = field.map(|field| &mut field.entry) {
            *at = options.iter().position(|(option, _)| *option == name).unwrap_or(*at);
        }
    }

    /// The field that has the keys.
    pub fn current(&mut self) -> Option<&mut Field> {
        self.fields.get_mut(self.at)
    }

    /// Takes a key.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the terminal's enum, of which most means nothing here")]
    pub fn on_key(&mut self, key: KeyEvent) -> Outcome {
        let last = self.fields.len().saturating_sub(1);
        match key.code {
            KeyCode::Esc => return Outcome::GivenUp,
            KeyCode::Enter if key.modifiers.contains(KeyModifiers::ALT) => {
                if let Some(field) = self.current().filter(|field| field.takes_lines) {
                    field.paste("\n");
                }
            }
            KeyCode::Enter => return Outcome::HandedIn,
            KeyCode::Tab | KeyCode::Down => self.go_to(if self.at == last { 0 } else { self.at + 1 }),
            KeyCode::BackTab | KeyCode::Up => self.go_to(if self.at == 0 { last } else { self.at - 1 }),
            _ => {
                if let Some(field) = self.fields.get_mut(self.at) {
                    field.on_key(key);
                }
            }
        }
        Outcome::GoesOn
    }
}

impl Field {
    /// A field of text.
    pub fn text_field(label: &'static str, text: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            label,
            entry: Entry::Text(TextField::new(text)),
            hint: hint.into(),
            takes_lines: false,
            typed: String::new(),
        }
    }

    /// A field of choice, with the choice of that name made.
    pub fn choice(label: &'static str, options: Vec<(&'static str, &'static str)>, chosen: &str) -> Self {
        let at = options.iter().position(|(name, _)| *name == chosen).unwrap_or(0);
        Self { label, entry: Entry::Choice(options, at), hint: String::new(), takes_lines: false, typed: String::new() }
    }

    /// The text, or the name of the choice.
    pub fn text(&self) -> &str {
        match &self.entry {
            Entry::Text(field) => field.text(),
            Entry::Choice(options, at) => options.get(*at).map_or("", |(name, _)| name),
        }
    }

    /// The same field, for a text of several lines.
    #[must_use]
    pub fn with_lines(self) -> Self {
        Self { takes_lines: true, ..self }
    }

    /// Puts pasted text in.
    pub fn paste(&mut self, text: &str) {
        if let Entry::Text(field) = &mut self.entry {
            if self.takes_lines { field.paste_lines(text) } else { field.paste(text) }
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the terminal's enum, of which most means nothing here")]
    fn on_key(&mut self, key: KeyEvent) {
        match &mut self.entry {
            Entry::Text(field) => {
                field.on_key(key);
            }
            Entry::Choice(options, at) => {
                let count = options.len().max(1);
                match key.code {
                    KeyCode::Right | KeyCode::Char(' ') => *at = (*at + 1) % count,
                    KeyCode::Left => *at = (*at + count - 1) % count,
                    KeyCode::Char(letter) if !key.modifiers.contains(KeyModifiers::CONTROL) => {
                        self.typed.push(letter);
                        let begins = |typed: &str| options.iter().position(|(name, _)| name.starts_with(typed));
                        // A letter that does not go on with a name begins another.
                        if begins(&self.typed).is_none() {
                            self.typed = letter.to_string();
                        }
                        *at = begins(&self.typed).unwrap_or(*at);
                    }
                    _ => {}
                }
            }
        }
    }
}

//! Forms: labelled fields of text or choice, filled in over the panes.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::text_field::{Line, TextField, Verb as Edit};
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

    /// Whether the field that has the keys is a choice.
    pub fn is_at_choice(&self) -> bool {
        self.fields.get(self.at).is_some_and(|field| matches!(field.entry, Entry::Choice(..)))
    }

    /// The text that has the keys, unless a choice has them.
    pub fn text_field(&mut self) -> Option<&mut TextField> {
        match &mut self.current()?.entry {
            Entry::Text(field) => Some(field),
            Entry::Choice(..) => None,
        }
    }

    /// Goes so many fields on; behind the last comes the first.
    pub fn step(&mut self, by: isize) {
        let count = self.fields.len().max(1) as isize;
        self.go_to((self.at as isize + by).rem_euclid(count) as usize);
    }

    /// Goes to the line above or below in a text of several, or else to the field there.
    pub fn line_or_field(&mut self, verb: Edit) {
        let (line, by) = if verb == Edit::Up { (Line::Above, -1) } else { (Line::Below, 1) };
        match self.text_field().filter(|field| field.has_line(line)) {
            Some(field) => {
                field.act(verb, &mut String::new());
            }
            None => self.step(by),
        }
    }

    /// Makes the choice so many further on.
    pub fn change_choice(&mut self, by: isize) {
        if let Some(Entry::Choice(options, at)) = self.current().map(|field| &mut field.entry) {
            *at = (*at as isize + by).rem_euclid(options.len().max(1) as isize) as usize;
        }
    }

    /// Begins a new line where the field has several.
    pub fn new_line(&mut self) {
        if let Some(field) = self.current().filter(|field| field.takes_lines) {
            field.paste("\n");
        }
    }

    /// Chooses what begins with the letters typed at a choice.
    pub fn letter_at_choice(&mut self, key: KeyEvent) {
        let KeyCode::Char(letter) = key.code else { return };
        if key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) {
            return;
        }
        let Some(Field { entry: Entry::Choice(options, at), typed, .. }) = self.current() else { return };
        typed.push(letter);
        let begins = |typed: &str| options.iter().position(|(name, _)| name.starts_with(typed));
        // A letter that does not go on with a name begins another.
        if begins(typed).is_none() {
            *typed = letter.to_string();
        }
        *at = begins(typed).unwrap_or(*at);
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
}

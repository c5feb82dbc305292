//! Forms: labelled fields of text or choice, filled in over the panes.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::command::Kind;
use super::complete::Sought;
use super::history::Way;
use super::replay::Meant;
use super::text_field::{Line, TextField, Verb as Edit};
use crate::contract::Held;
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
    /// What could stand in the field that has the keys, once asked for or while it is typed.
    pub offers: Vec<String>,
    /// The offer taken, while a key goes through them.
    pub taken: Option<usize>,
    /// What stood in the fields when it was opened.
    began: Vec<String>,
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
    /// Where the traffic in memory is saved.
    SaveTraffic,
    /// The same, and then quit.
    SaveAndQuit,
    /// Save what an earlier run left behind.
    SaveLeftover(usize),
    /// A note on the frame of that number.
    Note(u64),
    /// What a tap does to what passes.
    Shape(NodeId),
    /// Which network a tap plays.
    Profile(NodeId),
    /// A text is put into a tapped conversation, toward the target.
    Inject(NodeId, ConnId),
    /// A message that a tap holds is changed.
    EditHeld(NodeId, Held),
    /// A conversation is sent again.
    Replay(Meant),
}

impl Purpose {
    /// The name under which its last used entries are kept; None where each is about something else.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Purpose::NewServer => Some("new-server"),
            Purpose::ClientSettings(_) => Some("client-settings"),
            Purpose::Repeat(_) => Some("repeat"),
            Purpose::SendFile(_) => Some("send-file"),
            Purpose::HttpBodyFile => Some("http-body-file"),
            Purpose::SaveBody => Some("http-save"),
            Purpose::SaveTraffic | Purpose::SaveAndQuit => Some("save"),
            Purpose::SaveLeftover(_) => Some("leftover"),
            Purpose::EditServer(_)
            | Purpose::RenameServer(_)
            | Purpose::Reply(..)
            | Purpose::SavePayload(_)
            | Purpose::HttpRow(..)
            | Purpose::HttpMethod
            | Purpose::Note(_)
            | Purpose::Shape(_)
            | Purpose::Profile(_)
            | Purpose::Inject(..)
            | Purpose::EditHeld(..)
            | Purpose::Replay(_) => None,
        }
    }
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
    /// What its text is to be.
    pub kind: Kind,
    /// The field that its text depends on.
    beside: &'static str,
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
        let began = fields.iter().map(|field| field.text().to_owned()).collect();
        let title = title.into();
        Self { title, purpose, fields, at: 0, problem: None, offers: Vec::new(), taken: None, began }
    }

    /// What stands in the fields that were changed since it was opened, by their labels.
    pub fn changed(&self) -> Vec<(&'static str, String)> {
        let fields = self.fields.iter().zip(&self.began).filter(|(field, began)| field.text() != began.as_str());
        fields.map(|(field, _)| (field.label, field.text().to_owned())).collect()
    }

    /// Whether it began as that other did.
    pub fn began_as(&self, other: &[String]) -> bool {
        self.began == other
    }

    /// What stood in the fields when it was opened.
    pub fn began(&self) -> &[String] {
        &self.began
    }

    /// What stood in the field with that label when it was opened.
    pub fn had(&self, label: &str) -> &str {
        let at = self.fields.iter().position(|field| field.label == label);
        at.and_then(|at| self.began.get(at)).map_or("", String::as_str)
    }

    /// Writes this into the field with that label.
    pub fn fill(&mut self, label: &str, text: &str) {
        self.choose(label, text);
        let field = self.fields.iter_mut().find(|field| field.label == label);
        if let Some(Entry::Text(field)) = field.map(|field| &mut field.entry) {
            field.set(text);
        }
    }

    /// What is written in the field that has the keys; None at a choice.
    pub fn sought(&self) -> Option<Sought<'_>> {
        let field = self.fields.get(self.at)?;
        match &field.entry {
            Entry::Text(text) => {
                Some(Sought { kind: field.kind, written: text.text(), beside: self.text(field.beside) })
            }
            Entry::Choice(..) => None,
        }
    }

    /// Puts the next offer in the field, or the one before.
    pub fn take_next(&mut self, way: Way) {
        if let Some(at) = way.next(self.taken, self.offers.len()) {
            self.take(at);
        }
    }

    /// Puts that offer in the field.
    pub fn take(&mut self, at: usize) {
        let Some(offer) = self.offers.get(at).cloned() else { return };
        // An only folder is gone into.
        let is_final = self.offers.len() > 1 || !offer.ends_with('/');
        if let Some(field) = self.text_field() {
            field.set(offer);
        }
        self.taken = Some(at).filter(|_| is_final);
    }

    /// What stands in the field with that label; empty when there is none.
    pub fn text(&self, label: &str) -> &str {
        self.fields.iter().find(|field| field.label == label).map_or("", Field::text)
    }

    /// Gives the keys to a field, counted from 0.
    pub fn go_to(&mut self, field: usize) {
        self.at = field;
        self.offers.clear();
        self.taken = None;
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
            kind: Kind::Text,
            beside: "",
            typed: String::new(),
        }
    }

    /// A field of text whose text is an offer: the first letter typed replaces it.
    pub fn offering(label: &'static str, text: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { entry: Entry::Text(TextField::offering(text)), ..Self::text_field(label, "", hint) }
    }

    /// A field of choice, with the choice of that name made.
    pub fn choice(label: &'static str, options: Vec<(&'static str, &'static str)>, chosen: &str) -> Self {
        let at = options.iter().position(|(name, _)| *name == chosen).unwrap_or(0);
        Self { entry: Entry::Choice(options, at), ..Self::text_field(label, "", "") }
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

    /// The same field, for a text of that kind.
    #[must_use]
    pub fn of(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    /// The same field, whose text depends on what stands in another.
    #[must_use]
    pub fn beside(self, label: &'static str) -> Self {
        Self { beside: label, ..self }
    }

    /// Puts pasted text in. Gives how many bytes there was no room for.
    pub fn paste(&mut self, text: &str) -> usize {
        match &mut self.entry {
            Entry::Text(field) if self.takes_lines => field.paste_lines(text),
            Entry::Text(field) => field.paste(text),
            Entry::Choice(..) => 0,
        }
    }
}

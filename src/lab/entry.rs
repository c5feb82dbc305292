//! The entries of a section as they stand in a file: known ones taken, with their places; the rest told.

use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::section::{Entry, Need, Section, Takes};
use super::{Problem, Sources, vary};
use crate::model::{duration, nearest};

/// The most problems that are told of a file; nobody reads more at once.
const MOST_PROBLEMS: usize = 100;

/// A file that is being read, and what is wrong with it.
pub struct Reading<'a> {
    /// Its name, for who reads what is wrong.
    pub file: &'a str,
    /// Its text.
    pub text: &'a str,
    /// What it takes from outside itself.
    pub sources: &'a dyn Sources,
    /// What is wrong.
    pub problems: &'a mut Vec<Problem>,
}

impl Reading<'_> {
    /// Notes that what stands at that byte is wrong.
    pub fn wrong(&mut self, at: usize, words: impl Into<String>) {
        if self.problems.len() < MOST_PROBLEMS {
            let problem = crate::model::Problem::at(self.text, at, words);
            self.problems.push(Problem { file: self.file.to_owned(), problem });
        }
    }
}

/// A value with its place.
pub type Value<'v> = &'v Spanned<DeValue<'v>>;

/// A text with its place.
#[derive(Debug, Clone)]
pub struct Text {
    /// Where it stands.
    pub at: usize,
    /// What it says, variables filled in.
    pub text: String,
}

/// A table of the file, of which only what the section knows is left.
pub struct Table<'v> {
    section: &'static Section,
    /// Where it begins.
    pub at: usize,
    values: Vec<(&'static Entry, usize, Value<'v>)>,
}

impl<'v> Table<'v> {
    /// Takes a table in: unknown keys and values of the wrong sort are told, and what must be there and is not.
    pub fn new(reading: &mut Reading<'_>, section: &'static Section, at: usize, table: &'v DeTable<'v>) -> Self {
        let mut values = Vec::new();
        for (key, value) in table {
            let (name, key_at) = (key.get_ref().as_ref(), key.span().start);
            let names = || section.entries.iter().map(|entry| entry.name);
            let Some(entry) = section.entries.iter().find(|entry| entry.name == name) else {
                let words = match nearest(name, names()) {
                    Some(meant) => format!("{} has no {name:?}; did you mean {meant}?", section.name),
                    None => {
                        format!("{} has no {name:?}; it has {}", section.name, names().collect::<Vec<_>>().join(", "))
                    }
                };
                reading.wrong(key_at, words);
                continue;
            };
            match misfit(entry.takes, value.get_ref()) {
                Some(words) => reading.wrong(value.span().start, format!("{name} is {words}")),
                None => values.push((entry, key_at, value)),
            }
        }
        for entry in section.entries.iter().filter(|entry| entry.need == Need::Must) {
            if !table.iter().any(|(key, _)| key.get_ref() == entry.name) {
                reading.wrong(at, format!("this {} has no {}: {}", section.name, entry.name, entry.words));
            }
        }
        Self { section, at, values }
    }

    fn value(&self, name: &str) -> Option<Value<'v>> {
        debug_assert!(self.section.entries.iter().any(|entry| entry.name == name), "{name}");
        self.values.iter().find(|(entry, ..)| entry.name == name).map(|(_, _, value)| *value)
    }

    /// Whether a key stands in it.
    pub fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// Where a key stands, or the table where it does not.
    pub fn at(&self, name: &str) -> usize {
        self.values.iter().find(|(entry, ..)| entry.name == name).map_or(self.at, |(_, at, _)| *at)
    }

    /// A text.
    pub fn text(&self, reading: &mut Reading<'_>, name: &str) -> Option<Text> {
        self.value(name).and_then(|value| text(reading, value))
    }

    /// A text, or texts.
    pub fn texts(&self, reading: &mut Reading<'_>, name: &str) -> Vec<Text> {
        match self.value(name) {
            Some(value) => items(value).into_iter().filter_map(|value| text(reading, value)).collect(),
            None => Vec::new(),
        }
    }

    /// A text, read as what it is to be.
    pub fn read<T>(
        &self,
        reading: &mut Reading<'_>,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let Text { at, text } = self.text(reading, name)?;
        read(&text).map_err(|why| reading.wrong(at, why)).ok()
    }

    /// A time.
    pub fn time(&self, reading: &mut Reading<'_>, name: &str) -> Option<Duration> {
        self.read(reading, name, duration)
    }

    /// A number.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.value(name).and_then(|value| number(value.get_ref()))
    }

    /// `true` or `false`.
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.value(name).and_then(|value| value.get_ref().as_bool())
    }

    /// Names and texts, in the order in which they stand.
    pub fn map(&self, reading: &mut Reading<'_>, name: &str) -> Vec<(String, Text)> {
        let Some(DeValue::Table(table)) = self.value(name).map(Spanned::get_ref) else { return Vec::new() };
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let texts = entries.into_iter().map(|(key, value)| Some((key.get_ref().to_string(), text(reading, value)?)));
        texts.flatten().collect()
    }

    /// A table, or the tables, in their order; each with its place.
    pub fn tables(&self, name: &str) -> Vec<(usize, &'v DeTable<'v>)> {
        let values = self.value(name).map(items).unwrap_or_default();
        values.into_iter().filter_map(|value| Some((value.span().start, value.get_ref().as_table()?))).collect()
    }

    /// Texts and tables, in their order.
    pub fn items(&self, name: &str) -> Vec<Value<'v>> {
        self.value(name).map(items).unwrap_or_default()
    }
}

/// The values of a list, or the one there is.
fn items(value: Value<'_>) -> Vec<Value<'_>> {
    match value.get_ref() {
        DeValue::Array(values) => values.iter().collect(),
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Table(_) => vec![value],
    }
}

/// A text, its variables filled in.
pub fn text(reading: &mut Reading<'_>, value: Value<'_>) -> Option<Text> {
    let at = value.span().start;
    let text = value.get_ref().as_str()?;
    match vary::filled(text, reading.sources) {
        Ok(text) => Some(Text { at, text }),
        Err(why) => {
            reading.wrong(at, why);
            None
        }
    }
}

fn number(value: &DeValue<'_>) -> Option<u64> {
    let integer = value.as_integer()?;
    u64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

/// What it would have to be; None when it is.
fn misfit(takes: Takes, value: &DeValue<'_>) -> Option<String> {
    let texts = || value.as_array().is_some_and(|all| all.iter().all(|one| one.get_ref().is_str()));
    let tables = || value.as_array().is_some_and(|all| all.iter().all(|one| one.get_ref().is_table()));
    let either = |value: &DeValue<'_>| value.is_str() || value.is_table();
    let eithers = || value.as_array().is_some_and(|all| all.iter().all(|one| either(one.get_ref())));
    let (fits, words) = match takes {
        Takes::Text => (value.is_str(), "a text in quotes".to_owned()),
        Takes::Texts => (value.is_str() || texts(), "a text in quotes, or a list of them".into()),
        Takes::Flag => (value.is_bool(), "true or false".into()),
        Takes::Number => (number(value).is_some(), "a whole number from 0".into()),
        Takes::Time => (value.is_str(), "a time in quotes, such as \"50ms\" or \"2s\"".into()),
        Takes::OneOf(names) => {
            (value.as_str().is_some_and(|name| names.contains(&name)), format!("one of {}", names.join(", ")))
        }
        Takes::Map => (value.is_table(), "a table: { Accept = \"text/plain\" }".into()),
        Takes::Table(section) => (value.is_table(), format!("a table: [{}]", section.name)),
        Takes::Tables(section) => (tables(), format!("tables: [[{}]]", section.name)),
        Takes::TextsOrTables(section) => {
            (either(value) || eithers(), format!("a text, a list of texts, or tables of {}", section.words))
        }
    };
    (!fits).then_some(words)
}

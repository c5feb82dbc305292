//! What is not to count: fields by name, bytes by a pattern.

use std::ops::Range;

use regex::bytes::{Regex, RegexBuilder};

use crate::proto::Field;

/// Names and patterns of one list; a person writes a few.
const ITEMS_LIMIT: usize = 100;

/// What a pattern may take when it is made ready, in bytes: much more than any that a person writes.
const PATTERN_LIMIT: usize = 1024 * 1024;

/// What is not to count.
#[derive(Debug, Clone, Default)]
pub struct Ignored {
    names: Vec<String>,
    patterns: Vec<Regex>,
}

impl Ignored {
    /// A list as it is written: names of fields, or of what they end in, and `/patterns/`, with commas or semicolons
    /// between them: `http.date, etag, /id=\d+/`.
    ///
    /// # Errors
    /// Says in a sentence which item is wrong, and why.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut ignored = Ignored::default();
        let mut rest = text.trim_start_matches(is_between);
        while !rest.is_empty() {
            if ignored.names.len() + ignored.patterns.len() >= ITEMS_LIMIT {
                return Err(format!("no more than {ITEMS_LIMIT} names and patterns can be ignored"));
            }
            let end;
            if let Some(pattern) = rest.strip_prefix('/') {
                let length = end_of_pattern(pattern).ok_or_else(|| format!("/{pattern} has no / at its end"))?;
                let written = &pattern[..length];
                let made = RegexBuilder::new(written).size_limit(PATTERN_LIMIT).build();
                ignored.patterns.push(made.map_err(|error| format!("/{written}/ is no pattern: {}", short(&error)))?);
                end = length + 2;
            } else {
                end = rest.find([',', ';']).unwrap_or(rest.len());
                ignored.names.push(rest[..end].trim().to_lowercase());
            }
            rest = rest[end..].trim_start_matches(is_between);
        }
        ignored.names.retain(|name| !name.is_empty());
        Ok(ignored)
    }

    /// Whether a field of that name counts for nothing, with all that is in it.
    pub fn has(&self, name: &str) -> bool {
        let is_end =
            |item: &str| name.strip_suffix(item).is_some_and(|before| before.is_empty() || before.ends_with('.'));
        self.names.iter().any(|item| is_end(item))
    }

    /// The places in bytes that do not count: those of fields that are ignored, and those that match a pattern.
    pub fn places(&self, bytes: &[u8], fields: &[Field]) -> Vec<Range<usize>> {
        let mut places = Vec::new();
        self.of_fields(fields, &mut places);
        for pattern in &self.patterns {
            places.extend(pattern.find_iter(bytes).map(|found| found.range()).filter(|range| !range.is_empty()));
        }
        places.sort_by_key(|range| (range.start, range.end));
        places
    }

    fn of_fields(&self, fields: &[Field], places: &mut Vec<Range<usize>>) {
        for field in fields {
            if self.has(field.name) {
                places.push(field.span.clone());
            } else {
                self.of_fields(&field.children, places);
            }
        }
    }

    /// A text without what matches a pattern.
    pub fn without(&self, text: &str) -> Vec<u8> {
        self.patterns
            .iter()
            .fold(text.as_bytes().to_vec(), |bytes, pattern| pattern.replace_all(&bytes, &b"\0"[..]).into_owned())
    }
}

fn is_between(letter: char) -> bool {
    matches!(letter, ',' | ';') || letter.is_whitespace()
}

fn end_of_pattern(pattern: &str) -> Option<usize> {
    let mut is_escaped = false;
    pattern.find(|letter| {
        let ends = letter == '/' && !is_escaped;
        is_escaped = letter == '\\' && !is_escaped;
        ends
    })
}

/// What is wrong with a pattern: the last line of what the library says.
fn short(error: &regex::Error) -> String {
    let words = error.to_string();
    words.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_named_whole_or_by_what_they_end_in() {
        let ignored = Ignored::parse(" http.Date, etag;dns.id ,").unwrap();
        for (name, is_ignored) in
            [("http.date", true), ("http.etag", true), ("dns.id", true), ("http.update", false), ("id", false)]
        {
            assert_eq!(ignored.has(name), is_ignored, "{name}");
        }
        assert!(!Ignored::parse("").unwrap().has(""));
    }

    #[test]
    fn a_pattern_may_hold_commas_and_escaped_slashes() {
        let ignored = Ignored::parse(r"/a{1,2}\/b/, date").unwrap();
        assert_eq!(ignored.places(b"x aa/b y a/b", &[]), [2..6, 9..12]);
        assert_eq!(ignored.without("x aa/b y"), b"x \0 y");
        assert!(ignored.has("http.date"));
        assert_eq!(Ignored::parse("/a").unwrap_err(), "/a has no / at its end");
        assert!(Ignored::parse("/(/").unwrap_err().starts_with("/(/ is no pattern: unclosed group"));
    }
}

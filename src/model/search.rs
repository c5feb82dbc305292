//! What is searched for: a text, a regular expression or bytes; found in bytes from a place on, or before it.

use std::ops::Range;

use regex::bytes::{Regex, RegexBuilder};

use super::payload::{self, Fill, LineEnding};
use super::{Timestamp, visible};

/// How far beyond the bytes that are looked at a match may reach; what is longer is searched for with a file's tools.
pub const REACH: usize = 4 * 1024;

/// Bytes in which the last match is looked for before going further back.
const BLOCK: usize = 64 * 1024;

/// The most memory a regular expression may take, in bytes.
const REGEX_SIZE: usize = 4 * 1024 * 1024;

/// How what is searched for is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Notation {
    /// As it is, in any case unless it has a capital letter.
    #[default]
    Text,
    /// As a regular expression.
    Regex,
    /// As hex digits.
    Hex,
}

impl Notation {
    /// The name shown.
    pub fn name(self) -> &'static str {
        match self {
            Notation::Text => "text",
            Notation::Regex => "regex",
            Notation::Hex => "hex",
        }
    }

    /// The one after it, round and round.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Notation::Text => Notation::Regex,
            Notation::Regex => Notation::Hex,
            Notation::Hex => Notation::Text,
        }
    }
}

/// What is searched for. It never finds nothing: a match has at least one byte.
#[derive(Debug, Clone)]
pub struct Pattern {
    regex: Regex,
    sort: Sort,
}

/// What the letters of an expression mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Text(Case),
    Regex(Case),
    Bytes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    Minded,
    Any,
}

impl Case {
    /// Capital letters are minded once there is one.
    fn of(written: &str) -> Self {
        if written.chars().any(char::is_uppercase) { Case::Minded } else { Case::Any }
    }
}

/// The same when they are written alike and mean the same by it.
impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.sort == other.sort && self.regex.as_str() == other.regex.as_str()
    }
}

impl Eq for Pattern {}

impl Pattern {
    /// Reads what is written; None when nothing is.
    ///
    /// # Errors
    /// Says what is wrong with it, and where.
    pub fn read(written: &str, notation: Notation) -> Result<Option<Self>, String> {
        if written.is_empty() {
            return Ok(None);
        }
        match notation {
            Notation::Text => Self::of_text(written, Case::of(written)).map(Some),
            Notation::Regex => Self::of_regex(written).map(Some),
            Notation::Hex => {
                let fill = Fill { counter: 0, at: Timestamp(0), seed: 0 };
                let bytes = payload::compose(written, payload::Notation::Hex, LineEnding::None, &fill);
                let bytes = bytes.map_err(|error| error.to_string())?;
                Ok(Self::of_bytes(&bytes))
            }
        }
    }

    /// A text in any case.
    pub fn in_any_case(text: &str) -> Option<Self> {
        Self::of_text(text, Case::Any).ok()
    }

    /// These very bytes; None when there is none.
    pub fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let escaped = format!("\\x{}", payload::hex(bytes).replace(' ', "\\x"));
        builder(&escaped).unicode(false).build().ok().map(|regex| Self { regex, sort: Sort::Bytes })
    }

    fn of_text(text: &str, case: Case) -> Result<Self, String> {
        let regex = builder(&regex::escape(text)).case_insensitive(case == Case::Any).build();
        regex
            .map(|regex| Self { regex, sort: Sort::Text(case) })
            .map_err(|_| "this text is too long to search for".into())
    }

    /// Lines have a beginning and an end for it, as they have for `grep`.
    fn of_regex(written: &str) -> Result<Self, String> {
        let case = Case::of(written);
        let regex = builder(written).multi_line(true).crlf(true).case_insensitive(case == Case::Any).build();
        regex
            .map(|regex| Self { regex, sort: Sort::Regex(case) })
            .map_err(|error| in_words(&error.to_string(), written))
    }

    /// The first match that begins there or later.
    pub fn find(&self, bytes: &[u8], from: usize) -> Option<Range<usize>> {
        let mut from = from;
        while from < bytes.len() {
            let found = self.regex.find_at(bytes, from)?;
            if !found.is_empty() {
                return Some(found.range());
            }
            from = found.end() + 1;
        }
        None
    }

    /// The last match that begins before a place.
    pub fn find_before(&self, bytes: &[u8], before: usize) -> Option<Range<usize>> {
        let mut end = before.min(bytes.len());
        while end > 0 {
            let start = (end - 1) / BLOCK * BLOCK;
            if let Some(last) = self.within(bytes, start..end).last() {
                return Some(last);
            }
            end = start;
        }
        None
    }

    /// The matches that begin within a window, one behind the other. Looks at the window alone and [`REACH`] beyond.
    pub fn within<'a>(&'a self, bytes: &'a [u8], window: Range<usize>) -> impl Iterator<Item = Range<usize>> + 'a {
        let held = &bytes[..bytes.len().min(window.end.saturating_add(REACH))];
        let mut from = window.start;
        std::iter::from_fn(move || {
            let found = self.find(held, from).filter(|found| found.start < window.end)?;
            from = found.end;
            Some(found)
        })
    }

    /// Whether there is a match.
    pub fn is_in(&self, bytes: &[u8]) -> bool {
        self.find(bytes, 0).is_some()
    }
}

fn builder(regex: &str) -> RegexBuilder {
    let mut builder = RegexBuilder::new(regex);
    builder.size_limit(REGEX_SIZE).dfa_size_limit(REGEX_SIZE);
    builder
}

/// What is wrong with a regular expression, and at which character: told as the expression, indented by four, and a mark
/// below it.
fn in_words(error: &str, written: &str) -> String {
    let lines = || error.lines().skip(1);
    let why = lines().last().unwrap_or(error).trim_start_matches("error: ");
    let mark = lines().nth(1);
    let place = mark.and_then(|line| line.find('^')).map(|at| at.saturating_sub(4) + 1);
    let why = visible::escaped_hidden(why);
    match place.filter(|place| *place <= written.chars().count() + 1) {
        Some(place) => format!("{why} (character {place})"),
        None => why,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pattern(written: &str, notation: Notation) -> Pattern {
        Pattern::read(written, notation).unwrap().unwrap()
    }

    fn all(pattern: &Pattern, bytes: &[u8]) -> Vec<(usize, usize)> {
        pattern.within(bytes, 0..bytes.len()).map(|found| (found.start, found.end)).collect()
    }

    #[test]
    fn a_text_minds_case_once_it_has_a_capital_letter() {
        let text = "Hello hello HELLO Straße STRASSE ÄÖ äö".as_bytes();
        assert_eq!(all(&pattern("hello", Notation::Text), text), [(0, 5), (6, 11), (12, 17)]);
        assert_eq!(all(&pattern("Hello", Notation::Text), text), [(0, 5)]);
        assert_eq!(all(&pattern("äö", Notation::Text), text).len(), 2);
        assert!(!pattern("h.llo", Notation::Text).is_in(text), "a point is a point");
    }

    #[test]
    fn hex_finds_the_very_bytes_however_they_are_written() {
        let bytes = b"\x00\xde\xad\xbe\xef\xde\xad";
        for written in ["dead", "de ad", "0xdead", "DE:AD"] {
            assert_eq!(all(&pattern(written, Notation::Hex), bytes), [(1, 3), (5, 7)], "{written}");
        }
        assert!(Pattern::read("de a", Notation::Hex).unwrap_err().contains("odd number of hex digits"));
        assert!(Pattern::read("", Notation::Hex).unwrap().is_none());
        assert!(Pattern::read("  ", Notation::Hex).unwrap().is_none());
    }

    #[test]
    fn a_regular_expression_knows_lines_of_both_sorts() {
        let bytes = b"GET / HTTP/1.1\r\nHost: a\r\nAccept: b\n\xff\xfe";
        assert_eq!(all(&pattern(r"^\w+:", Notation::Regex), bytes), [(16, 21), (25, 32)]);
        assert_eq!(all(&pattern("1$", Notation::Regex), bytes), [(13, 14)]);
        assert_eq!(all(&pattern(r"(?-u:\xff)", Notation::Regex), bytes), [(35, 36)]);
        assert!(pattern("get", Notation::Regex).is_in(bytes) && !pattern("Get", Notation::Regex).is_in(bytes));
    }

    #[test]
    fn a_wrong_expression_is_told_with_its_place() {
        let wrong = |written| Pattern::read(written, Notation::Regex).unwrap_err();
        assert_eq!(wrong("foo(bar"), "unclosed group (character 4)");
        assert_eq!(wrong("é[b-a]"), "invalid character class range, the start must be <= the end (character 3)");
        assert!(wrong(r"\w{9999}{9999}").contains("size limit"), "{}", wrong(r"\w{9999}{9999}"));
    }

    #[test]
    fn nothing_is_no_match() {
        assert_eq!(all(&pattern("b*", Notation::Regex), b"abba"), [(1, 3)]);
        assert_eq!(pattern("x*", Notation::Regex).find(b"abba", 0), None);
        assert_eq!(pattern("^", Notation::Regex).find_before(b"a\nb", 3), None);
    }

    #[test]
    fn the_last_match_before_a_place_is_found_over_many_blocks() {
        let mut bytes = vec![b'.'; 3 * BLOCK];
        for at in [5, BLOCK - 2, 2 * BLOCK + 7] {
            bytes[at..at + 4].copy_from_slice(b"mark");
        }
        let mark = pattern("mark", Notation::Text);
        assert_eq!(mark.find_before(&bytes, bytes.len()), Some(2 * BLOCK + 7..2 * BLOCK + 11));
        assert_eq!(mark.find_before(&bytes, 2 * BLOCK + 7), Some(BLOCK - 2..BLOCK + 2), "over the border of blocks");
        assert_eq!(mark.find_before(&bytes, BLOCK - 2), Some(5..9));
        assert_eq!(mark.find_before(&bytes, 5), None);
        assert_eq!(mark.find(&bytes, 6), Some(BLOCK - 2..BLOCK + 2));
    }

    proptest! {
        #[test]
        fn both_ways_find_the_same(bytes in proptest::collection::vec(0u8..4, 0..200), needle in proptest::collection::vec(0u8..4, 1..3)) {
            let pattern = Pattern::of_bytes(&needle).unwrap();
            let starts: Vec<usize> = bytes.windows(needle.len()).enumerate()
                .filter(|(_, window)| *window == needle.as_slice()).map(|(at, _)| at).collect();
            for at in 0..=bytes.len() {
                let next = pattern.find(&bytes, at).map(|found| found.start);
                prop_assert_eq!(next, starts.iter().copied().find(|start| *start >= at));
                prop_assert_eq!(pattern.find_before(&bytes, at).is_some(), starts.iter().any(|start| *start < at));
            }
        }

        #[test]
        fn anything_may_be_written(written in r"([ -~]|\PC|\\[a-z]){0,30}", bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            for notation in [Notation::Text, Notation::Regex, Notation::Hex] {
                if let Ok(Some(pattern)) = Pattern::read(&written, notation) {
                    let last = pattern.find_before(&bytes, bytes.len());
                    prop_assert_eq!(last.is_some(), pattern.is_in(&bytes));
                }
            }
        }
    }
}

//! What could stand at the cursor of a filter: fields, operators, values.

use std::ops::Range;

use super::field::{FIELDS, Known, known};
use super::lex::{Lexeme, Token, lex};
use super::parse::WORDS;
use super::syntax::{Comparison, Function};
use super::value::Kind;

/// The most offered at once.
const OFFERED: usize = 100;

/// What could stand at a place of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The bytes of the text it takes the place of.
    pub span: Range<usize>,
    /// What could stand there, the likeliest first.
    pub offers: Vec<Offer>,
}

/// Something to put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The text.
    pub text: String,
    /// What it is, in a few words.
    pub about: &'static str,
}

/// What is expected at a place.
enum Wanted<'a> {
    /// A field, or what begins a question.
    Field,
    /// A value of that field.
    Value(&'a Known),
    /// What goes on behind an operand: the last field named.
    Operator(Option<&'a Known>),
    /// Nothing that could be guessed.
    Free,
}

/// What could stand at a byte of a text.
pub fn complete(text: &str, cursor: usize) -> Completion {
    let cursor = (0..=cursor.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let before = &text[..cursor];
    let start = before
        .rfind(|letter: char| !is_of_word(letter))
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    // The quote before a value belongs to what is replaced.
    let quoted = before[..start].strip_suffix('"').map(str::len);
    let (start, head) = match quoted.map(|at| (at, lex(&before[..at]))) {
        Some((at, Ok(head))) => (at, head),
        _ => match lex(&before[..start]) {
            Ok(head) => (start, head),
            Err(_) => return Completion { span: cursor..cursor, offers: Vec::new() },
        },
    };
    let written = &before[start..];
    let offers = match wanted(&head, before) {
        Wanted::Field if !written.starts_with('"') => fields(written),
        Wanted::Value(known) => values(known, written),
        Wanted::Operator(known) if !written.starts_with('"') => operators(known, written),
        Wanted::Field | Wanted::Operator(_) | Wanted::Free => Vec::new(),
    };
    Completion { span: start..cursor, offers }
}

fn is_of_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '-' | '=' | '!' | '>' | '<' | '~' | '&' | '|')
}

/// What is expected behind those tokens.
fn wanted<'a>(head: &'a [Lexeme], text: &'a str) -> Wanted<'a> {
    let written = |lexeme: &Lexeme| &text[lexeme.span.clone()];
    let field = head.iter().rev().find_map(|lexeme| known(written(lexeme)));
    let Some(last) = head.last() else { return Wanted::Field };
    match &last.token {
        Token::Quoted(_) | Token::Character(_) => Wanted::Operator(None),
        Token::Word | Token::Sign(_) => match (written(last), field) {
            ("and" | "or" | "xor" | "not" | "&&" | "||" | "^^" | "!" | "(" | "any" | "all", _) => Wanted::Field,
            ("{" | "," | "..", Some(field)) => Wanted::Value(field),
            (word, Some(field)) if Comparison::spelled(word).is_some() => Wanted::Value(field),
            (word, _) if known(word).is_some() => Wanted::Operator(field),
            ("]", _) => Wanted::Operator(field),
            (")" | "}", _) => Wanted::Operator(None),
            ("in" | "[", _) => Wanted::Free,
            (word, _) if matches!(last.token, Token::Word) && !WORDS.contains(&word) => Wanted::Operator(None),
            _ => Wanted::Free,
        },
    }
}

fn fields(written: &str) -> Vec<Offer> {
    let wanted = written.to_lowercase();
    let fields = FIELDS.iter().map(|known| (known.name.to_owned(), known.about));
    let functions = Function::ALL.map(|(_, name, about)| (format!("{name}("), about));
    let words = [("not".to_owned(), "the opposite")];
    let all: Vec<(String, &str)> = fields.chain(functions).chain(words).collect();
    let begin = all.iter().filter(|(name, _)| name.starts_with(&wanted));
    // A part of a name in its middle is met as well: port, method.
    let hold =
        all.iter().filter(|(name, _)| !wanted.is_empty() && !name.starts_with(&wanted) && name.contains(&wanted));
    let offers = begin.chain(hold).filter(|(name, _)| *name != written);
    offers.take(OFFERED).map(|(name, about)| Offer { text: name.clone(), about }).collect()
}

fn values(known: &Known, written: &str) -> Vec<Offer> {
    let flags: &[&str] = if known.kind == Kind::Flag { &["True", "False"] } else { &[] };
    let wanted = written.trim_start_matches('"').to_lowercase();
    let values = known.values.iter().chain(flags);
    let values = values.filter(|value| value.trim_start_matches('"').to_lowercase().starts_with(&wanted));
    let values = values.filter(|value| **value != written);
    values.map(|value| Offer { text: (*value).to_owned(), about: known.about }).collect()
}

fn operators(known: Option<&Known>, written: &str) -> Vec<Offer> {
    let compares: &[(&str, &str)] = &[
        ("==", "is equal"),
        ("!=", "is not equal"),
        (">", "is greater"),
        ("<", "is less"),
        (">=", "is greater or equal"),
        ("<=", "is less or equal"),
        ("in {", "is one of these"),
    ];
    let looks: &[(&str, &str)] = &[("contains", "holds these bytes"), ("matches", "a regular expression finds it")];
    let joins: &[(&str, &str)] = &[("&&", "and"), ("||", "or"), ("xor", "one of the two")];
    let kind = known.map(|known| known.kind);
    let looks = if kind.is_some_and(Kind::is_text_or_bytes) { looks } else { &[] };
    let compares = match kind {
        None | Some(Kind::Heading | Kind::Protocol) => &[],
        Some(Kind::Text | Kind::Bytes) => &[compares[0], compares[1], compares[6]][..],
        Some(_) => compares,
    };
    let all = compares.iter().chain(looks).chain(joins);
    let all = all.filter(|(text, _)| text.starts_with(written) && *text != written);
    all.map(|(text, about)| Offer { text: (*text).to_owned(), about }).collect()
}

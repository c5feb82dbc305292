//! What is expected of an answer, and what is kept of it.

use std::fmt;
use std::time::Duration;

use regex::Regex;
use serde_json::Value;
use serde_json_path::JsonPath;

use super::course::Answer;
use crate::model::{duration, span};

/// What of an answer is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// Its status.
    Status,
    /// Its body as text.
    Body,
    /// A header field.
    Header(String),
    /// What a JSONPath (RFC 9535) finds in its body.
    Path(String),
    /// How long it took.
    Time,
}

/// How it is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `==`
    Is,
    /// `!=`
    IsNot,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
    /// `contains`
    Contains,
    /// `matches`
    Matches,
    /// `exists`
    Exists,
}

/// Something expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// Of what.
    pub subject: Subject,
    /// How it is compared.
    pub operator: Operator,
    /// With what.
    pub value: String,
}

/// The operators as they are written; the longer before those that they begin with.
const OPERATORS: [(&str, Operator); 9] = [
    ("==", Operator::Is),
    ("!=", Operator::IsNot),
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("<", Operator::Less),
    (">", Operator::More),
    ("contains", Operator::Contains),
    ("matches", Operator::Matches),
    ("exists", Operator::Exists),
];

/// An expectation as it is written: `status == 200`, `header ETag exists`, `$.items[0].id == 7`, `time < 500ms`.
///
/// # Errors
/// Says what is wrong with it.
pub fn parse(text: &str) -> Result<Expectation, String> {
    let (subject, rest) = subject(text)?;
    let found = OPERATORS.iter().find_map(|(written, operator)| Some((*operator, rest.strip_prefix(written)?)));
    let names = || OPERATORS.map(|(written, _)| written).join(" ");
    let (operator, value) = found.ok_or_else(|| format!("how is it compared? write one of {}", names()))?;
    let value = unquoted(value.trim());
    match operator {
        Operator::Exists if !value.is_empty() => return Err(format!("nothing stands behind exists, but {value:?}")),
        Operator::Matches => {
            Regex::new(pattern(&value)).map_err(|error| error.to_string().replace('\n', " "))?;
        }
        Operator::Less | Operator::AtMost | Operator::More | Operator::AtLeast if subject != Subject::Time => {
            value.parse::<f64>().map_err(|_| format!("{value:?} is no number"))?;
        }
        Operator::Is
        | Operator::IsNot
        | Operator::Less
        | Operator::AtMost
        | Operator::More
        | Operator::AtLeast
        | Operator::Contains
        | Operator::Exists => {}
    }
    if subject == Subject::Time {
        if matches!(operator, Operator::Contains | Operator::Matches | Operator::Exists) {
            return Err("a time is compared by < and >".to_owned());
        }
        duration(&value)?;
    }
    Ok(Expectation { subject, operator, value })
}

/// What is kept, as it is written: `token = $.data.token`, `etag = header ETag`.
///
/// # Errors
/// Says what is wrong with it.
pub fn capture(text: &str) -> Result<(String, Subject), String> {
    let (name, of) = text.split_once('=').ok_or("write NAME = $.path, or NAME = header ETag")?;
    let (subject, rest) = subject(of.trim())?;
    if rest.is_empty() { Ok((name.trim().to_owned(), subject)) } else { Err(format!("{rest:?} is too much")) }
}

/// What is meant, and what stands behind it.
fn subject(text: &str) -> Result<(Subject, &str), String> {
    let text = text.trim();
    if text.starts_with('$') {
        // A path may hold blanks within its brackets.
        let mut depth = 0_i32;
        let end = text.find(|letter: char| {
            depth += i32::from(letter == '[') - i32::from(letter == ']');
            depth == 0 && letter.is_whitespace()
        });
        let (path, rest) = text.split_at(end.unwrap_or(text.len()));
        return Ok((Subject::at_path(path)?, rest.trim_start()));
    }
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let rest = rest.trim_start();
    match word {
        "status" => Ok((Subject::Status, rest)),
        "body" => Ok((Subject::Body, rest)),
        "time" => Ok((Subject::Time, rest)),
        "header" => {
            let (name, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            if name.is_empty() {
                return Err("which header? write header NAME".to_owned());
            }
            Ok((Subject::Header(name.to_owned()), rest.trim_start()))
        }
        _ => Err(format!("{word:?} is nothing of an answer; write status, body, header NAME, $.path or time")),
    }
}

fn unquoted(text: &str) -> String {
    let quoted = ['"', '\''].into_iter().find_map(|sign| text.strip_prefix(sign)?.strip_suffix(sign));
    quoted.unwrap_or(text).to_owned()
}

/// A pattern may stand between slashes.
fn pattern(text: &str) -> &str {
    text.strip_prefix('/').and_then(|text| text.strip_suffix('/')).unwrap_or(text)
}

impl Subject {
    /// What a JSONPath finds in the body.
    ///
    /// # Errors
    /// It is no path.
    pub fn at_path(path: &str) -> Result<Self, String> {
        JsonPath::parse(path).map_err(|error| format!("{path} is no JSONPath: {error}"))?;
        Ok(Subject::Path(path.to_owned()))
    }

    /// What it is of an answer; None when it is not there.
    pub fn of(&self, answer: &Answer) -> Option<String> {
        match self {
            Subject::Status => Some(answer.status.to_string()),
            Subject::Body => Some(String::from_utf8_lossy(&answer.body).into_owned()),
            Subject::Header(name) => {
                let mut fields = answer.headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
                fields.next().map(|(_, value)| value.clone())
            }
            Subject::Path(path) => {
                let body: Value = serde_json::from_slice(&answer.body).ok()?;
                let found = JsonPath::parse(path).ok()?.query(&body).first()?.clone();
                Some(match found {
                    Value::String(text) => text,
                    Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                        found.to_string()
                    }
                })
            }
            Subject::Time => Some(span(answer.took)),
        }
    }
}

impl Expectation {
    /// Whether an answer is as expected.
    pub fn holds(&self, answer: &Answer) -> bool {
        if self.subject == Subject::Time {
            return self.holds_of_time(answer.took);
        }
        let found = self.subject.of(answer);
        let numbers = || Some((found.as_ref()?.parse::<f64>().ok()?, self.value.parse::<f64>().ok()?));
        match self.operator {
            Operator::Exists => found.is_some(),
            Operator::Is => found.as_ref() == Some(&self.value),
            Operator::IsNot => found.as_ref() != Some(&self.value),
            Operator::Contains => found.is_some_and(|found| found.contains(&self.value)),
            Operator::Matches => {
                let pattern = Regex::new(pattern(&self.value)).ok();
                found.zip(pattern).is_some_and(|(found, pattern)| pattern.is_match(&found))
            }
            Operator::Less => numbers().is_some_and(|(found, value)| found < value),
            Operator::AtMost => numbers().is_some_and(|(found, value)| found <= value),
            Operator::More => numbers().is_some_and(|(found, value)| found > value),
            Operator::AtLeast => numbers().is_some_and(|(found, value)| found >= value),
        }
    }

    fn holds_of_time(&self, took: Duration) -> bool {
        let Ok(value) = duration(&self.value) else { return false };
        match self.operator {
            Operator::Less => took < value,
            Operator::AtMost | Operator::Is => took <= value,
            Operator::More => took > value,
            Operator::AtLeast => took >= value,
            Operator::IsNot | Operator::Contains | Operator::Matches | Operator::Exists => false,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Status => f.write_str("status"),
            Subject::Body => f.write_str("body"),
            Subject::Header(name) => write!(f, "header {name}"),
            Subject::Path(path) => f.write_str(path),
            Subject::Time => f.write_str("time"),
        }
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written =
            OPERATORS.iter().find(|(_, operator)| *operator == self.operator).map_or("", |(written, _)| *written);
        write!(f, "{} {written}", self.subject)?;
        if self.operator == Operator::Exists { Ok(()) } else { write!(f, " {}", self.value) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Answer {
        Answer {
            status: 200,
            headers: vec![("ETag".into(), "abc".into())],
            body: br#"{"items":[{"id":7,"name":"a b"}],"ok":true}"#.as_slice().into(),
            took: Duration::from_millis(20),
        }
    }

    #[test]
    fn what_is_written_is_held_against_the_answer() {
        for (text, holds) in [
            ("status == 200", true),
            ("status != 200", false),
            ("status < 400", true),
            ("status >= 201", false),
            ("header etag exists", true),
            ("header ETag == 'abc'", true),
            ("header Date exists", false),
            ("$.items[0].id == 7", true),
            ("$.items[?(@.id == 7)].name == \"a b\"", true),
            ("$.items[1].id exists", false),
            ("$.ok == true", true),
            ("body contains \"items\"", true),
            ("body matches /\"id\":\\d+/", true),
            ("time < 500ms", true),
            ("time > 1s", false),
        ] {
            let expectation = parse(text).unwrap_or_else(|why| panic!("{text}: {why}"));
            assert_eq!(expectation.holds(&answer()), holds, "{text}");
        }
    }

    #[test]
    fn what_is_none_is_refused_in_words() {
        for (text, words) in [
            ("state == 200", "is nothing of an answer"),
            ("status is 200", "how is it compared?"),
            ("status < many", "is no number"),
            ("$[ == 1", "is no JSONPath"),
            ("body matches /(/", "unclosed group"),
            ("time < soon", "soon"),
            ("header", "which header?"),
        ] {
            let why = parse(text).expect_err(text);
            assert!(why.contains(words), "{text}: {why}");
        }
        assert!(capture("token $.a").is_err());
        assert_eq!(capture("t = header ETag").unwrap().1.of(&answer()).as_deref(), Some("abc"));
    }
}

//! `{{variables}}` filled in.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration as Span, SecondsFormat, Utc};
use serde_json_path::JsonPath;
use uuid::Builder;

use super::course::{Answer, Ready};
use super::{Collection, Outside, Request};
use crate::model::{Timestamp, nearest};

/// How often a variable may be filled with others; more is a circle.
const DEEPEST: usize = 16;

/// Letters of `$random.alphabetic(N)` and its like at most.
const LONGEST: u64 = 10_000;

/// What `$random.alphanumeric` is made of; the letters come first.
const ALPHANUMERIC: &[u8; 63] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

/// The functions that stand in a variable's place.
pub const FUNCTIONS: [&str; 10] = [
    "$uuid",
    "$guid",
    "$timestamp",
    "$isoTimestamp",
    "$datetime",
    "$randomInt",
    "$processEnv",
    "$env",
    "$dotenv",
    "$random",
];

/// What is not the same every time.
pub trait Ambient {
    /// The time.
    fn now(&self) -> Timestamp;

    /// A number by chance.
    fn chance(&mut self) -> u64;
}

/// What variables are filled from.
pub struct Scope<'a> {
    /// The file's own.
    pub collection: &'a Collection,
    /// Those from outside.
    pub outside: &'a Outside,
    /// What was kept of answers.
    pub kept: &'a BTreeMap<String, String>,
    /// The exchanges so far, by the names of their requests.
    pub exchanges: &'a BTreeMap<String, (Ready, Answer)>,
}

/// The inside of each `{{…}}` of a text.
pub fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split("{{").skip(1).filter_map(|rest| rest.split_once("}}")).map(|(name, _)| name.trim())
}

/// The variables of the process's environment that a text names.
pub fn process_variables(text: &str) -> Vec<String> {
    let of = |name: &str| {
        let name = name.strip_prefix("$processEnv ").or_else(|| name.strip_prefix("$env."))?;
        Some(name.trim().trim_start_matches('%').to_owned())
    };
    names(text).filter_map(of).collect()
}

impl Scope<'_> {
    /// A text with its variables filled in.
    ///
    /// # Errors
    /// Names the first that is not known.
    pub fn fill(&self, text: &str, ambient: &mut dyn Ambient) -> Result<String, String> {
        self.filled(text, ambient, 0)
    }

    fn filled(&self, text: &str, ambient: &mut dyn Ambient, depth: usize) -> Result<String, String> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((name, behind)) = after.split_once("}}") else { break };
            out.push_str(before);
            out.push_str(&self.value(name.trim(), ambient, depth)?);
            rest = behind;
        }
        out.push_str(rest);
        Ok(out)
    }

    fn value(&self, name: &str, ambient: &mut dyn Ambient, depth: usize) -> Result<String, String> {
        if depth >= DEEPEST {
            return Err(format!("{{{{{name}}}}} is made of itself"));
        }
        if let Some(function) = name.strip_prefix('$') {
            return self.function(function, ambient);
        }
        if let Some(plain) = name.strip_prefix('%') {
            let value = self.value(plain, ambient, depth + 1)?;
            return Ok(url::form_urlencoded::byte_serialize(value.as_bytes()).collect());
        }
        if let Some(value) = self.outside.given.get(name).or_else(|| self.kept.get(name)) {
            return Ok(value.clone());
        }
        if let Some((_, value)) = self.collection.variables.iter().rev().find(|(known, _)| known == name) {
            return self.filled(value, ambient, depth + 1);
        }
        if let Some(value) = self.outside.environment.get(name) {
            return self.filled(value, ambient, depth + 1);
        }
        self.reference(name).unwrap_or_else(|| Err(self.unknown(name)))
    }

    /// `login.response.body.$.token`, `login.response.headers.ETag`.
    fn reference(&self, name: &str) -> Option<Result<String, String>> {
        let (request, rest) = name.split_once('.')?;
        let (of, what) = rest.split_once('.').filter(|(of, _)| matches!(*of, "response" | "request"))?;
        if self.collection.place(request).is_none() {
            return Some(Err(format!("{{{{{name}}}}}: no request is called {request:?}")));
        }
        let Some((ready, answer)) = self.exchanges.get(request) else {
            return Some(Err(format!("{{{{{name}}}}}: {request} was not answered yet")));
        };
        let (headers, body) =
            if of == "request" { (&ready.headers, &ready.body) } else { (&answer.headers, &answer.body) };
        let (part, path) = what.split_once('.').unwrap_or((what, "*"));
        let found = match (part, path) {
            ("headers", field) => {
                headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(field)).map(|(_, value)| value.clone())
            }
            ("body", "*" | "$") => Some(String::from_utf8_lossy(body).into_owned()),
            ("body", path) => at_path(body, path),
            _ => return Some(Err(format!("{{{{{name}}}}}: an exchange has body and headers, and no {part}"))),
        };
        let missing = || format!("{{{{{name}}}}}: there is no such thing in the {of} of {request}");
        Some(found.ok_or_else(missing))
    }

    fn unknown(&self, name: &str) -> String {
        let keeps = |request: &&Request| request.captures.iter().any(|(kept, _)| kept == name);
        if let Some(request) = self.collection.requests.iter().find(keeps) {
            let name_of = if request.name.is_empty() { format!("line {}", request.line) } else { request.name.clone() };
            return format!("{{{{{name}}}}} is to be kept of the answer to {name_of}, which did not give it");
        }
        let variables = self.collection.variables.iter().map(|(name, _)| name.as_str());
        let captures = self.collection.requests.iter().flat_map(|request| &request.captures);
        let known = variables
            .chain(self.outside.environment.keys().map(String::as_str))
            .chain(captures.map(|(name, _)| name.as_str()));
        match nearest(name, known) {
            Some(meant) => format!("{{{{{name}}}}} is not known; did you mean {meant}?"),
            None => format!("{{{{{name}}}}} is not known; write @{name} = …, or give --var {name}=…, or an --env"),
        }
    }

    fn function(&self, written: &str, ambient: &mut dyn Ambient) -> Result<String, String> {
        let (name, rest) = written.split_once([' ', '.']).unwrap_or((written, ""));
        let words: Vec<&str> = rest.split_whitespace().collect();
        let outside = |variables: &BTreeMap<String, String>, name: &str| {
            let value = variables.get(name.trim_start_matches('%')).cloned();
            value.ok_or_else(|| format!("{{{{${written}}}}}: there is no such variable"))
        };
        match (name, &words[..]) {
            ("uuid" | "guid", []) => Ok(uuid(ambient)),
            ("timestamp", words) => Ok(moved(ambient.now().utc(), words)?.timestamp().to_string()),
            ("isoTimestamp", words) => {
                Ok(moved(ambient.now().utc(), words)?.to_rfc3339_opts(SecondsFormat::Millis, true))
            }
            ("datetime", ["iso8601", rest @ ..]) => {
                Ok(moved(ambient.now().utc(), rest)?.to_rfc3339_opts(SecondsFormat::Secs, true))
            }
            ("datetime", ["rfc1123", rest @ ..]) => {
                Ok(moved(ambient.now().utc(), rest)?.format("%a, %d %b %Y %H:%M:%S GMT").to_string())
            }
            ("datetime", _) => Err("$datetime is written as iso8601 or rfc1123".to_owned()),
            ("randomInt", []) => Ok((ambient.chance() % 1000).to_string()),
            ("randomInt", [low, high]) => between(low, high, ambient),
            ("processEnv" | "env", [name]) => outside(&self.outside.process, name),
            ("dotenv", [name]) => outside(&self.outside.dotenv, name),
            ("random", _) => random(rest, ambient),
            _ => Err(match nearest(&format!("${name}"), FUNCTIONS) {
                Some(meant) => format!("{{{{${written}}}}} is not known; did you mean {meant}?"),
                None => format!("{{{{${written}}}}} is not known; there are {}", FUNCTIONS.join(", ")),
            }),
        }
    }
}

/// What a path finds in a body of JSON: `$.a[0].b`, or as in scripts `a[0].b`.
fn at_path(body: &[u8], path: &str) -> Option<String> {
    let path = if path.starts_with('$') { path.to_owned() } else { format!("$.{path}") };
    let value: serde_json::Value = serde_json::from_slice(body).ok()?;
    let found = JsonPath::parse(&path).ok()?.query(&value).first()?.clone();
    Some(found.as_str().map_or_else(|| found.to_string(), str::to_owned))
}

fn uuid(ambient: &mut dyn Ambient) -> String {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&ambient.chance().to_le_bytes());
    bytes[8..].copy_from_slice(&ambient.chance().to_le_bytes());
    Builder::from_random_bytes(bytes).into_uuid().to_string()
}

/// A moment moved on: by `-3 d`, `10 m`.
fn moved(at: DateTime<Utc>, words: &[&str]) -> Result<DateTime<Utc>, String> {
    let (count, unit) = match words {
        [] => return Ok(at),
        [count, unit] => (*count, *unit),
        _ => return Err("a time is moved by a number and a unit: -3 d".to_owned()),
    };
    let count: i64 = count.parse().map_err(|_| format!("{count:?} is no number"))?;
    let span = match unit {
        "ms" => Span::try_milliseconds(count),
        "s" => Span::try_seconds(count),
        "m" => Span::try_minutes(count),
        "h" => Span::try_hours(count),
        "d" => Span::try_days(count),
        "w" => Span::try_weeks(count),
        "M" => Span::try_days(count.saturating_mul(30)),
        "y" => Span::try_days(count.saturating_mul(365)),
        _ => return Err(format!("{unit:?} is no unit; write ms, s, m, h, d, w, M or y")),
    };
    span.and_then(|span| at.checked_add_signed(span)).ok_or_else(|| format!("{count} {unit} is too far"))
}

fn between(low: &str, high: &str, ambient: &mut dyn Ambient) -> Result<String, String> {
    let number = |text: &str| text.trim().parse::<i64>().map_err(|_| format!("{text:?} is no number"));
    let (low, high) = (number(low)?, number(high)?);
    let room = u64::try_from(i128::from(high) - i128::from(low)).ok().filter(|room| *room > 0);
    let room = room.ok_or_else(|| format!("there is no number from {low} to below {high}"))?;
    Ok((i128::from(low) + i128::from(ambient.chance() % room)).to_string())
}

/// `$random.uuid`, `$random.integer(1, 9)`, `$random.alphabetic(8)` and the like.
fn random(written: &str, ambient: &mut dyn Ambient) -> Result<String, String> {
    let (name, arguments) =
        written.split_once('(').map_or((written, ""), |(name, rest)| (name, rest.trim_end_matches(')')));
    let letters = |signs: &[u8], ambient: &mut dyn Ambient| {
        let count: u64 =
            arguments.trim().parse().map_err(|_| format!("$random.{name} needs a number: $random.{name}(8)"))?;
        let one = |ambient: &mut dyn Ambient| signs[(ambient.chance() % signs.len() as u64) as usize] as char;
        Ok::<String, String>((0..count.min(LONGEST)).map(|_| one(ambient)).collect())
    };
    match name {
        "uuid" => Ok(uuid(ambient)),
        "integer" if arguments.is_empty() => Ok((ambient.chance() % 1000).to_string()),
        "integer" => match arguments.split_once(',') {
            Some((low, high)) => between(low, high, ambient),
            None => Err("$random.integer takes two numbers: $random.integer(1, 9)".to_owned()),
        },
        "alphabetic" => letters(&ALPHANUMERIC[..52], ambient),
        "alphanumeric" => letters(ALPHANUMERIC, ambient),
        "hexadecimal" => letters(b"0123456789abcdef", ambient),
        _ => {
            Err(format!("$random.{name} is not known; there are uuid, integer, alphabetic, alphanumeric, hexadecimal"))
        }
    }
}

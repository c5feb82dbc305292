//! The requests of a file one after another, each with what the answers before it gave.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};

use super::fill::{self, Ambient, Scope};
use super::{Collection, Outside, Piece, Request, absolute};
use crate::model::visible;

/// Columns of a value that are told where it is not as expected.
const VALUE: usize = 80;

/// Letters that a secret has at least; a shorter value would mask what is none.
const SECRET: usize = 4;

/// What is told in a secret's place.
const MASK: &str = "•••";

/// The course of some requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    collection: Arc<Collection>,
    outside: Outside,
    /// The places of those that are made, in their order.
    order: Vec<usize>,
    next: usize,
    kept: BTreeMap<String, String>,
    exchanges: BTreeMap<String, (Ready, Answer)>,
    /// What was made ready last.
    asked: Option<Ready>,
}

/// A request that can be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// Its place in the file.
    pub place: usize,
    /// Its line there.
    pub line: usize,
    /// Its name; empty when it has none.
    pub name: String,
    /// The method.
    pub method: String,
    /// The absolute URL.
    pub url: String,
    /// The header fields.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// How long it may take, if it says so.
    pub timeout: Option<Duration>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The header fields.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// How long it took, to its end.
    pub took: Duration,
}

/// Why a request cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Its line.
    pub line: usize,
    /// Its name; empty when it has none.
    pub name: String,
    /// Its method and URL as they are written.
    pub written: String,
    /// Why.
    pub words: String,
}

/// Whether something expected came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The line that expects it.
    pub line: usize,
    /// What was expected.
    pub words: String,
    /// What was there; None when nothing was.
    pub was: Option<String>,
    /// Whether that is it.
    pub holds: bool,
}

impl fmt::Display for Judgement {
    /// Such as `status == 200, it was 404`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)?;
        match &self.was {
            _ if self.holds => Ok(()),
            Some(was) => write!(f, ", it was {}", visible::joined(&visible::text(was, VALUE))),
            None => f.write_str(", and it is not there"),
        }
    }
}

impl Course {
    /// All requests of a file.
    pub fn of_all(collection: Arc<Collection>, outside: Outside) -> Self {
        let order = (0..collection.requests.len()).collect();
        Self::of(collection, outside, order)
    }

    /// One request, and before it those whose answers it needs.
    pub fn of_one(collection: Arc<Collection>, outside: Outside, place: usize) -> Self {
        let mut needed = BTreeSet::new();
        let mut left = vec![place];
        while let Some(place) = left.pop() {
            if needed.insert(place) {
                left.extend(needs(&collection, &outside, place));
            }
        }
        Self::of(collection, outside, needed.into_iter().collect())
    }

    fn of(collection: Arc<Collection>, outside: Outside, order: Vec<usize>) -> Self {
        let (kept, exchanges) = (BTreeMap::new(), BTreeMap::new());
        Self { collection, outside, order, next: 0, kept, exchanges, asked: None }
    }

    /// Whether the last request was made ready.
    pub fn is_last(&self) -> bool {
        self.next >= self.order.len()
    }

    /// A text without the values that are secret.
    pub fn masked(&self, text: &str) -> String {
        let mut masked = text.to_owned();
        for secret in self.outside.secrets.iter().filter(|secret| secret.len() >= SECRET) {
            if masked.contains(secret.as_str()) {
                masked = masked.replace(secret.as_str(), MASK);
            }
        }
        masked
    }

    /// The next request, its variables filled in; None when all were made.
    pub fn next(&mut self, ambient: &mut dyn Ambient) -> Option<Result<Ready, Failure>> {
        let place = *self.order.get(self.next)?;
        self.next += 1;
        let request = &self.collection.requests[place];
        let ready = self.ready(place, request, ambient).map_err(|words| Failure {
            line: request.line,
            name: request.name.clone(),
            written: format!("{} {}", request.method, request.target),
            words,
        });
        self.asked = ready.as_ref().ok().cloned();
        Some(ready)
    }

    /// Takes the answer to the request that was made last.
    pub fn answered(&mut self, answer: Answer) -> Vec<Judgement> {
        let Some(asked) = self.asked.take() else { return Vec::new() };
        let request = &self.collection.requests[asked.place];
        let mut judgements: Vec<Judgement> = request
            .expectations
            .iter()
            .map(|(line, expectation)| Judgement {
                line: *line,
                words: expectation.to_string(),
                was: expectation.subject.of(&answer),
                holds: expectation.holds(&answer),
            })
            .collect();
        for (name, subject) in &request.captures {
            match subject.of(&answer) {
                Some(value) => drop(self.kept.insert(name.clone(), value)),
                None => judgements.push(Judgement {
                    line: request.line,
                    words: format!("{name} = {subject}"),
                    was: None,
                    holds: false,
                }),
            }
        }
        if !asked.name.is_empty() {
            self.exchanges.insert(asked.name.clone(), (asked, answer));
        }
        judgements
    }

    fn ready(&self, place: usize, request: &Request, ambient: &mut dyn Ambient) -> Result<Ready, String> {
        let scope = Scope {
            collection: &self.collection,
            outside: &self.outside,
            kept: &self.kept,
            exchanges: &self.exchanges,
        };
        let mut headers = Vec::new();
        for (name, value) in &request.headers {
            let (name, value) = (scope.fill(name, ambient)?, scope.fill(value, ambient)?);
            let value = if name.eq_ignore_ascii_case("authorization") { credentials(&value) } else { value };
            headers.push((name, value));
        }
        for (name, value) in &self.outside.headers {
            headers.retain(|(other, _): &(String, String)| !other.eq_ignore_ascii_case(name));
            headers.push((name.clone(), value.clone()));
        }
        let target = scope.fill(&request.target, ambient)?;
        let url = with_host(&target, &headers)?;
        let mut body = Vec::new();
        for piece in &request.body {
            match piece {
                Piece::Text(text) => body.extend_from_slice(scope.fill(text, ambient)?.as_bytes()),
                Piece::File(path) => body.extend_from_slice(self.file(path)?),
                Piece::Filled(path) => {
                    let text = String::from_utf8_lossy(self.file(path)?);
                    body.extend_from_slice(scope.fill(&text, ambient)?.as_bytes());
                }
            }
        }
        let mut method = request.method.clone();
        let asks_graph = headers.iter().position(|(name, value)| {
            name.eq_ignore_ascii_case("x-request-type") && value.eq_ignore_ascii_case("graphql")
        });
        if asks_graph.is_some() || method == "GRAPHQL" {
            asks_graph.map(|at| headers.remove(at));
            "POST".clone_into(&mut method);
            body = graph_query(&String::from_utf8_lossy(&body))?;
            if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
                headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
            }
        }
        let (name, timeout) = (request.name.clone(), request.timeout);
        Ok(Ready { place, line: request.line, name, method, url, headers, body: body.into(), timeout })
    }

    fn file(&self, path: &str) -> Result<&Bytes, String> {
        self.outside.files.get(path).ok_or_else(|| format!("the file {path} cannot be read"))
    }
}

/// The places of the requests whose answers one needs: it names them, or a variable that they keep.
fn needs(collection: &Collection, outside: &Outside, place: usize) -> Vec<usize> {
    let request = &collection.requests[place];
    let fields = request.headers.iter().map(|(_, value)| value.as_str());
    let bodies = request.body.iter().filter_map(|piece| match piece {
        Piece::Text(text) => Some(text.as_str()),
        Piece::File(_) | Piece::Filled(_) => None,
    });
    let own = std::iter::once(request.target.as_str()).chain(fields).chain(bodies);
    let variables = collection.variables.iter().map(|(_, value)| value.as_str());
    let is_known = |name: &str| {
        let is_of_file = collection.variables.iter().any(|(known, _)| known == name);
        is_of_file || outside.given.contains_key(name) || outside.environment.contains_key(name)
    };
    let needed = own.chain(variables).flat_map(fill::names).filter_map(|name| {
        let referred =
            name.split_once('.').filter(|(_, rest)| rest.starts_with("response.") || rest.starts_with("request."));
        match referred {
            Some((request, _)) => collection.place(request),
            None if is_known(name) => None,
            None => {
                collection.requests.iter().position(|request| request.captures.iter().any(|(kept, _)| kept == name))
            }
        }
    });
    needed.filter(|other| *other != place).collect()
}

/// `Basic user password` and `Basic user:password` as the header has them.
fn credentials(value: &str) -> String {
    let words: Vec<&str> = value.split_whitespace().collect();
    let encoded = |plain: String| format!("Basic {}", BASE64_STANDARD.encode(plain));
    match words[..] {
        [scheme, user, password] if scheme.eq_ignore_ascii_case("basic") => encoded(format!("{user}:{password}")),
        [scheme, both] if scheme.eq_ignore_ascii_case("basic") && both.contains(':') => encoded(both.to_owned()),
        _ => value.to_owned(),
    }
}

/// A target with its scheme and host.
fn with_host(target: &str, headers: &[(String, String)]) -> Result<String, String> {
    let host = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host")).map(|(_, value)| value.as_str());
    match host {
        Some(host) if target.starts_with('/') => absolute(&format!("{host}{target}")),
        None if target.starts_with('/') => {
            Err(format!("{target} has no host; write http://HOST{target}, or a Host field"))
        }
        Some(_) | None => absolute(target),
    }
}

/// A query, and behind an empty line its variables, as GraphQL takes them over HTTP.
fn graph_query(text: &str) -> Result<Vec<u8>, String> {
    let (query, variables) = match text.rsplit_once("\n\n").filter(|(_, last)| last.trim_start().starts_with('{')) {
        Some((query, variables)) => {
            let parsed: Value =
                serde_json::from_str(variables).map_err(|error| format!("the variables are no JSON: {error}"))?;
            (query, parsed)
        }
        None => (text, json!({})),
    };
    Ok(json!({ "query": query, "variables": variables }).to_string().into_bytes())
}

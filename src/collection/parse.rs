//! The text of a file as requests.

use std::time::Duration;

use super::{Collection, Note, Piece, Request, expectation, script};
use crate::model::{Problem, duration, nearest};

/// Methods that are read as HTTP's also in small letters, and where they stand alone before a URL.
const METHODS: [&str; 9] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT"];

/// Words in a method's place that ask for something other than one HTTP exchange.
const OTHERS: [&str; 9] =
    ["GRPC", "WEBSOCKET", "WS", "RSOCKET", "SSE", "EVENTSOURCE", "MQTT", "AMQP", "GRAPHQL-SUBSCRIPTION"];

/// Requests of one file; a person writes some dozens.
const REQUESTS_LIMIT: usize = 10_000;

/// Reads a file.
///
/// # Errors
/// All that is wrong with it, each with its line.
pub fn parse(text: &str) -> Result<Collection, Vec<Problem>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n");
    let mut parsing = Parsing::default();
    let mut block = Block { first: 1, name: "", lines: Vec::new() };
    for (number, line) in text.split('\n').enumerate() {
        if let Some(name) = separator(line) {
            parsing.block(&block);
            block = Block { first: number + 2, name, lines: Vec::new() };
        } else {
            block.lines.push(line);
        }
    }
    parsing.block(&block);
    if parsing.problems.is_empty() { Ok(parsing.collection) } else { Err(parsing.problems) }
}

/// What stands behind `###`.
fn separator(line: &str) -> Option<&str> {
    line.starts_with("###").then(|| line.trim_start_matches('#').trim())
}

/// The lines of one request.
struct Block<'a> {
    /// The number of the first.
    first: usize,
    name: &'a str,
    lines: Vec<&'a str>,
}

#[derive(Default)]
struct Parsing {
    collection: Collection,
    problems: Vec<Problem>,
}

/// What a comment says to programs.
enum Meta<'a> {
    Name(&'a str),
    Timeout(&'a str),
    Assert(&'a str),
    Capture(&'a str),
    /// It changes nothing here.
    Nothing,
    Unknown(&'a str),
}

impl Parsing {
    fn wrong(&mut self, line: usize, words: impl Into<String>) {
        self.problems.push(Problem { line, column: 1, words: words.into() });
    }

    fn note(&mut self, line: usize, words: impl Into<String>) {
        self.collection.notes.push(Note { line, words: words.into() });
    }

    fn block(&mut self, block: &Block<'_>) {
        let mut request = Request { name: block.name.to_owned(), ..Request::default() };
        let Some(at) = self.prelude(block, &mut request) else { return };
        let mut at = self.request_line(block, at, &mut request);
        while let Some(line) = block.lines.get(at) {
            let number = block.first + at;
            at += 1;
            if line.trim().is_empty() {
                break;
            }
            if begins_what_follows(line) {
                at -= 1;
                break;
            }
            if let Some(comment) = comment(line) {
                self.meta(comment, number, &mut request);
                continue;
            }
            match line.split_once(':') {
                Some((name, value)) if !name.trim().is_empty() && !name.trim().contains(char::is_whitespace) => {
                    request.headers.push((name.trim().to_owned(), value.trim().to_owned()));
                }
                Some(_) | None => self.wrong(
                    number,
                    format!(
                        "{:?} is no header field; write NAME: VALUE, and an empty line before the body",
                        line.trim()
                    ),
                ),
            }
        }
        self.rest(block, at, &mut request);
        if self.collection.requests.len() >= REQUESTS_LIMIT {
            return self.wrong(request.line, format!("there are more than {REQUESTS_LIMIT} requests"));
        }
        self.collection.requests.push(request);
    }

    /// What stands before the request's line; where that is.
    fn prelude(&mut self, block: &Block<'_>, request: &mut Request) -> Option<usize> {
        let mut at = 0;
        while let Some(line) = block.lines.get(at) {
            let (number, trimmed) = (block.first + at, line.trim());
            if let Some(comment) = comment(line) {
                self.meta(comment, number, request);
            } else if let Some(variable) = trimmed.strip_prefix('@') {
                match variable.split_once('=') {
                    Some((name, value)) => {
                        let value = value.trim().replace("\\n", "\n");
                        self.collection.variables.push((name.trim().to_owned(), value));
                    }
                    None => self.wrong(number, format!("@{variable} has no value; write @NAME = VALUE")),
                }
            } else if trimmed.starts_with("< ") || trimmed.starts_with("<{%") {
                let (_, end) = enclosed(block, at);
                self.note(number, "a script before the request is not run");
                at = end;
            } else if let Some(first @ ("import" | "run")) = trimmed.split_whitespace().next() {
                self.note(number, format!("{first} is not done"));
            } else if !trimmed.is_empty() {
                return Some(at);
            }
            at += 1;
        }
        None
    }

    /// The method and the URL, which may go on in lines that are indented; gives where that ends.
    fn request_line(&mut self, block: &Block<'_>, at: usize, request: &mut Request) -> usize {
        let number = block.first + at;
        let line = block.lines.get(at).map_or("", |line| line.trim());
        let (first, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let is_token = |word: &str| word.chars().all(|letter| letter.is_ascii_uppercase() || "-_".contains(letter));
        let known = METHODS.iter().find(|method| method.eq_ignore_ascii_case(first));
        let (method, target) = match known {
            Some(method) if !rest.trim().is_empty() => (*method, rest.trim()),
            _ if !rest.trim().is_empty() && is_token(first) => (first, rest.trim()),
            _ => ("GET", line),
        };
        request.line = number;
        if OTHERS.contains(&method) {
            self.wrong(number, format!("{method} is not spoken here; HTTP is"));
        }
        method.clone_into(&mut request.method);
        let version = target.rsplit_once(char::is_whitespace).filter(|(_, last)| last.starts_with("HTTP/"));
        version.map_or(target, |(target, _)| target.trim_end()).clone_into(&mut request.target);
        let mut next = at + 1;
        while let Some(line) = block.lines.get(next) {
            let goes_on = line.starts_with([' ', '\t']) && line.trim_start().starts_with(['?', '&', '/']);
            if !goes_on || line.trim_start().starts_with("//") {
                break;
            }
            request.target.push_str(line.trim());
            next += 1;
        }
        next
    }

    fn meta(&mut self, comment: &str, number: usize, request: &mut Request) {
        match meta(comment) {
            Some(Meta::Name(name)) => name.clone_into(&mut request.name),
            Some(Meta::Timeout(text)) => {
                let plain = text.trim().parse().ok().map(Duration::from_secs);
                match plain.map_or_else(|| duration(text), Ok) {
                    Ok(time) => request.timeout = Some(time),
                    Err(why) => self.wrong(number, format!("@timeout: {why}")),
                }
            }
            Some(Meta::Assert(text)) => match expectation::parse(text) {
                Ok(expectation) => request.expectations.push((number, expectation)),
                Err(why) => self.wrong(number, format!("@assert: {why}")),
            },
            Some(Meta::Capture(text)) => match expectation::capture(text) {
                Ok(capture) => request.captures.push(capture),
                Err(why) => self.wrong(number, format!("@capture: {why}")),
            },
            // What is written almost as one of these would be left out without that being meant.
            Some(Meta::Unknown(word)) => match nearest(word, ANNOTATIONS) {
                Some(known) => self.wrong(number, format!("there is no @{word}; did you mean @{known}?")),
                None => self.note(number, format!("@{word} is not done")),
            },
            Some(Meta::Nothing) | None => {}
        }
    }

    /// The body, and what stands behind it.
    fn rest(&mut self, block: &Block<'_>, mut at: usize, request: &mut Request) {
        let mut body: Vec<&str> = Vec::new();
        while let Some(line) = block.lines.get(at) {
            let number = block.first + at;
            if line.starts_with("> ") || line.starts_with(">{%") {
                let (text, end) = enclosed(block, at);
                if text.is_empty() {
                    self.note(number, format!("the script {} is not run", line.trim_start_matches('>').trim()));
                } else {
                    script::read(&text, number, request, &mut self.collection.notes);
                }
                at = end;
            } else if line.starts_with(">>") {
                self.note(number, "the answer is not saved; wirelab http -o FILE does that for one request");
            } else if !line.starts_with("<> ") {
                body.push(line);
            }
            at += 1;
        }
        request.body = pieces(&body, request);
    }
}

/// Whether a line ends the header fields though none is empty.
fn begins_what_follows(line: &str) -> bool {
    line.starts_with("> ") || line.starts_with(">{%") || line.starts_with(">>") || line.starts_with("<> ")
}

/// The words of wirelab's own whose misspelling would leave something unchecked.
const ANNOTATIONS: [&str; 3] = ["assert", "capture", "timeout"];

/// What stands behind `#` or `//`.
fn comment(line: &str) -> Option<&str> {
    let line = line.trim_start();
    line.strip_prefix("//").or_else(|| line.strip_prefix('#')).map(str::trim)
}

fn meta(comment: &str) -> Option<Meta<'_>> {
    let words = comment.strip_prefix('@')?;
    let (key, value) = words.split_once(|letter: char| letter == '=' || letter.is_whitespace()).unwrap_or((words, ""));
    let value = value.trim().trim_start_matches('=').trim();
    Some(match key {
        "name" => Meta::Name(value),
        "timeout" | "connection-timeout" => Meta::Timeout(value),
        "assert" => Meta::Assert(value),
        "capture" => Meta::Capture(value),
        // Redirects are not followed and cookies not kept, nothing is encoded, and nothing written to a log of requests.
        "no-redirect" | "no-cookie-jar" | "no-log" | "no-auto-encoding" | "no-auto-decoding" | "note" | "tag" => {
            Meta::Nothing
        }
        _ => Meta::Unknown(key),
    })
}

/// What stands between `{%` and `%}`, from that line on, and the number of its last line.
fn enclosed(block: &Block<'_>, at: usize) -> (String, usize) {
    let Some((_, first)) = block.lines.get(at).and_then(|line| line.split_once("{%")) else {
        return (String::new(), at);
    };
    let mut text = String::new();
    let mut rest = first;
    let mut end = at;
    loop {
        if let Some((last, _)) = rest.split_once("%}") {
            text.push_str(last);
            return (text, end);
        }
        text.push_str(rest);
        text.push('\n');
        end += 1;
        match block.lines.get(end) {
            Some(line) => rest = line,
            None => return (text, end),
        }
    }
}

fn pieces(lines: &[&str], request: &Request) -> Vec<Piece> {
    let is_blank = |line: &&str| line.trim().is_empty();
    let first = lines.iter().position(|line| !is_blank(line)).unwrap_or(lines.len());
    let last = lines.iter().rposition(|line| !is_blank(line)).map_or(first, |last| last + 1);
    let lines = &lines[first..last];
    let content_type = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let content_type = content_type.map_or("", |(_, value)| value.as_str());
    if content_type.starts_with("application/x-www-form-urlencoded") && !lines.iter().any(|line| file(line).is_some()) {
        let joined: String = lines.iter().map(|line| line.trim()).collect();
        return if joined.is_empty() { Vec::new() } else { vec![Piece::Text(joined)] };
    }
    // On the wire the lines of multipart end in CR and LF (RFC 2046).
    let end = if content_type.starts_with("multipart/") { "\r\n" } else { "\n" };
    let (mut pieces, mut text) = (Vec::new(), String::new());
    for (at, line) in lines.iter().enumerate() {
        if let Some(file) = file(line) {
            if !text.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut text)));
            }
            pieces.push(file);
        } else {
            text.push_str(line);
        }
        if at + 1 < lines.len() || end == "\r\n" {
            text.push_str(end);
        }
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    pieces
}

/// The file that a line of a body stands for.
fn file(line: &str) -> Option<Piece> {
    if let Some(rest) = line.strip_prefix("<@") {
        // A word before the path may name its encoding, which is UTF-8 here.
        return Some(Piece::Filled(rest.split_whitespace().last()?.to_owned()));
    }
    line.strip_prefix("< ").map(|path| Piece::File(path.trim().to_owned()))
}

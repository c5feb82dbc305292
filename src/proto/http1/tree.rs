//! One HTTP/1 message as a tree of fields.

use std::ops::Range;

use memchr::memchr;

use super::framing::{Asked, Framing, split_field};
use super::start::{Kind, Progress, StartLine, is_token};
use super::{HEAD_LIMIT, body, names};
use crate::proto::{Context, DecodeError, FIELD_LIMIT, Field, Value};

/// Header lines and chunks stop here, so that with their parts they stay within [`FIELD_LIMIT`].
pub const PART_LIMIT: usize = FIELD_LIMIT / 4;

/// Decodes one message. A header field's value is a child of its line.
///
/// # Errors
/// When the bytes do not begin with an HTTP/1 start line.
pub fn fields(context: Context, message: &[u8]) -> Result<Vec<Field>, DecodeError> {
    let mut start = StartLine::new();
    let progress = start.feed(message);
    let mut head = Head {
        message,
        at: message.len(),
        fields: Vec::new(),
        framing: Framing::default(),
        kind: start.kind,
        bare: start.bare,
        lines: 0,
    };
    match progress {
        Progress::Wrong(error) => return Err(error),
        Progress::More => {}
        Progress::Done(length) => head.at = length,
    }
    head.start_line(&start);
    let end = head.lines();
    if let Some(bare) = head.bare {
        head.fields.push(Field::malformed("the first line that ends in LF without CR", bare..bare + 1));
    }
    if end == HeadEnd::Found && head.at < message.len() {
        // Which request a response answers is not known here; a response without a body was cut at its head.
        let rule = head.framing.body(start.kind, start.status, Asked::Other);
        let found = body::fields(context, message, head.at, &rule, &head.framing);
        head.fields.extend(found);
    }
    Ok(head.fields)
}

#[derive(Debug, PartialEq, Eq)]
enum HeadEnd {
    Found,
    Missing,
}

struct Head<'a> {
    message: &'a [u8],
    at: usize,
    fields: Vec<Field>,
    framing: Framing,
    kind: Kind,
    bare: Option<usize>,
    lines: usize,
}

impl Head<'_> {
    fn start_line(&mut self, start: &StartLine) {
        let text = |name, span: &Range<usize>| Field::text(name, lossy(&self.message[span.clone()]), span.clone());
        let span = start.begin..start.end().max(start.begin);
        if span.is_empty() {
            return;
        }
        let (name, parts) = match start.kind {
            Kind::Request => (
                "http.request",
                vec![
                    text("http.request.method", &start.method),
                    target(self.message, &start.target),
                    text("http.request.version", &start.version),
                ],
            ),
            Kind::Response => {
                let code = Value::Number(u64::from(start.status));
                (
                    "http.response",
                    vec![
                        text("http.response.version", &start.version),
                        Field::new("http.response.code", code, start.code.clone()),
                        text("http.response.phrase", &start.phrase),
                    ],
                )
            }
        };
        if start.begin > 0 {
            self.fields.push(Field::new("http.leading_crlf", Value::Flag(true), 0..start.begin));
        }
        let line = Field::new(name, Value::Heading(lossy(&self.message[span.clone()])), span);
        self.fields.push(line.with(parts.into_iter().filter(|part| !part.span.is_empty()).collect()));
    }

    /// Reads header lines up to the empty one; `at` is left behind it.
    fn lines(&mut self) -> HeadEnd {
        while self.at < self.message.len() {
            let Some((line, next)) = self.logical_line() else {
                let rest = self.at..self.message.len();
                self.fields.push(Field::malformed("the header is over 1 MiB", rest));
                return HeadEnd::Missing;
            };
            let is_whole = self.message[..next].ends_with(b"\n");
            if is_whole && line.is_empty() {
                self.at = next;
                return HeadEnd::Found;
            }
            self.lines += 1;
            if self.lines <= PART_LIMIT {
                self.header_line(&line);
            } else {
                if self.lines == PART_LIMIT + 1 {
                    self.fields.push(Field::cut_here("more than 2,500 header lines", line.start..next));
                }
                self.note(&line);
            }
            self.at = next;
        }
        HeadEnd::Missing
    }

    /// A line with those that fold into it, without its line end, and where the next begins.
    fn logical_line(&mut self) -> Option<(Range<usize>, usize)> {
        let start = self.at;
        let mut next = self.at;
        loop {
            let begin = next;
            let feed = memchr(b'\n', &self.message[begin..]).map(|length| begin + length);
            next = feed.map_or(self.message.len(), |feed| feed + 1);
            if next > HEAD_LIMIT {
                return None;
            }
            let text = feed.unwrap_or(next);
            let end = if text > begin && self.message[text - 1] == b'\r' { text - 1 } else { text };
            if feed.is_some() && end == text {
                self.bare = self.bare.or(feed);
            }
            let folds = matches!(self.message.get(next), Some(b' ' | b'\t'));
            if end == start || feed.is_none() || !folds {
                return Some((start..end, next));
            }
        }
    }

    fn note(&mut self, line: &Range<usize>) -> Option<&'static str> {
        let text = unfold(&self.message[line.clone()]);
        let (name, value) = split_field(&text)?;
        self.framing.note(name.trim_ascii_end(), value)
    }

    fn header_line(&mut self, line: &Range<usize>) {
        let bytes = &self.message[line.clone()];
        if bytes.is_empty() {
            return;
        }
        let name = match self.kind {
            Kind::Request => "http.request.line",
            Kind::Response => "http.response.line",
        };
        let complaint = self.note(line);
        let mut children = header_parts(self.message, line);
        children.extend(complaint.map(|why| Field::malformed(why, line.clone())));
        self.fields.push(Field::text(name, lossy(&unfold(bytes)), line.clone()).with(children));
    }
}

/// The value of a header line under its own name, and what is wrong with the line.
pub fn header_parts(message: &[u8], line: &Range<usize>) -> Vec<Field> {
    let bytes = &message[line.clone()];
    let Some((name, value)) = split_field(bytes) else {
        // The last line may not be there as a whole: then nothing is wrong yet.
        let is_open = line.end == message.len();
        return if is_open {
            Vec::new()
        } else {
            vec![Field::malformed("a header line without a colon", line.clone())]
        };
    };
    let mut parts = Vec::new();
    let start = line.start + name.len() + 1 + leading_space(&bytes[name.len() + 1..]);
    let span = start..start + value.len();
    let text = unfold(value);
    let field = Field::text(names::header_field(name.trim_ascii_end()), lossy(&text), span.clone());
    parts.push(match field.name {
        "http.content_length_header" => {
            let number = lossy(&text)
                .parse()
                .ok()
                .map(|length| Field::new("http.content_length", Value::Number(length), span.clone()));
            field.with(number.into_iter().collect())
        }
        _ => field,
    });
    if let Some(odd) = name.iter().position(|byte| !is_token(*byte)) {
        let at = line.start + odd;
        parts.push(Field::malformed("this may not stand in a header field's name", at..at + 1));
    } else if name.is_empty() {
        parts.push(Field::malformed("a header field without a name", line.start..line.start + 1));
    }
    if let Some(feed) = memchr(b'\n', bytes) {
        let at = line.start + feed;
        parts.push(Field::malformed("a folded line (obs-fold), which RFC 9112 section 5.2 forbids", at..at + 1));
    }
    parts
}

fn target(message: &[u8], span: &Range<usize>) -> Field {
    let bytes = &message[span.clone()];
    let field = Field::text("http.request.uri", lossy(bytes), span.clone());
    let Some(mark) = memchr(b'?', bytes) else { return field };
    let path = span.start..span.start + mark;
    let query = path.end + 1..span.end;
    let text = |name, span: Range<usize>| Field::text(name, lossy(&message[span.clone()]), span);
    let mut parameters = Vec::new();
    let mut at = query.start;
    for part in message[query.clone()].split(|byte| *byte == b'&').take(PART_LIMIT) {
        if !part.is_empty() {
            parameters.push(text("http.request.uri.query.parameter", at..at + part.len()));
        }
        at += part.len() + 1;
    }
    if at < query.end {
        parameters.push(Field::cut_here("more than 2,500 query parameters", at..query.end));
    }
    field.with(vec![text("http.request.uri.path", path), text("http.request.uri.query", query).with(parameters)])
}

/// A folded text on one line: each line end with the space around it becomes one space.
fn unfold(bytes: &[u8]) -> Vec<u8> {
    if memchr(b'\n', bytes).is_none() {
        return bytes.to_vec();
    }
    bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).collect::<Vec<_>>().join(&b' ')
}

fn leading_space(bytes: &[u8]) -> usize {
    bytes.len() - bytes.trim_ascii_start().len()
}

pub fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

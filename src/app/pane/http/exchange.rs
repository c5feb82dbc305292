//! One request's exchange: its phases, and the response as it arrives.

use std::ops::Range;
use std::time::Duration;

use bytes::{Bytes, BytesMut};

use super::pretty;
use crate::contract::ExchangeFact;
use crate::model::{ExchangeId, Timestamp, Trouble, content_coding};

/// Bytes of a body kept to be looked at; what comes after is counted only.
pub const BODY_KEPT: usize = 16 * 1024 * 1024;

/// A longer line is shown in parts of this many bytes, so that a body of one line can be scrolled.
const LINE_PART: usize = 240;

/// Bytes in a row of the hex view.
const HEX_ROW: usize = 16;

/// Bodies larger than this are shown as they came; to lay out more takes longer than a frame may.
const PRETTY_LIMIT: usize = 1024 * 1024;

/// A phase of an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The name is looked up.
    Resolve,
    /// The connection is made.
    Connect,
    /// TLS is agreed on.
    Tls,
    /// The request is sent.
    Send,
    /// The answer is awaited.
    Wait,
    /// The answer comes.
    Receive,
}

/// The phases in order.
pub const PHASES: [Phase; 6] = [Phase::Resolve, Phase::Connect, Phase::Tls, Phase::Send, Phase::Wait, Phase::Receive];

impl Phase {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Resolve => "resolve",
            Phase::Connect => "connect",
            Phase::Tls => "TLS",
            Phase::Send => "send",
            Phase::Wait => "wait",
            Phase::Receive => "receive",
        }
    }
}

/// How an exchange stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Life {
    /// It is under way, in this phase.
    Running(Phase),
    /// The response is whole.
    Done,
    /// It failed; what had come stands.
    Failed(Trouble),
    /// It was given up on request; what had come stands.
    Cancelled,
}

/// The response's status line and header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The version of HTTP.
    pub version: &'static str,
    /// The status code.
    pub status: u16,
    /// The reason phrase.
    pub reason: String,
    /// The header fields.
    pub headers: Vec<(String, String)>,
}

/// How a body is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Laid out, where its kind is known.
    Pretty,
    /// As it came.
    Raw,
    /// As bytes.
    Hex,
}

impl View {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            View::Pretty => "pretty",
            View::Raw => "raw",
            View::Hex => "hex",
        }
    }
}

/// The body: what came, what was kept, and the lines it is shown as.
#[derive(Debug)]
pub struct ShownBody {
    /// Bytes received.
    pub received: u64,
    /// How it is shown.
    pub view: View,
    bytes: BytesMut,
    shown: Bytes,
    lines: Vec<Range<usize>>,
}

/// One request's exchange.
#[derive(Debug)]
pub struct Exchange {
    /// Its number.
    pub id: ExchangeId,
    /// How it stands.
    pub life: Life,
    /// The status line and header, once they have come.
    pub head: Option<Head>,
    /// The body.
    pub body: ShownBody,
    /// Trailer fields.
    pub trailers: Vec<(String, String)>,
    /// When it began.
    pub began: Timestamp,
    /// When it ended, or when something last happened.
    pub last: Timestamp,
    /// What follows on connecting: TLS, or at once to send.
    after_connect: Phase,
    phases: Vec<(Phase, Duration)>,
    phase_began: Timestamp,
}

impl Exchange {
    /// An exchange that was just asked for; what follows once it is connected, TLS or to send.
    pub fn new(id: ExchangeId, after_connect: Phase, at: Timestamp) -> Self {
        Self {
            id,
            life: Life::Running(Phase::Resolve),
            head: None,
            body: ShownBody::new(),
            trailers: Vec::new(),
            began: at,
            last: at,
            after_connect,
            phases: Vec::new(),
            phase_began: at,
        }
    }

    /// Whether it is under way.
    pub fn is_running(&self) -> bool {
        match self.life {
            Life::Running(_) => true,
            Life::Done | Life::Failed(_) | Life::Cancelled => false,
        }
    }

    /// Whether its connection is being made.
    pub fn is_opening(&self) -> bool {
        match self.life {
            Life::Running(Phase::Resolve | Phase::Connect | Phase::Tls) => true,
            Life::Running(Phase::Send | Phase::Wait | Phase::Receive)
            | Life::Done
            | Life::Failed(_)
            | Life::Cancelled => false,
        }
    }

    /// The phases that have ended, with their lengths.
    pub fn phases(&self) -> &[(Phase, Duration)] {
        &self.phases
    }

    /// From the beginning to the end, or to what last happened.
    pub fn total(&self) -> Duration {
        self.last.since(self.began)
    }

    /// How long it has been under way.
    pub fn running_for(&self, now: Timestamp) -> Duration {
        now.since(self.began)
    }

    /// A header field of the response, by its name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let headers = &self.head.as_ref()?.headers;
        headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(super) fn observe(&mut self, fact: &ExchangeFact, at: Timestamp) {
        if !self.is_running() {
            return;
        }
        self.last = self.last.max(at);
        match fact {
            ExchangeFact::Started => {
                self.began = at;
                self.phase_began = at;
            }
            ExchangeFact::Resolved => self.phase_over(Phase::Resolve, Phase::Connect, at),
            ExchangeFact::Connected => self.phase_over(Phase::Connect, self.after_connect, at),
            ExchangeFact::Secured(_) => self.phase_over(Phase::Tls, Phase::Send, at),
            ExchangeFact::Sent => self.phase_over(Phase::Send, Phase::Wait, at),
            ExchangeFact::Head { version, status, reason, headers } => {
                self.phase_over(Phase::Wait, Phase::Receive, at);
                self.head = Some(Head { version, status: *status, reason: reason.clone(), headers: headers.clone() });
            }
            ExchangeFact::Body(bytes) => self.body.append(bytes),
            ExchangeFact::Trailers(fields) => self.trailers.clone_from(fields),
            ExchangeFact::Done => {
                self.phase_over(Phase::Receive, Phase::Receive, at);
                self.end(Life::Done);
            }
            ExchangeFact::Failed(trouble) => self.end(Life::Failed(trouble.clone())),
            ExchangeFact::Cancelled => self.end(Life::Cancelled),
        }
    }

    fn phase_over(&mut self, phase: Phase, next: Phase, at: Timestamp) {
        self.phases.push((phase, at.since(self.phase_began)));
        self.phase_began = at;
        self.life = Life::Running(next);
    }

    fn end(&mut self, life: Life) {
        self.life = life;
        let media = self.header("content-type").unwrap_or("").to_owned();
        let codings = self.header("content-encoding").unwrap_or("").to_owned();
        self.body.lay_out(&media, &codings);
    }
}

impl ShownBody {
    fn new() -> Self {
        Self { received: 0, view: View::Raw, bytes: BytesMut::new(), shown: Bytes::new(), lines: Vec::new() }
    }

    fn append(&mut self, bytes: &Bytes) {
        self.received += bytes.len() as u64;
        let room = BODY_KEPT - self.bytes.len();
        let kept = &bytes[..bytes.len().min(room)];
        let from = self.bytes.len();
        self.bytes.extend_from_slice(kept);
        index_lines(&self.bytes, from, &mut self.lines);
    }

    /// Bytes that came and were not kept.
    pub fn missing(&self) -> u64 {
        self.received - self.bytes.len() as u64
    }

    /// The bytes kept, as they came.
    pub fn kept(&self) -> Bytes {
        Bytes::copy_from_slice(&self.bytes)
    }

    /// The bytes as they came.
    pub fn raw(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes laid out to be read; empty when their kind is not known.
    pub fn laid_out(&self) -> &[u8] {
        &self.shown
    }

    /// How many lines it is shown as; of hex, rows of 16 bytes.
    pub fn lines(&self) -> usize {
        match self.view {
            View::Pretty | View::Raw => self.lines.len(),
            View::Hex => self.bytes.len().div_ceil(HEX_ROW),
        }
    }

    /// One line of the text views.
    pub fn line(&self, index: usize) -> Option<&[u8]> {
        let range = self.lines.get(index)?.clone();
        let bytes: &[u8] = if self.view == View::Pretty { &self.shown } else { &self.bytes };
        bytes.get(range)
    }

    pub(super) fn next_view(&mut self) {
        let next = match self.view {
            View::Pretty => View::Raw,
            View::Raw => View::Hex,
            View::Hex if self.shown.is_empty() => View::Raw,
            View::Hex => View::Pretty,
        };
        self.show(next);
    }

    fn show(&mut self, view: View) {
        self.view = view;
        self.lines.clear();
        match view {
            View::Pretty => index_lines(&self.shown, 0, &mut self.lines),
            View::Raw | View::Hex => index_lines(&self.bytes, 0, &mut self.lines),
        }
    }

    fn lay_out(&mut self, media: &str, codings: &str) {
        if self.bytes.len() > PRETTY_LIMIT || self.missing() > 0 {
            return;
        }
        let unpacked = content_coding::unpack(codings, &self.bytes).ok().flatten();
        let unpacked = unpacked.map(|unpacked| unpacked.bytes).filter(|bytes| bytes.len() <= PRETTY_LIMIT);
        let laid_out = pretty::lay_out(unpacked.as_deref().unwrap_or(&self.bytes), media);
        // Text without a layout is still easier to read unpacked.
        let text = laid_out.or_else(|| String::from_utf8(unpacked?).ok());
        if let Some(text) = text {
            self.shown = Bytes::from(text);
            if self.view == View::Raw {
                self.show(View::Pretty);
            }
        }
    }

    /// The line that holds the needle (lower case), from `top` on; `step` 1 is forward, -1 backward.
    pub(super) fn find(&self, needle: &str, top: usize, step: isize, skip: usize) -> Option<usize> {
        if needle.is_empty() {
            return None;
        }
        let count = self.lines();
        let has = |line: &[u8]| holds(line, needle);
        (skip..count)
            .map(|away| (top as isize + step * away as isize).rem_euclid(count as isize) as usize)
            .find(|line| self.searched(*line, needle.len()).is_some_and(has))
    }

    /// What is searched of a line; of a hex row, also what a match of that length would reach into the next.
    fn searched(&self, index: usize, reach: usize) -> Option<&[u8]> {
        match self.view {
            View::Pretty | View::Raw => self.line(index),
            View::Hex => {
                let start = index.checked_mul(HEX_ROW)?;
                self.bytes.get(start..self.bytes.len().min(start + HEX_ROW + reach - 1))
            }
        }
    }
}

/// Whether a line holds the needle (lower case), in any case. Nearly all needles are ASCII: then nothing is copied, and
/// a body of many megabytes is searched between two frames.
fn holds(line: &[u8], needle: &str) -> bool {
    let Some(first) = needle.bytes().next().filter(|_| needle.is_ascii()) else {
        return String::from_utf8_lossy(line).to_lowercase().contains(needle);
    };
    let is_here = |at: usize| {
        let part = line.get(at..at + needle.len());
        part.is_some_and(|part| part.eq_ignore_ascii_case(needle.as_bytes()))
    };
    memchr::memchr2_iter(first, first.to_ascii_uppercase(), line).any(is_here)
}

/// Adds the lines of `bytes` from `from` on; the last line before `from` may go on.
fn index_lines(bytes: &[u8], from: usize, lines: &mut Vec<Range<usize>>) {
    let mut start = match lines.last() {
        Some(last) if last.end == from && (from == 0 || bytes[from - 1] != b'\n') => {
            let start = last.start;
            lines.pop();
            start
        }
        _ => from,
    };
    while start < bytes.len() {
        let part = &bytes[start..bytes.len().min(start + LINE_PART)];
        let length = memchr::memchr(b'\n', part).map_or(part.len(), |at| at + 1);
        let length = whole_characters(part, length);
        lines.push(start..start + length);
        start += length;
    }
}

/// A length that does not end within a UTF-8 character.
fn whole_characters(part: &[u8], length: usize) -> usize {
    if length < LINE_PART {
        return length;
    }
    let back = part[..length].iter().rev().take(4).position(|byte| byte & 0xc0 != 0x80).unwrap_or(0);
    let lead = part[length - 1 - back];
    let whole = match lead {
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xff => 4,
        _ => 1,
    };
    if back + 1 < whole { length - 1 - back } else { length }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn body(parts: &[&[u8]]) -> ShownBody {
        let mut body = ShownBody::new();
        for part in parts {
            body.append(&Bytes::copy_from_slice(part));
        }
        body
    }

    fn lines(body: &ShownBody) -> Vec<String> {
        (0..body.lines())
            .filter_map(|at| body.line(at))
            .map(|line| String::from_utf8_lossy(line).into_owned())
            .collect()
    }

    #[test]
    fn lines_are_the_same_however_the_body_came() {
        let whole = body(&[b"one\ntwo\n\nthree"]);
        assert_eq!(lines(&whole), ["one\n", "two\n", "\n", "three"]);
        let parts: Vec<&[u8]> = b"one\ntwo\n\nthree".chunks(1).collect();
        assert_eq!(lines(&body(&parts)), lines(&whole));
    }

    #[test]
    fn a_packed_body_is_laid_out_unpacked_and_raw_as_it_came() {
        let pack = |text: &str| {
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            packer.write_all(text.as_bytes()).unwrap();
            packer.finish().unwrap()
        };
        for (media, text, laid_out) in [
            ("application/json", r#"{"a":1}"#, &["{\n", "  \"a\": 1\n", "}"][..]),
            ("text/plain", "one\ntwo", &["one\n", "two"]),
        ] {
            let packed = pack(text);
            let mut body = body(&[&packed]);
            body.lay_out(media, "gzip");
            assert_eq!(
                (body.view, &lines(&body)[..]),
                (View::Pretty, &laid_out.iter().map(ToString::to_string).collect::<Vec<_>>()[..])
            );
            assert_eq!(body.raw(), packed);
        }
    }

    #[test]
    fn a_body_of_one_line_is_shown_in_parts_that_cut_no_character() {
        let long = "é".repeat(1000);
        let shown = lines(&body(&[long.as_bytes()]));
        assert!(shown.len() > 5);
        assert_eq!(shown.concat(), long);
    }

    #[test]
    fn what_is_not_kept_is_counted() {
        let part = Bytes::from(vec![b'x'; 1024 * 1024]);
        let mut body = ShownBody::new();
        (0..20).for_each(|_| body.append(&part));
        assert_eq!(body.received, 20 * 1024 * 1024);
        assert_eq!(body.missing(), 4 * 1024 * 1024);
        assert_eq!(body.kept().len(), BODY_KEPT);
    }

    #[test]
    fn search_goes_round_both_ways() {
        let body = body(&[b"alpha\nbeta\ngamma\nbeta\n"]);
        assert_eq!(body.find("beta", 0, 1, 0), Some(1));
        assert_eq!(body.find("beta", 1, 1, 1), Some(3));
        assert_eq!(body.find("beta", 3, 1, 1), Some(1));
        assert_eq!(body.find("beta", 1, -1, 1), Some(3));
        assert_eq!(body.find("delta", 0, 1, 0), None);
    }

    #[test]
    fn search_takes_letters_in_any_case_beyond_ascii_too() {
        let body = body(&["Alpha\nÄRGER\nalp\n".as_bytes()]);
        assert_eq!(body.find("alpha", 1, 1, 0), Some(0));
        assert_eq!(body.find("ärger", 0, 1, 0), Some(1));
        assert_eq!(body.find("alphabet", 0, 1, 0), None);
    }
}

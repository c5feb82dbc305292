//! The first line of an HTTP/1 message (RFC 9112 sections 3 and 4), read byte by byte with its places.

use std::ops::Range;

use super::HEAD_LIMIT;
use crate::proto::DecodeError;

/// The longest method taken; the longest registered one has 17 bytes, and text without spaces ends here.
const METHOD_LIMIT: usize = 32;

const HTTP: &[u8] = b"HTTP";
const REQUEST_VERSION: &[u8] = b"HTTP/1.";
const RESPONSE_VERSION: &[u8] = b"1.";

/// A start line as far as it has been read. All places count from the message's first byte.
#[derive(Debug, Clone)]
pub struct StartLine {
    state: State,
    position: usize,
    may_be_response: bool,
    /// Where the line begins; empty lines before it are part of the message (RFC 9112 section 2.2).
    pub begin: usize,
    /// A request's method.
    pub method: Range<usize>,
    /// A request's target.
    pub target: Range<usize>,
    /// `HTTP/1.1`, or as much of it as there is.
    pub version: Range<usize>,
    /// A response's status code.
    pub code: Range<usize>,
    /// A response's reason phrase.
    pub phrase: Range<usize>,
    /// The status code's value.
    pub status: u16,
    /// What the line begins.
    pub kind: Kind,
    /// Where the line ended in LF without CR.
    pub bare: Option<usize>,
}

/// What a message is. A line that is not yet told apart counts as a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A request.
    Request,
    /// A response.
    Response,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Blank,
    BlankReturn,
    Method,
    Target,
    RequestVersion(usize),
    RequestEnd,
    ResponseVersion(usize),
    BeforeCode,
    Code(usize),
    Phrase,
    PhraseReturn,
    LastReturn,
    Done,
}

/// What became of the bytes.
#[derive(Debug, PartialEq, Eq)]
pub enum Progress {
    /// The line goes on after them.
    More,
    /// It ended after so many of them.
    Done(usize),
    /// They are no start line; the place is in the message's coordinates.
    Wrong(DecodeError),
}

impl StartLine {
    /// Before the first byte.
    pub fn new() -> Self {
        Self {
            state: State::Blank,
            position: 0,
            may_be_response: false,
            begin: 0,
            method: 0..0,
            target: 0..0,
            version: 0..0,
            code: 0..0,
            phrase: 0..0,
            status: 0,
            kind: Kind::Request,
            bare: None,
        }
    }

    /// Reads on.
    pub fn feed(&mut self, bytes: &[u8]) -> Progress {
        for (index, byte) in bytes.iter().enumerate() {
            if self.position >= HEAD_LIMIT {
                return Progress::Wrong(DecodeError { at: HEAD_LIMIT, why: "the start line is over 1 MiB".into() });
            }
            match self.step(*byte) {
                Ok(state) => self.state = state,
                Err(why) => return Progress::Wrong(DecodeError { at: self.position, why: why.into() }),
            }
            self.position += 1;
            if self.state == State::Done {
                return Progress::Done(index + 1);
            }
        }
        Progress::More
    }

    /// Whether all of the line has been read.
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Whether a request's method, or the `HTTP/` of a response, stands.
    pub fn is_past_first_word(&self) -> bool {
        !self.target.is_empty() || self.kind == Kind::Response
    }

    /// Where the line ends, its line end left out.
    pub fn end(&self) -> usize {
        self.phrase.end.max(self.code.end).max(self.version.end).max(self.target.end).max(self.method.end)
    }

    fn step(&mut self, byte: u8) -> Result<State, &'static str> {
        match self.state {
            State::Blank => self.blank(byte),
            State::BlankReturn if byte == b'\n' => Ok(State::Blank),
            State::Method => self.method(byte),
            State::Target => self.target(byte),
            State::RequestVersion(read) => self.request_version(read, byte),
            State::RequestEnd => self.line_end(byte).ok_or("more after the version"),
            State::ResponseVersion(read) => self.response_version(read, byte),
            State::BeforeCode if byte == b' ' => Ok(self.begin_code()),
            State::BeforeCode => Err("a space and a status code must follow the version"),
            State::Code(read) => self.code(read, byte),
            State::Phrase | State::PhraseReturn => Ok(self.phrase(byte)),
            State::LastReturn if byte == b'\n' => Ok(State::Done),
            State::BlankReturn | State::LastReturn => Err("a CR without LF"),
            State::Done => Ok(State::Done),
        }
    }

    fn blank(&mut self, byte: u8) -> Result<State, &'static str> {
        match byte {
            b'\n' => Ok(State::Blank),
            b'\r' => Ok(State::BlankReturn),
            _ => {
                self.begin = self.position;
                self.method = self.position..self.position;
                self.method(byte)
            }
        }
    }

    fn method(&mut self, byte: u8) -> Result<State, &'static str> {
        let length = self.position - self.begin;
        match byte {
            b' ' if length > 0 => {
                self.target = self.position + 1..self.position + 1;
                Ok(State::Target)
            }
            b'/' if self.may_be_response && length == HTTP.len() => {
                self.kind = Kind::Response;
                self.version = self.begin..self.position + 1;
                self.method = 0..0;
                Ok(State::ResponseVersion(0))
            }
            _ if !is_token(byte) => Err("not a method or HTTP/"),
            _ if length >= METHOD_LIMIT => Err("longer than any method"),
            _ => {
                self.may_be_response =
                    (length == 0 || self.may_be_response) && HTTP.get(length).is_some_and(|expected| *expected == byte);
                self.method.end = self.position + 1;
                Ok(State::Method)
            }
        }
    }

    fn target(&mut self, byte: u8) -> Result<State, &'static str> {
        match byte {
            b' ' if !self.target.is_empty() => {
                self.version = self.position + 1..self.position + 1;
                Ok(State::RequestVersion(0))
            }
            0..=b' ' | 0x7f => Err("not part of a request target"),
            _ => {
                self.target.end = self.position + 1;
                Ok(State::Target)
            }
        }
    }

    fn request_version(&mut self, read: usize, byte: u8) -> Result<State, &'static str> {
        self.version.end = self.position + 1;
        match REQUEST_VERSION.get(read) {
            Some(expected) if *expected == byte => Ok(State::RequestVersion(read + 1)),
            None if byte.is_ascii_digit() => Ok(State::RequestEnd),
            Some(_) | None => Err("not HTTP/1.0 or HTTP/1.1"),
        }
    }

    fn response_version(&mut self, read: usize, byte: u8) -> Result<State, &'static str> {
        self.version.end = self.position + 1;
        match RESPONSE_VERSION.get(read) {
            Some(expected) if *expected == byte => Ok(State::ResponseVersion(read + 1)),
            None if byte.is_ascii_digit() => Ok(State::BeforeCode),
            Some(_) | None => Err("not HTTP/1.0 or HTTP/1.1"),
        }
    }

    fn begin_code(&mut self) -> State {
        self.code = self.position + 1..self.position + 1;
        State::Code(0)
    }

    fn code(&mut self, read: usize, byte: u8) -> Result<State, &'static str> {
        match byte {
            b'0'..=b'9' if read < 3 && (read > 0 || byte != b'0') => {
                self.status = self.status * 10 + u16::from(byte - b'0');
                self.code.end = self.position + 1;
                Ok(State::Code(read + 1))
            }
            b' ' if read == 3 => {
                self.phrase = self.position + 1..self.position + 1;
                Ok(State::Phrase)
            }
            _ if read == 3 => self.line_end(byte).ok_or("a status code has three digits"),
            _ => Err("a status code has three digits"),
        }
    }

    /// Anything but a line end may stand in a phrase: what is odd there is for the reader to see.
    fn phrase(&mut self, byte: u8) -> State {
        match (byte, self.state) {
            (b'\n', State::PhraseReturn) => State::Done,
            (b'\n', _) => {
                self.phrase.end = self.position;
                self.bare = Some(self.position);
                State::Done
            }
            (b'\r', _) => {
                self.phrase.end = self.position;
                State::PhraseReturn
            }
            _ => {
                self.phrase.end = self.position + 1;
                State::Phrase
            }
        }
    }

    fn line_end(&mut self, byte: u8) -> Option<State> {
        match byte {
            b'\r' => Some(State::LastReturn),
            b'\n' => {
                self.bare = Some(self.position);
                Some(State::Done)
            }
            _ => None,
        }
    }
}

/// Whether a byte may stand in a method or a field name (RFC 9110 section 5.6.2).
pub fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> (StartLine, Progress) {
        let mut start = StartLine::new();
        let progress = start.feed(line.as_bytes());
        (start, progress)
    }

    #[test]
    fn knows_the_places_of_a_request_line() {
        let line = "\r\nGET /a?b HTTP/1.1\r\nHost";
        let (start, progress) = read(line);
        assert_eq!(progress, Progress::Done(21));
        assert_eq!((&line[start.method], &line[start.target], &line[start.version]), ("GET", "/a?b", "HTTP/1.1"));
    }

    #[test]
    fn knows_the_places_of_a_status_line() {
        for (line, phrase) in [
            ("HTTP/1.1 404 Not Found\r\n", "Not Found"),
            ("HTTP/1.0 404 \r\n", ""),
            ("HTTP/1.0 404\n", ""),
            ("HTTP/1.0 404 a\rb\n", "a\rb"),
        ] {
            let (start, progress) = read(line);
            assert_eq!(progress, Progress::Done(line.len()), "{line:?}");
            assert_eq!((start.kind, start.status), (Kind::Response, 404));
            assert_eq!(&line[start.phrase], phrase);
        }
    }

    #[test]
    fn points_at_the_first_byte_that_is_wrong() {
        for (line, at) in [
            ("GET / HTTP/2.0\r\n", 11),
            ("GET /a b HTTP/1.1\r\n", 7),
            ("hello, world\n", 5),
            ("HTTP/1.1 20 OK\r\n", 11),
            ("HTTP/1.1 OK\r\n", 9),
            ("GET\r\n", 3),
            (" GET / HTTP/1.1", 0),
            ("\r\r", 1),
        ] {
            let (_, progress) = read(line);
            let Progress::Wrong(error) = progress else { panic!("{line:?} is wrong") };
            assert_eq!(error.at, at, "{line:?}");
        }
    }

    #[test]
    fn a_method_may_begin_like_the_version() {
        let (start, progress) = read("HTTPS / HTTP/1.1\r\n");
        assert_eq!((start.kind, progress), (Kind::Request, Progress::Done(18)));
    }
}

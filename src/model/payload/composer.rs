//! Reads a payload as it was written, from left to right, and makes its bytes.

use bytes::Bytes;

use super::placeholder::Filler;
use super::{Fault, Fill, LineEnding, MAX_PAYLOAD, Notation};

/// A fault and the byte of the written text where it is.
pub(super) type Placed<T> = Result<T, (usize, Fault)>;

/// Reads what was written from left to right.
pub(super) struct Composer<'a> {
    written: &'a str,
    at: usize,
    out: Vec<u8>,
    filler: Filler,
}

impl<'a> Composer<'a> {
    pub(super) fn new(written: &'a str, fill: &Fill) -> Self {
        Self { written, at: 0, out: Vec::new(), filler: Filler::new(*fill) }
    }

    pub(super) fn into_bytes(self) -> Bytes {
        Bytes::from(self.out)
    }

    pub(super) fn text(&mut self, ending: LineEnding) -> Placed<()> {
        while let Some(c) = self.peek() {
            let start = self.at;
            if c == '\\' {
                self.escape()?;
            } else if self.rest().starts_with("{{") {
                self.placeholder(Notation::Text)?;
            } else {
                self.at += c.len_utf8();
                self.push_char(c);
            }
            self.check_length(start)?;
        }
        self.out.extend_from_slice(ending.bytes());
        self.check_length(self.at)
    }

    fn escape(&mut self) -> Placed<()> {
        let start = self.at;
        self.at += 1;
        let name = self.take().ok_or((start, Fault::LoneBackslash))?;
        let byte = match name {
            'r' => b'\r',
            'n' => b'\n',
            't' => b'\t',
            '0' => 0,
            'a' => 0x07,
            'b' => 0x08,
            'v' => 0x0B,
            'f' => 0x0C,
            'e' => 0x1B,
            '\\' | '{' | '}' | '"' | '\'' => name as u8,
            'x' => self.byte_escape().ok_or((start, Fault::BadByteEscape))?,
            'u' => {
                let c = self.character_escape(start)?;
                self.push_char(c);
                return Ok(());
            }
            _ => return Err((start, Fault::UnknownEscape(name))),
        };
        self.out.push(byte);
        Ok(())
    }

    fn byte_escape(&mut self) -> Option<u8> {
        let digits = self.rest().get(..2).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
        self.at += 2;
        u8::from_str_radix(digits, 16).ok()
    }

    fn character_escape(&mut self, start: usize) -> Placed<char> {
        let rest = self.rest();
        let digits = rest.strip_prefix('{').and_then(|inner| inner.split_once('}')).map(|(digits, _)| digits);
        let digits = digits
            .filter(|digits| (1..=6).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit()))
            .ok_or((start, Fault::BadCharacterEscape))?;
        let code = u32::from_str_radix(digits, 16).map_err(|_| (start, Fault::BadCharacterEscape))?;
        self.at += digits.len() + 2;
        char::from_u32(code).ok_or((start, Fault::NoSuchCharacter(code)))
    }

    pub(super) fn hex(&mut self) -> Placed<()> {
        while let Some(c) = self.peek() {
            let start = self.at;
            if self.rest().starts_with("{{") {
                self.placeholder(Notation::Hex)?;
            } else if c == '#' || self.rest().starts_with("//") {
                self.at += self.rest().find('\n').unwrap_or(self.rest().len());
            } else if is_hex_prefix(self.rest()) {
                self.at += 2;
                self.digits(start, Prefix::Written)?;
            } else if c.is_ascii_hexdigit() {
                self.digits(start, Prefix::Absent)?;
            } else if c.is_whitespace() || ",;:.-_|{}[]()\"'".contains(c) {
                self.at += c.len_utf8();
            } else {
                return Err((start, Fault::NotHex(c)));
            }
            self.check_length(start)?;
        }
        Ok(())
    }

    /// A run of hex digits; after `0x` one alone is a byte as well.
    fn digits(&mut self, start: usize, prefix: Prefix) -> Placed<()> {
        let from = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_hexdigit()) && !(self.at > from && is_hex_prefix(self.rest())) {
            self.at += 1;
        }
        let run = &self.written[from..self.at];
        match (run.len(), prefix) {
            (0, _) => match self.peek() {
                Some(c) if !c.is_whitespace() => Err((self.at, Fault::NotHex(c))),
                Some(_) | None => Err((start, Fault::DigitsMissing)),
            },
            (length, Prefix::Absent) if length % 2 == 1 => Err((start, Fault::OddDigits(length))),
            (length, Prefix::Written) if length % 2 == 1 && length > 1 => Err((start, Fault::OddDigits(length))),
            _ => {
                let pairs = run.as_bytes().chunks(2);
                self.out.extend(pairs.map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | nibble(*digit))));
                Ok(())
            }
        }
    }

    fn placeholder(&mut self, notation: Notation) -> Placed<()> {
        let start = self.at;
        let inside = self.rest().get(2..).unwrap_or_default();
        let (inside, _) = inside.split_once("}}").ok_or((start, Fault::OpenPlaceholder))?;
        self.at += inside.len() + 4;
        self.filler.fill(inside, notation, &mut self.out).map_err(|fault| (start, fault))
    }

    fn check_length(&self, start: usize) -> Placed<()> {
        if self.out.len() > MAX_PAYLOAD { Err((start, Fault::TooLong)) } else { Ok(()) }
    }

    fn push_char(&mut self, c: char) {
        self.out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }

    fn rest(&self) -> &'a str {
        self.written.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }
}

/// Whether `0x` or `\x` stood before a run of hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Prefix {
    Written,
    Absent,
}

fn is_hex_prefix(text: &str) -> bool {
    ["0x", "0X", "\\x", "\\X"].iter().any(|prefix| text.starts_with(prefix))
}

fn nibble(digit: u8) -> u8 {
    char::from(digit).to_digit(16).map_or(0, |value| value as u8)
}

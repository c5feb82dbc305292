//! A filter's text as tokens with their places.

use std::net::IpAddr;
use std::ops::Range;

use super::problem::Problem;

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A name or an unquoted value: `tcp.port`, `80`, `10.0.0.0/8`, `47:45:54`.
    Word,
    /// What stood between quotes, its escapes read.
    Quoted(Vec<u8>),
    /// One character between single quotes, as its number.
    Character(u8),
    /// A sign: `==`, `(`, `..`.
    Sign(&'static str),
}

/// A token and the bytes of the text it stands at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lexeme {
    /// What it is.
    pub token: Token,
    /// Where it is.
    pub span: Range<usize>,
}

/// The signs, the longer before those they begin with.
const SIGNS: [&str; 34] = [
    "===", "!==", "==", "!=", "~=", ">=", "<=", "&&", "||", "^^", "..", "(", ")", "[", "]", "{", "}", ",", ">", "<",
    "~", "!", "&", "+", "-", "*", "/", "%", "=", "#", "@", "$", "|", ":",
];

/// The tokens of a text.
pub fn lex(text: &str) -> Result<Vec<Lexeme>, Problem> {
    let mut lexer = Lexer { text, at: 0, in_slice: false };
    let mut found = Vec::new();
    while let Some(lexeme) = lexer.next()? {
        found.push(lexeme);
    }
    Ok(found)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// Between the brackets of a slice a hyphen and a colon stand between numbers, never in a word.
    in_slice: bool,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn next(&mut self) -> Result<Option<Lexeme>, Problem> {
        self.at += self.rest().len() - self.rest().trim_start().len();
        let start = self.at;
        let Some(first) = self.rest().chars().next() else { return Ok(None) };
        let token = match first {
            '"' => self.quoted()?,
            'r' | 'R' if self.rest()[1..].starts_with('"') => self.raw()?,
            '\'' => self.character()?,
            _ => match self.word_length() {
                0 => self.sign(first)?,
                length => {
                    self.at += length;
                    Token::Word
                }
            },
        };
        match token {
            Token::Sign("[") => self.in_slice = true,
            Token::Sign("]") => self.in_slice = false,
            Token::Sign(_) | Token::Word | Token::Quoted(_) | Token::Character(_) => {}
        }
        Ok(Some(Lexeme { token, span: start..self.at }))
    }

    fn sign(&mut self, first: char) -> Result<Token, Problem> {
        let Some(sign) = SIGNS.into_iter().find(|sign| self.rest().starts_with(sign)) else {
            let what = format!("\"{}\" does not belong here", first.escape_debug());
            if first == '^' {
                return Err(Problem::new(self.at..self.at + 1, what).hint("write xor").unfinished_at(self.text.len()));
            }
            return Err(Problem::new(self.at..self.at + first.len_utf8(), what).hint("write text in quotes"));
        };
        self.at += sign.len();
        Ok(Token::Sign(sign))
    }

    /// How many bytes of a word stand here.
    fn word_length(&self) -> usize {
        let bytes = self.rest().as_bytes();
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let mut length = 0;
        while let Some(byte) = bytes.get(length) {
            let next = bytes.get(length + 1).copied();
            let is_word = match byte {
                _ if is_part(*byte) => true,
                _ if self.in_slice => false,
                b'.' => next.is_some_and(is_part) || (length > 0 && next != Some(b'.')),
                b':' => length > 0 || next.is_some_and(|byte| byte == b':' || is_part(byte)),
                b'-' => length > 0 && next.is_some_and(is_part),
                _ => false,
            };
            if !is_word {
                break;
            }
            length += 1;
        }
        length + self.mask_length(length)
    }

    /// How many bytes the `/8` of a network has, behind an address of that length.
    fn mask_length(&self, address: usize) -> usize {
        let (address, rest) = self.rest().split_at(address);
        let digits = rest.strip_prefix('/').map_or(0, |mask| mask.bytes().take_while(u8::is_ascii_digit).count());
        let is_address = address.contains(['.', ':']) && address.parse::<IpAddr>().is_ok();
        if digits > 0 && is_address { digits + 1 } else { 0 }
    }

    fn raw(&mut self) -> Result<Token, Problem> {
        let start = self.at;
        let inner = start + 2;
        let bytes = self.text.as_bytes();
        let mut end = inner;
        while let Some(byte) = bytes.get(end) {
            match byte {
                b'"' => {
                    self.at = end + 1;
                    return Ok(Token::Quoted(bytes[inner..end].to_vec()));
                }
                b'\\' => end += 2,
                _ => end += 1,
            }
        }
        Err(self.no_closing_quote(start))
    }

    fn quoted(&mut self) -> Result<Token, Problem> {
        let start = self.at;
        let mut out = Vec::new();
        self.at += 1;
        loop {
            match self.rest().chars().next() {
                None => return Err(self.no_closing_quote(start)),
                Some('"') => {
                    self.at += 1;
                    return Ok(Token::Quoted(out));
                }
                Some('\\') => self.escape(&mut out)?,
                Some(letter) => {
                    self.at += letter.len_utf8();
                    out.extend(letter.encode_utf8(&mut [0; 4]).bytes());
                }
            }
        }
    }

    fn no_closing_quote(&self, start: usize) -> Problem {
        Problem::new(start..self.text.len(), "the closing quote is missing").unfinished()
    }

    fn character(&mut self) -> Result<Token, Problem> {
        let start = self.at;
        let mut out = Vec::new();
        self.at += 1;
        match self.rest().chars().next() {
            Some('\\') => self.escape(&mut out)?,
            Some(letter) if letter != '\'' => {
                self.at += letter.len_utf8();
                out.extend(letter.encode_utf8(&mut [0; 4]).bytes());
            }
            Some(_) | None => {}
        }
        let is_closed = self.rest().starts_with('\'');
        if let ([byte], true) = (&out[..], is_closed) {
            self.at += 1;
            return Ok(Token::Character(*byte));
        }
        let end = self.rest().find('\'').map_or(self.text.len(), |length| self.at + length + 1);
        let problem = Problem::new(start..end, "between single quotes stands one character of one byte");
        Err(problem.hint("text goes in double quotes: \"text\"").unfinished_at(self.text.len()))
    }

    /// Reads an escape; one of a byte puts that byte in, as a payload may hold any.
    fn escape(&mut self, out: &mut Vec<u8>) -> Result<(), Problem> {
        let start = self.at;
        let Some(kind) = self.rest()[1..].chars().next() else { return Err(self.no_closing_quote(start)) };
        self.at += 1 + kind.len_utf8();
        let plain = match kind {
            'a' => 7,
            'b' => 8,
            't' => b'\t',
            'n' => b'\n',
            'v' => 11,
            'f' => 12,
            'r' => b'\r',
            '"' | '\\' | '\'' => kind as u8,
            '0'..='7' => {
                self.at -= 1;
                let octal = self.digits(8, 3);
                let number = u8::from_str_radix(octal, 8);
                let beyond = || Problem::new(start..self.at, "an octal escape ends at \\377");
                out.push(number.map_err(|_| beyond())?);
                return Ok(());
            }
            'x' => {
                let byte = u8::from_str_radix(self.digits(16, 2), 16);
                out.push(byte.map_err(|_| self.wrong_escape(start, "\\x needs two hex digits"))?);
                return Ok(());
            }
            'u' | 'U' => {
                let length = if kind == 'u' { 4 } else { 8 };
                let digits = self.digits(16, length);
                let letter = u32::from_str_radix(digits, 16).ok().filter(|_| digits.len() == length);
                let Some(letter) = letter.and_then(char::from_u32) else {
                    let what = format!("\\{kind} needs {length} hex digits that are a character");
                    return Err(self.wrong_escape(start, &what));
                };
                out.extend(letter.encode_utf8(&mut [0; 4]).bytes());
                return Ok(());
            }
            _ => {
                let problem = Problem::new(start..self.at, format!("\\{} is no escape", kind.escape_debug()));
                return Err(problem.hint("write \\\\, or a raw string r\"…\" as regular expressions want"));
            }
        };
        out.push(plain);
        Ok(())
    }

    fn wrong_escape(&self, start: usize, what: &str) -> Problem {
        Problem::new(start..self.at, what).unfinished_at(self.text.len())
    }

    fn digits(&mut self, radix: u32, most: usize) -> &str {
        let start = self.at;
        let digits = self.rest().chars().take(most).take_while(|letter| letter.is_digit(radix)).count();
        self.at += digits;
        &self.text[start..self.at]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let lexemes = lex(text).expect("tokens");
        lexemes.into_iter().map(|lexeme| text[lexeme.span].to_owned()).collect()
    }

    #[test]
    fn words_signs_and_strings_are_told_apart() {
        assert_eq!(words("tcp.port==80&&!udp"), ["tcp.port", "==", "80", "&&", "!", "udp"]);
        assert_eq!(words("{80,90..100}"), ["{", "80", ",", "90", "..", "100", "}"]);
        assert_eq!(words("10.0.0.0..10.0.0.9"), ["10.0.0.0", "..", "10.0.0.9"]);
        assert_eq!(words("ip.addr == 10.0.0.0/8"), ["ip.addr", "==", "10.0.0.0/8"]);
        assert_eq!(words("tcp.port/2"), ["tcp.port", "/", "2"]);
        assert_eq!(
            words("frame[0-1,-4:2] == 47:45"),
            ["frame", "[", "0", "-", "1", ",", "-", "4", ":", "2", "]", "==", "47:45"]
        );
        assert_eq!(words("urlencoded-form.key ~ r\"a\\\"b\""), ["urlencoded-form.key", "~", "r\"a\\\"b\""]);
        assert_eq!(words("::1 fe80::1/64"), ["::1", "fe80::1/64"]);
    }

    #[test]
    fn escapes_are_bytes() {
        let quoted = |text: &str| {
            let token = lex(text).expect("tokens").remove(0).token;
            let Token::Quoted(bytes) = token else { panic!("{token:?} is not quoted") };
            bytes
        };
        assert_eq!(quoted(r#""a\n\x00\xff\101\"é\u00e9""#), b"a\n\x00\xffA\"\xc3\xa9\xc3\xa9");
        assert_eq!(quoted(r#"r"a\.b""#), br"a\.b");
        for wrong in [r#""\q""#, r#""\xz""#, r#""\ud800""#, r#""\777""#, "'ab'", "\"abc", "r\"abc\\", "'", "é"] {
            assert!(lex(wrong).is_err(), "{wrong}");
        }
    }
}

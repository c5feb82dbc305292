//! Bytes written so that something else reads them back: a program's source, a shell's hex, a mail's base64.

use super::{payload, visible};

/// Columns a line of a literal takes at most, its quotes not counted; it fits 80 with an indent.
const LINE: usize = 72;

/// Bytes a preview is made of; a menu shows no more.
const PREVIEW: usize = 40;

/// A way to write bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The text itself; what is not UTF-8 becomes `U+FFFD`.
    Text,
    /// Two digits a byte, with blanks between.
    Hex,
    /// Text with escapes, as wirelab's own payload field reads it.
    Escaped,
    /// RFC 4648 section 4.
    Base64,
    /// A C string literal; one for each line, which the compiler joins (C99 6.4.5).
    C,
    /// A Rust byte string literal.
    Rust,
    /// A Python bytes literal; in brackets when it has several lines.
    Python,
}

impl Form {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Form; 7] = [Form::Text, Form::Hex, Form::Escaped, Form::Base64, Form::C, Form::Rust, Form::Python];

    /// What a menu calls it.
    pub fn name(self) -> &'static str {
        match self {
            Form::Text => "text",
            Form::Hex => "hex",
            Form::Escaped => "escaped",
            Form::Base64 => "base64",
            Form::C => "C",
            Form::Rust => "Rust",
            Form::Python => "Python",
        }
    }

    /// What it is in a sentence: `copied 74 bytes as a Python literal`.
    pub fn words(self) -> &'static str {
        match self {
            Form::Text => "text",
            Form::Hex => "hex",
            Form::Escaped => "escaped text",
            Form::Base64 => "base64",
            Form::C => "a C literal",
            Form::Rust => "a Rust literal",
            Form::Python => "a Python literal",
        }
    }

    /// The letter that chooses it.
    pub fn letter(self) -> char {
        match self {
            Form::Text => 't',
            Form::Hex => 'h',
            Form::Escaped => 'e',
            Form::Base64 => 'b',
            Form::C => 'c',
            Form::Rust => 'r',
            Form::Python => 'p',
        }
    }

    /// The bytes, written so.
    pub fn write(self, bytes: &[u8]) -> String {
        match self {
            Form::Text => String::from_utf8_lossy(bytes).into_owned(),
            Form::Hex => payload::hex(bytes),
            Form::Escaped => visible::escaped(bytes),
            Form::Base64 => payload::base64(bytes),
            Form::C => c(bytes),
            Form::Rust => rust(bytes),
            Form::Python => python(bytes),
        }
    }

    /// The beginning of it, on one line, with a sign where that is not all.
    pub fn preview(self, bytes: &[u8]) -> String {
        let some = &bytes[..bytes.len().min(PREVIEW)];
        let written = self.write(some);
        let first = match self {
            Form::Text => written.as_str(),
            Form::Hex | Form::Escaped | Form::Base64 | Form::C | Form::Rust | Form::Python => {
                written.lines().find(|line| line.len() > 1).unwrap_or("").trim_start()
            }
        };
        let is_all = some.len() == bytes.len() && first.len() == written.len();
        if is_all { written } else { format!("{}…", first.trim_end_matches('\\')) }
    }
}

/// A C string literal. `\x` would swallow every hexadecimal digit that follows (C99 6.4.4.4), so what is no ASCII
/// letter is written with three octal digits; `?` is escaped where it could begin a trigraph.
fn c(bytes: &[u8]) -> String {
    let mut before = 0;
    let lines = lines(bytes, |byte| {
        let written = match byte {
            b'?' if before == b'?' => r"\?".to_owned(),
            b'"' | b'\\' => format!("\\{}", char::from(byte)),
            _ => plain_or_named(byte).unwrap_or_else(|| format!("\\{byte:03o}")),
        };
        before = byte;
        written
    });
    lines.iter().map(|line| format!("\"{line}\"")).collect::<Vec<_>>().join("\n")
}

/// A Rust byte string. A backslash at the end of a line skips the line's end and all blanks after it, so a line never
/// begins with a blank of its own.
fn rust(bytes: &[u8]) -> String {
    let mut lines = lines(bytes, quoted);
    for line in lines.iter_mut().skip(1) {
        if let Some(rest) = line.strip_prefix(' ') {
            *line = format!(r"\x20{rest}");
        }
    }
    format!("b\"{}\"", lines.join("\\\n  "))
}

/// A Python bytes literal; neighbours are joined within brackets.
fn python(bytes: &[u8]) -> String {
    let lines = lines(bytes, quoted);
    match &lines[..] {
        [line] => format!("b\"{line}\""),
        many => {
            let many: Vec<String> = many.iter().map(|line| format!("    b\"{line}\"\n")).collect();
            format!("(\n{})", many.concat())
        }
    }
}

/// A byte between double quotes, as Rust and Python both read it.
fn quoted(byte: u8) -> String {
    match byte {
        b'"' | b'\\' => format!("\\{}", char::from(byte)),
        _ => plain_or_named(byte).unwrap_or_else(|| format!("\\x{byte:02x}")),
    }
}

/// A letter as it is, or the escape that all of these languages know by name.
fn plain_or_named(byte: u8) -> Option<String> {
    match byte {
        b'\n' => Some(r"\n".to_owned()),
        b'\r' => Some(r"\r".to_owned()),
        b'\t' => Some(r"\t".to_owned()),
        b' '..=b'~' => Some(char::from(byte).to_string()),
        _ => None,
    }
}

/// The bytes in lines that end behind a line feed or where they are full; at least one.
fn lines(bytes: &[u8], mut write: impl FnMut(u8) -> String) -> Vec<String> {
    let mut lines = vec![String::new()];
    for (index, byte) in bytes.iter().enumerate() {
        let written = write(*byte);
        let is_after_an_end = index > 0 && bytes[index - 1] == b'\n';
        match lines.last_mut() {
            Some(line) if !is_after_an_end && line.len() + written.len() <= LINE => line.push_str(&written),
            Some(_) | None => lines.push(written),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_text_stays_on_one_line() {
        let bytes = b"GET / HTTP/1.1\xff\x00\"\\";
        let written = Form::ALL.map(|form| form.write(bytes));
        assert_eq!(
            written,
            [
                "GET / HTTP/1.1\u{fffd}\0\"\\",
                "47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 ff 00 22 5c",
                r#"GET / HTTP/1.1\xff\x00"\\"#,
                "R0VUIC8gSFRUUC8xLjH/ACJc",
                r#""GET / HTTP/1.1\377\000\"\\""#,
                r#"b"GET / HTTP/1.1\xff\x00\"\\""#,
                r#"b"GET / HTTP/1.1\xff\x00\"\\""#,
            ]
        );
    }

    #[test]
    fn a_c_literal_swallows_no_digit_and_makes_no_trigraph() {
        assert_eq!(Form::C.write(b"\x01f2"), r#""\001f2""#);
        assert_eq!(Form::C.write(b"what??/ ???"), r#""what?\?/ ?\?\?""#);
    }

    #[test]
    fn lines_end_where_the_text_has_them_and_where_they_are_full() {
        assert_eq!(Form::C.write(b"one\r\ntwo\n"), "\"one\\r\\n\"\n\"two\\n\"");
        assert_eq!(Form::Rust.write(b"one\n two"), "b\"one\\n\\\n  \\x20two\"");
        assert_eq!(Form::Python.write(b"one\ntwo"), "(\n    b\"one\\n\"\n    b\"two\"\n)");
        let long = Form::Python.write(&[0xff; 100]);
        assert!(long.lines().count() > 4 && long.lines().all(|line| line.len() < 80), "{long}");
    }

    #[test]
    fn nothing_is_an_empty_literal() {
        assert_eq!(Form::C.write(b""), r#""""#);
        assert_eq!(Form::Rust.write(b""), r#"b"""#);
        assert_eq!(Form::Python.write(b""), r#"b"""#);
    }

    #[test]
    fn a_preview_is_the_first_line() {
        assert_eq!(Form::Python.preview(b"one\ntwo"), "b\"one\\n\"…");
        assert_eq!(Form::Rust.preview(b"one\ntwo"), "b\"one\\n…");
        assert_eq!(Form::C.preview(b""), r#""""#);
        assert!(Form::Hex.preview(&[0; 5000]).len() < 200);
    }

    #[test]
    fn each_form_has_a_letter_of_its_own() {
        let letters: std::collections::BTreeSet<char> = Form::ALL.into_iter().map(Form::letter).collect();
        assert_eq!(letters.len(), Form::ALL.len());
    }
}

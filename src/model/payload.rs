//! What the user types to send, turned into bytes.
//!
//! Text has escapes, the same that [`visible::escaped`](super::visible::escaped) writes. Hex is
//! forgiving. Both have placeholders, filled anew at each send: in text as text, in hex as the same value
//! in binary, most significant byte first.
//!
//! | placeholder     | in text                              | in hex                                |
//! |-----------------|--------------------------------------|---------------------------------------|
//! | `{{counter}}`   | decimal digits                       | 8 bytes                               |
//! | `{{time}}`      | RFC 3339 in UTC, with microseconds   | 8 bytes: nanoseconds since 1970       |
//! | `{{uuid}}`      | a version 4 UUID (RFC 9562), 36 characters | its 16 bytes                    |
//! | `{{random N}}`  | N letters and digits                 | N bytes                               |

mod composer;
mod placeholder;

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use thiserror::Error;

use super::Timestamp;
use composer::Composer;

/// The most bytes one composed payload may have, 1 MiB: more than anyone types, and little enough to be shown
/// before it is sent. What is larger is sent from a file.
pub const MAX_PAYLOAD: usize = 1 << 20;

/// How the payload is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Notation {
    /// Text with escapes: `GET /\r\n`, `\x00`, `\u{e9}`.
    #[default]
    Text,
    /// Pairs of hex digits, however they are separated: `de ad`, `0xDE,0xAD`, `dead`.
    Hex,
}

impl Notation {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Notation; 2] = [Notation::Text, Notation::Hex];

    /// The name shown.
    pub fn name(self) -> &'static str {
        match self {
            Notation::Text => "text",
            Notation::Hex => "hex",
        }
    }

    /// The one after it, round and round.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Notation::Text => Notation::Hex,
            Notation::Hex => Notation::Text,
        }
    }
}

/// What is added after text. Hex is exact: nothing is added to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LineEnding {
    /// Nothing.
    None,
    /// A line feed.
    #[default]
    Lf,
    /// A carriage return and a line feed, as most text protocols ask.
    CrLf,
    /// A zero byte.
    Nul,
}

impl LineEnding {
    /// All of them, in the order in which they are offered.
    pub const ALL: [LineEnding; 4] = [LineEnding::None, LineEnding::Lf, LineEnding::CrLf, LineEnding::Nul];

    /// The name shown.
    pub fn name(self) -> &'static str {
        match self {
            LineEnding::None => "no line end",
            LineEnding::Lf => "LF",
            LineEnding::CrLf => "CRLF",
            LineEnding::Nul => "NUL",
        }
    }

    /// The one after it, round and round.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            LineEnding::None => LineEnding::Lf,
            LineEnding::Lf => LineEnding::CrLf,
            LineEnding::CrLf => LineEnding::Nul,
            LineEnding::Nul => LineEnding::None,
        }
    }

    /// The bytes added.
    pub fn bytes(self) -> &'static [u8] {
        match self {
            LineEnding::None => b"",
            LineEnding::Lf => b"\n",
            LineEnding::CrLf => b"\r\n",
            LineEnding::Nul => b"\0",
        }
    }
}

/// What placeholders are filled with. The same `Fill` gives the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fill {
    /// How many payloads were sent before, or whatever else is counted.
    pub counter: u64,
    /// The moment of sending.
    pub at: Timestamp,
    /// Where chance comes from. It is mixed with the counter, so one seed serves a whole series.
    pub seed: u64,
}

/// Why what was written cannot be sent; it says what would be right.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{fault} (character {})", self.character)]
pub struct PayloadError {
    /// Which character is wrong, counted from 1.
    pub character: usize,
    /// Where it stands in what was written, in bytes.
    pub offset: usize,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What can be wrong with a payload.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// A backslash before something that makes no escape.
    #[error(r"\{} is no escape; write \\ for a backslash, or one of \r \n \t \0 \a \b \e \xNN \u{{e9}}", Shown(*.0))]
    UnknownEscape(char),
    /// A backslash at the very end.
    #[error(r"a single \ stands at the end; write \\ for a backslash")]
    LoneBackslash,
    /// `\x` without two hex digits.
    #[error(r"\x needs two hex digits, as in \x0a; write \\x for a backslash and an x")]
    BadByteEscape,
    /// `\u` without a character's number in braces.
    #[error(r"\u needs a character's number in braces, as in \u{{e9}}; write \\u for a backslash and a u")]
    BadCharacterEscape,
    /// A number that is no Unicode character.
    #[error("U+{0:X} is not a Unicode character; use 0 to D7FF or E000 to 10FFFF")]
    NoSuchCharacter(u32),
    /// Something in hex that is neither a digit nor a separator.
    #[error("{} is not a hex digit; use 0-9 and a-f, two for each byte", Quoted(*.0))]
    NotHex(char),
    /// A group of hex digits with one left over.
    #[error("an odd number of hex digits ({0}) stands here; write two for each byte, such as 05 for 5")]
    OddDigits(usize),
    /// `0x` or `\x` with nothing after it.
    #[error("hex digits are missing after 0x")]
    DigitsMissing,
    /// `{{` without `}}`.
    #[error(r"}}}} is missing to end the placeholder; write \{{{{ for two braces")]
    OpenPlaceholder,
    /// A placeholder that is none of ours, and the one it may have been meant to be.
    #[error("{{{{{0}}}}} is not known; did you mean {{{{{1}}}}}?")]
    UnknownPlaceholder(String, &'static str),
    /// A placeholder with an argument that it does not take, or without one that it needs.
    #[error("write {{{{{0}}}}}, with {1}")]
    BadArgument(&'static str, &'static str),
    /// More bytes than [`MAX_PAYLOAD`].
    #[error("the payload grows beyond {} KiB here; send what is larger from a file", MAX_PAYLOAD / 1024)]
    TooLong,
}

/// A character that may be anything, made visible.
struct Shown(char);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&super::visible::joined(&super::visible::text(self.0.encode_utf8(&mut [0; 4]), 12)))
    }
}

struct Quoted(char);

impl fmt::Display for Quoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", Shown(self.0))
    }
}

/// Turns what was written into the bytes to send.
///
/// # Errors
/// Says which character is wrong, why, and what would be right.
pub fn compose(written: &str, notation: Notation, ending: LineEnding, fill: &Fill) -> Result<Bytes, PayloadError> {
    let mut composer = Composer::new(written, fill);
    let done = match notation {
        Notation::Text => composer.text(ending),
        Notation::Hex => composer.hex(),
    };
    done.map_err(|(offset, fault)| PayloadError { character: written[..offset].chars().count() + 1, offset, fault })?;
    Ok(composer.into_bytes())
}

/// Whether something in it is filled anew at each send.
pub fn has_placeholders(written: &str) -> bool {
    let mut rest = written;
    while let Some(at) = rest.find(['\\', '{']) {
        if rest[at..].starts_with("{{") {
            return true;
        }
        let escapes_next = rest[at..].starts_with('\\');
        let skipped = rest[at..].chars().take(if escapes_next { 2 } else { 1 }).map(char::len_utf8).sum::<usize>();
        rest = &rest[at + skipped..];
    }
    false
}

/// Bytes as pairs of hex digits: `68 65 6c 6c 6f`.
pub fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 3);
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        out.extend([byte >> 4, byte & 15].map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)])));
    }
    out
}

/// Bytes in base64 (RFC 4648 section 4), with padding.
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::visible;

    const FILL: Fill = Fill { counter: 42, at: Timestamp(1_769_860_981_204_417_000), seed: 7 };

    fn text(written: &str) -> Result<Bytes, PayloadError> {
        compose(written, Notation::Text, LineEnding::None, &FILL)
    }

    fn hexed(written: &str) -> Result<Bytes, PayloadError> {
        compose(written, Notation::Hex, LineEnding::Lf, &FILL)
    }

    fn words(result: Result<Bytes, PayloadError>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn text_is_sent_as_written_with_its_escapes() {
        assert_eq!(text("héllo").unwrap(), "héllo".as_bytes());
        assert_eq!(text(r"\r\n\t\0\a\b\e\\\x7f\xFF\u{e9}").unwrap(), &b"\r\n\t\0\x07\x08\x1b\\\x7f\xff\xc3\xa9"[..]);
        assert_eq!(text(r#"{"a":{"b":"\"c\""}}"#).unwrap(), r#"{"a":{"b":""c""}}"#);
        assert_eq!(text("").unwrap(), "");
    }

    #[test]
    fn the_line_ending_follows_text_but_not_hex() {
        let ended = |ending| compose("hi", Notation::Text, ending, &FILL).unwrap();
        assert_eq!(LineEnding::ALL.map(ended), ["hi", "hi\n", "hi\r\n", "hi\0"]);
        assert_eq!(hexed("6869").unwrap(), "hi");
        let mut seen = LineEnding::None;
        for ending in LineEnding::ALL {
            assert_eq!(seen, ending);
            seen = seen.next();
        }
        assert_eq!(seen, LineEnding::None);
    }

    #[test]
    fn a_wrong_escape_is_told_with_its_place_and_remedy() {
        assert_eq!(
            words(text(r"é\qx")),
            r"\q is no escape; write \\ for a backslash, or one of \r \n \t \0 \a \b \e \xNN \u{e9} (character 2)"
        );
        assert_eq!(text(r"é\qx").unwrap_err().offset, 2);
        assert_eq!(words(text("a\\")), r"a single \ stands at the end; write \\ for a backslash (character 2)");
        assert!(words(text(r"\x1")).starts_with(r"\x needs two hex digits"));
        assert!(words(text(r"\x+1")).starts_with(r"\x needs two hex digits"));
        assert!(words(text(r"\xé")).starts_with(r"\x needs two hex digits"));
        assert!(words(text(r"\u00e9")).starts_with(r"\u needs a character's number in braces, as in \u{e9}"));
        assert!(words(text(r"\u{d800}")).starts_with("U+D800 is not a Unicode character"));
        assert!(words(text("\\\u{202e}")).starts_with(r"\<202E> is no escape"), "the message is safe to show");
    }

    #[test]
    fn hex_is_read_however_it_was_copied() {
        for written in [
            "de ad be ef",
            "deadbeef",
            "DEAD BEEF",
            "0xDE,0xAD,0xBE,0xEF",
            "0xdeadbeef",
            "0xde0xad0xbe0xef",
            "DE:AD:BE:EF",
            "de-ad-be-ef",
            r"\xde\xad\xbe\xef",
            r#""\xde\xad" "\xbe\xef""#,
            "{0xde, 0xad,\n 0xbe, 0xef};",
            "[de, ad, be, ef]",
            "de ad # the first half\nbe ef // the rest",
        ] {
            assert_eq!(hexed(written).unwrap_or_else(|error| panic!("{written}: {error}")), &b"\xde\xad\xbe\xef"[..]);
        }
        assert_eq!(hexed("0x5, 0xA").unwrap(), &b"\x05\x0a"[..]);
        assert_eq!(hexed(" ").unwrap(), "");
    }

    #[test]
    fn wrong_hex_is_told_with_its_place() {
        assert_eq!(
            words(hexed("de ag")),
            "an odd number of hex digits (1) stands here; write two for each byte, such as 05 for 5 (character 4)"
        );
        assert_eq!(words(hexed("de zz")), "\"z\" is not a hex digit; use 0-9 and a-f, two for each byte (character 4)");
        assert!(words(hexed("0xabc")).starts_with("an odd number of hex digits (3)"));
        assert_eq!(words(hexed("de 0x")), "hex digits are missing after 0x (character 4)");
        assert_eq!(words(hexed("0xzz")), "\"z\" is not a hex digit; use 0-9 and a-f, two for each byte (character 3)");
        assert!(words(hexed("é")).starts_with("\"é\" is not a hex digit"));
    }

    #[test]
    fn placeholders_are_filled_as_text_in_text() {
        let filled = |written| String::from_utf8(text(written).unwrap().to_vec()).unwrap();
        assert_eq!(filled("n={{counter}};"), "n=42;");
        assert_eq!(filled("{{ time }}"), "2026-01-31T12:03:01.204417Z");
        let uuid = uuid::Uuid::parse_str(&filled("{{uuid}}")).unwrap();
        assert_eq!(uuid.get_version_num(), 4);
        let random = filled("{{random 12}}");
        assert!(random.len() == 12 && random.bytes().all(|b| b.is_ascii_alphanumeric()), "{random}");
        assert_eq!(filled(r"\{{counter}} {x}"), "{{counter}} {x}");
    }

    #[test]
    fn placeholders_are_filled_in_binary_in_hex() {
        assert_eq!(hexed("01 {{counter}} 02").unwrap(), &b"\x01\0\0\0\0\0\0\0\x2a\x02"[..]);
        assert_eq!(hexed("{{time}}").unwrap(), FILL.at.0.to_be_bytes()[..]);
        assert_eq!(hexed("{{uuid}}").unwrap().len(), 16);
        assert_eq!(hexed("{{random 300}}").unwrap().len(), 300);
    }

    #[test]
    fn the_same_fill_gives_the_same_bytes_and_the_next_of_a_series_others() {
        let written = "{{uuid}} {{random 20}}";
        assert_eq!(text(written), text(written));
        let next = Fill { counter: 43, ..FILL };
        assert_ne!(text(written), compose(written, Notation::Text, LineEnding::None, &next));
        let both = String::from_utf8(text("{{random 20}}{{random 20}}").unwrap().to_vec()).unwrap();
        assert_ne!(both[..20], both[20..]);
    }

    #[test]
    fn a_wrong_placeholder_is_told_with_the_right_one() {
        assert_eq!(words(text("a{{tiem}}")), "{{tiem}} is not known; did you mean {{time}}? (character 2)");
        assert!(words(text("{{uid}}")).contains("did you mean {{uuid}}?"));
        assert!(words(text("{{Count}}")).contains("did you mean {{counter}}?"));
        assert!(words(text("{{rand 5}}")).contains("did you mean {{random 8}}?"));
        assert_eq!(words(text("{{random}}")), "write {{random 8}}, with a number from 1 to 1048576 (character 1)");
        assert!(words(text("{{random -1}}")).starts_with("write {{random 8}}"));
        assert!(words(text("{{random 99999999999999999999}}")).starts_with("write {{random 8}}"));
        assert!(words(text("{{time now}}")).starts_with("write {{time}}, with nothing after the name"));
        assert_eq!(
            words(text("x {{")),
            r"}} is missing to end the placeholder; write \{{ for two braces (character 3)"
        );
        assert!(words(text("{{\u{1b}[31m}}")).starts_with(r"{{\e[31m}} is not known"), "the message is safe to show");
    }

    #[test]
    fn a_payload_stays_within_the_limit() {
        assert_eq!(text(&"x".repeat(MAX_PAYLOAD)).unwrap().len(), MAX_PAYLOAD);
        let error = text(&"x".repeat(MAX_PAYLOAD + 1)).unwrap_err();
        assert_eq!((error.fault, error.character), (Fault::TooLong, MAX_PAYLOAD + 1));
        assert_eq!(text("{{random 1048576}}{{random 1048576}}").unwrap_err().fault, Fault::TooLong);
    }

    #[test]
    fn finds_placeholders_but_not_escaped_ones() {
        assert!(has_placeholders("a {{time}}"));
        assert!(has_placeholders(r"\\{{time}}"));
        assert!(!has_placeholders(r"\{{time}}"));
        assert!(!has_placeholders("{a} { {b} \\"));
    }

    #[test]
    fn writes_bytes_as_hex_and_base64() {
        assert_eq!(hex(b"hello"), "68 65 6c 6c 6f");
        assert_eq!(hex(b""), "");
        assert_eq!(base64(b"hello"), "aGVsbG8=");
    }

    proptest! {
        #[test]
        fn escaped_bytes_are_read_back_as_they_were(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(text(&visible::escaped(&bytes)).unwrap(), bytes);
        }

        #[test]
        fn escaped_text_is_read_back_as_it_was(written in r"([ -~]|\PC|[\\{}]{1,4}|\p{M}{1,6}|\n){0,40}") {
            prop_assert_eq!(text(&visible::escaped(written.as_bytes())).unwrap(), written.as_bytes());
        }

        #[test]
        fn hex_is_read_back_as_it_was(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(hexed(&hex(&bytes)).unwrap(), bytes);
        }

        #[test]
        fn anything_may_be_written(written in r"([ -~]|\PC|\\[a-z]|\{\{|\}\}|0x){0,40}") {
            for notation in Notation::ALL {
                if let Err(error) = compose(&written, notation, LineEnding::CrLf, &FILL) {
                    prop_assert!(error.offset <= written.len() && written.is_char_boundary(error.offset));
                    prop_assert!(!error.to_string().contains(char::is_control));
                }
            }
        }
    }
}

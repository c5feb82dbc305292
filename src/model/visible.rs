//! Bytes from outside made safe and plain to see: nothing that acts on a terminal is left.
//!
//! Whatever comes out of here holds no control, no bidi control, nothing without a width but a few
//! combining marks on a letter, and no invalid UTF-8: those are spelled out (CWE-150, CVE-2021-42574).
//! Letters of right-to-left scripts stay as they are, in the order in which they were sent.
//! Two spellings: pictures, for reading (`\n`, `^A`, `<202E>`, `\xFF`), and escapes, which
//! [`payload`](super::payload) turns back into the same bytes (`\n`, `\u{202e}`, `\xff`).

mod atom;
#[cfg(debug_assertions)]
pub mod work;

use std::borrow::Cow;
use std::ops::Range;

use unicode_width::UnicodeWidthStr;

use atom::{Atom, Atoms};

/// Columns from one tab stop to the next.
const TAB: usize = 8;

/// Stands where something was cut off, or where a cell is too narrow for what belongs there.
const CUT: &str = "…";

/// A part of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text as it was sent.
    Plain(String),
    /// A sign that stands for something else; to be drawn so that it is not taken for text.
    Symbol(String),
}

impl Piece {
    /// What is drawn.
    pub fn as_str(&self) -> &str {
        match self {
            Piece::Plain(text) | Piece::Symbol(text) => text,
        }
    }
}

/// The pieces as one string, for places without colours.
pub fn joined(pieces: &[Piece]) -> String {
    pieces.iter().map(Piece::as_str).collect()
}

/// The columns that pieces take together.
pub fn columns(pieces: &[Piece]) -> usize {
    pieces.iter().map(|piece| atom::columns_of(piece.as_str())).sum()
}

/// All of `bytes` on one line of at most `columns` columns, ending in `…` when there is more.
/// Looks at only as many bytes as fill the line.
pub fn line(bytes: &[u8], columns: usize) -> Vec<Piece> {
    if let Some(text) = plain(bytes, columns).filter(|text| !text.is_empty()) {
        return vec![Piece::Plain(text.to_owned())];
    }
    let mut laid: Vec<(Cow<'_, str>, Kind, usize)> = Vec::new();
    let mut used = 0;
    let mut is_cut = false;
    for (span, atom) in Atoms::from(bytes, 0) {
        let width = width_of(atom, Spelling::Pictures, bytes, span.end);
        let (text, kind) = spell(atom, Spelling::Pictures, bytes, span.end);
        laid.push((text, kind, width));
        used += width;
        if used > columns {
            is_cut = true;
            break;
        }
    }
    while is_cut && used + 1 > columns {
        let Some((_, _, width)) = laid.pop() else { break };
        used -= width;
    }
    let mut row = RowBuilder::default();
    for (text, kind, _) in &laid {
        row.push(text, *kind);
    }
    if is_cut && columns > 0 {
        row.push(CUT, Kind::Symbol);
    }
    row.pieces
}

/// The same as one string, put behind `out`.
pub fn push_line(bytes: &[u8], columns: usize, out: &mut String) {
    match plain(bytes, columns) {
        Some(text) => out.push_str(text),
        None => line(bytes, columns).iter().for_each(|piece| out.push_str(piece.as_str())),
    }
}

/// Bytes that are their own line: ASCII's letters and signs, of which most that is shown is made, and few enough.
fn plain(bytes: &[u8], columns: usize) -> Option<&str> {
    let is_plain = bytes.len() <= columns && bytes.iter().all(|byte| (b' '..=b'~').contains(byte));
    if is_plain { std::str::from_utf8(bytes).ok() } else { None }
}

/// The same for text, which may hold any character too.
pub fn text(text: &str, columns: usize) -> Vec<Piece> {
    line(text.as_bytes(), columns)
}

/// All of `bytes` as printable text from which [`payload::compose`](super::payload::compose) makes the
/// same bytes again: `hello\r\n\x00`.
pub fn escaped(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for (span, atom) in Atoms::from(bytes, 0) {
        out.push_str(&spell(atom, Spelling::Escapes, bytes, span.end).0);
    }
    out
}

/// The text with what cannot be seen spelled as escapes; what can be seen, backslashes too, stays as it is.
pub fn escaped_hidden(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(bytes.len());
    for (span, atom) in Atoms::from(bytes, 0) {
        match atom {
            Atom::Cluster(cluster, _) => out.push_str(cluster),
            Atom::Hidden(_) | Atom::Invalid(_) => out.push_str(&spell(atom, Spelling::Escapes, bytes, span.end).0),
        }
    }
    out
}

/// A sentence of ours in lines of at most so many columns, broken between words; a longer word is cut.
pub fn folded(sentence: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut used = 0;
    for word in sentence.split_whitespace() {
        let word = joined(&text(word, columns));
        let width = word.width();
        match lines.last_mut() {
            Some(line) if used + 1 + width <= columns => {
                line.push(' ');
                line.push_str(&word);
                used += 1 + width;
            }
            Some(_) | None => {
                lines.push(word);
                used = width;
            }
        }
    }
    lines
}

/// How bytes are broken into rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wrap {
    /// Line ends (LF, CRLF) end a row and are not drawn, tabs reach to the next stop, the rest is pictures.
    Text,
    /// Escapes; a row ends after `\n`.
    Escapes,
}

/// A row of wrapped bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The bytes it shows, its line end with them.
    pub span: Range<usize>,
    /// What is drawn.
    pub pieces: Vec<Piece>,
}

/// The rows of `bytes` in `columns` columns (at least one), made as they are asked for.
pub fn rows(bytes: &[u8], columns: usize, wrap: Wrap) -> impl Iterator<Item = Row> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let row = row_at(bytes, at, columns, wrap)?;
        at = row.span.end;
        Some(row)
    })
}

/// The row that begins at byte `start`; None at the end of `bytes`.
pub fn row_at(bytes: &[u8], start: usize, columns: usize, wrap: Wrap) -> Option<Row> {
    let mut row = RowBuilder::default();
    let end = lay(bytes, start, columns, wrap, |text, _, _| {
        let (text, kind) = text.spelled(bytes);
        row.push(&text, kind);
    })?;
    Some(Row { span: start..end, pieces: row.pieces })
}

/// Where the row that begins at byte `start` ends; None at the end of `bytes`.
pub fn row_end(bytes: &[u8], start: usize, columns: usize, wrap: Wrap) -> Option<usize> {
    lay(bytes, start, columns, wrap, |_, _, _| {})
}

/// The bytes of what stands at a column of the row that begins at byte `start`; None behind the last of them.
pub fn bytes_at(bytes: &[u8], start: usize, columns: usize, wrap: Wrap, column: usize) -> Option<Range<usize>> {
    let mut found = None;
    lay(bytes, start, columns, wrap, |_, span, taken| {
        if taken.contains(&column) {
            found = Some(span);
        }
    })?;
    found
}

/// The columns that these bytes take on the row that begins at byte `start`; None when none is on it.
pub fn columns_of(
    bytes: &[u8],
    start: usize,
    columns: usize,
    wrap: Wrap,
    chosen: &Range<usize>,
) -> Option<Range<usize>> {
    let mut found: Option<Range<usize>> = None;
    lay(bytes, start, columns, wrap, |_, span, taken| {
        if span.start < chosen.end && chosen.start < span.end {
            found = Some(found.as_ref().map_or(taken.start, |found| found.start)..taken.end);
        }
    })?;
    found
}

/// One thing put on a row.
enum Laid<'a> {
    Atom(Atom<'a>, Spelling, usize),
    Blank(usize),
    TooWide,
}

impl<'a> Laid<'a> {
    fn spelled(&self, bytes: &[u8]) -> (Cow<'a, str>, Kind) {
        match self {
            Laid::Atom(atom, spelling, end) => spell(*atom, *spelling, bytes, *end),
            Laid::Blank(columns) => (Cow::Owned(" ".repeat(*columns)), Kind::Plain),
            Laid::TooWide => (Cow::Borrowed(CUT), Kind::Symbol),
        }
    }
}

/// Lays one row from byte `start` on, telling `sink` what stands on it, of which bytes, in which columns; says where
/// it ends.
fn lay<'a>(
    bytes: &'a [u8],
    start: usize,
    columns: usize,
    wrap: Wrap,
    mut sink: impl FnMut(Laid<'a>, Range<usize>, Range<usize>),
) -> Option<usize> {
    let columns = columns.max(1);
    let spelling = match wrap {
        Wrap::Text => Spelling::Pictures,
        Wrap::Escapes => Spelling::Escapes,
    };
    let (mut used, mut end) = (0, None);
    for (span, atom) in Atoms::from(bytes, start) {
        if wrap == Wrap::Text
            && let Some(after) = line_end(bytes, span.start)
        {
            return Some(after);
        }
        let is_tab = wrap == Wrap::Text && atom == Atom::Hidden('\t');
        let width = if is_tab { TAB - used % TAB } else { width_of(atom, spelling, bytes, span.end) };
        let room = columns - used;
        if room == 0 || (width > room && used > 0 && !is_tab) {
            break;
        }
        let taken = used..used + width.min(room);
        used = taken.end;
        end = Some(span.end);
        let laid = match (is_tab, width > room) {
            (true, _) => Laid::Blank(width.min(room)),
            (false, true) => Laid::TooWide,
            (false, false) => Laid::Atom(atom, spelling, span.end),
        };
        sink(laid, span, taken);
        if wrap == Wrap::Escapes && atom == Atom::Hidden('\n') {
            break;
        }
    }
    end
}

/// Where a line end that stands at `at` ends.
fn line_end(bytes: &[u8], at: usize) -> Option<usize> {
    match (bytes.get(at)?, bytes.get(at + 1)) {
        (b'\n', _) => Some(at + 1),
        (b'\r', Some(b'\n')) => Some(at + 2),
        _ => None,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spelling {
    Pictures,
    Escapes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Symbol,
}

/// An atom as it is drawn. What follows it, at `end`, decides whether a brace has to be escaped.
fn spell<'a>(atom: Atom<'a>, spelling: Spelling, bytes: &[u8], end: usize) -> (Cow<'a, str>, Kind) {
    match (spelling, atom) {
        (Spelling::Escapes, Atom::Cluster(text, _)) if text.starts_with('\\') => {
            (Cow::Owned(format!("\\{text}")), Kind::Symbol)
        }
        (Spelling::Escapes, Atom::Cluster("{", _)) if bytes.get(end) == Some(&b'{') => {
            (Cow::Borrowed(r"\{"), Kind::Symbol)
        }
        (_, Atom::Cluster(text, _)) => (Cow::Borrowed(text), Kind::Plain),
        (Spelling::Pictures, Atom::Hidden(c)) => (Cow::Owned(picture(c)), Kind::Symbol),
        (Spelling::Escapes, Atom::Hidden(c)) => (escape(c), Kind::Symbol),
        (Spelling::Pictures, Atom::Invalid(byte)) => (Cow::Owned(format!("\\x{byte:02X}")), Kind::Symbol),
        (Spelling::Escapes, Atom::Invalid(byte)) => (Cow::Owned(format!("\\x{byte:02x}")), Kind::Symbol),
    }
}

/// The columns [`spell`] fills, without making the text.
fn width_of(atom: Atom<'_>, spelling: Spelling, bytes: &[u8], end: usize) -> usize {
    match (spelling, atom) {
        (Spelling::Escapes, Atom::Cluster(text, columns)) if text.starts_with('\\') => columns + 1,
        (Spelling::Escapes, Atom::Cluster("{", _)) if bytes.get(end) == Some(&b'{') => 2,
        (_, Atom::Cluster(_, columns)) => columns,
        (_, Atom::Invalid(_)) => 4,
        (Spelling::Pictures, Atom::Hidden(c)) if c.is_ascii() => 2,
        (Spelling::Pictures, Atom::Hidden(c)) if c <= '\u{FF}' => 4,
        (Spelling::Pictures, Atom::Hidden(c)) => 2 + hex_digits(c).max(4),
        (Spelling::Escapes, Atom::Hidden('\r' | '\n' | '\t')) => 2,
        (Spelling::Escapes, Atom::Hidden(c)) if c.is_ascii() => 4,
        (Spelling::Escapes, Atom::Hidden(c)) => 4 + hex_digits(c),
    }
}

fn hex_digits(c: char) -> usize {
    (u32::from(c).max(1).ilog2() / 4 + 1) as usize
}

/// `\n` and its like for the controls that programmers write so, `^A` for ASCII's others, `<9B>` and `<202E>` for
/// the rest. All of it ASCII, because fonts for terminals lack most of Unicode's control pictures.
fn picture(c: char) -> String {
    match u32::from(c) {
        0 => r"\0".to_owned(),
        0x09 => r"\t".to_owned(),
        0x0A => r"\n".to_owned(),
        0x0D => r"\r".to_owned(),
        0x1B => r"\e".to_owned(),
        code @ (0..0x20 | 0x7F) => format!("^{}", char::from((code as u8) ^ 0x40)),
        code @ 0x80..=0xFF => format!("<{code:02X}>"),
        code => format!("<{code:04X}>"),
    }
}

fn escape(c: char) -> Cow<'static, str> {
    match c {
        '\r' => Cow::Borrowed(r"\r"),
        '\n' => Cow::Borrowed(r"\n"),
        '\t' => Cow::Borrowed(r"\t"),
        _ if c.is_ascii() => Cow::Owned(format!("\\x{:02x}", u32::from(c))),
        _ => Cow::Owned(format!("\\u{{{:x}}}", u32::from(c))),
    }
}

/// Pieces in the making; neighbours of one kind become one.
#[derive(Debug, Default)]
struct RowBuilder {
    pieces: Vec<Piece>,
}

impl RowBuilder {
    fn push(&mut self, text: &str, kind: Kind) {
        match (self.pieces.last_mut(), kind) {
            (Some(Piece::Plain(last)), Kind::Plain) | (Some(Piece::Symbol(last)), Kind::Symbol) => last.push_str(text),
            (_, Kind::Plain) => self.pieces.push(Piece::Plain(text.to_owned())),
            (_, Kind::Symbol) => self.pieces.push(Piece::Symbol(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;
    use regex::Regex;
    use unicode_width::UnicodeWidthStr;

    use super::*;

    fn plain(text: &str) -> Piece {
        Piece::Plain(text.into())
    }

    fn symbol(text: &str) -> Piece {
        Piece::Symbol(text.into())
    }

    fn shown(bytes: &[u8], columns: usize) -> String {
        joined(&line(bytes, columns))
    }

    fn wrapped(bytes: &[u8], columns: usize, wrap: Wrap) -> Vec<String> {
        rows(bytes, columns, wrap).map(|row| joined(&row.pieces)).collect()
    }

    #[test]
    fn shows_controls_as_symbols_apart_from_the_text() {
        assert_eq!(line(b"GET /\r\n", 80), [plain("GET /"), symbol(r"\r\n")]);
        assert_eq!(line(b"\x1b]0;PWNED\x07", 80), [symbol(r"\e"), plain("]0;PWNED"), symbol("^G")]);
        assert_eq!(shown(b"a\tb\x7f\0", 80), r"a\tb^?\0");
    }

    #[test]
    fn spells_out_what_cannot_be_seen() {
        assert_eq!(shown("\u{9b}31m".as_bytes(), 80), "<9B>31m");
        assert_eq!(shown(b"\x9b31m", 80), "\\x9B31m");
        assert_eq!(shown("nimda\u{202e}".as_bytes(), 80), "nimda<202E>");
        assert_eq!(shown("a\u{200b}b\u{feff}\u{2028}\u{e0041}".as_bytes(), 80), "a<200B>b<FEFF><2028><E0041>");
        assert_eq!(shown("👨\u{200d}👩".as_bytes(), 80), "👨<200D>👩");
    }

    #[test]
    fn keeps_other_scripts_as_they_were_sent() {
        for text in ["é e\u{301}", "世界", "שלום", "नमस्ते", "สวัสดี", "❤\u{fe0f}", "👍🏽", "🇩🇪"]
        {
            assert_eq!(line(text.as_bytes(), 80), [plain(text)], "{text}");
        }
    }

    #[test]
    fn cuts_a_long_line_with_an_ellipsis_and_never_a_character_in_half() {
        assert_eq!(shown(b"abcdef", 6), "abcdef");
        assert_eq!(shown(b"abcdefg", 6), "abcde…");
        assert_eq!(shown("世界世界".as_bytes(), 6), "世界…");
        assert_eq!(shown("ab\u{202e}".as_bytes(), 6), "ab…");
        assert_eq!(shown(b"ab", 1), "…");
        assert_eq!(shown(b"ab", 0), "");
        assert_eq!(shown(b"", 5), "");
    }

    #[test]
    fn escapes_so_that_the_bytes_can_be_typed_again() {
        assert_eq!(escaped(b"hello\r\n\x00"), r"hello\r\n\x00");
        assert_eq!(escaped("C:\\é\u{85}\u{202e}".as_bytes()), r"C:\\é\u{85}\u{202e}");
        assert_eq!(escaped(b"{{counter}} {\"a\":1}\xff"), r#"\{{counter}} {"a":1}\xff"#);
    }

    #[test]
    fn wraps_text_at_line_ends_and_at_the_margin() {
        assert_eq!(
            wrapped(b"one\r\ntwo\n\nthree and more", 5, Wrap::Text),
            ["one", "two", "", "three", " and ", "more"]
        );
        assert_eq!(wrapped(b"exact\nfit\n", 5, Wrap::Text), ["exact", "fit"], "a full row takes its line end along");
        assert_eq!(wrapped(b"a\tb\r\x1b", 20, Wrap::Text), [r"a       b\r\e"]);
        assert_eq!(wrapped("a世界".as_bytes(), 4, Wrap::Text), ["a世", "界"]);
        assert_eq!(wrapped("世a".as_bytes(), 1, Wrap::Text), ["…", "a"], "a cell too narrow says so");
    }

    #[test]
    fn wraps_escapes_after_each_newline_and_never_inside_one() {
        assert_eq!(wrapped(b"ab\r\ncd", 80, Wrap::Escapes), [r"ab\r\n", "cd"]);
        assert_eq!(wrapped(b"abc\x00d", 5, Wrap::Escapes), ["abc", r"\x00d"]);
    }

    #[test]
    fn ten_megabytes_without_a_newline_cost_one_line() {
        let bytes = vec![b'x'; 10 << 20];
        let laid = Atoms::from(&bytes, 0).take(41).count();
        assert_eq!(laid, 41);
        // A hundred gigabytes if each line looked at all of them.
        for _ in 0..10_000 {
            assert_eq!(line(&bytes, 40).len(), 2);
        }
    }

    /// What Unicode itself calls a control, a format character, a separator of lines or ignorable.
    static UNSAFE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\x{FFFE}\x{FFFF}]").unwrap()
    });
    static CHOSEN_EMOJI: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[\p{Emoji}--\p{ASCII}]\x{FE0F}").unwrap());
    static STACK_OF_MARKS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\p{M}{5}").unwrap());

    #[test]
    fn spells_out_every_character_that_unicode_calls_control_format_or_ignorable() {
        let all: String = ('\0'..=char::MAX).filter(|c| UNSAFE.is_match(c.encode_utf8(&mut [0; 4]))).collect();
        assert!(all.chars().count() > 4000);
        for wrap in [Wrap::Text, Wrap::Escapes] {
            for row in rows(all.as_bytes(), 79, wrap) {
                assert!(!UNSAFE.is_match(&joined(&row.pieces)), "{row:?}");
            }
        }
        for c in all.chars() {
            assert!(!UNSAFE.is_match(&shown(format!("a{c}b").as_bytes(), 79)), "{c:?}");
        }
    }

    /// Bytes with what is dangerous in them far more often than chance would have it.
    fn hostile() -> impl Strategy<Value = Vec<u8>> {
        let one = prop_oneof![
            any::<char>().prop_map(|c| c.to_string().into_bytes()),
            proptest::collection::vec(any::<u8>(), 0..4),
            "[ -~]{1,6}".prop_map(String::into_bytes),
            proptest::sample::select(vec![
                "\x1b[31m",
                "\r\n",
                "\n",
                "\r",
                "\t",
                "\u{202e}",
                "\u{2066}",
                "\u{200d}",
                "\u{301}",
                "\u{301}\u{301}\u{301}",
                "\u{fe0f}",
                "❤",
                "世",
                "👩",
                "\u{1f3fd}",
                "\u{1f1e9}",
                "\u{1100}",
                "क्",
                "ﾞ",
                "ن",
                "ل",
                "ا",
                "{{",
                "\\",
                "…",
                "\u{e0041}",
                "\u{600}",
                "\u{c0}\u{300}",
            ])
            .prop_map(|text| text.as_bytes().to_vec()),
        ];
        proptest::collection::vec(one, 0..40).prop_map(|parts| parts.concat())
    }

    fn is_safe(text: &str) -> bool {
        !UNSAFE.is_match(&CHOSEN_EMOJI.replace_all(text, "")) && !STACK_OF_MARKS.is_match(text)
    }

    proptest! {
        #[test]
        fn any_bytes_become_a_safe_line_that_fits(bytes in hostile(), columns in 0usize..60) {
            let shown = shown(&bytes, columns);
            prop_assert!(is_safe(&shown), "{:?}", shown);
            prop_assert!(shown.width() <= columns, "{:?} in {}", shown, columns);
        }

        #[test]
        fn any_bytes_wrap_into_safe_rows_that_fit_and_cover_them_all(bytes in hostile(), columns in 1usize..60) {
            for wrap in [Wrap::Text, Wrap::Escapes] {
                let mut next = 0;
                for row in rows(&bytes, columns, wrap) {
                    let shown = joined(&row.pieces);
                    prop_assert!(is_safe(&shown), "{:?}", shown);
                    prop_assert!(shown.width() <= columns, "{:?} in {}", shown, columns);
                    prop_assert_eq!(row.span.start, next);
                    prop_assert!(row.span.end > next);
                    prop_assert_eq!(row_end(&bytes, next, columns, wrap), Some(row.span.end));
                    next = row.span.end;
                }
                prop_assert_eq!(next, bytes.len());
            }
        }

        #[test]
        fn wide_rows_of_escapes_are_the_escaped_bytes(bytes in hostile()) {
            let all: String = rows(&bytes, 10_000, Wrap::Escapes).map(|row| joined(&row.pieces)).collect();
            prop_assert_eq!(all, escaped(&bytes));
            prop_assert!(is_safe(&escaped(&bytes)));
        }
    }
}

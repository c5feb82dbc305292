//! What users write as a behaviour's argument: durations, escapes, options after `|`, words in quotes.

use crate::model::nearest;

/// Turns escapes into the bytes they mean: `\r \n \t \0 \e \\ \xNN \u{..}`; a backslash before
/// punctuation means that character itself.
///
/// # Errors
/// Says which escape is none.
pub fn unescape(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        let taken = escape(&rest[at..], &mut bytes)?;
        rest = &rest[at + taken..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    Ok(bytes)
}

/// Appends the bytes that the escape at the start of `text` means; tells how many bytes of text it takes.
pub(super) fn escape(text: &str, bytes: &mut Vec<u8>) -> Result<usize, String> {
    let Some(letter) = text[1..].chars().next() else {
        return Err(r"a lone \ stands at the end; write \\ for a backslash".to_owned());
    };
    match letter {
        'r' => bytes.push(b'\r'),
        'n' => bytes.push(b'\n'),
        't' => bytes.push(b'\t'),
        '0' => bytes.push(0),
        'e' => bytes.push(0x1b),
        'x' => {
            let digits = text.get(2..4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
            let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
            bytes.push(byte.ok_or_else(|| r"\x takes two hexadecimal digits, such as \x0a".to_owned())?);
            return Ok(4);
        }
        'u' => return unicode_escape(text, bytes),
        mark if mark.is_ascii_punctuation() => bytes.push(mark as u8),
        other => {
            return Err(format!(
                r"\{} is no escape; use \r \n \t \0 \e \\ \xNN or \u{{..}}, and \\ for a backslash",
                other.escape_debug()
            ));
        }
    }
    Ok(2)
}

fn unicode_escape(text: &str, bytes: &mut Vec<u8>) -> Result<usize, String> {
    let wrong = || r"\u takes a character's number in braces, such as \u{e9}".to_owned();
    let digits = text[2..].strip_prefix('{').and_then(|rest| rest.split_once('}')).map(|(digits, _)| digits);
    let digits = digits.filter(|digits| (1..=6).contains(&digits.len())).ok_or_else(wrong)?;
    let number = digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok()).flatten();
    let character = number.and_then(char::from_u32).ok_or_else(wrong)?;
    bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    Ok(digits.len() + 4)
}

/// Refuses an argument where none is taken.
pub(super) fn none(name: &str, argument: &str) -> Result<(), String> {
    if argument.trim().is_empty() { Ok(()) } else { Err(format!("{name} takes no argument; leave it empty")) }
}

/// Splits `text | option | option` at each `|` that has no backslash before it. Without any `|` the
/// text is left as it stands; else the spaces around each `|` do not count.
pub(super) fn options(text: &str) -> (&str, Vec<&str>) {
    let mut cuts = Vec::new();
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'|' if !escaped => cuts.push(at),
            _ => {}
        }
        escaped = byte == b'\\' && !escaped;
    }
    let Some(&first) = cuts.first() else { return (text, Vec::new()) };
    let ends = cuts.iter().skip(1).copied().chain([text.len()]);
    let options = cuts.iter().zip(ends).map(|(from, to)| text[from + 1..to].trim()).collect();
    (text[..first].trim_end(), options)
}

/// Parts an option into its first word and the rest: `after 50ms`.
pub(super) fn first_word(option: &str) -> (&str, &str) {
    let (word, rest) = option.split_once(char::is_whitespace).unwrap_or((option, ""));
    (word, rest.trim())
}

/// Tells that an option is none of `known`, each of which begins with its word.
pub(super) fn unknown_option(option: &str, known: &[&str]) -> String {
    if option.is_empty() {
        return format!(
            r"an option is missing after |; use {}, or write \| for the character itself",
            known.join(", ")
        );
    }
    let word = first_word(option).0;
    let right = nearest(word, known.iter().map(|known| first_word(known).0));
    let hint = right.map_or_else(String::new, |right| format!("did you mean {right}? "));
    format!(r"{:?} is no option; {hint}use {} (and \| for the character itself)", shortened(word), known.join(", "))
}

/// Refuses words after an option that stands alone.
pub(super) fn alone(word: &str, rest: &str) -> Result<(), String> {
    if rest.is_empty() { Ok(()) } else { Err(format!("nothing may follow {word:?}; {:?} does", shortened(rest))) }
}

/// The entries of a text with one a line, each with the number of its first line. A line that begins
/// with `|` goes on with the line before; empty lines and lines that begin with `#` are left out.
pub(super) fn entries(text: &str) -> Result<Vec<(usize, String)>, String> {
    let mut entries: Vec<(usize, String)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if !line.starts_with('|') {
            entries.push((index + 1, line.to_owned()));
            continue;
        }
        let Some((_, entry)) = entries.last_mut() else {
            return Err(format!("line {}: options after | need a line before them", index + 1));
        };
        entry.push(' ');
        entry.push_str(line);
    }
    Ok(entries)
}

/// Parts `left => right` at the first `=>` that stands between spaces or at an end.
pub(super) fn arrow(entry: &str) -> Option<(&str, &str)> {
    entry.match_indices("=>").map(|(at, _)| (&entry[..at], &entry[at + 2..])).find_map(|(left, right)| {
        let apart = left.is_empty() || left.ends_with(char::is_whitespace);
        let apart = apart && (right.is_empty() || right.starts_with(char::is_whitespace));
        apart.then(|| (left.trim(), right.trim()))
    })
}

/// Splits a command line into words as a shell does with quotes and backslashes, and nothing else
/// of a shell: no variables, no patterns, no pipes.
pub(super) fn command_words(text: &str) -> Result<Vec<String>, String> {
    const SHELL_SIGNS: [&str; 10] = ["|", "||", "&", "&&", ";", "<", ">", ">>", "2>&1", "2>"];
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (word, after) = command_word(rest)?;
        let written = &rest[..rest.len() - after.len()];
        if SHELL_SIGNS.contains(&written) {
            return Err(format!("no shell reads this, so {written} does nothing; write sh -c '…' around it all"));
        }
        words.push(word);
        rest = after.trim_start();
    }
    Ok(words)
}

fn command_word(text: &str) -> Result<(String, &str), String> {
    let mut word = String::new();
    let mut quote = None;
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match (quote, letter) {
            (Some(open), close) if open == close => quote = None,
            (None, '\'' | '"') => quote = Some(letter),
            (None, space) if space.is_whitespace() => return Ok((word, &text[at..])),
            (None, '\\') => match letters.next() {
                Some((_, next)) => word.push(next),
                None => return Err(r"a lone \ stands at the end; write \\ for a backslash".to_owned()),
            },
            (Some('"'), '\\') => match letters.next() {
                Some((_, next @ ('"' | '\\'))) => word.push(next),
                Some((_, next)) => word.extend(['\\', next]),
                None => break,
            },
            (_, other) => word.push(other),
        }
    }
    match quote {
        Some(open) => Err(format!("the closing {open} is missing")),
        None => Ok((word, "")),
    }
}

/// At most 40 characters of a text, for showing what is wrong with it.
pub(super) fn shortened(text: &str) -> String {
    const SHOWN: usize = 40;
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_mean_their_bytes() {
        assert_eq!(unescape(r"a\r\n\t\0\e\\\|\$").as_deref(), Ok(&b"a\r\n\t\0\x1b\\|$"[..]));
        assert_eq!(
            unescape(r"\xff\x0A\u{e9}\u{1F600}é").as_deref(),
            Ok("\u{e9}\u{1f600}\u{e9}".as_bytes()).map(|tail| [&b"\xff\n"[..], tail].concat()).as_deref()
        );
    }

    #[test]
    fn says_which_escape_is_none() {
        for (written, words) in [
            (r"\q", r"\q is no escape"),
            (r"ends\", r"a lone \"),
            (r"\x4", "two hexadecimal digits"),
            (r"\x+1", "two hexadecimal digits"),
            (r"\xé9", "two hexadecimal digits"),
            (r"\u00e9", "in braces"),
            (r"\u{d800}", "in braces"),
            (r"\u{+1}", "in braces"),
            (r"\u{110000}", "in braces"),
            (r"\u{}", "in braces"),
            ("\\é", r"\é is no escape"),
        ] {
            let why = unescape(written).expect_err(written);
            assert!(why.contains(words), "{written}: {why}");
        }
    }

    #[test]
    fn options_stand_after_bars_that_have_no_backslash() {
        assert_eq!(options("text as it stands "), ("text as it stands ", vec![]));
        assert_eq!(options(r"a \| b\\ | close |after 5s "), (r"a \| b\\", vec!["close", "after 5s"]));
        assert_eq!(options("a||b"), ("a", vec!["", "b"]));
        assert!(unknown_option("", &["close"]).contains("missing after |"));
        assert!(unknown_option("clsoe now", &["after 50ms", "close"]).contains("did you mean close?"));
    }

    #[test]
    fn lines_are_entries_and_bars_go_on() {
        let text = "# a comment\n\na => b\r\n  | close\n\tc => d\n";
        assert_eq!(entries(text), Ok(vec![(3, "a => b | close".to_owned()), (5, "c => d".to_owned())]));
        assert!(entries("| close").expect_err("nothing goes before").starts_with("line 1:"));
        assert_eq!(arrow("a=>b => c => d"), Some(("a=>b", "c => d")));
        assert_eq!(arrow("=>"), Some(("", "")));
        assert_eq!(arrow("a =>b"), None);
    }

    #[test]
    fn splits_a_command_as_a_shell_does_without_being_one() {
        let words = command_words(r#" grep -i "a \"b\" \n" 'it''s $HOME' c\ d "" "#);
        assert_eq!(
            words.as_deref(),
            Ok(["grep", "-i", r#"a "b" \n"#, "its $HOME", "c d", ""].map(String::from).as_slice())
        );
        assert_eq!(command_words("echo '|'").map(|words| words.len()), Ok(2));
        for (written, wanted) in [
            ("ls | wc", "sh -c"),
            ("cat > x", "sh -c"),
            ("'open", "closing '"),
            (r#""open\"#, "closing \""),
            (r"end\", r"a lone \"),
        ] {
            let why = command_words(written).expect_err(written);
            assert!(why.contains(wanted), "{written}: {why}");
        }
    }
}

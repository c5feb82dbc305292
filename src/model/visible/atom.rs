//! Bytes cut into atoms: what can be drawn as it is, and what has to be spelled out.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Combining marks kept on one character. Real scripts stack at most four; more of them would
/// paint over the neighbouring rows.
const MARKS_PER_CLUSTER: usize = 4;

/// Characters with a width of their own kept in one cluster. The longest conjuncts of Indic scripts
/// have four; without a limit a run of Hangul leading consonants is one cluster without end.
const BASES_PER_CLUSTER: usize = 4;

/// Bytes looked at to find one cluster: more than the limits above let into one (8 characters of 4 bytes).
const WINDOW: usize = 64;

/// The selector that asks for an emoji's coloured form.
const EMOJI_SELECTOR: char = '\u{FE0F}';

/// The smallest part that is shown or spelled out as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Atom<'a> {
    /// A character with its marks that is safe as it is, and how many columns it takes (1 or more).
    Cluster(&'a str, usize),
    /// A character that acts, reorders, hides or cannot be seen.
    Hidden(char),
    /// A byte that is not part of any UTF-8 character.
    Invalid(u8),
}

/// The atoms of some bytes, each with its place. Looks ahead at most [`WINDOW`] bytes.
#[derive(Debug, Clone)]
pub(super) struct Atoms<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Up to here characters belong to a cluster that has had its share, and are spelled out.
    overfull_until: usize,
}

impl<'a> Atoms<'a> {
    /// The atoms from byte `start` on.
    pub(super) fn from(bytes: &'a [u8], start: usize) -> Self {
        Self { bytes, at: start.min(bytes.len()), overfull_until: 0 }
    }

    fn one(&mut self) -> Option<Atom<'a>> {
        let rest = self.bytes.get(self.at..)?;
        let byte = *rest.first()?;
        let followed_by_ascii = rest.get(1).is_none_or(u8::is_ascii);
        if byte.is_ascii() && (followed_by_ascii || byte.is_ascii_control()) {
            return Some(self.ascii(rest, byte));
        }
        let valid = valid_prefix(&rest[..rest.len().min(WINDOW)]);
        let Some(first) = valid.chars().next() else {
            self.at += 1;
            return Some(Atom::Invalid(byte));
        };
        let is_baseless = first.width().unwrap_or(0) == 0;
        let is_too_much = self.at < self.overfull_until && !first.is_ascii();
        if is_hidden(first) || is_baseless || is_too_much {
            self.at += first.len_utf8();
            return Some(Atom::Hidden(first));
        }
        Some(self.cluster(valid))
    }

    fn ascii(&mut self, rest: &'a [u8], byte: u8) -> Atom<'a> {
        self.at += 1;
        match std::str::from_utf8(&rest[..1]) {
            Ok(text) if !byte.is_ascii_control() => Atom::Cluster(text, 1),
            Ok(_) | Err(_) => Atom::Hidden(char::from(byte)),
        }
    }

    /// The first cluster of `valid`, which does not begin with a hidden character, kept within the limits.
    fn cluster(&mut self, valid: &'a str) -> Atom<'a> {
        let seen = &valid[..visible_prefix(valid)];
        let whole = seen.graphemes(true).next().unwrap_or(seen);
        let kept = &whole[..within_limits(whole)];
        if kept.len() < whole.len() {
            self.overfull_until = self.at + whole.len();
        }
        self.at += kept.len();
        Atom::Cluster(kept, columns_of(kept).max(1))
    }
}

impl<'a> Iterator for Atoms<'a> {
    type Item = (Range<usize>, Atom<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at;
        let atom = self.one()?;
        #[cfg(debug_assertions)]
        super::work::one_more();
        Some((start..self.at, atom))
    }
}

fn valid_prefix(bytes: &[u8]) -> &str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
    }
}

/// How many bytes of `text` come before its first hidden character.
fn visible_prefix(text: &str) -> usize {
    let mut before = None;
    for (at, c) in text.char_indices() {
        let selects_emoji = c == EMOJI_SELECTOR && before.is_some_and(has_emoji_form);
        if is_hidden(c) && !selects_emoji {
            return at;
        }
        before = Some(c);
    }
    text.len()
}

/// How many bytes of a cluster the limits let through.
fn within_limits(cluster: &str) -> usize {
    let (mut bases, mut marks) = (0, 0);
    for (at, c) in cluster.char_indices() {
        if c.width().unwrap_or(0) == 0 {
            marks += 1;
        } else {
            bases += 1;
        }
        if bases > BASES_PER_CLUSTER || marks > MARKS_PER_CLUSTER {
            return at;
        }
    }
    cluster.len()
}

/// The columns text takes, counted as ratatui counts them.
pub(super) fn columns_of(text: &str) -> usize {
    let count = |cluster: &str| {
        let sound_marks = cluster.chars().filter(|c| matches!(c, '\u{FF9E}' | '\u{FF9F}')).count();
        cluster.width() + sound_marks
    };
    text.graphemes(true).map(count).sum()
}

/// Whether the emoji selector does something after this character, so that it is not there to smuggle.
fn has_emoji_form(c: char) -> bool {
    let in_emoji_blocks = matches!(c, '\u{A9}' | '\u{AE}' | '\u{203C}'..='\u{2BFF}' | '\u{3030}' | '\u{303D}'
        | '\u{3297}' | '\u{3299}' | '\u{1F000}'..='\u{1FAFF}');
    in_emoji_blocks && String::from_iter([c, EMOJI_SELECTOR]).width() == 2
}

/// Whether a character acts on a terminal, reorders, hides or is hidden: controls, Unicode's
/// `Default_Ignorable_Code_Point`, format characters, line separators, tags and noncharacters.
fn is_hidden(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    let is_noncharacter = u32::from(c) & 0xFFFE == 0xFFFE || matches!(c, '\u{FDD0}'..='\u{FDEF}');
    is_noncharacter
        || matches!(c,
            '\u{80}'..='\u{9F}'           // C1 controls
            | '\u{AD}'                    // soft hyphen
            | '\u{34F}'                   // combining grapheme joiner
            | '\u{600}'..='\u{605}' | '\u{61C}' | '\u{6DD}' | '\u{70F}' // Arabic letter mark (bidi), format signs
            | '\u{890}'..='\u{891}' | '\u{8E2}' // more of those
            | '\u{115F}'..='\u{1160}'     // Hangul fillers
            | '\u{17B4}'..='\u{17B5}'     // Khmer inherent vowels
            | '\u{180B}'..='\u{180F}'     // Mongolian selectors and vowel separator
            | '\u{200B}'..='\u{200F}'     // zero width, joiners, bidi marks
            | '\u{2028}'..='\u{202E}'     // line and paragraph separators, bidi embeddings
            | '\u{2060}'..='\u{206F}'     // word joiner, invisible operators, bidi isolates
            | '\u{3164}'                  // Hangul filler
            | '\u{FE00}'..='\u{FE0F}'     // variation selectors
            | '\u{FEFF}'                  // byte order mark
            | '\u{FFA0}'                  // halfwidth Hangul filler
            | '\u{FFF0}'..='\u{FFFB}'     // unassigned ignorables, interlinear annotation
            | '\u{110BD}' | '\u{110CD}'   // Kaithi number signs (format)
            | '\u{13430}'..='\u{1345F}'   // Egyptian hieroglyph format controls
            | '\u{1BCA0}'..='\u{1BCA3}'   // shorthand format controls
            | '\u{1D173}'..='\u{1D17A}'   // musical format controls
            | '\u{E0000}'..='\u{E0FFF}'   // tags, variation selectors supplement
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn atoms(bytes: &[u8]) -> Vec<Atom<'_>> {
        Atoms::from(bytes, 0).map(|(_, atom)| atom).collect()
    }

    #[test]
    fn keeps_a_letter_and_its_marks_together() {
        assert_eq!(atoms("e\u{301}x".as_bytes()), [Atom::Cluster("e\u{301}", 1), Atom::Cluster("x", 1)]);
        assert_eq!(atoms("世👍🏽".as_bytes()), [Atom::Cluster("世", 2), Atom::Cluster("👍🏽", 2)]);
    }

    #[test]
    fn spells_out_marks_beyond_the_fourth_and_marks_without_a_letter() {
        let zalgo = format!("a{}b", "\u{301}".repeat(6));
        assert_eq!(
            atoms(zalgo.as_bytes()),
            [
                Atom::Cluster("a\u{301}\u{301}\u{301}\u{301}", 1),
                Atom::Hidden('\u{301}'),
                Atom::Hidden('\u{301}'),
                Atom::Cluster("b", 1)
            ]
        );
        assert_eq!(atoms("\n\u{301}".as_bytes()), [Atom::Hidden('\n'), Atom::Hidden('\u{301}')]);
    }

    #[test]
    fn lets_the_emoji_selector_stand_only_where_it_selects_an_emoji() {
        assert_eq!(atoms("❤\u{FE0F}".as_bytes()), [Atom::Cluster("❤\u{FE0F}", 2)]);
        assert_eq!(atoms("a\u{FE0F}".as_bytes()), [Atom::Cluster("a", 1), Atom::Hidden('\u{FE0F}')]);
        assert_eq!(atoms("❤\u{FE0F}\u{FE0F}".as_bytes()), [Atom::Cluster("❤\u{FE0F}", 2), Atom::Hidden('\u{FE0F}')]);
    }

    #[test]
    fn gives_each_byte_of_broken_utf8_by_itself() {
        assert_eq!(atoms(b"\xE2\x82A"), [Atom::Invalid(0xE2), Atom::Invalid(0x82), Atom::Cluster("A", 1)]);
        assert_eq!(atoms(b"\xED\xA0\x80").len(), 3, "an encoded surrogate is not UTF-8");
        assert_eq!(atoms(b"\xC0\xAF"), [Atom::Invalid(0xC0), Atom::Invalid(0xAF)], "an overlong form is not UTF-8");
    }

    #[test]
    fn an_endless_cluster_is_cut_into_spelled_out_parts() {
        let run = "\u{1100}".repeat(1000);
        let widest = Atoms::from(run.as_bytes(), 0)
            .filter_map(|(_, atom)| match atom {
                Atom::Cluster(_, columns) => Some(columns),
                Atom::Hidden(_) | Atom::Invalid(_) => None,
            })
            .max();
        assert_eq!(widest, Some(2 * BASES_PER_CLUSTER));
    }

    #[test]
    fn covers_every_byte_once() {
        let bytes = "a\u{202E}é\u{301}\u{301}\u{301}\u{301}\u{301}😀".as_bytes();
        let mut next = 0;
        for (span, _) in Atoms::from(bytes, 0) {
            assert_eq!(span.start, next);
            next = span.end;
        }
        assert_eq!(next, bytes.len());
    }
}

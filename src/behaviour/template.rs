//! Texts with holes that are filled in for each answer: `Hi $1\r\n`, `Hello, {name}!`.

use super::argument;

/// The most holes in one text, so that what a peer sends cannot be made into much more.
const MOST_HOLES: usize = 32;

/// A text with holes of kind `H`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template<H>(Vec<Part<H>>);

/// A part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part<H> {
    Bytes(Vec<u8>),
    Hole(H),
}

impl<H> Template<H> {
    /// Reads a text with escapes. At each `mark` that has no backslash before it, `hole` is given the text
    /// from there on, and tells what hole it is and how many bytes it takes, or that it is none.
    pub(super) fn parse(
        text: &str,
        mark: char,
        mut hole: impl FnMut(&str) -> Result<Option<(H, usize)>, String>,
    ) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut bytes = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find(['\\', mark]) {
            bytes.extend_from_slice(&rest.as_bytes()[..at]);
            rest = &rest[at..];
            let taken = if rest.starts_with('\\') {
                argument::escape(rest, &mut bytes)?
            } else if let Some((hole, taken)) = hole(rest)? {
                if !bytes.is_empty() {
                    parts.push(Part::Bytes(std::mem::take(&mut bytes)));
                }
                parts.push(Part::Hole(hole));
                taken
            } else {
                bytes.extend_from_slice(mark.encode_utf8(&mut [0; 4]).as_bytes());
                mark.len_utf8()
            };
            rest = &rest[taken..];
        }
        bytes.extend_from_slice(rest.as_bytes());
        if !bytes.is_empty() {
            parts.push(Part::Bytes(bytes));
        }
        if parts.iter().filter(|part| matches!(part, Part::Hole(_))).count() > MOST_HOLES {
            return Err(format!("an answer may fill in at most {MOST_HOLES} things"));
        }
        Ok(Self(parts))
    }

    /// Whether there is nothing in it.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Its parts in order.
    pub(super) fn parts(&self) -> &[Part<H>] {
        &self.0
    }

    /// The text with its holes filled.
    pub(super) fn fill(&self, mut fill: impl FnMut(&H, &mut Vec<u8>)) -> Vec<u8> {
        let mut filled = Vec::new();
        for part in &self.0 {
            match part {
                Part::Bytes(bytes) => filled.extend_from_slice(bytes),
                Part::Hole(hole) => fill(hole, &mut filled),
            }
        }
        filled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Template<char>, String> {
        Template::parse(text, '$', |rest| match rest[1..].chars().next() {
            Some(letter @ 'a'..='z') => Ok(Some((letter, 2))),
            Some('?') => Err("no".to_owned()),
            Some(_) | None => Ok(None),
        })
    }

    #[test]
    fn escapes_and_holes_stand_side_by_side() {
        let template = read(r"é$a\$b\n$b$ $").expect("it is well written");
        let filled = template.fill(|letter, bytes| bytes.extend([b'<', *letter as u8, b'>']));
        assert_eq!(filled, "é<a>$b\n<b>$ $".as_bytes());
        assert!(read("").is_ok_and(|template| template.is_empty()));
    }

    #[test]
    fn bad_holes_bad_escapes_and_too_many_holes_are_refused() {
        assert_eq!(read("a$?"), Err("no".to_owned()));
        assert!(read(r"\q").is_err());
        assert!(read(&"$a".repeat(MOST_HOLES)).is_ok());
        assert!(read(&"$a".repeat(MOST_HOLES + 1)).is_err_and(|why| why.contains("at most 32")));
    }
}

//! Lines written before, to be taken again.

use serde::{Deserialize, Serialize};

/// Lines kept; older ones leave.
const KEPT: usize = 200;

/// The longest line kept: what is longer was pasted, and would make the file it is kept in large.
pub const LONGEST: usize = 4 * 1024;

/// Bytes all lines of a history may take together, so that the file it is kept in stays small.
pub const BYTES: usize = 64 * 1024;

/// Lines written before, the newest last, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub struct History {
    lines: Vec<String>,
}

impl History {
    /// Remembers a line as the newest.
    pub fn push(&mut self, line: &str) {
        if line.trim().is_empty() || line.len() > LONGEST {
            return;
        }
        self.lines.retain(|other| other != line);
        self.lines.push(line.to_owned());
        let mut bytes: usize = self.lines.iter().map(String::len).sum();
        while self.lines.len() > KEPT || bytes > BYTES {
            bytes -= self.lines.remove(0).len();
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The lines, the newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().rev().map(String::as_str)
    }

    /// The newest line that begins so, `back` such lines before it left out.
    pub fn beginning_with(&self, start: &str, back: usize) -> Option<&str> {
        self.newest_first().filter(|line| line.starts_with(start)).nth(back)
    }
}

/// Which way to go through lines or offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To the next, or newer.
    Forth,
    /// To the one before, or older.
    Back,
}

impl Way {
    /// The place after `at` among so many, round and round; the first or the last when there is none yet.
    pub fn next(self, at: Option<usize>, count: usize) -> Option<usize> {
        let last = count.checked_sub(1)?;
        Some(match (at, self) {
            (None, Way::Forth) => 0,
            (None, Way::Back) => last,
            (Some(at), Way::Forth) => (at + 1) % count,
            (Some(at), Way::Back) => (at + last) % count,
        })
    }
}

/// A walk of a text field through the lines written before. It begins anew once what it came to is changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Walk {
    /// What stood there before the walk began.
    typed: String,
    /// How many lines back it is, and the line.
    at: Option<(usize, String)>,
}

impl Walk {
    /// The text to show after a step from what is written; None when there is nothing further that way.
    pub fn step(&mut self, lines: &History, written: &str, way: Way) -> Option<String> {
        let back = self.back(written);
        let next = match (back, way) {
            (None, Way::Forth) => return None,
            (None, Way::Back) => {
                written.clone_into(&mut self.typed);
                // What was just used stands there already.
                usize::from(lines.newest_first().next() == Some(written))
            }
            (Some(back), Way::Back) => back + 1,
            (Some(0), Way::Forth) => return Some(self.end()),
            (Some(back), Way::Forth) => back - 1,
        };
        let line = lines.newest_first().nth(next)?.to_owned();
        // The line the walk began at is what was typed.
        if way == Way::Forth && line == self.typed {
            return Some(self.end());
        }
        self.at = Some((next, line.clone()));
        Some(line)
    }

    /// Whether the walk is under way, and has come to what is written.
    pub fn is_at(&self, written: &str) -> bool {
        self.back(written).is_some()
    }

    fn back(&self, written: &str) -> Option<usize> {
        self.at.as_ref().filter(|(_, line)| line == written).map(|(back, _)| *back)
    }

    fn end(&mut self) -> String {
        self.at = None;
        std::mem::take(&mut self.typed)
    }
}

impl From<Vec<String>> for History {
    fn from(lines: Vec<String>) -> Self {
        let mut history = Self::default();
        for line in lines {
            history.push(&line);
        }
        history
    }
}

impl From<History> for Vec<String> {
    fn from(history: History) -> Self {
        history.lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_each_line_once_and_the_newest_first() {
        let history = History::from(["a", "b", "a", " ", "c"].map(String::from).to_vec());
        assert_eq!(history.newest_first().collect::<Vec<_>>(), ["c", "a", "b"]);
    }

    #[test]
    fn forgets_the_oldest() {
        let history = History::from((0..=KEPT).map(|number| number.to_string()).collect::<Vec<_>>());
        assert_eq!(history.newest_first().count(), KEPT);
        assert_eq!(history.newest_first().last(), Some("1"));
    }

    #[test]
    fn long_lines_leave_room_for_few() {
        let line = |number: usize| format!("{number:0>LONGEST$}");
        let history = History::from((0..100).map(line).collect::<Vec<_>>());
        assert_eq!(history.newest_first().count(), BYTES / LONGEST);
        assert!(history.newest_first().next().is_some_and(|newest| newest.ends_with("99")));
    }

    #[test]
    fn a_walk_goes_back_and_returns_to_what_was_typed() {
        use Way::{Back, Forth};
        let lines = History::from(["one", "two", "three"].map(String::from).to_vec());
        let mut walk = Walk::default();
        let mut text = "mine".to_owned();
        let mut seen = Vec::new();
        for way in [Forth, Back, Back, Back, Back, Forth, Forth, Forth, Forth] {
            if let Some(next) = walk.step(&lines, &text, way) {
                text = next;
            }
            seen.push(text.clone());
        }
        assert_eq!(seen, ["mine", "three", "two", "one", "one", "two", "three", "mine", "mine"]);
    }

    #[test]
    fn a_walk_leaves_out_what_stands_there_and_begins_anew_after_a_change() {
        let lines = History::from(["one", "two"].map(String::from).to_vec());
        let mut walk = Walk::default();
        assert_eq!(walk.step(&lines, "two", Way::Back).as_deref(), Some("one"));
        assert_eq!(walk.step(&lines, "one", Way::Forth).as_deref(), Some("two"));
        assert!(!walk.is_at("two"), "it has ended");
        walk.step(&lines, "", Way::Back);
        assert_eq!(walk.step(&lines, "two and more", Way::Back).as_deref(), Some("two"));
        assert_eq!(walk.step(&lines, "two", Way::Forth).as_deref(), Some("two and more"));
    }

    #[test]
    fn goes_through_the_lines_that_begin_as_what_is_written() {
        let history = History::from(["serve a", "connect b", "serve c"].map(String::from).to_vec());
        assert_eq!(history.beginning_with("serve", 0), Some("serve c"));
        assert_eq!(history.beginning_with("serve", 1), Some("serve a"));
        assert_eq!(history.beginning_with("serve", 2), None);
    }
}

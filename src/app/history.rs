//! Lines written before, to be taken again.

use serde::{Deserialize, Serialize};

/// Lines kept; older ones leave.
const KEPT: usize = 200;

/// The longest line kept: what is longer was pasted, and would make the file it is kept in large.
const LONGEST: usize = 4 * 1024;

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
        if self.lines.len() > KEPT {
            self.lines.remove(0);
        }
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
    fn goes_through_the_lines_that_begin_as_what_is_written() {
        let history = History::from(["serve a", "connect b", "serve c"].map(String::from).to_vec());
        assert_eq!(history.beginning_with("serve", 0), Some("serve c"));
        assert_eq!(history.beginning_with("serve", 1), Some("serve a"));
        assert_eq!(history.beginning_with("serve", 2), None);
    }
}

//! What is wrong in a file a person wrote, and where.

use std::fmt;

/// One thing wrong in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// The column, counted in characters from 1.
    pub column: usize,
    /// What is wrong, and what would be right.
    pub words: String,
}

impl Problem {
    /// A problem with what stands at a byte of the text.
    pub fn at(text: &str, offset: usize, words: impl Into<String>) -> Self {
        let before = text.get(..offset.min(text.len())).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |row| row.chars().count()) + 1;
        Self { line, column, words: words.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_line_and_column_as_an_editor_counts_them() {
        let text = "a = 1\né = 2\n";
        let place = |offset| {
            let Problem { line, column, .. } = Problem::at(text, offset, "");
            (line, column)
        };
        assert_eq!([0, 4, 6, 8, text.len(), 900].map(place), [(1, 1), (1, 5), (2, 1), (2, 2), (3, 1), (3, 1)]);
        assert_eq!(Problem::at(text, 4, "no").to_string(), "line 1, column 5: no");
    }
}

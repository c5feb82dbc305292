//! A selection: what was chosen first, what was chosen last, and all between.

use std::ops::Range;

/// From one part to another, both with it; either may stand before the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection<T> {
    from: Range<T>,
    to: Range<T>,
}

impl<T: Copy + Ord> Selection<T> {
    /// That part alone.
    pub fn new(part: Range<T>) -> Self {
        Self { from: part.clone(), to: part }
    }

    /// From one part to another.
    pub fn between(from: Range<T>, to: Range<T>) -> Self {
        Self { from, to }
    }

    /// Where it was last led to.
    pub fn head(&self) -> Range<T> {
        self.to.clone()
    }

    /// Leads it there from where it began.
    pub fn reach(&mut self, to: Range<T>) {
        self.to = to;
    }

    /// All that is selected.
    pub fn span(&self) -> Range<T> {
        self.from.start.min(self.to.start)..self.from.end.max(self.to.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_both_its_ends_in_either_direction() {
        let mut selection = Selection::new(4..6);
        assert_eq!(selection.span(), 4..6);
        selection.reach(9..10);
        assert_eq!(selection.span(), 4..10);
        selection.reach(1..2);
        assert_eq!(selection.span(), 1..6);
    }
}

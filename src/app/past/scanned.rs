//! Which frames were looked at already: numbers, as few ranges.

use std::ops::Range;

/// Numbers looked at.
#[derive(Debug, Default)]
pub struct Scanned {
    /// Apart from each other, the lowest first.
    ranges: Vec<Range<u64>>,
}

impl Scanned {
    /// Takes those numbers in.
    pub fn add(&mut self, range: Range<u64>) {
        if range.is_empty() {
            return;
        }
        let first = self.ranges.partition_point(|other| other.end < range.start);
        let last = self.ranges.partition_point(|other| other.start <= range.end);
        let joined = self.ranges[first..last]
            .iter()
            .fold(range, |one, other| one.start.min(other.start)..one.end.max(other.end));
        self.ranges.splice(first..last, [joined]);
    }

    /// Those numbers are to be looked at again.
    pub fn forget(&mut self, numbers: &Range<u64>) {
        let parts =
            |range: &Range<u64>| [range.start..range.end.min(numbers.start), range.start.max(numbers.end)..range.end];
        self.ranges = self.ranges.iter().flat_map(parts).filter(|part| !part.is_empty()).collect();
    }

    /// Whether that number was looked at.
    pub fn contains(&self, number: u64) -> bool {
        self.ranges.iter().any(|range| range.contains(&number))
    }

    /// How many numbers of a range were looked at.
    pub fn count(&self, within: &Range<u64>) -> u64 {
        let part = |range: &Range<u64>| range.end.min(within.end).saturating_sub(range.start.max(within.start));
        self.ranges.iter().map(part).sum()
    }

    /// The lowest numbers of a range that were not looked at.
    pub fn first_gap(&self, within: Range<u64>) -> Option<Range<u64>> {
        let mut start = within.start;
        for range in &self.ranges {
            if start < range.start {
                return (start < within.end).then(|| start..range.start.min(within.end));
            }
            start = start.max(range.end);
        }
        (start < within.end).then_some(start..within.end)
    }

    /// The highest numbers of a range that were not looked at.
    pub fn last_gap(&self, within: Range<u64>) -> Option<Range<u64>> {
        let mut end = within.end;
        for range in self.ranges.iter().rev() {
            if range.end < end {
                return (within.start < end).then(|| range.end.max(within.start)..end);
            }
            end = end.min(range.start);
        }
        (within.start < end).then_some(within.start..end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_known_from_both_ends() {
        let mut scanned = Scanned::default();
        assert_eq!(scanned.first_gap(1..9), Some(1..9));
        scanned.add(4..6);
        scanned.add(20..30);
        assert_eq!((scanned.first_gap(1..25), scanned.last_gap(1..25)), (Some(1..4), Some(6..20)));
        assert_eq!((scanned.first_gap(4..6), scanned.last_gap(21..23)), (None, None));
        assert_eq!(scanned.last_gap(1..40), Some(30..40));
        scanned.add(6..20);
        assert_eq!(scanned.ranges.as_slice(), std::slice::from_ref(&(4..30)));
        scanned.add(1..2);
        scanned.add(2..2);
        assert_eq!((scanned.count(&(1..10)), scanned.contains(3), scanned.contains(29)), (7, false, true));
        assert_eq!((scanned.first_gap(1..50), scanned.last_gap(1..30)), (Some(2..4), Some(2..4)));
        assert_eq!(scanned.first_gap(30..30), None);
        scanned.forget(&(1..2));
        scanned.forget(&(9..10));
        scanned.forget(&(29..30));
        assert_eq!(scanned.ranges.as_slice(), [4..9, 10..29], "the one number, and the first and last of others");
    }
}

//! The arrivals noted last, for whoever was handed the frames before.

use std::collections::VecDeque;

use crate::model::Timestamp;

/// Arrivals kept: more than a queue of reports tells while whoever takes them is busy, at 16 bytes each.
const KEPT: usize = 65_536;

/// When frames arrived, in the order in which it became known.
#[derive(Debug, Default)]
pub struct Arrivals {
    newest: VecDeque<(u64, Timestamp)>,
    count: u64,
}

impl Arrivals {
    /// Frame `number` has arrived.
    pub(super) fn note(&mut self, number: u64, at: Timestamp) {
        self.newest.push_back((number, at));
        if self.newest.len() > KEPT {
            self.newest.pop_front();
        }
        self.count += 1;
    }

    /// How many were noted so far.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Those noted since there were `count`, as far as they are kept.
    pub fn since(&self, count: u64) -> impl Iterator<Item = (u64, Timestamp)> {
        let new = usize::try_from(self.count - count.min(self.count)).unwrap_or(usize::MAX);
        self.newest.iter().skip(self.newest.len().saturating_sub(new)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_told_once_to_whoever_counts_along() {
        let mut arrivals = Arrivals::default();
        arrivals.note(1, Timestamp(10));
        let count = arrivals.count();
        arrivals.note(2, Timestamp(20));
        assert_eq!(arrivals.since(count).collect::<Vec<_>>(), [(2, Timestamp(20))]);
        assert_eq!(arrivals.since(arrivals.count()).count(), 0);
    }

    #[test]
    fn a_long_run_keeps_the_newest() {
        let mut arrivals = Arrivals::default();
        for number in 0..=KEPT as u64 {
            arrivals.note(number, Timestamp(0));
        }
        assert_eq!(arrivals.since(0).count(), KEPT);
        assert_eq!(arrivals.since(0).next(), Some((1, Timestamp(0))));
    }
}

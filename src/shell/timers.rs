//! What is to be remembered later, in order of time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

use crate::app::Alarm;

/// The most that can wait; the app asks for a handful.
pub const MOST: usize = 4096;

/// Moments and what to say then. No clock of its own: it is told the time.
#[derive(Debug, Default)]
pub struct Timers {
    waiting: BinaryHeap<Reverse<(Instant, u64, Alarm)>>,
    added: u64,
}

/// There are [`MOST`] timers already.
#[derive(Debug, PartialEq, Eq)]
pub struct TooMany;

impl Timers {
    /// Adds one; of those for the same moment the first added comes first.
    ///
    /// # Errors
    /// There are too many.
    pub fn add(&mut self, at: Instant, alarm: Alarm) -> Result<(), TooMany> {
        if self.waiting.len() >= MOST {
            return Err(TooMany);
        }
        self.waiting.push(Reverse((at, self.added, alarm)));
        self.added += 1;
        Ok(())
    }

    /// The moment of the first.
    pub fn next(&self) -> Option<Instant> {
        self.waiting.peek().map(|Reverse((at, _, _))| *at)
    }

    /// Takes one whose moment has come.
    pub fn take_due(&mut self, now: Instant) -> Option<Alarm> {
        if self.next()? > now {
            return None;
        }
        self.waiting.pop().map(|Reverse((_, _, alarm))| alarm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn come_in_order_of_time_and_then_of_asking_and_not_before() {
        let start = Instant::now();
        let after = |milliseconds| start + Duration::from_millis(milliseconds);
        let mut timers = Timers::default();
        for (at, token) in [(30, 1), (10, 2), (10, 3), (20, 4)] {
            timers.add(after(at), Alarm::Repeat(token)).unwrap();
        }
        assert_eq!(timers.next(), Some(after(10)));
        assert_eq!(timers.take_due(after(9)), None);
        let due: Vec<Alarm> = std::iter::from_fn(|| timers.take_due(after(25))).collect();
        assert_eq!(due, [2, 3, 4].map(Alarm::Repeat));
        assert_eq!(timers.next(), Some(after(30)));
    }

    #[test]
    fn their_number_is_bounded() {
        let now = Instant::now();
        let mut timers = Timers::default();
        for token in 0..MOST as u64 {
            timers.add(now, Alarm::Repeat(token)).unwrap();
        }
        assert_eq!(timers.add(now, Alarm::Repeat(0)), Err(TooMany));
    }
}

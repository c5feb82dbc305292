//! How much is recorded whole: a bucket that fills with time and that all payload is taken from. While it is empty,
//! frames are cut to their beginning, as a snap length does it, so that every one is recorded even in a flood.

use std::time::Instant;

use crate::app::recording::{SNAP, WHOLE_RATE};

/// Payload that may come at once, in bytes: a large file over the loopback.
const BURST: i64 = 32 * 1024 * 1024;

/// What the bucket may owe, in bytes: a flood that lasts is cut throughout, for whatever of it is written whole slows
/// it, and a tenth of a second after it all is whole again.
const DEBT: i64 = BURST;

/// Payload that may come before frames are cut.
#[derive(Debug)]
pub struct Allowance {
    /// In bytes; below zero it is owed.
    left: i64,
    /// Until when it was filled; None before the first time.
    filled: Option<Instant>,
}

impl Allowance {
    /// All that may come at once.
    pub fn full() -> Self {
        Self { left: BURST, filled: None }
    }

    /// None at all: of every frame only the beginning is recorded.
    pub fn spent() -> Self {
        Self { left: -DEBT, filled: None }
    }

    /// Whether frames are cut.
    pub fn is_spent(&self) -> bool {
        self.left <= 0
    }

    /// Adds what may come in the time since it was last filled.
    pub fn fill(&mut self, now: Instant) {
        let since = self.filled.map_or_else(Default::default, |filled| now.saturating_duration_since(filled));
        let more = (since.as_secs_f64() * WHOLE_RATE as f64) as i64;
        self.left = self.left.saturating_add(more).min(BURST);
        self.filled = Some(now);
    }

    /// Takes so many bytes; gives how many of them are recorded, all or the first.
    pub fn take(&mut self, length: usize) -> usize {
        let wanted = i64::try_from(length).unwrap_or(i64::MAX);
        let is_whole = length <= SNAP || wanted <= self.left;
        self.left = self.left.saturating_sub(wanted).max(-DEBT);
        if is_whole { length } else { SNAP }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const PIECE: usize = 64 * 1024;

    /// How many of some pieces are whole that come so many times as fast as the rate, after all before.
    fn whole(allowance: &mut Allowance, since: Instant, pieces: u32, speed: f64) -> (u32, Instant) {
        let between = Duration::from_secs_f64(PIECE as f64 / WHOLE_RATE as f64 / speed);
        let mut count = 0;
        for number in 1..=pieces {
            allowance.fill(since + between * number);
            count += u32::from(allowance.take(PIECE) == PIECE);
        }
        (count, since + between * pieces)
    }

    #[test]
    fn what_comes_slower_than_the_rate_is_whole_however_long_it_lasts() {
        let (count, _) = whole(&mut Allowance::full(), Instant::now(), 100_000, 0.99);
        assert_eq!(count, 100_000);
    }

    #[test]
    fn of_a_flood_the_first_burst_is_whole_and_after_it_all_that_comes_at_rest() {
        let mut allowance = Allowance::full();
        let (burst, half) = ((BURST / PIECE as i64) as u32, 0.5);
        let (count, end) = whole(&mut allowance, Instant::now(), 100_000, 2.0);
        assert!(count.abs_diff(2 * burst) <= 2, "{count} of {burst} at once and as much meanwhile");
        assert_eq!(allowance.take(SNAP), SNAP);
        let (count, end) = whole(&mut allowance, end, 2 * burst, half);
        assert!(count > burst - 10, "{count} of {}: what was owed is paid", 2 * burst);
        assert_eq!(whole(&mut allowance, end, 10_000, half).0, 10_000);
    }

    #[test]
    fn without_any_all_but_small_frames_are_cut() {
        let lengths = [0, 1, SNAP, SNAP + 1, PIECE, usize::MAX];
        assert_eq!(lengths.map(|length| Allowance::spent().take(length)), [0, 1, SNAP, SNAP, SNAP, SNAP]);
    }

    #[test]
    fn a_long_silence_saves_no_more_than_a_burst() {
        let (mut allowance, start) = (Allowance::full(), Instant::now());
        allowance.fill(start);
        allowance.fill(start + Duration::from_hours(1));
        let count = (0..10_000).filter(|_| allowance.take(PIECE) == PIECE).count();
        assert_eq!(count as i64, BURST / PIECE as i64);
    }
}

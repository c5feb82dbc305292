//! How long things took, counted in buckets whose width grows with the time, in the manner of HdrHistogram.

use std::time::Duration;

/// Buckets for each doubling of the time. With 64, the middle of a bucket is off by 1 in 128 at most.
const BUCKETS_A_DOUBLING: u64 = 1 << DOUBLING_BITS;
const DOUBLING_BITS: u32 = 6;

/// How far a percentile may be off, as a part of it, or else by a microsecond.
pub const PRECISION: f64 = 1.0 / 128.0;

/// The longest time told apart, in microseconds: an hour. What took longer counts as that, but for the longest of all.
const LONGEST: u64 = 3_600_000_000;

/// Times, in microseconds. It holds the buckets that were hit only: mostly some dozens, never more than 1,728.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Histogram {
    /// The buckets that were hit, in order, and how many fell into each: apart, so that finding one reads little memory.
    buckets: Vec<u16>,
    counts: Vec<u32>,
    count: u64,
    sum: u64,
    shortest: u64,
    longest: u64,
}

/// A stretch of times, and how many fell into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    /// The shortest time that counts for it.
    pub from: Duration,
    /// How many.
    pub count: u64,
}

impl Histogram {
    /// Counts a time.
    pub fn record(&mut self, time: Duration) {
        let micros = (time.as_nanos() + 500) / 1000;
        let micros = u64::try_from(micros).unwrap_or(u64::MAX);
        self.shortest = if self.count == 0 { micros } else { self.shortest.min(micros) };
        self.longest = self.longest.max(micros);
        self.count += 1;
        self.sum = self.sum.saturating_add(micros);
        let bucket = bucket(micros);
        match self.buckets.binary_search(&bucket) {
            Ok(place) => self.counts[place] = self.counts[place].saturating_add(1),
            Err(place) => {
                self.buckets.insert(place, bucket);
                self.counts.insert(place, 1);
            }
        }
    }

    /// How many times were counted.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The shortest; None while there is none, as of all that follow.
    pub fn shortest(&self) -> Option<Duration> {
        self.has(self.shortest)
    }

    /// The longest.
    pub fn longest(&self) -> Option<Duration> {
        self.has(self.longest)
    }

    /// The mean.
    pub fn mean(&self) -> Option<Duration> {
        self.sum.checked_div(self.count).map(Duration::from_micros)
    }

    /// The time that so many in a hundred did not exceed, to [`PRECISION`].
    pub fn percentile(&self, percent: u32) -> Option<Duration> {
        let rank = (self.count * u64::from(percent)).div_ceil(100).clamp(1, self.count.max(1));
        let mut seen = 0;
        let place = self.counts.iter().position(|count| {
            seen += u64::from(*count);
            seen >= rank
        })?;
        let micros = middle(self.buckets[place]).clamp(self.shortest, self.longest);
        Some(Duration::from_micros(micros))
    }

    /// At most so many stretches from the shortest to the longest time, each about as many times longer than the one
    /// before.
    pub fn bars(&self, most: usize) -> Vec<Bar> {
        let (Some(first), Some(last)) = (self.buckets.first(), self.buckets.last()) else { return Vec::new() };
        let (first, buckets) = (usize::from(*first), usize::from(last - first) + 1);
        let count = most.clamp(1, buckets);
        let start = |bar: usize| lowest((first + (bar * buckets).div_ceil(count)) as u16);
        let bar = |bar| Bar { from: Duration::from_micros(start(bar)), count: 0 };
        let mut bars: Vec<Bar> = (0..count).map(bar).collect();
        for (bucket, times) in self.buckets.iter().zip(&self.counts) {
            bars[(usize::from(*bucket) - first) * count / buckets].count += u64::from(*times);
        }
        bars
    }

    fn has(&self, micros: u64) -> Option<Duration> {
        (self.count > 0).then(|| Duration::from_micros(micros))
    }
}

/// The bucket of a time.
fn bucket(micros: u64) -> u16 {
    let micros = micros.min(LONGEST);
    let doublings = micros.checked_ilog2().unwrap_or(0).saturating_sub(DOUBLING_BITS);
    (u64::from(doublings) * BUCKETS_A_DOUBLING + (micros >> doublings)) as u16
}

/// The shortest time of a bucket.
fn lowest(bucket: u16) -> u64 {
    let bucket = u64::from(bucket);
    let doublings = (bucket / BUCKETS_A_DOUBLING).saturating_sub(1);
    (bucket - doublings * BUCKETS_A_DOUBLING) << doublings
}

fn middle(bucket: u16) -> u64 {
    let (low, next) = (lowest(bucket), lowest(bucket + 1));
    low + (next - low) / 2
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(micros: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        for time in micros {
            histogram.record(Duration::from_micros(*time));
        }
        histogram
    }

    #[test]
    fn buckets_follow_each_other_without_a_gap() {
        for bucket in 0..super::bucket(LONGEST) {
            assert!(lowest(bucket) < lowest(bucket + 1));
            assert_eq!((super::bucket(lowest(bucket)), super::bucket(lowest(bucket + 1) - 1)), (bucket, bucket));
        }
        assert!(super::bucket(u64::MAX) < 1_728);
    }

    #[test]
    fn nothing_counted_has_no_figures() {
        let none = Histogram::default();
        assert_eq!((none.count(), none.mean(), none.percentile(50), none.shortest()), (0, None, None, None));
        assert_eq!(none.bars(10), []);
    }

    #[test]
    fn the_ends_and_the_mean_are_exact() {
        let some = of(&[1_000_003, 7, 500]);
        assert_eq!(some.shortest(), Some(Duration::from_micros(7)));
        assert_eq!(some.longest(), Some(Duration::from_micros(1_000_003)));
        assert_eq!(some.mean(), Some(Duration::from_micros(333_503)));
    }

    #[test]
    fn one_slow_answer_in_a_hundred_shows_in_the_highest_percentiles_only() {
        let some = of(&[&[100; 99][..], &[2_000_000]].concat());
        let told = |percent| some.percentile(percent).unwrap().as_micros();
        assert_eq!((told(50), told(99), told(100)), (100, 100, 2_000_000));
    }

    #[test]
    fn bars_hold_every_time_once() {
        let some = of(&[50, 51, 52, 1_000, 1_010, 90_000]);
        for count in [1, 2, 7, 40, 400] {
            let bars = some.bars(count);
            assert!(bars.len() <= count && bars.windows(2).all(|pair| pair[0].from < pair[1].from));
            assert_eq!(bars.iter().map(|bar| bar.count).sum::<u64>(), 6);
            assert!(bars[0].count > 0 && bars[bars.len() - 1].count > 0);
        }
    }

    proptest! {
        #[test]
        fn percentiles_are_those_of_all_times_sorted_within_the_precision(
            mut micros in prop::collection::vec((0..32_u32, any::<u64>()).prop_map(|(bits, any)| any % (1_u64 << bits).min(LONGEST)), 1..400)
        ) {
            let some = of(&micros);
            micros.sort_unstable();
            for percent in [1, 50, 90, 95, 99, 100] {
                let rank = (micros.len() * percent as usize).div_ceil(100).max(1);
                let exact = micros[rank - 1] as f64;
                let told = some.percentile(percent).unwrap().as_micros() as f64;
                prop_assert!((told - exact).abs() <= (exact * PRECISION).max(1.0), "{percent}: {told} of {exact}");
            }
        }
    }
}

//! How many bytes went when: by the second for the last minute, and for the whole run in as many stretches.

use std::collections::VecDeque;

use crate::model::Timestamp;

/// The seconds remembered one by one, and the stretches of the whole run.
pub const SECONDS: usize = 60;

/// The course of something. It holds the seconds and stretches since it began only: most conversations are short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// The last second in which something came.
    newest: i64,
    /// Bytes of the last seconds up to that one, the newest last.
    recent: VecDeque<u32>,
    /// The first second, and how many each stretch takes: 1, 2, 4 and so on as the run gets longer.
    began: i64,
    width: i64,
    whole: Vec<u64>,
}

impl Course {
    /// Begins now.
    pub fn new(at: Timestamp) -> Self {
        let second = second(at);
        Self { newest: second, recent: VecDeque::from([0]), began: second, width: 1, whole: vec![0] }
    }

    /// Counts bytes. A clock that jumps back counts as one that stands.
    pub fn add(&mut self, at: Timestamp, bytes: u64) {
        let second = second(at);
        if second > self.newest {
            self.move_on(second);
        }
        if let Some(now) = self.recent.back_mut() {
            *now = now.saturating_add(u32::try_from(bytes).unwrap_or(u32::MAX));
        }
        if let Some(now) = self.whole.last_mut() {
            *now += bytes;
        }
    }

    /// Begins a later second.
    fn move_on(&mut self, second: i64) {
        let passed = usize::try_from(second - self.newest).unwrap_or(SECONDS).min(SECONDS);
        self.recent.extend(std::iter::repeat_n(0, passed));
        self.recent.drain(..self.recent.len().saturating_sub(SECONDS));
        self.newest = second;
        while self.stretch(second) >= SECONDS {
            self.halve();
        }
        let stretch = self.stretch(second);
        self.whole.resize(stretch + 1, 0);
    }

    /// The stretch a second is in.
    fn stretch(&self, second: i64) -> usize {
        usize::try_from((second - self.began) / self.width).unwrap_or(0)
    }

    /// Two stretches become one.
    fn halve(&mut self) {
        self.whole = self.whole.chunks(2).map(|pair| pair.iter().sum()).collect();
        self.width *= 2;
    }

    /// Bytes of the last whole second before `now`.
    pub fn rate(&self, now: Timestamp) -> u64 {
        self.of_second(second(now) - 1)
    }

    /// Bytes of each of the last whole seconds before `now`, the newest last.
    pub fn recent(&self, now: Timestamp) -> Vec<u64> {
        let now = second(now);
        (now - SECONDS as i64..now).map(|second| self.of_second(second)).collect()
    }

    /// Bytes of the whole run, in stretches of equal length.
    pub fn whole(&self) -> &[u64] {
        &self.whole
    }

    /// Whether what [`Course::recent`] tells changes as time goes on.
    pub fn is_moving(&self, now: Timestamp) -> bool {
        second(now) - self.newest <= SECONDS as i64
    }

    fn of_second(&self, second: i64) -> u64 {
        let back = usize::try_from(self.newest - second).ok().filter(|back| *back < self.recent.len());
        back.map_or(0, |back| u64::from(self.recent[self.recent.len() - 1 - back]))
    }
}

fn second(at: Timestamp) -> i64 {
    at.0.div_euclid(1_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1_000_000_000 + 500)
    }

    #[test]
    fn the_last_minute_is_told_by_the_second() {
        let mut course = Course::new(at(100));
        course.add(at(100), 5);
        course.add(at(100), 6);
        course.add(at(103), 7);
        let recent = course.recent(at(104));
        assert_eq!(recent[SECONDS - 4..], [11, 0, 0, 7]);
        assert_eq!((course.rate(at(104)), course.rate(at(103)), course.rate(at(105))), (7, 0, 0));
        // What is older than a minute is forgotten, not told again as new.
        course.add(at(163), 1);
        assert_eq!(course.recent(at(164)).iter().sum::<u64>(), 1);
        assert!(course.is_moving(at(223)) && !course.is_moving(at(224)));
    }

    #[test]
    fn the_whole_run_is_told_in_stretches_that_lose_nothing() {
        let mut course = Course::new(at(0));
        for second in 0..1000 {
            course.add(at(second), 3);
        }
        assert_eq!(course.whole().iter().sum::<u64>(), 3000);
        assert_eq!((course.width, course.whole().len()), (32, 32));
    }

    #[test]
    fn a_clock_that_jumps_neither_fails_nor_loses_bytes() {
        let mut course = Course::new(at(1000));
        for (second, bytes) in [(1000, 1), (10, 2), (i64::MAX / 1_000_000_000 - 1, 4), (-5000, 8)] {
            course.add(at(second), bytes);
        }
        assert_eq!(course.whole().iter().sum::<u64>(), 15);
    }
}

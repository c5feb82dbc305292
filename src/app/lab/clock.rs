//! A lab's own time.

use std::time::Duration;

use crate::model::Timestamp;

/// A clock that begins late, stands still and is set forward.
#[derive(Debug, Default)]
pub struct Clock {
    began: Option<Timestamp>,
    /// Where it stands still.
    paused: Option<Duration>,
}

impl Clock {
    /// Begins.
    pub fn begin(&mut self, now: Timestamp) {
        self.began = Some(now);
    }

    /// Whether it has begun.
    pub fn has_begun(&self) -> bool {
        self.began.is_some()
    }

    /// Whether it stands still.
    pub fn is_paused(&self) -> bool {
        self.paused.is_some()
    }

    /// What it shows; None before it begins.
    pub fn time(&self, now: Timestamp) -> Option<Duration> {
        let began = self.began?;
        Some(self.paused.unwrap_or_else(|| now.since(began)))
    }

    /// Stands still, or goes on from where it stood.
    pub fn turn(&mut self, now: Timestamp) {
        match self.paused.take() {
            Some(time) => self.began = self.began.map(|_| before(now, time)),
            None => self.paused = Some(self.time(now).unwrap_or_default()),
        }
    }

    /// Stands still at a moment that is not past.
    pub fn jump(&mut self, now: Timestamp, to: Duration) {
        self.paused = Some(self.time(now).unwrap_or_default().max(to));
    }
}

fn before(now: Timestamp, span: Duration) -> Timestamp {
    Timestamp(now.0.saturating_sub(i64::try_from(span.as_nanos()).unwrap_or(i64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stands_still_goes_on_and_is_set_forward() {
        let at = |seconds: i64| Timestamp(seconds * 1_000_000_000);
        let seconds = |clock: &Clock, now| clock.time(at(now)).map(|time| time.as_secs());
        let mut clock = Clock::default();
        assert_eq!(seconds(&clock, 5), None);
        clock.begin(at(10));
        assert_eq!(seconds(&clock, 12), Some(2));
        clock.turn(at(13));
        assert_eq!(seconds(&clock, 60), Some(3), "paused");
        clock.turn(at(60));
        assert_eq!(seconds(&clock, 61), Some(4), "it goes on from where it stood");
        clock.jump(at(61), Duration::from_secs(9));
        assert_eq!(seconds(&clock, 99), Some(9), "set forward, and paused there");
    }
}

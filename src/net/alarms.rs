//! The times at which connections asked to be woken.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// Alarms one machine can have set at a time; a behaviour that sets more has lost its way.
const MOST: usize = 16 * 1024;

/// Alarms in order of time; the key says whose.
#[derive(Debug)]
pub(crate) struct Alarms<K> {
    set: BTreeSet<(Instant, u64, K)>,
    made: u64,
    sleep: Option<Pin<Box<Sleep>>>,
}

/// The alarm was not set, because too many are.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooMany;

impl<K: Ord + Copy> Alarms<K> {
    pub(crate) fn new() -> Self {
        Self { set: BTreeSet::new(), made: 0, sleep: None }
    }

    /// Sets an alarm.
    ///
    /// # Errors
    /// When too many are set already.
    pub(crate) fn set(&mut self, after: Duration, key: K) -> Result<(), TooMany> {
        if self.set.len() >= MOST {
            return Err(TooMany);
        }
        let now = Instant::now();
        // A time beyond what the clock can count is never reached; thirty years will do for it.
        let at = now.checked_add(after).unwrap_or_else(|| now + Duration::from_hours(30 * 365 * 24));
        self.made += 1;
        self.set.insert((at, self.made, key));
        self.aim();
        Ok(())
    }

    /// Takes all of one key's alarms away.
    pub(crate) fn cancel(&mut self, key: K) {
        self.set.retain(|(_, _, whose)| *whose != key);
        self.aim();
    }

    /// The key of the next alarm, once its time has come.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<K> {
        let Some(sleep) = &mut self.sleep else { return Poll::Pending };
        ready!(sleep.as_mut().poll(cx));
        let Some((_, _, key)) = self.set.pop_first() else {
            self.sleep = None;
            return Poll::Pending;
        };
        self.aim();
        Poll::Ready(key)
    }

    fn aim(&mut self) {
        let Some((at, _, _)) = self.set.first() else {
            self.sleep = None;
            return;
        };
        match &mut self.sleep {
            Some(sleep) if sleep.deadline() == *at && !sleep.is_elapsed() => {}
            Some(sleep) => sleep.as_mut().reset(*at),
            None => self.sleep = Some(Box::pin(sleep_until(*at))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn ring_in_order_of_time_not_of_setting() {
        let mut alarms = Alarms::new();
        let start = Instant::now();
        for (after, key) in [(30, 'c'), (10, 'a'), (20, 'b'), (15, 'x')] {
            alarms.set(Duration::from_millis(after), key).unwrap();
        }
        alarms.cancel('x');
        let mut rung = Vec::new();
        for _ in 0..3 {
            let key = std::future::poll_fn(|cx| alarms.poll(cx)).await;
            rung.push((key, start.elapsed().as_millis()));
        }
        assert_eq!(rung, [('a', 10), ('b', 20), ('c', 30)]);
    }

    #[tokio::test(start_paused = true)]
    async fn refuse_when_too_many_are_set() {
        let mut alarms = Alarms::new();
        for _ in 0..MOST {
            alarms.set(Duration::MAX, ()).unwrap();
        }
        assert_eq!(alarms.set(Duration::ZERO, ()), Err(TooMany));
    }
}

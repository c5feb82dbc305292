//! When to draw: only when something has changed, at once after a pause or a key, and else at most 30 times a second.

use std::time::{Duration, Instant};

/// The time from the end of one frame to the beginning of the next; that long the network may be drained. No eye follows
/// rows that change faster, and what is not drawn is left to the traffic.
pub const FRAME: Duration = Duration::from_millis(33);

/// The same when somebody waits to see it. Keys that repeat come more seldom than this.
pub const HURRY: Duration = Duration::from_millis(4);

/// Whether a frame is due. No clock of its own: it is told the time.
#[derive(Debug, Default)]
pub struct Pace {
    changed: Changed,
    drawn: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum Changed {
    #[default]
    No,
    Yes,
    Awaited,
}

impl Pace {
    /// Something has changed.
    pub fn changed(&mut self) {
        self.changed = self.changed.max(Changed::Yes);
    }

    /// Something has changed that somebody waits to see: a key was pressed.
    pub fn hurry(&mut self) {
        self.changed = Changed::Awaited;
    }

    /// A frame has just been drawn.
    pub fn drawn(&mut self, now: Instant) {
        *self = Self { changed: Changed::No, drawn: Some(now) };
    }

    /// When the next frame is due; None while nothing has changed. `now` when it is due already.
    pub fn due(&self, now: Instant) -> Option<Instant> {
        let rest = match self.changed {
            Changed::No => return None,
            Changed::Yes => FRAME,
            Changed::Awaited => HURRY,
        };
        Some(self.drawn.map_or(now, |drawn| (drawn + rest).max(now)))
    }

    /// Whether a frame is due now.
    pub fn is_due(&self, now: Instant) -> bool {
        self.due(now).is_some_and(|due| due <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_at_once_after_a_pause_and_never_sooner_than_a_frame_after_the_last() {
        let start = Instant::now();
        let mut pace = Pace::default();
        assert!(!pace.is_due(start), "nothing has changed");
        pace.changed();
        assert!(pace.is_due(start));
        pace.drawn(start);
        assert_eq!(pace.due(start), None);
        pace.changed();
        assert_eq!(pace.due(start), Some(start + FRAME));
        assert!(!pace.is_due(start + FRAME / 2));
        assert!(pace.is_due(start + FRAME));
        assert!(pace.is_due(start + FRAME * 100));
    }

    #[test]
    fn a_key_shows_sooner_than_what_the_network_brings_though_more_of_that_comes() {
        let start = Instant::now();
        let mut pace = Pace::default();
        pace.drawn(start);
        pace.hurry();
        pace.changed();
        assert_eq!(pace.due(start), Some(start + HURRY));
        pace.drawn(start + HURRY);
        pace.changed();
        assert_eq!(pace.due(start + HURRY), Some(start + HURRY + FRAME));
    }
}

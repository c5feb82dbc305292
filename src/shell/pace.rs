//! When to draw: only when something has changed, at once after a pause, and at most 60 times a second.

use std::time::{Duration, Instant};

/// The time from the end of one frame to the beginning of the next; that long the network may be drained.
pub const FRAME: Duration = Duration::from_millis(16);

/// Whether a frame is due. No clock of its own: it is told the time.
#[derive(Debug, Default)]
pub struct Pace {
    changed: Changed,
    drawn: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Changed {
    #[default]
    No,
    Yes,
}

impl Pace {
    /// Something has changed.
    pub fn changed(&mut self) {
        self.changed = Changed::Yes;
    }

    /// A frame has just been drawn.
    pub fn drawn(&mut self, now: Instant) {
        *self = Self { changed: Changed::No, drawn: Some(now) };
    }

    /// When the next frame is due; None while nothing has changed. `now` when it is due already.
    pub fn due(&self, now: Instant) -> Option<Instant> {
        match self.changed {
            Changed::No => None,
            Changed::Yes => Some(self.drawn.map_or(now, |drawn| (drawn + FRAME).max(now))),
        }
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
}

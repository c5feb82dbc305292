//! Where the thumb of a scroll bar stands; drawing and dragging go by it.

use std::ops::Range;

/// What part of something is shown, in rows, bytes or whatever it is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    /// How much lies before what is shown.
    pub first: u64,
    /// How much is shown.
    pub shown: u64,
    /// How much there is.
    pub total: u64,
}

impl Bar {
    /// `shown` of `total` rows, beginning with row `first`.
    pub fn of_rows(first: usize, shown: usize, total: usize) -> Self {
        Self { first: first as u64, shown: shown as u64, total: total as u64 }
    }

    /// Whether there is more than is shown.
    pub fn is_needed(&self) -> bool {
        self.shown < self.total
    }

    /// The rows of a track of that height on which the thumb stands. It touches an end only when nothing lies beyond.
    pub fn thumb(&self, height: u16) -> Range<u16> {
        let length = self.length(height);
        let room = height - length;
        let last = self.total.saturating_sub(self.shown);
        let start = if self.first >= last {
            room
        } else {
            let nearest = scaled(self.first, u64::from(room), last) as u16;
            nearest.max(u16::from(self.first > 0)).min(room.saturating_sub(1))
        };
        start..start + length
    }

    /// What is shown first when the thumb is dragged so that it begins on that row of a track of that height.
    pub fn first_at(&self, start: u16, height: u16) -> u64 {
        let room = u64::from(height - self.length(height));
        let last = self.total.saturating_sub(self.shown);
        if u64::from(start) >= room { last } else { scaled(u64::from(start), last, room) }
    }

    fn length(&self, height: u16) -> u16 {
        let share = scaled(self.shown, u64::from(height), self.total.max(1)) as u16;
        share.max(1).min(height)
    }
}

/// `value * to / from`, whatever their sizes; at most `to` for a value within `from`.
fn scaled(value: u64, to: u64, from: u64) -> u64 {
    let scaled = u128::from(value) * u128::from(to) / u128::from(from.max(1));
    u64::try_from(scaled).unwrap_or(u64::MAX).min(to)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_thumb_is_as_long_as_what_is_shown() {
        assert_eq!(Bar::of_rows(0, 10, 40).thumb(20), 0..5);
        assert_eq!(Bar::of_rows(15, 10, 40).thumb(20), 7..12);
        assert_eq!(Bar::of_rows(30, 10, 40).thumb(20), 15..20);
        assert!(!Bar::of_rows(0, 40, 40).is_needed());
    }

    #[test]
    fn millions_of_rows_leave_a_thumb_of_one_row() {
        let bar = Bar { first: u64::MAX / 2, shown: 20, total: u64::MAX };
        assert_eq!(bar.thumb(20).len(), 1);
        assert!((8..=10).contains(&bar.thumb(20).start), "{bar:?}");
    }

    proptest! {
        #[test]
        fn the_thumb_stays_on_its_track_and_touches_an_end_only_there(
            first in 0u64..2_000_000, shown in 0u64..100, total in 0u64..2_000_000, height in 3u16..200,
        ) {
            let bar = Bar { first, shown, total };
            let thumb = bar.thumb(height);
            prop_assert!(!thumb.is_empty() && thumb.end <= height, "{:?}", thumb);
            let last = total.saturating_sub(shown);
            if bar.is_needed() && thumb.len() + 2 <= usize::from(height) {
                prop_assert_eq!(thumb.start == 0, first == 0);
                prop_assert_eq!(thumb.end == height, first >= last);
            }
            prop_assert_eq!(bar.first_at(0, height), if thumb.len() == usize::from(height) { last } else { 0 });
            prop_assert_eq!(bar.first_at(height, height), last);
        }
    }
}

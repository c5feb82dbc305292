//! The rows of the list: the frames that pass, found a part at a time, and moved through.

use std::ops::Range;

use roaring::RoaringTreemap;

use super::stream::scroll_stream;
use super::{Following, Model, PaneId, SEARCHED_AT_ONCE, Tab, ladder, moved, searching, stats};
use crate::app::State;
use crate::app::past::{Scanned, Timeline};
use crate::app::world::World;

impl Model {
    /// How many frames the list has.
    pub fn count(&self, all: &Timeline<'_>) -> usize {
        match &self.matches {
            Some(matches) => usize::try_from(matches.len()).unwrap_or(usize::MAX),
            None => all.len(),
        }
    }

    /// The number of the frame in a row of the list.
    pub fn number_at(&self, all: &Timeline<'_>, row: usize) -> Option<u64> {
        match &self.matches {
            Some(matches) => matches.select(row as u64),
            None => all.number_at(row),
        }
    }

    /// The row of a frame, or of the first after it.
    pub fn row_of(&self, all: &Timeline<'_>, number: u64) -> usize {
        match &self.matches {
            Some(matches) => {
                let before = number.checked_sub(1).map_or(0, |last| matches.rank(last));
                usize::try_from(before).unwrap_or(usize::MAX)
            }
            None => all.row_of(number),
        }
    }

    /// Whether the list has a frame of that number, as far as is known.
    pub fn lists(&self, number: u64) -> bool {
        self.matches.as_ref().is_none_or(|matches| matches.contains(number))
    }

    /// How many of the frames have been searched for those that pass, in percent; None once all have.
    pub fn progress(&self, all: &Timeline<'_>) -> Option<u64> {
        self.matches.as_ref()?;
        let numbers = all.first_number()..all.next_number();
        let left = self.searched.first_gap(numbers.clone())?;
        let done = self.searched.count(&numbers);
        (!left.is_empty()).then(|| done * 100 / (numbers.end - numbers.start).max(1))
    }

    /// The first of these frames that have yet to be searched.
    pub fn unsearched(&self, numbers: Range<u64>) -> Option<Range<u64>> {
        self.matches.as_ref().and_then(|_| self.searched.first_gap(numbers))
    }

    /// These frames have been searched, and some found.
    pub fn was_searched(&mut self, numbers: Range<u64>, found: &[u64]) {
        if let Some(matches) = &mut self.matches {
            matches.remove_range(numbers.clone());
            matches.extend(found);
            self.searched.add(numbers);
        }
    }

    /// The row shown first on a page of so many rows: the cursor is on it, and moves it least.
    pub fn top_row(&self, all: &Timeline<'_>, page: usize) -> usize {
        let count = self.count(all);
        let last_top = count.saturating_sub(page);
        if self.following == Following::Newest {
            return last_top;
        }
        let cursor = self.row_of(all, self.cursor);
        let top = self.row_of(all, self.top).min(last_top);
        top.clamp((cursor + 1).saturating_sub(page), cursor.max((cursor + 1).saturating_sub(page)))
    }
}

/// Moves the cursor; at the end the list follows what comes.
pub fn move_by(state: &mut State, by: isize) {
    match state.traffic.tab {
        Tab::Stream => return scroll_stream(state, by),
        Tab::Ladder => return ladder::step(state, by),
        Tab::Stats => return stats::step(state, by),
        Tab::List => {}
    }
    let State { traffic, world, past, .. } = state;
    let all = past.timeline(&world.log);
    let count = traffic.count(&all);
    if count == 0 {
        return;
    }
    let page = state.regions.page(PaneId::Traffic);
    traffic.top = traffic.number_at(&all, traffic.top_row(&all, page)).unwrap_or(1);
    let row = match traffic.following {
        Following::Newest => count - 1,
        Following::Stays => traffic.row_of(&all, traffic.cursor).min(count - 1),
    };
    let row = moved(row, by, count);
    traffic.cursor = traffic.number_at(&all, row).unwrap_or(traffic.cursor);
    traffic.following = if row + 1 == count && by > 0 { Following::Newest } else { Following::Stays };
}

/// Puts the cursor on a row. False when there is no such row.
pub fn choose_row(state: &mut State, row: usize) -> bool {
    if state.traffic.tab == Tab::Stats {
        return stats::choose(state, row);
    }
    let page = state.regions.page(PaneId::Traffic);
    let State { traffic, world, past, .. } = state;
    let all = past.timeline(&world.log);
    let Some(number) = traffic.number_at(&all, row) else { return false };
    traffic.top = traffic.number_at(&all, traffic.top_row(&all, page)).unwrap_or(1);
    traffic.cursor = number;
    traffic.following = Following::Stays;
    true
}

/// Scrolls the list so that this row stands first; the cursor stays in sight.
pub fn scroll_to(state: &mut State, row: usize) {
    if state.traffic.tab == Tab::Stats {
        stats::choose(state, row);
        return;
    }
    let page = state.regions.page(PaneId::Traffic);
    let State { traffic, world, past, .. } = state;
    let all = past.timeline(&world.log);
    let last_top = traffic.count(&all).saturating_sub(page);
    let first = row.min(last_top);
    let cursor = traffic.row_of(&all, traffic.cursor).clamp(first, first + page - 1);
    traffic.top = traffic.number_at(&all, first).unwrap_or(1);
    traffic.cursor = traffic.number_at(&all, cursor).unwrap_or(traffic.cursor);
    traffic.following = if first == last_top { Following::Newest } else { Following::Stays };
}

/// The frames that pass are found anew: in memory the newest first, in the recording the oldest.
pub(super) fn search_anew(state: &mut State) {
    let traffic = &mut state.traffic;
    let is_all = traffic.only.is_none() && traffic.sieve.is_none();
    traffic.matches = (!is_all).then(RoaringTreemap::new);
    traffic.searched = Scanned::default();
    traffic.sifts += 1;
    settle(state);
}

/// Brings the list up to date with what has come and what is gone, as far as [`SEARCHED_AT_ONCE`] goes.
pub fn settle(state: &mut State) {
    let State { traffic, world, past, .. } = state;
    let all = past.timeline(&world.log);
    sift(traffic, world, &all);
    let count = traffic.count(&all);
    // A frame that the search has yet to reach may pass: the cursor stays on it until that is known.
    let is_known = traffic.progress(&all).is_none() || traffic.searched.contains(traffic.cursor);
    if traffic.following == Following::Stays && traffic.cursor == 0 && past.opened.is_some() {
        traffic.cursor = traffic.number_at(&all, 0).unwrap_or(0);
    } else if traffic.following == Following::Newest || traffic.cursor == 0 {
        traffic.cursor = count.checked_sub(1).and_then(|row| traffic.number_at(&all, row)).unwrap_or(0);
    } else if count > 0 && is_known {
        let row = traffic.row_of(&all, traffic.cursor).min(count - 1);
        traffic.cursor = traffic.number_at(&all, row).unwrap_or(0);
    }
    searching::go_on(state);
}

/// Whether a search of memory goes on with the next frame. That of the recording goes on by itself.
pub fn goes_on(state: &State) -> bool {
    let log = &state.world.log;
    state.traffic.hunts_in_memory() || state.traffic.unsearched(log.first_number()..log.next_number()).is_some()
}

/// Goes on with the search of memory, the newest first.
fn sift(traffic: &mut Model, world: &World, all: &Timeline<'_>) {
    let Model { matches: Some(matches), searched, sieve, only, .. } = traffic else { return };
    matches.remove_range(..all.first_number());
    let in_memory = world.log.first_number()..world.log.next_number();
    let mut room = SEARCHED_AT_ONCE;
    while room > 0
        && let Some(gap) = searched.last_gap(in_memory.clone())
    {
        let mut start = gap.end;
        while room > 0 && start > gap.start {
            start -= 1;
            let frame = world.log.frame(start).filter(|frame| only.is_none_or(|flow| frame.flow == Some(flow)));
            let (is_found, cost) = match (frame, &*sieve) {
                (Some(frame), Some(sieve)) => sieve.passes(frame, world),
                (frame, _) => (frame.is_some(), 1),
            };
            room = room.saturating_sub(cost);
            if is_found {
                matches.insert(start);
            } else {
                matches.remove(start);
            }
        }
        searched.add(start..gap.end);
    }
}

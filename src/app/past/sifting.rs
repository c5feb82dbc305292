//! The recording searched for the frames that pass, a slice at a time, beside everything else.

use super::{Purpose, Task, Test};
use crate::app::{Effect, State};

/// Frames of one slice: some milliseconds of work, so that what is scrolled to need not wait for it.
const SLICE: usize = 4096;

/// Asks for the next slice, unless one is awaited or all was looked at.
pub(super) fn ask(state: &mut State) -> Option<Effect> {
    let State { past, traffic, world, .. } = state;
    if past.sifting.is_some() {
        return None;
    }
    let numbers = past.timeline(&world.log).past_numbers();
    let gap = traffic.unsearched(numbers)?;
    let entries: Vec<_> = past.index.from(gap.start).take_while(|entry| entry.number < gap.end).take(SLICE).collect();
    let Some(last) = entries.last().map(|entry| entry.number) else {
        // Nothing is recorded of these.
        traffic.was_searched(gap, &[]);
        return None;
    };
    let test = Test { search: traffic.sifts, filter: traffic.sifted_by.clone(), only: traffic.only };
    let request = past.request(Purpose::Sift, entries, Task::Sift(test)).with_remarks(&world.remarks);
    past.sifting = Some(request.id);
    traffic.sifting = Some((traffic.sifts, gap.start..last + 1));
    Some(Effect::Recall(Box::new(request)))
}

/// A slice was looked through; what it gave counts while it is still asked for.
pub(super) fn passed(state: &mut State, id: u64, numbers: &[u64]) {
    let State { past, traffic, .. } = state;
    if past.sifting != Some(id) {
        return;
    }
    past.sifting = None;
    if let Some((search, range)) = traffic.sifting.take()
        && search == traffic.sifts
    {
        traffic.was_searched(range, numbers);
    }
}

//! Marks and notes on frames, set by hand and gone through.

use super::{Following, Model, PaneId, Tab, search_anew};
use crate::app::form::{Field, Form, Purpose};
use crate::app::past::Timeline;
use crate::app::{State, forms};
use crate::model::Mark;

/// Frames before one that are looked at with it again: as many as a slice of the search in the recording has.
const BEFORE: u64 = 4095;

/// The frame that is meant: the one under the cursor, or the one at the top of the stream that is scrolled.
fn meant(state: &State) -> Option<u64> {
    let State { traffic, focus, .. } = state;
    let number = match (focus, traffic.tab, traffic.stream_at) {
        (PaneId::Traffic, Tab::Stream, Some(place)) => place.frame,
        _ => traffic.cursor,
    };
    let all = state.timeline();
    (all.number_at(all.row_of(number)) == Some(number)).then_some(number)
}

/// Marks the frame, or takes its mark away.
pub(super) fn toggle(state: &mut State) {
    let Some(number) = meant(state) else { return state.say("there is no frame to mark yet") };
    let mark = match state.world.remarks.of(number).mark {
        Mark::On => Mark::Off,
        Mark::Off => Mark::On,
    };
    if let Err(why) = state.world.remarks.mark(number, mark) {
        return state.complain(why);
    }
    reconsider(&mut state.traffic, number);
    if state.traffic.tab == Tab::Stream && state.focus == PaneId::Traffic {
        let words = if mark == Mark::On { "marked" } else { "no longer marked" };
        state.say(format!("frame {number} is {words}"));
    }
}

/// Takes all marks away.
pub(super) fn clear(state: &mut State) {
    let marked = state.world.remarks.clear_marks();
    if state.traffic.sieve.is_some() {
        search_anew(state);
    }
    state.say(match marked.len() {
        0 => "no frame is marked".to_owned(),
        1 => "took the one mark away".to_owned(),
        many => format!("took {many} marks away"),
    });
}

/// To the next marked frame of the list; behind the last comes the first.
pub(super) fn next(state: &mut State) {
    let State { traffic, world, past, .. } = state;
    let all = past.timeline(&world.log);
    let is_shown = |number: &u64| shows(traffic, &all, *number);
    let after = world.remarks.marked_after(traffic.cursor).find(is_shown);
    let found = after.map(|number| (number, "")).or_else(|| {
        let first = world.remarks.marked_after(0).find(is_shown)?;
        Some((first, "went round to the first mark"))
    });
    go(state, found);
}

/// To the marked frame before; before the first comes the last.
pub(super) fn previous(state: &mut State) {
    let State { traffic, world, past, .. } = state;
    let all = past.timeline(&world.log);
    let is_shown = |number: &u64| shows(traffic, &all, *number);
    let before = world.remarks.marked_before(traffic.cursor).find(is_shown);
    let found = before.map(|number| (number, "")).or_else(|| {
        let last = world.remarks.marked_before(u64::MAX).find(is_shown)?;
        Some((last, "went round to the last mark"))
    });
    go(state, found);
}

fn go(state: &mut State, found: Option<(u64, &str)>) {
    let Some((number, words)) = found else {
        let is_any = state.world.remarks.marked() > 0;
        return state.say(if is_any { "no frame of the list is marked" } else { "no frame is marked" });
    };
    if matches!(state.traffic.tab, Tab::Stream | Tab::Stats) {
        state.traffic.tab = Tab::List;
    }
    show(state, number);
    if !words.is_empty() {
        state.say(words);
    }
}

/// Whether the list has a frame.
pub(super) fn shows(traffic: &Model, all: &Timeline<'_>, number: u64) -> bool {
    traffic.number_at(all, traffic.row_of(all, number)) == Some(number)
}

/// Puts the cursor on a frame of the list.
pub(super) fn show(state: &mut State, number: u64) {
    let row = state.traffic.row_of(&state.timeline(), number);
    if super::choose_row(state, row) {
        state.traffic.following = Following::Stays;
    }
}

/// What a filter asks of a frame may have changed with what was said of it: it is looked at again.
fn reconsider(traffic: &mut Model, number: u64) {
    if traffic.sieve.is_some() {
        // In the recording it is looked at behind those before it, for what they said may count as well.
        traffic.searched.forget(&(number.saturating_sub(BEFORE)..number + 1));
    }
}

/// Asks for a note on the frame.
pub(super) fn ask(state: &mut State) {
    let Some(number) = meant(state) else { return state.say("there is no frame to write a note on yet") };
    let note = state.world.remarks.of(number).note.unwrap_or_default().to_owned();
    let hint = "kept with the frame when the traffic is saved; an empty note is taken away";
    let field = Field::text_field("note", note, hint);
    forms::open(state, Form::new(format!("Note on frame {number}"), Purpose::Note(number), vec![field]));
}

/// Writes a note on the frame that is meant.
///
/// # Errors
/// There is no frame, or no room for the note.
pub fn note(state: &mut State, text: &str) -> Result<(), String> {
    let number = meant(state).ok_or("there is no frame to write a note on yet")?;
    submit_note(state, number, text)
}

/// Writes a note on a frame; an empty one takes the note away.
///
/// # Errors
/// There is no room for it.
pub fn submit_note(state: &mut State, number: u64, text: &str) -> Result<(), String> {
    let had = state.world.remarks.of(number).note.is_some();
    state.world.remarks.note(number, text)?;
    reconsider(&mut state.traffic, number);
    if had && text.trim().is_empty() {
        state.say(format!("took the note on frame {number} away"));
    }
    Ok(())
}

//! What moves on the screen for a moment, because it tells something: a frame that has just arrived, a connection
//! that is being opened.
//!
//! Whether something moves follows from the facts and the time. At most one wake-up is waited for, and none once
//! nothing moves.

use std::time::Duration;

use super::look::Motion;
use super::{Alarm, Effect, State};
use crate::model::{ConnectionLife, Frame};

/// How long a frame counts as just arrived: long enough to be seen in the corner of the eye.
pub const FRESH: Duration = Duration::from_millis(400);

/// From one position of a moving sign to the next.
pub const STEP: Duration = Duration::from_millis(120);

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Waking {
    /// Nothing.
    #[default]
    No,
    /// The end of a moment.
    Awaited,
}

/// Whether a frame has just arrived.
pub fn is_fresh(state: &State, frame: &Frame) -> bool {
    state.look.motion == Motion::Full && state.now.since(frame.at) < FRESH
}

/// Where a moving sign that has so many positions now stands.
pub fn position(state: &State, positions: usize) -> usize {
    let steps = u128::from(state.now.0.unsigned_abs()) / STEP.as_nanos();
    (steps % positions.max(1) as u128) as usize
}

/// Asks to be woken when what now moves is to be drawn anew, unless that is waited for already.
pub(super) fn keep_moving(state: &mut State) -> Option<Effect> {
    if state.moving == Waking::Awaited {
        return None;
    }
    let after = next_change(state)?;
    state.moving = Waking::Awaited;
    Some(Effect::Wake { after, alarm: Alarm::Motion })
}

/// A moment is over.
pub(super) fn woken(state: &mut State) {
    state.moving = Waking::No;
}

fn next_change(state: &State) -> Option<Duration> {
    if state.look.motion == Motion::Reduced {
        return None;
    }
    let is_opening = state.world.clients.iter().any(|client| client.life == ConnectionLife::Connecting);
    if is_opening || state.http.is_opening() {
        return Some(STEP);
    }
    let newest = state.world.log.frame(state.world.log.next_number().checked_sub(1)?)?;
    let left = FRESH.checked_sub(state.now.since(newest.at))?;
    (!left.is_zero()).then_some(left)
}

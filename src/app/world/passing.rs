//! Messages that pass a tap: which frames they are, and which of them are held.

use std::collections::{HashMap, VecDeque};

use foldhash::fast::RandomState;

use super::World;
use super::words::deed_words;
use crate::contract::Held;
use crate::model::{ConnId, Deed, Direction, FrameKind, NodeId, Side, Timestamp};

/// Messages of one direction whose frames are known: more than a tap lets wait.
const MESSAGES_KEPT: usize = 16_384;

/// A message that a tap holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldMessage {
    /// Which it is, as the tap knows it.
    pub message: Held,
    /// Its frame, where that is known.
    pub frame: Option<u64>,
    /// Since when.
    pub since: Timestamp,
}

/// The frames of the messages in each conversation that passes a tap.
#[derive(Debug, Default)]
pub(super) struct Passing(HashMap<ConnId, [Frames; 2], RandomState>);

/// The frames of one direction, the newest last.
#[derive(Debug, Default)]
struct Frames {
    count: u64,
    newest: VecDeque<Option<u64>>,
}

impl Frames {
    fn push(&mut self, frame: Option<u64>) {
        self.count += 1;
        self.newest.push_back(frame);
        if self.newest.len() > MESSAGES_KEPT {
            self.newest.pop_front();
        }
    }

    fn of(&self, message: u64) -> Option<u64> {
        let back = usize::try_from(self.count.checked_sub(message + 1)?).ok()?;
        *self.newest.iter().nth_back(back)?
    }
}

impl Passing {
    pub(super) fn opened(&mut self, conn: ConnId) {
        self.0.insert(conn, Default::default());
    }

    pub(super) fn closed(&mut self, conn: ConnId) {
        self.0.remove(&conn);
    }

    /// A message has come; its frame, where it is known.
    pub(super) fn came(&mut self, conn: ConnId, direction: Direction, frame: Option<u64>) {
        if let Some(frames) = self.0.get_mut(&conn) {
            frames[place(direction)].push(frame);
        }
    }

    fn frame(&self, conn: ConnId, direction: Direction, message: u64) -> Option<u64> {
        self.0.get(&conn)?[place(direction)].of(message)
    }
}

fn place(direction: Direction) -> usize {
    match direction {
        Direction::In => 0,
        Direction::Out => 1,
    }
}

/// What a tap did, to which message of which conversation.
pub(super) struct Done<'a> {
    pub conn: ConnId,
    pub direction: Direction,
    pub message: Option<u64>,
    pub by: &'static str,
    pub deed: &'a Deed,
}

/// How far behind a message is looked for what was done to it: a tap tells of it as it does it.
pub const DEEDS_WITHIN: u64 = 64;

impl World {
    /// A tap did something to a message.
    pub(super) fn impaired(&mut self, at: Timestamp, node: NodeId, done: &Done<'_>) {
        let Done { conn, direction, message, by, deed } = *done;
        let frame = |message: u64| self.passing.frame(conn, direction, message);
        let of = message.and_then(frame);
        let deed = match deed {
            // A message without a frame of its own has the number 0, as no frame has.
            Deed::Swapped(with) => Deed::Swapped(frame(*with).unwrap_or_default()),
            Deed::Delayed(_)
            | Deed::Dropped
            | Deed::Stalled
            | Deed::Duplicated
            | Deed::Corrupted(..)
            | Deed::Sliced(_)
            | Deed::Truncated(_)
            | Deed::Held
            | Deed::Released(_)
            | Deed::Edited(_)
            | Deed::Injected(_)
            | Deed::Closed
            | Deed::Reset => deed.clone(),
        };
        if let (Some(message), Some(server)) = (message, self.server_mut(node)) {
            let toward = match direction {
                Direction::In => Side::Server,
                Direction::Out => Side::Client,
            };
            let held = Held { conn, toward, message };
            match &deed {
                Deed::Held => server.held.push(HeldMessage { message: held, frame: of, since: at }),
                Deed::Released(_) | Deed::Edited(_) | Deed::Dropped => server.held.retain(|one| one.message != held),
                Deed::Delayed(_)
                | Deed::Stalled
                | Deed::Duplicated
                | Deed::Swapped(_)
                | Deed::Corrupted(..)
                | Deed::Sliced(_)
                | Deed::Truncated(_)
                | Deed::Injected(_)
                | Deed::Closed
                | Deed::Reset => {}
            }
        }
        let flow = self.flow_of(conn);
        if let (Some(flow), Some(of)) = (flow, of) {
            self.ledger.impaired(flow, of, &deed);
        }
        let kind = FrameKind::Impaired { of, direction, by: by.into(), deed };
        self.note(at, node, flow, kind);
    }
    /// What taps did to the message of that frame, each with what did it: `delay +50.0ms`. Of those told soon after it.
    pub fn deeds(&self, number: u64) -> impl Iterator<Item = String> {
        self.done_to(number).map(|(by, deed)| format!("{by} {}", deed_words(deed)))
    }

    /// What was done to the message of that frame, and by what.
    pub(super) fn done_to(&self, number: u64) -> impl Iterator<Item = (&str, &Deed)> {
        let behind = (number + 1..=number + DEEDS_WITHIN).filter_map(|next| self.log.frame(next));
        behind.filter_map(move |frame| match &frame.kind {
            FrameKind::Impaired { of, by, deed, .. } if *of == Some(number) => Some((by.as_ref(), deed)),
            FrameKind::Impaired { .. }
            | FrameKind::Step(_)
            | FrameKind::Opened { .. }
            | FrameKind::Data { .. }
            | FrameKind::Finished(_)
            | FrameKind::Closed(_)
            | FrameKind::Lost { .. }
            | FrameKind::Error(_)
            | FrameKind::Note(_) => None,
        })
    }
}

//! The ladder: what went between whom, a line a rung, as everyone draws it by hand to explain a protocol.
//!
//! | file      | what it is                                                         |
//! |-----------|--------------------------------------------------------------------|
//! | `cast`    | who takes part, from left to right                                 |
//! | `lanes`   | a rung as one line of characters, for the screen and for text      |
//! | `order`   | rungs in the order of time: what leaves early may arrive late      |
//! | `text`    | the whole as text of 72 columns                                    |
//! | `svg`     | the whole as a picture, arrows slanted by the time they took       |
//! | `mermaid` | the whole as a `sequenceDiagram`                                   |

mod cast;
mod lanes;
pub mod mermaid;
mod order;
pub mod svg;
pub mod text;

pub use cast::{Cast, Lifeline, Role};
pub use lanes::{Lanes, Piece, Tone};
pub use order::{Line, ordered};

use crate::model::{Address, FlowId, NodeId, Timestamp, span};

/// The time since the line before, signed: a clock may jump back. None for what happened with it.
pub fn delta(before: Timestamp, at: Timestamp) -> Option<String> {
    match at.checked_since(before) {
        Some(time) => (at != before).then(|| format!("+{}", span(time))),
        None => Some(format!("-{}", span(before.since(at)))),
    }
}

/// Whose a lifeline is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum End {
    /// A node of the lab.
    Node(NodeId),
    /// A program that is not of the lab, by its address.
    Address(Address),
}

/// One who takes part in what a rung tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Who.
    pub end: End,
    /// As what, which says how far to the left the lifeline stands.
    pub role: Role,
    /// The name at the lifeline's head; as told, so it may hold any character.
    pub name: String,
    /// The conversation, for the order among those of one role.
    pub flow: FlowId,
}

/// One thing that happened, told between lifelines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rung {
    /// The frame it tells of.
    pub frame: u64,
    /// When the frame was seen.
    pub seen: Timestamp,
    /// When what the rung tells began; of what a tap delays, later than that.
    pub at: Timestamp,
    /// What it is.
    pub act: Act,
    /// What it says, in one line; as decoded, so it may hold any character.
    pub words: String,
    /// What was done to it on the way: `+52.0ms`, `sent twice`.
    pub remarks: Vec<String>,
}

/// What a rung is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Something went from one end to another.
    Arrow(Arrow),
    /// Something happened at one end.
    Aside(Aside),
}

/// What happened at one end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    /// At which.
    pub end: End,
    /// What that is called; it need not take part in anything else.
    pub name: String,
    /// How grave it is.
    pub gravity: Gravity,
}

/// How grave something is that happened at one end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gravity {
    /// A step, or a remark.
    Plain,
    /// Something is lost, or failed.
    Bad,
}

/// What went, and how it fared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrow {
    /// Who sent it.
    pub from: End,
    /// For whom it is.
    pub to: End,
    /// The tap it passes, when the same rung tells both ways.
    pub via: Option<End>,
    /// Who sent it: a program, or its system unasked.
    pub by: Sender,
    /// How far it came.
    pub fate: Fate,
    /// When it was there, where that was seen.
    pub arrived: Option<Timestamp>,
}

/// Who made something go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// The program; or it is a packet that was captured.
    Program,
    /// The system, unseen: the handshake and the acknowledgements of TCP. Drawn lighter.
    System,
}

/// How far something came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// To its end.
    Arrives,
    /// To where it was lost: the tap it passes, or the end it had reached.
    LostThere,
    /// No further than where it began.
    LostAtOnce,
}

impl Rung {
    /// All who take part.
    pub fn ends(&self) -> impl Iterator<Item = &End> {
        let (one, two, three) = match &self.act {
            Act::Arrow(Arrow { from, to, via, .. }) => (Some(from), Some(to), via.as_ref()),
            Act::Aside(aside) => (Some(&aside.end), None, None),
        };
        [one, two, three].into_iter().flatten()
    }
}

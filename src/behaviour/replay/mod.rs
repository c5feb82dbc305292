//! Replay: one side of a recorded conversation, played to whoever takes the other; each connection anew.

mod talk;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use super::argument::command_words;
use super::{Behaviour, Carrier, Event, Happened, Kind, Make, Reply};
use crate::model::replay::Manner;
use crate::model::script::Script;
use crate::model::{ConnId, FlowId, Side};

use self::talk::Talk;

/// What [`Origin::Marked`] is written as.
const MARKED: &str = "marked";

pub(super) const KIND: Kind = Kind {
    name: "replay",
    words: "says again what the server of a recorded conversation said",
    argument: "FILE#N, conversation N of a recording; #N of this one; then 2x, max, stop, go, or a patience: 5s",
    example: "#1 2x",
    make: Make::Replay(asked),
};

/// A replay as it is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// Where the conversation is.
    pub origin: Origin,
    /// How it is played.
    pub manner: Manner,
}

/// Where a recorded conversation is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In a file: its path as written, and which of its conversations; None takes the only one that carries data.
    File(String, Option<FlowId>),
    /// In what this program has recorded or opened.
    Here(FlowId),
    /// In the frames that are marked.
    Marked,
}

/// Reads `FILE#N`, `#N` or `#marked`, and words of how it is played.
///
/// # Errors
/// Says in one sentence what is missing or wrong.
pub fn asked(argument: &str) -> Result<Asked, String> {
    let words = command_words(argument)?;
    let Some((place, rest)) = words.split_first() else {
        return Err("a replay needs a recording: talk.pcapng#1, or #1 for a conversation of this one".into());
    };
    let mut manner = Manner::default();
    rest.iter().try_for_each(|word| manner.take(word))?;
    Ok(Asked { origin: origin(place)?, manner })
}

/// What a word names: `FILE`, `FILE#N`, `#N` or `#marked`.
///
/// # Errors
/// What stands behind the sign is no number.
pub fn origin(place: &str) -> Result<Origin, String> {
    let number = |text: &str| text.parse().map(FlowId).map_err(|_| format!("{text:?} is not the number of one"));
    match place.rsplit_once('#') {
        Some(("", MARKED)) => Ok(Origin::Marked),
        Some(("", text)) => number(text).map(Origin::Here),
        Some((file, text)) if text.parse::<u64>().is_ok() => Ok(Origin::File(file.to_owned(), Some(number(text)?))),
        Some(_) | None => Ok(Origin::File(place.to_owned(), None)),
    }
}

/// A machine that plays this side of a script on every connection, over that carrier.
pub fn player(script: Arc<Script>, own: Side, manner: Manner, carrier: Carrier) -> Box<dyn Behaviour> {
    Box::new(Replay { role: Role { script, own, manner, carrier }, talks: HashMap::new() })
}

/// What is played on every connection.
#[derive(Clone)]
struct Role {
    script: Arc<Script>,
    own: Side,
    manner: Manner,
    carrier: Carrier,
}

struct Replay {
    role: Role,
    talks: HashMap<ConnId, Talk>,
}

impl Behaviour for Replay {
    fn on(&mut self, event: Event<'_>) -> Vec<Reply> {
        let Event { conn, at, what } = event;
        if let Happened::Opened(_) = what {
            self.talks.insert(conn, Talk::new(conn, self.role.clone(), at));
        }
        let Some(talk) = self.talks.get_mut(&conn) else { return Vec::new() };
        let is_over = matches!(what, Happened::Closed);
        let replies = talk.on(at, &what);
        if is_over {
            self.talks.remove(&conn);
        }
        replies
    }
}

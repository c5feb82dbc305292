//! Discard (RFC 863): what comes is thrown away.

use super::{Behaviour, Carrier, Event, Happened, Kind, Made, Make, Reply, argument};

/// This behaviour, as it is offered.
pub const KIND: Kind = Kind {
    name: "discard",
    words: "reads everything and answers nothing (RFC 863)",
    argument: "",
    example: "",
    make: Make::Bytes(make),
};

fn make(_: Carrier, argument: &str) -> Made<dyn Behaviour> {
    argument::none(KIND.name, argument)?;
    Ok(Box::new(Discard))
}

struct Discard;

impl Behaviour for Discard {
    fn on(&mut self, event: Event<'_>) -> Vec<Reply> {
        match event.what {
            Happened::Finished => vec![Reply::Close(event.conn)],
            Happened::Opened(_)
            | Happened::Data(_)
            | Happened::Woken
            | Happened::Drained
            | Happened::Output(_)
            | Happened::Exited
            | Happened::Closed => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::behaviour::conversation::Conversation;

    #[test]
    fn answers_nothing_and_closes_when_the_peer_has_finished() {
        let mut talk = Conversation::stream("discard", "");
        talk.opens(1).says("anything\n").says(b"\0\xff").hears_nothing().is_open();
        talk.finishes().hears_nothing().is_closed();
    }

    #[test]
    fn datagrams_are_not_answered_either() {
        let mut talk = Conversation::datagrams("discard", "");
        talk.opens(1).says("").says("x").hears_nothing().is_open();
    }
}

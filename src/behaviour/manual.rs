//! Manual: a person answers, so the machine says nothing and closes nothing.

use super::{Behaviour, Carrier, Event, Kind, Made, Make, Reply, argument};

/// This behaviour, as it is offered.
pub const KIND: Kind = Kind {
    name: "manual",
    words: "you answer: pick a client and type",
    argument: "",
    example: "",
    make: Make::Bytes(make),
};

fn make(_: Carrier, argument: &str) -> Made<dyn Behaviour> {
    argument::none(KIND.name, argument)?;
    Ok(Box::new(Manual))
}

struct Manual;

impl Behaviour for Manual {
    fn on(&mut self, _: Event<'_>) -> Vec<Reply> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use crate::behaviour::conversation::Conversation;

    #[test]
    fn leaves_the_answer_to_a_person_even_after_the_peer_has_finished() {
        let mut talk = Conversation::stream("manual", "");
        talk.opens(1).says("anybody there?\n").finishes().hears_nothing().is_open();
    }
}

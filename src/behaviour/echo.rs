//! Echo (RFC 862): what comes goes back.

use super::{Behaviour, Carrier, Event, Happened, Kind, Made, Make, Reply, argument};

/// This behaviour, as it is offered.
pub const KIND: Kind = Kind {
    name: "echo",
    words: "sends everything back as it came (RFC 862)",
    argument: "",
    example: "",
    make: Make::Bytes(make),
};

fn make(carrier: Carrier, argument: &str) -> Made<dyn Behaviour> {
    argument::none(KIND.name, argument)?;
    Ok(Box::new(Echo { carrier }))
}

struct Echo {
    carrier: Carrier,
}

impl Behaviour for Echo {
    fn on(&mut self, event: Event<'_>) -> Vec<Reply> {
        match event.what {
            Happened::Data(data) => match self.carrier {
                Carrier::Stream if data.is_empty() => Vec::new(),
                Carrier::Stream | Carrier::Datagram => vec![Reply::Send(event.conn, data.clone())],
            },
            Happened::Finished => vec![Reply::Close(event.conn)],
            Happened::Opened(_)
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
    fn gives_back_any_bytes_and_closes_after_the_peer_has_finished() {
        let mut talk = Conversation::stream("echo", "");
        talk.opens(1).hears_nothing();
        talk.says("hello").hears("hello");
        talk.says(b"\0\xff\xfe\x1b[2J").hears(b"\0\xff\xfe\x1b[2J");
        talk.says("last").finishes().hears("last").is_closed();
    }

    #[test]
    fn ten_megabytes_without_a_newline_come_back_whole() {
        let mut talk = Conversation::stream("echo", "");
        talk.opens(1);
        let block = vec![b'x'; 64 * 1024];
        for _ in 0..160 {
            talk.says(&block).hears(&block);
        }
    }

    #[test]
    fn each_datagram_comes_back_with_its_edges_and_an_empty_one_too() {
        let mut talk = Conversation::datagrams("echo", "");
        talk.opens(1).says("one").says("").says("two");
        talk.hears("one").hears("").hears("two").hears_nothing();
    }

    #[test]
    fn a_connection_that_closes_in_mid_talk_gets_nothing_more() {
        let mut talk = Conversation::stream("echo", "");
        talk.opens(1).says("a").hears("a").leaves();
        talk.opens(2).says("b").hears("b");
    }
}

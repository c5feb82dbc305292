//! Daytime (RFC 867): the date and time in words, then goodbye.

use bytes::Bytes;

use super::{Behaviour, Carrier, Event, Happened, Kind, Made, Make, Reply, argument};
use crate::model::Timestamp;

/// This behaviour, as it is offered.
pub const KIND: Kind = Kind {
    name: "daytime",
    words: "tells date and time as text, then closes (RFC 867)",
    argument: "",
    example: "",
    make: Make::Bytes(make),
};

fn make(carrier: Carrier, argument: &str) -> Made<dyn Behaviour> {
    argument::none(KIND.name, argument)?;
    Ok(Box::new(Clock { carrier, tell: daytime }))
}

/// One line in the form the RFC proposes, in UTC: `Saturday, January 31, 2026 12:03:01-UTC`.
fn daytime(at: Timestamp) -> Bytes {
    at.utc().format("%A, %B %-d, %Y %H:%M:%S-UTC\r\n").to_string().into()
}

/// A server that tells the time: to a connection at once, then it closes; to each datagram by one.
pub(super) struct Clock {
    pub(super) carrier: Carrier,
    pub(super) tell: fn(Timestamp) -> Bytes,
}

impl Behaviour for Clock {
    fn on(&mut self, event: Event<'_>) -> Vec<Reply> {
        let tell = Reply::Send(event.conn, (self.tell)(event.at));
        match (self.carrier, event.what) {
            (Carrier::Stream, Happened::Opened(_)) => vec![tell, Reply::Close(event.conn)],
            (Carrier::Datagram, Happened::Data(_)) => vec![tell],
            (Carrier::Stream, Happened::Data(_))
            | (Carrier::Datagram, Happened::Opened(_))
            | (
                _,
                Happened::Woken
                | Happened::Drained
                | Happened::Finished
                | Happened::Output(_)
                | Happened::Exited
                | Happened::Closed,
            ) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::behaviour::conversation::Conversation;

    #[test]
    fn tells_a_connection_the_time_and_closes() {
        let mut talk = Conversation::stream("daytime", "");
        talk.opens(1).hears("Saturday, January 31, 2026 12:03:01-UTC\r\n").is_closed();
        talk.says("thanks").hears_nothing();
    }

    #[test]
    fn tells_each_datagram_the_time_it_came() {
        let mut talk = Conversation::datagrams("daytime", "");
        talk.opens(1).hears_nothing();
        talk.says("").hears("Saturday, January 31, 2026 12:03:01-UTC\r\n");
        talk.passes_ms(60_000).says("what is in it does not matter");
        talk.hears("Saturday, January 31, 2026 12:04:01-UTC\r\n").is_open();
    }
}

//! Reply: the same answer, to whatever comes or to whoever connects.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;

use super::outbox::{Outbox, Parcel, Then};
use super::{Behaviour, Carrier, Event, Happened, Kind, Made, Make, Reply, argument};
use crate::model::ConnId;

/// The answer when none is given.
const HELLO: &str = r"Hello, World!\r\n";
/// What may stand after `|`.
const OPTIONS: [&str; 3] = ["on connect", "after 50ms", "close"];

/// This behaviour, as it is offered.
pub const KIND: Kind = Kind {
    name: "reply",
    words: "gives the same answer each time something comes",
    argument: r"the answer, with \r\n or \x00; may end in | on connect | after 50ms | close",
    example: HELLO,
    make: Make::Bytes(make),
};

/// Reads `ANSWER | on connect | after 50ms | close`.
///
/// - Without options the answer goes out each time data comes: to each datagram, or to each piece of
///   a stream as it was read, however it was cut on its way.
/// - `on connect` sends it as soon as a connection is made, and not to what comes.
/// - `after` waits first, `close` closes behind it.
fn make(carrier: Carrier, argument: &str) -> Made<dyn Behaviour> {
    let argument = if argument.trim().is_empty() { HELLO } else { argument };
    let (text, options) = argument::options(argument);
    let mut fixed = Fixed {
        answer: argument::unescape(text)?.into(),
        cue: Cue::Data,
        after: Duration::ZERO,
        then: Then::Stay,
        carrier,
        outboxes: HashMap::new(),
    };
    for option in options {
        match argument::first_word(option) {
            ("on", "connect") => fixed.cue = Cue::Connect,
            ("on", other) => return Err(format!("on what? write on connect, not on {}", argument::shortened(other))),
            ("after", time) => fixed.after = crate::model::duration(time)?,
            ("close", rest) => {
                argument::alone("close", rest)?;
                fixed.then = Then::Close;
            }
            _ => return Err(argument::unknown_option(option, &OPTIONS)),
        }
    }
    match (carrier, fixed.cue) {
        (Carrier::Datagram, Cue::Connect) => {
            Err("datagrams come without a connection; leave \"on connect\" out, or listen on tcp://".to_owned())
        }
        (Carrier::Datagram, Cue::Data) | (Carrier::Stream, _) => Ok(Box::new(fixed)),
    }
}

/// When the answer is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cue {
    Connect,
    Data,
}

struct Fixed {
    answer: Bytes,
    cue: Cue,
    after: Duration,
    then: Then,
    carrier: Carrier,
    outboxes: HashMap<ConnId, Outbox>,
}

impl Behaviour for Fixed {
    fn on(&mut self, event: Event<'_>) -> Vec<Reply> {
        let Event { conn, at, what } = event;
        match what {
            Happened::Closed => {
                self.outboxes.remove(&conn);
                return Vec::new();
            }
            Happened::Opened(_) => {
                self.outboxes.insert(conn, Outbox::new(conn));
            }
            Happened::Data(_)
            | Happened::Woken
            | Happened::Drained
            | Happened::Finished
            | Happened::Output(_)
            | Happened::Exited => {}
        }
        let parcel = Parcel { bytes: self.answer.clone(), after: self.after, then: self.then };
        let Some(outbox) = self.outboxes.get_mut(&conn) else { return Vec::new() };
        match (what, self.cue) {
            (Happened::Opened(_), Cue::Connect) => outbox.put(at, parcel),
            (Happened::Data(data), Cue::Data) => match self.carrier {
                Carrier::Stream if data.is_empty() => Vec::new(),
                Carrier::Stream | Carrier::Datagram => outbox.put(at, parcel),
            },
            (Happened::Woken, _) => outbox.woken(at),
            (Happened::Finished, _) => outbox.finish(),
            (Happened::Opened(_), Cue::Data)
            | (Happened::Data(_), Cue::Connect)
            | (Happened::Drained | Happened::Output(_) | Happened::Exited | Happened::Closed, _) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::behaviour::conversation::Conversation;
    use crate::behaviour::machine;
    use crate::model::Scheme;

    #[test]
    fn answers_whatever_comes_and_closes_after_the_peer_has_finished() {
        let mut talk = Conversation::stream("reply", r"Hello, World!\r\n");
        talk.opens(1).hears_nothing();
        talk.says("hi").hears("Hello, World!\r\n");
        talk.says(b"\0\xff").hears("Hello, World!\r\n").is_open();
        talk.finishes().is_closed();
    }

    #[test]
    fn says_hello_world_when_left_empty_over_datagrams_too() {
        let mut talk = Conversation::datagrams("reply", "");
        talk.opens(1).hears_nothing().says("").hears("Hello, World!\r\n").says("x").hears("Hello, World!\r\n");
    }

    #[test]
    fn greets_on_connect_and_hangs_up_if_asked() {
        let mut talk = Conversation::stream("reply", r"Hello, World!\r\n | on connect | close");
        talk.opens(1).hears("Hello, World!\r\n").is_closed().says("hello?").hears_nothing();
        let mut talk = Conversation::stream("reply", "220 ready\\r\\n|on connect");
        talk.opens(1).hears("220 ready\r\n").says("HELO\r\n").hears_nothing().is_open();
    }

    #[test]
    fn waits_before_it_answers() {
        let mut talk = Conversation::stream("reply", "pong | after 50ms | close");
        talk.opens(1).says("ping").passes_ms(49).hears_nothing();
        talk.says("ping again").passes_ms(1).hears("pong").is_closed();
        talk.opens(2).says("ping").finishes().is_open().passes_ms(50).hears("pong").is_closed();
        talk.opens(3).says("ping").leaves().passes_ms(50);
    }

    #[test]
    fn any_byte_can_be_written() {
        let mut talk = Conversation::stream("reply", r"a\|b\x00\xff\t\u{e9} ");
        talk.opens(1).says("x").hears(b"a|b\0\xff\t\xc3\xa9 ");
    }

    #[test]
    fn says_what_is_wrong_with_its_argument() {
        for (scheme, argument, words) in [
            (Scheme::Tcp, "Hello | clsoe", "did you mean close?"),
            (Scheme::Tcp, "Hello | on conect", "write on connect"),
            (Scheme::Tcp, "Hello | after a while", "write 50ms, 2s or 1m"),
            (Scheme::Tcp, "Hello | close now", "nothing may follow"),
            (Scheme::Tcp, "a || b", r"\|"),
            (Scheme::Tcp, r"C:\path", r"\p is no escape"),
            (Scheme::Udp, "Hello | on connect", "without a connection"),
        ] {
            let why = machine(scheme, "reply", argument).expect_err(argument);
            assert!(why.contains(words), "{argument}: {why}");
        }
    }
}

//! A guard against two servers that answer each other's datagrams without end.

use std::collections::HashSet;

use super::{Behaviour, Event, Happened, Reply};
use crate::model::ConnId;

/// Ports whose servers answer any datagram: echo, daytime, quote of the day, chargen and time. One forged
/// datagram would set such a server and one of ours at each other for ever (CERT advisory CA-1996-01).
const ANSWERING_PORTS: [&str; 5] = ["7", "13", "17", "19", "37"];

/// The same machine, but deaf to datagrams from [`ANSWERING_PORTS`].
pub(super) fn guarded(machine: Box<dyn Behaviour>) -> Box<dyn Behaviour> {
    Box::new(Guarded { machine, unheard: HashSet::new() })
}

struct Guarded {
    machine: Box<dyn Behaviour>,
    unheard: HashSet<ConnId>,
}

impl Behaviour for Guarded {
    fn on(&mut self, event: Event<'_>) -> Vec<Reply> {
        match event.what {
            Happened::Opened(peer) if answers_anything(peer) => {
                self.unheard.insert(event.conn);
            }
            Happened::Closed if self.unheard.remove(&event.conn) => return Vec::new(),
            Happened::Opened(_)
            | Happened::Data(_)
            | Happened::Woken
            | Happened::Drained
            | Happened::Finished
            | Happened::Output(_)
            | Happened::Exited
            | Happened::Closed => {}
        }
        if self.unheard.contains(&event.conn) { Vec::new() } else { self.machine.on(event) }
    }
}

fn answers_anything(peer: &str) -> bool {
    // An address with a path has no port.
    !peer.contains('/') && peer.rsplit_once(':').is_some_and(|(_, port)| ANSWERING_PORTS.contains(&port))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use crate::behaviour::{Event, Happened, Machine, Reply, machine};
    use crate::model::{ConnId, Scheme, Timestamp};

    /// What an echo server of that scheme answers to a peer.
    fn answers(scheme: Scheme, peer: &str) -> Vec<Reply> {
        let Ok(Machine::Bytes(mut echo)) = machine(scheme, "echo", "") else { panic!("echo answers bytes") };
        let data = Bytes::from_static(b"x");
        let happened = [Happened::Opened(peer), Happened::Data(&data)];
        happened.into_iter().flat_map(|what| echo.on(Event { conn: ConnId(1), at: Timestamp(0), what })).collect()
    }

    #[test]
    fn datagrams_from_ports_that_answer_anything_are_not_answered() {
        for peer in ["192.0.2.1:7", "192.0.2.1:19", "[2001:db8::1]:37"] {
            assert_eq!(answers(Scheme::Udp, peer), [], "{peer}");
            assert_eq!(answers(Scheme::Tcp, peer).len(), 1, "{peer}");
        }
        for peer in ["192.0.2.1:7001", "[2001:db8::7]:50007", "/tmp/a:7", "@lab", "unnamed#7"] {
            assert_eq!(answers(Scheme::Udp, peer).len(), 1, "{peer}");
        }
    }
}

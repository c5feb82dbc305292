//! What passes a tap, read as the list reads it, so that a tap's filters see the same fields.

use super::{Seen, World};
use crate::contract::{NetEvent, Sight};
use crate::filter::Filter;

/// Bytes of frames that are kept for one conversation: what decoders look back at.
const BUDGET: usize = 256 * 1024;

/// One conversation as a world of its own.
struct Watched(World);

/// The sight of a new conversation.
pub fn sight() -> Box<dyn Sight> {
    Box::new(Watched(World::new(BUDGET)))
}

impl Sight for Watched {
    fn observe(&mut self, event: &NetEvent) {
        self.0.observe(event);
    }

    fn matches(&self, filter: &Filter) -> bool {
        self.0.log.iter().next_back().is_some_and(|frame| filter.matches(&Seen::new(&self.0, frame)))
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::contract::{Beginning, NetFact};
    use crate::model::{Address, ConnId, Direction, NodeId, Timestamp, Transport};

    fn event(fact: NetFact) -> NetEvent {
        NetEvent { at: Timestamp(0), node: NodeId(1), fact }
    }

    #[test]
    fn filters_see_the_message_that_came_last_as_the_list_would() {
        let (conn, end) = (ConnId(1), |port| Address::Ip(([127, 0, 0, 1], port).into()));
        let mut sight = sight();
        let (transport, how) = (Transport::Tcp, Beginning::Accepted);
        sight.observe(&event(NetFact::Opened { conn, transport, how, local: end(9001), peer: end(50_000) }));
        let said = Bytes::from_static(b"GET /token HTTP/1.1\r\nHost: x\r\n\r\n");
        sight.observe(&event(NetFact::Data(conn, Direction::In, said)));
        let matches = |sight: &dyn Sight, text| sight.matches(&Filter::parse(text).expect("a filter"));
        assert!(matches(&*sight, r#"http.request.method == "GET" && frame contains "token" && tcp.dstport == 9001"#));
        sight.observe(&event(NetFact::Data(
            conn,
            Direction::Out,
            Bytes::from_static(b"HTTP/1.1 204 No Content\r\n\r\n"),
        )));
        assert!(matches(&*sight, "http.response.code == 204 && tcp.srcport == 9001"));
        assert!(!matches(&*sight, r#"frame contains "token""#));
    }
}

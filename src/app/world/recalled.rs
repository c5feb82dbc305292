//! Facts read from a recording: the same frames, conversations and decoders as of what is seen live.

use bytes::Bytes;

use super::{Node, Reading, World, words};
use crate::capture::{Observed, Seen};
use crate::model::{Direction, Flow, FlowId, Frame, FrameKind, NodeId, Timestamp};

impl World {
    /// Takes in what was read from a recording; gives the number of the frame, if it was one.
    pub fn recall(&mut self, seen: Seen) -> Option<u64> {
        match seen {
            Seen::Node(node, name) => self.recall_node(node, Node::Lab(name)),
            Seen::Interface(node, name) => self.recall_node(node, Node::Interface(name)),
            Seen::Flow(flow) => self.flows.recall(&flow),
            Seen::Frame(frame) => {
                let number = frame.number.unwrap_or(0).max(self.log.next_number());
                return Some(self.recall_frame(frame, number));
            }
            Seen::Arrived(number, at) => {
                self.log.note_arrival(number, at);
                self.ledger.arrived(number, at);
            }
            Seen::Noted(number, note) => self.remarks.recall_note(number, &note),
            Seen::Marked(number, mark) => self.remarks.recall_mark(number, mark),
            Seen::Packet(_) | Seen::Name(..) | Seen::Secrets(_) => {}
        }
        None
    }

    /// Knows a node of a recording from now on.
    pub fn recall_node(&mut self, id: NodeId, node: Node) {
        self.next_node = self.next_node.max(id.0 + 1);
        self.recalled.learn(id, node);
    }

    /// A conversation some frames of which are read again, with its place among those of its carrier.
    pub fn recall_flow(&mut self, flow: &Flow, ordinal: u64) {
        self.flows.recall_past(flow, ordinal);
    }

    fn recall_frame(&mut self, frame: Observed, number: u64) -> u64 {
        let Observed { at, node, flow, kind, cut, comment, .. } = frame;
        if let Some(note) = comment {
            self.remarks.recall_note(number, &note);
        }
        let (protocol, summary) = match (&kind, flow) {
            (FrameKind::Data { direction, payload }, Some(flow)) => {
                self.recall_data(flow, (node, *direction), number, (payload, cut), at)
            }
            (FrameKind::Data { .. }, None) if self.reading == Reading::Bare => ("", String::new()),
            (FrameKind::Data { payload, .. }, None) => ("raw", format!("{} bytes", payload.len())),
            (
                FrameKind::Step(_)
                | FrameKind::Opened { .. }
                | FrameKind::Finished(_)
                | FrameKind::Closed(_)
                | FrameKind::Lost { .. }
                | FrameKind::Impaired { .. }
                | FrameKind::Error(_)
                | FrameKind::Note(_),
                _,
            ) => self.recall_act(flow, node, number, &kind, at),
        };
        if let (Some(flow), FrameKind::Impaired { of: Some(of), deed, .. }) = (flow, &kind) {
            self.ledger.impaired(flow, *of, deed);
        }
        let mut frame = Frame { number, at, arrived: None, node, flow, kind, cut, protocol, summary };
        if let Some(recorded) = frame.recorded() {
            frame.summary.insert_str(0, &format!("[{recorded}] "));
        }
        self.push(frame);
        number
    }

    fn recall_data(
        &mut self,
        flow: FlowId,
        seen: (NodeId, Direction),
        number: u64,
        (payload, cut): (&Bytes, u64),
        at: Timestamp,
    ) -> (&'static str, String) {
        let Some(track) = self.flows.track_mut(flow) else { return ("raw", String::new()) };
        let row = match self.reading {
            Reading::Decoded => track.sent(seen, number, payload, at),
            Reading::Bare => {
                // A conversation goes on while frames of it come, whether they are decoded or not.
                track.noted(number);
                ("", String::new())
            }
        };
        track.cut(seen, cut);
        self.ledger.said(&track.flow, track.said(seen, number, payload.len() as u64 + cut, at));
        row
    }

    fn recall_act(
        &mut self,
        flow: Option<FlowId>,
        node: NodeId,
        number: u64,
        kind: &FrameKind,
        at: Timestamp,
    ) -> (&'static str, String) {
        self.learn_bridge(flow, node, kind);
        let transport = flow.and_then(|flow| self.flow(flow)).map(|flow| flow.transport);
        if let Some(flow) = flow {
            if let Some(track) = self.flows.track_mut(flow) {
                track.noted(number);
            }
            match kind {
                FrameKind::Finished(direction) => self.flows.finish(flow, node, *direction),
                FrameKind::Closed(how) => drop(self.flows.close(flow, how, at)),
                FrameKind::Step(_)
                | FrameKind::Opened { .. }
                | FrameKind::Data { .. }
                | FrameKind::Lost { .. }
                | FrameKind::Impaired { .. }
                | FrameKind::Error(_)
                | FrameKind::Note(_) => {}
            }
        }
        words::headline(kind, transport, flow.is_some_and(|flow| self.is_server_of(flow, node)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::Place;
    use crate::model::{Address, Transport};

    #[test]
    fn a_conversation_that_goes_on_is_known_however_many_of_its_frames_have_left_memory() {
        let (id, node, at) = (FlowId(1), NodeId(1), Timestamp(0));
        let address = |text: &str| Address::Ip(text.parse().expect("an address"));
        let flow = Flow {
            id,
            transport: Transport::Tcp,
            client: address("127.0.0.1:40000"),
            server: address("127.0.0.1:7001"),
            client_node: Some(node),
            server_node: None,
            began: at,
            last: at,
            to_server: 0,
            to_client: 0,
            frames: 0,
            is_open: true,
        };
        for reading in [Reading::Bare, Reading::Decoded] {
            let mut world = World::new(1024);
            world.read(reading);
            world.recall_flow(&flow, 0);
            for _ in 0..12_000 {
                let kind = FrameKind::Data { direction: Direction::Out, payload: Bytes::from_static(b"hello") };
                let (number, flow, cut, place, comment) = (None, Some(id), 0, Place::at(0, 5), None);
                world.recall(Seen::Frame(Observed { number, at, node, flow, kind, cut, place, comment }));
            }
            assert!(world.log.forgotten() > 11_000, "more have left memory than conversations are kept");
            assert!(world.flow(id).is_some(), "as {reading:?}");
        }
    }
}

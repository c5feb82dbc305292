//! A recorded conversation as something that can be played again: who said what, and when.

use std::time::Duration;

use bytes::Bytes;

use super::{Closing, Flow, Frame, FrameKind, Side, Timestamp, Transport};

/// Bytes of one script. It is held in memory while it is played, so a recording of a gigabyte is played in part.
pub const SCRIPT_BYTES: usize = 64 * 1024 * 1024;

/// Cues of one script, at about 80 bytes each beside what they say.
pub const SCRIPT_CUES: usize = 500_000;

/// What one conversation was, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// What carried it.
    pub transport: Transport,
    cues: Vec<Cue>,
    /// Messages of both sides.
    messages: u64,
    bytes: usize,
    beginning: Option<Timestamp>,
    is_cut: bool,
    start_was_seen: bool,
    /// What the recording says is missing, the first of it, and how often it says so.
    gaps: Option<(String, u64)>,
}

/// One thing that one side did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cue {
    /// When, counted from the first.
    pub at: Duration,
    /// Which side.
    pub side: Side,
    /// What.
    pub act: Act,
}

/// What a side does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// It says something: the number of the message, from 1, and its bytes. One datagram, or a piece of a stream.
    Say(u64, Bytes),
    /// It finishes sending (FIN).
    Finish,
    /// It resets the connection (RST).
    Reset,
}

impl Script {
    /// A script of which nothing is written yet.
    pub fn new(transport: Transport) -> Self {
        Self {
            transport,
            cues: Vec::new(),
            messages: 0,
            bytes: 0,
            beginning: None,
            is_cut: false,
            start_was_seen: false,
            gaps: None,
        }
    }

    /// Writes down what a frame of the conversation tells. What is too much for one script is left out.
    pub fn write(&mut self, flow: &Flow, frame: &Frame) {
        let own = flow.side_of(frame.node).unwrap_or(Side::Client);
        match &frame.kind {
            FrameKind::Data { direction, payload } => {
                let is_nothing = payload.is_empty() && !self.transport.is_datagram();
                if let Some(side) = flow.sender(frame.node, *direction).filter(|_| !is_nothing) {
                    self.say(frame.at, side, payload);
                }
                if frame.cut > 0 {
                    self.lacks(&format!("{} bytes of frame {} were not recorded", frame.cut, frame.number));
                }
            }
            FrameKind::Finished(direction) => {
                if let Some(side) = flow.sender(frame.node, *direction) {
                    self.end(frame.at, side, Act::Finish);
                }
            }
            FrameKind::Closed(Closing::Ours) => self.end(frame.at, own, Act::Finish),
            FrameKind::Closed(Closing::ResetByUs) => self.end(frame.at, own, Act::Reset),
            FrameKind::Closed(Closing::ResetByPeer) => self.end(frame.at, own.other(), Act::Reset),
            FrameKind::Opened { .. } => self.start_was_seen = true,
            FrameKind::Lost { why, .. } => self.lacks(why),
            FrameKind::Closed(Closing::Orderly | Closing::Idle | Closing::Failed(_))
            | FrameKind::Step(_)
            | FrameKind::Impaired { .. }
            | FrameKind::Error(_)
            | FrameKind::Note(_) => {}
        }
    }

    /// Something is not in the recording.
    pub fn lacks(&mut self, why: &str) {
        self.gaps = Some(match self.gaps.take() {
            Some((first, count)) => (first, count + 1),
            None => (why.to_owned(), 1),
        });
    }

    fn say(&mut self, at: Timestamp, side: Side, payload: &Bytes) {
        let is_too_much = self.bytes + payload.len() > SCRIPT_BYTES || self.cues.len() >= SCRIPT_CUES;
        if self.is_cut || is_too_much {
            self.is_cut = true;
            return;
        }
        self.messages += 1;
        self.bytes += payload.len();
        // A copy: what was read is a small part of a large piece, and would keep all of that.
        let act = Act::Say(self.messages, Bytes::copy_from_slice(payload));
        self.push(at, side, act);
    }

    /// One side ends its direction, once.
    fn end(&mut self, at: Timestamp, side: Side, act: Act) {
        let is_over = |cue: &Cue| match cue.act {
            Act::Say(..) => false,
            Act::Finish => cue.side == side && act == Act::Finish,
            Act::Reset => true,
        };
        if !self.transport.is_datagram() && !self.is_cut && !self.cues.iter().any(is_over) {
            self.push(at, side, act);
        }
    }

    fn push(&mut self, at: Timestamp, side: Side, act: Act) {
        let since = at.since(*self.beginning.get_or_insert(at));
        // A clock that was set back must not turn the order round.
        let at = self.cues.last().map_or(since, |last| last.at.max(since));
        self.cues.push(Cue { at, side, act });
    }

    /// All cues, in their order.
    pub fn cues(&self) -> &[Cue] {
        &self.cues
    }

    /// How many messages both sides said.
    pub fn messages(&self) -> u64 {
        self.messages
    }

    /// Whether a side says anything.
    pub fn has(&self, side: Side) -> bool {
        self.cues.iter().any(|cue| cue.side == side && matches!(cue.act, Act::Say(..)))
    }

    /// What is to be known before it is played over that transport, a sentence each.
    pub fn remarks(&self, over: Transport) -> Vec<String> {
        let mut remarks = Vec::new();
        match (self.transport.is_datagram(), over.is_datagram()) {
            (true, false) => remarks.push("it was recorded as datagrams; in a stream their edges are lost".into()),
            (false, true) => remarks.push("it was recorded as a stream; each piece of it is a datagram now".into()),
            (true, true) | (false, false) => {}
        }
        if self.begins_with_tls() {
            remarks.push(
                "what it carries is TLS: sent again it cannot be understood, for each connection has keys of its own; \
                 replay the plain text inside it, where it was recorded, to tls://"
                    .into(),
            );
        }
        if !self.start_was_seen && !self.transport.is_datagram() {
            remarks.push("its beginning was not recorded; what there is is replayed".into());
        }
        if let Some((first, count)) = &self.gaps {
            let more = if *count > 1 { format!(", and {} times more", count - 1) } else { String::new() };
            remarks.push(format!("something is missing in the recording ({first}{more}); it is replayed without that"));
        }
        if self.is_cut {
            let (mib, messages) = (SCRIPT_BYTES / 1024 / 1024, self.messages);
            remarks.push(format!(
                "only its first {messages} messages are replayed: no more than {mib} MiB or {SCRIPT_CUES} messages \
                 are held in memory"
            ));
        }
        remarks
    }

    /// Whether it begins with a TLS handshake (RFC 8446 section 5.1).
    fn begins_with_tls(&self) -> bool {
        let first = self.cues.iter().find_map(|cue| match &cue.act {
            Act::Say(_, bytes) => Some(bytes),
            Act::Finish | Act::Reset => None,
        });
        first.is_some_and(|bytes| matches!(bytes[..], [22, 3, 0..=4, ..]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Address, Direction, FlowId, NodeId};

    fn flow(transport: Transport) -> Flow {
        let address = |port| Address::Ip(([127, 0, 0, 1], port).into());
        Flow {
            id: FlowId(1),
            transport,
            client: address(40000),
            server: address(7001),
            client_node: Some(NodeId(1)),
            server_node: None,
            began: Timestamp(0),
            last: Timestamp(0),
            to_server: 0,
            to_client: 0,
            frames: 0,
            is_open: true,
        }
    }

    fn written(transport: Transport, kinds: Vec<(i64, FrameKind)>) -> Script {
        let flow = flow(transport);
        let mut script = Script::new(transport);
        for ((millis, kind), number) in kinds.into_iter().zip(1..) {
            let at = Timestamp(millis * 1_000_000);
            let (node, flow_id, summary) = (NodeId(1), Some(FlowId(1)), String::new());
            let frame = Frame { number, at, arrived: None, node, flow: flow_id, kind, cut: 0, protocol: "", summary };
            script.write(&flow, &frame);
        }
        script
    }

    fn data(direction: Direction, text: &'static str) -> FrameKind {
        FrameKind::Data { direction, payload: Bytes::from_static(text.as_bytes()) }
    }

    fn shown(script: &Script) -> Vec<String> {
        let shown = script.cues().iter().map(|Cue { at, side, act }| {
            let act = match act {
                Act::Say(number, bytes) => format!("{number}:{}", String::from_utf8_lossy(bytes)),
                Act::Finish => "FIN".into(),
                Act::Reset => "RST".into(),
            };
            format!("{} {side:?} {act}", at.as_millis())
        });
        shown.collect()
    }

    #[test]
    fn tells_who_said_what_and_when_counted_from_the_first() {
        let address = || Address::Unnamed(0);
        let script = written(
            Transport::Tcp,
            vec![
                (100, FrameKind::Opened { local: address(), peer: address() }),
                (110, data(Direction::Out, "PING")),
                (115, data(Direction::In, "PONG")),
                (50, data(Direction::Out, "BYE")),
                (120, FrameKind::Finished(Direction::Out)),
                (130, FrameKind::Finished(Direction::In)),
                (130, FrameKind::Closed(Closing::Ours)),
            ],
        );
        let told = ["0 Client 1:PING", "5 Server 2:PONG", "5 Client 3:BYE", "10 Client FIN", "20 Server FIN"];
        assert_eq!(shown(&script), told);
        assert_eq!(script.remarks(Transport::Unix), Vec::<String>::new());
    }

    #[test]
    fn a_close_without_a_word_is_a_finish_of_that_end_and_a_reset_is_one() {
        let script =
            written(Transport::Tcp, vec![(0, data(Direction::Out, "a")), (1, FrameKind::Closed(Closing::Ours))]);
        assert_eq!(shown(&script), ["0 Client 1:a", "1 Client FIN"]);
        let script =
            written(Transport::Tcp, vec![(0, data(Direction::Out, "a")), (1, FrameKind::Closed(Closing::ResetByPeer))]);
        assert_eq!(shown(&script), ["0 Client 1:a", "1 Server RST"]);
        let script = written(Transport::Udp, vec![(0, data(Direction::In, "")), (1, FrameKind::Closed(Closing::Ours))]);
        assert_eq!(shown(&script), ["0 Server 1:"]);
    }

    #[test]
    fn what_is_not_whole_is_said() {
        let lost = || FrameKind::Lost { count: 12, why: "12 bytes were not captured".into() };
        let script =
            written(Transport::Tcp, vec![(0, data(Direction::Out, "\u{16}\u{3}\u{1}\0\0")), (1, lost()), (2, lost())]);
        let remarks = script.remarks(Transport::Tcp);
        assert_eq!(remarks.len(), 3, "{remarks:?}");
        assert!(remarks[0].contains("TLS") && remarks[1].contains("beginning"), "{remarks:?}");
        assert!(remarks[2].contains("12 bytes were not captured, and 1 times more"), "{remarks:?}");
    }

    #[test]
    fn a_conversation_too_large_for_memory_is_cut_and_that_is_said() {
        let flow = flow(Transport::Udp);
        let mut script = Script::new(Transport::Udp);
        let payload = Bytes::from(vec![0; 60_000]);
        for number in 0..1200 {
            let kind = FrameKind::Data { direction: Direction::Out, payload: payload.clone() };
            let (node, at, summary) = (NodeId(1), Timestamp(0), String::new());
            script.write(
                &flow,
                &Frame { number, at, arrived: None, node, flow: None, kind, cut: 0, protocol: "", summary },
            );
        }
        assert_eq!(script.messages(), (SCRIPT_BYTES / 60_000) as u64);
        let remarks = script.remarks(Transport::Udp).concat();
        assert!(remarks.contains("only its first 1118 messages"), "{remarks}");
    }
}

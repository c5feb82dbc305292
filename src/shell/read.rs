//! `wirelab read`: a capture or recording told as text, a frame a line.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use crate::app::world::World;
use crate::capture::{Indexer, Observed, Seen};
use crate::model::{Address, ClockZone, Flow, FlowId, FrameKind, NodeId, Side, Trouble, visible};
use crate::proto::Dissector;

use super::arguments::{ReadArguments, ReadForm};
use super::files::from_io;

/// Bytes read from the file at a time.
const PIECE: usize = 256 * 1024;

/// Columns of what a frame says, in text.
const SAYS: usize = 120;

/// Reads the file and writes what it tells to `out`.
///
/// # Errors
/// The file cannot be read, or what is written is not taken.
pub fn run(arguments: &ReadArguments, out: impl Write) -> Result<(), Trouble> {
    let path = Path::new(&arguments.file);
    let failed = |error: &io::Error| from_io("read", path, error);
    let mut file: Box<dyn Read> = match arguments.file.as_str() {
        "-" => Box::new(io::stdin().lock()),
        _ => Box::new(File::open(path).map_err(|error| failed(&error))?),
    };
    let mut teller = Teller::new(arguments, BufWriter::new(out));
    let mut indexer = Indexer::new();
    let mut piece = vec![0; PIECE];
    while teller.outcome.is_ok() {
        match file.read(&mut piece) {
            Ok(0) => {
                indexer.finish(&mut |seen| teller.take(seen));
                break;
            }
            Ok(length) => indexer.push(&piece[..length], &mut |seen| teller.take(seen)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(&error)),
        }
    }
    let Teller { outcome, mut out, .. } = teller;
    match outcome.and_then(|()| out.flush()) {
        // Whoever reads has had enough: `wirelab read … | head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.map_err(|error| Trouble::new("write", "standard output", error, "")),
    }
}

/// Tells frames as they come.
struct Teller<'a, W> {
    arguments: &'a ReadArguments,
    out: W,
    /// Whether all that was written so far was taken.
    outcome: io::Result<()>,
    names: HashMap<NodeId, String>,
    flows: HashMap<FlowId, Known>,
    words: World,
    next: u64,
}

struct Known {
    flow: Flow,
    dissector: Dissector,
}

/// A frame with its number and what the decoders read.
struct Told<'a> {
    number: u64,
    seen: &'a Observed,
    protocol: &'static str,
    summary: String,
}

impl<'a, W: Write> Teller<'a, W> {
    fn new(arguments: &'a ReadArguments, out: W) -> Self {
        let (names, flows, words) = (HashMap::new(), HashMap::new(), World::new(0));
        Self { arguments, out, outcome: Ok(()), names, flows, words, next: 1 }
    }

    fn take(&mut self, seen: Seen) {
        match seen {
            Seen::Node(node, name) => drop(self.names.insert(node, name)),
            Seen::Flow(flow) => {
                let (id, transport) = (flow.id, flow.transport);
                let dissector = self.flows.remove(&id).map(|known| known.dissector);
                let dissector = dissector.unwrap_or_else(|| Dissector::new(transport));
                self.flows.insert(id, Known { flow, dissector });
            }
            Seen::Frame(frame) => self.frame(&frame),
            Seen::Arrived(..) | Seen::Noted(..) | Seen::Marked(..) | Seen::Name(..) | Seen::Secrets(_) => {}
        }
    }

    fn frame(&mut self, seen: &Observed) {
        let number = seen.number.unwrap_or(self.next);
        self.next = number + 1;
        let (protocol, summary) = self.reading(number, seen);
        let is_asked = self.arguments.flow.is_none_or(|flow| seen.flow == Some(FlowId(flow)));
        if !is_asked || self.outcome.is_err() {
            return;
        }
        let told = Told { number, seen, protocol, summary };
        let line = match self.arguments.form {
            ReadForm::Text => self.text(&told),
            ReadForm::Json => self.json(&told).to_string(),
        };
        self.outcome = writeln!(self.out, "{line}");
    }

    fn reading(&mut self, number: u64, seen: &Observed) -> (&'static str, String) {
        let known = seen.flow.and_then(|flow| self.flows.get_mut(&flow));
        if let (FrameKind::Data { direction, payload }, Some(known)) = (&seen.kind, known) {
            let from = known.flow.sender(seen.node, *direction).unwrap_or(Side::Client);
            let reading = known.dissector.push(from, number, payload);
            known.dissector.forget(number);
            return (reading.protocol, reading.summary);
        }
        // The words are the world's, which tells them of frames it notes.
        self.words.note(seen.at, seen.node, None, seen.kind.clone());
        let Some(frame) = self.words.log.iter().next_back() else { return ("", String::new()) };
        let transport =
            seen.flow.and_then(|flow| self.flows.get(&flow)).map_or("", |known| known.flow.transport.name());
        let protocol = if frame.protocol.is_empty() { transport } else { frame.protocol };
        (protocol, frame.summary.clone())
    }

    fn text(&self, told: &Told<'_>) -> String {
        let Told { number, seen, protocol, summary } = told;
        let ends = match seen.flow.and_then(|flow| self.flows.get(&flow)) {
            Some(Known { flow, .. }) => {
                let to_server = match &seen.kind {
                    FrameKind::Data { direction, .. } | FrameKind::Finished(direction) => {
                        flow.sender(seen.node, *direction) != Some(Side::Server)
                    }
                    FrameKind::Step(_)
                    | FrameKind::Opened { .. }
                    | FrameKind::Closed(_)
                    | FrameKind::Lost { .. }
                    | FrameKind::Error(_)
                    | FrameKind::Note(_) => true,
                };
                let arrow = if to_server { "→" } else { "←" };
                format!(
                    "{} {arrow} {}",
                    self.end(flow.client_node, &flow.client),
                    self.end(flow.server_node, &flow.server)
                )
            }
            None => self.names.get(&seen.node).cloned().unwrap_or_default(),
        };
        let length = match &seen.kind {
            FrameKind::Data { payload, .. } => payload.len().to_string(),
            FrameKind::Step(_)
            | FrameKind::Opened { .. }
            | FrameKind::Finished(_)
            | FrameKind::Closed(_)
            | FrameKind::Lost { .. }
            | FrameKind::Error(_)
            | FrameKind::Note(_) => String::new(),
        };
        let says = visible::joined(&visible::line(summary.as_bytes(), SAYS));
        let ends = visible::joined(&visible::line(ends.as_bytes(), SAYS));
        format!("{number:>5} {} {ends} {protocol:<5} {length:>6} {says}", seen.at.clock(ClockZone::utc()))
    }

    /// A lab's node by its name; else the address.
    fn end(&self, node: Option<NodeId>, address: &Address) -> String {
        let name = node.and_then(|node| self.names.get(&node));
        match (name, address) {
            (Some(name), Address::Unix(_) | Address::Unnamed(_)) => name.clone(),
            (Some(_) | None, Address::Ip(_) | Address::Unix(_) | Address::Unnamed(_)) => address.to_string(),
        }
    }

    /// A line of the event schema.
    fn json(&self, told: &Told<'_>) -> serde_json::Value {
        let Told { number, seen, protocol, summary } = told;
        let mut line = serde_json::Map::new();
        line.insert("frame".into(), (*number).into());
        line.insert("at".into(), seen.at.rfc3339().into());
        line.insert("node".into(), self.names.get(&seen.node).cloned().into());
        line.extend(seen.event());
        let mut put = |name: &str, value: serde_json::Value| {
            line.insert(name.to_owned(), value);
        };
        if let FrameKind::Data { .. } = &seen.kind {
            put("proto", (*protocol).into());
            put("summary", summary.as_str().into());
        }
        serde_json::Value::Object(line)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::capture::whole;
    use crate::model::{Direction, Frame, Remark, Timestamp, Transport};

    const MOMENT: Timestamp = Timestamp(1_769_860_981_204_417_000);

    fn recording() -> Vec<u8> {
        let (client, server) = (Address::Unnamed(1), Address::Unix("/tmp/x".into()));
        let flow = Flow {
            id: FlowId(1),
            transport: Transport::Unix,
            client: client.clone(),
            server: server.clone(),
            client_node: Some(NodeId(1)),
            server_node: None,
            began: MOMENT,
            last: MOMENT,
            to_server: 0,
            to_client: 0,
            frames: 0,
            is_open: true,
        };
        let kinds = [
            (None, FrameKind::Note("a\u{1b}[31m remark".into())),
            (Some(FlowId(1)), FrameKind::Opened { local: client, peer: server }),
            (Some(FlowId(1)), FrameKind::Data { direction: Direction::In, payload: Bytes::from("hello\n") }),
        ];
        let frames = kinds.into_iter().zip(7..).map(|((flow, kind), number)| Frame {
            number,
            at: MOMENT,
            arrived: None,
            node: NodeId(1),
            flow,
            kind,
            protocol: "raw",
            summary: String::new(),
        });
        whole([(NodeId(1), "me")], &frames.collect::<Vec<_>>(), |_| Some(&flow), |_| Remark::default())
    }

    fn told(form: ReadForm, flow: Option<u64>) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recording");
        std::fs::write(&path, recording()).unwrap();
        let file = path.to_str().unwrap().to_owned();
        let mut out = Vec::new();
        run(&ReadArguments { file, flow, form }, &mut out).unwrap();
        String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_recording_is_told_a_frame_a_line_and_nothing_in_it_acts_on_the_terminal() {
        let lines = [
            "    7 12:03:01.204 me note         a\\e[31m remark",
            "    8 12:03:01.204 me → /tmp/x unix         connected, from unnamed#1",
            "    9 12:03:01.204 me ← /tmp/x text       6 hello",
        ];
        assert_eq!(told(ReadForm::Text, None), lines);
        assert_eq!(told(ReadForm::Text, Some(1)), lines[1..]);
    }

    #[test]
    fn lines_of_json_hold_the_payload() {
        let line = r#"{"frame":9,"at":"2026-01-31T12:03:01.204417Z","node":"me","flow":1,"kind":"data","dir":"in","len":6,"text":"hello\n","base64":"aGVsbG8K","proto":"text","summary":"hello"}"#;
        assert_eq!(told(ReadForm::Json, Some(1)).last().map(String::as_str), Some(line));
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let asked = ReadArguments { file: "/no/such".into(), flow: None, form: ReadForm::Text };
        let trouble = run(&asked, Vec::new()).unwrap_err();
        assert_eq!(trouble.to_string(), "read /no/such: there is no such file or folder; check the path");
    }
}

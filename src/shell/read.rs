//! `wirelab read`: a capture or recording told as text, a frame a line.

use std::io::{self, BufWriter, Write};

use crate::app::world::World;
use crate::capture::{Indexer, Seen, event};
use crate::model::{ClockZone, FlowId, Frame, FrameKind, Trouble, visible};

use super::arguments::{ReadArguments, ReadForm};
use super::source::{self, Asked};

/// Bytes read from the file at a time.
const PIECE: usize = 256 * 1024;

/// Bytes of frames kept while reading, so that decoders can look back.
const MEMORY: usize = 4 * 1024 * 1024;

/// Columns of what a frame says, in text.
const SAYS: usize = 120;

/// Reads the file and writes what it tells to `out`.
///
/// # Errors
/// It cannot be read to its end, or what is written is not taken.
pub fn run(arguments: &ReadArguments, out: impl Write) -> Result<(), Trouble> {
    let mut source = source::open(&Asked::of(&arguments.file)?)?;
    let mut teller = Teller::new(arguments, BufWriter::new(out));
    let mut indexer = Indexer::new();
    let mut piece = vec![0; PIECE];
    let mut ended = None;
    while ended.is_none() && teller.outcome.is_ok() {
        match source.read(&mut piece) {
            Ok(0) => ended = Some(Ok(())),
            Ok(length) => {
                indexer.push(&piece[..length], &mut |seen| teller.take(seen));
                // A stream may be silent for long: what it has said is shown.
                if source.progress().total.is_none() && teller.outcome.is_ok() {
                    teller.outcome = teller.out.flush();
                }
            }
            Err(trouble) => ended = Some(Err(trouble)),
        }
    }
    indexer.finish(&mut |seen| teller.take(seen));
    let Teller { outcome, mut out, .. } = teller;
    match outcome.and_then(|()| out.flush()) {
        // Whoever reads has had enough: `wirelab read … | head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Trouble::new("write", "standard output", error, "")),
        Ok(()) => ended.unwrap_or(Ok(())),
    }
}

/// Tells frames as they come.
struct Teller<'a, W> {
    arguments: &'a ReadArguments,
    out: W,
    /// Whether all that was written so far was taken.
    outcome: io::Result<()>,
    world: World,
}

impl<'a, W: Write> Teller<'a, W> {
    fn new(arguments: &'a ReadArguments, out: W) -> Self {
        Self { arguments, out, outcome: Ok(()), world: World::new(MEMORY) }
    }

    fn take(&mut self, seen: Seen) {
        let Some(number) = self.world.recall(seen) else { return };
        let Some(frame) = self.world.log.frame(number) else { return };
        let is_asked = self.arguments.flow.is_none_or(|flow| frame.flow == Some(FlowId(flow)));
        if !is_asked || self.outcome.is_err() {
            return;
        }
        let line = match self.arguments.form {
            ReadForm::Text => text(&self.world, frame),
            ReadForm::Json => json(&self.world, frame).to_string(),
        };
        self.outcome = writeln!(self.out, "{line}");
    }
}

/// A line to read: number, time of day, ends, protocol, bytes and what it says.
pub(super) fn text(world: &World, frame: &Frame) -> String {
    let (one, other, to_other) = world.ends(frame);
    let ends = match other {
        Some(other) => format!("{one} {} {other}", if to_other { "→" } else { "←" }),
        None => one,
    };
    let length = match &frame.kind {
        FrameKind::Data { payload, .. } => payload.len().to_string(),
        FrameKind::Step(_)
        | FrameKind::Opened { .. }
        | FrameKind::Finished(_)
        | FrameKind::Closed(_)
        | FrameKind::Lost { .. }
        | FrameKind::Error(_)
        | FrameKind::Note(_) => String::new(),
    };
    let says = visible::joined(&visible::line(frame.summary.as_bytes(), SAYS));
    let ends = visible::joined(&visible::line(ends.as_bytes(), SAYS));
    let Frame { number, protocol, .. } = frame;
    format!("{number:>5} {} {ends} {protocol:<5} {length:>6} {says}", frame.at.clock(ClockZone::utc()))
}

/// A line of the event schema.
pub(super) fn json(world: &World, frame: &Frame) -> serde_json::Value {
    let mut line = serde_json::Map::new();
    line.insert("frame".into(), frame.number.into());
    line.insert("at".into(), frame.at.rfc3339().into());
    line.insert("node".into(), world.name(frame.node).into());
    line.extend(event(frame));
    if let FrameKind::Data { .. } = &frame.kind {
        line.insert("proto".into(), frame.protocol.into());
        line.insert("summary".into(), frame.summary.as_str().into());
    }
    serde_json::Value::Object(line)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::capture::whole;
    use crate::model::{Address, Direction, Flow, NodeId, Timestamp, Transport};

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
        whole([(NodeId(1), "me")], &frames.collect::<Vec<_>>(), |_| Some(&flow))
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

//! `wirelab read`: a capture or recording told as text.
//!
//! | file            | what it is                                                                  |
//! |-----------------|-----------------------------------------------------------------------------|
//! | `list`          | frames a line each: text, JSON, or the `columns` of chosen fields           |
//! | `statistic`     | what `-z` asks for: to `follow` a conversation, the table of `conversations` |
//! | `frames`        | bytes to frames; the `directory` knows the conversations they belong to     |
//!
//! All of it is told as it comes and forgotten; the bytes are read once for each thing that is asked for.

mod columns;
mod conversations;
mod directory;
mod follow;
mod frames;
mod list;
mod statistic;

use std::fmt;
use std::io::{self, BufWriter, Write};

use unicode_width::UnicodeWidthStr;

use crate::capture::{MAGIC, is_capture};
use crate::filter::{Filter, Problem};
use crate::model::{FlowId, Trouble, visible};

use self::columns::Columns;
use self::conversations::Conversations;
use self::follow::Follow;
use self::list::{Form, List, Wanted};
use self::statistic::Statistic;
use super::arguments::{ReadArguments, ReadForm};
use super::source::{self, Asked, Source, Store};

/// Bytes read from the file at a time.
const PIECE: usize = 256 * 1024;

/// What is made of the bytes of a capture.
trait Telling {
    /// Takes the next bytes in, and tells what they hold.
    ///
    /// # Errors
    /// What is written is not taken.
    fn push(&mut self, bytes: &[u8], out: &mut dyn Write) -> io::Result<()>;

    /// The bytes have ended: tells the rest.
    ///
    /// # Errors
    /// What is written is not taken.
    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()>;

    /// What could not be read of the file, in words.
    fn trouble(&self) -> Option<&str>;

    /// What was asked and could not be told.
    fn undone(&self) -> Option<Failure>;
}

/// Why it did not end well.
#[derive(Debug)]
pub enum Failure {
    /// Nobody could do what the command line says; in whole lines.
    Usage(String),
    /// The file is no capture, or cannot be read to its end.
    Unreadable(Trouble),
    /// What was asked is not there, or could not be written.
    Undone(Trouble),
}

impl Failure {
    fn usage(words: impl Into<String>) -> Self {
        Failure::Usage(words.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Usage(words) => f.write_str(words),
            Failure::Unreadable(trouble) | Failure::Undone(trouble) => trouble.fmt(f),
        }
    }
}

/// Reads the file and writes what is asked of it to `out`.
///
/// # Errors
/// It is asked wrongly, the file cannot be read to its end, what is asked is not in it, or what is written is not taken.
pub fn run(arguments: &ReadArguments, out: impl Write) -> Result<(), Failure> {
    let mut asked = tellings(arguments)?;
    let source = Asked::of(&arguments.file).and_then(|asked| source::open(&asked)).map_err(Failure::Unreadable)?;
    let mut reading = Reading { bytes: Bytes::Coming(source), beginning: Vec::new() };
    let mut out = BufWriter::with_capacity(PIECE, out);
    let mut failure = None;
    for telling in &mut asked {
        match reading.tell(telling.as_mut(), &mut out) {
            Ok(found) => failure = failure.or(found),
            // Whoever reads has had enough: `wirelab read … | head`.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            Err(error) => return Err(Failure::Undone(Trouble::new("write", "standard output", error, ""))),
        }
        if matches!(failure, Some(Failure::Unreadable(_))) && !reading.is_capture() {
            break;
        }
        reading.rewind();
    }
    failure.map_or(Ok(()), Err)
}

/// All that is asked for: the list first, then the statistics in their order.
fn tellings(arguments: &ReadArguments) -> Result<Vec<Box<dyn Telling>>, Failure> {
    let form = match (arguments.form, arguments.fields.is_empty()) {
        (ReadForm::Fields, true) => return Err(Failure::usage("-T fields needs a field, as in -e frame.number")),
        (ReadForm::Fields, false) => Form::Fields(Columns::new(&arguments.fields, &arguments.options)?),
        (ReadForm::Text | ReadForm::Json, false) => return Err(Failure::usage("-e needs -T fields")),
        (ReadForm::Text, true) => Form::Text,
        (ReadForm::Json, true) => Form::Json,
    };
    let filter = arguments.filter.as_deref().filter(|text| !text.trim().is_empty());
    let filter = filter.map(|text| Filter::parse(text).map_err(|problem| marked(text, &problem))).transpose()?;
    let mut tellings: Vec<Box<dyn Telling>> = Vec::new();
    let statistics = arguments.statistics.iter().map(|text| Statistic::parse(text));
    let statistics = statistics.collect::<Result<Vec<_>, _>>()?;
    if !arguments.quiet {
        tellings.push(Box::new(List::new(form, Wanted { filter, flow: arguments.flow.map(FlowId) })));
    } else if statistics.is_empty() {
        // Whether it can be read is of interest all the same.
        tellings.push(Box::new(List::new(Form::Nothing, Wanted { filter: None, flow: None })));
    }
    tellings.extend(statistics.into_iter().map(|statistic| -> Box<dyn Telling> {
        match statistic {
            Statistic::Follow { carrier, shape, ordinal } => Box::new(Follow::new(carrier, shape, ordinal)),
            Statistic::Conversations(transport) => Box::new(Conversations::new(transport)),
        }
    }));
    Ok(tellings)
}

/// What is wrong with a filter, and a mark under the place.
fn marked(text: &str, problem: &Problem) -> Failure {
    let text = text.replace(['\n', '\r', '\t'], " ");
    let shown = |range: std::ops::Range<usize>| visible::escaped_hidden(text.get(range).unwrap_or_default());
    let (start, end) = (problem.span.start.min(text.len()), problem.span.end.min(text.len()));
    let before = " ".repeat(shown(0..start).width());
    let under = "~".repeat(shown(start..end).width().saturating_sub(1));
    Failure::usage(format!("-Y: {problem}\n    {}\n    {before}^{under}", shown(0..text.len())))
}

/// The bytes of a capture.
struct Reading {
    bytes: Bytes,
    /// The first few, by which a capture is known.
    beginning: Vec<u8>,
}

/// Where bytes come from.
enum Bytes {
    /// As they come, the first time.
    Coming(Source),
    /// Again, from that place on.
    Again(Store, String, u64),
}

impl Reading {
    /// Begins again.
    fn rewind(&mut self) {
        let (store, name) = match &self.bytes {
            Bytes::Coming(source) => (source.store(), source.name().to_owned()),
            Bytes::Again(store, name, _) => (store.clone(), name.clone()),
        };
        self.bytes = Bytes::Again(store, name, 0);
    }

    fn is_capture(&self) -> bool {
        is_capture(&self.beginning)
    }

    /// Tells all of it, and what did not go well.
    ///
    /// # Errors
    /// What is written is not taken.
    fn tell(&mut self, telling: &mut dyn Telling, out: &mut impl Write) -> io::Result<Option<Failure>> {
        let mut piece = vec![0; PIECE];
        let ended = loop {
            let known = self.beginning.len();
            let length = match self.bytes.read(&mut piece) {
                Ok(0) => break None,
                Ok(length) => length,
                Err(trouble) => break Some(Failure::Unreadable(trouble)),
            };
            let mut bytes = &piece[..length];
            let beginning;
            if known < MAGIC {
                self.beginning.extend_from_slice(bytes);
                if self.beginning.len() < MAGIC {
                    continue;
                }
                if !self.is_capture() {
                    break None;
                }
                beginning = self.beginning.clone();
                self.beginning.truncate(MAGIC);
                bytes = &beginning;
            }
            telling.push(bytes, out)?;
            // A stream may be silent for long: what it has said is shown.
            if self.bytes.is_stream() {
                out.flush()?;
            }
        };
        let name = self.bytes.name();
        if ended.is_none() && !self.is_capture() {
            let why = "this is no capture file; pcapng and pcap can be read";
            return Ok(Some(Failure::Unreadable(Trouble::new("read", name, why, ""))));
        }
        telling.finish(out)?;
        out.flush()?;
        let damaged = || telling.trouble().map(|words| Failure::Unreadable(Trouble::new("read", name, words, "")));
        Ok(ended.or_else(damaged).or_else(|| telling.undone()))
    }
}

impl Bytes {
    fn read(&mut self, piece: &mut [u8]) -> Result<usize, Trouble> {
        match self {
            Bytes::Coming(source) => source.read(piece),
            Bytes::Again(store, _, offset) => {
                let length = store.read_at(*offset, piece)?;
                *offset += length as u64;
                Ok(length)
            }
        }
    }

    fn is_stream(&self) -> bool {
        match self {
            Bytes::Coming(source) => source.progress().total.is_none(),
            Bytes::Again(..) => false,
        }
    }

    fn name(&self) -> &str {
        match self {
            Bytes::Coming(source) => source.name(),
            Bytes::Again(_, name, _) => name,
        }
    }
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

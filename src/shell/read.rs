//! `wirelab read`: a capture or recording told as text.
//!
//! | file            | what it is                                                                  |
//! |-----------------|-----------------------------------------------------------------------------|
//! | `list`          | frames a line each: text, JSON, or the `columns` of chosen fields           |
//! | `statistic`     | what `-z` asks for: to `follow` a conversation, the table of `conversations`, |
//! |                 | the `ladder`, the figures of `stats`, a `diff` of two                         |
//! | `frames`        | bytes to frames; the `directory` knows the conversations they belong to     |
//!
//! All of it is told as it comes and forgotten; the bytes are read once for each thing that is asked for.

mod columns;
mod conversations;
mod diff;
mod directory;
mod follow;
mod frames;
mod ladder;
mod list;
mod statistic;
mod stats;

pub(super) use list::{Writer, json};

use std::fmt;
use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use unicode_width::UnicodeWidthStr;

use crate::capture::{MAGIC, is_capture};
use crate::filter::{Filter, Problem};
use crate::model::{FlowId, Trouble, visible};

use self::columns::Columns;
use self::conversations::Conversations;
use self::follow::Follow;
use self::ladder::Ladder;
use self::list::{Form, List, Wanted};
use self::statistic::Statistic;
use self::stats::{Layout, Stats};
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
    /// What was compared differs; that is told already.
    Differs,
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
            Failure::Differs => f.write_str("they differ"),
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
    let layout = match arguments.form {
        ReadForm::Json => Layout::Json,
        ReadForm::Text | ReadForm::Fields => Layout::Tables,
    };
    let mut tellings: Vec<Box<dyn Telling>> = Vec::new();
    let statistics = arguments.statistics.iter().map(|text| Statistic::parse(text));
    let statistics = statistics.collect::<Result<Vec<_>, _>>()?;
    let wanted = Wanted { filter: filter.map(Arc::new), flow: arguments.flow.map(FlowId) };
    if !arguments.quiet {
        tellings.push(Box::new(List::new(form, wanted.clone())));
    } else if statistics.is_empty() {
        // Whether it can be read is of interest all the same.
        tellings.push(Box::new(List::new(Form::Nothing, Wanted { filter: None, flow: None })));
    }
    tellings.extend(statistics.into_iter().map(|statistic| -> Box<dyn Telling> {
        match statistic {
            Statistic::Follow { carrier, shape, ordinal } => Box::new(Follow::new(carrier, shape, ordinal)),
            Statistic::Conversations(transport) => Box::new(Conversations::new(transport)),
            Statistic::Ladder(drawing) => Box::new(Ladder::new(drawing, wanted.clone())),
            Statistic::Stats => Box::new(Stats::new(layout, wanted.clone())),
            Statistic::Diff(asked) => Box::new(diff::Diff::new(asked, layout)),
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
    use clap::Parser;

    use super::super::arguments::{Act, Arguments};
    use super::*;
    use crate::capture::whole;
    use crate::model::{Address, Direction, Flow, Frame, FrameKind, NodeId, Remark, Timestamp, Transport};

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
            cut: 0,
            protocol: "raw",
            summary: String::new(),
        });
        whole([(NodeId(1), "me")], &frames.collect::<Vec<_>>(), |_| Some(&flow), |_| Remark::default())
    }

    /// `wirelab read` with these words behind it, on a file that holds this: what it writes, and why it ends badly.
    fn read(file: &[u8], words: &[&str]) -> (String, Result<(), Failure>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recording");
        std::fs::write(&path, file).unwrap();
        let words = [&["wirelab", "read", path.to_str().unwrap()], words].concat();
        let Some(Act::Read(asked)) = Arguments::try_parse_from(words).unwrap().act else { panic!("it is `read`") };
        let mut out = Vec::new();
        let ended = run(&asked, &mut out);
        (String::from_utf8(out).unwrap(), ended)
    }

    fn told(words: &[&str]) -> Vec<String> {
        let (told, ended) = read(&recording(), words);
        ended.unwrap();
        told.lines().map(str::to_owned).collect()
    }

    fn refused(words: &[&str]) -> String {
        let (told, ended) = read(&recording(), words);
        assert_eq!(told, "");
        let Err(Failure::Usage(words)) = ended else { panic!("{words:?} is taken: {ended:?}") };
        words
    }

    #[test]
    fn a_recording_is_told_a_frame_a_line_and_nothing_in_it_acts_on_the_terminal() {
        let lines = [
            "    7 12:03:01.204 me                   note         a\\e[31m remark",
            "    8 12:03:01.204 me → /tmp/x          unix         connected, from unnamed#1",
            "    9 12:03:01.204 me ← /tmp/x          text       6 hello",
        ];
        assert_eq!(told(&[]), lines);
        assert_eq!(told(&["--flow", "1"]), lines[1..]);
    }

    #[test]
    fn lines_of_json_hold_the_payload() {
        let line = r#"{"frame":9,"at":"2026-01-31T12:03:01.204417Z","node":"me","flow":1,"kind":"data","dir":"in","len":6,"text":"hello\n","base64":"aGVsbG8K","proto":"text","summary":"hello"}"#;
        assert_eq!(told(&["-T", "json", "--flow", "1"]).last().map(String::as_str), Some(line));
    }

    #[test]
    fn a_filter_chooses_frames_and_columns_tell_what_is_asked_of_them() {
        assert_eq!(told(&["-Y", "wl.kind == \"opened\""]).len(), 1);
        let columns = ["-T", "fields", "-e", "frame.number", "-e", "wl.kind", "-e", "frame.len"];
        assert_eq!(told(&columns), ["7\tnote\t0", "8\topened\t0", "9\tdata\t6"]);
        let styled =
            [&columns[..], &["-E", "header=y", "-E", "separator=;", "-E", "quote=d", "-Y", "wl.flow"]].concat();
        assert_eq!(told(&styled), ["frame.number;wl.kind;frame.len", "\"8\";\"opened\";\"0\"", "\"9\";\"data\";\"6\""]);
        // A value that is not there leaves its column empty.
        assert_eq!(told(&["-T", "fields", "-e", "wl.note", "-e", "wl.flow"])[1..], ["\t1", "\t1"]);
    }

    #[test]
    fn wrong_usage_is_told_with_what_would_be_right() {
        assert_eq!(
            refused(&["-Y", "wl.kind == \"data\" && tcp.prot == 1"]).lines().collect::<Vec<_>>()[1..],
            ["    wl.kind == \"data\" && tcp.prot == 1", "                         ^~~~~~~~"]
        );
        assert_eq!(
            refused(&["-T", "fields", "-e", "frame.numbr"]),
            "-e: there is no field frame.numbr; did you mean frame.number?"
        );
        assert_eq!(refused(&["-T", "fields"]), "-T fields needs a field, as in -e frame.number");
        assert_eq!(refused(&["-e", "frame.number"]), "-e needs -T fields");
        assert!(
            refused(&["-T", "fields", "-e", "frame", "-E", "colour=y"])
                .starts_with("-E: colour=y is no option; there are header=")
        );
        assert!(refused(&["-z", "io,stat"]).starts_with("-z io,stat: this is not told here; there are follow,"));
    }

    #[test]
    fn what_is_asked_and_not_there_is_told() {
        let (told, ended) = read(&recording(), &["-q", "-z", "follow,unix,ascii,7"]);
        assert_eq!(told, "");
        let words = "follow unix conversation 7: there is none of that number; they are counted from 0";
        assert!(matches!(ended, Err(Failure::Undone(trouble)) if trouble.to_string() == words));
    }

    #[test]
    fn several_things_are_told_one_after_the_other() {
        let follow = "\n===================================================================\nFollow: unix,raw\n\
            Filter: unix.stream eq 0\nNode 0: unnamed#1\nNode 1: /tmp/x\n\t68656c6c6f0a\n\
            ===================================================================\n";
        assert_eq!(told(&["-q", "-z", "follow,unix,raw,0"]).join("\n") + "\n", follow);
        let all = told(&["-z", "follow,unix,raw,0", "-z", "follow,unix,raw,0"]).join("\n") + "\n";
        assert_eq!(all, told(&[]).join("\n") + "\n" + follow + follow);
        assert!(told(&["-q"]).is_empty());
    }

    #[test]
    fn what_can_be_read_of_a_file_that_is_cut_is_told_before_the_trouble() {
        let whole = recording();
        let (told, ended) = read(&whole[..whole.len() - 5], &["-T", "fields", "-e", "frame.number", "-Y", "wl.flow"]);
        assert!(told.starts_with("8\n"), "{told}");
        let Err(Failure::Unreadable(trouble)) = ended else { panic!("{ended:?}") };
        assert!(trouble.why.starts_with("the file ends in the middle of a packet or block"), "{trouble}");
    }

    #[test]
    fn what_is_no_capture_says_so_and_tells_nothing() {
        for file in [&b""[..], b"abc", b"[package]\nname = 1"] {
            for words in [&[][..], &["-q"], &["-q", "-z", "conv,tcp"], &["-z", "follow,tcp,raw,0", "-z", "conv,udp"]] {
                let (told, ended) = read(file, words);
                assert_eq!(told, "");
                let Err(Failure::Unreadable(trouble)) = ended else { panic!("{ended:?}") };
                assert_eq!(trouble.why, "this is no capture file; pcapng and pcap can be read");
            }
        }
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let words = ["wirelab", "read", "/no/such"];
        let Some(Act::Read(asked)) = Arguments::try_parse_from(words).unwrap().act else { panic!("it is `read`") };
        let Err(Failure::Unreadable(trouble)) = run(&asked, Vec::new()) else { panic!("there is no such file") };
        assert_eq!(trouble.to_string(), "read /no/such: there is no such file or folder; check the path");
    }
}

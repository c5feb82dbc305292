//! `-z follow`: what both ends of one conversation said, in the order in which it came, laid out as by tshark 4.0.

use std::io::{self, Write};

use super::frames::{Frames, Told};
use super::statistic::Shape;
use super::{Failure, Telling};
use crate::app::world::Reading;
use crate::capture::SEGMENT;
use crate::model::{Flow, FrameKind, Side, Transport, Trouble};

/// Bytes on a line of a dump.
const PER_LINE: usize = 16;

/// Bytes between two wider gaps of a dump.
const GROUP: usize = 8;

/// What stands above and below.
const RULE: &str = "===================================================================";

/// Follows one conversation.
#[derive(Debug)]
pub struct Follow {
    frames: Frames,
    dialogue: Dialogue,
}

/// The conversation as far as it was told.
#[derive(Debug)]
struct Dialogue {
    carrier: Transport,
    shape: Shape,
    ordinal: u64,
    /// The end that was heard first; none before that.
    first: Option<Side>,
    /// Bytes written of the end heard first, and of the other.
    written: [u64; 2],
    /// Bytes that are missing before the next ones.
    missing: u64,
    line: Vec<u8>,
}

impl Follow {
    /// That conversation.
    pub fn new(carrier: Transport, shape: Shape, ordinal: u64) -> Self {
        let dialogue = Dialogue { carrier, shape, ordinal, first: None, written: [0; 2], missing: 0, line: Vec::new() };
        Self { frames: Frames::new(Reading::Bare), dialogue }
    }
}

impl Telling for Follow {
    fn push(&mut self, bytes: &[u8], out: &mut dyn Write) -> io::Result<()> {
        let Self { frames, dialogue } = self;
        let mut outcome = Ok(());
        frames.push(bytes, |told| {
            if outcome.is_ok() {
                outcome = dialogue.take(told, out);
            }
        });
        outcome
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let Self { frames, dialogue } = self;
        let mut outcome = Ok(());
        frames.finish(|told| {
            if outcome.is_ok() {
                outcome = dialogue.take(told, out);
            }
        });
        outcome?;
        if dialogue.first.is_some() { writeln!(out, "{RULE}") } else { Ok(()) }
    }

    fn trouble(&self) -> Option<&str> {
        self.frames.trouble()
    }

    fn undone(&self) -> Option<Failure> {
        let Dialogue { carrier, ordinal, first, .. } = &self.dialogue;
        let name = carrier.name();
        first.is_none().then(|| {
            let what = format!("{name} conversation {ordinal}");
            Failure::Undone(Trouble::new("follow", what, "there is none of that number", "they are counted from 0"))
        })
    }
}

impl Dialogue {
    fn take(&mut self, Told { world, frame, .. }: Told<'_>, out: &mut dyn Write) -> io::Result<()> {
        let Some(track) = frame.flow.and_then(|flow| world.flows.track(flow)) else { return Ok(()) };
        if track.flow.transport != self.carrier || track.ordinal() != self.ordinal {
            return Ok(());
        }
        let from = match &frame.kind {
            FrameKind::Data { direction, .. } | FrameKind::Finished(direction) => {
                track.flow.sender(frame.node, *direction)
            }
            FrameKind::Lost { count, .. } => {
                self.missing += count;
                None
            }
            FrameKind::Step(_)
            | FrameKind::Opened { .. }
            | FrameKind::Closed(_)
            | FrameKind::Impaired { .. }
            | FrameKind::Error(_)
            | FrameKind::Note(_) => None,
        };
        let from = from.unwrap_or(Side::Client);
        let first = match self.first {
            Some(first) => first,
            None => self.begin(&track.flow, from, out)?,
        };
        let FrameKind::Data { payload, .. } = &frame.kind else { return Ok(()) };
        let number = usize::from(from != first);
        let missing = std::mem::take(&mut self.missing);
        if missing > 0 {
            // Wireshark ends the words with a NUL, which it counts.
            self.write(number, format!("[{missing} bytes missing in capture file]\0").as_bytes(), out)?;
        }
        // A message of a recording may be longer than one packet can be.
        let longest = if self.carrier.is_datagram() { usize::MAX } else { SEGMENT };
        self.missing += frame.cut;
        payload.chunks(longest).try_for_each(|part| self.write(number, part, out))
    }

    fn begin(&mut self, flow: &Flow, first: Side, out: &mut dyn Write) -> io::Result<Side> {
        self.first = Some(first);
        let Self { carrier, shape, ordinal, .. } = self;
        let (name, shape) = (carrier.name(), shape.name());
        let (one, other) = match first {
            Side::Client => (&flow.client, &flow.server),
            Side::Server => (&flow.server, &flow.client),
        };
        writeln!(out, "\n{RULE}\nFollow: {name},{shape}\nFilter: {name}.stream eq {ordinal}")?;
        writeln!(out, "Node 0: {one}\nNode 1: {other}")?;
        Ok(first)
    }

    /// Writes what end `number` said.
    fn write(&mut self, number: usize, bytes: &[u8], out: &mut dyn Write) -> io::Result<()> {
        let indent: &[u8] = if number == 0 { b"" } else { b"\t" };
        self.line.clear();
        match self.shape {
            Shape::Ascii => {
                self.line.extend_from_slice(indent);
                writeln!(self.line, "{}", bytes.len())?;
                self.line.extend(bytes.iter().map(|byte| match byte {
                    b'\r' | b'\n' | b' '..=b'~' => *byte,
                    _ => b'.',
                }));
                self.line.push(b'\n');
            }
            Shape::Raw => {
                self.line.extend_from_slice(indent);
                self.line.extend(bytes.iter().flat_map(|byte| digits(*byte)));
                self.line.push(b'\n');
            }
            Shape::Hex => {
                let begin = self.written[number];
                for (row, offset) in bytes.chunks(PER_LINE).zip((begin..).step_by(PER_LINE)) {
                    self.line.extend_from_slice(indent);
                    dump(row, offset, &mut self.line)?;
                }
            }
        }
        self.written[number] += bytes.len() as u64;
        out.write_all(&self.line)
    }
}

fn digits(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]
}

/// A line of a dump. tshark leaves out one space at its end, whether it is a letter or the gap between two groups.
fn dump(row: &[u8], offset: u64, line: &mut Vec<u8>) -> io::Result<()> {
    write!(line, "{offset:08X} ")?;
    for at in 0..PER_LINE {
        if at % GROUP == 0 {
            line.push(b' ');
        }
        match row.get(at) {
            Some(byte) => line.extend(digits(*byte)),
            None => line.extend(b"  "),
        }
        line.push(b' ');
    }
    line.push(b' ');
    for (at, byte) in row.iter().enumerate() {
        line.push(if (b' '..=b'~').contains(byte) { *byte } else { b'.' });
        if at + 1 == GROUP {
            line.push(b' ');
        }
    }
    if line.last() == Some(&b' ') {
        line.pop();
    }
    line.push(b'\n');
    Ok(())
}

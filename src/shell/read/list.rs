//! Frames a line each: as text, as JSON, or as columns.

use std::collections::HashMap;
use std::io::{self, Write};
use std::ops::RangeInclusive;
use std::sync::Arc;

use unicode_width::UnicodeWidthStr;

use super::columns::Columns;
use super::frames::{Frames, Told};
use super::{Failure, Telling};
use crate::app::world::{self, Reading, World};
use crate::capture::event;
use crate::filter::{Filter, Needs};
use crate::model::{ClockZone, FlowId, Frame, FrameKind, Trouble, visible};
use crate::shell::ink::{Ink, Inks};

/// Columns of what a frame says, in text.
const SAYS: usize = 120;

/// Columns of a frame's number.
const NUMBER: usize = 5;

/// Columns of its protocol.
const PROTOCOL: usize = 5;

/// Columns of its ends; of wider ones more, from there on, up to so many, where addresses of IPv6 have room.
const ENDS: RangeInclusive<usize> = 20..=44;

/// Columns of how many bytes it has.
const LENGTH: usize = 6;

/// Conversations whose ends are remembered in words.
const ENDS_LIMIT: usize = 16_384;

/// How lines are written.
#[derive(Debug)]
pub enum Form {
    /// To read.
    Text,
    /// The event schema.
    Json,
    /// Values of fields.
    Fields(Columns),
    /// Not at all; they are only read.
    Nothing,
}

/// Which frames are told.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Those that pass.
    pub filter: Option<Arc<Filter>>,
    /// Those of one conversation.
    pub flow: Option<FlowId>,
}

impl Wanted {
    /// Whether any is, that is there.
    pub fn is_all(&self) -> bool {
        self.filter.is_none() && self.flow.is_none()
    }

    /// Whether a frame is one of them.
    pub fn takes(&self, world: &World, frame: &Frame) -> bool {
        self.flow.is_none_or(|flow| frame.flow == Some(flow))
            && self.filter.as_ref().is_none_or(|filter| filter.matches(&world::Seen::new(world, frame)))
    }
}

/// Tells frames as they come.
#[derive(Debug)]
pub struct List {
    frames: Frames,
    writer: Lines,
}

#[derive(Debug)]
struct Lines {
    form: Form,
    wanted: Wanted,
    /// Whether a frame of the conversation has come that is wanted.
    is_there: bool,
    ends: Ends,
    text: Writer,
    line: String,
}

/// What conversations are called between their ends, so that not every frame has to find it out again.
#[derive(Debug, Default)]
struct Ends {
    known: HashMap<(FlowId, bool), String>,
    renamed: u64,
    /// Of the frame told last, where it belongs to no conversation.
    node: String,
}

/// Writes frames as lines to read.
#[derive(Debug)]
pub(in crate::shell) struct Writer {
    inks: Inks,
    /// The columns of the widest ends so far, within [`ENDS`].
    widest: usize,
}

impl List {
    /// Tells these frames in this form.
    pub fn new(form: Form, wanted: Wanted) -> Self {
        let of_form = match &form {
            Form::Text | Form::Json => Needs::Row,
            Form::Fields(columns) => columns.needs(),
            Form::Nothing => Needs::Frame,
        };
        let of_filter = wanted.filter.as_ref().map_or(Needs::Frame, |filter| filter.needs());
        let reading = if of_form.max(of_filter) == Needs::Frame { Reading::Bare } else { Reading::Decoded };
        let mut line = String::new();
        if let Form::Fields(columns) = &form
            && let Some(header) = columns.header()
        {
            line = header + "\n";
        }
        Self {
            frames: Frames::new(reading),
            writer: Lines {
                form,
                wanted,
                is_there: false,
                ends: Ends::default(),
                text: Writer::new(Inks::of_standard_output()),
                line,
            },
        }
    }
}

impl Telling for List {
    fn push(&mut self, bytes: &[u8], out: &mut dyn Write) -> io::Result<()> {
        let Self { frames, writer } = self;
        frames.push(bytes, |told| writer.take(told));
        writer.flush(out)
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let Self { frames, writer } = self;
        frames.finish(|told| writer.take(told));
        writer.flush(out)
    }

    fn trouble(&self) -> Option<&str> {
        self.frames.trouble()
    }

    fn undone(&self) -> Option<Failure> {
        let Lines { wanted, is_there, .. } = &self.writer;
        let flow = wanted.flow.filter(|_| !is_there)?;
        let remedy = "with -T json each frame tells its flow";
        Some(Failure::Undone(Trouble::new(
            "read",
            format!("conversation {flow}"),
            "there is none of that number",
            remedy,
        )))
    }
}

impl Lines {
    fn take(&mut self, told: Told<'_>) {
        let Told { world, frame, .. } = told;
        let Self { form, wanted, is_there, ends, text, line } = self;
        *is_there |= frame.flow == wanted.flow;
        if !wanted.takes(world, frame) {
            return;
        }
        match form {
            Form::Text => text.write(told, ends, line),
            Form::Json => line.push_str(&json(world, frame).to_string()),
            Form::Fields(columns) => columns.write(&world::Seen::new(world, frame), line),
            Form::Nothing => return,
        }
        line.push('\n');
    }

    fn flush(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let written = out.write_all(self.line.as_bytes());
        self.line.clear();
        written
    }
}

impl Ends {
    /// The ends of a frame and the way it went, as a line shows them.
    fn of(&mut self, Told { world, frame, renamed }: Told<'_>) -> &str {
        if self.renamed != renamed || self.known.len() >= ENDS_LIMIT {
            self.known.clear();
            self.renamed = renamed;
        }
        let Some(flow) = frame.flow else {
            self.node.clear();
            visible::push_line(world.name(frame.node).as_bytes(), SAYS, &mut self.node);
            return &self.node;
        };
        self.known.entry((flow, world.goes_to_server(frame))).or_insert_with(|| {
            let (one, other, to_other) = world.ends(frame);
            let ends = match other {
                Some(other) => format!("{one} {} {other}", if to_other { "→" } else { "←" }),
                None => one,
            };
            visible::joined(&visible::line(ends.as_bytes(), SAYS))
        })
    }
}

impl Writer {
    /// Lines in these colours.
    pub(in crate::shell) fn new(inks: Inks) -> Self {
        Self { inks, widest: *ENDS.start() }
    }

    /// A line of any one frame.
    pub(in crate::shell) fn line(&mut self, world: &World, frame: &Frame) -> String {
        let mut line = String::new();
        self.write(Told { world, frame, renamed: 0 }, &mut Ends::default(), &mut line);
        line
    }

    /// Number, time of day, ends, protocol, bytes and what it says. Put together by hand, because that is most of the
    /// work with a capture of small packets.
    fn write(&mut self, told: Told<'_>, ends: &mut Ends, line: &mut String) {
        let Told { world, frame, .. } = told;
        let ends = ends.of(told);
        let ink = match frame.kind.data() {
            Some(_) if world.goes_to_server(frame) => Ink::ToServer,
            Some(_) => Ink::ToClient,
            None => Ink::Faint,
        };
        self.inks.begin(Ink::Faint, line);
        push_number(frame.number, NUMBER, line);
        line.push(' ');
        line.push_str(&frame.at.clock(ClockZone::utc()));
        line.push(' ');
        self.inks.begin(ink, line);
        line.push_str(ends);
        let columns = ends.width();
        self.widest = self.widest.max(columns.min(*ENDS.end()));
        push_spaces(self.widest.saturating_sub(columns) + 1, line);
        line.push_str(frame.protocol);
        push_spaces(PROTOCOL.saturating_sub(frame.protocol.len()), line);
        line.push(' ');
        match frame.kind.data() {
            Some(_) => {
                push_number(frame.length(), LENGTH, line);
                self.inks.end(line);
            }
            None => push_spaces(LENGTH, line),
        }
        line.push(' ');
        visible::push_line(frame.summary.as_bytes(), SAYS, line);
        self.inks.end(line);
    }
}

/// Puts a number to the right of so many columns.
fn push_number(mut number: u64, columns: usize, line: &mut String) {
    let mut digits = [b'0'; 20];
    let mut begin = digits.len();
    while begin == digits.len() || number > 0 {
        begin -= 1;
        digits[begin] = b'0' + (number % 10) as u8;
        number /= 10;
    }
    push_spaces(columns.saturating_sub(digits.len() - begin), line);
    line.extend(digits[begin..].iter().copied().map(char::from));
}

fn push_spaces(count: usize, line: &mut String) {
    line.extend(std::iter::repeat_n(' ', count));
}

/// A line of the event schema.
pub(in crate::shell) fn json(world: &World, frame: &Frame) -> serde_json::Value {
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
    use super::*;

    #[test]
    fn numbers_stand_to_the_right_and_are_never_cut() {
        for number in [0, 9, 10, 99_999, 100_000, u64::MAX] {
            let mut line = String::new();
            push_number(number, NUMBER, &mut line);
            assert_eq!(line, format!("{number:>5}"));
        }
    }
}

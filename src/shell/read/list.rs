//! Frames a line each: as text, as JSON, or as columns.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::columns::Columns;
use super::frames::Frames;
use super::{Failure, Telling};
use crate::app::world::{self, Reading, World};
use crate::capture::event;
use crate::filter::{Filter, Needs};
use crate::model::{ClockZone, FlowId, Frame, FrameKind, visible};

/// Columns of what a frame says, in text.
const SAYS: usize = 120;

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
#[derive(Debug)]
pub struct Wanted {
    /// Those that pass.
    pub filter: Option<Filter>,
    /// Those of one conversation.
    pub flow: Option<FlowId>,
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
    line: String,
}

impl List {
    /// Tells these frames in this form.
    pub fn new(form: Form, wanted: Wanted) -> Self {
        let of_form = match &form {
            Form::Text | Form::Json => Needs::Row,
            Form::Fields(columns) => columns.needs(),
            Form::Nothing => Needs::Frame,
        };
        let of_filter = wanted.filter.as_ref().map_or(Needs::Frame, Filter::needs);
        let reading = if of_form.max(of_filter) == Needs::Frame { Reading::Bare } else { Reading::Decoded };
        let mut line = String::new();
        if let Form::Fields(columns) = &form
            && let Some(header) = columns.header()
        {
            line = header + "\n";
        }
        Self { frames: Frames::new(reading), writer: Lines { form, wanted, line } }
    }
}

impl Telling for List {
    fn push(&mut self, bytes: &[u8], out: &mut dyn Write) -> io::Result<()> {
        let Self { frames, writer } = self;
        frames.push(bytes, |world, frame| writer.take(world, frame));
        writer.flush(out)
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let Self { frames, writer } = self;
        frames.finish(|world, frame| writer.take(world, frame));
        writer.flush(out)
    }

    fn trouble(&self) -> Option<&str> {
        self.frames.trouble()
    }

    fn undone(&self) -> Option<Failure> {
        None
    }
}

impl Lines {
    fn take(&mut self, world: &World, frame: &Frame) {
        let Self { form, wanted, line } = self;
        if wanted.flow.is_some_and(|flow| frame.flow != Some(flow)) {
            return;
        }
        let facts = world::Seen::new(world, frame);
        if wanted.filter.as_ref().is_some_and(|filter| !filter.matches(&facts)) {
            return;
        }
        match form {
            Form::Text => text(world, frame, line),
            Form::Json => line.push_str(&json(world, frame).to_string()),
            Form::Fields(columns) => columns.write(&facts, line),
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

/// A line to read: number, time of day, ends, protocol, bytes and what it says.
fn text(world: &World, frame: &Frame, line: &mut String) {
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
    let clock = frame.at.clock(ClockZone::utc());
    // Memory takes all.
    let _ = write!(line, "{number:>5} {clock} {ends} {protocol:<5} {length:>6} {says}");
}

/// A line of the event schema.
fn json(world: &World, frame: &Frame) -> serde_json::Value {
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

//! Frames a line each: as text, as JSON, or as columns.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use super::columns::Columns;
use super::frames::{Frames, Told};
use super::{Failure, Telling};
use crate::app::world::{self, Reading, World};
use crate::capture::event;
use crate::filter::{Filter, Needs};
use crate::model::{ClockZone, FlowId, Frame, FrameKind, visible};

/// Columns of what a frame says, in text.
const SAYS: usize = 120;

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
    ends: Ends,
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
        Self { frames: Frames::new(reading), writer: Lines { form, wanted, ends: Ends::default(), line } }
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
        None
    }
}

impl Lines {
    fn take(&mut self, told: Told<'_>) {
        let Told { world, frame, .. } = told;
        let Self { form, wanted, ends, line } = self;
        if wanted.flow.is_some_and(|flow| frame.flow != Some(flow)) {
            return;
        }
        let facts = world::Seen::new(world, frame);
        if wanted.filter.as_ref().is_some_and(|filter| !filter.matches(&facts)) {
            return;
        }
        match form {
            Form::Text => text(frame, ends.of(told), line),
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

/// A line to read: number, time of day, ends, protocol, bytes and what it says.
fn text(frame: &Frame, ends: &str, line: &mut String) {
    let Frame { number, protocol, .. } = frame;
    let clock = frame.at.clock(ClockZone::utc());
    // Memory takes all.
    let _ = match &frame.kind {
        FrameKind::Data { payload, .. } => {
            write!(line, "{number:>5} {clock} {ends} {protocol:<5} {:>6} ", payload.len())
        }
        FrameKind::Step(_)
        | FrameKind::Opened { .. }
        | FrameKind::Finished(_)
        | FrameKind::Closed(_)
        | FrameKind::Lost { .. }
        | FrameKind::Error(_)
        | FrameKind::Note(_) => write!(line, "{number:>5} {clock} {ends} {protocol:<5} {:>6} ", ""),
    };
    visible::push_line(frame.summary.as_bytes(), SAYS, line);
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

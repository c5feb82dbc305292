//! The frames of a lab without a screen: told as they are seen, until enough of them were.

use std::collections::HashMap;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use regex::bytes::Regex;

use super::arguments::EndArguments;
use super::headless::{self, End, Form, Teller};
use super::ink::Inks;
use super::read::{Writer, json};
use super::say;
use crate::app::world::{Seen, World};
use crate::contract::{Beginning, NetEvent, NetFact};
use crate::filter::Filter;
use crate::model::{Direction, FlowId, Frame, NodeId, Transport, visible};

/// Bytes of one direction of a conversation in which an expected text is looked for; it may come in pieces.
const LOOKED_BACK: usize = 64 * 1024;

/// The most that is looked through is looked back at twice as far, so that it is moved seldom.
const HELD: usize = 2 * LOOKED_BACK;

/// How frames are told.
pub struct Frames {
    /// Whose failure is the end; of a lab of many none's.
    node: Option<NodeId>,
    form: Form,
    stage: Stage,
    reader: Reader,
    writer: Writer,
    /// The frame that is told next.
    next: u64,
    wanted: Wanted,
}

/// What is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Nothing yet: where it listens comes first.
    Coming,
    /// All.
    Running,
}

/// Which bytes an expected text may be among.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// Those that come in.
    In,
    /// Those of both directions.
    Both,
}

/// Which of two conversations, one inside the other, is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layer {
    /// All that is on the wire.
    #[default]
    Outermost,
    /// The plain text inside TLS.
    Inside,
}

impl Layer {
    /// That of a conversation which began so.
    pub fn of(how: Beginning) -> Self {
        match how {
            Beginning::Accepted | Beginning::Connected => Self::Outermost,
            Beginning::Inside(_) => Self::Inside,
        }
    }

    /// Whether a frame is of it.
    fn has(self, world: &World, frame: &Frame) -> bool {
        let is_inside =
            frame.flow.and_then(|flow| world.flow(flow)).is_some_and(|flow| flow.transport == Transport::Tls);
        self == Self::Outermost || is_inside
    }
}

/// What it is to end with.
#[derive(Default)]
pub struct Wanted {
    /// Data frames that are still to come.
    left: Option<u64>,
    until: Option<Filter>,
    expected: Option<Expected>,
    layer: Layer,
}

struct Expected {
    pattern: Regex,
    among: Heard,
    heard: HashMap<(FlowId, Direction), Vec<u8>>,
}

impl Wanted {
    /// What is asked for on the command line.
    ///
    /// # Errors
    /// The filter or the expression is none.
    pub fn of(asked: &EndArguments, among: Heard) -> Result<Self, String> {
        let until = match &asked.until {
            Some(text) => Some(Filter::parse(text).map_err(|problem| format!("--until {text:?}: {problem}"))?),
            None => None,
        };
        let expected = match &asked.expect {
            Some(text) => {
                let pattern = Regex::new(text).map_err(|error| format!("--expect {text:?}: {error}"))?;
                Some(Expected { pattern, among, heard: HashMap::new() })
            }
            None => None,
        };
        Ok(Self { left: asked.count, until, expected, layer: Layer::Outermost })
    }

    /// Why the lab that has ended has not come to what was asked for; None when it has, or nothing was.
    fn missing(&self) -> Option<String> {
        if let Some(expected) = &self.expected {
            return Some(format!("nothing that came matches {:?}", expected.pattern.as_str()));
        }
        self.until.as_ref().map(|filter| format!("no frame passed {:?}", filter.to_string()))
    }

    /// Whether it is enough with this frame.
    fn is_enough(&mut self, world: &World, frame: &Frame) -> bool {
        if self.until.as_ref().is_some_and(|filter| filter.matches(&Seen::new(world, frame))) {
            self.until = None;
            return true;
        }
        let Some((direction, payload)) = frame.kind.data().filter(|_| self.layer.has(world, frame)) else {
            return false;
        };
        if let Some(expected) = &mut self.expected
            && expected.came(frame.flow, direction, payload)
        {
            self.expected = None;
            return true;
        }
        let Some(left) = &mut self.left else { return false };
        *left = left.saturating_sub(1);
        *left == 0
    }
}

impl Expected {
    fn came(&mut self, flow: Option<FlowId>, direction: Direction, payload: &[u8]) -> bool {
        let (Some(flow), true) = (flow, self.among == Heard::Both || direction == Direction::In) else { return false };
        let heard = self.heard.entry((flow, direction)).or_default();
        heard.extend_from_slice(payload);
        let is_there = self.pattern.is_match(heard);
        if heard.len() > HELD {
            heard.drain(..heard.len() - LOOKED_BACK);
        }
        is_there
    }
}

impl Frames {
    /// Tells in that form, from that stage on.
    pub fn new(node: Option<NodeId>, form: Form, stage: Stage, wanted: Wanted) -> Self {
        let reader = if io::stdout().is_terminal() { Reader::Person } else { Reader::Program };
        Self { node, form, stage, reader, writer: Writer::new(Inks::of_standard_output()), next: 1, wanted }
    }

    /// What is received and ends it is of that layer.
    pub fn listen_to(&mut self, layer: Layer) {
        self.wanted.layer = layer;
    }

    /// Tells the frames that are new.
    ///
    /// # Errors
    /// It is enough, or cannot be written.
    pub fn tell_new(&mut self, world: &World, out: &mut dyn Write) -> Result<(), End> {
        while self.next < world.log.next_number() {
            let number = self.next;
            self.next += 1;
            let Some(frame) = world.log.frame(number) else { continue };
            let written = match self.form {
                Form::Json => writeln!(out, "{}", json(world, frame)),
                Form::Text => writeln!(out, "{}", self.writer.line(world, frame)),
                Form::Raw if self.wanted.layer.has(world, frame) => self.received(frame, out),
                Form::Raw | Form::Quiet => Ok(()),
            };
            written.map_err(|error| End::of_writing(&error))?;
            if self.wanted.is_enough(world, frame) {
                return Err(End::Enough);
            }
        }
        Ok(())
    }
}

impl Frames {
    /// Writes what was received as it is; to a terminal only what does nothing there but show.
    fn received(&self, frame: &Frame, out: &mut dyn Write) -> io::Result<()> {
        let Some((Direction::In, payload)) = frame.kind.data() else { return Ok(()) };
        match self.reader {
            Reader::Program => out.write_all(payload),
            Reader::Person => out.write_all(shown(payload).as_bytes()),
        }
    }
}

/// How a lab ended that was to tell frames until what is wanted came: said, and as the system is told it.
pub fn status(end: End, frames: &Frames) -> ExitCode {
    let words = match end {
        // A signal is how it is meant to be ended: it has done all that was asked.
        End::Enough | End::Unread | End::Signal => frames.wanted.missing(),
        End::Failed(words) => Some(words),
    };
    match words {
        None => ExitCode::SUCCESS,
        Some(words) => {
            say(&words);
            ExitCode::FAILURE
        }
    }
}

/// Bytes in lines, of which nothing does anything to a terminal but show.
pub fn shown(bytes: &[u8]) -> String {
    let mut shown = String::new();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let (text, end) = line.strip_suffix(b"\n").map_or((line, ""), |text| (text, "\n"));
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        shown.push_str(&visible::joined(&visible::line(text, usize::MAX)));
        shown.push_str(end);
    }
    shown
}

/// Who reads standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    /// A terminal, with somebody before it.
    Person,
    /// A pipe or a file.
    Program,
}

impl Teller for Frames {
    fn tell(&mut self, world: &World, event: &NetEvent, out: &mut dyn Write) -> Result<(), End> {
        if let NetFact::Failed(trouble) = &event.fact
            && self.node == Some(event.node)
        {
            return Err(End::Failed(trouble.to_string()));
        }
        if let (NetFact::Listening(_), Stage::Coming) = (&event.fact, self.stage) {
            self.stage = Stage::Running;
            self.next = world.log.next_number();
            headless::tell_where(world, event.node, self.form, out)?;
        }
        match self.stage {
            Stage::Coming => Ok(()),
            Stage::Running => self.tell_new(world, out),
        }
    }
}

//! The framer: both directions of one HTTP/1 connection, and which response answers which request.

use std::collections::VecDeque;
use std::mem;

use memchr::memchr;

use super::HEAD_LIMIT;
use super::framing::{Asked, Body, ChunkState, Framing, split_field};
use super::start::{Kind, Progress, StartLine};
use crate::model::Side;
use crate::proto::{Cut, DecodeError, Ending, Framer, shorten};

/// How many bytes of a message's beginning are kept for its headline.
const HEADLINE_KEPT: usize = 1024;

/// How many runs of like requests may wait for their responses; beyond it HEAD and CONNECT are forgotten.
const WAITING_LIMIT: usize = 4096;

/// One HTTP/1 connection.
#[derive(Debug)]
pub struct Conversation {
    client: Half,
    server: Half,
    /// Whether both sides have agreed on another protocol (101, or 2xx to CONNECT).
    has_switched: bool,
}

/// One direction.
#[derive(Debug)]
struct Half {
    stage: Stage,
    start: StartLine,
    framing: Framing,
    /// How many bytes of the message have been taken.
    taken: usize,
    /// The first of them.
    kept: Vec<u8>,
    /// The header line being read.
    line: Vec<u8>,
    /// The one before, which a folded line may continue.
    field: Vec<u8>,
    /// The requests it sent that wait for a response, in runs.
    waiting: VecDeque<(Asked, usize)>,
}

#[derive(Debug)]
enum Stage {
    Between,
    Start,
    Head,
    Body(Body),
}

/// How far reading came.
enum Step {
    Taken(usize),
    HeadEnded(usize),
    Ended(usize),
    Broken(DecodeError),
}

impl Conversation {
    /// A connection on which nothing has been said.
    pub fn new() -> Self {
        Self { client: Half::new(), server: Half::new(), has_switched: false }
    }

    fn half(&self, from: Side) -> &Half {
        match from {
            Side::Client => &self.client,
            Side::Server => &self.server,
        }
    }

    fn half_mut(&mut self, from: Side) -> &mut Half {
        match from {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    /// Decides how the message whose head has just ended goes on.
    fn body(&mut self, from: Side) -> Body {
        let half = self.half_mut(from);
        let (kind, status) = (half.start.kind, half.start.status);
        let asked = match kind {
            Kind::Request => {
                let method = half.kept.get(half.start.method.clone()).unwrap_or_default();
                let asked = Asked::by(method);
                half.wait(asked);
                asked
            }
            Kind::Response if (100..=199).contains(&status) && status != 101 => Asked::Other,
            Kind::Response => self.half_mut(from.other()).answered(),
        };
        if kind == Kind::Response && (status == 101 || (asked == Asked::Connect && (200..=299).contains(&status))) {
            self.has_switched = true;
        }
        self.half(from).framing.body(kind, status, asked)
    }
}

impl Framer for Conversation {
    fn cut(&mut self, from: Side, bytes: &[u8]) -> Cut {
        let has_switched = self.has_switched;
        let half = self.half_mut(from);
        if matches!(half.stage, Stage::Between) {
            if has_switched {
                return Cut::Foreign;
            }
            half.begin();
        }
        let mut at = 0;
        while at < bytes.len() {
            let half = self.half_mut(from);
            match half.step(&bytes[at..]) {
                Step::Taken(length) => at += length,
                Step::Broken(error) => return Cut::Broken(error),
                Step::Ended(length) => {
                    half.stage = Stage::Between;
                    return Cut::Ends(at + length);
                }
                Step::HeadEnded(length) => {
                    at += length;
                    let body = self.body(from);
                    let has_none = body == Body::None;
                    let half = self.half_mut(from);
                    half.stage = if has_none { Stage::Between } else { Stage::Body(body) };
                    if has_none {
                        return Cut::Ends(at);
                    }
                }
            }
        }
        Cut::Continues
    }

    fn finish(&mut self, from: Side) -> Ending {
        let half = self.half_mut(from);
        match half.stage {
            Stage::Between => Ending::Whole,
            Stage::Body(Body::UntilClose) => {
                half.stage = Stage::Between;
                Ending::Whole
            }
            Stage::Start | Stage::Head | Stage::Body(_) => Ending::Short,
        }
    }

    fn headline(&self, from: Side) -> Option<String> {
        self.half(from).headline()
    }
}

impl Half {
    fn new() -> Self {
        Self {
            stage: Stage::Between,
            start: StartLine::new(),
            framing: Framing::default(),
            taken: 0,
            kept: Vec::new(),
            line: Vec::new(),
            field: Vec::new(),
            waiting: VecDeque::new(),
        }
    }

    fn begin(&mut self) {
        self.stage = Stage::Start;
        self.start = StartLine::new();
        self.framing = Framing::default();
        self.taken = 0;
        self.kept.clear();
    }

    fn wait(&mut self, asked: Asked) {
        let is_full = self.waiting.len() >= WAITING_LIMIT;
        match self.waiting.back_mut() {
            Some((last, count)) if *last == asked || is_full => *count += 1,
            Some(_) | None => self.waiting.push_back((asked, 1)),
        }
    }

    fn answered(&mut self) -> Asked {
        let Some((asked, count)) = self.waiting.front_mut() else { return Asked::Other };
        let asked = *asked;
        *count -= 1;
        if *count == 0 {
            self.waiting.pop_front();
        }
        asked
    }

    fn step(&mut self, rest: &[u8]) -> Step {
        let step = match &mut self.stage {
            Stage::Between => Step::Taken(rest.len()),
            Stage::Start => self.start_line(rest),
            Stage::Head => self.header_line(rest),
            Stage::Body(body) => match read_body(body, rest) {
                Ok(step) => step,
                Err((read, why)) => Step::Broken(DecodeError { at: self.taken + read, why: why.into() }),
            },
        };
        match step {
            Step::Taken(length) | Step::HeadEnded(length) | Step::Ended(length) => {
                let room = HEADLINE_KEPT - self.kept.len();
                self.kept.extend_from_slice(&rest[..length.min(room)]);
                self.taken += length;
            }
            Step::Broken(_) => {}
        }
        step
    }

    fn start_line(&mut self, rest: &[u8]) -> Step {
        match self.start.feed(rest) {
            Progress::More => Step::Taken(rest.len()),
            Progress::Wrong(error) => Step::Broken(error),
            Progress::Done(length) => {
                self.stage = Stage::Head;
                Step::Taken(length)
            }
        }
    }

    fn header_line(&mut self, rest: &[u8]) -> Step {
        let end = memchr(b'\n', rest);
        let length = end.map_or(rest.len(), |end| end + 1);
        if self.taken + length > HEAD_LIMIT {
            return Step::Broken(DecodeError { at: HEAD_LIMIT, why: "the header is over 1 MiB".into() });
        }
        self.line.extend_from_slice(&rest[..end.unwrap_or(length)]);
        if end.is_none() {
            return Step::Taken(length);
        }
        let mut line = mem::take(&mut self.line);
        line.truncate(line.strip_suffix(b"\r").unwrap_or(&line).len());
        if matches!(line.first(), Some(b' ' | b'\t')) && !self.field.is_empty() {
            self.field.push(b' ');
            self.field.extend_from_slice(line.trim_ascii());
            return Step::Taken(length);
        }
        let is_last = line.is_empty();
        let field = mem::replace(&mut self.field, line);
        if let Some((name, value)) = split_field(&field) {
            self.framing.note(name.trim_ascii_end(), value);
        }
        if is_last { Step::HeadEnded(length) } else { Step::Taken(length) }
    }

    fn headline(&self) -> Option<String> {
        if !self.start.is_done() {
            return None;
        }
        let text = |range: std::ops::Range<usize>| {
            let end = range.end.min(self.kept.len());
            String::from_utf8_lossy(self.kept.get(range.start..end).unwrap_or_default())
        };
        let line = match self.start.kind {
            Kind::Request => format!("{} {}", text(self.start.method.clone()), text(self.start.target.clone())),
            Kind::Response => {
                let words = [self.start.status.to_string(), text(self.start.phrase.clone()).into_owned()];
                let words = words.into_iter().chain([self.framing.media_type.clone()]);
                words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
            }
        };
        Some(shorten(&line))
    }
}

/// Reads a body on; of an error, how many bytes before it were right.
fn read_body(body: &mut Body, rest: &[u8]) -> Result<Step, (usize, &'static str)> {
    match body {
        Body::None => Ok(Step::Ended(0)),
        Body::UntilClose => Ok(Step::Taken(rest.len())),
        Body::Length(to_come) => {
            let length = usize::try_from(*to_come).unwrap_or(usize::MAX).min(rest.len());
            *to_come -= length as u64;
            Ok(if *to_come == 0 { Step::Ended(length) } else { Step::Taken(length) })
        }
        Body::Chunked(chunks) => {
            let mut at = 0;
            while at < rest.len() {
                at += chunks.step(&rest[at..]).map_err(|why| (at, why))?;
                if chunks.state == ChunkState::Done {
                    return Ok(Step::Ended(at));
                }
            }
            Ok(Step::Taken(at))
        }
    }
}

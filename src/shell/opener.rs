//! The thread that reads a capture for the screen and tells where its frames lie.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::thread;
use std::time::{Duration, Instant};

use super::source::{self, Source};
use crate::app::Msg;
use crate::app::past::{Batch, Measure, Progress, Spoken};
use crate::app::world::{NOTES_LIMIT, note_problem};
use crate::capture::index::{Located, Packer};
use crate::capture::{Indexer, Observed, Seen};
use crate::figures::Said;
use crate::model::{Flow, FlowId, FrameKind, Side, Step};

/// Bytes read at once.
const PIECE: usize = 1024 * 1024;

/// Frames told of at once, at most; they are packed, so this is some hundred kilobytes.
const TOLD_AT_ONCE: u64 = 65_536;

/// Conversations, notes and the like that are told of at once, at most; but for notes each is some dozens of bytes.
const SEEN_AT_ONCE: usize = 65_536;

/// Notes that are told: as many as are kept, and as many again for those that were changed.
const NOTES_TOLD: usize = 2 * NOTES_LIMIT;

/// What was read is told this often, so that a stream that trickles is seen as it comes.
const TOLD_EVERY: Duration = Duration::from_millis(50);

/// The first frames are told sooner: somebody looks at an empty screen.
const FIRST_PIECE: usize = 64 * 1024;

/// Conversations whose ends are remembered while reading; of more, the oldest are forgotten.
const FLOWS_LIMIT: usize = 262_144;

/// Starts to read. `tell` hands what was read to the loop, and gives false once nobody listens.
///
/// # Errors
/// The process has no thread left.
pub fn start(source: Source, tell: impl FnMut(Msg) -> bool + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name("opener".into()).spawn(move || Opener::new(tell).run(source))?;
    Ok(())
}

struct Opener<T> {
    tell: T,
    is_heard: bool,
    packer: Packer,
    batch: Batch,
    spoken: BTreeMap<FlowId, Spoken>,
    flows: HashMap<FlowId, Flow>,
    next: u64,
    /// Frames of the batch.
    count: u64,
    /// Notes told so far.
    noted: usize,
    told: Instant,
}

impl<T: FnMut(Msg) -> bool> Opener<T> {
    fn new(tell: T) -> Self {
        Self {
            tell,
            is_heard: true,
            packer: Packer::default(),
            batch: Batch::default(),
            spoken: BTreeMap::new(),
            flows: HashMap::new(),
            next: 1,
            count: 0,
            noted: 0,
            told: Instant::now(),
        }
    }

    fn run(mut self, mut source: Source) {
        let mut indexer = Indexer::new();
        let mut piece = vec![0; PIECE];
        let mut limit = FIRST_PIECE;
        while self.is_heard {
            match source.read(&mut piece[..limit]) {
                Ok(0) => break,
                Ok(length) => indexer.push(&piece[..length], &mut |seen| self.take(seen)),
                Err(trouble) => {
                    self.is_heard &= (self.tell)(Msg::Trouble(trouble));
                    break;
                }
            }
            let source::Progress { read, total } = source.progress();
            // A stream may be silent from now on: what it has said is shown.
            let is_stream = total.is_none();
            let is_due =
                limit < PIECE || is_stream || self.count >= TOLD_AT_ONCE || self.batch.seen.len() >= SEEN_AT_ONCE;
            if is_due || self.told.elapsed() >= TOLD_EVERY {
                self.hand_over(Progress::Reading(read, total));
            }
            limit = PIECE;
        }
        indexer.finish(&mut |seen| self.take(seen));
        self.hand_over(Progress::Done);
    }

    fn take(&mut self, seen: Seen) {
        match seen {
            Seen::Frame(frame) => self.frame(&frame),
            Seen::Flow(flow) => {
                if self.flows.len() >= FLOWS_LIMIT {
                    self.flows.clear();
                }
                self.flows.insert(flow.id, flow.clone());
                self.batch.seen.push(Seen::Flow(flow));
            }
            Seen::Noted(number, note) => self.note(number, note),
            Seen::Arrived(number, at) => {
                self.batch.measures.push(Measure::Arrived(number, at));
                self.batch.seen.push(seen);
            }
            Seen::Node(..) | Seen::Interface(..) | Seen::Marked(..) => self.batch.seen.push(seen),
            // The screen has no use for these.
            Seen::Packet(_) | Seen::Name(..) | Seen::Secrets(_) => {}
        }
    }

    fn frame(&mut self, frame: &Observed) {
        let number = frame.number.unwrap_or(0).max(self.next);
        self.next = number + 1;
        self.count += 1;
        let Observed { at, node, flow: id, kind, cut, place, comment, .. } = frame;
        if let Some(note) = comment {
            self.note(number, note.clone());
        }
        let flow = id.and_then(|id| self.flows.get(&id));
        let located = Located { number, at: *at, node: *node, flow: *id, kind, cut: *cut, place };
        self.packer.push(&located, flow);
        if self.packer.is_full() {
            self.batch.chunks.extend(self.packer.take());
        }
        if let Some(flow) = flow {
            self.batch.measures.extend(measure(number, frame, flow));
        }
        if let (Some(flow), Some((_, payload))) = (flow, kind.data())
            && let Some(spoken) = Spoken::of(&located, payload.len() as u64 + cut, flow)
        {
            self.spoken.entry(flow.id).and_modify(|before| before.add(&spoken)).or_insert(spoken);
        }
    }

    /// What cannot be kept is not told: a capture may have a long comment on each of its packets.
    fn note(&mut self, number: u64, note: String) {
        if note_problem(&note).is_none() && self.noted < NOTES_TOLD {
            self.noted += 1;
            self.batch.seen.push(Seen::Noted(number, note));
        }
    }

    fn hand_over(&mut self, progress: Progress) {
        let mut batch = std::mem::take(&mut self.batch);
        batch.chunks.extend(self.packer.take());
        batch.spoken = std::mem::take(&mut self.spoken).into_iter().collect();
        batch.progress = progress;
        self.count = 0;
        self.told = Instant::now();
        self.is_heard &= (self.tell)(Msg::Opened(batch));
    }
}

/// What counts of a frame for the figures.
fn measure(number: u64, frame: &Observed, flow: &Flow) -> Option<Measure> {
    let Observed { at, node, kind, .. } = frame;
    match kind {
        FrameKind::Data { direction, payload } => {
            let from = flow.sender(*node, *direction).unwrap_or(Side::Client);
            Some(Measure::Said(flow.id, Said { number, from, bytes: payload.len() as u64, at: *at }))
        }
        FrameKind::Impaired { of: Some(of), deed, .. } => Some(Measure::Impaired(flow.id, *of, deed.clone())),
        FrameKind::Step(Step::Bridged(..)) => Some(Measure::Tapped(flow.id)),
        FrameKind::Step(_)
        | FrameKind::Opened { .. }
        | FrameKind::Finished(_)
        | FrameKind::Closed(_)
        | FrameKind::Lost { .. }
        | FrameKind::Impaired { .. }
        | FrameKind::Error(_)
        | FrameKind::Note(_) => None,
    }
}

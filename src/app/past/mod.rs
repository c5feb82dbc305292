//! What is past what memory holds: where it lies in the recording, and what was read back of it.
//!
//! | file       | what it is                                                            |
//! |------------|-----------------------------------------------------------------------|
//! | `timeline` | all frames, oldest first: those recorded and those in memory           |
//! | `recall`   | what is asked of whoever reads the file, and the world made of that    |
//! | `window`   | the frames read back for one part of the screen                        |
//! | `sifting`  | the recording searched, slice by slice, for the frames that pass       |
//! | `seeking`  | the recording searched, slice by slice, for the next match             |
//! | `scanned`  | which frames were looked at already                                    |

mod recall;
mod scanned;
mod seeking;
mod sifting;
mod timeline;
mod window;

pub use recall::{Answer, Purpose, Recalled, Request, Task, Test, passing, relive, seek};
pub use scanned::Scanned;
pub use timeline::Timeline;
pub use window::Window;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;
use std::sync::Arc;

use crate::capture::index::{Chunk, Index, Located, Packer};
use crate::capture::{Place, Seen};
use crate::figures::{Ledger, Said};
use crate::model::{Deed, Flow, FlowId, Frame, FrameKind, FrameLog, NodeId, Side, Timestamp, Transport};

use super::pane::PaneId;
use super::pane::traffic::Following;
use super::world::{Node, Nodes, Remarks, World};
use super::{Effect, State};

/// Conversations remembered of a recording, with their ends and totals; of more, the oldest are forgotten.
const FLOWS_LIMIT: usize = 262_144;

/// Arrivals remembered of a recording, at 16 bytes each; of more, the oldest are forgotten.
const ARRIVALS_LIMIT: usize = 1_000_000;

/// The part of the frames in memory that may be recorded and not yet packed, at most.
const PACKED_OF_MEMORY: usize = 4;

/// A recording, and what of it is at hand.
#[derive(Debug, Default)]
pub struct Past {
    /// Where all its frames lie.
    pub index: Index,
    /// The file it is read from; None while the lab records itself.
    pub opened: Option<Opened>,
    /// The frames read back for the list.
    pub list: Window,
    /// Those around the inspected one.
    pub inspected: Window,
    /// Those of the stream.
    pub stream: Window,
    /// Those that are compared.
    pub compared: Window,
    packer: Packer,
    /// The files of the lab's own recording, by their numbers.
    files: Vec<Arc<Path>>,
    flows: BTreeMap<FlowId, Known>,
    begun: BTreeMap<Transport, u64>,
    arrivals: BTreeMap<u64, Timestamp>,
    /// What was measured of a file that is looked through.
    pub ledger: Ledger,
    nodes: Nodes,
    asked: u64,
    /// The slice that is being looked through for frames that pass, and the one for a match.
    sifting: Option<u64>,
    seeking: Option<seeking::Seeking>,
}

/// A file that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Its name.
    pub name: String,
    /// How far it has been read.
    pub progress: Progress,
}

/// How far a file has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Progress {
    /// So many bytes, of so many where that is known.
    Reading(u64, Option<u64>),
    /// To its end.
    #[default]
    Done,
}

/// A conversation of the recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Who, and how much.
    pub flow: Flow,
    /// How many of the same carrier came before.
    pub ordinal: u64,
    /// The number of its first data frame; 0 while there is none.
    pub first: u64,
    /// The number of its last data frame.
    pub last: u64,
}

/// What was read of a file that is being opened.
#[derive(Debug, Default)]
pub struct Batch {
    /// Nodes, conversations and arrivals.
    pub seen: Vec<Seen>,
    /// The frames.
    pub chunks: Vec<Chunk>,
    /// What the conversations in them have said.
    pub spoken: Vec<(FlowId, Spoken)>,
    /// What is measured of them, in order.
    pub measures: Vec<Measure>,
    /// How far the file has been read.
    pub progress: Progress,
}

/// Something that counts for the figures of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Measure {
    /// Bytes went in a conversation.
    Said(FlowId, Said),
    /// All of a frame arrived.
    Arrived(u64, Timestamp),
    /// A conversation is one with a tap.
    Tapped(FlowId),
    /// A tap did something to a frame of a conversation, on its way to the server.
    Impaired(FlowId, u64, Deed),
}

/// What a conversation said in some data frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spoken {
    /// The number of the first.
    pub first: u64,
    /// The number of the last.
    pub last: u64,
    /// How many.
    pub frames: u64,
    /// Bytes from client to server.
    pub to_server: u64,
    /// Bytes from server to client.
    pub to_client: u64,
    /// When the last was seen.
    pub at: Timestamp,
}

impl Spoken {
    /// What one frame adds that had so many bytes on the wire; nothing when it carries none.
    pub fn of(frame: &Located<'_>, bytes: u64, flow: &Flow) -> Option<Self> {
        let Located { number, at, node, kind, .. } = *frame;
        let FrameKind::Data { direction, .. } = kind else { return None };
        let (to_server, to_client) = match flow.sender(node, *direction) {
            Some(Side::Server) => (0, bytes),
            Some(Side::Client) | None => (bytes, 0),
        };
        Some(Self { first: number, last: number, frames: 1, to_server, to_client, at })
    }

    /// Both.
    pub fn add(&mut self, later: &Spoken) {
        self.last = later.last;
        self.frames += later.frames;
        self.to_server += later.to_server;
        self.to_client += later.to_client;
        self.at = later.at;
    }
}

impl Known {
    fn spoke(&mut self, spoken: &Spoken) {
        if self.first == 0 {
            self.first = spoken.first;
        }
        self.last = spoken.last;
        self.flow.frames += spoken.frames;
        self.flow.to_server += spoken.to_server;
        self.flow.to_client += spoken.to_client;
        self.flow.last = spoken.at;
    }
}

impl Past {
    /// Takes in what was read of a file that is being opened; what was remarked there goes to `remarks`.
    pub fn read(&mut self, batch: Batch, remarks: &mut Remarks) {
        for seen in batch.seen {
            match seen {
                Seen::Node(node, name) => self.nodes.learn(node, Node::Lab(name)),
                Seen::Interface(node, name) => self.nodes.learn(node, Node::Interface(name)),
                Seen::Flow(flow) => {
                    self.know(&flow);
                }
                Seen::Arrived(number, at) => self.arrived(number, at),
                Seen::Noted(number, note) => remarks.recall_note(number, &note),
                Seen::Marked(number, mark) => remarks.recall_mark(number, mark),
                Seen::Frame(_) | Seen::Packet(_) | Seen::Name(..) | Seen::Secrets(_) => {}
            }
        }
        for (flow, spoken) in batch.spoken {
            if let Some(known) = self.flows.get_mut(&flow) {
                known.spoke(&spoken);
            }
        }
        batch.measures.into_iter().for_each(|measure| self.measure(measure));
        batch.chunks.into_iter().for_each(|chunk| self.index.push(chunk));
        if let Some(opened) = &mut self.opened {
            opened.progress = batch.progress;
        }
    }

    fn measure(&mut self, measure: Measure) {
        let Self { ledger, flows, .. } = self;
        match measure {
            Measure::Said(flow, said) => {
                if let Some(known) = flows.get(&flow) {
                    ledger.said(&known.flow, said);
                }
            }
            Measure::Arrived(number, at) => ledger.arrived(number, at),
            Measure::Tapped(flow) => ledger.tapped(flow),
            Measure::Impaired(flow, number, deed) => ledger.impaired(flow, number, &deed),
        }
    }

    /// The lab has recorded frames of its own.
    pub fn recorded(&mut self, frames: &[(u64, Place)], world: &World) {
        for (number, place) in frames {
            // One that was written so late that it has left memory lies in the file only.
            let Some(frame) = world.log.frame(*number) else { continue };
            let Frame { at, node, flow, kind, arrived, .. } = frame;
            // In memory it is whole, whatever of it was recorded.
            let cut = frame.kind.data().map_or(0, |_| frame.length().saturating_sub(place.length()));
            let located = Located { number: *number, at: *at, node: *node, flow: *flow, kind, cut, place };
            let flow = flow.and_then(|flow| world.flow(flow));
            if let Some(known) = flow {
                let spoken = Spoken::of(&located, frame.length(), known);
                let known = self.know(known);
                if let Some(spoken) = spoken {
                    known.spoke(&spoken);
                }
            }
            if let Some(at) = arrived {
                self.arrived(*number, *at);
            }
            if self.nodes.get(*node).is_none() {
                self.nodes.learn(*node, Node::Lab(world.name(*node).to_owned()));
            }
            self.packer.push(&located, flow);
            if self.packer.is_full() {
                self.packed();
            }
        }
        // What leaves memory before it is packed would be lost from the list.
        if self.packer.count() >= world.log.len() / PACKED_OF_MEMORY {
            self.packed();
        }
    }

    /// What is recorded from now on lies in that file.
    pub fn begin_file(&mut self, path: Arc<Path>) {
        self.packed();
        self.packer.begin_file(self.files.len() as u32);
        self.files.push(path);
    }

    /// A file of the recording is gone, the oldest.
    pub fn forget_file(&mut self, path: &Path) {
        if let Some(file) = self.files.iter().position(|known| **known == *path) {
            self.index.forget_file(file as u32);
        }
    }

    /// Frames recorded so far are in the index.
    fn packed(&mut self) {
        self.packer.take().into_iter().for_each(|chunk| self.index.push(chunk));
    }

    /// A conversation of the recording.
    pub fn known(&self, flow: FlowId) -> Option<&Known> {
        self.flows.get(&flow)
    }

    /// A node of the recording.
    pub fn node(&self, node: NodeId) -> Option<&Node> {
        self.nodes.get(node)
    }

    fn know(&mut self, flow: &Flow) -> &mut Known {
        if self.flows.len() >= FLOWS_LIMIT && !self.flows.contains_key(&flow.id) {
            self.flows.pop_first();
        }
        match self.flows.entry(flow.id) {
            Entry::Occupied(known) => {
                let known = known.into_mut();
                known.flow.client_node = flow.client_node.or(known.flow.client_node);
                known.flow.server_node = flow.server_node.or(known.flow.server_node);
                known
            }
            Entry::Vacant(place) => {
                let begun = self.begun.entry(flow.transport).or_default();
                let flow = Flow { to_server: 0, to_client: 0, frames: 0, ..flow.clone() };
                *begun += 1;
                place.insert(Known { flow, ordinal: *begun - 1, first: 0, last: 0 })
            }
        }
    }

    fn arrived(&mut self, number: u64, at: Timestamp) {
        self.arrivals.insert(number, at);
        if self.arrivals.len() > ARRIVALS_LIMIT {
            self.arrivals.pop_first();
        }
    }

    /// All frames: those recorded and those in memory.
    pub fn timeline<'a>(&'a self, log: &'a FrameLog) -> Timeline<'a> {
        Timeline::new(&self.index, log)
    }

    /// The world that has that frame at hand: the lab's own, or one that was read back.
    pub fn world_of<'a>(&'a self, world: &'a World, number: u64) -> Option<&'a World> {
        let windows = [&self.inspected, &self.list, &self.stream, &self.compared];
        let worlds = std::iter::once(Some(world)).chain(windows.map(Window::world));
        worlds.flatten().find(|world| world.log.frame(number).is_some())
    }
}

/// A file is opened, in place of the built-in lab.
pub(super) fn open(state: &mut State, name: String) {
    state.past.opened = Some(Opened { name, progress: Progress::Reading(0, None) });
    state.focus = PaneId::Traffic;
    // One reads a file from its beginning; the newest frame is followed where it is not known to have one yet.
    state.traffic.following = Following::Stays;
    state.traffic.cursor = 0;
}

/// Asks for what the screen is about to show and is not at hand.
pub fn settle(state: &mut State) -> Vec<Effect> {
    if state.past.index.is_empty() {
        return Vec::new();
    }
    let mut effects = window::ask(state);
    effects.extend(sifting::ask(state));
    effects.extend(seeking::ask(state));
    effects
}

/// What was read back; while the recording is searched, the next slice is asked for.
pub fn answered(state: &mut State, answer: Answer) -> Vec<Effect> {
    let recalled = match answer.outcome {
        Ok(recalled) => recalled,
        Err(trouble) => {
            match answer.purpose {
                Purpose::Sift => state.past.sifting = None,
                Purpose::Seek => {
                    state.past.seeking = None;
                    state.traffic.give_up_hunt();
                }
                Purpose::List | Purpose::Inspected | Purpose::Stream | Purpose::Compared => {}
            }
            state.past.window_mut(answer.purpose).into_iter().for_each(Window::give_up);
            state.complain(trouble.to_string());
            return Vec::new();
        }
    };
    match (recalled, answer.purpose) {
        (Recalled::Passed(numbers), _) => {
            sifting::passed(state, answer.id, &numbers);
            return sifting::ask(state).into_iter().collect();
        }
        (Recalled::Found(found), _) => {
            seeking::found(state, answer.id, found);
            return seeking::ask(state).into_iter().collect();
        }
        (Recalled::World(mut world), purpose) => {
            let Past { arrivals, .. } = &state.past;
            if let (first, Some(last)) = (world.log.first_number(), world.log.next_number().checked_sub(1)) {
                arrivals.range(first..=last.max(first)).for_each(|(number, at)| world.log.note_arrival(*number, *at));
            }
            if let Some(window) = state.past.window_mut(purpose) {
                window.take(answer.id, *world);
            }
        }
    }
    Vec::new()
}

impl Past {
    fn window_mut(&mut self, purpose: Purpose) -> Option<&mut Window> {
        match purpose {
            Purpose::List => Some(&mut self.list),
            Purpose::Inspected => Some(&mut self.inspected),
            Purpose::Stream => Some(&mut self.stream),
            Purpose::Compared => Some(&mut self.compared),
            Purpose::Sift | Purpose::Seek => None,
        }
    }
}

//! What is asked of whoever reads the recording, and the world that is made of what was read.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

use super::{Known, Past};
use crate::app::pane::traffic::{Sieve, Slice};
use crate::app::world::{Nodes, Reading, Remarks, World};
use crate::capture::Seen;
use crate::capture::index::Entry;
use crate::filter::Needs;
use crate::model::stream::Place;
use crate::model::{FlowId, Mark, Remark, Timestamp, Trouble};

/// Bytes of frames in a world that was read back: what is asked for, and what decoders know of it.
const WORLD_BUDGET: usize = 32 * 1024 * 1024;

/// Bytes of frames in a world that is searched: what decoders look back at.
const SEARCH_BUDGET: usize = 4 * 1024 * 1024;

/// Frames to be read from the recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Comes back in the answer.
    pub id: u64,
    /// What they are read for.
    pub purpose: Purpose,
    /// The frames, oldest first.
    pub entries: Vec<Entry>,
    /// What is done with them.
    pub task: Task,
    /// The files they lie in; of a file that was opened, none.
    pub files: Vec<(u32, Arc<Path>)>,
    /// What was said of them.
    pub remarks: Vec<(u64, Mark, Option<String>)>,
    /// The conversations they belong to.
    flows: Vec<Known>,
    /// All nodes.
    nodes: Nodes,
    /// When the recording began.
    began: Option<Timestamp>,
}

/// What frames are read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To be listed.
    List,
    /// To be inspected.
    Inspected,
    /// To be read as a stream.
    Stream,
    /// To be compared.
    Compared,
    /// To be looked through for those that pass.
    Sift,
    /// To be looked through for a match.
    Seek,
}

/// What is done with what was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// They are seen again.
    Relive,
    /// Those are told that pass.
    Sift(Test),
    /// The nearest match is told.
    Seek(Slice),
}

/// What lets frames pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// The search this belongs to. While it is the same, what decoders know goes on from slice to slice.
    pub search: u64,
    /// The filter as written; empty lets all pass.
    pub filter: String,
    /// The conversation they must belong to.
    pub only: Option<FlowId>,
}

/// What has become of a request.
#[derive(Debug)]
pub struct Answer {
    /// The request's.
    pub id: u64,
    /// The request's.
    pub purpose: Purpose,
    /// What was read, or why it could not be.
    pub outcome: Result<Recalled, Trouble>,
}

/// What was read.
#[derive(Debug)]
pub enum Recalled {
    /// The frames, read as they were.
    World(Box<World>),
    /// The numbers of those that passed.
    Passed(Vec<u64>),
    /// The nearest match.
    Found(Option<Range<Place>>),
}

impl Past {
    /// A request for these frames.
    pub(super) fn request(&mut self, purpose: Purpose, entries: Vec<Entry>, task: Task) -> Request {
        self.asked += 1;
        let mut ids: Vec<FlowId> = entries.iter().filter_map(|entry| entry.flow).collect();
        ids.sort_unstable();
        ids.dedup();
        let flows = ids.iter().filter_map(|id| self.flows.get(id)).cloned().collect();
        let nodes = self.nodes.clone();
        let mut numbers: Vec<u32> = entries.iter().map(|entry| entry.file).collect();
        numbers.dedup();
        let path = |number: u32| Some((number, self.files.get(number as usize)?.clone()));
        let files = numbers.into_iter().filter_map(path).collect();
        Request {
            id: self.asked,
            purpose,
            entries,
            task,
            files,
            remarks: Vec::new(),
            flows,
            nodes,
            began: self.index.began(),
        }
    }
}

impl Request {
    /// With what was said of its frames, so that filters can ask for it.
    pub(super) fn with_remarks(mut self, remarks: &Remarks) -> Self {
        let said = |number: u64| {
            let Remark { mark, note } = remarks.of(number);
            (mark == Mark::On || note.is_some()).then(|| (number, mark, note.map(str::to_owned)))
        };
        if !remarks.is_empty() {
            self.remarks = self.entries.iter().filter_map(|entry| said(entry.number)).collect();
        }
        self
    }
}

/// A world in which the frames of a request are seen again; `before` is one that saw those before them.
///
/// # Errors
/// `payload` cannot read the recording.
pub fn relive(
    request: &Request,
    before: Option<World>,
    mut payload: impl FnMut(&Entry) -> Result<Bytes, Trouble>,
    mut on_frame: impl FnMut(&World, u64),
) -> Result<World, Trouble> {
    let mut world = before.unwrap_or_else(|| World::new(WORLD_BUDGET));
    world.began(request.began);
    for (id, node) in request.nodes.iter() {
        world.recall_node(id, node.clone());
    }
    for (number, mark, note) in &request.remarks {
        world.remarks.recall_mark(*number, *mark);
        if let Some(note) = note {
            world.remarks.recall_note(*number, note);
        }
    }
    for known in &request.flows {
        world.recall_flow(&known.flow, known.ordinal);
    }
    for entry in &request.entries {
        let flow = entry.flow.and_then(|id| request.flows.binary_search_by_key(&id, |known| known.flow.id).ok());
        let observed = entry.observed(payload(entry)?, flow.map(|at| &request.flows[at].flow));
        if let Some(number) = world.recall(Seen::Frame(observed)) {
            on_frame(&world, number);
        }
    }
    Ok(world)
}

/// Looks through the frames of a request; gives the numbers of those that pass, and the world for the next slice.
///
/// # Errors
/// The recording cannot be read.
pub fn passing(
    request: &Request,
    test: &Test,
    before: Option<World>,
    payload: impl FnMut(&Entry) -> Result<Bytes, Trouble>,
) -> Result<(Vec<u64>, World), Trouble> {
    let sieve = Sieve::read(&test.filter).unwrap_or_default();
    let needs = sieve.as_ref().map_or(Needs::Frame, Sieve::needs);
    let mut passed = Vec::new();
    let mut before = before.unwrap_or_else(|| World::new(SEARCH_BUDGET));
    before.read(if needs == Needs::Frame { Reading::Bare } else { Reading::Decoded });
    let world = relive(request, Some(before), payload, |world, number| {
        let Some(frame) = world.log.frame(number) else { return };
        let is_asked = test.only.is_none_or(|flow| frame.flow == Some(flow));
        if is_asked && sieve.as_ref().is_none_or(|sieve| sieve.passes(frame, world).0) {
            passed.push(number);
        }
    })?;
    Ok((passed, world))
}

/// Looks through the frames of a request for the nearest match.
///
/// # Errors
/// The recording cannot be read.
pub fn seek(
    request: &Request,
    slice: &Slice,
    payload: impl FnMut(&Entry) -> Result<Bytes, Trouble>,
) -> Result<Option<Range<Place>>, Trouble> {
    relive(request, None, payload, |_, _| {}).map(|world| slice.find(&world))
}

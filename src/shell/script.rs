//! Recorded conversations read as scripts, to be replayed.

use std::collections::BTreeMap;

use super::convert::{Chosen, Failure, Input, Sight, watch};
use super::source::{self, Asked};
use crate::app::export::Choice;
use crate::app::world::Reading;
use crate::model::script::Script;
use crate::model::{Flow, FlowId, Frame, FrameKind, Trouble};

/// Conversations that are listed for whoever did not say which; a person reads no more.
const LISTED: usize = 20;

/// Conversations told apart, of about 300 bytes each; what belongs to more is not replayed.
const FLOWS_LIMIT: usize = 262_144;

/// A conversation of which something is chosen.
struct Candidate {
    flow: Flow,
    messages: u64,
    bytes: u64,
}

/// What was read.
#[derive(Debug)]
pub struct Read {
    /// The conversation.
    pub flow: Flow,
    /// What it was.
    pub script: Script,
}

/// Opens what a word of the command line names, and reads a conversation of it.
///
/// # Errors
/// As [`read`]; and it cannot be opened, or has no end.
pub fn open(word: &str, choice: &Choice) -> Result<Read, Trouble> {
    let asked = Asked::of(word)?;
    if let Asked::Interface(name) = &asked {
        let remedy = format!("record it first: `wirelab open {name}`, then :save");
        return Err(Trouble::new("replay", name, "it is an interface, which has no end", remedy));
    }
    read(&mut Input::of_source(source::open(&asked)?), choice)
}

/// Reads what is chosen: all of one conversation, or frames of one.
///
/// # Errors
/// It is no capture, the filter is none, nothing is chosen that carries data, or what is chosen belongs to several.
pub fn read(input: &mut Input, choice: &Choice) -> Result<Read, Trouble> {
    let candidates = survey(input, &Choice { flow: None, ..choice.clone() })?;
    let flow = choose(&input.name, candidates, choice.flow)?;
    let mut script = Script::new(flow.transport);
    let choice = Choice { flow: Some(flow.id), ..choice.clone() };
    pass(input, &choice, &mut |known, frame, chosen| {
        let is_its_beginning = matches!(frame.kind, FrameKind::Opened { .. });
        if frame.flow == Some(flow.id) && (chosen == Chosen::Yes || is_its_beginning) {
            script.write(known.unwrap_or(&flow), frame);
        }
    })?;
    if let Some(words) = input.damage() {
        script.lacks(words);
    }
    Ok(Read { flow, script })
}

/// The conversations of which data is chosen.
fn survey(input: &mut Input, choice: &Choice) -> Result<BTreeMap<FlowId, Candidate>, Trouble> {
    let mut candidates: BTreeMap<FlowId, Candidate> = BTreeMap::new();
    pass(input, choice, &mut |known, frame, chosen| {
        let Some(id) = frame.flow else { return };
        if !candidates.contains_key(&id) && candidates.len() < FLOWS_LIMIT {
            let new = known.map(|flow| Candidate { flow: flow.clone(), messages: 0, bytes: 0 });
            candidates.extend(new.map(|new| (id, new)));
        }
        if let (Some(candidate), Some((_, payload)), Chosen::Yes) = (candidates.get_mut(&id), frame.kind.data(), chosen)
        {
            candidate.messages += 1;
            candidate.bytes += payload.len() as u64;
        }
    })?;
    candidates.retain(|_, candidate| candidate.messages > 0);
    Ok(candidates)
}

/// Looks at a frame: its conversation, where that is known still, and whether it is chosen.
type Look<'a> = &'a mut dyn FnMut(Option<&Flow>, &Frame, Chosen);

fn pass(input: &mut Input, choice: &Choice, look: Look<'_>) -> Result<(), Trouble> {
    let watched = watch(input, choice, Reading::Bare, &mut |scene, sight| {
        if let Sight::Frame(frame, _, chosen) = sight {
            look(frame.flow.and_then(|flow| scene.world.flow(flow)), frame, chosen);
        }
        Ok(())
    });
    match watched {
        Ok(()) => input.trouble().map_or(Ok(()), |trouble| Err(trouble.clone())),
        Err(Failure::Input(trouble) | Failure::Undone(trouble)) => Err(trouble),
        Err(Failure::Output(error)) => Err(Trouble::new("read", &input.name, error, "")),
    }
}

/// The one that is meant.
fn choose(name: &str, mut candidates: BTreeMap<FlowId, Candidate>, wanted: Option<FlowId>) -> Result<Flow, Trouble> {
    let (why, remedy) = match (wanted, candidates.len()) {
        (_, 0) => return Err(Trouble::new("replay", name, "nothing of it carries data", "")),
        (None, 1) => match candidates.pop_first() {
            Some((_, only)) => return Ok(only.flow),
            None => (String::new(), ""),
        },
        (None, many) => (
            format!("{many} conversations carry data"),
            "choose one: --flow N, or FILE#N; of marked frames, those of one",
        ),
        (Some(wanted), _) => match candidates.remove(&wanted) {
            Some(candidate) => return Ok(candidate.flow),
            None => (format!("conversation {wanted} carries no data, or is not there"), "choose another"),
        },
    };
    Err(Trouble::new("replay", name, why, format!("{remedy}:{}", listed(&candidates))))
}

/// A line for each, as many as a person reads.
fn listed(candidates: &BTreeMap<FlowId, Candidate>) -> String {
    let mut lines: Vec<String> = candidates.iter().take(LISTED).map(|(id, candidate)| line(*id, candidate)).collect();
    if candidates.len() > LISTED {
        lines.push("\n  …".into());
    }
    lines.concat()
}

fn line(id: FlowId, Candidate { flow, messages, bytes }: &Candidate) -> String {
    let transport = flow.transport.name();
    format!("\n  {id} {transport} {} → {}, {messages} messages, {bytes} bytes", flow.client, flow.server)
}

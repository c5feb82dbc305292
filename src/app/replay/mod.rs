//! What was seen, sent again: a recorded conversation played from the screen, and frames taken up to be edited.
//!
//! | file   | what it is                                                        |
//! |--------|-------------------------------------------------------------------|
//! | `form` | what is sent again, where to, and how                             |
//! | `edit` | a frame as an entry of the client, or a request as one of HTTP    |
//!
//! A conversation is read by the shell, wherever it lies, before anything is connected; its nodes are asked for then.

mod edit;
pub mod form;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::export::{self, Choice};
use super::pane::{client, servers, traffic};
use super::world::Server;
use super::{Effect, State, forms};
use crate::behaviour::replay::{self, Asked, Origin};
use crate::contract::{NetCommand, NetEvent, NetFact, Play, Role, ServerSpec, WhenTaken};
use crate::model::replay::{Manner, Replayed};
use crate::model::script::Script;
use crate::model::{Endpoint, Flow, FlowId, NodeId, Scheme, Side, Transport, Trouble};

/// The behaviour that plays the server of a conversation.
pub const BEHAVIOUR: &str = "replay";

/// What can be done with what was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Send the conversation, or the marked frames, again.
    Again,
    /// Take the frame up in the client, or the request in the HTTP pane.
    Edit,
}

/// What is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meant {
    /// A conversation.
    Flow(FlowId),
    /// The marked frames.
    Marked,
}

/// A conversation that the shell is to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The node that plays it.
    pub node: NodeId,
    /// The number of this reading: an older one is of no interest any more.
    pub number: u64,
    /// Where it is.
    pub from: ReadFrom,
    /// Which it is.
    pub choice: Choice,
}

/// Why nothing is sent again while a file is looked through: what came of it would stand among the file's frames.
pub const NO_LAB: &str = "no lab runs beside this file; the command wirelab replay FILE TARGET sends it again";

/// Where a conversation is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadFrom {
    /// A file.
    File(PathBuf),
    /// The traffic of this program.
    Traffic(export::Origin),
}

/// Nodes whose conversations are being read.
#[derive(Debug, Default)]
pub struct Replays {
    asked: u64,
    waiting: BTreeMap<NodeId, Waiting>,
}

#[derive(Debug)]
struct Waiting {
    number: u64,
    role: Role,
    manner: Manner,
}

/// Performs a command.
pub fn act(state: &mut State, verb: Verb) -> Vec<Effect> {
    match verb {
        Verb::Again | Verb::Edit if state.past.opened.is_some() => state.say(NO_LAB),
        Verb::Again => match meant(state) {
            Some(meant) => {
                let form = form::open(state, meant);
                forms::open(state, form);
            }
            None => state.say("this frame belongs to no conversation"),
        },
        Verb::Edit => edit::take_up(state),
    }
    Vec::new()
}

/// What is sent again: the marked frames where some are marked, or else the conversation under the cursor.
fn meant(state: &State) -> Option<Meant> {
    if state.world.remarks.marked() > 0 {
        return Some(Meant::Marked);
    }
    state.traffic.flow(&state.past, &state.world).map(Meant::Flow)
}

/// The conversation that is meant; of marked frames, that of the first.
fn flow(state: &State, meant: Meant) -> Option<&Flow> {
    let id = match meant {
        Meant::Flow(id) => id,
        Meant::Marked => {
            let first = state.world.remarks.marked_after(0).next()?;
            state.past.world_of(&state.world, first)?.log.frame(first)?.flow?
        }
    };
    state.world.flow(id).or_else(|| state.past.known(id).map(|known| &known.flow))
}

/// Where the server of a conversation is, as one connects to it; None when it has no address.
fn server_of(flow: &Flow) -> Option<Endpoint> {
    let scheme = match flow.transport {
        Transport::Tcp => Scheme::Tcp,
        Transport::Udp => Scheme::Udp,
        Transport::Unix => Scheme::Unix,
        Transport::UnixDatagram => Scheme::UnixDatagram,
        Transport::Tls => Scheme::Tls,
    };
    Endpoint::parse(&format!("{}://{}", scheme.name(), flow.server), scheme).ok()
}

/// Performs `replay URL` with what is written behind it: what of, and how; without, the conversation under the cursor.
///
/// # Errors
/// Says what is wrong with it.
pub fn command(state: &mut State, target: &str, written: Option<&str>) -> Result<Vec<Effect>, String> {
    if state.past.opened.is_some() {
        return Err(NO_LAB.into());
    }
    let asked = match (written, meant(state)) {
        (Some(written), _) => replay::asked(written)?,
        (None, Some(meant)) => Asked { origin: meant.origin(), manner: Manner::default() },
        (None, None) => return Err("write what to replay behind it: talk.pcapng#1, or #1 of this one".into()),
    };
    let target = Endpoint::parse(target, Scheme::Tcp).map_err(|error| error.to_string())?;
    play_client(state, &target, &asked)
}

impl Meant {
    fn origin(self) -> Origin {
        match self {
            Meant::Flow(flow) => Origin::Here(flow),
            Meant::Marked => Origin::Marked,
        }
    }

    /// As the argument of a server that replays it.
    fn written(self) -> String {
        match self {
            Meant::Flow(flow) => format!("#{flow}"),
            Meant::Marked => "#marked".into(),
        }
    }
}

/// Plays the client of a conversation in a tab of its own.
fn play_client(state: &mut State, target: &Endpoint, asked: &Asked) -> Result<Vec<Effect>, String> {
    let (from, choice) = place(state, &asked.origin)?;
    let node = client::open_tab(state, &target.to_string());
    state.client.leave_field();
    let Some(spec) = client::begin(state, node) else { return Err("this client is gone".into()) };
    Ok(read(state, node, (from, choice), Role::Client(spec), asked.manner))
}

/// Plays the server of a conversation.
fn play_server(state: &mut State, listen: Endpoint, argument: String) -> Vec<Effect> {
    let spec = ServerSpec { listen, behaviour: BEHAVIOUR.into(), argument, when_taken: WhenTaken::Fail };
    let id = servers::add(state, BEHAVIOUR, spec);
    state.servers.clients = None;
    state.servers.at = state.world.servers.len().saturating_sub(1);
    servers::start(state, id)
}

/// Has the conversation read that a server is to play; it listens once that is done.
pub fn serve(state: &mut State, id: NodeId) -> Vec<Effect> {
    let Some(spec) = state.world.server(id).map(|server| server.spec.clone()) else { return Vec::new() };
    let asked = replay::asked(&spec.argument).and_then(|asked| Ok((place(state, &asked.origin)?, asked.manner)));
    match asked {
        Ok((place, manner)) => read(state, id, place, Role::Server(spec), manner),
        Err(why) => {
            let trouble = Trouble::new("serve", &spec.listen, why, "");
            super::on_net(state, &NetEvent { at: state.now, node: id, fact: NetFact::Failed(trouble) })
        }
    }
}

/// Where a conversation lies, and which it is.
fn place(state: &State, origin: &Origin) -> Result<(ReadFrom, Choice), String> {
    let here = || traffic::origin(state).map(ReadFrom::Traffic);
    Ok(match origin {
        Origin::File(path, flow) => {
            (ReadFrom::File(state.paths.meant(path)), Choice { flow: *flow, ..Choice::default() })
        }
        Origin::Here(flow) => (here()?, Choice { flow: Some(*flow), ..Choice::default() }),
        Origin::Marked => (here()?, traffic::marked(state)?),
    })
}

fn read(
    state: &mut State,
    node: NodeId,
    (from, choice): (ReadFrom, Choice),
    role: Role,
    manner: Manner,
) -> Vec<Effect> {
    state.replays.asked += 1;
    let number = state.replays.asked;
    state.replays.waiting.insert(node, Waiting { number, role, manner });
    vec![Effect::ReadScript(Box::new(Reading { node, number, from, choice }))]
}

/// A conversation was read: what is to be known of it is said, and its node is asked for.
pub fn was_read(state: &mut State, node: NodeId, number: u64, outcome: Result<Script, Trouble>) -> Vec<Effect> {
    if state.replays.waiting.get(&node).is_none_or(|waiting| waiting.number != number) {
        return Vec::new();
    }
    let Some(Waiting { role, manner, .. }) = state.replays.waiting.remove(&node) else { return Vec::new() };
    let tell = |state: &mut State, fact| super::on_net(state, &NetEvent { at: state.now, node, fact });
    let script = match outcome {
        Ok(script) => script,
        Err(trouble) => return tell(state, NetFact::Failed(trouble)),
    };
    let place = match &role {
        Role::Client(spec) => &spec.target,
        Role::Server(spec) => &spec.listen,
    };
    let remarks = script.remarks(place.scheme.transport());
    let mut effects = Vec::new();
    for remark in &remarks {
        effects.extend(tell(state, NetFact::Note(None, remark.clone())));
    }
    if !remarks.is_empty() {
        state.say(remarks.join("; "));
    }
    effects.push(Effect::Net(NetCommand::Replay(node, role, Play { script: Arc::new(script), manner })));
    effects
}

/// Gives the reading for a node up, which ends with that; false when there is none.
pub fn give_up(state: &mut State, node: NodeId) -> bool {
    let was_waiting = state.replays.waiting.remove(&node).is_some();
    if was_waiting {
        super::on_net(state, &NetEvent { at: state.now, node, fact: NetFact::Stopped });
    }
    was_waiting
}

/// Whether a server plays a recorded conversation.
pub fn is_played_by(server: &Server) -> bool {
    server.spec.behaviour == BEHAVIOUR
}

/// Whether what a server plays was seen in this run only.
pub fn is_of_this_run(server: &Server) -> bool {
    is_played_by(server)
        && replay::asked(&server.spec.argument).is_ok_and(|asked| !matches!(asked.origin, Origin::File(..)))
}

/// Follows what the network says of replays: at the end it is told how it went.
pub fn on_net(state: &mut State, event: &NetEvent) {
    let NetFact::Replayed(_, Replayed::Over(tally)) = &event.fact else { return };
    let words = format!("{}: {tally}", state.world.name(event.node));
    let is_client = state.world.client(event.node).is_some();
    if is_client && !tally.is_whole() { state.complain(words) } else { state.say(words) }
}

/// The side that a word of a form names.
fn side(word: &str) -> Side {
    if word == "server" { Side::Server } else { Side::Client }
}

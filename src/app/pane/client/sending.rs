//! How a client connects and sends: once, when the connection stands, or again and again.

use std::time::Duration;

use bytes::Bytes;

use super::tab::WAITING_KEPT;
use super::{Model, OWN, Reading, Repeat, Tab, settings};
use crate::app::form::Form;
use crate::app::overlay::{Overlay, Question};
use crate::app::{Alarm, Effect, FileUse, State, replay};
use crate::contract::{Beginning, ClientSpec, NetCommand, NetEvent, NetFact, To};
use crate::model::{ConnectionLife, Direction, NodeId, Scheme, Trouble, visible};

/// Columns of a file's beginning that are shown before it is sent.
const FILE_PREVIEW: usize = 200;

/// Sends the payload as it stands.
pub(super) fn send(state: &mut State, node: NodeId) -> Vec<Effect> {
    let (now, seed) = (state.now, state.chance());
    let Model { tabs, payloads, .. } = &mut state.client;
    let Some(tab) = tabs.iter_mut().find(|tab| tab.node == node) else { return Vec::new() };
    let is_stream = tab.endpoint().is_ok_and(|target| !target.scheme.transport().is_datagram());
    match tab.compose(now, seed) {
        // Of a datagram nothing is something: it arrives.
        Ok(bytes) if bytes.is_empty() && is_stream => {
            tab.repeat = None;
            state.say("nothing to send: the payload is empty");
            Vec::new()
        }
        Ok(bytes) => {
            tab.remember(payloads);
            tab.scrolled = 0;
            deliver(state, node, bytes)
        }
        Err(error) => {
            tab.repeat = None;
            state.complain(format!("payload: {error}"));
            Vec::new()
        }
    }
}

/// Sends bytes now, or once the connection stands.
fn deliver(state: &mut State, node: NodeId, bytes: Bytes) -> Vec<Effect> {
    let life = state.world.client(node).map_or(ConnectionLife::Idle, |client| client.life.clone());
    let Some(tab) = state.client.tab_mut(node) else { return Vec::new() };
    let is_same_target = tab.endpoint().ok() == tab.connected_to;
    tab.sent += 1;
    tab.outstanding += bytes.len();
    match life {
        ConnectionLife::Open | ConnectionLife::FinishedByPeer if is_same_target => {
            vec![Effect::Net(NetCommand::Send(node, OWN, bytes))]
        }
        ConnectionLife::FinishedByUs if is_same_target => {
            tab.sent -= 1;
            tab.outstanding = 0;
            tab.repeat = None;
            state.complain("send: this end has finished sending (FIN); press c to disconnect, then send again");
            Vec::new()
        }
        ConnectionLife::Connecting if is_same_target => {
            if tab.waiting.len() < WAITING_KEPT {
                tab.waiting.push_back(bytes);
            } else {
                state.complain("send: too many payloads wait for the connection; this one was not taken");
            }
            Vec::new()
        }
        ConnectionLife::Idle
        | ConnectionLife::Connecting
        | ConnectionLife::Open
        | ConnectionLife::FinishedByUs
        | ConnectionLife::FinishedByPeer
        | ConnectionLife::Closed(..)
        | ConnectionLife::Failed(_) => {
            tab.waiting.clear();
            tab.outstanding = bytes.len();
            tab.waiting.push_back(bytes);
            connect(state, node)
        }
    }
}

/// Connects to the target as it is written, ending a connection that stands.
pub(super) fn connect(state: &mut State, node: NodeId) -> Vec<Effect> {
    begin(state, node).map(|spec| Effect::Net(NetCommand::Connect(node, spec))).into_iter().collect()
}

/// Sets a client to connect to the target as it is written, and gives what is asked of the network; None, and says why,
/// when that is no target.
pub fn begin(state: &mut State, node: NodeId) -> Option<ClientSpec> {
    let now = state.now;
    let tab = state.client.tab_mut(node)?;
    match tab.endpoint() {
        Ok(target) => {
            tab.began = now;
            tab.connected_to = Some(target.clone());
            let written = target.to_string();
            let spec = tab.settings.spec(target);
            if let Some(client) = state.world.client_mut(node) {
                client.life = ConnectionLife::Connecting;
                client.runs += 1;
                // What the old connection still tells is not of this one.
                client.conn = None;
            }
            state.client.targets.push(&written);
            Some(spec)
        }
        Err(error) => {
            tab.waiting.clear();
            tab.repeat = None;
            state.complain(format!("target: {error}"));
            None
        }
    }
}

/// Connects, or disconnects.
pub(super) fn toggle(state: &mut State, node: NodeId) -> Vec<Effect> {
    let life = state.world.client(node).map(|client| client.life.clone());
    match life {
        Some(ConnectionLife::Open | ConnectionLife::FinishedByUs | ConnectionLife::FinishedByPeer) => {
            stop(state, node);
            vec![Effect::Net(NetCommand::Close(node, OWN))]
        }
        Some(ConnectionLife::Connecting) => {
            stop(state, node);
            if let Some(tab) = state.client.tab_mut(node) {
                tab.waiting.clear();
            }
            if replay::give_up(state, node) {
                return Vec::new();
            }
            vec![Effect::Net(NetCommand::Stop(node))]
        }
        Some(ConnectionLife::Idle | ConnectionLife::Closed(..) | ConnectionLife::Failed(_)) => connect(state, node),
        None => Vec::new(),
    }
}

/// Whether a client does something that can be given up.
pub fn is_busy(state: &State, tab: &Tab) -> bool {
    let is_connecting = state.world.client(tab.node).is_some_and(|client| client.life == ConnectionLife::Connecting);
    is_connecting || tab.reading.is_some() || tab.repeat.is_some()
}

/// Whether the client in sight waits for something that takes its time.
pub fn waits(state: &State) -> bool {
    state.client.current().is_some_and(|tab| tab.repeat.is_none() && is_busy(state, tab))
}

/// Gives up what is under way, the file first: it was asked for last.
pub(super) fn give_up(state: &mut State, node: NodeId) -> Vec<Effect> {
    if let Some(reading) = state.client.tab_mut(node).and_then(|tab| tab.reading.take()) {
        state.say(format!("{} is not sent", reading.path));
        return Vec::new();
    }
    let is_connecting = state.world.client(node).is_some_and(|client| client.life == ConnectionLife::Connecting);
    if is_connecting {
        return toggle(state, node);
    }
    if state.client.tab_mut(node).is_some_and(|tab| tab.repeat.is_some()) {
        stop(state, node);
    } else {
        state.say("nothing is under way");
    }
    Vec::new()
}

/// Half-closes or resets the connection.
pub(super) fn end(state: &mut State, node: NodeId, command: fn(NodeId, To) -> NetCommand) -> Vec<Effect> {
    if state.world.client(node).is_some_and(|client| client.life.is_open()) {
        stop(state, node);
        vec![Effect::Net(command(node, OWN))]
    } else {
        state.say("not connected; press c to connect");
        Vec::new()
    }
}

/// Starts to send again and again, as a filled-in form asks.
///
/// # Errors
/// Says which entry is wrong.
pub fn start_repeat(state: &mut State, node: NodeId, form: &Form) -> Result<Vec<Effect>, String> {
    let (left, every) = settings::read_repeat(form)?;
    state.client.repeats += 1;
    let token = state.client.repeats;
    let tab = state.client.tab_mut(node).ok_or("this client is gone")?;
    tab.repeat = Some(Repeat { left, every, token });
    Ok(repeat_once(state, node))
}

/// Stops sending again and again.
pub(super) fn stop(state: &mut State, node: NodeId) {
    if let Some(tab) = state.client.tab_mut(node)
        && tab.repeat.take().is_some()
    {
        state.say("stopped sending");
    }
}

fn repeat_once(state: &mut State, node: NodeId) -> Vec<Effect> {
    let Some(tab) = state.client.tab_mut(node) else { return Vec::new() };
    let Some(repeat) = &mut tab.repeat else { return Vec::new() };
    if let Some(left) = &mut repeat.left {
        *left -= 1;
        if *left == 0 {
            tab.repeat = None;
        }
    }
    let mut effects = send(state, node);
    // Sending may have shown that there is nothing to go on with.
    let goes_on = state.client.tab_mut(node).and_then(|tab| tab.repeat.as_ref());
    if let Some(repeat) = goes_on.filter(|repeat| repeat.every > Duration::ZERO) {
        effects.push(Effect::Wake { after: repeat.every, alarm: Alarm::Repeat(repeat.token) });
    }
    effects
}

/// The time between two sends is over.
pub fn woken(state: &mut State, token: u64) -> Vec<Effect> {
    let is_due = |tab: &&Tab| tab.repeat.as_ref().is_some_and(|repeat| repeat.token == token);
    let node = state.client.tabs.iter().find(is_due).map(|tab| tab.node);
    node.map_or_else(Vec::new, |node| repeat_once(state, node))
}

/// Asks for a file whose bytes are to be sent.
///
/// # Errors
/// No path is written, or the client is gone.
pub fn send_file(state: &mut State, node: NodeId, path: &str) -> Result<Vec<Effect>, String> {
    let path = path.trim();
    if path.is_empty() {
        return Err("write the path of a file".into());
    }
    state.client.reads += 1;
    let reading = Reading { path: path.to_owned(), number: state.client.reads, began: state.now };
    let purpose = FileUse::Payload(node, reading.number);
    state.client.tab_mut(node).ok_or("this client is gone")?.reading = Some(reading);
    Ok(vec![Effect::ReadFile { path: state.paths.meant(path), purpose }])
}

/// A file that was to be sent has been read: its bytes are shown before they go. One given up meanwhile is not.
pub fn file_read(state: &mut State, (node, number): (NodeId, u64), outcome: Result<Bytes, Trouble>) {
    let awaited = state.client.tab_mut(node).map(|tab| &mut tab.reading);
    if awaited.and_then(|reading| reading.take_if(|reading| reading.number == number)).is_none() {
        return;
    }
    let bytes = match outcome {
        Ok(bytes) => bytes,
        Err(trouble) => return state.complain(trouble.to_string()),
    };
    if state.overlay.is_some() {
        return state.complain("send file: another window was open when it had been read; press F again");
    }
    let Some(tab) = state.client.tab_mut(node) else { return };
    let beginning = visible::joined(&visible::line(&bytes, FILE_PREVIEW));
    let words = format!("Send these {} bytes? {beginning}", bytes.len());
    tab.file = Some(bytes);
    state.overlay = Some(Overlay::Ask(Question::SendFile(node), words));
}

/// The bytes of the file that was read go out.
pub fn send_read_file(state: &mut State, node: NodeId) -> Vec<Effect> {
    match state.client.tab_mut(node).and_then(|tab| tab.file.take()) {
        Some(bytes) => deliver(state, node, bytes),
        None => Vec::new(),
    }
}

/// Follows what the network says of clients: what waited goes out once the connection stands.
pub fn on_net(state: &mut State, event: &NetEvent) -> Vec<Effect> {
    let node = event.node;
    let Some(life) = state.world.client(node).filter(|client| client.runs <= 1).map(|client| &client.life) else {
        return Vec::new();
    };
    match &event.fact {
        NetFact::Opened { how, .. } => {
            let Some(tab) = state.client.tab_mut(node) else { return Vec::new() };
            if stands(tab, *how) { flush(tab) } else { Vec::new() }
        }
        NetFact::Data(conn, Direction::Out, bytes) => {
            let is_own = state.world.client(node).is_some_and(|client| client.conn == Some(*conn));
            let Some(tab) = state.client.tab_mut(node).filter(|_| is_own) else { return Vec::new() };
            tab.outstanding = tab.outstanding.saturating_sub(bytes.len());
            let at_once = tab.repeat.as_ref().is_some_and(|repeat| repeat.every.is_zero());
            if at_once && tab.outstanding == 0 { repeat_once(state, node) } else { Vec::new() }
        }
        NetFact::Failed(trouble) if matches!(life, ConnectionLife::Failed(_)) => {
            let words = format!("{}: {trouble}", state.world.name(node));
            if let Some(tab) = state.client.tab_mut(node) {
                tab.repeat = None;
                tab.waiting.clear();
            }
            state.complain(words);
            Vec::new()
        }
        NetFact::Closed(..) if matches!(life, ConnectionLife::Closed(..)) => {
            if let Some(tab) = state.client.tab_mut(node) {
                tab.repeat = None;
            }
            Vec::new()
        }
        NetFact::Lost(_, _, why) => {
            let words = format!("{}: {why}", state.world.name(node));
            if let Some(tab) = state.client.tab_mut(node) {
                // What is lost is not told as sent: a repeat as fast as it goes would wait for that for ever.
                tab.outstanding = 0;
                tab.repeat.take_if(|repeat| repeat.every.is_zero());
            }
            state.complain(words);
            Vec::new()
        }
        NetFact::Unreachable(_, words) => {
            state.complain(format!("{}: {words}", state.world.name(node)));
            Vec::new()
        }
        NetFact::Failed(_)
        | NetFact::Closed(..)
        | NetFact::Bridged(..)
        | NetFact::Data(..)
        | NetFact::Step(_)
        | NetFact::Listening(_)
        | NetFact::Stopped
        | NetFact::Finished(..)
        | NetFact::Impaired { .. }
        | NetFact::Note(..)
        | NetFact::Replayed(..)
        | NetFact::Exchange(..)
        | NetFact::LookedUp(..)
        | NetFact::Kernel(_) => Vec::new(),
    }
}

/// Whether the conversation that has just begun is the one to send on: with TLS, the inner one.
fn stands(tab: &Tab, how: Beginning) -> bool {
    let is_tls = tab.connected_to.as_ref().is_some_and(|target| target.scheme == Scheme::Tls);
    match how {
        Beginning::Connected => !is_tls,
        Beginning::Inside(_) => is_tls,
        Beginning::Accepted => false,
    }
}

fn flush(tab: &mut Tab) -> Vec<Effect> {
    let node = tab.node;
    // What an earlier connection did not take any more is not waited for.
    tab.outstanding = tab.waiting.iter().map(Bytes::len).sum();
    tab.waiting.drain(..).map(|bytes| Effect::Net(NetCommand::Send(node, OWN, bytes))).collect()
}

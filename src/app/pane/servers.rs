//! The servers pane: servers made, started, stopped and changed, and each server's clients.

use bytes::Bytes;

use super::{PaneId, moved};
use crate::app::form::{Field, Form, Purpose};
use crate::app::overlay::{Overlay, Question};
use crate::app::world::{Connection, Server};
use crate::app::{Effect, State, client, forms, replay, server_form, tap};
use crate::contract::{NetCommand, NetEvent, NetFact, ServerSpec, Shaping, To};
use crate::model::payload::{Fill, LineEnding, Notation, compose};
use crate::model::{Address, ConnId, Endpoint, NodeId, Place, ServerLife, Side, Timestamp};

/// What can be done here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// To the row above.
    Up,
    /// To the row below.
    Down,
    /// Make a server.
    New,
    /// Change the server.
    Edit,
    /// Start it, or stop it.
    Toggle,
    /// Start it, if it does not run.
    Start,
    /// Stop it, if it runs.
    Stop,
    /// Stop it and start it again.
    Restart,
    /// Give it another name.
    Rename,
    /// Stop it and forget it.
    Remove,
    /// See its clients.
    Open,
    /// Point the client pane, or the HTTP pane, at it.
    Call,
    /// Back to the servers.
    Back,
    /// Type a reply to the client.
    Reply,
    /// Type a text to all clients of the server.
    ReplyAll,
    /// Close the client's connection (FIN).
    Finish,
    /// Reset it (RST).
    Reset,
    /// Follow the client's conversation in the traffic pane.
    Follow,
}

/// What the pane holds beside the servers themselves.
#[derive(Debug, Default)]
pub struct Model {
    /// The server under the cursor, by its place.
    pub at: usize,
    /// When a server's clients are shown: which server, and the client under the cursor.
    pub clients: Option<(NodeId, usize)>,
}

impl Model {
    /// Whether a server's clients are shown instead of the servers.
    pub fn is_on_clients(&self) -> bool {
        self.clients.is_some()
    }

    /// The row under the cursor, of the servers or of a server's clients.
    pub fn cursor(&self) -> usize {
        self.clients.map_or(self.at, |(_, at)| at)
    }
}

/// The server under the cursor.
pub fn current(state: &State) -> Option<&Server> {
    match state.servers.clients {
        Some((node, _)) => state.world.server(node),
        None => state.world.servers.get(state.servers.at),
    }
}

/// The client under the cursor; open ones stand first, the newest on top.
pub fn current_client(state: &State) -> Option<&Connection> {
    let (node, at) = state.servers.clients?;
    clients(state.world.server(node)?).nth(at)
}

/// A server's clients in the order they are listed: open ones first, the newest on top.
pub fn clients(server: &Server) -> impl Iterator<Item = &Connection> {
    let newest_first = || server.connections.values().rev();
    newest_first()
        .filter(|connection| connection.life.is_open())
        .chain(newest_first().filter(|connection| !connection.life.is_open()))
}

/// The client under the cursor, when a report is about to move it in the list.
pub fn chosen_client(state: &State, event: &NetEvent) -> Option<ConnId> {
    let is_shown = state.servers.clients.is_some_and(|(node, _)| node == event.node);
    let moves = is_shown && matches!(event.fact, NetFact::Opened { .. } | NetFact::Closed(..));
    current_client(state).filter(|_| moves).map(|client| client.conn)
}

/// Puts the cursor on that client again, wherever it now stands: what is reset is what was looked at.
pub fn keep_on_client(state: &mut State, conn: ConnId) {
    let place = current(state).and_then(|server| clients(server).position(|client| client.conn == conn));
    if let (Some((_, at)), Some(place)) = (&mut state.servers.clients, place) {
        *at = place;
    }
}

/// Performs a command of this pane.
pub fn act(state: &mut State, verb: Verb) -> Vec<Effect> {
    match verb {
        Verb::Up => move_by(state, -1),
        Verb::Down => move_by(state, 1),
        Verb::New => forms::open(state, server_form::new(state)),
        Verb::Edit => {
            if let Some(form) = current(state).map(server_form::edit) {
                forms::open(state, form);
            }
        }
        Verb::Toggle => return toggle(state),
        Verb::Start => return set(state, Wanted::Running),
        Verb::Stop => return set(state, Wanted::Stopped),
        Verb::Restart => return current(state).map(|server| server.id).map_or_else(Vec::new, |id| restart(state, id)),
        Verb::Rename => rename(state),
        Verb::Remove => remove_or_ask(state),
        Verb::Open => {
            if let Some(id) = current(state).map(|server| server.id) {
                state.servers.clients = Some((id, 0));
            }
        }
        Verb::Call => return call(state),
        Verb::Back => state.servers.clients = None,
        Verb::Reply => reply(state),
        Verb::ReplyAll => reply_to_all(state),
        Verb::Finish => return end_client(state, NetCommand::Close),
        Verb::Reset => return end_client(state, NetCommand::Reset),
        Verb::Follow => {
            if let Some(flow) = current_client(state).map(|connection| connection.flow) {
                super::traffic::follow(state, flow);
            }
        }
    }
    Vec::new()
}

/// Moves the cursor.
pub fn move_by(state: &mut State, by: isize) {
    let count = match state.servers.clients {
        Some((node, _)) => state.world.server(node).map_or(0, |server| server.connections.len()),
        None => state.world.servers.len(),
    };
    match &mut state.servers.clients {
        Some((_, at)) => *at = moved(*at, by, count),
        None => state.servers.at = moved(state.servers.at, by, count),
    }
}

/// Puts the cursor on a row. False when there is no such row.
pub fn choose_row(state: &mut State, row: usize) -> bool {
    let (at, count) = match &mut state.servers.clients {
        Some((node, at)) => (at, state.world.server(*node).map_or(0, |server| server.connections.len())),
        None => (&mut state.servers.at, state.world.servers.len()),
    };
    if row < count {
        *at = row;
    }
    row < count
}

/// Adds a server; it does not run yet.
pub fn add(state: &mut State, name: &str, spec: ServerSpec) -> NodeId {
    let name = state.world.free_name(name);
    let id = state.world.new_node(&name);
    state.world.servers.push(Server::new(id, name, spec));
    id
}

/// Asks for a server to run.
pub fn start(state: &mut State, id: NodeId) -> Vec<Effect> {
    let Some(server) = state.world.server_mut(id) else { return Vec::new() };
    server.runs += 1;
    server.life = std::mem::replace(&mut server.life, ServerLife::Stopped).starting();
    if replay::is_played_by(server) {
        return replay::serve(state, id);
    }
    let mut effects = vec![Effect::Net(NetCommand::Serve(id, server.spec.clone()))];
    if server.shaping != Shaping::default() {
        effects.push(Effect::Net(NetCommand::Shape(id, server.shaping.clone())));
    }
    effects
}

fn toggle(state: &mut State) -> Vec<Effect> {
    let Some(server) = current(state) else { return Vec::new() };
    let id = server.id;
    if server.life.is_wanted() { stop(state, id) } else { start(state, id) }
}

/// What is asked of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Running,
    Stopped,
}

fn set(state: &mut State, wanted: Wanted) -> Vec<Effect> {
    let Some(server) = current(state) else { return Vec::new() };
    let (id, runs) = (server.id, server.life.is_wanted());
    match wanted {
        Wanted::Running if !runs => start(state, id),
        Wanted::Stopped if runs => stop(state, id),
        Wanted::Running | Wanted::Stopped => Vec::new(),
    }
}

/// Asks for a server to stop.
pub fn stop(state: &mut State, id: NodeId) -> Vec<Effect> {
    let Some(server) = state.world.server_mut(id) else { return Vec::new() };
    server.life = std::mem::replace(&mut server.life, ServerLife::Stopped).stopping();
    if replay::give_up(state, id) {
        return Vec::new();
    }
    vec![Effect::Net(NetCommand::Stop(id))]
}

/// Stops a server and starts it as it is now asked to be.
pub fn restart(state: &mut State, id: NodeId) -> Vec<Effect> {
    let mut effects = stop(state, id);
    effects.extend(start(state, id));
    effects
}

fn rename(state: &mut State) {
    let Some((id, name)) = current(state).map(|server| (server.id, server.name.clone())) else { return };
    let field = Field::text_field("name", name, "the name in lists; it must be new");
    forms::open(state, Form::new("Rename server", Purpose::RenameServer(id), vec![field]));
}

fn remove_or_ask(state: &mut State) {
    let Some(server) = current(state) else { return };
    let words = match server.open {
        0 => format!("Remove server {}?", server.name),
        1 => format!("Remove server {}? Its client will be disconnected.", server.name),
        many => format!("Remove server {}? Its {many} clients will be disconnected.", server.name),
    };
    state.overlay = Some(Overlay::Ask(Question::RemoveServer(server.id), words));
}

/// Stops a server and takes it from the list.
pub fn remove(state: &mut State, id: NodeId) -> Vec<Effect> {
    state.world.servers.retain(|server| server.id != id);
    state.servers.clients = None;
    state.servers.at = moved(state.servers.at, 0, state.world.servers.len());
    vec![Effect::Net(NetCommand::Stop(id))]
}

/// Points the client pane, or the HTTP pane, at the server under the cursor.
fn call(state: &mut State) -> Vec<Effect> {
    let Some(server) = current(state) else { return Vec::new() };
    let mut target = server.endpoint();
    if let (Some(Address::Ip(address)), Place::Host { host, .. }) = (server.life.address(), &mut target.place)
        && address.ip().is_unspecified()
    {
        "127.0.0.1".clone_into(host);
    }
    if target.scheme == crate::model::Scheme::Http {
        state.http.set_url(&format!("http://{}/", target.place));
        state.focus = PaneId::Http;
    } else {
        client::open_tab(state, &target.to_string());
        state.focus = PaneId::Client;
    }
    Vec::new()
}

fn reply(state: &mut State) {
    let Some((id, conn, peer)) = current(state)
        .map(|server| server.id)
        .zip(current_client(state).filter(|connection| connection.life.can_send()))
        .map(|(id, connection)| (id, connection.conn, connection.peer.to_string()))
    else {
        state.say("no open client here to reply to");
        return;
    };
    let field = Field::text_field("text", "", "text with escapes: \\r \\n \\t \\x00; a line feed is added");
    let form = Form::new(format!("Reply to {peer}"), Purpose::Reply(id, Some(conn)), vec![field]);
    forms::open(state, form);
}

fn reply_to_all(state: &mut State) {
    let Some((id, open, name)) = current(state).map(|server| (server.id, server.open, server.name.clone())) else {
        return;
    };
    if open == 0 {
        state.say(format!("{name} has no clients to send to"));
        return;
    }
    let field = Field::text_field("text", "", "text with escapes: \\r \\n \\t \\x00; a line feed is added");
    let form = Form::new(format!("Send to all {open} clients of {name}"), Purpose::Reply(id, None), vec![field]);
    forms::open(state, form);
}

/// Sends what was typed to one client of a server or to all.
///
/// # Errors
/// Says what is wrong with the text.
pub fn send_reply(state: &mut State, id: NodeId, to: Option<ConnId>, text: &str) -> Result<Vec<Effect>, String> {
    let bytes = read_reply(state.now, state.chance(), text)?;
    if state.world.server(id).is_some_and(Server::is_tap) {
        return Ok(tap::inject(id, to, Side::Client, bytes));
    }
    Ok(vec![Effect::Net(NetCommand::Send(id, to.map_or(To::All, To::One), bytes))])
}

/// The bytes a written reply means.
///
/// # Errors
/// Says what is wrong with the text.
pub fn read_reply(at: Timestamp, seed: u64, text: &str) -> Result<Bytes, String> {
    let fill = Fill { counter: 1, at, seed };
    compose(text, Notation::Text, LineEnding::Lf, &fill).map_err(|error| error.to_string())
}

fn end_client(state: &mut State, command: fn(NodeId, To) -> NetCommand) -> Vec<Effect> {
    let server = current(state).map(|server| server.id);
    let client = current_client(state).filter(|connection| connection.life.is_open()).map(|connection| connection.conn);
    if let Some((server, conn)) = server.zip(client) {
        return vec![Effect::Net(command(server, To::One(conn)))];
    }
    state.say("this connection has ended already");
    Vec::new()
}

/// Follows what the network says of servers: a server that got another port than asked for takes
/// along the clients that were pointed at the asked one.
pub fn on_net(state: &mut State, event: &NetEvent) -> Vec<Effect> {
    match &event.fact {
        NetFact::Listening(Address::Ip(address)) => {
            let Some(server) = state.world.server_mut(event.node) else { return Vec::new() };
            server.last_address = server.life.address().cloned();
            if server.last_address.is_none() {
                return Vec::new();
            }
            let asked = server.spec.listen.clone();
            if asked.port().is_some_and(|port| port != 0 && port != address.port()) {
                let got = Endpoint {
                    scheme: asked.scheme,
                    place: Place::Host { host: address.ip().to_string(), port: address.port() },
                };
                let words = format!("{asked} was taken; {} listens on {got}", server.name);
                state.client.repoint(&asked, &got);
                state.http.repoint(&asked, &got);
                state.say(words);
            }
        }
        NetFact::Listening(_) => {
            if let Some(server) = state.world.server_mut(event.node) {
                server.last_address = server.life.address().cloned();
            }
        }
        NetFact::Failed(trouble) if state.world.server(event.node).is_some() => {
            let name = state.world.name(event.node).to_owned();
            state.complain(format!("{name}: {trouble}"));
        }
        NetFact::Failed(_)
        | NetFact::Step(_)
        | NetFact::Stopped
        | NetFact::Opened { .. }
        | NetFact::Bridged(..)
        | NetFact::Data(..)
        | NetFact::Finished(..)
        | NetFact::Closed(..)
        | NetFact::Lost(..)
        | NetFact::Unreachable(..)
        | NetFact::Impaired { .. }
        | NetFact::Note(..)
        | NetFact::Replayed(..)
        | NetFact::Exchange(..)
        | NetFact::LookedUp(..)
        | NetFact::Kernel(_) => {}
    }
    Vec::new()
}

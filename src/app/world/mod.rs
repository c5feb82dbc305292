//! The facts: every node, conversation and frame, as the network reported them.
//!
//! When both ends of a conversation are nodes of this lab, each byte is reported twice. The list
//! keeps the sender's view; what the receiver saw only tells when the bytes arrived.

mod arrivals;
mod bridges;
mod facts;
mod flows;
mod matter;
mod nodes;
mod passing;
mod recalled;
mod remarks;
mod rungs;
mod server;
mod sight;
mod words;

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;

use crate::contract::{Beginning, NetEvent, NetFact};
use crate::figures::Ledger;
use crate::ladder::End;
use crate::model::{
    Closing, ConnId, ConnectionLife, Direction, Flow, FlowId, Frame, FrameKind, FrameLog, NodeId, ServerLife, Side,
    Step, Timestamp,
};

pub use arrivals::Arrivals;
pub use bridges::Bridges;
pub use facts::Seen;
pub use flows::{Flows, Track};
pub use nodes::{Node, Nodes};
pub use passing::{DEEDS_WITHIN, HeldMessage};
pub use remarks::{Change, NOTE_LENGTH, NOTES_LIMIT, Remarks, note_problem};
pub use server::{Connection, Server};
pub use sight::sight;
pub use words::{closing_words, explain};

use passing::{Done, Passing};

/// Where the search for a free port begins: behind those of the built-in lab.
const FIRST_FREE_PORT: u16 = 7004;

/// Payload and frames kept in memory, in bytes, before the oldest leave.
pub const MEMORY_BUDGET: usize = 64 * 1024 * 1024;

/// Frames a second below which no rate is shown: it would only flicker while one person works by hand.
const RATE_WORTH_SHOWING: u64 = 25;

/// What a client has become; its settings are the pane's.
#[derive(Debug, Clone)]
pub struct Client {
    /// Its node.
    pub id: NodeId,
    /// Its name.
    pub name: String,
    /// Its life.
    pub life: ConnectionLife,
    /// Runs asked for of which no end was told yet. With more than one, an end that is told is of an older.
    pub runs: usize,
    /// Its conversation: the newest, and of a TLS client the plain text's.
    pub conn: Option<ConnId>,
    /// The flow of that conversation.
    pub flow: Option<FlowId>,
}

/// Where a conversation of a node belongs.
#[derive(Debug, Clone, Copy)]
struct Belonging {
    node: NodeId,
    flow: FlowId,
}

/// All facts.
#[derive(Debug)]
pub struct World {
    /// The servers, in the order they were made.
    pub servers: Vec<Server>,
    /// The clients.
    pub clients: Vec<Client>,
    /// The frames kept.
    pub log: FrameLog,
    /// The conversations kept.
    pub flows: Flows,
    /// What was measured of them.
    pub ledger: Ledger,
    /// When frames arrived, as it became known.
    pub arrivals: Arrivals,
    /// What the user has said of frames.
    pub remarks: Remarks,
    /// Messages that could not be taken or passed on, since the start.
    pub lost: u64,
    conns: HashMap<ConnId, Belonging, RandomState>,
    passing: Passing,
    /// What the nodes made here are called.
    names: BTreeMap<NodeId, String>,
    recalled: Nodes,
    next_node: u64,
    /// When the first frame was seen.
    first_at: Option<Timestamp>,
    reading: Reading,
    pace: Pace,
}

/// How far frames of a recording are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// By the decoders, as what is seen live.
    Decoded,
    /// Not at all: only their records and bytes are of interest.
    Bare,
}

/// Frames a second, counted by whole seconds.
#[derive(Debug, Default)]
struct Pace {
    second: i64,
    count: u64,
    before: u64,
}

impl World {
    /// Nothing yet.
    pub fn new(budget: usize) -> Self {
        Self {
            servers: Vec::new(),
            clients: Vec::new(),
            log: FrameLog::new(budget),
            flows: Flows::default(),
            ledger: Ledger::default(),
            arrivals: Arrivals::default(),
            remarks: Remarks::default(),
            lost: 0,
            conns: HashMap::default(),
            passing: Passing::default(),
            names: BTreeMap::new(),
            recalled: Nodes::default(),
            next_node: 1,
            first_at: None,
            reading: Reading::Decoded,
            pace: Pace::default(),
        }
    }

    /// Reads what is recalled from now on so far.
    pub fn read(&mut self, reading: Reading) {
        self.reading = reading;
    }

    /// What the world tells of began then, before the first frame it holds.
    pub fn began(&mut self, at: Option<Timestamp>) {
        self.first_at = self.first_at.or(at);
    }

    /// A number for a new node, and its name in lists.
    pub fn new_node(&mut self, name: &str) -> NodeId {
        let id = NodeId(self.next_node);
        self.next_node += 1;
        self.names.insert(id, name.to_owned());
        id
    }

    /// Gives a node another name.
    pub fn rename(&mut self, node: NodeId, name: &str) {
        self.names.insert(node, name.to_owned());
        if let Some(server) = self.server_mut(node) {
            name.clone_into(&mut server.name);
        }
        if let Some(client) = self.client_mut(node) {
            name.clone_into(&mut client.name);
        }
    }

    /// A node's name; its frames keep it after the node is gone.
    pub fn name(&self, node: NodeId) -> &str {
        self.known_name(node).unwrap_or("?")
    }

    fn known_name(&self, node: NodeId) -> Option<&str> {
        self.names.get(&node).map(String::as_str).or_else(|| self.recalled.get(node).map(Node::name))
    }

    /// Whether a server or client has that name.
    pub fn has_name(&self, name: &str) -> bool {
        self.servers.iter().any(|server| server.name == name) || self.clients.iter().any(|client| client.name == name)
    }

    /// A port that no server of the lab asks for, for the next one; 0 when there is none.
    pub fn free_port(&self) -> u16 {
        let is_free = |port: &u16| self.servers.iter().all(|server| server.spec.listen.port() != Some(*port));
        (FIRST_FREE_PORT..=u16::MAX).find(is_free).unwrap_or(0)
    }

    /// That name, or with the smallest number behind it that makes it new.
    pub fn free_name(&self, wanted: &str) -> String {
        if !self.has_name(wanted) {
            return wanted.to_owned();
        }
        (2..=u32::MAX).map(|number| format!("{wanted}-{number}")).find(|name| !self.has_name(name)).unwrap_or_default()
    }

    /// A server by its node.
    pub fn server(&self, node: NodeId) -> Option<&Server> {
        self.servers.iter().find(|server| server.id == node)
    }

    /// A server by its node, to change.
    pub fn server_mut(&mut self, node: NodeId) -> Option<&mut Server> {
        self.servers.iter_mut().find(|server| server.id == node)
    }

    /// A client by its node.
    pub fn client(&self, node: NodeId) -> Option<&Client> {
        self.clients.iter().find(|client| client.id == node)
    }

    /// A client by its node, to change.
    pub fn client_mut(&mut self, node: NodeId) -> Option<&mut Client> {
        self.clients.iter_mut().find(|client| client.id == node)
    }

    /// How many programs that are not of this lab are connected to its servers.
    pub fn guests(&self) -> usize {
        let connections = self.servers.iter().flat_map(|server| server.connections.values());
        connections
            .filter(|connection| connection.life.is_open())
            .filter(|connection| self.flow(connection.flow).is_some_and(|flow| flow.client_node.is_none()))
            .count()
    }

    /// The flow a conversation belongs to.
    pub fn flow_of(&self, conn: ConnId) -> Option<FlowId> {
        self.conns.get(&conn).map(|belonging| belonging.flow)
    }

    /// Frames in the last whole second; None when they are so few that a person can count them.
    pub fn frames_per_second(&self, now: Timestamp) -> Option<u64> {
        let second = now.0.div_euclid(1_000_000_000);
        let frames = match second - self.pace.second {
            0 => self.pace.before,
            1 => self.pace.count,
            _ => 0,
        };
        (frames >= RATE_WORTH_SHOWING).then_some(frames)
    }

    /// The ends of a frame as the list names them, and whether it went from the first to the second.
    pub fn ends(&self, frame: &Frame) -> (String, Option<String>, bool) {
        let Some(track) = frame.flow.and_then(|flow| self.flows.track(flow)) else {
            return (self.name(frame.node).to_owned(), None, true);
        };
        let flow = &track.flow;
        let name = |end: &End| self.end_name(end);
        (name(&self.client_end(flow)), Some(name(&self.server_end(flow))), self.goes_to_server(frame))
    }

    /// The ends of a conversation as lists name them: who began it, and who answers.
    pub fn end_names(&self, flow: &Flow) -> (String, String) {
        (self.end_name(&self.client_end(flow)), self.end_name(&self.server_end(flow)))
    }

    /// Who began a conversation.
    fn client_end(&self, flow: &Flow) -> End {
        let node = self.own_end(flow.client_node).or_else(|| self.flows.bridges.tap_of(flow));
        node.map_or_else(|| End::Address(flow.client.clone()), End::Node)
    }

    /// Who answers in a conversation.
    fn server_end(&self, flow: &Flow) -> End {
        self.own_end(flow.server_node).map_or_else(|| End::Address(flow.server.clone()), End::Node)
    }

    /// A node that is an end: an interface stands at the client's end of all its conversations and is none.
    fn own_end(&self, node: Option<NodeId>) -> Option<NodeId> {
        node.filter(|node| self.known_name(*node).is_some() && !self.is_interface(*node))
    }

    fn is_interface(&self, node: NodeId) -> bool {
        matches!(self.recalled.get(node), Some(Node::Interface(_)))
    }

    fn end_name(&self, end: &End) -> String {
        match end {
            End::Node(node) => self.name(*node).to_owned(),
            End::Address(address) => address.brief(),
        }
    }

    /// Whether a frame goes from the client's end to the server's; true of one that belongs to no conversation.
    pub fn goes_to_server(&self, frame: &Frame) -> bool {
        let Some(flow) = frame.flow.and_then(|flow| self.flow(flow)) else { return true };
        match &frame.kind {
            FrameKind::Data { direction, .. }
            | FrameKind::Finished(direction)
            | FrameKind::Impaired { direction, .. } => flow.sender(frame.node, *direction) == Some(Side::Client),
            FrameKind::Opened { .. } => true,
            FrameKind::Step(_)
            | FrameKind::Closed(_)
            | FrameKind::Lost { .. }
            | FrameKind::Error(_)
            | FrameKind::Note(_) => flow.side_of(frame.node) != Some(Side::Server),
        }
    }

    /// Takes one report of the network in.
    pub fn observe(&mut self, event: &NetEvent) {
        let NetEvent { at, node, fact } = event;
        let (at, node) = (*at, *node);
        match fact {
            NetFact::Step(step) => {
                self.note(at, node, None, FrameKind::Step(step.clone()));
                if let Some(client) = self.client_mut(node)
                    && (!client.life.is_open() || matches!(step, Step::Securing(_)))
                {
                    client.life = ConnectionLife::Connecting;
                }
            }
            NetFact::Listening(address) => {
                if let Some(server) = self.server_mut(node).filter(|server| server.runs <= 1) {
                    server.life = std::mem::replace(&mut server.life, ServerLife::Stopped).listening(address.clone());
                }
            }
            NetFact::Stopped => self.stopped(at, node),
            NetFact::Failed(trouble) => {
                self.note(at, node, None, FrameKind::Error(trouble.clone()));
                self.run_ended(node);
                if let Some(server) = self.server_mut(node).filter(|server| server.runs == 0) {
                    server.life = std::mem::replace(&mut server.life, ServerLife::Stopped).failed(trouble.clone());
                }
                if let Some(client) = self.client_mut(node).filter(|client| client.runs == 0) {
                    client.life = ConnectionLife::Failed(trouble.clone());
                    client.conn = None;
                }
            }
            NetFact::Opened { conn, transport, how, local, peer } => {
                let side = match how {
                    Beginning::Accepted => Side::Server,
                    Beginning::Connected | Beginning::Inside(_) => Side::Client,
                };
                let flow = self.flows.open(*transport, node, side, local.clone(), peer.clone(), at);
                self.conns.insert(*conn, Belonging { node, flow });
                let kind = FrameKind::Opened { local: local.clone(), peer: peer.clone() };
                self.note(at, node, Some(flow), kind);
                self.opened(node, *conn, flow, peer, at);
            }
            NetFact::Bridged(conn, own, target) => {
                let flow = self.flow_of(*conn);
                self.note(at, node, flow, FrameKind::Step(Step::Bridged(own.clone(), target.clone())));
            }
            NetFact::Data(conn, direction, payload) => self.data(at, node, *conn, *direction, payload),
            NetFact::Finished(conn, direction) => self.finished(at, node, *conn, *direction),
            NetFact::Closed(conn, how) => self.closed(at, node, *conn, how),
            NetFact::Lost(conn, count, why) => {
                self.lost += count;
                let flow = conn.and_then(|conn| self.flow_of(conn));
                self.note(at, node, flow, FrameKind::Lost { count: *count, why: why.clone() });
            }
            NetFact::Impaired { conn, direction, message, by, deed } => {
                let (conn, direction, message) = (*conn, *direction, *message);
                self.impaired(at, node, &Done { conn, direction, message, by, deed });
            }
            NetFact::Note(conn, text) => {
                let flow = conn.and_then(|conn| self.flow_of(conn));
                self.note(at, node, flow, FrameKind::Note(text.clone()));
            }
            NetFact::Unreachable(conn, text) => {
                self.note(at, node, self.flow_of(*conn), FrameKind::Note(text.clone()));
            }
            NetFact::Replayed(conn, told) if told.is_notable() => {
                self.note(at, node, self.flow_of(*conn), FrameKind::Note(told.to_string()));
            }
            NetFact::Replayed(..) | NetFact::Exchange(..) | NetFact::LookedUp(..) | NetFact::Kernel(_) => {}
        }
    }

    /// One of a node's runs has ended, the oldest.
    fn run_ended(&mut self, node: NodeId) {
        if let Some(server) = self.server_mut(node) {
            server.runs = server.runs.saturating_sub(1);
        }
        if let Some(client) = self.client_mut(node) {
            client.runs = client.runs.saturating_sub(1);
        }
    }

    /// That its socket is closed was a step of its own.
    fn stopped(&mut self, at: Timestamp, node: NodeId) {
        self.run_ended(node);
        if let Some(server) = self.server_mut(node) {
            server.last_address = None;
            if server.runs == 0 {
                server.life = std::mem::replace(&mut server.life, ServerLife::Stopped).stopped();
            }
        }
        if let Some(client) = self.client_mut(node).filter(|client| client.runs == 0)
            && (client.life.is_open() || client.life == ConnectionLife::Connecting)
        {
            client.life = ConnectionLife::Closed(Closing::Ours, at);
            client.conn = None;
        }
    }

    fn opened(&mut self, node: NodeId, conn: ConnId, flow: FlowId, peer: &crate::model::Address, at: Timestamp) {
        if let Some(server) = self.server_mut(node) {
            server.opened(Connection::new(conn, flow, peer.clone(), at));
            let is_tap = server.is_tap();
            if is_tap {
                self.passing.opened(conn);
            }
        }
        if let Some(client) = self.client_mut(node).filter(|client| client.runs <= 1) {
            client.life = ConnectionLife::Open;
            client.conn = Some(conn);
            client.flow = Some(flow);
        }
    }

    fn data(&mut self, at: Timestamp, node: NodeId, conn: ConnId, direction: Direction, payload: &bytes::Bytes) {
        if let Some(connection) = self.server_mut(node).and_then(|server| server.count(conn, direction, payload.len()))
        {
            connection.last = at;
        }
        let Some(flow) = self.flow_of(conn) else { return };
        let (seen, mut arrived) = ((node, direction), None);
        let number = self.log.next_number();
        let (protocol, summary) = match self.flows.track_mut(flow) {
            Some(track) => {
                if let Some(numbers) = track.arrival(seen, payload, at, &self.log) {
                    return self.arrived(conn, direction, &numbers, at);
                }
                let row = track.sent(seen, number, payload, at);
                self.ledger.said(&track.flow, track.said(seen, number, payload.len() as u64, at));
                arrived = track.await_arrival(seen, number, payload, at);
                row
            }
            None => ("raw", String::new()),
        };
        self.passing.came(conn, direction, Some(number));
        if let Some(arrived) = arrived {
            self.ledger.arrived(number, arrived);
        }
        let kind = FrameKind::Data { direction, payload: payload.clone() };
        self.push(Frame { number, at, arrived, node, flow: Some(flow), kind, cut: 0, protocol, summary });
    }

    /// What another node of ours sent has arrived: the frames that are here whole now.
    fn arrived(&mut self, conn: ConnId, direction: Direction, numbers: &[u64], at: Timestamp) {
        self.passing.came(conn, direction, numbers.last().copied());
        for number in numbers {
            self.log.note_arrival(*number, at);
            self.arrivals.note(*number, at);
            self.ledger.arrived(*number, at);
        }
    }

    fn finished(&mut self, at: Timestamp, node: NodeId, conn: ConnId, direction: Direction) {
        let Some(flow) = self.flow_of(conn) else { return };
        if let Some(server) = self.server_mut(node) {
            server.finished(conn, direction);
        }
        if let Some(client) = self.client_mut(node)
            && client.conn == Some(conn)
        {
            let life = std::mem::replace(&mut client.life, ConnectionLife::Idle);
            client.life = match direction {
                Direction::Out => life.finished_by_us(),
                Direction::In => life.finished_by_peer(),
            };
        }
        let seen_by_sender =
            direction == Direction::In && self.flows.track(flow).is_some_and(|t| t.flow.is_within_lab());
        if !seen_by_sender {
            self.flows.finish(flow, node, direction);
            self.note(at, node, Some(flow), FrameKind::Finished(direction));
        }
    }

    fn closed(&mut self, at: Timestamp, node: NodeId, conn: ConnId, how: &Closing) {
        let Some(belonging) = self.conns.remove(&conn) else { return };
        self.passing.closed(conn);
        if let Some(server) = self.server_mut(node) {
            server.closed(conn, how, at);
        }
        if let Some(client) = self.client_mut(node)
            && client.conn == Some(conn)
        {
            client.life = ConnectionLife::Closed(how.clone(), at);
            client.conn = None;
        }
        debug_assert_eq!(belonging.node, node, "a conversation belongs to the node that opened it");
        if self.flows.close(belonging.flow, how, at) {
            self.note(at, node, Some(belonging.flow), FrameKind::Closed(how.clone()));
        }
    }

    /// Adds a frame that carries no bytes.
    pub fn note(&mut self, at: Timestamp, node: NodeId, flow: Option<FlowId>, kind: FrameKind) {
        self.learn_bridge(flow, node, &kind);
        let transport = flow.and_then(|flow| self.flows.track(flow)).map(|track| track.flow.transport);
        let (protocol, summary) = words::headline(&kind, transport, flow.is_some_and(|id| self.is_server_of(id, node)));
        let number = self.log.next_number();
        if let Some(track) = flow.and_then(|flow| self.flows.track_mut(flow)) {
            track.noted(number);
        }
        self.push(Frame { number, at, arrived: None, node, flow, kind, cut: 0, protocol, summary });
    }

    fn learn_bridge(&mut self, flow: Option<FlowId>, tap: NodeId, kind: &FrameKind) {
        if let (Some(flow), FrameKind::Step(Step::Bridged(own, target))) = (flow, kind) {
            self.flows.bridges.learn(flow, tap, own, target);
            self.ledger.tapped(flow);
        }
    }

    fn is_server_of(&self, flow: FlowId, node: NodeId) -> bool {
        self.flows.track(flow).is_some_and(|track| track.flow.side_of(node) == Some(Side::Server))
    }

    fn push(&mut self, frame: Frame) {
        let second = frame.at.0.div_euclid(1_000_000_000);
        if second > self.pace.second {
            self.pace.before = if second == self.pace.second + 1 { self.pace.count } else { 0 };
            self.pace.second = second;
            self.pace.count = 0;
        }
        self.pace.count += 1;
        self.first_at.get_or_insert(frame.at);
        let Self { log, flows, .. } = self;
        log.push(frame, |gone| flows.forget(gone));
    }

    /// The flow, by its number.
    pub fn flow(&self, id: FlowId) -> Option<&Flow> {
        self.flows.track(id).map(|track| &track.flow)
    }
}

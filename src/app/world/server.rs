//! A server and the conversations it has.

use std::collections::BTreeMap;

use super::passing::HeldMessage;
use crate::behaviour::{self, Make};
use crate::contract::{ServerSpec, Shaping};
use crate::model::{
    Address, Closing, ConnId, ConnectionLife, Direction, Endpoint, FlowId, NodeId, Place, ServerLife, Timestamp,
};

/// Ended connections that stay in a server's list so that one can see how they ended.
const ENDED_KEPT: usize = 50;

/// A server as it stands.
#[derive(Debug, Clone)]
pub struct Server {
    /// Its node.
    pub id: NodeId,
    /// Its name.
    pub name: String,
    /// What it was asked to be.
    pub spec: ServerSpec,
    /// Its life.
    pub life: ServerLife,
    /// Runs asked for of which no end was told yet. With more than one, what is told is of an older.
    pub runs: usize,
    /// The address it last listened on, until its stop was noted.
    pub last_address: Option<Address>,
    /// Its connections, oldest first: the open ones and the last few that ended.
    pub connections: BTreeMap<ConnId, Connection>,
    /// How many of them are open.
    pub open: usize,
    /// Bytes received since it was made.
    pub bytes_in: u64,
    /// Bytes sent since it was made.
    pub bytes_out: u64,
    /// Of a tap: what it does to what passes.
    pub shaping: Shaping,
    /// Of a tap: the messages that it holds, oldest first.
    pub held: Vec<HeldMessage>,
}

/// One client of a server.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Its name in the contract.
    pub conn: ConnId,
    /// Its flow.
    pub flow: FlowId,
    /// The client's address.
    pub peer: Address,
    /// When it began.
    pub since: Timestamp,
    /// When bytes last went.
    pub last: Timestamp,
    /// Bytes received from it.
    pub bytes_in: u64,
    /// Bytes sent to it.
    pub bytes_out: u64,
    /// Its life.
    pub life: ConnectionLife,
}

impl Connection {
    /// A new, open connection.
    pub fn new(conn: ConnId, flow: FlowId, peer: Address, at: Timestamp) -> Self {
        Self { conn, flow, peer, since: at, last: at, bytes_in: 0, bytes_out: 0, life: ConnectionLife::Open }
    }
}

impl Server {
    /// A server that was never started.
    pub fn new(id: NodeId, name: String, spec: ServerSpec) -> Self {
        Self {
            id,
            name,
            spec,
            life: ServerLife::Stopped,
            runs: 0,
            last_address: None,
            connections: BTreeMap::new(),
            open: 0,
            bytes_in: 0,
            bytes_out: 0,
            shaping: Shaping::default(),
            held: Vec::new(),
        }
    }

    /// Whether it passes on to a target.
    pub fn is_tap(&self) -> bool {
        behaviour::kind(&self.spec.behaviour).is_some_and(|kind| match kind.make {
            Make::Tap(_) => true,
            Make::Bytes(_) | Make::Http(_) | Make::Replay(_) => false,
        })
    }

    /// The address it listens on, or the one it was asked to.
    pub fn address(&self) -> String {
        self.life.address().map_or_else(|| self.spec.listen.place.to_string(), ToString::to_string)
    }

    /// Where it listens, with the port it got; where it was asked to before it does.
    pub fn endpoint(&self) -> Endpoint {
        let mut endpoint = self.spec.listen.clone();
        if let (Some(Address::Ip(address)), Place::Host { port, .. }) = (self.life.address(), &mut endpoint.place) {
            *port = address.port();
        }
        endpoint
    }

    /// Whether others than this machine can reach it.
    pub fn is_open_to_the_network(&self) -> bool {
        self.life.address().is_some_and(|address| !address.is_local_only())
    }

    pub(super) fn opened(&mut self, connection: Connection) {
        self.open += 1;
        self.connections.insert(connection.conn, connection);
    }

    pub(super) fn count(&mut self, conn: ConnId, direction: Direction, bytes: usize) -> Option<&mut Connection> {
        let connection = self.connections.get_mut(&conn)?;
        match direction {
            Direction::In => {
                self.bytes_in += bytes as u64;
                connection.bytes_in += bytes as u64;
            }
            Direction::Out => {
                self.bytes_out += bytes as u64;
                connection.bytes_out += bytes as u64;
            }
        }
        Some(connection)
    }

    pub(super) fn finished(&mut self, conn: ConnId, direction: Direction) {
        if let Some(connection) = self.connections.get_mut(&conn) {
            let life = std::mem::replace(&mut connection.life, ConnectionLife::Idle);
            connection.life = match direction {
                Direction::In => life.finished_by_peer(),
                Direction::Out => life.finished_by_us(),
            };
        }
    }

    pub(super) fn closed(&mut self, conn: ConnId, how: &Closing, at: Timestamp) {
        if let Some(connection) = self.connections.get_mut(&conn)
            && connection.life.is_open()
        {
            connection.life = ConnectionLife::Closed(how.clone(), at);
            self.open -= 1;
            self.held.retain(|held| held.message.conn != conn);
        }
        let ended = self.connections.len() - self.open;
        if ended > ENDED_KEPT {
            let oldest =
                self.connections.iter().find(|(_, connection)| !connection.life.is_open()).map(|(conn, _)| *conn);
            if let Some(oldest) = oldest {
                self.connections.remove(&oldest);
            }
        }
    }
}

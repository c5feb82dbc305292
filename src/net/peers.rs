//! The peers of a datagram socket: a bounded table of who was heard, or is sent to.

use std::collections::HashMap;
use std::time::Duration;

use socket2::SockAddr;
use tokio::time::Instant;

use crate::model::{Address, ConnId};

/// Peers kept at once; a datagram from one more is dropped, and that is told.
pub(crate) const MOST_PEERS: usize = 4096;

/// A peer not heard from or sent to for so long is forgotten; what it sends then begins a new conversation.
pub(crate) const IDLE_AFTER: Duration = Duration::from_mins(5);

/// Whether a peer gets the behaviour's answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answered {
    /// It does.
    Yes,
    /// It does not, for this reason.
    No(&'static str),
}

/// One peer.
#[derive(Debug)]
pub(crate) struct Peer {
    pub address: Address,
    /// Where to send; None where the socket is connected to it, or where it has no address.
    pub raw: Option<SockAddr>,
    pub last: Instant,
    pub answered: Answered,
    /// Datagrams for it that the system has not taken yet.
    pub queued: usize,
}

/// The table.
#[derive(Debug, Default)]
pub(crate) struct Peers {
    by_conn: HashMap<ConnId, Peer>,
    by_address: HashMap<Address, ConnId>,
}

impl Peers {
    pub(crate) fn conn_of(&self, address: &Address) -> Option<ConnId> {
        self.by_address.get(address).copied()
    }

    pub(crate) fn peer(&mut self, conn: ConnId) -> Option<&mut Peer> {
        self.by_conn.get_mut(&conn)
    }

    pub(crate) fn is_full(&self) -> bool {
        self.by_conn.len() >= MOST_PEERS
    }

    pub(crate) fn add(&mut self, conn: ConnId, peer: Peer) {
        self.by_address.insert(peer.address.clone(), conn);
        self.by_conn.insert(conn, peer);
    }

    pub(crate) fn remove(&mut self, conn: ConnId) -> Option<Peer> {
        let peer = self.by_conn.remove(&conn)?;
        self.by_address.remove(&peer.address);
        Some(peer)
    }

    /// All of them, in order of arrival.
    pub(crate) fn all(&self) -> Vec<ConnId> {
        let mut all: Vec<ConnId> = self.by_conn.keys().copied().collect();
        all.sort_unstable();
        all
    }

    /// Those that are idle now, in order of arrival.
    pub(crate) fn idle(&self, now: Instant) -> Vec<ConnId> {
        let mut idle: Vec<ConnId> = self
            .by_conn
            .iter()
            .filter(|(_, peer)| now.duration_since(peer.last) >= IDLE_AFTER)
            .map(|(conn, _)| *conn)
            .collect();
        idle.sort_unstable();
        idle
    }

    /// When the next one may become idle.
    pub(crate) fn next_idle(&self) -> Option<Instant> {
        self.by_conn.values().map(|peer| peer.last + IDLE_AFTER).min()
    }
}

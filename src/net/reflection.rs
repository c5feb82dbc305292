//! Whom a datagram server must not answer, because the answer would be answered, for ever.
//!
//! Two simple services that hear each other never stop, and a forged source address is enough to set
//! them off (CERT CA-1996-01; CVE-2024-2169).

use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex, PoisonError};

use super::peers::Answered;
use crate::model::Address;

/// Ports whose services answer whatever comes: echo, daytime, quote of the day, chargen, time; and DNS.
const ANSWERING_PORTS: [u16; 6] = [7, 13, 17, 19, 37, 53];

/// Behaviours that answer nothing by themselves; the others may answer whatever comes.
const SILENT: [&str; 2] = ["manual", "discard"];

/// The addresses of this lab's own UDP servers.
#[derive(Debug, Clone, Default)]
pub(crate) struct OwnServers(Arc<Mutex<HashSet<SocketAddr>>>);

/// A server's entry among them, for as long as it lives.
#[derive(Debug)]
pub(crate) struct Entry {
    servers: OwnServers,
    address: SocketAddr,
}

/// What decides whether a peer is answered.
#[derive(Debug)]
pub(crate) struct Caution {
    pub own: Address,
    pub behaviour: String,
    pub servers: OwnServers,
}

impl OwnServers {
    pub(crate) fn enter(&self, address: &Address) -> Option<Entry> {
        let Address::Ip(address) = address else { return None };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(*address);
        Some(Entry { servers: self.clone(), address: *address })
    }

    fn have(&self, peer: SocketAddr) -> bool {
        let servers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        servers.iter().any(|server| is_at(peer, *server))
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.servers.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.address);
    }
}

impl Caution {
    /// Whether the peer is to be answered.
    pub(crate) fn judge(&self, peer: &Address) -> Answered {
        let peer = match peer {
            Address::Ip(peer) => *peer,
            Address::Unix(_) => return Answered::Yes,
            Address::Unnamed(_) => {
                return Answered::No("this peer is not answered: its socket has no address to answer to");
            }
        };
        if peer.port() == 0 {
            return Answered::No("this peer is not answered: nobody can be at port 0");
        }
        let own = match &self.own {
            Address::Ip(own) => is_at(peer, *own),
            Address::Unix(_) | Address::Unnamed(_) => false,
        };
        if own {
            return Answered::No("this peer is not answered: it is this server itself, and would answer for ever");
        }
        if self.servers.have(peer) {
            return Answered::No(
                "this peer is not answered: it is a server of this lab, and both would answer for ever",
            );
        }
        if ANSWERING_PORTS.contains(&peer.port()) && !SILENT.contains(&self.behaviour.as_str()) {
            return Answered::No(
                "this peer is not answered: at its port services answer whatever comes, and both would go on for ever",
            );
        }
        Answered::Yes
    }
}

/// Whether the peer is what a server bound so would send from.
fn is_at(peer: SocketAddr, server: SocketAddr) -> bool {
    peer.port() == server.port()
        && (peer.ip() == server.ip() || (server.ip().is_unspecified() && is_of_this_machine(peer.ip())))
}

/// An address one can bind is one's own.
fn is_of_this_machine(ip: IpAddr) -> bool {
    ip.is_loopback() || UdpSocket::bind((ip, 0)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(caution: &Caution, peer: &str) -> bool {
        caution.judge(&Address::Ip(peer.parse().unwrap())) == Answered::Yes
    }

    #[test]
    fn nobody_is_answered_who_would_answer_for_ever() {
        let servers = OwnServers::default();
        let other = servers.enter(&Address::Ip("127.0.0.1:7100".parse().unwrap()));
        let own = Address::Ip("0.0.0.0:7001".parse().unwrap());
        let mut caution = Caution { own, behaviour: "echo".into(), servers };
        for peer in ["127.0.0.1:0", "127.0.0.1:7001", "127.0.0.1:7100", "127.0.0.1:7", "192.0.2.1:53"] {
            assert!(!answered(&caution, peer), "{peer}");
        }
        for peer in ["127.0.0.1:7002", "192.0.2.1:7001", "192.0.2.1:5353"] {
            assert!(answered(&caution, peer), "{peer}");
        }
        drop(other);
        assert!(answered(&caution, "127.0.0.1:7100"), "that server has ended");
        caution.behaviour = "manual".into();
        assert!(answered(&caution, "192.0.2.1:53"), "a person may answer a name server");
        assert_ne!(caution.judge(&Address::Unnamed(0)), Answered::Yes);
    }
}

//! The lives of servers and connections: sum types whose transitions are functions.

use super::{Address, Closing, Timestamp, Trouble};

/// The life of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerLife {
    /// Not running, and not asked to.
    Stopped,
    /// Asked to listen; not yet told that it does.
    Starting,
    /// Listening on the address it really got.
    Listening(Address),
    /// Asked to stop; not yet told that it has.
    Stopping,
    /// It could not listen, or could not go on.
    Failed(Trouble),
}

impl ServerLife {
    /// After a request to start.
    #[must_use]
    pub fn starting(self) -> Self {
        match self {
            ServerLife::Stopped | ServerLife::Failed(_) | ServerLife::Stopping => ServerLife::Starting,
            ServerLife::Starting | ServerLife::Listening(_) => self,
        }
    }

    /// After word that it listens. A late word must not revive a server that was told to stop.
    #[must_use]
    pub fn listening(self, address: Address) -> Self {
        match self {
            ServerLife::Starting | ServerLife::Listening(_) => ServerLife::Listening(address),
            ServerLife::Stopped | ServerLife::Stopping | ServerLife::Failed(_) => self,
        }
    }

    /// After a request to stop.
    #[must_use]
    pub fn stopping(self) -> Self {
        match self {
            ServerLife::Starting | ServerLife::Listening(_) | ServerLife::Stopping => ServerLife::Stopping,
            ServerLife::Stopped | ServerLife::Failed(_) => ServerLife::Stopped,
        }
    }

    /// After word that it has stopped. A server asked to start again meanwhile goes on starting.
    #[must_use]
    pub fn stopped(self) -> Self {
        match self {
            ServerLife::Starting => ServerLife::Starting,
            ServerLife::Failed(trouble) => ServerLife::Failed(trouble),
            ServerLife::Stopped | ServerLife::Listening(_) | ServerLife::Stopping => ServerLife::Stopped,
        }
    }

    /// After word that it failed.
    #[must_use]
    pub fn failed(self, trouble: Trouble) -> Self {
        match self {
            ServerLife::Starting | ServerLife::Listening(_) | ServerLife::Failed(_) => ServerLife::Failed(trouble),
            ServerLife::Stopped | ServerLife::Stopping => ServerLife::Stopped,
        }
    }

    /// The address it listens on, while it does.
    pub fn address(&self) -> Option<&Address> {
        match self {
            ServerLife::Listening(address) => Some(address),
            ServerLife::Stopped | ServerLife::Starting | ServerLife::Stopping | ServerLife::Failed(_) => None,
        }
    }

    /// Whether it runs or was asked to.
    pub fn is_wanted(&self) -> bool {
        match self {
            ServerLife::Starting | ServerLife::Listening(_) => true,
            ServerLife::Stopped | ServerLife::Stopping | ServerLife::Failed(_) => false,
        }
    }
}

/// The life of one connection, from one end's view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectionLife {
    /// Never connected, or forgotten.
    Idle,
    /// On its way: resolving, connecting or in a TLS handshake.
    Connecting,
    /// Both directions are open.
    Open,
    /// We have finished sending (FIN sent); the peer may still send.
    FinishedByUs,
    /// The peer has finished sending (FIN received); we may still send.
    FinishedByPeer,
    /// It is over: how and when.
    Closed(Closing, Timestamp),
    /// It never came to be.
    Failed(Trouble),
}

impl ConnectionLife {
    /// After our half-close.
    #[must_use]
    pub fn finished_by_us(self) -> Self {
        match self {
            ConnectionLife::Open => ConnectionLife::FinishedByUs,
            ConnectionLife::Idle
            | ConnectionLife::Connecting
            | ConnectionLife::FinishedByUs
            | ConnectionLife::FinishedByPeer
            | ConnectionLife::Closed(..)
            | ConnectionLife::Failed(_) => self,
        }
    }

    /// After the peer's half-close.
    #[must_use]
    pub fn finished_by_peer(self) -> Self {
        match self {
            ConnectionLife::Open => ConnectionLife::FinishedByPeer,
            ConnectionLife::Idle
            | ConnectionLife::Connecting
            | ConnectionLife::FinishedByUs
            | ConnectionLife::FinishedByPeer
            | ConnectionLife::Closed(..)
            | ConnectionLife::Failed(_) => self,
        }
    }

    /// Whether bytes can still go at least one way.
    pub fn is_open(&self) -> bool {
        match self {
            ConnectionLife::Open | ConnectionLife::FinishedByUs | ConnectionLife::FinishedByPeer => true,
            ConnectionLife::Idle
            | ConnectionLife::Connecting
            | ConnectionLife::Closed(..)
            | ConnectionLife::Failed(_) => false,
        }
    }

    /// Whether we can still send.
    pub fn can_send(&self) -> bool {
        match self {
            ConnectionLife::Open | ConnectionLife::FinishedByPeer => true,
            ConnectionLife::Idle
            | ConnectionLife::Connecting
            | ConnectionLife::FinishedByUs
            | ConnectionLife::Closed(..)
            | ConnectionLife::Failed(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn somewhere() -> Address {
        Address::Unix("/run/lab.sock".into())
    }

    #[test]
    fn a_late_listening_does_not_revive_a_stopped_server() {
        let life = ServerLife::Stopped.starting().stopping().listening(somewhere());
        assert_eq!(life, ServerLife::Stopping);
        assert_eq!(life.stopped(), ServerLife::Stopped);
    }

    #[test]
    fn a_restart_survives_the_word_that_the_old_run_ended() {
        let life = ServerLife::Listening(somewhere()).stopping().starting().stopped();
        assert_eq!(life, ServerLife::Starting);
    }

    #[test]
    fn a_failure_is_kept_until_the_next_start() {
        let trouble = Trouble::new("bind", "127.0.0.1:80", "permission denied", "");
        let life = ServerLife::Starting.failed(trouble.clone()).stopped();
        assert_eq!(life, ServerLife::Failed(trouble));
        assert_eq!(life.starting(), ServerLife::Starting);
    }

    #[test]
    fn a_half_closed_connection_still_sends_the_other_way() {
        assert!(ConnectionLife::Open.finished_by_peer().can_send());
        assert!(!ConnectionLife::Open.finished_by_us().can_send());
        assert!(ConnectionLife::Open.finished_by_us().is_open());
    }
}

//! Where a tap listens: connections that come, or datagrams sorted by who sent them.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::leg::{Leg, Peer, Stream};
use crate::contract::NetFact;
use crate::model::{Address, ConnId, Transport, Trouble};
use crate::net::accept::{Accepted, Acceptor};
use crate::net::datagram_socket::{DatagramSocket, raw};
use crate::net::listen::Listening;
use crate::net::report::Reporter;
use crate::net::words;

/// Datagrams of one peer that wait for its conversation; more are dropped, and that is told.
const INBOX: usize = 1024;

/// Receive errors in a row after which the socket is given up.
const MOST_ERRORS: u32 = 64;

/// The listening socket.
pub(super) enum Front {
    Streams(Box<Acceptor>),
    Datagrams(Datagrams),
}

/// A datagram socket and those who send to it.
pub(super) struct Datagrams {
    reporter: Reporter,
    socket: Arc<DatagramSocket>,
    peers: HashMap<Address, (ConnId, mpsc::Sender<Bytes>)>,
    errors: u32,
}

/// Someone new has come.
pub(super) struct Come {
    pub conn: ConnId,
    pub transport: Transport,
    pub local: Address,
    pub peer: Address,
    pub leg: Leg,
}

impl Front {
    pub(super) fn new(reporter: &Reporter, listening: Listening, transport: Transport) -> Result<Self, Trouble> {
        let Listening { socket, address, .. } = listening;
        if !transport.is_datagram() {
            return Ok(Self::Streams(Box::new(Acceptor::new(reporter.clone(), socket, &address)?)));
        }
        let socket = DatagramSocket::new(socket, transport)
            .map_err(|error| Trouble::new("listen", &address, words::why(&error), ""))?;
        let (reporter, socket) = (reporter.clone(), Arc::new(socket));
        Ok(Self::Datagrams(Datagrams { reporter, socket, peers: HashMap::new(), errors: 0 }))
    }

    /// The next who comes; may be given up and asked again.
    ///
    /// # Errors
    /// The socket is of no use any more.
    pub(super) async fn next(&mut self, reporter: &Reporter) -> Result<Come, Trouble> {
        match self {
            Self::Streams(acceptor) => {
                let accepted = acceptor.next().await;
                let conn = reporter.new_conn();
                let (local, peer) = accepted.addresses(conn);
                let transport = accepted.transport();
                let leg = Leg::Stream(Stream::new(match accepted {
                    Accepted::Tcp(stream, _) => Box::new(stream),
                    Accepted::Unix(stream) => Box::new(stream),
                }));
                Ok(Come { conn, transport, local, peer, leg })
            }
            Self::Datagrams(datagrams) => datagrams.next().await,
        }
    }

    /// That conversation is over; who sends again begins another.
    pub(super) fn forget(&mut self, peer: &Address, conn: ConnId) {
        match self {
            Self::Streams(_) => {}
            Self::Datagrams(datagrams) => {
                if datagrams.peers.get(peer).is_some_and(|(known, _)| *known == conn) {
                    datagrams.peers.remove(peer);
                }
            }
        }
    }
}

impl Datagrams {
    async fn next(&mut self) -> Result<Come, Trouble> {
        loop {
            let datagram = match poll_fn(|cx| self.socket.poll_receive(cx)).await {
                Ok(datagram) => datagram,
                Err(error) => {
                    self.errors += 1;
                    if self.errors >= MOST_ERRORS {
                        return Err(Trouble::new("receive", self.socket.local(), words::why(&error), ""));
                    }
                    continue;
                }
            };
            self.errors = 0;
            if let Some((conn, inbox)) = self.peers.get(&datagram.from) {
                let (conn, sent) = (*conn, inbox.try_send(datagram.bytes));
                match sent {
                    Ok(()) => continue,
                    Err(mpsc::error::TrySendError::Full(_)) => {
                        let words = format!("{INBOX} datagrams of this peer wait to be passed on");
                        self.reporter.tell(NetFact::Lost(Some(conn), 1, words)).await;
                        continue;
                    }
                    // Its conversation has just ended; this begins another.
                    Err(mpsc::error::TrySendError::Closed(bytes)) => return Ok(self.begin(datagram.from, bytes)),
                }
            }
            return Ok(self.begin(datagram.from, datagram.bytes));
        }
    }

    fn begin(&mut self, from: Address, first: Bytes) -> Come {
        let conn = self.reporter.new_conn();
        let (sender, inbox) = mpsc::channel(INBOX);
        // A new queue has room for one.
        let _ = sender.try_send(first);
        let to = raw(&from);
        self.peers.insert(from.clone(), (conn, sender));
        let peer = Peer { inbox, socket: self.socket.clone(), to, retry: None };
        let (transport, local) = (self.socket.transport(), self.socket.local());
        Come { conn, transport, local, peer: from, leg: Leg::Peer(peer) }
    }
}

//! Accepting stream connections, with rests while the system has run out of something.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::{SockRef, Socket};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::time::{Instant, sleep_until};

use super::report::Reporter;
use super::{place, words};
use crate::contract::NetFact;
use crate::model::{Address, ConnId, Transport, Trouble};

/// How long accepting rests when the system has run out of something, the first time and at most.
const FIRST_REST: Duration = Duration::from_millis(50);
const LONGEST_REST: Duration = Duration::from_secs(1);

/// A listening socket and its rests.
pub(crate) struct Acceptor {
    reporter: Reporter,
    listener: Listener,
    rest: Option<Rest>,
}

/// A connection that came.
pub(crate) enum Accepted {
    /// With where it comes from, which the system tells even of one that has ended since.
    Tcp(TcpStream, SocketAddr),
    Unix(UnixStream),
}

enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// A pause in accepting.
struct Rest {
    until: Instant,
    length: Duration,
}

impl Acceptor {
    /// Takes a socket over that listens at `address`.
    ///
    /// # Errors
    /// The system cannot watch it.
    pub(crate) fn new(reporter: Reporter, socket: Socket, address: &Address) -> Result<Self, Trouble> {
        let trouble = |error: io::Error| Trouble::new("listen", address, words::why(&error), "");
        Ok(Self { reporter, listener: Listener::new(socket, address).map_err(trouble)?, rest: None })
    }

    /// The next connection; may be given up and asked again.
    pub(crate) async fn next(&mut self) -> Accepted {
        loop {
            if let Some(rest) = &self.rest {
                sleep_until(rest.until).await;
            }
            match poll_fn(|cx| self.listener.poll_accept(cx)).await {
                Ok(accepted) => {
                    self.rest = None;
                    return accepted;
                }
                Err(error) => self.rest_after(&error).await,
            }
        }
    }

    /// Running out of files or memory passes when connections end; a client that was gone before it was accepted
    /// matters to nobody.
    async fn rest_after(&mut self, error: &io::Error) {
        let before = self.rest.as_ref().map(|rest| rest.length);
        let length = before.map_or(FIRST_REST, |length| (length * 2).min(LONGEST_REST));
        self.rest = Some(Rest { until: Instant::now() + length, length });
        if before.is_none() && words::is_exhaustion(error) {
            let words = format!("connections wait to be accepted: {}", words::why(error));
            self.reporter.tell(NetFact::Note(None, words)).await;
        }
    }
}

impl Listener {
    fn new(socket: Socket, address: &Address) -> io::Result<Self> {
        match address {
            Address::Ip(_) => TcpListener::from_std(socket.into()).map(Listener::Tcp),
            Address::Unix(_) | Address::Unnamed(_) => UnixListener::from_std(socket.into()).map(Listener::Unix),
        }
    }

    fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<Accepted>> {
        match self {
            Listener::Tcp(listener) => listener.poll_accept(cx).map_ok(|(stream, peer)| Accepted::Tcp(stream, peer)),
            Listener::Unix(listener) => listener.poll_accept(cx).map_ok(|(stream, _)| Accepted::Unix(stream)),
        }
    }
}

impl Accepted {
    /// What carries it.
    pub(crate) fn transport(&self) -> Transport {
        match self {
            Accepted::Tcp(..) => Transport::Tcp,
            Accepted::Unix(_) => Transport::Unix,
        }
    }

    /// Our end of it and the other.
    pub(crate) fn addresses(&self, conn: ConnId) -> (Address, Address) {
        match self {
            Accepted::Tcp(stream, peer) => {
                // Nagle's delay would hold small answers back; a failure leaves them slower and no worse.
                let _ = stream.set_nodelay(true);
                (place::shown(&SockRef::from(stream).local_addr(), conn.0), Address::Ip(*peer))
            }
            Accepted::Unix(stream) => {
                let socket = SockRef::from(stream);
                (place::shown(&socket.local_addr(), conn.0), place::shown(&socket.peer_addr(), conn.0))
            }
        }
    }

    /// Turns it away: with a reset, where there is one.
    pub(crate) fn refuse(self) {
        match self {
            Accepted::Tcp(stream, _) => drop(stream.set_zero_linger()),
            Accepted::Unix(stream) => drop(stream),
        }
    }
}

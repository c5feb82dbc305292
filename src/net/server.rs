//! A stream server: it accepts, and runs a task per connection until it is told to stop.

use std::future::poll_fn;
use std::io;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::{SockRef, Socket};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::connection::Connection;
use super::crowd::Crowd;
use super::listen::Listening;
use super::report::Reporter;
use super::{place, spoken, words};
use crate::behaviour::Responder;
use crate::contract::{Beginning, NetFact};
use crate::model::{Address, ConnId, Step, Transport, Trouble};

/// Connections a server holds at once; more are refused. Each costs about 2 KiB while it is idle.
pub(crate) const MOST_CONNECTIONS: usize = 10_240;

/// How long accepting rests when the system has run out of something, the first time and at most.
const FIRST_REST: Duration = Duration::from_millis(50);
const LONGEST_REST: Duration = Duration::from_secs(1);

/// What a server's connections are answered by.
#[derive(Clone)]
pub(crate) enum Speaker {
    /// The crowd's behaviour.
    Behaviour,
    /// HTTP.
    Http(Arc<Mutex<Box<dyn Responder>>>),
}

/// A stream server.
pub(crate) struct Server {
    reporter: Reporter,
    crowd: Arc<Crowd>,
    speaker: Speaker,
    listener: Listener,
    connections: JoinSet<()>,
    rest: Option<Rest>,
}

enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

enum Accepted {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// A pause in accepting.
struct Rest {
    until: Instant,
    length: Duration,
}

/// Serves until told to stop. The socket is closed, and its file removed, before this returns.
pub(crate) async fn serve(
    reporter: Reporter,
    listening: Listening,
    crowd: Arc<Crowd>,
    speaker: Speaker,
    stop: CancellationToken,
) -> Result<(), Trouble> {
    let Listening { socket, address, file } = listening;
    let listener = Listener::new(socket, &address).map_err(|error| trouble(&address, &error))?;
    reporter.tell(NetFact::Listening(address.clone())).await;
    let (connections, rest) = (JoinSet::new(), None);
    let mut server = Server { reporter: reporter.clone(), crowd, speaker, listener, connections, rest };
    server.accept_until(&stop).await;
    let Server { crowd, listener, connections, .. } = server;
    drop((listener, file));
    reporter.tell(NetFact::Step(Step::Stopped(address))).await;
    crowd.end_all();
    wait_for_all(connections).await;
    Ok(())
}

impl Server {
    async fn accept_until(&mut self, stop: &CancellationToken) {
        loop {
            let rest = self.rest.as_ref().map(|rest| rest.until);
            let accepting = async {
                if let Some(until) = rest {
                    sleep_until(until).await;
                }
                poll_fn(|cx| self.listener.poll_accept(cx)).await
            };
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                Some(ended) = self.connections.join_next() => pass_panic_on(ended),
                accepted = accepting => match accepted {
                    Ok(accepted) => self.welcome(accepted).await,
                    Err(error) => self.rest_after(&error).await,
                },
            }
        }
    }

    async fn welcome(&mut self, accepted: Accepted) {
        self.rest = None;
        if self.crowd.len() >= MOST_CONNECTIONS {
            accepted.refuse();
            let words = format!("a connection was refused: {MOST_CONNECTIONS} are open, which is the most");
            return self.reporter.tell(NetFact::Lost(None, 1, words)).await;
        }
        let conn = self.reporter.new_conn();
        let outbox = self.crowd.admit(conn);
        let (local, peer) = accepted.addresses(conn);
        let peer_words = peer.to_string();
        let opened = NetFact::Opened { conn, transport: accepted.transport(), how: Beginning::Accepted, local, peer };
        self.reporter.tell(opened).await;
        let (reporter, crowd) = (self.reporter.clone(), self.crowd.clone());
        match (accepted, self.speaker.clone()) {
            (Accepted::Tcp(stream), Speaker::Http(responder)) => {
                self.connections.spawn(spoken::http(conn, stream, reporter, crowd, outbox, responder));
            }
            (Accepted::Tcp(stream), Speaker::Behaviour) => {
                let connection = Connection::new(conn, stream, reporter, crowd, outbox);
                self.connections.spawn(async move { drop(connection.run(&peer_words).await) });
            }
            (Accepted::Unix(stream), Speaker::Behaviour | Speaker::Http(_)) => {
                let connection = Connection::new(conn, stream, reporter, crowd, outbox);
                self.connections.spawn(async move { drop(connection.run(&peer_words).await) });
            }
        }
    }

    /// Running out of files or memory passes when connections end; a client that was gone before it was accepted
    /// matters to nobody.
    async fn rest_after(&mut self, error: &io::Error) {
        let length = match &self.rest {
            Some(rest) => (rest.length * 2).min(LONGEST_REST),
            None => FIRST_REST,
        };
        if self.rest.is_none() && words::is_exhaustion(error) {
            let words = format!("connections wait to be accepted: {}", words::why(error));
            self.reporter.tell(NetFact::Note(None, words)).await;
        }
        self.rest = Some(Rest { until: Instant::now() + length, length });
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
            Listener::Tcp(listener) => listener.poll_accept(cx).map_ok(|(stream, _)| Accepted::Tcp(stream)),
            Listener::Unix(listener) => listener.poll_accept(cx).map_ok(|(stream, _)| Accepted::Unix(stream)),
        }
    }
}

impl Accepted {
    fn transport(&self) -> Transport {
        match self {
            Accepted::Tcp(_) => Transport::Tcp,
            Accepted::Unix(_) => Transport::Unix,
        }
    }

    fn addresses(&self, conn: ConnId) -> (Address, Address) {
        let socket = match self {
            Accepted::Tcp(stream) => {
                // Nagle's delay would hold small answers back; a failure leaves them slower and no worse.
                let _ = stream.set_nodelay(true);
                SockRef::from(stream)
            }
            Accepted::Unix(stream) => SockRef::from(stream),
        };
        (place::shown(&socket.local_addr(), conn.0), place::shown(&socket.peer_addr(), conn.0))
    }

    fn refuse(self) {
        match self {
            Accepted::Tcp(stream) => drop(stream.set_zero_linger()),
            Accepted::Unix(stream) => drop(stream),
        }
    }
}

fn trouble(address: &Address, error: &io::Error) -> Trouble {
    Trouble::new("listen", address, words::why(error), "")
}

async fn wait_for_all(mut connections: JoinSet<()>) {
    while let Some(ended) = connections.join_next().await {
        pass_panic_on(ended);
    }
}

/// A panic in a task is a defect and must be noticed: it goes on up to the thread's owner.
pub(crate) fn pass_panic_on<T>(ended: Result<T, tokio::task::JoinError>) {
    if let Err(error) = ended
        && let Ok(panic) = error.try_into_panic()
    {
        std::panic::resume_unwind(panic);
    }
}

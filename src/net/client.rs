//! Stream clients: TCP, Unix and TLS, from the first step to the last byte.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use socket2::{Domain, SockAddr, SockRef, Socket, Type};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::connection::{Connection, Wire, lost};
use super::crowd::Crowd;
use super::observed::Observed;
use super::report::Reporter;
use super::wire::{Secured, SharedTcp};
use super::{dial, place, tls, words};
use crate::contract::{Beginning, ClientSpec, NetFact};
use crate::model::{Address, Closing, ConnId, Place, Scheme, Step, Transport, Trouble};

/// How long each of connecting and securing may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// How soon a Unix server whose queue is full is tried again.
const RETRY_AFTER: Duration = Duration::from_millis(20);

/// Connects a stream client and moves its bytes until it ends.
pub(crate) async fn run(
    reporter: Reporter,
    spec: ClientSpec,
    crowd: Arc<Crowd>,
    stop: CancellationToken,
) -> Result<(), Trouble> {
    let connected = tokio::select! {
        biased;
        () = stop.cancelled() => Ok(None),
        connected = connect(&reporter, &spec) => connected.map(Some),
    };
    let outcome = match connected {
        Ok(Some(connected)) => {
            let conn = reporter.new_conn();
            let ends = connected.addresses(conn);
            let (local, peer) = ends.clone();
            let (how, transport) = (Beginning::Connected, connected.transport());
            reporter.tell(NetFact::Opened { conn, transport, how, local, peer }).await;
            match connected {
                Connected::Tcp(stream, _) => tcp(&reporter, (conn, ends), stream, &spec, &crowd, &stop).await,
                Connected::Unix(stream) => {
                    pump(conn, stream, &reporter, &crowd, &stop).await;
                    Ok(())
                }
            }
        }
        Ok(None) => Ok(()),
        Err(trouble) => Err(trouble),
    };
    if let Some(unsent) = crowd.despair() {
        reporter.tell(lost(None, unsent)).await;
    }
    outcome
}

/// A stream to a target.
pub(crate) enum Connected {
    /// With where it leads.
    Tcp(TcpStream, SocketAddr),
    Unix(UnixStream),
}

impl Connected {
    /// What carries it.
    fn transport(&self) -> Transport {
        match self {
            Connected::Tcp(..) => Transport::Tcp,
            Connected::Unix(_) => Transport::Unix,
        }
    }

    /// Our end of it and the other.
    pub(crate) fn addresses(&self, conn: ConnId) -> (Address, Address) {
        match self {
            Connected::Tcp(stream, peer) => {
                (place::shown(&SockRef::from(stream).local_addr(), conn.0), Address::Ip(*peer))
            }
            Connected::Unix(stream) => {
                let socket = SockRef::from(stream);
                (place::shown(&socket.local_addr(), conn.0), place::shown(&socket.peer_addr(), conn.0))
            }
        }
    }
}

/// Connects to the target, telling each step.
pub(crate) async fn connect(reporter: &Reporter, spec: &ClientSpec) -> Result<Connected, Trouble> {
    match &spec.target.place {
        Place::Path(path) => connect_unix(reporter, path).await.map(Connected::Unix),
        Place::Host { host, port } => {
            let source = spec.source.as_deref().map(|text| place::source(text, family_of(host))).transpose()?;
            let (stream, peer) = dial::tcp(reporter, host, *port, source, PATIENCE).await?;
            Ok(Connected::Tcp(stream, peer))
        }
    }
}

/// The family an address without a host is taken to be of: that of the target, or IPv4 where that is a name.
pub(crate) fn family_of(host: &str) -> IpAddr {
    let ip: Option<IpAddr> = host.split('%').next().and_then(|ip| ip.parse().ok());
    ip.unwrap_or(std::net::Ipv4Addr::UNSPECIFIED.into())
}

async fn tcp(
    reporter: &Reporter,
    (conn, ends): (ConnId, (Address, Address)),
    stream: TcpStream,
    spec: &ClientSpec,
    crowd: &Arc<Crowd>,
    stop: &CancellationToken,
) -> Result<(), Trouble> {
    match (spec.target.scheme, &spec.target.place) {
        (Scheme::Tls | Scheme::Https, Place::Host { host, .. }) => {
            secured(reporter, (conn, ends), stream, (host, spec), crowd, stop).await
        }
        (Scheme::Tcp | Scheme::Http | Scheme::Udp | Scheme::Unix | Scheme::UnixDatagram, _) | (_, Place::Path(_)) => {
            pump(conn, stream, reporter, crowd, stop).await;
            Ok(())
        }
    }
}

/// TLS: the records are one conversation, the plain text inside another.
async fn secured(
    reporter: &Reporter,
    (outer, (local, peer)): (ConnId, (Address, Address)),
    stream: TcpStream,
    (host, spec): (&str, &ClientSpec),
    crowd: &Arc<Crowd>,
    stop: &CancellationToken,
) -> Result<(), Trouble> {
    let tcp = Arc::new(stream);
    let observed = Observed::new(SharedTcp(tcp.clone()), reporter.clone(), outer);
    let remainder = observed.remainder();
    let handshake = tokio::select! {
        biased;
        () = stop.cancelled() => None,
        handshake = tls::secure(reporter, outer, observed, host, &spec.tls, PATIENCE) => Some(handshake),
    };
    let plain = match handshake {
        Some(Ok(plain)) => plain,
        Some(Err(trouble)) => {
            drop(tcp);
            remainder.settle().await;
            reporter.tell(NetFact::Closed(outer, Closing::Failed(trouble.why.clone()))).await;
            return Err(trouble);
        }
        None => {
            drop(tcp);
            remainder.settle().await;
            reporter.tell(NetFact::Closed(outer, Closing::Ours)).await;
            return Ok(());
        }
    };
    let conn = reporter.new_conn();
    let how = Beginning::Inside(outer);
    reporter.tell(NetFact::Opened { conn, transport: Transport::Tls, how, local, peer }).await;
    let closing = pump(conn, Secured { plain, tcp }, reporter, crowd, stop).await;
    remainder.settle().await;
    reporter.tell(NetFact::Closed(outer, closing)).await;
    Ok(())
}

async fn pump<W: Wire>(
    conn: ConnId,
    wire: W,
    reporter: &Reporter,
    crowd: &Arc<Crowd>,
    stop: &CancellationToken,
) -> Closing {
    let outbox = crowd.admit(conn);
    let mut running = Box::pin(Connection::new(conn, wire, reporter.clone(), crowd.clone(), outbox).run(""));
    tokio::select! {
        biased;
        closing = &mut running => return closing,
        () = stop.cancelled() => crowd.end_all(),
    }
    running.await
}

async fn connect_unix(reporter: &Reporter, path: &str) -> Result<UnixStream, Trouble> {
    let target = place::unix("connect", path)?;
    let trouble = |error: &io::Error| unix_trouble(path, error);
    let socket = Socket::new(Domain::UNIX, Type::STREAM.nonblocking().cloexec(), None).map_err(|e| trouble(&e))?;
    reporter.tell(NetFact::Step(Step::Made(Transport::Unix))).await;
    bind_own_name(reporter, &socket).await;
    reporter.tell(NetFact::Step(Step::Connecting(Address::Unix(path.to_owned())))).await;
    let deadline = Instant::now() + PATIENCE;
    loop {
        match socket.connect(&target) {
            Ok(()) => break,
            // A Unix server's queue is full; there is no event that says when it is not.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && Instant::now() < deadline => {
                sleep(RETRY_AFTER).await;
            }
            Err(error) => return Err(trouble(&error)),
        }
    }
    UnixStream::from_std(socket.into()).map_err(|error| trouble(&error))
}

/// Gives a Unix client's socket a name of its own, so that it can be answered and told apart. Where the system knows
/// no such names it stays unnamed.
pub(crate) async fn bind_own_name(reporter: &Reporter, socket: &Socket) {
    let bound = place::own_name().and_then(|name: SockAddr| socket.bind(&name));
    if bound.is_ok() {
        reporter.tell(NetFact::Step(Step::Bound(place::shown(&socket.local_addr(), 0)))).await;
    }
}

/// What a failure to connect to a Unix socket means.
#[expect(clippy::wildcard_enum_match_arm, reason = "the system's errors are many, and not ours")]
pub(crate) fn unix_trouble(path: &str, error: &io::Error) -> Trouble {
    let remedy = match error.kind() {
        io::ErrorKind::NotFound => "check the path, and that the server runs",
        io::ErrorKind::ConnectionRefused => "the file is left from a server that has ended; start the server",
        io::ErrorKind::PermissionDenied => "the socket's owner must let you write to it",
        io::ErrorKind::WouldBlock => "the server does not accept connections; look at what it is doing",
        _ => "",
    };
    Trouble::new("connect", path, words::why(error), remedy)
}

/// What a failure to bind or connect at an IP address means.
#[expect(clippy::wildcard_enum_match_arm, reason = "the system's errors are many, and not ours")]
pub(crate) fn ip_trouble(act: &'static str, address: SocketAddr, error: &io::Error) -> Trouble {
    let remedy = match error.kind() {
        io::ErrorKind::AddrInUse => "choose another port, or 0 for any free one",
        io::ErrorKind::AddrNotAvailable => "use an address that `ip address` lists",
        io::ErrorKind::PermissionDenied => "choose a port from 1024 on",
        io::ErrorKind::NetworkUnreachable => "check the address, or the network",
        _ => "",
    };
    Trouble::new(act, address, words::why(error), remedy)
}

//! Datagram clients: UDP to one, to all or to a group, and Unix.

use std::io;
use std::net::SocketAddr;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::cast::{self, Kind};
use super::client::{bind_own_name, family_of, ip_trouble, unix_trouble};
use super::crowd::Order;
use super::datagram::{Datagrams, Part, Reach, Side};
use super::datagram_socket::DatagramSocket;
use super::listen::RESOLVE_PATIENCE;
use super::report::Reporter;
use super::{dial, place};
use crate::contract::{CastSpec, ClientSpec, NetFact, To};
use crate::model::{Address, Place, Step, Transport, Trouble};

/// A socket ready to send, the target it has, and whether the system holds it to that.
pub(crate) struct Aimed {
    pub socket: Socket,
    pub transport: Transport,
    target: Address,
    reach: Reach,
}

/// Opens a datagram client and moves its datagrams until it is closed.
pub(crate) async fn run(
    reporter: Reporter,
    spec: ClientSpec,
    part: Option<Part>,
    orders: mpsc::Receiver<(To, Order)>,
    stop: CancellationToken,
) -> Result<(), Trouble> {
    let aimed = tokio::select! {
        biased;
        () = stop.cancelled() => return Ok(()),
        aimed = aim(&reporter, &spec) => aimed?,
    };
    let Aimed { socket, transport, target, reach } = aimed;
    let socket = DatagramSocket::new(socket, transport)
        .map_err(|error| Trouble::new("connect", &target, super::words::why(&error), ""))?;
    let conn = reporter.new_conn();
    let mut datagrams = Datagrams::new(reporter, socket, Side::Client(conn, part));
    datagrams.aim(conn, target, reach).await;
    datagrams.run(orders, stop).await
}

/// Makes a socket for the target, telling each step.
pub(crate) async fn aim(reporter: &Reporter, spec: &ClientSpec) -> Result<Aimed, Trouble> {
    match &spec.target.place {
        Place::Path(path) => aim_unix(reporter, path).await,
        Place::Host { host, port } => {
            let source = spec.source.as_deref().map(|text| place::source(text, family_of(host))).transpose()?;
            let targets = dial::resolve(reporter, host, *port, RESOLVE_PATIENCE).await?;
            let fitting =
                targets.iter().find(|target| source.is_none_or(|source| source.is_ipv4() == target.is_ipv4()));
            let Some(target) = fitting else {
                let why = "the own address is of another family than the target's";
                return Err(Trouble::new(
                    "bind",
                    spec.source.as_deref().unwrap_or_default(),
                    why,
                    "use one of the same",
                ));
            };
            aim_udp(reporter, *target, source, &spec.cast).await
        }
    }
}

async fn aim_unix(reporter: &Reporter, path: &str) -> Result<Aimed, Trouble> {
    let target = place::unix("connect", path)?;
    let trouble = |error: io::Error| unix_trouble(path, &error);
    let socket = Socket::new(Domain::UNIX, Type::DGRAM.nonblocking().cloexec(), None).map_err(trouble)?;
    let transport = Transport::UnixDatagram;
    reporter.tell(NetFact::Step(Step::Made(transport))).await;
    bind_own_name(reporter, &socket).await;
    socket.connect(&target).map_err(trouble)?;
    Ok(Aimed { socket, transport, target: Address::Unix(path.to_owned()), reach: Reach::Connected })
}

async fn aim_udp(
    reporter: &Reporter,
    target: SocketAddr,
    source: Option<SocketAddr>,
    spec: &CastSpec,
) -> Result<Aimed, Trouble> {
    let trouble = |act| move |error: io::Error| ip_trouble(act, target, &error);
    let kind = Type::DGRAM.nonblocking().cloexec();
    let socket = Socket::new(Domain::for_address(target), kind, Some(Protocol::UDP)).map_err(trouble("connect"))?;
    let transport = Transport::Udp;
    reporter.tell(NetFact::Step(Step::Made(transport))).await;
    let cast = cast::kind(target.ip());
    let source = source.or_else(|| own_address(target, cast, spec));
    if let Some(source) = source {
        if cast == Kind::Multicast {
            // All who listen to a group on one machine share its port.
            socket.set_reuse_address(true).map_err(trouble("bind"))?;
        }
        socket.bind(&source.into()).map_err(|error| ip_trouble("bind", source, &error))?;
    }
    let reach = match cast {
        Kind::Multicast => prepare_multicast(reporter, &socket, target, spec).await?,
        Kind::Broadcast => {
            socket.set_broadcast(true).map_err(trouble("connect"))?;
            Reach::Anyone
        }
        Kind::One => connect(reporter, &socket, target).await?,
    };
    if source.is_none() && reach == Reach::Anyone {
        let any = SocketAddr::new(place::unspecified(target.ip()), 0);
        socket.bind(&any.into()).map_err(trouble("bind"))?;
    }
    reporter.tell(NetFact::Step(Step::Bound(place::shown(&socket.local_addr(), 0)))).await;
    Ok(Aimed { socket, transport, target: Address::Ip(target), reach })
}

/// To hear a group one is bound to its port.
fn own_address(target: SocketAddr, cast: Kind, spec: &CastSpec) -> Option<SocketAddr> {
    let is_hearing = cast == Kind::Multicast && spec.join;
    is_hearing.then(|| SocketAddr::new(place::unspecified(target.ip()), target.port()))
}

async fn prepare_multicast(
    reporter: &Reporter,
    socket: &Socket,
    target: SocketAddr,
    spec: &CastSpec,
) -> Result<Reach, Trouble> {
    cast::prepare_multicast(socket, target.ip(), spec)?;
    if spec.join {
        cast::join(socket, target.ip(), spec.interface.as_deref())?;
        reporter.tell(NetFact::Step(Step::Joined(Address::Ip(target)))).await;
    }
    Ok(Reach::Anyone)
}

/// Connects, so that the system tells when nobody listens. That the target is a broadcast address of a local network
/// shows in the system's refusal; then the socket is opened to all.
async fn connect(reporter: &Reporter, socket: &Socket, target: SocketAddr) -> Result<Reach, Trouble> {
    let trouble = |error: io::Error| ip_trouble("connect", target, &error);
    match socket.connect(&target.into()) {
        Ok(()) => Ok(Reach::Connected),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            socket.set_broadcast(true).map_err(trouble)?;
            let words = format!("{} is a broadcast address; every machine there hears what is sent", target.ip());
            reporter.tell(NetFact::Note(None, words)).await;
            Ok(Reach::Anyone)
        }
        Err(error) => Err(trouble(error)),
    }
}

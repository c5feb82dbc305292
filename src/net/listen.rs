//! Making the sockets servers listen on: each step told, each failure with what to do about it.

use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::PathBuf;
use std::time::Duration;

use socket2::{Domain, Protocol, SockAddr, Socket, Type};

use super::report::Reporter;
use super::{dial, place, words};
use crate::contract::{NetFact, WhenTaken};
use crate::model::{Address, Step, Transport, Trouble};

/// Connections the system may hold for us until they are accepted. With 128 a burst of 500 took 1.03 s, because SYNs
/// were dropped and sent again after a second; with 1024 it took 0.02 s.
const BACKLOG: i32 = 1024;

/// How long looking a name up may take.
pub(crate) const RESOLVE_PATIENCE: Duration = Duration::from_secs(10);

/// A listening or, for datagrams, bound socket; non-blocking.
pub(crate) struct Listening {
    pub socket: Socket,
    pub address: Address,
    /// The file of a Unix socket, removed when this is dropped.
    pub file: Option<SocketFile>,
}

/// A Unix socket's file, which lives as long as this.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    device: u64,
    inode: u64,
}

/// Makes an IP socket that listens: TCP, or bound UDP.
pub(crate) async fn ip(
    reporter: &Reporter,
    transport: Transport,
    (host, port): (&str, u16),
    when_taken: WhenTaken,
) -> Result<Listening, Trouble> {
    let addresses = dial::resolve(reporter, host, port, RESOLVE_PATIENCE).await?;
    let mut last = None;
    for address in &addresses {
        match bind_ip(reporter, transport, *address, when_taken).await {
            Ok(socket) => return listen(reporter, socket, transport, None, &address.to_string()).await,
            Err(error) => last = Some((*address, error)),
        }
    }
    let Some((address, error)) = last else {
        return Err(Trouble::new("resolve", host, "the name has no address", ""));
    };
    Err(trouble_at(address, &error))
}

async fn bind_ip(
    reporter: &Reporter,
    transport: Transport,
    address: SocketAddr,
    when_taken: WhenTaken,
) -> io::Result<Socket> {
    let socket = make_ip(reporter, transport, address).await?;
    match hold(&socket, address, transport) {
        Ok(()) => Ok(socket),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && when_taken == WhenTaken::PickAnother => {
            let words = format!("{address} is in use by another program; the system picks another port");
            reporter.tell(NetFact::Note(None, words)).await;
            // One that got the port and may not listen on it keeps it: another socket is needed.
            let is_bound = socket.local_addr().ok().and_then(|own| own.as_socket()).is_some_and(|own| own.port() != 0);
            let socket = if is_bound { make_ip(reporter, transport, address).await? } else { socket };
            hold(&socket, SocketAddr::new(address.ip(), 0), transport)?;
            Ok(socket)
        }
        Err(error) => Err(error),
    }
}

/// Takes the address. Two sockets may be bound to one port while neither listens, so for TCP it is held only once it
/// does.
fn hold(socket: &Socket, address: SocketAddr, transport: Transport) -> io::Result<()> {
    socket.bind(&address.into())?;
    if transport.is_datagram() { Ok(()) } else { socket.listen(BACKLOG) }
}

async fn make_ip(reporter: &Reporter, transport: Transport, address: SocketAddr) -> io::Result<Socket> {
    let (kind, protocol) =
        if transport.is_datagram() { (Type::DGRAM, Protocol::UDP) } else { (Type::STREAM, Protocol::TCP) };
    let socket = Socket::new(Domain::for_address(address), kind.nonblocking().cloexec(), Some(protocol))?;
    reporter.tell(NetFact::Step(Step::Made(transport))).await;
    // For TCP this lets the port be had again while old connections wait out (TIME_WAIT). For UDP it would let two
    // programs share a port, which only multicast wants.
    if !transport.is_datagram() || address.ip().is_multicast() {
        socket.set_reuse_address(true)?;
    }
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    Ok(socket)
}

/// Makes a Unix socket that listens: a stream, or bound for datagrams.
pub(crate) async fn unix(reporter: &Reporter, transport: Transport, path: &str) -> Result<Listening, Trouble> {
    let address = place::unix("listen", path)?;
    let kind = if transport.is_datagram() { Type::DGRAM } else { Type::STREAM };
    make_way(path, &address, kind)?;
    let trouble = |error: io::Error| trouble_at_path(path, &error);
    let socket = Socket::new(Domain::UNIX, kind.nonblocking().cloexec(), None).map_err(trouble)?;
    reporter.tell(NetFact::Step(Step::Made(transport))).await;
    socket.bind(&address).map_err(trouble)?;
    let file = if path.starts_with('@') { None } else { SocketFile::of(path) };
    listen(reporter, socket, transport, file, path).await
}

async fn listen(
    reporter: &Reporter,
    socket: Socket,
    transport: Transport,
    file: Option<SocketFile>,
    asked: &str,
) -> Result<Listening, Trouble> {
    let address = place::shown(&socket.local_addr(), 0);
    reporter.tell(NetFact::Step(Step::Bound(address.clone()))).await;
    if !transport.is_datagram() {
        socket.listen(BACKLOG).map_err(|error| match asked.parse() {
            Ok(ip) => trouble_at(ip, &error),
            Err(_) => trouble_at_path(asked, &error),
        })?;
    }
    reporter.tell(NetFact::Step(Step::Listening(address.clone()))).await;
    Ok(Listening { socket, address, file })
}

/// Removes what a program that died has left at the path; anything else there stays and is told.
fn make_way(path: &str, address: &SockAddr, kind: Type) -> Result<(), Trouble> {
    if path.starts_with('@') {
        return Ok(());
    }
    let Ok(found) = std::fs::symlink_metadata(path) else { return Ok(()) };
    if !found.file_type().is_socket() {
        let why = "something that is not a socket is there";
        return Err(Trouble::new("listen", path, why, "choose another path; it was left as it is"));
    }
    let trouble = |error: io::Error| trouble_at_path(path, &error);
    let probe = Socket::new(Domain::UNIX, kind.nonblocking().cloexec(), None).map_err(trouble)?;
    match probe.connect(address) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => std::fs::remove_file(path).map_err(trouble),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Err(trouble_at_path(path, &error)),
        Ok(()) | Err(_) => Err(trouble_at_path(path, &io::ErrorKind::AddrInUse.into())),
    }
}

/// What a failure to listen at an IP address means.
#[expect(clippy::wildcard_enum_match_arm, reason = "the system's errors are many, and not ours")]
pub(crate) fn trouble_at(address: SocketAddr, error: &io::Error) -> Trouble {
    let (why, remedy) = match error.kind() {
        io::ErrorKind::AddrInUse => {
            ("it is in use by another program".to_owned(), "choose another port, or 0 for any free one")
        }
        io::ErrorKind::PermissionDenied => {
            ("low ports are kept for privileged programs".to_owned(), "choose a port from 1024 on, such as 8080")
        }
        io::ErrorKind::AddrNotAvailable => {
            (words::why(error), "use 127.0.0.1, ::1, or an address that `ip address` lists")
        }
        _ => (words::why(error), ""),
    };
    Trouble::new("listen", address, why, remedy)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the system's errors are many, and not ours")]
fn trouble_at_path(path: &str, error: &io::Error) -> Trouble {
    let (why, remedy) = match error.kind() {
        io::ErrorKind::AddrInUse => {
            ("it is in use by another program".to_owned(), "choose another path, or end that program")
        }
        io::ErrorKind::NotFound => ("its folder does not exist".to_owned(), "make the folder first, or choose another"),
        io::ErrorKind::PermissionDenied => (words::why(error), "choose a folder you may write to, such as /tmp"),
        _ => (words::why(error), ""),
    };
    Trouble::new("listen", path, why, remedy)
}

impl SocketFile {
    fn of(path: &str) -> Option<Self> {
        let path = PathBuf::from(path);
        let found = std::fs::symlink_metadata(&path).ok()?;
        Some(Self { path, device: found.dev(), inode: found.ino() })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Only our own: another program may have put its socket there since.
        let is_ours = std::fs::symlink_metadata(&self.path)
            .is_ok_and(|found| found.dev() == self.device && found.ino() == self.inode);
        if is_ours {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

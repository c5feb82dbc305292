//! Finding a host's addresses and connecting to the first that answers (RFC 6724, RFC 8305).

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::report::Reporter;
use crate::contract::NetFact;
use crate::model::{Address, Step, Transport, Trouble};

/// How long one address may be silent before the next is tried beside it (RFC 8305 section 5, "Connection Attempt Delay").
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);
/// The most addresses of one name that are tried; a name with more is a trick or a mistake.
const MOST_ADDRESSES: usize = 64;
/// How long a person waits for a name that is only looked up; resolvers themselves try for 10 s and more.
const LOOKUP_PATIENCE: Duration = Duration::from_secs(20);

/// Connects to `host`, a name or an IP literal (IPv6 without brackets, with its zone), telling each step; gives the address
/// too, which the system tells of no connection that has ended since.
/// `source` is bound first; its unspecified address stands for any of ours, its port 0 for any port.
///
/// # Errors
/// The name has no address, none of them answered within `patience`, or the source cannot be used.
pub(crate) async fn tcp(
    reporter: &Reporter,
    host: &str,
    port: u16,
    source: Option<SocketAddr>,
    patience: Duration,
) -> Result<(TcpStream, SocketAddr), Trouble> {
    let deadline = Instant::now() + patience;
    let addresses = resolve(reporter, host, port, patience).await?;
    connect(reporter, host, &addresses, source, deadline.saturating_duration_since(Instant::now())).await
}

/// The addresses of `host` in the order in which they are to be tried, never none.
///
/// # Errors
/// The name does not resolve, or not within `patience`.
pub(crate) async fn resolve(
    reporter: &Reporter,
    host: &str,
    port: u16,
    patience: Duration,
) -> Result<Vec<SocketAddr>, Trouble> {
    if let Ok(literal) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(literal, port)]);
    }
    reporter.tell(NetFact::Step(Step::Resolving(host.to_owned()))).await;
    let addresses = interleaved(ask(host, port, patience).await?);
    let told = addresses.iter().copied().map(Address::Ip).collect();
    reporter.tell(NetFact::Step(Step::Resolved(host.to_owned(), told))).await;
    Ok(addresses)
}

/// The addresses of a name, each once, in the order in which the system gives them; never none.
///
/// # Errors
/// The name does not resolve, or not in time.
pub(crate) async fn look_up(name: &str) -> Result<Vec<IpAddr>, Trouble> {
    let mut addresses: Vec<IpAddr> = Vec::new();
    for found in ask(name, 0, LOOKUP_PATIENCE).await? {
        if !addresses.contains(&found.ip()) {
            addresses.push(found.ip());
        }
    }
    Ok(addresses)
}

/// Asks the system's resolver.
async fn ask(host: &str, port: u16, patience: Duration) -> Result<Vec<SocketAddr>, Trouble> {
    let found: Vec<SocketAddr> = match timeout(patience, lookup_host((host, port))).await {
        Ok(Ok(found)) => found.take(MOST_ADDRESSES).collect(),
        Ok(Err(error)) => return Err(unresolved(host, &error)),
        Err(_) => {
            let why = format!("no answer within {}", in_words(patience));
            return Err(Trouble::new("resolve", host, why, "check this machine's network and DNS settings"));
        }
    };
    if found.is_empty() {
        return Err(Trouble::new("resolve", host, "the name has no address", "check its spelling"));
    }
    Ok(found)
}

fn unresolved(host: &str, error: &io::Error) -> Trouble {
    let words = error.to_string();
    let why = words.rsplit(": ").next().unwrap_or(&words).to_owned();
    if host.contains('%') {
        return Trouble::new("resolve", host, why, "after % stands the name or number of an interface of this machine");
    }
    let remedy = if why.contains("emporary") {
        "check this machine's network and DNS settings"
    } else {
        "check the name's spelling, or write an IP address"
    };
    Trouble::new("resolve", host, why, remedy)
}

/// The system's order with the families taking turns, so that one broken family costs one delay (RFC 8305 section 4).
fn interleaved(found: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first_is_ipv6 = found.first().is_some_and(SocketAddr::is_ipv6);
    let (mut turn, mut other): (VecDeque<_>, VecDeque<_>) =
        found.into_iter().partition(|address| address.is_ipv6() == first_is_ipv6);
    let mut order: Vec<SocketAddr> = Vec::new();
    while let Some(address) = turn.pop_front() {
        if !order.contains(&address) {
            order.push(address);
        }
        if !other.is_empty() {
            std::mem::swap(&mut turn, &mut other);
        }
    }
    order
}

/// Connects to the first of `addresses` that answers; `host` is only named in troubles.
///
/// # Errors
/// None of them answered within `patience`, or the source cannot be used.
pub(crate) async fn connect(
    reporter: &Reporter,
    host: &str,
    addresses: &[SocketAddr],
    source: Option<SocketAddr>,
    patience: Duration,
) -> Result<(TcpStream, SocketAddr), Trouble> {
    let deadline = Instant::now() + patience;
    let mut waiting: VecDeque<SocketAddr> =
        addresses.iter().copied().filter(|address| source.is_none_or(|source| can_reach(source, *address))).collect();
    if let (true, Some(source)) = (waiting.is_empty(), source) {
        let why = format!("{host} has no address of the same family as {}", source.ip());
        return Err(Trouble::new("bind", source, why, "use a source address of the other IP version, or none"));
    }
    let mut attempts = FuturesUnordered::new();
    let mut trying: Vec<SocketAddr> = Vec::new();
    let mut failures: Vec<(SocketAddr, Trouble)> = Vec::new();
    loop {
        if let Some(address) = waiting.pop_front() {
            trying.push(address);
            attempts.push(attempt(reporter, address, source));
        }
        tokio::select! {
            biased;
            Some((address, outcome)) = attempts.next() => {
                trying.retain(|tried| *tried != address);
                match outcome {
                    Ok(stream) => {
                        give_up(reporter, &trying, "given up: another address answered first").await;
                        let _ = stream.set_nodelay(true); // best effort: without it only latency suffers
                        return Ok((stream, address));
                    }
                    Err(trouble) => failures.push((address, trouble)),
                }
            }
            () = sleep_until(deadline) => {
                let why = format!("no answer within {}", in_words(patience));
                give_up(reporter, &trying, &why).await;
                failures.extend(trying.iter().map(|address| (*address, silent(*address, &why))));
                break;
            }
            () = sleep(ATTEMPT_DELAY), if !waiting.is_empty() => {}
        }
        if attempts.is_empty() && waiting.is_empty() {
            break;
        }
    }
    Err(summed_up(host, failures))
}

fn can_reach(source: SocketAddr, address: SocketAddr) -> bool {
    source.ip().is_unspecified() || source.is_ipv4() == address.is_ipv4()
}

async fn give_up(reporter: &Reporter, trying: &[SocketAddr], why: &str) {
    for address in trying {
        reporter.tell(NetFact::Step(Step::ConnectFailed(Address::Ip(*address), why.to_owned()))).await;
    }
}

async fn attempt(
    reporter: &Reporter,
    address: SocketAddr,
    source: Option<SocketAddr>,
) -> (SocketAddr, Result<TcpStream, Trouble>) {
    let outcome = try_one(reporter, address, source).await;
    if let Err(trouble) = &outcome {
        reporter.tell(NetFact::Step(Step::ConnectFailed(Address::Ip(address), trouble.why.clone()))).await;
    }
    (address, outcome)
}

async fn try_one(reporter: &Reporter, address: SocketAddr, source: Option<SocketAddr>) -> Result<TcpStream, Trouble> {
    let made = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
    let socket = made.map_err(|error| {
        Trouble::new("make a socket for", address, error, "close other connections, or raise the limit of open files")
    })?;
    reporter.tell(NetFact::Step(Step::Made(Transport::Tcp))).await;
    if let Some(source) = source {
        let own = own_end(source, address);
        bind(&socket, own).map_err(|error| unbound(own, &error))?;
        let bound = socket.local_addr().unwrap_or(own);
        reporter.tell(NetFact::Step(Step::Bound(Address::Ip(bound)))).await;
    }
    reporter.tell(NetFact::Step(Step::Connecting(Address::Ip(address)))).await;
    socket.connect(address).await.map_err(|error| unconnected(address, &error))
}

/// The source, with an unspecified address turned into the family at hand.
fn own_end(source: SocketAddr, address: SocketAddr) -> SocketAddr {
    if !source.ip().is_unspecified() {
        return source;
    }
    let any = if address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    SocketAddr::new(any, source.port())
}

fn bind(socket: &TcpSocket, own: SocketAddr) -> io::Result<()> {
    // A port asked for by number was often used a moment ago and still rests in TIME_WAIT.
    socket.set_reuseaddr(own.port() != 0)?;
    socket.bind(own)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "kinds of I/O error are without end")]
fn unbound(own: SocketAddr, error: &io::Error) -> Trouble {
    let (why, remedy) = match error.kind() {
        io::ErrorKind::AddrInUse => {
            ("the port is in use by another socket".to_owned(), "pick another source port, or 0 for any")
        }
        io::ErrorKind::AddrNotAvailable => (
            "this machine does not have that address".to_owned(),
            "use an address of one of this machine's interfaces, or leave the source out",
        ),
        io::ErrorKind::PermissionDenied => {
            ("ports below 1024 need privileges".to_owned(), "pick a source port from 1024 up, or 0 for any")
        }
        _ => (error.to_string(), "leave the source out"),
    };
    Trouble::new("bind", own, why, remedy)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "kinds of I/O error are without end")]
fn unconnected(address: SocketAddr, error: &io::Error) -> Trouble {
    let (why, remedy) = match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            return Trouble::new(
                "connect",
                address,
                format!("refused: nothing listens on {address}"),
                "start the server, or check the port",
            );
        }
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => {
            ("unreachable: there is no way to that network".to_owned(), "check the address and this machine's network")
        }
        io::ErrorKind::TimedOut => return silent(address, "no answer"),
        io::ErrorKind::AddrNotAvailable | io::ErrorKind::AddrInUse => (
            "no free address for our end, or this very connection exists already".to_owned(),
            "use another source port, or wait a minute",
        ),
        io::ErrorKind::PermissionDenied => {
            ("this machine does not permit it".to_owned(), "check the address and the local firewall")
        }
        io::ErrorKind::ConnectionReset => ("reset by the other end".to_owned(), "check the server"),
        _ => (error.to_string(), "check the address"),
    };
    Trouble::new("connect", address, why, remedy)
}

fn silent(address: SocketAddr, why: &str) -> Trouble {
    Trouble::new("connect", address, why, "check the address; a firewall may be dropping the packets")
}

/// One trouble out of all: of a lone address its own, of several what each said.
fn summed_up(host: &str, mut failures: Vec<(SocketAddr, Trouble)>) -> Trouble {
    if failures.len() == 1 {
        return failures.remove(0).1;
    }
    let Some((_, first)) = failures.first() else {
        return Trouble::new("connect", host, "no address was left to try", "check the name");
    };
    let why: Vec<String> = failures
        .iter()
        .map(|(address, trouble)| {
            if trouble.why.contains(&address.to_string()) {
                trouble.why.clone()
            } else {
                format!("{address}: {}", trouble.why)
            }
        })
        .collect();
    Trouble::new(first.act.clone(), host, why.join(", "), first.remedy.clone())
}

/// A span as a person says it: `5 s`, `0.3 s`.
pub(crate) fn in_words(span: Duration) -> String {
    if span.subsec_millis() == 0 { format!("{} s", span.as_secs()) } else { format!("{:.1} s", span.as_secs_f64()) }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;
    use tokio::sync::mpsc;

    use super::*;
    use crate::contract::NetEvent;
    use crate::model::NodeId;

    const PATIENCE: Duration = Duration::from_secs(10);

    fn reporter() -> (Reporter, mpsc::Receiver<NetEvent>) {
        let (sender, receiver) = mpsc::channel(256);
        (Reporter::new(NodeId(1), sender), receiver)
    }

    fn steps(events: &mut mpsc::Receiver<NetEvent>) -> Vec<Step> {
        std::iter::from_fn(|| events.try_recv().ok())
            .filter_map(|event| if let NetFact::Step(step) = event.fact { Some(step) } else { None })
            .collect()
    }

    async fn listener() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    }

    async fn dead() -> SocketAddr {
        listener().await.1
    }

    #[test]
    fn families_take_turns_and_repeats_are_left_out() {
        let parse = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<SocketAddr>>();
        let found = parse(&["[::1]:1", "[::2]:1", "[::1]:1", "[::3]:1", "1.1.1.1:1", "2.2.2.2:1"]);
        assert_eq!(interleaved(found), parse(&["[::1]:1", "1.1.1.1:1", "[::2]:1", "2.2.2.2:1", "[::3]:1"]));
        let found = parse(&["1.1.1.1:1", "2.2.2.2:1", "[::1]:1"]);
        assert_eq!(interleaved(found), parse(&["1.1.1.1:1", "[::1]:1", "2.2.2.2:1"]));
    }

    #[tokio::test]
    async fn each_step_to_a_listening_server_is_told() {
        let (reporter, mut events) = reporter();
        let (_listener, address) = listener().await;
        let (stream, _) = tcp(&reporter, "127.0.0.1", address.port(), None, PATIENCE).await.unwrap();
        assert!(stream.nodelay().unwrap());
        assert_eq!(steps(&mut events), [Step::Made(Transport::Tcp), Step::Connecting(Address::Ip(address))]);
    }

    #[tokio::test]
    async fn a_name_is_looked_up_and_its_dead_addresses_passed_over() {
        let (reporter, mut events) = reporter();
        let (_listener, address) = listener().await;
        let (stream, _) = tcp(&reporter, "localhost", address.port(), None, PATIENCE).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), address);
        let steps = steps(&mut events);
        assert_eq!(steps[0], Step::Resolving("localhost".into()));
        let Step::Resolved(name, addresses) = &steps[1] else { panic!("{steps:?}") };
        assert_eq!(name, "localhost");
        assert!(addresses.contains(&Address::Ip(address)));
        let failed = steps.iter().filter(|step| matches!(step, Step::ConnectFailed(..))).count();
        assert_eq!(failed, steps.iter().filter(|step| matches!(step, Step::Connecting(_))).count() - 1);
    }

    #[tokio::test]
    async fn the_next_address_is_tried_at_once_when_one_refuses() {
        let (reporter, mut events) = reporter();
        let (_listener, good) = listener().await;
        let bad = dead().await;
        let addresses: Vec<SocketAddr> = [[bad; 20].as_slice(), &[good]].concat();
        let began = Instant::now();
        let (stream, _) = connect(&reporter, "lab", &addresses, None, PATIENCE).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), good);
        assert!(began.elapsed() < 20 * ATTEMPT_DELAY / 2, "no refusal was waited upon");
        let steps = steps(&mut events);
        assert!(
            matches!(&steps[2], Step::ConnectFailed(Address::Ip(address), why) if *address == bad && why.contains("refused"))
        );
        assert_eq!(steps.last(), Some(&Step::Connecting(Address::Ip(good))));
    }

    /// A listener whose queue is full: further attempts to connect get no answer at all.
    async fn silent_listener() -> (TcpListener, SocketAddr, Vec<TcpStream>) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        let mut queued = Vec::new();
        while let Ok(stream) = timeout(Duration::from_millis(100), TcpStream::connect(address)).await {
            queued.push(stream.unwrap());
        }
        (listener, address, queued)
    }

    #[tokio::test]
    async fn a_silent_address_gets_a_head_start_and_is_then_outrun() {
        let (reporter, mut events) = reporter();
        let (_full, silent, _queued) = silent_listener().await;
        let (_listener, good) = listener().await;
        let began = Instant::now();
        let (stream, _) = connect(&reporter, "lab", &[silent, good], None, PATIENCE).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), good);
        assert!(began.elapsed() >= ATTEMPT_DELAY && began.elapsed() < PATIENCE);
        let given_up = Step::ConnectFailed(Address::Ip(silent), "given up: another address answered first".into());
        assert_eq!(steps(&mut events).last(), Some(&given_up));
    }

    #[tokio::test]
    async fn patience_ends_with_an_address_that_never_answers() {
        let (reporter, mut events) = reporter();
        let (_full, silent, _queued) = silent_listener().await;
        let patience = Duration::from_millis(300);
        let trouble = tcp(&reporter, "127.0.0.1", silent.port(), None, patience).await.unwrap_err();
        assert_eq!(trouble.act, "connect");
        assert!(trouble.why.starts_with("no answer within 0."), "{trouble}");
        assert!(matches!(steps(&mut events).last(), Some(Step::ConnectFailed(..))));
    }

    #[tokio::test]
    async fn a_refusal_says_what_to_do() {
        let (reporter, _events) = reporter();
        let address = dead().await;
        let trouble = tcp(&reporter, "127.0.0.1", address.port(), None, PATIENCE).await.unwrap_err();
        assert_eq!(
            trouble.to_string(),
            format!("connect {address}: refused: nothing listens on {address}; start the server, or check the port")
        );
    }

    #[tokio::test]
    async fn every_address_that_failed_is_named() {
        let (reporter, _events) = reporter();
        let (one, two) = (dead().await, dead().await);
        let trouble = connect(&reporter, "lab.test", &[one, two], None, PATIENCE).await.unwrap_err();
        assert_eq!(trouble.address, "lab.test");
        assert!(trouble.why.contains(&one.to_string()) && trouble.why.contains(&two.to_string()), "{trouble}");
    }

    #[tokio::test]
    async fn a_name_that_does_not_resolve_is_told_as_such() {
        let (reporter, _events) = reporter();
        let trouble = tcp(&reporter, "no-such-host.invalid", 80, None, PATIENCE).await.unwrap_err();
        assert_eq!((trouble.act.as_ref(), trouble.address.as_str()), ("resolve", "no-such-host.invalid"));
        assert!(!trouble.remedy.is_empty());
    }

    #[tokio::test]
    async fn an_own_source_is_bound_first() {
        let (reporter, mut events) = reporter();
        let (_listener, address) = listener().await;
        let source = dead().await;
        let (stream, _) = tcp(&reporter, "127.0.0.1", address.port(), Some(source), PATIENCE).await.unwrap();
        assert_eq!(stream.local_addr().unwrap(), source);
        assert_eq!(steps(&mut events)[1], Step::Bound(Address::Ip(source)));
        let any: SocketAddr = "0.0.0.0:0".parse().unwrap();
        assert!(tcp(&reporter, "127.0.0.1", address.port(), Some(any), PATIENCE).await.is_ok());
    }

    #[tokio::test]
    async fn a_source_that_cannot_be_used_says_why() {
        let (reporter, _events) = reporter();
        let (_listener, address) = listener().await;
        for (source, word) in [
            (address.to_string(), "in use"),
            ("192.0.2.1:0".to_owned(), "does not have that address"),
            ("[::1]:0".to_owned(), "same family"),
        ] {
            let source = Some(source.parse().unwrap());
            let trouble = tcp(&reporter, "127.0.0.1", address.port(), source, PATIENCE).await.unwrap_err();
            assert_eq!(trouble.act, "bind");
            assert!(trouble.why.contains(word), "{trouble}");
        }
    }

    #[tokio::test]
    async fn a_zone_that_is_no_interface_is_told_as_such() {
        let (reporter, _events) = reporter();
        let trouble = tcp(&reporter, "fe80::1%nosuchif", 80, None, PATIENCE).await.unwrap_err();
        assert!(trouble.remedy.contains("interface"), "{trouble}");
        let addresses = resolve(&reporter, "fe80::1%lo", 80, PATIENCE).await.unwrap();
        assert!(matches!(addresses[..], [SocketAddr::V6(address)] if address.scope_id() != 0));
    }
}

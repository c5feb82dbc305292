//! Reaching a tap's target.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::leg::{Leg, Stream};
use crate::contract::{CastSpec, ClientSpec, NetFact, TlsSpec, WhenDown};
use crate::model::{Address, ConnId, Endpoint, Trouble};
use crate::net::client::{self, Connected};
use crate::net::datagram_client;
use crate::net::datagram_socket::DatagramSocket;
use crate::net::report::Reporter;
use crate::net::{place, words};

/// How soon a target that is down is tried again for a client that is held.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// How long a client is held for a target that is down.
const HOLD_PATIENCE: Duration = Duration::from_mins(5);

/// Connects to the target, for one client; gives the tap's own end of that and the target's. No step on the way is told.
///
/// # Errors
/// It is down, and the client is to be refused, or was held for as long as is borne.
pub(super) async fn reach(
    reporter: &Reporter,
    conn: ConnId,
    target: &Endpoint,
    when_down: WhenDown,
) -> Result<(Leg, Address, Address), Trouble> {
    let deadline = Instant::now() + HOLD_PATIENCE;
    let mut is_told = false;
    loop {
        let trouble = match try_once(&reporter.without_steps(), conn, target).await {
            Ok((leg, (own, other))) => return Ok((leg, own, other)),
            Err(trouble) => trouble,
        };
        if when_down == WhenDown::Refuse || Instant::now() >= deadline {
            return Err(trouble);
        }
        if !is_told {
            let words = format!("the client is held until the target answers: {trouble}");
            reporter.tell(NetFact::Note(Some(conn), words)).await;
            is_told = true;
        }
        sleep(RETRY_AFTER).await;
    }
}

/// Connects once; gives the tap's end and the target's too.
async fn try_once(reporter: &Reporter, conn: ConnId, target: &Endpoint) -> Result<(Leg, (Address, Address)), Trouble> {
    let spec = ClientSpec { target: target.clone(), source: None, tls: TlsSpec::default(), cast: CastSpec::default() };
    if !target.scheme.transport().is_datagram() {
        let connected = client::connect(reporter, &spec).await?;
        let ends = connected.addresses(conn);
        let leg = Leg::Stream(Stream::new(match connected {
            Connected::Tcp(stream, _) => Box::new(stream),
            Connected::Unix(stream) => Box::new(stream),
        }));
        return Ok((leg, ends));
    }
    let aimed = datagram_client::aim(reporter, &spec).await?;
    let socket = DatagramSocket::new(aimed.socket, aimed.transport)
        .map_err(|error| Trouble::new("connect", target, words::why(&error), ""))?;
    let options = socket.options();
    let ends = (place::shown(&options.local_addr(), conn.0), place::shown(&options.peer_addr(), conn.0));
    Ok((Leg::socket(socket), ends))
}

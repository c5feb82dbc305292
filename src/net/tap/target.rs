//! Reaching a tap's target.

use std::io;
use std::time::Duration;

use socket2::{SockAddr, SockRef};
use tokio::time::{Instant, sleep};

use super::leg::Leg;
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
        let trouble = match try_once(&reporter.without_steps(), target).await {
            Ok((leg, ends)) => {
                let [own, other] = ends.map(|end| place::shown(&end, conn.0));
                return Ok((leg, own, other));
            }
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

/// The tap's end of a connection, and the target's.
type Ends = [io::Result<SockAddr>; 2];

async fn try_once(reporter: &Reporter, target: &Endpoint) -> Result<(Leg, Ends), Trouble> {
    let ends = |socket: SockRef<'_>| [socket.local_addr(), socket.peer_addr()];
    let spec = ClientSpec { target: target.clone(), source: None, tls: TlsSpec::default(), cast: CastSpec::default() };
    if !target.scheme.transport().is_datagram() {
        return Ok(match client::connect(reporter, &spec).await? {
            Connected::Tcp(stream) => {
                let ends = ends(SockRef::from(&stream));
                (Leg::Stream(Box::new(stream)), ends)
            }
            Connected::Unix(stream) => {
                let ends = ends(SockRef::from(&stream));
                (Leg::Stream(Box::new(stream)), ends)
            }
        });
    }
    let aimed = datagram_client::aim(reporter, &spec).await?;
    let socket = DatagramSocket::new(aimed.socket, aimed.transport)
        .map_err(|error| Trouble::new("connect", target, words::why(&error), ""))?;
    let ends = ends(socket.options());
    Ok((Leg::socket(socket), ends))
}

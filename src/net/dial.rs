//! Making a TCP connection. // stub

use std::net::SocketAddr;
use std::time::Duration;

use super::report::Reporter;
use crate::contract::NetFact;
use crate::model::{Address, Step, Trouble};

/// Connects. // stub
pub(crate) async fn tcp(
    reporter: &Reporter,
    target_host: &str,
    port: u16,
    source: Option<SocketAddr>,
    patience: Duration,
) -> Result<tokio::net::TcpStream, Trouble> {
    let trouble = |error: std::io::Error| Trouble::new("connect", format!("{target_host}:{port}"), error, "");
    let target = tokio::net::lookup_host((target_host, port)).await.map_err(trouble)?.next();
    let target = target.ok_or_else(|| Trouble::new("resolve", target_host, "no address", ""))?;
    reporter.tell(NetFact::Step(Step::Connecting(Address::Ip(target)))).await;
    let socket = if target.is_ipv4() { tokio::net::TcpSocket::new_v4() } else { tokio::net::TcpSocket::new_v6() };
    let socket = socket.map_err(trouble)?;
    if let Some(source) = source {
        socket.bind(source).map_err(trouble)?;
    }
    let stream = tokio::time::timeout(patience, socket.connect(target)).await;
    let stream = stream.map_err(|_| Trouble::new("connect", target, "no answer", ""))?.map_err(trouble)?;
    stream.set_nodelay(true).map_err(trouble)?;
    Ok(stream)
}

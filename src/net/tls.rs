//! Securing a stream with TLS. // stub

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};

use super::report::Reporter;
use crate::contract::TlsSpec;
use crate::model::{ConnId, Trouble};

/// Secures. // stub
#[expect(clippy::unused_async, reason = "stub")]
pub(crate) async fn secure<S>(
    _reporter: &Reporter,
    _outer: ConnId,
    stream: S,
    host: &str,
    _spec: &TlsSpec,
    _patience: Duration,
) -> Result<impl AsyncRead + AsyncWrite + Unpin + Send + use<S>, Trouble>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    if host.is_empty() { Err(Trouble::new("secure", host, "stub", "")) } else { Ok(stream) }
}

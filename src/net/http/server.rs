//! One HTTP connection served. // stub

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

use crate::behaviour::Responder;
use crate::net::observed::Observed;

/// Serves. // stub
pub(crate) async fn serve<S>(mut stream: Observed<S>, _responder: Arc<Mutex<Box<dyn Responder>>>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
}

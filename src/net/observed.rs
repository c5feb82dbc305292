//! A stream whose bytes are reported. // stub

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::report::Reporter;
use crate::model::ConnId;

/// A stream whose bytes are reported. // stub
pub(crate) struct Observed<S> {
    stream: S,
}

impl<S> Observed<S> {
    pub(crate) fn new(stream: S, _reporter: Reporter, _conn: ConnId) -> Self {
        Self { stream }
    }

    /// What is left to say. // stub
    pub(crate) fn remainder(&self) -> Remainder {
        Remainder
    }
}

/// What is left to say. // stub
pub(crate) struct Remainder;

impl Remainder {
    pub(crate) fn closing(&self) -> crate::model::Closing {
        crate::model::Closing::Orderly
    }

    #[expect(clippy::unused_async, reason = "stub")]
    pub(crate) async fn settle(&self) {}
}

impl<S: AsyncRead + Unpin> AsyncRead for Observed<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Observed<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

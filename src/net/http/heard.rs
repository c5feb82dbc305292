//! A response's header as it came: hyper keeps neither the letters of the names nor the order of repeated ones.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Keeps what comes in through a [`Hearing`] until it is asked for, or until it is too much.
#[derive(Clone)]
pub(super) struct Heard {
    kept: Arc<Mutex<Option<Vec<u8>>>>,
    limit: usize,
}

impl Heard {
    /// Keeps at most `limit` bytes.
    pub(super) fn new(limit: usize) -> Self {
        Self { kept: Arc::new(Mutex::new(Some(Vec::new()))), limit }
    }

    /// The stream, listened to.
    pub(super) fn listen<S>(&self, stream: S) -> Hearing<S> {
        Hearing { inner: stream, heard: self.clone() }
    }

    /// The fields of the final response's header, and no more is kept. None when they cannot be told.
    pub(super) fn fields(&self, most: usize) -> Option<Vec<(String, String)>> {
        let bytes = self.kept.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        let mut rest = bytes.as_slice();
        loop {
            let mut headers = vec![httparse::EMPTY_HEADER; most];
            let mut response = httparse::Response::new(&mut headers);
            let httparse::Status::Complete(length) = response.parse(rest).ok()? else { return None };
            if response.code.is_some_and(|code| code >= 200 || code == 101) {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                return Some(response.headers.iter().map(|field| (field.name.to_owned(), text(field.value))).collect());
            }
            rest = &rest[length..];
        }
    }

    fn note(&self, bytes: &[u8]) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        match kept.as_mut() {
            Some(so_far) if so_far.len() < self.limit => so_far.extend_from_slice(bytes),
            Some(_) | None => *kept = None,
        }
    }
}

/// A stream whose incoming bytes are heard.
pub(super) struct Hearing<S> {
    inner: S,
    heard: Heard,
}

impl<S: AsyncRead + Unpin> AsyncRead for Hearing<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        ready!(Pin::new(&mut this.inner).poll_read(cx, buf))?;
        this.heard.note(&buf.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Hearing<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}

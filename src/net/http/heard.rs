//! A response's header as it came: hyper keeps neither the letters of the names nor the order of repeated ones, and takes
//! any number of interim responses.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The most interim responses (1xx, RFC 9110 section 15.2) that are taken before the final one.
const MOST_INTERIM: usize = 100;

/// The most handed on in one read of a header. For each interim response hyper makes room for all the fields a header may
/// have; a large read full of them would hold everything else up for seconds.
const SIP: usize = 8 * 1024;

/// Keeps what comes in through a [`Hearing`] until it is asked for, or until it is too much.
#[derive(Clone)]
pub(super) struct Heard {
    kept: Arc<Mutex<Option<Vec<u8>>>>,
    limit: usize,
    interim: Arc<AtomicUsize>,
}

impl Heard {
    /// Keeps at most `limit` bytes.
    pub(super) fn new(limit: usize) -> Self {
        Self { kept: Arc::new(Mutex::new(Some(Vec::new()))), limit, interim: Arc::default() }
    }

    /// The stream, listened to.
    pub(super) fn listen<S>(&self, stream: S) -> Hearing<S> {
        Hearing { inner: stream, heard: self.clone() }
    }

    /// Counts the interim responses to the request, of which only so many are taken.
    pub(super) fn count_interim<B>(&self, request: &mut http::Request<B>) {
        let interim = self.interim.clone();
        hyper::ext::on_informational(request, move |_| {
            interim.fetch_add(1, Ordering::Relaxed);
        });
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

    fn is_awaiting_header(&self) -> bool {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).is_some()
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
        if this.heard.interim.load(Ordering::Relaxed) > MOST_INTERIM {
            let why = format!("more than {MOST_INTERIM} interim responses (1xx) came, and no final one");
            return Poll::Ready(Err(io::Error::other(why)));
        }
        if !this.heard.is_awaiting_header() {
            return Pin::new(&mut this.inner).poll_read(cx, buf);
        }
        let room = buf.remaining().min(SIP);
        let mut sip = ReadBuf::new(buf.initialize_unfilled_to(room));
        ready!(Pin::new(&mut this.inner).poll_read(cx, &mut sip))?;
        this.heard.note(sip.filled());
        let came = sip.filled().len();
        buf.advance(came);
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

//! A stream that tells every byte it really gave or took, and waits while it cannot be heard.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::sync::PollSender;

use super::report::Reporter;
use crate::contract::{NetEvent, NetFact};
use crate::model::{Closing, ConnId, Direction};

/// The most bytes one report carries; the figure `REPORT_QUEUE` counts on.
const CHUNK: usize = 64 * 1024;

/// A stream whose reads and writes are reported as they happen.
///
/// What was read is returned even while the channel is full; the report then stands in line, and nothing more is read
/// or written until it has been heard. So the order is kept, memory stays bounded and the peer is slowed down by the
/// transport itself. Only one task may use the stream, since only one can be woken when there is room again.
pub(crate) struct Observed<S> {
    inner: S,
    reporter: Reporter,
    conn: ConnId,
    channel: PollSender<NetEvent>,
    seen: Arc<Mutex<Seen>>,
}

/// What the stream and its [`Remainder`] both know.
#[derive(Default)]
struct Seen {
    unreported: VecDeque<NetEvent>,
    finished_in: bool,
    finished_out: bool,
    failure: Option<Closing>,
    is_over: bool,
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S> Observed<S> {
    /// Observes `stream`, whose conversation has been reported as opened under the name `conn`.
    pub(crate) fn new(stream: S, reporter: Reporter, conn: ConnId) -> Self {
        let channel = PollSender::new(reporter.channel());
        Self { inner: stream, reporter, conn, channel, seen: Arc::default() }
    }

    /// The conversation's name.
    pub(crate) fn conn(&self) -> ConnId {
        self.conn
    }

    /// The reporter it tells through.
    pub(crate) fn reporter(&self) -> &Reporter {
        &self.reporter
    }

    /// What can be said of the conversation once the stream has been given away.
    pub(crate) fn remainder(&self) -> Remainder {
        Remainder { reporter: self.reporter.clone(), seen: self.seen.clone() }
    }

    /// The duty to tell the conversation's end, for whoever gives the stream away and has it; take it once.
    pub(crate) fn afterword(&self) -> Afterword {
        Afterword { remainder: self.remainder(), conn: self.conn, is_told: false }
    }

    fn note(&self, fact: NetFact) {
        let event = self.reporter.event(fact);
        let mut seen = lock(&self.seen);
        if !seen.is_over {
            seen.unreported.push_back(event);
        }
    }

    fn note_bytes(&self, direction: Direction, bytes: &[u8]) {
        for chunk in bytes.chunks(CHUNK) {
            self.note(NetFact::Data(self.conn, direction, Bytes::copy_from_slice(chunk)));
        }
    }

    fn note_finished(&self, direction: Direction) {
        let mut seen = lock(&self.seen);
        let finished = match direction {
            Direction::In => &mut seen.finished_in,
            Direction::Out => &mut seen.finished_out,
        };
        if !std::mem::replace(finished, true) {
            drop(seen);
            self.note(NetFact::Finished(self.conn, direction));
        }
    }

    fn note_failure(&self, error: &io::Error) {
        lock(&self.seen).failure.get_or_insert_with(|| closing_of(error));
    }

    /// Ready when nothing is unreported. Holds a place in the channel only while something is.
    fn poll_report(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while !lock(&self.seen).unreported.is_empty() {
            if ready!(self.channel.poll_reserve(cx)).is_err() {
                lock(&self.seen).unreported.clear();
                break;
            }
            let next = lock(&self.seen).unreported.pop_front();
            match next {
                Some(event) => {
                    let _ = self.channel.send_item(event);
                }
                None => {
                    self.channel.abort_send();
                }
            }
        }
        Poll::Ready(())
    }
}

fn closing_of(error: &io::Error) -> Closing {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected};
    // Once a reset has come, finishing fails with ENOTCONN.
    if matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected) {
        Closing::ResetByPeer
    } else {
        Closing::Failed(error.to_string())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Observed<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_report(cx));
        let (before, room) = (buf.filled().len(), buf.remaining());
        if let Err(error) = ready!(Pin::new(&mut this.inner).poll_read(cx, buf)) {
            this.note_failure(&error);
            return Poll::Ready(Err(error));
        }
        let came = &buf.filled()[before..];
        if came.is_empty() && room > 0 {
            this.note_finished(Direction::In);
        }
        this.note_bytes(Direction::In, came);
        let _ = this.poll_report(cx);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Observed<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_report(cx));
        match ready!(Pin::new(&mut this.inner).poll_write(cx, &buf[..buf.len().min(CHUNK)])) {
            Ok(taken) => {
                this.note_bytes(Direction::Out, &buf[..taken]);
                let _ = this.poll_report(cx);
                Poll::Ready(Ok(taken))
            }
            Err(error) => {
                this.note_failure(&error);
                Poll::Ready(Err(error))
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_report(cx));
        Pin::new(&mut this.inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_report(cx));
        if !lock(&this.seen).finished_out {
            if let Err(error) = ready!(Pin::new(&mut this.inner).poll_shutdown(cx)) {
                this.note_failure(&error);
                return Poll::Ready(Err(error));
            }
            this.note_finished(Direction::Out);
            ready!(this.poll_report(cx));
        }
        Poll::Ready(Ok(()))
    }
}

/// What a stream that is gone could not report any more, and how its conversation ended.
#[derive(Clone)]
pub(crate) struct Remainder {
    reporter: Reporter,
    seen: Arc<Mutex<Seen>>,
}

impl Remainder {
    /// How the conversation ended, as far as its stream saw.
    pub(crate) fn closing(&self) -> Closing {
        let seen = lock(&self.seen);
        match &seen.failure {
            Some(failure) => failure.clone(),
            None if seen.finished_in && seen.finished_out => Closing::Orderly,
            None => Closing::Ours,
        }
    }

    /// Reports what is unreported. To be called when the stream has been dropped: while it lives it may itself stand in
    /// line for the channel, and would hold the place it is given.
    pub(crate) async fn settle(&self) {
        lock(&self.seen).is_over = true;
        let channel = self.reporter.channel();
        while !lock(&self.seen).unreported.is_empty() {
            // The place comes first, so that being cancelled while waiting for it loses nothing.
            let Ok(place) = channel.reserve().await else { return };
            if let Some(event) = lock(&self.seen).unreported.pop_front() {
                place.send(event);
            }
        }
    }
}

/// The duty to tell that a conversation is over. Dropped before that was done, it still tells that this node closed it.
pub(crate) struct Afterword {
    remainder: Remainder,
    conn: ConnId,
    is_told: bool,
}

impl Afterword {
    /// Reports what is unreported, then that the conversation is over. To be called when the stream has been dropped.
    pub(crate) async fn closed(mut self) {
        let closing = self.remainder.closing();
        finish(&self.remainder, self.conn, closing).await;
        self.is_told = true;
    }
}

async fn finish(remainder: &Remainder, conn: ConnId, closing: Closing) {
    remainder.settle().await;
    remainder.reporter.tell(NetFact::Closed(conn, closing)).await;
}

impl Drop for Afterword {
    fn drop(&mut self) {
        if self.is_told {
            return;
        }
        let (remainder, conn) = (self.remainder.clone(), self.conn);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { finish(&remainder, conn, Closing::Ours).await });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::sync::mpsc;
    use tokio::time::timeout;

    use super::*;
    use crate::model::NodeId;

    const CONN: ConnId = ConnId(9);

    fn observed(size: usize, slots: usize) -> (Observed<DuplexStream>, DuplexStream, mpsc::Receiver<NetEvent>) {
        let (near, far) = duplex(size);
        let (sender, receiver) = mpsc::channel(slots);
        (Observed::new(near, Reporter::new(NodeId(1), sender), CONN), far, receiver)
    }

    async fn next(events: &mut mpsc::Receiver<NetEvent>) -> NetFact {
        timeout(Duration::from_secs(10), events.recv()).await.expect("in time").expect("an event").fact
    }

    fn data(direction: Direction, bytes: &'static [u8]) -> NetFact {
        NetFact::Data(CONN, direction, Bytes::from_static(bytes))
    }

    #[tokio::test]
    async fn tells_what_was_read_and_written_in_order() {
        let (mut stream, mut far, mut events) = observed(1024, 16);
        far.write_all(b"ping").await.unwrap();
        let mut buffer = [0; 100];
        assert_eq!(stream.read(&mut buffer).await.unwrap(), 4);
        stream.write_all(b"pong").await.unwrap();
        stream.shutdown().await.unwrap();
        stream.shutdown().await.unwrap();
        drop(far);
        assert_eq!(stream.read(&mut buffer).await.unwrap(), 0);
        assert_eq!(stream.read(&mut buffer).await.unwrap(), 0);
        let afterword = stream.afterword();
        drop(stream);
        afterword.closed().await;
        for fact in [
            data(Direction::In, b"ping"),
            data(Direction::Out, b"pong"),
            NetFact::Finished(CONN, Direction::Out),
            NetFact::Finished(CONN, Direction::In),
            NetFact::Closed(CONN, Closing::Orderly),
        ] {
            assert_eq!(next(&mut events).await, fact);
        }
        assert!(events.try_recv().is_err(), "each end is told once");
    }

    #[tokio::test]
    async fn a_full_channel_stops_reading_and_nothing_is_lost() {
        let (mut stream, mut far, mut events) = observed(1 << 20, 1);
        let sent: Vec<u8> = (0..100_000_u32).map(|n| n as u8).collect();
        far.write_all(&sent).await.unwrap();
        drop(far);
        let mut buffer = [0; 1000];
        let mut read = 0;
        let mut progress = poll_once(&mut stream, &mut buffer);
        while let Poll::Ready(count) = progress {
            read += count;
            assert!(read <= 2000, "one report fits, one stands in line");
            progress = poll_once(&mut stream, &mut buffer);
        }
        assert_eq!(read, 2000);
        let reading = tokio::spawn(async move {
            let mut rest = Vec::new();
            stream.read_to_end(&mut rest).await.unwrap();
            let afterword = stream.afterword();
            drop(stream);
            afterword.closed().await;
            rest.len()
        });
        let mut heard = Vec::new();
        loop {
            let fact = next(&mut events).await;
            if let NetFact::Data(_, Direction::In, bytes) = fact {
                heard.extend_from_slice(&bytes);
            } else if fact != NetFact::Finished(CONN, Direction::In) {
                assert_eq!(fact, NetFact::Closed(CONN, Closing::Ours));
                break;
            }
        }
        assert_eq!(heard, sent);
        assert_eq!(reading.await.unwrap(), 98_000);
    }

    fn poll_once(stream: &mut Observed<DuplexStream>, buffer: &mut [u8]) -> Poll<usize> {
        let mut cx = Context::from_waker(std::task::Waker::noop());
        let mut buffer = ReadBuf::new(buffer);
        Pin::new(stream).poll_read(&mut cx, &mut buffer).map(|result| {
            result.unwrap();
            buffer.filled().len()
        })
    }

    #[tokio::test]
    async fn an_idle_stream_holds_no_place_in_the_channel() {
        let (mut stream, mut far, mut events) = observed(1024, 1);
        far.write_all(b"x").await.unwrap();
        assert_eq!(stream.read_u8().await.unwrap(), b'x');
        assert_eq!(next(&mut events).await, data(Direction::In, b"x"));
        assert!(stream.reporter().channel().try_reserve().is_ok());
    }

    #[tokio::test]
    async fn a_stream_dropped_before_it_could_report_still_has_the_last_word() {
        let (mut stream, mut far, mut events) = observed(1024, 1);
        let afterword = stream.afterword();
        let mut buffer = [0; 1];
        far.write_all(b"ab").await.unwrap();
        assert_eq!(stream.read(&mut buffer).await.unwrap(), 1);
        assert_eq!(stream.read(&mut buffer).await.unwrap(), 1);
        drop(stream);
        drop(afterword);
        assert_eq!(next(&mut events).await, data(Direction::In, b"a"));
        assert_eq!(next(&mut events).await, data(Direction::In, b"b"));
        assert_eq!(next(&mut events).await, NetFact::Closed(CONN, Closing::Ours));
    }

    #[tokio::test]
    async fn a_small_read_into_a_big_buffer_keeps_only_its_bytes() {
        let (mut stream, mut far, mut events) = observed(200_000, 16);
        far.write_all(&vec![7; 150_000]).await.unwrap();
        let mut buffer = vec![0; 150_000];
        assert_eq!(stream.read(&mut buffer).await.unwrap(), 150_000);
        for size in [CHUNK, CHUNK, 150_000 - 2 * CHUNK] {
            let NetFact::Data(_, _, bytes) = next(&mut events).await else { panic!("data") };
            assert_eq!(bytes.len(), size);
            assert!(bytes.is_unique());
        }
    }
}

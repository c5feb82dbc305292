//! The pump of one stream connection: it moves bytes both ways, tells of them, and asks the behaviour what to answer.

use std::future::poll_fn;
use std::io;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use super::alarms::Alarms;
use super::child::{ProgramEvent, RunningProgram};
use super::crowd::Crowd;
use super::outbox::{Ending, Errand, Item, Outbox, Unsent};
use super::permit::Permits;
use super::report::Reporter;
use super::{scratch, words};
use crate::behaviour::Happened;
use crate::contract::NetFact;
use crate::model::{Closing, ConnId, Direction};

/// The most moved by one read or write, and so the most told at once, bytes.
const CHUNK: usize = 64 << 10;

/// How long a connection that we close waits for the other end's FIN. Dropping it at once would answer bytes still on
/// their way with a reset, and the other end could lose what we sent last (RFC 9293 section 3.6.1).
const LINGER: Duration = Duration::from_secs(1);

/// What carries a stream connection.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {
    /// Makes the coming drop a reset.
    fn arm_reset(&self) -> Reset;

    /// Finishes our direction; fails when the connection is gone already.
    fn poll_finish(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self).poll_shutdown(cx)
    }

    /// How the connection has ended when that failed on it.
    fn closing(&self, error: &io::Error) -> Closing;
}

/// Whether a wire can be reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reset {
    /// Dropping it now sends RST.
    Armed,
    /// Its transport has no reset.
    Unknown,
}

/// One connection and all that moves it.
pub(crate) struct Connection<W> {
    conn: ConnId,
    wire: W,
    reporter: Reporter,
    permits: Permits,
    crowd: Arc<Crowd>,
    outbox: Arc<Outbox>,
    alarms: Alarms<()>,
    program: Option<Box<RunningProgram>>,
    inward: Inward,
    outward: Outward,
    /// Set when our FIN is out and the connection is given up: ends the wait for the other end's.
    leaving: Option<Pin<Box<Sleep>>>,
    turn: Turn,
    flushing: Flushing,
}

#[derive(Debug, PartialEq, Eq)]
enum Inward {
    Open,
    Finished,
}

#[derive(Debug, PartialEq, Eq)]
enum Outward {
    Open,
    Finished,
    /// Writing failed; what has come already is still read.
    Broken(Closing),
}

/// Which direction is served first, in turn, so that neither starves the other.
#[derive(Debug, Clone, Copy)]
enum Turn {
    Read,
    Write,
}

/// Whether the wire may hold bytes back (TLS does).
#[derive(Debug, PartialEq, Eq)]
enum Flushing {
    Done,
    Due,
}

/// What a pump wakes up for.
enum Happening {
    Told(Ending),
    Errand(Errand),
    Read(Bytes),
    PeerFinished,
    PeerCutShort,
    Wrote,
    Drained,
    WeFinished,
    CloseDue,
    WriteBroke(Closing),
    Ended(Closing),
    Woken,
    Program(ProgramEvent),
    LingeredEnough,
    NobodyListens,
}

impl<W: Wire> Connection<W> {
    /// A connection whose `Opened` has been told and whose box is the crowd's.
    pub(crate) fn new(conn: ConnId, wire: W, reporter: Reporter, crowd: Arc<Crowd>, outbox: Arc<Outbox>) -> Self {
        Self {
            conn,
            wire,
            permits: Permits::new(reporter.clone()),
            reporter,
            crowd,
            outbox,
            alarms: Alarms::new(),
            program: None,
            inward: Inward::Open,
            outward: Outward::Open,
            leaving: None,
            turn: Turn::Read,
            flushing: Flushing::Done,
        }
    }

    /// Moves bytes until the connection ends, which is told; says how.
    pub(crate) async fn run(mut self, peer: &str) -> Closing {
        self.ask(Happened::Opened(peer)).await;
        loop {
            let happening = poll_fn(|cx| self.poll_next(cx)).await;
            if let ControlFlow::Break(closing) = self.handle(happening).await {
                return self.end(closing).await;
            }
        }
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Happening> {
        match self.outbox.look(cx.waker()) {
            (Some(ending), _) => return Poll::Ready(Happening::Told(ending)),
            (None, Some(errand)) => return Poll::Ready(Happening::Errand(errand)),
            (None, None) => {}
        }
        if self.alarms.poll(cx).is_ready() {
            return Poll::Ready(Happening::Woken);
        }
        if self.leaving.as_mut().is_some_and(|sleep| sleep.as_mut().poll(cx).is_ready()) {
            return Poll::Ready(Happening::LingeredEnough);
        }
        if let Poll::Ready(event) = self.poll_program(cx) {
            return Poll::Ready(Happening::Program(event));
        }
        let (wants_read, wants_write) = (self.wants_read(), self.wants_write());
        if !wants_read && !wants_write {
            self.permits.leave();
        }
        let first = self.turn;
        self.turn = first.other();
        for turn in [first, first.other()] {
            let polled = match turn {
                Turn::Read if wants_read => self.poll_read(cx),
                Turn::Write if wants_write => self.poll_write(cx),
                Turn::Read | Turn::Write => Poll::Pending,
            };
            if polled.is_ready() {
                return polled;
            }
        }
        match &self.outward {
            Outward::Broken(closing) if !self.permits.is_waiting() => Poll::Ready(Happening::Ended(closing.clone())),
            Outward::Broken(_) | Outward::Open | Outward::Finished => Poll::Pending,
        }
    }

    fn wants_read(&self) -> bool {
        let is_behind = self.program.as_ref().is_some_and(|program| program.is_behind());
        let is_paused = match self.outward {
            Outward::Open | Outward::Finished => is_behind || self.crowd.is_backlogged(&self.outbox),
            Outward::Broken(_) => false,
        };
        self.inward == Inward::Open && !is_paused
    }

    fn wants_write(&self) -> bool {
        match self.outward {
            Outward::Open => self.flushing == Flushing::Due || self.outbox.front().is_some(),
            Outward::Finished => self.outbox.front().is_some(),
            Outward::Broken(_) => false,
        }
    }

    fn poll_program(&mut self, cx: &mut Context<'_>) -> Poll<ProgramEvent> {
        let is_backlogged = self.crowd.is_backlogged(&self.outbox);
        let Some(program) = &mut self.program else { return Poll::Pending };
        while program.poll_feed(cx).is_ready() {}
        if is_backlogged { Poll::Pending } else { program.poll_event(cx) }
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Happening> {
        let Ok(permit) = ready!(self.permits.poll(cx)) else { return Poll::Ready(Happening::NobodyListens) };
        let wire = &mut self.wire;
        let read = scratch::with(|scratch| {
            let mut buffer = ReadBuf::new(&mut scratch[..CHUNK]);
            let read = ready!(Pin::new(wire).poll_read(cx, &mut buffer));
            Poll::Ready(read.map(|()| Bytes::copy_from_slice(buffer.filled())))
        });
        let happening = match ready!(read) {
            Ok(bytes) if bytes.is_empty() => {
                self.permits.tell(permit, NetFact::Finished(self.conn, Direction::In));
                Happening::PeerFinished
            }
            Ok(bytes) => {
                self.permits.tell(permit, NetFact::Data(self.conn, Direction::In, bytes.clone()));
                Happening::Read(bytes)
            }
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                self.permits.tell(permit, NetFact::Finished(self.conn, Direction::In));
                Happening::PeerCutShort
            }
            Err(error) => Happening::Ended(self.wire.closing(&error)),
        };
        Poll::Ready(happening)
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Happening> {
        let Some(item) = self.outbox.front() else {
            ready!(Pin::new(&mut self.wire).poll_flush(cx)).ok();
            self.flushing = Flushing::Done;
            return Poll::Ready(Happening::Wrote);
        };
        if self.outward == Outward::Finished {
            self.outbox.pop();
            return Poll::Ready(Happening::CloseDue);
        }
        let Ok(permit) = ready!(self.permits.poll(cx)) else { return Poll::Ready(Happening::NobodyListens) };
        let acted = match &item {
            Item::Bytes(bytes) => {
                let part = &bytes[..bytes.len().min(CHUNK)];
                ready!(Pin::new(&mut self.wire).poll_write(cx, part))
            }
            Item::Finish | Item::Close => ready!(self.wire.poll_finish(cx)).map(|()| 0),
        };
        let count = match acted {
            Ok(count) => count,
            Err(error) => return Poll::Ready(Happening::WriteBroke(self.wire.closing(&error))),
        };
        Poll::Ready(match item {
            Item::Bytes(bytes) => {
                self.permits.tell(permit, NetFact::Data(self.conn, Direction::Out, bytes.slice(..count)));
                self.flushing = Flushing::Due;
                if self.outbox.advance(count) { Happening::Drained } else { Happening::Wrote }
            }
            Item::Finish => {
                self.permits.tell(permit, NetFact::Finished(self.conn, Direction::Out));
                self.outbox.pop();
                Happening::WeFinished
            }
            Item::Close => {
                self.permits.tell(permit, NetFact::Finished(self.conn, Direction::Out));
                self.outbox.pop();
                Happening::CloseDue
            }
        })
    }

    async fn handle(&mut self, happening: Happening) -> ControlFlow<Closing> {
        match happening {
            Happening::Told(Ending::Stop) | Happening::NobodyListens | Happening::LingeredEnough => {
                return ControlFlow::Break(Closing::Ours);
            }
            Happening::Told(Ending::Reset) => return ControlFlow::Break(Closing::ResetByUs),
            Happening::Ended(closing) => return ControlFlow::Break(closing),
            Happening::WriteBroke(closing) => self.outward = Outward::Broken(closing),
            Happening::WeFinished => return self.we_finished(),
            Happening::CloseDue => return self.close_due(),
            Happening::PeerFinished => return self.peer_finished().await,
            Happening::PeerCutShort => {
                self.note("the other end finished without TLS's closing message (close_notify)".into()).await;
                return self.peer_finished().await;
            }
            Happening::Read(bytes) if self.leaving.is_none() => self.ask(Happened::Data(&bytes)).await,
            Happening::Read(_) | Happening::Wrote => {}
            Happening::Drained => self.ask(Happened::Drained).await,
            Happening::Woken => self.ask(Happened::Woken).await,
            Happening::Errand(errand) => self.run_errand(errand).await,
            Happening::Program(event) => self.hear_program(event).await,
        }
        ControlFlow::Continue(())
    }

    fn we_finished(&mut self) -> ControlFlow<Closing> {
        self.outward = Outward::Finished;
        match self.inward {
            Inward::Finished => ControlFlow::Break(Closing::Orderly),
            Inward::Open => ControlFlow::Continue(()),
        }
    }

    fn close_due(&mut self) -> ControlFlow<Closing> {
        self.leaving = Some(Box::pin(sleep(LINGER)));
        self.we_finished()
    }

    async fn peer_finished(&mut self) -> ControlFlow<Closing> {
        self.inward = Inward::Finished;
        if self.outward == Outward::Finished {
            return ControlFlow::Break(Closing::Orderly);
        }
        self.ask(Happened::Finished).await;
        ControlFlow::Continue(())
    }

    async fn run_errand(&mut self, errand: Errand) {
        match errand {
            Errand::Wake(after) => {
                if self.alarms.set(after, ()).is_err() {
                    self.note("too many timers at once; one was not set".into()).await;
                }
            }
            Errand::Run(program) => match RunningProgram::start(&program) {
                Ok(running) => self.program = Some(Box::new(running)),
                Err(trouble) => {
                    self.note(trouble.to_string()).await;
                    self.ask(Happened::Exited).await;
                }
            },
            Errand::Feed(bytes) => {
                let fed = self.program.as_mut().map(|program| program.feed(bytes));
                if fed != Some(Ok(())) {
                    let why = "the program has ended, or reads no more".into();
                    self.reporter.tell(NetFact::Lost(Some(self.conn), 1, why)).await;
                }
            }
            Errand::EndFeed => {
                if let Some(program) = &mut self.program {
                    program.end_feed();
                }
            }
        }
    }

    async fn hear_program(&mut self, event: ProgramEvent) {
        match event {
            ProgramEvent::Output(bytes) => self.ask(Happened::Output(&bytes)).await,
            ProgramEvent::Complaint(bytes) => {
                let text = String::from_utf8_lossy(&bytes);
                self.note(format!("the program complains: {}", text.trim_end())).await;
            }
            ProgramEvent::Exited(status) => {
                self.program = None;
                let how = status.map_or_else(|error| words::why(&error), |status| status.to_string());
                self.note(format!("the program ended: {how}")).await;
                self.ask(Happened::Exited).await;
            }
        }
    }

    /// Tells the behaviour, passes its replies on, and tells what is to be told of that.
    async fn ask(&mut self, what: Happened<'_>) {
        let facts = self.crowd.happened(self.conn, what);
        tell_all(&self.reporter, facts).await;
    }

    async fn note(&mut self, words: String) {
        self.reporter.tell(NetFact::Note(Some(self.conn), words)).await;
    }

    /// Ends it so: tells what was never sent, lets the socket go, and tells that in the same breath.
    async fn end(mut self, closing: Closing) -> Closing {
        self.program = None;
        if let Some(unsent) = self.crowd.dismiss(self.conn) {
            self.reporter.tell(lost(Some(self.conn), unsent)).await;
        }
        let closing = self.prepare(closing).await;
        let facts = self.crowd.happened(self.conn, Happened::Closed);
        tell_all(&self.reporter, facts).await;
        let Ok(permit) = self.permits.take().await else { return closing };
        drop(self.wire);
        self.permits.tell(permit, NetFact::Closed(self.conn, closing.clone()));
        closing
    }

    async fn prepare(&mut self, closing: Closing) -> Closing {
        if closing == Closing::ResetByUs {
            if self.wire.arm_reset() == Reset::Unknown {
                self.note("a Unix socket knows no reset; it was closed".into()).await;
                return Closing::Ours;
            }
        } else if self.outward == Outward::Open {
            // One attempt: TLS says goodbye here, and what cannot be said at once is not waited for.
            poll_fn(|cx| {
                let _ = Pin::new(&mut self.wire).poll_shutdown(cx);
                Poll::Ready(())
            })
            .await;
        }
        closing
    }
}

impl Turn {
    fn other(self) -> Self {
        match self {
            Turn::Read => Turn::Write,
            Turn::Write => Turn::Read,
        }
    }
}

/// Messages that were still to be sent, as a fact.
pub(crate) fn lost(conn: Option<ConnId>, unsent: Unsent) -> NetFact {
    NetFact::Lost(conn, unsent.messages, format!("{} bytes were still to be sent when it ended", unsent.bytes))
}

async fn tell_all(reporter: &Reporter, facts: Vec<NetFact>) {
    for fact in facts {
        reporter.tell(fact).await;
    }
}

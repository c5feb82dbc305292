//! A program that runs for one connection: its input, output, complaints and end.

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::process::{ExitStatus, Stdio};
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout, Command};

use super::words;
use crate::behaviour::Program;
use crate::model::Trouble;

/// The most read from the program at once, bytes; what a pipe holds.
const CHUNK: usize = 64 << 10;

/// Bytes waiting for the program beyond which its connection stops reading.
const FEED_LIMIT: usize = 1 << 20;

/// What came from the program.
pub(crate) enum ProgramEvent {
    /// It wrote to its standard output.
    Output(Bytes),
    /// It wrote to its standard error.
    Complaint(Bytes),
    /// It ended, and all it wrote has been told.
    Exited(io::Result<ExitStatus>),
}

/// The running program; dropping it kills it.
pub(crate) struct RunningProgram {
    input: Option<ChildStdin>,
    output: Option<ChildStdout>,
    complaints: Option<ChildStderr>,
    end: Pin<Box<dyn Future<Output = io::Result<ExitStatus>> + Send>>,
    feed: VecDeque<Bytes>,
    feed_weight: usize,
    is_feed_ended: bool,
}

impl RunningProgram {
    /// Starts it.
    ///
    /// # Errors
    /// When there is no such program, or it may not be run.
    pub(crate) fn start(program: &Program) -> Result<Self, Trouble> {
        let mut command = Command::new(&program.name);
        command.args(&program.arguments).kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| not_started(&program.name, &error))?;
        let (input, output, complaints) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let end = Box::pin(async move { child.wait().await });
        let (feed, feed_weight, is_feed_ended) = (VecDeque::new(), 0, false);
        Ok(Self { input, output, complaints, end, feed, feed_weight, is_feed_ended })
    }

    /// Bytes for its input; once that has ended they go nowhere, and false says so.
    pub(crate) fn feed(&mut self, bytes: Bytes) -> Result<(), InputEnded> {
        if self.input.is_none() || self.is_feed_ended {
            return Err(InputEnded);
        }
        self.feed_weight += bytes.len();
        self.feed.push_back(bytes);
        Ok(())
    }

    /// The end of its input, after all that was fed.
    pub(crate) fn end_feed(&mut self) {
        self.is_feed_ended = true;
    }

    /// Whether it takes its input slower than that comes.
    pub(crate) fn is_behind(&self) -> bool {
        self.feed_weight > FEED_LIMIT
    }

    /// Writes to its input what it takes; says whether it took any.
    pub(crate) fn poll_feed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(input) = &mut self.input else { return Poll::Pending };
        let mut moved = Poll::Pending;
        while let Some(front) = self.feed.front_mut() {
            match Pin::new(&mut *input).poll_write(cx, front) {
                Poll::Pending => return moved,
                Poll::Ready(Ok(count)) if count > 0 => {
                    front.advance(count);
                    self.feed_weight -= count;
                    if front.is_empty() {
                        self.feed.pop_front();
                    }
                    moved = Poll::Ready(());
                }
                Poll::Ready(_) => {
                    self.feed.clear();
                    self.feed_weight = 0;
                    self.is_feed_ended = true;
                }
            }
        }
        if self.is_feed_ended {
            self.input = None;
            moved = Poll::Ready(());
        }
        moved
    }

    /// What comes from it next.
    pub(crate) fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<ProgramEvent> {
        if let Poll::Ready(Some(bytes)) = poll_pipe(&mut self.complaints, cx) {
            return Poll::Ready(ProgramEvent::Complaint(bytes));
        }
        if let Poll::Ready(Some(bytes)) = poll_pipe(&mut self.output, cx) {
            return Poll::Ready(ProgramEvent::Output(bytes));
        }
        if self.output.is_some() || self.complaints.is_some() {
            return Poll::Pending;
        }
        self.end.as_mut().poll(cx).map(ProgramEvent::Exited)
    }
}

/// The program's input has ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct InputEnded;

/// Reads from a pipe; None, and no pipe any more, when it has ended.
fn poll_pipe<P: AsyncRead + Unpin>(pipe: &mut Option<P>, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
    let Some(open) = pipe else { return Poll::Ready(None) };
    let read = super::scratch::with(|scratch| {
        let mut buffer = ReadBuf::new(&mut scratch[..CHUNK]);
        let read = ready!(Pin::new(open).poll_read(cx, &mut buffer));
        Poll::Ready(read.map(|()| Bytes::copy_from_slice(buffer.filled())))
    });
    match ready!(read) {
        Ok(bytes) if !bytes.is_empty() => Poll::Ready(Some(bytes)),
        Ok(_) | Err(_) => {
            *pipe = None;
            Poll::Ready(None)
        }
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the system's errors are many, and not ours")]
fn not_started(name: &str, error: &io::Error) -> Trouble {
    let (why, remedy) = match error.kind() {
        io::ErrorKind::NotFound => {
            ("there is no such program".to_owned(), "write its whole path, or a name found in PATH")
        }
        io::ErrorKind::PermissionDenied => ("it may not be run".to_owned(), "make it executable (chmod +x)"),
        _ => (words::why(error), ""),
    };
    Trouble::new("run", name, why, remedy)
}

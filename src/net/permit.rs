//! A place in the report queue, taken before an act so that the act is told in the same breath.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::sync::mpsc::error::{SendError, TrySendError};
use tokio::sync::mpsc::{OwnedPermit, Sender};

use super::report::Reporter;
use crate::contract::{NetEvent, NetFact};

/// A place in the queue.
pub(crate) type Permit = OwnedPermit<NetEvent>;

/// Nobody listens to reports any more: the program is ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unheard;

type Waiting = Pin<Box<dyn Future<Output = Result<Permit, SendError<()>>> + Send>>;

/// One task's way to places in the queue.
pub(crate) struct Permits {
    reporter: Reporter,
    channel: Sender<NetEvent>,
    spare: Spare,
    waiting: Option<Waiting>,
}

/// What is at hand for the next report: handles of the channel and places are counted by both its ends, so to take one
/// anew each time would cost more than the report.
enum Spare {
    Nothing,
    Handle(Sender<NetEvent>),
    Place(Permit),
}

impl Permits {
    /// Places for reports of the reporter's node.
    pub(crate) fn new(reporter: Reporter) -> Self {
        let channel = reporter.channel();
        Self { reporter, channel, spare: Spare::Nothing, waiting: None }
    }

    /// Takes a place, or waits for one. An unused place is given back by dropping it.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Permit, Unheard>> {
        if self.waiting.is_none() {
            let handle = match std::mem::replace(&mut self.spare, Spare::Nothing) {
                Spare::Place(permit) => return Poll::Ready(Ok(permit)),
                Spare::Handle(handle) => handle,
                Spare::Nothing => self.channel.clone(),
            };
            match handle.try_reserve_owned() {
                Ok(permit) => return Poll::Ready(Ok(permit)),
                Err(TrySendError::Closed(_)) => return Poll::Ready(Err(Unheard)),
                Err(TrySendError::Full(handle)) => self.waiting = Some(Box::pin(handle.reserve_owned())),
            }
        }
        let Some(waiting) = &mut self.waiting else { return Poll::Pending };
        let permit = ready!(waiting.as_mut().poll(cx));
        self.waiting = None;
        Poll::Ready(permit.map_err(|_| Unheard))
    }

    /// Takes a place, however long it takes.
    pub(crate) async fn take(&mut self) -> Result<Permit, Unheard> {
        std::future::poll_fn(|cx| self.poll(cx)).await
    }

    /// Keeps a place that was not needed for the next act of the same turn. Before the task waits it is to [`rest`], or
    /// it keeps the place from others.
    ///
    /// [`rest`]: Permits::rest
    pub(crate) fn keep(&mut self, permit: Permit) {
        self.spare = Spare::Place(permit);
    }

    /// Gives back the place that was kept; a place in the line of those who wait stays.
    pub(crate) fn rest(&mut self) {
        if let Spare::Place(permit) = std::mem::replace(&mut self.spare, Spare::Nothing) {
            self.spare = Spare::Handle(permit.release());
        }
    }

    /// Whether the queue was full at the last asking.
    pub(crate) fn is_waiting(&self) -> bool {
        self.waiting.is_some()
    }

    /// Leaves the line of those who wait. A task that waits for something else now must not keep a place from others.
    pub(crate) fn leave(&mut self) {
        self.waiting = None;
    }

    /// Tells a fact at the place taken for it.
    pub(crate) fn tell(&mut self, permit: Permit, fact: NetFact) {
        self.spare = Spare::Handle(permit.send(self.reporter.event(fact)));
    }
}

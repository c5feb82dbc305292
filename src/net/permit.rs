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
    /// A handle of the channel, for the next place: handles are counted by both ends, so to take one anew each time would
    /// cost more than the report.
    spare: Option<Sender<NetEvent>>,
    waiting: Option<Waiting>,
}

impl Permits {
    /// Places for reports of the reporter's node.
    pub(crate) fn new(reporter: Reporter) -> Self {
        let channel = reporter.channel();
        Self { reporter, channel, spare: None, waiting: None }
    }

    /// Takes a place, or waits for one. An unused place is given back by dropping it.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Permit, Unheard>> {
        if self.waiting.is_none() {
            let handle = self.spare.take().unwrap_or_else(|| self.channel.clone());
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

    /// Whether a place is free. All who report share one thread: until this one has acted and told, it stays so.
    pub(crate) fn has_place(&self) -> bool {
        self.waiting.is_none() && self.channel.capacity() > 0
    }

    /// Tells a fact at a place that is free; gives it back when there is none.
    pub(crate) fn try_tell(&mut self, fact: NetFact) -> Result<(), NetFact> {
        self.channel.try_send(self.reporter.event(fact)).map_err(|error| match error {
            TrySendError::Closed(event) | TrySendError::Full(event) => event.fact,
        })
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
        self.spare = Some(permit.send(self.reporter.event(fact)));
    }
}

//! How tasks tell what they saw: through one bounded channel, in the order in which it happened.
//!
//! All network tasks share one thread and the channel wakes waiting senders in order. So a task that
//! reports in the same breath as it acts, with no other `await` between, is heard in true order, and
//! a task that cannot report waits, so that the transport's own window slows the sender down.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::mpsc;

use crate::contract::{NetEvent, NetFact};
use crate::model::{ConnId, NodeId, Timestamp};

/// Reports waiting to be heard; with chunks of at most 64 KiB that is 64 MiB at worst. On a busy machine the listener may
/// not run for some milliseconds, in which hundreds of small messages pass; a shorter queue would stop them.
pub const REPORT_QUEUE: usize = 1024;

/// The wall clock, now.
pub fn now() -> Timestamp {
    // Not by way of a calendar: it is asked for each report.
    let nanoseconds = |time: Duration| i64::try_from(time.as_nanos()).unwrap_or(i64::MAX);
    Timestamp(match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => nanoseconds(since),
        Err(before) => -nanoseconds(before.duration()),
    })
}

/// Reports for one node.
#[derive(Debug, Clone)]
pub struct Reporter {
    node: NodeId,
    events: mpsc::Sender<NetEvent>,
    connections: Arc<AtomicU64>,
    steps: Steps,
}

/// Whether the steps of sockets are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Steps {
    Told,
    Untold,
}

impl Reporter {
    /// A reporter for the first node; others are made with [`Reporter::for_node`].
    pub fn new(node: NodeId, events: mpsc::Sender<NetEvent>) -> Self {
        Self { node, events, connections: Arc::new(AtomicU64::new(1)), steps: Steps::Told }
    }

    /// The same channel, for another node.
    #[must_use]
    pub fn for_node(&self, node: NodeId) -> Self {
        Self { node, ..self.clone() }
    }

    /// The same, for one who makes sockets for another's sake: their steps are not told.
    #[must_use]
    pub fn without_steps(&self) -> Self {
        Self { steps: Steps::Untold, ..self.clone() }
    }

    /// The node that reports.
    pub fn node(&self) -> NodeId {
        self.node
    }

    /// A name for a new conversation, used once in a run.
    pub fn new_conn(&self) -> ConnId {
        ConnId(self.connections.fetch_add(1, Ordering::Relaxed))
    }

    /// Stamps a fact with the node and the time, for a sender that polls.
    pub fn event(&self, fact: NetFact) -> NetEvent {
        NetEvent { at: now(), node: self.node, fact }
    }

    /// The channel itself, for a sender that polls.
    pub fn channel(&self) -> mpsc::Sender<NetEvent> {
        self.events.clone()
    }

    /// Tells what was seen, waiting while the listener is behind. The time is that of the call.
    /// When nobody listens any more the program is ending, and the report is dropped.
    pub async fn tell(&self, fact: NetFact) {
        if self.steps == Steps::Untold && matches!(fact, NetFact::Step(_)) {
            return;
        }
        let event = self.event(fact);
        let _ = self.events.send(event).await;
    }
}

//! The stream connections of one node, and the one behaviour that serves them all.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::outbox::{Ending, Errand, Outbox, Refusal, Unsent};
use super::report::{Reporter, now};
use crate::behaviour::{Behaviour, Event, Happened, Reply};
use crate::contract::{NetFact, To};
use crate::model::ConnId;

/// Bytes that may wait to be sent on one connection before it stops reading. An echo must hold what a client writes
/// before it reads (10 MB is a usual test); a stalled reader must not cost more than 16 MiB.
const PAUSE_READING: usize = 12 << 20;

/// When all connections of a node together hold this much, each may hold only [`PAUSE_READING_CROWDED`].
const CROWDED: usize = 128 << 20;
const PAUSE_READING_CROWDED: usize = 64 << 10;

/// Bytes waiting on a connection beyond which nobody's order to send is taken.
const SEND_LIMIT: usize = 16 << 20;

/// Bytes waiting on a connection beyond which it does not hear what others say: a slow reader of a chat.
const HEARSAY_LIMIT: usize = 1 << 20;

/// What a person orders of connections.
#[derive(Debug, Clone)]
pub(crate) enum Order {
    Send(Bytes),
    Finish,
    Close,
    Reset,
}

/// The connections, by name, each with its box.
pub(crate) struct Crowd {
    behaviour: Option<Mutex<Box<dyn Behaviour>>>,
    members: Mutex<BTreeMap<ConnId, Arc<Outbox>>>,
    /// The box of a client that is still connecting; what is ordered meanwhile waits in it.
    coming: Mutex<Option<Arc<Outbox>>>,
    together: Arc<AtomicUsize>,
}

impl Crowd {
    /// A server's crowd.
    pub(crate) fn served_by(behaviour: Box<dyn Behaviour>) -> Self {
        Self { behaviour: Some(Mutex::new(behaviour)), ..Self::unserved() }
    }

    /// The crowd of a server whose connections speak for themselves.
    pub(crate) fn unserved() -> Self {
        let (members, together) = (Mutex::default(), Arc::default());
        Self { behaviour: None, members, coming: Mutex::default(), together }
    }

    /// The crowd of one that a client is, before it is connected; what it says may be up to a behaviour.
    pub(crate) fn of_a_client(behaviour: Option<Box<dyn Behaviour>>) -> Self {
        let crowd = Self { behaviour: behaviour.map(Mutex::new), ..Self::unserved() };
        *lock(&crowd.coming) = Some(Arc::new(Outbox::new(crowd.together.clone())));
        crowd
    }

    /// A new connection's box.
    pub(crate) fn admit(&self, conn: ConnId) -> Arc<Outbox> {
        let coming = lock(&self.coming).take();
        let outbox = coming.unwrap_or_else(|| Arc::new(Outbox::new(self.together.clone())));
        lock(&self.members).insert(conn, outbox.clone());
        outbox
    }

    /// Takes a connection out; says what was never sent on it.
    pub(crate) fn dismiss(&self, conn: ConnId) -> Option<Unsent> {
        let outbox = lock(&self.members).remove(&conn)?;
        Some(outbox.shut()).filter(|unsent| unsent.messages > 0)
    }

    /// Gives up what waits for a connection that never came to be.
    pub(crate) fn despair(&self) -> Option<Unsent> {
        let outbox = lock(&self.coming).take()?;
        Some(outbox.shut()).filter(|unsent| unsent.messages > 0)
    }

    /// Whether a client is still connecting.
    pub(crate) fn is_coming(&self) -> bool {
        lock(&self.coming).is_some()
    }

    /// How many connections there are.
    pub(crate) fn len(&self) -> usize {
        lock(&self.members).len()
    }

    /// Whether a connection holds so much that it must not read more. What no behaviour answers adds nothing to what
    /// waits: a client reads on, or it and an echo would wait for each other for ever.
    pub(crate) fn is_backlogged(&self, outbox: &Outbox) -> bool {
        if self.behaviour.is_none() {
            return false;
        }
        let limit = if self.together.load(Ordering::Relaxed) > CROWDED { PAUSE_READING_CROWDED } else { PAUSE_READING };
        outbox.weight() > limit
    }

    /// Ends every connection now.
    pub(crate) fn end_all(&self) {
        for outbox in lock(&self.members).values() {
            outbox.end(Ending::Stop);
        }
    }

    /// Tells the behaviour what happened and passes on what it replies; gives what is to be told of that.
    pub(crate) fn happened(&self, conn: ConnId, what: Happened<'_>) -> Vec<NetFact> {
        let Some(behaviour) = &self.behaviour else { return Vec::new() };
        let replies = lock(behaviour).on(Event { conn, at: now(), what });
        replies.into_iter().filter_map(|reply| self.pass_on(conn, reply)).collect()
    }

    fn pass_on(&self, from: ConnId, reply: Reply) -> Option<NetFact> {
        let conn = match reply {
            Reply::Tell(conn, told) => return Some(NetFact::Replayed(conn, told)),
            Reply::Send(conn, _)
            | Reply::WakeAfter(conn, _)
            | Reply::Finish(conn)
            | Reply::Close(conn)
            | Reply::Reset(conn)
            | Reply::Run(conn, _)
            | Reply::Feed(conn, _)
            | Reply::EndFeed(conn) => conn,
        };
        // A connection that is gone wants nothing any more.
        let outbox = lock(&self.members).get(&conn).cloned()?;
        let passed = match reply {
            Reply::Send(_, bytes) if bytes.is_empty() => Ok(()),
            Reply::Send(_, bytes) if conn == from => outbox.send(bytes, SEND_LIMIT),
            Reply::Send(_, bytes) => outbox.send(bytes, HEARSAY_LIMIT),
            Reply::Finish(_) => outbox.finish(),
            Reply::Close(_) => {
                outbox.close();
                Ok(())
            }
            Reply::Reset(_) => {
                outbox.end(Ending::Reset);
                Ok(())
            }
            Reply::WakeAfter(_, after) => outbox.errand(Errand::Wake(after)),
            Reply::Run(_, program) => outbox.errand(Errand::Run(program)),
            Reply::Feed(_, bytes) => outbox.errand(Errand::Feed(bytes)),
            Reply::EndFeed(_) => outbox.errand(Errand::EndFeed),
            Reply::Tell(..) => Ok(()),
        };
        passed.err().map(|refusal| NetFact::Lost(Some(conn), 1, words(refusal).into()))
    }

    /// Carries a person's order out; says in a note or a loss what could not be.
    pub(crate) async fn order(&self, reporter: &Reporter, to: To, order: Order) {
        let chosen: Vec<(ConnId, Arc<Outbox>)> = match to {
            To::One(conn) => lock(&self.members).get(&conn).map(|outbox| (conn, outbox.clone())).into_iter().collect(),
            To::All => lock(&self.members).iter().map(|(conn, outbox)| (*conn, outbox.clone())).collect(),
        };
        if chosen.is_empty() {
            return reporter.tell(self.order_nobody(to, order)).await;
        }
        for (conn, outbox) in chosen {
            if let Err(refusal) = give(&outbox, order.clone()) {
                reporter.tell(refused(conn, &order, refusal)).await;
            }
        }
    }

    fn order_nobody(&self, to: To, order: Order) -> NetFact {
        let coming = lock(&self.coming).clone();
        match (to, coming) {
            (To::All, Some(outbox)) => match give(&outbox, order) {
                Ok(()) => NetFact::Note(None, "not connected yet; this waits until it is".into()),
                Err(refusal) => NetFact::Lost(None, 1, words(refusal).into()),
            },
            (To::One(conn), _) => {
                NetFact::Note(Some(conn), format!("this connection has ended; {} came too late", name(&order)))
            }
            (To::All, None) => NetFact::Note(None, format!("nobody is connected; {} went nowhere", name(&order))),
        }
    }
}

fn give(outbox: &Outbox, order: Order) -> Result<(), Refusal> {
    match order {
        Order::Send(bytes) if bytes.is_empty() => Ok(()),
        Order::Send(bytes) => outbox.send(bytes, SEND_LIMIT),
        Order::Finish => outbox.finish(),
        Order::Close => {
            outbox.close();
            Ok(())
        }
        Order::Reset => {
            outbox.end(Ending::Reset);
            Ok(())
        }
    }
}

fn refused(conn: ConnId, order: &Order, refusal: Refusal) -> NetFact {
    match order {
        Order::Send(_) => NetFact::Lost(Some(conn), 1, words(refusal).into()),
        Order::Finish | Order::Close | Order::Reset => NetFact::Note(Some(conn), words(refusal).into()),
    }
}

fn words(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Full => "too much waits to be sent already; the other end does not read fast enough",
        Refusal::Finished => "our direction has ended already (FIN); nothing more can be sent",
    }
}

/// What a person calls the order.
pub(crate) fn name(order: &Order) -> &'static str {
    match order {
        Order::Send(_) => "what was to be sent",
        Order::Finish => "the half-close",
        Order::Close => "the close",
        Order::Reset => "the reset",
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

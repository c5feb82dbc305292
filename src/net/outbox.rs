//! What one connection is still to do: bytes to send and errands, put in by anyone, taken out by its pump.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

use bytes::{Buf, Bytes};

use crate::behaviour::Program;

/// What an item weighs beside its bytes, so that many small ones are bounded too.
const ITEM_WEIGHT: usize = 64;

/// The most errands waiting; a connection takes them at once, so more means that a behaviour has lost its way.
const MOST_ERRANDS: usize = 1024;

/// Something to be sent, in order.
#[derive(Debug, Clone)]
pub(crate) enum Item {
    /// These bytes.
    Bytes(Bytes),
    /// The end of our direction (FIN).
    Finish,
    /// The end of our direction, after which the connection is given up.
    Close,
}

/// Something to be done apart from the bytes.
#[derive(Debug)]
pub(crate) enum Errand {
    /// Wake the behaviour after so long.
    Wake(Duration),
    /// Start a program.
    Run(Program),
    /// Give it bytes.
    Feed(Bytes),
    /// End its input.
    EndFeed,
}

/// An end that does not wait for what is still to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Close now.
    Stop,
    /// Reset now.
    Reset,
}

/// Why something was not put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Too much waits already.
    Full,
    /// Our direction has ended, or will before this could be sent.
    Finished,
}

/// Messages that were put in and never sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unsent {
    /// How many.
    pub messages: u64,
    /// Their bytes.
    pub bytes: usize,
}

/// The box itself, shared by the pump and all who order something of it.
#[derive(Debug)]
pub(crate) struct Outbox {
    inner: Mutex<Inner>,
    /// The weight of all boxes of one node together.
    together: Arc<AtomicUsize>,
}

#[derive(Debug, Default)]
struct Inner {
    items: VecDeque<Item>,
    weight: usize,
    is_finished: bool,
    errands: VecDeque<Errand>,
    ending: Option<Ending>,
    waker: Option<Waker>,
}

impl Outbox {
    pub(crate) fn new(together: Arc<AtomicUsize>) -> Self {
        Self { inner: Mutex::default(), together }
    }

    /// Puts bytes in, unless `limit` bytes or more wait already; so one message of any size always fits an empty box.
    pub(crate) fn send(&self, bytes: Bytes, limit: usize) -> Result<(), Refusal> {
        let mut inner = self.lock();
        if inner.is_finished {
            return Err(Refusal::Finished);
        }
        if inner.weight >= limit {
            return Err(Refusal::Full);
        }
        self.grow(&mut inner, bytes.len() + ITEM_WEIGHT);
        inner.items.push_back(Item::Bytes(bytes));
        wake(inner);
        Ok(())
    }

    /// Puts the end of our direction in.
    pub(crate) fn finish(&self) -> Result<(), Refusal> {
        let mut inner = self.lock();
        if inner.is_finished {
            return Err(Refusal::Finished);
        }
        inner.is_finished = true;
        inner.items.push_back(Item::Finish);
        wake(inner);
        Ok(())
    }

    /// Asks for the close after all that was put in before. Asking again changes nothing.
    pub(crate) fn close(&self) {
        let mut inner = self.lock();
        inner.is_finished = true;
        match inner.items.back_mut() {
            Some(Item::Close) => {}
            Some(last @ Item::Finish) => *last = Item::Close,
            Some(Item::Bytes(_)) | None => inner.items.push_back(Item::Close),
        }
        wake(inner);
    }

    /// Asks for an end at once; a reset is stronger than a stop.
    pub(crate) fn end(&self, ending: Ending) {
        let mut inner = self.lock();
        if inner.ending != Some(Ending::Reset) {
            inner.ending = Some(ending);
        }
        wake(inner);
    }

    /// Puts an errand in.
    pub(crate) fn errand(&self, errand: Errand) -> Result<(), Refusal> {
        let mut inner = self.lock();
        if inner.errands.len() >= MOST_ERRANDS {
            return Err(Refusal::Full);
        }
        inner.errands.push_back(errand);
        wake(inner);
        Ok(())
    }

    /// The pump's next look: an end asked for, then an errand; it will be woken when something is put in.
    pub(crate) fn look(&self, waker: &Waker) -> (Option<Ending>, Option<Errand>) {
        let mut inner = self.lock();
        if let Some(ending) = inner.ending {
            return (Some(ending), None);
        }
        match &mut inner.waker {
            Some(known) => known.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
        let errand = inner.errands.pop_front();
        (None, errand)
    }

    /// What is to be sent next.
    pub(crate) fn front(&self) -> Option<Item> {
        self.lock().items.front().cloned()
    }

    /// Notes that the system took `count` of the front's bytes; says whether none wait now.
    pub(crate) fn advance(&self, count: usize) -> bool {
        let mut inner = self.lock();
        let Some(Item::Bytes(bytes)) = inner.items.front_mut() else { return false };
        bytes.advance(count);
        let is_whole = bytes.is_empty();
        self.shrink(&mut inner, count);
        if is_whole {
            inner.items.pop_front();
            self.shrink(&mut inner, ITEM_WEIGHT);
        }
        !matches!(inner.items.front(), Some(Item::Bytes(_)))
    }

    /// Takes the front off.
    pub(crate) fn pop(&self) {
        let mut inner = self.lock();
        if let Some(Item::Bytes(bytes)) = inner.items.pop_front() {
            self.shrink(&mut inner, bytes.len() + ITEM_WEIGHT);
        }
    }

    /// The weight of all that waits, in bytes.
    pub(crate) fn weight(&self) -> usize {
        self.lock().weight
    }

    /// Empties the box and takes nothing more; says what was never sent.
    pub(crate) fn shut(&self) -> Unsent {
        let mut inner = self.lock();
        inner.is_finished = true;
        inner.errands.clear();
        inner.waker = None;
        let weight = inner.weight;
        self.shrink(&mut inner, weight);
        let messages = inner.items.iter().filter(|item| matches!(item, Item::Bytes(_))).count();
        inner.items.clear();
        Unsent { messages: messages as u64, bytes: weight.saturating_sub(messages * ITEM_WEIGHT) }
    }

    fn grow(&self, inner: &mut Inner, by: usize) {
        inner.weight += by;
        self.together.fetch_add(by, Ordering::Relaxed);
    }

    fn shrink(&self, inner: &mut Inner, by: usize) {
        inner.weight -= by;
        self.together.fetch_sub(by, Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes the pump with the lock given back.
fn wake(mut inner: MutexGuard<'_, Inner>) {
    let waker = inner.waker.take();
    drop(inner);
    if let Some(waker) = waker {
        waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outbox() -> (Outbox, Arc<AtomicUsize>) {
        let together = Arc::new(AtomicUsize::new(0));
        (Outbox::new(together.clone()), together)
    }

    #[test]
    fn one_message_of_any_size_fits_and_the_next_is_refused_until_there_is_room() {
        let (outbox, _) = outbox();
        assert_eq!(outbox.send(Bytes::from(vec![0; 5000]), 1000), Ok(()));
        assert_eq!(outbox.send(Bytes::from_static(b"x"), 1000), Err(Refusal::Full));
        assert!(!outbox.advance(4990));
        assert_eq!(outbox.send(Bytes::from_static(b"x"), 1000), Ok(()));
        assert!(!outbox.advance(10), "the second message still waits");
        assert!(outbox.advance(1));
    }

    #[test]
    fn what_was_never_sent_is_counted_and_the_common_weight_returns_to_nothing() {
        let (outbox, together) = outbox();
        outbox.send(Bytes::from_static(b"hello"), 1000).unwrap();
        outbox.send(Bytes::from_static(b"world"), 1000).unwrap();
        outbox.advance(2);
        outbox.close();
        assert_eq!(outbox.send(Bytes::from_static(b"late"), 1000), Err(Refusal::Finished));
        assert_eq!(outbox.shut(), Unsent { messages: 2, bytes: 8 });
        assert_eq!(together.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_close_takes_the_place_of_a_finish_that_was_not_sent_yet() {
        let (outbox, _) = outbox();
        outbox.finish().unwrap();
        outbox.close();
        outbox.close();
        assert!(matches!(outbox.front(), Some(Item::Close)));
        outbox.pop();
        assert!(outbox.front().is_none());
    }
}

//! Answers of one connection that go out in order, each after its delay, and the close behind them.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;

use super::Reply;
use crate::model::{ConnId, Timestamp};

/// The most answers that wait for their delays on one connection, and the most bytes of them. A peer
/// that asks faster than the delays let answers go is closed behind those that wait.
const MOST_WAITING: usize = 1000;
const MOST_WAITING_BYTES: usize = 1024 * 1024;

/// An answer: what to send (nothing when empty), after how long, and what then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parcel {
    pub(super) bytes: Bytes,
    pub(super) after: Duration,
    pub(super) then: Then,
}

/// What follows an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// The connection stays open.
    Stay,
    /// It is closed.
    Close,
}

/// The answers of one connection. One that is delayed holds up those behind it, as a server does that
/// works off one request after the other.
#[derive(Debug)]
pub(super) struct Outbox {
    conn: ConnId,
    waiting: VecDeque<(Timestamp, Parcel)>,
    bytes: usize,
    end: End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// More answers may follow.
    Open,
    /// No more are taken; the connection is closed when all that wait have gone.
    Coming,
    /// It has been closed.
    Reached,
}

impl Outbox {
    pub(super) fn new(conn: ConnId) -> Self {
        Self { conn, waiting: VecDeque::new(), bytes: 0, end: End::Open }
    }

    /// When the answer in front is due; there is one alarm under way for it.
    pub(super) fn alarm(&self) -> Option<Timestamp> {
        self.waiting.front().map(|(due, _)| *due)
    }

    /// Whether an answer put in now would go out.
    pub(super) fn is_open(&self) -> bool {
        self.end == End::Open
    }

    /// Takes one more answer.
    pub(super) fn put(&mut self, at: Timestamp, parcel: Parcel) -> Vec<Reply> {
        if self.end != End::Open {
            return Vec::new();
        }
        if self.waiting.len() >= MOST_WAITING || self.bytes >= MOST_WAITING_BYTES {
            return self.finish();
        }
        if self.waiting.is_empty() && parcel.after.is_zero() {
            return self.send(parcel);
        }
        let after = parcel.after;
        match parcel.then {
            Then::Stay => {}
            Then::Close => self.end = End::Coming,
        }
        self.bytes += parcel.bytes.len();
        self.waiting.push_back((at.plus(after), parcel));
        if self.waiting.len() == 1 { vec![Reply::WakeAfter(self.conn, after)] } else { Vec::new() }
    }

    /// The alarm for the answer in front has rung: it goes out, and those behind it that are due.
    pub(super) fn woken(&mut self, at: Timestamp) -> Vec<Reply> {
        let mut replies = Vec::new();
        let mut is_due = true;
        while is_due && self.end != End::Reached {
            let Some((_, parcel)) = self.waiting.pop_front() else { break };
            self.bytes -= parcel.bytes.len();
            replies.extend(self.send(parcel));
            is_due = self.alarm().is_some_and(|due| due <= at);
        }
        match self.waiting.front() {
            _ if self.end == End::Reached => self.waiting.clear(),
            // The clock may have been set back; nobody waits longer than was asked.
            Some((due, parcel)) => replies.push(Reply::WakeAfter(self.conn, due.since(at).min(parcel.after))),
            None if self.end == End::Coming => replies.extend(self.finish()),
            None => {}
        }
        replies
    }

    /// Closes the connection once all that waits has gone.
    pub(super) fn finish(&mut self) -> Vec<Reply> {
        if self.end == End::Reached {
            return Vec::new();
        }
        if !self.waiting.is_empty() {
            self.end = End::Coming;
            return Vec::new();
        }
        self.end = End::Reached;
        vec![Reply::Close(self.conn)]
    }

    fn send(&mut self, parcel: Parcel) -> Vec<Reply> {
        let mut replies = Vec::new();
        if !parcel.bytes.is_empty() {
            replies.push(Reply::Send(self.conn, parcel.bytes));
        }
        match parcel.then {
            Then::Stay => {}
            Then::Close => {
                self.end = End::Reached;
                replies.push(Reply::Close(self.conn));
            }
        }
        replies
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONN: ConnId = ConnId(1);

    fn parcel(text: &'static str, millis: u64) -> Parcel {
        Parcel { bytes: text.into(), after: Duration::from_millis(millis), then: Then::Stay }
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp(millis * 1_000_000)
    }

    fn sent(text: &'static str) -> Reply {
        Reply::Send(CONN, text.into())
    }

    fn wake(millis: u64) -> Reply {
        Reply::WakeAfter(CONN, Duration::from_millis(millis))
    }

    #[test]
    fn answers_keep_their_order_and_one_alarm_is_under_way() {
        let mut outbox = Outbox::new(CONN);
        assert_eq!(outbox.put(at(0), parcel("now", 0)), [sent("now")]);
        assert_eq!(outbox.put(at(0), parcel("late", 50)), [wake(50)]);
        assert_eq!(outbox.put(at(10), parcel("behind", 0)), []);
        assert_eq!(outbox.put(at(20), parcel("later", 100)), []);
        assert_eq!(outbox.finish(), []);
        assert_eq!(outbox.put(at(30), parcel("refused", 0)), []);
        assert_eq!(outbox.woken(at(50)), [sent("late"), sent("behind"), wake(70)]);
        assert_eq!(outbox.woken(at(120)), [sent("later"), Reply::Close(CONN)]);
        assert_eq!(outbox.finish(), []);
    }

    #[test]
    fn nothing_goes_out_behind_an_answer_that_closes() {
        let mut outbox = Outbox::new(CONN);
        assert_eq!(outbox.put(at(0), Parcel { then: Then::Close, ..parcel("bye", 5) }), [wake(5)]);
        assert_eq!(outbox.put(at(0), parcel("more", 0)), []);
        assert_eq!(outbox.woken(at(5)), [sent("bye"), Reply::Close(CONN)]);
        assert_eq!(outbox.put(at(6), parcel("more", 0)), []);
        assert_eq!(outbox.alarm(), None);
    }

    #[test]
    fn a_clock_set_back_makes_nobody_wait_longer() {
        let mut outbox = Outbox::new(CONN);
        assert_eq!(outbox.put(at(1_000_000), parcel("a", 10)), [wake(10)]);
        assert_eq!(outbox.put(at(1_000_000), parcel("b", 20)), []);
        assert_eq!(outbox.woken(at(0)), [sent("a"), wake(20)]);
        assert_eq!(outbox.woken(at(20)), [sent("b")]);
    }

    #[test]
    fn a_peer_that_asks_without_end_is_closed_behind_what_waits() {
        let mut outbox = Outbox::new(CONN);
        for _ in 0..2 * MOST_WAITING {
            outbox.put(at(0), parcel("x", 1));
        }
        assert_eq!(outbox.waiting.len(), MOST_WAITING);
        let replies = outbox.woken(at(1));
        assert_eq!(replies.len(), MOST_WAITING + 1);
        assert_eq!(replies.last(), Some(&Reply::Close(CONN)));
    }
}

//! The figures of one conversation, or of one node.

use std::time::Duration;

use super::course::Course;
use super::histogram::Histogram;
use crate::model::{Side, Timestamp};

/// How much went one way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    /// Frames that carry bytes.
    pub frames: u64,
    /// The bytes.
    pub bytes: u64,
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// When it began.
    pub began: Timestamp,
    /// When something last went.
    pub last: Timestamp,
    /// What the client sent; of a node, what it was sent.
    pub to_server: Share,
    /// What the server sent; of a node, what it sent.
    pub to_client: Share,
    /// Bytes both ways over time.
    pub course: Course,
    /// From request to response.
    pub round_trips: Histogram,
    /// One-way times from client to server; of a node, none.
    pub there: Histogram,
    /// One-way times from server to client; of a node, none.
    pub back: Histogram,
}

impl Account {
    /// Nothing yet.
    pub fn new(at: Timestamp) -> Self {
        Self {
            began: at,
            last: at,
            to_server: Share::default(),
            to_client: Share::default(),
            course: Course::new(at),
            round_trips: Histogram::default(),
            there: Histogram::default(),
            back: Histogram::default(),
        }
    }

    /// How much went both ways.
    pub fn total(&self) -> Share {
        let (there, back) = (self.to_server, self.to_client);
        Share { frames: there.frames + back.frames, bytes: there.bytes + back.bytes }
    }

    /// Bytes a second over its whole life; None of one that took no time.
    pub fn mean_rate(&self) -> Option<u64> {
        let life = self.last.since(self.began).as_secs_f64();
        (life > 0.0).then(|| (self.total().bytes as f64 / life).round() as u64)
    }

    /// Bytes went, from that side.
    pub(super) fn said(&mut self, from: Side, bytes: u64, at: Timestamp) {
        let share = match from {
            Side::Client => &mut self.to_server,
            Side::Server => &mut self.to_client,
        };
        share.frames += 1;
        share.bytes += bytes;
        self.last = self.last.max(at);
        self.course.add(at, bytes);
    }

    /// What that side sent took so long.
    pub(super) fn took(&mut self, from: Side, time: Duration) {
        match from {
            Side::Client => self.there.record(time),
            Side::Server => self.back.record(time),
        }
    }
}

//! One client as it is set up: its target, its payload and how it sends.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;

use super::Settings;
use crate::app::history::{History, Walk, Way};
use crate::app::text_field::TextField;
use crate::model::payload::{Fill, LineEnding, Notation, PayloadError, compose};
use crate::model::{Endpoint, EndpointError, NodeId, Scheme, Timestamp};

/// Payloads waiting for a connection; more than a hand could press meanwhile.
pub const WAITING_KEPT: usize = 1000;

/// Whether the payload has been sent as it stands; if so, typing begins a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Draft {
    /// It was edited since it was sent.
    Edited,
    /// It was sent.
    Sent,
}

/// Sending again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeat {
    /// How many more; None goes on until stopped.
    pub left: Option<u64>,
    /// The time between two; zero sends the next as soon as the one before has gone.
    pub every: Duration,
    /// What its alarms say, so that one set by an earlier repeat is known to be old.
    pub token: u64,
}

/// A file that is being read to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Its path, as written.
    pub path: String,
    /// The number of this read.
    pub number: u64,
    /// When it was asked for.
    pub began: Timestamp,
}

/// One client.
#[derive(Debug, Clone)]
pub struct Tab {
    /// Its node.
    pub node: NodeId,
    /// Where it connects to, as written.
    pub target: TextField,
    /// What it sends, as written.
    pub payload: TextField,
    /// Text or hex.
    pub notation: Notation,
    /// What is put behind each payload.
    pub ending: LineEnding,
    /// Whether the payload has been sent as it stands.
    pub draft: Draft,
    /// Own address, TLS, multicast.
    pub settings: Settings,
    /// Sending again and again, while it does.
    pub repeat: Option<Repeat>,
    /// The number of payloads sent; `{{counter}}` is one more.
    pub sent: u64,
    /// Rows scrolled back from the newest.
    pub scrolled: usize,
    /// The target it was last connected to.
    pub connected_to: Option<Endpoint>,
    /// When it began to connect last.
    pub began: Timestamp,
    /// A file that is being read.
    pub reading: Option<Reading>,
    /// A file's bytes, shown and not yet sent.
    pub file: Option<Bytes>,
    /// Payloads that wait for the connection.
    pub waiting: VecDeque<Bytes>,
    /// Bytes handed to the network and not yet taken by the system.
    pub outstanding: usize,
    walk: Walk,
    /// Whether what stood there before the walk through the history had been sent.
    unsent: Draft,
}

impl Tab {
    /// A client pointed at a target, with a word to send.
    pub fn new(node: NodeId, target: &str) -> Self {
        Self {
            node,
            target: TextField::new(target),
            payload: TextField::new("hello"),
            notation: Notation::Text,
            ending: LineEnding::Lf,
            draft: Draft::Sent,
            settings: Settings::default(),
            repeat: None,
            sent: 0,
            scrolled: 0,
            connected_to: None,
            began: Timestamp(0),
            reading: None,
            file: None,
            waiting: VecDeque::new(),
            outstanding: 0,
            walk: Walk::default(),
            unsent: Draft::Sent,
        }
    }

    /// Where it connects to.
    ///
    /// # Errors
    /// Says what is wrong with what is written.
    pub fn endpoint(&self) -> Result<Endpoint, EndpointError> {
        Endpoint::parse(self.target.text(), Scheme::Tcp)
    }

    /// The bytes that would be sent at that time, with that chance.
    ///
    /// # Errors
    /// Says where the payload is wrong, and why.
    pub fn compose(&self, at: Timestamp, seed: u64) -> Result<Bytes, PayloadError> {
        let fill = Fill { counter: self.sent + 1, at, seed };
        compose(self.payload.text(), self.notation, self.ending, &fill)
    }

    /// Remembers the payload as sent.
    pub(super) fn remember(&mut self, payloads: &mut History) {
        self.draft = Draft::Sent;
        payloads.push(self.payload.text());
    }

    /// Shows the payload sent before, or after, and at last what was being typed.
    pub(super) fn walk(&mut self, payloads: &History, way: Way) {
        if !self.walk.is_at(self.payload.text()) {
            self.unsent = self.draft;
        }
        if let Some(text) = self.walk.step(payloads, self.payload.text(), way) {
            self.payload.set(text);
            self.draft = if self.walk.is_at(self.payload.text()) { Draft::Edited } else { self.unsent };
        }
    }
}

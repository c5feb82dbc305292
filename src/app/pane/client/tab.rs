//! One client as it is set up: its target, its payload and how it sends.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;

use super::Settings;
use crate::app::text_field::TextField;
use crate::model::payload::{Fill, LineEnding, Notation, PayloadError, compose};
use crate::model::{Endpoint, EndpointError, NodeId, Scheme, Timestamp};

/// Payloads remembered for the up key.
const HISTORY_KEPT: usize = 200;

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
    history: Vec<String>,
    history_at: Option<usize>,
    /// What stood there before the history was gone into.
    unsent: (String, Draft),
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
            history: Vec::new(),
            history_at: None,
            unsent: (String::new(), Draft::Sent),
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

    /// Whether a payload was sent that can be taken again.
    pub fn has_history(&self) -> bool {
        !self.history.is_empty()
    }

    /// Remembers the payload as sent.
    pub(super) fn remember(&mut self) {
        let text = self.payload.text().to_owned();
        self.draft = Draft::Sent;
        self.history_at = None;
        if self.history.last() != Some(&text) && !text.is_empty() {
            self.history.push(text);
            if self.history.len() > HISTORY_KEPT {
                self.history.remove(0);
            }
        }
    }

    /// Shows the payload sent before.
    pub(super) fn older(&mut self) {
        let at = if let Some(at) = self.history_at {
            at.checked_sub(1)
        } else {
            self.unsent = (self.payload.text().to_owned(), self.draft);
            // The newest is what stands there already, right after it was sent.
            let shown = usize::from(self.history.last() == Some(&self.unsent.0));
            self.history.len().checked_sub(1 + shown)
        };
        if let Some(at) = at {
            self.recall(at);
        }
    }

    /// Shows a payload of the history, to be changed or sent as it is.
    fn recall(&mut self, at: usize) {
        self.history_at = Some(at);
        self.draft = Draft::Edited;
        self.payload.set(self.history[at].clone());
    }

    /// Shows the payload sent after, and at last what was being typed.
    pub(super) fn newer(&mut self) {
        let Some(at) = self.history_at else { return };
        if at + 1 < self.history.len() {
            self.recall(at + 1);
        } else {
            self.history_at = None;
            self.payload.set(std::mem::take(&mut self.unsent.0));
            self.draft = self.unsent.1;
        }
    }
}

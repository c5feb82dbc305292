//! What a lab's client is to say and hear: sent in its time, and what comes held against what was expected.

use std::time::Duration;

use regex::bytes::Regex;

use super::{Judged, Outcome};
use crate::app::Effect;
use crate::contract::{NetCommand, NetFact, To};
use crate::lab::{Client, Start, Then};
use crate::model::{Direction, NodeId};

/// Bytes received in which what is expected is looked for.
const HEARD: usize = 1024 * 1024;

/// A client's part of the lab, and how far it is.
#[derive(Debug)]
pub struct Talk {
    /// The client.
    pub node: NodeId,
    client: Client,
    patterns: Vec<Regex>,
    stage: Stage,
    /// What is sent next, and how often it was.
    send: usize,
    times: u32,
    /// When it is.
    due: Option<Duration>,
    /// What is expected next, and since when.
    expect: usize,
    since: Duration,
    heard: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It was not connected yet.
    Waiting,
    /// It was asked to connect.
    Connecting,
    /// It is connected.
    Talking,
    /// All was said and heard, or cannot be any more.
    Done,
}

impl Talk {
    /// A client that is not connected yet.
    pub fn new(node: NodeId, client: &Client) -> Self {
        let patterns = client.expects.iter().filter_map(|expect| Regex::new(&expect.pattern).ok()).collect();
        Self {
            node,
            client: client.clone(),
            patterns,
            stage: Stage::Waiting,
            send: 0,
            times: 0,
            due: None,
            expect: 0,
            since: Duration::ZERO,
            heard: Vec::new(),
        }
    }

    /// Whether it is that client's.
    pub fn is_named(&self, name: &str) -> bool {
        self.client.name == name
    }

    /// Whether it is to be connected now, which is said once.
    pub fn connects(&mut self) -> bool {
        let connects = self.stage == Stage::Waiting && self.client.start == Start::AtOnce;
        if connects {
            self.stage = Stage::Connecting;
        }
        connects
    }

    /// Whether it has come to its end; one that was never to begin has, too.
    pub fn is_done(&self) -> bool {
        match self.stage {
            Stage::Done => true,
            Stage::Talking | Stage::Connecting => self.has_said_all() && self.has_heard_all(),
            Stage::Waiting => self.client.start == Start::Waits,
        }
    }

    /// Whether it waits for something it expects.
    pub fn expects_more(&self) -> bool {
        !self.has_heard_all()
    }

    fn has_said_all(&self) -> bool {
        self.send >= self.client.sends.len()
    }

    fn has_heard_all(&self) -> bool {
        self.expect >= self.patterns.len()
    }

    /// When something of it is due.
    pub fn due(&self) -> Option<Duration> {
        if self.stage != Stage::Talking {
            return None;
        }
        self.due.into_iter().chain(self.deadline()).min()
    }

    /// Until when what is expected next is to come.
    fn deadline(&self) -> Option<Duration> {
        self.client.expects.get(self.expect).map(|expect| self.since + expect.within)
    }

    /// Follows what the network says of it.
    pub fn on_net(&mut self, fact: &NetFact, now: Duration) -> Vec<Judged> {
        match (fact, self.stage) {
            (NetFact::Opened { .. }, Stage::Waiting | Stage::Connecting) => {
                self.stage = Stage::Talking;
                self.since = now;
                self.due = self.client.sends.first().map(|send| now + send.after);
                Vec::new()
            }
            (NetFact::Data(_, Direction::In, bytes), Stage::Talking) => {
                self.heard.extend_from_slice(bytes);
                let judged = self.listen(now);
                self.heard.drain(..self.heard.len().saturating_sub(HEARD));
                judged
            }
            (NetFact::Closed(..) | NetFact::Stopped, Stage::Talking) => self.ends("the connection ended"),
            (NetFact::Failed(trouble), Stage::Connecting | Stage::Talking) => self.ends(&trouble.to_string()),
            _ => Vec::new(),
        }
    }

    /// Holds what was received against what is expected.
    fn listen(&mut self, now: Duration) -> Vec<Judged> {
        let mut judged = Vec::new();
        while let Some(pattern) = self.patterns.get(self.expect)
            && let Some(found) = pattern.find(&self.heard)
        {
            let end = found.end();
            judged.push(Judged {
                words: format!("{} received {:?}", self.client.name, pattern.as_str()),
                outcome: Outcome::Held,
            });
            self.heard.drain(..end);
            self.expect += 1;
            self.since = now;
        }
        judged
    }

    /// It cannot go on: what it still expected does not come.
    fn ends(&mut self, why: &str) -> Vec<Judged> {
        self.stage = Stage::Done;
        let name = &self.client.name;
        let left = self.patterns[self.expect..].iter().map(|pattern| Judged {
            words: format!("{name} did not receive {:?}: {why}", pattern.as_str()),
            outcome: Outcome::Failed,
        });
        let mut judged: Vec<Judged> = left.collect();
        if self.send < self.client.sends.len() {
            let left = self.client.sends.len() - self.send;
            judged.push(Judged { words: format!("{name} did not send {left} more: {why}"), outcome: Outcome::Failed });
        }
        self.expect = self.patterns.len();
        judged
    }

    /// Sends what is due, and judges what is late.
    pub fn advance(&mut self, now: Duration) -> (Vec<Effect>, Vec<Judged>) {
        let (mut effects, mut judged) = (Vec::new(), Vec::new());
        if self.stage != Stage::Talking {
            return (effects, judged);
        }
        while let Some(due) = self.due.filter(|due| *due <= now)
            && let Some(send) = self.client.sends.get(self.send)
        {
            effects.push(Effect::Net(NetCommand::Send(self.node, To::All, send.payload.clone())));
            self.times += 1;
            self.due = if self.times < send.times {
                Some(due + send.every)
            } else {
                (self.send, self.times) = (self.send + 1, 0);
                self.client.sends.get(self.send).map(|next| due + next.after)
            };
        }
        if self.deadline().is_some_and(|deadline| deadline <= now) {
            let pattern = self.patterns[self.expect].as_str();
            let within = crate::model::span(self.client.expects[self.expect].within);
            let words = format!("{} did not receive {pattern:?} within {within}", self.client.name);
            judged.push(Judged { words, outcome: Outcome::Failed });
            self.expect += 1;
            self.since = now;
            judged.extend(self.listen(now));
        }
        if self.has_said_all() && self.has_heard_all() {
            self.stage = Stage::Done;
            effects.extend(self.then());
        }
        (effects, judged)
    }

    fn then(&self) -> Option<Effect> {
        let command = match self.client.then {
            Then::Stay => return None,
            Then::Finish => NetCommand::Finish(self.node, To::All),
            Then::Close => NetCommand::Close(self.node, To::All),
            Then::Reset => NetCommand::Reset(self.node, To::All),
        };
        Some(Effect::Net(command))
    }
}

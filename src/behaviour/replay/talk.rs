//! One conversation being played: ours is said at its time, theirs is waited for and compared.

mod hearing;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::Role;
use crate::behaviour::{Carrier, Happened, Reply};
use crate::model::replay::{Answers, Manner, OnDifference, Pace, Replayed, Stopped, Tally, Verdict};
use crate::model::script::{Act, Cue, Script};
use crate::model::{ConnId, Side, Timestamp};

/// How long an answer may take, unless something else is asked.
const PATIENCE: Duration = Duration::from_secs(5);

/// After an answer that differs it may go on, for nobody knows its length: it has ended when nothing came for so long.
const QUIET: Duration = Duration::from_millis(100);

/// Bytes handed over and not taken yet; before more are said, these must have gone. Half of what a datagram socket
/// queues.
const WINDOW: usize = 512 * 1024;

/// What a message weighs beside its bytes, so that empty datagrams are waited for too.
const WEIGHT: usize = 64;

/// What is said this much too early is said in time: timers count milliseconds.
const EARLY: Duration = Duration::from_micros(500);

/// Datagrams that may overtake each other.
const OVERTAKEN: usize = 64;

/// A conversation that is played.
pub(super) struct Talk {
    conn: ConnId,
    script: Arc<Script>,
    own: Side,
    manner: Manner,
    carrier: Carrier,
    on_difference: OnDifference,
    /// The last cue at which the other end says something; of one that never does, nothing is compared.
    last_said: Option<usize>,
    /// Our next cue.
    next: usize,
    /// Where it ends: before the end where a server's client has finished early.
    ends_at: usize,
    /// Their next cue that was not heard yet.
    awaited: usize,
    /// Bytes of it that were heard.
    within: usize,
    /// Whether they are as recorded.
    likeness: Likeness,
    /// Their datagrams behind it that were heard already.
    overtook: BTreeSet<usize>,
    /// Since our last message an answer was not as recorded: where it ends is not known.
    astray: bool,
    /// From when times are counted: that moment, and its place in the script.
    anchor: (Timestamp, Duration),
    /// When we last said something, and its place in the script.
    said: Option<(Timestamp, Duration)>,
    /// When something last came, or went.
    last: Timestamp,
    /// When something last happened at all.
    seen: Timestamp,
    /// Bytes handed over and not taken yet.
    outstanding: usize,
    /// When we are woken.
    alarms: BTreeSet<Timestamp>,
    tally: Tally,
    stage: Stage,
    replies: Vec<Reply>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Playing,
    Over,
}

/// Whether what was heard of a message is what was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Likeness {
    #[default]
    Alike,
    Different,
}

/// What holds up our next cue.
enum Held {
    /// Nothing.
    Free,
    /// Its time has not come.
    Until(Timestamp),
    /// Something that may come at any time, but must until then; the rest is as when it does not.
    Awaiting(Option<Timestamp>),
}

impl Talk {
    pub(super) fn new(conn: ConnId, role: Role, at: Timestamp) -> Self {
        let Role { script, own, manner, carrier } = role;
        let says = |cue: &&Cue| cue.side == own && matches!(cue.act, Act::Say(..));
        let to_say = script.cues().iter().filter(says).count() as u64;
        let mut talk = Self {
            conn,
            last_said: script.cues().iter().rposition(|cue| cue.side != own && matches!(cue.act, Act::Say(..))),
            own,
            manner,
            carrier,
            on_difference: manner.on_difference(own),
            next: 0,
            ends_at: script.cues().len(),
            awaited: 0,
            within: 0,
            likeness: Likeness::Alike,
            overtook: BTreeSet::new(),
            astray: false,
            anchor: (at, Duration::ZERO),
            said: None,
            last: at,
            seen: at,
            outstanding: 0,
            alarms: BTreeSet::new(),
            tally: Tally { to_say, ..Tally::default() },
            stage: Stage::Playing,
            replies: Vec::new(),
            script,
        };
        talk.next = talk.cue_from(0, own);
        talk.awaited = talk.cue_from(0, own.other());
        talk
    }

    pub(super) fn on(&mut self, at: Timestamp, what: &Happened<'_>) -> Vec<Reply> {
        if self.stage == Stage::Playing {
            self.follow_clock(at);
            match what {
                Happened::Data(bytes) if self.last_said.is_some() => self.hear(at, bytes),
                Happened::Data(_) => self.last = at,
                Happened::Finished => self.finished(at),
                Happened::Woken => self.alarms.retain(|alarm| alarm.since(at) > EARLY),
                Happened::Drained => {
                    self.outstanding = 0;
                    self.last = at;
                }
                Happened::Closed => self.closed(),
                Happened::Opened(_) | Happened::Output(_) | Happened::Exited => {}
            }
            self.go_on(at);
        }
        std::mem::take(&mut self.replies)
    }

    /// When the clock was set back, all times that were noted are set back with it: no pause becomes longer.
    fn follow_clock(&mut self, at: Timestamp) {
        let back = self.seen.since(at);
        self.seen = at;
        if back.is_zero() {
            return;
        }
        let earlier = |time: Timestamp| Timestamp(time.0.saturating_sub(i64::try_from(back.as_nanos()).unwrap_or(0)));
        (self.anchor.0, self.last) = (earlier(self.anchor.0), earlier(self.last));
        self.said = self.said.map(|(said, place)| (earlier(said), place));
        self.alarms = self.alarms.iter().map(|alarm| earlier(*alarm)).collect();
    }

    /// The first cue of a side from there on; behind the last, the end.
    fn cue_from(&self, from: usize, side: Side) -> usize {
        let cues = self.script.cues();
        cues.iter().skip(from).position(|cue| cue.side == side).map_or(cues.len(), |at| from + at)
    }

    fn is_datagram(&self) -> bool {
        self.carrier == Carrier::Datagram
    }

    /// Whether our messages wait for what came before them.
    fn waits(&self) -> bool {
        let keeps_to_times = self.is_datagram() && self.own == Side::Client && self.manner.pace != Pace::Max;
        self.last_said.is_some() && self.manner.answers == Answers::AsFits && !keeps_to_times
    }

    /// Says what is due, and gives up what is overdue.
    fn go_on(&mut self, at: Timestamp) {
        while self.stage == Stage::Playing {
            match self.held(at) {
                Held::Until(due) => return self.wake(at, due),
                Held::Awaiting(None) => return,
                Held::Awaiting(Some(due)) if due.since(at) > EARLY => return self.wake(at, due),
                Held::Awaiting(Some(_)) => self.give_up(at),
                Held::Free => self.play(at),
            }
        }
    }

    fn held(&self, at: Timestamp) -> Held {
        let cues = self.script.cues();
        if self.lacks_an_answer() {
            return Held::Awaiting(if self.astray { Some(self.quiet()) } else { self.patience() });
        }
        let Some(cue) = cues[..self.ends_at].get(self.next) else {
            return if self.outstanding == 0 { Held::Free } else { Held::Awaiting(self.patience()) };
        };
        if self.outstanding >= WINDOW || (cue.act == Act::Reset && self.outstanding > 0) {
            return Held::Awaiting(self.patience());
        }
        if self.waits() && self.astray && self.quiet().since(at) > EARLY {
            return Held::Until(self.quiet());
        }
        let (moment, place) = self.anchor;
        let due = moment.plus(self.manner.pace.scaled(cue.at.saturating_sub(place)));
        if due.since(at) > EARLY { Held::Until(due) } else { Held::Free }
    }

    /// Whether something must be heard before our next cue, or before the end.
    fn lacks_an_answer(&self) -> bool {
        if self.next < self.script.cues().len() {
            self.waits() && self.awaited < self.next
        } else {
            self.last_said.is_some_and(|last| self.awaited <= last)
        }
    }

    /// When an answer that differs is taken to have ended: later where it paused when it was recorded.
    fn quiet(&self) -> Timestamp {
        let cues = self.script.cues();
        let pause = match (cues.get(self.awaited), self.awaited.checked_sub(1)) {
            (Some(cue), Some(before)) if self.awaited < self.next => cue.at.saturating_sub(cues[before].at),
            _ => Duration::ZERO,
        };
        self.last.plus(QUIET + pause)
    }

    /// Until when something must have come; None waits for ever. A server's client may take its time to begin.
    fn patience(&self) -> Option<Timestamp> {
        let is_client = self.own == Side::Client;
        let waits = is_client || self.within > 0 || self.outstanding > 0 || self.manner.patience.is_some();
        waits.then(|| self.last.plus(self.manner.patience.unwrap_or(PATIENCE)))
    }

    /// Sees to it that we are woken then, or before.
    fn wake(&mut self, at: Timestamp, due: Timestamp) {
        if self.alarms.first().is_none_or(|alarm| due < *alarm) {
            self.alarms.insert(due);
            self.replies.push(Reply::WakeAfter(self.conn, due.since(at)));
        }
    }

    /// Does what our next cue says; behind the last, all is over.
    fn play(&mut self, at: Timestamp) {
        if self.astray && self.waits() {
            // What came more than was recorded belongs to the answers before.
            self.astray = false;
            self.within = 0;
        }
        let script = self.script.clone();
        let Some(cue) = script.cues()[..self.ends_at].get(self.next) else {
            let is_early = self.next < script.cues().len();
            return self.end(is_early.then_some(Stopped::Closed));
        };
        match &cue.act {
            Act::Say(number, bytes) => {
                self.outstanding += bytes.len() + WEIGHT;
                self.tally.said += 1;
                self.tell(*number, self.own, Verdict::Said(bytes.len()));
                self.replies.push(Reply::Send(self.conn, bytes.clone()));
            }
            Act::Finish => self.replies.push(Reply::Finish(self.conn)),
            Act::Reset => self.replies.push(Reply::Reset(self.conn)),
        }
        self.said = Some((at, cue.at));
        self.last = at;
        self.next = self.cue_from(self.next + 1, self.own);
    }

    fn end(&mut self, stopped: Option<Stopped>) {
        if self.stage == Stage::Over {
            return;
        }
        self.stage = Stage::Over;
        self.tally.stopped = stopped;
        self.replies.push(Reply::Tell(self.conn, Replayed::Over(self.tally.clone())));
        // A server whose side of the recording was never closed leaves that to its client.
        if self.own == Side::Client || stopped.is_some() {
            self.replies.push(Reply::Close(self.conn));
        }
    }

    fn tell(&mut self, number: u64, from: Side, verdict: Verdict) {
        let told = Replayed::Message { number, of: self.script.messages(), from, verdict };
        self.replies.push(Reply::Tell(self.conn, told));
    }
}

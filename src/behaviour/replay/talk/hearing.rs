//! What the other end says, compared with what it said when it was recorded.

use bytes::Bytes;

use super::{Likeness, OVERTAKEN, Stage, Talk};
use crate::model::replay::{Difference, Missing, OnDifference, Stopped, Verdict};
use crate::model::script::{Act, Cue};
use crate::model::{Side, Timestamp};

impl Talk {
    /// Takes in what the other end says.
    pub(super) fn hear(&mut self, at: Timestamp, bytes: &Bytes) {
        self.last = at;
        if self.is_datagram() { self.hear_datagram(at, bytes) } else { self.hear_piece(at, bytes) }
    }

    /// Compares a datagram with the one recorded; those around it may have overtaken each other.
    fn hear_datagram(&mut self, at: Timestamp, bytes: &Bytes) {
        let script = self.script.clone();
        let theirs = self.own.other();
        let last = self.last_said.map_or(0, |last| last + 1);
        let coming = script.cues().iter().enumerate().take(last).skip(self.awaited);
        let coming = coming.filter(|(_, cue)| cue.side == theirs);
        let mut coming = coming.filter(|(index, _)| !self.overtook.contains(index)).take(OVERTAKEN);
        let same = coming.find(|(_, cue)| matches!(&cue.act, Act::Say(_, recorded) if recorded == bytes));
        if let Some((index, cue)) = same {
            self.alike(at, cue);
            self.overtook.insert(index);
        } else if let Some(cue @ Cue { act: Act::Say(number, recorded), .. }) = script.cues().get(self.awaited) {
            self.came(at, cue);
            self.differ(*number, first_difference(bytes, recorded));
            self.overtook.insert(self.awaited);
        } else {
            self.surplus(bytes.len());
        }
        while self.overtook.remove(&self.awaited) {
            self.awaited = self.cue_from(self.awaited + 1, theirs);
        }
    }

    /// Compares a piece of a stream with what was recorded, wherever that was cut.
    fn hear_piece(&mut self, at: Timestamp, bytes: &Bytes) {
        let script = self.script.clone();
        let mut rest = &bytes[..];
        while !rest.is_empty() && self.stage == Stage::Playing {
            let is_ahead = self.awaited > self.next;
            let Some(cue @ Cue { act: Act::Say(number, recorded), .. }) = script.cues().get(self.awaited) else {
                return self.surplus(rest.len());
            };
            let due = &recorded[self.within..];
            let length = due.len().min(rest.len());
            let at_byte = rest.iter().zip(due).position(|(is, was)| is != was);
            if self.waits() && is_ahead && (self.astray || (self.within == 0 && at_byte.is_some())) {
                return self.surplus(rest.len());
            }
            if let (Some(offset), Likeness::Alike) = (at_byte, self.likeness) {
                self.likeness = Likeness::Different;
                self.astray = true;
                self.differ(*number, Difference::Byte(self.within + offset, rest[offset], due[offset]));
            }
            self.within += length;
            rest = &rest[length..];
            if self.within == recorded.len() {
                match std::mem::take(&mut self.likeness) {
                    Likeness::Alike => self.alike(at, cue),
                    Likeness::Different => self.came(at, cue),
                }
                self.within = 0;
                self.awaited = self.cue_from(self.awaited + 1, cue.side);
            }
        }
    }

    /// A message of theirs has come as it was recorded.
    fn alike(&mut self, at: Timestamp, cue: &Cue) {
        let Act::Say(number, _) = &cue.act else { return };
        let times = self.said.filter(|_| self.own == Side::Client);
        let verdict = Verdict::Alike(times.map(|(said, place)| (at.since(said), cue.at.saturating_sub(place))));
        self.tally.alike += 1;
        self.tally.slower += u64::from(verdict.is_slower());
        self.tell(*number, cue.side, verdict);
        self.came(at, cue);
    }

    /// A message of theirs has come whole.
    fn came(&mut self, at: Timestamp, cue: &Cue) {
        self.said = None;
        if self.waits() {
            self.anchor = (at, cue.at);
        }
    }

    /// A message of theirs is not what was recorded.
    fn differ(&mut self, number: u64, difference: Difference) {
        self.tally.different += 1;
        self.tell(number, self.own.other(), Verdict::Different(difference));
        self.stop_at_difference();
    }

    /// More came than was recorded: told of the message before it, once.
    fn surplus(&mut self, bytes: usize) {
        if std::mem::replace(&mut self.astray, true) {
            return;
        }
        let before = self.script.cues().iter().take(self.awaited).rev().find_map(|cue| match cue.act {
            Act::Say(number, _) if cue.side != self.own => Some(number),
            Act::Say(..) | Act::Finish | Act::Reset => None,
        });
        // The message itself was counted when all of it had come.
        self.tally.alike -= u64::from(before.is_some() && self.tally.alike > 0);
        self.differ(before.unwrap_or(1), Difference::Longer(bytes));
    }

    fn stop_at_difference(&mut self) {
        if self.on_difference == OnDifference::Stop {
            self.end(Some(Stopped::Difference));
        }
    }

    /// The other end will say no more.
    pub(super) fn finished(&mut self, at: Timestamp) {
        self.last = at;
        while self.stage == Stage::Playing {
            let Some(cue) = self.script.cues().get(self.awaited).cloned() else { return };
            match cue.act {
                Act::Say(number, _) => {
                    // A client that asks no more is answered no more.
                    if self.own == Side::Server && self.within == 0 {
                        self.ends_at = self.ends_at.min(self.awaited);
                    }
                    self.not_come(number, Missing::Gone);
                }
                Act::Finish | Act::Reset if self.waits() => self.anchor = (at, cue.at),
                Act::Finish | Act::Reset => {}
            }
            self.awaited = self.cue_from(self.awaited + 1, cue.side);
        }
    }

    /// What was awaited has not come in time.
    pub(super) fn give_up(&mut self, at: Timestamp) {
        if !self.lacks_an_answer() {
            return self.end(Some(Stopped::NotTaken));
        }
        let until = self.next;
        let silence = Missing::Silence(at.since(self.last));
        while self.awaited < until && self.stage == Stage::Playing {
            let cue = self.script.cues()[self.awaited].clone();
            if let Act::Say(number, _) = cue.act {
                self.not_come(number, silence);
            }
            self.step_over(cue.side);
        }
        self.astray = true;
        // From here on times are counted anew.
        if let Some(cue) = self.script.cues().get(self.next).filter(|_| self.waits()) {
            self.anchor = (at, cue.at);
        }
    }

    fn step_over(&mut self, theirs: Side) {
        self.awaited = self.cue_from(self.awaited + 1, theirs);
        while self.overtook.remove(&self.awaited) {
            self.awaited = self.cue_from(self.awaited + 1, theirs);
        }
    }

    /// A message of theirs is not there, or not all of it.
    fn not_come(&mut self, number: u64, why: Missing) {
        let recorded = match &self.script.cues()[self.awaited].act {
            Act::Say(_, bytes) => bytes.len(),
            Act::Finish | Act::Reset => 0,
        };
        let heard = std::mem::take(&mut self.within);
        match (heard, std::mem::take(&mut self.likeness)) {
            (0, _) => {
                self.tally.missing += 1;
                self.tell(number, self.own.other(), Verdict::Missing(why));
                self.stop_at_difference();
            }
            (_, Likeness::Alike) => self.differ(number, Difference::Shorter(heard, recorded)),
            // That it differs was told when that was seen.
            (_, Likeness::Different) => {}
        }
    }

    /// The connection is gone.
    pub(super) fn closed(&mut self) {
        let rest = self.script.cues().iter().skip(self.awaited).filter(|cue| cue.side != self.own);
        let missing = rest.filter(|cue| matches!(cue.act, Act::Say(..))).count() as u64;
        self.tally.missing += missing - (self.overtook.len() as u64).min(missing);
        let is_played = self.tally.said == self.tally.to_say && self.tally.missing == 0;
        self.end((!is_played).then_some(Stopped::Closed));
    }
}

/// Where a datagram differs first from the recorded one, which it does.
fn first_difference(is: &[u8], was: &[u8]) -> Difference {
    match is.iter().zip(was).position(|(is, was)| is != was) {
        Some(offset) => Difference::Byte(offset, is[offset], was[offset]),
        None if is.len() < was.len() => Difference::Shorter(is.len(), was.len()),
        None => Difference::Longer(is.len() - was.len()),
    }
}

//! Keys pressed that begin others, and what can follow them.

use std::time::Duration;

use super::keymap::Press;
use super::{Alarm, Effect};

/// How long after a prefix its continuations are shown: hands that know them are faster.
const SHOWN_AFTER: Duration = Duration::from_millis(400);

/// Keys pressed that begin others.
#[derive(Debug, Default)]
pub struct Pending {
    typed: Vec<Press>,
    is_shown: bool,
    number: u64,
}

impl Pending {
    /// The keys, once what can follow is to be shown.
    pub fn shown(&self) -> Option<&[Press]> {
        (self.is_shown && !self.typed.is_empty()).then_some(&self.typed)
    }

    /// Takes the keys pressed so far; nothing is begun any more.
    pub fn take(&mut self) -> Vec<Press> {
        self.number += 1;
        std::mem::take(&mut self.typed)
    }

    /// Waits for what follows these keys.
    pub(super) fn wait(&mut self, typed: Vec<Press>) -> Vec<Effect> {
        // Once shown they stay so for the keys that follow.
        self.is_shown = self.is_shown && typed.len() > 1;
        self.typed = typed;
        vec![Effect::Wake { after: SHOWN_AFTER, alarm: Alarm::Continuations(self.number) }]
    }

    /// The wait with that number is over.
    pub(super) fn show(&mut self, number: u64) {
        self.is_shown = self.is_shown || number == self.number;
    }
}

/// Pressed keys as footers and help show them.
pub fn shown(typed: &[Press]) -> String {
    let shown: Vec<String> = typed.iter().map(|press| press.shown()).collect();
    shown.join(" ")
}

//! What a tap does, in the words in which a form and the file of the last session have it.

use serde::{Deserialize, Serialize};

use crate::contract::{Hold, Shaping, WhenDown};
use crate::filter::Filter;
use crate::impair::Impairment;

/// What is written in the filter's place when everything is held.
const ALL: &str = "all";

/// To refuse a client while the target is down.
pub(super) const REFUSE: &str = "refuse";

/// To hold it.
pub(super) const HOLD: &str = "hold";

/// A tap's shaping in words, without whether it is paused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Written {
    /// Its impairments, one a line.
    pub does: String,
    /// The filter of what is held; `all`, or empty for nothing.
    pub holds: String,
    /// Where chance begins.
    pub seed: u64,
    /// What is done while the target is down: `refuse` or `hold`.
    pub when_down: String,
}

impl Written {
    /// A shaping in words.
    pub fn of(shaping: &Shaping) -> Self {
        let Shaping { seed, impairments, hold, when_down, motion: _ } = shaping;
        let lines: Vec<String> = impairments.iter().map(ToString::to_string).collect();
        let holds = match hold {
            Hold::Nothing => String::new(),
            Hold::Everything => ALL.to_owned(),
            Hold::Matching(filter) => filter.to_string(),
        };
        let when_down = match when_down {
            WhenDown::Refuse => REFUSE,
            WhenDown::Hold => HOLD,
        };
        Self { does: lines.join("\n"), holds, seed: *seed, when_down: when_down.to_owned() }
    }

    /// How many bytes of words it has.
    pub fn length(&self) -> usize {
        self.does.len() + self.holds.len() + self.when_down.len()
    }

    /// What the words mean.
    ///
    /// # Errors
    /// Says what is wrong, in a sentence.
    pub fn read(&self) -> Result<Shaping, String> {
        let mut impairments = Vec::new();
        for (number, line) in self.does.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let read = Impairment::parse(line);
            impairments.push(read.map_err(|problem| format!("line {}: {}", number + 1, problem.words))?);
        }
        let hold = match self.holds.trim() {
            "" => Hold::Nothing,
            ALL => Hold::Everything,
            filter => Hold::Matching(Filter::parse(filter).map_err(|problem| problem.to_string())?.into()),
        };
        let when_down = if self.when_down == HOLD { WhenDown::Hold } else { WhenDown::Refuse };
        Ok(Shaping { seed: self.seed, impairments, hold, when_down, ..Shaping::default() })
    }
}

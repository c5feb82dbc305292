//! How a script is played, and what is told of it: message by message, and at the end.

use std::fmt;
use std::time::Duration;

use super::{Side, duration, span};

/// How much later than recorded an answer may come before that is told: this, and as long again as it took then.
const SLOWER_BY: Duration = Duration::from_millis(100);

/// The slowest and the fastest that a conversation is played.
const SPEEDS: (f64, f64) = (0.001, 1000.0);

/// How a script is played.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Manner {
    /// How fast.
    pub pace: Pace,
    /// What an answer that differs, or does not come, means; None leaves it to the side that is played: a client
    /// stops, a server goes on, for a live client seldom says the very same.
    pub on_difference: Option<OnDifference>,
    /// How long an answer may take; None leaves it to the side that is played.
    pub patience: Option<Duration>,
    /// Whether answers are waited for.
    pub answers: Answers,
}

/// How fast a script is played.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// So many times as fast as it was recorded.
    Scaled(f64),
    /// Without any pause.
    Max,
}

/// What follows when the other end does not do as recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDifference {
    /// The replay ends.
    Stop,
    /// It is told, and the replay goes on.
    Go,
}

/// Whether a message waits for the answers that came before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Answers {
    /// As it fits: it does, except that a client's datagrams keep to their times.
    #[default]
    AsFits,
    /// It does not.
    NotAwaited,
}

impl Default for Pace {
    fn default() -> Self {
        Pace::Scaled(1.0)
    }
}

impl Pace {
    /// Reads `2x`, `0.5x` or `max`.
    ///
    /// # Errors
    /// Says what would be a pace.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("max") {
            return Ok(Pace::Max);
        }
        let speed = text.strip_suffix(['x', 'X']).and_then(|number| number.parse::<f64>().ok());
        match speed {
            Some(speed) if (SPEEDS.0..=SPEEDS.1).contains(&speed) => Ok(Pace::Scaled(speed)),
            Some(_) => Err(format!("a speed is from {}x to {}x, or max", SPEEDS.0, SPEEDS.1)),
            None => Err(format!("{text:?} is no speed; write 1x, 2x, 0.5x or max")),
        }
    }

    /// How long a pause of the recording is now.
    pub fn scaled(self, pause: Duration) -> Duration {
        match self {
            Pace::Scaled(speed) => Duration::try_from_secs_f64(pause.as_secs_f64() / speed).unwrap_or(Duration::MAX),
            Pace::Max => Duration::ZERO,
        }
    }
}

impl OnDifference {
    /// By its name.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.trim() {
            "stop" => Ok(OnDifference::Stop),
            "go" => Ok(OnDifference::Go),
            other => Err(format!("write stop or go, not {other:?}")),
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            OnDifference::Stop => "stop",
            OnDifference::Go => "go",
        }
    }
}

impl Manner {
    /// What follows a difference when this side is played.
    pub fn on_difference(&self, own: Side) -> OnDifference {
        self.on_difference.unwrap_or(match own {
            Side::Client => OnDifference::Stop,
            Side::Server => OnDifference::Go,
        })
    }

    /// Takes one word of how it is played: `2x`, `max`, `stop`, `go`, or the patience: `5s`.
    ///
    /// # Errors
    /// Says what could stand there.
    pub fn take(&mut self, word: &str) -> Result<(), String> {
        if let Ok(pace) = Pace::parse(word) {
            self.pace = pace;
        } else if let Ok(on_difference) = OnDifference::parse(word) {
            self.on_difference = Some(on_difference);
        } else if let Ok(patience) = duration(word) {
            self.patience = Some(patience);
        } else {
            return Err(format!("{word:?} is not known; write a speed (2x, 0.5x, max), stop, go, or a patience (5s)"));
        }
        Ok(())
    }
}

/// What is told of a replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replayed {
    /// A message: its number, of how many, who said it, and how that went.
    Message {
        /// Its number in the recording, from 1.
        number: u64,
        /// How many there are.
        of: u64,
        /// Whose it is.
        from: Side,
        /// How it went.
        verdict: Verdict,
    },
    /// The replay is over.
    Over(Tally),
}

/// How it went with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It was said by us; so many bytes.
    Said(usize),
    /// It came as recorded; how long that took after ours before it, and how long it did when it was recorded.
    Alike(Option<(Duration, Duration)>),
    /// It came otherwise.
    Different(Difference),
    /// It did not come.
    Missing(Missing),
}

/// How a message differs from what was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// The first byte that is another: at which offset, what it is, what it was.
    Byte(usize, u8, u8),
    /// It ended early: so many bytes came, of so many.
    Shorter(usize, usize),
    /// It went on: so many bytes came beyond those recorded.
    Longer(usize),
}

/// Why a message did not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// It was waited for so long.
    Silence(Duration),
    /// The other end had finished sending, or was gone.
    Gone,
}

/// What has become of all messages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// Messages that were said by us.
    pub said: u64,
    /// Of how many.
    pub to_say: u64,
    /// Messages that came as recorded.
    pub alike: u64,
    /// Those of them that came later than they did.
    pub slower: u64,
    /// Messages that came otherwise.
    pub different: u64,
    /// Messages that did not come.
    pub missing: u64,
    /// Why it ended before its end.
    pub stopped: Option<Stopped>,
}

/// Why a replay ended before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// A difference, as was asked.
    Difference,
    /// What was to be said was not taken any more.
    NotTaken,
    /// The connection ended.
    Closed,
}

impl Replayed {
    /// Whether it is worth a note among the frames; that a message is as recorded shows by itself.
    pub fn is_notable(&self) -> bool {
        match self {
            Replayed::Message { verdict, .. } => match verdict {
                Verdict::Said(_) => false,
                Verdict::Alike(_) => verdict.is_slower(),
                Verdict::Different(_) | Verdict::Missing(_) => true,
            },
            Replayed::Over(_) => true,
        }
    }
}

impl Verdict {
    /// Whether it came much later than when it was recorded.
    pub fn is_slower(&self) -> bool {
        match self {
            Verdict::Alike(Some((took, was))) => *took > was.saturating_mul(2) + SLOWER_BY,
            Verdict::Alike(None) | Verdict::Said(_) | Verdict::Different(_) | Verdict::Missing(_) => false,
        }
    }

    /// Its name in JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Verdict::Said(_) => "said",
            Verdict::Alike(_) => "alike",
            Verdict::Different(_) => "different",
            Verdict::Missing(_) => "missing",
        }
    }
}

impl Stopped {
    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Stopped::Difference => "difference",
            Stopped::NotTaken => "not taken",
            Stopped::Closed => "closed",
        }
    }
}

impl Tally {
    /// Whether all was said and answered; what was answered otherwise counts as answered.
    pub fn is_whole(&self) -> bool {
        self.stopped.is_none() && self.missing == 0 && self.said == self.to_say
    }
}

impl fmt::Display for Replayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Replayed::Message { number, of, verdict, .. } => write!(f, "message {number} of {of} {verdict}"),
            Replayed::Over(tally) => tally.fmt(f),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Said(1) => f.write_str("was sent: 1 byte"),
            Verdict::Said(bytes) => write!(f, "was sent: {bytes} bytes"),
            Verdict::Alike(Some((took, was))) => {
                let how = if self.is_slower() { "came as recorded, but slower:" } else { "came as recorded," };
                write!(f, "{how} after {}, was {}", span(*took), span(*was))
            }
            Verdict::Alike(None) => f.write_str("came as recorded"),
            Verdict::Different(Difference::Byte(offset, is, was)) => {
                write!(f, "came otherwise: byte {offset} is 0x{is:02x}, was 0x{was:02x}")
            }
            Verdict::Different(Difference::Shorter(is, was)) => {
                write!(f, "came otherwise: it has {is} bytes, had {was}")
            }
            Verdict::Different(Difference::Longer(by)) => write!(f, "came otherwise: {by} bytes more than it had"),
            Verdict::Missing(Missing::Silence(patience)) => write!(f, "did not come within {}", span(*patience)),
            Verdict::Missing(Missing::Gone) => f.write_str("did not come: the other end had ended"),
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { said, to_say, alike, slower, different, missing, stopped } = self;
        match stopped {
            None => f.write_str("replayed: ")?,
            Some(Stopped::Difference) => f.write_str("replay stopped at a difference: ")?,
            Some(Stopped::NotTaken) => f.write_str("replay stopped, the other end reads no more: ")?,
            Some(Stopped::Closed) => f.write_str("replay ended with the connection: ")?,
        }
        write!(f, "{said} of {to_say} messages sent")?;
        let slower = if *slower > 0 { format!(" ({slower} slower)") } else { String::new() };
        let answers =
            [(alike, format!("as recorded{slower}")), (different, "otherwise".into()), (missing, "not at all".into())];
        let answers: Vec<String> =
            answers.into_iter().filter(|(count, _)| **count > 0).map(|(count, how)| format!("{count} {how}")).collect();
        if answers.is_empty() { Ok(()) } else { write!(f, "; answered: {}", answers.join(", ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manner_is_written_in_a_few_words() {
        let mut manner = Manner::default();
        for word in ["2x", "go", "300ms"] {
            manner.take(word).unwrap();
        }
        assert_eq!(manner.pace, Pace::Scaled(2.0));
        assert_eq!(manner.on_difference(Side::Client), OnDifference::Go);
        assert_eq!(manner.patience, Some(Duration::from_millis(300)));
        assert_eq!(Pace::parse("MAX"), Ok(Pace::Max));
        for wrong in ["0x", "-1x", "5000x", "fast", "2", "x", "NaNx", "infx"] {
            assert!(Pace::parse(wrong).is_err(), "{wrong}");
        }
        assert!(manner.take("halt").is_err_and(|why| why.contains("stop, go")));
    }

    #[test]
    fn what_is_told_is_told_in_a_sentence() {
        let verdict = Verdict::Different(Difference::Byte(12, 0x31, 0x30));
        let told = Replayed::Message { number: 3, of: 8, from: Side::Server, verdict };
        assert_eq!(told.to_string(), "message 3 of 8 came otherwise: byte 12 is 0x31, was 0x30");
        let tally = Tally { said: 4, to_say: 5, alike: 3, slower: 1, different: 1, missing: 0, stopped: None };
        let words = "replayed: 4 of 5 messages sent; answered: 3 as recorded (1 slower), 1 otherwise";
        assert_eq!(tally.to_string(), words);
        assert!(!tally.is_whole());
    }

    #[test]
    fn an_answer_is_slower_when_it_took_far_longer_than_it_did() {
        let alike = |took, was| Verdict::Alike(Some((Duration::from_millis(took), Duration::from_millis(was))));
        assert!(!alike(90, 1).is_slower());
        assert!(alike(200, 1).is_slower());
        assert!(!alike(1900, 1000).is_slower());
        assert!(alike(2200, 1000).is_slower());
    }
}

//! What is lost, and what losing means for a stream.

use std::time::Duration;

use super::Burst;
use super::chance::Draws;

/// How long TCP waits before it sends again what was lost the first time: Linux's least (`TCP_RTO_MIN`; RFC 6298 section
/// 2.4 would have a second). Each further loss doubles it (section 5.5).
pub(super) const RETRANSMISSION: Duration = Duration::from_millis(200);

/// Losses of one chunk in a row after which it passes all the same; by then it is half a minute late.
const MOST_IN_A_ROW: u32 = 7;

/// Where the model of bursts stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Weather {
    #[default]
    Good,
    Bad,
}

impl Weather {
    /// Goes on by one message; whether that is lost.
    pub(super) fn step(&mut self, burst: Burst, draws: &mut Draws) -> bool {
        let turns = match self {
            Self::Good => burst.enter,
            Self::Bad => burst.leave,
        };
        if turns.comes(draws) {
            *self = match self {
                Self::Good => Self::Bad,
                Self::Bad => Self::Good,
            };
        }
        *self == Self::Bad
    }
}

/// How much later a chunk comes that was lost once and, each time it is sent again, by `is_lost` once more.
pub(super) fn late(mut is_lost: impl FnMut() -> bool) -> Duration {
    let (mut late, mut wait) = (RETRANSMISSION, RETRANSMISSION);
    for _ in 1..MOST_IN_A_ROW {
        if !is_lost() {
            break;
        }
        wait *= 2;
        late += wait;
    }
    late
}

#[cfg(test)]
mod tests {
    use super::super::chance::{Chance, Source};
    use super::*;
    use crate::model::Side;

    #[test]
    fn bursts_are_as_long_and_as_many_as_asked() {
        let chance = |probability| Chance::new(probability).expect("a probability");
        let burst = Burst { enter: chance(0.02), leave: chance(0.25) };
        let source = Source { seed: 7, connection: 0, toward: Side::Server, place: 0 };
        let mut weather = Weather::default();
        let lost: Vec<bool> = (0..200_000).map(|message| weather.step(burst, &mut source.draws(message))).collect();
        let all = lost.iter().filter(|lost| **lost).count() as f64;
        let bursts = lost.windows(2).filter(|pair| !pair[0] && pair[1]).count() as f64;
        assert!((all / 200_000.0 - 0.02 / 0.27).abs() < 0.003, "{all} are lost");
        assert!((all / bursts - 4.0).abs() < 0.1, "{} in a row", all / bursts);
    }

    #[test]
    fn each_further_loss_doubles_the_wait() {
        let mut left = 2;
        let late = late(|| {
            left -= 1;
            left >= 0
        });
        assert_eq!(late, RETRANSMISSION * 7, "200, 400 and 800 ms");
        assert_eq!(super::late(|| true), RETRANSMISSION * 127);
    }
}

//! How long a message is delayed.

use std::f64::consts::TAU;
use std::time::Duration;

use super::chance::Draws;

/// The shape of Pareto's distribution: with 3 its variance is finite, as netem's table has it.
const PARETO_SHAPE: f64 = 3.0;

/// How a delay varies around its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Distribution {
    /// Anything from time − jitter to time + jitter is as likely.
    #[default]
    Uniform,
    /// Normal, with the jitter as its standard deviation; never less than nothing.
    Normal,
    /// Pareto, which has a long tail of late ones: never less than time − jitter, time on average.
    Pareto,
}

/// One delay.
pub(super) fn draw(time: Duration, jitter: Duration, distribution: Distribution, draws: &mut Draws) -> Duration {
    if jitter.is_zero() {
        return time;
    }
    let (time, jitter) = (time.as_secs_f64(), jitter.as_secs_f64());
    let seconds = match distribution {
        Distribution::Uniform => time + jitter * (2.0 * draws.unit() - 1.0),
        // Box and Muller (1958); 1 − u because the logarithm of 0 is none.
        Distribution::Normal => time + jitter * (-2.0 * (1.0 - draws.unit()).ln()).sqrt() * (TAU * draws.unit()).cos(),
        // The inverse of the distribution function. Its mean is shape / (shape − 1) times its least value, which is made
        // so that the mean lies one jitter above the least.
        Distribution::Pareto => {
            let least = jitter * (PARETO_SHAPE - 1.0);
            time - jitter - least + least / (1.0 - draws.unit()).powf(1.0 / PARETO_SHAPE)
        }
    };
    Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::chance::Source;
    use super::*;
    use crate::model::Side;

    const TIME: Duration = Duration::from_millis(50);
    const JITTER: Duration = Duration::from_millis(10);
    const COUNT: u64 = 20_000;

    /// Delays in milliseconds, the shortest first.
    fn drawn(distribution: Distribution) -> Vec<f64> {
        let source = Source { seed: 7, connection: 0, toward: Side::Server, place: 0 };
        let one = |message| draw(TIME, JITTER, distribution, &mut source.draws(message)).as_secs_f64() * 1000.0;
        let mut delays: Vec<f64> = (0..COUNT).map(one).collect();
        delays.sort_by(f64::total_cmp);
        delays
    }

    /// The largest distance of what was drawn from a distribution function (Kolmogorov and Smirnov), less what chance
    /// allows one time in a thousand.
    fn distance(delays: &[f64], function: impl Fn(f64) -> f64) -> f64 {
        let count = delays.len() as f64;
        let far = delays.iter().enumerate().map(|(at, delay)| {
            let expected = function(*delay);
            (expected - at as f64 / count).abs().max((expected - (at + 1) as f64 / count).abs())
        });
        far.fold(0.0, f64::max) - 1.95 / count.sqrt()
    }

    #[test]
    fn uniform_delays_are_spread_evenly_between_their_ends() {
        let delays = drawn(Distribution::Uniform);
        assert!(delays[0] >= 40.0 && delays[delays.len() - 1] <= 60.0);
        assert!(distance(&delays, |delay| (delay - 40.0) / 20.0) < 0.0);
    }

    #[test]
    fn normal_delays_have_the_jitter_as_their_deviation() {
        let delays = drawn(Distribution::Normal);
        let mean = delays.iter().sum::<f64>() / COUNT as f64;
        let deviation = (delays.iter().map(|delay| (delay - mean).powi(2)).sum::<f64>() / COUNT as f64).sqrt();
        assert!((mean - 50.0).abs() < 0.3 && (deviation - 10.0).abs() < 0.3, "{mean} {deviation}");
        let within = |deviations: f64| {
            delays.iter().filter(|delay| (*delay - 50.0).abs() < 10.0 * deviations).count() as f64 / COUNT as f64
        };
        assert!((within(1.0) - 0.6827).abs() < 0.015 && (within(2.0) - 0.9545).abs() < 0.01);
    }

    #[test]
    fn pareto_delays_have_a_least_value_and_a_long_tail() {
        let delays = drawn(Distribution::Pareto);
        assert!(delays[0] >= 40.0);
        assert!(distance(&delays, |delay| 1.0 - (20.0 / (delay - 20.0)).powi(3)) < 0.0);
        assert!(delays[delays.len() - 1] > 200.0, "one of many is very late");
    }
}

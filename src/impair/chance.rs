//! Chance that can be had again: a seed and a message give the same draws, whenever they are asked for.

use std::fmt;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use crate::model::Side;

/// A probability, from never to always.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Chance(f64);

impl Chance {
    /// A probability of `0..=1`; None outside of it.
    pub fn new(probability: f64) -> Option<Self> {
        (0.0..=1.0).contains(&probability).then_some(Self(probability))
    }

    /// How often of once.
    pub fn probability(self) -> f64 {
        self.0
    }

    /// One draw.
    pub(super) fn comes(self, draws: &mut Draws) -> bool {
        draws.unit() < self.0
    }
}

/// As a percentage: `5%`, `0.1%`.
impl fmt::Display for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Percents as they were written, without what binary fractions add.
        let percent = (self.0 * 1e11).round() / 1e9;
        write!(f, "{percent}%")
    }
}

/// Where the draws for one message come from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source {
    pub seed: u64,
    pub connection: u64,
    pub toward: Side,
    /// The impairment's place in its chain.
    pub place: u64,
}

/// The draws for one message by one impairment.
#[derive(Debug)]
pub(super) struct Draws(ChaCha8Rng);

impl Source {
    /// The draws for the message of that number. They hang on nothing else, so a change elsewhere changes none of them.
    pub(super) fn draws(self, message: u64) -> Draws {
        let toward = match self.toward {
            Side::Client => 0,
            Side::Server => 1,
        };
        let mut seed = [0; 32];
        let parts = [self.seed, self.connection << 1 | toward, self.place, message];
        for (bytes, part) in seed.chunks_exact_mut(8).zip(parts) {
            bytes.copy_from_slice(&part.to_le_bytes());
        }
        Draws(ChaCha8Rng::from_seed(seed))
    }
}

impl Draws {
    /// A number of `0..1`, uniform.
    pub(super) fn unit(&mut self) -> f64 {
        self.0.random()
    }

    /// A whole number below `end`, which is not 0, uniform.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0.random_range(0..end)
    }
}

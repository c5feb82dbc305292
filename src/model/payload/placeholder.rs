//! Placeholders: what `{{…}}` in a payload stands for at the moment of sending.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, RngExt, SeedableRng};
use uuid::Builder;

use super::{Fault, Fill, MAX_PAYLOAD, Notation};
use crate::model::visible;

/// Columns of an unknown placeholder's name in its message.
const NAME_SHOWN: usize = 24;

/// What a placeholder stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Placeholder {
    Counter,
    Time,
    Uuid,
    Random,
}

impl Placeholder {
    const ALL: [Placeholder; 4] = [Placeholder::Counter, Placeholder::Time, Placeholder::Uuid, Placeholder::Random];

    fn name(self) -> &'static str {
        match self {
            Placeholder::Counter => "counter",
            Placeholder::Time => "time",
            Placeholder::Uuid => "uuid",
            Placeholder::Random => "random",
        }
    }

    /// How it is written, with an argument where it takes one.
    fn example(self) -> &'static str {
        match self {
            Placeholder::Counter | Placeholder::Time | Placeholder::Uuid => self.name(),
            Placeholder::Random => "random 8",
        }
    }
}

/// Fills the placeholders of one payload, from left to right.
#[derive(Debug)]
pub(super) struct Filler {
    fill: Fill,
    chance: ChaCha8Rng,
}

impl Filler {
    pub(super) fn new(fill: Fill) -> Self {
        let mut chance = ChaCha8Rng::seed_from_u64(fill.seed);
        chance.set_stream(fill.counter);
        Self { fill, chance }
    }

    /// Adds the bytes that `inside`, the text between the braces, stands for.
    pub(super) fn fill(&mut self, inside: &str, notation: Notation, out: &mut Vec<u8>) -> Result<(), Fault> {
        let inside = inside.trim();
        let (name, argument) = inside.split_once(char::is_whitespace).unwrap_or((inside, ""));
        let Some(placeholder) = Placeholder::ALL.into_iter().find(|one| one.name() == name) else {
            let shown = visible::joined(&visible::text(inside, NAME_SHOWN));
            return Err(Fault::UnknownPlaceholder(shown, nearest(name).example()));
        };
        let argument = argument.trim();
        match placeholder {
            Placeholder::Random => self.random(random_length(argument)?, notation, out),
            Placeholder::Counter | Placeholder::Time | Placeholder::Uuid if !argument.is_empty() => {
                return Err(Fault::BadArgument(placeholder.example(), "nothing after the name"));
            }
            Placeholder::Counter => match notation {
                Notation::Text => out.extend(self.fill.counter.to_string().bytes()),
                Notation::Hex => out.extend(self.fill.counter.to_be_bytes()),
            },
            Placeholder::Time => match notation {
                Notation::Text => out.extend(self.fill.at.rfc3339().bytes()),
                Notation::Hex => out.extend(self.fill.at.0.to_be_bytes()),
            },
            Placeholder::Uuid => self.uuid(notation, out),
        }
        Ok(())
    }

    fn uuid(&mut self, notation: Notation, out: &mut Vec<u8>) {
        let mut random = [0; 16];
        self.chance.fill_bytes(&mut random);
        let uuid = Builder::from_random_bytes(random).into_uuid();
        match notation {
            Notation::Text => out.extend(uuid.to_string().bytes()),
            Notation::Hex => out.extend(uuid.as_bytes()),
        }
    }

    fn random(&mut self, length: usize, notation: Notation, out: &mut Vec<u8>) {
        match notation {
            Notation::Text => {
                out.extend((0..length).map(|_| self.chance.sample(rand::distr::Alphanumeric)));
            }
            Notation::Hex => {
                let start = out.len();
                out.resize(start + length, 0);
                self.chance.fill_bytes(&mut out[start..]);
            }
        }
    }
}

fn random_length(argument: &str) -> Result<usize, Fault> {
    let length = argument.parse().ok().filter(|length| (1..=MAX_PAYLOAD).contains(length));
    length.ok_or(Fault::BadArgument(Placeholder::Random.example(), "a number from 1 to 1048576"))
}

/// The placeholder whose name takes the fewest changes.
fn nearest(name: &str) -> Placeholder {
    let name: Vec<char> = name.to_lowercase().chars().take(NAME_SHOWN).collect();
    let distance = |one: &Placeholder| changes_between(&name, one.name());
    Placeholder::ALL.into_iter().min_by_key(distance).unwrap_or(Placeholder::Counter)
}

/// Levenshtein's distance: characters to insert, remove or replace.
fn changes_between(one: &[char], other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, c) in one.iter().enumerate() {
        let mut corner = index;
        row[0] = index + 1;
        for (column, d) in other.iter().enumerate() {
            let replaced = corner + usize::from(c != d);
            corner = row[column + 1];
            row[column + 1] = replaced.min(corner + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

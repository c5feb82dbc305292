//! What a bad network does to the messages that pass a tap.
//!
//! An [`Impairment`] is one thing done, toward one side or both, under conditions ([`When`]); it is written in a line of
//! words (`text`) and explained in [`KINDS`]. A [`Chain`] does all of them to one direction of one conversation: it is
//! told of a message on its arrival and says at once what leaves when, and what was done. Chance begins at a seed and the
//! clock is an argument, so the same seed and the same traffic give the same deeds.

mod bandwidth;
mod chain;
mod chance;
mod delay;
mod loss;
mod profile;
mod text;

use std::sync::Arc;
use std::time::Duration;

pub use chain::{Act, Chain, Departure, Ending, Medium, Passed, STALLED};
pub use chance::Chance;
pub use delay::Distribution;
pub use profile::{PROFILES, Profile, profile};

use crate::filter::Filter;
use crate::model::Side;

/// One thing done to what passes.
#[derive(Debug, Clone, PartialEq)]
pub struct Impairment {
    /// What is done.
    pub kind: Kind,
    /// To what goes which way.
    pub toward: Toward,
    /// To which messages.
    pub when: When,
}

/// Which directions are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Toward {
    /// What the client says.
    Server,
    /// What the server says.
    Client,
    /// All that is said.
    #[default]
    Both,
}

impl Toward {
    /// Whether what goes toward that side is meant.
    pub fn includes(self, side: Side) -> bool {
        match self {
            Self::Both => true,
            Self::Server => side == Side::Server,
            Self::Client => side == Side::Client,
        }
    }
}

/// What is done to a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// It leaves later. In a stream all that comes behind waits too; a datagram may overtake another.
    Delay {
        /// The middle of the delay.
        time: Duration,
        /// How far it varies; what that means, the distribution says.
        jitter: Duration,
        /// How it varies.
        distribution: Distribution,
    },
    /// No more bytes leave in a second than this: a token bucket (as in RFC 2697), whose tokens are bytes.
    Bandwidth {
        /// Bytes a second, at least 1.
        rate: u64,
        /// Bytes that may leave at once after a silence.
        burst: u64,
    },
    /// A datagram is gone. A chunk of a TCP stream comes later, as after a retransmission, and all behind it waits: the
    /// stream itself stays whole.
    Loss(Option<Burst>),
    /// A datagram leaves twice. To a stream it does nothing, because the receiver's TCP throws the copy away.
    Duplicate,
    /// A datagram leaves so much later, so that others overtake it. A stream waits for it, as the receiver's TCP does.
    Reorder(Duration),
    /// So many random bits of it are flipped, at least 1. A network's checksums would catch that; this shows what a
    /// program does with bytes that no checksum caught, in streams too.
    Corrupt(u32),
    /// A stream's bytes leave in pieces. Datagrams stay whole.
    Slice {
        /// Bytes of a piece, at least 1.
        size: u64,
        /// How long after the piece before a piece leaves.
        pause: Duration,
    },
    /// So many bytes pass in a conversation; then it is closed.
    Limit(u64),
    /// Nothing goes any further, and the end is not passed on either.
    Blackhole,
    /// The end of what was said (FIN) is passed on later.
    SlowClose(Duration),
    /// After so many bytes the conversation is reset.
    Reset(u64),
    /// The target is taken to be down: who comes is refused.
    Down,
}

/// Loss in bursts, by the model of Gilbert (1960) and Elliott (1963): a good state without loss and a bad one in which
/// everything is lost. `enter / (enter + leave)` of all messages are lost, in bursts of `1 / leave` on average.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Burst {
    /// The chance, at each message, that the good state turns bad.
    pub enter: Chance,
    /// The chance, at each message, that the bad state turns good.
    pub leave: Chance,
}

/// To which messages something is done: to those for which all that is said here holds.
#[derive(Debug, Clone, Default)]
pub struct When {
    /// By chance.
    pub chance: Option<Chance>,
    /// To every so manieth of a direction, at least 1.
    pub every: Option<u64>,
    /// To the first so many of a direction.
    pub first: Option<u64>,
    /// From then on, since the tap began to listen.
    pub from: Option<Duration>,
    /// Until then.
    pub to: Option<Duration>,
    /// To those that pass a display filter.
    pub filter: Option<Arc<Filter>>,
}

impl PartialEq for When {
    fn eq(&self, other: &Self) -> bool {
        let filter = |when: &Self| when.filter.as_ref().map(ToString::to_string);
        (self.chance, self.every, self.first, self.from, self.to)
            == (other.chance, other.every, other.first, other.from, other.to)
            && filter(self) == filter(other)
    }
}

/// The name under which a person's deeds at a tap are told, as an impairment's are under its own.
pub const HOLD: &str = "hold";

/// What did it, when a person put something in.
pub const INJECT: &str = "inject";

/// A kind of impairment as it is offered and explained.
#[derive(Debug, Clone, Copy)]
pub struct Offer {
    /// Its name, which deeds bear.
    pub name: &'static str,
    /// What it does, in a few words.
    pub words: &'static str,
    /// A line that works.
    pub example: &'static str,
}

/// All kinds, in the order they are offered.
pub static KINDS: &[Offer] = &[
    Offer {
        name: "delay",
        words: "comes later: by a time, more or less the jitter (uniform, normal, pareto)",
        example: "delay 50ms jitter 10ms normal",
    },
    Offer {
        name: "bandwidth",
        words: "so many bytes a second, after a first burst",
        example: "bandwidth 1MB/s burst 64KiB",
    },
    Offer { name: "loss", words: "a datagram is gone; a stream's chunk comes again later", example: "loss 5%" },
    Offer { name: "duplicate", words: "a datagram comes twice", example: "duplicate 1%" },
    Offer { name: "reorder", words: "a datagram is overtaken by others", example: "reorder 20ms 5%" },
    Offer { name: "corrupt", words: "bits are flipped, in streams too", example: "corrupt 2 1%" },
    Offer { name: "slice", words: "a stream comes in small pieces", example: "slice 10 pause 5ms" },
    Offer {
        name: "limit",
        words: "so many bytes pass each way; then the conversation is closed",
        example: "limit 4KiB",
    },
    Offer {
        name: "blackhole",
        words: "nothing goes any further while it is there",
        example: "blackhole from 10s to 20s",
    },
    Offer { name: "slow-close", words: "the end (FIN) is passed on later", example: "slow-close 2s" },
    Offer { name: "reset", words: "the conversation is reset (RST) after so many bytes", example: "reset 1KiB" },
    Offer { name: "down", words: "the target is taken to be down", example: "down" },
];

impl Kind {
    /// Its name, as in [`KINDS`].
    pub fn name(&self) -> &'static str {
        match self {
            Self::Delay { .. } => "delay",
            Self::Bandwidth { .. } => "bandwidth",
            Self::Loss(_) => "loss",
            Self::Duplicate => "duplicate",
            Self::Reorder(_) => "reorder",
            Self::Corrupt(_) => "corrupt",
            Self::Slice { .. } => "slice",
            Self::Limit(_) => "limit",
            Self::Blackhole => "blackhole",
            Self::SlowClose(_) => "slow-close",
            Self::Reset(_) => "reset",
            Self::Down => "down",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_of_its_kind() {
        for offer in KINDS {
            let read = Impairment::parse(offer.example).expect(offer.example);
            assert_eq!(read.kind.name(), offer.name);
        }
    }
}

//! Impairments as people write them: a kind, what it takes, and to which messages, in words.
//!
//! `delay 50ms jitter 10ms normal toward server 20% from 5s to 10s if frame contains "token"`

use std::fmt;
use std::time::Duration;

use super::bandwidth::usual_burst;
use super::{Burst, Chance, Distribution, Impairment, KINDS, Kind, Toward, When};
use crate::filter::Filter;
use crate::model::{Problem, duration, nearest, size};

/// How much later a reordered datagram leaves where nothing else is said.
const USUAL_REORDER: Duration = Duration::from_millis(10);

/// The most bits that are flipped in one message.
const MOST_BITS: u32 = 1024;

/// The words that say to which messages.
const CONDITIONS: [&str; 6] = ["toward", "every", "first", "from", "to", "if"];

/// What is wrong, with the byte of the text it is about.
type Wrong = (usize, String);

/// The words that are left, each with where it begins.
struct Words<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Words<'a> {
    fn peek(&self) -> Option<(usize, &'a str)> {
        let rest = &self.text[self.at..];
        let start = self.at + (rest.len() - rest.trim_start().len());
        let word = self.text[start..].split_whitespace().next()?;
        Some((start, word))
    }

    fn next(&mut self) -> Option<(usize, &'a str)> {
        let (start, word) = self.peek()?;
        self.at = start + word.len();
        Some((start, word))
    }

    /// Takes the word if it is that one.
    fn take(&mut self, wanted: &str) -> bool {
        let is_it = self.peek().is_some_and(|(_, word)| word == wanted);
        if is_it {
            self.next();
        }
        is_it
    }

    /// The next word, read as what is expected there.
    fn read<T>(&mut self, what: &str, read: impl Fn(&str) -> Result<T, String>) -> Result<T, Wrong> {
        let (at, word) = self.next().ok_or_else(|| (self.text.len(), format!("here {what} is missing")))?;
        read(word).map_err(|why| (at, why))
    }

    /// The next word where it can be read so; else it stays.
    fn read_if<T>(&mut self, read: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let read = read(self.peek()?.1).ok()?;
        self.next();
        Some(read)
    }
}

impl Impairment {
    /// Reads one line.
    ///
    /// # Errors
    /// Says where it is wrong, and what would be right.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        read(text).map_err(|(at, words)| Problem::at(text, at, words))
    }
}

fn read(text: &str) -> Result<Impairment, Wrong> {
    let mut words = Words { text, at: 0 };
    let (at, name) = words.next().ok_or_else(|| (0, format!("name an impairment: {}", names())))?;
    let mut impairment = Impairment { kind: kind(name, at, &mut words)?, toward: Toward::Both, when: When::default() };
    let mut toward = None;
    while let Some((at, word)) = words.next() {
        let when = &mut impairment.when;
        let is_first = match word {
            "toward" => toward.replace(words.read("server, client or both", side)?).is_none(),
            "every" => when.every.replace(words.read("a number", count)?).is_none(),
            "first" => when.first.replace(words.read("a number", count)?).is_none(),
            "from" => when.from.replace(words.read("a time", duration)?).is_none(),
            "to" => when.to.replace(words.read("a time", duration)?).is_none(),
            "if" => {
                let rest = &text[words.at..];
                let start = words.at + (rest.len() - rest.trim_start().len());
                let filter = Filter::parse(&text[start..])
                    .map_err(|problem| (start + problem.span.start, problem.to_string()))?;
                words.at = text.len();
                when.filter.replace(filter.into()).is_none()
            }
            _ if word.ends_with('%') => when.chance.replace(chance(word).map_err(|why| (at, why))?).is_none(),
            _ => return Err((at, unknown(word, impairment.kind.name()))),
        };
        if !is_first {
            return Err((at, format!("{word} is said twice")));
        }
    }
    if let (Some(from), Some(to)) = (impairment.when.from, impairment.when.to)
        && to <= from
    {
        return Err((0, "it ends before it begins; write the later time after \"to\"".into()));
    }
    impairment.toward = toward.unwrap_or_default();
    Ok(impairment)
}

fn kind(name: &str, at: usize, words: &mut Words<'_>) -> Result<Kind, Wrong> {
    Ok(match name {
        "delay" => {
            let time = words.read("a time, such as 50ms,", duration)?;
            let (mut jitter, mut distribution) = (Duration::ZERO, Distribution::Uniform);
            loop {
                if words.take("jitter") {
                    jitter = words.read("a time, such as 10ms,", duration)?;
                } else if let Some(read) = words.read_if(distribution_of) {
                    distribution = read;
                } else {
                    break;
                }
            }
            Kind::Delay { time, jitter, distribution }
        }
        "bandwidth" => {
            let rate = words.read("a rate, such as 1MB/s,", rate)?;
            let burst = if words.take("burst") { words.read("a size", size::parse)? } else { usual_burst(rate) };
            Kind::Bandwidth { rate, burst }
        }
        "loss" if words.take("burst") => {
            let enter = words.read("the chance that a burst begins", chance)?;
            Kind::Loss(Some(Burst { enter, leave: words.read("the chance that it ends", chance)? }))
        }
        "loss" => Kind::Loss(None),
        "duplicate" => Kind::Duplicate,
        "reorder" => Kind::Reorder(words.read_if(duration).unwrap_or(USUAL_REORDER)),
        "corrupt" => Kind::Corrupt(words.read_if(bits).unwrap_or(1)),
        "slice" => {
            let size = words.read("the bytes of a piece", size_of_some)?;
            let pause = if words.take("pause") { words.read("a time", duration)? } else { Duration::ZERO };
            Kind::Slice { size, pause }
        }
        "limit" => Kind::Limit(words.read("a size, such as 4KiB,", size_of_some)?),
        "blackhole" => Kind::Blackhole,
        "slow-close" => Kind::SlowClose(words.read("a time, such as 2s,", duration)?),
        "reset" => {
            words.take("after");
            Kind::Reset(words.read_if(size_in_bytes).unwrap_or(0))
        }
        "down" => Kind::Down,
        _ => {
            let meant = nearest(name, KINDS.iter().map(|offer| offer.name));
            let words = match meant {
                Some(meant) => format!("no impairment is called {name:?}; did you mean {meant}?"),
                None => format!("no impairment is called {name:?}; there are {}", names()),
            };
            return Err((at, words));
        }
    })
}

fn names() -> String {
    KINDS.iter().map(|offer| offer.name).collect::<Vec<_>>().join(", ")
}

fn unknown(word: &str, kind: &str) -> String {
    match nearest(word, CONDITIONS) {
        Some(meant) => format!("{word:?} is unknown here; did you mean {meant}?"),
        None => format!("{word:?} says nothing after {kind}; write a percentage, or one of {}", CONDITIONS.join(", ")),
    }
}

fn side(word: &str) -> Result<Toward, String> {
    match word {
        "server" => Ok(Toward::Server),
        "client" => Ok(Toward::Client),
        "both" => Ok(Toward::Both),
        _ => Err(format!("{word:?} is no side; write server, client or both")),
    }
}

fn count(word: &str) -> Result<u64, String> {
    let count = word.parse().ok().filter(|count| *count > 0);
    count.ok_or_else(|| format!("{word:?} is no number of messages; write 1 or more"))
}

fn bits(word: &str) -> Result<u32, String> {
    let bits = word.parse().ok().filter(|bits| (1..=MOST_BITS).contains(bits));
    bits.ok_or_else(|| format!("{word:?} is no number of bits; write 1 to {MOST_BITS}"))
}

fn chance(word: &str) -> Result<Chance, String> {
    let percent = word.strip_suffix('%').and_then(|number| number.parse::<f64>().ok());
    let Some(percent) = percent else { return Err(format!("{word:?} is no percentage; write it as 5% or 0.1%")) };
    Chance::new(percent / 100.0).ok_or_else(|| format!("{word} cannot be: a chance is 0% to 100%"))
}

fn distribution_of(word: &str) -> Result<Distribution, String> {
    match word {
        "uniform" => Ok(Distribution::Uniform),
        "normal" => Ok(Distribution::Normal),
        "pareto" => Ok(Distribution::Pareto),
        _ => Err(String::new()),
    }
}

/// A size with something in it; a lone number is bytes.
fn size_of_some(word: &str) -> Result<u64, String> {
    size::parse(word)?.checked_sub(1).map(|size| size + 1).ok_or_else(|| "write 1 byte or more".into())
}

/// A size, where the word is none of the others.
fn size_in_bytes(word: &str) -> Result<u64, String> {
    if word.ends_with('%') { Err(String::new()) } else { size::parse(word) }
}

/// Bytes a second: `1MB/s`, or in bits as networks are sold: `10Mbit/s`.
fn rate(word: &str) -> Result<u64, String> {
    let bad = || format!("{word:?} is no rate; write it as 1MB/s or 10Mbit/s");
    let amount = word.strip_suffix("/s").ok_or_else(bad)?;
    let bytes = match amount.strip_suffix("bit") {
        Some(bits) => size::parse(&format!("{bits}b")).map_err(|_| bad())? / 8,
        None => size::parse(amount).map_err(|_| bad())?,
    };
    if bytes == 0 { Err(format!("{word} lets nothing through; that is a blackhole")) } else { Ok(bytes) }
}

/// As it is read.
impl fmt::Display for Impairment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind.name())?;
        match &self.kind {
            Kind::Delay { time, jitter, distribution } => {
                write!(f, " {}", written(*time))?;
                if !jitter.is_zero() {
                    write!(f, " jitter {}", written(*jitter))?;
                }
                match distribution {
                    Distribution::Uniform => {}
                    Distribution::Normal => write!(f, " normal")?,
                    Distribution::Pareto => write!(f, " pareto")?,
                }
            }
            Kind::Bandwidth { rate, burst } => {
                write!(f, " {}/s", bytes(*rate))?;
                if *burst != usual_burst(*rate) {
                    write!(f, " burst {}", bytes(*burst))?;
                }
            }
            Kind::Loss(Some(Burst { enter, leave })) => write!(f, " burst {enter} {leave}")?,
            Kind::Reorder(time) if *time != USUAL_REORDER => write!(f, " {}", written(*time))?,
            Kind::Corrupt(bits) if *bits != 1 => write!(f, " {bits}")?,
            Kind::Slice { size, pause } => {
                write!(f, " {}", bytes(*size))?;
                if !pause.is_zero() {
                    write!(f, " pause {}", written(*pause))?;
                }
            }
            Kind::Limit(size) => write!(f, " {}", bytes(*size))?,
            Kind::SlowClose(time) => write!(f, " {}", written(*time))?,
            Kind::Reset(size) if *size != 0 => write!(f, " after {}", bytes(*size))?,
            Kind::Loss(None)
            | Kind::Duplicate
            | Kind::Reorder(_)
            | Kind::Corrupt(_)
            | Kind::Blackhole
            | Kind::Reset(_)
            | Kind::Down => {}
        }
        let When { chance, every, first, from, to, filter } = &self.when;
        if let Some(chance) = chance {
            write!(f, " {chance}")?;
        }
        match self.toward {
            Toward::Both => {}
            Toward::Server => write!(f, " toward server")?,
            Toward::Client => write!(f, " toward client")?,
        }
        for (word, count) in [("every", every), ("first", first)] {
            if let Some(count) = count {
                write!(f, " {word} {count}")?;
            }
        }
        for (word, time) in [("from", from), ("to", to)] {
            if let Some(time) = time {
                write!(f, " {word} {}", written(*time))?;
            }
        }
        filter.as_ref().map_or(Ok(()), |filter| write!(f, " if {filter}"))
    }
}

/// A time in the largest unit that needs no fraction.
fn written(time: Duration) -> String {
    match time.as_micros() {
        micros if micros % 1000 != 0 => format!("{micros}us"),
        micros if micros % 1_000_000 != 0 => format!("{}ms", micros / 1000),
        micros => format!("{}s", micros / 1_000_000),
    }
}

/// A size in the largest unit that needs no fraction.
fn bytes(size: u64) -> String {
    let units =
        [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    let fits = units.into_iter().find(|(_, unit)| size >= *unit && size.is_multiple_of(*unit));
    fits.map_or_else(|| format!("{size}B"), |(name, unit)| format!("{}{name}", size / unit))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_written_is_read_and_written_again() {
        for line in [
            "delay 50ms",
            "delay 50ms jitter 10ms normal 20% toward server",
            "delay 1500us jitter 1ms pareto",
            "bandwidth 1MB/s",
            "bandwidth 125kB/s burst 64KiB toward client",
            "loss 5%",
            "loss burst 1% 30%",
            "duplicate 0.1%",
            "reorder 5%",
            "reorder 20ms 5%",
            "corrupt 2 1%",
            "slice 10B pause 5ms",
            "limit 4KiB",
            "blackhole from 10s to 20s",
            "slow-close 2s toward client",
            "reset after 1KiB",
            "reset every 3 first 10",
            "down",
            r#"loss toward server if frame contains "token" and tcp.port == 7001"#,
        ] {
            let read = Impairment::parse(line).unwrap_or_else(|problem| panic!("{line}: {problem}"));
            let again = read.to_string();
            assert_eq!(Impairment::parse(&again), Ok(read), "{line} as {again}");
            if !line.contains(" if ") {
                assert_eq!(again, line);
            }
        }
        let rate = |text: &str| Impairment::parse(text).map(|read| read.kind);
        assert!(matches!(rate("bandwidth 8Mbit/s"), Ok(Kind::Bandwidth { rate: 1_000_000, .. })));
    }

    #[test]
    fn nonsense_is_refused_where_it_stands() {
        for (line, column, words) in [
            ("", 1, "delay, bandwidth"),
            ("dely 50ms", 1, "did you mean delay?"),
            ("delay", 6, "a time, such as 50ms, is missing"),
            ("delay -5ms", 7, "no length of time"),
            ("delay 50", 7, "50ms"),
            ("loss 101%", 6, "0% to 100%"),
            ("loss -1%", 6, "0% to 100%"),
            ("loss NaN%", 6, "0% to 100%"),
            ("loss 5", 6, "percentage"),
            ("bandwidth 0B/s", 11, "blackhole"),
            ("bandwidth -1MB/s", 11, "1MB/s"),
            ("bandwidth 1MB", 11, "1MB/s"),
            ("slice 0", 7, "1 byte or more"),
            ("corrupt 0", 9, "percentage"),
            ("delay 5ms towrd server", 11, "did you mean toward?"),
            ("delay 5ms toward nowhere", 18, "server, client or both"),
            ("delay 5ms every 0", 17, "1 or more"),
            ("delay 5ms from 10s to 5s", 1, "ends before it begins"),
            ("loss 5% 6%", 9, "twice"),
            ("delay 5ms if tcp.prt == 5", 14, "tcp.prt"),
        ] {
            let problem = Impairment::parse(line).expect_err(line);
            assert!(problem.words.contains(words), "{line}: {problem}");
            assert_eq!(problem.column, column, "{line}: {problem}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_fall_over(text in ".{0,60}", kind in 0..KINDS.len()) {
            let _ = Impairment::parse(&text);
            if let Ok(read) = Impairment::parse(&format!("{} {text}", KINDS[kind].example)) {
                prop_assert_eq!(Impairment::parse(&read.to_string()), Ok(read));
            }
        }
    }
}

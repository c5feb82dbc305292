//! Kinds of networks by name, each a few impairments.

use super::Impairment;

/// A network as it is offered.
#[derive(Debug, Clone, Copy)]
pub struct Profile {
    /// Its name.
    pub name: &'static str,
    /// What it is, with where its figures come from.
    pub words: &'static str,
    /// Its impairments, a line each.
    pub lines: &'static [&'static str],
}

/// All of them, the fastest first. Figures of WebPageTest are those of its file of connectivity profiles: the rate toward
/// each side, and half of the round trip each way.
pub static PROFILES: &[Profile] = &[
    Profile {
        name: "cable",
        words: "5/1 Mbit/s, 28 ms there and back (WebPageTest, Cable)",
        lines: &["delay 14ms", "bandwidth 625kB/s toward client", "bandwidth 125kB/s toward server"],
    },
    Profile {
        name: "lte",
        words: "12/12 Mbit/s, 70 ms there and back (WebPageTest, LTE)",
        lines: &["delay 35ms", "bandwidth 1500kB/s"],
    },
    Profile {
        name: "4g",
        words: "9/9 Mbit/s, 170 ms there and back (WebPageTest, 4G)",
        lines: &["delay 85ms", "bandwidth 1125kB/s"],
    },
    Profile {
        name: "dsl",
        words: "1.5 Mbit/s and 384 kbit/s, 50 ms there and back (WebPageTest, DSL)",
        lines: &["delay 25ms", "bandwidth 187500B/s toward client", "bandwidth 48kB/s toward server"],
    },
    Profile {
        name: "3g",
        words: "1.6 Mbit/s and 768 kbit/s, 300 ms there and back (WebPageTest, 3G)",
        lines: &["delay 150ms", "bandwidth 200kB/s toward client", "bandwidth 96kB/s toward server"],
    },
    Profile {
        name: "slow-3g",
        words: "400/400 kbit/s, 400 ms there and back (WebPageTest, 3G Slow)",
        lines: &["delay 200ms", "bandwidth 50kB/s"],
    },
    Profile {
        name: "edge",
        words: "240/200 kbit/s, 840 ms there and back (WebPageTest, Edge)",
        lines: &["delay 420ms", "bandwidth 30kB/s toward client", "bandwidth 25kB/s toward server"],
    },
    Profile {
        name: "dial-up",
        words: "49/30 kbit/s, 120 ms there and back (WebPageTest, Dial)",
        lines: &["delay 60ms", "bandwidth 6125B/s toward client", "bandwidth 3750B/s toward server"],
    },
    Profile {
        name: "satellite",
        words: "a geostationary one: 279 ms each way at its edge (RFC 2488 section 2)",
        lines: &["delay 279ms"],
    },
    Profile {
        name: "lossy-wifi",
        words: "losses in bursts of 4, 4 % of all, jitter; figures made up to teach with",
        lines: &["delay 5ms jitter 4ms pareto", "loss burst 1% 25%", "reorder 5ms 1%"],
    },
];

impl Profile {
    /// What it does.
    pub fn impairments(&self) -> Vec<Impairment> {
        self.lines.iter().filter_map(|line| Impairment::parse(line).ok()).collect()
    }
}

/// The profile of that name.
pub fn profile(name: &str) -> Option<&'static Profile> {
    PROFILES.iter().find(|profile| profile.name.eq_ignore_ascii_case(name.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_every_profile_is_read() {
        for profile in PROFILES {
            assert_eq!(profile.impairments().len(), profile.lines.len(), "{}", profile.name);
        }
    }
}

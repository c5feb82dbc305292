//! What went wrong, told so that a person can act on it.

use std::borrow::Cow;
use std::fmt;

/// An error as the user reads it: the act, the address, the reason and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What was attempted: `bind`, `connect`, `resolve`.
    pub act: Cow<'static, str>,
    /// What it was attempted on: an address, a host name, a file.
    pub address: String,
    /// Why it failed, in plain words.
    pub why: String,
    /// What the user can do about it; empty when there is nothing to do.
    pub remedy: String,
}

impl Trouble {
    /// Puts the four parts together.
    pub fn new(
        act: impl Into<Cow<'static, str>>,
        address: impl fmt::Display,
        why: impl fmt::Display,
        remedy: impl Into<String>,
    ) -> Self {
        Self { act: act.into(), address: address.to_string(), why: why.to_string(), remedy: remedy.into() }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.act, self.address, self.why)?;
        if self.remedy.is_empty() { Ok(()) } else { write!(f, "; {}", self.remedy) }
    }
}

impl std::error::Error for Trouble {}

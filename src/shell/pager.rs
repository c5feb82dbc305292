//! The user's own pager, run on a text: `$PAGER`, else `less`.
//!
//! The text has been made visible before: there is nothing in it that a terminal would obey, so `-R` does no harm.

use std::env;

use super::lent::{Lent, preferred};
use crate::model::Trouble;

/// Colours are passed on, which other programs' texts may have, and the keys are told at the bottom.
const LESS: &str = "less -R -P'wirelab: q comes back, / searches'";

/// Starts the pager; the terminal must have been given back.
///
/// # Errors
/// The text cannot be written, or no program can be started.
pub fn start(text: &str) -> Result<Lent, Trouble> {
    Lent::start("page", command(|name| env::var(name).ok()), text)
}

/// Waits until the pager was left.
///
/// # Errors
/// The pager is not there, or failed.
pub fn finish(mut paging: Lent) -> Result<(), Trouble> {
    paging.wait("$PAGER", "").map(|_| ())
}

fn command(variable: impl Fn(&str) -> Option<String>) -> String {
    preferred(&["PAGER"], variable).unwrap_or_else(|| LESS.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_users_pager_before_less() {
        assert_eq!(command(|_| Some("most".into())), "most");
        assert_eq!(command(|_| Some(String::new())), LESS);
    }
}

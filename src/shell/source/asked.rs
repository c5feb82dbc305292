//! What a word of the command line means: a file, standard input or an interface.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

use crate::model::{Trouble, nearest};
use crate::net::sniffer;
use crate::shell::files;

/// The most interfaces listed; a machine with many containers has hundreds.
const LISTED: usize = 8;

/// Where a capture is asked from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// A file, or a pipe that has a name.
    Path(PathBuf),
    /// Standard input.
    StandardInput,
    /// A network interface of this machine, live; `any` is all of them.
    Interface(String),
}

impl Asked {
    /// Takes a word as it was written. A file comes before an interface of the same name.
    ///
    /// # Errors
    /// It is neither a file nor an interface.
    pub fn of(word: &str) -> Result<Self, Trouble> {
        // A machine that does not tell its interfaces has none to capture from.
        Self::among(word, || sniffer::interfaces().unwrap_or_default())
    }

    fn among(word: &str, interfaces: impl FnOnce() -> BTreeSet<String>) -> Result<Self, Trouble> {
        let path = PathBuf::from(word);
        if word == "-" {
            return Ok(Asked::StandardInput);
        }
        // What looks like a path is not taken for a misspelt interface.
        if files::is_there(&path) || word.contains(['/', '.']) {
            return Ok(Asked::Path(path));
        }
        let interfaces = interfaces();
        if interfaces.contains(word) {
            return Ok(Asked::Interface(word.to_owned()));
        }
        let why = "there is no such file, and no network interface of that name";
        Err(Trouble::new("open", word, why, remedy(word, &interfaces)))
    }
}

fn remedy(word: &str, interfaces: &BTreeSet<String>) -> String {
    let mut listed: Vec<&str> = interfaces.iter().map(String::as_str).take(LISTED).collect();
    if interfaces.len() > LISTED {
        listed.push("…");
    }
    let listed = format!("interfaces are {}", listed.join(", "));
    match nearest(word, interfaces.iter().map(String::as_str)) {
        Some(near) => format!("did you mean {near}? {listed}"),
        None => listed,
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Asked::Path(path) => path.display().fmt(f),
            Asked::StandardInput => f.write_str(super::STANDARD_INPUT),
            Asked::Interface(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(word: &str) -> Result<Asked, Trouble> {
        Asked::among(word, || ["any", "eth0", "lo", "wlan0"].map(str::to_owned).into())
    }

    #[test]
    fn a_word_is_standard_input_a_file_or_an_interface() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(asked("-").unwrap(), Asked::StandardInput);
        assert_eq!(asked(file.path().to_str().unwrap()).unwrap(), Asked::Path(file.path().to_owned()));
        assert_eq!(asked("any").unwrap(), Asked::Interface("any".into()));
        assert_eq!(asked("missing.pcap").unwrap(), Asked::Path("missing.pcap".into()));
        // Tests run in the project's folder.
        assert_eq!(Asked::among("src", || ["src".to_owned()].into()).unwrap(), Asked::Path("src".into()));
    }

    #[test]
    fn a_word_that_is_neither_says_both_and_names_the_nearest() {
        assert_eq!(
            asked("wlan").unwrap_err().to_string(),
            "open wlan: there is no such file, and no network interface of that name; \
             did you mean wlan0? interfaces are any, eth0, lo, wlan0"
        );
        let many = || (0..300).map(|number| format!("veth{number:03}")).collect();
        let trouble = Asked::among("zebra", many).unwrap_err();
        assert!(trouble.remedy.ends_with("veth006, veth007, …"), "{trouble}");
    }
}

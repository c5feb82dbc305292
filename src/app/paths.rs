//! Paths as they are written: what their folder holds, once the shell has listed it.

use std::path::PathBuf;

use super::{Effect, State, overlay};
use crate::model::Trouble;

/// What a folder holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The names in it, by the alphabet; those of folders end in `/`.
    pub names: Vec<String>,
    /// Whether these are all.
    pub extent: Extent,
}

/// Whether all names of a folder were listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// These are all.
    Whole,
    /// There are more.
    Beginning,
}

/// What a path must lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// A file that is there.
    File,
    /// A place for a file, in a folder that is there.
    Place,
}

/// The folder of the path that is being written.
#[derive(Debug, Default)]
pub struct Paths {
    /// The user's home, which `~` stands for.
    pub home: Option<PathBuf>,
    /// The folder last asked for, as it was written.
    asked: Option<String>,
    /// What came back for it.
    listed: Option<Result<Listing, Trouble>>,
}

impl Paths {
    /// The path that is meant: `~` is the user's home.
    pub fn meant(&self, written: &str) -> PathBuf {
        match (written.strip_prefix('~'), &self.home) {
            (Some(""), Some(home)) => home.clone(),
            (Some(rest), Some(home)) if rest.starts_with('/') => home.join(rest.trim_start_matches('/')),
            _ => PathBuf::from(written),
        }
    }

    /// Paths that begin as what is written. Hidden ones only once a dot is written.
    pub fn offers(&self, written: &str) -> Vec<String> {
        let (folder, name) = cut(written);
        let Some(listing) = self.listing(folder) else { return Vec::new() };
        let is_hidden = |other: &String| other.starts_with('.') && !name.starts_with('.');
        let names = listing.names.iter().filter(|other| other.starts_with(name) && !is_hidden(other));
        names.map(|name| format!("{folder}{name}")).collect()
    }

    /// What is wrong with the path that is being written, as far as its folder is known.
    pub fn problem(&self, written: &str, need: Need) -> Option<String> {
        let (folder, name) = cut(written);
        if self.asked.as_deref() != Some(folder) {
            return None;
        }
        let listing = match self.listed.as_ref()? {
            Ok(listing) => listing,
            Err(trouble) => return Some(format!("{}: {}", trouble.address, trouble.why)),
        };
        let is_folder =
            listing.names.iter().any(|other| other.strip_suffix('/') == Some(name)) || matches!(name, "." | "..");
        let is_begun = listing.names.iter().any(|other| other.starts_with(name));
        let place = if folder.is_empty() { "this folder" } else { folder };
        match need {
            Need::File if is_begun || listing.extent == Extent::Beginning => None,
            Need::File => Some(format!("there is no \"{name}\" in {place}; check the path")),
            Need::Place if is_folder => Some(format!("{written} is a folder; add /, and a name")),
            Need::Place => None,
        }
    }

    fn listing(&self, folder: &str) -> Option<&Listing> {
        self.listed.as_ref().filter(|_| self.asked.as_deref() == Some(folder))?.as_ref().ok()
    }
}

/// The folder of a path with its slash, and the name in it.
fn cut(written: &str) -> (&str, &str) {
    match written {
        // A home alone is a folder that lacks its slash.
        "~" => ("~/", ""),
        _ => written.split_at(written.rfind('/').map_or(0, |at| at + 1)),
    }
}

/// Asks what the folder of the path that is being written holds, once for each.
pub fn ask(state: &mut State) -> Option<Effect> {
    let path = state.overlay.as_ref().and_then(|overlay| overlay::sought(overlay)?.path());
    let folder = path.map(|path| cut(path).0.to_owned());
    if state.paths.asked == folder {
        return None;
    }
    state.paths.asked.clone_from(&folder);
    state.paths.listed = None;
    let folder = folder?;
    let path = if folder.is_empty() { PathBuf::from(".") } else { state.paths.meant(&folder) };
    Some(Effect::ListFolder { folder, path })
}

/// What a folder holds is known; of one that nobody waits for any more it does not matter.
pub fn listed(state: &mut State, folder: &str, outcome: Result<Listing, Trouble>) {
    if state.paths.asked.as_deref() == Some(folder) {
        state.paths.listed = Some(outcome);
        overlay::found(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(folder: &str, names: &[&str]) -> Paths {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Paths {
            home: Some("/home/me".into()),
            asked: Some(folder.into()),
            listed: Some(Ok(Listing { names, extent: Extent::Whole })),
        }
    }

    #[test]
    fn offers_what_begins_so_and_hides_what_is_hidden() {
        let paths = paths("/etc/", &[".pwd.lock", "hostname", "hosts", "ssl/"]);
        assert_eq!(paths.offers("/etc/"), ["/etc/hostname", "/etc/hosts", "/etc/ssl/"]);
        assert_eq!(paths.offers("/etc/hostn"), ["/etc/hostname"]);
        assert_eq!(paths.offers("/etc/."), ["/etc/.pwd.lock"]);
        assert_eq!(paths.offers("/var/"), Vec::<String>::new(), "of another folder nothing is known");
    }

    #[test]
    fn a_path_that_leads_nowhere_is_told() {
        let paths = paths("/etc/", &["hosts", "ssl/"]);
        assert_eq!(paths.problem("/etc/ho", Need::File), None, "it may become one");
        assert!(paths.problem("/etc/x", Need::File).is_some_and(|why| why.contains("\"x\" in /etc/")));
        assert_eq!(paths.problem("/etc/x", Need::Place), None);
        assert!(paths.problem("/etc/ssl", Need::Place).is_some_and(|why| why.contains("folder")));
    }

    #[test]
    fn a_tilde_is_the_home() {
        let paths = paths("", &[]);
        assert_eq!(paths.meant("~/x"), PathBuf::from("/home/me/x"));
        assert_eq!(paths.meant("~"), PathBuf::from("/home/me"));
        assert_eq!(paths.meant("~x"), PathBuf::from("~x"), "another user's home is not known");
        assert_eq!(paths.meant("a/~"), PathBuf::from("a/~"));
    }
}

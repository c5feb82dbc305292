//! What could be meant by what is written so far, from what exists: addresses, behaviours, names.

use super::State;
use super::command::{COMMANDS, Kind};
use super::pane::http;
use crate::behaviour;
use crate::impair::{KINDS, PROFILES};
use crate::model::{Scheme, nearest};

/// The behaviour whose argument is a folder.
const FILES: &str = "files";

/// The most offered at once.
const OFFERED: usize = 200;

/// Offers what begins as what is written, or else what holds it.
pub fn offer(written: &str, all: impl IntoIterator<Item = String>) -> Vec<String> {
    let wanted = written.to_lowercase();
    let mut all: Vec<String> = all.into_iter().filter(|one| one.to_lowercase().contains(&wanted)).collect();
    all.sort_by_key(|one| !one.to_lowercase().starts_with(&wanted));
    let mut offered: Vec<String> = Vec::new();
    for one in all {
        if offered.len() < OFFERED && !offered.contains(&one) {
            offered.push(one);
        }
    }
    offered
}

/// The names of all commands, by the alphabet.
pub fn commands() -> Vec<String> {
    let names = COMMANDS.iter().filter(|command| !command.place.is_over_panes()).map(|command| command.name.to_owned());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// Text that is being written, and what it is to be.
#[derive(Debug, Clone, Copy)]
pub struct Sought<'a> {
    /// What it is.
    pub kind: Kind,
    /// What is written of it.
    pub written: &'a str,
    /// What it depends on: the behaviour beside its argument, the header's name beside its value.
    pub beside: &'a str,
}

impl<'a> Sought<'a> {
    /// The path that is being written, when it is one.
    pub fn path(self) -> Option<&'a str> {
        match self.kind {
            Kind::File => Some(self.written),
            Kind::With if self.beside == FILES => Some(self.written),
            Kind::With
            | Kind::Listen
            | Kind::Target
            | Kind::Behaviour
            | Kind::Server
            | Kind::Saved
            | Kind::Theme
            | Kind::Method
            | Kind::MethodOrUrl
            | Kind::Url
            | Kind::HeaderValue
            | Kind::OneOf(_)
            | Kind::Impairment
            | Kind::Profile
            | Kind::Text => None,
        }
    }
}

/// What could be meant.
pub fn offers(state: &State, sought: Sought<'_>) -> Vec<String> {
    match sought.path() {
        Some(path) => state.paths.offers(path),
        None => offer(sought.written, all(state, sought.kind, sought.beside)),
    }
}

/// Everything there is of a kind; of paths nothing, they are asked for.
pub fn all(state: &State, kind: Kind, beside: &str) -> Vec<String> {
    match kind {
        Kind::Listen => listens(state),
        Kind::Target => targets(state),
        Kind::Behaviour => behaviour::KINDS.iter().map(|kind| kind.name.to_owned()).collect(),
        Kind::Server => state.world.servers.iter().map(|server| server.name.clone()).collect(),
        Kind::Saved => state.client.saved.all().iter().map(|saved| saved.name.clone()).collect(),
        Kind::Theme => state.look.choices().map(str::to_owned).collect(),
        Kind::Method => owned(&http::METHODS),
        Kind::MethodOrUrl => http::METHODS.map(str::to_owned).into_iter().chain(urls(state)).collect(),
        Kind::Url => urls(state),
        Kind::With => arguments(state, beside),
        Kind::HeaderValue => owned(http::header_values(beside)),
        Kind::OneOf(these) => owned(these),
        Kind::Impairment => KINDS.iter().map(|offer| offer.example.to_owned()).collect(),
        Kind::Profile => PROFILES.iter().map(|profile| profile.name.to_owned()).collect(),
        Kind::File | Kind::Text => Vec::new(),
    }
}

fn owned(these: &[&str]) -> Vec<String> {
    these.iter().map(|one| (*one).to_owned()).collect()
}

/// Where a new server could listen: at a port that is free, or wherever the system picks.
fn listens(state: &State) -> Vec<String> {
    let port = state.world.free_port();
    let usual = ["tcp", "udp", "http"].map(|scheme| format!("{scheme}://127.0.0.1:{port}"));
    let others = [
        format!("tcp://[::1]:{port}"),
        "tcp://127.0.0.1:0".to_owned(),
        format!("unix:///tmp/wirelab-{port}.sock"),
        format!("unixgram:///tmp/wirelab-{port}.sock"),
    ];
    usual.into_iter().chain(others).collect()
}

/// What the behaviour of that name could take: what its servers take, and its example.
fn arguments(state: &State, behaviour: &str) -> Vec<String> {
    let servers = state.world.servers.iter().filter(|server| server.spec.behaviour == behaviour);
    let taken = servers.map(|server| server.spec.argument.clone());
    let example = behaviour::kind(behaviour).map(|kind| kind.example.to_owned());
    taken.chain(example).filter(|argument| !argument.is_empty()).collect()
}

/// Where a client could connect to: the servers that are there, the targets of other clients, then those used before.
fn targets(state: &State) -> Vec<String> {
    let servers = state.world.servers.iter().filter(|server| server.spec.listen.scheme != Scheme::Http);
    let servers = servers.map(|server| server.endpoint().to_string());
    let tabs = state.client.tabs.iter().map(|tab| tab.target.text().to_owned());
    servers.chain(tabs).chain(state.client.targets.newest_first().map(str::to_owned)).collect()
}

/// What could be requested: the web servers that are there, then the URLs used before.
fn urls(state: &State) -> Vec<String> {
    let servers = state.world.servers.iter().filter(|server| server.spec.listen.scheme == Scheme::Http);
    let servers = servers.map(|server| format!("{}/", server.endpoint()));
    servers.chain(state.http.urls.newest_first().map(str::to_owned)).collect()
}

/// Names listed when none of them is near to what was written.
const LISTED: usize = 8;

/// That there is nothing of that name, with the name that was meant.
pub fn unknown<'a>(what: &str, name: &str, all: impl IntoIterator<Item = &'a str>) -> String {
    let all: Vec<&str> = all.into_iter().collect();
    if let Some(near) = nearest(name, all.iter().copied()) {
        return format!("there is no {what} \"{name}\"; did you mean {near}?");
    }
    match all.len() {
        0 => format!("there is no {what} yet"),
        1..=LISTED => format!("there is no {what} \"{name}\"; there is {}", all.join(", ")),
        _ => format!("there is no {what} \"{name}\""),
    }
}

//! What could be meant by what is written so far, from what exists: addresses, behaviours, names.

use super::State;
use super::command::{COMMANDS, Kind};
use super::pane::http;
use crate::behaviour;
use crate::model::{Address, Place, Scheme, nearest};

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

/// Everything there is of a kind.
pub fn all(state: &State, kind: Kind) -> Vec<String> {
    match kind {
        Kind::Listen => {
            let port = state.world.free_port();
            ["tcp", "udp", "http"].map(|scheme| format!("{scheme}://127.0.0.1:{port}")).to_vec()
        }
        Kind::Target => targets(state),
        Kind::Behaviour => behaviour::KINDS.iter().map(|kind| kind.name.to_owned()).collect(),
        Kind::Server => state.world.servers.iter().map(|server| server.name.clone()).collect(),
        Kind::Saved => state.client.saved.all().iter().map(|saved| saved.name.clone()).collect(),
        Kind::Theme => state.look.choices().map(str::to_owned).collect(),
        Kind::Method => http::METHODS.map(str::to_owned).to_vec(),
    }
}

/// Where a client could connect to: the servers that are there, then the targets of other clients.
fn targets(state: &State) -> Vec<String> {
    let servers = state.world.servers.iter().filter(|server| server.spec.listen.scheme != Scheme::Http);
    let servers = servers.map(|server| {
        let mut target = server.spec.listen.clone();
        if let (Some(Address::Ip(address)), Place::Host { port, .. }) = (server.life.address(), &mut target.place) {
            *port = address.port();
        }
        target.to_string()
    });
    let tabs = state.client.tabs.iter().map(|tab| tab.target.text().to_owned());
    servers.chain(tabs).collect()
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

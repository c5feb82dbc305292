//! The servers and clients of the last session: as they are kept, and how they are brought back.

use serde::{Deserialize, Serialize};

use super::memory::without_user;
use super::pane::{client, servers};
use super::tap::written::Written;
use super::world::Server;
use super::{Effect, State, replay};
use crate::behaviour;
use crate::contract::{ServerSpec, WhenTaken};
use crate::model::payload::{LineEnding, Notation};
use crate::model::{Endpoint, Scheme};

/// Bytes all that is written of a lab may take together; what comes behind is not kept.
const BYTES: usize = 256 * 1024;

/// Servers and clients, as they were set up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lab {
    /// The servers, in their order.
    pub servers: Vec<KeptServer>,
    /// The clients, left to right.
    pub clients: Vec<KeptClient>,
}

/// A server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptServer {
    /// Its name.
    pub name: String,
    /// Where it was asked to listen.
    pub listen: String,
    /// Its behaviour.
    pub behaviour: String,
    /// What the behaviour was given.
    pub argument: String,
    /// Whether it was to run.
    pub runs: bool,
    /// Of a tap: what it does to what passes.
    pub shaping: Option<Written>,
}

/// A client.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptClient {
    /// Its target, as written.
    pub target: String,
    /// The name of its notation.
    pub notation: String,
    /// The name of its line ending.
    pub ending: String,
}

impl Lab {
    /// The lab as it stands.
    pub fn of(state: &State) -> Self {
        let mut room = BYTES;
        let mut fits = |bytes: usize| {
            let fits = bytes <= room;
            room -= if fits { bytes } else { 0 };
            fits
        };
        // What was seen in this run is not there in the next, to be replayed.
        let lasting = state.world.servers.iter().filter(|server| !replay::is_of_this_run(server));
        let servers = lasting.map(KeptServer::of);
        let servers = servers.take_while(|server| fits(server.length()));
        let servers = servers.collect();
        let clients = state.client.tabs.iter().map(|tab| KeptClient {
            target: without_user(&as_asked(state, tab.target.text())),
            notation: tab.notation.name().to_owned(),
            ending: tab.ending.name().to_owned(),
        });
        let clients = clients.take_while(|client| fits(client.target.len())).collect();
        Self { servers, clients }
    }
}

impl KeptServer {
    fn of(server: &Server) -> Self {
        Self {
            name: server.name.clone(),
            listen: server.spec.listen.to_string(),
            behaviour: server.spec.behaviour.clone(),
            argument: server.spec.argument.clone(),
            runs: server.life.is_wanted(),
            shaping: server.is_tap().then(|| Written::of(&server.shaping)),
        }
    }

    /// How many bytes of words it has.
    fn length(&self) -> usize {
        let shaping = self.shaping.as_ref().map_or(0, Written::length);
        self.name.len() + self.listen.len() + self.argument.len() + shaping
    }

    /// Whether that is this server: it stands for the same place.
    fn is(&self, server: &Server) -> bool {
        server.spec.listen.to_string() == self.listen
            && (server.spec.listen.port() != Some(0) || server.name == self.name)
    }
}

/// A target as it was before a server that got another port took it along.
fn as_asked(state: &State, target: &str) -> String {
    let asked = Endpoint::parse(target, Scheme::Tcp).ok().and_then(|target| {
        let server = state.world.servers.iter().find(|server| server.endpoint() == target)?;
        server.spec.listen.port().filter(|port| *port != 0)?;
        Some(server.spec.listen.to_string())
    });
    asked.unwrap_or_else(|| target.to_owned())
}

/// What of the last session is not there.
struct Missing<'a> {
    servers: Vec<&'a KeptServer>,
    clients: Vec<&'a KeptClient>,
}

impl<'a> Missing<'a> {
    fn of(last: &'a Lab, state: &State) -> Self {
        let now = Lab::of(state);
        let same = |one: &KeptServer, other: &KeptServer| {
            (&one.listen, &one.behaviour, &one.argument, &one.shaping)
                == (&other.listen, &other.behaviour, &other.argument, &other.shaping)
        };
        let servers = last.servers.iter().filter(|server| !now.servers.iter().any(|other| same(other, server)));
        let clients = last.clients.iter().filter(|client| !now.clients.contains(client));
        Self { servers: servers.collect(), clients: clients.collect() }
    }

    fn is_nothing(&self) -> bool {
        self.servers.is_empty() && self.clients.is_empty()
    }

    /// Such as `2 servers and a client`.
    fn words(&self) -> String {
        let counted = |count: usize, what: &str| match count {
            0 => None,
            1 => Some(format!("a {what}")),
            many => Some(format!("{many} {what}s")),
        };
        let parts = [counted(self.servers.len(), "server"), counted(self.clients.len(), "client")];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" and ")
    }
}

/// Why there is nothing to bring back.
pub fn hindrance(state: &State) -> Option<&'static str> {
    match &state.keeper.last_lab {
        None => Some("no other lab is remembered"),
        Some(last) => Missing::of(last, state).is_nothing().then_some("all of the last session is here"),
    }
}

/// The lab has come up: when the last session had more, the key that brings it back is told.
pub fn came_up(state: &mut State) {
    state.keeper.came_up = Lab::of(state);
    let Some(last) = &state.keeper.last_lab else { return };
    let missing = Missing::of(last, state);
    if missing.is_nothing() {
        return;
    }
    let words = missing.words();
    let key = state.keymap.keys_of("restore").next().map_or_else(|| ":restore".to_owned(), ToString::to_string);
    state.say(format!("{key} brings back {words} of the last session"));
}

/// Brings back what is missing. A server at a place where another stands takes its place; one that runs programs for
/// whoever connects is not started.
pub fn restore(state: &mut State) -> Vec<Effect> {
    let Some(last) = state.keeper.last_lab.clone() else {
        state.say("no other lab is remembered");
        return Vec::new();
    };
    let missing = Missing::of(&last, state);
    if missing.is_nothing() {
        state.say("all of the last session is here");
        return Vec::new();
    }
    let words = missing.words();
    let clients: Vec<KeptClient> = missing.clients.into_iter().cloned().collect();
    let servers: Vec<KeptServer> = missing.servers.into_iter().cloned().collect();
    let mut effects = Vec::new();
    let mut waits = Vec::new();
    for kept in &servers {
        match bring_back(state, kept, &mut waits) {
            Ok(done) => effects.extend(done),
            Err(why) => waits.push(format!("{} is left out: {why}", kept.name)),
        }
    }
    let shown = state.client.at;
    for kept in &clients {
        let node = client::open_tab(state, &kept.target);
        if let Some(tab) = state.client.tab_mut(node) {
            tab.notation = Notation::ALL.into_iter().find(|one| one.name() == kept.notation).unwrap_or_default();
            tab.ending = LineEnding::ALL.into_iter().find(|one| one.name() == kept.ending).unwrap_or_default();
        }
    }
    state.client.choose(shown);
    state.client.leave_field();
    waits.insert(0, format!("brought back {words}"));
    state.say(waits.join("; "));
    effects
}

fn bring_back(state: &mut State, kept: &KeptServer, waits: &mut Vec<String>) -> Result<Vec<Effect>, String> {
    let listen = Endpoint::parse(&kept.listen, Scheme::Tcp).map_err(|error| error.to_string())?;
    behaviour::machine(listen.scheme, &kept.behaviour, &kept.argument)?;
    let shaping = kept.shaping.as_ref().map(Written::read).transpose()?.unwrap_or_default();
    let spec = ServerSpec {
        listen,
        behaviour: kept.behaviour.clone(),
        argument: kept.argument.clone(),
        when_taken: WhenTaken::Fail,
    };
    let mut effects = Vec::new();
    let id = match state.world.servers.iter().position(|server| kept.is(server)) {
        Some(at) => {
            let id = state.world.servers[at].id;
            effects.extend(servers::stop(state, id));
            if let Some(server) = state.world.server_mut(id) {
                server.spec = ServerSpec { when_taken: server.spec.when_taken, ..spec };
            }
            if state.world.name(id) != kept.name {
                let name = state.world.free_name(&kept.name);
                state.world.rename(id, &name);
            }
            id
        }
        None => servers::add(state, &kept.name, spec),
    };
    if let Some(server) = state.world.server_mut(id) {
        server.shaping = shaping;
    }
    if kept.runs && kept.behaviour == super::server_form::EXEC {
        waits.push(format!("{} runs programs and waits for its start", kept.name));
    } else if kept.runs {
        effects.extend(servers::start(state, id));
    }
    Ok(effects)
}

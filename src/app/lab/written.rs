//! The lab as it stands, to be written to a file.

use crate::app::{Content, Effect, State, WhenThere, replay};
use crate::contract::Motion;
use crate::lab::{Client, Lab, Server, Start, Then};
use crate::model::ConnectionLife;

/// What a file would say that makes this lab.
pub fn of(state: &State) -> Lab {
    let before = state.lab.as_ref().map(|running| &running.lab);
    // What was seen in this run is not there in the next, to be replayed.
    let lasting = state.world.servers.iter().filter(|server| !replay::is_of_this_run(server));
    let servers = lasting.map(|server| {
        let mut shaping = server.shaping.clone();
        shaping.motion = Motion::Running;
        Server {
            name: server.name.replace(char::is_whitespace, "-"),
            listen: server.spec.listen.clone(),
            behaviour: server.spec.behaviour.clone(),
            argument: server.spec.argument.clone(),
            start: if server.life.is_wanted() { Start::AtOnce } else { Start::Waits },
            shaping,
        }
    });
    let clients = state.client.tabs.iter().filter_map(|tab| {
        let name = state.world.name(tab.node).to_owned();
        // What it says and hears is as it was written; where it goes, as it is now.
        let known = before.and_then(|lab| lab.clients.iter().find(|client| client.name == name));
        let spec = tab.settings.spec(tab.endpoint().ok()?);
        let is_connected = state.world.client(tab.node).is_some_and(|client| client.life != ConnectionLife::Idle);
        let start = if is_connected { Start::AtOnce } else { Start::Waits };
        let new = |spec| Client {
            name: name.replace(char::is_whitespace, "-"),
            spec,
            start,
            sends: Vec::new(),
            expects: Vec::new(),
            then: Then::Stay,
        };
        Some(if let Some(known) = known { Client { spec, ..known.clone() } } else { new(spec) })
    });
    Lab {
        title: before.map(|lab| lab.title.clone()).unwrap_or_default(),
        record: before.and_then(|lab| lab.record.clone()),
        servers: servers.collect(),
        clients: clients.collect(),
        requests: before.map(|lab| lab.requests.clone()).unwrap_or_default(),
        steps: before.map(|lab| lab.steps.clone()).unwrap_or_default(),
    }
}

/// Writes it; over a file that is there only after a yes.
///
/// # Errors
/// No file is named.
pub fn save(state: &mut State, file: &str) -> Result<Vec<Effect>, String> {
    let file = file.trim();
    if file.is_empty() {
        return Err("name the file: write lab.toml".into());
    }
    let path = state.paths.meant(file);
    let content = Content::Bytes(of(state).write().into());
    Ok(vec![Effect::SaveFile { path, content, when_there: WhenThere::Ask }])
}

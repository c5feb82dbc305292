//! From the lab that runs to the lab that its file now says: what differs is changed, and nothing else.

use super::expectation::Awaited;
use super::request::Asked;
use super::talk::Talk;
use crate::app::pane::{client, servers};
use crate::app::{Effect, State};
use crate::contract::{NetCommand, ServerSpec, WhenTaken};
use crate::lab::{Client, Lab, Server, Start};
use crate::model::NodeId;

/// Makes the lab that runs the one that its file says.
pub fn change(state: &mut State, lab: Lab) -> Vec<Effect> {
    let Some(running) = &state.lab else { return Vec::new() };
    let before = running.lab.clone();
    let mut effects = Vec::new();
    for server in before.servers.iter().filter(|server| !lab.servers.iter().any(|other| other.name == server.name)) {
        if let Some(node) = server_node(state, &server.name) {
            effects.extend(servers::remove(state, node));
        }
    }
    for client in before.clients.iter().filter(|client| !lab.clients.iter().any(|other| other.name == client.name)) {
        if let Some(node) = client_node(state, &client.name) {
            effects.extend(client::close(state, node));
        }
    }
    for server in &lab.servers {
        match before.servers.iter().find(|other| other.name == server.name) {
            Some(same) if same == server => {}
            Some(_) | None => effects.extend(set_server(state, server)),
        }
    }
    for client in &lab.clients {
        match before.clients.iter().find(|other| other.name == client.name) {
            Some(same) if same == client => {}
            Some(_) | None => effects.extend(set_client(state, client)),
        }
    }
    effects.extend(set_requests(state, &lab));
    set_steps(state, lab);
    effects
}

fn server_node(state: &State, name: &str) -> Option<NodeId> {
    state.world.servers.iter().find(|server| server.name == name).map(|server| server.id)
}

fn client_node(state: &State, name: &str) -> Option<NodeId> {
    state.world.clients.iter().find(|client| client.name == name).map(|client| client.id)
}

/// Makes a server, or makes the one of that name what it is now to be.
fn set_server(state: &mut State, server: &Server) -> Vec<Effect> {
    let Server { name, listen, behaviour, argument, start, shaping } = server.clone();
    let spec = ServerSpec { listen, behaviour, argument, when_taken: WhenTaken::Fail };
    let Some(node) = server_node(state, &name) else {
        let node = servers::add(state, &name, spec);
        if let Some(made) = state.world.server_mut(node) {
            made.shaping = shaping;
        }
        return if start == Start::AtOnce { servers::start(state, node) } else { Vec::new() };
    };
    let Some(known) = state.world.server_mut(node) else { return Vec::new() };
    let runs = known.life.is_wanted();
    let is_same = known.spec == spec;
    known.spec = spec;
    known.shaping.clone_from(&shaping);
    match (is_same, runs) {
        // Who is connected stays so.
        (true, true) => vec![Effect::Net(NetCommand::Shape(node, shaping))],
        (false, true) => servers::restart(state, node),
        (_, false) => Vec::new(),
    }
}

/// Makes a client, or one of that name anew.
fn set_client(state: &mut State, client: &Client) -> Vec<Effect> {
    let mut effects = Vec::new();
    if let Some(node) = client_node(state, &client.name) {
        effects.extend(client::close(state, node));
    }
    let node = client::open_tab(state, &client.spec.target.to_string());
    let name = state.world.free_name(&client.name);
    state.world.rename(node, &name);
    if let Some(tab) = state.client.tab_mut(node) {
        tab.settings.source.clone_from(&client.spec.source);
        tab.settings.tls = client.spec.tls.clone();
        tab.settings.cast = client.spec.cast.clone();
    }
    state.client.leave_field();
    if let Some(running) = &mut state.lab {
        running.talks.retain(|talk| !talk.is_named(&client.name));
        running.talks.push(Talk::new(node, client));
    }
    effects
}

/// Requests that are new wait for their time; those that are gone are made no more.
fn set_requests(state: &mut State, lab: &Lab) -> Vec<Effect> {
    let Some(running) = &mut state.lab else { return Vec::new() };
    running.asked.retain(|asked| lab.requests.iter().any(|request| asked.is_of(request)));
    for request in &lab.requests {
        if !running.asked.iter().any(|asked| asked.is_of(request)) {
            let node = state.world.new_node(&request.name);
            running.asked.push(Asked::new(node, request));
        }
    }
    Vec::new()
}

/// Steps whose time is past are not done again.
fn set_steps(state: &mut State, lab: Lab) {
    let now = state.now;
    let Some(running) = &mut state.lab else { return };
    if running.lab.steps != lab.steps {
        let time = running.clock.time(now);
        running.next = time.map_or(0, |time| lab.steps.iter().take_while(|step| step.at < time).count());
        running.awaited = lab.steps[running.next..].iter().filter_map(Awaited::of).collect();
    }
    running.verdict.is_over = false;
    running.lab = lab;
}

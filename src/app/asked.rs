//! What is asked from outside the screen, through the lab's control socket: a command by name, answered in JSON.

use serde_json::{Value, json};

use super::command::{self, Action};
use super::overlay::Overlay;
use super::world::{Client, Server};
use super::{Effect, State, command_line, notice, perform, settle};
use crate::model::{ConnectionLife, ServerLife};

/// Performs a line and answers it; an empty line asks how the lab stands.
pub fn answer(state: &mut State, number: u64, line: &str) -> Vec<Effect> {
    let line = line.trim();
    if line.is_empty() {
        return vec![Effect::Answer { number, text: standing(state).to_string() }];
    }
    let known = state.notices.count();
    // No frame is drawn before it, which would do the same.
    let mut first = settle(state);
    let (mut effects, refusal) = match carried_out(state, line) {
        Ok(effects) => (effects, None),
        Err(why) => (Vec::new(), Some(why)),
    };
    let new = usize::try_from(state.notices.count() - known).unwrap_or(usize::MAX);
    let told = || state.notices.told().iter().rev().take(new).rev();
    let error = told().find(|told| told.kind != notice::Kind::Notice).map(|told| told.words.clone());
    let refusal = refusal.or(error);
    let said = told().map(|told| told.words.as_str());
    let mut answer = json!({ "ok": refusal.is_none(), "command": line, "said": said.collect::<Vec<_>>() });
    if let Some(why) = refusal {
        answer["error"] = why.into();
    }
    if let Some(Overlay::Ask(_, words)) = &state.overlay {
        answer["asks"] = words.as_str().into();
    }
    effects.push(Effect::Answer { number, text: answer.to_string() });
    first.append(&mut effects);
    first
}

/// Performs a line, in what lies over the panes too: a question can be answered.
fn carried_out(state: &mut State, line: &str) -> Result<Vec<Effect>, String> {
    let over = command::named(line).map(|command| command.action).filter(|action| matches!(action, Action::Over(_)));
    match over {
        Some(action) if state.overlay.is_some() => Ok(perform(state, action)),
        Some(_) | None => command_line::perform_line(state, line),
    }
}

/// How the lab stands.
fn standing(state: &State) -> Value {
    let recording = &state.recording;
    json!({
        "ok": true,
        "servers": state.world.servers.iter().map(server).collect::<Vec<_>>(),
        "clients": state.world.clients.iter().map(client).collect::<Vec<_>>(),
        "frames": state.world.log.next_number() - 1,
        "recording": recording.file().map(|path| path.display().to_string()),
        "recorded_bytes": recording.bytes(),
        "opened": state.past.opened.as_ref().map(|opened| opened.name.as_str()),
    })
}

fn server(server: &Server) -> Value {
    let mut told = json!({
        "name": server.name,
        "listen": server.spec.listen.to_string(),
        "local": server.endpoint().to_string(),
        "behaviour": server.spec.behaviour,
        "with": server.spec.argument,
        "life": life_of_server(&server.life),
        "open": server.open,
        "bytes_in": server.bytes_in,
        "bytes_out": server.bytes_out,
    });
    if let ServerLife::Failed(trouble) = &server.life {
        told["error"] = trouble.to_string().into();
    }
    if server.is_tap() {
        let shaping = &server.shaping;
        told["seed"] = shaping.seed.into();
        told["impairments"] = shaping.impairments.iter().map(ToString::to_string).collect();
        told["held"] = server.held.len().into();
    }
    told
}

fn life_of_server(life: &ServerLife) -> &'static str {
    match life {
        ServerLife::Stopped => "stopped",
        ServerLife::Starting => "starting",
        ServerLife::Listening(_) => "listening",
        ServerLife::Stopping => "stopping",
        ServerLife::Failed(_) => "failed",
    }
}

fn client(client: &Client) -> Value {
    let life = match &client.life {
        ConnectionLife::Idle => "idle",
        ConnectionLife::Connecting => "connecting",
        ConnectionLife::Open => "open",
        ConnectionLife::FinishedByUs => "finished-by-us",
        ConnectionLife::FinishedByPeer => "finished-by-peer",
        ConnectionLife::Closed(..) => "closed",
        ConnectionLife::Failed(_) => "failed",
    };
    json!({ "name": client.name, "life": life })
}

//! The traffic saved as a capture that Wireshark opens: all that was recorded, or else what is in memory.

use bytes::Bytes;

use crate::app::command::Kind;
use crate::app::form::{Field, Form, Purpose};
use crate::app::{Content, Effect, State, WhenThere, forms, recording};
use crate::capture;

/// The name that is offered first.
const NAME: &str = "traffic.pcapng";

/// Asks where the traffic is to be saved.
pub fn ask(state: &mut State, purpose: Purpose) {
    let log = &state.world.log;
    let hint = match log.forgotten() {
        _ if state.recording.is_there() => {
            "all that was recorded, as pcapng: Wireshark and `wirelab read` open it".to_owned()
        }
        0 => format!("{} frames, as pcapng: Wireshark and `wirelab read` open it", log.len()),
        gone => format!("the newest {} frames, as pcapng; {gone} have left memory", log.len()),
    };
    let name = state.forms.last("save", "file").unwrap_or(NAME).to_owned();
    let title = if purpose == Purpose::SaveAndQuit { "Save the traffic, then quit" } else { "Save the traffic" };
    let field = Field::text_field("file", name, hint).of(Kind::File);
    forms::open(state, Form::new(title, purpose, vec![field]));
}

/// Saves all that was recorded under a path; where nothing was, all frames in memory.
///
/// # Errors
/// No path is written, or nothing was seen yet.
pub fn save(state: &mut State, path: &str) -> Result<Vec<Effect>, String> {
    let path = path.trim();
    if path.is_empty() {
        return Err("write a path".into());
    }
    if state.recording.is_there() {
        let path = state.paths.meant(path);
        return Ok(vec![recording::save(state, path, WhenThere::Ask)]);
    }
    let world = &state.world;
    if world.log.is_empty() {
        return Err("nothing was seen yet".into());
    }
    let servers = world.servers.iter().map(|server| (server.id, server.name.as_str()));
    let clients = world.clients.iter().map(|client| (client.id, client.name.as_str()));
    let http = [(state.http.node, world.name(state.http.node))];
    let bytes = capture::whole(
        servers.chain(clients).chain(http),
        world.log.iter(),
        |flow| world.flow(flow),
        |frame| world.remarks.of(frame),
    );
    let content = Content::Bytes(Bytes::from(bytes));
    Ok(vec![Effect::SaveFile { path: state.paths.meant(path), content, when_there: WhenThere::Ask }])
}

/// Saves all that was recorded, and then quits.
///
/// # Errors
/// No path is written.
pub fn save_and_quit(state: &mut State, path: &str) -> Result<Vec<Effect>, String> {
    let path = path.trim();
    if path.is_empty() {
        return Err("write a path".into());
    }
    let path = state.paths.meant(path);
    Ok(vec![recording::save_and_quit(state, path)])
}

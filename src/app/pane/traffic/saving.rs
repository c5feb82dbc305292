//! The traffic in memory, saved as a capture that Wireshark opens.

use bytes::Bytes;

use crate::app::command::Kind;
use crate::app::form::{Field, Form, Purpose};
use crate::app::{Effect, State, WhenThere, forms};
use crate::capture;

/// The name that is offered first.
const NAME: &str = "traffic.pcapng";

/// Asks where the traffic is to be saved.
pub(super) fn ask(state: &mut State) {
    let log = &state.world.log;
    let hint = match log.forgotten() {
        0 => format!("{} frames, as pcapng: Wireshark and `wirelab read` open it", log.len()),
        gone => format!("the newest {} frames, as pcapng; {gone} have left memory", log.len()),
    };
    let name = state.forms.last("save", "file").unwrap_or(NAME).to_owned();
    let field = Field::text_field("file", name, hint).of(Kind::File);
    forms::open(state, Form::new("Save the traffic", Purpose::SaveTraffic, vec![field]));
}

/// Saves all frames in memory under a path.
///
/// # Errors
/// No path is written, or nothing was seen yet.
pub fn save(state: &mut State, path: &str) -> Result<Vec<Effect>, String> {
    let path = path.trim();
    if path.is_empty() {
        return Err("write a path".into());
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
    Ok(vec![Effect::SaveFile { path: state.paths.meant(path), bytes: Bytes::from(bytes), when_there: WhenThere::Ask }])
}

//! The built-in lab: what a first start brings up, all on loopback.

use super::pane::{PaneId, client, servers};
use super::{Effect, State};
use crate::contract::{ServerSpec, WhenTaken};
use crate::model::{Endpoint, Place, Scheme};

/// The built-in servers: name, scheme, port, behaviour, whether it starts at once.
const SERVERS: [(&str, Scheme, u16, &str, AtStart); 4] = [
    ("echo", Scheme::Tcp, 7001, "echo", AtStart::Runs),
    ("echo-udp", Scheme::Udp, 7002, "echo", AtStart::Runs),
    ("web", Scheme::Http, 8080, "files", AtStart::Runs),
    ("chat", Scheme::Tcp, 7003, "chat", AtStart::Waits),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum AtStart {
    Runs,
    Waits,
}

/// Sets the built-in lab up and asks for its servers to run. A port another program has is left to
/// it: the server takes any free one, and what points at it follows.
pub fn open(state: &mut State) -> Vec<Effect> {
    let mut effects = Vec::new();
    for (name, scheme, port, behaviour, at_start) in SERVERS {
        let listen = Endpoint { scheme, place: Place::Host { host: "127.0.0.1".into(), port } };
        let spec = ServerSpec {
            listen,
            behaviour: behaviour.into(),
            argument: String::new(),
            when_taken: WhenTaken::PickAnother,
        };
        let id = servers::add(state, name, spec);
        if at_start == AtStart::Runs {
            effects.extend(servers::start(state, id));
        }
    }
    client::open_tab(state, "tcp://127.0.0.1:7001");
    state.focus = PaneId::Client;
    effects
}

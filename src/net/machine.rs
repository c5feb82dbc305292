//! What answers for a server, or speaks for a client: the machine of the kind its specification names, or a replay.

use crate::behaviour::{self, Behaviour, Carrier, Machine, replay};
use crate::contract::{Play, ServerSpec};
use crate::model::{Endpoint, Scheme, Side, Trouble};

/// Makes the machine a server asks for.
///
/// # Errors
/// When there is no such behaviour, it does not fit what the server speaks, or its argument is wrong.
pub(crate) fn make(spec: &ServerSpec) -> Result<Machine, Trouble> {
    check(spec)?;
    let trouble = |why: &str, remedy: &str| Trouble::new("serve", &spec.listen, why, remedy);
    match behaviour::machine(spec.listen.scheme, &spec.behaviour, &spec.argument) {
        Ok(Machine::Replay(_)) => Err(trouble("what it replays was not read", "start it again")),
        made => made.map_err(|why| trouble(&why, "")),
    }
}

/// Makes the machine of a server that plays what was recorded.
///
/// # Errors
/// It cannot be served there.
pub(crate) fn replay(spec: &ServerSpec, play: Play) -> Result<Machine, Trouble> {
    check(spec).map(|()| Machine::Bytes(player(&spec.listen, play, Side::Server)))
}

/// What plays that side of a recorded conversation.
pub(crate) fn player(place: &Endpoint, play: Play, own: Side) -> Box<dyn Behaviour> {
    let is_datagram = place.scheme.transport().is_datagram();
    let carrier = if is_datagram { Carrier::Datagram } else { Carrier::Stream };
    replay::player(play.script, own, play.manner, carrier)
}

fn check(spec: &ServerSpec) -> Result<(), Trouble> {
    match spec.listen.scheme {
        Scheme::Tls | Scheme::Https => {
            let why = "servers do not speak TLS here yet";
            Err(Trouble::new("serve", &spec.listen, why, "listen on tcp:// or http:// instead"))
        }
        Scheme::Tcp | Scheme::Udp | Scheme::Unix | Scheme::UnixDatagram | Scheme::Http => Ok(()),
    }
}

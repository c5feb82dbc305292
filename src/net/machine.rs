//! What answers for a server: the machine of the kind its specification names.

use crate::behaviour::{self, Machine};
use crate::contract::ServerSpec;
use crate::model::{Scheme, Trouble};

/// Makes the machine a server asks for.
///
/// # Errors
/// When there is no such behaviour, it does not fit what the server speaks, or its argument is wrong.
pub(crate) fn make(spec: &ServerSpec) -> Result<Machine, Trouble> {
    let trouble = |why: &str, remedy: &str| Trouble::new("serve", &spec.listen, why, remedy);
    match spec.listen.scheme {
        Scheme::Tls | Scheme::Https => {
            Err(trouble("servers do not speak TLS here yet", "listen on tcp:// or http:// instead"))
        }
        Scheme::Tcp | Scheme::Udp | Scheme::Unix | Scheme::UnixDatagram | Scheme::Http => {
            match behaviour::machine(spec.listen.scheme, &spec.behaviour, &spec.argument) {
                Ok(Machine::Replay(_)) => Err(trouble("what it replays was not read", "start it again")),
                made => made.map_err(|why| trouble(&why, "")),
            }
        }
    }
}

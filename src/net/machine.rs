//! What answers for a server: the machine of the kind its specification names.

use crate::behaviour::{self, Behaviour, Carrier, Make, Responder};
use crate::contract::ServerSpec;
use crate::model::{Scheme, Trouble};

/// The machine, made.
pub(crate) enum Machine {
    /// It answers bytes.
    Bytes(Box<dyn Behaviour>),
    /// It answers HTTP requests.
    Http(Box<dyn Responder>),
}

/// Makes the machine a server asks for.
///
/// # Errors
/// When there is no such behaviour, it does not fit what the server speaks, or its argument is wrong.
pub(crate) fn make(spec: &ServerSpec) -> Result<Machine, Trouble> {
    let trouble = |why: String, remedy: &str| Trouble::new("serve", &spec.listen, why, remedy);
    let Some(kind) = behaviour::kind(&spec.behaviour) else {
        let names: Vec<&str> = behaviour::KINDS.iter().map(|kind| kind.name).collect();
        let remedy = format!("use one of {}", names.join(", "));
        return Err(trouble(format!("there is no behaviour \"{}\"", spec.behaviour), &remedy));
    };
    let carrier = if spec.listen.scheme.transport().is_datagram() { Carrier::Datagram } else { Carrier::Stream };
    match (kind.make, spec.listen.scheme) {
        (_, Scheme::Tls | Scheme::Https) => {
            Err(trouble("servers do not speak TLS here yet".into(), "listen on tcp:// or http:// instead"))
        }
        (Make::Bytes(_), Scheme::Http) => {
            let why = format!("\"{}\" does not answer HTTP", kind.name);
            Err(trouble(why, "use files or routes, or listen on tcp://"))
        }
        (Make::Http(_), Scheme::Tcp | Scheme::Udp | Scheme::Unix | Scheme::UnixDatagram) => {
            Err(trouble(format!("\"{}\" answers HTTP only", kind.name), "listen on http://"))
        }
        (Make::Bytes(make), Scheme::Tcp | Scheme::Udp | Scheme::Unix | Scheme::UnixDatagram) => {
            make(carrier, &spec.argument).map(Machine::Bytes).map_err(|why| trouble(why, ""))
        }
        (Make::Http(make), Scheme::Http) => make(&spec.argument).map(Machine::Http).map_err(|why| trouble(why, "")),
    }
}

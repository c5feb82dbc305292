//! Passing on: the server is a tap before another one, and answers nothing itself.

use super::{Kind, Make};
use crate::model::{Endpoint, Scheme};

pub(super) const KIND: Kind = Kind {
    name: "tap",
    words: "passes everything on to a target and back; delays, loses, holds it",
    argument: "the target: tcp://127.0.0.1:7001, udp://host:port, unix:///path",
    example: "tcp://127.0.0.1:7001",
    make: Make::Tap(target),
};

/// Where all is passed on to; without a scheme, by that by which the tap listens.
fn target(listen: Scheme, argument: &str) -> Result<Endpoint, String> {
    if argument.trim().is_empty() {
        return Err(format!("a tap passes on to a target: {}://127.0.0.1:7001", listen.name()));
    }
    let target = Endpoint::parse(argument.trim(), listen).map_err(|error| error.to_string())?;
    if target.port() == Some(0) {
        return Err("port 0 is no port to connect to; name the target's".to_owned());
    }
    Ok(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_may_leave_out_what_the_tap_speaks() {
        let read = |listen, text| target(listen, text).map(|target| target.to_string());
        assert_eq!(read(Scheme::Tcp, "127.0.0.1:7001").as_deref(), Ok("tcp://127.0.0.1:7001"));
        assert_eq!(read(Scheme::Udp, ":53").as_deref(), Ok("udp://127.0.0.1:53"));
        assert_eq!(read(Scheme::Tcp, "unix:///run/x.sock").as_deref(), Ok("unix:///run/x.sock"));
        assert!(read(Scheme::Tcp, "127.0.0.1:0").unwrap_err().contains("port 0"));
        assert!(read(Scheme::Tcp, " ").unwrap_err().contains("tcp://127.0.0.1:7001"));
    }
}

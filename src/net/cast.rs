//! UDP to many: broadcast and multicast options of a socket.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use socket2::{InterfaceIndexOrAddress, Socket};

use super::words;
use crate::contract::CastSpec;
use crate::model::Trouble;

/// Whether a target is one machine or many. Directed broadcasts (10.255.255.255) are known by the system alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    One,
    Broadcast,
    Multicast,
}

/// What kind of target the address is, as far as it shows.
pub(crate) fn kind(ip: IpAddr) -> Kind {
    match ip {
        _ if ip.is_multicast() => Kind::Multicast,
        IpAddr::V4(v4) if v4.is_broadcast() => Kind::Broadcast,
        IpAddr::V4(_) | IpAddr::V6(_) => Kind::One,
    }
}

/// Makes a socket ready to send to a multicast group: interface, time to live, and that this machine hears it too.
pub(crate) fn prepare_multicast(socket: &Socket, group: IpAddr, spec: &CastSpec) -> Result<(), Trouble> {
    let interface = spec.interface.as_deref().map(str::trim).filter(|written| !written.is_empty());
    let trouble = |error: io::Error| Trouble::new("multicast", group, words::why(&error), "");
    match group {
        IpAddr::V4(_) => {
            if let Some(written) = interface {
                socket.set_multicast_if_v4(&interface_v4(written)?).map_err(trouble)?;
            }
            if let Some(ttl) = spec.ttl {
                socket.set_multicast_ttl_v4(u32::from(ttl)).map_err(trouble)?;
            }
            socket.set_multicast_loop_v4(true).map_err(trouble)
        }
        IpAddr::V6(_) => {
            if let Some(written) = interface {
                socket.set_multicast_if_v6(interface_v6(written)?).map_err(trouble)?;
            }
            if let Some(ttl) = spec.ttl {
                socket.set_multicast_hops_v6(u32::from(ttl)).map_err(trouble)?;
            }
            socket.set_multicast_loop_v6(true).map_err(trouble)
        }
    }
}

/// Joins a group, so that the socket hears what is sent to it.
pub(crate) fn join(socket: &Socket, group: IpAddr, interface: Option<&str>) -> Result<(), Trouble> {
    let interface = interface.map(str::trim).filter(|written| !written.is_empty());
    let joined = match group {
        IpAddr::V4(group) => {
            let interface = interface.map_or(Ok(Ipv4Addr::UNSPECIFIED), interface_v4)?;
            socket.join_multicast_v4_n(&group, &InterfaceIndexOrAddress::Address(interface))
        }
        IpAddr::V6(group) => socket.join_multicast_v6(&group, interface.map_or(Ok(0), interface_v6)?),
    };
    joined.map_err(|error| {
        let why = words::why(&error);
        Trouble::new("join", group, why, "name the interface: its IPv4 address, such as 127.0.0.1")
    })
}

fn interface_v4(written: &str) -> Result<Ipv4Addr, Trouble> {
    written.parse().map_err(|_| {
        let why = "an interface for IPv4 multicast is named by its address";
        Trouble::new("multicast", written, why, "write its IPv4 address, such as 127.0.0.1 (see `ip address`)")
    })
}

/// An interface's index: written as such, as its name, or as one of its addresses' zone.
fn interface_v6(written: &str) -> Result<u32, Trouble> {
    if let Ok(index) = written.parse() {
        return Ok(index);
    }
    let name = written.rsplit('%').next().unwrap_or(written);
    let is_plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.@:".contains(c));
    let index = if is_plain && name != "." && name != ".." && written.parse::<Ipv6Addr>().is_err() {
        std::fs::read_to_string(format!("/sys/class/net/{name}/ifindex")).ok()
    } else {
        None
    };
    index.and_then(|index| index.trim().parse().ok()).ok_or_else(|| {
        let why = "no such interface is known";
        Trouble::new("multicast", written, why, "write its name or index, as `ip link` lists them")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_shows_whether_it_is_one_machine_or_many() {
        for (address, expected) in [
            ("127.0.0.1", Kind::One),
            ("255.255.255.255", Kind::Broadcast),
            ("239.1.2.3", Kind::Multicast),
            ("ff02::1", Kind::Multicast),
            ("::1", Kind::One),
        ] {
            assert_eq!(kind(address.parse().unwrap()), expected, "{address}");
        }
    }

    #[test]
    fn an_interface_that_is_none_is_told_with_what_to_write() {
        assert!(interface_v4("eth0").unwrap_err().remedy.contains("127.0.0.1"));
        assert!(interface_v6("../../etc").unwrap_err().remedy.contains("ip link"));
        assert_eq!(interface_v6("7"), Ok(7));
        assert_eq!(interface_v6("lo"), Ok(1), "the loopback interface is always the first");
    }
}

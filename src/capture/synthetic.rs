//! The addresses that conversations are given in packets, where they have none of their own.
//!
//! A Unix socket stands at an IPv6 address of `fd77:6972:656c:6162::/64`, whose bytes after `fd` spell "wirelab": a
//! bound one at the FNV-1a hash of its path with the highest bit set, one without a name at its number. The client's
//! port is 49153 and the server's 49152, which no protocol has.

use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};

use crate::model::{Address, Flow, Side, Transport};

const PREFIX: [u8; 8] = *b"\xfdwirelab";
const HASHED: u64 = 1 << 63;
const SERVER_PORT: u16 = 49_152;
const CLIENT_PORT: u16 = 49_153;

/// The two ends of a conversation as packets have them, the client's first; always of one family.
pub fn ends(flow: &Flow) -> (SocketAddr, SocketAddr) {
    let (client, server) = (end(&flow.client, Side::Client), end(&flow.server, Side::Server));
    match (client, server) {
        (SocketAddr::V4(_), SocketAddr::V4(_)) => (client, server),
        _ => (mapped(client), mapped(server)),
    }
}

/// What tells the packets of one conversation from those of another at the same time: what carries them, and both ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tuple {
    carrier: Carrier,
    low: SocketAddr,
    high: SocketAddr,
}

/// What a conversation's packets look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Carrier {
    /// TCP segments.
    Tcp,
    /// UDP datagrams.
    Udp,
    /// Messages exported from a program: the plain text of TLS.
    Exported,
}

impl Carrier {
    /// Of a transport.
    pub fn of(transport: Transport) -> Self {
        match transport {
            Transport::Tcp | Transport::Unix => Carrier::Tcp,
            Transport::Udp | Transport::UnixDatagram => Carrier::Udp,
            Transport::Tls => Carrier::Exported,
        }
    }
}

impl Tuple {
    /// Of packets between these two.
    pub fn new(carrier: Carrier, one: SocketAddr, other: SocketAddr) -> Self {
        let (one, other) = (bare(one), bare(other));
        let (low, high) = if one <= other { (one, other) } else { (other, one) };
        Self { carrier, low, high }
    }

    /// Of a conversation.
    pub fn of(flow: &Flow) -> Self {
        let (client, server) = ends(flow);
        Self::new(Carrier::of(flow.transport), client, server)
    }
}

fn end(address: &Address, side: Side) -> SocketAddr {
    let port = match side {
        Side::Client => CLIENT_PORT,
        Side::Server => SERVER_PORT,
    };
    match address {
        Address::Ip(address) => *address,
        Address::Unix(path) => SocketAddr::new(unix_address(path), port),
        Address::Unnamed(number) => SocketAddr::new(numbered(number & !HASHED), port),
    }
}

/// The address of the Unix socket at a path.
pub fn unix_address(path: &str) -> IpAddr {
    // FNV-1a, 64 bits (draft-eastlake-fnv).
    let hash = path
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    numbered(hash | HASHED)
}

fn numbered(number: u64) -> IpAddr {
    let mut octets = [0; 16];
    octets[..8].copy_from_slice(&PREFIX);
    octets[8..].copy_from_slice(&number.to_be_bytes());
    Ipv6Addr::from(octets).into()
}

fn mapped(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(v4) => SocketAddr::new(v4.ip().to_ipv6_mapped().into(), v4.port()),
        SocketAddr::V6(_) => address,
    }
}

/// Without the zone, which packets do not carry.
fn bare(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(_) => address,
        SocketAddr::V6(v6) => SocketAddrV6::new(*v6.ip(), v6.port(), 0, 0).into(),
    }
}

/// The address as one of IPv6.
pub(super) fn v6(address: SocketAddr) -> Ipv6Addr {
    match address {
        SocketAddr::V4(v4) => v4.ip().to_ipv6_mapped(),
        SocketAddr::V6(v6) => *v6.ip(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_path_never_changes() {
        assert_eq!(unix_address("/tmp/lab.sock").to_string(), "fd77:6972:656c:6162:9eb6:d229:dbd4:294f");
        assert_eq!(end(&Address::Unnamed(3), Side::Client).to_string(), "[fd77:6972:656c:6162::3]:49153");
    }

    #[test]
    fn a_zone_makes_no_other_conversation() {
        let zoned: SocketAddr = "[fe80::1%2]:80".parse().unwrap();
        let bare: SocketAddr = "[fe80::1]:80".parse().unwrap();
        let other: SocketAddr = "[fe80::2]:81".parse().unwrap();
        assert_eq!(Tuple::new(Carrier::Tcp, zoned, other), Tuple::new(Carrier::Tcp, other, bare));
        assert_ne!(Tuple::new(Carrier::Tcp, zoned, other), Tuple::new(Carrier::Exported, zoned, other));
    }
}

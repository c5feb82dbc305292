//! Where an end of a conversation is, and what carries the bytes.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};

/// One end of a conversation, as the socket tells it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Address {
    /// An IP address and port.
    Ip(SocketAddr),
    /// A Unix-domain socket: its path, or `@name` in Linux's abstract namespace.
    Unix(String),
    /// A Unix-domain socket that was never bound, as most clients are; the number tells them apart.
    Unnamed(u64),
}

impl Address {
    /// The port, where there is one.
    pub fn port(&self) -> Option<u16> {
        match self {
            Address::Ip(address) => Some(address.port()),
            Address::Unix(_) | Address::Unnamed(_) => None,
        }
    }

    /// In few letters, for lists: of this machine's usual loopback address only the port.
    pub fn brief(&self) -> String {
        match self {
            Address::Ip(address) if address.ip() == Ipv4Addr::LOCALHOST => format!(":{}", address.port()),
            Address::Ip(_) | Address::Unix(_) | Address::Unnamed(_) => self.to_string(),
        }
    }

    /// Whether only this machine can reach it.
    pub fn is_local_only(&self) -> bool {
        match self {
            Address::Ip(address) => address.ip().to_canonical().is_loopback(),
            Address::Unix(_) | Address::Unnamed(_) => true,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Ip(address) => address.fmt(f),
            Address::Unix(path) => path.fmt(f),
            Address::Unnamed(number) => write!(f, "unnamed#{number}"),
        }
    }
}

/// What carries the bytes of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transport {
    /// TCP (RFC 9293).
    Tcp,
    /// UDP (RFC 768).
    Udp,
    /// A Unix-domain stream socket.
    Unix,
    /// A Unix-domain datagram socket.
    UnixDatagram,
    /// The plain text inside a TLS session; its records are a TCP flow of their own.
    Tls,
}

impl Transport {
    /// Whether one send is one datagram, with edges of its own.
    pub fn is_datagram(self) -> bool {
        match self {
            Transport::Udp | Transport::UnixDatagram => true,
            Transport::Tcp | Transport::Unix | Transport::Tls => false,
        }
    }

    /// The short name in lists and URLs.
    pub fn name(self) -> &'static str {
        match self {
            Transport::Tcp => "tcp",
            Transport::Udp => "udp",
            Transport::Unix => "unix",
            Transport::UnixDatagram => "unixgram",
            Transport::Tls => "tls",
        }
    }
}

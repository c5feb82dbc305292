//! Endpoint URLs: how every place to listen or connect is written, on screen, in files and commands.

use std::fmt;
use std::net::IpAddr;

use std::str::FromStr;

use thiserror::Error;

use super::{Address, Transport};

/// The port browsers and servers take for `http` (RFC 9110 section 4.2.1) and for `https` (4.2.2).
const HTTP_PORT: u16 = 80;
const HTTPS_PORT: u16 = 443;

/// What an endpoint speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// A TCP stream.
    Tcp,
    /// UDP datagrams.
    Udp,
    /// A Unix-domain stream socket.
    Unix,
    /// A Unix-domain datagram socket.
    UnixDatagram,
    /// TLS over TCP.
    Tls,
    /// HTTP over TCP.
    Http,
    /// HTTP over TLS.
    Https,
}

impl Scheme {
    /// Every scheme, in the order they are offered.
    pub const ALL: [Scheme; 7] =
        [Scheme::Tcp, Scheme::Udp, Scheme::Http, Scheme::Https, Scheme::Tls, Scheme::Unix, Scheme::UnixDatagram];

    /// The name before `://`.
    pub fn name(self) -> &'static str {
        match self {
            Scheme::Tcp => "tcp",
            Scheme::Udp => "udp",
            Scheme::Unix => "unix",
            Scheme::UnixDatagram => "unixgram",
            Scheme::Tls => "tls",
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }

    /// What carries it on the wire; for TLS that is TCP.
    pub fn transport(self) -> Transport {
        match self {
            Scheme::Tcp | Scheme::Tls | Scheme::Http | Scheme::Https => Transport::Tcp,
            Scheme::Udp => Transport::Udp,
            Scheme::Unix => Transport::Unix,
            Scheme::UnixDatagram => Transport::UnixDatagram,
        }
    }

    /// Whether the place is a path in the file system.
    pub fn is_unix(self) -> bool {
        match self {
            Scheme::Unix | Scheme::UnixDatagram => true,
            Scheme::Tcp | Scheme::Udp | Scheme::Tls | Scheme::Http | Scheme::Https => false,
        }
    }

    fn default_port(self) -> Option<u16> {
        match self {
            Scheme::Http => Some(HTTP_PORT),
            Scheme::Https => Some(HTTPS_PORT),
            Scheme::Tcp | Scheme::Udp | Scheme::Unix | Scheme::UnixDatagram | Scheme::Tls => None,
        }
    }
}

/// Where an endpoint is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Place {
    /// A host name or IP literal (IPv6 without its brackets, with its `%zone`), and a port; 0 lets the system pick.
    Host {
        /// The name or literal; `127.0.0.1` when it was left out.
        host: String,
        /// The port.
        port: u16,
    },
    /// A path in the file system, or `@name` in Linux's abstract namespace.
    Path(String),
}

/// A place to listen or connect, as a URL: `tcp://127.0.0.1:7001`, `udp://[::1]:7002`, `unix:///run/x.sock`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// What it speaks.
    pub scheme: Scheme,
    /// Where it is.
    pub place: Place,
}

/// Why a text is not an endpoint; each says what would be one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EndpointError {
    /// Nothing was written.
    #[error("write an address, such as tcp://127.0.0.1:7001")]
    Empty,
    /// The part before `://` is none of ours.
    #[error("\"{0}://\" is not known; use tcp, udp, tls, http, https, unix or unixgram")]
    UnknownScheme(String),
    /// No port where one is needed.
    #[error("a port is missing; write {0}:7001, or :0 to let the system pick one")]
    PortMissing(String),
    /// The port is not a number from 0 to 65535.
    #[error("\"{0}\" is not a port; use a number from 0 to 65535")]
    BadPort(String),
    /// An IPv6 literal that is not in brackets.
    #[error("an IPv6 address goes in brackets: [{0}]:7001")]
    BareIpv6(String),
    /// An opening bracket without its end.
    #[error("the closing ] of the IPv6 address is missing")]
    OpenBracket,
    /// A character that stands in no host name.
    #[error("{0:?} cannot stand in a host name")]
    BadHost(char),
    /// A Unix socket without a path.
    #[error("write the socket's path, such as {0}:///tmp/lab.sock")]
    PathMissing(&'static str),
    /// A path after the port of an endpoint that has none.
    #[error("nothing may follow the port; {0:?} does")]
    Trailing(String),
}

impl Endpoint {
    /// Reads an endpoint; without a scheme it is taken to be `plain`: `:7001`, `localhost:7001`.
    ///
    /// # Errors
    /// Says what is missing or wrong, and what would be right.
    pub fn parse(text: &str, plain: Scheme) -> Result<Self, EndpointError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(EndpointError::Empty);
        }
        let (scheme, rest) = match text.split_once("://") {
            Some((name, rest)) => (scheme_named(name)?, rest),
            None => (plain, text),
        };
        let place = if scheme.is_unix() { parse_path(rest, scheme)? } else { parse_host(rest, scheme)? };
        Ok(Self { scheme, place })
    }

    /// Whether this is plainly that address, reached by that transport. Names other than `localhost` are not looked up.
    pub fn is_at(&self, address: &Address, transport: Transport) -> bool {
        self.scheme.transport() == transport
            && match (&self.place, address) {
                (Place::Path(path), Address::Unix(own)) => path == own,
                (Place::Host { host, port }, Address::Ip(own)) => {
                    let bare = host.trim_end_matches('.');
                    let named = bare.eq_ignore_ascii_case("localhost").then(|| own.ip());
                    let host = host.parse().ok().map(|ip: IpAddr| ip.to_canonical()).or(named);
                    let is_here = host.is_some_and(|ip| {
                        ip == own.ip() || ip.is_unspecified() || (own.ip().is_unspecified() && ip.is_loopback())
                    });
                    *port == own.port() && is_here
                }
                (Place::Path(_) | Place::Host { .. }, _) => false,
            }
    }

    /// The port, where there is one.
    pub fn port(&self) -> Option<u16> {
        match &self.place {
            Place::Host { port, .. } => Some(*port),
            Place::Path(_) => None,
        }
    }
}

fn scheme_named(name: &str) -> Result<Scheme, EndpointError> {
    Scheme::ALL
        .into_iter()
        .find(|scheme| scheme.name().eq_ignore_ascii_case(name))
        .ok_or_else(|| EndpointError::UnknownScheme(name.chars().take(20).collect()))
}

fn parse_path(rest: &str, scheme: Scheme) -> Result<Place, EndpointError> {
    if rest.is_empty() {
        return Err(EndpointError::PathMissing(scheme.name()));
    }
    Ok(Place::Path(rest.to_owned()))
}

fn parse_host(rest: &str, scheme: Scheme) -> Result<Place, EndpointError> {
    let (authority, trailing) = match rest.find('/') {
        Some(slash) => rest.split_at(slash),
        None => (rest, ""),
    };
    if !trailing.is_empty() && trailing != "/" {
        return Err(EndpointError::Trailing(trailing.to_owned()));
    }
    let (host, port) = if let Some(inner) = authority.strip_prefix('[') {
        let (host, after) = inner.split_once(']').ok_or(EndpointError::OpenBracket)?;
        (host, after.strip_prefix(':').or(if after.is_empty() { None } else { Some(after) }))
    } else {
        match authority.split_once(':') {
            Some((_, port)) if port.contains(':') => return Err(EndpointError::BareIpv6(authority.to_owned())),
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        }
    };
    if let Some(bad) = host.chars().find(|c| c.is_whitespace() || c.is_control() || "/?#@[]\"<>\\^`{|}".contains(*c)) {
        return Err(EndpointError::BadHost(bad));
    }
    let host = if host.is_empty() { "127.0.0.1" } else { host };
    let port = match port {
        Some(port) => port.parse().map_err(|_| EndpointError::BadPort(port.to_owned()))?,
        None => scheme.default_port().ok_or_else(|| EndpointError::PortMissing(authority.to_owned()))?,
    };
    Ok(Place::Host { host: host.to_owned(), port })
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.name(), self.place)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Host { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Place::Host { host, port } => write!(f, "{host}:{port}"),
            Place::Path(path) => path.fmt(f),
        }
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text, Scheme::Tcp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        text.parse::<Endpoint>().map(|endpoint| endpoint.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn reads_what_people_write() {
        for (written, meant) in [
            ("tcp://127.0.0.1:7001", "tcp://127.0.0.1:7001"),
            ("udp://[::1]:7002", "udp://[::1]:7002"),
            (" :8080 ", "tcp://127.0.0.1:8080"),
            ("localhost:7", "tcp://localhost:7"),
            ("HTTP://example.org", "http://example.org:80"),
            ("https://example.org/", "https://example.org:443"),
            ("udp://[fe80::1%eth0]:7", "udp://[fe80::1%eth0]:7"),
            ("unix:///run/x.sock", "unix:///run/x.sock"),
            ("unixgram://@lab", "unixgram://@lab"),
        ] {
            assert_eq!(read(written), Ok(meant.to_owned()), "{written}");
        }
    }

    #[test]
    fn says_what_is_wrong_and_what_would_be_right() {
        for (written, word) in [
            ("", "write an address"),
            ("gopher://x:70", "use tcp, udp"),
            ("tcp://127.0.0.1", "a port is missing"),
            ("tcp://127.0.0.1:99999", "from 0 to 65535"),
            ("tcp://127.0.0.1:x", "from 0 to 65535"),
            ("::1:7001", "in brackets"),
            ("[::1:7001", "closing ]"),
            ("tcp://a b:1", "cannot stand in a host name"),
            ("tcp://a:1/x", "nothing may follow"),
            ("unix://", "the socket's path"),
        ] {
            let error = read(written).expect_err(written);
            assert!(error.contains(word), "{written}: {error}");
        }
    }
}

//! Places as sockets have them: own addresses and paths read, addresses shown.

use std::io;
use std::net::{IpAddr, SocketAddr};

use socket2::SockAddr;

use super::words;
use crate::model::{Address, Trouble};

/// The longest path of a Unix socket, bytes (unix(7): 108 with the NUL that ends it).
pub(crate) const LONGEST_PATH: usize = 107;

/// The own address a client asks for: `127.0.0.1:5000`, `:5000`, `10.0.0.1`, `[::1]:5000`, `::1`. Where it names no
/// host, `like` says of which family it is.
pub(crate) fn source(text: &str, like: IpAddr) -> Result<SocketAddr, Trouble> {
    let text = text.trim();
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Ok(address);
    }
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    if let Ok(ip) = bare.parse::<IpAddr>() {
        return Ok(SocketAddr::new(ip, 0));
    }
    let port = text.strip_prefix(':').and_then(|port| port.parse::<u16>().ok());
    let port = port.ok_or_else(|| {
        Trouble::new("bind", text, "this is no address of one's own", "write 127.0.0.1:5000, :5000 or 10.0.0.1")
    })?;
    Ok(SocketAddr::new(unspecified(like), port))
}

/// The address that means any, of the same family.
pub(crate) fn unspecified(like: IpAddr) -> IpAddr {
    match like {
        IpAddr::V4(_) => std::net::Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => std::net::Ipv6Addr::UNSPECIFIED.into(),
    }
}

/// A Unix socket's address, from its path or `@name`.
pub(crate) fn unix(act: &'static str, path: &str) -> Result<SockAddr, Trouble> {
    let written = match path.strip_prefix('@') {
        Some(name) => format!("\0{name}"),
        None => path.to_owned(),
    };
    if written.len() > LONGEST_PATH || (!path.starts_with('@') && path.contains('\0')) {
        let why = format!("the path has {} bytes and a socket's may have {LONGEST_PATH}", path.len());
        return Err(Trouble::new(act, path, why, "use a shorter one, such as /tmp/lab.sock"));
    }
    SockAddr::unix(written).map_err(|error| Trouble::new(act, path, words::why(&error), ""))
}

/// A socket's address, as it is shown; a nameless one is told apart by `number`.
pub(crate) fn shown(address: &io::Result<SockAddr>, number: u64) -> Address {
    let Ok(address) = address else { return Address::Unnamed(number) };
    if let Some(ip) = address.as_socket() {
        Address::Ip(ip)
    } else if let Some(path) = address.as_pathname() {
        Address::Unix(path.to_string_lossy().into_owned())
    } else if let Some(name) = address.as_abstract_namespace() {
        Address::Unix(format!("@{}", String::from_utf8_lossy(name)))
    } else {
        Address::Unnamed(number)
    }
}

/// A name of our own in Linux's abstract namespace, so that a Unix client can be answered and told apart.
pub(crate) fn own_name() -> io::Result<SockAddr> {
    SockAddr::unix(format!("\0wirelab-{:08x}", rand::random::<u32>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_addresses_are_read_as_people_write_them() {
        let v4 = IpAddr::from([127, 0, 0, 1]);
        let v6: IpAddr = "::1".parse().unwrap();
        for (written, like, meant) in [
            ("127.0.0.1:5000", v4, "127.0.0.1:5000"),
            (" :5000 ", v4, "0.0.0.0:5000"),
            (":5000", v6, "[::]:5000"),
            ("10.0.0.1", v4, "10.0.0.1:0"),
            ("::1", v6, "[::1]:0"),
            ("[::1]", v6, "[::1]:0"),
            ("[::1]:7", v6, "[::1]:7"),
        ] {
            assert_eq!(source(written, like).map(|address| address.to_string()), Ok(meant.to_owned()), "{written}");
        }
        let trouble = source("eth0", v4).unwrap_err();
        assert!(trouble.remedy.contains("127.0.0.1:5000"), "{trouble}");
    }

    #[test]
    fn a_path_that_is_too_long_for_a_socket_is_told_with_both_lengths() {
        let trouble = unix("listen", &format!("/{}", "x".repeat(120))).unwrap_err();
        assert!(trouble.why.contains("121 bytes") && trouble.why.contains("107"), "{trouble}");
    }
}

//! Internet addresses in every notation: what `inet_aton`, `inet_ntoa` and `inet_pton` make of a text.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::Url;

/// One line of what is known of an address: its name and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is: `network order`.
    pub name: &'static str,
    /// What it says.
    pub value: String,
}

fn fact(name: &'static str, value: impl Into<String>) -> Fact {
    Fact { name, value: value.into() }
}

/// What a text says as an address, a network, a URL or a host name; one line when it is none of them.
pub fn explain(text: &str) -> Vec<Fact> {
    let text = text.trim();
    if text.is_empty() {
        return vec![fact("write", "127.0.0.1, 0x7f000001, 2130706433, ::1, 10.0.0.0/8 or a URL")];
    }
    if text.contains("://") {
        return explain_url(text);
    }
    if let Some((address, length)) = text.split_once('/') {
        return explain_network(address, length);
    }
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    if let Ok(address) = bare.parse::<Ipv6Addr>() {
        return explain_v6(address);
    }
    match inet_aton(bare) {
        Ok(address) => explain_v4(address, bare),
        Err(why) if bare.starts_with(|letter: char| letter.is_ascii_digit()) => vec![fact("not an address", why)],
        Err(_) => vec![
            fact("host name", bare),
            fact("resolve", "a name says nothing of its address; the client pane asks for it when it connects"),
        ],
    }
}

/// Reads an IPv4 address as BSD's `inet_aton` does: one to four parts, each decimal, octal (`0…`) or
/// hexadecimal (`0x…`), the last filling all bytes that are left.
///
/// # Errors
/// Says which part is wrong, and why.
pub fn inet_aton(text: &str) -> Result<Ipv4Addr, String> {
    let parts: Vec<&str> = text.split('.').collect();
    if parts.len() > 4 {
        return Err(format!("it has {} parts; an IPv4 address has at most 4", parts.len()));
    }
    let mut value: u32 = 0;
    for (index, part) in parts.iter().enumerate() {
        let number = part_value(part)?;
        let is_last = index + 1 == parts.len();
        let bits = if is_last { 8 * (5 - parts.len() as u32) } else { 8 };
        let limit = (1u64 << bits) - 1;
        if number > limit {
            return Err(format!("{part} is too large; this part is 0 to {limit}"));
        }
        // The parts before the last take a byte each, from the left.
        value |= if is_last { number as u32 } else { (number as u32) << (24 - 8 * index) };
    }
    Ok(Ipv4Addr::from(value))
}

fn part_value(part: &str) -> Result<u64, String> {
    let (digits, radix, kind) = match part.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&part[2..], 16, "hexadecimal"),
        [b'0', _, ..] => (&part[1..], 8, "octal, because it begins with 0"),
        _ => (part, 10, "decimal"),
    };
    if digits.is_empty() {
        return Err("a part is empty".into());
    }
    if !digits.chars().all(|letter| letter.is_digit(radix)) {
        return Err(format!("\"{part}\" is no number ({kind})"));
    }
    u64::from_str_radix(digits, radix).map_err(|_| format!("{part} is too large"))
}

fn explain_v4(address: Ipv4Addr, written: &str) -> Vec<Fact> {
    let bytes = address.octets();
    let number = u32::from(address);
    let strict = match written.parse::<Ipv4Addr>() {
        Ok(_) => "takes it",
        Err(_) => "refuses it: it wants four decimal parts without leading zeros",
    };
    vec![
        fact("inet_ntoa", address.to_string()),
        fact("inet_aton", format!("{} (network order)", hex_bytes(&bytes))),
        fact("inet_pton", strict),
        fact("number", format!("{number} = 0x{number:08x} = 0{number:o} (octal)")),
        fact("bits", bytes.map(|byte| format!("{byte:08b}")).join(" ")),
        fact(
            "little-endian",
            format!("0x{:08x}, as a PC without htonl() would read the four bytes", number.swap_bytes()),
        ),
        fact("class", class_of(address)),
        fact("scope", v4_scope(address)),
        fact("IPv4-mapped", format!("{}", address.to_ipv6_mapped())),
        fact("reverse", format!("{}.{}.{}.{}.in-addr.arpa", bytes[3], bytes[2], bytes[1], bytes[0])),
    ]
}

/// The class of RFC 791, history since CIDR (RFC 4632).
fn class_of(address: Ipv4Addr) -> &'static str {
    match address.octets()[0] {
        0..=127 => "A: 8 bits of network, 24 of host (history since CIDR)",
        128..=191 => "B: 16 bits of network, 16 of host (history since CIDR)",
        192..=223 => "C: 24 bits of network, 8 of host (history since CIDR)",
        224..=239 => "D: multicast",
        240..=255 => "E: reserved",
    }
}

fn v4_scope(address: Ipv4Addr) -> &'static str {
    let [first, second, ..] = address.octets();
    match address {
        _ if address.is_unspecified() => "unspecified: a server listening on it takes every interface",
        _ if address.is_loopback() => "loopback: this machine alone (127.0.0.0/8)",
        _ if address.is_private() => "private (RFC 1918): not routed on the internet",
        _ if first == 100 && (64..128).contains(&second) => "shared by carriers' NAT (RFC 6598)",
        _ if address.is_link_local() => "link-local (RFC 3927): this link alone",
        _ if address.is_multicast() => "multicast: all who joined the group",
        _ if address.is_broadcast() => "limited broadcast: everyone on this link",
        _ if address.is_documentation() => "for documentation (RFC 5737)",
        _ if first >= 240 => "reserved",
        _ => "global",
    }
}

fn explain_v6(address: Ipv6Addr) -> Vec<Fact> {
    let number = u128::from(address);
    let groups = address.segments().map(|group| format!("{group:04x}")).join(":");
    let nibbles: Vec<String> = format!("{number:032x}").chars().rev().map(String::from).collect();
    let mut facts = vec![
        fact("inet_ntop", address.to_string()),
        fact("in full", groups),
        fact("inet_pton", format!("{} (network order)", hex_bytes(&address.octets()))),
        fact("inet_aton", "refuses it: it knows IPv4 only"),
        fact("number", number.to_string()),
        fact("scope", v6_scope(address)),
    ];
    if let Some(mapped) = address.to_ipv4_mapped() {
        facts.push(fact("IPv4 inside", format!("{mapped}, {}", v4_scope(mapped))));
    }
    facts.push(fact("in a URL", format!("http://[{address}]:8080/")));
    facts.push(fact("reverse", format!("{}.ip6.arpa", nibbles.join("."))));
    facts
}

fn v6_scope(address: Ipv6Addr) -> &'static str {
    let first = address.segments()[0];
    match address {
        _ if address.is_unspecified() => "unspecified: a server listening on it takes every interface",
        _ if address.is_loopback() => "loopback: this machine alone",
        _ if address.to_ipv4_mapped().is_some() => "an IPv4 address as IPv6 sockets see it (RFC 4291)",
        _ if address.is_multicast() => "multicast: all who joined the group",
        _ if first & 0xffc0 == 0xfe80 => "link-local: this link alone; needs a zone, such as %eth0",
        _ if first & 0xfe00 == 0xfc00 => "unique local (RFC 4193): not routed on the internet",
        _ if first == 0x2001 && address.segments()[1] == 0x0db8 => "for documentation (RFC 3849)",
        _ => "global",
    }
}

fn explain_network(address: &str, length: &str) -> Vec<Fact> {
    let address = match address.parse::<IpAddr>() {
        Ok(address) => address,
        Err(_) => match inet_aton(address) {
            Ok(address) => IpAddr::V4(address),
            Err(why) => return vec![fact("not a network", why)],
        },
    };
    let most = if address.is_ipv4() { 32 } else { 128 };
    let Some(length) = length.parse::<u32>().ok().filter(|length| *length <= most) else {
        return vec![fact("not a network", format!("the prefix length is 0 to {most}"))];
    };
    match address {
        IpAddr::V4(address) => explain_v4_network(address, length),
        IpAddr::V6(address) => explain_v6_network(address, length),
    }
}

fn explain_v4_network(address: Ipv4Addr, length: u32) -> Vec<Fact> {
    let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
    let number = u32::from(address);
    let (first, last) = (number & mask, number | !mask);
    let hosts = match length {
        31 | 32 => u64::from(last - first) + 1,
        _ => u64::from(last - first) - 1,
    };
    vec![
        fact("network", format!("{}/{length}", Ipv4Addr::from(first))),
        fact("mask", format!("{} = 0x{mask:08x}", Ipv4Addr::from(mask))),
        fact("host part", format!("{} of 32 bits: {}", 32 - length, Ipv4Addr::from(number & !mask))),
        fact("first, last", format!("{} to {}", Ipv4Addr::from(first), Ipv4Addr::from(last))),
        fact("hosts", format!("{hosts}")),
        fact("broadcast", if length < 31 { Ipv4Addr::from(last).to_string() } else { "none (RFC 3021)".into() }),
        fact("scope", v4_scope(Ipv4Addr::from(first))),
    ]
}

fn explain_v6_network(address: Ipv6Addr, length: u32) -> Vec<Fact> {
    let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
    let number = u128::from(address);
    vec![
        fact("network", format!("{}/{length}", Ipv6Addr::from(number & mask))),
        fact("host part", format!("{} of 128 bits: {}", 128 - length, Ipv6Addr::from(number & !mask))),
        fact("first, last", format!("{} to {}", Ipv6Addr::from(number & mask), Ipv6Addr::from(number | !mask))),
        fact("scope", v6_scope(Ipv6Addr::from(number & mask))),
    ]
}

/// A URL taken apart (RFC 3986), with its percent-encoding undone.
fn explain_url(text: &str) -> Vec<Fact> {
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(error) => return vec![fact("not a URL", error.to_string())],
    };
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let mut facts = vec![fact("scheme", url.scheme())];
    if !url.username().is_empty() {
        facts.push(fact("user", decoded(url.username())));
    }
    if let Some(host) = url.host_str() {
        facts.push(fact("host", host));
    }
    if let Some(port) = url.port_or_known_default() {
        let words = if url.port().is_some() { "" } else { " (the scheme's own)" };
        facts.push(fact("port", format!("{port}{words}")));
    }
    facts.push(fact("path", decoded(url.path())));
    for (name, value) in url.query_pairs() {
        facts.push(fact("query", format!("{name} = {value}")));
    }
    if let Some(fragment) = url.fragment() {
        facts.push(fact("fragment", format!("{} (never sent)", decoded(fragment))));
    }
    facts.push(fact("as sent", url.to_string()));
    facts
}

fn hex_bytes(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, name: &str) -> String {
        let facts = explain(text);
        facts
            .iter()
            .find(|fact| fact.name == name)
            .unwrap_or_else(|| panic!("{text}: no {name}: {facts:?}"))
            .value
            .clone()
    }

    #[test]
    fn one_address_in_all_the_notations_of_inet_aton() {
        let spellings = ["127.0.0.1", "0x7f000001", "2130706433", "127.1", "127.0.1", "0177.0.0.01", "0x7f.0.0.0x1"];
        for spelling in spellings {
            assert_eq!(inet_aton(spelling), Ok(Ipv4Addr::LOCALHOST), "{spelling}");
            assert_eq!(value(spelling, "inet_ntoa"), "127.0.0.1");
        }
        assert_eq!(value("127.0.0.1", "inet_aton"), "7f 00 00 01 (network order)");
        assert_eq!(value("127.0.0.1", "inet_pton"), "takes it");
        assert!(value("127.1", "inet_pton").starts_with("refuses it"));
        assert!(value("127.0.0.1", "little-endian").starts_with("0x0100007f"));
    }

    #[test]
    fn what_inet_aton_refuses_is_told() {
        for (text, word) in [
            ("256.0.0.1", "0 to 255"),
            ("1.2.3.4.5", "at most 4"),
            ("1..2", "empty"),
            ("08", "octal"),
            ("0x", "empty"),
            ("4294967296", "too large"),
            ("1.16777216", "too large"),
        ] {
            let why = inet_aton(text).expect_err(text);
            assert!(why.contains(word), "{text}: {why}");
        }
    }

    #[test]
    fn scopes_and_networks() {
        assert!(value("::1", "scope").starts_with("loopback"));
        assert!(value("::ffff:10.0.0.1", "IPv4 inside").starts_with("10.0.0.1, private"));
        assert_eq!(value("10.1.2.3/8", "network"), "10.0.0.0/8");
        assert_eq!(value("10.1.2.3/8", "host part"), "24 of 32 bits: 0.1.2.3");
        assert_eq!(value("10.1.2.3/8", "first, last"), "10.0.0.0 to 10.255.255.255");
        assert_eq!(value("192.0.2.0/31", "broadcast"), "none (RFC 3021)");
        assert_eq!(value("0.0.0.0/0", "hosts"), "4294967294");
        assert_eq!(value("2001:db8::7/32", "network"), "2001:db8::/32");
        assert!(value("10.0.0.0/33", "not a network").contains("0 to 32"));
    }

    #[test]
    fn a_url_is_taken_apart() {
        let url = "https://me@example.org/caf%C3%A9?q=a+b&x=%26#top";
        assert_eq!(value(url, "path"), "/café");
        assert_eq!(value(url, "query"), "q = a b");
        assert_eq!(value(url, "port"), "443 (the scheme's own)");
        assert_eq!(value(url, "fragment"), "top (never sent)");
        assert_eq!(value("localhost", "host name"), "localhost");
    }
}

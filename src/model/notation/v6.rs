//! An IPv6 address: its notations and its scope.

use std::net::Ipv6Addr;

use super::{Fact, Part, calls, fact, hex_bytes, part, v4};

/// All that is known of an address, as it was written.
pub fn explain(address: Ipv6Addr, zone: Option<&str>, written: &str) -> Vec<Part> {
    let mut kind = vec![fact("compressed", address.to_string()), fact("scope", scope(address))];
    if let Some(zone) = zone {
        kind.push(fact("zone", format!("{zone}: the interface it counts on (RFC 4007); it never leaves this machine")));
    }
    if address.is_multicast() {
        kind.push(fact("reach", reach(address)));
        kind.push(fact("lifetime", lifetime(address)));
    } else if let Some(v4) = inside(address) {
        kind.push(fact("IPv4 inside", format!("{v4}, {}", v4::scope(v4))));
    }
    if let Some(hardware) = hardware_address(address) {
        kind.push(fact("MAC inside", format!("{hardware} (EUI-64, RFC 4291 appendix A)")));
    }
    vec![part("IPv6 address", kind), part("Notations", notations(address, zone)), calls::of_v6(address, zone, written)]
}

fn notations(address: Ipv6Addr, zone: Option<&str>) -> Vec<Fact> {
    let number = u128::from(address);
    // RFC 6874: the percent sign of a zone is itself percent-encoded.
    let host = zone.map_or_else(|| address.to_string(), |zone| format!("{address}%25{zone}"));
    let binary = address.segments().map(|group| format!("{group:016b}"));
    vec![
        fact("in full", address.segments().map(|group| format!("{group:04x}")).join(":")),
        fact("bytes", hex_bytes(&address.octets())),
        fact("hexadecimal", format!("0x{number:032x}")),
        fact("decimal", number.to_string()),
        fact("binary", binary[..4].join(":")),
        fact("", binary[4..].join(":")),
        fact("in a URL", format!("http://[{host}]/")),
        fact("reverse DNS", reverse(number)),
    ]
}

fn reverse(number: u128) -> String {
    let nibbles: Vec<String> = format!("{number:032x}").chars().rev().map(String::from).collect();
    format!("{}.ip6.arpa", nibbles.join("."))
}

/// What an address is for (IANA's IPv6 special-purpose registry, RFC 6890).
pub fn scope(address: Ipv6Addr) -> &'static str {
    let [first, second, third, fourth, ..] = address.segments();
    match address {
        _ if address.is_unspecified() => "unspecified: a server listening on it takes every interface",
        _ if address.is_loopback() => "loopback: this machine alone (::1/128)",
        _ if address.to_ipv4_mapped().is_some() => "IPv4-mapped: an IPv4 address as IPv6 sockets see it (RFC 4291)",
        _ if address.is_multicast() => "multicast: all who joined the group (ff00::/8)",
        _ if first & 0xffc0 == 0xfe80 => "link-local (fe80::/10): this link alone; needs a zone, such as %eth0",
        _ if first & 0xfe00 == 0xfc00 => "unique local, ULA (fc00::/7, RFC 4193): not routed on the internet",
        _ if first & 0xffc0 == 0xfec0 => "site-local (fec0::/10): no longer used (RFC 3879)",
        _ if (first, second) == (0x2001, 0x0db8) => "for documentation (2001:db8::/32, RFC 3849)",
        _ if first == 0x3fff && second < 0x1000 => "for documentation (3fff::/20, RFC 9637)",
        _ if (first, second) == (0x64, 0xff9b) && third == 0 => "NAT64: an IPv4 address behind a translator (RFC 6052)",
        _ if (first, second, third, fourth) == (0x100, 0, 0, 0) => "discarded by all routers (100::/64, RFC 6666)",
        _ if first == 0x2002 => "6to4: an IPv4 address as a network (2002::/16, RFC 3056)",
        _ if (first, second) == (0x2001, 0) => "Teredo tunnel (2001::/32, RFC 4380)",
        _ if first & 0xe000 == 0x2000 => "global: routed on the internet (2000::/3)",
        _ => "not assigned",
    }
}

/// The IPv4 address that is carried inside, where the form has one.
fn inside(address: Ipv6Addr) -> Option<std::net::Ipv4Addr> {
    let [first, second, third, ..] = address.segments();
    let bytes = address.octets();
    let at = |start: usize| std::net::Ipv4Addr::new(bytes[start], bytes[start + 1], bytes[start + 2], bytes[start + 3]);
    address
        .to_ipv4_mapped()
        .or_else(|| (first == 0x2002).then(|| at(2)))
        .or_else(|| ((first, second, third) == (0x64, 0xff9b, 0)).then(|| at(12)))
}

/// How far a multicast group reaches (RFC 7346).
fn reach(address: Ipv6Addr) -> String {
    let scope = address.segments()[0] & 0xf;
    let words = match scope {
        1 => "this interface",
        2 => "this link",
        3 => "this realm",
        4 => "as the administrator says",
        5 => "this site",
        8 => "this organization",
        0xe => "global",
        _ => "not assigned",
    };
    let group = match address.segments() {
        [_, 0, 0, 0, 0, 0, 0, 1] => ": all nodes",
        [_, 0, 0, 0, 0, 0, 0, 2] => ": all routers",
        [_, 0, 0, 0, 0, 0, 0, 0xfb] => ": mDNS (RFC 6762)",
        [_, 0, 0, 0, 0, 1, low, _] if low & 0xff00 == 0xff00 => ": a solicited node (RFC 4291)",
        _ => "",
    };
    format!("{words} (scope {scope:x}, RFC 7346){group}")
}

fn lifetime(address: Ipv6Addr) -> &'static str {
    if address.segments()[0] & 0x10 == 0 {
        "well known, assigned by IANA (T is 0)"
    } else {
        "made for a while (T is 1)"
    }
}

/// The hardware address that an interface made its own half from.
fn hardware_address(address: Ipv6Addr) -> Option<String> {
    let mut own: Vec<u8> = address.octets()[8..].to_vec();
    if own.drain(3..5).ne([0xff, 0xfe]) {
        return None;
    }
    own[0] ^= 2;
    Some(own.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":"))
}

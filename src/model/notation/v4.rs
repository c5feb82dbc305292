//! An IPv4 address: its notations, its class and scope.

use std::net::Ipv4Addr;

use super::{Fact, Part, calls, fact, hex_bytes, part};

/// All that is known of an address, as it was written.
pub fn explain(address: Ipv4Addr, written: &str) -> Vec<Part> {
    let kind =
        vec![fact("scope", scope(address)), fact("class", class(address)), fact("network part", classful(address))];
    vec![
        part("IPv4 address", [vec![fact("dotted", address.to_string())], kind].concat()),
        part("Notations", notations(address)),
        calls::of_v4(address, written),
    ]
}

fn notations(address: Ipv4Addr) -> Vec<Fact> {
    let number = u32::from(address);
    let bytes = address.octets();
    let [a, b, c, d] = bytes;
    let mapped = address.to_ipv6_mapped();
    let [.., high, low] = mapped.segments();
    vec![
        fact("bytes", format!("{} (network order: the most significant first)", hex_bytes(&bytes))),
        fact("hexadecimal", format!("0x{number:08x}")),
        fact("decimal", number.to_string()),
        fact("octal", format!("0{number:o}")),
        fact("binary", bytes.map(|byte| format!("{byte:08b}")).join(".")),
        fact("dotted hex", bytes.map(|byte| format!("0x{byte:x}")).join(".")),
        fact("dotted octal", bytes.map(|byte| format!("0{byte:o}")).join(".")),
        fact("short", short(address)),
        fact("IPv4-mapped", format!("{mapped} = ::ffff:{high:x}:{low:x}")),
        fact("reverse DNS", format!("{d}.{c}.{b}.{a}.in-addr.arpa")),
    ]
}

/// The fewest parts that `inet_aton` reads as the same without a number of more than a byte.
fn short(address: Ipv4Addr) -> String {
    match address.octets() {
        [a, 0, 0, d] => format!("{a}.{d}"),
        [a, b, 0, d] => format!("{a}.{b}.{d}"),
        _ => address.to_string(),
    }
}

/// The class of RFC 791, history since CIDR (RFC 4632).
fn class(address: Ipv4Addr) -> &'static str {
    match address.octets()[0] {
        0..=127 => "A: first bit 0, 8 bits of network, 24 of host (history since CIDR)",
        128..=191 => "B: first bits 10, 16 bits of network, 16 of host (history since CIDR)",
        192..=223 => "C: first bits 110, 24 bits of network, 8 of host (history since CIDR)",
        224..=239 => "D: first bits 1110, multicast",
        240..=255 => "E: first bits 1111, reserved",
    }
}

fn classful(address: Ipv4Addr) -> String {
    let [a, b, c, d] = address.octets();
    match a {
        0..=127 => format!("{a}, host part {b}.{c}.{d} (by class: /8; write a prefix to see another)"),
        128..=191 => format!("{a}.{b}, host part {c}.{d} (by class: /16; write a prefix to see another)"),
        192..=223 => format!("{a}.{b}.{c}, host part {d} (by class: /24; write a prefix to see another)"),
        224..=255 => "none: the class has no networks".into(),
    }
}

/// What an address is for (IANA's IPv4 special-purpose registry, RFC 6890).
pub fn scope(address: Ipv4Addr) -> &'static str {
    let [first, second, third, _] = address.octets();
    match address {
        _ if address.is_unspecified() => "unspecified: a server listening on it takes every interface",
        _ if address.is_loopback() => "loopback: this machine alone (127.0.0.0/8)",
        _ if first == 0 => "this network (0.0.0.0/8, RFC 791): only as a source",
        _ if first == 10 => "private (10.0.0.0/8, RFC 1918): not routed on the internet",
        _ if first == 172 && (16..32).contains(&second) => {
            "private (172.16.0.0/12, RFC 1918): not routed on the internet"
        }
        _ if first == 192 && second == 168 => "private (192.168.0.0/16, RFC 1918): not routed on the internet",
        _ if first == 100 && (64..128).contains(&second) => "shared by carriers' NAT, CGNAT (100.64.0.0/10, RFC 6598)",
        _ if address.is_link_local() => "link-local (169.254.0.0/16, RFC 3927): this link alone",
        _ if address.is_multicast() => multicast(address),
        _ if address.is_broadcast() => "limited broadcast: everyone on this link",
        _ if address.is_documentation() => "for documentation (RFC 5737)",
        _ if first == 198 && (18..20).contains(&second) => "for measuring networks (198.18.0.0/15, RFC 2544)",
        _ if (first, second, third) == (192, 0, 0) => "for protocols' own use (192.0.0.0/24, RFC 6890)",
        _ if first >= 240 => "reserved (240.0.0.0/4, RFC 1112)",
        _ => "global: routed on the internet",
    }
}

/// How far a multicast group reaches (RFC 5771, RFC 2365).
fn multicast(address: Ipv4Addr) -> &'static str {
    match address.octets() {
        [224, 0, 0, 1] => "multicast: all hosts on this link (224.0.0.1)",
        [224, 0, 0, 2] => "multicast: all routers on this link (224.0.0.2)",
        [224, 0, 0, 251] => "multicast on this link: mDNS (RFC 6762)",
        [224, 0, 0, _] => "multicast on this link: never forwarded (224.0.0.0/24, RFC 5771)",
        [224, 0, 1, _] => "multicast: internetwork control, global (224.0.1.0/24, RFC 5771)",
        [232, ..] => "multicast from one source, SSM (232.0.0.0/8, RFC 4607)",
        [239, 255, ..] => "multicast of local scope (239.255.0.0/16, RFC 2365)",
        [239, 192..=195, ..] => "multicast within an organization (239.192.0.0/14, RFC 2365)",
        [239, ..] => "multicast of administrative scope (239.0.0.0/8, RFC 2365)",
        _ => "multicast: all who joined the group, global",
    }
}

//! A network: an address and how many of its bits are the network's (CIDR, RFC 4632).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Part, address_of, fact, inet_aton, part, v4, v6};

/// What an address with a prefix length, or with a netmask, says.
pub fn explain(address: &str, prefix: &str) -> Vec<Part> {
    let Some((address, _)) = address_of(address) else {
        let why = match inet_aton(address) {
            Err(why) if address.starts_with(|letter: char| letter.is_ascii_digit()) => why,
            Ok(_) | Err(_) => "before the / stands an address, as in 10.0.0.0/8; a URL needs its scheme://".into(),
        };
        return vec![part("Not a network", vec![fact("why", why)])];
    };
    match (address, length(address, prefix)) {
        (_, Err(why)) => vec![part("Not a network", vec![fact("why", why)])],
        (IpAddr::V4(address), Ok(length)) => of_v4(address, length),
        (IpAddr::V6(address), Ok(length)) => of_v6(address, length),
    }
}

fn length(address: IpAddr, prefix: &str) -> Result<u32, String> {
    let most = if address.is_ipv4() { 32 } else { 128 };
    if let (true, Ok(mask)) = (prefix.contains('.'), prefix.parse::<Ipv4Addr>()) {
        let mask = u32::from(mask);
        if mask.leading_ones() + mask.trailing_zeros() < 32 {
            return Err(format!("{prefix} is no netmask: its ones must all stand before its zeros"));
        }
        return if address.is_ipv4() {
            Ok(mask.leading_ones())
        } else {
            Err("IPv6 has no netmasks; write a length".into())
        };
    }
    let is_number = !prefix.is_empty() && prefix.chars().all(|letter| letter.is_ascii_digit());
    let length = prefix.parse::<u32>().ok().filter(|length| is_number && *length <= most);
    length.ok_or_else(|| format!("behind the / stands the prefix length, 0 to {most}"))
}

fn of_v4(address: Ipv4Addr, length: u32) -> Vec<Part> {
    let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
    let number = u32::from(address);
    let (first, last) = (number & mask, number | !mask);
    let dotted = |number: u32| Ipv4Addr::from(number).to_string();
    // RFC 3021: a network of two addresses has no broadcast; both are hosts.
    let (hosts, broadcast) = match length {
        31 | 32 => ((first, last), "none (RFC 3021)".into()),
        _ => ((first + 1, last - 1), dotted(last)),
    };
    let network = vec![
        fact("network", format!("{}/{length}", dotted(first))),
        fact("netmask", format!("{} = 0x{mask:08x}", dotted(mask))),
        fact("wildcard", dotted(!mask)),
        fact("broadcast", broadcast),
        fact("first host", dotted(hosts.0)),
        fact("last host", dotted(hosts.1)),
        fact("hosts", (u64::from(hosts.1 - hosts.0) + 1).to_string()),
        fact("addresses", (u64::from(last - first) + 1).to_string()),
        fact("scope", v4::scope(Ipv4Addr::from(first))),
    ];
    let address = vec![
        fact("address", format!("{address}, {}", role(number, first, last, length))),
        fact("network part", format!("{length} bits: {}", dotted(first))),
        fact("host part", format!("{} bits: {} (number {})", 32 - length, dotted(number & !mask), number & !mask)),
        fact("binary", split_bits(&address.octets().map(|byte| format!("{byte:08b}")).concat(), length)),
    ];
    vec![part("IPv4 network", network), part("The address in it", address)]
}

/// What the address is within its network.
fn role(number: u32, first: u32, last: u32, length: u32) -> &'static str {
    match length {
        32 => "the only one",
        31 => "one of the two hosts",
        _ if number == first => "the network itself",
        _ if number == last => "the broadcast address",
        _ => "a host",
    }
}

/// Bits with a bar where the network ends and the host begins.
fn split_bits(bits: &str, length: u32) -> String {
    let (network, host) = bits.split_at(length as usize);
    format!("{network} | {host}").trim().to_owned()
}

fn of_v6(address: Ipv6Addr, length: u32) -> Vec<Part> {
    let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
    let number = u128::from(address);
    let (first, last) = (number & mask, number | !mask);
    let count = match length {
        0 => "2^128 = 340282366920938463463374607431768211456".to_owned(),
        _ => format!("2^{} = {}", 128 - length, last - first + 1),
    };
    let mut network = vec![
        fact("network", format!("{}/{length}", Ipv6Addr::from(first))),
        fact("netmask", Ipv6Addr::from(mask).to_string()),
        fact("first", Ipv6Addr::from(first).to_string()),
        fact("last", Ipv6Addr::from(last).to_string()),
        fact("addresses", count),
        fact("broadcast", "none: IPv6 uses multicast, ff02::1 for all nodes of a link"),
        fact("scope", v6::scope(Ipv6Addr::from(first))),
    ];
    if length < 64 {
        let nets = 64 - length;
        network.push(fact("links", format!("2^{nets} = {} networks of /64, the size of a link", 1u128 << nets)));
    }
    let address = vec![
        fact("address", address.to_string()),
        fact("network part", format!("{length} bits: {}", Ipv6Addr::from(first))),
        fact("host part", format!("{} bits: {}", 128 - length, Ipv6Addr::from(number & !mask))),
    ];
    vec![part("IPv6 network", network), part("The address in it", address)]
}

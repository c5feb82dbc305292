//! Internet addresses in every notation: a text as address, network, endpoint, URL or host name, taken apart.

mod calls;
mod endpoint;
mod name;
mod network;
mod v4;
mod v6;

pub use calls::{inet_aton, inet_pton_v4};

use std::net::{IpAddr, Ipv6Addr};

/// One line of what is known: its name and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is: `netmask`.
    pub name: &'static str,
    /// What it says; it may hold any character.
    pub value: String,
}

/// Facts that belong together, under a title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What they are about.
    pub title: &'static str,
    /// The facts, in the order in which they are read.
    pub facts: Vec<Fact>,
}

fn fact(name: &'static str, value: impl Into<String>) -> Fact {
    Fact { name, value: value.into() }
}

fn part(title: &'static str, facts: Vec<Fact>) -> Part {
    Part { title, facts }
}

/// What a text says; one fact with the reason when it says nothing.
pub fn explain(text: &str) -> Vec<Part> {
    let text = text.trim();
    if text.is_empty() {
        return vec![part("Write one of these", examples())];
    }
    if text.contains("://") {
        return endpoint::explain_url(text);
    }
    if let Some((address, prefix)) = text.split_once('/') {
        return network::explain(address, prefix);
    }
    if let Some(parts) = endpoint::explain_host_and_port(text) {
        return parts;
    }
    explain_host(text)
}

/// The host name in a text, which only a resolver knows more of; None when an address stands there, or nothing.
pub fn name_in(text: &str) -> Option<String> {
    let text = text.trim();
    let host = if text.contains("://") {
        endpoint::host_of_url(text)?
    } else if text.contains('/') {
        return None;
    } else {
        endpoint::split_port(text).map_or(text, |(host, _)| host).to_owned()
    };
    if address_of(&host).is_some() || name::problem(&host).is_some() { None } else { Some(host) }
}

/// An address as it was written: in brackets or not, with a zone or without.
fn address_of(text: &str) -> Option<(IpAddr, Option<&str>)> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let (address, zone) = match bare.split_once('%') {
        Some((address, zone)) => (address, Some(zone)),
        None => (bare, None),
    };
    if let Ok(address) = address.parse::<Ipv6Addr>() {
        return zone.is_none_or(|zone| !zone.is_empty()).then_some((IpAddr::V6(address), zone));
    }
    if zone.is_some() {
        return None;
    }
    inet_aton(bare).ok().map(|address| (IpAddr::V4(address), None))
}

/// An address or a name, without a port.
fn explain_host(text: &str) -> Vec<Part> {
    match address_of(text) {
        Some((IpAddr::V4(address), _)) => v4::explain(address, text),
        Some((IpAddr::V6(address), zone)) => v6::explain(address, zone, text),
        None => name::explain(text),
    }
}

fn examples() -> Vec<Fact> {
    vec![
        fact("IPv4", "127.0.0.1   127.1   0x7f000001   2130706433   0177.0.0.1"),
        fact("IPv6", "::1   fe80::1%lo   ::ffff:10.0.0.1"),
        fact("network", "10.0.0.0/8   192.168.1.7/255.255.255.0   2001:db8::/32"),
        fact("endpoint", "127.0.0.1:8080   [::1]:80   localhost:22"),
        fact("URL", "https://example.org/caf%C3%A9?q=a+b#top"),
        fact("name", "localhost; ⏎ then asks the resolver"),
    ]
}

fn hex_bytes(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;

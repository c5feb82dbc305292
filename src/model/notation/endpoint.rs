//! A host with a port, and a URL, taken apart (RFC 3986).

use std::net::Ipv6Addr;

use percent_encoding::percent_decode_str;
use url::Url;

use super::{Fact, Part, address_of, explain_host, fact, hex_bytes, part};

/// Ports that a course names, with their services (IANA's registry).
const SERVICES: [(u16, &str); 20] = [
    (7, "echo"),
    (9, "discard"),
    (13, "daytime"),
    (19, "chargen"),
    (21, "ftp"),
    (22, "ssh"),
    (23, "telnet"),
    (25, "smtp"),
    (37, "time"),
    (53, "domain (DNS)"),
    (67, "bootps (DHCP)"),
    (80, "http"),
    (110, "pop3"),
    (123, "ntp"),
    (143, "imap"),
    (389, "ldap"),
    (443, "https"),
    (853, "domain-s (DNS over TLS)"),
    (5353, "mdns"),
    (8080, "http-alt"),
];

/// Stands for a password: how long it is is nobody's business either.
const MASK: &str = "•••";

/// Host and port of a text such as `localhost:80` or `[::1]:80`, neither of them checked.
pub fn split_port(text: &str) -> Option<(&str, &str)> {
    let (host, port) = text.rsplit_once(':')?;
    let is_bracketed = host.starts_with('[') && host.ends_with(']');
    (is_bracketed || !host.contains(':')).then_some((host, port))
}

/// What a host with a port says; None when the text has no port.
pub fn explain_host_and_port(text: &str) -> Option<Vec<Part>> {
    if text.parse::<Ipv6Addr>().is_ok() {
        return None;
    }
    let (host, written) = split_port(text)?;
    let Ok(port) = written.parse::<u16>() else {
        let why = format!("behind the colon stands a port, 0 to 65535, and \"{written}\" is none");
        return Some(vec![part("Not an endpoint", vec![fact("why", why)])]);
    };
    let mut facts = Vec::new();
    if host.is_empty() {
        facts.push(fact("host", "none: every interface of this machine, for a server"));
    }
    facts.extend(port_facts(port));
    let mut parts = vec![part("Port", facts)];
    if !host.is_empty() {
        parts.extend(explain_host(host));
    }
    Some(parts)
}

fn port_facts(port: u16) -> Vec<Fact> {
    let range = match port {
        0 => "0: the system picks a free one",
        1..1024 => "well known (0 to 1023): a server there needs privileges on most systems",
        1024..49152 => "registered (1024 to 49151)",
        49152.. => "dynamic (49152 to 65535): what clients get",
    };
    let service = SERVICES.iter().find(|(other, _)| *other == port).map(|(_, name)| fact("service", *name));
    let swapped = port.swap_bytes();
    let order = format!(
        "{} (network order); htons({port}) on a PC is {swapped} = 0x{swapped:04x}",
        hex_bytes(&port.to_be_bytes())
    );
    [Some(fact("port", format!("{port}, {range}"))), service, Some(fact("bytes", order))]
        .into_iter()
        .flatten()
        .collect()
}

/// The host of a URL, as it was written; None when there is none.
pub fn host_of_url(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    url.host_str().filter(|host| !host.is_empty()).map(str::to_owned)
}

/// A URL's parts, with their percent-encoding undone.
pub fn explain_url(text: &str) -> Vec<Part> {
    let mut url = match Url::parse(text) {
        Ok(url) => url,
        Err(error) => return vec![part("Not a URL", vec![fact("why", error.to_string())])],
    };
    let mut facts = vec![fact("scheme", url.scheme())];
    if !url.username().is_empty() {
        facts.push(fact("user", decoded(url.username())));
    }
    if url.password().is_some() {
        facts.push(fact("password", format!("{MASK} (masked; it is sent as good as readable)")));
    }
    if let Some(host) = url.host_str() {
        facts.push(fact("host", host));
    }
    match (url.port(), url.port_or_known_default()) {
        (Some(port), _) => facts.push(fact("port", port.to_string())),
        (None, Some(port)) => facts.push(fact("port", format!("{port} (the scheme's own; not written)"))),
        (None, None) => {}
    }
    facts.extend(with_decoded("path", url.path(), ""));
    if let Some(query) = url.query() {
        facts.push(fact("query", query));
        facts.extend(url.query_pairs().map(|(name, value)| fact("· pair", format!("{name} = {value}"))));
    }
    if let Some(fragment) = url.fragment() {
        facts.extend(with_decoded("fragment", fragment, " (never sent)"));
    }
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let address = address_of(host).map(|_| explain_host(host));
    if url.password().is_some() {
        let _ = url.set_password(Some("***"));
    }
    facts.push(fact("in full", url.to_string()));
    let mut parts = vec![part("URL", facts)];
    parts.extend(address.into_iter().flatten());
    parts
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// What a part means, and how it is written where that differs.
fn with_decoded(name: &'static str, text: &str, remark: &str) -> Vec<Fact> {
    let plain = decoded(text);
    let encoded = (plain != text).then(|| fact("· encoded", text));
    [Some(fact(name, plain + remark)), encoded].into_iter().flatten().collect()
}

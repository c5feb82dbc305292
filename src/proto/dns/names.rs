//! The numbers of DNS that have names (IANA's registry of DNS parameters; the words are Wireshark's).

pub const A: u16 = 1;
pub const NS: u16 = 2;
pub const CNAME: u16 = 5;
pub const SOA: u16 = 6;
pub const PTR: u16 = 12;
pub const MX: u16 = 15;
pub const TXT: u16 = 16;
pub const AAAA: u16 = 28;
pub const SRV: u16 = 33;
pub const OPT: u16 = 41;

/// `Standard query`; None of numbers that mean nothing.
pub fn opcode(number: u8) -> Option<&'static str> {
    Some(match number {
        0 => "Standard query",
        1 => "Inverse query",
        2 => "Server status request",
        4 => "Zone change notification",
        5 => "Dynamic update",
        6 => "DNS Stateful operations (DSO)",
        _ => return None,
    })
}

/// `Standard query (0)`.
pub fn opcode_named(number: u8) -> String {
    format!("{} ({number})", opcode(number).unwrap_or("unknown"))
}

/// `No such name`.
pub fn rcode_name(number: u8) -> &'static str {
    match number {
        0 => "No error",
        1 => "Format error",
        2 => "Server failure",
        3 => "No such name",
        4 => "Not implemented",
        5 => "Refused",
        6 => "Name exists",
        7 => "RRset exists",
        8 => "RRset does not exist",
        9 => "Not authoritative",
        10 => "Name out of zone",
        11 => "DSO-TYPE not implemented",
        _ => "Unknown error",
    }
}

/// `No such name (3)`.
pub fn rcode(number: u8) -> String {
    format!("{} ({number})", rcode_name(number))
}

/// `AAAA`, or `TYPE65280` (RFC 3597 section 5).
pub fn kind_name(number: u16) -> String {
    let known = KINDS.iter().find(|(known, _)| *known == number);
    known.map_or_else(|| format!("TYPE{number}"), |(_, name)| (*name).to_owned())
}

/// `AAAA (28)`.
pub fn kind(number: u16) -> String {
    format!("{} ({number})", kind_name(number))
}

/// `IN`; None of numbers that mean nothing.
pub fn class_name(number: u16) -> Option<&'static str> {
    Some(match number {
        1 => "IN",
        3 => "CH",
        4 => "HS",
        254 => "NONE",
        255 => "ANY",
        _ => return None,
    })
}

/// `IN (0x0001)`. Multicast DNS has a flag in the highest bit (RFC 6762 section 18.12).
pub fn class(number: u16) -> String {
    match (class_name(number), class_name(number & 0x7fff)) {
        (Some(name), _) => format!("{name} (0x{number:04x})"),
        (None, Some(name)) => format!("{name}, cache flush or unicast (0x{number:04x})"),
        (None, None) => format!("unknown (0x{number:04x})"),
    }
}

/// `COOKIE (10)`.
pub fn option(number: u64) -> String {
    let name = match number {
        1 => "LLQ",
        2 => "UL",
        3 => "NSID",
        5 => "DAU",
        6 => "DHU",
        7 => "N3U",
        8 => "CSUBNET",
        9 => "EXPIRE",
        10 => "COOKIE",
        11 => "TCP KEEPALIVE",
        12 => "PADDING",
        13 => "CHAIN",
        14 => "KEY TAG",
        15 => "EXTENDED DNS ERROR",
        _ => "unknown",
    };
    format!("{name} ({number})")
}

const KINDS: [(u16, &str); 37] = [
    (A, "A"),
    (NS, "NS"),
    (CNAME, "CNAME"),
    (SOA, "SOA"),
    (11, "WKS"),
    (PTR, "PTR"),
    (13, "HINFO"),
    (MX, "MX"),
    (TXT, "TXT"),
    (17, "RP"),
    (18, "AFSDB"),
    (24, "SIG"),
    (25, "KEY"),
    (AAAA, "AAAA"),
    (29, "LOC"),
    (SRV, "SRV"),
    (35, "NAPTR"),
    (37, "CERT"),
    (39, "DNAME"),
    (OPT, "OPT"),
    (43, "DS"),
    (44, "SSHFP"),
    (46, "RRSIG"),
    (47, "NSEC"),
    (48, "DNSKEY"),
    (50, "NSEC3"),
    (51, "NSEC3PARAM"),
    (52, "TLSA"),
    (64, "SVCB"),
    (65, "HTTPS"),
    (249, "TKEY"),
    (250, "TSIG"),
    (251, "IXFR"),
    (252, "AXFR"),
    (255, "ANY"),
    (256, "URI"),
    (257, "CAA"),
];

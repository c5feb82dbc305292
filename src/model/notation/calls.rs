//! What the socket calls make of a text, as C and Python have them.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{Part, fact, part};

/// Python's words for what C says with a 0.
const ATON_REFUSES: &str = "OSError: illegal IP address string passed to inet_aton";
const PTON_REFUSES: &str = "OSError: illegal IP address string passed to inet_pton";

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

/// Reads an IPv4 address as `inet_pton(AF_INET, …)` does (POSIX): four decimal parts, 0 to 255, without leading zeros.
///
/// # Errors
/// Says what is not so.
pub fn inet_pton_v4(text: &str) -> Result<Ipv4Addr, String> {
    let parts: Vec<&str> = text.split('.').collect();
    if parts.len() != 4 {
        return Err(format!("it wants exactly 4 parts, and here {}", counted(parts.len())));
    }
    for part in &parts {
        if part.is_empty() {
            return Err("a part is empty".into());
        }
        if let Some(letter) = part.chars().find(|letter| !letter.is_ascii_digit()) {
            return Err(format!("it wants decimal digits, not \"{letter}\""));
        }
        if part.len() > 1 && part.starts_with('0') {
            return Err(format!("\"{part}\" has a leading zero, which some read as octal"));
        }
        if part.len() > 3 || part.parse::<u8>().is_err() {
            return Err(format!("{part} is too large; each part is 0 to 255"));
        }
    }
    text.parse().map_err(|_| "it is no dotted address".into())
}

fn counted(parts: usize) -> String {
    if parts == 1 { "is 1".into() } else { format!("are {parts}") }
}

/// What becomes of an IPv4 address as it was written.
pub fn of_v4(address: Ipv4Addr, written: &str) -> Part {
    let packed = python_bytes(&address.octets());
    let strict = match inet_pton_v4(written) {
        Ok(_) => packed.clone(),
        Err(why) => refused(PTON_REFUSES, &why),
    };
    let number = u32::from(address);
    part(
        "Socket calls",
        vec![
            fact("inet_aton", format!("socket.inet_aton(\"{written}\") → {packed}")),
            fact("inet_ntoa", format!("socket.inet_ntoa({packed}) → '{address}'")),
            fact("inet_pton", format!("socket.inet_pton(AF_INET, \"{written}\") → {strict}")),
            fact("inet_pton", format!("socket.inet_pton(AF_INET6, \"{written}\") → {}", refused_v6())),
            fact(
                "ntohl",
                format!("a PC reads the four bytes as 0x{:08x}; ntohl() makes 0x{number:08x}", number.swap_bytes()),
            ),
        ],
    )
}

fn refused_v6() -> String {
    refused(PTON_REFUSES, "AF_INET6 wants colons; write ::ffff: before it")
}

/// What becomes of an IPv6 address as it was written.
pub fn of_v6(address: Ipv6Addr, zone: Option<&str>, written: &str) -> Part {
    let packed = python_bytes(&address.octets());
    let strict = match (written.starts_with('['), zone) {
        (true, _) => refused(PTON_REFUSES, "brackets belong to URLs"),
        (false, Some(_)) => refused(PTON_REFUSES, "it knows no zone; getaddrinfo() takes it, into sin6_scope_id"),
        (false, None) => packed.clone(),
    };
    part(
        "Socket calls",
        vec![
            fact("inet_pton", format!("socket.inet_pton(AF_INET6, \"{written}\") → {strict}")),
            fact("inet_ntop", format!("socket.inet_ntop(AF_INET6, {packed}) → '{}'", inet_ntop(address))),
            fact(
                "inet_aton",
                format!("socket.inet_aton(\"{written}\") → {}", refused(ATON_REFUSES, "it knows IPv4 only")),
            ),
        ],
    )
}

/// What the calls make of a text that is no address.
pub fn of_neither(written: &str) -> Part {
    let aton = inet_aton(written).err().unwrap_or_default();
    let pton = inet_pton_v4(written).err().unwrap_or_default();
    part(
        "Socket calls",
        vec![
            fact("inet_aton", format!("socket.inet_aton(\"{written}\") → {}", refused(ATON_REFUSES, &aton))),
            fact("inet_pton", format!("socket.inet_pton(AF_INET, \"{written}\") → {}", refused(PTON_REFUSES, &pton))),
        ],
    )
}

fn refused(error: &str, why: &str) -> String {
    format!("{error} (C returns 0): {why}")
}

/// As glibc writes it: RFC 5952, and the last four bytes dotted when all before them are zero.
pub fn inet_ntop(address: Ipv6Addr) -> String {
    let segments = address.segments();
    if segments[..6] == [0; 6] && segments[6] != 0 {
        let [.., a, b, c, d] = address.octets();
        return format!("::{}", Ipv4Addr::new(a, b, c, d));
    }
    address.to_string()
}

/// Bytes as Python's `repr` writes them.
pub fn python_bytes(bytes: &[u8]) -> String {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    let letters = bytes.iter().map(|byte| match byte {
        b'\\' => r"\\".to_owned(),
        b'\'' if quote == '\'' => r"\'".to_owned(),
        b'\n' => r"\n".to_owned(),
        b'\r' => r"\r".to_owned(),
        b'\t' => r"\t".to_owned(),
        b' '..=b'~' => char::from(*byte).to_string(),
        _ => format!("\\x{byte:02x}"),
    });
    format!("b{quote}{}{quote}", letters.collect::<String>())
}

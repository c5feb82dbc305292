//! Values as they are written, made into values of a field's sort.

use std::net::{Ipv4Addr, Ipv6Addr};

use chrono::{DateTime, NaiveDate, NaiveDateTime};

use super::parse::quoted;
use super::syntax::{Operand, Term};
use super::value::{Kind, Value};

/// Nanoseconds of a second.
const SECOND: i64 = 1_000_000_000;

/// Units of time, and how many nanoseconds they have. The longer name first.
const UNITS: [(&str, i64); 8] = [
    ("min", 60 * SECOND),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("µs", 1_000),
    ("ns", 1),
    ("s", SECOND),
    ("m", 60 * SECOND),
    ("h", 3600 * SECOND),
];

/// A value as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Literal<'a> {
    /// Without quotes.
    Word(&'a str),
    /// Without quotes, and with a minus.
    Negative(&'a str),
    /// Between double quotes.
    Quoted(&'a [u8]),
    /// Between single quotes.
    Character(u8),
}

/// What is wrong with a written value, and what would be right.
type Wrong = (String, &'static str);

impl<'a> Literal<'a> {
    /// The value an operand is, unless it is more than one.
    pub fn of(operand: &'a Operand) -> Option<Self> {
        match &operand.term {
            Term::Word(word) => Some(Literal::Word(word)),
            Term::Quoted(bytes) => Some(Literal::Quoted(bytes)),
            Term::Character(byte) => Some(Literal::Character(*byte)),
            Term::Minus(of) => match &of.term {
                Term::Word(word) => Some(Literal::Negative(word)),
                Term::Quoted(_)
                | Term::Character(_)
                | Term::Slice(..)
                | Term::Call(..)
                | Term::Minus(_)
                | Term::Calculation(..) => None,
            },
            Term::Slice(..) | Term::Call(..) | Term::Calculation(..) => None,
        }
    }

    fn text(&self) -> String {
        match self {
            Literal::Word(word) => (*word).to_owned(),
            Literal::Negative(word) => format!("-{word}"),
            Literal::Quoted(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Literal::Character(byte) => char::from(*byte).to_string(),
        }
    }

    fn number(&self) -> Option<i128> {
        match self {
            Literal::Word(word) => integer(word),
            Literal::Negative(word) => Some(-integer(word)?),
            Literal::Character(byte) => Some(i128::from(*byte)),
            Literal::Quoted(_) => None,
        }
    }

    /// The value of that sort, for an operand called so.
    pub fn read(&self, name: &str, kind: Kind) -> Result<Value<'static>, Wrong> {
        let is_no = |hint| (format!("{} is not {}; {name} is", quoted(&self.text()), kind.words()), hint);
        match kind {
            Kind::Heading => Err((format!("{name} has no value to compare"), "write its name alone to ask for it")),
            Kind::Unsigned(width) => self.unsigned(name, width),
            Kind::Named(width) => match (self, self.number()) {
                (Literal::Quoted(_), _) => Ok(Value::text(self.text())),
                (Literal::Word(word), None) if word.starts_with(|first: char| first.is_ascii_alphabetic()) => {
                    Ok(Value::text((*word).to_owned()))
                }
                _ => self.unsigned(name, width),
            },
            Kind::Signed => self.number().map(Value::Number).ok_or_else(|| is_no("")),
            Kind::Text => Ok(match self {
                Literal::Quoted(bytes) if std::str::from_utf8(bytes).is_err() => Value::bytes(bytes.to_vec()),
                Literal::Quoted(_) | Literal::Word(_) | Literal::Negative(_) | Literal::Character(_) => {
                    Value::text(self.text())
                }
            }),
            Kind::Bytes | Kind::Protocol => match self {
                Literal::Quoted(bytes) => Ok(Value::bytes(bytes.to_vec())),
                Literal::Character(byte) => Ok(Value::bytes(vec![*byte])),
                Literal::Word(word) => hex_bytes(word).map(Value::bytes).ok_or_else(|| {
                    let what = format!("{} is not bytes", quoted(word));
                    (what, "text goes in quotes: \"text\"; bytes are written 47:45:54")
                }),
                Literal::Negative(_) => Err(is_no("write 47:45:54")),
            },
            Kind::Flag => self.flag().ok_or_else(|| is_no("write True or False, 1 or 0")),
            Kind::Ipv4 => network(&self.text(), 32, |text| text.parse::<Ipv4Addr>().ok())
                .map(|(address, bits)| Value::Ipv4(address, bits))
                .ok_or_else(|| is_no("write 127.0.0.1 or 10.0.0.0/8")),
            Kind::Ipv6 => network(&self.text(), 128, |text| text.parse::<Ipv6Addr>().ok())
                .map(|(address, bits)| Value::Ipv6(address, bits))
                .ok_or_else(|| is_no("write ::1 or fe80::/64")),
            Kind::Ether => match self {
                Literal::Word(word) => hex_bytes(word).and_then(|bytes| bytes.try_into().ok()).map(Value::Ether),
                Literal::Negative(_) | Literal::Quoted(_) | Literal::Character(_) => None,
            }
            .ok_or_else(|| is_no("write 00:00:5e:00:53:01")),
            Kind::Moment => moment(&self.text())
                .map(Value::Moment)
                .ok_or_else(|| (is_no("").0, "write \"2026-01-31 12:03:01\" in UTC, with or without a fraction")),
            Kind::Span => match self {
                Literal::Word(_) | Literal::Negative(_) => span(&self.text()).map(Value::Span),
                Literal::Quoted(_) | Literal::Character(_) => None,
            }
            .ok_or_else(|| is_no("write seconds, 0.25, or with a unit, 250ms")),
        }
    }

    fn unsigned(&self, name: &str, width: u8) -> Result<Value<'static>, Wrong> {
        let text = self.text();
        let Some(number) = self.number() else {
            let is_quoted = matches!(self, Literal::Quoted(_)) && integer(&text).is_some();
            let hint = if is_quoted { "write it without quotes" } else { "write 80, 0x50 or 0b1010000" };
            return Err((format!("{} is not a number; {name} is", quoted(&text)), hint));
        };
        let most = (1_i128 << (8 * u32::from(width))) - 1;
        match number {
            ..0 => Err((format!("{name} is never below 0"), "")),
            _ if number > most => Err((format!("{name} is at most {most}; {} is more", quoted(&text)), "")),
            _ => Ok(Value::Number(number)),
        }
    }

    fn flag(&self) -> Option<Value<'static>> {
        if let Some(number) = self.number() {
            return Some(Value::Flag(number != 0));
        }
        match self.text().to_ascii_lowercase().as_str() {
            "true" | "set" | "yes" => Some(Value::Flag(true)),
            "false" | "not set" | "no" => Some(Value::Flag(false)),
            _ => None,
        }
    }
}

/// A whole number in decimal, `0x` hexadecimal, `0b` binary or, beginning with 0, octal.
pub fn integer(text: &str) -> Option<i128> {
    let (digits, radix) = if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        (hex, 16)
    } else if let Some(binary) = text.strip_prefix("0b").or_else(|| text.strip_prefix("0B")) {
        (binary, 2)
    } else if text.len() > 1 && text.starts_with('0') {
        (&text[1..], 8)
    } else {
        (text, 10)
    };
    let is_bare = digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_bare { u64::from_str_radix(digits, radix).ok().map(i128::from) } else { None }
}

/// `47:45:54`, `47-45-54`, `474554`, `0x47`, and of a single byte also one digit.
fn hex_bytes(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    if digits.len() == 1 {
        return Some(vec![u8::from_str_radix(digits, 16).ok()?]);
    }
    let mut bytes = Vec::new();
    for group in digits.split([':', '-', '.']) {
        let is_pairs =
            !group.is_empty() && group.len().is_multiple_of(2) && group.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_pairs {
            return None;
        }
        for at in (0..group.len()).step_by(2) {
            bytes.push(u8::from_str_radix(&group[at..at + 2], 16).ok()?);
        }
    }
    Some(bytes)
}

/// An address, perhaps with the number of bits that count behind it.
fn network<A>(text: &str, bits: u8, read: impl Fn(&str) -> Option<A>) -> Option<(A, u8)> {
    let Some((address, mask)) = text.split_once('/') else { return Some((read(text)?, bits)) };
    let mask = mask.parse().ok().filter(|mask| *mask <= bits)?;
    Some((read(address)?, mask))
}

/// A date and time in UTC or with its offset, as nanoseconds since 1970; or seconds since then.
fn moment(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Some(seconds) = seconds(text) {
        return Some(seconds);
    }
    if let Ok(at) = DateTime::parse_from_rfc3339(&text.replacen(' ', "T", 1)) {
        return at.timestamp_nanos_opt();
    }
    let bare = text.strip_suffix('Z').or_else(|| text.strip_suffix("UTC")).unwrap_or(text).trim_end();
    let formats = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M", "%b %d, %Y %H:%M:%S%.f"];
    let at = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(bare, format).ok());
    let at = at.or_else(|| NaiveDate::parse_from_str(bare, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0))?;
    at.and_utc().timestamp_nanos_opt()
}

/// A length of time in seconds, or with a unit, as nanoseconds.
fn span(text: &str) -> Option<i64> {
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |text| (-1, text));
    let in_unit = |(unit, nanos): &(&str, i64)| {
        let number = text.strip_suffix(unit)?;
        let whole = seconds(number)?;
        i64::try_from(i128::from(whole) * i128::from(*nanos) / i128::from(SECOND)).ok()
    };
    Some(sign * seconds(text).or_else(|| UNITS.iter().find_map(in_unit))?)
}

/// `1.25` as nanoseconds.
fn seconds(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) || fraction.len() > 9 {
        return None;
    }
    let fraction: i64 = format!("{fraction:0<9}").parse().ok()?;
    whole.parse::<i64>().ok()?.checked_mul(SECOND)?.checked_add(fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_every_base() {
        for text in ["80", "0x50", "0X50", "0120", "0b1010000"] {
            assert_eq!(integer(text), Some(80), "{text}");
        }
        for text in ["", "0x", "+8", "8_0", "abc", "08", "1e3", "99999999999999999999"] {
            assert_eq!(integer(text), None, "{text}");
        }
    }

    #[test]
    fn bytes_are_read_however_they_are_set_apart() {
        for text in ["47:45:54", "47-45-54", "474554", "0x474554", "4745:54"] {
            assert_eq!(hex_bytes(text).as_deref(), Some(&b"GET"[..]), "{text}");
        }
        assert_eq!(hex_bytes("5"), Some(vec![5]));
        for text in ["", "hello", "474", "47:", "47:5"] {
            assert_eq!(hex_bytes(text), None, "{text}");
        }
    }

    #[test]
    fn times_are_read_to_the_nanosecond() {
        for text in ["2026-01-31 12:03:01.5", "2026-01-31T12:03:01.5Z", "Jan 31, 2026 12:03:01.5", "1769860981.5"] {
            assert_eq!(moment(text), Some(1_769_860_981_500_000_000), "{text}");
        }
        assert_eq!(moment("2026-01-31T13:03:01.5+01:00"), Some(1_769_860_981_500_000_000));
        assert_eq!(moment("2026-01-31"), Some(1_769_817_600_000_000_000));
        assert_eq!(moment("yesterday"), None);
        for text in ["0.25", "250ms", "250000us", "0.25s"] {
            assert_eq!(span(text), Some(250_000_000), "{text}");
        }
        assert_eq!(span("-2"), Some(-2_000_000_000));
        assert_eq!(span("2min"), Some(120_000_000_000));
        assert_eq!(span("2e0"), None);
    }
}

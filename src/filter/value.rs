//! What a field can say of a frame, and how two such values compare.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// What sort of values a field has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// None; the field is there or not.
    Heading,
    /// A whole number from 0, of so many bytes.
    Unsigned(u8),
    /// The same, and most numbers have a name.
    Named(u8),
    /// A whole number, perhaps below 0.
    Signed,
    /// Text.
    Text,
    /// Bytes.
    Bytes,
    /// The bytes of a whole protocol; its name alone asks whether it is there.
    Protocol,
    /// Yes or no.
    Flag,
    /// An IPv4 address.
    Ipv4,
    /// An IPv6 address.
    Ipv6,
    /// A hardware address.
    Ether,
    /// A point in time.
    Moment,
    /// A length of time.
    Span,
}

impl Kind {
    /// What it is, in words: `a number`.
    pub fn words(self) -> &'static str {
        match self {
            Kind::Heading => "without a value",
            Kind::Unsigned(_) | Kind::Named(_) | Kind::Signed => "a number",
            Kind::Text => "text",
            Kind::Bytes => "bytes",
            Kind::Protocol => "a protocol",
            Kind::Flag => "yes or no",
            Kind::Ipv4 => "an IPv4 address",
            Kind::Ipv6 => "an IPv6 address",
            Kind::Ether => "a hardware address",
            Kind::Moment => "a point in time",
            Kind::Span => "a length of time",
        }
    }

    /// Whether it can be calculated with.
    pub fn is_number(self) -> bool {
        matches!(self, Kind::Unsigned(_) | Kind::Named(_) | Kind::Signed)
    }

    /// Whether it can be looked into: `contains`, `matches`.
    pub fn is_text_or_bytes(self) -> bool {
        matches!(self, Kind::Text | Kind::Bytes | Kind::Protocol)
    }

    /// Whether values of both can be compared.
    pub fn compares_with(self, other: Kind) -> bool {
        self == other
            || (self.is_number() && other.is_number())
            || (self.is_text_or_bytes() && other.is_text_or_bytes())
            || matches!((self, other), (Kind::Flag, number) | (number, Kind::Flag) if number.is_number())
    }

    /// How many bytes a value of it has, where all have the same number.
    pub fn width(self) -> Option<u8> {
        match self {
            Kind::Unsigned(width) | Kind::Named(width) => Some(width),
            Kind::Signed | Kind::Ipv4 => Some(4),
            Kind::Ether => Some(6),
            Kind::Ipv6 => Some(16),
            Kind::Flag => Some(1),
            Kind::Heading | Kind::Text | Kind::Bytes | Kind::Protocol | Kind::Moment | Kind::Span => None,
        }
    }
}

/// One value of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// It is there.
    Heading,
    /// A whole number.
    Number(i128),
    /// A whole number and what it stands for.
    Named(i128, Cow<'a, str>),
    /// Text.
    Text(Cow<'a, str>),
    /// Bytes.
    Bytes(Cow<'a, [u8]>),
    /// Yes or no.
    Flag(bool),
    /// An address and how many of its bits count: 32 of a single one.
    Ipv4(Ipv4Addr, u8),
    /// An address and how many of its bits count: 128 of a single one.
    Ipv6(Ipv6Addr, u8),
    /// A hardware address.
    Ether([u8; 6]),
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    Moment(i64),
    /// Nanoseconds.
    Span(i64),
}

impl<'a> Value<'a> {
    /// A whole number.
    pub fn number(number: impl Into<i128>) -> Self {
        Value::Number(number.into())
    }

    /// Text.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Value::Text(text.into())
    }

    /// Bytes.
    pub fn bytes(bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        Value::Bytes(bytes.into())
    }

    /// A single address.
    pub fn ip(address: std::net::IpAddr) -> Self {
        match address {
            std::net::IpAddr::V4(address) => Value::Ipv4(address, 32),
            std::net::IpAddr::V6(address) => Value::Ipv6(address, 128),
        }
    }

    /// The same, not its own.
    pub fn borrowed(&self) -> Value<'_> {
        match self {
            Value::Named(number, name) => Value::Named(*number, Cow::Borrowed(name)),
            Value::Text(text) => Value::Text(Cow::Borrowed(text)),
            Value::Bytes(bytes) => Value::Bytes(Cow::Borrowed(bytes)),
            Value::Heading => Value::Heading,
            Value::Number(number) => Value::Number(*number),
            Value::Flag(flag) => Value::Flag(*flag),
            Value::Ipv4(address, bits) => Value::Ipv4(*address, *bits),
            Value::Ipv6(address, bits) => Value::Ipv6(*address, *bits),
            Value::Ether(address) => Value::Ether(*address),
            Value::Moment(at) => Value::Moment(*at),
            Value::Span(span) => Value::Span(*span),
        }
    }

    /// The same, to keep.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Value::Named(number, name) => Value::Named(number, Cow::Owned(name.into_owned())),
            Value::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Value::Bytes(bytes) => Value::Bytes(Cow::Owned(bytes.into_owned())),
            Value::Heading => Value::Heading,
            Value::Number(number) => Value::Number(number),
            Value::Flag(flag) => Value::Flag(flag),
            Value::Ipv4(address, bits) => Value::Ipv4(address, bits),
            Value::Ipv6(address, bits) => Value::Ipv6(address, bits),
            Value::Ether(address) => Value::Ether(address),
            Value::Moment(at) => Value::Moment(at),
            Value::Span(span) => Value::Span(span),
        }
    }

    /// Its bytes, of what can be looked into and sliced.
    pub fn octets(&self) -> Option<Cow<'_, [u8]>> {
        match self {
            Value::Text(text) => Some(Cow::Borrowed(text.as_bytes())),
            Value::Bytes(bytes) => Some(Cow::Borrowed(bytes)),
            Value::Ipv4(address, _) => Some(Cow::Owned(address.octets().to_vec())),
            Value::Ipv6(address, _) => Some(Cow::Owned(address.octets().to_vec())),
            Value::Ether(address) => Some(Cow::Borrowed(address)),
            Value::Heading
            | Value::Number(_)
            | Value::Named(..)
            | Value::Flag(_)
            | Value::Moment(_)
            | Value::Span(_) => None,
        }
    }

    /// Its number, of what can be calculated with.
    pub fn as_number(&self) -> Option<i128> {
        match self {
            Value::Number(number) | Value::Named(number, _) => Some(*number),
            Value::Flag(flag) => Some(i128::from(*flag)),
            Value::Heading
            | Value::Text(_)
            | Value::Bytes(_)
            | Value::Ipv4(..)
            | Value::Ipv6(..)
            | Value::Ether(_)
            | Value::Moment(_)
            | Value::Span(_) => None,
        }
    }

    /// The same below 0, of what can be calculated with.
    pub fn negated(&self) -> Option<Value<'static>> {
        match self.span() {
            Some(span) => span.checked_neg().map(Value::Span),
            None => self.as_number()?.checked_neg().map(Value::Number),
        }
    }

    /// The same without its sign, of what can be calculated with.
    pub fn absolute(&self) -> Option<Value<'static>> {
        match self.span() {
            Some(span) => span.checked_abs().map(Value::Span),
            None => self.as_number()?.checked_abs().map(Value::Number),
        }
    }

    /// Whether it is 0, or the address that is all zeros.
    pub fn is_zero(&self) -> bool {
        self.as_number() == Some(0) || matches!(self, Value::Ipv4(address, _) if address.is_unspecified())
    }

    fn span(&self) -> Option<i64> {
        if let Value::Span(span) = self { Some(*span) } else { None }
    }

    /// Which of two is greater; None when they are of sorts that have nothing in common.
    /// Of a network only the bits that count are compared.
    pub fn compare(&self, other: &Value<'_>) -> Option<Ordering> {
        match (self, other) {
            (Value::Number(one), Value::Number(other)) => Some(one.cmp(other)),
            (Value::Named(_, name), Value::Text(text)) | (Value::Text(text), Value::Named(_, name)) => {
                Some(name_order(name, text))
            }
            (Value::Ipv4(one, bits), Value::Ipv4(other, other_bits)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(*bits.min(other_bits)).min(32)).unwrap_or(0);
                Some((one.to_bits() & mask).cmp(&(other.to_bits() & mask)))
            }
            (Value::Ipv6(one, bits), Value::Ipv6(other, other_bits)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(*bits.min(other_bits)).min(128)).unwrap_or(0);
                Some((one.to_bits() & mask).cmp(&(other.to_bits() & mask)))
            }
            (Value::Moment(one), Value::Moment(other)) | (Value::Span(one), Value::Span(other)) => Some(one.cmp(other)),
            (Value::Flag(one), Value::Flag(other)) => Some(one.cmp(other)),
            _ => match (self.as_number(), other.as_number()) {
                (Some(one), Some(other)) => Some(one.cmp(&other)),
                (None, None) => Some(self.octets()?.cmp(&other.octets()?)),
                (Some(_), None) | (None, Some(_)) => None,
            },
        }
    }
}

/// A name is met by itself in any case, also without the number behind it: `AAAA (28)`.
fn name_order(name: &str, text: &str) -> Ordering {
    let bare = name.rsplit_once(" (").map_or(name, |(bare, _)| bare);
    let is_it = |name: &str| name.eq_ignore_ascii_case(text);
    if is_it(name) || is_it(bare) { Ordering::Equal } else { bare.cmp(text) }
}

/// As `string()` writes it.
impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Heading => Ok(()),
            Value::Number(number) | Value::Named(number, _) => number.fmt(f),
            Value::Text(text) => f.write_str(text),
            Value::Bytes(bytes) => f.write_str(&crate::model::payload::hex(bytes).replace(' ', ":")),
            Value::Flag(flag) => f.write_str(if *flag { "True" } else { "False" }),
            Value::Ipv4(address, _) => address.fmt(f),
            Value::Ipv6(address, _) => address.fmt(f),
            Value::Ether(address) => f.write_str(&crate::model::payload::hex(address).replace(' ', ":")),
            Value::Moment(at) => f.write_str(&crate::model::Timestamp(*at).rfc3339()),
            Value::Span(span) => {
                let sign = if *span < 0 { "-" } else { "" };
                let nanos = span.unsigned_abs();
                write!(f, "{sign}{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_network_only_its_bits_count() {
        let host = Value::ip("10.1.2.3".parse().expect("an address"));
        let order = |bits| host.compare(&Value::Ipv4("10.1.9.9".parse().expect("an address"), bits));
        assert_eq!(order(16), Some(Ordering::Equal));
        assert_eq!(order(32), Some(Ordering::Less));
        assert_eq!(order(0), Some(Ordering::Equal));
        let host = Value::ip("2001:db8::1".parse().expect("an address"));
        let net = Value::Ipv6("2001:db8::".parse().expect("an address"), 32);
        assert_eq!(host.compare(&net), Some(Ordering::Equal));
    }

    #[test]
    fn a_number_is_met_by_its_name() {
        let kind = Value::Named(28, "AAAA (28)".into());
        for same in [Value::text("aaaa"), Value::text("AAAA (28)"), Value::number(28)] {
            assert_eq!(kind.compare(&same), Some(Ordering::Equal), "{same:?}");
        }
        assert_eq!(kind.compare(&Value::text("A")), Some(Ordering::Greater));
        assert_eq!(kind.compare(&Value::Moment(28)), None);
    }
}

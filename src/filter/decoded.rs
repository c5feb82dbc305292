//! What decoders found in a frame, as values of fields.

use std::borrow::Cow;
use std::ops::ControlFlow;

use super::field::Known;
use super::program::Take;
use super::value::{Kind, Value};
use crate::proto::{self, Field, Root, Subject};

/// The protocols by the name decoders give them, and by Wireshark's.
const PROTOCOLS: [(&str, &str); 7] = [
    ("HTTP", "http"),
    ("DNS", "dns"),
    ("TLS", "tls"),
    ("JSON", "json"),
    ("form", "urlencoded-form"),
    ("text", "data-text-lines"),
    ("raw", "data"),
];

/// Wireshark's name of a decoder's protocol.
pub fn protocol_name(decoder: &str) -> Option<&'static str> {
    PROTOCOLS.iter().find(|(name, _)| *name == decoder).map(|(_, protocol)| *protocol)
}

/// Gives every value a field has in a frame, until `take` breaks off.
///
/// A message that spans frames counts at the frame it ends in, as Wireshark has it.
pub fn each(subject: &Subject, known: &Known, take: &mut Take<'_>) -> ControlFlow<()> {
    for root in &subject.roots {
        let ends_here = root.span.end > subject.own.start && root.span.end <= subject.own.end;
        if root.is_whole && ends_here {
            of_root(subject, root, known, take)?;
        }
    }
    ControlFlow::Continue(())
}

fn of_root(subject: &Subject, root: &Root, known: &Known, take: &mut Take<'_>) -> ControlFlow<()> {
    let bytes = &subject.bytes[root.span.clone()];
    let protocol = protocol_name(root.decoded.protocol);
    if known.kind == Kind::Protocol && protocol == Some(known.name) {
        take(Value::Bytes(Cow::Borrowed(bytes)))?;
    }
    // What nothing but its look tells the protocol of is data to Wireshark, and text or JSON here as well.
    if matches!(protocol, Some("data-text-lines" | "json")) {
        as_data(bytes, known, take)?;
    }
    root.decoded.fields.iter().try_for_each(|field| of_field(subject, field, known, take))
}

/// Gives bytes as those of no known protocol.
fn as_data(bytes: &[u8], known: &Known, take: &mut Take<'_>) -> ControlFlow<()> {
    match known.name {
        "data" | "data.data" => take(Value::Bytes(Cow::Borrowed(bytes))),
        "data.len" => take(Value::Number(bytes.len() as i128)),
        _ => ControlFlow::Continue(()),
    }
}

fn of_field(subject: &Subject, field: &Field, known: &Known, take: &mut Take<'_>) -> ControlFlow<()> {
    if field.name == known.name {
        let bytes = subject.bytes.get(field.span.clone()).unwrap_or_default();
        if let Some(value) = value(&field.value, bytes, known.kind) {
            take(value)?;
        }
    }
    // A body of a type that is not decoded.
    if field.name == "http.file_data" && field.children.is_empty() {
        as_data(subject.bytes.get(field.span.clone()).unwrap_or_default(), known, take)?;
    }
    // JSON in a body has no field over all of it.
    if known.name == "json" && field.name.starts_with("json.") {
        return take(Value::Bytes(Cow::Borrowed(subject.bytes.get(field.span.clone()).unwrap_or_default())));
    }
    field.children.iter().try_for_each(|child| of_field(subject, child, known, take))
}

/// A decoder's value over those bytes as one of that sort; None when it cannot be.
pub fn value<'a>(value: &'a proto::Value, bytes: &'a [u8], kind: Kind) -> Option<Value<'a>> {
    let text = match value {
        proto::Value::Text(text) | proto::Value::Heading(text) | proto::Value::Malformed(text) => Some(text.as_str()),
        proto::Value::Named(..) | proto::Value::Number(_) | proto::Value::Flag(_) | proto::Value::Bytes => None,
    };
    match kind {
        Kind::Heading => Some(Value::Heading),
        Kind::Unsigned(_) | Kind::Named(_) | Kind::Signed => match value {
            proto::Value::Number(number) => Some(Value::number(*number)),
            proto::Value::Named(number, words) => Some(Value::Named(i128::from(*number), Cow::Borrowed(words))),
            proto::Value::Text(_)
            | proto::Value::Heading(_)
            | proto::Value::Flag(_)
            | proto::Value::Bytes
            | proto::Value::Malformed(_) => None,
        },
        Kind::Text => match value {
            proto::Value::Number(number) => Some(Value::text(number.to_string())),
            proto::Value::Named(_, words) => Some(Value::Text(Cow::Borrowed(words))),
            proto::Value::Bytes => Some(Value::Text(String::from_utf8_lossy(bytes))),
            proto::Value::Flag(flag) => Some(Value::text(flag.to_string())),
            proto::Value::Text(_) | proto::Value::Heading(_) | proto::Value::Malformed(_) => {
                text.map(|text| Value::Text(Cow::Borrowed(text)))
            }
        },
        Kind::Bytes | Kind::Protocol => Some(Value::Bytes(Cow::Borrowed(bytes))),
        // Of a heading it is true that it is there: http.request.
        Kind::Flag => Some(Value::Flag(*value != proto::Value::Flag(false))),
        Kind::Ipv4 => Some(Value::Ipv4(text?.parse().ok()?, 32)),
        Kind::Ipv6 => Some(Value::Ipv6(text?.parse().ok()?, 128)),
        Kind::Ether | Kind::Moment | Kind::Span => None,
    }
}

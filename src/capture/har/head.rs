//! The head of a message: its start line, and its header fields with their cookies.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::object;

/// A head.
#[derive(Debug, PartialEq, Eq)]
pub struct Head {
    /// The three words of the start line, in their order.
    pub words: [String; 3],
    /// The header fields as they stand there.
    pub fields: Vec<(String, String)>,
    /// How many bytes it has, the empty line at its end too.
    pub length: usize,
}

impl Head {
    /// Reads it; None when there is no start line.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        // Empty lines may stand before it (RFC 9112 section 2.2).
        let start = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n'))?;
        let mut fields: Vec<(String, String)> = Vec::new();
        let mut words = None;
        let mut length = start;
        for line in bytes[start..].split_inclusive(|byte| *byte == b'\n') {
            length += line.len();
            let text = String::from_utf8_lossy(line.trim_ascii_end());
            if text.is_empty() {
                break;
            }
            if words.is_none() {
                words = Some(three(&text)?);
            } else if let (true, Some((_, value))) =
                (line.starts_with(b" ") || line.starts_with(b"\t"), fields.last_mut())
            {
                value.push(' ');
                value.push_str(text.trim_start());
            } else if let Some((name, value)) = text.split_once(':') {
                fields.push((name.trim().to_owned(), value.trim().to_owned()));
            }
        }
        Some(Self { words: words?, fields, length })
    }

    /// The first header field of that name, given in lower case.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    fn all<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a str> {
        let fields = self.fields.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name));
        fields.map(|(_, value)| value.as_str())
    }

    /// Cookies that were sent.
    pub fn cookies(&self) -> Value {
        let cookies = self.all("cookie").flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
        cookies.map(|(name, value)| json!({"name": name.trim(), "value": value.trim()})).collect()
    }

    /// Cookies that were set (RFC 6265 section 4.1).
    pub fn set_cookies(&self) -> Value {
        self.all("set-cookie").filter_map(set_cookie).collect()
    }
}

fn three(line: &str) -> Option<[String; 3]> {
    let mut words = line.splitn(3, ' ').map(str::to_owned);
    Some([words.next()?, words.next()?, words.next().unwrap_or_default()])
}

fn set_cookie(line: &str) -> Option<Value> {
    let mut parts = line.split(';').map(str::trim);
    let (name, value) = parts.next()?.split_once('=')?;
    let attributes: Vec<(&str, &str)> = parts.map(|part| part.split_once('=').unwrap_or((part, ""))).collect();
    let attribute = |name: &str| attributes.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    let text = |name| attribute(name).map(|(_, value)| Value::from(*value));
    let expires = attribute("expires").and_then(|(_, date)| DateTime::parse_from_rfc2822(date).ok());
    let expires = expires.map(|date| date.with_timezone(&Utc).to_rfc3339_opts(SecondsFormat::Secs, true).into());
    let known = json!({
        "name": name.trim(), "value": value.trim(),
        "httpOnly": attribute("httponly").is_some(), "secure": attribute("secure").is_some(),
    });
    Some(object(known, [("path", text("path")), ("domain", text("domain")), ("expires", expires)]))
}

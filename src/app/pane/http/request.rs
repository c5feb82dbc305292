//! The request as it is built: rows, body, and the URL in step with its query.

use bytes::Bytes;
use percent_encoding::percent_decode_str;
use ratatui_textarea::TextArea;
use url::form_urlencoded;

use super::Model;
use crate::contract::HttpBody;

/// A name and a value that can be switched off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
    /// Whether it is sent.
    pub is_on: bool,
}

/// A request written down whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The method.
    pub method: String,
    /// The absolute URL.
    pub url: String,
    /// Header fields in order.
    pub headers: Vec<(String, String)>,
    /// The body; empty when it is no text.
    pub body: String,
    /// Whether it is.
    pub is_text: bool,
}

impl Model {
    /// Writes a whole request anew.
    pub fn write(&mut self, written: Written) {
        let Written { method, url, headers, body, .. } = written;
        self.method = method;
        self.query.clear();
        self.set_url(&url);
        self.headers = headers.into_iter().map(|(name, value)| Row { name, value, is_on: true }).collect();
        self.set_body(&body);
        self.edit_url();
    }
}

/// What kind of body the request has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BodyKind {
    /// Text as typed; none when empty.
    #[default]
    Text,
    /// Rows, sent as `application/x-www-form-urlencoded`.
    Form,
    /// A file's bytes.
    File,
}

impl BodyKind {
    /// The kind after this.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            BodyKind::Text => BodyKind::Form,
            BodyKind::Form => BodyKind::File,
            BodyKind::File => BodyKind::Text,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            BodyKind::Text => "text",
            BodyKind::Form => "form",
            BodyKind::File => "file",
        }
    }
}

/// The body, in each of its kinds.
#[derive(Debug, Clone, Default)]
pub struct Body {
    /// The kind that is sent.
    pub kind: BodyKind,
    /// The text.
    pub text: TextArea<'static>,
    /// The form's rows.
    pub form: Vec<Row>,
    /// The file's path.
    pub file: String,
}

impl Body {
    /// What is sent.
    pub(super) fn content(&self) -> Result<HttpBody, String> {
        Ok(match self.kind {
            BodyKind::Text => HttpBody::Bytes(Bytes::from(self.text.lines().join("\n"))),
            BodyKind::Form => {
                let mut form = form_urlencoded::Serializer::new(String::new());
                for row in self.form.iter().filter(|row| row.is_on) {
                    form.append_pair(&row.name, &row.value);
                }
                HttpBody::Bytes(Bytes::from(form.finish()))
            }
            BodyKind::File if self.file.trim().is_empty() => {
                return Err("the body is a file, but none is named; press e in the body tab".into());
            }
            BodyKind::File => HttpBody::File(self.file.trim().to_owned()),
        })
    }

    /// The media type that is sent when no header row names one; None without a body.
    pub(super) fn media_type(&self) -> Option<String> {
        match self.kind {
            BodyKind::Text => match self.text.lines().iter().find_map(|line| line.trim().chars().next())? {
                '{' | '[' => Some("application/json".into()),
                '<' => Some("application/xml".into()),
                _ => Some("text/plain; charset=utf-8".into()),
            },
            BodyKind::Form => Some("application/x-www-form-urlencoded".into()),
            BodyKind::File => Some(mime_guess::from_path(&self.file).first_or_octet_stream().to_string()),
        }
    }
}

/// Whether a text is a token (RFC 9110 section 5.6.2), as methods and header names are.
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(letter))
}

/// Reads the rows that are on from a URL's query; the rows that are off stay, behind them.
pub(super) fn query_from_url(url: &str, rows: &mut Vec<Row>) {
    let off: Vec<Row> = rows.iter().filter(|row| !row.is_on).cloned().collect();
    rows.clear();
    let query = url.split('#').next().unwrap_or("").split_once('?').map_or("", |(_, query)| query);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        rows.push(Row { name: decoded(name), value: decoded(value), is_on: true });
    }
    rows.extend(off);
}

fn decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// The URL with its query written anew from the rows that are on.
pub(super) fn url_with_query(url: &str, rows: &[Row]) -> String {
    let (before, fragment) = match url.split_once('#') {
        Some((before, fragment)) => (before, format!("#{fragment}")),
        None => (url, String::new()),
    };
    let base = before.split('?').next().unwrap_or(before);
    let mut query = form_urlencoded::Serializer::new(String::new());
    for row in rows.iter().filter(|row| row.is_on) {
        query.append_pair(&row.name, &row.value);
    }
    let query = query.finish();
    if query.is_empty() { format!("{base}{fragment}") } else { format!("{base}?{query}{fragment}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_and_url_stay_in_step_both_ways() {
        let mut rows = vec![Row { name: "off".into(), value: "1".into(), is_on: false }];
        query_from_url("http://a/?q=caf%C3%A9+au&x#top", &mut rows);
        let shown: Vec<(&str, &str, bool)> =
            rows.iter().map(|row| (row.name.as_str(), row.value.as_str(), row.is_on)).collect();
        assert_eq!(shown, [("q", "café au", true), ("x", "", true), ("off", "1", false)]);
        rows[1].value = "a&b".into();
        assert_eq!(url_with_query("http://a/?old#top", &rows), "http://a/?q=caf%C3%A9+au&x=a%26b#top");
        for row in &mut rows {
            row.is_on = false;
        }
        assert_eq!(url_with_query("http://a/?old", &rows), "http://a/");
    }

    #[test]
    fn the_body_tells_its_media_type() {
        let mut body = Body::default();
        assert_eq!(body.media_type(), None);
        body.text = TextArea::from(["", " {\"a\": 1}"]);
        assert_eq!(body.media_type().as_deref(), Some("application/json"));
        body.kind = BodyKind::File;
        body.file = "photo.png".into();
        assert_eq!(body.media_type().as_deref(), Some("image/png"));
    }
}

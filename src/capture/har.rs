//! Exchanges of HTTP/1 as entries of an HTTP archive (HAR 1.2, <http://www.softwareishard.com/blog/har-12-spec/>).

mod body;
mod head;

pub use self::head::Head;

use serde_json::{Map, Value, json};

use self::body::Content;
use crate::model::{Address, Timestamp};

/// What a size or a time is that is not known.
const UNKNOWN: i32 = -1;

/// The media type of a body that names none; browsers write the same.
const NO_MEDIA_TYPE: &str = "x-unknown";

/// A message as it was on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// When its first bytes were seen.
    pub began: Timestamp,
    /// When its last bytes were.
    pub ended: Timestamp,
    /// Its bytes, as many as were kept.
    pub bytes: Vec<u8>,
    /// How many there were.
    pub length: u64,
}

/// A request and what it was answered.
#[derive(Debug, Clone, Copy)]
pub struct Exchange<'a> {
    /// The request.
    pub request: &'a Message,
    /// The response; None when none came.
    pub response: Option<&'a Message>,
    /// `http` or `https`.
    pub scheme: &'a str,
    /// Who was asked.
    pub server: &'a Address,
    /// What the connection is called.
    pub connection: &'a str,
}

/// What stands before the entries of an archive.
pub fn beginning() -> String {
    let creator = json!({"name": "wirelab", "version": env!("CARGO_PKG_VERSION")});
    format!("{{\"log\":{{\"version\":\"1.2\",\"creator\":{creator},\"pages\":[],\"entries\":[\n")
}

/// What stands between two.
pub const BETWEEN: &str = ",\n";

/// What stands behind them.
pub const END: &str = "\n]}}\n";

/// An entry; None when what was taken for a request is none.
pub fn entry(exchange: Exchange<'_>) -> Option<Value> {
    let Exchange { request, response, .. } = exchange;
    let head = Head::read(&request.bytes)?;
    let answer = response.and_then(|response| Some((response, Head::read(&response.bytes)?)));
    let timings = Timings::of(request, answer.as_ref().map(|(response, _)| *response));
    let mut entry = json!({
        "startedDateTime": request.began.rfc3339(),
        "time": timings.send + timings.wait + timings.receive,
        "request": request_of(&exchange, &head),
        "response": answer.as_ref().map_or_else(no_response, |(response, head)| response_of(response, head)),
        "cache": {},
        "timings": {
            "blocked": UNKNOWN, "dns": UNKNOWN, "connect": UNKNOWN, "ssl": UNKNOWN,
            "send": timings.send, "wait": timings.wait, "receive": timings.receive,
        },
        "connection": exchange.connection,
    });
    if let Address::Ip(address) = exchange.server {
        entry["serverIPAddress"] = address.ip().to_string().into();
    }
    if answer.is_none() {
        entry["comment"] = "no response was seen".into();
    }
    Some(entry)
}

/// Milliseconds.
struct Timings {
    send: f64,
    wait: f64,
    receive: f64,
}

impl Timings {
    fn of(request: &Message, response: Option<&Message>) -> Self {
        let between = |from: Timestamp, to: Timestamp| to.since(from).as_nanos() as f64 / 1_000_000.0;
        Self {
            send: between(request.began, request.ended),
            // One that comes before the request has ended has not been waited for.
            wait: response.map_or(0.0, |response| between(request.ended, response.began)),
            receive: response.map_or(0.0, |response| between(response.began.max(request.ended), response.ended)),
        }
    }
}

fn request_of(exchange: &Exchange<'_>, head: &Head) -> Value {
    let [method, target, version] = &head.words;
    let request = exchange.request;
    let url = url(exchange, head, target);
    let query = url.split('#').next().and_then(|url| url.split_once('?')).map_or("", |(_, query)| query);
    let mut told = json!({
        "method": method,
        "url": url,
        "httpVersion": version,
        "cookies": head.cookies(),
        "headers": pairs(&head.fields),
        "queryString": pairs(&parameters(query)),
        "headersSize": head.length,
        "bodySize": body_size(request, head),
    });
    if request.length > head.length as u64 {
        told["postData"] = posted(request, head);
    }
    told
}

/// The whole URL. A request names what it asks for by its path mostly, and by the host it sends beside that.
fn url(exchange: &Exchange<'_>, head: &Head, target: &str) -> String {
    if target.contains("://") {
        return target.to_owned();
    }
    let host = head.field("host").map_or_else(|| exchange.server.to_string(), str::to_owned);
    match target.strip_prefix('/') {
        Some(path) => format!("{}://{host}/{path}", exchange.scheme),
        // CONNECT names an authority, OPTIONS may ask for all with `*`.
        None if head.words[0] == "CONNECT" => format!("{}://{target}/", exchange.scheme),
        None => format!("{}://{host}/{target}", exchange.scheme),
    }
}

fn posted(request: &Message, head: &Head) -> Value {
    let media_type = head.field("content-type").unwrap_or(NO_MEDIA_TYPE);
    let content = Content::of(request, head);
    let mut posted = json!({"mimeType": media_type, "params": []});
    if media_type.starts_with("application/x-www-form-urlencoded")
        && let Some(text) = content.text()
    {
        posted["params"] = pairs(&parameters(text));
    }
    content.tell(&mut posted, "_encoding");
    posted
}

fn response_of(response: &Message, head: &Head) -> Value {
    let [version, status, phrase] = &head.words;
    let content = Content::of(response, head);
    let mut told = json!({
        "size": content.bytes.len(),
        "mimeType": head.field("content-type").unwrap_or(NO_MEDIA_TYPE),
    });
    if let Some(saved) = content.compression() {
        told["compression"] = saved.into();
    }
    if !content.bytes.is_empty() || content.remark.is_some() {
        content.tell(&mut told, "encoding");
    }
    json!({
        "status": status.parse::<u16>().unwrap_or(0),
        "statusText": phrase,
        "httpVersion": version,
        "cookies": head.set_cookies(),
        "headers": pairs(&head.fields),
        "content": told,
        "redirectURL": head.field("location").unwrap_or_default(),
        "headersSize": head.length,
        "bodySize": body_size(response, head),
    })
}

/// As browsers write a request that was not answered.
fn no_response() -> Value {
    json!({
        "status": 0, "statusText": "", "httpVersion": "", "cookies": [], "headers": [],
        "content": {"size": 0, "mimeType": NO_MEDIA_TYPE},
        "redirectURL": "", "headersSize": UNKNOWN, "bodySize": UNKNOWN,
    })
}

fn body_size(message: &Message, head: &Head) -> u64 {
    message.length.saturating_sub(head.length as u64)
}

fn parameters(query: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

fn pairs(pairs: &[(String, String)]) -> Value {
    let pair = |(name, value): &(String, String)| json!({"name": name, "value": value});
    pairs.iter().map(pair).collect()
}

/// A map of these, and of those that are there.
fn object(known: Value, maybe: impl IntoIterator<Item = (&'static str, Option<Value>)>) -> Value {
    let mut object = match known {
        Value::Object(object) => object,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    };
    object.extend(maybe.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    Value::Object(object)
}

#[cfg(test)]
mod tests;

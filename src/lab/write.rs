//! A lab as a person would have written it in a file.

use std::fmt::Write;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::{Asked, Client, Count, Lab, Request, Send, Server, Start, Step, Then, vary};
use crate::collection::{self, Piece, Subject};
use crate::contract::{Hold, Verification, WhenDown};

impl Lab {
    /// The lab as TOML; read again it is the same.
    pub fn write(&self) -> String {
        let mut parts = Vec::new();
        if !self.title.is_empty() {
            parts.push(format!("title = {}\n", text(&self.title)));
        }
        if let Some(record) = &self.record {
            let mut part = format!("[record]\nfile = {}\n", text(&record.file.to_string_lossy()));
            if let Some(ring) = record.ring {
                line(&mut part, "ring", &text(&format!("{ring}B")));
            }
            parts.push(part);
        }
        parts.extend(self.servers.iter().map(server));
        parts.extend(self.clients.iter().map(client));
        parts.extend(self.requests.iter().map(request));
        parts.extend(self.steps.iter().map(step));
        parts.join("\n")
    }
}

fn line(part: &mut String, key: &str, value: &str) {
    let _ = writeln!(part, "{key} = {value}");
}

/// A text in quotes, as simple as it can be; nothing in it is taken for a variable.
fn text(text: &str) -> String {
    let plain = vary::plain(text);
    let is_literal = !plain.contains('\'') && !plain.chars().any(char::is_control);
    if is_literal && plain.contains(['"', '\\']) {
        format!("'{plain}'")
    } else {
        toml::Value::String(plain).to_string()
    }
}

/// A time in the largest unit that needs no fraction.
fn time(time: Duration) -> String {
    let nanos = time.as_nanos();
    let (unit, name) = match nanos {
        nanos if nanos % 1_000_000_000 == 0 => (1_000_000_000, "s"),
        nanos if nanos % 1_000_000 == 0 => (1_000_000, "ms"),
        _ => (1000, "us"),
    };
    text(&format!("{}{name}", nanos as f64 / f64::from(unit)))
}

fn server(server: &Server) -> String {
    let is_tap = server.behaviour == "tap";
    let mut part = if is_tap { "[[tap]]\n".to_owned() } else { "[[server]]\n".to_owned() };
    line(&mut part, "name", &text(&server.name));
    line(&mut part, "listen", &text(&server.listen.to_string()));
    if is_tap {
        line(&mut part, "target", &text(&server.argument));
        tap(&mut part, server);
    } else {
        line(&mut part, "behaviour", &text(&server.behaviour));
        if !server.argument.is_empty() {
            line(&mut part, "with", &text(&server.argument));
        }
    }
    starts(&mut part, server.start);
    part
}

fn tap(part: &mut String, server: &Server) {
    let shaping = &server.shaping;
    let impairments: Vec<String> = shaping.impairments.iter().map(|one| text(&one.to_string())).collect();
    match &impairments[..] {
        [] => {}
        [one] => line(part, "impair", one),
        many => line(part, "impair", &format!("[\n    {},\n]", many.join(",\n    "))),
    }
    if shaping.seed != 0 {
        line(part, "seed", &shaping.seed.to_string());
    }
    match &shaping.hold {
        Hold::Nothing => {}
        Hold::Everything => line(part, "hold", "\"all\""),
        Hold::Matching(filter) => line(part, "hold", &text(&filter.to_string())),
    }
    if shaping.when_down == WhenDown::Hold {
        line(part, "when-down", "\"hold\"");
    }
}

fn starts(part: &mut String, start: Start) {
    if start == Start::Waits {
        line(part, "start", "false");
    }
}

fn client(client: &Client) -> String {
    let mut part = "[[client]]\n".to_owned();
    line(&mut part, "name", &text(&client.name));
    line(&mut part, "connect", &text(&client.spec.target.to_string()));
    if let Some(source) = &client.spec.source {
        line(&mut part, "source", &text(source));
    }
    if client.spec.tls.verification == Verification::Off {
        line(&mut part, "verify", "false");
    }
    list(&mut part, "send", &client.sends.iter().map(send).collect::<Vec<_>>());
    let expects = client
        .expects
        .iter()
        .map(|expect| format!("{{ match = {}, within = {} }}", text(&expect.pattern), time(expect.within)));
    list(&mut part, "expect", &expects.collect::<Vec<_>>());
    if client.then != Then::Stay {
        line(&mut part, "then", &text(client.then.name()));
    }
    starts(&mut part, client.start);
    part
}

fn list(part: &mut String, key: &str, items: &[String]) {
    match items {
        [] => {}
        [one] => line(part, key, &format!("[{one}]")),
        many => line(part, key, &format!("[\n    {},\n]", many.join(",\n    "))),
    }
}

fn send(send: &Send) -> String {
    let payload = match std::str::from_utf8(&send.payload) {
        Ok(payload) => ("text", text(payload)),
        Err(_) => ("base64", text(&BASE64.encode(&send.payload))),
    };
    if payload.0 == "text" && send.after.is_zero() && send.times == 1 {
        return payload.1;
    }
    let mut item = String::from("{ ");
    if !send.after.is_zero() {
        let _ = write!(item, "after = {}, ", time(send.after));
    }
    if send.times != 1 {
        let _ = write!(item, "times = {}, every = {}, ", send.times, time(send.every));
    }
    let _ = write!(item, "{} = {} }}", payload.0, payload.1);
    item
}

fn request(request: &Request) -> String {
    let mut part = "[[http]]\n".to_owned();
    line(&mut part, "name", &text(&request.name));
    if !request.at.is_zero() {
        line(&mut part, "at", &time(request.at));
    }
    match &request.asked {
        Asked::One(asked) => one(&mut part, asked),
        Asked::Of { file, chosen, .. } => {
            line(&mut part, "file", &text(file));
            if let Some(name) = &chosen.request {
                line(&mut part, "request", &text(name));
            }
            if let Some(name) = &chosen.environment {
                line(&mut part, "env", &text(name));
            }
            map(&mut part, "variables", &chosen.given);
        }
    }
    part
}

fn one(part: &mut String, request: &collection::Request) {
    if request.method != "GET" {
        line(part, "method", &text(&request.method));
    }
    line(part, "url", &text(&request.target));
    map(part, "headers", request.headers.iter().map(|(name, value)| (name, value)));
    for piece in &request.body {
        let (Piece::Text(body) | Piece::File(body) | Piece::Filled(body)) = piece;
        line(part, "body", &text(body));
    }
    for (_, expectation) in &request.expectations {
        match expectation.subject {
            Subject::Status => line(part, "status", &expectation.value),
            Subject::Body | Subject::Header(_) | Subject::Path(_) | Subject::Time => {
                line(part, "expect", &text(&expectation.value));
            }
        }
    }
}

/// A table of texts in a line, where there are any.
fn map<'a>(part: &mut String, key: &str, entries: impl IntoIterator<Item = (&'a String, &'a String)>) {
    let fields = entries.into_iter().map(|(name, value)| format!("{} = {}", text(name), text(value)));
    let fields = fields.collect::<Vec<_>>().join(", ");
    if !fields.is_empty() {
        line(part, key, &format!("{{ {fields} }}"));
    }
}

fn step(step: &Step) -> String {
    let mut part = format!("[[step]]\nat = {}\n", time(step.at));
    if let Some(caption) = &step.caption {
        line(&mut part, "caption", &text(caption));
    }
    match &step.run[..] {
        [] => {}
        [one] => line(&mut part, "run", &text(one)),
        many => list(&mut part, "run", &many.iter().map(|one| text(one)).collect::<Vec<_>>()),
    }
    if let Some(expect) = &step.expect {
        line(&mut part, "expect", &text(&expect.filter));
        match expect.count {
            Count::AtLeast(1) => {}
            Count::AtLeast(count) => line(&mut part, "at-least", &count.to_string()),
            Count::AtMost(count) => line(&mut part, "at-most", &count.to_string()),
            Count::Exactly(count) => line(&mut part, "count", &count.to_string()),
        }
        line(&mut part, "within", &time(expect.within));
    }
    part
}

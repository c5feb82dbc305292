//! What wirelab's own recordings say beyond packets: a line of JSON in a packet's comment, an interface's comment or a
//! journal entry, so that reading them gives the same frames.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::deed;
use crate::model::{
    Address, Closing, Direction, Flow, FlowId, FrameKind, Mark, NodeId, Step, Timestamp, Transport, Trouble,
};

/// What a comment of wirelab's begins with.
pub const PREFIX: &str = "wl:";

/// The field of a journal entry that holds the details.
pub const JOURNAL_FIELD: &str = "WIRELAB";

/// All that can be said of one record; what is not said is left out.
#[derive(Debug, Clone, Default)]
pub struct Details {
    /// The frame's number.
    pub frame: Option<u64>,
    /// When, where the record has no time of its own as exact.
    pub at: Option<Timestamp>,
    /// The node that saw it.
    pub node: Option<NodeId>,
    /// The node's name.
    pub name: Option<String>,
    /// The conversation, in full where the reader cannot know it yet.
    pub flow: Option<Flow>,
    /// The conversation's number, where the reader knows it.
    pub flow_id: Option<FlowId>,
    /// How many bytes the frame has, when it takes several packets.
    pub bytes: Option<u64>,
    /// What happened.
    pub kind: Option<FrameKind>,
    /// Whether the user has marked the frame.
    pub mark: Option<Mark>,
    /// What the user noted on the frame, where there is no packet to say it of; an empty note is one taken away.
    pub note: Option<String>,
}

impl Details {
    /// As one line, without the prefix.
    pub fn line(&self) -> String {
        // Most of a flood say nothing else; their words are not to cost more than the frames.
        if let Self {
            frame: None,
            at: None,
            node: None,
            name: None,
            flow: None,
            flow_id: None,
            bytes: Some(bytes),
            kind: None,
            mark: None,
            note: None,
        } = self
        {
            return format!("{{\"bytes\":{bytes}}}");
        }
        let mut line = String::new();
        self.each(&mut |name, value| {
            line.push(if line.is_empty() { '{' } else { ',' });
            // The names are plain words of our own. Writing to a string cannot fail.
            let _ = write!(line, "\"{name}\":{value}");
        });
        line.push_str(if line.is_empty() { "{}" } else { "}" });
        line
    }

    /// Name by name.
    pub fn fields(&self) -> Map<String, Value> {
        let mut fields = Map::new();
        self.each(&mut |name, value| {
            fields.insert(name.to_owned(), value);
        });
        fields
    }

    fn each(&self, say: &mut impl FnMut(&str, Value)) {
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                say(name, value);
            }
        };
        put("frame", self.frame.map(Value::from));
        put("at", self.at.map(|at| at.0.into()));
        put("node", self.node.map(|node| node.0.into()));
        put("name", self.name.clone().map(Value::from));
        put("flow", self.flow.as_ref().map(flow_value).or(self.flow_id.map(|id| id.0.into())));
        put("bytes", self.bytes.map(Value::from));
        if let Some(kind) = &self.kind {
            put_kind(kind, &mut put);
        }
        put("marked", self.mark.map(|mark| (mark == Mark::On).into()));
        put("note", self.note.clone().map(Value::from));
    }

    /// Reads a comment; None when it is none of ours.
    pub fn of_comment(comment: &[u8]) -> Option<Self> {
        Self::parse(comment.strip_prefix(PREFIX.as_bytes())?)
    }

    /// Reads a line without its prefix.
    pub fn parse(line: &[u8]) -> Option<Self> {
        let line: Map<String, Value> = serde_json::from_slice(line).ok()?;
        let number = |name: &str| line.get(name).and_then(Value::as_u64);
        Some(Self {
            frame: number("frame"),
            at: line.get("at").and_then(Value::as_i64).map(Timestamp),
            node: number("node").map(NodeId),
            name: text(&line, "name"),
            flow: line.get("flow").and_then(Value::as_object).and_then(flow_of),
            flow_id: number("flow").map(FlowId),
            bytes: number("bytes"),
            kind: text(&line, "kind").and_then(|kind| kind_of(&kind, &line)),
            mark: line.get("marked").and_then(Value::as_bool).map(|is| if is { Mark::On } else { Mark::Off }),
            note: text(&line, "note"),
        })
    }
}

fn flow_value(flow: &Flow) -> Value {
    json!({
        "id": flow.id.0,
        "transport": flow.transport.name(),
        "client": address_text(&flow.client),
        "server": address_text(&flow.server),
        "client_node": flow.client_node.map(|node| node.0),
        "server_node": flow.server_node.map(|node| node.0),
    })
}

fn flow_of(value: &Map<String, Value>) -> Option<Flow> {
    let node = |name: &str| value.get(name).and_then(Value::as_u64).map(NodeId);
    let unknown = Timestamp(0);
    Some(Flow {
        id: FlowId(value.get("id")?.as_u64()?),
        transport: transport_of(&text(value, "transport")?)?,
        client: address(value, "client")?,
        server: address(value, "server")?,
        client_node: node("client_node"),
        server_node: node("server_node"),
        began: unknown,
        last: unknown,
        to_server: 0,
        to_client: 0,
        frames: 0,
        is_open: true,
    })
}

fn put_kind(kind: &FrameKind, put: &mut impl FnMut(&str, Option<Value>)) {
    let mut say = |name: &str, value: Value| put(name, Some(value));
    match kind {
        FrameKind::Step(step) => put_step(step, &mut say),
        FrameKind::Opened { local, peer } => {
            say("kind", "opened".into());
            say("local", address_text(local).into());
            say("peer", address_text(peer).into());
        }
        FrameKind::Data { direction, payload } => {
            say("kind", "data".into());
            say("dir", direction_name(*direction).into());
            say("len", payload.len().into());
            if let Ok(text) = std::str::from_utf8(payload) {
                say("text", text.into());
            }
            say("base64", STANDARD.encode(payload).into());
        }
        FrameKind::Finished(direction) => {
            say("kind", "finished".into());
            say("dir", direction_name(*direction).into());
        }
        FrameKind::Closed(how) => {
            say("kind", "closed".into());
            say("how", closing_name(how).into());
            if let Closing::Failed(why) = how {
                say("why", why.as_str().into());
            }
        }
        FrameKind::Lost { count, why } => {
            say("kind", "lost".into());
            say("count", (*count).into());
            say("why", why.as_str().into());
        }
        FrameKind::Impaired { of, direction, by, deed } => {
            say("kind", "impaired".into());
            say("by", by.as_ref().into());
            if let Some(of) = of {
                say("of", (*of).into());
            }
            say("toward", toward_name(*direction).into());
            deed::put(deed, &mut say);
        }
        FrameKind::Error(Trouble { act, address, why, remedy }) => {
            say("kind", "error".into());
            say("act", act.as_ref().into());
            say("address", address.as_str().into());
            say("error", why.as_str().into());
            say("remedy", remedy.as_str().into());
        }
        FrameKind::Note(words) => {
            say("kind", "note".into());
            say("text", words.as_str().into());
        }
    }
}

fn put_step(step: &Step, say: &mut impl FnMut(&str, Value)) {
    let (kind, address): (&str, Option<&Address>) = match step {
        Step::Made(_) => ("made", None),
        Step::Bound(address) => ("bound", Some(address)),
        Step::Listening(address) => ("listening", Some(address)),
        Step::Stopped(address) => ("stopped", Some(address)),
        Step::Resolving(_) => ("resolving", None),
        Step::Resolved(..) => ("resolved", None),
        Step::Connecting(address) => ("connecting", Some(address)),
        Step::ConnectFailed(address, _) => ("connect-failed", Some(address)),
        Step::Securing(_) => ("securing", None),
        Step::Secured(_) => ("secured", None),
        Step::Joined(address) => ("joined", Some(address)),
        Step::Bridged(local, _) => ("bridged", Some(local)),
    };
    say("kind", kind.into());
    if let Some(address) = address {
        say("local", address_text(address).into());
    }
    match step {
        Step::Made(transport) => say("transport", transport.name().into()),
        Step::Resolving(host) | Step::Securing(host) => say("host", host.as_str().into()),
        Step::Resolved(host, addresses) => {
            say("host", host.as_str().into());
            say("addresses", addresses.iter().map(address_text).collect::<Vec<_>>().into());
        }
        Step::ConnectFailed(_, why) => say("why", why.as_str().into()),
        Step::Secured(lines) => say("lines", lines.clone().into()),
        Step::Bridged(_, target) => say("peer", address_text(target).into()),
        Step::Bound(_) | Step::Listening(_) | Step::Stopped(_) | Step::Connecting(_) | Step::Joined(_) => {}
    }
}

fn kind_of(kind: &str, line: &Map<String, Value>) -> Option<FrameKind> {
    let words = |name: &str| text(line, name).unwrap_or_default();
    let local = || address(line, "local");
    let step = match kind {
        "opened" => return Some(FrameKind::Opened { local: local()?, peer: address(line, "peer")? }),
        "data" => {
            let payload = STANDARD.decode(words("base64")).ok()?.into();
            return Some(FrameKind::Data { direction: direction(line)?, payload });
        }
        "finished" => return Some(FrameKind::Finished(direction(line)?)),
        "closed" => return closing_of(&words("how"), words("why")).map(FrameKind::Closed),
        "lost" => return Some(FrameKind::Lost { count: line.get("count")?.as_u64()?, why: words("why") }),
        "impaired" => {
            let (of, by) = (line.get("of").and_then(Value::as_u64), words("by").into());
            return Some(FrameKind::Impaired { of, direction: toward(line)?, by, deed: deed::read(line)? });
        }
        "error" => {
            let trouble = Trouble::new(words("act"), words("address"), words("error"), words("remedy"));
            return Some(FrameKind::Error(trouble));
        }
        "note" => return Some(FrameKind::Note(words("text"))),
        "made" => Step::Made(transport_of(&words("transport"))?),
        "bound" => Step::Bound(local()?),
        "listening" => Step::Listening(local()?),
        "stopped" => Step::Stopped(local()?),
        "resolving" => Step::Resolving(words("host")),
        "resolved" => Step::Resolved(words("host"), texts(line, "addresses").filter_map(address_of).collect()),
        "connecting" => Step::Connecting(local()?),
        "connect-failed" => Step::ConnectFailed(local()?, words("why")),
        "securing" => Step::Securing(words("host")),
        "secured" => Step::Secured(texts(line, "lines").map(str::to_owned).collect()),
        "joined" => Step::Joined(local()?),
        "bridged" => Step::Bridged(local()?, address(line, "peer")?),
        _ => return None,
    };
    Some(FrameKind::Step(step))
}

fn text(line: &Map<String, Value>, name: &str) -> Option<String> {
    line.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn texts<'a>(line: &'a Map<String, Value>, name: &str) -> impl Iterator<Item = &'a str> {
    line.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn address(line: &Map<String, Value>, name: &str) -> Option<Address> {
    line.get(name).and_then(Value::as_str).and_then(address_of)
}

fn address_text(address: &Address) -> String {
    match address {
        Address::Ip(address) => address.to_string(),
        Address::Unix(path) => format!("unix:{path}"),
        Address::Unnamed(number) => format!("unnamed:{number}"),
    }
}

fn address_of(text: &str) -> Option<Address> {
    if let Some(path) = text.strip_prefix("unix:") {
        return Some(Address::Unix(path.to_owned()));
    }
    match text.strip_prefix("unnamed:") {
        Some(number) => number.parse().ok().map(Address::Unnamed),
        None => text.parse().ok().map(Address::Ip),
    }
}

fn transport_of(name: &str) -> Option<Transport> {
    let all = [Transport::Tcp, Transport::Udp, Transport::Unix, Transport::UnixDatagram, Transport::Tls];
    all.into_iter().find(|transport| transport.name() == name)
}

fn direction_name(direction: Direction) -> &'static str {
    match direction {
        Direction::In => "in",
        Direction::Out => "out",
    }
}

fn direction(line: &Map<String, Value>) -> Option<Direction> {
    match line.get("dir")?.as_str()? {
        "in" => Some(Direction::In),
        "out" => Some(Direction::Out),
        _ => None,
    }
}

/// The side a message was for, as a tap says it.
fn toward_name(direction: Direction) -> &'static str {
    match direction {
        Direction::In => "server",
        Direction::Out => "client",
    }
}

fn toward(line: &Map<String, Value>) -> Option<Direction> {
    match line.get("toward")?.as_str()? {
        "server" => Some(Direction::In),
        "client" => Some(Direction::Out),
        _ => None,
    }
}

fn closing_name(how: &Closing) -> &'static str {
    match how {
        Closing::Orderly => "orderly",
        Closing::Ours => "ours",
        Closing::ResetByUs => "reset-by-us",
        Closing::ResetByPeer => "reset-by-peer",
        Closing::Idle => "idle",
        Closing::Failed(_) => "failed",
    }
}

fn closing_of(name: &str, why: String) -> Option<Closing> {
    Some(match name {
        "orderly" => Closing::Orderly,
        "ours" => Closing::Ours,
        "reset-by-us" => Closing::ResetByUs,
        "reset-by-peer" => Closing::ResetByPeer,
        "idle" => Closing::Idle,
        "failed" => Closing::Failed(why),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_none_of_ours_is_not_read() {
        assert!(Details::of_comment(b"a remark").is_none());
        assert!(Details::of_comment(b"wl:remark").is_none());
        assert!(Details::of_comment(b"wl:[1]").is_none());
        assert!(Details::of_comment(b"wl:{\"kind\":\"unheard-of\"}").unwrap().kind.is_none());
    }

    #[test]
    fn a_line_of_a_length_alone_is_what_it_is_among_others() {
        let (bytes, mark) = (Some(65_536), Some(Mark::On));
        let alone = Details { bytes, ..Details::default() };
        let marked = Details { mark, ..alone.clone() };
        assert_eq!(
            [alone, marked].map(|details| details.line()),
            [r#"{"bytes":65536}"#, r#"{"bytes":65536,"marked":true}"#]
        );
    }

    #[test]
    fn a_line_says_what_happened_in_the_words_of_the_event_schema() {
        let kind = FrameKind::Opened { local: Address::Ip(([127, 0, 0, 1], 7001).into()), peer: Address::Unnamed(3) };
        let details = Details { frame: Some(2), flow_id: Some(FlowId(1)), kind: Some(kind), ..Details::default() };
        let line = r#"{"frame":2,"flow":1,"kind":"opened","local":"127.0.0.1:7001","peer":"unnamed:3"}"#;
        assert_eq!(details.line(), line);
        assert_eq!(Details::parse(line.as_bytes()).unwrap().kind, details.kind);
    }
}

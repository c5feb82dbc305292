//! A frame taken up to be edited and sent: a request in the HTTP pane, anything else in the client.

use bytes::Bytes;

use super::server_of;
use crate::app::State;
use crate::app::pane::http::Written;
use crate::app::pane::{PaneId, client};
use crate::app::world::World;
use crate::capture::har::Head;
use crate::model::payload::{self, Notation};
use crate::model::{Flow, Frame, Side, Transport, visible};

/// Frames gone back from a response to look for its request.
const SEARCHED: u64 = 10_000;

/// What a frame becomes.
enum Entry {
    /// A request.
    Request(Written),
    /// A payload for that target.
    Payload(String, Bytes),
}

/// Takes the frame under the cursor up.
pub(super) fn take_up(state: &mut State) {
    let number = state.traffic.cursor;
    let entry = state.past.world_of(&state.world, number).and_then(|world| {
        let frame = world.log.frame(number)?;
        let flow = world.flow(frame.flow?)?;
        request(world, flow, frame).map(Entry::Request).or_else(|| payload(flow, frame))
    });
    match entry {
        None => state.say("this frame carries no bytes that could be sent"),
        Some(Entry::Request(written)) => {
            if !written.is_text {
                state.say("the body is no text, and is left out; send the frame again with r to have it");
            }
            state.http.write(written);
            state.focus = PaneId::Http;
        }
        Some(Entry::Payload(target, bytes)) => {
            let (text, notation) = written(&bytes);
            client::compose_anew(state, &target, &text, notation);
            state.focus = PaneId::Client;
        }
    }
}

fn payload(flow: &Flow, frame: &Frame) -> Option<Entry> {
    let (_, bytes) = frame.kind.data().filter(|(_, bytes)| !bytes.is_empty())?;
    Some(Entry::Payload(server_of(flow)?.to_string(), bytes.clone()))
}

/// Bytes as they are typed: text where that is all it is, hex where it is not.
fn written(bytes: &[u8]) -> (String, Notation) {
    let is_plain = |letter: char| !letter.is_control() || matches!(letter, '\r' | '\n' | '\t');
    match std::str::from_utf8(bytes) {
        Ok(text) if text.chars().all(is_plain) => (visible::escaped(bytes), Notation::Text),
        Ok(_) | Err(_) => (payload::hex(bytes), Notation::Hex),
    }
}

/// The request that a frame is part of, or comes after.
fn request(world: &World, flow: &Flow, frame: &Frame) -> Option<Written> {
    let is_request = |frame: &&Frame| {
        let from = frame.kind.data().and_then(|(direction, _)| flow.sender(frame.node, direction));
        frame.flow == Some(flow.id) && frame.protocol == "HTTP" && from == Some(Side::Client)
    };
    // An opening or a close leads to the request, too; other bytes do not.
    if frame.kind.data().is_some() && frame.protocol != "HTTP" {
        return None;
    }
    let first = frame.number.saturating_sub(SEARCHED).max(1);
    let asked = (first..=frame.number).rev().filter_map(|number| world.log.frame(number)).find(is_request)?;
    let track = world.flows.track(flow.id)?;
    let subject = track.subject(asked.number)?;
    let root = subject.roots.iter().find(|root| root.decoded.protocol == "HTTP")?;
    let bytes = subject.bytes.get(root.span.clone())?;
    read(bytes, flow)
}

/// A request as the HTTP pane has it.
fn read(bytes: &[u8], flow: &Flow) -> Option<Written> {
    let head = Head::read(bytes)?;
    let [method, target, version] = head.words.clone();
    if !version.starts_with("HTTP/") {
        return None;
    }
    let scheme = if flow.transport == Transport::Tls { "https" } else { "http" };
    let server = flow.server.to_string();
    let url = if target.contains("://") { target } else { format!("{scheme}://{server}{target}") };
    // Those are made anew when it is sent.
    let is_made = |name: &str, value: &str| {
        ["content-length", "transfer-encoding"].iter().any(|made| name.eq_ignore_ascii_case(made))
            || (name.eq_ignore_ascii_case("host") && value == server)
    };
    let headers = head.fields.iter().filter(|(name, value)| !is_made(name, value)).cloned().collect();
    let body = head.body(bytes);
    let (body, is_text) = match String::from_utf8(body) {
        Ok(text) => (text, true),
        Err(_) => (String::new(), false),
    };
    Some(Written { method, url, headers, body, is_text })
}

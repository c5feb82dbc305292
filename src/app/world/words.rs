//! What happened, in words: a headline for the list, and an explanation for those who learn.

use crate::impair::{HOLD, KINDS};
use crate::model::{Address, Closing, Deed, Direction, FrameKind, Step, Transport, span};

/// The protocol column and the one line of a frame that carries no bytes.
pub(super) fn headline(kind: &FrameKind, transport: Option<Transport>, at_server: bool) -> (&'static str, String) {
    let carrier = transport.map_or("", protocol);
    match kind {
        FrameKind::Step(step) => step_headline(step),
        FrameKind::Opened { local, peer } => {
            let words = match (transport.is_some_and(Transport::is_datagram), at_server) {
                (true, true) => format!("first datagram from {peer}"),
                (true, false) => format!("ready to send from {local}"),
                (false, true) => format!("accept() {peer}"),
                (false, false) if transport == Some(Transport::Tls) => "plain text inside TLS".to_owned(),
                (false, false) => format!("connected, from {local}"),
            };
            (carrier, words)
        }
        FrameKind::Data { payload, .. } => (carrier, format!("{} bytes", payload.len())),
        FrameKind::Finished(_) => (carrier, "FIN, will send no more".to_owned()),
        FrameKind::Closed(how) => (carrier, closing_words(how)),
        FrameKind::Lost { count, why } => (carrier, format!("{count} lost: {why}")),
        FrameKind::Impaired { of, by, deed, .. } => {
            let message = of.map_or_else(|| "a message".to_owned(), |of| of.to_string());
            (deed_name(by), format!("{message} {}", deed_words(deed)))
        }
        FrameKind::Error(trouble) => ("error", trouble.to_string()),
        FrameKind::Note(text) => ("note", text.clone()),
    }
}

fn step_headline(step: &Step) -> (&'static str, String) {
    match step {
        Step::Made(transport) => (protocol(*transport), "socket() made".to_owned()),
        Step::Bound(address) => ("bind", format!("bind() {address}")),
        Step::Listening(address) => ("bind", format!("listening, {address}")),
        Step::Stopped(address) => ("close", format!("stopped, {address}")),
        Step::Resolving(host) => ("DNS", format!("looking up {host}")),
        Step::Resolved(host, addresses) => ("DNS", format!("{host} is {}", list(addresses))),
        Step::Connecting(address) => ("conn", format!("connect() {address}")),
        Step::ConnectFailed(address, why) => ("conn", format!("{address}: {why}")),
        Step::Securing(name) => ("TLS", format!("handshake with {name}")),
        Step::Secured(lines) => ("TLS", format!("secured: {}", lines.first().map_or("", String::as_str))),
        Step::Joined(group) => ("IGMP", format!("joined group {group}")),
    }
}

fn list(addresses: &[Address]) -> String {
    addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn protocol(transport: Transport) -> &'static str {
    match transport {
        Transport::Tcp => "TCP",
        Transport::Udp => "UDP",
        Transport::Unix => "unix",
        Transport::UnixDatagram => "unixgram",
        Transport::Tls => "TLS",
    }
}

/// What did it, in the protocol's column: an impairment, or a person who holds.
fn deed_name(by: &str) -> &'static str {
    KINDS.iter().map(|offer| offer.name).find(|name| *name == by).unwrap_or(if by == HOLD { HOLD } else { "tap" })
}

/// What a tap did to a message, in a few words after its number.
pub(super) fn deed_words(deed: &Deed) -> String {
    match deed {
        Deed::Delayed(time) => format!("+{}", span(*time)),
        Deed::Dropped => "dropped".to_owned(),
        Deed::Duplicated => "sent twice".to_owned(),
        Deed::Swapped(with) => format!("swapped with {with}"),
        Deed::Corrupted(1, _) => "1 bit flipped".to_owned(),
        Deed::Corrupted(bits, _) => format!("{bits} bits flipped"),
        Deed::Sliced(pieces) => format!("cut into {pieces}"),
        Deed::Truncated(kept) => format!("cut after {kept} bytes"),
        Deed::Held => "held".to_owned(),
        Deed::Released(time) => format!("let go after {}", span(*time)),
        Deed::Edited(payload) => format!("changed to {} bytes", payload.len()),
        Deed::Injected(payload) => format!("{} bytes put in", payload.len()),
        Deed::Closed => "ends the conversation, closed".to_owned(),
        Deed::Reset => "ends the conversation, reset".to_owned(),
    }
}

/// How a conversation ended, in a few words.
pub fn closing_words(how: &Closing) -> String {
    match how {
        Closing::Orderly => "closed: both ends finished".to_owned(),
        Closing::Ours => "closed by this end".to_owned(),
        Closing::ResetByUs => "reset by this end (RST)".to_owned(),
        Closing::ResetByPeer => "reset by the other end (RST)".to_owned(),
        Closing::Idle => "forgotten: nothing heard for long".to_owned(),
        Closing::Failed(why) => format!("failed: {why}"),
    }
}

/// What a frame without bytes means, a line each; read in the inspector.
pub fn explain(kind: &FrameKind) -> Vec<String> {
    let lines: Vec<String> = match kind {
        FrameKind::Step(step) => return explain_step(step),
        FrameKind::Opened { local, peer } => vec![
            format!("The conversation between {local} and {peer} has begun."),
            "Over TCP, connect() and accept() return once the three-way handshake is done:".into(),
            "SYN, SYN+ACK, ACK, exchanged by the two systems before any program sees a byte.".into(),
        ],
        FrameKind::Data { .. } => Vec::new(),
        FrameKind::Finished(direction) => vec![
            match direction {
                Direction::Out => {
                    "This end called shutdown(SHUT_WR): a FIN tells the peer that no more bytes follow.".into()
                }
                Direction::In => "recv() gave 0 bytes: the peer sent a FIN and will send no more.".into(),
            },
            "The other direction stays open: a TCP connection closes one way at a time (half-close).".into(),
        ],
        FrameKind::Closed(how) => vec![
            closing_words(how),
            match how {
                Closing::Orderly => "Each end has sent FIN and had it acknowledged.".into(),
                Closing::Ours => {
                    "close() was called here; what the peer had not read yet may still be on its way.".into()
                }
                Closing::ResetByUs | Closing::ResetByPeer => {
                    "A reset throws away what was still on its way, at both ends.".into()
                }
                Closing::Idle => "UDP has no close; a peer that is silent is forgotten after a while.".into(),
                Closing::Failed(_) => "The system reported an error on the socket.".into(),
            },
        ],
        FrameKind::Lost { count, why } => vec![format!("{count} could not be taken or passed on: {why}.")],
        FrameKind::Impaired { of, direction, by, deed } => {
            let toward = match direction {
                Direction::In => "server",
                Direction::Out => "client",
            };
            let what = match of {
                Some(of) => format!("The tap did this to frame {of}, toward the {toward}."),
                None => format!("The tap did this on the way toward the {toward}."),
            };
            let mut lines = vec![what, explain_deed(deed)];
            if let Some(offer) = KINDS.iter().find(|offer| offer.name == by) {
                lines.push(format!("By its impairment {}: {}.", offer.name, offer.words));
            }
            lines
        }
        FrameKind::Error(trouble) => {
            let mut lines = vec![format!("{} {}", trouble.act, trouble.address), trouble.why.clone()];
            if !trouble.remedy.is_empty() {
                lines.push(trouble.remedy.clone());
            }
            lines
        }
        FrameKind::Note(text) => vec![text.clone()],
    };
    lines
}

fn explain_deed(deed: &Deed) -> String {
    match deed {
        Deed::Delayed(time) => format!("It leaves the tap {} later than it came.", span(*time)),
        Deed::Dropped => "It goes no further: the other end never sees it.".into(),
        Deed::Duplicated => "It leaves the tap twice; a UDP program sees it twice, TCP throws the copy away.".into(),
        Deed::Swapped(with) => format!("It leaves the tap after frame {with}, which came later: UDP keeps no order."),
        Deed::Corrupted(1, _) => "One of its bits is flipped; the bytes shown are those that left.".into(),
        Deed::Corrupted(bits, _) => format!("{bits} of its bits are flipped; the bytes shown are those that left."),
        Deed::Sliced(pieces) => {
            format!("It leaves in {pieces} pieces: TCP is a stream, and a reader must not count on whole messages.")
        }
        Deed::Truncated(kept) => format!("Only its first {kept} bytes leave the tap; all that was allowed has passed."),
        Deed::Held => "It waits at the tap until you let it go, change it or drop it.".into(),
        Deed::Released(time) => format!("It waited at the tap for {} and goes on now.", span(*time)),
        Deed::Edited(_) => "It was changed by hand while it was held; the bytes shown are those that left.".into(),
        Deed::Injected(_) => "It was put in by hand at the tap; neither end sent it.".into(),
        Deed::Closed => "The tap closes the conversation in order, as its sender would.".into(),
        Deed::Reset => "The tap resets the conversation (RST); what was on its way is thrown away.".into(),
    }
}

fn explain_step(step: &Step) -> Vec<String> {
    match step {
        Step::Made(transport) => vec![
            format!("socket() gave a new {} socket: an end with no address yet.", transport.name()),
            "Next: a server calls bind() and listen(); a client calls connect().".into(),
        ],
        Step::Bound(address) => vec![
            format!("bind() gave the socket the address {address}."),
            "Asked for port 0, the system picks a free one.".into(),
        ],
        Step::Listening(address) => vec![
            format!("Whoever connects or sends to {address} now reaches this server."),
            "Of TCP, listen() makes the queue from which accept() takes finished handshakes.".into(),
        ],
        Step::Stopped(address) => {
            vec![format!("The socket on {address} is closed; who connects now is refused (RST).")]
        }
        Step::Resolving(host) => vec![format!("getaddrinfo(\"{host}\") asks the system for the name's addresses.")],
        Step::Resolved(host, addresses) => {
            let mut lines = vec![format!("{host} has these addresses, in the order they will be tried (RFC 8305):")];
            lines.extend(addresses.iter().map(ToString::to_string));
            lines
        }
        Step::Connecting(address) => vec![
            format!("connect() to {address} has begun: over TCP the system sends SYN and waits for SYN+ACK."),
            "With several addresses the next is tried after 250 ms without an answer (RFC 8305).".into(),
        ],
        Step::ConnectFailed(address, why) => vec![format!("{address} was tried: {why}.")],
        Step::Securing(name) => vec![
            format!("The TLS handshake has begun, asking for the server name {name} (SNI)."),
            "Its records are the bytes of the TCP flow; the plain text inside is a flow of its own.".into(),
        ],
        Step::Secured(lines) => lines.clone(),
        Step::Joined(group) => vec![format!("Datagrams sent to the group {group} reach this socket from now on.")],
    }
}

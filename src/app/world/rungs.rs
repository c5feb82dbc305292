//! What a frame is on the ladder: arrows between those who take part, and what happened at one of them.

use std::time::Duration;

use super::World;
use super::words::deed_words;
use crate::impair::HOLD;
use crate::ladder::{Act, Arrow, Aside, Cast, End, Fate, Gravity, Part, Role, Rung, Sender};
use crate::model::{Closing, Deed, Direction, Flow, Frame, FrameKind, NodeId, Side, Step, Transport};

/// The words of TCP's own packets.
const SYN: &str = "SYN";
const SYN_ACK: &str = "SYN, ACK";
const ACK: &str = "ACK";
const FIN: &str = "FIN";
const RST: &str = "RST";

/// What is said of a half that ends where no packet says so.
const END: &str = "end";

/// The ends of a conversation as the ladder draws them.
#[derive(Debug, Clone)]
struct Ends {
    client: End,
    server: End,
    /// The tap in the middle, where what lies behind it is not seen for itself.
    via: Option<End>,
    /// The tap at the server's end, whether or not what lies behind it is seen for itself.
    tap: Option<NodeId>,
}

impl World {
    /// Frames as a ladder: who takes part, and the rungs.
    pub fn ladder<'a>(&self, frames: impl IntoIterator<Item = &'a Frame>) -> (Cast, Vec<Rung>) {
        let (mut parts, mut rungs) = (Vec::new(), Vec::new());
        for frame in frames {
            let made = self.rungs(frame);
            if !made.is_empty() {
                parts.extend(self.parts(frame));
            }
            rungs.extend(made);
        }
        (Cast::of(parts), rungs)
    }

    /// Who takes part in what a frame tells.
    pub fn parts(&self, frame: &Frame) -> Vec<Part> {
        let Some(flow) = frame.flow.and_then(|flow| self.flow(flow)) else {
            return Vec::new();
        };
        let ends = self.ladder_ends(flow);
        let part = |end: End, role| Part { name: self.end_name(&end), end, role, flow: flow.id };
        let is_tap = |end: &End| matches!(end, End::Node(node) if ends.tap == Some(*node));
        let server_role = if is_tap(&ends.server) { Role::Tap } else { Role::Server };
        let client_role = if self.flows.bridges.tap_of(flow).is_some() { Role::Tap } else { Role::Client };
        let via = ends.via.map(|via| part(via, Role::Tap));
        [Some(part(ends.client, client_role)), via, Some(part(ends.server, server_role))]
            .into_iter()
            .flatten()
            .collect()
    }

    /// A frame as rungs: none for what a tap did to a message whose frame tells of it, three for a handshake. The first
    /// began with the frame; later ones tell what came of it.
    pub fn rungs(&self, frame: &Frame) -> Vec<Rung> {
        let Some(flow) = frame.flow.and_then(|flow| self.flow(flow)) else {
            return vec![self.aside(frame, End::Node(frame.node), gravity(&frame.kind))];
        };
        let ends = self.ladder_ends(flow);
        let own = || here(frame.node, flow, &ends);
        match &frame.kind {
            FrameKind::Data { direction, .. } => self.data_rungs(frame, flow, &ends, *direction),
            FrameKind::Opened { .. } => self.opening(frame, flow, &ends),
            FrameKind::Step(Step::Bridged(..)) => self.bridging(frame, flow, &ends),
            FrameKind::Finished(direction) => {
                let Some(from) = flow.sender(frame.node, *direction) else {
                    return vec![self.aside(frame, own(), Gravity::Plain)];
                };
                // A tap is where it was seen; when it went on from there was not.
                let seen = match &ends.via {
                    Some(via) if from == Side::Client => Ends { server: via.clone(), via: None, ..ends.clone() },
                    Some(via) => Ends { client: via.clone(), via: None, ..ends.clone() },
                    None => ends.clone(),
                };
                let words = if matches!(flow.transport, Transport::Tcp) { FIN } else { END };
                let mut rungs = vec![self.packet(frame, flow, &seen, from, words)];
                // What passes a tap is acknowledged on each side of it, which says no more.
                if flow.transport == Transport::Tcp && !self.is_interface(frame.node) && ends.via.is_none() {
                    rungs.push(self.packet(frame, flow, &ends, from.other(), ACK));
                }
                rungs
            }
            FrameKind::Closed(how) => self.closing(frame, flow, &ends, how),
            FrameKind::Impaired { of: Some(_), deed, .. } if deed.payload().is_none() => Vec::new(),
            FrameKind::Impaired { direction, deed: Deed::Injected(_), .. } => {
                let tap = ends.via.clone().unwrap_or_else(own);
                let to = match direction {
                    Direction::In if ends.via.is_some() => ends.server,
                    Direction::In => return vec![self.aside(frame, tap, Gravity::Plain)],
                    Direction::Out => ends.client,
                };
                vec![rung(frame, arrow(tap, to))]
            }
            FrameKind::Impaired { of: Some(_), .. } => Vec::new(),
            FrameKind::Impaired { .. }
            | FrameKind::Step(_)
            | FrameKind::Lost { .. }
            | FrameKind::Error(_)
            | FrameKind::Note(_) => vec![self.aside(frame, own(), gravity(&frame.kind))],
        }
    }

    fn ladder_ends(&self, flow: &Flow) -> Ends {
        let (client, own) = (self.client_end(flow), self.server_end(flow));
        let target = self.flows.bridges.target_of(flow.id);
        let tap = target.and(flow.server_node);
        match target {
            // Where it goes on to is seen for itself.
            Some(target) if self.flows.listener(target).is_none() => {
                Ends { client, server: End::Address(target.clone()), via: Some(own), tap }
            }
            Some(_) | None => Ends { client, server: own, via: None, tap },
        }
    }

    fn data_rungs(&self, frame: &Frame, flow: &Flow, ends: &Ends, direction: Direction) -> Vec<Rung> {
        let side = flow.sender(frame.node, direction).unwrap_or(Side::Client);
        let mut first = rung(frame, between(ends, side));
        if ends.tap.is_none() {
            if let Act::Arrow(arrow) = &mut first.act {
                arrow.arrived = frame.arrived;
            }
            return vec![first];
        }
        let (mut delay, mut added, mut is_lost, mut is_twice) = (None, None::<Duration>, false, false);
        for (by, deed) in self.done_to(frame.number) {
            match deed {
                Deed::Delayed(time) | Deed::Released(time) => delay = Some(delay.unwrap_or_default() + *time),
                Deed::Dropped | Deed::Stalled => is_lost = true,
                // It leaves just behind the one that overtakes it.
                Deed::Swapped(with) => {
                    let waited = self.log.frame(*with).map(|with| with.at.since(frame.at) + Duration::from_nanos(1));
                    delay = delay.max(waited);
                }
                Deed::Duplicated => is_twice = true,
                Deed::Held
                | Deed::Corrupted(..)
                | Deed::Sliced(_)
                | Deed::Truncated(_)
                | Deed::Edited(_)
                | Deed::Injected(_)
                | Deed::Closed
                | Deed::Reset => {}
            }
            if let Deed::Delayed(time) = deed {
                // Several delays are one to whoever waits.
                *added.get_or_insert_default() += *time;
            } else if matches!(deed, Deed::Dropped) && by == HOLD {
                first.remarks.retain(|remark| *remark != deed_words(&Deed::Held));
                first.remarks.push("dropped by hand".to_owned());
            } else if matches!(deed, Deed::Dropped | Deed::Stalled) {
                // That it is lost, its arrow shows; by what, it does not.
                first.remarks.push(by.to_owned());
            } else if let Deed::Swapped(with) = deed {
                first.remarks.push(format!("behind {with}"));
            } else {
                first.remarks.push(deed_words(deed));
            }
        }
        first.remarks.splice(0..0, added.map(|time| deed_words(&Deed::Delayed(time))));
        if is_lost {
            return lost(first, ends, side);
        }
        if self.server(frame.node).is_some_and(|tap| tap.held.iter().any(|held| held.frame == Some(frame.number))) {
            return vec![self.held(first, frame, ends, side)];
        }
        let mut rungs = delayed(first, side, delay);
        if is_twice && let Some(copy) = copy(&rungs, ends, side) {
            rungs.push(copy);
        }
        rungs
    }

    /// What waits at a tap has come that far, and no further.
    fn held(&self, mut rung: Rung, frame: &Frame, ends: &Ends, side: Side) -> Rung {
        let Act::Arrow(arrow) = &mut rung.act else { return rung };
        match (arrow.via.take(), side) {
            (Some(via), _) => arrow.to = via,
            (None, Side::Client) => {}
            // That it came to the tap is told by who sent it.
            (None, Side::Server) => {
                let aside = self.aside(frame, ends.server.clone(), Gravity::Plain);
                return Rung { act: aside.act, ..rung };
            }
        }
        rung
    }

    /// TCP's handshake, as its three packets; of what has none, that it began.
    fn opening(&self, frame: &Frame, flow: &Flow, ends: &Ends) -> Vec<Rung> {
        // Where both ends are ours, the handshake is told by whoever was first to see its end.
        let is_second = flow.is_within_lab() && frame.at != flow.began;
        let own = here(frame.node, flow, ends);
        match flow.transport {
            Transport::Tcp if !is_second => {
                // A tap answers for itself, before it has reached its target.
                let server = ends.via.clone().unwrap_or_else(|| ends.server.clone());
                self.handshake(frame, flow, &Ends { server, via: None, ..ends.clone() })
            }
            Transport::Tcp | Transport::Udp | Transport::Unix | Transport::UnixDatagram | Transport::Tls => {
                vec![self.aside(frame, own, Gravity::Plain)]
            }
        }
    }

    /// A tap's own connection to its target; where that is seen for itself, only that it is made.
    fn bridging(&self, frame: &Frame, flow: &Flow, ends: &Ends) -> Vec<Rung> {
        match &ends.via {
            Some(via) if flow.transport == Transport::Tcp => {
                let ends = Ends { client: via.clone(), server: ends.server.clone(), via: None, tap: None };
                self.handshake(frame, flow, &ends)
            }
            Some(_) | None => vec![self.aside(frame, here(frame.node, flow, ends), Gravity::Plain)],
        }
    }

    fn handshake(&self, frame: &Frame, flow: &Flow, ends: &Ends) -> Vec<Rung> {
        let packets = [(Side::Client, SYN), (Side::Server, SYN_ACK), (Side::Client, ACK)];
        packets.into_iter().map(|(from, words)| self.packet(frame, flow, ends, from, words)).collect()
    }

    fn closing(&self, frame: &Frame, flow: &Flow, ends: &Ends, how: &Closing) -> Vec<Rung> {
        let here = here(frame.node, flow, ends);
        let own = flow.side_of(frame.node).unwrap_or(Side::Client);
        let from = match how {
            Closing::ResetByUs => own,
            Closing::ResetByPeer => own.other(),
            Closing::Orderly | Closing::Ours | Closing::Idle => {
                return vec![self.aside(frame, here, Gravity::Plain)];
            }
            Closing::Failed(_) => return vec![self.aside(frame, here, Gravity::Bad)],
        };
        let reset = |ends: &Ends, from| {
            let act = Act::Arrow(Arrow { by: Sender::Program, ..between(ends, from) });
            Rung { words: RST.to_owned(), act, ..rung(frame, between(ends, from)) }
        };
        match (&ends.via, how) {
            // A tap resets both its halves.
            (Some(via), Closing::ResetByUs) => vec![
                reset(&Ends { server: via.clone(), via: None, ..ends.clone() }, Side::Server),
                reset(&Ends { client: via.clone(), via: None, ..ends.clone() }, Side::Client),
            ],
            (Some(_) | None, _) => vec![reset(ends, from)],
        }
    }

    fn aside(&self, frame: &Frame, end: End, gravity: Gravity) -> Rung {
        let (words, remarks) = (frame.summary.clone(), Vec::new());
        let aside = Aside { name: self.end_name(&end), end, gravity };
        Rung { frame: frame.number, seen: frame.at, at: frame.at, act: Act::Aside(aside), words, remarks }
    }

    /// A packet of TCP's own: seen where it was captured, else known to have gone.
    fn packet(&self, frame: &Frame, flow: &Flow, ends: &Ends, from: Side, words: &str) -> Rung {
        let by = if self.is_interface(frame.node) || flow.transport != Transport::Tcp {
            Sender::Program
        } else {
            Sender::System
        };
        let act = Act::Arrow(Arrow { by, ..between(ends, from) });
        Rung { act, words: words.to_owned(), ..rung(frame, between(ends, from)) }
    }
}

/// The end where a node stands.
fn here(node: NodeId, flow: &Flow, ends: &Ends) -> End {
    match (flow.side_of(node), &ends.via) {
        (Some(Side::Server), Some(via)) => via.clone(),
        (Some(Side::Server), None) => ends.server.clone(),
        (Some(Side::Client) | None, _) => ends.client.clone(),
    }
}

/// What a tap loses comes no further than the tap.
fn lost(mut rung: Rung, ends: &Ends, side: Side) -> Vec<Rung> {
    if let Act::Arrow(arrow) = &mut rung.act {
        // To the client what comes from behind the tap begins at the tap, unless the whole way is drawn.
        let is_seen_behind = ends.via.is_none() && side == Side::Server;
        arrow.fate = if is_seen_behind { Fate::LostAtOnce } else { Fate::LostThere };
    }
    vec![rung]
}

/// What passes a tap: one arrow where it goes on at once, two where it waits in between.
fn delayed(mut rung: Rung, side: Side, delay: Option<Duration>) -> Vec<Rung> {
    let (Some(delay), Act::Arrow(arrow)) = (delay, &mut rung.act) else { return vec![rung] };
    let leaves = rung.at.plus(delay);
    match (arrow.via.take(), side) {
        // Half the way now, half when it leaves the tap.
        (Some(via), _) => {
            let to = std::mem::replace(&mut arrow.to, via.clone());
            let on = Arrow { from: via, to, ..arrow.clone() };
            let later = Rung { at: leaves, act: Act::Arrow(on), remarks: Vec::new(), ..rung.clone() };
            vec![rung, later]
        }
        // The other half is told by who is there.
        (None, Side::Client) => vec![rung],
        (None, Side::Server) => {
            rung.at = leaves;
            vec![rung]
        }
    }
}

/// The second of two that leave a tap, where that is not told by who is there.
fn copy(rungs: &[Rung], ends: &Ends, side: Side) -> Option<Rung> {
    let last = rungs.last()?;
    let (from, to) = match (side, &ends.via) {
        (Side::Client, Some(via)) => (via.clone(), ends.server.clone()),
        (Side::Client, None) => return None,
        (Side::Server, Some(via)) => (via.clone(), ends.client.clone()),
        (Side::Server, None) => (ends.server.clone(), ends.client.clone()),
    };
    Some(Rung { act: Act::Arrow(arrow(from, to)), remarks: vec!["again".to_owned()], ..last.clone() })
}

/// An arrow from that side to the other.
fn between(ends: &Ends, from: Side) -> Arrow {
    let (client, server) = (ends.client.clone(), ends.server.clone());
    let (from, to) = match from {
        Side::Client => (client, server),
        Side::Server => (server, client),
    };
    Arrow { via: ends.via.clone(), ..arrow(from, to) }
}

fn arrow(from: End, to: End) -> Arrow {
    Arrow { from, to, via: None, by: Sender::Program, fate: Fate::Arrives, arrived: None }
}

fn rung(frame: &Frame, arrow: Arrow) -> Rung {
    let (words, remarks) = (frame.summary.clone(), Vec::new());
    Rung { frame: frame.number, seen: frame.at, at: frame.at, act: Act::Arrow(arrow), words, remarks }
}

fn gravity(kind: &FrameKind) -> Gravity {
    match kind {
        FrameKind::Lost { .. } | FrameKind::Error(_) => Gravity::Bad,
        FrameKind::Step(_)
        | FrameKind::Opened { .. }
        | FrameKind::Data { .. }
        | FrameKind::Finished(_)
        | FrameKind::Closed(_)
        | FrameKind::Impaired { .. }
        | FrameKind::Note(_) => Gravity::Plain,
    }
}

//! What the kernel tells of the sockets of conversations that are looked at: asked only while they are.

use std::collections::BTreeMap;

use super::pane::traffic;
use super::{Effect, State};
use crate::contract::{NetCommand, NetEvent, NetFact};
use crate::model::{SocketEnds, TcpInfo, TcpSocket, TcpState, Timestamp};

/// Sockets remembered; those are forgotten that are not watched any more.
const SOCKETS_KEPT: usize = 512;

/// States remembered of one: all of a life, and some more for ends that are used again.
const STATES_KEPT: usize = 16;

/// What is watched, and what was seen.
#[derive(Debug, Default)]
pub struct Kernel {
    /// What was asked for last: the ends, and whether their conversation goes on.
    watched: Vec<(SocketEnds, bool)>,
    sockets: BTreeMap<SocketEnds, Watched>,
    /// Why the kernel tells nothing.
    pub trouble: Option<String>,
}

/// A socket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Watched {
    /// The states it was seen in, and when first, in order.
    pub states: Vec<(TcpState, Timestamp)>,
    /// The figures told last.
    pub info: Option<TcpInfo>,
}

impl Watched {
    /// How it stands.
    pub fn state(&self) -> Option<TcpState> {
        self.states.last().map(|(state, _)| *state)
    }

    fn saw(&mut self, state: TcpState, at: Timestamp) {
        if self.state() == Some(state) {
            return;
        }
        self.states.push((state, at));
        if self.states.len() > STATES_KEPT {
            self.states.remove(0);
        }
    }
}

impl Kernel {
    /// A socket by its ends.
    pub fn socket(&self, ends: SocketEnds) -> Option<&Watched> {
        self.sockets.get(&ends)
    }

    fn told(&mut self, sockets: &[TcpSocket], at: Timestamp) {
        self.trouble = None;
        for socket in sockets {
            let watched = self.sockets.entry(socket.ends).or_default();
            watched.saw(socket.state, at);
            // Of one that lingers the last figures stand.
            watched.info = socket.info.clone().or(watched.info.take());
        }
        for (ends, _) in &self.watched {
            let is_there = sockets.iter().any(|socket| socket.ends == *ends);
            if let Some(watched) = self.sockets.get_mut(ends).filter(|_| !is_there) {
                watched.saw(TcpState::Closed, at);
            }
        }
        let Self { sockets, watched, .. } = self;
        if sockets.len() > SOCKETS_KEPT {
            sockets.retain(|ends, _| watched.iter().any(|(known, _)| known == ends));
        }
    }
}

/// Takes in what the kernel says.
pub fn on_net(state: &mut State, event: &NetEvent) {
    let NetFact::Kernel(told) = &event.fact else { return };
    match told {
        Ok(sockets) => state.kernel.told(sockets, event.at),
        Err(trouble) => state.kernel.trouble = Some(trouble.to_string()),
    }
}

/// A frame was drawn: what it shows is watched, and nothing else. When a conversation begins or ends, it is asked at once.
pub fn drawn(state: &mut State) -> Option<Effect> {
    let wanted = traffic::watched(state);
    if wanted == state.kernel.watched {
        return None;
    }
    let ends = wanted.iter().map(|(ends, _)| *ends).collect();
    state.kernel.watched = wanted;
    Some(Effect::Net(NetCommand::Watch(state.lookups.node, ends)))
}

/// The states between two that were seen, through which a connection mostly goes unseen (RFC 9293, figure 5).
pub fn unseen(from: Option<TcpState>, to: TcpState, is_client: bool) -> Vec<TcpState> {
    use TcpState::{
        CloseWait, Closed, Closing, Established, FinWait1, FinWait2, LastAck, Listen, SynReceived, SynSent, TimeWait,
    };
    let is_passive = [from, Some(to)].iter().any(|state| matches!(state, Some(CloseWait | LastAck)));
    let is_active = [from, Some(to)].iter().any(|state| matches!(state, Some(FinWait1 | FinWait2 | TimeWait)));
    let closing: &[TcpState] = match (is_passive, is_active) {
        (true, _) => &[CloseWait, LastAck, Closed],
        (false, true) => &[FinWait1, FinWait2, TimeWait, Closed],
        (false, false) => &[Closed],
    };
    let opening = if is_client { SynSent } else { SynReceived };
    let life: Vec<TcpState> = [opening, Established].iter().chain(closing).copied().collect();
    let place = |state| life.iter().position(|known| *known == state);
    let is_known = !matches!(to, Listen | Closing);
    let (start, end) = (from.map_or(Some(0), |from| place(from).map(|place| place + 1)), place(to));
    match (start, end) {
        (Some(start), Some(end)) if start < end && is_known => life[start..end].to_vec(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use TcpState::{CloseWait, Closed, Established, FinWait1, FinWait2, LastAck, SynReceived, SynSent, TimeWait};

    use super::*;

    fn ends(port: u16) -> SocketEnds {
        (([127, 0, 0, 1], port).into(), ([127, 0, 0, 1], 7001).into())
    }

    fn socket(port: u16, state: TcpState) -> TcpSocket {
        TcpSocket { ends: ends(port), state, info: None }
    }

    #[test]
    fn a_life_is_told_in_order_and_each_state_once() {
        let mut kernel = Kernel { watched: vec![(ends(1), true), (ends(2), true)], ..Kernel::default() };
        let all = [Some(Established), Some(Established), Some(FinWait2), Some(TimeWait), None, None];
        for (at, state) in (0..).zip(all) {
            let there: Vec<_> = state.map(|state| socket(1, state)).into_iter().collect();
            kernel.told(&there, Timestamp(at));
        }
        let states = [(Established, 0), (FinWait2, 2), (TimeWait, 3), (Closed, 4)];
        assert_eq!(kernel.socket(ends(1)).unwrap().states, states.map(|(state, at)| (state, Timestamp(at))));
        assert_eq!(kernel.socket(ends(2)), None, "it was never there");
    }

    #[test]
    fn sockets_without_end_are_kept_in_bounded_memory() {
        let mut kernel = Kernel::default();
        for port in 1..2000 {
            kernel.watched = vec![(ends(port), true)];
            kernel.told(&[socket(port, Established)], Timestamp(0));
            assert!(kernel.sockets.len() <= SOCKETS_KEPT && kernel.socket(ends(port)).is_some());
        }
    }

    #[test]
    fn what_lies_between_two_looks_is_known() {
        assert_eq!(unseen(None, Established, true), [SynSent]);
        assert_eq!(unseen(None, Established, false), [SynReceived]);
        assert_eq!(unseen(Some(Established), TimeWait, true), [FinWait1, FinWait2]);
        assert_eq!(unseen(Some(FinWait2), TimeWait, true), []);
        assert_eq!(unseen(Some(CloseWait), Closed, false), [LastAck]);
        // It may have been reset: nothing is known.
        assert_eq!(unseen(Some(Established), Closed, false), []);
        assert_eq!(unseen(Some(TimeWait), Established, true), []);
    }
}

//! Which taps a connection came through, so that none leads back to where it came from.
//!
//! A target can be written in too many ways to tell from its words that it is the tap itself, and two taps can be each
//! other's target. So it is told from the connections: whoever comes by a connection that a tap of ours has just made
//! comes through that tap. Both ends tell which it is, for a system gives one port to several connections that go to
//! different places.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use foldhash::fast::RandomState;

use crate::model::{Address, NodeId, Transport};

/// The most taps in a row; behind so many nothing is told apart any more.
const LONGEST: usize = 64;

/// What all taps know together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lineage(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    /// Connections of taps toward targets: which tap's, and by which somebody came to it.
    legs: HashMap<Ends, (NodeId, Ends), RandomState>,
    /// Who has come to which tap.
    guests: HashMap<Ends, NodeId, RandomState>,
}

/// What tells one connection from all others.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Ends {
    transport: Transport,
    from: Address,
    /// Where to; None of datagrams, for which the end they come from is one conversation's alone, and the other may
    /// listen at every address.
    to: Option<Address>,
}

impl Ends {
    /// Of a connection that one end has made to the other.
    pub(super) fn new(transport: Transport, from: &Address, to: &Address) -> Self {
        let to = (!transport.is_datagram()).then(|| canonical(to));
        Self { transport, from: canonical(from), to }
    }
}

/// The way leads back to a tap it came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Looped;

/// Somebody who has come to a tap, for as long as this lives.
#[derive(Debug)]
pub(super) struct Guest {
    lineage: Lineage,
    tap: NodeId,
    came: Ends,
    went: Option<Ends>,
}

impl Lineage {
    /// Somebody has come to a tap.
    pub(super) fn came(&self, tap: NodeId, came: Ends) -> Guest {
        self.known().guests.insert(came.clone(), tap);
        Guest { lineage: self.clone(), tap, came, went: None }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Guest {
    /// Whether it has come through the same tap before.
    pub(super) fn check(&self) -> Result<(), Looped> {
        if self.lineage.known().came_through(&self.came, self.tap) { Err(Looped) } else { Ok(()) }
    }

    /// The tap has connected it on, by that connection.
    pub(super) fn goes_on(&mut self, went: Ends) -> Result<(), Looped> {
        let mut known = self.lineage.known();
        known.legs.insert(went.clone(), (self.tap, self.came.clone()));
        let next = known.guests.get(&went).copied();
        let is_loop = next.is_some_and(|next| known.came_through(&went, next));
        drop(known);
        self.went = Some(went);
        if is_loop { Err(Looped) } else { Ok(()) }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut known = self.lineage.known();
        known.guests.remove(&self.came);
        if let Some(went) = &self.went {
            known.legs.remove(went);
        }
    }
}

impl Known {
    /// Whether what comes by a connection has come through that tap.
    fn came_through(&self, by: &Ends, tap: NodeId) -> bool {
        let mut by = by;
        for _ in 0..LONGEST {
            match self.legs.get(by) {
                Some((other, _)) if *other == tap => return true,
                Some((_, before)) => by = before,
                None => return false,
            }
        }
        true
    }
}

/// The same address for both families of one socket.
fn canonical(address: &Address) -> Address {
    match address {
        Address::Ip(ip) => Address::Ip((ip.ip().to_canonical(), ip.port()).into()),
        Address::Unix(_) | Address::Unnamed(_) => address.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(port: u16) -> Address {
        Address::Ip(([127, 0, 0, 1], port).into())
    }

    fn tcp(from: u16, to: u16) -> Ends {
        Ends::new(Transport::Tcp, &at(from), &at(to))
    }

    #[test]
    fn a_tap_before_another_is_no_loop_and_back_to_the_first_is() {
        let lineage = Lineage::default();
        let (first, second) = (NodeId(1), NodeId(2));
        let mut one = lineage.came(first, tcp(50_000, 7001));
        assert_eq!((one.check(), one.goes_on(tcp(50_001, 7002))), (Ok(()), Ok(())));
        let mut two = lineage.came(second, tcp(50_001, 7002));
        assert_eq!((two.check(), two.goes_on(tcp(50_002, 7001))), (Ok(()), Ok(())));
        let back = lineage.came(first, tcp(50_002, 7001));
        assert_eq!(back.check(), Err(Looped));
        drop(one);
        assert_eq!(back.check(), Ok(()), "the way to it is gone");
    }

    #[test]
    fn a_loop_is_seen_whichever_end_is_told_first() {
        let lineage = Lineage::default();
        let mut one = lineage.came(NodeId(1), tcp(50_000, 7001));
        let mapped = Address::Ip("[::ffff:127.0.0.1]:50001".parse().unwrap());
        let itself = lineage.came(NodeId(1), Ends::new(Transport::Tcp, &mapped, &at(7001)));
        assert_eq!(itself.check(), Ok(()), "it is not told yet where that comes from");
        assert_eq!(one.goes_on(tcp(50_001, 7001)), Err(Looped));
        assert_eq!(itself.check(), Err(Looped));
    }

    #[test]
    fn a_port_that_the_system_gave_twice_is_no_loop() {
        let lineage = Lineage::default();
        let mut one = lineage.came(NodeId(1), tcp(50_000, 7001));
        let other = lineage.came(NodeId(1), tcp(50_001, 7001));
        // To other places the system may connect from a port that somebody has who came here.
        assert_eq!(one.goes_on(tcp(50_001, 7002)), Ok(()));
        assert_eq!(other.check(), Ok(()));
        let mut third = lineage.came(NodeId(1), tcp(50_003, 7001));
        assert_eq!(third.goes_on(Ends::new(Transport::Udp, &at(50_001), &at(7001))), Ok(()));
    }

    #[test]
    fn datagrams_are_told_by_where_they_come_from_for_a_socket_may_listen_everywhere() {
        let lineage = Lineage::default();
        let udp = |from, to: &Address| Ends::new(Transport::Udp, &at(from), to);
        let everywhere = Address::Ip(([0, 0, 0, 0], 7001).into());
        let mut one = lineage.came(NodeId(1), udp(50_000, &everywhere));
        assert_eq!(one.goes_on(udp(50_001, &at(7001))), Ok(()));
        let back = lineage.came(NodeId(1), udp(50_001, &everywhere));
        assert_eq!(back.check(), Err(Looped));
    }

    #[test]
    fn nothing_is_kept_of_those_who_are_gone() {
        let lineage = Lineage::default();
        for port in 50_000..50_100 {
            let mut guest = lineage.came(NodeId(1), tcp(port, 7001));
            assert_eq!(guest.goes_on(tcp(port + 1000, 7002)), Ok(()));
        }
        assert!(lineage.known().legs.is_empty() && lineage.known().guests.is_empty());
    }
}

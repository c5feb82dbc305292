//! Which taps a connection came through, so that none leads back to where it came from.
//!
//! A target can be written in too many ways to tell from its words that it is the tap itself, and two taps can be each
//! other's target. So it is told from the connections: whoever comes from an address from which a tap of ours has just
//! connected comes through that tap.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::model::{Address, NodeId};

/// The most taps in a row; behind so many nothing is told apart any more.
const LONGEST: usize = 64;

/// What all taps know together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lineage(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    /// Connections of taps toward targets, by their own ends: which tap's, and who came to it.
    legs: HashMap<Address, (NodeId, Address)>,
    /// Who has come to which tap.
    guests: HashMap<Address, NodeId>,
}

/// The way leads back to a tap it came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Looped;

/// Somebody who has come to a tap, for as long as this lives.
#[derive(Debug)]
pub(super) struct Guest {
    lineage: Lineage,
    tap: NodeId,
    peer: Address,
    own: Option<Address>,
}

impl Lineage {
    /// Somebody has come to a tap.
    pub(super) fn came(&self, tap: NodeId, peer: &Address) -> Guest {
        let peer = canonical(peer);
        self.known().guests.insert(peer.clone(), tap);
        Guest { lineage: self.clone(), tap, peer, own: None }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Guest {
    /// Whether it has come through the same tap before.
    pub(super) fn check(&self) -> Result<(), Looped> {
        if self.lineage.known().came_through(&self.peer, self.tap) { Err(Looped) } else { Ok(()) }
    }

    /// The tap has connected it on, from that end of its own.
    pub(super) fn goes_on(&mut self, own: &Address) -> Result<(), Looped> {
        let own = canonical(own);
        let mut known = self.lineage.known();
        known.legs.insert(own.clone(), (self.tap, self.peer.clone()));
        let next = known.guests.get(&own).copied();
        let is_loop = next.is_some_and(|next| known.came_through(&own, next));
        drop(known);
        self.own = Some(own);
        if is_loop { Err(Looped) } else { Ok(()) }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut known = self.lineage.known();
        known.guests.remove(&self.peer);
        if let Some(own) = &self.own {
            known.legs.remove(own);
        }
    }
}

impl Known {
    /// Whether what comes from an address has come through that tap.
    fn came_through(&self, from: &Address, tap: NodeId) -> bool {
        let mut from = from;
        for _ in 0..LONGEST {
            match self.legs.get(from) {
                Some((other, _)) if *other == tap => return true,
                Some((_, before)) => from = before,
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

    #[test]
    fn a_tap_before_another_is_no_loop_and_back_to_the_first_is() {
        let lineage = Lineage::default();
        let (first, second) = (NodeId(1), NodeId(2));
        let mut one = lineage.came(first, &at(50_000));
        assert_eq!((one.check(), one.goes_on(&at(50_001))), (Ok(()), Ok(())));
        let mut two = lineage.came(second, &at(50_001));
        assert_eq!((two.check(), two.goes_on(&at(50_002))), (Ok(()), Ok(())));
        let back = lineage.came(first, &at(50_002));
        assert_eq!(back.check(), Err(Looped));
        drop(one);
        assert_eq!(back.check(), Ok(()), "the way to it is gone");
    }

    #[test]
    fn a_loop_is_seen_whichever_end_is_told_first() {
        let lineage = Lineage::default();
        let mut one = lineage.came(NodeId(1), &at(50_000));
        let mapped = Address::Ip("[::ffff:127.0.0.1]:50001".parse().unwrap());
        let itself = lineage.came(NodeId(1), &mapped);
        assert_eq!(itself.check(), Ok(()), "it is not told yet where that comes from");
        assert_eq!(one.goes_on(&at(50_001)), Err(Looped));
        assert_eq!(itself.check(), Err(Looped));
    }

    #[test]
    fn nothing_is_kept_of_those_who_are_gone() {
        let lineage = Lineage::default();
        for port in 50_000..50_100 {
            let mut guest = lineage.came(NodeId(1), &at(port));
            assert_eq!(guest.goes_on(&at(port + 1000)), Ok(()));
        }
        assert!(lineage.known().legs.is_empty() && lineage.known().guests.is_empty());
    }
}

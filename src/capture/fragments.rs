//! Datagrams put together from their fragments, in bounded memory.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::IpAddr;

use super::packet::{After, Fragment};
use super::place::{Place, Span};

/// Bytes of fragments kept while the others are awaited; the oldest datagram goes first. Linux keeps 4 MiB too
/// (`net.ipv4.ipfrag_high_thresh`).
const HELD_LIMIT: usize = 4 * 1024 * 1024;

/// The most a datagram can have: the field that says its length has 16 bits.
const LONGEST: usize = 65_535;

/// The most fragments of a datagram: what 65,535 bytes make over the smallest link, rounded up (RFC 791: 68 bytes).
const MOST_FRAGMENTS: usize = 2048;

/// What one fragment costs beside its bytes.
const FRAGMENT_COST: usize = 96;

/// Entries of the order that may be out of date before it is gone through.
const ORDER_SLACK: usize = 64;

/// What the fragments of one datagram have in common.
pub type Key = (IpAddr, IpAddr, u8, u32);

/// A datagram whose fragments have all come.
#[derive(Debug, PartialEq, Eq)]
pub struct Whole {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Where they lie.
    pub place: Place,
}

/// Fragments that wait for the rest of their datagrams.
#[derive(Debug, Default)]
pub struct Fragments {
    partial: HashMap<Key, Partial>,
    /// Oldest first; those that are no longer there are left out when they are met, or when they are too many.
    order: VecDeque<(Key, u64)>,
    held: usize,
    begun: u64,
}

#[derive(Debug, Default)]
struct Partial {
    pieces: BTreeMap<usize, (Vec<u8>, Place)>,
    bytes: usize,
    length: Option<usize>,
    /// Which of all that were ever begun it is.
    number: u64,
}

impl Fragments {
    /// Takes a fragment in; the datagram, when that was the last one missing. What was given up is told to `lost`.
    pub fn take(
        &mut self,
        key: Key,
        fragment: Fragment,
        (bytes, place): (&[u8], Place),
        mut lost: impl FnMut(Key),
    ) -> Option<Whole> {
        let length = bytes.len();
        let end = fragment.offset + length;
        if end > LONGEST || bytes.is_empty() {
            return None;
        }
        let partial = self.partial.entry(key).or_insert_with(|| {
            self.begun += 1;
            self.order.push_back((key, self.begun));
            Partial { number: self.begun, ..Partial::default() }
        });
        if fragment.after == After::Nothing {
            partial.length = Some(end);
        }
        // Of two at one offset the first is believed, and of a longer one what it has beyond that.
        let known = partial.pieces.get(&fragment.offset).map_or(0, |(bytes, _)| bytes.len().min(length));
        let (offset, bytes) = (fragment.offset + known, &bytes[known..]);
        if !bytes.is_empty() && partial.pieces.len() < MOST_FRAGMENTS && !partial.pieces.contains_key(&offset) {
            let place = place.part(known..length);
            partial.pieces.insert(offset, (bytes.to_vec(), place));
            partial.bytes += bytes.len();
            self.held += bytes.len() + FRAGMENT_COST;
        }
        if partial.length.is_some_and(|length| partial.bytes >= length) {
            let whole = partial.whole();
            self.remove(key);
            // Enough bytes and still a hole: fragments overlap, which no honest sender's do (RFC 5722).
            if whole.is_none() {
                lost(key);
            }
            return whole;
        }
        while self.held > HELD_LIMIT && self.give_up_oldest(&mut lost) {}
        None
    }

    /// Gives all up that are still not whole.
    pub fn finish(&mut self, mut lost: impl FnMut(Key)) {
        while self.give_up_oldest(&mut lost) {}
    }

    fn give_up_oldest(&mut self, lost: &mut impl FnMut(Key)) -> bool {
        let Some((key, number)) = self.order.pop_front() else { return false };
        if self.partial.get(&key).is_some_and(|partial| partial.number == number) {
            self.remove(key);
            lost(key);
        }
        true
    }

    fn remove(&mut self, key: Key) {
        if let Some(partial) = self.partial.remove(&key) {
            self.held -= partial.bytes + partial.pieces.len() * FRAGMENT_COST;
        }
        if self.order.len() > 2 * self.partial.len() + ORDER_SLACK {
            let partial = &self.partial;
            self.order.retain(|(key, number)| partial.get(key).is_some_and(|partial| partial.number == *number));
        }
    }
}

impl Partial {
    fn whole(&self) -> Option<Whole> {
        let length = self.length?;
        let mut bytes = Vec::with_capacity(length);
        let mut spans: Vec<Span> = Vec::new();
        for (offset, (piece, place)) in &self.pieces {
            let known = bytes.len().checked_sub(*offset)?;
            let end = piece.len().min(length.saturating_sub(*offset));
            if known < end {
                bytes.extend_from_slice(&piece[known..end]);
                spans.extend(place.part(known..end).spans());
            }
        }
        (bytes.len() == length).then(|| Whole { bytes, place: Place::of(spans) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = (IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 17, 1);

    fn part(offset: usize, after: After) -> Fragment {
        Fragment { id: 1, offset, after }
    }

    #[test]
    fn fragments_in_any_order_and_doubled_make_the_datagram() {
        let mut fragments = Fragments::default();
        let mut take = |offset: usize, after, bytes: &[u8]| {
            let place = Place::at(1000 + offset as u64, bytes.len());
            fragments.take(KEY, part(offset, after), (bytes, place), |_| panic!("nothing is lost"))
        };
        assert_eq!(take(16, After::Nothing, b"end"), None);
        assert_eq!(take(0, After::More, b"01234567"), None);
        assert_eq!(take(0, After::More, b"XXXXXXXX"), None);
        let whole = take(8, After::More, b"89abcdef").unwrap();
        assert_eq!(whole.bytes, b"0123456789abcdefend");
        assert_eq!(whole.place.spans().len(), 3);
        assert!(fragments.partial.is_empty() && fragments.held == 0);
    }

    #[test]
    fn of_fragments_that_overlap_the_first_is_believed_and_what_a_longer_one_has_beyond_it() {
        let mut fragments = Fragments::default();
        let mut take = |offset: usize, after, bytes: &[u8]| {
            let place = Place::at(1000 + offset as u64, bytes.len());
            fragments.take(KEY, part(offset, after), (bytes, place), |_| panic!("nothing is lost"))
        };
        assert_eq!(take(0, After::More, b"01234567"), None);
        assert_eq!(take(24, After::Nothing, b"end"), None);
        let whole = take(0, After::More, b"XXXXXXXX89abcdefghijklmnopqrst").unwrap();
        assert_eq!(whole.bytes, b"0123456789abcdefghijklmnopq");
        assert_eq!(whole.place, Place::of(vec![Span { offset: 1000, length: 8 }, Span { offset: 1008, length: 19 }]));
    }

    #[test]
    fn a_flood_of_fragments_that_never_come_whole_is_bounded_and_told() {
        let mut fragments = Fragments::default();
        let mut lost = 0;
        for id in 0..20_000 {
            let key = (KEY.0, KEY.1, 17, id);
            let place = Place::at(0, 1000);
            fragments.take(key, part(8, After::More), (&[0; 1000], place), |_| lost += 1);
            assert!(fragments.held <= HELD_LIMIT);
        }
        let kept = fragments.partial.len();
        fragments.finish(|_| lost += 1);
        assert_eq!(lost, 20_000);
        assert!(kept < 5000);
    }

    #[test]
    fn a_fragment_beyond_the_longest_datagram_is_none() {
        let mut fragments = Fragments::default();
        assert_eq!(fragments.take(KEY, part(65_528, After::Nothing), (&[0; 8], Place::at(0, 8)), |_| {}), None);
        assert!(fragments.partial.is_empty());
    }
}

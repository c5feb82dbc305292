//! Which of the one stands beside which of the other.

use std::hash::Hash;
use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// Steps of the search for what fits best, as the product of how many there are on each side once what they begin and
/// end with is set aside: some tenths of a second. Of more, the first stands beside the first, and so on.
const SEARCH_LIMIT: usize = 16_000_000;

/// Letters of a line up to which it is searched where it differs; of a longer one only its beginning and end are known
/// to be the same.
const LETTERS_LIMIT: usize = 400;

/// A stretch of both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stretch {
    /// They are the same.
    Same(Range<usize>, Range<usize>),
    /// The one stands where the other does; either may be empty.
    Differs(Range<usize>, Range<usize>),
}

/// How two rows of things fit together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alignment {
    /// All of both, in order.
    pub stretches: Vec<Stretch>,
    /// Whether there was too much for a search, so that places are compared.
    pub is_by_place: bool,
}

/// Lets two rows of things fit together.
pub fn align<T: Hash + Eq + Ord>(left: &[T], right: &[T]) -> Alignment {
    let before = left.iter().zip(right).take_while(|(one, other)| one == other).count();
    let (rest, other_rest) = (&left[before..], &right[before..]);
    let after = rest.iter().rev().zip(other_rest.iter().rev()).take_while(|(one, other)| one == other).count();
    let (rest, other_rest) = (&rest[..rest.len() - after], &other_rest[..other_rest.len() - after]);
    let mut stretches = Vec::new();
    if before > 0 {
        stretches.push(Stretch::Same(0..before, 0..before));
    }
    let is_by_place = rest.len().saturating_mul(other_rest.len()) > SEARCH_LIMIT;
    if is_by_place {
        stretches.extend(by_place(rest, other_rest).into_iter().map(|stretch| stretch.moved(before)));
    } else {
        let found = capture_diff_slices(Algorithm::Myers, rest, other_rest);
        stretches.extend(found.iter().map(|found| Stretch::of(found).moved(before)));
    }
    if after > 0 {
        stretches.push(Stretch::Same(left.len() - after..left.len(), right.len() - after..right.len()));
    }
    Alignment { stretches, is_by_place }
}

/// The first beside the first, and so on.
pub fn by_place<T: Eq>(left: &[T], right: &[T]) -> Vec<Stretch> {
    let common = left.len().min(right.len());
    let mut stretches = Vec::new();
    let mut at = 0;
    while at < common {
        let is_same = left[at] == right[at];
        let end = (at..common).find(|place| (left[*place] == right[*place]) != is_same).unwrap_or(common);
        stretches.push(if is_same { Stretch::Same(at..end, at..end) } else { Stretch::Differs(at..end, at..end) });
        at = end;
    }
    if left.len() != right.len() {
        stretches.push(Stretch::Differs(common..left.len(), common..right.len()));
    }
    stretches
}

/// Where two texts differ: which bytes of the one, and which of the other.
pub fn letters(left: &str, right: &str) -> [Vec<Range<usize>>; 2] {
    let places = |text: &str| -> Vec<usize> { text.char_indices().map(|(at, _)| at).chain([text.len()]).collect() };
    let (left_places, right_places) = (places(left), places(right));
    let letters = |text: &str| -> Vec<char> { text.chars().collect() };
    let (one, other) = (letters(left), letters(right));
    let stretches = if one.len().max(other.len()) <= LETTERS_LIMIT {
        joined(align(&one, &other).stretches)
    } else {
        ends(&one, &other)
    };
    let mut differs = [Vec::new(), Vec::new()];
    for stretch in stretches {
        let Stretch::Differs(one, other) = stretch else { continue };
        for (differs, (range, places)) in differs.iter_mut().zip([(one, &left_places), (other, &right_places)]) {
            if !range.is_empty() {
                differs.push(places[range.start]..places[range.end]);
            }
        }
    }
    differs
}

/// Letters between differences that are the same by chance, and tell nothing: so many, or fewer.
const BY_CHANCE: usize = 2;

/// Differences with next to nothing between them are one.
fn joined(stretches: Vec<Stretch>) -> Vec<Stretch> {
    let last = stretches.len().saturating_sub(1);
    let mut all: Vec<Stretch> = Vec::new();
    for (at, stretch) in stretches.into_iter().enumerate() {
        let stretch = match stretch {
            Stretch::Same(one, other) if at > 0 && at < last && one.len() <= BY_CHANCE => Stretch::Differs(one, other),
            Stretch::Same(..) | Stretch::Differs(..) => stretch,
        };
        match (all.last_mut(), &stretch) {
            (Some(Stretch::Differs(one, other)), Stretch::Differs(more, further)) => {
                (one.end, other.end) = (more.end, further.end);
            }
            _ => all.push(stretch),
        }
    }
    all
}

/// What two have at their beginnings and ends; all between differs.
fn ends<T: Eq>(left: &[T], right: &[T]) -> Vec<Stretch> {
    let before = left.iter().zip(right).take_while(|(one, other)| one == other).count();
    let rest = left.len().min(right.len()) - before;
    let after = left.iter().rev().zip(right.iter().rev()).take(rest).take_while(|(one, other)| one == other).count();
    vec![Stretch::Differs(before..left.len() - after, before..right.len() - after)]
}

impl Stretch {
    fn of(found: &DiffOp) -> Self {
        match (found, found.old_range(), found.new_range()) {
            (DiffOp::Equal { .. }, left, right) => Stretch::Same(left, right),
            (DiffOp::Delete { .. } | DiffOp::Insert { .. } | DiffOp::Replace { .. }, left, right) => {
                Stretch::Differs(left, right)
            }
        }
    }

    fn moved(self, by: usize) -> Self {
        let on = |range: Range<usize>| range.start + by..range.end + by;
        match self {
            Stretch::Same(left, right) => Stretch::Same(on(left), on(right)),
            Stretch::Differs(left, right) => Stretch::Differs(on(left), on(right)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn covered(stretches: &[Stretch], left: &[u8], right: &[u8]) {
        let (mut one, mut other) = (0, 0);
        for stretch in stretches {
            let (Stretch::Same(left_range, right_range) | Stretch::Differs(left_range, right_range)) = stretch;
            assert_eq!((left_range.start, right_range.start), (one, other), "{stretches:?}");
            (one, other) = (left_range.end, right_range.end);
            if let Stretch::Same(left_range, right_range) = stretch {
                assert_eq!(left[left_range.clone()], right[right_range.clone()]);
            }
        }
        assert_eq!((one, other), (left.len(), right.len()));
    }

    proptest! {
        #[test]
        fn stretches_cover_both_and_what_is_called_the_same_is(
            left in proptest::collection::vec(0u8..4, 0..80),
            right in proptest::collection::vec(0u8..4, 0..80),
        ) {
            covered(&align(&left, &right).stretches, &left, &right);
            covered(&by_place(&left, &right), &left, &right);
        }

        #[test]
        fn what_is_left_of_two_texts_without_their_differences_is_the_same(left in ".{0,40}", right in ".{0,40}") {
            let [one, other] = letters(&left, &right);
            prop_assert_eq!(without(&left, &one), without(&right, &other));
        }
    }

    fn without(text: &str, ranges: &[Range<usize>]) -> String {
        let kept = text.char_indices().filter(|(at, _)| !ranges.iter().any(|range| range.contains(at)));
        kept.map(|(_, letter)| letter).collect()
    }

    #[test]
    fn what_is_too_much_for_a_search_is_compared_place_by_place() {
        let left: Vec<u32> = (0..5000).collect();
        let mut right: Vec<u32> = (10_000..15_000).collect();
        right[2500] = 2500;
        let found = align(&left, &right);
        assert!(found.is_by_place);
        assert!(found.stretches.contains(&Stretch::Same(2500..2501, 2500..2501)));
    }

    #[test]
    fn a_letter_that_is_the_same_by_chance_does_not_cut_a_difference_in_pieces() {
        let expected = || [Range { start: 7, end: 14 }];
        assert_eq!(letters("Date: 11:03:59 GMT", "Date: 12:13:01 GMT"), [expected(), expected()]);
    }
}

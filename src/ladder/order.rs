//! Rungs in the order of time: what leaves before something else may arrive after it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{Act, Rung};
use crate::model::Timestamp;

/// One line of the ladder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line<R> {
    /// A rung, whole.
    Whole(R),
    /// What leaves, and arrives on a later line.
    Leaves(R),
    /// What left on an earlier line arrives.
    Arrives(R),
}

impl<R> Line<R> {
    /// The same, with the rung only lent.
    pub fn as_ref(&self) -> Line<&R> {
        match self {
            Line::Whole(rung) => Line::Whole(rung),
            Line::Leaves(rung) => Line::Leaves(rung),
            Line::Arrives(rung) => Line::Arrives(rung),
        }
    }

    /// The rung of the line.
    pub fn rung(&self) -> &R {
        let (Self::Whole(rung) | Self::Leaves(rung) | Self::Arrives(rung)) = self;
        rung
    }
}

impl Line<&Rung> {
    /// The same, with a rung of its own.
    pub fn cloned(&self) -> Line<Rung> {
        match self {
            Line::Whole(rung) => Line::Whole((*rung).clone()),
            Line::Leaves(rung) => Line::Leaves((*rung).clone()),
            Line::Arrives(rung) => Line::Arrives((*rung).clone()),
        }
    }

    /// When what the line tells happened.
    pub fn at(&self) -> Timestamp {
        match self {
            Line::Whole(rung) | Line::Leaves(rung) => rung.at,
            Line::Arrives(rung) => arrival(rung).unwrap_or(rung.at),
        }
    }
}

/// When an arrow that took its time is there.
fn arrival(rung: &Rung) -> Option<Timestamp> {
    match &rung.act {
        Act::Arrow(arrow) => arrow.arrived.filter(|arrived| *arrived > rung.at),
        Act::Aside(_) => None,
    }
}

/// Rungs, given in the order in which they were seen, as lines in the order of time. An arrow is one line unless
/// something else began while it was on its way. A clock that jumps back moves nothing: what was seen later stands
/// below.
pub fn ordered(rungs: &[Rung]) -> Vec<Line<&Rung>> {
    let mut starts: Vec<(Timestamp, usize)> = Vec::with_capacity(rungs.len());
    let mut latest = Timestamp(i64::MIN);
    for (place, rung) in rungs.iter().enumerate() {
        latest = latest.max(rung.seen);
        starts.push((latest.plus(rung.at.since(rung.seen)), place));
    }
    starts.sort_by_key(|(at, place)| (*at, *place));
    let mut lines = Vec::with_capacity(rungs.len());
    let mut on_the_way: BinaryHeap<Reverse<(Timestamp, usize)>> = BinaryHeap::new();
    for (number, (at, place)) in starts.iter().enumerate() {
        while let Some(Reverse((when, left))) = on_the_way.peek().copied()
            && when <= *at
        {
            on_the_way.pop();
            lines.push(Line::Arrives(&rungs[left]));
        }
        let rung = &rungs[*place];
        let next = starts.get(number + 1).map(|(at, _)| *at);
        match arrival(rung) {
            Some(when) if next.is_some_and(|next| next < when) => {
                on_the_way.push(Reverse((when, *place)));
                lines.push(Line::Leaves(rung));
            }
            Some(_) | None => lines.push(Line::Whole(rung)),
        }
    }
    while let Some(Reverse((_, left))) = on_the_way.pop() {
        lines.push(Line::Arrives(&rungs[left]));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::super::{Arrow, Aside, End, Fate, Gravity, Sender};
    use super::*;
    use crate::model::NodeId;

    fn sent(frame: u64, at: i64, arrived: Option<i64>) -> Rung {
        let arrow = Arrow {
            from: End::Node(NodeId(1)),
            to: End::Node(NodeId(2)),
            via: None,
            by: Sender::Program,
            fate: Fate::Arrives,
            arrived: arrived.map(Timestamp),
        };
        Rung {
            frame,
            seen: Timestamp(at),
            at: Timestamp(at),
            act: Act::Arrow(arrow),
            words: String::new(),
            remarks: Vec::new(),
        }
    }

    fn told(rungs: &[Rung]) -> Vec<(char, u64)> {
        let letter = |line: &Line<&Rung>| match line {
            Line::Whole(_) => '=',
            Line::Leaves(_) => '<',
            Line::Arrives(_) => '>',
        };
        ordered(rungs).iter().map(|line| (letter(line), line.rung().frame)).collect()
    }

    #[test]
    fn what_overtakes_crosses_and_what_does_not_is_one_line() {
        assert_eq!(told(&[sent(1, 0, Some(5)), sent(2, 10, Some(12))]), [('=', 1), ('=', 2)]);
        assert_eq!(told(&[sent(1, 0, Some(50)), sent(2, 10, Some(12))]), [('<', 1), ('=', 2), ('>', 1)]);
        let three = [sent(1, 0, Some(30)), sent(2, 10, Some(25)), sent(3, 20, None)];
        assert_eq!(told(&three), [('<', 1), ('<', 2), ('=', 3), ('>', 2), ('>', 1)]);
    }

    #[test]
    fn the_later_part_of_a_frame_stands_where_its_time_is() {
        let later = Rung { at: Timestamp(50), ..sent(1, 0, None) };
        assert_eq!(told(&[sent(1, 0, None), later.clone(), sent(2, 10, None)]), [('=', 1), ('=', 2), ('=', 1)]);
        assert_eq!(told(&[later, sent(2, 10, None)]), [('=', 2), ('=', 1)]);
    }

    #[test]
    fn a_clock_that_jumps_back_moves_nothing() {
        assert_eq!(
            told(&[sent(1, 100, None), sent(2, 10, None), sent(3, 20, Some(30))]),
            [('=', 1), ('=', 2), ('=', 3)]
        );
        let act = Act::Aside(Aside { end: End::Node(NodeId(1)), name: String::new(), gravity: Gravity::Plain });
        let aside = Rung { act, ..sent(4, 0, None) };
        assert_eq!(told(&[sent(1, 100, None), aside]), [('=', 1), ('=', 4)]);
    }
}

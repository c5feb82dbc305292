//! The frames kept in memory: bounded by bytes, numbered for ever.

use std::collections::VecDeque;

use super::{Frame, Timestamp};

/// Frames in order of observation. When it outgrows its budget the oldest leave, and are counted.
#[derive(Debug)]
pub struct FrameLog {
    frames: VecDeque<Frame>,
    budget: usize,
    weight: usize,
    taken: u64,
    next: u64,
}

impl FrameLog {
    /// An empty log that holds at most `budget` bytes of frames and payload, and always the newest frame.
    pub fn new(budget: usize) -> Self {
        Self { frames: VecDeque::new(), budget, weight: 0, taken: 0, next: 1 }
    }

    /// Holds at most so many bytes from the next frame on.
    pub fn limit(&mut self, budget: usize) {
        self.budget = budget;
    }

    /// The most bytes it holds, but for its newest frame.
    pub fn budget(&self) -> usize {
        self.budget
    }

    /// The number the next frame will get.
    pub fn next_number(&self) -> u64 {
        self.next
    }

    /// Adds a frame under its number, or under the next one where that is not new: a recording's frames keep theirs,
    /// and a selection of them has gaps. Old frames leave as needed, each told to `on_leave`.
    pub fn push(&mut self, mut frame: Frame, mut on_leave: impl FnMut(&Frame)) -> u64 {
        let number = frame.number.max(self.next);
        frame.number = number;
        self.next = number + 1;
        self.weight += frame.weight();
        self.taken += frame.weight() as u64;
        self.frames.push_back(frame);
        while self.weight > self.budget && self.frames.len() > 1 {
            if let Some(oldest) = self.frames.pop_front() {
                self.weight -= oldest.weight();
                on_leave(&oldest);
            }
        }
        number
    }

    /// The frame with that number, unless it has left or is yet to come.
    pub fn frame(&self, number: u64) -> Option<&Frame> {
        self.frames.get(self.index(number)?)
    }

    fn index(&self, number: u64) -> Option<usize> {
        let near = usize::try_from(number.checked_sub(self.first_number())?).ok()?;
        // Mostly there are no gaps.
        if self.frames.get(near).is_some_and(|frame| frame.number == number) {
            return Some(near);
        }
        self.frames.binary_search_by_key(&number, |frame| frame.number).ok()
    }

    /// Notes when the other end had read all of frame `number`.
    pub fn note_arrival(&mut self, number: u64, at: Timestamp) {
        if let Some(frame) = self.index(number).and_then(|index| self.frames.get_mut(index)) {
            frame.arrived = Some(at);
        }
    }

    /// The number of the oldest frame still here; the next number when it is empty.
    pub fn first_number(&self) -> u64 {
        self.frames.front().map_or(self.next, |frame| frame.number)
    }

    /// How many frames have left to make room, or never were here.
    pub fn forgotten(&self) -> u64 {
        self.first_number() - 1
    }

    /// How many frames are here.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether none is here.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// How many bytes the frames here hold.
    pub fn weight(&self) -> usize {
        self.weight
    }

    /// How many bytes all frames held that ever were here.
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// The frames here, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Frame> + ExactSizeIterator {
        self.frames.iter()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::model::{Direction, FrameKind, NodeId};

    fn data(size: usize) -> Frame {
        let kind = FrameKind::Data { direction: Direction::Out, payload: Bytes::from(vec![0; size]) };
        Frame {
            number: 0,
            at: Timestamp(0),
            arrived: None,
            node: NodeId(1),
            flow: None,
            kind,
            cut: 0,
            protocol: "raw",
            summary: String::new(),
        }
    }

    #[test]
    fn forgets_the_oldest_and_keeps_numbers_stable() {
        let mut log = FrameLog::new(3 * data(1000).weight());
        let mut left = Vec::new();
        for _ in 0..5 {
            log.push(data(1000), |frame| left.push(frame.number));
        }
        assert_eq!(left, [1, 2]);
        assert_eq!(log.len(), 3);
        assert_eq!(log.forgotten(), 2);
        assert_eq!(log.taken(), 5 * data(1000).weight() as u64);
        assert_eq!(log.first_number(), 3);
        assert!(log.frame(2).is_none());
        assert_eq!(log.frame(3).map(|frame| frame.number), Some(3));
        assert!(log.frame(6).is_none());
    }

    #[test]
    fn a_selection_keeps_its_numbers_and_has_gaps() {
        let mut log = FrameLog::new(1 << 20);
        let numbers = [0, 7, 3, 20].map(|number| log.push(Frame { number, ..data(1) }, |_| {}));
        assert_eq!(numbers, [1, 7, 8, 20]);
        let there = |number| log.frame(number).map(|frame| frame.number);
        assert_eq!([1, 2, 7, 8, 9, 20, 21].map(there), [Some(1), None, Some(7), Some(8), None, Some(20), None]);
        log.note_arrival(8, Timestamp(5));
        assert_eq!(log.frame(8).and_then(|frame| frame.arrived), Some(Timestamp(5)));
    }

    #[test]
    fn keeps_the_newest_frame_even_when_it_alone_is_over_the_budget() {
        let mut log = FrameLog::new(10);
        log.push(data(1), |_| {});
        log.push(data(100_000), |_| {});
        assert_eq!(log.len(), 1);
        assert_eq!(log.frame(2).map(|frame| frame.payload().len()), Some(100_000));
    }
}

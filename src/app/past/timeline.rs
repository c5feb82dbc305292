//! All frames, oldest first: those that are only in the recording, and those in memory.

use std::ops::Range;

use crate::capture::index::Index;
use crate::model::FrameLog;

/// The frames by row and by number.
#[derive(Debug, Clone, Copy)]
pub struct Timeline<'a> {
    index: &'a Index,
    log: &'a FrameLog,
}

impl<'a> Timeline<'a> {
    /// Of a recording, and of what memory holds of it.
    pub fn new(index: &'a Index, log: &'a FrameLog) -> Self {
        Self { index, log }
    }

    /// Frames that are in the recording only.
    fn past(&self) -> usize {
        if self.log.is_empty() { self.index.len() } else { self.index.row_of(self.log.first_number()) }
    }

    /// How many frames.
    pub fn len(&self) -> usize {
        self.past() + self.log.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of the oldest frame; that behind the newest when there is none.
    pub fn first_number(&self) -> u64 {
        if self.past() > 0 { self.index.first_number() } else { self.log.first_number() }
    }

    /// The number behind the newest frame.
    pub fn next_number(&self) -> u64 {
        self.log.next_number().max(self.index.next_number())
    }

    /// The numbers of those in the recording only.
    pub fn past_numbers(&self) -> Range<u64> {
        let end = if self.log.is_empty() { self.index.next_number() } else { self.log.first_number() };
        self.index.first_number().min(end)..end
    }

    /// The number of the frame in a row.
    pub fn number_at(&self, row: usize) -> Option<u64> {
        let past = self.past();
        if row < past {
            return self.index.number_at(row);
        }
        self.log.iter().nth(row - past).map(|frame| frame.number)
    }

    /// The row of a frame, or of the first after it.
    pub fn row_of(&self, number: u64) -> usize {
        let past = self.past();
        match number.checked_sub(self.log.first_number()).filter(|_| !self.log.is_empty()) {
            // The lab's own frames have no gaps between them.
            Some(within) => past + usize::try_from(within).unwrap_or(usize::MAX).min(self.log.len()),
            None => self.index.row_of(number).min(past),
        }
    }
}

//! What the user has said of frames: marks and notes, by the frames' numbers. They stay when a frame leaves memory.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Bound::{Excluded, Unbounded};

use crate::model::{Mark, Remark};

/// Marks kept: some megabytes of them. Nobody sets so many by hand; a file may hold any number.
pub const MARKS_LIMIT: usize = 100_000;

/// Notes kept, from a file or by hand.
pub const NOTES_LIMIT: usize = 10_000;

/// The longest note, in bytes: what is worth more stands in a document of its own.
pub const NOTE_LENGTH: usize = 4 * 1024;

/// Changes kept: as many as there can be remarks, for all marks can be taken away at once.
const CHANGES_KEPT: usize = MARKS_LIMIT + NOTES_LIMIT;

/// What was changed of a frame's remarks; how it is now says [`Remarks::of`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It was marked, or its mark was taken away.
    Mark(u64),
    /// A note was written on it, or taken away.
    Note(u64),
}

impl Change {
    /// The frame's number.
    pub fn frame(self) -> u64 {
        match self {
            Change::Mark(frame) | Change::Note(frame) => frame,
        }
    }
}

/// All marks and notes.
#[derive(Debug, Default)]
pub struct Remarks {
    marks: BTreeSet<u64>,
    notes: BTreeMap<u64, String>,
    /// The changes made last, for whoever was handed the frames before; and how many were made.
    newest: VecDeque<Change>,
    changes: u64,
}

impl Remarks {
    /// What was said of a frame.
    pub fn of(&self, frame: u64) -> Remark<'_> {
        let mark = if self.marks.contains(&frame) { Mark::On } else { Mark::Off };
        Remark { mark, note: self.notes.get(&frame).map(String::as_str) }
    }

    /// Marks a frame, or takes its mark away.
    ///
    /// # Errors
    /// There are too many marks.
    pub fn mark(&mut self, frame: u64, mark: Mark) -> Result<(), String> {
        self.set_mark(frame, mark)?;
        self.changed(Change::Mark(frame));
        Ok(())
    }

    fn set_mark(&mut self, frame: u64, mark: Mark) -> Result<(), String> {
        match mark {
            Mark::On if self.marks.len() >= MARKS_LIMIT => {
                return Err(format!("{MARKS_LIMIT} frames are marked, and no more can be; take some marks away"));
            }
            Mark::On => self.marks.insert(frame),
            Mark::Off => self.marks.remove(&frame),
        };
        Ok(())
    }

    /// Takes all marks away; gives the frames that had one.
    pub fn clear_marks(&mut self) -> BTreeSet<u64> {
        let marks = std::mem::take(&mut self.marks);
        for frame in &marks {
            self.changed(Change::Mark(*frame));
        }
        marks
    }

    /// A mark was read from a recording; what is too many is left there.
    pub fn recall_mark(&mut self, frame: u64, mark: Mark) {
        let _ = self.set_mark(frame, mark);
    }

    /// A note was read from a recording; what is too long or too many is left there.
    pub fn recall_note(&mut self, frame: u64, note: &str) {
        let _ = self.set_note(frame, note);
    }

    /// Whether nothing was said of any frame.
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty() && self.notes.is_empty()
    }

    /// How many frames are marked.
    pub fn marked(&self) -> usize {
        self.marks.len()
    }

    /// The marked frames after one, the nearest first.
    pub fn marked_after(&self, frame: u64) -> impl Iterator<Item = u64> {
        self.marks.range((Excluded(frame), Unbounded)).copied()
    }

    /// The marked frames before one, the nearest first.
    pub fn marked_before(&self, frame: u64) -> impl Iterator<Item = u64> {
        self.marks.range(..frame).rev().copied()
    }

    /// Notes something on a frame, in the place of an older note; an empty note takes that away.
    ///
    /// # Errors
    /// It is too long, or there are too many notes.
    pub fn note(&mut self, frame: u64, note: &str) -> Result<(), String> {
        self.set_note(frame, note)?;
        self.changed(Change::Note(frame));
        Ok(())
    }

    fn set_note(&mut self, frame: u64, note: &str) -> Result<(), String> {
        let note = note.trim();
        if let Some(problem) = note_problem(note) {
            return Err(problem);
        }
        if note.is_empty() {
            self.notes.remove(&frame);
        } else if self.notes.len() < NOTES_LIMIT || self.notes.contains_key(&frame) {
            self.notes.insert(frame, note.to_owned());
        } else {
            return Err(format!("there are {NOTES_LIMIT} notes, and there can be no more; take some away"));
        }
        Ok(())
    }

    fn changed(&mut self, change: Change) {
        self.newest.push_back(change);
        if self.newest.len() > CHANGES_KEPT {
            self.newest.pop_front();
        }
        self.changes += 1;
    }

    /// How many changes were made so far. What was read from a recording is none.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// The changes made since there were `count`, as far as they are kept.
    pub fn since(&self, count: u64) -> impl Iterator<Item = Change> {
        let new = usize::try_from(self.changes - count.min(self.changes)).unwrap_or(usize::MAX);
        self.newest.iter().skip(self.newest.len().saturating_sub(new)).copied()
    }
}

/// What is wrong with a note.
pub fn note_problem(note: &str) -> Option<String> {
    let over = note.trim().len().saturating_sub(NOTE_LENGTH);
    (over > 0).then(|| format!("a note has at most {} KiB; this one is {over} bytes longer", NOTE_LENGTH / 1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_gone_through_both_ways() {
        let mut remarks = Remarks::default();
        for frame in [3, 9, 5] {
            remarks.mark(frame, Mark::On).unwrap();
        }
        assert_eq!(remarks.marked_after(3).collect::<Vec<_>>(), [5, 9]);
        assert_eq!(remarks.marked_before(9).collect::<Vec<_>>(), [5, 3]);
        remarks.mark(5, Mark::Off).unwrap();
        assert_eq!(remarks.marked_after(3).collect::<Vec<_>>(), [9]);
        assert_eq!(remarks.clear_marks(), BTreeSet::from([3, 9]));
        assert_eq!(remarks.of(9), Remark::default());
    }

    #[test]
    fn a_note_takes_the_place_of_the_older_and_an_empty_one_takes_it_away() {
        let mut remarks = Remarks::default();
        remarks.note(7, " look here ").unwrap();
        assert_eq!(remarks.of(7).note, Some("look here"));
        remarks.note(7, "or there").unwrap();
        assert_eq!(remarks.of(7).note, Some("or there"));
        remarks.note(7, "  ").unwrap();
        assert_eq!(remarks.of(7).note, None);
    }

    #[test]
    fn each_change_is_told_once_to_whoever_counts_along_and_what_is_read_is_none() {
        let mut remarks = Remarks::default();
        remarks.mark(3, Mark::On).unwrap();
        let count = remarks.changes();
        remarks.recall_mark(4, Mark::On);
        remarks.recall_note(5, "read");
        remarks.note(6, "written").unwrap();
        remarks.clear_marks();
        let since: Vec<_> = remarks.since(count).collect();
        assert_eq!(since, [Change::Note(6), Change::Mark(3), Change::Mark(4)]);
        assert_eq!(remarks.since(remarks.changes()).count(), 0);
    }

    #[test]
    fn there_are_no_more_marks_and_notes_than_memory_is_for() {
        let mut remarks = Remarks::default();
        for frame in 0..MARKS_LIMIT as u64 {
            remarks.mark(frame, Mark::On).unwrap();
        }
        assert!(remarks.mark(u64::MAX, Mark::On).is_err());
        for frame in 0..NOTES_LIMIT as u64 {
            remarks.note(frame, "x").unwrap();
        }
        assert!(remarks.note(u64::MAX, "x").is_err());
        remarks.note(0, "another").unwrap();
        assert!(remarks.note(0, &"x".repeat(NOTE_LENGTH + 1)).unwrap_err().contains("1 bytes longer"));
    }
}

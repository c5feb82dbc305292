//! The ladder tab: the frames of the list as rungs. Only what is in sight is built, however many frames there are.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::time::Duration;

use super::{Following, PaneId};
use crate::app::State;
use crate::app::past::Timeline;
use crate::app::world::World;
use crate::capture::index::{Act, Entry};
use crate::ladder::{Cast, Line, Part, Rung, ordered};
use crate::model::{Direction, FlowId, Frame, FrameKind, Timestamp};

/// Alike frames in a row from which on those behind the first are one line.
const WORTH_A_FOLD: usize = 8;

/// Rows that are looked at together for alike frames: a fold goes over no border of theirs, so that what is folded does
/// not depend on where one stands, and a screen of folds costs no more than some thousand looks.
const BLOCK: usize = 256;

/// Rows looked at for a line of the screen, where most tell nothing of their own.
const REACH: usize = 64;

/// Rows looked at above and below what is in sight, for what left before it and is late.
const LATE: usize = 64;

/// What the pane keeps of the tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stance {
    /// The lifeline shown first, where there is no room for all.
    pub first_lifeline: usize,
    /// Whether alike frames are one line.
    pub folding: Folding,
}

impl Default for Stance {
    fn default() -> Self {
        Self { first_lifeline: 0, folding: Folding::On }
    }
}

/// Whether alike frames are one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Folding {
    /// They are.
    On,
    /// Each has its own.
    Off,
}

impl Folding {
    /// The other.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Folding::On => Folding::Off,
            Folding::Off => Folding::On,
        }
    }
}

/// What is in sight.
#[derive(Debug, Default)]
pub struct View {
    /// Who takes part in it.
    pub cast: Cast,
    /// The lines, each with the row of the list that it tells of.
    pub lines: Vec<(usize, Shown)>,
    /// How many frames were looked at: what a screen costs.
    pub looked_at: usize,
}

/// A line of the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// Of the ladder.
    Line(Line<Rung>),
    /// Alike frames.
    Fold(Fold),
    /// A frame that is being read back.
    Awaited(u64),
}

/// Frames that are like those before them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    /// Their rows in the list.
    pub rows: Range<usize>,
    /// How many of them carry bytes, and how many bytes.
    pub messages: usize,
    /// How many bytes.
    pub bytes: u64,
    /// From the first to the last.
    pub took: Duration,
}

/// The ladder as it is in sight, in so many lines.
pub fn shown(state: &State, height: usize) -> View {
    let mut climb = Climb::new(state);
    let Some(last) = climb.count.checked_sub(1) else { return View::default() };
    let traffic = &state.traffic;
    if traffic.following == Following::Newest {
        return climb.up_from(last, height);
    }
    let cursor = traffic.row_of(&climb.all, traffic.cursor).min(last);
    let top = traffic.row_of(&climb.all, traffic.top).min(cursor);
    let view = climb.down_from(top, height);
    let is_in_sight = view.lines.iter().any(|(row, shown)| covers(shown, *row, cursor));
    let is_filled = view.lines.len() >= height || top == 0;
    match (is_in_sight, is_filled) {
        (true, true) => view,
        (true, false) => climb.up_from(last, height),
        (false, _) => {
            let cursor = climb.told_by(cursor);
            climb.up_from(cursor, height)
        }
    }
}

/// Whether a line tells of a row.
pub fn covers(shown: &Shown, row: usize, sought: usize) -> bool {
    match shown {
        Shown::Fold(fold) => fold.rows.contains(&sought),
        Shown::Line(_) | Shown::Awaited(_) => row == sought,
    }
}

/// The row of the list whose line stands for the cursor.
pub fn cursor_row(state: &State) -> Option<usize> {
    let mut climb = Climb::new(state);
    let last = climb.count.checked_sub(1)?;
    Some(climb.told_by(state.traffic.row_of(&climb.all, state.traffic.cursor).min(last)))
}

/// Moves the cursor by lines that stand for frames.
pub(super) fn step(state: &mut State, by: isize) {
    let page = state.regions.page(PaneId::Traffic);
    let mut climb = Climb::new(state);
    let Some(last) = climb.count.checked_sub(1) else { return };
    let traffic = &state.traffic;
    let at = match traffic.following {
        Following::Newest => last,
        Following::Stays => traffic.row_of(&climb.all, traffic.cursor).min(last),
    };
    let from = climb.told_by(at);
    let row = climb.stepped(from, by, last);
    let top = shown(state, page).lines.first().and_then(|(row, _)| climb.number(*row));
    let cursor = climb.number(row);
    let is_end = by > 0 && climb.unit(row).rows.end > last;
    let traffic = &mut state.traffic;
    (traffic.top, traffic.cursor) = (top.unwrap_or(1), cursor.unwrap_or(traffic.cursor));
    traffic.following = if is_end { Following::Newest } else { Following::Stays };
}

/// The numbers of the frames that are in sight, or about to be, and not at hand.
pub fn wanted(state: &State, page: usize) -> Vec<u64> {
    let view = shown(state, page);
    let is_missing = view.lines.iter().any(|(_, shown)| matches!(shown, Shown::Awaited(_)));
    if !is_missing {
        return Vec::new();
    }
    let climb = Climb::new(state);
    let rows = view.lines.first().map_or(0, |(row, _)| *row)..=view.lines.last().map_or(0, |(row, _)| *row);
    let around = rows.start().saturating_sub(page.max(LATE))..(rows.end() + page.max(LATE)).min(climb.count);
    // Of what is folded nothing need be read.
    let folds: Vec<&Range<usize>> = view
        .lines
        .iter()
        .filter_map(|(_, shown)| if let Shown::Fold(fold) = shown { Some(&fold.rows) } else { None })
        .collect();
    let is_told = |row: &usize| !folds.iter().any(|fold| fold.contains(row));
    let in_sight: Vec<u64> = view
        .lines
        .iter()
        .filter_map(|(_, shown)| if let Shown::Awaited(number) = shown { Some(*number) } else { None })
        .collect();
    let near = around.filter(is_told).take(REACH * page).filter_map(|row| climb.number(row));
    let near: Vec<u64> = near.filter(|number| !in_sight.contains(number)).collect();
    // What is in sight comes first, where all is too much.
    in_sight.into_iter().chain(near).collect()
}

/// The frames of the list, looked at one by one.
struct Climb<'a> {
    state: &'a State,
    all: Timeline<'a>,
    count: usize,
    /// What was found folded in blocks looked at before.
    blocks: HashMap<usize, Vec<Unit>>,
    /// What was unpacked of the index.
    unpacked: RefCell<HashMap<u64, (Timestamp, Likeness)>>,
    looked_at: usize,
}

/// Rows that are told together.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Unit {
    rows: Range<usize>,
    is_fold: bool,
}

/// What makes frames alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Likeness {
    /// Bytes of a conversation: which way, and how many.
    Message(FlowId, Direction, u64),
    /// Told with the frame before it.
    Attached,
    /// Like no other.
    Single,
}

impl<'a> Climb<'a> {
    fn new(state: &'a State) -> Self {
        let all = state.timeline();
        let count = state.traffic.count(&all);
        Self { state, all, count, blocks: HashMap::new(), unpacked: RefCell::default(), looked_at: 0 }
    }

    fn number(&self, row: usize) -> Option<u64> {
        self.state.traffic.number_at(&self.all, row)
    }

    fn frame(&self, number: u64) -> Option<(&'a World, &'a Frame)> {
        let world = self.state.past.world_of(&self.state.world, number)?;
        Some((world, world.log.frame(number)?))
    }

    /// The lines from a row on, so many.
    fn down_from(&mut self, top: usize, height: usize) -> View {
        let mut made = Made::default();
        self.units_before(top, LATE).iter().rev().for_each(|unit| self.make(unit, &mut made));
        let enough = made.count + height;
        let mut row = top;
        while row < self.count && made.count < enough && row - top <= REACH * height.max(BLOCK) {
            let unit = self.unit(row);
            row = unit.rows.end;
            self.make(&unit, &mut made);
        }
        self.make_what_is_earlier(row, &mut made);
        let lines = made.lines();
        let first = lines.iter().position(|(row, _)| *row >= top).unwrap_or(lines.len());
        made.view(first..(first + height).min(lines.len()), lines, self.looked_at)
    }

    /// The lines up to a row, so many.
    fn up_from(&mut self, bottom: usize, height: usize) -> View {
        let mut units = Vec::new();
        let (mut lines, mut end) = (0, bottom + 1);
        while lines < height && end > 0 && units.len() < REACH * height {
            let unit = self.unit(end - 1);
            end = unit.rows.start;
            lines += self.lines_of(&unit);
            units.push(unit);
        }
        units.extend(self.units_before(end, LATE));
        let mut made = Made::default();
        units.iter().rev().for_each(|unit| self.make(unit, &mut made));
        self.make_what_is_earlier(bottom + 1, &mut made);
        let lines = made.lines();
        let last = if bottom + 1 == self.count {
            lines.len()
        } else {
            let own = lines.iter().position(|(row, _)| *row == bottom).unwrap_or(lines.len());
            own + lines[own..].iter().take_while(|(row, _)| *row == bottom).count()
        };
        made.view(last.saturating_sub(height)..last, lines, self.looked_at)
    }

    /// What is told together, above a row, as far as that; the nearest first.
    fn units_before(&mut self, row: usize, reach: usize) -> Vec<Unit> {
        let mut units = Vec::new();
        let mut end = row;
        while end > row.saturating_sub(reach) {
            let unit = self.unit(end - 1);
            end = unit.rows.start;
            units.push(unit);
        }
        units
    }

    /// Adds what comes behind those that were made, and happened before the last of them did.
    fn make_what_is_earlier(&mut self, from: usize, made: &mut Made) {
        let Some(latest) = made.latest else { return };
        let mut row = from;
        let is_earlier = |climb: &Self, row| climb.number(row).and_then(|number| climb.at(number)) < Some(latest);
        while row < self.count.min(from + LATE) && is_earlier(self, row) {
            let unit = self.unit(row);
            row = unit.rows.end;
            self.make(&unit, made);
        }
    }

    /// How many lines at least rows take.
    fn lines_of(&self, unit: &Unit) -> usize {
        if unit.is_fold {
            return 1;
        }
        let frame = self.number(unit.rows.start).and_then(|number| self.frame(number));
        frame.map_or(1, |(world, frame)| world.rungs(frame).len())
    }

    fn make(&mut self, unit: &Unit, made: &mut Made) {
        let row = unit.rows.start;
        if unit.is_fold {
            let fold = self.fold(&unit.rows);
            return made.shown(row, Shown::Fold(fold));
        }
        let Some(number) = self.number(row) else { return };
        self.looked_at += 1;
        match self.frame(number) {
            Some((world, frame)) => {
                let rungs = world.rungs(frame);
                if !rungs.is_empty() {
                    made.parts.extend(world.parts(frame).into_iter().map(|part| (row, part)));
                }
                made.rungs(row, rungs);
            }
            None => made.shown(row, Shown::Awaited(number)),
        }
    }

    fn fold(&self, rows: &Range<usize>) -> Fold {
        let (mut messages, mut bytes) = (0, 0);
        for row in rows.clone() {
            if let Likeness::Message(_, _, length) = self.likeness(row) {
                messages += 1;
                bytes += length;
            }
        }
        let at = |row| self.number(row).and_then(|number| self.at(number));
        let took = match (at(rows.start), at(rows.end - 1)) {
            (Some(first), Some(last)) => last.since(first),
            _ => Duration::ZERO,
        };
        Fold { rows: rows.clone(), messages, bytes, took }
    }

    fn at(&self, number: u64) -> Option<Timestamp> {
        match self.state.world.log.frame(number) {
            Some(frame) => Some(frame.at),
            None => self.indexed(number).map(|(at, _)| at),
        }
    }

    fn likeness(&self, row: usize) -> Likeness {
        let Some(number) = self.number(row) else { return Likeness::Single };
        let Some(frame) = self.state.world.log.frame(number) else {
            return self.indexed(number).map_or(Likeness::Single, |(_, likeness)| likeness);
        };
        match (&frame.kind, frame.flow) {
            (FrameKind::Data { direction, payload }, Some(flow)) => {
                Likeness::Message(flow, *direction, payload.len() as u64)
            }
            (FrameKind::Impaired { of: Some(_), .. }, _) => Likeness::Attached,
            _ => Likeness::Single,
        }
    }

    /// What the index tells of a frame that has left memory.
    fn indexed(&self, number: u64) -> Option<(Timestamp, Likeness)> {
        let known = self.unpacked.borrow().get(&number).copied();
        if known.is_some() {
            return known;
        }
        let told = |entry: Entry| {
            let likeness = match (&entry.act, entry.flow) {
                (Act::Data(direction), Some(flow)) => Likeness::Message(flow, *direction, entry.length()),
                (Act::Other(FrameKind::Impaired { of: Some(_), .. }), _) => Likeness::Attached,
                _ => Likeness::Single,
            };
            (entry.number, (entry.at, likeness))
        };
        let mut unpacked = self.unpacked.borrow_mut();
        unpacked.extend(self.state.past.index.around(number).map(told));
        unpacked.get(&number).copied()
    }

    /// The rows told together with that one.
    fn unit(&mut self, row: usize) -> Unit {
        let single = Unit { rows: row..row + 1, is_fold: false };
        if self.state.traffic.ladder.folding == Folding::Off {
            return single;
        }
        let block = row / BLOCK;
        if !self.blocks.contains_key(&block) {
            let rows = block * BLOCK..((block + 1) * BLOCK).min(self.count);
            self.looked_at += rows.len();
            let units = folded(rows.start, &rows.map(|row| self.likeness(row)).collect::<Vec<_>>());
            self.blocks.insert(block, units);
        }
        let folds = &self.blocks[&block];
        folds.iter().find(|fold| fold.rows.contains(&row)).cloned().unwrap_or(single)
    }

    /// The row whose line tells of that one.
    fn told_by(&mut self, row: usize) -> usize {
        let unit = self.unit(row);
        if unit.is_fold {
            return unit.rows.start;
        }
        let least = row.saturating_sub(REACH);
        (least..=row).rev().find(|row| self.likeness(*row) != Likeness::Attached).unwrap_or(row)
    }

    fn stepped(&mut self, from: usize, by: isize, last: usize) -> usize {
        if by.unsigned_abs() > self.count {
            return if by < 0 { 0 } else { self.told_by(last) };
        }
        let mut row = from;
        for _ in 0..by.unsigned_abs() {
            let unit = self.unit(row);
            let next = if by > 0 {
                let mut next = unit.rows.end;
                while next < last && self.likeness(next) == Likeness::Attached && !self.unit(next).is_fold {
                    next += 1;
                }
                next
            } else {
                match unit.rows.start.checked_sub(1) {
                    Some(before) => self.told_by(before),
                    None => 0,
                }
            };
            if next > last {
                break;
            }
            row = next;
        }
        row
    }
}

/// The folds among rows that follow each other, the first of which is `start`: runs in which each is like the one
/// before it, or like the one before that, as question and answer are.
fn folded(start: usize, rows: &[Likeness]) -> Vec<Unit> {
    let told: Vec<usize> = (0..rows.len()).filter(|row| rows[*row] != Likeness::Attached).collect();
    let mut folds = Vec::new();
    let mut at = 0;
    while at < told.len() {
        let run = |period: usize| {
            let is_like = |place: &usize| {
                let (one, other) = (rows[told[*place]], rows[told[*place - period]]);
                one != Likeness::Single && one == other
            };
            (at + period..told.len()).take_while(is_like).count()
        };
        let (like, period) = [1, 2].into_iter().map(|period| (run(period), period)).max().unwrap_or((0, 1));
        if like >= WORTH_A_FOLD {
            let (first, behind) = (told[at + period], told.get(at + period + like).copied().unwrap_or(rows.len()));
            folds.push(Unit { rows: start + first..start + behind, is_fold: true });
        }
        at += if like >= WORTH_A_FOLD { period + like } else { 1 };
    }
    folds
}

/// Lines as they are made.
#[derive(Default)]
struct Made {
    /// Who takes part, each with the row that tells of it.
    parts: Vec<(usize, Part)>,
    lines: Vec<(usize, Shown)>,
    /// Rungs that are yet to be put in the order of time, and their rows.
    rungs: Vec<Rung>,
    rows: HashMap<u64, usize>,
    /// How many lines there are at least.
    count: usize,
    /// When the last of them began.
    latest: Option<Timestamp>,
}

impl Made {
    fn rungs(&mut self, row: usize, rungs: Vec<Rung>) {
        self.count += rungs.len();
        for rung in rungs {
            self.rows.insert(rung.frame, row);
            self.latest = self.latest.max(Some(rung.at));
            self.rungs.push(rung);
        }
    }

    fn shown(&mut self, row: usize, shown: Shown) {
        self.put_in_order();
        self.count += 1;
        self.lines.push((row, shown));
    }

    fn put_in_order(&mut self) {
        for line in ordered(&self.rungs) {
            let row = self.rows.get(&line.rung().frame).copied().unwrap_or_default();
            self.lines.push((row, Shown::Line(line.cloned())));
        }
        self.rungs.clear();
    }

    /// All lines, in their order.
    fn lines(&mut self) -> Vec<(usize, Shown)> {
        self.put_in_order();
        std::mem::take(&mut self.lines)
    }

    /// Some of the lines, and who takes part in them.
    fn view(self, in_sight: Range<usize>, mut lines: Vec<(usize, Shown)>, looked_at: usize) -> View {
        lines.truncate(in_sight.end);
        lines.drain(..in_sight.start);
        let rows: HashSet<usize> = lines.iter().map(|(row, _)| *row).collect();
        let parts = self.parts.into_iter().filter(|(row, _)| rows.contains(row)).map(|(_, part)| part);
        View { cast: Cast::of(parts), lines, looked_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(direction: Direction, length: u64) -> Likeness {
        Likeness::Message(FlowId(1), direction, length)
    }

    fn folds(rows: &[Likeness]) -> Vec<(usize, usize)> {
        folded(100, rows).into_iter().map(|fold| (fold.rows.start, fold.rows.end)).collect()
    }

    #[test]
    fn question_and_answer_again_and_again_are_one_line_behind_the_first_of_them() {
        let mut rows = vec![Likeness::Single];
        for _ in 0..10 {
            rows.extend([message(Direction::In, 5), message(Direction::Out, 7)]);
        }
        rows.push(Likeness::Single);
        assert_eq!(folds(&rows), [(103, 121)]);
    }

    #[test]
    fn few_alike_and_what_differs_in_length_stay_as_they_are() {
        assert_eq!(folds(&[message(Direction::In, 5); WORTH_A_FOLD]), []);
        let growing: Vec<Likeness> = (0..100).map(|length| message(Direction::In, length)).collect();
        assert_eq!(folds(&growing), []);
        assert_eq!(folds(&[message(Direction::In, 5); WORTH_A_FOLD + 1]), [(101, 109)]);
    }

    #[test]
    fn what_a_tap_did_to_a_message_is_folded_with_it() {
        let rows: Vec<Likeness> =
            (0..12).flat_map(|_| [message(Direction::In, 5), Likeness::Attached, Likeness::Attached]).collect();
        assert_eq!(folds(&rows), [(103, 136)]);
    }
}

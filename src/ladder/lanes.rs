//! A rung as one line of characters between lifelines.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr;

use super::{Act, Arrow, Aside, Cast, End, Fate, Gravity, Lifeline, Line, Rung, Sender};
use crate::model::visible;

/// Columns from one lifeline to the next below which nothing can be read between them.
const NARROWEST: usize = 10;

/// Columns left and right of the outermost lifelines, for their names: at least and at most.
const NARROW_MARGIN: usize = 3;
const MARGIN: usize = 10;

/// Columns of an arrow beside its words: at each end a lifeline, a stroke and a gap or the head.
const STROKES: usize = 5;

/// Words of which less than this can be shown within an arrow stand beside it, where there is more room.
const READABLE: usize = 12;

/// Columns of the words that are shown at least, whatever was done to it.
const LEAST_WORDS: usize = 9;

/// What a part of a line is, for its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Nothing, or a lifeline.
    Lifeline,
    /// A name at a lifeline's head.
    Name,
    /// An arrow to the right.
    Asking,
    /// An arrow to the left.
    Answering,
    /// An arrow that a system sent unseen.
    Unseen,
    /// Words as they were said.
    Words,
    /// What was done on the way.
    Remark,
    /// Something lost or failed.
    Bad,
    /// Something that happened at one end.
    Aside,
}

/// A part of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What it is.
    pub tone: Tone,
    /// What is drawn; nothing in it acts on a terminal.
    pub text: String,
}

/// Where lifelines stand in lines of a width.
#[derive(Debug, Clone)]
pub struct Lanes<'a> {
    cast: &'a Cast,
    width: usize,
    /// The places of the lifelines that are shown, and their columns.
    places: Vec<usize>,
    columns: Vec<usize>,
}

/// A character's place in a line.
type Cell = (String, Tone);

impl<'a> Lanes<'a> {
    /// As many lifelines as can be told apart in lines of that width, from the one that is `first` on. The one with
    /// whom most others speak is always among them.
    pub fn new(cast: &'a Cast, first: usize, width: usize) -> Self {
        let count = cast.lines().len();
        let fit = (width / NARROWEST).max(1);
        let shown = count.min(fit);
        let hub = cast.hub().filter(|_| 1 < shown && shown < count);
        let others: Vec<usize> = (0..count).filter(|place| Some(*place) != hub).collect();
        let window = shown - usize::from(hub.is_some());
        let first = first.min(others.len() - window);
        let mut places: Vec<usize> = others[first..first + window].iter().copied().chain(hub).collect();
        places.sort_unstable();
        let half = |place: Option<&usize>| place.map_or(0, |place| cast.lines()[*place].name.width().div_ceil(2));
        let names = half(places.first()).max(half(places.last())) + 1;
        let margin = (width / (shown.max(1) * 2)).min(names.clamp(NARROW_MARGIN, MARGIN));
        let room = width.saturating_sub(1 + 2 * margin);
        let gaps = shown.saturating_sub(1).max(1);
        let columns = (0..shown).map(|place| margin + place * room / gaps).collect();
        Self { cast, width, places, columns }
    }

    /// How many lifelines are not shown: to the left, and to the right.
    pub fn hidden(&self) -> (usize, usize) {
        let hub = self.cast.hub();
        let first = self.places.iter().find(|place| Some(**place) != hub).copied().unwrap_or(0);
        let left = (0..first).filter(|place| !self.places.contains(place)).count();
        (left, self.cast.lines().len() - self.places.len() - left)
    }

    /// The lifelines that are not shown.
    pub fn out_of_sight(&self) -> impl Iterator<Item = &'a Lifeline> {
        let lines = self.cast.lines().iter().enumerate();
        lines.filter(|(place, _)| !self.places.contains(place)).map(|(_, line)| line)
    }

    /// The lifelines' names, each above its line.
    pub fn heading(&self) -> Vec<Piece> {
        let mut cells = self.blank(false);
        for (at, (place, column)) in self.places.iter().zip(&self.columns).enumerate() {
            // A name goes as far as to the middle between two lifelines.
            let low = at.checked_sub(1).map_or(0, |before| usize::midpoint(self.columns[before], *column) + 1);
            let high = self.columns.get(at + 1).map_or(self.width, |next| usize::midpoint(*column, *next));
            let room = high.saturating_sub(low);
            let name = shortened(&self.cast.lines()[*place].name, room);
            let width = visible::columns(&visible::text(&name, room));
            let start = column.saturating_sub(width / 2).clamp(low, high.saturating_sub(width).max(low));
            put_words(&mut cells, start, &name, room, Tone::Name);
        }
        pieces(cells)
    }

    /// A line with lifelines only.
    pub fn empty(&self) -> Vec<Piece> {
        pieces(self.blank(true))
    }

    /// A line of the ladder.
    pub fn line(&self, line: &Line<&Rung>) -> Vec<Piece> {
        let rung = line.rung();
        let mut cells = self.blank(true);
        match &rung.act {
            Act::Aside(aside) => self.aside(&mut cells, rung, aside),
            Act::Arrow(arrow) => match (self.column(&arrow.from), self.column(&arrow.to)) {
                (Some(from), Some(to)) if from != to => self.arrow(&mut cells, line, arrow, (from, to)),
                // One end is out of sight: what went is told at the other, and where to.
                (from, to) => self.half(&mut cells, rung, arrow, (from, to)),
            },
        }
        pieces(cells)
    }

    /// A line of the ladder that stands for many.
    pub fn fold(&self, words: &str) -> Vec<Piece> {
        let mut cells = self.blank(true);
        for column in &self.columns {
            put(&mut cells, *column, "┊", Tone::Lifeline);
        }
        let start = self.columns.first().map_or(0, |column| column + 2);
        put_words(&mut cells, start, words, self.width.saturating_sub(start), Tone::Aside);
        pieces(cells)
    }

    fn column(&self, end: &End) -> Option<usize> {
        let place = self.cast.place(end)?;
        let at = self.places.iter().position(|shown| *shown == place)?;
        self.columns.get(at).copied()
    }

    fn blank(&self, has_lines: bool) -> Vec<Cell> {
        let mut cells = vec![(" ".to_owned(), Tone::Lifeline); self.width];
        if has_lines {
            for column in &self.columns {
                put(&mut cells, *column, "│", Tone::Lifeline);
            }
        }
        cells
    }

    fn arrow(&self, cells: &mut [Cell], line: &Line<&Rung>, arrow: &Arrow, (from, to): (usize, usize)) {
        let is_right = from < to;
        let tone = match (arrow.by, is_right) {
            (Sender::System, _) => Tone::Unseen,
            (Sender::Program, true) => Tone::Asking,
            (Sender::Program, false) => Tone::Answering,
        };
        let lost = (arrow.fate != Fate::Arrives).then_some(Tone::Bad);
        // Where the stroke ends: at the far lifeline, or where it is lost.
        let end = match (arrow.fate, arrow.via.as_ref().and_then(|via| self.column(via))) {
            (Fate::LostAtOnce, _) if is_right => from + 3,
            (Fate::LostAtOnce, _) => from.saturating_sub(3),
            (Fate::LostThere, Some(via)) => usize::midpoint(via, to),
            (Fate::Arrives | Fate::LostThere, _) => to,
        };
        // Of what is on its way between two lines the first half is drawn where it leaves, the second where it arrives.
        let (slant, half) = (if is_right { "╲" } else { "╱" }, usize::midpoint(from, to));
        let (start, end, head) = match line {
            Line::Whole(_) => (from, end, if is_right { "▶" } else { "◀" }),
            Line::Leaves(_) => (from, half, slant),
            Line::Arrives(_) => (half, to, if is_right { "▶" } else { "◀" }),
        };
        let (low, high) = (start.min(end), start.max(end));
        let stroke = if arrow.by == Sender::System { "┄" } else { "─" };
        for column in low + 1..high {
            let crossed = self.columns.contains(&column) && arrow.by == Sender::Program;
            put(cells, column, if crossed { "┼" } else { stroke }, tone);
        }
        match line {
            Line::Whole(_) | Line::Leaves(_) => put(cells, from, if is_right { "├" } else { "┤" }, tone),
            Line::Arrives(_) => put(cells, half, slant, tone),
        }
        let before = if is_right { end - 1 } else { end + 1 };
        put(cells, before, if lost.is_some() { "✗" } else { head }, lost.unwrap_or(tone));
        let words = match line {
            Line::Arrives(rung) => rung.frame.to_string(),
            Line::Leaves(rung) => format!("{} {}", rung.frame, rung.words),
            Line::Whole(rung) => rung.words.clone(),
        };
        let words_tone = match (lost, arrow.by) {
            (Some(_), _) => Tone::Bad,
            (None, Sender::System) => Tone::Unseen,
            (None, Sender::Program) => Tone::Words,
        };
        let remarks = match line {
            Line::Arrives(_) => String::new(),
            Line::Whole(rung) | Line::Leaves(rung) => rung.remarks.join(", "),
        };
        self.label(cells, (low, high), &words, words_tone, &remarks);
    }

    /// Words within the arrow where they can be read there, else beside it.
    fn label(&self, cells: &mut [Cell], (low, high): (usize, usize), words: &str, tone: Tone, remarks: &str) {
        let gap = usize::from(!remarks.is_empty() && !words.is_empty());
        let wanted = words.width() + gap + remarks.width();
        if wanted == 0 {
            return;
        }
        let inside = (high - low + 1).saturating_sub(STROKES + 2);
        let beside = self.width.saturating_sub(high + 3);
        let (start, room) =
            if wanted <= inside || inside >= READABLE.min(beside) { (low + 2, inside) } else { (high + 2, beside) };
        if room < 2 {
            return;
        }
        let is_inside = start == low + 2;
        // Within an arrow words stand in the middle.
        let start = if is_inside { start + (room + 1).saturating_sub(wanted.min(room)) / 2 } else { start };
        let start = if is_inside {
            put(cells, start, " ", tone);
            start + 1
        } else {
            start
        };
        // What was done to it is what the ladder is for; but which message it was must be seen.
        let remarks_width = remarks.width().min(room.saturating_sub(words.width().min(LEAST_WORDS) + gap));
        let words_room = room.saturating_sub(remarks_width + gap);
        let mut at = put_words(cells, start, words, words_room, tone);
        if remarks_width > 0 {
            if at > start {
                put(cells, at, " ", tone);
                at += 1;
            }
            at = put_words(cells, at, remarks, room + start - at, Tone::Remark);
        }
        if is_inside && at > start {
            put(cells, at, " ", tone);
        }
    }

    /// What went to or from an end that is not shown.
    fn half(&self, cells: &mut [Cell], rung: &Rung, arrow: &Arrow, (from, to): (Option<usize>, Option<usize>)) {
        let name = |end: &End| {
            let place = self.cast.place(end);
            place.and_then(|place| self.cast.lines().get(place)).map_or("?", |line| line.name.as_str())
        };
        let words = match (from, to) {
            (Some(_), None) => format!("→ {}: {}", name(&arrow.to), rung.words),
            (None, Some(_)) => format!("← {}: {}", name(&arrow.from), rung.words),
            (Some(_), Some(_)) | (None, None) => {
                format!("{} → {}: {}", name(&arrow.from), name(&arrow.to), rung.words)
            }
        };
        self.beside(cells, from.or(to), &words, Tone::Aside);
    }

    fn aside(&self, cells: &mut [Cell], rung: &Rung, aside: &Aside) {
        let tone = match aside.gravity {
            Gravity::Plain => Tone::Aside,
            Gravity::Bad => Tone::Bad,
        };
        match self.column(&aside.end) {
            Some(column) => self.beside(cells, Some(column), &rung.words, tone),
            None => self.beside(cells, None, &format!("{}: {}", aside.name, rung.words), tone),
        }
    }

    /// Words beside a lifeline: to the right, or where there is more room to the left.
    fn beside(&self, cells: &mut [Cell], column: Option<usize>, words: &str, tone: Tone) {
        let Some(column) = column else {
            let start = self.columns.first().map_or(0, |column| column + 2);
            put_words(cells, start, words, self.width.saturating_sub(start), tone);
            return;
        };
        put(cells, column, "●", tone);
        let (right, left) = (self.width.saturating_sub(column + 2), column.saturating_sub(1));
        if words.width() <= right || right >= left {
            put_words(cells, column + 2, words, right, tone);
        } else {
            let width = words.width().min(left);
            put_words(cells, column - 1 - width, words, width, tone);
        }
    }
}

/// A name in so many columns. Of addresses the end differs.
fn shortened(name: &str, room: usize) -> Cow<'_, str> {
    let is_address = name.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    if !is_address || name.len() <= room || !name.is_ascii() {
        return Cow::Borrowed(name);
    }
    Cow::Owned(format!("…{}", &name[name.len() - room.saturating_sub(1).min(name.len())..]))
}

/// Puts a sign of ours in its place; all of them are one column wide.
fn put(cells: &mut [Cell], column: usize, sign: &str, tone: Tone) {
    if let Some(cell) = cells.get_mut(column) {
        *cell = (sign.to_owned(), tone);
    }
}

/// Puts words of anyone's, made safe and cut to so many columns; gives the column behind them.
fn put_words(cells: &mut [Cell], column: usize, words: &str, room: usize, tone: Tone) -> usize {
    let pieces = visible::text(words, room);
    let width = visible::columns(&pieces);
    if width == 0 || column + width > cells.len() {
        return column;
    }
    cells[column] = (visible::joined(&pieces), tone);
    // What stands in one cell is as wide as those it takes.
    for cell in &mut cells[column + 1..column + width] {
        *cell = (String::new(), tone);
    }
    column + width
}

/// Cells as pieces of one tone each.
fn pieces(cells: Vec<Cell>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for (text, tone) in cells {
        match pieces.last_mut() {
            Some(last) if last.tone == tone => last.text.push_str(&text),
            Some(_) | None => pieces.push(Piece { tone, text }),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::super::{Part, Role};
    use super::*;
    use crate::model::{FlowId, NodeId, Timestamp};

    fn cast(count: u64) -> Cast {
        let part = |node| {
            let role = if node == 1 { Role::Client } else { Role::Server };
            Part { end: End::Node(NodeId(node)), role, name: format!("日本{node}\u{1b}[2J"), flow: FlowId(node) }
        };
        Cast::of((1..=count).map(part))
    }

    fn rungs(fate: Fate) -> Vec<Rung> {
        let ends = [1, 2, 3, 9].map(|node| End::Node(NodeId(node)));
        let mut rungs = Vec::new();
        for from in &ends {
            for to in &ends {
                for via in [None, Some(ends[1].clone()), Some(ends[2].clone())] {
                    let (from, to) = (from.clone(), to.clone());
                    let arrow = Arrow { from, to, via, by: Sender::Program, fate, arrived: Some(Timestamp(5)) };
                    let (at, words) = (Timestamp(0), "words that are long, 日本語 too".to_owned());
                    let remarks = vec!["+50.0ms".to_owned()];
                    rungs.push(Rung { frame: 7, seen: at, at, act: Act::Arrow(arrow), words, remarks });
                }
            }
        }
        rungs
    }

    #[test]
    fn a_line_is_as_wide_as_it_may_be_whatever_is_drawn_in_it() {
        for fate in [Fate::Arrives, Fate::LostThere, Fate::LostAtOnce] {
            for rung in rungs(fate) {
                for (count, width) in
                    [0, 1, 2, 5].into_iter().flat_map(|count| [0, 1, 2, 9, 10, 23, 61].map(|width| (count, width)))
                {
                    let cast = cast(count);
                    let lanes = Lanes::new(&cast, 1, width);
                    for line in [Line::Whole(&rung), Line::Leaves(&rung), Line::Arrives(&rung)] {
                        for pieces in [lanes.line(&line), lanes.heading(), lanes.empty(), lanes.fold("many more")] {
                            let text: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
                            assert_eq!(text.width(), width, "{text}");
                            assert!(!text.contains('\u{1b}'));
                        }
                    }
                }
            }
        }
    }
}

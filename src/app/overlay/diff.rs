//! Two frames, or their conversations, beside each other.

use super::{Overlay, Verb as Over, step};
use crate::app::pane::moved;
use crate::app::text_field::TextField;
use crate::app::world::World;
use crate::app::{Effect, State, copy};
use crate::diff::{Comparison, Ignored, Kind, Matter, Row, View};
use crate::model::{FlowId, Frame};
use crate::proto::Standing;

/// What can be done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Put two frames beside each other.
    Open,
    /// To the next difference.
    Next,
    /// To the difference before.
    Previous,
    /// Fields, or bytes.
    Turn,
    /// The frames, or their conversations.
    Widen,
    /// Let the field under the cursor not count, or count again.
    Ignore,
    /// Write what is not to count.
    Write,
}

/// What stands beside each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Extent {
    /// The messages of the frames.
    #[default]
    Frames,
    /// All that was said in their conversations.
    Flows,
}

/// Whether it is being written what is not to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Writing {
    /// It is not.
    #[default]
    No,
    /// It is.
    Yes,
}

/// Two things beside each other.
#[derive(Debug, Default)]
pub struct Diff {
    /// The frames.
    pub numbers: [u64; 2],
    /// They, or their conversations.
    pub extent: Extent,
    /// What of them.
    pub view: View,
    /// What is not to count, as it is written.
    pub ignored: TextField,
    /// Whether that is being written.
    pub writing: Writing,
    /// What is wrong with it.
    pub problem: Option<String>,
    /// Both beside each other; None while frames are read back.
    pub comparison: Option<Comparison>,
    /// The row under the cursor.
    pub at: usize,
    made_of: Option<Basis>,
}

/// What a comparison was made of; while it is so, none is made anew.
#[derive(Debug, PartialEq)]
struct Basis {
    extent: Extent,
    view: View,
    ignored: String,
    sides: [Side; 2],
}

/// How much of a side is at hand.
#[derive(Debug, PartialEq)]
enum Side {
    Frame(Option<Standing>),
    Flow(FlowId, usize),
}

/// Performs a command.
pub fn act(state: &mut State, verb: Verb) -> Vec<Effect> {
    if verb == Verb::Open {
        match chosen(state) {
            Ok(numbers) => open(state, numbers, Extent::Frames),
            Err(why) => state.say(why),
        }
        return Vec::new();
    }
    let Some(Overlay::Diff(diff)) = &mut state.overlay else { return Vec::new() };
    match verb {
        Verb::Open => {}
        Verb::Next => diff.at = diff.comparison().and_then(|rows| rows.next_difference(diff.at)).unwrap_or(diff.at),
        Verb::Previous => {
            diff.at = diff.comparison().and_then(|rows| rows.previous_difference(diff.at)).unwrap_or(diff.at);
        }
        Verb::Turn => {
            diff.view = match diff.view {
                View::Fields => View::Bytes,
                View::Bytes => View::Fields,
            };
            diff.at = 0;
        }
        Verb::Widen => {
            diff.extent = match diff.extent {
                Extent::Frames => Extent::Flows,
                Extent::Flows => Extent::Frames,
            };
            diff.at = 0;
        }
        Verb::Ignore => match diff.row().map(|row| row.field).filter(|field| !field.is_empty()) {
            Some(field) => diff.toggle(field),
            None => state.say("only fields can be ignored by their names; e takes patterns: /id=\\d+/"),
        },
        Verb::Write => diff.writing = Writing::Yes,
    }
    Vec::new()
}

/// Performs a command of whatever lies over the panes.
pub(super) fn over(state: &mut State, verb: Over) -> Vec<Effect> {
    let Some(Overlay::Diff(diff)) = &mut state.overlay else { return Vec::new() };
    let count = diff.comparison().map_or(0, |rows| rows.rows.len());
    diff.at = moved(diff.at, step(verb), count);
    match (verb, diff.writing) {
        (Over::Choose | Over::Close, Writing::Yes) => diff.writing = Writing::No,
        (Over::Close, Writing::No) => {
            diff.ignored.text().clone_into(&mut state.diff_ignores);
            state.overlay = None;
        }
        (Over::Choose, Writing::No) => {
            let words = diff.row().map(in_words);
            return words.map_or_else(Vec::new, |words| copy::text(state, words));
        }
        _ => {}
    }
    Vec::new()
}

/// Opens it for two frames by their numbers: `diff 4 9`, `diff 4 9 flows`.
///
/// # Errors
/// Says what is wrong with the numbers.
pub fn command(state: &mut State, first: &str, second: Option<&str>, third: Option<&str>) -> Result<(), String> {
    let all = state.timeline();
    let number = |text: &str| {
        let number = text.parse().map_err(|_| format!("{text:?} is not the number of a frame"))?;
        let is_there = all.number_at(all.row_of(number)) == Some(number);
        if is_there { Ok(number) } else { Err(format!("there is no frame {number}")) }
    };
    let second = second.ok_or("write the numbers of two frames: diff 4 9")?;
    let numbers = [number(first)?, number(second)?];
    let extent = match third {
        None | Some("frames") => Extent::Frames,
        Some("flows") => Extent::Flows,
        Some(other) => return Err(format!("{other:?} cannot be compared; write frames or flows")),
    };
    open(state, numbers, extent);
    Ok(())
}

fn open(state: &mut State, numbers: [u64; 2], extent: Extent) {
    let ignored = TextField::new(&state.diff_ignores);
    state.overlay = Some(Overlay::Diff(Box::new(Diff { numbers, extent, ignored, ..Diff::default() })));
    settle(state);
}

/// The frames that are meant: the two that are marked; or the marked one and the one under the cursor.
fn chosen(state: &State) -> Result<[u64; 2], String> {
    let marked: Vec<u64> = state.world.remarks.marked_after(0).take(3).collect();
    let cursor = state.traffic.cursor;
    match marked[..] {
        [one, other] => Ok([one, other]),
        [one] if one != cursor && cursor != 0 => Ok([one.min(cursor), one.max(cursor)]),
        [_] => Err("mark another frame with m, or go to one; then D compares the two".into()),
        [] => Err("mark one frame with m and go to another; then D compares the two".into()),
        _ => {
            let many = state.world.remarks.marked();
            Err(format!("{many} frames are marked, and two can be compared; U takes all marks away"))
        }
    }
}

/// Why two frames cannot be compared now.
pub fn hindrance(state: &State, verb: Verb) -> Option<&'static str> {
    match (verb, &state.overlay) {
        (Verb::Open, _) if chosen(state).is_err() => Some("mark two frames with m, or one and go to another"),
        (Verb::Open, _) | (_, Some(Overlay::Diff(_))) => None,
        (Verb::Next | Verb::Previous | Verb::Turn | Verb::Widen | Verb::Ignore | Verb::Write, _) => {
            Some("nothing is being compared")
        }
    }
}

/// Compares what is at hand, if that is not what was compared.
pub fn settle(state: &mut State) {
    let mut overlay = state.overlay.take();
    if let Some(Overlay::Diff(diff)) = &mut overlay {
        diff.compare(state);
    }
    state.overlay = overlay;
}

/// The world that has a frame at hand.
fn world_of(state: &State, number: u64) -> Option<(&World, &Frame)> {
    let world = state.past.world_of(&state.world, number)?;
    Some((world, world.log.frame(number)?))
}

/// The conversation of a frame.
pub fn flow_of(state: &State, number: u64) -> Option<FlowId> {
    match world_of(state, number) {
        Some((_, frame)) => frame.flow,
        None => state.past.index.entry(number)?.flow,
    }
}

impl Diff {
    fn comparison(&self) -> Option<&Comparison> {
        self.comparison.as_ref()
    }

    /// The row under the cursor.
    pub fn row(&self) -> Option<&Row> {
        self.comparison()?.rows.get(self.at)
    }

    /// Lets a field count no more, or again.
    fn toggle(&mut self, field: &str) {
        let text = self.ignored.text();
        let items: Vec<&str> = text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect();
        let written = if items.contains(&field) {
            items.into_iter().filter(|item| *item != field).collect::<Vec<_>>().join(", ")
        } else {
            items.into_iter().chain([field]).collect::<Vec<_>>().join(", ")
        };
        self.ignored.set(&written);
    }

    fn compare(&mut self, state: &State) {
        let Some(sides) = self.sides(state) else {
            (self.comparison, self.made_of) = (None, None);
            return;
        };
        let basis = Basis { extent: self.extent, view: self.view, ignored: self.ignored.text().to_owned(), sides };
        if self.made_of.as_ref() == Some(&basis) {
            return;
        }
        let ignored = match Ignored::parse(&basis.ignored) {
            Ok(ignored) => {
                self.problem = None;
                ignored
            }
            Err(why) => {
                // What was found before stays while a pattern is being written.
                self.problem = Some(why);
                if self.comparison.is_some() {
                    return;
                }
                Ignored::default()
            }
        };
        let matters = self.numbers.map(|number| self.matter(state, number).unwrap_or_default());
        let [left, right] = &matters;
        let comparison = Comparison::of(left, right, self.view, &ignored);
        if self.made_of.as_ref().is_none_or(|before| (before.extent, before.view) != (self.extent, self.view)) {
            let is_different = |row: &Row| row.kind.differs();
            self.at = comparison.rows.iter().position(is_different).unwrap_or(0);
        }
        self.at = moved(self.at, 0, comparison.rows.len());
        self.comparison = Some(comparison);
        self.made_of = Some(basis);
    }

    /// How much of both is at hand; None when something is not.
    fn sides(&self, state: &State) -> Option<[Side; 2]> {
        let side = |number| {
            let (world, frame) = world_of(state, number)?;
            Some(match (self.extent, frame.flow) {
                (Extent::Flows, Some(flow)) => {
                    let track = Self::world_of_flow(state, number)?.flows.track(flow)?;
                    Side::Flow(flow, track.stream.len())
                }
                (Extent::Frames, _) | (Extent::Flows, None) => {
                    let track = frame.flow.and_then(|flow| world.flows.track(flow));
                    Side::Frame(track.and_then(|track| track.standing(number)))
                }
            })
        };
        let [left, right] = self.numbers.map(side);
        Some([left?, right?])
    }

    /// Where most of the conversation of a frame is at hand.
    fn world_of_flow(state: &State, number: u64) -> Option<&World> {
        let flow = flow_of(state, number)?;
        let length = |world: &&World| world.flows.track(flow).map_or(0, |track| track.stream.len());
        [Some(&state.world), state.past.compared.world()].into_iter().flatten().max_by_key(length)
    }

    fn matter(&self, state: &State, number: u64) -> Option<Matter> {
        match (self.extent, flow_of(state, number)) {
            (Extent::Flows, Some(flow)) => Self::world_of_flow(state, number)?.matter_of_flow(flow),
            (Extent::Frames, _) | (Extent::Flows, None) => world_of(state, number)?.0.matter(number),
        }
    }
}

/// A row as it is copied.
fn in_words(row: &Row) -> String {
    let text = |cell: &Option<crate::diff::Cell>| cell.as_ref().map(|cell| cell.text.clone()).unwrap_or_default();
    match row.kind {
        Kind::Same | Kind::Heading | Kind::Left => text(&row.left),
        Kind::Right => text(&row.right),
        Kind::Ignored | Kind::Changed => format!("{}\n{}", text(&row.left), text(&row.right)),
    }
}

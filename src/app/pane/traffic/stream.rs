//! One flow as a stream: scrolled, selected and copied.

use std::ops::Range;

use ratatui::layout::{Position, Rect};

use super::{Following, PaneId};
use crate::app::selection::Selection;
use crate::app::world::{Track, World};
use crate::app::{Effect, State};
use crate::capture::index::Entry;
use crate::model::hex::HexGeometry;
use crate::model::stream::{GUTTER, Layout, Place, StreamIndex, StreamMode, StreamRow};
use crate::model::visible::{self, Wrap};
use crate::model::{Frame, payload};

/// Rows further than this are a jump to an end of the stream.
const WALK: isize = 10_000;

/// The most bytes of a stream that are copied at once; terminals refuse more long before.
const COPY_LIMIT: usize = 1_000_000;

/// The conversation read as a stream, and the world that has its bytes at hand: those in memory, or those read back.
pub fn shown(state: &State) -> Option<(&World, &Track)> {
    let State { traffic, past, world, .. } = state;
    let flow = traffic.flow(past, world)?;
    let worlds = [Some(world), past.stream.world()].into_iter().flatten();
    let mut tracks = worlds.filter_map(|world| Some((world, world.flows.track(flow)?)));
    tracks.find(|(_, track)| match traffic.stream_at {
        Some(place) => track.stream.holds(place.frame),
        None => !track.stream.is_empty(),
    })
}

/// The data frame of the shown conversation that comes next before or after those at hand.
fn beyond(state: &State, by: isize) -> Option<Place> {
    let State { past, world, .. } = state;
    let (_, track) = shown(state)?;
    let flow = track.flow.id;
    let is_of = |entry: &Entry| entry.flow == Some(flow) && entry.length() > 0;
    let frame = if by < 0 {
        let first = track.stream.first_frame()?;
        past.known(flow).filter(|known| known.first < first)?;
        past.index.before(first).find(is_of)?.number
    } else {
        let last = track.stream.last_frame()?;
        let in_memory = || world.flows.track(flow)?.stream.first_frame().filter(|first| *first > last);
        past.known(flow).filter(|known| known.last > last)?;
        past.index.from(last + 1).find(is_of).map(|entry| entry.number).or_else(in_memory)?
    };
    Some(Place { frame, offset: 0 })
}

/// The stream as it was last drawn.
struct View<'a> {
    stream: &'a StreamIndex,
    world: &'a World,
    area: Rect,
    layout: Layout,
    top: Place,
}

impl<'a> View<'a> {
    fn of(state: &'a State) -> Option<Self> {
        let (world, track) = shown(state)?;
        let (area, layout, top) = state.regions.stream()?;
        Some(Self { stream: &track.stream, world, area, layout, top })
    }

    fn height(&self) -> usize {
        usize::from(self.area.height)
    }

    fn bytes(&self) -> impl Fn(u64) -> Option<&'a [u8]> + use<'a> {
        let world = self.world;
        move |number| world.log.frame(number).map(Frame::payload)
    }

    fn end(&self) -> Option<Place> {
        self.stream.end(self.layout, self.height(), self.bytes())
    }

    fn moved(&self, from: Place, by: isize) -> Option<Place> {
        // A jump to either end need not walk there row by row.
        match by.abs() > WALK {
            true if by < 0 => self.stream.start(),
            true => self.stream.end(self.layout, 1, self.bytes()),
            false => self.stream.moved(from, by, self.layout, self.bytes()),
        }
    }

    fn row(&self, place: Place) -> Option<StreamRow> {
        self.stream.window(place, 1, self.layout, self.bytes()).into_iter().next()
    }

    /// What is drawn at a position, or nearest to it: a letter, or a byte of hex.
    fn part_at(&self, position: Position) -> Option<Range<Place>> {
        let area = self.area;
        let x = position.x.clamp(area.x, area.right() - 1) - area.x;
        let y = position.y.clamp(area.y, area.bottom() - 1) - area.y;
        let row = self.row(self.stream.moved(self.top, y as isize, self.layout, self.bytes())?)?;
        let held = self.bytes()(row.frame)?.get(..row.span.end).filter(|_| !row.span.is_empty())?;
        let column = x.saturating_sub(GUTTER);
        let found = match self.layout {
            Layout::Text(columns) => visible::bytes_at(held, row.span.start, columns, Wrap::Text, column.into()),
            Layout::Escaped(columns) => visible::bytes_at(held, row.span.start, columns, Wrap::Escapes, column.into()),
            Layout::Hex(_) => {
                let geometry = HexGeometry::new(0, area.width.saturating_sub(GUTTER));
                let shift = geometry.nearest_index(column).min(row.span.len() - 1);
                Some(row.span.start + shift..row.span.start + shift + 1)
            }
        };
        let found = found.unwrap_or(row.span.end - 1..row.span.end);
        Some(part(row.frame, found))
    }

    /// The bytes selected that are still in memory; no more than shows that they are too many.
    fn selected(&self, span: &Range<Place>) -> Vec<u8> {
        let mut bytes = Vec::new();
        for number in self.stream.between(span.start.frame, span.end.frame) {
            let held = self.bytes()(number).unwrap_or_default();
            let from = if number == span.start.frame { span.start.offset.min(held.len()) } else { 0 };
            let to = if number == span.end.frame { span.end.offset.min(held.len()) } else { held.len() };
            bytes.extend_from_slice(held.get(from..to).unwrap_or_default());
            if bytes.len() > COPY_LIMIT {
                break;
            }
        }
        bytes
    }
}

fn part(frame: u64, span: Range<usize>) -> Range<Place> {
    Place { frame, offset: span.start }..Place { frame, offset: span.end }
}

/// Scrolls the stream; at its end it follows what comes.
pub fn scroll_stream(state: &mut State, by: isize) {
    let Some(view) = View::of(state) else { return };
    let (end, next) = (view.end(), view.moved(view.top, by));
    let is_end = next.zip(end).is_none_or(|(next, end)| next >= end);
    let is_start = next == view.stream.start() && by < 0;
    // What is at hand ends here; what comes before or after it is in the recording.
    if (is_end && by > 0) || is_start {
        let beyond = beyond(state, by);
        if beyond.is_some() {
            state.traffic.stream_at = beyond;
            return;
        }
    }
    state.traffic.stream_at = next.filter(|_| !is_end);
}

/// Scrolls the stream so that a match is in sight, in the upper half when it was not.
pub(super) fn show_place(state: &mut State, found: &Range<Place>) {
    // What is not at hand is read back from there on.
    let Some(view) = View::of(state).filter(|view| view.stream.holds(found.start.frame)) else {
        state.traffic.stream_at = Some(found.start);
        return;
    };
    let rows = view.stream.window(view.top, view.height(), view.layout, view.bytes());
    let is_in_sight = rows.iter().any(|row| row.frame == found.start.frame && row.span.contains(&found.start.offset));
    let top = if is_in_sight { Some(view.top) } else { view.moved(found.start, -(view.height() as isize / 3)) };
    let end = view.end();
    state.traffic.stream_at = top.map(|top| end.map_or(top, |end| top.min(end)));
}

/// Scrolls the stream so that the byte before which there are so many stands in the first row.
pub fn scroll_stream_to(state: &mut State, bytes: u64) {
    let Some(view) = View::of(state) else { return };
    let (end, next) = (view.end(), view.stream.place_after(bytes));
    state.traffic.stream_at = next.filter(|next| end.is_some_and(|end| *next < end));
}

/// Leads the selection on by rows, beginning with the first in sight; its end stays in sight.
pub(super) fn select_rows(state: &mut State, by: isize) {
    let Some(view) = View::of(state) else { return };
    let mut selection = state.traffic.selection.clone();
    let from = selection.as_ref().map_or(view.top, |selection| selection.head().start);
    let by = if selection.is_some() { by } else { 0 };
    let Some(row) = view.moved(from, by).and_then(|place| view.row(place)) else { return };
    let lead = part(row.frame, row.span.clone());
    let lowest_top = view.stream.moved(row.place(), 1 - view.height().max(1) as isize, view.layout, view.bytes());
    let top = view.top.max(lowest_top.unwrap_or(view.top)).min(row.place());
    let is_end = view.end().is_none_or(|end| top >= end);
    match &mut selection {
        Some(selection) => selection.reach(lead),
        None => selection = Some(Selection::new(lead)),
    }
    state.traffic.selection = selection;
    // A newer frame of another flow must not take its place.
    state.traffic.following = Following::Stays;
    state.traffic.stream_at = (!is_end).then_some(top);
}

/// The mouse is pressed on the stream: what was selected no longer is. Gives what is there, from which a drag selects.
pub fn press_stream(state: &mut State, position: Position) -> Option<Range<Place>> {
    state.focus = PaneId::Traffic;
    state.traffic.selection = None;
    View::of(state)?.part_at(position)
}

/// The mouse is dragged, with what it was pressed on: all between is selected. Beyond the edge it scrolls.
pub fn drag_stream(state: &mut State, anchor: &Range<Place>, position: Position) {
    let Some(view) = View::of(state) else { return };
    let (area, top, part) = (view.area, view.top, view.part_at(position));
    if let Some(part) = part.filter(|part| state.traffic.selection.is_some() || part != anchor) {
        // What comes must not move what is being selected.
        state.traffic.stream_at = Some(top);
        state.traffic.following = Following::Stays;
        state.traffic.selection = Some(Selection::between(anchor.clone(), part));
    }
    if position.y < area.y {
        scroll_stream(state, -1);
    } else if position.y >= area.bottom() {
        scroll_stream(state, 1);
    }
}

/// Copies what is selected, in the form in which it is shown.
pub(super) fn copy(state: &mut State) -> Vec<Effect> {
    let Some(span) = state.traffic.selection.as_ref().map(Selection::span) else { return Vec::new() };
    let bytes = View::of(state).map_or(Vec::new(), |view| view.selected(&span));
    if bytes.len() > COPY_LIMIT {
        state.say("that is more than a clipboard takes; select less than a million bytes");
        return Vec::new();
    }
    let text = match state.traffic.mode {
        StreamMode::Text => String::from_utf8_lossy(&bytes).into_owned(),
        StreamMode::Escaped => visible::escaped(&bytes),
        StreamMode::Hex => payload::hex(&bytes),
    };
    state.say(format!("copied {} bytes", bytes.len()));
    vec![Effect::Copy(text)]
}

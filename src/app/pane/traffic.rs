//! The traffic pane: all frames as a live list or a ladder, one flow as a stream, and the figures of all.

mod completing;
mod hunt;
mod ladder;
mod marking;
mod rows;
mod saving;
mod searching;
mod sieve;
pub mod stats;
mod stream;

pub use completing::Completing;
pub use hunt::{Field, Hunt, Slice};
pub use ladder::{Fold, Folding, Shown, View, covers, cursor_row, shown as shown_ladder, wanted as wanted_by_ladder};
pub use marking::{note, submit_note};
pub use rows::{choose_row, goes_on, move_by, scroll_to, settle};
pub use saving::{
    ask as ask_to_save, command as save_command, marked, origin, problem as save_problem, save_and_quit,
    submit as submit_save,
};
pub use searching::{Stand, looked_through, matches_on, search, stand_again};
pub use sieve::Sieve;
pub use stats::{is_moving, watched};
pub use stream::{drag_stream, press_stream, scroll_stream, scroll_stream_to, shown};

use std::ops::Range;

use bytes::Bytes;
use roaring::RoaringTreemap;

use rows::search_anew;

use super::{PaneId, moved};
use crate::app::form::Purpose;
use crate::app::history::{History, Walk, Way};
use crate::app::past::{Past, Scanned};
use crate::app::selection::Selection;
use crate::app::text_field::TextField;
use crate::app::world::World;
use crate::app::{Effect, State, copy, page};
use crate::filter::Problem;
use crate::model::FlowId;
use crate::model::literal::Form;
use crate::model::search::Pattern;
use crate::model::stream::{Place, StreamMode};

/// Bytes searched before the next frame is drawn, so that neither keys nor frames wait for a search of all memory.
pub const SEARCHED_AT_ONCE: usize = 1024 * 1024;

/// What can be done here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// To the frame above.
    Up,
    /// To the frame below.
    Down,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// To the oldest frame.
    Top,
    /// To the newest frame, and follow.
    Bottom,
    /// Edit the filter.
    Filter,
    /// Leave the filter's field.
    Leave,
    /// Put in what could stand at the filter's cursor.
    Complete,
    /// The filter used before.
    Older,
    /// The filter used after; leave the field where there is none.
    Newer,
    /// Take filter and flow away.
    Clear,
    /// Show the frame's flow alone, or all flows again.
    OnlyFlow,
    /// Show alike frames as one line of the ladder, or each as its own.
    Fold,
    /// The ladder's lifelines further left, or the figure before.
    FurtherLeft,
    /// The ladder's lifelines further right, or the figure after.
    FurtherRight,
    /// Sort the figures by the next column.
    Sort,
    /// Turn their order round.
    SortRound,
    /// The tab after.
    NextTab,
    /// The tab before.
    PreviousTab,
    /// Show the stream as text, escaped or hex; the figures of flows or nodes.
    Form,
    /// Look into the frame.
    Inspect,
    /// Copy what is selected, or the frame's bytes as text with escapes.
    Copy,
    /// Copy them in a form to be chosen.
    CopyAs,
    /// Read the frame, or the whole stream, in the pager.
    Page,
    /// Save the traffic as a capture.
    Save,
    /// Mark the frame, or take its mark away.
    Mark,
    /// To the next marked frame.
    NextMark,
    /// To the marked frame before.
    PreviousMark,
    /// Take all marks away.
    ClearMarks,
    /// Write a note on the frame.
    Note,
    /// Select up to the row above.
    SelectUp,
    /// Select down to the row below.
    SelectDown,
}

/// The tabs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// Frames in a list.
    List,
    /// Frames as arrows between those who take part.
    Ladder,
    /// One flow as a stream.
    Stream,
    /// The figures of all flows and nodes.
    Stats,
}

impl Tab {
    /// All tabs, left to right.
    pub const ALL: [Tab; 4] = [Tab::List, Tab::Ladder, Tab::Stream, Tab::Stats];

    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            Tab::List => "list",
            Tab::Ladder => "ladder",
            Tab::Stream => "stream",
            Tab::Stats => "stats",
        }
    }

    /// So many tabs further to the right, and round the end.
    fn further(self, by: isize) -> Tab {
        let place = Tab::ALL.iter().position(|tab| *tab == self).unwrap_or(0) as isize;
        Tab::ALL[(place + by).rem_euclid(Tab::ALL.len() as isize) as usize]
    }
}

/// What the pane holds beside the frames themselves.
#[derive(Debug)]
pub struct Model {
    /// The tab shown.
    pub tab: Tab,
    /// How the stream is shown.
    pub mode: StreamMode,
    /// The filter as written.
    pub filter: TextField,
    /// What lets frames through, of the last text that was right; None lets all through.
    pub sieve: Option<Sieve>,
    /// What the filter looks for in frames' words, so that it can be lit there.
    pub sought: Vec<Pattern>,
    /// What is wrong with the filter as written.
    pub problem: Option<Problem>,
    /// What is offered at the filter's cursor, while it is gone through.
    pub completing: Option<Completing>,
    /// The filters used, for all runs.
    pub filters: History,
    /// The flow shown alone.
    pub only: Option<FlowId>,
    /// The frame under the cursor; 0 before there is one.
    pub cursor: u64,
    /// The first frame shown.
    pub top: u64,
    /// Whether the cursor stays on the newest frame.
    pub following: Following,
    /// The place of the stream shown first; None stays at the end.
    pub stream_at: Option<Place>,
    /// How the ladder is shown.
    pub ladder: ladder::Stance,
    /// How the figures are shown.
    pub stats: stats::Stance,
    /// What is selected of the stream; while something is, the keys lead the selection on.
    pub selection: Option<Selection<Place>>,
    /// The match of the stream that was gone to last.
    pub found: Option<Range<Place>>,
    hunt: Option<Hunt>,
    /// The number of the search for frames that pass; each is another.
    pub sifts: u64,
    /// What the sieve was read from.
    pub sifted_by: String,
    /// Frames of the recording that are being looked through, and for which search.
    pub sifting: Option<(u64, Range<u64>)>,
    /// With a filter or a flow: the numbers of the frames that pass.
    matches: Option<RoaringTreemap>,
    /// The numbers of the frames looked at for them.
    searched: Scanned,
    walk: Walk,
    editing_filter: Editing,
}

/// Whether the list moves with what comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Following {
    /// The cursor stays on the newest frame.
    Newest,
    /// The cursor stays where it is.
    Stays,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Editing {
    Nothing,
    Filter,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            tab: Tab::List,
            mode: StreamMode::Text,
            filter: TextField::default(),
            sieve: None,
            sought: Vec::new(),
            problem: None,
            completing: None,
            filters: History::default(),
            walk: Walk::default(),
            only: None,
            cursor: 0,
            top: 1,
            following: Following::Newest,
            stream_at: None,
            ladder: ladder::Stance::default(),
            stats: stats::Stance::default(),
            selection: None,
            sifts: 0,
            sifted_by: String::new(),
            sifting: None,
            found: None,
            hunt: None,
            matches: None,
            searched: Scanned::default(),
            editing_filter: Editing::Nothing,
        }
    }
}

impl Model {
    /// Whether the filter's field has the keys.
    pub fn is_filter_edited(&self) -> bool {
        self.editing_filter == Editing::Filter
    }

    /// Gives the keys to the filter's field.
    pub fn edit_filter(&mut self) {
        if matches!(self.tab, Tab::Stream | Tab::Stats) {
            self.tab = Tab::List;
        }
        self.editing_filter = Editing::Filter;
    }

    /// Takes the keys from the filter's field.
    pub fn leave_field(&mut self) {
        self.editing_filter = Editing::Nothing;
    }

    /// The filter's field, while it has the keys.
    pub fn field(&mut self) -> Option<&mut TextField> {
        self.is_filter_edited().then_some(&mut self.filter)
    }

    /// Shows a tab.
    pub fn choose_tab(&mut self, tab: usize) {
        self.tab = Tab::ALL.get(tab).copied().unwrap_or(self.tab);
        self.editing_filter = Editing::Nothing;
        self.selection = None;
    }

    /// The flow of the frame under the cursor, or the one shown alone.
    pub fn flow(&self, past: &Past, world: &World) -> Option<FlowId> {
        let of_cursor = || match world.log.frame(self.cursor) {
            Some(frame) => frame.flow,
            None => past.index.entry(self.cursor)?.flow,
        };
        self.only.or_else(of_cursor)
    }
}

/// Performs a command of this pane.
pub fn act(state: &mut State, verb: Verb) -> Vec<Effect> {
    let page = state.regions.page(PaneId::Traffic) as isize;
    match verb {
        Verb::Up => step(state, -1),
        Verb::Down => step(state, 1),
        Verb::PageUp => step(state, -page),
        Verb::PageDown => step(state, page),
        Verb::Top => step(state, isize::MIN / 2),
        Verb::Bottom => {
            step(state, isize::MAX / 2);
            if matches!(state.traffic.tab, Tab::List | Tab::Ladder) {
                state.traffic.following = Following::Newest;
            }
        }
        Verb::SelectUp => select(state, -1),
        Verb::SelectDown => select(state, 1),
        Verb::Filter => state.traffic.edit_filter(),
        Verb::Complete => completing::complete(state),
        Verb::Leave => leave_filter(state),
        Verb::Older => walk_filters(state, Way::Back),
        Verb::Newer => walk_filters(state, Way::Forth),
        Verb::Clear => clear(state),
        Verb::OnlyFlow | Verb::Inspect if state.traffic.tab == Tab::Stats => go_to_flow(state),
        Verb::OnlyFlow => only_flow(state),
        Verb::NextTab => turn(state, 1),
        Verb::PreviousTab => turn(state, -1),
        Verb::Fold => state.traffic.ladder.folding = state.traffic.ladder.folding.other(),
        Verb::FurtherLeft if state.traffic.tab == Tab::Stats => stats::next_figure(state, -1),
        Verb::FurtherRight if state.traffic.tab == Tab::Stats => stats::next_figure(state, 1),
        Verb::Sort => stats::sort(state),
        Verb::SortRound => stats::turn_round(state),
        Verb::FurtherLeft => {
            let first = &mut state.traffic.ladder.first_lifeline;
            *first = first.saturating_sub(1);
        }
        Verb::FurtherRight => scroll_lifelines(state),
        Verb::Form if state.traffic.tab == Tab::Stats => stats::other_kind(state),
        Verb::Form => {
            state.traffic.mode = state.traffic.mode.next();
        }
        Verb::Inspect => state.focus = PaneId::Inspector,
        Verb::Copy if state.traffic.tab == Tab::Stream && state.traffic.selection.is_some() => {
            return stream::copy(state);
        }
        Verb::Copy => {
            let meant = meant(state);
            return copy::bytes(state, meant, Form::Escaped);
        }
        Verb::CopyAs => {
            let meant = meant(state);
            copy::offer(state, meant);
        }
        Verb::Save => saving::ask(state, Purpose::SaveTraffic),
        Verb::Mark => marking::toggle(state),
        Verb::NextMark => marking::next(state),
        Verb::PreviousMark => marking::previous(state),
        Verb::ClearMarks => marking::clear(state),
        Verb::Note => marking::ask(state),
        Verb::Page => {
            let text = page_text(state);
            return page::show(state, text);
        }
    }
    Vec::new()
}

fn turn(state: &mut State, by: isize) {
    state.traffic.tab = state.traffic.tab.further(by);
    state.traffic.selection = None;
}

fn scroll_lifelines(state: &mut State) {
    let count = shown_ladder(state, state.regions.page(PaneId::Traffic)).cast.lines().len();
    let first = &mut state.traffic.ladder.first_lifeline;
    *first = (*first + 1).min(count.saturating_sub(1));
}

/// Moves by the keys: a selection of the stream is led on.
fn step(state: &mut State, by: isize) {
    if state.traffic.tab == Tab::Stream && state.traffic.selection.is_some() {
        stream::select_rows(state, by);
    } else {
        move_by(state, by);
    }
}

/// Selects on by rows of the stream; the list has nothing to select.
fn select(state: &mut State, by: isize) {
    match state.traffic.tab {
        Tab::Stream => stream::select_rows(state, by),
        Tab::List | Tab::Ladder | Tab::Stats => move_by(state, by),
    }
}

/// Shows a frame alone.
pub fn inspect_frame(state: &mut State, number: u64) {
    state.traffic.cursor = number;
    state.traffic.following = Following::Stays;
    state.focus = PaneId::Inspector;
}

fn leave_filter(state: &mut State) {
    state.traffic.editing_filter = Editing::Nothing;
    let Model { filter, filters, .. } = &mut state.traffic;
    filters.push(filter.text());
}

/// Shows another filter used before; beyond the newest the list is next.
fn walk_filters(state: &mut State, way: Way) {
    state.traffic.edit_filter();
    let Model { filter, filters, walk, .. } = &mut state.traffic;
    match walk.step(filters, filter.text(), way) {
        Some(text) => {
            filter.set(text);
            filter_changed(state);
        }
        None if way == Way::Forth => leave_filter(state),
        None => {}
    }
}

/// Shows one flow alone, its newest frame under the cursor.
pub fn follow(state: &mut State, flow: FlowId) {
    state.traffic.only = Some(flow);
    state.traffic.stream_at = None;
    state.traffic.selection = None;
    state.traffic.following = Following::Newest;
    state.focus = PaneId::Traffic;
    search_anew(state);
}

fn only_flow(state: &mut State) {
    if state.traffic.only.take().is_none() {
        state.traffic.only = state.traffic.flow(&state.past, &state.world);
        if state.traffic.only.is_none() {
            state.say("this frame belongs to no flow");
        }
    }
    search_anew(state);
}

/// From the figures of a flow to its frames.
fn go_to_flow(state: &mut State) {
    match stats::chosen_flow(state) {
        Some(flow) => {
            state.traffic.tab = Tab::List;
            follow(state, flow);
        }
        None => state.say("a node is in many flows; v shows those"),
    }
}

fn clear(state: &mut State) {
    state.traffic.only = None;
    state.traffic.filter.set("");
    filter_changed(state);
}

/// The bytes the cursor means: the frame's in the list, the whole message's in the stream.
fn meant(state: &State) -> Option<Bytes> {
    let State { traffic, past, world, .. } = state;
    let number = match (traffic.tab, traffic.stream_at) {
        (Tab::Stream, Some(place)) => place.frame,
        (Tab::Stream, None) | (Tab::List | Tab::Ladder | Tab::Stats, _) => traffic.cursor,
    };
    let world = past.world_of(world, number)?;
    let frame = world.log.frame(number)?;
    let message = || frame.flow.and_then(|flow| world.flows.track(flow)).and_then(|track| track.subject(number));
    match traffic.tab {
        Tab::List | Tab::Ladder | Tab::Stats => Some(Bytes::copy_from_slice(frame.payload())),
        Tab::Stream => Some(message().map_or_else(|| Bytes::copy_from_slice(frame.payload()), |whole| whole.bytes)),
    }
}

fn page_text(state: &State) -> String {
    match (state.traffic.tab, stream::shown(state)) {
        (Tab::Stream, Some((world, track))) => page::stream(track, &world.log),
        (Tab::Stream, None) | (Tab::List | Tab::Ladder | Tab::Stats, _) => {
            meant(state).map_or_else(String::new, |bytes| page::text(&bytes))
        }
    }
}

/// The filter has changed: the frames that pass are found anew, unless it is not right.
pub fn filter_changed(state: &mut State) {
    let traffic = &mut state.traffic;
    match Sieve::read(traffic.filter.text()) {
        Ok(sieve) => {
            traffic.sought = sieve.as_ref().map_or_else(Vec::new, Sieve::sought);
            traffic.sieve = sieve;
            traffic.filter.text().clone_into(&mut traffic.sifted_by);
            traffic.problem = None;
            search_anew(state);
        }
        Err(problem) => traffic.problem = Some(problem),
    }
}

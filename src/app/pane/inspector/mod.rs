//! The inspector pane: the fields and the bytes of the frame under the cursor.

mod bytes;
mod copy;
mod searching;
mod subject;
mod tree;

pub use bytes::{drag, press, scroll_text_by, scroll_text_to, select_around};
pub use searching::{Stand, search};
pub use subject::settle;
pub use tree::{Fold, Row, choose_row, toggle_row};

use std::collections::BTreeSet;
use std::ops::Range;

use ::bytes::Bytes;

use super::{PaneId, moved};
use crate::app::selection::Selection;
use crate::app::{Effect, State, page};
use crate::proto::Field;
use subject::ShownOf;

/// What can be done here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Up a row.
    Up,
    /// Down a row.
    Down,
    /// Close a field, or a byte to the left.
    Left,
    /// Open a field, or a byte to the right.
    Right,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// To the top.
    Top,
    /// To the end.
    Bottom,
    /// Open or close the field.
    Fold,
    /// Between the fields and the bytes.
    Swap,
    /// The tab after.
    NextTab,
    /// The tab before.
    PreviousTab,
    /// Copy the field.
    Copy,
    /// Copy the field's bytes in a form to be chosen.
    CopyAs,
    /// Read what the tab shows in the pager.
    Page,
    /// The frame before, in the list.
    PreviousFrame,
    /// The frame after, in the list.
    NextFrame,
    /// Back to the list.
    Back,
    /// Begin to select bytes, or end it.
    Select,
    /// Select up to the row above.
    SelectUp,
    /// Select down to the row below.
    SelectDown,
    /// Select a byte to the left.
    SelectLeft,
    /// Select a byte to the right.
    SelectRight,
}

/// The tabs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// Fields beside bytes.
    Tree,
    /// Bytes alone.
    Hex,
    /// The bytes as text.
    Text,
}

impl Tab {
    /// All tabs, left to right.
    pub const ALL: [Tab; 3] = [Tab::Tree, Tab::Hex, Tab::Text];

    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            Tab::Tree => "tree",
            Tab::Hex => "hex",
            Tab::Text => "text",
        }
    }
}

/// Which half has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// The fields.
    Fields,
    /// The bytes.
    Bytes,
}

/// What the pane shows.
#[derive(Debug)]
pub struct Model {
    /// The tab shown.
    pub tab: Tab,
    /// Which half has the keys.
    pub half: Half,
    /// The frame shown; 0 for none.
    pub frame: u64,
    /// The bytes shown: the frame's, or the whole message's when it spans frames.
    pub bytes: Bytes,
    /// The rows of the tree.
    pub rows: Vec<Row>,
    /// The row under the cursor.
    pub at: usize,
    /// The byte under the cursor.
    pub byte: usize,
    /// The first byte in sight on the text tab.
    pub text_top: usize,
    /// The bytes selected; while there are, the cursor takes the selection along.
    pub selection: Option<Selection<usize>>,
    /// The match among the bytes that was gone to last.
    pub found: Option<Range<usize>>,
    /// How much of the frame is known, in words, when not all is.
    pub recorded: Option<String>,
    /// Where the bytes are from, in words.
    pub origin: String,
    roots: Vec<Field>,
    closed: BTreeSet<Vec<usize>>,
    shown_of: ShownOf,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            tab: Tab::Tree,
            half: Half::Fields,
            frame: 0,
            bytes: Bytes::new(),
            recorded: None,
            rows: Vec::new(),
            at: 0,
            byte: 0,
            text_top: 0,
            selection: None,
            found: None,
            origin: String::new(),
            roots: Vec::new(),
            closed: BTreeSet::new(),
            shown_of: ShownOf::default(),
        }
    }
}

impl Model {
    /// Shows a tab.
    pub fn choose_tab(&mut self, tab: usize) {
        self.tab = Tab::ALL.get(tab).copied().unwrap_or(self.tab);
        self.half = match self.tab {
            Tab::Tree | Tab::Text => Half::Fields,
            Tab::Hex => Half::Bytes,
        };
    }
}

/// Performs a command of this pane.
pub fn act(state: &mut State, verb: Verb) -> Vec<Effect> {
    let page = state.regions.page(PaneId::Inspector) as isize;
    let model = &mut state.inspector;
    let on_bytes = model.half == Half::Bytes;
    match verb {
        Verb::Up => move_by(state, -1),
        Verb::Down => move_by(state, 1),
        Verb::PageUp => move_by(state, -page),
        Verb::PageDown => move_by(state, page),
        Verb::Top => move_by(state, isize::MIN / 64),
        Verb::Bottom => move_by(state, isize::MAX / 64),
        Verb::Left if on_bytes => bytes::move_byte(model, -1),
        Verb::Right if on_bytes => bytes::move_byte(model, 1),
        Verb::Left => model.fold(false),
        Verb::Right => model.fold(true),
        Verb::Fold => {
            let open = model.rows.get(model.at).is_some_and(|row| row.fold == Fold::Closed);
            model.fold(open);
        }
        Verb::Swap => swap(model),
        Verb::NextTab | Verb::PreviousTab => {
            let at = Tab::ALL.iter().position(|tab| *tab == model.tab).unwrap_or(0);
            let by = if verb == Verb::NextTab { 1 } else { Tab::ALL.len() - 1 };
            model.choose_tab((at + by) % Tab::ALL.len());
        }
        Verb::Copy => return copy::copy_meant(state),
        Verb::CopyAs => {
            let meant = state.inspector.meant();
            crate::app::copy::offer(state, meant);
        }
        Verb::Page => {
            let text = copy::page_text(&state.inspector);
            return page::show(state, text);
        }
        Verb::PreviousFrame => step_frame(state, -1),
        Verb::NextFrame => step_frame(state, 1),
        Verb::Back => state.focus = PaneId::Traffic,
        Verb::Select => bytes::select_or_drop(state),
        Verb::SelectUp => bytes::select_rows(state, -1),
        Verb::SelectDown => bytes::select_rows(state, 1),
        Verb::SelectLeft => bytes::select_bytes(state, -1),
        Verb::SelectRight => bytes::select_bytes(state, 1),
    }
    Vec::new()
}

fn step_frame(state: &mut State, by: isize) {
    super::traffic::move_by(state, by);
    settle(state);
}

fn swap(model: &mut Model) {
    if model.tab != Tab::Tree || model.bytes.is_empty() {
        return;
    }
    model.half = match model.half {
        Half::Fields => {
            model.byte = model.lit().start;
            Half::Bytes
        }
        Half::Bytes => Half::Fields,
    };
}

/// Moves the cursor in the half that has the keys.
pub fn move_by(state: &mut State, by: isize) {
    let model = &mut state.inspector;
    match (model.tab, model.half) {
        (Tab::Text, _) => bytes::move_in_text(state, by),
        (Tab::Tree, Half::Fields) => model.at = moved(model.at, by, model.rows.len()),
        (Tab::Hex, _) | (Tab::Tree, Half::Bytes) => bytes::move_in_hex(state, by),
    }
}

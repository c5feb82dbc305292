//! The inspector pane: the fields and the bytes of the frame under the cursor.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use super::{PaneId, moved};
use crate::app::overlay::Overlay;
use crate::app::world::{World, explain};
use crate::app::{Effect, State};
use crate::model::hex::HexGeometry;
use crate::model::stream::{Layout, Place, StreamIndex};
use crate::model::{ClockZone, Frame, FrameKind, Side, payload, visible};
use crate::proto::{Decoded, Field, Root, Standing, Value};
use bytes::Bytes;
use ratatui::layout::Rect;

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
    /// The frame before, in the list.
    PreviousFrame,
    /// The frame after, in the list.
    NextFrame,
    /// Back to the list.
    Back,
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

/// The longest line of an explanation; it fits a pane of 60 columns.
const EXPLANATION_WIDTH: usize = 56;

/// Rows further than this are a jump to an end of the text.
const TEXT_WALK: isize = 10_000;

/// One row of the tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// How deep it lies; 0 is a root.
    pub depth: usize,
    /// The field's name; what it shares with the name above is left out.
    pub name: Cow<'static, str>,
    /// The field's whole name, as filters take it; empty for a sentence.
    pub full_name: &'static str,
    /// Its value, as decoded.
    pub value: String,
    /// Its bytes; empty when it has none.
    pub span: Range<usize>,
    /// Whether it is open, when it can be.
    pub fold: Fold,
    /// Whether it tells of something wrong.
    pub is_wrong: bool,
}

/// Whether a row can be opened, and is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fold {
    /// It has nothing inside.
    Leaf,
    /// What is inside is shown.
    Open,
    /// What is inside is hidden.
    Closed,
}

/// A form in which bytes can be copied: its name, and how it is made.
pub type CopyForm = (&'static str, fn(&[u8]) -> String);

/// The forms in which bytes can be copied.
pub const COPY_FORMS: [CopyForm; 4] = [
    ("text, escaped", visible::escaped),
    ("hex", payload::hex),
    ("base64", payload::base64),
    ("text as it is", |bytes| String::from_utf8_lossy(bytes).into_owned()),
];

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
    /// Where the bytes are from, in words.
    pub origin: String,
    roots: Vec<Field>,
    closed: BTreeSet<Vec<usize>>,
    shown_of: ShownOf,
}

/// What is shown was made of this; while it is so, nothing is made anew.
#[derive(Debug, Default)]
struct ShownOf {
    frame: u64,
    has_arrived: bool,
    standing: Option<Standing>,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            tab: Tab::Tree,
            half: Half::Fields,
            frame: 0,
            bytes: Bytes::new(),
            rows: Vec::new(),
            at: 0,
            byte: 0,
            text_top: 0,
            origin: String::new(),
            roots: Vec::new(),
            closed: BTreeSet::new(),
            shown_of: ShownOf::default(),
        }
    }
}

impl Model {
    /// The bytes that are lit: those of the field under the cursor, or the byte under it.
    pub fn lit(&self) -> Range<usize> {
        match self.half {
            // To light everything would light nothing.
            Half::Fields => {
                let chosen = self.rows.get(self.at).filter(|row| row.span.len() < self.bytes.len());
                chosen.map_or(0..0, |row| row.span.clone())
            }
            Half::Bytes => self.byte..self.byte + 1,
        }
    }

    /// Shows a tab.
    pub fn choose_tab(&mut self, tab: usize) {
        self.tab = Tab::ALL.get(tab).copied().unwrap_or(self.tab);
        self.half = match self.tab {
            Tab::Tree | Tab::Text => Half::Fields,
            Tab::Hex => Half::Bytes,
        };
    }

    /// The bytes as the text tab lays them: only around what is looked at, however many there are.
    pub fn text(&self) -> StreamIndex {
        let mut text = StreamIndex::default();
        text.push(0, Side::Client, self.bytes.len());
        text
    }

    /// Where the first row of the text tab begins.
    pub fn text_place(&self) -> Place {
        Place { frame: 0, offset: self.text_top }
    }

    /// The first hex row to show so that the lit bytes are on the page.
    pub fn hex_top(&self, geometry: HexGeometry, page: usize) -> usize {
        let last = geometry.rows().saturating_sub(page);
        geometry.row_of(self.lit().start).saturating_sub(page / 3).min(last)
    }

    /// The first tree row to show so that the cursor is on the page.
    pub fn tree_top(&self, page: usize) -> usize {
        let last = self.rows.len().saturating_sub(page);
        self.at.saturating_sub(page / 2).min(last)
    }

    fn lay_rows(&mut self) {
        let mut laying = Laying { path: Vec::new(), closed: &self.closed, rows: std::mem::take(&mut self.rows) };
        laying.rows.clear();
        laying.fields(&self.roots, "");
        self.rows = laying.rows;
        self.at = moved(self.at, 0, self.rows.len());
    }

    fn fold(&mut self, open: bool) {
        let Some(row) = self.rows.get(self.at) else { return };
        if open {
            self.closed.remove(&self.path(self.at));
        } else if row.fold == Fold::Open {
            self.closed.insert(self.path(self.at));
        } else if let Some(parent) = self.rows[..self.at].iter().rposition(|above| above.depth < row.depth) {
            self.at = parent;
        }
        self.lay_rows();
    }

    /// Which of the roots a row belongs to, which of its fields, and so on down to the row's own.
    fn path(&self, at: usize) -> Vec<usize> {
        let Some(row) = self.rows.get(at) else { return Vec::new() };
        let mut path = vec![0; row.depth + 1];
        let mut depth = row.depth;
        for above in self.rows[..at].iter().rev() {
            if above.depth < depth {
                depth = above.depth;
            } else if above.depth == depth {
                path[depth] += 1;
            }
        }
        path
    }

    /// Puts the cursor on the innermost field that holds the byte.
    fn field_of_byte(&mut self) {
        let byte = self.byte;
        let holds = |row: &Row| row.span.contains(&byte);
        if let Some((at, _)) =
            self.rows.iter().enumerate().filter(|(_, row)| holds(row)).max_by_key(|(_, row)| row.depth)
        {
            self.at = at;
        }
    }
}

/// The tree's rows while they are laid.
struct Laying<'a> {
    /// Where in the tree it stands: the place among its siblings of each field above, and of the last one laid.
    path: Vec<usize>,
    closed: &'a BTreeSet<Vec<usize>>,
    rows: Vec<Row>,
}

impl Laying<'_> {
    fn fields(&mut self, fields: &[Field], above: &str) {
        for (index, field) in fields.iter().enumerate() {
            self.path.push(index);
            let row = self.row(field, above);
            let is_open = row.fold == Fold::Open;
            self.rows.push(row);
            if is_open {
                self.fields(&field.children, field.name);
            }
            self.path.pop();
        }
    }

    fn row(&self, field: &Field, above: &str) -> Row {
        let fold = match (field.children.is_empty(), self.closed.contains(&self.path)) {
            (true, _) => Fold::Leaf,
            (false, true) => Fold::Closed,
            (false, false) => Fold::Open,
        };
        let (value, is_wrong) = match &field.value {
            Value::Heading(text) | Value::Text(text) | Value::Named(_, text) => (text.clone(), false),
            Value::Number(number) => (number.to_string(), false),
            Value::Flag(flag) => (flag.to_string(), false),
            Value::Bytes => (format!("{} bytes", field.span.len()), false),
            Value::Malformed(why) => (why.clone(), true),
        };
        // A fact without a name is a sentence: it takes the whole row.
        let (name, value) = if field.name.is_empty() {
            (Cow::Owned(value), String::new())
        } else {
            (Cow::Borrowed(own_part(field.name, above)), value)
        };
        let (depth, span) = (self.path.len() - 1, field.span.clone());
        Row { depth, name, full_name: field.name, value, span, fold, is_wrong }
    }
}

/// A field's name without the dotted parts that the name above it begins with too.
fn own_part<'a>(name: &'a str, above: &str) -> &'a str {
    let mut rest = name;
    for part in above.split('.') {
        let Some((first, after)) = rest.split_once('.') else { break };
        if !first.eq_ignore_ascii_case(part) {
            break;
        }
        rest = after;
    }
    rest
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
        Verb::Left if on_bytes => move_byte(model, -1),
        Verb::Right if on_bytes => move_byte(model, 1),
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
        Verb::Copy => return copy(state),
        Verb::CopyAs => {
            if state.inspector.bytes.is_empty() {
                state.say("this frame carries no bytes to copy");
            } else {
                state.overlay = Some(Overlay::CopyAs(0));
            }
        }
        Verb::PreviousFrame => step_frame(state, -1),
        Verb::NextFrame => step_frame(state, 1),
        Verb::Back => state.focus = PaneId::Traffic,
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

fn move_byte(model: &mut Model, by: isize) {
    model.byte = moved(model.byte, by, model.bytes.len());
    model.field_of_byte();
}

/// Bytes in a row of the hex dump as it was last drawn.
fn hex_width(state: &State) -> usize {
    state.regions.hex().map_or(16, |area| HexGeometry::new(state.inspector.bytes.len(), area.width).per_row())
}

/// Moves the cursor in the half that has the keys.
pub fn move_by(state: &mut State, by: isize) {
    let width = hex_width(state) as isize;
    let page = state.regions.rows(PaneId::Inspector);
    let model = &mut state.inspector;
    match (model.tab, model.half) {
        (Tab::Text, _) => scroll_text(model, by, page.unwrap_or_default()),
        (Tab::Tree, Half::Fields) => model.at = moved(model.at, by, model.rows.len()),
        (Tab::Hex, _) | (Tab::Tree, Half::Bytes) => move_byte(model, by.saturating_mul(width)),
    }
}

/// Scrolls the text tab, as far as its last row stays at the bottom.
fn scroll_text(model: &mut Model, by: isize, page: Rect) {
    let (layout, bytes) = (Layout::Text(usize::from(page.width)), |_| Some(&model.bytes[..]));
    let end = model.text().end(layout, usize::from(page.height), bytes);
    // A jump to either end need not walk there row by row.
    let place = if by < -TEXT_WALK {
        None
    } else if by > TEXT_WALK {
        end
    } else {
        model.text().moved(model.text_place(), by, layout, bytes).min(end)
    };
    model.text_top = place.map_or(0, |place| place.offset);
}

/// A row of the tree was clicked; the one already chosen opens or closes.
pub fn choose_row(state: &mut State, row: usize) {
    let model = &mut state.inspector;
    if row >= model.rows.len() || model.tab != Tab::Tree {
        return;
    }
    if model.at == row && model.half == Half::Fields {
        let open = model.rows[row].fold == Fold::Closed;
        if model.rows[row].fold != Fold::Leaf {
            model.fold(open);
        }
    }
    model.at = row;
    model.half = Half::Fields;
}

/// The hex dump was clicked.
pub fn click_byte(state: &mut State, width: u16, column: u16, row: usize) {
    let model = &mut state.inspector;
    if let Some(byte) = HexGeometry::new(model.bytes.len(), width).offset_at(column, row) {
        model.byte = byte;
        model.half = Half::Bytes;
        model.field_of_byte();
    }
}

fn copy(state: &mut State) -> Vec<Effect> {
    let model = &state.inspector;
    let copied = match (model.half, model.rows.get(model.at)) {
        (Half::Fields, Some(row)) if !row.value.is_empty() => Some(row.value.clone()),
        (Half::Fields, Some(row)) => Some(row.name.clone().into_owned()),
        (Half::Bytes, _) => model.bytes.get(model.lit()).map(payload::hex),
        (Half::Fields, None) => None,
    };
    let Some(text) = copied else {
        state.say("nothing here to copy");
        return Vec::new();
    };
    state.say(format!("copied {} characters", text.chars().count()));
    vec![Effect::Copy(text)]
}

/// Copies the lit bytes, or all when none is lit, in one of [`COPY_FORMS`].
pub fn copy_as(state: &mut State, form: usize) -> Vec<Effect> {
    let model = &state.inspector;
    let lit = model.lit();
    let bytes = model.bytes.get(lit).filter(|bytes| !bytes.is_empty()).unwrap_or(&model.bytes);
    let Some((name, make)) = COPY_FORMS.get(form) else { return Vec::new() };
    let (text, count) = (make(bytes), bytes.len());
    state.say(format!("copied {count} bytes as {name}"));
    vec![Effect::Copy(text)]
}

/// Shows the frame under the traffic pane's cursor, as it now is.
pub fn settle(state: &mut State) {
    let number = state.traffic.cursor;
    let State { inspector: model, world, zone, .. } = state;
    let Some(frame) = world.log.frame(number) else {
        if model.frame != 0 {
            *model = Model { tab: model.tab, half: model.half, ..Model::default() };
        }
        return;
    };
    // A message may go on in later frames of its flow; what it is read as then changes.
    let track = frame.flow.and_then(|flow| world.flows.track(flow));
    let of = ShownOf {
        frame: number,
        has_arrived: frame.arrived.is_some(),
        standing: track.and_then(|track| track.standing(number)),
    };
    model.origin = origin(number, of.standing.as_ref());
    if model.shown_of.is_same(&of) {
        return;
    }
    let is_other = model.frame != number;
    model.shown_of = of;
    model.frame = number;
    show(model, world, frame, *zone);
    if is_other {
        model.closed.clear();
        // The frame's own facts come last; what it carries is what one looks for.
        model.at = 0;
        model.byte = 0;
        model.text_top = 0;
    }
    model.lay_rows();
}

impl ShownOf {
    fn is_same(&self, other: &ShownOf) -> bool {
        let messages = self.standing.as_ref().zip(other.standing.as_ref());
        messages.is_none_or(|(one, other)| one.shows_the_same(other))
            && (self.frame, self.has_arrived) == (other.frame, other.has_arrived)
            && self.standing.is_some() == other.standing.is_some()
    }
}

/// The frames the bytes are from, in words.
fn origin(number: u64, standing: Option<&Standing>) -> String {
    let frames = standing.map_or(number..=number, |standing| standing.frames.clone());
    let (first, last) = (frames.start(), frames.end());
    if first == last { format!("frame {number}") } else { format!("frames {first} to {last}") }
}

fn show(model: &mut Model, world: &World, frame: &Frame, zone: ClockZone) {
    model.bytes = Bytes::new();
    model.roots.clear();
    if let FrameKind::Data { payload, .. } = &frame.kind {
        model.bytes = payload.clone();
    }
    let subject = frame.flow.and_then(|flow| world.flows.track(flow)).and_then(|track| track.subject(frame.number));
    if let Some(subject) = subject {
        model.bytes = subject.bytes;
        model.roots = subject.roots.into_iter().map(root).collect();
    }
    let lines = explain(&frame.kind);
    if !lines.is_empty() {
        let children =
            lines.iter().flat_map(|line| visible::folded(line, EXPLANATION_WIDTH)).map(|line| fact("", line)).collect();
        let value = Value::Heading(frame.summary.clone());
        model.roots.push(Field { name: frame.protocol, value, span: 0..0, children });
    }
    model.roots.push(about(world, frame, zone));
}

/// A message as the root of a tree: the protocol over its fields.
fn root(root: Root) -> Field {
    let Decoded { protocol, summary, fields } = root.decoded;
    Field { name: protocol, value: Value::Heading(summary), span: root.span, children: fields }
}

fn fact(name: &'static str, text: String) -> Field {
    Field { name, value: Value::Text(text), span: 0..0, children: Vec::new() }
}

/// What the lab knows of the frame itself.
fn about(world: &World, frame: &Frame, zone: ClockZone) -> Field {
    let mut children = vec![
        fact("frame.number", frame.number.to_string()),
        fact("frame.time", frame.at.clock(zone)),
        fact("wl.node", world.name(frame.node).to_owned()),
    ];
    if let FrameKind::Data { payload, .. } = &frame.kind {
        children.push(fact("frame.len", payload.len().to_string()));
    }
    if let Some(arrived) = frame.arrived {
        let took = arrived.since(frame.at).as_secs_f64() * 1000.0;
        children.push(fact("wl.arrived", format!("{} · {took:.3} ms on the way", arrived.clock(zone))));
    }
    if let Some(flow) = frame.flow.and_then(|flow| world.flow(flow)) {
        let ends = format!("{} · {} → {}", flow.transport.name(), flow.client, flow.server);
        children.push(fact("wl.flow", format!("{} · {ends}", flow.id)));
    }
    Field {
        name: "frame",
        value: Value::Heading(format!("{} · {}", frame.number, frame.at.clock(zone))),
        span: 0..0,
        children,
    }
}

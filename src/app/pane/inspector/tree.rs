//! The fields as rows of a tree: laid, opened, closed and chosen.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use super::{Half, Model, Tab, moved};
use crate::app::State;
use crate::proto::{Field, Value, own_part};

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

impl Model {
    pub(super) fn lay_rows(&mut self) {
        let mut laying = Laying { path: Vec::new(), closed: &self.closed, rows: std::mem::take(&mut self.rows) };
        laying.rows.clear();
        laying.fields(&self.roots, "");
        self.rows = laying.rows;
        self.at = moved(self.at, 0, self.rows.len());
    }

    pub(super) fn fold(&mut self, open: bool) {
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
    pub(super) fn field_of_byte(&mut self) {
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

/// Puts the cursor on a row of the tree. False when there is no such row.
pub fn choose_row(state: &mut State, row: usize) -> bool {
    let model = &mut state.inspector;
    let is_there = row < model.rows.len() && model.tab == Tab::Tree;
    if is_there {
        model.at = row;
        model.half = Half::Fields;
        model.selection = None;
    }
    is_there
}

/// Opens or closes the field under the cursor.
pub fn toggle_row(state: &mut State) {
    let model = &mut state.inspector;
    match model.rows.get(model.at).map(|row| row.fold) {
        Some(Fold::Closed) => model.fold(true),
        Some(Fold::Open) => model.fold(false),
        Some(Fold::Leaf) | None => {}
    }
}

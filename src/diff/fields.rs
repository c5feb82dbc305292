//! Decoded fields beside each other.

use std::ops::Range;

use super::align::{Stretch, align, letters};
use super::{Cell, Comparison, Ignored, Kind, Part, Row};
use crate::proto::{Field, Value};

/// Letters of a field's value that are shown: more than a screen is wide, and enough to tell most apart.
const VALUE_LIMIT: usize = 400;

/// A field with where it stands.
struct Item<'a> {
    field: &'a Field,
    depth: usize,
    text: String,
    /// What is compared of it; None counts for nothing.
    value: Option<Vec<u8>>,
}

/// Puts the fields of two messages beside each other.
pub fn compare(left: &Part, right: &Part, ignored: &Ignored, comparison: &mut Comparison) {
    let (one, other) = (items(left, ignored), items(right, ignored));
    let whole = |items: &[Item<'_>]| -> Vec<(usize, &'static str, Option<Vec<u8>>)> {
        items.iter().map(|item| (item.depth, item.field.name, item.value.clone())).collect()
    };
    let alignment = align(&whole(&one), &whole(&other));
    if alignment.is_by_place {
        comparison.remark("there are too many fields to find out what was put in: they are compared in their order");
    }
    let first = comparison.rows.len();
    for stretch in alignment.stretches {
        match stretch {
            Stretch::Same(left, right) => pairs(&one[left], &other[right], comparison),
            Stretch::Differs(left, right) => differing(&one[left], &other[right], comparison),
        }
    }
    tell_of_the_innermost(&mut comparison.rows[first..]);
}

/// What differs is told of the innermost field: one that has parts of which some differ only holds them.
fn tell_of_the_innermost(rows: &mut [Row]) {
    for at in 0..rows.len() {
        let depth = rows[at].depth;
        let mut inside = rows[at + 1..].iter().take_while(|row| row.depth > depth);
        if rows[at].kind == Kind::Changed && inside.any(|row| row.kind != Kind::Same) {
            rows[at].kind = Kind::Same;
            let cells = [&mut rows[at].left, &mut rows[at].right];
            cells.into_iter().flatten().for_each(|cell| cell.differs.clear());
        }
    }
}

/// Fields of which some are the same by name: those stand beside each other.
fn differing(one: &[Item<'_>], other: &[Item<'_>], comparison: &mut Comparison) {
    let names = |items: &[Item<'_>]| -> Vec<(usize, &'static str)> {
        items.iter().map(|item| (item.depth, item.field.name)).collect()
    };
    for stretch in align(&names(one), &names(other)).stretches {
        match stretch {
            Stretch::Same(left, right) => pairs(&one[left], &other[right], comparison),
            Stretch::Differs(left, right) => {
                let row = |side, item: &Item<'_>| {
                    let kind = if item.value.is_none() { Kind::Ignored } else { side };
                    let cell = Some(cell(item, Vec::new()));
                    let (left, right) = if side == Kind::Left { (cell, None) } else { (None, cell) };
                    Row { kind, left, right, field: item.field.name, depth: item.depth }
                };
                comparison.rows.extend(one[left].iter().map(|item| row(Kind::Left, item)));
                comparison.rows.extend(other[right].iter().map(|item| row(Kind::Right, item)));
            }
        }
    }
}

fn pairs(one: &[Item<'_>], other: &[Item<'_>], comparison: &mut Comparison) {
    for (left, right) in one.iter().zip(other) {
        let is_same = left.text == right.text && left.value == right.value;
        let kind = match (&left.value, &right.value) {
            (Some(left), Some(right)) if left != right => Kind::Changed,
            (None, _) | (_, None) if !is_same => Kind::Ignored,
            _ => Kind::Same,
        };
        let [of_left, of_right] =
            if kind == Kind::Changed { letters(&left.text, &right.text) } else { Default::default() };
        let (field, depth) = (left.field.name, left.depth);
        comparison.rows.push(Row {
            kind,
            left: Some(cell(left, of_left)),
            right: Some(cell(right, of_right)),
            field,
            depth,
        });
    }
}

fn cell(item: &Item<'_>, differs: Vec<Range<usize>>) -> Cell {
    Cell { label: item.field.name.to_owned(), text: item.text.clone(), differs }
}

fn items<'a>(part: &'a Part, ignored: &Ignored) -> Vec<Item<'a>> {
    let mut items = Vec::new();
    part.fields.iter().for_each(|field| push(field, (0, false), part, ignored, &mut items));
    items
}

fn push<'a>(
    field: &'a Field,
    (depth, is_inside_ignored): (usize, bool),
    part: &Part,
    ignored: &Ignored,
    items: &mut Vec<Item<'a>>,
) {
    let bytes = part.bytes.get(field.span.clone()).unwrap_or_default();
    let text = text(field, bytes);
    let is_ignored = is_inside_ignored || ignored.has(field.name);
    let value = match &field.value {
        _ if is_ignored => None,
        // What it sums up is compared for itself.
        Value::Heading(_) if !field.children.is_empty() => Some(Vec::new()),
        Value::Bytes if field.children.is_empty() => Some(ignored.without(&String::from_utf8_lossy(bytes))),
        Value::Bytes => Some(Vec::new()),
        Value::Heading(_)
        | Value::Text(_)
        | Value::Number(_)
        | Value::Named(..)
        | Value::Flag(_)
        | Value::Malformed(_) => Some(ignored.without(&text)),
    };
    items.push(Item { field, depth, text, value });
    for child in &field.children {
        push(child, (depth + 1, is_ignored), part, ignored, items);
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

fn text(field: &Field, bytes: &[u8]) -> String {
    let text = match &field.value {
        Value::Heading(text) | Value::Text(text) | Value::Named(_, text) | Value::Malformed(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Flag(flag) => flag.to_string(),
        Value::Bytes if field.children.is_empty() => match super::bytes::text(bytes) {
            Some(text) => text.chars().take(VALUE_LIMIT + 1).collect(),
            None => hex(&bytes[..bytes.len().min(VALUE_LIMIT / 3 + 1)]),
        },
        Value::Bytes => format!("{} bytes", bytes.len()),
    };
    match text.char_indices().nth(VALUE_LIMIT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

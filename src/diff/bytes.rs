//! Lines of text, or bytes, beside each other.

use std::ops::Range;

use super::align::{Stretch, align, by_place, letters};
use super::{Cell, Comparison, Ignored, Kind, Part, Row};

/// Bytes of a row of a dump: as many as two such rows have room for beside each other in 80 columns.
const A_ROW: usize = 8;

/// Columns of a byte in a dump, and where the letters begin behind all of them.
const BYTE: usize = 3;
const LETTERS: usize = A_ROW * BYTE;

/// Puts the bytes of two messages beside each other.
pub fn compare(left: &Part, right: &Part, ignored: &Ignored, comparison: &mut Comparison) {
    let places = |part: &Part| ignored.places(&part.bytes, &part.fields);
    let (of_left, of_right) = (places(left), places(right));
    match (text(&left.bytes), text(&right.bytes)) {
        (Some(one), Some(other)) => lines((one, &of_left), (other, &of_right), comparison),
        (Some(_) | None, _) => dump((&left.bytes, &of_left), (&right.bytes, &of_right), comparison),
    }
}

/// Bytes that are nothing but text in lines.
pub fn text(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    let is_text = |letter: char| !letter.is_control() || matches!(letter, '\t' | '\n' | '\r');
    text.chars().all(is_text).then_some(text)
}

/// A line, and what of it counts.
struct Item<'a> {
    line: &'a str,
    counts: String,
}

fn lines(
    (left, of_left): (&str, &[Range<usize>]),
    (right, of_right): (&str, &[Range<usize>]),
    comparison: &mut Comparison,
) {
    let (one, other) = (items(left, of_left), items(right, of_right));
    let counting = |items: &[Item<'_>]| -> Vec<String> { items.iter().map(|item| item.counts.clone()).collect() };
    let alignment = align(&counting(&one), &counting(&other));
    if alignment.is_by_place {
        comparison.remark("there are too many lines to find out what was put in: they are compared in their order");
    }
    for stretch in alignment.stretches {
        let (is_same, left, right) = match stretch {
            Stretch::Same(left, right) => (true, left, right),
            Stretch::Differs(left, right) => (false, left, right),
        };
        let common = left.len().min(right.len());
        for (of_left, of_right) in left.clone().zip(right.clone()) {
            let (one, other) = (one[of_left].line, other[of_right].line);
            let kind = match (is_same, one == other) {
                (true, true) => Kind::Same,
                (true, false) => Kind::Ignored,
                (false, _) => Kind::Changed,
            };
            // That both end alike need not be seen.
            let end = ["\r\n", "\n"].into_iter().find(|end| one.ends_with(end) && other.ends_with(end)).unwrap_or("");
            let (one, other) = (one.strip_suffix(end).unwrap_or(one), other.strip_suffix(end).unwrap_or(other));
            let [differs, others] = if kind == Kind::Changed { letters(one, other) } else { Default::default() };
            comparison.rows.push(Row {
                kind,
                left: Some(line_cell(of_left, one, differs)),
                right: Some(line_cell(of_right, other, others)),
                field: "",
                depth: 0,
            });
        }
        let only = |kind, place: usize, line: &str| {
            let cell = Some(line_cell(place, line.trim_end_matches(['\r', '\n']), Vec::new()));
            let (left, right) = if kind == Kind::Left { (cell, None) } else { (None, cell) };
            Row { kind, left, right, field: "", depth: 0 }
        };
        let rest = |range: Range<usize>| range.start + common..range.end;
        comparison.rows.extend(rest(left).map(|place| only(Kind::Left, place, one[place].line)));
        comparison.rows.extend(rest(right).map(|place| only(Kind::Right, place, other[place].line)));
    }
}

fn line_cell(place: usize, line: &str, differs: Vec<Range<usize>>) -> Cell {
    Cell { label: (place + 1).to_string(), text: line.to_owned(), differs }
}

fn items<'a>(text: &'a str, ignored: &[Range<usize>]) -> Vec<Item<'a>> {
    let mut start = 0;
    let mut from = 0;
    text.split_inclusive('\n')
        .map(|line| {
            let span = start..start + line.len();
            start = span.end;
            while ignored.get(from).is_some_and(|range| range.end <= span.start) {
                from += 1;
            }
            let mut counts = line.to_owned();
            let over = ignored[from..].iter().take_while(|range| range.start < span.end);
            let over: Vec<Range<usize>> = over
                .filter(|range| range.end > span.start)
                .map(|range| range.start.max(span.start) - span.start..range.end.min(span.end) - span.start)
                .collect();
            for range in over.iter().rev() {
                if counts.is_char_boundary(range.start) && counts.is_char_boundary(range.end.min(counts.len())) {
                    counts.replace_range(range.start..range.end.min(counts.len()), "\0");
                }
            }
            Item { line, counts }
        })
        .collect()
}

/// A byte beside another, where there is one.
struct Pair {
    left: Option<usize>,
    right: Option<usize>,
    kind: Kind,
}

fn dump(
    (left, of_left): (&[u8], &[Range<usize>]),
    (right, of_right): (&[u8], &[Range<usize>]),
    comparison: &mut Comparison,
) {
    let (one, other) = (counting(left, of_left), counting(right, of_right));
    // Of the same length, it is values that differ, and they stand where they stood.
    let stretches = if one.len() == other.len() {
        by_place(&one, &other)
    } else {
        let alignment = align(&one, &other);
        if alignment.is_by_place {
            comparison.remark("there are too many bytes to find out what was put in: they are compared in their order");
        }
        alignment.stretches
    };
    let mut pairs = Vec::new();
    for stretch in stretches {
        match stretch {
            Stretch::Same(one, other) => pairs.extend(one.zip(other).map(|(of_left, of_right)| {
                let kind = if left[of_left] == right[of_right] { Kind::Same } else { Kind::Ignored };
                Pair { left: Some(of_left), right: Some(of_right), kind }
            })),
            Stretch::Differs(mut one, mut other) => loop {
                let (of_left, of_right) = (one.next(), other.next());
                let kind = match (of_left, of_right) {
                    (Some(_), Some(_)) => Kind::Changed,
                    (Some(_), None) => Kind::Left,
                    (None, Some(_)) => Kind::Right,
                    (None, None) => break,
                };
                pairs.push(Pair { left: of_left, right: of_right, kind });
            },
        }
    }
    comparison.rows.extend(pairs.chunks(A_ROW).map(|pairs| {
        let cell = |bytes: &[u8], of: fn(&Pair) -> Option<usize>| -> Option<Cell> {
            let first = pairs.iter().find_map(of)?;
            let mut text = vec![b' '; LETTERS + A_ROW];
            let mut differs = Vec::new();
            for (place, pair) in pairs.iter().enumerate() {
                let Some(byte) = of(pair).and_then(|at| bytes.get(at)) else { continue };
                let hex = place * BYTE..place * BYTE + 2;
                text[hex.clone()].copy_from_slice(format!("{byte:02x}").as_bytes());
                text[LETTERS + place] = if byte.is_ascii_graphic() || *byte == b' ' { *byte } else { b'.' };
                if pair.kind.differs() {
                    differs.extend([hex, LETTERS + place..LETTERS + place + 1]);
                }
            }
            differs.sort_by_key(|range| range.start);
            Some(Cell { label: format!("{first:03x}"), text: String::from_utf8_lossy(&text).into_owned(), differs })
        };
        let kinds = || pairs.iter().map(|pair| pair.kind);
        let kind = match kinds().find(|kind| kind.differs()) {
            None if kinds().any(|kind| kind == Kind::Ignored) => Kind::Ignored,
            None => Kind::Same,
            Some(first) if kinds().all(|kind| kind == first) => first,
            Some(_) => Kind::Changed,
        };
        Row { kind, left: cell(left, |pair| pair.left), right: cell(right, |pair| pair.right), field: "", depth: 0 }
    }));
}

/// The bytes, None for each that does not count.
fn counting(bytes: &[u8], ignored: &[Range<usize>]) -> Vec<Option<u8>> {
    let mut counting: Vec<Option<u8>> = bytes.iter().copied().map(Some).collect();
    for range in ignored {
        let end = range.end.min(counting.len());
        counting[range.start.min(end)..end].fill(None);
    }
    counting
}

//! The ladder as text: lines of 72 columns, so that they fit a mail, a comment or a slide.

use std::fmt::Write;

use super::{Cast, Lanes, Piece, Rung, delta, ordered};
use crate::model::{Timestamp, visible};

/// Columns of a line.
pub const WIDTH: usize = 72;

/// Columns of the time since the line before.
const DELTA: usize = 8;

/// The ladder. Lifelines for which there is no room are named below.
pub fn write(cast: &Cast, rungs: &[Rung]) -> String {
    let lanes = Lanes::new(cast, 0, WIDTH - DELTA - 1);
    let mut out = String::new();
    push(&mut out, "", &lanes.heading());
    let mut before: Option<Timestamp> = None;
    for line in ordered(rungs) {
        let delta = before.map_or_else(|| Some("0".to_owned()), |before| delta(before, line.at())).unwrap_or_default();
        before = Some(line.at());
        push(&mut out, &delta, &lanes.line(&line));
    }
    let names: Vec<&str> = lanes.out_of_sight().map(|line| line.name.as_str()).collect();
    if !names.is_empty() {
        let words = format!("without lifelines of their own: {}", names.join(", "));
        for line in visible::folded(&visible::escaped_hidden(&words), WIDTH) {
            let _ = writeln!(out, "{line}");
        }
    }
    out
}

fn push(out: &mut String, delta: &str, pieces: &[Piece]) {
    let line: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
    let _ = writeln!(out, "{}", format!("{delta:>DELTA$} {line}").trim_end());
}

//! `-z diff`: two frames, or two conversations, beside each other.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::super::drawing::MEMORY;
use super::frames::{Frames, Told};
use super::list;
use super::statistic::Compared;
use super::stats::Layout;
use super::{Failure, Telling};
use crate::app::world::{Reading, World};
use crate::diff::{Cell, Comparison, Ignored, Kind, Matter, Row, View};
use crate::model::{FlowId, Trouble, visible};
use crate::shell::ink::Inks;

/// Columns of a label at most: the longest names of fields are longer, and few.
const LABEL: usize = 32;

/// Compares two frames or conversations of what is read.
#[derive(Debug)]
pub struct Diff {
    frames: Frames,
    asked: Asked,
    layout: Layout,
    /// What became of it.
    outcome: Outcome,
    /// The frames as they were told, for those that leave memory.
    told: [Option<(Matter, String)>; 2],
}

/// What is compared, and how.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Frames or conversations.
    pub what: Compared,
    /// The number of each.
    pub numbers: [u64; 2],
    /// What of them.
    pub view: View,
    /// What is not to count.
    pub ignored: Ignored,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// They were not compared.
    NotThere(u64),
    Same,
    Differs,
}

impl Diff {
    /// Nothing read yet.
    pub fn new(asked: Asked, layout: Layout) -> Self {
        let frames = Frames::keeping(Reading::Decoded, MEMORY);
        let outcome = Outcome::NotThere(asked.numbers[0]);
        Self { frames, asked, layout, outcome, told: [None, None] }
    }

    fn side(&mut self, at: usize) -> Option<(Matter, String)> {
        let (world, number) = (self.frames.world(), self.asked.numbers[at]);
        match self.asked.what {
            // A message may have gone on since its first frame was told.
            Compared::Frames => frame(world, number).or_else(|| self.told[at].take()),
            Compared::Flows => {
                let flow = world.flow(FlowId(number))?;
                let (client, server) = world.end_names(flow);
                let title = format!("conversation {number}  {} {client} → {server}", flow.transport.name());
                Some((world.matter_of_flow(flow.id)?, title))
            }
        }
    }
}

fn frame(world: &World, number: u64) -> Option<(Matter, String)> {
    let title = list::Writer::new(Inks::Plain).line(world, world.log.frame(number)?);
    Some((world.matter(number)?, format!("frame {}", title.trim_start())))
}

fn keep(Told { world, frame: told, .. }: Told<'_>, asked: &Asked, kept: &mut [Option<(Matter, String)>; 2]) {
    if asked.what == Compared::Frames {
        for (number, kept) in asked.numbers.iter().zip(kept).filter(|(number, _)| **number == told.number) {
            *kept = frame(world, *number);
        }
    }
}

impl Telling for Diff {
    fn push(&mut self, bytes: &[u8], _: &mut dyn Write) -> io::Result<()> {
        let Self { frames, asked, told, .. } = self;
        frames.push(bytes, |now| keep(now, asked, told));
        Ok(())
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let Self { frames, asked, told, .. } = self;
        frames.finish(|now| keep(now, asked, told));
        let mut sides = Vec::new();
        for at in [0, 1] {
            let Some(side) = self.side(at) else {
                self.outcome = Outcome::NotThere(self.asked.numbers[at]);
                return Ok(());
            };
            sides.push(side);
        }
        let [(left, left_title), (right, right_title)] = sides.as_slice() else { return Ok(()) };
        let comparison = Comparison::of(left, right, self.asked.view, &self.asked.ignored);
        self.outcome = if comparison.differences() == 0 { Outcome::Same } else { Outcome::Differs };
        match self.layout {
            Layout::Tables => lines(&comparison, [left_title, right_title], out),
            Layout::Json => writeln!(out, "{}", object(&comparison, &self.asked)),
        }
    }

    fn trouble(&self) -> Option<&str> {
        self.frames.trouble()
    }

    fn undone(&self) -> Option<Failure> {
        match self.outcome {
            Outcome::Same => None,
            Outcome::Differs => Some(Failure::Differs),
            Outcome::NotThere(number) => {
                let (what, remedy) = match self.asked.what {
                    Compared::Frames => (format!("frame {number}"), "`wirelab read FILE` lists the frames"),
                    Compared::Flows => {
                        (format!("conversation {number}"), "`wirelab read FILE -T json` tells each frame's flow")
                    }
                };
                Some(Failure::Undone(Trouble::new("compare", what, "there is none of that number", remedy)))
            }
        }
    }
}

/// The rows as `diff -u` writes lines: what only the left one has behind `-`, the right one's behind `+`, what does not
/// count behind `.`.
fn lines(comparison: &Comparison, titles: [&String; 2], out: &mut dyn Write) -> io::Result<()> {
    for (sign, title) in ["---", "+++"].into_iter().zip(titles) {
        writeln!(out, "{sign} {title}")?;
    }
    for remark in &comparison.remarks {
        writeln!(out, "# {remark}")?;
    }
    let label = |cell: &Cell| cell.label.chars().count();
    let cells =
        || comparison.rows.iter().flat_map(|row| row.left.iter().chain(&row.right).map(move |cell| (row, cell)));
    let width = cells().map(|(row, cell)| 2 * row.depth + label(cell)).max().unwrap_or(0).min(LABEL);
    for row in &comparison.rows {
        let signs = match row.kind {
            Kind::Same | Kind::Heading => [" ", ""],
            Kind::Ignored => [".", "."],
            Kind::Changed | Kind::Left | Kind::Right => ["-", "+"],
        };
        for (sign, cell) in signs.into_iter().zip([&row.left, &row.right]) {
            let Some(cell) = cell.as_ref().filter(|_| !sign.is_empty()) else { continue };
            if row.kind == Kind::Heading {
                writeln!(out, "{}", cell.text)?;
                continue;
            }
            let label = format!("{}{}", "  ".repeat(row.depth), cell.label);
            let line = format!("{sign} {label:<width$}  {}", visible::escaped(cell.text.as_bytes()));
            writeln!(out, "{}", line.trim_end())?;
        }
    }
    let (differ, alike, ignored) = (comparison.differences(), comparison.alike(), comparison.ignored());
    let ignored = if ignored > 0 { format!(", {ignored} ignored") } else { String::new() };
    match differ {
        0 => writeln!(out, "the same: {alike} alike{ignored}"),
        1 => writeln!(out, "1 differs, {alike} alike{ignored}"),
        _ => writeln!(out, "{differ} differ, {alike} alike{ignored}"),
    }
}

fn object(comparison: &Comparison, asked: &Asked) -> Value {
    let rows = comparison.rows.iter().map(|row| {
        let Row { kind, left, right, field, .. } = row;
        let mut told = Map::from_iter([("kind".to_owned(), json!(kind.name()))]);
        if !field.is_empty() {
            told.insert("field".into(), json!(field));
        }
        for (name, cell) in [("left", left), ("right", right)] {
            if let Some(Cell { label, text, .. }) = cell {
                if field.is_empty() && !label.is_empty() {
                    told.insert(format!("{name}_at"), json!(label));
                }
                told.insert(name.into(), json!(text));
            }
        }
        Value::Object(told)
    });
    let what = match asked.what {
        Compared::Frames => "frames",
        Compared::Flows => "flows",
    };
    json!({
        what: asked.numbers, "same": comparison.differences() == 0, "differ": comparison.differences(),
        "alike": comparison.alike(), "ignored": comparison.ignored(), "remarks": comparison.remarks,
        "rows": rows.collect::<Vec<_>>(),
    })
}

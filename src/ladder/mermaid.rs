//! The ladder as Mermaid's `sequenceDiagram` (<https://mermaid.js.org/syntax/sequenceDiagram.html>), which many
//! wikis and README files draw.

use std::fmt::Write;

use super::{Act, Arrow, Cast, End, Fate, Gravity, Line, Rung, Sender, ordered};
use crate::model::visible;

/// The most letters of a message; Mermaid does not break lines.
const LONGEST: usize = 60;

/// The diagram.
pub fn write(cast: &Cast, rungs: &[Rung]) -> String {
    let mut out = String::from("sequenceDiagram\n");
    for (place, line) in cast.lines().iter().enumerate() {
        let _ = writeln!(out, "    participant p{place} as {}", words(&line.name));
    }
    for line in ordered(rungs) {
        match line {
            Line::Whole(rung) | Line::Leaves(rung) => {
                if let Some(told) = statement(cast, rung) {
                    let _ = writeln!(out, "    {told}");
                }
            }
            // It knows no slanted arrows: that something arrived late is noted where it did.
            Line::Arrives(rung) => {
                let to = match &rung.act {
                    Act::Arrow(arrow) => name(cast, &arrow.to),
                    Act::Aside(_) => None,
                };
                if let Some(to) = to {
                    let _ = writeln!(out, "    Note over {to}: {} arrives", rung.frame);
                }
            }
        }
    }
    out
}

fn statement(cast: &Cast, rung: &Rung) -> Option<String> {
    let mut said = rung.words.clone();
    if !rung.remarks.is_empty() {
        said = format!("{said} ({})", rung.remarks.join(", "));
    }
    let said = words(&said);
    Some(match &rung.act {
        Act::Arrow(Arrow { from, to, via, by, fate, .. }) => {
            let (from, to) = (name(cast, from)?, name(cast, to)?);
            let line = match by {
                Sender::Program => "-",
                Sender::System => "--",
            };
            let via = via.as_ref().and_then(|via| name(cast, via));
            match (fate, via) {
                (Fate::Arrives, None) => format!("{from}{line}>>{to}: {said}"),
                (Fate::Arrives, Some(via)) => format!("{from}{line}>>{via}: {said}\n    {via}{line}>>{to}: {said}"),
                (Fate::LostThere, Some(via)) => format!("{from}{line}>>{via}: {said}\n    {via}{line}x{to}: lost"),
                (Fate::LostThere | Fate::LostAtOnce, _) => format!("{from}{line}x{to}: {said}"),
            }
        }
        Act::Aside(aside) => {
            let sign = match aside.gravity {
                Gravity::Plain => "",
                Gravity::Bad => "✗ ",
            };
            if let Some(over) = name(cast, &aside.end) {
                format!("Note over {over}: {sign}{said}")
            } else {
                cast.lines().first()?;
                format!("Note over p0: {sign}{}: {said}", words(&aside.name))
            }
        }
    })
}

fn name(cast: &Cast, end: &End) -> Option<String> {
    cast.place(end).map(|place| format!("p{place}"))
}

/// Words that Mermaid takes for nothing else: no statement ends in them, and no entity or tag begins.
fn words(text: &str) -> String {
    let shown = visible::joined(&visible::text(text, LONGEST));
    let mut out = String::with_capacity(shown.len());
    for letter in shown.chars() {
        match letter {
            '#' | ';' | '<' | '>' | '&' | '"' | '%' | '\\' | '`' | '{' | '}' | '$' | '*' | '_' | '~' => {
                let _ = write!(out, "#{};", u32::from(letter));
            }
            _ => out.push(letter),
        }
    }
    // A message may not be empty.
    if out.trim().is_empty() { "#8203;".to_owned() } else { out }
}

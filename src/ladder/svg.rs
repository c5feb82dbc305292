//! The ladder as a picture (SVG 1.1): it stands by itself, names its fonts, and follows light and dark.

use std::fmt::Write;

use super::{Act, Arrow, Cast, Fate, Gravity, Line, Rung, Sender, delta, ordered};
use crate::model::visible;

/// Pixels from one lifeline to the next, at least and at most: few stand further apart, so that their words fit.
const NARROW_LANE: usize = 190;
const WIDE_LANE: usize = 420;

/// Pixels that lanes fill, if there are few.
const PAGE: usize = 960;

/// Pixels of a letter, and of the two ends of an arrow where none stands.
const LETTER: usize = 8;
const ENDS: usize = 30;

/// Pixels from one line to the next, and around all.
const LINE: usize = 26;
const MARGIN: usize = 24;

/// Pixels of the times at the left, and of the names above.
const TIMES: usize = 84;
const HEAD: usize = 54;

/// How far an arrow falls at most that took its time and nothing crossed it, pixels.
const FALL: usize = 10;

/// Letters of the words of an arrow that are shown at least, whatever was done to it.
const LEAST_WORDS: usize = 9;

/// How it looks; dark where the reader's screen is.
const STYLE: &str = "\
text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:#1f2937;paint-order:stroke;stroke:#ffffff;stroke-width:4px}\
.back{fill:#ffffff}.name{font-weight:600;text-anchor:middle}.box{fill:#eef2f7;stroke:#94a3b8}\
.life{stroke:#94a3b8;stroke-dasharray:3 4}.time{fill:#64748b;text-anchor:end}\
.words{text-anchor:middle}.ask{stroke:#0f766e;fill:#0f766e}.answer{stroke:#7c3aed;fill:#7c3aed}\
.unseen{stroke:#94a3b8;fill:#94a3b8;stroke-dasharray:4 4}.unseen-words{fill:#64748b;text-anchor:middle}\
.bad{stroke:#b91c1c;fill:#b91c1c}.bad-words{fill:#b91c1c}.remark{fill:#b45309}.aside{fill:#64748b}\
@media (prefers-color-scheme:dark){text{fill:#e5e7eb;stroke:#111827}.back{fill:#111827}.box{fill:#1f2937;stroke:#64748b}\
.ask{stroke:#2dd4bf;fill:#2dd4bf}.answer{stroke:#a78bfa;fill:#a78bfa}.bad{stroke:#f87171;fill:#f87171}\
.bad-words{fill:#f87171}.remark{fill:#fbbf24}.time,.aside,.unseen-words{fill:#9ca3af}}";

/// The picture.
pub fn write(cast: &Cast, rungs: &[Rung]) -> String {
    let lines = ordered(rungs);
    let count = cast.lines().len().max(1);
    let lane = (PAGE / count).clamp(NARROW_LANE, WIDE_LANE);
    let width = TIMES + 2 * MARGIN + count * lane;
    let height = HEAD + 2 * MARGIN + (lines.len() + 1) * LINE;
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\"><title>Ladder of {} frames</title><style>{STYLE}</style>\
         <rect class=\"back\" width=\"{width}\" height=\"{height}\"/>",
        rungs.iter().map(|rung| rung.frame).collect::<std::collections::BTreeSet<_>>().len()
    );
    for (place, line) in cast.lines().iter().enumerate() {
        let x = column(place, lane);
        let bottom = height - MARGIN;
        let _ = writeln!(
            out,
            "<line class=\"life\" x1=\"{x}\" y1=\"{top}\" x2=\"{x}\" y2=\"{bottom}\"/>\
             <rect class=\"box\" x=\"{left}\" y=\"{MARGIN}\" width=\"{wide}\" height=\"30\" rx=\"5\"/>\
             <text class=\"name\" x=\"{x}\" y=\"{text}\">{name}</text>",
            top = MARGIN + 30,
            left = x - lane / 2 + 8,
            wide = lane - 16,
            text = MARGIN + 20,
            name = words(&line.name, (lane - ENDS) / LETTER),
        );
    }
    Picture { cast, lane, width, lines: &lines, out: &mut out }.draw();
    out.push_str("</svg>\n");
    out
}

/// The column of a lifeline's middle.
fn column(place: usize, lane: usize) -> usize {
    TIMES + MARGIN + place * lane + lane / 2
}

fn row(line: usize) -> usize {
    HEAD + MARGIN + (line + 1) * LINE
}

struct Picture<'a> {
    cast: &'a Cast,
    lane: usize,
    width: usize,
    lines: &'a [Line<&'a Rung>],
    out: &'a mut String,
}

impl Picture<'_> {
    fn draw(mut self) {
        let mut before = None;
        for (number, line) in self.lines.iter().enumerate() {
            let delta = before.map_or_else(|| Some("0".to_owned()), |before| delta(before, line.at()));
            if let Some(delta) = delta {
                self.time(number, &delta);
            }
            before = Some(line.at());
            match line {
                Line::Whole(rung) => self.rung(rung, row(number), None),
                Line::Leaves(rung) => {
                    let end = self.lines.iter().skip(number).position(
                        |later| matches!(later, Line::Arrives(other) if other.frame == rung.frame && other.at == rung.at),
                    );
                    self.rung(rung, row(number), end.map(|further| row(number + further)));
                }
                Line::Arrives(_) => {}
            }
        }
    }

    fn time(&mut self, line: usize, words: &str) {
        let (x, y) = (TIMES, row(line) + 4);
        let _ = writeln!(self.out, "<text class=\"time\" x=\"{x}\" y=\"{y}\">{words}</text>");
    }

    fn rung(&mut self, rung: &Rung, y: usize, arrives: Option<usize>) {
        match &rung.act {
            Act::Aside(aside) => {
                let class = match aside.gravity {
                    Gravity::Plain => "aside",
                    Gravity::Bad => "bad-words",
                };
                match self.cast.place(&aside.end) {
                    Some(place) => self.aside(place, y, class, &rung.words),
                    None => self.aside(0, y, class, &format!("{}: {}", aside.name, rung.words)),
                }
            }
            Act::Arrow(arrow) => {
                let (from, to) = (self.cast.place(&arrow.from), self.cast.place(&arrow.to));
                if let (Some(from), Some(to)) = (from, to) {
                    self.arrow(rung, arrow, (column(from, self.lane), column(to, self.lane)), (y, arrives));
                }
            }
        }
    }

    fn aside(&mut self, place: usize, y: usize, class: &str, said: &str) {
        let x = column(place, self.lane);
        let is_left_half = place * 2 < self.cast.lines().len();
        let (start, anchor, room) =
            if is_left_half { (x + 10, "start", self.width - x - MARGIN) } else { (x - 10, "end", x - TIMES - MARGIN) };
        let said = words(said, room / LETTER);
        let _ = writeln!(
            self.out,
            "<circle class=\"unseen\" cx=\"{x}\" cy=\"{y}\" r=\"3\"/>\
             <text class=\"{class}\" x=\"{start}\" y=\"{text}\" text-anchor=\"{anchor}\">{said}</text>",
            text = y + 4,
        );
    }

    fn arrow(&mut self, rung: &Rung, arrow: &Arrow, (from, to): (usize, usize), (y, arrives): (usize, Option<usize>)) {
        let is_right = from < to;
        let class = match (arrow.by, is_right) {
            (Sender::System, _) => "unseen",
            (Sender::Program, true) => "ask",
            (Sender::Program, false) => "answer",
        };
        let took_time = arrow.arrived.is_some_and(|arrived| arrived > rung.at);
        let below = arrives.unwrap_or(if took_time { y + FALL } else { y });
        let via = arrow.via.as_ref().and_then(|via| self.cast.place(via)).map(|place| column(place, self.lane));
        let (end_x, end_y) = match (arrow.fate, via) {
            (Fate::Arrives, _) | (Fate::LostThere, None) => (to, below),
            (Fate::LostThere, Some(via)) => (usize::midpoint(via, to), y),
            (Fate::LostAtOnce, _) => (if is_right { from + self.lane / 6 } else { from - self.lane / 6 }, y),
        };
        let _ = writeln!(
            self.out,
            "<line class=\"{class}\" x1=\"{from}\" y1=\"{y}\" x2=\"{end_x}\" y2=\"{end_y}\" stroke-width=\"1.5\"/>"
        );
        if arrow.fate == Fate::Arrives {
            let back = if is_right { end_x - 9 } else { end_x + 9 };
            let (up, down) = (end_y - 4, end_y + 4);
            let _ = writeln!(
                self.out,
                "<polygon class=\"{class}\" stroke-dasharray=\"none\" points=\"{end_x},{end_y} {back},{up} {back},{down}\"/>"
            );
        } else {
            let (left, right, up, down) = (end_x - 5, end_x + 5, end_y - 5, end_y + 5);
            let _ = writeln!(
                self.out,
                "<path class=\"bad\" stroke-width=\"2\" d=\"M{left} {up}L{right} {down}M{left} {down}L{right} {up}\"/>"
            );
        }
        let class = match (arrow.fate, arrow.by) {
            (Fate::LostThere | Fate::LostAtOnce, _) => "words bad-words",
            (Fate::Arrives, Sender::System) => "unseen-words",
            (Fate::Arrives, Sender::Program) => "words",
        };
        let x = usize::midpoint(from, to);
        let room = from.abs_diff(to).saturating_sub(ENDS) / LETTER;
        let remarks = rung.remarks.join(", ");
        let least = visible::columns(&visible::text(&rung.words, LEAST_WORDS));
        let remarks = visible::text(&remarks, room.saturating_sub(least + 1));
        let said = words(&rung.words, room.saturating_sub(visible::columns(&remarks) + 1));
        let remarks = words(&visible::joined(&remarks), room);
        let gap = if remarks.is_empty() || said.is_empty() { "" } else { " " };
        let _ = writeln!(
            self.out,
            "<text class=\"{class}\" x=\"{x}\" y=\"{text}\">{said}{gap}<tspan class=\"remark\">{remarks}</tspan></text>",
            text = usize::midpoint(y, end_y) - 5,
        );
    }
}

/// Words as XML has them: signs that would act are spelled out, those of XML are entities.
fn words(text: &str, most: usize) -> String {
    let shown = visible::joined(&visible::text(text, most));
    let mut out = String::with_capacity(shown.len());
    for letter in shown.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_cannot_end_the_element_they_are_in() {
        assert_eq!(words("</text><script>&\"\u{1b}[2J", 60), "&lt;/text&gt;&lt;script&gt;&amp;&quot;\\e[2J");
    }

    #[test]
    fn a_ladder_of_nothing_is_a_picture_all_the_same() {
        let cast = Cast::default();
        let picture = write(&cast, &[]);
        assert!(picture.starts_with("<svg") && picture.ends_with("</svg>\n"), "{picture}");
    }
}

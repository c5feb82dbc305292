//! Makes the README's tour from the real program: `cargo test --test tour -- --ignored`.
//!
//! Keys go in as somebody would press them, and the screen is taken whenever it is to be seen. So the tour is the same
//! each time but for clock times and ports, and takes as long as its script says, however fast the machine is.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

#[path = "support/pty.rs"]
#[expect(dead_code, reason = "shared with tests of what the terminal is left as")]
mod pty;
#[path = "support/svg.rs"]
#[expect(dead_code, reason = "shared with the picture, which is of one screen")]
mod svg;

use pty::{Program, Pty};
use tempfile::TempDir;

/// Columns and rows: two columns of panes, and room for keys and caption.
const SIZE: (u16, u16) = (112, 34);

/// The most bytes of each file, so that the README stays light.
const CAST_LIMIT: usize = 300_000;
const SVG_LIMIT: usize = 500_000;

/// Seconds between two letters that are typed, and two presses of a key.
const LETTER: f64 = 0.12;
const PRESS: f64 = 0.7;

/// A screen, and how many seconds it is seen.
struct Scene {
    screen: vt100::Screen,
    seconds: f64,
}

/// The program, and what of it was taken so far.
struct Tour {
    pty: Pty,
    scenes: Vec<Scene>,
}

impl Tour {
    /// Says what is being shown. How that is typed is not part of the tour.
    fn say(&mut self, caption: &str) {
        // The caption before goes away first.
        self.pty.keys(if self.scenes.is_empty() { "C" } else { "CC" });
        self.pty.wait_for(": caption");
        self.pty.keys(caption);
        self.pty.keys("\r");
        self.pty.wait_for_no(": caption");
        self.pty.wait_for(caption.split(". ").next().unwrap_or(caption));
    }

    /// Shows the screen for so many seconds once this is on it.
    fn show(&mut self, text: &str, seconds: f64) {
        self.pty.wait_for(text);
        let screen = self.pty.screen().clone();
        self.scenes.push(Scene { screen, seconds });
    }

    /// Presses keys and shows what becomes of it.
    fn press(&mut self, keys: &str, text: &str, seconds: f64) {
        self.pty.keys(keys);
        self.show(text, seconds);
    }

    /// Types a text letter by letter.
    fn write(&mut self, text: &str, before: &str) {
        for (at, letter) in text.char_indices() {
            let typed = format!("{before}{}", &text[..at + letter.len_utf8()]);
            self.press(&letter.to_string(), typed.trim_end(), LETTER);
        }
    }
}

fn toured() -> Vec<Scene> {
    let home = TempDir::new().expect("a folder");
    let mut program = Program::wirelab().arg("--present").env("HOME", home.path());
    for name in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"] {
        program = program.env(name, home.path());
    }
    let mut pty = program.start(SIZE.0, SIZE.1);
    pty.wait_for("● http");
    pty.keys("\x1b");
    pty.wait_for("t target");
    let mut tour = Tour { pty, scenes: Vec::new() };
    tour.say("A lab is running: a TCP and a UDP echo, and a web site. Enter says hello");
    tour.press("i", "esc more keys", 3.0);
    tour.write("Good day", "› ");
    tour.press("\r", "↤ Good day", 2.5);
    tour.press("\x1b", "t target", 0.3);
    tour.say("Each step is a row: socket(), connect(), accept(), and every byte with its time");
    tour.press("4", "o this flow", 3.5);
    tour.say("The same as a ladder: who said what to whom, from the handshake on");
    tour.press("]", "[ladder]", 3.0);
    tour.say("One conversation as a stream, both ends in their colours. As text, escaped, as hex");
    tour.press("]", "[stream]", 2.0);
    tour.press("v", "as escaped", 1.2);
    tour.press("v", "as hex", 2.5);
    tour.press("]", "[list]", 0.3);
    tour.say("A request over HTTP: the answer here, its packets in the traffic");
    tour.press("3", "esc more keys", 1.0);
    tour.press("\r", "200 OK", 3.0);
    tour.press("\x1b", "m method", 0.3);
    tour.say("Every field knows its bytes");
    tour.press("4", "o this flow", PRESS);
    while !tour.pty.text().lines().any(|row| row.contains('▸') && row.contains("GET /")) {
        let before = tour.pty.text();
        tour.pty.keys("k");
        tour.pty.wait_until("another row", |pty| pty.text() != before);
        tour.show("o this flow", LETTER);
    }
    tour.press("\r", "fields/bytes", PRESS);
    for field in ["request", "method", "uri", "version", "line"] {
        tour.press("j", field, PRESS);
    }
    tour.say("Whatever can be done is a few letters away");
    tour.press("\x10", "a few letters of what you want to do", 1.0);
    tour.write("reset", "› ");
    tour.show("RST", 2.5);
    tour.press("\x1b", "fields/bytes", 0.3);
    tour.say("cargo run --release");
    tour.show("cargo run --release", 3.0);
    tour.pty.keys("\x03");
    tour.pty.wait_for_change();
    tour.scenes
}

#[test]
#[ignore = "writes assets/tour.cast and assets/tour.svg anew; run it when the screen has changed"]
fn the_readme_s_tour_is_made_from_the_real_program() {
    let scenes = toured();
    let seconds: f64 = scenes.iter().map(|scene| scene.seconds).sum();
    assert!((25.0..=45.0).contains(&seconds), "{seconds} seconds");
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    for (name, text, limit) in [("tour.cast", cast(&scenes), CAST_LIMIT), ("tour.svg", film(&scenes), SVG_LIMIT)] {
        assert!(text.len() <= limit, "{name} has {} bytes", text.len());
        fs::write(assets.join(name), text).expect("it can be written");
    }
}

/// The tour as asciinema plays it (asciicast v2).
fn cast(scenes: &[Scene]) -> String {
    let header = serde_json::json!({
        "version": 2, "width": SIZE.0, "height": SIZE.1, "title": "wirelab", "env": {"TERM": "xterm-256color"},
    });
    let mut out = format!("{header}\n");
    let mut at = 0.0;
    let mut before: Option<&vt100::Screen> = None;
    for Scene { screen, seconds } in scenes {
        let bytes = before.map_or_else(|| screen.contents_formatted(), |before| screen.contents_diff(before));
        let _ = writeln!(out, "{}", serde_json::json!([at, "o", bytes]));
        at += seconds;
        before = Some(screen);
    }
    // The last screen is seen as long as the others.
    let _ = writeln!(out, "{}", serde_json::json!([at, "o", ""]));
    out
}

/// A row as it is drawn, and from which scene to which it is seen so.
type Seen = Vec<(usize, usize)>;

/// The tour as a picture that moves: each row that is ever seen is drawn once, and shown while it is.
fn film(scenes: &[Scene]) -> String {
    let mut rows: BTreeMap<(u16, String), Seen> = BTreeMap::new();
    for (at, scene) in scenes.iter().enumerate() {
        for row in 0..SIZE.1 {
            let seen = rows.entry((row, svg::row(&scene.screen, row))).or_default();
            match seen.last_mut().filter(|(_, end)| *end == at) {
                Some((_, end)) => *end = at + 1,
                None => seen.push((at, at + 1)),
            }
        }
    }
    let mut classes: BTreeMap<Seen, usize> = BTreeMap::new();
    let mut body = String::new();
    for ((row, drawn), seen) in rows.iter().filter(|((_, drawn), _)| !drawn.is_empty()) {
        let place = format!("transform=\"translate(0 {:.0})\"", svg::top(*row));
        let class = if *seen == [(0, scenes.len())] {
            String::new()
        } else {
            let next = classes.len();
            format!(" class=\"r k{}\"", classes.entry(seen.clone()).or_insert(next))
        };
        let _ = writeln!(body, "<g {place}{class}>{drawn}</g>");
    }
    svg::head((SIZE.1, SIZE.0), &style_sheet(scenes, &classes)) + &body + "</g>\n</svg>\n"
}

/// When each class of rows is seen. Where nothing moves, the last scene is.
fn style_sheet(scenes: &[Scene], classes: &BTreeMap<Seen, usize>) -> String {
    let total: f64 = scenes.iter().map(|scene| scene.seconds).sum();
    let begins = |scene: usize| scenes[..scene].iter().map(|scene| scene.seconds).sum::<f64>() / total * 100.0;
    let mut style = format!("<style>.r{{visibility:hidden;animation:{total:.1}s step-end infinite}}\n");
    for (seen, class) in classes {
        let last = seen.last().is_some_and(|(_, end)| *end == scenes.len());
        let still = if last { ";visibility:visible" } else { "" };
        let _ =
            write!(style, ".k{class}{{animation-name:a{class}{still}}}@keyframes a{class}{{0%{{visibility:hidden}}");
        for (from, to) in seen {
            let _ = write!(style, "{:.2}%{{visibility:visible}}", begins(*from));
            if *to < scenes.len() {
                let _ = write!(style, "{:.2}%{{visibility:hidden}}", begins(*to));
            }
        }
        style.push_str("}\n");
    }
    style + "</style>\n"
}

#[test]
fn the_readme_s_tour_is_small_enough_to_be_shown() {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    for (name, limit) in [("tour.cast", CAST_LIMIT), ("tour.svg", SVG_LIMIT)] {
        let size = fs::metadata(assets.join(name)).expect("it is there").len();
        assert!(size > 0 && size <= limit as u64, "{name} has {size} bytes");
    }
}

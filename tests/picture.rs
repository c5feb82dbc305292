//! Makes the README's picture from the real program: `cargo test --test picture -- --ignored`.

use std::fmt::Write as _;
use std::path::Path;

#[path = "support/pty.rs"]
#[expect(dead_code, reason = "shared with tests of what the terminal is left as")]
mod pty;

use pty::Program;

/// Columns and rows of the picture.
const SIZE: (u16, u16) = (120, 36);

/// A cell in the picture's units, and the frame around the screen.
const CELL: (f64, f64) = (8.4, 18.0);
const EDGE: f64 = 16.0;

const BACKGROUND: &str = "#15181c";
const TEXT: &str = "#d5d9de";

#[test]
#[ignore = "writes assets/screen.svg anew; run it when the screen has changed"]
fn the_readme_s_picture_is_made_from_the_real_program() {
    let mut pty = Program::wirelab().start(SIZE.0, SIZE.1);
    pty.wait_for("● http");
    pty.keys("\r");
    pty.wait_for("↤ hello");
    pty.keys("\t\r");
    pty.wait_for("200 OK");
    pty.keys("\x1b");
    pty.wait_for("m method");
    pty.keys("4kkkk");
    pty.wait_for("127.0.0.1:8…");
    pty.keys("\r");
    pty.wait_for("fields/bytes");
    pty.keys("jjj");
    pty.wait_for("http.request.uri");
    let picture = svg(pty.screen());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/screen.svg");
    std::fs::write(path, picture).expect("the picture can be written");
    pty.keys("\x03");
    pty.wait_for_change();
}

/// The screen, each run of cells in one style at its own place, so that no font can shift a column.
fn svg(screen: &vt100::Screen) -> String {
    let (width, height) = (f64::from(SIZE.0) * CELL.0 + 2.0 * EDGE, f64::from(SIZE.1) * CELL.1 + 2.0 * EDGE);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\">\n\
         <title>wirelab in a terminal</title>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n\
         <g font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"14\" xml:space=\"preserve\">\n"
    );
    for row in 0..SIZE.1 {
        let mut column = 0;
        while column < SIZE.0 {
            column = run(screen, row, column, &mut out);
        }
    }
    out + "</g>\n</svg>\n"
}

/// Draws the cells from `column` on that have one style; gives the column after them.
fn run(screen: &vt100::Screen, row: u16, column: u16, out: &mut String) -> u16 {
    let style = |column| {
        let cell = screen.cell(row, column)?;
        Some((cell.fgcolor(), cell.bgcolor(), cell.bold(), cell.inverse()))
    };
    let Some(first) = style(column) else { return column + 1 };
    let mut text = String::new();
    let mut end = column;
    while end < SIZE.0 && style(end) == Some(first) {
        let contents = screen.cell(row, end).map_or("", vt100::Cell::contents);
        text.push_str(if contents.is_empty() { " " } else { contents });
        end += 1;
    }
    let (x, y) = (EDGE + f64::from(column) * CELL.0, EDGE + f64::from(row) * CELL.1);
    let (foreground, background, bold, inverse) = first;
    let (mut ink, mut paper) = (colour(foreground), colour(background));
    if inverse {
        (ink, paper) = (Some(paper.unwrap_or_else(|| BACKGROUND.into())), Some(ink.unwrap_or_else(|| TEXT.into())));
    }
    if let Some(paper) = paper {
        let width = f64::from(end - column) * CELL.0;
        let _ = writeln!(
            out,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{}\" fill=\"{paper}\"/>",
            CELL.1
        );
    }
    let trimmed = text.trim_end();
    let lead = trimmed.len() - trimmed.trim_start().len();
    if !trimmed.trim_start().is_empty() {
        let x = x + lead as f64 * CELL.0;
        let letters = trimmed.trim_start();
        let length = letters.chars().count() as f64 * CELL.0;
        let ink = ink.unwrap_or_else(|| TEXT.into());
        let weight = if bold { " font-weight=\"bold\"" } else { "" };
        let escaped = letters.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let baseline = y + CELL.1 * 0.75;
        let _ = writeln!(
            out,
            "<text x=\"{x:.1}\" y=\"{baseline:.1}\" textLength=\"{length:.1}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{ink}\"{weight}>{escaped}</text>"
        );
    }
    end
}

fn colour(colour: vt100::Color) -> Option<String> {
    match colour {
        vt100::Color::Default => None,
        vt100::Color::Rgb(red, green, blue) => Some(format!("#{red:02x}{green:02x}{blue:02x}")),
        vt100::Color::Idx(index) => Some(indexed(index)),
    }
}

/// The colours of xterm's 256, but for the first sixteen, which the program does not use.
fn indexed(index: u8) -> String {
    match index {
        0..16 => TEXT.to_owned(),
        16..232 => {
            let cube = index - 16;
            let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
            format!("#{:02x}{:02x}{:02x}", level(cube / 36), level(cube / 6 % 6), level(cube % 6))
        }
        232..=255 => {
            let grey = 8 + 10 * (index - 232);
            format!("#{grey:02x}{grey:02x}{grey:02x}")
        }
    }
}

//! A terminal's screen as a picture (SVG), row by row.

use std::fmt::Write as _;

/// A cell in the picture's units, and the frame around the screen.
const CELL: (f64, f64) = (8.4, 18.0);
const EDGE: f64 = 16.0;

const BACKGROUND: &str = "#15181c";
const TEXT: &str = "#d5d9de";

/// The screen, each run of cells in one style at its own place, so that no font can shift a column.
pub fn picture(screen: &vt100::Screen) -> String {
    let mut out = head(size(screen), "");
    for at in 0..size(screen).0 {
        let _ = writeln!(out, "<g transform=\"translate(0 {:.0})\">{}</g>", top(at), row(screen, at));
    }
    out + "</g>\n</svg>\n"
}

fn size(screen: &vt100::Screen) -> (u16, u16) {
    let (rows, columns) = screen.size();
    (rows.get(), columns.get())
}

/// All before the rows: the frame around the screen, and a style sheet.
pub fn head((rows, columns): (u16, u16), style: &str) -> String {
    let (width, height) = (f64::from(columns) * CELL.0 + 2.0 * EDGE, f64::from(rows) * CELL.1 + 2.0 * EDGE);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\">\n\
         <title>wirelab in a terminal</title>\n{style}\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n\
         <g font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"14\" xml:space=\"preserve\" fill=\"{TEXT}\">\n"
    )
}

/// Where a row begins, from the top.
pub fn top(row: u16) -> f64 {
    EDGE + f64::from(row) * CELL.1
}

/// One row of the screen, as if it were the first.
pub fn row(screen: &vt100::Screen, row: u16) -> String {
    let mut out = String::new();
    let mut column = 0;
    while column < size(screen).1 {
        column = run(screen, row, column, &mut out);
    }
    out
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
    while end < size(screen).1 && style(end) == Some(first) {
        let contents = screen.cell(row, end).map_or("", vt100::Cell::contents);
        text.push_str(if contents.is_empty() { " " } else { contents });
        end += 1;
    }
    let x = EDGE + f64::from(column) * CELL.0;
    let (foreground, background, bold, inverse) = first;
    let (mut ink, mut paper) = (colour(foreground), colour(background));
    if inverse {
        (ink, paper) = (Some(paper.unwrap_or_else(|| BACKGROUND.into())), Some(ink.unwrap_or_else(|| TEXT.into())));
    }
    if let Some(paper) = paper {
        let width = f64::from(end - column) * CELL.0;
        let _ = write!(out, "<rect x=\"{x:.1}\" width=\"{width:.1}\" height=\"{}\" fill=\"{paper}\"/>", CELL.1);
    }
    let trimmed = text.trim_end();
    let lead = trimmed.len() - trimmed.trim_start().len();
    if !trimmed.trim_start().is_empty() {
        let x = x + lead as f64 * CELL.0;
        let letters = trimmed.trim_start();
        let length = letters.chars().count() as f64 * CELL.0;
        let ink = ink.map_or(String::new(), |ink| format!(" fill=\"{ink}\""));
        let weight = if bold { " font-weight=\"bold\"" } else { "" };
        let escaped = letters.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let baseline = CELL.1 * 0.75;
        let _ = write!(
            out,
            "<text x=\"{x:.1}\" y=\"{baseline:.1}\" textLength=\"{length:.1}\" lengthAdjust=\"spacingAndGlyphs\"{ink}{weight}>{escaped}</text>"
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

//! What a room is shown: the keys pressed, a caption, and a theme that can be read from the last row.

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Block;

use super::part::cut;
use super::theme::Theme;
use super::{Canvas, rows};
use crate::app::State;
use crate::app::present::Stroke;
use crate::model::visible;

/// The least rows that leave room for keys and caption.
const ROOM_FOR_BARS: u16 = 14;

/// The least rows that leave room for air around the caption.
const ROOM_FOR_AIR: u16 = 30;

/// Rows of a caption at most.
const CAPTION_ROWS: usize = 2;

/// Columns left free at either side of a caption.
const CAPTION_EDGE: u16 = 4;

/// How the screen is divided: the lab, and what is said of it.
pub struct Stage {
    /// Where the lab is drawn.
    pub lab: Rect,
    keys: Option<Rect>,
    caption: Option<(Rect, Vec<String>)>,
}

impl Stage {
    /// Divides the screen.
    pub fn of(state: &State, area: Rect) -> Self {
        let mut lab = area;
        if area.height < ROOM_FOR_BARS {
            return Self { lab, keys: None, caption: None };
        }
        let mut take = |height: u16| {
            lab.height -= height;
            Rect { y: lab.bottom(), height, ..lab }
        };
        let lines = caption_lines(&state.presenting.caption, area.width);
        let air = if area.height >= ROOM_FOR_AIR { 2 } else { 0 };
        let caption = (!lines.is_empty()).then(|| (take(lines.len() as u16 + air), lines));
        let keys = state.presenting.is_on().then(|| take(1));
        Self { lab, keys, caption }
    }

    /// Draws what is said of the lab.
    pub fn draw(&self, state: &State, canvas: &mut Canvas<'_, '_>) {
        if let Some(area) = self.keys {
            draw_keys(state, area, canvas);
        }
        if let Some((area, lines)) = &self.caption {
            draw_caption(lines, *area, canvas);
        }
    }
}

fn caption_lines(caption: &str, width: u16) -> Vec<String> {
    let columns = usize::from(width.saturating_sub(2 * CAPTION_EDGE));
    let mut lines = visible::folded(caption, columns);
    if lines.len() > CAPTION_ROWS {
        let rest = lines.split_off(CAPTION_ROWS - 1).join(" ");
        lines.push(cut(&rest, columns));
    }
    lines
}

fn draw_caption(lines: &[String], area: Rect, canvas: &mut Canvas<'_, '_>) {
    let style = canvas.theme.accent.add_modifier(Modifier::REVERSED | Modifier::BOLD);
    canvas.frame.render_widget(Block::new().style(style), area);
    let above = (area.height - lines.len() as u16) / 2;
    let text = Rect { y: area.y + above, ..area };
    for (row, line) in rows(text).zip(lines) {
        canvas.frame.render_widget(Line::styled(line.clone(), style).centered(), row);
    }
}

/// The strokes from the left, the newest last; of too many the oldest are left out.
fn draw_keys(state: &State, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let theme = canvas.theme;
    let cap = theme.accent.add_modifier(Modifier::REVERSED | Modifier::BOLD);
    let mut shown: Vec<Vec<Span<'static>>> = Vec::new();
    let mut room = usize::from(area.width).saturating_sub(1);
    for (age, stroke) in state.presenting.strokes().rev().enumerate() {
        // The newest is what the room looks for.
        let style = if age == 0 { theme.text.add_modifier(Modifier::BOLD) } else { theme.dim };
        let spans = stroke_spans(stroke, cap, style);
        let width: usize = spans.iter().map(Span::width).sum();
        if width > room {
            break;
        }
        room -= width;
        shown.push(spans);
    }
    if shown.is_empty() {
        shown.push(vec![Span::styled("the keys pressed are shown here", theme.dim)]);
    }
    let spans = std::iter::once(Span::raw(" ")).chain(shown.into_iter().rev().flatten());
    canvas.frame.render_widget(spans.collect::<Line<'_>>(), area);
}

fn stroke_spans(stroke: &Stroke, cap: Style, style: Style) -> Vec<Span<'static>> {
    match stroke {
        Stroke::Keys { keys, words, times } => {
            let times = if *times > 1 { format!(" ×{times}") } else { String::new() };
            vec![Span::styled(format!(" {keys} "), cap), Span::styled(format!(" {words}{times}    "), style)]
        }
        Stroke::Typed(text) => {
            let text = visible::joined(&visible::text(text, usize::MAX));
            vec![Span::styled(format!("“{}”    ", text.trim_start()), style)]
        }
    }
}

/// The theme with everything a step nearer to the eye: text is bold, what was dim is text.
pub fn louder(theme: &Theme) -> Theme {
    let bold = |style: Style| style.add_modifier(Modifier::BOLD);
    Theme {
        text: bold(theme.text),
        dim: theme.text,
        line: theme.dim,
        accent: bold(theme.accent),
        good: bold(theme.good),
        warn: bold(theme.warn),
        bad: bold(theme.bad),
        client: bold(theme.client),
        server: bold(theme.server),
        ..theme.clone()
    }
}

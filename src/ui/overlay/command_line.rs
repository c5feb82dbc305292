//! The command line, drawn at the bottom of the screen.

use ratatui::layout::Rect;
use ratatui::text::Span;
use ratatui::widgets::Clear;
use unicode_width::UnicodeWidthStr;

use super::super::part::{Keys, cut, field, put, scrolled};
use super::super::{Canvas, rows};
use super::hint_row;
use crate::app::State;
use crate::app::command;
use crate::app::command_line::CommandLine;
use crate::app::regions::Target;
use crate::app::scroll::Scrolled;
use crate::model::bar::Bar;

/// Offers the command line shows at once.
const OFFERS_SHOWN: usize = 10;

/// The command line at the bottom of the screen: offers above it, and what the command takes or what is wrong.
pub(super) fn command_line(state: &State, line: &CommandLine, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let theme = canvas.theme;
    let room = usize::from(area.height).saturating_sub(4);
    let shown = line.offers.len().min(OFFERS_SHOWN).min(room);
    let height = (shown + 3) as u16;
    let place = Rect { y: area.bottom().saturating_sub(height), height: height.min(area.height), ..area };
    canvas.frame.render_widget(Clear, place);
    canvas.regions.cover();
    canvas.regions.add(place, Target::Cover);
    let mut lines = rows(place);
    if let Some(row) = lines.next() {
        let rule = ratatui::symbols::line::HORIZONTAL.repeat(usize::from(row.width));
        put(canvas, row, vec![Span::styled(rule, theme.accent)]);
    }
    let list = Rect { y: place.y + 1, height: shown as u16, ..place };
    let top = state.tops.items.first(line.taken.unwrap_or(0), shown, line.offers.len());
    let list = scrolled(canvas, list, Scrolled::Items, Bar::of_rows(top, shown, line.offers.len()));
    canvas.regions.add(list, Target::Items(top));
    for (row, (at, offer)) in rows(list).zip(line.offers.iter().enumerate().skip(top)) {
        lines.next();
        let words = if line.slot() == 0 { command::named(offer).map_or("", |command| command.words) } else { "" };
        let name = cut(offer, usize::from(row.width) / 2);
        let blank = " ".repeat(26usize.saturating_sub(name.width()).max(2));
        let text = cut(words, usize::from(row.width).saturating_sub(name.width() + blank.len() + 4));
        let name = Span::styled(name, theme.text);
        put(canvas, row, vec![Span::raw("   "), name, Span::raw(blank), Span::styled(text, theme.dim)]);
        if line.taken == Some(at) {
            canvas.frame.buffer_mut().set_style(row, theme.chosen);
        }
    }
    if let Some(row) = lines.next() {
        let (words, style) = match (&line.problem, line.command()) {
            (Some(problem), _) => (problem.clone(), theme.bad),
            (None, Some(command)) => (format!("{}   {}", command.usage(), command.words), theme.dim),
            (None, None) => ("a command and what it takes, such as serve tcp://:7005 chat".into(), theme.dim),
        };
        put(
            canvas,
            row,
            vec![Span::styled(format!(" {}", cut(&words, usize::from(row.width).saturating_sub(2))), style)],
        );
    }
    if let Some(row) = lines.next() {
        put(canvas, row, vec![Span::styled(" : ", theme.accent)]);
        let place = Rect { x: row.x + 3, width: row.width.saturating_sub(3), ..row };
        field(canvas, place, &line.field, Keys::Here, theme.text);
        if line.field.text().is_empty() {
            let hints = [("finder-complete", "complete"), ("finder-up", "lines before"), ("finder-close", "close")];
            let place = Rect { x: place.x + 1, width: place.width.saturating_sub(1), ..place };
            hint_row(state, &hints, place, canvas);
        }
    }
}

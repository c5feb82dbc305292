//! The view: `render(&State, &Theme, frame)` draws the screen and says where it drew things.

mod chrome;
mod find;
mod layout;
mod overlay;
mod pane;
mod part;
mod present;
pub mod surroundings;
mod symbols;
pub mod theme;
pub mod widget;

pub use part::size_in_words;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};

use crate::app::State;
use crate::app::look::Symbols;
use crate::app::pane::PaneId;
use crate::app::regions::{Regions, Target};
use present::Stage;
use theme::Theme;

/// What a part of the view draws on and notes where it drew.
struct Canvas<'f, 'b> {
    frame: &'f mut Frame<'b>,
    theme: &'f Theme,
    symbols: Symbols,
    regions: &'f mut Regions,
}

/// The least rows that leave room for a footer below what lies over the panes.
const ROOM_FOR_FOOTER: u16 = 12;

/// Draws the whole screen as the state now is.
pub fn render(state: &State, theme: &Theme, frame: &mut Frame<'_>) -> Regions {
    let mut regions = Regions::default();
    let division = Stage::of(state, frame.area());
    let area = division.lab;
    let louder = state.presenting.is_on().then(|| present::louder(theme));
    let loud = louder.as_ref().unwrap_or(theme);
    let layout = layout::arrange(state, area);
    let mut canvas = Canvas { frame, theme: loud, symbols: state.look.symbols, regions: &mut regions };
    if let Some(area) = layout.header {
        chrome::header(state, area, &mut canvas);
    }
    for place in &layout.panes {
        canvas.regions.add(place.area, Target::Pane(place.pane));
        pane_in(state, place, &mut canvas);
    }
    layout::rule(&layout, &mut canvas);
    chrome::error(state, area, &mut canvas);
    // On a small screen what lies over the panes needs every row.
    let footer = layout.footer.filter(|_| state.overlay.is_none() || area.height >= ROOM_FOR_FOOTER);
    let above = footer.map_or(area, |footer| Rect { height: area.height - footer.height, ..area });
    overlay::draw(state, above, &mut canvas);
    overlay::continuations::draw(state, above, &mut canvas);
    if let Some(area) = footer {
        chrome::footer(state, area, &mut canvas);
    }
    division.draw(state, &mut Canvas { theme, ..canvas });
    lay_on_page(frame.buffer_mut(), theme.text);
    match state.look.symbols {
        Symbols::Lines => {}
        Symbols::Ascii => symbols::spell_out(frame.buffer_mut()),
    }
    regions
}

/// Gives cells that have no colour of their own those of the page.
fn lay_on_page(buffer: &mut Buffer, page: Style) {
    let (ink, paper) = (page.fg.unwrap_or_default(), page.bg.unwrap_or_default());
    if (ink, paper) == (Color::Reset, Color::Reset) {
        return;
    }
    for cell in &mut buffer.content {
        if cell.fg == Color::Reset {
            cell.fg = ink;
        }
        if cell.bg == Color::Reset {
            cell.bg = paper;
        }
    }
}

fn pane_in(state: &State, place: &layout::Slot, canvas: &mut Canvas<'_, '_>) {
    chrome::title(state, place, canvas);
    let body = place.body();
    if body.is_empty() {
        return;
    }
    match place.pane {
        PaneId::Servers => pane::servers::draw(state, body, canvas),
        PaneId::Client => pane::client::draw(state, body, canvas),
        PaneId::Http => pane::http::draw(state, body, canvas),
        PaneId::Traffic => pane::traffic::draw(state, body, canvas),
        PaneId::Inspector => pane::inspector::draw(state, body, canvas),
    }
}

/// The rows of an area, one rectangle each.
fn rows(area: Rect) -> impl Iterator<Item = Rect> {
    (area.y..area.bottom()).map(move |y| Rect { y, height: 1, ..area })
}

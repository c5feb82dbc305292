//! The view: `render(&State, &Theme, frame)` draws the screen and says where it drew things.

mod chrome;
mod layout;
mod overlay;
mod pane;
mod part;
mod present;
pub mod theme;
pub mod widget;

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::app::State;
use crate::app::pane::PaneId;
use crate::app::regions::{Regions, Target};
use present::Stage;
use theme::Theme;

/// What a part of the view draws on and notes where it drew.
struct Canvas<'f, 'b> {
    frame: &'f mut Frame<'b>,
    theme: &'f Theme,
    regions: &'f mut Regions,
}

/// Draws the whole screen as the state now is.
pub fn render(state: &State, theme: &Theme, frame: &mut Frame<'_>) -> Regions {
    let mut regions = Regions::default();
    let division = Stage::of(state, frame.area());
    let area = division.lab;
    let louder = state.presenting.is_on().then(|| present::louder(theme));
    let loud = louder.as_ref().unwrap_or(theme);
    let layout = layout::arrange(state, area);
    let mut canvas = Canvas { frame, theme: loud, regions: &mut regions };
    if let Some(area) = layout.header {
        chrome::header(state, area, &mut canvas);
    }
    for place in &layout.panes {
        canvas.regions.add(place.area, Target::Pane(place.pane));
        pane_in(state, place, &mut canvas);
    }
    layout::rule(&layout, &mut canvas);
    if let Some(area) = layout.footer {
        chrome::footer(state, area, &mut canvas);
    }
    chrome::error(state, area, &mut canvas);
    overlay::draw(state, area, &mut canvas);
    overlay::continuations::draw(state, area, &mut canvas);
    division.draw(state, &mut Canvas { theme, ..canvas });
    regions
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

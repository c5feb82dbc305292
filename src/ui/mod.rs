//! The view, a function of the state.

use ratatui::Frame;
use ratatui::text::Line;

use crate::app::{Regions, State};

/// Draws the state.
pub fn render(state: &State, frame: &mut Frame) -> Regions {
    frame.render_widget(Line::from("wirelab"), frame.area());
    for (row, line) in [state.last.as_str()].into_iter().enumerate() {
        let mut area = frame.area();
        area.y += 1 + row as u16;
        area.height = 1;
        frame.render_widget(Line::from(line), area.intersection(frame.area()));
    }
    Regions
}

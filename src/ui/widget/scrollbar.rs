//! A scroll bar: a track, and a thumb on it as long as what is shown of all there is.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;

use super::put;
use crate::model::bar::Bar;

/// What the track and the thumb are drawn with.
const TRACK: &str = "│";
const THUMB: &str = "┃";

/// A scroll bar, one column wide.
#[derive(Debug, Clone, Copy)]
pub struct Scrollbar {
    /// What is shown of how much.
    pub bar: Bar,
    /// The style of the track.
    pub track: Style,
    /// The style of the thumb.
    pub thumb: Style,
}

impl Widget for Scrollbar {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let thumb = self.bar.thumb(area.height);
        for row in 0..area.height {
            let (sign, style) = if thumb.contains(&row) { (THUMB, self.thumb) } else { (TRACK, self.track) };
            put(buffer, area, (0, row), sign, style);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(bar: Bar, area: Rect) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 1, 6));
        Scrollbar { bar, track: Style::new(), thumb: Style::new() }.render(area, &mut buffer);
        buffer.content().iter().map(ratatui::buffer::Cell::symbol).collect()
    }

    #[test]
    fn the_thumb_stands_where_what_is_shown_is() {
        let area = Rect::new(0, 0, 1, 6);
        assert_eq!(drawn(Bar::of_rows(0, 10, 30), area), "┃┃││││");
        assert_eq!(drawn(Bar::of_rows(10, 10, 30), area), "││┃┃││");
        assert_eq!(drawn(Bar::of_rows(20, 10, 30), area), "││││┃┃");
    }

    #[test]
    fn survives_any_area_and_any_number_of_rows() {
        for area in [Rect::ZERO, Rect::new(0, 0, 1, 1), Rect::new(5, 3, 100, 100), Rect::new(900, 900, 10, 10)] {
            for bar in [Bar::of_rows(0, 0, 0), Bar::of_rows(usize::MAX, 10, usize::MAX), Bar::of_rows(9, 10, 5)] {
                assert!(drawn(bar, area).chars().count() <= 6);
            }
        }
    }
}

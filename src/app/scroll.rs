//! What can be scrolled, and which row of each list stands first.

use super::pane::{PaneId, inspector, traffic};
use super::regions::{Regions, Target};
use super::{State, overlay};
use crate::model::bar::Bar;

/// Something that has a scroll bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scrolled {
    /// The servers, or a server's clients.
    Servers,
    /// What was said on a client's flow.
    Talk,
    /// The rows of the HTTP request.
    HttpRows,
    /// The HTTP response.
    Response,
    /// The list of frames.
    Frames,
    /// A flow as a stream.
    Stream,
    /// The inspector's fields.
    Fields,
    /// The inspector's hex dump.
    Hex,
    /// The inspector's text.
    Text,
    /// The help.
    Help,
    /// The rows of a menu or of the palette.
    Items,
}

/// Which row of a list stood first, and for which cursor and page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Top {
    first: usize,
    at: usize,
    page: usize,
}

impl Top {
    /// The row to show first: the view stays where it was scrolled to until the cursor moves; then it moves as
    /// little as brings the cursor in sight.
    pub fn first(&self, at: usize, page: usize, count: usize) -> usize {
        let first = self.first.min(count.saturating_sub(page));
        if (at, page) == (self.at, self.page) { first } else { in_sight(first, at, page) }
    }
}

/// The first row moved as little as brings row `at` on the page.
pub fn in_sight(first: usize, at: usize, page: usize) -> usize {
    first.max((at + 1).saturating_sub(page)).min(at)
}

/// The first rows of all lists that have a cursor.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tops {
    /// The servers, or a server's clients.
    pub servers: Top,
    /// The rows of the HTTP request.
    pub http: Top,
    /// The inspector's fields.
    pub fields: Top,
    /// The rows of the inspector's hex dump.
    pub hex: Top,
    /// The rows of a menu or of the palette.
    pub items: Top,
}

/// Keeps what was drawn first of each list.
pub fn drawn(state: &mut State, regions: &Regions) {
    let mut tops = Tops { items: Top::default(), ..state.tops };
    // Of several the one noted first counts: it holds the whole list.
    for (area, target) in regions.all().iter().rev() {
        let page = usize::from(area.height);
        match *target {
            Target::Rows(PaneId::Servers, first) => tops.servers = Top { first, at: state.servers.cursor(), page },
            Target::Rows(PaneId::Http, first) => tops.http = Top { first, at: state.http.at, page },
            Target::Rows(PaneId::Inspector, first) => tops.fields = Top { first, at: state.inspector.at, page },
            Target::Hex(first) => tops.hex = Top { first, at: state.inspector.focus_row(area.width), page },
            Target::Items(first) => tops.items = Top { first, at: overlay::cursor(state), page },
            Target::Rows(PaneId::Client | PaneId::Traffic, _)
            | Target::Pane(_)
            | Target::Title(_)
            | Target::Divider
            | Target::Cover
            | Target::Tab(..)
            | Target::Press(_)
            | Target::Field(..)
            | Target::Entry(_)
            | Target::Text(_)
            | Target::Help(_)
            | Target::Room(..)
            | Target::Bar(..)
            | Target::Stream(..) => {}
        }
    }
    state.tops = tops;
}

/// Scrolls by so many rows.
pub fn by(state: &mut State, what: Scrolled, bar: Bar, rows: isize) {
    match what {
        Scrolled::Frames => traffic::move_by(state, rows),
        Scrolled::Stream => traffic::scroll_stream(state, rows),
        Scrolled::Text => inspector::scroll_text_by(state, rows),
        Scrolled::Response => state.http.scroll(rows),
        Scrolled::Servers
        | Scrolled::Talk
        | Scrolled::HttpRows
        | Scrolled::Fields
        | Scrolled::Hex
        | Scrolled::Help
        | Scrolled::Items => {
            let last = bar.total.saturating_sub(bar.shown);
            to(state, what, bar, bar.first.saturating_add_signed(rows as i64).min(last));
        }
    }
}

/// Scrolls so that this, counted as the bar counts, stands first.
pub fn to(state: &mut State, what: Scrolled, bar: Bar, first: u64) {
    let row = usize::try_from(first).unwrap_or(usize::MAX);
    match what {
        Scrolled::Servers => state.tops.servers.first = row,
        Scrolled::HttpRows => state.tops.http.first = row,
        Scrolled::Fields => state.tops.fields.first = row,
        Scrolled::Hex => state.tops.hex.first = row,
        Scrolled::Items => state.tops.items.first = row,
        Scrolled::Talk => state.client.scroll_to(bar.total.saturating_sub(bar.shown).saturating_sub(first)),
        Scrolled::Response => state.http.scroll_to(row),
        Scrolled::Frames => traffic::scroll_to(state, row),
        Scrolled::Stream => traffic::scroll_stream_to(state, first),
        Scrolled::Text => inspector::scroll_text_to(state, row),
        Scrolled::Help => overlay::scroll_help_to(state, row),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_view_stays_until_the_cursor_moves_out_of_it() {
        let top = Top { first: 10, at: 3, page: 5 };
        assert_eq!(top.first(3, 5, 100), 10, "it was scrolled away from the cursor");
        assert_eq!(top.first(4, 5, 100), 4, "the cursor moved, and is in sight again");
        assert_eq!(top.first(12, 5, 100), 10, "it is in sight already");
        assert_eq!(top.first(20, 5, 100), 16);
        assert_eq!(top.first(3, 5, 12), 7, "nothing is left empty at the end");
        assert_eq!(top.first(3, 2, 100), 3, "another page shows the cursor");
    }
}

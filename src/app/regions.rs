//! Where things were drawn: what mouse and paging need to know of the screen.

use ratatui::layout::{Position, Rect};

use super::command::Action;
use super::pane::PaneId;
use super::scroll::Scrolled;
use crate::model::bar::Bar;
use crate::model::stream::{Layout, Place};

/// What lies at a place of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A pane as a whole.
    Pane(PaneId),
    /// A pane's title row; dragged, it moves the border above the pane.
    Title(PaneId),
    /// The line between the columns.
    Divider,
    /// What lies over the panes, as a whole.
    Cover,
    /// A tab of a pane, counted from 0.
    Tab(PaneId, usize),
    /// Rows of a pane's list: the index of the row drawn first.
    Rows(PaneId, usize),
    /// Something that does this when clicked: a key in the footer.
    Press(Action),
    /// A text field of a pane, counted from 0 in the order drawn.
    Field(PaneId, usize),
    /// A field of the form, counted from 0.
    Entry(usize),
    /// Rows of a menu, the palette or the command line: the index of the row drawn first.
    Items(usize),
    /// What the wheel scrolls, and how far it is.
    Room(Scrolled, Bar),
    /// The scroll bar of it.
    Bar(Scrolled, Bar),
    /// The hex dump of the inspector: the row drawn first.
    Hex(usize),
    /// The text of the inspector: how it is laid out.
    Text(Layout),
    /// The help: the last line that can stand at its top.
    Help(usize),
    /// The stream of the traffic pane: how it is laid out and the place drawn first.
    Stream(Layout, Place),
}

/// Where things were drawn, in the order they were; what was drawn later lies on top.
#[derive(Debug, Clone, Default)]
pub struct Regions {
    spots: Vec<(Rect, Target)>,
    /// How many spots lie beneath what covers the panes.
    covered: usize,
}

impl Regions {
    /// Notes where something was drawn.
    pub fn add(&mut self, area: Rect, target: Target) {
        if !area.is_empty() {
            self.spots.push((area, target));
        }
    }

    /// What follows lies over all that was drawn so far, and the mouse reaches only that.
    pub fn cover(&mut self) {
        self.covered = self.spots.len();
    }

    /// Everything that was drawn, and where.
    pub fn all(&self) -> &[(Rect, Target)] {
        &self.spots
    }

    /// What the mouse reaches.
    fn uncovered(&self) -> &[(Rect, Target)] {
        &self.spots[self.covered..]
    }

    /// What lies topmost at a position, and where it was drawn.
    pub fn at(&self, position: Position) -> Option<(Rect, Target)> {
        self.uncovered().iter().rev().find(|(area, _)| area.contains(position)).copied()
    }

    /// What the wheel scrolls at a position.
    pub fn scrolled_at(&self, position: Position) -> Option<(Scrolled, Bar)> {
        let here = self.uncovered().iter().rev().filter(|(area, _)| area.contains(position));
        here.into_iter()
            .find_map(|(_, target)| if let Target::Room(what, bar) = target { Some((*what, *bar)) } else { None })
    }

    /// How many rows of a pane's list were drawn; 1 before the first draw.
    pub fn page(&self, pane: PaneId) -> usize {
        self.rows(pane).map_or(1, |area| usize::from(area.height)).max(1)
    }

    /// Where the rows of a pane's list were drawn.
    pub fn rows(&self, pane: PaneId) -> Option<Rect> {
        self.find(|target| match target {
            Target::Rows(of, _) => *of == pane,
            Target::Stream(..) => pane == PaneId::Traffic,
            Target::Text(_) => pane == PaneId::Inspector,
            Target::Pane(_)
            | Target::Title(_)
            | Target::Divider
            | Target::Cover
            | Target::Tab(..)
            | Target::Press(_)
            | Target::Field(..)
            | Target::Entry(_)
            | Target::Items(_)
            | Target::Room(..)
            | Target::Bar(..)
            | Target::Hex(_)
            | Target::Help(_) => false,
        })
    }

    /// The whole of a pane, its title with it.
    pub fn pane(&self, pane: PaneId) -> Option<Rect> {
        self.find(|target| *target == Target::Pane(pane))
    }

    fn find(&self, is_sought: impl Fn(&Target) -> bool) -> Option<Rect> {
        self.spots.iter().find(|(_, target)| is_sought(target)).map(|(area, _)| *area)
    }

    /// The last line that can stand at the top of the help.
    pub fn help_end(&self) -> usize {
        let end =
            self.spots.iter().find_map(|(_, target)| if let Target::Help(end) = target { Some(*end) } else { None });
        end.unwrap_or(usize::MAX)
    }

    /// The area of the inspector's hex dump and its first row, if it was drawn.
    pub fn hex(&self) -> Option<(Rect, usize)> {
        self.spots
            .iter()
            .find_map(|(area, target)| if let Target::Hex(first) = target { Some((*area, *first)) } else { None })
    }

    /// Where the inspector's text was drawn, and how it was laid out; nowhere before it was.
    pub fn text(&self) -> (Rect, Layout) {
        let drawn = self
            .spots
            .iter()
            .find_map(|(area, target)| if let Target::Text(layout) = target { Some((*area, *layout)) } else { None });
        drawn.unwrap_or((Rect::ZERO, Layout::Text(0)))
    }

    /// Where the stream was drawn, how it was laid out, and the place drawn first.
    pub fn stream(&self) -> Option<(Rect, Layout, Place)> {
        self.spots.iter().find_map(|(area, target)| {
            if let Target::Stream(layout, place) = target { Some((*area, *layout, *place)) } else { None }
        })
    }
}

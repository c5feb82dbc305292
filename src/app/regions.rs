//! Where things were drawn: what mouse and paging need to know of the screen.

use ratatui::layout::{Position, Rect};

use super::command::Action;
use super::pane::PaneId;
use crate::model::stream::{Layout, Place};

/// What lies at a place of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A pane as a whole.
    Pane(PaneId),
    /// A tab of a pane, counted from 0.
    Tab(PaneId, usize),
    /// Rows of a pane's list: the index of the row drawn first.
    Rows(PaneId, usize),
    /// Something that does this when clicked: a key in the footer.
    Press(Action),
    /// A text field of a pane, counted from 0 in the order drawn.
    Field(PaneId, usize),
    /// The hex dump of the inspector: the row drawn first.
    Hex(usize),
    /// An offer of the command line, counted from 0.
    Offer(usize),
    /// The help: the last line that can stand at its top.
    Help(usize),
    /// The stream of the traffic pane: how it is laid out and the place drawn first.
    Stream(Layout, Place),
}

/// Where things were drawn, in the order they were; what was drawn later lies on top.
#[derive(Debug, Clone, Default)]
pub struct Regions {
    spots: Vec<(Rect, Target)>,
}

impl Regions {
    /// Notes where something was drawn.
    pub fn add(&mut self, area: Rect, target: Target) {
        if !area.is_empty() {
            self.spots.push((area, target));
        }
    }

    /// What lies topmost at a position, and where it was drawn.
    pub fn at(&self, position: Position) -> Option<(Rect, Target)> {
        self.spots.iter().rev().find(|(area, _)| area.contains(position)).copied()
    }

    /// The pane at a position.
    pub fn pane_at(&self, position: Position) -> Option<PaneId> {
        self.spots.iter().rev().filter(|(area, _)| area.contains(position)).find_map(|(_, target)| match target {
            Target::Pane(pane) => Some(*pane),
            Target::Tab(..)
            | Target::Rows(..)
            | Target::Press(_)
            | Target::Field(..)
            | Target::Hex(_)
            | Target::Offer(_)
            | Target::Help(_)
            | Target::Stream(..) => None,
        })
    }

    /// Where a pane was drawn, if it was.
    pub fn pane(&self, pane: PaneId) -> Option<Rect> {
        self.spots.iter().find(|(_, target)| *target == Target::Pane(pane)).map(|(area, _)| *area)
    }

    /// How many rows of a pane's list were drawn; 1 before the first draw.
    pub fn page(&self, pane: PaneId) -> usize {
        self.rows(pane).map_or(1, |area| usize::from(area.height)).max(1)
    }

    /// Where the rows of a pane's list were drawn.
    pub fn rows(&self, pane: PaneId) -> Option<Rect> {
        self.spots.iter().find_map(|(area, target)| match target {
            Target::Rows(of, _) if *of == pane => Some(*area),
            Target::Stream(..) if pane == PaneId::Traffic => Some(*area),
            Target::Pane(_)
            | Target::Rows(..)
            | Target::Tab(..)
            | Target::Press(_)
            | Target::Field(..)
            | Target::Hex(_)
            | Target::Offer(_)
            | Target::Help(_)
            | Target::Stream(..) => None,
        })
    }

    /// The last line that can stand at the top of the help.
    pub fn help_end(&self) -> usize {
        let end =
            self.spots.iter().find_map(|(_, target)| if let Target::Help(end) = target { Some(*end) } else { None });
        end.unwrap_or(usize::MAX)
    }

    /// The area of the inspector's hex dump, if it was drawn.
    pub fn hex(&self) -> Option<Rect> {
        self.spots.iter().find(|(_, target)| matches!(target, Target::Hex(_))).map(|(area, _)| *area)
    }

    /// Where the stream was drawn, how it was laid out, and the place drawn first.
    pub fn stream(&self) -> Option<(Rect, Layout, Place)> {
        self.spots.iter().find_map(|(area, target)| {
            if let Target::Stream(layout, place) = target { Some((*area, *layout, *place)) } else { None }
        })
    }
}

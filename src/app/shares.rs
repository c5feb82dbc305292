//! How the screen is shared out among the panes, as far as the user has moved their borders.

use ratatui::layout::{Position, Rect};
use serde::{Deserialize, Deserializer, Serialize};

use super::pane::PaneId;
use super::regions::Regions;

/// Columns and rows that one press of a key moves a border.
const STEP: (u16, u16) = (4, 2);

/// The least columns of either column.
const LEAST_COLUMNS: u16 = 30;

/// The least rows of a pane, its title with them.
const LEAST_ROWS: u16 = 3;

/// What a share is counted in: thousandths of the screen's width or height.
const WHOLE: u16 = 1000;

/// The most rows of traffic that stay in sight in an accordion.
const MOST_GLIMPSE: u16 = 100;

/// The shares of the screen. What is None has the size that suits what is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Shares {
    /// The left column's share of the width, in thousandths.
    #[serde(deserialize_with = "share", skip_serializing_if = "Option::is_none")]
    left: Option<u16>,
    /// The servers pane's share of the height, in thousandths.
    #[serde(deserialize_with = "share", skip_serializing_if = "Option::is_none")]
    servers: Option<u16>,
    /// The client pane's share of the height, in thousandths.
    #[serde(deserialize_with = "share", skip_serializing_if = "Option::is_none")]
    client: Option<u16>,
    /// The traffic pane's share of the height, in thousandths.
    #[serde(deserialize_with = "share", skip_serializing_if = "Option::is_none")]
    traffic: Option<u16>,
    /// Rows of traffic that stay in sight in an accordion while another pane has the keys.
    #[serde(deserialize_with = "glimpse", skip_serializing_if = "Option::is_none")]
    glimpse: Option<u16>,
}

/// Any number is a share, clamped to what a share can be.
fn share<'d, D: Deserializer<'d>>(deserializer: D) -> Result<Option<u16>, D::Error> {
    clamped(deserializer, WHOLE)
}

fn glimpse<'d, D: Deserializer<'d>>(deserializer: D) -> Result<Option<u16>, D::Error> {
    clamped(deserializer, MOST_GLIMPSE)
}

fn clamped<'d, D: Deserializer<'d>>(deserializer: D, most: u16) -> Result<Option<u16>, D::Error> {
    let stored = Option::<i64>::deserialize(deserializer)?;
    Ok(stored.map(|stored| u16::try_from(stored.max(0)).unwrap_or(most).min(most)))
}

/// A border that can be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Border {
    /// Between the two columns.
    Columns,
    /// Above that pane.
    Above(PaneId),
}

/// Which way the focused pane grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Growth {
    /// By columns.
    Wider,
    /// By columns, inwards.
    Narrower,
    /// By rows.
    Taller,
    /// By rows, inwards.
    Shorter,
}

impl Shares {
    /// Columns of the left of two columns, `suits` unless its border was moved.
    pub fn left(&self, width: u16, suits: u16) -> u16 {
        let most = width.saturating_sub(LEAST_COLUMNS + 1);
        self.left.map_or(suits, |share| part(share, width)).clamp(LEAST_COLUMNS.min(most), most)
    }

    /// Rows of the servers and of the client pane, which stand above a third.
    pub fn left_rows(&self, height: u16, suits: (u16, u16)) -> (u16, u16) {
        let servers = rows(self.servers, height, suits.0, 2 * LEAST_ROWS);
        let client = self.client.map_or(suits.1, |share| part(share, height));
        (servers, rows(None, height - servers, client, LEAST_ROWS))
    }

    /// Rows of the traffic pane, which stands above the inspector.
    pub fn traffic_rows(&self, height: u16, suits: u16) -> u16 {
        rows(self.traffic, height, suits, LEAST_ROWS)
    }

    /// Rows of traffic in an accordion that has so many rows for it and the focused pane.
    pub fn glimpse_rows(&self, room: u16, suits: u16) -> u16 {
        self.glimpse.unwrap_or(suits).min(room.saturating_sub(LEAST_ROWS))
    }

    /// Moves a border to a position, as far as the panes beside it can give; what was drawn tells where they are.
    pub fn drag(&mut self, border: Border, to: Position, drawn: &Regions) {
        let area = |pane| drawn.pane(pane).unwrap_or(Rect::ZERO);
        let (servers, client, http) = (area(PaneId::Servers), area(PaneId::Client), area(PaneId::Http));
        let (traffic, inspector) = (area(PaneId::Traffic), area(PaneId::Inspector));
        let height = servers.height + client.height + http.height;
        let is_accordion = is_accordion(drawn);
        match border {
            _ if drawn.pane(PaneId::Servers).is_none() || drawn.pane(PaneId::Traffic).is_none() => {}
            Border::Columns if is_accordion => {}
            Border::Columns => {
                let width = servers.width + 1 + traffic.width;
                let most = width.saturating_sub(LEAST_COLUMNS + 1);
                let left = to.x.saturating_sub(servers.x).clamp(LEAST_COLUMNS.min(most), most);
                self.left = Some(share_of(left, width));
            }
            Border::Above(PaneId::Traffic) if is_accordion => {
                self.glimpse = Some(traffic.bottom().saturating_sub(to.y + 1).min(MOST_GLIMPSE));
            }
            Border::Above(PaneId::Inspector) if is_accordion => {
                self.glimpse = Some(to.y.saturating_sub(traffic.y + 1).min(MOST_GLIMPSE));
            }
            Border::Above(PaneId::Client) if !is_accordion => {
                let y = between(to.y, servers.y, client.bottom());
                self.servers = Some(share_of(y - servers.y, height));
                // The border below stays where it is.
                self.client = Some(share_of(client.bottom() - y, height));
            }
            Border::Above(PaneId::Http) if !is_accordion => {
                let y = between(to.y, client.y, http.bottom());
                self.servers = Some(share_of(servers.height, height));
                self.client = Some(share_of(y - client.y, height));
            }
            Border::Above(PaneId::Inspector) => {
                let y = between(to.y, traffic.y, inspector.bottom());
                self.traffic = Some(share_of(y - traffic.y, traffic.height + inspector.height));
            }
            Border::Above(_) => {}
        }
    }

    /// Gives a border back the place that suits what is shown.
    pub fn reset(&mut self, border: Border) {
        match border {
            Border::Columns => self.left = None,
            Border::Above(PaneId::Client | PaneId::Http | PaneId::Servers) => {
                self.servers = None;
                self.client = None;
            }
            Border::Above(PaneId::Traffic | PaneId::Inspector) => {
                self.traffic = None;
                self.glimpse = None;
            }
        }
    }

    /// Lets a pane grow or shrink by a step. False when it has no border there.
    pub fn grow(&mut self, pane: PaneId, growth: Growth, drawn: &Regions) -> bool {
        let before = *self;
        let area = |pane| drawn.pane(pane).unwrap_or(Rect::ZERO);
        let (own, traffic) = (area(pane), area(PaneId::Traffic));
        let is_accordion = is_accordion(drawn);
        let grows = matches!(growth, Growth::Wider | Growth::Taller);
        match growth {
            Growth::Wider | Growth::Narrower => {
                let is_left = own.x < traffic.x;
                let x = area(PaneId::Servers).right();
                let x = if is_left == grows { x + STEP.0 } else { x.saturating_sub(STEP.0) };
                self.drag(Border::Columns, Position { x, y: own.y }, drawn);
            }
            Growth::Taller | Growth::Shorter => {
                let (border, y, is_below) = match pane {
                    PaneId::Servers | PaneId::Client | PaneId::Http if is_accordion => {
                        (PaneId::Traffic, traffic.y, true)
                    }
                    PaneId::Servers => (PaneId::Client, own.bottom(), true),
                    PaneId::Client => (PaneId::Http, own.bottom(), true),
                    PaneId::Http => (PaneId::Http, own.y, false),
                    PaneId::Traffic => (PaneId::Inspector, own.bottom(), true),
                    PaneId::Inspector => (PaneId::Inspector, own.y, false),
                };
                if !(is_accordion && pane == PaneId::Traffic) {
                    let y = if is_below == grows { y + STEP.1 } else { y.saturating_sub(STEP.1) };
                    self.drag(Border::Above(border), Position { x: own.x, y }, drawn);
                }
            }
        }
        *self != before
    }
}

/// Whether the panes stand one below the other.
pub fn is_accordion(drawn: &Regions) -> bool {
    match (drawn.pane(PaneId::Servers), drawn.pane(PaneId::Traffic)) {
        (Some(servers), Some(traffic)) => servers.x == traffic.x,
        (Some(_) | None, _) => false,
    }
}

/// A border between two panes of which both keep their least rows, as far as they have them.
fn between(y: u16, top: u16, bottom: u16) -> u16 {
    let lowest = bottom.saturating_sub(LEAST_ROWS).max(top);
    y.clamp((top + LEAST_ROWS).min(lowest), lowest)
}

/// Rows of a pane; those after it keep `kept`.
fn rows(share: Option<u16>, height: u16, suits: u16, kept: u16) -> u16 {
    let most = height.saturating_sub(kept);
    share.map_or(suits, |share| part(share, height)).clamp(LEAST_ROWS.min(most), most)
}

fn part(share: u16, whole: u16) -> u16 {
    (u32::from(share) * u32::from(whole) / u32::from(WHOLE)) as u16
}

/// The least share whose part is `cells` again, for any screen of up to a thousand cells.
fn share_of(cells: u16, whole: u16) -> u16 {
    (u32::from(cells) * u32::from(WHOLE)).div_ceil(u32::from(whole.max(1))).min(u32::from(WHOLE)) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_gives_back_the_cells_it_was_made_of() {
        for whole in 1..=1000 {
            for cells in [0, 1, whole / 3, whole / 2, whole - 1, whole] {
                assert_eq!(part(share_of(cells, whole), whole), cells, "{cells} of {whole}");
            }
        }
    }

    #[test]
    fn whatever_is_stored_is_clamped_and_what_is_missing_suits() {
        let stored = r#"{"left": 99999, "servers": -5, "glimpse": 7000, "unknown": 1}"#;
        let shares: Shares = serde_json::from_str(stored).expect("any number will do");
        assert_eq!(shares, Shares { left: Some(1000), servers: Some(0), glimpse: Some(100), ..Shares::default() });
        for (width, height) in [(110, 26), (40, 6), (1000, 500)] {
            let left = shares.left(width, width / 2);
            assert!(left < width, "{left} of {width}");
            let (servers, client) = shares.left_rows(height, (5, 9));
            assert!(servers + client <= height, "{servers} and {client} of {height}");
        }
        assert_eq!(shares.left(120, 48), 89);
        assert_eq!(shares.traffic_rows(30, 16), 16);
    }

    #[test]
    fn is_written_and_read_again_as_it_was() {
        let shares = Shares { left: Some(400), traffic: Some(550), ..Shares::default() };
        let written = serde_json::to_string(&shares).expect("numbers can be written");
        assert_eq!(written, r#"{"left":400,"traffic":550}"#);
        assert_eq!(serde_json::from_str::<Shares>(&written).ok(), Some(shares));
    }
}

//! Colours by meaning. A dozen meanings, from which everything drawn takes its style.

use ratatui::style::{Color, Modifier, Style};

use super::widget::Ink;

/// What colours mean.
#[derive(Debug, Clone)]
pub struct Theme {
    /// Text as such.
    pub text: Style,
    /// What stands beside the point.
    pub dim: Style,
    /// Lines between panes.
    pub line: Style,
    /// What has the keys, and keys themselves.
    pub accent: Style,
    /// It runs; it worked.
    pub good: Style,
    /// It is on its way; it needs a look.
    pub warn: Style,
    /// It failed.
    pub bad: Style,
    /// What a client sent.
    pub client: Style,
    /// What a server sent.
    pub server: Style,
    /// The row under the cursor of the pane that has the keys.
    pub chosen: Style,
    /// The row under the cursor of another pane.
    pub marked: Style,
    /// The bytes of the chosen field.
    pub lit: Style,
}

impl Theme {
    /// For terminals with a dark background.
    pub fn dark() -> Self {
        Self::of(&Shades {
            dim: 245,
            line: 239,
            accent: 80,
            good: 114,
            warn: 179,
            bad: 203,
            client: 117,
            server: 180,
            chosen: 237,
            marked: 235,
            lit: 24,
        })
    }

    /// For terminals with a light background.
    pub fn light() -> Self {
        Self::of(&Shades {
            dim: 242,
            line: 250,
            accent: 30,
            good: 28,
            warn: 130,
            bad: 160,
            client: 25,
            server: 94,
            chosen: 254,
            marked: 255,
            lit: 153,
        })
    }

    /// Without colour, as `NO_COLOR` asks (no-color.org).
    pub fn mono() -> Self {
        let plain = Style::new();
        Self {
            text: plain,
            dim: plain.add_modifier(Modifier::DIM),
            line: plain.add_modifier(Modifier::DIM),
            accent: plain.add_modifier(Modifier::BOLD),
            good: plain,
            warn: plain.add_modifier(Modifier::BOLD),
            bad: plain.add_modifier(Modifier::BOLD),
            client: plain,
            server: plain.add_modifier(Modifier::BOLD),
            chosen: plain.add_modifier(Modifier::REVERSED),
            marked: plain.add_modifier(Modifier::BOLD),
            lit: plain.add_modifier(Modifier::UNDERLINED),
        }
    }

    fn of(shades: &Shades) -> Self {
        let of = |shade: u8| Style::new().fg(Color::Indexed(shade));
        Self {
            text: Style::new().fg(Color::Reset),
            dim: of(shades.dim),
            line: of(shades.line),
            accent: of(shades.accent),
            good: of(shades.good),
            warn: of(shades.warn),
            bad: of(shades.bad),
            client: of(shades.client),
            server: of(shades.server),
            chosen: Style::new().bg(Color::Indexed(shades.chosen)),
            marked: Style::new().bg(Color::Indexed(shades.marked)),
            lit: Style::new().bg(Color::Indexed(shades.lit)),
        }
    }

    /// What the user has selected: as what is lit, but plain to see without colours too.
    pub fn selected(&self) -> Style {
        if self.lit.bg.is_some() { self.lit } else { self.lit.add_modifier(Modifier::REVERSED) }
    }

    /// The styles widgets draw with, in a pane that has the keys or another.
    pub(super) fn ink(&self, cursor: Style) -> Ink {
        Ink {
            text: self.text,
            dim: self.dim,
            symbol: self.dim,
            lit: self.lit,
            cursor,
            alarm: self.bad,
            client: self.client,
            server: self.server,
        }
    }
}

/// The 256-colour numbers of a theme.
struct Shades {
    dim: u8,
    line: u8,
    accent: u8,
    good: u8,
    warn: u8,
    bad: u8,
    client: u8,
    server: u8,
    chosen: u8,
    marked: u8,
    lit: u8,
}

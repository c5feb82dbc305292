//! How the screen looks: what the user chose, and what the terminal is like.

use crate::model::{Rgb, nearest};

/// How the screen looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The theme that was chosen.
    pub theme: ThemeChoice,
    /// The names of the themes there are.
    pub themes: Vec<String>,
    /// The terminal's background.
    pub background: Background,
    /// What lines and signs are drawn with.
    pub symbols: Symbols,
    /// Whether anything moves.
    pub motion: Motion,
}

/// Which theme is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ThemeChoice {
    /// The one that the terminal's background asks for.
    Auto,
    /// That one, whatever the background.
    Named(String),
}

/// What is known of the terminal's background.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Background {
    /// Nothing; most are dark.
    Unknown,
    /// It is dark.
    Dark,
    /// It is light.
    Light,
}

/// What lines and signs are drawn with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Symbols {
    /// Lines, arrows and dots.
    Lines,
    /// ASCII alone, for fonts that have no more.
    Ascii,
}

/// Whether anything moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Motion {
    /// What has just arrived and what is being opened.
    Full,
    /// Nothing.
    Reduced,
}

/// The name of the choice to follow the terminal.
pub const AUTO: &str = "auto";

impl Default for Look {
    /// As on a terminal of which nothing is known; whoever knows more says so.
    fn default() -> Self {
        Self {
            theme: ThemeChoice::Auto,
            themes: Vec::new(),
            background: Background::Unknown,
            symbols: Symbols::Lines,
            motion: Motion::Reduced,
        }
    }
}

impl Look {
    /// The name of the theme that is shown.
    pub fn theme_name(&self) -> &str {
        match (&self.theme, self.background) {
            (ThemeChoice::Named(name), _) => name,
            (ThemeChoice::Auto, Background::Light) => "light",
            (ThemeChoice::Auto, Background::Dark | Background::Unknown) => "dark",
        }
    }

    /// The names that can be chosen.
    pub fn choices(&self) -> impl Iterator<Item = &str> {
        std::iter::once(AUTO).chain(self.themes.iter().map(String::as_str))
    }

    /// Chooses the theme of that name, or [`AUTO`].
    ///
    /// # Errors
    /// There is none of that name; says which is nearest, or which there are.
    pub fn choose_theme(&mut self, name: &str) -> Result<(), String> {
        let name = name.trim();
        if name == AUTO {
            self.theme = ThemeChoice::Auto;
        } else if self.themes.iter().any(|known| known == name) {
            self.theme = ThemeChoice::Named(name.to_owned());
        } else {
            let right = match nearest(name, self.choices()) {
                Some(right) => format!("did you mean {right}?"),
                None => format!("there are {}", self.choices().collect::<Vec<_>>().join(", ")),
            };
            return Err(format!("there is no theme {name} on this terminal; {right}"));
        }
        Ok(())
    }

    /// Chooses the theme after the one chosen now, after the last the first; says which it is.
    pub fn next_theme(&mut self) -> String {
        let choices: Vec<&str> = self.choices().collect();
        let now = match &self.theme {
            ThemeChoice::Auto => AUTO,
            ThemeChoice::Named(name) => name,
        };
        let at = choices.iter().position(|name| *name == now).unwrap_or(0);
        self.theme = match choices[(at + 1) % choices.len()] {
            AUTO => ThemeChoice::Auto,
            name => ThemeChoice::Named(name.to_owned()),
        };
        match &self.theme {
            ThemeChoice::Auto => format!("theme {AUTO}: {} on this terminal", self.theme_name()),
            ThemeChoice::Named(name) => format!("theme {name}"),
        }
    }

    /// The terminal has told its background; true when another theme follows from that.
    pub(super) fn background_is(&mut self, background: Rgb) -> bool {
        let before = self.theme_name().to_owned();
        self.background = if background.is_light() { Background::Light } else { Background::Dark };
        self.theme_name() != before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHITE: Rgb = Rgb(255, 255, 255);

    fn look() -> Look {
        Look { themes: ["dark", "light", "mono"].map(str::to_owned).into(), ..Look::default() }
    }

    #[test]
    fn follows_the_terminal_s_background_until_a_theme_is_chosen() {
        let mut look = look();
        assert_eq!(look.theme_name(), "dark");
        assert!(look.background_is(WHITE));
        assert_eq!(look.theme_name(), "light");
        assert!(!look.background_is(WHITE), "nothing new");
        look.choose_theme("dark").unwrap();
        assert!(!look.background_is(WHITE));
        assert_eq!(look.theme_name(), "dark");
        look.choose_theme(" auto ").unwrap();
        assert_eq!(look.theme_name(), "light");
    }

    #[test]
    fn a_theme_that_is_not_there_is_answered_with_the_nearest() {
        let mut look = look();
        let told = look.choose_theme("lihgt").unwrap_err();
        assert_eq!(told, "there is no theme lihgt on this terminal; did you mean light?");
        let told = look.choose_theme("solarized").unwrap_err();
        assert_eq!(told, "there is no theme solarized on this terminal; there are auto, dark, light, mono");
        assert_eq!(look.theme, ThemeChoice::Auto);
    }

    #[test]
    fn goes_through_all_themes_and_begins_anew() {
        let mut look = look();
        let told: Vec<String> = (0..4).map(|_| look.next_theme()).collect();
        assert_eq!(told, ["theme dark", "theme light", "theme mono", "theme auto: dark on this terminal"]);
    }
}

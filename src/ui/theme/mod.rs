//! Colours by meaning. A dozen meanings, from which everything drawn takes its style.
//!
//! A theme is a TOML file (`assets/themes`, and the user's own): `sheet` reads it, `paint` turns what it says
//! into what the terminal has.

mod paint;
mod sheet;

use std::collections::BTreeMap;

use ratatui::style::{Modifier, Style};

use super::widget::Ink;
use crate::app::look::{Look, ThemeChoice};
use crate::model::{Problem, nearest};
use sheet::Sheet;

/// The themes that are part of the program.
const BUILT_IN: [(&str, &str); 4] = [
    ("dark", include_str!("../../../assets/themes/dark.toml")),
    ("light", include_str!("../../../assets/themes/light.toml")),
    ("blueprint", include_str!("../../../assets/themes/blueprint.toml")),
    (MONO, include_str!("../../../assets/themes/mono.toml")),
];

/// The one theme of a terminal without colours.
const MONO: &str = "mono";

/// How many colours a terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// None, or none are wanted.
    Mono,
    /// Those with names, as its user has set them.
    Ansi16,
    /// xterm's.
    Indexed256,
    /// All.
    TrueColor,
}

/// What colours mean.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Theme {
    /// Text as such; its background is the page's.
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
    /// What the user has selected: as what is lit, but plain to see without colours too.
    pub fn selected(&self) -> Style {
        if self.lit.bg.is_some() { self.lit } else { self.lit.add_modifier(Modifier::REVERSED) }
    }

    /// What is searched for, wherever it stands.
    pub fn found(&self) -> Style {
        self.warn.add_modifier(Modifier::UNDERLINED)
    }

    /// The match that was gone to last.
    pub fn found_here(&self) -> Style {
        self.warn.add_modifier(Modifier::REVERSED)
    }

    /// For terminals with a dark background and all colours.
    pub fn dark() -> Self {
        let (_, text) = BUILT_IN[0];
        Self::of(&Sheet::parse(text).unwrap_or_default(), Depth::TrueColor)
    }

    fn of(sheet: &Sheet, depth: Depth) -> Self {
        let style = |meaning| sheet.paints.get(meaning).copied().unwrap_or_default().style(depth);
        Self {
            text: style("text"),
            dim: style("dim"),
            line: style("line"),
            accent: style("accent"),
            good: style("good"),
            warn: style("warn"),
            bad: style("bad"),
            client: style("client"),
            server: style("server"),
            chosen: undimmed(style("chosen")),
            marked: undimmed(style("marked")),
            lit: undimmed(style("lit")),
        }
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
            found: self.found(),
            found_here: self.found_here(),
        }
    }
}

/// What is laid over letters and turns their colours round would leave dimmed ones unreadable: they get all its ink.
fn undimmed(style: Style) -> Style {
    let turns = style.fg.is_some() || style.add_modifier.contains(Modifier::REVERSED);
    if turns { style.remove_modifier(Modifier::DIM) } else { style }
}

/// All themes there are, as this terminal draws them.
#[derive(Debug)]
pub struct Themes {
    depth: Depth,
    sheets: BTreeMap<String, Sheet>,
    drawn: Vec<(String, Theme)>,
}

impl Themes {
    /// Those that are part of the program.
    pub fn built_in(depth: Depth) -> Self {
        let mut themes = Self { depth, sheets: BTreeMap::new(), drawn: Vec::new() };
        for (name, text) in BUILT_IN {
            // A test holds them to be right.
            let _ = themes.add(name, text);
        }
        themes
    }

    /// Adds one by its text, or puts it in the place of that name's. It may build on those that were added before.
    ///
    /// # Errors
    /// Everything that is wrong in it; it is then not added.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), Vec<Problem>> {
        let mut sheet = Sheet::parse(text)?;
        if let Some((base, at)) = sheet.inherits.take() {
            let Some(base) = self.sheets.get(&base) else {
                return Err(vec![Problem::at(text, at, self.unknown(&base))]);
            };
            sheet = sheet.over(base);
        }
        let missing = sheet.missing();
        if !missing.is_empty() {
            let words = format!("nothing is said of {}; say it, or write inherits = \"dark\"", missing.join(", "));
            return Err(vec![Problem::at(text, 0, words)]);
        }
        // Without colours one theme is like another, but for what it stresses; only this one is made for that.
        if self.depth != Depth::Mono || name == MONO {
            let theme = Theme::of(&sheet, self.depth);
            match self.drawn.iter_mut().find(|(known, _)| known == name) {
                Some((_, drawn)) => *drawn = theme,
                None => self.drawn.push((name.to_owned(), theme)),
            }
        }
        self.sheets.insert(name.to_owned(), sheet);
        Ok(())
    }

    fn unknown(&self, name: &str) -> String {
        match nearest(name, self.sheets.keys().map(String::as_str)) {
            Some(right) => format!("there is no theme \"{name}\"; did you mean \"{right}\"?"),
            None => format!("there is no theme \"{name}\""),
        }
    }

    /// The names that can be chosen on this terminal.
    pub fn names(&self) -> Vec<String> {
        self.drawn.iter().map(|(name, _)| name.clone()).collect()
    }

    /// The theme of that name; else the first.
    pub fn named(&self, name: &str) -> Option<&Theme> {
        let found = self.drawn.iter().find(|(known, _)| known == name);
        found.or(self.drawn.first()).map(|(_, theme)| theme)
    }

    /// The theme that is chosen, or that the terminal's background asks for. One that was chosen brings its page;
    /// one that follows the terminal stands on the terminal's own, with all its transparency and pictures.
    pub fn chosen(&self, look: &Look) -> Theme {
        let theme = self.named(look.theme_name()).cloned().unwrap_or_default();
        match look.theme {
            ThemeChoice::Named(_) => theme,
            ThemeChoice::Auto => Theme { text: Style { fg: None, bg: None, ..theme.text }, ..theme },
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Color;

    use super::*;
    use crate::model::Rgb;

    fn light(colour: Option<Color>) -> Option<Rgb> {
        match colour {
            Some(Color::Rgb(red, green, blue)) => Some(Rgb(red, green, blue)),
            other => {
                assert!(matches!(other, None | Some(Color::Reset)), "{other:?} depends on the terminal");
                None
            }
        }
    }

    /// Every style that letters are drawn in, by its meaning.
    fn letters(theme: &Theme) -> [(&'static str, Style); 9] {
        [
            ("text", theme.text),
            ("dim", theme.dim),
            ("accent", theme.accent),
            ("good", theme.good),
            ("warn", theme.warn),
            ("bad", theme.bad),
            ("client", theme.client),
            ("server", theme.server),
            ("lit", theme.lit),
        ]
    }

    #[test]
    fn all_letters_can_be_read_on_every_ground_they_stand_on() {
        /// WCAG 2.2, success criterion 1.4.3, level AA.
        const READABLE: f64 = 4.5;
        let themes = Themes::built_in(Depth::TrueColor);
        let grounds =
            [("dark", vec!["#000000", "#1e1e1e"]), ("light", vec!["#ffffff", "#fdf6e3"]), ("blueprint", vec![])];
        for (name, pages) in grounds {
            let theme = themes.named(name).unwrap();
            let pages = pages.iter().filter_map(|page| Rgb::parse(page)).chain(light(theme.text.bg));
            let grounds: Vec<Rgb> = pages.chain(light(theme.chosen.bg)).chain(light(theme.marked.bg)).collect();
            assert!(grounds.len() > 2, "{name}");
            for (meaning, style) in letters(theme) {
                let own = light(style.bg).filter(|_| meaning == "lit");
                for ground in own.map_or(grounds.clone(), |own| vec![own]) {
                    let Some(ink) = light(style.fg) else { continue };
                    let contrast = ink.contrast(ground);
                    assert!(contrast >= READABLE, "{name}: {meaning} on {ground:?} is {contrast:.1}");
                }
            }
        }
    }

    #[test]
    fn the_chosen_row_stands_out_at_every_depth() {
        for depth in [Depth::Mono, Depth::Ansi16, Depth::Indexed256, Depth::TrueColor] {
            let themes = Themes::built_in(depth);
            for (name, theme) in &themes.drawn {
                for row in [theme.chosen, theme.lit, theme.marked] {
                    let is_marked =
                        row.bg.is_some_and(|ground| ground != Color::Reset && Some(ground) != theme.text.bg);
                    assert!(is_marked || !row.add_modifier.is_empty(), "{name} at {depth:?}: {row:?}");
                }
                assert_ne!(theme.chosen, theme.marked, "{name} at {depth:?}");
            }
        }
    }

    #[test]
    fn a_shallow_terminal_is_sent_no_colour_that_it_does_not_have() {
        for (depth, deepest) in [(Depth::Ansi16, 15), (Depth::Indexed256, 255)] {
            for (name, theme) in &Themes::built_in(depth).drawn {
                for (meaning, style) in
                    letters(theme).into_iter().chain([("chosen", theme.chosen), ("line", theme.line)])
                {
                    for colour in [style.fg, style.bg].into_iter().flatten() {
                        let fits =
                            colour == Color::Reset || (0..=deepest).any(|number| colour == Color::Indexed(number));
                        assert!(fits, "{name}: {meaning} is {colour:?}");
                    }
                }
            }
        }
        for (_, style) in letters(Themes::built_in(Depth::Mono).named("dark").unwrap()) {
            assert_eq!((style.fg, style.bg), (None, None));
        }
    }

    #[test]
    fn a_theme_that_follows_the_terminal_leaves_its_page_alone() {
        let themes = Themes::built_in(Depth::TrueColor);
        let mut look = Look { themes: themes.names(), ..Look::default() };
        assert_eq!((themes.chosen(&look).text.fg, themes.chosen(&look).text.bg), (None, None));
        look.choose_theme("light").unwrap();
        assert_eq!(themes.chosen(&look).text.bg, Some(Color::Rgb(255, 255, 255)));
    }

    #[test]
    fn without_colours_there_is_one_theme() {
        assert_eq!(Themes::built_in(Depth::Mono).names(), ["mono"]);
        assert_eq!(Themes::built_in(Depth::Ansi16).names(), ["dark", "light", "blueprint", "mono"]);
    }

    #[test]
    fn a_theme_of_the_user_s_builds_on_another_and_may_take_its_place() {
        let mut themes = Themes::built_in(Depth::TrueColor);
        themes.add("mine", "inherits = \"light\"\naccent = { fg = 200, modifiers = [\"italic\"] }").unwrap();
        let (mine, light) = (themes.named("mine").unwrap(), themes.named("light").unwrap());
        assert_eq!(mine.accent, Style::new().fg(Color::Indexed(200)).add_modifier(Modifier::ITALIC));
        assert_eq!(mine.bad, light.bad);
        themes.add("dark", "inherits = \"dark\"\nbad = 1").unwrap();
        assert_eq!(themes.named("dark").unwrap().bad.fg, Some(Color::Indexed(1)));
        assert_eq!(themes.names().len(), 5);
    }

    #[test]
    fn a_theme_that_is_not_whole_is_refused_and_changes_nothing() {
        let mut themes = Themes::built_in(Depth::TrueColor);
        let mut told = |text| themes.add("mine", text).unwrap_err()[0].to_string();
        assert_eq!(
            told("\ninherits = \"drak\""),
            "line 2, column 12: there is no theme \"drak\"; did you mean \"dark\"?"
        );
        assert!(told("text = 1").contains("nothing is said of dim, line, accent"));
        assert_eq!(themes.names().len(), 4);
    }
}

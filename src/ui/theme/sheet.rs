//! A theme as it is written, read from its text.
//!
//! ```toml
//! inherits = "dark"
//! accent = "#5fd7d7"
//! chosen = { bg = 236, ansi = { fg = "black", bg = "cyan" } }
//! bad = { fg = "bright-red", modifiers = ["bold"] }
//! ```

use std::collections::BTreeMap;
use std::ops::Range;

use ratatui::style::Modifier;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::paint::{Colour, Look, NAMES, Paint};
use crate::model::{Problem, Rgb, nearest};

/// The meanings a theme gives colours to.
pub(super) const MEANINGS: [&str; 12] =
    ["text", "dim", "line", "accent", "good", "warn", "bad", "client", "server", "chosen", "marked", "lit"];

/// The key that names the theme a theme builds on.
const INHERITS: &str = "inherits";

const MODIFIERS: [(&str, Modifier); 5] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underlined", Modifier::UNDERLINED),
    ("reversed", Modifier::REVERSED),
];

/// What a theme's text says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Sheet {
    /// The theme it builds on, and where in the text that stands.
    pub(super) inherits: Option<(String, usize)>,
    /// What it says of meanings.
    pub(super) paints: BTreeMap<&'static str, Paint>,
}

impl Sheet {
    /// Reads a theme's text.
    ///
    /// # Errors
    /// Everything that is wrong in it.
    pub(super) fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut reader = Reader { text, problems: Vec::new() };
        for error in errors {
            reader.complain(error.span().unwrap_or_default(), error.message().to_owned());
        }
        // What stands around broken syntax would only be told twice.
        if !reader.problems.is_empty() {
            return Err(reader.problems);
        }
        let mut sheet = Self::default();
        for (key, value) in table.get_ref() {
            if key.get_ref() == INHERITS {
                match value.get_ref().as_str() {
                    Some(name) => sheet.inherits = Some((name.to_owned(), value.span().start)),
                    None => reader.complain(value.span(), "this is the name of a theme, in quotes".into()),
                }
            } else if let Some(meaning) = MEANINGS.into_iter().find(|meaning| meaning == key.get_ref()) {
                sheet.paints.insert(meaning, reader.paint(value));
            } else {
                reader.unknown(key.span(), "meaning", key.get_ref(), MEANINGS.into_iter().chain([INHERITS]));
            }
        }
        let mut problems = reader.problems;
        problems.sort_by_key(|problem| (problem.line, problem.column));
        if problems.is_empty() { Ok(sheet) } else { Err(problems) }
    }

    /// This sheet, with what it does not say as the other has it.
    pub(super) fn over(self, other: &Self) -> Self {
        let mut paints = other.paints.clone();
        paints.extend(self.paints);
        Self { inherits: None, paints }
    }

    /// The meanings it says nothing of.
    pub(super) fn missing(&self) -> Vec<&'static str> {
        MEANINGS.into_iter().filter(|meaning| !self.paints.contains_key(meaning)).collect()
    }
}

/// Reads values and notes what is wrong with them.
struct Reader<'a> {
    text: &'a str,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn complain(&mut self, span: Range<usize>, words: String) {
        self.problems.push(Problem::at(self.text, span.start, words));
    }

    fn unknown<'n>(&mut self, span: Range<usize>, what: &str, name: &str, known: impl Iterator<Item = &'n str>) {
        let words = match nearest(name, known) {
            Some(right) => format!("there is no {what} \"{name}\"; did you mean \"{right}\"?"),
            None => format!("there is no {what} \"{name}\""),
        };
        self.complain(span, words);
    }

    fn paint(&mut self, value: &Spanned<DeValue<'_>>) -> Paint {
        let ansi = value.get_ref().as_table().and_then(|table| table.get("ansi"));
        let ansi = ansi.map(|ansi| self.look(ansi, &["fg", "bg", "modifiers"]));
        Paint { look: self.look(value, &["fg", "bg", "modifiers", "ansi"]), ansi }
    }

    /// A colour of letters, or a table of those keys.
    fn look(&mut self, value: &Spanned<DeValue<'_>>, known: &[&str]) -> Look {
        let DeValue::Table(table) = value.get_ref() else {
            return Look { fg: self.colour(value), ..Look::default() };
        };
        let mut look = Look::default();
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "fg" => look.fg = self.colour(value),
                "bg" => look.bg = self.colour(value),
                "modifiers" => look.modifiers = self.modifiers(value),
                name if known.contains(&name) => {}
                name => self.unknown(key.span(), "key", name, known.iter().copied()),
            }
        }
        look
    }

    fn colour(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Colour> {
        let written = value.get_ref();
        let named = if let Some(name) = written.as_str() {
            let number = NAMES.iter().position(|known| *known == name).map(|number| number as u8);
            match number.or_else(|| name.parse().ok()) {
                Some(number) => Some(Colour::Numbered(number)),
                None if name == "default" => Some(Colour::Default),
                None if name.starts_with('#') => Rgb::parse(name).map(Colour::Light),
                None => {
                    self.unknown(value.span(), "colour", name, NAMES.into_iter().chain(["default"]));
                    return None;
                }
            }
        } else {
            written.as_integer().and_then(|number| number.as_str().parse().ok()).map(Colour::Numbered)
        };
        if named.is_none() {
            let words =
                "a colour is \"#rrggbb\", a name such as \"bright-blue\", a number from 0 to 255, or \"default\"";
            self.complain(value.span(), words.into());
        }
        named
    }

    fn modifiers(&mut self, value: &Spanned<DeValue<'_>>) -> Modifier {
        let mut modifiers = Modifier::empty();
        let DeValue::Array(list) = value.get_ref() else {
            self.complain(value.span(), "modifiers are a list, such as [\"bold\"]".into());
            return modifiers;
        };
        for one in list {
            let name = one.get_ref().as_str().unwrap_or_default();
            match MODIFIERS.into_iter().find(|(known, _)| *known == name) {
                Some((_, modifier)) => modifiers |= modifier,
                None => self.unknown(one.span(), "modifier", name, MODIFIERS.into_iter().map(|(known, _)| known)),
            }
        }
        modifiers
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn problems(text: &str) -> Vec<String> {
        Sheet::parse(text).unwrap_err().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn reads_every_way_to_write_a_style() {
        let text = r##"
            inherits = "dark"
            text = "default"
            dim = 245
            line = "245"
            good = "bright-green"
            accent = { fg = "#5fd7d7", modifiers = ["bold", "underlined"] }
            chosen = { bg = "#102030", ansi = { fg = "black", bg = "cyan" } }
            warn = { ansi = "yellow" }
        "##;
        let sheet = Sheet::parse(text).unwrap();
        assert_eq!(sheet.inherits.as_ref().map(|(name, _)| name.as_str()), Some("dark"));
        let fg = |meaning| sheet.paints[meaning].look.fg;
        assert_eq!(fg("text"), Some(Colour::Default));
        assert_eq!([fg("dim"), fg("line")], [Some(Colour::Numbered(245)); 2]);
        assert_eq!(fg("good"), Some(Colour::Numbered(10)));
        assert_eq!(sheet.paints["accent"].look.modifiers, Modifier::BOLD | Modifier::UNDERLINED);
        let chosen = sheet.paints["chosen"];
        assert_eq!((chosen.look.fg, chosen.look.bg), (None, Some(Colour::Light(Rgb(16, 32, 48)))));
        let ansi = chosen.ansi.unwrap();
        assert_eq!((ansi.fg, ansi.bg), (Some(Colour::Numbered(0)), Some(Colour::Numbered(6))));
        assert_eq!(sheet.paints["warn"].ansi.unwrap().fg, Some(Colour::Numbered(3)));
        assert_eq!(sheet.missing(), ["bad", "client", "server", "marked", "lit"]);
    }

    #[test]
    fn tells_everything_that_is_wrong_with_its_place_and_the_nearest_right_name() {
        let text = "acent = 3\ngood = \"gren\"\nbad = { gf = 1 }\nwarn = { modifiers = [\"blod\"] }\ndim = 256\nlit = \"#12345\"\n";
        assert_eq!(
            problems(text),
            [
                "line 1, column 1: there is no meaning \"acent\"; did you mean \"accent\"?",
                "line 2, column 8: there is no colour \"gren\"; did you mean \"green\"?",
                "line 3, column 9: there is no key \"gf\"; did you mean \"fg\"?",
                "line 4, column 23: there is no modifier \"blod\"; did you mean \"bold\"?",
                "line 5, column 7: a colour is \"#rrggbb\", a name such as \"bright-blue\", a number from 0 to 255, or \"default\"",
                "line 6, column 7: a colour is \"#rrggbb\", a name such as \"bright-blue\", a number from 0 to 255, or \"default\"",
            ]
        );
        assert_eq!(problems("lit = { ansi = { ansi = 1 } }"), ["line 1, column 18: there is no key \"ansi\""]);
    }

    #[test]
    fn broken_syntax_is_told_with_its_place() {
        let found = problems("dim = 3\nline = \"never closed\n");
        assert!(found[0].starts_with("line 2, column "), "{found:?}");
    }

    proptest! {
        #[test]
        fn any_text_is_a_theme_or_a_list_of_problems(text in r#"([a-z]{1,7}|[={}\[\]",.#\n]|"[a-z#0-9]*"|[0-9]{1,4}|\PC){0,40}"#) {
            if let Err(problems) = Sheet::parse(&text) {
                prop_assert!(!problems.is_empty());
            }
        }
    }
}

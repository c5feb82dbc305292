//! What the environment tells of the terminal, without asking the terminal itself.

use super::theme::Depth;
use crate::app::look::{Background, Symbols};

/// What there is to draw on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Surroundings {
    /// Its colours.
    pub depth: Depth,
    /// Its signs.
    pub symbols: Symbols,
    /// Its background.
    pub background: Background,
    /// Whether to ask it for its background.
    pub answers: Answers,
}

/// Whether a terminal may be asked something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    /// It answers, or takes no notice.
    Perhaps,
    /// It would show the question.
    Never,
}

impl Surroundings {
    /// Reads the variables `NO_COLOR`, `COLORTERM`, `COLORFGBG`, `TERM`, `STY` and `TMUX`.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let told = |name: &str| variable(name).unwrap_or_default();
        let terminal = told("TERM");
        let is_plain = is_plain(&terminal);
        let depth = if is_plain || !told("NO_COLOR").is_empty() {
            Depth::Mono
        } else {
            let is_true = matches!(told("COLORTERM").to_ascii_lowercase().as_str(), "truecolor" | "24bit");
            // GNU screen passes on what the terminal around it has, and understands less.
            let is_in_screen = !told("STY").is_empty() && told("TMUX").is_empty();
            depth(&terminal, is_true && !is_in_screen)
        };
        let is_poor = is_plain || terminal == "linux";
        Self {
            depth,
            symbols: if is_poor { Symbols::Ascii } else { Symbols::Lines },
            background: background(&told("COLORFGBG")),
            answers: if is_poor { Answers::Never } else { Answers::Perhaps },
        }
    }
}

/// Whether it has neither colours nor more than ASCII.
fn is_plain(terminal: &str) -> bool {
    const PLAIN: [&str; 5] = ["vt52", "vt100", "vt102", "vt220", "vt320"];
    let family = terminal.split('-').next().unwrap_or_default();
    terminal.is_empty()
        || matches!(family, "dumb" | "unknown")
        || PLAIN.contains(&family)
        || terminal.ends_with("-m")
        || terminal.ends_with("-mono")
}

fn depth(terminal: &str, is_true: bool) -> Depth {
    /// Those that have all colours, whether they say so in `COLORTERM` or that was lost on the way, as over SSH.
    const TRUE: [&str; 8] =
        ["-direct", "-truecolor", "xterm-kitty", "alacritty", "foot", "wezterm", "ghostty", "contour"];
    if terminal == "linux" {
        Depth::Ansi16
    } else if is_true || TRUE.iter().any(|name| terminal.contains(name)) {
        Depth::TrueColor
    } else if terminal.contains("256color") {
        Depth::Indexed256
    } else {
        Depth::Ansi16
    }
}

/// `COLORFGBG`, as rxvt and Konsole set it: the number of the letters' colour and, last, of the background's.
fn background(told: &str) -> Background {
    match told.rsplit(';').next().and_then(|number| number.parse().ok()) {
        Some(7 | 9..=15u8) => Background::Light,
        Some(0..=6 | 8) => Background::Dark,
        Some(_) | None => Background::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(variables: &[(&str, &str)]) -> Surroundings {
        let value =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Surroundings::of(value)
    }

    #[test]
    fn the_depth_is_what_the_terminal_has() {
        let cases: [(&[(&str, &str)], Depth); 17] = [
            (&[], Depth::Mono),
            (&[("TERM", "dumb"), ("COLORTERM", "truecolor")], Depth::Mono),
            (&[("TERM", "vt100")], Depth::Mono),
            (&[("TERM", "vt220-w")], Depth::Mono),
            (&[("TERM", "xterm-mono")], Depth::Mono),
            (&[("TERM", "xterm")], Depth::Ansi16),
            (&[("TERM", "linux"), ("COLORTERM", "truecolor")], Depth::Ansi16),
            (&[("TERM", "screen")], Depth::Ansi16),
            (&[("TERM", "xterm-256color")], Depth::Indexed256),
            (&[("TERM", "screen-256color")], Depth::Indexed256),
            (&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")], Depth::TrueColor),
            (&[("TERM", "xterm"), ("COLORTERM", "24bit")], Depth::TrueColor),
            (&[("TERM", "xterm-direct")], Depth::TrueColor),
            (&[("TERM", "xterm-kitty")], Depth::TrueColor),
            (&[("TERM", "screen-256color"), ("STY", "1.a"), ("COLORTERM", "truecolor")], Depth::Indexed256),
            (&[("TERM", "tmux-256color"), ("TMUX", "/x"), ("STY", "1"), ("COLORTERM", "truecolor")], Depth::TrueColor),
            (&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("NO_COLOR", "1")], Depth::Mono),
        ];
        for (variables, depth) in cases {
            assert_eq!(told(variables).depth, depth, "{variables:?}");
        }
        assert_eq!(told(&[("TERM", "xterm"), ("NO_COLOR", "")]).depth, Depth::Ansi16, "empty is as if not set");
    }

    #[test]
    fn poor_terminals_get_ascii_and_are_asked_nothing() {
        for terminal in ["dumb", "vt100", "linux", ""] {
            let found = told(&[("TERM", terminal)]);
            assert_eq!((found.symbols, found.answers), (Symbols::Ascii, Answers::Never), "{terminal}");
        }
        let found = told(&[("TERM", "xterm"), ("NO_COLOR", "1")]);
        assert_eq!((found.symbols, found.answers), (Symbols::Lines, Answers::Perhaps));
    }

    #[test]
    fn the_background_is_taken_from_the_last_number() {
        let found = |value| told(&[("TERM", "xterm"), ("COLORFGBG", value)]).background;
        assert_eq!([found("15;0"), found("15;default;8")], [Background::Dark; 2]);
        assert_eq!([found("0;15"), found("0;default;7")], [Background::Light; 2]);
        assert_eq!([found(""), found("15;default"), found("0;99")], [Background::Unknown; 3]);
    }
}

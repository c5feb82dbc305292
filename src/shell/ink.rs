//! Colours of lines on standard output, where that is a terminal that has them and nobody forbids it.

use std::io::{self, IsTerminal};

use crossterm::Command;
use crossterm::style::{Color, ResetColor, SetForegroundColor};

use crate::ui::surroundings::Surroundings;
use crate::ui::theme::Depth;

/// What a colour says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// It is as it was to be.
    Good,
    /// It is not.
    Bad,
    /// It is there for who looks for it.
    Faint,
    /// It goes to the server.
    ToServer,
    /// It goes to the client.
    ToClient,
}

/// Whether lines are coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inks {
    /// They are.
    Coloured,
    /// They are not.
    Plain,
}

impl Inks {
    /// As standard output has them; `NO_COLOR` and `TERM` are heeded.
    pub fn of_standard_output() -> Self {
        let depth = Surroundings::of(|name| std::env::var(name).ok()).depth;
        if io::stdout().is_terminal() && depth != Depth::Mono { Inks::Coloured } else { Inks::Plain }
    }

    /// What is written from here on has that colour.
    pub fn begin(self, ink: Ink, line: &mut String) {
        let colour = match ink {
            Ink::Good => Color::DarkGreen,
            Ink::Bad => Color::DarkRed,
            Ink::Faint => Color::DarkGrey,
            Ink::ToServer => Color::DarkYellow,
            Ink::ToClient => Color::DarkCyan,
        };
        self.write(SetForegroundColor(colour), line);
    }

    /// What is written from here on has none.
    pub fn end(self, line: &mut String) {
        self.write(ResetColor, line);
    }

    /// A text in that colour.
    pub fn paint(self, ink: Ink, text: &str) -> String {
        let mut line = String::new();
        self.begin(ink, &mut line);
        line.push_str(text);
        self.end(&mut line);
        line
    }

    fn write(self, command: impl Command, line: &mut String) {
        if self == Inks::Coloured {
            // A text takes all that is written.
            let _ = command.write_ansi(line);
        }
    }
}

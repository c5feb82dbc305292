//! Colours and styles as a theme writes them, and as a terminal of some depth draws them.

use ratatui::style::{Color, Modifier, Style};

use super::Depth;
use crate::model::Rgb;

/// A colour as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colour {
    /// The terminal's own.
    Default,
    /// By number: the first 16 are as the user of the terminal has set them, the rest as xterm has them.
    Numbered(u8),
    /// By its light.
    Light(Rgb),
}

/// A style as written: what is left out stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Look {
    pub(super) fg: Option<Colour>,
    pub(super) bg: Option<Colour>,
    pub(super) modifiers: Modifier,
}

/// What a meaning is drawn with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Paint {
    pub(super) look: Look,
    /// Chosen by hand for 16 colours, where the nearest would be ugly.
    pub(super) ansi: Option<Look>,
}

/// The names of the first 16 colours, in the order of their numbers.
pub(super) const NAMES: [&str; 16] = [
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "white",
    "bright-black",
    "bright-red",
    "bright-green",
    "bright-yellow",
    "bright-blue",
    "bright-magenta",
    "bright-cyan",
    "bright-white",
];

/// What the first 16 are like in xterm; every terminal has its own, and most are near.
const USUAL: [Rgb; 16] = [
    Rgb(0, 0, 0),
    Rgb(205, 0, 0),
    Rgb(0, 205, 0),
    Rgb(205, 205, 0),
    Rgb(0, 0, 238),
    Rgb(205, 0, 205),
    Rgb(0, 205, 205),
    Rgb(229, 229, 229),
    Rgb(127, 127, 127),
    Rgb(255, 0, 0),
    Rgb(0, 255, 0),
    Rgb(255, 255, 0),
    Rgb(92, 92, 255),
    Rgb(255, 0, 255),
    Rgb(0, 255, 255),
    Rgb(255, 255, 255),
];

impl Paint {
    /// As a terminal of that depth draws it.
    pub(super) fn style(self, depth: Depth) -> Style {
        let look = match (depth, self.ansi) {
            (Depth::Ansi16, Some(ansi)) => ansi,
            (Depth::Mono | Depth::Ansi16 | Depth::Indexed256 | Depth::TrueColor, _) => self.look,
        };
        let mut style = Style::new().add_modifier(look.modifiers);
        style.fg = look.fg.and_then(|colour| colour.drawn(depth));
        style.bg = look.bg.and_then(|colour| colour.drawn(depth));
        style
    }
}

impl Colour {
    fn drawn(self, depth: Depth) -> Option<Color> {
        match (depth, self) {
            (Depth::Mono, _) => None,
            (_, Self::Default) => Some(Color::Reset),
            (Depth::TrueColor, Self::Light(Rgb(red, green, blue))) => Some(Color::Rgb(red, green, blue)),
            (Depth::Indexed256, Self::Light(light)) => Some(Color::Indexed(nearest(light, 16..=255))),
            (Depth::Ansi16, Self::Light(light)) => Some(Color::Indexed(nearest(light, 0..=15))),
            (Depth::Ansi16, Self::Numbered(number @ 16..)) => Some(Color::Indexed(nearest(light_of(number), 0..=15))),
            (Depth::Ansi16 | Depth::Indexed256 | Depth::TrueColor, Self::Numbered(number)) => {
                Some(Color::Indexed(number))
            }
        }
    }
}

/// The number of the colour that looks most like it.
fn nearest(light: Rgb, numbers: impl Iterator<Item = u8>) -> u8 {
    numbers.min_by(|one, other| difference(light, *one).total_cmp(&difference(light, *other))).unwrap_or(0)
}

fn difference(light: Rgb, number: u8) -> f64 {
    light.difference(light_of(number))
}

/// What a number looks like: xterm's cube of 6x6x6 and its 24 greys.
fn light_of(number: u8) -> Rgb {
    match number {
        0..16 => USUAL[usize::from(number)],
        16..232 => {
            let cube = number - 16;
            let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
            Rgb(level(cube / 36), level(cube / 6 % 6), level(cube % 6))
        }
        232..=255 => {
            let grey = 8 + 10 * (number - 232);
            Rgb(grey, grey, grey)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_that_the_terminal_has_is_found_exactly() {
        for number in 16..=255 {
            let found = nearest(light_of(number), 16..=255);
            assert_eq!(light_of(found), light_of(number));
        }
        for number in 0..16 {
            assert_eq!(nearest(USUAL[usize::from(number)], 0..=15), number);
        }
    }

    #[test]
    fn others_become_what_looks_most_like_them() {
        let cases = [("#5fd7d6", 80), ("#fefefe", 231), ("#ff7b72", 210), ("#26394b", 237)];
        for (written, number) in cases {
            let light = Rgb::parse(written).unwrap();
            assert_eq!(Colour::Light(light).drawn(Depth::Indexed256), Some(Color::Indexed(number)), "{written}");
        }
        let of_sixteen =
            [("#ff2020", "bright-red"), ("#111111", "black"), ("#e0e0e0", "white"), ("#808080", "bright-black")];
        for (written, name) in of_sixteen {
            let number = NAMES.iter().position(|known| *known == name).unwrap() as u8;
            let light = Rgb::parse(written).unwrap();
            assert_eq!(Colour::Light(light).drawn(Depth::Ansi16), Some(Color::Indexed(number)), "{written}");
        }
        assert_eq!(Colour::Numbered(196).drawn(Depth::Ansi16), Some(Color::Indexed(9)));
        assert_eq!(Colour::Numbered(196).drawn(Depth::TrueColor), Some(Color::Indexed(196)));
    }

    #[test]
    fn without_colour_only_modifiers_are_left() {
        let look = Look { fg: Some(Colour::Numbered(1)), bg: Some(Colour::Default), modifiers: Modifier::BOLD };
        let paint = Paint { look, ansi: None };
        assert_eq!(paint.style(Depth::Mono), Style::new().add_modifier(Modifier::BOLD));
    }

    #[test]
    fn what_was_chosen_by_hand_stands_for_sixteen_colours_alone() {
        let hand = Look { fg: Some(Colour::Numbered(4)), ..Look::default() };
        let paint = Paint { look: Look { fg: Some(Colour::Numbered(99)), ..Look::default() }, ansi: Some(hand) };
        assert_eq!(paint.style(Depth::Ansi16).fg, Some(Color::Indexed(4)));
        assert_eq!(paint.style(Depth::Indexed256).fg, Some(Color::Indexed(99)));
    }
}

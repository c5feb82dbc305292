//! A colour of light: how bright it is, and how well it stands out against another.

/// Red, green and blue (sRGB).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rgb(pub u8, pub u8, pub u8);

/// The luminance halfway between black and white, as contrast goes: on darker grounds white reads better.
const HALFWAY: f64 = 0.179;

impl Rgb {
    /// Reads `#rrggbb`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
        let part = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
        digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then_some(())?;
        Some(Self(part(0)?, part(2)?, part(4)?))
    }

    /// From 0, black, to 1, white (WCAG 2.2, "relative luminance").
    pub fn luminance(self) -> f64 {
        let [red, green, blue] = self.linear();
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// From 1, the same, to 21, black on white (WCAG 2.2, "contrast ratio").
    pub fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance(), other.luminance());
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    /// Whether dark text reads better on it than light text.
    pub fn is_light(self) -> bool {
        self.luminance() > HALFWAY
    }

    /// How different two colours look: the square of their distance in Oklab (Björn Ottosson, 2020).
    pub fn difference(self, other: Self) -> f64 {
        let (one, other) = (self.oklab(), other.oklab());
        one.iter().zip(other).map(|(a, b)| (a - b) * (a - b)).sum()
    }

    fn linear(self) -> [f64; 3] {
        [self.0, self.1, self.2].map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        })
    }

    fn oklab(self) -> [f64; 3] {
        let [red, green, blue] = self.linear();
        let cone = |r: f64, g: f64, b: f64| (r * red + g * green + b * blue).cbrt();
        let long = cone(0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9);
        let middle = cone(0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6);
        let short = cone(0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5);
        let part = |l: f64, m: f64, s: f64| l * long + m * middle + s * short;
        [
            part(0.210_454_255_3, 0.793_617_785_0, -0.004_072_046_8),
            part(1.977_998_495_1, -2.428_592_205_0, 0.450_593_709_9),
            part(0.025_904_037_1, 0.782_771_766_2, -0.808_675_766_0),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLACK: Rgb = Rgb(0, 0, 0);
    const WHITE: Rgb = Rgb(255, 255, 255);

    #[test]
    fn reads_six_digits_and_nothing_else() {
        assert_eq!(Rgb::parse("#0aFF10"), Some(Rgb(10, 255, 16)));
        for wrong in ["", "#", "0aff10", "#0aff1", "#0aff100", "#0aff1g", "#+aff10", "#é0000"] {
            assert_eq!(Rgb::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn contrast_is_that_of_the_standard() {
        assert!((BLACK.contrast(WHITE) - 21.0).abs() < 1e-9);
        assert!((WHITE.contrast(WHITE) - 1.0).abs() < 1e-9);
        // The lightest grey that passes on white, by WebAIM's checker.
        assert!((Rgb(0x76, 0x76, 0x76).contrast(WHITE) - 4.54).abs() < 0.01);
    }

    #[test]
    fn tells_light_grounds_from_dark_ones() {
        for light in [WHITE, Rgb(0xfd, 0xf6, 0xe3), Rgb(0xc0, 0xc0, 0xc0)] {
            assert!(light.is_light(), "{light:?}");
        }
        for dark in [BLACK, Rgb(0x1e, 0x1e, 0x1e), Rgb(0x00, 0x2b, 0x36), Rgb(0x00, 0x00, 0xff)] {
            assert!(!dark.is_light(), "{dark:?}");
        }
    }

    #[test]
    fn what_looks_alike_is_near() {
        let teal = Rgb(0x5f, 0xd7, 0xd7);
        assert!(teal.difference(teal) < 1e-12);
        assert!(teal.difference(Rgb(0x60, 0xd0, 0xd0)) < teal.difference(Rgb(0xd7, 0x5f, 0xd7)));
        assert!((BLACK.difference(WHITE) - 1.0).abs() < 1e-3);
    }
}

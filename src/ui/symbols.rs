//! Signs in ASCII, for fonts that have no more: the one table, laid over the finished screen.

use ratatui::buffer::Buffer;

use crate::app::look::Symbols;

/// Signs of keys, which become words; these are put in where text is made, for they are longer.
const KEYS: [(&str, &str); 5] = [("⏎", "enter"), ("↑", "up"), ("↓", "down"), ("←", "left"), ("→", "right")];

/// A text with the names of keys as those symbols have them.
pub fn key_names(text: &str, symbols: Symbols) -> String {
    match symbols {
        Symbols::Lines => text.to_owned(),
        Symbols::Ascii => KEYS.iter().fold(text.to_owned(), |text, (sign, word)| text.replace(sign, word)),
    }
}

/// Puts letters in the place of signs; each is as wide as what it stands for, so nothing shifts.
pub fn spell_out(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        let mut letters = cell.symbol().chars();
        if let (Some(letter), None) = (letters.next().and_then(in_ascii), letters.next()) {
            cell.set_char(letter);
        }
    }
}

/// What stands for a sign of ours; None for all other characters.
fn in_ascii(sign: char) -> Option<char> {
    Some(match sign {
        '─' | '━' | '┄' | '–' | '—' | '◞' => '-',
        '│' | '┃' | '┊' | '║' | '◜' => '|',
        '┌'..='╋' | '╭'..='╰' | '✓' => '+',
        '▁'..='▐' | '▓' => '#',
        '░' | '▒' => ':',
        '…' | '◌' => '~',
        '·' => '.',
        '•' | '●' | '◆' | '∞' => '*',
        '¶' => '"',
        '○' => 'o',
        '◐' => '(',
        '◑' => ')',
        '◝' | '╱' => '/',
        '◟' | '╲' => '\\',
        '✗' | '×' => 'x',
        '→' | '↦' | '▸' | '▶' | '›' | '⏎' => '>',
        '←' | '↤' | '◀' | '‹' => '<',
        '↑' | '▴' => '^',
        '↓' | '▾' => 'v',
        '⇄' => '=',
        'Δ' => 'd',
        'µ' => 'u',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthChar;

    use super::*;

    #[test]
    fn every_letter_is_as_wide_as_its_sign_and_ascii() {
        let signs: Vec<char> = ('\u{80}'..='\u{2fff}').filter(|sign| in_ascii(*sign).is_some()).collect();
        assert!(signs.len() > 100, "lines, blocks and arrows");
        for sign in signs {
            let letter = in_ascii(sign).unwrap();
            assert!(letter.is_ascii_graphic(), "{sign}");
            assert_eq!(sign.width(), Some(1), "{sign}");
        }
    }

    #[test]
    fn what_people_send_is_left_as_it_is() {
        let mut buffer = Buffer::with_lines(["é世 → e\u{301} ─"]);
        spell_out(&mut buffer);
        assert_eq!(buffer, Buffer::with_lines(["é世 > e\u{301} -"]));
    }

    #[test]
    fn keys_are_called_by_their_names() {
        assert_eq!(key_names("press ⏎ or ↑", Symbols::Ascii), "press enter or up");
        assert_eq!(key_names("press ⏎ or ↑", Symbols::Lines), "press ⏎ or ↑");
    }
}

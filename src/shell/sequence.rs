//! The sequences a terminal sends for keys and the mouse: ECMA-48 section 5.4, and xterm's "Control Sequences"
//! (PC-style function keys, SGR mouse, bracketed paste). The tests are those of the keyboard, which uses it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::keyboard::Typed;
use crate::model::Rgb;

/// The most bytes a control sequence may have; xterm's longest to us is a mouse report of about 20.
const SEQUENCE_LIMIT: usize = 64;

/// The most bytes an answer may have; that to the one question asked has 22.
const ANSWER_LIMIT: usize = 256;

const ESCAPE: u8 = 0x1b;
const BELL: u8 = 0x07;

/// What the start of some bytes is.
pub(super) enum Parsed {
    /// This, and it took so many bytes.
    Typed(Typed, usize),
    /// A paste begins after so many bytes.
    PasteBegins(usize),
    /// Nothing of interest, and it took so many bytes.
    Nothing(usize),
    /// An answer of the terminal that is longer than any that was asked for, to the end of the bytes and beyond.
    Endless,
    /// The beginning of something.
    Incomplete,
}

/// Whether more bytes may still belong to what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum More {
    MayCome,
    WillNotCome,
}

/// Reads what the bytes, of which there is at least one, begin with.
pub(super) fn parse(bytes: &[u8], more: More) -> Parsed {
    match bytes {
        [ESCAPE] => lone_escape(more),
        [ESCAPE, b'[', rest @ ..] => control_sequence(rest, more),
        [ESCAPE, b']'] if more == More::MayCome => Parsed::Incomplete,
        [ESCAPE, b']', b'0'..=b'9', ..] => answer(&bytes[2..], more),
        [ESCAPE, b'O', rest @ ..] => single_shift(rest, more),
        [ESCAPE, ESCAPE, ..] => key(KeyCode::Esc, KeyModifiers::NONE, 1),
        [ESCAPE, rest @ ..] => with_alt(character(rest, more)),
        _ => character(bytes, more),
    }
}

fn lone_escape(more: More) -> Parsed {
    match more {
        More::MayCome => Parsed::Incomplete,
        More::WillNotCome => key(KeyCode::Esc, KeyModifiers::NONE, 1),
    }
}

fn key(code: KeyCode, modifiers: KeyModifiers, length: usize) -> Parsed {
    Parsed::Typed(Typed::Key(KeyEvent::new(code, modifiers)), length)
}

/// ESC before a key is that key with Alt.
fn with_alt(parsed: Parsed) -> Parsed {
    match parsed {
        Parsed::Typed(Typed::Key(mut pressed), length) => {
            pressed.modifiers |= KeyModifiers::ALT;
            Parsed::Typed(Typed::Key(pressed), length + 1)
        }
        Parsed::Typed(other, length) => Parsed::Typed(other, length + 1),
        Parsed::PasteBegins(length) => Parsed::PasteBegins(length + 1),
        Parsed::Nothing(length) => Parsed::Nothing(length + 1),
        Parsed::Endless => Parsed::Endless,
        Parsed::Incomplete => Parsed::Incomplete,
    }
}

/// Whether the bytes begin what a terminal answers when asked (OSC), or may be about to.
pub(super) fn begins_an_answer(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x1b]")
}

/// ESC ] text, to BEL or to ESC \\ (ECMA-48's OSC and ST; xterm ends an answer as the question ended).
fn answer(rest: &[u8], more: More) -> Parsed {
    let Some(end) = rest.iter().position(|byte| *byte < 0x20) else {
        return match more {
            More::MayCome if rest.len() < ANSWER_LIMIT => Parsed::Incomplete,
            More::MayCome => Parsed::Endless,
            More::WillNotCome => Parsed::Nothing(2 + rest.len()),
        };
    };
    let length = match &rest[end..] {
        [BELL, ..] => 2 + end + 1,
        [ESCAPE, b'\\', ..] => 2 + end + 2,
        [ESCAPE] if more == More::MayCome => return Parsed::Incomplete,
        // Broken off: what broke it off is read on its own.
        _ => return Parsed::Nothing(2 + end),
    };
    match rest[..end].strip_prefix(b"11;").and_then(colour) {
        Some(background) => Parsed::Typed(Typed::Background(background), length),
        None => Parsed::Nothing(length),
    }
}

/// A colour as X11 writes it, `rgb:ffff/ffff/ffff`, each part of one to four hex digits (XParseColor).
fn colour(text: &[u8]) -> Option<Rgb> {
    let text = std::str::from_utf8(text).ok()?;
    let parts = text.strip_prefix("rgb:").or_else(|| text.strip_prefix("rgba:"))?;
    let mut parts = parts.split('/').map(|digits| {
        let is_number = (1..=4).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let most = (1u32 << (4 * digits.len().min(4))) - 1;
        let value = u32::from_str_radix(digits, 16).ok().filter(|_| is_number)?;
        Some((value * 255 / most) as u8)
    });
    Some(Rgb(parts.next()??, parts.next()??, parts.next()??))
}

/// One control character, or one character in UTF-8.
fn character(bytes: &[u8], more: More) -> Parsed {
    let control = |letter: char| key(KeyCode::Char(letter), KeyModifiers::CONTROL, 1);
    match bytes[0] {
        b'\r' => key(KeyCode::Enter, KeyModifiers::NONE, 1),
        b'\t' => key(KeyCode::Tab, KeyModifiers::NONE, 1),
        0x7f => key(KeyCode::Backspace, KeyModifiers::NONE, 1),
        0 => control(' '),
        low @ 0x01..=0x1a => control(char::from(low - 1 + b'a')),
        ESCAPE => key(KeyCode::Esc, KeyModifiers::NONE, 1),
        high @ 0x1c..=0x1f => control(char::from(high - 0x1c + b'4')),
        0x20..=0x7e => plain(char::from(bytes[0]), 1),
        _ => unicode(bytes, more),
    }
}

fn unicode(bytes: &[u8], more: More) -> Parsed {
    let length = match bytes[0] {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return Parsed::Nothing(1),
    };
    let Some(whole) = bytes.get(..length) else {
        return match more {
            More::MayCome => Parsed::Incomplete,
            More::WillNotCome => Parsed::Nothing(bytes.len()),
        };
    };
    match std::str::from_utf8(whole).ok().and_then(|text| text.chars().next()) {
        Some(letter) => plain(letter, length),
        None => Parsed::Nothing(1),
    }
}

fn plain(letter: char, length: usize) -> Parsed {
    let modifiers = if letter.is_uppercase() { KeyModifiers::SHIFT } else { KeyModifiers::NONE };
    key(KeyCode::Char(letter), modifiers, length)
}

/// ESC O x: function keys in application mode.
fn single_shift(rest: &[u8], more: More) -> Parsed {
    let Some(&last) = rest.first() else {
        return match more {
            More::MayCome => Parsed::Incomplete,
            More::WillNotCome => key(KeyCode::Char('O'), KeyModifiers::ALT | KeyModifiers::SHIFT, 2),
        };
    };
    let code = if last == b'M' { Some(KeyCode::Enter) } else { letter_key(last) };
    code.map_or(Parsed::Nothing(3), |code| key(code, KeyModifiers::NONE, 3))
}

/// Keys whose sequence ends in a letter of their own.
fn letter_key(last: u8) -> Option<KeyCode> {
    Some(match last {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'P' => KeyCode::F(1),
        b'Q' => KeyCode::F(2),
        b'R' => KeyCode::F(3),
        b'S' => KeyCode::F(4),
        _ => return None,
    })
}

/// Keys whose sequence is a number and a tilde.
fn number_key(number: u16) -> Option<KeyCode> {
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => KeyCode::F((number - 10) as u8),
        17..=21 => KeyCode::F((number - 11) as u8),
        23 | 24 => KeyCode::F((number - 12) as u8),
        _ => return None,
    })
}

/// ESC [ parameters final.
fn control_sequence(rest: &[u8], more: More) -> Parsed {
    // The Linux console's F1 to F5 and an X10 mouse report do not keep to the form.
    match rest {
        [b'[', last, ..] => return console_key(*last),
        [b'M', _, _, _, ..] => return Parsed::Nothing(6),
        _ => {}
    }
    let Some(end) = rest.iter().position(|byte| !(0x20..=0x3f).contains(byte)) else {
        return match more {
            More::MayCome if rest.len() < SEQUENCE_LIMIT => Parsed::Incomplete,
            More::WillNotCome if rest.is_empty() => key(KeyCode::Char('['), KeyModifiers::ALT, 2),
            More::MayCome | More::WillNotCome => Parsed::Nothing(2 + rest.len()),
        };
    };
    let (parameters, last) = (&rest[..end], rest[end]);
    let length = 2 + end + 1;
    if more == More::MayCome && end == 0 && (last == b'[' || last == b'M') {
        return Parsed::Incomplete;
    }
    match last {
        b'M' | b'm' if parameters.first() == Some(&b'<') => mouse(&parameters[1..], last)
            .map_or(Parsed::Nothing(length), |report| Parsed::Typed(Typed::Mouse(report), length)),
        0x40..=0x7e => function_key(parameters, last, length),
        // Not a sequence after all: what broke it off is read on its own.
        _ => Parsed::Nothing(length - 1),
    }
}

fn console_key(last: u8) -> Parsed {
    match last {
        b'A'..=b'E' => key(KeyCode::F(last - b'A' + 1), KeyModifiers::NONE, 4),
        _ => Parsed::Nothing(4),
    }
}

fn function_key(parameters: &[u8], last: u8, length: usize) -> Parsed {
    let numbers: Vec<u16> = numbers(parameters);
    let number = |at: usize| numbers.get(at).copied().unwrap_or(0);
    let modifiers = modifiers_of(number(1));
    match last {
        b'~' if number(0) == 200 => Parsed::PasteBegins(length),
        b'~' if number(0) == 27 => coded_key(number(2), modifiers, length),
        b'~' => number_key(number(0)).map_or(Parsed::Nothing(length), |code| key(code, modifiers, length)),
        b'u' => coded_key(number(0), modifiers, length),
        b'Z' => key(KeyCode::BackTab, modifiers | KeyModifiers::SHIFT, length),
        _ if !parameters.is_empty() && number(0) != 1 => Parsed::Nothing(length),
        _ => letter_key(last).map_or(Parsed::Nothing(length), |code| key(code, modifiers, length)),
    }
}

/// A key told by its character's code: xterm's modifyOtherKeys and CSI u.
fn coded_key(code: u16, modifiers: KeyModifiers, length: usize) -> Parsed {
    let code = match code {
        9 if modifiers.contains(KeyModifiers::SHIFT) => KeyCode::BackTab,
        9 => KeyCode::Tab,
        13 => KeyCode::Enter,
        27 => KeyCode::Esc,
        127 => KeyCode::Backspace,
        _ => match char::from_u32(u32::from(code)).filter(|letter| !letter.is_control()) {
            Some(letter) => KeyCode::Char(letter),
            None => return Parsed::Nothing(length),
        },
    };
    key(code, modifiers, length)
}

fn numbers(parameters: &[u8]) -> Vec<u16> {
    let number = |text: &[u8]| {
        let digits = text.split(|byte| *byte == b':').next().unwrap_or_default();
        std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).unwrap_or(0)
    };
    parameters.split(|byte| *byte == b';').map(number).collect()
}

/// xterm's modifier parameter: one more than a set of bits.
fn modifiers_of(parameter: u16) -> KeyModifiers {
    let bits = parameter.saturating_sub(1);
    let mut modifiers = KeyModifiers::NONE;
    for (bit, modifier) in
        [(1, KeyModifiers::SHIFT), (2, KeyModifiers::ALT), (4, KeyModifiers::CONTROL), (8, KeyModifiers::SUPER)]
    {
        if bits & bit != 0 {
            modifiers |= modifier;
        }
    }
    modifiers
}

/// An SGR mouse report: button, column and row, both from 1.
fn mouse(parameters: &[u8], last: u8) -> Option<MouseEvent> {
    let [button, column, row] = numbers(parameters)[..] else { return None };
    let which = match button & 3 {
        0 => MouseButton::Left,
        1 => MouseButton::Middle,
        _ => MouseButton::Right,
    };
    let kind = match (button & 0xc0, button & 0x20 != 0, button & 3) {
        (0, false, 3) => MouseEventKind::Up(MouseButton::Left),
        (0, false, _) if last == b'm' => MouseEventKind::Up(which),
        (0, false, _) => MouseEventKind::Down(which),
        (0, true, 3) => MouseEventKind::Moved,
        (0, true, _) => MouseEventKind::Drag(which),
        (0x40, _, 0) => MouseEventKind::ScrollUp,
        (0x40, _, 1) => MouseEventKind::ScrollDown,
        (0x40, _, 2) => MouseEventKind::ScrollLeft,
        (0x40, _, _) => MouseEventKind::ScrollRight,
        _ => return None,
    };
    let mut modifiers = KeyModifiers::NONE;
    for (bit, modifier) in [(4, KeyModifiers::SHIFT), (8, KeyModifiers::ALT), (16, KeyModifiers::CONTROL)] {
        if button & bit != 0 {
            modifiers |= modifier;
        }
    }
    Some(MouseEvent { kind, column: column.checked_sub(1)?, row: row.checked_sub(1)?, modifiers })
}

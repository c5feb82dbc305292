//! Keys as they are written, `ctrl-p`, and as they arrive from the terminal.

use crossterm::event::{KeyCode, KeyModifiers};

use crate::model::nearest as nearest_word;

/// The code and modifiers a written key means; None when no key is written so.
pub fn parse(name: &str) -> Option<(KeyCode, KeyModifiers)> {
    let mut modifiers = KeyModifiers::NONE;
    let mut rest = name;
    loop {
        if let Some(after) = rest.strip_prefix("ctrl-") {
            modifiers |= KeyModifiers::CONTROL;
            rest = after;
        } else if let Some(after) = rest.strip_prefix("alt-") {
            modifiers |= KeyModifiers::ALT;
            rest = after;
        } else if let Some(after) = rest.strip_prefix("shift-") {
            modifiers |= KeyModifiers::SHIFT;
            rest = after;
        } else {
            break;
        }
    }
    // What terminals send for ctrl-_ and ctrl-/ is read as ctrl-7.
    let rest = if modifiers == KeyModifiers::CONTROL && matches!(rest, "_" | "/") { "7" } else { rest };
    let code = match rest {
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" if modifiers.contains(KeyModifiers::SHIFT) => KeyCode::BackTab,
        "tab" => KeyCode::Tab,
        "space" => KeyCode::Char(' '),
        "backspace" => KeyCode::Backspace,
        "delete" => KeyCode::Delete,
        "insert" => KeyCode::Insert,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "pageup" => KeyCode::PageUp,
        "pagedown" => KeyCode::PageDown,
        _ => {
            if let Some(number) =
                rest.strip_prefix('f').and_then(|number| number.parse().ok()).filter(|number| (1..=24).contains(number))
            {
                KeyCode::F(number)
            } else {
                let mut letters = rest.chars();
                let letter = letters.next()?;
                if letters.next().is_some() {
                    return None;
                }
                KeyCode::Char(letter)
            }
        }
    };
    Some((code, modifiers))
}

/// The key name nearest to what is written, when it is near enough to be a slip of the fingers.
pub fn nearest(name: &str) -> Option<String> {
    let (held, key) = name.rsplit_once('-').unwrap_or(("", name));
    let is_known = key.chars().count() == 1 || parse(key).is_some();
    let key = if is_known { key } else { nearest_word(key, NAMES.iter().copied())? };
    let mut near = String::new();
    for word in held.split('-').filter(|word| !word.is_empty()) {
        near.push_str(nearest_word(word, ["ctrl", "alt", "shift"])?);
        near.push('-');
    }
    Some(near + key)
}

/// Keys that have a name.
const NAMES: [&str; 15] = [
    "enter",
    "esc",
    "tab",
    "space",
    "backspace",
    "delete",
    "insert",
    "up",
    "down",
    "left",
    "right",
    "home",
    "end",
    "pageup",
    "pagedown",
];

/// How a key is shown in footers and help: `^P`, `⏎`, `↑`.
#[expect(clippy::wildcard_enum_match_arm, reason = "the terminal's enum, of which most means nothing here")]
pub fn shown(code: KeyCode, held: KeyModifiers) -> String {
    let key = match code {
        KeyCode::Enter => "⏎".into(),
        KeyCode::Esc => "esc".into(),
        KeyCode::Tab => "tab".into(),
        KeyCode::BackTab => "shift-tab".into(),
        KeyCode::Char(' ') => "space".into(),
        KeyCode::Char('7') if held.contains(KeyModifiers::CONTROL) => "_".into(),
        KeyCode::Char(letter) if held.contains(KeyModifiers::CONTROL) => letter.to_uppercase().to_string(),
        KeyCode::Char(letter) => letter.to_string(),
        KeyCode::Backspace => "bksp".into(),
        KeyCode::Delete => "del".into(),
        KeyCode::Insert => "ins".into(),
        KeyCode::Up => "↑".into(),
        KeyCode::Down => "↓".into(),
        KeyCode::Left => "←".into(),
        KeyCode::Right => "→".into(),
        KeyCode::Home => "home".into(),
        KeyCode::End => "end".into(),
        KeyCode::PageUp => "pgup".into(),
        KeyCode::PageDown => "pgdn".into(),
        KeyCode::F(number) => format!("f{number}"),
        other => other.to_string(),
    };
    let control = if held.contains(KeyModifiers::CONTROL) { "^" } else { "" };
    let alt = if held.contains(KeyModifiers::ALT) { "alt-" } else { "" };
    let shift = if held.contains(KeyModifiers::SHIFT) && code != KeyCode::BackTab { "shift-" } else { "" };
    format!("{alt}{shift}{control}{key}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_names_people_write() {
        assert_eq!(parse("G"), Some((KeyCode::Char('G'), KeyModifiers::NONE)));
        assert_eq!(parse("ctrl-p"), Some((KeyCode::Char('p'), KeyModifiers::CONTROL)));
        assert_eq!(parse("shift-tab"), Some((KeyCode::BackTab, KeyModifiers::SHIFT)));
        assert_eq!(parse("f12"), Some((KeyCode::F(12), KeyModifiers::NONE)));
        assert_eq!(parse("ctrl--"), Some((KeyCode::Char('-'), KeyModifiers::CONTROL)));
        assert_eq!(parse("f0"), None);
        assert_eq!(parse("hyper-x"), None);
    }

    #[test]
    fn shows_keys_as_footers_have_them() {
        for (name, wanted) in [("ctrl-p", "^P"), ("ctrl-left", "^←"), ("alt-b", "alt-b"), ("shift-tab", "shift-tab")]
        {
            let (code, held) = parse(name).expect(name);
            assert_eq!(shown(code, held), wanted);
        }
    }

    #[test]
    fn offers_the_key_that_was_meant() {
        assert_eq!(nearest("cntrl-x").as_deref(), Some("ctrl-x"));
        assert_eq!(nearest("ctrl-pgup"), None);
        assert_eq!(nearest("entre").as_deref(), Some("enter"));
    }
}

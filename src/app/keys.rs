//! Keys as they are written, `ctrl-p`, and as they arrive from the terminal.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Whether a pressed key is the one written as `name`: `q`, `G`, `ctrl-p`, `alt-1`, `shift-tab`, `f1`, `space`.
#[expect(clippy::wildcard_enum_match_arm, reason = "the terminal's enum, of which most means nothing here")]
pub fn is_key(name: &str, pressed: KeyEvent) -> bool {
    let Some((code, modifiers)) = parse(name) else { return false };
    let held = pressed.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
    match pressed.code {
        // A letter carries its shift in itself; so does a tab.
        KeyCode::Char(_) | KeyCode::BackTab => {
            pressed.code == code && held - KeyModifiers::SHIFT == modifiers - KeyModifiers::SHIFT
        }
        other => other == code && held == modifiers,
    }
}

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
            if let Some(number) = rest.strip_prefix('f').and_then(|number| number.parse().ok()) {
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

/// How a written key is shown in footers and help: `^P`, `⏎`, `↑`.
pub fn shown(name: &str) -> String {
    if let Some(rest) = name.strip_prefix("ctrl-") {
        return format!("^{}", shown(rest).to_uppercase());
    }
    match name {
        "enter" => "⏎".into(),
        "up" => "↑".into(),
        "down" => "↓".into(),
        "left" => "←".into(),
        "right" => "→".into(),
        "pageup" => "pgup".into(),
        "pagedown" => "pgdn".into(),
        "delete" => "del".into(),
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(code: KeyCode, modifiers: KeyModifiers) -> KeyEvent {
        KeyEvent::new(code, modifiers)
    }

    #[test]
    fn reads_the_names_people_write() {
        assert!(is_key("q", press(KeyCode::Char('q'), KeyModifiers::NONE)));
        assert!(is_key("G", press(KeyCode::Char('G'), KeyModifiers::SHIFT)));
        assert!(is_key("?", press(KeyCode::Char('?'), KeyModifiers::SHIFT)));
        assert!(is_key("ctrl-p", press(KeyCode::Char('p'), KeyModifiers::CONTROL)));
        assert!(is_key("shift-tab", press(KeyCode::BackTab, KeyModifiers::SHIFT)));
        assert!(is_key("shift-tab", press(KeyCode::BackTab, KeyModifiers::NONE)));
        assert!(is_key("f1", press(KeyCode::F(1), KeyModifiers::NONE)));
        assert!(is_key("space", press(KeyCode::Char(' '), KeyModifiers::NONE)));
        assert!(is_key("shift-up", press(KeyCode::Up, KeyModifiers::SHIFT)));
    }

    #[test]
    fn a_modifier_more_or_less_is_another_key() {
        assert!(!is_key("q", press(KeyCode::Char('q'), KeyModifiers::CONTROL)));
        assert!(!is_key("ctrl-p", press(KeyCode::Char('p'), KeyModifiers::NONE)));
        assert!(!is_key("up", press(KeyCode::Up, KeyModifiers::SHIFT)));
        assert!(!is_key("tab", press(KeyCode::BackTab, KeyModifiers::SHIFT)));
        assert!(!is_key("alt-1", press(KeyCode::Char('1'), KeyModifiers::NONE)));
    }
}

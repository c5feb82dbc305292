//! Which keys mean which command: the table's, and what the config says in their place.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::command::{COMMANDS, Command, Place};
use super::keys;

/// The most keys pressed one after another that make one binding.
const LONGEST: usize = 4;

/// Keys that a terminal sends as others (ASCII control characters).
const CONFUSED: [(&str, &str); 4] = [("ctrl-i", "tab"), ("ctrl-m", "enter"), ("ctrl-[", "esc"), ("ctrl-j", "enter")];

/// One key, pressed with what is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Press {
    code: KeyCode,
    held: KeyModifiers,
}

impl Press {
    /// The key of that name: `q`, `ctrl-p`, `shift-tab`.
    pub fn named(name: &str) -> Option<Self> {
        keys::parse(name).map(|(code, held)| Self::new(code, held))
    }

    /// The key that was pressed.
    pub fn pressed(key: KeyEvent) -> Self {
        Self::new(key.code, key.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT))
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the terminal's enum, of which most means nothing here")]
    fn new(code: KeyCode, held: KeyModifiers) -> Self {
        let held = match code {
            // A letter carries its shift in itself; so does a tab.
            KeyCode::Char(_) | KeyCode::BackTab => held - KeyModifiers::SHIFT,
            _ => held,
        };
        Self { code, held }
    }

    /// As footers and help show it: `^W`.
    pub fn shown(self) -> String {
        keys::shown(self.code, self.held)
    }

    /// Whether it is a letter as texts take it.
    pub fn is_letter(self) -> bool {
        matches!(self.code, KeyCode::Char(_)) && self.held.is_empty()
    }
}

/// Keys pressed one after another, as they are written: `ctrl-w h`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    written: String,
    presses: Vec<Press>,
}

impl Keys {
    /// Reads keys as they are written, with blanks between those pressed one after another.
    ///
    /// # Errors
    /// Says which key there is none of.
    pub fn parse(written: &str) -> Result<Self, String> {
        let names: Vec<&str> = written.split_whitespace().collect();
        if names.is_empty() {
            return Err("a key is missing between the quotes".into());
        }
        if names.len() > LONGEST {
            return Err(format!("\"{written}\" has more than {LONGEST} keys one after another"));
        }
        let presses: Result<Vec<Press>, String> =
            names.iter().map(|name| Press::named(name).ok_or_else(|| no_key(name))).collect();
        Ok(Self { written: names.join(" "), presses: presses? })
    }

    /// A key among these that terminals send as another, and that other.
    pub fn confused(&self) -> Option<(&'static str, &'static str)> {
        CONFUSED.into_iter().find(|(key, _)| self.written.split(' ').any(|name| name == *key))
    }

    /// The key pressed first.
    pub fn first(&self) -> Press {
        self.presses[0]
    }

    /// As footers and help show them: `^W h`.
    pub fn shown(&self) -> String {
        let shown: Vec<String> = self.presses.iter().map(|press| press.shown()).collect();
        shown.join(" ")
    }

    /// What is left to press behind the keys pressed, as it is shown.
    pub fn behind(&self, typed: &[Press]) -> String {
        let rest = self.presses.strip_prefix(typed).unwrap_or(&[]);
        let shown: Vec<String> = rest.iter().map(|press| press.shown()).collect();
        shown.join(" ")
    }

    fn begins_with(&self, typed: &[Press]) -> bool {
        self.presses.starts_with(typed)
    }

    /// Whether one cannot be pressed without the other getting in its way.
    pub fn clashes_with(&self, other: &Keys) -> bool {
        self.begins_with(&other.presses) || other.begins_with(&self.presses)
    }
}

impl fmt::Display for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

fn no_key(name: &str) -> String {
    match keys::nearest(name) {
        Some(near) => format!("no key is called \"{name}\"; did you mean \"{near}\"?"),
        None => format!("no key is called \"{name}\"; keys are written as q, G, ctrl-p, alt-b, f5, space, pageup"),
    }
}

/// One command's keys where they count.
#[derive(Debug, Clone)]
pub struct Binding {
    /// The keys.
    pub keys: Keys,
    /// The command.
    pub command: &'static Command,
}

/// All bindings.
#[derive(Debug, Clone)]
pub struct Keymap {
    bindings: Vec<Binding>,
}

/// What keys typed so far mean.
#[derive(Debug)]
pub enum Found<'a> {
    /// This command.
    Command(&'static Command),
    /// The beginning of these.
    Prefix(Vec<&'a Binding>),
    /// Nothing.
    Nothing,
}

impl Default for Keymap {
    /// The keys of the table.
    fn default() -> Self {
        Self { bindings: COMMANDS.iter().flat_map(standard).collect() }
    }
}

/// The keys of a command in the table.
fn standard(command: &'static Command) -> impl Iterator<Item = Binding> {
    let keys = command.keys.iter().filter_map(|written| Keys::parse(written).ok());
    keys.map(move |keys| Binding { keys, command })
}

impl Keymap {
    /// What the typed keys mean in these places, the first of which counts most.
    pub fn find(&self, places: &[Place], typed: &[Press]) -> Found<'_> {
        for place in places {
            let here = self.bindings.iter().filter(|binding| binding.command.place == *place);
            let begun: Vec<&Binding> = here.filter(|binding| binding.keys.begins_with(typed)).collect();
            if let Some(whole) = begun.iter().find(|binding| binding.keys.presses.len() == typed.len()) {
                return Found::Command(whole.command);
            }
            if !begun.is_empty() {
                return Found::Prefix(begun);
            }
        }
        Found::Nothing
    }

    /// The keys of a command, the one to be shown first.
    pub fn keys_of(&self, name: &str) -> impl Iterator<Item = &Keys> {
        self.bindings.iter().filter(move |binding| binding.command.name == name).map(|binding| &binding.keys)
    }

    /// The key of a command as it is shown; empty when it has none.
    pub fn shown(&self, command: &Command) -> String {
        self.keys_of(command.name).next().map_or(String::new(), Keys::shown)
    }

    /// The command another binding of the same place has on keys that get in the way of these.
    pub fn taken(&self, command: &Command, keys: &Keys) -> Option<&Binding> {
        let others = self.bindings.iter().filter(|binding| binding.command.name != command.name);
        // What always counts must be reached from everywhere.
        let counts_too =
            |place: Place| place == command.place || place == Place::Always || command.place == Place::Always;
        others.filter(|binding| counts_too(binding.command.place)).find(|binding| binding.keys.clashes_with(keys))
    }

    /// Gives a command these keys in the place of those it has.
    pub fn bind(&mut self, command: &'static Command, keys: Vec<Keys>) {
        self.bindings.retain(|binding| binding.command.name != command.name);
        self.bindings.extend(keys.into_iter().map(|keys| Binding { keys, command }));
    }

    /// Gives a command the keys of the table again.
    pub fn restore(&mut self, command: &'static Command) {
        self.bindings.retain(|binding| binding.command.name != command.name);
        self.bindings.extend(standard(command));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::command::named;

    fn presses(written: &str) -> Vec<Press> {
        Keys::parse(written).expect("keys").presses
    }

    fn found(keymap: &Keymap, written: &str) -> Option<&'static str> {
        match keymap.find(&[Place::Global, Place::Anywhere], &presses(written)) {
            Found::Command(command) => Some(command.name),
            Found::Prefix(_) | Found::Nothing => None,
        }
    }

    #[test]
    fn a_prefix_tells_what_can_follow() {
        let keymap = Keymap::default();
        let Found::Prefix(begun) = keymap.find(&[Place::Global], &presses("ctrl-w")) else { panic!("no prefix") };
        assert!(begun.iter().any(|binding| binding.command.name == "go-left"));
        assert_eq!(found(&keymap, "ctrl-w h"), Some("go-left"));
        assert_eq!(found(&keymap, "ctrl-w ctrl-w ctrl-w"), None);
    }

    #[test]
    fn other_keys_take_the_place_of_the_table_s() {
        let mut keymap = Keymap::default();
        let zoom = named("zoom").expect("a command");
        keymap.bind(zoom, vec![Keys::parse("ctrl-g z").expect("keys"), Keys::parse("f11").expect("a key")]);
        assert_eq!(found(&keymap, "z"), None);
        assert_eq!(found(&keymap, "ctrl-g z"), Some("zoom"));
        assert_eq!(found(&keymap, "f11"), Some("zoom"));
        assert_eq!(keymap.shown(zoom), "^G z");
    }

    #[test]
    fn keys_that_begin_others_get_in_their_way() {
        let keymap = Keymap::default();
        let zoom = named("zoom").expect("a command");
        let taken = keymap.taken(zoom, &Keys::parse("ctrl-w").expect("a key"));
        assert_eq!(taken.map(|binding| binding.keys.to_string()).as_deref(), Some("ctrl-w h"));
        assert!(keymap.taken(zoom, &Keys::parse("Z").expect("a key")).is_none());
    }

    #[test]
    fn a_key_there_is_none_of_is_told_with_the_nearest() {
        assert_eq!(Keys::parse("crtl-x").expect_err("a slip"), "no key is called \"crtl-x\"; did you mean \"ctrl-x\"?");
        assert!(Keys::parse("pagedwn").expect_err("a slip").contains("\"pagedown\""));
    }
}

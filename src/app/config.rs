//! What the user has set in `config.toml`: theme, symbols, motion, keys, recording.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::command::{self, COMMANDS, Command};
use super::keymap::{Keymap, Keys};
use super::look::{Motion, Symbols};
use super::recording::{LEAST_LIMIT, Unasked};
use super::{KeptFile, State, complete};
use crate::model::{Problem, size};

/// The most bytes of a config: it is read before the first frame, and people write a few thousand.
pub const FILE_LIMIT: usize = 256 * 1024;

/// The least memory for frames: a screenful of the longest.
const LEAST_MEMORY: usize = 4 * 1024 * 1024;

/// What the config says. What it does not say is as it is without one.
#[derive(Debug, Default)]
pub struct Settings {
    /// The theme, and where it is named.
    theme: Option<(usize, String)>,
    /// What lines and signs are drawn with.
    pub symbols: Option<Symbols>,
    /// Whether anything moves.
    pub motion: Option<Motion>,
    /// Which keys mean what.
    pub keymap: Keymap,
    /// Whether everything is recorded without being asked.
    pub recording: Option<Unasked>,
    /// The most bytes of a recording that are kept.
    pub recording_limit: Option<u64>,
    /// The bytes of frames that are kept in memory.
    pub memory: Option<usize>,
}

/// Takes the user's config over. What is wrong in it is told, line by line, and the rest counts.
pub fn take(state: &mut State, config: Option<KeptFile>) {
    let Some(KeptFile { path, text }) = config else { return };
    match text {
        Ok(Some(text)) if text.len() > FILE_LIMIT => {
            let limit = FILE_LIMIT / 1024;
            state.complain(format!("{} is not read: it is larger than {limit} KiB; shorten it", path.display()));
        }
        Ok(Some(text)) => {
            let (settings, mut problems) = read(&text);
            problems.extend(apply(state, settings, &text));
            // The first of them is to be read first.
            for problem in problems.iter().rev() {
                state.complain(format!("{}, {problem}", path.display()));
            }
        }
        Ok(None) => {}
        Err(trouble) => state.complain(format!("{trouble}. The program runs as without it")),
    }
}

fn apply(state: &mut State, settings: Settings, text: &str) -> Option<Problem> {
    state.keymap = settings.keymap;
    state.look.symbols = settings.symbols.unwrap_or(state.look.symbols);
    state.look.motion = settings.motion.unwrap_or(state.look.motion);
    state.recording.settings.unasked = settings.recording.unwrap_or_default();
    state.recording.settings.limit = settings.recording_limit;
    settings.memory.into_iter().for_each(|budget| state.world.log.limit(budget));
    let (at, theme) = settings.theme?;
    state.look.choose_theme(&theme).err().map(|why| Problem::at(text, at, why))
}

/// Reads a config. What is wrong does not count, and is told.
pub fn read(text: &str) -> (Settings, Vec<Problem>) {
    let mut reader = Reader { text, settings: Settings::default(), problems: Vec::new(), is_broken: false };
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let at = error.span().map_or(0, |span| span.start);
        reader.problem(at, error.message().to_owned());
    }
    reader.is_broken = !reader.problems.is_empty();
    for (name, value) in table.get_ref() {
        reader.entry(name, value);
    }
    // Of a line that is no TOML the first error says it all.
    reader.problems.sort_by_key(|problem| problem.line);
    reader.problems.dedup_by_key(|problem| problem.line);
    (reader.settings, reader.problems)
}

/// The most bytes of a recording that are kept, as a config and the command line write it.
///
/// # Errors
/// It is no size, or one in which nothing could be kept.
pub fn limit(written: &str) -> Result<u64, String> {
    match size::parse(written)? {
        bytes if bytes < LEAST_LIMIT => Err(format!("a recording is limited to {} MiB or more", LEAST_LIMIT >> 20)),
        bytes => Ok(bytes),
    }
}

/// The bytes of frames that are kept in memory.
fn memory(written: &str) -> Result<usize, String> {
    let bytes = usize::try_from(size::parse(written)?).unwrap_or(usize::MAX);
    if bytes < LEAST_MEMORY {
        return Err(format!("memory for frames is {} MiB or more", LEAST_MEMORY >> 20));
    }
    Ok(bytes)
}

/// What stands at the top of a config.
const ENTRIES: [&str; 7] = ["theme", "symbols", "motion", "keys", "recording", "recording-limit", "memory"];

struct Reader<'a> {
    text: &'a str,
    settings: Settings,
    problems: Vec<Problem>,
    is_broken: bool,
}

/// Keys that the config gives to a command, and where it says so.
struct Wish {
    at: usize,
    command: &'static Command,
    keys: Vec<Keys>,
}

type Name<'a> = Spanned<std::borrow::Cow<'a, str>>;

impl Reader<'_> {
    fn problem(&mut self, at: usize, words: impl Into<String>) {
        self.problems.push(Problem::at(self.text, at, words));
    }

    fn entry(&mut self, name: &Name<'_>, value: &Spanned<DeValue<'_>>) {
        let at = name.span().start;
        match (name.get_ref().as_ref(), value.get_ref()) {
            ("theme", DeValue::String(theme)) => self.settings.theme = Some((value.span().start, theme.to_string())),
            ("symbols", DeValue::String(word)) if word == "lines" => self.settings.symbols = Some(Symbols::Lines),
            ("symbols", DeValue::String(word)) if word == "ascii" => self.settings.symbols = Some(Symbols::Ascii),
            ("motion", DeValue::String(word)) if word == "full" => self.settings.motion = Some(Motion::Full),
            ("motion", DeValue::String(word)) if word == "reduced" => self.settings.motion = Some(Motion::Reduced),
            ("recording", DeValue::String(word)) if word == "on" => self.settings.recording = Some(Unasked::Yes),
            ("recording", DeValue::String(word)) if word == "off" => self.settings.recording = Some(Unasked::No),
            ("recording-limit", DeValue::String(size)) => match limit(size) {
                Ok(bytes) => self.settings.recording_limit = Some(bytes),
                Err(why) => self.problem(value.span().start, why),
            },
            ("memory", DeValue::String(size)) => match memory(size) {
                Ok(bytes) => self.settings.memory = Some(bytes),
                Err(why) => self.problem(value.span().start, why),
            },
            ("memory", _) => self.problem(value.span().start, "a size is written as \"64MiB\""),
            ("recording", _) => self.problem(value.span().start, "recording is \"on\" or \"off\""),
            ("recording-limit", _) => self.problem(value.span().start, "a size is written as \"2GiB\" or \"500MB\""),
            ("theme", _) => self.problem(value.span().start, "a theme is named: theme = \"light\""),
            ("symbols", _) => self.problem(value.span().start, "symbols are \"lines\" or \"ascii\""),
            ("motion", _) => self.problem(value.span().start, "motion is \"full\" or \"reduced\""),
            ("keys", DeValue::Table(keys)) => self.keys(keys),
            ("keys", _) => self.problem(at, "keys is a table: write [keys], and a line for each command below it"),
            (other, _) => self.problem(at, complete::unknown("setting", other, ENTRIES)),
        }
    }

    fn keys(&mut self, table: &DeTable<'_>) {
        let wishes: Vec<Wish> = table.iter().filter_map(|(name, value)| self.wish(name, value)).collect();
        let mut keymap = Keymap::default();
        for wish in &wishes {
            keymap.bind(wish.command, wish.keys.clone());
        }
        // All are bound before any is judged: two commands may swap their keys. What clashes keeps what it had.
        for wish in wishes {
            let clash = wish.keys.iter().find_map(|keys| Some((keys, keymap.taken(wish.command, keys)?)));
            if let Some((keys, other)) = clash {
                let words = format!(
                    "{keys} is {}'s already, where it counts too ({}); give {} another key as well",
                    other.command.name,
                    other.command.place.words(),
                    other.command.name
                );
                keymap.restore(wish.command);
                self.problem(wish.at, words);
            }
        }
        self.settings.keymap = keymap;
    }

    fn wish(&mut self, name: &Name<'_>, value: &Spanned<DeValue<'_>>) -> Option<Wish> {
        let at = name.span().start;
        let Some(command) = command::named(name.get_ref()) else {
            let names = COMMANDS.iter().map(|command| command.name);
            self.problem(at, complete::unknown("command", name.get_ref(), names));
            return None;
        };
        let mut keys = Vec::new();
        for (at, written) in self.written(value)? {
            let read = Keys::parse(&written).and_then(|keys| {
                if let Some((key, other)) = keys.confused() {
                    return Err(format!("a terminal cannot tell {key} from {other}; choose another key"));
                }
                let is_text = command.place.takes_letters() && keys.first().is_letter();
                if is_text {
                    Err(format!("{keys} is a letter, and {} counts where letters are text", command.name))
                } else {
                    Ok(keys)
                }
            });
            match read {
                Ok(read) => keys.push(read),
                Err(why) => {
                    self.problem(at, why);
                    return None;
                }
            }
        }
        Some(Wish { at, command, keys })
    }

    /// A key or a list of keys, and where each stands.
    fn written(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Vec<(usize, String)>> {
        let one = |value: &Spanned<DeValue<'_>>| match value.get_ref() {
            DeValue::String(text) => Some((value.span().start, text.to_string())),
            DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => None,
        };
        let written = match value.get_ref() {
            DeValue::Array(values) => values.iter().map(one).collect(),
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Table(_) => one(value).map(|one| vec![one]),
        };
        // What stands where the TOML is broken has been told, and has no place.
        if written.is_none() && !self.is_broken {
            self.problem(value.span().start, "keys are written as \"ctrl-g\" or [\"z\", \"f11\"]");
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::command::Place;
    use crate::app::keymap::{Found, Press};

    fn means(settings: &Settings, key: &str) -> Option<&'static str> {
        let press = Press::named(key).expect(key);
        match settings.keymap.find(&[Place::Global, Place::Anywhere, Place::Always], &[press]) {
            Found::Command(command) => Some(command.name),
            Found::Prefix(_) | Found::Nothing => None,
        }
    }

    fn told(text: &str) -> Vec<String> {
        read(text).1.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn keys_are_given_and_taken_away() {
        let (settings, problems) = read("[keys]\nzoom = \"Z\"\nquit = []\nhelp-keys = ['f12', '?']\n");
        assert_eq!(problems, []);
        assert_eq!(means(&settings, "Z"), Some("zoom"));
        assert_eq!(means(&settings, "z"), None);
        assert_eq!(means(&settings, "q"), None);
        assert_eq!(means(&settings, "f12"), Some("help-keys"));
    }

    #[test]
    fn two_commands_may_swap_their_keys() {
        let (settings, problems) = read("[keys]\nzoom = \"q\"\nquit = \"z\"\n");
        assert_eq!(problems, []);
        assert_eq!((means(&settings, "q"), means(&settings, "z")), (Some("zoom"), Some("quit")));
    }

    #[test]
    fn a_clash_is_told_and_changes_nothing() {
        let text = "[keys]\n\nzoom = \"q\"\n";
        let (settings, _) = read(text);
        assert_eq!((means(&settings, "q"), means(&settings, "z")), (Some("quit"), Some("zoom")));
        let wanted =
            "line 3, column 1: q is quit's already, where it counts too (In every pane); give quit another key as well";
        assert_eq!(told(text), [wanted]);
    }

    #[test]
    fn a_key_that_begins_another_s_keys_is_a_clash() {
        assert!(told("[keys]\nzoom = 'ctrl-w'")[0].contains("go-left's already"));
    }

    #[test]
    fn what_is_not_known_is_told_with_line_and_the_nearest_name() {
        assert_eq!(told("[keys]\nzom = 'Z'"), ["line 2, column 1: there is no command \"zom\"; did you mean zoom?"]);
        assert_eq!(told("[kyes]\nzoom = 'Z'"), ["line 1, column 2: there is no setting \"kyes\"; did you mean keys?"]);
        assert_eq!(
            told("[keys]\nzoom = 'crtl-z'"),
            ["line 2, column 8: no key is called \"crtl-z\"; did you mean \"ctrl-z\"?"]
        );
        assert!(told("[keys]\nzoom = 3")[0].starts_with("line 2, column 8: keys are written as"));
    }

    #[test]
    fn keys_that_always_count_are_never_taken_and_those_no_terminal_tells_apart_are_refused() {
        assert!(told("[keys]\npalette = 'ctrl-c'")[0].contains("quit-now's already"));
        assert!(told("[keys]\nzoom = 'ctrl-i'")[0].contains("cannot tell ctrl-i from tab"));
    }

    #[test]
    fn a_letter_is_never_bound_where_letters_are_text() {
        assert!(told("[keys]\npalette = 'p'")[0].contains("where letters are text"));
    }

    #[test]
    fn looks_are_set_and_what_they_cannot_be_is_told() {
        let (settings, problems) = read("theme = 'light'\nsymbols = 'ascii'\nmotion = 'reduced'\n");
        assert_eq!(problems, []);
        assert_eq!(settings.theme.map(|(_, name)| name).as_deref(), Some("light"));
        assert_eq!((settings.symbols, settings.motion), (Some(Symbols::Ascii), Some(Motion::Reduced)));
        assert_eq!(told("symbols = 'acsii'"), ["line 1, column 11: symbols are \"lines\" or \"ascii\""]);
    }

    #[test]
    fn memory_for_frames_is_set() {
        assert_eq!(read("memory = '16MiB'").0.memory, Some(16 << 20));
        assert!(told("memory = '1KiB'")[0].contains("4 MiB or more"));
    }

    #[test]
    fn recording_is_switched_off_and_limited() {
        let (settings, problems) = read("recording = 'off'\nrecording-limit = '64MiB'\n");
        assert_eq!(problems, []);
        assert_eq!((settings.recording, settings.recording_limit), (Some(Unasked::No), Some(64 << 20)));
        assert_eq!(told("recording = true"), ["line 1, column 13: recording is \"on\" or \"off\""]);
        assert!(told("recording-limit = '64'")[0].contains("1 MiB or more"));
        assert!(told("recording-limit = 'much'")[0].contains("write it as 500MB or 2GiB"));
    }

    #[test]
    fn of_a_file_that_is_no_toml_the_rest_counts() {
        let (settings, problems) = read("[keys]\nzoom = \"Z\"\nquit = = 3\n");
        assert_eq!(problems.first().map(|problem| problem.line), Some(3));
        assert_eq!(means(&settings, "Z"), Some("zoom"));
    }
}

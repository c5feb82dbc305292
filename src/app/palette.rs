//! The palette: all commands, found by a few letters.

use std::collections::BTreeSet;

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::State;
use super::command::{COMMANDS, Command, hindrance};
use super::text_field::TextField;

/// Commands run lately that stand on top while nothing is typed.
const RECENT_SHOWN: usize = 5;

/// Commands remembered as run lately.
const RECENT_KEPT: usize = 50;

/// The palette as it is used.
#[derive(Debug, Default)]
pub struct Palette {
    /// The letters typed.
    pub field: TextField,
    /// The row under the cursor.
    pub at: usize,
    /// The rows that match, best first.
    pub rows: Vec<Row>,
}

/// One command in the palette.
#[derive(Debug, Clone)]
pub struct Row {
    /// The command.
    pub command: &'static Command,
    /// Where the letters stand in its words, in letters from their start.
    pub lit: Vec<usize>,
    /// Where they stand in its name.
    pub lit_name: Vec<usize>,
    /// Why it cannot run now.
    pub hindrance: Option<&'static str>,
    /// Whether it was run lately.
    pub recent: Recent,
}

/// Whether a command was run lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recent {
    /// It was.
    Yes,
    /// It was not, or too long ago.
    No,
}

impl Palette {
    /// The palette with nothing typed.
    pub fn open(state: &State) -> Self {
        let mut palette = Self::default();
        palette.find(state);
        palette
    }

    /// Finds the rows that match what is typed: those that can run first, then by how well they match. While nothing
    /// is typed, those run lately stand on top.
    pub fn find(&mut self, state: &State) {
        let pattern = Pattern::parse(self.field.text(), CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let is_typed = !self.field.text().trim().is_empty();
        let mut rows: Vec<(Rank, Row)> = each_action()
            .enumerate()
            .filter_map(|(order, command)| {
                let (score, lit, lit_name) = score(command, &pattern, &mut matcher)?;
                let hindrance = hindrance(state, command.action);
                let since = state.recent.iter().position(|name| name == command.name);
                let since = since.filter(|since| !is_typed && *since < RECENT_SHOWN);
                let recent = if since.is_some() { Recent::Yes } else { Recent::No };
                let rank = Rank {
                    cannot: hindrance.is_some(),
                    since: since.unwrap_or(usize::MAX),
                    score: std::cmp::Reverse(score),
                    far: far(state, command),
                    order,
                };
                Some((rank, Row { command, lit, lit_name, hindrance, recent }))
            })
            .collect();
        // What matches far worse than the best was not meant.
        let best = rows.iter().map(|(rank, _)| rank.score.0).max().unwrap_or(0);
        rows.retain(|(rank, _)| rank.score.0 * 4 >= best * 3);
        rows.sort_by(|one, other| one.0.cmp(&other.0));
        self.rows = rows.into_iter().map(|(_, row)| row).collect();
        self.at = self.at.min(self.rows.len().saturating_sub(1));
    }
}

/// What stands first stands higher.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    cannot: bool,
    since: usize,
    score: std::cmp::Reverse<u32>,
    far: Far,
    order: usize,
}

/// How far a command is from the hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Far {
    /// It belongs to the focused pane.
    Here,
    /// It belongs to another pane.
    OtherPane,
    /// It belongs to no pane.
    NoPane,
}

fn far(state: &State, command: &Command) -> Far {
    match command.action.pane() {
        Some(pane) if pane == state.focus && !command.place.takes_letters() => Far::Here,
        Some(_) => Far::OtherPane,
        None => Far::NoPane,
    }
}

/// Every action once: of rows with the same action the one that counts while nothing is typed.
fn each_action() -> impl Iterator<Item = &'static Command> {
    let is_plain = |command: &&Command| !command.place.takes_letters();
    COMMANDS.iter().enumerate().filter_map(move |(at, command)| {
        let mut same = COMMANDS.iter().enumerate().filter(|(_, other)| other.action == command.action);
        let first = same.clone().find(|(_, other)| is_plain(other)).or_else(|| same.next());
        first.is_some_and(|(first, _)| first == at).then_some(command)
    })
}

/// How well a command matches, and where the letters stand in its words and in its name.
fn score(command: &Command, pattern: &Pattern, matcher: &mut Matcher) -> Option<(u32, Vec<usize>, Vec<usize>)> {
    let text = format!("{} {}", command.words, command.name);
    let (mut letters, mut found) = (Vec::new(), Vec::new());
    let score = pattern.indices(Utf32Str::new(&text, &mut letters), matcher, &mut found)?;
    let words = command.words.chars().count();
    let found: BTreeSet<usize> = found.into_iter().map(|at| at as usize).collect();
    let lit = found.iter().copied().filter(|at| *at < words).collect();
    let lit_name = found.iter().filter_map(|at| at.checked_sub(words + 1)).collect();
    // Letters that begin the name are what hands learn to type.
    let typed: String = pattern.atoms.iter().map(|atom| atom.needle_text().to_string()).collect::<Vec<_>>().join("-");
    let bonus = if !typed.is_empty() && command.name.starts_with(&typed) { 100 } else { 0 };
    Some((score + bonus, lit, lit_name))
}

/// Remembers a command as the one run last.
pub fn remember(recent: &mut Vec<String>, command: &Command) {
    if command.place.is_over_panes() {
        return;
    }
    recent.retain(|name| name != command.name);
    recent.insert(0, command.name.to_owned());
    recent.truncate(RECENT_KEPT);
}

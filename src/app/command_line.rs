//! The command line: a command by name, with its arguments, completed and remembered.

use super::command::{self, COMMANDS, Command, Slot, perform_with};
use super::complete::Sought;
use super::history::Way;
use super::pane::{PaneId, servers};
use super::text_field::TextField;
use super::{Effect, State, complete, palette};

/// Lines written before that are offered while nothing is written.
const LINES_OFFERED: usize = 5;

/// The command line as it is used.
#[derive(Debug, Default)]
pub struct CommandLine {
    /// The line.
    pub field: TextField,
    /// What could stand at the cursor, once asked for or while it is typed.
    pub offers: Vec<String>,
    /// The offer taken, while tab goes through them.
    pub taken: Option<usize>,
    /// What is wrong with the line that was run.
    pub problem: Option<String>,
    /// What was written before history or completion changed it.
    typed: String,
    /// How far back in the history the line is.
    back: Option<usize>,
}

impl CommandLine {
    /// An empty line, with what could stand on it.
    pub fn open(state: &State) -> Self {
        let mut line = Self::default();
        line.offers = line.offers_now(state);
        line
    }

    /// The command whose name stands first, once it is written whole.
    pub fn command(&self) -> Option<&'static Command> {
        command::named(first_word(self.field.text()))
    }

    /// The slot the cursor is at: 0 is the name, 1 what stands behind it.
    pub fn slot(&self) -> usize {
        let before = self.field.before().trim_start();
        let words = before.split_whitespace().count();
        let slot = if before.is_empty() || before.ends_with(char::is_whitespace) { words } else { words - 1 };
        let last = self.command().map_or(0, |command| command.takes.len());
        slot.min(last.max(1))
    }

    /// After the line was edited: what could stand at the cursor is found anew.
    pub fn edited(&mut self, state: &State) {
        self.back = None;
        self.taken = None;
        self.problem = None;
        self.field.text().clone_into(&mut self.typed);
        self.offers = self.offers_now(state);
    }

    fn offers_now(&self, state: &State) -> Vec<String> {
        let word = self.word();
        match self.slot() {
            0 if word.is_empty() => {
                let before = state.command_lines.newest_first().take(LINES_OFFERED).map(str::to_owned);
                let takes = |name: &String| command::named(name).is_some_and(|command| !command.takes.is_empty());
                before.chain(complete::commands().into_iter().filter(takes)).collect()
            }
            0 => complete::offer(word, complete::commands()),
            _ => self.sought().map_or_else(Vec::new, |sought| complete::offers(state, sought)),
        }
    }

    /// Offers what has been found meanwhile, unless one is taken already.
    pub fn found(&mut self, state: &State) {
        if self.taken.is_none() {
            self.offers = self.offers_now(state);
        }
    }

    /// What is written at the cursor, behind the command's name.
    pub fn sought(&self) -> Option<Sought<'_>> {
        let slot = self.slot().checked_sub(1)?;
        let kind = self.command()?.takes.get(slot)?.kind();
        let before = self.field.before();
        let beside = before[..self.start(before)].split_whitespace().next_back().unwrap_or("");
        Some(Sought { kind, written: self.word(), beside })
    }

    /// The word the cursor is behind; of a path or a text that goes to the end of the line, all of it.
    fn word(&self) -> &str {
        let before = self.field.before();
        &before[self.start(before)..]
    }

    /// Where what is completed begins.
    fn start(&self, before: &str) -> usize {
        let slot = self.slot();
        let takes = self.command().map_or(&[][..], |command| command.takes);
        if let Some(Slot::Rest(..)) = slot.checked_sub(1).and_then(|slot| takes.get(slot)) {
            return command::rest_start(before, slot);
        }
        before.rfind(char::is_whitespace).map_or(0, |at| at + 1)
    }

    /// Puts an offer in at the cursor.
    pub fn complete(&mut self, way: Way) {
        if let Some(at) = way.next(self.taken, self.offers.len()) {
            self.take(at);
        }
    }

    /// Puts that offer in at the cursor.
    pub fn take(&mut self, at: usize) {
        let Some(offer) = self.offers.get(at) else { return };
        let line = format!("{}{offer}", &self.typed[..self.start(&self.typed)]);
        self.field.set(line);
        self.taken = Some(at);
        // An only folder is gone into.
        if self.offers.len() == 1 && self.field.text().ends_with('/') {
            self.field.text().clone_into(&mut self.typed);
            self.taken = None;
            self.offers.clear();
        }
        // An only offer is what is meant: what comes next can be written at once.
        if self.offers.len() == 1 && self.command().is_some_and(|command| self.slot() < command.takes.len()) {
            let line = format!("{} ", self.field.text());
            self.field.set(line);
        }
    }

    /// Takes a line written before that begins as this does, an older one or a newer.
    pub fn recall(&mut self, state: &State, way: Way) {
        let back = match (self.back, way) {
            (None, Way::Back) => Some(0),
            (None, Way::Forth) => return,
            (Some(back), Way::Back) => Some(back + 1),
            (Some(back), Way::Forth) => back.checked_sub(1),
        };
        let line = match back {
            Some(back) => state.command_lines.beginning_with(&self.typed, back).map(str::to_owned),
            None => Some(self.typed.clone()),
        };
        if let Some(line) = line {
            self.field.set(line);
            self.back = back;
            self.taken = None;
            self.problem = None;
        }
    }
}

fn first_word(line: &str) -> &str {
    line.split_whitespace().next().unwrap_or("")
}

/// Performs a line that the user has written, and remembers it.
///
/// # Errors
/// Says what is wrong with the line, or why the command cannot run now.
pub fn run(state: &mut State, line: &str) -> Result<Vec<Effect>, String> {
    let line = line.trim().trim_start_matches(':').trim_start();
    if line.is_empty() {
        return Ok(Vec::new());
    }
    let effects = perform_line(state, line)?;
    state.command_lines.push(line);
    if let Ok(Line { command, .. }) = read(line) {
        palette::remember(&mut state.recent, command);
    }
    Ok(effects)
}

/// Performs a line: a command's name and what stands behind it; before it, `@NODE` chooses the server or client that it
/// is for.
///
/// # Errors
/// Says what is wrong with the line, or why the command cannot run now.
pub fn perform_line(state: &mut State, line: &str) -> Result<Vec<Effect>, String> {
    let Line { node, command, written } = read(line)?;
    if let Some(node) = node {
        choose(state, node)?;
    }
    perform_with(state, command, written)
}

/// A line, taken apart.
struct Line<'a> {
    node: Option<&'a str>,
    command: &'static Command,
    written: &'a str,
}

/// Takes a line apart.
fn read(line: &str) -> Result<Line<'_>, String> {
    let line = line.trim().trim_start_matches(':').trim_start();
    let (node, line) = match line.strip_prefix('@') {
        Some(rest) => {
            let (node, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            (Some(node), rest.trim_start())
        }
        None => (None, line),
    };
    let (name, written) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    if name.is_empty() {
        return Err("write a command behind the name of the node".into());
    }
    let command = command::named(name)
        .or_else(|| only_beginning(name))
        .ok_or_else(|| complete::unknown("command", name, COMMANDS.iter().map(|command| command.name)))?;
    Ok(Line { node, command, written })
}

/// Lets the commands that come be for that server or client.
fn choose(state: &mut State, node: &str) -> Result<(), String> {
    if let Some(row) = state.world.servers.iter().position(|server| server.name == node) {
        state.servers.clients = None;
        servers::choose_row(state, row);
        state.focus = PaneId::Servers;
        return Ok(());
    }
    if let Some(tab) = state.client.tabs.iter().position(|tab| state.world.name(tab.node) == node) {
        state.client.choose(tab);
        state.focus = PaneId::Client;
        return Ok(());
    }
    let servers = state.world.servers.iter().map(|server| server.name.as_str());
    let clients = state.client.tabs.iter().map(|tab| state.world.name(tab.node));
    Err(complete::unknown("node", node, servers.chain(clients)))
}

/// The only command whose name begins so.
fn only_beginning(start: &str) -> Option<&'static Command> {
    let mut begun = COMMANDS.iter().filter(|command| command.name.starts_with(start));
    let first = begun.next()?;
    begun.all(|other| other.action == first.action).then_some(first)
}

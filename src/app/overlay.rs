//! What lies over the panes: help, palette, command line, forms, questions and short menus.

pub mod address;
pub mod diff;
pub mod leftovers;
pub mod log;
mod mouse;

pub use mouse::{choose, choose_entry, cursor, pressed_beside, scroll_help_to};

use crossterm::event::{KeyCode, KeyEvent};

use super::command::{self, Place};
use super::command_line::{self, CommandLine};
use super::complete::Sought;
use super::form::{Form, Purpose};
use super::help::{Help, Scope, Searching};
use super::history::Way;
use super::palette::{self, Palette};
use super::pane::{client, moved, servers, traffic};
use super::text_field::TextField;
use super::{Effect, State, copy, forms, perform, quitting, saving};
use crate::contract::NetEvent;
use crate::model::NodeId;
use crate::model::literal::Form as CopyForm;

/// Rows a page key moves in a list over the panes.
const PAGE: isize = 10;

/// What can be done in what lies over the panes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Up a row, or to the line written before.
    Up,
    /// Down a row, or to the line written after.
    Down,
    /// Up a page.
    PageUp,
    /// Down a page.
    PageDown,
    /// To the top.
    Top,
    /// To the end.
    Bottom,
    /// Take the row, hand the form in, say yes.
    Choose,
    /// Close it, say no.
    Close,
    /// Complete what is written.
    Complete,
    /// The completion before.
    CompleteBack,
    /// To the next field of the form.
    Next,
    /// To the field before.
    Previous,
    /// The choice before.
    Left,
    /// The choice after.
    Right,
    /// Begin a new line in the field.
    NewLine,
    /// Show all keys in the help, or those that count now.
    All,
    /// Search the help.
    Search,
    /// Save it first.
    Save,
    /// Throw the row away.
    Remove,
}

/// Something over the panes.
#[derive(Debug)]
pub enum Overlay {
    /// Keys and what they do.
    Help(Help),
    /// All commands, found by a few letters.
    Palette(Palette),
    /// A command being written, with its arguments.
    CommandLine(CommandLine),
    /// An address in all its notations.
    Address(address::Address),
    /// What was told; the one under the cursor.
    Log(usize),
    /// A form.
    Form(Form),
    /// A question that yes or no answers.
    Ask(Question, String),
    /// The saved payloads; the one under the cursor.
    Saved(usize),
    /// The forms in which bytes can be copied.
    CopyAs(copy::Menu),
    /// The recordings of earlier runs; the one under the cursor.
    Leftovers(usize),
    /// The messages that a tap holds; the one under the cursor.
    Held(NodeId, usize),
    /// Two things beside each other.
    Diff(Box<diff::Diff>),
}

/// What is asked before something is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// End the program.
    Quit,
    /// Remove a server.
    RemoveServer(NodeId),
    /// Send the file that was read.
    SendFile(NodeId),
    /// Start a server that runs a program for whoever connects.
    RunPrograms(NodeId),
    /// Write over a file that is there.
    ReplaceFile,
    /// Remove what an earlier run left: which of them.
    ThrowAway(usize),
}

impl Overlay {
    /// Where keys count while it lies over the panes, in order.
    pub fn places(&self) -> &'static [Place] {
        use Place::{Always, Choice, Diff, Finder, Form, Held, Help, Leftovers, Menu, Question, Quitting, Text};
        match self {
            Overlay::Help(help) if help.searching == Searching::Yes => &[Finder, Text, Always],
            Overlay::Help(_) => &[Help, Menu, Always],
            Overlay::Palette(_) | Overlay::CommandLine(_) | Overlay::Address(_) => &[Finder, Text, Always],
            Overlay::Form(form) if form.is_at_choice() => &[Form, Choice, Always],
            Overlay::Form(_) => &[Form, Text, Always],
            Overlay::Ask(self::Question::Quit, _) => &[Quitting, Always],
            Overlay::Ask(..) => &[Question, Always],
            Overlay::Leftovers(_) => &[Leftovers, Menu, Always],
            Overlay::Held(..) => &[Held, Menu, Always],
            Overlay::Diff(diff) if diff.writing == diff::Writing::Yes => &[Finder, Text, Always],
            Overlay::Diff(_) => &[Diff, Menu, Always],
            Overlay::Saved(_) | Overlay::CopyAs(_) | Overlay::Log(_) => &[Menu, Always],
        }
    }

    /// The text field that has the keys, if one has.
    pub fn field(&mut self) -> Option<&mut TextField> {
        match self {
            Overlay::Help(help) => (help.searching == Searching::Yes).then_some(&mut help.search),
            Overlay::Palette(palette) => Some(&mut palette.field),
            Overlay::CommandLine(line) => Some(&mut line.field),
            Overlay::Address(tool) => Some(&mut tool.field),
            Overlay::Diff(diff) => (diff.writing == diff::Writing::Yes).then_some(&mut diff.ignored),
            Overlay::Form(form) => form.text_field(),
            Overlay::Ask(..)
            | Overlay::Saved(_)
            | Overlay::CopyAs(_)
            | Overlay::Log(_)
            | Overlay::Leftovers(_)
            | Overlay::Held(..) => None,
        }
    }
}

/// Whether the text that has the keys may have several lines.
pub fn takes_lines(state: &State) -> bool {
    match &state.overlay {
        Some(Overlay::Form(form)) => form.fields.get(form.at).is_some_and(|field| field.takes_lines),
        Some(
            Overlay::Help(_)
            | Overlay::Palette(_)
            | Overlay::CommandLine(_)
            | Overlay::Address(_)
            | Overlay::Ask(..)
            | Overlay::Saved(_)
            | Overlay::CopyAs(_)
            | Overlay::Leftovers(_)
            | Overlay::Held(..)
            | Overlay::Diff(_)
            | Overlay::Log(_),
        )
        | None => false,
    }
}

/// Keeps what depends on a field in step after it was edited.
pub fn after_edit(state: &mut State) {
    let Some(mut overlay) = state.overlay.take() else { return };
    match &mut overlay {
        Overlay::Palette(palette) => {
            palette.at = 0;
            palette.find(state);
        }
        Overlay::CommandLine(line) => line.edited(state),
        Overlay::Form(form) => forms::edited(state, form),
        Overlay::Help(help) => help.top = 0,
        Overlay::Address(tool) => tool.edited(),
        Overlay::Ask(..)
        | Overlay::Saved(_)
        | Overlay::CopyAs(_)
        | Overlay::Log(_)
        | Overlay::Leftovers(_)
        | Overlay::Held(..)
        | Overlay::Diff(_) => {}
    }
    state.overlay = Some(overlay);
}

/// Follows what the network says.
pub fn on_net(state: &mut State, event: &NetEvent) {
    address::on_net(state, event);
}

/// Takes a key that is no command and no letter of a text: at a choice it is the beginning of a name, in the menu of
/// copies the letter of a form.
pub fn other_key(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    if let Some(Overlay::CopyAs(_)) = &state.overlay {
        let letter = CopyForm::ALL.iter().position(|form| key.code == KeyCode::Char(form.letter()));
        return letter.map_or_else(Vec::new, |at| copy_as(state, at));
    }
    if let Some(Overlay::Form(form)) = &mut state.overlay
        && form.is_at_choice()
    {
        form.letter_at_choice(key);
        after_edit(state);
    }
    Vec::new()
}

/// Performs a command of what lies over the panes.
pub fn act(state: &mut State, verb: Verb) -> Vec<Effect> {
    let Some(overlay) = &mut state.overlay else { return Vec::new() };
    match overlay {
        Overlay::Help(_) => act_in_help(state, verb),
        Overlay::Palette(_) => return act_in_palette(state, verb),
        Overlay::CommandLine(_) => return act_in_line(state, verb),
        Overlay::Address(_) => return address::act(state, verb),
        Overlay::Log(_) => return log::act(state, verb),
        Overlay::Leftovers(_) => return leftovers::act(state, verb),
        Overlay::Diff(_) => return diff::over(state, verb),
        Overlay::Held(id, at) => {
            let count = state.world.server(*id).map_or(0, |tap| tap.held.len());
            act_in_menu(verb, at, count);
            if verb == Verb::Close {
                state.overlay = None;
            }
        }
        Overlay::Form(_) => return forms::act(state, verb),
        Overlay::Ask(question, _) => {
            let question = *question;
            state.overlay = None;
            return answered(state, question, verb);
        }
        Overlay::Saved(at) => {
            if let Some(at) = act_in_menu(verb, at, state.client.saved.all().len()) {
                state.overlay = None;
                take_saved(state, at);
            } else if verb == Verb::Close {
                state.overlay = None;
            }
        }
        Overlay::CopyAs(menu) => {
            if let Some(at) = act_in_menu(verb, &mut menu.at, CopyForm::ALL.len()) {
                return copy_as(state, at);
            }
            if verb == Verb::Close {
                state.overlay = None;
            }
        }
    }
    Vec::new()
}

fn copy_as(state: &mut State, at: usize) -> Vec<Effect> {
    let Some(Overlay::CopyAs(menu)) = state.overlay.take() else { return Vec::new() };
    copy::picked(state, copy::Menu { at, ..menu })
}

/// How far a verb moves a cursor.
fn step(verb: Verb) -> isize {
    match verb {
        Verb::Up => -1,
        Verb::Down => 1,
        Verb::PageUp => -PAGE,
        Verb::PageDown => PAGE,
        Verb::Top => isize::MIN / 2,
        Verb::Bottom => isize::MAX / 2,
        Verb::Choose
        | Verb::Close
        | Verb::Complete
        | Verb::CompleteBack
        | Verb::Next
        | Verb::Previous
        | Verb::Left
        | Verb::Right
        | Verb::NewLine
        | Verb::All
        | Verb::Search
        | Verb::Save
        | Verb::Remove => 0,
    }
}

/// Moves a menu's cursor; Some is the row that was taken.
fn act_in_menu(verb: Verb, at: &mut usize, count: usize) -> Option<usize> {
    *at = moved(*at, step(verb), count);
    (verb == Verb::Choose).then_some(*at)
}

fn act_in_help(state: &mut State, verb: Verb) {
    let end = state.regions.help_end();
    let Some(Overlay::Help(help)) = &mut state.overlay else { return };
    match verb {
        Verb::All => {
            help.scope = match help.scope {
                Scope::Here => Scope::All,
                Scope::All => Scope::Here,
            };
            help.top = 0;
        }
        Verb::Search => help.searching = Searching::Yes,
        Verb::Choose if help.searching == Searching::Yes => help.searching = Searching::No,
        // Backs out of the search first.
        Verb::Close if !help.search.text().is_empty() => {
            help.search.set("");
            help.searching = Searching::No;
        }
        Verb::Close | Verb::Choose => state.overlay = None,
        Verb::Up
        | Verb::Down
        | Verb::PageUp
        | Verb::PageDown
        | Verb::Top
        | Verb::Bottom
        | Verb::Complete
        | Verb::CompleteBack
        | Verb::Next
        | Verb::Previous
        | Verb::Left
        | Verb::Right
        | Verb::NewLine
        | Verb::Save
        | Verb::Remove => help.top = help.top.saturating_add_signed(step(verb)).min(end),
    }
}

fn act_in_palette(state: &mut State, verb: Verb) -> Vec<Effect> {
    let Some(Overlay::Palette(palette)) = &mut state.overlay else { return Vec::new() };
    palette.at = moved(palette.at, step(verb), palette.rows.len());
    match verb {
        Verb::Close => state.overlay = None,
        Verb::Choose => {
            let Some(row) = palette.rows.get(palette.at) else { return Vec::new() };
            let (command, hindrance) = (row.command, row.hindrance);
            state.overlay = None;
            if let Some(why) = hindrance {
                state.say(format!("{}: {why}", command.name));
                return Vec::new();
            }
            palette::remember(&mut state.recent, command);
            return run(state, command.action);
        }
        Verb::Complete => {
            // On to the command line, where arguments are written.
            let Some(row) = palette.rows.get(palette.at) else { return Vec::new() };
            let mut line = CommandLine::default();
            line.field.set(format!("{} ", row.command.name));
            line.edited(state);
            state.overlay = Some(Overlay::CommandLine(line));
        }
        Verb::Up
        | Verb::Down
        | Verb::PageUp
        | Verb::PageDown
        | Verb::Top
        | Verb::Bottom
        | Verb::CompleteBack
        | Verb::Next
        | Verb::Previous
        | Verb::Left
        | Verb::Right
        | Verb::NewLine
        | Verb::All
        | Verb::Search
        | Verb::Save
        | Verb::Remove => {}
    }
    Vec::new()
}

fn act_in_line(state: &mut State, verb: Verb) -> Vec<Effect> {
    let Some(Overlay::CommandLine(mut line)) = state.overlay.take() else { return Vec::new() };
    match verb {
        Verb::Close => return Vec::new(),
        Verb::Choose => {
            let text = line.field.text().to_owned();
            match command_line::run(state, &text) {
                Ok(effects) => return effects,
                // What was typed is never lost: the line stays, and says what is wrong.
                Err(problem) => line.problem = Some(problem),
            }
        }
        Verb::Complete => line.complete(Way::Forth),
        Verb::CompleteBack => line.complete(Way::Back),
        Verb::Up | Verb::PageUp => line.recall(state, Way::Back),
        Verb::Down | Verb::PageDown => line.recall(state, Way::Forth),
        Verb::Top
        | Verb::Bottom
        | Verb::Next
        | Verb::Previous
        | Verb::Left
        | Verb::Right
        | Verb::NewLine
        | Verb::All
        | Verb::Search
        | Verb::Save
        | Verb::Remove => {}
    }
    state.overlay = Some(Overlay::CommandLine(line));
    Vec::new()
}

/// Takes a saved payload into the client shown.
pub fn take_saved(state: &mut State, at: usize) {
    if let Some(text) = state.client.saved.all().get(at).map(|saved| saved.text.clone())
        && let Some(node) = state.client.current().map(|tab| tab.node)
    {
        state.client.set_payload(node, &text);
    }
}

/// Performs a command chosen by name: its pane gets the keys first.
pub fn run(state: &mut State, action: command::Action) -> Vec<Effect> {
    if let Some(pane) = action.pane() {
        state.focus = pane;
    }
    perform(state, action)
}

fn answered(state: &mut State, question: Question, verb: Verb) -> Vec<Effect> {
    match (question, verb) {
        (Question::Quit, Verb::Choose) => return quitting::quit_all_the_same(),
        (Question::Quit, Verb::Save) => traffic::ask_to_save(state, Purpose::SaveAndQuit),
        (Question::RemoveServer(id), Verb::Choose) => return servers::remove(state, id),
        (Question::SendFile(node), Verb::Choose) => return client::send_read_file(state, node),
        (Question::RunPrograms(id), Verb::Choose) => return servers::start(state, id),
        (Question::ReplaceFile, Verb::Choose) => return saving::replace_file(state),
        (Question::ReplaceFile, _) => saving::keep_file(state),
        (Question::ThrowAway(at), verb) => return leftovers::throw_away(state, at, verb),
        (Question::Quit | Question::RemoveServer(_) | Question::SendFile(_) | Question::RunPrograms(_), _) => {}
    }
    Vec::new()
}

/// Gives a server another name.
///
/// # Errors
/// The name is empty, or another node has it.
pub fn rename(state: &mut State, id: NodeId, name: &str) -> Result<(), String> {
    let name = name.trim();
    if name.is_empty() {
        return Err("write a name".into());
    }
    if let Some(problem) = name_problem(state, id, name) {
        return Err(problem);
    }
    state.world.rename(id, name);
    Ok(())
}

/// What is wrong with a name for that node.
pub fn name_problem(state: &State, id: NodeId, name: &str) -> Option<String> {
    let is_taken = state.world.name(id) != name.trim() && state.world.has_name(name.trim());
    is_taken.then(|| format!("\"{}\" is the name of another server or client; write one that is new", name.trim()))
}

/// What is being written that can be completed.
pub fn sought(overlay: &Overlay) -> Option<Sought<'_>> {
    match overlay {
        Overlay::Form(form) => form.sought(),
        Overlay::CommandLine(line) => line.sought(),
        Overlay::Help(_)
        | Overlay::Palette(_)
        | Overlay::Address(_)
        | Overlay::Ask(..)
        | Overlay::Saved(_)
        | Overlay::Log(_)
        | Overlay::Leftovers(_)
        | Overlay::Held(..)
        | Overlay::Diff(_)
        | Overlay::CopyAs(_) => None,
    }
}

/// What a folder holds has become known: it is offered.
pub fn found(state: &mut State) {
    let Some(mut overlay) = state.overlay.take() else { return };
    match &mut overlay {
        Overlay::Form(form) => forms::found(state, form),
        Overlay::CommandLine(line) => line.found(state),
        Overlay::Help(_)
        | Overlay::Palette(_)
        | Overlay::Address(_)
        | Overlay::Ask(..)
        | Overlay::Saved(_)
        | Overlay::Log(_)
        | Overlay::Leftovers(_)
        | Overlay::Held(..)
        | Overlay::Diff(_)
        | Overlay::CopyAs(_) => {}
    }
    state.overlay = Some(overlay);
}

/// Takes pasted text into the field that has the keys. Gives how many bytes there was no room for.
pub fn on_paste(state: &mut State, text: &str) -> usize {
    let left = match &mut state.overlay {
        None => return 0,
        Some(Overlay::Form(form)) => form.current().map_or(0, |field| field.paste(text)),
        Some(Overlay::Address(tool)) => tool.field.paste(text.trim()),
        Some(overlay) => overlay.field().map_or(0, |field| field.paste(text)),
    };
    after_edit(state);
    left
}

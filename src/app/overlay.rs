//! What lies over the panes: help, palette, forms, questions and short menus.

mod mouse;

pub use mouse::{choose, choose_entry, cursor, pressed_beside, scroll_help_to};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::command::{COMMANDS, Command, Place};
use super::form::{Form, Outcome, Purpose};
use super::pane::{client, http, inspector, moved, servers};
use super::text_field::TextField;
use super::{Effect, State, perform, server_form};
use crate::model::NodeId;

/// Lines of help that a page key moves.
const HELP_PAGE: usize = 10;

/// Something over the panes.
#[derive(Debug)]
pub enum Overlay {
    /// All keys; the line shown first.
    Help(usize),
    /// All commands, found by a few letters.
    Palette(Palette),
    /// An address in all its notations: what is typed.
    Address(TextField),
    /// A form.
    Form(Form),
    /// A question that yes or no answers.
    Ask(Question, String),
    /// The saved payloads; the one under the cursor.
    Saved(usize),
    /// The forms in which bytes can be copied; the one under the cursor.
    CopyAs(usize),
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
}

/// The palette as it is used.
#[derive(Debug, Default)]
pub struct Palette {
    /// The letters typed.
    pub field: TextField,
    /// The row under the cursor.
    pub at: usize,
}

impl Palette {
    /// The commands that match the letters, best first.
    pub fn matches(&self) -> Vec<&'static Command> {
        let pattern = Pattern::parse(self.field.text(), CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut seen = Vec::new();
        let mut is_new = |command: &&Command| {
            let is_new = !seen.contains(&command.action);
            seen.push(command.action);
            is_new
        };
        let mut scored: Vec<(u32, &'static Command)> = COMMANDS
            .iter()
            .filter(|command| !matches!(command.place, Place::Field(_) | Place::HttpBody | Place::HttpSearch))
            .filter(&mut is_new)
            .filter_map(|command| {
                let mut letters = Vec::new();
                let text = format!("{} {}", command.words, command.name);
                pattern.score(Utf32Str::new(&text, &mut letters), &mut matcher).map(|score| (score, command))
            })
            .collect();
        scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        scored.into_iter().map(|(_, command)| command).collect()
    }
}

/// Takes a key when something lies over the panes; None when nothing does.
#[expect(clippy::wildcard_enum_match_arm, reason = "the terminal's enum, of which most means nothing here")]
pub fn on_key(state: &mut State, key: KeyEvent) -> Option<Vec<Effect>> {
    let overlay = state.overlay.as_mut()?;
    if key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL) {
        state.overlay = None;
        return None;
    }
    match overlay {
        Overlay::Help(top) => {
            let end = state.regions.help_end();
            match key.code {
                KeyCode::Up | KeyCode::Char('k') => *top = top.saturating_sub(1),
                KeyCode::Down | KeyCode::Char('j') => *top = (*top + 1).min(end),
                KeyCode::PageUp => *top = top.saturating_sub(HELP_PAGE),
                KeyCode::PageDown | KeyCode::Char(' ') => *top = (*top + HELP_PAGE).min(end),
                KeyCode::Home | KeyCode::Char('g') => *top = 0,
                KeyCode::End | KeyCode::Char('G') => *top = end,
                _ => state.overlay = None,
            }
            Some(Vec::new())
        }
        Overlay::Palette(_) => Some(on_palette_key(state, key)),
        Overlay::Address(field) => {
            if matches!(key.code, KeyCode::Esc | KeyCode::Enter) {
                state.overlay = None;
            } else {
                field.on_key(key);
            }
            Some(Vec::new())
        }
        Overlay::Form(_) => Some(on_form_key(state, key)),
        Overlay::Ask(question, _) => {
            let question = *question;
            match key.code {
                KeyCode::Enter | KeyCode::Char('y' | 'Y') => {
                    state.overlay = None;
                    Some(answered_yes(state, question))
                }
                KeyCode::Esc | KeyCode::Char('n' | 'N' | 'q') => {
                    state.overlay = None;
                    Some(Vec::new())
                }
                _ => Some(Vec::new()),
            }
        }
        Overlay::Saved(at) => {
            let chosen = pick(key, at, state.client.saved.all().len());
            Some(on_pick(state, chosen, |state, at| {
                take_saved(state, at);
                Vec::new()
            }))
        }
        Overlay::CopyAs(at) => {
            let chosen = pick(key, at, inspector::COPY_FORMS.len());
            Some(on_pick(state, chosen, inspector::copy_as))
        }
    }
}

/// What a menu makes of a key.
#[derive(Debug, Clone, Copy)]
enum Pick {
    GoesOn,
    Chosen(usize),
    GivenUp,
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the terminal's enum, of which most means nothing here")]
fn pick(key: KeyEvent, at: &mut usize, count: usize) -> Pick {
    match key.code {
        KeyCode::Up | KeyCode::Char('k') => *at = moved(*at, -1, count),
        KeyCode::Down | KeyCode::Char('j') => *at = moved(*at, 1, count),
        KeyCode::Enter => return Pick::Chosen(*at),
        KeyCode::Esc | KeyCode::Char('q') => return Pick::GivenUp,
        _ => {}
    }
    Pick::GoesOn
}

fn on_pick(state: &mut State, pick: Pick, chosen: fn(&mut State, usize) -> Vec<Effect>) -> Vec<Effect> {
    match pick {
        Pick::GoesOn => Vec::new(),
        Pick::GivenUp => {
            state.overlay = None;
            Vec::new()
        }
        Pick::Chosen(at) => {
            state.overlay = None;
            chosen(state, at)
        }
    }
}

fn take_saved(state: &mut State, at: usize) {
    if let Some(text) = state.client.saved.all().get(at).map(|saved| saved.text.clone())
        && let Some(node) = state.client.current().map(|tab| tab.node)
    {
        state.client.set_payload(node, &text);
    }
}

fn on_palette_key(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    let Some(Overlay::Palette(palette)) = &mut state.overlay else { return Vec::new() };
    let matches = palette.matches();
    match (key.code, key.modifiers.contains(KeyModifiers::CONTROL)) {
        (KeyCode::Esc, _) => state.overlay = None,
        (KeyCode::Up, _) | (KeyCode::Char('p'), true) => palette.at = moved(palette.at, -1, matches.len()),
        (KeyCode::Down, _) | (KeyCode::Char('n'), true) => palette.at = moved(palette.at, 1, matches.len()),
        (KeyCode::Enter, _) => {
            let chosen = matches.get(palette.at).map(|command| command.action);
            state.overlay = None;
            return chosen.map_or_else(Vec::new, |action| run(state, action));
        }
        _ => {
            if palette.field.on_key(key) {
                palette.at = 0;
            }
        }
    }
    Vec::new()
}

/// Performs a command chosen by name: its pane gets the keys first.
fn run(state: &mut State, action: super::command::Action) -> Vec<Effect> {
    if let Some(pane) = action.pane() {
        state.focus = pane;
    }
    perform(state, action)
}

fn answered_yes(state: &mut State, question: Question) -> Vec<Effect> {
    match question {
        Question::Quit => vec![Effect::Quit],
        Question::RemoveServer(id) => servers::remove(state, id),
        Question::SendFile(node) => client::send_read_file(state, node),
        Question::RunPrograms(id) => servers::start(state, id),
    }
}

fn on_form_key(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    let Some(Overlay::Form(form)) = &mut state.overlay else { return Vec::new() };
    match form.on_key(key) {
        Outcome::GoesOn => {
            check(form);
            Vec::new()
        }
        Outcome::GivenUp => {
            state.overlay = None;
            Vec::new()
        }
        Outcome::HandedIn => hand_in(state),
    }
}

/// Checks a form while it is filled in.
fn check(form: &mut Form) {
    match form.purpose {
        Purpose::NewServer | Purpose::EditServer(_) => server_form::check(form),
        Purpose::RenameServer(_)
        | Purpose::Reply(..)
        | Purpose::ClientSettings(_)
        | Purpose::Repeat(_)
        | Purpose::SendFile(_)
        | Purpose::SavePayload(_)
        | Purpose::HttpRow(..)
        | Purpose::HttpMethod
        | Purpose::HttpBodyFile
        | Purpose::SaveBody => form.problem = None,
    }
}

fn hand_in(state: &mut State) -> Vec<Effect> {
    let Some(Overlay::Form(form)) = state.overlay.take() else { return Vec::new() };
    match submit(state, &form) {
        Ok(effects) => effects,
        Err(problem) => {
            // What was typed is never lost: the form stays, and says what is wrong.
            state.overlay = Some(Overlay::Form(Form { problem: Some(problem), ..form }));
            Vec::new()
        }
    }
}

fn submit(state: &mut State, form: &Form) -> Result<Vec<Effect>, String> {
    let nothing = |()| Vec::new();
    match form.purpose {
        Purpose::NewServer => server_form::submit_new(state, form),
        Purpose::EditServer(id) => server_form::submit_edit(state, id, form),
        Purpose::RenameServer(id) => rename(state, id, form.text("name")).map(nothing),
        Purpose::Reply(id, to) => servers::send_reply(state, id, to, form.text("text")),
        Purpose::ClientSettings(node) => client::submit_settings(state, node, form).map(nothing),
        Purpose::Repeat(node) => client::start_repeat(state, node, form),
        Purpose::SendFile(node) => client::send_file(node, form.text("file")),
        Purpose::SavePayload(node) => client::save_payload(state, node, form.text("name")),
        Purpose::HttpRow(which, at) => http::submit_row(state, which, at, form).map(nothing),
        Purpose::HttpMethod => http::submit_method(state, form.text("method")).map(nothing),
        Purpose::HttpBodyFile => {
            form.text("file").clone_into(&mut state.http.body.file);
            Ok(Vec::new())
        }
        Purpose::SaveBody => http::save_body(state, form.text("file")),
    }
}

fn rename(state: &mut State, id: NodeId, name: &str) -> Result<(), String> {
    let name = name.trim();
    if name.is_empty() {
        return Err("write a name".into());
    }
    if state.world.name(id) != name && state.world.has_name(name) {
        return Err(format!("\"{name}\" is the name of another server or client"));
    }
    state.world.rename(id, name);
    Ok(())
}

/// Takes pasted text when something lies over the panes.
pub fn on_paste(state: &mut State, text: &str) -> bool {
    match &mut state.overlay {
        None => return false,
        Some(Overlay::Palette(palette)) => {
            palette.field.paste(text);
            palette.at = 0;
        }
        Some(Overlay::Address(field)) => field.paste(text),
        Some(Overlay::Form(form)) => {
            if let Some(field) = form.current() {
                field.paste(text);
            }
            check(form);
        }
        Some(Overlay::Help(_) | Overlay::Ask(..) | Overlay::Saved(_) | Overlay::CopyAs(_)) => {}
    }
    true
}

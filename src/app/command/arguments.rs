//! Commands with arguments: `serve tcp://:7005 chat`, `connect udp://127.0.0.1:7002`, `theme light`.

use super::{Action, Command, Verb};
use crate::app::overlay::diff;
use crate::app::pane::{self, client, http, servers, traffic};
use crate::app::{Effect, State, complete, find, lab, overlay, perform, recording, replay, server_form, tap};

/// What may stand at one place behind a command's name. All may be left out; the command then asks for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// One word: what it is called, and what it is.
    Word(&'static str, Kind),
    /// All that is left of the line, as it is written: what it is called, and what it is.
    Rest(&'static str, Kind),
}

/// What is written behind a command or in the field of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Where a server listens.
    Listen,
    /// Where a client connects to.
    Target,
    /// The name of a behaviour.
    Behaviour,
    /// The name of a server.
    Server,
    /// The name of a saved payload.
    Saved,
    /// A method of HTTP.
    Method,
    /// The name of a theme.
    Theme,
    /// What a tap does to what passes.
    Impairment,
    /// A network that a tap plays.
    Profile,
    /// A method of HTTP, or the URL at once.
    MethodOrUrl,
    /// The URL of a request.
    Url,
    /// The path of a file.
    File,
    /// What a behaviour takes; the behaviour stands beside it.
    With,
    /// The value of a header; its name stands beside it.
    HeaderValue,
    /// One of these, or anything else.
    OneOf(&'static [&'static str]),
    /// Any text.
    Text,
}

impl Slot {
    /// As a usage line has it: `[URL]`, `[TEXT…]`.
    pub fn written(self) -> String {
        match self {
            Slot::Word(name, _) => format!("[{name}]"),
            Slot::Rest(name, _) => format!("[{name}…]"),
        }
    }

    /// What it is.
    pub fn kind(self) -> Kind {
        match self {
            Slot::Word(_, kind) | Slot::Rest(_, kind) => kind,
        }
    }
}

/// Where what is left of a line begins, behind its name and the words before it.
pub fn rest_start(line: &str, words: usize) -> usize {
    let mut at = line.len() - line.trim_start().len();
    for _ in 0..words {
        let rest = &line[at..];
        let word = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let blank = rest[word..].len() - rest[word..].trim_start().len();
        at += word + blank;
    }
    at
}

/// What is written behind a command's name, cut into its slots; nothing written is nothing given.
///
/// # Errors
/// More is written than the command takes.
fn cut(command: &Command, written: &str) -> Result<Vec<String>, String> {
    let mut given = Vec::new();
    let mut rest = written.trim();
    for slot in command.takes {
        if rest.is_empty() {
            return Ok(given);
        }
        match slot {
            Slot::Word(..) => {
                let (word, behind) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
                given.push(word.to_owned());
                rest = behind.trim_start();
            }
            Slot::Rest(..) => {
                given.push(unquoted(rest).to_owned());
                rest = "";
            }
        }
    }
    if rest.is_empty() {
        return Ok(given);
    }
    let takes =
        if command.takes.is_empty() { "nothing behind it".into() } else { format!("only: {}", command.usage()) };
    Err(format!("{} takes {takes}", command.name))
}

/// The text without the quotes around the whole of it.
pub fn unquoted(text: &str) -> &str {
    let inner = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote).filter(|inner| !inner.contains(quote));
    inner('\'').or_else(|| inner('"')).unwrap_or(text)
}

/// Performs a command with what is written behind its name.
///
/// # Errors
/// Says what is wrong with what is written, or why the command cannot run now.
pub fn perform_with(state: &mut State, command: &'static Command, written: &str) -> Result<Vec<Effect>, String> {
    let given = cut(command, written)?;
    let mut given = given.iter().map(String::as_str);
    let first = given.next();
    if let Some(first) = first {
        let second = given.next();
        if let Some(pane) = command.action.pane() {
            if !pane::panes(state).contains(&pane) {
                return Err(pane::NO_LAB.into());
            }
            state.focus = pane;
        }
        if let Some(done) = with(state, command.action, first, second, given.next()) {
            return done;
        }
    }
    if command.action == Action::App(Verb::Caption) && state.presenting.caption.is_empty() {
        return Err("write behind it what is being shown".into());
    }
    if let Some(why) = super::hindrance(state, command.action) {
        return Err(format!("{}: {why}", command.name));
    }
    Ok(overlay::run(state, command.action))
}

/// Performs what takes arguments; None when the action alone is left to do.
fn with(
    state: &mut State,
    action: Action,
    first: &str,
    second: Option<&str>,
    third: Option<&str>,
) -> Option<Result<Vec<Effect>, String>> {
    match action {
        Action::App(Verb::Address) => {
            overlay::address::open(state, first);
            Some(Ok(Vec::new()))
        }
        Action::App(Verb::Theme) => Some(state.look.choose_theme(first).map(|()| {
            state.keeper.theme_is(&state.look);
            Vec::new()
        })),
        Action::App(Verb::Caption) => {
            first.clone_into(&mut state.presenting.caption);
            Some(Ok(Vec::new()))
        }
        Action::App(Verb::Record) => Some(recording::command(state, first, second)),
        Action::Servers(verb) => with_servers(state, verb, first, second, third),
        Action::Tap(verb) => tap::command(state, verb, first, second),
        Action::Client(verb) => with_client(state, verb, first),
        Action::Http(verb) => with_http(state, verb, first, second),
        Action::Traffic(traffic::Verb::Filter) => {
            if let Err(problem) = traffic::Sieve::read(first) {
                return Some(Err(problem.to_string()));
            }
            state.traffic.filter.set(first);
            state.traffic.filters.push(first);
            traffic::filter_changed(state);
            Some(Ok(Vec::new()))
        }
        Action::Lab(lab::Verb::Write) => Some(lab::write(state, first)),
        Action::Diff(diff::Verb::Open) => Some(diff::command(state, first, second, third).map(|()| Vec::new())),
        Action::Replay(replay::Verb::Again) => Some(replay::command(state, first, second)),
        Action::Traffic(traffic::Verb::Note) => Some(traffic::note(state, first).map(|()| Vec::new())),
        Action::Traffic(traffic::Verb::Save) => Some(traffic::save_command(state, first)),
        Action::Find(find::Verb::Forth) => Some(find::search_for(state, first).map(|()| Vec::new())),
        Action::App(_)
        | Action::Lab(_)
        | Action::Replay(_)
        | Action::Diff(_)
        | Action::Traffic(_)
        | Action::Inspector(_)
        | Action::Find(_)
        | Action::Edit(_)
        | Action::Over(_) => None,
    }
}

fn with_servers(
    state: &mut State,
    verb: servers::Verb,
    first: &str,
    second: Option<&str>,
    third: Option<&str>,
) -> Option<Result<Vec<Effect>, String>> {
    use servers::Verb as S;
    match verb {
        S::New => Some(server_form::serve(state, first, second, third.unwrap_or(""))),
        S::Toggle | S::Start | S::Stop | S::Restart | S::Remove | S::Open | S::Call | S::Edit => {
            let Some(row) = state.world.servers.iter().position(|server| server.name == first) else {
                let names = state.world.servers.iter().map(|server| server.name.as_str());
                return Some(Err(complete::unknown("server", first, names)));
            };
            state.servers.clients = None;
            servers::choose_row(state, row);
            Some(Ok(perform(state, Action::Servers(verb))))
        }
        S::Rename => {
            let id = servers::current(state)?.id;
            Some(overlay::rename(state, id, first).map(|()| Vec::new()))
        }
        S::ReplyAll => {
            let id = servers::current(state)?.id;
            Some(servers::send_reply(state, id, None, first))
        }
        S::Up | S::Down | S::Back | S::Reply | S::Finish | S::Reset | S::Follow => None,
    }
}

fn with_client(state: &mut State, verb: client::Verb, first: &str) -> Option<Result<Vec<Effect>, String>> {
    use client::Verb as C;
    match verb {
        C::NewTab => {
            client::open_tab(state, first);
            Some(Ok(Vec::new()))
        }
        C::Connect => Some(client::connect_to(state, first)),
        C::Send => {
            let node = state.client.current()?.node;
            state.client.set_payload(node, first);
            None
        }
        C::File => {
            let node = state.client.current()?.node;
            Some(client::send_file(state, node, first))
        }
        C::Save => {
            let node = state.client.current()?.node;
            Some(client::save_payload(state, node, first))
        }
        C::Saved => {
            let Some(at) = state.client.saved.all().iter().position(|saved| saved.name == first) else {
                let names = state.client.saved.all().iter().map(|saved| saved.name.as_str());
                return Some(Err(complete::unknown("payload", first, names)));
            };
            overlay::take_saved(state, at);
            Some(Ok(Vec::new()))
        }
        C::Finish
        | C::Reset
        | C::Reconnect
        | C::EditPayload
        | C::EditOutside
        | C::EditTarget
        | C::Leave
        | C::Older
        | C::Newer
        | C::Notation
        | C::Ending
        | C::Settings
        | C::Repeat
        | C::Stop
        | C::GiveUp
        | C::CloseTab
        | C::NextTab
        | C::PreviousTab
        | C::Follow => None,
    }
}

fn with_http(
    state: &mut State,
    verb: http::Verb,
    first: &str,
    second: Option<&str>,
) -> Option<Result<Vec<Effect>, String>> {
    use http::Verb as H;
    match verb {
        H::Send => {
            // `http URL` is a GET.
            let (method, url) = second.map_or(("GET", first), |url| (first, url));
            if let Err(why) = http::submit_method(state, method) {
                return Some(Err(why));
            }
            state.http.set_url(url);
            None
        }
        H::Method => Some(http::submit_method(state, first).map(|()| Vec::new())),
        H::Search => {
            state.http.search_for(first);
            Some(Ok(Vec::new()))
        }
        H::Save => Some(http::save_body(state, first)),
        H::Cancel
        | H::Copy
        | H::CopyAs
        | H::Page
        | H::EditUrl
        | H::OlderUrl
        | H::NewerUrl
        | H::Leave
        | H::NextMethod
        | H::NextTab
        | H::PreviousTab
        | H::Up
        | H::Down
        | H::PageUp
        | H::PageDown
        | H::Top
        | H::Bottom
        | H::Add
        | H::Edit
        | H::EditOutside
        | H::Switch
        | H::Delete
        | H::BodyKind
        | H::View
        | H::NextMatch
        | H::PreviousMatch
        | H::Verification
        | H::Follow => None,
    }
}

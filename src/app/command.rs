//! The one table of commands: action, name, keys, words. Keys, footer, help, palette and README come from it.

use crossterm::event::KeyEvent;

use super::keys::is_key;
use super::overlay::{Overlay, Palette, Question};
use super::pane::{PaneId, client, http, inspector, servers, traffic};
use super::shares::{Growth, Shares};
use super::text_field::TextField;
use super::{Effect, State, Zoom, pane};

/// Everything that can be done, by the pane it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Belongs to no pane.
    App(Verb),
    /// The servers pane's.
    Servers(servers::Verb),
    /// The client pane's.
    Client(client::Verb),
    /// The HTTP pane's.
    Http(http::Verb),
    /// The traffic pane's.
    Traffic(traffic::Verb),
    /// The inspector pane's.
    Inspector(inspector::Verb),
}

impl Action {
    /// The pane it belongs to.
    pub fn pane(self) -> Option<PaneId> {
        match self {
            Action::App(_) => None,
            Action::Servers(_) => Some(PaneId::Servers),
            Action::Client(_) => Some(PaneId::Client),
            Action::Http(_) => Some(PaneId::Http),
            Action::Traffic(_) => Some(PaneId::Traffic),
            Action::Inspector(_) => Some(PaneId::Inspector),
        }
    }
}

/// What belongs to no pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// To the next pane.
    NextPane,
    /// To the pane before.
    PreviousPane,
    /// To that pane.
    Go(PaneId),
    /// Fill the screen with the focused pane, or show all.
    Zoom,
    /// Show all keys.
    Help,
    /// Find a command.
    Palette,
    /// Take an address or a URL apart.
    Address,
    /// Back out one level: the error read, the zoom off.
    Back,
    /// End the program, asking when something would be lost.
    Quit,
    /// End the program at once.
    QuitNow,
    /// Stop as a job, until `fg`.
    Suspend,
    /// Move the border beside the focused pane.
    Grow(Growth),
    /// Give all borders back the places that suit what is shown.
    EvenPanes,
}

/// Where a key counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Everywhere, text fields included.
    Anywhere,
    /// In every pane, while no text field has the keys.
    Global,
    /// In that pane, while no text field has the keys.
    Pane(PaneId),
    /// In that pane's text field.
    Field(PaneId),
    /// In the list of a server's clients.
    ServerClients,
    /// In the editor of the HTTP body.
    HttpBody,
    /// In the search field of the HTTP response.
    HttpSearch,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Command {
    /// What it does.
    pub action: Action,
    /// Its name, as typed.
    pub name: &'static str,
    /// Where its keys count.
    pub place: Place,
    /// Its keys; the first is the one that is shown.
    pub keys: &'static [&'static str],
    /// What it does, in a few words.
    pub words: &'static str,
    /// One word for the footer; empty keeps it out.
    pub hint: &'static str,
}

/// The command that a key means in these places, the first of which counts most.
pub fn lookup(places: &[Place], key: KeyEvent) -> Option<&'static Command> {
    places.iter().find_map(|place| {
        COMMANDS.iter().find(|command| command.place == *place && command.keys.iter().any(|name| is_key(name, key)))
    })
}

/// The commands whose keys count in a place.
pub fn in_place(place: Place) -> impl Iterator<Item = &'static Command> {
    COMMANDS.iter().filter(move |command| command.place == place)
}

const fn row(
    action: Action,
    name: &'static str,
    place: Place,
    keys: &'static [&'static str],
    words: &'static str,
    hint: &'static str,
) -> Command {
    Command { action, name, place, keys, words, hint }
}

use Action::{App, Client, Http, Inspector, Servers, Traffic};
use Place::{Anywhere, Field, Global, HttpBody, HttpSearch, Pane, ServerClients};
use client::Verb as C;
use http::Verb as H;
use inspector::Verb as I;
use servers::Verb as S;
use traffic::Verb as T;

const SERVERS: Place = Pane(PaneId::Servers);
const CLIENT: Place = Pane(PaneId::Client);
const CLIENT_FIELD: Place = Field(PaneId::Client);
const HTTP: Place = Pane(PaneId::Http);
const HTTP_FIELD: Place = Field(PaneId::Http);
const TRAFFIC: Place = Pane(PaneId::Traffic);
const FILTER_FIELD: Place = Field(PaneId::Traffic);
const INSPECTOR: Place = Pane(PaneId::Inspector);

/// All commands. The order within a place is that of help and footer.
pub static COMMANDS: &[Command] = &[
    row(App(Verb::NextPane), "next-pane", Anywhere, &["tab"], "go to the next pane", "next pane"),
    row(App(Verb::PreviousPane), "previous-pane", Anywhere, &["shift-tab"], "go to the pane before", ""),
    row(App(Verb::Palette), "palette", Anywhere, &["ctrl-p"], "find a command by a few letters", "commands"),
    row(App(Verb::Help), "help", Anywhere, &["f1"], "show all keys", ""),
    row(App(Verb::QuitNow), "quit-now", Anywhere, &["ctrl-c"], "quit at once", ""),
    row(App(Verb::Suspend), "suspend", Anywhere, &["ctrl-z"], "stop as a job; fg in the shell comes back", ""),
    row(App(Verb::Zoom), "zoom", Global, &["z"], "fill the screen with the pane, or show all panes", "zoom"),
    row(App(Verb::Help), "help-keys", Global, &["?"], "show all keys", "help"),
    row(App(Verb::Quit), "quit", Global, &["q"], "quit; asks when clients are connected", ""),
    row(App(Verb::Back), "back", Global, &["esc"], "drop the selection or the error, or leave the zoom", ""),
    row(App(Verb::Palette), "command", Global, &[":"], "find a command by a few letters", ""),
    row(App(Verb::Address), "address", Global, &["A"], "take an address or URL apart, in every notation", ""),
    row(App(Verb::Go(PaneId::Servers)), "go-servers", Global, &["1"], "go to the servers", ""),
    row(App(Verb::Go(PaneId::Client)), "go-client", Global, &["2"], "go to the client", ""),
    row(App(Verb::Go(PaneId::Http)), "go-http", Global, &["3"], "go to the HTTP request", ""),
    row(App(Verb::Go(PaneId::Traffic)), "go-traffic", Global, &["4"], "go to the traffic", ""),
    row(App(Verb::Go(PaneId::Inspector)), "go-inspector", Global, &["5"], "go to the inspector", ""),
    row(App(Verb::Grow(Growth::Wider)), "pane-wider", Global, &[">"], "make the pane wider", ""),
    row(App(Verb::Grow(Growth::Narrower)), "pane-narrower", Global, &["<"], "make the pane narrower", ""),
    row(App(Verb::Grow(Growth::Taller)), "pane-taller", Global, &["+"], "make the pane taller", ""),
    row(App(Verb::Grow(Growth::Shorter)), "pane-shorter", Global, &["-"], "make the pane shorter", ""),
    row(App(Verb::EvenPanes), "panes-even", Global, &["="], "give the panes back the sizes that suit them", ""),
    // Servers
    row(Servers(S::Open), "server-clients", SERVERS, &["enter"], "see the server's clients", "clients"),
    row(Servers(S::New), "server-new", SERVERS, &["n"], "make a server", "new"),
    row(
        Servers(S::Toggle),
        "server-start-stop",
        SERVERS,
        &["s", "space"],
        "start the server, or stop it",
        "start/stop",
    ),
    row(Servers(S::Edit), "server-edit", SERVERS, &["e"], "change the server", "edit"),
    row(Servers(S::Call), "server-call", SERVERS, &["c"], "point the client or HTTP pane at the server", "call"),
    row(Servers(S::Restart), "server-restart", SERVERS, &["r"], "stop the server and start it again", ""),
    row(Servers(S::Rename), "server-rename", SERVERS, &["R"], "give the server another name", ""),
    row(Servers(S::ReplyAll), "server-send-all", SERVERS, &["a"], "send a text to all clients of the server", ""),
    row(Servers(S::Remove), "server-remove", SERVERS, &["x", "delete"], "stop the server and forget it", "remove"),
    row(Servers(S::Up), "server-up", SERVERS, &["up", "k"], "to the server above", ""),
    row(Servers(S::Down), "server-down", SERVERS, &["down", "j"], "to the server below", ""),
    // A server's clients
    row(Servers(S::Reply), "reply", ServerClients, &["enter", "i"], "send a text to this client", "reply"),
    row(Servers(S::ReplyAll), "reply-all", ServerClients, &["a"], "send a text to all clients", "send to all"),
    row(Servers(S::Finish), "client-close", ServerClients, &["f"], "close this connection (FIN)", "close"),
    row(Servers(S::Reset), "client-reset", ServerClients, &["x"], "reset this connection (RST)", "reset"),
    row(
        Servers(S::Follow),
        "client-follow",
        ServerClients,
        &["o"],
        "show this conversation alone in the traffic",
        "traffic",
    ),
    row(
        Servers(S::Back),
        "clients-back",
        ServerClients,
        &["esc", "backspace", "left", "h"],
        "back to the servers",
        "back",
    ),
    row(Servers(S::Up), "clients-up", ServerClients, &["up", "k"], "to the client above", ""),
    row(Servers(S::Down), "clients-down", ServerClients, &["down", "j"], "to the client below", ""),
    // Client, while a field has the keys
    row(
        Client(C::Send),
        "send-typed",
        CLIENT_FIELD,
        &["enter"],
        "send what is typed, connecting first if need be",
        "send",
    ),
    row(Client(C::Older), "payload-older", CLIENT_FIELD, &["up"], "the payload sent before", "history"),
    row(Client(C::Newer), "payload-newer", CLIENT_FIELD, &["down"], "the payload sent after", ""),
    row(Client(C::Notation), "payload-notation", CLIENT_FIELD, &["f2"], "write text or hex", "text/hex"),
    row(Client(C::Ending), "payload-ending", CLIENT_FIELD, &["f3"], "end with nothing, LF, CRLF or NUL", "ending"),
    row(
        Client(C::Leave),
        "field-leave",
        CLIENT_FIELD,
        &["esc"],
        "leave the field: letters are then commands",
        "more keys",
    ),
    // Client
    row(Client(C::Send), "send", CLIENT, &["enter"], "send the payload, connecting first if need be", "send"),
    row(Client(C::EditPayload), "payload-edit", CLIENT, &["i"], "edit the payload", "type"),
    row(Client(C::EditTarget), "target-edit", CLIENT, &["t"], "edit the target", "target"),
    row(Client(C::Connect), "connect", CLIENT, &["c"], "connect, or disconnect", "connect"),
    row(Client(C::Finish), "finish", CLIENT, &["f"], "half-close: send FIN and go on reading", "FIN"),
    row(Client(C::Reset), "reset", CLIENT, &["x"], "reset the connection (RST)", "RST"),
    row(Client(C::Reconnect), "reconnect", CLIENT, &["r"], "disconnect and connect again", ""),
    row(Client(C::Repeat), "repeat", CLIENT, &["p"], "send N times, or every so often", "repeat"),
    row(Client(C::Stop), "repeat-stop", CLIENT, &["s"], "stop sending again and again", ""),
    row(Client(C::Settings), "client-settings", CLIENT, &["o"], "own address, TLS, multicast", ""),
    row(Client(C::File), "send-file", CLIENT, &["F"], "send a file's bytes", ""),
    row(Client(C::Save), "payload-save", CLIENT, &["w"], "save the payload under a name", ""),
    row(Client(C::Saved), "payload-saved", CLIENT, &["b"], "take a saved payload", ""),
    row(Client(C::EditOutside), "payload-editor", CLIENT, &["e"], "edit the payload in $EDITOR", ""),
    row(Client(C::Notation), "notation", CLIENT, &["v", "f2"], "write text or hex", ""),
    row(Client(C::Ending), "ending", CLIENT, &["l", "f3"], "end with nothing, LF, CRLF or NUL", ""),
    row(Client(C::Older), "older", CLIENT, &["up", "k"], "the payload sent before", ""),
    row(Client(C::Newer), "newer", CLIENT, &["down", "j"], "the payload sent after", ""),
    row(Client(C::NewTab), "client-new", CLIENT, &["n"], "another client", ""),
    row(Client(C::CloseTab), "client-forget", CLIENT, &["delete", "D"], "disconnect and forget this client", ""),
    row(Client(C::PreviousTab), "client-previous", CLIENT, &["["], "the client before", ""),
    row(Client(C::NextTab), "client-next", CLIENT, &["]"], "the next client", ""),
    row(Client(C::Follow), "client-traffic", CLIENT, &["g"], "show this conversation alone in the traffic", ""),
    // HTTP, while a field has the keys
    row(Http(H::Send), "http-send-typed", HTTP_FIELD, &["enter"], "send the request", "send"),
    row(Http(H::Cancel), "http-cancel-typed", HTTP_FIELD, &["ctrl-x"], "give the running request up", "cancel"),
    row(Http(H::Leave), "http-leave", HTTP_FIELD, &["esc"], "leave the field: letters are then commands", "more keys"),
    row(Http(H::Down), "http-scroll-down", HTTP_FIELD, &["down"], "scroll the response down", ""),
    row(Http(H::Up), "http-scroll-up", HTTP_FIELD, &["up"], "scroll the response up", ""),
    // HTTP search
    row(
        Http(H::Leave),
        "search-done",
        HttpSearch,
        &["enter", "esc"],
        "end the search; n and N go through its matches",
        "done",
    ),
    // HTTP body
    row(Http(H::Leave), "body-leave", HttpBody, &["esc"], "leave the body", "done"),
    row(Http(H::EditOutside), "body-editor", HttpBody, &["ctrl-o"], "edit the body in $EDITOR", "$EDITOR"),
    row(Http(H::Send), "body-send", HttpBody, &["f5"], "send the request", "send"),
    // HTTP
    row(Http(H::Send), "http-send", HTTP, &["enter", "f5"], "send the request", "send"),
    row(Http(H::EditUrl), "http-url", HTTP, &["i", "u"], "edit the URL", "URL"),
    row(Http(H::NextMethod), "http-method", HTTP, &["m"], "the next method", "method"),
    row(Http(H::Method), "http-method-other", HTTP, &["M"], "type any method", ""),
    row(Http(H::NextTab), "http-next-tab", HTTP, &["]", "right", "l"], "the tab after", "tabs"),
    row(Http(H::PreviousTab), "http-previous-tab", HTTP, &["[", "left", "h"], "the tab before", ""),
    row(Http(H::Cancel), "http-cancel", HTTP, &["x", "ctrl-x"], "give the running request up", "cancel"),
    row(Http(H::View), "http-view", HTTP, &["v"], "see the response pretty, raw or as hex", "view"),
    row(Http(H::Add), "http-add", HTTP, &["a"], "add a header, query or form row", ""),
    row(Http(H::Edit), "http-edit", HTTP, &["e"], "edit the row or the body", ""),
    row(Http(H::EditOutside), "http-editor", HTTP, &["E"], "edit the body in $EDITOR", ""),
    row(Http(H::Switch), "http-switch", HTTP, &["space"], "switch the row on or off", ""),
    row(Http(H::Delete), "http-delete", HTTP, &["d", "delete"], "delete the row", ""),
    row(Http(H::BodyKind), "http-body-kind", HTTP, &["b"], "a body of text, a form or a file", ""),
    row(Http(H::Verification), "http-verification", HTTP, &["V"], "check certificates, or only show them", ""),
    row(Http(H::Search), "http-search", HTTP, &["/"], "search the response", ""),
    row(Http(H::NextMatch), "http-next-match", HTTP, &["n"], "the next match", ""),
    row(Http(H::PreviousMatch), "http-previous-match", HTTP, &["N"], "the match before", ""),
    row(Http(H::Save), "http-save", HTTP, &["w"], "save the response's body to a file", ""),
    row(Http(H::Follow), "http-traffic", HTTP, &["o"], "show the bytes of this exchange in the traffic", ""),
    row(Http(H::Up), "http-up", HTTP, &["up", "k"], "up a row or line", ""),
    row(Http(H::Down), "http-down", HTTP, &["down", "j"], "down a row or line", ""),
    row(Http(H::PageUp), "http-page-up", HTTP, &["pageup"], "up a page", ""),
    row(Http(H::PageDown), "http-page-down", HTTP, &["pagedown"], "down a page", ""),
    row(Http(H::Top), "http-top", HTTP, &["g", "home"], "to the top", ""),
    row(Http(H::Bottom), "http-bottom", HTTP, &["G", "end"], "to the end", ""),
    // Traffic, while the filter has the keys
    row(Traffic(T::Leave), "filter-done", FILTER_FIELD, &["enter", "down"], "keep the filter, go to the list", "done"),
    row(Traffic(T::Leave), "filter-leave", FILTER_FIELD, &["esc"], "leave the filter", ""),
    // Traffic
    row(Traffic(T::Inspect), "inspect", TRAFFIC, &["enter"], "look into the frame", "inspect"),
    row(Traffic(T::Filter), "filter", TRAFFIC, &["/"], "show only frames that hold a text", "filter"),
    row(Traffic(T::OnlyFlow), "only-flow", TRAFFIC, &["o"], "show this flow alone, or all again", "this flow"),
    row(Traffic(T::NextTab), "traffic-next-tab", TRAFFIC, &["]", "right", "l"], "the tab after: list, stream", "tabs"),
    row(Traffic(T::PreviousTab), "traffic-previous-tab", TRAFFIC, &["[", "left", "h"], "the tab before", ""),
    row(Traffic(T::Bottom), "follow", TRAFFIC, &["G", "end"], "to the newest frame, and follow", "follow"),
    row(Traffic(T::Top), "traffic-top", TRAFFIC, &["g", "home"], "to the oldest frame", ""),
    row(Traffic(T::StreamForm), "stream-form", TRAFFIC, &["v"], "see the stream as text, escaped or hex", ""),
    row(Traffic(T::Copy), "traffic-copy", TRAFFIC, &["y"], "copy what is selected, or the frame's bytes, escaped", ""),
    row(Traffic(T::Clear), "filter-clear", TRAFFIC, &["c"], "take filter and flow away", ""),
    row(Traffic(T::Up), "traffic-up", TRAFFIC, &["up", "k"], "to the frame above", ""),
    row(Traffic(T::Down), "traffic-down", TRAFFIC, &["down", "j"], "to the frame below", ""),
    row(Traffic(T::PageUp), "traffic-page-up", TRAFFIC, &["pageup", "ctrl-b"], "a page up", ""),
    row(Traffic(T::PageDown), "traffic-page-down", TRAFFIC, &["pagedown", "ctrl-f"], "a page down", ""),
    row(Traffic(T::SelectUp), "stream-select-up", TRAFFIC, &["shift-up"], "select up, in the stream", ""),
    row(Traffic(T::SelectDown), "stream-select-down", TRAFFIC, &["shift-down"], "select down, in the stream", ""),
    // Inspector
    row(
        Inspector(I::Swap),
        "fields-or-bytes",
        INSPECTOR,
        &["enter", "x"],
        "between the fields and the bytes",
        "fields/bytes",
    ),
    row(Inspector(I::Fold), "fold", INSPECTOR, &["space"], "open or close the field", "fold"),
    row(Inspector(I::NextTab), "inspector-next-tab", INSPECTOR, &["]"], "the tab after: tree, hex, text", "tabs"),
    row(Inspector(I::PreviousTab), "inspector-previous-tab", INSPECTOR, &["["], "the tab before", ""),
    row(Inspector(I::Copy), "copy", INSPECTOR, &["y"], "copy what is selected, the field, or the byte", "copy"),
    row(Inspector(I::CopyAs), "copy-as", INSPECTOR, &["Y"], "copy the bytes as text, hex or base64", "copy as"),
    row(Inspector(I::NextFrame), "next-frame", INSPECTOR, &["n"], "the frame after", "next frame"),
    row(Inspector(I::PreviousFrame), "previous-frame", INSPECTOR, &["N", "p"], "the frame before", ""),
    row(Inspector(I::Back), "inspector-back", INSPECTOR, &["backspace"], "back to the list", ""),
    row(Inspector(I::Up), "inspector-up", INSPECTOR, &["up", "k"], "up a row", ""),
    row(Inspector(I::Down), "inspector-down", INSPECTOR, &["down", "j"], "down a row", ""),
    row(Inspector(I::Left), "inspector-left", INSPECTOR, &["left", "h"], "close the field, or a byte to the left", ""),
    row(
        Inspector(I::Right),
        "inspector-right",
        INSPECTOR,
        &["right", "l"],
        "open the field, or a byte to the right",
        "",
    ),
    row(Inspector(I::PageUp), "inspector-page-up", INSPECTOR, &["pageup"], "a page up", ""),
    row(Inspector(I::PageDown), "inspector-page-down", INSPECTOR, &["pagedown"], "a page down", ""),
    row(Inspector(I::Top), "inspector-top", INSPECTOR, &["g", "home"], "to the top", ""),
    row(Inspector(I::Bottom), "inspector-bottom", INSPECTOR, &["G", "end"], "to the end", ""),
    row(Inspector(I::Select), "select", INSPECTOR, &["v"], "select bytes or lines, or end that", ""),
    row(Inspector(I::SelectUp), "select-up", INSPECTOR, &["shift-up"], "select up", ""),
    row(Inspector(I::SelectDown), "select-down", INSPECTOR, &["shift-down"], "select down", ""),
    row(Inspector(I::SelectLeft), "select-left", INSPECTOR, &["shift-left"], "select to the left", ""),
    row(Inspector(I::SelectRight), "select-right", INSPECTOR, &["shift-right"], "select to the right", ""),
];

/// Performs what belongs to no pane.
pub(super) fn app_act(state: &mut State, verb: Verb) -> Vec<Effect> {
    match verb {
        Verb::NextPane => pane::focus(state, state.focus.step(1)),
        Verb::PreviousPane => pane::focus(state, state.focus.step(-1)),
        Verb::Go(pane) => pane::focus(state, pane),
        Verb::Zoom => {
            state.zoom = match state.zoom {
                Zoom::Off => Zoom::On,
                Zoom::On => Zoom::Off,
            };
        }
        Verb::Help => state.overlay = Some(Overlay::Help(0)),
        Verb::Palette => state.overlay = Some(Overlay::Palette(Palette::default())),
        Verb::Address => state.overlay = Some(Overlay::Address(TextField::new("127.0.0.1"))),
        Verb::Back => {
            if !pane::drop_selection(state) && !state.notices.read() {
                state.zoom = Zoom::Off;
            }
        }
        Verb::Quit => match state.world.guests() {
            0 => return vec![Effect::Quit],
            1 => ask_to_quit(state, "Quit? The one client of your servers will be disconnected.".into()),
            many => ask_to_quit(state, format!("Quit? The {many} clients of your servers will be disconnected.")),
        },
        Verb::QuitNow => return vec![Effect::Quit],
        Verb::Suspend => return vec![Effect::Suspend],
        Verb::Grow(growth) => {
            if !state.shares.grow(state.focus, growth, &state.regions) {
                state.say("this border moves no further");
            }
        }
        Verb::EvenPanes => state.shares = Shares::default(),
    }
    Vec::new()
}

fn ask_to_quit(state: &mut State, words: String) {
    state.overlay = Some(Overlay::Ask(Question::Quit, words));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::app::keys;

    #[test]
    fn every_command_has_a_name_of_its_own_words_and_keys_that_exist() {
        let mut names = BTreeSet::new();
        for command in COMMANDS {
            assert!(names.insert(command.name), "{} stands twice", command.name);
            assert!(!command.words.is_empty(), "{} has no words", command.name);
            assert!(!command.keys.is_empty(), "{} has no key", command.name);
            for key in command.keys {
                assert!(keys::parse(key).is_some(), "{}: no key is written {key}", command.name);
            }
        }
    }

    #[test]
    fn no_key_means_two_things_in_one_place() {
        let mut taken = BTreeSet::new();
        for command in COMMANDS {
            for key in command.keys {
                let place = format!("{:?}", command.place);
                assert!(taken.insert((place, key)), "{key} stands twice in {:?}", command.place);
            }
        }
    }

    #[test]
    fn keys_that_terminals_confuse_are_never_alone() {
        for command in COMMANDS {
            let confused = |key: &&str| ["ctrl-j", "ctrl-m", "ctrl-i", "ctrl-h", "ctrl-s"].contains(key);
            assert!(!command.keys.iter().all(confused), "{} has only {:?}", command.name, command.keys);
        }
    }

    #[test]
    fn no_plain_letter_acts_while_a_text_field_has_the_keys() {
        for command in COMMANDS {
            if matches!(command.place, Place::Anywhere | Place::Field(_) | Place::HttpBody | Place::HttpSearch) {
                assert!(command.keys.iter().all(|key| key.chars().count() > 1), "{} acts on a letter", command.name);
            }
        }
    }

    #[test]
    fn footers_hold_at_most_eight_keys() {
        let places: [&[Place]; 7] = [
            &[SERVERS, Global, Anywhere],
            &[ServerClients, Global, Anywhere],
            &[CLIENT, Global, Anywhere],
            &[CLIENT_FIELD, Anywhere],
            &[HTTP, Global, Anywhere],
            &[TRAFFIC, Global, Anywhere],
            &[INSPECTOR, Global, Anywhere],
        ];
        for places in places {
            let hints = places.iter().flat_map(|place| in_place(*place)).filter(|command| !command.hint.is_empty());
            assert!(hints.count() >= 4, "{places:?} tells too little");
        }
    }
}

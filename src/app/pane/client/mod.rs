//! The client pane: clients side by side, each with a target, a payload and a conversation.

pub mod saved;
mod sending;
mod settings;
mod tab;

pub use sending::{begin, file_read, is_busy, on_net, send_file, send_read_file, start_repeat, waits, woken};
pub use settings::{Settings, read_repeat, read_settings, repeat_form, settings_form, submit_settings};
pub use tab::{Draft, Reading, Repeat, Tab};

use saved::Saved;

use super::moved;
use crate::app::command::Kind;
use crate::app::form::{Field, Form, Purpose};
use crate::app::forms::Forms;
use crate::app::history::{History, Way};
use crate::app::overlay::Overlay;
use crate::app::text_field::TextField;
use crate::app::world::Client;
use crate::app::{EditUse, Effect, KeptFile, Piped, State, forms, memory};
use crate::contract::{NetCommand, To};
use crate::model::payload::{LineEnding, Notation};
use crate::model::{ConnectionLife, Endpoint, NodeId, Scheme};

/// What can be done here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Send the payload, connecting first if need be.
    Send,
    /// Connect, or disconnect.
    Connect,
    /// Half-close: send FIN, go on reading.
    Finish,
    /// Reset the connection (RST).
    Reset,
    /// Disconnect and connect again.
    Reconnect,
    /// Edit the payload.
    EditPayload,
    /// Edit the payload in `$EDITOR`.
    EditOutside,
    /// Edit the target.
    EditTarget,
    /// Leave the field.
    Leave,
    /// An older payload.
    Older,
    /// A newer payload.
    Newer,
    /// Text or hex.
    Notation,
    /// None, LF, CRLF or NUL behind each payload.
    Ending,
    /// The client's settings: own address, TLS, multicast.
    Settings,
    /// Send again and again.
    Repeat,
    /// Stop sending again and again.
    Stop,
    /// Give up what is under way: connecting, reading a file, repeating.
    GiveUp,
    /// Send a file.
    File,
    /// Save the payload under a name.
    Save,
    /// Take a saved payload.
    Saved,
    /// Another client.
    NewTab,
    /// Forget this client.
    CloseTab,
    /// The next client.
    NextTab,
    /// The client before.
    PreviousTab,
    /// Follow the conversation in the traffic pane.
    Follow,
}

/// The field of a tab that has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Editing {
    /// The target.
    Target,
    /// The payload.
    Payload,
}

/// The clients and which is shown.
#[derive(Debug, Default)]
pub struct Model {
    /// The clients, left to right.
    pub tabs: Vec<Tab>,
    /// The one shown.
    pub at: usize,
    /// Payloads saved under a name, for all clients.
    pub saved: Saved,
    /// The payloads sent, by all clients and in all runs.
    pub payloads: History,
    /// The targets connected to.
    pub targets: History,
    editing: Option<Editing>,
    /// Repeats started so far; the newest's token.
    repeats: u64,
    /// Files asked for so far; the newest's number.
    reads: u64,
}

impl Model {
    /// The client shown.
    pub fn current(&self) -> Option<&Tab> {
        self.tabs.get(self.at)
    }

    /// The client shown, to change.
    pub fn current_mut(&mut self) -> Option<&mut Tab> {
        self.tabs.get_mut(self.at)
    }

    /// The tab of a node.
    pub fn tab_mut(&mut self, node: NodeId) -> Option<&mut Tab> {
        self.tabs.iter_mut().find(|tab| tab.node == node)
    }

    /// The field that has the keys, if one has.
    pub fn editing(&self) -> Option<Editing> {
        self.editing.filter(|_| !self.tabs.is_empty())
    }

    /// Gives the keys to a field, counted from 0: target, payload.
    pub fn edit(&mut self, field: usize) {
        self.editing = Some(if field == 0 { Editing::Target } else { Editing::Payload });
    }

    /// No field has the keys any more.
    pub fn leave_field(&mut self) {
        self.editing = None;
    }

    /// The text of the field that has the keys.
    pub fn field(&mut self) -> Option<&mut TextField> {
        let editing = self.editing?;
        let tab = self.tabs.get_mut(self.at)?;
        Some(match editing {
            Editing::Target => &mut tab.target,
            Editing::Payload => &mut tab.payload,
        })
    }

    /// After a field was edited.
    pub fn after_edit(&mut self) {
        if self.editing == Some(Editing::Payload)
            && let Some(tab) = self.current_mut()
        {
            tab.draft = Draft::Edited;
        }
    }

    /// Empties the payload when it has been sent as it stands.
    pub fn begin_anew(&mut self) {
        if self.editing == Some(Editing::Payload)
            && let Some(tab) = self.current_mut()
            && tab.draft == Draft::Sent
        {
            tab.payload.set("");
            tab.draft = Draft::Edited;
        }
    }

    /// Shows a client.
    pub fn choose(&mut self, tab: usize) {
        self.at = moved(tab, 0, self.tabs.len());
    }

    fn change(&mut self, change: impl FnOnce(&mut Tab)) {
        if let Some(tab) = self.current_mut() {
            change(tab);
        }
    }

    /// Moves in the payload's history, leaving the target's field for it.
    fn in_history(&mut self, way: Way) {
        if self.editing == Some(Editing::Target) {
            self.editing = Some(Editing::Payload);
        }
        let Self { tabs, at, payloads, .. } = self;
        if let Some(tab) = tabs.get_mut(*at) {
            tab.walk(payloads, way);
        }
    }

    /// Scrolls the conversation back from the newest by so many rows.
    pub fn scroll_to(&mut self, back: u64) {
        self.change(|tab| tab.scrolled = usize::try_from(back).unwrap_or(usize::MAX));
    }

    /// Puts a text edited elsewhere into a payload.
    pub fn set_payload(&mut self, node: NodeId, text: &str) {
        if let Some(tab) = self.tab_mut(node) {
            tab.payload.set(text);
            tab.draft = Draft::Edited;
        }
    }

    /// Points those that were pointed at `asked` to where the server really is.
    pub fn repoint(&mut self, asked: &Endpoint, got: &Endpoint) {
        for tab in &mut self.tabs {
            if tab.endpoint().is_ok_and(|target| target == *asked) {
                tab.target.set(got.to_string());
            }
        }
    }
}

/// Adds a client pointed at a target, and shows it.
pub fn open_tab(state: &mut State, target: &str) -> NodeId {
    let name = state.world.free_name("client");
    let node = state.world.new_node(&name);
    let client = Client { id: node, name, life: ConnectionLife::Idle, runs: 0, conn: None, flow: None };
    state.world.clients.push(client);
    state.client.tabs.push(Tab::new(node, target));
    state.client.at = state.client.tabs.len() - 1;
    state.client.editing = Some(Editing::Payload);
    node
}

/// Puts a payload before the user, to be edited and sent to that target: by the client that is pointed at it, or by
/// another one.
pub fn compose_anew(state: &mut State, target: &str, payload: &str, notation: Notation) {
    match state.client.tabs.iter().position(|tab| tab.target.text() == target) {
        Some(tab) => state.client.choose(tab),
        None => drop(open_tab(state, target)),
    }
    state.client.editing = Some(Editing::Payload);
    state.client.change(|tab| {
        (tab.notation, tab.ending, tab.draft) = (notation, LineEnding::None, Draft::Edited);
        tab.payload.set(payload);
    });
}

/// Connects to a target: the client shown does unless it is connected elsewhere; then another one.
///
/// # Errors
/// Says what is wrong with the target.
pub fn connect_to(state: &mut State, target: &str) -> Result<Vec<Effect>, String> {
    Endpoint::parse(target, Scheme::Tcp).map_err(|error| error.to_string())?;
    let is_free = |tab: &&Tab| {
        let client = state.world.client(tab.node);
        client.is_none_or(|client| !client.life.is_open() && client.life != ConnectionLife::Connecting)
    };
    let node = match state.client.current().filter(is_free).map(|tab| tab.node) {
        Some(node) => {
            if let Some(tab) = state.client.tab_mut(node) {
                tab.target.set(target);
            }
            node
        }
        None => open_tab(state, target),
    };
    Ok(sending::connect(state, node))
}

/// Connects a client to its target.
pub fn connect(state: &mut State, node: NodeId) -> Vec<Effect> {
    sending::connect(state, node)
}

/// What a client does with what is piped into it.
pub fn piped(node: NodeId, piped: Piped) -> Vec<Effect> {
    match piped {
        Piped::Bytes(bytes) => vec![Effect::Net(NetCommand::Send(node, OWN, bytes))],
        Piped::Finish => vec![Effect::Net(NetCommand::Finish(node, OWN))],
        Piped::End => Vec::new(),
    }
}

/// Performs a command of this pane.
pub fn act(state: &mut State, verb: Verb) -> Vec<Effect> {
    if verb == Verb::NewTab {
        let target =
            state.client.current().map_or("tcp://127.0.0.1:7001".to_owned(), |tab| tab.target.text().to_owned());
        open_tab(state, &target);
        return Vec::new();
    }
    let Some(node) = state.client.current().map(|tab| tab.node) else {
        state.say("no client here; press n for a new one");
        return Vec::new();
    };
    match verb {
        Verb::Send => return sending::send(state, node),
        Verb::Connect => return sending::toggle(state, node),
        Verb::Reconnect => return sending::connect(state, node),
        Verb::Finish => return sending::end(state, node, NetCommand::Finish),
        Verb::Reset => return sending::end(state, node, NetCommand::Reset),
        Verb::EditOutside => return edit_outside(state, node),
        Verb::Stop => sending::stop(state, node),
        Verb::GiveUp => return sending::give_up(state, node),
        Verb::CloseTab => return close(state, node),
        Verb::Settings => open_form(state, settings::settings_form),
        Verb::Repeat => open_form(state, settings::repeat_form),
        Verb::File => open_form(state, |tab, forms| {
            let last = forms.last("send-file", "file").unwrap_or("");
            let field = Field::text_field("file", last, "a path; its bytes are sent as they are").of(Kind::File);
            Form::new("Send a file", Purpose::SendFile(tab.node), vec![field])
        }),
        Verb::Save => open_form(state, |tab, _| {
            let hint = "the payload is kept under it, for later runs too; a name that is there already gets this one";
            let field = Field::text_field("name", "", hint).of(Kind::Saved);
            Form::new("Save payload", Purpose::SavePayload(tab.node), vec![field])
        }),
        Verb::Saved => open_saved(state),
        Verb::NextTab | Verb::PreviousTab => {
            let count = state.client.tabs.len();
            let by = if verb == Verb::NextTab { 1 } else { count - 1 };
            state.client.at = (state.client.at + by) % count;
        }
        Verb::Follow => {
            if let Some(flow) = state.world.client(node).and_then(|client| client.flow) {
                super::traffic::follow(state, flow);
            }
        }
        Verb::EditPayload => state.client.editing = Some(Editing::Payload),
        Verb::EditTarget => state.client.editing = Some(Editing::Target),
        Verb::Leave => state.client.editing = None,
        Verb::Older => state.client.in_history(Way::Back),
        Verb::Newer => state.client.in_history(Way::Forth),
        Verb::Notation => state.client.change(|tab| tab.notation = tab.notation.next()),
        Verb::Ending => state.client.change(|tab| tab.ending = tab.ending.next()),
        Verb::NewTab => {}
    }
    Vec::new()
}

fn open_form(state: &mut State, make: impl FnOnce(&Tab, &Forms) -> Form) {
    if let Some(form) = state.client.current().map(|tab| make(tab, &state.forms)) {
        forms::open(state, form);
    }
}

fn open_saved(state: &mut State) {
    if state.client.saved.all().is_empty() {
        state.say("no saved payloads yet; w saves the one you see");
    } else {
        state.overlay = Some(Overlay::Saved(0));
    }
}

/// Takes over the payloads kept from earlier runs. A damaged file is set aside, one that cannot be read left alone.
pub fn take_kept(state: &mut State, kept: Option<KeptFile>) -> Vec<Effect> {
    let Some(KeptFile { path, text }) = kept else { return Vec::new() };
    let text = match text {
        Ok(text) => text,
        Err(trouble) => {
            state.complain(format!("{trouble}. Payloads are kept only until you quit"));
            return Vec::new();
        }
    };
    match Saved::read(path.clone(), text.as_deref()) {
        Ok(saved) => {
            state.client.saved = saved;
            Vec::new()
        }
        Err(why) => {
            state.client.saved = Saved::none_yet(path.clone());
            memory::set_aside(state, path, &why)
        }
    }
}

/// Keeps a payload under a name; the same name again replaces it.
///
/// # Errors
/// There is no name, or the client is gone.
pub fn save_payload(state: &mut State, node: NodeId, name: &str) -> Result<Vec<Effect>, String> {
    let text = state.client.tab_mut(node).map(|tab| tab.payload.text().to_owned()).ok_or("this client is gone")?;
    let effects = state.client.saved.keep(name, text)?;
    state.say(format!("saved as {}", name.trim()));
    Ok(effects)
}

fn edit_outside(state: &mut State, node: NodeId) -> Vec<Effect> {
    let text = state.client.current().map_or(String::new(), |tab| tab.payload.text().to_owned());
    vec![Effect::Edit { text, purpose: EditUse::Payload(node) }]
}

/// Closes a client's tab, and its connection.
pub fn close(state: &mut State, node: NodeId) -> Vec<Effect> {
    state.client.tabs.retain(|tab| tab.node != node);
    state.world.clients.retain(|client| client.id != node);
    state.client.at = moved(state.client.at, 0, state.client.tabs.len());
    state.client.editing = None;
    vec![Effect::Net(NetCommand::Stop(node))]
}

/// All of a client's connections: it has one, or with TLS one inside another.
const OWN: To = To::All;

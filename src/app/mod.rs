//! Everything the program decides: `update(&mut State, Msg) -> Vec<Effect>`.

pub mod built_in;
pub mod command;
pub mod form;
pub mod keys;
pub mod notice;
pub mod overlay;
pub mod pane;
pub mod regions;
mod server_form;
pub mod text_field;
pub mod world;

use std::time::Duration;

use bytes::Bytes;
use crossterm::event::{KeyEvent, KeyEventKind, MouseEvent};

use crate::contract::{NetCommand, NetEvent};
use crate::model::{ClockZone, NodeId, Timestamp};

use command::Action;
use notice::Notices;
use overlay::Overlay;
use pane::{PaneId, client, http, inspector, servers, traffic};
use regions::Regions;
use world::World;

/// What reaches the program from outside.
#[derive(Debug)]
pub enum Msg {
    /// A key was pressed.
    Key(KeyEvent),
    /// The mouse did something.
    Mouse(MouseEvent),
    /// Text was pasted.
    Paste(String),
    /// The network saw something.
    Net(NetEvent),
    /// About a second has passed; only sent while something is shown that changes with time.
    Tick,
    /// The time of [`Effect::Wake`] is over.
    Woken(u64),
    /// A file that was asked for, or why it could not be read.
    FileRead(FileUse, Result<Bytes, String>),
    /// A file was written: its path and size, or why it could not be.
    FileSaved(String, Result<u64, String>),
    /// Text comes back from the editor, or why it does not.
    Edited(EditUse, Result<String, String>),
    /// A frame is about to be drawn: what follows from the facts is brought up to date.
    Settle,
    /// A frame was drawn: where things are on the screen.
    Drawn(Regions),
}

/// What a file is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileUse {
    /// To be sent by that client.
    Payload(NodeId),
}

/// What a text is edited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditUse {
    /// The body of the HTTP request.
    HttpBody,
    /// The payload of that client.
    Payload(NodeId),
}

/// What the shell is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Ask the network.
    Net(NetCommand),
    /// Send [`Msg::Woken`] with that token after so long.
    Wake(Duration, u64),
    /// Put text on the clipboard (OSC 52, so that it works over SSH).
    Copy(String),
    /// Read a file.
    ReadFile(String, FileUse),
    /// Write a file whole: path and bytes.
    SaveFile(String, Bytes),
    /// Let the user edit a text in `$EDITOR`.
    Edit(String, EditUse),
    /// End the program.
    Quit,
}

/// All that the program knows and shows.
#[derive(Debug)]
pub struct State {
    /// The facts.
    pub world: World,
    /// The pane that has the keys.
    pub focus: PaneId,
    /// Whether the focused pane fills the screen.
    pub zoom: Zoom,
    /// The servers pane.
    pub servers: servers::Model,
    /// The client pane.
    pub client: client::Model,
    /// The HTTP pane.
    pub http: http::Model,
    /// The traffic pane.
    pub traffic: traffic::Model,
    /// The inspector pane.
    pub inspector: inspector::Model,
    /// What lies over the panes.
    pub overlay: Option<Overlay>,
    /// What the user is told.
    pub notices: Notices,
    /// Where things were last drawn.
    pub regions: Regions,
    /// The time of the newest message.
    pub now: Timestamp,
    /// The zone times are shown in.
    pub zone: ClockZone,
    /// Where chance comes from; changes with every use.
    pub seed: u64,
}

/// Whether one pane fills the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zoom {
    /// All panes are shown.
    Off,
    /// Only the focused one is.
    On,
}

impl State {
    /// The state before anything has happened. The seed makes `{{random}}` and `{{uuid}}` differ from run to run.
    pub fn new(now: Timestamp, zone: ClockZone, seed: u64) -> Self {
        let mut world = World::new(world::MEMORY_BUDGET);
        let http_node = world.new_node("http");
        Self {
            world,
            focus: PaneId::Client,
            zoom: Zoom::Off,
            servers: servers::Model::default(),
            client: client::Model::default(),
            http: http::Model::new(http_node),
            traffic: traffic::Model::default(),
            inspector: inspector::Model::default(),
            overlay: None,
            notices: Notices::default(),
            regions: Regions::default(),
            now,
            zone,
            seed,
        }
    }

    /// A fresh number from the run's chance (SplitMix64's sequence).
    pub fn chance(&mut self) -> u64 {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.seed;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Tells the user what happened, for a while.
    pub fn say(&mut self, words: impl Into<String>) {
        self.notices.say(words.into(), self.now);
    }

    /// Tells the user what went wrong, until it is read.
    pub fn complain(&mut self, words: impl Into<String>) {
        self.notices.complain(words.into(), self.now);
    }
}

/// Takes one message in and says what is to be done. The only place where the state changes.
pub fn update(state: &mut State, msg: Msg, now: Timestamp) -> Vec<Effect> {
    state.now = state.now.max(now);
    match msg {
        Msg::Key(key) if key.kind == KeyEventKind::Release => Vec::new(),
        Msg::Key(key) => on_key(state, key),
        Msg::Mouse(mouse) => pane::on_mouse(state, mouse),
        Msg::Paste(text) => {
            on_paste(state, &text);
            Vec::new()
        }
        Msg::Net(event) => on_net(state, event),
        Msg::Tick => {
            state.notices.fade(state.now);
            Vec::new()
        }
        Msg::Woken(token) => client::woken(state, token),
        Msg::FileRead(FileUse::Payload(node), read) => client::file_read(state, node, read),
        Msg::FileSaved(path, saved) => {
            match saved {
                Ok(bytes) => state.say(format!("wrote {bytes} bytes to {path}")),
                Err(why) => state.complain(format!("write {path}: {why}")),
            }
            Vec::new()
        }
        Msg::Edited(purpose, edited) => {
            match (purpose, edited) {
                (EditUse::HttpBody, Ok(text)) => state.http.set_body(&text),
                (EditUse::Payload(node), Ok(text)) => state.client.set_payload(node, &text),
                (EditUse::HttpBody | EditUse::Payload(_), Err(why)) => state.complain(format!("edit: {why}")),
            }
            Vec::new()
        }
        Msg::Settle => {
            traffic::settle(state);
            inspector::settle(state);
            Vec::new()
        }
        Msg::Drawn(regions) => {
            state.regions = regions;
            Vec::new()
        }
    }
}

fn on_key(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    if let Some(effects) = overlay::on_key(state, key) {
        return effects;
    }
    let places = pane::places(state);
    if let Some(command) = command::lookup(places, key) {
        return perform(state, command.action);
    }
    pane::before_key(state, key);
    if let Some(field) = pane::field(state) {
        if field.on_key(key) {
            pane::after_edit(state);
        }
        return Vec::new();
    }
    if pane::takes_all_keys(state) {
        http::edit_body(state, key);
    }
    Vec::new()
}

fn on_paste(state: &mut State, text: &str) {
    if overlay::on_paste(state, text) {
        return;
    }
    pane::before_text(state);
    if let Some(field) = pane::field(state) {
        field.paste(text);
        pane::after_edit(state);
    } else if pane::takes_all_keys(state) {
        state.http.paste_body(text);
    }
}

/// Performs a command, wherever it came from: a key, the palette, a click.
pub fn perform(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::App(verb) => command::app_act(state, verb),
        Action::Servers(verb) => servers::act(state, verb),
        Action::Client(verb) => client::act(state, verb),
        Action::Http(verb) => http::act(state, verb),
        Action::Traffic(verb) => traffic::act(state, verb),
        Action::Inspector(verb) => inspector::act(state, verb),
    }
}

fn on_net(state: &mut State, event: NetEvent) -> Vec<Effect> {
    state.world.observe(&event);
    let mut effects = servers::on_net(state, &event);
    effects.extend(client::on_net(state, &event));
    http::on_net(state, &event);
    effects
}

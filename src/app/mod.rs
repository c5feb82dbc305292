//! Everything the program decides: `update(&mut State, Msg) -> Vec<Effect>`.

pub mod built_in;
pub mod command;
pub mod command_line;
pub mod complete;
pub mod config;
pub mod copy;
mod editing;
pub mod find;
pub mod form;
pub mod forms;
pub mod help;
pub mod history;
pub mod keymap;
pub mod keys;
pub mod last_lab;
pub mod look;
pub mod memory;
pub mod motion;
pub mod mouse;
pub mod notice;
pub mod overlay;
pub mod page;
pub mod palette;
pub mod pane;
pub mod paths;
pub mod pending;
pub mod present;
pub mod regions;
pub mod saving;
pub mod scroll;
pub mod selection;
mod server_form;
pub mod shares;
pub mod text_field;
pub mod world;

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use crossterm::event::{KeyEvent, KeyEventKind, MouseEvent};

use crate::contract::{NetCommand, NetEvent};
use crate::model::{ClockZone, LookupId, NodeId, Rgb, Timestamp, Trouble};

use command::{Action, Place};
use find::Find;
use forms::Forms;
use history::History;
use keymap::{Found, Keymap, Press};
use look::Look;
use memory::Keeper;
use motion::Waking;
use mouse::Mouse;
use notice::Notices;
use overlay::Overlay;
use pane::{PaneId, client, http, inspector, servers, traffic};
use paths::{Listing, Paths};
use pending::Pending;
use present::Presenting;
use regions::Regions;
use scroll::Tops;
use shares::Shares;
use world::World;

/// What reaches the program from outside.
#[derive(Debug)]
pub enum Msg {
    /// What the user has written and what was kept from earlier runs; told before the first frame.
    Kept(Box<Kept>),
    /// The program was started to be shown to a room.
    Present,
    /// The first frame is on the screen; the network can be used from now on.
    Started,
    /// A key was pressed.
    Key(KeyEvent),
    /// The mouse did something.
    Mouse(MouseEvent),
    /// Text was pasted; its lines end in LF.
    Paste(String),
    /// The terminal may have another size.
    Resized,
    /// The terminal told the colour of its background. Redraws only when answered with [`Effect::Redraw`].
    Background(Rgb),
    /// The network saw something.
    Net(NetEvent),
    /// About a second has passed; told while [`minds_the_time`]. Redraws only when answered with [`Effect::Redraw`].
    Tick,
    /// The time of [`Effect::Wake`] is over.
    Woken(Alarm),
    /// A file asked for with [`Effect::ReadFile`].
    FileRead {
        /// What it was read for.
        purpose: FileUse,
        /// All its bytes.
        outcome: Result<Bytes, Trouble>,
    },
    /// A file handed over with [`Effect::SaveFile`].
    FileSaved {
        /// Where it is.
        outcome: Result<PathBuf, Trouble>,
    },
    /// A file handed over with [`Effect::SaveFile`] was not written: there is such a file already.
    FileIsThere {
        /// Its path.
        path: PathBuf,
        /// What was to be written.
        bytes: Bytes,
    },
    /// A file handed over with [`Effect::KeepFile`].
    FileKept {
        /// Its path.
        path: PathBuf,
        /// Whether it was written.
        outcome: Result<(), Trouble>,
    },
    /// A folder asked for with [`Effect::ListFolder`].
    FolderListed {
        /// The folder, as it was written.
        folder: String,
        /// What it holds.
        outcome: Result<Listing, Trouble>,
    },
    /// A text handed over with [`Effect::Edit`].
    Edited {
        /// What it was edited for.
        purpose: EditUse,
        /// The text as the editor left it.
        outcome: Result<String, Trouble>,
    },
    /// The text of [`Effect::Copy`] is on the clipboard, as far as one can know.
    Copied(Result<(), Trouble>),
    /// The pager of [`Effect::Page`] was left.
    Paged(Result<(), Trouble>),
    /// Where the program writes its log; why it writes none.
    Logs(Result<PathBuf, Trouble>),
    /// Something the shell was asked to do failed.
    Trouble(Trouble),
    /// A frame is about to be drawn: what follows from the facts is brought up to date.
    Settle,
    /// A frame was drawn: where things are on the screen.
    Drawn(Regions),
    /// The program ends, whatever ended it: what is to be kept is kept now.
    Ending,
}

/// The files the program reads at its start; None where the system names no folder for them.
#[derive(Debug, Default)]
pub struct Kept {
    /// What the user has written: `config.toml`.
    pub config: Option<KeptFile>,
    /// The payloads saved under a name.
    pub payloads: Option<KeptFile>,
    /// What the program remembers: `state.json`.
    pub state: Option<KeptFile>,
    /// The user's home.
    pub home: Option<PathBuf>,
}

/// What the app asked to be woken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alarm {
    /// The next payload of a client's repeat with that number is due.
    Repeat(u64),
    /// What moved has come to rest.
    Motion,
    /// Keys that begin others have waited so long that what can follow is shown.
    Continuations(u64),
    /// What has changed is to be written to `state.json`.
    Keep,
}

/// A file the program keeps for itself, as it was found.
#[derive(Debug)]
pub struct KeptFile {
    /// Its path, whether it exists or not.
    pub path: PathBuf,
    /// Its text; None when there is no such file yet.
    pub text: Result<Option<String>, Trouble>,
}

/// What a file is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileUse {
    /// To be sent by that client; its reads are numbered, so that one given up is not taken for a later one.
    Payload(NodeId, u64),
}

/// What a text is edited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditUse {
    /// The body of the HTTP request.
    HttpBody,
    /// The payload of that client.
    Payload(NodeId),
    /// The text field that has the keys.
    Field,
}

/// What the shell is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Ask the network.
    Net(NetCommand),
    /// Send [`Msg::Woken`] after so long.
    Wake {
        /// How long.
        after: Duration,
        /// What to say then.
        alarm: Alarm,
    },
    /// Put text on the clipboard.
    Copy(String),
    /// Let the user read a text in `$PAGER`; comes back in [`Msg::Paged`].
    Page(String),
    /// Read a file.
    ReadFile {
        /// Its path.
        path: PathBuf,
        /// Comes back in [`Msg::FileRead`].
        purpose: FileUse,
    },
    /// Write a file whole.
    SaveFile {
        /// Its path.
        path: PathBuf,
        /// Its bytes.
        bytes: Bytes,
        /// What to do when there is such a file already.
        when_there: WhenThere,
    },
    /// Say what a folder holds.
    ListFolder {
        /// The folder, as it was written; comes back in [`Msg::FolderListed`].
        folder: String,
        /// Its path.
        path: PathBuf,
    },
    /// Give a damaged file of the program's own another name, in the place of an older one.
    SetAside {
        /// Its path.
        path: PathBuf,
        /// The path it gets.
        aside: PathBuf,
    },
    /// Write a file the program keeps for itself, making its folder.
    KeepFile {
        /// Its path.
        path: PathBuf,
        /// Its bytes.
        bytes: Bytes,
    },
    /// Let the user edit a text in `$EDITOR`.
    Edit {
        /// What to begin with.
        text: String,
        /// Comes back in [`Msg::Edited`].
        purpose: EditUse,
    },
    /// Draw, though a tick changed what is shown.
    Redraw,
    /// Send the whole screen again, whatever the terminal may show.
    Repaint,
    /// Stop as a job until the user continues it.
    Suspend,
    /// End the program.
    Quit,
}

/// What to do when there is a file already where one is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenThere {
    /// Leave it, and answer with [`Msg::FileIsThere`].
    Ask,
    /// Replace it.
    Replace,
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
    /// What is searched for in traffic and inspector.
    pub find: Find,
    /// What lies over the panes.
    pub overlay: Option<Overlay>,
    /// What the user is told.
    pub notices: Notices,
    /// Which keys mean what.
    pub keymap: Keymap,
    /// Keys pressed that begin others.
    pub pending: Pending,
    /// What a room is shown beside the lab itself.
    pub presenting: Presenting,
    /// The commands run lately from palette and command line, the newest first.
    pub recent: Vec<String>,
    /// The lines run on the command line.
    pub command_lines: History,
    /// What forms remember.
    pub forms: Forms,
    /// The folder of the path that is being written.
    pub paths: Paths,
    /// What is kept for later runs, and when it is written.
    pub keeper: Keeper,
    /// What is to be written over a file, once that is allowed.
    replacing: saving::Replacing,
    /// What was cut from a text last.
    pub killed: String,
    /// How all of it looks.
    pub look: Look,
    /// Whether the end of a movement is waited for.
    moving: Waking,
    /// The file of the program's log, once it is known.
    pub log_file: Option<PathBuf>,
    /// The node that asks the resolver, and how often it was asked.
    pub lookups: Lookups,
    /// How the screen is shared out among the panes.
    pub shares: Shares,
    /// Where things were last drawn.
    pub regions: Regions,
    /// The first rows of the lists.
    pub tops: Tops,
    /// What the mouse did last.
    pub mouse: Mouse,
    /// The time of the newest message.
    pub now: Timestamp,
    /// The zone times are shown in.
    pub zone: ClockZone,
    /// Frames a second, as of the last tick.
    pub rate: Option<u64>,
    /// Where chance comes from; changes with every use.
    pub seed: u64,
}

/// Questions to the resolver.
#[derive(Debug)]
pub struct Lookups {
    node: NodeId,
    asked: u64,
}

impl Lookups {
    /// The question for a name, and its number: an answer with an older one is of no interest any more.
    pub fn ask(&mut self, name: &str) -> (LookupId, Effect) {
        self.asked += 1;
        let id = LookupId(self.asked);
        (id, Effect::Net(NetCommand::LookUp(self.node, id, name.to_owned())))
    }
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
        let lookups = Lookups { node: world.new_node("resolver"), asked: 0 };
        Self {
            world,
            focus: PaneId::Client,
            zoom: Zoom::Off,
            servers: servers::Model::default(),
            client: client::Model::default(),
            http: http::Model::new(http_node),
            traffic: traffic::Model::default(),
            inspector: inspector::Model::default(),
            find: Find::default(),
            overlay: None,
            notices: Notices::default(),
            keymap: Keymap::default(),
            pending: Pending::default(),
            presenting: Presenting::default(),
            recent: Vec::new(),
            command_lines: History::default(),
            forms: Forms::default(),
            paths: Paths::default(),
            keeper: Keeper::default(),
            replacing: None,
            killed: String::new(),
            look: Look::default(),
            moving: Waking::No,
            log_file: None,
            lookups,
            shares: Shares::default(),
            regions: Regions::default(),
            tops: Tops::default(),
            mouse: Mouse::default(),
            now,
            zone,
            rate: None,
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
    let may_change = memory::may_change(&msg);
    let mut effects = take_in(state, msg);
    if may_change {
        effects.extend(paths::ask(state));
        effects.extend(memory::mind(state));
    }
    effects.extend(motion::keep_moving(state));
    effects
}

fn take_in(state: &mut State, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Present => state.presenting.mode = present::Mode::On,
        Msg::Kept(kept) => return take_kept(state, *kept),
        Msg::Started => {
            let effects = built_in::open(state);
            last_lab::came_up(state);
            return effects;
        }
        Msg::Key(key) if key.kind == KeyEventKind::Release => {}
        Msg::Key(key) => return on_key(state, key),
        Msg::Mouse(mouse) => return mouse::on_mouse(state, mouse),
        Msg::Paste(text) => editing::paste(state, &text),
        Msg::Background(colour) if state.look.background_is(colour) => return vec![Effect::Redraw],
        Msg::Background(_) | Msg::Resized | Msg::Paged(Ok(())) | Msg::Copied(Ok(())) => {}
        Msg::Net(event) => return on_net(state, &event),
        Msg::Tick => return on_tick(state),
        Msg::Woken(Alarm::Repeat(number)) => return client::woken(state, number),
        Msg::Woken(Alarm::Continuations(number)) => state.pending.show(number),
        Msg::Woken(Alarm::Motion) => motion::woken(state),
        Msg::FileRead { purpose: FileUse::Payload(node, number), outcome } => {
            client::file_read(state, (node, number), outcome);
        }
        Msg::Woken(Alarm::Keep) | Msg::Ending => return memory::write(state),
        Msg::FileIsThere { path, bytes } => saving::file_is_there(state, path, bytes),
        Msg::FileKept { path, outcome } => return memory::kept(state, &path, outcome),
        Msg::FolderListed { folder, outcome } => paths::listed(state, &folder, outcome),
        Msg::FileSaved { outcome: Ok(path) } => state.say(format!("wrote {}", path.display())),
        Msg::Edited { purpose: EditUse::HttpBody, outcome: Ok(text) } => state.http.set_body(&text),
        Msg::Edited { purpose: EditUse::Payload(node), outcome: Ok(text) } => state.client.set_payload(node, &text),
        Msg::Edited { purpose: EditUse::Field, outcome: Ok(text) } => editing::set(state, &text),
        Msg::Logs(Ok(path)) => state.log_file = Some(path),
        Msg::Paged(Err(trouble))
        | Msg::Copied(Err(trouble))
        | Msg::Logs(Err(trouble))
        | Msg::FileSaved { outcome: Err(trouble) }
        | Msg::Edited { outcome: Err(trouble), .. }
        | Msg::Trouble(trouble) => {
            state.complain(trouble.to_string());
        }
        Msg::Settle => {
            traffic::settle(state);
            inspector::settle(state);
        }
        Msg::Drawn(regions) => {
            scroll::drawn(state, &regions);
            state.regions = regions;
            // The rest of a long search goes on with the next frame.
            let goes_on = state.traffic.progress(&state.world).is_some() || state.traffic.is_hunting();
            return if goes_on { vec![Effect::Redraw] } else { Vec::new() };
        }
    }
    Vec::new()
}

/// What is kept from earlier runs.
fn take_kept(state: &mut State, kept: Kept) -> Vec<Effect> {
    config::take(state, kept.config);
    state.paths.home = kept.home;
    let mut effects = client::take_kept(state, kept.payloads);
    effects.extend(memory::take(state, kept.state));
    effects
}

/// A second has passed: notices fade, and what shows a time or a rate is drawn anew.
fn on_tick(state: &mut State) -> Vec<Effect> {
    let rate = state.world.frames_per_second(state.now);
    let has_faded = state.notices.fade(state.now);
    let has_lost_a_stroke = state.presenting.fade(state.now);
    let has_other_rate = rate != std::mem::replace(&mut state.rate, rate);
    let redraws = has_faded || has_lost_a_stroke || has_other_rate || shows_a_clock(state);
    if redraws { vec![Effect::Redraw] } else { Vec::new() }
}

/// Whether what is shown changes with time alone, so that [`Msg::Tick`] is awaited.
pub fn minds_the_time(state: &State) -> bool {
    let in_a_second = Timestamp(state.now.0 + 1_000_000_000);
    let rates = [state.now, in_a_second].map(|at| state.world.frames_per_second(at));
    let fades = state.notices.notice().is_some() || state.presenting.strokes().next().is_some();
    state.rate.is_some() || rates != [None, None] || fades || shows_a_clock(state)
}

/// Whether the screen tells how long something has been going on.
fn shows_a_clock(state: &State) -> bool {
    let shows_ages = state.servers.is_on_clients() && servers::current(state).is_some_and(|server| server.open > 0);
    shows_ages || client::waits(state) || state.http.exchange.as_ref().is_some_and(http::Exchange::is_running)
}

/// Where keys are looked up now, in order.
pub fn places(state: &State) -> &'static [Place] {
    state.overlay.as_ref().map_or_else(|| pane::places(state), Overlay::places)
}

fn on_key(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    let begun = state.pending.take();
    let mut typed = begun.clone();
    typed.push(Press::pressed(key));
    match state.keymap.find(places(state), &typed) {
        Found::Command(command) => {
            let action = command.action;
            present::pressed(state, &typed, command);
            perform(state, action)
        }
        Found::Prefix(_) => state.pending.wait(typed),
        Found::Nothing if begun.is_empty() => {
            present::typed(state, key);
            editing::letter(state, key)
        }
        // What always counts does so behind a prefix too.
        Found::Nothing if let Found::Command(command) = state.keymap.find(&[Place::Always], &typed[begun.len()..]) => {
            perform(state, command.action)
        }
        // Keys that begin others and then mean nothing are given up, and the screen says so.
        Found::Nothing => {
            state.say(format!("{} means nothing", pending::shown(&typed)));
            Vec::new()
        }
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
        Action::Find(verb) => find::act(state, verb),
        Action::Edit(verb) => editing::act(state, verb),
        Action::Over(verb) => overlay::act(state, verb),
    }
}

fn on_net(state: &mut State, event: &NetEvent) -> Vec<Effect> {
    let chosen = servers::chosen_client(state, event);
    state.world.observe(event);
    if let Some(conn) = chosen {
        servers::keep_on_client(state, conn);
    }
    let mut effects = servers::on_net(state, event);
    effects.extend(client::on_net(state, event));
    http::on_net(state, event);
    overlay::on_net(state, event);
    effects
}

//! Everything the program decides: `update(&mut State, Msg) -> Vec<Effect>`.

pub mod asked;
pub mod built_in;
pub mod command;
pub mod command_line;
pub mod complete;
pub mod config;
pub mod copy;
mod editing;
pub mod export;
pub mod find;
pub mod form;
pub mod forms;
pub mod help;
pub mod history;
pub mod kernel;
pub mod keymap;
pub mod keys;
pub mod lab;
pub mod last_lab;
pub mod look;
pub mod memory;
pub mod message;
pub mod motion;
pub mod mouse;
pub mod notice;
pub mod overlay;
pub mod page;
pub mod palette;
pub mod pane;
pub mod past;
pub mod paths;
pub mod pending;
pub mod present;
mod quitting;
pub mod recording;
pub mod regions;
pub mod replay;
pub mod requests;
pub mod saving;
pub mod scroll;
pub mod selection;
pub mod server_form;
pub mod shares;
pub mod tap;
pub mod text_field;
pub mod world;

pub use saving::{Content, WhenThere};

use std::path::PathBuf;

use crossterm::event::{KeyEvent, KeyEventKind};

use crate::collection::Ambient;
use crate::contract::{NetCommand, NetEvent};
use crate::model::{ClockZone, LookupId, NodeId, Timestamp};

pub use message::{Alarm, EditUse, Effect, FileUse, Kept, KeptFile, Msg, Piped};

use command::{Action, Place};
use find::Find;
use forms::Forms;
use history::History;
use kernel::Kernel;
use keymap::{Found, Keymap, Press};
use look::Look;
use memory::Keeper;
use motion::Waking;
use mouse::Mouse;
use notice::Notices;
use overlay::Overlay;
use pane::{PaneId, client, http, inspector, servers, traffic};
use past::{Past, Timeline};
use paths::Paths;
use pending::Pending;
use present::Presenting;
use recording::Recording;
use regions::Regions;
use replay::Replays;
use scroll::Tops;
use shares::Shares;
use world::World;

/// All that the program knows and shows.
#[derive(Debug)]
pub struct State {
    /// The facts.
    pub world: World,
    /// What is in the recording, and what of it was read back.
    pub past: Past,
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
    /// What the kernel says of sockets.
    pub kernel: Kernel,
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
    /// What is recorded, in this run and in earlier ones.
    pub recording: Recording,
    /// Conversations that are being read, to be sent again.
    pub replays: Replays,
    /// The lab of a file, while one runs.
    pub lab: Option<lab::Running>,
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
    /// What did not count in the last diff, as it was written.
    pub diff_ignores: String,
    /// The node that asks the system's resolver and kernel, and how often the resolver was asked.
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
            past: Past::default(),
            focus: PaneId::Client,
            zoom: Zoom::Off,
            servers: servers::Model::default(),
            client: client::Model::default(),
            http: http::Model::new(http_node),
            traffic: traffic::Model::default(),
            inspector: inspector::Model::default(),
            kernel: Kernel::default(),
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
            recording: Recording::default(),
            replays: Replays::default(),
            lab: None,
            replacing: None,
            killed: String::new(),
            look: Look::default(),
            moving: Waking::No,
            log_file: None,
            diff_ignores: String::new(),
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

    /// All frames, those in memory and those in the recording only.
    pub fn timeline(&self) -> Timeline<'_> {
        self.past.timeline(&self.world.log)
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
            let mut effects = recording::begin(state);
            effects.extend(built_in::open(state));
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
        Msg::Asked { number, line } => return asked::answer(state, number, &line),
        Msg::Lab { file, lab } => return lab::take(state, file, *lab),
        Msg::Woken(Alarm::Lab) => return lab::woken(state),
        Msg::Piped(node, piped) => return client::piped(node, piped),
        Msg::Tick => return on_tick(state),
        Msg::Woken(Alarm::Repeat(number)) => return client::woken(state, number),
        Msg::Woken(Alarm::Continuations(number)) => state.pending.show(number),
        Msg::Woken(Alarm::Motion) => motion::woken(state),
        Msg::FileRead { purpose: FileUse::Payload(node, number), outcome } => {
            client::file_read(state, (node, number), outcome);
        }
        Msg::ScriptRead { node, number, outcome } => return replay::was_read(state, node, number, outcome),
        Msg::Woken(Alarm::Keep) | Msg::Ending => return memory::write(state),
        Msg::FileIsThere { path, content } => saving::file_is_there(state, path, content),
        Msg::Recording(told) => return recording::told(state, told),
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
        Msg::Open(name) => past::open(state, name),
        Msg::Opened(batch) => state.past.read(batch, &mut state.world.remarks),
        Msg::Recalled(answer) => return past::answered(state, answer),
        Msg::Settle => return settle(state),
        Msg::Drawn(regions) => {
            scroll::drawn(state, &regions);
            let page = |regions: &Regions| regions.page(PaneId::Traffic);
            let is_resized = page(&state.regions) != page(&regions);
            state.regions = regions;
            // How much there is room for is known only now.
            let wanted = if is_resized { past::settle(state) } else { Vec::new() };
            // The rest of a long search goes on with the next frame.
            let more = traffic::goes_on(state).then_some(Effect::Redraw);
            return more.into_iter().chain(kernel::drawn(state)).chain(wanted).collect();
        }
    }
    Vec::new()
}

/// Brings up to date what follows from the facts.
fn settle(state: &mut State) -> Vec<Effect> {
    traffic::settle(state);
    inspector::settle(state);
    overlay::diff::settle(state);
    past::settle(state)
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
    let has_a_clock = |lab: &lab::Running| !lab.is_paused() && !lab.verdict.is_over && lab.has_an_end();
    shows_ages
        || state.lab.as_ref().is_some_and(has_a_clock)
        || traffic::is_moving(state)
        || client::waits(state)
        || state.http.exchange.as_ref().is_some_and(http::Exchange::is_running)
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
        Action::Tap(verb) => tap::act(state, verb),
        Action::Client(verb) => client::act(state, verb),
        Action::Http(verb) => http::act(state, verb),
        Action::Traffic(verb) => traffic::act(state, verb),
        Action::Diff(verb) => overlay::diff::act(state, verb),
        Action::Replay(verb) => replay::act(state, verb),
        Action::Lab(verb) => lab::act(state, verb),
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
    replay::on_net(state, event);
    overlay::on_net(state, event);
    kernel::on_net(state, event);
    effects.extend(lab::on_net(state, event));
    effects
}

impl Ambient for State {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn chance(&mut self) -> u64 {
        State::chance(self)
    }
}

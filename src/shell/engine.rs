//! A lab that runs: the state, the threads it needs, and what it asks for, performed; with a screen or without.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::mpsc;

use super::chores::{Chore, Chores, Done};
use super::control;
use super::exporting::{self, Lying};
use super::recaller::Recaller;
use super::recorder::Recorder;
use super::source::Store;
use super::timers::Timers;
use super::wire::{Came, Wire};
use super::{files, recordings};
use crate::app::notice::Kind;
use crate::app::recording::Told;
use crate::app::{self, Content, Effect, FileUse, Msg, State, WhenThere};
use crate::contract::{NetEvent, NetFact};
use crate::model::Trouble;
use crate::net::control::{Control, Question};
use crate::net::report::now;

/// How often the app is told the time while it matters to it.
const TICK: Duration = Duration::from_secs(1);

/// What was read and waits to be taken in: a batch of frames is some hundred kilobytes.
const READ_QUEUE: usize = 4;

/// Why it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The user quit.
    Quit,
    /// A signal with this number said so.
    Signal(i32),
    /// The terminal hung up.
    TerminalGone,
    /// The network thread ended, and nobody had asked it to.
    NetworkGone,
}

/// All that a lab runs with.
pub struct Engine {
    /// What it knows.
    pub state: State,
    /// The network.
    pub wire: Wire,
    /// Work on threads of its own.
    pub chores: Chores,
    /// What writes the recording.
    pub recorder: Recorder,
    /// What reads it back.
    pub recaller: Recaller,
    /// Why it is to end.
    pub ending: Option<Ending>,
    /// The bytes of what was opened.
    pub opened: Option<Store>,
    /// Where it can be asked.
    control: Option<Asking>,
    /// Whether what is temporary and not saved goes at the end.
    pub(super) forgets_recording: bool,
    timers: Timers,
    readers: mpsc::Sender<Msg>,
    /// What the threads that read recordings tell.
    read: mpsc::Receiver<Msg>,
    tick: Instant,
}

/// Those who ask it through its control socket.
struct Asking {
    /// Its file goes with it.
    _control: Control,
    questions: mpsc::Receiver<Question>,
    asked: u64,
    /// Those who wait for an answer.
    waiting: HashMap<u64, SyncSender<String>>,
}

/// What it woke for.
pub enum Woke {
    /// Somebody asks it something.
    Asked(Question),
    /// A chore is done.
    Done(Done),
    /// Something was read of a recording.
    Read(Msg),
    /// The recorder told something.
    Recording(Told),
    /// The network did.
    Net(Came),
    /// It is time for something.
    Time,
}

impl Engine {
    /// Starts the threads.
    ///
    /// # Errors
    /// The process has no thread left.
    pub fn start(state: State) -> io::Result<Self> {
        let (readers, read) = mpsc::channel(READ_QUEUE);
        Ok(Self {
            state,
            wire: Wire::start()?,
            chores: Chores::default(),
            recorder: Recorder::default(),
            recaller: Recaller::start(teller(readers.clone()))?,
            ending: None,
            opened: None,
            control: None,
            forgets_recording: false,
            timers: Timers::default(),
            readers,
            read,
            tick: Instant::now() + TICK,
        })
    }

    /// Lets it be asked through a control socket.
    ///
    /// # Errors
    /// The socket cannot be made.
    pub fn listen(&mut self) -> Result<(), Trouble> {
        let (control, questions) = control::listen()?;
        self.control = Some(Asking { _control: control, questions, asked: 0, waiting: HashMap::new() });
        Ok(())
    }

    /// What the app is told of a question.
    pub fn asked(&mut self, question: Question) -> Option<Msg> {
        let asking = self.control.as_mut()?;
        asking.asked += 1;
        asking.waiting.insert(asking.asked, question.answer);
        Some(Msg::Asked { number: asking.asked, line: question.line })
    }

    /// Hands what a thread has read to the loop, and has the thread wait while that is behind.
    pub fn teller(&self) -> impl FnMut(Msg) -> bool + Send + 'static {
        teller(self.readers.clone())
    }

    /// Takes a message in, performs what follows from it, and what follows from that.
    pub fn tell(&mut self, msg: Msg) {
        let mut told = VecDeque::new();
        let mut next = Some(msg);
        while let Some(msg) = next {
            let effects = self.update(msg);
            told.extend(effects.into_iter().filter_map(|effect| self.perform(effect)));
            next = told.pop_front();
        }
    }

    /// Takes a message in; gives what is to be performed.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        self.log_life(&msg);
        let known = self.state.notices.count();
        let effects = app::update(&mut self.state, msg, now());
        self.log_errors(known);
        effects
    }

    /// The next event of the network that is there already.
    pub fn seen(&mut self) -> Option<NetEvent> {
        self.wire.waiting()
    }

    /// What waits, apart from the network and what is read.
    pub fn waiting(&mut self) -> Option<Woke> {
        if let Some(done) = self.chores.waiting() {
            return Some(Woke::Done(done));
        }
        if let Some(told) = self.recorder.waiting() {
            return Some(Woke::Recording(told));
        }
        if let Some(question) = self.control.as_mut().and_then(|asking| asking.questions.try_recv().ok()) {
            return Some(Woke::Asked(question));
        }
        let now = Instant::now();
        (self.timers.next().is_some_and(|at| at <= now) || self.tick <= now).then_some(Woke::Time)
    }

    /// Something that was read of a recording.
    pub fn read(&mut self) -> Option<Msg> {
        self.read.try_recv().ok()
    }

    /// Waits for whatever comes next; may be given up and asked again.
    pub async fn wait(&mut self, minds: Minds) -> Woke {
        let deadline = self.deadline(minds);
        let Self { chores, recorder, read, wire, control, .. } = self;
        tokio::select! {
            biased;
            Some(question) = next_question(control) => Woke::Asked(question),
            done = chores.next() => Woke::Done(done),
            Some(msg) = read.recv() => Woke::Read(msg),
            told = recorder.next() => Woke::Recording(told),
            came = wire.next() => Woke::Net(came),
            () = until(deadline) => Woke::Time,
        }
    }

    fn deadline(&self, minds: Minds) -> Option<Instant> {
        let minds_the_time = match minds {
            Minds::WhatItShows => app::minds_the_time(&self.state),
            Minds::EverySecond => true,
        };
        let tick = minds_the_time.then_some(self.tick);
        [self.timers.next(), tick, self.recorder.due(&self.state.world)].into_iter().flatten().min()
    }

    /// Whether a second is over; the next begins.
    pub fn takes_a_tick(&mut self, now: Instant) -> bool {
        let is_over = self.tick <= now;
        if is_over {
            self.tick = now + TICK;
        }
        is_over
    }

    /// What is to be remembered by now.
    pub fn woken(&mut self, now: Instant) -> Option<Msg> {
        self.timers.take_due(now).map(Msg::Woken)
    }

    /// Notes what a server has become.
    fn log_life(&self, msg: &Msg) {
        let Msg::Net(event) = msg else { return };
        let Some(server) = self.state.world.server(event.node) else { return };
        let name = server.name.as_str();
        match &event.fact {
            NetFact::Listening(address) => tracing::info!(name, %address, "server listens"),
            NetFact::Stopped => tracing::info!(name, "server stopped"),
            NetFact::Failed(trouble) => tracing::warn!(name, %trouble, "server failed"),
            NetFact::Step(_)
            | NetFact::Opened { .. }
            | NetFact::Bridged(..)
            | NetFact::Data(..)
            | NetFact::Finished(..)
            | NetFact::Closed(..)
            | NetFact::Lost(..)
            | NetFact::Unreachable(..)
            | NetFact::Impaired { .. }
            | NetFact::Note(..)
            | NetFact::Replayed(..)
            | NetFact::Exchange(..)
            | NetFact::LookedUp(..)
            | NetFact::Kernel(_) => {}
        }
    }

    /// Notes the errors that the user was told since that many things were.
    fn log_errors(&self, known: u64) {
        let notices = &self.state.notices;
        let new = usize::try_from(notices.count() - known).unwrap_or(usize::MAX);
        for told in notices.told().iter().rev().take(new).filter(|told| told.kind == Kind::Unread) {
            tracing::warn!(words = told.words, "the user was told");
        }
    }

    /// Performs an effect as it is performed without a terminal; gives what the app is to be told at once.
    pub fn perform(&mut self, effect: Effect) -> Option<Msg> {
        match effect {
            Effect::Net(command) => self.wire.send(command).err().map(Msg::Trouble),
            Effect::Wake { after, alarm } => {
                let added = self.timers.add(Instant::now() + after, alarm);
                let trouble = |_| Trouble::new("wait", format!("{after:?}"), "too much is waited for", "");
                added.err().map(trouble).map(Msg::Trouble)
            }
            Effect::ReadFile { path, purpose } => self.read_file(path, purpose),
            Effect::ReadScript(reading) => self.read_script(*reading),
            Effect::SaveFile { path, content, when_there } => self.save(path, content, when_there),
            Effect::Record(order) => self.order(order),
            Effect::KeepFile { path, bytes } => self.keep(path, bytes),
            Effect::ListFolder { folder, path } => self.list(folder, path),
            // At once: what is kept next must not be what is set aside.
            Effect::SetAside { path, aside } => files::set_aside(&path, &aside).err().map(Msg::Trouble),
            Effect::Recall(request) => self.recaller.ask(request).err().map(Msg::Recalled),
            Effect::Answer { number, text } => {
                if let Some(answer) = self.control.as_mut().and_then(|asking| asking.waiting.remove(&number)) {
                    // Who has gone does not want it.
                    let _ = answer.try_send(text);
                }
                None
            }
            Effect::Quit => {
                self.ending = Some(Ending::Quit);
                None
            }
            Effect::Copy(_) => Some(Msg::Copied(Err(no_terminal("copy")))),
            Effect::Page(_) => Some(Msg::Paged(Err(no_terminal("page")))),
            Effect::Edit { purpose, .. } => Some(Msg::Edited { purpose, outcome: Err(no_terminal("edit")) }),
            Effect::Redraw | Effect::Repaint | Effect::Suspend => None,
        }
    }

    fn read_file(&mut self, path: PathBuf, purpose: FileUse) -> Option<Msg> {
        let place = path.clone();
        let work = move || Msg::FileRead { purpose, outcome: files::read(&path) };
        let error = self.chores.start(Chore::Read, work).err()?;
        Some(Msg::FileRead { purpose, outcome: Err(files::from_io("read", &place, &error)) })
    }

    fn save(&mut self, path: PathBuf, content: Content, when_there: WhenThere) -> Option<Msg> {
        let place = path.clone();
        let recorded = (content == Content::Recording).then(|| self.all_recorded());
        let lying = match &content {
            Content::Export(export) => self.lying(&export.origin),
            Content::Bytes(_) | Content::Recording | Content::Leftover(_) => Lying::Memory,
        };
        let work = move || match content {
            content if when_there == WhenThere::Ask && files::is_there(&path) => Msg::FileIsThere { path, content },
            Content::Bytes(bytes) => Msg::FileSaved { outcome: files::save(&path, &bytes) },
            Content::Export(export) => Msg::FileSaved { outcome: exporting::save(lying, &export, &path) },
            Content::Recording => Msg::Recording(Told::Saved(recorded.map_or_else(
                || Err(Trouble::new("save", path.display(), "nothing was recorded", "")),
                |recorded| recorded.save(&path),
            ))),
            Content::Leftover(leftover) => {
                let outcome = recordings::save_leftover(&leftover, &path);
                Msg::Recording(Told::LeftoverSaved(leftover, outcome))
            }
        };
        let error = self.chores.start(Chore::Save, work).err()?;
        Some(Msg::FileSaved { outcome: Err(files::from_io("save", &place, &error)) })
    }

    fn keep(&mut self, path: PathBuf, bytes: Bytes) -> Option<Msg> {
        let place = path.clone();
        let work = move || {
            // When the folder cannot be made, saving says why.
            let _ = files::make_room_for(&path);
            Msg::FileKept { outcome: files::save(&path, &bytes).map(|_| ()), path }
        };
        let error = self.chores.start(Chore::Save, work).err()?;
        Some(Msg::FileKept { outcome: Err(files::from_io("save", &place, &error)), path: place })
    }

    fn list(&mut self, folder: String, path: PathBuf) -> Option<Msg> {
        let asked = folder.clone();
        let place = path.clone();
        let work = move || Msg::FolderListed { folder, outcome: files::list(&path) };
        let error = self.chores.start(Chore::Read, work).err()?;
        Some(Msg::FolderListed { folder: asked, outcome: Err(files::from_io("list", &place, &error)) })
    }
}

/// Which seconds it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Minds {
    /// Those in which something shown changes.
    WhatItShows,
    /// All.
    EverySecond,
}

fn no_terminal(act: &'static str) -> Trouble {
    Trouble::new(act, "the text", "the lab runs without a terminal", "do it on a screen")
}

fn teller(readers: mpsc::Sender<Msg>) -> impl FnMut(Msg) -> bool + Send + 'static {
    move |msg| readers.blocking_send(msg).is_ok()
}

async fn next_question(control: &mut Option<Asking>) -> Option<Question> {
    match control {
        Some(asking) => asking.questions.recv().await,
        None => std::future::pending().await,
    }
}

/// Waits until then; without a moment for ever.
pub async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment.into()).await,
        None => std::future::pending().await,
    }
}

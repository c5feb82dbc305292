//! One sitting at the screen: the loop that waits, tells the app, performs what it asks, and draws.
//!
//! Keys come before the network, and the network is drained for at most a frame's time before the next frame is
//! drawn. So a flood costs frames, but never more than two of them before a key shows. While nothing on the screen
//! depends on the time, nothing wakes the loop.

use std::io;
use std::time::Instant;

use chrono::{Local, Offset};
use rustix::process::{Pid, Signal};
use tokio::sync::mpsc;

use super::arguments::Arguments;
use super::chores::Chore;
use super::clipboard::Clipboard;
use super::engine::{self, Ending, Engine, Minds, until};
use super::files;
use super::input::Input;
use super::journal;
use super::keyboard::{PASTE_LIMIT, Typed};
use super::lab_file::Watched;
use super::opener;
use super::pace::Pace;
use super::screen::Screen;
use super::signals::Notice;
use super::source::Source;
use super::terminal::{self, Entered, Terminal};
use super::themes;
use super::wire::Came;
use crate::app::look::{Look, Motion, Symbols};
use crate::app::past::Recalled;
use crate::app::recording;
use crate::app::{self, Msg, State};
use crate::lab::Lab;
use crate::model::{ClockZone, Trouble};
use crate::net::report::now;
use crate::ui::surroundings::{Answers, Surroundings};
use crate::ui::{
    self,
    theme::{Depth, Themes},
};

/// Events of the network taken in before keys are looked for again.
const BATCH: usize = 64;

/// Where the program stands to its terminal.
pub(super) enum Presence {
    /// It has it, and hears its keys.
    Here(Input),
    /// Another job has it. The lab goes on.
    Background,
    /// The editor or the pager has it: this process.
    Lent(Pid),
}

/// All that the loop holds.
pub struct Session {
    pub(super) screen: Screen,
    pub(super) presence: Presence,
    pub(super) engine: Engine,
    themes: Themes,
    answers: Answers,
    pub(super) clipboard: Clipboard,
    pub(super) pace: Pace,
    notices: mpsc::Receiver<Notice>,
    /// The file of the lab, which may be changed.
    watched: Option<Watched>,
}

/// What is shown.
pub enum Subject {
    /// The built-in lab.
    BuiltIn,
    /// A recording or capture.
    Capture(Source),
    /// The lab of a file.
    Lab(String, Box<Lab>),
}

/// What the loop woke for.
enum Woke {
    Notice(Notice),
    Typed(Option<Typed>),
    Frame,
    Lab(engine::Woke),
}

impl Session {
    /// Draws the first frame, and only then starts the network.
    ///
    /// # Errors
    /// The terminal is gone, or the process has no thread left.
    pub fn open(
        terminal: Terminal,
        notices: mpsc::Receiver<Notice>,
        arguments: &Arguments,
        subject: Subject,
    ) -> io::Result<Self> {
        let zone = ClockZone(Local::now().offset().fix());
        // Whose clock and process it is differs from run to run; that is chance enough for sample data.
        let seed = now().0.unsigned_abs() ^ u64::from(std::process::id()).rotate_left(32);
        let mut state = State::new(now(), zone, seed);
        let surroundings = Surroundings::of(|name| std::env::var(name).ok());
        let (themes, mut troubles) = themes::all(surroundings.depth);
        surround(&mut state.look, surroundings, &themes);
        let effects = app::update(&mut state, Msg::Kept(Box::new(files::kept(arguments.config.as_deref()))), now());
        troubles.extend(flags(&mut state.look, arguments, surroundings));
        recording_flags(&mut state.recording.settings, arguments);
        if arguments.present {
            app::update(&mut state, Msg::Present, now());
        }
        if let Subject::Capture(source) = &subject {
            app::update(&mut state, Msg::Open(source.name().to_owned()), now());
        }
        if let Subject::Lab(_, lab) = &subject
            && let (None, Some(record)) = (&arguments.record, &lab.record)
        {
            let settings = &mut state.recording.settings;
            (settings.file, settings.ring) = (Some(record.file.clone()), record.ring);
        }
        let mut screen = Screen::new(terminal)?;
        let regions = screen.draw(|frame| ui::render(&state, &themes.chosen(&state.look), frame))?;
        let mut engine = Engine::start(state)?;
        if let Subject::Capture(source) = &subject {
            engine.recaller.know(source.store());
            engine.opened = Some(source.store());
        }
        let mut session = Self {
            presence: Presence::Here(Input::start(screen.terminal().input()?)?),
            screen,
            engine,
            themes,
            answers: surroundings.answers,
            clipboard: Clipboard::here(),
            pace: Pace::default(),
            notices,
            watched: None,
        };
        session.pace.drawn(Instant::now());
        session.perform_all(effects);
        session.tell(Msg::Drawn(regions));
        session.tell(Msg::Logs(journal::start()));
        session.log_the_start();
        if let Err(trouble) = session.engine.listen() {
            tracing::warn!(%trouble, "the lab cannot be asked");
        }
        #[cfg(debug_assertions)]
        rehearsal::fail_if_asked();
        session.pace.hurry();
        match subject {
            Subject::BuiltIn => session.tell(Msg::Started),
            Subject::Capture(source) => opener::start(source, session.engine.teller())?,
            Subject::Lab(file, lab) => {
                session.watched = Some(Watched::new(&file));
                session.tell(Msg::Lab { file, lab });
            }
        }
        for trouble in troubles {
            session.tell(Msg::Trouble(trouble));
        }
        if session.ask_the_terminal().is_err() {
            session.engine.ending = Some(Ending::TerminalGone);
        }
        Ok(session)
    }

    fn log_the_start(&self) {
        let variable = |name| std::env::var(name).unwrap_or_default();
        let is_set = |name| std::env::var_os(name).is_some();
        let size = self.screen.terminal().size();
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"),
            system = std::env::consts::OS,
            term = variable("TERM"),
            colors = variable("COLORTERM"),
            columns = size.width,
            rows = size.height,
            tmux = is_set("TMUX"),
            screen = is_set("STY"),
            ssh = is_set("SSH_CONNECTION"),
            "wirelab starts"
        );
    }

    /// Goes on until there is a reason to end; the terminal is then given back and what was being saved is saved.
    ///
    /// # Errors
    /// None yet.
    pub async fn run(mut self) -> io::Result<Ending> {
        loop {
            self.drain();
            if let Some(ending) = self.engine.ending {
                return Ok(Box::pin(self.close(ending)).await);
            }
            if self.is_here() && self.pace.is_due(Instant::now()) {
                self.draw();
                continue;
            }
            let woke = self.wait().await;
            self.heard(woke);
        }
    }

    /// Takes in all that waits, keys first, until nothing does or a frame is due.
    fn drain(&mut self) {
        loop {
            let mut idle = true;
            while let Some(woke) = self.waiting() {
                idle = false;
                self.heard(woke);
            }
            for _ in 0..BATCH {
                let Some(event) = self.engine.seen() else { break };
                idle = false;
                self.tell(Msg::Net(event));
            }
            self.engine.record();
            if let Some(msg) = self.engine.read() {
                idle = false;
                self.take_in(msg);
            }
            if idle || self.engine.ending.is_some() || self.pace.is_due(Instant::now()) {
                return;
            }
        }
    }

    /// What waits, apart from the network.
    fn waiting(&mut self) -> Option<Woke> {
        if self.engine.ending.is_some() {
            return None;
        }
        if let Ok(notice) = self.notices.try_recv() {
            return Some(Woke::Notice(notice));
        }
        if let Presence::Here(input) = &mut self.presence
            && let Some(typed) = input.waiting()
        {
            return Some(Woke::Typed(Some(typed)));
        }
        self.engine.waiting().map(Woke::Lab)
    }

    async fn wait(&mut self) -> Woke {
        let (frame, minds) = match self.presence {
            Presence::Here(_) => (self.pace.due(Instant::now()), Minds::WhatItShows),
            Presence::Lent(_) => (None, Minds::WhatItShows),
            Presence::Background => (None, Minds::EverySecond),
        };
        let minds = if self.watched.is_some() { Minds::EverySecond } else { minds };
        let Self { notices, presence, engine, .. } = self;
        tokio::select! {
            biased;
            Some(notice) = notices.recv() => Woke::Notice(notice),
            typed = next_typed(presence) => Woke::Typed(typed),
            woke = engine.wait(minds) => Woke::Lab(woke),
            () = until(frame) => Woke::Frame,
        }
    }

    fn is_here(&self) -> bool {
        matches!(self.presence, Presence::Here(_))
    }

    fn heard(&mut self, woke: Woke) {
        match woke {
            Woke::Notice(notice) => self.noticed(notice),
            Woke::Typed(Some(typed)) => self.typed(typed),
            Woke::Typed(None) => self.engine.ending = Some(Ending::TerminalGone),
            // A frame is drawn next.
            Woke::Frame | Woke::Lab(engine::Woke::Net(Came::Room)) => {}
            Woke::Lab(engine::Woke::Done(done)) => {
                if done.chore == Chore::Lend {
                    self.come_back();
                }
                self.tell(done.msg);
            }
            Woke::Lab(engine::Woke::Asked(question)) => {
                if let Some(msg) = self.engine.asked(question) {
                    self.tell(msg);
                }
            }
            Woke::Lab(engine::Woke::Read(msg)) => self.take_in(msg),
            Woke::Lab(engine::Woke::Recording(told)) => self.tell(Msg::Recording(told)),
            Woke::Lab(engine::Woke::Net(Came::Event(event))) => self.tell(Msg::Net(event)),
            Woke::Lab(engine::Woke::Net(Came::Gone)) => self.engine.ending = Some(Ending::NetworkGone),
            Woke::Lab(engine::Woke::Time) => self.time_has_passed(),
        }
    }

    /// Takes in what was read of a recording. What the screen waits for is shown at once.
    fn take_in(&mut self, msg: Msg) {
        let is_awaited = matches!(&msg, Msg::Recalled(answer)
            if !matches!(answer.outcome, Ok(Recalled::Passed(_) | Recalled::Found(None))));
        self.tell(msg);
        if is_awaited {
            self.pace.hurry();
        }
    }

    fn typed(&mut self, typed: Typed) {
        let msg = match typed {
            Typed::Key(key) => Msg::Key(key),
            Typed::Mouse(report) => Msg::Mouse(report),
            Typed::Paste(text) => Msg::Paste(text),
            // Nobody waits for it, and it mostly changes nothing.
            Typed::Background(colour) => return self.tell(Msg::Background(colour)),
            Typed::PasteTooLong => {
                let why = format!("it is larger than {} MiB", PASTE_LIMIT / 1024 / 1024);
                Msg::Trouble(Trouble::new("paste", "the text", why, "take it from a file"))
            }
        };
        self.pace.hurry();
        self.tell(msg);
    }

    fn time_has_passed(&mut self) {
        let now = Instant::now();
        if self.engine.takes_a_tick(now) {
            // A shell that brings a running job to the foreground sends it no signal.
            if matches!(self.presence, Presence::Background) {
                self.come_back();
            }
            self.tell(Msg::Tick);
            self.watch();
        }
        while let Some(msg) = self.engine.woken(now) {
            self.tell(msg);
        }
    }

    /// Takes in what the lab's file says now, when it was changed.
    fn watch(&mut self) {
        let Some(watched) = &mut self.watched else { return };
        match watched.changed() {
            Some(Ok(lab)) => {
                let file = watched.name();
                self.tell(Msg::Lab { file, lab: Box::new(lab) });
            }
            Some(Err(problems)) => {
                let words = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
                self.tell(Msg::Trouble(Trouble::new("change", "the lab", words, "it goes on as it was")));
            }
            None => {}
        }
    }

    fn noticed(&mut self, notice: Notice) {
        match notice {
            Notice::End(number) => {
                self.end_the_borrower();
                self.engine.ending = Some(Ending::Signal(number));
            }
            // Ctrl-C typed to the editor or pager goes to the whole job; it is theirs.
            Notice::Interrupt(_) if matches!(self.presence, Presence::Lent(_)) => {}
            Notice::Interrupt(number) => self.engine.ending = Some(Ending::Signal(number)),
            Notice::Suspend => {
                if self.is_here() {
                    self.go_away();
                }
                terminal::stop();
            }
            Notice::Continued => match self.presence {
                Presence::Lent(_) => {}
                Presence::Here(_) | Presence::Background => self.come_back(),
            },
            Notice::Resized => self.tell(Msg::Resized),
        }
    }

    /// Stops reading keys and gives the terminal back.
    pub(super) fn go_away(&mut self) {
        self.presence = Presence::Background;
        self.screen.leave();
    }

    /// Takes the terminal again, unless another job has it; the next frame is drawn whole.
    pub(super) fn come_back(&mut self) {
        match self.try_to_come_back() {
            Ok(presence) => self.presence = presence,
            Err(_) => self.engine.ending = Some(Ending::TerminalGone),
        }
    }

    fn try_to_come_back(&mut self) -> io::Result<Presence> {
        // Whoever reads now stops first: there must never be two.
        self.presence = Presence::Background;
        match self.screen.enter()? {
            Entered::Yes => {
                self.pace.changed();
                let input = Input::start(self.screen.terminal().input()?)?;
                // The user may have made it light meanwhile, or come back in another one.
                self.ask_the_terminal()?;
                Ok(Presence::Here(input))
            }
            Entered::InBackground => Ok(Presence::Background),
        }
    }

    /// Asks what the terminal is like; the answer, if there is one, comes among the keys.
    fn ask_the_terminal(&mut self) -> io::Result<()> {
        match self.answers {
            Answers::Perhaps => self.screen.ask_for_the_background(),
            Answers::Never => Ok(()),
        }
    }

    /// A program without its terminal's owner would fight the user's shell for the keys.
    pub(super) fn end_the_borrower(&mut self) {
        if let Presence::Lent(borrower) = self.presence {
            let _ = rustix::process::kill_process(borrower, Signal::TERM);
        }
    }

    fn draw(&mut self) {
        self.tell(Msg::Settle);
        let Self { engine, themes, screen, .. } = self;
        let state = &engine.state;
        let drawn = screen.draw(|frame| ui::render(state, &themes.chosen(&state.look), frame));
        self.pace.drawn(Instant::now());
        match drawn {
            Ok(regions) => self.tell(Msg::Drawn(regions)),
            Err(_) => self.engine.ending = Some(Ending::TerminalGone),
        }
    }

    /// Gives the terminal back, and then waits for what is being saved: first what the user asked for, then what is
    /// kept for the next run.
    async fn close(mut self, ending: Ending) -> Ending {
        self.presence = Presence::Background;
        self.screen.leave();
        let mut told = self.engine.chores.finish().await;
        self.engine.end_the_recording().await;
        self.tell(Msg::Ending);
        told.extend(self.engine.chores.finish().await);
        drop(self);
        tracing::info!(?ending, "wirelab ends");
        for msg in told {
            if let Msg::FileSaved { outcome: Err(trouble) } | Msg::FileKept { outcome: Err(trouble), .. } = msg {
                super::say(&trouble.to_string());
            }
        }
        ending
    }
}

/// What the command line says of recording; it counts more than the config.
fn recording_flags(settings: &mut recording::Settings, arguments: &Arguments) {
    settings.file.clone_from(&arguments.record);
    settings.ring = arguments.ring;
}

/// What the terminal can show, and which themes there are.
fn surround(look: &mut Look, surroundings: Surroundings, themes: &Themes) {
    look.themes = themes.names();
    look.background = surroundings.background;
    look.symbols = surroundings.symbols;
    look.motion = Motion::Full;
}

/// What the command line says of looks; it counts more than the config.
fn flags(look: &mut Look, arguments: &Arguments, surroundings: Surroundings) -> Option<Trouble> {
    if arguments.ascii {
        look.symbols = Symbols::Ascii;
    }
    if arguments.reduced_motion {
        look.motion = Motion::Reduced;
    }
    let name = arguments.theme.as_deref().filter(|_| surroundings.depth != Depth::Mono)?;
    look.choose_theme(name).err().map(|why| Trouble::new("show", format!("theme {name}"), why, ""))
}

async fn next_typed(presence: &mut Presence) -> Option<Typed> {
    match presence {
        Presence::Here(input) => input.next().await,
        Presence::Background | Presence::Lent(_) => std::future::pending().await,
    }
}

/// Failures on purpose, for the tests of the terminal; in no release build.
#[cfg(debug_assertions)]
mod rehearsal {
    /// Panics when `WIRELAB_REHEARSE_PANIC` names this thread (`main`) or another (`other`).
    pub fn fail_if_asked() {
        let Ok(thread) = std::env::var("WIRELAB_REHEARSE_PANIC") else { return };
        assert!(thread != "main", "rehearsed \u{1b}]0;in main\u{7}");
        if thread == "other" {
            let panics = || panic!("rehearsed in another thread");
            let _ = std::thread::Builder::new().name("rehearsal".into()).spawn(panics);
        }
    }
}

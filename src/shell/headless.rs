//! A lab without a screen: what the network tells is told on standard output and recorded, until it is enough.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use chrono::{Local, Offset};
use tokio::sync::mpsc;

use super::arguments::TellingArguments;
use super::engine::{Engine, Minds, Woke, until};
use super::lab_file::{self, Watched};
use super::read::json;
use super::signals::{self, Notice};
use super::wire::Came;
use super::{recordings, say};
use crate::app::notice::Kind;
use crate::app::recording::{self, Order, Told};
use crate::app::world::World;
use crate::app::{Effect, Msg, State};
use crate::contract::{NetCommand, NetEvent};
use crate::model::{ClockZone, FrameKind, NodeId, Step, Trouble};
use crate::net::report::now;

/// How long the end waits until all that runs has stopped and told what was left.
const PATIENCE: Duration = Duration::from_secs(2);

/// The file that standard output is, where there is one.
const STANDARD_OUTPUT: &str = "/dev/stdout";

/// Events taken in before what they made is told.
const BATCH: usize = 256;

/// Why it ended.
#[derive(Debug)]
pub enum End {
    /// It was enough: so many frames, so long, or all is done.
    Enough,
    /// A signal said so.
    Signal,
    /// What was asked did not happen.
    Failed(String),
    /// Nobody reads what is told any more.
    Unread,
}

impl End {
    /// What is told cannot be written: nobody reads it any more, or there is no room.
    pub fn of_writing(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::Unread;
        }
        let remedy = "make room, or tell it to another place";
        Self::Failed(Trouble::new("write", "standard output", error, remedy).to_string())
    }
}

/// How it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Lines to read.
    Text,
    /// Lines of JSON.
    Json,
    /// Next to nothing.
    Quiet,
    /// The bytes that are received, and nothing else.
    Raw,
}

impl Form {
    /// The form that is asked for.
    pub fn of(asked: &TellingArguments) -> Self {
        match (asked.quiet, asked.json) {
            (true, _) => Form::Quiet,
            (false, true) => Form::Json,
            (false, false) => Form::Text,
        }
    }
}

/// What tells it.
pub trait Teller {
    /// Tells of what was seen, which the world knows already.
    ///
    /// # Errors
    /// It is enough, for that reason.
    fn tell(&mut self, world: &World, event: &NetEvent, out: &mut dyn Write) -> Result<(), End>;

    /// Tells what is to be told after all that is known now was taken in, and says what is to be done next.
    ///
    /// # Errors
    /// It is enough, for that reason.
    fn after(&mut self, _state: &mut State, _out: &mut dyn Write) -> Result<Vec<Effect>, End> {
        Ok(Vec::new())
    }

    /// When it is enough, unless something more is seen before.
    fn enough_at(&self) -> Option<Instant> {
        None
    }
}

/// What is to run.
pub struct Lab {
    /// What runs it.
    pub engine: Engine,
    /// What is asked first.
    pub effects: Vec<Effect>,
    /// What it is told first.
    pub begin: Option<Msg>,
    /// The file it is of, which may be changed.
    pub watched: Option<Watched>,
    record: Option<PathBuf>,
    told_on: ToldOn,
    time: Option<Duration>,
}

/// Where it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ToldOn {
    StandardOutput,
    /// Standard output is the recording.
    StandardError,
}

impl Lab {
    /// Lets it be asked by `wirelab ctl` while it runs.
    #[must_use]
    pub fn that_listens(mut self) -> Self {
        if let Err(trouble) = self.engine.listen() {
            tracing::warn!(%trouble, "the lab cannot be asked");
        }
        self
    }

    /// A lab without nodes.
    ///
    /// # Errors
    /// The process has no thread left.
    pub fn new(asked: &TellingArguments) -> io::Result<Self> {
        let zone = ClockZone(Local::now().offset().fix());
        let seed = now().0.unsigned_abs() ^ u64::from(std::process::id()).rotate_left(32);
        let state = State::new(now(), zone, seed);
        let engine = Engine::start(state)?;
        let (record, told_on) = match &asked.record {
            Some(file) if file.as_os_str() == "-" => (Some(PathBuf::from(STANDARD_OUTPUT)), ToldOn::StandardError),
            file => (file.clone(), ToldOn::StandardOutput),
        };
        Ok(Self { engine, effects: Vec::new(), begin: None, watched: None, record, told_on, time: asked.time })
    }
}

/// Runs it until it is enough.
///
/// # Errors
/// The process has no thread left, or cannot hear signals.
pub fn run(lab: Lab, teller: &mut dyn Teller) -> anyhow::Result<End> {
    if let Some(file) = &lab.record
        && let Err(trouble) = recordings::check_named(file, None)
    {
        return Ok(End::Failed(trouble.to_string()));
    }
    let notices = signals::hear()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    Ok(runtime.block_on(live(lab, teller, notices))?)
}

/// What runs.
struct Headless<'a> {
    engine: Engine,
    watched: Option<Watched>,
    teller: &'a mut dyn Teller,
    out: Box<dyn Write>,
    told_on: ToldOn,
    /// Whether nobody reads the recording on standard output any more.
    is_unread: bool,
    /// How many things the user was told that are on standard error already, or need not be.
    told: u64,
}

async fn live(lab: Lab, teller: &mut dyn Teller, mut notices: mpsc::Receiver<Notice>) -> io::Result<End> {
    let Lab { engine, effects, begin, watched, record, told_on, time } = lab;
    let told = engine.state.notices.count();
    let out: Box<dyn Write> = match told_on {
        ToldOn::StandardOutput => Box::new(BufWriter::new(io::stdout().lock())),
        ToldOn::StandardError => Box::new(BufWriter::new(io::stderr())),
    };
    let mut lab = Headless { engine, watched, teller, out, told_on, is_unread: false, told };
    if let Some(file) = record
        && let Some(Msg::Recording(Told::Failed(trouble))) = lab.engine.order(Order::Start(Some(file)))
    {
        return Ok(End::Failed(trouble.to_string()));
    }
    if let Err(end) = lab.perform(effects) {
        return Ok(end);
    }
    if let Some(msg) = begin {
        lab.engine.tell(msg);
    }
    let mut ended = lab.after();
    let deadline = time.map(|time| Instant::now() + time);
    let end = loop {
        if let Some(end) = ended {
            break end;
        }
        let enough_at = [deadline, lab.teller.enough_at()].into_iter().flatten().min();
        let woke = tokio::select! {
            biased;
            Some(notice) = notices.recv() => match notice {
                Notice::End(_) | Notice::Interrupt(_) => Some(End::Signal),
                Notice::Suspend | Notice::Continued | Notice::Resized => None,
            },
            () = until(enough_at) => Some(End::Enough),
            woke = lab.engine.wait(Minds::EverySecond) => lab.heard(woke),
        };
        ended = woke.or_else(|| lab.after());
        lab.complain();
    };
    lab.stop(&end).await;
    lab.engine.chores.finish().await;
    lab.engine.end_the_recording().await;
    if !matches!(end, End::Unread) {
        lab.complain();
    }
    if let Err(error) = lab.out.flush()
        && matches!(end, End::Enough | End::Signal)
    {
        return Ok(End::of_writing(&error));
    }
    Ok(match (end, lab.engine.state.recording.life) {
        (End::Enough | End::Signal, recording::Life::Failed) => End::Failed("the recording is not whole".to_owned()),
        (end, _) => end,
    })
}

impl Headless<'_> {
    /// Tells what is to be told after all that.
    fn after(&mut self) -> Option<End> {
        if self.is_unread {
            self.told = self.engine.state.notices.count();
            return Some(End::Unread);
        }
        match self.teller.after(&mut self.engine.state, &mut self.out) {
            Ok(effects) => {
                if let Err(end) = self.perform(effects) {
                    return Some(end);
                }
            }
            Err(end) => return Some(end),
        }
        self.out.flush().err().map(|error| End::of_writing(&error))
    }

    /// Does what is asked.
    fn perform(&mut self, effects: Vec<Effect>) -> Result<(), End> {
        for effect in effects {
            if let Some(Msg::Trouble(trouble)) = self.engine.perform(effect) {
                return Err(End::Failed(trouble.to_string()));
            }
        }
        Ok(())
    }

    /// Takes in what the lab's file says now, when it was changed.
    fn watch(&mut self) {
        let Some(watched) = &mut self.watched else { return };
        match watched.changed() {
            Some(Ok(lab)) => self.engine.tell(Msg::Lab { file: watched.name(), lab: Box::new(lab) }),
            Some(Err(problems)) => lab_file::tell(&problems),
            None => {}
        }
    }

    fn heard(&mut self, woke: Woke) -> Option<End> {
        match woke {
            Woke::Net(came) => return self.take(came),
            Woke::Done(done) => self.engine.tell(done.msg),
            Woke::Asked(question) => {
                if let Some(msg) = self.engine.asked(question) {
                    self.engine.tell(msg);
                }
            }
            Woke::Read(msg) => self.engine.tell(msg),
            Woke::Recording(told) => {
                let unread = io::Error::from(rustix::io::Errno::PIPE).to_string();
                self.is_unread |= matches!(&told, Told::Failed(trouble)
                    if self.told_on == ToldOn::StandardError && trouble.why.contains(&unread));
                self.engine.tell(Msg::Recording(told));
            }
            Woke::Time => {
                let now = Instant::now();
                if self.engine.takes_a_tick(now) {
                    self.engine.tell(Msg::Tick);
                    self.watch();
                }
                while let Some(msg) = self.engine.woken(now) {
                    self.engine.tell(msg);
                }
                self.engine.record();
            }
        }
        self.engine.ending.map(|_| End::Enough)
    }

    /// Takes in what the network came with, and tells of it.
    fn take(&mut self, came: Came) -> Option<End> {
        let mut event = match came {
            Came::Event(event) => Some(event),
            Came::Room => return None,
            Came::Gone => {
                let words = "wirelab ended because its network thread did, which it never should; please report it";
                return Some(End::Failed(words.into()));
            }
        };
        for _ in 0..BATCH {
            let Some(taken) = event.take() else { break };
            if let Some(end) = self.observe(&taken) {
                return Some(end);
            }
            event = self.engine.seen();
        }
        if let Some(event) = event
            && let Some(end) = self.observe(&event)
        {
            return Some(end);
        }
        self.engine.record();
        // A pipe that nobody reads any more is how `| head` says that it is enough.
        self.out.flush().err().map(|error| End::of_writing(&error))
    }

    /// Stops all that runs. What it tells while it ends is told still, unless it was to be told no more.
    async fn stop(&mut self, end: &End) {
        let is_told = matches!(end, End::Signal);
        let world = &self.engine.state.world;
        let clients = world.clients.iter().map(|client| client.id);
        let nodes: Vec<NodeId> = world.servers.iter().map(|server| server.id).chain(clients).collect();
        for node in nodes {
            let _ = self.engine.wire.send(NetCommand::Stop(node));
        }
        let all_over = async {
            while self.engine.state.world.servers.iter().any(|server| server.runs > 0) {
                let Came::Event(event) = self.engine.wire.next().await else { continue };
                self.engine.tell(Msg::Net(event.clone()));
                if is_told {
                    let _ = self.teller.tell(&self.engine.state.world, &event, &mut self.out);
                }
            }
        };
        let _ = tokio::time::timeout(PATIENCE, all_over).await;
    }

    fn observe(&mut self, event: &NetEvent) -> Option<End> {
        self.engine.tell(Msg::Net(event.clone()));
        let end = self.teller.tell(&self.engine.state.world, event, &mut self.out).err();
        if end.is_some() {
            // It says itself what went wrong.
            self.told = self.engine.state.notices.count();
        }
        end
    }

    /// Says what went wrong and did not end it.
    fn complain(&mut self) {
        let notices = &self.engine.state.notices;
        let new = usize::try_from(notices.count() - self.told).unwrap_or(usize::MAX);
        self.told = notices.count();
        for told in notices.told().iter().rev().take(new).rev().filter(|told| told.kind == Kind::Unread) {
            say(&told.words);
        }
    }
}

/// Tells where a server listens, with the port that it really got.
///
/// # Errors
/// Nobody reads that.
pub fn tell_where(world: &World, node: NodeId, form: Form, out: &mut dyn Write) -> Result<(), End> {
    let listening = || world.log.iter().find(|frame| matches!(frame.kind, FrameKind::Step(Step::Listening(_))));
    let written = match (form, listening(), world.server(node)) {
        (Form::Raw, _, _) => Ok(()),
        (Form::Json, Some(frame), _) => writeln!(out, "{}", json(world, frame)),
        (_, _, Some(server)) => writeln!(out, "{}", server.endpoint()),
        (_, _, None) => Ok(()),
    };
    written.map_err(|error| End::of_writing(&error))
}

//! A lab without a screen: what the network tells is told on standard output and recorded, until it is enough.

use std::io::{self, BufWriter, StdoutLock, Write};
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::arguments::TellingArguments;
use super::read::json;
use super::recorder::Recorder;
use super::signals::{self, Notice};
use super::wire::{Came, Wire};
use super::{recordings, say};
use crate::app::recording::{Settings, Told};
use crate::app::world::World;
use crate::contract::{NetCommand, NetEvent};
use crate::model::{FrameKind, NodeId, Step, Trouble};

/// Payload kept in memory: what decoders look back at, and what the recorder has not written yet, in bytes.
const BUDGET: usize = 64 * 1024 * 1024;

/// How long the end waits until all that runs has stopped and told what was left.
const PATIENCE: Duration = Duration::from_secs(2);

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
}

/// What is to run.
#[derive(Debug)]
pub struct Lab {
    /// Its nodes.
    pub world: World,
    /// What the network is asked first.
    pub commands: Vec<NetCommand>,
    record: Option<PathBuf>,
    time: Option<Duration>,
}

impl Lab {
    /// A lab without nodes.
    pub fn new(asked: &TellingArguments) -> Self {
        Self { world: World::new(BUDGET), commands: Vec::new(), record: asked.record.clone(), time: asked.time }
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
    world: World,
    wire: Wire,
    recorder: Recorder,
    teller: &'a mut dyn Teller,
    out: BufWriter<StdoutLock<'static>>,
    is_recorded: Recorded,
}

/// How much of what was seen is in the recording that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Recorded {
    All,
    NotAll,
}

async fn live(lab: Lab, teller: &mut dyn Teller, mut notices: mpsc::Receiver<Notice>) -> io::Result<End> {
    let Lab { world, commands, record, time } = lab;
    let mut recorder = Recorder::default();
    if let Some(file) = record
        && let Err(trouble) = recorder.start(Some(file), None, &Settings::default(), &world)
    {
        return Ok(End::Failed(trouble.to_string()));
    }
    let mut wire = Wire::start()?;
    for command in commands {
        if let Err(trouble) = wire.send(command) {
            return Ok(End::Failed(trouble.to_string()));
        }
    }
    let out = BufWriter::new(io::stdout().lock());
    let mut lab = Headless { world, wire, recorder, teller, out, is_recorded: Recorded::All };
    let deadline = time.map(|time| Instant::now() + time);
    let end = loop {
        let due = lab.recorder.due(&lab.world).map(Instant::from_std);
        let woke = tokio::select! {
            biased;
            Some(notice) = notices.recv() => match notice {
                Notice::End(_) | Notice::Interrupt(_) => Some(End::Signal),
                Notice::Suspend | Notice::Continued | Notice::Resized => None,
            },
            () = sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => Some(End::Enough),
            came = lab.wire.next() => lab.take(came),
            told = lab.recorder.next() => {
                lab.recorded(told);
                None
            }
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                lab.recorder.hand_over(&lab.world);
                None
            }
        };
        if let Some(end) = woke {
            break end;
        }
    };
    lab.stop(&end).await;
    for told in lab.recorder.finish(&lab.world).await {
        lab.recorded(told);
    }
    if let Err(error) = lab.out.flush()
        && matches!(end, End::Enough | End::Signal)
    {
        return Ok(End::of_writing(&error));
    }
    Ok(match (end, lab.is_recorded) {
        (End::Enough | End::Signal, Recorded::NotAll) => End::Failed("the recording is not whole".to_owned()),
        (end, Recorded::All | Recorded::NotAll) => end,
    })
}

impl Headless<'_> {
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
            event = self.wire.waiting();
        }
        if let Some(event) = event
            && let Some(end) = self.observe(&event)
        {
            return Some(end);
        }
        if self.recorder.due(&self.world).is_some_and(|due| due <= std::time::Instant::now()) {
            self.recorder.hand_over(&self.world);
        }
        // A pipe that nobody reads any more is how `| head` says that it is enough.
        self.out.flush().err().map(|error| End::of_writing(&error))
    }

    /// Stops all that runs. What it tells while it ends is told still, unless it was to be told no more.
    async fn stop(&mut self, end: &End) {
        let is_told = matches!(end, End::Signal);
        let nodes: Vec<NodeId> = self.world.servers.iter().map(|server| server.id).collect();
        for node in nodes {
            let _ = self.wire.send(NetCommand::Stop(node));
        }
        let all_over = async {
            while self.world.servers.iter().any(|server| server.runs > 0) {
                let Came::Event(event) = self.wire.next().await else { continue };
                self.world.observe(&event);
                if is_told {
                    let _ = self.teller.tell(&self.world, &event, &mut self.out);
                }
            }
        };
        let _ = tokio::time::timeout(PATIENCE, all_over).await;
    }

    /// What the recorder has told. That it cannot go on stops nothing else.
    fn recorded(&mut self, told: Told) {
        match told {
            Told::Failed(trouble) => {
                say(&trouble.to_string());
                self.is_recorded = Recorded::NotAll;
            }
            Told::Missed(count) => say(&format!("{count} frames are not in the recording: the disk was too slow")),
            Told::Began(..)
            | Told::Recorded(_)
            | Told::Removed(_)
            | Told::Stopped
            | Told::Saved(_)
            | Told::Leftovers(_)
            | Told::LeftoverSaved(..)
            | Told::LeftoverRemoved(_) => {}
        }
    }

    fn observe(&mut self, event: &NetEvent) -> Option<End> {
        self.world.observe(event);
        self.teller.tell(&self.world, event, &mut self.out).err()
    }
}

/// Tells where a server listens, with the port that it really got.
///
/// # Errors
/// Nobody reads that.
pub fn tell_where(world: &World, node: NodeId, form: Form, out: &mut dyn Write) -> Result<(), End> {
    let listening = || world.log.iter().find(|frame| matches!(frame.kind, FrameKind::Step(Step::Listening(_))));
    let written = match (form, listening(), world.server(node)) {
        (Form::Json, Some(frame), _) => writeln!(out, "{}", json(world, frame)),
        (_, _, Some(server)) => writeln!(out, "{}", server.endpoint()),
        (_, _, None) => Ok(()),
    };
    written.map_err(|error| End::of_writing(&error))
}

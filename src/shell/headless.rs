//! A lab without a screen: what it does is told on standard output, a frame a line, until it is enough.

use std::io::{self, BufWriter, StdoutLock, Write};
use std::process::ExitCode;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::arguments::TapArguments;
use super::read::{json, line};
use super::recorder::Recorder;
use super::signals::{self, Notice};
use super::wire::{Came, Wire};
use super::{USAGE, recordings, say};
use crate::app::recording::{Settings, Told};
use crate::app::world::{Server, World};
use crate::contract::{NetCommand, NetEvent, NetFact, ServerSpec, Shaping, WhenTaken};
use crate::impair::{Impairment, profile};
use crate::model::{Address, Endpoint, FrameKind, NodeId, ServerLife, Step};

/// Payload kept in memory: what decoders look back at, and what the recorder has not written yet, in bytes.
const BUDGET: usize = 64 * 1024 * 1024;

/// Events taken in before what they made is told.
const BATCH: usize = 256;

/// Why it ended.
enum End {
    /// It was enough: so many frames, or so long.
    Enough,
    /// A signal said so.
    Signal,
    /// What was asked did not happen.
    Failed(String),
    /// Nobody reads what is told any more.
    Unread,
}

/// What runs, and how it is told.
struct Headless {
    world: World,
    wire: Wire,
    recorder: Recorder,
    node: NodeId,
    out: BufWriter<StdoutLock<'static>>,
    shows: Shows,
    /// The frame that is told next.
    next: u64,
    /// Data frames that are still to come.
    left: Option<u64>,
}

/// How frames are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shows {
    /// Nothing yet: where it listens comes first.
    Nothing(Form),
    /// All.
    All(Form),
    /// Nothing but where it listens.
    Quiet,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    Json,
    Quiet,
}

/// `wirelab tap`.
///
/// # Errors
/// The process has no thread left, or cannot hear signals.
pub fn tap(asked: &TapArguments) -> anyhow::Result<ExitCode> {
    let (spec, shaping) = match read(asked) {
        Ok(read) => read,
        Err(words) => {
            say(&words);
            return Ok(ExitCode::from(USAGE));
        }
    };
    if let Some(file) = &asked.record
        && let Err(trouble) = recordings::check_named(file, None)
    {
        say(&trouble.to_string());
        return Ok(ExitCode::FAILURE);
    }
    let notices = signals::hear()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let end = runtime.block_on(run(asked, spec, shaping, notices))?;
    Ok(match end {
        // A signal is how it is meant to be ended: it has done all that was asked.
        End::Enough | End::Unread | End::Signal => ExitCode::SUCCESS,
        End::Failed(words) => {
            say(&words);
            ExitCode::FAILURE
        }
    })
}

async fn run(
    asked: &TapArguments,
    spec: ServerSpec,
    shaping: Shaping,
    mut notices: mpsc::Receiver<Notice>,
) -> io::Result<End> {
    let mut world = World::new(BUDGET);
    let node = world.new_node(&asked.name);
    let mut server = Server::new(node, asked.name.clone(), spec.clone());
    (server.runs, server.life) = (1, ServerLife::Starting);
    world.servers.push(server);
    let mut recorder = Recorder::default();
    if let Some(file) = &asked.record
        && let Err(trouble) = recorder.start(Some(file.clone()), None, &Settings::default(), &world)
    {
        return Ok(End::Failed(trouble.to_string()));
    }
    let mut wire = Wire::start()?;
    for command in [NetCommand::Serve(node, spec), NetCommand::Shape(node, shaping)] {
        if let Err(trouble) = wire.send(command) {
            return Ok(End::Failed(trouble.to_string()));
        }
    }
    let form = match (asked.quiet, asked.json) {
        (true, _) => Form::Quiet,
        (false, true) => Form::Json,
        (false, false) => Form::Text,
    };
    let (out, shows) = (BufWriter::new(io::stdout().lock()), Shows::Nothing(form));
    let mut lab = Headless { world, wire, recorder, node, out, shows, next: 1, left: asked.count };
    let deadline = asked.time.map(|time| Instant::now() + time);
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
            told = lab.recorder.next() => recorded(told),
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                lab.recorder.hand_over(&lab.world);
                None
            }
        };
        if let Some(end) = woke {
            break end;
        }
    };
    for told in lab.recorder.finish(&lab.world).await {
        if let Some(End::Failed(words)) = recorded(told) {
            return Ok(End::Failed(words));
        }
    }
    let _ = lab.out.flush();
    Ok(end)
}

impl Headless {
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
        self.out.flush().err().map(|_| End::Unread)
    }

    fn observe(&mut self, event: &NetEvent) -> Option<End> {
        self.world.observe(event);
        match &event.fact {
            NetFact::Failed(trouble) => return Some(End::Failed(trouble.to_string())),
            NetFact::Listening(address) => {
                if let Err(end) = self.listens(address) {
                    return Some(end);
                }
            }
            NetFact::Step(_)
            | NetFact::Stopped
            | NetFact::Opened { .. }
            | NetFact::Bridged(..)
            | NetFact::Data(..)
            | NetFact::Finished(..)
            | NetFact::Closed(..)
            | NetFact::Lost(..)
            | NetFact::Impaired { .. }
            | NetFact::Note(..)
            | NetFact::Exchange(..)
            | NetFact::LookedUp(..)
            | NetFact::Kernel(_) => {}
        }
        self.tell().err()
    }

    /// Where it listens is the first line, with the port that it really got.
    fn listens(&mut self, address: &Address) -> Result<(), End> {
        let Shows::Nothing(form) = self.shows else { return Ok(()) };
        self.shows = if form == Form::Quiet { Shows::Quiet } else { Shows::All(form) };
        if form == Form::Json {
            // The frame that says so is told first; what was before it is only how it came to that.
            let is_it = |number: &u64| {
                let kind = self.world.log.frame(*number).map(|frame| &frame.kind);
                matches!(kind, Some(FrameKind::Step(Step::Listening(_))))
            };
            let listening = (self.next..self.world.log.next_number()).find(is_it);
            self.next = listening.unwrap_or(self.next);
            return Ok(());
        }
        self.next = self.world.log.next_number();
        let url = self.world.server(self.node).map_or_else(|| address.to_string(), |tap| tap.endpoint().to_string());
        writeln!(self.out, "{url}").map_err(|_| End::Unread)
    }

    /// Tells the frames that are new.
    fn tell(&mut self) -> Result<(), End> {
        let Shows::All(form) = self.shows else { return Ok(()) };
        while self.next < self.world.log.next_number() {
            let number = self.next;
            self.next += 1;
            let Some(frame) = self.world.log.frame(number) else { continue };
            let written = match form {
                Form::Json => writeln!(self.out, "{}", json(&self.world, frame)),
                Form::Text | Form::Quiet => writeln!(self.out, "{}", line(&self.world, frame)),
            };
            written.map_err(|_| End::Unread)?;
            if frame.kind.data().is_some()
                && let Some(left) = &mut self.left
            {
                *left = left.saturating_sub(1);
                if *left == 0 {
                    return Err(End::Enough);
                }
            }
        }
        Ok(())
    }
}

/// What the recorder has told; the end, where it could not go on.
fn recorded(told: Told) -> Option<End> {
    match told {
        Told::Failed(trouble) => Some(End::Failed(trouble.to_string())),
        Told::Missed(count) => {
            say(&format!("{count} frames are not in the recording: the disk was too slow"));
            None
        }
        Told::Began(..)
        | Told::Recorded(_)
        | Told::Removed(_)
        | Told::Stopped
        | Told::Saved(_)
        | Told::Leftovers(_)
        | Told::LeftoverSaved(..)
        | Told::LeftoverRemoved(_) => None,
    }
}

/// The tap that was asked for, and what it does.
fn read(asked: &TapArguments) -> Result<(ServerSpec, Shaping), String> {
    let listen = asked.listen.parse::<Endpoint>().map_err(|error| error.to_string())?;
    let mut impairments = Vec::new();
    if let Some(name) = &asked.profile {
        impairments = profile(name).ok_or_else(|| crate::app::tap::form::unknown_profile(name))?.impairments();
    }
    for line in lines(asked) {
        let mut one = Impairment::parse(&line).map_err(|problem| format!("{line:?}: {}", problem.words))?;
        if let Some(toward) = asked.toward {
            one.toward = toward;
        }
        impairments.push(one);
    }
    for line in &asked.impair {
        impairments.push(Impairment::parse(line).map_err(|problem| format!("--impair {line:?}: {}", problem.words))?);
    }
    let spec =
        ServerSpec { listen, behaviour: "tap".into(), argument: asked.target.clone(), when_taken: WhenTaken::Fail };
    crate::behaviour::machine(spec.listen.scheme, &spec.behaviour, &spec.argument)?;
    Ok((spec, Shaping { seed: asked.seed, impairments, when_down: asked.when_down, ..Shaping::default() }))
}

/// The impairments of the short flags, as lines.
fn lines(asked: &TapArguments) -> Vec<String> {
    let mut lines = Vec::new();
    if asked.delay.is_some() || asked.jitter.is_some() {
        let delay = asked.delay.as_deref().unwrap_or("0ms");
        let jitter = asked.jitter.as_ref().map(|jitter| format!(" jitter {jitter}")).unwrap_or_default();
        lines.push(format!("delay {delay}{jitter} {}", asked.distribution));
    }
    let others = [
        ("bandwidth", &asked.bandwidth),
        ("loss", &asked.loss),
        ("duplicate", &asked.duplicate),
        ("reorder", &asked.reorder),
        ("corrupt", &asked.corrupt),
        ("slice", &asked.slice),
        ("limit", &asked.limit),
    ];
    lines.extend(others.into_iter().filter_map(|(name, value)| Some(format!("{name} {}", value.as_ref()?))));
    lines
}

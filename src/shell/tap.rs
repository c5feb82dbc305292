//! `wirelab tap`: a tap without a screen, each frame told as it is seen.

use std::io::Write;
use std::process::ExitCode;

use super::arguments::TapArguments;
use super::headless::{self, End, Form, Lab, Teller};
use super::read::{json, line};
use super::{USAGE, say};
use crate::app::world::{Server, World};
use crate::contract::{NetCommand, NetEvent, NetFact, ServerSpec, Shaping, WhenTaken};
use crate::impair::{Impairment, profile};
use crate::model::{Endpoint, ServerLife};

/// How frames are told.
struct Frames {
    form: Form,
    stage: Stage,
    /// The frame that is told next.
    next: u64,
    /// Data frames that are still to come.
    left: Option<u64>,
}

/// What is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing yet: where it listens comes first.
    Coming,
    /// All.
    Running,
}

/// `wirelab tap`.
///
/// # Errors
/// The process has no thread left, or cannot hear signals.
pub fn run(asked: &TapArguments) -> anyhow::Result<ExitCode> {
    let (spec, shaping) = match read(asked) {
        Ok(read) => read,
        Err(words) => {
            say(&words);
            return Ok(ExitCode::from(USAGE));
        }
    };
    let mut lab = Lab::new(&asked.telling);
    let node = lab.world.new_node(&asked.name);
    let mut server = Server::new(node, asked.name.clone(), spec.clone());
    (server.runs, server.life) = (1, ServerLife::Starting);
    lab.world.servers.push(server);
    lab.commands = vec![NetCommand::Serve(node, spec), NetCommand::Shape(node, shaping)];
    let form = Form::of(&asked.telling);
    let mut frames = Frames { form, stage: Stage::Coming, next: 1, left: asked.count };
    Ok(match headless::run(lab, &mut frames)? {
        // A signal is how it is meant to be ended: it has done all that was asked.
        End::Enough | End::Unread | End::Signal => ExitCode::SUCCESS,
        End::Failed(words) => {
            say(&words);
            ExitCode::FAILURE
        }
    })
}

impl Teller for Frames {
    fn tell(&mut self, world: &World, event: &NetEvent, out: &mut dyn Write) -> Result<(), End> {
        if let NetFact::Failed(trouble) = &event.fact {
            return Err(End::Failed(trouble.to_string()));
        }
        if let (NetFact::Listening(_), Stage::Coming) = (&event.fact, self.stage) {
            self.stage = Stage::Running;
            self.next = world.log.next_number();
            headless::tell_where(world, event.node, self.form, out)?;
        }
        match self.stage {
            Stage::Coming => Ok(()),
            Stage::Running => self.tell_frames(world, out),
        }
    }
}

impl Frames {
    /// Tells the frames that are new.
    fn tell_frames(&mut self, world: &World, out: &mut dyn Write) -> Result<(), End> {
        while self.form != Form::Quiet && self.next < world.log.next_number() {
            let number = self.next;
            self.next += 1;
            let Some(frame) = world.log.frame(number) else { continue };
            let written = match self.form {
                Form::Json => writeln!(out, "{}", json(world, frame)),
                Form::Text | Form::Quiet => writeln!(out, "{}", line(world, frame)),
            };
            written.map_err(|error| End::of_writing(&error))?;
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

/// The tap that was asked for, and what it does.
fn read(asked: &TapArguments) -> Result<(ServerSpec, Shaping), String> {
    let listen = asked.listen.parse::<Endpoint>().map_err(|error| error.to_string())?;
    let mut impairments = Vec::new();
    if let Some(name) = &asked.profile {
        impairments = profile(name).ok_or_else(|| crate::app::tap::form::unknown_profile(name))?.impairments();
    }
    if asked.name.trim().is_empty() {
        return Err("--name \"\": write a name".to_owned());
    }
    for (flag, line) in lines(asked)? {
        let mut one = Impairment::parse(&line).map_err(|problem| format!("{flag}: {}", problem.words))?;
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

/// The impairments of the short flags, each as it was written and as a line.
fn lines(asked: &TapArguments) -> Result<Vec<(String, String)>, String> {
    let value = |flag: &str, value: &Option<String>| match value.as_deref().map(str::trim) {
        // An empty variable of a shell's is no wish.
        Some("") => Err(format!("--{flag} \"\": write a value behind it")),
        Some(value) => Ok(Some(value.to_owned())),
        None => Ok(None),
    };
    let mut lines = Vec::new();
    let (delay, jitter) = (value("delay", &asked.delay)?, value("jitter", &asked.jitter)?);
    if delay.is_some() || jitter.is_some() {
        let written = [("delay", &delay), ("jitter", &jitter)];
        let written = written.into_iter().filter_map(|(flag, value)| Some(format!("--{flag} {}", value.as_ref()?)));
        let jitter = jitter.as_ref().map(|jitter| format!(" jitter {jitter}")).unwrap_or_default();
        let line = format!("delay {}{jitter} {}", delay.as_deref().unwrap_or("0ms"), asked.distribution);
        lines.push((written.collect::<Vec<_>>().join(" "), line));
    }
    for (flag, asked) in [
        ("bandwidth", &asked.bandwidth),
        ("loss", &asked.loss),
        ("duplicate", &asked.duplicate),
        ("reorder", &asked.reorder),
        ("corrupt", &asked.corrupt),
        ("slice", &asked.slice),
        ("limit", &asked.limit),
    ] {
        if let Some(value) = value(flag, asked)? {
            lines.push((format!("--{flag} {value}"), format!("{flag} {value}")));
        }
    }
    Ok(lines)
}

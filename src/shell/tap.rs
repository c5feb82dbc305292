//! `wirelab tap`: a tap without a screen, each frame told as it is seen.

use std::process::ExitCode;

use super::arguments::TapArguments;
use super::headless::{self, Form, Lab};
use super::telling::{self, Frames, Heard, Stage, Wanted};
use super::{USAGE, say};
use crate::app::pane::servers;
use crate::contract::{ServerSpec, Shaping, WhenTaken};
use crate::impair::{Impairment, profile};
use crate::model::Endpoint;

/// `wirelab tap`.
///
/// # Errors
/// The process has no thread left, or cannot hear signals.
pub fn run(asked: &TapArguments) -> anyhow::Result<ExitCode> {
    let read = read(asked).and_then(|read| Ok((read, Wanted::of(&asked.end, Heard::Both)?)));
    let ((spec, shaping), wanted) = match read {
        Ok(read) => read,
        Err(words) => {
            say(&words);
            return Ok(ExitCode::from(USAGE));
        }
    };
    let mut lab = Lab::new(&asked.telling)?.that_listens();
    let node = servers::add(&mut lab.engine.state, &asked.name, spec);
    if let Some(server) = lab.engine.state.world.server_mut(node) {
        server.shaping = shaping;
    }
    lab.effects = servers::start(&mut lab.engine.state, node);
    let mut frames = Frames::new(Some(node), Form::of(&asked.telling), Stage::Coming, wanted);
    let end = headless::run(lab, &mut frames)?;
    Ok(telling::status(end, &frames))
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

//! `wirelab serve`: one server without a screen, each frame told as it is seen.

use std::process::ExitCode;

use super::arguments::ServeArguments;
use super::headless::{self, Form, Lab};
use super::telling::{self, Frames, Heard, Stage, Wanted};
use super::{USAGE, say};
use crate::app::pane::servers;
use crate::app::server_form;

/// `wirelab serve`.
///
/// # Errors
/// The process has no thread left, or cannot hear signals.
pub fn run(asked: &ServeArguments) -> anyhow::Result<ExitCode> {
    let argument = asked.argument.as_deref().unwrap_or("");
    let read = server_form::described(&asked.url, asked.behaviour.as_deref(), argument)
        .and_then(|described| Ok((described, Wanted::of(&asked.end, Heard::In)?)));
    let ((name, spec), wanted) = match read {
        Ok(read) => read,
        Err(words) => {
            say(&words);
            return Ok(ExitCode::from(USAGE));
        }
    };
    let mut lab = Lab::new(&asked.telling)?.that_listens();
    let node = servers::add(&mut lab.engine.state, asked.name.as_deref().unwrap_or(&name), spec);
    lab.effects = servers::start(&mut lab.engine.state, node);
    let mut frames = Frames::new(Some(node), Form::of(&asked.telling), Stage::Coming, wanted);
    let end = headless::run(lab, &mut frames)?;
    Ok(telling::status(end, &frames))
}

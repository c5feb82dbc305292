//! `wirelab run`: a lab file without a screen, told frame by frame to its verdict.

use std::io::{self, Write};
use std::process::ExitCode;

use serde_json::json;

use super::arguments::RunArguments;
use super::headless::{self, End, Form, Lab, Teller};
use super::ink::{Ink, Inks};
use super::telling::{Frames, Heard, Stage, Wanted};
use super::{USAGE, lab_file, say};
use crate::app::lab::Verdict;
use crate::app::overlay::Overlay;
use crate::app::recording::Unasked;
use crate::app::world::World;
use crate::app::{Effect, Msg, State};
use crate::contract::{NetEvent, NetFact};
use crate::model::Timestamp;
use crate::net::report::now;

/// `wirelab run`.
///
/// # Errors
/// The process has no thread left, or cannot hear signals.
pub fn run(asked: &RunArguments) -> anyhow::Result<ExitCode> {
    let wanted = Wanted::of(&asked.end, Heard::Both);
    let (lab, wanted) = match (lab_file::read(&asked.file), wanted) {
        (Ok(lab), Ok(wanted)) => (lab, wanted),
        (Err(problems), _) => {
            lab_file::tell(&problems);
            return Ok(ExitCode::from(USAGE));
        }
        (Ok(_), Err(words)) => {
            say(&words);
            return Ok(ExitCode::from(USAGE));
        }
    };
    let mut running = Lab::new(&asked.telling)?.that_listens();
    let settings = &mut running.engine.state.recording.settings;
    settings.unasked = Unasked::No;
    if asked.telling.record.is_none()
        && let Some(record) = &lab.record
    {
        settings.file = Some(record.file.clone());
        settings.ring = record.ring;
    }
    running.watched = Some(lab_file::Watched::new(&asked.file));
    running.begin = Some(Msg::Lab { file: asked.file.clone(), lab: Box::new(lab) });
    let form = Form::of(&asked.telling);
    let frames = Frames::new(None, form, Stage::Running, wanted);
    let ends = &asked.end;
    let is_endless = ends.count.is_none() && ends.until.is_none() && ends.expect.is_none();
    let is_endless = is_endless && asked.telling.time.is_none() && form != Form::Quiet;
    let mut course = Course { frames, form, standing: Standing::Rising, unfinished: None, is_endless };
    let end = headless::run(running, &mut course)?;
    Ok(course.status(end))
}

/// How the lab goes.
struct Course {
    frames: Frames,
    form: Form,
    standing: Standing,
    /// What was found so far, while something it expects is open or has failed.
    unfinished: Option<Verdict>,
    /// Whether nobody has said when it is to end.
    is_endless: bool,
}

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Standing {
    /// Not all that is to listen does.
    Rising,
    /// All does.
    Up,
    /// It is over; how many expectations did not hold, in all.
    Over(usize),
}

impl Teller for Course {
    fn tell(&mut self, world: &World, event: &NetEvent, out: &mut dyn Write) -> Result<(), End> {
        self.frames.tell_new(world, out)?;
        // Nothing is half done: when one cannot listen at first, none goes on.
        if let (NetFact::Failed(trouble), Standing::Rising, Some(_)) =
            (&event.fact, &self.standing, world.server(event.node))
        {
            return Err(End::Failed(format!("{}: {trouble}", world.name(event.node))));
        }
        Ok(())
    }

    fn after(&mut self, state: &mut State, out: &mut dyn Write) -> Result<Vec<Effect>, End> {
        self.frames.tell_new(&state.world, out)?;
        let Some(lab) = &state.lab else { return Ok(Vec::new()) };
        if self.standing == Standing::Rising && lab.time(state.now).is_some() {
            self.standing = Standing::Up;
            if self.is_endless && !lab.has_an_end() {
                say("nothing in this lab comes to an end; ctrl-c ends it");
            }
        }
        if !lab.verdict.is_over {
            let is_unfinished = lab.is_undecided() || !lab.verdict.failed.is_empty();
            self.unfinished = is_unfinished.then(|| lab.verdict.clone());
            return Ok(Vec::new());
        }
        if let (Some(Overlay::Ask(_, words)), Some(lab)) = (&state.overlay, &mut state.lab) {
            // On a screen somebody would have answered it, or another through the control socket.
            lab.verdict.failed.push(format!("nobody answered: {words}"));
        }
        let Some(lab) = &state.lab else { return Ok(Vec::new()) };
        self.standing = Standing::Over(lab.verdict.failed.len());
        let words = lab.verdict.words();
        let written = tell(self.form, (&lab.verdict, &words), state.now, out);
        written.map_err(|error| End::of_writing(&error))?;
        Err(End::Enough)
    }
}

impl Course {
    fn status(&self, end: End) -> ExitCode {
        match (end, &self.standing) {
            (End::Failed(words), _) => {
                say(&words);
                ExitCode::FAILURE
            }
            (_, Standing::Over(0)) => ExitCode::SUCCESS,
            (_, Standing::Over(_)) => ExitCode::FAILURE,
            (End::Enough | End::Signal, Standing::Rising | Standing::Up) if self.unfinished.is_some() => {
                if let Some(verdict) = &self.unfinished {
                    let words = verdict.words_before_the_end();
                    let _ = tell(self.form, (verdict, &words), now(), &mut io::stdout());
                }
                ExitCode::FAILURE
            }
            (end, Standing::Rising | Standing::Up) => super::telling::status(end, &self.frames),
        }
    }
}

/// Tells a verdict, in words that say how it stands.
fn tell(form: Form, (verdict, words): (&Verdict, &str), at: Timestamp, out: &mut dyn Write) -> io::Result<()> {
    if form == Form::Json {
        let (held, failed) = (verdict.held, &verdict.failed);
        let told = json!({
            "at": at.rfc3339(), "kind": "verdict", "held": held, "failed": failed, "over": verdict.is_over,
        });
        return writeln!(out, "{told}");
    }
    let inks = Inks::of_standard_output();
    let ink = if verdict.failed.is_empty() && verdict.is_over { Ink::Good } else { Ink::Bad };
    for words in &verdict.failed {
        writeln!(out, "{}", inks.paint(ink, &format!("failed: {words}")))?;
    }
    writeln!(out, "{}", inks.paint(ink, words))
}

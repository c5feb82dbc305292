//! The requests of an `.http` file without a screen: a line each with what came of it, or of one its answer's body.

use std::io::Write;
use std::process::ExitCode;

use regex::bytes::Regex;
use serde_json::json;

use super::{Body, Writing};
use crate::app::requests::{Answered, Outcome, Requests};
use crate::app::world::World;
use crate::app::{Effect, State};
use crate::collection::{self, Chosen, Course, Ready};
use crate::contract::{NetEvent, NetFact};
use crate::model::{Timestamp, span, visible};
use crate::shell::arguments::HttpArguments;
use crate::shell::headless::{self, End, Form, Teller};
use crate::shell::ink::{Ink, Inks};
use crate::shell::lab_file::Disk;
use crate::shell::telling::{Frames, Stage, Wanted};
use crate::shell::{USAGE, say};
use crate::ui::size_in_words;

/// How the names of such files end.
const ENDINGS: [&str; 2] = [".http", ".rest"];

/// Columns of a status with its reason; most reasons fit.
const STATUS: usize = 18;

/// Columns of a size, which never has more.
const SIZE: usize = 9;

/// Columns of a time, which never has more.
const TIME: usize = 7;

/// The file, and the request in it, that are meant: `api.http`, `api.http#login`.
pub fn meant(words: &[String]) -> Option<(&str, Option<&str>)> {
    let [word] = words else { return None };
    let (file, request) = word.split_once('#').map_or((word.as_str(), None), |(file, request)| (file, Some(request)));
    let is_file = !file.contains("://") && ENDINGS.iter().any(|ending| file.ends_with(ending));
    is_file.then_some((file, request))
}

/// Makes the requests.
///
/// # Errors
/// The process has no thread left, or cannot hear signals.
pub fn run(asked: &HttpArguments, file: &str, request: Option<&str>) -> anyhow::Result<ExitCode> {
    let (course, expected) = match read(asked, file, request) {
        Ok(read) => read,
        Err(problems) => {
            for words in problems {
                say(&words);
            }
            return Ok(ExitCode::from(USAGE));
        }
    };
    let writing = Writing::of(asked);
    let (lab, node) = super::lab(asked)?;
    let form = Form::of(&asked.telling);
    let mut telling = Telling {
        frames: Frames::new(Some(node), form, Stage::Running, Wanted::default()),
        form,
        file: file.to_owned(),
        requests: Requests::new(node, course, super::verification(asked)),
        body: request.map(|_| Body::new(writing, expected)),
        inks: if request.is_some() { Inks::Plain } else { Inks::of_standard_output() },
        fails: asked.fail,
        count: 0,
        held: 0,
        failed: Vec::new(),
    };
    let end = headless::run(lab, &mut telling)?;
    let words = match end {
        End::Failed(words) => Some(words),
        End::Signal => Some("it was given up".to_owned()),
        End::Enough if !telling.requests.is_over() => Some("not all was answered in time".to_owned()),
        End::Enough if !telling.failed.is_empty() => return Ok(ExitCode::FAILURE),
        End::Enough | End::Unread => telling.body.as_ref().and_then(Body::disappoints),
    };
    Ok(super::status(words))
}

/// What is to be asked, and what its body is to match.
///
/// # Errors
/// All that is wrong, a line each.
fn read(asked: &HttpArguments, file: &str, request: Option<&str>) -> Result<(Course, Option<Regex>), Vec<String>> {
    let one = |words: String| vec![words];
    if asked.verbose {
        return Err(one("-v is for a URL; a file's requests tell their times anyway".to_owned()));
    }
    let of_one = [("-i", asked.include), ("-o", asked.output.is_some()), ("--expect", asked.expect.is_some())];
    let strange = of_one.iter().find(|(_, is_there)| *is_there && request.is_none());
    if let Some((flag, _)) = strange {
        return Err(one(format!("{flag} is for one request; name it: {file}#NAME")));
    }
    if asked.data.is_some() {
        return Err(one("-d does not go with a file: bodies stand in it".to_owned()));
    }
    let mut chosen = Chosen {
        request: request.map(str::to_owned),
        environment: asked.env.clone(),
        headers: super::headers(asked).map_err(one)?,
        ..Chosen::default()
    };
    for variable in &asked.variables {
        let Some((name, value)) = variable.split_once('=') else {
            return Err(one(format!("--var {variable:?}: write NAME=VALUE")));
        };
        chosen.given.insert(name.trim().to_owned(), value.to_owned());
    }
    let expected = super::expected(asked).map_err(one)?;
    let (course, notes) = collection::open(file, &chosen, &Disk).map_err(|problems| {
        let told = problems.iter().map(|problem| format!("{file}:{}: {}", problem.line, problem.words));
        told.collect::<Vec<_>>()
    })?;
    for note in notes {
        say(&format!("{file}:{}: {}", note.line, note.words));
    }
    Ok((course, expected))
}

/// The requests, as they go.
struct Telling {
    frames: Frames,
    form: Form,
    file: String,
    requests: Requests,
    /// Of the one that is asked for, its answer's body.
    body: Option<Body>,
    inks: Inks,
    /// Whether a status of 400 or above is a failure.
    fails: bool,
    count: u64,
    held: u64,
    failed: Vec<String>,
}

/// A request that came to nothing.
struct Unanswered<'a> {
    line: usize,
    name: &'a str,
    called: String,
    why: &'a str,
}

impl Teller for Telling {
    fn tell(&mut self, world: &World, event: &NetEvent, out: &mut dyn Write) -> Result<(), End> {
        if self.form == Form::Json {
            self.frames.tell_new(world, out)?;
        }
        let NetFact::Exchange(_, fact) = &event.fact else { return Ok(()) };
        if let Some(body) = &mut self.body
            && self.requests.is_last()
        {
            body.take(fact, out)?;
        }
        match self.requests.on_exchange(fact, event.at) {
            Some(Outcome::Answered(answered)) => self.answered(&answered, event.at, out),
            Some(Outcome::Failed(ready, why)) => {
                let (line, name, called) = (ready.line, ready.name.as_str(), self.called(&ready));
                self.unanswered(&Unanswered { line, name, called, why: &why }, event.at, out)
            }
            Some(Outcome::Cancelled) => Err(End::Signal),
            None => Ok(()),
        }
    }

    fn after(&mut self, state: &mut State, out: &mut dyn Write) -> Result<Vec<Effect>, End> {
        while let Some(next) = self.requests.advance(state) {
            self.count += 1;
            match next {
                Ok(effect) => return Ok(vec![effect]),
                Err(failure) => {
                    let (line, called, why) = (failure.line, failure.written, &failure.words);
                    self.unanswered(&Unanswered { line, name: &failure.name, called, why }, state.now, out)?;
                }
            }
        }
        if self.requests.is_over() {
            self.verdict(state.now, out)?;
            return Err(End::Enough);
        }
        Ok(Vec::new())
    }
}

impl Telling {
    fn answered(&mut self, answered: &Answered, at: Timestamp, out: &mut dyn Write) -> Result<(), End> {
        let Answered { ready, status, reason, size, took, judgements } = answered;
        let mut wrong = Vec::new();
        for judgement in judgements {
            if judgement.holds {
                self.held += 1;
            } else {
                wrong.push(self.requests.masked(&format!("{}:{}: {judgement}", self.file, judgement.line)));
            }
        }
        let asks_for_status = judgements.iter().any(|judgement| judgement.words.starts_with("status"));
        if self.fails && *status >= 400 && !asks_for_status {
            wrong.push(format!("{}:{}: the answer's status is {status}", self.file, ready.line));
        }
        if self.form == Form::Json {
            let masked = |text: &str| self.requests.masked(text);
            let expected = judgements.iter().map(|found| {
                let was = found.was.as_deref().map(masked);
                json!({ "line": found.line, "words": masked(&found.words), "was": was, "holds": found.holds })
            });
            let line = json!({
                "at": at.rfc3339(), "kind": "answered", "name": ready.name, "line": ready.line,
                "method": ready.method, "url": self.requests.masked(&ready.url), "status": status, "reason": reason,
                "size": size, "took_ms": took.as_secs_f64() * 1000.0, "expected": expected.collect::<Vec<_>>(),
            });
            write(&line.to_string(), out)?;
        } else {
            let (sign, ink) = if wrong.is_empty() { ("✓", Ink::Good) } else { ("✗", Ink::Bad) };
            let reason = visible::joined(&visible::text(&format!("{status} {reason}"), STATUS));
            let of_status = if *status < 400 { Ink::Good } else { Ink::Bad };
            let (size, took) = (size_in_words(*size), span(*took));
            self.line(
                &format!(
                    "{} {} {}  {}",
                    self.inks.paint(ink, sign),
                    self.inks.paint(of_status, &format!("{reason:<STATUS$}")),
                    self.inks.paint(Ink::Faint, &format!("{size:>SIZE$} {took:>TIME$}")),
                    self.called(ready),
                ),
                out,
            )?;
        }
        self.wrong(wrong, out)
    }

    /// Tells of a request that came to nothing.
    fn unanswered(&mut self, request: &Unanswered<'_>, at: Timestamp, out: &mut dyn Write) -> Result<(), End> {
        let Unanswered { line, name, called, why } = request;
        let words = self.requests.masked(&format!("{}:{line}: {why}", self.file));
        if self.form == Form::Json {
            let told = json!({ "at": at.rfc3339(), "kind": "failed", "name": name, "line": line, "error": words });
            write(&told.to_string(), out)?;
        } else {
            let columns = STATUS + 1 + SIZE + 1 + TIME;
            let status = self.inks.paint(Ink::Bad, &format!("{:<columns$}", "no answer"));
            self.line(&format!("{} {status}  {called}", self.inks.paint(Ink::Bad, "✗")), out)?;
        }
        self.wrong(vec![words], out)
    }

    /// Tells what is not as it was to be, and counts it.
    fn wrong(&mut self, wrong: Vec<String>, out: &mut dyn Write) -> Result<(), End> {
        for words in wrong {
            match self.form {
                Form::Json => {}
                Form::Quiet => say(&words),
                Form::Text | Form::Raw => self.line(&format!("  {}", self.inks.paint(Ink::Bad, &words)), out)?,
            }
            self.failed.push(words);
        }
        Ok(())
    }

    /// A line of what came of a request; where a body is written, not among its bytes.
    fn line(&self, line: &str, out: &mut dyn Write) -> Result<(), End> {
        match (&self.form, &self.body) {
            (Form::Quiet, _) => Ok(()),
            (_, None) => write(line, out),
            (_, Some(_)) => {
                say(line);
                Ok(())
            }
        }
    }

    /// The request in a line.
    fn called(&self, ready: &Ready) -> String {
        let asked = self.requests.masked(&format!("{} {}", ready.method, ready.url));
        if ready.name.is_empty() { asked } else { format!("{asked}  {}", visible::escaped(ready.name.as_bytes())) }
    }

    fn verdict(&self, at: Timestamp, out: &mut dyn Write) -> Result<(), End> {
        if self.form == Form::Json {
            let (held, failed) = (self.held, &self.failed);
            let line = json!({ "at": at.rfc3339(), "kind": "verdict", "held": held, "failed": failed });
            return write(&line.to_string(), out);
        }
        if self.form == Form::Quiet || self.body.is_some() {
            return Ok(());
        }
        let all = self.held + self.failed.len() as u64;
        let (ink, words) = match (all, self.failed.len()) {
            (0, _) => (Ink::Faint, "nothing was expected of the answers".to_owned()),
            (1, 0) => (Ink::Good, "what was expected held".to_owned()),
            (all, 0) => (Ink::Good, format!("all {all} expectations held")),
            (all, _) => (Ink::Bad, format!("{} of {all} expectations held", self.held)),
        };
        let many = if self.count == 1 { "" } else { "s" };
        write(&self.inks.paint(ink, &format!("{} request{many}; {words}", self.count)), out)
    }
}

fn write(line: &str, out: &mut dyn Write) -> Result<(), End> {
    writeln!(out, "{line}").map_err(|error| End::of_writing(&error))
}

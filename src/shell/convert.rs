//! `wirelab convert` and what the screen saves: captures written in another form, all of them or a choice.
//!
//! | file        | what it is                                                     |
//! |-------------|----------------------------------------------------------------|
//! | `input`     | what is converted, read as often as it takes                   |
//! | `watch`     | it seen again frame by frame, and which of it is chosen        |
//! | `packets`   | packets written: pcapng and pcap                               |
//! | `exchanges` | exchanges of HTTP written: HAR                                 |

mod exchanges;
mod input;
mod packets;
mod watch;

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

pub use self::input::{Input, Part};

use self::watch::watch_all;
pub(super) use self::watch::{Chosen, Sight, watch};
use super::arguments::ConvertArguments;
use super::drawing::{self, Drawing};
use super::ink::Inks;
use super::source::{self, Asked};
use super::{files, read};
use crate::app::export::{Choice, Form};
use crate::app::world::{Reading, World};
use crate::capture::Container;
use crate::model::{FlowId, Frame, FrameKind, Side, Trouble};

/// Standard output, as it is named on the command line and told in troubles.
const STANDARD_OUTPUT: (&str, &str) = ("-", "standard output");

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// How many.
    pub count: u64,
    /// Of what: `packets`.
    pub of: &'static str,
    /// What is to be said of it.
    pub remarks: Vec<String>,
}

/// Why nothing, or not all, was written.
#[derive(Debug)]
pub enum Failure {
    /// What was given is not right.
    Input(Trouble),
    /// What is written is not taken.
    Output(io::Error),
    /// It could not be done.
    Undone(Trouble),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Output(error)
    }
}

/// Converts as the command line says; gives what is to be said.
///
/// # Errors
/// What was given is not right, the output is there already, or it takes no more.
pub fn run(arguments: &ConvertArguments, standard_output: impl Write) -> Result<Vec<String>, Failure> {
    let form = form(arguments)?;
    let choice = Choice { filter: arguments.filter.clone(), flow: arguments.flow.map(FlowId), numbers: None };
    let asked = Asked::of(&arguments.input).map_err(Failure::Input)?;
    if let Asked::Interface(name) = &asked {
        let remedy = format!("record it first: `wirelab open {name}`, then :save");
        return Err(Failure::Input(Trouble::new("convert", name, "it is an interface, which has no end", remedy)));
    }
    let path = Path::new(&arguments.output);
    let is_file = arguments.output != STANDARD_OUTPUT.0;
    if is_file && !arguments.force && files::is_there(path) {
        let remedy = "name another, or say --force to replace it";
        return Err(Failure::Undone(Trouble::new("save", path.display(), "there is such a file already", remedy)));
    }
    let mut input = Input::of_source(source::open(&asked).map_err(Failure::Input)?);
    let done = if is_file {
        to_file(&mut input, form, &choice, path)?
    } else {
        to_stream(&mut input, form, &choice, standard_output)?
    };
    if let Some(trouble) = input.trouble() {
        return Err(Failure::Undone(trouble.clone()));
    }
    // Where packets are copied, that has told of the damage already.
    let damage = input.damage().filter(|words| !done.remarks.iter().any(|known| known.contains(words)));
    let remarks = done.remarks.iter().map(String::as_str).chain(damage);
    Ok(remarks.map(|words| format!("{}: {words}", input.name)).collect())
}

fn form(arguments: &ConvertArguments) -> Result<Form, Failure> {
    let wrong =
        |why: String, remedy: String| Failure::Input(Trouble::new("convert to", &arguments.output, why, remedy));
    if let Some(name) = &arguments.to {
        let unknown = || wrong(format!("{name} is no form that is written"), format!("forms are {}", Form::names()));
        return Form::named(name.trim_start_matches('.')).ok_or_else(unknown);
    }
    Form::of(Path::new(&arguments.output)).ok_or_else(|| {
        let remedy = format!("let its name end in {}, or say --to FORM", Form::names());
        wrong("its name does not say in which form".into(), remedy)
    })
}

/// Converts to standard output.
fn to_stream(input: &mut Input, form: Form, choice: &Choice, out: impl Write) -> Result<Done, Failure> {
    let mut out = BufWriter::new(out);
    let written = perform(input, form, choice, &mut out).and_then(|done| Ok(out.flush().map(|()| done)?));
    match written {
        // Whoever reads has had enough: `wirelab convert … | head`.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            Ok(Done { count: 0, of: "", remarks: Vec::new() })
        }
        Err(Failure::Output(error)) => {
            Err(Failure::Undone(files::from_io("write", Path::new(STANDARD_OUTPUT.1), &error)))
        }
        other => other,
    }
}

/// Converts to a file, which is there whole or not at all.
fn to_file(input: &mut Input, form: Form, choice: &Choice, path: &Path) -> Result<Done, Failure> {
    let mut outcome = None;
    let saved = files::save_with(path, |file| {
        let mut out = BufWriter::new(file);
        match perform(input, form, choice, &mut out) {
            Ok(done) => {
                outcome = Some(Ok(done));
                out.flush()
            }
            Err(Failure::Output(error)) => Err(error),
            Err(failure) => {
                outcome = Some(Err(failure));
                Err(io::ErrorKind::Other.into())
            }
        }
    });
    match (outcome, saved) {
        (Some(Err(failure)), _) => Err(failure),
        (_, Err(trouble)) => Err(Failure::Undone(trouble)),
        (Some(Ok(done)), Ok(_)) => Ok(done),
        (None, Ok(path)) => Err(Failure::Undone(Trouble::new("save", path.display(), "nothing was written", ""))),
    }
}

/// Saves for the screen.
///
/// # Errors
/// As [`run`].
pub fn save(input: &mut Input, form: Form, choice: &Choice, path: &Path) -> Result<(PathBuf, Done), Trouble> {
    let trouble = |failure| match failure {
        Failure::Input(trouble) | Failure::Undone(trouble) => trouble,
        Failure::Output(error) => files::from_io("save", path, &error),
    };
    let done = to_file(input, form, choice, path).map_err(trouble)?;
    input.trouble().map_or(Ok((path.to_owned(), done)), |trouble| Err(trouble.clone()))
}

fn perform(input: &mut Input, form: Form, choice: &Choice, out: &mut dyn Write) -> Result<Done, Failure> {
    match form {
        Form::Pcapng => packets::write(input, choice, Container::Pcapng, out),
        Form::Pcap => packets::write(input, choice, Container::Pcap, out),
        Form::Har => exchanges::write(input, choice, out),
        Form::Jsonl => frames(input, choice, out, "frames", &mut |world, frame, out| {
            writeln!(out, "{}", read::json(world, frame)).map(|()| 1)
        }),
        Form::Text => {
            let mut writer = read::Writer::new(Inks::Plain);
            frames(input, choice, out, "frames", &mut |world, frame, out| {
                writeln!(out, "{}", writer.line(world, frame)).map(|()| 1)
            })
        }
        Form::Svg => draw(input, choice, Drawing::Svg, out),
        Form::Mermaid => draw(input, choice, Drawing::Mermaid, out),
        Form::Sent(side) => frames(input, choice, out, "bytes", &mut |world, frame, out| sent(world, frame, side, out)),
    }
}

/// Writes a frame; gives how much that was.
type Tell<'a> = &'a mut dyn FnMut(&World, &Frame, &mut dyn Write) -> io::Result<u64>;

fn frames(
    input: &mut Input,
    choice: &Choice,
    out: &mut dyn Write,
    of: &'static str,
    tell: Tell<'_>,
) -> Result<Done, Failure> {
    let mut count = 0;
    watch(input, choice, Reading::Decoded, &mut |scene, sight| {
        match sight {
            Sight::Frame(frame, _, Chosen::Yes) => count += tell(scene.world, frame, out)?,
            Sight::Pause => out.flush()?,
            Sight::Frame(_, _, Chosen::No)
            | Sight::Packet(..)
            | Sight::Arrived(..)
            | Sight::Remarked(_)
            | Sight::Secrets(_)
            | Sight::Own
            | Sight::Foreign => {}
        }
        Ok(())
    })?;
    Ok(Done { count, of, remarks: Vec::new() })
}

/// Draws the ladder of the frames that are chosen.
fn draw(input: &mut Input, choice: &Choice, drawing: Drawing, out: &mut dyn Write) -> Result<Done, Failure> {
    let mut drawn = drawing::Frames::default();
    let world = watch_all(input, choice, drawing::MEMORY, &mut |sight| {
        if let Sight::Frame(frame, _, Chosen::Yes) = sight {
            drawn.take(frame.number);
        }
    })?;
    if drawn.count(&world) == 0 && (choice.flow.is_some() || !choice.filter.is_empty()) {
        return Err(Failure::Undone(drawing::nothing(&input.name)));
    }
    out.write_all(drawn.draw(&world, drawing).as_bytes())?;
    let remarks = drawn.trouble(&world).map(|trouble| trouble.to_string()).into_iter().collect();
    Ok(Done { count: drawn.count(&world), of: "frames", remarks })
}

fn sent(world: &World, frame: &Frame, side: Side, out: &mut dyn Write) -> io::Result<u64> {
    let FrameKind::Data { direction, payload } = &frame.kind else { return Ok(0) };
    let flow = frame.flow.and_then(|flow| world.flow(flow));
    if flow.and_then(|flow| flow.sender(frame.node, *direction)) != Some(side) {
        return Ok(0);
    }
    out.write_all(payload).map(|()| payload.len() as u64)
}

//! `wirelab http`: one request without a screen, whose answer's body is what is written; or those of a `collection`, an
//! `.http` file.

mod collection;

use std::fs::{self, File};
use std::io::{self, IsTerminal, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use bytes::Bytes;
use regex::bytes::Regex;

use super::arguments::HttpArguments;
use super::headless::{self, End, Form, Lab, Teller};
use super::telling::{Frames, Stage, Wanted, shown};
use super::{USAGE, files, say};
use crate::app::Effect;
use crate::app::world::World;
use crate::collection::absolute;
use crate::contract::{ExchangeFact, HttpBody, HttpRequest, NetCommand, NetEvent, NetFact, Verification};
use crate::model::{ExchangeId, NodeId, Timestamp, span};

/// Bytes of a body in which what is expected is looked for.
const LOOKED_THROUGH: usize = 16 * 1024 * 1024;

/// What the node is called in what is told and recorded.
const NAME: &str = "http";

/// `wirelab http`.
///
/// # Errors
/// The process has no thread left, or cannot hear signals.
pub fn run(asked: &HttpArguments) -> anyhow::Result<ExitCode> {
    if let Some((file, request)) = collection::meant(&asked.request) {
        return collection::run(asked, file, request);
    }
    let (request, expected) = match read(asked) {
        Ok(read) => read,
        Err(words) => {
            say(&words);
            return Ok(ExitCode::from(USAGE));
        }
    };
    let writing = Writing::of(asked);
    let (mut lab, node) = lab(asked)?;
    lab.effects = vec![Effect::Net(NetCommand::Fetch(node, ExchangeId(1), request))];
    let form = Form::of(&asked.telling);
    let mut exchange = Exchange {
        frames: Frames::new(Some(node), form, Stage::Running, Wanted::default()),
        form,
        body: Body::new(writing, expected),
        status: 0,
        phases: Vec::new(),
    };
    let end = headless::run(lab, &mut exchange)?;
    if asked.verbose {
        exchange.tell_phases();
    }
    Ok(status(match end {
        End::Failed(words) => Some(words),
        End::Signal => Some("it was given up".to_owned()),
        End::Enough if exchange.status == 0 => Some("no answer came in time".to_owned()),
        End::Enough | End::Unread if asked.fail && exchange.status >= 400 => {
            Some(format!("the answer's status is {}", exchange.status))
        }
        End::Enough | End::Unread => exchange.body.disappoints(),
    }))
}

/// A lab with a node that makes requests.
fn lab(asked: &HttpArguments) -> io::Result<(Lab, NodeId)> {
    let mut lab = Lab::new(&asked.telling)?;
    let node = lab.engine.state.world.new_node(NAME);
    Ok((lab, node))
}

/// What went wrong, said, as the system is told it.
fn status(wrong: Option<String>) -> ExitCode {
    match wrong {
        None => ExitCode::SUCCESS,
        Some(words) => {
            say(&words);
            ExitCode::FAILURE
        }
    }
}

fn verification(asked: &HttpArguments) -> Verification {
    if asked.insecure { Verification::Off } else { Verification::On }
}

/// What is to be asked, and what its answer is to match.
fn read(asked: &HttpArguments) -> Result<(HttpRequest, Option<Regex>), String> {
    let usual = if asked.data.is_some() { "POST" } else { "GET" };
    let (method, url) = match &asked.request[..] {
        [method, url] => (method.as_str(), url),
        [url] => (usual, url),
        _ => return Err("write a URL".to_owned()),
    };
    let strange = [("--env", asked.env.is_some()), ("--var", !asked.variables.is_empty())];
    if let Some((flag, _)) = strange.iter().find(|(_, is_there)| *is_there) {
        return Err(format!("{flag} is for an .http file, and {url} is none"));
    }
    let url = absolute(url)?;
    let headers = headers(asked)?;
    let body = body(asked.data.as_deref())?;
    let (verification, patience) = (verification(asked), HttpRequest::PATIENCE);
    let request = HttpRequest { method: method.to_owned(), url, headers, body, verification, patience };
    Ok((request, expected(asked)?))
}

fn headers(asked: &HttpArguments) -> Result<Vec<(String, String)>, String> {
    let field = |field: &String| {
        let (name, value) = field.split_once(':').ok_or_else(|| format!("-H {field:?}: write NAME: VALUE"))?;
        Ok((name.trim().to_owned(), value.trim().to_owned()))
    };
    asked.headers.iter().map(field).collect()
}

fn expected(asked: &HttpArguments) -> Result<Option<Regex>, String> {
    asked.expect.as_deref().map(|text| Regex::new(text).map_err(|error| format!("--expect: {error}"))).transpose()
}

fn body(data: Option<&str>) -> Result<HttpBody, String> {
    match data {
        None => Ok(HttpBody::Bytes(Bytes::new())),
        Some("-") => {
            let mut body = Vec::new();
            io::stdin().read_to_end(&mut body).map_err(|error| format!("cannot read standard input: {error}"))?;
            Ok(HttpBody::Bytes(body.into()))
        }
        Some(data) => match data.strip_prefix('@') {
            Some(file) if fs::metadata(file).is_ok_and(|found| found.is_file()) => Ok(HttpBody::File(file.to_owned())),
            Some(file) => Err(format!("-d @{file}: there is no such file")),
            None => Ok(HttpBody::Bytes(data.to_owned().into())),
        },
    }
}

/// Whether the answer's head is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Head {
    Written,
    Left,
}

/// Where an answer is written, and what of it.
struct Writing {
    form: Form,
    head: Head,
    /// Where the body goes, if not to standard output.
    path: Option<PathBuf>,
    /// That file, once an answer has come: one that is there stays as it is when none does.
    file: Option<File>,
}

impl Writing {
    fn of(asked: &HttpArguments) -> Self {
        let head = if asked.include { Head::Written } else { Head::Left };
        Self { form: Form::of(&asked.telling), head, path: asked.output.clone(), file: None }
    }

    /// An answer comes: the file it goes to is made, or emptied.
    fn begin(&mut self) -> Result<(), End> {
        let create = |path: &PathBuf| File::create(path).map_err(|error| files::from_io("write", path, &error));
        let file = self.path.as_ref().map(create).transpose();
        self.file = file.map_err(|trouble| End::Failed(trouble.to_string()))?;
        Ok(())
    }

    /// Writes what came as it is; to a terminal what shows it.
    fn write(&mut self, bytes: &[u8], out: &mut dyn Write) -> Result<(), End> {
        let written = match &mut self.file {
            Some(file) => file.write_all(bytes),
            None if io::stdout().is_terminal() => out.write_all(shown(bytes).as_bytes()),
            None => out.write_all(bytes),
        };
        written.map_err(|error| End::of_writing(&error))
    }
}

/// An answer as it is written, and looked through.
struct Body {
    writing: Writing,
    expected: Option<Regex>,
    /// What is looked through.
    seen: Vec<u8>,
}

impl Body {
    fn new(writing: Writing, expected: Option<Regex>) -> Self {
        Self { writing, expected, seen: Vec::new() }
    }

    fn take(&mut self, fact: &ExchangeFact, out: &mut dyn Write) -> Result<(), End> {
        let is_text = self.writing.form == Form::Text;
        if matches!(fact, ExchangeFact::Head { .. }) {
            self.writing.begin()?;
        }
        if let ExchangeFact::Head { version, status, reason, headers } = fact
            && self.writing.head == Head::Written
            && is_text
        {
            let fields = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
            let head = [format!("{version} {status} {reason}\r\n")].into_iter().chain(fields);
            self.writing.write((head.collect::<Vec<_>>().concat() + "\r\n").as_bytes(), out)?;
        }
        let ExchangeFact::Body(bytes) = fact else { return Ok(()) };
        if self.expected.is_some() {
            let room = LOOKED_THROUGH.saturating_sub(self.seen.len()).min(bytes.len());
            self.seen.extend_from_slice(&bytes[..room]);
        }
        if is_text || self.writing.file.is_some() {
            self.writing.write(bytes, out)?;
        }
        Ok(())
    }

    /// Why it is not as it was to be.
    fn disappoints(&self) -> Option<String> {
        let expected = self.expected.as_ref().filter(|expected| !expected.is_match(&self.seen))?;
        Some(format!("the body does not match {:?}", expected.as_str()))
    }
}

/// The exchange, as it goes.
struct Exchange {
    frames: Frames,
    form: Form,
    body: Body,
    /// 0 before it came.
    status: u16,
    /// What each phase's end is called, and when it was.
    phases: Vec<(&'static str, Timestamp)>,
}

impl Teller for Exchange {
    fn tell(&mut self, world: &World, event: &NetEvent, out: &mut dyn Write) -> Result<(), End> {
        if self.form == Form::Json {
            self.frames.tell_new(world, out)?;
        }
        let NetFact::Exchange(_, fact) = &event.fact else { return Ok(()) };
        self.body.take(fact, out)?;
        let phase = match fact {
            ExchangeFact::Started => "began",
            ExchangeFact::Resolved => "name looked up",
            ExchangeFact::Connected => "connected",
            ExchangeFact::Secured(_) => "TLS",
            ExchangeFact::Sent => "sent",
            ExchangeFact::Head { status, .. } => {
                self.status = *status;
                "answered"
            }
            ExchangeFact::Body(_) | ExchangeFact::Trailers(_) => return Ok(()),
            ExchangeFact::Done => {
                self.phases.push(("whole", event.at));
                return Err(End::Enough);
            }
            ExchangeFact::Failed(trouble) => return Err(End::Failed(trouble.to_string())),
            ExchangeFact::Cancelled => return Err(End::Signal),
        };
        self.phases.push((phase, event.at));
        Ok(())
    }
}

impl Exchange {
    /// How long each phase took.
    fn tell_phases(&self) {
        say(&format!("status {}", self.status));
        for pair in self.phases.windows(2) {
            if let [(_, before), (name, at)] = pair {
                say(&format!("{name:<15} {:>10}", span(at.since(*before))));
            }
        }
        if let (Some((_, first)), Some((_, last))) = (self.phases.first(), self.phases.last()) {
            say(&format!("{:<15} {:>10}", "in all", span(last.since(*first))));
        }
    }
}

//! A lab file and those it includes, read: the whole lab, or all that is wrong.

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use toml::de::DeTable;

use super::entry::{self, Reading, Table, Text};
use super::section::{self, IMPAIR, Section, Takes};
use super::{
    Asked, Client, Count, Expect, Expectation, Lab, Problem, Record, Request, Send, Server, Sources, Start, Step, Then,
};
use crate::behaviour;
use crate::collection::{self, Chosen, Operator, Piece, Subject};
use crate::contract::{CastSpec, ClientSpec, Hold, Shaping, TlsSpec, Verification, WhenDown};
use crate::filter::Filter;
use crate::impair::{Impairment, PROFILES, Profile, profile};
use crate::model::payload::{Fill, LineEnding, Notation, compose};
use crate::model::{Endpoint, Scheme, Timestamp, nearest, size};

/// The most files a lab is made of; a lab is read by people.
const MOST_FILES: usize = 32;

/// The most nodes, requests and steps; the screen lists them.
const MOST_PARTS: usize = 1000;

/// How often something is sent at most, as with the screen's repeat.
const MOST_TIMES: u64 = 1_000_000;

/// How long something may take to come when nothing is said.
const PATIENCE: Duration = Duration::from_secs(5);

/// Reads a lab: its text, the name of its file, and what it takes from elsewhere.
///
/// # Errors
/// All that is wrong with it, in the order of its files.
pub fn read(file: &str, text: &str, sources: &dyn Sources) -> Result<Lab, Vec<Problem>> {
    let mut made = Made { lab: Lab::default(), names: HashMap::new(), places: HashMap::new(), files: Vec::new() };
    let mut problems = Vec::new();
    made.file(file, text, sources, &mut problems);
    made.lab.steps.sort_by_key(|step| step.at);
    if problems.is_empty() { Ok(made.lab) } else { Err(problems) }
}

/// What was read so far.
struct Made {
    lab: Lab,
    /// The nodes' names, and the files they are in.
    names: HashMap<String, String>,
    /// Where servers listen.
    places: HashMap<String, String>,
    /// The files that were read.
    files: Vec<String>,
}

impl Made {
    fn file(&mut self, file: &str, text: &str, sources: &dyn Sources, problems: &mut Vec<Problem>) {
        self.files.push(file.to_owned());
        let mut found = Vec::new();
        let mut reading = Reading { file, text, sources, problems: &mut found };
        let (table, errors) = DeTable::parse_recoverable(text);
        let is_broken = !errors.is_empty();
        for error in errors {
            let at = error.span().map_or(0, |span| span.start);
            reading.wrong(at, error.message().to_owned());
        }
        if !is_broken {
            self.whole(&mut reading, table.get_ref());
        }
        found.sort_by_key(|problem| (problem.problem.line, problem.problem.column));
        // What is included has told its own, before.
        problems.append(&mut found);
    }

    fn whole(&mut self, reading: &mut Reading<'_>, table: &DeTable<'_>) {
        let top = Table::new(reading, &section::LAB, 0, table);
        for include in top.texts(reading, "include") {
            self.include(reading, &include);
        }
        if let Some(title) = top.text(reading, "title") {
            self.lab.title = title.text;
        }
        let seed = top.number("seed").unwrap_or(0);
        for record in parts(reading, &top, "record") {
            self.lab.record = record_of(reading, &record);
        }
        for server in parts(reading, &top, "server") {
            let server = self.server(reading, &server);
            self.lab.servers.extend(server);
        }
        for tap in parts(reading, &top, "tap") {
            let tap = self.tap(reading, &tap, seed);
            self.lab.servers.extend(tap);
        }
        for client in parts(reading, &top, "client") {
            let client = self.client(reading, &client);
            self.lab.clients.extend(client);
        }
        for (number, request) in parts(reading, &top, "http").iter().enumerate() {
            let request = request_of(reading, request, number + 1);
            self.lab.requests.extend(request);
        }
        for step in parts(reading, &top, "step") {
            let step = self.step(reading, &step);
            self.lab.steps.push(step);
        }
    }

    fn include(&mut self, reading: &mut Reading<'_>, include: &Text) {
        let path = reading.sources.beside(reading.file, &include.text);
        if self.files.contains(&path) {
            return reading.wrong(include.at, format!("{} is included twice, or by itself", include.text));
        }
        if self.files.len() >= MOST_FILES {
            return reading.wrong(include.at, format!("a lab is made of {MOST_FILES} files at most"));
        }
        let read = reading.sources.read(&path);
        match read.and_then(|bytes| String::from_utf8(bytes.into()).map_err(|_| "it is no text in UTF-8".to_owned())) {
            Ok(text) => self.file(&path, &text, reading.sources, reading.problems),
            Err(why) => reading.wrong(include.at, format!("cannot include {}: {why}", include.text)),
        }
    }

    /// The name of a node, which no other may have.
    fn name(&mut self, reading: &mut Reading<'_>, table: &Table<'_>) -> Option<String> {
        let name = table.text(reading, "name")?;
        if name.text.trim().is_empty() || name.text.contains(char::is_whitespace) {
            reading.wrong(name.at, "a name is a word without blanks");
            return None;
        }
        if let Some(file) = self.names.insert(name.text.clone(), reading.file.to_owned()) {
            reading.wrong(name.at, format!("there is a node called {:?} already, in {file}", name.text));
        }
        Some(name.text)
    }

    /// Where a server listens; no other may be there.
    fn listen(
        &mut self,
        reading: &mut Reading<'_>,
        table: &Table<'_>,
        name: Option<&str>,
        plain: Scheme,
    ) -> Option<Endpoint> {
        let listen = table.read(reading, "listen", |text| endpoint(text, plain))?;
        if listen.port() != Some(0) {
            let place =
                format!("{:?} {}", listen.scheme.transport(), listen.to_string().split("://").nth(1).unwrap_or(""));
            let owner = name.unwrap_or_default().to_owned();
            if let Some(other) = self.places.insert(place, owner) {
                reading.wrong(table.at("listen"), format!("{other:?} listens on {listen} already"));
            }
        }
        Some(listen)
    }

    fn server(&mut self, reading: &mut Reading<'_>, table: &Table<'_>) -> Option<Server> {
        let name = self.name(reading, table);
        let behaviour = table.text(reading, "behaviour");
        let http = behaviour.as_ref().and_then(|behaviour| behaviour::kind(&behaviour.text));
        let is_http = http.is_some_and(|kind| matches!(kind.make, behaviour::Make::Http(_)));
        let listen = self.listen(reading, table, name.as_deref(), if is_http { Scheme::Http } else { Scheme::Tcp });
        let rules = rules(reading, table);
        let with = table.text(reading, "with");
        if let (Some(with), false) = (&with, rules.is_empty()) {
            reading.wrong(with.at, "rules stand in `with` or in [[server.rule]], not in both");
        }
        let usual = match &listen {
            Some(listen) if listen.scheme == Scheme::Http => "files",
            Some(_) | None if !rules.is_empty() => "rules",
            Some(_) | None => "echo",
        };
        let at = behaviour.as_ref().map_or(table.at, |behaviour| behaviour.at);
        let behaviour = behaviour.map_or_else(|| usual.to_owned(), |behaviour| behaviour.text);
        let mut argument =
            if rules.is_empty() { with.map(|with| with.text).unwrap_or_default() } else { rules.join("\n") };
        if behaviour == "files" && !argument.is_empty() {
            argument = reading.sources.beside(reading.file, &argument);
        }
        let listen = listen?;
        if behaviour == "tap" {
            reading.wrong(at, "a tap stands in [[tap]], with its target");
        } else if let Err(why) = behaviour::machine(listen.scheme, &behaviour, &argument) {
            reading.wrong(at, why);
        }
        let start = start(table);
        Some(Server { name: name?, listen, behaviour, argument, start, shaping: Shaping::default() })
    }

    fn tap(&mut self, reading: &mut Reading<'_>, table: &Table<'_>, seed: u64) -> Option<Server> {
        let name = self.name(reading, table);
        let listen = self.listen(reading, table, name.as_deref(), Scheme::Tcp);
        let target = table.text(reading, "target");
        let mut impairments = table.read(reading, "profile", network).unwrap_or_default();
        for item in table.items("impair") {
            let at = item.span().start;
            let line = match item.get_ref().as_table() {
                Some(inner) => {
                    let inner = Table::new(reading, &IMPAIR, at, inner);
                    impairment_line(reading, &inner)
                }
                None => entry::text(reading, item).map(|text| text.text),
            };
            let Some(line) = line else { continue };
            match Impairment::parse(&line) {
                Ok(impairment) => impairments.push(impairment),
                Err(problem) => reading.wrong(at, problem.words),
            }
        }
        let hold = table.read(reading, "hold", |text| match text {
            "all" => Ok(Hold::Everything),
            filter => {
                Filter::parse(filter).map(|filter| Hold::Matching(filter.into())).map_err(|wrong| wrong.to_string())
            }
        });
        let when_down = table.text(reading, "when-down").map(|text| text.text);
        let when_down = if when_down.as_deref() == Some("hold") { WhenDown::Hold } else { WhenDown::Refuse };
        let seed = table.number("seed").unwrap_or(seed);
        let (listen, target) = (listen?, target?);
        if let Err(why) = behaviour::machine(listen.scheme, "tap", &target.text) {
            reading.wrong(target.at, why);
        }
        let hold = hold.unwrap_or_default();
        let shaping = Shaping { seed, impairments, hold, when_down, ..Shaping::default() };
        let start = start(table);
        Some(Server { name: name?, listen, behaviour: "tap".into(), argument: target.text, start, shaping })
    }

    fn client(&mut self, reading: &mut Reading<'_>, table: &Table<'_>) -> Option<Client> {
        let name = self.name(reading, table);
        let target = table.read(reading, "connect", |text| endpoint(text, Scheme::Tcp));
        let source = table.text(reading, "source").map(|text| text.text);
        let mut sends = Vec::new();
        for item in table.items("send") {
            let at = item.span().start;
            let send = match item.get_ref().as_table() {
                Some(inner) => {
                    let inner = Table::new(reading, inner_section(&section::LAB, "client", "send"), at, inner);
                    send_of(reading, &inner)
                }
                None => entry::text(reading, item).map(|text| Send {
                    after: Duration::ZERO,
                    payload: text.text.into(),
                    times: 1,
                    every: Duration::ZERO,
                }),
            };
            sends.extend(send);
        }
        let mut expects = Vec::new();
        for item in table.items("expect") {
            let at = item.span().start;
            let expect = match item.get_ref().as_table() {
                Some(inner) => {
                    let inner = Table::new(reading, inner_section(&section::LAB, "client", "expect"), at, inner);
                    let within = inner.time(reading, "within").unwrap_or(PATIENCE);
                    inner.read(reading, "match", pattern).map(|pattern| Expect { pattern, within })
                }
                None => entry::text(reading, item).and_then(|text| {
                    let read = pattern(&text.text).map_err(|why| reading.wrong(text.at, why)).ok();
                    read.map(|pattern| Expect { pattern, within: PATIENCE })
                }),
            };
            expects.extend(expect);
        }
        let then = table.text(reading, "then").map(|text| text.text);
        let then = Then::ALL.into_iter().find(|one| then.as_deref() == Some(one.name())).unwrap_or_default();
        let verification = if table.flag("verify") == Some(false) { Verification::Off } else { Verification::On };
        let tls = TlsSpec { verification, ..TlsSpec::default() };
        let spec = ClientSpec { target: target?, source, tls, cast: CastSpec::default() };
        Some(Client { name: name?, spec, start: start(table), sends, expects, then })
    }

    fn step(&mut self, reading: &mut Reading<'_>, table: &Table<'_>) -> Step {
        let at = table.time(reading, "at").unwrap_or_default();
        let caption = table.text(reading, "caption").map(|text| text.text);
        let mut run = Vec::new();
        for line in table.texts(reading, "run") {
            if let Some(why) = self.command(reading, &line.text) {
                reading.wrong(line.at, why);
            }
            run.push(line.text);
        }
        let filter = table.read(reading, "expect", |text| match Filter::parse(text) {
            Ok(_) => Ok(text.to_owned()),
            Err(problem) => Err(problem.to_string()),
        });
        let counts = [
            ("count", table.number("count").map(Count::Exactly)),
            ("at-least", table.number("at-least").map(Count::AtLeast)),
            ("at-most", table.number("at-most").map(Count::AtMost)),
        ];
        let mut given = counts.iter().filter_map(|(name, count)| Some((name, (*count)?)));
        let count = given.next().map_or(Count::AtLeast(1), |(_, count)| count);
        if let Some((name, _)) = given.next() {
            reading.wrong(table.at(name), "how many is said twice; write one of count, at-least, at-most");
        }
        let within = table.time(reading, "within").unwrap_or(PATIENCE);
        let expect = filter.map(|filter| Expectation { filter, count, within });
        if caption.is_none() && run.is_empty() && expect.is_none() {
            reading.wrong(table.at, "this step does nothing; write caption, run or expect");
        }
        Step { at, caption, run, expect }
    }

    /// What is wrong with a command line.
    fn command(&self, reading: &Reading<'_>, line: &str) -> Option<String> {
        let line = line.trim().trim_start_matches(':').trim_start();
        let Some(rest) = line.strip_prefix('@') else { return reading.sources.command(line) };
        let (node, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        if !self.names.contains_key(node) {
            let known = self.names.keys().map(String::as_str);
            return Some(match nearest(node, known) {
                Some(meant) => format!("there is no node {node:?}; did you mean {meant}?"),
                None => format!("there is no node {node:?} in this lab"),
            });
        }
        reading.sources.command(rest.trim_start())
    }
}

/// The tables of that name, each taken in.
fn parts<'v>(reading: &mut Reading<'_>, top: &Table<'v>, name: &str) -> Vec<Table<'v>> {
    let section = section(&section::LAB, name);
    let tables = top.tables(name);
    if tables.len() > MOST_PARTS {
        reading.wrong(
            top.at(name),
            format!("there are {} tables of {name}; at most {MOST_PARTS} are taken", tables.len()),
        );
    }
    let tables = tables.into_iter().take(MOST_PARTS);
    tables.map(|(at, table)| Table::new(reading, section, at, table)).collect()
}

/// The section of the tables that an entry takes.
fn section(outer: &'static Section, name: &str) -> &'static Section {
    let entry = outer.entries.iter().find(|entry| entry.name == name);
    match entry.map(|entry| entry.takes) {
        Some(Takes::Table(section) | Takes::Tables(section) | Takes::TextsOrTables(section)) => section,
        Some(Takes::Text | Takes::Texts | Takes::Flag | Takes::Number | Takes::Time | Takes::OneOf(_) | Takes::Map)
        | None => outer,
    }
}

fn inner_section(outer: &'static Section, name: &str, inner: &str) -> &'static Section {
    section(section(outer, name), inner)
}

fn start(table: &Table<'_>) -> Start {
    if table.flag("start") == Some(false) { Start::Waits } else { Start::AtOnce }
}

fn endpoint(text: &str, plain: Scheme) -> Result<Endpoint, String> {
    Endpoint::parse(text, plain).map_err(|error| error.to_string())
}

fn pattern(text: &str) -> Result<String, String> {
    let checked = regex::bytes::Regex::new(text);
    checked.map(|_| text.to_owned()).map_err(|error| format!("this is no regular expression: {}", last_line(&error)))
}

/// The line of the regex crate's words that says what is wrong.
fn last_line(error: &regex::Error) -> String {
    let words = error.to_string();
    words.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

fn network(name: &str) -> Result<Vec<Impairment>, String> {
    let names = || PROFILES.iter().map(|profile| profile.name);
    profile(name).map(Profile::impairments).ok_or_else(|| match nearest(name, names()) {
        Some(meant) => format!("no network is called {name:?}; did you mean {meant}?"),
        None => format!("no network is called {name:?}; there are {}", names().collect::<Vec<_>>().join(", ")),
    })
}

fn record_of(reading: &mut Reading<'_>, table: &Table<'_>) -> Option<Record> {
    let ring = table.read(reading, "ring", size::parse);
    let file = table.text(reading, "file")?;
    Some(Record { file: reading.sources.beside(reading.file, &file.text).into(), ring })
}

/// The rules of a server, each as a line of the behaviour's argument.
fn rules(reading: &mut Reading<'_>, table: &Table<'_>) -> Vec<String> {
    let section = inner_section(&section::LAB, "server", "rule");
    let mut lines = Vec::new();
    for (at, rule) in table.tables("rule") {
        let rule = Table::new(reading, section, at, rule);
        let pattern = rule.text(reading, "match");
        let reply = rule.text(reading, "reply");
        let after = rule.time(reading, "after").and_then(|_| rule.text(reading, "after"));
        let (Some(pattern), Some(reply)) = (pattern, reply) else { continue };
        if pattern.text.contains("=>") || pattern.text.contains('\n') {
            reading.wrong(pattern.at, "a pattern has no => and no line end; write \\x3d> and \\n");
        }
        let mut line = format!("{} => {}", pattern.text, escaped(&reply.text));
        if let Some(after) = after {
            line = format!("{line} | after {}", after.text);
        }
        if rule.flag("close") == Some(true) {
            line.push_str(" | close");
        }
        if let Some(times) = rule.number("times") {
            line = format!("{line} | times {times}");
        }
        lines.push(line);
    }
    lines
}

/// A reply as a rule's line has it: on one line, and no option begins in it.
fn escaped(reply: &str) -> String {
    reply.replace('\r', "\\r").replace('\n', "\\n").replace('\t', "\\t").replace('|', "\\|")
}

/// An impairment's table as a line of words.
fn impairment_line(reading: &mut Reading<'_>, table: &Table<'_>) -> Option<String> {
    let mut line = table.text(reading, "kind")?.text;
    for entry in IMPAIR.entries.iter().filter(|entry| entry.name != "kind") {
        let value = match entry.takes {
            Takes::Number => table.number(entry.name).map(|number| number.to_string()),
            Takes::Text
            | Takes::Texts
            | Takes::Flag
            | Takes::Time
            | Takes::OneOf(_)
            | Takes::Map
            | Takes::Table(_)
            | Takes::Tables(_)
            | Takes::TextsOrTables(_) => table.text(reading, entry.name).map(|text| text.text),
        };
        let Some(value) = value else { continue };
        let word = match entry.name {
            "time" | "rate" | "bytes" | "bits" | "distribution" | "share" => "",
            "when" => "if ",
            name => &format!("{name} "),
        };
        line = format!("{line} {word}{value}");
    }
    Some(line)
}

fn send_of(reading: &mut Reading<'_>, table: &Table<'_>) -> Option<Send> {
    let text = table.text(reading, "text").map(|text| Bytes::from(text.text));
    let fill = Fill { counter: 1, at: Timestamp(0), seed: 0 };
    let hex = table.read(reading, "hex", |text| {
        compose(text, Notation::Hex, LineEnding::None, &fill).map_err(|error| error.to_string())
    });
    let base64 = table.read(reading, "base64", |text| {
        BASE64.decode(text).map(Bytes::from).map_err(|error| format!("this is no base64: {error}"))
    });
    let contents = table.text(reading, "file").and_then(|path| {
        let place = reading.sources.beside(reading.file, &path.text);
        let read = reading.sources.read(&place);
        read.map_err(|why| reading.wrong(path.at, format!("cannot read {}: {why}", path.text))).ok()
    });
    let names = ["text", "hex", "base64", "file"];
    let given = names.iter().filter(|name| table.at(name) != table.at).count();
    if given != 1 {
        reading.wrong(table.at, "write one of text, hex, base64 and file");
    }
    let after = table.time(reading, "after").unwrap_or_default();
    let every = table.time(reading, "every").unwrap_or_default();
    let times = table.number("times").unwrap_or(1);
    if !(1..=MOST_TIMES).contains(&times) {
        reading.wrong(table.at("times"), format!("times is 1 to {MOST_TIMES}"));
    }
    let payload = text.or(hex).or(base64).or(contents)?;
    Some(Send { after, payload, times: times as u32, every })
}

/// What only an `.http` file has, and what only a request has that stands in the lab's own.
const OF_A_FILE: [&str; 3] = ["request", "env", "variables"];
const OF_ONE: [&str; 6] = ["url", "method", "headers", "body", "status", "expect"];

fn request_of(reading: &mut Reading<'_>, table: &Table<'_>, number: usize) -> Option<Request> {
    let name = table.text(reading, "name").map_or_else(|| format!("http-{number}"), |name| name.text);
    let at = table.time(reading, "at").unwrap_or_default();
    let file = table.text(reading, "file");
    let (strange, beside): (&[&str], _) = if file.is_some() { (&OF_ONE, "file") } else { (&OF_A_FILE, "url") };
    for key in strange.iter().filter(|key| table.has(key)) {
        reading.wrong(table.at(key), format!("{key} does not stand beside {beside}"));
    }
    let asked = match file {
        Some(file) => file_of(reading, table, &file)?,
        None => Asked::One(Box::new(one_of(reading, table)?)),
    };
    Some(Request { name, at, asked })
}

/// Requests of an `.http` file.
fn file_of(reading: &mut Reading<'_>, table: &Table<'_>, file: &Text) -> Option<Asked> {
    let chosen = Chosen {
        request: table.text(reading, "request").map(|request| request.text),
        environment: table.text(reading, "env").map(|name| name.text),
        given: table.map(reading, "variables").into_iter().map(|(name, text)| (name, text.text)).collect(),
        headers: Vec::new(),
    };
    let path = reading.sources.beside(reading.file, &file.text);
    match collection::open(&path, &chosen, reading.sources) {
        Ok((course, notes)) => Some(Asked::Of { file: path, chosen, course: Box::new(course), notes }),
        Err(problems) => {
            for problem in problems {
                reading.wrong(file.at, format!("{path}:{}: {}", problem.line, problem.words));
            }
            None
        }
    }
}

/// A request that stands in the lab's file itself.
fn one_of(reading: &mut Reading<'_>, table: &Table<'_>) -> Option<collection::Request> {
    let mut request = collection::Request {
        line: 1,
        method: table.text(reading, "method").map_or_else(|| "GET".to_owned(), |method| method.text),
        headers: table.map(reading, "headers").into_iter().map(|(name, text)| (name, text.text)).collect(),
        body: table.text(reading, "body").map(|body| Piece::Text(body.text)).into_iter().collect(),
        ..collection::Request::default()
    };
    let expect = table.read(reading, "expect", pattern);
    let status = table.number("status");
    if status.is_some_and(|status| !(100..=599).contains(&status)) {
        reading.wrong(table.at("status"), "a status is 100 to 599");
    }
    let status = status.map(|status| (Subject::Status, Operator::Is, status.to_string()));
    let body = expect.map(|expect| (Subject::Body, Operator::Matches, expect));
    let expected = status.into_iter().chain(body);
    request
        .expectations
        .extend(expected.map(|(subject, operator, value)| (1, collection::Expectation { subject, operator, value })));
    if !table.has("url") {
        reading.wrong(table.at("url"), "an HTTP request has a url, or the file of its requests");
    }
    request.target = table.read(reading, "url", |text| match url::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(text.to_owned()),
        Ok(url) => Err(format!("{}:// is not HTTP; write http:// or https://", url.scheme())),
        Err(error) => Err(format!("this is no URL: {error}")),
    })?;
    Some(request)
}

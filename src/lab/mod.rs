//! A lab as a file says it: servers, taps, clients, requests and what is done when, read from TOML and written as it.
//!
//! `section` lists what may stand in the file; the reader and the JSON Schema come from it. A reading gives the whole
//! lab, or everything that is wrong with the file, each with its place.

mod entry;
mod read;
mod schema;
mod section;
mod vary;
mod write;

pub use read::read;
pub use schema::schema;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::collection::{self, Chosen, Collection, Course, Note, Outside};
use crate::contract::{ClientSpec, Shaping};
use crate::model::Endpoint;

/// A lab.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lab {
    /// What it shows, in a line.
    pub title: String,
    /// Where to record from the first moment.
    pub record: Option<Record>,
    /// Its servers and taps, in their order.
    pub servers: Vec<Server>,
    /// Its clients.
    pub clients: Vec<Client>,
    /// Its HTTP requests.
    pub requests: Vec<Request>,
    /// What is done when, in the order of time.
    pub steps: Vec<Step>,
}

/// Where to record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The file.
    pub file: PathBuf,
    /// The most bytes that are kept.
    pub ring: Option<u64>,
}

/// Whether a node is set going when the lab is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Start {
    /// It is.
    #[default]
    AtOnce,
    /// It waits for a step or a person.
    Waits,
}

/// A server, or a tap: that is a server of the behaviour `tap`, whose argument is its target.
#[derive(Debug, Clone, PartialEq)]
pub struct Server {
    /// Its name.
    pub name: String,
    /// Where it listens.
    pub listen: Endpoint,
    /// The name of its behaviour.
    pub behaviour: String,
    /// What the behaviour takes.
    pub argument: String,
    /// Whether it listens at once.
    pub start: Start,
    /// Of a tap: what it does to what passes.
    pub shaping: Shaping,
}

/// A client, with what it is to say and hear.
#[derive(Debug, Clone, PartialEq)]
pub struct Client {
    /// Its name.
    pub name: String,
    /// Where it connects to, and how.
    pub spec: ClientSpec,
    /// Whether it connects at once.
    pub start: Start,
    /// What it sends, one after the other.
    pub sends: Vec<Send>,
    /// What it is to receive, one after the other.
    pub expects: Vec<Expect>,
    /// What it does once all is sent and received.
    pub then: Then,
}

/// Something a client sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Send {
    /// How long after what comes before it, or after the connection.
    pub after: Duration,
    /// The bytes.
    pub payload: Bytes,
    /// How often, at least once.
    pub times: u32,
    /// The time between.
    pub every: Duration,
}

/// Something a client is to receive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expect {
    /// The regular expression it matches.
    pub pattern: String,
    /// How long it may take, from what was expected before it on, or the connection.
    pub within: Duration,
}

/// What a client does once it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Then {
    /// It stays connected.
    #[default]
    Stay,
    /// It finishes sending (FIN).
    Finish,
    /// It closes.
    Close,
    /// It resets (RST).
    Reset,
}

impl Then {
    /// All, in the order in which they are told.
    pub const ALL: [Then; 4] = [Then::Stay, Then::Finish, Then::Close, Then::Reset];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Then::Stay => "stay",
            Then::Finish => "finish",
            Then::Close => "close",
            Then::Reset => "reset",
        }
    }
}

/// An HTTP request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Its name.
    pub name: String,
    /// When it is made, after the lab's beginning.
    pub at: Duration,
    /// What is asked.
    pub asked: Asked,
}

impl Request {
    /// The requests of it, one after another.
    pub fn course(&self) -> Course {
        match &self.asked {
            Asked::One(request) => {
                let requests = vec![(**request).clone()];
                Course::of_all(Arc::new(Collection { requests, ..Collection::default() }), Outside::default())
            }
            Asked::Of { course, .. } => (**course).clone(),
        }
    }
}

/// What is asked over HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// One request, as the lab's file says it.
    One(Box<collection::Request>),
    /// Requests of an `.http` file.
    Of {
        /// The file.
        file: String,
        /// Which of them, and with what.
        chosen: Chosen,
        /// The requests, one after another.
        course: Box<Course>,
        /// What is in the file and not done.
        notes: Vec<Note>,
    },
}

/// What is done at a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// When, after the lab's beginning.
    pub at: Duration,
    /// What a room is told.
    pub caption: Option<String>,
    /// Commands, as they are written behind `:` on the screen.
    pub run: Vec<String>,
    /// What is to be seen.
    pub expect: Option<Expectation>,
}

/// What is to be seen: so many frames that pass a filter.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    /// The display filter.
    pub filter: String,
    /// How many of all frames since the lab's beginning.
    pub count: Count,
    /// How long after the step's moment it may take.
    pub within: Duration,
}

/// How many there are to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// So many or more.
    AtLeast(u64),
    /// So many or fewer.
    AtMost(u64),
    /// So many.
    Exactly(u64),
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Count::AtLeast(count) => write!(f, "at least {count}"),
            Count::AtMost(count) => write!(f, "at most {count}"),
            Count::Exactly(count) => write!(f, "exactly {count}"),
        }
    }
}

/// Something wrong in a lab file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub file: String,
    /// Where in it, and what would be right.
    pub problem: crate::model::Problem,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let crate::model::Problem { line, column, words } = &self.problem;
        write!(f, "{}:{line}:{column}: {words}", self.file)
    }
}

/// What a lab file takes from outside itself.
pub trait Sources: collection::Sources {
    /// What is wrong with a command line without its `@NODE`; None when it is one.
    fn command(&self, line: &str) -> Option<String>;
}

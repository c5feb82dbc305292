//! `.http` files: requests as JetBrains' IDEs, VS Code's REST Client, Visual Studio, kulala and httpyac read them.
//!
//! | file          | what it is                                                                    |
//! |---------------|-------------------------------------------------------------------------------|
//! | `open`        | a file with all that it takes from outside itself                             |
//! | `parse`       | the text of a file as requests                                                |
//! | `script`      | what of its scripts is understood without running them                        |
//! | `environment` | `http-client.env.json`                                                        |
//! | `fill`        | `{{variables}}` filled in                                                     |
//! | `expectation` | what is expected of an answer, and what is kept of it                         |
//! | `course`      | the requests one after another, each with what the answers before it gave     |
//!
//! What is not understood is kept as a [`Note`] with its line: nothing is left out in silence. wirelab's own words stand
//! in comments (`# @assert …`, `# @capture …`), so that other programs read the same file.

mod course;
mod environment;
mod expectation;
mod fill;
mod open;
mod parse;
mod script;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;

pub use course::{Answer, Course, Failure, Judgement, Ready};
pub use environment::Environment;
pub use expectation::{Expectation, Operator, Subject};
pub use fill::Ambient;
pub use open::{Chosen, Sources, absolute, open};
pub use parse::parse;

/// The files in which environments stand beside an `.http` file; the second wins, and is for secrets.
pub const ENVIRONMENT_FILES: [&str; 2] = ["http-client.env.json", "http-client.private.env.json"];

/// What an `.http` file holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Collection {
    /// Its variables (`@name = value`), in their order.
    pub variables: Vec<(String, String)>,
    /// Its requests, in their order.
    pub requests: Vec<Request>,
    /// What is in it and not done.
    pub notes: Vec<Note>,
}

/// Something that is in a file and not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The line, from 1.
    pub line: usize,
    /// What is not done.
    pub words: String,
}

/// A request as it is written, variables and all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// Its name: behind `###`, or of `# @name`.
    pub name: String,
    /// The line of its method and URL, from 1.
    pub line: usize,
    /// The method.
    pub method: String,
    /// The URL.
    pub target: String,
    /// The header fields, in their order.
    pub headers: Vec<(String, String)>,
    /// The body, in pieces.
    pub body: Vec<Piece>,
    /// How long it may take, if it says so.
    pub timeout: Option<Duration>,
    /// What is expected of its answer, each with its line.
    pub expectations: Vec<(usize, Expectation)>,
    /// What of its answer is kept, as which variable.
    pub captures: Vec<(String, Subject)>,
}

/// A piece of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text, with variables.
    Text(String),
    /// A file, as it is.
    File(String),
    /// A file, with variables.
    Filled(String),
}

/// What requests take from outside their file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outside {
    /// Variables of the process's environment that the file names.
    pub process: BTreeMap<String, String>,
    /// Those of a `.env` file beside it.
    pub dotenv: BTreeMap<String, String>,
    /// Variables of the chosen environment.
    pub environment: Environment,
    /// Variables given by hand; they come before all others.
    pub given: BTreeMap<String, String>,
    /// Header fields that every request has instead of its own.
    pub headers: Vec<(String, String)>,
    /// Values that are told to nobody.
    pub secrets: BTreeSet<String>,
    /// The files that bodies name, by their names.
    pub files: BTreeMap<String, Bytes>,
}

impl Collection {
    /// The place of a request, by its name, or by its number from 1.
    fn place(&self, name: &str) -> Option<usize> {
        let by_name = self.requests.iter().position(|request| request.name == name);
        by_name.or_else(|| name.parse::<usize>().ok()?.checked_sub(1).filter(|place| *place < self.requests.len()))
    }

    /// The files that its bodies name, each with the line of its request.
    fn files(&self) -> impl Iterator<Item = (usize, &str)> {
        let pieces =
            self.requests.iter().flat_map(|request| request.body.iter().map(move |piece| (request.line, piece)));
        pieces.filter_map(|(line, piece)| match piece {
            Piece::File(path) | Piece::Filled(path) => Some((line, path.as_str())),
            Piece::Text(_) => None,
        })
    }

    /// Every text in which variables may stand.
    fn texts(&self) -> impl Iterator<Item = &str> {
        let requests = self.requests.iter().flat_map(|request| {
            let fields = request.headers.iter().map(|(_, value)| value.as_str());
            let pieces = request.body.iter().map(|piece| match piece {
                Piece::Text(text) | Piece::File(text) | Piece::Filled(text) => text.as_str(),
            });
            std::iter::once(request.target.as_str()).chain(fields).chain(pieces)
        });
        self.variables.iter().map(|(_, value)| value.as_str()).chain(requests)
    }

    /// The variables of the process's environment that it names.
    fn process_variables(&self) -> Vec<String> {
        self.texts().flat_map(fill::process_variables).collect()
    }
}

//! A file as a course of requests, with all that it takes from outside itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::{Collection, Course, ENVIRONMENT_FILES, Environment, Note, Outside, environment, parse};
use crate::model::{Problem, nearest};

/// The file of a folder's variables.
const DOTENV: &str = ".env";

/// The place of files and variables.
pub trait Sources {
    /// The bytes of a file; `path` is as [`Sources::beside`] gives it.
    ///
    /// # Errors
    /// Says why it cannot be read.
    fn read(&self, path: &str) -> Result<Bytes, String>;

    /// A variable of the environment.
    fn variable(&self, name: &str) -> Option<String>;

    /// A path that is written in a file, relative to where that file is.
    fn beside(&self, file: &str, path: &str) -> String;
}

/// Which requests of a file are made, and with what.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chosen {
    /// One, by its name or its place from 1; without it all.
    pub request: Option<String>,
    /// The environment.
    pub environment: Option<String>,
    /// Variables given by hand.
    pub given: BTreeMap<String, String>,
    /// Header fields given by hand; every request has them instead of its own.
    pub headers: Vec<(String, String)>,
}

/// Opens an `.http` file.
///
/// # Errors
/// All that is wrong with it: what cannot be read, what is no request, and what was chosen and is not there.
pub fn open(file: &str, chosen: &Chosen, sources: &dyn Sources) -> Result<(Course, Vec<Note>), Vec<Problem>> {
    let whole = |words: String| vec![Problem { line: 1, column: 1, words }];
    let text = text(sources, file).map_err(|why| whole(format!("cannot read it: {why}")))?;
    let collection = Arc::new(parse(&text)?);
    let mut problems = Vec::new();
    let mut outside = Outside { given: chosen.given.clone(), headers: chosen.headers.clone(), ..Outside::default() };
    match environment_of(&ENVIRONMENT_FILES, file, chosen.environment.as_deref(), sources) {
        Ok(environment) => {
            outside.environment = environment;
            let private = environment_of(&ENVIRONMENT_FILES[1..], file, chosen.environment.as_deref(), sources);
            outside.secrets.extend(private.into_iter().flat_map(Environment::into_values));
        }
        Err(why) => problems.extend(whole(why)),
    }
    if let Ok(text) = self::text(sources, &sources.beside(file, DOTENV)) {
        outside.dotenv = dotenv(&text);
    }
    for name in collection.process_variables() {
        outside.process.extend(sources.variable(&name).map(|value| (name, value)));
    }
    outside.secrets.extend(outside.dotenv.values().chain(outside.process.values()).cloned());
    for (line, path) in collection.files() {
        match sources.read(&sources.beside(file, path)) {
            Ok(bytes) => drop(outside.files.insert(path.to_owned(), bytes)),
            Err(why) => problems.push(Problem { line, column: 1, words: format!("cannot read {path}: {why}") }),
        }
    }
    if collection.requests.is_empty() {
        problems.extend(whole("there is no request in it; write one: GET http://127.0.0.1:8080/".to_owned()));
    }
    let place = match &chosen.request {
        Some(name) => collection.place(name).ok_or_else(|| unknown(&collection, name)).map(Some),
        None => Ok(None),
    };
    let place = place.unwrap_or_else(|why| {
        problems.extend(whole(why));
        None
    });
    if !problems.is_empty() {
        return Err(problems);
    }
    let notes = collection.notes.clone();
    let course = match place {
        Some(place) => Course::of_one(collection, outside, place),
        None => Course::of_all(collection, outside),
    };
    Ok((course, notes))
}

fn unknown(collection: &Collection, name: &str) -> String {
    let names: Vec<&str> = collection.requests.iter().map(|request| request.name.as_str()).collect();
    let names = || names.iter().copied().filter(|name| !name.is_empty());
    match nearest(name, names()) {
        Some(meant) => format!("no request is called {name:?}; did you mean {meant:?}?"),
        None => format!("no request is called {name:?}; there are {}", names().collect::<Vec<_>>().join(", ")),
    }
}

fn text(sources: &dyn Sources, path: &str) -> Result<String, String> {
    let bytes = sources.read(path)?;
    String::from_utf8(bytes.into()).map_err(|_| "it is no text in UTF-8".to_owned())
}

/// The variables of the files beside it, of those that are there.
fn environment_of(
    files: &[&str],
    file: &str,
    name: Option<&str>,
    sources: &dyn Sources,
) -> Result<Environment, String> {
    let files = files.iter().filter_map(|written| {
        let text = text(sources, &sources.beside(file, written)).ok()?;
        Some(((*written).to_owned(), text))
    });
    environment::read(&files.collect::<Vec<_>>(), name)
}

/// `NAME=value` lines, as other programs read them.
fn dotenv(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let pair = |line: &str| {
        let (name, value) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
        let value = value.trim();
        let quoted = ['"', '\''].into_iter().find_map(|sign| value.strip_prefix(sign)?.strip_suffix(sign));
        Some((name.trim().to_owned(), quoted.unwrap_or(value).to_owned()))
    };
    lines.filter_map(pair).collect()
}

/// A URL with its scheme: `:8080/` is on this machine, and without a scheme it is `http`.
///
/// # Errors
/// Says what is wrong in a sentence.
pub fn absolute(written: &str) -> Result<String, String> {
    let written = written.trim();
    if written.is_empty() {
        return Err("write a URL, such as http://127.0.0.1:8080/".into());
    }
    let full = if written.contains("://") {
        written.to_owned()
    } else if written.starts_with(':') {
        format!("http://127.0.0.1{written}")
    } else {
        format!("http://{written}")
    };
    let url = url::Url::parse(&full).map_err(|error| format!("{written} is no URL: {error}"))?;
    match url.scheme() {
        "http" | "https" => Ok(url.to_string()),
        other => Err(format!("{other}:// is not HTTP; use http:// or https://")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_people_write_for_a_url() {
        assert_eq!(absolute(":8080/x"), Ok("http://127.0.0.1:8080/x".into()));
        assert_eq!(absolute("localhost:8080"), Ok("http://localhost:8080/".into()));
        assert_eq!(absolute("example.org/a b"), Ok("http://example.org/a%20b".into()));
        assert!(absolute("ftp://example.org").is_err_and(|why| why.contains("use http://")));
        assert!(absolute("").is_err_and(|why| why.contains("write a URL")));
        assert!(absolute("http://[::1").is_err_and(|why| why.contains("no URL")));
    }
}

//! What of a file's scripts is understood without running them: a few idioms that most of them are made of.

use std::sync::LazyLock;

use regex::Regex;

use super::expectation::{Expectation, Operator, Subject};
use super::{Note, Request};

/// The idioms: the body's value kept, a header's value kept, the status expected.
struct Idioms {
    keeps_of_body: Regex,
    keeps_header: Regex,
    status: Regex,
    /// What stands around them and does nothing by itself.
    frame: Regex,
}

#[expect(clippy::unwrap_used, reason = "the patterns are constants, and a test makes them")]
static IDIOMS: LazyLock<Idioms> = LazyLock::new(|| {
    Idioms {
    keeps_of_body: Regex::new(
        r#"client\.global\.set\(\s*["'](?P<name>[^"']+)["']\s*,\s*response\.body(?P<path>(?:\.\w+|\[\d+\]|\[["'][^"']+["']\])*)\s*\)\s*;?"#,
    )
    .unwrap(),
    keeps_header: Regex::new(
        r#"client\.global\.set\(\s*["'](?P<name>[^"']+)["']\s*,\s*response\.headers\.valueOf\(\s*["'](?P<header>[^"']+)["']\s*\)\s*\)\s*;?"#,
    )
    .unwrap(),
    status: Regex::new(
        r#"client\.assert\(\s*response\.status\s*={2,3}\s*(?P<status>\d{3})\s*(?:,\s*(?:"[^"]*"|'[^']*'|`[^`]*`)\s*)?\)\s*;?"#,
    )
    .unwrap(),
    frame: Regex::new(
        r#"client\.test\(\s*(?:"[^"]*"|'[^']*'|`[^`]*`)\s*,\s*(?:function\s*\(\s*\)|\(\s*\)\s*=>)\s*\{|//[^\n]*|client\.log\([^\n]*\)\s*;?|\}\s*\)\s*;?"#,
    )
    .unwrap(),
}
});

/// Reads a script that begins on that line: what is understood becomes part of the request, the rest a note.
pub fn read(script: &str, line: usize, request: &mut Request, notes: &mut Vec<Note>) {
    let idioms = &*IDIOMS;
    for found in idioms.keeps_of_body.captures_iter(script) {
        let path = format!("${}", &found["path"]);
        // A path that this says is one always.
        if let Ok(subject) = Subject::at_path(&path) {
            request.captures.push((found["name"].to_owned(), subject));
        }
    }
    for found in idioms.keeps_header.captures_iter(script) {
        request.captures.push((found["name"].to_owned(), Subject::Header(found["header"].to_owned())));
    }
    for found in idioms.status.captures_iter(script) {
        let at = found.get(0).map_or(0, |found| found.start());
        let line = line + script[..at].matches('\n').count();
        let expectation =
            Expectation { subject: Subject::Status, operator: Operator::Is, value: found["status"].to_owned() };
        request.expectations.push((line, expectation));
    }
    let mut rest = script.to_owned();
    for pattern in [&idioms.keeps_of_body, &idioms.keeps_header, &idioms.status, &idioms.frame] {
        rest = pattern.replace_all(&rest, "").into_owned();
    }
    let left = rest.trim();
    if !left.is_empty() {
        let first = left.lines().next().unwrap_or_default().trim();
        let at = script.find(first).unwrap_or(0);
        let line = line + script[..at].matches('\n').count();
        notes.push(Note { line, words: format!("the script is not run; not understood: {first}") });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn understood(script: &str) -> (Request, Vec<Note>) {
        let (mut request, mut notes) = (Request::default(), Vec::new());
        read(script, 10, &mut request, &mut notes);
        (request, notes)
    }

    #[test]
    fn the_idioms_of_most_scripts_are_understood() {
        let (request, notes) = understood(
            "\n  client.test(\"it worked\", function() {\n    client.assert(response.status === 201, \"created\");\n  });\n\
             client.global.set(\"token\", response.body.data[0].token);\n\
             client.global.set('etag', response.headers.valueOf('ETag'))\n",
        );
        assert_eq!(notes, []);
        assert_eq!(request.expectations.len(), 1);
        assert_eq!(request.expectations[0].0, 12);
        let names: Vec<&str> = request.captures.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["token", "etag"]);
    }

    #[test]
    fn what_is_not_understood_is_told_with_its_line() {
        let (request, notes) = understood("\nclient.assert(response.status === 200);\nlet x = response.body.map(f);\n");
        assert_eq!(request.expectations.len(), 1);
        assert_eq!(notes.len(), 1);
        assert_eq!(notes[0].line, 12);
        assert!(notes[0].words.ends_with("not understood: let x = response.body.map(f);"), "{notes:?}");
    }
}

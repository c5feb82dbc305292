//! `wirelab read -z diff` as it is called: what it writes, and how it ends.

#[path = "support/recording.rs"]
#[expect(dead_code, reason = "shared with tests of how captures are read")]
mod recording;

use std::path::Path;
use std::process::{Command, Output};

use bytes::Bytes;
use recording::Story;
use wirelab::model::{Address, Direction, FrameKind, Transport};

/// Two conversations that ask the same of a web server, and get answers that differ in a header and in the body.
fn recorded() -> tempfile::NamedTempFile {
    let mut story = Story::new();
    let web = story.node("web");
    let address = |text: &str| Address::Ip(text.parse().expect("an address"));
    for (port, date, body) in [(40_001, "11:03:59", "one\ntwo\nthree\n"), (40_002, "11:04:10", "one\n2\nthree\n")] {
        let client = address(&format!("127.0.0.1:{port}"));
        let flow = story.flow(Transport::Tcp, client, address("127.0.0.1:80"), None, Some(web));
        let mut say = |direction, text: String| {
            story.happens(web, Some(flow), FrameKind::Data { direction, payload: Bytes::from(text) });
        };
        say(Direction::In, "GET / HTTP/1.1\r\nHost: web\r\n\r\n".to_owned());
        let answer = format!(
            "HTTP/1.1 200 OK\r\nDate: Mon, 23 Nov 2026 {date} GMT\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        say(Direction::Out, answer);
    }
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), story.written()).expect("it is written");
    file
}

fn diff(file: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wirelab"))
        .arg("read")
        .arg(file)
        .args(["-q", "-z"])
        .args(words)
        .output()
        .expect("it starts")
}

fn told(output: &Output) -> (Option<i32>, String) {
    (output.status.code(), String::from_utf8(output.stdout.clone()).expect("it writes UTF-8"))
}

#[test]
fn what_differs_is_told_behind_signs_and_in_the_exit_status() {
    let file = recorded();
    let (status, text) = told(&diff(file.path(), &["diff,2,4"]));
    assert_eq!(status, Some(1));
    for line in [
        "-     http.date                   Mon, 23 Nov 2026 11:03:59 GMT",
        "+     http.date                   Mon, 23 Nov 2026 11:04:10 GMT",
    ] {
        assert!(text.lines().any(|other| other == line), "{line}:\n{text}");
    }
    assert!(text.starts_with("--- frame 2 ") && text.contains("\n+++ frame 4 "), "{text}");
    // The innermost field tells it, the ones around it do not tell it again.
    assert!(text.contains("\n-       http.content_length       14\n+       http.content_length       12\n"), "{text}");
    assert_eq!(text.matches("\n- ").count(), 3, "{text}");
    let (status, text) = told(&diff(file.path(), &["diff,1,3"]));
    assert_eq!((status, text.lines().last()), (Some(0), Some("the same: 7 alike")), "{text}");
}

#[test]
fn the_bytes_of_text_are_compared_line_by_line() {
    let file = recorded();
    let (status, text) = told(&diff(file.path(), &["diff,2,4,bytes,ignore=date;/Content-Length: \\d+/"]));
    assert_eq!(status, Some(1));
    let rows: Vec<&str> = text.lines().skip(2).collect();
    assert_eq!(
        rows,
        [
            "  1  HTTP/1.1 200 OK",
            ". 2  Date: Mon, 23 Nov 2026 11:03:59 GMT",
            ". 2  Date: Mon, 23 Nov 2026 11:04:10 GMT",
            ". 3  Content-Length: 14",
            ". 3  Content-Length: 12",
            "  4",
            "  5  one",
            "- 6  two",
            "+ 6  2",
            "  7  three",
            "1 differs, 4 alike, 2 ignored",
        ]
    );
}

#[test]
fn what_is_told_to_be_ignored_makes_no_difference() {
    let file = recorded();
    let ignored = "diff,flow,1,2,ignore=date;content_length_header;content_length;/two|2\\b/";
    let (status, text) = told(&diff(file.path(), &[ignored]));
    assert_eq!(status, Some(0), "{text}");
    assert!(text.starts_with("--- conversation 1  tcp :40001 → web\n"), "{text}");
    assert!(text.lines().last().is_some_and(|line| line.starts_with("the same: ")), "{text}");
}

#[test]
fn other_programs_get_an_object() {
    let file = recorded();
    let (status, text) = told(&diff(file.path(), &["diff,2,4,bytes", "-T", "json"]));
    assert_eq!(status, Some(1));
    let object: serde_json::Value = serde_json::from_str(&text).expect("one object");
    assert_eq!((&object["same"], &object["differ"]), (&false.into(), &3.into()), "{object}");
    let changed = object["rows"].as_array().expect("rows").iter().find(|row| row["left"] == "two").expect("a row");
    assert_eq!(
        (&changed["kind"], &changed["right"], &changed["left_at"]),
        (&"changed".into(), &"2".into(), &"6".into())
    );
}

#[test]
fn what_is_not_there_is_named() {
    let file = recorded();
    for (asked, words) in [
        ("diff,2,99", "compare frame 99: there is none of that number"),
        ("diff,flow,1,9", "compare conversation 9: there is none of that number"),
    ] {
        let output = diff(file.path(), &[asked]);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1));
        assert!(error.contains(words), "{error}");
    }
    assert_eq!(diff(file.path(), &["diff,2"]).status.code(), Some(2));
}

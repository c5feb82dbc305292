//! Holds the code to the map in `src/lib.rs`: who may name whom, and who may touch the world.
//!
//! The checks are functions of a path and a text, so that the tests can plant an offence of each sort and see it found.

#[path = "support/source.rs"]
mod source;

use std::fs;
use std::path::{Path, PathBuf};

use source::{Named, Source};

/// The layers. A module may name those listed and its own; what it touches beyond arguments is listed too.
const LAYERS: &[Layer] = &[
    Layer { name: "model", level: 0, names: &[], touches: &[] },
    Layer { name: "proto", level: 1, names: &["model"], touches: &[] },
    Layer { name: "capture", level: 1, names: &["model"], touches: &[] },
    Layer { name: "ladder", level: 1, names: &["model"], touches: &[] },
    Layer { name: "figures", level: 1, names: &["model"], touches: &[] },
    Layer { name: "collection", level: 1, names: &["model"], touches: &[] },
    Layer { name: "behaviour", level: 1, names: &["model"], touches: &[] },
    Layer { name: "filter", level: 2, names: &["model", "proto"], touches: &[] },
    Layer { name: "diff", level: 2, names: &["model", "proto"], touches: &[] },
    Layer { name: "impair", level: 3, names: &["model", "filter"], touches: &[] },
    Layer { name: "contract", level: 4, names: &["model", "filter", "impair"], touches: &[] },
    Layer {
        name: "lab",
        level: 5,
        names: &["model", "filter", "impair", "behaviour", "collection", "contract"],
        touches: &[],
    },
    Layer {
        name: "net",
        level: 6,
        names: &["model", "proto", "filter", "impair", "behaviour", "contract"],
        touches: &[Clock, Files, Sockets, Threads, Chance, Programs, Runtime],
    },
    Layer {
        name: "app",
        level: 6,
        names: &[
            "model",
            "proto",
            "filter",
            "diff",
            "impair",
            "capture",
            "ladder",
            "figures",
            "behaviour",
            "collection",
            "contract",
            "lab",
        ],
        touches: &[],
    },
    Layer {
        name: "ui",
        level: 7,
        names: &["model", "proto", "filter", "diff", "ladder", "figures", "behaviour", "contract", "app"],
        touches: &[],
    },
    Layer {
        name: "shell",
        level: 8,
        names: &[
            "model",
            "proto",
            "filter",
            "diff",
            "impair",
            "capture",
            "ladder",
            "figures",
            "behaviour",
            "collection",
            "contract",
            "lab",
            "net",
            "app",
            "ui",
        ],
        touches: &[Clock, Files, Threads, Environment, Programs, Printing, Runtime],
    },
    Layer { name: "main", level: 9, names: &["shell"], touches: &[] },
];

/// What each sort of touching looks like: paths that begin so.
const TOUCHES: &[(Touch, &[&str])] = &[
    (
        Clock,
        &[
            "std::time::SystemTime",
            "std::time::Instant",
            "std::time::UNIX_EPOCH",
            "tokio::time",
            "chrono::Utc::now",
            "chrono::Local",
        ],
    ),
    (Files, &["std::fs", "tokio::fs", "tempfile", "std::os::unix::fs", "rustix::fs"]),
    (
        Sockets,
        &[
            "std::net::TcpStream",
            "std::net::TcpListener",
            "std::net::UdpSocket",
            "std::net::ToSocketAddrs",
            "std::net::Shutdown",
            "std::os::unix::net",
            "tokio::net",
            "socket2",
            "rustix::net",
            "nix",
        ],
    ),
    (Threads, &["std::thread", "tokio::spawn", "tokio::task", "tokio::runtime"]),
    (
        Chance,
        &[
            "rand::rng",
            "rand::random",
            "rand::thread_rng",
            "rand::rngs::OsRng",
            "rand::rngs::SysRng",
            "rand::rngs::ThreadRng",
            "getrandom",
            "uuid::Uuid::new_v4",
            "std::hash::RandomState",
            "std::collections::hash_map::RandomState",
        ],
    ),
    (Environment, &["std::env"]),
    (
        Programs,
        &[
            "std::process::Command",
            "std::process::exit",
            "std::process::abort",
            "std::process::id",
            "tokio::process",
            "rustix::process",
        ],
    ),
    (Printing, &["std::io::stdout", "std::io::stderr", "std::io::Stdout", "std::io::Stderr"]),
    (Runtime, &["tokio", "hyper", "hyper_util", "rustix", "crossterm::terminal", "crossterm::execute"]),
];

/// Macros that print; the terminal is the screen's alone.
const PRINTING_MACROS: &[&str] = &["print", "println", "eprint", "eprintln", "dbg"];

/// Names that say nothing of what a file is.
const EMPTY_NAMES: &[&str] = &["utils", "util", "helpers", "helper", "common", "misc", "manager"];

/// The most lines of a file, and the number from which it is mentioned.
const MOST_LINES: usize = 600;
const MANY_LINES: usize = 400;

use Touch::{Chance, Clock, Environment, Files, Printing, Programs, Runtime, Sockets, Threads};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Touch {
    Clock,
    Files,
    Sockets,
    Threads,
    Chance,
    Environment,
    Programs,
    Printing,
    Runtime,
}

struct Layer {
    name: &'static str,
    level: u8,
    names: &'static [&'static str],
    touches: &'static [Touch],
}

#[test]
fn every_file_keeps_to_its_layer_and_to_the_house_style() {
    let mut offences = Vec::new();
    let mut files = 0;
    for path in rust_files() {
        let text = fs::read_to_string(project().join(&path)).expect("a file of ours is readable text");
        files += 1;
        offences.extend(check(&path, &text));
        let lines = text.lines().count();
        if lines > MANY_LINES {
            println!("{}: {lines} lines", path.display());
        }
    }
    assert!(files > 20, "only {files} files found");
    assert!(offences.is_empty(), "\n{}\n", offences.join("\n"));
}

#[test]
fn the_map_in_the_library_shows_these_layers() {
    let library = fs::read_to_string(project().join("src/lib.rs")).expect("the library is there");
    let rows = library.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("//! | [`")?.split('|');
        let name = cells.next()?.trim().trim_end_matches("`]").to_owned();
        Some((name, cells.next()?.trim().parse::<u8>().ok()?))
    });
    let shown: Vec<(String, u8)> = rows.collect();
    let expected = LAYERS.iter().filter(|layer| layer.name != "main").map(|layer| (layer.name.to_owned(), layer.level));
    assert_eq!(shown, expected.collect::<Vec<_>>());
    for layer in LAYERS {
        for name in layer.names {
            let other = layer_named(name).expect("a layer names layers");
            assert!(other.level < layer.level, "{} may name {name}, which is no lower", layer.name);
        }
    }
}

/// All that is wrong with one file; the path is relative to the project.
fn check(path: &Path, text: &str) -> Vec<String> {
    let source = Source::new(path, text);
    let mut found = form(path, text, &source);
    // A module of tests may touch what it needs, wherever it stands.
    let is_tests = path.file_name().is_some_and(|name| name == "tests.rs");
    if path.starts_with("src") && !is_tests {
        found.extend(layers(path, &source));
    }
    found
}

fn layers(path: &Path, source: &Source) -> Vec<String> {
    let inside = path.strip_prefix("src").unwrap_or(path);
    let first = inside.iter().next().map(|part| Path::new(part).with_extension("")).unwrap_or_default();
    let first = first.to_string_lossy().into_owned();
    if first == "lib" {
        return Vec::new();
    }
    let Some(layer) = layer_named(&first) else {
        return vec![format!("{}: {first} is not in the table of layers", path.display())];
    };
    let mut found = Vec::new();
    for named in source.named() {
        let place = format!("{}:{}", path.display(), named.line);
        if let Some(offence) = wrong_name(layer, &named) {
            found.push(format!("{place}: {} {offence}", layer.name));
        }
        if let Some(touch) = touched(layer, &named) {
            found.push(format!("{place}: {} touches {touch:?} with {}", layer.name, named.shown()));
        }
    }
    for (name, line) in source.macros() {
        if PRINTING_MACROS.contains(&name) {
            found.push(format!("{}:{line}: {} prints with {name}!", path.display(), layer.name));
        }
    }
    found
}

fn layer_named(name: &str) -> Option<&'static Layer> {
    LAYERS.iter().find(|layer| layer.name == name)
}

/// What is wrong with naming this, if it is of this crate.
fn wrong_name(layer: &Layer, named: &Named) -> Option<String> {
    if named.path[0] != "crate" {
        return None;
    }
    match named.path.get(1).map(String::as_str) {
        None | Some("*") => Some("names the whole crate".into()),
        Some(other) if other == layer.name || layer.names.contains(&other) => None,
        Some(other) => Some(format!("names {other}: {}", named.shown())),
    }
}

/// What this touches, if the layer may not.
fn touched(layer: &Layer, named: &Named) -> Option<Touch> {
    let all = TOUCHES.iter().filter(|(_, paths)| paths.iter().any(|path| is_within(named, path)));
    all.map(|(touch, _)| *touch).find(|touch| !layer.touches.contains(touch))
}

/// Whether a name is that path or inside it, or takes it in with a glob or by renaming the whole crate.
fn is_within(named: &Named, path: &str) -> bool {
    let parts: Vec<&str> = path.split("::").collect();
    let name: Vec<&str> = named.path.iter().map(String::as_str).collect();
    match name.as_slice() {
        [before @ .., "*"] => parts.starts_with(before) || before.starts_with(&parts),
        [whole] => parts[0] == *whole,
        name => name.starts_with(&parts),
    }
}

/// The style that a program can see.
fn form(path: &Path, text: &str, source: &Source) -> Vec<String> {
    let place = path.display();
    let mut found = Vec::new();
    if !text.starts_with("//! ") {
        found.push(format!("{place}: does not begin with a //! sentence"));
    }
    let parts = path.iter().map(|part| Path::new(part).with_extension("").to_string_lossy().into_owned());
    for part in parts.filter(|part| EMPTY_NAMES.contains(&part.as_str())) {
        found.push(format!("{place}: a name like {part} says nothing"));
    }
    let lines = text.lines().count();
    if lines > MOST_LINES {
        found.push(format!("{place}: {lines} lines are more than {MOST_LINES}"));
    }
    let all: Vec<_> = source.code.iter().chain(&source.tests).collect();
    let allow = all.windows(3).filter(|tokens| tokens[2].text == "allow" && tokens[1].text == "[");
    for tokens in allow.filter(|tokens| matches!(tokens[0].text.as_str(), "#" | "!")) {
        found.push(format!("{place}:{}: allows a lint; expect it, with a reason", tokens[0].line));
    }
    for call in source.tests.windows(2).filter(|call| call[0].text == "sleep" && call[1].text == "(") {
        found.push(format!("{place}:{}: a test sleeps; await the event", call[0].line));
    }
    found
}

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files of the project, relative to it.
fn rust_files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = ["src", "tests", "benches", "examples"].map(|name| project().join(name)).into();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.expect("a folder of ours is readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path.strip_prefix(project()).expect("it is inside").to_owned());
            }
        }
    }
    found.sort();
    found
}

/// What is found in a file with this code.
fn found(path: &str, code: &str) -> String {
    check(Path::new(path), &format!("//! A plant.\n{code}")).join("\n")
}

#[test]
fn finds_each_way_to_name_a_higher_layer() {
    let ways = [
        ("src/app/plant.rs", "use crate::net::report;"),
        ("src/app/plant.rs", "use crate::{model::Trouble, net};"),
        ("src/app/plant.rs", "use crate::{model::{Trouble, Frame}, net::{self, report}};"),
        ("src/app/plant.rs", "use crate::net as wire;"),
        ("src/app/plant.rs", "pub use crate::net::Wire;"),
        ("src/app/plant.rs", "fn a() { crate::net::start(); }"),
        ("src/app/plant.rs", "fn a(b: super::super::net::Wire) {}"),
        ("src/app/mod.rs", "fn a(b: super::net::Wire) {}"),
        ("src/app/mod.rs", "fn a(b: self::super::net::Wire) {}"),
        ("src/app/pane/plant.rs", "use super::super::super::net::Wire;"),
        ("src/app/pane/plant.rs", "use super::{super::super::net::Wire, Verb};"),
        ("src/app/plant.rs", "mod inner { use super::super::super::net::Wire; }"),
    ];
    for (path, code) in ways {
        let found = found(path, code);
        assert!(found.contains("app names net"), "{path}: {code}: {found}");
    }
    for code in ["use crate as w;\nfn a() { w::net::start(); }", "use crate::*;", "use super::super::*;"] {
        assert!(found("src/app/plant.rs", code).contains("names the whole crate"), "{code}");
    }
}

#[test]
fn lets_a_layer_name_lower_layers_and_itself() {
    let code =
        "use super::Verb;\nuse crate::model::{Frame, Trouble};\nfn a(b: crate::app::State, c: crate::contract::To) {}";
    assert_eq!(found("src/app/pane/plant.rs", code), "");
    assert_eq!(found("src/ui/plant.rs", "use crate::app::State;"), "");
    assert!(found("src/ui/plant.rs", "use crate::net::report::now;").contains("ui names net"));
    assert!(found("src/net/plant.rs", "use crate::app::Msg;").contains("net names app"));
    assert!(found("src/model/plant.rs", "use crate::contract::To;").contains("model names contract"));
    assert!(found("src/main.rs", "fn main() { wirelab::net::start(); }").contains("main names net"));
    assert_eq!(found("src/main.rs", "fn main() { wirelab::shell::run(); }"), "");
}

#[test]
fn finds_each_sort_of_touching_the_world() {
    let plants = [
        ("Clock", "use std::time::{Duration, Instant};"),
        ("Clock", "fn a() { std::time::SystemTime::now(); }"),
        ("Clock", "use std::time;\nfn a() { time::Instant::now(); }"),
        ("Clock", "use std::time::*;"),
        ("Clock", "use chrono::Utc;\nfn a() { Utc::now(); }"),
        ("Clock", "use chrono::{DateTime, Local};"),
        ("Files", "use std::fs::File;"),
        ("Files", "use std::{fs, io};"),
        ("Files", "fn a() { std::fs::read(b); }"),
        ("Files", "fn a() { tokio::fs::read(b); }"),
        ("Files", "use std as s;\nfn a() { s::fs::read(b); }"),
        ("Sockets", "use std::net::{IpAddr, TcpStream};"),
        ("Sockets", "use std::os::unix::net::UnixStream;"),
        ("Sockets", "use socket2::Socket;"),
        ("Sockets", "use tokio::net::TcpStream;"),
        ("Sockets", "use nix::sys::socket;"),
        ("Threads", "fn a() { std::thread::spawn(b); }"),
        ("Threads", "fn a() { tokio::spawn(b); }"),
        ("Chance", "fn a() { rand::random::<u8>(); }"),
        ("Chance", "use uuid::Uuid;\nfn a() { Uuid::new_v4(); }"),
        ("Environment", "fn a() { std::env::var(b); }"),
        ("Programs", "use std::process::Command;"),
        ("Printing", "use std::io;\nfn a() { io::stdout().write(b); }"),
        ("Runtime", "use tokio::sync::mpsc;"),
    ];
    for (sort, code) in plants {
        for folder in ["model", "proto", "behaviour", "app", "ui"] {
            let found = found(&format!("src/{folder}/plant.rs"), code);
            assert!(found.contains(&format!("touches {sort}")), "{folder}: {code}: {found}");
        }
    }
    assert!(found("src/ui/plant.rs", "fn a() { println!(\"b\"); }").contains("ui prints with println!"));
    assert!(found("src/shell/plant.rs", "fn a() { eprintln!(\"b\"); }").contains("shell prints with eprintln!"));
    assert!(found("src/shell/plant.rs", "use std::net::TcpStream;").contains("shell touches Sockets"));
}

#[test]
fn leaves_what_is_harmless_alone() {
    let code = r##"
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;
use chrono::{DateTime, Utc};
use std::io::{self, Write};
use crossterm::event::KeyEvent;
use rand::rngs::StdRng;
// use std::fs; and /* std::thread */ are only spoken of
/* std::fs::read("/* nested */ std::env") */
enum Body { File(String), Local, Instant }
fn a<'a>(b: &'a str) -> Body {
    let _ = ("std::fs::read()", r#"use crate::net; " "#, b"crate::net", '"', '\'', "\" crate::net::x");
    write!(out, "{}", b.len());
    Body::File(b.into())
}
#[cfg(test)]
mod tests {
    use crate::net;
    use std::fs;
    fn a() { println!("{:?}", std::env::args()); }
}
"##;
    assert_eq!(found("src/app/plant.rs", code), "");
    let after = format!("{code}\nuse std::fs;");
    assert!(found("src/app/plant.rs", &after).contains("touches Files"), "what comes after the tests counts again");
}

#[test]
fn finds_a_folder_that_is_not_in_the_table() {
    assert!(found("src/dream/mod.rs", "").contains("dream is not in the table"));
    assert!(found("src/extra.rs", "").contains("extra is not in the table"));
}

#[test]
fn finds_offences_against_the_house_style() {
    assert!(check(Path::new("src/app/plant.rs"), "use a;").join("").contains("does not begin"));
    assert!(found("src/net/utils.rs", "").contains("says nothing"));
    assert!(found("src/net/helpers/mod.rs", "").contains("says nothing"));
    assert!(found("src/net/plant.rs", "#[allow(dead_code)]\nfn a() {}").contains(":2: allows a lint"));
    assert!(found("src/net/plant.rs", "#![allow(dead_code)]").contains("allows a lint"));
    assert_eq!(found("src/net/plant.rs", "#[expect(dead_code, reason = \"b\")]\nfn allow() {}"), "");
    assert!(found("src/net/plant.rs", &"\n".repeat(600)).contains("601 lines"));
    assert!(found("tests/plant.rs", "fn a() { std::thread::sleep(b); }").contains(":2: a test sleeps"));
    assert!(found("src/net/plant.rs", "#[cfg(test)] mod tests { fn a() { sleep(b); } }").contains("a test sleeps"));
    assert_eq!(found("src/net/plant.rs", "fn a() { tokio::time::sleep(b); }"), "");
}

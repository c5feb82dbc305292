//! What a server answers: an event in, replies out. One file a behaviour, one line in [`KINDS`].
//!
//! A behaviour is a machine without sockets, clock or chance: `net` tells it what happened on which
//! connection and performs what it replies. One machine serves all connections of one server.

mod argument;
mod chargen;
mod chat;
#[cfg(test)]
mod conversation;
mod daytime;
mod discard;
mod echo;
mod exec;
mod files;
mod lines;
mod loops;
mod manual;
mod outbox;
pub mod replay;
mod reply;
mod routes;
mod rules;
pub mod site;
mod tap;
mod template;
mod time;

use std::fmt;
use std::time::Duration;

use bytes::Bytes;

pub use argument::unescape;

use crate::model::replay::Replayed;
use crate::model::{ConnId, Endpoint, Scheme, Timestamp, nearest};

/// Every kind of behaviour, in the order they are offered.
pub static KINDS: &[Kind] = &[
    echo::KIND,
    reply::KIND,
    rules::KIND,
    chat::KIND,
    manual::KIND,
    discard::KIND,
    chargen::KIND,
    daytime::KIND,
    time::KIND,
    exec::KIND,
    files::KIND,
    routes::KIND,
    tap::KIND,
    replay::KIND,
];

/// The kind of that name, in any case.
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name.eq_ignore_ascii_case(name.trim()))
}

/// A machine, ready to be told what happens.
pub enum Machine {
    /// It answers bytes.
    Bytes(Box<dyn Behaviour>),
    /// It answers HTTP requests.
    Http(Box<dyn Responder>),
    /// It answers nothing: all is passed on to this target.
    Tap(Endpoint),
    /// It plays a recorded conversation, once that was read.
    Replay(replay::Asked),
}

impl fmt::Debug for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Machine::Bytes(_) => "a machine that answers bytes",
            Machine::Http(_) => "a machine that answers HTTP requests",
            Machine::Tap(_) => "a machine that passes on",
            Machine::Replay(_) => "a machine that plays what was recorded",
        })
    }
}

/// Makes the machine of a server that listens by `scheme`.
///
/// # Errors
/// Says in one sentence what is wrong with the name, the argument or their meeting with the scheme,
/// and what would be right.
pub fn machine(scheme: Scheme, name: &str, argument: &str) -> Result<Machine, String> {
    let kind = kind(name).ok_or_else(|| unknown(name))?;
    match (kind.make, spoken(scheme)) {
        (Make::Bytes(make), Spoken::Bytes(carrier)) => {
            let machine = make(carrier, argument)?;
            Ok(Machine::Bytes(match carrier {
                Carrier::Stream => machine,
                Carrier::Datagram => loops::guarded(machine),
            }))
        }
        (Make::Http(make), Spoken::Http) => make(argument).map(Machine::Http),
        (Make::Tap(target), Spoken::Bytes(_) | Spoken::Http) => target(scheme, argument).map(Machine::Tap),
        (Make::Replay(asked), Spoken::Bytes(_) | Spoken::Http) => asked(argument).map(Machine::Replay),
        (Make::Bytes(_), Spoken::Http) => Err(format!(
            "{} answers bytes, not HTTP requests; listen on tcp://, or choose {}",
            kind.name,
            names(answers_http, " or ")
        )),
        (Make::Http(_), Spoken::Bytes(_)) => {
            Err(format!("{} answers HTTP requests; listen on http://, not {}://", kind.name, scheme.name()))
        }
    }
}

/// What a server hears, by its scheme.
enum Spoken {
    Bytes(Carrier),
    Http,
}

fn spoken(scheme: Scheme) -> Spoken {
    match scheme {
        Scheme::Tcp | Scheme::Tls | Scheme::Unix => Spoken::Bytes(Carrier::Stream),
        Scheme::Udp | Scheme::UnixDatagram => Spoken::Bytes(Carrier::Datagram),
        Scheme::Http | Scheme::Https => Spoken::Http,
    }
}

/// The kind of that name.
///
/// # Errors
/// There is none; says which name was meant.
pub fn named(name: &str) -> Result<&'static Kind, String> {
    kind(name).ok_or_else(|| unknown(name))
}

fn unknown(name: &str) -> String {
    let shown: String = name.chars().take(30).collect();
    match nearest(name, KINDS.iter().map(|kind| kind.name)) {
        Some(right) => format!("no behaviour is called {shown:?}; did you mean {right}?"),
        None => format!("no behaviour is called {shown:?}; choose one of {}", names(|_| true, ", ")),
    }
}

fn answers_http(kind: &Kind) -> bool {
    match kind.make {
        Make::Http(_) => true,
        Make::Bytes(_) | Make::Tap(_) | Make::Replay(_) => false,
    }
}

fn names(wanted: fn(&Kind) -> bool, between: &str) -> String {
    KINDS.iter().filter(|kind| wanted(kind)).map(|kind| kind.name).collect::<Vec<_>>().join(between)
}

/// What happened on one connection (of a datagram server: one peer).
#[derive(Debug)]
pub struct Event<'a> {
    /// The connection it happened on.
    pub conn: ConnId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: Happened<'a>,
}

/// The kinds of event.
#[derive(Debug)]
pub enum Happened<'a> {
    /// A connection was accepted, or a peer sent its first datagram; the peer's address.
    Opened(&'a str),
    /// Bytes came: part of a stream, or one whole datagram.
    Data(&'a Bytes),
    /// The time asked for with [`Reply::WakeAfter`] is over.
    Woken,
    /// All that was asked to be sent on this connection has been handed to the system.
    Drained,
    /// The peer will send no more (FIN), but may still read.
    Finished,
    /// The program started with [`Reply::Run`] wrote bytes to its output.
    Output(&'a Bytes),
    /// That program ended.
    Exited,
    /// The connection is gone; replies to it go nowhere.
    Closed,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Send bytes: appended to a stream, or as one datagram.
    Send(ConnId, Bytes),
    /// Tell [`Happened::Woken`] on this connection after so long: once for each time it is asked,
    /// the earliest due first, also when several are under way.
    WakeAfter(ConnId, Duration),
    /// Half-close once all that was sent before has gone out: send FIN, go on hearing.
    Finish(ConnId),
    /// Close the connection once all that was sent before has gone out.
    Close(ConnId),
    /// Reset the connection at once.
    Reset(ConnId),
    /// Tell how far a replay is.
    Tell(ConnId, Replayed),
    /// Start a program for this connection. What comes is given to it with [`Reply::Feed`]; it is
    /// ended when the connection closes.
    Run(ConnId, Program),
    /// Give bytes to the program's input.
    Feed(ConnId, Bytes),
    /// End the program's input.
    EndFeed(ConnId),
}

/// A program and its arguments; no shell stands between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The program: a path, or a name found in `PATH`.
    pub name: String,
    /// Its arguments.
    pub arguments: Vec<String>,
}

/// A machine that answers bytes.
pub trait Behaviour: Send {
    /// Takes one event and says what is to be done about it, in order.
    fn on(&mut self, event: Event<'_>) -> Vec<Reply>;
}

/// One HTTP request, as a responder needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method, as sent.
    pub method: String,
    /// The path, still percent-encoded, without the query.
    pub path: String,
    /// The query after `?`, if there is one.
    pub query: Option<String>,
    /// Header fields in order, names as hyper gives them (lower case).
    pub headers: Vec<(String, String)>,
    /// The body, up to the server's limit.
    pub body: Bytes,
}

/// What a responder says to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// This response, after so long.
    Respond(Response, Duration),
    /// What the folder holds at the request's path.
    FromFolder(Folder),
}

/// A whole HTTP response; `Content-Length` is added when it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code, 100 to 999.
    pub status: u16,
    /// Header fields in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

/// Where files are served from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Folder {
    /// The little site inside the program.
    BuiltIn,
    /// A folder of the file system.
    Path(String),
}

/// A machine that answers HTTP requests.
pub trait Responder: Send {
    /// Answers one request.
    fn respond(&mut self, request: &Request) -> Answer;
}

/// Whether a behaviour is fed a stream or datagrams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// TCP or a Unix stream socket.
    Stream,
    /// UDP or a Unix datagram socket.
    Datagram,
}

/// How the machine of a kind is made; the text is the argument the user wrote, possibly empty.
/// A bad argument is told in one sentence that says what would be right.
#[derive(Clone, Copy)]
pub enum Make {
    /// It answers bytes.
    Bytes(fn(Carrier, &str) -> Made<dyn Behaviour>),
    /// It answers HTTP requests.
    Http(fn(&str) -> Made<dyn Responder>),
    /// It passes on to a target, read for a server that listens by this scheme.
    Tap(fn(Scheme, &str) -> Result<Endpoint, String>),
    /// It plays a recorded conversation, which is still to be read.
    Replay(fn(&str) -> Result<replay::Asked, String>),
}

/// A machine, or what is wrong with its argument.
pub type Made<M> = Result<Box<M>, String>;

/// One kind of behaviour, as it is offered to the user.
#[derive(Clone, Copy)]
pub struct Kind {
    /// Its name: `echo`.
    pub name: &'static str,
    /// What it does, in a few words.
    pub words: &'static str,
    /// What its argument is, in a few words; empty when it takes none.
    pub argument: &'static str,
    /// An argument that works, to start from; one of several lines means that it is a text of lines.
    pub example: &'static str,
    /// How its machine is made.
    pub make: Make,
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn refusal(scheme: Scheme, name: &str, argument: &str) -> String {
        machine(scheme, name, argument).expect_err("it is refused")
    }

    #[test]
    fn every_kind_has_a_name_of_its_own_and_words() {
        let distinct: HashSet<_> = KINDS.iter().map(|kind| kind.name).collect();
        assert_eq!(distinct.len(), KINDS.len());
        for kind in KINDS {
            assert!(kind.name.chars().all(|c| c.is_ascii_lowercase()), "{}", kind.name);
            assert!((10..=80).contains(&kind.words.chars().count()), "{}: {}", kind.name, kind.words);
            assert!(!kind.words.ends_with('.'), "{}: words are no sentence", kind.name);
            assert!(kind.argument.chars().count() <= 100, "{}: {}", kind.name, kind.argument);
            assert!(kind.example.is_empty() || !kind.argument.is_empty(), "{}: an example is explained", kind.name);
        }
    }

    #[test]
    fn every_kind_makes_a_machine_of_its_own_example() {
        for kind in KINDS {
            let scheme = if answers_http(kind) { Scheme::Http } else { Scheme::Tcp };
            if let Err(why) = machine(scheme, kind.name, kind.example) {
                panic!("{} of {:?}: {why}", kind.name, kind.example);
            }
        }
    }

    #[test]
    fn a_kind_without_an_argument_refuses_one() {
        for kind in KINDS.iter().filter(|kind| kind.argument.is_empty()) {
            assert_eq!(
                refusal(Scheme::Tcp, kind.name, "loud"),
                format!("{} takes no argument; leave it empty", kind.name)
            );
        }
    }

    #[test]
    fn a_mistyped_name_is_answered_with_the_nearest_right_one() {
        for (written, right) in [("ehco", "echo"), ("charge", "chargen"), ("rule", "rules"), ("exce", "exec")] {
            let why = refusal(Scheme::Tcp, written, "");
            assert_eq!(why, format!("no behaviour is called {written:?}; did you mean {right}?"));
        }
        let why = refusal(Scheme::Tcp, "frobnicate", "");
        assert!(why.contains("choose one of echo, reply"), "{why}");
        assert!(kind(" Echo ").is_some_and(|kind| kind.name == "echo"));
    }

    #[test]
    fn bytes_and_http_are_kept_apart() {
        assert_eq!(
            refusal(Scheme::Http, "echo", ""),
            "echo answers bytes, not HTTP requests; listen on tcp://, or choose files or routes"
        );
        assert_eq!(refusal(Scheme::Udp, "files", ""), "files answers HTTP requests; listen on http://, not udp://");
    }

    #[test]
    fn no_order_of_events_makes_a_machine_fall_over() {
        let payloads = [&b""[..], b"\n", b"GET\r\n", b"\xff\0\x1b", b"/name \xf0\n/who", &b"x".repeat(70_000)]
            .map(Bytes::copy_from_slice);
        let mut dice = 1_u64;
        let mut roll = |sides: u64| {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (dice >> 33) % sides
        };
        for kind in KINDS.iter().filter(|kind| !answers_http(kind)) {
            for scheme in [Scheme::Tcp, Scheme::Udp] {
                let Ok(Machine::Bytes(mut machine)) = machine(scheme, kind.name, kind.example) else { continue };
                for _ in 0..3000 {
                    let payload = &payloads[roll(payloads.len() as u64) as usize];
                    let what = match roll(9) {
                        0 => Happened::Opened("127.0.0.1:5000"),
                        1 => Happened::Woken,
                        2 => Happened::Drained,
                        3 => Happened::Finished,
                        4 => Happened::Output(payload),
                        5 => Happened::Exited,
                        6 => Happened::Closed,
                        _ => Happened::Data(payload),
                    };
                    let at = Timestamp(roll(10_000_000_000) as i64 * if roll(2) == 0 { 1 } else { -1 });
                    let replies = machine.on(Event { conn: ConnId(roll(4)), at, what });
                    assert!(replies.len() <= 1500, "{}: {} replies at once", kind.name, replies.len());
                }
            }
        }
    }
}

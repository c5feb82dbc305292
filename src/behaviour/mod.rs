//! What a server answers: an event in, replies out. One file a behaviour, one line in [`KINDS`].
//!
//! A behaviour is a machine without sockets, clock or chance: `net` tells it what happened on which
//! connection and performs what it replies. One machine serves all connections of one server.

use std::time::Duration;

use bytes::Bytes;

use crate::model::{ConnId, Timestamp};

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
    /// Tell [`Happened::Woken`] on this connection after so long.
    WakeAfter(ConnId, Duration),
    /// Close the connection once all that was sent before has gone out.
    Close(ConnId),
    /// Start a program for this connection and feed it all bytes that come, until it ends.
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
    Bytes(fn(Carrier, &str) -> Result<Box<dyn Behaviour>, String>),
    /// It answers HTTP requests.
    Http(fn(&str) -> Result<Box<dyn Responder>, String>),
}

/// One kind of behaviour, as it is offered to the user.
#[derive(Clone, Copy)]
pub struct Kind {
    /// Its name: `echo`.
    pub name: &'static str,
    /// What it does, in a few words.
    pub words: &'static str,
    /// What its argument is, in a few words; empty when it takes none.
    pub argument: &'static str,
    /// How its machine is made.
    pub make: Make,
}

//! Behaviours to build the sockets against. // stub

use bytes::Bytes;

use super::{Behaviour, Carrier, Event, Happened, Kind, Make, Program, Reply};

struct Machine(fn(&Event<'_>, &str) -> Vec<Reply>, String);

impl Behaviour for Machine {
    fn on(&mut self, event: Event<'_>) -> Vec<Reply> {
        (self.0)(&event, &self.1)
    }
}

fn echo(event: &Event<'_>, _: &str) -> Vec<Reply> {
    match event.what {
        Happened::Data(bytes) => vec![Reply::Send(event.conn, bytes.clone())],
        Happened::Finished => vec![Reply::Close(event.conn)],
        _ => Vec::new(),
    }
}

fn manual(_: &Event<'_>, _: &str) -> Vec<Reply> {
    Vec::new()
}

fn reply(event: &Event<'_>, argument: &str) -> Vec<Reply> {
    match event.what {
        Happened::Data(_) => {
            vec![Reply::Send(event.conn, Bytes::from(argument.to_owned())), Reply::Close(event.conn)]
        }
        _ => Vec::new(),
    }
}

fn exec(event: &Event<'_>, argument: &str) -> Vec<Reply> {
    let mut words = argument.split(' ').map(str::to_owned);
    match event.what {
        Happened::Opened(_) => {
            let name = words.next().unwrap_or_default();
            vec![Reply::Run(event.conn, Program { name, arguments: words.collect() })]
        }
        Happened::Data(bytes) => vec![Reply::Feed(event.conn, bytes.clone())],
        Happened::Output(bytes) => vec![Reply::Send(event.conn, bytes.clone())],
        Happened::Finished => vec![Reply::EndFeed(event.conn)],
        Happened::Exited => vec![Reply::Close(event.conn)],
        _ => Vec::new(),
    }
}

macro_rules! kind {
    ($name:literal, $machine:ident) => {
        Kind {
            name: $name,
            words: "",
            argument: "",
            make: Make::Bytes(|_: Carrier, argument| Ok(Box::new(Machine($machine, argument.to_owned())))),
        }
    };
}

/// All kinds. // stub
pub const KINDS: &[Kind] = &[
    kind!("echo", echo),
    kind!("manual", manual),
    kind!("reply", reply),
    kind!("exec", exec),
    kind!("discard", manual),
];

/// The kind of that name. // stub
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

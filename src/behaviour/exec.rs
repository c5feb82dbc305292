//! Exec: a program for each connection; the peer's bytes are its input, its output goes to the peer.

use std::collections::HashSet;

use super::{Behaviour, Carrier, Event, Happened, Kind, Made, Make, Program, Reply, argument};
use crate::model::ConnId;

/// This behaviour, as it is offered.
pub const KIND: Kind = Kind {
    name: "exec",
    words: "runs a program for each connection and joins it to the peer",
    argument: "the program and its arguments; quotes as in a shell, but no shell reads it",
    example: "cat",
    make: Make::Bytes(make),
};

fn make(carrier: Carrier, argument: &str) -> Made<dyn Behaviour> {
    match carrier {
        Carrier::Stream => {}
        Carrier::Datagram => {
            return Err("exec needs connections, and datagrams have none; listen on tcp:// or unix://".to_owned());
        }
    }
    if argument.contains('\0') {
        return Err("a program's arguments cannot hold NUL".to_owned());
    }
    let mut words = argument::command_words(argument)?.into_iter();
    let name = words.next().filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| "write the program to run, such as cat or python3 -i".to_owned())?;
    Ok(Box::new(Exec { program: Program { name, arguments: words.collect() }, running: HashSet::new() }))
}

struct Exec {
    program: Program,
    /// Connections whose program has not ended.
    running: HashSet<ConnId>,
}

impl Behaviour for Exec {
    fn on(&mut self, event: Event<'_>) -> Vec<Reply> {
        let conn = event.conn;
        match event.what {
            Happened::Opened(_) => {
                self.running.insert(conn);
                vec![Reply::Run(conn, self.program.clone())]
            }
            Happened::Data(data) if self.running.contains(&conn) => vec![Reply::Feed(conn, data.clone())],
            Happened::Finished if self.running.contains(&conn) => vec![Reply::EndFeed(conn)],
            Happened::Output(output) => vec![Reply::Send(conn, output.clone())],
            Happened::Exited => {
                self.running.remove(&conn);
                vec![Reply::Close(conn)]
            }
            Happened::Closed => {
                self.running.remove(&conn);
                Vec::new()
            }
            Happened::Data(_) | Happened::Finished | Happened::Woken | Happened::Drained => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::behaviour::conversation::Conversation;
    use crate::behaviour::machine;
    use crate::model::Scheme;

    #[test]
    fn joins_peer_and_program_until_the_program_ends() {
        let mut talk = Conversation::stream("exec", r#"tr 'a-z' "A-Z""#);
        talk.opens(1).runs("tr", &["a-z", "A-Z"]);
        talk.says("hello").feeds("hello").program_says("HELLO").hears("HELLO");
        talk.finishes().feed_is_ended().is_open();
        talk.program_says("!").program_ends().hears("!").is_closed();
        talk.says("too late").feeds("");
    }

    #[test]
    fn each_connection_has_a_program_of_its_own() {
        let mut talk = Conversation::stream("exec", "cat");
        talk.opens(1).runs("cat", &[]);
        talk.opens(2).runs("cat", &[]).says("b").feeds("b");
        talk.peer(1).feeds("").leaves();
        talk.peer(2).says("c").feeds("c");
    }

    #[test]
    fn says_what_it_needs() {
        for (scheme, argument, words) in [
            (Scheme::Udp, "cat", "listen on tcp://"),
            (Scheme::Tcp, " ", "write the program"),
            (Scheme::Tcp, "''", "write the program"),
            (Scheme::Tcp, "ls | wc", "no shell"),
            (Scheme::Tcp, "echo 'a", "closing '"),
            (Scheme::Tcp, "a\0b", "NUL"),
        ] {
            let why = machine(scheme, "exec", argument).expect_err(argument);
            assert!(why.contains(words), "{argument}: {why}");
        }
    }
}

//! Chat: what one says all others hear, line by line, under names.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::lines::{Cut, LONGEST_LINE, Lines};
use super::{Behaviour, Carrier, Event, Happened, Kind, Made, Make, Reply, argument};
use crate::model::{ConnId, nearest};

/// The longest name, in characters: it stands before each line.
const LONGEST_NAME: usize = 24;
/// The most bytes a peer may be behind in reading; what comes then it misses, and is told how much.
const LONGEST_BACKLOG: usize = 1024 * 1024;
/// The most names `/who` lists.
const MOST_NAMES: usize = 100;
/// What may be said after a slash.
const COMMANDS: [&str; 4] = ["/name", "/who", "/help", "/quit"];

/// This behaviour, as it is offered.
pub const KIND: Kind = Kind {
    name: "chat",
    words: "what one says all others hear; /name X, /who, /help, /quit",
    argument: "",
    example: "",
    make: Make::Bytes(make),
};

/// A room for all peers of the server. Lines end in LF or CR LF; a longer one than 64 KiB goes on in
/// pieces, and its speaker is told. What is said is passed on byte by byte, whatever it holds. A
/// datagram is one line. A peer that sends FIN has left.
fn make(carrier: Carrier, argument: &str) -> Made<dyn Behaviour> {
    argument::none(KIND.name, argument)?;
    Ok(Box::new(Chat { carrier, peers: BTreeMap::new(), guests: 0 }))
}

struct Chat {
    carrier: Carrier,
    peers: BTreeMap<ConnId, Peer>,
    /// How many guests have been given a name.
    guests: u64,
}

struct Peer {
    name: String,
    lines: Lines,
    /// Its line is long and goes on in pieces.
    in_pieces: bool,
    /// Bytes sent since all was last handed to the system.
    backlog: usize,
    /// Lines it did not get because it reads too slowly.
    missed: u64,
}

impl Behaviour for Chat {
    fn on(&mut self, event: Event<'_>) -> Vec<Reply> {
        let mut replies = Vec::new();
        let conn = event.conn;
        match event.what {
            Happened::Opened(_) => self.joined(conn, &mut replies),
            Happened::Data(data) => self.heard(conn, data, &mut replies),
            Happened::Drained => self.drained(conn, &mut replies),
            Happened::Finished => {
                self.say_unfinished(conn, &mut replies);
                self.quit(conn, &mut replies);
            }
            Happened::Closed => self.left(conn, &mut replies),
            Happened::Woken | Happened::Output(_) | Happened::Exited => {}
        }
        replies
    }
}

impl Chat {
    fn joined(&mut self, conn: ConnId, replies: &mut Vec<Reply>) {
        let name = self.guest_name();
        let peer = Peer { name: name.clone(), lines: Lines::default(), in_pieces: false, backlog: 0, missed: 0 };
        self.peers.insert(conn, peer);
        let others = self.peers.len() - 1;
        let company = match others {
            0 => "nobody else is here yet".to_owned(),
            1 => "1 other is here".to_owned(),
            _ => format!("{others} others are here"),
        };
        self.tell(conn, &format!("* welcome, {name}; {company}; /name X changes your name, /help tells more"), replies);
        self.announce(conn, &format!("* {name} has joined"), replies);
    }

    fn guest_name(&mut self) -> String {
        loop {
            self.guests += 1;
            let name = format!("guest{}", self.guests);
            if !self.is_taken(&name) {
                return name;
            }
        }
    }

    fn is_taken(&self, name: &str) -> bool {
        self.peers.values().any(|peer| peer.name.to_lowercase() == name.to_lowercase())
    }

    fn heard(&mut self, conn: ConnId, data: &Bytes, replies: &mut Vec<Reply>) {
        match self.carrier {
            Carrier::Datagram => self.line(conn, data.trim_ascii_end(), replies),
            Carrier::Stream => {
                let Some(peer) = self.peers.get_mut(&conn) else { return };
                for cut in peer.lines.push(data) {
                    self.cut(conn, cut, replies);
                }
            }
        }
    }

    fn cut(&mut self, conn: ConnId, cut: Cut, replies: &mut Vec<Reply>) {
        let Some(peer) = self.peers.get_mut(&conn) else { return };
        let went_on = peer.in_pieces;
        peer.in_pieces = matches!(cut, Cut::Piece(_));
        let begins = peer.in_pieces && !went_on;
        let (Cut::Line(line) | Cut::Piece(line)) = cut;
        if begins {
            let size = LONGEST_LINE / 1024;
            self.tell(conn, &format!("* your line is longer than {size} KiB and goes on in pieces"), replies);
        }
        // A piece of a long line is never a command, whatever it begins with.
        if begins || went_on {
            self.say(conn, &line, replies);
        } else {
            self.line(conn, &line, replies);
        }
    }

    fn say_unfinished(&mut self, conn: ConnId, replies: &mut Vec<Reply>) {
        let unfinished = self.peers.get_mut(&conn).and_then(|peer| peer.lines.take_unfinished());
        if let Some(line) = unfinished {
            self.cut(conn, Cut::Line(line), replies);
        }
    }

    fn line(&mut self, conn: ConnId, line: &[u8], replies: &mut Vec<Reply>) {
        match line {
            [] => {}
            [b'/', b'/', ..] => self.say(conn, &line[1..], replies),
            [b'/', ..] => self.command(conn, &String::from_utf8_lossy(line), replies),
            _ => self.say(conn, line, replies),
        }
    }

    fn say(&mut self, conn: ConnId, text: &[u8], replies: &mut Vec<Reply>) {
        let Some(speaker) = self.peers.get(&conn) else { return };
        let line = Bytes::from([speaker.name.as_bytes(), b": ", text, b"\n"].concat());
        self.send_to_others(conn, &line, replies);
    }

    fn command(&mut self, conn: ConnId, line: &str, replies: &mut Vec<Reply>) {
        match argument::first_word(line) {
            ("/name", name) => self.rename(conn, name, replies),
            ("/who", _) => self.tell(conn, &self.who(conn), replies),
            ("/help", _) => {
                let help = "* /name X: your name; /who: who is here; /quit: leave; //x says /x";
                self.tell(conn, help, replies);
            }
            ("/quit", _) => self.quit(conn, replies),
            (word, _) => {
                let right = nearest(word, COMMANDS).unwrap_or("/help");
                let word = argument::shortened(word);
                let answer = format!("* {} is no command; did you mean {right}?", word.escape_debug());
                self.tell(conn, &answer, replies);
            }
        }
    }

    fn rename(&mut self, conn: ConnId, name: &str, replies: &mut Vec<Reply>) {
        let is_plain = name.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c));
        if name.is_empty() || name.chars().count() > LONGEST_NAME || !is_plain {
            let answer = format!("* a name is 1 to {LONGEST_NAME} letters, digits, dots, - or _; yours stays");
            return self.tell(conn, &answer, replies);
        }
        let is_own = self.peers.get(&conn).is_some_and(|peer| peer.name.to_lowercase() == name.to_lowercase());
        if !is_own && self.is_taken(name) {
            return self.tell(conn, &format!("* {name} is taken; yours stays"), replies);
        }
        let Some(peer) = self.peers.get_mut(&conn) else { return };
        let before = std::mem::replace(&mut peer.name, name.to_owned());
        self.tell(conn, &format!("* you are {name} now"), replies);
        self.announce(conn, &format!("* {before} is {name} now"), replies);
    }

    fn who(&self, conn: ConnId) -> String {
        let names = self.peers.iter().take(MOST_NAMES).map(|(id, peer)| {
            let you = if *id == conn { " (you)" } else { "" };
            format!("{}{you}", peer.name)
        });
        let names = names.collect::<Vec<_>>().join(", ");
        match self.peers.len().saturating_sub(MOST_NAMES) {
            0 => format!("* here: {names}"),
            more => format!("* here: {names} and {more} more"),
        }
    }

    /// The peer leaves by its own will, and its connection is closed.
    fn quit(&mut self, conn: ConnId, replies: &mut Vec<Reply>) {
        if self.peers.contains_key(&conn) {
            self.left(conn, replies);
            replies.push(Reply::Close(conn));
        }
    }

    fn left(&mut self, conn: ConnId, replies: &mut Vec<Reply>) {
        if let Some(peer) = self.peers.remove(&conn) {
            self.announce(conn, &format!("* {} has left", peer.name), replies);
        }
    }

    fn drained(&mut self, conn: ConnId, replies: &mut Vec<Reply>) {
        let Some(peer) = self.peers.get_mut(&conn) else { return };
        peer.backlog = 0;
        match std::mem::take(&mut peer.missed) {
            0 => {}
            missed => self.tell(conn, &format!("* you read too slowly and missed {missed} lines"), replies),
        }
    }

    fn tell(&mut self, conn: ConnId, words: &str, replies: &mut Vec<Reply>) {
        let carrier = self.carrier;
        if let Some(peer) = self.peers.get_mut(&conn) {
            replies.extend(peer.send(carrier, conn, Bytes::from(format!("{words}\n"))));
        }
    }

    fn announce(&mut self, about: ConnId, words: &str, replies: &mut Vec<Reply>) {
        self.send_to_others(about, &Bytes::from(format!("{words}\n")), replies);
    }

    fn send_to_others(&mut self, speaker: ConnId, line: &Bytes, replies: &mut Vec<Reply>) {
        let carrier = self.carrier;
        let others = self.peers.iter_mut().filter(|(conn, _)| **conn != speaker);
        replies.extend(others.filter_map(|(conn, peer)| peer.send(carrier, *conn, line.clone())));
    }
}

impl Peer {
    /// Sends a line, or counts it as missed by a peer that does not read.
    fn send(&mut self, carrier: Carrier, conn: ConnId, line: Bytes) -> Option<Reply> {
        match carrier {
            Carrier::Datagram => {}
            Carrier::Stream if self.backlog + line.len() > LONGEST_BACKLOG => {
                self.missed += 1;
                return None;
            }
            Carrier::Stream => self.backlog += line.len(),
        }
        Some(Reply::Send(conn, line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behaviour::conversation::Conversation;

    /// Three peers who have heard each other come.
    fn three() -> Conversation {
        let mut talk = Conversation::stream("chat", "");
        talk.opens(1)
            .hears("* welcome, guest1; nobody else is here yet; /name X changes your name, /help tells more\n");
        talk.opens(2).hears("* welcome, guest2; 1 other is here; /name X changes your name, /help tells more\n");
        talk.opens(3).hears("* welcome, guest3; 2 others are here; /name X changes your name, /help tells more\n");
        talk.peer(1).hears("* guest2 has joined\n* guest3 has joined\n");
        talk.peer(2).hears("* guest3 has joined\n");
        talk
    }

    #[test]
    fn what_one_says_all_others_hear() {
        let mut talk = three();
        talk.peer(1).says("hello\n").hears_nothing();
        talk.peer(2).hears("guest1: hello\n");
        talk.peer(3).hears("guest1: hello\n").says("hi\r\nthere\r\n");
        talk.peer(1).hears("guest3: hi\nguest3: there\n");
    }

    #[test]
    fn lines_arrive_whole_however_they_were_cut_and_empty_ones_not_at_all() {
        let mut talk = three();
        talk.peer(1).says("hel");
        talk.peer(2).says("between\n");
        talk.peer(1).says("lo\n\n\r\nnext");
        talk.peer(3).hears("guest2: between\nguest1: hello\n");
        talk.peer(1).finishes();
        talk.peer(3).hears("guest1: next\n* guest1 has left\n");
    }

    #[test]
    fn names_change_and_are_announced() {
        let mut talk = three();
        talk.peer(1).says("/name Ada\n").hears("* you are Ada now\n");
        talk.peer(2).hears("* guest1 is Ada now\n").says("/name ADA\n").hears("* ADA is taken; yours stays\n");
        talk.peer(1)
            .says("/name ada\n")
            .hears("* you are ada now\n")
            .says("/who\n")
            .hears("* here: ada (you), guest2, guest3\n");
        talk.peer(3).says("/name guest4\n");
        talk.opens(4).says("/who\n");
        talk.hears(
            "* welcome, guest5; 3 others are here; /name X changes your name, /help tells more\n\
             * here: ada, guest2, guest4, guest5 (you)\n",
        );
    }

    #[test]
    fn names_with_control_characters_or_spaces_are_refused() {
        let mut talk = three();
        for name in ["", "a\x1b[2Jb", "a\0", "a b", "\u{202e}evil", "a\u{200b}", "x:", "*", &"x".repeat(25)] {
            talk.peer(1).says(format!("/name {name}\n"));
            talk.hears("* a name is 1 to 24 letters, digits, dots, - or _; yours stays\n");
        }
        talk.says(b"/name \xff\n").hears("* a name is 1 to 24 letters, digits, dots, - or _; yours stays\n");
        talk.peer(2).hears_nothing();
    }

    #[test]
    fn commands_are_helped_along_and_a_double_slash_says_a_slash() {
        let mut talk = three();
        talk.peer(1).says("/nmae x\n").hears("* /nmae is no command; did you mean /name?\n");
        talk.says("/\x1b\n").hears("* /\\u{1b} is no command; did you mean /help?\n");
        talk.says("//etc/passwd\n").hears_nothing();
        talk.peer(2).hears("guest1: /etc/passwd\n");
        talk.peer(1).says("/quit\nnot said\n").is_closed().hears_nothing();
        talk.peer(2).hears("* guest1 has left\n");
    }

    #[test]
    fn a_peer_that_vanishes_has_left_once_and_its_half_line_is_not_said() {
        let mut talk = three();
        talk.peer(1).says("half").leaves();
        talk.peer(2).hears("* guest1 has left\n").finishes().is_closed().hears_nothing().leaves();
        talk.peer(3).hears("* guest1 has left\n* guest2 has left\n");
    }

    #[test]
    fn any_bytes_are_passed_on_as_they_are() {
        let mut talk = three();
        talk.peer(1).says(b"\xff\0\x1b[31m\n");
        talk.peer(2).hears(b"guest1: \xff\0\x1b[31m\n");
    }

    #[test]
    fn a_line_without_end_goes_on_in_pieces_and_its_speaker_is_told_once() {
        let mut talk = three();
        talk.peer(1).says([b"/".repeat(2 * LONGEST_LINE), b"end\n".to_vec()].concat());
        talk.hears("* your line is longer than 64 KiB and goes on in pieces\n");
        let piece = format!("guest1: {}\n", "/".repeat(LONGEST_LINE));
        talk.peer(2).hears(format!("{piece}{piece}guest1: end\n"));
        talk.peer(1).says("short\n").hears_nothing();
        talk.peer(2).hears("guest1: short\n");
    }

    #[test]
    fn ten_megabytes_to_one_who_does_not_read_are_bounded_and_told() {
        let mut talk = three();
        let line = [b"x".repeat(60_000), b"\n".to_vec()].concat();
        for _ in 0..160 {
            talk.peer(1).says(&line);
            talk.peer(2).drains();
        }
        let mut heard = 0;
        talk.peer(3);
        for _ in 0..17 {
            heard += talk.hears_something().len();
        }
        assert!(heard <= LONGEST_BACKLOG);
        talk.hears_nothing().drains().hears("* you read too slowly and missed 143 lines\n");
        talk.drains().hears_nothing();
        talk.peer(1).says("again\n");
        talk.peer(3).hears("guest1: again\n");
    }

    #[test]
    fn datagrams_are_lines_and_empty_ones_only_join() {
        let mut talk = Conversation::datagrams("chat", "");
        talk.opens(1).says("").hears_something();
        talk.opens(2).says("hi").hears_something();
        talk.peer(1).hears("* guest2 has joined\n").hears("guest2: hi\n").hears_nothing();
        talk.says("/name Ada\r\n").hears("* you are Ada now\n");
    }
}

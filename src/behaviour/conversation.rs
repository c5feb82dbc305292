//! A talk with a behaviour in a test, over a virtual clock: `talk.says("hello").hears("hello")`.
//!
//! It stands where `net` stands: it delivers what happens, performs the replies, and panics when a
//! reply makes no sense, such as a send after a close.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;

use super::{Behaviour, Carrier, Event, Happened, Make, Program, Reply, kind};
use crate::model::replay::Replayed;
use crate::model::{ConnId, Timestamp};

/// 2026-01-31T12:03:01.204417Z: when every talk begins.
const BEGINNING: Timestamp = Timestamp(1_769_860_981_204_417_000);

/// A server under test and the peers that talk to it.
pub struct Conversation {
    machine: Box<dyn Behaviour>,
    carrier: Carrier,
    now: Timestamp,
    speaker: ConnId,
    peers: BTreeMap<ConnId, Peer>,
    /// When whom to wake, in the order asked.
    alarms: Vec<(Timestamp, ConnId)>,
}

#[derive(Default)]
struct Peer {
    heard: Vec<Bytes>,
    is_closed: bool,
    is_finished: bool,
    told: Vec<Replayed>,
    program: Option<Program>,
    fed: Vec<u8>,
    feed_is_ended: bool,
}

impl Conversation {
    /// A talk over streams with the behaviour of that name and argument.
    pub fn stream(name: &str, argument: &str) -> Self {
        Self::over(Carrier::Stream, name, argument)
    }

    /// A talk by datagrams.
    pub fn datagrams(name: &str, argument: &str) -> Self {
        Self::over(Carrier::Datagram, name, argument)
    }

    fn over(carrier: Carrier, name: &str, argument: &str) -> Self {
        let machine = match kind(name).expect("the kind is listed").make {
            Make::Bytes(make) => make(carrier, argument).expect("the argument is good"),
            Make::Http(_) | Make::Tap(_) | Make::Replay(_) => panic!("{name} answers no bytes"),
        };
        Self::with(carrier, machine)
    }

    /// A talk with that machine.
    pub fn with(carrier: Carrier, machine: Box<dyn Behaviour>) -> Self {
        let (peers, alarms) = (BTreeMap::new(), Vec::new());
        Self { machine, carrier, now: BEGINNING, speaker: ConnId(0), peers, alarms }
    }

    /// A new peer comes, and is the speaker from now on.
    pub fn opens(&mut self, peer: u64) -> &mut Self {
        self.speaker = ConnId(peer);
        self.peers.insert(self.speaker, Peer::default());
        self.tell(Happened::Opened(&format!("127.0.0.1:{}", 50_000 + peer)))
    }

    /// That peer is the speaker from now on.
    pub fn peer(&mut self, peer: u64) -> &mut Self {
        self.speaker = ConnId(peer);
        self
    }

    /// The speaker sends bytes: one piece of a stream, or a datagram.
    pub fn says(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.tell(Happened::Data(&Bytes::copy_from_slice(bytes.as_ref())))
    }

    /// The speaker will say no more, but listens.
    pub fn finishes(&mut self) -> &mut Self {
        self.tell(Happened::Finished)
    }

    /// The speaker is gone.
    pub fn leaves(&mut self) -> &mut Self {
        self.tell(Happened::Closed);
        self.peers.remove(&self.speaker);
        let gone = self.speaker;
        self.alarms.retain(|(_, conn)| *conn != gone);
        self
    }

    /// The speaker has taken all that was sent to it.
    pub fn drains(&mut self) -> &mut Self {
        self.tell(Happened::Drained)
    }

    /// Time passes, and alarms ring on the way.
    pub fn passes_ms(&mut self, millis: u64) -> &mut Self {
        let end = self.now.plus(Duration::from_millis(millis));
        loop {
            let next = self.alarms.iter().enumerate().min_by_key(|(_, (due, _))| *due).map(|(index, _)| index);
            match next {
                Some(index) if self.alarms[index].0 <= end => {
                    let (due, conn) = self.alarms.remove(index);
                    self.now = due;
                    self.tell_one(conn, Happened::Woken);
                }
                Some(_) | None => break,
            }
        }
        self.now = end;
        self
    }

    /// Exactly this has come to the speaker since it was last asked: of a stream all bytes together,
    /// of datagrams the next one.
    #[track_caller]
    pub fn hears(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        let heard = match self.carrier {
            Carrier::Stream => self.heard().drain(..).flatten().collect::<Bytes>(),
            Carrier::Datagram => self.hears_something(),
        };
        let (heard, wanted) = (heard.escape_ascii().to_string(), bytes.as_ref().escape_ascii().to_string());
        assert!(heard == wanted, "heard  {heard:.900}\nwanted {wanted:.900}");
        self
    }

    /// The next piece or datagram that came to the speaker.
    #[track_caller]
    pub fn hears_something(&mut self) -> Bytes {
        assert!(!self.heard().is_empty(), "nothing was heard");
        self.heard().remove(0)
    }

    /// Nothing has come to the speaker since it was last asked.
    #[track_caller]
    pub fn hears_nothing(&mut self) -> &mut Self {
        let heard = self.heard().clone();
        assert!(heard.is_empty(), "heard {heard:?}");
        self
    }

    fn heard(&mut self) -> &mut Vec<Bytes> {
        &mut self.current().heard
    }

    fn current(&mut self) -> &mut Peer {
        self.peers.get_mut(&self.speaker).expect("the speaker is here")
    }

    /// The server has closed the speaker's connection.
    #[track_caller]
    pub fn is_closed(&mut self) -> &mut Self {
        assert!(self.current().is_closed, "the connection is open");
        self
    }

    /// The server has not closed the speaker's connection.
    #[track_caller]
    pub fn is_open(&mut self) -> &mut Self {
        assert!(!self.current().is_closed, "the connection is closed");
        self
    }

    /// The server has finished sending to the speaker.
    #[track_caller]
    pub fn is_finished(&mut self) -> &mut Self {
        assert!(self.current().is_finished, "it sends on");
        self
    }

    /// What was told of the speaker's replay since it was last asked.
    pub fn told(&mut self) -> Vec<Replayed> {
        std::mem::take(&mut self.current().told)
    }

    /// This program was started for the speaker.
    #[track_caller]
    pub fn runs(&mut self, name: &str, arguments: &[&str]) -> &mut Self {
        let arguments = arguments.iter().map(ToString::to_string).collect();
        assert_eq!(self.current().program, Some(Program { name: name.to_owned(), arguments }));
        self
    }

    /// Exactly this was given to the speaker's program since it was last asked.
    #[track_caller]
    pub fn feeds(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        assert_eq!(std::mem::take(&mut self.current().fed), bytes.as_ref());
        self
    }

    /// The input of the speaker's program has ended.
    #[track_caller]
    pub fn feed_is_ended(&mut self) -> &mut Self {
        assert!(self.current().feed_is_ended, "the program's input is open");
        self
    }

    /// The speaker's program writes.
    pub fn program_says(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.tell(Happened::Output(&Bytes::copy_from_slice(bytes.as_ref())))
    }

    /// The speaker's program ends.
    pub fn program_ends(&mut self) -> &mut Self {
        self.tell(Happened::Exited)
    }

    fn tell(&mut self, what: Happened<'_>) -> &mut Self {
        self.tell_one(self.speaker, what);
        self
    }

    fn tell_one(&mut self, conn: ConnId, what: Happened<'_>) {
        for reply in self.machine.on(Event { conn, at: self.now, what }) {
            self.perform(reply);
        }
    }

    fn perform(&mut self, reply: Reply) {
        match reply {
            Reply::Send(conn, bytes) => {
                let peer = self.addressed(conn);
                assert!(!peer.is_closed, "a send to {conn} after its close: {bytes:?}");
                peer.heard.push(bytes);
            }
            Reply::WakeAfter(conn, span) => {
                self.addressed(conn);
                self.alarms.push((self.now.plus(span), conn));
            }
            Reply::Close(conn) => {
                let peer = self.addressed(conn);
                assert!(!peer.is_closed, "{conn} is closed twice");
                peer.is_closed = true;
            }
            Reply::Finish(conn) => self.addressed(conn).is_finished = true,
            Reply::Reset(conn) => self.addressed(conn).is_closed = true,
            Reply::Tell(conn, told) => self.addressed(conn).told.push(told),
            Reply::Run(conn, program) => {
                let before = self.addressed(conn).program.replace(program);
                assert_eq!(before, None, "a second program for {conn}");
            }
            Reply::Feed(conn, bytes) => self.addressed(conn).fed.extend_from_slice(&bytes),
            Reply::EndFeed(conn) => self.addressed(conn).feed_is_ended = true,
        }
    }

    fn addressed(&mut self, conn: ConnId) -> &mut Peer {
        self.peers.get_mut(&conn).unwrap_or_else(|| panic!("a reply to {conn}, which is not here"))
    }
}

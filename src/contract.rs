//! All that `app` and `net` say to each other: commands down, events up. Data only.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::filter::Filter;
use crate::impair::Impairment;
use crate::model::replay::{Manner, Replayed};
use crate::model::script::Script;
use crate::model::{
    Address, Closing, ConnId, Deed, Direction, Endpoint, ExchangeId, LookupId, NodeId, Side, SocketEnds, Step,
    TcpSocket, Timestamp, Transport, Trouble,
};

/// What the app asks of the network.
#[derive(Debug, Clone, PartialEq)]
pub enum NetCommand {
    /// Run a server. A node that runs already is stopped first.
    Serve(NodeId, ServerSpec),
    /// Connect a client. A node that is connected already is closed first.
    Connect(NodeId, ClientSpec),
    /// Play one side of a recorded conversation. What the node runs already is ended first.
    Replay(NodeId, Role, Play),
    /// Let a running tap (a server of the behaviour `tap`) do this to what passes, from now on.
    Shape(NodeId, Shaping),
    /// Let a running tap connect those who come from now on to this target.
    Retarget(NodeId, Endpoint),
    /// Put bytes into a tapped conversation, toward that side.
    Inject(NodeId, To, Side, Bytes),
    /// Decide about a message that a tap holds.
    Decide(NodeId, Held, Decision),
    /// End whatever the node runs: a server or tap with all its connections, or a client.
    Stop(NodeId),
    /// Send bytes: appended to a stream, or as one datagram.
    Send(NodeId, To, Bytes),
    /// Half-close: send FIN, go on reading.
    Finish(NodeId, To),
    /// Close in order.
    Close(NodeId, To),
    /// Reset: RST where the transport has one.
    Reset(NodeId, To),
    /// Make one HTTP request. The node's running exchange, if any, is cancelled first.
    Fetch(NodeId, ExchangeId, HttpRequest),
    /// Give the node's running exchange up.
    CancelFetch(NodeId),
    /// Ask the system's resolver for a name's addresses. The node's running question, if any, is given up first.
    LookUp(NodeId, LookupId, String),
    /// Ask the kernel again and again of the TCP sockets between these ends, instead of those before; of none, no more.
    Watch(NodeId, Vec<SocketEnds>),
}

/// The side of a recorded conversation that is played, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// The client's, to this target.
    Client(ClientSpec),
    /// The server's, to whoever connects here.
    Server(ServerSpec),
}

/// A recorded conversation, and how it is played.
#[derive(Debug, Clone, PartialEq)]
pub struct Play {
    /// The conversation.
    pub script: Arc<Script>,
    /// How it is played.
    pub manner: Manner,
}

/// Which of a node's connections is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// This one.
    One(ConnId),
    /// All that are open.
    All,
}

/// A server to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSpec {
    /// Where to listen.
    pub listen: Endpoint,
    /// The name of a kind in `behaviour::KINDS`.
    pub behaviour: String,
    /// The behaviour's argument, possibly empty.
    pub argument: String,
    /// What to do when the port is taken.
    pub when_taken: WhenTaken,
}

/// What a server does when another program has its port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenTaken {
    /// Fail, and say so.
    Fail,
    /// Take any free port instead. For the built-in lab, which must always come up.
    PickAnother,
}

/// What a tap does with a client whose target cannot be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhenDown {
    /// Refuse it: reset the connection at once.
    #[default]
    Refuse,
    /// Hold it, and try the target again until it answers or the client goes.
    Hold,
}

/// What a tap does to what passes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Shaping {
    /// Where chance begins: the same seed and the same traffic give the same deeds.
    pub seed: u64,
    /// What is done, one after the other.
    pub impairments: Vec<Impairment>,
    /// What is held until a person decides.
    pub hold: Hold,
    /// Whether anything passes.
    pub motion: Motion,
    /// What is done with a client while the target is down.
    pub when_down: WhenDown,
}

impl Shaping {
    /// Whether the same is done to what passes, so that what the impairments count goes on.
    pub fn impairs_like(&self, other: &Self) -> bool {
        let alike = |(one, other): (&Impairment, &Impairment)| one.to_string() == other.to_string();
        let (mine, others) = (&self.impairments, &other.impairments);
        self.seed == other.seed && mine.len() == others.len() && mine.iter().zip(others).all(alike)
    }
}

/// Which messages a tap holds.
#[derive(Debug, Clone, Default)]
pub enum Hold {
    /// None.
    #[default]
    Nothing,
    /// Every one.
    Everything,
    /// Those that pass a filter.
    Matching(Arc<Filter>),
}

impl PartialEq for Hold {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Hold::Nothing, Hold::Nothing) | (Hold::Everything, Hold::Everything) => true,
            (Hold::Matching(one), Hold::Matching(other)) => one.to_string() == other.to_string(),
            (Hold::Nothing | Hold::Everything | Hold::Matching(_), _) => false,
        }
    }
}

/// Whether a tap lets anything pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Motion {
    /// It does.
    #[default]
    Running,
    /// Nothing is read from either end; their own windows hold them up.
    Paused,
}

/// A message that a tap holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Held {
    /// Its conversation.
    pub conn: ConnId,
    /// Which side it is for.
    pub toward: Side,
    /// Which message of that direction, from 0.
    pub message: u64,
}

/// What becomes of a message that was held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It goes on as it came.
    Forward,
    /// These bytes go on instead.
    Replace(Bytes),
    /// It goes no further.
    Drop,
}

/// Reads what passes a tap as the list reads it, so that a tap's filters see the very same fields.
pub trait Sight: Send {
    /// Takes in what was seen.
    fn observe(&mut self, event: &NetEvent);

    /// Whether the message taken in last passes.
    fn matches(&self, filter: &Filter) -> bool;
}

/// Makes the sight of one conversation.
pub type Sights = fn() -> Box<dyn Sight>;

/// A client to connect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientSpec {
    /// Where to connect; of UDP, where to send.
    pub target: Endpoint,
    /// The own address and port to bind first: `127.0.0.1:5000`, `:5000`, `10.0.0.1`; None lets the system pick.
    pub source: Option<String>,
    /// What TLS asks for and checks; used by `tls://`.
    pub tls: TlsSpec,
    /// For UDP: broadcast and multicast.
    pub cast: CastSpec,
}

/// What a TLS client asks for and checks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TlsSpec {
    /// The name sent (SNI) and checked; None takes the target's host.
    pub server_name: Option<String>,
    /// Whether the peer's certificate is checked.
    pub verification: Verification,
    /// Protocols offered by ALPN, best first; empty offers none.
    pub alpn: Vec<String>,
}

/// Whether a TLS peer's certificate is checked against the system's roots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verification {
    /// It is; the connection fails when it does not hold.
    #[default]
    On,
    /// It is only shown.
    Off,
}

/// What a UDP client does beyond one peer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CastSpec {
    /// Join the target's multicast group, or the server's, and hear what is sent there.
    pub join: bool,
    /// The interface for multicast: its address (IPv4) or index or name (IPv6); None lets the system pick.
    pub interface: Option<String>,
    /// Time to live of multicast datagrams, 0 to 255; None leaves the system's 1.
    pub ttl: Option<u8>,
}

/// One HTTP request, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// The method: any token (RFC 9110 section 9.1).
    pub method: String,
    /// The absolute URL.
    pub url: String,
    /// Header fields in order; `Host` and `Content-Length` are added when absent.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: HttpBody,
    /// Whether an `https` peer's certificate is checked.
    pub verification: Verification,
    /// How long to wait for each of resolve, connect, TLS and the response's head.
    pub patience: Duration,
}

impl HttpRequest {
    /// How long each phase may take unless it is told otherwise; as long as browsers and curl's users wait.
    pub const PATIENCE: Duration = Duration::from_secs(30);
}

/// What a request carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HttpBody {
    /// These bytes; none when empty.
    Bytes(Bytes),
    /// A file's bytes, read while they are sent.
    File(String),
}

/// What the network reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetEvent {
    /// When it was seen.
    pub at: Timestamp,
    /// The node it concerns.
    pub node: NodeId,
    /// What was seen.
    pub fact: NetFact,
}

/// The things that can be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetFact {
    /// A socket took a step, outside any conversation or before there is one.
    Step(Step),
    /// A server listens.
    Listening(Address),
    /// A server or client has ended and holds no socket any more.
    Stopped,
    /// A server could not listen or go on, or a client could not connect. It holds no socket any more.
    Failed(Trouble),
    /// A conversation began.
    Opened {
        /// Its name from now on.
        conn: ConnId,
        /// What carries it.
        transport: Transport,
        /// How it began.
        how: Beginning,
        /// The node's end.
        local: Address,
        /// The other end.
        peer: Address,
    },
    /// A tap has reached its target for a conversation: from its own end there, and the target's.
    Bridged(ConnId, Address, Address),
    /// Bytes went; they were really read from, or taken by, the system.
    Data(ConnId, Direction, Bytes),
    /// One direction ended in order.
    Finished(ConnId, Direction),
    /// A conversation ended.
    Closed(ConnId, Closing),
    /// Something could not be taken or passed on: how many, and why.
    Lost(Option<ConnId>, u64, String),
    /// ICMP told that what was sent to a peer did not arrive: where that is, and why, in words.
    Unreachable(ConnId, String),
    /// A tap did something to a message.
    Impaired {
        /// The message's conversation.
        conn: ConnId,
        /// Which way it went; `In` is toward the server.
        direction: Direction,
        /// Which message of that direction, from 0: which report of data. None for what no end sent.
        message: Option<u64>,
        /// What did it: the name of an impairment, or `hold`.
        by: &'static str,
        /// What it did; a message named in it is counted likewise.
        deed: Deed,
    },
    /// A remark in words.
    Note(Option<ConnId>, String),
    /// A replay went on.
    Replayed(ConnId, Replayed),
    /// An HTTP exchange went on.
    Exchange(ExchangeId, ExchangeFact),
    /// The resolver has answered, with at least one address, or has failed.
    LookedUp(LookupId, Result<Vec<IpAddr>, Trouble>),
    /// What the kernel says of the sockets that are watched, those that are there; why it says nothing.
    Kernel(Result<Vec<TcpSocket>, Trouble>),
}

/// How a conversation began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beginning {
    /// A server accepted it, or a first datagram came.
    Accepted,
    /// A client made it.
    Connected,
    /// It is the plain text inside that other conversation, which a client secured with TLS.
    Inside(ConnId),
}

/// The steps of an HTTP exchange, in order; the event's time marks each phase's end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExchangeFact {
    /// Work on it began.
    Started,
    /// The host name has addresses.
    Resolved,
    /// The connection stands.
    Connected,
    /// TLS stands, where the URL asks for it; the protocol chosen by ALPN.
    Secured(Option<String>),
    /// All of the request has been handed over.
    Sent,
    /// The response's status line and header have come.
    Head {
        /// `HTTP/1.0`, `HTTP/1.1` or `HTTP/2`.
        version: &'static str,
        /// The status code.
        status: u16,
        /// The reason phrase as sent; empty in HTTP/2.
        reason: String,
        /// Header fields in order.
        headers: Vec<(String, String)>,
    },
    /// A part of the body has come.
    Body(Bytes),
    /// Trailer fields have come.
    Trailers(Vec<(String, String)>),
    /// The response is whole.
    Done,
    /// It failed; what had come before stands.
    Failed(Trouble),
    /// It was given up on request.
    Cancelled,
}

//! A datagram server or client: one socket, a conversation per peer.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::io;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::time::{Instant, Sleep, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::alarms::Alarms;
use super::crowd::{Order, name};
use super::datagram_socket::{Datagram, DatagramSocket, NextError, raw};
use super::peers::{Answered, IDLE_AFTER, MOST_PEERS, Peer, Peers};
use super::permit::Permits;
use super::reflection::Caution;
use super::report::{Reporter, now};
use super::words;
use crate::behaviour::{Behaviour, Event, Happened, Reply};
use crate::contract::{Beginning, NetFact, To};
use crate::model::replay::OnDifference;
use crate::model::{Address, Closing, ConnId, Direction, Transport, Trouble};

/// The most bytes of a UDP datagram over IPv4: 65,535 less the IP and UDP headers. (Over IPv6 20 more would fit.)
const LARGEST_UDP: usize = 65_507;

/// Bytes waiting for the system beyond which datagrams are dropped, and what each weighs beside its bytes.
const QUEUE_LIMIT: usize = 1 << 20;
const ITEM_WEIGHT: usize = 64;

/// How soon a datagram is tried again that the system had no room for, and how often before it is dropped: a second
/// in all, so that one peer that does not read holds the others up no longer.
const RETRY_AFTER: Duration = Duration::from_millis(5);
const MOST_RETRIES: u32 = 200;

/// Receive errors in a row after which the socket is given up.
const MOST_ERRORS: u32 = 64;

/// What a datagram socket is run with.
pub(crate) struct Datagrams {
    reporter: Reporter,
    permits: Permits,
    socket: DatagramSocket,
    local: Address,
    side: Side,
    peers: Peers,
    queue: VecDeque<(ConnId, Item)>,
    weight: usize,
    retry: Option<Pin<Box<Sleep>>>,
    retries: u32,
    errors: u32,
    next_error: Option<NextError>,
    alarms: Alarms<ConnId>,
    idle: Option<Pin<Box<Sleep>>>,
}

/// Which side of the conversations the socket is on.
pub(crate) enum Side {
    /// It answers by this behaviour, and with this caution.
    Server(Box<dyn Behaviour>, Caution),
    /// It began the conversation with this target, and may have its part of it played.
    Client(ConnId, Option<Part>),
}

/// A client's part of a conversation: what says it, and what follows when the target is not there.
pub(crate) struct Part {
    pub machine: Box<dyn Behaviour>,
    pub when_refused: OnDifference,
}

/// Whether a socket sends to one place only, and hears from there alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The system holds it to its target.
    Connected,
    /// It does not: the target is many, and they answer from their own addresses.
    Anyone,
}

enum Item {
    Bytes(Bytes),
    Close,
}

enum Happening {
    Ordered(To, Order),
    Received(Datagram),
    Refused(ConnId),
    ReceiveFailed(io::Error),
    Sent(ConnId),
    NotSent(ConnId, String),
    CloseDue(ConnId),
    Woken(ConnId),
    IdleDue,
    NobodyListens,
}

impl Datagrams {
    /// A socket and its side; a client's target is added with [`Datagrams::aim`].
    pub(crate) fn new(reporter: Reporter, socket: DatagramSocket, side: Side) -> Self {
        Self {
            permits: Permits::new(reporter.clone()),
            reporter,
            local: socket.local(),
            next_error: socket.next_error(),
            socket,
            side,
            peers: Peers::default(),
            queue: VecDeque::new(),
            weight: 0,
            retry: None,
            retries: 0,
            errors: 0,
            alarms: Alarms::new(),
            idle: None,
        }
    }

    /// Opens the conversation with a client's target.
    pub(crate) async fn aim(&mut self, conn: ConnId, target: Address, reach: Reach) {
        let to = match reach {
            Reach::Connected => None,
            Reach::Anyone => raw(&target),
        };
        let words = target.to_string();
        self.open(conn, target, to, Answered::Yes, Beginning::Connected).await;
        self.ask(conn, Happened::Opened(&words)).await;
    }

    /// Moves datagrams until told to stop, or until a client's target is closed.
    pub(crate) async fn run(
        mut self,
        mut orders: mpsc::Receiver<(To, Order)>,
        stop: CancellationToken,
    ) -> Result<(), Trouble> {
        let ended = loop {
            let happening = tokio::select! {
                biased;
                () = stop.cancelled() => break Ok(()),
                happening = poll_fn(|cx| self.poll_next(&mut orders, cx)) => happening,
            };
            if let ControlFlow::Break(ended) = self.handle(happening).await {
                break ended;
            }
        };
        for conn in self.peers.all() {
            self.forget(conn, Closing::Ours).await;
        }
        ended
    }

    fn poll_next(&mut self, orders: &mut mpsc::Receiver<(To, Order)>, cx: &mut Context<'_>) -> Poll<Happening> {
        if let Poll::Ready(Some((to, order))) = orders.poll_recv(cx) {
            return Poll::Ready(Happening::Ordered(to, order));
        }
        if let Poll::Ready(conn) = self.alarms.poll(cx) {
            return Poll::Ready(Happening::Woken(conn));
        }
        if self.idle.as_mut().is_some_and(|sleep| sleep.as_mut().poll(cx).is_ready()) {
            self.idle = None;
            return Poll::Ready(Happening::IdleDue);
        }
        if let Some(Poll::Ready(error)) = self.next_error.as_mut().map(|next| next.as_mut().poll(cx)) {
            self.next_error = self.socket.next_error();
            return Poll::Ready(self.refused(&error).map_or(Happening::ReceiveFailed(error), Happening::Refused));
        }
        if let Poll::Ready(happening) = self.poll_send(cx) {
            return Poll::Ready(happening);
        }
        self.poll_receive(cx)
    }

    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Happening> {
        let Ok(permit) = ready!(self.permits.poll(cx)) else { return Poll::Ready(Happening::NobodyListens) };
        let received = ready!(self.socket.poll_receive(cx));
        Poll::Ready(match received {
            Ok(datagram) => {
                self.errors = 0;
                if let Some(conn) = self.peers.conn_of(&datagram.from) {
                    self.permits.tell(permit, NetFact::Data(conn, Direction::In, datagram.bytes.clone()));
                }
                Happening::Received(datagram)
            }
            Err(error) => self.refused(&error).map_or(Happening::ReceiveFailed(error), Happening::Refused),
        })
    }

    /// The conversation that an ICMP "port unreachable" concerns: only a client's connected socket hears of one.
    fn refused(&self, error: &io::Error) -> Option<ConnId> {
        match self.side {
            Side::Client(target, _) if error.kind() == io::ErrorKind::ConnectionRefused => Some(target),
            Side::Client(..) | Side::Server(..) => None,
        }
    }

    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<Happening> {
        let Some((conn, item)) = self.queue.front() else { return Poll::Pending };
        let conn = *conn;
        if let Some(retry) = &mut self.retry {
            ready!(retry.as_mut().poll(cx));
            self.retry = None;
        }
        let bytes = match item {
            Item::Bytes(bytes) => bytes.clone(),
            Item::Close => {
                self.queue.pop_front();
                return Poll::Ready(Happening::CloseDue(conn));
            }
        };
        let Some(peer) = self.peers.peer(conn) else {
            self.pop();
            return Poll::Ready(Happening::NotSent(conn, "its peer has been closed".into()));
        };
        let Ok(permit) = ready!(self.permits.poll(cx)) else { return Poll::Ready(Happening::NobodyListens) };
        let sent = self.socket.send(&bytes, peer.raw.as_ref());
        if let Err(error) = sent {
            return self.not_sent(conn, &error, cx);
        }
        self.permits.tell(permit, NetFact::Data(conn, Direction::Out, bytes));
        self.pop();
        Poll::Ready(Happening::Sent(conn))
    }

    fn not_sent(&mut self, conn: ConnId, error: &io::Error, cx: &mut Context<'_>) -> Poll<Happening> {
        if error.kind() == io::ErrorKind::WouldBlock && self.retries < MOST_RETRIES {
            self.retries += 1;
            let mut retry = Box::pin(sleep(RETRY_AFTER));
            // The first poll sets the timer; it cannot be over yet.
            let _ = retry.as_mut().poll(cx);
            self.retry = Some(retry);
            return Poll::Pending;
        }
        // On UDP this is the answer to an earlier datagram; the one at hand was not sent and will be.
        if self.socket.transport() == Transport::Udp
            && let Some(conn) = self.refused(error)
        {
            return Poll::Ready(Happening::Refused(conn));
        }
        self.pop();
        Poll::Ready(Happening::NotSent(conn, words::why(error)))
    }

    fn pop(&mut self) {
        self.retries = 0;
        if let Some((conn, Item::Bytes(bytes))) = self.queue.pop_front() {
            self.weight -= bytes.len() + ITEM_WEIGHT;
            if let Some(peer) = self.peers.peer(conn) {
                peer.queued -= 1;
                peer.last = Instant::now();
            }
        }
    }

    async fn handle(&mut self, happening: Happening) -> ControlFlow<Result<(), Trouble>> {
        match happening {
            Happening::Ordered(to, order) => return self.order(to, order).await,
            Happening::Received(datagram) => self.received(datagram).await,
            Happening::Refused(conn) => return self.be_refused(conn).await,
            Happening::ReceiveFailed(error) => return self.receive_failed(&error).await,
            Happening::Sent(conn) => {
                if self.peers.peer(conn).is_some_and(|peer| peer.queued == 0) {
                    self.ask(conn, Happened::Drained).await;
                }
            }
            Happening::NotSent(conn, why) => {
                self.lost(Some(conn), format!("a datagram was not sent: {why}")).await;
            }
            Happening::CloseDue(conn) => return self.close(conn).await,
            Happening::Woken(conn) => self.ask(conn, Happened::Woken).await,
            Happening::IdleDue => self.sweep().await,
            Happening::NobodyListens => return ControlFlow::Break(Ok(())),
        }
        ControlFlow::Continue(())
    }

    async fn received(&mut self, datagram: Datagram) {
        let Datagram { from, bytes } = datagram;
        let conn = if let Some(conn) = self.peers.conn_of(&from) {
            conn
        } else if let Some(conn) = self.meet(from.clone()).await {
            self.reporter.tell(NetFact::Data(conn, Direction::In, bytes.clone())).await;
            conn
        } else {
            let why = format!("a datagram from {from} was dropped: {MOST_PEERS} peers are known, which is the most");
            return self.lost(None, why).await;
        };
        if let Some(peer) = self.peers.peer(conn) {
            peer.last = Instant::now();
        }
        self.ask(conn, Happened::Data(&bytes)).await;
    }

    /// Begins the conversation with a peer that was not known; None when there are too many.
    async fn meet(&mut self, from: Address) -> Option<ConnId> {
        if self.peers.is_full() {
            self.sweep().await;
        }
        if self.peers.is_full() {
            return None;
        }
        let conn = self.reporter.new_conn();
        let answered = match &self.side {
            Side::Server(_, caution) => caution.judge(&from),
            Side::Client(..) => Answered::Yes,
        };
        let (to, words) = (raw(&from), from.to_string());
        let refusal = match answered {
            Answered::Yes => None,
            Answered::No(why) => Some(why),
        };
        self.open(conn, from, to, answered, Beginning::Accepted).await;
        if let Some(why) = refusal {
            self.note(conn, why).await;
        }
        self.ask(conn, Happened::Opened(&words)).await;
        Some(conn)
    }

    async fn open(
        &mut self,
        conn: ConnId,
        address: Address,
        raw: Option<socket2::SockAddr>,
        answered: Answered,
        how: Beginning,
    ) {
        let local = local_toward(&self.local, &address);
        let peer = Peer { address: address.clone(), raw, last: Instant::now(), answered, queued: 0 };
        self.peers.add(conn, peer);
        if self.idle.is_none() {
            self.idle = Some(Box::pin(sleep(IDLE_AFTER)));
        }
        let transport = self.socket.transport();
        self.reporter.tell(NetFact::Opened { conn, transport, how, local, peer: address }).await;
    }

    async fn sweep(&mut self) {
        for conn in self.peers.idle(Instant::now()) {
            if !self.is_target(conn) {
                self.forget(conn, Closing::Idle).await;
            }
        }
        let soonest = Instant::now() + Duration::from_secs(1);
        self.idle = self.peers.next_idle().map(|next| Box::pin(sleep_until(next.max(soonest))));
    }

    fn is_target(&self, conn: ConnId) -> bool {
        match self.side {
            Side::Client(target, _) => target == conn,
            Side::Server(..) => false,
        }
    }

    async fn order(&mut self, to: To, order: Order) -> ControlFlow<Result<(), Trouble>> {
        let chosen = match (to, &self.side) {
            (To::One(conn), _) => self.peers.peer(conn).map(|_| conn).into_iter().collect(),
            (To::All, Side::Client(target, _)) => vec![*target],
            (To::All, Side::Server(..)) => self.peers.all(),
        };
        if chosen.is_empty() {
            let (conn, words) = match to {
                To::One(conn) => (Some(conn), format!("this peer was forgotten; {} came too late", name(&order))),
                To::All => (None, format!("no peer is known yet; {} went nowhere", name(&order))),
            };
            self.reporter.tell(NetFact::Note(conn, words)).await;
        }
        for conn in chosen {
            match &order {
                Order::Send(bytes) => self.queue_up(conn, bytes.clone()).await,
                Order::Finish => {
                    let words = "datagrams know no half-close; nothing was sent".into();
                    self.reporter.tell(NetFact::Note(Some(conn), words)).await;
                }
                Order::Close => self.queue.push_back((conn, Item::Close)),
                Order::Reset => {
                    let words = "datagrams know no reset; the peer is not told".into();
                    self.reporter.tell(NetFact::Note(Some(conn), words)).await;
                    if let ended @ ControlFlow::Break(_) = self.close(conn).await {
                        return ended;
                    }
                }
            }
        }
        ControlFlow::Continue(())
    }

    async fn queue_up(&mut self, conn: ConnId, bytes: Bytes) {
        if self.socket.transport() == Transport::Udp && bytes.len() > LARGEST_UDP {
            let why = format!("a datagram holds at most {LARGEST_UDP} bytes, and this has {}", bytes.len());
            return self.lost(Some(conn), why).await;
        }
        if self.weight >= QUEUE_LIMIT {
            return self.lost(Some(conn), "too many datagrams wait to be sent already".into()).await;
        }
        let Some(peer) = self.peers.peer(conn) else { return };
        if matches!(peer.address, Address::Unnamed(_)) {
            return self.lost(Some(conn), "the peer's socket has no address to send to".into()).await;
        }
        peer.queued += 1;
        self.weight += bytes.len() + ITEM_WEIGHT;
        self.queue.push_back((conn, Item::Bytes(bytes)));
    }

    /// Tells the behaviour and does what it replies.
    async fn ask(&mut self, conn: ConnId, what: Happened<'_>) {
        let machine = match &mut self.side {
            Side::Server(machine, _) => machine,
            Side::Client(target, Some(part)) if *target == conn => &mut part.machine,
            Side::Client(..) => return,
        };
        for reply in machine.on(Event { conn, at: now(), what }) {
            self.reply(reply).await;
        }
    }

    async fn reply(&mut self, reply: Reply) {
        match reply {
            Reply::Send(conn, bytes) => self.answer(conn, bytes).await,
            Reply::Close(conn) => self.queue.push_back((conn, Item::Close)),
            Reply::Tell(conn, told) => self.reporter.tell(NetFact::Replayed(conn, told)).await,
            Reply::WakeAfter(conn, after) => {
                if self.alarms.set(after, conn).is_err() {
                    self.note(conn, "too many timers at once; one was not set").await;
                }
            }
            Reply::Run(conn, _) => self.note(conn, "a program runs for a stream, not for datagrams").await,
            Reply::Finish(_) | Reply::Reset(_) | Reply::Feed(..) | Reply::EndFeed(_) => {}
        }
    }

    async fn answer(&mut self, conn: ConnId, bytes: Bytes) {
        match self.peers.peer(conn).map(|peer| peer.answered) {
            Some(Answered::Yes) => self.queue_up(conn, bytes).await,
            Some(Answered::No(_)) | None => {}
        }
    }

    async fn note(&mut self, conn: ConnId, words: &str) {
        self.reporter.tell(NetFact::Note(Some(conn), words.into())).await;
    }

    async fn lost(&mut self, conn: Option<ConnId>, why: String) {
        self.reporter.tell(NetFact::Lost(conn, 1, why)).await;
    }

    async fn be_refused(&mut self, conn: ConnId) -> ControlFlow<Result<(), Trouble>> {
        let Some(peer) = self.peers.peer(conn) else { return ControlFlow::Continue(()) };
        let why = "nobody listens there (ICMP port unreachable)";
        if let Side::Client(_, Some(Part { when_refused: OnDifference::Stop, .. })) = &self.side {
            let remedy = "start the server, or check the port";
            return ControlFlow::Break(Err(Trouble::new("send", &peer.address, why, remedy)));
        }
        self.reporter.tell(NetFact::Unreachable(conn, format!("{}: {why}", peer.address))).await;
        ControlFlow::Continue(())
    }

    async fn receive_failed(&mut self, error: &io::Error) -> ControlFlow<Result<(), Trouble>> {
        self.errors += 1;
        if self.errors >= MOST_ERRORS {
            return ControlFlow::Break(Err(Trouble::new("receive", &self.local, words::why(error), "")));
        }
        let words = format!("receiving failed: {}", words::why(error));
        self.reporter.tell(NetFact::Note(None, words)).await;
        ControlFlow::Continue(())
    }

    async fn close(&mut self, conn: ConnId) -> ControlFlow<Result<(), Trouble>> {
        self.forget(conn, Closing::Ours).await;
        if self.is_target(conn) { ControlFlow::Break(Ok(())) } else { ControlFlow::Continue(()) }
    }

    async fn forget(&mut self, conn: ConnId, closing: Closing) {
        let Some(peer) = self.peers.remove(conn) else { return };
        self.alarms.cancel(conn);
        if peer.queued > 0 {
            let weight = &mut self.weight;
            self.queue.retain(|(whose, item)| match item {
                Item::Bytes(bytes) if *whose == conn => {
                    *weight -= bytes.len() + ITEM_WEIGHT;
                    false
                }
                Item::Bytes(_) | Item::Close => true,
            });
            let why = "datagrams were still to be sent when it ended".to_owned();
            self.reporter.tell(NetFact::Lost(Some(conn), peer.queued as u64, why)).await;
        }
        // What a machine replies here concerns others: the peer is gone.
        self.ask(conn, Happened::Closed).await;
        self.reporter.tell(NetFact::Closed(conn, closing)).await;
    }
}

/// The own address as that peer sees it: a socket bound to every address answers loopback from loopback.
fn local_toward(local: &Address, peer: &Address) -> Address {
    match (local, peer) {
        (Address::Ip(own), Address::Ip(peer)) if own.ip().is_unspecified() && peer.ip().is_loopback() => {
            Address::Ip(std::net::SocketAddr::new(peer.ip(), own.port()))
        }
        (Address::Ip(_) | Address::Unix(_) | Address::Unnamed(_), _) => local.clone(),
    }
}

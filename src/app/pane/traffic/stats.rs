//! The stats tab: the figures of all conversations or nodes as a table, and those of the chosen one in full.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::time::Duration;

use super::{PaneId, Tab, moved};
use crate::app::State;
use crate::app::kernel::{Watched, unseen};
use crate::figures::{Account, Ledger};
use crate::model::{Address, Flow, FlowId, NodeId, SocketEnds, TcpState, Timestamp, Transport};

/// How long sockets are watched after their conversation is over: as long as Linux keeps them in TIME-WAIT, and a bit.
const WATCHED_AFTER: Duration = Duration::from_secs(65);

/// What the pane keeps of the tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stance {
    /// What the table tells of.
    pub kind: Kind,
    /// By which column it is sorted.
    pub sorted: Column,
    /// Which end of that comes first.
    pub order: Order,
    /// The row under the cursor; None stays on the first.
    pub chosen: Option<Subject>,
    /// The figure that is explained.
    pub figure: Figure,
}

/// What a table tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// Conversations.
    #[default]
    Flows,
    /// Nodes.
    Nodes,
}

/// What it can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Column {
    /// The order in which they began.
    #[default]
    Number,
    /// Bytes both ways.
    Bytes,
    /// Frames both ways.
    Frames,
    /// Bytes in the last second.
    Rate,
    /// The middle round trip.
    RoundTrip,
}

impl Column {
    const ALL: [Column; 5] = [Column::Number, Column::Bytes, Column::Frames, Column::Rate, Column::RoundTrip];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Column::Number => "age",
            Column::Bytes => "bytes",
            Column::Frames => "frames",
            Column::Rate => "rate",
            Column::RoundTrip => "round trip",
        }
    }
}

/// Which comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// The newest, the most, the slowest.
    #[default]
    Falling,
    /// The oldest, the least, the fastest.
    Rising,
}

/// What a row tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A conversation.
    Flow(FlowId),
    /// A node.
    Node(NodeId),
}

/// A row.
#[derive(Debug)]
pub struct Row<'a> {
    /// What it tells of.
    pub subject: Subject,
    /// Its figures.
    pub account: Cow<'a, Account>,
}

/// A figure that can be explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Figure {
    /// From request to response.
    #[default]
    RoundTrip,
    /// One way, to the server.
    There,
    /// One way, to the client.
    Back,
    /// The kernel's, of the sockets.
    Socket(SocketFigure),
}

/// What the kernel tells of a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SocketFigure {
    /// How it stands.
    State,
    /// The smoothed round-trip time.
    Rtt,
    /// Its deviation.
    RttVar,
    /// The shortest round trip.
    MinRtt,
    /// The congestion window.
    Cwnd,
    /// The slow start threshold.
    Ssthresh,
    /// Segments sent again.
    Retransmitted,
    /// Segments on their way.
    Unacked,
    /// Bytes that wait to be sent.
    Unsent,
    /// What was delivered.
    DeliveryRate,
    /// What may be sent.
    PacingRate,
    /// Bytes acknowledged.
    BytesAcked,
    /// Bytes received.
    BytesReceived,
    /// The wait before sending again.
    Rto,
    /// The size of a segment.
    Mss,
}

impl SocketFigure {
    /// All, in the order in which they are shown.
    pub const ALL: [SocketFigure; 15] = [
        SocketFigure::State,
        SocketFigure::Rtt,
        SocketFigure::RttVar,
        SocketFigure::MinRtt,
        SocketFigure::Cwnd,
        SocketFigure::Ssthresh,
        SocketFigure::Retransmitted,
        SocketFigure::Unacked,
        SocketFigure::Unsent,
        SocketFigure::DeliveryRate,
        SocketFigure::PacingRate,
        SocketFigure::BytesAcked,
        SocketFigure::BytesReceived,
        SocketFigure::Rto,
        SocketFigure::Mss,
    ];
}

/// The figures of what is shown: of the lab, or of a file that is looked through.
pub fn ledger(state: &State) -> &Ledger {
    if state.past.opened.is_some() { &state.past.ledger } else { &state.world.ledger }
}

/// A conversation of the lab or of the recording.
pub fn flow(state: &State, id: FlowId) -> Option<&Flow> {
    state.world.flow(id).or_else(|| state.past.known(id).map(|known| &known.flow))
}

/// All rows, in their order.
pub fn rows(state: &State) -> Vec<Row<'_>> {
    let Stance { kind, sorted, order, .. } = state.traffic.stats;
    let ledger = ledger(state);
    let mut rows: Vec<Row<'_>> = match kind {
        Kind::Flows => ledger.flows().map(|(id, account)| Row { subject: Subject::Flow(id), account }).collect(),
        Kind::Nodes => {
            let row = |(id, account)| Row { subject: Subject::Node(id), account };
            ledger.nodes().map(row).collect()
        }
    };
    // The newest comes first among equals.
    rows.reverse();
    match sorted {
        Column::Number => {}
        Column::Bytes => rows.sort_by_key(|row| Reverse(row.account.total().bytes)),
        Column::Frames => rows.sort_by_key(|row| Reverse(row.account.total().frames)),
        Column::Rate => rows.sort_by_key(|row| Reverse(rate(state, &row.account))),
        Column::RoundTrip => rows.sort_by_cached_key(|row| Reverse(row.account.round_trips.percentile(50))),
    }
    if order == Order::Rising {
        rows.reverse();
    }
    rows
}

/// Bytes a second: in the last second, or of a file that is looked through, on the whole, if it took any time.
pub fn rate(state: &State, account: &Account) -> Option<u64> {
    if state.past.opened.is_some() { account.mean_rate() } else { Some(account.course.rate(state.now)) }
}

/// The row under the cursor.
pub fn cursor(state: &State, rows: &[Row<'_>]) -> usize {
    let chosen = state.traffic.stats.chosen;
    rows.iter().position(|row| Some(row.subject) == chosen).unwrap_or(0)
}

/// Moves the cursor.
pub fn step(state: &mut State, by: isize) {
    let rows = rows(state);
    let at = moved(cursor(state, &rows), by, rows.len());
    choose(state, at);
}

/// Puts the cursor on a row. False when there is no such row.
pub fn choose(state: &mut State, at: usize) -> bool {
    let subject = rows(state).get(at).map(|row| row.subject);
    // The first row stays the first, whatever comes.
    state.traffic.stats.chosen = subject.filter(|_| at > 0);
    subject.is_some()
}

/// Sorts by the next column.
pub fn sort(state: &mut State) {
    let stance = &mut state.traffic.stats;
    let place = Column::ALL.iter().position(|column| *column == stance.sorted).unwrap_or(0);
    stance.sorted = Column::ALL[(place + 1) % Column::ALL.len()];
    stance.order = Order::Falling;
}

/// Turns the order round.
pub fn turn_round(state: &mut State) {
    let order = &mut state.traffic.stats.order;
    *order = match order {
        Order::Falling => Order::Rising,
        Order::Rising => Order::Falling,
    };
}

/// Tells of nodes in the place of conversations, or the other way round.
pub fn other_kind(state: &mut State) {
    let stance = &mut state.traffic.stats;
    stance.kind = match stance.kind {
        Kind::Flows => Kind::Nodes,
        Kind::Nodes => Kind::Flows,
    };
    stance.chosen = None;
}

/// Explains the figure after that, or before it.
pub fn next_figure(state: &mut State, by: isize) {
    let all: Vec<Figure> = figures(state).collect();
    let place = all.iter().position(|figure| *figure == state.traffic.stats.figure).unwrap_or(0) as isize;
    state.traffic.stats.figure = all[(place + by).rem_euclid(all.len() as isize) as usize];
}

/// The figures of what is chosen.
pub fn figures(state: &State) -> impl Iterator<Item = Figure> {
    let times: &[Figure] = match state.traffic.stats.kind {
        Kind::Flows => &[Figure::RoundTrip, Figure::There, Figure::Back],
        Kind::Nodes => &[Figure::RoundTrip],
    };
    let sockets = chosen(state).and_then(|subject| sockets(state, subject));
    let has_socket = sockets.is_some_and(|sockets| sockets.iter().any(Option::is_some));
    let sockets = SocketFigure::ALL.into_iter().filter(move |_| has_socket).map(Figure::Socket);
    times.iter().copied().chain(sockets)
}

/// What the kernel said of both ends of a conversation, the client's first; None when that is not of TCP, or of a file.
pub fn sockets(state: &State, subject: Subject) -> Option<[Option<&Watched>; 2]> {
    let Subject::Flow(id) = subject else { return None };
    if state.past.opened.is_some() {
        return None;
    }
    let ends = ends(flow(state, id)?)?;
    Some(ends.map(|ends| state.kernel.socket(ends)))
}

/// The ends of both sockets of a conversation over TCP.
fn ends(flow: &Flow) -> Option<[SocketEnds; 2]> {
    match (flow.transport, &flow.client, &flow.server) {
        (Transport::Tcp | Transport::Tls, Address::Ip(client), Address::Ip(server)) => {
            Some([(*client, *server), (*server, *client)])
        }
        _ => None,
    }
}

/// What the cursor is on.
fn chosen(state: &State) -> Option<Subject> {
    let rows = rows(state);
    rows.get(cursor(state, &rows)).map(|row| row.subject)
}

/// The flow that the cursor is on.
pub fn chosen_flow(state: &State) -> Option<FlowId> {
    match chosen(state)? {
        Subject::Flow(id) => Some(id),
        Subject::Node(_) => None,
    }
}

fn is_shown(state: &State) -> bool {
    state.traffic.tab == Tab::Stats && state.regions.rows(PaneId::Traffic).is_some()
}

/// The sockets of which the kernel is asked: those of the chosen conversation while it is shown, and for a while after
/// its end; each with whether the conversation goes on.
pub fn watched(state: &State) -> Vec<(SocketEnds, bool)> {
    if !is_shown(state) || state.past.opened.is_some() {
        return Vec::new();
    }
    let Some(flow) = chosen_flow(state).and_then(|id| flow(state, id)) else { return Vec::new() };
    let is_over = !flow.is_open && state.now.since(flow.last) > WATCHED_AFTER;
    let ends = ends(flow).into_iter().flatten();
    ends.map(|ends| (ends, flow.is_open)).filter(|_| !is_over).collect()
}

/// Whether what is shown changes with time alone.
pub fn is_moving(state: &State) -> bool {
    is_shown(state) && state.past.opened.is_none() && ledger(state).is_moving(state.now)
}

/// The states in which a socket was seen, and between them those that it mostly goes through unseen, without a time.
pub fn states(socket: &Watched, is_client: bool) -> Vec<(TcpState, Option<Timestamp>)> {
    let mut before = None;
    let mut all = Vec::new();
    for (state, at) in &socket.states {
        all.extend(unseen(before, *state, is_client).into_iter().map(|state| (state, None)));
        all.push((*state, Some(*at)));
        before = Some(*state);
    }
    all
}

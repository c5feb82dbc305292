//! The pump of one tapped conversation: it moves messages both ways, tells of them, and does to them what was asked.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::time::{Instant, Sleep, sleep_until};

use super::leg::{Heard, Leg};
use super::way::{Done, Inward, Outward, Seen, Way};
use crate::contract::{Decision, Hold, Motion, NetEvent, NetFact, Shaping, Sight, Sights};
use crate::filter::Filter;
use crate::impair::{Chain, Departure, Ending, HOLD, INJECT, Medium, STALLED};
use crate::model::{Closing, ConnId, Deed, Direction, Side};
use crate::net::connection::Reset;
use crate::net::peers::IDLE_AFTER;
use crate::net::permit::{Permit, Permits, Unheard};
use crate::net::report::Reporter;
use crate::net::words;

/// How long a conversation that a person closed may take to hand over what is on its way.
const LINGER: Duration = Duration::from_secs(1);

/// Turns of one conversation before orders are heard and others have theirs: with as much in each as is read at once, four
/// mebibytes each way.
const TURNS: usize = 8;

/// What a person orders of one conversation.
#[derive(Debug, Clone)]
pub(super) enum Order {
    /// Do this to what passes from now on.
    Shape(Arc<Shaping>),
    /// Put bytes in, toward that side.
    Inject(Side, Bytes),
    /// Decide about a held message.
    Decide(Side, u64, Decision),
    /// Close it in order.
    Close,
    /// Reset it, both ways.
    Reset,
}

/// What a pump is made of.
pub(super) struct Parts {
    /// The conversation's name, and which of the tap's it is.
    pub conn: ConnId,
    pub ordinal: u64,
    /// Since when the tap listens: the moment from which impairments count.
    pub began: Instant,
    pub reporter: Reporter,
    pub sights: Sights,
    /// What told of the conversation's beginning, for the sight.
    pub opened: NetEvent,
    pub shaping: Arc<Shaping>,
    pub orders: mpsc::Receiver<Order>,
}

impl Parts {
    /// Waits, before there is a target, until a person gives the conversation up; what else is ordered is for later or
    /// about nothing yet.
    pub(super) async fn given_up(&mut self) {
        while let Some(order) = self.orders.recv().await {
            match order {
                Order::Shape(shaping) => self.shaping = shaping,
                Order::Close | Order::Reset => return,
                Order::Inject(..) | Order::Decide(..) => {
                    let words = "the target is not reached yet; the order went nowhere".to_owned();
                    self.reporter.tell(NetFact::Note(Some(self.conn), words)).await;
                }
            }
        }
    }
}

/// The pump.
pub(super) struct Pump {
    parts: Parts,
    permits: Permits,
    client: Leg,
    server: Leg,
    to_server: Way,
    to_client: Way,
    sight: Option<Box<dyn Sight>>,
    /// What is yet to be told, mostly deeds.
    telling: VecDeque<NetFact>,
    first: Side,
    last: Instant,
    idle: Option<Pin<Box<Sleep>>>,
    leaving: Option<Pin<Box<Sleep>>>,
}

/// How a turn at one direction went.
enum Turn {
    Moved,
    /// The other direction is to be looked at again too.
    Stirred,
    /// For something that wakes the task.
    Waits,
    Over(End),
}

/// How the conversation ends.
struct End {
    closing: Closing,
    /// Which sides are reset.
    reset: &'static [Side],
    why: Option<String>,
}

impl End {
    fn of(closing: Closing) -> Self {
        Self { closing, reset: &[], why: None }
    }

    /// Both sides are reset.
    fn reset(why: Option<String>) -> Self {
        Self { closing: Closing::ResetByUs, reset: &[Side::Client, Side::Server], why }
    }
}

impl Pump {
    /// A pump between two ends.
    pub(super) fn new(parts: Parts, client: Leg, server: Leg) -> Self {
        let chain = |toward| chain(&parts, toward, &client, &server);
        let (to_server, to_client) = (Way::new(chain(Side::Server)), Way::new(chain(Side::Client)));
        let sight = wants_sight(&parts.shaping).then(|| sight(&parts));
        Self {
            permits: Permits::new(parts.reporter.clone()),
            to_server,
            to_client,
            sight,
            client,
            server,
            telling: VecDeque::new(),
            first: Side::Client,
            last: Instant::now(),
            idle: None,
            leaving: None,
            parts,
        }
    }

    /// Moves messages until the conversation ends, which is told.
    pub(super) async fn run(mut self) {
        let end = poll_fn(|cx| self.poll(cx)).await;
        self.end(end).await;
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        while let Poll::Ready(order) = self.parts.orders.poll_recv(cx) {
            // The tap has stopped: what is on its way leaves still, if that takes no longer than when it is closed.
            let Some(order) = order else {
                if self.leaving.is_none() {
                    self.obey(Order::Close);
                }
                break;
            };
            if let Some(end) = self.obey(order) {
                return Poll::Ready(end);
            }
        }
        if self.leaving.as_mut().is_some_and(|sleep| sleep.as_mut().poll(cx).is_ready()) || self.poll_idle(cx) {
            return Poll::Ready(End::of(if self.leaving.is_some() { Closing::Ours } else { Closing::Idle }));
        }
        self.first = self.first.other();
        let both = [Some(self.first), Some(self.first.other())];
        let (mut ways, mut now) = (both, self.parts.began.elapsed());
        for turn in 0..TURNS {
            if ready!(self.poll_tell(cx)).is_err() {
                return Poll::Ready(End::of(Closing::Ours));
            }
            // The second turn mostly finds nothing more.
            if turn > 1 {
                now = self.parts.began.elapsed();
            }
            let (mut moved, mut stirred) = (false, false);
            for way in &mut ways {
                let Some(toward) = *way else { continue };
                match self.turn(toward, now, cx) {
                    Turn::Moved => moved = true,
                    Turn::Stirred => (moved, stirred) = (true, true),
                    Turn::Waits => *way = None,
                    Turn::Over(end) => return Poll::Ready(end),
                }
            }
            if stirred || !self.telling.is_empty() {
                ways = both;
            }
            if moved {
                self.last = self.parts.began + now;
                continue;
            }
            if self.to_server.is_over() && self.to_client.is_over() {
                return Poll::Ready(End::of(Closing::Orderly));
            }
            // Writing failed on one side, and all that had come from there before has been passed on.
            for (side, to, from) in
                [(Side::Server, &self.to_server, &self.to_client), (Side::Client, &self.to_client, &self.to_server)]
            {
                if let Outward::Broken(closing) = &to.outward
                    && from.is_empty()
                    && !self.permits.is_waiting()
                {
                    return Poll::Ready(gone(side, closing.clone()));
                }
            }
            if self.telling.is_empty() {
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Moves what can be moved toward one side now: all that one reading gave leaves in the same turn, unless it is to
    /// wait.
    fn turn(&mut self, toward: Side, now: Duration, cx: &mut Context<'_>) -> Turn {
        let mut heard = Turn::Waits;
        while matches!(heard, Turn::Waits) || self.way(toward).1.has_rest() {
            match self.read(toward, now, cx) {
                Turn::Waits => break,
                over @ Turn::Over(_) => return over,
                moved @ (Turn::Moved | Turn::Stirred) => heard = moved,
            }
        }
        match (heard, self.write(toward, now, cx)) {
            (_, over @ Turn::Over(_)) => over,
            (Turn::Waits, said) => said,
            (heard, _) => heard,
        }
    }

    /// Lets leave what is due toward one side.
    fn write(&mut self, toward: Side, now: Duration, cx: &mut Context<'_>) -> Turn {
        let mut moved = false;
        let began = self.parts.began;
        let (way, _, to) = self.way(toward);
        while way.outward == Outward::Open
            && let Some(at) = way.departs()
        {
            if at == STALLED || at > now && way.alarm.poll(cx, began + at).is_pending() {
                break;
            }
            match to.poll_say(cx, way.leaving(now)) {
                Poll::Pending => return if moved { Turn::Moved } else { Turn::Waits },
                Poll::Ready(Ok(count)) => {
                    way.left(count);
                    moved = true;
                }
                Poll::Ready(Err(error)) if to.is_datagram() => {
                    let words = format!("a datagram could not be passed on: {}", words::why(&error));
                    way.skip();
                    self.telling.push_back(NetFact::Lost(Some(self.parts.conn), 1, words));
                    return Turn::Moved;
                }
                Poll::Ready(Err(error)) => {
                    way.outward = Outward::Broken(to.closing(&error));
                    self.discard(toward);
                    return Turn::Moved;
                }
            }
        }
        if way.outward == Outward::Open
            && let Some(ending) = way.due_ending()
        {
            return Turn::Over(match ending {
                Ending::Close => End::of(Closing::Ours),
                Ending::Reset => End::reset(None),
            });
        }
        if let Some(abandoned) = way.abandoned
            && (abandoned <= now || way.alarm.poll(cx, began + abandoned).is_ready())
        {
            let why = format!("what the {} said last never came through, and it is given up", name(toward.other()));
            return Turn::Over(End::reset(Some(why)));
        }
        if way.outward == Outward::Open
            && way.is_empty()
            && let Some(finish) = way.finish
            && (finish <= now || way.alarm.poll(cx, began + finish).is_ready())
        {
            if let Inward::Gone(closing) = &way.inward {
                return Turn::Over(gone(toward.other(), closing.clone()));
            }
            if to.poll_finish(cx).is_ready() {
                way.outward = Outward::Finished;
                moved = true;
            }
        }
        if moved { Turn::Moved } else { Turn::Waits }
    }

    /// Throws away what is on its way to a side that is gone, and tells that.
    fn discard(&mut self, toward: Side) {
        let (messages, bytes) = self.way(toward).0.discard();
        if messages > 0 {
            let words = format!("{bytes} bytes were still on their way when the {} was gone", name(toward));
            self.telling.push_back(NetFact::Lost(Some(self.parts.conn), messages, words));
        }
    }

    /// Reads what has come for one side.
    fn read(&mut self, toward: Side, now: Duration, cx: &mut Context<'_>) -> Turn {
        let is_paused = self.parts.shaping.motion == Motion::Paused || self.leaving.is_some();
        if is_paused || !self.telling.is_empty() || !self.way(toward).0.has_room() {
            return Turn::Waits;
        }
        // What is heard is told in the same breath.
        let permit = if self.permits.has_place() {
            None
        } else {
            let Poll::Ready(permit) = self.permits.poll(cx) else { return Turn::Waits };
            let Ok(permit) = permit else { return Turn::Over(End::of(Closing::Ours)) };
            Some(permit)
        };
        let (conn, direction) = (self.parts.conn, direction(toward));
        let (way, from, _) = self.way(toward);
        let Poll::Ready(heard) = from.poll_hear(cx) else { return Turn::Waits };
        match heard {
            Heard::Bytes(bytes) => {
                let number = way.number();
                let fact = NetFact::Data(conn, direction, bytes.clone());
                if let Some(sight) = &mut self.sight {
                    sight.observe(&self.parts.reporter.event(fact.clone()));
                }
                self.tell(permit, fact);
                self.came(toward, number, bytes, now);
            }
            Heard::Finished => {
                self.tell(permit, NetFact::Finished(conn, direction));
                let (way, ..) = self.way(toward);
                way.inward = Inward::Finished;
                way.finish_at(now);
            }
            Heard::Undelivered(error) => {
                let words =
                    format!("a datagram toward the {} was not taken: {}", name(toward.other()), words::why(&error));
                self.tell(permit, NetFact::Lost(Some(conn), 1, words));
            }
            Heard::Ended(closing) => {
                // What it had said before is passed on first, as the network would.
                let (way, ..) = self.way(toward);
                way.inward = Inward::Gone(closing.clone());
                way.finish_at(now);
                let (back, ..) = self.way(toward.other());
                if back.outward == Outward::Open {
                    back.outward = Outward::Broken(closing);
                }
                self.discard(toward.other());
                return Turn::Stirred;
            }
        }
        Turn::Moved
    }

    /// Tells what was heard, at the place taken for it or at a free one.
    fn tell(&mut self, permit: Option<Permit>, fact: NetFact) {
        match permit {
            Some(permit) => self.permits.tell(permit, fact),
            None => self.telling.extend(self.permits.try_tell(fact).err()),
        }
    }

    /// A message has come: it is held, waits behind one that is, or goes on.
    fn came(&mut self, toward: Side, number: u64, bytes: Bytes, now: Duration) {
        let (sight, shaping) = (self.sight.as_deref(), &*self.parts.shaping);
        let sees = |filter: &Filter| sight.is_some_and(|sight| sight.matches(filter));
        let is_held = match &shaping.hold {
            Hold::Nothing => false,
            Hold::Everything => true,
            Hold::Matching(filter) => sees(filter),
        };
        let way = match toward {
            Side::Server => &mut self.to_server,
            Side::Client => &mut self.to_client,
        };
        let mut done = Vec::new();
        if is_held {
            way.hold(number, bytes, now, seen(shaping, sees));
            done.push((number, HOLD, Deed::Held));
        } else if way.is_blocked() && way.chain.medium() == Medium::Stream {
            way.wait(number, bytes, seen(shaping, sees));
        } else {
            way.pass(number, bytes, &mut |filter| sees(filter), now, &mut done);
        }
        self.tell_done(toward, done);
    }

    fn tell_done(&mut self, toward: Side, done: Vec<Done>) {
        if done.is_empty() {
            return;
        }
        let (conn, direction) = (self.parts.conn, direction(toward));
        self.telling.extend(done.into_iter().map(|(message, by, deed)| {
            let message = Some(message);
            NetFact::Impaired { conn, direction, message, by, deed }
        }));
    }

    fn poll_tell(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Unheard>> {
        while !self.telling.is_empty() {
            let permit = ready!(self.permits.poll(cx))?;
            if let Some(fact) = self.telling.pop_front() {
                self.permits.tell(permit, fact);
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Whether nothing was said for so long that a conversation by datagrams is taken to be over.
    fn poll_idle(&mut self, cx: &mut Context<'_>) -> bool {
        if !self.client.is_datagram() && !self.server.is_datagram() {
            return false;
        }
        loop {
            let due = self.last + IDLE_AFTER;
            let idle = self.idle.get_or_insert_with(|| Box::pin(sleep_until(due)));
            if idle.as_mut().poll(cx).is_pending() {
                return false;
            }
            self.idle = None;
            if due <= Instant::now() {
                return true;
            }
        }
    }

    /// Carries an order out; gives the end where it is one.
    fn obey(&mut self, order: Order) -> Option<End> {
        let now = self.parts.began.elapsed();
        match order {
            Order::Shape(shaping) => self.reshape(shaping, now),
            Order::Inject(toward, bytes) => {
                let (way, ..) = self.way(toward);
                if way.outward == Outward::Open {
                    way.depart(Departure { at: now, bytes: bytes.clone() });
                    let (conn, direction) = (self.parts.conn, direction(toward));
                    let deed = Deed::Injected(bytes);
                    self.telling.push_back(NetFact::Impaired { conn, direction, message: None, by: INJECT, deed });
                }
            }
            Order::Decide(toward, message, decision) => {
                let mut done = Vec::new();
                if !self.way(toward).0.decide(message, decision, now, &mut done) {
                    let words = "the message is not held any more".to_owned();
                    self.telling.push_back(NetFact::Note(Some(self.parts.conn), words));
                }
                self.tell_done(toward, done);
            }
            Order::Close => {
                let mut done = Vec::new();
                for toward in [Side::Server, Side::Client] {
                    let (way, ..) = self.way(toward);
                    way.release(now, &mut done);
                    way.inward = Inward::Finished;
                    way.finish.get_or_insert(now);
                    self.tell_done(toward, std::mem::take(&mut done));
                }
                self.leaving = Some(Box::pin(sleep_until(Instant::now() + LINGER)));
            }
            Order::Reset => return Some(End::reset(None)),
        }
        None
    }

    fn reshape(&mut self, shaping: Arc<Shaping>, now: Duration) {
        let lets_go = shaping.hold == Hold::Nothing;
        let is_same = self.parts.shaping.impairs_like(&shaping);
        self.parts.shaping = shaping;
        if wants_sight(&self.parts.shaping) && self.sight.is_none() {
            self.sight = Some(sight(&self.parts));
        }
        for toward in [Side::Server, Side::Client] {
            let chain = (!is_same).then(|| chain(&self.parts, toward, &self.client, &self.server));
            let mut done = Vec::new();
            let (way, ..) = self.way(toward);
            if let Some(chain) = chain {
                way.reshape(chain, now);
            }
            if lets_go {
                way.release(now, &mut done);
            }
            self.tell_done(toward, done);
        }
    }

    /// A direction with the end it is read from and the one it is written to.
    fn way(&mut self, toward: Side) -> (&mut Way, &mut Leg, &mut Leg) {
        match toward {
            Side::Server => (&mut self.to_server, &mut self.client, &mut self.server),
            Side::Client => (&mut self.to_client, &mut self.server, &mut self.client),
        }
    }

    /// Ends it so: tells what never left, lets both ends go, and tells that.
    async fn end(mut self, end: End) {
        let conn = self.parts.conn;
        let reporter = self.parts.reporter.clone();
        for fact in std::mem::take(&mut self.telling) {
            reporter.tell(fact).await;
        }
        for toward in [Side::Server, Side::Client] {
            let (messages, bytes) = self.way(toward).0.discard();
            if messages > 0 {
                let words = format!("{bytes} bytes were still on their way to the {}", name(toward));
                reporter.tell(NetFact::Lost(Some(conn), messages, words)).await;
            }
        }
        if let Some(why) = end.why {
            reporter.tell(NetFact::Note(Some(conn), why)).await;
        }
        let mut closing = end.closing;
        for side in end.reset {
            let leg = match side {
                Side::Client => &self.client,
                Side::Server => &self.server,
            };
            if leg.arm_reset() == Reset::Unknown && *side == Side::Client && closing == Closing::ResetByUs {
                closing = Closing::Ours;
            }
        }
        if end.reset.is_empty() {
            // One attempt: what cannot be said at once is not waited for.
            poll_fn(|cx| {
                for (way, leg) in [(&self.to_client, &mut self.client), (&self.to_server, &mut self.server)] {
                    if way.outward == Outward::Open {
                        let _ = leg.poll_finish(cx);
                    }
                }
                Poll::Ready(())
            })
            .await;
        }
        let Ok(permit) = self.permits.take().await else { return };
        drop((self.client, self.server));
        self.permits.tell(permit, NetFact::Closed(conn, closing));
    }
}

/// One side is gone; the other is told so in the same way.
fn gone(side: Side, closing: Closing) -> End {
    let why = Some(format!("the {} is gone: {}", name(side), closing_in_words(&closing)));
    match (side, &closing) {
        (Side::Client, Closing::ResetByPeer) => End { closing, reset: &[Side::Server], why: None },
        (Side::Server, Closing::ResetByPeer) => End { closing: Closing::ResetByUs, reset: &[Side::Client], why },
        (Side::Client, _) => End { closing, reset: &[], why: None },
        (Side::Server, _) => End { closing, reset: &[], why },
    }
}

fn chain(parts: &Parts, toward: Side, client: &Leg, server: &Leg) -> Chain {
    let is_datagram = client.is_datagram() && server.is_datagram();
    let medium = if is_datagram { Medium::Datagram } else { Medium::Stream };
    Chain::new(&parts.shaping.impairments, parts.shaping.seed, parts.ordinal, toward, medium)
}

/// Whether a filter is to be asked about what passes.
fn wants_sight(shaping: &Shaping) -> bool {
    matches!(shaping.hold, Hold::Matching(_)) || shaping.impairments.iter().any(|one| one.when.filter.is_some())
}

fn sight(parts: &Parts) -> Box<dyn Sight> {
    let mut sight = (parts.sights)();
    sight.observe(&parts.opened);
    sight
}

/// What the filters of impairments say of a message.
fn seen(shaping: &Shaping, sees: impl Fn(&Filter) -> bool) -> Seen {
    let filters = shaping.impairments.iter().filter_map(|one| one.when.filter.clone());
    filters.map(|filter| (filter.clone(), sees(&filter))).collect()
}

/// The way messages toward a side go, as the client's server sees it.
fn direction(toward: Side) -> Direction {
    match toward {
        Side::Server => Direction::In,
        Side::Client => Direction::Out,
    }
}

fn name(side: Side) -> &'static str {
    match side {
        Side::Client => "client",
        Side::Server => "server",
    }
}

fn closing_in_words(closing: &Closing) -> String {
    match closing {
        Closing::ResetByPeer => "it reset the connection".into(),
        Closing::Failed(why) => why.clone(),
        Closing::Orderly | Closing::Ours | Closing::ResetByUs | Closing::Idle => "it ended".into(),
    }
}

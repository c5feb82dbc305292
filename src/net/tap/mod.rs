//! A tap: it listens, connects whoever comes to its target, and stands between the two.
//!
//! `front` is where it listens and `target` where it connects to; a `pump` moves what is said in one conversation, in
//! each direction (`way`) between its two ends (`leg`). Through which taps somebody came is in the `lineage`.

mod alarm;
mod front;
mod leg;
pub(crate) mod lineage;
mod pump;
mod target;
mod way;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use foldhash::fast::RandomState;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use self::front::{Come, Front};
use self::leg::Leg;
use self::lineage::{Ends, Guest, Lineage, Looped};
use self::pump::{Order, Parts, Pump};
use super::listen::Listening;
use super::report::Reporter;
use super::server::{MOST_CONNECTIONS, pass_panic_on};
use crate::contract::{Beginning, Decision, Held, NetFact, Shaping, Sights, To, WhenDown};
use crate::impair::Kind;
use crate::model::{Address, Closing, ConnId, Endpoint, Side, Step, Transport, Trouble};

/// Orders waiting for one conversation; it takes them at once.
const ORDER_QUEUE: usize = 64;

/// What a person orders of a tap.
#[derive(Debug)]
pub(crate) enum TapOrder {
    Shape(Shaping),
    Retarget(Endpoint),
    Inject(To, Side, bytes::Bytes),
    Decide(Held, Decision),
    Close(To),
    Reset(To),
}

struct Tap {
    reporter: Reporter,
    target: Endpoint,
    shaping: Arc<Shaping>,
    sights: Sights,
    lineage: Lineage,
    transport: Transport,
    own: Address,
    began: Instant,
    /// Conversations so far.
    count: u64,
    members: BTreeMap<ConnId, mpsc::Sender<Order>>,
    /// The tasks of conversations, each with who it is about.
    tasks: JoinSet<()>,
    who: HashMap<tokio::task::Id, (ConnId, Address), RandomState>,
}

/// Runs a tap until it is told to stop. Its socket is closed, and its file removed, before this returns.
pub(crate) async fn run(
    reporter: Reporter,
    listening: Listening,
    transport: Transport,
    target: Endpoint,
    (sights, lineage): (Sights, Lineage),
    mut orders: mpsc::Receiver<TapOrder>,
    stop: CancellationToken,
) -> Result<(), Trouble> {
    let own = listening.address.clone();
    refuse_loop(&target, &own, transport)?;
    let Listening { socket, address, file } = listening;
    let mut front = Front::new(&reporter, Listening { socket, address, file: None }, transport)?;
    reporter.tell(NetFact::Listening(own.clone())).await;
    let mut tap = Tap {
        reporter: reporter.clone(),
        target,
        shaping: Arc::default(),
        sights,
        lineage,
        transport,
        own: own.clone(),
        began: Instant::now(),
        count: 0,
        members: BTreeMap::new(),
        tasks: JoinSet::new(),
        who: HashMap::default(),
    };
    let ended = loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => break Ok(()),
            Some(ended) = tap.tasks.join_next_with_id() => {
                let id = match &ended {
                    Ok((id, ())) => *id,
                    Err(error) => error.id(),
                };
                if let Some((conn, peer)) = tap.who.remove(&id) {
                    tap.members.remove(&conn);
                    front.forget(&peer, conn);
                }
                pass_panic_on(ended);
            }
            Some(order) = orders.recv() => tap.obey(order).await,
            come = front.next(&reporter) => match come {
                Ok(come) => tap.welcome(come, &stop).await,
                Err(trouble) => break Err(trouble),
            },
        }
    };
    drop((front, file));
    reporter.tell(NetFact::Step(Step::Stopped(own))).await;
    // Each conversation sees that nobody orders anything any more, and ends.
    tap.members.clear();
    while let Some(ended) = tap.tasks.join_next().await {
        pass_panic_on(ended);
    }
    ended
}

/// A tap whose target is plainly the tap itself would connect to itself without end. Where that cannot be told from the
/// target's words, the first who comes shows it.
fn refuse_loop(target: &Endpoint, own: &Address, transport: Transport) -> Result<(), Trouble> {
    if target.is_at(own, transport) { Err(looped(target)) } else { Ok(()) }
}

fn looped(target: &Endpoint) -> Trouble {
    let why = "the target leads back to the tap itself, which would connect to itself without end";
    Trouble::new("tap", target, why, "name another target, or listen elsewhere")
}

/// Connects somebody who has come to the target.
async fn reach(
    reporter: &Reporter,
    conn: ConnId,
    target: &Endpoint,
    when_down: WhenDown,
    guest: &mut Guest,
) -> Result<Leg, Trouble> {
    // When it comes from a tap of ours, that one has by then told so.
    tokio::task::yield_now().await;
    let is_looped = |Looped| looped(target);
    guest.check().map_err(is_looped)?;
    let (leg, own, other) = target::reach(reporter, conn, target, when_down).await?;
    guest.goes_on(Ends::new(target.scheme.transport(), &own, &other)).map_err(is_looped)?;
    reporter.tell(NetFact::Bridged(conn, own, other)).await;
    Ok(leg)
}

impl Tap {
    async fn welcome(&mut self, come: Come, stop: &CancellationToken) {
        let Come { conn, transport, local, peer, leg } = come;
        if self.members.len() >= MOST_CONNECTIONS {
            leg.arm_reset();
            let words = format!("{peer} was refused: {MOST_CONNECTIONS} conversations are open, which is the most");
            return self.reporter.tell(NetFact::Lost(None, 1, words)).await;
        }
        let mut guest = self.lineage.came(self.reporter.node(), Ends::new(transport, &peer, &local));
        let opened = self.reporter.event(NetFact::Opened {
            conn,
            transport,
            how: Beginning::Accepted,
            local,
            peer: peer.clone(),
        });
        self.reporter.tell(opened.fact.clone()).await;
        let (sender, orders) = mpsc::channel(ORDER_QUEUE);
        let parts = Parts {
            conn,
            ordinal: self.count,
            began: self.began,
            reporter: self.reporter.clone(),
            sights: self.sights,
            opened,
            shaping: self.shaping.clone(),
            orders,
        };
        self.count += 1;
        self.members.insert(conn, sender);
        let (target, when_down) = (self.target.clone(), self.shaping.when_down);
        let is_down = self.shaping.impairments.iter().any(|one| matches!(one.kind, Kind::Down));
        let stop = stop.clone();
        let mut parts = parts;
        // Boxed, for the runtime moves a task's state some times.
        let task = self.tasks.spawn(Box::pin(async move {
            let reporter = parts.reporter.clone();
            let reaching = async {
                if is_down {
                    return Err(Trouble::new("connect", &target, "the tap plays that it is down", ""));
                }
                // Boxed, so that the task of each conversation is small while it lasts.
                Box::pin(reach(&reporter, conn, &target, when_down, &mut guest)).await
            };
            let reached = tokio::select! {
                biased;
                () = stop.cancelled() => Err(None),
                () = parts.given_up() => Err(None),
                reached = reaching => reached.map_err(Some),
            };
            match reached {
                Ok(server) => Box::pin(Pump::new(parts, leg, server).run()).await,
                Err(trouble) => {
                    leg.arm_reset();
                    drop(leg);
                    if let Some(trouble) = trouble {
                        let words = format!("the client is refused: {trouble}");
                        reporter.tell(NetFact::Note(Some(conn), words)).await;
                    }
                    reporter.tell(NetFact::Closed(conn, Closing::ResetByUs)).await;
                }
            }
        }));
        self.who.insert(task.id(), (conn, peer));
    }

    async fn obey(&mut self, order: TapOrder) {
        match order {
            TapOrder::Shape(shaping) => {
                self.shaping = Arc::new(shaping);
                self.order(To::All, &Order::Shape(self.shaping.clone())).await;
            }
            TapOrder::Retarget(target) => match refuse_loop(&target, &self.own, self.transport) {
                Ok(()) => {
                    let words = format!("who comes from now on is connected to {target}");
                    self.target = target;
                    self.reporter.tell(NetFact::Note(None, words)).await;
                }
                Err(trouble) => self.reporter.tell(NetFact::Note(None, trouble.to_string())).await,
            },
            TapOrder::Inject(to, toward, bytes) => self.order(to, &Order::Inject(toward, bytes)).await,
            TapOrder::Decide(held, decision) => {
                let order = Order::Decide(held.toward, held.message, decision);
                self.order(To::One(held.conn), &order).await;
            }
            TapOrder::Close(to) => self.order(to, &Order::Close).await,
            TapOrder::Reset(to) => self.order(to, &Order::Reset).await,
        }
    }

    async fn order(&mut self, to: To, order: &Order) {
        let members: Vec<ConnId> = match to {
            To::One(conn) => vec![conn],
            To::All => self.members.keys().copied().collect(),
        };
        for conn in members {
            let Some(member) = self.members.get(&conn) else { continue };
            if member.try_send(order.clone()).is_err() {
                let words = format!("{ORDER_QUEUE} orders wait for this conversation; one was not taken");
                self.reporter.tell(NetFact::Note(Some(conn), words)).await;
            }
        }
    }
}

//! One node's task: it starts and stops what the node runs, and passes orders on to it.

use std::sync::{Arc, Mutex};

use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::crowd::{Crowd, Order, name};
use super::datagram::{Datagrams, Part, Side};
use super::datagram_socket::DatagramSocket;
use super::listen::{self, Listening};
use super::machine;
use super::reflection::{Caution, OwnServers};
use super::report::Reporter;
use super::server::{self, Speaker, pass_panic_on};
use super::tap::lineage::Lineage;
use super::tap::{self, TapOrder};
use super::{cast, client, datagram_client, dial, http, kernel, words};
use crate::behaviour::Machine;
use crate::contract::{ClientSpec, ExchangeFact, HttpRequest, NetCommand, NetFact, Play, Role, ServerSpec, Sights, To};
use crate::model::{self, Address, Endpoint, ExchangeId, LookupId, Place, SocketEnds, Step, Transport, Trouble};

/// Orders waiting for a datagram node or a tap; it takes them at once.
const ORDER_QUEUE: usize = 64;

/// A node and what it runs.
pub(crate) struct Node {
    reporter: Reporter,
    own_servers: OwnServers,
    sights: Sights,
    lineage: Lineage,
    run: Option<Run>,
    /// The task of `run`, alone or none.
    tasks: JoinSet<()>,
    exchange: Option<Exchange>,
    lookup: Option<AbortOnDropHandle<()>>,
    watch: Option<AbortOnDropHandle<()>>,
}

/// What runs: its line for orders, and how it is told to stop.
struct Run {
    line: Line,
    stop: CancellationToken,
}

/// Where a person's orders go.
#[derive(Clone)]
enum Line {
    Streams(Arc<Crowd>),
    Datagrams(mpsc::Sender<(To, Order)>),
    Tap(mpsc::Sender<TapOrder>),
}

/// An HTTP exchange on its way; dropping it gives it up.
struct Exchange {
    id: ExchangeId,
    task: JoinHandle<()>,
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Node {
    pub(crate) fn new(reporter: Reporter, own_servers: OwnServers, sights: Sights, lineage: Lineage) -> Self {
        let tasks = JoinSet::new();
        Self { reporter, own_servers, sights, lineage, run: None, tasks, exchange: None, lookup: None, watch: None }
    }

    /// Carries commands out until no more can come, then stops all.
    pub(crate) async fn live(mut self, mut commands: mpsc::Receiver<NetCommand>) {
        loop {
            tokio::select! {
                biased;
                Some(ended) = self.tasks.join_next() => {
                    pass_panic_on(ended);
                    self.run = None;
                }
                command = commands.recv() => match command {
                    Some(command) => self.carry_out(command).await,
                    None => break,
                },
            }
        }
        self.stop().await;
        self.cancel().await;
    }

    async fn carry_out(&mut self, command: NetCommand) {
        match command {
            NetCommand::Serve(_, spec) => {
                self.stop().await;
                self.serve(spec);
            }
            NetCommand::Connect(_, spec) => {
                self.stop().await;
                self.connect(spec, None);
            }
            NetCommand::Replay(_, role, play) => {
                self.stop().await;
                match role {
                    Role::Client(spec) => self.connect(spec, Some(play)),
                    Role::Server(spec) => {
                        let machine = machine::replay(&spec, play);
                        self.serve_by(spec, machine);
                    }
                }
            }
            NetCommand::Shape(_, shaping) => self.order_tap(TapOrder::Shape(shaping)).await,
            NetCommand::Retarget(_, target) => self.order_tap(TapOrder::Retarget(target)).await,
            NetCommand::Inject(_, to, toward, bytes) => self.order_tap(TapOrder::Inject(to, toward, bytes)).await,
            NetCommand::Decide(_, held, decision) => self.order_tap(TapOrder::Decide(held, decision)).await,
            NetCommand::Stop(_) => self.stop().await,
            NetCommand::Send(_, to, bytes) => self.order(to, Order::Send(bytes)).await,
            NetCommand::Finish(_, to) => self.order(to, Order::Finish).await,
            NetCommand::Close(_, to) => self.order(to, Order::Close).await,
            NetCommand::Reset(_, to) => self.order(to, Order::Reset).await,
            NetCommand::Fetch(_, id, request) => {
                self.cancel().await;
                self.fetch(id, request);
            }
            NetCommand::CancelFetch(_) => self.cancel().await,
            NetCommand::LookUp(_, id, name) => self.look_up(id, name),
            NetCommand::Watch(_, ends) => self.watch(ends),
        }
    }

    fn serve(&mut self, spec: ServerSpec) {
        let machine = machine::make(&spec);
        self.serve_by(spec, machine);
    }

    fn serve_by(&mut self, spec: ServerSpec, machine: Result<Machine, Trouble>) {
        let stop = CancellationToken::new();
        let transport = spec.listen.scheme.transport();
        let (reporter, own_servers) = (self.reporter.clone(), self.own_servers.clone());
        if let Ok(Machine::Tap(target)) = machine {
            let (sender, orders) = mpsc::channel(ORDER_QUEUE);
            self.run = Some(Run { line: Line::Tap(sender), stop: stop.clone() });
            let (sights, lineage) = (self.sights, self.lineage.clone());
            self.start(async move {
                let Some(listening) = unless_stopped(&stop, listen_at(&reporter, &spec, transport)).await else {
                    return Ok(());
                };
                tap::run(reporter, listening?, transport, target, (sights, lineage), orders, stop).await
            });
            return;
        }
        if transport.is_datagram() {
            let (sender, orders) = mpsc::channel(ORDER_QUEUE);
            self.run = Some(Run { line: Line::Datagrams(sender), stop: stop.clone() });
            self.start(async move { serve_datagrams(reporter, spec, machine?, own_servers, orders, stop).await });
            return;
        }
        let (crowd, speaker) = match machine {
            Ok(Machine::Bytes(behaviour)) => (Crowd::served_by(behaviour), Ok(Speaker::Behaviour)),
            Ok(Machine::Tap(_) | Machine::Replay(_)) => return,
            Ok(Machine::Http(responder)) => (Crowd::unserved(), Ok(Speaker::Http(Arc::new(Mutex::new(responder))))),
            Err(trouble) => (Crowd::unserved(), Err(trouble)),
        };
        let crowd = Arc::new(crowd);
        self.run = Some(Run { line: Line::Streams(crowd.clone()), stop: stop.clone() });
        self.start(async move {
            let speaker = speaker?;
            let Some(listening) = unless_stopped(&stop, listen_at(&reporter, &spec, transport)).await else {
                return Ok(());
            };
            server::serve(reporter, listening?, crowd, speaker, stop).await
        });
    }

    fn connect(&mut self, spec: ClientSpec, play: Option<Play>) {
        let stop = CancellationToken::new();
        let reporter = self.reporter.clone();
        if spec.target.scheme.transport().is_datagram() {
            let (sender, orders) = mpsc::channel(ORDER_QUEUE);
            self.run = Some(Run { line: Line::Datagrams(sender), stop: stop.clone() });
            let part = play.map(|play| Part {
                when_refused: play.manner.on_difference(model::Side::Client),
                machine: machine::player(&spec.target, play, model::Side::Client),
            });
            self.start(datagram_client::run(reporter, spec, part, orders, stop));
        } else {
            let machine = play.map(|play| machine::player(&spec.target, play, model::Side::Client));
            let crowd = Arc::new(Crowd::of_a_client(machine));
            self.run = Some(Run { line: Line::Streams(crowd.clone()), stop: stop.clone() });
            self.start(client::run(reporter, spec, crowd, stop));
        }
    }

    async fn order_tap(&mut self, order: TapOrder) {
        let taken = match self.run.as_ref().map(|run| &run.line) {
            Some(Line::Tap(line)) => line.send(order).await.is_ok(),
            Some(Line::Streams(_) | Line::Datagrams(_)) | None => false,
        };
        if !taken {
            let words = "no tap runs here; the order went nowhere".to_owned();
            self.reporter.tell(NetFact::Note(None, words)).await;
        }
    }

    /// Runs it, and tells its end exactly once.
    fn start(&mut self, run: impl Future<Output = Result<(), Trouble>> + Send + 'static) {
        let reporter = self.reporter.clone();
        self.tasks.spawn(async move {
            let end = match run.await {
                Ok(()) => NetFact::Stopped,
                Err(trouble) => NetFact::Failed(trouble),
            };
            reporter.tell(end).await;
        });
    }

    /// Stops what runs, and waits until it holds no socket any more.
    async fn stop(&mut self) {
        if let Some(run) = self.run.take() {
            run.stop.cancel();
        }
        while let Some(ended) = self.tasks.join_next().await {
            pass_panic_on(ended);
        }
    }

    async fn order(&mut self, to: To, order: Order) {
        match self.run.as_ref().map(|run| run.line.clone()) {
            Some(Line::Streams(crowd)) => {
                let gives_up = matches!(order, Order::Close | Order::Reset);
                if gives_up && to == To::All && crowd.is_coming() {
                    return self.stop().await;
                }
                crowd.order(&self.reporter, to, order).await;
            }
            Some(Line::Datagrams(line)) => {
                if let Err(mpsc::error::SendError((_, order))) = line.send((to, order)).await {
                    self.nothing_runs(&order).await;
                }
            }
            Some(Line::Tap(_)) => match order {
                Order::Close => self.order_tap(TapOrder::Close(to)).await,
                Order::Reset => self.order_tap(TapOrder::Reset(to)).await,
                Order::Send(_) | Order::Finish => {
                    let words = format!("{} went nowhere: a tap is told which side it is for", name(&order));
                    self.reporter.tell(NetFact::Note(None, words)).await;
                }
            },
            None => self.nothing_runs(&order).await,
        }
    }

    async fn nothing_runs(&self, order: &Order) {
        let words = format!("nothing is connected; {} went nowhere", name(order));
        self.reporter.tell(NetFact::Note(None, words)).await;
    }

    fn fetch(&mut self, id: ExchangeId, request: HttpRequest) {
        let task = tokio::spawn(http::client::fetch(self.reporter.clone(), id, request));
        self.exchange = Some(Exchange { id, task });
    }

    /// Dropping the question before gives it up.
    fn look_up(&mut self, id: LookupId, name: String) {
        let reporter = self.reporter.clone();
        self.lookup = Some(AbortOnDropHandle::new(tokio::spawn(async move {
            let answer = dial::look_up(&name).await;
            reporter.tell(NetFact::LookedUp(id, answer)).await;
        })));
    }

    /// Dropping the watch before ends it.
    fn watch(&mut self, ends: Vec<SocketEnds>) {
        let reporter = self.reporter.clone();
        let task = (!ends.is_empty()).then(|| tokio::spawn(kernel::watch(reporter, ends)));
        self.watch = task.map(AbortOnDropHandle::new);
    }

    /// Gives the exchange up, unless it has ended by itself.
    async fn cancel(&mut self) {
        let Some(mut exchange) = self.exchange.take() else { return };
        exchange.task.abort();
        match (&mut exchange.task).await {
            Ok(()) => {}
            Err(error) if error.is_cancelled() => {
                self.reporter.tell(NetFact::Exchange(exchange.id, ExchangeFact::Cancelled)).await;
            }
            panicked @ Err(_) => pass_panic_on(panicked),
        }
    }
}

async fn unless_stopped<T>(stop: &CancellationToken, act: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        () = stop.cancelled() => None,
        done = act => Some(done),
    }
}

async fn listen_at(reporter: &Reporter, spec: &ServerSpec, transport: Transport) -> Result<Listening, Trouble> {
    let Endpoint { place, .. } = &spec.listen;
    match place {
        Place::Path(path) => listen::unix(reporter, transport, path).await,
        Place::Host { host, port } => listen::ip(reporter, transport, (host, *port), spec.when_taken).await,
    }
}

async fn serve_datagrams(
    reporter: Reporter,
    spec: ServerSpec,
    machine: Machine,
    own_servers: OwnServers,
    orders: mpsc::Receiver<(To, Order)>,
    stop: CancellationToken,
) -> Result<(), Trouble> {
    let transport = spec.listen.scheme.transport();
    let Machine::Bytes(behaviour) = machine else {
        return Err(Trouble::new("serve", &spec.listen, "HTTP does not run over datagrams here", "listen on http://"));
    };
    let Some(listening) = unless_stopped(&stop, listen_at(&reporter, &spec, transport)).await else { return Ok(()) };
    let Listening { socket, address, file } = listening?;
    if let Address::Ip(group) = &address
        && group.ip().is_multicast()
    {
        cast::join(&socket, group.ip(), None)?;
        reporter.tell(NetFact::Step(Step::Joined(address.clone()))).await;
    }
    let socket = DatagramSocket::new(socket, transport)
        .map_err(|error| Trouble::new("listen", &address, words::why(&error), ""))?;
    let entry = own_servers.enter(&address);
    let caution = Caution { own: address.clone(), behaviour: spec.behaviour, servers: own_servers };
    reporter.tell(NetFact::Listening(address.clone())).await;
    let datagrams = Datagrams::new(reporter.clone(), socket, Side::Server(behaviour, caution));
    let ended = datagrams.run(orders, stop).await;
    drop((file, entry));
    reporter.tell(NetFact::Step(Step::Stopped(address))).await;
    ended
}

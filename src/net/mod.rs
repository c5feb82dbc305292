//! Tasks that carry the contract out on real sockets; they perform and report, and decide nothing.
//!
//! `start` runs them all on one thread, which makes their reports truly ordered (see `report`). A task per node
//! (`node`) starts and stops what the node runs: a stream `server`, a stream `client`, or a socket for
//! `datagram`s, or a `tap`. Every stream connection has a pump (`connection`); all of one node form a `crowd`.
//! Whatever is dropped stops: tasks end by being dropped, and sockets close with them.
//!
//! Beside them stands `sniffer`: no node, but what others say over an interface.

mod accept;
mod alarms;
mod cast;
mod child;
mod client;
mod connection;
pub mod control;
mod crowd;
mod datagram;
mod datagram_client;
mod datagram_socket;
mod dial;
mod http;
mod kernel;
mod listen;
mod machine;
mod node;
mod observed;
mod outbox;
mod peers;
mod permit;
mod place;
mod reflection;
pub mod report;
mod scratch;
mod server;
pub mod sniffer;
mod spoken;
mod tap;
mod tls;
mod wire;
mod words;

use std::collections::HashMap;
use std::io;
use std::thread::{self, JoinHandle};

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::node::Node;
use self::reflection::OwnServers;
use self::report::{REPORT_QUEUE, Reporter};
use self::server::pass_panic_on;
use self::tap::lineage::Lineage;
use crate::contract::{NetCommand, NetEvent, Sights};
use crate::model::NodeId;

/// Commands waiting to be carried out. They are taken at once unless reports are not read.
pub const COMMAND_QUEUE: usize = 256;

/// Commands waiting for one node.
const NODE_QUEUE: usize = 64;

/// The running network.
#[derive(Debug)]
pub struct Net {
    /// What is asked of it.
    pub commands: mpsc::Sender<NetCommand>,
    /// What it reports; closed when it has ended, be it by a defect.
    pub events: mpsc::Receiver<NetEvent>,
    /// What keeps it running.
    pub running: Running,
}

/// The network's thread. Dropping it stops everything and waits until all sockets are closed.
#[derive(Debug)]
pub struct Running {
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

/// Starts the network on a thread of its own; `sights` reads for taps what passes them.
///
/// # Errors
/// When the system gives no thread, or no event queue for it.
pub fn start(sights: Sights) -> io::Result<Net> {
    let (commands, command_queue) = mpsc::channel(COMMAND_QUEUE);
    let (reports, events) = mpsc::channel(REPORT_QUEUE);
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let thread = thread::Builder::new().name("net".into()).spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                biased;
                () = stopped.cancelled() => {}
                () = run(command_queue, reports, sights) => {}
            }
        });
        // A name being looked up cannot be interrupted, and is not waited for.
        runtime.shutdown_background();
    })?;
    Ok(Net { commands, events, running: Running { stop, thread: Some(thread) } })
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            // A panic there was told by the panic hook, and by the closed channel of events.
            let _ = thread.join();
        }
    }
}

/// Carries commands out until no more can come, then stops all nodes, tells of it, and returns.
///
/// # Panics
/// When one of its tasks did: that is a defect, and its owner must notice.
pub async fn run(mut commands: mpsc::Receiver<NetCommand>, events: mpsc::Sender<NetEvent>, sights: Sights) {
    let (own_servers, lineage) = (OwnServers::default(), Lineage::default());
    let mut first: Option<Reporter> = None;
    let mut nodes: HashMap<NodeId, mpsc::Sender<NetCommand>> = HashMap::new();
    let mut tasks = JoinSet::new();
    loop {
        let command = tokio::select! {
            biased;
            Some(ended) = tasks.join_next() => {
                pass_panic_on(ended);
                continue;
            }
            command = commands.recv() => command,
        };
        let Some(command) = command else { break };
        let id = node_of(&command);
        let line = nodes.entry(id).or_insert_with(|| {
            let reporter = first.get_or_insert_with(|| Reporter::new(id, events.clone())).for_node(id);
            let (line, queue) = mpsc::channel(NODE_QUEUE);
            tasks.spawn(Node::new(reporter, own_servers.clone(), sights, lineage.clone()).live(queue));
            line
        });
        // A node's task ends only by a panic, which is passed on above.
        let _ = line.send(command).await;
    }
    nodes.clear();
    while let Some(ended) = tasks.join_next().await {
        pass_panic_on(ended);
    }
}

fn node_of(command: &NetCommand) -> NodeId {
    match command {
        NetCommand::Serve(id, _)
        | NetCommand::Shape(id, _)
        | NetCommand::Retarget(id, _)
        | NetCommand::Inject(id, ..)
        | NetCommand::Decide(id, ..)
        | NetCommand::Connect(id, _)
        | NetCommand::Replay(id, ..)
        | NetCommand::Stop(id)
        | NetCommand::Send(id, ..)
        | NetCommand::Finish(id, _)
        | NetCommand::Close(id, _)
        | NetCommand::Reset(id, _)
        | NetCommand::Fetch(id, ..)
        | NetCommand::CancelFetch(id)
        | NetCommand::LookUp(id, ..)
        | NetCommand::Watch(id, _) => *id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behaviour::{Behaviour, Event, Reply};
    use crate::contract::{NetFact, ServerSpec, WhenTaken};
    use crate::model::{Address, Closing, Transport};
    use std::sync::Arc;

    /// A defect in a behaviour.
    struct Defect;

    impl Behaviour for Defect {
        fn on(&mut self, _: Event<'_>) -> Vec<Reply> {
            panic!("a defect");
        }
    }

    async fn fact_told(events: &mut mpsc::Receiver<NetEvent>, wanted: impl Fn(&NetFact) -> bool) -> NetFact {
        loop {
            let event = events.recv().await.expect("the network goes on telling");
            if wanted(&event.fact) {
                return event.fact;
            }
        }
    }

    #[tokio::test]
    async fn a_panic_in_a_connection_is_noticed_by_who_runs_the_server() {
        let (reports, mut events) = mpsc::channel(REPORT_QUEUE);
        let reporter = Reporter::new(NodeId(1), reports);
        let listening = listen::ip(&reporter, Transport::Tcp, ("127.0.0.1", 0), WhenTaken::Fail).await.unwrap();
        let Address::Ip(address) = listening.address else { panic!("an IP address") };
        let crowd = Arc::new(crowd::Crowd::served_by(Box::new(Defect)));
        let serving = server::serve(reporter, listening, crowd, server::Speaker::Behaviour, CancellationToken::new());
        let serving = tokio::spawn(serving);
        let _peer = tokio::net::TcpStream::connect(address).await.unwrap();
        assert!(serving.await.unwrap_err().is_panic());
        fact_told(&mut events, |fact| matches!(fact, NetFact::Opened { .. })).await;
    }

    #[tokio::test]
    async fn an_idle_datagram_peer_is_forgotten_and_that_is_told() {
        let (commands, queue) = mpsc::channel(COMMAND_QUEUE);
        let (reports, mut events) = mpsc::channel(REPORT_QUEUE);
        tokio::spawn(run(queue, reports, || unreachable!("there is no tap")));
        let spec = ServerSpec {
            listen: "udp://127.0.0.1:0".parse().unwrap(),
            behaviour: "echo".into(),
            argument: String::new(),
            when_taken: WhenTaken::Fail,
        };
        commands.send(NetCommand::Serve(NodeId(1), spec)).await.unwrap();
        let listening = fact_told(&mut events, |fact| matches!(fact, NetFact::Listening(_))).await;
        let NetFact::Listening(Address::Ip(address)) = listening else { panic!("an IP address") };
        let peer = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
        peer.send_to(b"hello", address).await.unwrap();
        peer.recv_from(&mut [0; 8]).await.unwrap();
        // From here on time runs as fast as the tasks let it.
        tokio::time::pause();
        let closed = fact_told(&mut events, |fact| matches!(fact, NetFact::Closed(..))).await;
        assert!(matches!(closed, NetFact::Closed(_, Closing::Idle)));
    }
}

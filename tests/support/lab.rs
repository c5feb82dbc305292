//! A lab for tests: the network as the app has it, commands in, events awaited.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{mpsc, watch};
use wirelab::contract::{
    Beginning, CastSpec, ClientSpec, NetCommand, NetEvent, NetFact, ServerSpec, TlsSpec, To, WhenTaken,
};
use wirelab::model::{Address, Closing, ConnId, Direction, NodeId, Trouble};
use wirelab::net::{self, Net};

/// How long a test waits for what must come. It is no measure of speed.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub const SERVER: NodeId = NodeId(1);
pub const CLIENT: NodeId = NodeId(2);

/// The network and all that it has told.
pub struct Lab {
    pub net: Net,
    log: Arc<Mutex<Vec<NetEvent>>>,
    news: watch::Receiver<usize>,
}

impl Lab {
    pub fn start() -> Self {
        let mut net = net::start(wirelab::app::world::sight).expect("the network starts");
        let (_, none) = mpsc::channel(1);
        let mut events = std::mem::replace(&mut net.events, none);
        let log = Arc::new(Mutex::new(Vec::new()));
        let (tell, news) = watch::channel(0);
        let written = log.clone();
        tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                let count = {
                    let mut log = written.lock().expect("nobody panicked");
                    log.push(event);
                    log.len()
                };
                let _ = tell.send(count);
            }
        });
        Self { net, log, news }
    }

    pub async fn order(&self, command: NetCommand) {
        self.net.commands.send(command).await.expect("the network lives");
    }

    /// The first thing told of a node that `choose` takes, once it is told.
    pub async fn told<T>(&mut self, node: NodeId, choose: impl Fn(&NetFact) -> Option<T>) -> T {
        self.told_since(0, node, choose).await
    }

    /// The same, of what was told after the first `since` events.
    pub async fn told_since<T>(&mut self, since: usize, node: NodeId, choose: impl Fn(&NetFact) -> Option<T>) -> T {
        let looking = async {
            let mut next = since;
            loop {
                {
                    let log = self.log.lock().expect("nobody panicked");
                    while next < log.len() {
                        next += 1;
                        let event = &log[next - 1];
                        if event.node == node
                            && let Some(found) = choose(&event.fact)
                        {
                            return found;
                        }
                    }
                }
                self.news.changed().await.expect("the network goes on telling");
            }
        };
        let found = tokio::time::timeout(PATIENCE, looking).await.ok();
        found.unwrap_or_else(|| panic!("it was never told; but this was:\n{}", self.transcript()))
    }

    /// How many events have been told.
    pub fn so_far(&self) -> usize {
        self.log.lock().expect("nobody panicked").len()
    }

    /// All that was told of a node.
    pub fn facts(&self, node: NodeId) -> Vec<NetFact> {
        self.facts_since(0, node)
    }

    /// The same, of what was told after the first `since` events.
    pub fn facts_since(&self, since: usize, node: NodeId) -> Vec<NetFact> {
        self.log.lock().expect("nobody panicked")[since..]
            .iter()
            .filter(|event| event.node == node)
            .map(|event| event.fact.clone())
            .collect()
    }

    fn transcript(&self) -> String {
        let log = self.log.lock().expect("nobody panicked");
        let lines = log.iter().map(|event| {
            let mut line = format!("{} {:?}", event.node, event.fact);
            line.truncate(200);
            line
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Serves, and says where.
    pub async fn serve(&mut self, listen: &str, behaviour: &str, argument: &str) -> Address {
        let since = self.so_far();
        self.order(NetCommand::Serve(SERVER, server(listen, behaviour, argument))).await;
        self.told_since(since, SERVER, |fact| match fact {
            NetFact::Listening(address) => Some(address.clone()),
            NetFact::Failed(trouble) => panic!("{trouble}"),
            _ => None,
        })
        .await
    }

    /// Connects the client, and says as what.
    pub async fn connect(&mut self, target: &str) -> ConnId {
        let since = self.so_far();
        self.order(NetCommand::Connect(CLIENT, client(target))).await;
        self.told_since(since, CLIENT, |fact| match fact {
            NetFact::Opened { conn, how: Beginning::Connected, .. } => Some(*conn),
            NetFact::Failed(trouble) => panic!("{trouble}"),
            _ => None,
        })
        .await
    }

    pub async fn send(&self, node: NodeId, bytes: &'static [u8]) {
        self.order(NetCommand::Send(node, To::All, Bytes::from_static(bytes))).await;
    }

    /// Waits until so many bytes came in at a node, and gives them.
    pub async fn hears(&mut self, node: NodeId, count: usize) -> Vec<u8> {
        let heard = Mutex::new(Vec::new());
        self.told(node, |fact| {
            let mut heard = heard.lock().expect("nobody panicked");
            if let NetFact::Data(_, Direction::In, bytes) = fact {
                heard.extend_from_slice(bytes);
            }
            (heard.len() >= count).then(|| heard.clone())
        })
        .await
    }

    pub async fn opened(&mut self, node: NodeId) -> (ConnId, Address, Address) {
        self.told(node, |fact| match fact {
            NetFact::Opened { conn, local, peer, .. } => Some((*conn, local.clone(), peer.clone())),
            _ => None,
        })
        .await
    }

    pub async fn closed(&mut self, node: NodeId) -> Closing {
        self.told(node, |fact| match fact {
            NetFact::Closed(_, closing) => Some(closing.clone()),
            _ => None,
        })
        .await
    }

    pub async fn failed(&mut self, node: NodeId) -> Trouble {
        self.told(node, |fact| match fact {
            NetFact::Failed(trouble) => Some(trouble.clone()),
            _ => None,
        })
        .await
    }

    /// A remark or loss that holds these words.
    pub async fn remark(&mut self, node: NodeId, words: &str) -> String {
        self.told(node, |fact| match fact {
            NetFact::Note(_, text) | NetFact::Unreachable(_, text) | NetFact::Lost(_, _, text)
                if text.contains(words) =>
            {
                Some(text.clone())
            }
            _ => None,
        })
        .await
    }

    pub async fn stopped(&mut self, since: usize, node: NodeId) {
        self.told_since(since, node, |fact| (*fact == NetFact::Stopped).then_some(())).await;
    }
}

pub fn server(listen: &str, behaviour: &str, argument: &str) -> ServerSpec {
    ServerSpec {
        listen: listen.parse().expect("an endpoint"),
        behaviour: behaviour.into(),
        argument: argument.into(),
        when_taken: WhenTaken::Fail,
    }
}

pub fn client(target: &str) -> ClientSpec {
    ClientSpec {
        target: target.parse().expect("an endpoint"),
        source: None,
        tls: TlsSpec::default(),
        cast: CastSpec::default(),
    }
}

/// Whether this machine speaks IPv6; a test that needs it says that it skips.
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
pub fn has_ipv6() -> bool {
    let has = std::net::TcpListener::bind("[::1]:0").is_ok();
    if !has {
        println!("skipped: this machine has no ::1");
    }
    has
}

//! Figures against what was imposed on real sockets, and the kernel's words against those of `ss`.
//!
//! Where `ss` is not installed the comparison says so and passes; `.ci/run` installs it.

#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks for one fact among all that are told")]

use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::time::timeout;
use wirelab::app::world::{Server, World, sight};
use wirelab::contract::{
    CastSpec, ClientSpec, NetCommand, NetEvent, NetFact, ServerSpec, Shaping, TlsSpec, To, WhenTaken,
};
use wirelab::figures::{Account, Histogram};
use wirelab::impair::Impairment;
use wirelab::model::{Address, Direction, Flow, NodeId, SocketEnds, TcpInfo, TcpSocket, TcpState};
use wirelab::net::{self, Net};

/// How long a test waits for what must come. It is no measure of speed.
const PATIENCE: Duration = Duration::from_secs(20);

const TARGET: NodeId = NodeId(1);
const TAP: NodeId = NodeId(2);
const CLIENT: NodeId = NodeId(3);
const WATCHER: NodeId = NodeId(4);

/// What the tap imposes, and how far a middle time may be off.
const DELAY: Duration = Duration::from_millis(50);
const TOLERANCE: Duration = Duration::from_millis(1);

/// Questions and answers measured at a time, and how often that is tried.
const ROUNDS: u64 = 21;
const TRIES: usize = 5;

/// The tests run one after the other: one of them measures time.
static ALONE: Mutex<()> = Mutex::const_new(());

/// The network, and the world that is told of it.
struct Lab {
    net: Net,
    world: World,
}

impl Lab {
    fn start() -> Self {
        Self { net: net::start(sight).expect("the network starts"), world: World::new(1 << 20) }
    }

    async fn order(&self, command: NetCommand) {
        self.net.commands.send(command).await.expect("the network lives");
    }

    /// Takes in what is told until `choose` finds something in it.
    async fn told<T>(&mut self, mut choose: impl FnMut(&NetEvent) -> Option<T>) -> T {
        let hearing = async {
            loop {
                let event = self.net.events.recv().await.expect("the network goes on telling");
                self.world.observe(&event);
                if let Some(found) = choose(&event) {
                    return found;
                }
            }
        };
        timeout(PATIENCE, hearing).await.expect("it is told")
    }

    async fn serve(&mut self, node: NodeId, behaviour: &str, argument: &str) -> SocketAddr {
        let (behaviour, argument) = (behaviour.into(), argument.into());
        let listen = "tcp://127.0.0.1:0".parse().expect("an endpoint");
        let spec = ServerSpec { listen, behaviour, argument, when_taken: WhenTaken::Fail };
        self.world.servers.push(Server::new(node, spec.behaviour.clone(), spec.clone()));
        self.order(NetCommand::Serve(node, spec)).await;
        self.told(|event| match &event.fact {
            NetFact::Listening(Address::Ip(address)) if event.node == node => Some(*address),
            NetFact::Failed(trouble) => panic!("{trouble}"),
            _ => None,
        })
        .await
    }

    /// Connects the client, and says from where.
    async fn connect(&mut self, target: SocketAddr) -> SocketAddr {
        let target = format!("tcp://{target}").parse().expect("an endpoint");
        let spec = ClientSpec { target, source: None, tls: TlsSpec::default(), cast: CastSpec::default() };
        self.order(NetCommand::Connect(CLIENT, spec)).await;
        self.told(|event| match &event.fact {
            NetFact::Opened { local: Address::Ip(local), .. } if event.node == CLIENT => Some(*local),
            _ => None,
        })
        .await
    }

    /// The client sends, and hears as much.
    async fn round(&mut self, text: &'static [u8]) {
        self.order(NetCommand::Send(CLIENT, To::All, Bytes::from_static(text))).await;
        let mut left = text.len();
        self.told(|event| {
            if let (CLIENT, NetFact::Data(_, Direction::In, bytes)) = (event.node, &event.fact) {
                left -= bytes.len();
            }
            (left == 0).then_some(())
        })
        .await;
    }

    /// The sockets as the kernel tells of them, once they are as wanted.
    async fn kernel(&mut self, wanted: impl Fn(&[TcpSocket]) -> bool) -> Vec<TcpSocket> {
        self.told(|event| match &event.fact {
            NetFact::Kernel(Ok(sockets)) if wanted(sockets) => Some(sockets.clone()),
            NetFact::Kernel(Err(trouble)) => panic!("{trouble}"),
            _ => None,
        })
        .await
    }
}

fn middle(times: &Histogram) -> Duration {
    times.percentile(50).expect("some were measured")
}

/// Who speaks through the tap.
#[derive(Clone, Copy)]
enum Speaker {
    /// A client of the lab.
    Ours,
    /// A program that is not of the lab.
    Other,
}

/// What was measured of a client before a tap: the middle times to the target, to the client, and there and back.
async fn measured_through_a_tap(speaker: Speaker) -> [Duration; 3] {
    let mut lab = Lab::start();
    let target = lab.serve(TARGET, "echo", "").await;
    let tap = lab.serve(TAP, "tap", &format!("tcp://{target}")).await;
    let delay = Impairment::parse("delay 50ms").expect("an impairment");
    lab.order(NetCommand::Shape(TAP, Shaping { impairments: vec![delay], ..Shaping::default() })).await;
    match speaker {
        Speaker::Ours => {
            lab.connect(tap).await;
            for _ in 0..ROUNDS {
                lab.round(b"ping").await;
            }
        }
        Speaker::Other => {
            let talk = tokio::spawn(async move {
                let mut stream = TcpStream::connect(tap).await?;
                for _ in 0..ROUNDS {
                    stream.write_all(b"ping").await?;
                    stream.read_exact(&mut [0; 4]).await?;
                }
                std::io::Result::Ok(())
            });
            // What is said is over when the tap's side is.
            lab.told(|event| (event.node == TAP && matches!(event.fact, NetFact::Closed(..))).then_some(())).await;
            talk.await.expect("it ends").expect("it is heard");
        }
    }
    let of_the_client = |flow: &Flow| match speaker {
        Speaker::Ours => flow.client_node == Some(CLIENT),
        Speaker::Other => flow.client_node.is_none(),
    };
    let flow = lab.world.flows.iter().find(|track| of_the_client(&track.flow)).expect("the client's");
    let account: &Account = &lab.world.ledger.flow(flow.flow.id).expect("it is measured");
    let times = [&account.there, &account.back, &account.round_trips];
    assert_eq!(times.map(Histogram::count), [ROUNDS; 3]);
    assert_eq!((account.to_server.bytes, account.to_client.bytes), (4 * ROUNDS, 4 * ROUNDS));
    times.map(middle)
}

#[tokio::test]
async fn times_through_a_tap_are_those_that_it_imposes() {
    let _alone = ALONE.lock().await;
    for speaker in [Speaker::Ours, Speaker::Other] {
        are_as_imposed(speaker).await;
    }
}

async fn are_as_imposed(speaker: Speaker) {
    let imposed = [DELAY, DELAY, 2 * DELAY];
    let mut tries = Vec::new();
    // A machine that is busy with other things lets all be late; it is never early.
    for _ in 0..TRIES {
        let measured = measured_through_a_tap(speaker).await;
        let mut pairs = measured.iter().zip(imposed);
        // A percentile is told to 1 in 128.
        assert!(pairs.clone().all(|(measured, imposed)| *measured + imposed / 128 >= imposed), "{measured:?}");
        if pairs.all(|(measured, imposed)| *measured <= imposed + TOLERANCE + imposed / 128) {
            return;
        }
        tries.push(measured);
    }
    panic!("never as imposed: {tries:?}");
}

#[tokio::test]
async fn the_kernel_says_of_our_sockets_what_ss_says() {
    let _alone = ALONE.lock().await;
    let mut lab = Lab::start();
    let server = lab.serve(TARGET, "echo", "").await;
    let client = lab.connect(server).await;
    for _ in 0..3 {
        lab.round(b"hello\n").await;
    }
    let ends: [SocketEnds; 2] = [(client, server), (server, client)];
    lab.order(NetCommand::Watch(WATCHER, ends.to_vec())).await;
    let is_quiet = |socket: &TcpSocket| socket.info.as_ref().is_some_and(|info| info.unacked == 0);
    let sockets = lab.kernel(|sockets| sockets.len() == 2 && sockets.iter().all(is_quiet)).await;
    for (socket, ends) in sockets.iter().zip(ends) {
        assert_eq!((socket.ends, socket.state), (ends, TcpState::Established));
        let Some(told) = ss(ends) else { return };
        let info = socket.info.as_ref().expect("it is alive");
        assert_eq!(written(info), told, "as ss tells");
        assert_eq!(info.bytes_received, 18);
    }
}

#[tokio::test]
async fn the_states_of_a_close_are_seen_one_after_the_other() {
    let _alone = ALONE.lock().await;
    let mut lab = Lab::start();
    let server = lab.serve(TARGET, "manual", "").await;
    let client = lab.connect(server).await;
    let ends = vec![(client, server), (server, client)];
    lab.order(NetCommand::Watch(WATCHER, ends)).await;
    let states = |sockets: &[TcpSocket]| sockets.iter().map(|socket| socket.state).collect::<Vec<_>>();
    lab.kernel(|sockets| states(sockets) == [TcpState::Established, TcpState::Established]).await;
    lab.order(NetCommand::Finish(CLIENT, To::All)).await;
    lab.kernel(|sockets| states(sockets) == [TcpState::FinWait2, TcpState::CloseWait]).await;
    lab.order(NetCommand::Close(TARGET, To::All)).await;
    // The end that closed last is gone; the other waits.
    lab.kernel(|sockets| states(sockets) == [TcpState::TimeWait]).await;
}

/// The figures by the names and in the form that `ss` gives them.
fn written(info: &TcpInfo) -> Vec<(&'static str, String)> {
    let milliseconds = |time: Duration| {
        let text = format!("{:.3}", time.as_secs_f64() * 1000.0);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    let mut all = vec![
        ("rto", milliseconds(info.rto)),
        ("rtt", format!("{}/{}", milliseconds(info.rtt), milliseconds(info.rttvar))),
        ("mss", info.mss.to_string()),
        ("cwnd", info.cwnd.to_string()),
        ("bytes_acked", info.bytes_acked.to_string()),
        ("bytes_received", info.bytes_received.to_string()),
    ];
    all.extend(info.min_rtt.map(|time| ("minrtt", milliseconds(time))));
    all.extend(info.ssthresh.map(|threshold| ("ssthresh", threshold.to_string())));
    all
}

/// What `ss -ti` tells of a socket: of the same figures, in the same order.
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
fn ss((local, peer): SocketEnds) -> Option<Vec<(&'static str, String)>> {
    let ports = [format!("sport = :{}", local.port()), format!("dport = :{}", peer.port())];
    let output = Command::new("ss").args(["-tinH", &ports[0], "and", &ports[1]]).output();
    let Ok(output) = output else {
        println!("skipped: ss is not installed");
        return None;
    };
    let text = String::from_utf8(output.stdout).expect("ss writes text");
    let names = ["rto", "rtt", "mss", "cwnd", "bytes_acked", "bytes_received", "minrtt", "ssthresh"];
    let value = |name: &str| text.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix(':'));
    Some(names.into_iter().filter_map(|name| Some((name, value(name)?.to_owned()))).collect())
}

//! What a tap says it did to datagrams, against what came out of it.

#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks for one fact among all that are told")]

#[path = "support/lab.rs"]
#[expect(dead_code, reason = "shared with tests of clients")]
mod lab;

use std::cell::Cell;
use std::collections::HashMap;
use std::net::UdpSocket;
use std::thread;
use std::time::{Duration, Instant};

use lab::{Lab, PATIENCE, SERVER};
use tokio::sync::Mutex;
use wirelab::contract::{NetCommand, NetFact, Shaping};
use wirelab::impair::Impairment;
use wirelab::model::{Deed, Direction};

/// The seed of the network; with it the deeds are the same in every run.
const SEED: u64 = 7;

/// Datagrams that are on their way at once: few enough for every buffer between.
const AT_ONCE: u64 = 32;

/// The tests run one after the other: one of them measures time.
static ALONE: Mutex<()> = Mutex::const_new(());

/// A tap that does this to datagrams toward the server.
struct Through {
    lab: Lab,
    client: UdpSocket,
    server: UdpSocket,
    target: String,
}

impl Through {
    async fn start(lines: &[&str], seed: u64) -> Self {
        let mut lab = Lab::start();
        let (client, server) = (udp(), udp());
        let target = format!("udp://{}", server.local_addr().expect("an address"));
        let tap = lab.serve("udp://127.0.0.1:0", "tap", &target).await.to_string();
        client.connect(tap).expect("it listens");
        let impairments = lines.iter().map(|line| Impairment::parse(line).expect("an impairment")).collect();
        lab.order(NetCommand::Shape(SERVER, Shaping { seed, impairments, ..Shaping::default() })).await;
        let mut through = Self { lab, client, server, target };
        through.settle().await;
        through
    }

    /// Waits until all that was ordered is done, and all that was done is told: what the tap hears, it hears in turn.
    async fn settle(&mut self) {
        let since = self.lab.so_far();
        self.lab.order(NetCommand::Retarget(SERVER, self.target.parse().expect("an endpoint"))).await;
        let is_note = |fact: &NetFact| matches!(fact, NetFact::Note(..)).then_some(());
        self.lab.told_since(since, SERVER, is_note).await;
    }

    /// Sends datagrams that hold their numbers, and waits until the tap has told of them. Gives when each was sent.
    async fn send(&mut self, numbers: std::ops::Range<u64>) -> Vec<Instant> {
        let since = self.lab.so_far();
        let count = numbers.end - numbers.start;
        let sent = numbers.map(|number| {
            let now = Instant::now();
            self.client.send(&number.to_be_bytes()).expect("it takes it");
            now
        });
        let sent = sent.collect();
        let heard = Cell::new(0);
        self.lab
            .told_since(since, SERVER, |fact| {
                heard.set(heard.get() + u64::from(matches!(fact, NetFact::Data(..))));
                (heard.get() == count).then_some(())
            })
            .await;
        self.settle().await;
        sent
    }

    /// The deeds told from there on, with the numbers of the datagrams, and how far that is.
    fn deeds(&self, since: usize) -> (Vec<(u64, &'static str, Deed)>, usize) {
        let facts = self.lab.facts_since(since, SERVER);
        let so_far = since + facts.len();
        let deeds = facts.into_iter().filter_map(|fact| match fact {
            NetFact::Impaired { direction, message, by, deed, .. } => {
                assert_eq!(direction, Direction::In);
                Some((message.expect("it is about a datagram"), by, deed))
            }
            NetFact::Lost(_, count, why) => panic!("{count} were lost: {why}"),
            _ => None,
        });
        (deeds.collect(), so_far)
    }
}

fn udp() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    socket.set_read_timeout(Some(PATIENCE)).expect("a socket");
    socket
}

/// The number in the next datagram that comes.
fn hear(socket: &UdpSocket) -> u64 {
    let mut said = [0; 8];
    assert_eq!(socket.recv(&mut said).expect("it comes"), said.len());
    u64::from_be_bytes(said)
}

/// What became of datagrams: the deeds, and the numbers in the order in which they came.
#[derive(Debug, Default)]
struct Fate {
    deeds: Vec<(u64, &'static str, Deed)>,
    came: Vec<u64>,
}

impl Fate {
    /// How often each of so many is to come, by what was told.
    fn copies(&self, count: u64) -> Vec<usize> {
        let mut copies = vec![1; count as usize];
        for (message, _, deed) in &self.deeds {
            match deed {
                Deed::Dropped => copies[*message as usize] = 0,
                Deed::Duplicated => copies[*message as usize] = 2,
                _ => {}
            }
        }
        copies
    }

    /// How many met this deed.
    fn count(&self, is: fn(&Deed) -> bool) -> f64 {
        self.deeds.iter().filter(|(_, _, deed)| is(deed)).count() as f64
    }
}

/// Sends so many through a lossy network. What is reordered comes so late that no load of this machine changes by what
/// it is overtaken.
async fn suffer(count: u64) -> Fate {
    let mut through = Through::start(&["loss 10%", "duplicate 2%", "reorder 2s 5%"], SEED).await;
    let mut fate = Fate::default();
    let (mut seen, mut late) = (vec![0; count as usize], vec![false; count as usize]);
    let mut told = through.lab.so_far();
    for first in (0..count).step_by(AT_ONCE as usize) {
        let end = count.min(first + AT_ONCE);
        through.send(first..end).await;
        let deeds;
        (deeds, told) = through.deeds(told);
        deeds.iter().filter(|(_, by, _)| *by == "reorder").for_each(|(message, ..)| late[*message as usize] = true);
        fate.deeds.extend(deeds);
        // All that is not late comes before more is sent, so that no buffer overflows.
        let copies = fate.copies(count);
        for number in (first as usize..end as usize).filter(|number| !late[*number]) {
            while seen[number] < copies[number] {
                let came = hear(&through.server);
                seen[came as usize] += 1;
                fate.came.push(came);
            }
        }
    }
    while fate.came.len() < fate.copies(count).iter().sum() {
        fate.came.push(hear(&through.server));
    }
    fate
}

/// Whether a count is what chance makes of so many trials, within five standard deviations.
fn is_binomial(count: f64, trials: f64, chance: f64) -> bool {
    (count - trials * chance).abs() <= 5.0 * (trials * chance * (1.0 - chance)).sqrt()
}

#[tokio::test]
async fn two_runs_with_one_seed_suffer_the_same_and_what_comes_is_what_was_told() {
    const COUNT: u64 = 10_000;
    let _alone = ALONE.lock().await;
    let first = suffer(COUNT).await;
    let second = suffer(COUNT).await;
    assert!(first.deeds == second.deeds, "the seed is the same and so is the traffic");
    let mut came = vec![0; COUNT as usize];
    first.came.iter().for_each(|number| came[*number as usize] += 1);
    assert!(came == first.copies(COUNT), "what was dropped is gone, what was duplicated came twice, all else once");
    let place = |number: u64| first.came.iter().position(|came| *came == number);
    for (message, _, deed) in &first.deeds {
        if let Deed::Swapped(with) = deed {
            assert!(place(*message) > place(*with), "{message} came after {with}");
        }
    }
    let dropped = first.count(|deed| *deed == Deed::Dropped);
    let duplicated = first.count(|deed| *deed == Deed::Duplicated);
    let reordered = first.count(|deed| matches!(deed, Deed::Delayed(_)));
    assert!(is_binomial(dropped, COUNT as f64, 0.10), "{dropped} dropped");
    assert!(is_binomial(duplicated, COUNT as f64 - dropped, 0.02), "{duplicated} duplicated");
    assert!(is_binomial(reordered, COUNT as f64 - dropped, 0.05), "{reordered} reordered");
    assert!(reordered - first.count(|deed| matches!(deed, Deed::Swapped(_))) <= 1.0, "each but the last is overtaken");
}

/// How far delays are from being spread evenly from 40 to 60 ms, after Kolmogorov and Smirnov.
fn distance(delays: &mut [f64]) -> f64 {
    delays.sort_by(f64::total_cmp);
    let count = delays.len() as f64;
    let far = delays.iter().enumerate().map(|(place, delay)| {
        let expected = ((delay - 40.0) / 20.0).clamp(0.0, 1.0);
        (expected - place as f64 / count).abs().max((expected - (place + 1) as f64 / count).abs())
    });
    far.fold(0.0, f64::max)
}

#[tokio::test]
async fn delays_measured_from_outside_are_spread_as_asked() {
    const COUNT: u64 = 256;
    /// Datagrams that are sent before the tap has told of them: few, as each waits for those before it.
    const FEW: u64 = 4;
    /// The machine may be busy with something else. A tap that is wrong is so at each attempt.
    const ATTEMPTS: u64 = 50;
    let _alone = ALONE.lock().await;
    // Exceeded by chance once in a thousand times.
    let bound = 1.95 / (COUNT as f64).sqrt();
    for attempt in 0..ATTEMPTS {
        let mut through = Through::start(&["delay 50ms jitter 10ms"], SEED + attempt).await;
        let server = through.server.try_clone().expect("it is as it should be");
        let arriving = thread::spawn(move || {
            let arrivals = (0..COUNT).map(|_| (hear(&server), Instant::now()));
            arrivals.collect::<HashMap<_, _>>()
        });
        let (mut sent, told) = (Vec::new(), through.lab.so_far());
        for first in (0..COUNT).step_by(FEW as usize) {
            sent.extend(through.send(first..first + FEW).await);
        }
        let arrived = arriving.join().expect("it is as it should be");
        let deeds: HashMap<u64, Duration> = through
            .deeds(told)
            .0
            .into_iter()
            .filter_map(|(message, _, deed)| match deed {
                Deed::Delayed(time) => Some((message, time)),
                _ => None,
            })
            .collect();
        let measured: Vec<Duration> = (0..).zip(&sent).map(|(number, sent)| arrived[&number] - *sent).collect();
        for (number, measured) in (0..).zip(&measured) {
            assert!(*measured >= deeds[&number], "{number} was told to be {:?} late: {measured:?}", deeds[&number]);
        }
        let milliseconds = |time: &Duration| time.as_secs_f64() * 1000.0;
        let asked = distance(&mut deeds.values().map(milliseconds).collect::<Vec<_>>());
        let distance = distance(&mut measured.iter().map(milliseconds).collect::<Vec<_>>());
        println!("distance {distance:.3} as measured, {asked:.3} as told; {bound:.3} is allowed");
        if distance <= bound {
            return;
        }
    }
    panic!("the delays are not spread as asked");
}

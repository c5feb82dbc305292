//! The network as the shell sees it: commands go in, events come out, and neither end waits for the other for ever.

use std::collections::VecDeque;
use std::io;
use std::task::{Context, Waker};
use std::time::Duration;

use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::time::{Instant, sleep_until};

use crate::app::world::sight;
use crate::contract::{NetCommand, NetEvent};
use crate::model::Trouble;
use crate::net::{self, Net, Running};

/// Commands that wait while the network is busy. The shell must not wait itself: the network may be waiting
/// for the shell to hear it.
const OUTBOX: usize = 4096;

/// How long no event is waited for after some have come. Being woken for each of them costs more, here and in the network,
/// than to take it in; nobody sees so short a time.
const REST: Duration = Duration::from_millis(2);

/// Events since the last rest after which there is none: so many a rest fill the network's queue before it is over.
const BUSY: usize = 512;

/// Events taken out of the network's queue at once. Giving it a place back costs both ends more than moving an event.
const TAKEN: usize = 64;

/// Both channels.
pub struct Wire {
    commands: mpsc::Sender<NetCommand>,
    outbox: VecDeque<NetCommand>,
    events: mpsc::Receiver<NetEvent>,
    /// Those taken out of it, the newest first.
    taken: Vec<NetEvent>,
    /// Events heard since the last rest.
    heard: usize,
    /// Until when no event is waited for.
    rest: Option<Instant>,
    /// Stops the network when dropped; None when a test stands in for it.
    _running: Option<Running>,
}

/// What the network has come with.
#[derive(Debug)]
pub enum Came {
    /// An event.
    Event(NetEvent),
    /// Room for a command that waited.
    Room,
    /// Its end, which nobody asked for.
    Gone,
}

impl Wire {
    /// Starts the network.
    ///
    /// # Errors
    /// The process has no thread left.
    pub fn start() -> io::Result<Self> {
        let Net { commands, events, running } = net::start(sight)?;
        Ok(Self::new(commands, events, Some(running)))
    }

    fn new(commands: mpsc::Sender<NetCommand>, events: mpsc::Receiver<NetEvent>, running: Option<Running>) -> Self {
        Self { commands, outbox: VecDeque::new(), events, taken: Vec::new(), heard: 0, rest: None, _running: running }
    }

    /// Sends a command, after those that wait.
    ///
    /// # Errors
    /// So many wait that it was dropped.
    pub fn send(&mut self, command: NetCommand) -> Result<(), Trouble> {
        if self.outbox.len() >= OUTBOX {
            let why = format!("{OUTBOX} commands wait already");
            return Err(Trouble::new("send", "the network", why, "wait until it has caught up"));
        }
        self.outbox.push_back(command);
        self.flush();
        Ok(())
    }

    /// The next event that is there already.
    pub fn waiting(&mut self) -> Option<NetEvent> {
        if self.taken.is_empty() {
            // Nobody is to be woken: what comes later is waited for by `next`.
            let mut nobody = Context::from_waker(Waker::noop());
            if self.events.poll_recv_many(&mut nobody, &mut self.taken, TAKEN).is_pending() {
                return None;
            }
            self.taken.reverse();
        }
        let event = self.taken.pop()?;
        self.heard += 1;
        Some(event)
    }

    /// Waits for whatever the network comes with; what is there already is not waited for.
    pub async fn next(&mut self) -> Came {
        if let Some(event) = self.waiting() {
            self.flush();
            return Came::Event(event);
        }
        if (1..BUSY).contains(&self.heard) {
            self.rest = Some(Instant::now() + REST);
        }
        self.heard = 0;
        let Self { commands, outbox, events, heard, rest, .. } = self;
        tokio::select! {
            biased;
            room = commands.reserve(), if !outbox.is_empty() => match (room, outbox.pop_front()) {
                (Ok(room), Some(command)) => {
                    room.send(command);
                    Came::Room
                }
                (Ok(_), None) => Came::Room,
                (Err(_), _) => Came::Gone,
            },
            event = hear(events, rest) => {
                *heard = 1;
                event.map_or(Came::Gone, Came::Event)
            }
        }
    }

    fn flush(&mut self) {
        while let Some(command) = self.outbox.pop_front() {
            match self.commands.try_send(command) {
                Ok(()) => {}
                // That it is closed is heard from the events' end.
                Err(TrySendError::Full(command) | TrySendError::Closed(command)) => {
                    self.outbox.push_front(command);
                    return;
                }
            }
        }
    }
}

/// The next event, once the rest is over; may be given up and asked again.
async fn hear(events: &mut mpsc::Receiver<NetEvent>, rest: &mut Option<Instant>) -> Option<NetEvent> {
    if let Some(until) = *rest {
        sleep_until(until).await;
        *rest = None;
    }
    events.recv().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::NetFact;
    use crate::model::NodeId;
    use crate::net::report::now;

    fn wire(room: usize) -> (Wire, mpsc::Receiver<NetCommand>, mpsc::Sender<NetEvent>) {
        let (commands, heard) = mpsc::channel(room);
        let (told, events) = mpsc::channel(1);
        (Wire::new(commands, events, None), heard, told)
    }

    #[tokio::test]
    async fn commands_keep_their_order_while_the_network_is_busy() {
        let (mut wire, mut heard, _told) = wire(1);
        for node in 1..=3 {
            wire.send(NetCommand::Stop(NodeId(node))).unwrap();
        }
        assert_eq!(heard.recv().await, Some(NetCommand::Stop(NodeId(1))));
        assert!(matches!(wire.next().await, Came::Room));
        assert_eq!(heard.recv().await, Some(NetCommand::Stop(NodeId(2))));
        assert!(matches!(wire.next().await, Came::Room));
        assert_eq!(heard.recv().await, Some(NetCommand::Stop(NodeId(3))));
    }

    #[tokio::test]
    async fn a_command_too_many_is_told_and_not_lost_silently() {
        let (mut wire, _heard, _told) = wire(1);
        for _ in 0..=OUTBOX {
            wire.send(NetCommand::Stop(NodeId(1))).unwrap();
        }
        let trouble = wire.send(NetCommand::Stop(NodeId(1))).unwrap_err();
        assert_eq!(trouble.why, "4096 commands wait already");
    }

    #[tokio::test]
    async fn events_keep_their_order_however_they_are_asked_for() {
        let (commands, _heard) = mpsc::channel(1);
        let (told, events) = mpsc::channel(1000);
        let mut wire = Wire::new(commands, events, None);
        for node in 0..300 {
            told.send(NetEvent { at: now(), node: NodeId(node), fact: NetFact::Stopped }).await.unwrap();
        }
        let mut heard = Vec::new();
        while heard.len() < 300 {
            let Came::Event(event) = wire.next().await else { panic!("an event") };
            heard.push(event.node.0);
            heard.extend(std::iter::from_fn(|| wire.waiting()).take(heard.len() % 90).map(|event| event.node.0));
        }
        assert!(heard.into_iter().eq(0..300) && wire.waiting().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn no_event_that_is_there_is_rested_before() {
        let (commands, _heard) = mpsc::channel(1);
        let (told, events) = mpsc::channel(1000);
        let mut wire = Wire::new(commands, events, None);
        for node in 0..1000 {
            told.send(NetEvent { at: now(), node: NodeId(node), fact: NetFact::Stopped }).await.unwrap();
        }
        let start = Instant::now();
        for _ in 0..1000 / TAKEN {
            assert!(matches!(wire.next().await, Came::Event(_)));
            (1..TAKEN).for_each(|_| assert!(wire.waiting().is_some()));
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test]
    async fn the_end_of_the_network_is_heard() {
        let (mut wire, _heard, told) = wire(1);
        drop(told);
        assert!(matches!(wire.next().await, Came::Gone));
    }
}

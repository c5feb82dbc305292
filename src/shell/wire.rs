//! The network as the shell sees it: commands go in, events come out, and neither end waits for the other for ever.

use std::collections::VecDeque;
use std::io;

use tokio::sync::mpsc::{self, error::TrySendError};

use crate::app::world::sight;
use crate::contract::{NetCommand, NetEvent};
use crate::model::Trouble;
use crate::net::{self, Net, Running};

/// Commands that wait while the network is busy. The shell must not wait itself: the network may be waiting
/// for the shell to hear it.
const OUTBOX: usize = 4096;

/// Both channels.
pub struct Wire {
    commands: mpsc::Sender<NetCommand>,
    outbox: VecDeque<NetCommand>,
    events: mpsc::Receiver<NetEvent>,
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
        Ok(Self { commands, outbox: VecDeque::new(), events, _running: Some(running) })
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
        self.events.try_recv().ok()
    }

    /// Waits for whatever the network comes with.
    pub async fn next(&mut self) -> Came {
        let Self { commands, outbox, events, .. } = self;
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
            event = events.recv() => event.map_or(Came::Gone, Came::Event),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::NodeId;

    fn wire(room: usize) -> (Wire, mpsc::Receiver<NetCommand>, mpsc::Sender<NetEvent>) {
        let (commands, heard) = mpsc::channel(room);
        let (told, events) = mpsc::channel(1);
        (Wire { commands, outbox: VecDeque::new(), events, _running: None }, heard, told)
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
    async fn the_end_of_the_network_is_heard() {
        let (mut wire, _heard, told) = wire(1);
        drop(told);
        assert!(matches!(wire.next().await, Came::Gone));
    }
}

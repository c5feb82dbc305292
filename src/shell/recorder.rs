//! The recorder: every frame the world has goes to a file, on a thread of its own, and nothing waits for the disk.
//!
//! The session hands over what is new, some fifty times a second and in a flood as soon as it fills a batch, through a
//! short queue. When that is full the frames stay where they are: the world's log is the buffer. Only what leaves it before it was handed over is missing in the
//! recording, and that is counted and told.
//!
//! A flood is recorded whole only as far as that does not take the processors from the traffic (`allowance`); of the
//! rest, and of all that comes while the disk is behind, each frame's first bytes are.

mod allowance;
mod batch;
pub mod orders;
mod writing;

use std::io;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use super::recordings::{Shelf, Store};
use crate::app::recording::{Settings, TEMPORARY_LIMIT, Told};
use crate::app::world::World;
use crate::model::Trouble;

use allowance::Allowance;
use batch::{Batch, Position};
use writing::Writing;

/// Batches on their way to the thread; with [`batch::BYTES`] each, what it may be behind.
const QUEUE: usize = 8;

/// The part of the log that may wait before frames are cut, so that what waits is handed over before it leaves memory.
const WAITS: u64 = 2;

/// Batches of the log's bytes that are handed over together while frames are cut: a batch is then a fraction of it, and
/// to wake the thread for each takes more than to write it.
const GATHERED: u64 = 8;

/// Things told and not heard of yet. The thread waits when they are more.
const TOLD: usize = 64;

/// How long new frames wait for more. What is lost when the program is killed is not much older.
const EVERY: Duration = Duration::from_millis(20);

/// How long the program's end waits for the disk.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the thread is given.
enum Order {
    /// Frames to write.
    Batch(Box<Batch>),
    /// Says when all that was given before is written.
    Flush(oneshot::Sender<()>),
}

/// The session's end of it.
pub struct Recorder {
    /// The parts of what was recorded.
    pub shelf: Shelf,
    sender: mpsc::Sender<Told>,
    told: mpsc::Receiver<Told>,
    running: Option<Running>,
    /// Whether the thread is there.
    stage: Stage,
    /// How much may be recorded whole.
    allowance: Allowance,
    /// What is to be handed over next.
    next: Position,
    /// What the log had taken in before the next frame to be handed over.
    handed: u64,
    /// When something was handed over last.
    last: Option<Instant>,
    /// Those that wait until all before that is written.
    flushes: Vec<(Position, oneshot::Sender<()>)>,
}

/// A thread that takes orders.
struct Running {
    orders: mpsc::Sender<Order>,
    /// The recording ends before this frame.
    end: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It is, and will tell when it ends.
    Alive,
    /// It has told its end, or there was none.
    Ended,
}

impl Default for Recorder {
    fn default() -> Self {
        let (sender, told) = mpsc::channel(TOLD);
        Self {
            shelf: Shelf::default(),
            sender,
            told,
            running: None,
            stage: Stage::Ended,
            allowance: Allowance::full(),
            next: Position { frame: 1, arrivals: 0, remarks: 0 },
            handed: 0,
            last: None,
            flushes: Vec::new(),
        }
    }
}

impl Recorder {
    /// Records all from now on: in that file of the user's, or in a temporary one in that folder.
    ///
    /// # Errors
    /// The file or its folder cannot be made, or the process has no thread left.
    pub fn start(
        &mut self,
        file: Option<PathBuf>,
        folder: Option<PathBuf>,
        settings: &Settings,
        world: &World,
    ) -> Result<(), Trouble> {
        if self.stage == Stage::Alive {
            return Err(Trouble::new("record", "the traffic", "the recorder is at work still", "try again"));
        }
        let store = match (file, folder) {
            (Some(path), _) => Store::named(path, settings.ring),
            (None, Some(folder)) => {
                Store::temporary(&folder, settings.ring.or(settings.limit).unwrap_or(TEMPORARY_LIMIT))
            }
            (None, None) => {
                let why = "the system names no folder for it";
                return Err(Trouble::new("record", "the traffic", why, "name a file: record FILE"));
            }
        };
        let failed = |error: io::Error| Trouble::new("record", "the traffic", error, "try again");
        let (orders, given) = mpsc::channel(QUEUE);
        let writing = Writing::begin(store, self.shelf.clone(), self.sender.clone())?;
        let thread = thread::Builder::new().name("recorder".into()).spawn(move || writing.run(given));
        thread.map_err(failed)?;
        (self.running, self.stage) = (Some(Running { orders, end: None }), Stage::Alive);
        (self.next, self.handed) = (Position::end(world), world.log.taken());
        Ok(())
    }

    /// Records nothing that comes from now on.
    pub fn stop(&mut self, world: &World) {
        if let Some(running) = &mut self.running {
            running.end.get_or_insert(world.log.next_number());
        }
        self.hand_over(world);
    }

    /// Ends when all that was seen until now is written, or the recorder is gone.
    pub fn written(&mut self, world: &World) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        if self.running.is_some() {
            self.flushes.push((Position::end(world), sender));
            self.hand_over(world);
        }
        receiver
    }

    /// When something new is to be handed over; None while nothing is, or the thread is behind and says when it is not.
    pub fn due(&self, world: &World) -> Option<Instant> {
        let running = self.running.as_ref()?;
        let is_idle = self.next == Position::end(world) && self.flushes.is_empty();
        let is_behind = running.orders.capacity() == 0;
        if is_idle || is_behind {
            return None;
        }
        let much = batch::BYTES as u64 * if self.allowance.is_spent() { GATHERED } else { 1 };
        let is_much = world.log.taken().saturating_sub(self.handed) >= much;
        Some(self.last.map_or_else(Instant::now, |last| if is_much { last } else { last + EVERY }))
    }

    /// Hands over what is new, as far as the thread takes it.
    pub fn hand_over(&mut self, world: &World) {
        self.hand_over_at(world, Instant::now());
    }

    fn hand_over_at(&mut self, world: &World, now: Instant) {
        self.last = Some(now);
        self.allowance.fill(now);
        let Some(running) = &self.running else { return };
        let end = running.end.unwrap_or(u64::MAX).min(world.log.next_number());
        let target = Position { frame: end, ..Position::end(world) };
        let is_all = loop {
            if self.next == target {
                break true;
            }
            let Ok(room) = running.orders.try_reserve() else { break false };
            let waits = world.log.taken().saturating_sub(self.handed);
            let is_behind = waits > world.log.budget() as u64 / WAITS;
            let allowance = if is_behind { &mut Allowance::spent() } else { &mut self.allowance };
            let batch = Batch::of(world, self.next, end, allowance);
            if batch.end == self.next {
                // What is left was said of frames after the end.
                break true;
            }
            self.next = batch.end;
            self.handed += batch.weight;
            room.send(Order::Batch(Box::new(batch)));
        };
        if is_all {
            self.handed = world.log.taken();
        }
        while let Some(at) = self.flushes.iter().position(|(before, _)| is_all || before.is_in(self.next)) {
            let Ok(room) = running.orders.try_reserve() else { break };
            room.send(Order::Flush(self.flushes.swap_remove(at).1));
        }
        let is_over = running.end.is_some() && is_all && self.flushes.is_empty();
        if is_over || running.orders.is_closed() {
            self.flushes.clear();
            self.running = None;
        }
    }

    /// Ends the recording with all that was seen; gives what is told meanwhile.
    pub async fn finish(&mut self, world: &World) -> Vec<Told> {
        let mut all = Vec::new();
        self.stop(world);
        let rest = async {
            while self.stage == Stage::Alive {
                all.push(self.next().await);
                self.hand_over(world);
            }
        };
        let _ = tokio::time::timeout(PATIENCE, rest).await;
        all
    }

    /// What it tells next.
    pub async fn next(&mut self) -> Told {
        loop {
            // There is always a sender: ours.
            if let Some(told) = self.told.recv().await {
                return self.heard(told);
            }
        }
    }

    /// What it has told already.
    pub fn waiting(&mut self) -> Option<Told> {
        let told = self.told.try_recv().ok()?;
        Some(self.heard(told))
    }

    fn heard(&mut self, told: Told) -> Told {
        if matches!(told, Told::Stopped | Told::Failed(_)) {
            (self.running, self.stage) = (None, Stage::Ended);
            self.flushes.clear();
        }
        told
    }
}

#[cfg(test)]
mod tests;

//! What the app asks of the recorder, performed.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use tokio::sync::oneshot;

use crate::app::Msg;
use crate::app::recording::{Order, Told};
use crate::model::Trouble;
use crate::shell::chores::Chore;
use crate::shell::convert::Part;
use crate::shell::engine::Engine;
use crate::shell::recordings::{self, Shelf};
use crate::shell::source::Store;

/// What was recorded until a moment.
pub struct Recorded {
    written: oneshot::Receiver<()>,
    shelf: Shelf,
}

impl Recorded {
    /// Copies it to a file, once all of it is written.
    ///
    /// # Errors
    /// As [`Shelf::save`].
    pub fn save(self, to: &Path) -> Result<PathBuf, Trouble> {
        // When the recorder is gone, what it has written is there.
        let _ = self.written.blocking_recv();
        self.shelf.save(to)
    }

    /// Its files, to be read from beginning to end.
    ///
    /// # Errors
    /// One of them is gone.
    pub fn parts(self) -> Result<Vec<Part>, Trouble> {
        let _ = self.written.blocking_recv();
        let parts = self.shelf.parts();
        parts.iter().map(|part| Ok(Part::of_store(Store::of_file(&part.path)?, part.length))).collect()
    }
}

impl Engine {
    /// Hands new frames to the recorder, when it is time.
    pub(in crate::shell) fn record(&mut self) {
        let world = &self.state.world;
        if self.recorder.due(world).is_some_and(|due| due <= Instant::now()) {
            self.recorder.hand_over(world);
        }
    }

    /// Performs what is asked; gives what the app is to be told at once.
    pub(in crate::shell) fn order(&mut self, order: Order) -> Option<Msg> {
        match order {
            Order::Start(file) => {
                let (settings, world) = (&self.state.recording.settings, &self.state.world);
                let trouble = self.recorder.start(file, recordings::folder(), settings, world).err()?;
                Some(Msg::Recording(Told::Failed(trouble)))
            }
            Order::Stop => {
                self.recorder.stop(&self.state.world);
                None
            }
            Order::Forget => {
                self.forgets_recording = true;
                None
            }
            Order::Remove(leftover) => {
                let work = move || {
                    recordings::remove(&leftover);
                    Msg::Recording(Told::LeftoverRemoved(leftover))
                };
                self.chores.start(Chore::Save, work).err().map(|error| Msg::Trouble(busy("remove", &error)))
            }
            Order::FindLeftovers => {
                let folder = recordings::folder()?;
                let work = move || Msg::Recording(Told::Leftovers(recordings::leftovers(&folder)));
                self.chores.start(Chore::Read, work).err().map(|error| Msg::Trouble(busy("look for", &error)))
            }
        }
    }

    /// All that was recorded until now, to be saved on another thread.
    pub(in crate::shell) fn all_recorded(&mut self) -> Recorded {
        let written = self.recorder.written(&self.state.world);
        Recorded { written, shelf: self.recorder.shelf.clone() }
    }

    /// Ends the recording with the program: what nobody will want goes.
    pub(in crate::shell) async fn end_the_recording(&mut self) {
        for told in self.recorder.finish(&self.state.world).await {
            self.tell(Msg::Recording(told));
        }
        if self.forgets_recording || self.state.recording.unsaved() == 0 {
            self.recorder.shelf.remove_temporary();
        }
    }
}

fn busy(act: &'static str, error: &io::Error) -> Trouble {
    Trouble::new(act, "recordings of earlier runs", error, "try again")
}

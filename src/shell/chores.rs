//! Work that may block: each on a thread of its own, and heard of when it is done.

use std::io;
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::app::Msg;

/// The most chores at once.
const MOST: usize = 16;

/// How long the program's end waits for a file to be saved.
const SAVE_PATIENCE: Duration = Duration::from_secs(5);

/// A chore that is done.
#[derive(Debug)]
pub struct Done {
    /// Which sort it was.
    pub chore: Chore,
    /// What the app is told.
    pub msg: Msg,
}

/// The sorts of chore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chore {
    /// A file is read.
    Read,
    /// A file is saved; the program does not end before that.
    Save,
    /// The user edits or reads a text; the terminal is lent to a program.
    Lend,
    /// A text is handed to programs that set the clipboard.
    Copy,
}

/// Those that are under way.
pub struct Chores {
    sender: mpsc::Sender<Done>,
    done: mpsc::Receiver<Done>,
    running: usize,
    saving: usize,
}

impl Default for Chores {
    fn default() -> Self {
        let (sender, done) = mpsc::channel(MOST);
        Self { sender, done, running: 0, saving: 0 }
    }
}

impl Chores {
    /// Starts one.
    ///
    /// # Errors
    /// Too many are under way, or the process has no thread left.
    pub fn start(&mut self, chore: Chore, work: impl FnOnce() -> Msg + Send + 'static) -> io::Result<()> {
        if self.running >= MOST {
            return Err(io::Error::other(format!("{MOST} files are being read or saved already")));
        }
        let sender = self.sender.clone();
        thread::Builder::new().name("chore".into()).spawn(move || {
            let _ = sender.blocking_send(Done { chore, msg: work() });
        })?;
        self.running += 1;
        self.saving += usize::from(chore == Chore::Save);
        Ok(())
    }

    /// The next that is done.
    pub async fn next(&mut self) -> Done {
        loop {
            // There is always a sender: ours.
            if let Some(done) = self.done.recv().await {
                return self.count(done);
            }
        }
    }

    /// One that is done already.
    pub fn waiting(&mut self) -> Option<Done> {
        let done = self.done.try_recv().ok()?;
        Some(self.count(done))
    }

    /// Waits for the files that are being saved; gives what has become of each.
    pub async fn finish(&mut self) -> Vec<Msg> {
        let mut told = Vec::new();
        while self.saving > 0 {
            let Ok(done) = tokio::time::timeout(SAVE_PATIENCE, self.next()).await else { break };
            told.push(done.msg);
        }
        told
    }

    fn count(&mut self, done: Done) -> Done {
        self.running -= 1;
        self.saving -= usize::from(done.chore == Chore::Save);
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Alarm;
    use std::sync::mpsc::channel;

    #[tokio::test]
    async fn the_end_waits_for_files_being_saved_and_for_nothing_else() {
        let (let_go, held) = channel::<()>();
        let mut chores = Chores::default();
        let read = move || {
            let _ = held.recv();
            Msg::Woken(Alarm::Repeat(1))
        };
        chores.start(Chore::Read, read).unwrap();
        chores.start(Chore::Save, || Msg::Woken(Alarm::Repeat(2))).unwrap();
        let told = chores.finish().await;
        assert!(matches!(told[..], [Msg::Woken(Alarm::Repeat(2))]), "{told:?}");
        drop(let_go);
    }

    #[tokio::test]
    async fn more_than_can_be_done_at_once_is_refused() {
        let (let_go, held) = channel::<()>();
        let held = std::sync::Arc::new(std::sync::Mutex::new(held));
        let mut chores = Chores::default();
        for token in 0..MOST as u64 {
            let held = held.clone();
            let work = move || {
                let _ = held.lock().unwrap().recv();
                Msg::Woken(Alarm::Repeat(token))
            };
            chores.start(Chore::Read, work).unwrap();
        }
        assert!(chores.start(Chore::Read, || Msg::Woken(Alarm::Repeat(99))).is_err());
        drop(let_go);
        chores.next().await;
        chores.start(Chore::Read, || Msg::Woken(Alarm::Repeat(99))).unwrap();
    }
}

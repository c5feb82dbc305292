//! Packets of a network interface, as the bytes of a pcapng file that grows.
//!
//! A thread of its own takes them and spools them: the kernel's room is small, and reading may be slower than the network
//! for a while. What was spooled is read behind it.

use std::io::{self, PipeReader};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use super::Stop;
use super::input::{Woke, wait};
use super::store::{Spool, Store};
use crate::capture::{LinkType, LiveWriter, Sniffed};
use crate::model::Trouble;
use crate::net::report::now;
use crate::net::sniffer::{Heading, SNAP_LENGTH, Sniffer};

/// Bytes put together before they are spooled, if packets wait.
const BATCH: usize = 256 * 1024;

/// A capture that is under way. It ends when this is dropped.
#[derive(Debug)]
pub struct Live {
    spooled: Arc<Spooled>,
    store: Store,
    /// Bytes handed out.
    read: u64,
    stop: Stop,
    thread: Option<JoinHandle<()>>,
}

impl Live {
    /// Begins to capture.
    ///
    /// # Errors
    /// There is no such interface, the process may not capture, or it has no thread left.
    pub fn start(name: &str, stopped: PipeReader, stop: Stop, spool: Spool) -> Result<Self, Trouble> {
        let sniffer = Sniffer::open(name).map_err(|error| refused(name, &error))?;
        let link = match sniffer.heading() {
            Heading::Ethernet => LinkType::ETHERNET,
            Heading::Cooked => LinkType::LINUX_SLL2,
        };
        let mut bytes = Vec::new();
        let writer = LiveWriter::new(name, link, SNAP_LENGTH as u32, &mut bytes);
        let capture = Capture { name: name.to_owned(), sniffer, writer, stopped, is_over: false, bytes };
        let (spooled, store) = (Arc::<Spooled>::default(), Store::new(spool.file(), name));
        let told = spooled.clone();
        let thread = thread::Builder::new().name("capture".into()).spawn(move || capture.run(spool, &told));
        let thread = thread.map_err(|error| Trouble::new(ACT, name, error, ""))?;
        Ok(Self { spooled, store, read: 0, stop, thread: Some(thread) })
    }

    /// The bytes spooled.
    pub fn store(&self) -> Store {
        self.store.clone()
    }

    /// Bytes handed out.
    pub fn read_so_far(&self) -> u64 {
        self.read
    }

    /// The next bytes, as soon as a packet came; 0 after somebody said stop.
    ///
    /// # Errors
    /// The interface went down or away, or the disk is full; then no more will come.
    pub fn read(&mut self, piece: &mut [u8]) -> Result<usize, Trouble> {
        let there = self.spooled.beyond(self.read)?;
        let length = piece.len().min(usize::try_from(there - self.read).unwrap_or(usize::MAX));
        let length = self.store.read_at(self.read, &mut piece[..length])?;
        self.read += length as u64;
        Ok(length)
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.stop.now();
        if let Some(thread) = self.thread.take() {
            // A panic there was told by the panic hook.
            let _ = thread.join();
        }
    }
}

/// How much has been spooled, told by one thread to the other.
#[derive(Debug, Default)]
struct Spooled {
    state: Mutex<(u64, Option<Result<(), Trouble>>)>,
    changed: Condvar,
}

impl Spooled {
    fn tell(&self, length: u64, ended: Option<Result<(), Trouble>>) {
        *self.state() = (length, ended);
        self.changed.notify_all();
    }

    /// Waits until there is more than that, or nothing more will come; says how much there is.
    fn beyond(&self, read: u64) -> Result<u64, Trouble> {
        let mut state = self.state();
        loop {
            match &*state {
                (length, _) if *length > read => return Ok(*length),
                (length, Some(ended)) => return ended.clone().map(|()| *length),
                (_, None) => state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, (u64, Option<Result<(), Trouble>>)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The thread's side.
struct Capture {
    name: String,
    sniffer: Sniffer,
    writer: LiveWriter,
    stopped: PipeReader,
    is_over: bool,
    /// Not spooled yet.
    bytes: Vec<u8>,
}

impl Capture {
    fn run(mut self, mut spool: Spool, spooled: &Spooled) {
        let ended = loop {
            let next = spool.keep(&self.bytes).and_then(|()| {
                spooled.tell(spool.length(), None);
                self.bytes.clear();
                self.fill()
            });
            match next {
                Ok(()) if self.bytes.is_empty() => break Ok(()),
                Ok(()) => {}
                Err(trouble) => break Err(trouble),
            }
        };
        spooled.tell(spool.length(), Some(ended));
    }

    /// Waits for packets; there are none after the end.
    fn fill(&mut self) -> Result<(), Trouble> {
        while self.bytes.is_empty() && !self.is_over {
            match wait(&self.sniffer, &self.stopped).map_err(|error| self.failed(&error))? {
                Woke::Ready => self.take()?,
                Woke::Stopped => {
                    self.is_over = true;
                    self.writer.statistics(now(), &mut self.bytes);
                }
            }
        }
        Ok(())
    }

    /// Takes the packets that are there.
    fn take(&mut self) -> Result<(), Trouble> {
        while self.bytes.len() < BATCH {
            match self.sniffer.packet() {
                Ok(Some(packet)) => {
                    let (at, data, lost) = (packet.at, packet.data, packet.lost);
                    self.writer.packet(&Sniffed { at, data, length: packet.length as u32, lost }, &mut self.bytes);
                }
                Ok(None) => break,
                // What is there is spooled first: the next time it fails again, if it is for good.
                Err(_) if !self.bytes.is_empty() => break,
                Err(error) => return Err(self.failed(&error)),
            }
        }
        Ok(())
    }

    fn failed(&self, error: &io::Error) -> Trouble {
        if error.kind() == io::ErrorKind::NetworkDown {
            let remedy = format!("bring it up: `sudo ip link set {} up`", self.name);
            return Trouble::new(ACT, &self.name, "the interface is down", remedy);
        }
        Trouble::new(ACT, &self.name, error, "")
    }
}

/// What is done, as troubles say it.
const ACT: &str = "capture from";

/// Why nothing can be captured.
fn refused(name: &str, error: &io::Error) -> Trouble {
    if error.kind() == io::ErrorKind::NotFound {
        return Trouble::new(ACT, name, "there is no such interface any more", "");
    }
    if error.kind() != io::ErrorKind::PermissionDenied {
        return Trouble::new(ACT, name, error, "");
    }
    let program = std::env::current_exe().unwrap_or_else(|_| "$(which wirelab)".into());
    let remedy = format!(
        "grant it with `sudo setcap cap_net_raw+ep {}`, or let tcpdump capture: \
         `sudo tcpdump -i {name} -U -w - | wirelab open -`",
        program.display()
    );
    Trouble::new(ACT, name, "this process may not: it has no CAP_NET_RAW", remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_not_capture_is_told_what_is_missing_and_how_to_get_it() {
        let trouble = refused("lo", &io::ErrorKind::PermissionDenied.into());
        assert!(trouble.to_string().starts_with("capture from lo: this process may not: it has no CAP_NET_RAW; "));
        let program = std::env::current_exe().unwrap();
        assert!(trouble.remedy.contains(&format!("`sudo setcap cap_net_raw+ep {}`", program.display())), "{trouble}");
        assert!(trouble.remedy.ends_with("`sudo tcpdump -i lo -U -w - | wirelab open -`"), "{trouble}");
    }
}

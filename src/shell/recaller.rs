//! The thread that reads frames back from recordings: what is scrolled to, and what is searched.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;
use std::sync::mpsc::{self, SyncSender, TrySendError};
use std::thread;

use bytes::Bytes;

use super::source::Store;
use crate::app::Msg;
use crate::app::past::{Answer, Recalled, Request, Task, passing, relive, seek};
use crate::app::world::World;
use crate::capture::index::{Act, Entry as Frame};
use crate::model::Trouble;

/// Requests that wait. Each part of the screen has one under way at most, and so have the filter and the search.
const REQUESTS: usize = 16;

/// Bytes read of a file at once: what lies close together is read together.
const READ_AHEAD: usize = 256 * 1024;

/// Files of the lab's own recording that are held open; a ring has eight.
const FILES_OPEN: usize = 16;

/// Payload of one frame that is read back; a longer one is cut, as none of the lab's is.
const PAYLOAD_LIMIT: u64 = 64 * 1024 * 1024;

/// What the thread is told.
enum Order {
    /// What was opened can be read there.
    Opened(Store),
    /// Frames are asked for.
    Request(Box<Request>),
}

/// The thread, as the shell sees it.
pub struct Recaller {
    orders: SyncSender<Order>,
}

impl Recaller {
    /// Starts the thread; `tell` hands its answers to the loop.
    ///
    /// # Errors
    /// The process has no thread left.
    pub fn start(mut tell: impl FnMut(Msg) -> bool + Send + 'static) -> io::Result<Self> {
        let (orders, heard) = mpsc::sync_channel(REQUESTS);
        thread::Builder::new().name("recaller".into()).spawn(move || {
            let mut reader = Reader::default();
            for order in heard {
                match order {
                    Order::Opened(store) => drop(reader.files.insert(0, store)),
                    Order::Request(request) => {
                        if !tell(Msg::Recalled(reader.answer(&request))) {
                            return;
                        }
                    }
                }
            }
        })?;
        Ok(Self { orders })
    }

    /// What was opened can be read there.
    pub fn know(&self, store: Store) {
        // Only a thread that has gone does not hear it, and that one answers nothing either.
        let _ = self.orders.send(Order::Opened(store));
    }

    /// Asks for frames.
    ///
    /// # Errors
    /// The thread has too much to do; this is its answer then.
    pub fn ask(&self, request: Box<Request>) -> Result<(), Answer> {
        let (id, purpose) = (request.id, request.purpose);
        self.orders.try_send(Order::Request(request)).map_err(|error| {
            let why = match error {
                TrySendError::Full(_) => "the disk is too slow",
                TrySendError::Disconnected(_) => "its thread has ended",
            };
            Answer { id, purpose, outcome: Err(Trouble::new("read", "the recording", why, "try again")) }
        })
    }
}

/// The files, and what was read last.
#[derive(Default)]
struct Reader {
    files: BTreeMap<u32, Store>,
    /// Bytes read ahead: of which file, where they begin.
    ahead: (u32, u64, Vec<u8>),
    /// The search that is under way, and the world that saw the frames looked through so far.
    search: Option<(u64, World)>,
}

impl Reader {
    fn answer(&mut self, request: &Request) -> Answer {
        // A file that grows may have other bytes there by now.
        self.ahead.2.clear();
        for (file, path) in &request.files {
            if self.files.len() >= FILES_OPEN && !self.files.contains_key(file) {
                self.files.clear();
            }
            if let Entry::Vacant(place) = self.files.entry(*file) {
                match Store::of_file(path) {
                    Ok(store) => drop(place.insert(store)),
                    Err(trouble) => return Answer { id: request.id, purpose: request.purpose, outcome: Err(trouble) },
                }
            }
        }
        let outcome = match &request.task {
            Task::Sift(test) => {
                let first = request.entries.first().map_or(0, |entry| entry.number);
                let before = self.search.take().filter(|(search, _)| *search == test.search).map(|(_, world)| world);
                // Frames that are looked at once more were seen by that world already.
                let (before, ahead) = match before {
                    Some(world) if world.log.next_number() > first => (None, Some(world)),
                    before => (before, None),
                };
                passing(request, test, before, |entry| self.payload(entry)).map(|(passed, world)| {
                    self.search = Some((test.search, ahead.unwrap_or(world)));
                    Recalled::Passed(passed)
                })
            }
            Task::Seek(slice) => seek(request, slice, |entry| self.payload(entry)).map(Recalled::Found),
            Task::Relive => {
                let world = relive(request, None, |entry| self.payload(entry), |_, _| {});
                world.map(|world| Recalled::World(Box::new(world)))
            }
        };
        Answer { id: request.id, purpose: request.purpose, outcome }
    }

    fn payload(&mut self, entry: &Frame) -> Result<Bytes, Trouble> {
        match entry.act {
            Act::Data(_) => {}
            Act::Connecting | Act::Opened(_) | Act::Other(_) | Act::Untold => return Ok(Bytes::new()),
        }
        let mut payload = Vec::with_capacity(entry.length().min(PAYLOAD_LIMIT) as usize);
        for span in entry.place.spans() {
            if payload.len() as u64 + u64::from(span.length) > PAYLOAD_LIMIT {
                break;
            }
            self.read(entry.file, span.offset, span.length as usize, &mut payload)?;
        }
        Ok(payload.into())
    }

    fn read(&mut self, file: u32, offset: u64, length: usize, out: &mut Vec<u8>) -> Result<(), Trouble> {
        let Some(store) = self.files.get(&file) else {
            return Err(Trouble::new("read", "the recording", "that part of it was dropped", ""));
        };
        let (known, start, ahead) = &mut self.ahead;
        let within = |ahead: &[u8], start: u64| {
            let from = usize::try_from(offset.checked_sub(start)?).ok()?;
            ahead.get(from..from.checked_add(length)?).map(<[u8]>::to_vec)
        };
        if *known == file
            && let Some(bytes) = within(ahead, *start)
        {
            out.extend(bytes);
            return Ok(());
        }
        ahead.resize(length.max(READ_AHEAD), 0);
        let read = store.read_at(offset, ahead)?;
        ahead.truncate(read);
        (*known, *start) = (file, offset);
        match ahead.get(..length) {
            Some(bytes) => out.extend_from_slice(bytes),
            None => return Err(Trouble::new("read", "the recording", "it has become shorter", "open it again")),
        }
        Ok(())
    }
}

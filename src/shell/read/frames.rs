//! Bytes of a capture to frames: decoded, numbered and with their ends, in bounded memory.

use super::directory::Directory;
use crate::app::world::{Reading, World};
use crate::capture::{Indexer, Seen};
use crate::model::Frame;

/// Bytes of frames kept while reading, so that decoders can look back.
const MEMORY: usize = 4 * 1024 * 1024;

/// Makes frames of bytes.
#[derive(Debug)]
pub struct Frames {
    indexer: Indexer,
    known: Known,
}

/// What was learnt so far.
#[derive(Debug)]
struct Known {
    world: World,
    directory: Directory,
    renamed: u64,
}

/// A frame and what there is to know of it.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The world it is in.
    pub world: &'a World,
    /// The frame.
    pub frame: &'a Frame,
    /// How often what ends are called may have changed so far.
    pub renamed: u64,
}

impl Frames {
    /// Nothing read yet; frames will be read so far.
    pub fn new(reading: Reading) -> Self {
        Self::keeping(reading, MEMORY)
    }

    /// The same, and so many bytes of frames are kept.
    pub fn keeping(reading: Reading, memory: usize) -> Self {
        let mut world = World::new(memory);
        world.read(reading);
        Self { indexer: Indexer::new(), known: Known { world, directory: Directory::default(), renamed: 0 } }
    }

    /// Takes the next bytes in, and gives each frame that came whole.
    pub fn push(&mut self, bytes: &[u8], mut each: impl FnMut(Told<'_>)) {
        let Self { indexer, known } = self;
        indexer.push(bytes, &mut |seen| known.take(seen, &mut each));
    }

    /// The bytes have ended: gives what was kept back.
    pub fn finish(&mut self, mut each: impl FnMut(Told<'_>)) {
        let Self { indexer, known } = self;
        indexer.finish(&mut |seen| known.take(seen, &mut each));
    }

    /// All that was read and is kept.
    pub fn world(&self) -> &World {
        &self.known.world
    }

    /// What could not be read of the file, in words.
    pub fn trouble(&self) -> Option<&str> {
        self.indexer.trouble()
    }
}

impl Known {
    fn take(&mut self, seen: Seen, each: &mut impl FnMut(Told<'_>)) {
        let Self { world, directory, renamed } = self;
        match &seen {
            Seen::Flow(flow) => *renamed += u64::from(world.flow(flow.id).is_some()),
            Seen::Node(..) | Seen::Interface(..) => *renamed += 1,
            Seen::Frame(_)
            | Seen::Packet(_)
            | Seen::Arrived(..)
            | Seen::Noted(..)
            | Seen::Marked(..)
            | Seen::Name(..)
            | Seen::Secrets(_) => {}
        }
        if let Some(number) = directory.recall(world, seen)
            && let Some(frame) = world.log.frame(number)
        {
            each(Told { world, frame, renamed: *renamed });
        }
    }
}

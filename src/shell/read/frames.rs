//! Bytes of a capture to frames: decoded, numbered and with their ends, in bounded memory.

use super::directory::Directory;
use crate::app::world::{Reading, World};
use crate::capture::Indexer;
use crate::model::Frame;

/// Bytes of frames kept while reading, so that decoders can look back.
const MEMORY: usize = 4 * 1024 * 1024;

/// Makes frames of bytes.
#[derive(Debug)]
pub struct Frames {
    indexer: Indexer,
    world: World,
    directory: Directory,
}

impl Frames {
    /// Nothing read yet; frames will be read so far.
    pub fn new(reading: Reading) -> Self {
        let mut world = World::new(MEMORY);
        world.read(reading);
        Self { indexer: Indexer::new(), world, directory: Directory::default() }
    }

    /// Takes the next bytes in, and gives each frame that came whole.
    pub fn push(&mut self, bytes: &[u8], mut each: impl FnMut(&World, &Frame)) {
        let Self { indexer, world, directory } = self;
        indexer.push(bytes, &mut |seen| {
            if let Some(number) = directory.recall(world, seen)
                && let Some(frame) = world.log.frame(number)
            {
                each(world, frame);
            }
        });
    }

    /// The bytes have ended: gives what was kept back.
    pub fn finish(&mut self, mut each: impl FnMut(&World, &Frame)) {
        let Self { indexer, world, directory } = self;
        indexer.finish(&mut |seen| {
            if let Some(number) = directory.recall(world, seen)
                && let Some(frame) = world.log.frame(number)
            {
                each(world, frame);
            }
        });
    }

    /// What could not be read of the file, in words.
    pub fn trouble(&self) -> Option<&str> {
        self.indexer.trouble()
    }
}

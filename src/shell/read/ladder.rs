//! `-z ladder`: what went between whom, drawn as text, SVG or Mermaid.

use std::io::{self, Write};

use super::super::drawing::{self, Drawing, MEMORY};
use super::frames::{Frames, Told};
use super::list::Wanted;
use super::{Failure, Telling};
use crate::app::world::Reading;

/// Draws the frames that are wanted.
#[derive(Debug)]
pub struct Ladder {
    frames: Frames,
    drawing: Drawing,
    wanted: Wanted,
    drawn: drawing::Frames,
}

impl Ladder {
    /// Draws them so.
    pub fn new(drawing: Drawing, wanted: Wanted) -> Self {
        let frames = Frames::keeping(Reading::Decoded, MEMORY);
        Self { frames, drawing, wanted, drawn: drawing::Frames::default() }
    }
}

impl Telling for Ladder {
    fn push(&mut self, bytes: &[u8], _: &mut dyn Write) -> io::Result<()> {
        let Self { frames, wanted, drawn, .. } = self;
        frames.push(bytes, |told| take(told, wanted, drawn));
        Ok(())
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let Self { frames, wanted, drawing, drawn } = self;
        frames.finish(|told| take(told, wanted, drawn));
        if drawn.count(frames.world()) == 0 && !wanted.is_all() {
            return Ok(());
        }
        out.write_all(drawn.draw(frames.world(), *drawing).as_bytes())
    }

    fn trouble(&self) -> Option<&str> {
        self.frames.trouble()
    }

    fn undone(&self) -> Option<Failure> {
        let world = self.frames.world();
        if self.drawn.count(world) == 0 && !self.wanted.is_all() {
            return Some(Failure::Undone(drawing::nothing("the ladder")));
        }
        self.drawn.trouble(world).map(Failure::Undone)
    }
}

fn take(Told { world, frame, .. }: Told<'_>, wanted: &Wanted, drawn: &mut drawing::Frames) {
    if wanted.takes(world, frame) {
        drawn.take(frame.number);
    }
}

//! `-z ladder`: what went between whom, drawn as text, SVG or Mermaid.

use std::io::{self, Write};

use super::frames::{Frames, Told};
use super::list::Wanted;
use super::{Failure, Telling};
use crate::app::world::{Reading, World};
use crate::ladder::{mermaid, svg, text};
use crate::model::Trouble;

/// Frames of one drawing. Nobody reads more, and a browser does not draw it.
const FRAMES_LIMIT: usize = 10_000;

/// Payload kept until it is drawn, in bytes.
const MEMORY: usize = 256 * 1024 * 1024;

/// How it is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawing {
    /// Lines of 72 columns.
    Text,
    /// A picture.
    Svg,
    /// A `sequenceDiagram`.
    Mermaid,
}

impl Drawing {
    /// All of them.
    pub const ALL: [Drawing; 3] = [Drawing::Text, Drawing::Svg, Drawing::Mermaid];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Drawing::Text => "text",
            Drawing::Svg => "svg",
            Drawing::Mermaid => "mermaid",
        }
    }
}

/// Draws the frames that are wanted.
#[derive(Debug)]
pub struct Ladder {
    frames: Frames,
    drawing: Drawing,
    wanted: Chosen,
}

#[derive(Debug)]
struct Chosen {
    wanted: Wanted,
    numbers: Vec<u64>,
    left_out: u64,
}

impl Ladder {
    /// Draws them so.
    pub fn new(drawing: Drawing, wanted: Wanted) -> Self {
        let frames = Frames::keeping(Reading::Decoded, MEMORY);
        Self { frames, drawing, wanted: Chosen { wanted, numbers: Vec::new(), left_out: 0 } }
    }
}

impl Chosen {
    fn take(&mut self, Told { world, frame, .. }: Told<'_>) {
        if !self.wanted.takes(world, frame) {
            return;
        }
        if self.numbers.len() < FRAMES_LIMIT {
            self.numbers.push(frame.number);
        } else {
            self.left_out += 1;
        }
    }
}

impl Telling for Ladder {
    fn push(&mut self, bytes: &[u8], _: &mut dyn Write) -> io::Result<()> {
        let Self { frames, wanted, .. } = self;
        frames.push(bytes, |told| wanted.take(told));
        Ok(())
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let Self { frames, wanted, drawing } = self;
        frames.finish(|told| wanted.take(told));
        let world: &World = frames.world();
        let (cast, rungs) = world.ladder(wanted.numbers.iter().filter_map(|number| world.log.frame(*number)));
        let drawn = match drawing {
            Drawing::Text => text::write(&cast, &rungs),
            Drawing::Svg => svg::write(&cast, &rungs),
            Drawing::Mermaid => mermaid::write(&cast, &rungs),
        };
        out.write_all(drawn.as_bytes())
    }

    fn trouble(&self) -> Option<&str> {
        self.frames.trouble()
    }

    fn undone(&self) -> Option<Failure> {
        let log = &self.frames.world().log;
        let forgotten = self.wanted.numbers.iter().filter(|number| log.frame(**number).is_none()).count() as u64;
        let left_out = self.wanted.left_out + forgotten;
        (left_out > 0).then(|| {
            let why = format!("{left_out} frames are too many for one drawing, which has at most {FRAMES_LIMIT}");
            Failure::Undone(Trouble::new("draw", "the ladder", why, "choose some with -Y or --flow"))
        })
    }
}

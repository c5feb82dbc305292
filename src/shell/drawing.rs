//! The ladder of a capture, drawn: for `read -z ladder`, for `convert`, and for what the screen saves.

use crate::app::world::World;
use crate::ladder::{mermaid, svg, text};
use crate::model::Trouble;

/// Frames of one drawing. Nobody reads more, and a browser does not draw it.
const FRAMES_LIMIT: usize = 10_000;

/// Payload kept until it is drawn, in bytes.
pub const MEMORY: usize = 256 * 1024 * 1024;

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

/// That no frame is what was asked for.
pub fn nothing(name: &str) -> Trouble {
    let remedy = "see what is there with `wirelab read`, without filter and conversation";
    Trouble::new("draw", name, "no frame of it passes the filter, or belongs to the conversation", remedy)
}

/// The frames that are to be drawn.
#[derive(Debug, Default)]
pub struct Frames {
    numbers: Vec<u64>,
    left_out: u64,
}

impl Frames {
    /// A frame is one of them.
    pub fn take(&mut self, number: u64) {
        if self.numbers.len() < FRAMES_LIMIT {
            self.numbers.push(number);
        } else {
            self.left_out += 1;
        }
    }

    /// How many are drawn of a world.
    pub fn count(&self, world: &World) -> u64 {
        self.numbers.iter().filter(|number| world.log.frame(**number).is_some()).count() as u64
    }

    /// Draws them.
    pub fn draw(&self, world: &World, drawing: Drawing) -> String {
        let (cast, rungs) = world.ladder(self.numbers.iter().filter_map(|number| world.log.frame(*number)));
        match drawing {
            Drawing::Text => text::write(&cast, &rungs),
            Drawing::Svg => svg::write(&cast, &rungs),
            Drawing::Mermaid => mermaid::write(&cast, &rungs),
        }
    }

    /// That there were too many.
    pub fn trouble(&self, world: &World) -> Option<Trouble> {
        let left_out = self.left_out + self.numbers.len() as u64 - self.count(world);
        (left_out > 0).then(|| {
            let why = format!("{left_out} frames are too many for one drawing, which has at most {FRAMES_LIMIT}");
            Trouble::new("draw", "the ladder", why, "choose some with a filter or one conversation")
        })
    }
}

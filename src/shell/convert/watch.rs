//! A capture seen again frame by frame, and which of it is chosen.

use bytes::Bytes;

use crate::app::export::Choice;
use crate::app::pane::traffic::Sieve;
use crate::app::world::{Reading, World};
use crate::capture::{Belonging, Indexer, Place, Seen};
use crate::model::{Frame, FrameKind, Timestamp, Trouble};

use super::Failure;
use super::input::{Input, Piece};

/// Bytes of frames kept while reading, so that decoders can look back.
const MEMORY: usize = 4 * 1024 * 1024;

/// Something that was seen.
#[derive(Debug)]
pub enum Sight<'a> {
    /// A frame, and where it lies.
    Frame(&'a Frame, &'a Place, Chosen),
    /// A packet of a conversation.
    Packet(&'a Belonging, Chosen),
    /// When a frame had arrived.
    Arrived(u64, Timestamp),
    /// What was said later of a frame that came before.
    Remarked(u64),
    /// Secrets that let encrypted packets be read.
    Secrets(&'a [u8]),
    /// Something of a recording of wirelab's.
    Own,
    /// Something of a capture of anyone's.
    Foreign,
    /// No more may come for a while.
    Pause,
}

/// Whether it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chosen {
    /// It was.
    Yes,
    /// It was not.
    No,
}

/// What is known when something is seen.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// All that was seen until then.
    pub world: &'a World,
    chooser: &'a Chooser<'a>,
}

impl Scene<'_> {
    /// Whether a frame is chosen, now that more is known of what it is part of. One that was long ago is not.
    pub fn ask_again(self, number: u64) -> Chosen {
        self.world.log.frame(number).map_or(Chosen::No, |frame| self.chooser.frame(frame, self.world))
    }
}

/// A choice that can be asked.
struct Chooser<'a> {
    choice: &'a Choice,
    sieve: Option<Sieve>,
}

/// Reads all of the input and shows what is seen.
///
/// # Errors
/// The input is no capture, the filter is none, or those of `on`.
pub fn watch(
    input: &mut Input,
    choice: &Choice,
    reading: Reading,
    on: &mut dyn FnMut(Scene<'_>, Sight<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut world = World::new(MEMORY);
    world.read(reading);
    watch_in(&mut world, input, choice, on)
}

/// The same, with so much of what was seen kept; gives all that is known at the end.
///
/// # Errors
/// As [`watch`].
pub fn watch_all(
    input: &mut Input,
    choice: &Choice,
    memory: usize,
    on: &mut dyn FnMut(Sight<'_>),
) -> Result<World, Failure> {
    let mut world = World::new(memory);
    watch_in(&mut world, input, choice, &mut |_, sight| {
        on(sight);
        Ok(())
    })?;
    Ok(world)
}

fn watch_in(
    world: &mut World,
    input: &mut Input,
    choice: &Choice,
    on: &mut dyn FnMut(Scene<'_>, Sight<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let chooser = Chooser::new(choice)?;
    if chooser.needs_rows() {
        world.read(Reading::Decoded);
    }
    let mut indexer = Indexer::new();
    let name = input.name.clone();
    let mut damage = None;
    input.pass(&mut |piece| {
        let mut outcome = Ok(());
        let mut sink = |seen: Seen| {
            if outcome.is_ok() {
                outcome = see(world, &chooser, seen, on);
            }
        };
        match piece {
            Piece::Bytes(bytes) => indexer.push(bytes, &mut sink),
            Piece::Pause => outcome = on(Scene { world, chooser: &chooser }, Sight::Pause),
            Piece::End => {
                // Another file numbers its conversations as this one did, for it goes on with them.
                let mut ended = std::mem::take(&mut indexer);
                if !ended.is_capture() {
                    return Err(no_capture(&name));
                }
                ended.finish(&mut sink);
                damage = damage.take().or_else(|| ended.trouble().map(str::to_owned));
            }
        }
        outcome
    })?;
    input.note_damage(damage);
    Ok(())
}

/// Says that the input is no capture.
pub fn no_capture(name: &str) -> Failure {
    Failure::Input(Trouble::new(
        "read",
        name,
        "it is no capture",
        "wirelab reads pcapng and pcap, packed with gzip too",
    ))
}

fn see(
    world: &mut World,
    chooser: &Chooser<'_>,
    seen: Seen,
    on: &mut dyn FnMut(Scene<'_>, Sight<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    match seen {
        Seen::Frame(observed) => {
            let place = observed.place.clone();
            let number = world.recall(Seen::Frame(observed));
            let Some(frame) = number.and_then(|number| world.log.frame(number)) else { return Ok(()) };
            on(Scene { world, chooser }, Sight::Frame(frame, &place, chooser.frame(frame, world)))
        }
        Seen::Packet(packet) => on(Scene { world, chooser }, Sight::Packet(&packet, chooser.packet(&packet, world))),
        Seen::Arrived(number, at) => {
            world.recall(Seen::Arrived(number, at));
            on(Scene { world, chooser }, Sight::Arrived(number, at))
        }
        Seen::Secrets(lines) => on(Scene { world, chooser }, Sight::Secrets(&lines)),
        Seen::Node(..) => {
            world.recall(seen);
            on(Scene { world, chooser }, Sight::Own)
        }
        Seen::Interface(..) => {
            world.recall(seen);
            on(Scene { world, chooser }, Sight::Foreign)
        }
        Seen::Noted(number, _) | Seen::Marked(number, _) => {
            world.recall(seen);
            on(Scene { world, chooser }, Sight::Remarked(number))
        }
        Seen::Flow(_) | Seen::Name(..) => {
            world.recall(seen);
            Ok(())
        }
    }
}

impl<'a> Chooser<'a> {
    fn new(choice: &'a Choice) -> Result<Self, Failure> {
        let wrong = |problem: &dyn std::fmt::Display| {
            Failure::Input(Trouble::new("filter with", &choice.filter, problem, "the README lists the fields"))
        };
        let sieve = Sieve::read(&choice.filter).map_err(|problem| wrong(&problem))?;
        Ok(Self { choice, sieve })
    }

    fn needs_rows(&self) -> bool {
        self.sieve.is_some()
    }

    fn frame(&self, frame: &Frame, world: &World) -> Chosen {
        let Choice { flow, numbers, .. } = self.choice;
        let is_chosen = flow.is_none_or(|flow| frame.flow == Some(flow))
            && numbers.as_ref().is_none_or(|numbers| numbers.contains(&frame.number))
            && self.sieve.as_ref().is_none_or(|sieve| sieve.passes(frame, world).0);
        if is_chosen { Chosen::Yes } else { Chosen::No }
    }

    /// With a conversation come all its packets. A filter is asked of a packet that no frame tells of as of a frame that
    /// says nothing: so what it says of addresses and ports holds for what only acknowledges, too.
    fn packet(&self, packet: &Belonging, world: &World) -> Chosen {
        let Belonging { at, node, flow, direction, is_bare, .. } = *packet;
        let Choice { flow: only, numbers, .. } = self.choice;
        let is_of_flow = only.is_none_or(|only| only == flow);
        let passes = self.sieve.as_ref().is_none_or(|sieve| {
            let kind = FrameKind::Data { direction, payload: Bytes::new() };
            let (number, flow) = (world.log.next_number(), Some(flow));
            let nothing =
                Frame { number, at, arrived: None, node, flow, kind, cut: 0, protocol: "", summary: String::new() };
            is_bare && sieve.passes(&nothing, world).0
        });
        if is_of_flow && numbers.is_none() && passes { Chosen::Yes } else { Chosen::No }
    }
}

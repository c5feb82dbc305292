//! Packets written to a new capture file: as they are, or made anew from the frames of wirelab's own recordings.

use std::io::Write;

use roaring::RoaringTreemap;

use crate::app::export::Choice;
use crate::app::world::{Reading, Remarks};
use crate::capture::{Container, Extract, Mixed, Place, Wanted, Writer};
use crate::model::{Remark, Trouble};

use super::input::{Input, Piece};
use super::watch::{Chosen, Sight, no_capture, watch};
use super::{Done, Failure};

/// What of an input is chosen.
#[derive(Default)]
struct Found {
    /// The numbers of the frames.
    numbers: RoaringTreemap,
    /// Where they, and the packets of their conversations, lie.
    places: RoaringTreemap,
    /// What was said of them in the end.
    remarks: Remarks,
    is_own: bool,
    is_foreign: bool,
}

impl Found {
    fn place(&mut self, place: &Place) {
        self.places.extend(place.spans().iter().map(|span| span.offset));
    }

    fn remark(&mut self, number: u64, known: &Remarks) {
        let Remark { mark, note } = known.of(number);
        if note.is_some() || self.remarks.of(number).note.is_some() {
            self.remarks.recall_note(number, note.unwrap_or_default());
        }
        self.remarks.recall_mark(number, mark);
    }
}

/// Writes the chosen packets.
///
/// # Errors
/// The input is no capture, the output takes no more, or it is pcap and packets of two link types are chosen.
pub fn write(input: &mut Input, choice: &Choice, container: Container, out: &mut dyn Write) -> Result<Done, Failure> {
    if choice.is_all() {
        return copy(input, container, Wanted::All, out);
    }
    let mut found = Found::default();
    watch(input, choice, Reading::Bare, &mut |scene, sight| {
        match sight {
            Sight::Frame(frame, place, Chosen::Yes) => {
                found.numbers.insert(frame.number);
                found.remark(frame.number, &scene.world.remarks);
                found.place(place);
            }
            Sight::Packet(packet, Chosen::Yes) => found.place(&packet.place),
            Sight::Remarked(number) if found.numbers.contains(number) => found.remark(number, &scene.world.remarks),
            Sight::Own => found.is_own = true,
            Sight::Foreign => found.is_foreign = true,
            Sight::Frame(_, _, Chosen::No)
            | Sight::Packet(_, Chosen::No)
            | Sight::Arrived(..)
            | Sight::Remarked(_)
            | Sight::Secrets(_)
            | Sight::Pause => {}
        }
        Ok(())
    })?;
    if found.is_own && !found.is_foreign {
        // Packets of ours are told of in the ones before them, which may not be chosen.
        return rewrite(input, &found, container, out);
    }
    copy(input, container, Wanted::At(found.places), out)
}

/// Copies packets and blocks as they are.
fn copy(input: &mut Input, container: Container, wanted: Wanted, out: &mut dyn Write) -> Result<Done, Failure> {
    let mut extract = Extract::new(container, wanted);
    let mut buffer = Vec::new();
    let name = input.name.clone();
    input.pass(&mut |piece| {
        match piece {
            Piece::Bytes(bytes) => extract.push(bytes, &mut buffer).map_err(|mixed| mixed_links(&name, mixed))?,
            Piece::Pause => out.flush()?,
            Piece::End if extract.is_capture() => extract.file_ended(),
            Piece::End => return Err(no_capture(&name)),
        }
        out.write_all(&buffer)?;
        buffer.clear();
        Ok(())
    })?;
    extract.finish(&mut buffer);
    out.write_all(&buffer)?;
    Ok(Done { count: extract.packets(), of: "packets", remarks: extract.troubles().to_vec() })
}

/// Writes frames of a recording of wirelab's as another one.
fn rewrite(
    input: &mut Input,
    Found { numbers, remarks, .. }: &Found,
    container: Container,
    out: &mut dyn Write,
) -> Result<Done, Failure> {
    let mut buffer = Vec::new();
    let mut writer = Writer::new(&mut buffer);
    let mut extract = Extract::new(container, Wanted::All);
    let name = input.name.clone();
    let mut hand_over = |buffer: &mut Vec<u8>, out: &mut dyn Write| -> Result<(), Failure> {
        if container == Container::Pcapng {
            out.write_all(buffer)?;
        } else {
            let mut packets = Vec::new();
            extract.push(buffer, &mut packets).map_err(|mixed| mixed_links(&name, mixed))?;
            out.write_all(&packets)?;
        }
        buffer.clear();
        Ok(())
    };
    watch(input, &Choice::default(), Reading::Decoded, &mut |scene, sight| {
        let world = scene.world;
        match sight {
            Sight::Frame(frame, _, _) if numbers.contains(frame.number) => {
                let flow = frame.flow.and_then(|flow| world.flow(flow));
                writer.node(frame.node, world.name(frame.node));
                // A node at an end of a conversation may have no frame among the chosen ones.
                for node in flow.into_iter().flat_map(|flow| [flow.client_node, flow.server_node]).flatten() {
                    writer.node(node, world.name(node));
                    writer.introduce(node, &mut buffer);
                }
                writer.remarked(frame, flow, remarks.of(frame.number), &mut buffer);
            }
            Sight::Arrived(number, at) if numbers.contains(number) => writer.arrival(number, at, &mut buffer),
            Sight::Secrets(lines) => writer.secrets(lines, &mut buffer),
            Sight::Frame(..)
            | Sight::Arrived(..)
            | Sight::Remarked(_)
            | Sight::Packet(..)
            | Sight::Own
            | Sight::Foreign
            | Sight::Pause => {}
        }
        hand_over(&mut buffer, out)
    })?;
    writer.flush(&mut buffer);
    hand_over(&mut buffer, out)?;
    if container == Container::Pcap {
        extract.finish(&mut buffer);
        out.write_all(&buffer)?;
    }
    Ok(Done { count: numbers.len(), of: "frames", remarks: Vec::new() })
}

fn mixed_links(name: &str, Mixed(first, other): Mixed) -> Failure {
    let why = format!("it has packets of {} and of {}, and pcap holds one link type", first.words(), other.words());
    Failure::Input(Trouble::new("convert", name, why, "write pcapng, or choose with a filter"))
}

//! Packets of any capture taken over into a new file, all or some, as they are.

use std::iter::Peekable;

use roaring::RoaringTreemap;
use roaring::treemap::IntoIter;

use super::block;
use super::link::LinkType;
use super::live::{LiveWriter, Sniffed};
use super::pcap;
use super::reader::{Block, Item, Packet, Reader, What};

/// A kind of capture file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// pcapng.
    Pcapng,
    /// pcap, which has one link type.
    Pcap,
}

/// What is taken over: all, or what lies at these places of the file.
#[derive(Debug, Clone, PartialEq)]
pub enum Wanted {
    /// All.
    All,
    /// Packets that hold one of these places, and blocks that begin there; and what those need to be understood.
    At(RoaringTreemap),
}

/// Packets of two link types cannot be in one pcap file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mixed(pub LinkType, pub LinkType);

/// Copies a capture that comes in pieces. Blocks of pcapng stay as they are.
pub struct Extract {
    reader: Reader,
    copy: Copy,
}

struct Copy {
    container: Container,
    /// The places that are still to come, in order; None when all is wanted.
    places: Option<Peekable<IntoIter>>,
    /// What was written last as the beginning of a file that is not copied block by block.
    begun: Begun,
    /// What could not be read, in words.
    troubles: Vec<String>,
    packets: u64,
}

enum Begun {
    /// Nothing yet; the link type of the first interface is known once that has come.
    Nothing(Option<LinkType>),
    /// pcapng is copied.
    Blocks,
    /// A pcap file becomes pcapng.
    Anew(LiveWriter),
    /// A pcap file of packets of this link type.
    Pcap(LinkType),
}

/// Troubles that are told; of a file that has more, something else is wrong.
const TROUBLES_TOLD: usize = 8;

/// Where a section header says how long the section is.
const SECTION_LENGTH: std::ops::Range<usize> = 16..24;

impl Extract {
    /// Into a new file of that kind.
    pub fn new(container: Container, wanted: Wanted) -> Self {
        let places = match wanted {
            Wanted::All => None,
            Wanted::At(places) => Some(places.into_iter().peekable()),
        };
        let begun = Begun::Nothing(None);
        let copy = Copy { container, places, begun, troubles: Vec::new(), packets: 0 };
        Self { reader: Reader::new(), copy }
    }

    /// Takes the next bytes of the file in, and writes what is wanted of them.
    ///
    /// # Errors
    /// The new file is pcap, and a second link type has come.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Mixed> {
        self.reader.push(bytes);
        while let Some(item) = self.reader.next() {
            self.copy.take(&item, out)?;
        }
        Ok(())
    }

    /// The file has ended. Another may follow, if all is wanted.
    pub fn file_ended(&mut self) {
        if let Some(Item { what: What::Trouble(words), .. }) = std::mem::take(&mut self.reader).finish() {
            self.copy.trouble(words);
        }
    }

    /// No more files follow.
    pub fn finish(&self, out: &mut Vec<u8>) {
        if let (Container::Pcap, Begun::Nothing(link)) = (self.copy.container, &self.copy.begun) {
            // A file without packets is one of its interface all the same.
            pcap::header(link.unwrap_or(LinkType::ETHERNET), out);
        }
    }

    /// Whether anything of a capture was found so far.
    pub fn is_capture(&self) -> bool {
        self.reader.is_capture()
    }

    /// How many packets were taken over.
    pub fn packets(&self) -> u64 {
        self.copy.packets
    }

    /// What could not be read, in words.
    pub fn troubles(&self) -> &[String] {
        &self.copy.troubles
    }
}

impl Copy {
    fn take(&mut self, item: &Item<'_>, out: &mut Vec<u8>) -> Result<(), Mixed> {
        match &item.what {
            What::Section(_) => self.section(item.bytes, out),
            What::Packet(packet) => return self.packet(item, packet, out),
            What::Trouble(words) => self.trouble(words.clone()),
            What::Interface(interface) => match (self.container, &mut self.begun) {
                (Container::Pcapng, Begun::Nothing(_)) => {
                    self.begun = Begun::Anew(LiveWriter::new("", interface.link, 0, out));
                }
                (Container::Pcapng, _) => out.extend_from_slice(item.bytes),
                (Container::Pcap, Begun::Nothing(link)) => drop(link.get_or_insert(interface.link)),
                (Container::Pcap, Begun::Blocks | Begun::Anew(_) | Begun::Pcap(_)) => {}
            },
            What::Block(block) => {
                if self.container == Container::Pcapng && self.wants_block(item, block) {
                    out.extend_from_slice(item.bytes);
                }
            }
        }
        Ok(())
    }

    fn section(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        if self.container == Container::Pcapng {
            self.begun = Begun::Blocks;
            let start = out.len();
            out.extend_from_slice(bytes);
            if self.places.is_some() {
                // It becomes shorter; that it is not known is allowed.
                out[start + SECTION_LENGTH.start..start + SECTION_LENGTH.end].fill(0xff);
            }
        }
    }

    fn packet(&mut self, item: &Item<'_>, packet: &Packet<'_>, out: &mut Vec<u8>) -> Result<(), Mixed> {
        if !self.wants(packet.place, packet.place + packet.data.len() as u64) {
            return Ok(());
        }
        self.packets += 1;
        let Packet { link, at, data, length, .. } = *packet;
        match (&mut self.begun, self.container) {
            (Begun::Anew(writer), Container::Pcapng) => writer.packet(&Sniffed { at, data, length, lost: 0 }, out),
            (_, Container::Pcapng) => out.extend_from_slice(item.bytes),
            (Begun::Pcap(first), Container::Pcap) if *first != link => return Err(Mixed(*first, link)),
            (begun, Container::Pcap) => {
                if !matches!(begun, Begun::Pcap(_)) {
                    pcap::header(link, out);
                    *begun = Begun::Pcap(link);
                }
                pcap::packet(at, data, length, out);
            }
        }
        Ok(())
    }

    /// Whether a block that is no packet is wanted: it is if a frame that is told there is, or if it tells of no frame.
    fn wants_block(&mut self, item: &Item<'_>, block: &Block<'_>) -> bool {
        match block.kind {
            block::JOURNAL | block::STATISTICS => self.wants(item.offset, item.offset),
            // Who changes a file is to leave these out.
            block::CUSTOM_KEPT => self.places.is_none(),
            _ => true,
        }
    }

    /// Whether one of the places is there. Asked in the order of the file.
    fn wants(&mut self, first: u64, last: u64) -> bool {
        let Some(places) = &mut self.places else { return true };
        while places.next_if(|place| *place < first).is_some() {}
        places.peek().is_some_and(|place| *place <= last)
    }

    fn trouble(&mut self, words: String) {
        if self.troubles.len() < TROUBLES_TOLD {
            self.troubles.push(words);
        }
    }
}

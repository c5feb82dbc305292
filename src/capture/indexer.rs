//! A whole capture indexed as it comes: bytes in, nodes, conversations and frames out.

use super::block::{self, Options};
use super::details::{Details, JOURNAL_FIELD};
use super::numbers::Numbers;
use super::own::Own;
use super::place::Place;
use super::reader::{Block, Interface, Item, Packet, Reader, What};
use super::seen::{Observed, Seen};
use super::tracker::{Captured, Tracker};
use crate::model::{FrameKind, NodeId, Timestamp};

/// Reads any capture, a recording of wirelab's or anyone's, in any pieces.
#[derive(Debug, Default)]
pub struct Indexer {
    reader: Reader,
    context: Context,
}

/// What was learnt so far.
#[derive(Debug, Default)]
struct Context {
    numbers: Numbers,
    interfaces: Vec<Origin>,
    /// Interfaces of anyone's that were told.
    told: usize,
    own: Own,
    tracker: Tracker,
    newest: Timestamp,
    trouble: Option<String>,
}

/// Where an interface's packets are from.
#[derive(Debug, Clone, Copy)]
enum Origin {
    /// Recorded by wirelab at that node.
    Lab(NodeId),
    /// Captured by anyone; the interface is that node here.
    Anyone(NodeId),
    /// Captured by anyone on a link that is not read.
    Unread,
}

/// The most interfaces of one file that are told apart, however many sections it has; those beyond are
/// nobody's.
const TOLD_LIMIT: usize = 65_536;

impl Indexer {
    /// Nothing read yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes of the file in, and tells what they hold. Memory does not grow with the file.
    pub fn push(&mut self, bytes: &[u8], sink: &mut dyn FnMut(Seen)) {
        self.reader.push(bytes);
        while let Some(item) = self.reader.next() {
            self.context.take(&item, sink);
        }
    }

    /// Whether anything of a capture was found so far.
    pub fn is_capture(&self) -> bool {
        self.reader.is_capture()
    }

    /// The file has ended: tells what was kept back, and what is missing.
    pub fn finish(&mut self, sink: &mut dyn FnMut(Seen)) {
        self.context.own.flush(sink);
        self.context.tracker.finish(self.context.newest, sink);
        if let Some(item) = self.reader.finish() {
            self.context.take(&item, sink);
        }
    }

    /// What could not be read of the file, in words; the same was told as a frame. None while all is well.
    pub fn trouble(&self) -> Option<&str> {
        self.context.trouble.as_deref()
    }
}

impl Context {
    fn take(&mut self, item: &Item<'_>, sink: &mut dyn FnMut(Seen)) {
        match &item.what {
            What::Section(_) => {
                self.own.flush(sink);
                self.own = Own::default();
                self.numbers.begin_section();
                self.interfaces.clear();
            }
            What::Interface(interface) => self.interface(interface, item.offset, sink),
            What::Packet(packet) => self.packet(packet, sink),
            What::Block(block) => self.block(block, item.offset, sink),
            What::Trouble(words) => {
                let words = format!("{words} (at byte {})", item.offset);
                self.trouble = Some(words.clone());
                self.note(item.offset, words, sink);
            }
        }
    }

    fn interface(&mut self, interface: &Interface<'_>, offset: u64, sink: &mut dyn FnMut(Seen)) {
        let details = interface.options.comments().find_map(Details::of_comment);
        if let Some(Details { node: Some(node), name, .. }) = details {
            let node = self.own.node(node, name, &mut self.numbers, sink);
            self.interfaces.push(Origin::Lab(node));
            return;
        }
        if self.told >= TOLD_LIMIT {
            self.interfaces.push(Origin::Anyone(NodeId(0)));
            return;
        }
        self.told += 1;
        let node = self.numbers.node();
        let name = interface.options.text(block::IF_NAME);
        sink(Seen::Interface(node, name.unwrap_or_else(|| format!("interface {}", interface.number))));
        if interface.link.is_read() {
            self.interfaces.push(Origin::Anyone(node));
            return;
        }
        // Said once: a note for each packet would be all that is to be seen.
        self.interfaces.push(Origin::Unread);
        let kind = FrameKind::Note(format!("the packets of this interface are not read: {}", interface.link.words()));
        sink(Seen::Frame(Observed::new(self.newest, node, None, kind, Place::at(offset, 0))));
    }

    fn packet(&mut self, packet: &Packet<'_>, sink: &mut dyn FnMut(Seen)) {
        self.newest = self.newest.max(packet.at);
        match self.interfaces.get(packet.interface as usize) {
            Some(Origin::Lab(node)) => self.own.packet(*node, packet, &mut self.numbers, sink),
            Some(Origin::Anyone(node)) => {
                let Packet { link, at, data, place, length, .. } = *packet;
                if let Some(lost @ 1..) = packet.options.u64(block::PACKETS_LOST) {
                    let kind = FrameKind::Note(format!("{} lost here: capturing did not keep up", packets(lost)));
                    sink(Seen::Frame(Observed::new(at, *node, None, kind, Place::at(place, 0))));
                }
                let captured = Captured { node: *node, link, at, data, offset: place, length };
                let Some(comment) = first_comment(packet.options) else {
                    return self.tracker.take(captured, &mut self.numbers, sink);
                };
                let mut comment = Some(comment);
                self.tracker.take(captured, &mut self.numbers, &mut |seen| {
                    sink(match seen {
                        Seen::Frame(frame) => Seen::Frame(Observed { comment: comment.take(), ..frame }),
                        Seen::Node(..)
                        | Seen::Interface(..)
                        | Seen::Flow(_)
                        | Seen::Packet(_)
                        | Seen::Arrived(..)
                        | Seen::Noted(..)
                        | Seen::Marked(..)
                        | Seen::Name(..)
                        | Seen::Secrets(_) => seen,
                    });
                });
            }
            Some(Origin::Unread) => {}
            None => self.note(packet.place, "a packet of an interface that is not described".into(), sink),
        }
    }

    fn block(&mut self, block: &Block<'_>, offset: u64, sink: &mut dyn FnMut(Seen)) {
        match block.kind {
            block::NAMES => {
                for (address, name) in block::names(block.body, block.order) {
                    sink(Seen::Name(address, name));
                }
            }
            block::SECRETS => {
                let length = block.order.u32(block.body, 4) as usize;
                let secrets = block.body.get(8..).map(|rest| &rest[..length.min(rest.len())]);
                sink(Seen::Secrets(secrets.unwrap_or_default().to_vec()));
            }
            block::ARRIVALS => Own::arrivals(block.body, sink),
            block::JOURNAL => self.journal(block.body, offset, sink),
            block::STATISTICS => self.statistics(block, offset, sink),
            // Custom and unknown blocks say nothing of frames.
            _ => {}
        }
    }

    /// Packets that were lost in all; where, most programs do not say.
    fn statistics(&mut self, block: &Block<'_>, offset: u64, sink: &mut dyn FnMut(Seen)) {
        let number = block.order.u32(block.body, 0) as usize;
        let options = Options::new(block.body.get(12..).unwrap_or_default(), block.order);
        let lost = |code| options.u64(code).unwrap_or(0);
        let lost = lost(block::LOST_BY_INTERFACE).saturating_add(lost(block::LOST_BY_SYSTEM));
        if let (Some(Origin::Anyone(node)), 1..) = (self.interfaces.get(number), lost) {
            let kind = FrameKind::Note(format!("{} lost in all: capturing did not keep up", packets(lost)));
            sink(Seen::Frame(Observed::new(self.newest, *node, None, kind, Place::at(offset, 0))));
        }
    }

    fn journal(&mut self, entry: &[u8], offset: u64, sink: &mut dyn FnMut(Seen)) {
        let details = block::journal_field(entry, JOURNAL_FIELD).and_then(Details::parse);
        if let Some(details) = details {
            self.newest = self.newest.max(details.at.unwrap_or_default());
            return self.own.journal(details, offset, &mut self.numbers, sink);
        }
        let text = |name| block::journal_field(entry, name).map(String::from_utf8_lossy);
        let at = text("__REALTIME_TIMESTAMP").and_then(|at| at.parse::<i64>().ok());
        let at = at.map_or(self.newest, |at| Timestamp(at.saturating_mul(1000)));
        let words = text("MESSAGE").unwrap_or_default().into_owned();
        let kind = FrameKind::Note(words);
        sink(Seen::Frame(Observed::new(at, NodeId(0), None, kind, Place::at(offset, 0))));
    }

    fn note(&mut self, offset: u64, words: String, sink: &mut dyn FnMut(Seen)) {
        self.own.flush(sink);
        let kind = FrameKind::Note(words);
        sink(Seen::Frame(Observed::new(self.newest, NodeId(0), None, kind, Place::at(offset, 0))));
    }
}

fn packets(count: u64) -> String {
    if count == 1 { "1 packet was".into() } else { format!("{count} packets were") }
}

fn first_comment(options: Options<'_>) -> Option<String> {
    options.comments().next().map(|text| String::from_utf8_lossy(text).into_owned())
}

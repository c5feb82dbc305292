//! Capture files read as they come: bytes in any pieces in, packets and blocks with their file offsets out.

use super::block::{self, ByteOrder, Options};
use super::link::LinkType;
use crate::model::Timestamp;

/// The most bytes of one block or packet that are read: Wireshark's own bound. A longer one is passed over, with a note.
pub const BLOCK_LIMIT: usize = 16 * 1024 * 1024;

/// The most interfaces of a section. A hostile file could declare one with every 20 bytes.
pub const INTERFACE_LIMIT: usize = 65_536;

/// Bytes read and done with before the buffer is moved together.
const READ_BEFORE_MOVING: usize = 256 * 1024;

/// What stands around a pcapng block's body: type and length before it, length after it.
const BLOCK_EDGES: usize = 12;

/// The header of a pcap file.
const PCAP_HEADER: usize = 24;

/// Something in a capture file.
#[derive(Debug)]
pub struct Item<'a> {
    /// Where in the file it begins.
    pub offset: u64,
    /// All its bytes, as they stand there; none of what is passed over.
    pub bytes: &'a [u8],
    /// What it is.
    pub what: What<'a>,
}

/// The things in a capture file.
#[derive(Debug)]
pub enum What<'a> {
    /// A section of a pcapng file begins; interfaces are counted from 0 again.
    Section(Options<'a>),
    /// An interface packets were captured on.
    Interface(Interface<'a>),
    /// A packet.
    Packet(Packet<'a>),
    /// Any other block, known or not, with its body.
    Block(Block<'a>),
    /// What could not be read, in words.
    Trouble(String),
}

/// An interface packets were captured on.
#[derive(Debug)]
pub struct Interface<'a> {
    /// Its number in the section.
    pub number: u32,
    /// What its packets begin with.
    pub link: LinkType,
    /// Its options.
    pub options: Options<'a>,
}

/// A captured packet.
#[derive(Debug)]
pub struct Packet<'a> {
    /// The interface's number in the section.
    pub interface: u32,
    /// What it begins with.
    pub link: LinkType,
    /// When it was captured; of a block without a time, when the one before was.
    pub at: Timestamp,
    /// What was captured of it.
    pub data: &'a [u8],
    /// Where in the file the data begins.
    pub place: u64,
    /// How long it was on the wire.
    pub length: u32,
    /// Its options.
    pub options: Options<'a>,
}

/// A block that is no packet.
#[derive(Debug)]
pub struct Block<'a> {
    /// Its type: [`block::NAMES`], [`block::SECRETS`] or any other.
    pub kind: u32,
    /// What is between its lengths.
    pub body: &'a [u8],
    /// The section's byte order.
    pub order: ByteOrder,
}

/// Reads pcapng and pcap files of both byte orders, in any pieces.
#[derive(Debug)]
pub struct Reader {
    buffer: Vec<u8>,
    /// Bytes of the buffer that are done with.
    start: usize,
    /// Where in the file `start` is.
    offset: u64,
    /// Bytes to pass over.
    skip: u64,
    format: Format,
    clocks: Vec<Clock>,
    last: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    /// Nothing has been read yet.
    Unknown,
    Pcapng(ByteOrder),
    Pcap(ByteOrder, PcapStyle),
    /// Nothing more can be read.
    Over,
}

/// Of a pcap file: the length of a record's header, and the nanoseconds in one unit of a time's fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct PcapStyle {
    header: usize,
    fraction: i64,
}

/// How one interface's packets are read.
#[derive(Debug, Clone, Copy)]
struct Clock {
    link: LinkType,
    snap_length: u32,
    units: Units,
    offset: i64,
}

#[derive(Debug, Clone, Copy)]
enum Units {
    /// So many nanoseconds each.
    Nanoseconds(u64),
    /// So many a second.
    PerSecond(u128),
}

/// A part of the buffer that has been taken out whole.
struct Taken {
    offset: u64,
    start: usize,
    end: usize,
}

/// What was found next: a block of a kind, a record of a pcap file, its header, or words.
enum Found {
    Block(u32, ByteOrder, Taken),
    Record(ByteOrder, PcapStyle, Taken),
    Header(ByteOrder, Taken),
    Trouble(u64, String),
}

/// Bytes by which [`is_capture`] knows a capture.
pub const MAGIC: usize = 4;

/// Whether a file that begins so is a capture.
pub fn is_capture(beginning: &[u8]) -> bool {
    let magic = beginning.first_chunk::<MAGIC>();
    magic.is_some_and(|magic| u32::from_le_bytes(*magic) == block::SECTION || pcap_style(*magic).is_some())
}

impl Default for Reader {
    fn default() -> Self {
        Self::new()
    }
}

impl Reader {
    /// Nothing read yet.
    pub fn new() -> Self {
        let (buffer, clocks) = (Vec::new(), Vec::new());
        Self { buffer, start: 0, offset: 0, skip: 0, format: Format::Unknown, clocks, last: Timestamp(0) }
    }

    /// Takes the next bytes of the file. Read all items there are before pushing more, so that memory stays bounded.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.format == Format::Over {
            return;
        }
        if self.start == self.buffer.len() {
            self.buffer.clear();
            self.start = 0;
        } else if self.start > READ_BEFORE_MOVING && self.start > self.buffer.len() / 2 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next item that has come whole; None until more is pushed.
    #[expect(clippy::should_implement_trait, reason = "the item borrows from the reader, as no Iterator's can")]
    pub fn next(&mut self) -> Option<Item<'_>> {
        match self.find()? {
            Found::Trouble(offset, words) => Some(Item { offset, bytes: &[], what: What::Trouble(words) }),
            Found::Header(order, taken) => {
                let bytes = &self.buffer[taken.start..taken.end];
                let link = LinkType(order.u32(bytes, 20) & 0xffff);
                let interface = Interface { number: 0, link, options: Options::new(&[], order) };
                Some(Item { offset: taken.offset, bytes, what: What::Interface(interface) })
            }
            Found::Record(order, style, taken) => Some(self.record(order, style, &taken)),
            Found::Block(kind, order, taken) => Some(self.block(kind, order, &taken)),
        }
    }

    /// The file has ended: what is missing of it, if it ended in the middle.
    pub fn finish(&mut self) -> Option<Item<'static>> {
        let left = self.buffer.len() - self.start;
        let was = std::mem::replace(&mut self.format, Format::Over);
        if was == Format::Over || (left == 0 && self.skip == 0) {
            return None;
        }
        let words = if was == Format::Unknown {
            "this is no capture file; pcapng and pcap can be read".to_owned()
        } else {
            format!("the file ends in the middle of a packet or block, {left} bytes after its beginning")
        };
        Some(Item { offset: self.offset, bytes: &[], what: What::Trouble(words) })
    }

    /// Whether anything of a capture was found so far.
    pub fn is_capture(&self) -> bool {
        self.offset > 0
    }

    fn unread(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    fn take(&mut self, length: usize) -> Taken {
        let taken = Taken { offset: self.offset, start: self.start, end: self.start + length };
        self.start += length;
        self.offset += length as u64;
        taken
    }

    fn give_up(&mut self, why: String) -> Found {
        self.format = Format::Over;
        self.buffer = Vec::new();
        self.start = 0;
        Found::Trouble(self.offset, why)
    }

    fn find(&mut self) -> Option<Found> {
        if self.skip > 0 {
            let now = self.unread().len().min(usize::try_from(self.skip).unwrap_or(usize::MAX));
            self.take(now);
            self.skip -= now as u64;
        }
        match self.format {
            Format::Over => None,
            Format::Unknown => self.find_format(),
            Format::Pcapng(order) => self.find_block(order),
            Format::Pcap(order, style) => self.find_record(order, style),
        }
    }

    fn find_format(&mut self) -> Option<Found> {
        let magic = *self.unread().first_chunk::<4>()?;
        if u32::from_le_bytes(magic) == block::SECTION {
            return self.find_block(ByteOrder::Little);
        }
        let Some((order, style)) = pcap_style(magic) else {
            return Some(self.give_up(if magic.starts_with(&[0x1f, 0x8b]) {
                "this is compressed; it has to be uncompressed first".into()
            } else {
                "this is no capture file; pcapng and pcap can be read".into()
            }));
        };
        if self.unread().len() < PCAP_HEADER {
            return None;
        }
        self.format = Format::Pcap(order, style);
        let taken = self.take(PCAP_HEADER);
        let header = &self.buffer[taken.start..taken.end];
        let link = LinkType(order.u32(header, 20) & 0xffff);
        let units = Units::Nanoseconds(style.fraction as u64);
        self.clocks = vec![Clock { link, snap_length: order.u32(header, 16), units, offset: 0 }];
        Some(Found::Header(order, taken))
    }

    fn find_block(&mut self, order: ByteOrder) -> Option<Found> {
        let unread = self.unread();
        if unread.len() < BLOCK_EDGES {
            return None;
        }
        let kind = order.u32(unread, 0);
        let order = if kind == block::SECTION {
            match (ByteOrder::Little.u32(unread, 8), ByteOrder::Big.u32(unread, 8)) {
                (block::ORDER_MAGIC, _) => ByteOrder::Little,
                (_, block::ORDER_MAGIC) => ByteOrder::Big,
                _ => {
                    return Some(
                        self.give_up("the section's byte-order mark is wrong; nothing more can be read".into()),
                    );
                }
            }
        } else {
            order
        };
        let length = order.u32(unread, 4) as usize;
        if length < BLOCK_EDGES || !length.is_multiple_of(4) {
            let why = format!("a block of {length} bytes cannot be; nothing more can be read");
            return Some(self.give_up(why));
        }
        if length > BLOCK_LIMIT {
            self.skip = length as u64;
            self.format = Format::Pcapng(order);
            return Some(Found::Trouble(self.offset, format!("a block of {length} bytes is left out")));
        }
        if unread.len() < length {
            return None;
        }
        let after = order.u32(unread, length - 4) as usize;
        if after != length {
            let why = format!("a block says it has {length} bytes and then {after}; nothing more can be read");
            return Some(self.give_up(why));
        }
        self.format = Format::Pcapng(order);
        Some(Found::Block(kind, order, self.take(length)))
    }

    fn find_record(&mut self, order: ByteOrder, style: PcapStyle) -> Option<Found> {
        let unread = self.unread();
        if unread.len() < style.header {
            return None;
        }
        let length = order.u32(unread, 8) as usize;
        if length > BLOCK_LIMIT {
            return Some(self.give_up(format!("a packet of {length} bytes cannot be; nothing more can be read")));
        }
        let whole = style.header + length;
        (unread.len() >= whole).then(|| Found::Record(order, style, self.take(whole)))
    }

    fn record(&mut self, order: ByteOrder, style: PcapStyle, taken: &Taken) -> Item<'_> {
        let bytes = &self.buffer[taken.start..taken.end];
        let seconds = i64::from(order.u32(bytes, 0));
        let at = seconds * 1_000_000_000 + i64::from(order.u32(bytes, 4)) * style.fraction;
        let packet = Packet {
            interface: 0,
            link: self.clocks.first().map_or(LinkType(0), |clock| clock.link),
            at: Timestamp(at),
            data: &bytes[style.header..],
            place: taken.offset + style.header as u64,
            length: order.u32(bytes, 12),
            options: Options::new(&[], order),
        };
        Item { offset: taken.offset, bytes, what: What::Packet(packet) }
    }

    fn block(&mut self, kind: u32, order: ByteOrder, taken: &Taken) -> Item<'_> {
        let body = taken.start + 8..taken.end - 4;
        match kind {
            block::SECTION => self.clocks.clear(),
            block::INTERFACE if self.clocks.len() >= INTERFACE_LIMIT => {
                let words = format!("more than {INTERFACE_LIMIT} interfaces; this one is left out");
                return Item { offset: taken.offset, bytes: &[], what: What::Trouble(words) };
            }
            block::INTERFACE if body.len() >= 8 => self.clocks.push(Clock::of(&self.buffer[body.clone()], order)),
            block::PACKET | block::OLD_PACKET => {
                let body = &self.buffer[body.clone()];
                let interface = interface_of(kind, body, order);
                if let Some(clock) = self.clocks.get(interface as usize) {
                    let ticks = u64::from(order.u32(body, 4)) << 32 | u64::from(order.u32(body, 8));
                    self.last = clock.moment(ticks);
                }
            }
            _ => {}
        }
        let body = &self.buffer[body];
        let what = match kind {
            block::SECTION => What::Section(Options::new(body.get(16..).unwrap_or_default(), order)),
            block::INTERFACE if body.len() < 8 => What::Trouble("an interface without its link type".into()),
            block::INTERFACE => What::Interface(Interface {
                number: self.clocks.len() as u32 - 1,
                link: LinkType(u32::from(order.u16(body, 0))),
                options: Options::new(&body[8..], order),
            }),
            block::PACKET | block::OLD_PACKET | block::SIMPLE_PACKET => {
                self.packet(kind, body, order, taken.offset + 8).unwrap_or_else(What::Trouble)
            }
            kind => What::Block(Block { kind, body, order }),
        };
        Item { offset: taken.offset, bytes: &self.buffer[taken.start..taken.end], what }
    }

    fn packet<'a>(&self, kind: u32, body: &'a [u8], order: ByteOrder, place: u64) -> Result<What<'a>, String> {
        let interface = interface_of(kind, body, order);
        let Some(clock) = self.clocks.get(interface as usize) else {
            return Err(format!("a packet of interface {interface}, which the file does not describe"));
        };
        let (header, captured, length) = if kind == block::SIMPLE_PACKET {
            let length = order.u32(body, 0);
            let snap = if clock.snap_length == 0 { u32::MAX } else { clock.snap_length };
            (4, length.min(snap).min(body.len().saturating_sub(4) as u32), length)
        } else {
            (20, order.u32(body, 12), order.u32(body, 16))
        };
        let captured = captured as usize;
        let Some(data) = body.get(header..).and_then(|rest| rest.get(..captured)) else {
            return Err(format!("a packet of {captured} bytes in a block of {}", body.len()));
        };
        let options = match kind {
            block::SIMPLE_PACKET => &[],
            _ => body.get(header + block::padded(captured)..).unwrap_or_default(),
        };
        Ok(What::Packet(Packet {
            interface,
            link: clock.link,
            at: self.last,
            data,
            place: place + header as u64,
            length,
            options: Options::new(options, order),
        }))
    }
}

fn interface_of(kind: u32, body: &[u8], order: ByteOrder) -> u32 {
    match kind {
        block::PACKET => order.u32(body, 0),
        block::OLD_PACKET => u32::from(order.u16(body, 0)),
        _ => 0,
    }
}

/// The four bytes a pcap file begins with: tcpdump's, those with nanoseconds, and Kuznetzov's with longer records.
fn pcap_style(magic: [u8; 4]) -> Option<(ByteOrder, PcapStyle)> {
    let orders = [(ByteOrder::Little, u32::from_le_bytes(magic)), (ByteOrder::Big, u32::from_be_bytes(magic))];
    orders.into_iter().find_map(|(order, magic)| {
        let (header, fraction) = match magic {
            0xA1B2_C3D4 => (16, 1000),
            0xA1B2_3C4D => (16, 1),
            0xA1B2_CD34 => (24, 1000),
            _ => return None,
        };
        Some((order, PcapStyle { header, fraction }))
    })
}

impl Clock {
    fn of(body: &[u8], order: ByteOrder) -> Self {
        let options = Options::new(body.get(8..).unwrap_or_default(), order);
        let resolution = options.find(block::TIME_RESOLUTION).and_then(|value| value.first()).copied().unwrap_or(6);
        Self {
            link: LinkType(u32::from(order.u16(body, 0))),
            snap_length: order.u32(body, 4),
            units: Units::of(resolution),
            offset: options.u64(block::TIME_OFFSET).unwrap_or(0) as i64,
        }
    }

    /// The moment so many units after the beginning; the nearest there is, when the file says an absurd one.
    fn moment(&self, ticks: u64) -> Timestamp {
        let nanoseconds = match self.units {
            Units::Nanoseconds(each) => i128::from(ticks) * i128::from(each),
            Units::PerSecond(units) => (u128::from(ticks).saturating_mul(1_000_000_000) / units) as i128,
        };
        let moment = nanoseconds + i128::from(self.offset) * 1_000_000_000;
        Timestamp(i64::try_from(moment).unwrap_or(if moment < 0 { i64::MIN } else { i64::MAX }))
    }
}

impl Units {
    /// Of the option `if_tsresol`: a negative power of 10, or of 2 when the highest bit is set.
    fn of(resolution: u8) -> Self {
        let power = u32::from(resolution & 0x7f);
        if resolution & 0x80 == 0 && power <= 9 {
            return Units::Nanoseconds(10_u64.pow(9 - power));
        }
        let base = if resolution & 0x80 == 0 { 10_u128 } else { 2 };
        Units::PerSecond(base.checked_pow(power).unwrap_or(u128::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(reader: &mut Reader, bytes: &[u8], piece: usize) -> Vec<String> {
        let mut told = Vec::new();
        for piece in bytes.chunks(piece) {
            reader.push(piece);
            while let Some(item) = reader.next() {
                told.push(words(&item));
            }
        }
        told.extend(reader.finish().map(|item| words(&item)));
        told
    }

    fn words(item: &Item<'_>) -> String {
        let what = match &item.what {
            What::Section(_) => "section".to_owned(),
            What::Interface(interface) => format!("interface {} link {}", interface.number, interface.link.0),
            What::Packet(packet) => format!("packet {:?} {} at {}", packet.data, packet.length, packet.at.0),
            What::Block(block) => format!("block {:#x} {}", block.kind, block.body.len()),
            What::Trouble(words) => words.clone(),
        };
        format!("{}: {what}", item.offset)
    }

    fn block(order: ByteOrder, kind: u32, body: &[u8]) -> Vec<u8> {
        let number = |value: u32| match order {
            ByteOrder::Little => value.to_le_bytes(),
            ByteOrder::Big => value.to_be_bytes(),
        };
        let length = number((12 + body.len()) as u32);
        [&number(kind), &length, body, &length].concat()
    }

    fn big(numbers: &[u32]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
    }

    #[test]
    fn pcap_of_every_magic_is_read_in_any_pieces() {
        for (magic, extra, fraction) in [(0xA1B2_C3D4, 0, 1000), (0xA1B2_3C4D, 0, 1), (0xA1B2_CD34, 2, 1000)] {
            let extra = vec![0; extra];
            let record = [&[3, 5, 4, 60][..], &extra, &[0x0102_0304]].concat();
            let file = big(&[&[magic, 0x0002_0004, 0, 0, 65535, 101][..], &record].concat());
            let at = 3_000_000_000_i64 + 5 * fraction;
            let packet = format!("24: packet [1, 2, 3, 4] 60 at {at}");
            for piece in 1..file.len() {
                let told = all(&mut Reader::new(), &file, piece);
                assert_eq!(told, ["0: interface 0 link 101".to_owned(), packet.clone()]);
            }
            let cut = all(&mut Reader::new(), &file[..file.len() - 1], 7);
            let left = file.len() - 25;
            let end = format!("24: the file ends in the middle of a packet or block, {left} bytes after its beginning");
            assert_eq!(cut[1..], [end]);
        }
    }

    #[test]
    fn sections_of_either_byte_order_and_all_packet_blocks_are_read() {
        let big_section = block(ByteOrder::Big, block::SECTION, &big(&[block::ORDER_MAGIC, 0x0001_0000, !0, !0]));
        // Interface: link 228, snap length 3, resolution 2^-1, ten seconds on.
        let options = big(&[0x0009_0001, 0x8100_0000, 0x000E_0008, 0, 10, 0]);
        let interface = [big(&[228 << 16, 3]), options].concat();
        let enhanced = big(&[0, 0, 3, 2, 9, 0xAABB_0000]);
        let old = big(&[0, 0, 5, 2, 9, 0xAABB_0000]);
        let simple = big(&[9, 0xAABB_CC00]);
        let unknown = big(&[7]);
        let mut file = big_section;
        for (kind, body) in [(1, &interface), (6, &enhanced), (2, &old), (3, &simple), (0x77, &unknown)] {
            file.extend(block(ByteOrder::Big, kind, body));
        }
        let second = [block::ORDER_MAGIC, 1, !0, !0].iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>();
        file.extend(block(ByteOrder::Little, block::SECTION, &second));
        file.extend(block(ByteOrder::Little, block::PACKET, &[0; 20]));
        for piece in [1, 3, 4, 64, 1000] {
            let told = all(&mut Reader::new(), &file, piece);
            assert_eq!(
                told,
                [
                    "0: section",
                    "28: interface 0 link 228",
                    "72: packet [170, 187] 9 at 11500000000",
                    "108: packet [170, 187] 9 at 12500000000",
                    "144: packet [170, 187, 204] 9 at 12500000000",
                    "164: block 0x77 4",
                    "180: section",
                    "208: a packet of interface 0, which the file does not describe",
                ]
            );
        }
    }

    #[test]
    fn absurd_lengths_end_the_reading_or_are_passed_over_without_memory() {
        let section = block(ByteOrder::Big, block::SECTION, &big(&[block::ORDER_MAGIC, 0x0001_0000, !0, !0]));
        let told = all(&mut Reader::new(), &[section.clone(), big(&[6, 13, 0, 0])].concat(), 5);
        assert_eq!(told[1], "28: a block of 13 bytes cannot be; nothing more can be read");
        let told = all(&mut Reader::new(), &[section.clone(), big(&[6, 16, 0, 20])].concat(), 5);
        assert_eq!(told[1], "28: a block says it has 16 bytes and then 20; nothing more can be read");
        let mut reader = Reader::new();
        let huge = big(&[99, 0x7fff_fff0, 0, 0]);
        assert_eq!(all(&mut reader, &[section, huge].concat(), 5)[1], "28: a block of 2147483632 bytes is left out");
        assert!(reader.buffer.capacity() < 1000);
        assert_eq!(all(&mut Reader::new(), b"hello", 5), ["0: this is no capture file; pcapng and pcap can be read"]);
        assert_eq!(all(&mut Reader::new(), b"hel", 5), ["0: this is no capture file; pcapng and pcap can be read"]);
        assert_eq!(all(&mut Reader::new(), b"", 5), [""; 0]);
    }

    #[test]
    fn times_beyond_what_can_be_said_are_the_nearest_that_can() {
        let clock =
            |resolution, offset| Clock { link: LinkType(1), snap_length: 0, units: Units::of(resolution), offset };
        assert_eq!(clock(9, 0).moment(7), Timestamp(7));
        assert_eq!(clock(6, 0).moment(7), Timestamp(7000));
        assert_eq!(clock(0, 0).moment(7), Timestamp(7_000_000_000));
        assert_eq!(clock(12, 0).moment(7_000), Timestamp(7));
        assert_eq!(clock(6, 0).moment(u64::MAX), Timestamp(i64::MAX));
        assert_eq!(clock(6, i64::MIN).moment(0), Timestamp(i64::MIN));
        assert_eq!(clock(0xff, 0).moment(u64::MAX), Timestamp(0));
        assert_eq!(clock(0x7f, 0).moment(u64::MAX), Timestamp(0));
    }
}

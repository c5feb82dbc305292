//! pcapng's blocks and their options, as they lie in the bytes (draft-ietf-opsawg-pcapng).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Section Header Block; its type reads the same in both byte orders.
pub const SECTION: u32 = 0x0A0D_0D0A;
/// Interface Description Block.
pub const INTERFACE: u32 = 1;
/// Packet Block, obsolete.
pub const OLD_PACKET: u32 = 2;
/// Simple Packet Block.
pub const SIMPLE_PACKET: u32 = 3;
/// Name Resolution Block.
pub const NAMES: u32 = 4;
/// Interface Statistics Block.
pub const STATISTICS: u32 = 5;
/// Enhanced Packet Block.
pub const PACKET: u32 = 6;
/// systemd Journal Export Block.
pub const JOURNAL: u32 = 9;
/// Decryption Secrets Block.
pub const SECRETS: u32 = 10;
/// The sort of secrets in a Decryption Secrets Block that is a TLS key log.
pub const TLS_KEY_LOG: u32 = 0x544C_534B;
/// Custom Block, to be copied; with [`CUSTOM_KEPT`] not to be copied.
pub const CUSTOM: u32 = 0x0BAD;
/// Custom Block that a program which changes the file leaves out.
pub const CUSTOM_KEPT: u32 = 0x4000_0BAD;
/// When frames had arrived: a block of wirelab's own, of a type reserved for local use (bit 31 set). Its body is pairs of
/// 64-bit numbers: a frame's number, and nanoseconds since 1970.
pub const ARRIVALS: u32 = 0x8057_4C01;

/// `opt_comment`, UTF-8.
pub const COMMENT: u16 = 1;
/// `if_name`, UTF-8.
pub const IF_NAME: u16 = 2;
/// The record of a Name Resolution Block with an IPv6 address.
pub const NAME_IPV6: u16 = 2;
/// `shb_userappl`, UTF-8.
pub const APPLICATION: u16 = 4;
/// `epb_flags`: bits 0 and 1 are 01 for inbound and 10 for outbound.
pub const PACKET_FLAGS: u16 = 2;
/// `epb_dropcount`, 64 bits: packets lost between the one before of the interface and this.
pub const PACKETS_LOST: u16 = 4;
/// `epb_packetid`, 64 bits.
pub const PACKET_ID: u16 = 5;
/// `if_tsresol`.
pub const TIME_RESOLUTION: u16 = 9;
/// `if_tsoffset`, seconds.
pub const TIME_OFFSET: u16 = 14;
/// `isb_ifrecv`, 64 bits: packets that came on the interface.
pub const RECEIVED: u16 = 4;
/// `isb_ifdrop`, 64 bits: packets lost by the interface, for want of room.
pub const LOST_BY_INTERFACE: u16 = 5;
/// `isb_osdrop`, 64 bits: packets lost by the operating system.
pub const LOST_BY_SYSTEM: u16 = 7;

/// The value of a section's byte-order magic.
pub const ORDER_MAGIC: u32 = 0x1A2B_3C4D;

/// Which byte of a number comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteOrder {
    /// The least.
    Little,
    /// The most.
    Big,
}

impl ByteOrder {
    /// 16 bits at `at`; 0 beyond the end.
    #[inline]
    pub fn u16(self, bytes: &[u8], at: usize) -> u16 {
        let raw = fixed(bytes, at);
        match self {
            ByteOrder::Little => u16::from_le_bytes(raw),
            ByteOrder::Big => u16::from_be_bytes(raw),
        }
    }

    /// 32 bits at `at`; 0 beyond the end.
    #[inline]
    pub fn u32(self, bytes: &[u8], at: usize) -> u32 {
        let raw = fixed(bytes, at);
        match self {
            ByteOrder::Little => u32::from_le_bytes(raw),
            ByteOrder::Big => u32::from_be_bytes(raw),
        }
    }

    /// 64 bits at `at`; 0 beyond the end.
    #[inline]
    pub fn u64(self, bytes: &[u8], at: usize) -> u64 {
        let raw = fixed(bytes, at);
        match self {
            ByteOrder::Little => u64::from_le_bytes(raw),
            ByteOrder::Big => u64::from_be_bytes(raw),
        }
    }
}

#[inline]
fn fixed<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes.get(at..at + N).and_then(|part| part.try_into().ok()).unwrap_or([0; N])
}

/// A length rounded up to 32 bits, as values in pcapng are padded.
pub fn padded(length: usize) -> usize {
    length.div_ceil(4) * 4
}

/// The options at the end of a block; what is cut or too long ends them.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    bytes: &'a [u8],
    order: ByteOrder,
}

impl<'a> Options<'a> {
    /// The options in `bytes`.
    #[inline]
    pub fn new(bytes: &'a [u8], order: ByteOrder) -> Self {
        Self { bytes, order }
    }

    /// The first option of that code.
    pub fn find(self, code: u16) -> Option<&'a [u8]> {
        self.into_iter().find_map(|(found, value)| (found == code).then_some(value))
    }

    /// The first option of that code, as text.
    pub fn text(self, code: u16) -> Option<String> {
        self.find(code).map(|value| String::from_utf8_lossy(value).into_owned())
    }

    /// The first option of that code, as a number of 32 bits.
    pub fn u32(self, code: u16) -> Option<u32> {
        self.find(code).filter(|value| value.len() >= 4).map(|value| self.order.u32(value, 0))
    }

    /// The first option of that code, as a number of 64 bits.
    pub fn u64(self, code: u16) -> Option<u64> {
        self.find(code).filter(|value| value.len() >= 8).map(|value| self.order.u64(value, 0))
    }

    /// All comments.
    pub fn comments(self) -> impl Iterator<Item = &'a [u8]> {
        self.into_iter().filter(|(code, _)| *code == COMMENT).map(|(_, value)| value)
    }
}

impl<'a> IntoIterator for Options<'a> {
    type Item = (u16, &'a [u8]);
    type IntoIter = OptionIter<'a>;

    fn into_iter(self) -> OptionIter<'a> {
        OptionIter(self)
    }
}

/// Options one by one: code and value.
#[derive(Debug, Clone)]
pub struct OptionIter<'a>(Options<'a>);

impl<'a> Iterator for OptionIter<'a> {
    type Item = (u16, &'a [u8]);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let Options { bytes, order } = self.0;
        if bytes.len() < 4 {
            return None;
        }
        let (code, length) = (order.u16(bytes, 0), usize::from(order.u16(bytes, 2)));
        let value = bytes.get(4..4 + length).filter(|_| code != 0)?;
        self.0.bytes = bytes.get(4 + padded(length)..).unwrap_or_default();
        Some((code, value))
    }
}

/// The addresses and names in the body of a Name Resolution Block.
pub fn names(body: &[u8], order: ByteOrder) -> Vec<(IpAddr, String)> {
    let records = Options::new(body, order).into_iter();
    records
        .filter_map(|(code, value)| {
            let (address, rest) = match code {
                1 => (IpAddr::from(Ipv4Addr::from(*value.first_chunk::<4>()?)), &value[4..]),
                2 => (IpAddr::from(Ipv6Addr::from(*value.first_chunk::<16>()?)), &value[16..]),
                _ => return None,
            };
            let name = rest.split(|byte| *byte == 0).next().unwrap_or_default();
            Some((address, String::from_utf8_lossy(name).into_owned()))
        })
        .collect()
}

/// The value of a field in a journal entry (systemd's Journal Export Format).
pub fn journal_field<'a>(entry: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let mut rest = entry;
    while !rest.is_empty() {
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let (line, after) = (&rest[..end], rest.get(end + 1..).unwrap_or_default());
        if let Some(equals) = memchr::memchr(b'=', line) {
            if &line[..equals] == name.as_bytes() {
                return Some(&line[equals + 1..]);
            }
            rest = after;
            continue;
        }
        // A binary value: its length in 64 bits little-endian, the bytes, a line feed.
        let length = after.first_chunk::<8>().map(|raw| u64::from_le_bytes(*raw)).filter(|_| !line.is_empty());
        let Some(length) = length.and_then(|length| usize::try_from(length).ok()) else {
            rest = after;
            continue;
        };
        let value = after[8..].get(..length)?;
        if line == name.as_bytes() {
            return Some(value);
        }
        rest = after[8..].get(length + 1..).unwrap_or_default();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_end_where_they_are_cut_or_too_long() {
        let bytes = [1, 0, 2, 0, b'h', b'i', 0, 0, 5, 0, 8, 0, 7, 0, 0, 0, 0, 0, 0, 0, 2, 0, 255, 255, 1];
        let options = Options::new(&bytes, ByteOrder::Little);
        assert_eq!(options.text(COMMENT).as_deref(), Some("hi"));
        assert_eq!(options.u64(PACKET_ID), Some(7));
        assert_eq!(options.into_iter().count(), 2);
        assert_eq!(Options::new(&bytes[..5], ByteOrder::Little).find(COMMENT), None);
    }

    #[test]
    fn a_journal_entry_gives_plain_and_binary_fields() {
        let mut entry = b"A=1\nTEXT\n".to_vec();
        entry.extend(3_u64.to_le_bytes());
        entry.extend(b"x\ny\nB=2\n\0\0");
        assert_eq!(journal_field(&entry, "A"), Some(&b"1"[..]));
        assert_eq!(journal_field(&entry, "TEXT"), Some(&b"x\ny"[..]));
        assert_eq!(journal_field(&entry, "B"), Some(&b"2"[..]));
        assert_eq!(journal_field(&entry, "C"), None);
        assert_eq!(journal_field(b"HUGE\n\xff\xff\xff\xff\xff\xff\xff\xff", "C"), None);
    }

    #[test]
    fn names_are_read_with_their_addresses() {
        let body = [1, 0, 8, 0, 127, 0, 0, 1, b'l', b'a', b'b', 0, 0, 0, 0, 0];
        assert_eq!(names(&body, ByteOrder::Little), [(IpAddr::from([127, 0, 0, 1]), "lab".to_owned())]);
    }
}

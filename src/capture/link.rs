//! Link types: what stands before the IP packet (tcpdump.org/linktypes.html).

use std::ops::Range;

/// What an interface's packets begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LinkType(pub u32);

impl LinkType {
    /// BSD loopback: the family in the capturing machine's byte order.
    pub const NULL: LinkType = LinkType(0);
    /// Ethernet.
    pub const ETHERNET: LinkType = LinkType(1);
    /// PPP, with or without the two bytes of HDLC-like framing.
    pub const PPP: LinkType = LinkType(9);
    /// IPv4 or IPv6 with nothing before it.
    pub const RAW: LinkType = LinkType(101);
    /// OpenBSD loopback: the family in network byte order.
    pub const LOOP: LinkType = LinkType(108);
    /// Linux "cooked".
    pub const LINUX_SLL: LinkType = LinkType(113);
    /// IPv4 with nothing before it.
    pub const IPV4: LinkType = LinkType(228);
    /// IPv6 with nothing before it.
    pub const IPV6: LinkType = LinkType(229);
    /// What a program exported, not a network: tags and a message.
    pub const UPPER_PDU: LinkType = LinkType(252);
    /// Linux "cooked", version 2.
    pub const LINUX_SLL2: LinkType = LinkType(276);
    /// What RAW was on some systems before it had a number for all.
    const OLD_RAW: [LinkType; 2] = [LinkType(12), LinkType(14)];

    /// Whether IP packets are found in it.
    pub fn is_read(self) -> bool {
        let read = [
            Self::NULL,
            Self::ETHERNET,
            Self::PPP,
            Self::RAW,
            Self::LOOP,
            Self::LINUX_SLL,
            Self::IPV4,
            Self::IPV6,
            Self::LINUX_SLL2,
        ];
        read.contains(&self) || Self::OLD_RAW.contains(&self)
    }

    /// What it is called, with its number.
    pub fn words(self) -> String {
        let name = match self.0 {
            0 | 108 => "BSD loopback",
            1 => "Ethernet",
            101 | 228 | 229 => "raw IP",
            113 | 276 => "Linux cooked",
            50 => "PPP in HDLC-like framing, serial",
            105 => "IEEE 802.11",
            127 => "IEEE 802.11 with radiotap",
            147..=162 => "of a private use",
            189 | 220 | 249 => "USB",
            187 | 201 => "Bluetooth",
            195 | 215 | 230 => "IEEE 802.15.4",
            227 => "CAN",
            239 => "NFLOG",
            252 => "exported messages",
            _ => return format!("link type {}", self.0),
        };
        format!("link type {} ({name})", self.0)
    }
}

/// Tags of VLANs (IEEE 802.1Q, 802.1ad and older forms of QinQ): four bytes, then the next type.
const VLANS: [u16; 4] = [0x8100, 0x88A8, 0x9100, 0x9200];

/// Frames tagged more often than this are nobody's.
const MOST_TAGS: usize = 8;

const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86DD;
const PPPOE: u16 = 0x8864;

/// Where the IP packet lies in a packet of that length on the wire, of which not all may have been captured.
///
/// # Errors
/// Says what it is instead.
#[inline]
pub fn ip_within(link: LinkType, data: &[u8], length: usize) -> Result<Range<usize>, String> {
    let start = match link {
        LinkType::ETHERNET => return by_type(data, 12, length),
        LinkType::LINUX_SLL => return by_type(data, 14, length),
        LinkType::PPP => by_ppp(data)?,
        LinkType::LINUX_SLL2 if data.len() >= 20 => match u16_at(data, 0) {
            Some(IPV4 | IPV6) => 20,
            kind => return Err(type_name(kind.unwrap_or(0))),
        },
        LinkType::NULL | LinkType::LOOP if data.len() > 4 && is_ip(data[4]) => 4,
        LinkType::RAW | LinkType::IPV4 | LinkType::IPV6 => 0,
        old if LinkType::OLD_RAW.contains(&old) => 0,
        LinkType::NULL | LinkType::LOOP | LinkType::LINUX_SLL2 => return Err("no IP packet".into()),
        other => return Err(format!("{}, which is not read", other.words())),
    };
    Ok(start..length.max(data.len()))
}

fn by_type(data: &[u8], at: usize, length: usize) -> Result<Range<usize>, String> {
    let length = length.max(data.len());
    let mut at = at;
    for _ in 0..MOST_TAGS {
        let Some(kind) = u16_at(data, at) else { return Err("cut before its type".into()) };
        match kind {
            IPV4 | IPV6 => return Ok(at + 2..length),
            // PPPoE's session header, then PPP's two bytes, which its length counts (RFC 2516). What is behind that pads
            // the frame.
            PPPOE if u16_at(data, at + 8).is_some_and(is_ppp_ip) => {
                let end = at + 8 + usize::from(u16_at(data, at + 6).unwrap_or(0));
                return Ok(at + 10..end.clamp(at + 10, length));
            }
            tag if VLANS.contains(&tag) => at += 4,
            other => return Err(type_name(other)),
        }
    }
    Err("too many VLAN tags".into())
}

/// PPP's protocol (RFC 1661), behind an address and a control byte where they are not left out (RFC 1662).
fn by_ppp(data: &[u8]) -> Result<usize, String> {
    let at = if data.starts_with(&[0xff, 3]) { 2 } else { 0 };
    match u16_at(data, at) {
        Some(protocol) if is_ppp_ip(protocol) => Ok(at + 2),
        Some(protocol) => Err(format!("PPP protocol 0x{protocol:04x}")),
        None => Err("cut before its type".into()),
    }
}

fn is_ppp_ip(protocol: u16) -> bool {
    matches!(protocol, 0x0021 | 0x0057)
}

#[inline]
fn u16_at(data: &[u8], at: usize) -> Option<u16> {
    data.get(at..at + 2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
}

fn is_ip(first: u8) -> bool {
    matches!(first >> 4, 4 | 6)
}

fn type_name(kind: u16) -> String {
    match kind {
        0x0806 => "ARP".into(),
        0x8035 => "RARP".into(),
        0x8847 | 0x8848 => "MPLS".into(),
        0x8863 | PPPOE => "PPPoE".into(),
        0x888E => "EAPOL".into(),
        0x88CC => "LLDP".into(),
        length @ 0..0x0600 => format!("IEEE 802.3, {length} bytes"),
        other => format!("ethertype 0x{other:04x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zeros_then(count: usize, bytes: &[u8]) -> Vec<u8> {
        [&vec![0; count], bytes].concat()
    }

    #[test]
    fn ip_is_found_behind_every_link_known() {
        let cases = [
            (LinkType::ETHERNET, zeros_then(12, &[8, 0, 0x45]), 14),
            (LinkType::ETHERNET, zeros_then(12, &[0x81, 0, 0, 5, 0x86, 0xdd, 0x60]), 18),
            (LinkType::ETHERNET, zeros_then(12, &[0x88, 0xa8, 0, 5, 0x81, 0, 0, 6, 8, 0, 0x45]), 22),
            (LinkType::ETHERNET, zeros_then(12, &[0x88, 0x64, 0x11, 0, 0, 1, 0, 3, 0, 0x21, 0x45]), 22),
            (LinkType::LINUX_SLL, zeros_then(14, &[8, 0, 0x45]), 16),
            (LinkType::LINUX_SLL2, [&[8, 0][..], &[0; 18], &[0x45]].concat(), 20),
            (LinkType::NULL, vec![2, 0, 0, 0, 0x45], 4),
            (LinkType::LOOP, vec![0, 0, 0, 24, 0x60], 4),
            (LinkType::RAW, vec![0x45], 0),
            (LinkType::PPP, vec![0xff, 3, 0, 0x21, 0x45], 4),
            (LinkType::PPP, vec![0, 0x57, 0x60], 2),
        ];
        for (link, data, offset) in cases {
            assert!(link.is_read());
            let length = data.len();
            assert_eq!(ip_within(link, &data, length), Ok(offset..length), "{link:?}");
            for cut in 0..data.len() {
                let found = ip_within(link, &data[..cut], length);
                assert!(found.is_err() || found == Ok(offset..length), "{link:?} cut at {cut}");
            }
        }
    }

    #[test]
    fn what_pads_a_frame_behind_the_length_that_pppoe_says_is_left_out() {
        let frame = |said: u8| zeros_then(12, &[0x88, 0x64, 0x11, 0, 0, 1, 0, said, 0, 0x21, 0x45, 0, 0, 0, 0, 0]);
        let found = |said| ip_within(LinkType::ETHERNET, &frame(said), 28);
        assert_eq!([0, 2, 5, 8, 9, 255].map(|said| found(said).unwrap().end), [22, 22, 25, 28, 28, 28]);
    }

    #[test]
    fn what_is_not_ip_is_named() {
        let named = |bytes: &[u8]| ip_within(LinkType::ETHERNET, &zeros_then(12, bytes), 60).unwrap_err();
        assert_eq!(named(&[8, 6]), "ARP");
        assert_eq!(named(&[0, 38]), "IEEE 802.3, 38 bytes");
        assert_eq!(named(&[0x12, 0x34]), "ethertype 0x1234");
        assert_eq!(named(&[0x81, 0, 0, 0].repeat(9)), "too many VLAN tags");
        assert_eq!(ip_within(LinkType(105), &[], 0).unwrap_err(), "link type 105 (IEEE 802.11), which is not read");
    }
}

//! IP packets and what they carry: addresses, fragments, TCP segments and UDP datagrams, however cut.

use std::net::IpAddr;

use etherparse::{IpNumber, Ipv4HeaderSlice, Ipv6ExtensionSlice, LaxIpSlice, UdpHeaderSlice};

const TCP: u8 = 6;
const UDP: u8 = 17;

/// What an IP packet says of itself.
#[derive(Debug, PartialEq, Eq)]
pub struct IpPacket<'a> {
    /// The address it came from.
    pub from: IpAddr,
    /// The address it went to.
    pub to: IpAddr,
    /// The number of the protocol inside.
    pub protocol: u8,
    /// What was captured of the protocol's bytes.
    pub payload: &'a [u8],
    /// How many there were on the wire.
    pub length: usize,
    /// Which part of a datagram it is, when it is not the whole.
    pub fragment: Option<Fragment>,
}

/// A part of a datagram (RFC 791 section 3.2, RFC 8200 section 4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fragment {
    /// The datagram's number.
    pub id: u32,
    /// Where in the datagram it begins.
    pub offset: usize,
    /// Whether another one comes after it.
    pub after: After,
}

/// What comes after a fragment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// More fragments.
    More,
    /// Nothing: it is the last.
    Nothing,
}

/// Reads an IPv4 or IPv6 packet with its extension headers. The link had room for `room` bytes of it, of which not all
/// may have been captured: it is no longer, whatever it says.
///
/// # Errors
/// Says what is wrong with it.
pub fn ip(bytes: &[u8], room: usize) -> Result<IpPacket<'_>, String> {
    let bytes = &bytes[..bytes.len().min(room)];
    ipv4(bytes, room).map_or_else(|| any_ip(bytes, room), Ok)
}

/// Reads an IPv4 packet with nothing between its header and what it carries, as nearly all are.
fn ipv4(bytes: &[u8], room: usize) -> Option<IpPacket<'_>> {
    let header = Ipv4HeaderSlice::from_slice(bytes).ok()?;
    let (start, length) = (header.slice().len(), usize::from(header.total_len()).min(room));
    if length < start || header.protocol() == IpNumber::AUTHENTICATION_HEADER || header.is_fragmenting_payload() {
        return None;
    }
    Some(IpPacket {
        from: header.source_addr().into(),
        to: header.destination_addr().into(),
        protocol: header.protocol().0,
        payload: &bytes[start..length.min(bytes.len())],
        length: length - start,
        fragment: None,
    })
}

fn any_ip(bytes: &[u8], room: usize) -> Result<IpPacket<'_>, String> {
    let (packet, stopped) = LaxIpSlice::from_slice(bytes).map_err(|error| error.to_string())?;
    if let Some((error, _)) = stopped {
        return Err(error.to_string());
    }
    let payload = packet.payload();
    let headers = bytes.len() - super::place::offset_within(bytes, payload.payload).min(bytes.len());
    let before = bytes.len() - headers;
    let (said, fragment) = match &packet {
        LaxIpSlice::Ipv4(packet) => {
            let header = packet.header();
            let offset = usize::from(header.fragments_offset().value()) * 8;
            let after = if header.more_fragments() { After::More } else { After::Nothing };
            let fragment = Fragment { id: u32::from(header.identification()), offset, after };
            (usize::from(header.total_len()), header.is_fragmenting_payload().then_some(fragment))
        }
        LaxIpSlice::Ipv6(packet) => {
            let fragment = packet.extensions().clone().into_iter().find_map(|extension| match extension {
                Ipv6ExtensionSlice::Fragment(part) if part.is_fragmenting_payload() => Some(Fragment {
                    id: part.identification(),
                    offset: usize::from(part.fragment_offset().value()) * 8,
                    after: if part.more_fragments() { After::More } else { After::Nothing },
                }),
                Ipv6ExtensionSlice::Fragment(_)
                | Ipv6ExtensionSlice::HopByHop(_)
                | Ipv6ExtensionSlice::Routing(_)
                | Ipv6ExtensionSlice::DestinationOptions(_)
                | Ipv6ExtensionSlice::Authentication(_) => None,
            });
            let said = usize::from(packet.header().payload_length());
            (if said == 0 { 0 } else { said + IPV6_HEADER }, fragment)
        }
    };
    // 0 stands for a packet too long to say so, as the system hands them to a network card that cuts them.
    let length = if said == 0 { room } else { said.min(room) };
    Ok(IpPacket {
        from: packet.source_addr(),
        to: packet.destination_addr(),
        protocol: payload.ip_number.0,
        payload: payload.payload,
        length: length.saturating_sub(before).max(payload.payload.len()),
        fragment,
    })
}

const IPV6_HEADER: usize = 40;

/// What an IP packet carries.
#[derive(Debug)]
pub enum Carried<'a> {
    /// A TCP segment.
    Tcp(Segment<'a>),
    /// A UDP datagram.
    Udp(UdpDatagram<'a>),
    /// Something else, or something broken; in words.
    Other(String),
}

/// A TCP segment.
#[derive(Debug)]
pub struct Segment<'a> {
    /// The ports it came from and went to.
    pub ports: (u16, u16),
    /// Its sequence number.
    pub sequence: u32,
    /// What it acknowledges.
    pub acknowledged: Option<u32>,
    /// SYN, FIN and RST.
    pub flags: Flags,
    /// What was captured of its payload.
    pub payload: &'a [u8],
    /// How many more bytes were on the wire.
    pub cut: usize,
}

/// The flags that begin and end a TCP conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flags {
    /// It synchronises sequence numbers.
    pub syn: bool,
    /// The sender will send no more.
    pub fin: bool,
    /// The conversation is reset.
    pub rst: bool,
}

/// A UDP datagram.
#[derive(Debug)]
pub struct UdpDatagram<'a> {
    /// The ports it came from and went to.
    pub ports: (u16, u16),
    /// What was captured of its payload.
    pub payload: &'a [u8],
    /// How many more bytes were on the wire.
    pub cut: usize,
}

/// Reads what a whole packet, or a datagram put together of fragments, carries; `length` is how long it was on the wire.
pub fn carried(protocol: u8, bytes: &[u8], length: usize) -> Carried<'_> {
    match protocol {
        TCP => tcp(bytes, length),
        UDP => udp(bytes, length),
        other => Carried::Other(protocol_name(other)),
    }
}

/// The header is read as far as it was captured: what a snap length cuts off are mostly its options.
fn tcp(bytes: &[u8], length: usize) -> Carried<'_> {
    let Some((fixed, _)) = bytes.split_first_chunk::<TCP_HEADER>() else {
        return Carried::Other(format!("TCP, cut to {} bytes", bytes.len()));
    };
    let u16_at = |at: usize| u16::from_be_bytes([fixed[at], fixed[at + 1]]);
    let u32_at = |at: usize| u32::from(u16_at(at)) << 16 | u32::from(u16_at(at + 2));
    let header = usize::from(fixed[12] >> 4) * 4;
    if header < TCP_HEADER || header > length {
        return Carried::Other(format!("TCP, a header of {header} bytes in {length}"));
    }
    let has = |flag: u8| fixed[13] & flag != 0;
    Carried::Tcp(Segment {
        ports: (u16_at(0), u16_at(2)),
        sequence: u32_at(4),
        acknowledged: has(ACK).then(|| u32_at(8)),
        flags: Flags { syn: has(SYN), fin: has(FIN), rst: has(RST) },
        payload: &bytes[header.min(bytes.len())..],
        cut: length.saturating_sub(header.max(bytes.len())),
    })
}

/// A TCP header without options (RFC 9293 section 3.1).
const TCP_HEADER: usize = 20;

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const ACK: u8 = 0x10;

fn udp(bytes: &[u8], length: usize) -> Carried<'_> {
    let Ok(header) = UdpHeaderSlice::from_slice(bytes) else {
        return Carried::Other(format!("UDP, cut to {} bytes", bytes.len()));
    };
    let header_length = header.slice().len();
    // 0 stands for a jumbogram (RFC 2675), and for what a network card was to fill in.
    let said = Some(usize::from(header.length())).filter(|said| *said >= header_length).unwrap_or(length);
    let end = said.min(bytes.len());
    Carried::Udp(UdpDatagram {
        ports: (header.source_port(), header.destination_port()),
        payload: &bytes[header_length..end],
        cut: said.min(length).saturating_sub(end),
    })
}

fn protocol_name(protocol: u8) -> String {
    match protocol {
        1 => "ICMP".into(),
        2 => "IGMP".into(),
        4 => "IPv4 in IP".into(),
        41 => "IPv6 in IP".into(),
        47 => "GRE".into(),
        50 => "ESP".into(),
        58 => "ICMPv6".into(),
        89 => "OSPF".into(),
        132 => "SCTP".into(),
        other => format!("IP protocol {other}"),
    }
}

#[cfg(test)]
mod tests {
    use etherparse::PacketBuilder;

    use super::*;

    fn tcp_packet(payload: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let builder = PacketBuilder::ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64).tcp(1000, 80, 7, 100).ack(9);
        builder.write(&mut bytes, payload).unwrap();
        bytes
    }

    #[test]
    fn a_packet_cut_by_the_snap_length_says_how_much_is_missing() {
        let whole = tcp_packet(b"hello");
        for cut in 0..=5 {
            let bytes = &whole[..whole.len() - cut];
            let packet = ip(bytes, whole.len()).unwrap();
            let Carried::Tcp(segment) = carried(packet.protocol, packet.payload, packet.length) else { panic!() };
            assert_eq!((segment.payload, segment.cut), (&b"hello"[..5 - cut], cut));
            assert_eq!((segment.ports, segment.sequence, segment.acknowledged), ((1000, 80), 7, Some(9)));
        }
    }

    #[test]
    fn a_tcp_header_cut_within_its_options_is_read_all_the_same() {
        let mut bytes = tcp_packet(&[&[1; 12][..], b"hello"].concat());
        bytes[32] = 0x80;
        for (captured, payload, cut) in [(57, "hello", 0), (53, "h", 4), (52, "", 5), (45, "", 5), (40, "", 5)] {
            let packet = ip(&bytes[..captured], bytes.len()).unwrap();
            let Carried::Tcp(segment) = carried(packet.protocol, packet.payload, packet.length) else { panic!() };
            assert_eq!((segment.payload, segment.cut), (payload.as_bytes(), cut), "{captured}");
            assert_eq!((segment.ports, segment.sequence, segment.acknowledged), ((1000, 80), 7, Some(9)));
        }
        let packet = ip(&bytes[..39], bytes.len()).unwrap();
        let told = carried(packet.protocol, packet.payload, packet.length);
        assert!(matches!(told, Carried::Other(name) if name == "TCP, cut to 19 bytes"));
        for header in [0x40, 0xf0] {
            bytes[32] = header;
            let packet = ip(&bytes, bytes.len()).unwrap();
            assert!(matches!(carried(TCP, packet.payload, packet.length), Carried::Other(_)), "{header:x}");
        }
    }

    #[test]
    fn what_pads_a_short_ethernet_frame_is_no_payload() {
        let padded = [tcp_packet(b"hi"), vec![0; 4]].concat();
        let packet = ip(&padded, padded.len()).unwrap();
        let Carried::Tcp(segment) = carried(packet.protocol, packet.payload, packet.length) else { panic!() };
        assert_eq!((segment.payload, segment.cut), (&b"hi"[..], 0));
    }

    #[test]
    fn a_packet_without_a_length_goes_to_the_end_of_what_was_captured() {
        let mut bytes = tcp_packet(b"offloaded");
        bytes[2..4].fill(0);
        let packet = ip(&bytes, bytes.len()).unwrap();
        let Carried::Tcp(segment) = carried(packet.protocol, packet.payload, packet.length) else { panic!() };
        assert_eq!((segment.payload, segment.cut), (&b"offloaded"[..], 0));
    }

    #[test]
    fn a_packet_is_never_longer_than_the_link_had_room_for() {
        let mut bytes = tcp_packet(b"hello");
        let length = bytes.len();
        bytes[2] = 0x89;
        for (captured, room, said) in
            [(length, length, "hello"), (length - 2, length, "hel"), (length, length - 1, "hell")]
        {
            let packet = ip(&bytes[..captured], room).unwrap();
            let Carried::Tcp(segment) = carried(packet.protocol, packet.payload, packet.length) else { panic!() };
            assert_eq!((segment.payload, segment.cut), (said.as_bytes(), room.saturating_sub(captured)));
        }
    }

    #[test]
    fn a_packet_without_a_length_that_was_cut_says_how_much_is_missing() {
        let mut four = tcp_packet(b"offloaded");
        four[2..4].fill(0);
        // IPv6 with a TCP header of 20 bytes and a payload of 8, and no length.
        let mut six = [&[0x60, 0, 0, 0, 0, 0, 6, 64][..], &[1; 32], &[0; 12], &[0x50], &[0; 7], b"jumbos"].concat();
        six.extend([7; 2]);
        for whole in [four, six] {
            let packet = ip(&whole[..whole.len() - 3], whole.len()).unwrap();
            let Carried::Tcp(segment) = carried(packet.protocol, packet.payload, packet.length) else { panic!() };
            assert_eq!(segment.cut, 3);
        }
    }

    #[test]
    fn fragments_are_told_in_both_versions() {
        let mut bytes = tcp_packet(b"12345678");
        bytes[6..8].copy_from_slice(&[0x20, 3]);
        let fragment = ip(&bytes, bytes.len()).unwrap().fragment.unwrap();
        assert_eq!((fragment.offset, fragment.after), (24, After::More));
        // IPv6 with a fragment header: next header UDP, offset 8, last, number 5.
        let mut bytes = vec![0x60, 0, 0, 0, 0, 16, 44, 64];
        bytes.extend([0; 32]);
        bytes.extend([17, 0, 0, 8, 0, 0, 0, 5, 1, 2, 3, 4, 5, 6, 7, 8]);
        let packet = ip(&bytes, bytes.len()).unwrap();
        assert_eq!(packet.fragment, Some(Fragment { id: 5, offset: 8, after: After::Nothing }));
        assert_eq!((packet.protocol, packet.payload.len(), packet.length), (17, 8, 8));
    }

    #[test]
    fn other_protocols_and_broken_headers_are_named() {
        assert!(matches!(carried(58, &[], 0), Carried::Other(name) if name == "ICMPv6"));
        assert!(matches!(carried(17, &[0; 7], 7), Carried::Other(name) if name == "UDP, cut to 7 bytes"));
        assert!(ip(&[0x45, 0], 2).is_err());
        assert!(ip(&[], 0).is_err());
    }
}

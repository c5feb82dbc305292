//! Captures as others make them, and captures made to do harm.

use crate::recording::{pcap, segment};

/// A fragment of a UDP datagram in IPv4 on Ethernet.
pub fn fragment(id: u16, offset: u16, is_last: bool, payload: &[u8]) -> Vec<u8> {
    let mut packet = [&[2; 12][..], &[8, 0]].concat();
    let length = (20 + payload.len()) as u16;
    packet.extend([0x45, 0]);
    packet.extend(length.to_be_bytes());
    packet.extend(id.to_be_bytes());
    packet.extend(((offset / 8) | if is_last { 0 } else { 0x2000 }).to_be_bytes());
    packet.extend([64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    packet.extend(payload);
    packet
}

/// Captures as tcpdump makes them: a conversation out of order, fragments, VLANs, other links.
pub fn captures() -> Vec<Vec<u8>> {
    let (there, back) = ((40_000, 80), (80, 40_000));
    let conversation = vec![
        segment(there, (100, 0), "S", b""),
        segment(back, (900, 101), "SA", b""),
        segment(there, (101, 901), "A", b""),
        segment(there, (106, 901), "A", b"world"),
        segment(there, (101, 901), "A", b"hello"),
        segment(there, (101, 901), "A", b"hello"),
        segment(back, (901, 111), "A", b"good"),
        segment(back, (908, 111), "A", b"bye"),
        segment(there, (111, 911), "FA", b""),
        segment(back, (911, 112), "FA", b""),
        segment(there, (112, 912), "A", b""),
        segment(there, (7, 0), "S", b""),
        segment(back, (0, 8), "RA", b""),
    ];
    let datagram: Vec<u8> = [&[0, 9, 0, 10, 0, 24, 0, 0][..], b"0123456789abcdef"].concat();
    let fragments = vec![
        fragment(5, 16, true, &datagram[16..]),
        fragment(5, 0, false, &datagram[..16]),
        fragment(6, 8, true, &datagram[..8]),
    ];
    let mut tagged = segment(there, (1, 1), "A", b"tagged");
    tagged.splice(12..12, [0x88, 0xA8, 0, 1, 0x81, 0, 0, 2]);
    let arp = [&[0xff; 12][..], &[8, 6], &[0; 28]].concat();
    let bare = |packet: &[u8]| packet[14..].to_vec();
    vec![
        pcap(1, &conversation),
        pcap(1, &[fragments, vec![tagged, arp]].concat()),
        pcap(101, &conversation.iter().map(|packet| bare(packet)).collect::<Vec<_>>()),
        pcap(113, &[[&[0; 14][..], &[8, 0], &bare(&conversation[3])].concat()]),
        pcap(276, &[[&[8, 0][..], &[0; 18], &bare(&conversation[3])].concat()]),
        pcap(0, &[[&[2, 0, 0, 0][..], &bare(&conversation[3])].concat()]),
        pcap(105, &[vec![1, 2, 3]]),
    ]
}

/// Files of so many packets or blocks that are meant to take more time than they have length.
pub fn attacks() -> Vec<fn(usize) -> Vec<u8>> {
    fn packets(count: usize, make: impl Fn(u32) -> Vec<u8>) -> Vec<u8> {
        let packets: Vec<Vec<u8>> = (0..count as u32).map(make).collect();
        pcap(1, &packets)
    }
    fn every_second_byte_backwards(count: usize) -> Vec<u8> {
        packets(count, |number| segment((1, 2), (u32::MAX / 2 - 2 * number, 0), "A", b"x"))
    }
    fn acknowledged_gaps(count: usize) -> Vec<u8> {
        packets(count, |number| match number % 2 {
            0 => segment((1, 2), (10 * number, 0), "A", b"x"),
            _ => segment((2, 1), (0, 10 * number - 5), "A", b""),
        })
    }
    fn conversations_without_end(count: usize) -> Vec<u8> {
        packets(count, |number| segment((number as u16, (number >> 8) as u16), (number, 0), "A", b"x"))
    }
    fn one_beginning_after_another(count: usize) -> Vec<u8> {
        packets(count, |number| segment((1, 2), (7 * number, 0), "S", b""))
    }
    fn fragments_that_never_come_whole(count: usize) -> Vec<u8> {
        packets(count, |number| fragment(number as u16, 8 + (number >> 16) as u16 * 8, false, &[1; 64]))
    }
    fn fragments_that_overlap(count: usize) -> Vec<u8> {
        packets(count, |number| {
            fragment((number / 1000) as u16, (number % 1000) as u16 * 8 + 8, number % 1000 == 999, &[1; 64])
        })
    }
    fn empty_sections(count: usize) -> Vec<u8> {
        let section: Vec<u8> =
            [0x0A0D_0D0A_u32, 28, 0x1A2B_3C4D, 1, !0, !0, 28].iter().flat_map(|n| n.to_le_bytes()).collect();
        [section.repeat(count), vec![1]].concat()
    }
    fn interfaces(count: usize) -> Vec<u8> {
        let section = [0x0A0D_0D0A_u32, 28, 0x1A2B_3C4D, 1, !0, !0, 28];
        let interface = [1_u32, 20, 1, 0, 20];
        let numbers = section.iter().copied().chain(interface.iter().copied().cycle().take(5 * count));
        numbers.flat_map(u32::to_le_bytes).collect()
    }
    vec![
        every_second_byte_backwards,
        acknowledged_gaps,
        conversations_without_end,
        one_beginning_after_another,
        fragments_that_never_come_whole,
        fragments_that_overlap,
        empty_sections,
        interfaces,
    ]
}

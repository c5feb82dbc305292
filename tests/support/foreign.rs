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

/// A pcapng block whose numbers have their most significant byte first.
pub fn big_block(kind: u32, body: &[u8]) -> Vec<u8> {
    let body = [body, &vec![0; body.len().next_multiple_of(4) - body.len()]].concat();
    let length = 12 + body.len() as u32;
    [&kind.to_be_bytes()[..], &length.to_be_bytes(), &body, &length.to_be_bytes()].concat()
}

fn big(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

/// The section block of a pcapng file whose numbers have their most significant byte first.
pub fn big_section() -> Vec<u8> {
    big_block(0x0A0D_0D0A, &big(&[0x1A2B_3C4D, 0x0001_0000, !0, !0]))
}

/// An interface of a link, with options.
pub fn big_interface(link: u32, options: &[u8]) -> Vec<u8> {
    big_block(1, &[&big(&[link << 16, 0]), options].concat())
}

/// A packet of an interface, with options.
pub fn big_packet(interface: u32, packet: &[u8], options: &[u8]) -> Vec<u8> {
    let length = packet.len() as u32;
    let padding = vec![0; packet.len().next_multiple_of(4) - packet.len()];
    let head = big(&[interface, 0x0006_4A34, 0x1234_5678, length, length]);
    big_block(6, &[&head, packet, &padding, options].concat())
}

/// An option of a block.
pub fn big_option(code: u16, value: &[u8]) -> Vec<u8> {
    let padding = vec![0; value.len().next_multiple_of(4) - value.len()];
    [&code.to_be_bytes()[..], &(value.len() as u16).to_be_bytes(), value, &padding].concat()
}

/// Two interfaces in each of two sections, one of a link nobody reads; names, a journal entry, secrets, an unknown block.
fn pcapng(packets: &[Vec<u8>]) -> Vec<u8> {
    let (first, rest) = packets.split_at(1);
    let name = [big_option(2, b"eth0"), big_option(9, &[9])].concat();
    let section = [
        big_section(),
        big_interface(1, &name),
        big_interface(105, &big_option(14, &7_u64.to_be_bytes())),
        big_packet(0, &first[0], &big_option(1, b"a remark")),
        big_packet(1, &[1, 2, 3], &[]),
        big_block(4, &[&[0, 1, 0, 8, 10, 0, 0, 1][..], b"one\0", &[0; 4]].concat()),
        big_block(9, b"__REALTIME_TIMESTAMP=1769860980000000\nMESSAGE=began\n"),
        big_block(10, &[big(&[0x544C_534B, 3]), b"k v".to_vec()].concat()),
        big_block(0x77, &[9; 8]),
        rest.iter().flat_map(|packet| big_packet(0, packet, &[])).collect(),
        big_block(3, &[&big(&[first[0].len() as u32])[..], &first[0]].concat()),
        big_block(2, &[&big(&[0, 0, 5, 3, 3])[..], &[1, 2, 3]].concat()),
    ];
    [section.concat(), section.concat()].concat()
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
        pcapng(&conversation),
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
    fn blocks_of_many_options(count: usize) -> Vec<u8> {
        let options = big_option(7, b"").repeat(1000);
        let packet = big_packet(0, &[0x45; 20], &options);
        [big_section(), big_interface(101, &options), packet.repeat(count / 100)].concat()
    }
    fn one_block_of_many_comments(count: usize) -> Vec<u8> {
        let comments = big_option(1, b"wl:{").repeat(count * 10);
        [big_section(), big_interface(101, &comments), big_packet(0, &[0x45; 20], &comments)].concat()
    }
    fn journals_of_many_fields(count: usize) -> Vec<u8> {
        let entry = [&b"FIELD\n\x01\0\0\0\0\0\0\0x\n"[..]; 100].concat();
        [big_section(), big_block(9, &entry).repeat(count / 10)].concat()
    }
    fn nodes_and_strangers_in_turn(count: usize) -> Vec<u8> {
        let blocks = (0..count as u32).map(|number| {
            let node = format!("wl:{{\"node\":{number},\"name\":\"n{number}\"}}");
            let flow = format!("wl:{{\"flow\":{number},\"kind\":\"note\"}}");
            let interface = big_interface(101, &big_option(1, node.as_bytes()));
            let packet = big_packet(number.min(65_535), &[0x45; 20], &big_option(1, flow.as_bytes()));
            [interface, big_interface(101, &[]), packet].concat()
        });
        std::iter::once(big_section()).chain(blocks).collect::<Vec<_>>().concat()
    }
    vec![
        blocks_of_many_options,
        one_block_of_many_comments,
        journals_of_many_fields,
        nodes_and_strangers_in_turn,
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

//! The Internet checksum (RFC 1071) of a TCP or UDP packet. All that is recorded goes through it, so it takes eight
//! bytes at a time.

use std::net::SocketAddr;

use super::synthetic::v6;

/// The checksum of a header, in which it is still zero, and its payload; `length` is theirs together.
pub fn of_packet((from, to): (SocketAddr, SocketAddr), protocol: u8, header: &[u8], payload: &[u8]) -> u16 {
    let length = header.len() + payload.len();
    let addresses = match (from, to) {
        (SocketAddr::V4(from), SocketAddr::V4(to)) => sum(&from.ip().octets()) + sum(&to.ip().octets()),
        (from, to) => sum(&v6(from).octets()) + sum(&v6(to).octets()),
    };
    let pseudo = addresses + sum(&(length as u32).to_be_bytes()) + sum(&[0, protocol]);
    // Each of these begins at an even place of the packet, so their sums can be added.
    let mut total = pseudo + sum(header) + sum(payload);
    while total > u64::from(u16::MAX) {
        total = (total & 0xffff) + (total >> 16);
    }
    // Sums of words in the machine's order are in its order too.
    u16::from_be_bytes((!(total as u16)).to_ne_bytes())
}

/// The sum of 16-bit words in the machine's order, carries kept. It does not overflow below 16 GiB.
fn sum(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut total = 0;
    for word in words {
        let word = u64::from_ne_bytes(*word);
        total += (word & 0xffff_ffff) + (word >> 32);
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let last = u64::from_ne_bytes(last);
    total + (last & 0xffff_ffff) + (last >> 32)
}

#[cfg(test)]
mod tests {
    use etherparse::TcpHeader;

    use super::*;

    #[test]
    fn it_is_what_others_find_for_every_length_and_both_families() {
        let bytes: Vec<u8> = (0..70_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let header = TcpHeader::new(50_000, 7001, 0xDEAD_BEEF, 512);
        for length in (0..40).chain([1_459, 65_494, 65_495]) {
            let payload = &bytes[..length];
            let ends = ["10.1.2.3:50000", "192.168.254.253:7001"].map(|end| end.parse::<SocketAddr>().unwrap());
            let theirs = header.calc_checksum_ipv4_raw([10, 1, 2, 3], [192, 168, 254, 253], payload).unwrap();
            assert_eq!(of_packet((ends[0], ends[1]), 6, &header.to_bytes(), payload), theirs, "{length}");
            let ends = ["[fe80::1:2]:50000", "[::1]:7001"].map(|end| end.parse::<SocketAddr>().unwrap());
            let theirs = header.calc_checksum_ipv6_raw(v6(ends[0]).octets(), v6(ends[1]).octets(), payload).unwrap();
            assert_eq!(of_packet((ends[0], ends[1]), 6, &header.to_bytes(), payload), theirs, "{length} over IPv6");
        }
    }
}

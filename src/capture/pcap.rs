//! pcap files written: a header, then packets of one link type (draft-ietf-opsawg-pcap), with nanoseconds.

use super::link::LinkType;
use crate::model::Timestamp;

/// The magic number of files with nanoseconds.
const NANOSECONDS: u32 = 0xA1B2_3C4D;

/// Version 2.4, as two halves.
const VERSION: [u16; 2] = [2, 4];

/// The snap length that is told: what Wireshark and tcpdump take for "all".
const SNAP_LENGTH: u32 = 262_144;

/// The header of a file.
pub fn header(link: LinkType, out: &mut Vec<u8>) {
    out.extend_from_slice(&NANOSECONDS.to_le_bytes());
    out.extend(VERSION.iter().flat_map(|half| half.to_le_bytes()));
    // Two fields that nobody uses: the time zone's offset, and how exact times are.
    out.extend_from_slice(&[0; 8]);
    out.extend_from_slice(&SNAP_LENGTH.to_le_bytes());
    out.extend_from_slice(&link.0.to_le_bytes());
}

/// A packet; `length` is how long it was on the wire. Times the format cannot say are the nearest that it can: it has 32
/// bits for the seconds since 1970.
pub fn packet(at: Timestamp, data: &[u8], length: u32, out: &mut Vec<u8>) {
    let (seconds, fraction) = (at.0.div_euclid(1_000_000_000), at.0.rem_euclid(1_000_000_000) as u32);
    let seconds = u32::try_from(seconds.max(0)).unwrap_or(u32::MAX);
    for number in [seconds, fraction, data.len() as u32, length] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    out.extend_from_slice(data);
}

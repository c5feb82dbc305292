//! Packets of a network interface written as pcapng, each as soon as it came.
//!
//! What the kernel had no room for is told where it is missing, with the packet after it, and in all at the end.

use super::block;
use super::link::LinkType;
use super::writer::{NANOSECONDS, begin, end, end_options, option, pad, section};
use crate::model::Timestamp;

/// A packet as an interface gave it.
#[derive(Debug, Clone, Copy)]
pub struct Sniffed<'a> {
    /// When the kernel saw it.
    pub at: Timestamp,
    /// Its bytes, with what its link type says stands before them.
    pub data: &'a [u8],
    /// How long it was; longer than `data` when it was cut.
    pub length: u32,
    /// Packets lost since the one before.
    pub lost: u32,
}

/// Writes the packets of one interface.
#[derive(Debug)]
pub struct LiveWriter {
    received: u64,
    lost: u64,
}

impl LiveWriter {
    /// Begins a file: its section header, and the interface, which may have no name.
    pub fn new(interface: &str, link: LinkType, snap_length: u32, out: &mut Vec<u8>) -> Self {
        section(out);
        let block = begin(block::INTERFACE, out);
        out.extend_from_slice(&(link.0 as u16).to_le_bytes());
        out.extend_from_slice(&[0; 2]);
        out.extend_from_slice(&snap_length.to_le_bytes());
        if !interface.is_empty() {
            option(block::IF_NAME, interface.as_bytes(), out);
        }
        option(block::TIME_RESOLUTION, &[NANOSECONDS], out);
        end_options(out);
        end(block, out);
        Self { received: 0, lost: 0 }
    }

    /// Writes a packet.
    pub fn packet(&mut self, sniffed: &Sniffed<'_>, out: &mut Vec<u8>) {
        self.received += 1;
        self.lost += u64::from(sniffed.lost);
        let block = begin(block::PACKET, out);
        out.extend_from_slice(&INTERFACE.to_le_bytes());
        time(sniffed.at, out);
        out.extend_from_slice(&(sniffed.data.len() as u32).to_le_bytes());
        out.extend_from_slice(&sniffed.length.to_le_bytes());
        out.extend_from_slice(sniffed.data);
        pad(block, out);
        if sniffed.lost > 0 {
            option(block::PACKETS_LOST, &u64::from(sniffed.lost).to_le_bytes(), out);
            end_options(out);
        }
        end(block, out);
    }

    /// Writes how many packets came and how many were lost, as it stands then.
    pub fn statistics(&self, at: Timestamp, out: &mut Vec<u8>) {
        let block = begin(block::STATISTICS, out);
        out.extend_from_slice(&INTERFACE.to_le_bytes());
        time(at, out);
        option(block::RECEIVED, &(self.received + self.lost).to_le_bytes(), out);
        option(block::LOST_BY_SYSTEM, &self.lost.to_le_bytes(), out);
        end_options(out);
        end(block, out);
    }
}

/// The number of the only interface.
const INTERFACE: u32 = 0;

/// A time, in the two halves that blocks have.
fn time(at: Timestamp, out: &mut Vec<u8>) {
    let at = at.0.max(0) as u64;
    out.extend_from_slice(&((at >> 32) as u32).to_le_bytes());
    out.extend_from_slice(&(at as u32).to_le_bytes());
}

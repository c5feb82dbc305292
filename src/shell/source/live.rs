//! Packets of a network interface, as the bytes of a pcapng file that grows.

use std::io::{self, PipeReader};

use super::input::{Woke, wait};
use crate::capture::{LinkType, LiveWriter, Sniffed};
use crate::model::Trouble;
use crate::net::report::now;
use crate::net::sniffer::{Heading, SNAP_LENGTH, Sniffer};

/// Bytes put together before they are handed out, if packets wait.
const BATCH: usize = 256 * 1024;

/// A capture that is under way.
#[derive(Debug)]
pub struct Live {
    name: String,
    sniffer: Sniffer,
    writer: LiveWriter,
    stopped: PipeReader,
    is_over: bool,
    /// Bytes written, and how many of them were handed out.
    waiting: Vec<u8>,
    given: usize,
    written: u64,
}

impl Live {
    /// Begins to capture.
    ///
    /// # Errors
    /// There is no such interface, or the process may not capture.
    pub fn open(name: &str, stopped: PipeReader) -> Result<Self, Trouble> {
        let sniffer = Sniffer::open(name).map_err(|error| refused(name, &error))?;
        let link = match sniffer.heading() {
            Heading::Ethernet => LinkType::ETHERNET,
            Heading::Cooked => LinkType::LINUX_SLL2,
        };
        let mut waiting = Vec::new();
        let writer = LiveWriter::new(name, link, SNAP_LENGTH as u32, &mut waiting);
        let name = name.to_owned();
        Ok(Self { name, sniffer, writer, stopped, is_over: false, waiting, given: 0, written: 0 })
    }

    /// Bytes handed out.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// The next bytes, as soon as a packet came; 0 after somebody said stop.
    ///
    /// # Errors
    /// The interface went down or away.
    pub fn read(&mut self, piece: &mut [u8]) -> Result<usize, Trouble> {
        if self.given == self.waiting.len() {
            self.waiting.clear();
            self.given = 0;
            self.fill()?;
        }
        let rest = &self.waiting[self.given..];
        let length = rest.len().min(piece.len());
        piece[..length].copy_from_slice(&rest[..length]);
        self.given += length;
        self.written += length as u64;
        Ok(length)
    }

    fn fill(&mut self) -> Result<(), Trouble> {
        while self.waiting.is_empty() && !self.is_over {
            match wait(&self.sniffer, &self.stopped).map_err(|error| self.failed(&error))? {
                Woke::Ready => self.take()?,
                Woke::Stopped => {
                    self.is_over = true;
                    self.writer.statistics(now(), &mut self.waiting);
                }
            }
        }
        Ok(())
    }

    /// Takes the packets that are there.
    fn take(&mut self) -> Result<(), Trouble> {
        while self.waiting.len() < BATCH {
            match self.sniffer.next() {
                Ok(Some(packet)) => {
                    let sniffed = Sniffed {
                        at: packet.at,
                        data: packet.data,
                        length: packet.length as u32,
                        lost: packet.lost,
                    };
                    self.writer.packet(&sniffed, &mut self.waiting);
                }
                Ok(None) => break,
                // What is there is handed out first: the next time it fails again, if it is for good.
                Err(_) if !self.waiting.is_empty() => break,
                Err(error) => return Err(self.failed(&error)),
            }
        }
        Ok(())
    }

    fn failed(&self, error: &io::Error) -> Trouble {
        match error.kind() {
            io::ErrorKind::NetworkDown => {
                let remedy = format!("bring it up: `sudo ip link set {} up`", self.name);
                Trouble::new("capture from", &self.name, "the interface is down", remedy)
            }
            _ => Trouble::new("capture from", &self.name, error, ""),
        }
    }
}

/// Why nothing can be captured.
fn refused(name: &str, error: &io::Error) -> Trouble {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            let program = std::env::current_exe().unwrap_or_else(|_| "$(which wirelab)".into());
            let remedy = format!(
                "grant it with `sudo setcap cap_net_raw+ep {}`, or let tcpdump capture: \
                 `sudo tcpdump -i {name} -U -w - | wirelab open -`",
                program.display()
            );
            Trouble::new("capture from", name, "this process may not: it has no CAP_NET_RAW", remedy)
        }
        io::ErrorKind::NotFound => Trouble::new("capture from", name, "there is no such interface any more", ""),
        _ => Trouble::new("capture from", name, error, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_not_capture_is_told_what_is_missing_and_how_to_get_it() {
        let trouble = refused("lo", &io::ErrorKind::PermissionDenied.into());
        assert!(trouble.to_string().starts_with("capture from lo: this process may not: it has no CAP_NET_RAW; "));
        let program = std::env::current_exe().unwrap();
        assert!(trouble.remedy.contains(&format!("`sudo setcap cap_net_raw+ep {}`", program.display())), "{trouble}");
        assert!(trouble.remedy.ends_with("`sudo tcpdump -i lo -U -w - | wirelab open -`"), "{trouble}");
    }
}

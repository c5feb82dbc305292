//! What goes over a network interface, packet by packet as the kernel hands it out (packet(7)).
//!
//! It needs CAP_NET_RAW. The interface is not made promiscuous: what is seen is what the machine sends and what is sent
//! to it. A VLAN tag that the card or the kernel took off is not put back.

use std::collections::BTreeSet;
use std::io::{self, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use nix::cmsg_space;
use nix::ifaddrs::getifaddrs;
use nix::sys::socket::sockopt::{RcvBufForce, ReceiveTimestampns, RxqOvfl};
use nix::sys::socket::{
    self, AddressFamily, ControlMessageOwned, LinkAddr, MsgFlags, SockFlag, SockProtocol, SockType,
};
use nix::sys::time::TimeSpec;
use socket2::{SockFilter, Socket};

use super::report;
use crate::model::Timestamp;

/// The interface that stands for all.
pub const ANY: &str = "any";

/// The most bytes taken of a packet; libpcap's own limit.
pub const SNAP_LENGTH: usize = 262_144;

/// The room asked of the kernel for packets not yet taken: two seconds of a gigabit would be 250 MB, this is a burst.
const KERNEL_ROOM: usize = 16 * 1024 * 1024;

/// The header of LINKTYPE_LINUX_SLL2.
const COOKED_HEADER: usize = 20;

/// Kinds of hardware of which packets begin with an Ethernet header (ARPHRD_ETHER, ARPHRD_LOOPBACK in if_arp.h).
const ETHERNET: u16 = 1;
const LOOPBACK: u16 = 772;

/// A packet that this machine sends (PACKET_OUTGOING in if_packet.h).
const OUTGOING: u8 = 4;

/// Over the loopback each packet is seen as it goes out and as it comes in: the kernel is asked to leave the former out.
/// A program of classic BPF; the offsets are SKF_AD_HATYPE and SKF_AD_PKTTYPE of linux/filter.h.
const ONCE: [SockFilter; 6] = {
    const LOAD: u16 = 0x20;
    const IF_EQUAL: u16 = 0x15;
    const RETURN: u16 = 0x06;
    const ANCILLARY: u32 = 0xFFFF_F000;
    [
        SockFilter::new(LOAD, 0, 0, ANCILLARY + 28),
        SockFilter::new(IF_EQUAL, 0, 2, LOOPBACK as u32),
        SockFilter::new(LOAD, 0, 0, ANCILLARY + 4),
        SockFilter::new(IF_EQUAL, 1, 0, OUTGOING as u32),
        SockFilter::new(RETURN, 0, 0, u32::MAX),
        SockFilter::new(RETURN, 0, 0, 0),
    ]
};

/// What packets begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heading {
    /// An Ethernet header.
    Ethernet,
    /// What the kernel tells of a packet without its own header, as LINKTYPE_LINUX_SLL2 has it.
    Cooked,
}

/// A packet as it was taken.
#[derive(Debug, Clone, Copy)]
pub struct Packet<'a> {
    /// When the kernel saw it.
    pub at: Timestamp,
    /// Its bytes, with the [`Heading`].
    pub data: &'a [u8],
    /// How long it was; longer than `data` when it was cut.
    pub length: usize,
    /// Packets that were lost since the one before, because they were not taken in time. The kernel tells it with a
    /// packet: of those lost after the last one nobody knows.
    pub lost: u32,
}

/// The interfaces of this machine, and [`ANY`] for all of them.
///
/// # Errors
/// The system does not tell them.
pub fn interfaces() -> io::Result<BTreeSet<String>> {
    let names = getifaddrs()?.map(|interface| interface.interface_name);
    Ok(names.chain([ANY.to_owned()]).collect())
}

/// A packet socket on an interface.
#[derive(Debug)]
pub struct Sniffer {
    socket: Socket,
    /// The interface's number; none when all are meant.
    interface: Option<usize>,
    heading: Heading,
    buffer: Vec<u8>,
    control: Vec<u8>,
    /// What the kernel has lost so far; it counts in 32 bits and begins anew.
    lost: u32,
}

impl Sniffer {
    /// Begins to listen on an interface, or on [`ANY`].
    ///
    /// # Errors
    /// There is no such interface (`NotFound`), or the process may not (`PermissionDenied`).
    pub fn open(name: &str) -> io::Result<Self> {
        let link = match name {
            ANY => None,
            name => Some(link_of(name)?.ok_or(io::ErrorKind::NotFound)?),
        };
        let heading = match link.map(|link| link.hatype()) {
            Some(ETHERNET | LOOPBACK) => Heading::Ethernet,
            Some(_) | None => Heading::Cooked,
        };
        let kind = match heading {
            Heading::Ethernet => SockType::Raw,
            Heading::Cooked => SockType::Datagram,
        };
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let socket = Socket::from(socket::socket(AddressFamily::Packet, kind, flags, SockProtocol::EthAll)?);
        socket.attach_filter(&ONCE)?;
        // Beyond the system's limit only who administers the network goes; any more than the usual is good.
        if socket::setsockopt(&socket, RcvBufForce, &KERNEL_ROOM).is_err() {
            socket.set_recv_buffer_size(KERNEL_ROOM)?;
        }
        socket::setsockopt(&socket, ReceiveTimestampns, &true)?;
        socket::setsockopt(&socket, RxqOvfl, &1)?;
        if let Some(link) = &link {
            // An address told by the system has protocol 0, which stands for the socket's own: all.
            socket::bind(socket.as_raw_fd(), link)?;
        }
        let (buffer, control) = (vec![0; COOKED_HEADER + SNAP_LENGTH], cmsg_space!(TimeSpec, u32));
        Ok(Self { socket, interface: link.map(|link| link.ifindex()), heading, buffer, control, lost: 0 })
    }

    /// What its packets begin with.
    pub fn heading(&self) -> Heading {
        self.heading
    }

    /// The next packet; none when there is none now.
    ///
    /// # Errors
    /// The interface is gone or down.
    pub fn packet(&mut self) -> io::Result<Option<Packet<'_>>> {
        let Some(Taken { length, from, at, lost }) = self.take()? else { return Ok(None) };
        let newly_lost = lost.wrapping_sub(self.lost);
        self.lost = lost;
        let (start, header) = match self.heading {
            Heading::Ethernet => (COOKED_HEADER, 0),
            Heading::Cooked => {
                self.buffer[..COOKED_HEADER].copy_from_slice(&cooked(&from));
                (0, COOKED_HEADER)
            }
        };
        let data = &self.buffer[start..COOKED_HEADER + length.min(SNAP_LENGTH)];
        Ok(Some(Packet { at, data, length: header + length, lost: newly_lost }))
    }

    fn take(&mut self) -> io::Result<Option<Taken>> {
        loop {
            let mut room = [IoSliceMut::new(&mut self.buffer[COOKED_HEADER..])];
            // The real length is told, be the packet cut or not.
            let flags = MsgFlags::MSG_TRUNC;
            let (socket, control) = (self.socket.as_raw_fd(), Some(self.control.as_mut_slice()));
            let message = match socket::recvmsg::<LinkAddr>(socket, &mut room, control, flags) {
                Ok(message) => message,
                Err(error) => match io::Error::from(error) {
                    error if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                    error if error.kind() == io::ErrorKind::Interrupted => continue,
                    error => return Err(error),
                },
            };
            let (mut at, mut lost) = (None, self.lost);
            for told in message.cmsgs()? {
                if let ControlMessageOwned::ScmTimestampns(time) = told {
                    at = Some(Timestamp(time.tv_sec().saturating_mul(1_000_000_000).saturating_add(time.tv_nsec())));
                } else if let ControlMessageOwned::RxqOvfl(count) = told {
                    lost = count;
                }
            }
            let (length, Some(from)) = (message.bytes, message.address) else { continue };
            if self.is_meant(&from) {
                return Ok(Some(Taken { length, from, at: at.unwrap_or_else(report::now), lost }));
            }
        }
    }

    /// What came before the filter and the binding stood is told apart here.
    fn is_meant(&self, from: &LinkAddr) -> bool {
        let is_echo = from.hatype() == LOOPBACK && from.pkttype() == OUTGOING;
        !is_echo && self.interface.is_none_or(|interface| interface == from.ifindex())
    }
}

impl AsFd for Sniffer {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// What the kernel tells of a packet.
struct Taken {
    length: usize,
    from: LinkAddr,
    at: Timestamp,
    /// In all so far.
    lost: u32,
}

fn link_of(name: &str) -> io::Result<Option<LinkAddr>> {
    let mut own = getifaddrs()?.filter(|interface| interface.interface_name == name);
    Ok(own.find_map(|interface| interface.address?.as_link_addr().copied()))
}

/// The header of LINKTYPE_LINUX_SLL2 (tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html).
fn cooked(from: &LinkAddr) -> [u8; COOKED_HEADER] {
    let mut header = [0; COOKED_HEADER];
    // The protocol is kept in network byte order already.
    header[0..2].copy_from_slice(&from.protocol().to_ne_bytes());
    header[4..8].copy_from_slice(&(from.ifindex() as u32).to_be_bytes());
    header[8..10].copy_from_slice(&from.hatype().to_be_bytes());
    header[10] = from.pkttype();
    header[11] = from.halen() as u8;
    header[12..18].copy_from_slice(&from.addr().unwrap_or_default());
    header
}

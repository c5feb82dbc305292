//! Questions to Linux about one TCP socket, and their answers: messages of sock_diag(7), over netlink(7).

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::model::{SocketEnds, TcpInfo, TcpSocket, TcpState};

/// Of linux/netlink.h: the header's length, an error, and a question.
const HEADER: usize = 16;
const ERROR: u16 = 2;
const REQUEST: u16 = 1;

/// Of linux/sock_diag.h and linux/inet_diag.h.
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NO_COOKIE: u32 = u32::MAX;
const INET_DIAG_INFO: u16 = 2;

/// The length of `inet_diag_req_v2` and of `inet_diag_msg`, behind which attributes stand.
const QUESTION: usize = 56;
const ANSWER: usize = 72;

/// Of the system's own headers.
const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;
const IPPROTO_TCP: u8 = 6;
const NOT_THERE: i32 = 2;

/// A slow start threshold as large as this is none (TCP_INFINITE_SSTHRESH).
const NO_THRESHOLD: u32 = 0x7fff_ffff;

/// What an answer says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// This is the socket.
    Socket(Box<TcpSocket>),
    /// There is none between these ends.
    NotThere,
    /// The kernel will not say, with the number of an error.
    Refused(i32),
    /// It answers something else.
    Other,
}

/// Asks for the socket between two ends.
pub(super) fn question(number: u32, (local, peer): SocketEnds) -> Vec<u8> {
    let mut message = Vec::with_capacity(HEADER + QUESTION);
    message.extend(((HEADER + QUESTION) as u32).to_ne_bytes());
    message.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    message.extend(REQUEST.to_ne_bytes());
    message.extend(number.to_ne_bytes());
    message.extend(0_u32.to_ne_bytes());
    let family = if local.is_ipv4() { AF_INET } else { AF_INET6 };
    message.extend([family, IPPROTO_TCP, 1 << (INET_DIAG_INFO - 1), 0]);
    message.extend(u32::MAX.to_ne_bytes());
    message.extend(local.port().to_be_bytes());
    message.extend(peer.port().to_be_bytes());
    message.extend(sixteen(local));
    message.extend(sixteen(peer));
    message.extend(interface(local, peer).to_ne_bytes());
    message.extend(NO_COOKIE.to_ne_bytes());
    message.extend(NO_COOKIE.to_ne_bytes());
    message
}

/// Link-local addresses mean something on one interface only.
fn interface(local: SocketAddr, peer: SocketAddr) -> u32 {
    let scope = |end: SocketAddr| if let SocketAddr::V6(end) = end { end.scope_id() } else { 0 };
    scope(local).max(scope(peer))
}

fn sixteen(end: SocketAddr) -> [u8; 16] {
    match end.ip() {
        IpAddr::V4(ip) => {
            let mut bytes = [0; 16];
            bytes[..4].copy_from_slice(&ip.octets());
            bytes
        }
        IpAddr::V6(ip) => ip.octets(),
    }
}

/// Reads an answer to the question of that number.
pub(super) fn answer(message: &[u8], number: u32, ends: SocketEnds) -> Answer {
    let message = Bytes(message);
    let (Some(length), Some(kind)) = (message.u32(0), message.u16(4)) else { return Answer::Other };
    if message.u32(8) != Some(number) {
        return Answer::Other;
    }
    let body = message.0.get(HEADER..(length as usize).min(message.0.len())).unwrap_or_default();
    match kind {
        ERROR => match Bytes(body).u32(0).map(|error| (error as i32).wrapping_neg()) {
            Some(NOT_THERE) => Answer::NotThere,
            Some(error) => Answer::Refused(error),
            None => Answer::Other,
        },
        SOCK_DIAG_BY_FAMILY => socket(body, ends).map_or(Answer::NotThere, |socket| Answer::Socket(Box::new(socket))),
        _ => Answer::Other,
    }
}

fn socket(body: &[u8], ends: SocketEnds) -> Option<TcpSocket> {
    let state = state(*body.get(1)?)?;
    // Where there is no connection, the kernel names the one who listens there.
    if state == TcpState::Listen {
        return None;
    }
    let attributes = body.get(ANSWER..)?;
    // Of one that no program holds any more Linux has no figures.
    let info = attribute(attributes, INET_DIAG_INFO).filter(|_| state != TcpState::TimeWait);
    Some(TcpSocket { ends, state, info: info.and_then(read_info) })
}

/// The states as Linux numbers them (net/tcp_states.h).
fn state(number: u8) -> Option<TcpState> {
    Some(match number {
        1 => TcpState::Established,
        2 => TcpState::SynSent,
        3 | 12 => TcpState::SynReceived,
        4 => TcpState::FinWait1,
        5 => TcpState::FinWait2,
        6 => TcpState::TimeWait,
        7 => TcpState::Closed,
        8 => TcpState::CloseWait,
        9 => TcpState::LastAck,
        10 => TcpState::Listen,
        11 => TcpState::Closing,
        _ => return None,
    })
}

/// An attribute by its number: each has a length and that, and is filled up to four bytes.
fn attribute(mut all: &[u8], wanted: u16) -> Option<&[u8]> {
    loop {
        let (length, kind) = (usize::from(Bytes(all).u16(0)?), Bytes(all).u16(2)?);
        if kind == wanted {
            return all.get(4..length);
        }
        all = all.get(length.max(4).next_multiple_of(4)..)?;
    }
}

/// Reads `struct tcp_info` (linux/tcp.h). Older kernels tell less of it.
fn read_info(info: &[u8]) -> Option<TcpInfo> {
    let info = Bytes(info);
    let micros = |at| Some(Duration::from_micros(u64::from(info.u32(at)?)));
    let number = |at| info.u32(at);
    Some(TcpInfo {
        rto: micros(8)?,
        mss: number(16)?,
        unacked: number(24)?,
        lost: number(32)?,
        rtt: micros(68)?,
        rttvar: micros(72)?,
        ssthresh: number(76).filter(|threshold| *threshold < NO_THRESHOLD),
        cwnd: number(80)?,
        retransmitted: number(100)?,
        pacing_rate: info.u64(104).filter(|rate| *rate != u64::MAX),
        bytes_acked: info.u64(120).unwrap_or_default(),
        bytes_received: info.u64(128).unwrap_or_default(),
        unsent: number(144).unwrap_or_default(),
        min_rtt: number(148).filter(|micros| *micros != u32::MAX).map(|micros| Duration::from_micros(micros.into())),
        delivery_rate: info.u64(160).filter(|rate| *rate > 0),
    })
}

/// Numbers as the machine has them, at places that may be beyond the end.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn u16(&self, at: usize) -> Option<u16> {
        self.0.get(at..)?.first_chunk().map(|bytes| u16::from_ne_bytes(*bytes))
    }

    fn u32(&self, at: usize) -> Option<u32> {
        self.0.get(at..)?.first_chunk().map(|bytes| u32::from_ne_bytes(*bytes))
    }

    fn u64(&self, at: usize) -> Option<u64> {
        self.0.get(at..)?.first_chunk().map(|bytes| u64::from_ne_bytes(*bytes))
    }
}

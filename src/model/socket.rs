//! A TCP socket as the kernel knows it.

use std::net::SocketAddr;
use std::time::Duration;

/// The states of a TCP connection (RFC 9293 section 3.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TcpState {
    /// A server waits for connections.
    Listen,
    /// SYN is sent, its answer awaited.
    SynSent,
    /// SYN has come and was answered.
    SynReceived,
    /// Both ways are open.
    Established,
    /// FIN is sent, and not acknowledged.
    FinWait1,
    /// FIN is acknowledged; the peer may still send.
    FinWait2,
    /// The peer has sent FIN; this end may still send.
    CloseWait,
    /// Both ends have sent FIN at once.
    Closing,
    /// FIN is sent after the peer's, and not acknowledged.
    LastAck,
    /// Both FINs are acknowledged; late packets are awaited.
    TimeWait,
    /// There is no connection.
    Closed,
}

impl TcpState {
    /// Its name in RFC 9293.
    pub fn name(self) -> &'static str {
        match self {
            TcpState::Listen => "LISTEN",
            TcpState::SynSent => "SYN-SENT",
            TcpState::SynReceived => "SYN-RECEIVED",
            TcpState::Established => "ESTABLISHED",
            TcpState::FinWait1 => "FIN-WAIT-1",
            TcpState::FinWait2 => "FIN-WAIT-2",
            TcpState::CloseWait => "CLOSE-WAIT",
            TcpState::Closing => "CLOSING",
            TcpState::LastAck => "LAST-ACK",
            TcpState::TimeWait => "TIME-WAIT",
            TcpState::Closed => "CLOSED",
        }
    }
}

/// The two ends of a socket: its own and its peer's.
pub type SocketEnds = (SocketAddr, SocketAddr);

/// A socket, looked at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TcpSocket {
    /// Which.
    pub ends: SocketEnds,
    /// How it stands.
    pub state: TcpState,
    /// What Linux tells beyond that (`TCP_INFO` in tcp(7)); nothing once the program has let it go.
    pub info: Option<TcpInfo>,
}

/// Linux's figures of a connection. Those that grow while nothing happens are left out, so that a silent connection
/// looks the same every time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TcpInfo {
    /// The smoothed round-trip time (RFC 6298).
    pub rtt: Duration,
    /// Its mean deviation.
    pub rttvar: Duration,
    /// The shortest round trip seen; None before there is one.
    pub min_rtt: Option<Duration>,
    /// How long an acknowledgement is awaited before sending again.
    pub rto: Duration,
    /// The congestion window, in segments.
    pub cwnd: u32,
    /// The window from which growth is slow, in segments; None while nothing was lost yet.
    pub ssthresh: Option<u32>,
    /// Bytes of a segment sent at most.
    pub mss: u32,
    /// Segments sent and not acknowledged.
    pub unacked: u32,
    /// Bytes written and not yet sent.
    pub unsent: u32,
    /// Segments sent again, in all.
    pub retransmitted: u32,
    /// Segments taken for lost now.
    pub lost: u32,
    /// Bytes that the peer has acknowledged.
    pub bytes_acked: u64,
    /// Bytes received.
    pub bytes_received: u64,
    /// Bytes a second delivered lately; None before there is a measure.
    pub delivery_rate: Option<u64>,
    /// Bytes a second at most that are sent; None when it is not limited.
    pub pacing_rate: Option<u64>,
}

//! Figures in words: what each is called, how it is written, what it means and whether it is as it should be.

use std::time::Duration;

use crate::app::kernel::Watched;
use crate::app::pane::traffic::stats::SocketFigure;
use crate::figures::Histogram;
use crate::model::{TcpInfo, TcpState, span};
use crate::ui::part::{size, size_in_words};

/// The name of a socket's figure, as the kernel and `ss` have it.
pub fn name(figure: SocketFigure) -> &'static str {
    match figure {
        SocketFigure::State => "state",
        SocketFigure::Rtt => "rtt",
        SocketFigure::RttVar => "rttvar",
        SocketFigure::MinRtt => "minrtt",
        SocketFigure::Cwnd => "cwnd",
        SocketFigure::Ssthresh => "ssthresh",
        SocketFigure::Retransmitted => "retrans",
        SocketFigure::Unacked => "unacked",
        SocketFigure::Unsent => "notsent",
        SocketFigure::DeliveryRate => "delivery rate",
        SocketFigure::PacingRate => "pacing rate",
        SocketFigure::BytesAcked => "bytes acked",
        SocketFigure::BytesReceived => "bytes received",
        SocketFigure::Rto => "rto",
        SocketFigure::Mss => "mss",
    }
}

/// Its value.
pub fn value(figure: SocketFigure, socket: &Watched) -> String {
    let none = || "–".to_owned();
    if figure == SocketFigure::State {
        return socket.state().map_or_else(none, |state| state.name().to_owned());
    }
    let Some(info) = &socket.info else { return none() };
    let rate = |rate: Option<u64>| rate.map_or_else(none, |rate| format!("{}B/s", size(rate)));
    match figure {
        SocketFigure::State => none(),
        SocketFigure::Rtt => exact(info.rtt),
        SocketFigure::RttVar => exact(info.rttvar),
        SocketFigure::MinRtt => info.min_rtt.map_or_else(none, exact),
        SocketFigure::Cwnd => format!("{} segments", info.cwnd),
        SocketFigure::Ssthresh => info.ssthresh.map_or_else(none, |threshold| format!("{threshold} segments")),
        SocketFigure::Retransmitted => segments(info.retransmitted),
        SocketFigure::Unacked => segments(info.unacked),
        SocketFigure::Unsent => size_in_words(info.unsent.into()),
        SocketFigure::DeliveryRate => rate(info.delivery_rate),
        SocketFigure::PacingRate => rate(info.pacing_rate),
        SocketFigure::BytesAcked => info.bytes_acked.to_string(),
        SocketFigure::BytesReceived => info.bytes_received.to_string(),
        SocketFigure::Rto => exact(info.rto),
        SocketFigure::Mss => size_in_words(info.mss.into()),
    }
}

fn segments(count: u32) -> String {
    if count == 1 { "1 segment".into() } else { format!("{count} segments") }
}

/// A time to the microsecond, as `ss` tells it.
fn exact(time: Duration) -> String {
    format!("{:.3}ms", time.as_secs_f64() * 1000.0)
}

/// What a socket's figure means, and whether this one is as it should be.
pub fn explain(figure: SocketFigure, socket: &Watched) -> String {
    let Some(info) = socket.info.as_ref().filter(|_| figure != SocketFigure::State) else {
        return socket.state().map_or_else(String::new, |state| explain_state(state).to_owned());
    };
    let (meaning, judgement) = match figure {
        SocketFigure::State => ("", String::new()),
        SocketFigure::Rtt => (
            "The kernel's smoothed time from a segment to its acknowledgement; the answering program has no part in it.",
            judge_rtt(info.rtt),
        ),
        SocketFigure::RttVar => (
            "How far round trips stray from rtt; rto is rtt and four times this.",
            if info.rttvar > info.rtt / 2 {
                "More than half of rtt: it is unsteady, or the connection is young.".into()
            } else {
                "Less than half of rtt: steady.".into()
            },
        ),
        SocketFigure::MinRtt => {
            ("The shortest round trip lately: the way itself, without waiting in queues.", waiting(info))
        }
        SocketFigure::Cwnd => (
            "The congestion window: how many segments may be on their way. It begins at 10, grows with acknowledgements and shrinks with loss.",
            match info.cwnd {
                10 => "10: nothing has changed it yet.".into(),
                0..10 => "Less than 10: something was lost, or it was silent for long.".into(),
                _ => "More than 10: it has grown, as it should.".into(),
            },
        ),
        SocketFigure::Ssthresh => (
            "Below this window growth doubles with each round trip; above it is slow. A loss sets it.",
            if info.ssthresh.is_none() {
                "None: nothing was lost yet.".into()
            } else {
                "It is set: something was lost once, or held back.".into()
            },
        ),
        SocketFigure::Retransmitted => (
            "Segments sent again because no acknowledgement came.",
            match info.retransmitted {
                0 => "None, as it should be.".into(),
                _ => "On the loopback this is strange; over a network some in a thousand are usual.".into(),
            },
        ),
        SocketFigure::Unacked => (
            "Segments on their way: sent, not acknowledged.",
            if info.unacked == 0 { "None: all has come.".into() } else { format!("At most cwnd, now {}.", info.cwnd) },
        ),
        SocketFigure::Unsent => (
            "Bytes that the program has written and the kernel has yet to send.",
            if info.unsent == 0 {
                "None: it keeps up.".into()
            } else {
                "The reader is slow, or the window is small.".into()
            },
        ),
        SocketFigure::DeliveryRate => (
            "What was lately delivered and acknowledged in a second, measured over a round trip.",
            "High after a few small messages too, where the round trip is short.".into(),
        ),
        SocketFigure::PacingRate => (
            "How fast the kernel would send: about cwnd in each rtt, and a part more.",
            "It limits nothing while little is sent.".into(),
        ),
        SocketFigure::BytesAcked => {
            ("Bytes that the peer's kernel has acknowledged. The handshake's SYN may count as one.", String::new())
        }
        SocketFigure::BytesReceived => ("Bytes that have come, in order.", String::new()),
        SocketFigure::Rto => (
            "How long an acknowledgement is awaited before a segment is sent again.",
            if info.rto <= Duration::from_millis(250) {
                "Near 200 ms, the least that Linux waits.".into()
            } else {
                "More than the least of 200 ms: round trips are slow or unsteady, or it is waiting longer each time."
                    .into()
            },
        ),
        SocketFigure::Mss => {
            ("The most bytes of one segment. Ethernet allows 1,460 or less; the loopback some 65,000.", String::new())
        }
    };
    format!("{meaning} {judgement}")
}

fn judge_rtt(rtt: Duration) -> String {
    let told = match rtt.as_micros() {
        0..1_000 => "as on this machine or next to it",
        1_000..20_000 => "as in a house or a town",
        20_000..100_000 => "as across a country",
        100_000..300_000 => "as across an ocean",
        _ => "very long: a satellite, or queues that are full",
    };
    format!("{} is {told}.", span(rtt))
}

fn waiting(info: &TcpInfo) -> String {
    match info.min_rtt {
        Some(shortest) if info.rtt > shortest * 3 => {
            "rtt is more than three times that: something waits in queues.".into()
        }
        Some(_) => "rtt is near it: nothing waits long.".into(),
        None => String::new(),
    }
}

fn explain_state(state: TcpState) -> &'static str {
    match state {
        TcpState::Listen => "It waits for connections.",
        TcpState::SynSent => {
            "SYN is sent; SYN, ACK is awaited. It stays so while nobody answers: a firewall, or no such machine."
        }
        TcpState::SynReceived => "SYN has come and was answered with SYN, ACK; the last ACK of the opening is awaited.",
        TcpState::Established => "The opening is done, with SYN, SYN-ACK and ACK. Both ends may send.",
        TcpState::FinWait1 => {
            "This end has closed: FIN is sent, its ACK is awaited. It passes at once unless packets are lost."
        }
        TcpState::FinWait2 => {
            "This end has closed and the peer knows it; the peer's own FIN is awaited. It may still send."
        }
        TcpState::CloseWait => {
            "The peer has closed; this program has yet to. Where it stays so, the program forgot to close."
        }
        TcpState::Closing => "Both ends have closed at once; the last ACK is awaited.",
        TcpState::LastAck => "Both ends have closed; the ACK of the last FIN is awaited.",
        TcpState::TimeWait => {
            "All is over. The end that closed first keeps its port for 60 seconds, for packets that come late."
        }
        TcpState::Closed => "There is no such socket any more.",
    }
}

/// What round trips are, and what these say.
pub fn explain_round_trips(times: &Histogram) -> String {
    let meaning = "From the last of a request to the first of its answer, network, taps and program together.";
    let of_datagrams = "Of datagrams only where one alone awaited its answer.";
    let Some((middle, slow)) = times.percentile(50).zip(times.percentile(99)) else {
        return format!("{meaning} None yet: nothing was answered. {of_datagrams}");
    };
    let judgement = if times.count() < 20 {
        "These are few; say little of percentiles yet.".to_owned()
    } else if slow > middle * 10 {
        format!("One in a hundred takes more than ten times as long as the middle one, {} and more.", span(slow))
    } else {
        "They are alike: the slowest are within ten times of the middle one.".to_owned()
    };
    format!("{meaning} {judgement} {of_datagrams}")
}

/// What one-way times are.
pub fn explain_one_way(times: &Histogram, from: &str, to: &str) -> String {
    let meaning = format!("From when {from} sends to when {to} has read it all; through a tap, with its delay.");
    match times.percentile(50) {
        None => format!("{meaning} Not known here: both ends must be nodes of the lab, or a tap stand between them."),
        Some(_) => meaning,
    }
}

//! One end of a tapped conversation: a stream or datagrams, read and written alike.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use socket2::SockAddr;
use tokio::sync::mpsc;
use tokio::time::{Sleep, sleep};
use tokio_util::io::poll_read_buf;

use crate::model::Closing;
use crate::net::connection::{Reset, Wire};
use crate::net::datagram_socket::{DatagramSocket, NextError};
use crate::net::words;

/// The most read of a stream at once, and so the most told at once, bytes. It is also the most that fits a UDP datagram
/// over IPv4, so that a stream can be tapped into datagrams.
const CHUNK: usize = 65_507;

/// How soon a datagram is tried again that the system had no room for.
const RETRY_AFTER: Duration = Duration::from_millis(1);

/// The end.
pub(super) enum Leg {
    /// A stream.
    Stream(Box<dyn Wire>),
    /// A datagram socket that is connected to its peer.
    Socket(Socket),
    /// One peer of the datagram socket where the tap listens.
    Peer(Peer),
}

/// A datagram socket of the conversation's own.
pub(super) struct Socket {
    own: DatagramSocket,
    next_error: Option<NextError>,
    retry: Option<Pin<Box<Sleep>>>,
}

/// One who sends to the tap's datagram socket.
pub(super) struct Peer {
    /// What it sent.
    pub inbox: mpsc::Receiver<Bytes>,
    /// The tap's socket.
    pub socket: Arc<DatagramSocket>,
    /// Where to send; None for a peer that has no address.
    pub to: Option<SockAddr>,
    /// Runs while the system has no room.
    pub retry: Option<Pin<Box<Sleep>>>,
}

/// What was heard from an end.
#[derive(Debug)]
pub(super) enum Heard {
    /// These bytes.
    Bytes(Bytes),
    /// It will send no more.
    Finished,
    /// A datagram that was sent to it could not be delivered.
    Undelivered(io::Error),
    /// It is gone.
    Ended(Closing),
}

impl Leg {
    /// A connected datagram socket as an end.
    pub(super) fn socket(socket: DatagramSocket) -> Self {
        Self::Socket(Socket { next_error: socket.next_error(), own: socket, retry: None })
    }

    /// Whether what is read and written are messages with bounds.
    pub(super) fn is_datagram(&self) -> bool {
        match self {
            Self::Stream(_) => false,
            Self::Socket(_) | Self::Peer(_) => true,
        }
    }

    /// Hears what comes next.
    pub(super) fn poll_hear(&mut self, cx: &mut Context<'_>) -> Poll<Heard> {
        match self {
            Self::Stream(wire) => poll_stream(wire.as_mut(), cx),
            Self::Socket(socket) => {
                if let Some(error) = &mut socket.next_error
                    && let Poll::Ready(error) = error.as_mut().poll(cx)
                {
                    socket.next_error = socket.own.next_error();
                    return Poll::Ready(Heard::Undelivered(error));
                }
                Poll::Ready(match ready!(socket.own.poll_receive(cx)) {
                    Ok(datagram) => Heard::Bytes(datagram.bytes),
                    Err(error) if is_undelivered(&error) => Heard::Undelivered(error),
                    Err(error) => Heard::Ended(words::closing(&error)),
                })
            }
            Self::Peer(peer) => Poll::Ready(match ready!(peer.inbox.poll_recv(cx)) {
                Some(bytes) => Heard::Bytes(bytes),
                None => Heard::Ended(Closing::Ours),
            }),
        }
    }

    /// Says as much of the bytes as the system takes; of datagrams all. Gives how much.
    pub(super) fn poll_say(&mut self, cx: &mut Context<'_>, bytes: &Bytes) -> Poll<io::Result<usize>> {
        let (socket, to, retry) = match self {
            Self::Stream(wire) => return Pin::new(wire.as_mut()).poll_write(cx, bytes),
            Self::Socket(socket) => (&socket.own, None, &mut socket.retry),
            Self::Peer(Peer { to: None, .. }) => {
                let why = "its socket has no address to answer to";
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::AddrNotAvailable, why)));
            }
            Self::Peer(peer) => (&*peer.socket, peer.to.as_ref(), &mut peer.retry),
        };
        loop {
            if let Some(sleep) = retry {
                ready!(sleep.as_mut().poll(cx));
                *retry = None;
            }
            match socket.send(bytes, to) {
                Ok(()) => return Poll::Ready(Ok(bytes.len())),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => *retry = Some(Box::pin(sleep(RETRY_AFTER))),
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    /// Says that no more follows; datagrams know no such word.
    pub(super) fn poll_finish(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Stream(wire) => wire.poll_finish(cx),
            Self::Socket(_) | Self::Peer(_) => Poll::Ready(Ok(())),
        }
    }

    /// How the conversation has ended when this failed on the end.
    pub(super) fn closing(&self, error: &io::Error) -> Closing {
        match self {
            Self::Stream(wire) => wire.closing(error),
            Self::Socket(_) | Self::Peer(_) => words::closing(error),
        }
    }

    /// Makes the coming drop a reset, where there is one.
    pub(super) fn arm_reset(&self) -> Reset {
        match self {
            Self::Stream(wire) => wire.arm_reset(),
            Self::Socket(_) | Self::Peer(_) => Reset::Unknown,
        }
    }
}

thread_local! {
    /// What a thread reads streams into, so that idle ones hold nothing.
    static ROOM: RefCell<BytesMut> = RefCell::new(BytesMut::with_capacity(CHUNK));
}

/// Reads what has come. A chunk that fills most of the room leaves with it, uncopied; a small one is copied out, so that
/// it does not keep the room from others for as long as it is kept.
fn poll_stream(wire: &mut dyn Wire, cx: &mut Context<'_>) -> Poll<Heard> {
    ROOM.with_borrow_mut(|room| {
        let read = ready!(poll_read_buf(Pin::new(&mut *wire), cx, room));
        Poll::Ready(match read {
            Ok(0) => Heard::Finished,
            Ok(count) if count >= CHUNK / 2 => {
                Heard::Bytes(std::mem::replace(room, BytesMut::with_capacity(CHUNK)).freeze())
            }
            Ok(_) => {
                let bytes = Bytes::copy_from_slice(room);
                room.clear();
                Heard::Bytes(bytes)
            }
            Err(error) => Heard::Ended(wire.closing(&error)),
        })
    })
}

/// Whether the error is about a datagram sent before, and the socket is as good as ever.
fn is_undelivered(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable
    )
}

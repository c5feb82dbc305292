//! One end of a tapped conversation: a stream or datagrams, read and written alike.

use std::cell::RefCell;
use std::io::{self, IoSlice};
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

/// The longest message of a stream, and so the most told at once, bytes. It is also the most that fits a UDP datagram
/// over IPv4, so that a stream can be tapped into datagrams.
const CHUNK: usize = 65_507;

/// The most read at once, bytes: of a flood several messages, so that both ends are woken more seldom.
const ROOM_SIZE: usize = 512 << 10;

/// Short messages share an allocation of so many bytes. It lives as long as the last of them, which is why it is small.
const SHELF_SIZE: usize = 4 << 10;

/// The longest message that is taken for short, bytes.
const SHORT: usize = 512;

/// Messages written at once: as many as are read at once.
const AT_ONCE: usize = 9;

/// How soon a datagram is tried again that the system had no room for.
const RETRY_AFTER: Duration = Duration::from_millis(1);

/// The end.
pub(super) enum Leg {
    /// A stream.
    Stream(Stream),
    /// A datagram socket that is connected to its peer.
    Socket(Socket),
    /// One peer of the datagram socket where the tap listens.
    Peer(Peer),
}

/// A stream.
pub(super) struct Stream {
    wire: Box<dyn Wire>,
    /// What was read and is yet to be heard.
    rest: Bytes,
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

    /// Whether more was read than was heard.
    pub(super) fn has_rest(&self) -> bool {
        match self {
            Self::Stream(stream) => !stream.rest.is_empty(),
            Self::Socket(_) | Self::Peer(_) => false,
        }
    }

    /// Hears what comes next.
    pub(super) fn poll_hear(&mut self, cx: &mut Context<'_>) -> Poll<Heard> {
        match self {
            Self::Stream(stream) => stream.poll_hear(cx),
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

    /// Says as much of the bytes as the system takes; of datagrams the first, whole. Gives how many bytes.
    pub(super) fn poll_say<'a>(
        &mut self,
        cx: &mut Context<'_>,
        mut bytes: impl Iterator<Item = &'a Bytes>,
    ) -> Poll<io::Result<usize>> {
        let (socket, to, retry) = match self {
            Self::Stream(stream) => return stream.poll_say(cx, bytes),
            Self::Socket(socket) => (&socket.own, None, &mut socket.retry),
            Self::Peer(Peer { to: None, .. }) => {
                let why = "its socket has no address to answer to";
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::AddrNotAvailable, why)));
            }
            Self::Peer(peer) => (&*peer.socket, peer.to.as_ref(), &mut peer.retry),
        };
        let Some(bytes) = bytes.next() else { return Poll::Ready(Ok(0)) };
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
            Self::Stream(stream) => stream.wire.poll_finish(cx),
            Self::Socket(_) | Self::Peer(_) => Poll::Ready(Ok(())),
        }
    }

    /// How the conversation has ended when this failed on the end.
    pub(super) fn closing(&self, error: &io::Error) -> Closing {
        match self {
            Self::Stream(stream) => stream.wire.closing(error),
            Self::Socket(_) | Self::Peer(_) => words::closing(error),
        }
    }

    /// Makes the coming drop a reset, where there is one.
    pub(super) fn arm_reset(&self) -> Reset {
        match self {
            Self::Stream(stream) => stream.wire.arm_reset(),
            Self::Socket(_) | Self::Peer(_) => Reset::Unknown,
        }
    }
}

thread_local! {
    /// What a thread reads streams into, so that idle ones hold nothing.
    static ROOM: RefCell<BytesMut> = RefCell::new(BytesMut::with_capacity(ROOM_SIZE));

    /// Where a thread puts the next short messages.
    static SHELF: RefCell<BytesMut> = RefCell::new(BytesMut::with_capacity(SHELF_SIZE));
}

/// A copy of a message.
fn copied(message: &[u8]) -> Bytes {
    if message.len() > SHORT {
        return Bytes::copy_from_slice(message);
    }
    SHELF.with_borrow_mut(|shelf| {
        if shelf.capacity() < message.len() {
            *shelf = BytesMut::with_capacity(SHELF_SIZE);
        }
        shelf.extend_from_slice(message);
        shelf.split().freeze()
    })
}

impl Stream {
    /// A stream as an end.
    pub(super) fn new(wire: Box<dyn Wire>) -> Self {
        Self { wire, rest: Bytes::new() }
    }

    /// Hears what has come, one message of it. More than fits one leaves the room uncopied; less is copied out, so that
    /// it does not keep the room from others for as long as it is kept.
    fn poll_hear(&mut self, cx: &mut Context<'_>) -> Poll<Heard> {
        if !self.rest.is_empty() {
            return Poll::Ready(Heard::Bytes(self.next_message()));
        }
        let wire = self.wire.as_mut();
        let read = ROOM.with_borrow_mut(|room| {
            let read = ready!(poll_read_buf(Pin::new(wire), cx, room));
            self.rest = if room.len() < CHUNK { copied(room) } else { room.split().freeze() };
            room.clear();
            if room.capacity() < CHUNK {
                *room = BytesMut::with_capacity(ROOM_SIZE);
            }
            Poll::Ready(read)
        });
        Poll::Ready(match ready!(read) {
            Ok(0) => Heard::Finished,
            Ok(_) => Heard::Bytes(self.next_message()),
            Err(error) => Heard::Ended(self.wire.closing(&error)),
        })
    }

    fn next_message(&mut self) -> Bytes {
        self.rest.split_to(self.rest.len().min(CHUNK))
    }

    fn poll_say<'a>(
        &mut self,
        cx: &mut Context<'_>,
        mut bytes: impl Iterator<Item = &'a Bytes>,
    ) -> Poll<io::Result<usize>> {
        let mut slices = [IoSlice::new(&[]); AT_ONCE];
        let count = slices.iter_mut().zip(&mut bytes).map(|(slice, bytes)| *slice = IoSlice::new(bytes)).count();
        let wire = Pin::new(self.wire.as_mut());
        match &slices[..count] {
            [one] => wire.poll_write(cx, one),
            several => wire.poll_write_vectored(cx, several),
        }
    }
}

/// Whether the error is about a datagram sent before, and the socket is as good as ever.
fn is_undelivered(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable
    )
}

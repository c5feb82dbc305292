//! A socket for datagrams, UDP or Unix, as one type: whole datagrams in and out, with the address of the other end.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use socket2::{SockAddr, SockRef, Socket};
use tokio::io::{Interest, ReadBuf};
use tokio::net::{UdpSocket, UnixDatagram};

use super::{place, scratch};
use crate::model::{Address, Transport};

/// The socket.
#[derive(Debug)]
pub(crate) enum DatagramSocket {
    Udp(Arc<UdpSocket>),
    Unix(UnixDatagram),
}

/// An error that is waited for.
pub(crate) type NextError = Pin<Box<dyn Future<Output = io::Error> + Send>>;

/// One datagram that came.
#[derive(Debug)]
pub(crate) struct Datagram {
    /// Who sent it; an unnamed Unix socket is `Unnamed(0)`.
    pub from: Address,
    /// All of it.
    pub bytes: Bytes,
}

impl DatagramSocket {
    /// Takes a bound, non-blocking socket over.
    pub(crate) fn new(socket: Socket, transport: Transport) -> io::Result<Self> {
        match transport {
            Transport::UnixDatagram => UnixDatagram::from_std(socket.into()).map(DatagramSocket::Unix),
            Transport::Udp | Transport::Tcp | Transport::Unix | Transport::Tls => {
                UdpSocket::from_std(socket.into()).map(|socket| DatagramSocket::Udp(Arc::new(socket)))
            }
        }
    }

    pub(crate) fn transport(&self) -> Transport {
        match self {
            DatagramSocket::Udp(_) => Transport::Udp,
            DatagramSocket::Unix(_) => Transport::UnixDatagram,
        }
    }

    /// Its own address.
    pub(crate) fn local(&self) -> Address {
        place::shown(&self.options().local_addr(), 0)
    }

    /// The options of the socket underneath.
    pub(crate) fn options(&self) -> SockRef<'_> {
        match self {
            DatagramSocket::Udp(socket) => SockRef::from(&**socket),
            DatagramSocket::Unix(socket) => SockRef::from(socket),
        }
    }

    /// Takes the next datagram that has come.
    pub(crate) fn poll_receive(&self, cx: &mut Context<'_>) -> Poll<io::Result<Datagram>> {
        scratch::with(|scratch| {
            let mut buffer = ReadBuf::new(scratch);
            let from = match self {
                DatagramSocket::Udp(socket) => Address::Ip(ready!(socket.poll_recv_from(cx, &mut buffer))?),
                DatagramSocket::Unix(socket) => {
                    let from = ready!(socket.poll_recv_from(cx, &mut buffer))?;
                    match (from.as_pathname(), from.as_abstract_name()) {
                        (Some(path), _) => Address::Unix(path.to_string_lossy().into_owned()),
                        (None, Some(name)) => Address::Unix(format!("@{}", String::from_utf8_lossy(name))),
                        (None, None) => Address::Unnamed(0),
                    }
                }
            };
            Poll::Ready(Ok(Datagram { from, bytes: Bytes::copy_from_slice(buffer.filled()) }))
        })
    }

    /// The next error that the network sends back (ICMP). It makes a socket neither readable nor writable, so that it
    /// is waited for by itself.
    pub(crate) fn next_error(&self) -> Option<NextError> {
        let socket = match self {
            DatagramSocket::Udp(socket) => socket.clone(),
            DatagramSocket::Unix(_) => return None,
        };
        Some(Box::pin(async move {
            loop {
                if let Err(error) = socket.ready(Interest::ERROR).await {
                    return error;
                }
                let taken = socket.try_io(Interest::ERROR, || match socket.take_error()? {
                    Some(error) => Ok(error),
                    None => Err(io::ErrorKind::WouldBlock.into()),
                });
                match taken {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Ok(error) | Err(error) => return error,
                }
            }
        }))
    }

    /// Hands one datagram to the system: to `to`, or where the socket is connected. It never waits.
    pub(crate) fn send(&self, bytes: &[u8], to: Option<&SockAddr>) -> io::Result<()> {
        let socket = self.options();
        let sent = match to {
            Some(to) => socket.send_to(bytes, to),
            None => socket.send(bytes),
        };
        sent.map(drop)
    }
}

/// A peer's address for the system; None when it has none to send to.
pub(crate) fn raw(address: &Address) -> Option<SockAddr> {
    match address {
        Address::Ip(ip) => Some((*ip).into()),
        Address::Unix(path) => place::unix("send", path).ok(),
        Address::Unnamed(_) => None,
    }
}

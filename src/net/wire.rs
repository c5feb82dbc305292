//! The streams connections run on: TCP, Unix, and TLS over TCP.

use std::io;
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

use super::connection::{Reset, Wire};
use super::words;
use crate::model::Closing;

impl Wire for TcpStream {
    fn arm_reset(&self) -> Reset {
        // It fails only on a socket that is gone already.
        let _ = self.set_zero_linger();
        Reset::Armed
    }

    fn poll_finish(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Past tokio, which takes a connection that was reset for one that is finished.
        Poll::Ready(SockRef::from(&*self).shutdown(Shutdown::Write))
    }

    fn closing(&self, error: &io::Error) -> Closing {
        tcp_closing(error)
    }
}

impl Wire for UnixStream {
    fn arm_reset(&self) -> Reset {
        Reset::Unknown
    }

    fn closing(&self, error: &io::Error) -> Closing {
        words::closing(error)
    }
}

/// Once a reset has come, writing to TCP fails with EPIPE and finishing with ENOTCONN.
fn tcp_closing(error: &io::Error) -> Closing {
    let is_gone = matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::NotConnected);
    if is_gone { Closing::ResetByPeer } else { words::closing(error) }
}

/// A TCP stream of which one more handle is kept, to reset it while something else reads and writes it.
#[derive(Debug, Clone)]
pub(crate) struct SharedTcp(pub Arc<TcpStream>);

impl AsyncRead for SharedTcp {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.0.poll_read_ready(cx))?;
            match self.0.try_read(buffer.initialize_unfilled()) {
                Ok(count) => {
                    buffer.advance(count);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for SharedTcp {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.0.poll_write_ready(cx))?;
            match self.0.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(SockRef::from(&*self.0).shutdown(Shutdown::Write))
    }
}

/// The plain text side of TLS over TCP.
#[derive(Debug)]
pub(crate) struct Secured<S> {
    pub plain: S,
    pub tcp: Arc<TcpStream>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Secured<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.plain).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Secured<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.plain).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.plain).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.plain).poll_shutdown(cx)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Wire for Secured<S> {
    fn arm_reset(&self) -> Reset {
        let _ = self.tcp.set_zero_linger();
        Reset::Armed
    }

    fn closing(&self, error: &io::Error) -> Closing {
        tcp_closing(error)
    }
}

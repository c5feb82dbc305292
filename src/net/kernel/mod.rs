//! What the kernel knows of the lab's own TCP sockets, asked while somebody looks.

mod diag;

use std::time::Duration;

use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, recv, sendto, setsockopt, socket, sockopt,
};
use nix::sys::time::{TimeVal, TimeValLike};
use std::os::fd::{AsRawFd, OwnedFd};
use tokio::time::{MissedTickBehavior, interval};

use super::report::Reporter;
use super::words;
use crate::contract::NetFact;
use crate::model::{SocketEnds, TcpSocket, Trouble};

/// How often it is asked: five times a second, as fast as a person reads.
const PACE: Duration = Duration::from_millis(200);

/// Sockets asked for at a time; each question takes the kernel some microseconds.
pub const WATCHED_LIMIT: usize = 128;

/// The kernel answers at once, in the same call; this only bounds what cannot be.
const PATIENCE: Duration = Duration::from_millis(100);

/// An answer is some hundred bytes, with what newer kernels may add.
const ANSWER_ROOM: usize = 8 * 1024;

/// Asks until it is dropped, and tells what has changed. What is not there is not in the answer.
pub(super) async fn watch(reporter: Reporter, ends: Vec<SocketEnds>) {
    let mut ticks = interval(PACE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut kernel = match Kernel::open() {
        Ok(kernel) => kernel,
        Err(trouble) => return reporter.tell(NetFact::Kernel(Err(trouble))).await,
    };
    let mut told = None;
    loop {
        ticks.tick().await;
        let sockets = kernel.look(&ends);
        let is_over = sockets.is_err();
        if told.as_ref() != Some(&sockets) {
            told = Some(sockets.clone());
            reporter.tell(NetFact::Kernel(sockets)).await;
        }
        if is_over {
            return;
        }
    }
}

/// A line to the kernel (sock_diag(7)); it needs no privileges.
struct Kernel {
    line: OwnedFd,
    asked: u32,
    room: Vec<u8>,
}

impl Kernel {
    fn open() -> Result<Self, Trouble> {
        let flags = SockFlag::SOCK_CLOEXEC;
        let line =
            socket(AddressFamily::Netlink, SockType::Raw, flags, SockProtocol::NetlinkSockDiag).map_err(trouble)?;
        let patience = TimeVal::microseconds(PATIENCE.as_micros() as i64);
        setsockopt(&line, sockopt::ReceiveTimeout, &patience).map_err(trouble)?;
        Ok(Self { line, asked: 0, room: vec![0; ANSWER_ROOM] })
    }

    fn look(&mut self, ends: &[SocketEnds]) -> Result<Vec<TcpSocket>, Trouble> {
        let mut sockets = Vec::new();
        for ends in ends.iter().take(WATCHED_LIMIT) {
            sockets.extend(self.ask(*ends)?);
        }
        Ok(sockets)
    }

    fn ask(&mut self, ends: SocketEnds) -> Result<Option<TcpSocket>, Trouble> {
        self.asked = self.asked.wrapping_add(1);
        let question = diag::question(self.asked, ends);
        let to_kernel = NetlinkAddr::new(0, 0);
        sendto(self.line.as_raw_fd(), &question, &to_kernel, MsgFlags::empty()).map_err(trouble)?;
        loop {
            let length = recv(self.line.as_raw_fd(), &mut self.room, MsgFlags::empty()).map_err(trouble)?;
            match diag::answer(&self.room[..length], self.asked, ends) {
                diag::Answer::Socket(socket) => return Ok(Some(*socket)),
                diag::Answer::NotThere => return Ok(None),
                diag::Answer::Refused(number) => return Err(trouble(nix::Error::from_raw(number))),
                // An answer to a question that was given up.
                diag::Answer::Other => {}
            }
        }
    }
}

fn trouble(error: nix::Error) -> Trouble {
    let why = words::why(&error.into());
    Trouble::new("ask", "the kernel of its TCP sockets", why, "only Linux tells of them (sock_diag)")
}

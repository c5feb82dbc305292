//! What the system's errors mean, in plain words.

use std::io;

use rustix::io::Errno;

use crate::model::Closing;

/// Why it failed, as a person says it.
pub(crate) fn why(error: &io::Error) -> String {
    let words = match Errno::from_io_error(error) {
        Some(Errno::CONNREFUSED) => "nobody listens there",
        Some(Errno::CONNRESET) => "the other end reset the connection",
        Some(Errno::PIPE) => "the other end has closed and reads no more",
        Some(Errno::ADDRINUSE) => "it is in use by another program",
        Some(Errno::ADDRNOTAVAIL) => "this machine has no such address",
        Some(Errno::AFNOSUPPORT) => "this machine does not speak that kind of address",
        Some(Errno::ACCESS | Errno::PERM) => "permission denied",
        Some(Errno::NOENT) => "there is no such file or folder",
        Some(Errno::NOTDIR) => "a part of the path is no folder",
        Some(Errno::MSGSIZE) => "the datagram is too large for the system",
        Some(Errno::NETUNREACH) => "the network is unreachable from here",
        Some(Errno::NODEV) => "no interface leads there",
        Some(Errno::HOSTUNREACH) => "the host is unreachable from here",
        Some(Errno::TIMEDOUT) => "no answer came in time",
        Some(Errno::PROTOTYPE) => "a socket of another kind is there",
        Some(Errno::MFILE | Errno::NFILE) => "no more sockets can be open at once (see ulimit -n)",
        Some(Errno::NOBUFS | Errno::NOMEM) => "the system is short of memory for sockets",
        Some(Errno::AGAIN) => "the other end is full and takes no more now",
        _ => return without_number(error),
    };
    words.to_owned()
}

/// How a connection has ended when a read or write on it failed so.
#[expect(clippy::wildcard_enum_match_arm, reason = "the system's errors are many, and not ours")]
pub(crate) fn closing(error: &io::Error) -> Closing {
    match error.kind() {
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => Closing::ResetByPeer,
        _ => Closing::Failed(why(error)),
    }
}

/// Whether the failure is one of running out, which time may mend.
pub(crate) fn is_exhaustion(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM))
}

fn without_number(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((words, _)) => words.to_lowercase(),
        None => text,
    }
}

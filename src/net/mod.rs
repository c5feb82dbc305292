//! Tasks that carry the contract out on real sockets; they perform and report, and decide nothing.

pub mod report;

use std::io;

use tokio::sync::mpsc;

use crate::contract::{NetCommand, NetEvent};

/// Starts the network thread. It ends when the commands' sender is dropped.
///
/// # Errors
/// The process has no thread left.
pub fn start() -> io::Result<(mpsc::Sender<NetCommand>, mpsc::Receiver<NetEvent>)> {
    let (commands, mut heard) = mpsc::channel::<NetCommand>(64);
    let (told, events) = mpsc::channel(report::REPORT_QUEUE);
    std::thread::Builder::new().name("net".into()).spawn(move || {
        let _told = told;
        while heard.blocking_recv().is_some() {}
    })?;
    Ok((commands, events))
}

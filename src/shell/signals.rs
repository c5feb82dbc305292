//! The thread that hears what the system tells the process, and has the last word when nobody listens to it.

use std::io;
use std::thread;
use std::time::Duration;

use rustix::process::Signal;
use tokio::runtime;
use tokio::signal::unix::{Signal as Stream, SignalKind, signal};
use tokio::sync::{mpsc, oneshot};

use super::{files, terminal};

/// How long the program may take to end after it was told to; then it is ended. A terminal that has stopped
/// reading blocks the writer, and a program that cannot be ended is worse than one that ends untidily.
const END_PATIENCE: Duration = Duration::from_millis(1500);

/// Notices waiting to be heard.
const QUEUE: usize = 16;

/// What the system told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// End; the number of the signal. The process ends soon, whoever listens.
    End(i32),
    /// End, if it is this program that was meant and not one it has started; the number of the signal.
    Interrupt(i32),
    /// Stop for a while, the terminal given back.
    Suspend,
    /// The program was stopped, and goes on.
    Continued,
    /// The terminal has another size.
    Resized,
}

/// Hears signals from when it returns until the process ends.
///
/// # Errors
/// A signal cannot be caught, or the process has no thread left.
pub fn hear() -> io::Result<mpsc::Receiver<Notice>> {
    let (sender, notices) = mpsc::channel(QUEUE);
    let (ready, listening) = oneshot::channel();
    thread::Builder::new().name("signals".into()).stack_size(256 * 1024).spawn(move || match prepare() {
        Ok((runtime, streams)) => {
            let _ = ready.send(Ok(()));
            runtime.block_on(listen(streams, &sender));
        }
        Err(error) => {
            let _ = ready.send(Err(error));
        }
    })?;
    listening.blocking_recv().map_err(io::Error::other)??;
    Ok(notices)
}

/// Ends the process when it is told to end, without a screen and with nothing half written left behind.
///
/// # Errors
/// A signal cannot be caught, or the process has no thread left.
pub fn end_when_told() -> io::Result<()> {
    let (ready, listening) = oneshot::channel();
    thread::Builder::new().name("signals".into()).stack_size(256 * 1024).spawn(move || {
        let caught = runtime::Builder::new_current_thread().enable_all().build().and_then(|runtime| {
            let within = runtime.enter();
            let streams = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
            drop(within);
            Ok((runtime, streams))
        });
        match caught {
            Ok((runtime, (mut interrupt, mut terminate))) => {
                let _ = ready.send(Ok(()));
                let ended = runtime.block_on(async {
                    tokio::select! {
                        _ = interrupt.recv() => Signal::INT,
                        _ = terminate.recv() => Signal::TERM,
                    }
                });
                files::exit(status(ended.as_raw()));
            }
            Err(error) => {
                let _ = ready.send(Err(error));
            }
        }
    })?;
    listening.blocking_recv().map_err(io::Error::other)?
}

struct Streams {
    terminate: Stream,
    hang_up: Stream,
    interrupt: Stream,
    quit: Stream,
    suspend: Stream,
    go_on: Stream,
    resize: Stream,
}

fn prepare() -> io::Result<(runtime::Runtime, Streams)> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let streams = {
        let _within = runtime.enter();
        Streams {
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            suspend: signal(SignalKind::from_raw(Signal::TSTP.as_raw()))?,
            go_on: signal(SignalKind::from_raw(Signal::CONT.as_raw()))?,
            resize: signal(SignalKind::window_change())?,
        }
    };
    Ok((runtime, streams))
}

async fn listen(mut streams: Streams, sender: &mpsc::Sender<Notice>) {
    loop {
        let notice = next(&mut streams).await;
        match notice {
            // A size not heard is one of many; the next frame asks for the size itself.
            Notice::Resized => {
                let _ = sender.try_send(notice);
            }
            Notice::End(number) => {
                let patience = tokio::time::sleep(END_PATIENCE);
                tokio::join!(patience, async { sender.send_timeout(notice, END_PATIENCE).await.ok() });
                terminal::give_back_by_force();
                files::exit(status(number));
            }
            Notice::Interrupt(_) | Notice::Suspend | Notice::Continued => {
                let _ = sender.send(notice).await;
            }
        }
    }
}

async fn next(streams: &mut Streams) -> Notice {
    tokio::select! {
        _ = streams.terminate.recv() => Notice::End(Signal::TERM.as_raw()),
        _ = streams.hang_up.recv() => Notice::End(Signal::HUP.as_raw()),
        _ = streams.interrupt.recv() => Notice::Interrupt(Signal::INT.as_raw()),
        _ = streams.quit.recv() => Notice::Interrupt(Signal::QUIT.as_raw()),
        _ = streams.suspend.recv() => Notice::Suspend,
        _ = streams.go_on.recv() => Notice::Continued,
        _ = streams.resize.recv() => Notice::Resized,
    }
}

/// The exit status of a program that a signal ended, as shells tell it.
pub fn status(number: i32) -> i32 {
    128 + number
}

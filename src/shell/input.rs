//! The thread that waits for keys: it sleeps until the terminal has some, or is gone.

use std::io::{self, PipeReader, PipeWriter, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use tokio::sync::mpsc;

use super::keyboard::{Keyboard, Typed};

/// Keys waiting to be heard; the thread waits beyond that, and the terminal keeps the rest.
const QUEUE: usize = 64;

/// What is read at once.
const CHUNK: usize = 4096;

/// Keys as they come. When dropped, nothing reads the terminal any more: another program may.
pub struct Input {
    typed: mpsc::Receiver<Typed>,
    /// Its closing tells the thread to stop.
    stop: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

impl Input {
    /// Begins to read.
    ///
    /// # Errors
    /// The process has no descriptor or thread left.
    pub fn start(tty: OwnedFd) -> io::Result<Self> {
        let (sender, typed) = mpsc::channel(QUEUE);
        let (stopped, stop) = io::pipe()?;
        let thread = thread::Builder::new()
            .name("keys".into())
            .stack_size(256 * 1024)
            .spawn(move || read(tty, &stopped, &sender))?;
        Ok(Self { typed, stop: Some(stop), thread: Some(thread) })
    }

    /// The next thing typed; None when the terminal is gone.
    pub async fn next(&mut self) -> Option<Typed> {
        self.typed.recv().await
    }

    /// What has been typed and not yet been heard.
    pub fn waiting(&mut self) -> Option<Typed> {
        self.typed.try_recv().ok()
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        self.typed.close();
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Why the thread woke.
enum Woke {
    Keys,
    Quiet,
    Over,
}

fn read(tty: OwnedFd, stopped: &PipeReader, sender: &mpsc::Sender<Typed>) {
    let mut keyboard = Keyboard::default();
    let mut tty = std::fs::File::from(tty);
    let mut chunk = [0; CHUNK];
    loop {
        let typed = match wait(&tty, stopped, keyboard.patience()) {
            Woke::Keys => match tty.read(&mut chunk) {
                // A terminal never ends but by hanging up: 0 or EIO, according to who looks when.
                Ok(0) => return,
                Ok(length) => keyboard.feed(&chunk[..length]),
                Err(error) if is_passing(&error) => continue,
                Err(_) => return,
            },
            Woke::Quiet => keyboard.nothing_more(),
            Woke::Over => return,
        };
        for one in typed {
            if sender.blocking_send(one).is_err() {
                return;
            }
        }
    }
}

fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock)
}

fn wait(tty: &impl AsFd, stopped: &PipeReader, patience: Option<Duration>) -> Woke {
    let timeout =
        patience.map(|span| Timespec { tv_sec: span.as_secs() as i64, tv_nsec: i64::from(span.subsec_nanos()) });
    loop {
        let mut polled = [PollFd::new(stopped, PollFlags::IN), PollFd::new(tty, PollFlags::IN)];
        match rustix::event::poll(&mut polled, timeout.as_ref()) {
            Ok(0) => return Woke::Quiet,
            Ok(_) if !polled[0].revents().is_empty() => return Woke::Over,
            // Keys typed before the hang-up are still read; then the read says that it is over.
            Ok(_) if polled[1].revents().contains(PollFlags::IN) => return Woke::Keys,
            Err(Errno::INTR | Errno::AGAIN) => {}
            Ok(_) | Err(_) => return Woke::Over,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
    use std::io::Write;

    fn letter(letter: char) -> Typed {
        Typed::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE))
    }

    #[tokio::test]
    async fn hears_the_last_keys_and_then_that_the_terminal_is_gone() {
        let (near, mut far) = io::pipe().unwrap();
        let mut input = Input::start(near.into()).unwrap();
        far.write_all(b"ab").unwrap();
        drop(far);
        assert_eq!(input.next().await, Some(letter('a')));
        assert_eq!(input.next().await, Some(letter('b')));
        assert_eq!(input.next().await, None);
    }

    #[tokio::test]
    async fn a_lone_escape_needs_no_further_key() {
        let (near, mut far) = io::pipe().unwrap();
        let mut input = Input::start(near.into()).unwrap();
        far.write_all(b"\x1b").unwrap();
        assert_eq!(input.next().await, Some(Typed::Key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE))));
    }

    #[tokio::test]
    async fn once_dropped_it_leaves_what_is_typed_to_others() {
        let (mut near, mut far) = io::pipe().unwrap();
        let mut input = Input::start(near.try_clone().unwrap().into()).unwrap();
        far.write_all(&[b'x'; QUEUE * 2]).unwrap();
        assert_eq!(input.next().await, Some(letter('x')));
        drop(input);
        far.write_all(b"for the editor").unwrap();
        drop(far);
        let mut heard = String::new();
        near.read_to_string(&mut heard).unwrap();
        assert!(heard.ends_with("for the editor"), "{heard:?}");
    }
}

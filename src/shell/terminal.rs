//! The user's terminal, taken for the screen and given back whole, whatever ends the program.
//!
//! One place writes to it: what is written goes through [`Terminal::write`], whole or not at all, and nothing is
//! written any more once it has been given back. So a panic in any thread can give it back in the middle of a frame.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::Stdio;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use ratatui::layout::Size;
use rustix::event::{PollFd, PollFlags};
use rustix::process::Signal;
use rustix::termios::{OptionalActions, Termios};

use super::last_words;

/// Alternate screen, bracketed paste, mouse (buttons, dragging; SGR coordinates), no cursor, blank.
/// Motion without a button (1003) is left off: every move of the mouse would wake the program.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?2004h\x1b[?1000h\x1b[?1002h\x1b[?1006h\x1b[?25l\x1b[0m\x1b[H\x1b[2J";

/// The same backwards; before it the end of a synchronized update and of all colours.
const LEAVE: &[u8] = b"\x1b[?2026l\x1b[0m\x1b[?1006l\x1b[?1002l\x1b[?1000l\x1b[?2004l\x1b[?25h\x1b[?1049l";

/// How long giving back by force waits for a write that is under way.
const FORCE_PATIENCE: Duration = Duration::from_millis(200);

/// The largest screen drawn; a terminal that claims more gets this much, so that memory stays bounded.
const LARGEST: Size = Size { width: 1000, height: 500 };

/// The size taken when the terminal does not know its own.
const USUAL: Size = Size { width: 80, height: 24 };

static TTY: OnceLock<Tty> = OnceLock::new();
static HELD: Mutex<Held> = Mutex::new(Held::Given);

/// The terminal's two ends and how it was found.
struct Tty {
    input: File,
    output: File,
    before: Mutex<Termios>,
}

/// Who has the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    /// The program: it is raw, and shows the screen.
    Taken,
    /// Whoever started the program.
    Given,
}

/// What became of an attempt to take the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entered {
    /// It is ours and blank.
    Yes,
    /// The program runs in the background; the terminal belongs to another job.
    InBackground,
}

/// The terminal, held by the program; given back when dropped. There is one in a process.
#[derive(Debug)]
pub struct Terminal(());

impl Terminal {
    /// Takes the terminal: raw mode, alternate screen, mouse, paste marks. From now on a panic in any
    /// thread gives it back first, then says what happened and ends the program with status 101.
    ///
    /// # Errors
    /// There is no terminal, or it is gone.
    pub fn take() -> io::Result<Self> {
        let tty = open()?;
        if TTY.set(tty).is_err() {
            return Err(io::Error::other("the terminal has been taken before"));
        }
        last_words::give_the_terminal_back_on_panic();
        let terminal = Self(());
        enter()?;
        Ok(terminal)
    }

    /// Takes it again after [`Terminal::leave`], or after the program was stopped; the screen is then blank.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn enter(&self) -> io::Result<Entered> {
        if in_background(tty()?) {
            *held() = Held::Given;
            return Ok(Entered::InBackground);
        }
        enter()?;
        Ok(Entered::Yes)
    }

    /// Gives it back for a while.
    pub fn leave(&self) {
        give_back();
    }

    /// Writes all of it, or nothing when the terminal is not held.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let tty = tty()?;
        let held = held();
        match *held {
            Held::Taken => write_all(&tty.output, bytes),
            Held::Given => Ok(()),
        }
    }

    /// Its size in cells, at least 1x1.
    pub fn size(&self) -> Size {
        let Some(size) = TTY.get().and_then(|tty| rustix::termios::tcgetwinsize(&tty.output).ok()) else {
            return USUAL;
        };
        match (size.ws_col, size.ws_row) {
            (0, _) | (_, 0) => USUAL,
            (width, height) => Size { width: width.min(LARGEST.width), height: height.min(LARGEST.height) },
        }
    }

    /// The end that keys are read from.
    ///
    /// # Errors
    /// The process has no descriptor left.
    pub fn input(&self) -> io::Result<OwnedFd> {
        Ok(tty()?.input.try_clone()?.into())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        give_back();
    }
}

/// Gives the terminal back if it is held; from any thread, any number of times.
pub fn give_back() {
    let Some(tty) = TTY.get() else { return };
    let mut held = held();
    if std::mem::replace(&mut *held, Held::Given) == Held::Taken {
        leave(tty);
    }
}

/// Gives the terminal back even while another thread is stuck writing to it, as far as that goes: its settings
/// always, its screen only if it still takes bytes.
pub fn give_back_by_force() {
    let Some(tty) = TTY.get() else { return };
    let give_up = Instant::now() + FORCE_PATIENCE;
    while Instant::now() < give_up {
        if let Ok(mut held) = HELD.try_lock() {
            if std::mem::replace(&mut *held, Held::Given) == Held::Taken {
                leave(tty);
            }
            return;
        }
        std::thread::sleep(FORCE_PATIENCE / 20);
    }
    restore_modes(tty);
    if is_writable(tty.output.as_fd(), Duration::ZERO) {
        let _ = (&tty.output).write(LEAVE);
    }
}

/// Stops the process as job control does, and returns when it is continued. SIGSTOP, for SIGTSTP is caught.
pub fn stop() {
    let _ = rustix::process::kill_process(rustix::process::getpid(), Signal::STOP);
}

/// Asks the whole job to stop, as ctrl-z does outside raw mode: also whoever waits for this process.
pub fn stop_the_job() {
    let _ = rustix::process::kill_current_process_group(Signal::TSTP);
}

/// What a program that has the terminal for a while reads keys from. Standard input may be a capture.
pub fn lent_input() -> Stdio {
    tty().and_then(|tty| tty.input.try_clone()).map_or_else(|_| Stdio::inherit(), Stdio::from)
}

fn open() -> io::Result<Tty> {
    let stdout = io::stdout();
    if !stdout.is_terminal() {
        return Err(io::Error::new(io::ErrorKind::NotFound, "standard output is not a terminal"));
    }
    let output = File::from(stdout.as_fd().try_clone_to_owned()?);
    let stdin = io::stdin();
    let input = if stdin.is_terminal() {
        File::from(stdin.as_fd().try_clone_to_owned()?)
    } else {
        File::options().read(true).write(true).open("/dev/tty")?
    };
    let before = Mutex::new(rustix::termios::tcgetattr(&input)?);
    Ok(Tty { input, output, before })
}

fn tty() -> io::Result<&'static Tty> {
    TTY.get().ok_or_else(|| io::Error::other("the terminal has not been taken"))
}

fn held() -> MutexGuard<'static, Held> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

fn before(tty: &Tty) -> MutexGuard<'_, Termios> {
    tty.before.lock().unwrap_or_else(PoisonError::into_inner)
}

fn enter() -> io::Result<()> {
    let tty = tty()?;
    let mut held = held();
    if *held == Held::Given {
        // The user may have changed the settings while the terminal was his.
        *before(tty) = rustix::termios::tcgetattr(&tty.input)?;
    }
    let mut raw = before(tty).clone();
    raw.make_raw();
    *held = Held::Taken;
    rustix::termios::tcsetattr(&tty.input, OptionalActions::Now, &raw)?;
    write_all(&tty.output, ENTER)
}

fn leave(tty: &Tty) {
    // In the background the terminal is another job's: touching it would disturb that job, and stop this one.
    if in_background(tty) {
        return;
    }
    let _ = write_all(&tty.output, LEAVE);
    restore_modes(tty);
}

fn restore_modes(tty: &Tty) {
    let _ = rustix::termios::tcsetattr(&tty.input, OptionalActions::Now, &before(tty));
}

/// Whether another job has the terminal. Without job control there is no other.
fn in_background(tty: &Tty) -> bool {
    rustix::termios::tcgetpgrp(&tty.input).is_ok_and(|foreground| foreground != rustix::process::getpgrp())
}

/// Writes all of it, also to a terminal that somebody has made non-blocking.
fn write_all(mut output: &File, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match output.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                is_writable(output.as_fd(), Duration::from_secs(1));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn is_writable(output: BorrowedFd<'_>, patience: Duration) -> bool {
    let timeout = rustix::event::Timespec { tv_sec: patience.as_secs() as i64, tv_nsec: 0 };
    let mut polled = [PollFd::from_borrowed_fd(output, PollFlags::OUT)];
    rustix::event::poll(&mut polled, Some(&timeout)).is_ok() && polled[0].revents().contains(PollFlags::OUT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The numbers of the modes a string sets (`h`) or resets (`l`).
    fn modes(bytes: &[u8], last: char) -> BTreeSet<String> {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let sequences = text.split("\x1b[?").skip(1);
        sequences
            .filter_map(|rest| {
                let end = rest.find(|letter: char| !letter.is_ascii_digit())?;
                (rest[end..].starts_with(last)).then(|| rest[..end].to_owned())
            })
            .collect()
    }

    #[test]
    fn leaving_undoes_all_that_entering_does() {
        let mut undone = modes(LEAVE, 'l');
        assert!(undone.remove("2026"), "a half drawn frame is ended");
        assert_eq!(modes(ENTER, 'h'), undone);
        assert_eq!(modes(ENTER, 'l'), modes(LEAVE, 'h'), "the cursor");
    }
}

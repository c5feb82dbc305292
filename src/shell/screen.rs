//! Frames on the terminal: drawn into memory, sent whole, and only what has changed.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Rect, Size};
use ratatui::{Frame, TerminalOptions, Viewport};

use super::terminal::{Entered, Terminal};

/// Begin and end of a synchronized update: terminals that know DECSET 2026 show a frame at once, not torn.
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// xterm's "Change VT100 text background color", with a question mark for the colour.
const ASK_FOR_BACKGROUND: &[u8] = b"\x1b]11;?\x1b\\";

/// Colours off, everything blank: what ratatui takes a new screen to be.
const BLANK: &[u8] = b"\x1b[0m\x1b[2J";

/// The terminal with what it shows.
pub struct Screen {
    terminal: Terminal,
    canvas: ratatui::Terminal<CrosstermBackend<Ink>>,
    ink: Ink,
    size: Size,
}

/// Bytes of a frame, until the frame is whole.
#[derive(Clone, Default)]
struct Ink(Rc<RefCell<Vec<u8>>>);

impl Screen {
    /// A screen on a terminal that has just been taken.
    ///
    /// # Errors
    /// None that the system gives; the canvas is in memory.
    pub fn new(terminal: Terminal) -> io::Result<Self> {
        let size = terminal.size();
        let ink = Ink::default();
        let canvas = canvas(&ink, size)?;
        Ok(Self { terminal, canvas, ink, size })
    }

    /// Draws a frame; what is the same as in the last one is not sent again.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn draw<T: Default>(&mut self, render: impl FnOnce(&mut Frame<'_>) -> T) -> io::Result<T> {
        if self.terminal.size() != self.size {
            self.begin_anew()?;
        }
        let mut rendered = T::default();
        self.canvas.draw(|frame| rendered = render(frame))?;
        let drawn = self.ink.take();
        self.terminal.write(&[BEGIN, &drawn, END].concat())?;
        Ok(rendered)
    }

    /// Sends bytes that draw nothing.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.terminal.write(bytes)
    }

    /// Forgets what the terminal shows; the next frame is sent whole.
    ///
    /// # Errors
    /// None that the system gives; the canvas is in memory.
    pub fn repaint(&mut self) -> io::Result<()> {
        self.begin_anew()
    }

    /// Asks the terminal for the colour of its background (OSC 11); it answers among the keys, or never.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn ask_for_the_background(&mut self) -> io::Result<()> {
        self.terminal.write(ASK_FOR_BACKGROUND)
    }

    /// Gives the terminal back for a while.
    pub fn leave(&mut self) {
        self.terminal.leave();
    }

    /// Takes it again; the next frame is sent whole.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn enter(&mut self) -> io::Result<Entered> {
        let entered = self.terminal.enter()?;
        self.begin_anew()?;
        Ok(entered)
    }

    /// The terminal itself.
    pub fn terminal(&self) -> &Terminal {
        &self.terminal
    }

    fn begin_anew(&mut self) -> io::Result<()> {
        self.size = self.terminal.size();
        self.canvas = canvas(&self.ink, self.size)?;
        // The old canvas has just said goodbye in ink; it is not sent.
        self.ink.take();
        self.ink.write_all(BLANK)
    }
}

/// A fixed viewport: ratatui's own way to find the size opens `/dev/tty` for each frame, or runs `tput`.
fn canvas(ink: &Ink, size: Size) -> io::Result<ratatui::Terminal<CrosstermBackend<Ink>>> {
    let viewport = Viewport::Fixed(Rect::new(0, 0, size.width, size.height));
    ratatui::Terminal::with_options(CrosstermBackend::new(ink.clone()), TerminalOptions { viewport })
}

impl Ink {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.borrow_mut())
    }
}

impl Write for Ink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    /// ratatui flushes within a frame; the frame is sent when it is whole.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

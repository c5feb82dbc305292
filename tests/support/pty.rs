//! The real program in a pseudo-terminal: what it shows, what is typed to it, how it leaves the terminal.
//!
//! A test crate that does not use all of it declares it with `#[expect(dead_code, reason = "…")]`.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus};
use rustix::termios::Termios;
use tempfile::TempDir;

/// The longest anything may take; only a failing test waits so long.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Written to the terminal's own side, so it comes after all that the program has written.
const MARK: &[u8] = b"\x1e-mark-\x1e";

/// The beginning of a synchronized update (DECSET 2026), with which each frame begins.
const FRAME_BEGIN: &[u8] = b"\x1b[?2026h";

/// The end of a synchronized update (DECRST 2026), with which each frame ends.
const FRAME_END: &[u8] = b"\x1b[?2026l";

/// Opens a terminal without making it the test's own.
const NO_CONTROL: i32 = 0o400;

/// How the program is to be started.
pub struct Program {
    command: CommandBuilder,
    home: TempDir,
}

/// The program, running in its terminal.
pub struct Pty {
    master: Option<Box<dyn MasterPty + Send>>,
    keys: Option<Box<dyn Write + Send>>,
    /// The terminal's own side, to look at its settings.
    own: File,
    before: String,
    output: Receiver<Vec<u8>>,
    reader: Option<JoinHandle<()>>,
    raw: Vec<u8>,
    screen: vt100::Parser,
    process: Pid,
    changes: Receiver<WaitStatus>,
    over: bool,
    /// The program's home, unless the test gave it one: never the user's.
    home: TempDir,
}

/// What the system said of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is stopped.
    Stopped,
    /// It ended with this status.
    Exited(i32),
    /// A signal that it did not catch killed it.
    Killed(i32),
}

impl Program {
    /// This project's program without arguments, on a plain colour terminal.
    pub fn wirelab() -> Self {
        Self::with(CommandBuilder::new(env!("CARGO_BIN_EXE_wirelab")))
    }

    /// The same, with what that shell command writes as its standard input.
    pub fn reading_from(command: &str) -> Self {
        let mut shell = CommandBuilder::new("sh");
        shell.args(["-c", &format!("{command} | \"$0\" \"$@\""), env!("CARGO_BIN_EXE_wirelab")]);
        Self::with(shell)
    }

    fn with(mut command: CommandBuilder) -> Self {
        command.env("TERM", "xterm-256color");
        // Nothing outside the terminal is touched: no clipboard, and no file but in a folder that goes away.
        for told in ["NO_COLOR", "COLORTERM", "COLORFGBG", "TMUX", "STY", "DISPLAY", "WAYLAND_DISPLAY"] {
            command.env_remove(told);
        }
        command.env_remove("RUST_BACKTRACE");
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().to_owned();
        Self { command, home }.at_home(&path)
    }

    /// In that home, as an earlier run may have left it.
    pub fn at_home(self, home: &Path) -> Self {
        let folders = ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"];
        folders.into_iter().fold(self.env("HOME", home), |program, folder| program.env(folder, home))
    }

    /// With this in its environment.
    pub fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// With this argument more.
    pub fn arg(mut self, argument: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// On a terminal that is not its controlling one: no signal tells it of a hang-up.
    pub fn without_control(mut self) -> Self {
        self.command.set_controlling_tty(false);
        self
    }

    /// Starts it on a terminal of that many columns and rows.
    pub fn start(self, columns: u16, rows: u16) -> Pty {
        let pair = native_pty_system().openpty(size(columns, rows)).expect("the system has pseudo-terminals");
        let name = pair.master.tty_name().expect("a pseudo-terminal has a name");
        let own = open(&name);
        let before = settings(&own);
        let child = pair.slave.spawn_command(self.command).expect("the program starts");
        let process = Pid::from_raw(child.process_id().expect("it has a process") as i32).expect("its id is not 0");
        let (told, changes) = channel();
        thread::spawn(move || watch(process, &told));
        let mut far = pair.master.try_clone_reader().expect("the master can be read");
        let (sender, output) = channel();
        let reader = thread::spawn(move || read(&mut far, &sender));
        Pty {
            keys: Some(pair.master.take_writer().expect("the master can be written")),
            master: Some(pair.master),
            own,
            before,
            output,
            reader: Some(reader),
            raw: Vec::new(),
            screen: vt100::Parser::new(cells(rows), cells(columns), 0),
            process,
            changes,
            over: false,
            home: self.home,
        }
    }
}

impl Pty {
    /// Types these bytes.
    pub fn keys(&mut self, bytes: impl AsRef<[u8]>) {
        let keys = self.keys.as_mut().expect("the terminal is there");
        keys.write_all(bytes.as_ref()).and_then(|()| keys.flush()).expect("the terminal takes keys");
    }

    /// Gives the terminal another size.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.take_in_what_is_there();
        self.screen.screen_mut().set_size(cells(rows), cells(columns));
        self.master.as_ref().expect("the terminal is there").resize(size(columns, rows)).expect("it can be resized");
    }

    /// Sends a signal to the program alone.
    pub fn signal(&self, signal: Signal) {
        rustix::process::kill_process(self.process, signal).expect("the program is there");
    }

    /// The program's process.
    pub fn process(&self) -> Pid {
        self.process
    }

    /// What is on the screen, line by line, without trailing blanks.
    pub fn text(&self) -> String {
        // Cells that were cleared and cells that never held anything look the same.
        let contents = self.screen.screen().contents();
        contents.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
    }

    /// The screen as the terminal has it.
    pub fn screen(&self) -> &vt100::Screen {
        self.screen.screen()
    }

    /// The program's own log so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.home().join("wirelab/wirelab.log")).unwrap_or_default()
    }

    /// The folder that is the program's home, for its config, its data and its state.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// All that the program has written so far.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// How many whole frames the program has drawn so far.
    pub fn frames(&self) -> usize {
        self.raw.windows(FRAME_END.len()).filter(|bytes| *bytes == FRAME_END).count()
    }

    /// Waits until the text is on the screen.
    pub fn wait_for(&mut self, text: &str) {
        self.wait_until(text, |pty| pty.text().contains(text));
    }

    /// Waits until the text is no longer on the screen.
    pub fn wait_for_no(&mut self, text: &str) {
        self.wait_until(text, |pty| !pty.text().contains(text));
    }

    /// Waits until the program shows a screen of its own with something on it.
    pub fn wait_until_drawn(&mut self) {
        self.wait_until("a screen", |pty| pty.screen().alternate_screen() && !pty.text().trim().is_empty());
    }

    /// Waits until what was written makes this true; says `what` when it never does.
    pub fn wait_until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        self.take_in_what_is_there();
        while self.is_within_a_frame() || !is_so(self) {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.take_in(&bytes),
                Err(reason) => panic!("waited for {what} ({reason}); the screen is\n{}", self.text()),
            }
        }
    }

    /// Whether a frame has come in part: what is on the screen is then of two.
    fn is_within_a_frame(&self) -> bool {
        let last = |mark: &[u8]| self.raw.windows(mark.len()).rposition(|bytes| bytes == mark);
        last(FRAME_BEGIN) > last(FRAME_END)
    }

    /// Waits until the program has written nothing for so long; gives how many bytes it wrote before.
    pub fn wait_until_quiet(&mut self, span: Duration) -> usize {
        let deadline = Instant::now() + PATIENCE;
        let start = self.raw.len();
        loop {
            assert!(Instant::now() < deadline, "it goes on writing:\n{}", self.raw.escape_ascii());
            match self.output.recv_timeout(span) {
                Ok(bytes) => self.take_in(&bytes),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return self.raw.len() - start,
            }
        }
    }

    /// Waits until the process stops or ends, and takes in all that it wrote before.
    pub fn wait_for_change(&mut self) -> Change {
        let Ok(status) = self.changes.recv_timeout(PATIENCE) else {
            panic!("the process goes on; the screen is\n{}", self.text());
        };
        if self.reader.is_some() {
            (&self.own).write_all(MARK).expect("the terminal can be written");
            while !self.raw.ends_with(MARK) {
                let bytes = self.output.recv_timeout(PATIENCE).expect("the mark comes");
                self.take_in(&bytes);
            }
            self.raw.truncate(self.raw.len() - MARK.len());
        }
        match (status.exit_status(), status.terminating_signal()) {
            (Some(code), _) => self.end(Change::Exited(code)),
            (None, Some(signal)) => self.end(Change::Killed(signal)),
            (None, None) => Change::Stopped,
        }
    }

    /// The terminal goes away, as when its window is closed.
    pub fn hang_up(&mut self) {
        // The reader holds the terminal open; it ends with the first bytes that nobody listens to.
        let (_, nothing) = channel();
        self.output = nothing;
        (&self.own).write_all(MARK).expect("the terminal can be written");
        self.keys = None;
        let _ = self.reader.take().map(JoinHandle::join);
        self.master = None;
    }

    /// Fails unless the terminal is as it was before the program came.
    pub fn assert_given_back(&self) {
        assert_eq!(settings(&self.own), self.before, "the terminal's settings");
        let screen = self.screen();
        assert!(!screen.alternate_screen(), "the alternate screen is left");
        assert!(!screen.hide_cursor(), "the cursor is shown");
        assert!(!screen.bracketed_paste(), "pastes are not marked");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None, "the mouse is free");
        for (mode, last) in modes(&self.raw) {
            let usual = if mode == "25" { 'h' } else { 'l' };
            assert_eq!(last, usual, "mode {mode} is as it was");
        }
    }

    /// Fails unless the terminal is raw and shows the program's screen.
    pub fn assert_taken(&self) {
        assert_ne!(settings(&self.own), self.before, "the terminal's settings");
        assert!(self.screen().alternate_screen(), "the alternate screen is there");
    }

    fn end(&mut self, change: Change) -> Change {
        self.over = true;
        change
    }

    fn take_in_what_is_there(&mut self) {
        while let Ok(bytes) = self.output.try_recv() {
            self.take_in(&bytes);
        }
    }

    fn take_in(&mut self, bytes: &[u8]) {
        self.raw.extend_from_slice(bytes);
        self.screen.process(bytes);
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        if !self.over {
            let _ = rustix::process::kill_process(self.process, Signal::KILL);
        }
    }
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).expect("a terminal has cells")
}

fn open(name: &Path) -> File {
    OpenOptions::new().read(true).write(true).custom_flags(NO_CONTROL).open(name).expect("the terminal opens")
}

fn settings(terminal: &File) -> String {
    let Termios { input_modes, output_modes, control_modes, local_modes, special_codes, .. } =
        rustix::termios::tcgetattr(terminal).expect("it is a terminal");
    format!("{input_modes:?} {output_modes:?} {control_modes:?} {local_modes:?} {special_codes:?}")
}

/// Each private mode that was set or reset, and which came last.
fn modes(raw: &[u8]) -> BTreeMap<String, char> {
    let text = String::from_utf8_lossy(raw);
    let sequences = text.split("\x1b[?").skip(1);
    sequences
        .filter_map(|rest| {
            let end = rest.find(|letter: char| !letter.is_ascii_digit())?;
            let last = rest[end..].chars().next()?;
            matches!(last, 'h' | 'l').then(|| (rest[..end].to_owned(), last))
        })
        .collect()
}

fn watch(process: Pid, told: &Sender<WaitStatus>) {
    while let Ok(Some((_, status))) = rustix::process::waitpid(Some(process), WaitOptions::UNTRACED) {
        let ended = !status.stopped();
        if told.send(status).is_err() || ended {
            return;
        }
    }
}

fn read(far: &mut impl Read, sender: &Sender<Vec<u8>>) {
    let mut chunk = [0; 16 * 1024];
    while let Ok(length @ 1..) = far.read(&mut chunk) {
        if sender.send(chunk[..length].to_vec()).is_err() {
            return;
        }
    }
}

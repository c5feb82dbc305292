//! The clipboard, by every way that leads there: the terminal's own (OSC 52), through tmux and screen, and programs.
//!
//! OSC 52 works over SSH, but terminals may not know it, and tmux drops it by default (`set-clipboard external`);
//! tmux takes a text from its own command. Where the session has a display, a program sets that one's clipboard.

use std::env;
use std::fs::File;
use std::io::{self, Seek, Write};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::files;
use crate::model::{Trouble, payload};

/// The most bytes that terminals are known to take: hterm's osc52.sh, and editors after it, send no sequence of more
/// than 100,000 bytes, which are 74,994 in base64 with what stands around it.
const KNOWN_TO_FIT: usize = 74_994;

/// The most that is sent to a terminal at all: a slow line must not be busy with it for long.
const SENT: usize = 1024 * 1024;

/// Base64 in one device control string of screen's, which takes at most 768 bytes.
const SCREEN_PART: usize = 512;

/// How long a program may take. Those that stay to serve the clipboard leave a child behind and end themselves.
const PATIENCE: Duration = Duration::from_secs(3);

/// How often it is looked whether the program has ended.
const LOOK: Duration = Duration::from_millis(10);

/// A program and its arguments; it reads the text from its standard input.
type Program = &'static [&'static str];

const TMUX: Program = &["tmux", "load-buffer", "-w", "-"];
/// Before tmux 3.2, which brought `-w`.
const OLD_TMUX: Program = &["tmux", "load-buffer", "-"];
const WAYLAND: Program = &["wl-copy"];
const X11: [Program; 2] = [&["xclip", "-selection", "clipboard"], &["xsel", "--clipboard", "--input"]];
const MAC: Program = &["pbcopy"];

/// What stands between the program and its terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Between {
    Nothing,
    Tmux,
    Screen,
}

/// The ways to the clipboard from here. Of each list of programs the first that works is enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clipboard {
    between: Between,
    programs: Vec<Vec<Program>>,
}

impl Clipboard {
    /// The ways the surroundings offer.
    pub fn here() -> Self {
        let path = env::var_os("PATH").unwrap_or_default();
        let has = |program: &str| env::split_paths(&path).any(|folder| folder.join(program).is_file());
        Self::found(|name| env::var_os(name).is_some_and(|value| !value.is_empty()), has)
    }

    fn found(is_set: impl Fn(&str) -> bool, has: impl Fn(&str) -> bool) -> Self {
        let between = match (is_set("TMUX"), is_set("STY")) {
            (true, _) => Between::Tmux,
            (false, true) => Between::Screen,
            (false, false) => Between::Nothing,
        };
        let is_here = !is_set("SSH_CONNECTION") && !is_set("SSH_TTY");
        let mut programs = Vec::new();
        if between == Between::Tmux {
            programs.push(vec![TMUX, OLD_TMUX]);
        }
        if is_here && is_set("WAYLAND_DISPLAY") {
            programs.push(vec![WAYLAND]);
        } else if is_here && is_set("DISPLAY") {
            programs.push(X11.to_vec());
        } else if is_here && cfg!(target_os = "macos") {
            programs.push(vec![MAC]);
        }
        for way in &mut programs {
            way.retain(|program| program.first().is_some_and(|name| has(name)));
        }
        programs.retain(|way| !way.is_empty());
        Self { between, programs }
    }

    /// What is written to the terminal; nothing when the text is too long for any.
    pub fn sequence(&self, text: &str) -> String {
        if text.len() > SENT {
            return String::new();
        }
        let code = payload::base64(text.as_bytes());
        let plain = format!("\x1b]52;c;{code}\x07");
        match self.between {
            Between::Nothing => plain,
            // The first when tmux may pass it on (`set-clipboard on`), the second when it must (`allow-passthrough`).
            Between::Tmux => format!("{plain}\x1bPtmux;\x1b{plain}\x1b\\"),
            Between::Screen => {
                let parts: Vec<&str> = in_parts(&code).collect();
                format!("\x1bP\x1b]52;c;{}\x07\x1b\\", parts.join("\x1b\\\x1bP"))
            }
        }
    }

    /// Whether anything beside the terminal is to be told.
    pub fn has_programs(&self) -> bool {
        !self.programs.is_empty()
    }

    /// Hands the text to the programs; takes as long as they do, within bounds.
    ///
    /// # Errors
    /// None took it, and it is longer than terminals are known to take.
    pub fn run(&self, text: &str) -> Result<(), Trouble> {
        let mut is_taken = false;
        for way in &self.programs {
            is_taken |= way.iter().any(|program| match feed(program, text) {
                Ok(()) => true,
                Err(error) => {
                    tracing::warn!(program = program[0], %error, "the clipboard was not set");
                    false
                }
            });
        }
        if is_taken || text.len() <= KNOWN_TO_FIT { Ok(()) } else { Err(too_long(text.len())) }
    }
}

fn too_long(length: usize) -> Trouble {
    let why = if length > SENT {
        format!("it is more than the {} MiB that are sent to a terminal", SENT / 1024 / 1024)
    } else {
        format!("terminals are known to take {KNOWN_TO_FIT} bytes, and may cut or drop more")
    };
    Trouble::new("copy", format!("{length} bytes"), why, "look at what is pasted, or save it to a file")
}

fn in_parts(code: &str) -> impl Iterator<Item = &str> {
    let count = code.len().div_ceil(SCREEN_PART).max(1);
    (0..count).filter_map(move |part| code.get(part * SCREEN_PART..code.len().min((part + 1) * SCREEN_PART)))
}

/// Runs a program with the text as its input, and ends it when it takes too long.
fn feed(program: Program, text: &str) -> io::Result<()> {
    let [name, arguments @ ..] = program else { return Ok(()) };
    // From a file, not a pipe: a program that does not read cannot keep us waiting.
    let (mut file, path) = files::create(&env::temp_dir(), "wirelab")?;
    let input = file.write_all(text.as_bytes()).and_then(|()| File::open(&path));
    std::fs::remove_file(&path)?;
    let mut input = input?;
    input.rewind()?;
    let mut child =
        Command::new(name).args(arguments).stdin(input).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        match child.try_wait()? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(io::Error::other(format!("{name} ended with {status}"))),
            None if Instant::now() >= deadline => {
                child.kill()?;
                child.wait()?;
                return Err(io::Error::new(io::ErrorKind::TimedOut, format!("{name} took too long")));
            }
            None => thread::sleep(LOOK),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(set: &[&str], programs: &[&str]) -> Clipboard {
        Clipboard::found(|name| set.contains(&name), |name| programs.contains(&name))
    }

    #[test]
    fn a_plain_terminal_gets_osc_52() {
        assert_eq!(found(&[], &["tmux"]).sequence("hello"), "\x1b]52;c;aGVsbG8=\x07");
    }

    #[test]
    fn tmux_gets_it_plain_and_to_be_passed_through_and_its_own_command_is_run() {
        let clipboard = found(&["TMUX"], &["tmux"]);
        assert_eq!(clipboard.sequence("hello"), "\x1b]52;c;aGVsbG8=\x07\x1bPtmux;\x1b\x1b]52;c;aGVsbG8=\x07\x1b\\");
        assert_eq!(clipboard.programs, [vec![TMUX, OLD_TMUX]]);
    }

    #[test]
    fn screen_gets_it_in_parts_that_it_passes_on() {
        let clipboard = found(&["STY"], &[]);
        assert_eq!(clipboard.sequence("hello"), "\x1bP\x1b]52;c;aGVsbG8=\x07\x1b\\");
        let long = clipboard.sequence(&"x".repeat(10_000));
        let parts: Vec<&str> = long.split("\x1b\\").collect();
        assert!(parts.len() > 20 && parts.iter().all(|part| part.len() < 768), "{}", parts.len());
        let passed: String = parts.into_iter().map(|part| part.strip_prefix("\x1bP").unwrap_or(part)).collect();
        assert_eq!(passed, found(&[], &[]).sequence(&"x".repeat(10_000)));
    }

    #[test]
    fn a_display_s_clipboard_is_set_by_what_is_there_and_never_over_ssh() {
        assert_eq!(found(&["WAYLAND_DISPLAY", "DISPLAY"], &["wl-copy", "xclip"]).programs, [vec![WAYLAND]]);
        assert_eq!(found(&["DISPLAY"], &["xsel"]).programs, [vec![X11[1]]]);
        assert_eq!(found(&["DISPLAY"], &[]).programs, Vec::<Vec<Program>>::new());
        assert!(!found(&["DISPLAY", "SSH_CONNECTION"], &["xclip"]).has_programs());
    }

    #[test]
    fn more_than_terminals_take_is_told_unless_a_program_took_it() {
        let terminal = found(&[], &[]);
        assert!(terminal.run(&"x".repeat(KNOWN_TO_FIT)).is_ok());
        let trouble = terminal.run(&"x".repeat(KNOWN_TO_FIT + 1)).unwrap_err();
        assert!(trouble.why.contains("74994"), "{trouble}");
        assert_eq!(terminal.sequence(&"x".repeat(SENT + 1)), "");
        let taken = Clipboard { between: Between::Nothing, programs: vec![vec![&["false"], &["cat"]]] };
        assert!(taken.run(&"x".repeat(SENT + 1)).is_ok());
    }

    #[test]
    fn a_program_that_does_not_end_is_ended() {
        let error = feed(&["sleep", "60"], "x").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}

//! The loop around everything that decides: wait, update, perform, draw.
//!
//! | file          | what it is                                                                  |
//! |---------------|-----------------------------------------------------------------------------|
//! | [`arguments`] | the command line                                                            |
//! | [`session`]   | the loop itself, on the main thread                                         |
//! | [`effects`]   | what the app asks for, performed                                            |
//! | [`terminal`]  | the terminal, taken and given back                                          |
//! | [`screen`]    | frames on it                                                                |
//! | [`themes`]    | its colours: the program's own and the user's                               |
//! | [`input`]     | the thread that waits for keys; [`keyboard`] reads them, with `sequence`    |
//! | [`signals`]   | the thread that hears signals                                               |
//! | [`wire`]      | the network's two channels                                                  |
//! | [`chores`]    | work that may block, each on a thread of its own: [`files`], [`clipboard`]   |
//! | [`lent`]      | the terminal lent to the user's [`editor`] or [`pager`]                     |
//! | [`exporting`] | what the screen saves of traffic, through [`convert`]                         |
//! | [`recorder`]  | the thread that writes all frames to files; [`recordings`]: those files     |
//! | [`journal`]   | the program's own log                                                       |
//! | [`source`]    | where a capture comes from                                                  |
//! | [`opener`]    | the thread that reads it; [`recaller`]: the one that reads parts of it again |
//! | [`pace`]      | when to draw; [`timers`]: what to remember later                            |
//! | [`source`]    | where captures come from: files, streams, interfaces                        |
//! | [`read`]      | `wirelab read`: a capture told as text                                      |
//! | [`convert`]   | `wirelab convert`: a capture written in another form                        |
//! | `drawing`     | the ladder of a capture, for both of them                                   |
//! | [`headless`]  | a lab without a screen: [`tap`], `wirelab tap`, and [`replay`], `wirelab replay` |
//! | [`script`]    | recorded conversations read, to be replayed                                 |
//! | [`last_words`] | what is said after a panic                                                 |

pub mod arguments;
pub mod chores;
pub mod clipboard;
pub mod convert;
mod drawing;
pub mod editor;
pub mod effects;
pub mod exporting;
pub mod files;
pub mod headless;
pub mod input;
pub mod journal;
pub mod keyboard;
pub mod last_words;
pub mod lent;
pub mod opener;
pub mod pace;
pub mod pager;
pub mod read;
pub mod recaller;
pub mod recorder;
pub mod recordings;
pub mod replay;
pub mod screen;
pub mod script;
mod sequence;
pub mod session;
pub mod signals;
pub mod source;
pub mod tap;
pub mod terminal;
pub mod themes;
pub mod timers;
pub mod wire;

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use arguments::{Act, Arguments};
use read::Failure;
use session::{Ending, Session};
use source::Asked;
use terminal::Terminal;

/// The exit status for wrong usage.
const USAGE: u8 = 2;

/// Runs the program from its command line to its exit status.
///
/// # Errors
/// The system refuses what every program needs: a thread, a signal handler.
pub fn run() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    raise_file_limit();
    if let Some(Act::Read(asked)) = &arguments.act {
        return Ok(read_file(asked));
    }
    if let Some(Act::Convert(asked)) = &arguments.act {
        return Ok(convert_file(asked));
    }
    if let Some(Act::Tap(asked)) = &arguments.act {
        return tap::run(asked);
    }
    if let Some(Act::Replay(asked)) = &arguments.act {
        return replay::run(asked);
    }
    let source = match arguments.opened().map(|word| Asked::of(word).and_then(|asked| source::open(&asked))).transpose()
    {
        Ok(source) => source,
        Err(trouble) => {
            say(&trouble.to_string());
            return Ok(ExitCode::from(USAGE));
        }
    };
    if let Some(file) = &arguments.record
        && let Err(trouble) = recordings::check_named(file, arguments.ring)
    {
        say(&trouble.to_string());
        return Ok(ExitCode::FAILURE);
    }
    // Before the terminal is taken: a signal in between would leave it raw.
    let notices = signals::hear().context("cannot listen for signals")?;
    let terminal = match Terminal::take() {
        Ok(terminal) => terminal,
        Err(error) => {
            say(&format!("wirelab needs a terminal; start it in one, its output not redirected ({error})"));
            return Ok(ExitCode::from(USAGE));
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let ending =
        runtime.block_on(async { Box::pin(Session::open(terminal, notices, &arguments, source)?.run()).await })?;
    Ok(report(ending))
}

/// Lets the process have as many file descriptors as it may: a tapped connection takes two, and the usual limit of 1024
/// would be met by some five hundred.
fn raise_file_limit() {
    let limit = getrlimit(Resource::Nofile);
    // What is not given is not had; running out is told where it happens.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
}

/// `wirelab read`.
fn read_file(asked: &arguments::ReadArguments) -> ExitCode {
    let Err(failure) = read::run(asked, io::stdout().lock()) else { return ExitCode::SUCCESS };
    say(&failure.to_string());
    match failure {
        Failure::Usage(_) | Failure::Unreadable(_) => ExitCode::from(USAGE),
        Failure::Undone(_) => ExitCode::FAILURE,
    }
}

/// `wirelab convert`.
fn convert_file(asked: &arguments::ConvertArguments) -> ExitCode {
    if let Err(error) = signals::end_when_told() {
        say(&format!("cannot listen for signals: {error}"));
        return ExitCode::FAILURE;
    }
    let trouble = match convert::run(asked, io::stdout().lock()) {
        Ok(remarks) => {
            for words in &remarks {
                say(words);
            }
            return ExitCode::SUCCESS;
        }
        Err(convert::Failure::Input(trouble)) => {
            say(&trouble.to_string());
            return ExitCode::from(USAGE);
        }
        Err(convert::Failure::Undone(trouble)) => trouble.to_string(),
        Err(convert::Failure::Output(error)) => error.to_string(),
    };
    say(&trouble);
    ExitCode::FAILURE
}

/// Says how it ended where that is not plain, and gives the status to the system. The terminal has been given back.
fn report(ending: Ending) -> ExitCode {
    match ending {
        Ending::Quit => ExitCode::SUCCESS,
        Ending::Signal(number) => status(signals::status(number)),
        Ending::TerminalGone => status(signals::status(rustix::process::Signal::HUP.as_raw())),
        Ending::NetworkGone => {
            say("wirelab ended because its network thread did, which it never should; please report it");
            ExitCode::FAILURE
        }
    }
}

fn status(number: i32) -> ExitCode {
    ExitCode::from(u8::try_from(number).unwrap_or(u8::MAX))
}

/// One line to standard error; when that is gone too, there is nobody to tell.
fn say(words: &str) {
    let _ = writeln!(io::stderr(), "{words}");
}

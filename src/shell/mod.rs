//! The loop around everything that decides: wait, update, perform, draw.
//!
//! | file          | what it is                                                                  |
//! |---------------|-----------------------------------------------------------------------------|
//! | [`arguments`] | the command line                                                            |
//! | [`engine`]    | a lab that runs: its state, its threads, what it asks for, performed        |
//! | [`session`]   | the loop around it at the screen; [`effects`]: what is asked of the terminal |
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
//! | [`source`]    | where captures come from: files, streams, interfaces                        |
//! | [`opener`]    | the thread that reads it; [`recaller`]: the one that reads parts of it again |
//! | [`pace`]      | when to draw; [`timers`]: what to remember later                            |
//! | [`read`]      | `wirelab read`: a capture told as text                                      |
//! | [`convert`]   | `wirelab convert`: a capture written in another form                        |
//! | `drawing`     | the ladder of a capture, for both of them                                   |
//! | [`headless`]  | a lab without a screen, told by [`telling`]: [`serve`], [`send`], [`http`], [`tap`], [`replay`] |
//! | [`lab_file`]  | lab files: read, checked, watched; [`mod@run`]: one without a screen             |
//! | `ink`         | colours of the lines of those                                               |
//! | [`manual`]    | completions for shells, and manual pages                                     |
//! | [`control`]   | the socket on which a running lab is asked, and `wirelab ctl`                |
//! | [`script`]    | recorded conversations read, to be replayed                                 |
//! | [`last_words`] | what is said after a panic                                                 |

pub mod arguments;
pub mod chores;
pub mod clipboard;
pub mod control;
pub mod convert;
mod drawing;
pub mod editor;
pub mod effects;
pub mod engine;
pub mod exporting;
pub mod files;
pub mod headless;
pub mod http;
mod ink;
pub mod input;
pub mod journal;
pub mod keyboard;
pub mod lab_file;
pub mod last_words;
pub mod lent;
pub mod manual;
pub mod opener;
pub mod pace;
pub mod pager;
pub mod read;
pub mod recaller;
pub mod recorder;
pub mod recordings;
pub mod replay;
pub mod run;
pub mod screen;
pub mod script;
pub mod send;
mod sequence;
pub mod serve;
pub mod session;
pub mod signals;
pub mod source;
pub mod tap;
pub mod telling;
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
use engine::Ending;
use read::Failure;
use session::{Session, Subject};
use source::Asked;
use terminal::Terminal;

/// The exit status for wrong usage.
const USAGE: u8 = 2;

/// Runs the program from its command line to its exit status.
///
/// # Errors
/// The system refuses what every program needs: a thread, a signal handler.
pub fn run() -> anyhow::Result<ExitCode> {
    if let Some(words) = arguments::mistyped(std::env::args_os()) {
        say(&words);
        return Ok(ExitCode::from(USAGE));
    }
    let arguments = Arguments::parse();
    raise_file_limit();
    match &arguments.act {
        Some(Act::Read(asked)) => Ok(read_file(asked)),
        Some(Act::Convert(asked)) => Ok(convert_file(asked)),
        Some(Act::Run(asked)) => run::run(asked),
        Some(Act::Check(asked)) => Ok(lab_file::check(asked)),
        Some(Act::Ctl(asked)) => Ok(control::run(asked)),
        Some(Act::Completions { shell }) => Ok(manual::completions(*shell)),
        Some(Act::Man { folder }) => Ok(manual::man(folder.as_deref())),
        Some(Act::Serve(asked)) => serve::run(asked),
        Some(Act::Send(asked)) => send::run(asked),
        Some(Act::Http(asked)) => http::run(asked),
        Some(Act::Tap(asked)) => tap::run(asked),
        Some(Act::Replay(asked)) => replay::run(asked),
        Some(Act::Open(asked)) => match Asked::of(&asked.what).and_then(|asked| source::open(&asked)) {
            Ok(source) => show(&arguments, Subject::Capture(source)),
            Err(trouble) => {
                say(&trouble.to_string());
                Ok(ExitCode::from(USAGE))
            }
        },
        None => match &arguments.lab {
            None => show(&arguments, Subject::BuiltIn),
            Some(file) => match lab_file::read(file) {
                Ok(lab) => show(&arguments, Subject::Lab(file.clone(), Box::new(lab))),
                Err(problems) => {
                    lab_file::tell(&problems);
                    Ok(ExitCode::from(USAGE))
                }
            },
        },
    }
}

/// Shows it on the screen, until the user quits.
fn show(arguments: &Arguments, subject: Subject) -> anyhow::Result<ExitCode> {
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
        runtime.block_on(async { Box::pin(Session::open(terminal, notices, arguments, subject)?.run()).await })?;
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
    if !matches!(failure, Failure::Differs) {
        say(&failure.to_string());
    }
    match failure {
        Failure::Usage(_) | Failure::Unreadable(_) => ExitCode::from(USAGE),
        Failure::Undone(_) | Failure::Differs => ExitCode::FAILURE,
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

/// One line to standard output.
fn tell_line(words: &str) -> ExitCode {
    told(writeln!(io::stdout(), "{words}").and_then(|()| io::stdout().flush()))
}

/// A pipe that nobody reads any more is no failure.
fn told(written: io::Result<()>) -> ExitCode {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            say(&format!("cannot write to standard output: {error}"));
            ExitCode::FAILURE
        }
        Ok(()) | Err(_) => ExitCode::SUCCESS,
    }
}

/// One line to standard error; when that is gone too, there is nobody to tell.
fn say(words: &str) {
    let _ = writeln!(io::stderr(), "{words}");
}

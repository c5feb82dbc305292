//! What is said when the program fails from within: the terminal first, then the words.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::fmt::Write as _;
use std::io::Write as _;
use std::panic::PanicHookInfo;
use std::sync::Once;
use std::thread::{self, ThreadId};

use super::terminal;

/// The status of a program that panicked, as Rust's own runtime gives it.
pub const PANICKED: i32 = 101;

static INSTALLED: Once = Once::new();

/// From now on a panic in any thread gives the terminal back, says what happened, and ends the program: a
/// thread that is gone silently would leave a lab that only looks alive. The calling thread is the main one;
/// it is unwound, so that what it holds is dropped.
pub fn give_the_terminal_back_on_panic() {
    let main = thread::current().id();
    INSTALLED.call_once(|| std::panic::set_hook(Box::new(move |panic| last_words(panic, main))));
}

fn last_words(panic: &PanicHookInfo<'_>, main: ThreadId) {
    terminal::give_back();
    // The place alone: the message may quote what was sent.
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(place, thread = thread::current().name(), "wirelab has failed");
    let thread = thread::current();
    let mut words =
        format!("wirelab has failed, which it never should: {panic}\n  in thread {}\n", thread.name().unwrap_or("?"));
    let trace = Backtrace::capture();
    if trace.status() == BacktraceStatus::Captured {
        let _ = writeln!(words, "{trace}");
    }
    let _ = std::io::stderr().write_all(harmless(&words).as_bytes());
    if thread.id() != main {
        std::process::exit(PANICKED);
    }
}

/// A panic's message may quote bytes from the network; none of them may act on the terminal.
fn harmless(words: &str) -> String {
    let mut shown = String::with_capacity(words.len());
    for letter in words.chars() {
        let acts = (letter.is_control() && letter != '\n')
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        if acts {
            shown.extend(letter.escape_unicode());
        } else {
            shown.push(letter);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_bytes_do_not_act_on_the_terminal() {
        assert_eq!(
            harmless("in `\x1b]0;title\x07` \u{9b}31m\u{202e}é\nnext"),
            "in `\\u{1b}]0;title\\u{7}` \\u{9b}31m\\u{202e}é\nnext"
        );
    }
}

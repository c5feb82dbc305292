//! What `wirelab serve` and `wirelab send` are asked.

use std::time::Duration;

use clap::Args;

use super::{EndArguments, TellingArguments};
use crate::model::duration;

/// What `wirelab serve` is asked.
#[derive(Debug, Args)]
#[command(after_help = SERVE_EXAMPLES)]
pub struct ServeArguments {
    /// Where to listen: tcp://127.0.0.1:7001, udp://, http://, unix:///path, unixgram:///path; port 0 lets the system
    /// pick, and without a host it is 127.0.0.1
    pub url: String,
    /// What it does with what comes: echo (files, for http://), reply, rules, chat, discard, chargen, daytime, time,
    /// manual, files, routes, exec, tap, replay
    pub behaviour: Option<String>,
    /// What the behaviour takes: a reply, rules, a folder, a program
    #[arg(value_name = "WITH", allow_hyphen_values = true)]
    pub argument: Option<String>,
    /// The server's name in what is told; without it, its behaviour's
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// How it is told.
    #[command(flatten)]
    pub telling: TellingArguments,
    /// When it ends.
    #[command(flatten)]
    pub end: EndArguments,
}

/// What `wirelab serve --help` ends with.
const SERVE_EXAMPLES: &str = "\
Examples:
  wirelab serve tcp://127.0.0.1:7001                             an echo server
  wirelab serve tcp://127.0.0.1:7001 reply 'Hello, World!\\r\\n'
  wirelab serve udp://127.0.0.1:0 --json | jq .text              the first line tells the port
  wirelab serve http://127.0.0.1:8080 files .                    this folder, as a web site
  wirelab serve tcp://127.0.0.1:7001 --until 'frame contains \"bye\"' --record talk.pcapng

The first line is where it listens. Exit status: 0 done; 1 it could not, or what was expected did not come;
2 wrong usage.";

/// What `wirelab send` is asked.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line are")]
#[command(after_help = SEND_EXAMPLES)]
pub struct SendArguments {
    /// Where to: tcp://127.0.0.1:7001, udp://, tls://, unix:///path, unixgram:///path
    pub url: String,
    /// What to send, with escapes as in \r\n, \x00, \u{e9}; standard input, as it comes, when it is left out
    #[arg(allow_hyphen_values = true)]
    pub text: Option<String>,
    /// What is sent behind the text
    #[arg(long, value_name = "END", default_value = "lf", value_parser = ["none", "lf", "crlf", "nul"])]
    pub ending: String,
    /// The text is pairs of hex digits
    #[arg(long)]
    pub hex: bool,
    /// Write what is received as it is, and nothing else
    #[arg(long, conflicts_with_all = ["json", "quiet"])]
    pub raw: bool,
    /// Do not half-close (FIN) once all is sent
    #[arg(long)]
    pub no_finish: bool,
    /// How long to wait for more once all is sent; a stream's default is until its peer closes, that of datagrams 1s
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub wait: Option<Duration>,
    /// Own address and port: 127.0.0.1:5000
    #[arg(long, value_name = "ADDRESS")]
    pub source: Option<String>,
    /// Take any certificate of a tls:// target
    #[arg(long, short = 'k')]
    pub insecure: bool,
    /// How it is told.
    #[command(flatten)]
    pub telling: TellingArguments,
    /// When it ends.
    #[command(flatten)]
    pub end: EndArguments,
}

/// What `wirelab send --help` ends with.
const SEND_EXAMPLES: &str = "\
Examples:
  wirelab send tcp://127.0.0.1:7001 hello                        hello and a line feed; the answer is told
  wirelab send udp://127.0.0.1:7002 'who is there?' --expect there
  wirelab send tcp://127.0.0.1:6379 'PING\\r\\n' --ending none --raw --no-finish --wait 1s
  wirelab send tcp://127.0.0.1:7001 --hex 'de ad be ef' --json | jq .base64
  seq 3 | wirelab send udp://127.0.0.1:7002                      a line of standard input is a datagram
  wirelab send tls://127.0.0.1:8443 -k 'GET / HTTP/1.0\\r\\n\\r\\n' --ending none --raw

Exit status: 0 done; 1 refused, lost, or what was expected did not come; 2 wrong usage.";

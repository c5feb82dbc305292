//! The command line.

mod http;
mod serving;

pub use http::HttpArguments;
pub use serving::{SendArguments, ServeArguments};

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::app::config;
use crate::contract::WhenDown;
use crate::impair::Toward;
use crate::model::replay::{OnDifference, Pace};
use crate::model::{Side, duration, nearest};

/// The version, and what was built.
const VERSION: &str = if cfg!(debug_assertions) {
    concat!(env!("CARGO_PKG_VERSION"), " (debug build)")
} else {
    env!("CARGO_PKG_VERSION")
};

/// A network lab in one terminal: servers, clients and every byte between them, live.
#[derive(Debug, Parser)]
#[command(name = "wirelab", version = VERSION, about, subcommand_precedence_over_arg = true)]
pub struct Arguments {
    /// The colours: auto, dark, light, blueprint, mono, or one of your own (themes/NAME.toml in the configuration)
    #[arg(long, value_name = "NAME")]
    pub theme: Option<String>,
    /// Draw lines and signs in ASCII, for poor fonts
    #[arg(long)]
    pub ascii: bool,
    /// Let nothing on the screen move
    #[arg(long)]
    pub reduced_motion: bool,
    /// Lay the screen out for a room, with the keys pressed shown at the bottom
    #[arg(long)]
    pub present: bool,
    /// Record to this file and keep it (pcapng); without it the recording is temporary
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Keep only the newest part of the recording, of this size: 500MB, 1GiB; it is split into files
    #[arg(long, value_name = "SIZE", value_parser = config::limit)]
    pub ring: Option<u64>,
    /// Read keys, looks and limits from this file, and not from ~/.config/wirelab/config.toml
    #[arg(long, value_name = "FILE", value_parser = file)]
    pub config: Option<PathBuf>,
    /// A lab file (TOML) to run on the screen; without one, the built-in lab runs
    #[arg(value_name = "LAB.toml", value_parser = lab)]
    pub lab: Option<String>,
    /// What to do; the screen, when nothing is said.
    #[command(subcommand)]
    pub act: Option<Act>,
}

/// What can be done beside running the built-in lab.
#[derive(Debug, Subcommand)]
pub enum Act {
    /// Run a lab file without a screen, to its verdict
    Run(Box<RunArguments>),
    /// Run one server without a screen, and tell what comes and goes
    Serve(Box<ServeArguments>),
    /// Be one client without a screen: send a text, or standard input, and tell what is answered
    Send(Box<SendArguments>),
    /// Make an HTTP request, or those of an .http file, without a screen
    Http(Box<HttpArguments>),
    /// Stand between two programs without a screen: tell what passes, and make the network bad
    Tap(Box<TapArguments>),
    /// Send a recorded conversation again, as its client or its server, and tell what is answered otherwise
    Replay(Box<ReplayArguments>),
    /// Look through a recording or capture on the screen
    Open(OpenArguments),
    /// Tell a recording or capture (pcapng or pcap) as text, a frame a line
    Read(ReadArguments),
    /// Write a recording or capture in another form: pcapng, pcap, jsonl, har, txt, svg, mmd
    Convert(ConvertArguments),
    /// Tell all that is wrong with a lab file
    Check(CheckArguments),
    /// Ask a running lab to do something, or how it stands; the answer is JSON
    Ctl(ControlArguments),
    /// Write a shell's completions of this command line
    Completions {
        /// Which shell's
        shell: Shell,
    },
    /// Write the manual page, or one for each command
    Man {
        /// The folder into which one for each command goes
        folder: Option<PathBuf>,
    },
}

/// What `wirelab open` is asked.
#[derive(Debug, Args)]
pub struct OpenArguments {
    /// The file (pcapng or pcap, gzip too); `-` reads standard input; or the name of an interface, to capture live
    pub what: String,
}

/// What `wirelab run` is asked.
#[derive(Debug, Args)]
#[command(after_help = RUN_EXAMPLES)]
pub struct RunArguments {
    /// The lab file (TOML); `-` reads standard input
    #[arg(value_name = "LAB.toml")]
    pub file: String,
    /// How it is told.
    #[command(flatten)]
    pub telling: TellingArguments,
    /// When it ends.
    #[command(flatten)]
    pub end: EndArguments,
}

/// What `wirelab run --help` ends with.
const RUN_EXAMPLES: &str = "\
Examples:
  wirelab run lab.toml                        every frame a line, and at the end what held of what it expects
  wirelab run lab.toml --json | jq 'select(.kind == \"verdict\")'
  wirelab run lab.toml --quiet --record run.pcapng

A file that is changed while it runs changes the lab: only what differs. Exit status: 0 all that it expects held;
1 something did not, or it could not; 2 the file is wrong.";

/// What `wirelab check` is asked.
#[derive(Debug, Args)]
pub struct CheckArguments {
    /// The lab file (TOML); `-` reads standard input
    #[arg(value_name = "LAB.toml", required_unless_present = "schema")]
    pub file: Option<String>,
    /// Write the JSON Schema of lab files, for editors, instead
    #[arg(long)]
    pub schema: bool,
}

/// What `wirelab ctl` is asked.
#[derive(Debug, Args)]
#[command(after_help = CONTROL_EXAMPLES)]
pub struct ControlArguments {
    /// Which lab: the number of its process, or the path of its socket; without it, the only one that runs
    #[arg(long, value_name = "LAB")]
    pub to: Option<String>,
    /// A command as behind `:` on the screen; `@NODE` before it says which server or client it is for. Without a
    /// command, how the lab stands is told
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub command: Vec<String>,
}

/// What `wirelab ctl --help` ends with.
const CONTROL_EXAMPLES: &str = "\
Examples:
  wirelab ctl | jq '.servers[].local'                      how the only running lab stands
  wirelab ctl serve tcp://127.0.0.1:0 reply 'Hello, World!\\r\\n'
  wirelab ctl @bad-wifi impair loss 20%
  wirelab ctl @client send hello
  wirelab ctl --to 4711 save talk.pcapng
  wirelab ctl quit-now

Exit status: 0 done; 1 refused, and why stands in the answer; 2 no lab to ask.";

/// What `wirelab read` is asked.
#[derive(Debug, Clone, Args)]
#[command(after_help = READ_EXAMPLES)]
pub struct ReadArguments {
    /// A file (.gz too), `-` for standard input, or a network interface, live (lo, any; not promiscuous)
    pub file: String,
    /// Only frames that pass this display filter, in Wireshark's language
    #[arg(short = 'Y', value_name = "FILTER", allow_hyphen_values = true)]
    pub filter: Option<String>,
    /// Only the frames of this conversation
    #[arg(long, value_name = "N")]
    pub flow: Option<u64>,
    /// How to tell it
    #[arg(short = 'T', value_enum, default_value_t = ReadForm::Text)]
    pub form: ReadForm,
    /// A column of `-T fields`, by its name in filters; may be given again
    #[arg(short = 'e', value_name = "FIELD")]
    pub fields: Vec<String>,
    /// How columns are written: header=y, separator=/t|/s|X, occurrence=f|l|a, aggregator=/s|X, quote=d|s|n
    #[arg(short = 'E', value_name = "OPTION=VALUE", allow_hyphen_values = true)]
    pub options: Vec<String>,
    /// No list of frames, only what `-z` asks for
    #[arg(short = 'q')]
    pub quiet: bool,
    /// follow,tcp|udp|unix|unixgram|tls,ascii|hex|raw,N tells conversation N, from 0; conv,tcp|udp tells who spoke with whom;
    /// ladder[,text|svg|mermaid] draws what went between whom, of the frames that -Y and --flow let pass;
    /// stats tells bytes, rates, round trips and one-way times of the flows they choose, with -T json as JSON;
    /// diff,N,M compares two frames, diff,flow,N,M two conversations, by fields or with ,bytes by bytes; behind
    /// ,ignore= stand what does not count: names of fields and /patterns/ with semicolons. The exit status is 1
    /// where they differ
    #[arg(short = 'z', value_name = "STATISTIC")]
    pub statistics: Vec<String>,
}

/// What `wirelab read --help` ends with.
const READ_EXAMPLES: &str = "\
Examples:
  wirelab read capture.pcapng                            every frame, a line each
  wirelab read capture.pcapng -Y 'tcp.port == 7001'      those that pass a filter
  wirelab read web.pcapng -T fields -e frame.number -e http.request.uri
  wirelab read capture.pcapng -T json | jq .summary
  wirelab read capture.pcapng -q -z follow,tcp,ascii,0   what both ends of the first TCP connection said
  wirelab read capture.pcapng -q -z conv,tcp -z conv,udp
  ssh host tcpdump -U -w - | wirelab read -              as it comes

Exit status: 0 done; 1 what was asked is not there; 2 wrong usage, no capture, or not readable to its end.";

/// What `wirelab convert` is asked.
#[derive(Debug, Args)]
pub struct ConvertArguments {
    /// A file (pcapng or pcap, .gz too); `-` reads standard input
    #[arg(value_name = "IN")]
    pub input: String,
    /// The new file; its name's end says in which form: .pcapng, .pcap, .jsonl, .har, .txt,
    /// .svg or .mmd (the ladder as a picture, or for Mermaid). `-` writes to standard output
    #[arg(value_name = "OUT")]
    pub output: String,
    /// Only what this filter lets pass, in Wireshark's language
    #[arg(short = 'Y', value_name = "FILTER", default_value = "", hide_default_value = true)]
    pub filter: String,
    /// Only this conversation, with all its packets
    #[arg(long, value_name = "N")]
    pub flow: Option<u64>,
    /// The form, whatever the name ends in
    #[arg(long, value_name = "FORM")]
    pub to: Option<String>,
    /// Replace OUT when it is there
    #[arg(long)]
    pub force: bool,
}

/// What `wirelab tap` is asked.
#[derive(Debug, Args)]
#[command(after_help = TAP_EXAMPLES)]
pub struct TapArguments {
    /// Where to listen: tcp://127.0.0.1:9001, udp://, unix:///path, unixgram:///path; port 0 lets the system pick
    pub listen: String,
    /// Where to pass all on to: tcp://127.0.0.1:7001
    pub target: String,
    /// Delay what passes: 50ms
    #[arg(long, value_name = "TIME")]
    pub delay: Option<String>,
    /// How far the delay varies: 10ms
    #[arg(long, value_name = "TIME")]
    pub jitter: Option<String>,
    /// How it varies
    #[arg(long, value_name = "NAME", default_value = "uniform", value_parser = ["uniform", "normal", "pareto"])]
    pub distribution: String,
    /// Let no more than so much through: 1MB/s, 10Mbit/s
    #[arg(long, value_name = "RATE")]
    pub bandwidth: Option<String>,
    /// Lose so many: 5%, or in bursts: 'burst 1% 30%'. What is lost of TCP comes later, as after a retransmission
    #[arg(long, value_name = "SHARE")]
    pub loss: Option<String>,
    /// Send so many datagrams twice: 1%
    #[arg(long, value_name = "SHARE")]
    pub duplicate: Option<String>,
    /// Let so many datagrams be overtaken: 5%
    #[arg(long, value_name = "SHARE")]
    pub reorder: Option<String>,
    /// Flip a bit in so many: 1%
    #[arg(long, value_name = "SHARE")]
    pub corrupt: Option<String>,
    /// Cut a stream into pieces of so many bytes: 10
    #[arg(long, value_name = "BYTES")]
    pub slice: Option<String>,
    /// Close a conversation after so many bytes each way: 4KiB
    #[arg(long, value_name = "BYTES")]
    pub limit: Option<String>,
    /// Do all this only to what goes toward the server, or the client
    #[arg(long, value_name = "SIDE", value_parser = toward)]
    pub toward: Option<Toward>,
    /// One more, with its conditions: 'reset every 3 if frame contains "token"'; may be given again
    #[arg(long, value_name = "LINE")]
    pub impair: Vec<String>,
    /// Play a network: cable, lte, 4g, dsl, 3g, slow-3g, edge, dial-up, satellite, lossy-wifi
    #[arg(long, value_name = "NETWORK")]
    pub profile: Option<String>,
    /// The same seed and the same traffic give the same deeds
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub seed: u64,
    /// What to do with a client while the target is down: refuse it, or hold it until the target answers
    #[arg(long, value_name = "refuse|hold", default_value = "refuse", value_parser = when_down)]
    pub when_down: WhenDown,
    /// The tap's name in what is told
    #[arg(long, value_name = "NAME", default_value = "tap")]
    pub name: String,
    /// How it is told.
    #[command(flatten)]
    pub telling: TellingArguments,
    /// When it ends.
    #[command(flatten)]
    pub end: EndArguments,
}

/// What `wirelab tap --help` ends with.
const TAP_EXAMPLES: &str = "\
Examples:
  wirelab tap tcp://127.0.0.1:9001 tcp://127.0.0.1:6379           watch redis-cli -p 9001
  wirelab tap udp://127.0.0.1:5353 udp://127.0.0.1:53 --loss 10% --seed 7
  wirelab tap tcp://127.0.0.1:9001 127.0.0.1:8080 --delay 50ms --jitter 10ms --bandwidth 1MB/s --toward client
  wirelab tap tcp://127.0.0.1:9001 127.0.0.1:8080 --profile 3g --record slow.pcapng --json | jq .summary
  wirelab tap unix:///tmp/tap.sock unix:///run/server.sock --impair 'reset every 3'

The first line is where it listens. Exit status: 0 done; 1 it could not, or what was expected did not come;
2 wrong usage.";

/// What `wirelab replay` is asked.
#[derive(Debug, Args)]
#[command(after_help = REPLAY_EXAMPLES)]
pub struct ReplayArguments {
    /// A recording or capture (pcapng or pcap, .gz too); `-` reads standard input
    pub file: String,
    /// Where to send it: tcp://127.0.0.1:6379, udp://, tls://, unix:///path; of a server, where to listen
    #[arg(value_name = "TARGET_URL")]
    pub target: String,
    /// Which conversation, as `wirelab read` numbers them; without it, the only one that carries data
    #[arg(long, value_name = "N")]
    pub flow: Option<u64>,
    /// Only frames that pass this display filter, in Wireshark's language
    #[arg(short = 'Y', value_name = "FILTER", allow_hyphen_values = true)]
    pub filter: Option<String>,
    /// Which side to play
    #[arg(long = "as", value_name = "client|server", default_value = "client", value_parser = side)]
    pub side: Side,
    /// How fast: 2x, 0.5x, or max, without any pause
    #[arg(long, value_name = "SPEED", default_value = "1x", value_parser = Pace::parse)]
    pub speed: Pace,
    /// When something is answered otherwise or not at all: stop (a client's default) or go on (a server's)
    #[arg(long, value_name = "stop|go", value_parser = OnDifference::parse)]
    pub on_difference: Option<OnDifference>,
    /// How long an answer may take; a client's default is 5s, a server waits for ever
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub patience: Option<Duration>,
    /// Take any certificate of a tls:// target
    #[arg(long)]
    pub insecure: bool,
    /// Do not wait for answers before the next message
    #[arg(long)]
    pub no_wait: bool,
    /// How it is told.
    #[command(flatten)]
    pub telling: TellingArguments,
}

/// How a lab without a screen is told, and until when.
#[derive(Debug, Args)]
pub struct TellingArguments {
    /// Tell it as lines of JSON
    #[arg(long)]
    pub json: bool,
    /// Tell only where it listens, and how a replay ended
    #[arg(long)]
    pub quiet: bool,
    /// Record to this file (pcapng); `-` is standard output, and all else is told on standard error
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// End after so long: 10s
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    pub time: Option<Duration>,
}

/// What a lab without a screen ends with, beside its time.
#[derive(Debug, Args)]
pub struct EndArguments {
    /// End after so many frames that carry data
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub count: Option<u64>,
    /// End with the first frame that passes this display filter; exit status 1 when none did
    #[arg(long, value_name = "FILTER", allow_hyphen_values = true)]
    pub until: Option<String>,
    /// End once this regular expression matches what came, however it was cut; exit status 1 when it never did
    #[arg(long, value_name = "REGEX", allow_hyphen_values = true)]
    pub expect: Option<String>,
}

/// What `wirelab replay --help` ends with.
const REPLAY_EXAMPLES: &str = "\
Examples:
  wirelab tap tcp://127.0.0.1:9001 tcp://127.0.0.1:6379 --record talk.pcapng
  wirelab replay talk.pcapng tcp://127.0.0.1:6380 --speed max    the same commands, to another server
  wirelab replay ticks.pcapng udp://127.0.0.1:7002 --flow 3      with its pauses, from the first datagram on
  wirelab replay talk.pcapng 127.0.0.1:6380 --on-difference go --patience 2s --json | jq .verdict
  wirelab replay web.pcapng http://127.0.0.1:8080 --as server    the recorded answers, to whoever asks

As a server, the first line is where it listens. Exit status: 0 all was said and answered; 1 it stopped at a
difference, was refused, or something was not answered; 2 wrong usage, or the file cannot be read.";

/// A lab file is told from a mistyped command by its name.
fn lab(name: &str) -> Result<String, String> {
    let ends_in = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    if ends_in(&[".http", ".rest"]) {
        return Err(format!("these are HTTP requests, no lab; `wirelab http {name}` makes them"));
    }
    if ends_in(&[".pcapng", ".pcap", ".cap", ".pcapng.gz", ".pcap.gz"]) {
        return Err(format!("this is a capture, no lab; `wirelab open {name}` shows it"));
    }
    let is_file = name.contains(['.', '/']) || std::path::Path::new(name).exists();
    let commands = Arguments::command();
    let names: Vec<&str> = commands.get_subcommands().map(clap::Command::get_name).collect();
    match (is_file, nearest(name, names.iter().copied())) {
        (true, _) => Ok(name.to_owned()),
        (false, Some(meant)) => Err(format!("there is no such command; did you mean {meant}?")),
        (false, None) => Err(format!("there is no such command; there are {}", names.join(", "))),
    }
}

/// What is wrong when the first word is meant as a command and is none: the words behind it would be complained of else.
pub fn mistyped(mut words: impl Iterator<Item = OsString>) -> Option<String> {
    let first = words.nth(1)?.into_string().ok()?;
    let is_known = first == "help" || Arguments::command().get_subcommands().any(|known| known.get_name() == first);
    if is_known || first.starts_with('-') || words.next().is_none() {
        return None;
    }
    lab(&first).err().map(|why| format!("{first}: {why}"))
}

/// A file that is read at the start, and must be there.
fn file(name: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(name);
    if path.is_file() { Ok(path) } else { Err("there is no such file".to_owned()) }
}

fn side(name: &str) -> Result<Side, String> {
    match name {
        "client" => Ok(Side::Client),
        "server" => Ok(Side::Server),
        _ => Err("write client or server".into()),
    }
}

fn toward(side: &str) -> Result<Toward, String> {
    match side {
        "server" => Ok(Toward::Server),
        "client" => Ok(Toward::Client),
        "both" => Ok(Toward::Both),
        _ => Err("write server, client or both".into()),
    }
}

fn when_down(act: &str) -> Result<WhenDown, String> {
    match act {
        "refuse" => Ok(WhenDown::Refuse),
        "hold" => Ok(WhenDown::Hold),
        _ => Err("write refuse or hold".into()),
    }
}

/// How `wirelab read` tells frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReadForm {
    /// Lines to read
    Text,
    /// Lines of JSON, with the payload
    Json,
    /// The columns that `-e` names
    Fields,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_does_not_contradict_itself() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn what_is_not_known_is_refused() {
        assert!(Arguments::try_parse_from(["wirelab"]).is_ok());
        assert_eq!(Arguments::try_parse_from(["wirelab", "--nonsense"]).unwrap_err().exit_code(), 2);
        assert_eq!(Arguments::try_parse_from(["wirelab", "--ring", "3 bananas"]).unwrap_err().exit_code(), 2);
        assert_eq!(Arguments::try_parse_from(["wirelab", "read"]).unwrap_err().exit_code(), 2);
    }
}

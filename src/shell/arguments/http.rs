//! What `wirelab http` is asked.

use std::path::PathBuf;

use clap::Args;

use super::TellingArguments;

/// What `wirelab http` is asked.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line are")]
#[command(after_help = EXAMPLES)]
pub struct HttpArguments {
    /// The method, which may be left out, and the URL: http://127.0.0.1:8080/, or :8080/ for short. Or an .http file,
    /// whose requests are made one after another, or of them one: api.http#login
    #[arg(required = true, num_args = 1..=2, value_names = ["METHOD", "URL"])]
    pub request: Vec<String>,
    /// A header field: 'Accept: text/html'; may be given again
    #[arg(short = 'H', long = "header", value_name = "FIELD")]
    pub headers: Vec<String>,
    /// A body, and POST unless a method is given; @FILE sends a file, - standard input
    #[arg(short = 'd', long = "data", value_name = "BODY", allow_hyphen_values = true)]
    pub data: Option<String>,
    /// Write the status line and the header fields before the body
    #[arg(short = 'i', long)]
    pub include: bool,
    /// Tell the status and how long each phase took, on standard error
    #[arg(short = 'v', long)]
    pub verbose: bool,
    /// Write the body to this file
    #[arg(short = 'o', long, value_name = "FILE", conflicts_with = "json")]
    pub output: Option<PathBuf>,
    /// Exit status 1 when the answer's status is 400 or above
    #[arg(short = 'f', long)]
    pub fail: bool,
    /// A regular expression that the body is to match; exit status 1 when it does not
    #[arg(long, value_name = "REGEX", allow_hyphen_values = true)]
    pub expect: Option<String>,
    /// Of an .http file: the environment, of http-client.env.json and http-client.private.env.json beside it
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
    /// Of an .http file: a variable; may be given again
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub variables: Vec<String>,
    /// Take any certificate of an https:// server
    #[arg(short = 'k', long)]
    pub insecure: bool,
    /// How it is told: with --json what goes and comes, instead of the body.
    #[command(flatten)]
    pub telling: TellingArguments,
}

/// What `wirelab http --help` ends with.
const EXAMPLES: &str = "\
Examples:
  wirelab http :8080/                                            the body
  wirelab http -i -v http://127.0.0.1:8080/hello                 its head too, and the time of each phase
  wirelab http :8080/echo -d 'a=1' -H 'Content-Type: application/x-www-form-urlencoded'
  wirelab http PUT :8080/file -d @picture.png --fail
  wirelab http :8080/health --expect '^ok' --quiet --record health.pcapng
  wirelab http api.http --env dev                                a line for each request of the file
  wirelab http api.http#login --var user=ada                     the body of one, and what it needs before it

Redirects are not followed. Exit status: 0 done; 1 refused, lost, or not as expected; 2 wrong usage.";

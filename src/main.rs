//! Starts the shell.

use std::process::ExitCode;

fn main() -> anyhow::Result<ExitCode> {
    wirelab::shell::run()
}

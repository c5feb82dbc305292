//! `wirelab completions` and `wirelab man`: what shells and manuals are given, made from the command line itself.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;

use super::arguments::Arguments;
use super::{files, say, told};

/// Writes the completions for a shell.
pub fn completions(shell: Shell) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "wirelab", &mut script);
    told(io::stdout().write_all(&script))
}

/// Writes the manual page, or into a folder one for each command.
pub fn man(folder: Option<&Path>) -> ExitCode {
    // `help` has pages of all commands again.
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    match folder {
        None => told(Man::new(command).render(&mut io::stdout())),
        Some(folder) => match clap_mangen::generate_to(command, folder) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                let error = if fs::metadata(folder).is_ok_and(|found| found.is_dir()) {
                    error
                } else {
                    io::Error::new(error.kind(), "it is no folder")
                };
                say(&files::from_io("write", folder, &error).to_string());
                ExitCode::FAILURE
            }
        },
    }
}

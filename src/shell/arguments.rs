//! The command line.

use clap::Parser;

/// A network lab in one terminal: servers, clients and every byte between them, live.
#[derive(Debug, Parser)]
#[command(name = "wirelab", version, about)]
pub struct Arguments {
    /// Lay the screen out for a room, with the keys pressed shown at the bottom
    #[arg(long)]
    pub present: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_does_not_contradict_itself() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn what_is_not_known_is_refused() {
        assert!(Arguments::try_parse_from(["wirelab"]).is_ok());
        assert_eq!(Arguments::try_parse_from(["wirelab", "--nonsense"]).unwrap_err().exit_code(), 2);
    }
}

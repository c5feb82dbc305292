//! The command line.

use clap::Parser;

/// A network lab in one terminal: servers, clients and every byte between them, live.
#[derive(Debug, Parser)]
#[command(name = "wirelab", version, about)]
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

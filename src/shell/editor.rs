//! The user's own editor, run on a text: `$VISUAL`, else `$EDITOR`, else `vi`.

use std::env;

use super::files;
use super::lent::{Lent, preferred};
use crate::model::Trouble;

/// Starts the editor; the terminal must have been given back.
///
/// # Errors
/// The text cannot be written, or no program can be started.
pub fn start(text: &str) -> Result<Lent, Trouble> {
    Lent::start("edit", command(|name| env::var(name).ok()), text)
}

/// Waits until the editor has ended, and gives the text as it left it.
///
/// # Errors
/// The editor is not there or failed, or left something that is not text.
pub fn finish(mut editing: Lent) -> Result<String, Trouble> {
    let bytes = files::read(editing.wait("$EDITOR", "the text is as it was")?)?;
    String::from_utf8(bytes.into())
        .map_err(|_| Trouble::new("edit", editing.command(), "it left bytes that are not UTF-8", "save as UTF-8"))
}

fn command(variable: impl Fn(&str) -> Option<String>) -> String {
    preferred(&["VISUAL", "EDITOR"], variable).unwrap_or_else(|| "vi".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_visual_before_editor_before_vi_and_nothing_blank() {
        let with = |visual: Option<&str>, editor: Option<&str>| {
            command(|name| if name == "VISUAL" { visual } else { editor }.map(str::to_owned))
        };
        assert_eq!(with(Some("code --wait"), Some("ed")), "code --wait");
        assert_eq!(with(Some(" "), Some("ed")), "ed");
        assert_eq!(with(None, None), "vi");
    }
}

//! The response's body, saved to a file.

use crate::app::command::Kind;
use crate::app::form::{Field, Form, Purpose};
use crate::app::{Content, Effect, State, WhenThere, forms};

/// Asks where the response's body is to be saved.
pub(super) fn ask(state: &mut State) {
    let Some(exchange) = state.http.exchange.as_ref().filter(|exchange| exchange.body.received > 0) else {
        state.say("there is no response body to save");
        return;
    };
    let url = state.http.url.text();
    let path = url.split(['?', '#']).next().unwrap_or("").rsplit('/').next().unwrap_or("");
    let name = if path.is_empty() || path.contains(':') { "response.bin" } else { path };
    let hint = match exchange.body.missing() {
        0 => "a path; the file is written whole".to_owned(),
        missing => format!("the first {} bytes; {missing} more were not kept", exchange.body.kept().len()),
    };
    // Beside what was saved last.
    let last = state.forms.last("http-save", "file").unwrap_or("");
    let folder = &last[..last.rfind('/').map_or(0, |at| at + 1)];
    let field = Field::text_field("file", format!("{folder}{name}"), hint).of(Kind::File);
    forms::open(state, Form::new("Save the response's body", Purpose::SaveBody, vec![field]));
}

/// Saves the response's body under a path.
///
/// # Errors
/// No path is written, or there is nothing to save.
pub fn save_body(state: &mut State, path: &str) -> Result<Vec<Effect>, String> {
    let path = path.trim();
    if path.is_empty() {
        return Err("write a path".into());
    }
    let bytes = state.http.exchange.as_ref().map(|exchange| exchange.body.kept()).ok_or("there is no response")?;
    Ok(vec![Effect::SaveFile {
        path: state.paths.meant(path),
        content: Content::Bytes(bytes),
        when_there: WhenThere::Ask,
    }])
}

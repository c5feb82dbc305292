//! Keys that edit the text that has them: a field of a pane or of what lies over them, or the body of a request.

use crossterm::event::KeyEvent;
use ratatui_textarea::{CursorMove, Scrolling};

use super::keymap::Press;
use super::pane::{client, http};
use super::text_field::{FIELD_LIMIT, TextField, Verb};
use super::{Action, EditUse, Effect, State, overlay, pane, perform};
use crate::model::visible;

/// The text field that has the keys, if one has, and what was cut last.
fn field(state: &mut State) -> Option<&mut TextField> {
    if state.overlay.is_some() { state.overlay.as_mut()?.field() } else { pane::field(state) }
}

/// Keeps what depends on the text in step after it was edited.
fn after_edit(state: &mut State) {
    if state.overlay.is_some() {
        overlay::after_edit(state);
    } else {
        pane::after_edit(state);
    }
}

fn is_in_body(state: &State) -> bool {
    state.overlay.is_none() && pane::takes_all_keys(state)
}

/// Takes a key that is no command: a letter of the text.
pub(super) fn letter(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    if is_in_body(state) {
        http::edit_body(state, key);
        return Vec::new();
    }
    if state.overlay.is_none() && Press::pressed(key).is_letter() {
        pane::before_text(state);
    }
    let Some(field) = field(state) else { return overlay::other_key(state, key) };
    if field.on_key(key) {
        after_edit(state);
    } else if field.is_full() {
        state.say(format!("a field takes {} KiB; larger payloads come from a file", FIELD_LIMIT / 1024));
    }
    Vec::new()
}

/// Takes pasted text.
pub(super) fn paste(state: &mut State, text: &str) {
    let left = paste_in(state, text);
    if left > 0 {
        let limit = FIELD_LIMIT / 1024;
        state.complain(format!(
            "paste: a field takes {limit} KiB, so the last {left} bytes were left out; larger payloads come from a file"
        ));
    }
}

/// Puts pasted text where the keys are; gives how many bytes there was no room for.
fn paste_in(state: &mut State, text: &str) -> usize {
    if state.overlay.is_some() {
        return overlay::on_paste(state, text);
    }
    pane::before_text(state);
    if is_in_body(state) {
        state.http.paste_body(text);
        return 0;
    }
    let Some(field) = pane::field(state) else { return 0 };
    let left = field.paste(text);
    pane::after_edit(state);
    left
}

/// Takes a text back from the editor.
pub(super) fn set(state: &mut State, text: &str) {
    let takes_lines = overlay::takes_lines(state);
    if let Some(field) = field(state) {
        let text = text.strip_suffix('\n').unwrap_or(text);
        if takes_lines {
            field.set("");
            let _ = field.paste_lines(text);
        } else {
            field.set(visible::escaped_hidden(text));
        }
        after_edit(state);
    }
}

/// Performs an edit.
pub(super) fn act(state: &mut State, verb: Verb) -> Vec<Effect> {
    if verb == Verb::Outside {
        return outside(state);
    }
    if is_in_body(state) {
        act_in_body(state, verb);
        return Vec::new();
    }
    let mut killed = std::mem::take(&mut state.killed);
    let has_changed = field(state).is_some_and(|field| field.act(verb, &mut killed));
    state.killed = killed;
    if has_changed {
        after_edit(state);
    }
    Vec::new()
}

fn outside(state: &mut State) -> Vec<Effect> {
    if is_in_body(state) {
        return perform(state, Action::Http(http::Verb::EditOutside));
    }
    if state.overlay.is_none() && state.client.editing() == Some(client::Editing::Payload) {
        return perform(state, Action::Client(client::Verb::EditOutside));
    }
    let text = field(state).map(|field| field.text().to_owned());
    text.map_or_else(Vec::new, |text| vec![Effect::Edit { text, purpose: EditUse::Field }])
}

fn act_in_body(state: &mut State, verb: Verb) {
    let body = &mut state.http.body.text;
    match verb {
        Verb::Left => body.move_cursor(CursorMove::Back),
        Verb::Right => body.move_cursor(CursorMove::Forward),
        Verb::WordLeft => body.move_cursor(CursorMove::WordBack),
        Verb::WordRight => body.move_cursor(CursorMove::WordForward),
        Verb::Start => body.move_cursor(CursorMove::Head),
        Verb::End => body.move_cursor(CursorMove::End),
        Verb::Up => body.move_cursor(CursorMove::Up),
        Verb::Down => body.move_cursor(CursorMove::Down),
        Verb::PageUp => body.scroll(Scrolling::PageUp),
        Verb::PageDown => body.scroll(Scrolling::PageDown),
        Verb::Erase => _ = body.delete_char(),
        Verb::Delete => _ = body.delete_next_char(),
        Verb::EraseWord => _ = body.delete_word(),
        Verb::DeleteWord => _ = body.delete_next_word(),
        Verb::KillToStart => _ = body.delete_line_by_head(),
        Verb::KillToEnd => _ = body.delete_line_by_end(),
        Verb::Yank => {
            if state.killed.is_empty() {
                body.paste();
            } else {
                body.insert_str(&state.killed);
            }
        }
        Verb::Undo => _ = body.undo(),
        Verb::Redo => _ = body.redo(),
        Verb::NewLine => body.insert_newline(),
        Verb::Outside => {}
    }
    if matches!(verb, Verb::EraseWord | Verb::DeleteWord | Verb::KillToStart | Verb::KillToEnd) {
        state.killed = body.yank_text();
    }
}

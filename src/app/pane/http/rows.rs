//! The rows of a request, headers, query and form, as they are added, changed and switched.

use super::request::{self, BodyKind, Row};
use super::{Editing, Model, Tab};
use crate::app::State;
use crate::app::form::{Field, Form, HttpRows, Purpose};
use crate::app::overlay::Overlay;
use crate::app::pane::moved;

/// Asks for a new row of the tab shown, or for the body.
pub(super) fn add(state: &mut State) {
    match state.http.rows() {
        Some((which, _)) => state.overlay = Some(Overlay::Form(row_form(which, None, "", ""))),
        None => edit_body_or_file(state),
    }
}

/// Asks for another name and value of the row under the cursor, or for the body.
pub(super) fn edit(state: &mut State) {
    let at = state.http.at;
    match state.http.rows() {
        Some((which, rows)) => {
            if let Some(row) = rows.get(at) {
                let form = row_form(which, Some(at), &row.name, &row.value);
                state.overlay = Some(Overlay::Form(form));
            }
        }
        None => edit_body_or_file(state),
    }
}

impl Model {
    /// Changes the rows of the tab shown, at the cursor; what depends on them follows.
    pub(super) fn change_row(&mut self, change: impl FnOnce(&mut Vec<Row>, usize)) {
        let Some(which) = self.rows().map(|(which, _)| which) else { return };
        let at = self.at;
        let rows = self.rows_of(which);
        change(rows, at);
        let count = rows.len();
        self.at = moved(at, 0, count);
        self.rows_changed(which);
    }

    fn rows_changed(&mut self, which: HttpRows) {
        if which == HttpRows::Query {
            let url = request::url_with_query(self.url.text(), &self.query);
            self.url.set(url);
        }
    }
}

fn edit_body_or_file(state: &mut State) {
    match (state.http.tab, state.http.body.kind) {
        (Tab::Body, BodyKind::Text) => state.http.editing = Editing::Body,
        (Tab::Body, BodyKind::File) => {
            let field =
                Field::text_field("file", state.http.body.file.clone(), "a path; its bytes are sent as they are");
            state.overlay = Some(Overlay::Form(Form::new("Body from a file", Purpose::HttpBodyFile, vec![field])));
        }
        (Tab::Body | Tab::Headers | Tab::Query, _) => {}
        (Tab::Response | Tab::Fields | Tab::Timing, _) => state.http.editing = Editing::Url,
    }
}

fn row_form(which: HttpRows, at: Option<usize>, name: &str, value: &str) -> Form {
    let (what, hint) = match which {
        HttpRows::Headers => ("header", "such as Accept"),
        HttpRows::Query => ("query parameter", "goes into the URL, percent-encoded"),
        HttpRows::Form => ("form field", "sent as name=value, percent-encoded"),
    };
    let title = if at.is_some() { format!("Edit {what}") } else { format!("Add {what}") };
    let fields = vec![Field::text_field("name", name, hint), Field::text_field("value", value, "")];
    Form::new(title, Purpose::HttpRow(which, at), fields)
}

/// Takes a filled-in row over.
///
/// # Errors
/// Says what is wrong with the name.
pub fn submit_row(state: &mut State, which: HttpRows, at: Option<usize>, form: &Form) -> Result<(), String> {
    let row = Row { name: form.text("name").trim().to_owned(), value: form.text("value").to_owned(), is_on: true };
    if row.name.is_empty() {
        return Err("write a name".into());
    }
    if which == HttpRows::Headers && !request::is_token(&row.name) {
        return Err("a header's name is letters, digits and hyphens".into());
    }
    let rows = state.http.rows_of(which);
    match at.and_then(|at| rows.get_mut(at)) {
        Some(place) => *place = Row { is_on: place.is_on, ..row },
        None => rows.push(row),
    }
    let last = rows.len().saturating_sub(1);
    state.http.at = at.unwrap_or(last);
    state.http.rows_changed(which);
    Ok(())
}

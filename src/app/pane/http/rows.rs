//! The rows of a request, headers, query and form, as they are added, changed and switched.

use super::request::{self, BodyKind, Row};
use super::{Editing, Model, Tab};
use crate::app::State;
use crate::app::command::Kind;
use crate::app::form::{Field, Form, HttpRows, Purpose};
use crate::app::forms;
use crate::app::pane::moved;

/// Asks for a new row of the tab shown, or for the body.
pub(super) fn add(state: &mut State) {
    match state.http.rows() {
        Some((which, _)) => forms::open(state, row_form(which, None, "", "")),
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
                forms::open(state, form);
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
            let path = match state.http.body.file.trim() {
                "" => state.forms.last("http-body-file", "file").unwrap_or(""),
                path => path,
            };
            let field = Field::text_field("file", path, "a path; its bytes are sent as they are").of(Kind::File);
            forms::open(state, Form::new("Body from a file", Purpose::HttpBodyFile, vec![field]));
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
    let mut fields = vec![Field::text_field("name", name, hint), Field::text_field("value", value, "")];
    if which == HttpRows::Headers {
        fields = vec![
            Field::text_field("name", name, hint).of(Kind::OneOf(HEADERS)),
            Field::text_field("value", value, "").of(Kind::HeaderValue).beside("name"),
        ];
    }
    Form::new(title, Purpose::HttpRow(which, at), fields)
}

/// Headers people write by hand.
const HEADERS: &[&str] = &[
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "Authorization",
    "Cache-Control",
    "Connection",
    "Content-Type",
    "Cookie",
    "Expect",
    "Host",
    "If-Modified-Since",
    "If-None-Match",
    "Origin",
    "Range",
    "Referer",
    "User-Agent",
    "X-Forwarded-For",
    "X-Request-Id",
];

/// Media types that bodies are of, and answers are asked for in.
const MEDIA: &[&str] = &[
    "application/json",
    "text/plain; charset=utf-8",
    "text/html; charset=utf-8",
    "application/xml",
    "application/x-www-form-urlencoded",
    "application/octet-stream",
    "text/csv",
    "text/event-stream",
    "image/png",
    "*/*",
];

/// What is often written for a header.
pub fn header_values(name: &str) -> &'static [&'static str] {
    match name.trim().to_ascii_lowercase().as_str() {
        "accept" | "content-type" => MEDIA,
        "accept-encoding" => &["identity", "gzip", "gzip, deflate, br", "br", "zstd"],
        "accept-language" => &["en", "de", "fr", "en-GB, en;q=0.8", "*"],
        "authorization" => &["Basic ", "Bearer "],
        "cache-control" => &["no-cache", "no-store", "max-age=0"],
        "connection" => &["close", "keep-alive"],
        "expect" => &["100-continue"],
        "range" => &["bytes=0-99", "bytes=-100", "bytes=100-"],
        _ => &[],
    }
}

/// What is wrong with the name of a header (RFC 9110 section 5.1).
pub fn header_problem(name: &str) -> Option<String> {
    let wrong = name.trim().chars().find(|letter| !request::is_token(letter.encode_utf8(&mut [0; 4])))?;
    Some(format!("{wrong:?} cannot stand in a header's name; it is letters, digits and hyphens, such as Content-Type"))
}

/// What is wrong with the value of a row: that of a header is one line (RFC 9110 section 5.5).
pub fn value_problem(which: HttpRows, value: &str) -> Option<String> {
    let wrong = value.chars().find(|letter| letter.is_control() && *letter != '\t')?;
    let is_header = which == HttpRows::Headers;
    is_header.then(|| format!("{} cannot stand in a header's value; it is one line of text", wrong.escape_default()))
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
    let problem = if which == HttpRows::Headers { header_problem(&row.name) } else { None };
    if let Some(problem) = problem.or_else(|| value_problem(which, &row.value)) {
        return Err(problem);
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

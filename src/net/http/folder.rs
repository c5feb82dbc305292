//! What a folder holds at a request's path: files with ranges and conditions, index pages, listings; and no way out.

mod listing;
mod shelf;

use http::header::{
    ALLOW, CONTENT_TYPE, ETAG, HeaderValue, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE,
    LAST_MODIFIED, RANGE, X_CONTENT_TYPE_OPTIONS,
};
use http::{Method, Request, Response, StatusCode, Uri, request};
use http_body_util::{BodyExt, Empty};
use percent_encoding::percent_decode_str;
use tower_http::services::fs::ServeDir;

use super::server::plain;
use super::{Body, BoxError};
use crate::behaviour::Folder;
use crate::behaviour::site::SITE;
use shelf::Shelf;

/// Answers a request from the folder; only GET and HEAD have an answer.
pub(super) async fn answer(folder: &Folder, head: &request::Parts) -> Response<Body> {
    let shelf = match folder {
        Folder::BuiltIn => Shelf::BuiltIn(SITE),
        Folder::Path(path) => match tokio::fs::canonicalize(path).await {
            Ok(root) => Shelf::Disk(root),
            Err(_) => return plain(StatusCode::NOT_FOUND, "The folder of this server is not there.\n"),
        },
    };
    from_shelf(&shelf, head).await
}

async fn from_shelf(shelf: &Shelf, head: &request::Parts) -> Response<Body> {
    if head.method != Method::GET && head.method != Method::HEAD {
        let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "Only GET and HEAD are answered here.\n");
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    let Some((uri, path)) = safe_path(&head.uri) else { return not_found() };
    let mut request = Request::new(Empty::<bytes::Bytes>::new());
    *request.method_mut() = head.method.clone();
    *request.uri_mut() = uri;
    *request.headers_mut() = head.headers.clone();
    settle_range(shelf, &mut request).await;
    let response = served(shelf, request).await;
    match response.status() {
        StatusCode::NOT_FOUND if head.uri.path().ends_with('/') => {
            listing::page(shelf, &path).await.unwrap_or_else(not_found)
        }
        StatusCode::NOT_FOUND => not_found(),
        StatusCode::OK | StatusCode::PARTIAL_CONTENT => described(shelf, &path, response),
        _ => response,
    }
}

fn not_found() -> Response<Body> {
    plain(StatusCode::NOT_FOUND, "There is nothing at this path.\n")
}

/// The request's target reduced to one leading slash, and the path decoded, relative to the folder and without a slash
/// at its end; None for whatever could lead out of the folder or to a hidden file.
fn safe_path(uri: &Uri) -> Option<(Uri, String)> {
    let raw = uri.path();
    let decoded = percent_decode_str(raw).decode_utf8().ok()?;
    let path = decoded.strip_prefix('/')?.trim_start_matches('/');
    if path.chars().any(|c| c == '\\' || c.is_control()) {
        return None;
    }
    let path = path.strip_suffix('/').unwrap_or(path);
    if !path.is_empty() && path.split('/').any(|part| part.is_empty() || part.starts_with('.')) {
        return None;
    }
    let query = uri.query().map_or(String::new(), |query| format!("?{query}"));
    let uri = format!("/{}{query}", raw.trim_start_matches('/')).parse().ok()?;
    Some((uri, path.to_owned()))
}

async fn served(shelf: &Shelf, request: Request<Empty<bytes::Bytes>>) -> Response<Body> {
    let mut files = ServeDir::with_backend("", shelf.clone()).ignore_multi_range_requests(true);
    match files.try_call(request).await {
        Ok(response) => response.map(|body| body.map_err(BoxError::from).boxed_unsync()),
        Err(_) => not_found(),
    }
}

/// Takes the range out of a request where it must not count: in a unit that is not ours (RFC 9110 section 14.2), or
/// under an `If-Range` that does not hold (section 13.1.5).
async fn settle_range(shelf: &Shelf, request: &mut Request<Empty<bytes::Bytes>>) {
    let Some(range) = request.headers().get(RANGE) else { return };
    let is_bytes = range.as_bytes().starts_with(b"bytes=");
    let condition = request.headers_mut().remove(IF_RANGE);
    let holds = match condition {
        Some(condition) if is_bytes => current(shelf, request, &condition).await,
        Some(_) | None => true,
    };
    if !is_bytes || !holds {
        request.headers_mut().remove(RANGE);
    }
}

/// Whether the file still is the one that the validator was given for.
async fn current(shelf: &Shelf, request: &Request<Empty<bytes::Bytes>>, validator: &HeaderValue) -> bool {
    let mut probe = Request::new(Empty::new());
    *probe.method_mut() = Method::HEAD;
    *probe.uri_mut() = request.uri().clone();
    *probe.headers_mut() = request.headers().clone();
    for name in [RANGE, IF_MATCH, IF_NONE_MATCH, IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE] {
        probe.headers_mut().remove(name);
    }
    let now = served(shelf, probe).await;
    now.headers().get(ETAG) == Some(validator) || now.headers().get(LAST_MODIFIED) == Some(validator)
}

/// Adds what the file's name tells: its media type, with the character set of text.
fn described(shelf: &Shelf, path: &str, mut response: Response<Body>) -> Response<Body> {
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(media_type) = shelf.media_type(path).and_then(|name| HeaderValue::from_str(name).ok()) {
        headers.insert(CONTENT_TYPE, media_type);
        return response;
    }
    let guessed = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let with_charset = HeaderValue::from_str(&format!("{guessed}; charset=utf-8"));
    if let (true, false, Ok(media_type)) = (guessed.starts_with("text/"), guessed.contains("charset"), with_charset) {
        headers.insert(CONTENT_TYPE, media_type);
    }
    response
}

#[cfg(test)]
mod tests;

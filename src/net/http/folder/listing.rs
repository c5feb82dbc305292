//! The page that stands for a folder without an index page: its files and folders as links.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use http::header::{CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use http::{Response, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::shelf::{Shelf, Site};
use crate::net::http::{Body, server::plain};

/// The most entries one page shows; beyond them it says so.
const MOST_ENTRIES: usize = 1000;
/// What need not be encoded in a relative link (RFC 3986 section 2.3).
const IN_LINKS: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A folder's entries by name; a folder has no size.
type Entries = BTreeMap<String, Option<u64>>;

/// The page for the folder at `path`, relative and decoded; None when there is none.
pub(super) async fn page(shelf: &Shelf, path: &str) -> Option<Response<Body>> {
    let entries = match shelf {
        Shelf::BuiltIn(site) => built_in(site, path)?,
        Shelf::Disk(root) => on_disk(root, path).await?,
    };
    let mut response = plain(StatusCode::OK, written(path, &entries));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Some(response)
}

fn built_in(site: Site, path: &str) -> Option<Entries> {
    let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
    let entries: Entries = site
        .iter()
        .filter_map(|(name, _, bytes)| {
            let rest = name.strip_prefix(&prefix)?;
            Some(match rest.split_once('/') {
                Some((folder, _)) => (folder.to_owned(), None),
                None => (rest.to_owned(), Some(bytes.len() as u64)),
            })
        })
        .collect();
    (!entries.is_empty()).then_some(entries)
}

async fn on_disk(root: &Path, path: &str) -> Option<Entries> {
    let folder = Shelf::below(root, Path::new(path)).await.ok()?;
    let mut reading = tokio::fs::read_dir(&folder).await.ok()?;
    let mut entries = Entries::new();
    while let Ok(Some(entry)) = reading.next_entry().await {
        let Ok(name) = entry.file_name().into_string() else { continue };
        // What would not be served is not offered: hidden files, links that lead out, pipes, devices.
        let Ok(found) = Shelf::below(root, &entry.path()).await else { continue };
        let Ok(about) = tokio::fs::metadata(found).await else { continue };
        entries.insert(name, about.is_file().then_some(about.len()));
        if entries.len() > MOST_ENTRIES {
            break;
        }
    }
    entries.retain(|name, _| !name.starts_with('.'));
    Some(entries)
}

fn written(path: &str, entries: &Entries) -> String {
    let title = escaped(&format!("/{path}"));
    let mut page =
        format!("<!doctype html>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<h1>{title}</h1>\n<ul>\n");
    if !path.is_empty() {
        page.push_str("<li><a href=\"../\">..</a>\n");
    }
    for (name, size) in entries.iter().take(MOST_ENTRIES) {
        let link = utf8_percent_encode(name, IN_LINKS);
        let name = escaped(name);
        let _ = match size {
            Some(size) => writeln!(page, "<li><a href=\"{link}\">{name}</a> ({size} bytes)"),
            None => writeln!(page, "<li><a href=\"{link}/\">{name}/</a>"),
        };
    }
    page.push_str("</ul>\n");
    if entries.len() > MOST_ENTRIES {
        let _ = writeln!(page, "<p>There are more than {MOST_ENTRIES} entries; the others are not shown.");
    }
    page
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

//! The little web site inside the program.

/// Its files: path, media type, bytes.
pub static SITE: &[(&str, &str, &[u8])] =
    &[("index.html", "text/html; charset=utf-8", b"<!doctype html><title>wirelab</title><h1>It works</h1>\n")];

//! The words of HTTP that are known by name: methods, and the header fields that have a Wireshark field of their own.

/// Methods of RFC 9110, RFC 5789 and WebDAV, and those of SSDP.
pub const METHODS: [&str; 20] = [
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "CONNECT",
    "OPTIONS",
    "TRACE",
    "PATCH",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "REPORT",
    "SEARCH",
    "M-SEARCH",
    "NOTIFY",
];

/// Header fields in lower case and what Wireshark calls them.
const HEADERS: [(&str, &str); 34] = [
    ("accept", "http.accept"),
    ("accept-encoding", "http.accept_encoding"),
    ("accept-language", "http.accept_language"),
    ("authorization", "http.authorization"),
    ("cache-control", "http.cache_control"),
    ("connection", "http.connection"),
    ("content-encoding", "http.content_encoding"),
    ("content-length", "http.content_length_header"),
    ("content-type", "http.content_type"),
    ("cookie", "http.cookie"),
    ("date", "http.date"),
    ("dnt", "http.dnt"),
    ("host", "http.host"),
    ("http2-settings", "http.http2_settings"),
    ("last-modified", "http.last_modified"),
    ("location", "http.location"),
    ("origin", "http.origin"),
    ("proxy-authenticate", "http.proxy_authenticate"),
    ("proxy-authorization", "http.proxy_authorization"),
    ("proxy-connect-host", "http.proxy_connect_host"),
    ("range", "http.range"),
    ("content-range", "http.content_range"),
    ("referer", "http.referer"),
    ("sec-websocket-accept", "http.sec_websocket_accept"),
    ("sec-websocket-extensions", "http.sec_websocket_extensions"),
    ("sec-websocket-key", "http.sec_websocket_key"),
    ("sec-websocket-protocol", "http.sec_websocket_protocol"),
    ("sec-websocket-version", "http.sec_websocket_version"),
    ("server", "http.server"),
    ("set-cookie", "http.set_cookie"),
    ("transfer-encoding", "http.transfer_encoding"),
    ("upgrade", "http.upgrade"),
    ("user-agent", "http.user_agent"),
    ("www-authenticate", "http.www_authenticate"),
];

/// Wireshark's field for a header field's value.
pub fn header_field(name: &[u8]) -> &'static str {
    let known = HEADERS.iter().find(|(header, _)| header.as_bytes().eq_ignore_ascii_case(name));
    known.map_or("http.unknown_header", |(_, field)| field)
}

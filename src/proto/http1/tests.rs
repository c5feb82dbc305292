//! HTTP/1 messages cut and decoded.

use proptest::prelude::*;

use super::*;
use crate::model::{Side, Transport};
use crate::proto::{Cut, Ending, Field, Value};

const CLIENT: Context = Context { transport: Transport::Tcp, from: Side::Client };
const SERVER: Context = Context { transport: Transport::Tcp, from: Side::Server };

fn decode(message: &str) -> Vec<Field> {
    Http1.decode(CLIENT, message.as_bytes()).expect("HTTP").fields
}

fn find<'a>(fields: &'a [Field], name: &str) -> Vec<&'a Field> {
    let mut found = Vec::new();
    for field in fields {
        found.extend((field.name == name).then_some(field));
        found.extend(find(&field.children, name));
    }
    found
}

/// The bytes of the one field of this name.
fn bytes<'a>(message: &'a str, fields: &[Field], name: &str) -> &'a str {
    let found = find(fields, name);
    let [one] = found[..] else { panic!("one {name}, not {}", found.len()) };
    &message[one.span.clone()]
}

fn complaints(fields: &[Field]) -> Vec<(usize, String)> {
    let told = find(fields, crate::proto::MALFORMED).into_iter();
    told.map(|field| {
        let Value::Malformed(why) = &field.value else { panic!("a complaint is Malformed: {field:?}") };
        (field.span.start, why.clone())
    })
    .collect()
}

/// Where messages end, given to the framer in one piece.
fn ends(framer: &mut Conversation, from: Side, bytes: &[u8]) -> (Vec<usize>, Cut) {
    let mut at = 0;
    let mut ends = Vec::new();
    while at < bytes.len() {
        match framer.cut(from, &bytes[at..]) {
            Cut::Ends(length) => {
                at += length;
                ends.push(at);
            }
            other @ (Cut::Continues | Cut::Foreign | Cut::Broken(_)) => return (ends, other),
        }
    }
    (ends, Cut::Ends(0))
}

#[test]
fn every_field_of_a_request_knows_its_bytes() {
    let message = "POST /a/b?x=1&y=2 HTTP/1.1\r\nHost: example.com:80\r\nUser-Agent:\tme \r\nX-Own: v\r\n\
        Content-Type: application/json; charset=utf-8\r\nContent-Length: 13\r\n\r\n{\"a\": [1, 2]}";
    let fields = decode(message);
    for (name, text) in [
        ("http.request", "POST /a/b?x=1&y=2 HTTP/1.1"),
        ("http.request.method", "POST"),
        ("http.request.uri", "/a/b?x=1&y=2"),
        ("http.request.uri.path", "/a/b"),
        ("http.request.uri.query", "x=1&y=2"),
        ("http.request.version", "HTTP/1.1"),
        ("http.host", "example.com:80"),
        ("http.user_agent", "me"),
        ("http.unknown_header", "v"),
        ("http.content_type", "application/json; charset=utf-8"),
        ("http.content_length_header", "13"),
        ("http.file_data", "{\"a\": [1, 2]}"),
        ("json.key", "\"a\""),
        ("json.array", "[1, 2]"),
    ] {
        assert_eq!(bytes(message, &fields, name), text, "{name}");
    }
    let lines: Vec<_> = find(&fields, "http.request.line").iter().map(|line| &message[line.span.clone()]).collect();
    assert_eq!(lines[0], "Host: example.com:80");
    assert_eq!(lines.len(), 5);
    assert_eq!(find(&fields, "http.content_length")[0].value, Value::Number(13));
    assert_eq!(find(&fields, "http.request.uri.query.parameter").len(), 2);
    assert_eq!(complaints(&fields), []);
}

#[test]
fn a_response_has_its_code_as_a_number_and_its_text_by_lines() {
    let message = "HTTP/1.0 200 OK\r\nServer: toy\r\nContent-Type: text/html\r\n\r\n<p>\nhi";
    let decoded = Http1.decode(SERVER, message.as_bytes()).expect("HTTP");
    assert_eq!(decoded.summary, "200 OK text/html");
    assert_eq!(find(&decoded.fields, "http.response.code")[0].value, Value::Number(200));
    assert_eq!(bytes(message, &decoded.fields, "http.response.phrase"), "OK");
    assert_eq!(bytes(message, &decoded.fields, "http.server"), "toy");
    let lines = find(&decoded.fields, "data-text-lines");
    assert_eq!(lines.iter().map(|line| &message[line.span.clone()]).collect::<Vec<_>>(), ["<p>", "hi"]);
}

#[test]
fn one_chunk_keeps_exact_spans_and_several_share_that_of_the_whole() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n";
    let one = format!("{head}7;ext=1\r\n{{\"a\":1}}\r\n0\r\nX-Sum: 9\r\n\r\n");
    let fields = decode(&one);
    assert_eq!(bytes(&one, &fields, "json.value.number"), "1");
    assert_eq!(bytes(&one, &fields, "http.chunk_extension"), ";ext=1");
    assert_eq!(bytes(&one, &fields, "http.chunked_trailer_part"), "X-Sum: 9");
    let sizes: Vec<_> = find(&fields, "http.chunk_size").iter().map(|size| size.value.clone()).collect();
    assert_eq!(sizes, [Value::Number(7), Value::Number(0)]);

    let two = format!("{head}3\r\n{{\"a\r\n4\r\n\":1}}\r\n0\r\n\r\n");
    let fields = decode(&two);
    assert_eq!(find(&fields, "json.key")[0].value, Value::Text("a".into()));
    assert_eq!(bytes(&two, &fields, "json.key"), &two[head.len()..]);
    assert_eq!(complaints(&fields), []);
}

#[test]
fn form_data_is_decoded_inside() {
    let message =
        "POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\na=b%21c";
    let fields = decode(message);
    assert_eq!(bytes(message, &fields, "urlencoded-form.value"), "b%21c");
    assert_eq!(find(&fields, "urlencoded-form.value")[0].value, Value::Text("b!c".into()));
}

#[test]
fn what_is_tolerated_is_told() {
    for (message, told) in [
        ("GET / HTTP/1.1\nHost: a\n\n", "the first line that ends in LF"),
        ("GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", "obs-fold"),
        ("GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", "contradicts"),
        ("GET / HTTP/1.1\r\nContent-Length: 1, 2\r\n\r\nx", "contradicts"),
        ("GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", "not a number"),
        ("GET / HTTP/1.1\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "both"),
        ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", "field's name"),
        ("GET / HTTP/1.1\r\nno colon\r\n\r\n", "without a colon"),
        ("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "size in hexadecimal"),
        ("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", "must end in CR LF"),
    ] {
        let told_of = complaints(&decode(message));
        assert!(told_of.len() == 1 && told_of[0].1.contains(told), "{message:?}: {told_of:?}");
    }
    let folded = decode("GET / HTTP/1.1\r\nA: b\r\n\t c\r\n\r\n");
    assert_eq!(find(&folded, "http.unknown_header")[0].value, Value::Text("b c".into()));
}

#[test]
fn responses_without_a_body_end_with_their_head() {
    let mut framer = Conversation::new();
    let requests = b"HEAD / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n";
    assert_eq!(ends(&mut framer, Side::Client, requests).0.len(), 2);
    let responses = b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n\
        HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello\
        HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\nHTTP/1.1 304 Not Modified\r\n\r\n";
    let (found, last) = ends(&mut framer, Side::Server, responses);
    assert_eq!((found.len(), last), (6, Cut::Ends(0)));
    assert_eq!(found.last(), Some(&responses.len()));
}

#[test]
fn a_response_without_length_lasts_until_its_stream_ends() {
    let mut framer = Conversation::new();
    assert_eq!(ends(&mut framer, Side::Server, b"HTTP/1.0 200 OK\r\n\r\nhello"), (vec![], Cut::Continues));
    assert_eq!(framer.finish(Side::Server), Ending::Whole);
    assert_eq!(ends(&mut framer, Side::Server, b"HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\nhello").1, Cut::Continues);
    assert_eq!(framer.finish(Side::Server), Ending::Short);
}

#[test]
fn an_agreed_upgrade_ends_http_on_both_sides() {
    for (request, response) in [
        ("GET /chat HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\n"),
        ("CONNECT a:443 HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
    ] {
        let mut framer = Conversation::new();
        assert_eq!(ends(&mut framer, Side::Client, request.as_bytes()).0, [request.len()]);
        assert_eq!(ends(&mut framer, Side::Server, response.as_bytes()).0, [response.len()]);
        assert_eq!(framer.cut(Side::Server, b"\x81\x05hello"), Cut::Foreign);
        assert_eq!(framer.cut(Side::Client, b"\x81\x05hello"), Cut::Foreign);
    }
}

#[test]
fn a_header_may_be_a_mebibyte_long_and_no_longer() {
    let long = "x".repeat(HEAD_LIMIT - 100);
    let message = format!("GET / HTTP/1.1\r\nCookie: {long}\r\n\r\n");
    assert_eq!(ends(&mut Conversation::new(), Side::Client, message.as_bytes()).0, [message.len()]);
    assert_eq!(complaints(&decode(&message)), []);

    let longer = format!("GET / HTTP/1.1\r\nCookie: {long}{long}\r\n\r\n");
    let Cut::Broken(error) = ends(&mut Conversation::new(), Side::Client, longer.as_bytes()).1 else {
        panic!("too long a header is wrong")
    };
    assert_eq!(error.at, HEAD_LIMIT);
    assert_eq!(complaints(&decode(&longer)).len(), 1);
}

#[test]
fn tells_http_from_text_by_the_first_bytes() {
    let likelihood = |bytes: &str| Http1.probe(CLIENT, bytes.as_bytes());
    for certain in ["GET /", "HTTP/", "M-SEARCH * HTTP/1.1\r\n", "FOO x HTTP/1.0\n", "\r\nGET /"] {
        assert_eq!(likelihood(certain), Likelihood::Certain, "{certain:?}");
    }
    assert_eq!(likelihood("PURGE /x"), Likelihood::Likely);
    for possible in ["", "G", "hello", "say hello"] {
        assert_eq!(likelihood(possible), Likelihood::Possible, "{possible:?}");
    }
    for no in ["hello\n", "GET it while it lasts", "{\"a\":1}", "PRI * HTTP/2.0\r\n\r\nSM", "\x16\x03\x01"] {
        assert_eq!(likelihood(no), Likelihood::No, "{no:?}");
    }
}

/// A header as httparse reads it: it must find the same names, values and end.
fn agrees_with_httparse(message: &str) {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut theirs = httparse::Request::new(&mut headers);
    let Ok(httparse::Status::Complete(_)) = theirs.parse(message.as_bytes()) else { return };
    let fields = decode(message);
    assert_eq!(Some(bytes(message, &fields, "http.request.method")), theirs.method);
    assert_eq!(Some(bytes(message, &fields, "http.request.uri")), theirs.path);
    let lines = find(&fields, "http.request.line");
    assert_eq!(lines.len(), theirs.headers.len(), "{message:?}");
    for (line, header) in lines.iter().zip(theirs.headers.iter()) {
        let value = &message.as_bytes()[line.children[0].span.clone()];
        assert_eq!(value, header.value.trim_ascii(), "{message:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn reads_headers_as_httparse_does(
        lines in prop::collection::vec("(Host|X-[a-z]{1,3}|Accept):[ \t]{0,2}[!-~]{0,6}( [!-~]{1,3})?\r?\n", 0..6),
        target in "/[!-~]{0,8}",
    ) {
        agrees_with_httparse(&format!("GET {target} HTTP/1.1\r\n{}\r\n", lines.concat()));
    }

    #[test]
    fn the_tree_and_the_framer_see_the_same_end_of_a_body(
        chunks in "([0-9a-f]{1,2}(;[a-z]{0,3})?\r?\n[a-z\r\n]{0,4}\r?\n){0,4}(0\r\n(A: b\r\n)?\r\n)?",
    ) {
        let message = format!("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}");
        let bytes = message.as_bytes();
        let mut framer = Conversation::new();
        let fields = decode(&message);
        match framer.cut(Side::Client, bytes) {
            Cut::Ends(end) => {
                let rest = find(&fields, "data.data");
                prop_assert_eq!(rest.first().map_or(bytes.len(), |rest| rest.span.start), end);
            }
            Cut::Broken(error) => {
                let told = complaints(&fields);
                prop_assert!(told.iter().any(|(at, why)| (*at, why) == (error.at, &error.why)), "{:?} {:?}", told, error);
            }
            Cut::Continues => prop_assert!(find(&fields, "data.data").is_empty()),
            Cut::Foreign => prop_assert!(false, "nothing was agreed"),
        }
    }
}

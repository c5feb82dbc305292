//! Entries held against the HAR 1.2 specification, field by field.

use std::io::Write;

use super::*;

const MOMENT: i64 = 1_769_860_981_204_417_000;

fn message(milliseconds: [i64; 2], bytes: &[u8]) -> Message {
    let [began, ended] = milliseconds.map(|at| Timestamp(MOMENT + at * 1_000_000));
    Message { began, ended, bytes: bytes.to_vec(), length: bytes.len() as u64 }
}

fn told(request: &Message, response: Option<&Message>) -> Value {
    let server = Address::Ip("127.0.0.1:8080".parse().unwrap());
    entry(Exchange { request, response, scheme: "http", server: &server, connection: "7" }).unwrap()
}

fn answered(response: &[u8]) -> Value {
    let request = message([0, 0], b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    told(&request, Some(&message([1, 1], response)))["response"].clone()
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(text).unwrap();
    packer.finish().unwrap()
}

#[test]
fn an_exchange_tells_its_words_its_fields_and_its_times() {
    let head = b"POST /a%20b?x=1&y=%C3%A4+z HTTP/1.1\r\nHost: lab:8080\r\nCookie: id=7; theme=dark\r\n\
        Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\n";
    let request = message([0, 2], &[head.as_slice(), b"a=1&b=+"].concat());
    let answer = b"HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\
        Set-Cookie: id=8; Path=/; Domain=lab; Expires=Wed, 21 Oct 2015 07:28:00 GMT; Secure; HttpOnly\r\n\r\n";
    let entry = told(&request, Some(&message([12, 15], answer)));
    assert_eq!(entry["startedDateTime"], "2026-01-31T12:03:01.204417Z");
    assert_eq!([&entry["time"], &entry["timings"]["send"]], [&json!(15.0), &json!(2.0)]);
    assert_eq!([&entry["timings"]["wait"], &entry["timings"]["receive"]], [&json!(10.0), &json!(3.0)]);
    assert_eq!([&entry["serverIPAddress"], &entry["connection"]], [&json!("127.0.0.1"), &json!("7")]);
    let request = &entry["request"];
    assert_eq!(request["url"], "http://lab:8080/a%20b?x=1&y=%C3%A4+z");
    assert_eq!([&request["method"], &request["httpVersion"]], [&json!("POST"), &json!("HTTP/1.1")]);
    assert_eq!(request["queryString"], json!([{"name": "x", "value": "1"}, {"name": "y", "value": "ä z"}]));
    assert_eq!(request["cookies"], json!([{"name": "id", "value": "7"}, {"name": "theme", "value": "dark"}]));
    assert_eq!(request["headers"][0], json!({"name": "Host", "value": "lab:8080"}));
    assert_eq!([&request["headersSize"], &request["bodySize"]], [&json!(head.len()), &json!(7)]);
    assert_eq!(request["postData"]["text"], "a=1&b=+");
    assert_eq!(request["postData"]["params"], json!([{"name": "a", "value": "1"}, {"name": "b", "value": " "}]));
    let response = &entry["response"];
    assert_eq!([&response["status"], &response["statusText"]], [&json!(302), &json!("Found")]);
    assert_eq!(response["redirectURL"], "/there");
    assert_eq!(
        response["cookies"],
        json!([{
            "name": "id", "value": "8", "httpOnly": true, "secure": true,
            "path": "/", "domain": "lab", "expires": "2015-10-21T07:28:00Z",
        }])
    );
    assert_eq!(response["content"], json!({"size": 0, "mimeType": "x-unknown"}));
}

#[test]
fn content_is_told_without_chunks_and_unpacked() {
    let packed = gzip(&b"hello ".repeat(100));
    let (one, other) = packed.split_at(9);
    let mut body = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\n\
        Transfer-Encoding: chunked\r\n\r\n"
        .to_vec();
    let head = body.len();
    for chunk in [one, other, b""] {
        body.extend(format!("{:x};why=not\r\n", chunk.len()).bytes());
        body.extend(chunk);
        body.extend(b"\r\n");
    }
    let response = answered(&body);
    assert_eq!(response["content"]["text"], "hello ".repeat(100));
    assert_eq!(response["content"]["size"], 600);
    assert_eq!(response["content"]["compression"], 600 - packed.len());
    assert_eq!(response["bodySize"], body.len() - head);
}

#[test]
fn what_is_no_text_or_cannot_be_unpacked_is_told_as_it_is_and_says_so() {
    let response = answered(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n\xff\x00\x01");
    assert_eq!([&response["content"]["text"], &response["content"]["encoding"]], [&json!("/wAB"), &json!("base64")]);
    let response = answered(b"HTTP/1.1 200 OK\r\nContent-Encoding: zstd\r\nContent-Length: 3\r\n\r\nabc");
    assert_eq!(response["content"]["text"], "abc");
    assert_eq!(response["content"]["comment"], "it is as it was sent, packed with zstd");
    let response = answered(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc");
    assert_eq!(response["content"]["text"], "abc");
    assert_eq!(response["content"]["comment"], "it is as it was sent, for it cannot be unpacked");
    let mut cut = message([1, 1], b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
    cut.length += 6;
    let response = &told(&message([0, 0], b"GET / HTTP/1.1\r\n\r\n"), Some(&cut))["response"];
    assert_eq!(response["content"]["comment"], "the last 6 bytes are left out");
    assert_eq!(response["bodySize"], 9);
}

#[test]
fn a_url_is_made_whole_from_whatever_form_the_target_has() {
    let url = |head: &[u8]| told(&message([0, 0], head), None)["request"]["url"].clone();
    assert_eq!(url(b"GET http://far/x HTTP/1.1\r\nHost: near\r\n\r\n"), "http://far/x");
    assert_eq!(url(b"\r\nGET /x HTTP/1.0\r\n\r\n"), "http://127.0.0.1:8080/x");
    assert_eq!(url(b"OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n"), "http://a/*");
    assert_eq!(url(b"CONNECT far:443 HTTP/1.1\r\nhost: far:443\r\n\r\n"), "http://far:443/");
}

#[test]
fn a_request_without_an_answer_says_so_and_bytes_that_are_none_give_nothing() {
    let entry = told(&message([0, 4], b"GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n"), None);
    assert_eq!([&entry["comment"], &entry["time"]], [&json!("no response was seen"), &json!(4.0)]);
    assert_eq!(entry["response"]["status"], 0);
    assert_eq!(entry["request"]["headers"], json!([{"name": "A", "value": "b c"}]));
    let server = Address::Unix("/x".into());
    for bytes in [&b""[..], b"\r\n", b"word", b"\xff\xfe"] {
        let request = &message([0, 0], bytes);
        let exchange = Exchange { request, response: None, scheme: "http", server: &server, connection: "1" };
        assert_eq!(super::entry(exchange), None, "{bytes:?}");
    }
}

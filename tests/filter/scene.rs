//! The capture the filters are asked of: each protocol, both versions of IP, bytes of every sort.

use wirelab::model::Side::{Client, Server};

use crate::packets::Capture;

const REQUEST: &[u8] = b"GET /items?page=2&sort=name HTTP/1.1\r\nHost: example.org\r\nUser-Agent: curl/8.0\r\n\
    Accept: */*\r\nCookie: id=7\r\n\r\n";
const MISSING: &[u8] =
    b"HTTP/1.1 404 Not Found\r\nServer: wirelab\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nno...";
const POST: &[u8] =
    b"POST /api/notes HTTP/1.1\r\nHost: localhost:8080\r\nContent-Type: application/x-www-form-urlencoded\r\n\
    Content-Length: 17\r\n\r\nname=anna&count=3";
const CREATED_HEAD: &[u8] =
    b"HTTP/1.1 201 Created\r\nContent-Type: application/octet-stream\r\nContent-Length: 11\r\n\r\n";
const CREATED_BODY: &[u8] = b"hello world";
const PUT: &[u8] = b"PUT /x HTTP/1.0\r\nHost: EXAMPLE.org\r\nContent-Length: 3\r\n\r\n\x00\xff\x80";
const TWO: &[u8] = b"DELETE /one HTTP/1.1\r\nHost: a.test\r\n\r\nHEAD /two HTTP/1.1\r\nHost: b.test\r\n\r\n";
const SERVER_ERROR: &[u8] = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n";

/// All of it.
pub fn capture() -> Capture {
    let mut capture = Capture::default();
    capture.tcp("127.0.0.1:50000", "127.0.0.1:80", &[(Client, REQUEST), (Server, MISSING)]);
    capture.tcp("10.0.0.1:50001", "10.0.0.2:80", &[(Client, POST), (Server, CREATED_HEAD), (Server, CREATED_BODY)]);
    capture.tcp("[2001:db8::1]:50002", "[2001:db8::2]:80", &[(Client, PUT), (Server, SERVER_ERROR)]);
    capture.tcp("10.0.0.1:50003", "10.9.0.2:80", &[(Client, TWO)]);
    capture.tcp(
        "127.0.0.1:50004",
        "127.0.0.1:20001",
        &[(Client, b"hello"), (Server, b"HELLO there\n"), (Client, &[0; 40])],
    );
    let udp: &[&[u8]] =
        &[b"ping", "h\u{e9}llo w\u{f6}rld".as_bytes(), &[0xde, 0xad, 0xbe, 0xef], b"GET / is text here"];
    let datagrams: Vec<_> = udp.iter().enumerate().map(|(at, bytes)| ([Client, Server][at % 2], *bytes)).collect();
    capture.udp("192.168.7.1:40000", "192.168.7.255:20002", &datagrams);
    capture.udp("[::1]:40001", "[::1]:20003", &[(Client, b"over six"), (Server, b"answer")]);
    let query = include_bytes!("../samples/dns-query.bin");
    let answer = include_bytes!("../samples/dns-response.bin");
    let none = include_bytes!("../samples/dns-no-such-name.bin");
    capture.udp("127.0.0.1:40002", "127.0.0.53:53", &[(Client, query), (Server, answer), (Server, none)]);
    let hello = include_bytes!("../samples/tls12-client.bin");
    capture.tcp("127.0.0.1:50005", "127.0.0.1:443", &[(Client, &hello[..hello.len().min(1400)])]);
    capture
}

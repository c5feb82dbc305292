//! A browser's requests, byte for byte as Chrome sends them.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use wirelab::model::Direction;

use crate::lab::{Lab, PATIENCE, SERVER};
use crate::story::{ended, traffic};

const DOCUMENT: &str = "GET / HTTP/1.1\r\n\
    Host: 127.0.0.1:8080\r\n\
    Connection: keep-alive\r\n\
    Cache-Control: max-age=0\r\n\
    sec-ch-ua: \"Chromium\";v=\"126\", \"Google Chrome\";v=\"126\", \"Not-A.Brand\";v=\"8\"\r\n\
    sec-ch-ua-mobile: ?0\r\n\
    sec-ch-ua-platform: \"Linux\"\r\n\
    Upgrade-Insecure-Requests: 1\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36\r\n\
    Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7\r\n\
    Sec-Fetch-Site: none\r\n\
    Sec-Fetch-Mode: navigate\r\n\
    Sec-Fetch-User: ?1\r\n\
    Sec-Fetch-Dest: document\r\n\
    Accept-Encoding: gzip, deflate, br, zstd\r\n\
    Accept-Language: en-GB,en-US;q=0.9,en;q=0.8\r\n\
    Cookie: theme=dark; _ga=GA1.1.1234567890.1700000000; empty=\r\n\
    \r\n";

const STYLE: &str = "GET /style.css?v=1 HTTP/1.1\r\n\
    Host: 127.0.0.1:8080\r\n\
    Connection: keep-alive\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36\r\n\
    Accept: text/css,*/*;q=0.1\r\n\
    Sec-Fetch-Site: same-origin\r\n\
    Sec-Fetch-Mode: no-cors\r\n\
    Sec-Fetch-Dest: style\r\n\
    Referer: http://127.0.0.1:8080/\r\n\
    Accept-Encoding: gzip, deflate, br, zstd\r\n\
    Accept-Language: en-GB,en-US;q=0.9,en;q=0.8\r\n\
    \r\n";

const ICON: &str = "GET /favicon.ico HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nConnection: close\r\n\r\n";

/// A response: its head in lower case, and its body of the length the head gives.
async fn response(stream: &mut TcpStream) -> (String, Vec<u8>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let byte = timeout(PATIENCE, stream.read_u8()).await.expect("a response in time");
        head.push(byte.expect("the connection stands"));
    }
    let head = String::from_utf8(head).expect("ASCII").to_lowercase();
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
    let mut body = vec![0; length.and_then(|length| length.parse().ok()).expect("a length")];
    timeout(PATIENCE, stream.read_exact(&mut body)).await.expect("a body in time").expect("the connection stands");
    (head, body)
}

#[tokio::test]
async fn a_browsers_pipelined_requests_are_answered_in_turn_on_one_connection() {
    let mut lab = Lab::start();
    let address = lab.serve("http://127.0.0.1:0", "files", "").await;
    let mut stream = TcpStream::connect(address.to_string()).await.unwrap();
    stream.write_all(format!("{DOCUMENT}{STYLE}").as_bytes()).await.unwrap();

    let (head, body) = response(&mut stream).await;
    assert!(head.starts_with("http/1.1 200 ok\r\n") && head.contains("content-type: text/html"), "{head}");
    assert!(!head.contains("content-encoding") && !head.contains("connection: close"), "{head}");
    assert!(String::from_utf8_lossy(&body).to_lowercase().contains("<!doctype html>"));
    let (head, body) = response(&mut stream).await;
    assert!(head.starts_with("http/1.1 200 ok\r\n") && head.contains("content-type: text/css"), "{head}");
    assert_eq!(body, std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/site/style.css")).unwrap());

    // The connection was kept, as asked, for one that asks for its close.
    stream.write_all(ICON.as_bytes()).await.unwrap();
    let (head, _) = response(&mut stream).await;
    assert!(head.starts_with("http/1.1 404 ") && head.contains("connection: close"), "{head}");
    assert_eq!(timeout(PATIENCE, stream.read(&mut [0; 1])).await.unwrap().unwrap(), 0);
    drop(stream);
    assert_eq!(ended(&mut lab, SERVER, 1).await.len(), 1);
    let told = traffic(&lab, SERVER, Direction::In);
    assert_eq!(String::from_utf8_lossy(&told), format!("{DOCUMENT}{STYLE}{ICON}"));
}

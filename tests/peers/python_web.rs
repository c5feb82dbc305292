//! Python's web clients at a server: `http.client`, `urllib.request` and `requests`.

use wirelab::model::Direction;

use crate::lab::{Lab, SERVER};
use crate::program::{Program, has, has_python_with};
use crate::story::{conversations, ended, story, traffic};

const HTTP_CLIENT: &str = r#"
import http.client, sys
connection = http.client.HTTPConnection(sys.argv[1], timeout=20)
def ask(method, path, headers={}):
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    print(method, path, answer.status, answer.reason, answer.getheader("Content-Type"), answer.getheader("Content-Length"), len(body))
    return answer
ask("GET", "/hello.txt")
seen = ask("HEAD", "/hello.txt").getheader("Last-Modified")
ask("GET", "/missing")
ask("GET", "/hello.txt", {"Range": "bytes=0-4"})
ask("GET", "/hello.txt", {"If-Modified-Since": seen} if seen else {})
ask("DELETE", "/hello.txt")
connection.close()
"#;

#[tokio::test]
async fn http_client_asks_all_on_one_connection() {
    if !has("python3") {
        return;
    }
    let mut lab = Lab::start();
    let address = lab.serve("http://127.0.0.1:0", "files", "").await.to_string();
    let printed = Program::python(HTTP_CLIENT, &[&address]).prints().await;
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines[0], "GET /hello.txt 200 OK text/plain; charset=utf-8 291 291");
    assert_eq!(lines[1], "HEAD /hello.txt 200 OK text/plain; charset=utf-8 291 0");
    assert!(lines[2].starts_with("GET /missing 404 Not Found "), "{}", lines[2]);
    assert!(lines[3].starts_with("GET /hello.txt 206 Partial Content "), "{}", lines[3]);
    assert!(lines[3].ends_with(" 5 5"), "{}", lines[3]);
    assert!(lines[4].starts_with("GET /hello.txt 304 "), "{}", lines[4]);
    assert!(lines[5].starts_with("DELETE /hello.txt 405 "), "{}", lines[5]);
    let told = ended(&mut lab, SERVER, 1).await;
    assert_eq!(told.len(), 1);
    let story = story(&lab, SERVER, told[0]);
    assert!(story.ends_with("finished in, finished out, closed in order"), "{story}");
    assert_eq!(story.matches("in ").count(), 7, "six requests and the end: {story}");
}

const URLLIB: &str = r#"
import sys, urllib.error, urllib.request
base = "http://" + sys.argv[1]
with urllib.request.urlopen(base + "/", timeout=20) as answer:
    print(answer.status, answer.headers.get_content_type(), b"<html" in answer.read())
with urllib.request.urlopen(base + "/data.json", timeout=20) as answer:
    print(answer.status, answer.headers.get_content_type())
try:
    urllib.request.urlopen(base + "/../../etc/passwd", timeout=20)
except urllib.error.HTTPError as error:
    print(error.code)
"#;

#[tokio::test]
async fn urllib_reads_the_built_in_site_and_not_beyond_it() {
    if !has("python3") {
        return;
    }
    let mut lab = Lab::start();
    let address = lab.serve("http://127.0.0.1:0", "files", "").await.to_string();
    let printed = Program::python(URLLIB, &[&address]).prints().await;
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines[..2], ["200 text/html True", "200 application/json"]);
    assert!(["400", "403", "404"].contains(&lines[2]), "{}", lines[2]);
    let told = ended(&mut lab, SERVER, 3).await;
    assert_eq!(told.len(), 3, "urllib asks for the close each time");
    assert!(traffic(&lab, SERVER, Direction::In).starts_with(b"GET / HTTP/1.1\r\nAccept-Encoding: identity\r\n"));
}

const ROUTES: &str = "GET /hello/:name => 200 Hello, {name}!\n\
    GET /old => 301 moved | header Location: /hello/Ada\n\
    GET /slow => 200 at last | after 50ms\n\
    POST /json => 201 {body} | type json\n\
    POST /form => 200 {header.content-type} {body}\n\
    GET /none => 204";

const SESSION: &str = r#"
import requests, sys
base = "http://" + sys.argv[1]
with requests.Session() as session:
    session.trust_env = False
    def ask(method, path, **more):
        return session.request(method, base + path, timeout=20, **more)
    print(ask("GET", "/hello/Gr%C3%BC%C3%9Fe").text)
    followed = ask("GET", "/old")
    print(followed.url == base + "/hello/Ada", [past.status_code for past in followed.history], followed.text)
    print(ask("GET", "/slow").text)
    answer = ask("POST", "/json", json={"a": [1, None], "b": "é\n"})
    print(answer.status_code, answer.json() == {"a": [1, None], "b": "é\n"})
    print(ask("POST", "/form", data={"name": "Ada & Co", "n": 1}).text)
    answer = ask("HEAD", "/hello/Ada")
    print(answer.status_code, answer.headers["Content-Length"], repr(answer.text))
    answer = ask("GET", "/none")
    print(answer.status_code, repr(answer.text))
    print(ask("GET", "/nowhere").status_code, ask("PUT", "/json", data=b"x").status_code)
    def parts():
        yield b"one "
        yield b"two"
    print(ask("POST", "/form", data=parts(), headers={"Content-Type": "text/x"}).text)
"#;

#[tokio::test]
async fn a_session_of_requests_keeps_its_one_connection() {
    if !has_python_with("requests").await {
        return;
    }
    let mut lab = Lab::start();
    let address = lab.serve("http://127.0.0.1:0", "routes", ROUTES).await.to_string();
    let printed = Program::python(SESSION, &[&address]).prints().await;
    let expected = [
        "Hello, Grüße!",
        "True [301] Hello, Ada!",
        "at last",
        "201 True",
        "application/x-www-form-urlencoded name=Ada+%26+Co&n=1",
        "200 11 ''",
        "204 ''",
        "404 405",
        "text/x one two",
    ];
    assert_eq!(printed.lines().collect::<Vec<_>>(), expected);
    ended(&mut lab, SERVER, 1).await;
    assert_eq!(conversations(&lab, SERVER).len(), 1);
    let sent = traffic(&lab, SERVER, Direction::Out);
    assert!(String::from_utf8_lossy(&sent).contains("\r\nContent-Type: application/json\r\n"));
}

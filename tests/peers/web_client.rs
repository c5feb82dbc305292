//! Python's `http.server` at the other end of the HTTP client.

use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use wirelab::contract::{ExchangeFact, HttpBody, HttpRequest, NetCommand, NetFact, Verification};
use wirelab::model::{Closing, Direction, ExchangeId};

use crate::lab::{CLIENT, Lab, PATIENCE};
use crate::program::{Program, has};
use crate::story::{conversations, ended, story, traffic};

/// A request without body.
pub fn asking(method: &str, url: &str) -> HttpRequest {
    HttpRequest {
        method: method.into(),
        url: url.into(),
        headers: Vec::new(),
        body: HttpBody::Bytes(Bytes::new()),
        verification: Verification::On,
        patience: PATIENCE,
    }
}

/// What an exchange came to.
#[derive(Debug, Default)]
pub struct Answer {
    pub version: &'static str,
    pub status: u16,
    pub reason: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub parts: usize,
    pub trailers: Vec<(String, String)>,
}

impl Answer {
    pub fn header(&self, wanted: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.as_str())
    }
}

/// The first thing told of an exchange that `choose` takes.
async fn exchange<T>(lab: &mut Lab, wanted: u64, choose: impl Fn(&ExchangeFact) -> Option<T>) -> T {
    lab.told(CLIENT, |fact| match fact {
        NetFact::Exchange(id, fact) if *id == ExchangeId(wanted) => choose(fact),
        _ => None,
    })
    .await
}

/// Makes the request as that exchange, and gives the whole answer.
pub async fn fetched(lab: &mut Lab, number: u64, request: HttpRequest) -> Answer {
    lab.order(NetCommand::Fetch(CLIENT, ExchangeId(number), request)).await;
    let answer = Mutex::new(Answer::default());
    exchange(lab, number, |fact| {
        let mut answer = answer.lock().expect("nobody panicked");
        match fact.clone() {
            ExchangeFact::Head { version, status, reason, headers } => {
                *answer = Answer { version, status, reason, headers, ..Answer::default() };
            }
            ExchangeFact::Body(part) => {
                answer.body.extend_from_slice(&part);
                answer.parts += 1;
            }
            ExchangeFact::Trailers(trailers) => answer.trailers = trailers,
            ExchangeFact::Done => return Some(std::mem::take(&mut *answer)),
            ExchangeFact::Failed(trouble) => panic!("{trouble}"),
            _ => {}
        }
        None
    })
    .await
}

#[tokio::test]
async fn the_plain_http_server_of_python_answers() {
    if !has("python3") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("hello.txt"), "Hello, World!\n").unwrap();
    let path = folder.path().display().to_string();
    let mut python =
        Program::start("python3", &["-m", "http.server", "--bind", "127.0.0.1", "--directory", &path, "0"]);
    let line = python.line().await;
    let base = line.split(['(', ')']).nth(1).expect("its URL in parentheses").to_owned();
    let mut lab = Lab::start();

    let listing = fetched(&mut lab, 1, asking("GET", &base)).await;
    assert_eq!((listing.status, listing.version, &*listing.reason), (200, "HTTP/1.0", "OK"));
    assert!(String::from_utf8_lossy(&listing.body).contains("hello.txt"));
    let file = fetched(&mut lab, 2, asking("GET", &format!("{base}hello.txt"))).await;
    assert_eq!((&file.body[..], file.header("content-type")), (&b"Hello, World!\n"[..], Some("text/plain")));
    let head = fetched(&mut lab, 3, asking("HEAD", &format!("{base}hello.txt"))).await;
    assert_eq!((head.status, head.body.len(), head.header("content-length")), (200, 0, Some("14")));
    assert_eq!(fetched(&mut lab, 4, asking("GET", &format!("{base}missing"))).await.status, 404);
    assert_eq!(fetched(&mut lab, 5, asking("POST", &base)).await.status, 501);

    let told = ended(&mut lab, CLIENT, 5).await;
    assert!(traffic(&lab, CLIENT, Direction::Out).starts_with(b"GET / HTTP/1.1\r\n"));
    for conn in told {
        let story = story(&lab, CLIENT, conn);
        assert!(story.ends_with("closed in order") || story.ends_with("closed by us"), "{story}");
    }
}

const SERVER: &str = r#"
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def answer(self, status, media_type, body):
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        if self.path == "/chunked":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.send_header("Trailer", "X-Sum")
            self.end_headers()
            for part in (b"one ", b"two ", b"three"):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
                self.wfile.flush()
                sys.stdin.readline()
            self.wfile.write(b"0\r\nX-Sum: 3\r\n\r\n")
        elif self.path == "/slow":
            print("asked")
            sys.stdin.readline()
            self.answer(200, "text/plain", b"at last")
        elif self.path == "/endless":
            self.send_response(200)
            self.send_header("Connection", "close")
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"without end " * 4096)
            except (BrokenPipeError, ConnectionResetError):
                print("gone")
        elif self.path == "/short":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"not a hundred")
            self.close_connection = True
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(201, self.headers["Content-Type"], body.upper())
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port)
server.serve_forever()
"#;

/// A server with a handler of its own, and its URL without the path.
async fn handler() -> (Program, String) {
    let mut python = Program::python(SERVER, &[]);
    let port = python.line().await;
    (python, format!("http://127.0.0.1:{port}"))
}

#[tokio::test]
async fn a_handler_of_pythons_gets_what_is_posted() {
    if !has("python3") {
        return;
    }
    let (_python, base) = handler().await;
    let mut lab = Lab::start();
    for (number, media_type, body, answer) in [
        (1, "application/json", r#"{"a": 1}"#, r#"{"A": 1}"#),
        (2, "application/x-www-form-urlencoded", "name=ada&n=1", "NAME=ADA&N=1"),
        (3, "text/plain", "", ""),
    ] {
        let request = HttpRequest {
            headers: vec![("Content-Type".into(), media_type.into())],
            body: HttpBody::Bytes(body.into()),
            ..asking("POST", &base)
        };
        let told = fetched(&mut lab, number, request).await;
        assert_eq!((told.status, &*told.reason, told.version), (201, "Created", "HTTP/1.1"));
        assert_eq!((told.header("content-type"), &told.body[..]), (Some(media_type), answer.as_bytes()));
    }
    let big = vec![b'a'; 1 << 20];
    let request = HttpRequest { body: HttpBody::Bytes(big.into()), ..asking("POST", &base) };
    let request = HttpRequest { headers: vec![("Content-Type".into(), "x/y".into())], ..request };
    assert!(fetched(&mut lab, 4, request).await.body == vec![b'A'; 1 << 20]);
    assert_eq!(ended(&mut lab, CLIENT, 4).await.len(), 4);
}

#[tokio::test]
async fn a_chunked_response_is_told_chunk_by_chunk_while_it_comes() {
    if !has("python3") {
        return;
    }
    let (mut python, base) = handler().await;
    let mut lab = Lab::start();
    lab.order(NetCommand::Fetch(CLIENT, ExchangeId(1), asking("GET", &format!("{base}/chunked")))).await;
    for part in ["one ", "two ", "three"] {
        exchange(&mut lab, 1, |fact| (*fact == ExchangeFact::Body(part.into())).then_some(())).await;
        python.say("next\n").await;
    }
    let trailers = |fact: &ExchangeFact| if let ExchangeFact::Trailers(all) = fact { Some(all.clone()) } else { None };
    assert_eq!(exchange(&mut lab, 1, trailers).await, [("x-sum".to_owned(), "3".to_owned())]);
    exchange(&mut lab, 1, |fact| (*fact == ExchangeFact::Done).then_some(())).await;
    let told = traffic(&lab, CLIENT, Direction::In);
    assert!(String::from_utf8_lossy(&told).contains("4\r\ntwo \r\n"), "the bytes of the wire are shown as they were");
}

#[tokio::test]
async fn a_slow_response_is_waited_for_or_given_up_or_cancelled() {
    if !has("python3") {
        return;
    }
    let (mut python, base) = handler().await;
    let url = format!("{base}/slow");
    let mut lab = Lab::start();
    lab.order(NetCommand::Fetch(CLIENT, ExchangeId(1), asking("GET", &url))).await;
    assert_eq!(python.line().await, "asked");
    let has_head = |fact: &NetFact| matches!(fact, NetFact::Exchange(_, ExchangeFact::Head { .. }));
    assert!(!lab.facts(CLIENT).iter().any(has_head));
    python.say("now\n").await;
    exchange(&mut lab, 1, |fact| (*fact == ExchangeFact::Body("at last".into())).then_some(())).await;
    exchange(&mut lab, 1, |fact| (*fact == ExchangeFact::Done).then_some(())).await;

    let request = HttpRequest { patience: Duration::from_millis(200), ..asking("GET", &url) };
    lab.order(NetCommand::Fetch(CLIENT, ExchangeId(2), request)).await;
    let failed =
        |fact: &ExchangeFact| if let ExchangeFact::Failed(trouble) = fact { Some(trouble.clone()) } else { None };
    let trouble = exchange(&mut lab, 2, failed).await;
    assert!(trouble.to_string().contains("no response within 0.2 s"), "{trouble}");
    assert_eq!(python.line().await, "asked");

    lab.order(NetCommand::Fetch(CLIENT, ExchangeId(3), asking("GET", &url))).await;
    assert_eq!(python.line().await, "asked");
    lab.order(NetCommand::CancelFetch(CLIENT)).await;
    exchange(&mut lab, 3, |fact| (*fact == ExchangeFact::Cancelled).then_some(())).await;
    let told = ended(&mut lab, CLIENT, 3).await;
    assert!(story(&lab, CLIENT, told[2]).ends_with("closed by us"), "{}", story(&lab, CLIENT, told[2]));
}

#[tokio::test]
async fn a_response_that_never_ends_is_told_as_it_comes_and_can_be_cancelled() {
    const ENOUGH: usize = 3 << 20;
    if !has("python3") {
        return;
    }
    let (mut python, base) = handler().await;
    let mut lab = Lab::start();
    lab.order(NetCommand::Fetch(CLIENT, ExchangeId(1), asking("GET", &format!("{base}/endless")))).await;
    let came = Mutex::new(0);
    exchange(&mut lab, 1, |fact| {
        let mut came = came.lock().expect("nobody panicked");
        if let ExchangeFact::Body(part) = fact {
            *came += part.len();
        }
        (*came > ENOUGH).then_some(())
    })
    .await;
    lab.order(NetCommand::CancelFetch(CLIENT)).await;
    exchange(&mut lab, 1, |fact| (*fact == ExchangeFact::Cancelled).then_some(())).await;
    assert_eq!(python.line().await, "gone");
    assert_eq!(lab.closed(CLIENT).await, Closing::Ours);
}

#[tokio::test]
async fn what_came_of_a_response_that_breaks_off_stands() {
    if !has("python3") {
        return;
    }
    let (_python, base) = handler().await;
    let mut lab = Lab::start();
    lab.order(NetCommand::Fetch(CLIENT, ExchangeId(1), asking("GET", &format!("{base}/short")))).await;
    let failed =
        |fact: &ExchangeFact| if let ExchangeFact::Failed(trouble) = fact { Some(trouble.clone()) } else { None };
    let trouble = exchange(&mut lab, 1, failed).await;
    assert!(trouble.why.contains("13 of 100 bytes"), "{trouble}");
    exchange(&mut lab, 1, |fact| (*fact == ExchangeFact::Body("not a hundred".into())).then_some(())).await;
    assert_eq!(conversations(&lab, CLIENT).len(), 1);
}

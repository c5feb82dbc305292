//! The HTTP server against real clients.

use std::process::Command;

use tokio::io::duplex;
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::super::testing::{
    SOON, Saying, Transcript, bytes as told_bytes, folder as from_folder, get, raw, reporter, respond, serving,
};
use super::*;
use crate::contract::{HttpBody, NetEvent};
use crate::model::{Direction, ExchangeId, NodeId};

fn echoing(request: &Request) -> Answer {
    let query = request.query.as_deref().unwrap_or("-");
    respond(
        200,
        &[("Content-Type", "text/plain")],
        format!("{} {} {query} {}", request.method, request.path, request.body.len()),
    )
}

async fn fetched(request: crate::contract::HttpRequest) -> Transcript {
    let (reporter, events) = reporter();
    Transcript::of(super::super::client::fetch(reporter, ExchangeId(1), request), events).await
}

#[tokio::test]
async fn a_request_reaches_the_responder_and_its_answer_the_client() {
    let (address, heard) = serving(echoing).await;
    let answer = raw(address, b"POST /a%20b?c=d HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello").await;
    let (fields, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(fields.starts_with("HTTP/1.1 200 OK\r\n"), "{fields}");
    for line in ["Content-Type: text/plain", "Server: wirelab", "Content-Length: 17", "Date: "] {
        assert!(fields.contains(line), "{line} in {fields}");
    }
    assert_eq!(body, "POST /a%20b c=d 5");
    let heard = heard.lock().unwrap();
    assert_eq!(told_bytes(&heard, ConnId(1), Direction::Out), answer);
    let whole = |fact: &NetFact| matches!(fact, NetFact::Data(_, Direction::In, bytes) if bytes.ends_with(b"hello") && bytes.starts_with(b"POST"));
    assert!(heard.iter().any(whole), "the request is seen in one piece: {heard:?}");
}

#[tokio::test]
async fn a_connection_is_kept_for_pipelined_requests_and_head_has_no_body() {
    let (address, _) = serving(echoing).await;
    let one = "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n";
    let answer =
        raw(address, format!("{one}HEAD /2 HTTP/1.1\r\nHost: x\r\n\r\n{}", one.replace("GET /1", "GET /3")).as_bytes())
            .await;
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 3, "{answer}");
    assert!(
        answer.contains("GET /1 - 0") && !answer.contains("HEAD /2 - 0") && answer.ends_with("GET /3 - 0"),
        "{answer}"
    );
}

#[tokio::test]
async fn bad_requests_get_an_answer_in_words_and_the_server_goes_on() {
    let (address, heard) = serving(echoing).await;
    let huge = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(100_000));
    for (request, status) in [
        ("nonsense\r\n\r\n".to_owned(), "400"),
        ("GET / HTTP/9.9\r\n\r\n".to_owned(), "400"),
        (huge, "431"),
        (format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n", LARGEST_BODY + 1), "413"),
        ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".to_owned(), "400"),
    ] {
        let answer = raw(address, request.as_bytes()).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{status}: {answer}");
    }
    assert!(raw(address, b"GET / HTTP/1.0\r\n\r\n").await.ends_with("GET / - 0"));
    assert!(
        heard
            .lock()
            .unwrap()
            .iter()
            .any(|fact| matches!(fact, NetFact::Note(Some(_), words) if words.starts_with("closed: ")))
    );
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_and_the_answer_is_not_lost() {
    let (address, _) = serving(echoing).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(LARGEST_BODY + 1_000_000).unwrap();
    let mut request = get(format!("http://{address}/"));
    request.method = "POST".into();
    request.headers = vec![("Transfer-Encoding".into(), "chunked".into())];
    request.body = HttpBody::File(file.path().to_str().unwrap().into());
    let told = fetched(request).await;
    assert_eq!(told.status(), 413);
    assert!(String::from_utf8_lossy(&told.body()).contains("8 MiB"));
}

#[tokio::test]
async fn an_answer_that_cannot_be_sent_as_asked_is_mended_and_noted() {
    let (address, heard) = serving(|request| match request.path.as_str() {
        "/1xx" => respond(101, &[], ""),
        _ => respond(200, &[("Bad Name", "x"), ("Content-Length", "99"), ("X-Good", "y")], "body"),
    })
    .await;
    let answer = raw(address, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(answer.contains("Content-Length: 4\r\n") && answer.contains("X-Good: y\r\n"), "{answer}");
    assert!(!answer.contains("Bad Name"));
    assert!(raw(address, b"GET /1xx HTTP/1.1\r\nHost: x\r\n\r\n").await.starts_with("HTTP/1.1 500 "));
    let notes = heard.lock().unwrap().iter().filter(|fact| matches!(fact, NetFact::Note(..))).count();
    assert_eq!(notes, 2);
}

#[tokio::test(start_paused = true)]
async fn slow_clients_are_let_go() {
    for start in ["", "P", "PRI * HTTP/2.0\r\n", "GET / HTTP/1.1\r\nX: "] {
        let (near, mut far) = duplex(1024);
        let (sender, mut events) = mpsc::channel::<NetEvent>(64);
        let reporter = Reporter::new(NodeId(1), sender);
        let responder: SharedResponder = Arc::new(Mutex::new(Box::new(Saying(echoing))));
        let serving = tokio::spawn(serve(Observed::new(near, reporter, ConnId(1)), responder));
        far.write_all(start.as_bytes()).await.unwrap();
        let began = tokio::time::Instant::now();
        timeout(HEAD_PATIENCE * 2, serving).await.unwrap_or_else(|_| panic!("{start:?} is held for ever")).unwrap();
        assert!(began.elapsed() >= HEAD_PATIENCE, "{start:?}");
        let facts: Vec<_> = std::iter::from_fn(|| events.try_recv().ok()).map(|event| event.fact).collect();
        assert!(
            facts.iter().any(|fact| matches!(fact, NetFact::Note(_, words) if words.contains("within 30 s"))),
            "{start:?}: {facts:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_comes_after_its_delay() {
    let (near, mut far) = duplex(4096);
    let (sender, _events) = mpsc::channel::<NetEvent>(64);
    let answer = |_: &Request| match respond(200, &[], "late") {
        Answer::Respond(response, _) => Answer::Respond(response, Duration::from_secs(5)),
        other @ Answer::FromFolder(_) => other,
    };
    let responder: SharedResponder = Arc::new(Mutex::new(Box::new(Saying(answer))));
    tokio::spawn(serve(Observed::new(near, Reporter::new(NodeId(1), sender), ConnId(1)), responder));
    let began = tokio::time::Instant::now();
    far.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    far.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("late"));
    assert_eq!(began.elapsed().as_secs(), 5);
}

#[tokio::test]
async fn a_dropped_connection_is_closed_at_once() {
    let (near, mut far) = duplex(1024);
    let (sender, mut events) = mpsc::channel::<NetEvent>(64);
    let responder: SharedResponder = Arc::new(Mutex::new(Box::new(Saying(echoing))));
    let serving = tokio::spawn(serve(Observed::new(near, Reporter::new(NodeId(1), sender), ConnId(1)), responder));
    far.write_all(PREFACE).await.unwrap();
    let first = timeout(SOON, events.recv()).await.unwrap().unwrap();
    assert!(matches!(first.fact, NetFact::Data(..)));
    serving.abort();
    let mut rest = Vec::new();
    timeout(SOON, far.read_to_end(&mut rest)).await.expect("closed in time").unwrap();
}

#[tokio::test]
async fn curl_gets_its_answers_in_both_versions() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.txt"), "0123456789").unwrap();
    let path = folder.path().to_owned();
    let (address, _) =
        serving(move |request| if request.method == "POST" { echoing(request) } else { from_folder(&path) }).await;
    let curl = |arguments: &[&str]| {
        let url = format!("http://{address}/a.txt");
        let mut command = Command::new("curl");
        command.args(["-sS", "-i", "--max-time", "20"]).args(arguments).arg(url);
        tokio::task::spawn_blocking(move || command.output())
    };
    if curl(&["--version"]).await.unwrap().is_err() {
        println!("skipped: there is no curl here");
        return;
    }
    for (arguments, status, body) in [
        (vec!["--http1.1"], "HTTP/1.1 200", "0123456789"),
        (vec!["--http1.1", "-r", "2-4"], "HTTP/1.1 206", "234"),
        (vec!["--http2-prior-knowledge"], "HTTP/2 200", "0123456789"),
        (vec!["--http2-prior-knowledge", "-d", "hello"], "HTTP/2 200", "POST /a.txt - 5"),
        (vec!["-d", "hello"], "HTTP/1.1 200", "POST /a.txt - 5"),
    ] {
        let output = curl(&arguments).await.unwrap().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.starts_with(status) && text.ends_with(body), "{arguments:?}: {text} {output:?}");
    }
}

#[tokio::test]
async fn a_peer_that_only_looks_in_is_closed_in_order() {
    let (address, heard) = serving(echoing).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut rest = Vec::new();
    timeout(SOON, stream.read_to_end(&mut rest)).await.unwrap().unwrap();
    assert!(rest.is_empty());
    let facts = heard.lock().unwrap();
    assert!(!facts.iter().any(|fact| matches!(fact, NetFact::Note(..))), "{facts:?}");
}

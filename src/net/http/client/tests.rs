//! The HTTP client against real servers.

use std::process::{Command, Stdio};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use super::super::testing::{SOON, Transcript, get, reporter, respond, saying, serving};
use super::*;
use crate::contract::HttpBody;
use crate::model::{Closing, Direction, Step};
use crate::net::tls::tests::Authority;

const EXCHANGE: ExchangeId = ExchangeId(7);
const FIRST: ConnId = ConnId(1);
const SECOND: ConnId = ConnId(2);

async fn fetched(request: HttpRequest) -> Transcript {
    fetched_trusting(Roots::System, request).await
}

async fn fetched_trusting(roots: Roots, request: HttpRequest) -> Transcript {
    let (reporter, events) = reporter();
    Transcript::of(fetch_trusting(roots, reporter, EXCHANGE, request), events).await
}

#[tokio::test]
async fn an_exchange_is_told_phase_by_phase_and_byte_by_byte() {
    let (address, _) = serving(|_| respond(200, &[("X-Lab", "yes")], "hello")).await;
    let told = fetched(get(format!("http://{address}/x?y=1#z"))).await;
    let exchange = told.exchange();
    assert!(matches!(
        exchange[..],
        [
            ExchangeFact::Started,
            ExchangeFact::Resolved,
            ExchangeFact::Connected,
            ExchangeFact::Sent,
            ExchangeFact::Head { version: "HTTP/1.1", status: 200, .. },
            ExchangeFact::Body(_),
            ExchangeFact::Done,
        ]
    ));
    assert_eq!((told.header("x-lab"), told.header("server")), (Some("yes"), Some("wirelab")));
    assert_eq!(told.body(), b"hello");
    let sent = told.bytes(FIRST, Direction::Out);
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        sent,
        format!("GET /x?y=1 HTTP/1.1\r\nHost: {address}\r\nUser-Agent: wirelab/{version}\r\nAccept: */*\r\n\r\n")
    );
    assert!(told.bytes(FIRST, Direction::In).ends_with("\r\n\r\nhello"));
    let opened = told.0.iter().position(|fact| matches!(fact, NetFact::Opened { .. })).unwrap();
    let data = told.0.iter().position(|fact| matches!(fact, NetFact::Data(..))).unwrap();
    assert!(opened < data);
    assert_eq!(told.0.last(), Some(&NetFact::Closed(FIRST, Closing::Ours)));
}

#[tokio::test]
async fn names_go_out_as_they_were_typed_and_any_method_does() {
    let (address, read) = saying("HTTP/1.1 299 Fine By Me\r\nContent-Length: 0\r\n\r\n").await;
    let mut request = get(format!("http://user:p%40ss@{address}/"));
    request.method = "PURGE-it".into();
    request.headers = [("x-lOWER", "1"), ("HOST", "typed.test"), ("X-Lower", "2"), ("accept", "ünï"), ("DNT", "1")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
    request.body = HttpBody::Bytes(Bytes::from_static(b"a body"));
    let told = fetched(request).await;
    let read = String::from_utf8(read.await.unwrap()).unwrap();
    assert!(read.starts_with("PURGE-it / HTTP/1.1\r\n"), "{read}");
    for line in ["x-lOWER: 1", "X-Lower: 2", "HOST: typed.test", "accept: ünï", "DNT: 1", "Content-Length: 6"] {
        assert!(read.contains(&format!("\r\n{line}\r\n")), "{line} in {read}");
    }
    assert!(read.contains("\r\nAuthorization: Basic dXNlcjpwQHNz\r\n"), "{read}");
    assert!(read.ends_with("\r\n\r\na body"), "{read}");
    let head = told.exchange()[4];
    assert!(matches!(head, ExchangeFact::Head { status: 299, reason, .. } if reason == "Fine By Me"), "{head:?}");
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_in_words_before_anything_is_opened() {
    let with = |change: &dyn Fn(&mut HttpRequest)| {
        let mut request = get("http://127.0.0.1:1/");
        change(&mut request);
        request
    };
    let header = |name: &str, value: &str| {
        let field = (name.to_owned(), value.to_owned());
        with(&move |request| request.headers = vec![field.clone()])
    };
    for (request, words) in [
        (with(&|request| request.method = "G T".into()), "a method is one word"),
        (with(&|request| request.method = String::new()), "a method is one word"),
        (with(&|request| request.url = "nonsense".into()), "write it like http://"),
        (with(&|request| request.url = "ftp://x/".into()), "is not spoken here"),
        (with(&|request| request.url = "http://:80/".into()), "read the URL"),
        (header("X", "a\r\nY: b"), "line break"),
        (header("X", "a\0b"), "NUL"),
        (header("X", "a\u{1b}b"), "control character"),
        (header("X Y", "a"), "no name may have"),
        (header("", "a"), "the name is empty"),
        (header("Content-Length", "5"), "the body has 0 bytes"),
        (with(&|request| request.body = HttpBody::File("/no/such/file".into())), "there is no such file"),
        (with(&|request| request.body = HttpBody::File("/dev/null".into())), "not a regular file"),
    ] {
        let told = fetched(request).await;
        assert!(told.trouble().contains(words), "{words}: {}", told.trouble());
        assert_eq!(told.0.len(), 2, "only that it started and failed");
    }
}

#[tokio::test]
async fn a_refused_connection_fails_the_exchange_with_its_remedy() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let told = fetched(get(format!("http://{address}/"))).await;
    assert!(told.trouble().contains("start the server"), "{}", told.trouble());
    assert!(told.0.iter().any(|fact| matches!(fact, NetFact::Step(Step::ConnectFailed(..)))));
}

#[tokio::test]
async fn bad_answers_are_told_in_words() {
    let big = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(1 << 20));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: b\r\n".repeat(MOST_FIELDS + 1));
    for (answer, words) in [
        ("", "closed the connection before a response came"),
        ("HTTP/1.1 200", "closed the connection before a response came"),
        ("SSH-2.0-OpenSSH_9\r\n", "is not HTTP"),
        (&big, "larger than 300 KiB"),
        (&many, "or 5000 fields"),
    ] {
        let (address, _) = saying(answer).await;
        let told = fetched(get(format!("http://{address}/"))).await;
        assert!(told.trouble().contains(words), "{words}: {}", told.trouble());
        assert!(matches!(told.0.last(), Some(NetFact::Closed(FIRST, _))));
    }
}

#[tokio::test]
async fn what_came_of_a_body_that_breaks_off_stands() {
    for (answer, words) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "broke off after 4 of 10 bytes"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", "broke off after 4 bytes"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n", "broke off after 4 bytes"),
    ] {
        let (address, _) = saying(answer).await;
        let told = fetched(get(format!("http://{address}/"))).await;
        assert_eq!((told.status(), told.body()), (200, b"half".to_vec()));
        assert!(told.trouble().contains(words), "{}", told.trouble());
    }
}

#[tokio::test]
async fn trailers_are_told_after_the_body() {
    let answer =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 9\r\n\r\n";
    let (address, _) = saying(answer).await;
    let mut request = get(format!("http://{address}/"));
    request.headers = vec![("TE".into(), "trailers".into())];
    let told = fetched(request).await;
    let trailers = ExchangeFact::Trailers(vec![("x-sum".into(), "9".into())]);
    assert!(told.exchange().contains(&&trailers), "{:?}", told.exchange());
    assert!(told.is_done());
}

#[tokio::test]
async fn a_file_is_sent_as_it_is() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let content: Vec<u8> = (0..300_000_u32).map(|n| (n % 251) as u8).collect();
    std::fs::write(file.path(), &content).unwrap();
    let (address, _) = serving(|request| respond(200, &[], request.body.clone())).await;
    let mut request = get(format!("http://{address}/"));
    request.method = "PUT".into();
    request.body = HttpBody::File(file.path().to_str().unwrap().into());
    let told = fetched(request).await;
    assert_eq!(told.body(), content);
    assert!(told.bytes(FIRST, Direction::Out).contains("Content-Length: 300000\r\n"));
}

#[tokio::test]
async fn https_is_seen_as_records_and_as_the_text_inside() {
    for (offered, version) in [(vec!["h2", "http/1.1"], "HTTP/2"), (vec!["http/1.1"], "HTTP/1.1"), (vec![], "HTTP/1.1")]
    {
        let authority = Authority::new();
        let acceptor = authority.acceptor(&["localhost"], &offered);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (reporter, mut unheard) = reporter();
        tokio::spawn(async move { while unheard.recv().await.is_some() {} });
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let stream = acceptor.accept(stream).await.unwrap();
            let responder = super::super::testing::Saying(|request: &crate::behaviour::Request| {
                respond(200, &[], format!("{} {}", request.method, request.path))
            });
            let responder: super::super::server::SharedResponder =
                std::sync::Arc::new(std::sync::Mutex::new(Box::new(responder)));
            super::super::server::serve(Observed::new(stream, reporter, ConnId(99)), responder).await;
        });
        let mut request = get(format!("https://localhost:{port}/secret"));
        request.headers = vec![("Connection".into(), "close".into())];
        let told = fetched_trusting(authority.roots(), request).await;
        assert!(told.is_done(), "{:?}", told.exchange());
        assert_eq!(told.body(), b"GET /secret");
        assert!(
            told.exchange().iter().any(|fact| matches!(fact, ExchangeFact::Head { version: v, .. } if *v == version))
        );
        let alpn = offered.first().map(|name| (*name).to_owned());
        assert!(told.exchange().contains(&&ExchangeFact::Secured(alpn)));
        assert!(told.0.iter().any(|fact| matches!(
            fact,
            NetFact::Opened { conn: SECOND, transport: Transport::Tls, how: Beginning::Inside(FIRST), .. }
        )));
        assert!(told.0.iter().any(|fact| matches!(fact, NetFact::Step(Step::Secured(_)))));
        assert!(told.bytes(SECOND, Direction::Out).contains(if version == "HTTP/2" {
            "PRI * HTTP/2"
        } else {
            "/secret"
        }));
        assert!(!told.bytes(FIRST, Direction::Out).contains("/secret"));
        let closed: Vec<_> = told
            .0
            .iter()
            .filter_map(|fact| if let NetFact::Closed(conn, _) = fact { Some(*conn) } else { None })
            .collect();
        assert_eq!(closed, [SECOND, FIRST]);
    }
}

#[tokio::test]
async fn a_certificate_that_does_not_hold_fails_the_exchange() {
    let (trusted, authority) = (Authority::new(), Authority::new());
    let acceptor = authority.acceptor(&["other.test"], &[]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let _ = acceptor.accept(stream).await;
    });
    let told = fetched_trusting(trusted.roots(), get(format!("https://localhost:{port}/"))).await;
    assert!(told.trouble().contains("switch verification off"), "{}", told.trouble());
    assert_eq!(told.0.last(), Some(&NetFact::Closed(FIRST, Closing::Ours)));
}

#[tokio::test]
async fn an_endless_response_waits_for_whoever_reads_the_reports() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let pouring = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        let chunk = vec![b'x'; 65536];
        let mut poured = 0_usize;
        // Ends when the peer is gone, or when it has taken nothing for a while.
        while let Ok(Ok(count)) = timeout(Duration::from_millis(500), stream.write(&chunk)).await {
            poured += count;
        }
        poured
    });
    let (reporter, mut events) = reporter();
    let fetching = tokio::spawn(fetch(reporter, EXCHANGE, get(format!("http://{address}/"))));
    let poured = timeout(SOON, pouring).await.expect("the flood is stopped").unwrap();
    assert!(poured > 1 << 20 && poured < 64 << 20, "{poured}");
    fetching.abort();
    let mut last = None;
    while let Some(event) = timeout(SOON, events.recv()).await.expect("the channel closes") {
        last = Some(event.fact);
    }
    assert_eq!(last, Some(NetFact::Closed(FIRST, Closing::Ours)), "cancelled, it still says that it closed");
}

#[tokio::test]
async fn a_cancelled_exchange_closes_its_connection_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (reporter, mut events) = reporter();
    let fetching = tokio::spawn(fetch(reporter, EXCHANGE, get(format!("http://{address}/"))));
    let (stream, _) = listener.accept().await.unwrap();
    let mut lines = BufReader::new(stream).lines();
    while lines.next_line().await.unwrap().is_some_and(|line| !line.is_empty()) {}
    fetching.abort();
    assert_eq!(timeout(SOON, lines.next_line()).await.expect("closed in time").unwrap(), None);
    let mut closings = 0;
    while let Some(event) = timeout(SOON, events.recv()).await.expect("the channel closes") {
        closings += usize::from(matches!(event.fact, NetFact::Closed(..)));
    }
    assert_eq!(closings, 1);
}

#[tokio::test]
async fn a_silent_server_is_given_up_on_after_the_patience() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut request = get(format!("http://{address}/"));
    request.patience = Duration::from_millis(200);
    let told = fetched(request).await;
    assert!(told.trouble().contains("no response within 0.2 s"), "{}", told.trouble());
    assert!(matches!(told.exchange()[3], ExchangeFact::Sent));
}

#[tokio::test]
async fn pythons_http_server_answers() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("hello.txt"), "hello from python\n").unwrap();
    let script = "import http.server,sys\n\
        s=http.server.ThreadingHTTPServer(('127.0.0.1',0),http.server.SimpleHTTPRequestHandler)\n\
        print(s.server_port,flush=True)\ns.serve_forever()";
    let spawned = tokio::process::Command::from(Command::new("python3"))
        .args(["-c", script])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn();
    let Ok(mut python) = spawned else {
        println!("skipped: there is no python3 here");
        return;
    };
    let mut output = BufReader::new(python.stdout.take().unwrap()).lines();
    let port = timeout(SOON, output.next_line()).await.expect("python starts").unwrap().unwrap();
    let told = fetched(get(format!("http://127.0.0.1:{port}/hello.txt"))).await;
    assert!(told.is_done(), "{:?}", told.exchange());
    assert_eq!((told.status(), told.body()), (200, b"hello from python\n".to_vec()));
    assert_eq!(told.header("content-type"), Some("text/plain"));
    assert!(matches!(told.exchange()[4], ExchangeFact::Head { version: "HTTP/1.0", .. }));
    let missing = fetched(get(format!("http://127.0.0.1:{port}/missing"))).await;
    assert_eq!(missing.status(), 404);
    let mut head = get(format!("http://127.0.0.1:{port}/hello.txt"));
    head.method = "HEAD".into();
    let head = fetched(head).await;
    assert_eq!((head.status(), head.body().len(), head.is_done()), (200, 0, true));
}

#[tokio::test]
async fn interim_responses_are_passed_over() {
    let (address, _) = saying("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\n\r\nlate").await;
    let told = fetched(get(format!("http://{address}/"))).await;
    assert_eq!((told.status(), told.body(), told.is_done()), (200, b"late".to_vec(), true));
    assert_eq!(told.0.last(), Some(&NetFact::Closed(FIRST, Closing::Orderly)));
}

#[tokio::test]
async fn interim_responses_without_end_are_not_waited_for() {
    let (address, _) = saying("HTTP/1.1 103 Early Hints\r\n\r\n".repeat(10_000)).await;
    let told = fetched(get(format!("http://{address}/"))).await;
    assert!(told.trouble().contains("interim responses (1xx)"), "{}", told.trouble());
}

#[tokio::test]
async fn fields_are_told_in_the_order_and_letters_they_came_in() {
    let came = [("x-LAB", "1"), ("Content-Length", "2"), ("B", "x"), ("X-Lab", "2"), ("a", "")];
    let lines = came.map(|(name, value)| format!("{name}: {value}\r\n")).concat();
    let (address, _) = saying(format!("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n{lines}\r\nhi")).await;
    let told = fetched(get(format!("http://{address}/"))).await;
    let ExchangeFact::Head { headers, .. } = told.exchange()[4] else { panic!("{:?}", told.exchange()) };
    let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(headers, came);
}

#[tokio::test]
async fn a_reset_is_told_as_one() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        // Closing with unread bytes resets.
        stream.read_u8().await.unwrap();
        drop(stream);
    });
    let told = fetched(get(format!("http://{address}/"))).await;
    assert!(told.trouble().contains("reset the connection"), "{}", told.trouble());
    assert_eq!(told.0.last(), Some(&NetFact::Closed(FIRST, Closing::ResetByPeer)));
}

//! What the tests of both ends share: a server on loopback, and the transcript of an exchange.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::server::serve;
use crate::behaviour::{Answer, Folder, Request, Responder, Response};
use crate::contract::{ExchangeFact, HttpBody, HttpRequest, NetEvent, NetFact, Verification};
use crate::model::{ConnId, Direction, NodeId};
use crate::net::observed::Observed;
use crate::net::report::{REPORT_QUEUE, Reporter};

pub(super) const SOON: Duration = Duration::from_secs(20);

/// Answers with what the function says.
pub(super) struct Saying<F>(pub(super) F);

impl<F: FnMut(&Request) -> Answer + Send> Responder for Saying<F> {
    fn respond(&mut self, request: &Request) -> Answer {
        (self.0)(request)
    }
}

pub(super) fn respond(status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Answer::Respond(Response { status, headers, body: body.into() }, Duration::ZERO)
}

pub(super) fn folder(path: &std::path::Path) -> Answer {
    Answer::FromFolder(Folder::Path(path.to_str().unwrap().to_owned()))
}

/// A server on loopback that answers so; it ends with the test's runtime. Its reports are heard and kept.
pub(super) async fn serving(
    answer: impl FnMut(&Request) -> Answer + Send + 'static,
) -> (SocketAddr, Arc<Mutex<Vec<NetFact>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let responder: super::server::SharedResponder = Arc::new(Mutex::new(Box::new(Saying(answer))));
    let (reporter, events) = reporter();
    let heard = keep(events);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let stream = Observed::new(stream, reporter.clone(), reporter.new_conn());
            tokio::spawn(serve(stream, responder.clone()));
        }
    });
    (address, heard)
}

pub(super) fn reporter() -> (Reporter, mpsc::Receiver<NetEvent>) {
    let (sender, receiver) = mpsc::channel(REPORT_QUEUE);
    (Reporter::new(NodeId(1), sender), receiver)
}

fn keep(mut events: mpsc::Receiver<NetEvent>) -> Arc<Mutex<Vec<NetFact>>> {
    let heard: Arc<Mutex<Vec<NetFact>>> = Arc::default();
    let kept = heard.clone();
    tokio::spawn(async move {
        while let Some(event) = events.recv().await {
            kept.lock().unwrap().push(event.fact);
        }
    });
    heard
}

/// A listener that reads a request's head, says these bytes to it, closes, and gives back what it read.
pub(super) async fn saying(answer: impl Into<Vec<u8>>) -> (SocketAddr, tokio::task::JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let answer = answer.into();
    let read = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        // The asking end may well have had enough before all is said.
        let _ = stream.write_all(&answer).await;
        let _ = stream.shutdown().await;
        let _ = stream.read_to_end(&mut head).await;
        head
    });
    (address, read)
}

/// Sends raw bytes, finishes, and reads to the end.
pub(super) async fn raw(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    timeout(SOON, stream.read_to_end(&mut answer)).await.expect("an answer in time").unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

pub(super) fn get(url: impl Into<String>) -> HttpRequest {
    HttpRequest {
        method: "GET".into(),
        url: url.into(),
        headers: Vec::new(),
        body: HttpBody::Bytes(Bytes::new()),
        verification: Verification::On,
        patience: SOON,
    }
}

/// All that was told of an exchange.
pub(super) struct Transcript(pub(super) Vec<NetFact>);

impl Transcript {
    pub(super) async fn of(fetch: impl Future<Output = ()>, mut events: mpsc::Receiver<NetEvent>) -> Self {
        let mut facts = Vec::new();
        let mut fetch = std::pin::pin!(timeout(SOON, fetch));
        loop {
            tokio::select! {
                done = &mut fetch => {
                    done.expect("the exchange ends in time");
                    break;
                }
                Some(event) = events.recv() => facts.push(event.fact),
            }
        }
        facts.extend(std::iter::from_fn(|| events.try_recv().ok()).map(|event| event.fact));
        Self(facts)
    }

    pub(super) fn exchange(&self) -> Vec<&ExchangeFact> {
        self.0.iter().filter_map(|fact| if let NetFact::Exchange(_, fact) = fact { Some(fact) } else { None }).collect()
    }

    pub(super) fn status(&self) -> u16 {
        let status = self
            .exchange()
            .into_iter()
            .find_map(|fact| if let ExchangeFact::Head { status, .. } = fact { Some(*status) } else { None });
        status.unwrap_or_else(|| panic!("a head in {:?}", self.exchange()))
    }

    pub(super) fn header(&self, wanted: &str) -> Option<&str> {
        self.exchange().into_iter().find_map(|fact| {
            let ExchangeFact::Head { headers, .. } = fact else { return None };
            headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.as_str())
        })
    }

    pub(super) fn body(&self) -> Vec<u8> {
        self.exchange()
            .into_iter()
            .flat_map(|fact| if let ExchangeFact::Body(part) = fact { part.to_vec() } else { Vec::new() })
            .collect()
    }

    pub(super) fn trouble(&self) -> String {
        match self.exchange().last() {
            Some(ExchangeFact::Failed(trouble)) => trouble.to_string(),
            other => panic!("a failure, not {other:?}"),
        }
    }

    pub(super) fn is_done(&self) -> bool {
        matches!(self.exchange().last(), Some(ExchangeFact::Done))
    }

    pub(super) fn bytes(&self, wanted: ConnId, way: Direction) -> String {
        bytes(&self.0, wanted, way)
    }
}

pub(super) fn bytes(facts: &[NetFact], wanted: ConnId, way: Direction) -> String {
    let bytes: Vec<u8> = facts
        .iter()
        .filter_map(|fact| {
            if let NetFact::Data(conn, direction, bytes) = fact { Some((conn, direction, bytes)) } else { None }
        })
        .filter(|(conn, direction, _)| **conn == wanted && **direction == way)
        .flat_map(|(_, _, bytes)| bytes.to_vec())
        .collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

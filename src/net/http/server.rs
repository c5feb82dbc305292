//! One HTTP connection as its server: requests go to a responder, its answers come back.

use std::convert::Infallible;
use std::io::{self, Cursor};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, HeaderName, HeaderValue, SERVER, TRANSFER_ENCODING};
use http::{Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use super::{Body, Crew, folder, in_words, whole};
use crate::behaviour::{Answer, Request, Responder};
use crate::contract::NetFact;
use crate::model::{Closing, ConnId};
use crate::net::observed::Observed;
use crate::net::report::Reporter;

/// How long a request's head may take, also the next one's on a connection kept alive; hyper's own figure.
const HEAD_PATIENCE: Duration = Duration::from_secs(30);
/// How long a request's body may be silent.
const BODY_PATIENCE: Duration = Duration::from_mins(1);
/// The largest request body that is taken: it is held in memory whole, for the responder.
const LARGEST_BODY: u64 = 8 * 1024 * 1024;
/// How much of a larger one is read and thrown away, so that the answer is not lost in a reset.
const LARGEST_DISCARDED: u64 = 64 * 1024 * 1024;
/// The largest head that is taken; above it the answer is 431. HTTP/2's header list likewise.
const LARGEST_HEAD: usize = 64 * 1024;
/// Requests one HTTP/2 connection may have under way; each may hold a body.
const MOST_STREAMS: u32 = 100;
/// How often a silent HTTP/2 peer is asked whether it still lives.
const PING_INTERVAL: Duration = Duration::from_secs(30);
/// What an HTTP/2 connection starts with when the client knows the server speaks it (RFC 9113 section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Room for the first read: a usual request's head in one piece, so that it is seen as one.
const FIRST_READ: usize = 16 * 1024;

/// The machine that answers, shared by all connections of one server.
pub(crate) type SharedResponder = Arc<Mutex<Box<dyn Responder>>>;

/// Serves one connection, HTTP/1 or HTTP/2, to its end. Dropped before, it closes the connection at once.
/// All its bytes are reported when this is done; that the conversation is over is left to its owner to report.
pub(crate) async fn serve<S>(mut stream: Observed<S>, responder: SharedResponder)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let remainder = stream.remainder();
    let desk = Desk { reporter: stream.reporter().clone(), conn: stream.conn(), responder };
    let crew = Crew::default();
    let outcome = match timeout(HEAD_PATIENCE, opening(&mut stream)).await {
        Ok(Ok(Opening::Nothing)) => stream.shutdown().await.map_err(|error| error.to_string()),
        Ok(Ok(Opening::Http1(start))) => http1(resumed(start, stream), &desk).await,
        Ok(Ok(Opening::Http2(start))) => http2(resumed(start, stream), &desk, &crew).await,
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no request came within {} s", HEAD_PATIENCE.as_secs())),
    };
    crew.dismissed(Duration::ZERO).await;
    remainder.settle().await;
    if let (Err(why), Closing::Ours | Closing::Orderly) = (outcome, remainder.closing()) {
        desk.reporter.tell(NetFact::Note(Some(desk.conn), format!("closed: {why}"))).await;
    }
}

enum Opening {
    Nothing,
    Http1(Bytes),
    Http2(Bytes),
}

async fn opening(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Opening> {
    let mut start = BytesMut::with_capacity(FIRST_READ);
    loop {
        let ended = stream.read_buf(&mut start).await? == 0;
        if start.is_empty() {
            return Ok(Opening::Nothing);
        }
        if start.starts_with(PREFACE) {
            return Ok(Opening::Http2(start.freeze()));
        }
        if ended || !PREFACE.starts_with(&start) {
            return Ok(Opening::Http1(start.freeze()));
        }
    }
}

/// The stream as if its start had not been read yet.
fn resumed<S>(start: Bytes, stream: S) -> TokioIo<impl AsyncRead + AsyncWrite + Unpin + Send>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let (read, write) = tokio::io::split(stream);
    TokioIo::new(tokio::io::join(Cursor::new(start).chain(read), write))
}

async fn http1<S>(io: TokioIo<S>, desk: &Desk) -> Result<(), String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let service = service_fn(|request| desk.answer(request));
    let served = http1::Builder::new()
        .timer(TokioTimer::new()) // without it there is no timeout at all
        .header_read_timeout(HEAD_PATIENCE)
        .max_buf_size(LARGEST_HEAD)
        .half_close(true) // `printf … | nc -N` finishes first and then waits for its answer
        .title_case_headers(true)
        .serve_connection(io, service)
        .await;
    served.map_err(|error| {
        if error.is_timeout() {
            format!("no request's head came within {} s", HEAD_PATIENCE.as_secs())
        } else {
            in_words(&error)
        }
    })
}

async fn http2<S>(io: TokioIo<S>, desk: &Desk, crew: &Crew) -> Result<(), String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let service = service_fn(|request| {
        let desk = desk.clone();
        async move { desk.answer(request).await }
    });
    http2::Builder::new(crew.spawner())
        .timer(TokioTimer::new())
        .max_concurrent_streams(MOST_STREAMS)
        .max_header_list_size(LARGEST_HEAD as u32)
        .keep_alive_interval(PING_INTERVAL)
        .serve_connection(io, service)
        .await
        .map_err(|error| in_words(&error))
}

/// What answering one connection's requests takes.
#[derive(Clone)]
struct Desk {
    reporter: Reporter,
    conn: ConnId,
    responder: SharedResponder,
}

impl Desk {
    async fn answer(&self, request: http::Request<Incoming>) -> Result<Response<Body>, Infallible> {
        let (head, body) = request.into_parts();
        let mut response = match collected(body).await {
            Ok(body) => self.respond(&head, body).await,
            Err(refusal) => refusal,
        };
        response.headers_mut().entry(SERVER).or_insert(HeaderValue::from_static("wirelab"));
        Ok(response)
    }

    async fn respond(&self, head: &http::request::Parts, body: Bytes) -> Response<Body> {
        let request = Request {
            method: head.method.as_str().to_owned(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().map(ToOwned::to_owned),
            headers: fields(&head.headers),
            body,
        };
        let answer = self.responder.lock().unwrap_or_else(PoisonError::into_inner).respond(&request);
        match answer {
            Answer::Respond(response, delay) => {
                if !delay.is_zero() {
                    tokio::time::sleep(delay).await;
                }
                self.written(response).await
            }
            Answer::FromFolder(folder) => folder::answer(&folder, head).await,
        }
    }

    /// The response as hyper takes it; what cannot be sent is left out, and said so.
    async fn written(&self, answer: crate::behaviour::Response) -> Response<Body> {
        let mut response = Response::new(whole(answer.body));
        match StatusCode::from_u16(answer.status) {
            Ok(status) if !status.is_informational() => *response.status_mut() = status,
            _ => {
                let words = format!("{} cannot be the status of an answer; 500 was sent instead", answer.status);
                self.reporter.tell(NetFact::Note(Some(self.conn), words)).await;
                *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            }
        }
        for (name, value) in answer.headers {
            match (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_bytes())) {
                // How the body is framed follows from the body; a second opinion would break the connection.
                (Ok(CONTENT_LENGTH | TRANSFER_ENCODING), _) => {}
                (Ok(name), Ok(value)) => {
                    response.headers_mut().append(name, value);
                }
                _ => {
                    let words = format!("the header field {name:?} of the answer cannot be sent and was left out");
                    self.reporter.tell(NetFact::Note(Some(self.conn), words)).await;
                }
            }
        }
        response
    }
}

fn fields(headers: &http::HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect()
}

/// The whole body, or the answer that refuses it.
async fn collected(mut body: Incoming) -> Result<Bytes, Response<Body>> {
    if body.size_hint().lower() > LARGEST_BODY {
        return Err(too_large());
    }
    let mut whole_body = BytesMut::new();
    let mut length = 0;
    loop {
        let frame = match timeout(BODY_PATIENCE, body.frame()).await {
            Err(_) => return Err(plain(StatusCode::REQUEST_TIMEOUT, "The request's body did not come.\n")),
            Ok(None) if length > LARGEST_BODY => return Err(too_large()),
            Ok(None) => return Ok(whole_body.freeze()),
            Ok(Some(Err(_))) => return Err(plain(StatusCode::BAD_REQUEST, "The request's body is broken.\n")),
            Ok(Some(Ok(frame))) => frame,
        };
        let Ok(data) = frame.into_data() else { continue };
        length += data.len() as u64;
        if length > LARGEST_DISCARDED {
            return Err(too_large());
        } else if length > LARGEST_BODY {
            whole_body = BytesMut::new();
        } else {
            whole_body.extend_from_slice(&data);
        }
    }
}

fn too_large() -> Response<Body> {
    let words = format!("A request's body may have {} MiB at most here.\n", LARGEST_BODY >> 20);
    plain(StatusCode::PAYLOAD_TOO_LARGE, words)
}

/// A short answer in words.
pub(super) fn plain(status: StatusCode, words: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(whole(words));
    *response.status_mut() = status;
    let media_type = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(http::header::CONTENT_TYPE, media_type);
    response
}

#[cfg(test)]
mod tests;

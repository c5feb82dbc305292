//! One HTTP exchange as its client: every phase is told, and so is every byte below it.

use std::error::Error as _;
use std::io;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use http::{Response, Version};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::ext::ReasonPhrase;
use hyper::rt::Executor as _;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::heard::Heard;
use super::request::{Handed, Plan};
use super::{Body, Crew, in_words};
use crate::contract::{Beginning, ExchangeFact, HttpRequest, NetFact, TlsSpec, Verification};
use crate::model::{Address, ConnId, ExchangeId, Transport, Trouble};
use crate::net::observed::Observed;
use crate::net::report::Reporter;
use crate::net::tls::Roots;
use crate::net::{dial, tls};

/// The largest response head that is taken, and the most fields in it; curl's figures.
const LARGEST_HEAD: usize = 300 * 1024;
const MOST_FIELDS: usize = 5000;
/// How much of an HTTP/2 response may be under way; all that is held while reports wait.
const WINDOW: u32 = 1024 * 1024;
/// The most bytes one part of a body is told in.
const PART: usize = 64 * 1024;
/// How long the connection has to say goodbye once the exchange is over.
const FAREWELL: Duration = Duration::from_secs(1);

/// Makes the request and tells what comes of it, over a connection of its own. Dropped before the end, it closes the
/// connection at once.
pub(crate) async fn fetch(reporter: Reporter, exchange: ExchangeId, request: HttpRequest) {
    fetch_trusting(Roots::System, reporter, exchange, request).await;
}

async fn fetch_trusting(roots: Roots, reporter: Reporter, exchange: ExchangeId, request: HttpRequest) {
    let errand = Errand { reporter, exchange, roots, patience: request.patience, verification: request.verification };
    errand.tell(ExchangeFact::Started).await;
    if let Err(trouble) = errand.run(&request).await {
        errand.tell(ExchangeFact::Failed(trouble)).await;
    }
}

/// What one exchange needs all along.
struct Errand {
    reporter: Reporter,
    exchange: ExchangeId,
    roots: Roots,
    patience: Duration,
    verification: Verification,
}

/// A request and its body, on the way to a connection.
struct Parcel {
    plan: Plan,
    body: Body,
}

impl Errand {
    async fn tell(&self, fact: ExchangeFact) {
        self.reporter.tell(NetFact::Exchange(self.exchange, fact)).await;
    }

    async fn run(&self, request: &HttpRequest) -> Result<(), Trouble> {
        let mut plan = Plan::new(request)?;
        let body = plan.body(&request.body).await?;
        let addresses = dial::resolve(&self.reporter, &plan.host, plan.port, self.patience).await?;
        self.tell(ExchangeFact::Resolved).await;
        let (stream, _) = dial::connect(&self.reporter, &plan.host, &addresses, None, self.patience).await?;
        let ends = ends_of(&stream).map_err(|error| Trouble::new("connect", &plan.host, error, "send it again"))?;
        let outer = self.opened(Transport::Tcp, Beginning::Connected, &ends).await;
        self.tell(ExchangeFact::Connected).await;
        let stream = Observed::new(stream, self.reporter.clone(), outer);
        let afterword = stream.afterword();
        let parcel = Parcel { plan, body };
        if parcel.plan.is_secure {
            // Boxed: a TLS session is large, and most exchanges have none.
            if let Err(trouble) = Box::pin(self.converse_within_tls(stream, &ends, parcel)).await {
                self.tell(ExchangeFact::Failed(trouble)).await;
            }
        } else {
            self.converse(stream, Version::HTTP_11, parcel).await;
        }
        afterword.closed().await;
        Ok(())
    }

    async fn opened(&self, transport: Transport, how: Beginning, ends: &(Address, Address)) -> ConnId {
        let conn = self.reporter.new_conn();
        let (local, peer) = ends.clone();
        self.reporter.tell(NetFact::Opened { conn, transport, how, local, peer }).await;
        conn
    }

    /// Fails only before the plain text conversation begins.
    async fn converse_within_tls(
        &self,
        stream: Observed<TcpStream>,
        ends: &(Address, Address),
        parcel: Parcel,
    ) -> Result<(), Trouble> {
        let outer = stream.conn();
        let spec = TlsSpec {
            server_name: None,
            verification: self.verification,
            alpn: vec!["h2".to_owned(), "http/1.1".to_owned()],
        };
        let host = &parcel.plan.host;
        let stream =
            tls::secure_trusting(&self.roots, &self.reporter, outer, stream, host, &spec, self.patience).await?;
        let alpn = stream.get_ref().1.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned());
        let version = if alpn.as_deref() == Some("h2") { Version::HTTP_2 } else { Version::HTTP_11 };
        self.tell(ExchangeFact::Secured(alpn)).await;
        let inner = self.opened(Transport::Tls, Beginning::Inside(outer), ends).await;
        let stream = Observed::new(stream, self.reporter.clone(), inner);
        let afterword = stream.afterword();
        self.converse(stream, version, parcel).await;
        afterword.closed().await;
        Ok(())
    }

    /// Sends the request, tells the response and its end, and lets the connection say goodbye.
    async fn converse<S>(&self, stream: S, version: Version, parcel: Parcel)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let crew = Crew::default();
        let outcome = self.talk(&crew, stream, version, parcel).await;
        self.tell(outcome.map_or_else(ExchangeFact::Failed, |()| ExchangeFact::Done)).await;
        crew.dismissed(FAREWELL).await;
    }

    async fn talk<S>(&self, crew: &Crew, stream: S, version: Version, parcel: Parcel) -> Result<(), Trouble>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let at = format!("{}:{}", parcel.plan.host, parcel.plan.port);
        let (body, handed) = Handed::new(parcel.body);
        let mut request = parcel.plan.into_request(version, body).await?;
        let heard = Heard::new(LARGEST_HEAD);
        heard.count_interim(&mut request);
        let sender = if version == Version::HTTP_2 {
            two(crew, TokioIo::new(stream)).await
        } else {
            one(crew, TokioIo::new(heard.listen(stream))).await
        };
        let mut sender = sender.map_err(|error| unanswered(&at, &error))?;
        let response = {
            let mut response = pin!(sender.send(request));
            tokio::select! {
                biased;
                _ = handed => {
                    self.tell(ExchangeFact::Sent).await;
                    timeout(self.patience, response).await.map_err(|_| self.silence(&at))?
                }
                early = &mut response => early,
            }
        };
        let response = response.map_err(|error| unanswered(&at, &error))?;
        self.receive(&at, response, heard.fields(MOST_FIELDS)).await
    }

    fn silence(&self, at: &str) -> Trouble {
        let why = format!("no response within {}", dial::in_words(self.patience));
        Trouble::new("wait for the response of", at, why, "wait longer, or look at what the server does")
    }

    /// Tells the response; `spelt` are its fields as they came, if they could be heard.
    async fn receive(
        &self,
        at: &str,
        response: Response<Incoming>,
        spelt: Option<Vec<(String, String)>>,
    ) -> Result<(), Trouble> {
        let (head, mut body) = response.into_parts();
        let expected = head.headers.get(http::header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
        let expected = expected.map(|length| format!(" of {length}")).unwrap_or_default();
        self.tell(head_fact(&head, spelt)).await;
        let mut came = 0;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| broken(at, came, &expected, &error))?;
            match frame.into_data() {
                Ok(data) => {
                    came += data.len() as u64;
                    // Copied, so that a small part does not keep hyper's whole buffer alive.
                    for part in data.chunks(PART) {
                        self.tell(ExchangeFact::Body(Bytes::copy_from_slice(part))).await;
                    }
                }
                Err(frame) => {
                    if let Ok(trailers) = frame.into_trailers() {
                        self.tell(ExchangeFact::Trailers(fields(&trailers))).await;
                    }
                }
            }
        }
        Ok(())
    }
}

fn ends_of(stream: &TcpStream) -> io::Result<(Address, Address)> {
    Ok((Address::Ip(stream.local_addr()?), Address::Ip(stream.peer_addr()?)))
}

fn head_fact(head: &http::response::Parts, spelt: Option<Vec<(String, String)>>) -> ExchangeFact {
    let (version, reason) = match head.version {
        Version::HTTP_2 => ("HTTP/2", String::new()),
        other => {
            let sent = head.extensions.get::<ReasonPhrase>().map(|phrase| String::from_utf8_lossy(phrase.as_bytes()));
            let usual = head.status.canonical_reason().unwrap_or_default();
            let name = if other == Version::HTTP_10 { "HTTP/1.0" } else { "HTTP/1.1" };
            (name, sent.map_or_else(|| usual.to_owned(), std::borrow::Cow::into_owned))
        }
    };
    let headers = spelt.filter(|_| head.version != Version::HTTP_2).unwrap_or_else(|| fields(&head.headers));
    ExchangeFact::Head { version, status: head.status.as_u16(), reason, headers }
}

fn fields(headers: &http::HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect()
}

/// The sending half of a hyper connection.
enum Sender {
    One(http1::SendRequest<Handed>),
    Two(http2::SendRequest<Handed>),
}

impl Sender {
    async fn send(&mut self, request: http::Request<Handed>) -> hyper::Result<Response<Incoming>> {
        match self {
            Sender::One(sender) => sender.send_request(request).await,
            Sender::Two(sender) => sender.send_request(request).await,
        }
    }
}

async fn one<S>(crew: &Crew, io: TokioIo<S>) -> hyper::Result<Sender>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = http1::Builder::new()
        .preserve_header_case(true)
        .title_case_headers(true)
        .max_headers(MOST_FIELDS)
        .max_header_size(LARGEST_HEAD)
        .max_buf_size(LARGEST_HEAD)
        .handshake(io)
        .await?;
    // What breaks the connection also breaks the exchange, which tells it.
    crew.spawner().execute(async { drop(connection.await) });
    Ok(Sender::One(sender))
}

async fn two<S>(crew: &Crew, io: TokioIo<S>) -> hyper::Result<Sender>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = http2::Builder::new(crew.spawner())
        .timer(TokioTimer::new())
        .max_header_list_size(LARGEST_HEAD as u32)
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(WINDOW)
        .handshake(io)
        .await?;
    crew.spawner().execute(async { drop(connection.await) });
    Ok(Sender::Two(sender))
}

const LOOK: &str = "look at the bytes in the traffic pane";

fn unanswered(at: &str, error: &hyper::Error) -> Trouble {
    let (why, remedy) = if error.is_parse_too_large() {
        let why = format!("the response's header is larger than {} KiB or {MOST_FIELDS} fields", LARGEST_HEAD / 1024);
        (why, LOOK)
    } else if error.is_parse() {
        (format!("what came back is not HTTP: {}", in_words(error)), "the port may speak another protocol")
    } else if error.is_incomplete_message() {
        let why = "the other end closed the connection before a response came".to_owned();
        (why, "look at what the server does, or send it again")
    } else if is_reset(error) {
        ("the other end reset the connection".to_owned(), "look at what the server does, or send it again")
    } else {
        (in_words(error), LOOK)
    };
    Trouble::new("wait for the response of", at, why, remedy)
}

fn broken(at: &str, came: u64, expected: &str, error: &hyper::Error) -> Trouble {
    let why = if is_reset(error) { "the other end reset the connection".to_owned() } else { in_words(error) };
    let why = format!("the body broke off after {came}{expected} bytes: {why}");
    Trouble::new("receive the response of", at, why, "what had come is kept; send it again")
}

fn is_reset(error: &hyper::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::ConnectionReset) {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests;

//! A request as the user wrote it, checked and made ready for the wire.

use std::pin::Pin;
use std::task::{Context, Poll};

use base64::Engine as _;
use bytes::Bytes;
use futures_util::TryStreamExt as _;
use http::header::{
    ACCEPT, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING,
    UPGRADE, USER_AGENT,
};
use http::{Method, Uri, Version};
use http_body::{Frame, SizeHint};
use http_body_util::{BodyExt, StreamBody};
use percent_encoding::percent_decode_str;
use tokio::io::AsyncReadExt as _;
use tokio::sync::oneshot;
use tokio_util::io::ReaderStream;
use url::{Host, Position, Url};

use super::{Body, BoxError, spelling, whole};
use crate::contract::{HttpBody, HttpRequest};
use crate::model::Trouble;

/// How much of a file is read at once while it is sent.
const FILE_CHUNK: usize = 64 * 1024;

/// A checked request: where it goes and what it says.
pub(super) struct Plan {
    /// The name or address to connect to; IPv6 without brackets.
    pub(super) host: String,
    /// The port to connect to.
    pub(super) port: u16,
    /// Whether TLS is asked for.
    pub(super) is_secure: bool,
    url: Url,
    method: Method,
    headers: HeaderMap,
    spellings: Vec<String>,
}

impl Plan {
    /// Reads and checks the request. `Host`, `User-Agent`, `Accept` and, for a user name in the URL, `Authorization` are
    /// added where the user wrote none.
    ///
    /// # Errors
    /// Says which part cannot be sent, and why.
    pub(super) fn new(request: &HttpRequest) -> Result<Self, Trouble> {
        let method = Method::from_bytes(request.method.as_bytes()).map_err(|_| {
            let why = "a method is one word of letters, digits and !#$%&'*+-.^_`|~";
            Trouble::new("send the method", format!("{:?}", request.method), why, "write GET, POST or the like")
        })?;
        let url = read_url(&request.url)?;
        let host = match url.host() {
            Some(Host::Domain(name)) if !name.is_empty() => name.to_owned(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            Some(Host::Domain(_)) | None => return Err(bad_url(&request.url, "the host is missing")),
        };
        let port = url.port_or_known_default().unwrap_or(80);
        let (headers, spellings) = fields(request, &url)?;
        Ok(Self { host, port, is_secure: url.scheme() == "https", url, method, headers, spellings })
    }

    /// The body, checked against what the header says of it. A file is opened, but not read yet.
    ///
    /// # Errors
    /// The file cannot be read, or the user's `Content-Length` is not the body's.
    pub(super) async fn body(&mut self, body: &HttpBody) -> Result<Body, Trouble> {
        let (length, body) = match body {
            HttpBody::Bytes(bytes) => (bytes.len() as u64, whole(bytes.clone())),
            HttpBody::File(path) => opened(path).await?,
        };
        let has_meaning = length > 0 || [Method::POST, Method::PUT, Method::PATCH].contains(&self.method);
        match self.headers.get(CONTENT_LENGTH) {
            Some(said) if said.as_bytes() != length.to_string().as_bytes() => {
                let why =
                    format!("it says {}, but the body has {length} bytes", String::from_utf8_lossy(said.as_bytes()));
                return Err(Trouble::new("send the header", "Content-Length", why, "remove it; it is added by itself"));
            }
            None if has_meaning && !self.headers.contains_key(TRANSFER_ENCODING) => {
                self.add(CONTENT_LENGTH, HeaderValue::from(length));
            }
            Some(_) | None => {}
        }
        Ok(body)
    }

    fn add(&mut self, name: HeaderName, value: HeaderValue) {
        self.headers.insert(name, value);
    }

    /// The request as hyper takes it, for that version of HTTP.
    ///
    /// # Errors
    /// The URL has something that no request target can have.
    pub(super) async fn into_request<B>(mut self, version: Version, body: B) -> Result<http::Request<B>, Trouble> {
        let is_two = version == Version::HTTP_2;
        let target = &self.url[Position::BeforePath..Position::AfterQuery];
        let target: Result<Uri, _> = if self.method == Method::CONNECT {
            authority(&self.host, self.port).parse()
        } else if is_two {
            let host = self.headers.remove(HOST);
            let host = host.as_ref().and_then(|host| host.to_str().ok()).unwrap_or_default();
            format!("{}://{host}{target}", self.url.scheme()).parse()
        } else {
            target.parse()
        };
        let target = target.map_err(|error: http::uri::InvalidUri| bad_url(self.url.as_str(), error))?;
        let mut request = http::Request::new(body);
        if is_two {
            // They speak of one HTTP/1 connection (RFC 9113 section 8.2.2).
            for name in [CONNECTION, TRANSFER_ENCODING, UPGRADE] {
                self.headers.remove(name);
            }
        } else {
            *request.extensions_mut() = spelling::remembered(&self.spellings).await;
        }
        *request.method_mut() = self.method;
        *request.uri_mut() = target;
        *request.version_mut() = version;
        *request.headers_mut() = self.headers;
        Ok(request)
    }
}

fn authority(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

fn read_url(text: &str) -> Result<Url, Trouble> {
    let url = Url::parse(text.trim()).map_err(|error| bad_url(text, error))?;
    if matches!(url.scheme(), "http" | "https") {
        Ok(url)
    } else {
        Err(bad_url(text, format!("\"{}\" is not spoken here, http and https are", url.scheme())))
    }
}

fn bad_url(text: &str, why: impl std::fmt::Display) -> Trouble {
    Trouble::new("read the URL", text, why, "write it like http://127.0.0.1:8080/path?key=value")
}

/// The header in the user's order, and the names in the user's letters.
fn fields(request: &HttpRequest, url: &Url) -> Result<(HeaderMap, Vec<String>), Trouble> {
    let mut headers = HeaderMap::new();
    let mut spellings = Vec::new();
    let wrote = |name: &HeaderName| request.headers.iter().any(|(written, _)| name == written.as_str());
    let own = |text: &str| HeaderValue::from_str(text).map_err(|error| bad_url(url.as_str(), error));
    if !wrote(&HOST) {
        headers.insert(HOST, own(&url[Position::BeforeHost..Position::AfterPort])?);
    }
    for (name, value) in &request.headers {
        let (parsed, value) = field(name, value)?;
        headers.try_append(parsed, value).map_err(|_| {
            Trouble::new("send the header", name, "there are too many header fields", "remove some of them")
        })?;
        spellings.push(name.clone());
    }
    if !wrote(&USER_AGENT) {
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("wirelab/", env!("CARGO_PKG_VERSION"))));
    }
    if !wrote(&ACCEPT) {
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    }
    if !url.username().is_empty() && !wrote(&AUTHORIZATION) {
        let mut pair = percent_decode_str(url.username()).collect::<Vec<u8>>();
        pair.push(b':');
        pair.extend(percent_decode_str(url.password().unwrap_or_default()));
        let code = base64::engine::general_purpose::STANDARD.encode(pair);
        headers.insert(AUTHORIZATION, own(&format!("Basic {code}"))?);
    }
    Ok((headers, spellings))
}

fn field(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Trouble> {
    let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
        let why = if name.is_empty() { "the name is empty" } else { "the name has a character that no name may have" };
        Trouble::new("send the header", format!("{name:?}"), why, "use letters, digits and hyphens")
    })?;
    let sent = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| {
        let bad = value.chars().find(|c| c.is_ascii_control() && *c != '\t');
        let why = match bad {
            Some('\r' | '\n') => "the value has a line break (CR or LF), which would begin another field".to_owned(),
            Some('\0') => "the value has a NUL".to_owned(),
            Some(other) => format!("the value has the control character {other:?}"),
            None => "the value cannot be sent".to_owned(),
        };
        Trouble::new("send the header", name, why, "remove it from the value")
    })?;
    Ok((parsed, sent))
}

async fn opened(path: &str) -> Result<(u64, Body), Trouble> {
    let trouble = |why: String| Trouble::new("read the body's file", path, why, "check the path");
    let words = |error: std::io::Error| {
        trouble(if error.kind() == std::io::ErrorKind::NotFound {
            "there is no such file".to_owned()
        } else {
            error.to_string()
        })
    };
    // Looked at before it is opened: opening a pipe would wait for its writer.
    let about = tokio::fs::metadata(path).await.map_err(words)?;
    if !about.is_file() {
        return Err(trouble("it is not a regular file".to_owned()));
    }
    let file = tokio::fs::File::open(path).await.map_err(words)?;
    let length = about.len();
    let chunks = ReaderStream::with_capacity(file.take(length), FILE_CHUNK);
    let body = StreamBody::new(chunks.map_ok(Frame::data).map_err(BoxError::from));
    Ok((length, BodyExt::boxed_unsync(body)))
}

/// A body that lets know when hyper is done with it.
pub(super) struct Handed {
    body: Body,
    done: Option<oneshot::Sender<()>>,
}

impl Handed {
    /// Wraps a body; the receiver hears when all of it has been handed over.
    pub(super) fn new(body: Body) -> (Self, oneshot::Receiver<()>) {
        let (done, heard) = oneshot::channel();
        (Self { body, done: Some(done) }, heard)
    }
}

impl Drop for Handed {
    fn drop(&mut self) {
        if let Some(done) = self.done.take() {
            let _ = done.send(());
        }
    }
}

impl http_body::Body for Handed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

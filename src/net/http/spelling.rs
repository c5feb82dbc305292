//! Header names on the wire in the letters the user typed.
//!
//! hyper knows names in lower case only. It can write them as they once came in, but lets nobody say how that was; so the
//! names are given to its own parser, and what that remembers is put beside the request.

use std::sync::{Arc, Mutex, PoisonError};

use http::{Extensions, Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncWriteExt, duplex};

use super::{Body, whole};

/// The extensions that make hyper's HTTP/1 client, asked to preserve case, write these names as they are spelt here.
/// Empty when they cannot be had; the names are then written in title case.
pub(super) async fn remembered(names: &[String]) -> Extensions {
    let mut head = String::from("GET / HTTP/1.1\r\n");
    for name in names.iter().filter(|name| !name.eq_ignore_ascii_case("transfer-encoding")) {
        head.push_str(name);
        head.push_str(": 0\r\n"); // a length of 0 is the one value that every field may have here
    }
    head.push_str("\r\n");
    let (mut near, far) = duplex(head.len());
    if near.write_all(head.as_bytes()).await.is_err() || near.shutdown().await.is_err() {
        return Extensions::new();
    }
    let kept: Arc<Mutex<Extensions>> = Arc::default();
    let service = service_fn(|request: Request<Incoming>| {
        *kept.lock().unwrap_or_else(PoisonError::into_inner) = request.into_parts().0.extensions;
        std::future::ready(Ok::<Response<Body>, std::convert::Infallible>(Response::new(whole(""))))
    });
    let _ = http1::Builder::new()
        .preserve_header_case(true)
        .keep_alive(false)
        .max_headers(names.len() + 1)
        .serve_connection(TokioIo::new(far), service)
        .await;
    std::mem::take(&mut *kept.lock().unwrap_or_else(PoisonError::into_inner))
}

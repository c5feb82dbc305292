//! A connection that speaks HTTP for itself, and still hears a person's close and reset.

use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use tokio::net::TcpStream;

use super::crowd::Crowd;
use super::http;
use super::observed::Observed;
use super::outbox::{Ending, Item, Outbox};
use super::report::Reporter;
use super::wire::SharedTcp;
use crate::behaviour::Responder;
use crate::contract::NetFact;
use crate::model::{Closing, ConnId};

/// What a person wants of the connection.
enum Wanted {
    Send,
    Finish,
    Close,
    Reset,
}

/// Serves HTTP on the connection until it ends, which is told.
pub(crate) async fn http(
    conn: ConnId,
    stream: TcpStream,
    reporter: Reporter,
    crowd: Arc<Crowd>,
    outbox: Arc<Outbox>,
    responder: Arc<Mutex<Box<dyn Responder>>>,
) {
    let stream = Arc::new(stream);
    let observed = Observed::new(SharedTcp(stream.clone()), reporter.clone(), conn);
    let remainder = observed.remainder();
    let mut serving = Box::pin(http::server::serve(observed, responder));
    let closing = loop {
        let wanted = tokio::select! {
            biased;
            wanted = poll_fn(|cx| poll_wanted(&outbox, cx)) => wanted,
            () = &mut serving => break remainder.closing(),
        };
        match wanted {
            Wanted::Close => break Closing::Ours,
            Wanted::Reset => {
                let _ = stream.set_zero_linger();
                break Closing::ResetByUs;
            }
            Wanted::Send => {
                let words = "an HTTP server answers requests only; nothing else can be sent on its connections";
                reporter.tell(NetFact::Lost(Some(conn), 1, words.into())).await;
            }
            Wanted::Finish => {
                let words = "an HTTP server's connection is not half-closed; close it instead";
                reporter.tell(NetFact::Note(Some(conn), words.into())).await;
            }
        }
    };
    drop((serving, stream));
    crowd.dismiss(conn);
    remainder.settle().await;
    reporter.tell(NetFact::Closed(conn, closing)).await;
}

fn poll_wanted(outbox: &Outbox, cx: &mut Context<'_>) -> Poll<Wanted> {
    match outbox.look(cx.waker()).0 {
        Some(Ending::Stop) => return Poll::Ready(Wanted::Close),
        Some(Ending::Reset) => return Poll::Ready(Wanted::Reset),
        None => {}
    }
    let Some(item) = outbox.front() else { return Poll::Pending };
    outbox.pop();
    Poll::Ready(match item {
        Item::Bytes(_) => Wanted::Send,
        Item::Finish => Wanted::Finish,
        Item::Close => Wanted::Close,
    })
}

//! A stream server: it accepts, and runs a task per connection until it is told to stop.

use std::sync::{Arc, Mutex};

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::accept::{Accepted, Acceptor};
use super::connection::Connection;
use super::crowd::Crowd;
use super::listen::Listening;
use super::report::Reporter;
use super::spoken;
use crate::behaviour::Responder;
use crate::contract::{Beginning, NetFact};
use crate::model::{Step, Trouble};

/// Connections a server holds at once; more are refused. Each costs about 2 KiB while it is idle.
pub(crate) const MOST_CONNECTIONS: usize = 10_240;

/// What a server's connections are answered by.
#[derive(Clone)]
pub(crate) enum Speaker {
    /// The crowd's behaviour.
    Behaviour,
    /// HTTP.
    Http(Arc<Mutex<Box<dyn Responder>>>),
}

/// A stream server.
pub(crate) struct Server {
    reporter: Reporter,
    crowd: Arc<Crowd>,
    speaker: Speaker,
    acceptor: Acceptor,
    connections: JoinSet<()>,
}

/// Serves until told to stop. The socket is closed, and its file removed, before this returns.
pub(crate) async fn serve(
    reporter: Reporter,
    listening: Listening,
    crowd: Arc<Crowd>,
    speaker: Speaker,
    stop: CancellationToken,
) -> Result<(), Trouble> {
    let Listening { socket, address, file } = listening;
    let acceptor = Acceptor::new(reporter.clone(), socket, &address)?;
    reporter.tell(NetFact::Listening(address.clone())).await;
    let mut server = Server { reporter: reporter.clone(), crowd, speaker, acceptor, connections: JoinSet::new() };
    server.accept_until(&stop).await;
    let Server { crowd, acceptor, connections, .. } = server;
    drop((acceptor, file));
    reporter.tell(NetFact::Step(Step::Stopped(address))).await;
    crowd.end_all();
    wait_for_all(connections).await;
    Ok(())
}

impl Server {
    async fn accept_until(&mut self, stop: &CancellationToken) {
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                Some(ended) = self.connections.join_next() => pass_panic_on(ended),
                accepted = self.acceptor.next() => self.welcome(accepted).await,
            }
        }
    }

    async fn welcome(&mut self, accepted: Accepted) {
        if self.crowd.len() >= MOST_CONNECTIONS {
            accepted.refuse();
            let words = format!("a connection was refused: {MOST_CONNECTIONS} are open, which is the most");
            return self.reporter.tell(NetFact::Lost(None, 1, words)).await;
        }
        let conn = self.reporter.new_conn();
        let outbox = self.crowd.admit(conn);
        let (local, peer) = accepted.addresses(conn);
        let peer_words = peer.to_string();
        let opened = NetFact::Opened { conn, transport: accepted.transport(), how: Beginning::Accepted, local, peer };
        self.reporter.tell(opened).await;
        let (reporter, crowd) = (self.reporter.clone(), self.crowd.clone());
        match (accepted, self.speaker.clone()) {
            (Accepted::Tcp(stream, _), Speaker::Http(responder)) => {
                self.connections.spawn(spoken::http(conn, stream, reporter, crowd, outbox, responder));
            }
            (Accepted::Tcp(stream, _), Speaker::Behaviour) => {
                let connection = Connection::new(conn, stream, reporter, crowd, outbox);
                self.connections.spawn(async move { drop(connection.run(&peer_words).await) });
            }
            (Accepted::Unix(stream), Speaker::Behaviour | Speaker::Http(_)) => {
                let connection = Connection::new(conn, stream, reporter, crowd, outbox);
                self.connections.spawn(async move { drop(connection.run(&peer_words).await) });
            }
        }
    }
}

async fn wait_for_all(mut connections: JoinSet<()>) {
    while let Some(ended) = connections.join_next().await {
        pass_panic_on(ended);
    }
}

/// A panic in a task is a defect and must be noticed: it goes on up to the thread's owner.
pub(crate) fn pass_panic_on<T>(ended: Result<T, tokio::task::JoinError>) {
    if let Err(error) = ended
        && let Ok(panic) = error.try_into_panic()
    {
        std::panic::resume_unwind(panic);
    }
}

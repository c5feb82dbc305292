//! HTTP over observed streams: the serving end, the asking end, and what both need.

pub(crate) mod client;
mod folder;
mod heard;
mod request;
pub(crate) mod server;
mod spelling;
#[cfg(test)]
mod testing;

use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Whatever can go wrong in a body.
type BoxError = Box<dyn Error + Send + Sync>;
/// A body of any origin.
type Body = UnsyncBoxBody<Bytes, BoxError>;

fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// An error and its causes, outermost first.
fn in_words(error: &(dyn Error + 'static)) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !words.contains(&more) {
            words = format!("{words}: {more}");
        }
        cause = error.source();
    }
    words
}

/// The tasks of one connection, which end when this is dropped: hyper wants to spawn, and what it spawns holds the socket.
#[derive(Default)]
struct Crew(Spawner);

/// Spawns into a [`Crew`].
#[derive(Clone, Default)]
struct Spawner(Arc<Mutex<JoinSet<()>>>);

impl Spawner {
    fn set(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<F: Future<Output = ()> + Send + 'static> hyper::rt::Executor<F> for Spawner {
    fn execute(&self, task: F) {
        let mut set = self.set();
        while set.try_join_next().is_some() {}
        set.spawn(task);
    }
}

impl Crew {
    fn spawner(&self) -> Spawner {
        self.0.clone()
    }

    /// Waits until all are done, for so long at most; then ends those that are not.
    async fn dismissed(self, patience: Duration) {
        let mut set = std::mem::take(&mut *self.0.set());
        let _ = timeout(patience, async { while set.join_next().await.is_some() {} }).await;
        set.shutdown().await;
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.0.set().abort_all();
    }
}

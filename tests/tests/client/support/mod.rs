//! What the tests share.

mod hub;
mod server;

use std::sync::{Arc, Mutex};
use std::time::Duration;

pub(crate) use hub::{Basic, basic, connect};
pub(crate) use server::{Peer, start, start_with};

/// Lets everything run that can: under the paused clock time passes only when nothing else is left to do.
pub(crate) async fn settle() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

/// Waits for what must come within an hour of the paused clock, so that a test fails instead of hanging.
pub(crate) async fn in_time<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(3600), future).await.expect("nothing comes any more")
}

/// What handlers write down.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub(crate) fn note(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    /// Takes the lines written since the last time.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

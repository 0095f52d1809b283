//! What the tests share.

mod hub;
mod server;

use std::sync::{Arc, Mutex};
use std::time::Duration;

pub(crate) use hub::{Basic, basic, connect};
pub(crate) use server::{PING, Peer, start, start_with, starting};

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

/// A call by the server that asks for no answer; `arguments` is a JSON array.
pub(crate) fn call(target: &str, arguments: &str) -> String {
    format!(r#"{{"type":1,"target":"{target}","arguments":{arguments}}}␞"#)
}

/// A call by the server that asks for an answer.
pub(crate) fn ask(id: &str, target: &str, arguments: &str) -> String {
    format!(r#"{{"type":1,"invocationId":"{id}","target":"{target}","arguments":{arguments}}}␞"#)
}

/// An item of a stream.
pub(crate) fn item(id: &str, value: &str) -> String {
    format!(r#"{{"type":2,"invocationId":"{id}","item":{value}}}␞"#)
}

/// A completion with a result.
pub(crate) fn result(id: &str, value: &str) -> String {
    format!(r#"{{"type":3,"invocationId":"{id}","result":{value}}}␞"#)
}

/// A completion with an error.
pub(crate) fn failure(id: &str, text: &str) -> String {
    format!(r#"{{"type":3,"invocationId":"{id}","error":"{text}"}}␞"#)
}

/// A completion without a result.
pub(crate) fn end(id: &str) -> String {
    format!(r#"{{"type":3,"invocationId":"{id}"}}␞"#)
}

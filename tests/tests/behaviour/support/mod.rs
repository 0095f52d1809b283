//! What the tests share.

mod hub;
mod probe;
mod raw;
mod transport;

use std::time::Duration;

pub(crate) use hub::{Basic, basic, basic_with};
pub(crate) use probe::Probe;
pub(crate) use raw::Raw;
pub(crate) use transport::open_odd;

/// Lets everything run that can: under the paused clock time passes only when nothing else is left to do.
pub(crate) async fn settle() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

/// Waits for what must come within an hour of the paused clock, so that a test fails instead of hanging.
pub(crate) async fn in_time<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(3600), future).await.expect("nothing comes any more")
}

/// The completion of a call whose result is this JSON text.
pub(crate) fn result(id: &str, value: &str) -> String {
    format!(r#"{{"type":3,"invocationId":"{id}","result":{value}}}"#)
}

/// The completion of a call that failed.
pub(crate) fn failure(id: &str, text: &str) -> String {
    format!(r#"{{"type":3,"invocationId":"{id}","error":"{text}"}}"#)
}

/// A message that calls a hub method and asks for its result; `arguments` is a JSON array.
pub(crate) fn call(id: &str, target: &str, arguments: &str) -> String {
    format!(r#"{{"type":1,"invocationId":"{id}","target":"{target}","arguments":{arguments}}}␞"#)
}

/// A message that calls a hub method and does not ask for its result.
pub(crate) fn send(target: &str, arguments: &str) -> String {
    format!(r#"{{"type":1,"target":"{target}","arguments":{arguments}}}␞"#)
}

/// A message that calls a streaming hub method.
pub(crate) fn stream(id: &str, target: &str, arguments: &str) -> String {
    format!(r#"{{"type":4,"invocationId":"{id}","target":"{target}","arguments":{arguments}}}␞"#)
}

/// A message that wants no more of a stream.
pub(crate) fn cancel(id: &str) -> String {
    format!(r#"{{"type":5,"invocationId":"{id}"}}␞"#)
}

/// A message that calls a hub method with streams of these ids; `streams` is a JSON array.
pub(crate) fn upload(id: &str, target: &str, arguments: &str, streams: &str) -> String {
    format!(r#"{{"type":1,"invocationId":"{id}","target":"{target}","arguments":{arguments},"streamIds":{streams}}}␞"#)
}

/// An item of a stream, in either direction.
pub(crate) fn item(id: &str, value: &str) -> String {
    format!(r#"{{"type":2,"invocationId":"{id}","item":{value}}}"#)
}

/// The end of a stream, in either direction; also an answer without a value.
pub(crate) fn end(id: &str) -> String {
    format!(r#"{{"type":3,"invocationId":"{id}"}}"#)
}

/// Messages as they are sent.
pub(crate) fn sent<const N: usize>(messages: [String; N]) -> String {
    messages.map(|message| message + "␞").concat()
}

pub(crate) const PING: &str = r#"{"type":6}"#;
pub(crate) const CLOSE: &str = r#"{"type":7}"#;
pub(crate) const CLOSE_AND_RECONNECT: &str = r#"{"type":7,"allowReconnect":true}"#;
pub(crate) const CLOSED_WITH_AN_ERROR: &str =
    r#"{"type":7,"error":"Connection closed with an error.","allowReconnect":true}"#;

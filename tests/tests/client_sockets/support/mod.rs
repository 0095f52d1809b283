//! What the cases share.

mod proxy;
mod random;
mod server;
mod way;

use std::time::Duration;

use futures_util::stream::iter;
use hub_client::{ConnectionError, HubConnection, HubStream, InvocationError, RetryContext, upload};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::mpsc::{Receiver, UnboundedReceiver, channel, unbounded_channel};

pub(crate) use self::proxy::{Fate, Proxy, Weather};
pub(crate) use self::random::Random;
pub(crate) use self::server::{Server, connection_to};
pub(crate) use self::way::{Way, each_way};

/// All texts that the hub sends to the method of this name, as they come.
pub(crate) fn heard(connection: &HubConnection, method: &str) -> UnboundedReceiver<String> {
    let (sender, texts) = unbounded_channel();
    connection.on(method, move |text: String| sender.send(text).unwrap_or_default());
    texts
}

/// So many texts.
pub(crate) async fn take(texts: &mut UnboundedReceiver<String>, count: usize) -> Vec<String> {
    let mut taken = Vec::new();
    while taken.len() < count {
        taken.push(texts.recv().await.unwrap());
    }
    taken
}

/// The items of a stream, and the error that ended it.
pub(crate) async fn items<T: DeserializeOwned>(mut stream: HubStream<T>) -> (Vec<T>, Option<InvocationError>) {
    let mut items = Vec::new();
    while let Some(item) = stream.next().await {
        match item {
            Ok(item) => items.push(item),
            Err(error) => return (items, Some(error)),
        }
    }
    (items, None)
}

/// So many numbers as texts.
pub(crate) fn numbers(count: usize) -> Vec<String> {
    (0..count).map(|number| number.to_string()).collect()
}

/// Uploads so many texts, which come back.
pub(crate) async fn check_echoes(connection: &HubConnection, count: usize) {
    let texts = upload(iter(numbers(count)));
    let (echoes, error) = items::<String>(connection.stream("EchoStream", (texts,)).await.unwrap()).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(echoes, numbers(count));
}

/// Streams so many numbers from the hub.
pub(crate) async fn check_count(connection: &HubConnection, count: usize) {
    let (counted, error) = items::<usize>(connection.stream("Counter", (count, 0)).await.unwrap()).await;
    assert!(error.is_none(), "{error:?}");
    assert!(counted.iter().copied().eq(0..count), "{counted:?}");
}

/// What the hub's `WhoAmI` answers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Identity {
    pub(crate) connection_id: String,
    pub(crate) user: Option<String>,
    pub(crate) transport: String,
}

/// What happens to a connection.
#[derive(Debug)]
pub(crate) enum Event {
    Reconnecting(Option<ConnectionError>),
    Reconnected(Option<String>),
    Closed(Option<ConnectionError>),
}

/// All that happens to a connection, as it happens.
pub(crate) fn events(connection: &HubConnection) -> UnboundedReceiver<Event> {
    let (sender, events) = unbounded_channel();
    let note = move |event| sender.send(event).unwrap_or_default();
    let [reconnecting, reconnected, closed] = [note.clone(), note.clone(), note];
    connection.on_reconnecting(move |reason| reconnecting(Event::Reconnecting(reason)));
    connection.on_reconnected(move |id| reconnected(Event::Reconnected(id)));
    connection.on_closed(move |reason| closed(Event::Closed(reason)));
    events
}

/// What the server answered in place of a result.
pub(crate) fn refusal<T>(answer: Result<T, InvocationError>) -> String {
    match answer {
        Err(InvocationError::Server(text)) => text,
        Err(error) => panic!("not of the server: {error:?}"),
        Ok(_) => panic!("an answer"),
    }
}

/// Comes back at once, and then tries again every few milliseconds.
#[expect(clippy::unnecessary_wraps, reason = "a policy may give up")]
pub(crate) fn patient(retry: &RetryContext) -> Option<Duration> {
    Some(Duration::from_millis(if retry.previous_retries == 0 { 0 } else { 5 }))
}

/// Told when the hub asks a question, which is not answered: by then the calls before it have reached the hub.
pub(crate) fn asked(connection: &HubConnection) -> Receiver<()> {
    let (sender, asked) = channel(8);
    connection.on("Ask", move |_: String| {
        sender.try_send(()).unwrap();
        std::future::pending::<String>()
    });
    asked
}

//! The hub.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use tokio::sync::mpsc::UnboundedSender;

use crate::record::{self, Request};

/// Connections, groups and methods. `M` is what a transport sends: made once for each message, and cloned for each
/// receiver.
pub struct Hub<M, O = UnboundedSender<M>> {
    message: fn(String) -> M,
    connections: RwLock<HashMap<u64, O>>,
    groups: RwLock<HashMap<String, HashMap<u64, O>>>,
    joined: AtomicU64,
}

/// Where messages of other connections go.
pub trait Outbox<M>: Clone {
    /// Takes a message, and does not wait.
    fn put(&self, message: M);
}

impl<M> Outbox<M> for UnboundedSender<M> {
    fn put(&self, message: M) {
        // Who has gone needs no message.
        let _ = self.send(message);
    }
}

/// What a transport is to do for a record.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome<M> {
    /// Nothing.
    Nothing,
    /// To send this.
    Answer(M),
    /// To send what [`Hub::stream`] makes of this.
    Stream {
        /// The invocation.
        id: String,
        /// How many items it is to have.
        count: u64,
    },
    /// To close the connection.
    Close,
}

impl<M: Clone, O: Outbox<M>> Hub<M, O> {
    /// An empty hub, whose records `message` turns into what is sent.
    pub fn new(message: fn(String) -> M) -> Self {
        Self { message, connections: RwLock::default(), groups: RwLock::default(), joined: AtomicU64::new(0) }
    }

    /// Adds a connection that has shaken hands; returns its number.
    pub fn join(&self, outbox: O) -> u64 {
        let connection = self.joined.fetch_add(1, Relaxed);
        write(&self.connections).insert(connection, outbox);
        connection
    }

    /// Takes out a connection.
    pub fn leave(&self, connection: u64) {
        write(&self.connections).remove(&connection);
        for members in write(&self.groups).values_mut() {
            members.remove(&connection);
        }
    }

    /// The answer to a handshake.
    pub fn handshake(&self) -> M {
        (self.message)(record::HANDSHAKE.to_owned())
    }

    /// What tells a client that the server is there.
    pub fn ping(&self) -> M {
        (self.message)(record::PING.to_owned())
    }

    /// The items of a stream, and its completion.
    pub fn stream<'a>(&'a self, id: &'a str, count: u64) -> impl Iterator<Item = M> + Send + use<'a, M, O> {
        let message = self.message;
        let items = (0..count).map(move |item| message(record::item(id, item)));
        items.chain(std::iter::once_with(move || message(record::completion(id, Ok(None)))))
    }

    /// Does what a record without its separator says.
    pub fn handle(&self, connection: u64, outbox: &O, record: &[u8]) -> Outcome<M> {
        let Ok(request) = serde_json::from_slice::<Request<'_>>(record) else { return Outcome::Close };
        match request.kind {
            record::INVOCATION => self.invoke(connection, outbox, &request),
            record::STREAM_INVOCATION => self.invoke_stream(request),
            record::CLOSE => Outcome::Close,
            _ => Outcome::Nothing,
        }
    }

    fn invoke(&self, connection: u64, outbox: &O, request: &Request<'_>) -> Outcome<M> {
        let text = |index| request.argument::<String>(index).unwrap_or_default();
        match &*request.target {
            "Echo" => return self.complete(request, Ok(Some(&text(0)))),
            "Broadcast" => self.send(&read(&self.connections), &text(0)),
            "SendToGroup" => {
                if let Some(members) = read(&self.groups).get(&text(0)) {
                    self.send(members, &text(1));
                }
            }
            "JoinGroup" => {
                write(&self.groups).entry(text(0)).or_default().insert(connection, outbox.clone());
            }
            "LeaveGroup" => {
                if let Some(members) = write(&self.groups).get_mut(&text(0)) {
                    members.remove(&connection);
                }
            }
            _ => return self.complete(request, Err("no such method")),
        }
        self.complete(request, Ok(None))
    }

    fn invoke_stream(&self, request: Request<'_>) -> Outcome<M> {
        match (request.argument(0), &*request.target) {
            (Some(count), "Counter") => {
                Outcome::Stream { id: request.invocation_id.unwrap_or_default().into_owned(), count }
            }
            _ => self.complete(&request, Err("no such stream")),
        }
    }

    fn send(&self, receivers: &HashMap<u64, O>, text: &str) {
        let message = (self.message)(record::call(text));
        for outbox in receivers.values() {
            outbox.put(message.clone());
        }
    }

    fn complete(&self, request: &Request<'_>, outcome: Result<Option<&str>, &str>) -> Outcome<M> {
        match &request.invocation_id {
            Some(id) => Outcome::Answer((self.message)(record::completion(id, outcome))),
            None => Outcome::Nothing,
        }
    }
}

impl<M, O> fmt::Debug for Hub<M, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").field("connections", &read(&self.connections).len()).finish_non_exhaustive()
    }
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    use super::*;

    struct Client {
        number: u64,
        outbox: UnboundedSender<String>,
        inbox: UnboundedReceiver<String>,
    }

    impl Client {
        fn of(hub: &Hub<String>) -> Self {
            let (outbox, inbox) = unbounded_channel();
            Self { number: hub.join(outbox.clone()), outbox, inbox }
        }

        fn calls(&self, hub: &Hub<String>, kind: u8, target: &str, arguments: &str) -> Outcome<String> {
            let record =
                format!(r#"{{"type":{kind},"invocationId":"7","target":"{target}","arguments":[{arguments}]}}"#);
            hub.handle(self.number, &self.outbox, record.as_bytes())
        }
    }

    fn answer(rest: &str) -> Outcome<String> {
        Outcome::Answer(format!("{{\"type\":3,\"invocationId\":\"7\"{rest}}}\x1e"))
    }

    #[test]
    fn an_echo_keeps_escapes() {
        let hub = Hub::new(|record| record);
        let client = Client::of(&hub);
        assert_eq!(client.calls(&hub, 1, "Echo", r#""a\"b""#), answer(r#","result":"a\"b""#));
        assert_eq!(client.calls(&hub, 1, "Shout", ""), answer(r#","error":"no such method""#));
    }

    #[test]
    fn a_broadcast_reaches_all_and_a_group_its_members() {
        let hub = Hub::new(|record| record);
        let (mut one, mut other) = (Client::of(&hub), Client::of(&hub));
        let received =
            |text| Ok(format!("{{\"type\":1,\"target\":\"ReceiveMessage\",\"arguments\":[\"{text}\"]}}\x1e"));
        one.calls(&hub, 1, "JoinGroup", r#""g""#);
        assert_eq!(other.calls(&hub, 1, "Broadcast", r#""all""#), answer(""));
        other.calls(&hub, 1, "SendToGroup", r#""g","some""#);
        one.calls(&hub, 1, "LeaveGroup", r#""g""#);
        other.calls(&hub, 1, "SendToGroup", r#""g","none""#);
        assert_eq!((one.inbox.try_recv(), one.inbox.try_recv()), (received("all"), received("some")));
        assert_eq!(other.inbox.try_recv(), received("all"));
        assert!(one.inbox.is_empty() && other.inbox.is_empty());
    }

    #[test]
    fn who_has_left_receives_nothing() {
        let hub = Hub::new(|record| record);
        let (mut one, other) = (Client::of(&hub), Client::of(&hub));
        one.calls(&hub, 1, "JoinGroup", r#""g""#);
        hub.leave(one.number);
        other.calls(&hub, 1, "Broadcast", r#""all""#);
        other.calls(&hub, 1, "SendToGroup", r#""g","some""#);
        assert!(one.inbox.try_recv().is_err());
    }

    #[test]
    fn a_stream_counts_and_is_completed() {
        let hub = Hub::new(|record| record);
        let outcome = Client::of(&hub).calls(&hub, 4, "Counter", "2,0");
        let Outcome::Stream { id, count } = outcome else { panic!("{outcome:?}") };
        let messages: Vec<_> = hub.stream(&id, count).collect();
        let item = |item| format!("{{\"type\":2,\"invocationId\":\"7\",\"item\":{item}}}\x1e");
        assert_eq!(messages, [item(0), item(1), "{\"type\":3,\"invocationId\":\"7\"}\x1e".to_owned()]);
    }

    #[test]
    fn a_goodbye_and_what_is_no_record_close() {
        let hub = Hub::new(|record| record);
        let client = Client::of(&hub);
        assert_eq!(hub.handle(client.number, &client.outbox, br#"{"type":7}"#), Outcome::Close);
        assert_eq!(hub.handle(client.number, &client.outbox, b"[]"), Outcome::Close);
        assert_eq!(hub.handle(client.number, &client.outbox, br#"{"type":6}"#), Outcome::Nothing);
    }
}

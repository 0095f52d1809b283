//! Messages from the hub to its clients, encoded once whoever receives them.

use std::borrow::Cow;
use std::fmt;
use std::mem::{Discriminant, discriminant};
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;

use crate::connection::{Connection, ConnectionId, Ending};
use crate::protocol::{Arguments, HubProtocol, PayloadError};
use crate::transport::Framing;

/// An invocation of clients, encoded once for each protocol.
#[derive(Clone)]
pub struct OutgoingMessage {
    encodings: Vec<Encoded>,
    /// Whether another server encoded it.
    foreign: bool,
}

#[derive(Clone)]
struct Encoded {
    protocol: Cow<'static, str>,
    message: Result<Bytes, PayloadError>,
}

impl OutgoingMessage {
    /// Encodes a call of `target` for each protocol. Arguments that cannot be encoded for one make a message that closes
    /// those of its receivers who speak that.
    pub(crate) fn new<'p, A: Arguments>(
        protocols: impl IntoIterator<Item = &'p HubProtocol>,
        target: &str,
        arguments: &A,
    ) -> Self {
        Self::encode(protocols, None, target, arguments)
    }

    /// Encodes a call for a single connection.
    pub(crate) fn for_protocol<A: Arguments>(protocol: &HubProtocol, target: &str, arguments: &A) -> Self {
        Self::encode([protocol], None, target, arguments)
    }

    /// Encodes a call that asks for a result.
    pub(crate) fn question<'p, A: Arguments>(
        protocols: impl IntoIterator<Item = &'p HubProtocol>,
        id: &str,
        target: &str,
        arguments: &A,
    ) -> Self {
        Self::encode(protocols, Some(id), target, arguments)
    }

    fn encode<'p, A: Arguments>(
        protocols: impl IntoIterator<Item = &'p HubProtocol>,
        id: Option<&str>,
        target: &str,
        arguments: &A,
    ) -> Self {
        let encoded = |protocol| Encoded::new(protocol, id, target, arguments);
        Self { encodings: protocols.into_iter().map(encoded).collect(), foreign: false }
    }

    /// A message that another server encoded: what its [`encodings`](Self::encodings) gave. Connections whose protocol
    /// is not among them are closed.
    pub fn from_encodings(encodings: impl IntoIterator<Item = (impl Into<Cow<'static, str>>, Bytes)>) -> Self {
        let encodings = encodings.into_iter();
        let encodings = encodings.map(|(name, message)| Encoded { protocol: name.into(), message: Ok(message) });
        Self { encodings: encodings.collect(), foreign: true }
    }

    /// The hub message, terminator or length prefix included, by the name of its protocol. Protocols in which its
    /// arguments cannot be encoded are left out, as are those that no receiver speaks.
    pub fn encodings(&self) -> impl Iterator<Item = (&str, &Bytes)> {
        self.encodings.iter().filter_map(|encoded| Some((&*encoded.protocol, encoded.message.as_ref().ok()?)))
    }

    /// Delivers this message to any number of connections.
    pub(crate) fn fan_out(&self) -> FanOut<'_> {
        FanOut { message: self, frames: Vec::new() }
    }

    /// Queues the message for one connection once there is room.
    pub(crate) fn poll_to(&self, cx: &Context<'_>, connection: &Arc<Connection>) -> Poll<()> {
        match self.for_connection(connection) {
            Some(message) => connection.poll_send(cx, message).map(|_| ()),
            None => Poll::Ready(()),
        }
    }

    /// The encoding that a connection reads; a connection that cannot have one is closed.
    fn for_connection(&self, connection: &Arc<Connection>) -> Option<&Bytes> {
        let name = connection.protocol().name();
        match self.encodings.iter().find(|encoded| encoded.protocol == name).map(|encoded| &encoded.message) {
            Some(Ok(message)) => return Some(message),
            Some(Err(error)) => connection.end(Ending::from(error.clone())),
            None if self.foreign => connection.end(Ending::unknown_protocol()),
            None => {}
        }
        None
    }
}

impl Encoded {
    fn new<A: Arguments>(protocol: &HubProtocol, id: Option<&str>, target: &str, arguments: &A) -> Self {
        let mut message = Vec::new();
        let written = protocol.write_invocation(&mut message, id, target, arguments);
        Self { protocol: Cow::Borrowed(protocol.name()), message: written.map(|()| message.into()) }
    }
}

impl fmt::Debug for OutgoingMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutgoingMessage").finish_non_exhaustive()
    }
}

/// One message on its way to many: framed once for each protocol and transport in use.
pub(crate) struct FanOut<'a> {
    message: &'a OutgoingMessage,
    frames: Vec<Frame>,
}

struct Frame {
    protocol: Discriminant<HubProtocol>,
    framing: &'static Framing,
    bytes: Bytes,
    /// The size of the message alone.
    size: usize,
}

impl FanOut<'_> {
    /// Queues the message for each of these connections.
    pub(crate) fn reach_all(&mut self, connections: &[Arc<Connection>]) {
        for connection in connections {
            self.reach(connection);
        }
    }

    /// Queues the message for each of these connections but for some.
    pub(crate) fn reach_all_except(&mut self, connections: &[Arc<Connection>], except: &[ConnectionId]) {
        for connection in connections.iter().filter(|connection| !except.contains(connection.id())) {
            self.reach(connection);
        }
    }

    /// Queues the message for one connection.
    pub(crate) fn reach(&mut self, connection: &Arc<Connection>) {
        if let Some((frame, size)) = self.frame(connection) {
            connection.deliver(frame, size);
        }
    }

    fn frame(&mut self, connection: &Arc<Connection>) -> Option<(Bytes, usize)> {
        let (protocol, framing) = (discriminant(connection.protocol()), connection.framing());
        let known = self.frames.iter().find(|frame| frame.protocol == protocol && frame.framing.is(framing));
        if let Some(frame) = known {
            return Some((frame.bytes.clone(), frame.size));
        }
        let message = self.message.for_connection(connection)?;
        let mut framed = Vec::with_capacity(message.len() + 16);
        framing.wrap(message, &mut framed);
        let bytes = Bytes::from(framed);
        self.frames.push(Frame { protocol, framing, bytes: bytes.clone(), size: message.len() });
        Some((bytes, message.len()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::connection::testing::{Socket, core, framed_connection};

    static LABOUR: AtomicUsize = AtomicUsize::new(0);
    static LABORIOUS: Framing = Framing::laborious("laborious", |message, out| {
        LABOUR.fetch_add(1, Ordering::Relaxed);
        out.push(b'!');
        out.extend_from_slice(message);
    });
    static PLAIN: Framing = Framing::new("plain", |message, out| out.extend_from_slice(message));

    #[test]
    fn a_message_is_framed_once_for_all_receivers_of_a_framing() {
        let (core, protocol) = (core(), HubProtocol::json());
        let sockets: Vec<Socket> = (0..100).map(|_| Socket::with_room(1000)).collect();
        let connections: Vec<_> = sockets
            .iter()
            .enumerate()
            .map(|(n, socket)| {
                let framing = if n % 2 == 0 { &LABORIOUS } else { &PLAIN };
                framed_connection(&core, &n.to_string(), None, socket, framing)
            })
            .collect();
        OutgoingMessage::new([&protocol], "News", &()).fan_out().reach_all(&connections);
        assert_eq!(LABOUR.load(Ordering::Relaxed), 1);
        let plain = "{\"type\":1,\"target\":\"News\",\"arguments\":[]}\u{1e}";
        for (n, socket) in sockets.iter().enumerate() {
            let expected = if n % 2 == 0 { format!("!{plain}") } else { plain.to_owned() };
            assert_eq!(socket.written(), expected);
        }
    }
}

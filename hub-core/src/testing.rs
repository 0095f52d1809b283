//! A client in memory, for tests of hubs.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;

use http::{HeaderName, HeaderValue, Request};
use serde::de::DeserializeOwned;
use serde::de::value::UnitDeserializer;

use crate::connection::{ConnectionId, NewConnection};
use crate::dispatch::HubDispatch;
use crate::protocol::handshake;
use crate::protocol::{Arguments, Frame, HubProtocol, Message, Outcome, PayloadError, RawArguments};
use crate::server::HubServer;
use crate::transport::memory::{MemoryPeer, pair};
use crate::user::User;

/// Ends a handshake response.
const SEPARATOR: u8 = 0x1E;

/// How many bytes the pipe to a test client holds.
const CAPACITY: usize = 64 * 1024;

/// A client that is about to connect, made by [`HubServer::test_client`].
#[must_use = "nothing is connected before `connect`"]
pub struct TestClientBuilder<H> {
    server: HubServer<H>,
    request: Request<()>,
    user: User,
    capacity: usize,
    protocol: Option<HubProtocol>,
}

impl<H: HubDispatch> TestClientBuilder<H> {
    pub(crate) fn new(server: HubServer<H>) -> Self {
        Self { server, request: Request::new(()), user: User::anonymous(), capacity: CAPACITY, protocol: None }
    }

    /// Connects with this protocol, whose options should be those of the server; with the server's first one unless told
    /// otherwise.
    pub fn protocol(mut self, protocol: HubProtocol) -> Self {
        self.protocol = Some(protocol);
        self
    }

    /// Connects as this user.
    pub fn user(mut self, user: User) -> Self {
        self.user = user;
        self
    }

    /// Connects with this header in the request.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.request.headers_mut().append(name, value);
        self
    }

    /// Connects with the path, and the query, of this URI.
    pub fn uri(mut self, uri: http::Uri) -> Self {
        *self.request.uri_mut() = uri;
        self
    }

    /// Connects with this value in the extensions of the request, where layers of a program would put it.
    pub fn extension<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        self.request.extensions_mut().insert(value);
        self
    }

    /// How many bytes the pipes to and from the server hold; 65,536. A small one makes a slow peer.
    pub fn capacity(mut self, bytes: usize) -> Self {
        self.capacity = bytes;
        self
    }

    /// Opens a connection without a handshake, for tests that send bytes of their own.
    pub fn open(self) -> (MemoryPeer, ConnectionId) {
        let (transport, peer) = pair(self.capacity);
        let id = ConnectionId::random();
        let connection = NewConnection::new(id.clone(), self.request.into_parts().0, self.user);
        tokio::spawn(self.server.serve(connection, transport));
        (peer, id)
    }

    /// Connects and shakes hands. What is sent from then on reaches the client, unless a backplane takes its time to make
    /// the connection known; the hub's `on_connected` may still be running.
    ///
    /// # Errors
    ///
    /// If the server refuses the handshake.
    pub async fn connect(self) -> Result<TestClient, TestError> {
        let offered = self.server.core().protocols().all().next().cloned();
        let protocol = self.protocol.clone().or(offered).unwrap_or_default();
        let (peer, id) = self.open();
        let mut client = TestClient { peer, id, protocol, unread: Vec::new(), kept: VecDeque::new(), next_id: 0 };
        client.shake_hands().await?;
        Ok(client)
    }
}

impl<H: HubDispatch> fmt::Debug for TestClientBuilder<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestClientBuilder").field("request", &self.request).finish_non_exhaustive()
    }
}

/// A connected client: real frames and real dispatch, no socket. Dropping it ends the connection.
///
/// It sends no pings, and everything works while tokio's clock is paused.
///
/// Every wait is for the server alone: a message that never comes is waited for until the connection ends, or, under a
/// paused clock, until whatever timeout the test puts around it.
pub struct TestClient {
    peer: MemoryPeer,
    id: ConnectionId,
    protocol: HubProtocol,
    unread: Vec<u8>,
    kept: VecDeque<Vec<u8>>,
    next_id: u64,
}

/// How the server ended a connection: its Close message, if it sent one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Closed {
    /// The error of the Close message.
    pub error: Option<String>,
    /// Whether the client may reconnect.
    pub allow_reconnect: bool,
    /// Whether there was a Close message at all.
    pub with_message: bool,
}

/// What went wrong for a test client.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TestError {
    /// The server refused the handshake with this text.
    Handshake(String),
    /// The call failed with this text.
    Call(String),
    /// The connection ended.
    Closed(Closed),
    /// What came has another type.
    Payload(String),
}

impl TestClient {
    /// The id under which the hub knows this connection.
    pub fn connection_id(&self) -> &ConnectionId {
        &self.id
    }

    /// Calls a hub method and waits for its result; messages that come before it are kept for
    /// [`received`](Self::received).
    ///
    /// # Errors
    ///
    /// [`TestError::Call`] with the completion's error, and the other ways a call can fail.
    pub async fn invoke<R: DeserializeOwned>(
        &mut self,
        target: &str,
        arguments: impl Arguments,
    ) -> Result<R, TestError> {
        let id = self.next_id.to_string();
        self.next_id += 1;
        self.call(Some(&id), target, &arguments).await?;
        self.take(|message| match message {
            Message::Completion { id: own, outcome } if *own == id => Some(result(&outcome)),
            _ => None,
        })
        .await?
    }

    /// Calls a hub method without asking for its result.
    ///
    /// # Errors
    ///
    /// If the connection has ended.
    pub async fn send(&mut self, target: &str, arguments: impl Arguments) -> Result<(), TestError> {
        self.call(None, target, &arguments).await
    }

    /// The arguments of the next call of `target` that the server makes, or has made.
    ///
    /// # Errors
    ///
    /// If the connection ends first, or the arguments are of another type.
    pub async fn received<A: DeserializeOwned>(&mut self, target: &str) -> Result<A, TestError> {
        self.take(|message| match message {
            Message::Invocation(call) if call.target == target => Some(arguments(&call.arguments)),
            _ => None,
        })
        .await?
        .map_err(TestError::from)
    }

    /// Waits for a ping.
    ///
    /// # Errors
    ///
    /// If the connection ends first.
    pub async fn pinged(&mut self) -> Result<(), TestError> {
        self.take(|message| matches!(message, Message::Ping).then_some(())).await
    }

    /// Sends a ping, which arms the server's client timeout (D-142).
    ///
    /// # Errors
    ///
    /// If the connection has ended.
    pub async fn ping(&mut self) -> Result<(), TestError> {
        let mut message = Vec::new();
        self.protocol.write_ping(&mut message);
        self.send_bytes(&message).await
    }

    /// Sends a Close message.
    ///
    /// # Errors
    ///
    /// If the connection has ended.
    pub async fn close(&mut self) -> Result<(), TestError> {
        let mut message = Vec::new();
        self.protocol.write_close(&mut message, None, false);
        self.send_bytes(&message).await
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    ///
    /// If the connection has ended.
    pub async fn send_bytes(&mut self, bytes: &[u8]) -> Result<(), TestError> {
        self.peer.send(bytes).await.map_err(|_| TestError::Closed(Closed::default()))
    }

    /// Waits until the server ends the connection.
    pub async fn closed(&mut self) -> Closed {
        match self.take(|_| None::<()>).await {
            Err(TestError::Closed(closed)) => closed,
            _ => Closed::default(),
        }
    }

    async fn shake_hands(&mut self) -> Result<(), TestError> {
        let mut request = Vec::new();
        handshake::write_request(&mut request, self.protocol.name(), 1);
        self.send_bytes(&request).await?;
        loop {
            if let Some(end) = self.unread.iter().position(|byte| *byte == SEPARATOR) {
                let rest = self.unread.split_off(end + 1);
                let response = std::mem::replace(&mut self.unread, rest);
                return accepted(response.get(..end).unwrap_or_default());
            }
            match self.peer.receive().await {
                Some(bytes) => self.unread.extend_from_slice(&bytes),
                None => return Err(TestError::Closed(Closed::default())),
            }
        }
    }

    async fn call(&mut self, id: Option<&str>, target: &str, arguments: &impl Arguments) -> Result<(), TestError> {
        let mut message = Vec::new();
        self.protocol.write_invocation(&mut message, id, target, arguments)?;
        self.send_bytes(&message).await
    }

    /// Takes the first message that `wanted` picks out, from those kept and those to come.
    async fn take<R>(&mut self, mut wanted: impl FnMut(Message<'_>) -> Option<R>) -> Result<R, TestError> {
        let mut next = 0;
        loop {
            while let Some(bytes) = self.kept.get(next) {
                let message =
                    self.protocol.parse(bytes).map_err(|error| TestError::Payload(error.text().to_owned()))?;
                if let Message::Close { error, allow_reconnect } = message {
                    let error = error.map(Cow::into_owned);
                    return Err(TestError::Closed(Closed { error, allow_reconnect, with_message: true }));
                }
                if let Some(found) = wanted(message) {
                    self.kept.remove(next);
                    return Ok(found);
                }
                next += 1;
            }
            match self.peer.receive().await {
                Some(bytes) => self.keep(&bytes),
                None => return Err(TestError::Closed(Closed::default())),
            }
        }
    }

    /// Cuts what came into messages.
    fn keep(&mut self, bytes: &[u8]) {
        self.unread.extend_from_slice(bytes);
        while let Frame::Complete { message, consumed } = self.protocol.frame(&self.unread, None) {
            self.kept.push_back(self.unread.get(message).unwrap_or_default().to_vec());
            self.unread.drain(..consumed);
        }
    }
}

/// The arguments as a tuple, or `()` where there are none: serde's unit is null, and no array.
fn arguments<A: DeserializeOwned>(arguments: &RawArguments<'_>) -> Result<A, PayloadError> {
    match arguments.value().deserialize() {
        Err(_) if arguments.count() == 0 => A::deserialize(UnitDeserializer::new()),
        result => result,
    }
}

fn accepted(response: &[u8]) -> Result<(), TestError> {
    let response =
        handshake::parse_response(response).map_err(|error| TestError::Handshake(error.text().to_owned()))?;
    response.error.map_or(Ok(()), |error| Err(TestError::Handshake(error)))
}

fn result<R: DeserializeOwned>(outcome: &Outcome<'_>) -> Result<R, TestError> {
    match outcome {
        Outcome::Result(value) => Ok(value.deserialize()?),
        Outcome::Void => Err(TestError::Payload("the completion has no result".to_owned())),
        Outcome::Error(error) => Err(TestError::Call(error.clone().into_owned())),
    }
}

impl From<PayloadError> for TestError {
    fn from(error: PayloadError) -> Self {
        Self::Payload(error.text().to_owned())
    }
}

impl fmt::Display for TestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Handshake(text) => write!(f, "the handshake was refused: {text}"),
            Self::Call(text) => f.write_str(text),
            Self::Closed(_) => f.write_str("the connection has ended"),
            Self::Payload(text) => write!(f, "what came has another type: {text}"),
        }
    }
}

impl std::error::Error for TestError {}

impl fmt::Debug for TestClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestClient").field("id", &self.id).finish_non_exhaustive()
    }
}

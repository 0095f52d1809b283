//! A server that the test plays itself, byte by byte.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use futures_core::future::BoxFuture;
use futures_util::{sink, stream};
use tokio::sync::mpsc::{Receiver, Sender, UnboundedReceiver, UnboundedSender, channel, unbounded_channel};
use tokio::sync::oneshot;

use crate::transport::{ConnectError, ConnectRequest, Connected, Connector, Transport, TransportError};

/// Connects to a [`FakeServer`]. An attempt lasts until the test answers it.
#[derive(Clone, Debug)]
pub struct FakeConnector(UnboundedSender<Attempt>);

/// A server that the test plays: for what a well-behaved one never does.
///
/// ```
/// use hub_client::HubConnection;
/// use hub_client::testing::fake_server;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let (connector, mut server) = fake_server();
/// let connection = HubConnection::with_connector(connector).build();
/// let starting = tokio::spawn(async move { connection.start().await });
/// let mut client = server.attempt().await.unwrap().accept();
/// assert_eq!(client.receive().await.unwrap(), "{\"protocol\":\"json\",\"version\":1}\u{1e}");
/// client.send("<html>");
/// client.send("\u{1e}");
/// assert!(starting.await.unwrap().is_err());
/// # }
/// ```
#[derive(Debug)]
pub struct FakeServer(UnboundedReceiver<Attempt>);

/// An attempt to connect, or to open a transport again. Dropped without an answer it fails.
#[must_use = "an attempt that is dropped fails"]
pub struct Attempt {
    request: Option<ConnectRequest>,
    connected: Box<dyn FnOnce(Transport) -> Connected + Send>,
    answer: oneshot::Sender<Result<Connected, ConnectError>>,
    attempts: UnboundedSender<Attempt>,
    capacity: usize,
}

/// The server's end of a connection. Dropping it is an orderly end.
#[derive(Debug)]
pub struct FakeConnection {
    input: Receiver<Bytes>,
    output: UnboundedSender<Result<Bytes, TransportError>>,
}

/// How many of the client's writes wait unless the test says otherwise.
const CAPACITY: usize = 64;

/// A connector, and the server that it reaches.
pub fn fake_server() -> (FakeConnector, FakeServer) {
    let (sender, attempts) = unbounded_channel();
    (FakeConnector(sender), FakeServer(attempts))
}

impl FakeServer {
    /// The next attempt; `None` when there is no connector any more.
    pub async fn attempt(&mut self) -> Option<Attempt> {
        self.0.recv().await
    }
}

impl Attempt {
    /// What is asked for; `None` if a transport is to be opened again.
    pub fn request(&self) -> Option<ConnectRequest> {
        self.request
    }

    /// Gives the connection this id.
    pub fn connection_id(self, id: &str) -> Self {
        let id = id.to_owned();
        self.with(move |connected, _| connected.connection_id = Some(id))
    }

    /// Has the transport keep itself alive.
    pub fn inherent_keep_alive(self) -> Self {
        self.with(|connected, _| connected.inherent_keep_alive = true)
    }

    /// Offers a stateful reconnect: a transport that is lost comes back as another attempt.
    pub fn resumable(self) -> Self {
        self.with(|connected, attempts| {
            connected.resume = Some(Arc::new(move || {
                let connected = attempt(&attempts, None);
                Box::pin(async move { connected.await.map(|connected| connected.transport) })
            }));
        })
    }

    /// How many of the client's writes wait until they are received; 64.
    pub fn capacity(self, writes: usize) -> Self {
        Self { capacity: writes, ..self }
    }

    /// Has it succeed.
    pub fn accept(self) -> FakeConnection {
        let (to_server, input) = channel(self.capacity);
        let (output, from_server) = unbounded_channel();
        // Who gave up finds the connection at its end.
        let _ = self.answer.send(Ok((self.connected)(transport(to_server, from_server))));
        FakeConnection { input, output }
    }

    /// Has it fail.
    pub fn refuse(self, error: impl Into<ConnectError>) {
        let _ = self.answer.send(Err(error.into()));
    }

    /// Waits until the client gives up.
    pub async fn given_up(&mut self) {
        self.answer.closed().await;
    }

    fn with(self, change: impl FnOnce(&mut Connected, UnboundedSender<Attempt>) + Send + 'static) -> Self {
        let Self { connected, attempts, .. } = self;
        let later = attempts.clone();
        let connected = Box::new(move |transport| {
            let mut connected = connected(transport);
            change(&mut connected, later);
            connected
        });
        Self { connected, attempts, ..self }
    }
}

fn transport(to_server: Sender<Bytes>, mut from_server: UnboundedReceiver<Result<Bytes, TransportError>>) -> Transport {
    let sender = sink::unfold(to_server, |to_server, bytes: Bytes| async move {
        to_server.send(bytes).await.map_err(|_| TransportError::new("The server takes nothing any more."))?;
        Ok(to_server)
    });
    Transport::new(stream::poll_fn(move |cx| from_server.poll_recv(cx)), sender)
}

impl FakeConnection {
    /// What the client wrote next, as it wrote it; `None` at the end.
    pub async fn receive(&mut self) -> Option<Bytes> {
        self.input.recv().await
    }

    /// Sends bytes as they are. A client that is gone does not mind.
    pub fn send(&self, bytes: impl Into<Bytes>) {
        let _ = self.output.send(Ok(bytes.into()));
    }

    /// Loses the transport: the client reads what was sent, and then this error.
    pub fn lose(self, error: &str) {
        self.fail(TransportError::new(error));
    }

    /// Ends the transport with an error, such as one [closed by the server](TransportError::closed_by_server).
    pub fn fail(self, error: TransportError) {
        let _ = self.output.send(Err(error));
    }

    /// Takes nothing any more, but goes on sending.
    pub fn stop_receiving(&mut self) {
        self.input.close();
        while self.input.try_recv().is_ok() {}
    }
}

impl Connector for FakeConnector {
    fn connect(&self, request: ConnectRequest) -> BoxFuture<'static, Result<Connected, ConnectError>> {
        attempt(&self.0, Some(request))
    }
}

/// Asks the test for a transport.
fn attempt(
    attempts: &UnboundedSender<Attempt>,
    request: Option<ConnectRequest>,
) -> BoxFuture<'static, Result<Connected, ConnectError>> {
    let (answer, connected) = oneshot::channel();
    let attempt = Attempt {
        request,
        connected: Box::new(Connected::new),
        answer,
        attempts: attempts.clone(),
        capacity: CAPACITY,
    };
    let refused = || ConnectError::from(TransportError::new("The server does not answer."));
    let is_sent = attempts.send(attempt).is_ok();
    Box::pin(async move {
        if !is_sent {
            return Err(refused());
        }
        connected.await.unwrap_or_else(|_| Err(refused()))
    })
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt").field("request", &self.request).finish_non_exhaustive()
    }
}

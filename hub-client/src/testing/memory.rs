//! A connector to a hub in the same process.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use futures_core::future::BoxFuture;
use futures_util::{Sink, sink, stream};
use hub_core::transport::memory::{MemoryPeer, MemoryTransport, pair};
use hub_core::{ConnectionId, HubDispatch, HubServer, NewConnection, ReconnectHandle, Reconnects, User};

use crate::sync::lock;
use crate::transport::{ConnectError, ConnectRequest, Connected, Connector, Resume, Transport, TransportError};

/// How many bytes a pipe holds.
const CAPACITY: usize = 64 * 1024;

/// How long the server waits for a client to come back (S-38).
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// Connects to a hub in memory. Clones share their connections, so a test can keep one to disturb them.
///
/// ```
/// # use hub_core::{HubDispatch, HubServer};
/// use hub_client::HubConnection;
/// use hub_client::testing::in_memory;
///
/// # async fn example<ChatHub: HubDispatch>(chat: HubServer<ChatHub>) -> Result<(), hub_client::StartError> {
/// let network = in_memory(&chat);
/// let connection = HubConnection::with_connector(network.clone()).with_automatic_reconnect().build();
/// connection.start().await?;
/// network.cut(); // and the connection comes back
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct InMemory {
    network: Arc<Network>,
    user: User,
    capacity: usize,
}

struct Network {
    serve: Box<Serve>,
    wires: Mutex<Vec<Weak<Wire>>>,
    is_down: AtomicBool,
}

type Serve = dyn Fn(NewConnection, MemoryTransport, Option<Reconnects<MemoryTransport>>) + Send + Sync;

/// A client's end of a pipe.
struct Wire {
    peer: MemoryPeer,
    is_cut: AtomicBool,
}

/// A connector to this hub.
pub fn in_memory<H: HubDispatch>(server: &HubServer<H>) -> InMemory {
    let server = server.clone();
    let serve = move |connection, transport, reconnects: Option<_>| match reconnects {
        Some(reconnects) => drop(tokio::spawn(server.serve_resumable(connection, transport, reconnects))),
        None => drop(tokio::spawn(server.serve(connection, transport))),
    };
    let network = Network { serve: Box::new(serve), wires: Mutex::default(), is_down: AtomicBool::new(false) };
    InMemory { network: Arc::new(network), user: User::anonymous(), capacity: CAPACITY }
}

impl InMemory {
    /// Connects as this user.
    #[must_use]
    pub fn user(mut self, user: User) -> Self {
        self.user = user;
        self
    }

    /// How many bytes the pipes to and from the server hold; 65,536.
    #[must_use]
    pub fn capacity(mut self, bytes: usize) -> Self {
        self.capacity = bytes;
        self
    }

    /// Cuts all connections: both sides lose their transports without a farewell.
    pub fn cut(&self) {
        for wire in std::mem::take(&mut *lock(&self.network.wires)) {
            if let Some(wire) = wire.upgrade() {
                wire.is_cut.store(true, Ordering::Release);
                wire.peer.break_off();
            }
        }
    }

    /// Takes the server off the network, so that nothing can be opened, or brings it back. What is open stays open.
    pub fn set_down(&self, is_down: bool) {
        self.network.is_down.store(is_down, Ordering::Release);
    }

    fn wire(&self) -> Result<(MemoryTransport, Transport), ConnectError> {
        if self.network.is_down.load(Ordering::Acquire) {
            return Err(TransportError::new("The server cannot be reached.").into());
        }
        let (server, peer) = pair(self.capacity);
        let wire = Arc::new(Wire { peer, is_cut: AtomicBool::new(false) });
        let mut wires = lock(&self.network.wires);
        wires.retain(|wire| wire.strong_count() > 0);
        wires.push(Arc::downgrade(&wire));
        Ok((server, Transport::new(receiver(Arc::clone(&wire)), sender(wire))))
    }

    fn open(&self, request: ConnectRequest) -> Result<Connected, ConnectError> {
        let (server, transport) = self.wire()?;
        let id = ConnectionId::random();
        let mut connected = Connected::new(transport);
        connected.connection_id = Some(id.as_str().to_owned());
        let connection = NewConnection::new(id, request_parts(), self.user.clone());
        let reconnects = request.stateful_reconnect.then(|| {
            let (handle, reconnects) = ReconnectHandle::new(DISCONNECT_TIMEOUT);
            connected.resume = Some(self.resume(handle));
            reconnects
        });
        (self.network.serve)(connection, server, reconnects);
        Ok(connected)
    }

    fn resume(&self, handle: ReconnectHandle<MemoryTransport>) -> Resume {
        let connector = self.clone();
        Arc::new(move || {
            let opened = connector.wire().and_then(|(server, transport)| {
                if !handle.is_enabled() {
                    return Err(TransportError::new("No Connection with that ID.").into());
                }
                handle.attach(server, request_parts());
                Ok(transport)
            });
            Box::pin(std::future::ready(opened))
        })
    }
}

impl Connector for InMemory {
    fn connect(&self, request: ConnectRequest) -> BoxFuture<'static, Result<Connected, ConnectError>> {
        Box::pin(std::future::ready(self.open(request)))
    }
}

fn request_parts() -> http::request::Parts {
    http::Request::new(()).into_parts().0
}

fn receiver(wire: Arc<Wire>) -> impl Stream<Item = Result<Bytes, TransportError>> + Send {
    stream::unfold(Some(wire), |wire| async {
        let wire = wire?;
        match wire.peer.receive().await {
            Some(bytes) => Some((Ok(bytes.into()), Some(wire))),
            None if wire.is_cut.load(Ordering::Acquire) => {
                Some((Err(TransportError::new("The network was cut.")), None))
            }
            None => None,
        }
    })
}

/// Says that nothing more is sent.
struct Farewell(Arc<Wire>);

impl Drop for Farewell {
    fn drop(&mut self) {
        self.0.peer.finish();
    }
}

fn sender(wire: Arc<Wire>) -> impl Sink<Bytes, Error = TransportError> + Send {
    sink::unfold(Farewell(wire), |wire, bytes: Bytes| async move {
        let broken = |error| TransportError::new("The connection is closed.").with_source(error);
        wire.0.peer.send(&bytes).await.map_err(broken)?;
        Ok(wire)
    })
}

impl fmt::Debug for InMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InMemory").field("user", &self.user).field("capacity", &self.capacity).finish_non_exhaustive()
    }
}
